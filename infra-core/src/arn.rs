//! AWS partitions, regions, accounts and ARNs.

mod partition;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::names::InvalidValue;
use crate::values::{Value, text_type};

pub use self::partition::Partition;

text_type! {
    /// The id of an AWS account: twelve digits.
    AccountId
}

impl FromStr for AccountId {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidValue::new(
                "account id",
                text,
                "an account id consists of twelve digits",
                None,
            ))
        }
    }
}

impl Value for AccountId {
    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "string", "pattern": "^[0-9]{12}$" })
    }
}

text_type! {
    /// The code of an AWS region, for example `us-east-1`.
    Region
}

impl Region {
    /// Returns the partition of the region, or `None` if the region matches no pattern that AWS has
    /// published.
    pub fn partition(&self) -> Option<Partition> {
        Partition::of_region(&self.0)
    }
}

impl FromStr for Region {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let parts: Vec<&str> = text.split('-').collect();
        let words = |parts: &[&str]| {
            parts
                .iter()
                .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase()))
        };
        let number =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        match parts.split_last() {
            Some((last, rest)) if rest.len() >= 2 && number(last) && words(rest) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(InvalidValue::new(
                "region",
                text,
                "a region consists of lower-case words and a number, joined by hyphens, like us-east-1",
                None,
            )),
        }
    }
}

impl Value for Region {
    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "string", "pattern": "^[a-z]+(-[a-z]+)+-[0-9]+$" })
    }
}

/// The account and region of a foundation. The location and a resource's name determine the
/// resource's ARN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The partition of the account.
    pub partition: Partition,
    /// The account.
    pub account_id: AccountId,
    /// The region.
    pub region: Region,
}

impl Location {
    /// Creates a location from an account and a region, and derives the partition from the region.
    ///
    /// If you already know the partition, for example from STS or from the user, set the fields
    /// directly instead.
    ///
    /// # Errors
    /// Returns an error if the region does not match any partition's pattern.
    pub fn new(account_id: AccountId, region: Region) -> Result<Self, InvalidValue> {
        let partition = region.partition().ok_or_else(|| {
            let rule = "the region does not match any known AWS partition; check its \
                        spelling, or name the partition";
            InvalidValue::new("region", region.as_str(), rule, None)
        })?;
        Ok(Self { partition, account_id, region })
    }

    /// Creates an ARN in this region and account.
    pub fn arn(&self, service: &str, resource: impl Into<String>) -> Arn {
        Arn {
            partition: self.partition,
            service: service.to_owned(),
            region: self.region.as_str().to_owned(),
            account_id: self.account_id.as_str().to_owned(),
            resource: resource.into(),
        }
    }

    /// Creates an ARN in this account for a global service such as IAM.
    pub fn global_arn(&self, service: &str, resource: impl Into<String>) -> Arn {
        Arn { region: String::new(), ..self.arn(service, resource) }
    }

    /// Returns the host of the account's ECR registry in this region.
    pub fn registry_host(&self) -> String {
        let Self { partition, account_id, region } = self;
        format!("{account_id}.dkr.ecr.{region}.{}", partition.dns_suffix())
    }
}

/// An Amazon Resource Name, `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
///
/// ```
/// use infra_core::arn::{Arn, Partition};
///
/// let arn: Arn = "arn:aws-cn:iam::123456789012:role/app".parse()?;
/// assert_eq!(arn.partition, Partition::AwsCn);
/// assert_eq!(arn.resource, "role/app");
/// # Ok::<(), infra_core::names::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn {
    /// The partition.
    pub partition: Partition,
    /// The service, such as `iam` or `ecs`.
    pub service: String,
    /// The region, or an empty string for a global service.
    pub region: String,
    /// The account id, `aws` for resources that AWS owns, or an empty string if AWS omits the
    /// account.
    pub account_id: String,
    /// Everything after the fifth colon.
    pub resource: String,
}

impl Arn {
    /// Creates the ARN of an AWS managed policy from its path and name, for example
    /// `service-role/AmazonECSTaskExecutionRolePolicy`.
    pub fn aws_managed_policy(partition: Partition, path_and_name: &str) -> Self {
        Self {
            partition,
            service: "iam".to_owned(),
            region: String::new(),
            account_id: "aws".to_owned(),
            resource: format!("policy/{path_and_name}"),
        }
    }

    /// Returns the part of the resource after the last slash, which is usually the name.
    pub fn last_segment(&self) -> &str {
        self.resource.rsplit('/').next().unwrap_or(&self.resource)
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account_id, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account_id}:{resource}")
    }
}

impl FromStr for Arn {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        const RULE: &str = "an ARN has the form arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE";
        let invalid = |rule| InvalidValue::new("ARN", text, rule, None);
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next().ok_or_else(|| invalid(RULE));
        if next()? != "arn" {
            return Err(invalid(RULE));
        }
        let partition = next()?.parse()?;
        let (service, region, account_id, resource) = (next()?, next()?, next()?, next()?);
        if service.is_empty() || resource.is_empty() {
            return Err(invalid(RULE));
        }
        let account_given =
            account_id.is_empty() || account_id == "aws" || account_id.parse::<AccountId>().is_ok();
        if !account_given {
            return Err(invalid("the account in an ARN must be empty, twelve digits, or aws"));
        }
        Ok(Self {
            partition,
            service: service.to_owned(),
            region: region.to_owned(),
            account_id: account_id.to_owned(),
            resource: resource.to_owned(),
        })
    }
}

macro_rules! serde_as_text {
    ($($type:ty),+) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}
serde_as_text!(AccountId, Region, Partition, Arn);

impl Serialize for Partition {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl Serialize for Arn {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Arn, Location, Partition, Region};

    fn location(region: &str) -> Location {
        Location::new("123456789012".parse().unwrap(), region.parse().unwrap()).unwrap()
    }

    #[test]
    fn arns_of_every_partition_round_trip() {
        for text in [
            "arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster",
            "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/ecs/demo-dev:*",
            "arn:aws-us-gov:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
            "arn:aws-eusc:sts::123456789012:assumed-role/deploy/session",
            "arn:aws-iso-f:iam::123456789012:user/ada",
        ] {
            assert_eq!(text.parse::<Arn>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn invalid_arns_are_rejected() {
        for text in [
            "",
            "arn",
            "arn:aws:iam",
            "arn:mars:iam::aws:x",
            "x:aws:iam::aws:x",
            "arn:aws:iam::12:x",
        ] {
            assert!(text.parse::<Arn>().is_err(), "{text}");
        }
    }

    #[test]
    fn region_determines_partition_and_registry_domain() {
        assert_eq!(
            location("cn-north-1").registry_host(),
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"
        );
        assert_eq!(
            location("us-iso-east-1").registry_host(),
            "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov"
        );
        assert_eq!(location("us-gov-west-1").partition, Partition::AwsUsGov);
        assert_eq!(
            location("eu-central-1").global_arn("iam", "role/app").to_string(),
            "arn:aws:iam::123456789012:role/app"
        );
    }

    #[test]
    fn a_region_of_no_known_partition_needs_one_to_be_named() {
        let (account_id, region) = ("123456789012".parse().unwrap(), "xx-north-1".parse().unwrap());
        let error = Location::new(account_id, region).unwrap_err().to_string();
        assert!(error.contains("xx-north-1") && error.contains("name the partition"), "{error}");
    }

    #[test]
    fn regions_are_words_and_a_number() {
        for good in
            ["us-east-1", "ap-northeast-1", "us-gov-west-1", "us-iso-east-1", "mx-central-1"]
        {
            assert!(good.parse::<Region>().is_ok(), "{good}");
        }
        for bad in ["", "us-east", "US-east-1", "us east 1", "useast1", "us-east-1a", "-east-1"] {
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
    }
}
