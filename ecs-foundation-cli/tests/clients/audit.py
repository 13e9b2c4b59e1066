"""Whether the mock has all that the models have: every member of every request, every error of every operation."""

import botocore.session

from clients import Boto, Refused

SESSION = botocore.session.get_session()

# Errors that no state of things causes but what happens to calls on their way: these are made to order.
TO_ORDER = {
    # The service's own failure.
    "ServerException",
    "ServiceFailure",
    "ServiceUnavailableException",
    # Another call for the same role at the same moment; the mock makes one call at a time.
    "ConcurrentModification",
    # What the caller may do: the mock weighs no permissions of callers.
    "AccessDeniedException",
    "UnrecognizedClientException",
}

NO_KMS = "KMS is not in the mock, which believes that a key is there and may be used"
NO_CLOUD_MAP = "Cloud Map is not in the mock, which believes that a namespace is there"
NO_CLIENT = "what AWS says of a caller that may not, or of an ARN that is none; the operation takes no ARN"
NO_QUOTA = "what takes away or renames meets no quota of the mock"
NO_SCANNING = "the settings of the registry that cause it are not in the mock"

# Errors that are not raised here: service, operation ("*": every one), code; why.
IMPOSSIBLE = {
    ("ecs", "CreateCluster", "NamespaceNotFoundException"): NO_CLOUD_MAP,
    ("ecs", "UpdateCluster", "NamespaceNotFoundException"): NO_CLOUD_MAP,
    (
        "ecs",
        "DeleteCluster",
        "ClusterContainsCapacityProviderException",
    ): "no provider of Managed Instances is in the mock",
    ("ecs", "CreateCluster", "ClientException"): NO_CLIENT,
    ("ecs", "DescribeClusters", "ClientException"): "an ARN that is none is a failure in the answer",
    ("ecs", "ListAccountSettings", "ClientException"): NO_CLIENT,
    ("ecs", "ListClusters", "ClientException"): NO_CLIENT,
    ("ecs", "PutAccountSetting", "ClientException"): NO_CLIENT,
    ("ecs", "PutAccountSettingDefault", "ClientException"): NO_CLIENT,
    # Roles that are linked to a service do not count: reference_iam-quotas.html of IAM's user guide.
    ("iam", "CreateServiceLinkedRole", "LimitExceeded"): "no quota is on these roles",
    ("iam", "CreateServiceLinkedRole", "NoSuchEntity"): "the request names nothing that could be missing",
    ("iam", "DeletePolicy", "LimitExceeded"): NO_QUOTA,
    ("iam", "DeleteRole", "LimitExceeded"): NO_QUOTA,
    ("iam", "DeleteRolePolicy", "LimitExceeded"): NO_QUOTA,
    ("iam", "DetachRolePolicy", "LimitExceeded"): NO_QUOTA,
    ("iam", "ListAttachedRolePolicies", "InvalidInput"): "a wrong member is a ValidationError",
    # Of a service-linked role, the description may be changed: id_roles_create-service-linked-role.html of the same.
    ("iam", "UpdateRoleDescription", "UnmodifiableEntity"): "the description of every role can be changed",
    ("ecr", "*", "KmsException"): NO_KMS,
    (
        "ecr",
        "CreateRepository",
        "LimitExceededException",
    ): "the quota of 100,000 repositories is not in the mock",
    ("ecr", "PutImage", "LayersNotFoundException"): "the layers of images are not in the mock",
    ("ecr", "PutImage", "LimitExceededException"): "it takes 1,001 calls; a unit test of the mock makes them",
    ("ecr", "*", "ValidationException"): NO_SCANNING,
    ("ecr", "UntagResource", "TooManyTagsException"): NO_QUOTA,
    (
        "logs",
        "CreateLogGroup",
        "LimitExceededException",
    ): "the quota of 1,000,000 log groups is not in the mock",
    # "always accepted and never return": API_PutLogEvents.html of the API reference.
    ("logs", "PutLogEvents", "DataAlreadyAcceptedException"): "AWS raises it no more",
    ("logs", "PutLogEvents", "InvalidSequenceTokenException"): "AWS raises it no more",
    (
        "logs",
        "PutLogGroupDeletionProtection",
        "InvalidOperationException",
    ): "every log group here can be protected",
}

# Members that no request which is taken has: service, operation, member; why.
REFUSED_MEMBERS = {
    # None of the services around ECS allows one: API_CreateServiceLinkedRole.html of IAM's API reference.
    ("iam", "CreateServiceLinkedRole", "CustomSuffix"): "only services beyond those of the mock allow it",
}


def order_faults(operations, url, mock, checker, record):
    """Every error of TO_ORDER, once for every operation that has it."""
    for service, operation in operations:
        client = Boto(url, service, checker, record)
        model = client.model.operation_model(operation)
        params = record.done.get((service, operation), {})
        for code in TO_ORDER & {shape.error_code for shape in model.error_shapes}:
            is_own = code in ("ServerException", "ServiceFailure", "ServiceUnavailableException")
            fault = "server-error" if is_own else f"refuse={code}"
            mock("faults", "PUT", [f"{fault}@{service}:{operation}#1"])
            try:
                client(operation, **params)
            except Refused as refused:
                if refused.code != code:
                    checker.say(f"{service}:{operation}: {refused} instead of {code} to order")
            else:
                checker.say(f"{service}:{operation}: no {code} to order")
    mock("faults", "DELETE")


def members(record, checker):
    """Every member of every request was in one that succeeded."""
    for service, operation in record.done:
        model = SESSION.get_service_model(service).operation_model(operation)
        for path in paths(model.input_shape):
            at = (service, operation, path)
            if at in REFUSED_MEMBERS:
                if at in record.members:
                    checker.say(f"{':'.join(at)} is taken after all")
            elif at not in record.members:
                checker.say(f"{service}:{operation}: no request with {path} was taken")


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
    """Every error that the models give an operation was raised by it, or cannot be."""
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
        checker.say(f"no operation has {unused}")
