//! The interface between the engine and the resources that it manages.

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
    /// The attributes that a plan compares.
    Attributes,
    /// The attributes and the contents of the resources: services, tasks, images, log streams.
    Contents,
}

/// One or several resources that are read and changed together, such as a cluster and its capacity
/// providers, which a single `CreateCluster` call creates.
///
/// The engine knows AWS services only through this trait. A crate that implements it can add its own resources to a
/// [`Stack`](super::Stack).
#[async_trait]
pub trait Component: Debug + Send + Sync + 'static {
    /// The result of a read.
    type Observed: Debug + Send + Sync + 'static;
    /// The action of a step, as data.
    type Action: Debug + Serialize + Send + Sync + 'static;

    /// Returns the resources that the component manages, at least one. The first one represents the component in errors
    /// and events.
    ///
    /// Addresses must be unique in the stack, and edges must lead to resources of the stack without cycles.
    /// [`Stack::observe`](super::Stack::observe) returns an error for any other stack.
    fn declarations(&self) -> Vec<Declaration>;

    /// Reads the resources concurrently. A missing resource is not an error.
    ///
    /// # Errors
    /// Any error of a provider except [`NotFound`](crate::ErrorKind::NotFound).
    async fn observe(&self, detail: Detail, calls: &Calls<'_>) -> Result<Self::Observed>;

    /// Adds what the reads show about the existence and the owners of resources, also of those of other components. Every
    /// component adds its evidence before the first one plans. Pure, like [`Component::plan`].
    fn evidence(&self, observed: &Self::Observed, evidence: &mut Evidence) {
        let _ = (observed, evidence);
    }

    /// Compares the observed state with the goal and drafts changes and steps. Pure: no calls, no clock, no
    /// randomness.
    fn plan(&self, goal: Goal, observed: &Self::Observed, draft: &mut Draft<Self::Action>);

    /// Performs one step, with calls made through `calls`.
    ///
    /// # Errors
    /// Any error of a provider that is not retried.
    async fn perform(&self, action: &Self::Action, calls: &Calls<'_>) -> Result<()>;

    /// Returns each attribute with its expected and actual value, for people.
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

/// A handle to a step of a draft, for ordering steps; see [`Draft::order`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drafted(pub(super) usize);

/// A step that is only needed if the plan creates another resource.
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

    /// Returns the evidence from the reads of all components.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Declares an existing managed resource that is no longer in the configuration.
    pub fn declare(&mut self, declaration: Declaration) {
        self.declarations.push(declaration);
    }

    /// Adds the change of a resource.
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

    /// Adds a step whose call also changes the resources `also`.
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

    /// Orders steps of this draft beyond phases and edges: `later` starts once all of `earlier` have succeeded. This is
    /// for steps that make room for others, such as removing tags from a resource with the maximum number of tags.
    pub fn order(&mut self, earlier: impl IntoIterator<Item = Drafted>, later: Drafted) {
        if let Some(step) = self.steps.get_mut(later.0) {
            step.after.extend(earlier);
        }
    }

    /// Adds a step that is only needed if the plan creates or replaces the resource `to`: an attribute that compares as
    /// equal is bound to the identity of `to`, which will change. The no-op change of this resource then becomes an
    /// update of `field`, and `notice` explains why.
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

    /// Adds a notice, which has no effect on the plan.
    pub fn notice(&mut self, address: &Address, message: impl Into<String>) {
        self.notices.push(Notice { address: address.clone(), message: message.into() });
    }

    /// Adds a conflict: an existing resource that is not managed.
    pub fn conflict(&mut self, address: &Address, name: &str, reason: impl Into<String>) {
        let (address, name) = (address.clone(), name.to_owned());
        self.conflicts.push(Conflict { address, name, reason: reason.into() });
    }

    /// Adds a blocker, which must be resolved before the plan can be applied.
    pub fn blocker(
        &mut self,
        address: &Address,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.blocker_with(address, message, hint, None);
    }

    /// Adds a blocker that the caller can also resolve with a remedy.
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

/// The verdict of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The attribute has the expected value.
    Ok,
    /// The attribute differs from the expected value.
    Differs,
    /// There is no expected value.
    Info,
}

/// One attribute of a resource with its expected and actual value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The resource.
    pub address: Address,
    /// The attribute, as named in the AWS console.
    pub attribute: String,
    /// The expected value; `None` if there is none.
    pub expected: Option<String>,
    /// The actual value.
    pub found: String,
    /// Whether the two agree.
    pub verdict: Verdict,
}

impl Finding {
    /// Creates a finding with the result `same` of a comparison by meaning.
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

    /// Creates a finding that compares the values exactly.
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

    /// Creates a finding without an expected value.
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
