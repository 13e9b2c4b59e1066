"""Writes a small image to a directory in the OCI layout, with two layers, and prints the digest of its manifest.

The second layer is larger than the largest part of a layer that ECR accepts (20 MiB).
"""

import gzip
import hashlib
import io
import json
import pathlib
import random
import sys
import tarfile


def blob(folder, media_type, content):
    digest = hashlib.sha256(content).hexdigest()
    (folder / "blobs/sha256" / digest).write_bytes(content)
    return {"mediaType": media_type, "size": len(content), "digest": f"sha256:{digest}"}


def archive(name, content):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def write(folder, text):
    (folder / "blobs/sha256").mkdir(parents=True)
    (folder / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))
    # Random content cannot be compressed.
    large = random.Random(7).randbytes(24 * 1024 * 1024)
    archives = [archive("hello", text.encode()), archive("data", large)]
    gzipped = "application/vnd.oci.image.layer.v1.tar+gzip"
    layers = [blob(folder, gzipped, gzip.compress(content, mtime=0)) for content in archives]
    diff_ids = [f"sha256:{hashlib.sha256(content).hexdigest()}" for content in archives]
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Labels": {"text": text}},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    }
    manifest_type = "application/vnd.oci.image.manifest.v1+json"
    manifest = {
        "schemaVersion": 2,
        "mediaType": manifest_type,
        "config": blob(folder, "application/vnd.oci.image.config.v1+json", json.dumps(config).encode()),
        "layers": layers,
    }
    image = blob(folder, manifest_type, json.dumps(manifest).encode())
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [image]}))
    return image["digest"]


if __name__ == "__main__":
    print(write(pathlib.Path(sys.argv[1]), sys.argv[2]))
