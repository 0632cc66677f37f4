//! Texts with places for variables of the environment: `{NAME}`, or `{NAME=what else}`.

/// The variable that a text needs, and that is not set.
#[derive(Debug, PartialEq)]
pub(crate) struct MissingVariable(pub(crate) String);

/// The place of the model's name, which is filled in by each request.
const MODEL: &str = "{model}";

/// The text with its variables filled in; other braces are text. Where a slash follows, the value's own at its end is left
/// out.
///
/// # Errors
/// When one of them is not set, and nothing stands in for it.
pub(crate) fn filled(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<String, MissingVariable> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, place)) = rest.split_once('{') {
        filled.push_str(before);
        let Some(Place { name, otherwise, behind }) = Place::read(place) else {
            filled.push('{');
            rest = place;
            continue;
        };
        let value = env(name).or_else(|| otherwise.map(str::to_owned));
        let value = value.ok_or_else(|| MissingVariable(name.to_owned()))?;
        filled.push_str(if behind.starts_with('/') { value.trim_end_matches('/') } else { &value });
        rest = behind;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The place of a variable, and what follows it.
struct Place<'a> {
    name: &'a str,
    otherwise: Option<&'a str>,
    behind: &'a str,
}

impl<'a> Place<'a> {
    /// Reads what stands behind a brace, if that is a place; the model's is none.
    fn read(text: &'a str) -> Option<Self> {
        let (inside, behind) = text.split_once('}')?;
        let (name, otherwise) = inside.split_once('=').map_or((inside, None), |(name, text)| (name, Some(text)));
        let is_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        (!name.is_empty() && name.bytes().all(is_name)).then_some(Self { name, otherwise, behind })
    }
}

/// The text with the model's name filled in, as a part of a path; nothing, where it has no place for one.
pub(crate) fn with_model(text: &str, model: &str) -> Option<String> {
    text.contains(MODEL).then(|| {
        // Whatever could end the path, or leave it.
        let escaped = model.bytes().fold(String::new(), |mut path, byte| {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => path.push(char::from(byte)),
                other => path.push_str(&format!("%{other:02X}")),
            }
            path
        });
        text.replace(MODEL, &escaped)
    })
}
