//! `#[tool]`: a function becomes a tool, and an `impl` block a set of them.

mod activity;
mod args;
mod expand;
mod guardrail;
mod how;
mod model;
mod names;
mod rules;
mod set;

use crate::{
    diag::Errors,
    fallback, rename,
    signature::{Function, Role},
};
pub(crate) use activity::activity;
use args::Args;
pub(crate) use guardrail::guardrail;
use model::Tool;
pub(crate) use names::name_of;
use proc_macro2::TokenStream;
use set::Toolset;
use syn::ItemImpl;

pub(crate) fn tool(args: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::read(args, &mut errors);
    let steadfast = args.steadfast.as_ref().map(|setting| setting.value.clone());
    let tokens = match crate::signature::read_block(item) {
        Some(block) => of_block(args, block, errors),
        None => of_function(args, item, errors),
    };
    rename::crate_path(tokens, steadfast.as_ref())
}

fn of_function(args: Args, item: &TokenStream, mut errors: Errors) -> TokenStream {
    let Some(function) = Function::read(item, Role::Tool, &mut errors) else {
        return fallback::untouched(item, errors);
    };
    let type_name = args.type_name(&function);
    let tool = Tool::check(args, &function, Role::Tool, &mut errors);
    match (tool, errors.finish()) {
        (Some(tool), Ok(())) => expand::tool(&tool),
        (_, mistakes) => fallback::tool(&function, &type_name, mistakes),
    }
}

fn of_block(args: Args, mut block: ItemImpl, mut errors: Errors) -> TokenStream {
    for key in args.keys_of_one() {
        errors.at(&key, format!("`{key}` is an option of a single tool; put it on a method's `#[tool]`"));
    }
    let methods = set::methods(&mut block, &mut errors);
    set::check(&block, &methods, &mut errors);
    let (args, functions): (Vec<Args>, Vec<Function>) =
        methods.into_iter().map(|method| (method.args, method.function)).unzip();
    let checked = args.into_iter().zip(&functions);
    let tools: Vec<Tool<'_>> =
        checked.filter_map(|(args, function)| Tool::check(args, function, Role::Method, &mut errors)).collect();
    match errors.finish() {
        Ok(()) => expand::toolset(&Toolset { original: &block, owner: &block.self_ty }, &tools),
        Err(mistakes) => fallback::toolset(&block, &mistakes),
    }
}

#[cfg(test)]
mod tests;
