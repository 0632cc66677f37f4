//! Which tokio runtime code finds around itself: a workflow's code, where it is looked at, finds one that does nothing, and
//! the little that is let out of it finds the one that polls it.

use std::cell::RefCell;
use tokio::runtime::Handle;

thread_local! {
    /// The runtime of whoever polls enclosed code.
    static OUTSIDE: RefCell<Option<Handle>> = const { RefCell::new(None) };
}

/// Calls `code` with another runtime around it.
pub(crate) fn enclose<T>(runtime: &Handle, code: impl FnOnce() -> T) -> T {
    /// Puts back what was there, also when the code panics.
    struct Before(Option<Handle>);
    impl Drop for Before {
        fn drop(&mut self) {
            OUTSIDE.with_borrow_mut(|outside| *outside = self.0.take());
        }
    }
    let outside = Handle::try_current().ok();
    let _before = Before(OUTSIDE.with_borrow_mut(|kept| std::mem::replace(kept, outside)));
    let _entered = runtime.enter();
    code()
}

/// Calls `code` with the runtime of whoever polls this.
pub(crate) fn outside<T>(code: impl FnOnce() -> T) -> T {
    let outside = OUTSIDE.with_borrow(Clone::clone);
    let _entered = outside.as_ref().map(Handle::enter);
    code()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::runtime::Builder;

    #[test]
    fn code_is_enclosed_let_out_and_in_again() {
        let (inner, outer) = (Builder::new_current_thread().build(), Builder::new_current_thread().build());
        let (inner, outer) = (inner.expect("it is made"), outer.expect("it is made"));
        let (inside, around) = (inner.handle().id(), outer.handle().id());
        let id = || Handle::current().id();
        outer.block_on(async {
            assert_eq!(outside(id), around);
            enclose(inner.handle(), || {
                assert_eq!(id(), inside);
                assert_eq!(outside(id), around);
                assert_eq!(id(), inside);
            });
            let _ = std::panic::catch_unwind(|| enclose(inner.handle(), || panic!("it is put back all the same")));
            assert_eq!(id(), around);
            assert!(OUTSIDE.with_borrow(Option::is_none));
        });
    }
}
