//! What has to be clean before every commit. Tests are apart: `cargo test --workspace`.

use crate::process::{self, Result, cannot, cargo};

/// Boundaries between crates, formatting, lints, documentation.
pub(crate) fn run() -> Result<()> {
    boundaries()?;
    process::run(&mut cargo(["fmt", "--all", "--check"]))?;
    process::run(&mut cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    // The mock without its features, which no build of the whole workspace sees.
    process::run(&mut cargo(["clippy", "--package", "infra-mock", "--", "-D", "warnings"]))?;
    let mut doc = cargo(["doc", "--workspace", "--no-deps"]);
    process::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
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
        without: &["aws-lc-", "hyper v0.14", "openssl-sys"],
    },
];

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
