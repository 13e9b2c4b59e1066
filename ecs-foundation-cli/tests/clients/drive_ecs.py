"""The part of the drive that covers deployments and task sets of ECS services, protection of tasks and attributes."""

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


def task_sets(drive):
    ecs, equal = drive.ecs, drive.equal
    ecs("CreateCluster", clusterName="sets", capacityProviders=["FARGATE"])
    container = {"name": "web", "image": "web:1", "essential": True, "portMappings": [{"containerPort": 80}]}
    fargate = {"networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512"}
    ecs("RegisterTaskDefinition", family="sets", containerDefinitions=[container], **fargate)
    external = {"desiredCount": 0, "deploymentController": {"type": "EXTERNAL"}}
    for name in "web", "gone":
        ecs("CreateService", cluster="sets", serviceName=name, role="ecs", **external)
    ecs("DeleteService", cluster="sets", service="gone")
    named, gone = ({"cluster": "sets", "service": name} for name in ("web", "gone"))
    vpc = {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "ENABLED"}
    create = {"taskDefinition": "sets", "networkConfiguration": {"awsvpcConfiguration": vpc}}
    scale = {"value": 50, "unit": "PERCENT"}
    blue = ecs(
        "CreateTaskSet",
        **named,
        **create,
        externalId="blue",
        launchType="FARGATE",
        platformVersion="LATEST",
        scale=scale,
        clientToken="once",
        tags=[{"key": "Team", "value": "shop"}],
    )["taskSet"]
    equal(blue["tags"][0]["value"], "shop", "tags of a task set")
    balancing = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
    rule = f"{balancing}:listener-rule/app/web/1/1/1"
    advanced = {
        "alternateTargetGroupArn": f"{balancing}:targetgroup/green/1",
        "productionListenerRule": rule,
        "testListenerRule": rule,
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/balancing",
    }
    target = {"containerName": "web", "containerPort": 80}
    balancer = {**target, "targetGroupArn": f"{balancing}:targetgroup/blue/1", "advancedConfiguration": advanced}
    registry = {**target, "registryArn": f"arn:aws:servicediscovery:{REGION}:{ACCOUNT}:service/srv-1", "port": 80}
    green = ecs(
        "CreateTaskSet",
        **named,
        **create,
        capacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1, "base": 0}],
        loadBalancers=[balancer, {**target, "loadBalancerName": "web"}],
        serviceRegistries=[registry],
    )["taskSet"]
    primary = ecs("UpdateServicePrimaryTaskSet", **named, primaryTaskSet=green["taskSetArn"])["taskSet"]
    equal(primary["status"], "PRIMARY", "status of the primary task set")
    changed = ecs("UpdateTaskSet", **named, taskSet=blue["id"], scale={"value": 100, "unit": "PERCENT"})["taskSet"]
    equal(changed["scale"]["value"], 100.0, "scale of a task set")
    unknown = "ecs-svc/1"
    found = ecs("DescribeTaskSets", **named, taskSets=[blue["taskSetArn"], unknown], include=["TAGS"])
    equal((found["taskSets"][0]["externalId"], found["failures"][0]["reason"]), ("blue", "MISSING"), "task sets")
    equal(ecs("DeleteTaskSet", **named, taskSet=blue["id"], force=True)["taskSet"]["status"], "DRAINING", "deletion")
    for operation, member, more in (
        ("CreateTaskSet", None, create),
        ("DescribeTaskSets", "taskSets", {}),
        ("UpdateTaskSet", "taskSet", {"scale": scale}),
        ("UpdateServicePrimaryTaskSet", "primaryTaskSet", {}),
        ("DeleteTaskSet", "taskSet", {}),
    ):
        text = (lambda id: [id]) if operation == "DescribeTaskSets" else (lambda id: id)
        target = lambda id: {member: text(id), **more} if member else more
        ecs.refused("ServiceNotActiveException", operation, **gone, **target(unknown))
        ecs.refused("ServiceNotFoundException", operation, cluster="sets", service="none", **target(unknown))
        ecs.refused("ClusterNotFoundException", operation, cluster="none", service="web", **target(unknown))
        ecs.refused("ClientException", operation, cluster="arn:aws", service="web", **target(unknown))
        if member:
            ecs.refused("InvalidParameterException", operation, **named, **target("none"))
        if member in ("taskSet", "primaryTaskSet"):
            ecs.refused("TaskSetNotFoundException", operation, **named, **target(unknown))
    scale["value"] = 101
    ecs.refused("InvalidParameterException", "CreateTaskSet", **named, **create, scale=scale)


def settings(drive):
    ecs, equal = drive.ecs, drive.equal
    user = f"arn:aws:iam::{ACCOUNT}:user/mock"
    ecs("PutAccountSetting", name="awsvpcTrunking", value="enabled", principalArn=user)
    found = ecs("DeleteAccountSetting", name="awsvpcTrunking", principalArn=user)["setting"]
    equal(found["value"], "disabled", "deleted setting")


PARTS = (attributes, deployments, task_sets, settings)
