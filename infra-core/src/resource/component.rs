//! Makes every [`Resource`] a [`Component`] of the engine.

use async_trait::async_trait;
use serde::Serialize;
use serde_json::{Map, Value};
use std::time::Duration;

use crate::engine::{
    Calls, Component, Declaration, Detail, Draft, Evidence, Finding, Goal, to_value,
};
use crate::error::{Error, ErrorKind, Result};
use crate::tags::Tags;

use super::field::{Change, Create};
use super::inspect::inspect;
use super::planner::Planner;
use super::{
    Depth, Ownership, Prerequisite, Resource, SEEN_WITHIN, TagChange, Update, accept_found,
    still_managed,
};

/// The maximum time to wait for a resource's tags before the resource is treated as untagged.
const TAGS_WITHIN: Duration = Duration::from_secs(10);

/// The observed state of a resource.
#[derive(Debug)]
pub struct Observed<R: Resource> {
    pub(super) found: Option<R::Found>,
    /// The contents of the resource. They are read only on request, or if the resource must be
    /// replaced.
    pub(super) contents: Option<R::Contents>,
    /// A notice that a resource with the default name exists, although the configuration sets
    /// another name.
    pub(super) leftover: Option<String>,
    /// The prerequisites of the resource.
    pub(super) prerequisites: Vec<Prerequisite>,
}

/// The action that a plan step performs on a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ResourceAction {
    /// Creates the resource with these fields.
    Create(Map<String, Value>),
    /// Changes fields, a part or an extra.
    Update(Update),
    /// Sets or removes tags.
    Tag(TagChange),
    /// Deletes the resource.
    Delete {
        /// Whether the contents of the resource are also deleted.
        force: bool,
    },
}

#[async_trait]
impl<R: Resource> Component for R {
    type Observed = Observed<R>;
    type Action = ResourceAction;

    fn declarations(&self) -> Vec<Declaration> {
        Planner::new(self).declarations()
    }

    async fn observe(&self, detail: Detail, calls: &Calls<'_>) -> Result<Observed<R>> {
        let contents = async {
            match detail {
                Detail::Attributes => Ok(None),
                Detail::Contents => self.contents(calls).await.map(Some),
            }
        };
        let (found, contents, leftover, prerequisites) = futures_util::try_join!(
            self.read(Depth::Attributes, calls),
            contents,
            self.leftover(calls),
            self.prerequisites(calls)
        )?;
        let found = if has_its_tags::<R>(found.as_ref()) {
            found
        } else {
            self::read_with_tags(self, calls).await?
        };
        // A replacement would delete the contents of the resource, so they must be read before
        // planning. Whether a replacement is necessary is known only after the resource has been
        // read.
        let contents = match (&found, contents) {
            (Some(found), None) if has_to_be_replaced(self, found) => {
                Some(self.contents(calls).await?)
            }
            (_, contents) => contents,
        };
        Ok(Observed { found, contents, leftover, prerequisites })
    }

    fn evidence(&self, observed: &Observed<R>, evidence: &mut Evidence) {
        let Some(found) = &observed.found else { return };
        if self.ownership(found) == Ownership::Managed {
            evidence.add_found(&self.identity().address);
        }
        self.implies(found, evidence);
    }

    fn plan(&self, goal: Goal, observed: &Observed<R>, draft: &mut Draft<ResourceAction>) {
        Planner::new(self).plan(goal, observed, draft);
    }

    async fn confirm(&self, calls: &Calls<'_>) -> Result<()> {
        let Some(found) = self.read(Depth::Identity, calls).await? else { return Ok(()) };
        // AWS omits the tags of a resource that is being deleted. Missing tags therefore do not
        // mean that the resource has another owner.
        if R::tags(&found).is_none() { Ok(()) } else { still_managed(&self.ownership(&found)) }
    }

    async fn perform(&self, action: &ResourceAction, calls: &Calls<'_>) -> Result<()> {
        match action {
            ResourceAction::Create(values) if *values != creation_values(self) => {
                let message = "the plan was made with different settings for this resource";
                let hint = "plan again and apply the new plan";
                Err(Error::new(ErrorKind::InvalidInput, message).with_hint(hint))
            }
            ResourceAction::Create(_) => match self.create(calls).await {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    judge(self, error, calls).await
                }
                result => result,
            },
            ResourceAction::Update(update) => self.update(update, calls).await,
            ResourceAction::Tag(change) => self.tag(change, calls).await,
            ResourceAction::Delete { force } => {
                self.delete(*force, calls).await?;
                let operation = self.identity().operations.read;
                let look = || async {
                    let found = self.read(Depth::Presence, calls).await?;
                    Ok(found.is_none().then_some(()))
                };
                calls.poll(operation, "the deletion to become visible", SEEN_WITHIN, look).await
            }
        }
    }

    fn inspect(&self, observed: &Observed<R>) -> Vec<Finding> {
        inspect(self, observed)
    }
}

/// Reads a resource repeatedly until its tags are visible. While another run is creating the
/// resource, AWS may return the resource without its tags.
async fn read_with_tags<R: Resource>(resource: &R, calls: &Calls<'_>) -> Result<Option<R::Found>> {
    let operation = resource.identity().operations.read;
    let look = || async {
        let found = resource.read(Depth::Attributes, calls).await?;
        Ok(has_its_tags::<R>(found.as_ref()).then_some(found))
    };
    match calls.poll(operation, "the resource's tags to become visible", TAGS_WITHIN, look).await {
        Err(error) if error.kind() == ErrorKind::Timeout => {
            resource.read(Depth::Attributes, calls).await
        }
        result => result,
    }
}

fn has_its_tags<R: Resource>(found: Option<&R::Found>) -> bool {
    found.is_none_or(|found| R::tags(found).is_some())
}

fn has_to_be_replaced<R: Resource>(resource: &R, found: &R::Found) -> bool {
    let fields = resource.fields(Some(found));
    fields.iter().any(|field| field.change == Change::Replace && field.difference().is_some())
}

/// Returns the values that the create call sets, keyed by path.
pub(super) fn creation_values<R: Resource>(resource: &R) -> Map<String, Value> {
    let fields = resource.fields(None).into_iter();
    let carried = fields.filter(|field| field.create == Create::Carried);
    let values = carried.filter_map(|field| Some((field.path.clone(), field.creation()?.after)));
    let tags = ("tags".to_owned(), to_value(resource.tagging().wanted()));
    values.chain([tags]).collect()
}

/// Handles a create call that failed because the resource already exists. The existing resource is
/// accepted only if it is managed and has the desired attributes.
async fn judge<R: Resource>(resource: &R, refusal: Error, calls: &Calls<'_>) -> Result<()> {
    let identity = resource.identity();
    let look = || async {
        // Read all attributes, because the tags alone do not prove who owns the resource.
        let found = resource.read(Depth::Attributes, calls).await?;
        Ok(found.filter(|found| R::tags(found).is_some()))
    };
    let waiting_for = "the new resource to become visible";
    let found = calls.poll(identity.operations.read, waiting_for, SEEN_WITHIN, look).await?;
    let fields = resource.fields(Some(&found));
    let carried = fields.iter().filter(|field| field.create == Create::Carried);
    let differences: Vec<_> = carried.filter_map(super::Field::difference).collect();
    let none = Tags::new();
    let tags = R::tags(&found).unwrap_or(&none);
    accept_found(&resource.ownership(&found), tags, resource.tagging().wanted(), &differences)
        .map_err(|judged| judged.for_resource(identity.address.as_str()).with_source(refusal))
}
