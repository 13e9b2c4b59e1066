//! Scenarios for a role's settings, trust policy and permissions boundary.

use super::{create, document, found, is_untouched, spec, trusting};
use crate::conformance::{Fixture, Verdict};
use crate::error::ErrorKind;
use crate::operation::iam;
use crate::policy::PolicyText;
use crate::provider::Role;

scenarios! { "roles" needs [Roles]:
    session_duration_and_description_are_updated;
    update_rejects_a_session_duration_out_of_range;
    trust_policy_is_replaced;
    trust_policy_with_a_resource_is_rejected;
    permissions_boundary_is_replaced_and_removed;
    boundary_that_does_not_exist_is_rejected;
}

async fn session_duration_and_description_are_updated(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let role = create(at, &spec).await?;
    at.roles().update_role(&spec.name, 43_200, None).await?;
    // An update without a description keeps the current description.
    let longer = Role { max_session_duration: 43_200, ..role };
    reads!(at, found(at, &spec.name), longer.clone());
    for description in ["new", ""] {
        at.roles().update_role(&spec.name, 43_200, Some(description)).await?;
        let description = Some(description).filter(|text| !text.is_empty()).map(str::to_owned);
        reads!(at, found(at, &spec.name), Role { description, ..longer.clone() });
    }
    Ok(())
}

async fn update_rejects_a_session_duration_out_of_range(at: &Fixture) -> Verdict {
    let role = create(at, &spec(at)?).await?;
    at.refused(
        at.roles().update_role(&role.name, 43_201, None).await,
        iam::UPDATE_ROLE,
        ErrorKind::InvalidInput,
        "400 ValidationError: 1 validation error detected: Value at 'maxSessionDuration' failed to \
         satisfy constraint: Member must have value less than or equal to 43200",
    )?;
    is_untouched(at, &role).await
}

async fn trust_policy_is_replaced(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let role = create(at, &spec).await?;
    let trust = trusting("ec2.amazonaws.com");
    for _ in 0..2 {
        at.roles().update_assume_role_policy(&spec.name, &trust).await?;
        let trust = PolicyText::new(trust.to_json());
        reads!(at, found(at, &spec.name), Role { trust, ..role.clone() });
    }
    Ok(())
}

async fn trust_policy_with_a_resource_is_rejected(at: &Fixture) -> Verdict {
    let role = create(at, &spec(at)?).await?;
    at.refused(
        at.roles().update_assume_role_policy(&role.name, &document()).await,
        iam::UPDATE_ASSUME_ROLE_POLICY,
        ErrorKind::InvalidInput,
        "400 MalformedPolicyDocument: Has prohibited field Resource",
    )?;
    is_untouched(at, &role).await
}

async fn permissions_boundary_is_replaced_and_removed(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let role = create(at, &spec).await?;
    let other = at.aws_policy("ReadOnlyAccess");
    at.roles().put_role_permissions_boundary(&spec.name, &other).await?;
    let permissions_boundary = Some(other.to_string());
    reads!(at, found(at, &spec.name), Role { permissions_boundary, ..role.clone() });
    for _ in 0..2 {
        at.roles().delete_role_permissions_boundary(&spec.name).await?;
        reads!(at, found(at, &spec.name), Role { permissions_boundary: None, ..role.clone() });
    }
    Ok(())
}

async fn boundary_that_does_not_exist_is_rejected(at: &Fixture) -> Verdict {
    let (role, ghost) = (create(at, &spec(at)?).await?, at.aws_policy("Ghost"));
    at.refused(
        at.roles().put_role_permissions_boundary(&role.name, &ghost).await,
        iam::PUT_ROLE_PERMISSIONS_BOUNDARY,
        ErrorKind::NotFound,
        &format!("404 NoSuchEntity: Scope ARN: {ghost} does not exist or is not attachable."),
    )?;
    is_untouched(at, &role).await
}
