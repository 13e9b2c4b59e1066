//! Tests that the secret in the example, a resource with only one field, is handled as safely as
//! the built-in resources.

#![allow(
    unreachable_pub,
    reason = "the example has public items, and this test includes it as a module"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use infra_core::Result;
use infra_core::engine::{ChangeKind, Detail, Goal, Plan, RunOptions, Verdict};
use infra_core::error::{Error, ErrorKind, Errors};
use infra_core::tags::Tags;
use infra_mock::MockAws;

#[path = "../examples/secret.rs"]
mod secret;

use secret::{FoundSecret, MemorySecrets, OPERATIONS, SecretProvider, converge, stack};

const ADDRESS: &str = "secretsmanager_secret.database";
const NAME: &str = "shop-dev-database";
const PRESENT: Goal = Goal::Present { adopt: false };
const ADOPT: Goal = Goal::Present { adopt: true };
const ABSENT: Goal = Goal::Absent { force: false };

fn action(plan: &Plan) -> ChangeKind {
    plan.change(ADDRESS).expect("the plan contains the secret").action
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    Tags::observed(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
}

fn named(name: &str) -> Tags {
    tags(&[("Name", name)])
}

/// The mock that contains the foundation, and the provider that stores its secret.
#[derive(Debug, Default)]
struct Lab {
    mock: MockAws,
    secrets: Arc<MemorySecrets>,
}

impl Lab {
    async fn converge(&self, description: &str, goal: Goal) -> Plan {
        self.attempt(description, goal).await.unwrap()
    }

    async fn attempt(
        &self,
        description: &str,
        goal: Goal,
    ) -> Result<Plan, Box<dyn std::error::Error>> {
        let stack = stack(&self.mock, Arc::clone(&self.secrets) as _, description).await?;
        converge(&stack, goal).await
    }

    async fn described(&self) -> FoundSecret {
        self.secrets.describe(NAME).await.unwrap()
    }
}

/// Returns the errors from a refused plan.
fn refused(result: Result<Plan, Box<dyn std::error::Error>>) -> Errors {
    *result.expect_err("the plan is refused").downcast::<Errors>().expect("the engine refuses it")
}

#[tokio::test]
async fn a_secret_is_created_updated_and_deleted_with_the_foundation() {
    let lab = Lab::default();
    let created = lab.converge("a", PRESENT).await;
    assert_eq!(created.summary().create, 10);
    let policy = created.change("iam_role_policy.ecs_task_role_policy").unwrap();
    assert!(policy.fields[0].after.to_string().contains("secret:shop-dev-database"));
    let paths: Vec<_> =
        created.change(ADDRESS).unwrap().fields.iter().map(|it| &*it.path).collect();
    assert_eq!(paths, ["description", "tags.Name"]);
    assert!(lab.converge("a", PRESENT).await.is_empty());

    let updated = lab.converge("b", PRESENT).await;
    assert_eq!((action(&updated), updated.steps.len()), (ChangeKind::Update, 1));
    assert_eq!(lab.described().await.description, "b");

    let deleted = lab.converge("b", ABSENT).await;
    assert_eq!(deleted.summary().delete, 10);
    let step =
        |address: &str| deleted.steps.iter().find(|step| step.address.as_str() == address).unwrap();
    let (role, secret) = (step("iam_role.ecs_task_role"), step(ADDRESS));
    assert!(
        role.requires.contains(&secret.id),
        "the role is deleted after the resources that depend on it"
    );
    assert!(lab.secrets.describe(NAME).await.is_err());
    assert!(lab.converge("b", ABSENT).await.is_empty());
}

#[tokio::test]
async fn drift_of_the_field_and_the_tags_is_found_shown_and_repaired() {
    let lab = Lab::default();
    lab.converge("a", PRESENT).await;
    lab.secrets.update(NAME, "changed by hand").await.unwrap();
    lab.secrets.tag(NAME, &tags(&[("Owner", "b")])).await.unwrap();

    let stack = stack(&lab.mock, Arc::clone(&lab.secrets) as _, "a").await.unwrap();
    let observation = stack.observe(Detail::Contents, &RunOptions::default()).await.unwrap();
    let findings = stack.inspect(&observation);
    let of = |attribute: &str| {
        let found =
            findings.iter().find(|it| it.address.as_str() == ADDRESS && it.attribute == attribute);
        found.map(|it| (it.verdict, &*it.found)).unwrap()
    };
    assert_eq!(of("Secret"), (Verdict::Ok, NAME));
    assert_eq!(of("Description"), (Verdict::Differs, "changed by hand"));
    assert_eq!(of("Tag Name"), (Verdict::Ok, NAME));
    assert_eq!(of("Other tags"), (Verdict::Info, "Owner"));

    let plan = lab.converge("a", PRESENT).await;
    assert_eq!((action(&plan), plan.steps.len()), (ChangeKind::Update, 1));
    assert!(plan.notices[0].message.contains("keeps unmanaged tags"), "{:?}", plan.notices);
    assert!(lab.converge("a", PRESENT).await.is_empty());
}

#[tokio::test]
async fn a_secret_that_is_not_managed_is_refused_adopted_on_request_and_never_deleted() {
    let lab = Lab::default();
    lab.secrets.create(NAME, "somebody's", &named("other")).await.unwrap();
    let before = lab.described().await;

    let errors = refused(lab.attempt("a", PRESENT).await);
    let kinds: Vec<_> = errors.iter().map(Error::kind).collect();
    assert_eq!(kinds, [ErrorKind::NotManaged]);
    assert!(errors.to_string().contains("its Name tag is \"other\""), "{errors}");
    assert_eq!(lab.described().await, before);
    assert!(lab.mock.call_counts().keys().all(|operation| !operation.contains("Create")));

    let nothing = lab.converge("a", ABSENT).await;
    assert_eq!(action(&nothing), ChangeKind::NoOp);
    assert_eq!(lab.described().await, before);

    let adopted = lab.converge("a", ADOPT).await;
    assert_eq!(action(&adopted), ChangeKind::Adopt);
    let now = lab.described().await;
    assert_eq!((&*now.description, now.tags.name()), ("a", Some(NAME)));
    assert!(lab.converge("a", PRESENT).await.is_empty());
}

/// A provider that creates the secret but reports that the secret already exists. On AWS, this
/// happens when the SDK retries a call whose response was lost. If `by_others` is set, the secret
/// gets the tags in `by_others` instead of the requested tags, as if another program had created
/// the secret.
#[derive(Debug)]
struct LosesAnAnswer {
    inner: Arc<MemorySecrets>,
    by_others: Option<Tags>,
    lost: AtomicBool,
}

#[async_trait]
impl SecretProvider for LosesAnAnswer {
    async fn describe(&self, name: &str) -> Result<FoundSecret> {
        self.inner.describe(name).await
    }

    async fn create(&self, name: &str, description: &str, tags: &Tags) -> Result<()> {
        let tags = self.by_others.as_ref().unwrap_or(tags);
        if !self.lost.swap(true, Ordering::Relaxed) {
            self.inner.create(name, description, tags).await?;
        }
        self.inner.create(name, description, tags).await
    }

    async fn update(&self, name: &str, description: &str) -> Result<()> {
        self.inner.update(name, description).await
    }

    async fn tag(&self, name: &str, tags: &Tags) -> Result<()> {
        self.inner.tag(name, tags).await
    }

    async fn untag(&self, name: &str, keys: &[String]) -> Result<()> {
        self.inner.untag(name, keys).await
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.inner.delete(name).await
    }
}

async fn create_with_a_lost_answer(by_others: Option<Tags>) -> Result<Plan, Errors> {
    let (mock, inner) = (MockAws::new(), Arc::new(MemorySecrets::default()));
    let secrets = LosesAnAnswer { inner, by_others, lost: AtomicBool::new(false) };
    let stack = stack(&mock, Arc::new(secrets), "a").await.unwrap();
    let created = converge(&stack, PRESENT).await;
    created.map_err(|error| *error.downcast::<Errors>().unwrap())
}

#[tokio::test]
async fn a_creation_whose_answer_was_lost_is_recognised() {
    create_with_a_lost_answer(None).await.unwrap();
}

#[tokio::test]
async fn a_secret_that_others_created_meanwhile_is_refused() {
    let errors = create_with_a_lost_answer(Some(named("other"))).await.unwrap_err();
    let kinds: Vec<_> = errors.iter().map(|it| (it.kind(), it.operation())).collect();
    assert_eq!(kinds, [(ErrorKind::NotManaged, Some(OPERATIONS.create))]);
}
