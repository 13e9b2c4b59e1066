//! Runs a program on a pseudo-terminal of a given width, and renders the final screen as a user
//! would see it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// The exit code and the output of a program that ran on a terminal.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) code: Option<i32>,
    /// The raw output.
    pub(crate) raw: String,
    /// The rendered screen with its scrollback.
    pub(crate) screen: String,
}

/// Runs a command on a terminal, and types the next line of `answers` at each prompt.
pub(crate) fn on_terminal(command: Command, columns: u16, answers: &str) -> Seen {
    let mut answers = answers.split_inclusive('\n');
    answering(command, columns, || answers.next().map(str::to_owned))
}

/// Runs a command on a terminal. At each prompt, calls `answer` and types the text it returns.
pub(crate) fn answering(
    mut command: Command,
    columns: u16,
    mut answer: impl FnMut() -> Option<String>,
) -> Seen {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&master).expect("access to the terminal");
    unlockpt(&master).expect("an unlocked terminal");
    let size = Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&master, size).expect("its size");
    let name = ptsname(&master, Vec::new()).expect("its name");
    let path = OsStr::from_bytes(name.as_bytes());
    let end = || File::options().read(true).write(true).open(path).expect("the other end");
    command.stdin(end()).stdout(end()).stderr(end()).env("TERM", "xterm-256color");
    let mut child = command.spawn().expect("the program starts");
    // Drop the command, because it keeps the other end of the terminal open. Otherwise, the loop
    // below would never end.
    drop(command);
    let mut master = File::from(master);
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    // Reading fails once the program has closed the other end.
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
    let screen = rendered(columns, &raw);
    Seen { code, raw, screen }
}

/// Returns the rendered screen with its scrollback, without trailing spaces.
fn rendered(columns: u16, raw: &str) -> String {
    // Use a screen that is taller than any output, so that nothing scrolls out of view.
    let mut parser = vt100::Parser::new(2000, columns, 0);
    parser.process(raw.as_bytes());
    let lines: Vec<String> =
        parser.screen().rows(0, columns).map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n").trim_end().to_owned() + "\n"
}
