//! What an agent becomes: the struct as it was, and what the runtime has to know of it.

use super::{
    instructions::Instructions,
    model::{Agent, Handoff, Settings, ToolChoice},
};
use crate::signature::located_at;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;

pub(crate) fn agent(agent: &Agent<'_>) -> TokenStream {
    let Agent {
        original,
        name,
        description,
        model,
        instructions,
        tools,
        tools_list,
        handoffs,
        output,
        max_turns,
        settings,
    } = agent;
    let ident = &original.ident;
    let cfgs: Vec<_> = original.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect();

    let path = format!("::{}", ident.unraw());
    let tools =
        tools.iter().map(|tool| quote_spanned!(located_at(tool)=> <#tool as ::steadfast::__private::Tool>::DEF));
    let targets = handoffs.iter().map(target);
    // Errors about the type, also that it is too private, belong where it is written.
    let (output, schema) = match output {
        Some(ty) => (
            quote_spanned!(located_at(ty)=> type Output = #ty;),
            Some(quote!(::steadfast::__private::agent_output::<Self>)),
        ),
        None => (
            quote!(
                type Output = ::std::string::String;
            ),
            None,
        ),
    };
    let schema = option(schema);
    let max_turns = option(max_turns.as_ref());
    let settings = self::settings(settings);
    let instructions = instructions_of(instructions.as_ref());
    let handoffs = handoffs.iter().map(hand_over);
    let standalone = original.fields.is_empty().then(|| {
        quote! {
            #(#cfgs)*
            #[automatically_derived]
            impl ::steadfast::__private::Standalone for #ident {
                fn standalone() -> Self {
                    Self {}
                }
            }
        }
    });
    let unique = tools_list.as_ref().map(|list| {
        let at = Span::mixed_site().located_at(list.span());
        let spec = quote_spanned!(at=> <#ident as ::steadfast::__private::Agent>::SPEC);
        quote_spanned!(at=> ::steadfast::__private::assert_unique_tools(#spec))
    });
    let unique = unique.map(|unique| quote!(#(#cfgs)* const _: () = #unique;));

    quote! {
        #original

        #(#cfgs)*
        #[automatically_derived]
        impl ::steadfast::__private::Agent for #ident {
            #output

            const SPEC: &'static ::steadfast::__private::AgentSpec = &::steadfast::__private::AgentSpec {
                name: #name,
                description: #description,
                path: ::core::concat!(::core::module_path!(), #path),
                model: #model,
                tools: &[#(#tools),*],
                handoffs: &[#(#targets),*],
                output: #schema,
                max_turns: #max_turns,
                settings: #settings,
            };

            fn instructions(&self) -> ::core::option::Option<::std::string::String> {
                #instructions
            }

            fn handoffs(&self) -> ::std::vec::Vec<::steadfast::__private::Handoff> {
                ::std::vec![#(#handoffs),*]
            }
        }

        #standalone
        #unique
    }
}

fn instructions_of(instructions: Option<&Instructions<'_>>) -> TokenStream {
    let Some(Instructions { text, fields }) = instructions else {
        return quote!(::core::option::Option::None);
    };
    // A field that cannot be displayed is an error in the text that displays it. The `self` is the method's, which
    // is as visible to users as their own names are.
    let at = Span::call_site().located_at(text.span());
    let fields = fields.iter().map(|field| {
        let mut field = (*field).clone();
        field.set_span(at);
        quote_spanned!(at=> , #field = self.#field)
    });
    quote!(::core::option::Option::Some(::std::format!(#text #(#fields)*)))
}

/// The part of a handoff that is the same for all values. It fails in the words of [`hand_over`], so that what is no
/// agent is reported once.
fn target(handoff: &Handoff) -> TokenStream {
    let at = located_at(handoff.path());
    match handoff {
        Handoff::Unit(path) => quote_spanned!(at=> || <#path as ::steadfast::__private::Standalone>::spec()),
        Handoff::Values(expression) => {
            let path = &expression.path;
            quote_spanned!(at=> || <#path as ::steadfast::__private::Agent>::SPEC)
        }
    }
}

fn hand_over(handoff: &Handoff) -> TokenStream {
    let at = located_at(handoff.path());
    match handoff {
        Handoff::Unit(path) => quote_spanned!(at=> <#path as ::steadfast::__private::Standalone>::handoff()),
        Handoff::Values(expression) => quote_spanned!(at=> ::steadfast::__private::Handoff::to(#expression)),
    }
}

fn settings(settings: &Settings) -> TokenStream {
    let Settings { temperature, top_p, max_tokens, tool_choice, parallel_tool_calls, reasoning } = settings;
    let temperature = option(temperature.as_ref());
    let top_p = option(top_p.as_ref());
    let max_tokens = option(max_tokens.as_ref());
    let tool_choice = option(tool_choice.as_ref().map(|choice| match choice {
        ToolChoice::Auto => quote!(::steadfast::__private::ToolChoice::Auto),
        ToolChoice::Required => quote!(::steadfast::__private::ToolChoice::Required),
        ToolChoice::None => quote!(::steadfast::__private::ToolChoice::None),
        ToolChoice::Tool(tool) => {
            let name = quote_spanned!(located_at(tool)=> <#tool as ::steadfast::__private::Tool>::DEF.name);
            quote!(::steadfast::__private::ToolChoice::Function(::steadfast::__private::Cow::Borrowed(#name)))
        }
    }));
    let parallel_tool_calls = option(parallel_tool_calls.as_ref());
    let reasoning = option(reasoning.as_ref().map(|effort| quote!(::steadfast::__private::Cow::Borrowed(#effort))));
    quote! {
        ::steadfast::__private::ModelSettings {
            temperature: #temperature,
            top_p: #top_p,
            max_tokens: #max_tokens,
            tool_choice: #tool_choice,
            parallel_tool_calls: #parallel_tool_calls,
            reasoning: #reasoning,
        }
    }
}

fn option(value: Option<impl ToTokens>) -> TokenStream {
    value.map_or_else(|| quote!(::core::option::Option::None), |value| quote!(::core::option::Option::Some(#value)))
}
