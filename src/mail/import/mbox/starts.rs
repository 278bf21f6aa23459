//! Lines that could begin a message, found in one pass.

use std::collections::VecDeque;

use super::from_line;
use super::window::Window;
use crate::mail::import::lines::{FIELD_NAME_MAX, begins_with_field, is_blank};

/// A "From " line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub(super) at: u64,
    /// Its number.
    pub(super) line: usize,
    /// Where the line behind it begins.
    pub(super) text_at: u64,
    /// Where the empty line that ends the header ends, and what the header's Content-Length is.
    pub(super) header: Option<(u64, Option<u64>)>,
}

/// Looks at each line of a file once.
#[derive(Debug)]
pub(super) struct Starts {
    pub(super) window: Window,
    /// Lines that begin a message unless a Content-Length says otherwise, in order.
    pub(super) likely: VecDeque<Start>,
    /// "From " lines that follow no empty line: they begin a message only if a Content-Length leads there.
    pub(super) unlikely: VecDeque<Start>,
    /// Everything before has been looked at, line by line.
    pub(super) scanned: u64,
    /// How many lines that were.
    pub(super) lines: usize,
    pub(super) at_end: bool,
    /// There is no line end between `scanned` and here.
    searched: u64,
    after_blank: bool,
    /// The beginning of the line at `scanned` was thrown away: it was longer than a message may be.
    line_is_headless: bool,
    /// Whether "From " lines go without a date; the file's first line decides.
    dateless: Option<bool>,
    /// The last Content-Length since the last empty line, and where it stood.
    length: Option<(u64, u64)>,
}

impl Default for Starts {
    fn default() -> Self {
        Self {
            window: Window::default(),
            likely: VecDeque::new(),
            unlikely: VecDeque::new(),
            scanned: 0,
            lines: 0,
            at_end: false,
            searched: 0,
            after_blank: true, // the start of the file is as good as an empty line
            line_is_headless: false,
            dateless: None,
            length: None,
        }
    }
}

impl Starts {
    /// Takes the next piece of the file.
    pub(super) fn push(&mut self, piece: &[u8]) {
        self.window.push(piece);
        self.scan();
    }

    /// There are no more pieces.
    pub(super) fn finish(&mut self) {
        self.at_end = true;
        self.scan();
    }

    /// True if a "From " line stands at this offset.
    pub(super) fn is_start(&self, at: u64) -> bool {
        let among = |starts: &VecDeque<Start>| starts.binary_search_by_key(&at, |start| start.at).is_ok();
        among(&self.likely) || among(&self.unlikely)
    }

    /// A message was found to end at `offset`: the lines before are its text, and a line there begins the next,
    /// however unlikely it was.
    pub(super) fn next_message_is_at(&mut self, offset: u64) {
        while self.likely.pop_front_if(|start| start.at < offset).is_some() {}
        while self.unlikely.pop_front_if(|start| start.at < offset).is_some() {}
        if let Some(next) = self.unlikely.pop_front_if(|start| start.at == offset) {
            self.likely.push_front(next);
        }
    }

    /// Throws away the beginning of a line that is longer than a message may be.
    pub(super) fn drop_unfinished_line(&mut self) {
        self.line_is_headless = true;
        self.scanned = self.window.end();
        self.window.drop_until(self.scanned);
    }

    fn scan(&mut self) {
        loop {
            let known = self.window.end();
            let end = match self.window.line_end(self.searched) {
                Some(end) => end,
                None if self.at_end && self.scanned < known => known,
                None => {
                    self.searched = known;
                    return;
                }
            };
            if !self.judge(end) {
                self.searched = end - 1; // find this line's end again when more is known
                return;
            }
            (self.searched, self.scanned) = (end, end);
            self.lines += 1;
        }
    }

    /// Looks at the line from `scanned` to `end`; false if what follows it must be known first.
    fn judge(&mut self, end: u64) -> bool {
        if std::mem::take(&mut self.line_is_headless) {
            self.after_blank = false;
            return true;
        }
        let line = self.window.slice(self.scanned..end);
        if is_blank(line) {
            self.end_header(end);
            self.after_blank = true;
            return true;
        }
        if from_line::begins(line) {
            match self.begins_message(line, end) {
                None => return false,
                Some(true) => self.remember(end),
                Some(false) => {}
            }
        } else if let Some(length) = content_length(line) {
            self.length = Some((self.scanned, length));
        }
        self.dateless.get_or_insert(false);
        self.after_blank = false;
        true
    }

    /// Whether a line that begins with "From " can begin a message; `None` if the next line must be known first.
    ///
    /// A file whose very first line is "From " without a date, as some programs write it, has no dates in the
    /// others either: there a "From " line begins a message if a header field follows it.
    fn begins_message(&self, line: &[u8], end: u64) -> Option<bool> {
        if from_line::date(line).is_some() {
            return Some(true);
        }
        if !self.dateless.unwrap_or(true) || !self.after_blank {
            return Some(false);
        }
        let next = self.window.slice(end..end + FIELD_NAME_MAX as u64 + 2);
        let enough = next.len() > FIELD_NAME_MAX + 1 || next.contains(&b'\n') || self.at_end;
        enough.then(|| begins_with_field(next))
    }

    fn remember(&mut self, text_at: u64) {
        let line = self.window.slice(self.scanned..text_at);
        self.dateless.get_or_insert_with(|| from_line::date(line).is_none());
        let start = Start { at: self.scanned, line: self.lines + 1, text_at, header: None };
        if self.after_blank { &mut self.likely } else { &mut self.unlikely }.push_back(start);
    }

    /// An empty line ends the header of every start since the last one.
    fn end_header(&mut self, end: u64) {
        let length = self.length.take();
        for starts in [&mut self.likely, &mut self.unlikely] {
            for start in starts.iter_mut().rev().take_while(|start| start.header.is_none()) {
                start.header = Some((end, length.filter(|(at, _)| *at > start.at).map(|(_, length)| length)));
            }
        }
    }
}

/// The value of a Content-Length field; `None` for any other line.
pub(super) fn content_length(line: &[u8]) -> Option<u64> {
    const NAME: &[u8] = b"content-length:";
    let name = line.get(..NAME.len())?;
    let digits = name.eq_ignore_ascii_case(NAME).then(|| line.get(NAME.len()..))??.trim_ascii();
    let right = (1..=18).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    right.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
}
