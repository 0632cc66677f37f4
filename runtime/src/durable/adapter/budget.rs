//! How much one workflow task may carry. The server takes messages of 4 MiB, and fails a task that sends more: for ever,
//! since it would send the same again. What does not fit waits for the next task. By sizes alone, so that replay does
//! the same.

use crate::durable::limits::{MAX_LOCAL_CALLS_PER_TASK, MAX_PAYLOADS_PER_TASK};

/// What the current task carries.
#[derive(Debug, Default)]
pub(super) struct Budget {
    /// The task, by the length of the history when it started.
    task: u32,
    /// Bytes of payload that it sends.
    sent: usize,
    /// Local activities that were begun in it. Their results travel with it.
    local_calls: usize,
    /// What those results may come to that are not there yet.
    reserved: usize,
}

impl Budget {
    /// Looks whether another task has begun.
    pub(super) fn turn_to(&mut self, task: u32) {
        if self.task != task {
            *self = Self { task, reserved: self.reserved, ..Self::default() };
        }
    }

    /// Whether the task can send so many bytes, and take a local result of so many.
    pub(super) fn has_room(&self, bytes: usize, local: Option<usize>) -> bool {
        let expected = self.sent + self.reserved + bytes + local.unwrap_or_default();
        expected <= MAX_PAYLOADS_PER_TASK && (local.is_none() || self.local_calls < MAX_LOCAL_CALLS_PER_TASK)
    }

    pub(super) fn send(&mut self, bytes: usize, local: Option<usize>) {
        self.sent += bytes;
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
        budget.turn_to(1);
        budget.send(MAX_PAYLOADS_PER_TASK - 10, None);
        assert!(budget.has_room(10, None) && !budget.has_room(11, None) && !budget.has_room(0, Some(11)));
        budget.turn_to(1);
        assert!(!budget.has_room(11, None));
        budget.turn_to(2);
        assert!(budget.has_room(11, None));
    }

    #[test]
    fn what_a_local_call_may_come_to_is_kept_free_until_it_is_there() {
        let mut budget = Budget::default();
        budget.send(0, Some(1_000));
        assert!(!budget.has_room(MAX_PAYLOADS_PER_TASK, None));
        budget.turn_to(2);
        assert!(!budget.has_room(MAX_PAYLOADS_PER_TASK, None), "it comes with whichever task is there then");
        budget.settle(Some(1_000), 10);
        assert!(budget.has_room(MAX_PAYLOADS_PER_TASK - 10, None) && !budget.has_room(MAX_PAYLOADS_PER_TASK, None));
        for _ in 0..MAX_LOCAL_CALLS_PER_TASK {
            budget.send(0, Some(0));
        }
        assert!(!budget.has_room(0, Some(0)) && budget.has_room(0, None));
    }
}
