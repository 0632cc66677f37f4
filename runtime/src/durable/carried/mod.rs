//! What one run of a workflow leaves to the next: small enough, it goes with the new run's input; else the new run asks
//! the old one for it, part by part, and records what it gets, so that its history is whole by itself.
//!
//! What there is to leave is the [`Past`](super::journal::Past); `packed` writes it down, `handover` brings it across.

mod handover;
mod packed;

pub(crate) use handover::{CARRIED, CARRIED_QUERY, Handover, Part, leave, part, receive};
#[cfg(test)]
pub(crate) use packed::Packed;
