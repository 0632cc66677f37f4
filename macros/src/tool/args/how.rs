//! The grammar of the options that say how a tool is run.

use crate::{
    diag::Errors,
    options::{self, Known, Setting, Value, known},
    values::{Flag, List, Number, TextOrPath},
};
use proc_macro2::{Ident, TokenStream};
use syn::{LitStr, Path, parse::ParseStream};

/// The options that say how a tool is run, as written.
#[derive(Default)]
pub(crate) struct HowArgs {
    pub(crate) timeout: Option<Setting<LitStr>>,
    pub(crate) schedule_to_close: Option<Setting<LitStr>>,
    pub(crate) heartbeat: Option<Setting<LitStr>>,
    pub(crate) retries: Option<Setting<Number>>,
    pub(crate) backoff: Option<Setting<BackoffArgs>>,
    pub(crate) non_retryable: Option<Setting<List>>,
    pub(crate) task_queue: Option<Setting<LitStr>>,
    pub(crate) local: Option<Setting<Flag>>,
    pub(crate) strict: Option<Setting<Flag>>,
    pub(crate) max_output: Option<Setting<MaxOutputArgs>>,
    pub(crate) on_error: Option<Setting<TextOrPath>>,
    pub(crate) effects: Option<Setting<List>>,
    pub(crate) approval: Option<Setting<ApprovalArgs>>,
    pub(crate) input_guardrails: Option<Setting<List>>,
    pub(crate) output_guardrails: Option<Setting<List>>,
    pub(crate) cache: Option<Setting<LitStr>>,
    pub(crate) inline: Option<Setting<Flag>>,
    pub(crate) enabled: Option<Setting<Path>>,
    pub(crate) tags: Option<Setting<List>>,
}

/// How long to wait between attempts, as written.
#[derive(Default)]
pub(crate) struct BackoffArgs {
    pub(crate) initial: Option<Setting<LitStr>>,
    pub(crate) coefficient: Option<Setting<Number>>,
    pub(crate) maximum: Option<Setting<LitStr>>,
}

impl Value for BackoffArgs {
    const KIND: &'static str = "options in parentheses";
    const IS_NESTED: bool = true;

    fn nested(_: &Ident, tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        let mut args = Self::default();
        let mut table = [
            known("initial", "\"1s\"", &mut args.initial),
            known("coefficient", "2.0", &mut args.coefficient),
            known("maximum", "\"1m\"", &mut args.maximum),
        ];
        options::read("tool(backoff)", tokens, &mut table, errors);
        Some(args)
    }
}

/// The longest output and what becomes of a longer one, as written.
#[derive(Default)]
pub(crate) struct MaxOutputArgs {
    pub(crate) bytes: Option<Setting<Number>>,
    pub(crate) beyond: Option<Setting<LitStr>>,
}

impl Value for MaxOutputArgs {
    const KIND: &'static str = "a number of bytes";
    const IS_NESTED: bool = true;

    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        let key = Ident::new("max_output", input.span());
        Ok(Self { bytes: Some(Setting { key, value: Number::read(input)? }), beyond: None })
    }

    fn nested(key: &Ident, tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        let mut args = Self::default();
        let mut table = [known("bytes", "20_000", &mut args.bytes), known("beyond", "\"truncate\"", &mut args.beyond)];
        options::read("tool(max_output)", tokens, &mut table, errors);
        if !table[0].tried {
            errors.at(key, "`max_output` has no size; write `max_output(bytes = 20_000, beyond = \"fail\")`");
        }
        Some(args)
    }
}

/// Which calls have to be approved, as written.
#[derive(Default)]
pub(crate) struct ApprovalArgs {
    pub(crate) rule: Option<Setting<Path>>,
    pub(crate) deadline: Option<Setting<LitStr>>,
}

impl Value for ApprovalArgs {
    const KIND: &'static str = "a function's name";
    const IS_NESTED: bool = true;

    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        let key = Ident::new("approval", input.span());
        Ok(Self { rule: Some(Setting { key, value: input.parse()? }), deadline: None })
    }

    fn bare() -> Option<Self> {
        Some(Self::default())
    }

    fn nested(_: &Ident, tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        let mut args = Self::default();
        let mut table =
            [known("rule", "over_a_hundred", &mut args.rule), known("deadline", "\"24h\"", &mut args.deadline)];
        options::read("tool(approval)", tokens, &mut table, errors);
        Some(args)
    }
}

impl HowArgs {
    /// The lines by which they are read.
    pub(crate) fn table(&mut self) -> Vec<Known<'_>> {
        vec![
            known("timeout", "\"10s\"", &mut self.timeout),
            known("schedule_to_close", "\"10m\"", &mut self.schedule_to_close),
            known("heartbeat", "\"30s\"", &mut self.heartbeat),
            known("retries", "3", &mut self.retries),
            known("backoff", "(initial = \"1s\", coefficient = 2.0, maximum = \"1m\")", &mut self.backoff),
            known("non_retryable", "[\"CardDeclined\"]", &mut self.non_retryable),
            known("task_queue", "\"gpu\"", &mut self.task_queue),
            known("local", "true", &mut self.local),
            known("strict", "false", &mut self.strict),
            known("max_output", "20_000", &mut self.max_output),
            known("on_error", "\"fail\"", &mut self.on_error),
            known("effects", "[net, money]", &mut self.effects),
            known("approval", "over_a_hundred", &mut self.approval),
            known("input_guardrails", "[small_sums]", &mut self.input_guardrails),
            known("output_guardrails", "[no_secrets]", &mut self.output_guardrails),
            known("cache", "\"10m\"", &mut self.cache),
            known("inline", "true", &mut self.inline),
            known("enabled", "is_open", &mut self.enabled),
            known("tags", "[\"billing\"]", &mut self.tags),
        ]
    }

    /// The lines of what an activity has of them.
    pub(crate) fn table_of_activity(&mut self) -> Vec<Known<'_>> {
        vec![
            known("timeout", "\"10s\"", &mut self.timeout),
            known("schedule_to_close", "\"10m\"", &mut self.schedule_to_close),
            known("heartbeat", "\"30s\"", &mut self.heartbeat),
            known("retries", "3", &mut self.retries),
            known("backoff", "(initial = \"1s\", coefficient = 2.0, maximum = \"1m\")", &mut self.backoff),
            known("non_retryable", "[\"CardDeclined\"]", &mut self.non_retryable),
            known("task_queue", "\"gpu\"", &mut self.task_queue),
            known("local", "true", &mut self.local),
            known("cache", "\"10m\"", &mut self.cache),
        ]
    }

    /// The keys of what makes sense only for a call that is recorded.
    pub(crate) fn keys_of_recorded(&self) -> impl Iterator<Item = &Ident> {
        let Self { timeout, schedule_to_close, heartbeat, retries, backoff, non_retryable, task_queue, local, .. } =
            self;
        let texts = [timeout, schedule_to_close, heartbeat, task_queue, &self.cache];
        let others = [
            retries.as_ref().map(|setting| &setting.key),
            backoff.as_ref().map(|setting| &setting.key),
            non_retryable.as_ref().map(|setting| &setting.key),
            local.as_ref().map(|setting| &setting.key),
        ];
        texts.into_iter().flatten().map(|setting| &setting.key).chain(others.into_iter().flatten())
    }

    /// Whether the tool need not be one that strict mode can express.
    pub(crate) fn is_lax(&self) -> bool {
        self.strict.as_ref().is_some_and(|setting| !setting.value.0)
    }
}
