//! How much a worker takes on, in our own names, with units and defaults.

use std::time::Duration;

/// How much a worker takes on: of a whole app by [`App::worker_settings`](crate::App::worker_settings), of one queue by
/// [`Role::settings`](crate::Role::settings), which goes before.
///
/// ```
/// use std::time::Duration;
/// use steadfast::WorkerSettings;
///
/// let settings = WorkerSettings::new().slots(8).rate_limit(20.0).grace(Duration::from_secs(60));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct WorkerSettings {
    pub(crate) slots: Option<usize>,
    pub(crate) workflow_slots: Option<usize>,
    pub(crate) local_slots: Option<usize>,
    pub(crate) resources: Option<(f64, f64)>,
    pub(crate) rate_limit: Option<f64>,
    pub(crate) worker_rate_limit: Option<f64>,
    pub(crate) pollers: Option<usize>,
    pub(crate) workflow_pollers: Option<usize>,
    pub(crate) cached_workflows: Option<usize>,
    pub(crate) sticky: Option<Duration>,
    pub(crate) grace: Option<Duration>,
    pub(crate) identity: Option<String>,
    pub(crate) deployment: Option<Deployed>,
    pub(crate) versioning: Option<Versioning>,
}

/// Which build of which deployment a worker is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Deployed {
    pub(crate) deployment: String,
    pub(crate) build: String,
}

/// What becomes of a workflow that is running when another build of its deployment is made the current one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Versioning {
    /// It stays with the build that it began with, also when it continues as new, and so do the children that it starts on
    /// its task queue, and its model calls and tools. Nothing has to replay on other code; workers of that build have to
    /// run until the last of these workflows has ended.
    #[default]
    Pinned,
    /// It goes on with the current build, from its next task on. That build has to replay what the older ones did: see
    /// [`workflow::patched`](crate::workflow::patched).
    AutoUpgrade,
}

impl WorkerSettings {
    /// What holds where nothing is set.
    pub fn new() -> Self {
        Self::default()
    }

    /// So many model calls and tools at once; 100 by default. What is more waits on the queue, for this worker or another.
    pub fn slots(mut self, slots: usize) -> Self {
        self.slots = Some(slots);
        self
    }

    /// So many tasks of workflows at once; 100 by default. A task takes milliseconds; a workflow that waits has none.
    pub fn workflow_slots(mut self, slots: usize) -> Self {
        self.workflow_slots = Some(slots);
        self
    }

    /// So many local tools and local model calls at once; 100 by default.
    pub fn local_slots(mut self, slots: usize) -> Self {
        self.local_slots = Some(slots);
        self
    }

    /// Takes on as much as the machine bears: until so much of its memory and of its processors is in use, each a fraction
    /// from 0 to 1. The numbers of slots are then upper limits, 500 where there is none.
    pub fn resources(mut self, memory: f64, cpu: f64) -> Self {
        self.resources = Some((memory, cpu));
        self
    }

    /// Starts at most so many model calls and tools a second on the queue, over all its workers together; the server sees to
    /// it. 0.5 is one in two seconds. All workers of the queue need the same number: the last to poll wins. A server keeps a
    /// queue in partitions, 4 by default, and gives each its part of the limit, so that a handful of calls takes longer than
    /// the limit alone would have it.
    ///
    /// By default there is no limit. With one, a workflow's calls on its own queue no longer come back with the answer to
    /// its task, which costs a few milliseconds.
    pub fn rate_limit(mut self, per_second: f64) -> Self {
        self.rate_limit = Some(per_second);
        self
    }

    /// Starts at most so many model calls and tools a second on this worker. By default there is no limit.
    pub fn worker_rate_limit(mut self, per_second: f64) -> Self {
        self.worker_rate_limit = Some(per_second);
        self
    }

    /// Asks the server for model calls and tools by so many requests at once; 5 by default, or as many as the server
    /// advises, where it does.
    pub fn pollers(mut self, pollers: usize) -> Self {
        self.pollers = Some(pollers);
        self
    }

    /// Asks the server for tasks of workflows by so many requests at once, 2 at least; 5 by default, or as many as the
    /// server advises.
    pub fn workflow_pollers(mut self, pollers: usize) -> Self {
        self.workflow_pollers = Some(pollers);
        self
    }

    /// Keeps so many workflows in memory; 1000 by default. One that is not there is replayed when it goes on. With 0 all
    /// are replayed at each task.
    pub fn cached_workflows(mut self, workflows: usize) -> Self {
        self.cached_workflows = Some(workflows);
        self
    }

    /// Lets a task wait so long for the worker that has its workflow in memory, before another may have it; 5 seconds by
    /// default.
    pub fn sticky(mut self, timeout: Duration) -> Self {
        self.sticky = Some(timeout);
        self
    }

    /// Lets model calls and tools go on for so long after the worker was asked to stop; 10 seconds by default. Then they
    /// are cancelled, and tried again by another worker.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = Some(grace);
        self
    }

    /// The name by which the server and [`History::work`](crate::History::work) know the worker. By default it is made of
    /// the role, the process's number and, where the environment has one in `HOSTNAME`, the machine's name.
    pub fn identity(mut self, identity: impl Into<String>) -> Self {
        self.identity = Some(identity.into());
        self
    }

    /// Says which build of which deployment the worker is, which puts it under Temporal's Worker Versioning: the server
    /// begins workflows only on the build that was made the current one, by
    /// [`Client::set_current_version`](crate::Client::set_current_version), and what becomes of those that are running then,
    /// [`versioning`](Self::versioning) says. Until a first build is current, a worker with this gets no workflow at all.
    ///
    /// All workers that serve a part of the app need it, so set it for the app. Two builds are alike only if they do the same:
    /// take a new one for each release.
    ///
    /// ```
    /// use steadfast::{App, Versioning, WorkerSettings};
    ///
    /// let settings = WorkerSettings::new().deployment("trips", env!("CARGO_PKG_VERSION"));
    /// let app = App::new("trips").worker_settings(settings.versioning(Versioning::AutoUpgrade));
    /// ```
    pub fn deployment(mut self, name: impl Into<String>, build: impl Into<String>) -> Self {
        self.deployment = Some(Deployed { deployment: name.into(), build: build.into() });
        self
    }

    /// What becomes of this worker's workflows when another build is made the current one; they are
    /// [pinned](Versioning::Pinned) by default. It holds for all workflows of the worker: the SDK has no setting for a single
    /// one.
    pub fn versioning(mut self, versioning: Versioning) -> Self {
        self.versioning = Some(versioning);
        self
    }

    /// These, and where they say nothing, the others.
    pub(crate) fn or(self, others: &Self) -> Self {
        Self {
            slots: self.slots.or(others.slots),
            workflow_slots: self.workflow_slots.or(others.workflow_slots),
            local_slots: self.local_slots.or(others.local_slots),
            resources: self.resources.or(others.resources),
            rate_limit: self.rate_limit.or(others.rate_limit),
            worker_rate_limit: self.worker_rate_limit.or(others.worker_rate_limit),
            pollers: self.pollers.or(others.pollers),
            workflow_pollers: self.workflow_pollers.or(others.workflow_pollers),
            cached_workflows: self.cached_workflows.or(others.cached_workflows),
            sticky: self.sticky.or(others.sticky),
            grace: self.grace.or(others.grace),
            identity: self.identity.or_else(|| others.identity.clone()),
            deployment: self.deployment.or_else(|| others.deployment.clone()),
            versioning: self.versioning.or(others.versioning),
        }
    }

    /// What no worker could do with them, a sentence each.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        let counts = [
            ("slots", self.slots),
            ("workflow_slots", self.workflow_slots),
            ("local_slots", self.local_slots),
            ("pollers", self.pollers),
        ];
        for (name, _) in counts.iter().filter(|(_, count)| *count == Some(0)) {
            found.push(format!("`{name}(0)` leaves nothing to work with; write 1 or more"));
        }
        if self.workflow_pollers.is_some_and(|pollers| pollers < 2) {
            // One polls for workflows in memory, one for all others.
            found.push("`workflow_pollers` has to be 2 or more".to_owned());
        }
        for (name, rate) in [("rate_limit", self.rate_limit), ("worker_rate_limit", self.worker_rate_limit)] {
            if let Some(rate) = rate.filter(|rate| !rate.is_finite() || *rate <= 0.0) {
                found.push(format!("`{name}({rate})` is no rate; write how many a second, as in `{name}(5.0)`"));
            }
        }
        if let Some((memory, cpu)) = self.resources
            && !(is_fraction(memory) && is_fraction(cpu))
        {
            found.push(format!("`resources({memory}, {cpu})` are no fractions; write as in `resources(0.8, 0.9)`"));
        }
        if let Some(Deployed { deployment, build }) = &self.deployment {
            if deployment.is_empty() || deployment.contains(['.', ':']) {
                found.push(format!("`{deployment}` is no name for a deployment; write one without `.` and `:`"));
            }
            if build.is_empty() {
                found.push(format!(
                    "the build of deployment `{deployment}` has no name; write `.deployment(\"{deployment}\", \"1.0\")`"
                ));
            }
        }
        found
    }
}

fn is_fraction(number: f64) -> bool {
    number > 0.0 && number <= 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_work_is_said_with_what_to_write() {
        let settings = WorkerSettings::new().slots(0).workflow_pollers(1).rate_limit(-1.0).resources(1.5, 0.5);
        assert_eq!(
            settings.mistakes(),
            [
                "`slots(0)` leaves nothing to work with; write 1 or more",
                "`workflow_pollers` has to be 2 or more",
                "`rate_limit(-1)` is no rate; write how many a second, as in `rate_limit(5.0)`",
                "`resources(1.5, 0.5)` are no fractions; write as in `resources(0.8, 0.9)`",
            ]
        );
        let nothing: [&str; 0] = [];
        assert_eq!(WorkerSettings::new().slots(1).rate_limit(0.5).resources(0.8, 0.9).mistakes(), nothing);
        assert_eq!(
            WorkerSettings::new().deployment("a.b", "").mistakes(),
            [
                "`a.b` is no name for a deployment; write one without `.` and `:`",
                "the build of deployment `a.b` has no name; write `.deployment(\"a.b\", \"1.0\")`",
            ]
        );
        for rate in [f64::NAN, f64::INFINITY, 0.0] {
            assert_eq!(WorkerSettings::new().worker_rate_limit(rate).mistakes().len(), 1, "{rate}");
        }
    }
}
