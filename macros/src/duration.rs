//! Durations as options write them: `"250ms"`, `"30s"`, `"5m"`, `"2h"`.

use crate::{diag::Errors, options::Setting};
use syn::LitStr;

impl Setting<LitStr> {
    /// The duration in milliseconds.
    pub(crate) fn duration(self, errors: &mut Errors) -> Option<u64> {
        let text = self.value.value();
        let parsed = milliseconds(&text);
        match parsed {
            Some(0) => {
                errors.at(&self.value, format!("`{}` of zero leaves no time for anything; leave it out", self.key));
                return None;
            }
            Some(_) => {}
            None => errors.at(
                &self.value,
                format!(
                    "`{text}` is not a duration; write a whole number and a unit, as in `\"250ms\"`, `\"30s\"` or \
                     `\"5m\"`"
                ),
            ),
        }
        parsed
    }
}

fn milliseconds(text: &str) -> Option<u64> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit_at);
    let in_one: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(in_one)
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn a_whole_number_and_a_unit() {
        assert_eq!(milliseconds("250ms"), Some(250));
        assert_eq!(milliseconds("30s"), Some(30_000));
        assert_eq!(milliseconds("5m"), Some(300_000));
        assert_eq!(milliseconds("2h"), Some(7_200_000));
        assert_eq!(milliseconds("0s"), Some(0));
    }

    #[test]
    fn nothing_else() {
        for text in [
            "",
            "s",
            "10",
            "1.5s",
            "-1s",
            "30 secs",
            " 1s",
            "1s ",
            "1d",
            "1S",
            "99999999999999999999s",
            "5124095576030432h",
        ] {
            assert_eq!(milliseconds(text), None, "{text}");
        }
    }
}
