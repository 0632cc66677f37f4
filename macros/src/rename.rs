//! The crate by another name: what is generated says `::steadfast`, and `crate = ..` says where that is.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::Path;

/// Writes `path`, if there is one, wherever generated code says `::steadfast::__private`.
pub(crate) fn crate_path(tokens: TokenStream, path: Option<&Path>) -> TokenStream {
    match path {
        Some(path) => renamed(tokens, path),
        None => tokens,
    }
}

fn renamed(tokens: TokenStream, path: &Path) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut written = TokenStream::new();
    let mut rest = tokens.as_slice();
    while let [first, after @ ..] = rest {
        if let [colon, second, TokenTree::Ident(name), third, fourth, TokenTree::Ident(private), ..] = rest
            && [colon, second, third, fourth].into_iter().all(is_colon)
            && name == "steadfast"
            && private == "__private"
        {
            written.extend(quote_spanned!(name.span()=> #path));
            rest = &rest[3..];
            continue;
        }
        match first {
            TokenTree::Group(group) => {
                let mut inside = Group::new(group.delimiter(), renamed(group.stream(), path));
                inside.set_span(group.span());
                written.extend([TokenTree::Group(inside)]);
            }
            other => written.extend([other.clone()]),
        }
        rest = after;
    }
    written
}

fn is_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[test]
    fn only_the_way_in_is_renamed() {
        let path = syn::parse_quote!(my::sf);
        let generated =
            quote!(f::<::steadfast::__private::Tool>(::steadfast::other, steadfast, { ::steadfast::__private::X }));
        let expected = quote!(f::<my::sf::__private::Tool>(::steadfast::other, steadfast, { my::sf::__private::X }));
        assert_eq!(crate_path(generated, Some(&path)).to_string(), expected.to_string());
    }
}
