//! Names of agents that are generic: each choice of types is an agent, and activities find an agent by its name.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

/// The name of a generic agent: that of the struct, and its types without the modules they are in.
///
/// There are as many as a program has types, so they may stay in memory for good.
pub(super) fn name(of_struct: &'static str, type_name: &'static str) -> &'static str {
    static KNOWN: LazyLock<Mutex<HashMap<(&'static str, &'static str), &'static str>>> = LazyLock::new(Mutex::default);
    // Only whole entries are put in, so a poisoned lock protects nothing that could be half-written.
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry((of_struct, type_name)).or_insert_with(|| {
        let types = type_name.find('<').map_or("", |at| &type_name[at..]);
        format!("{of_struct}{}", without_modules(types)).leak()
    })
}

/// `<alloc::vec::Vec<app::Invoice>>` as `<Vec<Invoice>>`.
fn without_modules(types: &str) -> String {
    let mut short = String::new();
    let mut rest = types;
    while let Some(at) = rest.find("::") {
        let (before, after) = rest.split_at(at);
        let module = before
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        short.push_str(&before[..module]);
        rest = &after[2..];
    }
    short + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_types_without_their_modules() {
        let cases = [
            ("app::agents::Extractor<app::Invoice>", "Puller<Invoice>"),
            ("app::Extractor<alloc::vec::Vec<core::option::Option<u8>>, &str>", "Puller<Vec<Option<u8>>, &str>"),
            ("app::Extractor<(app::a::A, [app::b::B; 2]), 3>", "Puller<(A, [B; 2]), 3>"),
            ("app::Extractor", "Puller"),
        ];
        for (type_name, expected) in cases {
            assert_eq!(name("Puller", type_name), expected);
        }
        assert!(std::ptr::eq(name("Puller", cases[0].0), name("Puller", cases[0].0)), "it is made once");
    }
}
