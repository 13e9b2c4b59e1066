//! AWS partitions, and the regions in each partition.

use std::fmt;
use std::str::FromStr;

use crate::names::InvalidValue;
use crate::values::{Value, one_of};

/// A group of regions with its own accounts and domain names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Partition {
    /// The commercial regions.
    Aws,
    /// The regions in China.
    AwsCn,
    /// The European Sovereign Cloud.
    AwsEusc,
    /// The US ISO regions.
    AwsIso,
    /// The US ISOB regions.
    AwsIsoB,
    /// The EU ISOE regions.
    AwsIsoE,
    /// The US ISOF regions.
    AwsIsoF,
    /// The GovCloud (US) regions.
    AwsUsGov,
}

/// The data that AWS publishes about a partition.
struct Facts {
    id: &'static str,
    dns_suffix: &'static str,
    dual_stack_dns_suffix: &'static str,
    /// The partition's region codes without the direction and the number, such as `us-iso` for
    /// `us-iso-east-1`.
    areas: &'static [&'static str],
}

impl Partition {
    /// Every partition.
    pub const ALL: [Self; 8] = [
        Self::Aws,
        Self::AwsCn,
        Self::AwsEusc,
        Self::AwsIso,
        Self::AwsIsoB,
        Self::AwsIsoE,
        Self::AwsIsoF,
        Self::AwsUsGov,
    ];

    /// Returns the id, the DNS suffixes and the region patterns from `partitions.json` in botocore
    /// 1.44.8. A pattern such as `^us\-iso\-\w+\-\d+$` is stored as its prefix, `us-iso`.
    const fn facts(self) -> Facts {
        let (id, dns_suffix, dual_stack_dns_suffix, areas): (_, _, _, &[&str]) = match self {
            Self::Aws => (
                "aws",
                "amazonaws.com",
                "api.aws",
                &["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"],
            ),
            Self::AwsCn => ("aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn", &["cn"]),
            Self::AwsEusc => ("aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu", &["eusc-de"]),
            Self::AwsIso => ("aws-iso", "c2s.ic.gov", "api.aws.ic.gov", &["us-iso"]),
            Self::AwsIsoB => ("aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud", &["us-isob"]),
            Self::AwsIsoE => {
                ("aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", &["eu-isoe"])
            }
            Self::AwsIsoF => ("aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov", &["us-isof"]),
            Self::AwsUsGov => ("aws-us-gov", "amazonaws.com", "api.aws", &["us-gov"]),
        };
        Facts { id, dns_suffix, dual_stack_dns_suffix, areas }
    }

    /// Returns the partition's id, which is the second field of its ARNs.
    pub const fn id(self) -> &'static str {
        self.facts().id
    }

    /// Returns the domain of service endpoints and registries.
    pub const fn dns_suffix(self) -> &'static str {
        self.facts().dns_suffix
    }

    /// Returns the domain of dual-stack endpoints.
    pub const fn dual_stack_dns_suffix(self) -> &'static str {
        self.facts().dual_stack_dns_suffix
    }

    /// Returns whether `host`, such as `ecs-tasks.amazonaws.com`, is a subdomain of the partition's
    /// DNS suffix.
    pub fn has_host(self, host: &str) -> bool {
        host.strip_suffix(self.dns_suffix())
            .is_some_and(|name| name.len() > 1 && name.ends_with('.'))
    }

    /// Returns the partition whose pattern matches the region's code, if any.
    pub(super) fn of_region(code: &str) -> Option<Self> {
        let mut parts = code.rsplitn(3, '-');
        let (number, word, area) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let letters = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_');
        let matches = |partition: &Self| partition.facts().areas.contains(&area);
        Self::ALL.into_iter().find(matches).filter(|_| digits && letters)
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for Partition {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        one_of("partition", text, &Self::ALL.map(|partition| (partition.id(), partition)))
    }
}

impl Value for Partition {
    fn schema() -> serde_json::Value {
        serde_json::json!({ "enum": Self::ALL.map(Self::id) })
    }
}

#[cfg(test)]
mod tests {
    use super::Partition;

    /// All regions in `partitions.json` from botocore 1.44.8, grouped by partition.
    const REGIONS: [(&str, &str); 8] = [
        (
            "aws",
            "af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 \
             ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 \
             ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-central-2 \
             eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 \
             me-central-1 me-south-1 me-west-1 mx-central-1 sa-east-1 sa-west-1 us-east-1 us-east-2 \
             us-west-1 us-west-2",
        ),
        ("aws-cn", "cn-north-1 cn-northwest-1"),
        ("aws-eusc", "eusc-de-east-1"),
        ("aws-iso", "us-iso-east-1 us-iso-west-1"),
        ("aws-iso-b", "us-isob-east-1 us-isob-west-1"),
        ("aws-iso-e", "eu-isoe-west-1"),
        ("aws-iso-f", "us-isof-east-1 us-isof-south-1"),
        ("aws-us-gov", "us-gov-east-1 us-gov-west-1"),
    ];

    #[test]
    fn every_region_of_aws_belongs_to_its_partition() {
        assert_eq!(REGIONS.map(|(id, _)| id), Partition::ALL.map(Partition::id));
        for (id, regions) in REGIONS {
            for region in regions.split(' ') {
                assert_eq!(Partition::of_region(region).map(Partition::id), Some(id), "{region}");
            }
        }
    }

    #[test]
    fn a_region_that_matches_no_pattern_has_no_partition() {
        for code in ["xx-north-1", "eusc-fr-west-1", "us-isoz-east-1", "us-east", "us-east-x", ""] {
            assert_eq!(Partition::of_region(code), None, "{code}");
        }
    }

    #[test]
    fn hosts_are_under_the_partition_s_domain() {
        assert!(Partition::AwsIsoB.has_host("ecs.us-isob-east-1.sc2s.sgov.gov"));
        for host in ["amazonaws.com", ".amazonaws.com", "ecs.amazonaws.com.cn", "xamazonaws.com"] {
            assert!(!Partition::Aws.has_host(host), "{host}");
        }
    }

    #[test]
    fn an_unknown_partition_is_refused_with_the_known_ones() {
        let error = "aws-mars".parse::<Partition>().unwrap_err();
        assert!(error.rule().contains(r#""aws-eusc", "aws-iso", "aws-iso-b""#), "{error}");
        let error = "aws-us-gvo".parse::<Partition>().unwrap_err();
        assert_eq!(error.suggestion(), Some("aws-us-gov"));
    }
}
