//! Two schemas, compared.

use super::differences;
use serde_json::Value;

/// Every place where the two differ and should not, or should and do not.
pub(super) fn mismatches(case: &str, mut theirs: Value, mut ours: Value) -> Vec<String> {
    without_titles(&mut theirs);
    without_titles(&mut ours);
    let mut found = Vec::new();
    for (group, differences) in differences::ALL {
        for difference in differences.iter().filter(|difference| difference.case == case) {
            let at = difference.at;
            let expected = difference.ours.map(|ours| {
                serde_json::from_str::<Value>(ours).unwrap_or_else(|error| panic!("{group}, {case} {at}: {error}"))
            });
            let (their, our) = (take(&mut theirs, at), take(&mut ours, at));
            if our != expected {
                found.push(mismatch(case, at, ("listed", expected.as_ref()), our.as_ref()));
            } else if our == their {
                found.push(format!("{case} {at}: listed as {group}, and there is no difference"));
            }
        }
    }
    compare(case, "", Some(&theirs), Some(&ours), &mut found);
    found
}

/// Leaves out what Python calls things: its titles are their names in other words, and tell a model nothing more.
fn without_titles(schema: &mut Value) {
    match schema {
        Value::Array(schemas) => schemas.iter_mut().for_each(without_titles),
        Value::Object(keywords) => {
            keywords.remove("title");
            for (keyword, value) in keywords {
                match (keyword.as_str(), value) {
                    // Values, not schemas: they may look like anything.
                    ("default" | "examples" | "enum" | "const", _) => {}
                    // Schemas by names, of which one may be `title`.
                    ("properties" | "$defs", Value::Object(named)) => named.values_mut().for_each(without_titles),
                    (_, value) => without_titles(value),
                }
            }
        }
        _ => {}
    }
}

/// Takes out what stands at a JSON pointer to a key, or all. No key here has a `~` or a `/` in it.
fn take(value: &mut Value, at: &str) -> Option<Value> {
    match at.rsplit_once('/') {
        None => Some(value.take()),
        Some((parent, key)) => value.pointer_mut(parent)?.as_object_mut()?.remove(key),
    }
}

/// Goes down to the smallest parts that differ. The order of keys does not count, that of lists does.
fn compare(case: &str, at: &str, theirs: Option<&Value>, ours: Option<&Value>, found: &mut Vec<String>) {
    match (theirs, ours) {
        (theirs, ours) if theirs == ours => {}
        (Some(Value::Object(theirs)), Some(Value::Object(ours))) => {
            for key in theirs.keys().chain(ours.keys().filter(|key| !theirs.contains_key(*key))) {
                compare(case, &format!("{at}/{key}"), theirs.get(key), ours.get(key), found);
            }
        }
        (Some(Value::Array(theirs)), Some(Value::Array(ours))) if theirs.len() == ours.len() => {
            for (index, (theirs, ours)) in theirs.iter().zip(ours).enumerate() {
                compare(case, &format!("{at}/{index}"), Some(theirs), Some(ours), found);
            }
        }
        (theirs, ours) => found.push(mismatch(case, at, ("theirs", theirs), ours)),
    }
}

fn mismatch(case: &str, at: &str, (whose, expected): (&str, Option<&Value>), ours: Option<&Value>) -> String {
    let text = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    format!("{case} {at}\n  {whose}: {}\n  ours:   {}", text(expected), text(ours))
}

#[test]
fn titles_go_and_what_is_called_title_stays() {
    let mut schema =
        serde_json::json!({"title": "t", "properties": {"title": {"title": "Title", "default": {"title": 1}}}});
    without_titles(&mut schema);
    assert_eq!(schema, serde_json::json!({"properties": {"title": {"default": {"title": 1}}}}));
}
