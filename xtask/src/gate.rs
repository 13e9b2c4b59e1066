//! What has to be clean before every commit. Tests are apart: `cargo test --workspace`.

use serde_json::Value;

use crate::models;
use crate::process::{self, Result, cannot, cargo};

/// Boundaries between crates, the oldest Rust they take, formatting, lints, documentation, packages.
pub(crate) fn run() -> Result<()> {
    boundaries()?;
    oldest_rust()?;
    models::check_code()?;
    process::run(&mut cargo(["fmt", "--all", "--check"]))?;
    process::run(&mut cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    // The mock without its features, which no build of the whole workspace sees.
    process::run(&mut cargo(["clippy", "--package", "infra-mock", "--", "-D", "warnings"]))?;
    let mut doc = cargo(["doc", "--workspace", "--no-deps"]);
    process::run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    // What would be published is complete; building it once more from there is left to a release.
    process::run(&mut cargo([
        "package",
        "--workspace",
        "--exclude=xtask",
        "--exclude=tests",
        "--no-verify",
        "--allow-dirty",
        "--quiet",
    ]))
}

/// A package, the kinds of dependencies and the features it is looked at with, and the beginnings of names that
/// it must not depend on.
struct Boundary {
    package: &'static str,
    edges: &'static str,
    features: &'static [&'static str],
    without: &'static [&'static str],
}

/// What ARCHITECTURE.md promises of the dependencies.
const BOUNDARIES: &[Boundary] = &[
    Boundary {
        package: "infra-core",
        edges: "normal",
        features: &["--all-features"],
        without: &["aws-", "hyper", "http"],
    },
    Boundary {
        package: "infra-mock",
        edges: "normal",
        features: &["--no-default-features"],
        without: &["aws-", "hyper", "http"],
    },
    // infra-aws needs the mock for its tests; the other way round as well would be a cycle.
    Boundary {
        package: "infra-mock",
        edges: "all",
        features: &["--all-features"],
        without: &["infra-aws"],
    },
    Boundary {
        package: "ecs-foundation-cli",
        edges: "normal",
        features: &[],
        // What starts containers is for tests: the program that is shipped has none of it.
        without: &["aws-lc-", "hyper v0.14", "openssl-sys", "testcontainers", "bollard"],
    },
    // The bundle beside LocalStack is made of the provider traits, whoever implements them.
    Boundary {
        package: "infra-mock",
        edges: "normal",
        features: &["--features", "localstack"],
        without: &["aws-", "openssl-sys", "native-tls"],
    },
];

/// No dependency asks for a newer Rust than the workspace says it takes. What the workspace's own code uses,
/// clippy holds against the same version (`incompatible_msrv`).
fn oldest_rust() -> Result<()> {
    let mut command = cargo(["metadata", "--format-version", "1", "--all-features", "--locked"]);
    let output = command.output().map_err(cannot("cargo metadata"))?;
    if !output.status.success() {
        return Err(format!("`cargo metadata`: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let metadata: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let packages = metadata["packages"].as_array().ok_or("`cargo metadata` names no packages")?;
    let version = |package: &Value| Some(numbers(package["rust_version"].as_str()?));
    let own = packages
        .iter()
        .find(|package| package["name"] == "infra-core")
        .and_then(version)
        .ok_or("infra-core states no rust-version")?;
    for package in packages {
        if version(package).is_some_and(|needed| needed > own) {
            let (name, needed) = (&package["name"], &package["rust_version"]);
            return Err(format!(
                "{name} needs Rust {needed}, more than `rust-version` in Cargo.toml"
            ));
        }
    }
    Ok(())
}

/// A version as its three numbers, so that 1.94 equals 1.94.0 and 1.100 comes after 1.94.
fn numbers(version: &str) -> [u32; 3] {
    let mut numbers = [0; 3];
    for (number, text) in numbers.iter_mut().zip(version.split('.')) {
        *number = text.parse().unwrap_or(u32::MAX);
    }
    numbers
}

fn boundaries() -> Result<()> {
    for Boundary { package, edges, features, without } in BOUNDARIES {
        let mut tree = cargo(["tree", "--edges", edges, "--prefix", "none", "--package", package]);
        tree.args(*features);
        let output = tree.output().map_err(cannot("cargo tree"))?;
        if !output.status.success() {
            let problem = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("`cargo tree` for {package}: {problem}"));
        }
        let dependencies = String::from_utf8_lossy(&output.stdout).into_owned();
        for dependency in dependencies.lines() {
            if without.iter().any(|beginning| dependency.starts_with(beginning)) {
                return Err(format!("{package} must not depend on {dependency}"));
            }
        }
    }
    Ok(())
}
