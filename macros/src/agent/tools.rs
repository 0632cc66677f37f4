//! What stands in an agent's `tools`: names, and expressions that make hosted tools.

use crate::{
    diag::{Errors, source},
    options::Setting,
    values::{List, is_called},
};
use syn::{
    Expr, ExprCall, ExprMethodCall, ExprPath, Path,
    ext::IdentExt,
    parse::{Parse, ParseStream, discouraged::Speculative},
};

/// One element of the list.
pub(crate) enum Listed {
    /// `weather`, `Bank`, `Bank::transfer`, `WebSearch`.
    Name(Path),
    /// `FileSearch::new(["vs_1"]).max_results(5)`: what makes a tool that runs at the model's provider, and the path of
    /// the function that is called first.
    Hosted { expression: Box<Expr>, function: Path },
}

impl Parse for Listed {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        // As a type's path: `f()` and `f<T>` are such, and as an expression the latter would be a comparison.
        let fork = input.fork();
        if let Some(path) = fork.parse::<Path>().ok().filter(|path| fork.is_empty() && !is_called(path)) {
            input.advance_to(&fork);
            return Ok(Self::Name(path));
        }
        let expression: Expr = input.parse()?;
        match constructor(&expression) {
            // A call of a lone name, such as `weather()`, is the mistake of one who means the tool.
            Some(function) if function.segments.len() > 1 => {
                Ok(Self::Hosted { function: function.clone(), expression: Box::new(expression) })
            }
            _ => Err(input.error("expected a tool")),
        }
    }
}

impl Listed {
    /// The name, if it is one.
    pub(crate) fn name(&self) -> Option<&Path> {
        match self {
            Self::Name(path) => Some(path),
            Self::Hosted { .. } => None,
        }
    }

    /// The type whose function makes a hosted tool.
    pub(crate) fn hosted_type(&self) -> Option<Path> {
        let Self::Hosted { function, .. } = self else { return None };
        let mut ty = function.clone();
        ty.segments.pop();
        ty.segments.pop_punct();
        Some(ty)
    }
}

/// The function at the beginning of `a::b(..).c(..).d(..)`.
fn constructor(expression: &Expr) -> Option<&Path> {
    match expression {
        Expr::MethodCall(ExprMethodCall { receiver, .. }) => constructor(receiver),
        Expr::Call(ExprCall { func, .. }) => match &**func {
            Expr::Path(ExprPath { qself: None, path, .. }) => Some(path),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn tools(written: Option<Setting<List>>, errors: &mut Errors) -> Vec<Listed> {
    let Some(setting) = written else { return Vec::new() };
    let listed: Vec<Listed> = setting.value.each("is no tool's name; write the name alone, as in `[weather]`", errors);
    for (index, path) in listed.iter().enumerate().filter_map(|(index, tool)| Some((index, tool.name()?))) {
        let name = source(path);
        if listed[..index].iter().filter_map(Listed::name).any(|earlier| source(earlier) == name) {
            errors.at(path, format!("`{name}` is listed twice; the model would see two tools of one name"));
        }
    }
    listed
}

/// For `Bank::transfer`, which is no type: the type, and the method's name. A module's name begins with a small letter.
pub(super) fn method(tool: &Path) -> Option<(Path, String)> {
    let mut owner = tool.clone();
    let method = owner.segments.pop()?.into_value();
    owner.segments.pop_punct();
    let last = owner.segments.last()?;
    let is_type = last.ident.unraw().to_string().starts_with(char::is_uppercase);
    let is_method = method.ident.unraw().to_string().starts_with(|first: char| !first.is_uppercase());
    (is_type && is_method).then(|| (owner, method.ident.unraw().to_string()))
}
