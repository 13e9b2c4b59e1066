"""Checks raw answers against botocore's service models.

botocore's own parser ignores unknown members, so this module reads the bodies itself. Every member must be in the
model, have its type and satisfy its constraints, and required members must be present. An error must be one that the
model lists for the operation, with the model's status.
"""

import json
import re
import sys
import xml.etree.ElementTree as ElementTree

REQUEST_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# Constraints in the models that AWS does not follow, with a source.
EXCEPTIONS = {
    # AWS returns "Policy"; the model has the enum PermissionsBoundaryPolicy.
    # https://github.com/awsdocs/iam-user-guide/issues/82
    ("iam", "PermissionsBoundaryType"),
    # AWS returns "IAM Policy" for every policy: test_simulate_principle_policy in
    # https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam.snapshot.json
    ("iam", "SourcePolicyType"),
    # An MD5 digest with colons has 47 characters; the model says 48:
    # https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSSHPublicKey.html#API_UploadSSHPublicKey_Examples
    ("iam", "Fingerprint"),
    # AWS indexes fields such as "@logStream"; the pattern in the model does not allow "@".
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeFieldIndexes.html
    ("logs", "fieldIndexName"),
}

# Errors without a message: test_iam_credential_report.snapshot.json in
# https://github.com/localstack/localstack/tree/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam
WITHOUT_MESSAGE = {"ReportNotPresent", "ReportExpired"}

# Errors of the services' front ends in addition to those in the models. See "Common Errors" in each API
# reference, such as https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
COMMON = {
    "ecs": {"SerializationException", "UnknownOperationException", "ThrottlingException"},
    "ecr": {"SerializationException", "UnknownOperationException", "ThrottlingException"},
    # A violated constraint is an InvalidParameterException, which the models of most operations list; but a malformed
    # ARN is a ValidationException: https://github.com/boto/boto3/issues/4104
    "logs": {
        "InvalidParameterException",
        "SerializationException",
        "ThrottlingException",
        "UnknownOperationException",
        "ValidationException",
    },
    # GetAccessKeyLastUsed denies access to keys that do not exist, and some operations deny access to resources that
    # AWS owns.
    "iam": {"AccessDenied", "ValidationError", "MalformedInput", "InvalidAction", "NotImplemented", "Throttling"},
    "sts": {"AccessDenied", "InvalidParameterValue", "ValidationError", "MalformedInput", "InvalidAction", "Throttling", "InternalFailure"},
}


def java(pattern):
    """Translates a Java pattern, as used in the models, to Python."""
    wide = re.sub(r"\\p\{L\}|\\p\{N\}|\\p\{IsAlphabetic\}|\\p\{IsDigit\}", r"\\w", pattern)
    wide = re.sub(r"\\p\{Z\}|\\p\{IsWhitespace\}", r"\\s", wide)
    return re.compile(wide, re.DOTALL if wide != pattern else re.DOTALL | re.ASCII)


# The mock's own answer for operations of AWS that it does not implement: the code and the status.
NOT_IMPLEMENTED = ("NotImplemented", 501)


class Checker:
    """Collects the problems in the answers of one run."""

    def __init__(self):
        self.problems = []
        self.answers = 0

    def say(self, problem):
        if problem not in self.problems:
            self.problems.append(problem)

    def value(self, shape, value, at):
        """Checks a value of the JSON 1.1 protocol."""
        kind = shape.type_name
        if kind == "structure" and shape.is_document_type:
            return
        if kind == "structure":
            if not isinstance(value, dict):
                return self.say(f"{at}: {value!r} is not a structure")
            self.names(shape, value.keys(), at)
            for name, member in shape.members.items():
                if name in value:
                    self.value(member, value[name], f"{at}.{name}")
        elif kind == "list":
            if not isinstance(value, list):
                return self.say(f"{at}: {value!r} is not a list")
            self.size(shape, len(value), value, at)
            for item in value:
                self.value(shape.member, item, f"{at}[]")
        elif kind == "map":
            if not isinstance(value, dict):
                return self.say(f"{at}: {value!r} is not a map")
            self.size(shape, len(value), value, at)
            for name, item in value.items():
                self.value(shape.key, name, f"{at} (key)")
                self.value(shape.value, item, f"{at} (value)")
        else:
            types = {
                "boolean": bool,
                "integer": int,
                "long": int,
                "float": (int, float),
                "double": (int, float),
                "timestamp": (int, float),
            }.get(kind, str)
            if not isinstance(value, types) or (kind != "boolean" and isinstance(value, bool)):
                self.say(f"{at}: {value!r} is not of type {kind}")
            else:
                self.scalar(shape, value, at)

    def element(self, shape, element, at):
        """Checks an XML element of the Query protocol."""
        kind = shape.type_name
        if kind == "structure":
            found = {}
            for child in element:
                name = child.tag.rpartition("}")[2]
                if name in found:
                    self.say(f"{at}: {name} occurs twice")
                found[name] = child
            self.names(shape, found.keys(), at)
            for name, member in shape.members.items():
                if name in found:
                    self.element(member, found[name], f"{at}.{name}")
        elif kind == "list":
            self.size(shape, len(element), "a list", at)
            for child in element:
                if child.tag.rpartition("}")[2] != "member":
                    self.say(f"{at}: {child.tag} is in a list")
                self.element(shape.member, child, f"{at}[]")
        else:
            text = element.text or ""
            forms = {
                "boolean": "true|false",
                "integer": r"-?\d+",
                "long": r"-?\d+",
                "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
            }
            if not re.fullmatch(forms.get(kind, ".*"), text, re.DOTALL):
                self.say(f"{at}: {text!r} is not of type {kind}")
            else:
                self.scalar(shape, int(text) if kind in ("integer", "long") else text, at)

    def names(self, shape, found, at):
        for name in found - shape.members.keys():
            self.say(f"{at}: {name} is not in the model")
        for name in set(shape.required_members) - found:
            self.say(f"{at}: {name} is missing")

    def size(self, shape, count, shown, at):
        low, high = shape.metadata.get("min", 0), shape.metadata.get("max", sys.maxsize)
        if not low <= count <= high:
            self.say(f"{at}: {shown!r} does not have {low} to {high} items")

    def scalar(self, shape, value, at):
        service, name = at.partition(":")[0], at.rpartition(".")[2]
        if (service, name) in EXCEPTIONS:
            return
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if shape.type_name == "string":
            if shape.enum and value not in shape.enum:
                self.say(f"{at}: {value!r} is not one of {shape.enum}")
            if not (low or 0) <= len(value) <= (high or sys.maxsize):
                self.say(f"{at}: {value!r} is not {low} to {high} characters long")
            pattern = shape.metadata.get("pattern")
            if pattern and not java(pattern).fullmatch(value):
                self.say(f"{at}: {value!r} does not match {pattern}")
        elif shape.type_name in ("integer", "long", "float", "double"):
            if (low is not None and value < low) or (high is not None and value > high):
                self.say(f"{at}: {value!r} is not between {low} and {high}")

    def answer(self, model, status, headers, body):
        """Checks one answer against the model of its operation, and returns the error code, if any."""
        self.answers += 1
        service = model.service_model
        at = f"{service.service_name}:{model.name}"
        is_json = service.resolved_protocol == "json"
        if not REQUEST_ID.fullmatch(headers.get("x-amzn-requestid", "")):
            self.say(f"{at}: no request id")
        expected = "application/x-amz-json-1.1" if is_json else "text/xml"
        if headers.get("content-type") != expected:
            self.say(f"{at}: content type {headers.get('content-type')}")
        if status >= 300:
            return self.error(model, status, body, at, is_json)
        shape = model.output_shape
        if is_json:
            if shape is None:
                if body not in (b"", b"{}"):
                    self.say(f"{at}: {body!r} where the model has no output")
            else:
                self.value(shape, json.loads(body), at)
            return None
        root = ElementTree.fromstring(body)
        namespace = service.metadata["xmlNamespace"]
        wrapper = shape.serialization.get("resultWrapper") if shape else None
        wanted = [f"{{{namespace}}}{tag}" for tag in ([wrapper] if wrapper else []) + ["ResponseMetadata"]]
        children = [child.tag for child in root]
        if root.tag != f"{{{namespace}}}{model.name}Response" or children != wanted:
            self.say(f"{at}: {root.tag} of {children}")
        elif wrapper:
            self.element(shape, root[0], at)
        return None

    def error(self, model, status, body, at, is_json):
        service = model.service_model
        if is_json:
            fields = json.loads(body)
            code = fields.pop("__type", None)
            message = fields.get("message", fields.get("Message"))
        else:
            namespace = service.metadata["xmlNamespace"]
            root = ElementTree.fromstring(body)
            found = root.find(f"{{{namespace}}}Error")
            if root.tag != f"{{{namespace}}}ErrorResponse" or found is None:
                # Errors that belong to no operation have another namespace.
                found = root.find("{*}Error")
            fields = {child.tag.rpartition("}")[2]: child.text for child in found}
            code, message = fields.pop("Code", None), fields.get("Message")
            if fields.pop("Type", None) not in ("Sender", "Receiver"):
                self.say(f"{at}: an error without a type")
        modelled = {shape.error_code: shape for shape in model.error_shapes}
        if (code, status) == NOT_IMPLEMENTED:
            return code
        if code not in modelled:
            if code not in COMMON[service.service_name]:
                self.say(f"{at}: the model does not list the error {code}: {message}")
            return code
        shape = modelled[code]
        stated = shape.metadata.get("error", {}).get("httpStatusCode")
        # botocore's public API does not expose the fault of an error.
        wanted = stated or (500 if shape._shape_model.get("fault") else 400)
        if status != wanted:
            self.say(f"{at}: {code} has status {status} instead of {wanted}")
        known = {name.lower() for name in shape.members} | {"message"}
        for name in fields:
            if name.lower() not in known:
                self.say(f"{at}: {code} has no member {name}")
        if not message and code not in WITHOUT_MESSAGE:
            self.say(f"{at}: {code} has no message")
        return code
