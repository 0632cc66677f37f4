//! Conversations by reference.
