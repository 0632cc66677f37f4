//! What a provider's file may say, and what is said of one that is none.

use super::{ANY_MODEL, Api, Dialect, MissingVariable, NAMES, builtin, filled, with_model};

fn env(name: &str) -> Option<String> {
    (name == "HOST").then(|| "https://models.example/".to_owned())
}

#[test]
fn each_file_of_ours_is_one() {
    for name in NAMES {
        builtin(name).expect("it is listed").unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    assert!(builtin("nobody").is_none());
}

#[test]
fn two_lines_are_a_provider() {
    let text = "api = \"responses\"\nbase_url = \"https://models.example/v1\"";
    let mut dialect = Dialect::read(text).expect("a provider");
    assert_eq!((dialect.api, dialect.model("gpt")), (Api::Responses, "gpt"));
    dialect.models.insert(ANY_MODEL.to_owned(), "large".to_owned());
    dialect.models.insert("gpt".to_owned(), "small".to_owned());
    assert_eq!((dialect.model("gpt"), dialect.model("other")), ("small", "large"));
}

#[test]
fn what_is_wrong_is_named() {
    let start = "api = \"responses\"\nbase_url = \"https://models.example/v1\"\n";
    for (text, wrong) in [
        ("", "missing field `api`"),
        ("api = 7", "line 1"),
        (&format!("{start}base_uri = \"\""), "there is no field `base_uri`; the fields are api, base_url"),
        (&format!("{start}[key]\nvar = \"A\""), "unknown field `var`"),
        (&format!("{start}[lacks]\ntemprature = \"no\""), "temprature"),
        ("api = \"chat_completions\"\nbase_url = \"a\"\n[output]\nas = \"xml\"", "xml"),
        (&format!("{start}[lacks]\nstrict = \"no\""), "`strict` means something only with"),
        (&format!("{start}echo = []"), "`echo` means something only with"),
        ("not = [toml", "line 1"),
    ] {
        let error = Dialect::read(text).expect_err(text);
        assert!(error.contains(wrong), "{text}: {error}");
    }
    for misplaced in ["key = \"sk-secret\"", "[key]\nvariable = sk-secret"] {
        let error = Dialect::read(&format!("{start}{misplaced}")).expect_err(misplaced);
        assert!(!error.contains("sk-secret"), "{error}");
    }
}

#[test]
fn variables_are_filled_in_and_models_left_for_later() {
    let rows = [
        ("{HOST}/v1/{model}/x", Ok("https://models.example/v1/{model}/x")),
        ("{HOST=other}/x", Ok("https://models.example/x")),
        ("{PORT=80}", Ok("80")),
        ("{PORT=}", Ok("")),
        ("plain", Ok("plain")),
        ("open { brace", Ok("open { brace")),
        ("{\"team\":\"a\"}", Ok("{\"team\":\"a\"}")),
        ("a/{HOST}", Ok("a/https://models.example/")),
        ("{PORT}", Err(MissingVariable("PORT".to_owned()))),
    ];
    for (text, expected) in rows {
        assert_eq!(filled(text, &env), expected.map(str::to_owned), "{text}");
    }
    assert_eq!(with_model("/a/{model}/b", "gpt-5.6"), Some("/a/gpt-5.6/b".to_owned()));
    assert_eq!(with_model("/a/{model}/b", "../x?y"), Some("/a/..%2Fx%3Fy/b".to_owned()));
    assert_eq!(with_model("/a/b", "gpt"), None);
}
