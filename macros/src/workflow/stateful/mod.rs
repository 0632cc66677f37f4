//! `#[workflow] impl`: a type becomes the state of a workflow, and its methods what the workflow answers to.

mod block;
mod expand;
mod handle;
mod model;
mod rules;

pub(crate) use block::alone;

use super::args::Args;
use crate::{diag::Errors, fallback, rename};
use block::Kind;
use model::Stateful;
use proc_macro2::TokenStream;
use syn::ItemImpl;

pub(super) fn workflow(args: Args, mut block: ItemImpl, mut errors: Errors) -> TokenStream {
    let steadfast = args.steadfast.as_ref().map(|setting| setting.value.clone());
    let owner = (*block.self_ty).clone();
    let methods = block::methods(&mut block, &mut errors);
    let started_with = model::input(&methods);
    let run = methods.iter().find(|method| method.kind == Kind::Run).map(|method| method.function.clone());
    let stateful = Stateful::check(args, &owner, &block, methods, &mut errors);
    let tokens = match (stateful, errors.finish()) {
        (Some(stateful), Ok(())) => expand::stateful(&stateful, &block),
        (_, mistakes) => {
            fallback::stateful(&block, run.as_ref(), started_with.as_ref(), &mistakes.err().unwrap_or_default())
        }
    };
    rename::crate_path(tokens, steadfast.as_ref())
}
