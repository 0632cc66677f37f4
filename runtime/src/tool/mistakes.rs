//! What is wrong with the arguments of a call: all of it at once, so that the model need not be told twice.

use super::ToolError;
use std::fmt;

/// A model that makes more mistakes than this in one call is told of the first ones.
const MOST: usize = 8;

/// One mistake in the arguments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(super) what: String,
    /// Where in the arguments: a JSON pointer.
    pub(super) at: String,
    /// What would have been right, where that is short.
    pub(super) hint: Option<String>,
}

impl Mistake {
    pub(super) fn new(what: impl Into<String>, at: impl Into<String>) -> Self {
        Self { what: what.into(), at: at.into(), hint: None }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, at, hint } = self;
        write!(f, "{what} at {at}")?;
        hint.as_ref().map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

/// Whatever keeps a call from being made.
#[derive(Debug, Default)]
pub(crate) struct Mistakes {
    found: Vec<Mistake>,
    /// Something that no model can mend.
    fatal: Option<ToolError>,
}

impl Mistakes {
    /// Notes a mistake. One place is told of once: what breaks a rule of its type often cannot be read either.
    pub(super) fn add(&mut self, mistake: Mistake) {
        if !self.found.iter().any(|earlier| earlier.at == mistake.at) {
            self.found.push(mistake);
        }
    }

    pub(super) fn end(&mut self, error: ToolError) {
        self.fatal.get_or_insert(error);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty() && self.fatal.is_none()
    }

    /// The error of a call with these mistakes, if there are any.
    pub(crate) fn finish(self) -> Result<(), ToolError> {
        let Self { found, fatal } = self;
        if let Some(error) = fatal {
            return Err(error);
        }
        if found.is_empty() {
            return Ok(());
        }
        let mut told: Vec<String> = found.iter().take(MOST).map(Mistake::to_string).collect();
        if found.len() > MOST {
            told.push(format!("and {} more", found.len() - MOST));
        }
        Err(ToolError::bad_arguments(told.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_told_but_one_place_once_and_not_without_end() {
        let mut mistakes = Mistakes::default();
        mistakes.add(Mistake::new("0 is less than the minimum of 1", "/days"));
        mistakes.add(Mistake::new("invalid value", "/days"));
        mistakes.add(Mistake::new("missing argument", "/city"));
        let error = mistakes.finish().expect_err("two mistakes");
        assert_eq!(error.to_string(), "0 is less than the minimum of 1 at /days; missing argument at /city");

        let mut many = Mistakes::default();
        (0..20).for_each(|n| many.add(Mistake::new("wrong", format!("/{n}"))));
        let error = many.finish().expect_err("twenty mistakes").to_string();
        assert!(error.ends_with("wrong at /7; and 12 more"), "{error}");
    }

    #[test]
    fn what_is_fatal_wins() {
        let mut mistakes = Mistakes::default();
        mistakes.add(Mistake::new("wrong", "/a"));
        mistakes.end(ToolError::fatal("no state"));
        assert_eq!(mistakes.finish().expect_err("fatal").to_string(), "no state");
        assert!(Mistakes::default().finish().is_ok());
    }
}
