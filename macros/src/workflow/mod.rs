//! `#[workflow]`: an async function becomes a durable one, or a type the state of one.

mod args;
mod expand;
mod model;
mod scan;
mod stateful;
mod uses;

use crate::{
    diag::Errors,
    fallback, rename,
    signature::{self, Function, Role},
};
pub(crate) use stateful::alone;

use args::Args;
use model::Workflow;
use proc_macro2::TokenStream;

pub(crate) fn workflow(args: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::read(args, &mut errors);
    if let Some(block) = signature::read_block(item) {
        return stateful::workflow(args, block, errors);
    }
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
