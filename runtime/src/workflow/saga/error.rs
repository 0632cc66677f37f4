//! What a saga says when not all of it could be undone, to code and to the server.

use crate::Error;
use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use std::fmt;

/// A saga of which not everything could be undone: somebody has to look after the rest.
///
/// A workflow that ends with it fails with the type `UndoFailed`, and the steps are in the failure's details.
#[derive(Debug)]
#[non_exhaustive]
pub struct UndoError {
    /// The steps that could not be undone, in the order in which that was tried.
    pub not_undone: Vec<StepNotUndone>,
    /// How many steps were to be undone.
    pub all: usize,
    /// Why they were.
    pub after: Option<Box<Error>>,
}

/// A step that could not be undone.
#[derive(Debug)]
#[non_exhaustive]
pub struct StepNotUndone {
    /// The name of the tool or the activity that was to undo it, or what it was registered by.
    pub step: String,
    /// Why it could not.
    pub error: Error,
}

impl UndoError {
    /// The stable name of the kind of error.
    pub(crate) const CODE: &'static str = "UndoFailed";
}

impl fmt::Display for UndoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { not_undone, all, after } = self;
        write!(f, "{} of {all} steps could not be undone: ", not_undone.len())?;
        for (index, step) in not_undone.iter().enumerate() {
            write!(f, "{}{step}", if index == 0 { "" } else { "; " })?;
        }
        after.as_ref().map_or(Ok(()), |after| write!(f, "; they were to be undone because: {after}"))
    }
}

impl fmt::Display for StepNotUndone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` failed: {}", self.step, self.error)
    }
}

impl std::error::Error for UndoError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.after.as_deref().map(|after| after as _)
    }
}

/// How many steps a failure has in its details, and how many bytes of each error: it has to fit into a message.
const MOST_DETAILS: usize = 100;
const LONGEST_DETAIL: usize = 2 * 1024;

/// As the details of a failure have it.
impl Serialize for UndoError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { not_undone, all, after } = self;
        let mut object = serializer.serialize_struct("UndoError", 3)?;
        object.serialize_field("not_undone", &not_undone[..not_undone.len().min(MOST_DETAILS)])?;
        object.serialize_field("all", all)?;
        object.serialize_field("after", &after.as_deref().map(Told))?;
        object.end()
    }
}

impl Serialize for StepNotUndone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { step, error } = self;
        let mut object = serializer.serialize_struct("StepNotUndone", 2)?;
        object.serialize_field("step", step)?;
        object.serialize_field("error", &Told(error))?;
        object.end()
    }
}

/// An error by its code and its message.
struct Told<'a>(&'a Error);

impl Serialize for Told<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Error", 2)?;
        object.serialize_field("code", self.0.code())?;
        let mut message = self.0.to_string();
        message.truncate(message.floor_char_boundary(LONGEST_DETAIL));
        object.serialize_field("message", &message)?;
        object.end()
    }
}
