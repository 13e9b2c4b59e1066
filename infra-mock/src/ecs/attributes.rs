//! Custom attributes of container instances: `PutAttributes`, `ListAttributes` and `DeleteAttributes`.
//!
//! The mock's container instances have no built-in attributes, and task placement ignores
//! attributes.

use infra_core::arn::Location;

use super::reference::{self, Reference};
use super::state::Record;
use super::{errors, list};
use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecs::{Attribute, DeleteAttributesRequest, ListAttributesRequest, PutAttributesRequest};
use crate::paging;

/// The maximum number of attributes in a request, which is also the maximum number of custom
/// attributes on a container instance:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutAttributes.html>.
const MOST_ATTRIBUTES: usize = 10;

/// An attribute in a request, with the ID of its container instance.
struct Target {
    instance: String,
    name: String,
    value: Option<String>,
}

/// Reads and validates the attributes in a request. The rules come from the API reference. The
/// message for `TargetNotFoundException` is the service model's description of that error code. The
/// other messages imitate AWS's style.
fn read(
    location: &Location,
    cluster: &str,
    record: &Record,
    attributes: Option<Vec<Attribute>>,
) -> ApiResult<Vec<Target>> {
    let attributes = attributes.unwrap_or_default();
    if attributes.is_empty() {
        return Err(errors::empty("Attributes"));
    }
    if attributes.len() > MOST_ATTRIBUTES {
        return Err(errors::too_many("attributes", MOST_ATTRIBUTES));
    }
    let read = |attribute: Attribute| {
        let Attribute { name, value, target_type, target_id } = attribute;
        let (name, target) = (name.unwrap_or_default(), target_id.unwrap_or_default());
        check("Attribute name", &name, "-_/\\.")?;
        if let Some(value) = &value {
            check("Attribute value", value, "-_.@/\\: ")?;
        }
        if target_type.is_none() && !target.starts_with("arn:") {
            return Err(errors::blank("Target type"));
        }
        let instance = reference::id_on(location, "container-instance", cluster, &target);
        let instance = instance.filter(|id| record.instances.contains_key(id));
        let instance = instance.ok_or_else(|| {
            ApiError::new("TargetNotFoundException", "The specified target wasn't found.")
        })?;
        Ok(Target { instance, name, value })
    };
    attributes.into_iter().map(read).collect()
}

fn check(what: &str, text: &str, special: &str) -> ApiResult<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || special.contains(c);
    let is_valid = (1..=128).contains(&text.chars().count())
        && text.chars().all(allowed)
        && !text.starts_with(' ')
        && !text.ends_with(' ');
    if is_valid { Ok(()) } else { Err(errors::invalid(format!("Invalid {what}"))) }
}

fn attribute(location: &Location, cluster: &str, target: Target) -> Attribute {
    let Target { instance, name, value } = target;
    let id = location.arn("ecs", format!("container-instance/{cluster}/{instance}"));
    Attribute { name: Some(name), value, target_type: None, target_id: Some(id.to_string()) }
}

/// Adds attributes to container instances, or replaces their values.
impl Operation for PutAttributesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let cluster = Reference::optional(location, self.cluster.as_deref())?;
        let record = call.ecs().known(&cluster, now)?;
        let targets = read(location, &cluster, record, self.attributes)?;
        let mut all = record.attributes.clone();
        for Target { instance, name, value } in &targets {
            let own = all.entry(instance.clone()).or_default();
            own.insert(name.clone(), value.clone());
            if own.len() > MOST_ATTRIBUTES {
                return Err(ApiError::new(
                    "AttributeLimitExceededException",
                    "You can apply up to 10 custom attributes for each resource.",
                ));
            }
        }
        record.attributes = all;
        let attributes = targets.into_iter().map(|target| attribute(location, &cluster, target));
        Ok(Self::Output { attributes: attributes.collect() })
    }
}

/// Lists the attributes of the container instances in a cluster.
impl Operation for ListAttributesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let cluster = Reference::optional(location, self.cluster.as_deref())?;
        let size = list::size(self.max_results, 100, 100)?;
        if self.attribute_value.is_some() && self.attribute_name.is_none() {
            // "You must also specify an attribute name to use this parameter." AWS's message is not
            // publicly documented.
            return Err(errors::invalid(
                "attributeValue cannot be specified without attributeName",
            ));
        }
        let record = call.ecs().known(&cluster, now)?;
        let all = record.attributes.iter().flat_map(|(instance, own)| {
            own.iter().map(move |(name, value)| Target {
                instance: instance.clone(),
                name: name.clone(),
                value: value.clone(),
            })
        });
        let found = all
            .filter(|found| list::passes(self.attribute_name.as_deref(), Some(&found.name)))
            .filter(|found| list::passes(self.attribute_value.as_deref(), found.value.as_deref()))
            .map(|found| {
                let key = format!("{}\n{}", found.instance, found.name);
                (key, attribute(location, &cluster, found))
            });
        let listing = format!("ListAttributes/{cluster}");
        let page = paging::page(&listing, found, |(key, _)| key, self.next_token.as_deref(), size)
            .map_err(|_| list::bad_token())?;
        Ok(Self::Output {
            attributes: page.items.into_iter().map(|(_, attribute)| attribute).collect(),
            next_token: page.next_token,
        })
    }
}

/// Deletes attributes from container instances. Attributes that do not exist are ignored.
impl Operation for DeleteAttributesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let cluster = Reference::optional(location, self.cluster.as_deref())?;
        let record = call.ecs().known(&cluster, now)?;
        let mut attributes = Vec::new();
        for target in read(location, &cluster, record, self.attributes)? {
            let own = record.attributes.get_mut(&target.instance);
            if let Some(value) = own.and_then(|own| own.remove(&target.name)) {
                attributes.push(attribute(location, &cluster, Target { value, ..target }));
            }
        }
        record.attributes.retain(|_, own| !own.is_empty());
        Ok(Self::Output { attributes })
    }
}
