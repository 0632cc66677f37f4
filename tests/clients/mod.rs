//! What a client can do with workflows, and what it is told when it does it wrong.

mod messages;
