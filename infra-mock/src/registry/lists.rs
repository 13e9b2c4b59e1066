//! Paginated lists of tags, repositories and referrers.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::ecr::{
    DescribeRepositoriesRequest, ImageReferrer, ListImageReferrersFilter,
    ListImageReferrersRequest, ListImagesFilter, ListImagesRequest, SubjectIdentifier,
};
use crate::wire::form::Form;

use super::access::Registry;
use super::error::Refusal;
use super::{Reply, Response};

/// The page size for clients that do not request one. It is the maximum that `ListImages` and
/// `DescribeRepositories` allow.
const PAGE_SIZE: i32 = 1000;

/// The part of a list that a client requests.
struct Page {
    size: i32,
    token: Option<String>,
}

impl Page {
    fn of(parameters: &Form<'_>) -> Result<Self, Refusal> {
        let size = parameters.get("n").map_or(Ok(PAGE_SIZE), str::parse);
        let size = size.map_err(|_| {
            Refusal::new(400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested")
        })?;
        Ok(Self { size, token: parameters.get("last").map(str::to_owned) })
    }

    /// Adds a link to the next page, if there is one. As in ECR, the link contains the pagination
    /// token that the operation returned.
    fn linked(&self, response: Response, path: &str, next_token: Option<String>) -> Response {
        let Some(token) = next_token else { return response };
        let token = utf8_percent_encode(&token, NON_ALPHANUMERIC);
        let separator = if path.contains('?') { '&' } else { '?' };
        let link = format!("<{path}{separator}last={token}&n={}>; rel=\"next\"", self.size);
        response.with("link", link)
    }
}

impl Registry {
    /// Lists the tags of a repository.
    pub(super) async fn tags(&self, name: &str, parameters: &Form<'_>) -> Reply {
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
    pub(super) async fn catalog(&self, parameters: &Form<'_>) -> Reply {
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

    /// Lists the manifests whose subject is the manifest with the given digest:
    /// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers>.
    pub(super) async fn referrers(&self, name: &str, digest: &str, parameters: &Form<'_>) -> Reply {
        // `ListImageReferrers` allows at most 50 items per page.
        let mut page = Page::of(parameters)?;
        page.size = page.size.min(50);
        let wanted = parameters.get("artifactType").map(str::to_owned);
        let request = ListImageReferrersRequest {
            registry_id: Some(self.id()),
            repository_name: Some(name.to_owned()),
            subject_id: Some(SubjectIdentifier { image_digest: Some(digest.to_owned()) }),
            filter: wanted.clone().map(|wanted| ListImageReferrersFilter {
                artifact_types: Some(vec![wanted]),
                artifact_status: None,
            }),
            next_token: page.token.clone(),
            max_results: Some(page.size),
        };
        let found = self.send(request).await?;
        let descriptors: Vec<Value> = found.referrers.into_iter().map(descriptor).collect();
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": descriptors });
        let mut path = format!("/v2/{name}/referrers/{digest}");
        let mut response = Response::new(200).with_body(INDEX, index.to_string().into_bytes());
        if let Some(wanted) = wanted {
            let encoded = utf8_percent_encode(&wanted, NON_ALPHANUMERIC);
            path = format!("{path}?artifactType={encoded}");
            response = response.with("oci-filters-applied", "artifactType");
        }
        Ok(page.linked(response, &path, found.next_token))
    }
}

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn descriptor(referrer: ImageReferrer) -> Value {
    let ImageReferrer { digest, media_type, artifact_type, size, annotations, artifact_status: _ } =
        referrer;
    let mut descriptor = json!({ "mediaType": media_type, "digest": digest, "size": size });
    if let Some(artifact_type) = artifact_type {
        descriptor["artifactType"] = artifact_type.into();
    }
    if let Some(annotations) = annotations {
        descriptor["annotations"] = json!(annotations);
    }
    descriptor
}
