//! Sections of the output. All sections can be written at once, but they appear in order.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

/// A part of the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text for standard output.
    Data(String),
    /// Text for standard error.
    Message(String),
}

/// One of several sections.
#[derive(Debug)]
pub(super) struct Section {
    index: usize,
    all: Arc<Mutex<Sections>>,
}

#[derive(Debug)]
struct Sections {
    /// The first section that has not ended. Its output is written immediately.
    current: usize,
    each: Vec<Kept>,
}

/// The output that a section keeps until all earlier sections have ended.
#[derive(Clone, Debug, Default)]
struct Kept {
    pieces: Vec<Piece>,
    ended: bool,
}

impl Section {
    /// Creates sections in the order in which their output appears.
    pub(super) fn several(count: usize) -> impl Iterator<Item = Self> {
        let all = Sections { current: 0, each: vec![Kept::default(); count] };
        let all = Arc::new(Mutex::new(all));
        (0..count).map(move |index| Self { index, all: Arc::clone(&all) })
    }

    /// Writes a part of this section, or keeps it until all earlier sections have ended.
    pub(super) fn write(&self, piece: Piece, write: impl Fn(&Piece)) {
        // Hold the lock while writing, so that the pieces are written in the right order.
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.current >= self.index {
            write(&piece);
        } else {
            all.each[self.index].pieces.push(piece);
        }
    }

    /// Ends this section, and writes the output kept by any section that no longer has to wait.
    pub(super) fn end(&self, write: impl Fn(&Piece)) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let Sections { current, each } = &mut *all;
        each[self.index].ended = true;
        while each.get(*current).is_some_and(|section| section.ended) {
            *current += 1;
            if let Some(next) = each.get_mut(*current) {
                mem::take(&mut next.pieces).iter().for_each(&write);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::{Piece, Section};

    #[test]
    fn sections_appear_in_order_and_the_first_unfinished_one_immediately() {
        let written = Mutex::new(String::new());
        let write = |piece: &Piece| {
            let (Piece::Data(text) | Piece::Message(text)) = piece;
            written.lock().unwrap().push_str(text);
        };
        let is = |expected: &str| assert_eq!(*written.lock().unwrap(), expected);
        let sections: Vec<Section> = Section::several(4).collect();
        let say = |index: usize, text: &str| {
            sections[index].write(Piece::Message(text.to_owned()), write);
        };
        say(2, "c");
        say(1, "b");
        say(0, "a");
        is("a");
        sections[1].end(write);
        say(2, "C");
        say(0, "A");
        is("aA");
        sections[0].end(write);
        is("aAbcC");
        say(2, "!");
        is("aAbcC!");
        sections[3].end(write);
        sections[2].end(write);
        is("aAbcC!");
    }
}
