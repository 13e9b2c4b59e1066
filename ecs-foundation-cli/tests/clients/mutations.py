"""Sends invalid requests, derived from valid ones and the service models, without botocore's own validation.

For every operation and every member of its request, recursively: a required member is missing, or a member has another
type, is too short, too long, too small or too large, does not match the pattern, or is not in the enumeration. The
service must refuse each request with the matching error code.
"""

import copy
import json
import re
import urllib.error
import urllib.request
from urllib.parse import quote

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from answers import java
from clients import REGION, base64_text

# The error codes of a service for a violated constraint of the model.
CONSTRAINT = {
    "ecs": {"InvalidParameterException", "ClientException"},
    "ecr": {"InvalidParameterException"},
    "iam": {"ValidationError"},
    "logs": {"InvalidParameterException"},
    "sts": {"ValidationError"},
}
# The error codes for a value of another type, which the front end rejects before the service sees it.
TYPE = {
    "ecs": {"SerializationException"},
    "ecr": {"SerializationException"},
    "logs": {"SerializationException"},
    "iam": {"MalformedInput", "ValidationError"},
    "sts": {"MalformedInput", "ValidationError"},
}

# Deviations of AWS from the models: service, operation, member, kind of mutation; the behavior; the source.
ACCEPTED = "accepted"
PUT_LOG_EVENTS = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"
DEVIATIONS = {
    # The events are accepted, and the answer reports the error of the entity in rejectedEntityInfo.
    ("logs", "PutLogEvents", f"entity.{member}{part}", kind): ({ACCEPTED}, PUT_LOG_EVENTS)
    for member, part, kind in (
        ("keyAttributes", "", "short"),
        ("keyAttributes", "", "long"),
        ("keyAttributes", ".(key)", "short"),
        ("keyAttributes", ".(key)", "long"),
        ("keyAttributes", ".(value)", "short"),
        ("keyAttributes", ".(value)", "long"),
        ("attributes", "", "long"),
        ("attributes", ".(key)", "short"),
        ("attributes", ".(key)", "long"),
        ("attributes", ".(value)", "short"),
        ("attributes", ".(value)", "long"),
    )
} | {
    # As observed on AWS: https://github.com/boto/boto3/issues/4104
    ("logs", "*", "resourceArn", "pattern"): (
        {"ValidationException"},
        "https://github.com/boto/boto3/issues/4104",
    ),
    # A list of lists and a list of structures without members look the same in the query protocol.
    ("sts", "*", "PolicyArns", "type"): (
        {"MalformedPolicyDocument", *TYPE["sts"]},
        "https://smithy.io/2.0/aws/protocols/aws-query-protocol.html",
    ),
    ("iam", "SimulatePrincipalPolicy", "PolicyExclusionList", "type"): (
        {"InvalidInput", *TYPE["iam"]},
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyIdentifier.html",
    ),
} | {
    ("iam", "*", member, "type"): (
        {ACCEPTED, *TYPE["iam"]},
        "https://smithy.io/2.0/aws/protocols/aws-query-protocol.html",
    )
    for member in ("ContextEntries", "OrderedOrganizationPolicyInputList")
}


def constraint(service, operation):
    """Returns the error codes of an operation for a violated constraint of the model."""
    # As recorded from AWS:
    # https://github.com/localstack/localstack/blob/1d13ef060601884cef1aec6dfc228f54578fdfe8/tests/aws/services/logs/test_logs_delivery.snapshot.json
    is_delivery = service == "logs" and "Deliver" in operation
    return {"ValidationException"} if is_delivery else CONSTRAINT[service]


class Mutation:
    """An invalid variant of a request."""

    def __init__(self, kind, path, params):
        self.kind, self.path, self.params = kind, path, params


def mutations(shape, params, is_json):
    """Yields every mutation of a request."""
    for path, kind, change in of_structure(shape, params, ()):
        if kind == "type" and not is_json and not change.is_visible:
            continue
        mutated = copy.deepcopy(params)
        change(mutated)
        yield Mutation(kind, ".".join(str(part) for part in path if not isinstance(part, int)), mutated)


def at(path):
    def find(root):
        for part in path[:-1]:
            root = root[part]
        return root

    return find, path[-1]


def put(path, value):
    find, last = at(path)

    def change(root):
        find(root)[last] = value

    # In a form, all scalars are strings.
    change.is_visible = isinstance(value, (list, dict)) or value == "text"
    return change


def drop(path):
    find, last = at(path)

    def change(root):
        del find(root)[last]

    return change


def of_structure(shape, params, path):
    for name, member in shape.members.items():
        if name not in params:
            continue
        here = (*path, name)
        if name in shape.required_members:
            yield here, "missing", drop(here)
        yield from of_value(member, params[name], here)


def of_value(shape, value, path):
    kind, limits = shape.type_name, shape.metadata
    if kind == "structure" and shape.is_document_type:
        return  # Any JSON value is a document.
    low, high = limits.get("min"), limits.get("max")
    wrong = {
        "structure": ["text", ["list"]],
        "list": ["text", 7],
        "map": ["text", ["list"]],
        "string": [["list"], {"a": "structure"}, 7, True],
        "boolean": ["text", 7],
        # Nearly every text is accepted as Base64.
        "blob": [7, True, ["list"]],
    }.get(kind, ["text", True, ["list"]])
    for other in wrong:
        yield path, "type", put(path, other)
    if kind == "structure":
        yield from of_structure(shape, value, path)
    elif kind == "list":
        item = value[0] if value else None
        if low:
            yield path, "short", put(path, [])
        if high and item is not None:
            yield path, "long", put(path, [item] * (high + 1))
        if value:
            yield from of_value(shape.member, item, (*path, 0))
    elif kind == "map":
        if low:
            yield path, "short", put(path, {})
        if high and value:
            item = next(iter(value.values()))
            yield path, "long", put(path, {f"key-{number}": item for number in range(high + 1)})
        for key, mutated in scalars(shape.key, next(iter(value), "")):
            yield (*path, "(key)"), key, put(path, {mutated: next(iter(value.values()), "x")})
        for key, mutated in scalars(shape.value, next(iter(value.values()), "")):
            yield (*path, "(value)"), key, put(path, {next(iter(value), "x"): mutated})
    else:
        for mistake, mutated in scalars(shape, value):
            yield path, mistake, put(path, mutated)


def scalars(shape, value):
    limits = shape.metadata
    low, high = limits.get("min"), limits.get("max")
    if shape.type_name == "string":
        fill = value[-1:] or "x"
        if shape.enum:
            yield "enum", "no-such-value"
            return
        if low:
            yield "short", (value or "x")[: low - 1] if low > 1 else ""
        if high and high < 1_000_000:  # The server refuses longer bodies.
            yield "long", value + fill * (high + 1 - len(value))
        pattern = limits.get("pattern")
        if pattern:
            for mutated in (f"{value} !€<>", f"\u0001{value}", f"{value}\ud7ff:*"):
                if not java(pattern).fullmatch(mutated) and len(mutated) <= (high or len(mutated)):
                    yield "pattern", mutated
                    break
    elif shape.type_name in ("integer", "long"):
        if low is not None:
            yield "small", low - 1
        # Beyond 32 bits, it is not an integer any more.
        if high is not None and high < 2**31 - 1:
            yield "large", high + 1


def form(params, prefix=""):
    """Yields the parameters in the form of the Query protocol."""
    for name, value in params.items():
        yield from flat(f"{prefix}{name}", value)


def flat(name, value):
    if isinstance(value, dict):
        yield from form(value, f"{name}.")
    elif isinstance(value, list):
        if not value:
            yield name, ""
        for number, item in enumerate(value, 1):
            yield from flat(f"{name}.member.{number}", item)
    else:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)


class Sender:
    """Sends signed requests with arbitrary content."""

    def __init__(self, url, checker):
        self.url, self.checker = url, checker
        self.session = botocore.session.get_session()

    def __call__(self, service, operation, params):
        """Sends a request and returns the status and the error code, if any."""
        model = self.session.get_service_model(service).operation_model(operation)
        if model.service_model.resolved_protocol == "json":
            target = f"{model.service_model.metadata['targetPrefix']}.{operation}"
            headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
            body = json.dumps(params, default=base64_text)
        else:
            pairs = [("Action", operation), ("Version", model.service_model.api_version), *form(params)]
            body = "&".join(f"{quote(name)}={quote(value, safe='')}" for name, value in pairs)
            headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        request = AWSRequest(method="POST", url=f"{self.url}/", headers=headers, data=body.encode())
        SigV4Auth(Credentials("mock", "mock"), service, REGION).add_auth(request)
        prepared = request.prepare()
        sent = urllib.request.Request(prepared.url, prepared.body, dict(prepared.headers))
        try:
            with urllib.request.urlopen(sent) as answer:
                status, found, body = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, found, body = error.code, error.headers, error.read()
        headers = {name.lower(): value for name, value in found.items()}
        return status, self.checker.answer(model, status, headers, body)


def send_mutations(record, url, checker):
    """Sends every mutation of every recorded request, and returns their number."""
    send, session, count, seen = Sender(url, checker), botocore.session.get_session(), 0, set()
    for (service, operation), params in sorted(record.done.items()):
        model = session.get_service_model(service).operation_model(operation)
        if model.input_shape is None:
            continue
        is_json = model.service_model.resolved_protocol == "json"
        for mutation in mutations(model.input_shape, params, is_json):
            count += 1
            status, code = send(service, operation, mutation.params)
            at = (service, operation, mutation.path, mutation.kind)
            deviation = next((key for key in patterns(*at) if key in DEVIATIONS), None)
            if deviation:
                seen.add(deviation)
                wanted = DEVIATIONS[deviation][0]
            else:
                wanted = TYPE[service] if mutation.kind == "type" else constraint(service, operation)
            if code is not None and code in wanted:
                record.refusal(model, code)
            elif code is not None or ACCEPTED not in wanted:
                shown = json.dumps(mutation.params, default=base64_text)
                shown = shown if len(shown) < 160 else f"{shown[:160]}..."
                checker.say(
                    f"{service}:{operation}: {mutation.kind} {mutation.path}: {status} {code} instead of {wanted}: {shown}"
                )
    for unused in DEVIATIONS.keys() - seen:
        checker.say(f"the deviation {unused} no longer occurs")
    return count


def patterns(service, operation, path, kind):
    """Yields the keys of deviations that match; "*" matches anything."""
    last = path.rpartition(".")[2]
    for an_operation in operation, "*":
        for a_path in path, f"*.{last}", "*":
            for a_kind in kind, "*":
                yield (service, an_operation, a_path, a_kind)
