//! Where one message ends and the next begins: a file goes in piece by piece, stored messages come out.
//!
//! [`Starts`] has looked at each line and knows which could begin a message. Which of them do is decided message by
//! message:
//!
//! 1. by the header's Content-Length, if it leads exactly to a "From " line or to the end of the file, with or
//!    without one empty line between. What stands inside is text, whatever it looks like;
//! 2. else by the next "From " line that follows an empty line.
//!
//! No more is held than one message of the largest size and one piece of the file.

use std::ops::Range;

use super::from_line;
use super::starts::{Start, Starts};
use crate::mail::import::MESSAGE_MAX;
use crate::mail::import::lines::FIELD_NAME_MAX;

/// With this many octets behind a message it is known whether a "From " line follows: an empty line, the "From "
/// line and the name of a field behind it fit in.
const LOOK_AHEAD: u64 = (2 + from_line::LENGTH_MAX + FIELD_NAME_MAX + 2) as u64;

/// Takes a file apart into stored messages. Offsets count from the file's first octet.
#[derive(Debug)]
pub(super) struct Scanner {
    file: Starts,
    /// Everything before has been handed out.
    taken: u64,
    ignore_length: bool,
    /// The message at `taken` is too large, and its beginning is gone.
    skipping: bool,
    told_of_text_outside: bool,
    tally: Tally,
}

/// What the Content-Length fields of the messages so far were worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) right: usize,
    pub(super) wrong: usize,
    pub(super) absent: usize,
}

/// What the scanner found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    Message(Stored<'a>),
    /// Something is wrong at this line.
    Problem(usize, String),
}

/// A message as it is stored.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stored<'a> {
    /// Its "From " line.
    pub(super) from_line: &'a [u8],
    /// The number of that line.
    pub(super) line: usize,
    /// Its octets, without the "From " line and the empty line that ends it.
    pub(super) octets: &'a [u8],
    /// Where in the file they stand.
    pub(super) at: Range<u64>,
    /// What its Content-Length was worth.
    pub(super) length: Length,
    /// Why it may be only a part of what it was.
    pub(super) cut_off: Option<&'static str>,
}

/// What a message's Content-Length is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Absent,
    Right,
    Wrong,
}

/// Where a message ends: its octets, and with the empty line behind it.
struct End {
    content: u64,
    next: u64,
    length: Length,
    cut_off: Option<&'static str>,
}

impl Scanner {
    /// A scanner that trusts a Content-Length when it is right, or one that never looks at it.
    pub(super) fn new(ignore_length: bool) -> Self {
        Self {
            file: Starts::default(),
            taken: 0,
            ignore_length,
            skipping: false,
            told_of_text_outside: false,
            tally: Tally::default(),
        }
    }

    /// Takes the next piece of the file. Take out what was found before giving more.
    pub(super) fn push(&mut self, piece: &[u8]) {
        self.file.window.drop_if_worthwhile(self.taken);
        self.file.push(piece);
    }

    /// There are no more pieces.
    pub(super) fn finish(&mut self) {
        self.file.finish();
    }

    /// The next thing found; `None` when more of the file is needed, or when there is no more.
    pub(super) fn next(&mut self) -> Option<Found<'_>> {
        let begin = self.file.likely.front().map_or(self.file.scanned, |start| start.at);
        if let Some((line, what)) = self.text_before(begin) {
            return Some(Found::Problem(line, what));
        }
        let start = self.file.likely.front().copied()?;
        let end = match self.end_by_length(start) {
            Proof::Pending => return None,
            Proof::End(end) => end,
            Proof::None(length) => match self.end_by_from_line(start, length) {
                Some(end) => end,
                None => {
                    self.skip_if_too_large(start);
                    return None;
                }
            },
        };
        if let Some(line) = self.unlikely_before(&end) {
            let what =
                "this looks like the start of a message, but no empty line stands before it; taken as text";
            return Some(Found::Problem(line, what.to_owned()));
        }
        Some(self.take(start, end))
    }

    /// Where the message ends by its Content-Length.
    fn end_by_length(&self, start: Start) -> Proof {
        let claim = start.header.filter(|_| !self.ignore_length && !self.skipping);
        let Some((body, Some(length))) = claim else {
            let header_is_open = start.header.is_none() && self.file.likely.len() < 2 && !self.file.at_end;
            return if header_is_open && !self.too_large(start) {
                Proof::Pending
            } else {
                Proof::None(Length::Absent)
            };
        };
        let Some(content) = body.checked_add(length).filter(|end| end - start.at <= MESSAGE_MAX as u64)
        else {
            return Proof::None(Length::Wrong);
        };
        let is_known = self.file.scanned > content + 2 || self.file.window.end() > content + LOOK_AHEAD;
        if !is_known && !self.file.at_end {
            return Proof::Pending;
        }
        if let Some(end) = self.proof(body, content) {
            return Proof::End(end);
        }
        if content > self.file.window.end() && self.only_this_one_can_be_wrong() {
            let cut_off = Some("the file ends before the message does, by its Content-Length");
            return Proof::End(End {
                content: self.file.window.end(),
                next: self.file.window.end(),
                length: Length::Right,
                cut_off,
            });
        }
        Proof::None(Length::Wrong)
    }

    /// Whether a message may end at `content`: a "From " line or the end of the file must follow, at once or
    /// after an empty line.
    fn proof(&self, body: u64, content: u64) -> Option<End> {
        let behind = self.file.window.slice(content..(content + 2).min(self.file.window.end()));
        let blank = if behind.starts_with(b"\n") {
            1
        } else if behind == b"\r\n" {
            2
        } else {
            0
        };
        let leads_to =
            |at: u64| self.file.is_start(at) || (self.file.at_end && self.is_cut_off_from_line(at));
        let end = |content, next| Some(End { content, next, length: Length::Right, cut_off: None });
        if blank > 0 && leads_to(content + blank) {
            return end(content, content + blank);
        }
        // A message without a body, and only one empty line before the next: that line ends the message, as it
        // does where there is no Content-Length.
        if content == body && leads_to(content) {
            return end(self.before_blank_line(content), content);
        }
        leads_to(content).then(|| end(content, content))?
    }

    /// True if every message so far was right about its length and the next "From " line is no proven start: then
    /// the file was cut off inside this message, and what looks like a start is its text.
    fn only_this_one_can_be_wrong(&self) -> bool {
        let next_is_proven = self.file.likely.get(1).is_some_and(|next| match next.header {
            Some((body, Some(length))) => {
                body.checked_add(length).is_some_and(|content| self.proof(body, content).is_some())
            }
            _ => false,
        });
        let trusted = self.tally.right > 0 && self.tally.wrong == 0 && self.tally.absent == 0;
        self.file.at_end && trusted && !next_is_proven
    }

    /// Where the message ends by the next "From " line, or by the end of the file.
    fn end_by_from_line(&self, start: Start, length: Length) -> Option<End> {
        if let Some(next) = self.file.likely.get(1) {
            let content = self.before_blank_line(next.at).max(start.text_at);
            return Some(End { content, next: next.at, length, cut_off: None });
        }
        let end = self.file.at_end.then(|| self.file.window.end())?;
        let content = self.before_blank_line(end).max(start.text_at);
        let last_line_is_whole = self.file.window.slice(end.saturating_sub(1)..end) == b"\n";
        let cut_off = match (last_line_is_whole, content < end) {
            (false, _) => Some("the file ends in the middle of a line"),
            (true, false) => Some("no empty line ends the last message, so the file may have been cut off"),
            (true, true) => None,
        };
        Some(End { content, next: end, length, cut_off })
    }

    /// The offset before the empty line that ends at `end`; `end` if there is none.
    fn before_blank_line(&self, end: u64) -> u64 {
        let tail = self.file.window.slice(end.saturating_sub(3)..end);
        let is_whole_text = tail.len() < 3;
        let blank = match tail {
            [.., b'\n', b'\r', b'\n'] => 2,
            [.., b'\n', b'\n'] => 1,
            [b'\n'] | [b'\r', b'\n'] if is_whole_text => tail.len() as u64,
            _ => 0,
        };
        end - blank
    }

    /// Hands the message out, and forgets the starts that turned out to be its text.
    fn take(&mut self, start: Start, end: End) -> Found<'_> {
        self.file.next_message_is_at(end.next);
        self.taken = end.next;
        let skipped = std::mem::take(&mut self.skipping);
        if skipped || end.content - start.text_at > MESSAGE_MAX as u64 {
            let what = format!("this message is larger than {} MB and was left out", MESSAGE_MAX / 1_000_000);
            return Found::Problem(start.line, what);
        }
        match end.length {
            Length::Absent => self.tally.absent += 1,
            Length::Right => self.tally.right += 1,
            Length::Wrong => self.tally.wrong += 1,
        }
        Found::Message(Stored {
            from_line: self.file.window.slice(start.at..start.text_at),
            line: start.line,
            octets: self.file.window.slice(start.text_at..end.content),
            at: start.text_at..end.content,
            length: end.length,
            cut_off: end.cut_off,
        })
    }

    /// How many octets and lines are held.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.file.window.len() + self.file.likely.len() + self.file.unlikely.len()
    }

    /// Text up to `begin` that belongs to no message; empty lines pass in silence.
    fn text_before(&mut self, begin: u64) -> Option<(usize, String)> {
        let is_outside = self.taken < begin;
        let is_text =
            self.file.window.slice(self.taken..begin).iter().any(|octet| !octet.is_ascii_whitespace());
        self.taken = self.taken.max(begin);
        while self.file.unlikely.pop_front_if(|start| start.at < begin && is_outside).is_some() {}
        if self.file.likely.is_empty() && self.file.window.end() - self.taken > MESSAGE_MAX as u64 {
            self.file.drop_unfinished_line();
        }
        if !is_text || std::mem::replace(&mut self.told_of_text_outside, true) {
            return None;
        }
        let (line, what) = if self.tally == Tally::default() {
            (1, "text before the first \"From \" line belongs to no message and was left out")
        } else {
            (self.file.lines, "the file ends in the middle of a \"From \" line; a message is missing here")
        };
        Some((line, what.to_owned()))
    }

    /// The line of a "From " line inside the message that only lacks the empty line before it.
    fn unlikely_before(&mut self, end: &End) -> Option<usize> {
        if end.length == Length::Right || self.skipping {
            return None;
        }
        self.file.unlikely.pop_front_if(|start| start.at < end.next).map(|start| start.line)
    }

    fn too_large(&self, start: Start) -> bool {
        self.file.window.end() - start.at > MESSAGE_MAX as u64
    }

    /// Throws away what there is of a message that is too large; only its end is still of interest.
    fn skip_if_too_large(&mut self, start: Start) {
        if self.skipping || self.too_large(start) {
            self.skipping = true;
            self.file.unlikely.clear();
            self.file.window.drop_until(self.file.scanned);
            if self.file.window.len() > MESSAGE_MAX {
                self.file.drop_unfinished_line();
            }
        }
    }

    /// True at the end of the file, and where it was cut off inside a "From " line.
    fn is_cut_off_from_line(&self, at: u64) -> bool {
        let rest = self.file.window.slice(at..self.file.window.end());
        let begins = rest.starts_with(b"From ") || b"From ".starts_with(rest);
        at <= self.file.window.end() && begins && !rest.contains(&b'\n')
    }
}

/// What a Content-Length proves.
enum Proof {
    /// More of the file is needed to tell.
    Pending,
    End(End),
    None(Length),
}
