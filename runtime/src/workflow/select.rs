//! Waiting for the first of several things.

use futures::{FutureExt as _, future::Fuse};
use std::{future::IntoFuture, pin::Pin};

/// Waits for the first of several things, and drops the others, which calls them off.
///
/// An arm waits for whatever can be awaited: a run of an agent, a call of a tool, a child, a time, a signal, an async block. Of
/// those that are ready at once, the first in the list is taken, so a replay takes the same.
///
/// ```
/// # use std::time::Duration;
/// # use steadfast::prelude::*;
/// # #[agent(model = "m")]
/// # struct Planner;
/// #[workflow]
/// async fn plan(trip: String) -> Result<String> {
///     workflow::select! {
///         plan = Planner.run(&trip) => Ok(plan?.output),
///         said = workflow::signal::<String>("said") => Ok(said?),
///         () = async { workflow::sleep(Duration::from_secs(600)).await } => Ok("no plan in ten minutes".to_owned()),
///     }
/// }
/// # fn main() {}
/// ```
///
/// In a loop, what is to go on from one round to the next stands in a variable, and its name in the arm (or `&mut` and where it
/// is). It is a [`Wait`](crate::workflow::Wait), or whatever can be awaited, made ready by [`fused`](crate::workflow::fused).
///
/// ```
/// # use std::time::Duration;
/// # use steadfast::prelude::*;
/// #[workflow]
/// async fn votes(_: ()) -> Result<u32> {
///     let (mut votes, mut over) = (0, workflow::sleep(Duration::from_secs(3600)));
///     loop {
///         workflow::select! {
///             vote = workflow::signal::<u32>("vote") => votes += vote?,
///             () = over => return Ok(votes),
///         }
///     }
/// }
/// # fn main() {}
/// ```
#[macro_export]
#[doc(hidden)]
macro_rules! __select {
    (@ [$($arms:tt)*]) => { $crate::workflow::__select_biased! { $($arms)* } };
    (@ [$($arms:tt)*] , $($rest:tt)*) => { $crate::__select! { @ [$($arms)*] $($rest)* } };
    (@ [$($arms:tt)*] complete => $body:block $($rest:tt)*) => {
        $crate::__select! { @ [$($arms)* complete => $body,] $($rest)* }
    };
    (@ [$($arms:tt)*] complete => $body:expr $(, $($rest:tt)*)?) => {
        $crate::__select! { @ [$($arms)* complete => $body,] $($($rest)*)? }
    };
    (@ [$($arms:tt)*] default => $body:block $($rest:tt)*) => {
        $crate::__select! { @ [$($arms)* default => $body,] $($rest)* }
    };
    (@ [$($arms:tt)*] default => $body:expr $(, $($rest:tt)*)?) => {
        $crate::__select! { @ [$($arms)* default => $body,] $($($rest)*)? }
    };
    // A variable is lent, so that it is still there in the next round.
    (@ [$($arms:tt)*] $came:pat = $kept:ident => $body:block $($rest:tt)*) => {
        $crate::__select! { @ [$($arms)* $came = $kept => $body,] $($rest)* }
    };
    (@ [$($arms:tt)*] $came:pat = $kept:ident => $body:expr $(, $($rest:tt)*)?) => {
        $crate::__select! { @ [$($arms)* $came = $kept => $body,] $($($rest)*)? }
    };
    (@ [$($arms:tt)*] $came:pat = &mut $kept:expr => $body:block $($rest:tt)*) => {
        $crate::__select! { @ [$($arms)* $came = &mut $kept => $body,] $($rest)* }
    };
    (@ [$($arms:tt)*] $came:pat = &mut $kept:expr => $body:expr $(, $($rest:tt)*)?) => {
        $crate::__select! { @ [$($arms)* $came = &mut $kept => $body,] $($($rest)*)? }
    };
    (@ [$($arms:tt)*] $came:pat = $awaited:expr => $body:block $($rest:tt)*) => {
        $crate::__select! { @ [$($arms)* $came = $crate::workflow::fused(async { $awaited.await }) => $body,] $($rest)* }
    };
    (@ [$($arms:tt)*] $came:pat = $awaited:expr => $body:expr $(, $($rest:tt)*)?) => {
        $crate::__select! { @ [$($arms)* $came = $crate::workflow::fused(async { $awaited.await }) => $body,] $($($rest)*)? }
    };
    ($($arms:tt)*) => { $crate::__select! { @ [] $($arms)* } };
}

/// Makes what can be awaited into what a [`select!`](crate::workflow::select) of a loop can go on with from one round to the
/// next.
///
/// ```
/// # use steadfast::prelude::*;
/// # #[agent(model = "m")]
/// # struct Planner;
/// #[workflow]
/// async fn plan(trip: String) -> Result<String> {
///     let (mut planning, mut wishes) = (workflow::fused(Planner.run(&trip)), Vec::new());
///     loop {
///         workflow::select! {
///             plan = planning => return Ok(format!("{}, and {wishes:?}", plan?.output)),
///             wish = workflow::signal::<String>("wish") => wishes.push(wish?),
///         }
///     }
/// }
/// # fn main() {}
/// ```
pub fn fused<A: IntoFuture>(awaited: A) -> Fuse<Pin<Box<A::IntoFuture>>> {
    Box::pin(awaited.into_future()).fuse()
}
