//! Reads the values in the file, and returns the schema for each type of value.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr;

use infra_core::arn::{AccountId, Partition, Region};
use infra_core::foundation::{ManagedPolicy, SourceAccount, UnmanagedAction};
use infra_core::names::{
    ClusterName, EnvironmentName, InvalidValue, LogGroupName, PolicyName, ProjectName,
    RepositoryName, RoleName, RolePath,
};
use infra_core::provider::Retention;
use infra_core::tags::{NAME_KEY, Tags};
use infra_core::values::{
    self, Action, CapacityProviderName, ConditionOperator, EffectWord, EncryptionType,
    ExecuteCommandLoggingWord, ExternalId, GitHubEnvironment, GitHubRef, GitHubRepository,
    InsightsSetting, KeyPrefix, LifecycleCount, LogGroupClassName, Parallelism, RepositorySid,
    RoleArn, RoleDescription, RoleSessionName, ServicePrincipal, SessionDuration, StatementId,
    StrategyBase, StrategyWeight, TagFilter, TagMutabilityMode, Template,
};
use serde_json::{Value as Json, json};
use toml::de::DeValue;

use super::endpoint::EndpointUrl;
use super::reader::{Reader, title};
use super::section::{Entry, Section, collect_paths, join};
use super::{Backend, Decimal, MissingServices, schema};

/// A type whose values can be read from the file.
pub(super) trait Value: Sized + 'static {
    /// Returns the schema of the value.
    fn schema() -> Json;

    /// Reads the value. If the value is invalid, reports an error and returns `None`.
    fn read(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self>;

    /// Reads the value into `target`. A table is merged into the earlier table, and any other value
    /// replaces the earlier value.
    fn read_over(reader: &mut Reader<'_>, entry: &Entry<'_>, target: &mut Self) {
        if let Some(value) = Self::read(reader, entry) {
            *target = value;
        }
    }

    /// Adds the paths of all nested keys. Each path starts with the given prefix.
    fn paths(_prefix: &str, _paths: &mut Vec<String>) {}

    /// Reports errors that involve several items of a list.
    fn check_list(_reader: &mut Reader<'_>, _items: &[(&Entry<'_>, &Self)]) {}
}

/// A table, or an item of a list of tables.
impl<S: Section> Value for S {
    fn schema() -> Json {
        schema::table::<S>()
    }

    fn read(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        let mut section = S::default();
        let errors = reader.error_count();
        reader.section(entry, &mut section);
        section.check(reader, entry);
        (reader.error_count() == errors).then_some(section)
    }

    fn read_over(reader: &mut Reader<'_>, entry: &Entry<'_>, target: &mut Self) {
        reader.section(entry, target);
    }

    fn paths(prefix: &str, paths: &mut Vec<String>) {
        collect_paths::<S>(prefix, paths);
    }
}

impl<V: Value> Value for Option<V> {
    fn schema() -> Json {
        V::schema()
    }

    fn read(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        V::read(reader, entry).map(Some)
    }

    fn read_over(reader: &mut Reader<'_>, entry: &Entry<'_>, target: &mut Self) {
        match target {
            Some(value) => V::read_over(reader, entry, value),
            None => *target = V::read(reader, entry),
        }
    }

    fn paths(prefix: &str, paths: &mut Vec<String>) {
        V::paths(prefix, paths);
    }
}

impl<V: Value> Value for Vec<V> {
    fn schema() -> Json {
        json!({ "type": "array", "items": V::schema() })
    }

    fn read(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        let entries = reader.list(entry)?;
        let values: Vec<Option<V>> = entries.iter().map(|item| V::read(reader, item)).collect();
        let read = entries.iter().zip(&values);
        let read: Vec<_> =
            read.filter_map(|(entry, value)| Some((entry, value.as_ref()?))).collect();
        V::check_list(reader, &read);
        values.into_iter().collect()
    }

    fn paths(prefix: &str, paths: &mut Vec<String>) {
        V::paths(prefix, paths);
    }
}

impl<V: Value + Ord> Value for BTreeSet<V> {
    fn schema() -> Json {
        Vec::<V>::schema()
    }

    fn read(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        Vec::read(reader, entry).map(|values| values.into_iter().collect())
    }
}

/// Implements [`Value`] for types that are parsed from strings or numbers. Each type has its own
/// rule and schema. `$read` is the method of [`Reader`] that parses the type.
macro_rules! values {
    ($read:ident: $($type:ty),+ $(,)?) => {$(
        impl Value for $type {
            fn schema() -> Json {
                <Self as values::Value>::schema()
            }

            fn read(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
                reader.$read(entry)
            }
        }
    )+};
}

values! {
    parse: AccountId, Action, Backend, CapacityProviderName, ClusterName, ConditionOperator, Decimal, EffectWord,
    EncryptionType, EndpointUrl, EnvironmentName, ExecuteCommandLoggingWord, ExternalId, GitHubEnvironment, GitHubRef,
    GitHubRepository, InsightsSetting, KeyPrefix, LogGroupClassName, LogGroupName,
    ManagedPolicy, MissingServices, Partition, PolicyName, Profile, ProjectName, Region, RepositoryName, RepositorySid, RoleArn,
    RoleDescription, RoleName, RolePath, RoleSessionName, ServicePrincipal, SourceAccount, StatementId, TagFilter,
    TagMutabilityMode, UnmanagedAction,
}

impl<T: values::Value + 'static> Value for Template<T> {
    fn schema() -> Json {
        T::schema()
    }

    fn read(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        reader.parse(entry)
    }
}

values!(number: LifecycleCount, Parallelism, SessionDuration, StrategyBase, StrategyWeight);

impl Value for bool {
    fn schema() -> Json {
        json!({ "type": "boolean" })
    }

    fn read(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        if let DeValue::Boolean(value) = entry.value.get_ref() {
            return Some(*value);
        }
        reader.wrong_type(entry, "a boolean");
        None
    }
}

/// The name of a profile in the AWS configuration files.
#[derive(Clone, Debug)]
pub(super) struct Profile(pub(super) String);

impl FromStr for Profile {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        not_blank("profile", text).map(|()| Self(text.to_owned()))
    }
}

impl values::Value for Profile {
    fn schema() -> Json {
        json!({ "type": "string", "pattern": r"\S" })
    }
}

fn not_blank(what: &'static str, text: &str) -> Result<(), InvalidValue> {
    if text.trim().is_empty() {
        return Err(InvalidValue::new(what, text, "the value cannot be empty", None));
    }
    Ok(())
}

/// A file name. Names from options and variables can contain any bytes, not only UTF-8.
impl Value for PathBuf {
    fn schema() -> Json {
        json!({ "type": "string", "pattern": r"\S" })
    }

    fn read(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        match entry.given {
            Some(given) if given.value.to_str().is_none() => Some(given.value.clone().into()),
            _ => reader.text(entry, |text| not_blank("file name", text).map(|()| text.into())),
        }
    }
}

impl Value for Retention {
    fn schema() -> Json {
        Retention::schema()
    }

    fn read(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        match entry.value.get_ref() {
            DeValue::String(text) if text.parse::<u32>().is_err() => reader.parse(entry),
            _ => reader.number(entry),
        }
    }
}

impl Value for Tags {
    fn schema() -> Json {
        Tags::schema()
    }

    fn read(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        let mut tags = Self::new();
        Self::read_over(reader, entry, &mut tags);
        Some(tags)
    }

    fn read_over(reader: &mut Reader<'_>, entry: &Entry<'_>, tags: &mut Self) {
        let Some(table) = reader.table(entry) else { return };
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let entry = Entry::new(join(&entry.path, name), key.span(), value);
            if name == NAME_KEY {
                let error = entry
                    .error_at(entry.key.clone(), "the tag `Name` cannot be set")
                    .rule(
                        "the Name tag marks a resource as managed by ecs-foundation; its value is \
                         derived from the resource's name",
                    )
                    .hint("remove the tag, or use another key");
                reader.error(error);
                continue;
            }
            let Some(text) = reader.text(&entry, |text| Ok(text.to_owned())) else { continue };
            if let Err(error) = tags.set(name, &text) {
                let span = match error.what() {
                    "tag value" => entry.span(),
                    _ => entry.key.clone(),
                };
                let error = entry.error_at(span, title(&error, true)).rule(error.rule());
                reader.error(error);
            }
        }
    }
}
