"""The part of the drive that covers referrers of images, pull-time update exclusions and signing in ECR."""

import json

from clients import ACCOUNT, REGION

NAMED = {"registryId": ACCOUNT, "repositoryName": "artifacts"}


def referrers(drive):
    ecr, equal = drive.ecr, drive.equal
    ecr("CreateRepository", repositoryName="artifacts")
    drive.upload(NAMED, "{}")
    image = json.dumps(drive.manifest())
    digest = ecr("PutImage", **NAMED, imageManifest=image)["image"]["imageId"]["imageDigest"]
    for kind in "sbom", "signature":
        subject = {"mediaType": drive.manifest()["mediaType"], "digest": digest, "size": len(image)}
        artifact = {**drive.manifest(), "artifactType": f"application/{kind}", "subject": subject}
        ecr("PutImage", **NAMED, imageManifest=json.dumps(artifact))
    subject = {**NAMED, "subjectId": {"imageDigest": digest}}
    first = ecr("ListImageReferrers", **subject, maxResults=1)
    rest = ecr("ListImageReferrers", **subject, maxResults=1, nextToken=first["nextToken"])
    equal(len(first["referrers"] + rest["referrers"]), 2, "referrers")
    wanted = {"artifactTypes": ["application/sbom"], "artifactStatus": "ACTIVE"}
    found = ecr("ListImageReferrers", **subject, filter=wanted)["referrers"]
    equal([referrer["artifactType"] for referrer in found], ["application/sbom"], "referrers of a type")
    gone = {**subject, "repositoryName": "none"}
    ecr.refused("RepositoryNotFoundException", "ListImageReferrers", **gone)


def pull_times(drive):
    ecr, equal = drive.ecr, drive.equal
    principals = [{"principalArn": f"arn:aws:iam::{ACCOUNT}:{name}"} for name in ("role/scanner", "user/ci")]
    for principal in principals:
        ecr("RegisterPullTimeUpdateExclusion", **principal)
    ecr.refused("ExclusionAlreadyExistsException", "RegisterPullTimeUpdateExclusion", **principals[0])
    first = ecr("ListPullTimeUpdateExclusions", maxResults=1)
    rest = ecr("ListPullTimeUpdateExclusions", maxResults=1, nextToken=first["nextToken"])
    found = first["pullTimeUpdateExclusions"] + rest["pullTimeUpdateExclusions"]
    equal(found, [principal["principalArn"] for principal in principals], "exclusions")
    ecr("DeregisterPullTimeUpdateExclusion", **principals[0])
    ecr.refused("ExclusionNotFoundException", "DeregisterPullTimeUpdateExclusion", **principals[0])


def signing(drive):
    ecr, equal = drive.ecr, drive.equal
    for operation in "GetSigningConfiguration", "DeleteSigningConfiguration":
        ecr.refused("SigningConfigurationNotFoundException", operation)
    profile = f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/images"
    filters = [{"filter": "team/*", "filterType": "WILDCARD_MATCH"}]
    configuration = {"rules": [{"signingProfileArn": profile, "repositoryFilters": filters}]}
    ecr("PutSigningConfiguration", signingConfiguration=configuration)
    for operation in "GetSigningConfiguration", "DeleteSigningConfiguration":
        equal(ecr(operation)["signingConfiguration"], configuration, "signing configuration")


PARTS = (referrers, pull_times, signing)
