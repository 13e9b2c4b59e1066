//! Tests `mock serve` with external clients: boto3, the AWS CLI, skopeo and, if available,
//! Terraform. Also checks exported templates with cfn-lint.

use std::path::{Path, PathBuf};

use crate::debian;
use crate::process::{self, Result, cargo, say};
use crate::python::{self, Environment};

/// The path of the AWS provider within a directory of Terraform providers. The path ends with the
/// version for which the tests were written.
const PROVIDER: &str = "registry.terraform.io/hashicorp/aws/5.100.0";

/// Options for the external client tests.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    python: python::Options,
    /// Path of the Terraform program, if it is not on the PATH.
    #[arg(long, value_name = "PROGRAM")]
    terraform: Option<PathBuf>,
    /// Skip the Terraform tests, which take minutes.
    #[arg(long, conflicts_with_all = ["terraform", "providers"])]
    skip_terraform: bool,
    /// Directory with Terraform providers, if it is not in a standard location.
    #[arg(long, value_name = "DIRECTORY")]
    providers: Option<PathBuf>,
}

/// Installs missing packages and runs the client tests. The Terraform tests run only if Terraform
/// is available.
pub(crate) fn run(options: &Options) -> Result<()> {
    let environment = Environment::install(&options.python)?;
    // Builds the entire workspace, because building a single package would rebuild the package's
    // dependencies with different features.
    let mut tests = cargo(["test", "--workspace", "--test", "cli"]);
    tests.args(["--", "--ignored", "--nocapture", "clients::", "credentials::"]);
    tests.env("ECS_FOUNDATION_TEST_PYTHON", environment.program("python"));
    tests.env("ECS_FOUNDATION_TEST_AWS_CLI", environment.program("aws"));
    tests.env("ECS_FOUNDATION_TEST_CFN_LINT", environment.program("cfn-lint"));
    if let Some(skopeo) = skopeo() {
        tests.arg("registry::").env("ECS_FOUNDATION_TEST_SKOPEO", skopeo);
    }
    let terraform = options.terraform.clone().or_else(|| debian::program("terraform"));
    let providers = options.providers.clone().or_else(mirror);
    match (terraform, providers) {
        _ if options.skip_terraform => say("terraform: skipped because of --skip-terraform"),
        (Some(terraform), Some(providers)) => {
            say(&format!("terraform: {}, providers: {}", terraform.display(), providers.display()));
            tests.arg("terraform::");
            tests.env("ECS_FOUNDATION_TEST_TERRAFORM", terraform);
            tests.env("ECS_FOUNDATION_TEST_TERRAFORM_PROVIDERS", providers);
        }
        (None, _) => {
            say("terraform: skipped: not found on the PATH; pass --terraform PROGRAM");
        }
        (_, None) => say(&format!(
            "terraform: skipped: no directory with {PROVIDER} was found; pass --providers DIRECTORY"
        )),
    }
    process::run(&mut tests)
}

/// Returns the path of skopeo. Installs skopeo first if necessary. If the installation fails,
/// prints the reason and returns `None`.
fn skopeo() -> Option<PathBuf> {
    const NAME: &str = "skopeo";
    if debian::program(NAME).is_none() {
        let failure = debian::cannot_install().or_else(|| debian::install_missing(&[NAME]).err());
        if let Some(why) = failure {
            say(&format!("skopeo: skipped: not found, and {why}"));
        }
    }
    debian::program(NAME)
}

/// Finds a directory that contains the provider. Searches the standard locations and the
/// directories one level below them.
fn mirror() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let home = home
        .iter()
        .flat_map(|home| [home.clone(), home.join(".terraform.d"), home.join(".local/share")]);
    let roots = ["/opt", "/srv", "/usr/share", "/usr/local/share"].map(PathBuf::from).into_iter();
    roots.chain(home).find_map(|root| {
        let inner = std::fs::read_dir(&root).into_iter().flatten().flatten();
        let mut folders = std::iter::once(root.clone()).chain(inner.map(|entry| entry.path()));
        folders.find(|folder| Path::new(folder).join(PROVIDER).is_dir())
    })
}
