//! Holds what today's code asks for against what was recorded, and says in words where they part.

use super::step::Step;

/// A value that is longer is cut in what is said about it.
const SHOWN: usize = 200;

/// Where today's code first asks for something else than was recorded, if it does; `sdk` is what the SDK says of it.
pub(super) fn first_difference(recorded: &[Step], asked: &[Step], sdk: &str) -> Option<String> {
    // Local calls are recorded when they are done, so they have no place of their own among the others.
    let (was, is): (Vec<&Step>, Vec<&Step>) = (
        recorded.iter().filter(|step| step.has_a_place()).collect(),
        asked.iter().filter(|step| step.has_a_place()).collect(),
    );
    let at = was.iter().zip(&is).position(|(was, is)| !was.is_like(is)).unwrap_or(was.len().min(is.len()));
    let last = at.checked_sub(1).and_then(|last| was.get(last));
    let locally = unmatched(asked, recorded).into_iter().find(|step| step.is_local());
    let said = match (was.get(at), is.get(at), locally) {
        (Some(was), Some(_), Some(is)) if is.name() == was.name() => {
            format!("{was} is recorded, and today's code has {is} in its place")
        }
        (Some(was), Some(is), _) => format!("{was} is recorded, and today's code has {is} in its place"),
        (Some(was), None, Some(is)) => format!("{was} is recorded, and today's code has {is} in its place"),
        (Some(was), None, None) => {
            // What is noted has no place, but the SDK says whether it is what is missing.
            let is_missing =
                ["UpsertWorkflowSearchAttributes", "WorkflowPropertiesModified"].iter().any(|it| sdk.contains(it));
            let after = last.and_then(|step| step.event);
            let between = |step: &&Step| step.is_noted() && step.event > after && step.event < was.event;
            let noted = recorded.iter().find(between).filter(|_| is_missing);
            format!("{} is recorded, and today's code has nothing there", noted.unwrap_or(was))
        }
        (None, Some(is), _) => format!("today's code has {is}, and nothing of that is recorded"),
        (None, None, Some(is)) => format!("today's code has {is}, and nothing of that is recorded"),
        (None, None, None) => {
            let missing = unmatched(recorded, asked).into_iter().next()?;
            return Some(format!("{missing} is recorded, and today's code has nothing there"));
        }
    };
    let before = match last {
        Some(last) => format!("after {last}"),
        None => "at its start".to_owned(),
    };
    Some(format!("step {}, {before}: {said}", at + 1))
}

/// The steps of one side that the other has not, each taken once.
fn unmatched<'a>(steps: &'a [Step], others: &[Step]) -> Vec<&'a Step> {
    let mut left: Vec<&Step> = others.iter().collect();
    let is_new = |step: &&Step| match left.iter().position(|other| other.is_like(step)) {
        Some(found) => {
            left.remove(found);
            false
        }
        None => true,
    };
    steps.iter().filter(is_new).collect()
}

/// The values that are others than were recorded, where Temporal sees no difference.
pub(super) fn differences(recorded: &[Step], asked: &[Step]) -> Vec<String> {
    let with_value = |steps: &[Step]| -> Vec<(Step, String)> {
        steps.iter().filter_map(|step| step.value().map(|value| (step.clone(), value))).collect()
    };
    let (mut was, mut is) = (with_value(recorded), with_value(asked));
    // What was asked for and taken back at once is not recorded, so places say nothing: equals are found first.
    was.retain(|(step, value)| match is.iter().position(|(other, now)| other.is_like(step) && now == value) {
        Some(found) => {
            is.remove(found);
            false
        }
        None => true,
    });
    let changed = was.into_iter().filter_map(|(step, value)| {
        let found = is.iter().position(|(other, _)| other.is_like(&step))?;
        let (_, now) = is.remove(found);
        Some(format!("{step}: it was {}, and is now {}", shown(&value), shown(&now)))
    });
    changed.collect()
}

fn shown(value: &str) -> String {
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::step::What, *};
    use std::time::Duration;
    use temporalio_common::protos::temporal::api::common::v1::Payload;

    fn call(name: &str, argument: &str) -> What {
        What::Activity(name.to_owned(), None, Some(Payload { data: argument.into(), ..Payload::default() }))
    }

    fn recorded(steps: Vec<What>) -> Vec<Step> {
        (5..).step_by(6).zip(steps).map(|(event, what)| Step { event: Some(event), what }).collect()
    }

    fn asked(steps: Vec<What>) -> Vec<Step> {
        steps.into_iter().map(|what| Step { event: None, what }).collect()
    }

    #[test]
    fn the_first_difference_is_said_in_words() {
        let was = || recorded(vec![call("a", "1"), call("b", "2"), What::Returned(None)]);
        let said = |is: Vec<What>| first_difference(&was(), &asked(is), "").unwrap_or_default();
        assert_eq!(said(vec![call("a", "1"), call("b", "2"), What::Returned(None)]), "");
        assert_eq!(
            said(vec![call("a", "1"), call("c", "2")]),
            "step 2, after a call of `a` (event 5): a call of `b` (event 11) is recorded, and today's code has a call of \
             `c` in its place"
        );
        assert_eq!(
            said(vec![call("a", "1"), What::LocalActivity("b".to_owned())]),
            "step 2, after a call of `a` (event 5): a call of `b` (event 11) is recorded, and today's code has a local \
             call of `b` in its place"
        );
        assert_eq!(
            said(vec![]),
            "step 1, at its start: a call of `a` (event 5) is recorded, and today's code has nothing there"
        );
        assert_eq!(
            said(vec![call("a", "1"), call("b", "2"), What::Returned(None), What::Timer(Duration::from_secs(5))]),
            "step 4, after the end with a result (event 17): today's code has a timer of 5s, and nothing of that is \
             recorded"
        );
    }

    #[test]
    fn values_are_compared_whatever_their_order() {
        let was = recorded(vec![call("a", "{\"x\":1,\"y\":2}"), call("a", "2"), What::Timer(Duration::from_secs(5))]);
        let same =
            vec![call("a", "2"), call("b", "7"), call("a", "{\"y\":2,\"x\":1}"), What::Timer(Duration::from_secs(5))];
        assert!(differences(&was, &asked(same)).is_empty());
        let other = vec![call("a", "{\"x\":1,\"y\":2}"), call("a", "3"), What::Timer(Duration::from_secs(6))];
        assert_eq!(
            differences(&was, &asked(other)),
            ["a call of `a` (event 11): it was 2, and is now 3", "a timer of 5s (event 17): it was 5s, and is now 6s"]
        );
        assert!(shown(&"ü".repeat(300)).ends_with('…'));
    }
}
