//! What an argument must be beyond its type: `range`, `length`, `pattern`, and `inner` for what a list holds.

use super::args::{Length, Pattern, Range, Rules};
use crate::{
    diag::{Errors, source},
    options::Setting,
    types::{self, Shape},
    values::DefaultValue,
};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, Type};

impl Rules {
    /// Notes rules that cannot hold for the type, as far as that shows.
    pub(crate) fn check(&self, name: &str, ty: &Type, errors: &mut Errors) {
        let Self { range, length, pattern, regex, inner } = self;
        let shape = Shape::of(ty);
        if let Some(Setting { key, value: Range { min, max } }) = range {
            match shape {
                Shape::Text => errors.at(key, format!("`{name}` is text, and has no range; write `length(..)`")),
                Shape::List(_) => errors.at(
                    key,
                    format!("`{name}` is a list; write `length(..)`, or `inner(range(..))` for what it holds"),
                ),
                Shape::Flag => errors.at(key, format!("`{name}` is `true` or `false`, and has no range; remove it")),
                Shape::Number | Shape::Unknown => {}
            }
            in_order(key, min.as_ref(), max.as_ref(), errors);
        }
        if let Some(Setting { key, value: Length { min, max, equal } }) = length {
            match shape {
                Shape::Number => errors.at(key, format!("`{name}` is a number, and has no length; write `range(..)`")),
                Shape::Flag => errors.at(key, format!("`{name}` is `true` or `false`, and has no length; remove it")),
                Shape::Text | Shape::List(_) | Shape::Unknown => {}
            }
            if let (Some(equal), true) = (equal, min.is_some() || max.is_some()) {
                errors.at(&equal.key, "`equal` says all there is to say; remove `min` and `max`");
            }
            in_order(key, min.as_ref(), max.as_ref(), errors);
        }
        for Setting { key, .. } in [pattern, regex].into_iter().flatten() {
            match shape {
                Shape::Number | Shape::Flag => {
                    errors.at(key, format!("`{name}` is no text, and matches no pattern; remove it"));
                }
                Shape::List(_) => {
                    errors.at(key, format!("`{name}` is a list; write `inner(pattern = ..)` for what it holds"));
                }
                Shape::Text | Shape::Unknown => {}
            }
        }
        if let (Some(first), Some(second)) = (pattern, regex) {
            errors.at(&second.key, format!("`{}` is set already; keep one of the two", first.key));
        }
        if let Some(Setting { key, value: rules }) = inner {
            match shape {
                Shape::List(held) => rules.check(&format!("{name}[..]"), held, errors),
                Shape::Unknown => {}
                _ => errors.at(key, format!("`{name}` is no list, and holds nothing; remove `inner`")),
            }
        }
    }
}

impl Rules {
    /// Notes a default that breaks a rule, as far as that shows: the model would be told of one that it may not use.
    pub(super) fn check_default(&self, name: &str, default: &DefaultValue, errors: &mut Errors) {
        let Some(Setting { value: Range { min, max }, .. }) = &self.range else { return };
        let DefaultValue(Some(written)) = default else { return };
        let Some(value) = types::number(written) else { return };
        let bound = |bound: &Option<Setting<Expr>>| bound.as_ref().and_then(|bound| types::number(&bound.value));
        let is_over = bound(max).is_some_and(|most| value > most);
        if is_over || bound(min).is_some_and(|least| value < least) {
            errors.at(written, format!("the default of `{name}` is outside its own `range`; change one of the two"));
        }
    }
}

/// Notes two numbers that no value can lie between.
fn in_order(key: &Ident, min: Option<&Setting<Expr>>, max: Option<&Setting<Expr>>, errors: &mut Errors) {
    if min.is_none() && max.is_none() {
        return;
    }
    if let (Some(min), Some(max)) = (min, max)
        && let (Some(least), Some(most)) = (types::number(&min.value), types::number(&max.value))
        && least > most
    {
        let (min, max) = (source(&min.value), source(&max.value));
        errors.at(key, format!("nothing is at least {min} and at most {max}; swap the two"));
    }
}

/// Written as calls on the runtime's builder.
impl ToTokens for Rules {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { range, length, pattern, regex, inner } = self;
        if let Some(Setting { value: Range { min, max }, .. }) = range {
            tokens.extend(min.iter().map(|Setting { value, .. }| quote!(.at_least(#value))));
            tokens.extend(max.iter().map(|Setting { value, .. }| quote!(.at_most(#value))));
        }
        if let Some(Setting { value: Length { min, max, equal }, .. }) = length {
            tokens.extend(min.iter().chain(equal).map(|Setting { value, .. }| quote!(.no_shorter(#value))));
            tokens.extend(max.iter().chain(equal).map(|Setting { value, .. }| quote!(.no_longer(#value))));
        }
        tokens.extend(
            [pattern, regex]
                .into_iter()
                .flatten()
                .map(|Setting { value: Pattern(pattern), .. }| quote!(.matching(#pattern))),
        );
        if let Some(Setting { value: rules, .. }) = inner {
            tokens.extend(quote!(.inner(|__rules| __rules #rules)));
        }
    }
}
