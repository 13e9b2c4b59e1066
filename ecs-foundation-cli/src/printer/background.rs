//! Writes messages in a background thread, so that the program does not block if nothing reads its
//! standard error.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// The maximum number of messages that can wait to be written. Further messages are dropped and
/// counted.
const WAITING: usize = 1024;

/// How long the program waits at exit for messages to be written.
const PATIENCE: Duration = Duration::from_secs(1);

/// A handle to the background thread.
#[derive(Debug)]
pub(super) struct Background {
    messages: SyncSender<String>,
    progress: Arc<Progress>,
}

#[derive(Debug, Default)]
struct Progress {
    counts: Mutex<Counts>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Counts {
    /// The number of messages that have not been written yet.
    waiting: usize,
    /// The number of messages dropped since the last message was written.
    dropped: usize,
}

impl Background {
    /// Starts the thread. Returns `None` if the system cannot create a thread.
    pub(super) fn start(write: impl FnMut(&str) + Send + 'static) -> Option<Self> {
        let (messages, received) = sync_channel(WAITING);
        let progress = Arc::<Progress>::default();
        let theirs = Arc::clone(&progress);
        let thread = std::thread::Builder::new().name("messages".to_owned());
        thread.spawn(move || theirs.write_all(&received, write)).ok()?;
        Some(Self { messages, progress })
    }

    /// Queues a message, or drops it if the queue is full.
    pub(super) fn send(&self, text: &str) {
        self.progress.change(|counts| counts.waiting += 1);
        match self.messages.try_send(text.to_owned()) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.progress.change(|counts| {
                    counts.waiting -= 1;
                    counts.dropped += 1;
                });
            }
        }
    }

    /// Waits up to [`PATIENCE`] for all messages to be written.
    pub(super) fn flush(&self) {
        let counts = self.progress.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = |counts: &mut Counts| counts.waiting > 0;
        // Ignore a timeout, because the program must end even if messages are still waiting.
        drop(self.progress.changed.wait_timeout_while(counts, PATIENCE, waiting));
    }
}

impl Progress {
    fn change<T>(&self, change: impl FnOnce(&mut Counts) -> T) -> T {
        let changed = change(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
        changed
    }

    fn write_all(&self, messages: &Receiver<String>, mut write: impl FnMut(&str)) {
        for message in messages {
            let dropped = self.change(|counts| std::mem::take(&mut counts.dropped));
            if dropped > 0 {
                write(&format!(
                    "warning: {dropped} messages were dropped: standard error was not read\n"
                ));
            }
            write(&message);
            self.change(|counts| counts.waiting -= 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::sync::{Arc, Mutex};

    use super::{Background, WAITING};

    #[test]
    fn unread_messages_never_block_and_dropped_ones_are_counted() {
        let (read, reading) = channel::<()>();
        let written = Arc::new(Mutex::new(Vec::new()));
        let theirs = Arc::clone(&written);
        let background = Background::start(move |text| {
            // Writing blocks until `read` is dropped.
            let _ = reading.recv();
            theirs.lock().unwrap().push(text.to_owned());
        });
        let background = background.unwrap();
        let sent = WAITING + 100;
        for number in 0..sent {
            background.send(&format!("{number}\n"));
        }
        drop(read);
        background.flush();
        background.send("last\n");
        background.flush();
        let written = written.lock().unwrap();
        // If messages are dropped before the thread starts, a warning precedes the first message.
        let first = written.iter().find(|line| !line.starts_with("warning: "));
        assert_eq!(first.map(String::as_str), Some("0\n"));
        assert_eq!(written.last().unwrap(), "last\n");
        let dropped: usize = written
            .iter()
            .filter_map(|line| {
                line.strip_prefix("warning: ")?.split(' ').next()?.parse::<usize>().ok()
            })
            .sum();
        let warnings = written.iter().filter(|line| line.starts_with("warning: ")).count();
        assert!(dropped >= 98, "{written:?}");
        assert_eq!(written.len() - warnings + dropped, sent + 1);
    }
}
