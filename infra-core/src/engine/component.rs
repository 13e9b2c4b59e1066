//! What a kind of resource has to offer to be managed by the engine.

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
    /// What a plan compares.
    Attributes,
    /// That, and what is in the resources: services, tasks, images, streams.
    Contents,
}

/// One or several resources that are read and changed together, such as a cluster and its capacity
/// providers, which one `CreateCluster` makes both.
///
/// The trait is all that the engine knows of a service; a crate that implements it adds resources of its
/// own to a [`Stack`](super::Stack).
#[async_trait]
pub trait Component: Debug + Send + Sync + 'static {
    /// What reading it gives.
    type Observed: Debug + Send + Sync + 'static;
    /// What a step of it does, as data.
    type Action: Debug + Serialize + Send + Sync + 'static;

    /// The resources that it manages, at least one; the first stands for the component in errors and events.
    ///
    /// An address is a resource's own in the whole stack, and edges lead to resources of the stack without
    /// coming back. [`Stack::observe`](super::Stack::observe) refuses a stack in which that does not hold.
    fn declarations(&self) -> Vec<Declaration>;

    /// Reads them, all at once; what is absent is no error.
    ///
    /// # Errors
    /// Any error of a provider but [`NotFound`](crate::ErrorKind::NotFound).
    async fn observe(&self, detail: Detail, calls: &Calls<'_>) -> Result<Self::Observed>;

    /// Adds what the reads show about the existence and the owners of resources, also of those of other components. Every
    /// component adds its evidence before the first one plans. Pure, like [`Component::plan`].
    fn evidence(&self, observed: &Self::Observed, evidence: &mut Evidence) {
        let _ = (observed, evidence);
    }

    /// Compares what is there with the goal and drafts changes and steps. Pure: no call, no clock, no
    /// randomness.
    fn plan(&self, goal: Goal, observed: &Self::Observed, draft: &mut Draft<Self::Action>);

    /// Carries out one step, with calls made through `calls`.
    ///
    /// # Errors
    /// Any error of a provider that is not waited out.
    async fn perform(&self, action: &Self::Action, calls: &Calls<'_>) -> Result<()>;

    /// What a person would look at: each attribute, as expected and as found.
    fn inspect(&self, observed: &Self::Observed) -> Vec<Finding>;
}

/// What a component wants done.
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

/// A step of a draft, to say what comes after it; see [`Draft::order`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drafted(pub(super) usize);

/// A step that is only needed where the plan makes another resource.
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

    /// Returns what the reads of all components together show.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Declares a resource that the configuration does not want but that is there and ours.
    pub fn declare(&mut self, declaration: Declaration) {
        self.declarations.push(declaration);
    }

    /// Says what happens to a resource.
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

    /// Asks for a step.
    pub fn step(
        &mut self,
        address: &Address,
        phase: Phase,
        operation: Operation,
        action: A,
    ) -> Drafted {
        self.step_for(address, &[], phase, operation, action)
    }

    /// Asks for a step that changes other resources, `also`, with the same call.
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

    /// Puts steps of this draft in an order that neither phase nor edge gives: `later` is begun once `earlier`
    /// have succeeded. It is for steps that make room for others, as removing tags does where a resource has
    /// as many as it can have.
    pub fn order(&mut self, earlier: impl IntoIterator<Item = Drafted>, later: Drafted) {
        if let Some(step) = self.steps.get_mut(later.0) {
            step.after.extend(earlier);
        }
    }

    /// Asks for a step that is only needed where the plan makes the resource `to`, anew or at all: what was
    /// compared and found right is bound to an identity that `to` will no longer have. The resource's
    /// change, said to be a no-op, then becomes an update of `field`, and `notice` tells why.
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

    /// Tells the reader something that changes nothing by itself.
    pub fn notice(&mut self, address: &Address, message: impl Into<String>) {
        self.notices.push(Notice { address: address.clone(), message: message.into() });
    }

    /// Refuses to touch a resource that is there but not ours.
    pub fn conflict(&mut self, address: &Address, name: &str, reason: impl Into<String>) {
        let (address, name) = (address.clone(), name.to_owned());
        self.conflicts.push(Conflict { address, name, reason: reason.into() });
    }

    /// Says what has to go away before the plan can be carried out.
    pub fn blocker(
        &mut self,
        address: &Address,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.blocker_with(address, message, hint, None);
    }

    /// Says the same, and what the caller can ask for to lift it.
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

/// How a finding is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As expected.
    Ok,
    /// Not as expected.
    Differs,
    /// Nothing is expected of it.
    Info,
}

/// One attribute of a resource, as expected and as found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The resource.
    pub address: Address,
    /// The attribute, as AWS's console names it.
    pub attribute: String,
    /// What the configuration says; `None` where it says nothing.
    pub expected: Option<String>,
    /// What is there.
    pub found: String,
    /// Whether they agree.
    pub verdict: Verdict,
}

impl Finding {
    /// An attribute that should read `expected`; `same` is the comparison by meaning.
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

    /// An attribute that should read exactly `expected`.
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

    /// An attribute of which nothing is expected.
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
