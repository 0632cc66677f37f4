//! What takes a minute, whoever waits: all of it at once.

use crate::{crash, overflow};

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_a_minute() {
    tokio::join!(
        crash::a_worker_that_hangs_is_missed_long_before_its_call_is_too_late(),
        overflow::a_long_wait_is_the_workflows_timer_and_no_workers_business(),
    );
}
