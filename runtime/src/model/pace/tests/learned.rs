//! What answers tell of limits, and when it counts.

use super::{admitted, answered, ask, asking, headers, of_requests, of_tokens, refused, seconds};
use crate::model::{ModelErrorClass as Class, pace::Pace};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, advance};

fn pace() -> Arc<Pace> {
    Arc::new(Pace::default())
}

#[tokio::test(start_paused = true)]
async fn what_is_used_up_is_waited_for() {
    for (reset, wait) in [("20ms", 0.02), ("2.5", 2.5), ("59s", 60.0)] {
        let pace = pace();
        answered(&pace, &of_requests("3", "0", reset)).await;
        assert_eq!(admitted(&pace).await.1, seconds(wait), "{reset}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_in_flight_is_taken_off() {
    let pace = pace();
    let before = admitted(&pace).await;
    advance(seconds(5.0)).await;
    answered(&pace, &of_requests("10", "3", "30.5s")).await;
    // The one that was sent long before is counted in the three.
    let passes = [admitted(&pace).await, admitted(&pace).await, admitted(&pace).await];
    assert!(passes.iter().all(|(_, waited)| waited.is_zero()));
    assert_eq!(admitted(&pace).await.1, seconds(30.5));
    drop((before, passes));
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_at_the_same_time_may_not_be_counted() {
    let pace = pace();
    let passes = [admitted(&pace).await.0, admitted(&pace).await.0, admitted(&pace).await.0];
    passes[1].heard(&of_requests("10", "3", "30.5s"));
    assert_eq!(admitted(&pace).await.1, seconds(0.0));
    assert_eq!(admitted(&pace).await.1, seconds(30.5));
}

#[tokio::test(start_paused = true)]
async fn an_answer_sets_free_what_waits() {
    let pace = pace();
    answered(&pace, &of_requests("10", "1", "50.5s")).await;
    let (last, _) = admitted(&pace).await;
    let next = asking(&pace, "m", 5);
    advance(seconds(4.0)).await;
    let now = Instant::now();
    last.heard(&of_requests("10", "2", "40.5s"));
    assert_eq!(next.await.expect("no panic").expect("there are two").1 - now, seconds(0.0));
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_to_an_early_request_is_old_news() {
    let pace = pace();
    let (early, _) = admitted(&pace).await;
    advance(seconds(5.0)).await;
    answered(&pace, &of_requests("10", "0", "30.5s")).await;
    early.heard(&of_requests("10", "9", "1.5s"));
    assert_eq!(admitted(&pace).await.1, seconds(30.5));
}

#[tokio::test(start_paused = true)]
async fn of_answers_of_one_moment_the_one_that_leaves_least_counts() {
    let pace = pace();
    let (first, second) = (admitted(&pace).await.0, admitted(&pace).await.0);
    first.heard(&of_requests("10", "0", "30.5s"));
    second.heard(&of_requests("10", "1", "30.5s"));
    assert_eq!(admitted(&pace).await.1, seconds(30.5));
}

#[tokio::test(start_paused = true)]
async fn all_of_it_counts_again_after_the_reset() {
    let pace = pace();
    answered(&pace, &of_requests("3", "0", "10.5s")).await;
    let passes = [admitted(&pace).await, admitted(&pace).await, admitted(&pace).await];
    assert_eq!(passes.each_ref().map(|(_, waited)| *waited), [10.5, 0.0, 0.0].map(seconds));
    // A fourth needs the answer to one of the three.
    let fourth = asking(&pace, "m", 5);
    advance(seconds(3.2)).await;
    assert!(!fourth.is_finished());
    passes[2].0.heard(&of_requests("3", "2", "10.5s"));
    drop(passes);
    assert!(fourth.await.expect("no panic").is_ok());
}

#[tokio::test(start_paused = true)]
async fn where_no_limit_is_told_one_request_asks_after_the_reset() {
    let pace = pace();
    answered(&pace, &headers(&[("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "9.5s")])).await;
    let (probe, waited) = admitted(&pace).await;
    assert_eq!(waited, seconds(9.5));
    let next = asking(&pace, "m", 5);
    advance(seconds(20.0)).await;
    assert!(!next.is_finished());
    // It says nothing any more: then nothing is known.
    drop(probe);
    assert!(next.await.expect("no panic").is_ok());
    assert_eq!(admitted(&pace).await.1, seconds(0.0));
}

#[tokio::test(start_paused = true)]
async fn without_a_reset_it_is_a_second() {
    for reset in [None, Some("soon"), Some("-3"), Some("1e300")] {
        let pace = pace();
        let mut told = of_requests("60", "0", reset.unwrap_or_default());
        if reset.is_none() {
            told.remove("x-ratelimit-reset-requests");
        }
        answered(&pace, &told).await;
        assert_eq!(admitted(&pace).await.1, seconds(1.0), "{reset:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_are_limits_too() {
    let pace = pace();
    answered(&pace, &of_tokens("10000", "1000", "20.5s")).await;
    let began = Instant::now();
    let first = ask(&pace, "m", 700).await.expect("it fits");
    let _small = ask(&pace, "m", 300).await.expect("it fits");
    assert_eq!(began.elapsed(), seconds(0.0));
    let _large = ask(&pace, "m", 700).await.expect("it waits");
    assert_eq!(began.elapsed(), seconds(20.5));
    drop(first);
}

#[tokio::test(start_paused = true)]
async fn what_is_larger_than_a_limit_goes_alone() {
    let pace = pace();
    answered(&pace, &of_tokens("1000", "900", "20.5s")).await;
    let (small, _) = admitted(&pace).await;
    let large = asking(&pace, "m", 5_000);
    advance(seconds(5.0)).await;
    assert!(!large.is_finished());
    let now = Instant::now();
    drop(small);
    assert_eq!(large.await.expect("no panic").expect("the provider decides").1 - now, seconds(0.0));
}

#[tokio::test(start_paused = true)]
async fn what_has_failed_may_have_been_counted() {
    let pace = pace();
    answered(&pace, &of_requests("10", "1", "20.5s")).await;
    drop(admitted(&pace).await);
    assert_eq!(admitted(&pace).await.1, seconds(20.5));
}

#[tokio::test(start_paused = true)]
async fn limits_of_a_day_fill_up_little_by_little() {
    let pace = pace();
    // As Groq tells it: all used, and one more every six seconds.
    answered(&pace, &of_requests("14400", "0", "23h59m59.5s")).await;
    let (_first, waited) = admitted(&pace).await;
    assert!(waited.abs_diff(seconds(6.0)) < Duration::from_millis(5), "{waited:?}");
    let (_second, waited) = admitted(&pace).await;
    assert!(waited.abs_diff(seconds(6.0)) < Duration::from_millis(5), "{waited:?}");

    // As OpenAI does for accounts without credit: one more every seven minutes.
    let pace = self::pace();
    answered(&pace, &of_requests("200", "0", "23h59m59.5s")).await;
    let wait = ask(&pace, "m", 5).await.expect_err("too long").retry_after.expect("a wait");
    assert!(wait.abs_diff(seconds(432.0)) < Duration::from_millis(5), "{wait:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_over_a_minute_is_an_error() {
    let pace = pace();
    let told = headers(&[("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "2m0.5s")]);
    answered(&pace, &told).await;
    let began = Instant::now();
    let error = ask(&pace, "m", 5).await.expect_err("two minutes");
    assert_eq!(began.elapsed(), seconds(0.0));
    assert_eq!((error.class, error.retry_after), (Class::RateLimited, Some(seconds(120.5))));
}

#[tokio::test(start_paused = true)]
async fn a_request_to_wait_for_a_minute_at_most_holds_for_all_calls_of_the_model() {
    for (asked, wait) in [(7.0, 7.0), (60.0, 60.0), (7_200.0, 0.0), (0.0, 0.0)] {
        let pace = pace();
        ask(&pace, "m", 5).await.expect("no limits").failed(&refused(Some(seconds(asked))));
        let began = Instant::now();
        for (model, elapsed) in [("another", 0.0), ("m", wait), ("m", wait)] {
            ask(&pace, model, 5).await.expect("it waits at most");
            assert_eq!(began.elapsed(), seconds(elapsed), "{model}");
        }
    }
    let pace = pace();
    ask(&pace, "m", 5).await.expect("no limits").failed(&refused(None));
    let mut broken = refused(Some(seconds(5.0)));
    broken.class = Class::InvalidRequest;
    ask(&pace, "m", 5).await.expect("no limits").failed(&broken);
    assert_eq!(admitted(&pace).await.1, seconds(0.0));
}

#[tokio::test(start_paused = true)]
async fn who_waits_already_waits_on_when_one_is_refused() {
    let pace = pace();
    let (sent, _) = admitted(&pace).await;
    answered(&pace, &of_requests("10", "0", "5.5s")).await;
    let waiting = asking(&pace, "m", 5);
    advance(seconds(1.0)).await;
    let now = Instant::now();
    sent.failed(&refused(Some(seconds(20.0))));
    assert_eq!(waiting.await.expect("no panic").expect("it waits").1 - now, seconds(20.0));
}

#[tokio::test(start_paused = true)]
async fn models_have_limits_of_their_own() {
    let pace = pace();
    answered(&pace, &of_requests("10", "0", "30.5s")).await;
    let waiting = asking(&pace, "m", 5);
    advance(seconds(1.0)).await;
    let now = Instant::now();
    ask(&pace, "another", 5).await.expect("nothing is known of it");
    assert_eq!(now.elapsed(), seconds(0.0));
    assert!(waiting.await.expect("no panic").is_ok());
}

#[tokio::test(start_paused = true)]
async fn garbled_headers_hold_nobody_up() {
    let values = ["", "-1", "huge", "NaN", "99999999999999999999", "1e400", "0x0", "\u{1}".trim(), "1;2", "null"];
    for value in values {
        let Ok(_) = http::HeaderValue::from_str(value) else { continue };
        let pace = pace();
        answered(&pace, &of_requests(value, value, value)).await;
        answered(&pace, &of_tokens(value, value, value)).await;
        assert_eq!(admitted(&pace).await.1, seconds(0.0), "{value}");
    }
    let pace = pace();
    let huge = u64::MAX.to_string();
    answered(&pace, &of_requests(&huge, &huge, "47h59m59.5s")).await;
    answered(&pace, &of_tokens(&huge, "0", "47h59m59.5s")).await;
    assert!(admitted(&pace).await.1 < seconds(1.0));
}
