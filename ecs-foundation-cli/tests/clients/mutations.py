"""Requests that botocore itself would not send: made of good ones by the service models, and sent past its checks.

For every operation, and every member of its request and of their members: the member missing where it is required, of
another type, too short, too long, too small, too large, of other characters, of no set value. Each has to be refused
with the error that the service has for it.
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
from clients import REGION

# The codes by which services refuse what breaks a constraint of the model.
CONSTRAINT = {
    "ecs": {"InvalidParameterException", "ClientException"},
    "ecr": {"InvalidParameterException"},
    "iam": {"ValidationError"},
    "logs": {"InvalidParameterException"},
}
# And what is of another type, which the front end meets before the service.
TYPE = {
    "ecs": {"SerializationException"},
    "ecr": {"SerializationException"},
    "logs": {"SerializationException"},
    "iam": {"MalformedInput", "ValidationError"},
}

# What AWS does otherwise than the models say: service, operation, member, kind of mistake; what it does; where AWS
# says so.
ACCEPTED = "accepted"
PUT_LOG_EVENTS = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"
DEVIATIONS = {
    # The events are taken, and the answer says in rejectedEntityInfo what is wrong with the entity.
    ("logs", "PutLogEvents", f"entity.{member}{part}", kind): (ACCEPTED, PUT_LOG_EVENTS)
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
    # Seen at AWS: https://github.com/boto/boto3/issues/4104
    ("logs", "*", "resourceArn", "pattern"): (
        {"ValidationException"},
        "https://github.com/boto/boto3/issues/4104",
    ),
}


class Mutation:
    """One way to spoil a request."""

    def __init__(self, kind, path, params):
        self.kind, self.path, self.params = kind, path, params


def mutations(shape, params, is_json):
    """All of them for a request."""
    for path, kind, change in of_structure(shape, params, ()):
        if kind == "type" and not is_json and not change.is_visible:
            continue
        spoiled = copy.deepcopy(params)
        change(spoiled)
        yield Mutation(kind, ".".join(str(part) for part in path if not isinstance(part, int)), spoiled)


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

    # In a form all scalars are texts.
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
    low, high = limits.get("min"), limits.get("max")
    wrong = {
        "structure": ["text", ["list"]],
        "list": ["text", 7],
        "map": ["text", ["list"]],
        "string": [["list"], {"a": "structure"}, 7, True],
        "boolean": ["text", 7],
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
        for key, spoiled in scalars(shape.key, next(iter(value), "")):
            yield (*path, "(key)"), key, put(path, {spoiled: next(iter(value.values()), "x")})
        for key, spoiled in scalars(shape.value, next(iter(value.values()), "")):
            yield (*path, "(value)"), key, put(path, {next(iter(value), "x"): spoiled})
    else:
        for mistake, spoiled in scalars(shape, value):
            yield path, mistake, put(path, spoiled)


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
        if high:
            yield "long", value + fill * (high + 1 - len(value))
        pattern = limits.get("pattern")
        if pattern:
            for spoiled in (f"{value} !€<>", f"\u0001{value}", f"{value}\ud7ff:*"):
                if not java(pattern).fullmatch(spoiled) and len(spoiled) <= (high or len(spoiled)):
                    yield "pattern", spoiled
                    break
    elif shape.type_name in ("integer", "long"):
        if low is not None:
            yield "small", low - 1
        if high is not None:
            yield "large", high + 1


def form(params, prefix=""):
    """The parameters of the Query protocol."""
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
    """Sends signed requests of whatever content."""

    def __init__(self, url, checker):
        self.url, self.checker = url, checker
        self.session = botocore.session.get_session()

    def __call__(self, service, operation, params):
        """The status and the code of an error, if it is one."""
        model = self.session.get_service_model(service).operation_model(operation)
        if model.service_model.resolved_protocol == "json":
            target = f"{model.service_model.metadata['targetPrefix']}.{operation}"
            headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
            body = json.dumps(params)
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


def spoil(record, url, checker):
    """Sends all of them, and gives how many there were."""
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
                wanted = (TYPE if mutation.kind == "type" else CONSTRAINT)[service]
            if code is not None and code in wanted:
                record.refusal(model, code)
            elif not (code is None and wanted == ACCEPTED):
                shown = json.dumps(mutation.params)
                shown = shown if len(shown) < 160 else f"{shown[:160]}..."
                checker.say(
                    f"{service}:{operation}: {mutation.kind} {mutation.path}: {status} {code}, not {wanted}: {shown}"
                )
    for unused in DEVIATIONS.keys() - seen:
        checker.say(f"the deviation {unused} is none any more")
    return count


def patterns(service, operation, path, kind):
    """A deviation names what it is of, or leaves it open."""
    last = path.rpartition(".")[2]
    for an_operation in operation, "*":
        for a_path in path, f"*.{last}", "*":
            for a_kind in kind, "*":
                yield (service, an_operation, a_path, a_kind)
