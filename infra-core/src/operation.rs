//! AWS operations, and a constant for each operation in the provider traits.

use std::fmt;

use serde::{Serialize, Serializer};

/// An operation of an AWS service, for example `ecs:CreateCluster`.
///
/// Operations identify calls in errors, the retry table, events and call counts. The constants in
/// the submodules cover the services that the foundation uses. Other crates define their own
/// operations with [`Operation::read`] and [`Operation::write`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operation {
    service: &'static str,
    name: &'static str,
    changes: bool,
}

impl Operation {
    /// Creates an operation that only reads.
    ///
    /// `service` is the prefix that IAM actions use (`ecs`, `iam`, `ecr`, `logs`, `sts`).
    pub const fn read(service: &'static str, name: &'static str) -> Self {
        Self { service, name, changes: false }
    }

    /// Creates an operation that changes something in AWS.
    pub const fn write(service: &'static str, name: &'static str) -> Self {
        Self { service, name, changes: true }
    }

    /// Returns the service's prefix in IAM actions, such as `ecs`.
    pub const fn service(self) -> &'static str {
        self.service
    }

    /// Returns the operation's name in the service's API reference.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Returns whether the operation changes something in AWS.
    pub const fn changes(self) -> bool {
        self.changes
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.name)
    }
}

impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

macro_rules! operations {
    ($trait:path, $of:ident, $service:ident $title:literal: $(
        $kind:ident $operation:ident = $name:literal =>
            $method:ident($($arg:ident: $type:ty),*) -> $output:ty;
    )+) => {
        #[doc = concat!($title, ".")]
        pub mod $service {
            use super::Operation;
            $(
                #[doc = concat!("`", stringify!($service), ":", $name, "`.")]
                pub const $operation: Operation = Operation::$kind(stringify!($service), $name);
            )+
            /// Every operation in this module.
            pub const ALL: &[Operation] = &[$($operation),+];
        }
    };
}

crate::provider_methods!(operations);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{ecr, ecs, iam, logs, sts};

    #[test]
    fn operation_constants_are_distinct() {
        let all: Vec<_> =
            [sts::ALL, ecs::ALL, iam::ALL, ecr::ALL, logs::ALL].into_iter().flatten().collect();
        let distinct: BTreeSet<_> = all.iter().map(std::string::ToString::to_string).collect();
        assert_eq!(distinct.len(), all.len());
    }
}
