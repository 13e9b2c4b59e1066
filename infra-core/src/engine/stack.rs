//! A set of components that are observed, planned and applied together.

use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::join_all;
use serde::Serialize;

use super::calls::{Calls, Fresh, Run, RunOptions};
use super::component::{Component, Detail, Draft, DraftStep, Drafted, Finding, Rebinding};
use super::event::Report;
use super::evidence::Evidence;
use super::execute::{execute, foreign};
use super::link::{link, wiring_errors};
use super::plan::{
    Address, Blocker, ChangeKind, Declaration, Goal, Notice, Phase, Plan, Step, StepId, to_value,
};
use super::retry::{RetryTable, Row};
use crate::error::{Error, ErrorKind, Errors, Result};

/// A type-erased [`Component`], so that one stack can hold components of different types.
#[async_trait]
pub(super) trait AnyComponent: std::fmt::Debug + Send + Sync {
    async fn observe(&self, detail: Detail, calls: &Calls<'_>) -> Result<Observed>;
    fn evidence(&self, observed: &Observed, evidence: &mut Evidence);
    fn plan(&self, goal: Goal, observed: &Observed, joint: &mut Joint<'_>);
    async fn confirm(&self, calls: &Calls<'_>) -> Result<()>;
    async fn perform(&self, step: &Step, calls: &Calls<'_>) -> Result<()>;
    fn inspect(&self, observed: &Observed) -> Vec<Finding>;
}

type Observed = Box<dyn Any + Send + Sync>;

/// Collects the drafts of all components.
pub(super) struct Joint<'a> {
    component: usize,
    evidence: &'a Arc<Evidence>,
    plan: &'a mut Plan,
    declarations: &'a mut Vec<Declaration>,
    rebindings: &'a mut Vec<(Rebinding, Step)>,
    released: &'a mut Vec<(Address, Address)>,
}

#[async_trait]
impl<C: Component> AnyComponent for C {
    async fn observe(&self, detail: Detail, calls: &Calls<'_>) -> Result<Observed> {
        Ok(Box::new(Component::observe(self, detail, calls).await?))
    }

    fn evidence(&self, observed: &Observed, evidence: &mut Evidence) {
        Component::evidence(self, own(observed), evidence);
    }

    fn plan(&self, goal: Goal, observed: &Observed, joint: &mut Joint<'_>) {
        let observed: &C::Observed = own(observed);
        let Joint {
            component,
            evidence,
            plan,
            declarations: all,
            rebindings: conditional,
            released: free,
        } = joint;
        let mut draft = Draft::new(Arc::clone(evidence));
        Component::plan(self, goal, observed, &mut draft);
        let Draft {
            evidence: _,
            declarations,
            changes,
            steps,
            rebindings,
            released,
            notices,
            conflicts,
            blockers,
        } = draft;
        let (component, first) = (*component, plan.steps.len());
        all.extend(declarations);
        free.extend(released);
        conditional.extend(
            rebindings
                .into_iter()
                .map(|(rebinding, step)| (rebinding, erase_types(component, first, step))),
        );
        plan.changes.extend(changes);
        plan.notices.extend(notices);
        plan.conflicts.extend(conflicts);
        plan.blockers.extend(blockers);
        plan.steps.extend(steps.into_iter().map(|step| erase_types(component, first, step)));
    }

    async fn confirm(&self, calls: &Calls<'_>) -> Result<()> {
        Component::confirm(self, calls).await
    }

    async fn perform(&self, step: &Step, calls: &Calls<'_>) -> Result<()> {
        let payload: &(dyn Any + Send + Sync) = &*step.payload;
        match payload.downcast_ref::<C::Action>() {
            Some(action) => Component::perform(self, action, calls).await,
            None => Err(foreign()),
        }
    }

    fn inspect(&self, observed: &Observed) -> Vec<Finding> {
        Component::inspect(self, own(observed))
    }
}

/// Converts a component's drafted step to a `Step`, the type that all components share.
/// `Stack::plan` sets the step's index later, and `link` adds the requirements that follow from
/// phases and dependencies. `first` is the index that the draft's first step will have in the plan.
fn erase_types<A: Serialize + Send + Sync + 'static>(
    component: usize,
    first: usize,
    step: DraftStep<A>,
) -> Step {
    let DraftStep { address, also, phase, operation, action, after } = step;
    Step {
        id: StepId(usize::MAX),
        address,
        also,
        phase,
        operation,
        requires: after.into_iter().map(|Drafted(index)| StepId(first + index)).collect(),
        action: to_value(&action),
        component,
        payload: Arc::new(action),
    }
}

/// Adds each rebinding step whose target resource the plan creates or replaces.
fn rebind(plan: &mut Plan, rebindings: Vec<(Rebinding, Step)>) {
    for (Rebinding { to, field, notice }, step) in rebindings {
        let made = plan
            .steps
            .iter()
            .any(|other| other.phase == Phase::Establish && other.addresses().any(|at| *at == to));
        if !made {
            continue;
        }
        for change in plan.changes.iter_mut().filter(|change| change.address == step.address) {
            change.action = ChangeKind::Update;
            change.fields.push(field.clone());
        }
        plan.notices.push(Notice { address: step.address.clone(), message: notice });
        plan.steps.push(step);
    }
}

fn own<T: 'static>(observed: &Observed) -> &T {
    observed.downcast_ref().expect("an observation must be used with the stack that made it")
}

/// A component of a stack.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) component: Box<dyn AnyComponent>,
    pub(super) declarations: Vec<Declaration>,
}

/// A list of components. Plans list resources in the order of their components.
#[derive(Debug, Default)]
pub struct Stack {
    components: Vec<Entry>,
    retry: RetryTable,
    selected: Option<Vec<Address>>,
}

/// The observed state of a stack. An observation must be used with the stack that made it.
#[derive(Debug)]
pub struct Observation {
    declared: Vec<Declaration>,
    observed: Vec<Observed>,
}

impl Stack {
    /// Creates an empty stack.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a component. The component may depend on resources of any other component in the stack.
    pub fn with(mut self, component: impl Component) -> Self {
        let declarations = component.declarations();
        self.components.push(Entry { component: Box::new(component), declarations });
        self
    }

    /// Adds retry rows that apply to all components.
    pub fn with_retry(mut self, rows: impl IntoIterator<Item = Row>) -> Self {
        self.retry = self.retry.with(rows);
        self
    }

    /// Limits plans to the components that declare at least one of these addresses.
    ///
    /// The other components are still read, because their evidence can show that a resource must
    /// not be changed.
    pub fn selecting(mut self, addresses: impl IntoIterator<Item = Address>) -> Self {
        self.selected = Some(addresses.into_iter().collect());
        self
    }

    fn is_selected(&self, entry: &Entry) -> bool {
        self.selected.as_ref().is_none_or(|selected| {
            entry.declarations.iter().any(|node| selected.contains(&node.address))
        })
    }

    /// Returns the retry table, which [`RunOptions::retry`] can override.
    pub fn retry(&self) -> &RetryTable {
        &self.retry
    }

    /// Returns every resource with its dependencies.
    pub fn declarations(&self) -> Vec<Declaration> {
        self.declared().cloned().collect()
    }

    fn declared(&self) -> impl Iterator<Item = &Declaration> {
        self.components.iter().flat_map(|entry| &entry.declarations)
    }

    /// Reads all components concurrently.
    ///
    /// # Errors
    /// Returns the errors from all components. Before making any call, this method rejects a stack
    /// with a duplicate address, a dependency on an unknown resource, a dependency cycle, or a
    /// component that declares no resources.
    pub async fn observe(
        &self,
        detail: Detail,
        options: &RunOptions,
    ) -> Result<Observation, Errors> {
        self.check()?;
        let run = Run::new(options, &self.retry);
        let reads = self.components.iter().map(|Entry { component, declarations }| {
            let run = &run;
            async move {
                let first =
                    declarations.first().expect("`check` rejects components without resources");
                let calls = Calls::new(run, &first.address, Fresh::default());
                let read = component.observe(detail, &calls).await;
                // An error created by the component does not name a resource, so add the resource
                // here.
                read.map_err(|error| error.for_resource(first.address.as_str()))
            }
        });
        let mut observed = Vec::new();
        let mut errors = Vec::new();
        for result in join_all(reads).await {
            match result {
                Ok(state) => observed.push(state),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            Ok(Observation { declared: self.declarations(), observed })
        } else {
            Err(Errors::new(errors))
        }
    }

    /// Rejects an invalid stack.
    fn check(&self) -> Result<(), Errors> {
        let empty = self.components.iter().filter(|entry| entry.declarations.is_empty());
        let empty = empty.map(|Entry { component, declarations: _ }| {
            let message = format!("a component declares no resources: {component:?}");
            Error::new(ErrorKind::InvalidInput, message)
                .with_hint("declare the resource that the component manages")
        });
        let wrong = wiring_errors(&self.declarations()).into_iter().map(|wrong| {
            let Blocker { address, message, hint, remedy: _ } = wrong;
            Error::new(ErrorKind::InvalidInput, message)
                .for_resource(address.as_str())
                .with_hint(hint)
        });
        let errors: Vec<Error> = empty.chain(wrong).collect();
        if errors.is_empty() { Ok(()) } else { Err(Errors::new(errors)) }
    }

    /// Compares the observed state with the goal. This is a pure function: the same observation
    /// always produces the same plan.
    ///
    /// Components can declare further resources during planning. These declarations and the order
    /// of the steps are checked too, and each error becomes a blocker in the plan.
    ///
    /// # Panics
    /// Panics if the observation belongs to another stack.
    pub fn plan(&self, observation: &Observation, goal: Goal) -> Plan {
        let mut declarations = self.declarations();
        let mut plan = Plan { declared: declarations.clone(), ..Plan::default() };
        let (mut rebindings, mut released) = (Vec::new(), Vec::new());
        let mut evidence = Evidence::default();
        for (entry, observed) in self.pairs(observation) {
            entry.component.evidence(observed, &mut evidence);
        }
        let evidence = Arc::new(evidence);
        for (index, (entry, observed)) in self.pairs(observation).enumerate() {
            if !self.is_selected(entry) {
                continue;
            }
            let mut joint = Joint {
                component: index,
                evidence: &evidence,
                plan: &mut plan,
                declarations: &mut declarations,
                rebindings: &mut rebindings,
                released: &mut released,
            };
            entry.component.plan(goal, observed, &mut joint);
        }
        rebind(&mut plan, rebindings);
        for (index, step) in plan.steps.iter_mut().enumerate() {
            step.id = StepId(index);
        }
        plan.blockers.extend(wiring_errors(&declarations));
        plan.blockers.extend(link(&declarations, &released, &mut plan.steps));
        plan
    }

    /// Applies a plan made by this stack, and reports all its steps.
    ///
    /// # Errors
    /// Returns [`ErrorKind::NotManaged`] for each conflict and [`ErrorKind::Blocked`] for each
    /// blocker, or a single [`ErrorKind::InvalidInput`] if another stack made the plan. In these
    /// cases, no step starts. A failed step does not make this method fail; see
    /// [`Report::is_success`] and [`Report::into_result`].
    pub async fn apply(&self, plan: &Plan, options: &RunOptions) -> Result<Report, Errors> {
        if !self.declared().eq(&plan.declared) {
            return Err(Errors::new(vec![foreign()]));
        }
        plan.ensure_executable()?;
        Ok(execute(&self.components, plan, &Run::new(options, &self.retry)).await)
    }

    /// Returns every attribute with its expected and actual values.
    ///
    /// # Panics
    /// Panics if the observation belongs to another stack.
    pub fn inspect(&self, observation: &Observation) -> Vec<Finding> {
        let pairs = self.pairs(observation);
        pairs.flat_map(|(entry, observed)| entry.component.inspect(observed)).collect()
    }

    fn pairs<'a>(
        &'a self,
        observation: &'a Observation,
    ) -> impl Iterator<Item = (&'a Entry, &'a Observed)> {
        assert!(
            self.declared().eq(&observation.declared),
            "an observation must be used with the stack that made it"
        );
        self.components.iter().zip(&observation.observed)
    }
}
