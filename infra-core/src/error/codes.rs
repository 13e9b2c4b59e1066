//! The mapping from AWS's error codes to kinds, and the hint for each kind.
//!
//! Codes and meanings come from the API references of the five services and from
//! <https://docs.aws.amazon.com/general/latest/gr/api-retries.html>; codes shared by all services
//! come from <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/CommonErrors.html>.

use super::ErrorKind;
use crate::operation::{Operation, ecs};

/// Part of the message that `CreateCluster` returns if an ACTIVE cluster has the same name but
/// different attributes.
const OTHER_ARGUMENTS: &str = "idempotent request are inconsistent";

pub(super) fn kind(operation: Operation, code: &str, message: &str) -> ErrorKind {
    // ECS returns each of these codes for several kinds of error. The operation or the message
    // shows which kind applies.
    match code {
        "InvalidParameterException" | "ClientException"
            if operation == ecs::CREATE_CLUSTER && message.contains(OTHER_ARGUMENTS) =>
        {
            return ErrorKind::AlreadyExists;
        }
        "ClientException" if message.contains("Cluster was not ACTIVE") => {
            return ErrorKind::ChangeInProgress;
        }
        _ => {}
    }
    match code {
        "NoSuchEntity"
        | "ClusterNotFoundException"
        | "RepositoryNotFoundException"
        | "RepositoryPolicyNotFoundException"
        | "LifecyclePolicyNotFoundException"
        | "ImageNotFoundException"
        | "ResourceNotFoundException"
        // Not an error code, but the reason that DescribeClusters gives in `failures`.
        | "MISSING" => ErrorKind::NotFound,

        "EntityAlreadyExists"
        | "RepositoryAlreadyExistsException"
        | "ResourceAlreadyExistsException" => ErrorKind::AlreadyExists,

        "DeleteConflict"
        | "RepositoryNotEmptyException"
        | "ClusterContainsServicesException"
        | "ClusterContainsTasksException"
        | "ClusterContainsContainerInstancesException"
        | "ClusterContainsCapacityProviderException"
        // PutClusterCapacityProviders returns this code if tasks still use a provider that the call
        // would remove.
        | "ResourceInUseException" => ErrorKind::InUse,

        "UpdateInProgressException"
        | "OperationAbortedException"
        | "ConcurrentModification"
        | "EntityTemporarilyUnmodifiable" => ErrorKind::ChangeInProgress,

        "LimitExceeded"
        | "LimitExceededException"
        | "ServiceQuotaExceededException"
        | "TooManyTagsException" => ErrorKind::LimitExceeded,

        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "OptInRequired" => {
            ErrorKind::AccessDenied
        }

        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "InvalidSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "SignatureDoesNotMatch"
        | "RequestTimeTooSkewed"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired" => ErrorKind::Credentials,

        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "RequestThrottled"
        | "RequestLimitExceeded"
        | "SlowDown" => ErrorKind::Throttled,

        "ServerException"
        | "ServiceFailure"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "InternalFailure"
        | "InternalServerError"
        | "InternalServerException"
        | "InternalError" => unsupported_or(message, ErrorKind::Service),

        "RequestTimeout" | "RequestTimeoutException" => ErrorKind::Connection,

        "UnknownOperationException" | "InvalidAction" | "NotImplemented" => ErrorKind::Unsupported,

        "InvalidParameterException"
        | "InvalidParameter"
        | "InvalidParameterValue"
        | "InvalidInput"
        | "InvalidTagParameterException"
        | "MalformedPolicyDocument"
        | "PolicyNotAttachable"
        | "UnmodifiableEntity"
        | "KmsException"
        | "SerializationException"
        | "MalformedInput"
        | "ValidationError"
        | "ValidationException"
        | "ClientException" => ErrorKind::InvalidInput,

        _ => ErrorKind::Other,
    }
}

/// Returns [`ErrorKind::Unsupported`] if the message says that LocalStack does not implement the
/// service or operation; LocalStack reports this as `InternalFailure` with status 501. Returns
/// `otherwise` for any other message.
fn unsupported_or(message: &str, otherwise: ErrorKind) -> ErrorKind {
    let words =
        ["not yet been emulated", "not included in your", "action has not been implemented"];
    if words.iter().any(|words| message.contains(words)) {
        ErrorKind::Unsupported
    } else {
        otherwise
    }
}

pub(super) fn hint(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::AccessDenied => {
            "grant the caller permission for this action on the resource, then run again"
        }
        ErrorKind::Credentials => {
            "check AWS_PROFILE or AWS_ACCESS_KEY_ID, renew expired credentials (`aws sso login`), \
             and try `aws sts get-caller-identity`"
        }
        ErrorKind::Throttled => "wait a moment or reduce the parallelism, then run again",
        ErrorKind::Service => {
            "AWS failed to process the request; run again, completed steps are skipped"
        }
        ErrorKind::Connection => {
            "check the network, the region and the endpoint, then run again; completed steps are skipped"
        }
        ErrorKind::LimitExceeded => {
            "request a higher quota in Service Quotas, or delete unused resources"
        }
        ErrorKind::ChangeInProgress | ErrorKind::Timeout => {
            "run again in a few minutes; completed steps are skipped"
        }
        ErrorKind::Changed => {
            "the resource changed after the plan was made; run again to make a new plan from the current state"
        }
        ErrorKind::Blocked => "resolve the blocker, then run again",
        ErrorKind::Cancelled => "run again to continue; completed steps are skipped",
        ErrorKind::NotManaged => "adopt the resource, or choose another name",
        ErrorKind::Unsupported => {
            "this endpoint does not support the operation; use another backend"
        }
        ErrorKind::NotFound => {
            "something that the request refers to does not exist; run again to make a new plan from the current state"
        }
        ErrorKind::AlreadyExists => "run again to make a new plan from the current state",
        ErrorKind::InUse => "remove whatever uses the resource, then run again",
        ErrorKind::InvalidInput => "fix the setting named in the AWS error, then run again",
        ErrorKind::Other => "look up the error code in the service's API reference",
    }
}

#[cfg(test)]
mod tests {
    use super::{ErrorKind, kind};
    use crate::operation::{ecr, ecs, iam, logs};

    #[test]
    fn code_with_two_meanings_is_distinguished_by_its_message() {
        let inconsistent = "Arguments on this idempotent request are inconsistent with arguments used \
                            in previous request(s).";
        let of = |op, message| kind(op, "InvalidParameterException", message);
        assert_eq!(of(ecs::CREATE_CLUSTER, inconsistent), ErrorKind::AlreadyExists);
        assert_eq!(of(ecs::DELETE_CLUSTER, inconsistent), ErrorKind::InvalidInput);
        assert_eq!(of(ecs::CREATE_CLUSTER, "bad"), ErrorKind::InvalidInput);
        let not_active =
            kind(ecs::PUT_CLUSTER_CAPACITY_PROVIDERS, "ClientException", "Cluster was not ACTIVE.");
        assert_eq!(not_active, ErrorKind::ChangeInProgress);
    }

    #[test]
    fn not_found_codes_of_each_service_are_recognized() {
        assert_eq!(kind(iam::GET_ROLE, "NoSuchEntity", ""), ErrorKind::NotFound);
        assert_eq!(
            kind(ecr::GET_REPOSITORY_POLICY, "RepositoryPolicyNotFoundException", ""),
            ErrorKind::NotFound
        );
        assert_eq!(
            kind(logs::PUT_RETENTION_POLICY, "ResourceNotFoundException", ""),
            ErrorKind::NotFound
        );
    }

    #[test]
    fn missing_localstack_services_are_unsupported() {
        let message = "The API for service ecs is either not included in your current license plan or \
                       has not yet been emulated by LocalStack.";
        assert_eq!(
            kind(ecs::DESCRIBE_CLUSTERS, "InternalFailure", message),
            ErrorKind::Unsupported
        );
        let message = "The associate_kms_key action has not been implemented";
        assert_eq!(
            kind(logs::ASSOCIATE_KMS_KEY, "InternalFailure", message),
            ErrorKind::Unsupported
        );
        assert_eq!(kind(ecs::DESCRIBE_CLUSTERS, "InternalFailure", ""), ErrorKind::Service);
    }
}
