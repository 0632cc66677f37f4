//! What stands in an agent's `handoffs`: agents, and what is decided about handing over to them.

use crate::{
    diag::{Errors, source},
    options::{self, Setting, known, until_comma},
    tool::name_of,
    values::List,
};
use proc_macro2::{Group, Ident, TokenStream};
use syn::{
    Expr, ExprPath, ExprStruct, LitStr, Path, Token,
    parse::{Parse, ParseStream, Parser},
};

const MESSAGE: &str = "is no agent; write `Refunds`, or `Refunds { region: self.region.clone() }` if it has fields";

/// Another agent to hand over to.
pub(crate) struct Handoff {
    pub(super) to: To,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    /// The tool that is called on the way.
    pub(super) calls: Option<Path>,
    pub(super) filter: Option<Path>,
    pub(super) enabled: Option<Path>,
}

pub(super) enum To {
    /// One without fields.
    Unit(Path),
    /// One with values for its fields.
    Values(ExprStruct),
}

/// An element of the list: `Refunds`, or `handoff(Refunds, filter = remove_all_tools)`.
struct Listed {
    agent: TokenStream,
    options: TokenStream,
    /// The word `handoff`, if it is there.
    word: Option<Ident>,
}

impl Parse for Listed {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let fork = input.fork();
        let (Ok(word), Ok(group)) = (fork.parse::<Ident>(), fork.parse::<Group>()) else {
            return Ok(Self { agent: input.parse()?, options: TokenStream::new(), word: None });
        };
        if word != "handoff" || !fork.is_empty() {
            return Ok(Self { agent: input.parse()?, options: TokenStream::new(), word: None });
        }
        input.parse::<TokenStream>()?;
        let apart = |input: ParseStream<'_>| {
            let agent = until_comma(input)?;
            input.parse::<Option<Token![,]>>()?;
            Ok((agent, input.parse()?))
        };
        let (agent, options) = apart.parse2(group.stream())?;
        Ok(Self { agent, options, word: Some(word) })
    }
}

#[derive(Default)]
struct Args {
    name: Option<Setting<LitStr>>,
    description: Option<Setting<LitStr>>,
    on_handoff: Option<Setting<Path>>,
    filter: Option<Setting<Path>>,
    enabled: Option<Setting<Path>>,
}

pub(super) fn handoffs(written: Option<Setting<List>>, errors: &mut Errors) -> Vec<Handoff> {
    let Some(setting) = written else { return Vec::new() };
    let mut seen: Vec<String> = Vec::new();
    let mut handoffs = Vec::new();
    for listed in setting.value.each::<Listed>(MESSAGE, errors) {
        let Some(handoff) = handoff(listed, errors) else { continue };
        let agent = source(handoff.path());
        let name = handoff.name.as_ref().map_or_else(|| agent.clone(), |name| format!("\"{name}\""));
        if seen.contains(&name) {
            errors
                .at(handoff.path(), format!("`{agent}` is listed twice; the model would see two handoffs of one name"));
        }
        seen.push(name);
        handoffs.push(handoff);
    }
    handoffs
}

fn handoff(Listed { agent, options, word }: Listed, errors: &mut Errors) -> Option<Handoff> {
    let mut args = Args::default();
    let mut table = [
        known("name", "\"escalate\"", &mut args.name),
        known("description", "\"Asks for a human.\"", &mut args.description),
        known("on_handoff", "note_reason", &mut args.on_handoff),
        known("filter", "remove_all_tools", &mut args.filter),
        known("enabled", "is_open", &mut args.enabled),
    ];
    options::read("agent(handoff)", options, &mut table, errors);
    if let (Some(word), true) = (word, agent.is_empty()) {
        errors.at(&word, "`handoff` names no agent; write `handoff(Refunds, filter = remove_all_tools)`");
        return None;
    }
    let to = match syn::parse2(agent.clone()) {
        Ok(Expr::Path(ExprPath { qself: None, path, .. })) => To::Unit(path),
        Ok(Expr::Struct(expression)) if expression.qself.is_none() => To::Values(expression),
        _ => {
            errors.at(&agent, format!("`{}` {MESSAGE}", source(&agent)));
            return None;
        }
    };
    Some(Handoff {
        to,
        name: args.name.and_then(|setting| name_of(&setting.value, errors)),
        description: args.description.and_then(|setting| setting.filled(errors)),
        calls: args.on_handoff.map(|setting| setting.value),
        filter: args.filter.map(|setting| setting.value),
        enabled: args.enabled.map(|setting| setting.value),
    })
}

impl Handoff {
    /// The agent's type.
    pub(super) fn path(&self) -> &Path {
        match &self.to {
            To::Unit(path) => path,
            To::Values(expression) => &expression.path,
        }
    }
}
