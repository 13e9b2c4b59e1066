//! The in-process access path: an HTTP client for SDK clients.

use std::io;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::sdk_config::{SharedTimeSource, TimeSource};

use crate::mock::MockAws;
use crate::wire::{Request, Response};

impl MockAws {
    /// Returns an HTTP client that sends the requests of SDK clients to this mock without a socket.
    ///
    /// SDK clients use their own serialization, retries, pagination and error handling. The region
    /// of a call is the region in the request's signature.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(InProcess { mock: self.clone(), fallback: None })
    }

    /// Returns an HTTP client like [`http_client`](Self::http_client), but one that forwards requests for unimplemented
    /// operations to another client, such as one that replays recorded responses. The journal includes these requests.
    ///
    /// ```
    /// # fn with(recorded: aws_smithy_runtime_api::client::http::SharedHttpClient) {
    /// let mock = infra_mock::MockAws::new();
    /// let client = mock.http_client_with_fallback(recorded);
    /// let config = mock.sdk_config().to_builder().http_client(client).build();
    /// # }
    /// ```
    pub fn http_client_with_fallback(&self, fallback: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(InProcess { mock: self.clone(), fallback: Some(fallback) })
    }

    /// Returns a configuration for SDK clients that call this mock in the mock's region and account.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use infra_mock::MockAws;
    ///
    /// let mock = MockAws::new();
    /// let ecs = aws_sdk_ecs::Client::new(&mock.sdk_config());
    /// ecs.create_cluster().cluster_name("shop").send().await?;
    ///
    /// let found = ecs.describe_clusters().clusters("shop").clusters("none").send().await?;
    /// assert_eq!(found.clusters()[0].status(), Some("ACTIVE"));
    /// assert_eq!(found.failures()[0].reason(), Some("MISSING"));
    /// assert_eq!(mock.call_counts()["ecs:CreateCluster"], 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// If the mock's clock runs by itself, as tokio's does, the SDK clients also use that clock.
    /// Their waiters therefore work even if tokio's time is paused.
    ///
    /// To change other settings, use `mock.sdk_config().to_builder()`, or the configuration of one
    /// client: `aws_sdk_ecs::config::Builder::from(&mock.sdk_config())`.
    pub fn sdk_config(&self) -> SdkConfig {
        let location = &self.caller().location;
        // An access key ID that consists of twelve digits selects the account with that ID.
        let account = location.account_id.to_string();
        let credentials = Credentials::new(account, "mock", None, None, "infra-mock");
        let mut config = SdkConfig::builder()
            .behavior_version(
                aws_smithy_runtime_api::client::behavior_version::BehaviorVersion::latest(),
            )
            .region(Region::new(location.region.as_str().to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(self.http_client());
        // A waiter would wait forever on a clock that runs only when a test advances it.
        let is_running = !self.advance(Duration::ZERO);
        config.set_time_source(is_running.then(|| SharedTimeSource::new(MockTime(self.clone()))));
        config.build()
    }
}

/// The mock's clock as a time source for SDK clients. Waiters use this clock to measure how long
/// they have waited.
#[derive(Debug)]
struct MockTime(MockAws);

impl TimeSource for MockTime {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(self.0.now().millis())
    }
}

/// The mock as an HTTP client or as a connector, depending on the type of the fallback.
#[derive(Clone, Debug)]
struct InProcess<F> {
    mock: MockAws,
    /// Handles the requests for operations that the mock does not implement.
    fallback: Option<F>,
}

impl HttpClient for InProcess<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = |client: &SharedHttpClient| client.http_connector(settings, components);
        let fallback = self.fallback.as_ref().map(connector);
        SharedHttpConnector::new(InProcess { mock: self.mock.clone(), fallback })
    }
}

impl HttpConnector for InProcess<SharedHttpConnector> {
    fn call(&self, sent: HttpRequest) -> HttpConnectorFuture {
        let Self { mock, fallback } = self.clone();
        HttpConnectorFuture::new(async move {
            let request = &sent;
            let Some(body) = request.body().bytes() else {
                // The operations of the five services have no streamed bodies.
                return Err(ConnectorError::user(
                    "the mock does not support streamed bodies".into(),
                ));
            };
            let mut headers = Vec::with_capacity(request.headers().len());
            headers.extend(request.headers());
            let target = target(request.uri());
            let request = Request { method: request.method(), target, headers, body };
            let Some(answer) = mock.deliver(&request).await else {
                return Err(ConnectorError::io(
                    io::Error::from(io::ErrorKind::ConnectionReset).into(),
                ));
            };
            if answer.status == NOT_IMPLEMENTED
                && let Some(fallback) = fallback
            {
                return fallback.call(sent).await;
            }
            to_sdk(answer).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// The status for operations that the mock does not implement. No AWS service returns this status.
const NOT_IMPLEMENTED: u16 = 501;

/// Returns the path and query of a URI.
fn target(uri: &str) -> &str {
    let after_scheme = uri.find("://").map_or(0, |at| at + 3);
    let rest = uri.get(after_scheme..).unwrap_or_default();
    rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or("/")
}

fn to_sdk(answer: Response) -> Result<HttpResponse, aws_smithy_runtime_api::http::HttpError> {
    let status = StatusCode::try_from(answer.status)?;
    let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
    for (name, value) in answer.headers {
        response.headers_mut().try_insert(name, value)?;
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::error::ProvideErrorMetadata;
    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
    };
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::target;
    use crate::MockAws;

    /// A connector that returns the same `DiscoverPollEndpoint` response for every request.
    #[derive(Debug)]
    struct Canned;

    impl HttpConnector for Canned {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            let status = StatusCode::try_from(200).unwrap();
            let body = SdkBody::from(r#"{"endpoint": "https://agent.example"}"#);
            HttpConnectorFuture::ready(Ok(HttpResponse::new(status, body)))
        }
    }

    #[tokio::test]
    async fn requests_that_the_mock_does_not_implement_go_to_the_fallback() {
        let mock = MockAws::new();
        let plain = aws_sdk_ecs::Client::new(&mock.sdk_config());
        let refused = plain.discover_poll_endpoint().send().await.unwrap_err();
        assert_eq!(refused.code(), Some("NotImplemented"));

        let canned = http_client_fn(|_, _| SharedHttpConnector::new(Canned));
        let client = mock.http_client_with_fallback(canned);
        let config = mock.sdk_config().to_builder().http_client(client).build();
        let ecs = aws_sdk_ecs::Client::new(&config);
        let found = ecs.discover_poll_endpoint().send().await.unwrap();
        assert_eq!(found.endpoint(), Some("https://agent.example"));
        assert_eq!(ecs.list_clusters().send().await.unwrap().cluster_arns(), [""; 0]);
        let operations = mock.journal().into_iter().map(|call| call.operation);
        let expected = ["DiscoverPollEndpoint", "DiscoverPollEndpoint", "ListClusters"];
        assert_eq!(operations.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn target_of_a_uri_is_its_path_and_query() {
        let cases = [
            ("https://ecs.us-east-1.amazonaws.com/", "/"),
            ("https://ecs.us-east-1.amazonaws.com", "/"),
            ("https://sts.amazonaws.com/?Action=GetCallerIdentity", "/?Action=GetCallerIdentity"),
            ("https://sts.amazonaws.com?Action=x", "?Action=x"),
            ("/path?query", "/path?query"),
        ];
        for (uri, expected) in cases {
            assert_eq!(target(uri), expected, "{uri}");
        }
    }
}
