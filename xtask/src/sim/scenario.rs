//! What runs are for: a world to begin with, a foundation, a goal.

use std::time::Duration;

use infra_core::arn::{Arn, Location};
use infra_core::engine::{Detail, Goal, RunOptions};
use infra_core::foundation::{Foundation, FoundationSpec};
use infra_core::policy::{PolicyDocument, PrincipalSet, Statement};
use infra_core::provider::{
    CapacityProviders, ClusterSpec, ContainerInsights, Encryption, LogGroupClass, LogGroupSpec,
    Providers, RepositorySpec, RoleSpec, TagMutability,
};
use infra_core::tags::Tags;
use infra_mock::MockAws;
use infra_mock::api::{Lag, World};

use super::attributes::{Variation, plain, variations};
use super::clock::VirtualClock;
use super::world_summary::{named, world_summary};
use crate::prop::external_changes::{ExternalChanges, Which};

/// One thing to bring about.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) start: World,
    pub(crate) foundation: Foundation,
    pub(crate) goal: Goal,
    pub(crate) lag: Lag,
    /// Whether what others put on our resources has to be there in the end as well.
    pub(crate) spares_others: bool,
    /// Whether it is tried with every pair of faults in brief as well.
    pub(crate) is_central: bool,
}

pub(crate) const PRESENT: Goal = Goal::Present { adopt: false };
pub(crate) const ADOPT: Goal = Goal::Present { adopt: true };
pub(crate) const ABSENT: Goal = Goal::Absent { force: false };
pub(crate) const FORCE: Goal = Goal::Absent { force: true };

/// As slowly as AWS settles on a bad day, so slowly that every wait of the retry table is needed.
pub(crate) fn slow() -> Lag {
    Lag {
        iam_propagation: Duration::from_secs(20),
        service_linked_role: Duration::from_secs(10),
        capacity_providers: Duration::from_secs(40),
        log_group: Duration::from_secs(6),
    }
}

/// What others may have put on our resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    /// Tags on each.
    Tags,
    /// That, and policies on the roles, which keep them from being deleted.
    Policies,
}

/// Every scenario there is.
pub(crate) async fn all() -> Vec<Scenario> {
    let mut all = central().await;
    all.extend(partial().await);
    for Variation { name, spec } in variations() {
        let others = if replaces_a_role(&name) { Others::Tags } else { Others::Policies };
        let start = complete(&plain(), others).await;
        all.push(Scenario::new(format!("change {name}"), &start, &spec, PRESENT));
        // A resource under another name stands beside the old one; so does it on the way back.
        if !makes_another(&name) {
            let start = complete(&spec, others).await;
            all.push(Scenario::new(format!("take back {name}"), &start, &plain(), PRESENT));
        }
    }
    all
}

fn replaces_a_role(name: &str) -> bool {
    name.ends_with("role.path")
}

fn makes_another(name: &str) -> bool {
    let attribute = name.rsplit('.').next();
    attribute == Some("name") || matches!(name, "project_name" | "environment")
}

/// Making, removing and taking over, of the whole and at a slow AWS.
pub(super) async fn central() -> Vec<Scenario> {
    let empty = neighbourhood().await;
    let tagged = complete(&plain(), Others::Tags).await;
    let crowded = complete(&plain(), Others::Policies).await;
    let central = |name: &str, start: &MockAws, goal| {
        let scenario = Scenario::new(name.to_owned(), start, &plain(), goal);
        Scenario { is_central: matches!(name, "create" | "destroy"), ..scenario }
    };
    let disowned = complete(&plain(), Others::Policies).await;
    disown(&disowned).await;
    let bare = neighbourhood().await;
    make_bare(&bare.providers(), &place(&plain())).await;
    let mut all = vec![
        central("create", &empty, PRESENT),
        central("destroy", &tagged, ABSENT),
        central("destroy by force", &crowded, FORCE),
        central("adopt what is complete", &disowned, ADOPT),
        central("adopt what is bare", &bare, ADOPT),
        central("leave what is not ours", &disowned, ABSENT),
        central("find nothing to do", &crowded, PRESENT),
    ];
    // The account's first cluster makes ECS's service-linked role.
    let unused = MockAws::builder().seed(7).clock(VirtualClock::long_ago()).build();
    let slowly = [
        ("create", &empty, PRESENT),
        ("create the account's first", &unused, PRESENT),
        ("destroy", &tagged, ABSENT),
    ];
    for (name, start, goal) in slowly {
        all.push(central(&format!("{name} slowly"), start, goal).at_a_slow_aws());
    }
    let mut kept = plain();
    kept.log_group.skip_destroy = true;
    let start = complete(&kept, Others::Tags).await;
    all.push(Scenario::new("destroy but keep the logs".to_owned(), &start, &kept, ABSENT));
    for Variation { name, spec } in variations() {
        let matters = ["execution_role.path", "task_role.path", "cluster.capacity.providers"];
        if matters.contains(&name.as_str()) {
            let scenario = Scenario::new(format!("change {name} slowly"), &tagged, &spec, PRESENT);
            all.push(scenario.at_a_slow_aws());
        }
    }
    all
}

/// What a run that was cut off, or somebody else, can leave out.
const PARTS: [(&str, ExternalChanges); 10] = [
    ("cluster", ExternalChanges::DeleteCluster),
    ("capacity providers", ExternalChanges::DropCapacity),
    ("execution role", ExternalChanges::DeleteRole(Which::Execution)),
    ("attachment", ExternalChanges::DetachAll(Which::Execution)),
    ("task role", ExternalChanges::DeleteRole(Which::Task)),
    ("inline policy", ExternalChanges::DeleteInline(Which::Task)),
    ("repository", ExternalChanges::DeleteRepository),
    ("repository policy", ExternalChanges::DeleteRepositoryPolicy),
    ("log group", ExternalChanges::DeleteLogGroup),
    ("retention", ExternalChanges::KeepLogs(true)),
];

/// From states in which one part is missing, or all but one.
async fn partial() -> Vec<Scenario> {
    let foundation = place(&plain());
    let mut all = Vec::new();
    for (without, _) in &PARTS {
        let start = complete(&plain(), Others::Tags).await;
        let alone = complete(&plain(), Others::Tags).await;
        for (part, external_changes) in &PARTS {
            let mock = if part == without { &start } else { &alone };
            external_changes.act(&foundation, &mock.providers()).await;
        }
        for (start, which) in [(start, "without"), (alone, "with no other than")] {
            let name = format!("apply {which} {without}");
            all.push(Scenario::new(name, &start, &plain(), PRESENT));
            let name = format!("destroy {which} {without}");
            all.push(Scenario::new(name, &start, &plain(), ABSENT));
        }
    }
    all
}

impl Scenario {
    fn new(name: String, start: &MockAws, spec: &FoundationSpec, goal: Goal) -> Self {
        let (start, foundation, lag) = (start.world(), place(spec), Lag::default());
        let removes = ["unmanaged.tags", "unmanaged.policies"];
        // What is made anew does not have them; a deleted cluster still shows them until then.
        let replaces = ["role.path", "repository.encryption", "log_group.class", "apply with"];
        let goes = removes.iter().chain(&replaces).any(|gone| name.contains(gone));
        let spares_others = !goes && matches!(goal, Goal::Present { .. });
        Self { name, start, foundation, goal, lag, spares_others, is_central: false }
    }

    /// What in a world is not ours to touch, as text.
    pub(crate) fn strangers(&self, world: &World) -> Vec<String> {
        let mut strangers = named(world, NEIGHBOUR);
        if self.spares_others {
            let all = world_summary(world);
            strangers.push(format!("marks of others: {}", all.matches("somebody").count()));
        }
        strangers
    }

    fn at_a_slow_aws(self) -> Self {
        Self { lag: slow(), ..self }
    }
}

/// The foundation where the mock's caller lives.
pub(crate) fn place(spec: &FoundationSpec) -> Foundation {
    let location: Location = MockAws::new().caller().location.clone();
    Foundation::new(spec.clone(), location).expect("the foundations of the simulation are valid")
}

/// What the names of the neighbour's resources contain, and no name of ours.
const NEIGHBOUR: &str = "dev-2";

/// The spec of somebody else's foundation, whose names begin like ours.
pub(crate) fn neighbour() -> FoundationSpec {
    FoundationSpec { environment: NEIGHBOUR.parse().expect("valid"), ..plain() }
}

/// An AWS in which somebody else has made what is called like ours, but for an end.
pub(crate) async fn neighbourhood() -> MockAws {
    let mock = MockAws::builder().seed(7).clock(VirtualClock::long_ago()).build();
    apply(&mock, &neighbour()).await;
    mock
}

/// The same with a foundation of ours, on which others have put something.
async fn complete(spec: &FoundationSpec, others: Others) -> MockAws {
    let mock = neighbourhood().await;
    apply(&mock, spec).await;
    let both = [Which::Execution, Which::Task];
    let tags =
        [ExternalChanges::TagCluster, ExternalChanges::TagRepository, ExternalChanges::TagLogGroup];
    let mut acts: Vec<ExternalChanges> =
        tags.into_iter().chain(both.map(ExternalChanges::TagRole)).collect();
    // Where the configuration removes what others did, there would be something to do before the start.
    if others == Others::Policies {
        acts.extend(both.map(ExternalChanges::AttachForeign));
        acts.extend(both.map(ExternalChanges::PutForeignInline));
    }
    let (foundation, providers) = (place(spec), mock.providers());
    for act in acts {
        act.act(&foundation, &providers).await;
    }
    mock
}

async fn apply(mock: &MockAws, spec: &FoundationSpec) {
    let stack = place(spec).stack(&mock.providers());
    let options = RunOptions::default();
    let observation = stack.observe(Detail::Attributes, &options).await;
    let plan = stack.plan(&observation.expect("the mock reads"), PRESENT);
    let report = stack.apply(&plan, &options).await.expect("nothing is in the way");
    assert!(report.is_success(), "a start of the simulation cannot be made: {report:#?}");
}

/// Makes a complete foundation somebody else's.
async fn disown(mock: &MockAws) {
    let (foundation, providers) = (place(&plain()), mock.providers());
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

/// Makes what is called like ours, as somebody would by hand: no tags, nothing set.
async fn make_bare(providers: &Providers, foundation: &Foundation) {
    let base = foundation.spec().base_name();
    let (done, valid) = ("there was nothing", "the names are valid");
    let cluster = ClusterSpec {
        name: format!("{base}-cluster").parse().expect(valid),
        container_insights: ContainerInsights::Disabled,
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
