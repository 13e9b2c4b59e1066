//! A custom resource: a secret that the foundation's task role can read.
//!
//! infra-core has no support for secrets. This file contains a provider trait, an in-memory
//! implementation of the trait, and a resource with one field. The planner, the executor and the
//! mock AWS are used unchanged.
//!
//! Run this example with `cargo run -p tests --example secret`.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use infra_core::Result;
use infra_core::arn::{Arn, Location};
use infra_core::engine::{Address, Calls, Detail, Goal, Plan, RunOptions, Stack};
use infra_core::error::{Error, ErrorKind};
use infra_core::foundation::{Foundation, FoundationSpec, address};
use infra_core::operation::Operation;
use infra_core::policy::Statement;
use infra_core::resource::{
    Depth, Field, Identity, Operations, Resource, TagChange, Tagging, Update,
};
use infra_core::tags::Tags;
use infra_mock::MockAws;

/// The operations that read, create and delete a secret.
pub const OPERATIONS: Operations = Operations {
    read: Operation::read("secretsmanager", "DescribeSecret"),
    create: Operation::write("secretsmanager", "CreateSecret"),
    delete: Operation::write("secretsmanager", "DeleteSecret"),
};
/// Changes the description.
pub const UPDATE: Operation = Operation::write("secretsmanager", "UpdateSecret");
const TAG: Operation = Operation::write("secretsmanager", "TagResource");
const UNTAG: Operation = Operation::write("secretsmanager", "UntagResource");

/// A provider trait for secrets: small, object-safe, and with one method per operation.
#[async_trait]
pub trait SecretProvider: Debug + Send + Sync + 'static {
    /// Returns a secret, without its value.
    async fn describe(&self, name: &str) -> Result<FoundSecret>;
    /// Creates a secret.
    async fn create(&self, name: &str, description: &str, tags: &Tags) -> Result<()>;
    /// Changes the description.
    async fn update(&self, name: &str, description: &str) -> Result<()>;
    /// Sets tags.
    async fn tag(&self, name: &str, tags: &Tags) -> Result<()>;
    /// Removes tags.
    async fn untag(&self, name: &str, keys: &[String]) -> Result<()>;
    /// Deletes a secret.
    async fn delete(&self, name: &str) -> Result<()>;
}

/// A secret, with the attributes that Secrets Manager returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundSecret {
    /// Its description.
    pub description: String,
    /// Its tags.
    pub tags: Tags,
}

// The resource starts here.

/// The desired state of a secret.
#[derive(Debug)]
pub struct Secret {
    secrets: Arc<dyn SecretProvider>,
    name: String,
    description: String,
    tags: Tags,
}

#[async_trait]
impl Resource for Secret {
    type Found = FoundSecret;
    type Contents = ();

    fn identity(&self) -> Identity {
        // The secret depends on the role that reads it, so the secret is created after the role and
        // deleted before the role.
        Identity::new(
            Address::new("secretsmanager_secret", "database"),
            "Secret",
            &self.name,
            OPERATIONS,
        )
        .depends_on([address::task_role()])
    }

    fn tagging(&self) -> Tagging<'_> {
        Tagging::new(&self.tags, TAG, UNTAG)
    }

    fn tags(found: &FoundSecret) -> Option<&Tags> {
        Some(&found.tags)
    }

    fn fields(&self, found: Option<&FoundSecret>) -> Vec<Field> {
        let description = found.map(|found| &found.description);
        vec![
            Field::new("description", "Description", &self.description, description)
                .updated_by(UPDATE),
        ]
    }

    async fn read(&self, _: Depth, calls: &Calls<'_>) -> Result<Option<FoundSecret>> {
        calls.find(OPERATIONS.read, || self.secrets.describe(&self.name)).await
    }

    async fn create(&self, calls: &Calls<'_>) -> Result<()> {
        let create = || self.secrets.create(&self.name, &self.description, &self.tags);
        calls.call(OPERATIONS.create, create).await
    }

    async fn update(&self, update: &Update, calls: &Calls<'_>) -> Result<()> {
        calls.call(update.operation(), || self.secrets.update(&self.name, &self.description)).await
    }

    async fn tag(&self, change: &TagChange, calls: &Calls<'_>) -> Result<()> {
        match change {
            TagChange::Set(tags) => calls.call(TAG, || self.secrets.tag(&self.name, tags)).await,
            TagChange::Remove(keys) => {
                calls.call(UNTAG, || self.secrets.untag(&self.name, keys)).await
            }
        }
    }

    async fn delete(&self, _force: bool, calls: &Calls<'_>) -> Result<()> {
        calls.delete(OPERATIONS.delete, || self.secrets.delete(&self.name)).await
    }
}

// The resource ends here.

/// A provider that keeps secrets in memory.
#[derive(Debug, Default)]
pub struct MemorySecrets(Mutex<BTreeMap<String, FoundSecret>>);

impl MemorySecrets {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, FoundSecret>) -> T) -> T {
        act(&mut self.0.lock().expect("no test panics while holding the lock"))
    }

    fn change(
        &self,
        operation: Operation,
        name: &str,
        act: impl FnOnce(&mut FoundSecret),
    ) -> Result<()> {
        self.with(|secrets| secrets.get_mut(name).map(act)).ok_or_else(|| absent(operation))
    }
}

fn absent(operation: Operation) -> Error {
    Error::from_aws(operation, "ResourceNotFoundException", "no such secret", Some(400))
}

#[async_trait]
impl SecretProvider for MemorySecrets {
    async fn describe(&self, name: &str) -> Result<FoundSecret> {
        let found = self.with(|secrets| secrets.get(name).cloned());
        found.ok_or_else(|| absent(OPERATIONS.read))
    }

    async fn create(&self, name: &str, description: &str, tags: &Tags) -> Result<()> {
        let secret = FoundSecret { description: description.to_owned(), tags: tags.clone() };
        self.with(|secrets| {
            if secrets.contains_key(name) {
                // https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
                let code = "ResourceExistsException";
                let error = Error::from_aws(OPERATIONS.create, code, "it exists", Some(400));
                return Err(error.with_kind(ErrorKind::AlreadyExists));
            }
            secrets.insert(name.to_owned(), secret);
            Ok(())
        })
    }

    async fn update(&self, name: &str, description: &str) -> Result<()> {
        self.change(UPDATE, name, |secret| description.clone_into(&mut secret.description))
    }

    async fn tag(&self, name: &str, tags: &Tags) -> Result<()> {
        self.change(TAG, name, |secret| {
            let all = secret.tags.iter().chain(tags.iter());
            secret.tags =
                Tags::observed(all.map(|(key, value)| (key.to_owned(), value.to_owned())));
        })
    }

    async fn untag(&self, name: &str, keys: &[String]) -> Result<()> {
        self.change(UNTAG, name, |secret| {
            let rest = secret.tags.iter().filter(|(key, _)| !keys.iter().any(|it| it == key));
            secret.tags =
                Tags::observed(rest.map(|(key, value)| (key.to_owned(), value.to_owned())));
        })
    }

    async fn delete(&self, name: &str) -> Result<()> {
        let gone = self.with(|secrets| secrets.remove(name));
        gone.map(drop).ok_or_else(|| absent(OPERATIONS.delete))
    }
}

fn secret_arn(location: &Location, name: &str) -> Arn {
    location.arn("secretsmanager", format!("secret:{name}"))
}

/// Returns a stack that contains the secret and a foundation in the mock.
///
/// # Errors
/// Returns an error if the caller's identity cannot be read or the specification is invalid.
pub async fn stack(
    mock: &MockAws,
    secrets: Arc<dyn SecretProvider>,
    description: &str,
) -> Result<Stack, Box<dyn StdError>> {
    let providers = mock.providers();
    let location = providers.location().await?;
    let mut spec = FoundationSpec::new("shop".parse()?, "dev".parse()?);
    let name = format!("{}-database", spec.base_name());
    let read = Statement::allow(["secretsmanager:GetSecretValue"])
        .with_sid("ReadDatabaseSecret")
        .with_resources([secret_arn(&location, &name).to_string()]);
    spec.task_role.role.statements.push(read);
    let mut tags = Tags::new();
    tags.set("Name", &name)?;
    let secret = Secret { secrets, name, description: description.to_owned(), tags };
    Ok(Foundation::new(spec, location)?.stack(&providers).with(secret))
}

/// Creates and applies a plan for a goal, and returns the plan.
///
/// # Errors
/// Returns an error if a read or a step fails, or if the plan has conflicts or blockers.
pub async fn converge(stack: &Stack, goal: Goal) -> Result<Plan, Box<dyn StdError>> {
    let options = RunOptions::default();
    let observation = stack.observe(Detail::Contents, &options).await?;
    let plan = stack.plan(&observation, goal);
    stack.apply(&plan, &options).await?.into_result()?;
    Ok(plan)
}

#[allow(dead_code, reason = "the tests include this file as a module and do not call main")]
#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example prints its results")]
async fn main() -> Result<(), Box<dyn StdError>> {
    let (mock, secrets) = (MockAws::new(), Arc::new(MemorySecrets::default()));
    let goals = [
        ("the database's password", Goal::Present { adopt: false }),
        ("the production database's password", Goal::Present { adopt: false }),
        ("the production database's password", Goal::Absent { force: false }),
    ];
    for (description, goal) in goals {
        let stack = stack(&mock, Arc::clone(&secrets) as _, description).await?;
        println!("{}", converge(&stack, goal).await?);
    }
    Ok(())
}
