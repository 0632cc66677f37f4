//! The grammar of `#[tool(..)]` and of `#[arg(..)]` on its parameters.

use crate::{
    diag::Errors,
    options::{self, Setting, known},
    signature::Function,
    values::{DefaultValue, Flag, Number},
};
use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, LitStr, Meta};

/// The options of `#[tool]`, as written.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) name: Option<Setting<LitStr>>,
    pub(crate) timeout: Option<Setting<LitStr>>,
    pub(crate) retries: Option<Setting<Number>>,
    pub(crate) task_queue: Option<Setting<LitStr>>,
    pub(crate) local: Option<Setting<Flag>>,
    pub(crate) type_name: Option<Setting<Ident>>,
}

impl Args {
    pub(crate) fn read(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let mut table = [
            known("name", "\"web_search\"", &mut args.name),
            known("timeout", "\"10s\"", &mut args.timeout),
            known("retries", "3", &mut args.retries),
            known("task_queue", "\"gpu\"", &mut args.task_queue),
            known("local", "true", &mut args.local),
            known("as", "Weather", &mut args.type_name),
        ];
        options::read("tool", tokens, &mut table, errors);
        args
    }

    /// The name of the type that stands for the tool.
    pub(crate) fn type_name(&self, function: &Function) -> Ident {
        self.type_name.as_ref().map_or_else(|| function.sig.ident.clone(), |setting| setting.value.clone())
    }
}

/// The options of `#[arg]`, as written.
#[derive(Default)]
pub(crate) struct ParameterArgs {
    pub(crate) default: Option<Setting<DefaultValue>>,
}

impl ParameterArgs {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut args = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("arg")) {
            let Meta::List(list) = &attr.meta else {
                errors.at(attr.path(), "`#[arg]` says nothing by itself; write `#[arg(default)]` or remove it");
                continue;
            };
            let mut table = [known("default", "10", &mut args.default)];
            options::read("arg", list.tokens.clone(), &mut table, errors);
        }
        args
    }
}
