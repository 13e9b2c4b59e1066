//! Log anomaly detectors: `CreateLogAnomalyDetector`, `GetLogAnomalyDetector`, `ListLogAnomalyDetectors`,
//! `UpdateLogAnomalyDetector`, `DeleteLogAnomalyDetector` and `ListAnomalies`.
//!
//! Detectors are stored and returned, but they do not examine log events, so they never find an
//! anomaly. AWS's messages for these operations are not publicly documented.

use std::collections::BTreeMap;
use std::time::Duration;

use infra_core::arn::Location;
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::logs::{
    AnomalyDetector, CreateLogAnomalyDetectorRequest, DeleteLogAnomalyDetectorRequest,
    GetLogAnomalyDetectorRequest, ListAnomaliesRequest, ListLogAnomalyDetectorsRequest,
    UpdateLogAnomalyDetectorRequest,
};
use crate::time::Timestamp;

use super::pattern::Pattern;
use super::{check, find_settled, long, tags};

/// How long a new detector stays in training. "The training period can take up to 15 minutes":
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/LogsAnomalyDetection.html>.
const TRAINING: Duration = Duration::from_mins(15);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredAnomalyDetector {
    name: Option<String>,
    group_arn: String,
    /// The mock sets no default for this member or for `visibility_days`, because AWS does not
    /// document their defaults.
    evaluation_frequency: Option<String>,
    filter_pattern: Option<String>,
    kms_key_id: Option<String>,
    visibility_days: Option<i64>,
    is_paused: bool,
    created_at: Timestamp,
    modified_at: Timestamp,
    pub(super) tags: BTreeMap<String, String>,
}

impl StoredAnomalyDetector {
    fn status(&self, now: Timestamp) -> &'static str {
        if self.is_paused {
            "PAUSED"
        } else if now.since(self.created_at) < TRAINING {
            "TRAINING"
        } else {
            "ANALYZING"
        }
    }

    fn shown(&self, location: &Location, id: &str, now: Timestamp) -> AnomalyDetector {
        let Self {
            name,
            group_arn,
            evaluation_frequency,
            filter_pattern,
            kms_key_id,
            visibility_days,
            is_paused: _,
            created_at,
            modified_at,
            tags: _,
        } = self;
        AnomalyDetector {
            anomaly_detector_arn: arn(location, id),
            detector_name: name.clone(),
            log_group_arn_list: vec![group_arn.clone()],
            evaluation_frequency: evaluation_frequency.clone(),
            filter_pattern: filter_pattern.clone(),
            anomaly_detector_status: self.status(now).to_owned(),
            kms_key_id: kms_key_id.clone(),
            creation_time_stamp: long(created_at.millis()),
            last_modified_time_stamp: long(modified_at.millis()),
            anomaly_visibility_time: *visibility_days,
        }
    }
}

fn arn(location: &Location, id: &str) -> String {
    location.arn("logs", format!("anomaly-detector:{id}")).to_string()
}

pub(super) fn no_detector() -> ApiError {
    ApiError::new("ResourceNotFoundException", "The specified anomaly detector does not exist.")
}

/// Returns the ID from an anomaly detector's ARN, or an error if the detector does not exist.
fn find_id(call: &mut Call<'_>, arn: Option<String>) -> ApiResult<String> {
    let resource = check::resource_of_arn(call, &arn.unwrap_or_default());
    let id = resource.as_deref().and_then(|resource| resource.strip_prefix("anomaly-detector:"));
    let id = id.filter(|id| call.logs().anomaly_detectors.contains_key(*id));
    id.map(str::to_owned).ok_or_else(no_detector)
}

/// Checks that a filter pattern is valid.
fn check_pattern(pattern: Option<&str>) -> ApiResult<()> {
    let invalid = pattern.and_then(|pattern| Pattern::parse(pattern).err());
    invalid.map_or(Ok(()), |bad| Err(check::invalid(bad.message("filter"))))
}

/// Creates an anomaly detector for a log group.
impl Operation for CreateLogAnomalyDetectorRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let tags = self.tags.unwrap_or_default();
        tags::check_reserved(&tags)?;
        let arns = self.log_group_arn_list.unwrap_or_default();
        // "You can specify only one log group ARN":
        // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogAnomalyDetector.html
        let [group_arn] = arns.as_slice() else {
            return Err(check::invalid("Exactly one log group ARN must be specified."));
        };
        check_pattern(self.filter_pattern.as_deref())?;
        let group_arn = group_arn.strip_suffix(":*").unwrap_or(group_arn).to_owned();
        let name = check::group_of_arn(call, &group_arn).ok_or_else(super::no_group)?;
        // Only log groups of the standard class support anomaly detection:
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html
        if find_settled(call, &name)?.class != "STANDARD" {
            return Err(check::invalid(
                "The log group's class does not support anomaly detection.",
            ));
        }
        let id = call.world.ids.uuid();
        let detector = StoredAnomalyDetector {
            name: self.detector_name,
            group_arn,
            evaluation_frequency: self.evaluation_frequency,
            filter_pattern: self.filter_pattern,
            kms_key_id: self.kms_key_id,
            visibility_days: self.anomaly_visibility_time,
            is_paused: false,
            created_at: call.now,
            modified_at: call.now,
            tags,
        };
        call.logs().anomaly_detectors.insert(id.clone(), detector);
        let anomaly_detector_arn = arn(call.location(), &id);
        Ok(Self::Output { anomaly_detector_arn })
    }
}

/// Returns an anomaly detector.
impl Operation for GetLogAnomalyDetectorRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = find_id(call, self.anomaly_detector_arn)?;
        let (now, location) = (call.now, &call.caller.location);
        let detector = call.logs().anomaly_detectors.get(&id).ok_or_else(no_detector)?;
        let shown = detector.shown(location, &id, now);
        Ok(Self::Output {
            detector_name: shown.detector_name,
            log_group_arn_list: shown.log_group_arn_list,
            evaluation_frequency: shown.evaluation_frequency,
            filter_pattern: shown.filter_pattern,
            anomaly_detector_status: shown.anomaly_detector_status,
            kms_key_id: shown.kms_key_id,
            creation_time_stamp: shown.creation_time_stamp,
            last_modified_time_stamp: shown.last_modified_time_stamp,
            anomaly_visibility_time: shown.anomaly_visibility_time,
        })
    }
}

/// Lists the anomaly detectors for a log group, or all anomaly detectors.
impl Operation for ListLogAnomalyDetectorsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let group = self.filter_log_group_arn;
        let group = group.map(|arn| arn.strip_suffix(":*").unwrap_or(&arn).to_owned());
        let (now, location) = (call.now, &call.caller.location);
        let detectors = call.logs().anomaly_detectors.iter().filter(|(_, detector)| {
            group.as_ref().is_none_or(|group| detector.group_arn == *group)
        });
        let listing = format!("anomaly detectors {group:?}");
        let page = check::page(&listing, detectors, |(id, _)| id, self.next_token, self.limit)?;
        let shown = page.items.into_iter().map(|(id, detector)| detector.shown(location, id, now));
        Ok(Self::Output { anomaly_detectors: shown.collect(), next_token: page.next_token })
    }
}

/// Changes an anomaly detector. Settings that the request omits keep their values.
impl Operation for UpdateLogAnomalyDetectorRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        check_pattern(self.filter_pattern.as_deref())?;
        let id = find_id(call, self.anomaly_detector_arn)?;
        let now = call.now;
        let detector = call.logs().anomaly_detectors.get_mut(&id).ok_or_else(no_detector)?;
        detector.evaluation_frequency =
            self.evaluation_frequency.or(detector.evaluation_frequency.take());
        detector.filter_pattern = self.filter_pattern.or(detector.filter_pattern.take());
        detector.visibility_days = self.anomaly_visibility_time.or(detector.visibility_days);
        detector.is_paused = !self.enabled.unwrap_or_default();
        detector.modified_at = now;
        Ok(())
    }
}

/// Deletes an anomaly detector.
impl Operation for DeleteLogAnomalyDetectorRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = find_id(call, self.anomaly_detector_arn)?;
        call.logs().anomaly_detectors.remove(&id);
        Ok(())
    }
}

/// Lists the anomalies that detectors have found. The list is always empty, because the mock's
/// detectors find no anomalies.
impl Operation for ListAnomaliesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        if self.anomaly_detector_arn.is_some() {
            find_id(call, self.anomaly_detector_arn)?;
        }
        if self.next_token.is_some() {
            return Err(check::bad_token());
        }
        Ok(Self::Output::default())
    }
}
