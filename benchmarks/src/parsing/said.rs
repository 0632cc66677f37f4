//! What the model says: a long text or the arguments of a call, in pieces of a token's size.

use serde_json::json;

/// How many pieces a text has. Those of a call are about as many.
const PIECES: usize = 2000;

/// Prose as models write it, with what JSON has to escape and what has more than one byte.
const PASSAGE: &str = "A workflow is replayed from its history, so everything that happens outside of it – a call, a clock, \
    a random number – has to be recorded before it counts. \"That sounds expensive,\" you may say, and it is cheaper \
    than it looks:\n\n- **Events** are small, since most of them hold nothing but a reference;\n- **Replays** are rare, \
    because a worker keeps what it has seen in memory.\n\nWhat remains is the naïve question of what a single answer \
    costs to read. It arrives in thousands of pieces, and each piece is wrapped in some two hundred bytes of JSON.\n\n";

/// A function as models write it.
const CODE: &str = "/// Adds \"one\" to each of the numbers.\npub fn increment(numbers: &mut [u64]) {\n    for number in \
    numbers.iter_mut() {\n        *number += 1;\n    }\n}\n\n";

/// The characters of which obfuscations are made.
const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// The pieces of an answer.
#[derive(Clone, Debug)]
pub(super) enum Said {
    Text(Vec<String>),
    /// The arguments of a call.
    Call(Vec<String>),
}

impl Said {
    pub(super) fn text() -> Self {
        Self::Text(pieces(PASSAGE).into_iter().cycle().take(PIECES).collect())
    }

    pub(super) fn call() -> Self {
        let code = CODE.repeat(PIECES / pieces(&json!(CODE).to_string()).len());
        Self::Call(pieces(&json!({"path": "src/numbers.rs", "content": code}).to_string()))
    }

    pub(super) fn whole(&self) -> String {
        let (Self::Text(pieces) | Self::Call(pieces)) = self;
        pieces.concat()
    }
}

/// A sign and the letters behind it are a piece, much as they are a token.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for letter in text.chars() {
        match pieces.last_mut() {
            Some(piece) if letter.is_alphanumeric() => piece.push(letter),
            _ => pieces.push(letter.into()),
        }
    }
    pieces
}

/// What fills up an event, so that its length does not betray that of its piece to those who see it pass encrypted.
pub(super) fn obfuscation(piece: &str) -> String {
    let mut state = piece.bytes().fold(17_usize, |state, byte| state * 31 % 10_007 + usize::from(byte));
    let mut letter = || {
        state = (state * 75 + 74) % 65_537;
        char::from(LETTERS[state % LETTERS.len()])
    };
    (0..16 - piece.len() % 16).map(|_| letter()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_about_a_token() {
        assert_eq!(pieces("It is, so\n\"ok\""), ["It", " is", ",", " so", "\n", "\"ok", "\""]);
        assert_eq!(obfuscation(" the").len(), 12);
    }

    #[test]
    fn arguments_are_json() {
        assert!(serde_json::from_str::<serde_json::Value>(&Said::call().whole()).is_ok());
    }
}
