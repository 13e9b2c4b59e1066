//! The checks that must pass before every commit. Tests run separately: `cargo test --workspace`.

use serde_json::Value;

use crate::models;
use crate::process::{self, Result, cannot, cargo};

/// Checks crate boundaries, the minimum Rust version, formatting, lints, documentation and packages.
pub(crate) fn run() -> Result<()> {
    boundaries()?;
    oldest_rust()?;
    models::check_code()?;
    process::run(&mut cargo(["fmt", "--all", "--check"]))?;
    process::run(&mut cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    // Building the entire workspace enables the mock's optional features. Therefore, clippy also
    // checks the mock alone, without these features.
    process::run(&mut cargo(["clippy", "--package", "infra-mock", "--", "-D", "warnings"]))?;
    let mut doc = cargo(["doc", "--workspace", "--no-deps"]);
    process::run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    // Checks that all packages can be created. The packages are not compiled here, because the
    // release process compiles them.
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

/// A rule for the dependencies of a package: the dependency kinds and features to check, and the
/// name prefixes of forbidden dependencies.
struct Boundary {
    package: &'static str,
    edges: &'static str,
    features: &'static [&'static str],
    without: &'static [&'static str],
}

/// The dependency rules from ARCHITECTURE.md.
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
    // infra-aws's tests use the mock, so the mock must not depend on infra-aws.
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
        // Container support is only for tests and must not be in the released program.
        without: &["aws-lc-", "hyper v0.14", "openssl-sys", "testcontainers", "bollard"],
    },
    // The `localstack` feature accesses LocalStack through the provider traits, so it does not need
    // the SDK.
    Boundary {
        package: "infra-mock",
        edges: "normal",
        features: &["--features", "localstack"],
        without: &["aws-", "openssl-sys", "native-tls"],
    },
];

/// Checks that no dependency requires a newer Rust version than the workspace's `rust-version`.
/// clippy checks the workspace's own code against that version (`incompatible_msrv`).
fn oldest_rust() -> Result<()> {
    let mut command = cargo(["metadata", "--format-version", "1", "--all-features", "--locked"]);
    let output = command.output().map_err(cannot("cargo metadata"))?;
    if !output.status.success() {
        return Err(format!("`cargo metadata`: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let metadata: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let packages = metadata["packages"].as_array().ok_or("`cargo metadata` lists no packages")?;
    let version = |package: &Value| Some(numbers(package["rust_version"].as_str()?));
    let own = packages
        .iter()
        .find(|package| package["name"] == "infra-core")
        .and_then(version)
        .ok_or("infra-core declares no rust-version")?;
    for package in packages {
        if version(package).is_some_and(|needed| needed > own) {
            let (name, needed) = (&package["name"], &package["rust_version"]);
            return Err(format!(
                "{name} requires Rust {needed}, which is newer than `rust-version` in Cargo.toml"
            ));
        }
    }
    Ok(())
}

/// Parses a version into its three numbers, so that 1.94 equals 1.94.0 and 1.100 comes after 1.94.
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
