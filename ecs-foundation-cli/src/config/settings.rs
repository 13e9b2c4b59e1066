//! The settings that options and environment variables can set, and their values.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt;

use clap::ArgMatches;
use clap::parser::ValueSource;

/// A setting that an option or an environment variable can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// The project name.
    ProjectName,
    /// The environment.
    Environment,
    /// The backend.
    Backend,
    /// The region.
    Region,
    /// The partition of the region.
    Partition,
    /// The name of a profile in the AWS configuration files.
    Profile,
    /// The URL of an emulator.
    EndpointUrl,
    /// The file with the trusted CA certificates.
    CaBundle,
    /// How to handle AWS services that LocalStack does not provide.
    MissingServices,
    /// The state file of the built-in mock.
    MemoryFile,
    /// The maximum number of concurrent calls.
    Parallelism,
}

impl Setting {
    /// Every setting.
    pub const ALL: [Self; 11] = [
        Self::ProjectName,
        Self::Environment,
        Self::Backend,
        Self::Region,
        Self::Partition,
        Self::Profile,
        Self::EndpointUrl,
        Self::CaBundle,
        Self::MissingServices,
        Self::MemoryFile,
        Self::Parallelism,
    ];

    /// Returns the setting's key in the file, its option, and its environment variables in order of precedence.
    ///
    /// The AWS variables and their order are the same as in the SDK.
    const fn names(self) -> (&'static str, &'static str, &'static [&'static str]) {
        match self {
            Self::ProjectName => {
                ("project_name", "--project-name", &["ECS_FOUNDATION_PROJECT_NAME"])
            }
            Self::Environment => ("environment", "--environment", &["ECS_FOUNDATION_ENVIRONMENT"]),
            Self::Backend => ("backend", "--backend", &["ECS_FOUNDATION_BACKEND"]),
            Self::Region => (
                "region",
                "--region",
                &["ECS_FOUNDATION_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"],
            ),
            Self::Partition => ("partition", "--partition", &["ECS_FOUNDATION_PARTITION"]),
            Self::Profile => ("profile", "--profile", &["ECS_FOUNDATION_PROFILE"]),
            Self::EndpointUrl => {
                ("endpoint_url", "--endpoint-url", &["ECS_FOUNDATION_ENDPOINT_URL"])
            }
            Self::CaBundle => ("ca_bundle", "--ca-bundle", &["ECS_FOUNDATION_CA_BUNDLE"]),
            Self::MissingServices => {
                ("missing_services", "--missing-services", &["ECS_FOUNDATION_MISSING_SERVICES"])
            }
            Self::MemoryFile => ("memory_file", "--memory-file", &["ECS_FOUNDATION_MEMORY_FILE"]),
            Self::Parallelism => ("parallelism", "--parallelism", &["ECS_FOUNDATION_PARALLELISM"]),
        }
    }

    /// Returns the setting's key in the file. The setting's command-line argument has the same ID.
    pub const fn key(self) -> &'static str {
        self.names().0
    }

    /// Returns the setting's option.
    pub const fn flag(self) -> &'static str {
        self.names().1
    }

    /// Returns the setting's environment variables in order of precedence.
    pub const fn variables(self) -> &'static [&'static str] {
        self.names().2
    }
}

/// Settings whose AWS variables are interpreted by infra-aws, not by this crate.
const LEFT_TO_SDK: [(Setting, &[&str]); 3] = [
    (Setting::Profile, &["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]),
    (Setting::EndpointUrl, &["AWS_ENDPOINT_URL"]),
    (Setting::CaBundle, &["AWS_CA_BUNDLE"]),
];

/// The origin of a value that does not come from the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An option, such as `--region`.
    Flag(&'static str),
    /// An environment variable, such as `AWS_REGION`.
    Variable(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Flag(name) | Self::Variable(name)) = self;
        f.write_str(name)
    }
}

/// A value from outside the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The value.
    pub value: OsString,
    /// Where the value was given.
    pub origin: Origin,
}

/// The values from options and environment variables. Options take precedence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    given: BTreeMap<Setting, Given>,
    left_to_sdk: BTreeSet<Setting>,
}

impl Overrides {
    /// Collects values from options and variables. An empty variable counts as unset, as in the AWS CLI.
    ///
    /// ```
    /// use ecs_foundation_cli::config::{Overrides, Setting};
    ///
    /// let overrides = Overrides::collect(
    ///     |setting| (setting == Setting::Backend).then(|| "memory".into()),
    ///     |variable| std::env::var_os(variable),
    /// );
    /// assert!(overrides.get(Setting::Backend).is_some());
    /// ```
    pub fn collect(
        flag: impl Fn(Setting) -> Option<OsString>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Self {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let mut overrides = Self::default();
        for setting in Setting::ALL {
            let by_flag =
                flag(setting).map(|value| Given { value, origin: Origin::Flag(setting.flag()) });
            let by_variable = || {
                setting.variables().iter().find_map(|name| {
                    variable(name).map(|value| Given { value, origin: Origin::Variable(name) })
                })
            };
            if let Some(given) = by_flag.or_else(by_variable) {
                overrides.given.insert(setting, given);
            }
        }
        for (setting, names) in LEFT_TO_SDK {
            if names.iter().any(|name| variable(name).is_some()) {
                overrides.left_to_sdk.insert(setting);
            }
        }
        // If this variable is true, the SDK ignores `AWS_ENDPOINT_URL`.
        let ignored = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if ignored {
            overrides.left_to_sdk.remove(&Setting::EndpointUrl);
        }
        overrides
    }

    /// Collects values from parsed arguments and from variables. The ID of each argument is the
    /// [key](Setting::key) of its setting. Default values of arguments are ignored.
    pub fn from_matches(matches: &ArgMatches, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let flag = |setting: Setting| {
            let id = setting.key();
            let mut values = matches.try_get_raw(id).ok()??;
            let given = matches.value_source(id) == Some(ValueSource::CommandLine);
            values.next_back().filter(|_| given).map(OsStr::to_owned)
        };
        Self::collect(flag, variable)
    }

    /// Adds a value as if an option had set it.
    pub fn with_flag(mut self, setting: Setting, value: impl Into<OsString>) -> Self {
        let given = Given { value: value.into(), origin: Origin::Flag(setting.flag()) };
        self.given.insert(setting, given);
        self
    }

    /// Returns the value of a setting.
    pub fn get(&self, setting: Setting) -> Option<&Given> {
        self.given.get(&setting)
    }

    /// Returns whether an AWS variable sets this setting and therefore overrides the file. Only
    /// infra-aws interprets these variables, because their precedence differs from the precedence
    /// of options: access keys in environment variables override `AWS_PROFILE`, but not
    /// `--profile`.
    pub(super) fn is_left_to_sdk(&self, setting: Setting) -> bool {
        self.left_to_sdk.contains(&setting)
    }
}
