//! End-to-end tests: real programs on a real Temporal server, with a model that answers from a script over HTTP.

mod adapter;
mod agents;
mod crash;
mod failures;
mod inline;
mod invariants;
mod names;
mod server;
mod trips;
