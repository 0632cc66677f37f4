//! Models that answer from a script, for tests and examples that need neither a key nor a network.
//!
//! The script is served over HTTP by a real server on 127.0.0.1, in the JSON of the real APIs, so a test runs
//! through everything a real call runs through.
//!
//! ```no_run
//! use serde_json::json;
//! use steadfast::{model::Providers, testing::ScriptedModel};
//!
//! # async fn test() -> std::io::Result<()> {
//! let model = ScriptedModel::new()
//!     .call("weather", json!({"city": "Lisbon"})) // the first answer of a conversation: a tool call
//!     .fails(503)                                 // one failed attempt before the next
//!     .says("It is sunny in Lisbon")              // the second answer
//!     .start()
//!     .await?;
//! let mut providers = Providers::default();
//! providers.add("openai", model.provider());
//! // … run an agent …
//! assert_eq!(model.requests().len(), 3);
//! # Ok(())
//! # }
//! ```

mod asked;
mod check;
mod replays;
mod reply;
mod script;
mod server;
mod streamed;
#[cfg(test)]
mod tests;
mod wire;

pub use asked::Asked;
pub use replays::replay_dir;
pub use reply::Reply;
pub use script::{AnsweringModel, ScriptedModel};
pub use server::ModelServer;
