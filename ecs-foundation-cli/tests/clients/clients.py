"""boto3 and the AWS CLI behind one interface, and a record of their calls."""

import atexit
import base64
import contextlib
import io
import json
import os
import re
import shutil
import tempfile
import urllib.error
import urllib.request

import boto3
import botocore.config
import botocore.exceptions
import botocore.session
from botocore import xform_name

REGION = "eu-west-1"
ACCOUNT = "123456789012"


def base64_text(content):
    """Returns bytes as Base64, as JSON requests contain them."""
    return base64.b64encode(content).decode()


class Refused(Exception):
    """The service refuses a call."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class Mock:
    """The control API of the mock, under /_mock/."""

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
    """The calls that were made, their parameters and their results."""

    def __init__(self):
        self.done = {}
        self.members = set()
        self.refused = set()

    def success(self, model, params):
        at = (model.service_model.service_name, model.name)
        paths = set(members(model.input_shape, params))
        self.members |= {(*at, path) for path in paths}
        # Keep the call with the most members, because most mutations can be derived from it.
        kept = self.done.get(at)
        if kept is None or len(paths) > len(set(members(model.input_shape, kept))):
            self.done[at] = params

    def refusal(self, model, code):
        self.refused.add((model.service_model.service_name, model.name, code))


def members(shape, value, at=""):
    """Yields the members of a request that are set, recursively."""
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
        """Makes a call and checks that the service refuses it with the code."""
        try:
            self(operation, **params)
        except Refused as refused:
            if refused.code != code:
                self.checker.say(f"{self.service}:{operation}: {refused} instead of {code}")
        else:
            self.checker.say(f"{self.service}:{operation}: no {code} for {params}")

    def pages(self, operation, member, size, **params):
        """Returns all items of a list operation, read in pages of the given size."""
        paginator = self.pagination(operation)
        params = {**params, paginator["limit_key"]: size}
        items, token, into = [], None, paginator["input_token"]
        while True:
            page = self(operation, **params, **({} if token is None else {into: token}))
            if len(page[member]) > size:
                self.checker.say(f"{self.service}:{operation}: a page has {len(page[member])} items, more than {size}")
            items += page[member]
            out = paginator["output_token"]
            token = page.get(out if isinstance(out, str) else out[0])
            if token is None:
                return items

    def pagination(self, operation):
        loader = botocore.session.get_session().get_component("data_loader")
        return loader.load_service_model(self.service, "paginators-1")["pagination"][operation]

    def before_parse(self, operation_model, response_dict, **_):
        """Checks an answer before botocore parses it."""
        status, headers = response_dict["status_code"], response_dict["headers"]
        self.checker.answer(operation_model, status, headers, response_dict["body"])


class Boto(Client):
    """Calls a service with boto3."""

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
        self.client.meta.events.register("before-parse", self.before_parse)

    def send(self, model, params):
        try:
            return getattr(self.client, xform_name(model.name))(**params)
        except botocore.exceptions.ClientError as error:
            found = error.response["Error"]
            raise Refused(found["Code"], found.get("Message")) from None
        except botocore.exceptions.ParamValidationError as error:
            raise Refused("not sent", f"{params}: {error}") from None


class Cli(Client):
    """Calls a service with the AWS CLI. Its entry point runs in this process, because it takes a second to start."""

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
            os.environ["PATH"] = f"{self.plugins()}{os.pathsep}{os.environ['PATH']}"
            Cli.driver = clidriver.create_clidriver()
        Cli.driver.session.register(f"before-parse.{service}", self.before_parse)

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
            # The CLI has its own options for pagination.
            command += ["--cli-input-json", json.dumps(params)]
            params = {}
        outfile = None
        if model.name == "CreateVirtualMFADevice":
            # The CLI writes one of the secrets to a file instead of printing both.
            outfile = tempfile.NamedTemporaryFile()
            command += ["--bootstrap-method", "Base32StringSeed", "--outfile", outfile.name]
        for name, value in params.items():
            # The CLI has its own names for the codes of MFA devices.
            option = re.sub(r"code(?=\d$)", "code-", xform_name(name, "-"))
            if isinstance(value, bool):
                # The CLI uses different names for these.
                off = {"enable-execute-command": "disable-execute-command", "interactive": "non-interactive"}
                command.append(f"--{option}" if value else f"--{off.get(option, f'no-{option}')}")
            elif isinstance(value, bytes):
                command += [f"--{option}", value.decode()]
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
        answer = json.loads(stdout) if stdout.strip() else {}
        if outfile:
            answer["VirtualMFADevice"]["Base32StringSeed"] = outfile.read().decode()
        return answer

    @staticmethod
    def plugins():
        """Returns a directory with a plugin that accepts every session of `aws ecs execute-command`."""
        directory = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, directory)
        plugin = os.path.join(directory, "session-manager-plugin")
        with open(plugin, "w") as file:
            file.write("#!/bin/sh\n")
        os.chmod(plugin, 0o755)
        return directory

    @staticmethod
    def run(command):
        stdout, stderr = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
            status = Cli.driver.main(command)
        return status, stdout.getvalue(), stderr.getvalue()
