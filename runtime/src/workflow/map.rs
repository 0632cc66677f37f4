//! The same for each of many inputs, so many at once: fan-out that neither floods a service nor a worker.

use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, future::BoxFuture, stream};
use std::{fmt, future::Future};

/// How many there are at once where nobody says otherwise; the same as of [`RunAll`](crate::RunAll).
const AT_ONCE: usize = 10;

type Calls<'a, T> = Box<dyn Iterator<Item = BoxFuture<'a, T>> + Send + 'a>;

/// Makes a call for each input, ten at once unless [`Map::at_once`] says otherwise, and gives what each comes to, in the order of
/// the inputs. What one comes to leaves the others as they are. A call is whatever can be awaited: of an activity or a tool, a
/// run of an agent, a [`child`](super::child), an `async` block of several.
///
/// ```no_run
/// # use steadfast::prelude::*;
/// # #[activity]
/// # async fn fetch(url: String) -> Result<String, ToolError> { Ok(url) }
/// # #[workflow]
/// # async fn crawl(urls: Vec<String>) -> Result<usize> {
/// let pages = workflow::map(urls, |url| fetch::call(url)).at_once(3).await;
/// Ok(pages.iter().filter(|page| page.is_ok()).count())
/// # }
/// # fn main() {}
/// ```
///
/// An input's call is made when its turn comes: as soon as one of those before it is over, whichever that is. In a workflow
/// the inputs have to come in the same order on each replay, as those of a `Vec` or a `BTreeMap` do.
pub fn map<'a, I, F>(inputs: I, mut each: impl FnMut(I::Item) -> F + Send + 'a) -> Map<'a, F::Output>
where
    I: IntoIterator<IntoIter: Send + 'a>,
    F: IntoFuture<IntoFuture: Send + 'a>,
{
    Map { calls: Box::new(inputs.into_iter().map(move |input| each(input).into_future().boxed())), at_once: AT_ONCE }
}

/// The same for calls that may fail: gives the values of all, in the order of the inputs, or the first error there is. Then the
/// calls that are not over are called off, and no other is begun.
///
/// ```no_run
/// # use steadfast::prelude::*;
/// # #[activity]
/// # async fn fetch(url: String) -> Result<String, ToolError> { Ok(url) }
/// # #[workflow]
/// # async fn crawl(urls: Vec<String>) -> Result<usize> {
/// let pages: Vec<String> = workflow::try_map(urls, |url| fetch::call(url)).at_once(3).await?;
/// # Ok(pages.len())
/// # }
/// # fn main() {}
/// ```
///
/// # Errors
/// The future gives the error of the first call that fails.
pub fn try_map<'a, I, F, T, E>(inputs: I, mut each: impl FnMut(I::Item) -> F + Send + 'a) -> TryMap<'a, T, E>
where
    I: IntoIterator<IntoIter: Send + 'a>,
    F: IntoFuture<Output = Result<T, E>, IntoFuture: Send + 'a>,
{
    let calls = inputs.into_iter().enumerate().map(move |(index, input)| {
        let call = each(input).into_future();
        async move { Ok((index, call.await?)) }.boxed()
    });
    TryMap { calls: Box::new(calls), at_once: AT_ONCE }
}

/// Calls for many inputs, made by [`map`]. Awaited, it gives what each has come to.
#[must_use = "no call is made until this is awaited"]
pub struct Map<'a, T> {
    calls: Calls<'a, T>,
    at_once: usize,
}

/// Calls for many inputs that may fail, made by [`try_map`]. Awaited, it gives all values, or the first error.
#[must_use = "no call is made until this is awaited"]
pub struct TryMap<'a, T, E> {
    /// With their places.
    calls: Calls<'a, Result<(usize, T), E>>,
    at_once: usize,
}

impl<T> Map<'_, T> {
    /// Sets how many calls there are at once; 10 by default, and zero counts as one.
    pub fn at_once(self, most: usize) -> Self {
        Self { at_once: most.max(1), ..self }
    }
}

impl<T, E> TryMap<'_, T, E> {
    /// Sets how many calls there are at once; 10 by default, and zero counts as one.
    pub fn at_once(self, most: usize) -> Self {
        Self { at_once: most.max(1), ..self }
    }
}

impl<'a, T: Send + 'a> IntoFuture for Map<'a, T> {
    type Output = Vec<T>;
    type IntoFuture = BoxFuture<'a, Vec<T>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(in_order(self.calls, self.at_once))
    }
}

impl<'a, T: Send + 'a, E: Send + 'a> IntoFuture for TryMap<'a, T, E> {
    type Output = Result<Vec<T>, E>;
    type IntoFuture = BoxFuture<'a, Result<Vec<T>, E>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { calls, at_once } = self;
        Box::pin(async move { Ok(sorted(stream::iter(calls).buffer_unordered(at_once).try_collect().await?)) })
    }
}

/// Runs so many of the futures at once, each when its turn comes, and gives what they come to in their order. A slow one holds
/// up no others, which is why this is not `buffered`.
pub(crate) async fn in_order<F: Future>(calls: impl Iterator<Item = F>, at_once: usize) -> Vec<F::Output> {
    let calls = calls.enumerate().map(|(index, call)| call.map(move |value| (index, value)));
    sorted(stream::iter(calls).buffer_unordered(at_once).collect().await)
}

fn sorted<T>(mut ended: Vec<(usize, T)>) -> Vec<T> {
    ended.sort_by_key(|(index, _)| *index);
    ended.into_iter().map(|(_, value)| value).collect()
}

impl<T> fmt::Debug for Map<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map").field("at_once", &self.at_once).finish_non_exhaustive()
    }
}

impl<T, E> fmt::Debug for TryMap<'_, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryMap").field("at_once", &self.at_once).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{channel::oneshot, future::join};
    use std::sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    };

    #[tokio::test]
    async fn a_slow_call_holds_up_no_others_and_the_order_is_that_of_the_inputs() {
        let (free, waits) = oneshot::channel::<()>();
        let begun = Mutex::new(Vec::new());
        let mut gates = [None, None, None, Some(free)];
        let mut waits = Some(waits);
        // The first waits until the last has begun.
        let calls = map(0..4, |n| {
            begun.lock().expect("no panics").push(n);
            let (gate, wait) = (gates[n].take(), waits.take_if(|_| n == 0));
            async move {
                drop(gate);
                if let Some(wait) = wait {
                    wait.await.expect_err("the other end is dropped");
                }
                n * 10
            }
        });
        assert_eq!(calls.at_once(2).await, [0, 10, 20, 30]);
        assert_eq!(begun.into_inner().expect("no panics"), [0, 1, 2, 3]);
    }

    #[tokio::test]
    async fn never_more_than_so_many_are_on_their_way() {
        for most in [0, 1, 3] {
            let (now, peak) = (Arc::new(AtomicUsize::new(0)), AtomicUsize::new(0));
            let calls = map(0..20, |n| {
                peak.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                let now = Arc::clone(&now);
                async move {
                    tokio::task::yield_now().await;
                    now.fetch_sub(1, Ordering::Relaxed);
                    n
                }
            });
            assert_eq!(calls.at_once(most).await, (0..20).collect::<Vec<_>>());
            assert_eq!(peak.into_inner(), most.max(1));
        }
    }

    #[tokio::test]
    async fn the_first_error_calls_off_the_rest() {
        let (gone, is_gone) = oneshot::channel::<()>();
        let mut gone = Some(gone);
        let begun = AtomicUsize::new(0);
        let calls = try_map(0..10, |n| {
            begun.fetch_add(1, Ordering::Relaxed);
            let gone = gone.take();
            async move {
                match gone {
                    Some(gone) => {
                        std::future::pending::<()>().await;
                        drop(gone);
                        Ok(n)
                    }
                    None => Err(format!("{n} failed")),
                }
            }
        });
        let (ended, called_off) = join(calls.at_once(2).into_future(), is_gone).await;
        assert_eq!(ended, Err("1 failed".to_owned()));
        assert!(called_off.is_err() && begun.into_inner() == 2);
        let none: Result<Vec<u8>, String> = try_map(Vec::new(), |n: u8| async move { Ok(n) }).await;
        assert_eq!(none, Ok(vec![]));
    }
}
