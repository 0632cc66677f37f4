//! Calls that a replay cannot repeat, as far as they are spelled out in a body.
//!
//! Only known paths are looked for, by their ends: what a helper function does shows nowhere, and a method of a value
//! could be anything.

use crate::diag::{Errors, source};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Block, Expr, ExprCall, Item, Macro, Path,
    visit::{self, Visit},
};

/// What is wrong with a call, and what to write for it.
struct Misuse {
    /// The end of its path; `*` is any function there.
    path: &'static [&'static str],
    why: &'static str,
    instead: &'static str,
}

const fn misuse(path: &'static [&'static str], why: &'static str, instead: &'static str) -> Misuse {
    Misuse { path, why, instead }
}

const DIFFERS: &str = "would answer differently each time";
const AGAIN: &str = "would happen again each time";
const ELSEWHERE: &str = "would go on outside of it";

const MISUSES: [Misuse; 26] = [
    misuse(&["Instant", "now"], DIFFERS, "take the time as an argument"),
    misuse(&["SystemTime", "now"], DIFFERS, "take the time as an argument"),
    misuse(&["Utc", "now"], DIFFERS, "take the time as an argument"),
    misuse(&["Local", "now"], DIFFERS, "take the time as an argument"),
    misuse(&["OffsetDateTime", "now_utc"], DIFFERS, "take the time as an argument"),
    misuse(&["Uuid", "new_v4"], DIFFERS, "take the id as an argument"),
    misuse(&["Uuid", "now_v7"], DIFFERS, "take the id as an argument"),
    misuse(&["rand", "random"], DIFFERS, "take the number as an argument"),
    misuse(&["rand", "random_range"], DIFFERS, "take the number as an argument"),
    misuse(&["rand", "rng"], DIFFERS, "take the number as an argument"),
    misuse(&["rand", "thread_rng"], DIFFERS, "take the number as an argument"),
    misuse(&["fastrand", "*"], DIFFERS, "take the number as an argument"),
    misuse(&["env", "var"], DIFFERS, "take the setting as an argument"),
    misuse(&["env", "vars"], DIFFERS, "take the settings as an argument"),
    misuse(&["env", "args"], DIFFERS, "take the setting as an argument"),
    misuse(&["fs", "*"], AGAIN, ""),
    misuse(&["File", "open"], AGAIN, ""),
    misuse(&["File", "create"], AGAIN, ""),
    misuse(&["TcpStream", "connect"], AGAIN, ""),
    misuse(&["UdpSocket", "bind"], AGAIN, ""),
    misuse(&["reqwest", "get"], AGAIN, ""),
    misuse(&["blocking", "get"], AGAIN, ""),
    misuse(&["Command", "new"], AGAIN, ""),
    misuse(&["thread", "sleep"], AGAIN, ""),
    misuse(&["thread", "spawn"], ELSEWHERE, ""),
    misuse(&["tokio", "spawn"], ELSEWHERE, ""),
];

/// Notes what an inline tool's body does that a replay cannot repeat. Of a body that syn cannot read, nothing is known.
pub(crate) fn check(body: &TokenStream, errors: &mut Errors) {
    if let Ok(block) = syn::parse2::<Block>(body.clone()) {
        Calls(errors).visit_block(&block);
    }
}

struct Calls<'a>(&'a mut Errors);

impl<'ast> Visit<'ast> for Calls<'_> {
    // What is nested in the body is not run by being there.
    fn visit_item(&mut self, _: &'ast Item) {}

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(function) = &*call.func {
            self.look_at(&function.path);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        // Arguments of `format!` and the like are expressions; what cannot be read as a list of them is left alone.
        let arguments = call.parse_body_with(syn::punctuated::Punctuated::<Expr, syn::Token![,]>::parse_terminated);
        arguments.iter().flatten().for_each(|argument| self.visit_expr(argument));
    }
}

impl Calls<'_> {
    fn look_at(&mut self, path: &Path) {
        let Some(Misuse { why, instead, .. }) = MISUSES.iter().find(|misuse| misuse.fits(path)) else { return };
        let instead = if instead.is_empty() { String::new() } else { format!("{instead}, or ") };
        let message = format!(
            "an inline tool is run again whenever its workflow is replayed, and `{}` {why}\n\
             {instead}remove `inline`, so that the call is recorded",
            source(path)
        );
        self.0.at(path.to_token_stream(), message);
    }
}

impl Misuse {
    /// Whether it is what a path ends in.
    fn fits(&self, path: &Path) -> bool {
        let mut written = path.segments.iter().rev();
        self.path
            .iter()
            .rev()
            .all(|known| written.next().is_some_and(|segment| *known == "*" || segment.ident == known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn messages(body: &TokenStream) -> Vec<String> {
        let mut errors = Errors::default();
        check(body, &mut errors);
        errors.messages()
    }

    #[test]
    fn known_calls_are_found_wherever_they_stand() {
        for body in [
            quote!({
                std::time::Instant::now();
            }),
            quote!({
                let f = || {
                    if true { SystemTime::now() } else { loop {} }
                };
            }),
            quote!({ format!("{}", chrono::Utc::now()) }),
            quote!({ fs::read_to_string("x")? }),
            quote!({ rand::rng().random() }),
        ] {
            assert_eq!(messages(&body).len(), 1, "{body}");
        }
    }

    #[test]
    fn what_only_looks_like_one_is_not() {
        let body = quote!({
            fn helper() -> Instant {
                Instant::now()
            }
            let now = moment.now();
            clock::now();
            command.new();
            let x = 3;
        });
        assert_eq!(messages(&body), [] as [&str; 0]);
    }
}
