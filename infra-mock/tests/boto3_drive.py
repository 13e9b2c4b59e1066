"""Drives every operation of a running mock with boto3, and holds each raw answer against botocore's models.

    boto3_drive.py http://127.0.0.1:4566

Every member of an answer has to be in the model, of its type, and those that the model requires have to be
there. At the end, every operation must have been called. The mock is reset before and after.
"""

import base64
import datetime
import json
import re
import sys
import urllib.request
import xml.etree.ElementTree as ElementTree

import boto3
import botocore.config
import botocore.exceptions

OPERATIONS = {
    "ecs": """CreateCluster DescribeClusters ListClusters UpdateCluster UpdateClusterSettings
        PutClusterCapacityProviders DeleteCluster TagResource UntagResource ListTagsForResource
        PutAccountSetting PutAccountSettingDefault ListAccountSettings ListServices ListTasks
        ListContainerInstances""",
    "iam": """CreateRole GetRole ListRoles UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy DeleteRole
        AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies PutRolePolicy GetRolePolicy DeleteRolePolicy
        ListRolePolicies TagRole UntagRole ListRoleTags PutRolePermissionsBoundary
        DeleteRolePermissionsBoundary CreatePolicy GetPolicy GetPolicyVersion ListPolicies DeletePolicy
        ListInstanceProfilesForRole GetUser CreateServiceLinkedRole""",
    "ecr": """CreateRepository DescribeRepositories DeleteRepository SetRepositoryPolicy GetRepositoryPolicy
        DeleteRepositoryPolicy PutImageTagMutability PutImageScanningConfiguration PutLifecyclePolicy
        GetLifecyclePolicy DeleteLifecyclePolicy TagResource UntagResource ListTagsForResource PutImage
        ListImages DescribeImages BatchDeleteImage GetAuthorizationToken""",
    "logs": """CreateLogGroup DescribeLogGroups DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy
        AssociateKmsKey DisassociateKmsKey TagResource UntagResource ListTagsForResource TagLogGroup
        UntagLogGroup ListTagsLogGroup CreateLogStream DescribeLogStreams PutLogEvents GetLogEvents
        PutLogGroupDeletionProtection""",
    "sts": "GetCallerIdentity",
}
REGION = "eu-west-1"
ACCOUNT = "123456789012"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        }
    ],
}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}],
}

problems = []


# -- answers against the models ------------------------------------------------------------------------------


def check_json(shape, value, at):
    """A value of JSON 1.1."""
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            return problems.append(f"{at}: {value!r} is no structure")
        for name in value.keys() - shape.members.keys():
            problems.append(f"{at}: {name} is not in the model")
        for name in set(shape.required_members) - value.keys():
            problems.append(f"{at}: {name} is missing")
        for name, member in shape.members.items():
            if name in value:
                check_json(member, value[name], f"{at}.{name}")
    elif kind == "list":
        if not isinstance(value, list):
            return problems.append(f"{at}: {value!r} is no list")
        for number, item in enumerate(value):
            check_json(shape.member, item, f"{at}[{number}]")
    elif kind == "map":
        if not isinstance(value, dict):
            return problems.append(f"{at}: {value!r} is no map")
        for name, item in value.items():
            check_json(shape.value, item, f"{at}.{name}")
    else:
        types = {
            "string": str,
            "character": str,
            "blob": str,
            "boolean": bool,
            "integer": int,
            "long": int,
            "float": (int, float),
            "double": (int, float),
            "timestamp": (int, float),
        }[kind]
        if not isinstance(value, types) or (kind != "boolean" and isinstance(value, bool)):
            problems.append(f"{at}: {value!r} is no {kind}")
        elif kind == "string":
            check_text(shape, value, at)


def check_text(shape, text, at):
    """The length and the set of values; patterns are for requests."""
    if at.endswith(".PermissionsBoundaryType") and text == "Policy":
        # AWS's word, whatever the model says: https://github.com/awsdocs/iam-user-guide/issues/82
        return
    if shape.enum and text not in shape.enum:
        problems.append(f"{at}: {text!r} is none of {shape.enum}")
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", sys.maxsize)
    if not low <= len(text) <= high:
        problems.append(f"{at}: {text!r} is not {low} to {high} long")


def check_xml(shape, element, at):
    """An element of the Query protocol."""
    kind = shape.type_name
    if kind == "structure":
        found = {}
        for child in element:
            name = child.tag.rpartition("}")[2]
            if name in found:
                problems.append(f"{at}: {name} comes twice")
            found[name] = child
        for name in found.keys() - shape.members.keys():
            problems.append(f"{at}: {name} is not in the model")
        for name in set(shape.required_members) - found.keys():
            problems.append(f"{at}: {name} is missing")
        for name, member in shape.members.items():
            if name in found:
                check_xml(member, found[name], f"{at}.{name}")
    elif kind == "list":
        for number, child in enumerate(element):
            if child.tag.rpartition("}")[2] != "member":
                problems.append(f"{at}: {child.tag} stands in a list")
            check_xml(shape.member, child, f"{at}[{number}]")
    else:
        text = element.text or ""
        forms = {
            "boolean": "true|false",
            "integer": r"-?\d+",
            "long": r"-?\d+",
            "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
        }
        if not re.fullmatch(forms.get(kind, ".*"), text, re.DOTALL):
            problems.append(f"{at}: {text!r} is no {kind}")
        if kind == "string":
            check_text(shape, text, at)


def check_answer(operation_model, response_dict, **_):
    service, name = operation_model.service_model, operation_model.name
    at = f"{service.service_name}:{name}"
    body, headers = response_dict["body"], response_dict["headers"]
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", headers.get("x-amzn-requestid", "")):
        problems.append(f"{at}: no request id")
    is_json = service.resolved_protocol == "json"
    expected = "application/x-amz-json-1.1" if is_json else "text/xml"
    if headers.get("content-type") != expected:
        problems.append(f"{at}: content type {headers.get('content-type')}")
    if response_dict["status_code"] >= 300:
        return
    shape = operation_model.output_shape
    if is_json:
        if shape is None:
            if body not in (b"", b"{}"):
                problems.append(f"{at}: {body!r} where the model has no output")
        else:
            check_json(shape, json.loads(body), at)
        return
    root = ElementTree.fromstring(body)
    namespace = service.metadata["xmlNamespace"]
    children = [child.tag for child in root]
    wrapper = shape.serialization.get("resultWrapper") if shape else None
    wanted = [f"{{{namespace}}}{tag}" for tag in ([wrapper] if wrapper else []) + ["ResponseMetadata"]]
    if root.tag != f"{{{namespace}}}{name}Response" or children != wanted:
        problems.append(f"{at}: {root.tag} of {children}")
    elif wrapper:
        check_xml(shape, root[0], at)


def client(url, service, key="mock"):
    made = boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key="mock",
        config=botocore.config.Config(retries={"total_max_attempts": 1}),
    )
    made.meta.events.register("before-parse", check_answer)
    return made


# -- what is driven ------------------------------------------------------------------------------------------


def equal(found, expected, what):
    if found != expected:
        problems.append(f"{what}: {found!r} instead of {expected!r}")


def refused(code, call, status=400, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        found = error.response
        equal(found["Error"]["Code"], code, call.__name__)
        equal(found["ResponseMetadata"]["HTTPStatusCode"], status, call.__name__)
    else:
        problems.append(f"{call.__name__}: no {code}")


def pages(made, operation, member, **arguments):
    found = made.get_paginator(operation).paginate(**arguments)
    return [item for page in found for item in page[member]]


def drive_sts(url):
    sts = client(url, "sts")
    identity = sts.get_caller_identity()
    equal(identity["Account"], ACCOUNT, "account")
    other = client(url, "sts", key="111122223333").get_caller_identity()
    equal(other["Account"], "111122223333", "account of a key of twelve digits")
    presigned = sts.generate_presigned_url("get_caller_identity")
    with urllib.request.urlopen(presigned) as answer:
        equal(ACCOUNT in answer.read().decode(), True, "presigned GetCallerIdentity")


def drive_ecs(url):
    ecs = client(url, "ecs")
    made = ecs.create_cluster(
        clusterName="main",
        tags=[{"key": "Name", "value": "main"}],
        settings=[{"name": "containerInsights", "value": "enabled"}],
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE", "base": 1, "weight": 100}],
        configuration={"executeCommandConfiguration": {"logging": "DEFAULT"}},
    )["cluster"]
    arn = made["clusterArn"]
    equal(arn, f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/main", "cluster ARN")
    everything = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"]
    found = ecs.describe_clusters(clusters=["main", "none"], include=everything)
    equal(found["clusters"][0]["status"], "ACTIVE", "cluster status")
    equal(found["failures"][0]["reason"], "MISSING", "failure")
    for number in range(3):
        ecs.create_cluster(clusterName=f"more-{number}")
    arns = pages(ecs, "list_clusters", "clusterArns", PaginationConfig={"PageSize": 2})
    equal(len(arns), 4, "clusters")
    ecs.update_cluster_settings(cluster="main", settings=[{"name": "containerInsights", "value": "enhanced"}])
    ecs.update_cluster(cluster="main", settings=[{"name": "containerInsights", "value": "disabled"}])
    ecs.put_cluster_capacity_providers(
        cluster="main",
        capacityProviders=["FARGATE"],
        defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1}],
    )
    ecs.tag_resource(resourceArn=arn, tags=[{"key": "Team", "value": "Käse + Brot"}])
    ecs.untag_resource(resourceArn=arn, tagKeys=["Name"])
    tags = ecs.list_tags_for_resource(resourceArn=arn)["tags"]
    equal(tags, [{"key": "Team", "value": "Käse + Brot"}], "cluster tags")
    ecs.put_account_setting(name="containerInsights", value="enabled")
    ecs.put_account_setting_default(name="containerInsights", value="enhanced")
    ecs.list_account_settings(effectiveSettings=True)
    for listing in ecs.list_services, ecs.list_tasks, ecs.list_container_instances:
        listing(cluster="main")
    refused("InvalidParameterException", ecs.create_cluster, capacityProviders=["NONE"])
    refused("ClusterNotFoundException", ecs.delete_cluster, cluster="none")
    equal(ecs.delete_cluster(cluster=arn)["cluster"]["status"], "INACTIVE", "deleted cluster")
    try:
        ecs.run_task(taskDefinition="app")
    except botocore.exceptions.ClientError as error:
        equal(error.response["Error"]["Code"], "UnknownOperationException", "unknown operation")


def drive_iam(url):
    iam = client(url, "iam")
    trust = json.dumps(TRUST)
    made = iam.create_role(
        RoleName="app",
        Path="/team/",
        AssumeRolePolicyDocument=trust,
        Description="one two, three & four + 5 = 9/3",
        MaxSessionDuration=7200,
        Tags=[{"Key": "Name", "Value": "app"}, {"Key": "Team", "Value": "a b+c=d"}],
    )["Role"]
    equal(made["AssumeRolePolicyDocument"], TRUST, "trust")
    found = iam.get_role(RoleName="app")["Role"]
    equal(found["Description"], "one two, three & four + 5 = 9/3", "description")
    equal(found["MaxSessionDuration"], 7200, "session")
    equal(isinstance(found["CreateDate"], datetime.datetime), True, "creation")
    for number in range(12):
        iam.create_role(RoleName=f"more-{number}", AssumeRolePolicyDocument=trust)
    roles = pages(iam, "list_roles", "Roles", PaginationConfig={"PageSize": 5})
    names = {role["RoleName"] for role in roles}
    equal({"app", "more-0", "more-11"} <= names, True, "roles")
    iam.update_role(RoleName="app", Description="changed", MaxSessionDuration=3600)
    iam.update_role_description(RoleName="app", Description="again")
    iam.update_assume_role_policy(RoleName="app", PolicyDocument=trust)

    managed = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    own = iam.create_policy(
        PolicyName="own", PolicyDocument=json.dumps(POLICY), Tags=[{"Key": "a", "Value": ""}]
    )["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="app", PolicyArn=managed)
    iam.attach_role_policy(RoleName="app", PolicyArn=own)
    attached = pages(iam, "list_attached_role_policies", "AttachedPolicies", RoleName="app")
    equal({policy["PolicyArn"] for policy in attached}, {managed, own}, "attached policies")
    equal(iam.get_policy(PolicyArn=own)["Policy"]["AttachmentCount"], 1, "attachments")
    version = iam.get_policy_version(PolicyArn=own, VersionId="v1")["PolicyVersion"]
    equal(version["Document"], POLICY, "policy document")
    iam.get_policy(PolicyArn=managed)
    equal(len(pages(iam, "list_policies", "Policies", Scope="Local")), 1, "own policies")
    iam.list_policies(Scope="AWS", MaxItems=3)
    refused("DeleteConflict", iam.delete_policy, 409, PolicyArn=own)

    iam.put_role_policy(RoleName="app", PolicyName="inline", PolicyDocument=json.dumps(POLICY))
    inline = iam.get_role_policy(RoleName="app", PolicyName="inline")
    equal(inline["PolicyDocument"], POLICY, "inline policy")
    equal(pages(iam, "list_role_policies", "PolicyNames", RoleName="app"), ["inline"], "inline policies")
    iam.put_role_permissions_boundary(RoleName="app", PermissionsBoundary=own)
    iam.get_role(RoleName="app")
    iam.delete_role_permissions_boundary(RoleName="app")
    iam.tag_role(RoleName="app", Tags=[{"Key": "New", "Value": ""}])
    iam.untag_role(RoleName="app", TagKeys=["Name", "Team"])
    equal(iam.list_role_tags(RoleName="app")["Tags"], [{"Key": "New", "Value": ""}], "role tags")
    equal(iam.list_instance_profiles_for_role(RoleName="app")["InstanceProfiles"], [], "profiles")
    iam.get_user()
    iam.create_service_linked_role(AWSServiceName="elasticloadbalancing.amazonaws.com")
    # The first cluster has made it already.
    refused("InvalidInput", iam.create_service_linked_role, AWSServiceName="ecs.amazonaws.com")

    refused("NoSuchEntity", iam.get_role, 404, RoleName="none")
    refused("EntityAlreadyExists", iam.create_role, 409, RoleName="app", AssumeRolePolicyDocument=trust)
    refused("MalformedPolicyDocument", iam.create_role, RoleName="x", AssumeRolePolicyDocument="{}")
    refused("DeleteConflict", iam.delete_role, 409, RoleName="app")
    iam.detach_role_policy(RoleName="app", PolicyArn=managed)
    iam.detach_role_policy(RoleName="app", PolicyArn=own)
    iam.delete_role_policy(RoleName="app", PolicyName="inline")
    iam.delete_policy(PolicyArn=own)
    iam.delete_role(RoleName="app")
    refused("InvalidAction", iam.list_groups)


def drive_ecr(url):
    ecr = client(url, "ecr")
    iam = client(url, "iam")
    role = iam.create_role(RoleName="puller", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    made = ecr.create_repository(
        repositoryName="team/app",
        imageTagMutability="MUTABLE",
        imageScanningConfiguration={"scanOnPush": True},
        encryptionConfiguration={"encryptionType": "AES256"},
        tags=[{"Key": "Name", "Value": "app"}],
    )["repository"]
    arn = made["repositoryArn"]
    equal(isinstance(made["createdAt"], datetime.datetime), True, "creation")
    for number in range(3):
        ecr.create_repository(repositoryName=f"more-{number}")
    found = pages(ecr, "describe_repositories", "repositories", PaginationConfig={"PageSize": 3})
    equal(len(found), 4, "repositories")
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AllowPull",
                "Effect": "Allow",
                "Principal": {"AWS": role},
                "Action": ["ecr:BatchGetImage"],
            }
        ],
    }
    ecr.set_repository_policy(repositoryName="team/app", policyText=json.dumps(policy))
    text = ecr.get_repository_policy(repositoryName="team/app")["policyText"]
    equal(json.loads(text)["Statement"][0]["Principal"], {"AWS": role}, "principal")
    ghost = json.dumps(policy).replace("puller", "ghost")
    refused("InvalidParameterException", ecr.set_repository_policy, repositoryName="team/app", policyText=ghost)
    ecr.delete_repository_policy(repositoryName="team/app")
    refused("RepositoryPolicyNotFoundException", ecr.get_repository_policy, repositoryName="team/app")
    ecr.put_image_tag_mutability(repositoryName="team/app", imageTagMutability="IMMUTABLE")
    ecr.put_image_scanning_configuration(
        repositoryName="team/app", imageScanningConfiguration={"scanOnPush": False}
    )
    lifecycle = {
        "rules": [
            {
                "rulePriority": 1,
                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9},
                "action": {"type": "expire"},
            }
        ]
    }
    ecr.put_lifecycle_policy(repositoryName="team/app", lifecyclePolicyText=json.dumps(lifecycle))
    ecr.get_lifecycle_policy(repositoryName="team/app")
    ecr.delete_lifecycle_policy(repositoryName="team/app")
    ecr.tag_resource(resourceArn=arn, tags=[{"Key": "Team", "Value": "x"}])
    ecr.untag_resource(resourceArn=arn, tagKeys=["Name"])
    equal(ecr.list_tags_for_resource(resourceArn=arn)["tags"], [{"Key": "Team", "Value": "x"}], "tags")
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:" + "0" * 64, "size": 2},
        "layers": [],
    }
    ecr.put_image(repositoryName="team/app", imageManifest=json.dumps(manifest), imageTag="v1")
    refused(
        "ImageTagAlreadyExistsException",
        ecr.put_image,
        repositoryName="team/app",
        imageManifest=json.dumps({**manifest, "layers": [manifest["config"]]}),
        imageTag="v1",
    )
    equal(ecr.list_images(repositoryName="team/app")["imageIds"][0]["imageTag"], "v1", "image")
    ecr.describe_images(repositoryName="team/app")
    refused("RepositoryNotEmptyException", ecr.delete_repository, repositoryName="team/app")
    gone = ecr.batch_delete_image(
        repositoryName="team/app", imageIds=[{"imageTag": "v1"}, {"imageTag": "none"}]
    )
    equal(gone["failures"][0]["failureCode"], "ImageNotFound", "image failure")
    token = ecr.get_authorization_token()["authorizationData"][0]
    equal(isinstance(token["expiresAt"], datetime.datetime), True, "expiry")
    # `aws ecr get-login-password` takes it apart so.
    login = base64.b64decode(token["authorizationToken"]).decode().split(":")
    equal((len(login), login[0]), (2, "AWS"), "authorization token")
    ecr.delete_repository(repositoryName="team/app", force=True)
    refused("RepositoryNotFoundException", ecr.delete_repository, repositoryName="team/app")


def drive_logs(url):
    logs = client(url, "logs")
    logs.create_log_group(logGroupName="/ecs/app", tags={"Name": "app"})
    for number in range(3):
        logs.create_log_group(logGroupName=f"/ecs/more-{number}")
    groups = pages(
        logs, "describe_log_groups", "logGroups", logGroupNamePrefix="/ecs", PaginationConfig={"PageSize": 2}
    )
    equal(len(groups), 4, "log groups")
    arn = groups[0]["logGroupArn"]
    equal(groups[0]["arn"], arn + ":*", "log group ARN")
    logs.put_retention_policy(logGroupName="/ecs/app", retentionInDays=14)
    refused("InvalidParameterException", logs.put_retention_policy, logGroupName="/ecs/app", retentionInDays=15)
    logs.delete_retention_policy(logGroupName="/ecs/app")
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
    logs.associate_kms_key(logGroupName="/ecs/app", kmsKeyId=key)
    logs.disassociate_kms_key(logGroupName="/ecs/app")
    logs.tag_resource(resourceArn=arn, tags={"Team": "x"})
    logs.untag_resource(resourceArn=arn, tagKeys=["Name"])
    equal(logs.list_tags_for_resource(resourceArn=arn)["tags"], {"Team": "x"}, "tags")
    logs.tag_log_group(logGroupName="/ecs/app", tags={"Old": "way"})
    logs.untag_log_group(logGroupName="/ecs/app", tags=["Team"])
    equal(logs.list_tags_log_group(logGroupName="/ecs/app")["tags"], {"Old": "way"}, "tags, the old way")
    logs.create_log_stream(logGroupName="/ecs/app", logStreamName="one")
    now = int(datetime.datetime.now().timestamp() * 1000)
    events = [{"timestamp": now + number, "message": f"line {number}"} for number in range(3)]
    logs.put_log_events(logGroupName="/ecs/app", logStreamName="one", logEvents=events)
    found = logs.get_log_events(logGroupName="/ecs/app", logStreamName="one", startFromHead=True)
    equal([event["message"] for event in found["events"]], ["line 0", "line 1", "line 2"], "events")
    equal(len(logs.describe_log_streams(logGroupName="/ecs/app")["logStreams"]), 1, "streams")
    logs.put_log_group_deletion_protection(logGroupIdentifier="/ecs/app", deletionProtectionEnabled=True)
    logs.put_log_group_deletion_protection(logGroupIdentifier="/ecs/app", deletionProtectionEnabled=False)
    refused("ResourceAlreadyExistsException", logs.create_log_group, logGroupName="/ecs/app")
    logs.delete_log_group(logGroupName="/ecs/app")
    refused("ResourceNotFoundException", logs.delete_log_group, logGroupName="/ecs/app")


def control(url, path, method="GET"):
    with urllib.request.urlopen(urllib.request.Request(f"{url}/_mock/{path}", method=method)) as answer:
        return json.load(answer)


def main(url):
    equal(control(url, "health")["status"], "ok", "health")
    control(url, "reset", "POST")
    for drive in drive_sts, drive_ecs, drive_iam, drive_ecr, drive_logs:
        try:
            drive(url)
        except botocore.exceptions.BotoCoreError as error:
            problems.append(f"{drive.__name__}: {error}")
        except botocore.exceptions.ClientError as error:
            problems.append(f"{drive.__name__}: {error}")
    calls = control(url, "calls")
    done = {(call["service"], call["operation"]) for call in calls if call["refused"] is None}
    for service, names in OPERATIONS.items():
        for name in names.split():
            if (service, name) not in done:
                problems.append(f"{service}:{name} was not driven")
    unknown = {call["operation"] for call in calls if call["refused"] in ("UnknownOperationException", "InvalidAction")}
    equal(unknown, {"RunTask", "ListGroups"}, "unknown operations in the journal")
    control(url, "reset", "POST")
    for problem in problems:
        print(problem)
    print(f"{len(calls)} calls, {len(done)} operations, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].rstrip("/")))
