//! Development tasks, run as `cargo xtask TASK`.

mod bench;
mod clients;
mod conformance;
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
    /// Formatting, lints and documentation: what has to be clean before every commit.
    Gate,
    /// The property tests against the in-memory AWS.
    #[cfg(feature = "mock")]
    Prop(prop::Options),
    /// The conformance suite against moto, an emulator or a real account.
    Conformance(conformance::Options),
    /// The conformance suite on LocalStack in a container; installs and starts an engine where none runs.
    Localstack(localstack::Options),
    /// Random sequences of calls by each access path of the mock, which have to end alike.
    AccessPaths(sequences::AccessPathsOptions),
    /// Random sequences of calls on the mock and on a moto server, which is installed and started for it.
    Differential(sequences::DifferentialOptions),
    /// The simulation: every fault at every call, and runs again until nothing is left to do.
    #[cfg(feature = "mock")]
    Sim(sim::Options),
    /// boto3, the AWS CLI and Terraform against the mock as a server.
    Clients(clients::Options),
    /// Generates the mock's request and response types from AWS's service models, as botocore has them.
    Models(models::Options),
    /// What the mock costs by each of its access paths, beside a moto server, as a table.
    Bench(bench::Options),
    /// The command-line tool against a moto server, which is installed and started for it.
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
