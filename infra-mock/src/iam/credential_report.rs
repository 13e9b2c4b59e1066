//! The credential report: a CSV file with one line for the root user and one for each IAM user.
//!
//! Recorded AWS responses: `test_iam_credential_report.snapshot.json`, in the folder cited in `user.rs`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Blob, Call, Operation};
use crate::iam::{GenerateCredentialReportRequest, GetCredentialReportRequest};
use crate::time::Timestamp;

use super::access_key::ACTIVE;
use super::{AccessKeyRecord, LoginRecord, State, UserRecord, state};

/// How long a report stays valid:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html>.
const VALIDITY: Duration = Duration::from_hours(4);

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
                      password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,\
                      access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
                      access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
                      access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
                      cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

const NONE: &str = "N/A";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ReportRecord {
    generated: Timestamp,
    content: String,
}

impl ReportRecord {
    fn is_valid(&self, now: Timestamp) -> bool {
        now.since(self.generated) < VALIDITY
    }
}

/// Returns the report columns for an access key.
fn key_columns(key: Option<&AccessKeyRecord>) -> [String; 5] {
    let Some(AccessKeyRecord { user: _, secret: _, created, status, used }) = key else {
        return ["false", NONE, NONE, NONE, NONE].map(str::to_owned);
    };
    let used = used.as_ref();
    let or_none = |text: Option<String>| text.unwrap_or_else(|| NONE.to_owned());
    [
        (status == ACTIVE).to_string(),
        created.to_string(),
        or_none(used.map(|used| used.at.to_string())),
        or_none(used.map(|used| used.region.clone())),
        or_none(used.map(|used| used.service.clone())),
    ]
}

/// Returns the report columns for a password. The mock has no console, so passwords are never used.
fn password_columns(state: &State, login: Option<&LoginRecord>) -> [String; 4] {
    let Some(login) = login else { return ["false", NONE, NONE, NONE].map(str::to_owned) };
    let changed = login.changed.unwrap_or(login.created);
    let days = state.password_policy.and_then(|policy| u64::try_from(policy.max_age?).ok());
    let next = days.map(|days| changed.after(Duration::from_hours(24 * days)).to_string());
    [
        "true".to_owned(),
        "no_information".to_owned(),
        changed.to_string(),
        next.unwrap_or_else(|| NONE.to_owned()),
    ]
}

/// Returns the report line for a user.
fn line(state: &State, key: &str, user: &UserRecord) -> String {
    let mut columns = vec![user.name.clone(), user.arn.clone(), user.created.to_string()];
    columns.extend(password_columns(state, user.login.as_ref()));
    let holders = state.mfa_devices.values().filter_map(|device| device.holder.as_ref());
    columns.push(holders.into_iter().any(|holder| holder.user == key).to_string());
    let mut keys: Vec<_> = state.access_keys.values().filter(|its| its.user == key).collect();
    keys.sort_by_key(|its| its.created);
    for place in 0..2 {
        columns.extend(key_columns(keys.get(place).copied()));
    }
    let certificates = state.signing_certificates.values().filter(|its| its.user == key);
    let mut certificates: Vec<_> = certificates.collect();
    certificates.sort_by_key(|its| its.uploaded);
    for place in 0..2 {
        let certificate = certificates.get(place);
        columns.push(certificate.is_some_and(|its| its.status == ACTIVE).to_string());
        columns.push(certificate.map_or_else(|| NONE.to_owned(), |its| its.uploaded.to_string()));
    }
    columns.join(",")
}

/// Returns the report line for the root user, which has no credentials. It is not publicly
/// documented which creation time AWS reports for the root user. The mock reports the creation time
/// of the oldest user, or the current time if there are no users.
fn root_line(call: &Call<'_>) -> String {
    let arn = call.location().global_arn("iam", "root");
    let created = state(call).users.values().map(|user| user.created).min().unwrap_or(call.now);
    let unused = ["false", NONE, NONE, NONE, NONE].join(",");
    format!(
        "<root_account>,{arn},{created},not_supported,no_information,not_supported,not_supported,false,{unused},\
         {unused},false,{NONE},false,{NONE}"
    )
}

/// Generates a report, unless a valid report exists. The mock generates the report immediately, but
/// it responds as AWS does: the first call starts the generation, and the next call reports that
/// the generation is complete.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html>
impl Operation for GenerateCredentialReportRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let state = state(call);
        let old = state.credential_report.as_ref();
        if old.is_some_and(|report| report.is_valid(call.now)) {
            let complete = "COMPLETE".to_owned();
            return Ok(Self::Output { state: complete, description: None });
        }
        // AWS's description for an expired report is not publicly documented, so the mock uses the
        // description for a missing report.
        let description = "No report exists. Starting a new report generation task";
        let users = state.users.iter().map(|(key, user)| line(state, key, user));
        let lines: Vec<String> =
            [HEADER.to_owned(), root_line(call)].into_iter().chain(users).collect();
        let generated = call.now;
        call.iam().credential_report = Some(ReportRecord { generated, content: lines.join("\n") });
        Ok(Self::Output { state: "STARTED".to_owned(), description: Some(description.to_owned()) })
    }
}

/// Returns the report.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetCredentialReport.html>
impl Operation for GetCredentialReportRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        // The recorded error response contains no message.
        let missing = |code: &'static str| ApiError::new(code, "").with_status(410);
        let report = state(call).credential_report.as_ref();
        let report = report.ok_or_else(|| missing("ReportNotPresent"))?;
        if !report.is_valid(call.now) {
            return Err(missing("ReportExpired"));
        }
        Ok(Self::Output {
            content: Blob(report.content.clone().into_bytes()),
            report_format: "text/csv".to_owned(),
            generated_time: report.generated,
        })
    }
}
