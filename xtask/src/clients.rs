//! Clients that are not ours, on `mock serve`: boto3, the AWS CLI, and Terraform where it is on the machine; and
//! cfn-lint on the templates.

use std::path::{Path, PathBuf};

use crate::process::{self, Result, cargo, say};
use crate::python::{self, Environment};

/// The AWS provider that the test is written for, in a folder that mirrors a registry.
const PROVIDER: &str = "registry.terraform.io/hashicorp/aws/5.100.0";

/// Options of the run of other clients.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    python: python::Options,
    /// Terraform, where it is not on the PATH.
    #[arg(long, value_name = "PROGRAM")]
    terraform: Option<PathBuf>,
    /// Leaves Terraform out, which takes minutes.
    #[arg(long, conflicts_with_all = ["terraform", "providers"])]
    skip_terraform: bool,
    /// The folder with Terraform's providers, where it is in none of the usual places.
    #[arg(long, value_name = "FOLDER")]
    providers: Option<PathBuf>,
}

/// Installs what is missing and runs the tests that need it, those on Terraform where there is one.
pub(crate) fn run(options: &Options) -> Result<()> {
    let environment = Environment::install(&options.python)?;
    // The whole workspace: one package alone would have its dependencies built anew with other features.
    let mut tests = cargo(["test", "--workspace", "--test", "cli"]);
    tests.args(["--", "--ignored", "--nocapture", "clients::", "credentials::"]);
    tests.env("ECS_FOUNDATION_TEST_PYTHON", environment.program("python"));
    tests.env("ECS_FOUNDATION_TEST_AWS_CLI", environment.program("aws"));
    tests.env("ECS_FOUNDATION_TEST_CFN_LINT", environment.program("cfn-lint"));
    let terraform = options.terraform.clone().or_else(on_the_path);
    let providers = options.providers.clone().or_else(mirror);
    match (terraform, providers) {
        _ if options.skip_terraform => say("terraform: NOT RUN: left out by --skip-terraform"),
        (Some(terraform), Some(providers)) => {
            say(&format!("terraform: {}, providers: {}", terraform.display(), providers.display()));
            tests.arg("terraform::");
            tests.env("ECS_FOUNDATION_TEST_TERRAFORM", terraform);
            tests.env("ECS_FOUNDATION_TEST_TERRAFORM_PROVIDERS", providers);
        }
        (None, _) => {
            say("terraform: NOT RUN: it is not on the PATH; --terraform PROGRAM names one");
        }
        (_, None) => say(&format!(
            "terraform: NOT RUN: there is no folder with {PROVIDER}; --providers FOLDER names one"
        )),
    }
    process::run(&mut tests)
}

fn on_the_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("terraform")).find(|file| file.is_file())
}

/// A folder of providers, at most two levels under where such things are put.
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
