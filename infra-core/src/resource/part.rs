//! Sub-resources, and what others have added to a resource.

use serde::Serialize;
use serde_json::Value;

use crate::engine::{Address, Remedy, to_value};
use crate::operation::Operation;

use super::field::Field;

/// A sub-resource with an address of its own, such as a policy on a repository: one field that is put, and removed
/// with its own call or together with the resource.
///
/// A field whose desired value is `null` says that the part is not to exist; it is then planned only where it is found.
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
    /// A part that `put` creates and changes, and that disappears with its resource.
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

    /// Says that the part has to be removed by its own call, before the resource is deleted.
    pub fn removed_by(mut self, operation: Operation) -> Self {
        self.removed_by = Some(operation);
        self
    }

    /// Sets what tells this part from others with the same operations; see [`Update::key`](super::Update::key).
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// Adds resources that have to exist before this part. Its own resource is one of them without being named.
    pub fn depends_on(mut self, addresses: impl IntoIterator<Item = Address>) -> Self {
        self.depends_on.extend(addresses);
        self
    }

    /// Says that the part holds the identity of the resource at `address`: where that resource is created anew, the
    /// part is put again even if it reads the same, and `notice` says why.
    pub fn bound_to(mut self, address: Address, notice: impl Into<String>) -> Self {
        self.bound_to = Some((address, notice.into()));
        self
    }
}

/// What others have added to a resource, such as policies on a role. It is reported, removed where the configuration
/// says so, and in the way of a removal.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    pub(super) noun: &'static str,
    pub(super) items: Vec<Extra>,
    pub(super) remove: bool,
    pub(super) remedy: Option<Remedy>,
}

/// One thing that others have added.
#[derive(Clone, Debug)]
pub struct Extra {
    pub(super) path: String,
    pub(super) value: Value,
    pub(super) shown: String,
    pub(super) operation: Operation,
    pub(super) key: String,
}

impl Extra {
    /// An addition: its path and value in plans, how messages name it, and the operation and key that remove it.
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
    /// No additions.
    pub fn none() -> Self {
        Self::default()
    }

    /// Additions of one kind, in the plural (`policies`). Where `remove`, an update removes them.
    pub fn new(noun: &'static str, items: Vec<Extra>, remove: bool) -> Self {
        Self { noun, items, remove, remedy: None }
    }

    /// Names the setting by which a replacement removes the additions.
    pub fn removed_with(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(remedy);
        self
    }

    pub(super) fn shown(&self) -> Vec<String> {
        self.items.iter().map(|item| item.shown.clone()).collect()
    }
}
