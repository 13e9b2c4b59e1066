"""Checks that the mock covers the models: every member of every request, and every error of every operation."""

import botocore.session

from clients import Boto, Refused

SESSION = botocore.session.get_session()

# Errors that do not depend on the state but on the call itself; they are injected.
INJECTED = {
    # Failures of the service itself.
    "ServerException",
    "ServiceFailure",
    "ServiceUnavailableException",
    # A concurrent change of the same role; the mock processes one call at a time.
    "ConcurrentModification",
    # Permissions, which the mock does not check for these callers.
    "AccessDeniedException",
    "UnrecognizedClientException",
    # Too many calls.
    "ThrottlingException",
}

NO_KMS = "the mock has no KMS and assumes that every key exists and can be used"
NO_CLOUD_MAP = "the mock has no Cloud Map and assumes that every namespace exists"
NO_CLIENT = "AWS returns it for missing permissions or an invalid ARN; the operation has no ARN"
NO_QUOTA = "reading, deleting and renaming cannot exceed a quota"
NO_CALLS = "it takes hundreds of calls, too many for this script"
NOT_BUSY = "the mock processes one call at a time"
NO_PULL_THROUGH = "the mock pulls nothing from upstream registries"
NO_SECRETS = "the mock has no Secrets Manager and assumes that every secret exists and can be used"
NO_MEMBERS = "the request has no members"
ONE_AT_A_TIME = "the mock processes one call at a time, and only log groups lag"
NO_CONFLICT = "reads do not conflict with changes here"
NO_PLATFORM = "the mock has one platform version, which every region and every task definition supports"
NO_MANAGED_INSTANCES = "the mock does not implement capacity providers for Managed Instances"
NO_CLIENT_NAME = "an invalid name or ARN is reported as a failure in the answer"
NO_SUPPORT = "AWS returns NoSuchEntity: test_iam.snapshot.json, see service_credential.rs in infra-mock"
INVALID_MEMBER = "an invalid member is a ValidationError"
NO_TASK = "a missing task is reported as a failure in the answer"
NO_SCANNING = "the mock does not have the registry settings that cause it"

# Errors that are not raised here: service, operation ("*" for every operation), code; reason.
IMPOSSIBLE = {
    ("ecs", "CreateCluster", "NamespaceNotFoundException"): NO_CLOUD_MAP,
    ("ecs", "UpdateCluster", "NamespaceNotFoundException"): NO_CLOUD_MAP,
    (
        "ecs",
        "DeleteCluster",
        "ClusterContainsCapacityProviderException",
    ): "the mock has no capacity providers for Managed Instances",
    ("ecs", "CreateCluster", "ClientException"): NO_CLIENT,
    ("ecs", "DescribeClusters", "ClientException"): "an invalid ARN is reported as a failure in the answer",
    ("ecs", "ListAccountSettings", "ClientException"): NO_CLIENT,
    ("ecs", "ListClusters", "ClientException"): NO_CLIENT,
    ("ecs", "PutAccountSetting", "ClientException"): NO_CLIENT,
    ("ecs", "PutAccountSettingDefault", "ClientException"): NO_CLIENT,
    ("ecs", "DeleteAccountSetting", "ClientException"): NO_CLIENT,
    ("ecs", "ListServicesByNamespace", "ClientException"): NO_CLIENT,
    ("ecs", "ListServicesByNamespace", "NamespaceNotFoundException"): NO_CLOUD_MAP,
    ("ecs", "ExecuteCommand", "TargetNotConnectedException"): "the mock does not check the agent in containers",
    ("ecs", "GetTaskProtection", "ResourceNotFoundException"): NO_TASK,
    ("ecs", "UpdateTaskProtection", "ResourceNotFoundException"): NO_TASK,
    ("ecs", "RegisterTaskDefinition", "LimitExceededException"): "the mock does not have the quota of revisions",
    ("ecs", "DeleteTaskDefinitions", "ClientException"): NO_CLIENT_NAME,
    ("ecs", "ListTaskDefinitions", "ClientException"): NO_CLIENT,
    ("ecs", "ListTaskDefinitionFamilies", "ClientException"): NO_CLIENT,
    ("ecs", "*", "PlatformUnknownException"): NO_PLATFORM,
    ("ecs", "*", "PlatformTaskDefinitionIncompatibilityException"): NO_PLATFORM,
    ("ecs", "*", "UnsupportedFeatureException"): NO_PLATFORM,
    ("ecs", "RunTask", "BlockedException"): "the mock blocks no account",
    ("ecs", "CreateService", "NamespaceNotFoundException"): NO_CLOUD_MAP,
    ("ecs", "UpdateService", "NamespaceNotFoundException"): NO_CLOUD_MAP,
    ("ecs", "CreateTaskSet", "NamespaceNotFoundException"): NO_CLOUD_MAP,
    **{
        ("ecs", operation, "LimitExceededException"): "too many task sets are an InvalidParameterException"
        for operation in ("CreateTaskSet", "DeleteTaskSet", "UpdateTaskSet")
    },
    ("ecs", "CreateCapacityProvider", "LimitExceededException"): "the mock does not have the quota of capacity providers",
    ("ecs", "CreateCapacityProvider", "UpdateInProgressException"): NO_MANAGED_INSTANCES,
    ("ecs", "CreateCapacityProvider", "ClusterNotFoundException"): NO_MANAGED_INSTANCES,
    ("ecs", "UpdateCapacityProvider", "ClusterNotFoundException"): NO_MANAGED_INSTANCES,
    ("ecs", "DeleteCapacityProvider", "ClusterNotFoundException"): NO_MANAGED_INSTANCES,
    ("ecs", "DeleteCapacityProvider", "UpdateInProgressException"): NO_MANAGED_INSTANCES,
    ("ecs", "DescribeCapacityProviders", "ClusterNotFoundException"): NO_MANAGED_INSTANCES,
    ("ecs", "DescribeCapacityProviders", "ClientException"): NO_CLIENT_NAME,
    # Service-linked roles do not count: reference_iam-quotas.html in the IAM user guide.
    ("iam", "CreateServiceLinkedRole", "LimitExceeded"): "these roles have no quota",
    ("iam", "CreateServiceLinkedRole", "NoSuchEntity"): "the request refers to no resource that could be missing",
    ("iam", "DeletePolicy", "LimitExceeded"): NO_QUOTA,
    ("iam", "DeleteRole", "LimitExceeded"): NO_QUOTA,
    ("iam", "DeleteRolePolicy", "LimitExceeded"): NO_QUOTA,
    ("iam", "DetachRolePolicy", "LimitExceeded"): NO_QUOTA,
    ("iam", "ListAttachedRolePolicies", "InvalidInput"): "an invalid member is a ValidationError",
    # The description of a service-linked role can be changed: id_roles_create-service-linked-role.html in the
    # IAM user guide.
    ("iam", "UpdateRoleDescription", "UnmodifiableEntity"): "the description of every role can be changed",
    **{
        ("iam", operation, "LimitExceeded"): NO_QUOTA
        for operation in (
            "ChangePassword",
            "CreateAccountAlias",
            "CreateLoginProfile",
            "DeactivateMFADevice",
            "DeleteAccessKey",
            "DeleteAccountAlias",
            "DeleteAccountPasswordPolicy",
            "DeleteGroup",
            "DeleteGroupPolicy",
            "DeleteInstanceProfile",
            "DeleteLoginProfile",
            "DeletePolicyVersion",
            "DeleteSAMLProvider",
            "DeleteServerCertificate",
            "DeleteServiceLinkedRole",
            "DeleteSigningCertificate",
            "DeleteUser",
            "DeleteUserPolicy",
            "DeleteVirtualMFADevice",
            "DetachGroupPolicy",
            "DetachUserPolicy",
            "RemoveRoleFromInstanceProfile",
            "RemoveUserFromGroup",
            "ResyncMFADevice",
            "SetDefaultPolicyVersion",
            "UpdateAccessKey",
            "UpdateAccountPasswordPolicy",
            "UpdateGroup",
            "UpdateLoginProfile",
            "UpdateServerCertificate",
            "UpdateSigningCertificate",
            "UpdateUser",
        )
    },
    **{
        ("iam", operation, "LimitExceeded"): NO_CALLS
        for operation in (
            "CreateGroup",
            "CreateInstanceProfile",
            "CreateSAMLProvider",
            "CreateUser",
            "CreateVirtualMFADevice",
        )
    },
    **{
        ("iam", operation, "EntityTemporarilyUnmodifiable"): NOT_BUSY
        for operation in (
            "ChangePassword",
            "DeactivateMFADevice",
            "DeleteLoginProfile",
            "EnableMFADevice",
            "UpdateLoginProfile",
            "UpdateUser",
        )
    },
    ("iam", "CreateServiceSpecificCredential", "NotSupportedService"): NO_SUPPORT,
    ("iam", "ListServiceSpecificCredentials", "NotSupportedService"): NO_SUPPORT,
    ("iam", "GetSSHPublicKey", "UnrecognizedPublicKeyEncoding"): INVALID_MEMBER,
    ("iam", "ListMFADeviceTags", "InvalidInput"): INVALID_MEMBER,
    ("iam", "UntagMFADevice", "InvalidInput"): INVALID_MEMBER,
    ("iam", "ChangePassword", "InvalidUserType"): "the caller is a user; a unit test of the mock calls it with a role",
    ("iam", "GenerateCredentialReport", "LimitExceeded"): "AWS documents no limit; a valid report is kept",
    ("iam", "GetCredentialReport", "ReportInProgress"): "a report is complete at once",
    ("iam", "UntagServerCertificate", "InvalidInput"): INVALID_MEMBER,
    ("iam", "DeleteServerCertificate", "DeleteConflict"): "the mock has no service that uses server certificates",
    ("iam", "UploadSigningCertificate", "EntityAlreadyExists"): "a second upload is a DuplicateCertificate",
    ("iam", "AddRoleToInstanceProfile", "EntityAlreadyExists"): "a second role exceeds the quota",
    ("iam", "CreateGroup", "NoSuchEntity"): "the request refers to no resource that could be missing",
    (
        "iam",
        "CreateOpenIDConnectProvider",
        "OpenIdIdpCommunicationError",
    ): "the mock does not call identity providers",
    ("iam", "ListAttachedGroupPolicies", "InvalidInput"): "an invalid member is a ValidationError",
    ("iam", "ListAttachedUserPolicies", "InvalidInput"): "an invalid member is a ValidationError",
    ("iam", "SimulateCustomPolicy", "PolicyEvaluation"): "the evaluator of the mock does not fail",
    ("iam", "SimulatePrincipalPolicy", "PolicyEvaluation"): "the evaluator of the mock does not fail",
    ("iam", "UntagInstanceProfile", "InvalidInput"): "an invalid member is a ValidationError",
    ("iam", "UpdateAccountPasswordPolicy", "MalformedPolicyDocument"): "an invalid member is a ValidationError",
    ("iam", "UpdateAccountPasswordPolicy", "NoSuchEntity"): "it creates the policy if there is none",
    ("sts", "AssumeRole", "ExpiredTokenException"): "it is for context assertions, which the mock refuses",
    ("sts", "*", "RegionDisabledException"): "every region is enabled",
    ("sts", "AssumeRoleWithWebIdentity", "IDPRejectedClaim"): "the mock does not call identity providers",
    ("ecr", "*", "KmsException"): NO_KMS,
    (
        "ecr",
        "CreateRepository",
        "LimitExceededException",
    ): "the mock does not have the quota of 100,000 repositories",
    ("ecr", "BatchGetImage", "LimitExceededException"): NO_PULL_THROUGH,
    ("ecr", "BatchGetImage", "UnableToGetUpstreamImageException"): NO_PULL_THROUGH,
    ("ecr", "GetDownloadUrlForLayer", "UnableToGetUpstreamLayerException"): NO_PULL_THROUGH,
    ("ecr", "GetDownloadUrlForLayer", "LayerInaccessibleException"): "the mock archives and blocks no layers",
    (
        "ecr",
        "BatchGetRepositoryScanningConfiguration",
        "RepositoryNotFoundException",
    ): "a missing repository is reported as a failure in the answer",
    ("ecr", "*", "SecretNotFoundException"): NO_SECRETS,
    ("ecr", "*", "UnableToAccessSecretException"): NO_SECRETS,
    ("ecr", "*", "UnableToDecryptSecretValueException"): NO_SECRETS,
    ("ecr", "DeleteRegistryPolicy", "InvalidParameterException"): NO_MEMBERS,
    ("ecr", "DescribeRegistry", "InvalidParameterException"): NO_MEMBERS,
    ("ecr", "GetRegistryPolicy", "InvalidParameterException"): NO_MEMBERS,
    ("ecr", "GetRegistryScanningConfiguration", "InvalidParameterException"): NO_MEMBERS,
    (
        "ecr",
        "PutRegistryScanningConfiguration",
        "BlockedByOrganizationPolicyException",
    ): "the mock has no organization policies",
    ("ecr", "StartImageScan", "ImageArchivedException"): "the mock archives no images",
    ("ecr", "StartImageScan", "UnsupportedImageTypeException"): "the mock scans images of every type",
    (
        "ecr",
        "StartLifecyclePolicyPreview",
        "LifecyclePolicyPreviewInProgressException",
    ): "a preview is complete at once",
    ("ecr", "GetSigningConfiguration", "InvalidParameterException"): NO_MEMBERS,
    **{
        ("ecr", f"{verb}PullTimeUpdateExclusion{plural}", "LimitExceededException"): "the mock does not have the quota of exclusions"
        for verb, plural in (("Register", ""), ("List", "s"), ("Deregister", ""))
    },
    ("ecr", "ListImageReferrers", "UnableToListUpstreamImageReferrersException"): NO_PULL_THROUGH,
    ("ecr", "UploadLayerPart", "LimitExceededException"): "it takes a layer of 52 GB",
    ("ecr", "PutAccountSetting", "LimitExceededException"): "the mock has no quota of settings",
    ("ecr", "PutImage", "LimitExceededException"): "it takes 1,001 calls, which a unit test of the mock makes",
    ("ecr", "*", "ValidationException"): NO_SCANNING,
    ("ecr", "UntagResource", "TooManyTagsException"): NO_QUOTA,
    (
        "logs",
        "CreateLogGroup",
        "LimitExceededException",
    ): "the mock does not have the quota of 1,000,000 log groups",
    ("logs", "DeleteAccountPolicy", "OperationAbortedException"): ONE_AT_A_TIME,
    ("logs", "DescribeAccountPolicies", "OperationAbortedException"): ONE_AT_A_TIME,
    ("logs", "PutAccountPolicy", "OperationAbortedException"): ONE_AT_A_TIME,
    ("logs", "GetDataProtectionPolicy", "OperationAbortedException"): NO_CONFLICT,
    ("logs", "PutDataProtectionPolicy", "LimitExceededException"): "a log group has one policy, which is replaced",
    ("logs", "PutQueryDefinition", "LimitExceededException"): "it takes 1,001 calls",
    ("logs", "CreateLogAnomalyDetector", "LimitExceededException"): "the mock does not have the quota of detectors",
    ("logs", "DeleteIndexPolicy", "LimitExceededException"): NO_QUOTA,
    ("logs", "DescribeFieldIndexes", "LimitExceededException"): NO_QUOTA,
    ("logs", "DescribeFieldIndexes", "OperationAbortedException"): NO_CONFLICT,
    ("logs", "DescribeIndexPolicies", "LimitExceededException"): NO_QUOTA,
    ("logs", "DescribeIndexPolicies", "OperationAbortedException"): NO_CONFLICT,
    ("logs", "GetLogGroupFields", "LimitExceededException"): NO_QUOTA,
    ("logs", "GetLogRecord", "LimitExceededException"): NO_QUOTA,
    ("logs", "PutBearerTokenAuthentication", "InvalidOperationException"): "every log group here can have it",
    ("logs", "PutIndexPolicy", "LimitExceededException"): "a log group has one policy, which is replaced",
    **{
        ("logs", operation, "OperationAbortedException"): ONE_AT_A_TIME
        for operation in (
            "DeleteDestination",
            "DeleteLogAnomalyDetector",
            "GetLogAnomalyDetector",
            "ListAnomalies",
            "ListLogAnomalyDetectors",
            "PutDestination",
            "PutDestinationPolicy",
            "UpdateLogAnomalyDetector",
        )
    },
    ("logs", "*", "ServiceQuotaExceededException"): "the mock does not have the quotas of deliveries",
    **{
        ("logs", operation, "ConflictException"): NOT_BUSY
        for operation in (
            "DeleteDelivery",
            "DeleteDeliveryDestinationPolicy",
            "PutDeliveryDestinationPolicy",
            "UpdateDeliveryConfiguration",
        )
    },
    ("logs", "PutDeliveryDestination", "ResourceNotFoundException"): "the mock does not look up what receives logs",
    ("logs", "ListLogAnomalyDetectors", "ResourceNotFoundException"): "a missing log group has no detectors",
    ("logs", "StartQuery", "LimitExceededException"): "the mock runs any number of queries at a time",
    # "always accepted and never return": API_PutLogEvents.html in the API reference.
    ("logs", "PutLogEvents", "DataAlreadyAcceptedException"): "AWS no longer returns it",
    ("logs", "PutLogEvents", "InvalidSequenceTokenException"): "AWS no longer returns it",
    (
        "logs",
        "PutLogGroupDeletionProtection",
        "InvalidOperationException",
    ): "every log group here can be protected",
}

# Members that no accepted request has: service, operation, member; reason.
REFUSED_MEMBERS = {
    # No service that works with ECS allows one: API_CreateServiceLinkedRole.html in the IAM API reference.
    ("iam", "CreateServiceLinkedRole", "CustomSuffix"): "only services that the mock does not have allow it",
    ("iam", "ListAccountAliases", "Marker"): "an account has at most one alias",
    ("sts", "AssumeRole", "ProvidedContexts"): "the mock has no IAM Identity Center",
    ("sts", "AssumeRole", "ProvidedContexts.ProviderArn"): "the mock has no IAM Identity Center",
    ("sts", "AssumeRole", "ProvidedContexts.ContextAssertion"): "the mock has no IAM Identity Center",
    ("sts", "AssumeRoleWithWebIdentity", "ProviderId"): "the mock does not call identity providers",
    ("ecr", "DescribeImageScanFindings", "nextToken"): "scans find nothing, which is one page",
    ("logs", "DescribeIndexPolicies", "nextToken"): "a log group has at most one policy, which is one page",
    ("logs", "ListAnomalies", "nextToken"): "detectors find no anomalies, which is one page",
    ("logs", "ListLogGroupsForQuery", "nextToken"): "a query has at most 50 log groups, which is one page",
    ("logs", "DescribeAccountPolicies", "nextToken"): "an account has at most 20 policies of a type, which is one page",
} | {
    ("ecs", f"{verb}CapacityProvider{plural}", member): NO_MANAGED_INSTANCES
    for verb, plural, members in (
        ("Create", "", ("cluster", "managedInstancesProvider")),
        ("Update", "", ("cluster", "managedInstancesProvider")),
        ("Delete", "", ("cluster",)),
        ("Describe", "s", ("cluster",)),
    )
    for member in members
}


def inject_faults(operations, url, mock, checker, record):
    """Injects every error of INJECTED once into every operation that has it."""
    for service, operation in operations:
        client = Boto(url, service, checker, record)
        model = client.model.operation_model(operation)
        params = record.done.get((service, operation), {})
        for code in INJECTED & {shape.error_code for shape in model.error_shapes}:
            is_own = code in ("ServerException", "ServiceFailure", "ServiceUnavailableException")
            fault = "server-error" if is_own else f"refuse={code}"
            mock("faults", "PUT", [f"{fault}@{service}:{operation}#1"])
            try:
                client(operation, **params)
            except Refused as refused:
                if refused.code != code:
                    checker.say(f"{service}:{operation}: {refused} instead of the injected {code}")
            else:
                checker.say(f"{service}:{operation}: the injected {code} did not occur")
    mock("faults", "DELETE")


def members(record, checker):
    """Checks that every member of every request was used in a successful call."""
    for service, operation in record.done:
        model = SESSION.get_service_model(service).operation_model(operation)
        for path in paths(model.input_shape):
            at = (service, operation, path)
            # If a structure is refused, so are all its members.
            if at in REFUSED_MEMBERS or (service, operation, path.split(".")[0]) in REFUSED_MEMBERS:
                if at in record.members:
                    checker.say(f"{':'.join(at)} is accepted after all")
            elif at not in record.members:
                checker.say(f"{service}:{operation}: no request with {path} was accepted")


def paths(shape, at=""):
    if shape is None:
        return
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield f"{at}{name}"
            yield from paths(member, f"{at}{name}.")
    elif shape.type_name == "list":
        yield from paths(shape.member, at)


def errors(operations, record, checker):
    """Checks that every error in the models was raised, or is listed as impossible."""
    used = set()
    for service, operation in operations:
        model = SESSION.get_service_model(service).operation_model(operation)
        for code in sorted(shape.error_code for shape in model.error_shapes):
            raised = (service, operation, code) in record.refused
            reasons = {key for key in ((service, operation, code), (service, "*", code)) if key in IMPOSSIBLE}
            used |= reasons
            if raised and (service, operation, code) in reasons:
                checker.say(f"{service}:{operation}: {code} is possible after all")
            elif not raised and not reasons:
                checker.say(f"{service}:{operation}: {code} was never raised")
    for unused in IMPOSSIBLE.keys() - used:
        checker.say(f"no operation has the impossible error {unused}")
