//! Image names, and how Fargate pulls images.

use infra_core::arn::Location;

use super::role::Session;
use crate::access::Need;
use crate::api::Call;
use crate::ids::sha256;

/// An image in an Amazon ECR repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EcrImage {
    host: String,
    account: String,
    region: String,
    repository: String,
    /// The digest in the image name, or the tag if there is no digest. The default tag is `latest`.
    reference: String,
    is_digest: bool,
}

impl EcrImage {
    /// Parses an image name. Returns `None` if the image is not in Amazon ECR.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html>
    pub(super) fn read(text: &str) -> Option<Self> {
        let (host, rest) = text.split_once('/')?;
        let mut labels = host.split('.');
        let account = labels
            .next()
            .filter(|label| label.len() == 12 && label.bytes().all(|byte| byte.is_ascii_digit()))?;
        if labels.next() != Some("dkr") || !matches!(labels.next(), Some("ecr" | "ecr-fips")) {
            return None;
        }
        let region = labels.next()?;
        let (name, digest) = match rest.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (rest, None),
        };
        let (repository, tag) = name.split_once(':').unwrap_or((name, "latest"));
        Some(Self {
            host: host.to_owned(),
            account: account.to_owned(),
            region: region.to_owned(),
            repository: repository.to_owned(),
            reference: digest.unwrap_or(tag).to_owned(),
            is_digest: digest.is_some(),
        })
    }

    /// Returns the image's name in the form that the container runtime uses.
    fn full_name(&self) -> String {
        let Self { host, repository, reference, is_digest, .. } = self;
        let separator = if *is_digest { '@' } else { ':' };
        format!("{host}/{repository}{separator}{reference}")
    }

    /// Pulls the image and returns its digest.
    ///
    /// # Errors
    /// Returns the stop reason that Fargate reports if the image cannot be pulled.
    pub(super) fn pull(
        &self,
        call: &Call<'_>,
        session: Option<&Session>,
    ) -> Result<String, String> {
        let (account_id, region) = (self.account.parse(), self.region.parse());
        let (Ok(account_id), Ok(region)) = (account_id, region) else {
            return Err(self.not_found());
        };
        let partition = call.location().partition;
        let location = Location { partition, account_id, region };
        // Without an execution role, AWS uses the container instance's role. The mock does not
        // model that role, so it checks no permissions in this case.
        for action in ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] {
            if session.is_some_and(|session| !self.may(call, session, &location, action)) {
                return Err(self.forbidden());
            }
        }
        let registry = call.world.ecr_of(&location);
        let digest = registry.and_then(|ecr| ecr.image_digest(&self.repository, &self.reference));
        digest.map(str::to_owned).ok_or_else(|| self.not_found())
    }

    /// Returns whether the session is allowed to perform an action on the repository. The session
    /// calls from the registry's location, so the rules for other accounts apply.
    fn may(&self, call: &Call<'_>, session: &Session, location: &Location, action: &str) -> bool {
        let registry = call.world.ecr_of(location);
        let arn = location.arn("ecr", format!("repository/{}", self.repository)).to_string();
        let tags = registry.into_iter().flat_map(|ecr| ecr.repository_tags(&self.repository));
        let policy = registry.and_then(|ecr| ecr.repository_policy(&self.repository));
        let need = Need::new(action, arn).with_resource_tags(tags).with_policy(policy);
        let caller = session.caller_in(location.clone());
        caller.permissions.allow(&need, &caller)
    }

    /// Returns the stop reason for a missing permission.
    /// <https://github.com/aws/aws-cdk/issues/29876> shows the message for `ecr:BatchGetImage`.
    /// AWS's message for `ecr:GetDownloadUrlForLayer` is not publicly documented.
    fn forbidden(&self) -> String {
        let Self { host, reference, .. } = self;
        let name = self.full_name();
        format!(
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {name}: \
             pulling from host {host} failed with status code [manifests {reference}]: 403 Forbidden"
        )
    }

    /// Returns the stop reason for an image that does not exist. Public task logs show this message
    /// for a missing tag. AWS's message for a missing repository is not publicly documented. The
    /// mock uses this message for a missing repository too, because a registry returns status 404
    /// in both cases.
    fn not_found(&self) -> String {
        let name = self.full_name();
        format!(
            "CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to resolve ref {name}: \
             {name}: not found"
        )
    }
}

/// Computes a digest from the name of an image that is not in Amazon ECR. The mock assumes that the
/// image exists.
pub(super) fn digest_elsewhere(name: &str) -> String {
    format!("sha256:{}", sha256(name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::EcrImage;

    #[test]
    fn names_of_ecr_are_read_with_tag_digest_or_neither() {
        let host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        let image = |rest: &str| EcrImage::read(&format!("{host}/{rest}")).unwrap();
        let tagged = image("team/app:1");
        assert_eq!((tagged.repository.as_str(), tagged.reference.as_str()), ("team/app", "1"));
        assert_eq!(
            (tagged.account.as_str(), tagged.region.as_str()),
            ("123456789012", "eu-west-1")
        );
        assert_eq!(image("app").full_name(), format!("{host}/app:latest"));
        let digest = image("app:1@sha256:00");
        assert_eq!((digest.reference.as_str(), digest.repository.as_str()), ("sha256:00", "app"));
        assert_eq!(digest.full_name(), format!("{host}/app@sha256:00"));
        for other in ["nginx", "public.ecr.aws/nginx/nginx:1", "ghcr.io/team/app"] {
            assert_eq!(EcrImage::read(other), None, "{other}");
        }
    }
}
