//! Server-sent events, as [the standard](https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream)
//! has them, read from pieces that may be cut anywhere.
//!
//! Each byte is looked at once and copied once, however many pieces an event comes in. How much is kept for an event that
//! does not end is for the caller to limit.

use memchr::{memchr, memchr2};
use std::{ops::Range, str::Utf8Error};

/// The byte order mark, which is no part of a stream that begins with it.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A stream of events, of which nothing but their data matters here: the APIs say within it what it is.
#[derive(Debug, Default)]
pub(super) struct Events {
    buffer: Vec<u8>,
    /// Whether it is known how the stream begins.
    has_begun: bool,
    /// Where the line begins that is being read, and how far it was looked through for its end.
    line: usize,
    looked: usize,
    /// Whether the line before ended with a carriage return, so that a line feed would belong to it.
    after_return: bool,
    /// Where the data of the event is that is being read, if it has any.
    data: Option<Range<usize>>,
}

impl Events {
    /// Takes in what comes next.
    pub(super) fn push(&mut self, piece: &[u8]) {
        // What is left of the piece before is all that can be moved here, for an event that goes on stays where it is.
        let used = self.data.as_ref().map_or(self.line, |data| data.start);
        self.buffer.drain(..used);
        self.line -= used;
        self.looked -= used;
        self.data = self.data.take().map(|data| data.start - used..data.end - used);
        self.buffer.extend_from_slice(piece);
    }

    /// The data of the next event that is complete.
    ///
    /// # Errors
    ///
    /// When something before its end is not UTF-8.
    pub(super) fn next(&mut self) -> Result<Option<&str>, Utf8Error> {
        if !self.has_begun && !self.begin() {
            return Ok(None);
        }
        while let Some(line) = self.next_line() {
            if !line.is_empty() {
                self.read(line)?;
            } else if let Some(data) = self.data.take() {
                return str::from_utf8(&self.buffer[data]).map(Some);
            }
        }
        Ok(None)
    }

    /// Checks what is left at the end of the stream; it is no event, whatever it is.
    ///
    /// # Errors
    ///
    /// When it is not UTF-8, as when the stream ends within a letter.
    pub(super) fn end(&self) -> Result<(), Utf8Error> {
        let data = self.data.clone().unwrap_or_default();
        str::from_utf8(&self.buffer[data])?;
        str::from_utf8(&self.buffer[self.line..])?;
        Ok(())
    }

    /// Takes off the mark; says whether enough has come to know.
    fn begin(&mut self) -> bool {
        if self.buffer.len() < MARK.len() && MARK.starts_with(&self.buffer) {
            return false;
        }
        if self.buffer.starts_with(MARK) {
            (self.line, self.looked) = (MARK.len(), MARK.len());
        }
        self.has_begun = true;
        true
    }

    /// The next line that is complete, without its end.
    fn next_line(&mut self) -> Option<Range<usize>> {
        if self.after_return {
            let next = *self.buffer.get(self.line)?;
            self.after_return = false;
            if next == b'\n' {
                self.line += 1;
                self.looked = self.line;
            }
        }
        let Some(length) = memchr2(b'\n', b'\r', &self.buffer[self.looked..]) else {
            self.looked = self.buffer.len();
            return None;
        };
        let end = self.looked + length;
        let line = self.line..end;
        // The line is over, whether a line feed is still to come or not.
        self.after_return = self.buffer[end] == b'\r';
        (self.line, self.looked) = (end + 1, end + 1);
        Some(line)
    }

    /// Reads a line that is not empty; only data is kept of it.
    fn read(&mut self, line: Range<usize>) -> Result<(), Utf8Error> {
        let text = &self.buffer[line.clone()];
        let name = memchr(b':', text).unwrap_or(text.len());
        if &text[..name] != b"data" {
            // Comments have no name. What an event is called, its number and when to come back are of no use.
            return str::from_utf8(text).map(drop);
        }
        let value = text.get(name + 1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let value = line.end - value.len()..line.end;
        self.data = Some(match self.data.take() {
            None => value,
            Some(data) => {
                // Behind the data so far there is room for a line feed where its line ended, and for more in `data`.
                let end = data.end + 1 + value.len();
                self.buffer[data.end] = b'\n';
                self.buffer.copy_within(value, data.end + 1);
                data.start..end
            }
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes, and the data of the events in it; the rules are those of the standard's section 9.2.6.
    const TABLE: &[(&str, &[&str])] = &[
        // Lines end with a line feed, a carriage return or both; an event with an empty one.
        ("data: a\n\ndata: b\n\n", &["a", "b"]),
        ("data: a\r\n\r\ndata: b\r\n\r\n", &["a", "b"]),
        ("data: a\r\rdata: b\r\r", &["a", "b"]),
        ("data: a\n\rdata: b\r\n\ndata: c\r\n\r", &["a", "b", "c"]),
        ("data: a\r\ndata: b\rdata: c\n\n", &["a\nb\nc"]),
        ("\n\r\n\r\r\n\ndata: a\n\n\n\n\r\n\r\n", &["a"]),
        // What has not ended is no event.
        ("", &[]),
        ("data: a", &[]),
        ("data: a\n", &[]),
        ("data: a\r\n", &[]),
        ("data: a\n\ndata: b\ndata: c\n", &["a"]),
        // Lines of data are one text.
        ("data: YHOO\ndata: +2\ndata: 10\n\n", &["YHOO\n+2\n10"]),
        ("data: long enough\ndata:\ndata: a\ndata: also long enough\n\n", &["long enough\n\na\nalso long enough"]),
        ("data:a\nid: 1\n: c\ndata:b\n\ndata: c\n\n", &["a\nb", "c"]),
        // One space is no part of a value; a second one is, and any other white space.
        ("data:a\n\ndata: a\n\ndata:  a \n\ndata:\ta\n\n", &["a", "a", " a ", "\ta"]),
        ("data:a: b:\n\ndata::\n\ndata: :\n\n", &["a: b:", ":", ":"]),
        // Data may be empty, with a colon and without one.
        ("data\n\ndata\ndata\n\ndata:", &["", "\n"]),
        ("data:\n\ndata: \n\n", &["", ""]),
        // What begins with a colon is a comment.
        (": hello\n\n:\n\ndata: a\n:data: b\n\n", &["a"]),
        // Other fields are no data, and what has none is no event.
        ("event: ping\n\nid: 7\nretry: 10\n\nevent: x\ndata: a\nid\nretry: soon\n\n", &["a"]),
        ("event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n", &["73857293", "2153"]),
        ("dat: a\ndatas: b\nDATA: c\n data: d\ndata : e\nno colon\n\n", &[]),
        // A mark at the very beginning is none of the stream's.
        ("\u{feff}data: a\n\ndata: \u{feff}\n\n", &["a", "\u{feff}"]),
        ("\u{feff}\u{feff}data: a\n\ndata: b\n\n", &["b"]),
        ("\n\u{feff}data: a\n\n", &[]),
        ("\u{feff}", &[]),
        // Letters of two, three and four bytes.
        ("data: Grüß −3 °C 🌌\ndata: é\n\n: 🌌\n\n", &["Grüß −3 °C 🌌\né"]),
        ("data: \u{2028}\u{85}\u{0}\u{b}\n\n", &["\u{2028}\u{85}\u{0}\u{b}"]),
    ];

    fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<String>, Utf8Error> {
        let (mut events, mut read) = (Events::default(), Vec::new());
        for piece in pieces {
            events.push(piece);
            while let Some(data) = events.next()? {
                read.push(data.to_owned());
            }
        }
        events.end().map(|()| read)
    }

    #[test]
    fn the_same_is_read_wherever_it_is_cut() {
        for (stream, data) in TABLE {
            let bytes = stream.as_bytes();
            assert_eq!(read([bytes]).expect("text"), *data, "{stream:?}");
            assert_eq!(read(bytes.chunks(1)).expect("text"), *data, "{stream:?} byte by byte");
            for cut in 0..=bytes.len() {
                let (first, rest) = bytes.split_at(cut);
                assert_eq!(read([first, b"", rest]).expect("text"), *data, "{stream:?} cut after {cut}");
            }
        }
    }

    #[test]
    fn a_line_that_has_ended_is_not_waited_for() {
        let mut events = Events::default();
        events.push(b"data: a\r\r");
        assert_eq!(events.next(), Ok(Some("a")), "a line feed may come or not");
        events.push(b"\ndata: b\n\n");
        assert_eq!(events.next(), Ok(Some("b")));
        assert_eq!(events.next(), Ok(None));
    }

    #[test]
    fn what_is_no_utf_8_is_refused_wherever_it_is_cut() {
        for stream in [
            b"data: \xff\n\n".as_slice(),
            b"data: a\ndata: \xc3\ndata: \xbc\n\n",
            b": \xf0\x9f\x8c\n\n",
            b"\xc3: a\n\n",
            b"event: \xed\xa0\x80\n\n",
            // The end comes within a letter, within an event and within the mark.
            b"data: a\n\ndata: \xf0\x9f\x8c",
            b"data: \xff\n",
            b"data: \xff\n: a",
            b"\xef\xbb",
            b"\xef\xbbdata: a\n\n",
        ] {
            read([stream]).expect_err("no text");
            read(stream.chunks(1)).expect_err("no text");
            for cut in 0..=stream.len() {
                let (first, rest) = stream.split_at(cut);
                read([first, rest]).expect_err("no text");
            }
        }
    }

    /// An event of 32 MB in small pieces, which would take hours if each piece meant to look at all before it.
    #[test]
    fn a_long_event_takes_no_longer_for_its_pieces() {
        let line = format!("data: {}\n", "x".repeat(1 << 20));
        let mut events = Events::default();
        for _ in 0..32 {
            for piece in line.as_bytes().chunks(64) {
                events.push(piece);
                assert_eq!(events.next(), Ok(None));
            }
        }
        events.push(b"\n");
        assert_eq!(events.next().map(|data| data.map(str::len)), Ok(Some((32 << 20) + 31)));
    }

    #[test]
    fn what_was_read_is_not_kept() {
        let mut events = Events::default();
        for _ in 0..1_000 {
            events.push(": a comment\n\ndata: a\n\ndata: b".as_bytes());
            assert_eq!(events.next(), Ok(Some("a")));
            assert_eq!(events.next(), Ok(None));
            events.push(b"\n\n");
            assert_eq!(events.next(), Ok(Some("b")));
        }
        assert!(events.buffer.capacity() < 100, "{}", events.buffer.capacity());
    }
}
