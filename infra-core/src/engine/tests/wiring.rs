//! Tests for invalid stacks, which are rejected before any call, and for explicitly ordered steps.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::{ABSENT, MAKE, PRESENT, Shelf, Toy, at, plan};
use crate::engine::{
    Address, Calls, ChangeKind, Component, Declaration, Detail, Draft, Event, Events, Finding,
    Goal, Phase, RunOptions, Stack,
};
use crate::error::{ErrorKind, Result};

fn toy(name: &'static str, after: &'static [&'static str]) -> Toy {
    Toy { name, after, tuned: false, shelf: Arc::<Mutex<Shelf>>::default() }
}

#[derive(Debug, Default)]
struct CountsCalls(Mutex<usize>);

impl Events for CountsCalls {
    fn emit(&self, event: &Event<'_>) {
        *self.0.lock().unwrap() += usize::from(matches!(event, Event::Call { .. }));
    }
}

/// Returns the errors for a stack that is rejected before any call.
async fn refused(stack: Stack) -> Vec<String> {
    let calls = Arc::new(CountsCalls::default());
    let options =
        RunOptions { events: Arc::clone(&calls) as Arc<dyn Events>, ..RunOptions::default() };
    let errors = stack.observe(Detail::Attributes, &options).await.unwrap_err();
    assert_eq!(*calls.0.lock().unwrap(), 0);
    assert!(errors.iter().all(|error| error.kind() == ErrorKind::InvalidInput));
    assert!(errors.iter().all(|error| error.hint().is_some()));
    errors.iter().map(ToString::to_string).collect()
}

#[tokio::test(start_paused = true)]
async fn dependency_cycle_is_rejected_and_named() {
    let stack = Stack::new()
        .with(toy("tree", &[]))
        .with(toy("roof", &["wall"]))
        .with(toy("wall", &["tree", "base"]))
        .with(toy("base", &["roof", "tree"]));
    let expected = "toy.roof: the resource depends on itself: \
                    toy.roof -> toy.wall -> toy.base -> toy.roof";
    assert_eq!(refused(stack).await, [expected]);
    let alone = Stack::new().with(toy("egg", &["egg"]));
    let expected = "toy.egg: the resource depends on itself: toy.egg -> toy.egg";
    assert_eq!(refused(alone).await, [expected]);
}

#[tokio::test(start_paused = true)]
async fn dependency_on_an_undeclared_resource_is_rejected() {
    let stack = Stack::new().with(toy("roof", &["wall"]));
    let expected = "toy.roof: the resource depends on toy.wall, but no component in the stack \
                    declares toy.wall";
    assert_eq!(refused(stack).await, [expected]);
}

#[tokio::test(start_paused = true)]
async fn duplicate_address_is_rejected() {
    let stack = Stack::new().with(toy("roof", &[])).with(toy("tree", &[])).with(toy("roof", &[]));
    let expected = "toy.roof: two resources have this address: roof and roof";
    assert_eq!(refused(stack).await, [expected]);
}

#[tokio::test(start_paused = true)]
async fn all_errors_are_reported_together() {
    let stack = Stack::new().with(toy("roof", &["wall"])).with(toy("roof", &["moon"]));
    assert_eq!(refused(stack).await.len(), 3);
}

/// A component that creates two resources with one call. With `between`, the second resource
/// depends on another component's resource. With `misordered`, each resource is created by its own
/// call, and each call waits for the other. With `stray`, the component declares another
/// component's address during planning.
#[derive(Debug, Default)]
struct Pair {
    stray: bool,
    misordered: bool,
    between: bool,
}

fn pair(name: &str) -> Address {
    Address::new("pair", name)
}

#[async_trait]
impl Component for Pair {
    type Observed = ();
    type Action = &'static str;

    fn declarations(&self) -> Vec<Declaration> {
        let of = |name: &str, depends_on| Declaration {
            address: pair(name),
            name: name.to_owned(),
            depends_on,
        };
        let between = if self.between { vec![at("tree")] } else { Vec::new() };
        vec![of("one", Vec::new()), of("two", between)]
    }

    async fn observe(&self, _: Detail, _: &Calls<'_>) -> Result<()> {
        Ok(())
    }

    fn plan(&self, _: Goal, (): &(), draft: &mut Draft<&'static str>) {
        let (one, two) = (pair("one"), pair("two"));
        if self.stray {
            draft.declare(Declaration {
                address: at("tree"),
                name: "stray".to_owned(),
                depends_on: Vec::new(),
            });
        }
        if self.misordered {
            let first = draft.step(&one, Phase::Establish, MAKE, "one");
            let second = draft.step(&two, Phase::Establish, MAKE, "two");
            draft.order([first], second);
            draft.order([second], first);
            return;
        }
        draft.change(&one, "one", ChangeKind::Create, Vec::new());
        draft.step_for(&one, std::slice::from_ref(&two), Phase::Establish, MAKE, "both");
    }

    async fn perform(&self, _: &&'static str, _: &Calls<'_>) -> Result<()> {
        Ok(())
    }

    fn inspect(&self, (): &()) -> Vec<Finding> {
        Vec::new()
    }
}

/// Returns the blocker in a stack's plan, after checking that the plan cannot be applied.
async fn blocked(stack: Stack) -> String {
    let plan = plan(&stack, PRESENT).await;
    let [blocker] = &plan.blockers[..] else { panic!("{:?}", plan.blockers) };
    let errors: Vec<_> =
        stack.apply(&plan, &RunOptions::default()).await.unwrap_err().into_iter().collect();
    let [error] = &errors[..] else { panic!("{errors:?}") };
    assert_eq!(
        (error.kind(), error.resource()),
        (ErrorKind::Blocked, Some(blocker.address.as_str()))
    );
    assert_eq!((error.message(), error.hint()), (&*blocker.message, Some(&*blocker.hint)));
    format!("{}: {}", blocker.address, blocker.message)
}

#[tokio::test(start_paused = true)]
async fn step_for_two_resources_that_causes_a_cycle_blocks_the_plan() {
    let depends = Toy { after: &[], ..toy("tree", &[]) };
    // The tree depends on the first resource of the pair, and the second resource of the pair
    // depends on the tree.
    let stack = Stack::new().with(Pair { between: true, ..Pair::default() }).with(OnPair(depends));
    let expected = "pair.one: the resource's steps are part of a dependency cycle: \
                    toy:Make for pair.one -> toy:Make for toy.tree -> toy:Make for pair.one";
    assert_eq!(blocked(stack).await, expected);
}

/// A toy that depends on the first resource of the pair.
#[derive(Debug)]
struct OnPair(Toy);

#[async_trait]
impl Component for OnPair {
    type Observed = bool;
    type Action = &'static str;

    fn declarations(&self) -> Vec<Declaration> {
        let mut declarations = Component::declarations(&self.0);
        declarations[0].depends_on = vec![pair("one")];
        declarations
    }

    async fn observe(&self, detail: Detail, calls: &Calls<'_>) -> Result<bool> {
        self.0.observe(detail, calls).await
    }

    fn plan(&self, goal: Goal, there: &bool, draft: &mut Draft<&'static str>) {
        self.0.plan(goal, there, draft);
    }

    async fn perform(&self, action: &&'static str, calls: &Calls<'_>) -> Result<()> {
        self.0.perform(action, calls).await
    }

    fn inspect(&self, there: &bool) -> Vec<Finding> {
        self.0.inspect(there)
    }
}

#[tokio::test(start_paused = true)]
async fn cyclic_step_order_blocks_the_plan() {
    let stack = Stack::new().with(Pair { misordered: true, ..Pair::default() });
    let expected = "pair.one: the resource's steps are part of a dependency cycle: \
                    toy:Make for pair.one -> toy:Make for pair.two -> toy:Make for pair.one";
    assert_eq!(blocked(stack).await, expected);
}

#[tokio::test(start_paused = true)]
async fn duplicate_address_declared_during_planning_blocks_the_plan() {
    let stack = Stack::new().with(toy("tree", &[])).with(Pair { stray: true, ..Pair::default() });
    let expected = "toy.tree: two resources have this address: tree and stray";
    assert_eq!(blocked(stack).await, expected);
}

/// A component with three steps. With `ordered`, the first step waits for the other two.
#[derive(Debug)]
struct Row {
    ordered: bool,
}

#[async_trait]
impl Component for Row {
    type Observed = ();
    type Action = usize;

    fn declarations(&self) -> Vec<Declaration> {
        vec![Declaration { address: at("row"), name: "row".to_owned(), depends_on: Vec::new() }]
    }

    async fn observe(&self, _: Detail, _: &Calls<'_>) -> Result<()> {
        Ok(())
    }

    fn plan(&self, _: Goal, (): &(), draft: &mut Draft<usize>) {
        let steps: Vec<_> =
            (0..3).map(|index| draft.step(&at("row"), Phase::Adjust, MAKE, index)).collect();
        if self.ordered {
            draft.order(steps[1..].iter().copied(), steps[0]);
        }
    }

    async fn perform(&self, _: &usize, _: &Calls<'_>) -> Result<()> {
        Ok(())
    }

    fn inspect(&self, (): &()) -> Vec<Finding> {
        Vec::new()
    }
}

#[tokio::test(start_paused = true)]
async fn draft_order_applies_wherever_the_steps_are_in_the_plan() {
    for ordered in [false, true] {
        // The tree's step is the first step of the plan, so the indexes of the row's steps differ
        // between the draft and the plan.
        let stack = Stack::new().with(toy("tree", &[])).with(Row { ordered });
        let plan = plan(&stack, PRESENT).await;
        let requires: Vec<Vec<usize>> =
            plan.steps.iter().map(|step| step.requires.iter().map(|id| id.0).collect()).collect();
        let waits = if ordered { vec![2, 3] } else { Vec::new() };
        assert_eq!(requires, [vec![], waits, vec![], vec![]]);
        assert!(stack.apply(&plan, &RunOptions::default()).await.unwrap().is_success());
    }
    let nothing = plan(&Stack::new().with(toy("tree", &[])), ABSENT).await;
    assert!(nothing.is_empty());
}
