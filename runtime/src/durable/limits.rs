//! The limits of a Temporal server and the times this crate waits, each with its reason.

use std::time::Duration;

/// The largest payload a server takes by default, in bytes (`limit.blobSize.error`), less room for the envelope.
///
/// Over it, a result would be tried again and again, and an argument would fail the workflow's task for ever; so
/// both are refused before they are sent.
pub(crate) const MAX_PAYLOAD: usize = 2_097_152 - 16_384;

/// The largest payload where a blob store keeps what is large, in bytes. Workers hold payloads in memory, several times
/// over on their way.
pub(crate) const MAX_OFFLOADED: usize = 256 * 1024 * 1024;

/// What is left of a payload that a blob store keeps: its address.
pub(crate) const OFFLOADED: usize = 200;

/// How many bytes of payload one workflow task sends. The server takes messages of 4 MiB (gRPC).
pub(crate) const MAX_PAYLOADS_PER_TASK: usize = 3 * 1024 * 1024;

/// The largest conversation that goes with a model call, in bytes; every call is counted as if it had one, so that the
/// setting decides nothing that a replay could do otherwise.
pub(crate) const MAX_WHOLE: usize = 4 * 1024;

/// How many bytes of search attributes one command sets. A server takes 40 KiB (`limit.searchAttributesTotalSize`).
pub(crate) const MAX_ATTRIBUTES: usize = 32 * 1024;

/// What a command takes beside its payloads, in bytes.
pub(crate) const ENVELOPE: usize = 512;

/// How many activities a workflow has open at once. A server takes 2,000 (`limit.numPendingActivities.error`), and fails
/// a task that asks for more: for ever.
pub(crate) const MAX_OPEN: usize = 1_000;

/// The longest wait, some hundred years: what somebody writes who means never.
pub(crate) const LONGEST_SLEEP: Duration = Duration::from_hours(100 * 365 * 24);

/// How many local activities one workflow task begins. Each is an event when the task is done; a task that went on
/// without end would never let the server say that the history is long enough.
pub(crate) const MAX_LOCAL_CALLS_PER_TASK: usize = 500;

/// The largest result of a local tool, and the largest answer of a local model call, in bytes. They travel together
/// with the workflow task they belong to, so each has less room than an activity's.
pub(crate) const MAX_LOCAL_RESULT: usize = 128 * 1024;
pub(crate) const MAX_LOCAL_ANSWER: usize = 512 * 1024;

/// After how many events a workflow continues as new at the latest; a server ends a run at 51,200 and by default
/// suggests to go on at 4,096.
pub(crate) const MAX_EVENTS: u32 = 7_000;

/// After how many bytes of payload in its history a workflow continues as new at the latest; a server ends a run at
/// 50 MB (`limit.historySize.error`) and by default suggests to go on at 4 MB.
pub(crate) const MAX_RECORDED: usize = 32 * 1024 * 1024;

/// How much a new run's start carries, in bytes as they are sent; what is over it, the new run asks the old one for.
pub(crate) const MAX_CARRIED: usize = 1024 * 1024;

/// What a note takes that says where it is, in bytes, with its envelope.
pub(crate) const MAX_HANDOVER: usize = 4 * 1024;

/// How much a run leaves to the next at all, in bytes before they are compressed: even where that gains nothing, it has
/// to fit into the next one's history, with room to go on.
pub(crate) const MAX_CARRIED_IN_ALL: usize = 24 * 1024 * 1024;

/// How long one attempt to get a part of it may take: an old run is replayed for it.
pub(crate) const CARRIED_TIMEOUT: Duration = Duration::from_mins(10);

/// How many activities of one workflow task a worker begins at once, without the way through the task queue.
pub(crate) const EAGER_ACTIVITIES: usize = 10;

/// A wait that is only there so that there is another workflow task.
pub(crate) const MOMENT: Duration = Duration::from_millis(1);

/// How much of a run's transcript a failure carries, in bytes of JSON. A failure has to fit into one message beside
/// everything else that closes a workflow.
pub(crate) const MAX_TRANSCRIPT_IN_FAILURE: usize = 512 * 1024;

/// How long the server waits for a sign of life before it gives an activity to another worker. A killed worker is
/// noticed after this long, so it is most of the recovery time.
pub(crate) const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(10);

/// How often a running activity gives one: several fit into the timeout, so that a hiccup is no death.
pub(crate) const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(2);

/// How long a workflow task waits for the worker that has the workflow in its cache, before any worker may have it.
pub(crate) const STICKY_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest one attempt of a model call may take: five minutes to get its conversation, one to wait for its turn, the HTTP
/// client's own limit of ten, and a little.
pub(crate) const MODEL_TIMEOUT: Duration = Duration::from_secs(990);

/// How often a model call is tried. With the waits below that is about four minutes of trouble.
pub(crate) const MODEL_ATTEMPTS: u32 = 8;

/// The first wait between two attempts; it doubles, up to the longest. A server's `Retry-After` goes before both.
pub(crate) const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait of a call that its worker holds back again and again; each is twice the one before.
pub(crate) const LONGEST_HOLD: Duration = Duration::from_mins(15);

/// How often more than its `retries` a tool is started when workers die under it. The server numbers all attempts
/// alike, so that one lost with its worker uses up a retry too, but never the last chance.
pub(crate) const TOOL_ATTEMPTS_LOST: u32 = 10;

/// How often a tool is asked for that this code has no more: a worker of older code may take it, while workers are replaced.
/// With the waits between, that is three seconds.
pub(crate) const ATTEMPTS_AT_GONE: u32 = 3;

/// What the server waits beyond a tool's own timeout, which the worker enforces, before it takes the worker for lost.
pub(crate) const TOOL_TIMEOUT_GRACE: Duration = Duration::from_secs(15);

/// About how many bytes of events one answer to a subscriber has; a single event may have more.
pub(crate) const MAX_EVENTS_PAGE: usize = 256 * 1024;
