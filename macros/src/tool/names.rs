//! Names: of tools and arguments, which models have to be able to write, and of activities.

use super::model::{Argument, Parameter};
use crate::{
    diag::Errors,
    options::Setting,
    signature::{Function, Role},
};
use proc_macro2::Ident;
use quote::ToTokens;
use syn::{LitStr, ext::IdentExt};

const NAME_RULE: &str = "use 1 to 64 ASCII letters, digits, `_` or `-`";

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// Providers refuse a whole request for one tool name they do not like, so a bad one must not get that far.
pub(super) fn name(written: Option<&LitStr>, function: &Function, errors: &mut Errors) -> Option<String> {
    if let Some(written) = written {
        return name_of(written, errors);
    }
    let (name, place) = (function.name(), &function.sig.ident);
    if is_name(&name) {
        return Some(name);
    }
    errors.at(place, format!("no model can call a tool named `{name}`; {NAME_RULE}, as in `name = \"search\"`"));
    None
}

/// The type of an activity, as it was written: whatever workers in other languages call it, but for the names of our own.
pub(super) fn activity_name(written: &LitStr, errors: &mut Errors) -> Option<String> {
    let name = written.value();
    if name.trim().is_empty() {
        errors.at(written, "`name` is empty; say something, or leave it out");
    } else if name.starts_with("steadfast.") {
        errors
            .at(written, "names that begin with `steadfast.` are those of the framework's own activities; use another");
    } else {
        return Some(name);
    }
    None
}

/// The name of a function that a model is to call, as it was written.
pub(crate) fn name_of(written: &LitStr, errors: &mut Errors) -> Option<String> {
    let name = written.value();
    if is_name(&name) {
        return Some(name);
    }
    errors.at(written, format!("no model can call a tool named `{name}`; {NAME_RULE}"));
    None
}

/// Two arguments of one name would be one to the model.
pub(super) fn check_names(parameters: &[Parameter<'_>], errors: &mut Errors) {
    let mut seen: Vec<&str> = Vec::new();
    for parameter in parameters {
        let Parameter::Argument { ident, argument, .. } = parameter else { continue };
        let Argument { name, aliases, .. } = &**argument;
        for name in std::iter::once(name).chain(aliases) {
            if seen.contains(&name.as_str()) {
                errors.at(ident, format!("two arguments go by the name `{name}`; rename one"));
            }
            seen.push(name);
        }
    }
}

/// Providers hold the names of properties to the same rule as those of functions.
pub(super) fn argument_name(
    rename: Option<&Setting<LitStr>>,
    ident: &Ident,
    role: Role,
    errors: &mut Errors,
) -> String {
    let name = rename.map_or_else(|| ident.unraw().to_string(), |setting| setting.value.value());
    if is_name(&name) || role == Role::Activity {
        return name;
    }
    let place: &dyn ToTokens = rename.map_or(ident as &dyn ToTokens, |setting| &setting.value);
    let example = if rename.is_none() { ", as in `#[arg(rename = \"size\")]`" } else { "" };
    errors.at(place, format!("no model can fill in an argument named `{name}`; {NAME_RULE}{example}"));
    name
}
