//! What a model is shown of a text that is too large for it.

use super::{Address, Blobs};

/// The beginning of a text and where the whole is, for a model to read.
///
/// `text` is the whole or the part of it that is at hand, `bytes` the size of the whole, which is kept at `address`.
/// A text that is shown whole is returned as it is.
///
/// ```
/// use steadfast::codec::blobs::{Address, Blobs, MemoryBlobs, preview};
///
/// let blobs = Blobs::new(MemoryBlobs::new()).preview(9);
/// let report = "Chapter 1. It was late.";
/// assert_eq!(
///     preview(&blobs, report, report.len(), &Address::of(report.as_bytes())),
///     "Chapter 1\n[cut here: the whole result has 23 bytes and is kept as \
///      sha256:299e748c0156996002b00da8b35a19b34a3a3d4606c0c4a870987ab6972ef55c]",
/// );
/// ```
#[must_use]
pub fn preview(blobs: &Blobs, text: &str, bytes: usize, address: &Address) -> String {
    let end = text.char_indices().nth(blobs.preview).map_or(text.len(), |(end, _)| end);
    let shown = &text[..end];
    if shown.len() >= bytes {
        return shown.to_owned();
    }
    let new_line = if shown.is_empty() || shown.ends_with('\n') { "" } else { "\n" };
    format!("{shown}{new_line}[cut here: the whole result has {bytes} bytes and is kept as {address}]")
}

#[cfg(test)]
mod tests {
    use super::super::MemoryBlobs;
    use super::*;

    fn shown(chars: usize, text: &str, bytes: usize) -> String {
        let address = Address::of(text.as_bytes());
        let whole = preview(&Blobs::new(MemoryBlobs::new()).preview(chars), text, bytes, &address);
        whole.replace(&address.to_string(), "ADDRESS")
    }

    #[test]
    fn a_character_is_never_cut() {
        let text = "aé漢🦀z";
        let expected = [
            "[cut here: the whole result has 11 bytes and is kept as ADDRESS]",
            "a\n[cut here: the whole result has 11 bytes and is kept as ADDRESS]",
            "aé\n[cut here: the whole result has 11 bytes and is kept as ADDRESS]",
            "aé漢\n[cut here: the whole result has 11 bytes and is kept as ADDRESS]",
            "aé漢🦀\n[cut here: the whole result has 11 bytes and is kept as ADDRESS]",
            text,
            text,
        ];
        for (chars, expected) in expected.into_iter().enumerate() {
            assert_eq!(shown(chars, text, text.len()), expected);
        }
    }

    #[test]
    fn a_part_of_the_whole_says_so() {
        assert_eq!(shown(9, "ab", 500), "ab\n[cut here: the whole result has 500 bytes and is kept as ADDRESS]");
    }

    #[test]
    fn a_line_that_is_complete_gets_no_empty_one() {
        assert_eq!(shown(3, "ab\ncd", 5), "ab\n[cut here: the whole result has 5 bytes and is kept as ADDRESS]");
    }

    #[test]
    fn two_thousand_characters_are_shown_unless_set() {
        let text = "漢".repeat(3000);
        let whole = preview(&Blobs::new(MemoryBlobs::new()), &text, text.len(), &Address::of(text.as_bytes()));
        assert_eq!(whole.chars().filter(|char| *char == '漢').count(), 2000);
    }
}
