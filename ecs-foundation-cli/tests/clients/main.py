"""Drives every operation of a running mock, and holds its answers against botocore's models.

    main.py boto3 http://127.0.0.1:4566    by boto3; then requests that botocore would not send, and faults to order
    main.py cli   http://127.0.0.1:4566    by the AWS CLI

The mock has to have a clock that stands still, and is reset before and after.
"""

import sys
import time

import audit
from answers import Checker
from clients import Boto, Cli, Mock, Record
from drive import Drive
from mutations import spoil


def main(kind, url):
    start = time.monotonic()
    mock, checker, record = Mock(url), Checker(), Record()
    mock("reset", "POST")
    client = {"boto3": Boto, "cli": Cli}[kind]
    Drive(lambda service: client(url, service, checker, record), mock, checker).all()
    operations = [tuple(name.split(":")) for name in mock("health")["operations"]]
    for at in operations:
        if at not in record.done:
            checker.say(f"{':'.join(at)} was not driven")
    if kind == "boto3":
        audit.order_faults(operations, url, mock, checker, record)
        count = spoil(record, url, checker)
        print(f"{count} spoiled requests")
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
