//! Handles signals. The first Ctrl-C, SIGTERM or SIGHUP stops the run, but lets changes in progress
//! finish. A second Ctrl-C or SIGTERM ends the program immediately.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use tokio_util::sync::CancellationToken;

use crate::exit::Exit;
use crate::printer::Printer;

/// Whether a run has been asked to stop, and by which signal. Clones share the state.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    listens: bool,
    token: CancellationToken,
    signal: Arc<AtomicU8>,
    changing: Arc<AtomicBool>,
    expected: Arc<AtomicBool>,
}

impl Interrupt {
    /// Returns an `Interrupt` that stops the run when the process receives a signal.
    pub fn of_process() -> Self {
        Self { listens: true, ..Self::default() }
    }

    /// Returns an `Interrupt` for a run inside another program. Cancelling the token has the same
    /// effect as Ctrl-C.
    pub fn by_token(token: CancellationToken) -> Self {
        Self { token, ..Self::default() }
    }

    /// Returns the token that the first signal cancels.
    pub(crate) fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// Returns the exit code if the run was asked to stop early.
    pub(crate) fn exit(&self) -> Option<Exit> {
        let early = self.token.is_cancelled() && !self.expected.load(Ordering::SeqCst);
        early.then(|| exit_of(self.signal.load(Ordering::SeqCst)))
    }

    /// Records that the run has started to make changes. From then on, a message about calls in
    /// progress is printed when a signal arrives.
    pub(crate) fn begin_changes(&self) {
        self.changing.store(true, Ordering::SeqCst);
    }

    /// Records that a signal is expected to end this run, because the run is a server.
    pub(crate) fn expect(&self) {
        self.expected.store(true, Ordering::SeqCst);
    }

    /// Runs a read-only future. Returns `None` as soon as the run is asked to stop.
    pub(crate) async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.token.cancelled() => None,
            result = work => Some(result),
        }
    }

    /// Starts listening for signals. If that fails, signals keep their default effect.
    pub(crate) fn listen(&self, printer: &Arc<Printer>) {
        if self.listens
            && let Ok(signals) = Signals::new()
        {
            let (this, printer) = (self.clone(), Arc::clone(printer));
            tokio::spawn(async move { this.watch(signals, &printer).await });
        }
    }

    async fn watch(&self, mut signals: Signals, printer: &Printer) {
        self.signal.store(signals.next().await, Ordering::SeqCst);
        // Print this message before cancelling. Otherwise, the run could end and print its own
        // message first.
        if self.changing.load(Ordering::SeqCst) {
            printer.alert(
                "\nstopping after the calls in progress; press Ctrl-C again to stop immediately\n",
            );
        }
        self.token.cancel();
        let second = loop {
            // Closing a terminal can cause two SIGHUP signals: one from the kernel and one from the
            // shell.
            match signals.next().await {
                HUNG_UP => {}
                signal => break signal,
            }
        };
        let exit = exit_of(second);
        printer.end_progress();
        if self.changing.load(Ordering::SeqCst) {
            printer.alert(
                "\nstopped immediately; calls in progress may or may not have taken effect. \
                 Run again to continue; completed steps are skipped.\n",
            );
        }
        std::process::exit(exit.code().into());
    }
}

const INTERRUPTED: u8 = 1;
const TERMINATED: u8 = 2;
const HUNG_UP: u8 = 3;

fn exit_of(signal: u8) -> Exit {
    match signal {
        TERMINATED => Exit::Terminated,
        HUNG_UP => Exit::HungUp,
        _ => Exit::Interrupted,
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hang_up = (!ignores_hang_up()).then(|| signal(SignalKind::hangup())).transpose()?;
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up,
        })
    }

    async fn next(&mut self) -> u8 {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => INTERRUPTED,
            _ = self.terminate.recv() => TERMINATED,
            _ = hang_up => HUNG_UP,
        }
    }
}

/// Returns whether the process ignores SIGHUP, for example because it was started with `nohup`.
/// Without `unsafe` code, this can be determined only on Linux. On other systems, the result is
/// `false`.
#[cfg(unix)]
fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // SIGHUP is signal 1, so the lowest bit of the mask represents it.
    mask.is_some_and(|mask| mask & 1 == 1)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> u8 {
        // Windows has no SIGTERM. If Ctrl-C cannot be handled, wait forever.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        INTERRUPTED
    }
}
