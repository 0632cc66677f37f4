//! First come, first served; and whoever leaves leaves nothing behind.

use super::{admitted, answered, ask, asking, of_requests, of_tokens, seconds, set};
use crate::model::pace::Pace;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::{Instant, advance};

#[tokio::test(start_paused = true)]
async fn first_come_first_served() {
    for pace in [set(2, None), Arc::new(Pace::default())] {
        answered(&pace, &of_requests("2", "1", "10.5s")).await;
        admitted(&pace).await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for number in 0..2 {
            let (pace, order) = (Arc::clone(&pace), Arc::clone(&order));
            tasks.push(tokio::spawn(async move {
                let pass = ask(&pace, "m", 5).await.expect("it waits");
                order.lock().expect("not poisoned").push(number);
                pass
            }));
            advance(seconds(0.1)).await;
        }
        for task in tasks {
            task.await.expect("no panic");
        }
        assert_eq!(*order.lock().expect("not poisoned"), [0, 1]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_small_call_does_not_overtake_a_large_one() {
    let told = Arc::new(Pace::default());
    answered(&told, &of_tokens("1000", "500", "20.5s")).await;
    in_order(&told, seconds(20.5)).await;
    let limited = set(100, Some(1_000));
    ask(&limited, "m", 500).await.expect("it fits");
    in_order(&limited, seconds(61.0)).await;
}

/// Asks for 800 tokens and then for 100, where there is room for 500 before `wait` is over.
async fn in_order(pace: &Arc<Pace>, wait: Duration) {
    let began = Instant::now();
    let large = asking(pace, "m", 800);
    tokio::task::yield_now().await;
    let small = asking(pace, "m", 100);
    let (large, small) = (large.await.expect("no panic"), small.await.expect("no panic"));
    assert_eq!([large, small].map(|done| done.expect("it waits").1 - began), [wait; 2]);
}

#[tokio::test(start_paused = true)]
async fn limits_that_are_set_are_shared_out_in_order_across_models() {
    let pace = set(1, None);
    let began = Instant::now();
    admitted(&pace).await;
    let first = asking(&pace, "one", 5);
    tokio::task::yield_now().await;
    let error = ask(&pace, "two", 5).await.expect_err("the next minute is taken");
    assert_eq!(error.retry_after, Some(seconds(122.0)));
    assert_eq!(first.await.expect("no panic").expect("it waits").1 - began, seconds(61.0));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_model_holds_no_place_at_the_limits() {
    let pace = set(2, None);
    answered(&pace, &of_requests("10", "0", "30.5s")).await;
    let waiting = asking(&pace, "m", 5);
    advance(seconds(1.0)).await;
    let now = Instant::now();
    ask(&pace, "another", 5).await.expect("there is room");
    assert_eq!(now.elapsed(), seconds(0.0));
    // And then finds the room taken.
    assert_eq!(waiting.await.expect("no panic").expect("it waits").1 - now, seconds(60.0));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_cancelled_leaves_the_queue() {
    let pace = set(1, None);
    let began = Instant::now();
    admitted(&pace).await;
    for at_head in [true, false] {
        let gone = asking(&pace, "m", 5);
        tokio::task::yield_now().await;
        assert_eq!(pace.state().queue.len(), 1);
        if !at_head {
            ask(&pace, "m", 5).await.expect_err("the next minute is taken");
        }
        gone.abort();
        assert!(gone.await.expect_err("cancelled").is_cancelled());
        assert!(pace.state().queue.is_empty());
    }
    admitted(&pace).await;
    assert_eq!(began.elapsed(), seconds(61.0));
}

#[tokio::test(start_paused = true)]
async fn those_behind_a_cancelled_call_move_up() {
    let pace = set(2, None);
    let began = Instant::now();
    let _sent = (admitted(&pace).await, admitted(&pace).await);
    let (head, second) = (asking(&pace, "m", 5), asking(&pace, "m", 5));
    tokio::task::yield_now().await;
    head.abort();
    drop(head.await);
    let third = asking(&pace, "m", 5);
    for waiting in [second, third] {
        assert_eq!(waiting.await.expect("no panic").expect("there is room").1 - began, seconds(61.0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_cancelled_in_flight_is_spent() {
    let pace = Arc::new(Pace::default());
    answered(&pace, &of_requests("5", "1", "30.5s")).await;
    let sent = asking(&pace, "m", 5);
    drop(sent.await);
    let state = format!("{:?}", admitted(&pace).await.1);
    assert_eq!(state, "30.5s");
}
