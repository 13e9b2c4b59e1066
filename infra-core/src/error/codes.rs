//! The table from AWS error codes to error kinds, and the hint for each kind.
//!
//! Codes and their meaning come from the API references of the five services and from
//! <https://docs.aws.amazon.com/general/latest/gr/api-retries.html>; the codes that all services share
//! from <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/CommonErrors.html>.

use super::ErrorKind;
use crate::operation::{Operation, ecs};

/// ECS answers `CreateCluster` with this where the ACTIVE cluster of that name has other arguments.
const OTHER_ARGUMENTS: &str = "idempotent request are inconsistent";

pub(super) fn kind(operation: Operation, code: &str, message: &str) -> ErrorKind {
    // Codes that one service gives several meanings, told apart by operation or wording.
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
        // The reason that DescribeClusters gives in its `failures`.
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
        // PutClusterCapacityProviders says so of a provider that it is to take off and that tasks use.
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

/// LocalStack answers a service that it lacks, and an operation of one that it has, with 501 `InternalFailure` and these
/// words.
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
            "grant the caller the named action on the named resource, then run again"
        }
        ErrorKind::Credentials => {
            "check AWS_PROFILE or AWS_ACCESS_KEY_ID, renew expired credentials (`aws sso login`), \
             and test them with `aws sts get-caller-identity`"
        }
        ErrorKind::Throttled => "wait a moment or make fewer concurrent calls, then run again",
        ErrorKind::Service => {
            "AWS had an internal error; run again to continue; completed steps are skipped"
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
            "it was changed by someone else in the meantime; run again to make a new plan"
        }
        ErrorKind::Blocked => "resolve the named problem, then run again",
        ErrorKind::Cancelled => "run again to continue",
        ErrorKind::NotOurs => "adopt it, or use another name",
        ErrorKind::Unsupported => {
            "the endpoint does not support this operation; use another backend"
        }
        ErrorKind::NotFound => "the named resource does not exist; run again to make a new plan",
        ErrorKind::AlreadyExists => "run again to make a new plan",
        ErrorKind::InUse => "remove the resources that use it, then run again",
        ErrorKind::InvalidInput => "fix the setting named in the AWS error, then run again",
        ErrorKind::Other => "look up the AWS error code in the service's API reference",
    }
}

#[cfg(test)]
mod tests {
    use super::{ErrorKind, kind};
    use crate::operation::{ecr, ecs, iam, logs};

    #[test]
    fn one_code_with_two_meanings_is_told_apart_by_its_words() {
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
    fn each_service_has_its_own_words_for_absent() {
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
    fn what_localstack_lacks_is_unsupported() {
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
