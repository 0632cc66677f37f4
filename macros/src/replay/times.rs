//! Points in time that a body has taken: what has passed since is another each time.

use syn::{Expr, Ident, Local, Pat};

/// The names that stand for one.
#[derive(Clone, Default)]
pub(super) struct Times(Vec<Ident>);

impl Times {
    /// Takes in a `let`.
    pub(super) fn declare(&mut self, local: &Local) {
        if let (Pat::Ident(name), Some(init)) = (&local.pat, &local.init)
            && self.is_time(&init.expr)
        {
            self.0.push(name.ident.clone());
        }
    }

    /// The name means something else from here on.
    pub(super) fn forget(&mut self, name: &Ident) {
        self.0.retain(|known| known != name);
    }

    /// Whether it is `workflow::now()`, or one like it, or has that name.
    pub(super) fn is_time(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Call(call) => matches!(&*call.func, Expr::Path(function) if last_is(function, "now")),
            Expr::Path(path) => {
                last_is(path, "UNIX_EPOCH") || path.path.get_ident().is_some_and(|name| self.0.contains(name))
            }
            _ => false,
        }
    }
}

fn last_is(path: &syn::ExprPath, name: &str) -> bool {
    path.path.segments.last().is_some_and(|last| last.ident == name)
}
