//! Lets the policies of mocked repositories refer to roles in LocalStack.

use async_trait::async_trait;
use infra_core::arn::Arn;
use infra_core::error::{Error, ErrorKind, OrAbsent, Result};
use infra_core::names::{RepositoryName, RoleName};
use infra_core::operation::ecr;
use infra_core::policy::{AwsPrincipal, PolicyDocument, PolicyText, PrincipalKind};
use infra_core::provider::{
    Providers, Repository, RepositoryProvider, RepositorySpec, TagMutability,
};
use infra_core::tags::Tags;

use crate::iam;
use crate::mock::MockAws;

/// The repositories in a mock. The roles named in repository policies are looked up in LocalStack.
#[derive(Debug)]
pub(super) struct RoleAwareRepositories {
    mock: MockAws,
    memory: Providers,
    roles: Providers,
}

impl RoleAwareRepositories {
    pub(super) fn new(mock: MockAws, roles: Providers) -> Self {
        Self { memory: mock.providers(), mock, roles }
    }

    fn memory(&self) -> &dyn RepositoryProvider {
        self.memory.repositories()
    }

    /// Looks up the roles that a policy document names, and updates the mock's records of them.
    /// Ignores the roles of other accounts.
    async fn see(&self, document: &PolicyDocument) -> Result<()> {
        let principals = document.statements().iter().filter_map(|statement| statement.principal());
        let named = principals.flat_map(|element| element.principals().of(PrincipalKind::Aws));
        for name in named.filter_map(|text| self.own_role(text)) {
            let found = self.roles.roles().get_role(&name).await.or_absent()?;
            let found = found.map(|role| (role.arn, role.id));
            let known = iam::kept_elsewhere(&self.mock.world(), self.mock.caller(), name.as_str());
            if known != found.as_ref().map(|(_, id)| id.clone()) {
                let seen = self.mock.with_world(|call| iam::see_role(call, &name, found));
                seen.map_err(|error| {
                    Error::new(ErrorKind::Other, "cannot save the mock's state").with_source(error)
                })?;
            }
        }
        Ok(())
    }

    /// If a principal is a role or a role session in the mock's account, returns the role's name.
    fn own_role(&self, principal: &str) -> Option<RoleName> {
        let (AwsPrincipal::Role(text) | AwsPrincipal::AssumedRole(text)) =
            AwsPrincipal::classify(principal)
        else {
            return None;
        };
        let own = self.mock.caller().location.account_id.as_str();
        if text.split(':').nth(4) != Some(own) {
            return None;
        }
        let mut segments = text.split('/');
        let name = match AwsPrincipal::classify(principal) {
            // arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION
            AwsPrincipal::AssumedRole(_) => segments.nth(1),
            _ => segments.next_back(),
        };
        name?.parse().ok()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl RepositoryProvider for RoleAwareRepositories {
    async fn describe_repository(&self, name: &RepositoryName) -> Result<Repository> {
        self.memory().describe_repository(name).await
    }

    async fn create_repository(&self, spec: &RepositorySpec) -> Result<Repository> {
        self.memory().create_repository(spec).await
    }

    async fn delete_repository(&self, name: &RepositoryName, force: bool) -> Result<()> {
        self.memory().delete_repository(name, force).await
    }

    async fn put_image_tag_mutability(
        &self,
        name: &RepositoryName,
        mutability: &TagMutability,
    ) -> Result<()> {
        self.memory().put_image_tag_mutability(name, mutability).await
    }

    async fn put_image_scanning_configuration(
        &self,
        name: &RepositoryName,
        scan_on_push: bool,
    ) -> Result<()> {
        self.memory().put_image_scanning_configuration(name, scan_on_push).await
    }

    /// Reads the policy, and updates the mock's records of the roles that the policy names. Then
    /// reads the policy again, because it may now contain the IDs of deleted roles instead of ARNs.
    async fn get_repository_policy(&self, name: &RepositoryName) -> Result<PolicyText> {
        let before = self.memory().get_repository_policy(name).await?;
        let Ok(document) = before.document() else { return Ok(before) };
        self.see(document).await.map_err(|e| e.with_operation(ecr::GET_REPOSITORY_POLICY))?;
        self.memory().get_repository_policy(name).await
    }

    async fn set_repository_policy(
        &self,
        name: &RepositoryName,
        policy: &PolicyDocument,
    ) -> Result<()> {
        self.see(policy).await.map_err(|e| e.with_operation(ecr::SET_REPOSITORY_POLICY))?;
        self.memory().set_repository_policy(name, policy).await
    }

    async fn delete_repository_policy(&self, name: &RepositoryName) -> Result<()> {
        self.memory().delete_repository_policy(name).await
    }

    async fn get_lifecycle_policy(&self, name: &RepositoryName) -> Result<String> {
        self.memory().get_lifecycle_policy(name).await
    }

    async fn put_lifecycle_policy(&self, name: &RepositoryName, text: &str) -> Result<()> {
        self.memory().put_lifecycle_policy(name, text).await
    }

    async fn delete_lifecycle_policy(&self, name: &RepositoryName) -> Result<()> {
        self.memory().delete_lifecycle_policy(name).await
    }

    async fn count_images(&self, name: &RepositoryName) -> Result<u64> {
        self.memory().count_images(name).await
    }

    async fn list_repository_tags(&self, arn: &Arn) -> Result<Tags> {
        self.memory().list_repository_tags(arn).await
    }

    async fn tag_repository(&self, arn: &Arn, tags: &Tags) -> Result<()> {
        self.memory().tag_repository(arn, tags).await
    }

    async fn untag_repository(&self, arn: &Arn, keys: &[String]) -> Result<()> {
        self.memory().untag_repository(arn, keys).await
    }
}
