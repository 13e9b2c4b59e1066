//! Deletes resources that the suite left behind in an account, either in this run or in a run that
//! started more than 24 hours ago. The name of each such resource starts with `conf-RUN-`,
//! possibly after `/` or `/ecs/`. `RUN` begins with the minute in which the run started.

use std::process::ExitCode;

use aws_types::SdkConfig;
use infra_aws::ConnectOptions;
use infra_core::error::{Error, OrAbsent, Result};
use infra_core::provider::Providers;
use infra_mock::time::{Clock, SystemClock};

use super::{say, variable};

/// The number of minutes after which a run has certainly ended.
const LONGEST_RUN: u64 = 24 * 60;

/// Deletes leftover resources and prints the name of each. Fails if a resource could not be
/// deleted.
pub(crate) fn run() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let swept = runtime.map_err(|error| error.to_string()).and_then(|runtime| {
        runtime.block_on(async { sweep().await.map_err(|error| error.to_string()) })
    });
    match swept {
        Ok(problems) if problems.is_empty() => ExitCode::SUCCESS,
        Ok(problems) => {
            for problem in problems {
                say(&format!("error: {problem}"));
            }
            ExitCode::FAILURE
        }
        Err(problem) => {
            say(&format!("error: cannot list leftover resources: {problem}"));
            ExitCode::FAILURE
        }
    }
}

/// Returns whether a resource name belongs to this run, or to an older run that has certainly
/// ended.
fn is_leftover_name(name: &str, own: Option<&str>, now: u64) -> bool {
    let text = name.trim_start_matches("/ecs/").trim_start_matches('/');
    let Some((run, _)) = text.strip_prefix("conf-").and_then(|rest| rest.split_once('-')) else {
        return false;
    };
    let began = run.get(..5).and_then(|minute| u64::from_str_radix(minute, 36).ok());
    own == Some(run) || began.is_some_and(|began| began + LONGEST_RUN < now)
}

async fn sweep() -> Result<Vec<String>> {
    let endpoint_url = variable("ENDPOINT");
    let emulator = endpoint_url.is_some();
    let options = ConnectOptions {
        region: emulator.then(|| "us-east-1".parse().ok()).flatten(),
        endpoint_url,
        placeholder_keys: emulator,
        ..ConnectOptions::default()
    };
    let config = infra_aws::sdk_config(&options).await?;
    let providers = infra_aws::providers(&config)?;
    let (own, now) = (variable("RUN"), SystemClock.now().millis() / 60_000);
    let is_leftover = |name: &str| is_leftover_name(name, own.as_deref(), now);
    let mut problems = Vec::new();
    let mut note = |what: &str, outcome: Result<()>| match outcome.or_absent() {
        Ok(_) => say(&format!("deleted {what}")),
        Err(error) => problems.push(format!("{what}: {error}")),
    };
    for name in repositories(&config).await?.into_iter().filter(|name| is_leftover(name)) {
        let name = name.parse().map_err(|error| invalid(&error))?;
        note(
            &format!("repository {name}"),
            providers.repositories().delete_repository(&name, true).await,
        );
    }
    for name in log_groups(&config).await?.into_iter().filter(|name| is_leftover(name)) {
        let name = name.parse().map_err(|error| invalid(&error))?;
        note(&format!("log group {name}"), providers.log_groups().delete_log_group(&name).await);
    }
    for name in clusters(&config).await?.into_iter().filter(|name| is_leftover(name)) {
        let name = name.parse().map_err(|error| invalid(&error))?;
        note(&format!("cluster {name}"), providers.clusters().delete_cluster(&name).await);
    }
    let iam = aws_sdk_iam::Client::new(&config);
    for name in roles(&iam).await?.into_iter().filter(|name| is_leftover(name)) {
        note(&format!("role {name}"), remove_role(&providers, &iam, &name).await);
    }
    for (name, arn) in policies(&iam).await?.into_iter().filter(|(name, _)| is_leftover(name)) {
        let gone = iam.delete_policy().policy_arn(arn).send().await;
        note(&format!("policy {name}"), gone.map(drop).map_err(failed));
    }
    Ok(problems)
}

fn invalid(error: &infra_core::names::InvalidValue) -> Error {
    Error::new(infra_core::ErrorKind::InvalidInput, error.to_string())
}

fn failed(error: impl std::error::Error + 'static) -> Error {
    let shown = aws_smithy_types::error::display::DisplayErrorContext(error).to_string();
    Error::new(infra_core::ErrorKind::Other, shown)
}

/// Removes a role's policies and instance profiles, and then deletes the role.
async fn remove_role(providers: &Providers, iam: &aws_sdk_iam::Client, name: &str) -> Result<()> {
    let (roles, name) = (providers.roles(), name.parse().map_err(|error| invalid(&error))?);
    for policy in roles.list_attached_role_policies(&name).await? {
        roles.detach_role_policy(&name, &policy.arn).await?;
    }
    for policy in roles.list_role_policies(&name).await? {
        roles.delete_role_policy(&name, &policy).await?;
    }
    for profile in roles.list_instance_profiles_for_role(&name).await? {
        let held = iam.remove_role_from_instance_profile().role_name(name.as_str());
        held.instance_profile_name(&profile).send().await.map_err(failed)?;
        let gone = iam.delete_instance_profile().instance_profile_name(&profile);
        gone.send().await.map_err(failed)?;
    }
    roles.delete_role(&name).await
}

async fn repositories(config: &SdkConfig) -> Result<Vec<String>> {
    let ecr = aws_sdk_ecr::Client::new(config);
    let pages = ecr.describe_repositories().into_paginator().items().send();
    let all = pages.collect::<std::result::Result<Vec<_>, _>>().await.map_err(failed)?;
    Ok(all.iter().filter_map(|it| it.repository_name().map(str::to_owned)).collect())
}

async fn log_groups(config: &SdkConfig) -> Result<Vec<String>> {
    let logs = aws_sdk_cloudwatchlogs::Client::new(config);
    let mut names = Vec::new();
    for prefix in ["/conf-", "/ecs/conf-"] {
        let pages = logs.describe_log_groups().log_group_name_prefix(prefix).into_paginator();
        let all = pages.items().send().collect::<std::result::Result<Vec<_>, _>>().await;
        let all = all.map_err(failed)?;
        names.extend(all.iter().filter_map(|it| it.log_group_name().map(str::to_owned)));
    }
    Ok(names)
}

async fn clusters(config: &SdkConfig) -> Result<Vec<String>> {
    let ecs = aws_sdk_ecs::Client::new(config);
    let pages = ecs.list_clusters().into_paginator().items().send();
    let all = pages.collect::<std::result::Result<Vec<String>, _>>().await.map_err(failed)?;
    Ok(all.iter().filter_map(|arn| arn.rsplit('/').next().map(str::to_owned)).collect())
}

async fn roles(iam: &aws_sdk_iam::Client) -> Result<Vec<String>> {
    let pages = iam.list_roles().into_paginator().items().send();
    let all = pages.collect::<std::result::Result<Vec<_>, _>>().await.map_err(failed)?;
    Ok(all.iter().map(|role| role.role_name().to_owned()).collect())
}

async fn policies(iam: &aws_sdk_iam::Client) -> Result<Vec<(String, String)>> {
    let own = aws_sdk_iam::types::PolicyScopeType::Local;
    let pages = iam.list_policies().scope(own).into_paginator().items().send();
    let all = pages.collect::<std::result::Result<Vec<_>, _>>().await.map_err(failed)?;
    let pair = |it: &aws_sdk_iam::types::Policy| {
        Some((it.policy_name()?.to_owned(), it.arn()?.to_owned()))
    };
    Ok(all.iter().filter_map(pair).collect())
}
