//! How an agent is run and its model asked: the tables that the runtime reads.

use super::{
    model::{Budget, Options, Settings, ToolChoice, ToolUse},
    tools::method,
};
use crate::signature::located_at;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;

/// How the agent is run, as far as it is not as by default.
pub(super) fn options(options: &Options) -> TokenStream {
    let Options {
        timeout,
        retries,
        cache,
        task_queue,
        run_timeout,
        budget,
        tool_concurrency,
        fallback_models,
        repair_turns,
        input_filter,
        handoff_filter,
        grants,
        input_guardrails,
        output_guardrails,
        tool_use,
        keeps_tool_choice,
        tells_of_unknown_tools,
        on_error,
        metadata,
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
    if let Some(millis) = cache {
        let cache = some(quote!(::core::time::Duration::from_millis(#millis)));
        set.extend(quote!(cache: #cache,));
    }
    if let Some(queue) = task_queue {
        let queue = some(quote!(#queue));
        set.extend(quote!(task_queue: #queue,));
    }
    if let Some(millis) = run_timeout {
        let timeout = some(quote!(::core::time::Duration::from_millis(#millis)));
        set.extend(quote!(run_timeout: #timeout,));
    }
    if let Some(budget) = budget {
        set.extend(quote!(budget: #budget,));
    }
    if let Some(most) = tool_concurrency {
        let most = some(quote!(#most as usize));
        set.extend(quote!(tool_concurrency: #most,));
    }
    if !fallback_models.is_empty() {
        set.extend(quote!(fallback_models: &[#(#fallback_models),*],));
    }
    if let Some(turns) = repair_turns {
        set.extend(quote!(repair_turns: #turns,));
    }
    for (option, filter) in [("input_filter", input_filter), ("handoff_filter", handoff_filter)] {
        if let Some(path) = filter {
            let option = Ident::new(option, Span::call_site());
            let path = some(quote_spanned!(located_at(path)=> #path));
            set.extend(quote!(#option: #path,));
        }
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
    if *tells_of_unknown_tools {
        set.extend(quote!(tool_not_found: ::steadfast::__private::ToolNotFound::TellModel,));
    }
    if let Some(path) = on_error {
        // The closure's type has to be known before what the function takes is looked at.
        let handler = quote_spanned! {located_at(path)=>
            |error: &::steadfast::__private::RunError| ::steadfast::__private::recovered::<Self>(#path(error))
        };
        let handler = some(handler);
        set.extend(quote!(on_error: #handler,));
    }
    if !metadata.is_empty() {
        let entries = metadata.iter().map(|(key, value)| quote!((#key, #value)));
        set.extend(quote!(metadata: &[#(#entries),*],));
    }
    if let Some(json) = extra {
        let json = some(quote!(|| ::steadfast::__private::json!(#json)));
        set.extend(quote!(provider_options: #json,));
    }
    let by_default = quote!(::steadfast::__private::AgentOptions::DEFAULT);
    if set.is_empty() { by_default } else { quote!(::steadfast::__private::AgentOptions { #set ..#by_default }) }
}

/// As the calls that make it.
impl ToTokens for Budget {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { model_calls, tool_calls, tokens: tokens_spent, cost, depth } = self;
        tokens.extend(quote!(::steadfast::__private::Budget::new()));
        for (what, most) in [("model_calls", model_calls), ("tool_calls", tool_calls), ("tokens", tokens_spent)] {
            if let Some(most) = most {
                let what = Ident::new(what, Span::call_site());
                tokens.extend(quote!(.#what(#most as u64)));
            }
        }
        if let Some(cost) = cost {
            tokens.extend(quote!(.cost(#cost)));
        }
        if let Some(depth) = depth {
            tokens.extend(quote!(.depth(#depth)));
        }
    }
}

/// How the model is asked.
pub(super) fn settings(settings: &Settings) -> TokenStream {
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
            metadata: ::core::option::Option::None,
            provider_options: ::core::option::Option::None,
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

pub(super) fn option(value: Option<impl ToTokens>) -> TokenStream {
    value.map_or_else(|| quote!(::core::option::Option::None), |value| quote!(::core::option::Option::Some(#value)))
}
