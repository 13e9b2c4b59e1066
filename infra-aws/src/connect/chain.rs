//! Selects the source of credentials, with the same precedence as in the AWS CLI.
//!
//! The order is the same as in botocore's `create_credential_resolver`
//! (<https://github.com/boto/botocore/blob/develop/botocore/credentials.py>). If no profile is
//! selected explicitly, keys in the environment come first. The other sources follow in this order:
//! a role that the profile assumes, a web identity, IAM Identity Center, keys in the credentials
//! file, an `aws login` session, a credential process, keys in the configuration file, the
//! container's credentials, and the instance's credentials. aws-config's own chain uses a different
//! order.

#[cfg(test)]
mod tests;

use std::fmt;

use infra_core::error::Result;

use super::settings::{FileKind, Found, Settings, invalid};

/// A source of credentials.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Source {
    Keys(Keys),
    Process {
        profile: String,
        command: String,
    },
    Sso(Sso),
    Login {
        profile: String,
        /// The ARN of the identity that logged in.
        session: String,
    },
    WebIdentity(WebIdentity),
    Container,
    /// The instance metadata service, which is used only if no other source is configured.
    Instance,
    Role {
        base: Box<Source>,
        role: Role,
    },
}

/// Access keys. The `Debug` output contains only the key ID.
#[derive(PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) token: Option<String>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keys").field(&self.id).finish()
    }
}

/// The settings for a role in IAM Identity Center.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sso {
    pub(super) profile: String,
    pub(super) session: Option<String>,
    pub(super) start_url: String,
    pub(super) region: String,
    pub(super) account_id: String,
    pub(super) role_name: String,
}

/// A role to assume with the web identity token in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WebIdentity {
    pub(super) role_arn: String,
    pub(super) token_file: String,
    pub(super) session_name: Option<String>,
}

/// A role to assume.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "AWS's configuration files use these names")]
pub(super) struct Role {
    pub(super) role_arn: String,
    pub(super) session_name: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) duration_seconds: Option<i32>,
    pub(super) mfa_serial: Option<String>,
}

impl Source {
    /// Returns whether the source calls an AWS service. Configured endpoints apply only to calls to
    /// AWS services.
    pub(super) fn calls_services(&self) -> bool {
        match self {
            Self::Sso(_) | Self::Login { .. } | Self::WebIdentity(_) | Self::Role { .. } => true,
            Self::Keys(_) | Self::Process { .. } | Self::Container | Self::Instance => false,
        }
    }

    /// Returns whether the source may require user interaction.
    pub(super) fn is_interactive(&self) -> bool {
        match self {
            // The process may open a browser.
            Self::Process { .. } => true,
            Self::Role { base, role } => role.mfa_serial.is_some() || base.is_interactive(),
            _ => false,
        }
    }
}

/// Selects the source.
pub(super) fn source(settings: &Settings) -> Result<Source> {
    let profile = settings.profile();
    if !settings.has_explicit_profile()
        && let Some(keys) = environment_keys(settings)?
    {
        return Ok(Source::Keys(keys));
    }
    if assumes_role(settings, profile)? {
        return role(settings, profile, &mut vec![profile.to_owned()]);
    }
    if let Some(source) = of_profile(settings, profile, !settings.has_explicit_profile())? {
        return Ok(source);
    }
    Ok(if has_container(settings) { Source::Container } else { Source::Instance })
}

fn environment_keys(settings: &Settings) -> Result<Option<Keys>> {
    let Some(id) = settings.variable("AWS_ACCESS_KEY_ID") else {
        return Ok(None);
    };
    let Some(secret) = settings.variable("AWS_SECRET_ACCESS_KEY") else {
        return Err(invalid("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not")
            .with_hint("set both variables, or unset both to use a profile"));
    };
    let token = ["AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"].map(|name| settings.variable(name));
    Ok(Some(Keys {
        id: id.to_owned(),
        secret: secret.to_owned(),
        token: token.into_iter().flatten().next().map(str::to_owned),
    }))
}

fn has_container(settings: &Settings) -> bool {
    ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]
        .iter()
        .any(|name| settings.variable(name).is_some())
}

/// Returns whether the profile has a role that is assumed with credentials from another source. If
/// the profile has a web identity token file, the role is assumed with that token instead.
fn assumes_role(settings: &Settings, profile: &str) -> Result<bool> {
    let has = |key| Ok::<_, infra_core::Error>(settings.get(profile, key)?.is_some());
    Ok(has("role_arn")? && !has("web_identity_token_file")?)
}

/// Returns the role in a profile, together with the source of the credentials that are used to
/// assume the role.
fn role(settings: &Settings, profile: &str, visited: &mut Vec<String>) -> Result<Source> {
    let get = |key| settings.get(profile, key);
    let text = |key| Ok::<_, infra_core::Error>(get(key)?.map(|found| found.value));
    let base = match (get("source_profile")?, get("credential_source")?) {
        (Some(other), Some(named)) => {
            return Err(invalid(format!(
                "profile {profile:?} has both {} and {}",
                other.origin, named.origin
            ))
            .with_hint("keep one of them"));
        }
        (None, None) => {
            return Err(invalid(format!(
                "profile {profile:?} has a role_arn, but neither source_profile nor credential_source"
            ))
            .with_hint("set source_profile to a profile that has credentials to assume the role"));
        }
        (None, Some(named)) => of_name(settings, &named)?,
        (Some(other), None) => of_other(settings, profile, &other, visited)?,
    };
    // botocore ignores a duration that is not a number.
    let duration = text("duration_seconds")?.and_then(|seconds| seconds.trim().parse().ok());
    let role = Role {
        role_arn: settings.require(profile, "role_arn", "an assumed role")?.value,
        session_name: text("role_session_name")?,
        external_id: text("external_id")?,
        duration_seconds: duration,
        mfa_serial: text("mfa_serial")?,
    };
    Ok(Source::Role { base: Box::new(base), role })
}

/// Returns the source that `credential_source` specifies.
fn of_name(settings: &Settings, named: &Found) -> Result<Source> {
    let missing =
        |what: &str| Err(invalid(format!("{} is {:?}, but {what}", named.origin, named.value)));
    match named.value.as_str() {
        "Environment" => match environment_keys(settings)? {
            Some(keys) => Ok(Source::Keys(keys)),
            None => missing("AWS_ACCESS_KEY_ID is not set"),
        },
        "EcsContainer" if has_container(settings) => Ok(Source::Container),
        "EcsContainer" => missing(
            "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set",
        ),
        "Ec2InstanceMetadata" => Ok(Source::Instance),
        other => {
            Err(invalid(format!("{} is {other:?}, which is not a credential source", named.origin))
                .with_hint("use Environment, EcsContainer or Ec2InstanceMetadata"))
        }
    }
}

/// Returns the source that `source_profile` specifies.
fn of_other(
    settings: &Settings,
    profile: &str,
    other: &Found,
    visited: &mut Vec<String>,
) -> Result<Source> {
    let Found { value: name, origin } = other;
    if !settings.has_profile(name) {
        return Err(invalid(format!("{origin} names profile {name:?}, which does not exist"))
            .with_hint(format!("searched {}", settings.searched())));
    }
    let has = |key| Ok::<_, infra_core::Error>(settings.get(name, key)?.is_some());
    let has_keys = has("aws_access_key_id")? || has("aws_secret_access_key")?;
    // A profile may use its own keys to assume its role.
    if visited.contains(name) && !(name == profile && has_keys) {
        return Err(invalid(format!("{origin} leads back to profile {name:?}"))
            .with_hint("give the last profile in the chain its own credentials"));
    }
    if !has_keys && assumes_role(settings, name)? {
        visited.push(name.clone());
        return role(settings, name, visited);
    }
    of_profile(settings, name, false)?.ok_or_else(|| {
        invalid(format!("{origin} names profile {name:?}, which has no credentials"))
    })
}

/// Returns the source of credentials that the profile itself specifies, if any.
fn of_profile(settings: &Settings, profile: &str, or_environment: bool) -> Result<Option<Source>> {
    if let Some(identity) = web_identity(settings, profile, or_environment)? {
        return Ok(Some(Source::WebIdentity(identity)));
    }
    if let Some(sso) = sso(settings, profile)? {
        return Ok(Some(Source::Sso(sso)));
    }
    if let Some(keys) = file_keys(settings, FileKind::Credentials, profile)? {
        return Ok(Some(Source::Keys(keys)));
    }
    let name = || profile.to_owned();
    if let Some(Found { value: session, .. }) = settings.get(profile, "login_session")? {
        return Ok(Some(Source::Login { profile: name(), session }));
    }
    if let Some(Found { value: command, .. }) = settings.get(profile, "credential_process")? {
        return Ok(Some(Source::Process { profile: name(), command }));
    }
    Ok(file_keys(settings, FileKind::Config, profile)?.map(Source::Keys))
}

fn web_identity(
    settings: &Settings,
    profile: &str,
    or_environment: bool,
) -> Result<Option<WebIdentity>> {
    let get = |variable: &str, key: &str| match settings.variable(variable) {
        Some(value) if or_environment => Ok::<_, infra_core::Error>(Some(value.to_owned())),
        _ => Ok(settings.get(profile, key)?.map(|found| found.value)),
    };
    let token_file = get("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file")?;
    let Some(token_file) = token_file.filter(|file| !file.is_empty()) else {
        return Ok(None);
    };
    let Some(role_arn) = get("AWS_ROLE_ARN", "role_arn")?.filter(|arn| !arn.is_empty()) else {
        return Err(invalid(format!(
            "no role is configured for the web identity token {token_file}"
        ))
        .with_hint("set AWS_ROLE_ARN, or role_arn in the profile"));
    };
    let session_name = get("AWS_ROLE_SESSION_NAME", "role_session_name")?;
    Ok(Some(WebIdentity { role_arn, token_file, session_name }))
}

fn sso(settings: &Settings, profile: &str) -> Result<Option<Sso>> {
    let (account, role) =
        (settings.get(profile, "sso_account_id")?, settings.get(profile, "sso_role_name")?);
    if account.is_none() && role.is_none() {
        return Ok(None);
    }
    let session = settings.get(profile, "sso_session")?;
    let section = match &session {
        None => None,
        Some(Found { value: name, origin }) => {
            Some(settings.section("sso-session", name).ok_or_else(|| {
                invalid(format!("{origin} names [sso-session {name}], which does not exist"))
                    .with_hint("create the session with `aws configure sso-session`")
            })?)
        }
    };
    // A key may be set in both the profile and the session if the values are equal.
    let get = |key: &str| {
        let of_session = section.map(|section| section.get(key)).transpose()?.flatten();
        match (settings.get(profile, key)?, of_session) {
            (Some(here), Some(there)) if here.value != there.value => {
                Err(invalid(format!("{} and {} differ", here.origin, there.origin)))
            }
            (Some(found), _) | (None, Some(found)) => Ok(found.value),
            (None, None) => Err(invalid(format!(
                "profile {profile:?} uses IAM Identity Center but has no {key}"
            ))
            .with_hint(format!(
                "complete the profile with `aws configure sso --profile {profile}`"
            ))),
        }
    };
    Ok(Some(Sso {
        profile: profile.to_owned(),
        start_url: get("sso_start_url")?,
        region: get("sso_region")?,
        account_id: get("sso_account_id")?,
        role_name: get("sso_role_name")?,
        session: session.map(|found| found.value),
    }))
}

fn file_keys(settings: &Settings, kind: FileKind, profile: &str) -> Result<Option<Keys>> {
    let get = |key| settings.get_in(kind, profile, key);
    let Some(id) = get("aws_access_key_id")? else {
        return Ok(None);
    };
    let Some(secret) = get("aws_secret_access_key")? else {
        return Err(invalid(format!("{}, has no matching aws_secret_access_key", id.origin)));
    };
    for found in [&id, &secret] {
        if found.value.is_empty() {
            return Err(invalid(format!("{}, is empty", found.origin)));
        }
    }
    let token = match get("aws_security_token")? {
        Some(token) => Some(token),
        None => get("aws_session_token")?,
    };
    let token = token.map(|found| found.value).filter(|token| !token.is_empty());
    Ok(Some(Keys { id: id.value, secret: secret.value, token }))
}
