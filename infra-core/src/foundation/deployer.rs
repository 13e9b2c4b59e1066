//! The deployer: the role for a pipeline that pushes images and deploys to the cluster. GitHub
//! Actions workflows assume the role with tokens from GitHub's identity provider, so no access keys
//! need to be stored.

use serde::Serialize;

use crate::arn::{Arn, Location};
use crate::policy::{PolicyDocument, PrincipalSet, Statement};
use crate::provider::OpenIdConnectProvider;
use crate::resource::Prerequisite;
use crate::values::{GitHubEnvironment, GitHubRef, GitHubRepository};

use super::DesiredRole;
use super::RoleSettings;

/// The issuer of GitHub Actions tokens:
/// <https://docs.github.com/en/actions/reference/security/oidc#standard-audience-issuer-and-subject-claims>.
const ISSUER: &str = "token.actions.githubusercontent.com";

/// The audience of tokens that are exchanged for AWS credentials. The GitHub action
/// `configure-aws-credentials` requests this audience by default:
/// <https://github.com/aws-actions/configure-aws-credentials>.
const AUDIENCE: &str = "sts.amazonaws.com";

/// The settings of the deployer's role.
///
/// ```
/// use infra_core::foundation::{DeployerSettings, FoundationSpec};
///
/// # fn main() -> Result<(), infra_core::names::InvalidValue> {
/// let mut spec = FoundationSpec::new("shop".parse()?, "dev".parse()?);
/// let mut deployer = DeployerSettings::default();
/// deployer.trust.repositories = vec!["octo-org/octo-repo".parse()?];
/// deployer.trust.branches = vec!["main".parse()?];
/// spec.deployer = Some(deployer);
/// assert_eq!(spec.validate(), []);
/// # Ok(())
/// # }
/// ```
pub type DeployerSettings = RoleSettings<GitHubTrust>;

/// The GitHub Actions workflows that can assume a role. A workflow must belong to one of the
/// repositories, and must run on one of the branches, on one of the tags, or in one of the
/// environments.
///
/// There must be at least one repository, and at least one branch, tag or environment. A job
/// triggered by a pull request can assume the role only if the job references one of these
/// environments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GitHubTrust {
    /// The repositories.
    pub repositories: Vec<GitHubRepository>,
    /// The branches on which jobs without an environment can assume the role.
    pub branches: Vec<GitHubRef>,
    /// The tags on which jobs without an environment can assume the role.
    pub tags: Vec<GitHubRef>,
    /// The environments.
    pub environments: Vec<GitHubEnvironment>,
}

impl GitHubTrust {
    /// Returns the patterns for accepted subjects. A subject is the `sub` claim of a token. The
    /// patterns can contain wildcards.
    ///
    /// <https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims>
    pub fn subjects(&self) -> Vec<String> {
        let Self { repositories, branches, tags, environments } = self;
        let branches = branches.iter().map(|branch| format!("ref:refs/heads/{branch}"));
        let tags = tags.iter().map(|tag| format!("ref:refs/tags/{tag}"));
        // In a subject, GitHub encodes the colons in an environment's name:
        // https://docs.github.com/en/actions/reference/security/oidc#filtering-for-metadata-containing-
        let environments = environments
            .iter()
            .map(|name| format!("environment:{}", name.as_str().replace(':', "%3A")));
        let contexts: Vec<String> = branches.chain(tags).chain(environments).collect();
        let of =
            |repository| contexts.iter().map(move |context| format!("repo:{repository}:{context}"));
        repositories.iter().flat_map(of).collect()
    }

    /// Returns the trust policy. For this issuer, IAM requires a condition on the subject:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html>.
    pub(super) fn policy(&self, identity_provider: &Arn) -> PolicyDocument {
        let subjects = self.subjects();
        let has_wildcards = subjects.iter().any(|subject| subject.contains(['*', '?']));
        let operator = if has_wildcards { "StringLike" } else { "StringEquals" };
        let assume = Statement::allow(["sts:AssumeRoleWithWebIdentity"])
            .with_principal(PrincipalSet::federated([identity_provider.to_string()]))
            .with_condition("StringEquals", format!("{ISSUER}:aud"), [AUDIENCE])
            .with_condition(operator, format!("{ISSUER}:sub"), subjects);
        PolicyDocument::new([assume])
    }
}

/// The desired state of the deployer.
#[derive(Clone, Debug)]
pub struct DesiredDeployer {
    /// Its role.
    pub role: DesiredRole,
    /// The ARN of GitHub's identity provider, which the role trusts. An account has at most one
    /// such provider, and the foundation does not manage it.
    pub identity_provider: Arn,
}

/// Returns the prefix of the default names of the role and its inline policy.
pub(super) fn base_name(base: &str) -> String {
    format!("{base}-ecs-deployer")
}

/// Returns the ARN of GitHub's identity provider in an account.
pub(super) fn identity_provider(location: &Location) -> Arn {
    location.global_arn("iam", format!("oidc-provider/{ISSUER}"))
}

/// Checks that the account has the identity provider that workflows need, with the right audience.
///
/// <https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws>
pub(super) fn prerequisites(arn: &Arn, found: Option<OpenIdConnectProvider>) -> Vec<Prerequisite> {
    const PROVIDER: &str = "Identity provider";
    const CLIENTS: &str = "Audience of the identity provider";
    let Some(OpenIdConnectProvider { url: _, client_ids }) = found else {
        let notice = format!(
            "no workflow can assume the role yet, because the account has no identity provider for {ISSUER}; create it \
             with `aws iam create-open-id-connect-provider --url https://{ISSUER} --client-id-list {AUDIENCE}`"
        );
        return vec![Prerequisite::missing(PROVIDER, ISSUER, "absent", notice)];
    };
    let audience = if client_ids.iter().any(|id| id == AUDIENCE) {
        Prerequisite::met(CLIENTS, AUDIENCE)
    } else {
        let notice = format!(
            "no workflow can assume the role yet, because the account's identity provider for {ISSUER} does not accept \
             the audience {AUDIENCE}; add it with `aws iam add-client-id-to-open-id-connect-provider \
             --open-id-connect-provider-arn {arn} --client-id {AUDIENCE}`"
        );
        let found = if client_ids.is_empty() { "none".to_owned() } else { client_ids.join(", ") };
        Prerequisite::missing(CLIENTS, AUDIENCE, found, notice)
    };
    vec![Prerequisite::met(PROVIDER, ISSUER), audience]
}

#[cfg(test)]
mod tests {
    use super::{
        DeployerSettings, GitHubTrust, OpenIdConnectProvider, Prerequisite, prerequisites,
    };
    use crate::arn::Location;
    use crate::foundation::{Foundation, FoundationSpec, Outputs, Purpose, Resolved, address};
    use crate::policy::Statement;
    use crate::provider::{Providers, Unsupported};

    fn location(region: &str) -> Location {
        Location::new("123456789012".parse().unwrap(), region.parse().unwrap()).unwrap()
    }

    fn trust() -> GitHubTrust {
        GitHubTrust {
            repositories: vec!["octo-org/octo-repo".parse().unwrap()],
            branches: vec!["main".parse().unwrap()],
            ..GitHubTrust::default()
        }
    }

    fn spec(change: impl FnOnce(&mut DeployerSettings)) -> FoundationSpec {
        let mut spec = FoundationSpec::new("shop".parse().unwrap(), "dev".parse().unwrap());
        let mut settings = DeployerSettings { trust: trust(), ..DeployerSettings::default() };
        change(&mut settings);
        spec.deployer = Some(settings);
        spec
    }

    fn resolved(spec: FoundationSpec, region: &str) -> Resolved {
        Foundation::new(spec, location(region)).unwrap().resolved().clone()
    }

    fn paths(spec: &FoundationSpec) -> Vec<String> {
        spec.validate().into_iter().map(|error| error.path).collect()
    }

    #[test]
    fn names_addresses_and_the_output_follow_those_of_the_other_roles() {
        let foundation = Foundation::new(spec(|_| ()), location("us-east-1")).unwrap();
        let role = &foundation.resolved().deployer.as_ref().unwrap().role;
        assert_eq!(role.spec.name.as_str(), "shop-dev-ecs-deployer-role");
        assert_eq!(role.inline_name.as_str(), "shop-dev-ecs-deployer-policy");
        assert_eq!(role.spec.tags.name(), Some("shop-dev-ecs-deployer-role"));
        assert_eq!(role.address, address::deployer_role());
        assert_eq!(role.inline_address, address::deployer_role_policy());
        assert_eq!(role.setting, "deployer");
        let outputs = foundation.outputs();
        let names: Vec<_> = outputs.iter().map(|(name, _)| name).collect();
        assert_eq!(names[..8], Outputs::NAMES);
        assert_eq!(names[8..], ["deployer_role_arn"]);
        assert_eq!(names, Outputs::names(foundation.spec()));
        let arn = "arn:aws:iam::123456789012:role/shop-dev-ecs-deployer-role";
        assert_eq!(outputs.get("deployer_role_arn"), Some(arn));
        assert_eq!(outputs.address("deployer_role_arn"), Some(&address::deployer_role()));

        let mut regional = spec(|settings| settings.path = "/ci/".parse().unwrap());
        regional.role_names_include_region = true;
        let role = resolved(regional, "eu-west-1").deployer.unwrap().role;
        assert_eq!(role.spec.name.as_str(), "shop-dev-ecs-deployer-role-eu-west-1");
        assert_eq!(role.inline_name.as_str(), "shop-dev-ecs-deployer-policy-eu-west-1");
        let arn = "arn:aws:iam::123456789012:role/ci/shop-dev-ecs-deployer-role-eu-west-1";
        assert_eq!(role.arn.to_string(), arn);
    }

    #[test]
    fn the_default_foundation_has_no_deployer() {
        let mut spec = spec(|_| ());
        spec.deployer = None;
        let all = resolved(spec, "us-east-1");
        assert!(all.deployer.is_none());
        assert_eq!(all.roles().count(), 2);
    }

    #[test]
    fn subjects_combine_every_repository_with_every_context() {
        let mut trust = trust();
        trust.repositories.push("a@1/b@2".parse().unwrap());
        trust.tags.push("v*".parse().unwrap());
        trust.environments.push("EU:prod".parse().unwrap());
        assert_eq!(
            trust.subjects(),
            [
                "repo:octo-org/octo-repo:ref:refs/heads/main",
                "repo:octo-org/octo-repo:ref:refs/tags/v*",
                "repo:octo-org/octo-repo:environment:EU%3Aprod",
                "repo:a@1/b@2:ref:refs/heads/main",
                "repo:a@1/b@2:ref:refs/tags/v*",
                "repo:a@1/b@2:environment:EU%3Aprod",
            ]
        );
    }

    #[test]
    fn the_trust_policy_limits_audience_and_subject_in_every_partition() {
        for (region, partition) in [("us-east-1", "aws"), ("cn-north-1", "aws-cn")] {
            let role = resolved(spec(|_| ()), region).deployer.unwrap().role;
            let issuer = "token.actions.githubusercontent.com";
            let provider = format!("arn:{partition}:iam::123456789012:oidc-provider/{issuer}");
            let expected = serde_json::json!({
                "Effect": "Allow",
                "Principal": { "Federated": provider },
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": { "StringEquals": {
                    format!("{issuer}:aud"): "sts.amazonaws.com",
                    format!("{issuer}:sub"): "repo:octo-org/octo-repo:ref:refs/heads/main",
                } },
            });
            let found: serde_json::Value =
                serde_json::from_str(&role.spec.trust.to_json()).unwrap();
            assert_eq!(found["Statement"][0], expected);
        }
        let wild = spec(|settings| settings.trust.branches = vec!["release/*".parse().unwrap()]);
        let trust = resolved(wild, "us-east-1").deployer.unwrap().role.spec.trust;
        let conditions = trust.statements()[0].condition();
        let shown: Vec<_> = conditions.iter().map(|(operator, key, _)| (operator, key)).collect();
        assert_eq!(
            shown,
            [
                ("StringEquals", "token.actions.githubusercontent.com:aud"),
                ("StringLike", "token.actions.githubusercontent.com:sub"),
            ]
        );
    }

    #[test]
    fn the_permissions_are_those_of_push_and_deploy_and_further_statements() {
        let more = Statement::allow(["ecs:DescribeTaskDefinition"]).with_resources(["*"]);
        let with_more = spec(|settings| settings.statements.push(more.clone()));
        let foundation = Foundation::new(with_more, location("us-east-1")).unwrap();
        let statements = |purpose| foundation.operator_policy(purpose).document();
        let (push, deploy) = (statements(Purpose::Push), statements(Purpose::Deploy));
        let expected = [push.statements(), deploy.statements(), &[more]].concat();
        let role = &foundation.resolved().deployer.as_ref().unwrap().role;
        assert_eq!(role.inline.as_ref().unwrap().statements(), expected);
        // The deployer's policy does not allow the deployer to pass its own role.
        assert!(!role.inline.as_ref().unwrap().to_json().contains("deployer"));
    }

    #[test]
    fn a_trust_without_subjects_is_refused() {
        let empty = |change: fn(&mut GitHubTrust)| paths(&spec(|it| change(&mut it.trust)));
        assert_eq!(paths(&spec(|_| ())), [""; 0]);
        assert_eq!(empty(|it| it.repositories.clear()), ["deployer.github.repositories"]);
        assert_eq!(empty(|it| it.branches.clear()), ["deployer.github.branches"]);
        let by_environment = empty(|it| {
            it.branches.clear();
            it.environments = vec!["production".parse().unwrap()];
        });
        assert_eq!(by_environment, [""; 0]);
        let too_long = empty(|it| {
            it.tags = (0..100).map(|tag| format!("v{tag}").parse().unwrap()).collect();
        });
        assert_eq!(too_long, ["deployer.github"]);
    }

    #[test]
    fn rules_of_roles_hold_for_the_deployer() {
        let taken = spec(|settings| settings.name = "SHOP-dev-ecs-task-role".parse().ok());
        assert_eq!(paths(&taken), ["deployer.name"]);
        let sid = Statement::allow(["s3:*"]).with_resources(["*"]).with_sid("Images");
        let repeated = spec(|settings| settings.statements.push(sid));
        assert_eq!(paths(&repeated), ["deployer.statements"]);
        let boundary = "arn:aws-cn:iam::123456789012:policy/x".parse().ok();
        let foreign = spec(|settings| settings.permissions_boundary = boundary);
        let errors = Foundation::new(foreign, location("us-east-1")).unwrap_err();
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["deployer.permissions_boundary"]);
    }

    #[test]
    fn a_missing_provider_or_audience_has_a_notice() {
        let arn = super::identity_provider(&location("us-east-1"));
        let found = |clients: &[&str]| {
            let client_ids = clients.iter().map(|&id| id.to_owned()).collect();
            Some(OpenIdConnectProvider { url: super::ISSUER.to_owned(), client_ids })
        };
        let missing = |found| prerequisites(&arn, found);
        assert_eq!(missing(None).len(), 1);
        let met = [
            Prerequisite::met("Identity provider", super::ISSUER),
            Prerequisite::met("Audience of the identity provider", super::AUDIENCE),
        ];
        assert_eq!(missing(found(&["x", super::AUDIENCE])), met);
        for clients in [&[][..], &["x"]] {
            let all = missing(found(clients));
            assert_eq!((all.len(), &all[0]), (2, &met[0]));
            assert_ne!(all[1], met[1]);
        }
    }

    #[test]
    fn the_stack_has_the_role_and_its_policy_last() {
        let foundation = Foundation::new(spec(|_| ()), location("us-east-1")).unwrap();
        let providers: Providers =
            Unsupported::providers("us-east-1".parse().unwrap(), "nothing is called");
        let stack = foundation.stack(&providers);
        let addresses: Vec<_> = stack.declarations().into_iter().map(|it| it.address).collect();
        assert_eq!(addresses[9..], [address::deployer_role(), address::deployer_role_policy()]);
    }
}
