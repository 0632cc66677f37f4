//! What stands in a macro's call, as far as it can be read.

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Expr, Ident, Pat, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
    punctuated::Punctuated,
};

/// The expressions in a macro's input: a list as `join!` takes it, or arms as `select!` does.
pub(crate) fn expressions(tokens: &TokenStream) -> Vec<Expr> {
    read(tokens).unwrap_or_default()
}

/// The same, and where the input is of another form, as that of `json!` is, whatever in it can be read as an expression.
pub(crate) fn expressions_within(tokens: &TokenStream) -> Vec<Expr> {
    read(tokens).unwrap_or_else(|| pieces(tokens))
}

fn read(tokens: &TokenStream) -> Option<Vec<Expr>> {
    let list = Punctuated::<Expr, Token![,]>::parse_terminated;
    let repeated = |input: ParseStream<'_>| {
        let value: Expr = input.parse()?;
        input.parse::<Token![;]>()?;
        Ok(vec![value, input.parse()?])
    };
    let list = list.parse2(tokens.clone()).map(|list| list.into_iter().collect());
    list.or_else(|_| repeated.parse2(tokens.clone())).or_else(|_| arms.parse2(tokens.clone())).ok()
}

/// `biased;`, then `pattern = future, if condition => expression` or `else => expression`.
fn arms(input: ParseStream<'_>) -> syn::Result<Vec<Expr>> {
    if input.peek(Ident) && input.peek2(Token![;]) {
        input.parse::<Ident>()?;
        input.parse::<Token![;]>()?;
    }
    let mut expressions = Vec::new();
    while !input.is_empty() {
        if input.peek(Ident::peek_any) && input.peek2(Token![=>]) {
            input.call(Ident::parse_any)?;
        } else {
            Pat::parse_multi_with_leading_vert(input)?;
            input.parse::<Token![=]>()?;
            expressions.push(input.parse()?);
            if input.peek(Token![,]) && input.peek2(Token![if]) {
                input.parse::<Token![,]>()?;
                input.parse::<Token![if]>()?;
                expressions.push(input.parse()?);
            }
        }
        input.parse::<Token![=>]>()?;
        expressions.push(input.call(Expr::parse_with_earlier_boundary_rule)?);
        input.parse::<Option<Token![,]>>()?;
    }
    Ok(expressions)
}

/// What stands between commas, colons, semicolons and arrows, and what stands so in brackets.
fn pieces(tokens: &TokenStream) -> Vec<Expr> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is = |at: usize, mark: char| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == mark);
    let divides = |at: usize| {
        let colon = is(at, ':') && !is(at + 1, ':') && !(at > 0 && is(at - 1, ':'));
        let arrow = is(at, '=') && is(at + 1, '>') || is(at, '>') && at > 0 && is(at - 1, '=');
        is(at, ',') || is(at, ';') || colon || arrow
    };
    let mut expressions = Vec::new();
    let mut piece = Vec::new();
    for at in 0..=tokens.len() {
        if at < tokens.len() && !divides(at) {
            piece.push(tokens[at].clone());
            continue;
        }
        let piece = std::mem::take(&mut piece);
        match syn::parse2(piece.iter().cloned().collect()) {
            Ok(expression) => expressions.push(expression),
            Err(_) => expressions.extend(piece.iter().flat_map(|token| match token {
                TokenTree::Group(group) => expressions_within(&group.stream()),
                _ => Vec::new(),
            })),
        }
    }
    expressions
}
