//! A toolset: an `impl` block some of whose methods are tools, called on a value that the worker has.

use super::args::Args;
use crate::{
    diag::Errors,
    signature::{Function, is_ours, without_self},
    types::last_segment,
};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, FnArg, ImplItem, ImplItemFn, ItemImpl, Meta, Type};

/// An `impl` block, without the attributes that are ours.
pub(crate) struct Toolset<'a> {
    pub(crate) original: &'a ItemImpl,
    pub(crate) owner: &'a Type,
}

/// A method that is to be a tool.
pub(crate) struct Method {
    pub(crate) args: Args,
    pub(crate) function: Function,
}

/// Takes the methods that are tools out of a block, and leaves it as the compiler wants it.
pub(crate) fn methods(block: &mut ItemImpl, errors: &mut Errors) -> Vec<Method> {
    let owner = (*block.self_ty).clone();
    let mut methods = Vec::new();
    for item in &mut block.items {
        let ImplItem::Fn(method) = item else { continue };
        let Some(args) = take_tool(method, errors) else { continue };
        // What is generated stands outside of the block, where `Self` is something else.
        let function = syn::parse2(without_self(method.to_token_stream(), &owner));
        if let Some(function) = errors.keep(function) {
            methods.push(Method { args, function });
        }
        for input in &mut method.sig.inputs {
            let (FnArg::Receiver(syn::Receiver { attrs, .. }) | FnArg::Typed(syn::PatType { attrs, .. })) = input;
            attrs.retain(|attr| !is_ours(attr));
        }
    }
    methods
}

/// Notes what no toolset can be.
pub(crate) fn check(block: &ItemImpl, methods: &[Method], errors: &mut Errors) {
    if let Some((_, path, _)) = &block.trait_ {
        errors.at(path, "a trait's methods are called through the trait; put `#[tool]` on an `impl` block of the type");
    }
    for parameter in &block.generics.params {
        errors.at(parameter, "a worker has one value of a toolset, so it cannot be generic; write the types out");
    }
    if last_segment(&block.self_ty).is_none() {
        errors.at(&block.self_ty, "a toolset goes by the name of its type; write `impl Bank { .. }`");
    }
    if methods.is_empty() {
        errors.at(&block.self_ty, "no method of this block is a tool; put `#[tool]` on those that a model may call");
    }
}

/// The options of a method's `#[tool]`, if it has one.
fn take_tool(method: &mut ImplItemFn, errors: &mut Errors) -> Option<Args> {
    let is_tool = |attr: &Attribute| attr.path().segments.last().is_some_and(|last| last.ident == "tool");
    let at = method.attrs.iter().position(is_tool)?;
    let attr = method.attrs.remove(at);
    let options = match attr.meta {
        Meta::List(list) => list.tokens,
        _ => TokenStream::new(),
    };
    Some(Args::read(options, errors))
}
