//! Tests that the table in the example is handled as safely as the built-in resources. The table
//! has a sub-resource, and changing one of its fields requires replacing the table.

#![allow(
    unreachable_pub,
    reason = "the example has public items, and this test includes it as a module"
)]

use std::sync::Arc;

use infra_core::engine::{ChangeKind, Detail, Goal, Plan, Remedy, RunOptions, Verdict};
use infra_core::error::{Error, ErrorKind};
use infra_core::policy::{PolicyDocument, PolicyText, PrincipalSet, Statement};
use infra_core::tags::Tags;

#[path = "../examples/table.rs"]
mod table;

use table::{FoundTable, MemoryTables, Table, converge, plan};

const TABLE: &str = "dynamodb_table.orders";
const POLICY: &str = "dynamodb_resource_policy.orders";
const NAME: &str = "shop-dev-orders";
const PRESENT: Goal = Goal::Present { adopt: false };
const ADOPT: Goal = Goal::Present { adopt: true };
const ABSENT: Goal = Goal::Absent { force: false };

fn actions(plan: &Plan) -> [ChangeKind; 2] {
    [TABLE, POLICY].map(|address| plan.change(address).expect("the plan names it").action)
}

fn wanted() -> (Arc<MemoryTables>, Table) {
    let tables = Arc::new(MemoryTables::default());
    let table = table::table(&tables).unwrap();
    (tables, table)
}

fn change(tables: &MemoryTables, act: impl FnOnce(&mut FoundTable)) {
    tables.act(|tables| act(tables.get_mut(NAME).expect("the table exists")));
}

fn count(tables: &MemoryTables) -> usize {
    let mut count = 0;
    tables.act(|tables| count = tables.len());
    count
}

#[tokio::test]
async fn a_table_and_its_policy_are_created_updated_and_deleted() {
    let (tables, table) = wanted();
    let created = converge(table.clone(), PRESENT).await.unwrap();
    assert_eq!(actions(&created), [ChangeKind::Create, ChangeKind::Create]);
    assert_eq!(created.steps[1].requires, [created.steps[0].id]);
    assert!(converge(table.clone(), PRESENT).await.unwrap().is_empty());

    let provisioned = Table { billing_mode: "PROVISIONED".to_owned(), ..table.clone() };
    let updated = converge(provisioned.clone(), PRESENT).await.unwrap();
    assert_eq!(actions(&updated), [ChangeKind::Update, ChangeKind::NoOp]);

    let closed = PolicyDocument::new([Statement::deny(["dynamodb:*"])
        .with_principal(PrincipalSet::Any)
        .with_resources(["*"])]);
    let closed = Table { policy: closed, ..provisioned };
    let updated = converge(closed.clone(), PRESENT).await.unwrap();
    assert_eq!(actions(&updated), [ChangeKind::NoOp, ChangeKind::Update]);

    let deleted = converge(closed.clone(), ABSENT).await.unwrap();
    assert_eq!(actions(&deleted), [ChangeKind::Delete, ChangeKind::Delete]);
    assert_eq!((deleted.steps.len(), count(&tables)), (1, 0));
    assert!(converge(closed, ABSENT).await.unwrap().is_empty());
}

#[tokio::test]
async fn drift_of_the_table_and_of_its_policy_is_found_and_repaired() {
    let (tables, table) = wanted();
    converge(table.clone(), PRESENT).await.unwrap();
    change(&tables, |it| {
        it.billing_mode = "PROVISIONED".to_owned();
        it.policy = None;
        it.tags = Tags::observed([("Name".to_owned(), NAME.to_owned())]);
    });
    let (stack, drifted) = plan(table.clone(), PRESENT).await.unwrap();
    assert_eq!(actions(&drifted), [ChangeKind::Update, ChangeKind::Create]);
    let observation = stack.observe(Detail::Contents, &RunOptions::default()).await.unwrap();
    let findings = stack.inspect(&observation);
    let differing = findings.iter().filter(|it| it.verdict == Verdict::Differs);
    let differing: Vec<_> = differing.map(|it| (&*it.attribute, &*it.found)).collect();
    assert_eq!(differing, [("Billing mode", "PROVISIONED"), ("Resource policy", "absent")]);
    converge(table.clone(), PRESENT).await.unwrap();

    // A policy that is written differently but has the same meaning does not count as a difference.
    let same = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Reader","Effect":"Allow",
        "Principal":{"AWS":["arn:aws:iam::123456789012:role/reader"]},
        "Action":["dynamodb:GetItem"],"Resource":["*"]}]}"#;
    change(&tables, |it| it.policy = Some(PolicyText::new(same)));
    assert!(plan(table, PRESENT).await.unwrap().1.is_empty());
}

#[tokio::test]
async fn another_key_replaces_the_table_with_its_policy() {
    let (tables, table) = wanted();
    converge(table.clone(), PRESENT).await.unwrap();
    let sorted = Table { hash_key: "order_id".to_owned(), ..table };
    let replaced = converge(sorted.clone(), PRESENT).await.unwrap();
    assert_eq!(actions(&replaced), [ChangeKind::Replace, ChangeKind::Replace]);
    let operations: Vec<_> = replaced.steps.iter().map(|step| step.operation.name()).collect();
    assert_eq!(operations, ["DeleteTable", "CreateTable", "PutResourcePolicy"]);
    change(&tables, |it| assert_eq!(it.hash_key, "order_id"));
    assert!(converge(sorted, PRESENT).await.unwrap().is_empty());
}

#[tokio::test]
async fn obstacles_are_reported_before_the_first_change() {
    let (tables, table) = wanted();
    converge(table.clone(), PRESENT).await.unwrap();
    change(&tables, |it| it.items = 3);

    let sorted = Table { hash_key: "order_id".to_owned(), ..table.clone() };
    for (table, goal) in [(sorted, PRESENT), (table.clone(), ABSENT)] {
        let blocked = plan(table.clone(), goal).await.unwrap().1;
        assert_eq!(blocked.blockers[0].remedy, Some(Remedy::Force));
        assert!(blocked.to_string().contains("the table has 3 items"), "{blocked}");
        let errors = converge(table, goal).await.unwrap_err();
        let kinds: Vec<_> = errors.iter().map(Error::kind).collect();
        assert_eq!(kinds, [ErrorKind::Blocked]);
    }
    change(&tables, |it| assert_eq!((&*it.hash_key, it.items), ("id", 3)));

    converge(table, Goal::Absent { force: true }).await.unwrap();
    assert_eq!(count(&tables), 0);
}

#[tokio::test]
async fn a_table_that_is_not_managed_is_refused_and_adopted_on_request() {
    let (tables, table) = wanted();
    let theirs = FoundTable {
        billing_mode: "PROVISIONED".to_owned(),
        hash_key: "id".to_owned(),
        ..FoundTable::default()
    };
    tables.act(|tables| drop(tables.insert(NAME.to_owned(), theirs)));
    let errors = converge(table.clone(), PRESENT).await.unwrap_err();
    let kinds: Vec<_> = errors.iter().map(Error::kind).collect();
    assert_eq!(kinds, [ErrorKind::NotManaged]);
    converge(table.clone(), ABSENT).await.unwrap();
    assert_eq!(count(&tables), 1);

    // Adoption never replaces a resource, because that would delete a resource that is still
    // unmanaged.
    let sorted = Table { hash_key: "order_id".to_owned(), ..table.clone() };
    let errors = converge(sorted, ADOPT).await.unwrap_err();
    assert!(errors.to_string().contains("its hash_key cannot be changed"), "{errors}");

    let adopted = converge(table.clone(), ADOPT).await.unwrap();
    assert_eq!(actions(&adopted), [ChangeKind::Adopt, ChangeKind::Create]);
    assert!(converge(table, PRESENT).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_creation_whose_answer_was_lost_is_recognised() {
    let (tables, table) = wanted();
    tables.lose_the_next_answer();
    converge(table.clone(), PRESENT).await.unwrap();
    assert!(converge(table, PRESENT).await.unwrap().is_empty());
}
