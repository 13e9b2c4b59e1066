//! Exit codes, all in one place.

/// How a run of the program ends, as its caller sees it.
///
/// The codes are Terraform's. A command line that cannot be read ends with 1, not with clap's 2, which
/// would say that a plan has changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// What was asked for is done or shown.
    Success = 0,
    /// It is not, and standard error says why. `verify` also ends so where something differs.
    Failure = 1,
    /// `plan --detailed-exitcode` has found something to do.
    Changes = 2,
    /// The terminal was closed (SIGHUP).
    HungUp = 129,
    /// Ctrl-C (SIGINT) has stopped it.
    Interrupted = 130,
    /// SIGTERM has stopped it.
    Terminated = 143,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
