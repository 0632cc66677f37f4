//! Time, chance and messages: the calls that replay answers as it did the first time.
//!
//! Outside a workflow they do what their names say, so a function that uses them can be tested without a server.

use crate::runner::here;
use futures::future::{BoxFuture, Either, Fuse, FusedFuture, FutureExt as _, select};
use serde::de::DeserializeOwned;
use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

/// Something a workflow waits for. It may stand in a `select!` as it is; dropping it calls it off.
#[must_use = "nothing is waited for until this is awaited"]
pub struct Wait<T>(Fuse<BoxFuture<'static, T>>);

impl<T: Send + 'static> Wait<T> {
    pub(super) fn of(future: BoxFuture<'static, T>) -> Self {
        Self(future.fuse())
    }

    /// Gives up after `limit`, with `None`: `signal::<Answer>("answer").within(day).await`.
    pub fn within(self, limit: Duration) -> Wait<Option<T>> {
        let either = async move {
            match select(self, sleep(limit)).await {
                Either::Left((came, _)) => Some(came),
                Either::Right(((), _)) => None,
            }
        };
        Wait::of(either.boxed())
    }
}

impl<T> Future for Wait<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.0.poll_unpin(cx)
    }
}

impl<T> FusedFuture for Wait<T> {
    fn is_terminated(&self) -> bool {
        self.0.is_terminated()
    }
}

impl<T> fmt::Debug for Wait<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wait")
    }
}

/// Waits for `duration`. In a workflow it is a timer of the server: a worker may die meanwhile.
pub fn sleep(duration: Duration) -> Wait<()> {
    Wait::of(here().sleep(duration))
}

/// Tells the time. In a workflow: when its current task started, the same on every replay.
#[must_use]
pub fn now() -> SystemTime {
    here().now()
}

/// Makes a version 4 UUID. In a workflow: the same one on every replay.
#[must_use]
pub fn uuid() -> uuid::Uuid {
    let here = here();
    let bits = (u128::from(here.random()) << 64) | u128::from(here.random());
    uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
}

/// Makes a random value. In a workflow: the same one on every replay.
///
/// Integers are uniform over their whole range, floats over `0.0..1.0`.
#[must_use]
pub fn random<T: RandomValue>() -> T {
    T::from_bits(here().random())
}

/// Waits for the next signal called `name` and reads its payload.
///
/// Signals that arrive before anybody waits are kept, in order.
///
/// # Errors
/// The future gives an error when the payload is not a `T`. The signal is used up.
pub fn signal<T: DeserializeOwned + Send + 'static>(name: &str) -> Wait<Result<T, serde_json::Error>> {
    let payload = here().signal(name.to_owned());
    Wait::of(payload.map(serde_json::from_value).boxed())
}

/// A type [`random`] can make.
pub trait RandomValue: sealed::Sealed {
    #[doc(hidden)]
    fn from_bits(bits: u64) -> Self;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! random_integers {
    ($($integer:ty),+) => {$(
        impl sealed::Sealed for $integer {}
        impl RandomValue for $integer {
            #[expect(clippy::allow_attributes, reason = "which casts truncate depends on the type")]
            #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::unnecessary_cast)]
            fn from_bits(bits: u64) -> Self {
                bits as $integer
            }
        }
    )+};
}

random_integers!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

impl sealed::Sealed for bool {}
impl RandomValue for bool {
    fn from_bits(bits: u64) -> Self {
        bits >> 63 == 1
    }
}

impl sealed::Sealed for f64 {}
impl RandomValue for f64 {
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exactly what the mantissa holds")]
    fn from_bits(bits: u64) -> Self {
        (bits >> 11) as Self / (1_u64 << 53) as Self
    }
}
