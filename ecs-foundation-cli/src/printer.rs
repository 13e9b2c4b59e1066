//! The only module that reads standard input and writes to standard output and standard error.
//!
//! Results are written to standard output, and messages to standard error. Callers pass colored
//! text. The printer removes the colors if the stream is not a terminal or if colors are turned
//! off.

mod background;
mod sections;

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use anstream::{AutoStream, ColorChoice};
use indicatif::{MultiProgress, ProgressDrawTarget};

use crate::args::{ColorArg, Format};
use crate::render::{fold, fold_report, plain_json};

use self::background::Background;
use self::sections::{Piece, Section};

/// The width used for results if standard output is a file or a terminal of unknown width.
const COLUMNS: usize = 100;

/// The streams of a run, and which of them are terminals.
pub struct Io {
    /// The input for prompts.
    pub stdin: Box<dyn BufRead + Send>,
    /// The stream for results.
    pub stdout: Box<dyn Write + Send>,
    /// The stream for messages, prompts and errors.
    pub stderr: Box<dyn Write + Send>,
    /// Whether the user can be prompted, which requires `stdin` and `stderr` to be terminals.
    pub can_ask: bool,
    /// Whether `stdout` is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether `stderr` is the process's own terminal, so that progress can be shown on it.
    pub stderr_is_terminal: bool,
    /// The width of the terminal, if it is known. Text for people is wrapped at this width.
    pub columns: Option<usize>,
}

impl Io {
    /// Returns the streams of the process.
    pub fn of_process() -> Self {
        Self {
            stdin: Box::new(BufReader::new(io::stdin())),
            stdout: Box::new(io::stdout()),
            stderr: Box::new(io::stderr()),
            can_ask: io::stdin().is_terminal() && io::stderr().is_terminal(),
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
            columns: terminal_size::terminal_size().map(|(width, _)| width.0.into()),
        }
    }
}

impl fmt::Debug for Io {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Io").finish_non_exhaustive()
    }
}

type Stream = AutoStream<Box<dyn Write + Send>>;

/// The verbosity of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Loudness {
    Quiet,
    Normal,
    Verbose,
}

/// Writes to the streams of a run and asks for input.
pub(crate) struct Printer {
    streams: Arc<Streams>,
    /// The section of the output that this printer writes, or `None` if it writes all of the
    /// output.
    section: Option<Section>,
    manner: Manner,
}

/// The open streams of a run.
struct Streams {
    stdin: Arc<Mutex<Box<dyn BufRead + Send>>>,
    stdout: Mutex<Output>,
    stderr: Arc<Mutex<Stream>>,
    background: OnceLock<Background>,
    bars: MultiProgress,
    said: Mutex<BTreeSet<String>>,
}

/// The verbosity and format of output, and the properties of the terminal.
#[derive(Clone, Copy)]
struct Manner {
    loudness: Loudness,
    format: Format,
    can_ask: bool,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    columns: Option<usize>,
}

/// Standard output, and the first error that occurred while writing to it.
struct Output {
    stream: Stream,
    error: Option<io::Error>,
}

/// The output options of a printer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) color: ColorArg,
    pub(crate) format: Format,
    pub(crate) verbose: bool,
    pub(crate) quiet: bool,
}

impl Default for Style {
    /// Returns the options used before the command line is parsed.
    fn default() -> Self {
        Self { color: ColorArg::Auto, format: Format::Text, verbose: false, quiet: false }
    }
}

impl Printer {
    pub(crate) fn new(io: Io, style: Style) -> Self {
        let Io { stdin, stdout, stderr, can_ask, stdout_is_terminal, stderr_is_terminal, columns } =
            io;
        let Style { color, format, verbose, quiet } = style;
        let out_choice = choice(color, stdout_is_terminal, &io::stdout());
        let err_choice = choice(color, stderr_is_terminal, &io::stderr());
        let draws = stderr_is_terminal && !quiet && format != Format::Json;
        let target =
            if draws { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let streams = Streams {
            stdin: Arc::new(Mutex::new(stdin)),
            stdout: Mutex::new(Output { stream: AutoStream::new(stdout, out_choice), error: None }),
            stderr: Arc::new(Mutex::new(AutoStream::new(stderr, err_choice))),
            background: OnceLock::new(),
            bars: MultiProgress::with_draw_target(target),
            said: Mutex::default(),
        };
        let manner = Manner {
            loudness: match (quiet, verbose) {
                (true, _) => Loudness::Quiet,
                (false, true) => Loudness::Verbose,
                (false, false) => Loudness::Normal,
            },
            format,
            can_ask,
            stdout_is_terminal,
            stderr_is_terminal,
            columns: columns.filter(|columns| *columns > 0),
        };
        Self { streams: Arc::new(streams), section: None, manner }
    }

    /// Returns printers for tasks that run concurrently. The tasks' output appears in the order of
    /// the printers, one task after the other. Output from the first unfinished task appears
    /// immediately. Output from a later task appears once all earlier tasks have called
    /// [`end_section`](Self::end_section). The printers show no progress.
    pub(crate) fn sections(&self, count: usize) -> Vec<Arc<Self>> {
        let section = |section| {
            let streams = Arc::clone(&self.streams);
            Arc::new(Self { streams, section: Some(section), manner: self.manner })
        };
        Section::several(count).map(section).collect()
    }

    /// Ends this printer's section, if it has one.
    pub(crate) fn end_section(&self) {
        if let Some(section) = &self.section {
            section.end(|piece| self.streams.write(piece));
        }
    }

    fn write(&self, piece: Piece) {
        match &self.section {
            Some(section) => section.write(piece, |piece| self.streams.write(piece)),
            None => self.streams.write(&piece),
        }
    }

    /// Returns whether results and errors are printed as JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.manner.format == Format::Json
    }

    /// Returns the output format.
    pub(crate) fn format(&self) -> Format {
        self.manner.format
    }

    /// Returns whether `--verbose` is set. If so, every AWS call is printed.
    pub(crate) fn is_verbose(&self) -> bool {
        self.manner.loudness == Loudness::Verbose
    }

    /// Returns whether prompts are possible.
    pub(crate) fn can_ask(&self) -> bool {
        self.manner.can_ask
    }

    /// Returns the width of standard output if it is a terminal of known width.
    pub(crate) fn terminal(&self) -> Option<usize> {
        self.manner.columns.filter(|_| self.manner.stdout_is_terminal)
    }

    /// Returns the width to use for results.
    pub(crate) fn columns(&self) -> usize {
        self.terminal().unwrap_or(COLUMNS)
    }

    /// Returns the progress display, or `None` if it is hidden.
    pub(crate) fn bars(&self) -> Option<&MultiProgress> {
        let bars = &self.streams.bars;
        (self.section.is_none() && !bars.is_hidden()).then_some(bars)
    }

    /// Removes the progress lines permanently, because the process is about to exit.
    pub(crate) fn end_progress(&self) {
        // Ignore an error: if the terminal is gone, so are the lines.
        let _ = self.streams.bars.clear();
        self.streams.bars.set_draw_target(ProgressDrawTarget::hidden());
    }

    /// Writes results.
    ///
    /// A closed pipe, for example with `| head`, is not an error. The run continues without output,
    /// because its changes in AWS must not depend on whether the output is read.
    /// [`Printer::finish`] returns any other error.
    pub(crate) fn data(&self, text: &str) {
        self.write(Piece::Data(text.to_owned()));
    }

    /// Writes results as text. On a terminal, long lines are wrapped.
    pub(crate) fn show(&self, text: &str) {
        match self.terminal() {
            Some(columns) => self.data(&fold(text, columns)),
            None => self.data(text),
        }
    }

    /// Writes a JSON result, either as one document or as one line of a stream.
    pub(crate) fn json(&self, value: &impl serde::Serialize, shape: Shape) {
        let text = match shape {
            Shape::Document => serde_json::to_string_pretty(value),
            Shape::Line => serde_json::to_string(value),
        };
        match text {
            Ok(text) => self.data(&format!("{}\n", plain_json(&text))),
            Err(error) => lock(&self.streams.stdout).error = Some(error.into()),
        }
    }

    /// Prints a message, unless `--quiet` is set.
    pub(crate) fn talk(&self, text: &str) {
        if self.manner.loudness > Loudness::Quiet {
            self.alert(text);
        }
    }

    /// Prints a message without wrapping it, so that people can copy the text.
    pub(crate) fn talk_unfolded(&self, text: &str) {
        if self.manner.loudness > Loudness::Quiet {
            self.say(text);
        }
    }

    /// Prints a message, unless this run has already printed it.
    pub(crate) fn talk_once(&self, text: &str) {
        if lock(&self.streams.said).insert(text.to_owned()) {
            self.talk(text);
        }
    }

    /// Prints an error or a prompt, even with `--quiet`. Write failures are ignored.
    pub(crate) fn alert(&self, text: &str) {
        match self.manner.columns.filter(|_| self.manner.stderr_is_terminal && !self.is_json()) {
            Some(columns) => self.say(&fold(text, columns)),
            None => self.say(text),
        }
    }

    /// Prints an error that quotes lines of a file.
    pub(crate) fn alert_report(&self, text: &str) {
        match self.manner.columns.filter(|_| self.manner.stderr_is_terminal) {
            Some(columns) => self.say(&fold_report(text, columns)),
            None => self.say(text),
        }
    }

    fn say(&self, text: &str) {
        self.write(Piece::Message(text.to_owned()));
    }

    /// Switches to writing messages in the background. A server needs this: if nothing reads its
    /// standard error, writing in the foreground would block its clients.
    pub(crate) fn never_wait(&self) {
        let stderr = Arc::clone(&self.streams.stderr);
        if let Some(background) = Background::start(move |text| write_all(&stderr, text)) {
            // On a second call, the existing background thread is kept.
            let _ = self.streams.background.set(background);
        }
    }

    /// Asks for a line of input. Returns `None` at the end of the input.
    pub(crate) async fn ask(&self, question: &str) -> io::Result<Option<String>> {
        self.alert(question);
        let stdin = Arc::clone(&self.streams.stdin);
        // After Ctrl-C, this thread stays blocked, because reading from a terminal cannot be
        // cancelled.
        let read = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            let length = lock(&stdin).read_line(&mut line)?;
            Ok((length > 0).then(|| line.trim().to_owned()))
        });
        read.await.map_err(io::Error::other)?
    }

    /// Returns the first error that occurred while writing results. A closed pipe is not an error.
    pub(crate) fn finish(&self) -> io::Result<()> {
        if let Some(background) = self.streams.background.get() {
            background.flush();
        }
        match lock(&self.streams.stdout).error.take() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }
}

impl Streams {
    fn write(&self, piece: &Piece) {
        match piece {
            Piece::Data(text) => self.bars.suspend(|| {
                let mut output = lock(&self.stdout);
                if output.error.is_none() {
                    let stream = &mut output.stream;
                    let written = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
                    output.error = written.err();
                }
            }),
            Piece::Message(text) => match self.background.get() {
                Some(background) => background.send(text),
                None => self.bars.suspend(|| write_all(&self.stderr, text)),
            },
        }
    }
}

impl fmt::Debug for Printer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Printer").field("format", &self.manner.format).finish_non_exhaustive()
    }
}

/// The layout of JSON output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An indented document.
    Document,
    /// One line of a stream.
    Line,
}

/// Writes a message and ignores failures.
fn write_all(stream: &Mutex<Stream>, text: &str) {
    let mut stream = lock(stream);
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}

/// Locks a stream, even if another thread panicked while holding the lock.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns whether to use colors on a stream. `anstream` handles `NO_COLOR`, `CLICOLOR_FORCE` and
/// terminals without color support.
fn choice(
    color: ColorArg,
    is_terminal: bool,
    stream: &impl anstream::stream::RawStream,
) -> ColorChoice {
    match color {
        ColorArg::Always => ColorChoice::Always,
        ColorArg::Auto if is_terminal => AutoStream::choice(stream),
        ColorArg::Never | ColorArg::Auto => ColorChoice::Never,
    }
}
