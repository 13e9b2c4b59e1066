//! The desired and observed state of CloudWatch log groups, and the provider trait for log groups.

use std::fmt;

use async_trait::async_trait;
use serde::{Serialize, Serializer};

use crate::arn::Arn;
use crate::error::Result;
use crate::names::{InvalidValue, LogGroupName};
use crate::tags::Tags;

wire_enum! {
    /// The class of a log group. The class cannot be changed after the log group has been created.
    LogGroupClass {
        /// Supports all features.
        Standard = "STANDARD",
        /// Supports fewer features, but ingestion is cheaper.
        InfrequentAccess = "INFREQUENT_ACCESS",
        /// Forwards events to other services. The events cannot be queried, and AWS deletes them
        /// after two days.
        Delivery = "DELIVERY",
    }
}

/// A retention period that CloudWatch Logs accepts, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RetentionDays(u32);

impl RetentionDays {
    /// The accepted values, in days.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>.
    pub const ALLOWED: [u32; 22] = [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557,
        2922, 3288, 3653,
    ];

    /// Fourteen days, which is the default retention outside production.
    pub const FOURTEEN: Self = Self(14);

    /// Thirty days, which is the minimum retention in production.
    pub const THIRTY: Self = Self(30);

    /// Checks a number of days.
    ///
    /// # Errors
    /// Returns an error if AWS does not accept the value. The error suggests the next longer period
    /// that AWS accepts, if there is one.
    pub fn new(days: u32) -> Result<Self, InvalidValue> {
        if Self::ALLOWED.contains(&days) {
            return Ok(Self(days));
        }
        let next = Self::ALLOWED.iter().find(|value| **value > days).map(u32::to_string);
        let list: Vec<String> = Self::ALLOWED.iter().map(u32::to_string).collect();
        let rule = format!(
            "CloudWatch Logs keeps events for {} days, or never deletes them",
            list.join(", ")
        );
        Err(InvalidValue::new("retention", &days.to_string(), rule, next))
    }

    /// Returns the number of days.
    pub fn days(self) -> u32 {
        self.0
    }
}

/// How long a log group keeps its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// Events expire after this many days.
    Days(RetentionDays),
    /// Events never expire.
    Never,
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(RetentionDays(1)) => f.write_str("1 day"),
            Self::Days(RetentionDays(days)) => write!(f, "{days} days"),
            Self::Never => f.write_str("never expire"),
        }
    }
}

impl Retention {
    /// Returns a draft-7 JSON Schema that lists the accepted values.
    pub fn schema() -> serde_json::Value {
        let mut values: Vec<serde_json::Value> =
            RetentionDays::ALLOWED.into_iter().map(Into::into).collect();
        values.push("never".into());
        serde_json::json!({ "enum": values })
    }
}

impl std::str::FromStr for Retention {
    type Err = InvalidValue;

    /// Parses a number of days, or the word `never`.
    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        if text == "never" {
            return Ok(Self::Never);
        }
        match text.parse() {
            Ok(0) => {
                let rule = "a log group keeps events for at least one day; use \"never\" to keep them forever";
                Err(InvalidValue::new("retention", text, rule, Some("never".to_owned())))
            }
            Ok(days) => RetentionDays::new(days).map(Self::Days),
            Err(_) => {
                let rule = "a retention is a number of days, or \"never\" to keep events forever";
                Err(InvalidValue::new("retention", text, rule, Some("never".to_owned())))
            }
        }
    }
}

impl Serialize for Retention {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Days(days) => days.serialize(serializer),
            Self::Never => serializer.serialize_str("never"),
        }
    }
}

/// The part of a log group's desired state that a single `CreateLogGroup` call sets. The retention
/// is set by a separate call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogGroupSpec {
    /// The log group's name.
    pub name: LogGroupName,
    /// The log group class.
    pub class: LogGroupClass,
    /// The ARN of the KMS key that encrypts the log events.
    pub kms_key: Option<Arn>,
    /// The tags.
    pub tags: Tags,
}

/// A log group as AWS describes it. Tags are read separately; see
/// [`LogGroupProvider::list_log_group_tags`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogGroup {
    /// The log group's name.
    pub name: LogGroupName,
    /// The ARN, without `:*`.
    pub arn: Arn,
    /// The log group class.
    pub class: LogGroupClass,
    /// The KMS key that encrypts the log events.
    pub kms_key: Option<String>,
    /// The retention in days, or `None` if events never expire.
    pub retention_days: Option<u32>,
    /// The number of bytes stored.
    pub stored_bytes: u64,
    /// Whether deletion protection is on.
    pub deletion_protection: bool,
    /// The name of the account policy that overrides the group's own retention setting, if there is
    /// such a policy.
    pub retention_policy: Option<String>,
    /// The log groups whose names begin with this group's name and a slash. A page of AWS's
    /// response contains at most 50 groups, and only groups on the same page as this group are
    /// included.
    pub below: Vec<LogGroupName>,
}

/// The CloudWatch Logs operations on log groups.
#[async_trait]
pub trait LogGroupProvider: fmt::Debug + Send + Sync + 'static {
    /// Reads the log group with exactly this name, using `logs:DescribeLogGroups`.
    ///
    /// # Behavior
    /// AWS's response also contains other groups whose names begin with `name`. If a slash follows
    /// `name`, the group is listed in [`LogGroup::below`]. Otherwise, it is ignored.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn describe_log_group(&self, name: &LogGroupName) -> Result<LogGroup>;

    /// Creates a log group, using `logs:CreateLogGroup`.
    ///
    /// # Errors
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists),
    /// [`ChangeInProgress`](crate::ErrorKind::ChangeInProgress),
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput).
    async fn create_log_group(&self, spec: &LogGroupSpec) -> Result<()>;

    /// Deletes a log group and its events, using `logs:DeleteLogGroup`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`ChangeInProgress`](crate::ErrorKind::ChangeInProgress).
    async fn delete_log_group(&self, name: &LogGroupName) -> Result<()>;

    /// Sets the retention, using `logs:PutRetentionPolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`ChangeInProgress`](crate::ErrorKind::ChangeInProgress).
    async fn put_retention_policy(&self, name: &LogGroupName, days: RetentionDays) -> Result<()>;

    /// Removes the retention setting, using `logs:DeleteRetentionPolicy`. Events then never expire.
    ///
    /// # Errors
    /// Returns the same errors as [`LogGroupProvider::put_retention_policy`].
    async fn delete_retention_policy(&self, name: &LogGroupName) -> Result<()>;

    /// Encrypts new events with a KMS key, using `logs:AssociateKmsKey`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), or
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the key cannot be used.
    async fn associate_kms_key(&self, name: &LogGroupName, key: &Arn) -> Result<()>;

    /// Encrypts new events with the default key of CloudWatch Logs, using
    /// `logs:DisassociateKmsKey`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn disassociate_kms_key(&self, name: &LogGroupName) -> Result<()>;

    /// Turns deletion protection on or off, using `logs:PutLogGroupDeletionProtection`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`ChangeInProgress`](crate::ErrorKind::ChangeInProgress).
    async fn put_deletion_protection(&self, name: &LogGroupName, enabled: bool) -> Result<()>;

    /// Counts the group's log streams, using `logs:DescribeLogStreams`.
    ///
    /// # Behavior
    /// Stops counting at `at_most`, because a busy group can have too many streams to list.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn count_log_streams(&self, name: &LogGroupName, at_most: u64) -> Result<u64>;

    /// Reads the group's tags, using `logs:ListTagsForResource`. `arn` must not end in `:*`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn list_log_group_tags(&self, arn: &Arn) -> Result<Tags>;

    /// Adds or overwrites tags, using `logs:TagResource`. All other tags are kept.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`LimitExceeded`](crate::ErrorKind::LimitExceeded).
    async fn tag_log_group(&self, arn: &Arn, tags: &Tags) -> Result<()>;

    /// Removes tags, using `logs:UntagResource`. Keys that do not exist are ignored.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn untag_log_group(&self, arn: &Arn, keys: &[String]) -> Result<()>;
}

#[cfg(test)]
mod tests {
    use super::{Retention, RetentionDays};

    #[test]
    fn invalid_retention_suggests_the_next_longer_valid_one() {
        let error = RetentionDays::new(15).unwrap_err();
        assert_eq!(error.suggestion(), Some("30"));
        assert!(RetentionDays::new(0).is_err());
        assert_eq!(RetentionDays::new(4000).unwrap_err().suggestion(), None);
        assert_eq!(Retention::Days(RetentionDays::new(14).unwrap()).to_string(), "14 days");
    }
}
