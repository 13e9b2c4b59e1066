//! `PutQueryDefinition`, `DescribeQueryDefinitions` and `DeleteQueryDefinition`.

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::logs::{
    DeleteQueryDefinitionRequest, DescribeQueryDefinitionsRequest, PutQueryDefinitionRequest,
    QueryDefinition, QueryParameter,
};
use crate::paging;
use crate::time::Timestamp;

use super::{check, limit_exceeded, long};

/// The maximum number of query definitions per account and region:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>.
const MAX_DEFINITIONS: usize = 1000;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredQueryDefinition {
    name: String,
    language: String,
    query: String,
    log_group_names: Option<Vec<String>>,
    parameters: Option<Vec<QueryParameter>>,
    modified_at: Timestamp,
    /// The client token of the latest request that created or replaced the definition. Another
    /// request with the same token changes nothing.
    client_token: Option<String>,
}

fn no_definition() -> ApiError {
    // The error code comes from the service model; AWS's message is not publicly documented.
    ApiError::new("ResourceNotFoundException", "The specified query definition does not exist.")
}

/// Creates a query definition, or replaces the existing definition with the same ID.
impl Operation for PutQueryDefinitionRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let definitions = &call.logs().query_definitions;
        let client_token = self.client_token;
        if let Some(token) = &client_token
            && let Some((id, _)) =
                definitions.iter().find(|(_, known)| known.client_token.as_ref() == Some(token))
        {
            return Ok(Self::Output { query_definition_id: id.clone() });
        }
        let language = self.query_language.unwrap_or_else(|| "CWLI".to_owned());
        if self.parameters.is_some() && language != "CWLI" {
            // The rule comes from the documentation in the service model; AWS's message is not
            // publicly documented.
            return Err(check::invalid(
                "Parameters are supported only for Logs Insights QL queries.",
            ));
        }
        let id = match self.query_definition_id {
            Some(id) if definitions.contains_key(&id) => id,
            Some(_) => return Err(no_definition()),
            None if definitions.len() >= MAX_DEFINITIONS => return Err(limit_exceeded()),
            None => call.world.ids.uuid(),
        };
        let definition = StoredQueryDefinition {
            name: self.name.unwrap_or_default(),
            language,
            query: self.query_string.unwrap_or_default(),
            log_group_names: self.log_group_names,
            parameters: self.parameters,
            modified_at: call.now,
            client_token,
        };
        call.logs().query_definitions.insert(id.clone(), definition);
        Ok(Self::Output { query_definition_id: id })
    }
}

/// Describes the query definitions with the given name prefix, or all query definitions.
impl Operation for DescribeQueryDefinitionsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        const PAGE: usize = 1000;
        let (prefix, language) = (self.query_definition_name_prefix, self.query_language);
        let definitions = call.logs().query_definitions.iter().filter(|(_, definition)| {
            prefix.as_ref().is_none_or(|prefix| definition.name.starts_with(prefix))
                && language.as_ref().is_none_or(|language| definition.language == *language)
        });
        let mut definitions: Vec<(String, QueryDefinition)> = definitions
            .map(|(id, definition)| (format!("{}\n{id}", definition.name), definition.shown(id)))
            .collect();
        definitions.sort_by(|(one, _), (other, _)| one.cmp(other));
        let size = self.max_results.and_then(|size| usize::try_from(size).ok()).unwrap_or(PAGE);
        let listing = format!("query definitions {prefix:?} {language:?}");
        let token = self.next_token.as_deref();
        let page = paging::page(&listing, definitions, |(key, _)| key, token, size)
            .map_err(|_| check::bad_token())?;
        Ok(Self::Output {
            query_definitions: page.items.into_iter().map(|(_, definition)| definition).collect(),
            next_token: page.next_token,
        })
    }
}

impl StoredQueryDefinition {
    fn shown(&self, id: &str) -> QueryDefinition {
        let Self {
            name,
            language,
            query,
            log_group_names,
            parameters,
            modified_at,
            client_token: _,
        } = self;
        QueryDefinition {
            query_language: language.clone(),
            query_definition_id: id.to_owned(),
            name: name.clone(),
            query_string: query.clone(),
            last_modified: long(modified_at.millis()),
            log_group_names: log_group_names.clone(),
            parameters: parameters.clone(),
        }
    }
}

/// Deletes a query definition.
impl Operation for DeleteQueryDefinitionRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = self.query_definition_id.unwrap_or_default();
        call.logs().query_definitions.remove(&id).ok_or_else(no_definition)?;
        Ok(Self::Output { success: true })
    }
}
