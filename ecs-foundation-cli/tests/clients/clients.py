"""boto3 and the AWS CLI, each as one function that makes a call, and a record of what they did."""

import contextlib
import io
import json
import os
import re
import urllib.error
import urllib.request

import boto3
import botocore.config
import botocore.exceptions
import botocore.session
from botocore import xform_name

REGION = "eu-west-1"
ACCOUNT = "123456789012"


class Refused(Exception):
    """The service refuses a call."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class Mock:
    """The mock itself, by its paths under /_mock/."""

    def __init__(self, url):
        self.url = url

    def __call__(self, path, method="GET", body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_mock/{path}", method=method, data=data)
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{method} /_mock/{path}: {error.read().decode()}") from None

    def seed(self, **seed):
        return self("seed", "POST", {**seed, "region": REGION})


class Record:
    """What was asked for, with what, and how it went."""

    def __init__(self):
        self.done = {}
        self.members = set()
        self.refused = set()

    def success(self, model, params):
        at = (model.service_model.service_name, model.name)
        paths = set(members(model.input_shape, params))
        self.members |= {(*at, path) for path in paths}
        # The call that says most is the best to make wrong ones of.
        kept = self.done.get(at)
        if kept is None or len(paths) > len(set(members(model.input_shape, kept))):
            self.done[at] = params

    def refusal(self, model, code):
        self.refused.add((model.service_model.service_name, model.name, code))


def members(shape, value, at=""):
    """The members of a request that are given, and those of their members."""
    if shape is None:
        return
    if shape.type_name == "structure":
        for name, inner in shape.members.items():
            if name in value:
                yield f"{at}{name}"
                yield from members(inner, value[name], f"{at}{name}.")
    elif shape.type_name == "list":
        for item in value:
            yield from members(shape.member, item, at)


class Client:
    """One service, called by one client: `ecs("CreateCluster", clusterName="main")`."""

    def __init__(self, service, checker, record):
        self.service, self.checker, self.record = service, checker, record
        self.model = botocore.session.get_session().get_service_model(service)

    def __call__(self, operation, **params):
        model = self.model.operation_model(operation)
        try:
            answer = self.send(model, params)
        except Refused as refused:
            if refused.code != "not sent":
                self.record.refusal(model, refused.code)
            refused.args = (f"{self.service}:{operation}: {refused}",)
            raise
        self.record.success(model, params)
        return answer

    def refused(self, code, operation, **params):
        """A call that the service refuses with that code."""
        try:
            self(operation, **params)
        except Refused as refused:
            if refused.code != code:
                self.checker.say(f"{self.service}:{operation}: {refused} instead of {code}")
        else:
            self.checker.say(f"{self.service}:{operation}: no {code} for {params}")

    def pages(self, operation, member, size, **params):
        """All items of a list, so many a page."""
        paginator = self.pagination(operation)
        params = {**params, paginator["limit_key"]: size}
        items, token, into = [], None, paginator["input_token"]
        while True:
            page = self(operation, **params, **({} if token is None else {into: token}))
            if len(page[member]) > size:
                self.checker.say(f"{self.service}:{operation}: a page of {len(page[member])}, not {size}")
            items += page[member]
            out = paginator["output_token"]
            token = page.get(out if isinstance(out, str) else out[0])
            if token is None:
                return items

    def pagination(self, operation):
        loader = botocore.session.get_session().get_component("data_loader")
        return loader.load_service_model(self.service, "paginators-1")["pagination"][operation]

    def heard(self, operation_model, response_dict, **_):
        """Where botocore tells of an answer before it reads it."""
        status, headers = response_dict["status_code"], response_dict["headers"]
        self.checker.answer(operation_model, status, headers, response_dict["body"])


class Boto(Client):
    """By boto3."""

    def __init__(self, url, service, checker, record, key="mock"):
        super().__init__(service, checker, record)
        self.client = boto3.client(
            service,
            endpoint_url=url,
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key="mock",
            config=botocore.config.Config(retries={"total_max_attempts": 1}),
        )
        self.client.meta.events.register("before-parse", self.heard)

    def send(self, model, params):
        try:
            return getattr(self.client, xform_name(model.name))(**params)
        except botocore.exceptions.ClientError as error:
            found = error.response["Error"]
            raise Refused(found["Code"], found.get("Message")) from None
        except botocore.exceptions.ParamValidationError as error:
            raise Refused("not sent", f"{params}: {error}") from None


class Cli(Client):
    """By the AWS CLI, whose entry point runs in this process: it takes a second to start."""

    driver = None

    def __init__(self, url, service, checker, record):
        super().__init__(service, checker, record)
        if Cli.driver is None:
            from awscli import clidriver

            os.environ.update(
                AWS_ENDPOINT_URL=url,
                AWS_DEFAULT_REGION=REGION,
                AWS_ACCESS_KEY_ID="mock",
                AWS_SECRET_ACCESS_KEY="mock",
                AWS_MAX_ATTEMPTS="1",
                AWS_PAGER="",
            )
            Cli.driver = clidriver.create_clidriver()
        Cli.driver.session.register(f"before-parse.{service}", self.heard)

    def send(self, model, params):
        command = [self.service, xform_name(model.name, "-"), "--output", "json"]
        try:
            page = self.pagination(model.name)
        except KeyError:
            page = {}
        paging = {page.get("input_token"), page.get("limit_key")}
        if page:
            command.append("--no-paginate")
        if paging & params.keys():
            # The CLI has options of its own in their place.
            command += ["--cli-input-json", json.dumps(params)]
            params = {}
        for name, value in params.items():
            option = xform_name(name, "-")
            if isinstance(value, bool):
                command.append(f"--{option}" if value else f"--no-{option}")
            elif isinstance(value, (dict, list)):
                command += [f"--{option}", json.dumps(value)]
            else:
                command += [f"--{option}", str(value)]
        status, stdout, stderr = self.run(command)
        found = re.search(
            r"An error occurred \((\w+)\) when calling the \w+ operation(?: \([^)]*\))?: (.*)",
            stderr,
            re.DOTALL,
        )
        if found:
            raise Refused(found[1], found[2].strip())
        if status != 0:
            raise Refused("not sent", f"{' '.join(command)}: {stderr.strip()}")
        return json.loads(stdout) if stdout.strip() else {}

    @staticmethod
    def run(command):
        stdout, stderr = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
            status = Cli.driver.main(command)
        return status, stdout.getvalue(), stderr.getvalue()
