//! Options of attributes: `key = value`, `key = [..]`, `key(..)` or a bare `key`; every one is read once or refused.

use crate::diag::{Errors, did_you_mean, listed, source, suggestion};
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::{
    Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

/// An option that was set, and the key it was set by.
pub(crate) struct Setting<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}

/// What an option may be set to.
pub(crate) trait Value: Sized {
    /// What to say the option takes.
    const KIND: &'static str;

    /// Reads what stands behind the `=`, where that is how it is written.
    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        Err(input.error("expected parentheses"))
    }

    /// What a bare key stands for, where that is allowed.
    fn bare() -> Option<Self> {
        None
    }

    /// Reads what stands between the parentheses of `key(..)`, where that is how it is written.
    fn nested(_: &Ident, _: TokenStream, _: &mut Errors) -> Option<Self> {
        None
    }

    /// Whether it may be written `key(..)`.
    const IS_NESTED: bool = false;
}

/// One line of the table that an attribute is read by.
pub(crate) struct Known<'a> {
    name: &'static str,
    /// A value as it would be written, to show in messages.
    example: &'static str,
    slot: &'a mut dyn Slot,
    /// Whether it was meant to be set, also if that failed or the key was misspelt: then it is not missing.
    pub(crate) tried: bool,
}

impl Known<'_> {
    /// The keys by which it was set.
    pub(crate) fn keys(&self) -> Vec<Ident> {
        self.slot.keys()
    }

    /// The same line, for a table that is put together of several.
    pub(crate) fn reborrow(&mut self) -> Known<'_> {
        Known { name: self.name, example: self.example, slot: &mut *self.slot, tried: false }
    }
}

/// Where a setting goes.
trait Slot {
    fn keys(&self) -> Vec<Ident>;
    /// Whether it cannot be set again.
    fn is_set(&self) -> bool;
    fn kind(&self) -> &'static str;
    fn read(&mut self, key: &Ident, value: TokenStream) -> syn::Result<()>;
    fn bare(&mut self, key: &Ident) -> bool;
    fn is_nested(&self) -> bool;
    fn nested(&mut self, key: &Ident, options: TokenStream, errors: &mut Errors);
}

impl<T: Value> Slot for Option<Setting<T>> {
    fn keys(&self) -> Vec<Ident> {
        self.iter().map(|setting| setting.key.clone()).collect()
    }

    fn is_set(&self) -> bool {
        self.is_some()
    }

    fn kind(&self) -> &'static str {
        T::KIND
    }

    fn read(&mut self, key: &Ident, value: TokenStream) -> syn::Result<()> {
        *self = Some(Setting { key: key.clone(), value: T::read.parse2(value)? });
        Ok(())
    }

    fn bare(&mut self, key: &Ident) -> bool {
        *self = T::bare().map(|value| Setting { key: key.clone(), value });
        self.is_some()
    }

    fn is_nested(&self) -> bool {
        T::IS_NESTED
    }

    fn nested(&mut self, key: &Ident, options: TokenStream, errors: &mut Errors) {
        *self = T::nested(key, options, errors).map(|value| Setting { key: key.clone(), value });
    }
}

/// An option that may be set several times.
impl<T: Value> Slot for Vec<Setting<T>> {
    fn keys(&self) -> Vec<Ident> {
        self.iter().map(|setting| setting.key.clone()).collect()
    }

    fn is_set(&self) -> bool {
        false
    }

    fn kind(&self) -> &'static str {
        T::KIND
    }

    fn read(&mut self, key: &Ident, value: TokenStream) -> syn::Result<()> {
        self.push(Setting { key: key.clone(), value: T::read.parse2(value)? });
        Ok(())
    }

    fn bare(&mut self, _: &Ident) -> bool {
        false
    }

    fn is_nested(&self) -> bool {
        false
    }

    fn nested(&mut self, _: &Ident, _: TokenStream, _: &mut Errors) {}
}

/// An option `name`, for which `example` is a good value.
pub(crate) fn known<'a, T: Value>(
    name: &'static str,
    example: &'static str,
    slot: &'a mut Option<Setting<T>>,
) -> Known<'a> {
    Known { name, example, slot, tried: false }
}

/// The same for one that may be set several times.
pub(crate) fn several<'a, T: Value>(
    name: &'static str,
    example: &'static str,
    slot: &'a mut Vec<Setting<T>>,
) -> Known<'a> {
    Known { name, example, slot, tried: false }
}

/// Options that a similar attribute has, and why this one has not.
pub(crate) type Refused = [(&'static str, &'static str)];

/// Reads the options of `attribute` into the slots of `known`.
pub(crate) fn read(attribute: &str, tokens: TokenStream, known: &mut [Known<'_>], errors: &mut Errors) {
    read_but(attribute, tokens, &[], known, errors);
}

/// The same, and says of those that are `refused` why they are.
pub(crate) fn read_but(
    attribute: &str,
    tokens: TokenStream,
    refused: &Refused,
    known: &mut [Known<'_>],
    errors: &mut Errors,
) {
    let options = |input: ParseStream<'_>| {
        while !input.is_empty() {
            let option = one(attribute, input, refused, known, errors);
            errors.keep(option);
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(())
    };
    let finished = options.parse2(tokens);
    errors.keep(finished);
}

/// So many options are read at a glance.
const SHORT: usize = 8;

/// Reads one option, up to the comma, also when it is wrong.
fn one(
    attribute: &str,
    input: ParseStream<'_>,
    refused: &Refused,
    known: &mut [Known<'_>],
    errors: &mut Errors,
) -> syn::Result<()> {
    if !input.peek(Ident::peek_any) {
        let found = until_comma(input)?;
        return Err(error(&found, format!("`{}` is no option; options are written `name = value`", source(&found))));
    }
    let key = input.call(Ident::parse_any)?;
    let equals: Option<Token![=]> = input.parse()?;
    let value = until_comma(input)?;

    if let Some((name, why)) = refused.iter().find(|(name, _)| key == *name) {
        return Err(syn::Error::new(key.span(), format!("`#[{attribute}]` has no option `{name}`: {why}")));
    }
    let names: Vec<&str> = known.iter().map(|option| option.name).collect();
    let Some(option) = known.iter_mut().find(|option| key == option.name) else {
        let meant = did_you_mean(&key.to_string(), names.iter().copied());
        known.iter_mut().filter(|option| Some(option.name) == meant).for_each(|option| option.tried = true);
        let near = suggestion(&key.to_string(), names.iter().copied());
        // A long list helps only who has no better hint.
        let all = match names.len() {
            1 => format!("\nits only option is {}", listed(names)),
            2..=SHORT => format!("\nits options are {}", listed(names)),
            _ if near.is_empty() => format!("\nits options are {}", listed(names)),
            _ => String::new(),
        };
        return Err(syn::Error::new(key.span(), format!("`#[{attribute}]` has no option `{key}`{near}{all}")));
    };
    let Known { name, example, slot, tried } = option;
    *tried = true;
    if slot.is_set() {
        return Err(syn::Error::new(key.span(), format!("`{name}` is set twice; keep one")));
    }
    if let (None, true, Some(options)) = (equals, slot.is_nested(), parenthesised(&value)) {
        slot.nested(&key, options, errors);
        return Ok(());
    }
    let write = if example.starts_with('(') { format!("{name}{example}") } else { format!("{name} = {example}") };
    match (equals, value.is_empty()) {
        (Some(_), false) if slot.is_nested() && parenthesised(&value).is_some() => {
            let value_text = source(&value);
            Err(error(
                &value,
                format!("`{name}` has its options in parentheses; write `{name}{value_text}`, without `=`"),
            ))
        }
        (Some(_), false) => slot
            .read(&key, value.clone())
            .map_err(|_| error(&value, format!("`{name}` takes {}; write `{write}`", slot.kind()))),
        (None, true) if slot.bare(&key) => Ok(()),
        (_, true) => Err(syn::Error::new(key.span(), format!("`{name}` has no value; write `{write}`"))),
        (None, false) if example.starts_with('(') => {
            Err(error(&value, format!("`{name}` is set in parentheses; write `{write}`")))
        }
        (None, false) => Err(error(&value, format!("`{name}` is set with `=`; write `{write}`"))),
    }
}

/// What stands in the parentheses that are all there is.
fn parenthesised(tokens: &TokenStream) -> Option<TokenStream> {
    let mut tokens = tokens.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::Parenthesis => Some(group.stream()),
        _ => None,
    }
}

/// Takes tokens up to the comma that ends an option's value.
pub(crate) fn until_comma(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut taken = TokenStream::new();
    let mut angles = 0_usize;
    while !input.is_empty() {
        // A comma between angle brackets is part of a type, unless what follows can only be the next option: a lone
        // `<` is an operator.
        if input.peek(Token![,])
            && (angles == 0 || (input.peek2(Ident::peek_any) && input.peek3(Token![=]) && !input.peek3(Token![==])))
        {
            break;
        }
        if input.peek(Token![->]) || input.peek(Token![=>]) {
            taken.extend([input.parse::<TokenTree>()?]);
        } else if input.peek(Token![<]) {
            angles += 1;
        } else if input.peek(Token![>]) {
            angles = angles.saturating_sub(1);
        }
        taken.extend([input.parse::<TokenTree>()?]);
    }
    Ok(taken)
}

pub(crate) fn error(tokens: &TokenStream, message: String) -> syn::Error {
    syn::Error::new_spanned(tokens, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{DefaultValue, List, Number};
    use quote::quote;
    use syn::{LitStr, Type};

    #[derive(Default)]
    struct All {
        name: Option<Setting<LitStr>>,
        turns: Option<Setting<Number>>,
        output: Option<Setting<Type>>,
        tools: Option<Setting<List>>,
        default: Option<Setting<DefaultValue>>,
    }

    fn read_all(tokens: TokenStream) -> (All, Vec<String>) {
        let (mut all, mut errors) = (All::default(), Errors::default());
        let mut table = [
            known("name", "\"x\"", &mut all.name),
            known("turns", "5", &mut all.turns),
            known("output", "T", &mut all.output),
            known("tools", "[x]", &mut all.tools),
            known("default", "1", &mut all.default),
        ];
        read("test", tokens, &mut table, &mut errors);
        (all, errors.messages())
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let (all, messages) = read_all(quote!(
            name = "a", turns = 3, output = Result<Vec<A>, HashMap<B, C>>, tools = [a::b, c,], default,
        ));
        assert_eq!(messages, [] as [&str; 0]);
        assert_eq!(all.name.map(|name| name.value.value()), Some("a".to_owned()));
        assert_eq!(all.output.map(|output| source(output.value)), Some("Result<Vec<A>, HashMap<B, C>>".to_owned()));
        assert_eq!(all.tools.map(|tools| tools.value.elements.len()), Some(2));
        assert!(all.turns.is_some() && all.default.is_some_and(|default| default.value.0.is_none()));
    }

    #[test]
    fn an_expression_ends_at_the_comma() {
        let (all, messages) = read_all(quote!(default = a < b, name = "x"));
        assert_eq!(messages, [] as [&str; 0]);
        assert!(all.name.is_some());
    }

    #[test]
    fn each_mistake_is_reported_and_the_rest_is_read() {
        let (all, messages) =
            read_all(quote!(nmae = "a", turns = "3", turns, tools(a), name = "x", name = "y", 7, output =));
        assert_eq!(
            messages,
            [
                "`#[test]` has no option `nmae`; did you mean `name`?\nits options are `name`, `turns`, `output`, \
                 `tools`, `default`",
                "`turns` takes a number; write `turns = 5`",
                "`turns` has no value; write `turns = 5`",
                "`tools` is set with `=`; write `tools = [x]`",
                "`name` is set twice; keep one",
                "`7` is no option; options are written `name = value`",
                "`output` has no value; write `output = T`",
            ]
        );
        assert_eq!(all.name.map(|name| name.value.value()), Some("x".to_owned()));
    }
}
