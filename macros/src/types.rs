//! Types as they are written, which is all a macro can see of them.

use crate::diag::{Errors, source};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, ExprLit, ExprUnary, GenericArgument, Lit, PathArguments, PathSegment, Type, UnOp};

/// The last segment of a type that is a path.
pub(crate) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(ty) if ty.qself.is_none() => ty.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

/// The first type between a segment's angle brackets.
pub(crate) fn first_type(segment: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// Where `impl Trait` is written, however deep.
pub(crate) fn impl_trait(tokens: TokenStream) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident == "impl" => Some(ident),
        TokenTree::Group(group) => impl_trait(group.stream()),
        _ => None,
    })
}

/// Notes an argument that cannot be made from JSON, which is all that a tool or a workflow is given.
pub(crate) fn check_argument(name: &str, ty: &Type, errors: &mut Errors) -> bool {
    if let Some(place) = impl_trait(ty.to_token_stream()) {
        errors.at(place, format!("`{name}` comes from JSON, which needs to know its type; write the type out"));
        return false;
    }
    let owned = owned(ty);
    let borrows = owned.to_token_stream().to_string() != ty.to_token_stream().to_string();
    if borrows {
        errors.at(ty, format!("`{name}` comes from JSON and must be owned; write `{}`", source(owned)));
    }
    !borrows
}

/// The type with everything borrowed in it replaced by what would own it.
fn owned(ty: &Type) -> Type {
    match ty {
        Type::Reference(reference) => match &*reference.elem {
            Type::Slice(slice) => {
                let element = owned(&slice.elem);
                syn::parse_quote!(Vec<#element>)
            }
            elem if last_segment(elem).is_some_and(|last| last.ident == "str") => syn::parse_quote!(String),
            elem if last_segment(elem).is_some_and(|last| last.ident == "Path") => syn::parse_quote!(PathBuf),
            elem => owned(elem),
        },
        Type::Path(path) => {
            let mut path = path.clone();
            for segment in &mut path.path.segments {
                if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                    for argument in &mut arguments.args {
                        match argument {
                            GenericArgument::Type(ty) => *ty = owned(ty),
                            GenericArgument::Lifetime(lifetime) => {
                                lifetime.ident = Ident::new("static", lifetime.span());
                            }
                            _ => {}
                        }
                    }
                }
            }
            Type::Path(path)
        }
        Type::Tuple(tuple) => {
            let mut tuple = tuple.clone();
            tuple.elems.iter_mut().for_each(|ty| *ty = owned(ty));
            Type::Tuple(tuple)
        }
        other => other.clone(),
    }
}

const NUMBERS: [&str; 14] =
    ["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64"];

/// What kind of JSON a type is written as, as far as its name tells.
#[derive(Clone, Copy)]
pub(crate) enum Shape<'a> {
    Number,
    Text,
    Flag,
    /// A list, and the type of what it holds.
    List(&'a Type),
    Unknown,
}

impl<'a> Shape<'a> {
    pub(crate) fn of(ty: &'a Type) -> Self {
        if let Type::Array(array) = ty {
            return Self::List(&array.elem);
        }
        let Some(last) = last_segment(ty) else { return Self::Unknown };
        match (last.ident.to_string().as_str(), first_type(last)) {
            (name, None) if NUMBERS.contains(&name) => Self::Number,
            ("String" | "char", None) => Self::Text,
            ("bool", None) => Self::Flag,
            ("Option" | "Box", Some(inner)) => Self::of(inner),
            ("Vec" | "HashSet" | "BTreeSet" | "VecDeque" | "IndexSet", Some(inner)) => Self::List(inner),
            _ => Self::Unknown,
        }
    }
}

/// A number that is written out.
pub(crate) fn number(expression: &Expr) -> Option<f64> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => int.base10_digits().parse().ok(),
        Expr::Lit(ExprLit { lit: Lit::Float(float), .. }) => float.base10_digits().parse().ok(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => number(expr).map(|number| -number),
        _ => None,
    }
}

/// Notes what strict mode has no words for: a provider would refuse every request with the tool in it.
pub(crate) fn check_strict(name: &str, ty: &Type, errors: &mut Errors) {
    let Some(last) = last_segment(ty) else {
        match ty {
            Type::Tuple(tuple) => tuple.elems.iter().for_each(|ty| check_strict(name, ty, errors)),
            Type::Array(array) => check_strict(name, &array.elem, errors),
            _ => {}
        }
        return;
    };
    let instead = match last.ident.to_string().as_str() {
        "HashMap" | "BTreeMap" | "IndexMap" if first_type(last).is_some() => {
            "an open map, and strict mode takes only keys that are known; use a list of key and value"
        }
        "Value" if last.arguments.is_none() => "any JSON, and strict mode needs to know what; write a type for it",
        "u128" | "i128" if last.arguments.is_none() => {
            "larger than the numbers of JSON; use `u64`, or a `String` that you parse"
        }
        _ => {
            if let PathArguments::AngleBracketed(arguments) = &last.arguments {
                for argument in &arguments.args {
                    if let GenericArgument::Type(ty) = argument {
                        check_strict(name, ty, errors);
                    }
                }
            }
            return;
        }
    };
    errors.at(ty, format!("`{name}` may be {instead}\nor write `#[tool(strict = false)]`"));
}

/// Whether a parameter is filled in by the worker: a macro can tell only by the type's name.
pub(crate) enum Injected<'a> {
    No,
    State(&'a Type),
    Context,
    /// The context of the run.
    Run(&'a Type),
    /// One of them behind a reference.
    Borrowed(&'a Type),
}

impl<'a> Injected<'a> {
    pub(crate) fn of(ty: &'a Type) -> Self {
        if let Type::Reference(reference) = ty {
            return match Self::of(&reference.elem) {
                Self::No => Self::No,
                _ => Self::Borrowed(&reference.elem),
            };
        }
        match last_segment(ty) {
            Some(last) if last.ident == "State" => first_type(last).map_or(Self::No, Self::State),
            Some(last) if last.ident == "RunContext" => first_type(last).map_or(Self::No, Self::Run),
            Some(last) if last.ident == "ToolContext" && last.arguments.is_none() => Self::Context,
            _ => Self::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned_source(text: &str) -> String {
        source(owned(&syn::parse_str(text).expect("a type")))
    }

    #[test]
    fn what_borrows_has_an_owner() {
        assert_eq!(owned_source("&str"), "String");
        assert_eq!(owned_source("&'static str"), "String");
        assert_eq!(owned_source("Option<&str>"), "Option<String>");
        assert_eq!(owned_source("&[&str]"), "Vec<String>");
        assert_eq!(owned_source("&std::path::Path"), "PathBuf");
        assert_eq!(owned_source("&mut Wish"), "Wish");
        assert_eq!(owned_source("Cow<'_, str>"), "Cow<'static, str>");
    }

    #[test]
    fn owned_types_are_left_alone() {
        for text in ["String", "Vec<Option<u8>>", "HashMap<String, (u8, Wish)>", "[u8; 4]", "Cow<'static, str>"] {
            let mut errors = Errors::default();
            assert!(check_argument("x", &syn::parse_str(text).expect("a type"), &mut errors), "{text}");
        }
    }

    #[test]
    fn impl_trait_is_found_at_any_depth() {
        for text in ["impl Into<String>", "Vec<impl Clone>", "(u8, Option<impl Clone>)"] {
            let mut errors = Errors::default();
            assert!(!check_argument("x", &syn::parse_str(text).expect("a type"), &mut errors), "{text}");
            assert_eq!(errors.messages(), ["`x` comes from JSON, which needs to know its type; write the type out"]);
        }
    }
}
