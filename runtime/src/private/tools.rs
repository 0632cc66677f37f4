//! What is found out about lists of tools while compiling.

use crate::{
    agent::AgentSpec,
    tool::{ToolDef, ToolError, ToolOptions},
};

/// Refuses, while compiling, two tools of one name in an agent's list.
///
/// # Panics
/// While compiling, when there are two.
pub const fn assert_unique_tools(spec: &AgentSpec) {
    let mut i = 0;
    while let Some(tool) = nth(spec.toolsets, i) {
        let mut j = 0;
        while let (true, Some(other)) = (j < i, nth(spec.toolsets, j)) {
            assert!(
                !same(tool.name, other.name),
                "two of these tools have the same name, and the model could not tell them apart; \
                 give one of them another with `#[tool(name = \"..\")]`"
            );
            j += 1;
        }
        i += 1;
    }
}

const fn nth(toolsets: &[&[&'static ToolDef]], mut index: usize) -> Option<&'static ToolDef> {
    let mut i = 0;
    while i < toolsets.len() {
        if index < toolsets[i].len() {
            return Some(toolsets[i][index]);
        }
        index -= toolsets[i].len();
        i += 1;
    }
    None
}

/// Finds the tool that a method of a toolset has become, by the method's name.
///
/// # Panics
/// While compiling, when no method of that name is a tool.
#[must_use]
pub const fn method(tools: &[&'static ToolDef], name: &str) -> &'static ToolDef {
    let mut i = 0;
    while i < tools.len() {
        if is_method(tools[i].item, name) {
            return tools[i];
        }
        i += 1;
    }
    // A block with mistakes has no tools; they are reported where they are.
    assert!(tools.is_empty(), "no method of this name is a tool; put `#[tool]` on it");
    &BROKEN
}

const BROKEN: ToolDef = ToolDef {
    name: "",
    description: "",
    module: "",
    item: "",
    args: &[],
    states: &[],
    options: ToolOptions::DEFAULT,
    run: |_| Box::pin(std::future::ready(Err(ToolError::fatal("this tool does not compile")))),
};

/// Whether `item` is the method `name` of some type.
const fn is_method(item: &str, name: &str) -> bool {
    let (path, name) = (item.as_bytes(), name.as_bytes());
    if path.len() <= name.len() || path[path.len() - name.len() - 1] != b':' {
        return false;
    }
    let mut i = 0;
    while i < name.len() {
        if path[path.len() - name.len() + i] != name[i] {
            return false;
        }
        i += 1;
    }
    true
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
