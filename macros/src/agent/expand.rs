//! What an agent becomes: the struct as it was, and what the runtime has to know of it.

use super::{
    callable,
    handoffs::{Handoff, To},
    how::{self, option},
    instructions::Instructions,
    model::{Agent, Brief},
    tools::{Listed, method},
};
use crate::{generics::generics, signature::located_at};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, ItemStruct, Path, ext::IdentExt, spanned::Spanned};

pub(crate) fn agent(agent: &Agent<'_>) -> TokenStream {
    let Agent {
        original,
        name,
        description,
        model,
        instructions,
        tools,
        tools_list: _,
        handoffs,
        output,
        max_turns,
        settings,
        options,
    } = agent;
    let ident = &original.ident;
    let cfgs: Vec<_> = original.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect();
    let generics = generics(original, output.as_ref());
    let (parameters, arguments, bounds) = generics.split_for_impl();
    let is_generic = !generics.params.is_empty();

    let path = format!("::{}", ident.unraw());
    let hosted = tools.iter().filter_map(hosted);
    let tools: Vec<TokenStream> = tools.iter().filter_map(Listed::name).map(defs).collect();
    let targets = handoffs.iter().map(handoff);
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
    let settings = how::settings(settings);
    let options = how::options(options);
    let instructions = instructions_of(instructions.as_ref());
    // What another agent has asked it is in the conversation, and need not be read here.
    let asked =
        original.fields.iter().filter_map(|field| field.ident.as_ref()).find(|ident| ident.unraw() == callable::INPUT);
    let asked = asked.map(|field| quote!(let _ = &self.#field;));
    let handoffs = handoffs.iter().map(hand_over);
    let type_name = option(is_generic.then(|| quote!(::core::any::type_name::<Self>)));
    let standalone = standalone(original, &cfgs);
    let callable = callable::tool(agent);
    let started = callable::started(agent);
    // The compiler takes many hundreds of tools for an endless loop.
    let long = quote!(#[allow(long_running_const_eval)]);
    let (mut at_once, mut where_it_runs) = (TokenStream::new(), TokenStream::new());
    for assertion in assertions(agent, &tools) {
        if is_generic {
            // There is nothing to look at before the types are known.
            where_it_runs.extend(quote!(const { #assertion };));
        } else {
            at_once.extend(quote!(#(#cfgs)* #long const _: () = #assertion;));
        }
    }

    quote! {
        #original

        #(#cfgs)*
        #[automatically_derived]
        impl #parameters ::steadfast::__private::Agent for #ident #arguments #bounds {
            #output

            const SPEC: &'static ::steadfast::__private::AgentSpec = &::steadfast::__private::AgentSpec {
                name: #name,
                description: #description,
                path: ::core::concat!(::core::module_path!(), #path),
                type_name: #type_name,
                model: #model,
                toolsets: &[#(#tools),*],
                hosted: &[#(#hosted),*],
                handoffs: &[#(#targets),*],
                output: #schema,
                max_turns: #max_turns,
                settings: #settings,
                options: #options,
            };

            fn instructions(&self) -> ::core::option::Option<::std::string::String> {
                #where_it_runs
                #asked
                #instructions
            }

            fn handoffs(&self) -> ::std::vec::Vec<::steadfast::__private::Handoff> {
                ::std::vec![#(#handoffs),*]
            }

            #started
        }

        #standalone
        #callable
        #at_once
    }
}

/// An agent without fields is all in its name.
fn standalone(original: &ItemStruct, cfgs: &[&Attribute]) -> Option<TokenStream> {
    let ident = &original.ident;
    (original.fields.is_empty() && original.generics.params.is_empty()).then(|| {
        quote! {
            #(#cfgs)*
            #[automatically_derived]
            impl ::steadfast::__private::Standalone for #ident {
                fn standalone() -> Self {
                    Self {}
                }
            }
        }
    })
}

fn instructions_of(instructions: Option<&Brief<'_>>) -> TokenStream {
    let (text, fields) = match instructions {
        None => return quote!(::core::option::Option::None),
        Some(Brief::Method(path)) => {
            let this = Ident::new("self", Span::call_site().located_at(path.span()));
            return quote_spanned! {located_at(path)=>
                ::core::option::Option::Some(::steadfast::__private::instructions(#path(#this)))
            };
        }
        Some(Brief::Text(Instructions { text, fields })) => (text, fields),
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

/// What is found out about the agent's lists once their items are known.
fn assertions<'a>(agent: &'a Agent<'_>, tools: &'a [TokenStream]) -> impl Iterator<Item = TokenStream> + 'a {
    let ident = &agent.original.ident;
    let is_generic = !agent.original.generics.params.is_empty();
    let own = move |at: Span| {
        let this = if is_generic { quote!(Self) } else { quote!(#ident) };
        quote_spanned!(at=> <#this as ::steadfast::__private::Agent>::SPEC)
    };
    let tools = agent.tools_list.as_ref().map(move |list| {
        let at = Span::mixed_site().located_at(list.span());
        let spec = own(at);
        let granted = tools.iter().map(|tools| {
            let at = located_at(tools);
            let spec = own(at);
            quote_spanned!(at=> ::steadfast::__private::assert_granted(#spec, #tools);)
        });
        quote_spanned!(at=> { ::steadfast::__private::assert_unique_tools(#spec); #(#granted)* })
    });
    let handoffs = agent.handoffs.iter().map(move |handoff| {
        let at = located_at(handoff.path());
        let (from, to) = (own(at), agent_of(handoff));
        let granted = handoff.calls.as_ref().map(|tool| {
            let (from, tool) = (own(located_at(&tool)), defs(tool));
            quote_spanned!(located_at(&tool)=> ::steadfast::__private::assert_granted(#from, #tool);)
        });
        quote_spanned!(at=> { #granted ::steadfast::__private::assert_no_wider(#from, #to) })
    });
    tools.into_iter().chain(handoffs)
}

/// What is the same for all values of the agent that is handed over to.
fn agent_of(handoff: &Handoff) -> TokenStream {
    let at = located_at(handoff.path());
    match &handoff.to {
        To::Unit(path) => quote_spanned!(at=> <#path as ::steadfast::__private::Standalone>::WHOLE),
        To::Values(expression) => {
            let path = &expression.path;
            quote_spanned!(at=> <#path as ::steadfast::__private::Agent>::SPEC)
        }
    }
}

/// What is the same for all values of the agent that hands over.
fn handoff(handoff: &Handoff) -> TokenStream {
    let Handoff { to: _, name, description, calls, filter, enabled } = handoff;
    let at = located_at(handoff.path());
    let mut set = TokenStream::new();
    for (option, text) in [("name", name), ("description", description)] {
        if let Some(text) = text {
            let option = Ident::new(option, at);
            set.extend(quote_spanned!(at=> #option: ::core::option::Option::Some(#text),));
        }
    }
    if let Some(tool) = calls {
        let defs = defs(tool);
        set.extend(quote_spanned! {located_at(tool)=>
            on_handoff: ::core::option::Option::Some(::steadfast::__private::on_handoff(#defs)),
        });
    }
    for (option, function) in [("filter", filter), ("enabled", enabled)] {
        if let Some(path) = function {
            let at = located_at(path);
            let option = Ident::new(option, at);
            set.extend(quote_spanned!(at=> #option: ::core::option::Option::Some(#path),));
        }
    }
    let agent = agent_of(handoff);
    let plain = quote_spanned!(at=> ::steadfast::__private::HandoffSpec::to(|| #agent));
    if set.is_empty() { plain } else { quote_spanned!(at=> ::steadfast::__private::HandoffSpec { #set ..#plain }) }
}

/// The agent that is handed over to, made by the one that hands over.
fn hand_over(handoff: &Handoff) -> TokenStream {
    let at = located_at(handoff.path());
    match &handoff.to {
        To::Unit(path) => quote_spanned!(at=> <#path as ::steadfast::__private::Standalone>::handoff()),
        To::Values(expression) => quote_spanned!(at=> ::steadfast::__private::Handoff::to(#expression)),
    }
}

/// The tools that go by a name in the list.
fn defs(tool: &Path) -> TokenStream {
    if let Some((owner, name)) = method(tool) {
        let all = quote_spanned!(located_at(&owner)=> <#owner as ::steadfast::__private::Tool>::DEFS);
        quote_spanned!(located_at(tool)=> &[::steadfast::__private::method(#all, #name)])
    } else {
        quote_spanned!(located_at(tool)=> <#tool as ::steadfast::__private::Tool>::DEFS)
    }
}

/// What an element of the list has to run at the provider: nothing, if it can only be a function.
fn hosted(tool: &Listed) -> Option<TokenStream> {
    match tool {
        Listed::Name(path) if method(path).is_some() => None,
        Listed::Name(path) => Some(quote_spanned!(located_at(path)=> <#path as ::steadfast::__private::Tool>::HOSTED)),
        Listed::Hosted { expression, .. } => {
            Some(quote_spanned!(located_at(expression)=> &[|| ::steadfast::__private::hosted(#expression)]))
        }
    }
}
