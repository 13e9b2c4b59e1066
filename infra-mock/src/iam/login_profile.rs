//! Console passwords for users. The mock has no console, so it stores the creation time and other
//! properties of a password, but not the password itself.
//!
//! For recorded AWS responses, see `user.rs`.

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::iam::{
    ChangePasswordRequest, CreateLoginProfileRequest, DeleteLoginProfileRequest,
    GetLoginProfileRequest, LoginProfile, UpdateLoginProfileRequest,
};

use super::check::{already_exists, invalid_input, no_such_entity};
use super::user::named_or_caller;
use super::{LoginRecord, PasswordPolicyRecord, state, user, user_mut};

fn no_profile(name: &str) -> ApiError {
    no_such_entity(format!("Login Profile for User {name} cannot be found."))
}

/// Checks a password against the account's password policy, or the default policy if there is none:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html>.
fn check_password(call: &Call<'_>, password: Option<&str>) -> ApiResult<()> {
    let Some(password) = password else { return Ok(()) };
    let any = |holds: fn(&char) -> bool| password.chars().any(|c| holds(&c));
    let symbol = |c: &char| "!@#$%^&*()_+-=[]{}|'".contains(*c);
    let (lower, upper) = (any(char::is_ascii_lowercase), any(char::is_ascii_uppercase));
    let (digit, symbol) = (any(char::is_ascii_digit), any(symbol));
    let length = i32::try_from(password.chars().count()).unwrap_or(i32::MAX);
    let holds = match &state(call).password_policy {
        Some(PasswordPolicyRecord {
            minimum_length,
            symbols,
            numbers,
            uppercase,
            lowercase,
            users_may_change: _,
            max_age: _,
            reuse_prevention: _,
            hard_expiry: _,
        }) => {
            length >= *minimum_length
                && (symbol || !symbols)
                && (digit || !numbers)
                && (upper || !uppercase)
                && (lower || !lowercase)
        }
        None => {
            length >= 8 && [lower, upper, digit, symbol].into_iter().filter(|has| *has).count() >= 3
        }
    };
    if holds {
        return Ok(());
    }
    // The error code comes from the service model. AWS's message in API responses is not publicly
    // documented, so the mock's message is modeled on the message that the console shows.
    let words = "Password does not conform to the account password policy.";
    Err(ApiError::new("PasswordPolicyViolation", words))
}

fn shown(user_name: &str, record: &LoginRecord) -> LoginProfile {
    LoginProfile {
        user_name: user_name.to_owned(),
        create_date: record.created,
        password_reset_required: record.reset_required,
        max_signin_session_duration: record.max_signin_session,
    }
}

/// Sets the initial password of a user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html>
impl Operation for CreateLoginProfileRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = named_or_caller(call, self.user_name)?;
        let user = user(call, &name)?;
        if user.login.is_some() {
            return Err(already_exists(format!("Login Profile for user {name} already exists.")));
        }
        check_password(call, self.password.as_deref())?;
        let record = LoginRecord {
            created: call.now,
            changed: None,
            reset_required: self.password_reset_required == Some(true),
            max_signin_session: self.max_signin_session_duration,
        };
        let login_profile = shown(&user.name, &record);
        user_mut(call, &name)?.login = Some(record);
        Ok(Self::Output { login_profile })
    }
}

/// Returns the properties of a user's password, such as its creation time. Fails if the user has no
/// password.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetLoginProfile.html>
impl Operation for GetLoginProfileRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = named_or_caller(call, self.user_name)?;
        let user = user(call, &name)?;
        let record = user.login.as_ref().ok_or_else(|| no_profile(&name))?;
        Ok(Self::Output { login_profile: shown(&user.name, record) })
    }
}

/// Changes a user's password or its properties. Properties that the request omits keep their
/// values.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateLoginProfile.html>
impl Operation for UpdateLoginProfileRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.user_name.unwrap_or_default();
        user(call, &name)?.login.as_ref().ok_or_else(|| no_profile(&name))?;
        let resets = self.reset_max_signin_session_duration == Some(true);
        if resets && self.max_signin_session_duration.is_some() {
            // AWS's message is not publicly documented. The mock returns the same message for
            // UpdateRole.
            return Err(invalid_input(
                "MaxSigninSessionDuration cannot be specified together with \
                 ResetMaxSigninSessionDuration.",
            ));
        }
        check_password(call, self.password.as_deref())?;
        let changed = self.password.is_some().then_some(call.now);
        if let Some(login) = &mut user_mut(call, &name)?.login {
            login.changed = changed.or(login.changed);
            login.reset_required = self.password_reset_required.unwrap_or(login.reset_required);
            if resets || self.max_signin_session_duration.is_some() {
                login.max_signin_session = self.max_signin_session_duration;
            }
        }
        Ok(())
    }
}

/// Changes the password of the calling user. The mock does not store passwords, so it accepts any
/// old password.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ChangePassword.html>
impl Operation for ChangePasswordRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = named_or_caller(call, None).map_err(|_| {
            // The error code comes from the service model; AWS's message is not publicly
            // documented.
            ApiError::new("InvalidUserType", "Only IAM users can change their own password.")
        })?;
        user(call, &name)?.login.as_ref().ok_or_else(|| no_profile(&name))?;
        check_password(call, self.new_password.as_deref())?;
        let now = call.now;
        if let Some(login) = &mut user_mut(call, &name)?.login {
            login.changed = Some(now);
            login.reset_required = false;
        }
        Ok(())
    }
}

/// Deletes the password of a user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteLoginProfile.html>
impl Operation for DeleteLoginProfileRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = named_or_caller(call, self.user_name)?;
        user(call, &name)?.login.as_ref().ok_or_else(|| no_profile(&name))?;
        user_mut(call, &name)?.login = None;
        Ok(())
    }
}
