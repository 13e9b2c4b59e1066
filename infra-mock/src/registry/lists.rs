//! Paginated lists of tags and repositories.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use crate::ecr::{DescribeRepositoriesRequest, ListImagesFilter, ListImagesRequest};
use crate::wire::form::Form;

use super::access::Registry;
use super::error::Refusal;
use super::{Reply, Response};

/// The page size if the client does not request one: the maximum that the operations allow.
const PAGE_SIZE: i32 = 1000;

/// The part of a list that a client requests.
struct Page {
    size: i32,
    token: Option<String>,
}

impl Page {
    fn of(parameters: &Form) -> Result<Self, Refusal> {
        let size = parameters.get("n").map_or(Ok(PAGE_SIZE), str::parse);
        let size = size.map_err(|_| {
            Refusal::new(400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested")
        })?;
        Ok(Self { size, token: parameters.get("last").map(str::to_owned) })
    }

    /// Adds the link to the next page. As in ECR, the link contains the pagination token that the
    /// operation returned.
    fn linked(&self, response: Response, path: &str, next_token: Option<String>) -> Response {
        let Some(token) = next_token else { return response };
        let token = utf8_percent_encode(&token, NON_ALPHANUMERIC);
        response.with("link", format!("<{path}?last={token}&n={}>; rel=\"next\"", self.size))
    }
}

impl Registry {
    /// Lists the tags of a repository.
    pub(super) async fn tags(&self, name: &str, parameters: &Form) -> Reply {
        let page = Page::of(parameters)?;
        let request = ListImagesRequest {
            registry_id: Some(self.id()),
            repository_name: Some(name.to_owned()),
            next_token: page.token.clone(),
            max_results: Some(page.size),
            filter: Some(ListImagesFilter {
                tag_status: Some("TAGGED".to_owned()),
                image_status: None,
            }),
        };
        let found = self.send(request).await?;
        let mut tags: Vec<String> =
            found.image_ids.into_iter().filter_map(|id| id.image_tag).collect();
        tags.sort();
        let response = Response::new(200).with_json(&json!({ "name": name, "tags": tags }));
        Ok(page.linked(response, &format!("/v2/{name}/tags/list"), found.next_token))
    }

    /// Lists the repositories of the registry.
    pub(super) async fn catalog(&self, parameters: &Form) -> Reply {
        let page = Page::of(parameters)?;
        let request = DescribeRepositoriesRequest {
            registry_id: Some(self.id()),
            repository_names: None,
            next_token: page.token.clone(),
            max_results: Some(page.size),
        };
        let found = self.send(request).await?;
        let names: Vec<String> =
            found.repositories.into_iter().map(|repository| repository.repository_name).collect();
        let response = Response::new(200).with_json(&json!({ "repositories": names }));
        Ok(page.linked(response, "/v2/_catalog", found.next_token))
    }
}
