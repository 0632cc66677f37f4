//! What a workflow with a state must be, and one that is.

use super::{
    super::{
        args::Args,
        model::{check_async, list},
        scan::{self, Found},
    },
    block::{Kind, Method},
    rules,
};
use crate::{
    diag::Errors,
    options::Setting,
    signature::{Function, Output, plain_name},
    types::last_segment,
};
use proc_macro2::Ident;
use quote::ToTokens;
use syn::{FnArg, ImplItem, ItemImpl, PatType, Path, Type, ext::IdentExt};

/// A workflow with a state, without mistakes.
pub(super) struct Stateful<'a> {
    pub(super) owner: &'a Type,
    pub(super) ident: Ident,
    pub(super) name: String,
    pub(super) input: Option<Type>,
    pub(super) output: Output,
    /// The method that makes the state, and whether it is given the input.
    pub(super) init: Option<(Ident, bool)>,
    pub(super) run: Function,
    /// What the body is given.
    pub(super) takes: Takes,
    pub(super) handlers: Vec<Handler>,
    pub(super) agents: Vec<Path>,
    pub(super) tools: Vec<Path>,
    pub(super) found: Vec<Found>,
}

/// What a method is given.
#[derive(Clone)]
pub(super) struct Takes {
    pub(super) context: bool,
    pub(super) input: Option<(Ident, Type)>,
}

/// A method that messages are for.
pub(super) struct Handler {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) takes: Takes,
    pub(super) output: Output,
    /// The method that looks at an update before, and whether it is given the input.
    pub(super) validator: Option<(Ident, Output, bool)>,
    pub(super) function: Function,
}

impl Handler {
    pub(super) fn is_async(&self) -> bool {
        self.function.sig.asyncness.is_some()
    }
}

impl<'a> Stateful<'a> {
    /// Applies every rule; the workflow can be expanded if none was broken.
    pub(super) fn check(
        args: Args,
        owner: &'a Type,
        block: &ItemImpl,
        methods: Vec<Method>,
        errors: &mut Errors,
    ) -> Option<Self> {
        rules::of_block(block, errors);
        let name = args.name.map(|setting| setting.filled(errors));
        let agents = list(args.agents, "is no agent's name; write the name alone, as in `[TripPlanner]`", errors);
        let tools = list(args.tools, "is no tool's name; write the name alone, as in `[weather]`", errors);
        rules::of_names(&methods, errors);
        let (mut init, mut run, mut handlers, mut validators) = (None, None, Vec::new(), Vec::new());
        for method in methods {
            let takes = rules::of_method(&method, errors);
            match method.kind {
                Kind::Init => rules::once(&mut init, (method, takes), errors),
                Kind::Run => rules::once(&mut run, (method, takes), errors),
                Kind::Validator => validators.push((method, takes)),
                Kind::Signal | Kind::Query | Kind::Update => handlers.push(handler(method, takes)),
            }
        }
        for (method, takes) in validators {
            rules::of_validator(method, &takes, &mut handlers, errors);
        }
        let Some((run, takes)) = run else {
            errors.at(owner, "a workflow with a state needs a body; put `#[run]` on an `async fn` of this block");
            return None;
        };
        check_async(&run.function, errors);
        let init_input = init.as_ref().and_then(|(_, takes): &(Method, Takes)| takes.input.clone());
        rules::of_inputs(init_input.as_ref(), &run, &takes, errors);
        let ident = last_segment(owner)?.ident.clone();
        let found = block.items.iter().filter_map(|item| match item {
            // Plain methods too: what the body does with their help is found as well.
            ImplItem::Fn(method) => Some(scan::body(&method.block.to_token_stream())),
            _ => None,
        });
        Some(Self {
            owner,
            name: name.unwrap_or_else(|| Some(ident.unraw().to_string()))?,
            ident,
            input: init_input.clone().or_else(|| takes.input.clone()).map(|(_, ty)| ty),
            output: run.function.output(),
            init: init.map(|(method, _)| (method.function.sig.ident, init_input.is_some())),
            run: run.function,
            takes,
            handlers,
            agents,
            tools,
            found: found.collect(),
        })
    }
}

fn handler(method: Method, takes: Takes) -> Handler {
    let Method { kind, name, function, .. } = method;
    let name = name.map_or_else(|| function.name(), |Setting { value, .. }| value.value());
    Handler { kind, name, takes, output: function.output(), validator: None, function }
}

/// What the workflow is started with.
pub(super) fn input(methods: &[Method]) -> Option<Type> {
    let input = |kind| {
        let method = methods.iter().find(|method| method.kind == kind)?;
        Some(taken(&method.function).0.input?.1)
    };
    input(Kind::Init).or_else(|| input(Kind::Run))
}

/// What a method is given, beside `self`.
pub(super) fn taken(function: &Function) -> (Takes, Vec<PatType>) {
    let mut typed = function.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(input) => Some(input.clone()),
        FnArg::Receiver(_) => None,
    });
    let mut first = typed.next();
    let context = first.as_ref().is_some_and(|first| is_context(&first.ty));
    if context {
        first = typed.next();
    }
    let input = first.map(|PatType { pat, ty, .. }| {
        (plain_name(&pat).map_or_else(|| Ident::new("input", proc_macro2::Span::mixed_site()), Clone::clone), *ty)
    });
    (Takes { context, input }, typed.collect())
}

/// Whether it is the way to the state.
pub(super) fn is_context(ty: &Type) -> bool {
    let ty = if let Type::Reference(reference) = ty { &*reference.elem } else { ty };
    last_segment(ty).is_some_and(|last| last.ident == "WorkflowContext")
}
