//! How an agent is run and its model asked: the tables that the runtime reads.

use super::{
    model::{Budget, Compaction, Options, Settings, ToolChoice, ToolUse},
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
        priority,
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
        compaction,
        extra,
    } = options;
    let lasting = |millis: &Option<u64>| millis.map(|millis| quote!(::core::time::Duration::from_millis(#millis)));
    let path = |path: &Option<Path>| path.as_ref().map(|path| quote_spanned!(located_at(path)=> #path));
    let guard = |path: &Path| quote_spanned!(located_at(path)=> ::steadfast::__private::guard(<#path as ::steadfast::__private::Guardrail>::GUARD));
    // The closure's type has to be known before what the function takes is looked at.
    let handler = |path: &Path| {
        quote_spanned! {located_at(path)=>
            |error: &::steadfast::__private::RunError| ::steadfast::__private::recovered::<Self>(#path(error))
        }
    };

    let mut set = Set::default();
    set.some("timeout", lasting(timeout));
    set.some("retries", retries.map(|retries| quote!(#retries)));
    set.some("cache", lasting(cache));
    set.some("task_queue", task_queue.as_ref().map(|queue| quote!(#queue)));
    set.some("priority", priority.map(|priority| quote!(#priority)));
    set.some("run_timeout", lasting(run_timeout));
    set.put("budget", budget.as_ref().map(|budget| quote!(#budget)));
    set.some("tool_concurrency", tool_concurrency.map(|most| quote!(#most as usize)));
    set.list("fallback_models", fallback_models.iter().map(|model| quote!(#model)));
    set.put("repair_turns", repair_turns.map(|turns| quote!(#turns)));
    set.some("input_filter", path(input_filter));
    set.some("handoff_filter", path(handoff_filter));
    set.list("grants", grants.iter().map(|grant| quote!(#grant)));
    set.list("input_guardrails", input_guardrails.iter().map(guard));
    set.list("output_guardrails", output_guardrails.iter().map(guard));
    set.put("tool_use", tool_use.as_ref().map(tool_use_of));
    set.put("reset_tool_choice", keeps_tool_choice.then(|| quote!(false)));
    let told = quote!(::steadfast::__private::ToolNotFound::TellModel);
    set.put("tool_not_found", tells_of_unknown_tools.then_some(told));
    set.some("on_error", on_error.as_ref().map(handler));
    set.list("metadata", metadata.iter().map(|(key, value)| quote!((#key, #value))));
    set.some("compaction", compaction.as_ref().map(compaction_by));
    set.some("provider_options", extra.as_ref().map(|json| quote!(|| ::steadfast::__private::json!(#json))));

    let (Set(set), by_default) = (set, quote!(::steadfast::__private::AgentOptions::DEFAULT));
    if set.is_empty() { by_default } else { quote!(::steadfast::__private::AgentOptions { #set ..#by_default }) }
}

/// The fields of a table that are not as by default.
#[derive(Default)]
struct Set(TokenStream);

impl Set {
    fn put(&mut self, field: &str, value: Option<TokenStream>) {
        if let Some(value) = value {
            let field = Ident::new(field, Span::call_site());
            self.0.extend(quote!(#field: #value,));
        }
    }

    /// A field that is an `Option`.
    fn some(&mut self, field: &str, value: Option<TokenStream>) {
        self.put(field, value.map(|value| quote!(::core::option::Option::Some(#value))));
    }

    /// A field that is a list.
    fn list(&mut self, field: &str, values: impl Iterator<Item = TokenStream>) {
        let values: Vec<TokenStream> = values.collect();
        self.put(field, (!values.is_empty()).then(|| quote!(&[#(#values),*])));
    }
}

fn compaction_by(compaction: &Compaction) -> TokenStream {
    match compaction {
        Compaction::Agent(agent) => {
            quote_spanned!(located_at(agent)=> ::steadfast::__private::compaction::<#agent>())
        }
        Compaction::Filter(filter) => {
            quote_spanned!(located_at(filter)=> ::steadfast::__private::Compaction::Filter(#filter))
        }
    }
}

fn tool_use_of(tool_use: &ToolUse) -> TokenStream {
    match tool_use {
        ToolUse::First => quote!(::steadfast::__private::ToolUse::StopOnFirst),
        ToolUse::Of(tools) => {
            let names = tools.iter().map(name_of);
            quote!(::steadfast::__private::ToolUse::StopAt(&[#(#names),*]))
        }
    }
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
