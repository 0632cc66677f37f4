//! Who is measured, and what the same tools look like in each.

use std::fmt;

/// A way to make tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contender {
    /// Functions without any attribute: what is subtracted from the others.
    Plain,
    Steadfast,
    /// The arguments as a struct that derives what everybody needs, and nothing else.
    Derives,
    Rig,
    Rmcp,
}

impl Contender {
    pub(super) const ALL: [Self; 5] = [Self::Plain, Self::Steadfast, Self::Derives, Self::Rig, Self::Rmcp];

    /// Its name in paths.
    pub(super) fn slug(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Steadfast => "steadfast",
            Self::Derives => "derives",
            Self::Rig => "rig",
            Self::Rmcp => "rmcp",
        }
    }

    /// What it depends on. Crates of ours are all beside the same dependency, so that reading it costs all the same.
    pub(super) fn dependencies(self, runtime: &str) -> String {
        match self {
            Self::Plain | Self::Steadfast => format!("steadfast = {{ path = {runtime:?} }}\n"),
            Self::Derives => {
                format!(
                    "steadfast = {{ path = {runtime:?} }}\nserde = {{ version = \"1\", features = [\"derive\"] }}\nschemars = \"1\"\n"
                )
            }
            Self::Rig => "rig-core = \"0.44\"\n".to_owned(),
            Self::Rmcp => {
                "rmcp = { version = \"3.11\", default-features = false, features = [\"macros\", \"server\"] }\n\
                           serde = { version = \"1\", features = [\"derive\"] }\nschemars = \"1\"\n"
                    .to_owned()
            }
        }
    }

    /// A library with so many tools; `edit` is a number in one of them.
    pub(super) fn source(self, count: usize, edit: usize) -> String {
        let tools: String = (0..count).map(|n| self.tool(n, 1000 + if n == count / 2 { edit } else { 0 })).collect();
        let source = match self {
            Self::Plain => tools,
            Self::Steadfast => format!("use steadfast::tool;\n{tools}"),
            Self::Derives => format!("use schemars::JsonSchema;\nuse serde::Deserialize;\n{tools}"),
            Self::Rig => format!("use rig_core::{{rig_tool, tool::ToolExecutionError}};\n{tools}"),
            Self::Rmcp if count == 0 => tools,
            Self::Rmcp => {
                let arguments: String = (0..count).map(arguments).collect();
                format!(
                    "use rmcp::{{handler::server::wrapper::Parameters, tool, tool_router}};\nuse schemars::JsonSchema;\n\
                     use serde::Deserialize;\n\n#[derive(Clone)]\npub struct Server;\n{arguments}\n\
                     #[tool_router(server_handler)]\nimpl Server {{{tools}}}\n"
                )
            }
        };
        format!("{source}\npub fn unrelated() -> usize {{\n    {edit}\n}}\n")
    }

    fn tool(self, n: usize, limit: usize) -> String {
        let body = format!(
            "    if days > {limit} {{\n        return Err(FAILED(format!(\"no forecast for {{days}} days\")));\n    }}\n    \
             Ok(format!(\"{{city}}: {{}} degrees\", if metric {{ 20 }} else {{ 68 }}))\n"
        );
        let named = "    /// The city.\n    city: String,\n    /// How many days ahead.\n    days: u32,\n    \
                     /// Celsius, not Fahrenheit.\n    metric: bool,\n";
        let bare = "    city: String,\n    days: u32,\n    metric: bool,\n";
        let head = format!("\n/// Tells the weather, as number {n} of its kind.\n");
        match self {
            Self::Plain => {
                let body = body.replace("FAILED", "String::from");
                format!("{head}pub async fn weather_{n}(\n{bare}) -> Result<String, String> {{\n{body}}}\n")
            }
            Self::Steadfast => {
                let body = body.replace("FAILED", "String::from");
                format!("{head}#[tool]\npub async fn weather_{n}(\n{named}) -> Result<String, String> {{\n{body}}}\n")
            }
            Self::Derives => {
                let body = body.replace("FAILED", "String::from");
                let taken = format!("    let Weather{n} {{ city, days, metric }} = arguments;\n");
                format!(
                    "{}{head}pub async fn weather_{n}(arguments: Weather{n}) -> Result<String, String> {{\n{taken}{body}}}\n",
                    arguments(n)
                )
            }
            Self::Rig => {
                let body = body.replace("FAILED", "ToolExecutionError::other");
                format!(
                    "{head}#[rig_tool]\npub async fn weather_{n}(\n{named}) -> Result<String, ToolExecutionError> \
                     {{\n{body}}}\n"
                )
            }
            Self::Rmcp => {
                let body = body.replace("FAILED", "String::from");
                let taken = format!("    let Weather{n} {{ city, days, metric }} = arguments;\n");
                format!(
                    "{head}#[tool]\npub async fn weather_{n}(\n    &self,\n    Parameters(arguments): Parameters<Weather{n}>,\n) \
                     -> Result<String, String> {{\n{taken}{body}}}\n"
                )
            }
        }
    }
}

/// The arguments of a tool, for those that take them as a struct.
fn arguments(n: usize) -> String {
    format!(
        "\n#[derive(Deserialize, JsonSchema)]\npub struct Weather{n} {{\n    /// The city.\n    pub city: String,\n    \
         /// How many days ahead.\n    pub days: u32,\n    /// Celsius, not Fahrenheit.\n    pub metric: bool,\n}}\n"
    )
}

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "functions alone",
            Self::Steadfast => "steadfast `#[tool]`",
            Self::Derives => "two derives by hand",
            Self::Rig => "rig `#[rig_tool]`",
            Self::Rmcp => "rmcp `#[tool]`",
        })
    }
}
