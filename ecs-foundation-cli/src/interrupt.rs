//! Signals: the first Ctrl-C, SIGTERM or SIGHUP lets calls under way finish, a second Ctrl-C or SIGTERM stops at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use tokio_util::sync::CancellationToken;

use crate::exit::Exit;
use crate::printer::Printer;

/// Whether and by what a run has been asked to stop. `Clone` shares that.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    listens: bool,
    token: CancellationToken,
    signal: Arc<AtomicU8>,
    changing: Arc<AtomicBool>,
    expected: Arc<AtomicBool>,
}

impl Interrupt {
    /// Stops for the signals that the process gets.
    pub fn of_process() -> Self {
        Self { listens: true, ..Self::default() }
    }

    /// Stops when its token is cancelled, which counts as Ctrl-C; for runs within another program.
    pub fn by_token(token: CancellationToken) -> Self {
        Self { token, ..Self::default() }
    }

    /// Cancelled by the first signal.
    pub(crate) fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// How the run ends if it has been asked to stop before it was done.
    pub(crate) fn exit(&self) -> Option<Exit> {
        let early = self.token.is_cancelled() && !self.expected.load(Ordering::SeqCst);
        early.then(|| exit_of(self.signal.load(Ordering::SeqCst)))
    }

    /// Says that from now on resources change, so that stopping takes a moment.
    pub(crate) fn begin_changes(&self) {
        self.changing.store(true, Ordering::SeqCst);
    }

    /// Says that a signal is how this run is meant to end, as that of a server.
    pub(crate) fn expect(&self) {
        self.expected.store(true, Ordering::SeqCst);
    }

    /// Runs what only reads; gives `None` as soon as the run is asked to stop.
    pub(crate) async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.token.cancelled() => None,
            result = work => Some(result),
        }
    }

    /// Begins to listen. Where the system does not allow that, signals end the process as ever.
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
        self.token.cancel();
        if self.changing.load(Ordering::SeqCst) {
            printer.alert(
                "\nstopping: letting what is under way finish; press Ctrl-C again to stop at once\n",
            );
        }
        let second = loop {
            // A terminal that is closed can send SIGHUP twice: from the kernel, and from the shell.
            match signals.next().await {
                HUNG_UP => {}
                signal => break signal,
            }
        };
        let exit = exit_of(second);
        printer.end_progress();
        if self.changing.load(Ordering::SeqCst) {
            printer.alert(
                "\nstopped at once: what was under way may or may not have been done; \
                 run again, what was done is found\n",
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

/// Whether the process was started to survive its terminal, as by `nohup`: then SIGHUP stays ignored. Only Linux
/// tells without `unsafe`.
#[cfg(unix)]
fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // SIGHUP is signal 1, the lowest bit.
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
        // Windows has no SIGTERM; where Ctrl-C cannot be listened to, nothing ever comes.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        INTERRUPTED
    }
}
