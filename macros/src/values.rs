//! The kinds of values options have.

use crate::{
    diag::{Errors, source},
    options::{Setting, Value, error, until_comma},
};
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;
use syn::{
    Expr, Lit, LitBool, LitStr, Path, PathArguments, Token, Type,
    ext::IdentExt,
    parse::{Parse, ParseStream, Parser},
};

impl Value for LitStr {
    const KIND: &'static str = "a string";

    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse()
    }
}

impl Value for LitBool {
    const KIND: &'static str = "`true` or `false`";

    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse()
    }
}

/// `true`, `false`, or a bare key for `true`.
pub(crate) struct Flag(pub(crate) bool);

impl Value for Flag {
    const KIND: &'static str = LitBool::KIND;

    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse().map(|literal: LitBool| Self(literal.value))
    }

    fn bare() -> Option<Self> {
        Some(Self(true))
    }
}

impl Value for Ident {
    const KIND: &'static str = "a name";

    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse()
    }
}

impl Value for Type {
    const KIND: &'static str = "a type";

    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse()
    }
}

/// The default of an argument: an expression, or `None` for that of its type.
pub(crate) struct DefaultValue(pub(crate) Option<Expr>);

impl Value for DefaultValue {
    const KIND: &'static str = "an expression";

    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse().map(|value| Self(Some(value)))
    }

    fn bare() -> Option<Self> {
        Some(Self(None))
    }
}

impl Value for Expr {
    const KIND: &'static str = "an expression";

    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse()
    }
}

impl Value for Path {
    const KIND: &'static str = "a path";

    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        Path::parse_mod_style(input)
    }
}

/// The default of an argument as serde writes it: the path of a function in a string, or nothing for that of its type.
pub(crate) struct DefaultPath(pub(crate) Option<Expr>);

impl Value for DefaultPath {
    const KIND: &'static str = "the path of a function, in a string";

    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        let path: Path = input.parse::<LitStr>()?.parse()?;
        Ok(Self(Some(syn::parse_quote!(#path()))))
    }

    fn bare() -> Option<Self> {
        Some(Self(None))
    }
}

/// A string, or the path of an item.
pub(crate) enum TextOrPath {
    Text(LitStr),
    Path(Path),
}

impl Value for TextOrPath {
    const KIND: &'static str = "a string or a name";

    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) { input.parse().map(Self::Text) } else { input.parse().map(Self::Path) }
    }
}

/// `[a, b, c]`, taken apart but not yet read, so that each mistake stays in its own element.
pub(crate) struct List {
    /// The list with its brackets, to point at.
    pub(crate) brackets: Group,
    pub(crate) elements: Vec<TokenStream>,
}

impl Value for List {
    const KIND: &'static str = "a list";

    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        let brackets: Group = input.parse()?;
        if brackets.delimiter() != Delimiter::Bracket {
            return Err(syn::Error::new(brackets.span(), "expected `[`"));
        }
        let split = |input: ParseStream<'_>| {
            let mut elements = Vec::new();
            while !input.is_empty() {
                let element = until_comma(input)?;
                if !element.is_empty() {
                    elements.push(element);
                }
                input.parse::<Option<Token![,]>>()?;
            }
            Ok(elements)
        };
        Ok(Self { elements: split.parse2(brackets.stream())?, brackets })
    }
}

/// A string, or a list.
pub(crate) enum TextOrList {
    Text(LitStr),
    List(List),
}

impl Value for TextOrList {
    const KIND: &'static str = "a string or a list";

    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) { input.parse().map(Self::Text) } else { List::read(input).map(Self::List) }
    }
}

/// `{ "key": value, .. }`, as JSON is written; what stands in it the compiler reads.
pub(crate) struct Object(pub(crate) Group);

impl Value for Object {
    const KIND: &'static str = "an object of JSON";

    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        let braces: Group = input.parse()?;
        match braces.delimiter() {
            Delimiter::Brace => Ok(Self(braces)),
            _ => Err(syn::Error::new(braces.span(), "expected `{`")),
        }
    }
}

/// `{ "key": "value", .. }`, texts all of them.
pub(crate) struct Texts(pub(crate) Vec<(LitStr, LitStr)>);

impl Value for Texts {
    const KIND: &'static str = "an object of texts";

    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        let Object(braces) = Object::read(input)?;
        let entry = |input: ParseStream<'_>| {
            let key: LitStr = input.parse()?;
            input.parse::<Token![:]>()?;
            Ok((key, input.parse()?))
        };
        let entries = |input: ParseStream<'_>| input.parse_terminated(entry, Token![,]);
        Ok(Self(entries.parse2(braces.stream())?.into_iter().collect()))
    }
}

impl List {
    /// The elements that are a `T`; of each other one, `message` says what to write instead.
    pub(crate) fn each<T: Parse>(self, message: &str, errors: &mut Errors) -> Vec<T> {
        let read = |element: TokenStream| {
            errors.keep(
                syn::parse2(element.clone()).map_err(|_| error(&element, format!("`{}` {message}", source(&element)))),
            )
        };
        self.elements.into_iter().filter_map(read).collect()
    }
}

/// A number, written out.
pub(crate) struct Number {
    tokens: TokenStream,
    value: f64,
    whole: bool,
}

impl Value for Number {
    const KIND: &'static str = "a number";

    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        let minus: Option<Token![-]> = input.parse()?;
        let literal: Lit = input.parse()?;
        let (digits, whole) = match &literal {
            Lit::Int(int) => (int.base10_digits(), true),
            Lit::Float(float) => (float.base10_digits(), false),
            other => return Err(syn::Error::new(other.span(), "expected a number")),
        };
        let value: f64 = digits.parse().map_err(|_| syn::Error::new(literal.span(), "expected a number"))?;
        let value = if minus.is_some() { -value } else { value };
        Ok(Self { value, whole, tokens: quote!(#minus #literal) })
    }
}

impl Setting<Number> {
    /// The number, if it lies between the two.
    pub(crate) fn within(self, least: f64, most: f64, errors: &mut Errors) -> Option<f64> {
        let Number { tokens, value, .. } = self.value;
        let fits = (least..=most).contains(&value);
        if !fits {
            errors.at(&tokens, format!("`{}` is a number from {least} to {most}, not `{}`", self.key, source(&tokens)));
        }
        fits.then_some(value)
    }

    /// The number, if it is whole and not too small.
    pub(crate) fn at_least(self, least: u32, errors: &mut Errors) -> Option<u32> {
        let Number { tokens, value, whole } = self.value;
        let found = source(&tokens);
        let fits = whole && (f64::from(least)..=f64::from(u32::MAX)).contains(&value);
        if value > f64::from(u32::MAX) {
            errors.at(&tokens, format!("`{found}` is too large for `{}`; the most is {}", self.key, u32::MAX));
        } else if !fits {
            errors.at(&tokens, format!("`{}` is a whole number, {least} or more, not `{found}`", self.key));
        }
        // The range and the absence of a fraction were just checked, so nothing is cut off.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        fits.then_some(value as u32)
    }

    /// The number, if a server has such a priority.
    pub(crate) fn priority(self, errors: &mut Errors) -> Option<u32> {
        const LAST: u32 = 5;
        let (key, tokens) = (self.key.clone(), self.value.tokens.clone());
        let priority = self.at_least(1, errors)?;
        if priority > LAST {
            let found = source(&tokens);
            errors.at(
                &tokens,
                format!("`{key}` is a whole number from 1, the first, to {LAST}, the last, not `{found}`"),
            );
            return None;
        }
        Some(priority)
    }
}

impl Setting<LitStr> {
    /// The string, if there is anything in it.
    pub(crate) fn filled(self, errors: &mut Errors) -> Option<String> {
        let text = self.value.value();
        if text.trim().is_empty() {
            errors.at(&self.value, format!("`{}` is empty; say something, or leave it out", self.key));
            return None;
        }
        Some(text)
    }
}

/// A name of the user's own, as a word or in quotes.
struct Name {
    text: String,
    place: TokenTree,
}

impl Parse for Name {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            let literal: LitStr = input.parse()?;
            return Ok(Self { text: literal.value(), place: literal.token().into() });
        }
        let word = input.call(Ident::parse_any)?;
        Ok(Self { text: word.unraw().to_string(), place: word.into() })
    }
}

/// The names of effects in a list.
pub(crate) fn effects(list: List, errors: &mut Errors) -> Vec<String> {
    let mut known: Vec<String> = Vec::new();
    for Name { text, place } in list.each("is no effect; write a word, as in `[net, money]`, or a string", errors) {
        if text.trim().is_empty() {
            errors.at(&place, "an effect has a name; write it between the quotes");
        } else if known.contains(&text) {
            errors.at(&place, format!("`{text}` is listed twice; keep one"));
        }
        known.push(text);
    }
    known
}

/// The paths in a list.
pub(crate) fn paths(list: List, message: &str, errors: &mut Errors) -> Vec<Path> {
    let mut paths: Vec<Path> = list.each(message, errors);
    paths.retain(|path| {
        let called = is_called(path);
        if called {
            errors.at(path, format!("`{}` {message}", source(path)));
        }
        !called
    });
    paths
}

/// `f()` reads as a path to syn, but is none to a user.
pub(crate) fn is_called(path: &Path) -> bool {
    path.segments.iter().any(|segment| matches!(segment.arguments, PathArguments::Parenthesized(_)))
}

/// The names of guardrails.
pub(crate) fn guardrails(setting: Option<Setting<List>>, errors: &mut Errors) -> Vec<Path> {
    let Some(setting) = setting else { return Vec::new() };
    let paths = paths(setting.value, "is no guardrail; write the name alone, as in `[about_trips]`", errors);
    for (index, path) in paths.iter().enumerate() {
        let name = source(path);
        if paths[..index].iter().any(|earlier| source(earlier) == name) {
            errors.at(path, format!("`{name}` is listed twice; keep one"));
        }
    }
    paths
}
