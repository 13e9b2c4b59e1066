//! CloudWatch log groups.

use std::fmt;

use async_trait::async_trait;
use serde::{Serialize, Serializer};

use crate::arn::Arn;
use crate::error::Result;
use crate::names::{InvalidValue, LogGroupName};
use crate::tags::Tags;

wire_enum! {
    /// The class of a log group. It cannot be changed once the group is there.
    LogGroupClass {
        /// All features.
        Standard = "STANDARD",
        /// Fewer features, cheaper ingestion.
        InfrequentAccess = "INFREQUENT_ACCESS",
        /// Only forwards events; AWS fixes its retention at two days.
        Delivery = "DELIVERY",
    }
}

/// A retention that CloudWatch Logs takes, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RetentionDays(u32);

impl RetentionDays {
    /// The values that there are, in days.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>.
    pub const ALLOWED: [u32; 22] = [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557,
        2922, 3288, 3653,
    ];

    /// Two weeks, the default of a foundation.
    pub const FOURTEEN: Self = Self(14);

    /// Checks a number of days.
    ///
    /// # Errors
    /// AWS does not take it; the suggestion is the next longer one that it takes.
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

    /// The number of days.
    pub fn days(self) -> u32 {
        self.0
    }
}

/// How long events are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// That many days.
    Days(RetentionDays),
    /// For ever.
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

impl Serialize for Retention {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Days(days) => days.serialize(serializer),
            Self::Never => serializer.serialize_str("never"),
        }
    }
}

/// What a log group is to be, as far as one `CreateLogGroup` carries it; retention is set apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogGroupSpec {
    /// Its name.
    pub name: LogGroupName,
    /// Its class.
    pub class: LogGroupClass,
    /// The ARN of the KMS key that encrypts its events.
    pub kms_key: Option<Arn>,
    /// Its tags.
    pub tags: Tags,
}

/// A log group as AWS describes it. Tags are read apart, by [`LogGroupProvider::list_log_group_tags`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogGroup {
    /// Its name.
    pub name: LogGroupName,
    /// Its ARN, without `:*`.
    pub arn: Arn,
    /// Its class.
    pub class: LogGroupClass,
    /// The KMS key that encrypts its events.
    pub kms_key: Option<String>,
    /// How long events are kept, in days; `None` is for ever.
    pub retention_days: Option<u32>,
    /// How much it holds, in bytes.
    pub stored_bytes: u64,
}

/// CloudWatch Logs, as far as log groups go.
#[async_trait]
pub trait LogGroupProvider: fmt::Debug + Send + Sync + 'static {
    /// Reads the log group of exactly that name, by `logs:DescribeLogGroups`.
    ///
    /// # Behaviour
    /// Groups whose names only begin with it do not count.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn describe_log_group(&self, name: &LogGroupName) -> Result<LogGroup>;

    /// Makes a log group, by `logs:CreateLogGroup`.
    ///
    /// # Errors
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists),
    /// [`ChangeInProgress`](crate::ErrorKind::ChangeInProgress),
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput).
    async fn create_log_group(&self, spec: &LogGroupSpec) -> Result<()>;

    /// Deletes a log group with its events, by `logs:DeleteLogGroup`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`ChangeInProgress`](crate::ErrorKind::ChangeInProgress).
    async fn delete_log_group(&self, name: &LogGroupName) -> Result<()>;

    /// Sets how long events are kept, by `logs:PutRetentionPolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`ChangeInProgress`](crate::ErrorKind::ChangeInProgress).
    async fn put_retention_policy(&self, name: &LogGroupName, days: RetentionDays) -> Result<()>;

    /// Keeps events for ever, by `logs:DeleteRetentionPolicy`.
    ///
    /// # Errors
    /// As [`LogGroupProvider::put_retention_policy`].
    async fn delete_retention_policy(&self, name: &LogGroupName) -> Result<()>;

    /// Encrypts new events with a KMS key, by `logs:AssociateKmsKey`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`InvalidInput`](crate::ErrorKind::InvalidInput) for a key
    /// that cannot be used.
    async fn associate_kms_key(&self, name: &LogGroupName, key: &Arn) -> Result<()>;

    /// Encrypts new events with CloudWatch's own key, by `logs:DisassociateKmsKey`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn disassociate_kms_key(&self, name: &LogGroupName) -> Result<()>;

    /// How many streams the group holds, by `logs:DescribeLogStreams`.
    ///
    /// # Behaviour
    /// Stops counting at `at_most`, because a busy group holds more streams than anybody wants to page
    /// through.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn count_log_streams(&self, name: &LogGroupName, at_most: u64) -> Result<u64>;

    /// Reads the group's tags, by `logs:ListTagsForResource`; the ARN is without `:*`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn list_log_group_tags(&self, arn: &Arn) -> Result<Tags>;

    /// Sets tags and leaves the others, by `logs:TagResource`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`LimitExceeded`](crate::ErrorKind::LimitExceeded).
    async fn tag_log_group(&self, arn: &Arn, tags: &Tags) -> Result<()>;

    /// Removes tags; keys that are not there are no error, by `logs:UntagResource`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn untag_log_group(&self, arn: &Arn, keys: &[String]) -> Result<()>;
}

#[cfg(test)]
mod tests {
    use super::{Retention, RetentionDays};

    #[test]
    fn a_retention_that_aws_does_not_take_suggests_the_next_longer_one() {
        let error = RetentionDays::new(15).unwrap_err();
        assert_eq!(error.suggestion(), Some("30"));
        assert!(RetentionDays::new(0).is_err());
        assert_eq!(RetentionDays::new(4000).unwrap_err().suggestion(), None);
        assert_eq!(Retention::Days(RetentionDays::new(14).unwrap()).to_string(), "14 days");
    }
}
