//! Who reads. To add one: a file beside these that implements [`Reads`], and a variant of [`Reader`].

mod http;
mod steadfast;
mod theirs;

use super::case::Case;
use crate::Result;
use futures::future::LocalBoxFuture;
use std::fmt;

/// A client that asks for one answer.
pub(super) trait Reads {
    /// Asks once and reads the answer to its end; returns how many bytes of text or arguments it has read.
    fn read(&self) -> LocalBoxFuture<'_, Result<usize>>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    Steadfast,
    AsyncOpenAi,
    Python,
    /// Reads the body and looks at none of it: what the others have in common, Python left aside.
    Http,
}

impl Reader {
    pub(super) const ALL: [Self; 4] = [Self::Steadfast, Self::AsyncOpenAi, Self::Python, Self::Http];

    /// What it is called, in the tables and on a command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Steadfast => "steadfast",
            Self::AsyncOpenAi => "async-openai",
            Self::Python => "Python",
            Self::Http => "HTTP alone",
        }
    }

    pub(super) fn named(name: &str) -> Result<Self> {
        let reader = Self::ALL.into_iter().find(|reader| reader.name() == name);
        reader.ok_or_else(|| format!("there is no reader `{name}`").into())
    }

    /// Its client of a server.
    pub(super) fn at(self, url: &str, case: Case) -> Result<Box<dyn Reads>> {
        // The workspace builds its HTTP client without a cryptography library of its own choice, and a client asks for
        // one even if nothing it sends is encrypted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(match self {
            Self::Steadfast => Box::new(steadfast::Client::at(url, case)?),
            Self::AsyncOpenAi => Box::new(theirs::Client::at(url, case)),
            Self::Http => Box::new(http::Client::at(url, case)),
            Self::Python => return Err("Python's reader is a program of its own".into()),
        })
    }
}

impl fmt::Display for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
