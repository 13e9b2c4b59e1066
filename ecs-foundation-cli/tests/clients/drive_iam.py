"""The part of the drive that covers IAM beyond roles, and sessions of STS."""

import base64
import json

from clients import ACCOUNT

HOUR = 3600

ALLOW = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}],
}
LINKED = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"
NO_POLICY = f"arn:aws:iam::{ACCOUNT}:policy/none"
BUCKET = f"arn:aws:s3:::{'bucket' * 4}"
CENTER = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
CONTEXT = {
    "KeyDefinitionList": [{"SourceKey": "department", "TargetKey": "team"}],
    "SubjectSourceKey": "sub",
    "SubjectTypeValue": "user",
    "SubjectTypeSourceKey": "kind",
}
TAGS = [{"Key": "Name", "Value": "x"}, {"Key": "Team", "Value": ""}]
TWICE = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
MANY = [{"Key": f"key-{number}", "Value": "x"} for number in range(50)]


def document(action="logs:PutLogEvents"):
    statement = {**ALLOW["Statement"][0], "Action": action}
    return json.dumps({**ALLOW, "Statement": [statement]})


def two_pages(iam, equal, operation, member, **params):
    """Reads a list of at least two items in two pages."""
    first = iam(operation, MaxItems=1, **params)
    rest = iam(operation, Marker=first["Marker"], MaxItems=1000, **params)
    equal(len(first[member]), 1, f"first page of {operation}")
    return first[member] + rest[member]


def tags(iam, equal, kind, missing, tag_limit=True, **named):
    """Sets, lists and removes tags of a resource that has none."""
    iam(f"Tag{kind}", **named, Tags=TAGS)
    found = two_pages(iam, equal, f"List{kind}Tags", "Tags", **named)
    equal(found, TAGS, f"tags of {kind}")
    iam(f"Untag{kind}", **named, TagKeys=["Name", "Team"])
    iam.refused("InvalidInput", f"Tag{kind}", **named, Tags=TWICE)
    iam(f"Tag{kind}", **named, Tags=TAGS[:1])
    if tag_limit:
        iam.refused("LimitExceeded", f"Tag{kind}", **named, Tags=MANY)
    iam.refused("NoSuchEntity", f"Tag{kind}", **missing, Tags=TAGS)
    iam.refused("NoSuchEntity", f"Untag{kind}", **missing, TagKeys=["a"])
    iam.refused("NoSuchEntity", f"List{kind}Tags", **missing)


def policy_versions(drive):
    iam, equal = drive.iam, drive.equal
    own = iam("CreatePolicy", PolicyName="versioned", PolicyDocument=document())["Policy"]["Arn"]
    named = {"PolicyArn": own}
    for number in range(4):
        iam("CreatePolicyVersion", **named, PolicyDocument=document("s3:GetObject"), SetAsDefault=number == 0)
    iam.refused("LimitExceeded", "CreatePolicyVersion", **named, PolicyDocument=document())
    found = two_pages(iam, equal, "ListPolicyVersions", "Versions", **named)
    equal([version["VersionId"] for version in found], ["v5", "v4", "v3", "v2", "v1"], "versions")
    iam("SetDefaultPolicyVersion", **named, VersionId="v3")
    equal(iam("GetPolicy", **named)["Policy"]["DefaultVersionId"], "v3", "default version")
    iam.refused("DeleteConflict", "DeletePolicyVersion", **named, VersionId="v3")
    for version in "v1", "v2", "v4", "v5":
        iam("DeletePolicyVersion", **named, VersionId=version)
    iam.refused("MalformedPolicyDocument", "CreatePolicyVersion", **named, PolicyDocument="{}")
    iam("CreateUser", UserName="policy-user")
    iam("CreateGroup", GroupName="policy-group")
    iam("AttachUserPolicy", UserName="policy-user", **named)
    iam("AttachGroupPolicy", GroupName="policy-group", **named)
    first = iam("ListEntitiesForPolicy", **named, MaxItems=1)
    equal(first["PolicyGroups"][0]["GroupName"], "policy-group", "groups of a policy")
    rest = iam("ListEntitiesForPolicy", **named, Marker=first["Marker"])
    equal(rest["PolicyUsers"][0]["UserName"], "policy-user", "users of a policy")
    iam(
        "ListEntitiesForPolicy",
        **named,
        EntityFilter="User",
        PathPrefix="/",
        PolicyUsageFilter="PermissionsPolicy",
    )
    iam("DetachUserPolicy", UserName="policy-user", **named)
    iam("DetachGroupPolicy", GroupName="policy-group", **named)
    iam("DeleteUser", UserName="policy-user")
    iam("DeleteGroup", GroupName="policy-group")
    tags(iam, equal, "Policy", {"PolicyArn": NO_POLICY}, **named)
    for operation, more in (
        ("CreatePolicyVersion", {"PolicyDocument": document()}),
        ("DeletePolicyVersion", {"VersionId": "v1"}),
        ("SetDefaultPolicyVersion", {"VersionId": "v1"}),
        ("ListPolicyVersions", {}),
        ("ListEntitiesForPolicy", {}),
        ("TagPolicy", {"Tags": TAGS}),
        ("UntagPolicy", {"TagKeys": ["a"]}),
        ("ListPolicyTags", {}),
    ):
        iam.refused("NoSuchEntity", operation, PolicyArn=NO_POLICY, **more)
        iam.refused("InvalidInput", operation, PolicyArn=BUCKET, **more)


def users(drive):
    iam, equal = drive.iam, drive.equal
    boundary = iam("CreatePolicy", PolicyName="user-boundary", PolicyDocument=document())["Policy"]["Arn"]
    ada = {"UserName": "ada"}
    made = iam("CreateUser", **ada, Path="/ops/", PermissionsBoundary=boundary, Tags=TAGS)["User"]
    equal(made["Arn"], f"arn:aws:iam::{ACCOUNT}:user/ops/ada", "user ARN")
    equal(iam("GetUser", **ada)["User"]["Tags"], TAGS, "tags of a user")
    iam("CreateUser", UserName="bob", Path="/ops/")
    equal(len(two_pages(iam, equal, "ListUsers", "Users", PathPrefix="/ops")), 2, "users")
    iam("UpdateUser", UserName="bob", NewPath="/dev/", NewUserName="eve")
    iam.refused("EntityAlreadyExists", "UpdateUser", UserName="eve", NewUserName="ada")
    iam.refused("EntityAlreadyExists", "CreateUser", **ada)
    iam.refused("NoSuchEntity", "CreateUser", UserName="x", PermissionsBoundary=NO_POLICY)
    iam.refused("InvalidInput", "CreateUser", UserName="x", Tags=TWICE)
    iam("UntagUser", **ada, TagKeys=["Name", "Team"])
    tags(iam, equal, "User", {"UserName": "none"}, **ada)
    iam("DeleteUserPermissionsBoundary", **ada)
    iam("PutUserPermissionsBoundary", **ada, PermissionsBoundary=boundary)
    iam.refused("PolicyNotAttachable", "PutUserPermissionsBoundary", **ada, PermissionsBoundary=LINKED)
    iam.refused("InvalidInput", "PutUserPermissionsBoundary", **ada, PermissionsBoundary=BUCKET)
    holder_policies(drive, "User", ada)
    iam.refused("DeleteConflict", "DeleteUser", **ada)
    iam("DeleteUser", UserName="eve")
    gone = {"UserName": "none"}
    for operation, more in (
        ("UpdateUser", {}),
        ("DeleteUser", {}),
        ("PutUserPermissionsBoundary", {"PermissionsBoundary": boundary}),
        ("DeleteUserPermissionsBoundary", {}),
        ("CreateAccessKey", {}),
        ("ListAccessKeys", {}),
        ("CreateLoginProfile", {"Password": "Correct-horse-1"}),
        ("GetLoginProfile", {}),
        ("UpdateLoginProfile", {}),
        ("DeleteLoginProfile", {}),
        ("ListGroupsForUser", {}),
    ):
        iam.refused("NoSuchEntity", operation, **gone, **more)


def holder_policies(drive, kind, named):
    """Attaches policies to a user or a group and embeds policies in it; one of each stays."""
    iam, equal = drive.iam, drive.equal
    arns = []
    for number in range(11):
        name = f"{kind}-{number}"
        arns.append(
            iam("CreatePolicy", PolicyName=name, Path="/held/", PolicyDocument=document())["Policy"]["Arn"]
        )
        if number < 10:
            iam(f"Attach{kind}Policy", **named, PolicyArn=arns[-1])
    iam.refused("LimitExceeded", f"Attach{kind}Policy", **named, PolicyArn=arns[10])
    listing = f"ListAttached{kind}Policies"
    found = two_pages(iam, equal, listing, "AttachedPolicies", PathPrefix="/held/", **named)
    equal(len(found), 10, "attached policies")
    for arn in arns[1:10]:
        iam(f"Detach{kind}Policy", **named, PolicyArn=arn)
    iam.refused("PolicyNotAttachable", f"Attach{kind}Policy", **named, PolicyArn=LINKED)
    for name in "one", "two":
        iam(f"Put{kind}Policy", **named, PolicyName=name, PolicyDocument=document())
    found = two_pages(iam, equal, f"List{kind}Policies", "PolicyNames", **named)
    equal(found, ["one", "two"], "embedded policies")
    equal(iam(f"Get{kind}Policy", **named, PolicyName="one")["PolicyDocument"], ALLOW, "embedded policy")
    iam(f"Delete{kind}Policy", **named, PolicyName="two")
    long = document("s3:Get" + "x" * 6000)
    iam.refused("LimitExceeded", f"Put{kind}Policy", **named, PolicyName="two", PolicyDocument=long)
    iam.refused("MalformedPolicyDocument", f"Put{kind}Policy", **named, PolicyName="two", PolicyDocument="{}")
    gone = {f"{kind}Name": "none"}
    for operation, more in (
        (f"Attach{kind}Policy", {"PolicyArn": arns[0]}),
        (f"Detach{kind}Policy", {"PolicyArn": arns[0]}),
        (listing, {}),
        (f"Put{kind}Policy", {"PolicyName": "x", "PolicyDocument": document()}),
        (f"Get{kind}Policy", {"PolicyName": "x"}),
        (f"Delete{kind}Policy", {"PolicyName": "x"}),
        (f"List{kind}Policies", {}),
    ):
        iam.refused("NoSuchEntity", operation, **gone, **more)
    for operation in f"Attach{kind}Policy", f"Detach{kind}Policy":
        iam.refused("InvalidInput", operation, **named, PolicyArn=BUCKET)


def access_keys(drive):
    iam, equal = drive.iam, drive.equal
    ada = {"UserName": "ada"}
    key = iam("CreateAccessKey", **ada)["AccessKey"]["AccessKeyId"]
    iam("CreateAccessKey", **ada)
    iam.refused("LimitExceeded", "CreateAccessKey", **ada)
    equal(len(two_pages(iam, equal, "ListAccessKeys", "AccessKeyMetadata", **ada)), 2, "access keys")
    iam("UpdateAccessKey", **ada, AccessKeyId=key, Status="Inactive")
    iam.refused("InvalidInput", "UpdateAccessKey", **ada, AccessKeyId=key, Status="Expired")
    equal(iam("GetAccessKeyLastUsed", AccessKeyId=key)["UserName"], "ada", "user of an access key")
    iam("DeleteAccessKey", **ada, AccessKeyId=key)
    for operation, more in (("UpdateAccessKey", {"Status": "Active"}), ("DeleteAccessKey", {})):
        iam.refused("NoSuchEntity", operation, **ada, AccessKeyId=key, **more)
    password = {"Password": "Correct-horse-1", "PasswordResetRequired": True, "MaxSigninSessionDuration": 7200}
    iam("CreateLoginProfile", **ada, **password)
    equal(iam("GetLoginProfile", **ada)["LoginProfile"]["MaxSigninSessionDuration"], 7200, "login profile")
    iam("UpdateLoginProfile", **ada, **password)
    iam("UpdateLoginProfile", **ada, ResetMaxSigninSessionDuration=True)
    iam.refused("InvalidInput", "UpdateLoginProfile", **ada, **password, ResetMaxSigninSessionDuration=True)
    iam.refused("EntityAlreadyExists", "CreateLoginProfile", **ada, **password)
    iam.refused("PasswordPolicyViolation", "UpdateLoginProfile", **ada, Password="weak")
    iam("DeleteLoginProfile", **ada)
    iam.refused("PasswordPolicyViolation", "CreateLoginProfile", **ada, Password="weak")


def groups(drive):
    iam, equal = drive.iam, drive.equal
    ops = {"GroupName": "ops"}
    iam("CreateGroup", **ops, Path="/x/")
    iam("CreateGroup", GroupName="dev", Path="/x/")
    equal(len(two_pages(iam, equal, "ListGroups", "Groups", PathPrefix="/x/")), 2, "groups")
    iam("UpdateGroup", GroupName="dev", NewPath="/x/y/", NewGroupName="devs")
    iam.refused("EntityAlreadyExists", "UpdateGroup", GroupName="devs", NewGroupName="ops")
    iam.refused("EntityAlreadyExists", "CreateGroup", **ops)
    iam("CreateUser", UserName="member")
    for user in "ada", "member":
        iam("AddUserToGroup", **ops, UserName=user)
    equal(len(two_pages(iam, equal, "GetGroup", "Users", **ops)), 2, "members")
    iam("AddUserToGroup", GroupName="devs", UserName="ada")
    equal(len(two_pages(iam, equal, "ListGroupsForUser", "Groups", UserName="ada")), 2, "groups of a user")
    for number in range(9):
        iam("CreateGroup", GroupName=f"more-{number}")
        if number < 8:
            iam("AddUserToGroup", GroupName=f"more-{number}", UserName="ada")
    iam.refused("LimitExceeded", "AddUserToGroup", GroupName="more-8", UserName="ada")
    holder_policies(drive, "Group", ops)
    iam.refused("DeleteConflict", "DeleteGroup", **ops)
    iam("RemoveUserFromGroup", **ops, UserName="member")
    iam("DeleteGroup", GroupName="more-8")
    iam("DeleteUser", UserName="member")
    gone = {"GroupName": "none"}
    for operation, more in (
        ("GetGroup", {}),
        ("UpdateGroup", {}),
        ("DeleteGroup", {}),
        ("AddUserToGroup", {"UserName": "ada"}),
        ("RemoveUserFromGroup", {"UserName": "ada"}),
    ):
        iam.refused("NoSuchEntity", operation, **gone, **more)


def instance_profiles(drive):
    iam, equal = drive.iam, drive.equal
    web = {"InstanceProfileName": "web"}
    trust = document().replace('"logs:PutLogEvents", "Resource": "*"', '"sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}')
    for name in "server", "other":
        iam("CreateRole", RoleName=name, AssumeRolePolicyDocument=trust)
    iam("CreateInstanceProfile", **web, Path="/x/", Tags=TAGS)
    iam("CreateInstanceProfile", InstanceProfileName="batch", Path="/x/")
    found = two_pages(iam, equal, "ListInstanceProfiles", "InstanceProfiles", PathPrefix="/x/")
    equal(len(found), 2, "instance profiles")
    iam.refused("EntityAlreadyExists", "CreateInstanceProfile", **web)
    iam.refused("InvalidInput", "CreateInstanceProfile", InstanceProfileName="x", Tags=TWICE)
    iam("AddRoleToInstanceProfile", **web, RoleName="server")
    equal(iam("GetInstanceProfile", **web)["InstanceProfile"]["Roles"][0]["RoleName"], "server", "role")
    iam.refused("LimitExceeded", "AddRoleToInstanceProfile", **web, RoleName="other")
    iam.refused("DeleteConflict", "DeleteInstanceProfile", **web)
    for operation in "AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile":
        iam.refused("UnmodifiableEntity", operation, **web, RoleName="AWSServiceRoleForECS")
        iam.refused("NoSuchEntity", operation, InstanceProfileName="none", RoleName="server")
    iam("RemoveRoleFromInstanceProfile", **web, RoleName="server")
    iam("UntagInstanceProfile", **web, TagKeys=["Name", "Team"])
    tags(iam, equal, "InstanceProfile", {"InstanceProfileName": "none"}, **web)
    batch = {"InstanceProfileName": "batch"}
    iam("DeleteInstanceProfile", **batch)
    for operation in "GetInstanceProfile", "DeleteInstanceProfile":
        iam.refused("NoSuchEntity", operation, **batch)


def identity_providers(drive):
    iam, equal = drive.iam, drive.equal
    clients, prints = ["sts.amazonaws.com", "app"], ["a" * 40]
    url = "https://id.example.com"
    arn = iam(
        "CreateOpenIDConnectProvider",
        Url=url,
        ClientIDList=clients,
        ThumbprintList=prints,
        Tags=TAGS,
        ContextProvider=CONTEXT,
        IdentityCenterInstanceArn=CENTER,
    )["OpenIDConnectProviderArn"]
    oidc, none = {"OpenIDConnectProviderArn": arn}, {"OpenIDConnectProviderArn": f"{arn}-none"}
    equal(iam("GetOpenIDConnectProvider", **oidc)["ContextProvider"], CONTEXT, "context provider")
    equal(len(iam("ListOpenIDConnectProviders")["OpenIDConnectProviderList"]), 1, "OIDC providers")
    iam.refused("EntityAlreadyExists", "CreateOpenIDConnectProvider", Url=url)
    iam.refused("InvalidInput", "CreateOpenIDConnectProvider", Url=f"{url}/x", ThumbprintList=prints * 6)
    iam.refused("LimitExceeded", "CreateOpenIDConnectProvider", Url=f"{url}/x", ClientIDList=clients * 51)
    for number in range(98):
        iam("AddClientIDToOpenIDConnectProvider", **oidc, ClientID=f"app-{number}")
    iam.refused("LimitExceeded", "AddClientIDToOpenIDConnectProvider", **oidc, ClientID="one-more")
    iam("RemoveClientIDFromOpenIDConnectProvider", **oidc, ClientID="app-0")
    iam("UpdateOpenIDConnectProviderThumbprint", **oidc, ThumbprintList=["b" * 40])
    iam("UntagOpenIDConnectProvider", **oidc, TagKeys=["Name", "Team"])
    tags(iam, equal, "OpenIDConnectProvider", none, **oidc)
    for operation, more in (
        ("GetOpenIDConnectProvider", {}),
        ("DeleteOpenIDConnectProvider", {}),
        ("AddClientIDToOpenIDConnectProvider", {"ClientID": "x"}),
        ("RemoveClientIDFromOpenIDConnectProvider", {"ClientID": "x"}),
        ("UpdateOpenIDConnectProviderThumbprint", {"ThumbprintList": prints}),
        ("UntagOpenIDConnectProvider", {"TagKeys": ["a"]}),
        ("ListOpenIDConnectProviderTags", {}),
    ):
        iam.refused("NoSuchEntity", operation, **none, **more)
        iam.refused("InvalidInput", operation, OpenIDConnectProviderArn=NO_POLICY, **more)
    other = iam("CreateOpenIDConnectProvider", Url=f"{url}/other")["OpenIDConnectProviderArn"]
    iam("DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=other)

    metadata = f"<EntityDescriptor><IDPSSODescriptor/></EntityDescriptor>{' ' * 1000}"
    everything = {
        "SAMLMetadataDocument": metadata,
        "AssertionEncryptionMode": "Required",
        "AddPrivateKey": "key",
        "ContextProvider": CONTEXT,
        "IdentityCenterInstanceArn": CENTER,
    }
    arn = iam("CreateSAMLProvider", Name="corp", Tags=TAGS, **everything)["SAMLProviderArn"]
    saml, none = {"SAMLProviderArn": arn}, {"SAMLProviderArn": f"{arn}-none"}
    key = iam("GetSAMLProvider", **saml)["PrivateKeyList"][0]["KeyId"]
    equal(len(iam("ListSAMLProviders")["SAMLProviderList"]), 1, "SAML providers")
    iam.refused("EntityAlreadyExists", "CreateSAMLProvider", Name="corp", SAMLMetadataDocument=metadata)
    iam.refused("InvalidInput", "CreateSAMLProvider", Name="x", SAMLMetadataDocument="x" * 1000)
    iam("UpdateSAMLProvider", **saml, **everything)
    iam.refused("LimitExceeded", "UpdateSAMLProvider", **saml, AddPrivateKey="third")
    iam("UpdateSAMLProvider", **saml, RemovePrivateKey=key)
    iam("UpdateSAMLProvider", **saml, RemoveContextProvider=True, RemoveIdentityCenterInstance=True)
    iam("UntagSAMLProvider", **saml, TagKeys=["Name", "Team"])
    tags(iam, equal, "SAMLProvider", none, **saml)
    for operation, more in (
        ("GetSAMLProvider", {}),
        ("DeleteSAMLProvider", {}),
        ("UpdateSAMLProvider", {}),
        ("UntagSAMLProvider", {"TagKeys": ["a"]}),
        ("ListSAMLProviderTags", {}),
    ):
        iam.refused("NoSuchEntity", operation, **none, **more)
        iam.refused("InvalidInput", operation, SAMLProviderArn=NO_POLICY, **more)
    other = iam("CreateSAMLProvider", Name="other", SAMLMetadataDocument=metadata)["SAMLProviderArn"]
    iam("DeleteSAMLProvider", SAMLProviderArn=other)


def account(drive):
    iam, equal = drive.iam, drive.equal
    iam("CreateAccountAlias", AccountAlias="shop-dev")
    iam.refused("EntityAlreadyExists", "CreateAccountAlias", AccountAlias="shop-dev")
    equal(iam("ListAccountAliases", MaxItems=1)["AccountAliases"], ["shop-dev"], "account alias")
    iam("DeleteAccountAlias", AccountAlias="shop-dev")
    iam.refused("NoSuchEntity", "DeleteAccountAlias", AccountAlias="shop-dev")
    iam.refused("NoSuchEntity", "GetAccountPasswordPolicy")
    iam.refused("NoSuchEntity", "DeleteAccountPasswordPolicy")
    policy = {
        "MinimumPasswordLength": 10,
        "RequireSymbols": True,
        "RequireNumbers": True,
        "RequireUppercaseCharacters": True,
        "RequireLowercaseCharacters": True,
        "AllowUsersToChangePassword": True,
        "MaxPasswordAge": 60,
        "PasswordReusePrevention": 3,
        "HardExpiry": True,
    }
    iam("UpdateAccountPasswordPolicy", **policy)
    found = iam("GetAccountPasswordPolicy")["PasswordPolicy"]
    equal(found, {**policy, "ExpirePasswords": True}, "password policy")
    iam("DeleteAccountPasswordPolicy")
    iam("SetSecurityTokenServicePreferences", GlobalEndpointTokenVersion="v2Token")
    summary = iam("GetAccountSummary")["SummaryMap"]
    equal((summary["UsersQuota"], summary["GlobalEndpointTokenVersion"]), (5000, 2), "account summary")
    role = "AWSServiceRoleForElasticLoadBalancing"
    task = iam("DeleteServiceLinkedRole", RoleName=role)["DeletionTaskId"]
    equal(iam("GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)["Status"], "SUCCEEDED", "deletion")
    iam.refused("NoSuchEntity", "DeleteServiceLinkedRole", RoleName=role)
    iam.refused("NoSuchEntity", "GetServiceLinkedRoleDeletionStatus", DeletionTaskId=f"{task}-none")
    iam.refused("InvalidInput", "GetServiceLinkedRoleDeletionStatus", DeletionTaskId="none")


def simulator(drive):
    iam, equal = drive.iam, drive.equal
    first = iam("GetAccountAuthorizationDetails", Filter=["User", "Role"], MaxItems=1)
    iam("GetAccountAuthorizationDetails", Filter=["User", "Role"], Marker=first["Marker"])
    iam("CreateUser", UserName="simulated")
    iam("PutUserPolicy", UserName="simulated", PolicyName="put", PolicyDocument=document("s3:PutObject"))
    arn = f"arn:aws:iam::{ACCOUNT}:user/simulated"
    bucket_policy = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "s3:GetObject", "Resource": "*"}
            ],
        }
    )
    everything = {
        "PolicyInputList": [document("s3:ListBucket")],
        "PermissionsBoundaryPolicyInputList": [document("s3:*")],
        "ActionNames": ["s3:PutObject", "s3:GetObject"],
        "ResourceArns": ["arn:aws:s3:::bucket"],
        "ResourcePolicy": bucket_policy,
        "ResourceOwner": f"arn:aws:iam::{ACCOUNT}:root",
        "CallerArn": arn,
        "ContextEntries": [
            {
                "ContextKeyName": "aws:SourceIdentity",
                "ContextKeyValues": ["ada"],
                "ContextKeyType": "string",
            }
        ],
        "ResourceHandlingOption": "EC2-VPC-InstanceStore",
    }
    identifier = {"PolicyName": "none", "AttachmentType": "user", "AttachmentName": "simulated"}
    excluded = [
        {"InlinePolicyIdentifier": identifier},
        {"PolicyArn": NO_POLICY},
        {"PolicyType": "user-managed"},
    ]
    simulated = {**everything, "PolicySourceArn": arn, "PolicyExclusionList": excluded}
    first = iam("SimulatePrincipalPolicy", **simulated, MaxItems=1)
    equal(first["EvaluationResults"][0]["EvalDecision"], "allowed", "decision")
    rest = iam("SimulatePrincipalPolicy", **simulated, Marker=first["Marker"], MaxItems=9)
    equal(rest["EvaluationResults"][0]["EvalDecision"], "allowed", "decision")
    iam.refused("NoSuchEntity", "SimulatePrincipalPolicy", PolicySourceArn=f"{arn}-none", ActionNames=["s3:Get"])
    iam.refused("InvalidInput", "SimulatePrincipalPolicy", PolicySourceArn=BUCKET, ActionNames=["s3:Get"])
    levels = [{"ServiceControlPolicyInputList": [document("s3:*")]}]
    custom = {**everything, "OrderedOrganizationPolicyInputList": levels}
    first = iam("SimulateCustomPolicy", **custom, MaxItems=1)
    equal(first["EvaluationResults"][0]["EvalDecision"], "implicitDeny", "decision")
    iam("SimulateCustomPolicy", **custom, Marker=first["Marker"], MaxItems=9)
    iam.refused("InvalidInput", "SimulateCustomPolicy", PolicyInputList=["{}"], ActionNames=["s3:Get"])


def sessions(drive):
    iam, sts, equal = drive.iam, drive.sts, drive.equal
    arn = f"arn:aws:iam::{ACCOUNT}:role/session"
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": ACCOUNT},
                "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
            },
            {
                "Effect": "Allow",
                "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/id.example.com"},
                "Action": "sts:AssumeRoleWithWebIdentity",
            },
        ],
    }
    iam("CreateRole", RoleName="session", AssumeRolePolicyDocument=json.dumps(trust))
    policy = iam("CreatePolicy", PolicyName="session", PolicyDocument=document())["Policy"]["Arn"]
    session = {"RoleArn": arn, "RoleSessionName": "ci"}
    policies = {"PolicyArns": [{"arn": policy}], "Policy": document()}
    made = sts(
        "AssumeRole",
        **session,
        **policies,
        DurationSeconds=900,
        Tags=TAGS,
        TransitiveTagKeys=["Name"],
        ExternalId="secret",
        SerialNumber="GAHT12345678",
        TokenCode="123456",
        SourceIdentity="ada",
        MinimumSessionTokenSize=2000,
    )
    equal(made["AssumedRoleUser"]["Arn"], f"arn:aws:sts::{ACCOUNT}:assumed-role/session/ci", "session ARN")
    sts.refused("MalformedPolicyDocument", "AssumeRole", **session, Policy="{}")
    sts.refused("PackedPolicyTooLarge", "AssumeRole", **session, Policy=document("s3:" + "x" * 2000))
    context = [{"ProviderArn": "arn:aws:iam::aws:contextProvider/IdentityCenter", "ContextAssertion": "none"}]
    sts.refused("InvalidContextAssertion", "AssumeRole", **session, ProvidedContexts=context)
    sts.refused("AccessDenied", "AssumeRole", **{**session, "RoleArn": f"{arn}-none"})

    now = drive.mock("clock")["millis"] // 1000

    def token(audience="app", expires=now + HOUR):
        claims = {"iss": "https://id.example.com", "sub": "repo:shop", "aud": audience, "exp": expires}
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        return f"e30.{payload}.x"

    federated = "AssumeRoleWithWebIdentity"
    made = sts(
        federated,
        **session,
        **policies,
        WebIdentityToken=token(),
        DurationSeconds=900,
        MinimumSessionTokenSize=2000,
    )
    equal(made["SubjectFromWebIdentityToken"], "repo:shop", "subject")
    sts.refused("InvalidIdentityToken", federated, **session, WebIdentityToken=token("none"))
    sts.refused("ExpiredTokenException", federated, **session, WebIdentityToken=token(expires=1))
    sts.refused("MalformedPolicyDocument", federated, **session, WebIdentityToken=token(), Policy="{}")
    long = document("s3:" + "x" * 1900)
    many = [{"arn": policy}] * 5
    sts.refused(
        "PackedPolicyTooLarge", federated, **session, WebIdentityToken=token(), Policy=long, PolicyArns=many
    )
    sts.refused(
        "IDPCommunicationError", federated, **session, WebIdentityToken=token(), ProviderId="www.amazon.com"
    )
    sts("GetSessionToken", DurationSeconds=900, SerialNumber="GAHT12345678", TokenCode="123456", MinimumSessionTokenSize=9)
    equal(sts("GetAccessKeyInfo", AccessKeyId="AKIAIOSFODNN7EXAMPLE")["Account"], ACCOUNT, "account of a key")


PARTS = (
    policy_versions,
    users,
    access_keys,
    groups,
    instance_profiles,
    identity_providers,
    account,
    simulator,
    sessions,
)
