//! Wrong results and wrong arguments for provider methods.

use std::cell::Cell;

use infra_core::arn::Arn;
use infra_core::names::{
    ClusterName, LogGroupName, PolicyName, RepositoryName, RoleName, RolePath,
};
use infra_core::policy::{PolicyDocument, PolicyText};
use infra_core::provider::{
    AttachedPolicy, CallerIdentity, CapacityProviders, Cluster, ClusterConfiguration,
    ClusterCounts, ClusterSpec, ClusterStatus, ClusterUpdate, ContainerInsights, Encryption,
    LogGroup, LogGroupClass, LogGroupSpec, OpenIdConnectProvider, Repository, RepositorySpec,
    RetentionDays, Role, RoleSpec, TagMutability,
};
use infra_core::tags::Tags;

/// The result of a method.
pub(super) trait Output: Sized {
    /// The number of ways in which the value can be wrong.
    const WAYS: usize;

    /// Returns the type's empty value, or `None` if the type has no empty value. A broken method
    /// that does nothing returns this value.
    fn nothing() -> Option<Self>;

    /// Makes the value wrong in the given way.
    fn with_fault(self, way: usize) -> Self;
}

/// Implements `Output` for a type. Each way to make a value wrong replaces one field.
macro_rules! faults {
    ($type:ty: $($field:ident = $value:expr),+ $(,)?) => {
        impl Output for $type {
            const WAYS: usize = [$(stringify!($field)),+].len();

            fn nothing() -> Option<Self> {
                None
            }

            fn with_fault(mut self, way: usize) -> Self {
                let fields: &[fn(&mut Self)] = &[$(|value| value.$field = $value),+];
                fields[way](&mut self);
                self
            }
        }
    };
}

fn arn() -> Arn {
    "arn:aws:s3:eu-west-1:123456789012:wrong".parse().expect("the ARN is valid")
}

faults! { Cluster:
    name = "wrong".parse().expect("the name is valid"),
    arn = arn(),
    status = ClusterStatus::Failed,
    container_insights = None,
    configuration = ClusterConfiguration::default(),
    service_connect_namespace = None,
    capacity = CapacityProviders::default(),
    tags = Tags::new(),
    counts = ClusterCounts { running_tasks: 7, ..ClusterCounts::default() },
}

faults! { Role:
    name = "wrong".parse().expect("the name is valid"),
    arn = arn(),
    id = "AROAWRONGWRONGWRONGWR".to_owned(),
    path = "/wrong/".parse().expect("the path is valid"),
    trust = PolicyText::new("{}"),
    description = None,
    max_session_duration = 1,
    permissions_boundary = None,
    tags = Tags::new(),
}

faults! { OpenIdConnectProvider:
    url = "wrong".to_owned(),
    client_ids = Vec::new(),
}

faults! { Repository:
    name = "wrong".parse().expect("the name is valid"),
    arn = arn(),
    uri = "localhost/wrong".to_owned(),
    tag_mutability = TagMutability::Mutable,
    scan_on_push = false,
    encryption = Encryption::Aes256,
}

faults! { LogGroup:
    name = "wrong".parse().expect("the name is valid"),
    arn = arn(),
    class = LogGroupClass::Standard,
    kms_key = None,
    retention_days = None,
    stored_bytes = 0,
    deletion_protection = true,
    retention_policy = Some("other".to_owned()),
}

faults! { CallerIdentity:
    account_id = "000000000000".parse().expect("the account ID is valid"),
    arn = arn(),
    user_id = String::new(),
}

/// Implements `Output` for types that have an empty value and can be wrong in only one way.
macro_rules! simple {
    ($($type:ty: $nothing:expr, |$value:ident| $wrong:expr;)+) => {$(
        impl Output for $type {
            const WAYS: usize = 1;

            fn nothing() -> Option<Self> {
                Some($nothing)
            }

            fn with_fault(self, _: usize) -> Self {
                let $value = self;
                $wrong
            }
        }
    )+};
}

simple! {
    u64: 0, |count| count + 1;
    String: String::new(), |text| text + " ";
    PolicyText: Self::new(""), |_text| Self::new(r#"{"Version":"2012-10-17","Statement":[]}"#);
    Vec<String>: Vec::new(), |list| list.into_iter().skip(1).collect();
    Vec<AttachedPolicy>: Vec::new(), |list| list.into_iter().skip(1).collect();
    Tags: Self::new(), |tags| {
        let pairs = tags.iter().skip(1).map(|(key, value)| (key.to_owned(), value.to_owned()));
        Self::observed(pairs)
    };
}

impl Output for () {
    const WAYS: usize = 0;

    fn nothing() -> Option<Self> {
        Some(())
    }

    fn with_fault(self, _: usize) -> Self {}
}

/// An argument of a method.
pub(super) trait Argument: Sized {
    /// The number of ways in which the argument can be wrong.
    const WAYS: usize;

    /// Returns the argument, or a wrong value if `way` selects one for this argument. All wrong
    /// values for a method's arguments are numbered consecutively, and `way` holds the number of
    /// the selected value. If that value belongs to a later argument, this function subtracts
    /// `WAYS` from `way`, so that the values for the next argument start at 0.
    fn altered(self, way: &Cell<Option<usize>>) -> Self {
        match way.take() {
            Some(nth) if nth < Self::WAYS => self.wrong(nth),
            rest => {
                way.set(rest.map(|nth| nth - Self::WAYS));
                self
            }
        }
    }

    /// Makes the argument wrong in the given way.
    fn wrong(self, way: usize) -> Self;
}

/// Leaks a wrong argument. Methods take their arguments by reference, and a reference to a leaked
/// value is always valid.
fn leaked<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// Arguments that are never made wrong. Wrong names need no test here, because the scenarios for
/// absent resources already use names that do not exist.
macro_rules! never_wrong {
    ($($type:ty),+) => {$(
        impl Argument for &$type {
            const WAYS: usize = 0;

            fn wrong(self, _: usize) -> Self {
                self
            }
        }
    )+};
}

never_wrong!(ClusterName, RoleName, PolicyName, RepositoryName, LogGroupName, Arn, str);

/// Arguments that are made wrong by resetting one field, as if the method ignored that field.
macro_rules! ignored_fields {
    ($($type:ty: $($field:ident = $value:expr),+;)+) => {$(
        impl Argument for &$type {
            const WAYS: usize = [$(stringify!($field)),+].len();

            fn wrong(self, way: usize) -> Self {
                let fields: &[fn(&mut $type)] = &[$(|value| value.$field = $value),+];
                let mut value = self.clone();
                fields[way](&mut value);
                leaked(value)
            }
        }
    )+};
}

ignored_fields! {
    ClusterSpec:
        container_insights = ContainerInsights::Enabled,
        configuration = ClusterConfiguration::default(),
        service_connect_namespace = None,
        capacity = CapacityProviders::default(),
        tags = Tags::new();
    ClusterUpdate:
        container_insights = None,
        configuration = None,
        service_connect_namespace = None;
    RoleSpec:
        path = RolePath::default(),
        trust = PolicyDocument::new([]),
        description = None,
        max_session_duration = 3_600,
        permissions_boundary = None,
        tags = Tags::new();
    RepositorySpec:
        tag_mutability = TagMutability::Mutable,
        scan_on_push = false,
        encryption = Encryption::Aes256,
        tags = Tags::new();
    LogGroupSpec:
        class = LogGroupClass::Standard,
        kms_key = None,
        tags = Tags::new();
    CapacityProviders:
        providers = ["FARGATE".to_owned()].into(),
        default_strategy = std::collections::BTreeSet::new();
}

/// Arguments that are made wrong by replacing the entire value.
macro_rules! replaced {
    ($($type:ty: |$value:ident| $wrong:expr;)+) => {$(
        impl Argument for $type {
            const WAYS: usize = 1;

            fn wrong(self, _: usize) -> Self {
                let $value = self;
                $wrong
            }
        }
    )+};
}

replaced! {
    bool: |value| !value;
    u32: |_value| 3_600;
    u64: |_value| u64::MAX;
    Option<&str>: |_text| None;
    RetentionDays: |_days| Self::FOURTEEN;
    &TagMutability: |_value| &TagMutability::Mutable;
    &PolicyDocument: |_policy| leaked(PolicyDocument::new([]));
    &[String]: |keys| keys.get(1..).unwrap_or_default();
    &Tags: |tags| {
        let pairs = tags.iter().skip(1).map(|(key, value)| (key.to_owned(), value.to_owned()));
        leaked(Tags::observed(pairs))
    };
}
