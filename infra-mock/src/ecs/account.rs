//! Account settings: `PutAccountSetting`, `PutAccountSettingDefault`, `ListAccountSettings` and `DeleteAccountSetting`.

use super::errors;
use super::list;
use super::settings::CONTAINER_INSIGHTS_VALUES;
use super::state::State;
use crate::api::{ApiResult, Call, Caller, Operation};
use crate::ecs::{
    DeleteAccountSettingRequest, ListAccountSettingsRequest, PutAccountSettingDefaultRequest,
    PutAccountSettingRequest, Setting,
};
use crate::paging;

const ON_OFF: [&str; 2] = ["on", "off"];
const ENABLED_DISABLED: [&str; 2] = ["enabled", "disabled"];

/// The account settings, each with its accepted values and its default.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-account-settings.html>;
/// <https://github.com/hashicorp/terraform-provider-aws/issues/32114> shows that
/// `tagResourceAuthorization` does not accept `enabled`.
const SETTINGS: [(&str, &[&str], &str); 11] = [
    ("serviceLongArnFormat", &["enabled"], "enabled"),
    ("taskLongArnFormat", &["enabled"], "enabled"),
    ("containerInstanceLongArnFormat", &["enabled"], "enabled"),
    ("awsvpcTrunking", &ENABLED_DISABLED, "disabled"),
    ("containerInsights", &CONTAINER_INSIGHTS_VALUES, "disabled"),
    ("fargateFIPSMode", &ENABLED_DISABLED, "disabled"),
    ("tagResourceAuthorization", &ON_OFF, "on"),
    ("fargateTaskRetirementWaitPeriod", &["0", "7", "14"], "7"),
    // AWS manages this setting; users cannot set it.
    ("guardDutyActivate", &[], "off"),
    ("defaultLogDriverMode", &["blocking", "non-blocking"], "non-blocking"),
    ("fargateEventWindows", &ENABLED_DISABLED, "disabled"),
];

/// The maximum number of account settings on a page, which is also the default.
const MOST_RESULTS: i32 = 10;

/// The owner of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Principal {
    arn: String,
    root: String,
}

impl Principal {
    /// Returns the caller's principal. If the caller is a role session, the principal is the role.
    pub(super) fn of_caller(caller: &Caller) -> Self {
        let root = caller.location.global_arn("iam", "root").to_string();
        let role = caller.arn.split_once(":assumed-role/").and_then(|(_, session)| {
            let (role, _) = session.split_once('/')?;
            Some(caller.location.global_arn("iam", format!("role/{role}")).to_string())
        });
        Self { arn: role.unwrap_or_else(|| caller.arn.clone()), root }
    }

    /// Returns the principal that a request names, or the caller's principal if it names none.
    fn of(caller: &Caller, arn: Option<String>) -> Self {
        let caller = Self::of_caller(caller);
        Self { arn: arn.unwrap_or(caller.arn), root: caller.root }
    }

    fn is_root(&self) -> bool {
        self.arn == self.root
    }
}

impl State {
    /// Returns the effective value of a setting for a principal, and the ARN that ECS returns with
    /// the value. If the principal has its own value, the ARN identifies the principal. If the
    /// account's default or AWS's default applies, the ARN identifies the root user.
    pub(super) fn effective(&self, principal: &Principal, name: &str) -> (String, String) {
        if let Some(value) = self.own(&principal.arn, name) {
            return (value.clone(), principal.arn.clone());
        }
        let initial = || SETTINGS.iter().find(|(known, ..)| *known == name).map(|(_, _, v)| *v);
        let value = self.account_settings.get(name).map(String::as_str).or_else(initial);
        (value.unwrap_or_default().to_owned(), principal.root.clone())
    }

    fn own(&self, principal: &str, name: &str) -> Option<&String> {
        self.principal_settings.get(principal)?.get(name)
    }
}

impl Setting {
    fn new(name: &str, value: String, principal_arn: String) -> Self {
        let kind = if name == "guardDutyActivate" { "aws_managed" } else { "user" };
        Self { name: name.to_owned(), value, principal_arn, r#type: kind.to_owned() }
    }
}

/// Returns the values that a setting accepts.
fn known(name: &str) -> ApiResult<&'static [&'static str]> {
    let found = SETTINGS.iter().find(|(known, ..)| *known == name).map(|(_, values, _)| *values);
    // The message has the same form as the messages for other enumerations. AWS's list also
    // contains settings that are not publicly documented.
    found.ok_or_else(|| errors::not_one_of(name, &SETTINGS.map(|(known, ..)| known)))
}

fn check(name: Option<String>, value: Option<String>) -> ApiResult<(String, String)> {
    let name = name.ok_or_else(|| errors::blank("Setting name"))?;
    let values = known(&name)?;
    let value = value.unwrap_or_default();
    if name.ends_with("LongArnFormat") && value == "disabled" {
        return Err(errors::long_arns());
    }
    if values.contains(&value.as_str()) {
        Ok((name, value))
    } else {
        Err(errors::bad_setting_value())
    }
}

/// Sets an account setting for a principal. For the root user, sets the account's default.
///
/// In the mock, every caller can change the settings of any principal.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutAccountSetting.html>
impl Operation for PutAccountSettingRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (name, value) = check(self.name, self.value)?;
        let principal = Principal::of(call.caller, self.principal_arn);
        let state = call.ecs();
        let settings = if principal.is_root() {
            &mut state.account_settings
        } else {
            state.principal_settings.entry(principal.arn.clone()).or_default()
        };
        settings.insert(name.clone(), value.clone());
        Ok(Self::Output { setting: Setting::new(&name, value, principal.arn) })
    }
}

/// Sets the account's default for an account setting.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutAccountSettingDefault.html>
impl Operation for PutAccountSettingDefaultRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (name, value) = check(self.name, self.value)?;
        let root = Principal::of_caller(call.caller).root;
        call.ecs().account_settings.insert(name.clone(), value.clone());
        Ok(Self::Output { setting: Setting::new(&name, value, root) })
    }
}

/// Lists the account settings of a principal.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListAccountSettings.html>
impl Operation for ListAccountSettingsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        if let Some(name) = &self.name {
            known(name)?;
        } else if self.value.is_some() {
            // The rule is in the API reference. AWS's message is not publicly documented.
            return Err(errors::invalid("value cannot be specified without name"));
        }
        let size = list::size(self.max_results, MOST_RESULTS, 10)?;
        let principal = Principal::of(call.caller, self.principal_arn);
        let effective = self.effective_settings.unwrap_or(false);
        let state = call.ecs();
        let mut settings: Vec<Setting> = SETTINGS
            .iter()
            .filter(|(name, ..)| self.name.as_deref().is_none_or(|wanted| wanted == *name))
            .filter_map(|(name, ..)| {
                if effective {
                    let (value, from) = state.effective(&principal, name);
                    return Some(Setting::new(name, value, from));
                }
                let own = if principal.is_root() {
                    state.account_settings.get(*name)
                } else {
                    state.own(&principal.arn, name)
                };
                own.map(|value| Setting::new(name, value.clone(), principal.arn.clone()))
            })
            .filter(|setting| self.value.as_ref().is_none_or(|value| *value == setting.value))
            .collect();
        settings.sort_by(|a, b| a.name.cmp(&b.name));
        let token = self.next_token.as_deref();
        let page = paging::page("ListAccountSettings", settings, |s| s.name.as_str(), token, size)
            .map_err(|_| list::bad_token())?;
        Ok(Self::Output { settings: page.items, next_token: page.next_token })
    }
}

/// Removes a principal's own value for an account setting. For the root user, removes the account's
/// default. The response shows the value that applies afterwards, as in the example for
/// `aws ecs delete-account-setting`.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteAccountSetting.html>
impl Operation for DeleteAccountSettingRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.name.unwrap_or_default();
        known(&name)?;
        let principal = Principal::of(call.caller, self.principal_arn);
        let state = call.ecs();
        if principal.is_root() {
            state.account_settings.remove(&name);
        } else if let Some(settings) = state.principal_settings.get_mut(&principal.arn) {
            settings.remove(&name);
            if settings.is_empty() {
                state.principal_settings.remove(&principal.arn);
            }
        }
        let (value, _) = state.effective(&principal, &name);
        Ok(Self::Output { setting: Setting::new(&name, value, principal.arn) })
    }
}
