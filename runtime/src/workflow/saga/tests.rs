//! Sagas in this process: the order of the undoing, what becomes of errors, and that nothing is done before its time.

use super::*;
use futures::{FutureExt as _, future::try_join};
use std::error::Error as _;

/// Writes down what is done.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn step(
        &self,
        name: &str,
        result: Result<(), &'static str>,
    ) -> impl Future<Output = Result<(), &'static str>> + use<> {
        let (log, name) = (self.clone(), name.to_owned());
        async move {
            log.0.lock().expect("no panics").push(name);
            result
        }
    }

    fn read(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no panics"))
    }
}

#[tokio::test]
async fn the_last_is_undone_first_and_only_when_awaited() {
    let (log, saga) = (Log::default(), Saga::new());
    for name in ["a", "b", "c"] {
        saga.compensate_with(name, log.step(name, Ok(())));
    }
    assert_eq!(format!("{saga:?}"), r#"["a", "b", "c"]"#);
    let undo = saga.undo();
    assert_eq!(log.read(), [""; 0]);
    undo.await.expect("all can be undone");
    assert_eq!(log.read(), ["c", "b", "a"]);
    saga.undo().await.expect("there is nothing left");
    assert_eq!(log.read(), [""; 0]);
}

#[tokio::test]
async fn what_is_committed_is_not_undone() {
    let (log, saga) = (Log::default(), Saga::new());
    saga.compensate_with("a", log.step("a", Ok(())));
    saga.commit();
    saga.compensate_with("b", log.step("b", Ok(())));
    saga.undo().await.expect("all can be undone");
    assert_eq!(log.read(), ["b"]);
}

#[tokio::test]
async fn one_that_fails_keeps_no_other_from_being_undone_and_all_are_told() {
    let (log, saga) = (Log::default(), Saga::new());
    saga.compensate_with("a", log.step("a", Err("no a")));
    saga.compensate_with("b", log.step("b", Ok(())));
    saga.compensate_with("c", log.step("c", Err("no c")));
    let error = saga.undo_after("declined").await;
    assert_eq!(log.read(), ["c", "b", "a"]);
    assert_eq!(
        error.to_string(),
        "2 of 3 steps could not be undone: `c` failed: no c; `a` failed: no a; they were to be undone because: declined"
    );
    assert_eq!(error.code(), "UndoFailed");
    assert_eq!(error.source().map(ToString::to_string), Some("declined".to_owned()));
    let Error::Undo(undo) = error else { panic!("{error}") };
    assert_eq!(undo.not_undone.iter().map(|step| step.step.as_str()).collect::<Vec<_>>(), ["c", "a"]);
    let told = |message| serde_json::json!({"code": "Error", "message": message});
    let not_undone = serde_json::json!([{"step": "c", "error": told("no c")}, {"step": "a", "error": told("no a")}]);
    assert_eq!(
        serde_json::to_value(&undo).expect("it serialises"),
        serde_json::json!({"not_undone": not_undone, "all": 3, "after": told("declined")})
    );
}

#[tokio::test]
async fn the_short_form_undoes_after_an_error_alone() {
    let log = Log::default();
    let body = |fails: bool| {
        let log = log.clone();
        run(move |saga| async move {
            let (one, other) = (saga.clone(), saga);
            let left = async {
                one.compensate_with("left", log.step("left", Ok(())));
                Ok::<_, Error>(())
            };
            let right = async {
                other.compensate_with("right", log.step("right", Ok(())));
                Ok::<_, Error>(())
            };
            try_join(left, right).await?;
            if fails { Err("declined".into()) } else { Ok(7) }
        })
    };
    assert_eq!(body(false).await.expect("it ends well"), 7);
    assert_eq!(log.read(), [""; 0]);
    assert_eq!(body(true).await.expect_err("it fails").to_string(), "declined");
    assert_eq!(log.read(), ["right", "left"]);
}

#[test]
fn undoing_that_is_dropped_in_the_middle_can_be_gone_on_with() {
    let (log, saga) = (Log::default(), Saga::new());
    saga.compensate_with("a", log.step("a", Ok(())));
    let (over, is_over) = futures::channel::oneshot::channel::<()>();
    let b = log.step("b", Ok(()));
    saga.compensate_with("b", async move {
        b.await?;
        is_over.await.map_err(|_| "b is gone")
    });
    assert!(saga.undo().now_or_never().is_none(), "it waits for b");
    assert_eq!(log.read(), ["b"]);
    over.send(()).expect("b is there still");
    saga.undo().now_or_never().expect("nothing is waited for").expect("all can be undone");
    assert_eq!(log.read(), ["a"], "what was begun is not begun again");
}
