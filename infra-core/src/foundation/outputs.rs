//! The outputs, which have the same names as in the Terraform tutorial.

use crate::engine::Address;
use crate::names::ServiceName;

use super::FoundationSpec;
use super::Resolved;
use super::address;
use super::deployer::DesiredDeployer;
use super::service::ResolvedService;

/// The names and values of the outputs, in order: eight for every foundation, then five for each
/// additional service, then the ARN of the deployer's role, if there is a deployer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outputs(Vec<Output>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Output {
    name: String,
    value: String,
    /// The address of the resource that the output describes.
    address: Address,
}

impl Outputs {
    /// The names of the outputs that every foundation has, in order.
    pub const NAMES: [&'static str; 8] = [
        "ecs_cluster_id",
        "ecs_cluster_arn",
        "ecs_execution_role_arn",
        "ecs_task_role_arn",
        "ecr_repository_url",
        "ecr_repository_arn",
        "cloudwatch_log_group_name",
        "cloudwatch_log_group_arn",
    ];

    /// The names of the outputs that each service has, in order. For an additional service,
    /// [`Self::name`] appends the service's name.
    pub const OF_SERVICE: [&'static str; 5] = [
        "ecs_task_role_arn",
        "ecr_repository_url",
        "ecr_repository_arn",
        "cloudwatch_log_group_name",
        "cloudwatch_log_group_arn",
    ];

    /// The name of the output that contains the ARN of the deployer's role.
    pub const DEPLOYER: &'static str = "deployer_role_arn";

    pub(super) fn new(resolved: &Resolved) -> Self {
        let Resolved { cluster, execution_role, deployer, .. } = resolved;
        let [id, arn, execution, ..] = Self::NAMES;
        let output = |name: &str, value: String, address: &Address| Output {
            name: name.to_owned(),
            value,
            address: address.clone(),
        };
        let mut outputs = vec![
            output(id, cluster.arn.to_string(), &address::cluster()),
            output(arn, cluster.arn.to_string(), &address::cluster()),
            output(execution, execution_role.arn.to_string(), &execution_role.address),
        ];
        for service in resolved.each_service() {
            let ResolvedService { name, task_role, repository, log_group } = service;
            let values = [
                (task_role.arn.to_string(), &task_role.address),
                (repository.uri.clone(), &repository.address),
                (repository.arn.to_string(), &repository.address),
                (log_group.spec.name.to_string(), &log_group.address),
                (log_group.arn.to_string(), &log_group.address),
            ];
            let names = Self::OF_SERVICE.map(|output| Self::name(output, name));
            let of_service = names.into_iter().zip(values);
            outputs
                .extend(of_service.map(|(name, (value, address))| output(&name, value, address)));
        }
        outputs.extend(deployer.iter().map(|DesiredDeployer { role, .. }| {
            output(Self::DEPLOYER, role.arn.to_string(), &role.address)
        }));
        Self(outputs)
    }

    /// Returns the name of a service's [output](Self::OF_SERVICE); `None` means the default
    /// service.
    pub fn name(output: &str, service: Option<&ServiceName>) -> String {
        match service {
            None => output.to_owned(),
            Some(name) => format!("{output}_{}", name.as_str().replace('-', "_")),
        }
    }

    /// Returns the names of the outputs for a specification, in order.
    pub fn names(spec: &FoundationSpec) -> Vec<String> {
        let of_service = |name| Self::OF_SERVICE.map(|output| Self::name(output, Some(name)));
        let shared = Self::NAMES.map(str::to_owned);
        let of_services = spec.services.keys().flat_map(of_service);
        let of_deployer = spec.deployer.as_ref().map(|_| Self::DEPLOYER.to_owned());
        shared.into_iter().chain(of_services).chain(of_deployer).collect()
    }

    /// Iterates over names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|output| (output.name.as_str(), output.value.as_str()))
    }

    /// Returns the value of an output.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Returns the address of the resource that an output describes.
    pub fn address(&self, name: &str) -> Option<&Address> {
        self.0.iter().find(|output| output.name == name).map(|output| &output.address)
    }
}
