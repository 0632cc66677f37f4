//! Addresses of blobs: what they contain, in 32 bytes.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{fmt, str::FromStr};

const PREFIX: &str = "sha256:";

/// Where a blob is: the SHA-256 of its content, as text `sha256:` and 64 hexadecimal digits.
///
/// ```
/// use steadfast::codec::blobs::Address;
///
/// let address = Address::of(b"hello");
/// assert_eq!(address.to_string(), "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
/// assert_eq!(address.to_string().parse(), Ok(address));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Address([u8; 32]);

/// A text that is not an [`Address`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{beginning}` is not the address of a blob; one is `sha256:` and 64 hexadecimal digits")]
pub struct AddressError {
    /// Not all of it, which may be anything.
    beginning: String,
}

impl Address {
    /// The address of this content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }

    /// Its 64 hexadecimal digits, in small letters: for a store that names things by them.
    #[must_use]
    pub fn hex(&self) -> String {
        let mut hex = String::with_capacity(64);
        for byte in self.0 {
            hex.push_str(&format!("{byte:02x}"));
        }
        hex
    }

    fn parse(text: &str) -> Option<Self> {
        let (pairs, rest) = text.strip_prefix(PREFIX)?.as_bytes().as_chunks::<2>();
        if !rest.is_empty() {
            return None;
        }
        let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
        bytes?.try_into().ok().map(Self)
    }
}

/// The value of a hexadecimal digit.
fn digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| value.try_into().ok())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.hex())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text).ok_or_else(|| AddressError { beginning: text.chars().take(80).collect() })
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: &str = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    #[test]
    fn it_is_the_hash_of_the_content() {
        assert_eq!(Address::of(b"hello").to_string(), HELLO);
        assert_eq!(format!("{:?}", Address::of(b"hello")), HELLO);
        assert_ne!(Address::of(b"hello"), Address::of(b"Hello"));
    }

    #[test]
    fn its_text_is_read_again() {
        assert_eq!(HELLO.parse(), Ok(Address::of(b"hello")));
        let capital = HELLO.to_uppercase().replace("SHA256", "sha256");
        assert_eq!(capital.parse(), Ok(Address::of(b"hello")));
    }

    #[test]
    fn in_json_it_is_a_string() {
        let json = serde_json::to_string(&Address::of(b"hello")).unwrap();
        assert_eq!(json, format!("\"{HELLO}\""));
        assert_eq!(serde_json::from_str::<Address>(&json).unwrap(), Address::of(b"hello"));
        let error = serde_json::from_str::<Address>("\"sha256:12\"").unwrap_err();
        assert!(error.to_string().contains("`sha256:12` is not the address of a blob"), "{error}");
    }

    #[test]
    fn other_texts_are_refused() {
        let digits = &HELLO[7..];
        let others = [
            String::new(),
            digits.to_owned(),
            "sha256:".to_owned(),
            format!("md5:{digits}"),
            format!("sha256:{}", &digits[1..]),
            format!("sha256:{}", &digits[2..]),
            format!("sha256:{digits}0"),
            format!("sha256:{digits}00"),
            format!("sha256:{}g", &digits[1..]),
            format!("sha256:+{}", &digits[1..]),
            format!("sha256:{}é", &digits[2..]),
            format!(" {HELLO}"),
        ];
        for text in others {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_error_shows_no_more_than_the_beginning() {
        let error = "é".repeat(1_000_000).parse::<Address>().unwrap_err();
        assert!(error.to_string().len() < 300, "{error}");
    }
}
