//! What a tool must be, and a tool that is.

use super::args::{Args, ParameterArgs};
use crate::{
    diag::{Errors, source},
    signature::{Function, Output, Role, docs, plain_name},
    types::{Injected, check_argument},
    values::DefaultValue,
};
use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Attribute, FnArg, LitStr, PatType, Type, ext::IdentExt};

/// A tool without mistakes.
pub(crate) struct Tool<'a> {
    pub(crate) function: &'a Function,
    pub(crate) type_name: Ident,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) parameters: Vec<Parameter<'a>>,
    pub(crate) output: Output,
    /// In milliseconds.
    pub(crate) timeout: Option<u64>,
    pub(crate) retries: u32,
    pub(crate) task_queue: Option<String>,
    pub(crate) local: bool,
}

/// A parameter, by who fills it in.
pub(crate) enum Parameter<'a> {
    /// The model does.
    Argument { ident: &'a Ident, ty: &'a Type, description: String, default: Option<DefaultValue> },
    /// The worker does, with a state of this type.
    State { ident: &'a Ident, ty: &'a Type },
    /// The worker does, with the context of the call.
    Context { ident: &'a Ident },
}

impl Parameter<'_> {
    pub(crate) fn ident(&self) -> &Ident {
        match self {
            Self::Argument { ident, .. } | Self::State { ident, .. } | Self::Context { ident } => ident,
        }
    }
}

impl<'a> Tool<'a> {
    /// Applies every rule; the tool can be expanded if none was broken.
    pub(crate) fn check(args: Args, function: &'a Function, errors: &mut Errors) -> Option<Self> {
        function.check(Role::Tool, errors);
        let type_name = args.type_name(function);
        let name = name(args.name.as_ref().map(|setting| &setting.value), function, errors);
        let description = description(function, errors);
        let inputs = function.sig.inputs.iter().zip(&function.taken);
        let parameters = inputs.filter_map(|(input, taken)| parameter(input, taken, errors)).collect();
        let local = args.local.filter(|setting| setting.value.0);
        if let (Some(local), Some(_)) = (&local, &args.task_queue) {
            errors.at(
                &local.key,
                "a local tool runs on the worker that has the workflow, and has no task queue; remove `local` or \
                 `task_queue`",
            );
        }
        Some(Self {
            timeout: args.timeout.and_then(|setting| setting.duration(errors)),
            retries: args.retries.and_then(|setting| setting.at_least(0, errors)).unwrap_or(0),
            task_queue: args.task_queue.and_then(|setting| setting.filled(errors)),
            local: local.is_some(),
            output: function.output(),
            name: name?,
            function,
            type_name,
            description,
            parameters,
        })
    }
}

/// Providers refuse a whole request for one tool name they do not like, so a bad one must not get that far.
fn name(written: Option<&LitStr>, function: &Function, errors: &mut Errors) -> Option<String> {
    let allowed = |name: &str| {
        (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    let rule = "use 1 to 64 ASCII letters, digits, `_` or `-`";
    let (name, place): (_, &dyn ToTokens) = match written {
        Some(literal) => (literal.value(), literal),
        None => (function.name(), &function.sig.ident),
    };
    if allowed(&name) {
        return Some(name);
    }
    match written {
        Some(_) => errors.at(place, format!("no model can call a tool named `{name}`; {rule}")),
        None => errors.at(place, format!("no model can call a tool named `{name}`; {rule}, as in `name = \"search\"`")),
    }
    None
}

/// The description is all a model knows of a tool before it calls it.
fn description(function: &Function, errors: &mut Errors) -> String {
    let description = docs(&function.attrs);
    if description.is_empty() {
        let name = function.name();
        errors.at(
            &function.sig.ident,
            format!(
                "`{name}` has no description, and the model chooses tools by it\nadd a `///` comment above the function"
            ),
        );
    }
    description
}

fn parameter<'a>(input: &'a FnArg, taken: &[Attribute], errors: &mut Errors) -> Option<Parameter<'a>> {
    let FnArg::Typed(PatType { attrs, pat, ty, .. }) = input else {
        return None;
    };
    let options = ParameterArgs::read(taken, errors);
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr")) {
        errors.at(
            attr,
            "a tool has the same arguments in every build, or old calls could not be replayed\n\
             put `#[cfg]` on the whole tool",
        );
    }
    let injected = Injected::of(ty);
    let Some(ident) = plain_name(pat) else {
        let message = match injected {
            Injected::No => "the model fills in arguments by name; write a plain name, and take it apart in the body",
            _ => "write a plain name here, and take it apart in the body",
        };
        errors.at(pat, message);
        return None;
    };
    let name = ident.unraw().to_string();
    if let Injected::Borrowed(inner) = injected {
        errors.at(ty, format!("`{name}` is handed over by the worker, owned; write `{}`", source(inner)));
        return None;
    }
    if let (Some(default), Injected::State(_) | Injected::Context) = (&options.default, &injected) {
        errors.at(&default.key, format!("`{name}` is filled in by the worker, so it has no default; remove `#[arg]`"));
    }
    match injected {
        Injected::State(state) => Some(Parameter::State { ident, ty: state }),
        Injected::Context => Some(Parameter::Context { ident }),
        _ if check_argument(&name, ty, errors) => {
            let default = options.default.map(|setting| setting.value);
            Some(Parameter::Argument { ident, ty, description: docs(taken), default })
        }
        _ => None,
    }
}
