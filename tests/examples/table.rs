//! A second custom resource: a `DynamoDB` table. Its resource policy is a sub-resource, and its key
//! cannot be changed. Deleting a table that contains items requires `force`.
//!
//! Run this example with `cargo run -p tests --example table`.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use infra_core::engine::{Address, Calls, Detail, Goal, Plan, Remedy, RunOptions, Stack};
use infra_core::error::{Error, ErrorKind};
use infra_core::operation::Operation;
use infra_core::policy::{PolicyDocument, PolicyText};
use infra_core::resource::{
    Depth, Field, Identity, Notes, Operations, Part, Removal, Resource, TagChange, Tagging, Update,
};
use infra_core::tags::Tags;
use infra_core::{Result, error};

/// The operations that read, create and delete a table.
pub const OPERATIONS: Operations = Operations {
    read: Operation::read("dynamodb", "DescribeTable"),
    create: Operation::write("dynamodb", "CreateTable"),
    delete: Operation::write("dynamodb", "DeleteTable"),
};
/// Changes the billing mode.
pub const UPDATE: Operation = Operation::write("dynamodb", "UpdateTable");
/// Sets the resource policy.
pub const PUT_POLICY: Operation = Operation::write("dynamodb", "PutResourcePolicy");
const TAG: Operation = Operation::write("dynamodb", "TagResource");
const UNTAG: Operation = Operation::write("dynamodb", "UntagResource");

/// A table in [`MemoryTables`], with attributes that `DynamoDB` returns.
#[derive(Clone, Debug, Default)]
pub struct FoundTable {
    /// `PAY_PER_REQUEST` or `PROVISIONED`.
    pub billing_mode: String,
    /// The name of the partition key.
    pub hash_key: String,
    /// Its tags.
    pub tags: Tags,
    /// Its resource policy.
    pub policy: Option<PolicyText>,
    /// The number of its items.
    pub items: u64,
}

/// The desired state of a table.
#[derive(Clone, Debug)]
pub struct Table {
    /// The provider that stores the table.
    pub tables: Arc<MemoryTables>,
    /// Its name.
    pub name: String,
    /// `PAY_PER_REQUEST` or `PROVISIONED`.
    pub billing_mode: String,
    /// The name of the partition key.
    pub hash_key: String,
    /// The policy that grants other principals access to the table.
    pub policy: PolicyDocument,
    /// The table's tags, including the Name tag.
    pub tags: Tags,
}

#[async_trait]
impl Resource for Table {
    type Found = FoundTable;
    type Contents = ();

    fn identity(&self) -> Identity {
        Identity::new(Address::new("dynamodb_table", "orders"), "Table", &self.name, OPERATIONS)
    }

    fn tagging(&self) -> Tagging<'_> {
        Tagging::new(&self.tags, TAG, UNTAG)
    }

    fn tags(found: &FoundTable) -> Option<&Tags> {
        Some(&found.tags)
    }

    fn fields(&self, found: Option<&FoundTable>) -> Vec<Field> {
        let (mode, key) = (found.map(|it| &it.billing_mode), found.map(|it| &it.hash_key));
        vec![
            Field::new("billing_mode", "Billing mode", &self.billing_mode, mode).updated_by(UPDATE),
            // No operation can change the key, so a different key requires a replacement.
            Field::new("hash_key", "Partition key", &self.hash_key, key),
        ]
    }

    fn parts(&self, found: Option<&FoundTable>) -> Vec<Part> {
        let found = found.map(|found| found.policy.as_ref());
        let field = Field::policy("policy", "Resource policy", Some(&self.policy), found);
        let address = Address::new("dynamodb_resource_policy", "orders");
        vec![Part::new(address, &self.name, PUT_POLICY, field)]
    }

    fn obstacles(&self, found: &FoundTable, (): &(), removal: Removal, notes: &mut Notes) {
        if found.items > 0 && removal != (Removal::Delete { force: true }) {
            let message = format!("the table has {} items", found.items);
            notes.blocker_unless(message, "delete the items first", Remedy::Force);
        }
    }

    async fn read(&self, _: Depth, calls: &Calls<'_>) -> Result<Option<FoundTable>> {
        calls.find(OPERATIONS.read, || self.tables.describe(&self.name)).await
    }

    async fn create(&self, calls: &Calls<'_>) -> Result<()> {
        calls.call(OPERATIONS.create, || self.tables.create(self)).await
    }

    async fn update(&self, update: &Update, calls: &Calls<'_>) -> Result<()> {
        let (operation, name) = (update.operation(), &self.name);
        let policy = PolicyText::from(self.policy.clone());
        match operation {
            UPDATE => {
                let set = |it: &mut FoundTable| it.billing_mode.clone_from(&self.billing_mode);
                calls.call(operation, || self.tables.change(operation, name, set)).await
            }
            PUT_POLICY => {
                let set = |it: &mut FoundTable| it.policy = Some(policy.clone());
                calls.call(operation, || self.tables.change(operation, name, set)).await
            }
            _ => Err(update.unknown()),
        }
    }

    async fn tag(&self, change: &TagChange, calls: &Calls<'_>) -> Result<()> {
        let operation = self.tagging().operation(change);
        let set = |table: &mut FoundTable| table.tags = changed(&table.tags, change);
        calls.call(operation, || self.tables.change(operation, &self.name, set)).await
    }

    async fn delete(&self, _force: bool, calls: &Calls<'_>) -> Result<()> {
        calls.delete(OPERATIONS.delete, || self.tables.delete(&self.name)).await
    }
}

fn changed(tags: &Tags, change: &TagChange) -> Tags {
    let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    match change {
        TagChange::Set(more) => Tags::observed(tags.iter().chain(more.iter()).map(owned)),
        TagChange::Remove(keys) => {
            Tags::observed(tags.iter().map(owned).filter(|(key, _)| !keys.contains(key)))
        }
    }
}

/// A provider that keeps tables in memory. A real program would put the provider behind a trait, as
/// `secret.rs` does.
#[derive(Debug, Default)]
pub struct MemoryTables(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    tables: BTreeMap<String, FoundTable>,
    loses_the_next_answer: bool,
}

#[expect(clippy::unused_async, reason = "a client for a real service would await responses")]
impl MemoryTables {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().expect("no test panics while holding the lock"))
    }

    /// Changes the tables directly, as another program would.
    pub fn act(&self, act: impl FnOnce(&mut BTreeMap<String, FoundTable>)) {
        self.with(|state| act(&mut state.tables));
    }

    /// Makes the next `create` succeed but report that the table already exists. On AWS, this
    /// happens when the SDK retries a call whose response was lost.
    pub fn lose_the_next_answer(&self) {
        self.with(|state| state.loses_the_next_answer = true);
    }

    async fn describe(&self, name: &str) -> Result<FoundTable> {
        self.with(|state| state.tables.get(name).cloned()).ok_or_else(|| absent(OPERATIONS.read))
    }

    async fn create(&self, table: &Table) -> Result<()> {
        let Table { name, billing_mode, hash_key, tags, tables: _, policy: _ } = table.clone();
        let found = FoundTable { billing_mode, hash_key, tags, policy: None, items: 0 };
        self.with(|state| {
            let exists = state.tables.contains_key(&name);
            if !exists {
                state.tables.insert(name, found);
            }
            if exists || std::mem::take(&mut state.loses_the_next_answer) {
                // DynamoDB returns this error code if the table already exists. Other services use
                // the same code for other errors, so the error kind is set explicitly:
                // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
                let code = "ResourceInUseException";
                let error =
                    Error::from_aws(OPERATIONS.create, code, "The table exists.", Some(400));
                return Err(error.with_kind(ErrorKind::AlreadyExists));
            }
            Ok(())
        })
    }

    async fn change(
        &self,
        operation: Operation,
        name: &str,
        act: impl FnOnce(&mut FoundTable),
    ) -> Result<()> {
        self.with(|state| state.tables.get_mut(name).map(act)).ok_or_else(|| absent(operation))
    }

    async fn delete(&self, name: &str) -> Result<()> {
        let gone = self.with(|state| state.tables.remove(name));
        gone.map(drop).ok_or_else(|| absent(OPERATIONS.delete))
    }
}

fn absent(operation: Operation) -> Error {
    Error::from_aws(operation, "ResourceNotFoundException", "no such table", Some(400))
}

/// Returns a table with a policy and a Name tag.
///
/// # Errors
/// Returns an error if one of the table's values is invalid.
pub fn table(tables: &Arc<MemoryTables>) -> Result<Table, Box<dyn StdError>> {
    let policy = r#"{
        "Version": "2012-10-17",
        "Statement": {
            "Sid": "Reader",
            "Effect": "Allow",
            "Principal": { "AWS": "arn:aws:iam::123456789012:role/reader" },
            "Action": "dynamodb:GetItem",
            "Resource": "*"
        }
    }"#;
    let mut tags = Tags::new();
    tags.set("Name", "shop-dev-orders")?;
    Ok(Table {
        tables: Arc::clone(tables),
        name: "shop-dev-orders".to_owned(),
        billing_mode: "PAY_PER_REQUEST".to_owned(),
        hash_key: "id".to_owned(),
        policy: PolicyDocument::parse(policy)?,
        tags,
    })
}

/// Puts the table in a stack and creates a plan for a goal. Returns the stack and the plan.
///
/// # Errors
/// Returns an error if a read fails.
pub async fn plan(table: Table, goal: Goal) -> Result<(Stack, Plan), error::Errors> {
    let stack = Stack::new().with(table);
    let observation = stack.observe(Detail::Contents, &RunOptions::default()).await?;
    let plan = stack.plan(&observation, goal);
    Ok((stack, plan))
}

/// Creates and applies a plan for a goal, and returns the plan.
///
/// # Errors
/// Returns an error if a read or a step fails, or if the plan has conflicts or blockers.
pub async fn converge(table: Table, goal: Goal) -> Result<Plan, error::Errors> {
    let (stack, plan) = plan(table, goal).await?;
    stack.apply(&plan, &RunOptions::default()).await?.into_result()?;
    Ok(plan)
}

#[allow(dead_code, reason = "the tests include this file as a module and do not call main")]
#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example prints its results")]
async fn main() -> Result<(), Box<dyn StdError>> {
    let tables = Arc::new(MemoryTables::default());
    let table = table(&tables)?;
    let present = Goal::Present { adopt: false };
    println!("{}", converge(table.clone(), present).await?);
    let sorted = Table { hash_key: "order_id".to_owned(), ..table };
    println!("{}", converge(sorted.clone(), present).await?);
    println!("{}", converge(sorted, Goal::Absent { force: false }).await?);
    Ok(())
}
