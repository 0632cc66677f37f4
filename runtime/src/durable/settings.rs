//! Where our settings of a worker become the SDK's options.

use super::limits::{EAGER_ACTIVITIES, HEARTBEAT_INTERVAL, STICKY_TIMEOUT};
use crate::roles::{Deployed, Versioning, WorkerSettings};
use std::time::Duration;
use temporalio_common::worker::{VersioningBehavior, WorkerDeploymentOptions, WorkerDeploymentVersion};
use temporalio_sdk::{
    WorkerOptions,
    runtime::{
        PollerBehavior,
        worker_tuner::{
            FixedSizeSlotSupplier, ResourceBasedSlotOptions, ResourceBasedSlotsForType, ResourceBasedTunerOptions,
            SlotSupplier, TunerHolder, WorkerTuner,
        },
    },
};

/// How long activities may go on after a worker was asked to stop; then they are cancelled and tried elsewhere.
const GRACE: Duration = Duration::from_secs(10);

/// How many tasks of a kind a worker has in hand at once, by default.
const SLOTS: usize = 100;

impl WorkerSettings {
    /// What the SDK makes of them. `role` is a part of the identity, where there is no other.
    pub(super) fn options(&self, queue: &str, role: Option<&str>) -> WorkerOptions {
        let polls = |pollers: Option<usize>| pollers.map(PollerBehavior::SimpleMaximum);
        WorkerOptions::new(queue)
            .sticky_queue_schedule_to_start_timeout(self.sticky.unwrap_or(STICKY_TIMEOUT))
            .graceful_shutdown_period(self.grace.unwrap_or(GRACE))
            // The activities of a task come back with the answer to it, as many as there are places kept for them.
            .max_eager_activity_reservations_per_workflow_task(EAGER_ACTIVITIES)
            // By default the SDK holds heartbeats back for most of their timeout, and a hiccup looks like a death.
            .max_heartbeat_throttle_interval(HEARTBEAT_INTERVAL)
            .maybe_max_task_queue_activities_per_second(self.rate_limit)
            .maybe_max_worker_activities_per_second(self.worker_rate_limit)
            .maybe_activity_task_poller_behavior(polls(self.pollers))
            .maybe_workflow_task_poller_behavior(polls(self.workflow_pollers))
            .maybe_max_cached_workflows(self.cached_workflows)
            .maybe_client_identity_override(self.identity.clone().or_else(|| role.map(identity)))
            .maybe_deployment_options(self.deployment.as_ref().map(|deployed| self.deployed(deployed)))
            .tuner(self.tuner())
            .build()
    }

    fn deployed(&self, Deployed { deployment, build }: &Deployed) -> WorkerDeploymentOptions {
        let version = WorkerDeploymentVersion::builder().deployment_name(deployment).build_id(build).build();
        // The SDK says of no workflow what it is to do, so this is what all of them do.
        let behaviour = match self.versioning.unwrap_or_default() {
            Versioning::Pinned => VersioningBehavior::Pinned,
            Versioning::AutoUpgrade => VersioningBehavior::AutoUpgrade,
        };
        WorkerDeploymentOptions::new(version).use_worker_versioning(true).default_versioning_behavior(behaviour).build()
    }

    fn tuner(&self) -> WorkerTuner {
        TunerHolder::builder()
            .workflow_task_slot_supplier(self.supplier(self.workflow_slots))
            .activity_task_slot_supplier(self.supplier(self.slots))
            .local_activity_task_slot_supplier(self.supplier(self.local_slots))
            .nexus_task_slot_supplier(self.supplier(None))
            .build()
            .into()
    }

    fn supplier(&self, slots: Option<usize>) -> SlotSupplier {
        match self.resources {
            None => FixedSizeSlotSupplier::new(slots.unwrap_or(SLOTS)).into(),
            Some((memory, cpu)) => {
                let targets =
                    ResourceBasedTunerOptions::builder().target_memory_usage(memory).target_cpu_usage(cpu).build();
                let limits = ResourceBasedSlotOptions::builder()
                    .maybe_maximum_slots(slots)
                    // The least by default may be more than the most that was asked for.
                    .maybe_minimum_slots(slots.map(|_| 1))
                    .build();
                ResourceBasedSlotsForType::new(targets, limits).into()
            }
        }
    }
}

/// Who a worker is, to the server and to whoever reads a history.
fn identity(role: &str) -> String {
    let process = std::process::id();
    match std::env::var("HOSTNAME") {
        Ok(host) if !host.is_empty() => format!("{role}/{process}@{host}"),
        _ => format!("{role}/{process}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_roles_settings_go_before_those_of_the_app() {
        let app = WorkerSettings::new().slots(10).cached_workflows(5);
        let role = WorkerSettings::new().slots(2).rate_limit(3.0);
        let options = role.or(&app).options("desk-search", Some("search"));
        assert_eq!(options.task_queue, "desk-search");
        assert_eq!(options.max_cached_workflows, 5);
        assert_eq!(options.max_task_queue_activities_per_second, Some(3.0));
        assert!(options.client_identity_override.is_some_and(|identity| identity.starts_with("search/")));
        let WorkerTuner::TunerHolder(tuner) = options.tuner else { panic!("slots are counted") };
        let SlotSupplier::FixedSize(slots) = tuner.activity_task_slot_supplier else { panic!("slots are counted") };
        assert_eq!(slots.num_slots, 2);
    }

    #[test]
    fn the_sdk_takes_every_setting() {
        let least = WorkerSettings::new().slots(1).workflow_slots(1).local_slots(1).pollers(1).workflow_pollers(2);
        let least = least.cached_workflows(0).sticky(Duration::from_secs(1)).grace(Duration::ZERO).identity("i");
        let versioned = WorkerSettings::new().deployment("trips", "1.0").versioning(Versioning::AutoUpgrade);
        for settings in [WorkerSettings::new(), versioned, least.clone(), least.resources(0.5, 0.5).rate_limit(0.1)] {
            let mut options = settings.options("queue", None);
            options.register_activities(crate::durable::activity::Activities(crate::durable::Site::new(
                std::sync::Arc::default(),
                crate::ByReference::default(),
                None,
            )));
            let core = options.to_core_options("default".to_owned(), "me".to_owned());
            assert!(core.is_ok(), "{:?}", core.err());
        }
    }
}
