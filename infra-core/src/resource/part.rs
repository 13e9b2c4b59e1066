//! Sub-resources of a resource, and unmanaged additions to it.

use serde::Serialize;
use serde_json::Value;

use crate::engine::{Address, Remedy, to_value};
use crate::operation::Operation;

use super::field::Field;

/// A sub-resource with its own address, such as a policy on a repository. A part has one field,
/// which a single call sets. A part is either removed by another call or deleted together with the
/// resource.
///
/// A desired value of `null` means that the part should not exist. Plans then contain the part only
/// if it must be removed.
#[derive(Clone, Debug)]
pub struct Part {
    pub(super) address: Address,
    pub(super) name: String,
    pub(super) field: Field,
    pub(super) put: Operation,
    pub(super) removed_by: Option<Operation>,
    pub(super) key: String,
    pub(super) depends_on: Vec<Address>,
    pub(super) bound_to: Option<(Address, String)>,
}

impl Part {
    /// Returns a part. The operation `put` both creates and changes it. By default, the part is
    /// deleted together with its resource.
    pub fn new(address: Address, name: impl Into<String>, put: Operation, field: Field) -> Self {
        Self {
            address,
            name: name.into(),
            field,
            put,
            removed_by: None,
            key: String::new(),
            depends_on: Vec::new(),
            bound_to: None,
        }
    }

    /// Sets the operation that removes the part. It is called if the part is no longer wanted, and
    /// before the resource is deleted.
    pub fn removed_by(mut self, operation: Operation) -> Self {
        self.removed_by = Some(operation);
        self
    }

    /// Sets a key that distinguishes parts with the same operations; see
    /// [`Update::key`](super::Update::key).
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// Adds resources that must exist before this part. The part's own resource is included
    /// automatically.
    pub fn depends_on(mut self, addresses: impl IntoIterator<Item = Address>) -> Self {
        self.depends_on.extend(addresses);
        self
    }

    /// Makes plans set the part again whenever they create or replace the resource at `address`,
    /// even if the part has not changed. `notice` tells the user why. If the part has no
    /// [remove operation](Self::removed_by), the resource at `address` can be deleted before the
    /// part.
    pub fn bound_to(mut self, address: Address, notice: impl Into<String>) -> Self {
        self.bound_to = Some((address, notice.into()));
        self
    }
}

/// Unmanaged additions to a resource, such as policies on a role. Depending on the configuration,
/// the additions are either removed or reported. If they are only reported, the resource cannot be
/// replaced, and deleting it requires force.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    pub(super) noun: &'static str,
    pub(super) items: Vec<Extra>,
    pub(super) remove: bool,
    pub(super) remedy: Option<Remedy>,
}

/// An unmanaged addition.
#[derive(Clone, Debug)]
pub struct Extra {
    pub(super) path: String,
    pub(super) value: Value,
    pub(super) shown: String,
    pub(super) operation: Operation,
    pub(super) key: String,
}

impl Extra {
    /// Creates an addition. Plans show it as `path` and `value`, and messages show it as `shown`.
    /// Calling `operation` with `key` removes it.
    pub fn new(
        path: impl Into<String>,
        value: impl Serialize,
        shown: impl Into<String>,
        operation: Operation,
        key: impl Into<String>,
    ) -> Self {
        let value = to_value(value);
        Self { path: path.into(), value, shown: shown.into(), operation, key: key.into() }
    }
}

impl Extras {
    /// Creates an empty set of additions.
    pub fn none() -> Self {
        Self::default()
    }

    /// Creates a set of additions of one kind. `noun` names the kind in the plural, such as
    /// `policies`. If `remove` is true, plans remove the additions instead of only reporting them.
    pub fn new(noun: &'static str, items: Vec<Extra>, remove: bool) -> Self {
        Self { noun, items, remove, remedy: None }
    }

    /// Specifies the setting to suggest if the additions block a replacement of the resource.
    pub fn removed_with(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(remedy);
        self
    }

    pub(super) fn shown(&self) -> Vec<String> {
        self.items.iter().map(|item| item.shown.clone()).collect()
    }
}
