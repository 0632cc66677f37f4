//! Mistakes in the input: collected first, then reported all at once.

use proc_macro2::TokenStream;
use quote::ToTokens;
use std::fmt::Display;

/// Every mistake found so far.
///
/// One that is not asked to [`finish`](Self::finish) would swallow mistakes.
#[must_use = "mistakes are lost unless `finish` reports them"]
#[derive(Default)]
pub(crate) struct Errors(Vec<syn::Error>);

impl Errors {
    /// Notes a mistake at `place`, from its first token to its last.
    pub(crate) fn at(&mut self, place: impl ToTokens, message: impl Display) {
        self.0.push(syn::Error::new_spanned(place.into_token_stream(), message));
    }

    /// Notes a mistake that the parser found.
    pub(crate) fn add(&mut self, error: syn::Error) {
        self.0.push(error);
    }

    /// Takes the value, or notes the mistake.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// Gives the mistakes as the tokens that make the compiler print them, if there are any.
    pub(crate) fn finish(self) -> Result<(), TokenStream> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(self.0.iter().map(syn::Error::to_compile_error).collect())
    }

    /// The messages, for tests.
    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

/// The candidate that `name` is most likely a slip of, if one is near enough.
pub(crate) fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = (name.chars().count() / 3).clamp(1, 3);
    let by_distance = candidates.into_iter().map(|candidate| (distance(name, candidate), candidate));
    by_distance.filter(|(distance, _)| *distance <= near).min_by_key(|(distance, _)| *distance).map(|(_, found)| found)
}

/// `` ; did you mean `x`? `` or nothing, to put behind a message.
pub(crate) fn suggestion<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    did_you_mean(name, candidates).map(|found| format!("; did you mean `{found}`?")).unwrap_or_default()
}

/// `` `a`, `b`, `c` ``.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// Tokens as a person would write them: `Option<String>`, not `Option < String >`.
pub(crate) fn source(tokens: impl ToTokens) -> String {
    let mut text = tokens.into_token_stream().to_string();
    for (spaced, tight) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" ::", "::"),
        (" < ", "<"),
        ("< ", "<"),
        (" >", ">"),
        ("& ", "&"),
        (" ,", ","),
        (" ;", ";"),
        ("' ", "'"),
        (" (", "("),
        ("- ", "-"),
    ] {
        text = text.replace(spaced, tight);
    }
    text
}

/// How many characters have to be put in, taken out, replaced, or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[test]
    fn slips_are_recognised() {
        let options = ["name", "timeout", "retries", "task_queue"];
        assert_eq!(did_you_mean("timout", options), Some("timeout"));
        assert_eq!(did_you_mean("tiemout", options), Some("timeout"));
        assert_eq!(did_you_mean("taskqueue", options), Some("task_queue"));
        assert_eq!(did_you_mean("nmae", options), Some("name"));
    }

    #[test]
    fn what_is_far_away_is_not_suggested() {
        assert_eq!(did_you_mean("description", ["name", "timeout"]), None);
        assert_eq!(did_you_mean("x", ["name"]), None);
        assert_eq!(did_you_mean("x", []), None);
    }

    #[test]
    fn distance_counts_a_swap_as_one() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "acb"), 1);
        assert_eq!(distance("abc", "abc"), 0);
    }

    #[test]
    fn tokens_read_like_source() {
        assert_eq!(source(quote!(Option<&'a [u8; 4]>)), "Option<&'a [u8; 4]>");
        assert_eq!(
            source(quote!(std::collections::HashMap<String, Vec<u8>>)),
            "std::collections::HashMap<String, Vec<u8>>"
        );
    }

    #[test]
    fn all_mistakes_are_reported() {
        let mut errors = Errors::default();
        errors.at(quote!(a), "first");
        assert_eq!(errors.keep(syn::parse2::<syn::Ident>(quote!(1))), None);
        let tokens = errors.finish().expect_err("two mistakes").to_string();
        assert_eq!(tokens.matches("compile_error").count(), 2);
        assert!(Errors::default().finish().is_ok());
    }
}
