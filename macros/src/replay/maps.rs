//! Hash maps and hash sets that a body goes through: in another order each time.
//!
//! Known are those that the body itself makes, or that are its arguments, by the type that is written for them.

use syn::{
    Expr, ExprForLoop, ExprMethodCall, FnArg, GenericArgument, Ident, Local, Pat, PatType, Path, PathArguments, Type,
};

/// The names that stand for one.
#[derive(Clone, Default)]
pub(super) struct Maps(Vec<Ident>);

/// Methods that go through a map from its beginning to its end.
const THROUGH: [&str; 8] = ["iter", "iter_mut", "into_iter", "keys", "into_keys", "values", "values_mut", "drain"];

/// Methods of an iterator that come to the same in any order.
const WITHOUT_ORDER: [&str; 8] = ["sum", "product", "count", "any", "all", "min", "max", "len"];

/// Methods that leave it to what follows whether the order matters.
const ON_THE_WAY: [&str; 6] = ["map", "filter", "filter_map", "flat_map", "copied", "cloned"];

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
            self.forget(&pat.ident);
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

    /// Whether a map is gone through to something that is the same in any order: a sum, or a `BTreeMap`.
    pub(super) fn comes_to_the_same(&self, call: &ExprMethodCall) -> bool {
        let sorted = call.method == "collect" && collects(call, &["BTreeMap", "BTreeSet"]);
        if !sorted && !WITHOUT_ORDER.iter().any(|name| call.method == name) {
            return false;
        }
        let mut source = &*call.receiver;
        while let Expr::MethodCall(inner) = source {
            if self.of_method(inner).is_some() {
                return true;
            }
            if !ON_THE_WAY.iter().any(|name| inner.method == name) {
                return false;
            }
            source = &inner.receiver;
        }
        false
    }

    /// Another value has this name from here on.
    pub(super) fn forget(&mut self, name: &Ident) {
        self.0.retain(|known| known != name);
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
        Expr::MethodCall(call) => collects(call, &["HashMap", "HashSet"]),
        Expr::Try(expr) => makes_map(&expr.expr),
        Expr::Await(expr) => makes_map(&expr.base),
        _ => false,
    }
}

/// Whether the type that is written behind a call, as in `collect::<Vec<_>>()`, is one of these.
fn collects(call: &ExprMethodCall, names: &[&str]) -> bool {
    call.turbofish.iter().flat_map(|turbofish| &turbofish.args).any(|argument| match argument {
        GenericArgument::Type(Type::Path(ty)) => {
            ty.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
        }
        _ => false,
    })
}

fn is_constructor(path: &Path) -> bool {
    let mut segments = path.segments.iter().rev();
    let function = segments.next();
    let ty = segments.next();
    function.is_some_and(|function| matches!(function.arguments, PathArguments::None))
        && ty.is_some_and(|ty| is_name(&ty.ident))
}
