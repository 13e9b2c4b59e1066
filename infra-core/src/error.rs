//! The error type used by the provider traits and the engine.

mod codes;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::operation::Operation;

/// The result type that all provider methods and the engine use.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of an [`Error`], independent of the service that reported it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The resource that the request names does not exist.
    NotFound,
    /// A resource with this name already exists.
    AlreadyExists,
    /// The resource is in use or not empty.
    InUse,
    /// Another change to the same resource is in progress. A later attempt can succeed.
    ChangeInProgress,
    /// The request, a setting or another input is invalid.
    InvalidInput,
    /// A quota of the account or the service is exceeded.
    LimitExceeded,
    /// The caller lacks a permission.
    AccessDenied,
    /// The credentials are missing, expired or invalid.
    Credentials,
    /// The service throttled the request.
    Throttled,
    /// The service failed.
    Service,
    /// The request or the response was lost.
    Connection,
    /// The backend does not support the operation.
    Unsupported,
    /// The resource exists but is not managed by this configuration.
    NotManaged,
    /// A wait reached its limit.
    Timeout,
    /// The run was cancelled before or during the operation.
    Cancelled,
    /// The plan cannot be applied until its blockers are resolved.
    Blocked,
    /// The actual state differs from the state that the plan was based on.
    Changed,
    /// Any other failure.
    Other,
}

impl ErrorKind {
    /// Returns the general hint for errors of this kind.
    pub fn hint(self) -> &'static str {
        codes::hint(self)
    }

    /// Returns the kind of an AWS error code. `operation` and `message` distinguish errors that
    /// share a code.
    ///
    /// This is the only mapping from AWS's codes to kinds; both the SDK backend and the mock use
    /// it. Unknown codes map to [`ErrorKind::Other`].
    pub fn from_aws(operation: Operation, code: &str, message: &str) -> Self {
        codes::kind(operation, code, message)
    }
}

/// Whether a failed request, or the step that it belongs to, changed something.
///
/// The variants are ordered. If there are several attempts, the greatest effect counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The service rejected the request, or the request was never sent. Nothing has changed.
    None,
    /// The response was lost or the service failed during the request. The request may have taken
    /// effect.
    Unknown,
    /// A write call succeeded, but another call in the same step failed, or the step stopped
    /// waiting for the change to take effect.
    Done,
}

/// An error with all known details.
///
/// `Display` prints one line without the source. Follow [`StdError::source`] to print the causes.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    operation: Option<Operation>,
    resource: Option<String>,
    code: Option<String>,
    status: Option<u16>,
    request_id: Option<String>,
    effect: Effect,
    hint: Option<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Creates an error. `message` is in lower case, without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let effect = match kind {
            ErrorKind::Connection | ErrorKind::Service => Effect::Unknown,
            _ => Effect::None,
        };
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            resource: None,
            code: None,
            status: None,
            request_id: None,
            effect,
            hint: None,
            source: None,
        }))
    }

    /// Creates an error from an AWS service's response to `operation`.
    ///
    /// The kind comes from [`ErrorKind::from_aws`]. If the code is unknown, the kind depends on the
    /// HTTP status: [`ErrorKind::NotFound`] for 404, [`ErrorKind::Credentials`] for 401,
    /// [`ErrorKind::AccessDenied`] for 403, [`ErrorKind::Throttled`] for 429,
    /// [`ErrorKind::Unsupported`] for 501, and [`ErrorKind::Service`] for any other 5xx.
    pub fn from_aws(
        operation: Operation,
        code: impl Into<String>,
        message: impl Into<String>,
        status: Option<u16>,
    ) -> Self {
        let (code, message) = (code.into(), message.into());
        let kind = match (ErrorKind::from_aws(operation, &code, &message), status) {
            (ErrorKind::Other, Some(401)) => ErrorKind::Credentials,
            (ErrorKind::Other, Some(403)) => ErrorKind::AccessDenied,
            (ErrorKind::Other, Some(404)) => ErrorKind::NotFound,
            (ErrorKind::Other, Some(429)) => ErrorKind::Throttled,
            (ErrorKind::Other, Some(501)) => ErrorKind::Unsupported,
            (ErrorKind::Other, Some(500..)) => ErrorKind::Service,
            (kind, _) => kind,
        };
        let mut error = Self::new(kind, message).with_operation(operation);
        error.0.code = Some(code);
        error.0.status = status;
        error
    }

    /// Replaces the kind. Use this method if [`ErrorKind::from_aws`] does not recognize the error's
    /// code, or if the service uses the code with another meaning.
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Sets the operation that failed, unless an operation is already set.
    pub fn with_operation(mut self, operation: Operation) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// Sets the name or address of the resource that the operation concerns, unless a resource is
    /// already set.
    pub fn for_resource(mut self, resource: impl Into<String>) -> Self {
        self.0.resource.get_or_insert_with(|| resource.into());
        self
    }

    /// Sets AWS's request id, which AWS Support asks for.
    pub fn with_request_id(mut self, id: Option<impl Into<String>>) -> Self {
        self.0.request_id = id.map(Into::into);
        self
    }

    /// Sets the effect of the failed request.
    pub fn with_effect(mut self, effect: Effect) -> Self {
        self.0.effect = effect;
        self
    }

    /// Raises the effect to at least `effect`.
    pub(crate) fn with_effect_of_at_least(self, effect: Effect) -> Self {
        let effect = effect.max(self.0.effect);
        self.with_effect(effect)
    }

    /// Sets a hint that tells the user what to do.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Sets the cause.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Returns the kind of the failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the message as one line, without the operation and the resource.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the operation that failed.
    pub fn operation(&self) -> Option<Operation> {
        self.0.operation
    }

    /// Returns the resource that the operation concerns.
    pub fn resource(&self) -> Option<&str> {
        self.0.resource.as_deref()
    }

    /// Returns AWS's error code, for example `NoSuchEntity`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Returns the HTTP status of AWS's response.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Returns AWS's request id.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Returns AWS's error: this error if it came from AWS, or else the first of its causes that
    /// came from AWS.
    ///
    /// For example, a timeout does not come from AWS, but its cause, the error from the last
    /// attempt, does. Use this method to find the code, status and request id of any error.
    pub fn answer(&self) -> Option<&Self> {
        let chain = std::iter::successors(Some(self as &(dyn StdError + 'static)), |&e| e.source());
        chain
            .filter_map(|error| error.downcast_ref::<Self>())
            .find(|error| error.code().is_some() || error.request_id().is_some())
    }

    /// Returns the effect of the failed request. In a run's report, this is the effect of the whole
    /// step.
    pub fn effect(&self) -> Effect {
        self.0.effect
    }

    /// Returns what the user can do: the hint set with [`Error::with_hint`], or else the general
    /// hint for the kind.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref().or_else(|| Some(self.0.kind.hint()))
    }

    /// Returns whether the request can succeed if it is repeated later without changes.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.0.kind,
            ErrorKind::Throttled
                | ErrorKind::Service
                | ErrorKind::Connection
                | ErrorKind::ChangeInProgress
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { message, operation, resource, code, request_id, .. } = &*self.0;
        match (operation, resource) {
            (Some(operation), Some(resource)) => write!(f, "{operation} for {resource}: ")?,
            (Some(operation), None) => write!(f, "{operation}: ")?,
            (None, Some(resource)) => write!(f, "{resource}: ")?,
            (None, None) => {}
        }
        f.write_str(message)?;
        match (code, request_id) {
            (Some(code), Some(id)) => write!(f, " ({code}, request id {id})"),
            (Some(code), None) => write!(f, " ({code})"),
            (None, Some(id)) => write!(f, " (request id {id})"),
            (None, None) => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            kind,
            message,
            operation,
            resource,
            code,
            status,
            request_id,
            effect,
            hint,
            source,
        } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("message", message)
            .field("operation", operation)
            .field("resource", resource)
            .field("code", code)
            .field("status", status)
            .field("request_id", request_id)
            .field("effect", effect)
            .field("hint", hint)
            .field("source", source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// Serializes all details. The code, status and request id come from [`Error::answer`]; the causes
/// are written as text, outermost first.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let Inner {
            kind,
            message,
            operation,
            resource,
            code: _,
            status: _,
            request_id: _,
            effect,
            hint: _,
            source: _,
        } = &*self.0;
        let answer = self.answer();
        let causes = std::iter::successors(self.source(), |&cause| cause.source());
        let causes: Vec<String> = causes.map(ToString::to_string).collect();
        let mut state = serializer.serialize_struct("Error", 10)?;
        state.serialize_field("kind", kind)?;
        state.serialize_field("message", message)?;
        state.serialize_field("operation", operation)?;
        state.serialize_field("resource", resource)?;
        state.serialize_field("code", &answer.and_then(Self::code))?;
        state.serialize_field("status", &answer.and_then(Self::status))?;
        state.serialize_field("request_id", &answer.and_then(Self::request_id))?;
        state.serialize_field("effect", effect)?;
        state.serialize_field("hint", &self.hint())?;
        state.serialize_field("causes", &causes)?;
        state.end()
    }
}

/// Defines a list of errors that is itself an error.
macro_rules! error_list {
    ($(#[$doc:meta])* $list:ident($error:ty)) => {
        $(#[$doc])*
        pub struct $list(Vec<$error>);

        impl $list {
            pub(crate) fn new(errors: Vec<$error>) -> Self {
                Self(errors)
            }

            /// Iterates over the errors.
            pub fn iter(&self) -> std::slice::Iter<'_, $error> {
                self.0.iter()
            }
        }

        impl IntoIterator for $list {
            type Item = $error;
            type IntoIter = std::vec::IntoIter<$error>;

            fn into_iter(self) -> Self::IntoIter {
                self.0.into_iter()
            }
        }

        impl<'a> IntoIterator for &'a $list {
            type Item = &'a $error;
            type IntoIter = std::slice::Iter<'a, $error>;

            fn into_iter(self) -> Self::IntoIter {
                self.iter()
            }
        }

        impl std::fmt::Display for $list {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::error::joined(f, &self.0)
            }
        }

        impl std::error::Error for $list {}
    };
}
pub(crate) use error_list;

error_list! {
    /// One or more failures of a run.
    #[derive(Debug)]
    Errors(Error)
}

/// Writes several errors on one line.
pub(crate) fn joined<T: fmt::Display>(f: &mut fmt::Formatter<'_>, errors: &[T]) -> fmt::Result {
    for (index, error) in errors.iter().enumerate() {
        let separator = if index == 0 { "" } else { "; " };
        write!(f, "{separator}{error}")?;
    }
    Ok(())
}

/// Converts "not found" errors to `None`.
pub trait OrAbsent<T> {
    /// Turns [`ErrorKind::NotFound`] into `Ok(None)` and keeps all other errors.
    ///
    /// # Errors
    /// Returns the error if it is of any other kind.
    fn or_absent(self) -> Result<Option<T>>;
}

impl<T> OrAbsent<T> for Result<T> {
    fn or_absent(self) -> Result<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, Error, ErrorKind, OrAbsent, Result};
    use crate::operation::{ecs, iam};

    #[test]
    fn display_shows_operation_resource_code_and_request_id_without_the_source() {
        let error = Error::from_aws(iam::GET_ROLE, "NoSuchEntity", "no such role", Some(404))
            .for_resource("iam_role.ecs_task_role")
            .with_request_id(Some("r-1"))
            .with_source("the cause");
        assert_eq!(
            error.to_string(),
            "iam:GetRole for iam_role.ecs_task_role: no such role (NoSuchEntity, request id r-1)"
        );
    }

    #[test]
    fn first_resource_is_kept() {
        let error = Error::new(ErrorKind::Other, "x").for_resource("inner").for_resource("outer");
        assert_eq!(error.resource(), Some("inner"));
    }

    #[test]
    fn aws_error_is_found_behind_other_errors() {
        let refused = Error::from_aws(iam::DELETE_ROLE, "DeleteConflict", "in use", Some(409))
            .with_request_id(Some("r-1"));
        let waited = Error::new(ErrorKind::Timeout, "waited 2 minutes")
            .with_operation(iam::DELETE_ROLE)
            .for_resource("iam_role.x")
            .with_source(refused);
        assert_eq!((waited.code(), waited.request_id()), (None, None));
        let answer = waited.answer().unwrap();
        assert_eq!((answer.code(), answer.request_id()), (Some("DeleteConflict"), Some("r-1")));

        let json = serde_json::to_value(&waited).unwrap();
        assert_eq!(json["kind"], "timeout");
        assert_eq!(json["operation"], "iam:DeleteRole");
        assert_eq!(json["resource"], "iam_role.x");
        assert_eq!(json["code"], "DeleteConflict");
        assert_eq!(json["status"], 409);
        assert_eq!(json["request_id"], "r-1");
        assert_eq!(json["effect"], "none");
        assert!(json["hint"].is_string());
        let cause = "iam:DeleteRole: in use (DeleteConflict, request id r-1)";
        assert_eq!(json["causes"], serde_json::json!([cause]));

        assert!(Error::new(ErrorKind::Other, "x").with_source("y").answer().is_none());
    }

    #[test]
    fn every_kind_has_a_hint() {
        for kind in [
            ErrorKind::NotFound,
            ErrorKind::AlreadyExists,
            ErrorKind::InUse,
            ErrorKind::ChangeInProgress,
            ErrorKind::InvalidInput,
            ErrorKind::LimitExceeded,
            ErrorKind::AccessDenied,
            ErrorKind::Credentials,
            ErrorKind::Throttled,
            ErrorKind::Service,
            ErrorKind::Connection,
            ErrorKind::Unsupported,
            ErrorKind::NotManaged,
            ErrorKind::Timeout,
            ErrorKind::Cancelled,
            ErrorKind::Blocked,
            ErrorKind::Changed,
            ErrorKind::Other,
        ] {
            assert!(Error::new(kind, "x").hint().is_some(), "{kind:?}");
        }
    }

    #[test]
    fn unknown_code_gets_its_kind_from_the_status() {
        let of = |status| Error::from_aws(ecs::CREATE_CLUSTER, "Odd", "odd", status);
        assert_eq!(of(Some(503)).kind(), ErrorKind::Service);
        assert_eq!(of(Some(503)).effect(), Effect::Unknown);
        assert_eq!(of(Some(429)).kind(), ErrorKind::Throttled);
        assert_eq!(of(Some(401)).kind(), ErrorKind::Credentials);
        assert_eq!(of(Some(403)).kind(), ErrorKind::AccessDenied);
        assert_eq!(of(Some(404)).kind(), ErrorKind::NotFound);
        assert_eq!(of(Some(501)).kind(), ErrorKind::Unsupported);
        assert_eq!(of(None).kind(), ErrorKind::Other);
        assert_eq!(of(Some(400)).kind(), ErrorKind::Other);
    }

    #[test]
    fn or_absent_only_turns_not_found_into_none() {
        let missing: Result<()> = Err(Error::new(ErrorKind::NotFound, "gone"));
        assert_eq!(missing.or_absent().unwrap(), None);
        let denied: Result<()> = Err(Error::new(ErrorKind::AccessDenied, "no"));
        assert_eq!(denied.or_absent().unwrap_err().kind(), ErrorKind::AccessDenied);
    }
}
