//! Patches: which changes of a workflow's code a run goes along with. Asked of the SDK, whose context is not `Send` as the
//! handle that the code carries; so it is reached by the thread that polls.

use super::desk::lock;
use std::{
    cell::RefCell,
    collections::BTreeMap,
    rc::Rc,
    sync::{Arc, Mutex},
};

/// Asks the SDK whether a run has a patch; the flag says that it is being phased out.
pub(crate) type Asks = Rc<dyn Fn(&str, bool) -> bool>;

thread_local! {
    static ASKS: RefCell<Option<Asks>> = const { RefCell::new(None) };
}

/// Calls `f`, in which the SDK can be asked.
pub(crate) fn asking<T>(asks: &Asks, f: impl FnOnce() -> T) -> T {
    let _before = Before(ASKS.replace(Some(Rc::clone(asks))));
    f()
}

/// Puts back what was there, even when the code panics.
struct Before(Option<Asks>);

impl Drop for Before {
    fn drop(&mut self) {
        ASKS.set(self.0.take());
    }
}

/// What a workflow knows of its patches, also from runs before it continued as new. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patches(Arc<Mutex<BTreeMap<String, bool>>>);

impl Patches {
    pub(crate) fn of(known: BTreeMap<String, bool>) -> Self {
        Self(Arc::new(Mutex::new(known)))
    }

    pub(crate) fn known(&self) -> BTreeMap<String, bool> {
        lock(&self.0).clone()
    }

    /// Whether the code goes the patched way. While it is told again what it was told before, what it has not asked
    /// then is no part of what it did.
    pub(crate) fn has(&self, id: &str, is_over: bool, is_catching_up: bool) -> bool {
        if let Some(known) = lock(&self.0).get(id) {
            return *known;
        }
        let asks = ASKS.with_borrow(Clone::clone);
        let has = !is_catching_up && asks.is_none_or(|asks| asks(id, is_over));
        lock(&self.0).insert(id.to_owned(), has);
        has
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_is_asked_for_once_and_goes_along() {
        let asked = Rc::new(RefCell::new(Vec::new()));
        let asks: Asks = {
            let asked = Rc::clone(&asked);
            Rc::new(move |id, is_over| {
                asked.borrow_mut().push((id.to_owned(), is_over));
                id != "old"
            })
        };
        let patches = Patches::of(BTreeMap::from([("carried".to_owned(), false)]));
        asking(&asks, || {
            assert!(patches.has("new", false, false) && patches.has("new", false, false));
            assert!(!patches.has("old", true, false));
            assert!(!patches.has("carried", false, false));
            assert!(!patches.has("later", false, true), "it was not there then");
            assert!(!patches.has("later", false, false), "and is not there after that");
        });
        assert_eq!(*asked.borrow(), [("new".to_owned(), false), ("old".to_owned(), true)]);
        assert_eq!(patches.known().len(), 4);
        assert!(ASKS.with_borrow(Option::is_none));
    }
}
