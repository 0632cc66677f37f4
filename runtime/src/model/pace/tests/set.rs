//! Limits that are set: exact windows, tokens that are corrected, and what is not sent.

use super::{admitted, ask, asking, seconds, set};
use crate::model::{ModelErrorClass as Class, pace::Pace};
use std::sync::Arc;
use tokio::time::{Instant, advance};

#[tokio::test(start_paused = true)]
async fn a_request_is_sent_when_one_has_left_the_window() {
    let pace = set(3, None);
    let began = Instant::now();
    for after in [0.0, 10.0, 10.0] {
        advance(seconds(after)).await;
        assert_eq!(admitted(&pace).await.1, seconds(0.0));
    }
    // Sent at 0, 10 and 20: the window is a minute and the second a request may be on its way.
    for at in [61.0, 71.0, 81.0, 122.0] {
        admitted(&pace).await;
        assert_eq!(began.elapsed(), seconds(at));
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_are_counted_as_they_were_estimated_until_they_are_known() {
    let pace = set(100, Some(1_000));
    let first = ask(&pace, "m", 600).await.expect("it fits");
    ask(&pace, "m", 400).await.expect("it fits");
    first.answered(br#"{"usage": {"input_tokens": 300, "output_tokens": 250}}"#);
    let began = Instant::now();
    ask(&pace, "m", 50).await.expect("50 were too many");
    assert_eq!(began.elapsed(), seconds(0.0));
    ask(&pace, "m", 1).await.expect("it waits");
    assert_eq!(began.elapsed(), seconds(61.0));
}

#[tokio::test(start_paused = true)]
async fn a_correction_is_noticed_by_who_waits() {
    let pace = set(100, Some(1_000));
    let first = ask(&pace, "m", 1_000).await.expect("it fits");
    let next = asking(&pace, "m", 500);
    advance(seconds(3.0)).await;
    let began = Instant::now();
    first.answered(br#"{"usage": {"prompt_tokens": 300, "completion_tokens": 200}}"#);
    let (_, at) = next.await.expect("no panic").expect("it fits now");
    assert_eq!(at - began, seconds(0.0));
}

#[tokio::test(start_paused = true)]
async fn what_is_larger_than_the_limit_has_a_window_for_itself() {
    let pace = set(100, Some(1_000));
    let began = Instant::now();
    ask(&pace, "m", 5_000).await.expect("nothing else is there");
    assert_eq!(began.elapsed(), seconds(0.0));
    ask(&pace, "m", 1).await.expect("it waits");
    assert_eq!(began.elapsed(), seconds(61.0));
}

#[tokio::test(start_paused = true)]
async fn who_would_wait_for_more_than_a_window_is_not_sent() {
    let pace = set(2, None);
    let (_first, _second) = (admitted(&pace).await, admitted(&pace).await);
    let (third, fourth) = (asking(&pace, "m", 5), asking(&pace, "m", 5));
    advance(seconds(1.0)).await;
    let error = ask(&pace, "m", 5).await.expect_err("two wait already");
    assert_eq!((error.class, error.status), (Class::RateLimited, None));
    assert_eq!(error.retry_after, Some(seconds(121.0)));
    assert!(error.is_retryable());
    assert_eq!(
        error.message,
        "not sent: this worker keeps within the limits of `models.example`, and there is room for the call in 121 s"
    );
    for waiting in [third, fourth] {
        assert!(waiting.await.expect("no panic").is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_kept_where_nothing_is_limited() {
    let pace = Arc::new(Pace::default());
    let passes = futures::future::join_all((0..1_000).map(|_| admitted(&pace))).await;
    assert!(passes.iter().all(|(_, waited)| waited.is_zero()));
    drop(passes);
    let state = pace.state();
    assert!(state.queue.is_empty() && state.lanes.len() == 1);
}

#[tokio::test(start_paused = true)]
async fn models_that_are_asked_no_more_are_forgotten() {
    let pace = Arc::new(Pace::default());
    for number in 0..200 {
        ask(&pace, &format!("m{number}"), 1).await.expect("no limits");
    }
    assert!(pace.state().lanes.len() < 50);
}
