//! `UpdateCluster`, `UpdateClusterSettings`, and the rules for cluster settings and Service Connect
//! defaults.

use super::reference::Reference;
use super::state::{CHANGED, Change, Status};
use super::{capacity, configuration, errors};
use crate::api::{ApiResult, Call, Operation};
use crate::ecs::{
    ClusterServiceConnectDefaultsRequest, ClusterSetting, UpdateClusterRequest,
    UpdateClusterSettingsRequest,
};

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ClusterSetting.html>
pub(super) const CONTAINER_INSIGHTS_VALUES: [&str; 3] = ["enhanced", "enabled", "disabled"];

/// Checks the settings and returns the value of `containerInsights`.
pub(super) fn check(settings: Vec<ClusterSetting>) -> ApiResult<Option<String>> {
    let mut given = None;
    for ClusterSetting { name, value } in settings {
        let name = name.unwrap_or_default();
        if name != "containerInsights" {
            return Err(errors::not_one_of(&name, &["containerInsights"]));
        }
        let value = value.unwrap_or_default();
        if !CONTAINER_INSIGHTS_VALUES.contains(&value.as_str()) {
            return Err(errors::bad_setting_value());
        }
        given = Some(value);
    }
    Ok(given)
}

/// Returns the namespace in the Service Connect defaults, or `None` if there are no defaults or the
/// namespace is empty.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ClusterServiceConnectDefaultsRequest.html>
pub(super) fn namespace(
    defaults: Option<ClusterServiceConnectDefaultsRequest>,
) -> ApiResult<Option<String>> {
    let Some(defaults) = defaults else { return Ok(None) };
    let namespace = defaults.namespace.ok_or_else(|| errors::blank("Namespace"))?;
    let is_name = !namespace.starts_with("arn:");
    if is_name && (namespace.chars().count() > 1024 || namespace.contains(['>', '<', '"', '/'])) {
        return Err(errors::no_match("Namespace", "^[^<>\"/]{1,1024}$", &namespace));
    }
    Ok(Some(namespace).filter(|namespace| !namespace.is_empty()))
}

/// Changes the settings, configuration and Service Connect defaults of a cluster. Members that the
/// request omits are not changed.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateCluster.html>
impl Operation for UpdateClusterRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let settles_at = now.after(call.world.lag.capacity_providers);
        let name = Reference::required(location, self.cluster.as_deref())?;
        let insights = check(self.settings.unwrap_or_default())?;
        let configuration = configuration::check(self.configuration)?;
        let changes_namespace = self.service_connect_defaults.is_some();
        let namespace = namespace(self.service_connect_defaults)?;
        let record = call.ecs().known(&name, now)?;
        if record.status(now) != Status::Active {
            return Err(errors::not_active());
        }
        if changes_namespace && record.is_busy(now) {
            // A new namespace cannot be set while the attachments are changing. The API reference
            // does not list `UpdateInProgressException` for `UpdateCluster`, so the mock returns
            // the same error as for a cluster that is not ACTIVE.
            return Err(errors::not_active());
        }

        if let Some(insights) = insights {
            record.spec.container_insights = insights;
        }
        // No public source shows whether ECS keeps parts of the old configuration that the new
        // configuration omits. The mock removes these parts.
        if configuration.is_some() {
            record.spec.configuration = configuration;
        }
        if changes_namespace {
            let (capacity, before) = (record.spec.capacity.clone(), record.attachments().to_vec());
            let namespace = namespace.map(|namespace| resolve(call, namespace));
            let attachments =
                capacity::attachments(&capacity, namespace.is_some(), &before, &mut call.world.ids);
            let record = call.ecs().known(&name, now)?;
            record.spec.namespace = namespace;
            record.attach(Change::Update, settles_at, attachments);
        }
        let record = call.ecs().known(&name, now)?;
        Ok(Self::Output { cluster: record.view(location, &name, now, CHANGED) })
    }
}

/// Returns the ARN of a namespace. Creates the namespace if it does not exist, as ECS does.
fn resolve(call: &mut Call<'_>, namespace: String) -> String {
    if namespace.starts_with("arn:") {
        return namespace;
    }
    if let Some(arn) = call.ecs().namespaces.get(&namespace) {
        return arn.clone();
    }
    let arn = capacity::new_namespace(&call.caller.location, &mut call.world.ids);
    call.ecs().namespaces.insert(namespace, arn.clone());
    arn
}

/// Changes the settings of a cluster.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateClusterSettings.html>
impl Operation for UpdateClusterSettingsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let name = Reference::required(location, self.cluster.as_deref())?;
        let settings = self.settings.filter(|settings| !settings.is_empty());
        let insights = check(settings.ok_or_else(|| errors::empty("Settings"))?)?;
        let record = call.ecs().known(&name, now)?;
        if record.is_busy(now) {
            // The API reference documents UpdateInProgressException for this operation.
            return Err(errors::busy());
        }
        if let Some(insights) = insights {
            record.spec.container_insights = insights;
        }
        Ok(Self::Output { cluster: record.view(location, &name, now, CHANGED) })
    }
}

impl ClusterSetting {
    /// Creates the setting `containerInsights` with the given value.
    pub fn container_insights(value: impl Into<String>) -> Self {
        Self { name: Some("containerInsights".to_owned()), value: Some(value.into()) }
    }
}
