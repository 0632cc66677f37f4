//! `#[tool]`: a function becomes a tool.

mod args;
mod expand;
mod model;

use crate::{
    diag::Errors,
    fallback,
    signature::{Function, Role},
};
use args::Args;
use model::Tool;
use proc_macro2::TokenStream;

pub(crate) fn tool(args: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::read(args, &mut errors);
    let Some(function) = Function::read(item, Role::Tool, &mut errors) else {
        return fallback::untouched(item, errors);
    };
    let type_name = args.type_name(&function);
    let tool = Tool::check(args, &function, &mut errors);
    match (tool, errors.finish()) {
        (Some(tool), Ok(())) => expand::tool(&tool),
        (_, mistakes) => fallback::tool(&function, &type_name, mistakes),
    }
}

#[cfg(test)]
mod tests;
