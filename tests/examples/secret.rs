//! A resource of one's own: a secret beside the foundation, which the task role may read.
//!
//! Nothing in infra-core knows of secrets. This file brings a provider trait, an implementation of it in
//! memory, and a component; the planner, the executor and the mock AWS are used as they are.
//!
//! Run it with `cargo run -p tests --example secret`.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use infra_core::Result;
use infra_core::arn::{Arn, Location};
use infra_core::engine::{
    Address, Calls, ChangeKind, Component, Declaration, Detail, Draft, FieldChange, Finding, Goal,
    Phase, Plan, RunOptions, Stack,
};
use infra_core::error::{Error, ErrorKind, OrAbsent};
use infra_core::foundation::{Foundation, FoundationSpec, address};
use infra_core::operation::Operation;
use infra_core::policy::Statement;
use infra_mock::MockAws;
use serde::Serialize;

const DESCRIBE: Operation = Operation::read("secretsmanager", "DescribeSecret");
const CREATE: Operation = Operation::write("secretsmanager", "CreateSecret");
const UPDATE: Operation = Operation::write("secretsmanager", "UpdateSecret");
const DELETE: Operation = Operation::write("secretsmanager", "DeleteSecret");

/// The provider trait: small, object-safe, one method an operation.
#[async_trait]
pub trait SecretProvider: Debug + Send + Sync + 'static {
    /// The secret's description.
    async fn describe(&self, name: &str) -> Result<String>;
    /// Makes a secret.
    async fn create(&self, name: &str, description: &str) -> Result<()>;
    /// Changes its description.
    async fn update(&self, name: &str, description: &str) -> Result<()>;
    /// Deletes it.
    async fn delete(&self, name: &str) -> Result<()>;
}

/// Secrets in memory.
#[derive(Debug, Default)]
pub struct MemorySecrets(Mutex<BTreeMap<String, String>>);

impl MemorySecrets {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, String>) -> T) -> T {
        act(&mut self.0.lock().expect("no test panics while it holds the lock"))
    }
}

fn absent(operation: Operation) -> Error {
    Error::from_aws(operation, "ResourceNotFoundException", "no such secret", Some(400))
}

#[async_trait]
impl SecretProvider for MemorySecrets {
    async fn describe(&self, name: &str) -> Result<String> {
        self.with(|secrets| secrets.get(name).cloned()).ok_or_else(|| absent(DESCRIBE))
    }

    async fn create(&self, name: &str, description: &str) -> Result<()> {
        self.with(|secrets| secrets.insert(name.to_owned(), description.to_owned()));
        Ok(())
    }

    async fn update(&self, name: &str, description: &str) -> Result<()> {
        self.create(name, description).await
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.with(|secrets| secrets.remove(name)).map(drop).ok_or_else(|| absent(DELETE))
    }
}

/// The component: what the engine needs to manage a secret.
#[derive(Debug)]
pub struct SecretComponent {
    secrets: Arc<dyn SecretProvider>,
    name: String,
    description: String,
    address: Address,
}

/// What a step does with the secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretAction {
    /// Makes it.
    Create,
    /// Changes its description.
    Describe,
    /// Deletes it.
    Delete,
}

#[async_trait]
impl Component for SecretComponent {
    type Observed = Option<String>;
    type Action = SecretAction;

    fn declarations(&self) -> Vec<Declaration> {
        // The role may only be used once the secret is there, and the secret outlives no role.
        let depends_on = vec![address::task_role()];
        vec![Declaration { address: self.address.clone(), name: self.name.clone(), depends_on }]
    }

    async fn observe(&self, _: Detail, calls: &Calls<'_>) -> Result<Option<String>> {
        calls.call(DESCRIBE, || self.secrets.describe(&self.name)).await.or_absent()
    }

    fn plan(&self, goal: Goal, found: &Option<String>, draft: &mut Draft<SecretAction>) {
        let mut change = |kind, fields| draft.change(&self.address, &self.name, kind, fields);
        match (goal, found) {
            (Goal::Present { .. }, None) => {
                let fields = vec![FieldChange::set("description", &self.description)];
                change(ChangeKind::Create, fields);
                draft.step(&self.address, Phase::Establish, CREATE, SecretAction::Create);
            }
            (Goal::Present { .. }, Some(found)) if *found != self.description => {
                let field = FieldChange::new("description", found, &self.description);
                change(ChangeKind::Update, vec![field]);
                draft.step(&self.address, Phase::Adjust, UPDATE, SecretAction::Describe);
            }
            (Goal::Absent { .. }, Some(_)) => {
                change(ChangeKind::Delete, Vec::new());
                draft.step(&self.address, Phase::Remove, DELETE, SecretAction::Delete);
            }
            _ => change(ChangeKind::NoOp, Vec::new()),
        }
    }

    async fn perform(&self, action: &SecretAction, calls: &Calls<'_>) -> Result<()> {
        let (name, description) = (&self.name, &self.description);
        match action {
            SecretAction::Create => {
                calls.call(CREATE, || self.secrets.create(name, description)).await
            }
            SecretAction::Describe => {
                calls.call(UPDATE, || self.secrets.update(name, description)).await
            }
            SecretAction::Delete => calls.delete(DELETE, || self.secrets.delete(name)).await,
        }
    }

    fn inspect(&self, found: &Option<String>) -> Vec<Finding> {
        let found = found.as_deref().unwrap_or("absent");
        vec![Finding::equal(&self.address, "Description", &self.description, found)]
    }
}

fn secret_arn(location: &Location, name: &str) -> Arn {
    location.arn("secretsmanager", format!("secret:{name}"))
}

async fn converge(stack: &Stack, goal: Goal) -> Result<Plan, Box<dyn StdError>> {
    let options = RunOptions::default();
    let observation = stack.observe(Detail::Contents, &options).await?;
    let plan = stack.plan(&observation, goal);
    let report = stack.apply(&plan, &options).await;
    match report.failures().next() {
        None => Ok(plan),
        Some((_, error)) => Err(Error::new(ErrorKind::Other, error.to_string()).into()),
    }
}

/// Makes a foundation with a secret, changes the secret, and removes both; gives the three plans.
///
/// # Errors
/// A step failed.
pub async fn run() -> Result<[Plan; 3], Box<dyn StdError>> {
    let mock = MockAws::new();
    let providers = mock.providers();
    let secrets = Arc::new(MemorySecrets::default());
    let location = providers.location().await?;

    let mut spec = FoundationSpec::new("shop".parse()?, "dev".parse()?);
    let name = format!("{}-database", spec.base_name());
    let read = Statement::allow(["secretsmanager:GetSecretValue"])
        .with_sid("ReadDatabaseSecret")
        .with_resources([secret_arn(&location, &name).to_string()]);
    spec.task_role.role.statements.push(read);
    let foundation = Foundation::new(spec, location)?;

    let stack = |description: &str| {
        foundation.stack(&providers).with(SecretComponent {
            secrets: Arc::clone(&secrets) as _,
            name: name.clone(),
            description: description.to_owned(),
            address: Address::new("secretsmanager_secret", "database"),
        })
    };
    let present = Goal::Present { adopt: false };
    let created = converge(&stack("the database's password"), present).await?;
    let changed = converge(&stack("the password of the database"), present).await?;
    let removed =
        converge(&stack("the password of the database"), Goal::Absent { force: false }).await?;
    Ok([created, changed, removed])
}

#[allow(dead_code, reason = "the tests take this file in as a module, and call run")]
#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example shows what it did")]
async fn main() -> Result<(), Box<dyn StdError>> {
    for plan in run().await? {
        for change in plan.changes.iter().filter(|change| change.action != ChangeKind::NoOp) {
            println!("{:?} {}", change.action, change.address);
        }
        println!("{} steps", plan.steps.len());
    }
    Ok(())
}
