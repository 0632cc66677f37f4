//! What is found out about lists of tools while compiling.

use crate::{
    agent::{Agent, AgentSpec, Compaction},
    tool::{Guard, Runs, Tool, ToolDef, ToolError, ToolOptions},
};

/// Refuses, while compiling, two tools of one name in an agent's list.
///
/// # Panics
/// While compiling, when there are two.
#[track_caller]
pub const fn assert_unique_tools(spec: &AgentSpec) {
    if let Some(name) = doubled(spec.toolsets) {
        Message::start()
            .text("two of these tools are named `")
            .text(name)
            .text("`, and the model could not tell them apart; give one another with `#[tool(name = \"..\")]`")
            .panic();
    }
}

/// The name of two tools, if there are two of one. Indices all the way: a helper that finds the n-th tool would make
/// this cubic, and the compiler gives up on that at a hundred tools.
const fn doubled(toolsets: &[&[&'static ToolDef]]) -> Option<&'static str> {
    let (mut set, mut at) = (0, 0);
    while set < toolsets.len() {
        while at < toolsets[set].len() {
            let name = toolsets[set][at].name;
            let (mut earlier, mut before) = (0, 0);
            while earlier < set || (earlier == set && before < at) {
                if before == toolsets[earlier].len() {
                    (earlier, before) = (earlier + 1, 0);
                    continue;
                }
                if same(name, toolsets[earlier][before].name) {
                    return Some(name);
                }
                before += 1;
            }
            at += 1;
        }
        (set, at) = (set + 1, 0);
    }
    None
}

/// Refuses, while compiling, activities where tools are listed, and tools that do what the agent is not granted.
///
/// # Panics
/// While compiling, when one of them does.
#[track_caller]
pub const fn assert_granted(spec: &AgentSpec, tools: &[&'static ToolDef]) {
    let mut i = 0;
    while i < tools.len() {
        let tool = tools[i];
        if matches!(tool.run, Runs::Activity(_)) {
            Message::start()
                .text("`")
                .text(tool.item)
                .text(
                    "` is an activity, not a tool; put `#[tool]` on it, and a `///` comment that says when to call it",
                )
                .panic();
        }
        let mut k = 0;
        while k < tool.options.effects.len() {
            let effect = tool.options.effects[k];
            if !contains(spec.options.grants, effect) {
                Message::start()
                    .text("tool `")
                    .text(tool.name)
                    .text("` has the effect `")
                    .text(effect)
                    .text("`, which agent `")
                    .text(spec.name)
                    .text("` is not granted; add it to `grants`, or leave the tool out")
                    .panic();
            }
            k += 1;
        }
        i += 1;
    }
}

/// The tool that a handoff calls.
///
/// # Panics
/// While compiling, when the name is that of several tools, or of one that runs at the provider.
#[must_use]
#[track_caller]
pub const fn on_handoff(named: &[&'static ToolDef]) -> &'static ToolDef {
    match named {
        [tool] => tool,
        _ => panic!("a handoff calls one function with `#[tool]`; of several, name one, as in `Bank::note`"),
    }
}

/// Refuses, while compiling, a handoff to an agent that may do more than the one that hands over.
///
/// # Panics
/// While compiling, when it may.
#[track_caller]
pub const fn assert_no_wider(from: &AgentSpec, to: &AgentSpec) {
    let mut i = 0;
    while i < to.options.grants.len() {
        let grant = to.options.grants[i];
        if !contains(from.options.grants, grant) {
            Message::start()
                .text("agent `")
                .text(to.name)
                .text("` is granted `")
                .text(grant)
                .text("`, and agent `")
                .text(from.name)
                .text(
                    "`, which hands over to it, is not; a handoff cannot widen what a run may do, so grant it to both",
                )
                .panic();
        }
        i += 1;
    }
}

/// A message with names in it, put together while compiling, where there is no `format!`.
struct Message {
    text: [u8; Self::LONGEST],
    bytes: usize,
}

impl Message {
    const LONGEST: usize = 512;

    const fn start() -> Self {
        Self { text: [0; Self::LONGEST], bytes: 0 }
    }

    /// Adds a text, as far as there is room.
    const fn text(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut i = 0;
        while i < text.len() && self.bytes < Self::LONGEST {
            self.text[self.bytes] = text[i];
            self.bytes += 1;
            i += 1;
        }
        self
    }

    #[track_caller]
    const fn panic(&self) -> ! {
        let (text, _) = self.text.split_at(self.bytes);
        match std::str::from_utf8(text) {
            Ok(text) => panic!("{}", text),
            // Cut off in the middle of a character, after half a thousand bytes.
            Err(_) => panic!("a name in this list is too long to be told"),
        }
    }
}

const fn contains(list: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < list.len() {
        if same(list[i], name) {
            return true;
        }
        i += 1;
    }
    false
}

/// Finds the tool that a method of a toolset has become, by the method's name.
///
/// # Panics
/// While compiling, when no method of that name is a tool.
#[must_use]
#[track_caller]
pub const fn method(tools: &[&'static ToolDef], name: &str) -> &'static ToolDef {
    let mut i = 0;
    while i < tools.len() {
        if is_method(tools[i].item, name) {
            return tools[i];
        }
        i += 1;
    }
    // A block with mistakes has no tools; they are reported where they are.
    if !tools.is_empty() {
        Message::start().text("no method `").text(name).text("` of this type is a tool; put `#[tool]` on it").panic();
    }
    &BROKEN
}

/// A guardrail, where it is listed: one that is an agent must have nothing to be filled in but what it looks at.
///
/// # Panics
/// While compiling, when it has.
#[must_use]
#[track_caller]
pub const fn guard(listed: Guard) -> Guard {
    if listed.def.args.len() > 1 {
        Message::start()
            .text("agent `")
            .text(listed.def.item)
            .text("` has fields, and nobody would fill them in; a guardrail is an agent without fields")
            .panic();
    }
    listed
}

/// An agent that puts conversations into fewer words, which nobody fills in either.
///
/// # Panics
/// While compiling, when there is something to be filled in.
#[must_use]
#[track_caller]
pub const fn compaction<A: Agent<Output = String> + Tool>() -> Compaction {
    if A::DEF.args.len() > 1 {
        Message::start()
            .text("agent `")
            .text(A::DEF.item)
            .text(
                "` has fields, and nobody would fill them in; a conversation is summarised by an agent without fields",
            )
            .panic();
    }
    Compaction::Agent(A::DEF)
}

/// Stands for a guardrail that does not compile.
pub const BROKEN_GUARD: Guard = Guard { def: &BROKEN, blocking: false };

const BROKEN: ToolDef = ToolDef {
    name: "",
    description: "",
    module: "",
    item: "",
    args: &[],
    states: &[],
    options: ToolOptions::DEFAULT,
    run: Runs::Function(|_| Box::pin(std::future::ready(Err(ToolError::fatal("this tool does not compile"))))),
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

/// From the end, where names differ that begin alike.
const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = a.len();
    while i > 0 {
        i -= 1;
        if a[i] != b[i] {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: usize = 400;

    /// `0000`, `0001` and so on.
    static DIGITS: [u8; 4 * MANY] = {
        let mut digits = [b'0'; 4 * MANY];
        let mut i = 0;
        while i < MANY {
            let (mut rest, mut at) = (i, 4);
            while at > 0 {
                at -= 1;
                #[expect(clippy::cast_possible_truncation, reason = "a digit")]
                let digit = (rest % 10) as u8;
                digits[4 * i + at] += digit;
                rest /= 10;
            }
            i += 1;
        }
        digits
    };

    static TOOLS: [ToolDef; MANY] = {
        let mut tools = [BROKEN; MANY];
        let mut i = 0;
        while i < MANY {
            let (_, from) = DIGITS.split_at(4 * i);
            let (name, _) = from.split_at(4);
            tools[i].name = match std::str::from_utf8(name) {
                Ok(name) => name,
                Err(_) => "",
            };
            i += 1;
        }
        tools
    };

    static LIST: [&ToolDef; MANY] = {
        let mut list = [&TOOLS[0]; MANY];
        let mut i = 0;
        while i < MANY {
            list[i] = &TOOLS[i];
            i += 1;
        }
        list
    };

    #[test]
    fn hundreds_of_tools_are_compared_while_compiling() {
        const FOUND: [Option<&str>; 3] = {
            let (few, more) = LIST.split_at(100);
            [doubled(&[few, &[], more]), doubled(&[few, more, &[&TOOLS[7]]]), doubled(&[&[], &[&TOOLS[3], &TOOLS[3]]])]
        };
        assert_eq!(FOUND, [None, Some("0007"), Some("0003")]);
    }
}
