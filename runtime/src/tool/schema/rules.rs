//! Rules for an argument beyond its type, as keywords of its schema.

use serde::Serialize;
use serde_json::{Map, Value};

/// What an argument must be beyond its type; made by `#[arg(range(..), length(..), pattern = "..", inner(..))]`.
#[derive(Debug, Default)]
pub struct Rules {
    keywords: Map<String, Value>,
    length: Length,
    inner: Option<Box<Rules>>,
}

/// The words for it depend on what has the length.
#[derive(Debug, Default)]
struct Length {
    least: Option<Value>,
    most: Option<Value>,
}

impl Rules {
    /// The least a number may be.
    #[must_use]
    pub fn at_least(self, least: impl Serialize) -> Self {
        self.with("minimum", least)
    }

    /// The most a number may be.
    #[must_use]
    pub fn at_most(self, most: impl Serialize) -> Self {
        self.with("maximum", most)
    }

    /// The regular expression that a text has to match somewhere.
    #[must_use]
    pub fn matching(self, pattern: impl Into<String>) -> Self {
        self.with("pattern", pattern.into())
    }

    /// How many characters a text has at least, or things a list.
    #[must_use]
    pub fn no_shorter(mut self, least: impl Serialize) -> Self {
        self.length.least = serde_json::to_value(least).ok();
        self
    }

    /// How many characters a text has at most, or things a list.
    #[must_use]
    pub fn no_longer(mut self, most: impl Serialize) -> Self {
        self.length.most = serde_json::to_value(most).ok();
        self
    }

    /// The rules for each thing in a list.
    #[must_use]
    pub fn inner(mut self, rules: impl FnOnce(Self) -> Self) -> Self {
        self.inner = Some(Box::new(rules(Self::default())));
        self
    }

    fn with(mut self, keyword: &str, value: impl Serialize) -> Self {
        // A number that JSON cannot write, such as infinity, bounds nothing.
        if let Ok(value) = serde_json::to_value(value)
            && !value.is_null()
        {
            self.keywords.insert(keyword.to_owned(), value);
        }
        self
    }

    /// Adds the rules to a schema, or says which of them cannot hold for its type.
    pub(super) fn apply(self, schema: &mut Value) -> Result<(), String> {
        let Self { keywords, length: Length { least, most }, inner } = self;
        let Value::Object(schema) = schema else { return Err("there is no type that a rule could hold for".into()) };
        let is = |kinds: &[&str]| match schema.get("type") {
            Some(Value::String(one)) => kinds.contains(&one.as_str()),
            Some(Value::Array(several)) => {
                several.iter().any(|one| one.as_str().is_some_and(|one| kinds.contains(&one)))
            }
            // A reference, or anything: it shows when a value is there.
            _ => true,
        };
        for (keyword, kinds) in [("minimum", &["integer", "number"][..]), ("pattern", &["string"])] {
            if keywords.contains_key(keyword) && !is(kinds) {
                return Err(format!("`{keyword}` is a rule for a {}", kinds.join(" or a ")));
            }
        }
        let (shortest, longest) = if is(&["array"]) && !is(&["string"]) {
            ("minItems", "maxItems")
        } else if is(&["string"]) {
            ("minLength", "maxLength")
        } else if least.is_some() || most.is_some() {
            return Err("only a text or a list has a length".to_owned());
        } else {
            ("", "")
        };
        schema.extend(keywords);
        schema.extend(least.map(|least| (shortest.to_owned(), least)));
        schema.extend(most.map(|most| (longest.to_owned(), most)));
        match (inner, schema.get_mut("items")) {
            (None, _) => Ok(()),
            (Some(inner), Some(items)) => inner.apply(items),
            (Some(_), None) => Err("only a list holds something".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn applied(rules: Rules, mut schema: Value) -> Result<Value, String> {
        rules.apply(&mut schema).map(|()| schema)
    }

    #[test]
    fn rules_are_keywords_of_the_type() {
        let rules = || Rules::default().no_shorter(1).no_longer(3);
        assert_eq!(
            applied(rules().matching("^a"), json!({"type": "string"})),
            Ok(json!({"type": "string", "pattern": "^a", "minLength": 1, "maxLength": 3}))
        );
        let list = rules().inner(|inner| inner.at_least(0.5).at_most(2));
        assert_eq!(
            applied(list, json!({"type": ["array", "null"], "items": {"type": "number"}})),
            Ok(json!({"type": ["array", "null"], "items": {"type": "number", "minimum": 0.5, "maximum": 2},
                "minItems": 1, "maxItems": 3}))
        );
    }

    #[test]
    fn what_cannot_hold_is_refused() {
        let refused = |rules, schema| applied(rules, schema).expect_err("it cannot hold");
        let text = json!({"type": "string"});
        assert!(refused(Rules::default().at_least(1), text.clone()).contains("`minimum`"));
        assert!(refused(Rules::default().matching("a"), json!({"type": "integer"})).contains("`pattern`"));
        assert!(refused(Rules::default().no_longer(1), json!({"type": "integer"})).contains("has a length"));
        assert!(refused(Rules::default().inner(|inner| inner), text).contains("holds something"));
    }
}
