//! Scenarios for the identity providers that roles can trust.

use crate::arn::Arn;
use crate::conformance::{ExternalChange, Fixture, Verdict};
use crate::error::ErrorKind;
use crate::operation::iam;
use crate::provider::OpenIdConnectProvider;

scenarios! { "roles" needs [Roles]:
    identity_provider_has_its_issuer_and_its_audiences needs [IdentityProviders];
    absent_identity_provider_is_not_found;
}

fn provider_of(at: &Fixture, issuer: &str) -> Arn {
    at.location().global_arn("iam", format!("oidc-provider/{issuer}"))
}

async fn identity_provider_has_its_issuer_and_its_audiences(at: &Fixture) -> Verdict {
    let issuer = at.text("PREFIX.example.com/id/1");
    let arn = provider_of(at, &issuer);
    let client_ids = vec!["sts.amazonaws.com".to_owned(), "two".to_owned()];
    let (url, ids) = (issuer.clone(), client_ids.clone());
    at.act(ExternalChange::AddIdentityProvider { issuer, client_ids }).await?;
    let provider = OpenIdConnectProvider { url, client_ids: ids };
    reads!(at, at.roles().get_open_id_connect_provider(&arn), provider);
    Ok(())
}

async fn absent_identity_provider_is_not_found(at: &Fixture) -> Verdict {
    let none = provider_of(at, &at.text("PREFIX-none.example.com"));
    let answer = format!("404 NoSuchEntity: OpenIDConnect Provider not found for arn {none}");
    let outcome = at.roles().get_open_id_connect_provider(&none).await;
    at.refused(outcome, iam::GET_OPEN_ID_CONNECT_PROVIDER, ErrorKind::NotFound, &answer)
}
