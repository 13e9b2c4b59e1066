//! Starts LocalStack in a container, using testcontainers.
//!
//! Uses the Docker engine at `DOCKER_HOST` or at Docker's default address, and pulls the image if
//! the engine does not have it. The container is removed when the [`Container`] is dropped, but
//! remains if the process is killed. Each container therefore has labels that identify the process
//! that started it. Starting another container removes the containers of processes that no longer
//! exist.

mod leftovers;

use std::env;
use std::fmt;
use std::time::Duration;

use infra_core::error::{Error, ErrorKind, Result};
use testcontainers::core::{IntoContainerPort, WaitFor};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, GenericImage, ImageExt, TestcontainersError};

use super::{IMAGE, IMAGE_WITH_TOKEN, LocalStack};

/// The environment variable that overrides the image, in the form `NAME:TAG`.
pub const IMAGE_VARIABLE: &str = "INFRA_MOCK_LOCALSTACK_IMAGE";

/// LocalStack's environment variable for the auth token.
pub const TOKEN_VARIABLE: &str = "LOCALSTACK_AUTH_TOKEN";

const PORT: u16 = 4566;

/// Options for starting LocalStack.
///
/// The `Debug` output omits the auth token.
#[derive(Clone, PartialEq, Eq)]
pub struct Options {
    /// The image, in the form `NAME:TAG`.
    pub image: String,
    /// The auth token for LocalStack.
    pub auth_token: Option<String>,
    /// Additional environment variables for LocalStack, such as `DEBUG`.
    pub environment: Vec<(String, String)>,
    /// The time limit for pulling the image and waiting until LocalStack is ready.
    pub patience: Duration,
}

impl Options {
    /// Returns options for the image that requires no auth token.
    pub fn new() -> Self {
        Self {
            image: IMAGE.to_owned(),
            auth_token: None,
            environment: Vec::new(),
            patience: Duration::from_mins(2),
        }
    }

    /// Reads the options from the environment variables [`IMAGE_VARIABLE`] and [`TOKEN_VARIABLE`].
    /// If an auth token is set, the default image is [`IMAGE_WITH_TOKEN`], which contains all
    /// services.
    pub fn from_env() -> Self {
        Self::from_variables(|name| env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let auth_token = variable(TOKEN_VARIABLE);
        let usual = if auth_token.is_some() { IMAGE_WITH_TOKEN } else { IMAGE };
        let image = variable(IMAGE_VARIABLE).unwrap_or_else(|| usual.to_owned());
        Self { image, auth_token, ..Self::new() }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { image, auth_token, environment, patience } = self;
        let names: Vec<_> = environment.iter().map(|(name, _)| name).collect();
        f.debug_struct("Options")
            .field("image", image)
            .field("auth_token", &auth_token.as_ref().map(|_| "***"))
            .field("environment", &names)
            .field("patience", patience)
            .finish()
    }
}

/// A container that runs LocalStack. The container is removed when this value is dropped.
///
/// ```no_run
/// use infra_mock::localstack::container::{Container, Options};
///
/// # async fn start() -> infra_core::Result<()> {
/// let container = Container::start(&Options::from_env()).await?;
/// let localstack = container.localstack();
/// println!("{localstack} lacks {:?}", localstack.missing());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Container {
    container: ContainerAsync<GenericImage>,
    localstack: LocalStack,
}

impl Container {
    /// Removes any containers left behind by killed processes, starts a container, and detects
    /// which services LocalStack provides.
    ///
    /// # Errors
    /// Returns [`Connection`](ErrorKind::Connection) if the Docker engine or LocalStack cannot be
    /// reached, and [`Other`](ErrorKind::Other) if the image is unavailable or LocalStack does not
    /// become ready in time.
    pub async fn start(options: &Options) -> Result<Self> {
        let Options { image, auth_token, environment, patience } = options;
        leftovers::remove().await?;
        let (name, tag) = name_and_tag(image);
        let mut request = GenericImage::new(name, tag)
            .with_exposed_port(PORT.tcp())
            .with_wait_for(WaitFor::message_on_either_std("Ready."))
            .with_startup_timeout(*patience)
            .with_labels(leftovers::labels());
        for (name, value) in environment {
            request = request.with_env_var(name, value);
        }
        if let Some(token) = auth_token {
            request = request.with_env_var(TOKEN_VARIABLE, token);
        }
        let container = request.start().await.map_err(|error| failed(image, error))?;
        let host = container.get_host().await.map_err(|error| failed(image, error))?;
        let port =
            container.get_host_port_ipv4(PORT).await.map_err(|error| failed(image, error))?;
        let localstack = LocalStack::ask(&format!("http://{host}:{port}")).await?;
        Ok(Self { container, localstack })
    }

    /// Returns the LocalStack that runs in the container.
    pub fn localstack(&self) -> &LocalStack {
        &self.localstack
    }

    /// Returns the ID that the Docker engine assigned to the container.
    pub fn id(&self) -> &str {
        self.container.id()
    }

    /// Removes the container. Unlike dropping the value, this method reports errors.
    ///
    /// # Errors
    /// Returns an error if the engine did not remove the container.
    pub async fn stop(self) -> Result<()> {
        self.container.rm().await.map_err(|error| {
            Error::new(ErrorKind::Other, "cannot remove the LocalStack container")
                .with_source(error)
        })
    }
}

/// Splits an image reference into its name and its tag, which is `latest` by default. The tag comes
/// after the last colon, unless that colon precedes the port of a registry.
fn name_and_tag(image: &str) -> (&str, &str) {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (image, "latest"),
    }
}

fn failed(image: &str, error: TestcontainersError) -> Error {
    let kind = match &error {
        TestcontainersError::Client(_) => ErrorKind::Connection,
        _ => ErrorKind::Other,
    };
    Error::new(kind, format!("cannot start LocalStack from the image {image}"))
        .with_source(error)
        .with_hint(
            "start a Docker engine (at DOCKER_HOST or Docker's default) that has the image or \
             can pull it",
        )
}

#[cfg(test)]
mod tests {
    use super::{IMAGE, IMAGE_VARIABLE, IMAGE_WITH_TOKEN, Options, TOKEN_VARIABLE, name_and_tag};

    #[test]
    fn auth_token_selects_the_image_with_all_services() {
        let of = |known: &[(&str, &str)]| {
            let value = |name: &str| known.iter().find(|(its, _)| *its == name);
            Options::from_variables(|name| value(name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(of(&[]), Options { image: IMAGE.to_owned(), ..Options::new() });
        let with_token = of(&[(TOKEN_VARIABLE, "ls-1")]);
        assert_eq!(with_token.image, IMAGE_WITH_TOKEN);
        assert_eq!(with_token.auth_token.as_deref(), Some("ls-1"));
        let chosen = of(&[(TOKEN_VARIABLE, "ls-1"), (IMAGE_VARIABLE, "mine:1")]);
        assert_eq!(chosen.image, "mine:1");
    }

    #[test]
    fn auth_token_is_not_shown() {
        let options = Options { auth_token: Some("secret".to_owned()), ..Options::new() };
        assert!(!format!("{options:?}").contains("secret"), "{options:?}");
    }

    #[test]
    fn port_of_a_registry_is_not_a_tag() {
        assert_eq!(name_and_tag(IMAGE), ("localstack/localstack", "4.14.0"));
        assert_eq!(
            name_and_tag("localhost:5000/localstack"),
            ("localhost:5000/localstack", "latest")
        );
        assert_eq!(name_and_tag("localhost:5000/it:2"), ("localhost:5000/it", "2"));
    }
}
