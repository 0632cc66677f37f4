//! `#[workflow]`: an async function becomes a durable one.

mod args;
mod expand;
mod model;
mod scan;
mod uses;

use crate::{
    diag::Errors,
    fallback, rename,
    signature::{Function, Role},
};
use args::Args;
use model::Workflow;
use proc_macro2::TokenStream;

pub(crate) fn workflow(args: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::read(args, &mut errors);
    let Some(function) = Function::read(item, Role::Workflow, &mut errors) else {
        return fallback::untouched(item, errors);
    };
    let steadfast = args.steadfast.as_ref().map(|setting| setting.value.clone());
    let workflow = Workflow::check(args, &function, &mut errors);
    let tokens = match (workflow, errors.finish()) {
        (Some(workflow), Ok(())) => expand::workflow(&workflow),
        (_, mistakes) => fallback::workflow(&function, mistakes),
    };
    rename::crate_path(tokens, steadfast.as_ref())
}

#[cfg(test)]
mod tests;
