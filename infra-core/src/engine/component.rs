//! The interface between the engine and its components.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;

use super::calls::Calls;
use super::evidence::Evidence;
use super::plan::{
    Address, Blocker, ChangeKind, Conflict, Declaration, FieldChange, Goal, Notice, Phase, Remedy,
    ResourceChange,
};
use crate::error::Result;
use crate::operation::Operation;

/// How much a component reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Reads the attributes that a plan compares with the configuration.
    Attributes,
    /// Also reads what the resources contain, such as the services in a cluster or the images in a
    /// repository.
    Contents,
}

/// One or more resources that are read and changed together. For example, a cluster and its
/// capacity providers form one component, because a single `CreateCluster` call creates both.
///
/// The engine accesses services only through this trait. Other crates can implement the trait to
/// add resources to a [`Stack`](super::Stack).
#[async_trait]
pub trait Component: Debug + Send + Sync + 'static {
    /// The state that the component reads.
    type Observed: Debug + Send + Sync + 'static;
    /// The data that describes what a step does.
    type Action: Debug + Serialize + Send + Sync + 'static;

    /// Returns the resources that the component manages. There must be at least one resource, and
    /// the first resource represents the component in errors and events. A
    /// [`Stack`](super::Stack) calls this method once, when the component is added.
    ///
    /// Within a stack, each address must be unique, each dependency must be declared by a
    /// component, and dependencies must not form cycles.
    /// [`Stack::observe`](super::Stack::observe) rejects a stack that breaks these rules.
    fn declarations(&self) -> Vec<Declaration>;

    /// Reads the resources concurrently. The absence of a resource is not an error.
    ///
    /// # Errors
    /// Returns any provider error except [`NotFound`](crate::ErrorKind::NotFound).
    async fn observe(&self, detail: Detail, calls: &Calls<'_>) -> Result<Self::Observed>;

    /// Records what the observed state reveals about the existence and ownership of resources,
    /// including the resources of other components. The engine collects the evidence from all
    /// components before planning starts. Like [`Component::plan`], this method must be a pure
    /// function.
    fn evidence(&self, observed: &Self::Observed, evidence: &mut Evidence) {
        let _ = (observed, evidence);
    }

    /// Compares the observed state with the goal and drafts changes and steps. This method must be
    /// a pure function: it must not make calls, read the clock or use random numbers.
    fn plan(&self, goal: Goal, observed: &Self::Observed, draft: &mut Draft<Self::Action>);

    /// Checks that the component's resources are still managed, because their ownership may have
    /// changed since the plan was made. The engine calls this method once per run, before the
    /// component's first step, but not if the plan creates or adopts the component's first
    /// resource. A resource that no longer exists is not an error.
    ///
    /// # Errors
    /// Returns [`ErrorKind::NotManaged`](crate::ErrorKind::NotManaged), or any provider error
    /// except [`NotFound`](crate::ErrorKind::NotFound). If this method fails, all steps of the
    /// component fail with its error.
    async fn confirm(&self, calls: &Calls<'_>) -> Result<()> {
        let _ = calls;
        Ok(())
    }

    /// Performs one step. All calls must go through `calls`.
    ///
    /// # Errors
    /// Returns any provider error that is not retried.
    async fn perform(&self, action: &Self::Action, calls: &Calls<'_>) -> Result<()>;

    /// Returns the attributes to show to the user, each with its expected and actual values.
    fn inspect(&self, observed: &Self::Observed) -> Vec<Finding>;
}

/// The changes and steps that a component plans.
#[derive(Debug)]
pub struct Draft<A> {
    pub(super) evidence: Arc<Evidence>,
    pub(super) declarations: Vec<Declaration>,
    pub(super) changes: Vec<ResourceChange>,
    pub(super) steps: Vec<DraftStep<A>>,
    pub(super) rebindings: Vec<(Rebinding, DraftStep<A>)>,
    pub(super) released: Vec<(Address, Address)>,
    pub(super) notices: Vec<Notice>,
    pub(super) conflicts: Vec<Conflict>,
    pub(super) blockers: Vec<Blocker>,
}

#[derive(Debug)]
pub(super) struct DraftStep<A> {
    pub(super) address: Address,
    pub(super) also: Vec<Address>,
    pub(super) phase: Phase,
    pub(super) operation: Operation,
    pub(super) action: A,
    pub(super) after: Vec<Drafted>,
}

/// Identifies a drafted step in calls to [`Draft::order`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drafted(pub(super) usize);

/// Describes a step that is needed only if the plan creates or replaces another resource.
#[derive(Debug)]
pub(super) struct Rebinding {
    pub(super) to: Address,
    pub(super) field: FieldChange,
    pub(super) notice: String,
}

impl<A> Default for Draft<A> {
    fn default() -> Self {
        Self {
            evidence: Arc::default(),
            declarations: Vec::new(),
            changes: Vec::new(),
            steps: Vec::new(),
            rebindings: Vec::new(),
            released: Vec::new(),
            notices: Vec::new(),
            conflicts: Vec::new(),
            blockers: Vec::new(),
        }
    }
}

impl<A> Draft<A> {
    pub(super) fn new(evidence: Arc<Evidence>) -> Self {
        Self { evidence, ..Self::default() }
    }

    /// Returns the evidence collected from all components.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Declares a managed resource that exists but is not part of the configuration.
    pub fn declare(&mut self, declaration: Declaration) {
        self.declarations.push(declaration);
    }

    /// Records the planned change to a resource.
    pub fn change(
        &mut self,
        address: &Address,
        name: &str,
        action: ChangeKind,
        fields: Vec<FieldChange>,
    ) {
        self.changes.push(ResourceChange {
            kind: address.kind().to_owned(),
            address: address.clone(),
            name: name.to_owned(),
            action,
            fields,
        });
    }

    /// Adds a step.
    pub fn step(
        &mut self,
        address: &Address,
        phase: Phase,
        operation: Operation,
        action: A,
    ) -> Drafted {
        self.step_for(address, &[], phase, operation, action)
    }

    /// Adds a step whose call also changes the resources in `also`.
    pub fn step_for(
        &mut self,
        address: &Address,
        also: &[Address],
        phase: Phase,
        operation: Operation,
        action: A,
    ) -> Drafted {
        let (address, also, after) = (address.clone(), also.to_vec(), Vec::new());
        self.steps.push(DraftStep { address, also, phase, operation, action, after });
        Drafted(self.steps.len() - 1)
    }

    /// Makes `later` start only after all `earlier` steps have succeeded.
    ///
    /// Use this method if phases and dependencies do not already impose the order. For example, if
    /// a resource has the maximum number of tags, some tags must be removed before others can be
    /// added.
    pub fn order(&mut self, earlier: impl IntoIterator<Item = Drafted>, later: Drafted) {
        if let Some(step) = self.steps.get_mut(later.0) {
            step.after.extend(earlier);
        }
    }

    /// Adds a step that updates an attribute of the resource `address`. The value of this attribute
    /// contains the identity of the resource `to`.
    ///
    /// The plan includes this step only if the plan also creates or replaces `to`. In that case,
    /// the planned change to `address` becomes an update that includes `field`, and `notice` tells
    /// the user why.
    pub fn rebind(
        &mut self,
        address: &Address,
        to: &Address,
        (field, notice): (FieldChange, &str),
        operation: Operation,
        action: A,
    ) {
        let rebinding = Rebinding { to: to.clone(), field, notice: notice.to_owned() };
        let (address, also) = (address.clone(), Vec::new());
        let (phase, after) = (Phase::Adjust, Vec::new());
        let step = DraftStep { address, also, phase, operation, action, after };
        self.rebindings.push((rebinding, step));
    }

    /// Allows the resource `on` to be deleted before `address`, although `address` depends on it.
    pub fn release(&mut self, address: &Address, on: &Address) {
        self.released.push((address.clone(), on.clone()));
    }

    /// Adds information for the user.
    pub fn notice(&mut self, address: &Address, message: impl Into<String>) {
        self.notices.push(Notice { address: address.clone(), message: message.into() });
    }

    /// Records that a resource exists but is not managed, and therefore must not be changed.
    pub fn conflict(&mut self, address: &Address, name: &str, reason: impl Into<String>) {
        let (address, name) = (address.clone(), name.to_owned());
        self.conflicts.push(Conflict { address, name, reason: reason.into() });
    }

    /// Records a problem that must be resolved before the plan can be applied.
    pub fn blocker(
        &mut self,
        address: &Address,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.blocker_with(address, message, hint, None);
    }

    /// Records a blocker, with its remedy if there is one.
    pub fn blocker_with(
        &mut self,
        address: &Address,
        message: impl Into<String>,
        hint: impl Into<String>,
        remedy: Option<Remedy>,
    ) {
        let (address, message, hint) = (address.clone(), message.into(), hint.into());
        self.blockers.push(Blocker { address, message, hint, remedy });
    }
}

/// The verdict on a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The attribute has the expected value.
    Ok,
    /// The attribute differs from the expected value.
    Differs,
    /// No value is expected.
    Info,
}

/// An attribute of a resource, with its expected and actual values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The resource.
    pub address: Address,
    /// The attribute's name in the AWS console.
    pub attribute: String,
    /// The configured value, or `None` if the attribute is not configured.
    pub expected: Option<String>,
    /// The actual value.
    pub found: String,
    /// The verdict: whether the actual value is as expected.
    pub verdict: Verdict,
}

impl Finding {
    /// Creates a finding with an expected value. `same` is true if the two values are equivalent.
    pub fn compared(
        address: &Address,
        attribute: &str,
        expected: impl Into<String>,
        found: impl Into<String>,
        same: bool,
    ) -> Self {
        Self {
            address: address.clone(),
            attribute: attribute.to_owned(),
            expected: Some(expected.into()),
            found: found.into(),
            verdict: if same { Verdict::Ok } else { Verdict::Differs },
        }
    }

    /// Creates a finding for an attribute that must equal `expected` exactly.
    pub fn equal(
        address: &Address,
        attribute: &str,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        let (expected, found) = (expected.into(), found.into());
        let same = expected == found;
        Self::compared(address, attribute, expected, found, same)
    }

    /// Creates a finding for an attribute without an expected value.
    pub fn info(address: &Address, attribute: &str, found: impl Into<String>) -> Self {
        Self {
            address: address.clone(),
            attribute: attribute.to_owned(),
            expected: None,
            found: found.into(),
            verdict: Verdict::Info,
        }
    }
}
