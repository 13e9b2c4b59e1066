//! Converts AWS's names to Rust names.

/// Splits a name into words in the same way as the AWS SDK for Rust: `OpenIDConnectProviderArn`
/// becomes open, id, connect, provider, arn.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, &char) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after_lower = before.is_some_and(|before| !before.is_ascii_uppercase());
        let is_last_of_capitals = chars.get(at + 1).is_some_and(char::is_ascii_lowercase);
        let begins =
            char.is_ascii_uppercase() && before.is_some() && (after_lower || is_last_of_capitals);
        if begins || !char.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if char.is_ascii_alphanumeric() {
            words.last_mut().expect("there is at least one word").push(char.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Converts a name to snake case: `RoleName` becomes `role_name`.
pub(super) fn snake(name: &str) -> String {
    words(name).join("_")
}

/// Converts a name to the name of a field: `type` becomes `r#type`.
pub(super) fn field(name: &str) -> String {
    let name = snake(name);
    if ["type", "match", "ref", "enum"].contains(&name.as_str()) {
        format!("r#{name}")
    } else {
        name
    }
}

/// Converts a name to the name of a constant: `roleNameType` becomes `ROLE_NAME_TYPE`.
pub(super) fn constant(name: &str) -> String {
    snake(name).to_uppercase()
}

/// Converts a name to a type name, which starts with a capital letter.
pub(super) fn type_name(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::{constant, field, snake};

    #[test]
    fn names_are_split_as_the_sdk_splits_them() {
        let cases = [
            ("RoleName", "role_name"),
            ("OpenIDConnectProviderArn", "open_id_connect_provider_arn"),
            ("s3BucketName", "s3_bucket_name"),
            ("SAMLProviderArn", "saml_provider_arn"),
            ("fargateEphemeralStorageKmsKeyId", "fargate_ephemeral_storage_kms_key_id"),
            ("MFADevices", "mfa_devices"),
        ];
        for (name, expected) in cases {
            assert_eq!(snake(name), expected);
        }
        assert_eq!(field("type"), "r#type");
        assert_eq!(constant("roleNameType"), "ROLE_NAME_TYPE");
    }
}
