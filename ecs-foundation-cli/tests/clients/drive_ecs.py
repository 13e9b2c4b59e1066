"""The part of the drive that covers deployments of ECS services, protection of tasks, attributes and commands."""

from clients import ACCOUNT, REGION

ARN = f"arn:aws:ecs:{REGION}:{ACCOUNT}"


def attributes(drive):
    ecs, equal = drive.ecs, drive.equal
    ecs("CreateCluster", clusterName="attributes")
    for digit in "0", "1":
        drive.mock.seed(**{"container-instance": {"cluster": "attributes", "id": digit * 32}})
    kind = "container-instance"
    own = [{"name": name, "value": "x", "targetType": kind, "targetId": "0" * 32} for name in ("rack", "stack")]
    named = {"cluster": "attributes"}
    ecs("PutAttributes", **named, attributes=own)
    found = ecs("ListAttributes", **named, targetType=kind, attributeName="rack", attributeValue="x")
    equal(found["attributes"][0]["targetId"], f"{ARN}:container-instance/attributes/{'0' * 32}", "attribute")
    equal(len(ecs.pages("ListAttributes", "attributes", 1, **named, targetType=kind)), 2, "attributes")
    many = [{**own[0], "name": f"a{number}"} for number in range(9)]
    ecs.refused("AttributeLimitExceededException", "PutAttributes", **named, attributes=many)
    value = {"targetType": kind, "attributeValue": "x"}
    ecs.refused("InvalidParameterException", "ListAttributes", **named, **value)
    for operation in "PutAttributes", "DeleteAttributes":
        ecs.refused("InvalidParameterException", operation, **named, attributes=[])
        gone = [{**own[0], "targetId": "9" * 32}]
        ecs.refused("TargetNotFoundException", operation, **named, attributes=gone)
        ecs.refused("ClusterNotFoundException", operation, cluster="none", attributes=own)
        ecs.refused("ClientException", operation, cluster="arn:aws", attributes=own)
    ecs.refused("ClusterNotFoundException", "ListAttributes", cluster="none", targetType=kind)
    ecs.refused("ClientException", "ListAttributes", cluster="arn:aws", targetType=kind)
    deleted = ecs("DeleteAttributes", **named, attributes=own)["attributes"]
    equal(len(deleted), 2, "deleted attributes")


def deployments(drive):
    ecs, equal = drive.ecs, drive.equal
    named = {"cluster": "deployed", "service": "web"}
    ecs("CreateCluster", clusterName="deployed", capacityProviders=["FARGATE"])
    container = {"name": "web", "image": "web:1", "essential": True}
    fargate = {"networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512"}
    ecs("RegisterTaskDefinition", family="deployed", containerDefinitions=[container], **fargate)
    network = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    create = {"taskDefinition": "deployed", "desiredCount": 1, "launchType": "FARGATE", "networkConfiguration": network}
    ecs(
        "CreateService",
        cluster="deployed",
        serviceName="web",
        enableExecuteCommand=True,
        serviceConnectConfiguration={"enabled": True, "namespace": "shared"},
        **create,
    )
    ecs("UpdateService", **named, forceNewDeployment=True)
    first = ecs("ListServiceDeployments", **named, maxResults=1)
    rest = ecs("ListServiceDeployments", **named, maxResults=1, nextToken=first["nextToken"])
    found = first["serviceDeployments"] + rest["serviceDeployments"]
    equal(len(found), 2, "service deployments")
    now = drive.mock("clock")["millis"] // 1000
    times = {"before": now + 9, "after": now - 9}
    statuses = [deployment["status"] for deployment in found]
    listed = ecs("ListServiceDeployments", **named, status=statuses, createdAt=times)["serviceDeployments"]
    equal(len(listed), 2, "service deployments with a status")
    deployment, revision = found[0]["serviceDeploymentArn"], found[0]["targetServiceRevisionArn"]
    described = ecs("DescribeServiceDeployments", serviceDeploymentArns=[deployment])["serviceDeployments"][0]
    equal(described["targetServiceRevision"]["arn"], revision, "service deployment")
    described = ecs("DescribeServiceRevisions", serviceRevisionArns=[revision, f"{revision}0"])
    equal(described["serviceRevisions"][0]["taskDefinition"], f"{ARN}:task-definition/deployed:1", "revision")
    equal(described["failures"][0]["reason"], "MISSING", "missing revision")
    for operation, member, arn in (
        ("DescribeServiceDeployments", "serviceDeploymentArns", deployment),
        ("DescribeServiceRevisions", "serviceRevisionArns", revision),
    ):
        ecs.refused("InvalidParameterException", operation, **{member: []})
        ecs.refused("ClientException", operation, **{member: ["arn:aws"]})
        ecs.refused("ServiceNotFoundException", operation, **{member: [arn.replace("/web/", "/none/")]})
        ecs.refused("ClusterNotFoundException", operation, **{member: [arn.replace("/deployed/", "/none/")]})
    ecs.refused("InvalidParameterException", "ListServiceDeployments", **named, nextToken="none")
    ecs.refused("ServiceNotFoundException", "ListServiceDeployments", cluster="deployed", service="none")
    ecs.refused("ClusterNotFoundException", "ListServiceDeployments", cluster="none", service="web")
    ecs.refused("ClientException", "ListServiceDeployments", cluster="arn:aws", service="web")
    connected = {"serviceConnectConfiguration": {"enabled": True, "namespace": "shared"}}
    ecs("CreateService", cluster="deployed", serviceName="api", **connected, **create)
    services = ecs.pages("ListServicesByNamespace", "serviceArns", 1, namespace="shared")
    equal(services, [f"{ARN}:service/deployed/api", f"{ARN}:service/deployed/web"], "services of a namespace")
    ecs.refused("InvalidParameterException", "ListServicesByNamespace", namespace="shared", nextToken="none")
    protection(drive)


def protection(drive):
    ecs, equal = drive.ecs, drive.equal
    task = ecs("ListTasks", cluster="deployed", serviceName="web")["taskArns"][0]
    tasks = {"cluster": "deployed", "tasks": [task]}
    made = ecs("UpdateTaskProtection", **tasks, protectionEnabled=True, expiresInMinutes=60)
    equal(made["protectedTasks"][0]["protectionEnabled"], True, "protection")
    equal(ecs("GetTaskProtection", **tasks)["protectedTasks"][0]["taskArn"], task, "protected task")
    execute = {"cluster": "deployed", "task": task, "container": "web", "command": "/bin/sh", "interactive": True}
    # The AWS CLI passes the session to its plugin and prints nothing.
    session = ecs("ExecuteCommand", **execute).get("session", {"sessionId": "ecs-execute-command-"})
    equal(session["sessionId"].startswith("ecs-execute-command-"), True, "session")
    ecs.refused("InvalidParameterException", "ExecuteCommand", **{**execute, "interactive": False})
    for operation, more in (("GetTaskProtection", {}), ("UpdateTaskProtection", {"protectionEnabled": False})):
        ecs.refused("InvalidParameterException", operation, cluster="deployed", tasks=[], **more)
        ecs.refused("ClusterNotFoundException", operation, cluster="none", tasks=["0"], **more)
        ecs.refused("ClientException", operation, cluster="arn:aws", tasks=["0"], **more)
    ecs.refused("ClusterNotFoundException", "ExecuteCommand", **{**execute, "cluster": "none"})
    ecs.refused("ClientException", "ExecuteCommand", **{**execute, "cluster": "arn:aws"})


def settings(drive):
    ecs, equal = drive.ecs, drive.equal
    user = f"arn:aws:iam::{ACCOUNT}:user/mock"
    ecs("PutAccountSetting", name="awsvpcTrunking", value="enabled", principalArn=user)
    found = ecs("DeleteAccountSetting", name="awsvpcTrunking", principalArn=user)["setting"]
    equal(found["value"], "disabled", "deleted setting")


PARTS = (attributes, deployments, settings)
