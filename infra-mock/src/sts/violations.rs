//! AWS STS messages for requests that violate the constraints in the service's model.

use crate::api::{ApiError, ErrorCode};
use crate::constraints::{Broken, Quoted, message};

/// The error code for requests that violate a constraint. The service's model does not contain this
/// code:
/// <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>.
const VALIDATION_ERROR: ErrorCode = ErrorCode::new("ValidationError", 400);

/// Returns the error for a request that violates constraints. STS quotes strings; for
/// other values, no response was recorded:
/// <https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/sts/test_sts.snapshot.json>.
pub(crate) fn refusal(_operation: &str, broken: &[Broken]) -> Option<ApiError> {
    message(broken, Quoted::NumbersAndStrings).map(|message| VALIDATION_ERROR.because(message))
}
