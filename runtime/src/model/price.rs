//! What tokens cost: a table that the user gives, and sums of money that do not lose a fraction.

use super::Usage;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, ops::AddAssign};

/// Billionths in one unit of the currency.
const NANOS: f64 = 1e9;

/// A sum of money, in whatever currency the [`Prices`] are in, exact to a billionth.
///
/// In JSON it is the number of billionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cost {
    nanos: u64,
}

impl Cost {
    /// So many units of the currency; what is negative or no number is nothing.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of floats stops at the bounds")]
    #[must_use]
    pub const fn of(units: f64) -> Self {
        // Half up: `f64::round` is not for constants.
        Self { nanos: (units * NANOS + 0.5) as u64 }
    }

    /// In units of the currency.
    #[expect(clippy::cast_precision_loss, reason = "it is for showing")]
    #[must_use]
    pub fn units(self) -> f64 {
        self.nanos as f64 / NANOS
    }

    pub(crate) const fn from_nanos(nanos: u64) -> Self {
        Self { nanos }
    }

    /// In billionths of a unit.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.nanos
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(crate) fn is_nothing(&self) -> bool {
        self.nanos == 0
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.nanos = self.nanos.saturating_add(other.nanos);
    }
}

/// As many decimals as there are.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNIT: u64 = 1_000_000_000;
        let (units, rest) = (self.nanos / UNIT, self.nanos % UNIT);
        let decimals = format!("{rest:09}");
        match decimals.trim_end_matches('0') {
            "" => write!(f, "{units}"),
            decimals => write!(f, "{units}.{decimals}"),
        }
    }
}

/// What a model costs, for each million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// What it reads.
    pub input: f64,
    /// What it reads from the provider's prompt cache; by default the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached: Option<f64>,
    /// What it writes, reasoning included.
    pub output: f64,
}

impl Price {
    /// What it reads and what it writes.
    #[must_use]
    pub const fn new(input: f64, output: f64) -> Self {
        Self { input, cached: None, output }
    }

    /// What it reads from the provider's prompt cache.
    #[must_use]
    pub const fn cached(self, cached: f64) -> Self {
        Self { cached: Some(cached), ..self }
    }

    fn of(&self, usage: &Usage) -> Cost {
        // A price a million is thousands of billionths a token, so this loses nothing above a thousandth of a unit.
        let token = |million: f64| Cost::of(million / 1e6).nanos;
        let cached = usage.cached_tokens.min(usage.input_tokens);
        let nanos = [
            (usage.input_tokens - cached, token(self.input)),
            (cached, token(self.cached.unwrap_or(self.input))),
            (usage.output_tokens, token(self.output)),
        ];
        Cost {
            nanos: nanos.into_iter().fold(0, |sum, (tokens, price)| sum.saturating_add(tokens.saturating_mul(price))),
        }
    }
}

/// What models cost, by the names that agents use: `gpt-5.6-luna`, `ollama/llama3.2`.
///
/// ```
/// use steadfast::model::{Price, Prices};
///
/// let prices = Prices::new().model("gpt-5.6-luna", Price::new(1.25, 10.0).cached(0.125));
/// let read: Prices = steadfast::serde_json::from_str(r#"{"gpt-5.6-luna": {"input": 1.25, "cached": 0.125, "output": 10.0}}"#)?;
/// assert_eq!(read, prices);
/// # Ok::<(), steadfast::serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prices(BTreeMap<String, Price>);

impl Prices {
    /// No prices.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what a model costs.
    #[must_use]
    pub fn model(mut self, name: impl Into<String>, price: Price) -> Self {
        self.0.insert(name.into(), price);
        self
    }

    /// What an answer of this model has cost, if its price is known.
    pub(crate) fn of(&self, model: &str, usage: &Usage) -> Option<Cost> {
        self.0.get(model).map(|price| price.of(usage))
    }

    pub(crate) fn has(&self, model: &str) -> bool {
        self.0.contains_key(model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_costs_what_it_costs() {
        let prices =
            Prices::new().model("m", Price::new(1.25, 10.0).cached(0.125)).model("plain", Price::new(0.05, 0.4));
        let usage = Usage { input_tokens: 1000, cached_tokens: 400, output_tokens: 3, ..Usage::default() };
        // 600 × 1250 + 400 × 125 + 3 × 10000 billionths.
        assert_eq!(prices.of("m", &usage).map(Cost::nanos), Some(830_000));
        assert_eq!(prices.of("plain", &usage).map(Cost::nanos), Some(1000 * 50 + 3 * 400));
        assert_eq!(prices.of("other", &usage), None);
        // A server that reports nonsense.
        let usage = Usage { input_tokens: 1, cached_tokens: 5, output_tokens: u64::MAX, ..Usage::default() };
        assert_eq!(prices.of("m", &usage).map(Cost::nanos), Some(u64::MAX));
    }

    #[test]
    fn a_sum_is_shown_with_the_decimals_it_has() {
        let shown = [0.0, 0.5, 12.0, 0.000_83, 1e-9, -3.0, f64::NAN].map(|units| Cost::of(units).to_string());
        assert_eq!(shown, ["0", "0.5", "12", "0.00083", "0.000000001", "0", "0"]);
    }
}
