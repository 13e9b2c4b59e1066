"""Writes list.txt and documents.deflate from the policies that moto contains.

    pip install moto==5.2.5
    python infra-mock/src/iam/managed/update.py

moto is licensed under the Apache License 2.0 and takes the policies from IAM itself: https://github.com/getmoto/moto.
"""

import json
import pathlib
import zlib
from datetime import datetime

from moto.iam.aws_managed_policies import aws_managed_policies_data


def seconds(text):
    return int(datetime.fromisoformat(text).timestamp())


policies = sorted(json.loads(aws_managed_policies_data).items())
lines, documents = [], []
for name, policy in policies:
    version = policy["DefaultVersionId"].removeprefix("v")
    times = seconds(policy["CreateDate"]), seconds(policy.get("UpdateDate", policy["CreateDate"]))
    lines.append(" ".join(map(str, (policy["Path"], name, version, *times))))
    documents.append(json.dumps(policy["Document"], separators=(",", ":"), ensure_ascii=False))

here = pathlib.Path(__file__).parent
(here / "list.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
data = squeeze.compress("\n".join(documents).encode()) + squeeze.flush()
(here / "documents.deflate").write_bytes(data)
print(f"{len(lines)} policies, {len(data)} bytes of documents")
