"""The part of the drive that covers the credentials of users other than access keys, server certificates, reports on
credentials and policies, and federated users."""

import base64
import csv
import hmac
import io
import pathlib
import struct

from clients import ACCOUNT
from drive_iam import TAGS, TWICE, document, tags, two_pages

KEYS = pathlib.Path(__file__).parents[3] / "infra-mock/src/iam/tests/keys"
OLA = {"UserName": "ola"}
GONE = {"UserName": "none"}
NO_KEY = "APKAXXXXXXXXXXXXXXXXX"
NO_CERTIFICATE = "NONEXISTENTCERTID12345678901"
NO_CREDENTIAL = "ACCAXXXXXXXXXXXXXXXXX"
HARDWARE = "GAHT12345678"
STEP = 30


def key_file(name):
    return (KEYS / name).read_text()


def ssh_key(number, size=256):
    """Returns an RSA key in OpenSSH's format."""
    fields = b"ssh-rsa", b"\x01\x00\x01", b"\x00" + bytes([0x80 | number]) * size
    wire = b"".join(struct.pack(">I", len(field)) + field for field in fields)
    return f"ssh-rsa {base64.b64encode(wire).decode()}"


def code(seed, step):
    """Returns the code that an MFA device shows at a step."""
    digest = hmac.digest(base64.b32decode(seed), struct.pack(">Q", step), "sha1")
    place = digest[-1] & 15
    number = struct.unpack(">I", digest[place : place + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def codes(drive, seed):
    """Returns the members of a request with two consecutive codes."""
    step = drive.mock("clock")["millis"] // 1000 // STEP
    return {"AuthenticationCode1": code(seed, step - 1), "AuthenticationCode2": code(seed, step)}


def ssh_keys(drive):
    iam, equal = drive.iam, drive.equal
    iam("CreateUser", **OLA)
    for number in range(5):
        made = iam("UploadSSHPublicKey", **OLA, SSHPublicKeyBody=ssh_key(number))["SSHPublicKey"]
    key = {**OLA, "SSHPublicKeyId": made["SSHPublicKeyId"]}
    iam.refused("LimitExceeded", "UploadSSHPublicKey", **OLA, SSHPublicKeyBody=ssh_key(5))
    iam.refused("DuplicateSSHPublicKey", "UploadSSHPublicKey", **OLA, SSHPublicKeyBody=ssh_key(4))
    iam.refused("InvalidPublicKey", "UploadSSHPublicKey", **OLA, SSHPublicKeyBody=ssh_key(0, size=128))
    iam.refused("UnrecognizedPublicKeyEncoding", "UploadSSHPublicKey", **OLA, SSHPublicKeyBody="ssh-ed25519 x")
    found = iam("GetSSHPublicKey", **key, Encoding="PEM")["SSHPublicKey"]["SSHPublicKeyBody"]
    equal(found.splitlines()[0], "-----BEGIN PUBLIC KEY-----", "SSH key in PEM")
    equal(len(two_pages(iam, equal, "ListSSHPublicKeys", "SSHPublicKeys", **OLA)), 5, "SSH keys")
    iam("UpdateSSHPublicKey", **key, Status="Inactive")
    iam.refused("InvalidInput", "UpdateSSHPublicKey", **key, Status="Expired")
    iam.refused("DeleteConflict", "DeleteUser", **OLA)
    iam("DeleteSSHPublicKey", **key)
    iam.refused("NoSuchEntity", "UploadSSHPublicKey", **GONE, SSHPublicKeyBody=ssh_key(5))
    iam.refused("NoSuchEntity", "ListSSHPublicKeys", **GONE)
    missing = {**OLA, "SSHPublicKeyId": NO_KEY}
    iam.refused("NoSuchEntity", "GetSSHPublicKey", **missing, Encoding="SSH")
    iam.refused("NoSuchEntity", "UpdateSSHPublicKey", **missing, Status="Active")
    iam.refused("NoSuchEntity", "DeleteSSHPublicKey", **missing)


def signing_certificates(drive):
    iam, equal = drive.iam, drive.equal
    upload = "UploadSigningCertificate"
    for name in "ec.crt", "other.crt":
        made = iam(upload, **OLA, CertificateBody=key_file(name))["Certificate"]
    certificate = {**OLA, "CertificateId": made["CertificateId"]}
    iam.refused("LimitExceeded", upload, **OLA, CertificateBody=key_file("third.crt"))
    iam.refused("DuplicateCertificate", upload, **OLA, CertificateBody=key_file("other.crt"))
    iam.refused("InvalidCertificate", upload, **OLA, CertificateBody=key_file("expired.crt"))
    iam.refused("MalformedCertificate", upload, **OLA, CertificateBody="none")
    found = two_pages(iam, equal, "ListSigningCertificates", "Certificates", **OLA)
    equal(len(found), 2, "signing certificates")
    iam("UpdateSigningCertificate", **certificate, Status="Inactive")
    iam.refused("InvalidInput", "UpdateSigningCertificate", **certificate, Status="Expired")
    iam("DeleteSigningCertificate", **certificate)
    iam.refused("NoSuchEntity", upload, **GONE, CertificateBody=key_file("third.crt"))
    iam.refused("NoSuchEntity", "ListSigningCertificates", **GONE)
    missing = {**OLA, "CertificateId": NO_CERTIFICATE}
    iam.refused("NoSuchEntity", "UpdateSigningCertificate", **missing, Status="Active")
    iam.refused("NoSuchEntity", "DeleteSigningCertificate", **missing)


def service_credentials(drive):
    iam, equal = drive.iam, drive.equal
    create = "CreateServiceSpecificCredential"
    bedrock = {"ServiceName": "bedrock.amazonaws.com"}
    for _ in range(2):
        made = iam(create, **OLA, **bedrock, CredentialAgeDays=30)["ServiceSpecificCredential"]
    credential = {**OLA, "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}
    made = iam(create, **OLA, ServiceName="codecommit.amazonaws.com")["ServiceSpecificCredential"]
    equal(made["ServiceUserName"], f"ola-at-{ACCOUNT}", "user name for CodeCommit")
    iam.refused("LimitExceeded", create, **OLA, **bedrock)
    listing = "ListServiceSpecificCredentials", "ServiceSpecificCredentials"
    equal(len(two_pages(iam, equal, *listing, **OLA, **bedrock)), 2, "service-specific credentials")
    equal(len(iam(listing[0], AllUsers=True)[listing[1]]), 3, "service-specific credentials of all users")
    iam("UpdateServiceSpecificCredential", **credential, Status="Inactive")
    reset = iam("ResetServiceSpecificCredential", **credential)["ServiceSpecificCredential"]
    equal(reset["Status"], "Inactive", "status of a credential")
    iam("DeleteServiceSpecificCredential", **credential)
    for operation, more in ((create, {"ServiceName": "lambda.amazonaws.com"}), (listing[0], GONE)):
        iam.refused("NoSuchEntity", operation, **{**OLA, **more})
    missing = {**OLA, "ServiceSpecificCredentialId": NO_CREDENTIAL}
    iam.refused("NoSuchEntity", "UpdateServiceSpecificCredential", **missing, Status="Active")
    iam.refused("NoSuchEntity", "ResetServiceSpecificCredential", **missing)
    iam.refused("NoSuchEntity", "DeleteServiceSpecificCredential", **missing)


def mfa_devices(drive):
    iam, equal = drive.iam, drive.equal
    create = "CreateVirtualMFADevice"
    made = iam(create, Path="/ops/", VirtualMFADeviceName="phone", Tags=TAGS)["VirtualMFADevice"]
    serial, seed = made["SerialNumber"], made["Base32StringSeed"]
    equal(serial, f"arn:aws:iam::{ACCOUNT}:mfa/ops/phone", "serial number")
    iam.refused("EntityAlreadyExists", create, Path="/ops/", VirtualMFADeviceName="phone")
    iam.refused("InvalidInput", create, VirtualMFADeviceName="x", Tags=TWICE)
    tablet = iam(create, VirtualMFADeviceName="tablet")["VirtualMFADevice"]["SerialNumber"]
    listing = "ListVirtualMFADevices", "VirtualMFADevices"
    found = two_pages(iam, equal, *listing, AssignmentStatus="Unassigned")
    equal(len(found), 2, "virtual MFA devices")

    phone, none = {**OLA, "SerialNumber": serial}, {**OLA, "SerialNumber": f"{serial}-none"}
    valid, invalid = codes(drive, seed), {"AuthenticationCode1": "000000", "AuthenticationCode2": "000000"}
    iam.refused("InvalidAuthenticationCode", "EnableMFADevice", **phone, **invalid)
    iam("EnableMFADevice", **phone, **valid)
    iam.refused("EntityAlreadyExists", "EnableMFADevice", **phone, **valid)
    iam("ResyncMFADevice", **phone, **valid)
    iam.refused("InvalidAuthenticationCode", "ResyncMFADevice", **phone, **invalid)
    for number in range(7):
        iam("EnableMFADevice", **OLA, SerialNumber=f"{HARDWARE}{number}", **invalid)
    iam.refused("LimitExceeded", "EnableMFADevice", **OLA, SerialNumber=HARDWARE, **invalid)
    equal(iam("GetMFADevice", **phone)["UserName"], "ola", "user of an MFA device")
    equal(len(two_pages(iam, equal, "ListMFADevices", "MFADevices", **OLA)), 8, "MFA devices")
    found = iam(listing[0], AssignmentStatus="Assigned")[listing[1]][0]
    equal(found["User"]["UserName"], "ola", "user of a virtual MFA device")
    summary = iam("GetAccountSummary")["SummaryMap"]
    equal((summary["MFADevices"], summary["MFADevicesInUse"]), (9, 8), "MFA devices in the summary")

    iam.refused("DeleteConflict", "DeleteVirtualMFADevice", SerialNumber=serial)
    iam.refused("DeleteConflict", "DeleteUser", **OLA)
    iam("DeactivateMFADevice", **phone)
    for operation, more in (
        ("EnableMFADevice", valid),
        ("ResyncMFADevice", valid),
        ("DeactivateMFADevice", {}),
        ("GetMFADevice", {}),
    ):
        iam.refused("NoSuchEntity", operation, **none, **more)
    iam.refused("NoSuchEntity", "ListMFADevices", **GONE)
    iam("UntagMFADevice", SerialNumber=serial, TagKeys=["Name", "Team"])
    missing = {"SerialNumber": none["SerialNumber"]}
    tags(iam, equal, "MFADevice", missing, SerialNumber=serial)
    iam("DeleteVirtualMFADevice", SerialNumber=tablet)
    iam.refused("NoSuchEntity", "DeleteVirtualMFADevice", SerialNumber=tablet)


def server_certificates(drive):
    iam, equal = drive.iam, drive.equal
    upload, web = "UploadServerCertificate", {"ServerCertificateName": "web"}
    pair = {"CertificateBody": key_file("ec.crt"), "PrivateKey": key_file("ec.key")}
    everything = {**pair, "CertificateChain": key_file("ca.crt"), "Path": "/cloudfront/", "Tags": TAGS}
    made = iam(upload, **web, **everything)["ServerCertificateMetadata"]
    equal(made["Arn"], f"arn:aws:iam::{ACCOUNT}:server-certificate/cloudfront/web", "server certificate ARN")
    equal(iam("GetServerCertificate", **web)["ServerCertificate"]["Tags"], TAGS, "tags of a server certificate")
    iam.refused("EntityAlreadyExists", upload, **web, **pair)
    iam.refused("InvalidInput", upload, ServerCertificateName="x", **pair, Tags=TWICE)
    iam.refused("MalformedCertificate", upload, ServerCertificateName="x", **{**pair, "CertificateBody": "none"})
    other = {**pair, "PrivateKey": key_file("other.key")}
    iam.refused("KeyPairMismatch", upload, ServerCertificateName="x", **other)
    for number in range(19):
        iam(upload, ServerCertificateName=f"more-{number}", Path="/more/", **pair)
    iam.refused("LimitExceeded", upload, ServerCertificateName="x", **pair)
    listing = "ListServerCertificates", "ServerCertificateMetadataList"
    equal(len(two_pages(iam, equal, *listing, PathPrefix="/more/")), 19, "server certificates")
    rename = {"NewServerCertificateName": "site", "NewPath": "/"}
    iam("UpdateServerCertificate", ServerCertificateName="more-0", **rename)
    more = {"ServerCertificateName": "more-1"}
    iam.refused("EntityAlreadyExists", "UpdateServerCertificate", **more, NewServerCertificateName="site")
    iam("DeleteServerCertificate", **more)
    for operation in "GetServerCertificate", "UpdateServerCertificate", "DeleteServerCertificate":
        iam.refused("NoSuchEntity", operation, **more)
    iam("UntagServerCertificate", **web, TagKeys=["Name", "Team"])
    tags(iam, equal, "ServerCertificate", more, **web)


def reports(drive):
    iam, equal = drive.iam, drive.equal
    iam.refused("ReportNotPresent", "GetCredentialReport")
    equal(iam("GenerateCredentialReport")["State"], "STARTED", "credential report")
    equal(iam("GenerateCredentialReport")["State"], "COMPLETE", "credential report")
    content = iam("GetCredentialReport")["Content"]
    content = content if isinstance(content, bytes) else base64.b64decode(content)
    users = [line["user"] for line in csv.DictReader(io.StringIO(content.decode()))]
    equal(users[0], "<root_account>", "first line of the credential report")
    equal("ola" in users, True, "a user in the credential report")
    drive.mock("clock", "POST", {"advance": "4h"})
    iam.refused("ReportExpired", "GetCredentialReport")

    iam("CreateUser", UserName="mock")
    change = {"OldPassword": "Correct-horse-1", "NewPassword": "Correct-horse-2"}
    iam.refused("NoSuchEntity", "ChangePassword", **change)
    iam("CreateLoginProfile", UserName="mock", Password="Correct-horse-1")
    iam("ChangePassword", **change)
    iam.refused("PasswordPolicyViolation", "ChangePassword", **{**change, "NewPassword": "weak"})
    iam("DeleteLoginProfile", UserName="mock")

    policy = document().replace('"Resource": "*"', '"Resource": "arn:aws:s3:::${aws:username}"')
    arn = f"arn:aws:iam::{ACCOUNT}:user/mock"
    principal = "GetContextKeysForPrincipalPolicy"
    for operation, named in (
        ("GetContextKeysForCustomPolicy", {}),
        (principal, {"PolicySourceArn": arn}),
    ):
        found = iam(operation, **named, PolicyInputList=[policy])["ContextKeyNames"]
        equal(found, ["aws:username"], f"keys of {operation}")
        iam.refused("InvalidInput", operation, **named, PolicyInputList=["{}"])
    iam.refused("NoSuchEntity", principal, PolicySourceArn=f"{arn}-none")
    iam("DeleteUser", UserName="mock")


def federation(drive):
    sts, equal = drive.sts, drive.equal
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    everything = {"Policy": document(), "PolicyArns": [{"arn": admin}], "Tags": TAGS}
    made = sts("GetFederationToken", Name="bob", **everything, DurationSeconds=900, MinimumSessionTokenSize=2000)
    arn = f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
    equal(made["FederatedUser"]["Arn"], arn, "ARN of a federated user")
    sts.refused("MalformedPolicyDocument", "GetFederationToken", Name="bob", Policy="{}")
    long = {"Policy": document("s3:" + "x" * 1900), "PolicyArns": [{"arn": admin}] * 5}
    sts.refused("PackedPolicyTooLarge", "GetFederationToken", Name="bob", **long)


PARTS = (
    ssh_keys,
    signing_certificates,
    service_credentials,
    mfa_devices,
    server_certificates,
    reports,
    federation,
)
