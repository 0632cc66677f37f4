//! What the head of an answer tells of a provider's limits. Whatever is no such thing is passed over.

use chrono::DateTime;
use http::HeaderMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Limits are for minutes, hours and days. What is further away is something else: a date, as seconds since 1970.
const LONGEST_RESET: Duration = Duration::from_hours(48);

/// The names of limit, remaining and reset: OpenAI, Azure, Groq and others; Anthropic.
const REQUESTS: [[&str; 3]; 2] = [
    ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
    [
        "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ],
];
const TOKENS: [[&str; 3]; 2] = [
    ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
    ["anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"],
];

/// What an answer tells of both limits.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Told {
    pub(super) requests: Option<Said>,
    pub(super) tokens: Option<Said>,
}

/// What it tells of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Said {
    pub(super) limit: Option<u64>,
    pub(super) remaining: u64,
    /// How long until all of it is there again.
    pub(super) reset: Option<Duration>,
}

pub(super) fn read(headers: &HeaderMap) -> Told {
    let find = |names: &[[&str; 3]]| names.iter().find_map(|names| said(headers, *names));
    Told { requests: find(&REQUESTS), tokens: find(&TOKENS) }
}

fn said(headers: &HeaderMap, [limit, remaining, reset]: [&str; 3]) -> Option<Said> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let remaining = header(remaining)?.parse().ok()?;
    // Some gateways say that nothing is allowed where they mean that they do not know.
    let limit = header(limit).and_then(|text| text.parse().ok()).filter(|limit| *limit > 0);
    let reset = header(reset).and_then(|text| duration(text).or_else(|| until(text, headers)));
    Some(Said { limit, remaining, reset: reset.map(rounded_up).filter(|reset| *reset <= LONGEST_RESET) })
}

/// Whole seconds have been rounded by whoever wrote them, and who comes too early is refused.
fn rounded_up(reset: Duration) -> Duration {
    if reset.subsec_nanos() == 0 { reset.saturating_add(Duration::from_secs(1)) } else { reset }
}

/// Seconds as a number, or a duration as Go writes them: `1h2m3s`, `2m59.56s`, `20ms`.
fn duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let (mut seconds, mut rest) = (0.0, text);
    while !rest.is_empty() {
        let (number, tail) = rest.split_at(rest.find(|c: char| c.is_ascii_alphabetic())?);
        let (unit, tail) = tail.split_at(tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len()));
        let unit = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * unit;
        rest = tail;
    }
    Duration::try_from_secs_f64(seconds).ok().filter(|_| !text.is_empty())
}

/// The time until a date, by the clock of whoever wrote it, where that can be read.
fn until(text: &str, headers: &HeaderMap) -> Option<Duration> {
    let date = u64::try_from(DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis()).ok()?;
    let theirs = headers.get(http::header::DATE).and_then(|value| httpdate::parse_http_date(value.to_str().ok()?).ok());
    let now = theirs.unwrap_or_else(SystemTime::now).duration_since(UNIX_EPOCH).ok()?;
    Some(Duration::from_millis(date).saturating_sub(now))
}
