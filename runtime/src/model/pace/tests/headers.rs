//! The forms in which providers tell of their limits, and what is none of them.

use super::{super::headers::read, headers, of_requests, of_tokens, seconds};
use std::time::{Duration, SystemTime};

fn reset(text: &str) -> Option<Duration> {
    read(&of_requests("60", "0", text)).requests.expect("the rest is in order").reset
}

#[test]
fn resets_are_durations_in_many_forms() {
    let table = [
        ("20ms", 0.02),
        ("2m59.56s", 179.56),
        ("59.9", 59.9),
        ("1h2m3.5s", 3_723.5),
        // Whole seconds may have been rounded.
        ("1s", 2.0),
        ("6m0s", 361.0),
        ("1h2m3s", 3_724.0),
        ("1d", 86_401.0),
        ("12", 13.0),
        (" 0 ", 1.0),
        ("1000ms", 2.0),
    ];
    for (text, expected) in table {
        assert_eq!(reset(text), Some(seconds(expected)), "{text}");
    }
}

#[test]
fn what_is_no_reset_is_none() {
    let garbled = [
        "",
        " ",
        "soon",
        "-1",
        "-5s",
        "1x",
        "s",
        "1.2.3s",
        "1s2",
        "NaN",
        "inf",
        "1e300",
        "1e300s",
        "1717171717",
        "99999h",
        "99999999999999999999",
        "s1",
        "1 s",
        "+",
        "0x10",
        "2026-13-45T99:99:99Z",
        "1s1s1s1q",
    ];
    for text in garbled {
        assert_eq!(reset(text), None, "{text}");
    }
}

#[test]
fn a_date_is_read_by_the_clock_of_who_wrote_it() {
    let told = |reset: &str, date: Option<&str>| {
        let mut all = headers(&[
            ("anthropic-ratelimit-requests-limit", "50"),
            ("anthropic-ratelimit-requests-remaining", "3"),
            ("anthropic-ratelimit-requests-reset", reset),
            ("anthropic-ratelimit-tokens-limit", "40000"),
            ("anthropic-ratelimit-tokens-remaining", "39000"),
        ]);
        all.extend(headers(&[("date", date.unwrap_or("yesterday"))]));
        read(&all)
    };
    let date = Some("Mon, 01 Jun 2026 10:00:00 GMT");
    for (reset, expected) in [
        ("2026-06-01T10:00:20Z", 21.0),
        ("2026-06-01T10:00:20.25Z", 20.25),
        ("2026-06-01T12:00:20+02:00", 21.0),
        ("2026-06-01T09:00:00Z", 1.0),
    ] {
        let said = told(reset, date).requests.expect("it tells");
        assert_eq!((said.limit, said.remaining, said.reset), (Some(50), 3, Some(seconds(expected))), "{reset}");
    }
    assert_eq!(told("2030-01-01T00:00:00Z", date).requests.expect("it tells").reset, None);
    assert_eq!(told("1900-01-01T00:00:00Z", date).requests.expect("it tells").reset, None);
    let tokens = told("2026-06-01T10:00:20Z", date).tokens.expect("it tells");
    assert_eq!((tokens.limit, tokens.remaining, tokens.reset), (Some(40_000), 39_000, None));

    // Without their clock, by ours.
    let soon = chrono::DateTime::from_timestamp_millis(
        i64::try_from(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("now").as_millis()).expect("now")
            + 30_500,
    );
    let soon = told(&format!("{:?}", soon.expect("a date")).replace("UTC", "Z"), None).requests.expect("it tells");
    assert!((29.0..=31.6).contains(&soon.reset.expect("a date").as_secs_f64()), "{soon:?}");
}

#[test]
fn nothing_is_told_without_a_count() {
    for garbled in ["", "-1", "many", "1.5", "99999999999999999999999", "0x1", "1e3", "1,000"] {
        assert_eq!(read(&of_requests("60", garbled, "1s")).requests, None, "{garbled}");
    }
    let said = read(&of_tokens("0", "18446744073709551615", "1s"));
    assert_eq!(said.requests, None);
    assert_eq!(said.tokens.map(|said| (said.limit, said.remaining)), Some((None, u64::MAX)));
    let bytes = http::HeaderValue::from_bytes(b"\xff\xfe").expect("a header");
    let raw = [(http::HeaderName::from_static("x-ratelimit-remaining-requests"), bytes)].into_iter().collect();
    assert_eq!(read(&raw), super::super::headers::Told::default());
}

#[test]
fn images_are_no_text() {
    use super::super::size;
    assert_eq!(size::model(br#"{"model":"gpt-5","input":[]}"#), "gpt-5");
    assert_eq!(size::model(br#"{"input":[],"model":"gpt-5"}"#), "");
    assert_eq!(size::tokens(&super::body("m", 250)), 250);
    let image = format!(r#"{{"image_url":"data:image/png;base64,{}=="}}"#, "iVBORw0K".repeat(100_000));
    assert!((1_000..1_010).contains(&size::tokens(image.as_bytes())));
    let text = "Wörter und Wörter ".repeat(1_000);
    assert!((4_990..5_010).contains(&size::tokens(text.as_bytes())), "{}", size::tokens(text.as_bytes()));
    for none in
        ["", "[]", r#"{"usage": null}"#, r#"{"usage": {"input_tokens": -1, "output_tokens": 1}}"#, "{\"usage\": {}}"]
    {
        assert_eq!(size::spent(none.as_bytes()), None, "{none}");
    }
}
