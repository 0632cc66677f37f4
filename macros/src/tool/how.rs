//! How a tool is run: attempts, times and places.

use super::args::{ApprovalArgs, BackoffArgs, HowArgs, MaxOutputArgs};
use crate::{
    diag::{Errors, listed, suggestion},
    options::Setting,
    signature::{Role, local, located_at},
    values::{List, TextOrPath, effects, guardrails},
};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{LitStr, Path};

/// How a tool is run; `None` is what the runtime does by default. Durations are in milliseconds.
pub(crate) struct How {
    timeout: Option<u64>,
    schedule_to_close: Option<u64>,
    heartbeat: Option<u64>,
    retries: Option<u32>,
    backoff: Option<Backoff>,
    non_retryable: Vec<LitStr>,
    task_queue: Option<String>,
    local: bool,
    lax: bool,
    max_output: Option<MaxOutput>,
    on_error: Option<OnError>,
    effects: Vec<String>,
    approval: Option<Approval>,
    input_guardrails: Vec<Path>,
    output_guardrails: Vec<Path>,
    cache: Option<u64>,
    pub(crate) inline: Option<Ident>,
    enabled: Option<Path>,
    tags: Vec<LitStr>,
    /// Whether what is not set is as of an activity.
    is_activity: bool,
}

/// Which calls have to be approved; all, without a rule.
pub(crate) struct Approval {
    rule: Option<Path>,
    deadline: Option<u64>,
}

/// The waits between attempts.
pub(crate) struct Backoff {
    initial: Option<u64>,
    coefficient: Option<f64>,
    maximum: Option<u64>,
}

/// The longest output, in bytes.
pub(crate) struct MaxOutput {
    bytes: u32,
    truncates: bool,
}

/// What becomes of a tool's error, if the model is not simply told.
pub(crate) enum OnError {
    Fail,
    With(Path),
}

impl How {
    pub(crate) fn is_cached(&self) -> bool {
        self.cache.is_some()
    }

    /// Applies every rule about them; `lax` is whether the schema may be one that strict mode cannot express.
    pub(crate) fn check(args: HowArgs, lax: bool, role: Role, errors: &mut Errors) -> Self {
        let is_activity = role == Role::Activity;
        let inline = args.inline.as_ref().filter(|setting| setting.value.0).map(|setting| setting.key.clone());
        for key in args.keys_of_recorded().filter(|_| inline.is_some()) {
            errors.at(
                key,
                format!("an inline tool is run by the workflow itself, once and at once; remove `{key}` or `inline`"),
            );
        }
        let local = args.local.filter(|setting| setting.value.0);
        if let (Some(local), Some(_)) = (&local, &args.task_queue) {
            errors.at(
                &local.key,
                format!(
                    "a local {} runs on the worker that has the workflow, and has no task queue; remove `local` or \
                     `task_queue`",
                    role.noun()
                ),
            );
        }
        let retries = args.retries.and_then(|setting| setting.at_least(0, errors));
        for key in args.backoff.iter().map(|setting| &setting.key).chain(args.non_retryable.iter().map(|it| &it.key)) {
            // An activity has some by default.
            if retries.unwrap_or(u32::from(is_activity)) == 0 {
                errors.at(key, format!("`{key}` is about retries, and there are none; add `retries = 3`"));
            }
        }
        Self {
            timeout: args.timeout.and_then(|setting| setting.duration(errors)),
            schedule_to_close: args.schedule_to_close.and_then(|setting| setting.duration(errors)),
            heartbeat: args.heartbeat.and_then(|setting| setting.duration(errors)),
            retries,
            backoff: args.backoff.map(|setting| backoff(setting.value, errors)),
            non_retryable: args.non_retryable.map(|setting| texts(setting, errors)).unwrap_or_default(),
            task_queue: args.task_queue.and_then(|setting| setting.filled(errors)),
            local: local.is_some(),
            // An activity has no schema that could be strict.
            lax: lax && !is_activity,
            max_output: args.max_output.and_then(|setting| max_output(setting.value, errors)),
            on_error: args.on_error.and_then(|setting| on_error(setting.value, errors)),
            effects: args.effects.map(|setting| effects(setting.value, errors)).unwrap_or_default(),
            approval: args.approval.map(|setting| approval(setting.value, errors)),
            input_guardrails: guardrails(args.input_guardrails, errors),
            output_guardrails: guardrails(args.output_guardrails, errors),
            cache: args.cache.and_then(|setting| setting.duration(errors)),
            inline,
            enabled: args.enabled.map(|setting| setting.value),
            tags: args.tags.map(|setting| texts(setting, errors)).unwrap_or_default(),
            is_activity,
        }
    }
}

fn approval(args: ApprovalArgs, errors: &mut Errors) -> Approval {
    let ApprovalArgs { rule, deadline } = args;
    Approval {
        rule: rule.map(|setting| setting.value),
        deadline: deadline.and_then(|setting| setting.duration(errors)),
    }
}

fn backoff(args: BackoffArgs, errors: &mut Errors) -> Backoff {
    let BackoffArgs { initial, coefficient, maximum } = args;
    Backoff {
        initial: initial.and_then(|setting| setting.duration(errors)),
        coefficient: coefficient.and_then(|setting| setting.within(1.0, 100.0, errors)),
        maximum: maximum.and_then(|setting| setting.duration(errors)),
    }
}

fn max_output(args: MaxOutputArgs, errors: &mut Errors) -> Option<MaxOutput> {
    const BEYOND: [&str; 2] = ["truncate", "fail"];
    let MaxOutputArgs { bytes, beyond } = args;
    let truncates = beyond.is_none_or(|Setting { value, .. }| {
        let text = value.value();
        if !BEYOND.contains(&text.as_str()) {
            let near = suggestion(&text, BEYOND);
            errors.at(&value, format!("`{text}` is nothing to do with a long output{near}; write {}", listed(BEYOND)));
        }
        text != "fail"
    });
    let bytes = bytes?.at_least(1, errors)?;
    Some(MaxOutput { bytes, truncates })
}

fn on_error(written: TextOrPath, errors: &mut Errors) -> Option<OnError> {
    const WAYS: [&str; 2] = ["tell", "fail"];
    match written {
        TextOrPath::Path(path) => Some(OnError::With(path)),
        TextOrPath::Text(literal) => match literal.value().as_str() {
            "tell" => None,
            "fail" => Some(OnError::Fail),
            other => {
                let near = suggestion(other, WAYS);
                let ways = listed(WAYS);
                errors.at(
                    &literal,
                    format!(
                        "`{other}` is nothing to do with an error{near}\nwrite {ways}, or a function without quotes"
                    ),
                );
                None
            }
        },
    }
}

fn texts(setting: Setting<List>, errors: &mut Errors) -> Vec<LitStr> {
    setting.value.each("is no string; write `\"..\"`", errors)
}

/// Written as far as it is not as by default.
impl ToTokens for How {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            timeout,
            schedule_to_close,
            heartbeat,
            retries,
            backoff,
            non_retryable,
            task_queue,
            local: is_local,
            lax,
            max_output,
            on_error,
            effects,
            approval,
            input_guardrails,
            output_guardrails,
            cache,
            inline,
            enabled,
            tags,
            is_activity,
        } = self;
        let mut set = TokenStream::new();
        if let Some(timeout) = timeout.as_ref().map(duration) {
            set.extend(quote!(timeout: #timeout,));
        }
        if let Some(timeout) = schedule_to_close.as_ref().map(duration) {
            set.extend(quote!(schedule_to_close: __sf::Some(#timeout),));
        }
        if let Some(longest) = heartbeat.as_ref().map(duration) {
            set.extend(quote!(heartbeat: __sf::Some(#longest),));
        }
        if let Some(retries) = retries {
            set.extend(quote!(retries: #retries,));
        }
        if let Some(backoff) = backoff {
            set.extend(quote!(backoff: #backoff,));
        }
        if !non_retryable.is_empty() {
            set.extend(quote!(non_retryable: &[#(#non_retryable),*],));
        }
        if let Some(queue) = task_queue {
            set.extend(quote!(task_queue: __sf::Some(#queue),));
        }
        if *is_local {
            set.extend(quote!(local: true,));
        }
        if *lax {
            set.extend(quote!(strict: false,));
        }
        if let Some(MaxOutput { bytes, truncates }) = max_output {
            let max_output = quote!(__sf::MaxOutput { bytes: #bytes, truncates: #truncates });
            set.extend(quote!(max_output: __sf::Some(#max_output),));
        }
        match on_error {
            None => {}
            Some(OnError::Fail) => set.extend(quote!(on_error: __sf::OnError::Fail,)),
            Some(OnError::With(path)) => {
                let with = quote_spanned!(located_at(path)=> __sf::OnError::With(#path));
                set.extend(quote!(on_error: #with,));
            }
        }
        if !effects.is_empty() {
            set.extend(quote!(effects: &[#(#effects),*],));
        }
        if let Some(approval) = approval {
            set.extend(quote!(approval: __sf::Some(#approval),));
        }
        if !input_guardrails.is_empty() {
            let guards = guards(input_guardrails);
            set.extend(quote!(input_guardrails: #guards,));
        }
        if !output_guardrails.is_empty() {
            let guards = guards(output_guardrails);
            set.extend(quote!(output_guardrails: #guards,));
        }
        if let Some(lifetime) = cache.as_ref().map(duration) {
            set.extend(quote!(cache: __sf::Some(#lifetime),));
        }
        if inline.is_some() {
            set.extend(quote!(inline: true,));
        }
        if let Some(rule) = enabled {
            set.extend(quote_spanned!(located_at(rule)=> enabled: __sf::Some(#rule),));
        }
        if !tags.is_empty() {
            set.extend(quote!(tags: &[#(#tags),*],));
        }
        let by_default =
            if *is_activity { quote!(__sf::ToolOptions::ACTIVITY) } else { quote!(__sf::ToolOptions::DEFAULT) };
        tokens.extend(if set.is_empty() { by_default } else { quote!(__sf::ToolOptions { #set ..#by_default }) });
    }
}

impl ToTokens for Backoff {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { initial, coefficient, maximum } = self;
        let initial = initial.as_ref().map(duration).map(|initial| quote!(initial: #initial,));
        let coefficient = coefficient.map(|coefficient| quote!(coefficient: #coefficient,));
        let maximum = maximum.as_ref().map(duration).map(|maximum| quote!(maximum: #maximum,));
        // Where nothing is left to it, clippy tells the user so.
        let is_whole = initial.is_some() && coefficient.is_some() && maximum.is_some();
        let rest = (!is_whole).then(|| quote!(..__sf::Backoff::DEFAULT));
        tokens.extend(quote!(__sf::Backoff { #initial #coefficient #maximum #rest }));
    }
}

impl ToTokens for Approval {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let arguments = local("arguments");
        let rule = self.rule.as_ref().map(
            |rule| quote_spanned!(located_at(rule)=> __sf::Some(|#arguments| __sf::needs_approval(#arguments, #rule))),
        );
        let deadline = self.deadline.as_ref().map(duration).map(|deadline| quote!(__sf::Some(#deadline)));
        let none = || quote!(::core::option::Option::None);
        let (rule, deadline) = (rule.unwrap_or_else(none), deadline.unwrap_or_else(none));
        tokens.extend(quote!(__sf::NeedsApproval { rule: #rule, deadline: #deadline }));
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "options are mapped by reference")]
fn duration(millis: &u64) -> TokenStream {
    quote!(__sf::Duration::from_millis(#millis))
}

fn guards(listed: &[Path]) -> TokenStream {
    let guards =
        listed.iter().map(|path| quote_spanned!(located_at(path)=> __sf::guard(<#path as __sf::Guardrail>::GUARD)));
    quote!(&[#(#guards),*])
}
