//! The configuration: the file, environment variables and flags, checked as a whole.
//!
//! Flags beat environment variables, these beat the file, in which the table of the chosen environment beats the top
//! of the file, and all beat the defaults. Reading is strict: an unknown key, a value of the wrong type and a name
//! that AWS would refuse are errors. All errors are reported at once, each with its place, the rule, and what to
//! write instead.

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

/// The file that is read where none is named; it may be absent.
pub const DEFAULT_FILE: &str = "ecs-foundation.toml";

/// Where the embedded mock keeps its state where nothing else is said.
pub const DEFAULT_MEMORY_FILE: &str = ".ecs-foundation/memory.json";

/// Where it keeps what LocalStack lacks: another account, and so another file.
pub const DEFAULT_LOCALSTACK_FILE: &str = ".ecs-foundation/localstack.json";

/// Where a configuration comes from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file that was asked for; `None` is [`DEFAULT_FILE`], where there is one.
    pub file: Option<PathBuf>,
    /// What flags and environment variables gave.
    pub overrides: Overrides,
}

/// A configuration that keeps every rule that can be checked without a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The foundation.
    pub spec: FoundationSpec,
    /// What it is made in.
    pub backend: Backend,
    /// The region; `None` leaves it to the AWS configuration files.
    pub region: Option<Region>,
    /// The partition of the region; `None` is the one whose pattern the region matches.
    pub partition: Option<Partition>,
    /// The profile of the AWS configuration files.
    pub profile: Option<String>,
    /// The only accounts that commands may work in; empty for any.
    pub allowed_account_ids: Vec<AccountId>,
    /// The role to assume.
    pub assume_role: Option<AssumeRole>,
    /// The URL of an emulator; `None` leaves it to AWS's own settings.
    pub endpoint_url: Option<EndpointUrl>,
    /// A file of certificates to trust.
    pub ca_bundle: Option<PathBuf>,
    /// What `cost` counts with in the place of the rates that it knows.
    pub rates: GivenRates,
    /// What becomes of services that LocalStack lacks.
    pub missing_services: MissingServices,
    /// The file that the embedded mock keeps its state in.
    pub memory_file: PathBuf,
    /// How many operations run at the same time; `None` is the engine's default.
    pub parallelism: Option<NonZeroUsize>,
    /// The file that was read.
    pub file: Option<PathBuf>,
    origins: BTreeMap<Setting, Place>,
}

impl Config {
    /// Where a setting was given; `None` is the default.
    pub fn origin(&self, setting: Setting) -> Option<&Place> {
        self.origins.get(&setting)
    }

    /// Whether the environment is production, which is called `prod` or `production`.
    pub fn is_production(&self) -> bool {
        self.spec.environment.is_production()
    }
}

/// A role to assume with the credentials that were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssumeRole {
    /// The ARN of the role.
    pub role_arn: RoleArn,
    /// The name of the session; `None` is `ecs-foundation`.
    pub session_name: Option<RoleSessionName>,
    /// The external id that the role's trust policy asks for.
    pub external_id: Option<ExternalId>,
}

/// What a foundation is made in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backend {
    /// AWS, or an emulator of it behind an endpoint.
    #[default]
    Aws,
    /// The embedded mock.
    Memory,
    /// LocalStack.
    LocalStack,
}

impl Backend {
    /// Every backend.
    pub const ALL: [Self; 3] = [Self::Aws, Self::Memory, Self::LocalStack];

    /// The backend as the configuration writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Memory => "memory",
            Self::LocalStack => "localstack",
        }
    }

    /// Where the embedded mock keeps its state where nothing else is said.
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

impl FromStr for Backend {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        one_of("backend", text, &Self::ALL.map(|backend| (backend.as_str(), backend)))
    }
}

impl values::Value for Backend {
    fn schema() -> serde_json::Value {
        json!({ "enum": Self::ALL.map(Self::as_str) })
    }
}

/// What becomes of services that LocalStack lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingServices {
    /// An error that names them.
    #[default]
    Error,
    /// The embedded mock stands in for them.
    Memory,
}

impl MissingServices {
    /// Every way.
    pub const ALL: [Self; 2] = [Self::Error, Self::Memory];

    /// The way as the configuration writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Memory => "memory",
        }
    }
}

impl FromStr for MissingServices {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let known = Self::ALL.map(|way| (way.as_str(), way));
        one_of("missing_services setting", text, &known)
    }
}

impl values::Value for MissingServices {
    fn schema() -> serde_json::Value {
        json!({ "enum": Self::ALL.map(Self::as_str) })
    }
}

/// Reads the file, and makes a configuration of it and of the overrides.
///
/// # Errors
/// The file cannot be read, or the configuration breaks rules: all that it breaks.
pub fn load(sources: &Sources) -> Result<Config, ConfigErrors> {
    let (path, text) = contents(sources)?;
    let file = text.as_deref().map(|text| (path, text));
    layers::read(file, &sources.overrides, || {
        project_of_folder(&std::env::current_dir().unwrap_or_default())
    })
}

/// Returns a project name from the name of a folder, for the built-in mock, which needs no configuration.
fn project_of_folder(folder: &Path) -> Option<ProjectName> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let near = |error: InvalidValue| error.suggestion().unwrap_or_default().parse();
    name.parse().or_else(near).or_else(|_: InvalidValue| "demo".parse()).ok()
}

/// Reads the file, and gives every environment that it has: its own, where it names one, then those that have a
/// table. A file without any, or no file, has the default one.
///
/// # Errors
/// The file cannot be read, or is not TOML. What else is wrong with it, [`load`] tells.
pub fn environments(sources: &Sources) -> Result<Vec<EnvironmentName>, ConfigErrors> {
    let (path, text) = contents(sources)?;
    layers::environments(text.as_deref().map(|text| (path, text)))
}

/// The file that is meant, and its text where there is one.
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
            let message = format!("{} is not text in UTF-8, at line {line}", path.display());
            let error = ConfigError::new(message).hint("save the file in UTF-8");
            Err(ConfigErrors::new(SourceFile::default(), vec![error]))
        }
    }
}

/// Makes a configuration of the text of a file and of the overrides. Nothing else is read.
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
/// Every rule that the configuration breaks.
pub fn parse(
    text: &str,
    file: impl AsRef<Path>,
    overrides: &Overrides,
) -> Result<Config, ConfigErrors> {
    layers::read(Some((file.as_ref(), text)), overrides, || None)
}

fn unreadable(path: &Path, error: &io::Error) -> ConfigErrors {
    let message = format!("cannot read {}: {error}", path.display());
    let error = ConfigError::new(message).hint("give another file with --config FILE");
    ConfigErrors::new(SourceFile::default(), vec![error])
}
