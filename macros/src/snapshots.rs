//! Compares what the attributes make of `snapshots/*.input.rs` with the `.rs` beside each.
//!
//! `STEADFAST_BLESS=1 cargo test -p steadfast-macros` writes them anew; read the difference before it is committed.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use std::{env, fs, path::Path};
use syn::{Attribute, Item, Meta};

/// Expands every item of a file that has one of the attributes.
fn expand(source: &str) -> String {
    let file = syn::parse_file(source).expect("the input is Rust");
    let expanded: TokenStream = file.items.into_iter().map(expand_item).collect();
    prettyplease::unparse(&syn::parse2(expanded).expect("the output is Rust"))
}

fn expand_item(mut item: Item) -> TokenStream {
    let attrs = match &mut item {
        Item::Fn(item) => &mut item.attrs,
        Item::Struct(item) => &mut item.attrs,
        Item::Impl(item) => &mut item.attrs,
        _ => return item.into_token_stream(),
    };
    let is_ours =
        |attr: &Attribute| ["tool", "activity", "agent", "workflow"].iter().any(|name| attr.path().is_ident(name));
    let at = attrs.iter().position(is_ours).expect("one of our attributes");
    let attr = attrs.remove(at);
    let args = match &attr.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => quote!(),
    };
    match attr.path().require_ident().expect("a plain name").to_string().as_str() {
        "tool" => crate::tool::tool(args, &item.into_token_stream()),
        "activity" => crate::tool::activity(args, &item.into_token_stream()),
        "agent" => crate::agent::agent(args, &item.into_token_stream()),
        _ => crate::workflow::workflow(args, &item.into_token_stream()),
    }
}

fn check(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let input = fs::read_to_string(folder.join(format!("{name}.input.rs"))).expect("the input can be read");
    let output = format!("// Written by a test; made of `{name}.input.rs`.\n\n{}", expand(&input));
    let snapshot = folder.join(format!("{name}.rs"));
    if env::var_os("STEADFAST_BLESS").is_some() {
        fs::write(&snapshot, &output).expect("the snapshot can be written");
    }
    let expected = fs::read_to_string(&snapshot).unwrap_or_default();
    assert_eq!(output, expected, "see the module's docs on how to write the snapshot anew");
}

#[test]
fn tool_async() {
    check("tool_async");
}

#[test]
fn activity() {
    check("activity");
}

#[test]
fn tool_plain() {
    check("tool_plain");
}

#[test]
fn toolset() {
    check("toolset");
}

#[test]
fn agent() {
    check("agent");
}

#[test]
fn agent_hosted() {
    check("agent_hosted");
}

#[test]
fn agent_handoffs() {
    check("agent_handoffs");
}

#[test]
fn workflow() {
    check("workflow");
}

#[test]
fn workflow_stateful() {
    check("workflow_stateful");
}

#[test]
fn mistakes() {
    check("mistakes");
}

#[test]
fn an_input_without_a_test_would_go_unnoticed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let names = fs::read_dir(folder).expect("the folder can be read").filter_map(|entry| {
        let name = entry.expect("an entry").file_name().into_string().expect("a plain name");
        name.strip_suffix(".input.rs").map(str::to_owned)
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert_eq!(
        names,
        [
            "activity",
            "agent",
            "agent_handoffs",
            "agent_hosted",
            "mistakes",
            "tool_async",
            "tool_plain",
            "toolset",
            "workflow",
            "workflow_stateful"
        ]
    );
}
