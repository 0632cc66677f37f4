//! An app that is served by several processes, each in a role.

use super::App;
use crate::{
    Result,
    durable::Worker,
    registry::StartupError,
    roles::{self, Plan, Role, Wanted, WorkerSettings},
};
use std::env;

impl App {
    /// Adds a [`Role`], with its agents and tools: a part of the app that processes of their own serve.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        for spec in &role.reach().agents {
            self.reach.agent(spec);
        }
        for tool in &role.reach().tools {
            self.reach.any_tool(tool.clone());
        }
        self.roles.push(role);
        self
    }

    /// Sets how much the app's workers take on at once. A [role's own](Role::settings) settings go before.
    #[must_use]
    pub fn worker_settings(mut self, settings: WorkerSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Says that another program serves this task queue, which agents or tools of the app name: an app without its
    /// workflows, or a worker in another language that has activities of the tools' names. No worker of this app polls it,
    /// and nothing that is needed there is asked for here.
    #[must_use]
    pub fn served_elsewhere(mut self, task_queue: impl Into<String>) -> Self {
        self.elsewhere.push(task_queue.into());
        self
    }

    /// Checks the app and makes a worker for one of its [roles](Self::role). Only what that role does is asked for: the
    /// states of its tools, the providers of its agents.
    ///
    /// # Errors
    /// A [`StartupError`] when something about the app is wrong, or it has no such role; and when the server cannot be
    /// reached.
    pub async fn worker_as(&self, role: &str) -> Result<Worker> {
        let role = roles::known(&self.roles, role.to_owned(), "a worker is to have the");
        let role = role.map_err(|problem| self.startup_error(problem))?;
        self.worker_of(self.check(Some(&role))?).await
    }

    /// The app as a part of workers that you make with Temporal's own SDK: see [`Plugin`](crate::temporal::Plugin). It is
    /// checked as for a worker of its own.
    ///
    /// # Errors
    /// When anything about the app is wrong.
    #[cfg(feature = "temporal-sdk")]
    pub fn plugin(&self) -> Result<crate::temporal::Plugin, StartupError> {
        let (registry, units) = self.check(None)?;
        let site = crate::durable::Site::new(registry, self.by_reference, self.blobs.clone());
        Ok(crate::temporal::Plugin::new(&self.name, site, self.workflows.clone(), units, self.whole_codec()))
    }

    /// A worker in the role that the process was told to have.
    pub(super) async fn asked_for(&self) -> Result<Worker> {
        // What is no text names no role.
        let arguments = env::args_os().map(|argument| argument.to_string_lossy().into_owned());
        let role = roles::asked_for(&self.roles, arguments, env::var(roles::VARIABLE).ok());
        let role = role.map_err(|problem| self.startup_error(problem))?;
        self.worker_of(self.check(role.as_deref())?).await
    }

    /// Who serves what, and what of it falls to a process in this role, or without one to this process.
    pub(super) fn plan(&self, role: Option<&str>) -> (Plan, Vec<String>) {
        let Self { task_queue, workflows, roles, elsewhere, reach, settings, .. } = self;
        let has_workflows = !workflows.is_empty();
        let wanted = Wanted { home: task_queue, has_workflows, roles, elsewhere, reach, settings };
        let (plan, found) = Plan::new(&wanted);
        let problems = settings.mistakes().into_iter().map(|mistake| format!("the app's worker settings: {mistake}"));
        (plan.only(role), problems.chain(found).collect())
    }

    fn startup_error(&self, problem: String) -> StartupError {
        StartupError { app: self.name.clone(), problems: vec![problem] }
    }
}
