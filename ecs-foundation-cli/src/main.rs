//! The `ecs-foundation` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    ecs_foundation_cli::main()
}
