//! What an agent becomes: the struct as it was, and what the runtime has to know of it.

use super::{
    callable,
    instructions::Instructions,
    model::{Agent, Brief, Handoff, Options, Settings, ToolChoice, ToolUse},
    tools::Listed,
};
use crate::signature::located_at;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Attribute, Generics, ItemStruct, Path, Type, WherePredicate, ext::IdentExt, parse_quote, parse_quote_spanned,
    spanned::Spanned,
};

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
    let targets = handoffs.iter().map(|handoff| {
        let spec = spec_of(handoff);
        quote_spanned!(located_at(handoff.path())=> || #spec)
    });
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
    let options = self::options(options);
    let instructions = instructions_of(instructions.as_ref());
    // What another agent has asked it is in the conversation, and need not be read here.
    let asked =
        original.fields.iter().filter_map(|field| field.ident.as_ref()).find(|ident| ident.unraw() == callable::INPUT);
    let asked = asked.map(|field| quote!(let _ = &self.#field;));
    let handoffs = handoffs.iter().map(hand_over);
    let type_name = option(is_generic.then(|| quote!(::core::any::type_name::<Self>)));
    let standalone = standalone(original, &cfgs);
    let callable = callable::tool(agent);
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
        }

        #standalone
        #callable
        #at_once
    }
}

/// The generics of the agent, with what they have to be for it to be one; nothing is asked of the struct itself.
pub(crate) fn generics(original: &ItemStruct, output: Option<&Type>) -> Generics {
    let mut generics = original.generics.clone();
    if !generics.params.is_empty() {
        let bounds = generics.make_where_clause();
        bounds.predicates.push(parse_quote!(Self: ::core::marker::Send + ::core::marker::Sync + 'static));
        let output = output.map(|ty| -> WherePredicate {
            parse_quote_spanned!(located_at(ty)=> #ty: ::steadfast::__private::AgentOutput)
        });
        bounds.predicates.extend(output);
    }
    generics
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

/// How the agent is run, as far as it is not as by default.
fn options(options: &Options) -> TokenStream {
    let Options {
        timeout,
        retries,
        task_queue,
        grants,
        input_guardrails,
        output_guardrails,
        tool_use,
        keeps_tool_choice,
        extra,
    } = options;
    let some = |value: TokenStream| quote!(::core::option::Option::Some(#value));
    let mut set = TokenStream::new();
    if let Some(millis) = timeout {
        let timeout = some(quote!(::core::time::Duration::from_millis(#millis)));
        set.extend(quote!(timeout: #timeout,));
    }
    if let Some(retries) = retries {
        let retries = some(quote!(#retries));
        set.extend(quote!(retries: #retries,));
    }
    if let Some(queue) = task_queue {
        let queue = some(quote!(#queue));
        set.extend(quote!(task_queue: #queue,));
    }
    if !grants.is_empty() {
        set.extend(quote!(grants: &[#(#grants),*],));
    }
    for (option, guards) in [("input_guardrails", input_guardrails), ("output_guardrails", output_guardrails)] {
        if !guards.is_empty() {
            let option = Ident::new(option, Span::call_site());
            let guards = guards
                .iter()
                .map(|path| quote_spanned!(located_at(path)=> ::steadfast::__private::guard(<#path as ::steadfast::__private::Guardrail>::GUARD)));
            set.extend(quote!(#option: &[#(#guards),*],));
        }
    }
    match tool_use {
        None => {}
        Some(ToolUse::First) => set.extend(quote!(tool_use: ::steadfast::__private::ToolUse::StopOnFirst,)),
        Some(ToolUse::Of(tools)) => {
            let names = tools.iter().map(name_of);
            set.extend(quote!(tool_use: ::steadfast::__private::ToolUse::StopAt(&[#(#names),*]),));
        }
    }
    if *keeps_tool_choice {
        set.extend(quote!(reset_tool_choice: false,));
    }
    if let Some(json) = extra {
        let json = some(quote!(|| ::steadfast::__private::json!(#json)));
        set.extend(quote!(provider_options: #json,));
    }
    let by_default = quote!(::steadfast::__private::AgentOptions::DEFAULT);
    if set.is_empty() { by_default } else { quote!(::steadfast::__private::AgentOptions { #set ..#by_default }) }
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
        let (from, to) = (own(at), spec_of(handoff));
        quote_spanned!(at=> ::steadfast::__private::assert_no_wider(#from, #to))
    });
    tools.into_iter().chain(handoffs)
}

/// What is the same for all values of the agent that is handed over to.
fn spec_of(handoff: &Handoff) -> TokenStream {
    let at = located_at(handoff.path());
    match handoff {
        Handoff::Unit(path) => quote_spanned!(at=> <#path as ::steadfast::__private::Standalone>::WHOLE),
        Handoff::Values(expression) => {
            let path = &expression.path;
            quote_spanned!(at=> <#path as ::steadfast::__private::Agent>::SPEC)
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
        ToolChoice::Tool(tool) if method(tool).is_some() => {
            let name = name_of(tool);
            quote!(::steadfast::__private::ToolChoice::Function(::steadfast::__private::Cow::Borrowed(#name)))
        }
        // Only the type knows whether the tool is a function or runs at the provider.
        ToolChoice::Tool(tool) => {
            quote_spanned!(located_at(tool)=> <#tool as ::steadfast::__private::Tool>::CHOICE)
        }
        ToolChoice::Hosted(tool) => {
            let at = located_at(tool);
            let kind = quote_spanned!(at=> <#tool as ::steadfast::__private::HostedTool>::KIND);
            quote!(::steadfast::__private::ToolChoice::Hosted(::steadfast::__private::Cow::Borrowed(#kind)))
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
            provider_options: ::core::option::Option::None,
        }
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

/// The name by which the model knows a tool.
fn name_of(tool: &Path) -> TokenStream {
    if let Some((owner, name)) = method(tool) {
        quote_spanned! {located_at(tool)=>
            ::steadfast::__private::method(<#owner as ::steadfast::__private::Tool>::DEFS, #name).name
        }
    } else {
        quote_spanned!(located_at(tool)=> <#tool as ::steadfast::__private::Tool>::DEF.name)
    }
}

/// For `Bank::transfer`, which is no type: the type, and the method's name. A module's name begins with a small letter.
fn method(tool: &Path) -> Option<(Path, String)> {
    let mut owner = tool.clone();
    let method = owner.segments.pop()?.into_value();
    owner.segments.pop_punct();
    let last = owner.segments.last()?;
    let is_type = last.ident.unraw().to_string().starts_with(char::is_uppercase);
    let is_method = method.ident.unraw().to_string().starts_with(|first: char| !first.is_uppercase());
    (is_type && is_method).then(|| (owner, method.ident.unraw().to_string()))
}

fn option(value: Option<impl ToTokens>) -> TokenStream {
    value.map_or_else(|| quote!(::core::option::Option::None), |value| quote!(::core::option::Option::Some(#value)))
}
