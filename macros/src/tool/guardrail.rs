//! `#[guardrail]`: a function that is called as a tool is, but by the framework, with the one thing that it looks at.

use super::{
    args::{Args, HowArgs},
    expand,
    model::{Parameter, Tool},
};
use crate::{
    diag::Errors,
    fallback,
    options::{self, Setting, known},
    rename,
    signature::{Function, Role},
    values::Flag,
};
use proc_macro2::TokenStream;

pub(crate) fn guardrail(args: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let (args, blocking) = read(args, &mut errors);
    let steadfast = args.steadfast.as_ref().map(|setting| setting.value.clone());
    let tokens = match Function::read(item, Role::Guardrail, &mut errors) {
        None => fallback::untouched(item, errors),
        Some(function) => {
            let guardrail = Tool::check(args, &function, Role::Guardrail, &mut errors);
            if let Some(guardrail) = &guardrail {
                check(guardrail, &mut errors);
            }
            match (guardrail, errors.finish()) {
                (Some(guardrail), Ok(())) => expand::guardrail(&guardrail, blocking),
                (_, mistakes) => fallback::guardrail(&function, mistakes),
            }
        }
    };
    rename::crate_path(tokens, steadfast.as_ref())
}

/// The options, as those of a tool, and whether a run waits for it.
fn read(tokens: TokenStream, errors: &mut Errors) -> (Args, bool) {
    let mut args = Args::default();
    let mut blocking: Option<Setting<Flag>> = None;
    let HowArgs { timeout, retries, task_queue, local, inline, .. } = &mut args.how;
    let mut table = [
        known("blocking", "true", &mut blocking),
        known("name", "\"about_trips\"", &mut args.name),
        known("timeout", "\"10s\"", timeout),
        known("retries", "3", retries),
        known("task_queue", "\"checks\"", task_queue),
        known("local", "true", local),
        known("inline", "true", inline),
        known("crate", "my_crate::steadfast", &mut args.steadfast),
    ];
    options::read("guardrail", tokens, &mut table, errors);
    (args, blocking.is_some_and(|setting| setting.value.0))
}

fn check(guardrail: &Tool<'_>, errors: &mut Errors) {
    let mut arguments = guardrail.parameters.iter().filter(|parameter| matches!(parameter, Parameter::Argument { .. }));
    match (arguments.next(), arguments.next()) {
        (Some(_), None) => {}
        (None, _) => errors.at(
            &guardrail.function.sig.ident,
            "a guardrail looks at something; take it as an argument, such as `input: String`",
        ),
        (_, Some(second)) => errors.at(
            second.ident(),
            "a guardrail looks at one thing; take one argument, and the rest as `State<T>` or `RunContext<T>`",
        ),
    }
}
