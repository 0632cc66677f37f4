//! Which agents and tools a workflow's body may use, as far as that shows in its text.
//!
//! It is enough to name candidates: what is no agent and no tool is sorted out by the compiler, which knows the
//! types. What does not show, because a helper function does it, is listed in `agents` and `tools`.

use super::uses::Names;
use crate::{diag::source, invocation};
use proc_macro2::{Ident, TokenStream};
use std::collections::HashMap;
use syn::{
    Block, Expr, ExprCall, ExprMethodCall, ExprPath, GenericArgument, Item, Local, Macro, Pat, PatType, Path,
    PathArguments, Stmt, Type, TypePath,
    ext::IdentExt,
    visit::{self, Visit},
};

/// What the body may use.
#[derive(Default)]
pub(crate) struct Found {
    /// Types of values that something is `run` on.
    pub(crate) receivers: Vec<Path>,
    /// Functions named `call`, or `call_` and something, by their whole paths.
    pub(crate) calls: Vec<Path>,
    /// The `use`s that these need.
    pub(crate) uses: Vec<TokenStream>,
}

/// Reads a body; of one that syn cannot read, nothing is known.
pub(crate) fn body(body: &TokenStream) -> Found {
    let Ok(block) = syn::parse2::<Block>(body.clone()) else {
        return Found::default();
    };
    let mut scan = Scan::default();
    scan.visit_block(&block);
    let Scan { names, mut receivers, mut calls, variables: _ } = scan;
    receivers.retain(|path| names.reaches(path));
    calls.retain(|path| names.reaches(path));
    let uses = names.needed(receivers.iter().chain(&calls));
    Found { receivers, calls, uses }
}

#[derive(Default)]
struct Scan {
    names: Names,
    receivers: Vec<Path>,
    calls: Vec<Path>,
    /// Every type a name is ever bound to: naming one too many does no harm, so scopes need no attention.
    variables: HashMap<String, Vec<Path>>,
}

impl<'ast> Visit<'ast> for Scan {
    fn visit_item(&mut self, item: &'ast Item) {
        // What is nested in the body runs elsewhere, if at all; only its name matters here.
        self.names.add(item);
    }

    fn visit_local(&mut self, local: &'ast Local) {
        visit::visit_local(self, local);
        let (pat, written) = match &local.pat {
            Pat::Type(PatType { pat, ty, .. }) => (&**pat, type_path(ty)),
            pat => (pat, None),
        };
        if let Pat::Ident(pat) = pat {
            // A type that is written out says more than the value, which may leave its parameters open.
            let types = match (written, &local.init) {
                (Some(written), _) => vec![written],
                (None, Some(init)) => self.types_of(&init.expr),
                (None, None) => Vec::new(),
            };
            self.variables.entry(pat.ident.unraw().to_string()).or_default().extend(types);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        visit::visit_expr_method_call(self, call);
        let (Some(argument), 1) = (call.args.first(), call.args.len()) else { return };
        let agent = match call.method.to_string().as_str() {
            "run" | "run_all" | "run_streamed" | "resume" => &*call.receiver,
            "or_run" | "compact" => argument,
            _ => return,
        };
        let types = self.types_of(agent);
        add(&mut self.receivers, types);
    }

    // Called, or handed on to be called for each of many.
    fn visit_expr_path(&mut self, function: &'ast ExprPath) {
        let path = &function.path;
        // That of a tool, or of a method of a toolset.
        let is_named = |last: &Ident| last == "call" || last.to_string().starts_with("call_");
        let is_call = path.segments.len() > 1 && path.segments.last().is_some_and(|last| is_named(&last.ident));
        let is_generic = path.segments.iter().any(|segment| !segment.arguments.is_none());
        if is_call && function.qself.is_none() && is_plain(path) && !is_generic {
            add(&mut self.calls, vec![path.clone()]);
        }
    }

    fn visit_macro(&mut self, invocation: &'ast Macro) {
        for expr in invocation::expressions(&invocation.tokens) {
            self.visit_expr(&expr);
        }
    }
}

impl Scan {
    /// The types the expression may have, as far as it says.
    fn types_of(&self, expr: &Expr) -> Vec<Path> {
        match expr {
            Expr::Reference(expr) => self.types_of(&expr.expr),
            Expr::Paren(expr) => self.types_of(&expr.expr),
            Expr::Group(expr) => self.types_of(&expr.expr),
            Expr::MethodCall(call) if call.method == "clone" && call.args.is_empty() => self.types_of(&call.receiver),
            // What is made of a state that is lent: `order.state(|order| Clerk { .. })`.
            Expr::MethodCall(call) if call.method == "state" || call.method == "state_mut" => match call.args.first() {
                Some(Expr::Closure(closure)) => self.types_of(&closure.body),
                _ => Vec::new(),
            },
            Expr::Block(expr) => match expr.block.stmts.last() {
                Some(Stmt::Expr(value, None)) => self.types_of(value),
                _ => Vec::new(),
            },
            Expr::Struct(expr) if expr.qself.is_none() => owner(&expr.path).into_iter().collect(),
            Expr::Path(expr) if expr.qself.is_none() => match expr.path.get_ident() {
                Some(ident) if self.variables.contains_key(&ident.unraw().to_string()) => {
                    self.variables[&ident.unraw().to_string()].clone()
                }
                _ if last_is(&expr.path, is_type_name) => owner(&expr.path).into_iter().collect(),
                // A constant of a type is mostly a value of it.
                _ => without_last(&expr.path)
                    .filter(|owner| last_is(owner, is_type_name) && is_plain(owner))
                    .into_iter()
                    .collect(),
            },
            Expr::Call(call) => match &*call.func {
                Expr::Path(function) if function.qself.is_none() => self.types_of_call(&function.path, call),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn types_of_call(&self, function: &Path, call: &ExprCall) -> Vec<Path> {
        let Some(owner) = without_last(function).filter(|owner| last_is(owner, is_type_name)) else {
            return Vec::new();
        };
        if last_is(&owner, is_holder) {
            return call.args.first().map(|inner| self.types_of(inner)).unwrap_or_default();
        }
        // Traits, of which the function may be just as well; a trait is no type.
        if last_is(&owner, |name| ["Default", "From", "Into"].contains(&name)) || !is_plain(&owner) {
            return Vec::new();
        }
        vec![owner]
    }
}

/// The type of a value that is written by this path: of `Kind::Planner` it is `Kind`.
fn owner(path: &Path) -> Option<Path> {
    let owner = without_last(path).filter(|owner| last_is(owner, is_type_name)).unwrap_or_else(|| path.clone());
    (is_plain(&owner) && last_is(&owner, |name| name != "Self")).then_some(owner)
}

/// The path without its last segment, if anything is left of it.
fn without_last(path: &Path) -> Option<Path> {
    let mut shorter = path.clone();
    shorter.segments.pop()?;
    shorter.segments.pop_punct();
    (!shorter.segments.is_empty()).then_some(shorter)
}

fn last_is(path: &Path, test: impl Fn(&str) -> bool) -> bool {
    path.segments.last().is_some_and(|last| test(&last.ident.unraw().to_string()))
}

/// `UpperCamelCase`: a lower case letter tells it from a `CONSTANT`, and from the `T` of something generic.
fn is_type_name(name: &str) -> bool {
    name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase) && name != "Self"
}

/// These hold what they are given, and answer to its methods.
fn is_holder(name: &str) -> bool {
    ["Arc", "Box", "Rc"].contains(&name)
}

/// Whether the path is complete as it is written, and the same everywhere.
fn is_plain(path: &Path) -> bool {
    path.segments.iter().all(|segment| match &segment.arguments {
        PathArguments::None => true,
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().all(is_written_out),
        PathArguments::Parenthesized(_) => false,
    }) && path.segments.first().is_some_and(|first| first.ident != "Self")
}

/// Whether a generic argument is a type that leaves nothing open.
fn is_written_out(argument: &GenericArgument) -> bool {
    match argument {
        GenericArgument::Type(Type::Path(TypePath { qself: None, path })) => is_plain(path),
        GenericArgument::Const(value) => matches!(value, Expr::Lit(_)),
        _ => false,
    }
}

fn type_path(ty: &Type) -> Option<Path> {
    match ty {
        Type::Path(ty) if ty.qself.is_none() && is_plain(&ty.path) && last_is(&ty.path, is_type_name) => {
            let last = ty.path.segments.last()?;
            match &last.arguments {
                PathArguments::AngleBracketed(held) if is_holder(&last.ident.to_string()) => match held.args.first()? {
                    GenericArgument::Type(held) => type_path(held),
                    _ => None,
                },
                _ => Some(ty.path.clone()),
            }
        }
        Type::Reference(ty) => type_path(&ty.elem),
        _ => None,
    }
}

fn add(paths: &mut Vec<Path>, more: Vec<Path>) {
    for path in more {
        if !paths.iter().any(|known| source(known) == source(&path)) {
            paths.push(path);
        }
    }
}
