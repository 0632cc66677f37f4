//! How much code there is.

use crate::Result;
use proc_macro2::{TokenStream, TokenTree};

/// The tokens of a source; a pair of brackets counts as two. Comments are none, but documentation is.
pub(super) fn count(source: &str) -> Result<usize> {
    let tokens: TokenStream = source.parse().map_err(|error| format!("the expanded code cannot be read: {error}"))?;
    Ok(all(tokens))
}

fn all(tokens: TokenStream) -> usize {
    let each = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => 2 + all(group.stream()),
        _ => 1,
    });
    each.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_count_twice_and_comments_not_at_all() {
        assert_eq!(count("fn f(a: u8) { g(a) } // done").expect("it is code"), 13);
        assert!(count("fn f(").is_err());
    }
}
