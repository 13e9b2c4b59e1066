//! Formats outputs for other tools.

use std::collections::BTreeMap;

use infra_core::foundation::Outputs;
use serde::Serialize;

/// One output in the format of `terraform output -json`, so that existing scripts work unchanged.
#[derive(Debug, Serialize)]
pub(crate) struct OutputJson<'a> {
    sensitive: bool,
    r#type: &'static str,
    value: &'a str,
}

/// Returns all outputs in the format of `terraform output -json`, sorted by name as in Terraform.
pub(crate) fn outputs_json(outputs: &Outputs) -> BTreeMap<&str, OutputJson<'_>> {
    outputs
        .iter()
        .map(|(name, value)| (name, OutputJson { sensitive: false, r#type: "string", value }))
        .collect()
}

/// Formats an output as `name = "value"`, as Terraform prints it after an apply.
pub(crate) fn text_line(name: &str, value: &str) -> String {
    format!("{name} = {value:?}\n")
}

/// Formats an output as `export NAME=value` for a POSIX shell.
pub(crate) fn env_line(name: &str, value: &str) -> String {
    format!("export {}={}\n", name.to_ascii_uppercase(), shell_word(value))
}

/// Formats an output as `name=value`, which is a line in the `$GITHUB_OUTPUT` file.
///
/// A value always fits on one line, because ARNs and AWS names cannot contain newlines.
pub(crate) fn github_line(name: &str, value: &str) -> String {
    format!("{name}={value}\n")
}

/// Returns the value as one word for a POSIX shell, quoted only if necessary.
pub(crate) fn shell_word(value: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !value.is_empty() && value.chars().all(harmless) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use infra_core::arn::Location;
    use infra_core::foundation::{Foundation, FoundationSpec};

    use super::{env_line, github_line, outputs_json, text_line};

    fn foundation() -> Foundation {
        let (account_id, region) = ("123456789012".parse().unwrap(), "us-east-1".parse().unwrap());
        let location = Location::new(account_id, region).unwrap();
        let spec = FoundationSpec::new("demo".parse().unwrap(), "dev".parse().unwrap());
        Foundation::new(spec, location).unwrap()
    }

    #[test]
    fn json_has_the_shape_of_terraform_output() {
        let json = serde_json::to_value(outputs_json(&foundation().outputs())).unwrap();
        assert_eq!(json.as_object().unwrap().len(), 8);
        assert_eq!(
            json["cloudwatch_log_group_name"],
            serde_json::json!({"sensitive": false, "type": "string", "value": "/ecs/demo-dev"})
        );
    }

    #[test]
    fn each_format_is_one_line() {
        assert_eq!(text_line("a", "/ecs/demo"), "a = \"/ecs/demo\"\n");
        assert_eq!(env_line("log_group", "/ecs/demo-dev"), "export LOG_GROUP=/ecs/demo-dev\n");
        assert_eq!(env_line("x", "it's $HOME"), "export X='it'\\''s $HOME'\n");
        assert_eq!(env_line("x", ""), "export X=''\n");
        assert_eq!(github_line("x", "a:b/c"), "x=a:b/c\n");
    }
}
