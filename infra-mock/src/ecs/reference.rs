//! Parses the request members and ARNs that identify clusters and other resources.

use infra_core::arn::Location;

use super::errors;
use crate::api::{ApiError, ApiResult};

const NAME_PATTERN: &str = r"^[a-zA-Z0-9\-_]{1,255}$";

/// A cluster in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    /// A cluster in the account and region of the call, by name.
    Here(String),
    /// A cluster in another account or region, by ARN.
    OtherLocation(String),
}

impl Reference {
    /// Reads the `what` member. If the member is missing, the cluster is `default`.
    pub(super) fn read(location: &Location, what: &str, value: Option<&str>) -> ApiResult<Self> {
        let Some(value) = value else { return Ok(Self::Here("default".to_owned())) };
        if value.trim().is_empty() {
            return Err(errors::blank(what));
        }
        if !value.starts_with("arn:") {
            check_name("Cluster", value)?;
            return Ok(Self::Here(value.to_owned()));
        }
        let resource = ResourceArn::read(value)?;
        if resource.kind != "cluster" {
            // https://github.com/aws/aws-cli/issues/7875 shows this message for a cluster in place of a task.
            return Err(errors::invalid(format!("Unsupported resource type: {}", resource.kind)));
        }
        if !resource.is_in(location) {
            return Ok(Self::OtherLocation(value.to_owned()));
        }
        check_name("Cluster", resource.name)?;
        Ok(Self::Here(resource.name.to_owned()))
    }

    /// Returns the cluster's name. A cluster in another account or region is treated as
    /// nonexistent.
    pub(super) fn name(self) -> ApiResult<String> {
        match self {
            Self::Here(name) => Ok(name),
            Self::OtherLocation(_) => Err(errors::cluster_not_found()),
        }
    }

    /// Returns the name of the cluster that a required member identifies.
    pub(super) fn required(location: &Location, value: Option<&str>) -> ApiResult<String> {
        let value = value.ok_or_else(|| errors::blank("Cluster"))?;
        Self::read(location, "Cluster", Some(value))?.name()
    }

    /// Returns the name of the cluster that an optional member identifies.
    ///
    /// An empty string counts as missing, because Terraform's AWS provider sends `"cluster": ""` in `DescribeServices`
    /// for a service without a `cluster` argument:
    /// <https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ecs/service.go>. AWS does not
    /// document this case; the mock applies the rule to every operation with an optional cluster.
    pub(super) fn optional(location: &Location, value: Option<&str>) -> ApiResult<String> {
        Self::read(location, "Cluster", value.filter(|value| !value.is_empty()))?.name()
    }
}

/// The ARN of an ECS resource, split into its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ResourceArn<'a> {
    partition: &'a str,
    region: &'a str,
    account: &'a str,
    /// The kind of resource, such as `cluster`.
    pub(super) kind: &'a str,
    /// The rest of the ARN, after the kind and the slash.
    pub(super) name: &'a str,
}

impl<'a> ResourceArn<'a> {
    pub(super) fn read(text: &'a str) -> ApiResult<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let &["arn", partition, service, region, account, resource] = parts.as_slice() else {
            return Err(no_arn(text));
        };
        if service != "ecs" {
            // The message is the title of https://github.com/boto/boto3/issues/2774, where the ARN of an ECR repository
            // was sent to ECS.
            return Err(errors::invalid("The ARN provided is invalid"));
        }
        let separators = errors::invalid("Invalid identifier: Unexpected number of separators");
        let Some((kind, name)) = resource.split_once('/') else { return Err(separators) };
        if kind == "cluster" && name.contains([':', '/']) {
            // https://github.com/pulumi/pulumi-awsx/issues/406
            return Err(separators);
        }
        Ok(Self { partition, region, account, kind, name })
    }

    /// Returns whether the resource belongs to the account and region.
    pub(super) fn is_in(&self, location: &Location) -> bool {
        self.partition == location.partition.id()
            && self.region == location.region.as_str()
            && self.account == location.account_id.as_str()
    }
}

/// Returns the error for a string that is not an ARN. ECS's message contains the exception from its
/// ARN library: <https://github.com/mondoohq/mql/pull/6370>.
fn no_arn(text: &str) -> ApiError {
    errors::client(format!(
        "com.amazon.arn.ARNSyntaxException: Fifth colon (namespace/relative-id delimiter) not found: \
         {text}"
    ))
}

/// Checks a cluster's name: up to 255 letters, digits, hyphens and underscores.
pub(super) fn check_name(what: &str, name: &str) -> ApiResult<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.len() <= 255 && !name.is_empty() && name.chars().all(allowed) {
        Ok(())
    } else {
        Err(errors::no_match(what, NAME_PATTERN, name))
    }
}

/// Returns the ID or name of a resource on this cluster. `text` is the ID, the name or the ARN from
/// the request. The ARN of a task, for example, ends with `task/CLUSTER/ID`, or with `task/ID` in
/// the old format.
pub(super) fn id_on(location: &Location, kind: &str, cluster: &str, text: &str) -> Option<String> {
    if !text.starts_with("arn:") {
        return Some(text.to_owned());
    }
    let arn = ResourceArn::read(text).ok().filter(|arn| arn.kind == kind && arn.is_in(location))?;
    match arn.name.split_once('/') {
        None => Some(arn.name.to_owned()),
        Some((of, name)) => (of == cluster).then(|| name.to_owned()),
    }
}
