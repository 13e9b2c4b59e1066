//! The resource layer. A resource declares its identity, its fields and the calls that change it.
//! This module uses these declarations to plan and apply changes safely.
//!
//! A type that implements [`Resource`] is a [`Component`](crate::engine::Component), so it can be
//! added to a [`Stack`](crate::engine::Stack) like any other component. This module provides:
//!
//! - the rows that plans and `verify` show, including the fields of new resources;
//! - in-place updates: a single call changes all fields that have the same operation;
//! - replacement of the resource if a field cannot be changed in place;
//! - ownership based on the `Name` tag, adoption of existing resources, and protection of resources
//!   that are not managed;
//! - tag changes, and notices about unmanaged tags;
//! - recovery if the response to a create call is lost: the resource is read back and its ownership
//!   is checked;
//! - deletion that waits until the resource is no longer visible;
//! - sub-resources ([`Part`]) and unmanaged additions ([`Extras`]).
//!
//! `tests/examples/secret.rs` and `tests/examples/table.rs` in the repository are complete
//! examples. The log group, the repository and the roles in [`foundation`](crate::foundation) also
//! implement [`Resource`].
//!
//! ```
//! use infra_core::engine::{Address, Calls, Detail, Goal, RunOptions, Stack};
//! use infra_core::operation::Operation;
//! use infra_core::resource::{Depth, Field, Identity, Operations, Resource, TagChange, Tagging, Update};
//! use infra_core::tags::Tags;
//! use infra_core::error::{Error, ErrorKind, Result};
//!
//! const OPERATIONS: Operations = Operations {
//!     read: Operation::read("sqs", "GetQueueAttributes"),
//!     create: Operation::write("sqs", "CreateQueue"),
//!     delete: Operation::write("sqs", "DeleteQueue"),
//! };
//! const SET: Operation = Operation::write("sqs", "SetQueueAttributes");
//! const TAG: Operation = Operation::write("sqs", "TagQueue");
//! const UNTAG: Operation = Operation::write("sqs", "UntagQueue");
//!
//! # /// A service with one queue.
//! # #[derive(Debug, Default)]
//! # struct Client(std::sync::Mutex<Option<FoundQueue>>);
//! # impl Client {
//! #     async fn read(&self, name: &str) -> Result<FoundQueue> {
//! #         let missing = || Error::new(ErrorKind::NotFound, format!("there is no queue {name}"));
//! #         self.0.lock().unwrap().clone().ok_or_else(missing)
//! #     }
//! #     async fn create(&self, queue: &Queue) -> Result<()> {
//! #         let Queue { delay_seconds, fifo, tags, .. } = queue;
//! #         let tags = tags.clone();
//! #         let found = FoundQueue { delay_seconds: *delay_seconds, fifo: *fifo, tags };
//! #         *self.0.lock().unwrap() = Some(found);
//! #         Ok(())
//! #     }
//! #     async fn set(&self, _: &str, delay_seconds: u32) -> Result<()> {
//! #         self.0.lock().unwrap().as_mut().unwrap().delay_seconds = delay_seconds;
//! #         Ok(())
//! #     }
//! #     async fn tag(&self, _: &str, change: &TagChange) -> Result<()> {
//! #         let mut queue = self.0.lock().unwrap();
//! #         let tags = &mut queue.as_mut().unwrap().tags;
//! #         let pairs = |tags: &Tags| -> Vec<(String, String)> {
//! #             tags.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
//! #         };
//! #         *tags = match change {
//! #             TagChange::Set(set) => Tags::observed(pairs(tags).into_iter().chain(pairs(set))),
//! #             TagChange::Remove(keys) => {
//! #                 Tags::observed(pairs(tags).into_iter().filter(|(key, _)| !keys.contains(key)))
//! #             }
//! #         };
//! #         Ok(())
//! #     }
//! #     async fn delete(&self, _: &str) -> Result<()> {
//! #         *self.0.lock().unwrap() = None;
//! #         Ok(())
//! #     }
//! # }
//! #[derive(Debug)]
//! struct Queue {
//!     name: String,
//!     delay_seconds: u32,
//!     fifo: bool,
//!     tags: Tags,
//!     client: Client,
//! }
//!
//! #[derive(Clone, Debug)]
//! struct FoundQueue {
//!     delay_seconds: u32,
//!     fifo: bool,
//!     tags: Tags,
//! }
//!
//! #[async_trait::async_trait]
//! impl Resource for Queue {
//!     type Found = FoundQueue;
//!     type Contents = ();
//!
//!     fn identity(&self) -> Identity {
//!         Identity::new(Address::new("sqs_queue", "main"), "Queue", &self.name, OPERATIONS)
//!     }
//!
//!     fn tagging(&self) -> Tagging<'_> {
//!         Tagging::new(&self.tags, TAG, UNTAG)
//!     }
//!
//!     fn tags(found: &FoundQueue) -> Option<&Tags> {
//!         Some(&found.tags)
//!     }
//!
//!     fn fields(&self, found: Option<&FoundQueue>) -> Vec<Field> {
//!         let delay = found.map(|found| found.delay_seconds);
//!         vec![
//!             Field::new("delay_seconds", "Delivery delay", self.delay_seconds, delay).updated_by(SET),
//!             // No operation can change this field. If it differs, the queue is replaced.
//!             Field::new("fifo", "FIFO", self.fifo, found.map(|found| found.fifo)),
//!         ]
//!     }
//!
//!     async fn read(&self, _: Depth, calls: &Calls<'_>) -> Result<Option<FoundQueue>> {
//!         calls.find(OPERATIONS.read, || self.client.read(&self.name)).await
//!     }
//!
//!     async fn create(&self, calls: &Calls<'_>) -> Result<()> {
//!         calls.call(OPERATIONS.create, || self.client.create(self)).await
//!     }
//!
//!     async fn update(&self, update: &Update, calls: &Calls<'_>) -> Result<()> {
//!         calls.call(update.operation(), || self.client.set(&self.name, self.delay_seconds)).await
//!     }
//!
//!     async fn tag(&self, change: &TagChange, calls: &Calls<'_>) -> Result<()> {
//!         calls.call(self.tagging().operation(change), || self.client.tag(&self.name, change)).await
//!     }
//!
//!     async fn delete(&self, _force: bool, calls: &Calls<'_>) -> Result<()> {
//!         calls.delete(OPERATIONS.delete, || self.client.delete(&self.name)).await
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
//! let tags = Tags::observed([("Name".to_owned(), "orders".to_owned())]);
//! let name = "orders".to_owned();
//! let queue = Queue { name, delay_seconds: 5, fifo: false, tags, client: Client::default() };
//! let (stack, options) = (Stack::new().with(queue), RunOptions::default());
//! for steps in [1, 0] {
//!     let observed = stack.observe(Detail::Attributes, &options).await?;
//!     let plan = stack.plan(&observed, Goal::Present { adopt: false });
//!     assert_eq!(plan.steps.len(), steps);
//!     assert!(stack.apply(&plan, &options).await?.is_success());
//! }
//! # Ok(())
//! # }
//! ```

mod component;
mod field;
mod inspect;
mod ownership;
mod part;
mod planner;
mod prerequisite;
mod tagging;

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde_json::Value;

use crate::engine::{Address, Calls, Evidence, Remedy};
use crate::error::{Error, ErrorKind, Result};
use crate::operation::Operation;
use crate::tags::Tags;

pub use component::{Observed, ResourceAction};
pub use field::Field;
pub use ownership::Ownership;
pub(crate) use ownership::{Permission, accept_found, still_managed};
pub use part::{Extra, Extras, Part};
pub use prerequisite::Prerequisite;
pub use tagging::{TagChange, Tagging, UnmanagedAction};
pub(crate) use tagging::{TagChanges, other_findings, tag_findings, tags_to_set};

/// The maximum time to wait for a new resource to become visible or for a deleted resource to
/// disappear.
pub(crate) const SEEN_WITHIN: Duration = Duration::from_mins(2);

/// A declarative description of an AWS resource and its sub-resources.
///
/// All methods are pure except those with a `calls` parameter.
#[async_trait]
pub trait Resource: Debug + Send + Sync + 'static {
    /// The state of the resource as read from AWS.
    type Found: Debug + Send + Sync + 'static;
    /// Information about the resource's contents, such as the number of images in a repository. The
    /// contents are deleted together with the resource. Most resources use `()`.
    type Contents: Debug + Default + Send + Sync + 'static;

    /// Returns the resource's address, name, label, dependencies and main operations.
    fn identity(&self) -> Identity;

    /// Returns the desired tags and the operations that change tags.
    ///
    /// The create call must set the desired tags, so that the new resource counts as managed
    /// immediately.
    fn tagging(&self) -> Tagging<'_>;

    /// Returns the tags of an existing resource, or `None` if AWS's response omits the tags. AWS
    /// can omit them while the resource is being created. In that case, the engine reads the
    /// resource again before it checks who owns the resource.
    fn tags(found: &Self::Found) -> Option<&Tags>;

    /// Returns every field of the resource. `found` is `None` if the resource does not exist.
    ///
    /// Plans show the fields in the returned order. `verify` moves the fields marked with
    /// [`Field::identifying`] to the front.
    fn fields(&self, found: Option<&Self::Found>) -> Vec<Field>;

    /// Returns the sub-resources, each with its own address.
    fn parts(&self, found: Option<&Self::Found>) -> Vec<Part> {
        let _ = found;
        Vec::new()
    }

    /// Returns unmanaged additions to the resource, other than tags.
    fn extras(&self, found: &Self::Found) -> Extras {
        let _ = found;
        Extras::none()
    }

    /// Decides whether this configuration manages an existing resource.
    ///
    /// By default, the result depends only on the `Name` tag; see [`Ownership::by_name_tag`]. If
    /// other tags or attributes can also show who owns a resource, override this method and return
    /// [`Ownership::Claimed`] when they point to another owner:
    ///
    /// ```
    /// # use infra_core::{resource::Ownership, tags::Tags};
    /// # struct Found { tags: Tags }
    /// # struct LogGroup { environment: String, tags: Tags }
    /// # impl LogGroup {
    /// fn ownership(&self, found: &Found) -> Ownership {
    ///     match found.tags.get("Environment") {
    ///         Some(other) if other != self.environment => Ownership::Claimed {
    ///             reason: format!("its Environment tag is {other:?}"),
    ///             hint: "use another name for the log group".to_owned(),
    ///             remedy: None,
    ///         },
    ///         _ => Ownership::by_name_tag(&found.tags, &self.tags),
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// This method is called:
    ///
    /// - during planning;
    /// - after a create call that failed because the resource already exists;
    /// - before the first change to the resource. In this case, `found` contains only what
    ///   [`Depth::Identity`] reads.
    fn ownership(&self, found: &Self::Found) -> Ownership {
        let none = Tags::new();
        Ownership::by_name_tag(Self::tags(found).unwrap_or(&none), self.tagging().wanted())
    }

    /// Adds to `evidence` what this resource reveals about the owners of other resources in the
    /// stack.
    fn implies(&self, found: &Self::Found, evidence: &mut Evidence) {
        let _ = (found, evidence);
    }

    /// If the evidence from the whole stack suggests that deleting this resource is a mistake,
    /// returns a message and a hint. Such a deletion is blocked unless it is forced.
    fn doubt(&self, evidence: &Evidence) -> Option<(String, String)> {
        let _ = evidence;
        None
    }

    /// Reports problems that prevent a removal, and anything else that the user should know before
    /// the removal starts. This method is called during planning if the resource will be deleted or
    /// replaced.
    fn obstacles(
        &self,
        found: &Self::Found,
        contents: &Self::Contents,
        removal: Removal,
        notes: &mut Notes,
    ) {
        let _ = (found, contents, removal, notes);
    }

    /// Returns notices about an existing resource, for plans that neither replace nor delete it.
    fn notices(&self, found: &Self::Found) -> Vec<String> {
        let _ = found;
        Vec::new()
    }

    /// Returns the reason why the resource is kept when the stack is destroyed, or `None` if the
    /// resource is deleted with the stack.
    fn kept(&self) -> Option<String> {
        None
    }

    /// Returns additional rows for `verify`, each as a label and a value. This method is called
    /// only if the contents have been read.
    fn facts(&self, found: &Self::Found, contents: &Self::Contents) -> Vec<(&'static str, String)> {
        let _ = (found, contents);
        Vec::new()
    }

    /// Reads the resource, or returns `None` if it does not exist. Use [`Calls::find`] for each
    /// read. If several reads are needed, run them concurrently.
    ///
    /// A resource that is read with one call can ignore `depth`.
    ///
    /// # Errors
    /// Returns any provider error except [`NotFound`](crate::ErrorKind::NotFound).
    async fn read(&self, depth: Depth, calls: &Calls<'_>) -> Result<Option<Self::Found>>;

    /// Reads the contents of the resource. This method may run concurrently with
    /// [`Resource::read`], so it must not assume that the resource exists.
    ///
    /// # Errors
    /// Returns any provider error except [`NotFound`](crate::ErrorKind::NotFound).
    async fn contents(&self, calls: &Calls<'_>) -> Result<Self::Contents> {
        let _ = calls;
        Ok(Self::Contents::default())
    }

    /// If the configuration sets a name other than the default, looks for a resource with the
    /// default name and returns a notice about it. Every plan contains the notice. This method runs
    /// concurrently with [`Resource::read`].
    ///
    /// # Errors
    /// Returns any provider error except [`NotFound`](crate::ErrorKind::NotFound).
    async fn leftover(&self, calls: &Calls<'_>) -> Result<Option<String>> {
        let _ = calls;
        Ok(None)
    }

    /// Returns notices about other resources that were discovered when this resource was read.
    /// Every plan contains these notices.
    fn others(&self, found: &Self::Found) -> Vec<String> {
        let _ = found;
        Vec::new()
    }

    /// Checks the resource's prerequisites that are managed elsewhere, such as the identity
    /// provider that a role trusts. Plans that keep or create the resource contain a notice about
    /// each missing prerequisite. The output of `verify` contains a row for every prerequisite.
    /// This method runs concurrently with [`Resource::read`].
    ///
    /// # Errors
    /// Returns any provider error except [`NotFound`](crate::ErrorKind::NotFound).
    async fn prerequisites(&self, calls: &Calls<'_>) -> Result<Vec<Prerequisite>> {
        let _ = calls;
        Ok(Vec::new())
    }

    /// Creates the resource with its tags and all fields except those marked with
    /// [`Field::set_after_create`].
    ///
    /// # Errors
    /// Returns any provider error. If the error is
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists), the caller reads the resource back and
    /// checks its ownership.
    async fn create(&self, calls: &Calls<'_>) -> Result<()>;

    /// Makes one call that changes fields, a part or an extra. [`Update::operation`] returns the
    /// operation to call.
    ///
    /// # Errors
    /// Returns any provider error.
    async fn update(&self, update: &Update, calls: &Calls<'_>) -> Result<()>;

    /// Sets or removes tags. [`Tagging::operation`] returns the operation to call.
    ///
    /// # Errors
    /// Returns any provider error.
    async fn tag(&self, change: &TagChange, calls: &Calls<'_>) -> Result<()>;

    /// Deletes the resource with [`Calls::delete`]. If `force` is set, also deletes the resource's
    /// contents.
    ///
    /// # Errors
    /// Returns any provider error except [`NotFound`](crate::ErrorKind::NotFound).
    async fn delete(&self, force: bool, calls: &Calls<'_>) -> Result<()>;
}

/// How much [`Resource::read`] must read. Each level includes the previous one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Reads only enough to determine whether the resource exists.
    Presence,
    /// Reads the resource's tags and the fields that its create call sets. This is enough to
    /// determine whether the resource is managed.
    Identity,
    /// Reads everything that a plan compares, including parts and extras.
    Attributes,
}

/// The operations that every resource has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operations {
    /// Reads the resource. This operation is also shown in messages about waiting for the resource
    /// to appear or disappear.
    pub read: Operation,
    /// Creates the resource.
    pub create: Operation,
    /// Deletes the resource.
    pub delete: Operation,
}

/// The address, name, label, dependencies and main operations of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub(crate) address: Address,
    pub(crate) label: &'static str,
    pub(crate) name: String,
    pub(crate) operations: Operations,
    pub(crate) depends_on: Vec<Address>,
}

impl Identity {
    /// Creates an identity; `label` is the resource type's name in the AWS console, such as `Log
    /// group`.
    pub fn new(
        address: Address,
        label: &'static str,
        name: impl Into<String>,
        operations: Operations,
    ) -> Self {
        Self { address, label, name: name.into(), operations, depends_on: Vec::new() }
    }

    /// Adds the addresses of resources that must be created before this resource and deleted after
    /// it.
    pub fn depends_on(mut self, addresses: impl IntoIterator<Item = Address>) -> Self {
        self.depends_on.extend(addresses);
        self
    }
}

/// The reason for a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// The resource should not exist; see [`Goal::Absent`](crate::engine::Goal::Absent).
    Delete {
        /// Whether to delete the resource's contents and unmanaged additions too.
        force: bool,
    },
    /// A field differs from its desired value and cannot be changed in place, so the resource must
    /// be replaced.
    Replace,
}

/// The notices and blockers for a removal.
#[derive(Debug, Default)]
pub struct Notes {
    pub(crate) notices: Vec<String>,
    pub(crate) blockers: Vec<(String, String, Option<Remedy>)>,
}

impl Notes {
    /// Adds a notice for the user.
    pub fn notice(&mut self, message: impl Into<String>) {
        self.notices.push(message.into());
    }

    /// Adds a problem that must be resolved before the removal; `hint` explains how to resolve it.
    pub fn blocker(&mut self, message: impl Into<String>, hint: impl Into<String>) {
        self.blockers.push((message.into(), hint.into(), None));
    }

    /// Adds a problem that must be resolved before the removal, either as `hint` explains or with
    /// `remedy`.
    pub fn blocker_unless(
        &mut self,
        message: impl Into<String>,
        hint: impl Into<String>,
        remedy: Remedy,
    ) {
        self.blockers.push((message.into(), hint.into(), Some(remedy)));
    }
}

/// One write call: the operation, the part or extra that it changes, and the values that it sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Update {
    pub(crate) operation: Operation,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) key: String,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub(crate) values: serde_json::Map<String, Value>,
}

impl Update {
    /// Returns the operation to call.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// Returns the key of the part or extra that the call changes, or an empty string for fields.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the error for an update that the resource did not declare. The error means that the
    /// plan was made when the resource had different settings.
    pub fn unknown(&self) -> Error {
        Error::new(
            ErrorKind::InvalidInput,
            "the plan was made with different settings for this resource",
        )
        .with_operation(self.operation)
        .with_hint("plan again and apply the new plan")
    }
}

/// Formats a count with its noun: `1 image`, `2 images`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
