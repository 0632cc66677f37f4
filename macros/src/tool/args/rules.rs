//! The grammar of `range`, `length`, `pattern` and `inner`.

use crate::{
    diag::Errors,
    options::{self, Known, Setting, Value, known},
};
use proc_macro2::{Ident, TokenStream};
use syn::{Expr, parse::ParseStream};

/// The rules of one argument.
#[derive(Default)]
pub(crate) struct Rules {
    pub(crate) range: Option<Setting<Range>>,
    pub(crate) length: Option<Setting<Length>>,
    pub(crate) pattern: Option<Setting<Pattern>>,
    /// The same as `pattern`, as schemars knows it from another crate.
    pub(crate) regex: Option<Setting<Pattern>>,
    pub(crate) inner: Option<Setting<Box<Rules>>>,
}

/// The least and the most a number may be.
#[derive(Default)]
pub(crate) struct Range {
    pub(crate) min: Option<Setting<Expr>>,
    pub(crate) max: Option<Setting<Expr>>,
}

/// How long a text or a list may be.
#[derive(Default)]
pub(crate) struct Length {
    pub(crate) min: Option<Setting<Expr>>,
    pub(crate) max: Option<Setting<Expr>>,
    pub(crate) equal: Option<Setting<Expr>>,
}

/// What a text has to match.
pub(crate) struct Pattern(pub(crate) Expr);

impl Rules {
    /// Reads the options of `attribute`, of which `others` are not rules.
    pub(crate) fn read(&mut self, attribute: &str, tokens: TokenStream, others: &mut [Known<'_>], errors: &mut Errors) {
        let Self { range, length, pattern, regex, inner } = self;
        let mut table: Vec<Known<'_>> = others.iter_mut().map(Known::reborrow).collect();
        table.extend([
            known("range", "(min = 1, max = 10)", range),
            known("length", "(min = 1, max = 100)", length),
            known("pattern", "\"^[a-z]+$\"", pattern),
            known("regex", "(pattern = \"^[a-z]+$\")", regex),
            known("inner", "(length(max = 100))", inner),
        ]);
        options::read(attribute, tokens, &mut table, errors);
    }

    /// The keys by which rules were set.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Ident> {
        let Self { range, length, pattern, regex, inner } = self;
        let patterns = [pattern, regex].into_iter().flatten().map(|setting| &setting.key);
        let others = [
            range.as_ref().map(|setting| &setting.key),
            length.as_ref().map(|setting| &setting.key),
            inner.as_ref().map(|setting| &setting.key),
        ];
        patterns.chain(others.into_iter().flatten())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys().next().is_none()
    }
}

impl Value for Range {
    const KIND: &'static str = "bounds in parentheses";
    const IS_NESTED: bool = true;

    fn nested(_: &Ident, tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        let mut range = Self::default();
        let mut table = [known("min", "1", &mut range.min), known("max", "10", &mut range.max)];
        options::read("arg(range)", tokens, &mut table, errors);
        Some(range)
    }
}

impl Value for Length {
    const KIND: &'static str = "bounds in parentheses";
    const IS_NESTED: bool = true;

    fn nested(_: &Ident, tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        let mut length = Self::default();
        let mut table = [
            known("min", "1", &mut length.min),
            known("max", "100", &mut length.max),
            known("equal", "2", &mut length.equal),
        ];
        options::read("arg(length)", tokens, &mut table, errors);
        Some(length)
    }
}

impl Value for Pattern {
    const KIND: &'static str = "a regular expression";
    const IS_NESTED: bool = true;

    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse().map(Self)
    }

    /// Schemars writes `pattern(..)`, and `regex(pattern = ..)`.
    fn nested(key: &Ident, tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        if key == "pattern" {
            return errors.keep(syn::parse2(tokens)).map(Self);
        }
        let mut pattern: Option<Setting<Expr>> = None;
        let mut table = [known("pattern", "\"^[a-z]+$\"", &mut pattern)];
        options::read("arg(regex)", tokens, &mut table, errors);
        pattern.map(|setting| Self(setting.value))
    }
}

impl Value for Box<Rules> {
    const KIND: &'static str = "rules in parentheses";
    const IS_NESTED: bool = true;

    fn nested(_: &Ident, tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        let mut rules = Rules::default();
        rules.read("arg(inner)", tokens, &mut [], errors);
        Some(Self::new(rules))
    }
}
