//! Reads the configuration from the file, environment variables and options, and validates the
//! result as a whole.
//!
//! Options override environment variables, which override the file. In the file, the selected
//! environment's table overrides the top level. Reading is strict: unknown keys, values of the
//! wrong type and names that AWS would reject are errors. All errors are reported together, each
//! with its location, the broken rule and a suggested correction.

mod collisions;
mod endpoint;
mod error;
mod keys;
mod layers;
mod partial;
mod reader;
mod render;
mod resolve;
mod schema;
mod section;
mod settings;
mod tables;
mod template;
mod value;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use infra_core::arn::{AccountId, Partition, Region};
use infra_core::foundation::FoundationSpec;
use infra_core::names::{EnvironmentName, InvalidValue, ProjectName};
use infra_core::values::{self, ExternalId, RoleArn, RoleSessionName, one_of};
use serde_json::json;

use self::error::SourceFile;

pub use self::endpoint::EndpointUrl;
pub use self::error::{ConfigError, ConfigErrors, Place};
pub use crate::cost::{Decimal, GivenRates, Rate};

pub(crate) use self::schema::{SCHEMA_URL, schema};
pub use self::settings::{Given, Origin, Overrides, Setting};
pub(crate) use self::template::Template;

/// The default configuration file, which is optional.
pub const DEFAULT_FILE: &str = "ecs-foundation.toml";

/// The default state file of the built-in mock.
pub const DEFAULT_MEMORY_FILE: &str = ".ecs-foundation/memory.json";

/// The default state file of the built-in mock for the services that LocalStack lacks. It is
/// separate from [`DEFAULT_MEMORY_FILE`] because LocalStack uses a different account.
pub const DEFAULT_LOCALSTACK_FILE: &str = ".ecs-foundation/localstack.json";

/// The sources of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The configuration file, or `None` to use [`DEFAULT_FILE`] if it exists.
    pub file: Option<PathBuf>,
    /// The values from options and environment variables.
    pub overrides: Overrides,
}

/// A configuration that has passed every check that can be made without calling AWS.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The foundation.
    pub spec: FoundationSpec,
    /// The backend.
    pub backend: Backend,
    /// The region, or `None` to use the region from the AWS configuration files.
    pub region: Option<Region>,
    /// The partition of the region, or `None` to derive it from the region.
    pub partition: Option<Partition>,
    /// The profile in the AWS configuration files.
    pub profile: Option<String>,
    /// The accounts that commands may use. If the list is empty, any account is allowed.
    pub allowed_account_ids: Vec<AccountId>,
    /// The role to assume.
    pub assume_role: Option<AssumeRole>,
    /// The URL of an emulator, or `None` to let the AWS SDK choose the endpoints.
    pub endpoint_url: Option<EndpointUrl>,
    /// A PEM file with the certificates to trust.
    pub ca_bundle: Option<PathBuf>,
    /// The rates that override the built-in rates of `cost`.
    pub rates: GivenRates,
    /// How to handle services missing from LocalStack.
    pub missing_services: MissingServices,
    /// The state file of the built-in mock.
    pub memory_file: PathBuf,
    /// The maximum number of concurrent calls, or `None` to use the engine's default.
    pub parallelism: Option<NonZeroUsize>,
    /// The configuration file, or `None` if there is no file.
    pub file: Option<PathBuf>,
    origins: BTreeMap<Setting, Place>,
}

impl Config {
    /// Returns where a setting was given, or `None` if it has its default value.
    pub fn origin(&self, setting: Setting) -> Option<&Place> {
        self.origins.get(&setting)
    }

    /// Returns whether the environment is production: `prod` or `production`.
    pub fn is_production(&self) -> bool {
        self.spec.environment.is_production()
    }
}

/// A role to assume with the caller's credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssumeRole {
    /// The ARN of the role.
    pub role_arn: RoleArn,
    /// The session name, or `None` to use `ecs-foundation`.
    pub session_name: Option<RoleSessionName>,
    /// The external ID that the role's trust policy requires.
    pub external_id: Option<ExternalId>,
}

/// Defines a setting that has one of a few values.
macro_rules! choice {
    ($(#[$doc:meta])* $type:ident($what:literal) {
        $($(#[$value_doc:meta])* $value:ident = $name:literal,)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $type {
            $($(#[$value_doc])* $value,)+
        }

        impl $type {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$value),+];

            /// Returns the value's name in the configuration.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)+
                }
            }
        }

        impl FromStr for $type {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                one_of($what, text, &[$(($name, Self::$value)),+])
            }
        }

        impl values::Value for $type {
            fn schema() -> serde_json::Value {
                json!({ "enum": [$($name),+] })
            }
        }
    };
}

choice! {
    /// The backend that holds the resources.
    Backend("backend") {
        /// AWS, or an emulator at an endpoint.
        #[default]
        Aws = "aws",
        /// The built-in mock.
        Memory = "memory",
        /// LocalStack.
        LocalStack = "localstack",
    }
}

choice! {
    /// How to handle services missing from LocalStack.
    MissingServices("missing_services setting") {
        /// Fail and list the missing services.
        #[default]
        Error = "error",
        /// Use the built-in mock for the missing services.
        Memory = "memory",
    }
}

impl Backend {
    /// Returns the default state file of the built-in mock for this backend.
    const fn memory_file(self) -> &'static str {
        match self {
            Self::Aws | Self::Memory => DEFAULT_MEMORY_FILE,
            Self::LocalStack => DEFAULT_LOCALSTACK_FILE,
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Loads the configuration from the file and the overrides.
///
/// # Errors
/// Returns all errors if the file cannot be read or the configuration is invalid.
pub fn load(sources: &Sources) -> Result<Config, ConfigErrors> {
    let (path, text) = contents(sources)?;
    let file = text.as_deref().map(|text| (path, text));
    layers::read(file, &sources.overrides, project_of_current_folder)
}

/// An environment's name, and its configuration or the errors in that configuration.
pub type Loaded = (EnvironmentName, Result<Config, ConfigErrors>);

/// Loads the configuration of each environment in the file, in the order of [`environments`]. The
/// overrides apply to every environment.
///
/// # Errors
/// Returns an error if the file cannot be read or is not TOML. The entry for an environment
/// contains the errors that [`load`] would return for that environment.
pub fn load_all(sources: &Sources) -> Result<Vec<Loaded>, ConfigErrors> {
    let (path, text) = contents(sources)?;
    let file = text.as_deref().map(|text| (path, text));
    layers::read_all(file, &sources.overrides, project_of_current_folder)
}

fn project_of_current_folder() -> Option<ProjectName> {
    project_of_folder(&std::env::current_dir().unwrap_or_default())
}

/// Derives a project name from a directory name. The name is used with the built-in mock if there
/// is no configuration file and no project name was given.
fn project_of_folder(folder: &Path) -> Option<ProjectName> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let near = |error: InvalidValue| error.suggestion().unwrap_or_default().parse();
    name.parse().or_else(near).or_else(|_: InvalidValue| "demo".parse()).ok()
}

/// Returns every environment in the file: first the environment set at the top level, if any, and
/// then each environment that has a table. If the file defines no environment or does not exist,
/// returns the default environment.
///
/// # Errors
/// Returns an error if the file cannot be read or is not TOML. [`load`] reports all other errors.
pub fn environments(sources: &Sources) -> Result<Vec<EnvironmentName>, ConfigErrors> {
    let (path, text) = contents(sources)?;
    layers::environments(text.as_deref().map(|text| (path, text)))
}

/// Returns the path of the configuration file, and its text if the file exists.
fn contents(sources: &Sources) -> Result<(&Path, Option<String>), ConfigErrors> {
    let path = sources.file.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound && sources.file.is_none() => {
            return Ok((path, None));
        }
        Err(error) => return Err(unreadable(path, &error)),
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok((path, Some(text))),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..valid].split(|byte| *byte == b'\n').count();
            let message = format!("{} is not valid UTF-8 at line {line}", path.display());
            let error = ConfigError::new(message).hint("save the file as UTF-8");
            Err(ConfigErrors::new(SourceFile::default(), vec![error]))
        }
    }
}

/// Builds a configuration from the text of a file and the overrides. No other input is read.
///
/// ```
/// use ecs_foundation_cli::config::{self, Backend, Overrides, Setting};
///
/// let text = "project_name = \"shop\"\nbackend = \"memory\"\n";
/// let flags = Overrides::default().with_flag(Setting::Environment, "staging");
/// let config = config::parse(text, "ecs-foundation.toml", &flags)?;
/// assert_eq!(config.spec.base_name(), "shop-staging");
/// assert_eq!(config.backend, Backend::Memory);
/// # Ok::<(), config::ConfigErrors>(())
/// ```
///
/// # Errors
/// Returns an error for every rule that the configuration breaks.
pub fn parse(
    text: &str,
    file: impl AsRef<Path>,
    overrides: &Overrides,
) -> Result<Config, ConfigErrors> {
    layers::read(Some((file.as_ref(), text)), overrides, || None)
}

fn unreadable(path: &Path, error: &io::Error) -> ConfigErrors {
    let message = format!("cannot read {}: {error}", path.display());
    let error = ConfigError::new(message).hint("pass another file with --config FILE");
    ConfigErrors::new(SourceFile::default(), vec![error])
}
