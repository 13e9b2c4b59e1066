//! Runs the program on a pseudo-terminal of a given width, and renders the screen that a user sees at the end.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// The result of a run on a terminal.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) code: Option<i32>,
    /// The raw output.
    pub(crate) raw: String,
    /// The rendered screen with its scrollback.
    pub(crate) screen: String,
}

/// Runs a command on a terminal, and types the next line of the answers at each prompt.
pub(crate) fn on_terminal(command: Command, columns: u16, answers: &str) -> Seen {
    let mut answers = answers.split_inclusive('\n');
    answering(command, columns, || answers.next().map(str::to_owned))
}

/// Runs a command on a terminal. Each answer is computed when its prompt appears.
pub(crate) fn answering(
    mut command: Command,
    columns: u16,
    mut answer: impl FnMut() -> Option<String>,
) -> Seen {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&master).expect("the right to it");
    unlockpt(&master).expect("the other end");
    let size = Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&master, size).expect("its size");
    let name = ptsname(&master, Vec::new()).expect("its name");
    let path = OsStr::from_bytes(name.as_bytes());
    let end = || File::options().read(true).write(true).open(path).expect("the other end");
    command.stdin(end()).stdout(end()).stderr(end()).env("TERM", "xterm-256color");
    let mut child = command.spawn().expect("the program starts");
    // The command keeps the other end open, which would block the loop below.
    drop(command);
    let mut master = File::from(master);
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    // Reading fails when the other end is closed.
    while let Ok(length @ 1..) = master.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..length]);
        if bytes.ends_with(b": ")
            && let Some(answer) = answer()
        {
            master.write_all(answer.as_bytes()).expect("a keyboard");
        }
    }
    let raw = String::from_utf8(bytes).expect("UTF-8");
    let code = child.wait().expect("an end").code();
    assert!(!raw.contains("panicked"), "{raw}");
    let screen = Screen::new(columns).after(&raw);
    Seen { code, raw, screen }
}

/// A minimal terminal emulator with the features that the program uses: lines that wrap, and a cursor that moves up to
/// overwrite lines.
struct Screen {
    columns: usize,
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

impl Screen {
    fn new(columns: u16) -> Self {
        Self { columns: columns.into(), lines: vec![Vec::new()], row: 0, column: 0 }
    }

    /// Returns the rendered screen, without trailing spaces.
    fn after(mut self, raw: &str) -> String {
        let mut chars = raw.chars();
        while let Some(c) = chars.next() {
            match c {
                '\r' => self.column = 0,
                '\n' => self.go(self.row + 1),
                '\u{1b}' => self.escape(&mut chars),
                c => self.write(c),
            }
        }
        let lines = self.lines.iter().map(|line| line.iter().collect::<String>());
        let lines: Vec<String> = lines.map(|line| line.trim_end().to_owned()).collect();
        lines.join("\n").trim_end().to_owned() + "\n"
    }

    fn go(&mut self, row: usize) {
        self.row = row;
        if self.lines.len() <= row {
            self.lines.resize(row + 1, Vec::new());
        }
    }

    fn write(&mut self, c: char) {
        if self.column == self.columns {
            self.go(self.row + 1);
            self.column = 0;
        }
        let line = &mut self.lines[self.row];
        if line.len() <= self.column {
            line.resize(self.column + 1, ' ');
        }
        line[self.column] = c;
        self.column += 1;
    }

    fn escape(&mut self, chars: &mut std::str::Chars<'_>) {
        assert_eq!(chars.next(), Some('['), "only CSI sequences are used");
        let mut number = String::new();
        let end = loop {
            match chars.next().expect("an end") {
                c if c.is_ascii_alphabetic() => break c,
                c => number.push(c),
            }
        };
        let count = number.parse().unwrap_or(1);
        match end {
            'A' => self.row = self.row.saturating_sub(count),
            'B' => self.go(self.row + count),
            'K' if number == "2" => self.lines[self.row].clear(),
            'K' => self.lines[self.row].truncate(self.column),
            'J' => {
                self.lines[self.row].truncate(self.column);
                self.lines.truncate(self.row + 1);
            }
            // The sequences set colors or the visibility of the cursor.
            'm' | 'h' | 'l' => {}
            other => panic!("unsupported escape sequence {number}{other}"),
        }
    }
}
