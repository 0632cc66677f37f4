//! `#[agent]`: a struct becomes an agent.

mod args;
mod callable;
mod expand;
mod handoffs;
mod how;
mod instructions;
mod model;
mod tools;

use crate::{diag::Errors, fallback, rename};
use args::Args;
use model::Agent;
use proc_macro2::TokenStream;
use syn::{ItemStruct, Token, parse::ParseStream, parse::Parser};

pub(crate) fn agent(args: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::read(args, &mut errors);
    let Some(original) = read(item, &mut errors) else {
        return fallback::untouched(item, errors);
    };
    let output = args.output.as_ref().map(|setting| setting.value.clone());
    let steadfast = args.steadfast.as_ref().map(|setting| setting.value.clone());
    let agent = Agent::check(args, &original, &mut errors);
    let tokens = match (agent, errors.finish()) {
        (Some(agent), Ok(())) => expand::agent(&agent),
        (_, mistakes) => fallback::agent(&original, output.as_ref(), mistakes),
    };
    rename::crate_path(tokens, steadfast.as_ref())
}

/// Reads the struct below the attribute, or says that it has to be one.
fn read(item: &TokenStream, errors: &mut Errors) -> Option<ItemStruct> {
    let head = |input: ParseStream<'_>| {
        input.call(syn::Attribute::parse_outer)?;
        input.parse::<syn::Visibility>()?;
        let is_struct = input.peek(Token![struct]);
        let place: TokenStream = input.cursor().token_stream().into_iter().take(2).collect();
        input.parse::<TokenStream>()?;
        Ok((is_struct, place))
    };
    let (is_struct, place) = errors.keep(head.parse2(item.clone()))?;
    if !is_struct {
        errors.at(
            place,
            "`#[agent]` makes an agent of a struct, whose fields its instructions may use; write a `struct`",
        );
        return None;
    }
    errors.keep(syn::parse2(item.clone()))
}

#[cfg(test)]
mod tests;
