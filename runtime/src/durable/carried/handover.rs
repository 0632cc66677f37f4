//! From one run to the next: what stands beside the new run's input, and how it gets the rest.

use super::packed::{Packed, Unwritten};
use crate::{
    durable::{
        failure,
        journal::Past,
        limits::{CARRIED_TIMEOUT, HEARTBEAT_TIMEOUT, MAX_CARRIED, MAX_CARRIED_IN_ALL, MAX_HANDOVER, MAX_PAYLOAD},
        payload,
    },
    model::{Digest, LONGEST_WAIT},
};
use serde::{Deserialize, Serialize};
use temporalio_common::{
    RetryPolicy, UntypedActivity, data_converters::RawValue, error::ApplicationFailure,
    protos::temporal::api::common::v1::Payload,
};
use temporalio_workflow::{ActivityOptions, WorkflowCancellationToken, WorkflowContext, WorkflowTermination};

/// The query by which a new run gets what the old one has left.
pub(crate) const CARRIED_QUERY: &str = "steadfast.carried";

/// The activity that does.
pub(crate) const CARRIED: &str = "steadfast.carried";

/// What the new run gets beside its input.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Handover {
    /// All of it, as [`Packed::write`] writes it.
    Here(Vec<u8>),
    /// The id of the run that has it and has to be asked for it.
    With { run: String },
}

/// The mark by which a payload beside a workflow's input is known as ours. It says which of the two it is.
const LEFT: &str = "steadfast-left";
const HERE: &str = "here";
const WITH: &str = "with";

/// What a part belongs to: it says so itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Whole {
    size: usize,
    digest: Digest,
}

const SIZE: &str = "size";
const DIGEST: &str = "digest";

/// The part that was asked for of what a run has left.
pub(crate) fn part(left: &[u8], part: &Part) -> Option<Payload> {
    let rest = left.get(part.offset..)?;
    let data = rest[..rest.len().min(part.limit)].to_vec();
    Some(payload::binary(data, [(SIZE, left.len().to_string()), (DIGEST, Digest::of(left).to_string())]))
}

/// What a part belongs to.
fn whole_of(part: &Payload) -> Option<Whole> {
    Some(Whole { size: payload::fact(part, SIZE)?, digest: payload::fact(part, DIGEST)? })
}

/// A part of what a run has left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) run: String,
    pub(crate) offset: usize,
    pub(crate) limit: usize,
}

/// How often it is tried to get what another run has left, when it comes out otherwise from one part to the next.
const MOST_STARTS: u32 = 5;

impl Handover {
    fn encode(self) -> Payload {
        let (mark, data) = match self {
            Self::Here(left) => (HERE, left),
            Self::With { run } => (WITH, run.into_bytes()),
        };
        payload::binary(data, [(LEFT, mark.to_owned())])
    }

    /// Reads what stands beside a workflow's input, if it is ours.
    ///
    /// # Errors
    /// A mark that this version does not know: to begin anew would lose what the run before has done.
    pub(crate) fn decode(payload: Option<&Payload>) -> Result<Option<Self>, WorkflowTermination> {
        let Some((mark, data)) =
            payload.and_then(|payload| Some((payload::fact::<String>(payload, LEFT)?, &payload.data)))
        else {
            return Ok(None);
        };
        match mark.as_str() {
            HERE => Ok(Some(Self::Here(data.clone()))),
            WITH => Ok(Some(Self::With { run: String::from_utf8_lossy(data).into_owned() })),
            _ => Err(unfit("before this one", &format!("is marked `{mark}`, which this version cannot read")).into()),
        }
    }
}

/// What the run `run` of a workflow leaves behind: the payload for the next one's input, beside `argument`, and what the
/// old run has to keep because that has no room for it.
pub(crate) fn leave(
    workflow: &str,
    run: &str,
    past: Past,
    argument: &Payload,
) -> Result<(Payload, Option<Vec<u8>>), WorkflowTermination> {
    let left = Packed::pack(past).write().map_err(|error| match error {
        Unwritten::TooLarge { size } => {
            let message = format!(
                "workflow `{workflow}` has to continue as new, and what it would take along is {size} bytes, over the \
                 limit of {MAX_CARRIED_IN_ALL}; keep its conversations shorter"
            );
            failure::own("HistoryFull", message)
        }
        Unwritten::Other(error) => not_written(&error),
    })?;
    // The server's limit is for the two together.
    let fits = left.len() <= MAX_CARRIED && argument.data.len() + left.len() <= MAX_PAYLOAD - MAX_HANDOVER;
    Ok(if fits {
        (Handover::Here(left).encode(), None)
    } else {
        (Handover::With { run: run.to_owned() }.encode(), Some(left))
    })
}

/// What an earlier run has left, and how many bytes of this run's history that takes.
pub(crate) async fn receive<S: 'static>(
    context: &WorkflowContext<S>,
    page: usize,
    handover: Handover,
) -> Result<(Past, usize), WorkflowTermination> {
    let (run, left) = match handover {
        Handover::Here(left) => ("before this one".to_owned(), left),
        Handover::With { run } => {
            let left = left_by(context, page, &run).await?;
            (run, left)
        }
    };
    let packed = Packed::read(&left).map_err(|error| unfit(&run, &format!("cannot be read: {error}")))?;
    Ok((packed.unpack(), left.len()))
}

/// Fetches what an earlier run has left, in parts of so many bytes.
async fn left_by<S: 'static>(
    context: &WorkflowContext<S>,
    page: usize,
    run: &str,
) -> Result<Vec<u8>, WorkflowTermination> {
    let mut left = Vec::new();
    let mut whole = None;
    let mut again = 0;
    loop {
        let part = fetch(context, Part { run: run.to_owned(), offset: left.len(), limit: page }).await?;
        let of = whole_of(&part).ok_or_else(|| unfit(run, "is not what a run leaves"))?;
        // Each part comes from a replay of the old run, and one on other code may leave something else.
        if *whole.get_or_insert(of) != of {
            again += 1;
            if again > MOST_STARTS {
                return Err(unfit(run, "comes out otherwise each time; was its code changed?").into());
            }
            left.clear();
            whole = None;
            continue;
        }
        let is_last = part.data.is_empty() || left.len() + part.data.len() >= of.size;
        left.extend(part.data);
        if is_last {
            return if of.is(&left) { Ok(left) } else { Err(unfit(run, "did not come whole").into()) };
        }
    }
}

async fn fetch<S: 'static>(context: &WorkflowContext<S>, part: Part) -> Result<Payload, WorkflowTermination> {
    // Without a limit of attempts: the old run is there as long as the server keeps it, and this one is nothing without
    // it.
    let options = ActivityOptions::with_start_to_close_timeout(CARRIED_TIMEOUT)
        .heartbeat_timeout(HEARTBEAT_TIMEOUT)
        .retry_policy(RetryPolicy::builder().maximum_interval(LONGEST_WAIT).build())
        // Whoever cancels the workflow cancels its code, which has to be there to hear of it.
        .cancellation_token(WorkflowCancellationToken::new())
        .build();
    let input = RawValue::new(vec![payload::encode(&part).map_err(|error| not_written(&error))?]);
    let fetched = context.execute_activity(UntypedActivity::new(CARRIED), input, options).await;
    if context.cancellation_token().is_cancelled() {
        return Err(WorkflowTermination::cancelled());
    }
    let fetched = fetched.map_err(|error| unfit(&part.run, &format!("cannot be had: {error}")))?;
    Ok(fetched.payloads.into_iter().next().unwrap_or_default())
}

impl Whole {
    /// Whether these bytes are it.
    fn is(&self, left: &[u8]) -> bool {
        left.len() == self.size && Digest::of(left) == self.digest
    }
}

fn unfit(run: &str, why: &str) -> ApplicationFailure {
    failure::own("Carried", format!("what run {run} of this workflow has left {why}"))
}

fn not_written(error: &impl ToString) -> ApplicationFailure {
    failure::own("Carried", error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parts_say_what_they_belong_to() {
        let left = b"0123456789";
        let part = |offset, limit| part(left, &Part { run: String::new(), offset, limit });
        let (first, last) = (part(0, 6).expect("there is"), part(6, 6).expect("there is"));
        assert_eq!([first.data.as_slice(), last.data.as_slice()].concat(), left);
        assert_eq!(whole_of(&first), whole_of(&last));
        assert_eq!(whole_of(&first).expect("it says so").size, 10);
        assert!(part(11, 6).is_none());
    }

    #[test]
    fn a_handover_is_read_as_it_was_written() {
        for handover in [Handover::Here(vec![0, 255, 1]), Handover::With { run: "7".into() }] {
            let read = Handover::decode(Some(&handover.clone().encode())).expect("it is known");
            assert_eq!(read, Some(handover));
        }
    }

    #[test]
    fn what_another_version_left_is_not_passed_over() {
        let payload = payload::binary(Vec::new(), [(LEFT, "elsewhere".to_owned())]);
        assert!(Handover::decode(Some(&payload)).is_err());
    }

    #[test]
    fn what_a_client_puts_beside_the_input_is_not_ours() {
        let payload = payload::encode(&json!({"here": 1})).expect("JSON");
        assert_eq!(Handover::decode(Some(&payload)).expect("nothing is read"), None);
        assert_eq!(Handover::decode(None).expect("nothing is read"), None);
    }
}
