//! The one error type of the provider traits and the engine.

mod codes;

use std::error::Error as StdError;
use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::operation::Operation;

/// The result of every provider method and of the engine.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure an [`Error`] is, independent of the service that reported it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The resource that the request names does not exist.
    NotFound,
    /// A resource of that name exists already.
    AlreadyExists,
    /// The resource is in use, or something that belongs to it is still there.
    InUse,
    /// Another change of the same resource is under way; a later attempt can succeed.
    ChangeInProgress,
    /// The service refused the request's content.
    InvalidInput,
    /// A quota of the account or of the service is used up.
    LimitExceeded,
    /// The caller may not do this.
    AccessDenied,
    /// The credentials are missing, expired or wrong.
    Credentials,
    /// The service asked for fewer requests.
    Throttled,
    /// The service failed on its side.
    Service,
    /// The request or the answer was lost on the way.
    Connection,
    /// The backend does not offer this operation.
    Unsupported,
    /// The resource is there, but it is not this foundation's.
    NotOurs,
    /// A wait reached its bound.
    Timeout,
    /// The run was cancelled before the operation was tried or while it waited.
    Cancelled,
    /// The plan cannot be applied until something else is resolved.
    Blocked,
    /// Reality differs from what the operation was planned on.
    Changed,
    /// None of the above.
    Other,
}

impl ErrorKind {
    /// Returns what to do about an error of this kind, where nothing more specific is known.
    pub fn hint(self) -> &'static str {
        codes::hint(self)
    }

    /// The kind behind an AWS error code; `message` tells apart what shares a code.
    ///
    /// This table is the only place where AWS's codes become kinds: the SDK backend and the mock both
    /// use it. An unknown code gives [`ErrorKind::Other`].
    pub fn from_aws(operation: Operation, code: &str, message: &str) -> Self {
        codes::kind(operation, code, message)
    }
}

/// Whether a request, or the step that it was for, has changed something although it failed.
///
/// The order of the variants is the order of what has to be reckoned with: of several attempts the greatest
/// counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The service answered with a refusal, or the request was never sent: nothing has changed.
    None,
    /// The answer was lost or the service failed midway: it may have changed what it was asked to.
    Unknown,
    /// A call that changes something has succeeded, and what failed came after it: another call of the same
    /// step, or seeing that the change has settled.
    Done,
}

/// A failure, with all that is known about it.
///
/// `Display` gives one line without the source; print the chain with [`StdError::source`] in one place.
pub struct Error(Box<Inner>);

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
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `kind`; `message` is lower-case, without a full stop.
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

    /// The error that an AWS service answered `operation` with.
    ///
    /// The kind comes from [`ErrorKind::from_aws`]; where the code is unknown, the HTTP status decides: 404 is
    /// [`ErrorKind::NotFound`], 401 [`ErrorKind::Credentials`], 403 [`ErrorKind::AccessDenied`], 429
    /// [`ErrorKind::Throttled`], 501 [`ErrorKind::Unsupported`] and any other 5xx [`ErrorKind::Service`].
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

    /// Sets the kind, for a code that [`ErrorKind::from_aws`] does not know or that means something else in this service.
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Says which operation failed; the first one said stays.
    pub fn with_operation(mut self, operation: Operation) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// Says which resource the operation was for, by name or address; the first one said stays.
    pub fn for_resource(mut self, resource: impl Into<String>) -> Self {
        self.0.resource.get_or_insert_with(|| resource.into());
        self
    }

    /// Adds the request id that AWS support asks for.
    pub fn with_request_id(mut self, id: Option<impl Into<String>>) -> Self {
        self.0.request_id = id.map(Into::into);
        self
    }

    /// Says whether the request may have taken effect.
    pub fn with_effect(mut self, effect: Effect) -> Self {
        self.0.effect = effect;
        self
    }

    /// Says that, of all that belongs to the failed request, something had this effect at least.
    pub(crate) fn with_effect_of_at_least(self, effect: Effect) -> Self {
        let effect = effect.max(self.0.effect);
        self.with_effect(effect)
    }

    /// Says what the reader can do about it.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds the cause.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What happened, in one line, without operation and resource.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The operation that failed.
    pub fn operation(&self) -> Option<Operation> {
        self.0.operation
    }

    /// The resource that the operation was for.
    pub fn resource(&self) -> Option<&str> {
        self.0.resource.as_deref()
    }

    /// AWS's error code, for instance `NoSuchEntity`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The HTTP status of AWS's answer.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The id under which AWS knows the request.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// What AWS answered: this error where AWS gave it, else the first of its causes that AWS gave.
    ///
    /// A wait that reached its bound is no answer of AWS, but the refusal that it waited out is; code, status
    /// and request id to look into are found here whatever the error is.
    pub fn answer(&self) -> Option<&Self> {
        let chain = std::iter::successors(Some(self as &(dyn StdError + 'static)), |&e| e.source());
        chain
            .filter_map(|error| error.downcast_ref::<Self>())
            .find(|error| error.code().is_some() || error.request_id().is_some())
    }

    /// Whether the request has, or may have, taken effect. In the report of a run it tells that of the whole
    /// step.
    pub fn effect(&self) -> Effect {
        self.0.effect
    }

    /// What the reader can do about it: what was said with [`Error::with_hint`], else what the kind
    /// suggests.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref().or_else(|| Some(self.0.kind.hint()))
    }

    /// Whether the same request can succeed later without anybody doing anything.
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

/// An error as data: all that is known, with code, status and request id of [`Error::answer`], and the causes
/// as text, outermost first.
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

/// Several failures of one run, at least one.
#[derive(Debug)]
pub struct Errors(Vec<Error>);

impl Errors {
    pub(crate) fn new(errors: Vec<Error>) -> Self {
        Self(errors)
    }

    /// Each failure.
    pub fn iter(&self) -> std::slice::Iter<'_, Error> {
        self.0.iter()
    }
}

impl IntoIterator for Errors {
    type Item = Error;
    type IntoIter = std::vec::IntoIter<Error>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Errors {
    type Item = &'a Error;
    type IntoIter = std::slice::Iter<'a, Error>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        joined(f, &self.0)
    }
}

impl StdError for Errors {}

/// Several errors in one line.
pub(crate) fn joined<T: fmt::Display>(f: &mut fmt::Formatter<'_>, errors: &[T]) -> fmt::Result {
    for (index, error) in errors.iter().enumerate() {
        let separator = if index == 0 { "" } else { "; " };
        write!(f, "{separator}{error}")?;
    }
    Ok(())
}

/// Reads "not there" as a value.
pub trait OrAbsent<T> {
    /// Turns [`ErrorKind::NotFound`] into `Ok(None)` and leaves every other error.
    ///
    /// # Errors
    /// Every error of another kind.
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
    fn display_names_operation_resource_code_and_request_without_the_source() {
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
    fn the_innermost_resource_stays() {
        let error = Error::new(ErrorKind::Other, "x").for_resource("inner").for_resource("outer");
        assert_eq!(error.resource(), Some("inner"));
    }

    #[test]
    fn what_aws_answered_is_found_behind_a_failure_of_our_own() {
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
            ErrorKind::NotOurs,
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
    fn an_unknown_code_is_judged_by_its_status() {
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
    fn or_absent_turns_not_found_alone_into_none() {
        let missing: Result<()> = Err(Error::new(ErrorKind::NotFound, "gone"));
        assert_eq!(missing.or_absent().unwrap(), None);
        let denied: Result<()> = Err(Error::new(ErrorKind::AccessDenied, "no"));
        assert_eq!(denied.or_absent().unwrap_err().kind(), ErrorKind::AccessDenied);
    }
}
