//! `#[activity]`: a function that is called as a tool is, by code alone, so that nothing about it is for models.

use super::{args::Args, expand, model::Tool};
use crate::{
    diag::Errors,
    fallback,
    options::{self, Refused, known},
    rename,
    signature::{Function, Role},
};
use proc_macro2::TokenStream;

pub(crate) fn activity(args: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = read(args, &mut errors);
    let steadfast = args.steadfast.as_ref().map(|setting| setting.value.clone());
    let tokens = match Function::read(item, Role::Activity, &mut errors) {
        None => fallback::untouched(item, errors),
        Some(function) => {
            let type_name = args.type_name(&function);
            let activity = Tool::check(args, &function, Role::Activity, &mut errors);
            match (activity, errors.finish()) {
                (Some(activity), Ok(())) => expand::activity(&activity),
                (_, mistakes) => fallback::activity(&function, &type_name, mistakes),
            }
        }
    };
    rename::crate_path(tokens, steadfast.as_ref())
}

/// The options of `#[tool]` that mean nothing here, and why.
const FOR_MODELS: &Refused = &[
    ("description", "no model reads it; write a `///` comment for people"),
    ("description_file", "no model reads it; write a `///` comment for people"),
    ("strict", "no model fills in its arguments, so it has no schema"),
    ("max_output", "no model reads what it returns, and code gets the whole"),
    ("on_error", "there is no model to be told; the workflow gets the error, as a `Result`"),
    ("effects", "they are what an agent is granted, and no agent calls it"),
    ("approval", "only what a model asks for is approved; in a workflow, wait for a signal before the call"),
    ("input_guardrails", "they look at what a model asks for; check the arguments in the body"),
    ("output_guardrails", "they look at what a model is told; check the result where it is used"),
    ("inline", "it is a step that is recorded; what a workflow may do by itself is a plain function"),
    ("enabled", "no model is offered it; write an `if` around the call"),
    ("tags", "they tell a model's tools apart; remove it"),
];

/// The options, as those of a tool.
pub(super) fn read(tokens: TokenStream, errors: &mut Errors) -> Args {
    let mut args = Args::default();
    let mut table = vec![known("name", "\"charge_card\"", &mut args.name)];
    table.extend(args.how.table_of_activity());
    table.extend([
        known("as", "Charge", &mut args.type_name),
        known("crate", "my_crate::steadfast", &mut args.steadfast),
    ]);
    options::read_but("activity", tokens, FOR_MODELS, &mut table, errors);
    args
}
