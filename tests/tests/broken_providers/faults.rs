//! How what goes into a method and what comes out of it can be wrong.

use std::cell::Cell;

use infra_core::arn::Arn;
use infra_core::names::{
    ClusterName, LogGroupName, PolicyName, RepositoryName, RoleName, RolePath,
};
use infra_core::policy::{PolicyDocument, PolicyText};
use infra_core::provider::{
    AttachedPolicy, CallerIdentity, CapacityProviders, Cluster, ClusterCounts, ClusterSpec,
    ClusterStatus, ContainerInsights, Encryption, LogGroup, LogGroupClass, LogGroupSpec,
    Repository, RepositorySpec, RetentionDays, Role, RoleSpec, TagMutability,
};
use infra_core::tags::Tags;

/// What a method gives.
pub(super) trait Output: Sized {
    /// In how many ways it can be wrong.
    const WAYS: usize;

    /// What a method gives that does nothing, where such a value has a nothing.
    fn nothing() -> Option<Self>;

    /// The value, wrong in the nth way.
    fn with_fault(self, way: usize) -> Self;
}

/// The nth of these fields gets another value.
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
    "arn:aws:s3:eu-west-1:123456789012:wrong".parse().expect("that is an ARN")
}

faults! { Cluster:
    name = "wrong".parse().expect("that is a name"),
    arn = arn(),
    status = ClusterStatus::Failed,
    container_insights = None,
    capacity = CapacityProviders::default(),
    tags = Tags::new(),
    counts = ClusterCounts { running_tasks: 7, ..ClusterCounts::default() },
}

faults! { Role:
    name = "wrong".parse().expect("that is a name"),
    arn = arn(),
    id = "AROAWRONGWRONGWRONGWR".to_owned(),
    path = "/wrong/".parse().expect("that is a path"),
    trust = PolicyText::new("{}"),
    description = None,
    max_session_duration = 1,
    permissions_boundary = None,
    tags = Tags::new(),
}

faults! { Repository:
    name = "wrong".parse().expect("that is a name"),
    arn = arn(),
    uri = "localhost/wrong".to_owned(),
    tag_mutability = TagMutability::Mutable,
    scan_on_push = false,
    encryption = Encryption::Aes256,
}

faults! { LogGroup:
    name = "wrong".parse().expect("that is a name"),
    arn = arn(),
    class = LogGroupClass::Standard,
    kms_key = None,
    retention_days = None,
    stored_bytes = 0,
}

faults! { CallerIdentity:
    account_id = "000000000000".parse().expect("that is an account"),
    arn = arn(),
    user_id = String::new(),
}

/// Values that have a nothing, and one way to be wrong.
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

/// What a method takes.
pub(super) trait Argument: Sized {
    /// In how many ways it can be mistaken.
    const WAYS: usize;

    /// The argument in the nth way, over all arguments of the method: what is counted off here, those that
    /// follow need not.
    fn mistaken(self, way: &Cell<Option<usize>>) -> Self {
        match way.take() {
            Some(nth) if nth < Self::WAYS => self.wrong(nth),
            rest => {
                way.set(rest.map(|nth| nth - Self::WAYS));
                self
            }
        }
    }

    /// The argument, wrong in the nth way.
    fn wrong(self, way: usize) -> Self;
}

/// A value that lives as long as the tests: a method borrows what it takes from its caller, who has none such.
fn lent<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// Arguments that are not mistaken: names that lead to nothing are what scenarios of absence are about.
macro_rules! taken_as_they_are {
    ($($type:ty),+) => {$(
        impl Argument for &$type {
            const WAYS: usize = 0;

            fn wrong(self, _: usize) -> Self {
                self
            }
        }
    )+};
}

taken_as_they_are!(ClusterName, RoleName, PolicyName, RepositoryName, LogGroupName, Arn, str);

/// Arguments of which the nth field is not looked at.
macro_rules! overlooked {
    ($($type:ty: $($field:ident = $value:expr),+;)+) => {$(
        impl Argument for &$type {
            const WAYS: usize = [$(stringify!($field)),+].len();

            fn wrong(self, way: usize) -> Self {
                let fields: &[fn(&mut $type)] = &[$(|value| value.$field = $value),+];
                let mut value = self.clone();
                fields[way](&mut value);
                lent(value)
            }
        }
    )+};
}

overlooked! {
    ClusterSpec:
        container_insights = ContainerInsights::Enabled,
        capacity = CapacityProviders::default(),
        tags = Tags::new();
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

/// Arguments in the place of which a method takes one and the same.
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
    &ContainerInsights: |_value| &ContainerInsights::Enabled;
    &TagMutability: |_value| &TagMutability::Mutable;
    &PolicyDocument: |_policy| lent(PolicyDocument::new([]));
    &[String]: |keys| keys.get(1..).unwrap_or_default();
    &Tags: |tags| {
        let pairs = tags.iter().skip(1).map(|(key, value)| (key.to_owned(), value.to_owned()));
        lent(Tags::observed(pairs))
    };
}
