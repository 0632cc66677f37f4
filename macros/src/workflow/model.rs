//! What a workflow must be, and a workflow that is.

use super::{
    args::Args,
    scan::{self, Found},
};
use crate::{
    diag::Errors,
    options::Setting,
    replay::{self, Body},
    signature::{Function, Output, Role},
    types::check_argument,
    values::{List, paths},
};
use syn::{FnArg, PatType, Path, Type, spanned::Spanned};

/// A workflow without mistakes.
pub(crate) struct Workflow<'a> {
    pub(crate) function: &'a Function,
    pub(crate) name: String,
    pub(crate) input: Option<&'a Type>,
    pub(crate) output: Output,
    /// Listed by the user, for what the body uses out of sight.
    pub(crate) agents: Vec<Path>,
    pub(crate) tools: Vec<Path>,
    /// Seen in the body.
    pub(crate) found: Found,
}

impl<'a> Workflow<'a> {
    /// Applies every rule; the workflow can be expanded if none was broken.
    pub(crate) fn check(args: Args, function: &'a Function, errors: &mut Errors) -> Option<Self> {
        function.check(Role::Workflow, errors);
        check_async(function, errors);
        replay::check(Body::Workflow, &function.sig.inputs, &function.body, errors);
        let name = args.name.map(|setting| setting.filled(errors));
        Some(Self {
            input: input(function, errors),
            output: function.output(),
            agents: list(args.agents, "is no agent's name; write the name alone, as in `[TripPlanner]`", errors),
            tools: list(args.tools, "is no tool's name; write the name alone, as in `[weather]`", errors),
            found: scan::body(&function.body),
            name: name.unwrap_or_else(|| Some(function.name()))?,
            function,
        })
    }
}

pub(super) fn check_async(function: &Function, errors: &mut Errors) {
    if function.sig.asyncness.is_none() {
        let message = "a workflow waits for its steps, at times for days; write `async fn`";
        errors.add(syn::Error::new(function.sig.fn_token.span(), message));
    }
}

/// The one argument, for a payload is one value: fields can be added to a struct while old runs are still going.
fn input<'a>(function: &'a Function, errors: &mut Errors) -> Option<&'a Type> {
    let mut inputs = function.sig.inputs.iter().zip(&function.taken).filter_map(|(input, taken)| match input {
        FnArg::Typed(input) => Some((input, taken)),
        FnArg::Receiver(_) => None,
    });
    let (PatType { ty, pat, .. }, taken) = inputs.next()?;
    if let Some(arg) = taken.iter().find(|attr| !attr.path().is_ident("doc")) {
        let message =
            "an option of an argument is for what a model fills in, and no model starts a workflow; remove it";
        errors.at(arg, message);
    }
    let name = crate::signature::plain_name(pat).map_or_else(|| "input".to_owned(), ToString::to_string);
    check_argument(&name, ty, errors);
    for (second, _) in inputs {
        errors.at(
            second,
            "a workflow has one argument at most, so that fields can be added later\nput all of them into one struct",
        );
    }
    Some(ty)
}

pub(super) fn list(written: Option<Setting<List>>, message: &str, errors: &mut Errors) -> Vec<Path> {
    written.map(|setting| paths(setting.value, message, errors)).unwrap_or_default()
}
