//! Instructions with `{field}` in them: which fields are used, and whether they exist.

use crate::diag::{Errors, listed, suggestion};
use proc_macro2::Ident;
use syn::{Fields, LitStr, ext::IdentExt};

/// Instructions whose placeholders are all fields.
pub(crate) struct Instructions<'a> {
    pub(crate) text: LitStr,
    /// The fields used, each once.
    pub(crate) fields: Vec<&'a Ident>,
}

impl<'a> Instructions<'a> {
    pub(crate) fn check(text: LitStr, owner: &Ident, fields: &'a Fields, errors: &mut Errors) -> Option<Self> {
        let names = match placeholders(&text.value()) {
            Ok(names) => names,
            Err(message) => {
                errors.at(&text, message);
                return None;
            }
        };
        let mut used: Vec<&Ident> = Vec::new();
        let mut complete = true;
        for name in names {
            match fields.iter().filter_map(|field| field.ident.as_ref()).find(|ident| ident.unraw() == name) {
                Some(field) if used.contains(&field) => {}
                Some(field) => used.push(field),
                None => {
                    errors.at(&text, unknown(&name, owner, fields));
                    complete = false;
                }
            }
        }
        complete.then_some(Self { text, fields: used })
    }
}

fn unknown(name: &str, owner: &Ident, fields: &Fields) -> String {
    let known: Vec<String> =
        fields.iter().filter_map(|field| field.ident.as_ref()).map(|ident| ident.unraw().to_string()).collect();
    let known = || known.iter().map(String::as_str);
    let near = suggestion(name, known());
    let second = match known().count() {
        0 => "it has no fields; add one, or write `{{` for a brace that is just text".to_owned(),
        _ => format!("its fields are {}; for a brace that is just text write `{{{{`", listed(known())),
    };
    format!("`{owner}` has no field `{name}`{near}\n{second}")
}

/// The names between the braces of a format string, each once, in order.
///
/// It follows the grammar of `std::fmt` as far as names go; what is wrong with a specification otherwise, the
/// compiler says when it meets the `format!`.
fn placeholders(text: &str) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let brace = &rest[at..=at];
        let after = &rest[at + 1..];
        if let Some(escaped) = after.strip_prefix(brace) {
            rest = escaped;
            continue;
        }
        if brace == "}" {
            return Err("a `}` opens nowhere; for a brace that is just text write `}}`".to_owned());
        }
        let Some((inside, behind)) = after.split_once('}') else {
            return Err("a `{` is never closed; for a brace that is just text write `{{`".to_owned());
        };
        for name in names_in(inside)? {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        rest = behind;
    }
    Ok(names)
}

/// The names in `field:>width$.precision$`.
fn names_in(inside: &str) -> Result<Vec<String>, String> {
    let (name, specification) = inside.split_once(':').unwrap_or((inside, ""));
    let name = name.trim_end();
    let is_name = |name: &str| syn::parse_str::<Ident>(name).is_ok() || is_keyword(name);
    if !is_name(name) {
        let message =
            format!("`{{{inside}}}` names no field; write `{{field}}`, or `{{{{` for a brace that is just text");
        return Err(message);
    }
    let mut names = vec![name.to_owned()];
    // Width and precision may be taken from a value too, which is then followed by a `$`.
    let mut pieces: Vec<&str> = specification.split('$').collect();
    pieces.pop();
    for piece in pieces {
        let start = piece
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
            .map_or(0, |at| at + piece[at..].chars().next().map_or(1, char::len_utf8));
        let name = piece[start..].trim_start_matches('0');
        if !is_name(name) {
            return Err(format!(
                "`{{{inside}}}` counts values, and there are none to count; write the width as a number or as `field$`"
            ));
        }
        names.push(name.to_owned());
    }
    if specification.contains(".*") {
        return Err(format!(
            "`{{{inside}}}` takes its precision from a list, and there is none; write `.2` or `.field$`"
        ));
    }
    Ok(names)
}

/// Keywords are no identifiers to syn, but `{type}` is fine for a field `r#type`.
fn is_keyword(name: &str) -> bool {
    syn::parse_str::<Ident>(&format!("r#{name}")).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>, String> {
        placeholders(text)
    }

    #[test]
    fn fields_are_found_once_each() {
        assert_eq!(names("Spend {budget} of {budget} in {days:?} days."), Ok(vec!["budget".into(), "days".into()]));
        assert_eq!(names("{budget:.2} {budget:>8} {type}"), Ok(vec!["budget".into(), "type".into()]));
        assert_eq!(names("{über}"), Ok(vec!["über".into()]));
    }

    #[test]
    fn braces_can_be_text() {
        assert_eq!(names("Answer as {{\"cost\": 1}}, not {{{budget}}}."), Ok(vec!["budget".into()]));
        assert_eq!(names(""), Ok(vec![]));
    }

    #[test]
    fn widths_are_fields_too() {
        assert_eq!(names("{a:w$} {a:é>w$.p$}"), Ok(vec!["a".into(), "w".into(), "p".into()]));
        assert_eq!(names("{a:08}"), Ok(vec!["a".into()]));
    }

    #[test]
    fn what_counts_is_refused() {
        for text in ["{}", "{0}", "{:?}", "{a:1$}", "{a:.*}", "{a b}", "{a.b}", "{ }"] {
            assert!(names(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lone_braces_are_refused() {
        assert!(names("{budget").is_err_and(|message| message.contains("never closed")));
        assert!(names("budget}").is_err_and(|message| message.contains("opens nowhere")));
    }
}
