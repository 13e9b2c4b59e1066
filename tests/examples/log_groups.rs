//! A custom provider that passes the conformance suite. The provider keeps log groups in a map and
//! supports no other kind of resource.
//!
//! A crate with a custom provider needs only `infra-core` from this project. The crate's tests also
//! need the `conformance` feature. Run the example with `cargo run -p tests --example log_groups`.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use infra_core::arn::{Arn, Location};
use infra_core::conformance::{Backend, Capability, Fixture, Scenario, scenarios};
use infra_core::error::{Error, ErrorKind, Result};
use infra_core::names::LogGroupName;
use infra_core::operation::{Operation, logs};
use infra_core::provider::{
    LogGroup, LogGroupClass, LogGroupProvider, LogGroupSpec, RetentionDays, Unsupported,
};
use infra_core::tags::{MAX_TAGS, Tags};

/// A provider that keeps log groups in a map.
#[derive(Debug)]
pub struct MapGroups {
    location: Location,
    groups: Mutex<BTreeMap<LogGroupName, (LogGroup, Tags)>>,
}

fn refuse<T>(operation: Operation, kind: ErrorKind, why: &str) -> Result<T> {
    Err(Error::new(kind, why).with_operation(operation))
}

impl MapGroups {
    /// Creates a provider for an account and region. The provider has no log groups yet.
    pub fn new(location: Location) -> Self {
        Self { location, groups: Mutex::default() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<LogGroupName, (LogGroup, Tags)>> {
        self.groups.lock().expect("no test panics while holding the lock")
    }

    /// Passes the log group with the given name to a function. Returns an error if the log group
    /// does not exist.
    fn with<T>(
        &self,
        operation: Operation,
        name: &LogGroupName,
        act: impl FnOnce(&mut LogGroup, &mut Tags) -> Result<T>,
    ) -> Result<T> {
        match self.lock().get_mut(name) {
            Some((group, tags)) => act(group, tags),
            None => refuse(operation, ErrorKind::NotFound, "the log group does not exist"),
        }
    }

    /// Passes the log group with the given ARN to a function. Returns an error if the log group
    /// does not exist.
    fn with_arn<T>(
        &self,
        operation: Operation,
        arn: &Arn,
        act: impl FnOnce(&mut LogGroup, &mut Tags) -> Result<T>,
    ) -> Result<T> {
        let name = arn.resource.strip_prefix("log-group:").and_then(|name| name.parse().ok());
        match name {
            Some(name) => self.with(operation, &name, act),
            None => {
                refuse(operation, ErrorKind::InvalidInput, "the ARN does not belong to a log group")
            }
        }
    }

    fn retain(&self, operation: Operation, name: &LogGroupName, days: Option<u32>) -> Result<()> {
        self.with(operation, name, |group, _| {
            if group.class == LogGroupClass::Delivery {
                return refuse(
                    operation,
                    ErrorKind::InvalidInput,
                    "the log group's class determines its retention",
                );
            }
            group.retention_days = days;
            Ok(())
        })
    }

    fn encrypt(&self, operation: Operation, name: &LogGroupName, key: Option<&Arn>) -> Result<()> {
        check_key(operation, key)?;
        self.with(operation, name, |group, _| {
            group.kms_key = key.map(ToString::to_string);
            Ok(())
        })
    }
}

fn check_key(operation: Operation, key: Option<&Arn>) -> Result<()> {
    match key {
        Some(key) if key.service != "kms" => {
            refuse(operation, ErrorKind::InvalidInput, "the ARN does not belong to a KMS key")
        }
        _ => Ok(()),
    }
}

fn check_tags(operation: Operation, tags: &Tags) -> Result<()> {
    if tags.iter().any(|(key, _)| key.to_lowercase().starts_with("aws:")) {
        return refuse(
            operation,
            ErrorKind::InvalidInput,
            "tag keys that start with aws: are reserved",
        );
    }
    if tags.len() > MAX_TAGS {
        return refuse(
            operation,
            ErrorKind::LimitExceeded,
            "a log group can have at most fifty tags",
        );
    }
    Ok(())
}

fn pairs(tags: &Tags) -> impl Iterator<Item = (String, String)> {
    tags.iter().map(|(key, value)| (key.to_owned(), value.to_owned()))
}

#[async_trait]
impl LogGroupProvider for MapGroups {
    async fn describe_log_group(&self, name: &LogGroupName) -> Result<LogGroup> {
        let group = self.with(logs::DESCRIBE_LOG_GROUPS, name, |group, _| Ok(group.clone()))?;
        let below = name.below(self.lock().keys().map(LogGroupName::as_str));
        Ok(LogGroup { below, ..group })
    }

    async fn create_log_group(&self, spec: &LogGroupSpec) -> Result<()> {
        let operation = logs::CREATE_LOG_GROUP;
        let LogGroupSpec { name, class, kms_key, tags } = spec.clone();
        if let LogGroupClass::Unknown(_) = class {
            return refuse(operation, ErrorKind::InvalidInput, "the class does not exist");
        }
        check_key(operation, kms_key.as_ref())?;
        check_tags(operation, &tags)?;
        let mut groups = self.lock();
        if groups.contains_key(&name) {
            return refuse(operation, ErrorKind::AlreadyExists, "the log group already exists");
        }
        let group = LogGroup {
            arn: self.location.arn("logs", format!("log-group:{name}")),
            name: name.clone(),
            retention_days: (class == LogGroupClass::Delivery).then_some(2),
            class,
            kms_key: kms_key.map(|key| key.to_string()),
            stored_bytes: 0,
            deletion_protection: false,
            retention_policy: None,
            below: Vec::new(),
        };
        groups.insert(name, (group, tags));
        Ok(())
    }

    async fn put_deletion_protection(&self, name: &LogGroupName, enabled: bool) -> Result<()> {
        self.with(logs::PUT_LOG_GROUP_DELETION_PROTECTION, name, |group, _| {
            group.deletion_protection = enabled;
            Ok(())
        })
    }

    async fn delete_log_group(&self, name: &LogGroupName) -> Result<()> {
        let operation = logs::DELETE_LOG_GROUP;
        if self.lock().get(name).is_some_and(|(group, _)| group.deletion_protection) {
            return refuse(
                operation,
                ErrorKind::InvalidInput,
                "the log group has deletion protection",
            );
        }
        match self.lock().remove(name) {
            Some(_) => Ok(()),
            None => {
                refuse(logs::DELETE_LOG_GROUP, ErrorKind::NotFound, "the log group does not exist")
            }
        }
    }

    async fn put_retention_policy(&self, name: &LogGroupName, days: RetentionDays) -> Result<()> {
        self.retain(logs::PUT_RETENTION_POLICY, name, Some(days.days()))
    }

    async fn delete_retention_policy(&self, name: &LogGroupName) -> Result<()> {
        self.retain(logs::DELETE_RETENTION_POLICY, name, None)
    }

    async fn associate_kms_key(&self, name: &LogGroupName, key: &Arn) -> Result<()> {
        self.encrypt(logs::ASSOCIATE_KMS_KEY, name, Some(key))
    }

    async fn disassociate_kms_key(&self, name: &LogGroupName) -> Result<()> {
        self.encrypt(logs::DISASSOCIATE_KMS_KEY, name, None)
    }

    async fn count_log_streams(&self, name: &LogGroupName, _: u64) -> Result<u64> {
        // Log groups of this provider never contain log streams.
        self.with(logs::DESCRIBE_LOG_STREAMS, name, |_, _| Ok(0))
    }

    async fn list_log_group_tags(&self, arn: &Arn) -> Result<Tags> {
        self.with_arn(logs::LIST_TAGS_FOR_RESOURCE, arn, |_, tags| Ok(tags.clone()))
    }

    async fn tag_log_group(&self, arn: &Arn, more: &Tags) -> Result<()> {
        self.with_arn(logs::TAG_RESOURCE, arn, |_, tags| {
            let all = Tags::observed(pairs(tags).chain(pairs(more)));
            check_tags(logs::TAG_RESOURCE, &all)?;
            *tags = all;
            Ok(())
        })
    }

    async fn untag_log_group(&self, arn: &Arn, keys: &[String]) -> Result<()> {
        self.with_arn(logs::UNTAG_RESOURCE, arn, |_, tags| {
            *tags = Tags::observed(pairs(tags).filter(|(key, _)| !keys.contains(key)));
            Ok(())
        })
    }
}

/// A backend that lets the conformance suite test [`MapGroups`].
#[derive(Debug)]
pub struct MapBackend;

#[async_trait]
impl Backend for MapBackend {
    fn name(&self) -> &'static str {
        "map"
    }

    fn lacks(&self, capability: Capability) -> Option<String> {
        match capability {
            // The backend lacks all other capabilities. It lacks `KmsKeys`, for example, because it
            // does not check a key's region.
            Capability::LogGroups | Capability::Bulk => None,
            other => Some(format!("this backend does not support {other}")),
        }
    }

    async fn fixture(&self, _: &Scenario, prefix: &str) -> Result<Fixture> {
        let known = "the example's own values are valid";
        let region = "eu-west-1".parse::<infra_core::arn::Region>().expect(known);
        let account_id = "123456789012".parse().expect(known);
        let location = Location::new(account_id, region.clone()).expect(known);
        let groups = Arc::new(MapGroups::new(location.clone()));
        let providers = Unsupported::providers(region, "this backend supports only log groups");
        let prefix = prefix.parse().expect(known);
        Ok(Fixture::new(providers.with_log_groups(groups), location, prefix))
    }
}

/// Runs every scenario for which the backend has all the required capabilities. Returns how many
/// scenarios passed and how many were skipped.
///
/// # Errors
/// Returns an error as soon as a scenario fails, without running the remaining scenarios.
pub async fn run() -> Result<(usize, usize), Box<dyn StdError>> {
    let (mut passed, mut lacking) = (0, 0);
    for (number, scenario) in scenarios().enumerate() {
        if MapBackend.lacks_for(scenario).is_some() {
            lacking += 1;
            continue;
        }
        let fixture = MapBackend.fixture(scenario, &format!("example-{number}")).await?;
        scenario.run(fixture).await.map_err(|failure| failure.of(scenario))?;
        passed += 1;
    }
    Ok((passed, lacking))
}

#[allow(dead_code, reason = "the tests include this file as a module and call run instead of main")]
#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example prints its results")]
async fn main() -> Result<(), Box<dyn StdError>> {
    let (passed, lacking) = run().await?;
    println!("{passed} scenarios passed; {lacking} need a capability that this backend lacks");
    Ok(())
}
