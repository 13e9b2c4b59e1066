//! Types for the ARNs of specific kinds of resources, such as roles and KMS keys.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::Value;
use crate::arn::Arn;
use crate::names::InvalidValue;

/// Defines types for the ARNs of specific kinds of resources.
macro_rules! arns {
    ($($(#[$doc:meta])* $type:ident($what:literal, $rule:literal, $pattern:literal, $is:expr);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Arn);

        impl $type {
            /// Returns the ARN.
            pub fn arn(&self) -> &Arn {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl From<$type> for Arn {
            fn from(value: $type) -> Self {
                value.0
            }
        }

        impl FromStr for $type {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                let is: fn(&Arn) -> bool = $is;
                let arn = text.parse::<Arn>().ok().filter(is);
                arn.map(Self).ok_or_else(|| InvalidValue::new($what, text, $rule, None))
            }
        }

        impl Value for $type {
            fn schema() -> Json {
                json!({ "type": "string", "pattern": $pattern })
            }
        }
    )+};
}

arns! {
    /// The ARN of a managed policy.
    PolicyArn(
        "policy ARN",
        "the ARN of a managed policy has the form arn:aws:iam::ACCOUNT:policy/NAME",
        "^arn:[^:]*:iam::[^:]*:policy/",
        |arn| arn.service == "iam" && arn.region.is_empty() && arn.resource.starts_with("policy/")
    );

    /// The ARN of a KMS key. An id or alias is not accepted, because the value is compared with the
    /// ARN that CloudWatch Logs and ECR report.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html>.
    KeyArn(
        "KMS key",
        "use the ARN of the key, arn:aws:kms:REGION:ACCOUNT:key/ID; an id or alias is not accepted",
        "^arn:[^:]*:kms:[^:]*:[^:]*:key/",
        |arn| arn.service == "kms" && arn.resource.starts_with("key/")
    );

    /// The ARN of a single-Region KMS key. ECS managed storage does not support multi-Region keys.
    /// The ids of multi-Region keys begin with `mrk-`.
    ///
    /// Sources: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ManagedStorageConfiguration.html>,
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html>.
    SingleRegionKeyArn(
        "KMS key",
        "use the ARN of a single-Region key, arn:aws:kms:REGION:ACCOUNT:key/ID; an id, an alias or a multi-Region key \
         (mrk-...) is not accepted",
        "^arn:[^:]*:kms:[^:]*:[^:]*:key/",
        |arn| {
            let id = arn.resource.strip_prefix("key/");
            arn.service == "kms" && id.is_some_and(|id| !id.starts_with("mrk-"))
        }
    );

    /// The ARN of an AWS Cloud Map namespace.
    ///
    /// Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudmap.html>.
    NamespaceArn(
        "namespace",
        "use the ARN of the AWS Cloud Map namespace, arn:aws:servicediscovery:REGION:ACCOUNT:namespace/ID; its name is \
         not accepted",
        "^arn:[^:]*:servicediscovery:[^:]*:[^:]*:namespace/",
        |arn| arn.service == "servicediscovery" && arn.resource.starts_with("namespace/")
    );

    /// The ARN of a role.
    RoleArn(
        "role ARN",
        "the ARN of a role has the form arn:aws:iam::ACCOUNT:role/NAME",
        "^arn:[^:]*:iam::[^:]*:role/",
        |arn| arn.service == "iam" && arn.resource.starts_with("role/") && arn.account_id.len() == 12
    );
}
