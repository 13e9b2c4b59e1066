//! Task definitions: families, revisions, and how requests refer to them.

mod delete;
mod fargate;
mod read;
mod register;
mod validate;

use std::collections::{BTreeMap, BTreeSet};

use infra_core::arn::Location;
use serde::{Deserialize, Serialize};

use super::reference::ResourceArn;
use super::service::ServiceRecord;
use super::state::{Record, State};
use crate::ecs::TaskDefinition;

pub(super) const ACTIVE: &str = "ACTIVE";
pub(super) const INACTIVE: &str = "INACTIVE";
pub(super) const DELETING: &str = "DELETE_IN_PROGRESS";

/// The revisions of one family.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Family {
    /// The highest revision number that has been used, even if that revision was deleted.
    latest: i32,
    pub(super) revisions: BTreeMap<i32, Revision>,
}

impl Family {
    /// Returns the newest ACTIVE revision.
    fn latest_active(&self) -> Option<&Revision> {
        self.revisions.values().rev().find(|revision| revision.is(ACTIVE))
    }
}

/// One revision of a task definition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Revision {
    pub(super) definition: TaskDefinition,
    pub(super) tags: BTreeMap<String, String>,
}

impl Revision {
    /// Returns whether the revision has this status.
    pub(super) fn is(&self, status: &str) -> bool {
        self.definition.status == status
    }
}

/// A reference to a task definition in a request: a family, a family and revision, or an ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) family: String,
    pub(super) revision: Option<i32>,
}

impl Named {
    /// Parses a reference. Returns `None` if the reference is invalid or refers to another
    /// account or region.
    pub(super) fn read(location: &Location, text: &str) -> Option<Self> {
        let name = if text.starts_with("arn:") {
            let arn = ResourceArn::read(text).ok()?;
            if arn.kind != "task-definition" || !arn.is_in(location) {
                return None;
            }
            arn.name
        } else {
            text
        };
        let (family, revision) = match name.split_once(':') {
            None => (name, None),
            Some((family, revision)) => (family, Some(revision.parse().ok()?)),
        };
        Some(Self { family: family.to_owned(), revision })
    }
}

impl State {
    /// Returns the revision that a reference names. If the reference contains no revision number,
    /// returns the newest ACTIVE revision of the family.
    pub(super) fn task_definition(&self, named: &Named) -> Option<&Revision> {
        let family = self.task_definitions.get(&named.family)?;
        match named.revision {
            Some(revision) => family.revisions.get(&revision),
            None => family.latest_active(),
        }
    }

    /// Like [`task_definition`](Self::task_definition), but returns a mutable reference.
    pub(super) fn task_definition_mut(&mut self, named: &Named) -> Option<&mut Revision> {
        let revision = self.task_definition(named)?.definition.revision;
        self.task_definitions.get_mut(&named.family)?.revisions.get_mut(&revision)
    }

    /// Returns the revision with the given ARN in this account and region.
    pub(super) fn task_definition_of(&self, location: &Location, arn: &str) -> Option<&Revision> {
        self.task_definition(&Named::read(location, arn)?)
    }

    /// Returns the ARNs of the task definitions that tasks and services use.
    fn used_task_definitions(&self) -> BTreeSet<&str> {
        let tasks = self.clusters.values().flat_map(Record::live_tasks);
        let tasks = tasks.map(|task| task.task.task_definition_arn.as_str());
        let services = self.clusters.values().flat_map(|cluster| cluster.services.values());
        tasks.chain(services.flat_map(ServiceRecord::task_definitions)).collect()
    }

    /// Returns whether there is a deleted task definition that no task or service uses any longer.
    pub(super) fn has_unused_deleted_task_definitions(&self) -> bool {
        let all = || self.task_definitions.values().flat_map(|family| family.revisions.values());
        if !all().any(|revision| revision.is(DELETING)) {
            return false;
        }
        let used = self.used_task_definitions();
        let arn = |revision: &Revision| revision.definition.task_definition_arn.clone();
        all().any(|revision| revision.is(DELETING) && !used.contains(arn(revision).as_str()))
    }

    /// Removes deleted task definitions that no task or service uses any longer.
    pub(super) fn purge_task_definitions(&mut self) {
        let used: BTreeSet<String> =
            self.used_task_definitions().into_iter().map(str::to_owned).collect();
        for family in self.task_definitions.values_mut() {
            family.revisions.retain(|_, revision| {
                !revision.is(DELETING) || used.contains(&revision.definition.task_definition_arn)
            });
        }
    }
}
