//! Every form of a history's JSON is read, and what is written is what others read.

use super::*;
use serde_json::json;

/// As the CLI writes it, with what a newer server might add.
const CLI: &[u8] = include_bytes!("samples/cli.json");

fn cli() -> Value {
    serde_json::from_slice(CLI).unwrap()
}

fn read(value: &Value) -> Result<History> {
    History::from_json(value.to_string().as_bytes())
}

#[test]
fn what_the_cli_writes_is_read_whole() {
    let history = History::from_json(CLI).unwrap();
    assert_eq!(
        history.events(),
        [
            "WorkflowExecutionStarted",
            "WorkflowTaskScheduled",
            "MarkerRecorded",
            "WorkflowExecutionUpdateCompleted",
            "WorkflowExecutionTerminated"
        ]
    );
    assert_eq!(history.workflow(), Some("hello"));
    let Some(Attributes::WorkflowExecutionStartedEventAttributes(started)) = &history.0.events[0].attributes else {
        panic!("{:?}", history.0.events[0]);
    };
    assert_eq!(started.workflow_run_timeout.unwrap().seconds, 60);
    assert_eq!(started.input.as_ref().unwrap().payloads[0].data, br#"{"identity":"keeps its identity"}"#);
    assert_eq!((started.attempt, started.initiator), (1, 0), "what is not known is nothing in particular");
    assert_eq!(started.header.as_ref().unwrap().fields["user_key"].data, b"1");
    assert_eq!(history.0.events[1].event_time.unwrap().nanos, 318_886_069);
    let Some(Attributes::MarkerRecordedEventAttributes(marker)) = &history.0.events[2].attributes else {
        panic!("{:?}", history.0.events[2]);
    };
    assert_eq!((marker.workflow_task_completed_event_id, marker.details["patch_data"].payloads.len()), (2, 1));
    assert_eq!(marker.failure.as_ref().unwrap().message, "m");
}

#[test]
fn what_is_written_is_what_the_cli_writes_and_nothing_is_lost() {
    let history = History::from_json(CLI).unwrap();
    let written: Value = serde_json::from_slice(&history.to_json().unwrap()).unwrap();
    assert_eq!(read(&written).unwrap().0, history.0);
    // Numbers need not be texts, and durations have all their digits; the rest is the same to the letter.
    for (written, original) in written["events"].as_array().unwrap().iter().zip(cli()["events"].as_array().unwrap()) {
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let mut expected = keys(original);
        expected.retain(|key| key != "somethingNew");
        assert_eq!(keys(written), expected);
        assert_eq!(written["eventType"], original["eventType"]);
    }
    let events = &written["events"];
    assert_eq!(
        events[2]["markerRecordedEventAttributes"]["details"],
        cli()["events"][2]["markerRecordedEventAttributes"]["details"]
    );
    assert_eq!(
        events[3]["workflowExecutionUpdateCompletedEventAttributes"]["outcome"],
        cli()["events"][3]["workflowExecutionUpdateCompletedEventAttributes"]["outcome"]
    );
}

#[test]
fn other_forms_are_the_same_history() {
    let expected = History::from_json(CLI).unwrap().0;
    // As the SDK's types write themselves, which is what this crate once wrote.
    let of_the_sdk = serde_json::to_value(&expected).unwrap();
    assert!(of_the_sdk["events"][0]["event_id"].is_number(), "{of_the_sdk}");
    let mut of_old_tools = cli();
    of_old_tools["events"][0]["eventType"] = json!("WorkflowExecutionStarted");
    of_old_tools["events"][0]["workflowExecutionStartedEventAttributes"]["taskQueue"]["kind"] = json!("Normal");
    of_old_tools["events"][1]["eventId"] = json!(2);
    for form in [of_the_sdk, of_old_tools, json!({"history": cli()}), cli()["events"].clone()] {
        assert_eq!(read(&form).unwrap().0, expected);
    }
}

#[test]
fn what_is_no_history_is_refused() {
    for (value, said) in [
        (json!({"a": 1}), "there is no list of `events` in it"),
        (json!("text"), "there is no list of `events` in it"),
        (json!({"events": 3}), "there is no list of `events` in it"),
        (json!({"events": ["a"]}), "should be an object, not a text"),
        (json!({"events": [{"eventType": "SomethingElse"}]}), "`event_type` cannot be \"SomethingElse\""),
        (json!({"events": [{"eventId": "one"}]}), "`event_id` cannot be \"one\""),
    ] {
        let error = read(&value).expect_err("it is refused").to_string();
        assert!(error.contains(said), "{error}");
    }
    assert!(History::from_json(b"{\"events\": [").is_err());
}
