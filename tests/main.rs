//! End-to-end tests: real programs on a real Temporal server, with a model that answers from a script over HTTP.

mod adapter;
mod agents;
mod anew;
mod approvals;
mod attempts;
mod behaviour;
mod blobs;
mod budgets;
mod called;
mod cancelling;
mod clients;
mod contexts;
mod continuing;
#[path = "../examples/conversation.rs"]
#[expect(dead_code, reason = "a program has a `main`, and these tests call what it calls")]
mod conversation_example;
mod conversations;
mod conversing;
mod crash;
#[path = "../examples/customer.rs"]
#[expect(dead_code, reason = "a program has a `main`, and these tests call what it calls")]
mod customer_example;
mod deployments;
#[path = "../examples/roles.rs"]
#[expect(dead_code, reason = "a program has a `main`, and these tests call what it calls")]
mod desk_example;
mod determinism;
mod dynamic;
mod examples;
mod failures;
mod family;
mod generic;
mod golden;
mod guardrails;
mod handoffs;
mod hooks;
mod hosted;
#[path = "../examples/human_in_the_loop.rs"]
#[expect(dead_code, reason = "a program has a `main`, and these tests call what it calls")]
mod human_in_the_loop;
mod inline;
mod invariants;
mod locals;
mod minutes;
mod mutations;
mod names;
#[path = "../examples/nightly.rs"]
#[expect(dead_code, reason = "a program has a `main`, and these tests call what it calls")]
mod nightly_example;
mod noted;
mod offered;
mod options;
#[path = "../examples/order.rs"]
#[expect(dead_code, reason = "a program has a `main`, and these tests call what it calls")]
mod order_example;
mod outputs;
mod overflow;
mod parity;
mod plugin;
mod providers;
#[path = "../examples/quickstart.rs"]
#[expect(dead_code, reason = "a program has a `main`, and these tests call what it calls")]
mod quickstart;
mod quickstart_test;
mod replays;
mod rich;
mod roles;
mod run_options;
mod server;
mod sessions;
mod stateful;
mod steps;
mod streaming;
mod toolsets;
#[path = "../examples/tour/pages/mod.rs"]
mod tour_pages;
#[path = "../examples/tour/stand_in.rs"]
mod tour_stand_in;
mod tour_test;
mod trips;
mod upgrades;
