//! What a tool must be, and a tool that is.

use super::{
    args::{Args, ParameterArgs, Rules},
    how::How,
    names::{activity_name, argument_name, check_names, name},
};
use crate::{
    diag::{Errors, source},
    options::Setting,
    replay::{self, Body},
    signature::{Function, Output, Role, docs, plain_name},
    types::{Injected, check_argument, check_strict},
    values::DefaultValue,
};
use proc_macro2::Ident;
use syn::{Attribute, FnArg, LitStr, PatType, Type, ext::IdentExt};

/// A tool without mistakes.
pub(crate) struct Tool<'a> {
    pub(crate) function: &'a Function,
    pub(crate) type_name: Ident,
    pub(crate) name: String,
    pub(crate) description: Description,
    pub(crate) parameters: Vec<Parameter<'a>>,
    pub(crate) output: Output,
    pub(crate) how: How,
    /// What is made of the function.
    pub(crate) role: Role,
}

/// Where the description of a tool is.
pub(crate) enum Description {
    Here(String),
    InFile(LitStr),
}

/// A parameter, by who fills it in.
pub(crate) enum Parameter<'a> {
    /// The model does.
    Argument { ident: &'a Ident, ty: &'a Type, argument: Box<Argument> },
    /// The worker does, with a state of this type.
    State { ident: &'a Ident, ty: &'a Type },
    /// Whoever began the run did, with a value of this type.
    Run { ident: &'a Ident, ty: &'a Type },
    /// The worker does, with the context of the call.
    Context { ident: &'a Ident },
}

/// What the model has to know of an argument.
pub(crate) struct Argument {
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) description: String,
    pub(crate) default: Option<DefaultValue>,
    pub(crate) rules: Rules,
}

impl Parameter<'_> {
    pub(crate) fn ident(&self) -> &Ident {
        match self {
            Self::Argument { ident, .. }
            | Self::State { ident, .. }
            | Self::Run { ident, .. }
            | Self::Context { ident } => ident,
        }
    }
}

impl<'a> Tool<'a> {
    /// Applies every rule; the tool can be expanded if none was broken.
    pub(crate) fn check(args: Args, function: &'a Function, role: Role, errors: &mut Errors) -> Option<Self> {
        function.check(role, errors);
        let type_name = args.type_name(function);
        let name = match (role, &args.name) {
            // As the server and workers in other languages know it; no model does.
            (Role::Activity, None) => Some(function.name()),
            (Role::Activity, Some(written)) => activity_name(&written.value, errors),
            (_, written) => name(written.as_ref().map(|setting| &setting.value), function, errors),
        };
        let for_models = !matches!(role, Role::Guardrail | Role::Activity);
        let description = if for_models {
            description(args.description, args.description_file, function, errors)
        } else {
            Some(Description::Here(docs(&function.attrs)))
        };
        // No model is held to what the others take.
        let lax = !for_models || args.how.is_lax();
        let inputs = function.sig.inputs.iter().zip(&function.taken);
        let parameters: Vec<_> =
            inputs.filter_map(|(input, taken)| parameter(input, taken, role, lax, errors)).collect();
        check_names(&parameters, errors);
        let heartbeat = args.how.heartbeat.as_ref().map(|setting| setting.key.clone());
        let how = How::check(args.how, lax, role, errors);
        if let Some(key) = heartbeat.filter(|_| !parameters.iter().any(is_context)) {
            let message =
                "whoever promises signs of life has to give them; take a `ToolContext`, and call its `heartbeat`";
            errors.at(&key, message);
        }
        if how.is_cached() {
            check_cached(&parameters, errors);
        }
        if how.inline.is_some() {
            check_inline(function, &parameters, errors);
        }
        Some(Self {
            output: function.output(),
            name: name?,
            description: description?,
            function,
            type_name,
            parameters,
            how,
            role,
        })
    }
}

fn is_context(parameter: &Parameter<'_>) -> bool {
    matches!(parameter, Parameter::Context { .. })
}

/// A cached result is for every call with these arguments, so it cannot depend on who calls.
fn check_cached(parameters: &[Parameter<'_>], errors: &mut Errors) {
    for parameter in parameters {
        if let Parameter::Context { ident } | Parameter::Run { ident, .. } = parameter {
            let message = format!(
                "a cached result serves other calls as well, and `{ident}` tells calls apart; remove it or `cache`"
            );
            errors.at(ident, message);
        }
    }
}

/// An inline tool is part of the workflow: it waits for nothing, and does what a replay can do again.
fn check_inline(function: &Function, parameters: &[Parameter<'_>], errors: &mut Errors) {
    if let Some(keyword) = &function.sig.asyncness {
        errors.at(
            keyword,
            "an inline tool is run by the workflow, which does not wait for it; remove `async` or `inline`",
        );
    }
    if function.is_method() {
        let message = "an inline tool is run by the workflow, which has no value to call it on; remove `inline`";
        errors.at(function.sig.inputs.first(), message);
    }
    for parameter in parameters {
        if let Parameter::State { ident, .. } | Parameter::Context { ident } = parameter {
            let message = format!(
                "`{ident}` is handed over by a worker, and an inline tool is run by the workflow; remove it or `inline`"
            );
            errors.at(ident, message);
        }
    }
    replay::check(Body::InlineTool, &function.sig.inputs, &function.body, errors);
}

/// The description is all a model knows of a tool before it calls it.
fn description(
    written: Option<Setting<LitStr>>,
    file: Option<Setting<LitStr>>,
    function: &Function,
    errors: &mut Errors,
) -> Option<Description> {
    if let (Some(_), Some(file)) = (&written, &file) {
        errors.at(&file.key, "`description` is set already; keep one of the two");
    }
    if let Some(file) = file {
        let path = file.value.clone();
        file.filled(errors)?;
        return Some(Description::InFile(path));
    }
    let description = match written {
        Some(written) => written.filled(errors)?,
        None => docs(&function.attrs),
    };
    if description.is_empty() {
        let name = function.name();
        errors.at(
            &function.sig.ident,
            format!(
                "`{name}` has no description, and the model chooses tools by it\nadd a `///` comment above the function"
            ),
        );
    }
    Some(Description::Here(description))
}

fn parameter<'a>(
    input: &'a FnArg,
    taken: &[Attribute],
    role: Role,
    lax: bool,
    errors: &mut Errors,
) -> Option<Parameter<'a>> {
    let FnArg::Typed(PatType { attrs, pat, ty, .. }) = input else {
        return None;
    };
    let options = ParameterArgs::read(taken, errors);
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr")) {
        errors.at(
            attr,
            format!(
                "{} has the same arguments in every build, or old calls could not be replayed\n\
                 put `#[cfg]` on the whole {}",
                role.one(),
                role.noun()
            ),
        );
    }
    let injected = Injected::of(ty);
    let Some(ident) = plain_name(pat) else {
        let message = match injected {
            Injected::No if role == Role::Activity => {
                "arguments go by name; write a plain name, and take it apart in the body"
            }
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
    if let Injected::State(_) | Injected::Run(_) | Injected::Context = &injected {
        if let Some(default) = &options.default {
            let message = format!("`{name}` is filled in by the worker, so it has no default; remove `#[arg]`");
            errors.at(&default.key, message);
        }
        let ParameterArgs { default: _, rename, aliases, rules } = &options;
        let keys = rename.iter().chain(aliases).map(|setting| &setting.key).chain(rules.keys());
        for key in keys {
            errors.at(key, format!("`{name}` is filled in by the worker, and the model never sees it; remove `{key}`"));
        }
    }
    match injected {
        Injected::State(state) => Some(Parameter::State { ident, ty: state }),
        Injected::Run(context) => Some(Parameter::Run { ident, ty: context }),
        Injected::Context => Some(Parameter::Context { ident }),
        _ if check_argument(&name, ty, errors) => {
            if !lax {
                check_strict(&name, ty, errors);
            }
            let ParameterArgs { default, rename, aliases, rules } = options;
            if role == Role::Activity {
                for key in rules.keys() {
                    let message =
                        "no model fills in what an activity takes, so nobody is held to rules; check it in the body";
                    errors.at(key, message);
                }
            } else {
                rules.check(&name, ty, errors);
            }
            if let Some(default) = &default {
                rules.check_default(&name, &default.value, errors);
            }
            let argument = Argument {
                name: argument_name(rename.as_ref(), ident, role, errors),
                aliases: aliases.iter().map(|setting| setting.value.value()).collect(),
                description: docs(taken),
                default: default.map(|setting| setting.value),
                rules,
            };
            Some(Parameter::Argument { ident, ty, argument: Box::new(argument) })
        }
        _ => None,
    }
}
