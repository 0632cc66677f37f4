//! What an agent must be, and an agent that is.

use super::{
    args::{Args, BudgetArgs},
    handoffs::{Handoff, handoffs},
    instructions::Instructions,
    tools::{Listed, tools},
};
use crate::{
    diag::{Errors, listed, source, suggestion},
    options::Setting,
    signature::docs,
    types::last_segment,
    values::{List, TextOrList, TextOrPath, Texts, effects, guardrails, paths},
};
use proc_macro2::Group;
use syn::{Fields, GenericParam, ItemStruct, LitStr, Path, Type, ext::IdentExt};

/// An agent without mistakes.
pub(crate) struct Agent<'a> {
    pub(crate) original: &'a ItemStruct,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) model: String,
    pub(crate) instructions: Option<Brief<'a>>,
    pub(crate) tools: Vec<Listed>,
    /// The list of tools with its brackets, for what is found out about it later.
    pub(crate) tools_list: Option<Group>,
    pub(crate) handoffs: Vec<Handoff>,
    /// `None` for plain text.
    pub(crate) output: Option<Type>,
    pub(crate) max_turns: Option<u32>,
    pub(crate) settings: Settings,
    pub(crate) options: Options,
}

/// Where the instructions come from.
pub(crate) enum Brief<'a> {
    Text(Instructions<'a>),
    /// A function of the agent, called at each turn.
    Method(Path),
}

/// How the agent is run; `None` is what the runtime does by default. Durations are in milliseconds.
pub(crate) struct Options {
    pub(crate) timeout: Option<u64>,
    pub(crate) retries: Option<u32>,
    pub(crate) cache: Option<u64>,
    pub(crate) task_queue: Option<String>,
    pub(crate) priority: Option<u32>,
    pub(crate) run_timeout: Option<u64>,
    pub(crate) budget: Option<Budget>,
    pub(crate) tool_concurrency: Option<u32>,
    pub(crate) fallback_models: Vec<LitStr>,
    pub(crate) repair_turns: Option<u32>,
    pub(crate) input_filter: Option<Path>,
    pub(crate) handoff_filter: Option<Path>,
    pub(crate) grants: Vec<String>,
    pub(crate) input_guardrails: Vec<Path>,
    pub(crate) output_guardrails: Vec<Path>,
    pub(crate) tool_use: Option<ToolUse>,
    pub(crate) keeps_tool_choice: bool,
    pub(crate) tells_of_unknown_tools: bool,
    pub(crate) on_error: Option<Path>,
    pub(crate) metadata: Vec<(LitStr, LitStr)>,
    pub(crate) compaction: Option<Compaction>,
    /// What is put into requests as it is.
    pub(crate) extra: Option<Group>,
}

/// What puts conversations into fewer words.
pub(crate) enum Compaction {
    Agent(Path),
    Filter(Path),
}

/// What a run may spend; `None` is not limited.
pub(crate) struct Budget {
    pub(crate) model_calls: Option<u32>,
    pub(crate) tool_calls: Option<u32>,
    pub(crate) tokens: Option<u32>,
    pub(crate) cost: Option<f64>,
    pub(crate) depth: Option<u32>,
}

/// When the output of a tool is the answer.
pub(crate) enum ToolUse {
    First,
    Of(Vec<Path>),
}

/// How the model should answer.
pub(crate) struct Settings {
    pub(crate) temperature: Option<f64>,
    pub(crate) top_p: Option<f64>,
    pub(crate) max_tokens: Option<u32>,
    pub(crate) tool_choice: Option<ToolChoice>,
    pub(crate) parallel_tool_calls: Option<bool>,
    pub(crate) reasoning: Option<String>,
}

pub(crate) enum ToolChoice {
    Auto,
    Required,
    None,
    Tool(Path),
    /// A hosted tool that is listed as an expression, by its type.
    Hosted(Path),
}

impl<'a> Agent<'a> {
    /// Applies every rule; the agent can be expanded if none was broken.
    pub(crate) fn check(args: Args, original: &'a ItemStruct, errors: &mut Errors) -> Option<Self> {
        check_struct(original, errors);
        if args.lacks_model {
            let message = format!("`{}` has no model to think with; write `#[agent(model = \"..\")]`", original.ident);
            errors.at(&original.ident, message);
        }
        let model = args.model.and_then(|setting| model(&setting.value, errors));
        let tools_list = args.tools.as_ref().map(|setting| setting.value.brackets.clone());
        let tools = tools(args.tools, errors);
        let instructions = args.instructions.map(|setting| match setting.value {
            TextOrPath::Text(text) => {
                Instructions::check(text, &original.ident, &original.fields, errors).map(Brief::Text)
            }
            TextOrPath::Path(path) => Some(Brief::Method(path)),
        });
        let settings = Settings {
            temperature: args.temperature.and_then(|setting| setting.within(0.0, 2.0, errors)),
            top_p: args.top_p.and_then(|setting| setting.within(0.0, 1.0, errors)),
            max_tokens: args.max_tokens.and_then(|setting| setting.at_least(1, errors)),
            tool_choice: args.tool_choice.and_then(|setting| tool_choice(setting.value, &tools, errors)),
            parallel_tool_calls: args.parallel_tool_calls.map(|setting| setting.value.value),
            reasoning: args.reasoning.and_then(|setting| reasoning(&setting.value, errors)),
        };
        let options = Options {
            timeout: args.timeout.and_then(|setting| setting.duration(errors)),
            retries: args.retries.and_then(|setting| setting.at_least(0, errors)),
            cache: args.cache.and_then(|setting| setting.duration(errors)),
            task_queue: args.task_queue.and_then(|setting| setting.filled(errors)),
            priority: args.priority.and_then(|setting| setting.priority(errors)),
            run_timeout: args.run_timeout.and_then(|setting| setting.duration(errors)),
            budget: args.budget.map(|setting| budget(setting.value, errors)),
            tool_concurrency: args.tool_concurrency.and_then(|setting| setting.at_least(1, errors)),
            fallback_models: args.fallback_models.map(|list| fallbacks(list.value, errors)).unwrap_or_default(),
            repair_turns: match (&args.output, args.repair_turns) {
                (None, Some(setting)) => {
                    errors.at(&setting.key, "an answer in plain text needs no repair; remove `repair_turns`");
                    None
                }
                (_, setting) => setting.and_then(|setting| setting.at_least(1, errors)),
            },
            input_filter: args.input_filter.map(|setting| setting.value),
            handoff_filter: match (&args.handoffs, args.handoff_filter) {
                (None, Some(setting)) => {
                    errors.at(
                        &setting.key,
                        "there is nobody to hand over to; add `handoffs`, or remove `handoff_filter`",
                    );
                    None
                }
                (_, setting) => setting.map(|setting| setting.value),
            },
            grants: args.grants.map(|setting| effects(setting.value, errors)).unwrap_or_default(),
            input_guardrails: guardrails(args.input_guardrails, errors),
            output_guardrails: guardrails(args.output_guardrails, errors),
            tool_use: args.tool_use_behavior.and_then(|setting| tool_use(setting.value, &tools, errors)),
            keeps_tool_choice: args.reset_tool_choice.is_some_and(|setting| !setting.value.value),
            tells_of_unknown_tools: args.tool_not_found.is_some_and(|setting| tells(&setting.value, errors)),
            on_error: args.on_error.map(|setting| setting.value),
            metadata: args.metadata.map(|setting| metadata(setting.value, errors)).unwrap_or_default(),
            compaction: compaction(args.compaction, args.compaction_filter, errors),
            extra: args.provider_options.map(|setting| setting.value.0),
        };
        let name = args.name.map(|setting| setting.filled(errors));
        Some(Self {
            handoffs: handoffs(args.handoffs, errors),
            max_turns: args.max_turns.and_then(|setting| setting.at_least(1, errors)),
            name: name.unwrap_or_else(|| Some(original.ident.unraw().to_string()))?,
            description: docs(&original.attrs),
            output: args.output.map(|setting| setting.value).filter(|ty| !is_string(ty)),
            instructions: match instructions {
                Some(instructions) => Some(instructions?),
                None => None,
            },
            model: model?,
            original,
            tools,
            tools_list,
            settings,
            options,
        })
    }
}

fn budget(args: BudgetArgs, errors: &mut Errors) -> Budget {
    let BudgetArgs { model_calls, tool_calls, tokens, cost, depth } = args;
    Budget {
        model_calls: model_calls.and_then(|setting| setting.at_least(1, errors)),
        tool_calls: tool_calls.and_then(|setting| setting.at_least(0, errors)),
        tokens: tokens.and_then(|setting| setting.at_least(1, errors)),
        cost: cost.and_then(|setting| setting.within(0.0, 1e9, errors)),
        depth: depth.and_then(|setting| setting.at_least(0, errors)),
    }
}

fn fallbacks(list: List, errors: &mut Errors) -> Vec<LitStr> {
    let models: Vec<LitStr> =
        list.each("is no model's name; write it in quotes, as in `[\"gpt-5.6-luna-mini\"]`", errors);
    for (index, model) in models.iter().enumerate() {
        if model.value().trim().is_empty() {
            errors.at(model, "a model has a name; write it between the quotes");
        } else if models[..index].iter().any(|earlier| earlier.value() == model.value()) {
            errors.at(model, format!("`{}` is listed twice; keep one", model.value()));
        }
    }
    models
}

/// It cannot be left out, as other empty texts can.
fn model(written: &LitStr, errors: &mut Errors) -> Option<String> {
    let model = written.value();
    if model.trim().is_empty() {
        errors.at(written, "`model` is empty; name one, as in `model = \"gpt-5.6-luna\"`");
        return None;
    }
    Some(model)
}

/// An agent is a struct whose fields have names, for the instructions use them.
fn check_struct(original: &ItemStruct, errors: &mut Errors) {
    for parameter in &original.generics.params {
        if let GenericParam::Lifetime(_) = parameter {
            errors.at(parameter, "an agent cannot borrow, for a run may outlive the process; own what it needs");
        }
    }
    if let (Some(clause), true) = (&original.generics.where_clause, original.generics.params.is_empty()) {
        errors.at(clause, "an agent is not generic, so there is nothing to bound; remove the `where`");
    }
    if let Fields::Unnamed(fields) = &original.fields {
        errors.at(fields, "instructions use fields by name; give each field one, as in `{ budget: u32 }`");
    }
}

fn tool_choice(written: TextOrPath, tools: &[Listed], errors: &mut Errors) -> Option<ToolChoice> {
    const CHOICES: [&str; 3] = ["auto", "required", "none"];
    match written {
        TextOrPath::Text(literal) => match literal.value().as_str() {
            "auto" => Some(ToolChoice::Auto),
            "required" => Some(ToolChoice::Required),
            "none" => Some(ToolChoice::None),
            other => {
                let near = suggestion(other, CHOICES);
                let choices = listed(CHOICES);
                errors.at(
                    &literal,
                    format!("`{other}` is no choice of tools{near}\nwrite {choices}, or a tool's name without quotes"),
                );
                None
            }
        },
        TextOrPath::Path(path) => {
            let name = source(&path);
            if tools.iter().filter_map(Listed::name).any(|tool| source(tool) == name) {
                return Some(ToolChoice::Tool(path));
            }
            if tools.iter().filter_map(Listed::hosted_type).any(|ty| source(&ty) == name) {
                return Some(ToolChoice::Hosted(path));
            }
            errors.at(&path, format!("`{name}` is not in `tools`, so the model cannot call it; add it there"));
            None
        }
    }
}

fn tool_use(written: TextOrList, tools: &[Listed], errors: &mut Errors) -> Option<ToolUse> {
    const WAYS: [&str; 2] = ["run_llm_again", "stop_on_first_tool"];
    match written {
        TextOrList::List(list) => {
            let ends = paths(list, "is no tool's name; write the name alone, as in `[weather]`", errors);
            for path in &ends {
                let name = source(path);
                if !tools.iter().filter_map(Listed::name).any(|tool| source(tool) == name) {
                    errors.at(path, format!("`{name}` is not in `tools`, so the model cannot call it; add it there"));
                }
            }
            Some(ToolUse::Of(ends))
        }
        TextOrList::Text(literal) => {
            match literal.value().as_str() {
                "run_llm_again" => None,
                "stop_on_first_tool" => Some(ToolUse::First),
                other => {
                    let near = suggestion(other, WAYS);
                    let ways = listed(WAYS);
                    errors.at(
                    &literal,
                    format!("`{other}` is no way to use tools{near}\nwrite {ways}, or a list of tools, as in `[weather]`"),
                );
                    None
                }
            }
        }
    }
}

fn compaction(agent: Option<Setting<Path>>, filter: Option<Setting<Path>>, errors: &mut Errors) -> Option<Compaction> {
    if let (Some(_), Some(filter)) = (&agent, &filter) {
        errors.at(&filter.key, "a conversation is made shorter in one way; keep `compaction` or `compaction_filter`");
    }
    let filter = filter.map(|setting| Compaction::Filter(setting.value));
    agent.map(|setting| Compaction::Agent(setting.value)).or(filter)
}

/// Whether the model is told of a tool that is not there.
fn tells(written: &LitStr, errors: &mut Errors) -> bool {
    const WAYS: [&str; 2] = ["fail", "tell_model"];
    let text = written.value();
    if !WAYS.contains(&text.as_str()) {
        let near = suggestion(&text, WAYS);
        errors.at(written, format!("`{text}` is not what becomes of an unknown tool{near}\nwrite {}", listed(WAYS)));
    }
    text == "tell_model"
}

/// At most 16 entries, of 64 and 512 characters, says OpenAI.
fn metadata(Texts(entries): Texts, errors: &mut Errors) -> Vec<(LitStr, LitStr)> {
    if let Some((key, _)) = entries.get(16) {
        errors.at(key, "providers take 16 entries of metadata at most; leave some out");
    }
    for (index, (key, value)) in entries.iter().enumerate() {
        let (name, text) = (key.value(), value.value());
        if name.is_empty() || name.chars().count() > 64 {
            errors.at(key, "a key of metadata has 1 to 64 characters");
        }
        if text.chars().count() > 512 {
            errors.at(value, "a value of metadata has 512 characters at most");
        }
        if entries[..index].iter().any(|(earlier, _)| earlier.value() == name) {
            errors.at(key, format!("`{name}` is listed twice; keep one"));
        }
    }
    entries
}

fn reasoning(written: &LitStr, errors: &mut Errors) -> Option<String> {
    const EFFORTS: [&str; 4] = ["minimal", "low", "medium", "high"];
    let text = written.value();
    if EFFORTS.contains(&text.as_str()) {
        return Some(text);
    }
    let near = suggestion(&text, EFFORTS);
    errors.at(written, format!("`{text}` is no reasoning effort{near}\nthe efforts are {}", listed(EFFORTS)));
    None
}

fn is_string(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|last| last.ident == "String" && last.arguments.is_none())
}
