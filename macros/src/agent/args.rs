//! The grammar of `#[agent(..)]`.

use crate::{
    diag::Errors,
    options::{self, Setting, Value, known},
    values::{List, Number, Object, TextOrList, TextOrPath, Texts},
};
use proc_macro2::{Ident, TokenStream};
use syn::{LitBool, LitStr, Path, Type};

/// The options of `#[agent]`, as written.
#[derive(Default)]
pub(crate) struct Args {
    /// No `model`, and nothing that was to be one.
    pub(crate) lacks_model: bool,
    pub(crate) model: Option<Setting<LitStr>>,
    pub(crate) instructions: Option<Setting<TextOrPath>>,
    pub(crate) tools: Option<Setting<List>>,
    pub(crate) handoffs: Option<Setting<List>>,
    pub(crate) output: Option<Setting<Type>>,
    pub(crate) max_turns: Option<Setting<Number>>,
    pub(crate) name: Option<Setting<LitStr>>,
    pub(crate) temperature: Option<Setting<Number>>,
    pub(crate) top_p: Option<Setting<Number>>,
    pub(crate) max_tokens: Option<Setting<Number>>,
    pub(crate) tool_choice: Option<Setting<TextOrPath>>,
    pub(crate) parallel_tool_calls: Option<Setting<LitBool>>,
    pub(crate) reasoning: Option<Setting<LitStr>>,
    pub(crate) provider_options: Option<Setting<Object>>,
    pub(crate) tool_use_behavior: Option<Setting<TextOrList>>,
    pub(crate) reset_tool_choice: Option<Setting<LitBool>>,
    pub(crate) tool_not_found: Option<Setting<LitStr>>,
    pub(crate) on_error: Option<Setting<Path>>,
    pub(crate) metadata: Option<Setting<Texts>>,
    pub(crate) compaction: Option<Setting<Path>>,
    pub(crate) compaction_filter: Option<Setting<Path>>,
    pub(crate) timeout: Option<Setting<LitStr>>,
    pub(crate) retries: Option<Setting<Number>>,
    pub(crate) cache: Option<Setting<LitStr>>,
    pub(crate) task_queue: Option<Setting<LitStr>>,
    pub(crate) priority: Option<Setting<Number>>,
    pub(crate) run_timeout: Option<Setting<LitStr>>,
    pub(crate) budget: Option<Setting<BudgetArgs>>,
    pub(crate) tool_concurrency: Option<Setting<Number>>,
    pub(crate) fallback_models: Option<Setting<List>>,
    pub(crate) repair_turns: Option<Setting<Number>>,
    pub(crate) input_filter: Option<Setting<Path>>,
    pub(crate) handoff_filter: Option<Setting<Path>>,
    pub(crate) grants: Option<Setting<List>>,
    pub(crate) input_guardrails: Option<Setting<List>>,
    pub(crate) output_guardrails: Option<Setting<List>>,
    pub(crate) steadfast: Option<Setting<Path>>,
}

/// What a run may spend, as written.
#[derive(Default)]
pub(crate) struct BudgetArgs {
    pub(crate) model_calls: Option<Setting<Number>>,
    pub(crate) tool_calls: Option<Setting<Number>>,
    pub(crate) tokens: Option<Setting<Number>>,
    pub(crate) cost: Option<Setting<Number>>,
    pub(crate) depth: Option<Setting<Number>>,
}

impl Value for BudgetArgs {
    const KIND: &'static str = "options in parentheses";
    const IS_NESTED: bool = true;

    fn nested(key: &Ident, tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        if tokens.is_empty() {
            errors.at(key, "`budget` limits nothing; write `budget(tokens = 50_000, tool_calls = 20)`");
        }
        let mut args = Self::default();
        let mut table = [
            known("model_calls", "30", &mut args.model_calls),
            known("tool_calls", "20", &mut args.tool_calls),
            known("tokens", "50_000", &mut args.tokens),
            known("cost", "0.25", &mut args.cost),
            known("depth", "2", &mut args.depth),
        ];
        options::read("agent(budget)", tokens, &mut table, errors);
        Some(args)
    }
}

impl Args {
    pub(crate) fn read(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let mut table = [
            known("model", "\"gpt-5.6-luna\"", &mut args.model),
            known("instructions", "\"You plan trips.\"", &mut args.instructions),
            known("tools", "[weather, book_hotel]", &mut args.tools),
            known("handoffs", "[Refunds]", &mut args.handoffs),
            known("output", "Itinerary", &mut args.output),
            known("max_turns", "5", &mut args.max_turns),
            known("name", "\"Trip planner\"", &mut args.name),
            known("temperature", "0.2", &mut args.temperature),
            known("top_p", "0.9", &mut args.top_p),
            known("max_tokens", "1000", &mut args.max_tokens),
            known("tool_choice", "\"required\"", &mut args.tool_choice),
            known("parallel_tool_calls", "false", &mut args.parallel_tool_calls),
            known("reasoning", "\"low\"", &mut args.reasoning),
            known("provider_options", "{ \"service_tier\": \"flex\" }", &mut args.provider_options),
            known("tool_use_behavior", "\"stop_on_first_tool\"", &mut args.tool_use_behavior),
            known("reset_tool_choice", "false", &mut args.reset_tool_choice),
            known("tool_not_found", "\"tell_model\"", &mut args.tool_not_found),
            known("on_error", "Self::sorry", &mut args.on_error),
            known("metadata", "{ \"team\": \"support\" }", &mut args.metadata),
            known("compaction", "Summariser", &mut args.compaction),
            known("compaction_filter", "forget_outputs", &mut args.compaction_filter),
            known("timeout", "\"2m\"", &mut args.timeout),
            known("retries", "3", &mut args.retries),
            known("cache", "\"1h\"", &mut args.cache),
            known("task_queue", "\"models\"", &mut args.task_queue),
            known("priority", "2", &mut args.priority),
            known("run_timeout", "\"10m\"", &mut args.run_timeout),
            known("budget", "(tokens = 50_000, tool_calls = 20)", &mut args.budget),
            known("tool_concurrency", "4", &mut args.tool_concurrency),
            known("fallback_models", "[\"gpt-5.6-luna-mini\"]", &mut args.fallback_models),
            known("repair_turns", "2", &mut args.repair_turns),
            known("input_filter", "redact", &mut args.input_filter),
            known("handoff_filter", "remove_all_tools", &mut args.handoff_filter),
            known("grants", "[net, money]", &mut args.grants),
            known("input_guardrails", "[about_trips]", &mut args.input_guardrails),
            known("output_guardrails", "[no_prices]", &mut args.output_guardrails),
            known("crate", "my_crate::steadfast", &mut args.steadfast),
        ];
        options::read("agent", tokens, &mut table, errors);
        let [model, ..] = &table;
        args.lacks_model = !model.tried;
        args
    }
}
