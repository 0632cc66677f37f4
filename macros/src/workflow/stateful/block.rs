//! The methods of a block that mean something to a workflow, taken out of it by their attributes.

use crate::{
    diag::Errors,
    options::{self, Setting, known},
    signature::{Function, is_ours, without_self},
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident};
use syn::{Attribute, FnArg, ImplItem, ImplItemFn, ItemImpl, LitStr, Meta, Type, parse_quote, spanned::Spanned};

/// What a method is to the workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Init,
    Run,
    Signal,
    Query,
    Update,
    Validator,
}

impl Kind {
    const ALL: [(&'static str, Self); 6] = [
        ("init", Self::Init),
        ("run", Self::Run),
        ("signal", Self::Signal),
        ("query", Self::Query),
        ("update", Self::Update),
        ("update_validator", Self::Validator),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// A method with one of the attributes.
pub(super) struct Method {
    pub(super) kind: Kind,
    /// Where it says so.
    pub(super) at: Span,
    pub(super) name: Option<Setting<LitStr>>,
    /// The update that a validator is for.
    pub(super) validates: Option<Ident>,
    /// With the type's name for `Self` in its head.
    pub(super) function: Function,
}

/// Takes them out, and leaves the block as the compiler wants it.
pub(super) fn methods(block: &mut ItemImpl, errors: &mut Errors) -> Vec<Method> {
    let owner = (*block.self_ty).clone();
    let methods = block.items.iter_mut().filter_map(|item| match item {
        ImplItem::Fn(method) => take(method, &owner, errors),
        _ => None,
    });
    methods.collect()
}

fn take(method: &mut ImplItemFn, owner: &Type, errors: &mut Errors) -> Option<Method> {
    let (attr, kind) = take_attribute(method)?;
    while let Some((second, other)) = take_attribute(method) {
        let both = if other == kind { "is set twice; keep one" } else { "makes it two things at once; keep one" };
        errors.at(second.path(), format!("`#[{}]` {both}", other.name()));
    }
    let mut this =
        Method { kind, at: attr.path().span(), name: None, validates: None, function: read(method, owner, errors)? };
    let options = match &attr.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    match kind {
        Kind::Validator => this.validates = validated(&attr, options, errors),
        Kind::Signal | Kind::Query | Kind::Update => {
            options::read(kind.name(), options, &mut [known("name", "\"approve\"", &mut this.name)], errors);
        }
        Kind::Init | Kind::Run => options::read(kind.name(), options, &mut [], errors),
    }
    if kind == Kind::Run {
        // Its name is for what starts the workflow.
        method.sig.ident = hidden(&method.sig.ident);
        method.vis = syn::Visibility::Inherited;
        method.attrs.retain(|attr| !attr.path().is_ident("doc") && !attr.path().is_ident("deprecated"));
        method.attrs.push(parse_quote!(#[doc(hidden)]));
    }
    // What it is given is not the user's to choose.
    method.attrs.push(parse_quote!(
        #[allow(
            clippy::needless_pass_by_value,
            clippy::ptr_arg,
            clippy::trivially_copy_pass_by_ref,
            clippy::unused_async,
            clippy::unused_self
        )]
    ));
    for input in &mut method.sig.inputs {
        let (FnArg::Receiver(syn::Receiver { attrs, .. }) | FnArg::Typed(syn::PatType { attrs, .. })) = input;
        attrs.retain(|attr| !is_ours(attr));
    }
    Some(this)
}

/// The name of the body, where its own is for what starts it.
pub(super) fn hidden(run: &Ident) -> Ident {
    format_ident!("__steadfast_{}", run)
}

fn read(method: &ImplItemFn, owner: &Type, errors: &mut Errors) -> Option<Function> {
    errors.keep(syn::parse2(without_self(method.to_token_stream(), owner)))
}

fn take_attribute(method: &mut ImplItemFn) -> Option<(Attribute, Kind)> {
    let kind = |attr: &Attribute| {
        let last = attr.path().segments.last()?.ident.to_string();
        Kind::ALL.iter().find(|(name, _)| *name == last).map(|(_, kind)| *kind)
    };
    let (at, kind) = method.attrs.iter().enumerate().find_map(|(at, attr)| Some((at, kind(attr)?)))?;
    Some((method.attrs.remove(at), kind))
}

/// The name in `#[update_validator(name)]`.
fn validated(attr: &Attribute, options: TokenStream, errors: &mut Errors) -> Option<Ident> {
    let update = syn::parse2(options).ok();
    if update.is_none() {
        errors.at(attr.path(), "say which update this looks at, as in `#[update_validator(approve)]`");
    }
    update
}

/// Notes an attribute of the block's that stands alone.
pub(crate) fn alone(name: &str, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let message =
        format!("`#[{name}]` means something only inside `#[workflow] impl`; add `#[workflow]` to this block");
    errors.add(syn::Error::new(Span::call_site(), message));
    crate::fallback::untouched(item, errors)
}
