//! Development tasks, run as `cargo xtask TASK`.

mod bench;
mod clients;
mod conformance;
mod debian;
mod gate;
mod localstack;
mod models;
mod moto;
mod process;
#[cfg(feature = "mock")]
mod prop;
mod python;
mod sequences;
#[cfg(feature = "mock")]
mod sim;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Development tasks of ecs-foundation.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Check crate boundaries, minimum Rust version, formatting, lints, documentation and packages.
    Gate,
    /// Run the property tests, which check that foundations converge on the mock AWS.
    #[cfg(feature = "mock")]
    Prop(prop::Options),
    /// Run the conformance suite on moto, an emulator or a real account.
    Conformance(conformance::Options),
    /// Run the conformance suite on LocalStack in a container, starting a Docker engine if none is
    /// running.
    Localstack(localstack::Options),
    /// Run random sequences of calls on each of the mock's access paths and compare the answers.
    AccessPaths(sequences::AccessPathsOptions),
    /// Run random sequences of calls on the mock and on a moto server and compare the answers.
    Differential(sequences::DifferentialOptions),
    /// Run the simulation: inject faults into calls, and run the program again until nothing is left to do.
    #[cfg(feature = "mock")]
    Sim(sim::Options),
    /// Test the mock server with boto3, the AWS CLI, skopeo and Terraform.
    Clients(clients::Options),
    /// Generate the mock's request and response types from AWS's service models in botocore.
    Models(models::Options),
    /// Benchmark the mock's access paths, a moto server and the command-line tool, and print
    /// tables.
    Bench(bench::Options),
    /// Test the command-line tool against a moto server.
    Moto(moto::Options),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Gate => gate::run(),
        #[cfg(feature = "mock")]
        Task::Prop(options) => prop::run(&options),
        Task::Conformance(options) => conformance::run(&options),
        Task::Localstack(options) => localstack::run(&options),
        Task::AccessPaths(options) => sequences::access_paths(&options),
        Task::Differential(options) => sequences::differential(&options),
        #[cfg(feature = "mock")]
        Task::Sim(options) => sim::run(&options),
        Task::Clients(options) => clients::run(&options),
        Task::Models(options) => models::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Moto(options) => moto::run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            process::say(&format!("error: {problem}"));
            ExitCode::FAILURE
        }
    }
}
