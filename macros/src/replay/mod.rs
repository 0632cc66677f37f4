//! Calls that a replay cannot repeat, as far as they are spelled out in a body.
//!
//! Only known paths are looked for, by their ends: what a helper function does shows nowhere, and a method of a value
//! could be anything.

mod imports;
mod maps;
mod misuses;
mod shared;
mod times;

use crate::{
    diag::{Errors, source},
    invocation,
};
use imports::Imports;
use maps::Maps;
use misuses::Misuse;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Arm, BinOp, Block, Expr, ExprAssign, ExprBinary, ExprCall, ExprClosure, ExprForLoop, ExprMethodCall, ExprPath,
    ExprUnsafe, FnArg, Item, Local, Macro, PatIdent, Path,
    visit::{self, Visit},
};
use times::Times;

/// Whose body it is.
#[derive(Clone, Copy)]
pub(crate) enum Body {
    InlineTool,
    Workflow,
}

/// Notes what a body does that a replay cannot repeat. Of a body that syn cannot read, nothing is known.
pub(crate) fn check<'a>(
    of: Body,
    arguments: impl IntoIterator<Item = &'a FnArg>,
    body: &TokenStream,
    errors: &mut Errors,
) {
    if let Ok(block) = syn::parse2::<Block>(body.clone()) {
        Calls { of, imports: Imports::default(), maps: Maps::of_arguments(arguments), times: Times::default(), errors }
            .visit_block(&block);
    }
}

struct Calls<'a> {
    of: Body,
    imports: Imports,
    maps: Maps,
    times: Times,
    errors: &'a mut Errors,
}

impl<'ast> Visit<'ast> for Calls<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        // What is nested in the body is not run by being there; but what it shares with other runs is.
        if let Item::Static(item) = item
            && shared::is_shared(item)
        {
            self.refuse_sharing(&item.ident);
        }
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        let Expr::Path(function) = &*call.func else { return visit::visit_expr_call(self, call) };
        let whole = self.imports.whole(&function.path);
        if is_way_out(&whole, call) {
            return;
        }
        if let Some(misuse) = misuses::of_call(&whole) {
            self.refuse(&function.path, misuse);
        }
        call.args.iter().for_each(|argument| self.visit_expr(argument));
    }

    fn visit_expr_path(&mut self, function: &'ast ExprPath) {
        // Handed over, to be called by somebody else. A variable may have any name.
        if function.path.segments.len() > 1
            && let Some(misuse) = misuses::of_call(&self.imports.whole(&function.path))
        {
            self.refuse(&function.path, misuse);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if let Some(misuse) = misuses::of_method(&call.method) {
            self.refuse(&call.method, misuse);
        }
        if call.method == "elapsed" && self.times.is_time(&call.receiver) {
            self.refuse(&call.method, &misuses::ELAPSED);
        }
        if let Some(name) = shared::of_method(call) {
            self.refuse_sharing(name);
        } else if let Some(lock) = shared::locked(call).filter(|lock| shared::of_method(lock).is_none()) {
            self.refuse(&lock.method, &misuses::LOCK);
        }
        if self.maps.comes_to_the_same(call) {
            return self.visit_arguments(call);
        }
        if let Some(map) = self.maps.of_method(call) {
            self.refuse_order(map);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_for_loop(&mut self, looped: &'ast ExprForLoop) {
        if let Some(map) = self.maps.of_loop(looped) {
            self.refuse_order(map);
        }
        self.within(|calls| visit::visit_expr_for_loop(calls, looped));
    }

    fn visit_expr_assign(&mut self, assigned: &'ast ExprAssign) {
        if let Some(name) = shared::of_assigned(&assigned.left) {
            self.refuse_sharing(name);
        }
        visit::visit_expr_assign(self, assigned);
    }

    fn visit_expr_binary(&mut self, binary: &'ast ExprBinary) {
        if let Some(name) = shared::of_assigned(&binary.left).filter(|_| assigns(&binary.op)) {
            self.refuse_sharing(name);
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_unsafe(&mut self, expr: &'ast ExprUnsafe) {
        if let Some(name) = shared::of_unsafe(&expr.block) {
            self.refuse_sharing(name);
        }
        visit::visit_expr_unsafe(self, expr);
    }

    fn visit_block(&mut self, block: &'ast Block) {
        let outside = self.imports.clone();
        self.imports.take_in(block);
        self.within(|calls| visit::visit_block(calls, block));
        self.imports = outside;
    }

    fn visit_expr_closure(&mut self, closure: &'ast ExprClosure) {
        self.within(|calls| visit::visit_expr_closure(calls, closure));
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        self.within(|calls| visit::visit_arm(calls, arm));
    }

    fn visit_pat_ident(&mut self, name: &'ast PatIdent) {
        self.maps.forget(&name.ident);
        self.times.forget(&name.ident);
        visit::visit_pat_ident(self, name);
    }

    fn visit_local(&mut self, local: &'ast Local) {
        // What it is made of means what was there before.
        if let Some(init) = &local.init {
            visit::visit_local_init(self, init);
        }
        self.visit_pat(&local.pat);
        self.maps.declare(local);
        self.times.declare(local);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        if let Some(misuse) = misuses::of_macro(&self.imports.whole(&call.path)) {
            self.refuse(&call.path, misuse);
        }
        for expr in &invocation::expressions_within(&call.tokens) {
            self.visit_expr(expr);
        }
    }
}

impl Calls<'_> {
    /// Names that are given in there mean nothing behind it.
    fn within(&mut self, look: impl FnOnce(&mut Self)) {
        let outside = (self.maps.clone(), self.times.clone());
        look(self);
        (self.maps, self.times) = outside;
    }

    /// What a chain of calls is given, without the chain itself.
    fn visit_arguments(&mut self, call: &ExprMethodCall) {
        let mut call = Some(call);
        while let Some(ExprMethodCall { args, receiver, .. }) = call {
            args.iter().for_each(|argument| self.visit_expr(argument));
            call = match &**receiver {
                Expr::MethodCall(inner) => Some(inner),
                _ => None,
            };
        }
    }

    fn refuse(&mut self, what: &impl ToTokens, misuse: &Misuse) {
        let instead = match self.of {
            Body::InlineTool => misuse.in_a_tool,
            Body::Workflow => misuse.in_a_workflow,
        };
        self.say(what, misuse.why, instead);
    }

    fn refuse_order(&mut self, map: &Expr) {
        let instead = "use a `BTreeMap` or a `BTreeSet`";
        self.say(map, "has another order each time", instead);
    }

    fn refuse_sharing(&mut self, name: &impl ToTokens) {
        self.say(name, "is shared with every other run in the process", "keep it in a variable");
    }

    /// What is wrong, why, and what to write.
    fn say(&mut self, what: &impl ToTokens, why: &str, instead: &str) {
        let written = source(what);
        let instead = if instead.is_empty() { String::new() } else { format!("{instead}, or ") };
        let message = match self.of {
            Body::InlineTool => format!(
                "an inline tool is run again whenever its workflow is replayed, and `{written}` {why}\n\
                 {instead}remove `inline`, so that the call is recorded"
            ),
            Body::Workflow => format!(
                "a workflow is replayed from its history, and `{written}` {why}\n\
                 {instead}move it into a tool, or wrap it in `workflow::unchecked` where it does no harm"
            ),
        };
        self.errors.at(what.to_token_stream(), message);
    }
}

/// Whether whoever writes it has thought about it, or it is done only once.
fn is_way_out(function: &Path, call: &ExprCall) -> bool {
    let Some(last) = function.segments.last() else { return false };
    let is_closure = call.args.len() == 1 && matches!(call.args.first(), Some(Expr::Closure(_)));
    last.ident == "unchecked" || last.ident == "log" && is_closure
}

/// Whether it is `+=` or the like.
fn assigns(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}

#[cfg(test)]
mod tests;
