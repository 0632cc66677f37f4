//! Values that a body has in common with all else in the process: statics, and what is locked.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Expr, ExprMethodCall, ExprPath, ItemStatic, StaticMutability};

/// Whether a static may be changed while it is shared.
pub(super) fn is_shared(item: &ItemStatic) -> bool {
    matches!(item.mutability, StaticMutability::Mut(_)) || changes(item.ty.to_token_stream())
}

/// The static that a method reads or changes, for what it is at that moment.
pub(super) fn of_method(call: &ExprMethodCall) -> Option<&ExprPath> {
    // Of a constant these would be other methods.
    const OF_ATOMICS: [&str; 15] = [
        "load",
        "store",
        "swap",
        "compare_exchange",
        "compare_exchange_weak",
        "fetch_add",
        "fetch_sub",
        "fetch_and",
        "fetch_or",
        "fetch_xor",
        "fetch_max",
        "fetch_min",
        "fetch_update",
        "fetch_not",
        "fetch_nand",
    ];
    const OF_LOCKS: [&str; 6] = ["lock", "try_lock", "read", "try_read", "write", "try_write"];
    const OF_THREADS: [&str; 4] = ["with", "with_borrow", "with_borrow_mut", "set"];
    let is = |names: &[&str]| names.iter().any(|name| call.method == name);
    let first = call.args.first();
    let looks_inside = is(&OF_ATOMICS) && first.is_some()
        || is(&OF_LOCKS) && first.is_none()
        || is(&OF_THREADS) && call.args.len() == 1;
    named_static(&call.receiver).filter(|_| looks_inside)
}

/// The static that is assigned to. Nothing else of such a name can be.
pub(super) fn of_assigned(left: &Expr) -> Option<&ExprPath> {
    match left {
        Expr::Field(field) => of_assigned(&field.base),
        Expr::Index(index) => of_assigned(&index.expr),
        Expr::Paren(paren) => of_assigned(&paren.expr),
        whole => named_static(whole),
    }
}

/// The static that an `unsafe` block is there to read: `unsafe { COUNT }`.
pub(super) fn of_unsafe(block: &syn::Block) -> Option<&ExprPath> {
    match block.stmts.as_slice() {
        [syn::Stmt::Expr(value, None)] => named_static(value),
        _ => None,
    }
}

/// A path to something that is named as statics and constants are.
fn named_static(value: &Expr) -> Option<&ExprPath> {
    let Expr::Path(path) = value else { return None };
    let name = path.path.segments.last()?.ident.to_string();
    let is_upper_case = name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    (is_upper_case && name.len() > 1).then_some(path)
}

/// The lock that is waited for with the thread: `count.lock().unwrap()`. What is awaited has no such result.
pub(super) fn locked(call: &ExprMethodCall) -> Option<&ExprMethodCall> {
    const UNWRAPPED: [&str; 3] = ["unwrap", "expect", "unwrap_or_else"];
    const LOCKS: [&str; 4] = ["lock", "read", "write", "recv"];
    let Expr::MethodCall(inner) = &*call.receiver else { return None };
    let is_lock = LOCKS.iter().any(|name| inner.method == name) && inner.args.is_empty();
    (UNWRAPPED.iter().any(|name| call.method == name) && is_lock).then_some(inner)
}

/// Whether a value of this type may be changed while it is shared. One that is only made when it is first needed is the
/// same for all.
fn changes(ty: TokenStream) -> bool {
    const CELLS: [&str; 17] = [
        "Mutex",
        "RwLock",
        "RefCell",
        "Cell",
        "UnsafeCell",
        "AtomicBool",
        "AtomicU8",
        "AtomicU16",
        "AtomicU32",
        "AtomicU64",
        "AtomicUsize",
        "AtomicI8",
        "AtomicI16",
        "AtomicI32",
        "AtomicI64",
        "AtomicIsize",
        "AtomicPtr",
    ];
    ty.into_iter().any(|token| match token {
        TokenTree::Ident(name) => CELLS.iter().any(|cell| name == cell),
        TokenTree::Group(group) => changes(group.stream()),
        _ => false,
    })
}
