//! The grammar of `#[tool(..)]`, and of `#[arg(..)]`, `#[serde(..)]` and `#[schemars(..)]` on its parameters.

mod how;
mod rules;

pub(crate) use how::{ApprovalArgs, BackoffArgs, HowArgs, MaxOutputArgs};
pub(crate) use rules::{Length, Pattern, Range, Rules};

use crate::{
    diag::Errors,
    options::{self, Known, Setting, known, several},
    signature::Function,
    values::{DefaultPath, DefaultValue},
};
use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, LitStr, Meta, Path};

/// The options of `#[tool]`, as written.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) name: Option<Setting<LitStr>>,
    pub(crate) description: Option<Setting<LitStr>>,
    pub(crate) description_file: Option<Setting<LitStr>>,
    pub(crate) how: HowArgs,
    pub(crate) type_name: Option<Setting<Ident>>,
    pub(crate) steadfast: Option<Setting<Path>>,
}

impl Args {
    pub(crate) fn read(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        options::read("tool", tokens, &mut args.table(), errors);
        args
    }

    fn table(&mut self) -> Vec<Known<'_>> {
        let mut table = vec![
            known("name", "\"web_search\"", &mut self.name),
            known("description", "\"Searches the web.\"", &mut self.description),
            known("description_file", "\"search.md\"", &mut self.description_file),
        ];
        table.extend(self.how.table());
        table.extend([
            known("as", "Weather", &mut self.type_name),
            known("crate", "my_crate::steadfast", &mut self.steadfast),
        ]);
        table
    }

    /// The keys of all that was set and means something for one tool only: all but the crate's path.
    pub(crate) fn keys_of_one(mut self) -> Vec<Ident> {
        self.steadfast = None;
        self.table().iter().flat_map(Known::keys).collect()
    }

    /// The name of the type that stands for the tool.
    pub(crate) fn type_name(&self, function: &Function) -> Ident {
        self.type_name.as_ref().map_or_else(|| function.sig.ident.clone(), |setting| setting.value.clone())
    }
}

/// The options of a parameter, as written: ours, and those of serde and schemars that mean something here.
#[derive(Default)]
pub(crate) struct ParameterArgs {
    pub(crate) default: Option<Setting<DefaultValue>>,
    pub(crate) rename: Option<Setting<LitStr>>,
    pub(crate) aliases: Vec<Setting<LitStr>>,
    pub(crate) rules: Rules,
}

impl ParameterArgs {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut args = Self::default();
        for attr in attrs {
            let Some(attribute) = ["arg", "serde", "schemars"].into_iter().find(|name| attr.path().is_ident(name))
            else {
                continue;
            };
            let Meta::List(list) = &attr.meta else {
                let message = format!("`#[{attribute}]` says nothing by itself; write `#[arg(default)]` or remove it");
                errors.at(attr.path(), message);
                continue;
            };
            args.read_one(attribute, list.tokens.clone(), errors);
        }
        args
    }

    fn read_one(&mut self, attribute: &str, tokens: TokenStream, errors: &mut Errors) {
        let Self { default, rename, aliases, rules } = self;
        match attribute {
            // As serde writes them.
            "serde" => {
                let mut path = None;
                let mut table = [
                    known("rename", "\"q\"", rename),
                    several("alias", "\"query\"", aliases),
                    known("default", "\"some::function\"", &mut path),
                ];
                options::read(attribute, tokens, &mut table, errors);
                if let Some(Setting { key, value: DefaultPath(expression) }) = path {
                    if default.is_some() {
                        errors.at(&key, "`default` is set twice; keep one");
                    }
                    *default = Some(Setting { key, value: DefaultValue(expression) });
                }
            }
            // As schemars writes them.
            "schemars" => rules.read(attribute, tokens, &mut [], errors),
            _ => {
                let mut own = [
                    known("default", "10", default),
                    known("rename", "\"q\"", rename),
                    several("alias", "\"query\"", aliases),
                ];
                rules.read(attribute, tokens, &mut own, errors);
            }
        }
    }
}
