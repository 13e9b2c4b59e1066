"""Calls every operation of each service with every member of its requests, and causes every error that depends on
state. It runs with boto3 and with the AWS CLI."""

import base64
import hashlib
import json
import urllib.request

import drive_credentials
import drive_ecr
import drive_ecs
import drive_iam
import drive_logs
from clients import ACCOUNT, REGION, Refused


def sha256(text):
    """Returns the digest of an image manifest."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

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
EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
# A policy for service-linked roles, which no other role accepts.
LINKED = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"
NO_POLICY = f"arn:aws:iam::{ACCOUNT}:policy/none"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
HOUR = 3_600_000


def fill(shape, given=None, left_out=(), at=""):
    """Returns a value of a shape with every member: the given ones, and valid values for the others."""
    if given is not None and shape.type_name not in ("structure", "list"):
        return given
    if shape.type_name == "structure":
        given = {} if given is None else given
        return {
            name: fill(member, given.get(name), left_out, f"{at}{name}.")
            for name, member in shape.members.items()
            if f"{at}{name}" not in left_out
        }
    if shape.type_name == "list":
        if given is None:
            return [fill(shape.member, None, left_out, at)]
        # The first item gets every member; the other items are used as given.
        return [fill(shape.member, item, left_out, at) if place == 0 else item for place, item in enumerate(given)]
    if shape.type_name == "map":
        return {"key": fill(shape.value, None, left_out, at)}
    if shape.type_name == "string":
        return shape.enum[0] if getattr(shape, "enum", None) else "x" * max(1, shape.metadata.get("min", 1))
    if shape.type_name == "boolean":
        return False
    return max(1, int(shape.metadata.get("min", 1)))


class Drive:
    """One run with one client."""

    def __init__(self, client, mock, checker):
        self.mock, self.checker = mock, checker
        self.ecs, self.iam, self.ecr, self.logs, self.sts = (
            client(service) for service in ("ecs", "iam", "ecr", "logs", "sts")
        )

    def equal(self, found, expected, what):
        if found != expected:
            self.checker.say(f"{what}: {found!r} instead of {expected!r}")

    def all(self):
        for part in (
            self.identity,
            self.clusters,
            self.clusters_in_use,
            self.task_definitions,
            self.tasks,
            self.services,
            self.capacity_providers,
            self.account_settings,
            self.roles,
            self.role_policies,
            self.policies,
            self.service_linked_roles,
            self.repositories,
            self.repository_policies,
            self.images,
            self.layers,
            self.registry,
            self.pull_through_cache_rules,
            self.creation_templates,
            self.log_groups,
            self.log_events,
            self.log_filters,
            self.log_policies,
            self.log_queries,
        ):
            self.run(part)
        parts = (drive_credentials, drive_iam, drive_logs, drive_ecr, drive_ecs)
        for part in (part for module in parts for part in module.PARTS):
            self.run(part, self)

    def run(self, part, *arguments):
        try:
            part(*arguments)
        except Refused as refused:
            self.checker.say(f"{part.__name__}: {refused}")

    # -- STS -------------------------------------------------------------------------------------------------

    def identity(self):
        self.equal(self.sts("GetCallerIdentity")["Account"], ACCOUNT, "account")

    # -- ECS -------------------------------------------------------------------------------------------------

    def clusters(self):
        ecs, equal = self.ecs, self.equal
        everything = {
            "clusterName": "main",
            "tags": [{"key": "Name", "value": "main"}],
            "settings": [{"name": "containerInsights", "value": "enabled"}],
            "configuration": {
                "executeCommandConfiguration": {
                    "kmsKeyId": KEY,
                    "logging": "OVERRIDE",
                    "logConfiguration": {
                        "cloudWatchLogGroupName": "/ecs/exec",
                        "cloudWatchEncryptionEnabled": True,
                        "s3BucketName": "exec",
                        "s3EncryptionEnabled": False,
                        "s3KeyPrefix": "main",
                    },
                },
                "managedStorageConfiguration": {"kmsKeyId": KEY, "fargateEphemeralStorageKmsKeyId": KEY},
            },
            "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
            "defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE", "base": 1, "weight": 100}],
            "serviceConnectDefaults": {"namespace": "internal"},
        }
        arn = ecs("CreateCluster", **everything)["cluster"]["clusterArn"]
        equal(arn, f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/main", "cluster ARN")
        equal(ecs("CreateCluster", **everything)["cluster"]["clusterArn"], arn, "the same cluster again")
        ecs.refused("InvalidParameterException", "CreateCluster", clusterName="main")
        ecs.refused("InvalidParameterException", "CreateCluster", capacityProviders=["NONE"])
        for number in range(3):
            ecs("CreateCluster", clusterName=f"more-{number}")
        equal(len(ecs.pages("ListClusters", "clusterArns", 2)), 4, "clusters")
        include = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"]
        found = ecs("DescribeClusters", clusters=["main", "none"], include=include)
        equal(found["clusters"][0]["status"], "ACTIVE", "cluster status")
        equal(found["clusters"][0]["configuration"], everything["configuration"], "cluster configuration")
        equal(found["failures"][0]["reason"], "MISSING", "failure")
        insights = [{"name": "containerInsights", "value": "enhanced"}]
        ecs("UpdateClusterSettings", cluster="main", settings=insights)
        ecs(
            "UpdateCluster",
            cluster="main",
            settings=insights,
            configuration=everything["configuration"],
            serviceConnectDefaults={"namespace": "other"},
        )
        ecs(
            "PutClusterCapacityProviders",
            cluster="main",
            capacityProviders=["FARGATE"],
            defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE", "base": 0, "weight": 1}],
        )
        ecs("TagResource", resourceArn=arn, tags=[{"key": "Team", "value": "Käse + Brot"}])
        ecs("UntagResource", resourceArn=arn, tagKeys=["Name"])
        tags = ecs("ListTagsForResource", resourceArn=arn)["tags"]
        equal(tags, [{"key": "Team", "value": "Käse + Brot"}], "cluster tags")
        many = [{"key": f"key-{number}", "value": "x"} for number in range(50)]
        ecs.refused("LimitExceededException", "TagResource", resourceArn=arn, tags=many)

        gone = f"{arn}-none"
        ecs.refused("ClusterNotFoundException", "TagResource", resourceArn=gone, tags=many[:1])
        ecs.refused("ClusterNotFoundException", "UntagResource", resourceArn=gone, tagKeys=["a"])
        ecs.refused("ClusterNotFoundException", "ListTagsForResource", resourceArn=gone)
        service = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/main/none"
        ecs.refused("ResourceNotFoundException", "TagResource", resourceArn=service, tags=many[:1])
        ecs.refused("ResourceNotFoundException", "UntagResource", resourceArn=service, tagKeys=["a"])
        ecs.refused("ClusterNotFoundException", "DeleteCluster", cluster="none")
        ecs.refused("InvalidParameterException", "ListClusters", nextToken="none")
        for operation, more in (
            ("TagResource", {"tags": many[:1]}),
            ("UntagResource", {"tagKeys": ["a"]}),
            ("ListTagsForResource", {}),
        ):
            ecs.refused("ClientException", operation, resourceArn="arn:aws", **more)
        for operation, more in (
            ("DeleteCluster", {}),
            ("UpdateClusterSettings", {"settings": insights}),
            ("ListServices", {}),
            ("ListTasks", {}),
            ("ListContainerInstances", {}),
        ):
            ecs.refused("ClientException", operation, cluster="arn:aws", **more)
        ecs.refused("ClusterNotFoundException", "UpdateCluster", cluster="none", settings=insights)
        ecs.refused("ClusterNotFoundException", "UpdateClusterSettings", cluster="none", settings=insights)
        ecs.refused(
            "ClusterNotFoundException",
            "PutClusterCapacityProviders",
            cluster="none",
            capacityProviders=[],
            defaultCapacityProviderStrategy=[],
        )
        equal(ecs("DeleteCluster", cluster=arn)["cluster"]["status"], "INACTIVE", "deleted cluster")
        ecs.refused("InvalidParameterException", "ListTagsForResource", resourceArn=arn)
        ecs.refused("InvalidParameterException", "UntagResource", resourceArn=arn, tagKeys=["Team"])
        for operation in "UpdateClusterSettings", "UpdateCluster":
            ecs.refused("ClusterNotFoundException", operation, cluster="main", settings=insights)
        ecs.refused(
            "ClusterNotFoundException",
            "PutClusterCapacityProviders",
            cluster="main",
            capacityProviders=[],
            defaultCapacityProviderStrategy=[],
        )
        ecs.refused("NotImplemented", "DiscoverPollEndpoint")

    def clusters_in_use(self):
        ecs, seed = self.ecs, self.mock.seed
        seed(**{"capacity-provider": {"name": "mine"}})
        ecs("CreateCluster", clusterName="used", capacityProviders=["FARGATE", "mine"])
        for digit in "0", "1":
            seed(**{"container-instance": {"cluster": "used", "id": digit * 32}})
        ecs.refused("ClusterContainsContainerInstancesException", "DeleteCluster", cluster="used")
        ecs("ListContainerInstances", cluster="used", filter="", status="ACTIVE", maxResults=9)
        ecs.pages("ListContainerInstances", "containerInstanceArns", 1, cluster="used")
        ecs("CreateCluster", clusterName="busy", capacityProviders=["FARGATE"])
        for name in "web", "worker":
            seed(service={"cluster": "busy", "name": name, "capacity-provider": "FARGATE"})
        ecs.refused("ClusterContainsServicesException", "DeleteCluster", cluster="busy")
        ecs.refused(
            "ResourceInUseException",
            "PutClusterCapacityProviders",
            cluster="busy",
            capacityProviders=[],
            defaultCapacityProviderStrategy=[],
        )
        ecs(
            "ListServices",
            cluster="busy",
            launchType="FARGATE",
            schedulingStrategy="REPLICA",
            resourceManagementType="CUSTOMER",
        )
        ecs.pages("ListServices", "serviceArns", 1, cluster="busy")
        ecs("CreateCluster", clusterName="tasks")
        for digit in "0", "1":
            seed(task={"cluster": "tasks", "id": digit * 32})
        ecs.refused("ClusterContainsTasksException", "DeleteCluster", cluster="tasks")
        ecs("ListTasks", cluster="tasks", desiredStatus="RUNNING", launchType="FARGATE")
        ecs("ListTasks", cluster="tasks", family="app")
        ecs("ListTasks", cluster="tasks", startedBy="ops")
        ecs("ListTasks", cluster="busy", serviceName="web")
        ecs("ListTasks", cluster="used", containerInstance="0" * 32)
        ecs("ListTasks", cluster="tasks", daemonName="agent")
        ecs.pages("ListTasks", "taskArns", 1, cluster="tasks")
        ecs.refused("ServiceNotFoundException", "ListTasks", cluster="tasks", serviceName="none")
        for listing in "ListServices", "ListTasks", "ListContainerInstances":
            ecs.refused("ClusterNotFoundException", listing, cluster="none")

        # Changes in progress while other calls arrive.
        ecs("CreateCluster", clusterName="changing", capacityProviders=["mine"])
        self.mock("lag", "PUT", {"capacity-providers": "1h"})
        change = {"capacityProviders": ["FARGATE", "mine"], "defaultCapacityProviderStrategy": []}
        ecs("PutClusterCapacityProviders", cluster="changing", **change)
        ecs.refused("UpdateInProgressException", "PutClusterCapacityProviders", cluster="changing", **change)
        ecs("CreateCluster", clusterName="new", capacityProviders=["mine"])
        ecs.refused("ClientException", "PutClusterCapacityProviders", cluster="new", **change)
        insights = [{"name": "containerInsights", "value": "enabled"}]
        ecs.refused("UpdateInProgressException", "UpdateClusterSettings", cluster="changing", settings=insights)
        ecs.refused("ClientException", "UpdateCluster", cluster="new", settings=insights)
        ecs.refused("UpdateInProgressException", "DeleteCluster", cluster="changing")
        self.mock("lag", "PUT", {"capacity-providers": "0s"})

    def filled(self, operation, given, left_out=()):
        """Returns a request with every member of the model: the given ones, and valid values for the others."""
        shape = self.ecs.model.operation_model(operation).input_shape
        return fill(shape, given, left_out)

    def task_definitions(self):
        ecs, equal = self.ecs, self.equal
        ecs.refused("ClientException", "DescribeTaskDefinition", taskDefinition="app")
        container = {
            "name": "web",
            "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/app:1",
            "essential": True,
            "portMappings": [
                {"containerPort": 80, "hostPort": 80, "protocol": "tcp", "name": "http", "appProtocol": "http"},
                {"containerPortRange": "8000-8010"},
            ],
            "dependsOn": [{"containerName": "agent", "condition": "START"}],
            "mountPoints": [{"sourceVolume": "data", "containerPath": "/data", "readOnly": False}],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": "/ecs/app", "awslogs-region": REGION},
            },
        }
        agent = {"name": "agent", "image": "agent:1", "memory": 64, "essential": False}
        given = {
            "family": "app",
            "taskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/none",
            "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/none",
            # The network mode awsvpc does not allow some of these members.
            "networkMode": "bridge",
            "requiresCompatibilities": ["EC2"],
            "cpu": "256",
            "memory": "512",
            "containerDefinitions": [container, agent],
            "volumes": [{"name": "data"}],
            "tags": [{"key": "Team", "value": "shop"}],
        }
        everything = self.filled("RegisterTaskDefinition", given)
        made = ecs("RegisterTaskDefinition", **everything)["taskDefinition"]
        equal(made["revision"], 1, "revision")
        equal(made["compatibilities"], ["EXTERNAL", "EC2"], "compatibilities")
        simple = {
            "family": "simple",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": ".25 vCPU",
            "memory": "0.5GB",
            "containerDefinitions": [{"name": "web", "image": "nginx", "portMappings": [{"containerPort": 80}]}],
        }
        for _ in range(3):
            simple_arn = ecs("RegisterTaskDefinition", **simple)["taskDefinition"]["taskDefinitionArn"]
        ecs.refused("ClientException", "RegisterTaskDefinition", **{**simple, "memory": "2048", "cpu": "256x"})
        ecs.refused("InvalidParameterException", "RegisterTaskDefinition", **{**simple, "networkMode": "mesh"})
        ecs.refused("InvalidParameterException", "DescribeTaskDefinition", taskDefinition="app", include=["ODD"])
        found = ecs("DescribeTaskDefinition", taskDefinition="app:1", include=["TAGS"])
        equal(found["tags"], [{"key": "Team", "value": "shop"}], "tags of a task definition")
        equal(found["taskDefinition"]["containerDefinitions"], made["containerDefinitions"], "containers")
        ecs("ListTaskDefinitions", familyPrefix="simple", status="ACTIVE", sort="DESC")
        equal(len(ecs.pages("ListTaskDefinitions", "taskDefinitionArns", 3)), 4, "task definitions")
        ecs("ListTaskDefinitionFamilies", familyPrefix="s", status="ALL")
        equal(ecs.pages("ListTaskDefinitionFamilies", "families", 1), ["app", "simple"], "families")
        ecs.refused("InvalidParameterException", "ListTaskDefinitions", nextToken="none")
        ecs.refused("InvalidParameterException", "ListTaskDefinitionFamilies", nextToken="none")
        ecs.refused("ClientException", "DeregisterTaskDefinition", taskDefinition="none:1")
        gone = ecs("DeregisterTaskDefinition", taskDefinition=simple_arn)["taskDefinition"]
        equal(gone["status"], "INACTIVE", "deregistered")
        answer = ecs("DeleteTaskDefinitions", taskDefinitions=[simple_arn, "simple:1"])
        equal(answer["taskDefinitions"][0]["status"], "DELETE_IN_PROGRESS", "deleted")
        equal(len(answer["failures"]), 1, "still ACTIVE")
        ecs.refused("InvalidParameterException", "DeleteTaskDefinitions", taskDefinitions=[])
        ecs("TagResource", resourceArn=made["taskDefinitionArn"], tags=[{"key": "More", "value": "x"}])

    def tasks(self):
        ecs, equal = self.ecs, self.equal
        ecs("CreateCluster", clusterName="run", capacityProviders=["FARGATE", "FARGATE_SPOT"])
        role = self.iam("CreateRole", RoleName="tasks", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        vpc = {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "ENABLED"}
        run = {"cluster": "run", "taskDefinition": "simple", "networkConfiguration": {"awsvpcConfiguration": vpc}}
        strategy = [{"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 1}]
        given = {
            **run,
            "count": 2,
            "capacityProviderStrategy": strategy,
            "propagateTags": "TASK_DEFINITION",
            "tags": [{"key": "Team", "value": "shop"}],
            "overrides": {
                "containerOverrides": [{"name": "web", "command": ["serve"]}],
                "executionRoleArn": role,
                "taskRoleArn": role,
            },
        }
        # A launch type and a strategy exclude each other.
        tasks = ecs("RunTask", **self.filled("RunTask", given, {"launchType"}))["tasks"]
        equal([task["lastStatus"] for task in tasks], ["PROVISIONING"] * 2, "new tasks")
        arn = tasks[0]["taskArn"]
        ecs("RunTask", **run, launchType="FARGATE")
        found = ecs("DescribeTasks", cluster="run", tasks=[arn, "none"], include=["TAGS"])
        equal(found["tasks"][0]["lastStatus"], "RUNNING", "task status")
        equal(found["failures"][0]["reason"], "MISSING", "failure")
        equal(len(ecs.pages("ListTasks", "taskArns", 2, cluster="run")), 3, "tasks")
        stopped = ecs("StopTask", cluster="run", task=arn, reason="no longer needed")["task"]
        equal(stopped["desiredStatus"], "STOPPED", "stopped task")
        equal(len(ecs("ListTasks", cluster="run", desiredStatus="STOPPED")["taskArns"]), 1, "stopped tasks")
        ecs.refused("ClusterNotFoundException", "RunTask", **{**run, "cluster": "none"})
        ecs.refused("InvalidParameterException", "RunTask", **{**run, "count": 11})
        ecs.refused("ClientException", "RunTask", **{**run, "taskDefinition": "none"})
        token = {"clientToken": "token"}
        ecs("RunTask", **run, **token, launchType="FARGATE")
        ecs.refused("ConflictException", "RunTask", **run, **token, launchType="FARGATE", count=2)
        for operation, more in (("DescribeTasks", {"tasks": [arn]}), ("StopTask", {"task": arn})):
            ecs.refused("ClusterNotFoundException", operation, cluster="none", **more)
            ecs.refused("ClientException", operation, cluster="arn:aws", **more)
        ecs.refused("InvalidParameterException", "DescribeTasks", cluster="run", tasks=[])
        ecs.refused("InvalidParameterException", "StopTask", cluster="run", task="none")
        ecs.refused("ClusterContainsTasksException", "DeleteCluster", cluster="run")

    def services(self):
        ecs, equal = self.ecs, self.equal
        vpc = {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
        network = {"awsvpcConfiguration": vpc}
        rolling = {
            "strategy": "ROLLING",
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
            "deploymentCircuitBreaker": {
                "enable": True,
                "rollback": True,
                "resetOnHealthyTask": True,
                "thresholdConfiguration": {"type": "COUNT", "value": 3},
            },
        }
        strategy = [{"capacityProvider": "FARGATE", "base": 0, "weight": 1}]
        balancers = [{"containerName": "web", "containerPort": 80}]
        create = {
            "cluster": "run",
            "serviceName": "web",
            "taskDefinition": "simple",
            "desiredCount": 2,
            "schedulingStrategy": "REPLICA",
            "networkConfiguration": network,
            "deploymentConfiguration": rolling,
            "deploymentController": {"type": "ECS"},
            "capacityProviderStrategy": strategy,
            "loadBalancers": balancers,
            "propagateTags": "SERVICE",
            "tags": [{"key": "Team", "value": "shop"}],
        }
        # Fargate does not support placement constraints.
        left_out = {"launchType", "role", "placementConstraints"}
        made = ecs("CreateService", **self.filled("CreateService", create, left_out))["service"]
        placed = {"cluster": "run", "taskDefinition": "app"}
        constraints = [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}, {"type": "distinctInstance"}]
        on_instances = {"serviceName": "placed", "desiredCount": 0, "launchType": "EC2"}
        ecs("CreateService", **placed, **on_instances, placementConstraints=constraints)
        ecs("UpdateService", **placed, service="placed", placementConstraints=constraints[:1])
        equal(made["status"], "ACTIVE", "service status")
        plain = {key: create[key] for key in ("cluster", "taskDefinition", "networkConfiguration")}
        ecs("CreateService", **plain, serviceName="plain", desiredCount=0, launchType="FARGATE")
        found = ecs("DescribeServices", cluster="run", services=["web", "none"], include=["TAGS"])
        equal(found["services"][0]["runningCount"], 2, "running tasks of a service")
        equal(found["services"][0]["deployments"][0]["rolloutState"], "COMPLETED", "rollout")
        equal(found["failures"][0]["reason"], "MISSING", "failure")
        update = {
            "cluster": "run",
            "service": "web",
            "desiredCount": 1,
            "taskDefinition": "simple:1",
            "networkConfiguration": network,
            "deploymentConfiguration": rolling,
            "deploymentController": {"type": "ECS"},
            "capacityProviderStrategy": strategy,
            "loadBalancers": balancers,
            "forceNewDeployment": True,
        }
        changed = ecs("UpdateService", **self.filled("UpdateService", update, {"placementConstraints"}))["service"]
        equal(len(changed["deployments"]), 2, "deployments")
        stable = ecs("DescribeServices", cluster="run", services=["web"])["services"][0]
        equal((stable["runningCount"], len(stable["deployments"])), (1, 1), "stable service")
        ecs("TagResource", resourceArn=made["serviceArn"], tags=[{"key": "More", "value": "x"}])
        ecs.refused("InvalidParameterException", "CreateService", **{**create, "desiredCount": 5})
        ecs.refused("InvalidParameterException", "CreateService", **{**create, "serviceName": "new", "role": "ecs"})
        ecs.refused("ClientException", "CreateService", **{**create, "serviceName": "new", "taskDefinition": "none"})
        ecs.refused("ClusterNotFoundException", "CreateService", **{**create, "cluster": "none"})
        one = {"cluster": "run", "service": "web"}
        ecs.refused("InvalidParameterException", "UpdateService", **one, desiredCount=-1)
        ecs.refused("ClientException", "UpdateService", **one, taskDefinition="none")
        ecs.refused("InvalidParameterException", "DeleteService", **one)
        ecs.refused("InvalidParameterException", "DescribeServices", cluster="run", services=[])
        for operation, more in (("UpdateService", {"desiredCount": 1}), ("DeleteService", {"force": True})):
            ecs.refused("ServiceNotFoundException", operation, cluster="run", service="none", **more)
            ecs.refused("ClusterNotFoundException", operation, cluster="none", service="web", **more)
        ecs.refused("ClientException", "DeleteService", cluster="arn:aws", service="web")
        ecs.refused("ClusterNotFoundException", "DescribeServices", cluster="none", services=["web"])
        ecs.refused("ClientException", "DescribeServices", cluster="arn:aws", services=["web"])
        equal(ecs("DeleteService", **one, force=True)["service"]["status"], "DRAINING", "deleted service")
        gone = ecs("DescribeServices", cluster="run", services=["web"])["services"][0]
        equal(gone["status"], "INACTIVE", "service without tasks")
        ecs.refused("ServiceNotActiveException", "UpdateService", **one, desiredCount=1)

    def capacity_providers(self):
        ecs, equal = self.ecs, self.equal
        group = (
            f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:00000000-0000-4000-8000-000000000000"
            ":autoScalingGroupName/gpu"
        )
        scaling = {
            "status": "ENABLED",
            "targetCapacity": 80,
            "minimumScalingStepSize": 1,
            "maximumScalingStepSize": 10,
            "instanceWarmupPeriod": 60,
        }
        more = {"managedScaling": scaling, "managedTerminationProtection": "ENABLED", "managedDraining": "ENABLED"}
        tags = [{"key": "Team", "value": "shop"}]
        create = {"name": "gpu", "autoScalingGroupProvider": {"autoScalingGroupArn": group, **more}, "tags": tags}
        made = ecs("CreateCapacityProvider", **create)["capacityProvider"]
        equal(made["status"], "ACTIVE", "capacity provider")
        ecs.refused("ClientException", "CreateCapacityProvider", **create)
        ecs.refused("InvalidParameterException", "CreateCapacityProvider", **{**create, "name": "ecs-own"})
        found = ecs("DescribeCapacityProviders", capacityProviders=["gpu", "none"], include=["TAGS"])
        equal(found["capacityProviders"][0]["tags"], tags, "tags of a capacity provider")
        equal(found["failures"][0]["reason"], "MISSING", "failure")
        names = [one["name"] for one in ecs("DescribeCapacityProviders", maxResults=10)["capacityProviders"]]
        equal({"FARGATE", "FARGATE_SPOT", "gpu"} <= set(names), True, "capacity providers")
        first = ecs("DescribeCapacityProviders", maxResults=1)
        ecs("DescribeCapacityProviders", maxResults=1, nextToken=first["nextToken"])
        ecs.refused("InvalidParameterException", "DescribeCapacityProviders", nextToken="none")
        ecs("UpdateCapacityProvider", name="gpu", autoScalingGroupProvider=more)
        ecs.refused("ClientException", "UpdateCapacityProvider", name="none", autoScalingGroupProvider=more)
        ecs.refused("InvalidParameterException", "UpdateCapacityProvider", name="gpu")
        gone = ecs("DeleteCapacityProvider", capacityProvider="gpu")["capacityProvider"]
        equal(gone["status"], "INACTIVE", "deleted capacity provider")
        ecs.refused("ClientException", "DeleteCapacityProvider", capacityProvider="gpu")

    def account_settings(self):
        ecs = self.ecs
        user = f"arn:aws:iam::{ACCOUNT}:user/mock"
        ecs("PutAccountSetting", name="containerInsights", value="enabled")
        ecs("PutAccountSetting", name="containerInsights", value="disabled", principalArn=user)
        ecs("PutAccountSettingDefault", name="containerInsights", value="enhanced")
        found = ecs(
            "ListAccountSettings",
            name="containerInsights",
            value="disabled",
            principalArn=user,
            effectiveSettings=True,
        )
        self.equal(found["settings"][0]["value"], "disabled", "account setting")
        ecs.pages("ListAccountSettings", "settings", 3, effectiveSettings=True)
        for operation in "PutAccountSetting", "PutAccountSettingDefault":
            ecs.refused("InvalidParameterException", operation, name="containerInsights", value="some")
        ecs.refused("InvalidParameterException", "ListAccountSettings", value="enabled")

    # -- IAM -------------------------------------------------------------------------------------------------

    def roles(self):
        iam, equal = self.iam, self.equal
        trust = json.dumps(TRUST)
        boundary = iam("CreatePolicy", PolicyName="boundary", PolicyDocument=json.dumps(POLICY))["Policy"][
            "Arn"
        ]
        made = iam(
            "CreateRole",
            RoleName="app",
            Path="/team/",
            AssumeRolePolicyDocument=trust,
            Description="one two, three & four + 5 = 9/3",
            MaxSessionDuration=7200,
            MaxSigninSessionDuration=7200,
            PermissionsBoundary=boundary,
            Tags=[{"Key": "Name", "Value": "app"}, {"Key": "Team", "Value": "a b+c=d"}],
        )["Role"]
        equal(made["AssumeRolePolicyDocument"], TRUST, "trust")
        found = iam("GetRole", RoleName="app")["Role"]
        equal(found["Description"], "one two, three & four + 5 = 9/3", "description")
        equal(found["MaxSessionDuration"], 7200, "session")
        for number in range(12):
            iam("CreateRole", RoleName=f"more-{number}", AssumeRolePolicyDocument=trust)
        names = {role["RoleName"] for role in iam.pages("ListRoles", "Roles", 5)}
        equal({"app", "more-0", "more-11"} <= names, True, "roles")
        equal(len(iam("ListRoles", PathPrefix="/team/")["Roles"]), 1, "roles of a path")
        iam(
            "UpdateRole",
            RoleName="app",
            Description="changed",
            MaxSessionDuration=3600,
            MaxSigninSessionDuration=3600,
        )
        iam("UpdateRole", RoleName="app", ResetMaxSigninSessionDuration=True)
        iam("UpdateRoleDescription", RoleName="app", Description="again")
        iam("UpdateAssumeRolePolicy", RoleName="app", PolicyDocument=trust)
        iam("DeleteRolePermissionsBoundary", RoleName="app")
        iam("PutRolePermissionsBoundary", RoleName="app", PermissionsBoundary=boundary)
        iam("TagRole", RoleName="app", Tags=[{"Key": "New", "Value": ""}, {"Key": "More", "Value": "x"}])
        iam("UntagRole", RoleName="app", TagKeys=["Name", "Team"])
        tags = iam.pages("ListRoleTags", "Tags", 1, RoleName="app")
        equal({tag["Key"]: tag["Value"] for tag in tags}, {"New": "", "More": "x"}, "role tags")
        self.mock.seed(**{"instance-profile": {"name": "old", "role": "app"}})
        self.mock.seed(**{"instance-profile": {"name": "older", "role": "app"}})
        profiles = iam.pages("ListInstanceProfilesForRole", "InstanceProfiles", 1, RoleName="app")
        equal(len(profiles), 2, "instance profiles")

        gone = {"RoleName": "none"}
        for operation, more in (
            ("GetRole", {}),
            ("DeleteRole", {}),
            ("UpdateRole", {}),
            ("UpdateRoleDescription", {"Description": ""}),
            ("UpdateAssumeRolePolicy", {"PolicyDocument": trust}),
            ("TagRole", {"Tags": [{"Key": "a", "Value": "b"}]}),
            ("UntagRole", {"TagKeys": ["a"]}),
            ("ListRoleTags", {}),
            ("PutRolePermissionsBoundary", {"PermissionsBoundary": boundary}),
            ("DeleteRolePermissionsBoundary", {}),
            ("ListInstanceProfilesForRole", {}),
            ("ListAttachedRolePolicies", {}),
            ("ListRolePolicies", {}),
            ("AttachRolePolicy", {"PolicyArn": EXECUTION}),
            ("DetachRolePolicy", {"PolicyArn": EXECUTION}),
            ("PutRolePolicy", {"PolicyName": "a", "PolicyDocument": json.dumps(POLICY)}),
            ("GetRolePolicy", {"PolicyName": "a"}),
            ("DeleteRolePolicy", {"PolicyName": "a"}),
        ):
            iam.refused("NoSuchEntity", operation, **gone, **more)
        iam.refused("EntityAlreadyExists", "CreateRole", RoleName="APP", AssumeRolePolicyDocument=trust)
        iam.refused("MalformedPolicyDocument", "CreateRole", RoleName="x", AssumeRolePolicyDocument="{}")
        iam.refused("MalformedPolicyDocument", "UpdateAssumeRolePolicy", RoleName="app", PolicyDocument="{}")
        twice = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
        iam.refused("InvalidInput", "CreateRole", RoleName="x", AssumeRolePolicyDocument=trust, Tags=twice)
        iam.refused("InvalidInput", "TagRole", RoleName="app", Tags=twice)
        iam.refused(
            "InvalidInput",
            "UpdateRole",
            RoleName="app",
            MaxSigninSessionDuration=3600,
            ResetMaxSigninSessionDuration=True,
        )
        many = [{"Key": f"key-{number}", "Value": "x"} for number in range(50)]
        iam.refused("LimitExceeded", "TagRole", RoleName="app", Tags=many)
        external_ids = {"StringEquals": {"sts:ExternalId": ["x" * 100 + str(number) for number in range(20)]}}
        long = json.dumps({**TRUST, "Statement": [{**TRUST["Statement"][0], "Condition": external_ids}]})
        iam.refused("LimitExceeded", "CreateRole", RoleName="x", AssumeRolePolicyDocument=long)
        iam.refused("LimitExceeded", "UpdateAssumeRolePolicy", RoleName="app", PolicyDocument=long)
        iam.refused("NoSuchEntity", "PutRolePermissionsBoundary", RoleName="app", PermissionsBoundary=NO_POLICY)
        other = f"arn:aws:s3:::{'bucket' * 4}"
        iam.refused("InvalidInput", "PutRolePermissionsBoundary", RoleName="app", PermissionsBoundary=other)
        iam.refused(
            "PolicyNotAttachable", "PutRolePermissionsBoundary", RoleName="app", PermissionsBoundary=LINKED
        )
        iam.refused("DeleteConflict", "DeleteRole", RoleName="app")
        iam("DeleteRole", RoleName="more-0")
        iam("GetUser")
        iam("GetUser", UserName="mock")
        iam.refused("NoSuchEntity", "GetUser", UserName="none")
        iam.refused("NotImplemented", "ListOrganizationsFeatures")

    def role_policies(self):
        iam, equal = self.iam, self.equal
        document = json.dumps(POLICY)
        own = iam("CreatePolicy", PolicyName="own", Path="/team/", PolicyDocument=document)["Policy"]["Arn"]
        iam("CreateRole", RoleName="worker", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam("AttachRolePolicy", RoleName="worker", PolicyArn=EXECUTION)
        iam("AttachRolePolicy", RoleName="worker", PolicyArn=own)
        attached = iam.pages("ListAttachedRolePolicies", "AttachedPolicies", 1, RoleName="worker")
        equal({policy["PolicyArn"] for policy in attached}, {EXECUTION, own}, "attached policies")
        found = iam("ListAttachedRolePolicies", RoleName="worker", PathPrefix="/team/")["AttachedPolicies"]
        equal(len(found), 1, "attached policies of a path")
        equal(iam("GetPolicy", PolicyArn=own)["Policy"]["AttachmentCount"], 1, "attachments")
        iam.refused("DeleteConflict", "DeletePolicy", PolicyArn=own)
        iam.refused("NoSuchEntity", "AttachRolePolicy", RoleName="worker", PolicyArn=NO_POLICY)
        iam.refused("NoSuchEntity", "DetachRolePolicy", RoleName="worker", PolicyArn=NO_POLICY)
        iam.refused("PolicyNotAttachable", "AttachRolePolicy", RoleName="worker", PolicyArn=LINKED)
        bucket = f"arn:aws:s3:::{'bucket' * 4}"
        for operation in "AttachRolePolicy", "DetachRolePolicy":
            iam.refused("InvalidInput", operation, RoleName="worker", PolicyArn=bucket)
        for number in range(9):
            more = iam("CreatePolicy", PolicyName=f"more-{number}", PolicyDocument=document)["Policy"]["Arn"]
            if number < 8:
                iam("AttachRolePolicy", RoleName="worker", PolicyArn=more)
        iam.refused("LimitExceeded", "AttachRolePolicy", RoleName="worker", PolicyArn=more)
        iam("PutRolePolicy", RoleName="worker", PolicyName="inline", PolicyDocument=document)
        iam("PutRolePolicy", RoleName="worker", PolicyName="second", PolicyDocument=document)
        inline = iam("GetRolePolicy", RoleName="worker", PolicyName="inline")
        equal(inline["PolicyDocument"], POLICY, "inline policy")
        equal(
            iam.pages("ListRolePolicies", "PolicyNames", 1, RoleName="worker"),
            ["inline", "second"],
            "inline policies",
        )
        iam.refused(
            "MalformedPolicyDocument", "PutRolePolicy", RoleName="worker", PolicyName="x", PolicyDocument="{}"
        )
        long = json.dumps(
            {**POLICY, "Statement": [{**POLICY["Statement"][0], "Action": ["s3:Get" + "x" * 11000]}]}
        )
        iam.refused("LimitExceeded", "PutRolePolicy", RoleName="worker", PolicyName="x", PolicyDocument=long)
        for operation in "GetRolePolicy", "DeleteRolePolicy":
            iam.refused("NoSuchEntity", operation, RoleName="worker", PolicyName="none")
        iam("DeleteRolePolicy", RoleName="worker", PolicyName="inline")
        iam("DetachRolePolicy", RoleName="worker", PolicyArn=own)
        iam("DeletePolicy", PolicyArn=own)

    def policies(self):
        iam, equal = self.iam, self.equal
        own = iam(
            "CreatePolicy",
            PolicyName="documented",
            Path="/docs/",
            PolicyDocument=json.dumps(POLICY),
            Description="says what it is for",
            Tags=[{"Key": "a", "Value": ""}],
        )["Policy"]["Arn"]
        version = iam("GetPolicyVersion", PolicyArn=own, VersionId="v1")["PolicyVersion"]
        equal(version["Document"], POLICY, "policy document")
        iam("GetPolicy", PolicyArn=EXECUTION)
        iam("ListPolicies", Scope="AWS", OnlyAttached=True, PolicyUsageFilter="PermissionsPolicy")
        iam("ListPolicies", Scope="Local", PathPrefix="/docs/")
        iam.pages("ListPolicies", "Policies", 3, Scope="Local")
        for operation, more in (
            ("GetPolicy", {}),
            ("GetPolicyVersion", {"VersionId": "v1"}),
            ("DeletePolicy", {}),
        ):
            iam.refused("NoSuchEntity", operation, PolicyArn=NO_POLICY, **more)
            bucket = f"arn:aws:s3:::{'bucket' * 4}"
            iam.refused("InvalidInput", operation, PolicyArn=bucket, **more)
        iam.refused("NoSuchEntity", "GetPolicyVersion", PolicyArn=own, VersionId="v2")
        document = json.dumps(POLICY)
        iam.refused("EntityAlreadyExists", "CreatePolicy", PolicyName="documented", PolicyDocument=document)
        iam.refused("MalformedPolicyDocument", "CreatePolicy", PolicyName="x", PolicyDocument="{}")
        long = json.dumps(
            {**POLICY, "Statement": [{**POLICY["Statement"][0], "Action": ["s3:Get" + "x" * 7000]}]}
        )
        iam.refused("LimitExceeded", "CreatePolicy", PolicyName="x", PolicyDocument=long)
        twice = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
        iam.refused("InvalidInput", "CreatePolicy", PolicyName="x", PolicyDocument=document, Tags=twice)

    def service_linked_roles(self):
        iam = self.iam
        iam(
            "CreateServiceLinkedRole",
            AWSServiceName="elasticloadbalancing.amazonaws.com",
            Description="balances",
        )
        iam.refused(
            "InvalidInput", "CreateServiceLinkedRole", AWSServiceName="ecs.amazonaws.com", CustomSuffix="mine"
        )
        # The first cluster has already created it.
        iam.refused("InvalidInput", "CreateServiceLinkedRole", AWSServiceName="ecs.amazonaws.com")
        linked = {"RoleName": "AWSServiceRoleForECS"}
        for operation, more in (
            ("DeleteRole", {}),
            ("UpdateRole", {"MaxSessionDuration": 7200}),
            ("UpdateAssumeRolePolicy", {"PolicyDocument": json.dumps(TRUST)}),
            ("AttachRolePolicy", {"PolicyArn": EXECUTION}),
            ("DetachRolePolicy", {"PolicyArn": LINKED}),
            ("PutRolePolicy", {"PolicyName": "x", "PolicyDocument": json.dumps(POLICY)}),
            ("DeleteRolePolicy", {"PolicyName": "x"}),
            ("PutRolePermissionsBoundary", {"PermissionsBoundary": EXECUTION}),
            ("DeleteRolePermissionsBoundary", {}),
        ):
            iam.refused("UnmodifiableEntity", operation, **linked, **more)

    # -- ECR -------------------------------------------------------------------------------------------------

    def repositories(self):
        ecr, equal = self.ecr, self.equal
        filters = [{"filterType": "WILDCARD", "filter": "dev-*"}]
        arn = ecr(
            "CreateRepository",
            registryId=ACCOUNT,
            repositoryName="team/app",
            imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
            imageTagMutabilityExclusionFilters=filters,
            imageScanningConfiguration={"scanOnPush": True},
            encryptionConfiguration={"encryptionType": "KMS", "kmsKey": KEY},
            tags=[{"Key": "Name", "Value": "app"}],
        )["repository"]["repositoryArn"]
        for number in range(3):
            ecr("CreateRepository", repositoryName=f"more-{number}")
        equal(len(ecr.pages("DescribeRepositories", "repositories", 3, registryId=ACCOUNT)), 4, "repositories")
        found = ecr("DescribeRepositories", repositoryNames=["team/app"])["repositories"][0]
        equal(found["imageTagMutabilityExclusionFilters"], filters, "exclusion filters")
        named = {"registryId": ACCOUNT, "repositoryName": "team/app"}
        mutability = {
            "imageTagMutability": "MUTABLE_WITH_EXCLUSION",
            "imageTagMutabilityExclusionFilters": filters,
        }
        ecr("PutImageTagMutability", **named, **mutability)
        ecr("PutImageScanningConfiguration", **named, imageScanningConfiguration={"scanOnPush": False})
        ecr("TagResource", resourceArn=arn, tags=[{"Key": "Team", "Value": "x"}])
        ecr("UntagResource", resourceArn=arn, tagKeys=["Name"])
        tags = ecr("ListTagsForResource", resourceArn=arn)["tags"]
        equal(tags, [{"Key": "Team", "Value": "x"}], "repository tags")
        ecr.refused("RepositoryAlreadyExistsException", "CreateRepository", repositoryName="team/app")
        ecr.refused(
            "InvalidParameterException",
            "CreateRepository",
            repositoryName="keys",
            encryptionConfiguration={"encryptionType": "AES256", "kmsKey": KEY},
        )
        many = [{"Key": f"key-{number}", "Value": "x"} for number in range(51)]
        ecr.refused("TooManyTagsException", "CreateRepository", repositoryName="tags", tags=many)
        ecr.refused("TooManyTagsException", "TagResource", resourceArn=arn, tags=many[:50])
        reserved = [{"Key": "aws:mine", "Value": "x"}]
        ecr.refused("InvalidTagParameterException", "CreateRepository", repositoryName="tags", tags=reserved)
        ecr.refused("InvalidTagParameterException", "TagResource", resourceArn=arn, tags=reserved)
        ecr.refused("InvalidTagParameterException", "UntagResource", resourceArn=arn, tagKeys=["x" * 129])
        gone = {"repositoryName": "none"}
        lifecycle = json.dumps(self.lifecycle())
        for operation, more in (
            ("DeleteRepository", {}),
            ("SetRepositoryPolicy", {"policyText": json.dumps(self.pull("*"))}),
            ("GetRepositoryPolicy", {}),
            ("DeleteRepositoryPolicy", {}),
            ("PutImageTagMutability", {"imageTagMutability": "MUTABLE"}),
            ("PutImageScanningConfiguration", {"imageScanningConfiguration": {}}),
            ("PutLifecyclePolicy", {"lifecyclePolicyText": lifecycle}),
            ("GetLifecyclePolicy", {}),
            ("DeleteLifecyclePolicy", {}),
            ("PutImage", {"imageManifest": json.dumps(self.manifest())}),
            ("ListImages", {}),
            ("DescribeImages", {}),
            ("BatchDeleteImage", {"imageIds": [{"imageTag": "v1"}]}),
        ):
            ecr.refused("RepositoryNotFoundException", operation, **gone, **more)
        ecr.refused("RepositoryNotFoundException", "DescribeRepositories", repositoryNames=["none"])
        for operation, more in (
            ("TagResource", {"tags": [{"Key": "a", "Value": "b"}]}),
            ("UntagResource", {"tagKeys": ["a"]}),
            ("ListTagsForResource", {}),
        ):
            ecr.refused("RepositoryNotFoundException", operation, resourceArn=f"{arn}-none", **more)

    @staticmethod
    def pull(principal):
        statement = {
            "Sid": "AllowPull",
            "Effect": "Allow",
            "Principal": principal,
            "Action": ["ecr:BatchGetImage"],
        }
        return {"Version": "2012-10-17", "Statement": [statement]}

    @staticmethod
    def lifecycle():
        selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9}
        return {"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]}

    def upload(self, named, content):
        """Uploads a layer and returns its digest."""
        ecr = self.ecr
        upload = ecr("InitiateLayerUpload", **named)["uploadId"]
        ecr(
            "UploadLayerPart",
            **named,
            uploadId=upload,
            partFirstByte=0,
            partLastByte=len(content) - 1,
            layerPartBlob=content.encode(),
        )
        digest = sha256(content)
        ecr("CompleteLayerUpload", **named, uploadId=upload, layerDigests=[digest])
        return digest

    @staticmethod
    def manifest(*layers):
        config = {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": sha256("{}"),
            "size": 2,
        }
        media_type = "application/vnd.oci.image.manifest.v1+json"
        return {"schemaVersion": 2, "mediaType": media_type, "config": config, "layers": list(layers)}

    def repository_policies(self):
        ecr, iam, equal = self.ecr, self.iam, self.equal
        role = iam("CreateRole", RoleName="puller", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        named = {"registryId": ACCOUNT, "repositoryName": "team/app"}
        policy = self.pull({"AWS": role})
        ecr("SetRepositoryPolicy", **named, policyText=json.dumps(policy), force=False)
        text = ecr("GetRepositoryPolicy", **named)["policyText"]
        equal(json.loads(text)["Statement"][0]["Principal"], {"AWS": role}, "principal")
        ghost = json.dumps(policy).replace("puller", "ghost")
        ecr.refused("InvalidParameterException", "SetRepositoryPolicy", **named, policyText=ghost)
        ecr("DeleteRepositoryPolicy", **named)
        for operation in "GetRepositoryPolicy", "DeleteRepositoryPolicy":
            ecr.refused("RepositoryPolicyNotFoundException", operation, **named)
        ecr("PutLifecyclePolicy", **named, lifecyclePolicyText=json.dumps(self.lifecycle()))
        ecr("GetLifecyclePolicy", **named)
        ecr("DeleteLifecyclePolicy", **named)
        for operation in "GetLifecyclePolicy", "DeleteLifecyclePolicy":
            ecr.refused("LifecyclePolicyNotFoundException", operation, **named)
        ecr.refused("InvalidParameterException", "PutLifecyclePolicy", **named, lifecyclePolicyText="x" * 100)

    def images(self):
        ecr, equal = self.ecr, self.equal
        named = {"registryId": ACCOUNT, "repositoryName": "team/app"}
        ecr("PutImageTagMutability", **named, imageTagMutability="IMMUTABLE")
        ecr.refused(
            "LayersNotFoundException", "PutImage", **named, imageManifest=json.dumps(self.manifest())
        )
        self.upload(named, "{}")
        manifest, other = json.dumps(self.manifest()), json.dumps(self.manifest(self.manifest()["config"]))
        digest = ecr(
            "PutImage",
            **named,
            imageManifest=manifest,
            imageManifestMediaType=self.manifest()["mediaType"],
            imageTag="v1",
            imageDigest=sha256(manifest),
        )["image"]["imageId"]["imageDigest"]
        equal(digest, sha256(manifest), "digest")
        ecr.refused("ImageAlreadyExistsException", "PutImage", **named, imageManifest=manifest)
        ecr.refused("ImageTagAlreadyExistsException", "PutImage", **named, imageManifest=other, imageTag="v1")
        ecr.refused(
            "ImageDigestDoesNotMatchException", "PutImage", **named, imageManifest=other, imageDigest=digest
        )
        missing = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [
                {"mediaType": self.manifest()["mediaType"], "digest": "sha256:" + "9" * 64, "size": 2}
            ],
        }
        ecr.refused("ReferencedImagesNotFoundException", "PutImage", **named, imageManifest=json.dumps(missing))
        self.mock.seed(image={"repository": "team/app", "tag": "v2"})
        equal(len(ecr.pages("ListImages", "imageIds", 1, **named)), 2, "images")
        equal(len(ecr.pages("DescribeImages", "imageDetails", 1, **named)), 2, "images")
        # Every image here is tagged and active, so that the mock can apply every filter of the model.
        tagged = {"tagStatus": "TAGGED", "imageStatus": "ACTIVE"}
        equal(len(ecr("ListImages", **named, filter=tagged)["imageIds"]), 2, "tagged images")
        equal(len(ecr("DescribeImages", **named, filter=tagged)["imageDetails"]), 2, "tagged images")
        both = [{"imageDigest": digest}, {"imageTag": "v2"}]
        equal(len(ecr("DescribeImages", **named, imageIds=both)["imageDetails"]), 2, "images by their ids")
        ecr.refused("ImageNotFoundException", "DescribeImages", **named, imageIds=[{"imageTag": "none"}])
        ecr.refused("RepositoryNotEmptyException", "DeleteRepository", **named)
        found = ecr(
            "BatchGetImage",
            **named,
            imageIds=[{"imageDigest": digest, "imageTag": "v1"}, {"imageTag": "none"}],
            acceptedMediaTypes=[self.manifest()["mediaType"]],
        )
        equal(found["images"][0]["imageManifest"], manifest, "manifest")
        equal(found["failures"][0]["failureCode"], "ImageNotFound", "image failure")
        image = {**named, "imageId": {"imageDigest": digest, "imageTag": "v1"}}
        ecr.refused("ScanNotFoundException", "DescribeImageScanFindings", **image)
        ecr("StartImageScan", **image)
        ecr.refused("LimitExceededException", "StartImageScan", **image)
        findings = ecr("DescribeImageScanFindings", **image, maxResults=9)
        equal(findings["imageScanStatus"]["status"], "COMPLETE", "scan")
        for operation in "StartImageScan", "DescribeImageScanFindings":
            ecr.refused("ImageNotFoundException", operation, **named, imageId={"imageTag": "none"})
        self.previews(named, digest)
        gone = ecr("BatchDeleteImage", **named, imageIds=[{"imageDigest": digest}, {"imageTag": "none"}])
        equal(gone["failures"][0]["failureCode"], "ImageNotFound", "image failure")
        token = ecr("GetAuthorizationToken", registryIds=[ACCOUNT])["authorizationData"][0]
        # This is how `aws ecr get-login-password` decodes the token.
        login = base64.b64decode(token["authorizationToken"]).decode().split(":")
        equal((len(login), login[0]), (2, "AWS"), "authorization token")
        ecr("DeleteRepository", registryId=ACCOUNT, repositoryName="more-0", force=True)

    def previews(self, named, digest):
        ecr, equal = self.ecr, self.equal
        ecr.refused("LifecyclePolicyNotFoundException", "StartLifecyclePolicyPreview", **named)
        ecr.refused("LifecyclePolicyPreviewNotFoundException", "GetLifecyclePolicyPreview", **named)
        self.mock.seed(image={"repository": "team/app", "tag": "v3"})
        policy = self.lifecycle()
        policy["rules"][0]["selection"]["countNumber"] = 1
        ecr("StartLifecyclePolicyPreview", **named, lifecyclePolicyText=json.dumps(policy))
        results = ecr.pages("GetLifecyclePolicyPreview", "previewResults", 1, **named)
        equal(len(results), 2, "expiring images")
        ids = [{"imageDigest": digest, "imageTag": "v1"}]
        tagged = {"tagStatus": "TAGGED"}
        ecr("GetLifecyclePolicyPreview", **named, imageIds=ids, filter=tagged)
        # The policy is applied when the clock advances.
        ecr("PutLifecyclePolicy", **named, lifecyclePolicyText=json.dumps(self.lifecycle()))
        self.mock("clock", "POST", {"advance": "24h"})
        equal(len(ecr("ListImages", **named)["imageIds"]), 3, "images that are kept")
        ecr("DeleteLifecyclePolicy", **named)

    def layers(self):
        ecr, equal = self.ecr, self.equal
        named = {"registryId": ACCOUNT, "repositoryName": "more-1"}
        content = "layer"
        digest = self.upload(named, content)
        found = ecr("BatchCheckLayerAvailability", **named, layerDigests=[digest, sha256("other"), "none"])
        available = [layer["layerAvailability"] for layer in found["layers"]]
        equal(available, ["AVAILABLE", "UNAVAILABLE"], "layers")
        equal(found["failures"][0]["failureCode"], "InvalidLayerDigest", "layer failure")
        url = ecr("GetDownloadUrlForLayer", **named, layerDigest=digest)["downloadUrl"]
        with urllib.request.urlopen(url) as download:
            equal(download.read(), content.encode(), "downloaded layer")
        ecr.refused("LayersNotFoundException", "GetDownloadUrlForLayer", **named, layerDigest=sha256("other"))
        upload = ecr("InitiateLayerUpload", **named)["uploadId"]
        at = {**named, "uploadId": upload}
        ecr.refused("EmptyUploadException", "CompleteLayerUpload", **at, layerDigests=[digest])
        part = {"partFirstByte": 0, "partLastByte": 1, "layerPartBlob": b"la"}
        ecr.refused("InvalidLayerPartException", "UploadLayerPart", **at, **{**part, "partLastByte": 9})
        ecr("UploadLayerPart", **at, **part)
        ecr.refused("InvalidLayerException", "CompleteLayerUpload", **at, layerDigests=[digest])
        ecr("UploadLayerPart", **at, partFirstByte=2, partLastByte=4, layerPartBlob=b"yer")
        ecr.refused("LayerPartTooSmallException", "CompleteLayerUpload", **at, layerDigests=[digest])
        again = {**named, "uploadId": ecr("InitiateLayerUpload", **named)["uploadId"]}
        ecr(
            "UploadLayerPart",
            **again,
            partFirstByte=0,
            partLastByte=len(content) - 1,
            layerPartBlob=content.encode(),
        )
        ecr.refused("LayerAlreadyExistsException", "CompleteLayerUpload", **again, layerDigests=[digest])
        unknown = {**named, "uploadId": "00000000-0000-0000-0000-000000000000"}
        ecr.refused("UploadNotFoundException", "UploadLayerPart", **unknown, **part)
        ecr.refused("UploadNotFoundException", "CompleteLayerUpload", **unknown, layerDigests=[digest])
        gone = {"repositoryName": "none"}
        upload = {"uploadId": unknown["uploadId"]}
        for operation, more in (
            ("InitiateLayerUpload", {}),
            ("UploadLayerPart", {**upload, **part}),
            ("CompleteLayerUpload", {**upload, "layerDigests": [digest]}),
            ("BatchCheckLayerAvailability", {"layerDigests": [digest]}),
            ("GetDownloadUrlForLayer", {"layerDigest": digest}),
            ("BatchGetImage", {"imageIds": [{"imageTag": "v1"}]}),
            ("StartImageScan", {"imageId": {"imageTag": "v1"}}),
            ("DescribeImageScanFindings", {"imageId": {"imageTag": "v1"}}),
            ("StartLifecyclePolicyPreview", {}),
            ("GetLifecyclePolicyPreview", {}),
        ):
            ecr.refused("RepositoryNotFoundException", operation, **gone, **more)

    def registry(self):
        ecr, equal = self.ecr, self.equal
        for operation in "GetRegistryPolicy", "DeleteRegistryPolicy":
            ecr.refused("RegistryPolicyNotFoundException", operation)
        setting = {"name": "BLOB_MOUNTING", "value": "ENABLED"}
        equal(ecr("PutAccountSetting", **setting)["value"], "ENABLED", "account setting")
        equal(ecr("GetAccountSetting", name="BLOB_MOUNTING")["value"], "ENABLED", "account setting")
        ecr.refused("InvalidParameterException", "GetAccountSetting", name="none")
        ecr.refused("InvalidParameterException", "PutAccountSetting", **{**setting, "value": "none"})
        policy = self.pull("*")
        policy["Statement"][0]["Resource"] = "*"
        ecr("PutRegistryPolicy", policyText=json.dumps(policy))
        found = json.loads(ecr("GetRegistryPolicy")["policyText"])
        equal(found["Statement"][0]["Sid"], "AllowPull", "registry policy")
        ecr("DeleteRegistryPolicy")
        ecr.refused("InvalidParameterException", "PutRegistryPolicy", policyText="{}")
        rule = {
            "destinations": [{"region": "us-east-1", "registryId": ACCOUNT}],
            "repositoryFilters": [{"filter": "team", "filterType": "PREFIX_MATCH"}],
            "deleteReplication": {"enabled": True},
        }
        replication = {"rules": [rule]}
        ecr("PutReplicationConfiguration", replicationConfiguration=replication)
        equal(ecr("DescribeRegistry")["replicationConfiguration"], replication, "replication")
        ecr("PutReplicationConfiguration", replicationConfiguration={"rules": []})
        filters = [{"filter": "more*", "filterType": "WILDCARD"}]
        rules = [{"scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": filters}]
        ecr("PutRegistryScanningConfiguration", scanType="ENHANCED", rules=rules)
        found = ecr("GetRegistryScanningConfiguration")["scanningConfiguration"]
        equal(found, {"scanType": "ENHANCED", "rules": rules}, "scanning")
        found = ecr("BatchGetRepositoryScanningConfiguration", repositoryNames=["more-1", "none"])
        equal(found["scanningConfigurations"][0]["scanFrequency"], "CONTINUOUS_SCAN", "scan frequency")
        equal(found["failures"][0]["failureCode"], "REPOSITORY_NOT_FOUND", "scanning failure")
        ecr("PutRegistryScanningConfiguration", scanType="BASIC", rules=[])

    def pull_through_cache_rules(self):
        ecr, equal = self.ecr, self.equal
        secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ecr-pullthroughcache/hub-abcdef"
        role = f"arn:aws:iam::{ACCOUNT}:role/puller"
        rule = {
            "ecrRepositoryPrefix": "hub",
            "upstreamRegistryUrl": "registry-1.docker.io",
            "upstreamRegistry": "docker-hub",
            "upstreamRepositoryPrefix": "library",
            "registryId": ACCOUNT,
            "credentialArn": secret,
            "customRoleArn": role,
        }
        ecr("CreatePullThroughCacheRule", **rule)
        ecr.refused("PullThroughCacheRuleAlreadyExistsException", "CreatePullThroughCacheRule", **rule)
        other = {"ecrRepositoryPrefix": "other", "upstreamRegistryUrl": "example.com"}
        ecr.refused("UnsupportedUpstreamRegistryException", "CreatePullThroughCacheRule", **other)
        public = {"upstreamRegistryUrl": "public.ecr.aws"}
        for number in range(49):
            ecr("CreatePullThroughCacheRule", ecrRepositoryPrefix=f"p{number}", **public)
        ecr.refused("LimitExceededException", "CreatePullThroughCacheRule", ecrRepositoryPrefix="px", **public)
        named = {"ecrRepositoryPrefix": "hub", "registryId": ACCOUNT}
        ecr("UpdatePullThroughCacheRule", **named, credentialArn=secret, customRoleArn=role)
        equal(ecr("ValidatePullThroughCacheRule", **named)["isValid"], True, "validity")
        rules = ecr.pages("DescribePullThroughCacheRules", "pullThroughCacheRules", 30, registryId=ACCOUNT)
        equal(len(rules), 50, "pull-through cache rules")
        found = ecr("DescribePullThroughCacheRules", ecrRepositoryPrefixes=["hub"])
        equal(found["pullThroughCacheRules"][0]["upstreamRepositoryPrefix"], "library", "upstream prefix")
        for prefix in "hub", *(f"p{number}" for number in range(49)):
            ecr("DeletePullThroughCacheRule", ecrRepositoryPrefix=prefix, registryId=ACCOUNT)
        for operation, more in (
            ("DeletePullThroughCacheRule", named),
            ("UpdatePullThroughCacheRule", named),
            ("ValidatePullThroughCacheRule", named),
            ("DescribePullThroughCacheRules", {"ecrRepositoryPrefixes": ["hub"]}),
        ):
            ecr.refused("PullThroughCacheRuleNotFoundException", operation, **more)

    def creation_templates(self):
        ecr, equal = self.ecr, self.equal
        template = {
            "prefix": "team/",
            "description": "repositories of a team",
            "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": KEY},
            "resourceTags": [{"Key": "Team", "Value": "x"}],
            "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
            "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "dev-*"}],
            "repositoryPolicy": json.dumps(self.pull("*")),
            "lifecyclePolicy": json.dumps(self.lifecycle()),
            "appliedFor": ["PULL_THROUGH_CACHE"],
            "customRoleArn": f"arn:aws:iam::{ACCOUNT}:role/puller",
        }
        ecr("CreateRepositoryCreationTemplate", **template)
        ecr.refused("TemplateAlreadyExistsException", "CreateRepositoryCreationTemplate", **template)
        ecr("UpdateRepositoryCreationTemplate", **template)
        for number in range(49):
            ecr("CreateRepositoryCreationTemplate", prefix=f"p{number}", appliedFor=["REPLICATION"])
        ecr.refused(
            "LimitExceededException",
            "CreateRepositoryCreationTemplate",
            prefix="px",
            appliedFor=["REPLICATION"],
        )
        found = ecr.pages("DescribeRepositoryCreationTemplates", "repositoryCreationTemplates", 30)
        equal(len(found), 50, "creation templates")
        found = ecr("DescribeRepositoryCreationTemplates", prefixes=["team/"])["repositoryCreationTemplates"][0]
        equal(found["description"], template["description"], "description")
        for prefix in "team/", *(f"p{number}" for number in range(49)):
            ecr("DeleteRepositoryCreationTemplate", prefix=prefix)
        for operation in "DeleteRepositoryCreationTemplate", "UpdateRepositoryCreationTemplate":
            ecr.refused("TemplateNotFoundException", operation, prefix="team/")

    # -- CloudWatch Logs -------------------------------------------------------------------------------------

    def log_groups(self):
        logs, equal = self.logs, self.equal
        name = {"logGroupName": "/ecs/app"}
        logs(
            "CreateLogGroup",
            **name,
            kmsKeyId=KEY,
            tags={"Name": "app"},
            logGroupClass="STANDARD",
            deletionProtectionEnabled=False,
        )
        for number in range(3):
            logs("CreateLogGroup", logGroupName=f"/ecs/more-{number}")
        groups = logs.pages("DescribeLogGroups", "logGroups", 2, logGroupNamePrefix="/ecs")
        equal(len(groups), 4, "log groups")
        arn = groups[0]["logGroupArn"]
        equal(groups[0]["arn"], arn + ":*", "log group ARN")
        logs(
            "DescribeLogGroups",
            logGroupNamePattern="app",
            includeLinkedAccounts=False,
            logGroupClass="STANDARD",
        )
        logs("DescribeLogGroups", logGroupIdentifiers=[arn])
        logs("DescribeLogGroups", accountIdentifiers=[ACCOUNT], includeLinkedAccounts=True)
        logs("PutRetentionPolicy", **name, retentionInDays=14)
        logs.refused("InvalidParameterException", "PutRetentionPolicy", **name, retentionInDays=15)
        logs("DeleteRetentionPolicy", **name)
        logs("AssociateKmsKey", **name, kmsKeyId=KEY)
        logs("DisassociateKmsKey", **name)
        logs("AssociateKmsKey", resourceIdentifier=arn, kmsKeyId=KEY)
        logs("DisassociateKmsKey", resourceIdentifier=arn)
        logs("TagResource", resourceArn=arn, tags={"Team": "x"})
        logs("UntagResource", resourceArn=arn, tagKeys=["Name"])
        equal(logs("ListTagsForResource", resourceArn=arn)["tags"], {"Team": "x"}, "tags")
        logs("TagLogGroup", **name, tags={"Old": "way"})
        logs("UntagLogGroup", **name, tags=["Team"])
        equal(logs("ListTagsLogGroup", **name)["tags"], {"Old": "way"}, "tags, with the deprecated operations")
        many = {f"key-{number}": "x" for number in range(50)}
        logs.refused("TooManyTagsException", "TagResource", resourceArn=arn, tags=many)
        logs.refused("InvalidParameterException", "TagLogGroup", **name, tags=many)
        protected = {"logGroupIdentifier": "/ecs/more-0"}
        logs("PutLogGroupDeletionProtection", **protected, deletionProtectionEnabled=True)
        logs.refused("ValidationException", "DeleteLogGroup", logGroupName="/ecs/more-0")
        logs("PutLogGroupDeletionProtection", **protected, deletionProtectionEnabled=False)
        logs.refused("ResourceAlreadyExistsException", "CreateLogGroup", **name)

        gone = {"logGroupName": "/ecs/none"}
        for operation, more in (
            ("DeleteLogGroup", {}),
            ("PutRetentionPolicy", {"retentionInDays": 14}),
            ("DeleteRetentionPolicy", {}),
            ("AssociateKmsKey", {"kmsKeyId": KEY}),
            ("DisassociateKmsKey", {}),
            ("TagLogGroup", {"tags": {"a": "b"}}),
            ("UntagLogGroup", {"tags": ["a"]}),
            ("ListTagsLogGroup", {}),
            ("CreateLogStream", {"logStreamName": "one"}),
            ("DescribeLogStreams", {}),
            ("PutLogEvents", {"logStreamName": "one", "logEvents": [{"timestamp": 0, "message": "x"}]}),
            ("GetLogEvents", {"logStreamName": "one"}),
            ("FilterLogEvents", {}),
            ("DeleteLogStream", {"logStreamName": "one"}),
            ("PutMetricFilter", self.METRIC_FILTER),
            ("DescribeMetricFilters", {}),
            ("DeleteMetricFilter", {"filterName": "errors"}),
            ("PutSubscriptionFilter", self.SUBSCRIPTION_FILTER),
            ("DescribeSubscriptionFilters", {}),
            ("DeleteSubscriptionFilter", {"filterName": "feed"}),
            ("DescribeQueries", {}),
        ):
            logs.refused("ResourceNotFoundException", operation, **gone, **more)
        identified = {"logGroupIdentifier": "/ecs/none"}
        for operation, more in (
            ("PutDataProtectionPolicy", {"policyDocument": "{}"}),
            ("GetDataProtectionPolicy", {}),
            ("DeleteDataProtectionPolicy", {}),
        ):
            logs.refused("ResourceNotFoundException", operation, **identified, **more)
        for operation, more in (
            ("TagResource", {"tags": {"a": "b"}}),
            ("UntagResource", {"tagKeys": ["a"]}),
            ("ListTagsForResource", {}),
        ):
            logs.refused("ResourceNotFoundException", operation, resourceArn=f"{arn}-none", **more)
        logs.refused(
            "ResourceNotFoundException",
            "PutLogGroupDeletionProtection",
            logGroupIdentifier="/ecs/none",
            deletionProtectionEnabled=True,
        )

        # A resource that is still changing.
        self.mock("clock", "POST", {"advance": "2h"})
        self.mock("lag", "PUT", {"log-group": "1h"})
        logs("CreateLogGroup", logGroupName="/ecs/slow")
        slow = {"logGroupName": "/ecs/slow"}
        for operation, more in (
            ("PutRetentionPolicy", {**slow, "retentionInDays": 14}),
            ("DeleteRetentionPolicy", slow),
            ("AssociateKmsKey", {**slow, "kmsKeyId": KEY}),
            ("DisassociateKmsKey", slow),
            (
                "PutLogGroupDeletionProtection",
                {"logGroupIdentifier": "/ecs/slow", "deletionProtectionEnabled": True},
            ),
            ("DeleteLogStream", {**slow, "logStreamName": "one"}),
            ("PutMetricFilter", {**slow, **self.METRIC_FILTER}),
            ("DeleteMetricFilter", {**slow, "filterName": "errors"}),
            ("PutSubscriptionFilter", {**slow, **self.SUBSCRIPTION_FILTER}),
            ("DeleteSubscriptionFilter", {**slow, "filterName": "feed"}),
            ("PutDataProtectionPolicy", {"logGroupIdentifier": "/ecs/slow", "policyDocument": "{}"}),
            ("DeleteDataProtectionPolicy", {"logGroupIdentifier": "/ecs/slow"}),
            ("DeleteLogGroup", slow),
        ):
            logs.refused("OperationAbortedException", operation, **more)
        logs("DeleteLogGroup", logGroupName="/ecs/more-1")
        logs.refused("OperationAbortedException", "CreateLogGroup", logGroupName="/ecs/more-1")
        self.mock("lag", "PUT", {"log-group": "0s"})

    def log_events(self):
        logs, equal = self.logs, self.equal
        name, stream = {"logGroupName": "/ecs/app"}, {"logStreamName": "one"}
        logs("CreateLogStream", **name, **stream)
        logs("CreateLogStream", **name, logStreamName="two")
        logs.refused("ResourceAlreadyExistsException", "CreateLogStream", **name, **stream)
        now = self.mock("clock")["millis"]
        events = [{"timestamp": now + number, "message": f"line {number}"} for number in range(3)]
        entity = {
            "keyAttributes": {"Type": "Service", "Name": "app", "Environment": "dev"},
            "attributes": {"Platform": "ECS"},
        }
        put = logs("PutLogEvents", **name, **stream, logEvents=events, sequenceToken="any", entity=entity)
        equal("rejectedEntityInfo" in put, False, "rejected entity")
        put = logs(
            "PutLogEvents",
            **name,
            logStreamName="two",
            logEvents=events,
            entity={"attributes": {"Platform": "ECS"}},
        )
        equal(put.get("rejectedEntityInfo"), {"errorType": "MissingRequiredFields"}, "rejected entity")
        window = {"startTime": now - HOUR, "endTime": now + HOUR, "startFromHead": True, "unmask": False}
        found = logs("GetLogEvents", **name, **stream, limit=2, **window)
        equal([event["message"] for event in found["events"]], ["line 0", "line 1"], "events")
        found = logs(
            "GetLogEvents",
            logGroupIdentifier="/ecs/app",
            **stream,
            limit=2,
            nextToken=found["nextForwardToken"],
        )
        equal([event["message"] for event in found["events"]], ["line 2"], "more events")
        equal(len(logs.pages("DescribeLogStreams", "logStreams", 1, **name)), 2, "streams")
        logs(
            "DescribeLogStreams",
            logGroupIdentifier="/ecs/app",
            logStreamNamePrefix="o",
            orderBy="LogStreamName",
            descending=True,
        )
        logs.refused(
            "InvalidParameterException",
            "DescribeLogStreams",
            **name,
            logStreamNamePrefix="o",
            orderBy="LastEventTime",
        )
        logs.refused("ResourceNotFoundException", "GetLogEvents", **name, logStreamName="none")
        logs.refused(
            "ResourceNotFoundException", "PutLogEvents", **name, logStreamName="none", logEvents=events
        )
        filtered = {
            "logStreamNames": ["one", "two"],
            "startTime": now - HOUR,
            "endTime": now + HOUR,
            "filterPattern": "line -0",
            "interleaved": True,
            "unmask": False,
            "startFromHead": True,
        }
        found = logs.pages("FilterLogEvents", "events", 3, **name, **filtered)
        equal(len(found), 4, "filtered events")
        found = logs("FilterLogEvents", logGroupIdentifier="/ecs/app", logStreamNamePrefix="t")
        equal([event["logStreamName"] for event in found["events"]], ["two"] * 3, "events of a stream")
        bad = {"filterPattern": "a@b"}
        logs.refused("InvalidParameterException", "FilterLogEvents", **name, **bad)
        protected = {"logGroupIdentifier": "/ecs/app"}
        logs("PutLogGroupDeletionProtection", **protected, deletionProtectionEnabled=True)
        logs.refused("ValidationException", "DeleteLogStream", **name, logStreamName="two")
        logs("PutLogGroupDeletionProtection", **protected, deletionProtectionEnabled=False)
        logs("DeleteLogStream", **name, logStreamName="two")
        logs.refused("ResourceNotFoundException", "DeleteLogStream", **name, logStreamName="two")

    METRIC_FILTER = {
        "filterName": "errors",
        "filterPattern": "{ $.level = ERROR }",
        "metricTransformations": [
            {
                "metricName": "errors",
                "metricNamespace": "app",
                "metricValue": "$.count",
                "dimensions": {"Level": "$.level"},
                "unit": "Count",
            }
        ],
        "applyOnTransformedLogs": False,
        "fieldSelectionCriteria": '@aws.region = "eu-west-1"',
        "emitSystemFieldDimensions": ["@aws.region"],
    }
    SUBSCRIPTION_FILTER = {
        "filterName": "feed",
        "filterPattern": "",
        "destinationArn": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/feed",
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/feed",
        "distribution": "Random",
        "applyOnTransformedLogs": False,
        "fieldSelectionCriteria": '@aws.region = "eu-west-1"',
        "emitSystemFields": ["@aws.region"],
    }

    def log_filters(self):
        logs, equal = self.logs, self.equal
        name = {"logGroupName": "/ecs/app"}
        logs("PutMetricFilter", **name, **self.METRIC_FILTER)
        plain = {"metricName": "all", "metricNamespace": "app", "metricValue": "1", "defaultValue": 0.0}
        for number in range(5):
            logs(
                "PutMetricFilter",
                **name,
                filterName=f"regex-{number}",
                filterPattern="%ERR.R%",
                metricTransformations=[plain],
            )
        full = {"filterName": "more", "filterPattern": "%x%", "metricTransformations": [plain]}
        logs.refused("LimitExceededException", "PutMetricFilter", **name, **full)
        logs.refused("InvalidParameterException", "PutMetricFilter", **name, **{**full, "filterPattern": "a@b"})
        found = logs.pages("DescribeMetricFilters", "metricFilters", 4, **name, filterNamePrefix="regex")
        equal(len(found), 5, "metric filters")
        found = logs("DescribeMetricFilters", metricName="errors", metricNamespace="app")
        equal(found["metricFilters"][0]["filterPattern"], self.METRIC_FILTER["filterPattern"], "pattern")
        logs("DeleteMetricFilter", **name, filterName="errors")
        logs.refused("ResourceNotFoundException", "DeleteMetricFilter", **name, filterName="errors")
        tested = logs("TestMetricFilter", filterPattern="[ip, status=4*]", logEventMessages=["a 404", "b 200"])
        equal(tested["matches"][0]["extractedValues"], {"$ip": "a", "$status": "404"}, "values")
        logs("PutSubscriptionFilter", **name, **self.SUBSCRIPTION_FILTER)
        other = {**self.SUBSCRIPTION_FILTER, "filterName": "other"}
        logs("PutSubscriptionFilter", **name, **other)
        third = {**self.SUBSCRIPTION_FILTER, "filterName": "third"}
        logs.refused("LimitExceededException", "PutSubscriptionFilter", **name, **third)
        found = logs.pages("DescribeSubscriptionFilters", "subscriptionFilters", 1, **name)
        equal([filter["filterName"] for filter in found], ["feed", "other"], "subscription filters")
        found = logs("DescribeSubscriptionFilters", **name, filterNamePrefix="o")
        equal(found["subscriptionFilters"][0]["filterName"], "other", "subscription filter")
        logs("DeleteSubscriptionFilter", **name, filterName="other")
        logs.refused("ResourceNotFoundException", "DeleteSubscriptionFilter", **name, filterName="other")
        logs("CreateLogGroup", logGroupName="/rare", logGroupClass="INFREQUENT_ACCESS")
        for operation, filter in (
            ("PutMetricFilter", self.METRIC_FILTER),
            ("PutSubscriptionFilter", self.SUBSCRIPTION_FILTER),
        ):
            logs.refused("InvalidOperationException", operation, logGroupName="/rare", **filter)
        found = logs(
            "ListLogGroups",
            logGroupNamePattern="^/rare|app",
            logGroupClass="INFREQUENT_ACCESS",
            includeLinkedAccounts=False,
            accountIdentifiers=[ACCOUNT],
        )
        equal([group["logGroupName"] for group in found["logGroups"]], ["/rare"], "log groups")
        tag = {"key": "Old", "values": ["w*"]}
        found = logs("ListLogGroups", logGroupTags=[tag])
        equal([group["logGroupName"] for group in found["logGroups"]], ["/ecs/app"], "log groups by tag")
        sources = [{"name": "amazon_vpc", "type": "flow"}]
        equal(logs("ListLogGroups", dataSources=sources)["logGroups"], [], "log groups of a source")
        equal(logs("ListLogGroups", fieldIndexNames=["id"])["logGroups"], [], "log groups with an index")
        first = logs("ListLogGroups", limit=2)
        logs("ListLogGroups", limit=2, nextToken=first["nextToken"])

    def log_policies(self):
        logs, equal = self.logs, self.equal
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/app"
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "route53.amazonaws.com"},
            "Action": "logs:PutLogEvents",
            "Resource": "*",
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        for number in range(10):
            logs("PutResourcePolicy", policyName=f"p{number}", policyDocument=document)
        more = {"policyName": "more", "policyDocument": document}
        logs.refused("LimitExceededException", "PutResourcePolicy", **more)
        equal(len(logs.pages("DescribeResourcePolicies", "resourcePolicies", 6)), 10, "resource policies")
        logs("DeleteResourcePolicy", policyName="p0")
        logs.refused("ResourceNotFoundException", "DeleteResourcePolicy", policyName="p0")
        of_group = {"resourceArn": arn, "policyDocument": document}
        first = logs("PutResourcePolicy", **of_group)["revisionId"]
        logs.refused("OperationAbortedException", "PutResourcePolicy", **of_group)
        second = logs("PutResourcePolicy", **of_group, expectedRevisionId=first)["revisionId"]
        found = logs("DescribeResourcePolicies", resourceArn=arn, policyScope="RESOURCE")
        equal(found["resourcePolicies"][0]["revisionId"], second, "revision")
        stale = {"resourceArn": arn, "expectedRevisionId": first}
        logs.refused("OperationAbortedException", "DeleteResourcePolicy", **stale)
        logs("DeleteResourcePolicy", resourceArn=arn, expectedRevisionId=second)
        gone = {**of_group, "resourceArn": f"{arn}-none"}
        logs.refused("ResourceNotFoundException", "PutResourcePolicy", **gone)

        retention = {
            "policyName": "keep",
            "policyType": "RETENTION_POLICY",
            "policyDocument": json.dumps({"retentionInDays": 30, "enforcementMode": "RETROACTIVE"}),
            "scope": "ALL",
            "selectionCriteria": 'LogGroupNamePrefix IN ["/ecs/"]',
        }
        preview = logs("PutAccountPolicy", **retention, dryRun=True)["dryRunResult"]
        equal(preview["failedAnalysisCount"], 0, "dry run")
        logs("PutAccountPolicy", **retention)
        named = {"policyType": "RETENTION_POLICY", "policyName": "keep"}
        found = logs("DescribeAccountPolicies", **named, accountIdentifiers=[ACCOUNT])
        equal(found["accountPolicies"][0]["policyDocument"], retention["policyDocument"], "account policy")
        for number in range(19):
            logs("PutAccountPolicy", **{**retention, "policyName": f"keep-{number}"})
        logs.refused("LimitExceededException", "PutAccountPolicy", **{**retention, "policyName": "more"})
        logs.refused("InvalidParameterException", "PutAccountPolicy", **{**retention, "policyDocument": "{}"})
        logs("DescribeAccountPolicies", policyType="RETENTION_POLICY")
        logs("DeleteAccountPolicy", **named, dryRun=True)
        logs("DeleteAccountPolicy", **named)
        for number in range(19):
            logs("DeleteAccountPolicy", policyType="RETENTION_POLICY", policyName=f"keep-{number}")
        for operation in "DeleteAccountPolicy", "DescribeAccountPolicies":
            logs.refused("ResourceNotFoundException", operation, **named)
        logs.refused(
            "InvalidParameterException",
            "DeleteAccountPolicy",
            policyType="TRANSFORMER_POLICY",
            policyName="keep",
            dryRun=True,
        )

        group = {"logGroupIdentifier": "/ecs/app"}
        data = ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"]
        operations = {"Audit": {"FindingsDestination": {}}}, {"Deidentify": {"MaskConfig": {}}}
        statements = [{"DataIdentifier": data, "Operation": operation} for operation in operations]
        policy = json.dumps({"Name": "mask", "Version": "2021-06-01", "Statement": statements})
        logs("PutDataProtectionPolicy", **group, policyDocument=policy)
        equal(logs("GetDataProtectionPolicy", **group)["policyDocument"], policy, "data protection")
        logs("DeleteDataProtectionPolicy", **group)
        equal("policyDocument" in logs("GetDataProtectionPolicy", **group), False, "data protection")

    def log_queries(self):
        logs, equal = self.logs, self.equal
        definition = {
            "queryLanguage": "CWLI",
            "name": "errors",
            "logGroupNames": ["/ecs/app"],
            "queryString": "filter @message like '{{word}}'",
            "clientToken": "0" * 36,
            "parameters": [{"name": "word", "defaultValue": "ERROR", "description": "what to look for"}],
        }
        made = logs("PutQueryDefinition", **definition)["queryDefinitionId"]
        equal(logs("PutQueryDefinition", **definition)["queryDefinitionId"], made, "the same definition")
        logs("PutQueryDefinition", name="errors", queryDefinitionId=made, queryString="limit 1")
        found = logs("DescribeQueryDefinitions", queryLanguage="CWLI", queryDefinitionNamePrefix="err", maxResults=9)
        equal(found["queryDefinitions"][0]["queryString"], "limit 1", "query definition")
        logs("PutQueryDefinition", name="others", queryString="limit 1")
        first = logs("DescribeQueryDefinitions", maxResults=1)
        logs("DescribeQueryDefinitions", maxResults=1, nextToken=first["nextToken"])
        equal(logs("DeleteQueryDefinition", queryDefinitionId=made)["success"], True, "deletion")
        gone = {"queryDefinitionId": made}
        logs.refused("ResourceNotFoundException", "DeleteQueryDefinition", **gone)
        logs.refused("ResourceNotFoundException", "PutQueryDefinition", name="x", queryString="x", **gone)

        now = self.mock("clock")["millis"] // 1000
        times = {"startTime": now - 86_400 * 3, "endTime": now + 3600}
        query = {**times, "queryString": "stats count(*) as n by @logStream"}

        def start(**params):
            return {"queryId": logs("StartQuery", **params)["queryId"]}

        started = start(queryLanguage="CWLI", logGroupName="/ecs/app", limit=9, **query)
        found = logs("GetQueryResults", **started)
        equal(found["status"], "Complete", "query")
        row = {field["field"]: field["value"] for field in found["results"][0]}
        equal(row, {"@logStream": "one", "n": "3"}, "results")
        query = {**times, "queryString": "fields @message"}
        started = start(logGroupNames=["/ecs/app"], **query)
        first = logs("GetQueryResults", **started, maxItems=2)
        second = logs("GetQueryResults", **started, maxItems=2, nextToken=first["nextToken"])
        equal(len(second["results"]), 1, "rows of the second page")
        start(logGroupIdentifiers=["/ecs/app"], **query)
        logs.refused("InvalidParameterException", "StopQuery", **started)
        malformed = {**times, "queryString": "fields @message | count()"}
        logs.refused("MalformedQueryException", "StartQuery", logGroupName="/ecs/app", **malformed)
        logs.refused("ResourceNotFoundException", "StartQuery", logGroupName="/ecs/none", **query)
        self.mock("lag", "PUT", {"log-query": "1h"})
        running = start(logGroupName="/ecs/app", **query)
        equal(logs("StopQuery", **running)["success"], True, "stopped query")
        self.mock("lag", "PUT", {"log-query": "0s"})
        found = logs("DescribeQueries", logGroupName="/ecs/app", status="Cancelled", queryLanguage="CWLI")
        equal(len(found["queries"]), 1, "cancelled queries")
        first = logs("DescribeQueries", maxResults=2)
        logs("DescribeQueries", maxResults=2, nextToken=first["nextToken"])
        for operation in "GetQueryResults", "StopQuery":
            logs.refused("ResourceNotFoundException", operation, queryId="none")
