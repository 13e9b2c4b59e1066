"""Calls every operation of a running mock, and checks its answers against botocore's models.

    main.py boto3 http://127.0.0.1:4566    with boto3, plus invalid requests and injected faults
    main.py cli   http://127.0.0.1:4566    with the AWS CLI

The mock must run with a frozen clock. It is reset before and after.
"""

import sys
import time

import audit
from answers import Checker
from clients import Boto, Cli, Mock, Record
from drive import Drive
from mutations import send_mutations


def main(kind, url):
    start = time.monotonic()
    mock, checker, record = Mock(url), Checker(), Record()
    mock("reset", "POST")
    client = {"boto3": Boto, "cli": Cli}[kind]
    Drive(lambda service: client(url, service, checker, record), mock, checker).all()
    operations = [tuple(name.split(":")) for name in mock("health")["operations"]]
    for at in operations:
        if at not in record.done:
            checker.say(f"{':'.join(at)} was not called")
    if kind == "boto3":
        audit.inject_faults(operations, url, mock, checker, record)
        count = send_mutations(record, url, checker)
        print(f"{count} mutated requests")
        audit.members(record, checker)
        audit.errors(operations, record, checker)
    mock("reset", "POST")
    for problem in checker.problems:
        print(problem)
    took = time.monotonic() - start
    print(
        f"{kind}: {checker.answers} answers, {len(record.done)} of {len(operations)} operations, "
        f"{len(checker.problems)} problems, {took:.0f} s"
    )
    return 1 if checker.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2].rstrip("/")))
