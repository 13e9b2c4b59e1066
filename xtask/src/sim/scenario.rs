//! The scenarios of the simulation. Each has an initial world, a foundation and a goal.

use std::time::Duration;

use infra_core::arn::{Arn, Location};
use infra_core::engine::{Detail, Goal, RunOptions};
use infra_core::foundation::{Foundation, FoundationSpec};
use infra_core::policy::{PolicyDocument, PrincipalSet, Statement};
use infra_core::provider::{
    CapacityProviders, ClusterConfiguration, ClusterSpec, ContainerInsights, Encryption,
    LogGroupClass, LogGroupSpec, Providers, RepositorySpec, RoleSpec, TagMutability,
};
use infra_core::tags::Tags;
use infra_mock::MockAws;
use infra_mock::api::{Lag, World};

use super::clock::VirtualClock;
use super::owners;
use super::world_summary::{named, world_summary};
use crate::prop::external_changes::{ExternalChange, Which};
use infra_core::conformance::attributes::{
    Variation, changed_deployer, defaults, variations, with_deployer, with_service,
};

/// An initial world, and the goal for a foundation in that world.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) start: World,
    pub(crate) foundation: Foundation,
    pub(crate) goal: Goal,
    pub(crate) lag: Lag,
    /// Whether unmanaged tags and policies on managed resources must still exist at the end.
    pub(crate) keeps_unmanaged: bool,
    /// Names, or parts of names, of additional resources that ecs-foundation must not change.
    pub(crate) spared: Vec<String>,
    /// Makes external changes after the first plan is made and before it is applied.
    pub(crate) meanwhile: Option<fn(&MockAws)>,
    /// Whether `--brief` also tries pairs of faults on this scenario.
    pub(crate) is_central: bool,
}

pub(crate) const PRESENT: Goal = Goal::Present { adopt: false };
pub(crate) const ADOPT: Goal = Goal::Present { adopt: true };
pub(crate) const ABSENT: Goal = Goal::Absent { force: false };
pub(crate) const FORCE: Goal = Goal::Absent { force: true };

/// Returns a lag that is long enough to make the program wait and retry.
pub(crate) fn slow() -> Lag {
    Lag {
        iam_propagation: Duration::from_secs(20),
        service_linked_role: Duration::from_secs(10),
        capacity_providers: Duration::from_secs(40),
        log_group: Duration::from_secs(6),
        ..Lag::default()
    }
}

/// The unmanaged tags and policies that are added to managed resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    /// Tags on each resource.
    Tags,
    /// Tags on each resource, and policies on the roles. The policies prevent the roles from being
    /// deleted.
    Policies,
}

/// Returns every scenario.
pub(crate) async fn all() -> Vec<Scenario> {
    let mut all = central().await;
    all.extend(partial().await);
    all.extend(owners::owners().await);
    for Variation { name, spec } in variations() {
        let others = if replaces_role(&name) { Others::Tags } else { Others::Policies };
        let start = complete(&defaults(), others).await;
        all.push(Scenario::new(format!("change {name}"), &start, &spec, PRESENT));
        // A variation that changes a name creates an additional resource, so there is nothing to
        // revert.
        if !creates_another(&name) {
            let start = complete(&spec, others).await;
            all.push(Scenario::new(format!("revert {name}"), &start, &defaults(), PRESENT));
        }
    }
    all
}

fn replaces_role(name: &str) -> bool {
    name.ends_with("role.path")
}

fn creates_another(name: &str) -> bool {
    let attribute = name.rsplit('.').next();
    attribute == Some("name") || matches!(name, "project_name" | "environment")
}

/// Returns the scenarios for creating, destroying and adopting a complete foundation. Some of these
/// scenarios have lag.
pub(super) async fn central() -> Vec<Scenario> {
    let empty = with_neighbor().await;
    let tagged = complete(&defaults(), Others::Tags).await;
    let with_policies = complete(&defaults(), Others::Policies).await;
    let central = |name: &str, start: &MockAws, goal| {
        let scenario = Scenario::new(name.to_owned(), start, &defaults(), goal);
        Scenario { is_central: matches!(name, "create" | "destroy"), ..scenario }
    };
    let unmanaged = complete(&defaults(), Others::Policies).await;
    remove_ownership(&unmanaged).await;
    let untagged = with_neighbor().await;
    create_untagged(&untagged.providers(), &located(&defaults())).await;
    let mut all = vec![
        central("create", &empty, PRESENT),
        central("destroy", &tagged, ABSENT),
        central("destroy with force", &with_policies, FORCE),
        central("adopt complete", &unmanaged, ADOPT),
        central("adopt untagged", &untagged, ADOPT),
        central("keep unmanaged", &unmanaged, ABSENT),
        central("no changes", &with_policies, PRESENT),
    ];
    // Creating the first cluster in an account also creates ECS's service-linked role.
    let unused = MockAws::builder().seed(7).clock(VirtualClock::fixed_past()).build();
    let lagging = [
        ("create", &empty, PRESENT),
        ("create the first cluster", &unused, PRESENT),
        ("destroy", &tagged, ABSENT),
    ];
    for (name, start, goal) in lagging {
        all.push(central(&format!("{name} with lag"), start, goal).with_lag());
    }
    let mut kept = defaults();
    kept.log_group.skip_destroy = true;
    let start = complete(&kept, Others::Tags).await;
    all.push(Scenario::new("destroy with skip_destroy".to_owned(), &start, &kept, ABSENT));
    let serving = with_service();
    let start = complete(&serving, Others::Tags).await;
    all.push(Scenario::new("destroy with a service".to_owned(), &start, &serving, ABSENT));
    let deploying = with_deployer();
    let start = complete(&deploying, Others::Tags).await;
    all.push(Scenario::new("destroy with a deployer".to_owned(), &start, &deploying, ABSENT));
    let mut changed = deploying.clone();
    changed_deployer(&mut changed);
    all.push(Scenario::new("change the deployer".to_owned(), &start, &changed, PRESENT));
    let start = complete(&changed, Others::Tags).await;
    all.push(Scenario::new("revert the deployer".to_owned(), &start, &deploying, PRESENT));
    for Variation { name, spec } in variations() {
        let waits = ["execution_role.path", "task_role.path", "cluster.capacity.providers"];
        if waits.contains(&name.as_str()) {
            let scenario =
                Scenario::new(format!("change {name} with lag"), &tagged, &spec, PRESENT);
            all.push(scenario.with_lag());
        }
    }
    all
}

/// The parts that can be missing after an interrupted run or an external change, each with the
/// change that removes it.
const PARTS: [(&str, ExternalChange); 10] = [
    ("cluster", ExternalChange::DeleteCluster),
    ("capacity providers", ExternalChange::DropCapacity),
    ("execution role", ExternalChange::DeleteRole(Which::Execution)),
    ("attachment", ExternalChange::DetachAll(Which::Execution)),
    ("task role", ExternalChange::DeleteRole(Which::Task)),
    ("inline policy", ExternalChange::DeleteInline(Which::Task)),
    ("repository", ExternalChange::DeleteRepository),
    ("repository policy", ExternalChange::DeleteRepositoryPolicy),
    ("log group", ExternalChange::DeleteLogGroup),
    ("retention", ExternalChange::KeepLogs(true)),
];

/// Returns scenarios that start with exactly one part missing or exactly one part present.
async fn partial() -> Vec<Scenario> {
    let foundation = located(&defaults());
    let mut all = Vec::new();
    for (without, _) in &PARTS {
        let start = complete(&defaults(), Others::Tags).await;
        let alone = complete(&defaults(), Others::Tags).await;
        for (part, external_changes) in &PARTS {
            let mock = if part == without { &start } else { &alone };
            external_changes.act(&foundation, &mock.providers()).await;
        }
        for (start, which) in [(start, "without"), (alone, "with only")] {
            let name = format!("apply {which} {without}");
            all.push(Scenario::new(name, &start, &defaults(), PRESENT));
            let name = format!("destroy {which} {without}");
            all.push(Scenario::new(name, &start, &defaults(), ABSENT));
        }
    }
    all
}

impl Scenario {
    pub(super) fn new(name: String, start: &MockAws, spec: &FoundationSpec, goal: Goal) -> Self {
        let (start, foundation, lag) = (start.world(), located(spec), Lag::default());
        let removes = ["unmanaged.tags", "unmanaged.policies", "unmanaged.capacity_providers"];
        // When a resource is replaced, its unmanaged tags and policies are lost. A deleted cluster
        // keeps its tags until a new cluster replaces it.
        let replaces = ["role.path", "repository.encryption", "log_group.class", "apply with"];
        let loses_them = removes.iter().chain(&replaces).any(|part| name.contains(part));
        let keeps_unmanaged = !loses_them && matches!(goal, Goal::Present { .. });
        Self {
            name,
            start,
            foundation,
            goal,
            lag,
            keeps_unmanaged,
            spared: Vec::new(),
            meanwhile: None,
            is_central: false,
        }
    }

    /// Returns, as text, the parts of a world that ecs-foundation must not change.
    pub(crate) fn unmanaged(&self, world: &World) -> Vec<String> {
        let mut unmanaged = named(world, NEIGHBOR);
        unmanaged.extend(self.spared.iter().flat_map(|name| named(world, name)));
        if self.keeps_unmanaged {
            let all = world_summary(world);
            unmanaged
                .push(format!("unmanaged tags and policies: {}", all.matches("somebody").count()));
        }
        unmanaged
    }

    pub(super) fn sparing(self, names: &[&str]) -> Self {
        Self { spared: names.iter().map(|name| (*name).to_owned()).collect(), ..self }
    }

    fn with_lag(self) -> Self {
        Self { lag: slow(), ..self }
    }
}

/// Returns a foundation with this specification in the account and region of the mock's caller.
pub(crate) fn located(spec: &FoundationSpec) -> Foundation {
    let location: Location = MockAws::new().caller().location.clone();
    Foundation::new(spec.clone(), location).expect("the simulation's foundations are valid")
}

/// The environment of the neighboring foundation. The names of the neighbor's resources contain
/// this text, and the names in the foundation under test do not.
const NEIGHBOR: &str = "dev-2";

/// Returns the specification of a neighboring foundation. Its base name starts with the base name
/// of the foundation under test.
pub(crate) fn neighbor() -> FoundationSpec {
    FoundationSpec { environment: NEIGHBOR.parse().expect("valid"), ..defaults() }
}

/// Returns a mock AWS that contains the neighboring foundation.
pub(crate) async fn with_neighbor() -> MockAws {
    let mock = MockAws::builder().seed(7).clock(VirtualClock::fixed_past()).build();
    apply(&mock, &neighbor()).await;
    mock
}

/// Returns a mock AWS that contains the neighboring foundation and the given foundation. The given
/// foundation has unmanaged tags and, if requested, unmanaged policies.
pub(super) async fn complete(spec: &FoundationSpec, others: Others) -> MockAws {
    let mock = with_neighbor().await;
    apply(&mock, spec).await;
    let both = [Which::Execution, Which::Task];
    let tags =
        [ExternalChange::TagCluster, ExternalChange::TagRepository, ExternalChange::TagLogGroup];
    let mut changes: Vec<ExternalChange> =
        tags.into_iter().chain(both.map(ExternalChange::TagRole)).collect();
    if others == Others::Policies {
        changes.extend(both.map(ExternalChange::AttachUnmanaged));
        changes.extend(both.map(ExternalChange::PutUnmanagedInline));
    }
    let (foundation, providers) = (located(spec), mock.providers());
    for change in changes {
        change.act(&foundation, &providers).await;
    }
    mock
}

pub(super) async fn apply(mock: &MockAws, spec: &FoundationSpec) {
    apply_foundation(mock, &located(spec)).await;
}

pub(super) async fn apply_foundation(mock: &MockAws, foundation: &Foundation) {
    let stack = foundation.stack(&mock.providers());
    let options = RunOptions::default();
    let observation = stack.observe(Detail::Attributes, &options).await;
    let plan = stack.plan(&observation.expect("every read succeeds"), PRESENT);
    let report = stack.apply(&plan, &options).await.expect("the plan can be applied");
    assert!(report.is_success(), "cannot create the initial world: {report:#?}");
}

/// Changes the Name tags of a complete foundation, so that the foundation's resources are no longer
/// managed.
async fn remove_ownership(mock: &MockAws) {
    let (foundation, providers) = (located(&defaults()), mock.providers());
    let (theirs, base) = (Tags::observed([("Name".to_owned(), "theirs".to_owned())]), "demo-dev");
    let arn = |service, name: String| foundation.location().arn(service, name);
    let done = "the foundation is complete";
    let cluster = arn("ecs", format!("cluster/{base}-cluster"));
    providers.clusters().tag_cluster(&cluster, &theirs).await.expect(done);
    for which in ["execution", "task"] {
        let role = format!("{base}-ecs-{which}-role").parse().expect("valid");
        providers.roles().tag_role(&role, &theirs).await.expect(done);
    }
    let repository = arn("ecr", format!("repository/{base}-app"));
    providers.repositories().tag_repository(&repository, &theirs).await.expect(done);
    let group = arn("logs", format!("log-group:/ecs/{base}"));
    providers.log_groups().tag_log_group(&group, &theirs).await.expect(done);
}

/// Creates resources as if by hand, with the foundation's names but without its tags and settings.
async fn create_untagged(providers: &Providers, foundation: &Foundation) {
    let base = foundation.spec().base_name();
    let (done, valid) = ("the account was empty", "the names are valid");
    let cluster = ClusterSpec {
        name: format!("{base}-cluster").parse().expect(valid),
        container_insights: ContainerInsights::Disabled,
        configuration: ClusterConfiguration::default(),
        service_connect_namespace: None,
        capacity: CapacityProviders::default(),
        tags: Tags::new(),
    };
    providers.clusters().create_cluster(&cluster).await.expect(done);
    let trust = Statement::allow(["sts:AssumeRole"])
        .with_principal(PrincipalSet::service(["ec2.amazonaws.com"]));
    for which in ["execution", "task"] {
        let role = RoleSpec {
            name: format!("{base}-ecs-{which}-role").parse().expect(valid),
            path: infra_core::names::RolePath::default(),
            trust: PolicyDocument::new([trust.clone()]),
            description: None,
            max_session_duration: 3600,
            permissions_boundary: None::<Arn>,
            tags: Tags::new(),
        };
        providers.roles().create_role(&role).await.expect(done);
    }
    let repository = RepositorySpec {
        name: format!("{base}-app").parse().expect(valid),
        tag_mutability: TagMutability::Immutable,
        scan_on_push: false,
        encryption: Encryption::Aes256,
        tags: Tags::new(),
    };
    providers.repositories().create_repository(&repository).await.expect(done);
    let group = LogGroupSpec {
        name: format!("/ecs/{base}").parse().expect(valid),
        class: LogGroupClass::Standard,
        kms_key: None,
        tags: Tags::new(),
    };
    providers.log_groups().create_log_group(&group).await.expect(done);
}
