//! AWS prices: the published rates, each with its source and date, and the configured rates.

use std::collections::BTreeMap;
use std::fmt;

use infra_core::arn::Region;
use serde::{Deserialize, Serialize};

use super::Decimal;

const FARGATE: &str = "https://aws.amazon.com/fargate/pricing/";
const ECR: &str = "https://aws.amazon.com/ecr/pricing/";
const CLOUDWATCH: &str = "https://aws.amazon.com/cloudwatch/pricing/";

/// Passes the list of all rates to a macro. For each rate, the list contains the variant of `Rate`,
/// the key in the configuration, the AWS page, and the description.
macro_rules! each_rate {
    ($then:ident) => {
        $then! {
            FargateVcpuHour, "fargate_vcpu_hour", FARGATE, "Fargate, per vCPU-hour.";
            FargateGbHour, "fargate_gb_hour", FARGATE, "Fargate, per GB-hour of memory.";
            FargateSpotVcpuHour, "fargate_spot_vcpu_hour", FARGATE,
                "Fargate Spot, per vCPU-hour.";
            FargateSpotGbHour, "fargate_spot_gb_hour", FARGATE,
                "Fargate Spot, per GB-hour of memory.";
            EcrGbMonth, "ecr_gb_month", ECR, "ECR, per GB-month of images.";
            LogsIngestionGb, "logs_ingestion_gb", CLOUDWATCH,
                "CloudWatch Logs, per GB ingested in the class STANDARD.";
            LogsInfrequentAccessIngestionGb, "logs_infrequent_access_ingestion_gb", CLOUDWATCH,
                "CloudWatch Logs, per GB ingested in the class `INFREQUENT_ACCESS`.";
            LogsStorageGbMonth, "logs_storage_gb_month", CLOUDWATCH,
                "CloudWatch Logs, per GB-month stored in the class STANDARD.";
            LogsInfrequentAccessStorageGbMonth, "logs_infrequent_access_storage_gb_month",
                CLOUDWATCH,
                "CloudWatch Logs, per GB-month stored in the class `INFREQUENT_ACCESS`.";
            InsightsMetricMonth, "insights_metric_month", CLOUDWATCH,
                "Container Insights, per metric and month.";
            InsightsEnhancedMetricMonth, "insights_enhanced_metric_month", CLOUDWATCH,
                "Container Insights with enhanced observability, per metric and month.";
        }
    };
}
pub(crate) use each_rate;

macro_rules! define {
    ($($rate:ident, $key:literal, $page:ident, $about:literal;)+) => {
        /// A rate, identified by its key in the configuration.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[non_exhaustive]
        pub enum Rate {
            $(
                #[doc = $about]
                #[serde(rename = $key)]
                $rate,
            )+
        }

        impl Rate {
            /// Every rate.
            pub const ALL: [Self; [$($key),+].len()] = [$(Self::$rate),+];

            /// Returns the key in the `rates` table of the configuration.
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$rate => $key,)+
                }
            }

            /// Returns the description of the rate.
            pub(crate) fn about(self) -> String {
                let about = match self {
                    $(Self::$rate => $about,)+
                };
                about.trim_end_matches('.').replace('`', "")
            }

            /// Returns the AWS page that publishes the rate.
            pub(crate) const fn page(self) -> &'static str {
                match self {
                    $(Self::$rate => $page,)+
                }
            }
        }
    };
}

each_rate!(define);

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// Rates from the configuration.
pub type GivenRates = BTreeMap<Rate, Decimal>;

/// A rate and its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Known {
    pub(crate) rate: Rate,
    pub(crate) usd: Decimal,
    /// Where the rate comes from: the URL of an AWS page, or the configuration.
    pub(crate) source: String,
    /// The date on which the rate was last checked, or `None` for a configured rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) as_of: Option<String>,
}

/// The rates for a region.
#[derive(Clone, Debug)]
pub(crate) struct Rates {
    known: Vec<Known>,
    /// Whether there are published rates for the region.
    pub(crate) has_region: bool,
}

#[derive(Deserialize)]
struct Table {
    rate: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    region: String,
    name: Rate,
    usd: String,
    source: String,
    as_of: String,
}

fn table() -> Table {
    toml::from_str(include_str!("rates.toml")).expect("a test checks that rates.toml is valid")
}

/// Returns the regions with published rates.
pub(crate) fn regions() -> Vec<String> {
    let mut regions: Vec<String> = table().rate.into_iter().map(|row| row.region).collect();
    regions.dedup();
    regions
}

impl Rates {
    /// Returns the rates for a region. Configured rates take precedence over published rates.
    pub(crate) fn of(region: &Region, given: &GivenRates) -> Self {
        let rows = table().rate.into_iter().filter(|row| row.region == region.as_str());
        let published: Vec<Known> = rows
            .map(|Row { region: _, name, usd, source, as_of }| Known {
                rate: name,
                usd: usd.parse().expect("a test checks that rates.toml is valid"),
                source,
                as_of: Some(as_of),
            })
            .collect();
        let has_region = !published.is_empty();
        let own = given.iter().map(|(rate, usd)| Known {
            rate: *rate,
            usd: *usd,
            source: "the configuration".to_owned(),
            as_of: None,
        });
        let published = published.into_iter().filter(|known| !given.contains_key(&known.rate));
        Self { known: own.chain(published).collect(), has_region }
    }

    pub(crate) fn get(&self, rate: Rate) -> Option<&Known> {
        self.known.iter().find(|known| known.rate == rate)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Rate, Rates, regions, table};
    use crate::cost::Decimal;

    #[test]
    fn every_rate_in_the_table_is_valid_and_has_a_source_and_date() {
        let mut seen = BTreeSet::new();
        for row in table().rate {
            assert!(row.region.parse::<infra_core::arn::Region>().is_ok(), "{}", row.region);
            assert!(!row.usd.parse::<Decimal>().unwrap().is_zero());
            assert_eq!(row.source, row.name.page());
            let day: Vec<&str> = row.as_of.split('-').collect();
            assert_eq!(day.iter().map(|part| part.len()).collect::<Vec<_>>(), [4, 2, 2]);
            assert!(seen.insert((row.region.clone(), row.name)), "{} {}", row.region, row.name);
        }
        assert_eq!(regions(), ["us-east-1", "ap-northeast-1"]);
    }

    #[test]
    fn rate_in_the_configuration_overrides_the_table() {
        let given = [(Rate::EcrGbMonth, "0.2".parse().unwrap())].into();
        let rates = Rates::of(&"us-east-1".parse().unwrap(), &given);
        let known = rates.get(Rate::EcrGbMonth).unwrap();
        assert_eq!(
            (known.usd.to_string().as_str(), known.source.as_str()),
            ("0.2", "the configuration")
        );
        assert_eq!(rates.get(Rate::LogsIngestionGb).unwrap().usd.to_string(), "0.50");
        assert!(!Rates::of(&"eu-central-1".parse().unwrap(), &given).has_region);
    }
}
