//! The exit codes.

/// The exit code of a run.
///
/// Codes 0 to 2 have the same meaning as in Terraform. A usage error exits with 1 instead of clap's
/// 2, because 2 means that a plan has changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// The command succeeded.
    Success = 0,
    /// The command failed; the reason is on standard error. `verify` also exits with this code if
    /// it finds a difference.
    Failure = 1,
    /// `plan --detailed-exitcode` found changes.
    Changes = 2,
    /// The terminal was closed (SIGHUP).
    HungUp = 129,
    /// The run was stopped by Ctrl-C (SIGINT).
    Interrupted = 130,
    /// The run was stopped by SIGTERM.
    Terminated = 143,
}

impl Exit {
    /// Returns the exit code as a number.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
