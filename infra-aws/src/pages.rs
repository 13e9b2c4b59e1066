//! Reads lists that AWS returns in pages.

use std::error::Error as StdError;

use aws_smithy_async::future::pagination_stream::PaginationStream;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use infra_core::error::{Error, ErrorKind, Result};
use infra_core::operation::Operation;

use crate::error::from_sdk;

/// The maximum number of pages that are read for one list. This limit protects against an endpoint
/// that always returns another page. Even a long list has fewer pages. For example, a cluster can
/// have 5,000 services, which fill 500 pages of 10.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html>.
const MAX_PAGES: usize = 2_000;

/// The pages of one list.
pub(crate) struct Pages<Page, E> {
    operation: Operation,
    stream: PaginationStream<std::result::Result<Page, SdkError<E, HttpResponse>>>,
    read: usize,
}

impl<Page, E> Pages<Page, E>
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    pub(crate) fn new(
        operation: Operation,
        stream: PaginationStream<std::result::Result<Page, SdkError<E, HttpResponse>>>,
    ) -> Self {
        Self { operation, stream, read: 0 }
    }

    /// Returns the next page, or `None` after the last page.
    pub(crate) async fn next(&mut self) -> Result<Option<Page>> {
        let page = self.stream.try_next().await;
        let page = page.map_err(|error| from_sdk(self.operation, error))?;
        self.read += 1;
        if page.is_some() && self.read > MAX_PAGES {
            let message = format!("the list did not end after {MAX_PAGES} pages");
            return Err(Error::new(ErrorKind::Other, message)
                .with_operation(self.operation)
                .with_hint("check that the endpoint belongs to AWS or to an AWS emulator"));
        }
        Ok(page)
    }

    /// Returns the items of all pages.
    pub(crate) async fn items<T>(mut self, items: impl Fn(Page) -> Vec<T>) -> Result<Vec<T>> {
        let mut all = Vec::new();
        while let Some(page) = self.next().await? {
            all.extend(items(page));
        }
        Ok(all)
    }
}
