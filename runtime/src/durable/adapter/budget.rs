//! How much one workflow task may carry. The server takes messages of 4 MiB, and fails a task that sends more: for ever,
//! since it would send the same again. What does not fit waits for the next task. By sizes alone, so that replay does
//! the same.

use crate::durable::limits::{ENVELOPE, MAX_LOCAL_CALLS_PER_TASK, MAX_PAYLOAD, MAX_PAYLOADS_PER_TASK};

/// What the current task carries.
#[derive(Debug, Default)]
pub(super) struct Budget {
    /// Bytes of payload that it sends.
    sent: usize,
    /// Local activities that were begun in it. Their results travel with it.
    local_calls: usize,
    /// What those results may come to that are not there yet.
    reserved: usize,
}

impl Budget {
    /// Another task has begun: something has come that comes only with one. Not by the length of the history, which is
    /// another one on replay where a long local activity had tasks of its own.
    pub(super) fn turn_over(&mut self) {
        *self = Self { reserved: self.reserved, ..Self::default() };
    }

    /// Whether there would be room in another task.
    pub(super) fn next_has_room(&self, bytes: usize, local: Option<usize>) -> bool {
        Self { reserved: self.reserved, ..Self::default() }.has_room(bytes, local)
    }

    /// Whether the task has no room for the largest end that a workflow may have.
    pub(super) fn is_heavy(&self) -> bool {
        self.sent > MAX_PAYLOADS_PER_TASK - MAX_PAYLOAD
    }

    /// Whether the task can send so many bytes, and take a local result of so many.
    pub(super) fn has_room(&self, bytes: usize, local: Option<usize>) -> bool {
        let expected = self.sent + self.reserved + bytes + ENVELOPE + local.unwrap_or_default();
        expected <= MAX_PAYLOADS_PER_TASK && (local.is_none() || self.local_calls < MAX_LOCAL_CALLS_PER_TASK)
    }

    pub(super) fn send(&mut self, bytes: usize, local: Option<usize>) {
        self.sent += bytes + ENVELOPE;
        self.local_calls += usize::from(local.is_some());
        self.reserved += local.unwrap_or_default();
    }

    /// A local result has come, or nobody waits for it any more.
    pub(super) fn settle(&mut self, local: Option<usize>, bytes: usize) {
        let Some(most) = local else { return };
        self.reserved -= most;
        self.sent += bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_filled_and_the_next_is_empty_again() {
        let mut budget = Budget::default();
        assert!(!budget.is_heavy());
        budget.send(MAX_PAYLOADS_PER_TASK - 2 * ENVELOPE - 10, None);
        assert!(budget.is_heavy());
        assert!(budget.has_room(10, None) && !budget.has_room(11, None) && !budget.has_room(0, Some(11)));
        assert!(budget.next_has_room(11, None));
        budget.turn_over();
        assert!(budget.has_room(11, None) && !budget.is_heavy());
    }

    #[test]
    fn what_a_local_call_may_come_to_is_kept_free_until_it_is_there() {
        let mut budget = Budget::default();
        budget.send(0, Some(1_000));
        let all = MAX_PAYLOADS_PER_TASK - ENVELOPE;
        budget.turn_over();
        assert!(!budget.has_room(all, None), "it comes with whichever task is there then");
        assert!(!budget.next_has_room(all, None), "and the next may be that");
        budget.settle(Some(1_000), 10);
        assert!(budget.has_room(all - 10, None) && !budget.has_room(all, None));
        budget.turn_over();
        for _ in 0..MAX_LOCAL_CALLS_PER_TASK {
            budget.send(0, Some(0));
        }
        assert!(!budget.has_room(0, Some(0)) && budget.has_room(0, None));
    }
}
