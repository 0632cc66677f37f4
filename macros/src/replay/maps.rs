//! Hash maps and hash sets that a body goes through: in another order each time.
//!
//! Known are those that the body itself makes, or that are its arguments, by the type that is written for them.

use syn::{
    Expr, ExprForLoop, ExprMethodCall, FnArg, GenericArgument, Ident, Local, Pat, PatType, Path, PathArguments, Type,
};

/// The names that stand for one.
#[derive(Default)]
pub(super) struct Maps(Vec<Ident>);

/// Methods that go through a map from its beginning to its end.
const THROUGH: [&str; 8] = ["iter", "iter_mut", "into_iter", "keys", "into_keys", "values", "values_mut", "drain"];

impl Maps {
    /// Takes in the arguments of the function.
    pub(super) fn of_arguments<'a>(arguments: impl IntoIterator<Item = &'a FnArg>) -> Self {
        let mut maps = Self::default();
        for argument in arguments {
            if let FnArg::Typed(PatType { pat, ty, .. }) = argument {
                maps.note(pat, is_map(ty));
            }
        }
        maps
    }

    /// Takes in a `let`.
    pub(super) fn declare(&mut self, local: &Local) {
        let (pat, typed) = match &local.pat {
            Pat::Type(PatType { pat, ty, .. }) => (&**pat, is_map(ty)),
            pat => (pat, false),
        };
        self.note(pat, typed || local.init.as_ref().is_some_and(|init| makes_map(&init.expr)));
    }

    fn note(&mut self, pat: &Pat, is_map: bool) {
        if let Pat::Ident(pat) = pat {
            // Another one of this name takes its place.
            self.0.retain(|name| *name != pat.ident);
            if is_map {
                self.0.push(pat.ident.clone());
            }
        }
    }

    /// The map that a loop goes through, if it is one.
    pub(super) fn of_loop<'a>(&self, looped: &'a ExprForLoop) -> Option<&'a Expr> {
        self.is_known(&looped.expr).then_some(&*looped.expr)
    }

    /// The map that a method goes through, if it is one.
    pub(super) fn of_method<'a>(&self, call: &'a ExprMethodCall) -> Option<&'a Expr> {
        let goes_through = THROUGH.iter().any(|name| call.method == name);
        (goes_through && self.is_known(&call.receiver)).then_some(&*call.receiver)
    }

    fn is_known(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Reference(reference) => self.is_known(&reference.expr),
            Expr::Paren(inner) => self.is_known(&inner.expr),
            Expr::Path(path) => path.path.get_ident().is_some_and(|name| self.0.contains(name)),
            _ => false,
        }
    }
}

fn is_map(ty: &Type) -> bool {
    match ty {
        Type::Path(ty) => ty.path.segments.last().is_some_and(|last| is_name(&last.ident)),
        Type::Reference(ty) => is_map(&ty.elem),
        _ => false,
    }
}

fn is_name(name: &Ident) -> bool {
    name == "HashMap" || name == "HashSet"
}

/// Whether an expression makes one: `HashMap::from(..)`, or `.collect::<HashSet<_>>()`.
fn makes_map(expr: &Expr) -> bool {
    match expr {
        Expr::Call(call) => matches!(&*call.func, Expr::Path(path) if is_constructor(&path.path)),
        Expr::MethodCall(call) => {
            call.turbofish.iter().flat_map(|turbofish| &turbofish.args).any(|argument| match argument {
                GenericArgument::Type(ty) => is_map(ty),
                _ => false,
            })
        }
        Expr::Try(expr) => makes_map(&expr.expr),
        Expr::Await(expr) => makes_map(&expr.base),
        _ => false,
    }
}

fn is_constructor(path: &Path) -> bool {
    let mut segments = path.segments.iter().rev();
    let function = segments.next();
    let ty = segments.next();
    function.is_some_and(|function| matches!(function.arguments, PathArguments::None))
        && ty.is_some_and(|ty| is_name(&ty.ident))
}
