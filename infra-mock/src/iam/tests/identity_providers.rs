//! Tests for OIDC and SAML identity providers.

use serde_json::{Value, json};

use super::Fixture;
use crate::iam::{
    AddClientIDToOpenIDConnectProviderRequest, CreateOpenIDConnectProviderRequest,
    CreateSAMLProviderRequest, DeleteOpenIDConnectProviderRequest, DeleteSAMLProviderRequest,
    GetOpenIDConnectProviderRequest, GetSAMLProviderRequest, ListOpenIDConnectProviderTagsRequest,
    ListOpenIDConnectProvidersRequest, ListSAMLProviderTagsRequest, ListSAMLProvidersRequest,
    RemoveClientIDFromOpenIDConnectProviderRequest, TagOpenIDConnectProviderRequest,
    TagSAMLProviderRequest, UntagOpenIDConnectProviderRequest, UntagSAMLProviderRequest,
    UpdateOpenIDConnectProviderThumbprintRequest, UpdateSAMLProviderRequest,
};

const GITHUB: &str = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
const URL: &str = "https://token.actions.githubusercontent.com";
const NO_OIDC: &str = "arn:aws:iam::123456789012:oidc-provider/none.example.com";
const SAML: &str = "arn:aws:iam::123456789012:saml-provider/corp";

fn github() -> Value {
    json!({"OpenIDConnectProviderArn": GITHUB})
}

fn with(arn: &str, mut more: Value) -> Value {
    let member = if arn.contains(":saml-provider/") {
        "SAMLProviderArn"
    } else {
        "OpenIDConnectProviderArn"
    };
    more[member] = arn.into();
    more
}

fn metadata(more: &str) -> String {
    let padding = " ".repeat(1000);
    format!(
        "<EntityDescriptor entityID=\"idp\" {more}><IDPSSODescriptor/></EntityDescriptor>{padding}"
    )
}

#[test]
fn an_oidc_provider_is_created_read_changed_and_deleted() {
    let mut aws = Fixture::new();
    let (one, two) = ("a".repeat(40), "b".repeat(40));
    let request = json!({
        "Url": URL,
        "ClientIDList": ["sts.amazonaws.com"],
        "ThumbprintList": [one],
        "Tags": [{"Key": "k", "Value": "v"}],
    });
    let created = aws.does::<CreateOpenIDConnectProviderRequest>(request);
    let tags = json!([{"Key": "k", "Value": "v"}]);
    assert_eq!(created, json!({"OpenIDConnectProviderArn": GITHUB, "Tags": tags}));
    let shown = aws.does::<GetOpenIDConnectProviderRequest>(github());
    assert_eq!(shown["Url"], "token.actions.githubusercontent.com");
    assert_eq!(shown["ClientIDList"], json!(["sts.amazonaws.com"]));
    assert_eq!((&shown["ThumbprintList"], &shown["Tags"]), (&json!([one]), &tags));
    let listed = aws.does::<ListOpenIDConnectProvidersRequest>(json!({}));
    assert_eq!(listed, json!({"OpenIDConnectProviderList": [{"Arn": GITHUB}]}));

    let client = |id: &str| with(GITHUB, json!({"ClientID": id}));
    aws.does::<AddClientIDToOpenIDConnectProviderRequest>(client("x"));
    aws.does::<AddClientIDToOpenIDConnectProviderRequest>(client("x"));
    aws.does::<RemoveClientIDFromOpenIDConnectProviderRequest>(client("sts.amazonaws.com"));
    aws.does::<RemoveClientIDFromOpenIDConnectProviderRequest>(client("none"));
    let thumbprints = with(GITHUB, json!({"ThumbprintList": [two]}));
    aws.does::<UpdateOpenIDConnectProviderThumbprintRequest>(thumbprints);
    let shown = aws.does::<GetOpenIDConnectProviderRequest>(github());
    assert_eq!(shown["ClientIDList"], json!(["x"]));
    assert_eq!(shown["ThumbprintList"], json!([two]));

    aws.does::<DeleteOpenIDConnectProviderRequest>(github());
    assert_eq!(
        aws.says::<DeleteOpenIDConnectProviderRequest>(github()),
        format!("NoSuchEntity 404: OpenId connect Provider {GITHUB} cannot be found.")
    );
    assert_eq!(
        aws.says::<GetOpenIDConnectProviderRequest>(github()),
        format!("NoSuchEntity 404: OpenIDConnect Provider not found for arn {GITHUB}")
    );
    let role = json!({"OpenIDConnectProviderArn": "arn:aws:iam::123456789012:role/app"});
    assert_eq!(
        aws.says::<GetOpenIDConnectProviderRequest>(role),
        "InvalidInput 400: ARN arn:aws:iam::123456789012:role/app is not valid."
    );
}

#[test]
fn invalid_oidc_providers_are_rejected_as_in_aws() {
    let mut aws = Fixture::new();
    let url = |url: &str| json!({"Url": url});
    let invalid = "ValidationError 400: Invalid Open ID Connect Provider URL";
    for bad in ["example.org", "http://example.org", "https://", "https://a.example.org?x=1"] {
        assert_eq!(aws.says::<CreateOpenIDConnectProviderRequest>(url(bad)), invalid, "{bad}");
    }
    let prints: Vec<_> = "abcdef".chars().map(|c| c.to_string().repeat(40)).collect();
    assert_eq!(
        aws.says::<CreateOpenIDConnectProviderRequest>(
            json!({"Url": URL, "ThumbprintList": prints})
        ),
        "InvalidInput 400: Thumbprint list must contain fewer than 5 entries."
    );
    let clients: Vec<_> = (0..101).map(|number| number.to_string()).collect();
    assert_eq!(
        aws.says::<CreateOpenIDConnectProviderRequest>(
            json!({"Url": URL, "ClientIDList": clients})
        ),
        "LimitExceeded 409: Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100"
    );
    let long = "x".repeat(256);
    assert_eq!(
        aws.says::<CreateOpenIDConnectProviderRequest>(json!({
            "Url": long,
            "ClientIDList": [long],
            "ThumbprintList": ["a"],
        })),
        "ValidationError 400: 3 validation errors detected: Value at 'clientIDList' failed to satisfy constraint: Member \
         must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater \
         than or equal to 1]; Value at 'thumbprintList' failed to satisfy constraint: Member must satisfy constraint: \
         [Member must have length less than or equal to 40, Member must have length greater than or equal to 40]; Value \
         at 'url' failed to satisfy constraint: Member must have length less than or equal to 255"
    );
    let made = aws.does::<CreateOpenIDConnectProviderRequest>(url(URL));
    assert_eq!(made.get("Tags"), None);
    assert_eq!(
        aws.says::<CreateOpenIDConnectProviderRequest>(url(URL)),
        format!("EntityAlreadyExists 409: Provider with url {URL} already exists.")
    );
    let shown = aws.does::<GetOpenIDConnectProviderRequest>(github());
    assert_eq!(shown["ThumbprintList"][0].as_str().unwrap().len(), 40);
}

#[test]
fn settings_of_trusted_identity_propagation_are_stored() {
    let mut aws = Fixture::new();
    let context = json!({"SubjectSourceKey": "sub"});
    let center = "arn:aws:sso:::instance/ssoins-1234567890abcdef";
    let alone = json!({"Url": URL, "IdentityCenterInstanceArn": center});
    let words = aws.says::<CreateOpenIDConnectProviderRequest>(alone);
    assert!(words.starts_with("InvalidInput 400"), "{words}");
    let both = json!({"Url": URL, "ContextProvider": context, "IdentityCenterInstanceArn": center});
    aws.does::<CreateOpenIDConnectProviderRequest>(both);
    let shown = aws.does::<GetOpenIDConnectProviderRequest>(github());
    assert_eq!(shown["ContextProvider"], context);
    let listed = aws.does::<ListOpenIDConnectProvidersRequest>(json!({}));
    let entry = &listed["OpenIDConnectProviderList"][0];
    assert_eq!(entry["IsTrustedIdentityPropagationEnabled"], true);
    let document = metadata("");
    let saml =
        json!({"Name": "corp", "SAMLMetadataDocument": document, "ContextProvider": context});
    aws.does::<CreateSAMLProviderRequest>(saml);
    let conflict = json!({"ContextProvider": context, "RemoveContextProvider": true});
    let words = aws.says::<UpdateSAMLProviderRequest>(with(SAML, conflict));
    assert!(words.starts_with("InvalidInput 400"), "{words}");
    let join = with(SAML, json!({"IdentityCenterInstanceArn": center}));
    aws.does::<UpdateSAMLProviderRequest>(join);
    let shown = aws.does::<GetSAMLProviderRequest>(with(SAML, json!({})));
    assert_eq!(shown["IdentityCenterInstanceArn"], center);
    let leave = json!({"RemoveContextProvider": true, "RemoveIdentityCenterInstance": true});
    aws.does::<UpdateSAMLProviderRequest>(with(SAML, leave));
    let shown = aws.does::<GetSAMLProviderRequest>(with(SAML, json!({})));
    assert_eq!(shown.get("ContextProvider"), None);
}

#[test]
fn tags_of_providers_are_set_and_removed() {
    let mut aws = Fixture::new();
    aws.does::<CreateOpenIDConnectProviderRequest>(json!({"Url": URL}));
    let document = metadata("");
    let request = json!({"Name": "corp", "SAMLMetadataDocument": document});
    aws.does::<CreateSAMLProviderRequest>(request);
    let tags = || json!({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]});
    aws.does::<TagOpenIDConnectProviderRequest>(with(GITHUB, tags()));
    aws.does::<TagSAMLProviderRequest>(with(SAML, tags()));
    aws.does::<UntagOpenIDConnectProviderRequest>(with(GITHUB, json!({"TagKeys": ["a"]})));
    aws.does::<UntagSAMLProviderRequest>(with(SAML, json!({"TagKeys": ["a"]})));
    let left = json!([{"Key": "b", "Value": "2"}]);
    let listed = aws.does::<ListOpenIDConnectProviderTagsRequest>(github());
    assert_eq!(listed["Tags"], left);
    let listed = aws.does::<ListSAMLProviderTagsRequest>(with(SAML, json!({})));
    assert_eq!(listed["Tags"], left);
    assert_eq!(
        aws.says::<TagOpenIDConnectProviderRequest>(with(NO_OIDC, tags())),
        format!("NoSuchEntity 404: OpenIDConnect Provider not found for arn {NO_OIDC}")
    );
    let many: Vec<_> = (0..50).map(|n| json!({"Key": format!("k{n}"), "Value": ""})).collect();
    assert_eq!(
        aws.says::<TagOpenIDConnectProviderRequest>(with(GITHUB, json!({"Tags": many}))),
        "LimitExceeded 409: The number of tags has reached the maximum limit."
    );
}

#[test]
fn a_saml_provider_is_created_read_changed_and_deleted() {
    let mut aws = Fixture::new();
    let first = metadata("validUntil=\"2030-01-02T03:04:05Z\"");
    let request = json!({
        "Name": "corp",
        "SAMLMetadataDocument": first,
        "AssertionEncryptionMode": "Required",
        "AddPrivateKey": "key",
    });
    let created = aws.does::<CreateSAMLProviderRequest>(request.clone());
    assert_eq!(created, json!({"SAMLProviderArn": SAML}));
    let words = aws.says::<CreateSAMLProviderRequest>(request);
    assert!(words.starts_with("EntityAlreadyExists 409"), "{words}");
    let shown = aws.does::<GetSAMLProviderRequest>(with(SAML, json!({})));
    assert_eq!(shown["SAMLMetadataDocument"], first);
    assert_eq!(shown["ValidUntil"], "2030-01-02T03:04:05Z");
    assert_eq!(shown["AssertionEncryptionMode"], "Required");
    assert_eq!(shown["Tags"], json!([]));
    let key = shown["PrivateKeyList"][0]["KeyId"].as_str().unwrap().to_owned();
    let listed = aws.does::<ListSAMLProvidersRequest>(json!({}));
    assert_eq!(listed["SAMLProviderList"][0]["Arn"], SAML);

    let second = metadata("validUntil=\"2031-01-02T03:04:05Z\"");
    let update = json!({
        "SAMLMetadataDocument": second,
        "AssertionEncryptionMode": "Allowed",
        "AddPrivateKey": "other",
        "RemovePrivateKey": key,
    });
    aws.does::<UpdateSAMLProviderRequest>(with(SAML, update));
    let shown = aws.does::<GetSAMLProviderRequest>(with(SAML, json!({})));
    assert_eq!(shown["ValidUntil"], "2031-01-02T03:04:05Z");
    assert_ne!(shown["PrivateKeyList"][0]["KeyId"], key.as_str());
    aws.does::<UpdateSAMLProviderRequest>(with(SAML, json!({"AddPrivateKey": "third"})));
    let words = aws.says::<UpdateSAMLProviderRequest>(with(SAML, json!({"AddPrivateKey": "x"})));
    assert!(words.starts_with("LimitExceeded 409"), "{words}");
    let bad = with(SAML, json!({"SAMLMetadataDocument": "x".repeat(1000)}));
    let words = aws.says::<UpdateSAMLProviderRequest>(bad);
    assert!(words.starts_with("InvalidInput 400"), "{words}");

    aws.does::<DeleteSAMLProviderRequest>(with(SAML, json!({})));
    let missing = format!("NoSuchEntity 404: Manifest not found for arn {SAML}");
    assert_eq!(aws.says::<GetSAMLProviderRequest>(with(SAML, json!({}))), missing);
    assert_eq!(aws.says::<DeleteSAMLProviderRequest>(with(SAML, json!({}))), missing);
}
