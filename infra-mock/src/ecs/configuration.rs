//! The rules for a cluster's execute command configuration and storage configuration.

use super::errors;
use crate::api::ApiResult;
use crate::ecs::{ClusterConfiguration, ExecuteCommandConfiguration};

/// Checks a configuration and fills in AWS's defaults.
pub(super) fn check(
    configuration: Option<ClusterConfiguration>,
) -> ApiResult<Option<ClusterConfiguration>> {
    let Some(mut configuration) = configuration else { return Ok(None) };
    if let Some(execute_command) = &mut configuration.execute_command_configuration {
        check_execute_command(execute_command)?;
    }
    Ok((configuration != ClusterConfiguration::default()).then_some(configuration))
}

/// Checks the execute command configuration. Public tools that check templates before deployment
/// quote these messages for `CreateCluster`.
fn check_execute_command(configuration: &mut ExecuteCommandConfiguration) -> ApiResult<()> {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommandConfiguration.html
    let logging = configuration.logging.get_or_insert_with(|| "DEFAULT".to_owned());
    let target = configuration.log_configuration.as_ref().is_some_and(|log| {
        log.cloud_watch_log_group_name.is_some() || log.s3_bucket_name.is_some()
    });
    match logging.as_str() {
        "OVERRIDE" if !target => Err(errors::invalid(
            "A CloudWatch log group name or S3 bucket name must be specified when overriding the default \
             log configuration",
        )),
        "NONE" | "DEFAULT" if configuration.log_configuration.is_some() => Err(errors::invalid(
            "You must set logging to 'OVERRIDE' when you supply a log configuration",
        )),
        "OVERRIDE" | "NONE" | "DEFAULT" => Ok(()),
        other => Err(errors::not_one_of(other, &["NONE", "DEFAULT", "OVERRIDE"])),
    }
}
