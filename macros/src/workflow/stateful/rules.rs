//! The rules of `#[workflow] impl`, one function each.

use super::{
    block::{Kind, Method},
    model::{Handler, Takes, is_context, taken},
};
use crate::{
    diag::{Errors, suggestion},
    replay::{self, Body},
    signature::{Function, Role},
    types::{check_argument, last_segment},
};
use proc_macro2::Ident;
use quote::ToTokens;
use syn::{FnArg, ItemImpl, Receiver, ReturnType, Type, spanned::Spanned};

/// A workflow goes by one name, and so by one type.
pub(super) fn of_block(block: &ItemImpl, errors: &mut Errors) {
    if let Some((_, path, _)) = &block.trait_ {
        errors.at(
            path,
            "a trait's methods are called through the trait; put `#[workflow]` on an `impl` block of the type",
        );
    }
    for parameter in &block.generics.params {
        errors.at(parameter, "a workflow goes by one name and so has one set of types; write the types out");
    }
    if last_segment(&block.self_ty).is_none() {
        errors.at(&block.self_ty, "a workflow goes by the name of its type; write `impl Order { .. }`");
    }
}

/// What a handle can do besides.
const OF_HANDLES: [&str; 18] = [
    "approvals",
    "cancel",
    "clone",
    "decide",
    "describe",
    "events",
    "events_from",
    "histories",
    "history",
    "id",
    "query",
    "result",
    "run_id",
    "save_history",
    "signal",
    "terminate",
    "update",
    "url",
];

/// Messages find their handlers by name.
pub(super) fn of_names(methods: &[Method], errors: &mut Errors) {
    let mut known: Vec<(Kind, String)> = Vec::new();
    for method in methods.iter().filter(|method| matches!(method.kind, Kind::Signal | Kind::Query | Kind::Update)) {
        let (name, place) = match &method.name {
            Some(setting) => (setting.value.value(), setting.value.to_token_stream()),
            None => (method.function.name(), method.function.sig.ident.to_token_stream()),
        };
        let kind = method.kind.name();
        if let Some(cfg) = method.function.cfgs().next() {
            errors.at(cfg, "all workers of a workflow answer to the same; put what depends on `cfg` into the body");
        }
        let ident = &method.function.sig.ident;
        if OF_HANDLES.iter().any(|known| ident == known) {
            let message = format!(
                "every handle has a method `{ident}`, and this would hide it\ngive the method another name, and the {kind} its \
                 own: `#[{kind}(name = \"{ident}\")]`"
            );
            errors.at(ident, message);
        }
        if name.trim().is_empty() {
            errors.at(&place, format!("a {kind} is sent by its name; write one"));
        } else if ["steadfast.", "__temporal", "__stack_trace", "__enhanced_stack_trace"]
            .iter()
            .any(|own| name.starts_with(own))
        {
            errors.at(
                &place,
                format!("`{name}` is answered by the framework or by Temporal itself; choose another name"),
            );
        } else if known.contains(&(method.kind, name.clone())) {
            errors.at(&place, format!("there are two {} named `{name}`; rename one", plural(method.kind)));
        }
        known.push((method.kind, name));
    }
}

fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Query => "queries",
        Kind::Update => "updates",
        _ => "signals",
    }
}

/// What every method has to be, by what it is to the workflow; says what it is given.
pub(super) fn of_method(method: &Method, errors: &mut Errors) -> Takes {
    let Method { kind, function, .. } = method;
    function.check(Role::Handler, errors);
    receiver(*kind, function, errors);
    returned(*kind, function, errors);
    let (takes, more) = taken(function);
    if let Some(second) = more.first() {
        let message = "a message has one payload, so that fields can be added later\nput all of it into one struct";
        errors.at(second, message);
    }
    if let Some((name, ty)) = &takes.input {
        let ty = match (kind, ty) {
            // A validator only looks.
            (Kind::Validator, Type::Reference(reference)) => &*reference.elem,
            _ => ty,
        };
        check_argument(&name.to_string(), ty, errors);
    }
    for attr in function.taken.iter().flatten().filter(|attr| !attr.path().is_ident("doc")) {
        errors.at(attr, "an option of an argument is for what a model fills in, and no model sends this; remove it");
    }
    // A query leaves nothing that would be replayed.
    if *kind != Kind::Query {
        replay::check(Body::Workflow, &function.sig.inputs, &function.body, errors);
    }
    takes
}

/// Whether it has the state, and how.
fn receiver(kind: Kind, function: &Function, errors: &mut Errors) {
    let waits = function.sig.asyncness;
    let own = match function.sig.inputs.first() {
        Some(FnArg::Receiver(receiver)) => Some(receiver),
        _ => None,
    };
    let context = function.sig.inputs.iter().find_map(|input| match input {
        FnArg::Typed(input) if is_context(&input.ty) => Some(&*input.ty),
        _ => None,
    });
    if let (Some(Type::Reference(reference)), Kind::Run | Kind::Signal | Kind::Update) = (context, kind) {
        errors.at(reference, "a context is passed by value, and cheap to clone; write `WorkflowContext<Self>`");
    }
    match (kind, waits, own) {
        (Kind::Run, _, Some(own)) => errors.at(
            own,
            "the body would hold the state while it waits\ntake `context: WorkflowContext<Self>`, and reach the state by `context.state(..)`",
        ),
        (Kind::Signal | Kind::Update, Some(_), Some(own)) => errors.at(
            own,
            "a handler that waits would hold the state meanwhile\ntake `context: WorkflowContext<Self>`, and reach the state by `context.state(..)`; or remove `async`",
        ),
        (Kind::Signal | Kind::Update, None, Some(own)) if !is_mut(own) => {
            errors.at(own, "this changes the state; write `&mut self`");
        }
        (Kind::Signal | Kind::Update, None, None) => errors.at(
            &function.sig.ident,
            "this changes the state; take `&mut self`, or make it an `async fn` that takes `context: WorkflowContext<Self>`",
        ),
        (Kind::Query | Kind::Validator, Some(keyword), _) => {
            errors.at(keyword, "this is answered at once, and cannot wait; remove `async`");
        }
        (Kind::Query | Kind::Validator, None, Some(own)) if !is_shared(own) => {
            errors.at(own, "this only looks at the state; write `&self`");
        }
        (Kind::Query | Kind::Validator, None, None) => {
            errors.at(&function.sig.ident, "this looks at the state; take `&self`");
        }
        (Kind::Init, _, Some(own)) => errors.at(own, "this makes the state, so there is none yet; remove `self`"),
        (Kind::Init, Some(keyword), None) => {
            errors.at(keyword, "the state is there before anything can be waited for; remove `async`");
        }
        _ => {}
    }
    let sync = !matches!(kind, Kind::Run) && waits.is_none();
    if let (Some(context), true) = (context, sync) {
        errors.at(context, "what does not wait has the state itself; remove the context");
    }
}

fn is_mut(receiver: &Receiver) -> bool {
    receiver.reference.is_some() && receiver.mutability.is_some()
}

fn is_shared(receiver: &Receiver) -> bool {
    receiver.reference.is_some() && receiver.mutability.is_none()
}

fn returned(kind: Kind, function: &Function, errors: &mut Errors) {
    let output = function.output();
    match (kind, &function.sig.output) {
        (Kind::Signal, ReturnType::Type(_, ty)) if ty.to_token_stream().to_string() != "()" => errors.at(
            ty,
            "nobody gets what a signal returns; keep it in the state, or make this an `#[update]`, which is answered",
        ),
        (Kind::Query, ReturnType::Default) => {
            errors.at(&function.sig.ident, "a query is there for its answer; return one");
        }
        (Kind::Validator, _) if !output.is_result => {
            errors.at(&function.sig.ident, "a validator says whether the update may be run; return `Result<(), E>`");
        }
        (Kind::Init, ReturnType::Default) => errors.at(&function.sig.ident, "this makes the state; return `Self`"),
        _ => {}
    }
}

/// There is one body, and one way to begin.
pub(super) fn once(slot: &mut Option<(Method, Takes)>, found: (Method, Takes), errors: &mut Errors) {
    if slot.is_some() {
        errors.add(syn::Error::new(found.0.at, format!("`#[{}]` is on two methods; keep one", found.0.kind.name())));
        return;
    }
    *slot = Some(found);
}

/// The input is one value, so one method takes it.
pub(super) fn of_inputs(init: Option<&(Ident, Type)>, run: &Method, takes: &Takes, errors: &mut Errors) {
    if let (Some(_), Some((name, _))) = (init, &takes.input) {
        let place = run.function.sig.inputs.iter().find(|input| match input {
            FnArg::Typed(input) => crate::signature::plain_name(&input.pat) == Some(name),
            FnArg::Receiver(_) => false,
        });
        let message = "`#[init]` takes the input already; keep what the body needs of it in the state";
        errors.add(syn::Error::new(place.map_or_else(|| name.span(), Spanned::span), message));
    }
}

/// A validator looks at what its update is given.
pub(super) fn of_validator(method: Method, takes: &Takes, handlers: &mut [Handler], errors: &mut Errors) {
    let Some(update) = &method.validates else { return };
    let names: Vec<String> = handlers
        .iter()
        .filter(|handler| handler.kind == Kind::Update)
        .map(|handler| handler.function.sig.ident.to_string())
        .collect();
    let found =
        handlers.iter_mut().find(|handler| handler.kind == Kind::Update && handler.function.sig.ident == *update);
    let Some(handler) = found else {
        let hint = suggestion(&update.to_string(), names.iter().map(String::as_str));
        errors.at(update, format!("this block has no `#[update]` method `{update}`{hint}"));
        return;
    };
    let written = |ty: &Type| ty.to_token_stream().to_string();
    match (&handler.takes.input, &takes.input) {
        (Some((_, update)), Some((_, seen))) if format!("& {}", written(update)) != written(seen) => {
            errors.at(
                seen,
                format!("a validator looks at what its update is given; write `&{}`", crate::diag::source(update)),
            );
        }
        (None, Some((_, seen))) => {
            errors.at(seen, format!("`{update}` is given nothing, so there is nothing to look at; remove it"));
        }
        _ => {}
    }
    if handler.validator.is_some() {
        errors.add(syn::Error::new(method.at, format!("`{update}` has a validator already; keep one")));
        return;
    }
    let output = method.function.output();
    handler.validator = Some((method.function.sig.ident, output, takes.input.is_some()));
}
