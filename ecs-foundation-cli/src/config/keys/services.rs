//! The keys of `[services]`, which are service names, and the keys of each service.

use infra_core::names::ServiceName;
use infra_core::values::Value as _;
use serde_json::{Map, Value as Json, json};

use super::super::partial::{PartialService, PartialServices};
use super::super::reader::{Reader, title};
use super::super::section::{Entry, Keys, Section, define_keys, join, keys};
use super::super::value::Value;

impl Section for PartialService {
    fn keys(keys: &mut Keys<Self>) {
        define_keys! { keys, it => it;
            task_role: "The role of the code in the service's containers.";
            repository: "The service's ECR repository.";
            log_group: "The service's log group.";
        }
    }
}

/// Each table of a service has the same schema as the top-level table with the same name.
impl Value for PartialServices {
    fn schema() -> Json {
        let table = |name: &str| json!({ "$ref": format!("#/definitions/{name}") });
        let tables: Map<String, Json> = keys::<PartialService>()
            .iter()
            .map(|key| (key.name.to_owned(), table(key.name)))
            .collect();
        json!({
            "type": "object",
            "propertyNames": ServiceName::schema(),
            "additionalProperties": {
                "description": "The settings of this service.",
                "type": "object",
                "properties": tables,
                "additionalProperties": false,
            },
        })
    }

    fn read(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        let mut services = Self::default();
        Self::read_over(reader, entry, &mut services);
        Some(services)
    }

    fn read_over(reader: &mut Reader<'_>, entry: &Entry<'_>, Self(services): &mut Self) {
        let Some(table) = reader.table(entry) else { return };
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let entry = Entry::new(join(&entry.path, name), key.span(), value);
            match name.parse::<ServiceName>() {
                Ok(name) => {
                    reader.forget(&entry.path);
                    reader.set_place(&entry.path, entry.at());
                    PartialService::read_over(reader, &entry, services.entry(name).or_default());
                }
                Err(error) => {
                    let hint = error.suggestion().map(|name| format!("write [services.{name}]"));
                    let found = entry.error_at(entry.key.clone(), title(&error, true));
                    reader.error(found.rule(error.rule()).hint_if(hint));
                }
            }
        }
    }
}
