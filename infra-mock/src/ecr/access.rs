//! The permissions that each ECR operation requires.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html>

use infra_core::arn::{Arn, Location};

use crate::access::{Need, RefusalForm, needs, needs_on, needs_on_all};
use crate::api::{Call, Caller};
#[allow(clippy::wildcard_imports, reason = "the tables name most requests of the service")]
use crate::ecr::model::*;
use crate::mock::DEFAULT_USER_ID;
use crate::shapes::View;

needs_on! {
    repository(repository_name):
        BatchCheckLayerAvailabilityRequest, BatchDeleteImageRequest, BatchGetImageRequest,
        CompleteLayerUploadRequest, DeleteLifecyclePolicyRequest, DeleteRepositoryPolicyRequest,
        DescribeImageScanFindingsRequest, DescribeImagesRequest, GetDownloadUrlForLayerRequest,
        GetLifecyclePolicyPreviewRequest, GetLifecyclePolicyRequest, GetRepositoryPolicyRequest,
        InitiateLayerUploadRequest, ListImagesRequest, PutImageRequest,
        PutImageScanningConfigurationRequest, PutImageTagMutabilityRequest,
        PutLifecyclePolicyRequest, SetRepositoryPolicyRequest, StartImageScanRequest,
        StartLifecyclePolicyPreviewRequest, UploadLayerPartRequest;
    resource(resource_arn): ListTagsForResourceRequest;
}

needs_on_all! {
    CreatePullThroughCacheRuleRequest, DeletePullThroughCacheRuleRequest,
    DeleteRegistryPolicyRequest, DeleteRepositoryCreationTemplateRequest,
    DeleteSigningConfigurationRequest, DeregisterPullTimeUpdateExclusionRequest,
    DescribePullThroughCacheRulesRequest, DescribeRegistryRequest,
    DescribeRepositoryCreationTemplatesRequest, GetAccountSettingRequest,
    GetAuthorizationTokenRequest, GetRegistryPolicyRequest, GetRegistryScanningConfigurationRequest,
    GetSigningConfigurationRequest, ListPullTimeUpdateExclusionsRequest, PutAccountSettingRequest,
    PutRegistryPolicyRequest, PutRegistryScanningConfigurationRequest,
    PutReplicationConfigurationRequest, PutSigningConfigurationRequest,
    RegisterPullTimeUpdateExclusionRequest, UpdatePullThroughCacheRuleRequest,
    ValidatePullThroughCacheRuleRequest;
}

needs! {
    // "The IAM principal invoking this operation must have the ecr:BatchGetImage permission":
    // https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html
    ListImageReferrersRequest => |request, call| {
        vec![repository(call, "ecr:BatchGetImage", request.repository_name.as_deref())]
    };
    BatchGetRepositoryScanningConfigurationRequest => |request, call| {
        let action = "ecr:BatchGetRepositoryScanningConfiguration";
        let names = request.repository_names.iter().flatten();
        names.map(|name| repository(call, action, Some(name))).collect()
    };
    CreateRepositoryCreationTemplateRequest => |request, _| {
        template("ecr:CreateRepositoryCreationTemplate", request.custom_role_arn.as_deref())
    };
    UpdateRepositoryCreationTemplateRequest => |request, _| {
        template("ecr:UpdateRepositoryCreationTemplate", request.custom_role_arn.as_deref())
    };
    CreateRepositoryRequest => |request, call| create(request, call);
    DeleteRepositoryRequest => |request, call| {
        let name = request.repository_name.as_deref();
        let stored = call.ecr_seen().zip(name).and_then(|(ecr, name)| ecr.repositories.get(name));
        let grant = stored.and_then(|stored| key(call, "kms:RetireGrant", &stored.encryption));
        std::iter::once(repository(call, "ecr:DeleteRepository", name)).chain(grant).collect()
    };
    DescribeRepositoriesRequest => |request, call| match &request.repository_names {
        None => vec![repository(call, "ecr:DescribeRepositories", Some("*"))],
        Some(names) => names
            .iter()
            .map(|name| repository(call, "ecr:DescribeRepositories", Some(name)))
            .collect(),
    };
    TagResourceRequest => |request, call| {
        let need = resource(call, "ecr:TagResource", request.resource_arn.as_deref());
        vec![need.with_request_tags(pairs(request.tags.as_deref()))]
    };
    UntagResourceRequest => |request, call| {
        let need = resource(call, "ecr:UntagResource", request.resource_arn.as_deref());
        vec![need.with_all("aws:TagKeys", request.tag_keys.clone().unwrap_or_default())]
    };
}

/// Returns the permissions for creating or changing a template. A template with a role requires
/// permission to pass the role:
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-iam.html>.
fn template(action: &str, role: Option<&str>) -> Vec<Need> {
    let role = role.map(|role| Need::new("iam:PassRole", role));
    std::iter::once(Need::new(action, "*")).chain(role).collect()
}

/// Returns the permissions for creating a repository. Tags require a separate permission:
/// <https://github.com/estahn/k8s-image-swapper/issues/416>. A customer managed key also requires
/// permissions, because ECR calls KMS on the caller's behalf to describe the key and create grants:
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html>.
fn create(request: &CreateRepositoryRequest, call: &Call<'_>) -> Vec<Need> {
    let need = repository(call, "ecr:CreateRepository", request.repository_name.as_deref());
    let tags = || pairs(request.tags.as_deref());
    let tag = Need::new("ecr:TagResource", &need.resource).with_request_tags(tags());
    let mut needs = vec![need.with_request_tags(tags())];
    needs.extend(tags().next().is_some().then_some(tag));
    if let Some(encryption) = &request.encryption_configuration {
        let actions = ["kms:DescribeKey", "kms:CreateGrant"];
        needs.extend(actions.iter().filter_map(|action| key(call, action, encryption)));
    }
    needs
}

/// Returns the permission for a KMS action, if the repository has a customer managed key. The AWS
/// managed key requires no permission, because its key policy allows everyone in the account.
fn key(call: &Call<'_>, action: &str, encryption: &EncryptionConfiguration) -> Option<Need> {
    let key = encryption.kms_key.as_deref()?;
    let managed = call.ecr_seen().and_then(|ecr| ecr.managed_key.as_deref());
    if managed.is_some_and(|id| key.ends_with(&format!(":key/{id}"))) {
        return None;
    }
    let arn = if key.starts_with("arn:") {
        key.to_owned()
    } else {
        call.arn(
            "kms",
            if key.starts_with("alias/") { key.to_owned() } else { format!("key/{key}") },
        )
        .to_string()
    };
    let location = call.location();
    let via = format!("ecr.{}.{}", location.region, location.partition.dns_suffix());
    let need = Need::new(action, arn)
        .with("kms:ViaService", Some(via))
        .with("kms:CallerAccount", Some(location.account_id.to_string()));
    Some(need.refused_as(RefusalForm::KeyOfRepository))
}

/// Returns the caller, located in the registry that the request names. Returns `None` if the request
/// names no valid registry, or names the one in which the call is already located.
pub(crate) fn located(caller: &Caller, request: &View<'_>) -> Option<Caller> {
    let text = |name| match request.member(name) {
        Some(View::Text(text)) => Some(&**text),
        _ => None,
    };
    let of_arn = || {
        let arn: Arn = text("resourceArn")?.parse().ok()?;
        let is_here = arn.service == "ecr" && arn.region == caller.location.region.as_str();
        is_here.then_some(arn.account_id)
    };
    let id = text("registryId").map(str::to_owned).or_else(of_arn)?;
    let account_id = id.parse().ok().filter(|id| *id != caller.location.account_id)?;
    let location = Location { account_id, ..caller.location.clone() };
    // The default user has the same ID in every account, so other accounts know it by its ARN.
    let is_default = caller.user_id == DEFAULT_USER_ID;
    let user_id = if is_default { &caller.arn } else { &caller.user_id }.clone();
    Some(Caller { location, user_id, ..caller.clone() })
}

fn repository(call: &Call<'_>, action: &str, name: Option<&str>) -> Need {
    let name = name.unwrap_or_default();
    resource(call, action, Some(&call.arn("ecr", format!("repository/{name}")).to_string()))
}

/// Returns the permission for an action on a resource. For a repository, the repository's tags are
/// added to the context, and the repository policy is evaluated.
fn resource(call: &Call<'_>, action: &str, arn: Option<&str>) -> Need {
    let arn = arn.unwrap_or("*");
    let name = arn.split_once(":repository/").map(|(_, name)| name);
    let stored = name.and_then(|name| call.ecr_seen()?.repositories.get(name));
    let tags = stored.into_iter().flat_map(|stored| &stored.tags);
    let policy = name.and_then(|name| call.ecr_seen()?.repository_policy(name));
    Need::new(action, arn)
        .with_resource_tags(tags.map(|(key, value)| (key.as_str(), value.as_str())))
        .with_policy(policy)
}

fn pairs(tags: Option<&[Tag]>) -> impl Iterator<Item = (&str, &str)> {
    tags.unwrap_or_default().iter().map(|Tag { key, value }| {
        (key.as_deref().unwrap_or_default(), value.as_deref().unwrap_or_default())
    })
}
