//! The waker of a workflow's code: tells wakes from inside, which are the code's own, from wakes from elsewhere.

use std::{
    cell::Cell,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

/// The waker of a workflow's code.
#[derive(Default)]
pub(super) struct Wakeup {
    woken: AtomicBool,
    /// Whether another thread has done so, which nothing of a workflow's does.
    from_outside: AtomicBool,
    sdk: Mutex<Option<Waker>>,
}

thread_local! {
    /// Whether this thread polls a workflow's code or delivers to it: wakes from there are the code's own.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

impl Wakeup {
    pub(super) fn poll<T>(self: &Arc<Self>, code: Pin<&mut (dyn Future<Output = T> + Send)>) -> Poll<T> {
        let waker = Waker::from(Arc::clone(self));
        let _inside = Inside::enter();
        code.poll(&mut Context::from_waker(&waker))
    }

    pub(super) fn take(&self) -> bool {
        self.woken.swap(false, Ordering::Relaxed)
    }

    pub(super) fn was_woken_from_outside(&self) -> bool {
        self.from_outside.load(Ordering::Relaxed)
    }

    pub(super) fn forward_to(&self, sdk: &Waker) {
        let mut slot = self.sdk.lock().unwrap_or_else(PoisonError::into_inner);
        if !slot.as_ref().is_some_and(|known| known.will_wake(sdk)) {
            *slot = Some(sdk.clone());
        }
    }
}

impl Wake for Wakeup {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Relaxed);
        if INSIDE.get() {
            return;
        }
        self.from_outside.store(true, Ordering::Relaxed);
        // From elsewhere: the SDK must hear of it, so that its own detection of foreign wakes keeps working.
        let sdk = self.sdk.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(sdk) = sdk {
            sdk.wake();
        }
    }
}

/// Marks this thread as being inside; nests, and ends with its scope even when the code panics.
pub(super) struct Inside(bool);

impl Inside {
    pub(super) fn enter() -> Self {
        Self(INSIDE.replace(true))
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(self.0);
    }
}
