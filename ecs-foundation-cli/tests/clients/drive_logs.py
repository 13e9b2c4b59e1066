"""The part of the drive that covers destinations, anomaly detectors, index policies and deliveries of CloudWatch Logs."""

import json

from clients import ACCOUNT, REGION

GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/app"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
TAGS = {"Team": "shop"}


def destinations(drive):
    logs, equal = drive.logs, drive.equal
    stream = {
        "targetArn": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/feed",
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/feed",
    }
    made = logs("PutDestination", destinationName="feed", **stream, tags=TAGS)["destination"]
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:destination:feed"
    equal(made["arn"], arn, "destination")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "111122223333"},
        "Action": "logs:PutSubscriptionFilter",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    logs("PutDestinationPolicy", destinationName="feed", accessPolicy=policy, forceUpdate=True)
    logs("PutDestination", destinationName="other", **stream)
    equal(len(logs.pages("DescribeDestinations", "destinations", 1)), 2, "destinations")
    found = logs("DescribeDestinations", DestinationNamePrefix="f")["destinations"]
    equal([destination["accessPolicy"] for destination in found], [policy], "access policy")
    tags(drive, arn)
    invalid = {**stream, "targetArn": "no arn"}
    logs.refused("InvalidParameterException", "PutDestination", destinationName="new", **invalid)
    gone = {"destinationName": "none"}
    logs.refused("InvalidParameterException", "PutDestinationPolicy", **gone, accessPolicy=policy)
    logs.refused("ResourceNotFoundException", "DeleteDestination", **gone)
    logs("DeleteDestination", destinationName="other")


def tags(drive, arn):
    """Sets, lists and removes tags of a resource with the tags `TAGS`."""
    logs, equal = drive.logs, drive.equal
    logs("TagResource", resourceArn=arn, tags={"New": ""})
    logs("UntagResource", resourceArn=arn, tagKeys=["Team"])
    equal(logs("ListTagsForResource", resourceArn=arn)["tags"], {"New": ""}, f"tags of {arn}")
    gone = {"resourceArn": f"{arn}-none"}
    logs.refused("ResourceNotFoundException", "TagResource", **gone, tags=TAGS)
    logs.refused("ResourceNotFoundException", "UntagResource", **gone, tagKeys=["Team"])
    logs.refused("ResourceNotFoundException", "ListTagsForResource", **gone)


def anomaly_detectors(drive):
    logs, equal = drive.logs, drive.equal
    create = {
        "logGroupArnList": [GROUP],
        "detectorName": "odd",
        "evaluationFrequency": "FIVE_MIN",
        "filterPattern": "ERROR",
        "kmsKeyId": KEY,
        "anomalyVisibilityTime": 7,
        "tags": TAGS,
    }
    arn = logs("CreateLogAnomalyDetector", **create)["anomalyDetectorArn"]
    named = {"anomalyDetectorArn": arn}
    found = logs("GetLogAnomalyDetector", **named)
    equal((found["detectorName"], found["anomalyDetectorStatus"]), ("odd", "TRAINING"), "detector")
    change = {"evaluationFrequency": "ONE_HOUR", "filterPattern": "WARN", "anomalyVisibilityTime": 90}
    logs("UpdateLogAnomalyDetector", **named, **change, enabled=False)
    equal(logs("GetLogAnomalyDetector", **named)["anomalyDetectorStatus"], "PAUSED", "paused detector")
    logs("CreateLogAnomalyDetector", logGroupArnList=[GROUP])
    detectors = logs.pages("ListLogAnomalyDetectors", "anomalyDetectors", 1, filterLogGroupArn=GROUP)
    equal(len(detectors), 2, "detectors of a log group")
    found = logs("ListAnomalies", **named, suppressionState="SUPPRESSED", limit=9)
    equal(found["anomalies"], [], "anomalies")
    tags(drive, arn)
    two = {**create, "logGroupArnList": [GROUP, GROUP]}
    logs.refused("InvalidParameterException", "CreateLogAnomalyDetector", **two)
    gone = {**create, "logGroupArnList": [f"{GROUP}-none"]}
    logs.refused("ResourceNotFoundException", "CreateLogAnomalyDetector", **gone)
    logs("DeleteLogAnomalyDetector", **named)
    for operation, more in (
        ("GetLogAnomalyDetector", {}),
        ("UpdateLogAnomalyDetector", {"enabled": True}),
        ("DeleteLogAnomalyDetector", {}),
        ("ListAnomalies", {}),
    ):
        logs.refused("ResourceNotFoundException", operation, **named, **more)


def index_policies(drive):
    logs, equal = drive.logs, drive.equal
    group = {"logGroupIdentifier": "/ecs/app"}
    groups = {"logGroupIdentifiers": ["/ecs/app"]}
    document = json.dumps({"Fields": ["id"], "FieldsV2": {"status": {"type": "FACET"}}})
    made = logs("PutIndexPolicy", **group, policyDocument=document)["indexPolicy"]
    equal((made["logGroupIdentifier"], made["source"]), (GROUP, "LOG_GROUP"), "index policy")
    equal(logs("DescribeIndexPolicies", **groups)["indexPolicies"], [made], "index policies")
    found = logs("DescribeFieldIndexes", **groups, indexCategories=["CUSTOM"])["fieldIndexes"]
    equal([index["fieldIndexName"] for index in found], ["id", "status"], "field indexes")
    equal(len(logs("DescribeFieldIndexes", **groups)["fieldIndexes"]), 7, "field indexes of every category")
    found = logs("ListLogGroups", fieldIndexNames=["id"])["logGroups"]
    equal([group["logGroupName"] for group in found], ["/ecs/app"], "log groups with an index")
    names = [f"/indexed/{number:02}" for number in range(20)]
    for name in names:
        logs("CreateLogGroup", logGroupName=name)
    first = logs("DescribeFieldIndexes", logGroupIdentifiers=["/ecs/app", *names])
    more = {"logGroupIdentifiers": ["/ecs/app", *names], "nextToken": first["nextToken"]}
    equal(len(logs("DescribeFieldIndexes", **more)["fieldIndexes"]), 7, "field indexes of the second page")
    for name in names:
        logs("DeleteLogGroup", logGroupName=name)
    logs.refused("InvalidParameterException", "PutIndexPolicy", **group, policyDocument="{}")
    logs("DeleteIndexPolicy", **group)
    gone, all_gone = {"logGroupIdentifier": "/none"}, {"logGroupIdentifiers": ["/none"]}
    logs.refused("ResourceNotFoundException", "PutIndexPolicy", **gone, policyDocument=document)
    logs.refused("ResourceNotFoundException", "DeleteIndexPolicy", **gone)
    logs.refused("ResourceNotFoundException", "DescribeIndexPolicies", **all_gone)
    logs.refused("ResourceNotFoundException", "DescribeFieldIndexes", **all_gone)
    bearer = "PutBearerTokenAuthentication"
    logs(bearer, **group, bearerTokenAuthenticationEnabled=True)
    found = logs("DescribeLogGroups", logGroupNamePrefix="/ecs/app")["logGroups"]
    equal(found[0]["bearerTokenAuthenticationEnabled"], True, "bearer tokens")
    logs.refused("ResourceNotFoundException", bearer, **gone, bearerTokenAuthenticationEnabled=True)


def changing_groups(drive):
    """Makes changes to a log group while another change is in progress."""
    logs = drive.logs
    drive.mock("lag", "PUT", {"log-group": "1h"})
    logs("CreateLogGroup", logGroupName="/changing")
    group = {"logGroupIdentifier": "/changing"}
    arn = GROUP.replace("/ecs/app", "/changing")
    for operation, params in (
        ("CreateLogAnomalyDetector", {"logGroupArnList": [arn]}),
        ("PutIndexPolicy", {**group, "policyDocument": "{}"}),
        ("DeleteIndexPolicy", group),
        ("PutBearerTokenAuthentication", {**group, "bearerTokenAuthenticationEnabled": True}),
    ):
        logs.refused("OperationAbortedException", operation, **params)
    drive.mock("lag", "PUT", {"log-group": "0s"})
    logs("DeleteLogGroup", logGroupName="/changing")


def records(drive):
    logs, equal = drive.logs, drive.equal
    now = drive.mock("clock")["millis"]
    logs("CreateLogStream", logGroupName="/ecs/app", logStreamName="records")
    event = {"timestamp": now, "message": '{"id": 7}'}
    logs("PutLogEvents", logGroupName="/ecs/app", logStreamName="records", logEvents=[event])
    query = {"startTime": now // 1000 - 9, "endTime": now // 1000 + 9, "queryString": "filter id = 7"}
    started = {"queryId": logs("StartQuery", logGroupName="/ecs/app", **query)["queryId"]}
    row = {field["field"]: field["value"] for field in logs("GetQueryResults", **started)["results"][0]}
    record = logs("GetLogRecord", logRecordPointer=row["@ptr"], unmask=False)["logRecord"]
    equal((record["id"], record["@message"]), ("7", event["message"]), "record")
    found = logs("ListLogGroupsForQuery", **started, maxResults=50)
    equal(found["logGroupIdentifiers"], ["/ecs/app"], "log groups of a query")
    for params in {"logGroupName": "/ecs/app"}, {"logGroupIdentifier": GROUP, "time": now // 1000}:
        fields = {field["name"]: field["percent"] for field in logs("GetLogGroupFields", **params)["logGroupFields"]}
        equal(fields["@message"], 100, "fields")
    logs.refused("InvalidParameterException", "GetLogRecord", logRecordPointer="none")
    gone = row["@ptr"] + "0"
    logs.refused("ResourceNotFoundException", "GetLogRecord", logRecordPointer=gone)
    logs.refused("ResourceNotFoundException", "GetLogGroupFields", logGroupName="/none")
    logs.refused("ResourceNotFoundException", "ListLogGroupsForQuery", queryId="none")


def deliveries(drive):
    logs, equal = drive.logs, drive.equal
    source = {
        "name": "web",
        "resourceArn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1Q5F5862X9VJ5",
        "logType": "ACCESS_LOGS",
    }
    made = logs("PutDeliverySource", **source, tags=TAGS, deliverySourceConfiguration={"samplingRate": "50"})
    source_arn = made["deliverySource"]["arn"]
    equal(made["deliverySource"]["service"], "cloudfront", "delivery source")
    logs("PutDeliverySource", **{**source, "name": "more"})
    logs("GetDeliverySource", name="web")
    equal(len(logs.pages("DescribeDeliverySources", "deliverySources", 1)), 2, "delivery sources")
    logs("DescribeDeliverySources", resourceArns=[source["resourceArn"]])
    bucket = {"deliveryDestinationConfiguration": {"destinationResourceArn": "arn:aws:s3:::logs"}}
    kind = {"deliveryDestinationType": "S3"}
    made = logs("PutDeliveryDestination", name="bucket", outputFormat="json", **bucket, **kind, tags=TAGS)
    destination_arn = made["deliveryDestination"]["arn"]
    role = f"arn:aws:iam::{ACCOUNT}:role/trace"
    logs("PutDeliveryDestination", name="trace", deliveryDestinationType="XRAY", roleArn=role)
    logs("GetDeliveryDestination", name="bucket")
    equal(len(logs.pages("DescribeDeliveryDestinations", "deliveryDestinations", 1)), 2, "delivery destinations")
    logs("DescribeDeliveryDestinations", names=["bucket"])
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "111122223333"},
        "Action": "logs:CreateDelivery",
        "Resource": destination_arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    named = {"deliveryDestinationName": "bucket"}
    logs("PutDeliveryDestinationPolicy", **named, deliveryDestinationPolicy=policy)
    found = logs("GetDeliveryDestinationPolicy", **named)["policy"]
    equal(found, {"deliveryDestinationPolicy": policy}, "policy of a delivery destination")
    logs("DeleteDeliveryDestinationPolicy", **named)
    invalid = {**named, "deliveryDestinationPolicy": "{"}
    logs.refused("ValidationException", "PutDeliveryDestinationPolicy", **invalid)
    format = {
        "recordFields": ["date"],
        "fieldDelimiter": ",",
        "s3DeliveryConfiguration": {"suffixPath": "logs/", "enableHiveCompatiblePath": True},
    }
    create = {"deliverySourceName": "web", "deliveryDestinationArn": destination_arn}
    delivery = logs("CreateDelivery", **create, **format, tags=TAGS)["delivery"]
    key = {"id": delivery["id"]}
    logs("UpdateDeliveryConfiguration", **key, **format)
    equal(logs("GetDelivery", **key)["delivery"], delivery, "delivery")
    logs("CreateDelivery", **{**create, "deliverySourceName": "more"})
    equal(len(logs.pages("DescribeDeliveries", "deliveries", 1)), 2, "deliveries")
    logs("DescribeDeliveries", deliverySourceNames=["web"])
    for arn in source_arn, destination_arn, delivery["arn"]:
        tags(drive, arn)
    logs.refused("ConflictException", "CreateDelivery", **create)
    logs.refused("ConflictException", "PutDeliverySource", **source, tags=TAGS)
    logs.refused("ConflictException", "PutDeliveryDestination", name="bucket", **bucket, tags=TAGS)
    logs.refused("ConflictException", "DeleteDeliverySource", name="web")
    logs.refused("ConflictException", "DeleteDeliveryDestination", name="bucket")
    service = {**source, "resourceArn": "arn:aws:s3:::logs"}
    logs.refused("ResourceNotFoundException", "PutDeliverySource", **service)
    none = {**create, "deliverySourceName": "none"}
    logs.refused("ResourceNotFoundException", "CreateDelivery", **none)
    for operation in "GetDelivery", "UpdateDeliveryConfiguration", "DeleteDelivery":
        logs.refused("ResourceNotFoundException", operation, id="none")
    for operation in "GetDeliverySource", "DeleteDeliverySource", "GetDeliveryDestination", "DeleteDeliveryDestination":
        logs.refused("ResourceNotFoundException", operation, name="none")
    gone = {"deliveryDestinationName": "none"}
    logs.refused("ResourceNotFoundException", "PutDeliveryDestinationPolicy", **gone, deliveryDestinationPolicy=policy)
    for operation in "GetDeliveryDestinationPolicy", "DeleteDeliveryDestinationPolicy":
        logs.refused("ResourceNotFoundException", operation, **gone)
    for found in logs("DescribeDeliveries")["deliveries"]:
        logs("DeleteDelivery", id=found["id"])
    logs("DeleteDeliverySource", name="more")
    logs("DeleteDeliveryDestination", name="trace")


PARTS = (destinations, anomaly_detectors, index_policies, changing_groups, records, deliveries)
