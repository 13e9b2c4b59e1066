//! `PutAccountSetting` and `GetAccountSetting`. Only the blob mounting setting has an effect; see
//! [`registry`](crate::registry).

use crate::api::{ApiResult, Call, Operation};
use crate::ecr::{GetAccountSettingRequest, PutAccountSettingRequest};

use super::{State, check};

const BLOB_MOUNTING: &str = "BLOB_MOUNTING";

/// Every setting, with its possible values. The first value is the default. The values come from
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutAccountSetting.html>. The previous versions `CLAIR`
/// and `V1` are no longer documented there, but Terraform's tests set them:
/// <https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ecr/account_setting_test.go>.
const SETTINGS: [(&str, &[&str]); 3] = [
    ("BASIC_SCAN_TYPE_VERSION", &["AWS_NATIVE", "CLAIR"]),
    ("REGISTRY_POLICY_SCOPE", &["V2", "V1"]),
    (BLOB_MOUNTING, &["DISABLED", "ENABLED"]),
];

impl State {
    /// Returns whether layers from other repositories in the registry can be mounted. Blob mounting
    /// must be enabled for the registry:
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/blob-mounting.html>.
    pub(crate) fn mounts_blobs(&self) -> bool {
        self.account_settings.get(BLOB_MOUNTING).is_some_and(|value| value == "ENABLED")
    }

    /// Returns whether a layer from one repository can be mounted into another: "Repositories must
    /// use identical encryption type and keys."
    pub(crate) fn can_mount(&self, from: &str, to: &str) -> bool {
        let encryption = |name: &str| self.repositories.get(name).map(|stored| &stored.encryption);
        self.mounts_blobs() && encryption(from) == encryption(to)
    }
}

/// Returns the valid values of a setting. AWS's message for an unknown name or value is not
/// publicly documented.
fn values(name: &str) -> ApiResult<&'static [&'static str]> {
    let found = SETTINGS.into_iter().find(|(known, _)| *known == name);
    let names = SETTINGS.map(|(known, _)| known);
    check::one_of("name", name, &names)?;
    Ok(found.map(|(_, values)| values).unwrap_or_default())
}

/// Changes a setting of the registry.
impl Operation for PutAccountSettingRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (name, value) = (self.name.unwrap_or_default(), self.value.unwrap_or_default());
        check::one_of("value", &value, values(&name)?)?;
        call.ecr().account_settings.insert(name.clone(), value.clone());
        Ok(Self::Output { name, value })
    }
}

/// Returns a setting of the registry.
impl Operation for GetAccountSettingRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.name.unwrap_or_default();
        let default = values(&name)?.first().copied().unwrap_or_default();
        let stored = call.ecr().account_settings.get(&name);
        let value = stored.cloned().unwrap_or_else(|| default.to_owned());
        Ok(Self::Output { name, value })
    }
}
