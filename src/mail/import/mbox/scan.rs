//! Where one message ends and the next begins: a file goes in piece by piece, stored messages come out.
//!
//! Each octet is looked at once, in lines. A line that could begin a message is remembered as a [`Start`]; which of
//! them do begin one is decided message by message:
//!
//! 1. by the header's Content-Length, if it leads exactly to a "From " line or to the end of the file, with or
//!    without one empty line between. What stands inside is text, whatever it looks like;
//! 2. else by the next "From " line that follows an empty line.
//!
//! No more is held than one message of the largest size and one piece of the file.

use std::collections::VecDeque;
use std::ops::Range;

use super::from_line;
use crate::mail::import::MESSAGE_MAX;
use crate::mail::import::lines::{FIELD_NAME_MAX, begins_with_field, is_blank};

/// Takes a file apart into stored messages. Offsets count from the file's first octet.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    /// A part of the file, from offset `window_at`.
    window: Vec<u8>,
    window_at: u64,
    /// Everything before has been handed out.
    taken: u64,
    /// Everything before has been looked at, line by line.
    scanned: u64,
    /// There is no line end between `scanned` and here.
    searched: u64,
    /// Number of the line at `scanned`, less one.
    lines: usize,
    after_blank: bool,
    /// The beginning of the line at `scanned` was thrown away: it was longer than a message may be.
    line_is_headless: bool,
    /// Whether "From " lines need a date; the file's first line decides.
    dateless: Option<bool>,
    /// Lines that begin a message unless a Content-Length says otherwise, in order.
    starts: VecDeque<Start>,
    /// "From " lines that follow no empty line: they begin a message only if a Content-Length leads there.
    unlikely: VecDeque<Start>,
    /// The last Content-Length since the last empty line, and where it stood.
    length: Option<(u64, u64)>,
    at_end: bool,
    ignore_length: bool,
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

/// A "From " line.
#[derive(Clone, Copy, Debug)]
struct Start {
    at: u64,
    line: usize,
    /// Where the line behind it begins.
    text_at: u64,
    /// Where the empty line that ends the header ends, and what the header's Content-Length is.
    header: Option<(u64, Option<u64>)>,
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
        Self { ignore_length, after_blank: true, ..Self::default() }
    }

    /// Takes the next piece of the file. Take out what was found before giving more.
    pub(super) fn push(&mut self, piece: &[u8]) {
        let used = self.index(self.taken);
        if used > self.window.len() / 2 {
            self.drop_until(self.taken);
        }
        self.window.extend_from_slice(piece);
        self.scan();
    }

    /// There are no more pieces.
    pub(super) fn finish(&mut self) {
        self.at_end = true;
        self.scan();
    }

    /// The next thing found; `None` when more of the file is needed, or when there is no more.
    pub(super) fn next(&mut self) -> Option<Found<'_>> {
        let begin = self.starts.front().map_or(self.scanned, |start| start.at);
        if let Some((line, what)) = self.text_before(begin) {
            return Some(Found::Problem(line, what));
        }
        let start = self.starts.front().copied()?;
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
            let what = "this looks like the start of a message, but no empty line stands before it; taken as text";
            return Some(Found::Problem(line, what.to_owned()));
        }
        Some(self.take(start, end))
    }

    /// Where the message ends by its Content-Length.
    fn end_by_length(&self, start: Start) -> Proof {
        let claim = start.header.filter(|_| !self.ignore_length && !self.skipping);
        let Some((body, Some(length))) = claim else {
            let header_is_open = start.header.is_none() && self.starts.len() < 2 && !self.at_end;
            return if header_is_open && !self.too_large(start) { Proof::Pending } else { Proof::None(Length::Absent) };
        };
        let Some(content) = body.checked_add(length).filter(|end| end - start.at <= MESSAGE_MAX as u64) else {
            return Proof::None(Length::Wrong);
        };
        if content + 2 >= self.scanned && !self.at_end {
            return Proof::Pending;
        }
        if let Some(end) = self.proof(body, content) {
            return Proof::End(end);
        }
        if content > self.file_end() && self.only_this_one_can_be_wrong() {
            let cut_off = Some("the file ends before the message does, by its Content-Length");
            return Proof::End(End { content: self.file_end(), next: self.file_end(), length: Length::Right, cut_off });
        }
        Proof::None(Length::Wrong)
    }

    /// Whether a message may end at `content`: a "From " line or the end of the file must follow, at once or
    /// after an empty line.
    fn proof(&self, body: u64, content: u64) -> Option<End> {
        let behind = self.slice(content..(content + 2).min(self.file_end()));
        let blank = if behind.starts_with(b"\n") {
            1
        } else if behind == b"\r\n" {
            2
        } else {
            0
        };
        let leads_to = |at: u64| self.is_start(at) || (self.at_end && self.is_cut_off_from_line(at));
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
        let next_is_proven = self.starts.get(1).is_some_and(|next| match next.header {
            Some((body, Some(length))) => {
                body.checked_add(length).is_some_and(|content| self.proof(body, content).is_some())
            }
            _ => false,
        });
        let trusted = self.tally.right > 0 && self.tally.wrong == 0 && self.tally.absent == 0;
        self.at_end && trusted && !next_is_proven
    }

    /// Where the message ends by the next "From " line, or by the end of the file.
    fn end_by_from_line(&self, start: Start, length: Length) -> Option<End> {
        if let Some(next) = self.starts.get(1) {
            let content = self.before_blank_line(next.at).max(start.text_at);
            return Some(End { content, next: next.at, length, cut_off: None });
        }
        let end = self.at_end.then(|| self.file_end())?;
        let content = self.before_blank_line(end).max(start.text_at);
        let last_line_is_whole = self.slice(end.saturating_sub(1)..end) == b"\n";
        let cut_off = match (last_line_is_whole, content < end) {
            (false, _) => Some("the file ends in the middle of a line"),
            (true, false) => Some("no empty line ends the last message, so the file may have been cut off"),
            (true, true) => None,
        };
        Some(End { content, next: end, length, cut_off })
    }

    /// The offset before the empty line that ends at `end`; `end` if there is none.
    fn before_blank_line(&self, end: u64) -> u64 {
        let tail = self.slice(end.saturating_sub(3)..end);
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
        self.starts.retain_front(|other| other.at >= end.next);
        self.unlikely.retain_front(|other| other.at >= end.next);
        if let Some(next) = self.unlikely.front().filter(|next| next.at == end.next).copied() {
            self.unlikely.pop_front();
            self.starts.push_front(next);
        }
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
            from_line: self.slice(start.at..start.text_at),
            line: start.line,
            octets: self.slice(start.text_at..end.content),
            at: start.text_at..end.content,
            length: end.length,
            cut_off: end.cut_off,
        })
    }

    /// Text up to `begin` that belongs to no message; empty lines pass in silence.
    fn text_before(&mut self, begin: u64) -> Option<(usize, String)> {
        let is_text = self.slice(self.taken..begin).iter().any(|octet| !octet.is_ascii_whitespace());
        self.taken = self.taken.max(begin);
        if self.starts.is_empty() && self.file_end() - self.taken > MESSAGE_MAX as u64 {
            self.drop_unfinished_line();
        }
        if !is_text || std::mem::replace(&mut self.told_of_text_outside, true) {
            return None;
        }
        let (line, what) = if self.tally == Tally::default() {
            (1, "text before the first \"From \" line belongs to no message and was left out")
        } else {
            (self.lines, "the file ends in the middle of a \"From \" line; a message is missing here")
        };
        Some((line, what.to_owned()))
    }

    /// The line of a "From " line inside the message that only lacks the empty line before it.
    fn unlikely_before(&mut self, end: &End) -> Option<usize> {
        if end.length == Length::Right || self.skipping {
            return None;
        }
        self.unlikely.pop_front_if(|start| start.at < end.next).map(|start| start.line)
    }

    fn too_large(&self, start: Start) -> bool {
        self.file_end() - start.at > MESSAGE_MAX as u64
    }

    /// Throws away what there is of a message that is too large; only its end is still of interest.
    fn skip_if_too_large(&mut self, start: Start) {
        if self.skipping || self.too_large(start) {
            self.skipping = true;
            self.unlikely.clear();
            let whole_lines = self.scanned.saturating_sub(2);
            self.drop_until(whole_lines.max(self.taken));
            if self.window.len() > MESSAGE_MAX {
                self.drop_unfinished_line();
            }
        }
    }

    /// Throws away the beginning of a line that is longer than a message may be.
    fn drop_unfinished_line(&mut self) {
        self.line_is_headless = true;
        self.drop_until(self.file_end());
        self.scanned = self.file_end();
    }

    /// True at the end of the file, and where it was cut off inside a "From " line.
    fn is_cut_off_from_line(&self, at: u64) -> bool {
        let rest = self.slice(at..self.file_end());
        let begins = rest.starts_with(b"From ") || b"From ".starts_with(rest);
        at <= self.file_end() && begins && !rest.contains(&b'\n')
    }

    fn is_start(&self, at: u64) -> bool {
        let among = |starts: &VecDeque<Start>| starts.binary_search_by_key(&at, |start| start.at).is_ok();
        among(&self.starts) || among(&self.unlikely)
    }

    /// The end of what is known of the file.
    const fn file_end(&self) -> u64 {
        self.window_at + self.window.len() as u64
    }

    fn index(&self, offset: u64) -> usize {
        let index = usize::try_from(offset.saturating_sub(self.window_at));
        index.map_or(self.window.len(), |index| index.min(self.window.len()))
    }

    fn slice(&self, range: Range<u64>) -> &[u8] {
        self.window.get(self.index(range.start)..self.index(range.end)).unwrap_or_default()
    }

    fn drop_until(&mut self, offset: u64) {
        let used = self.index(offset);
        self.window.drain(..used);
        self.window_at += used as u64;
    }
}

/// What a Content-Length proves.
enum Proof {
    /// More of the file is needed to tell.
    Pending,
    End(End),
    None(Length),
}

/// Looking at lines: each once.
impl Scanner {
    fn scan(&mut self) {
        loop {
            let unsearched = self.index(self.searched);
            let line_end = self.window.get(unsearched..).and_then(|rest| memchr::memchr(b'\n', rest));
            let end = match line_end {
                Some(at) => self.window_at + (unsearched + at) as u64 + 1,
                None if self.at_end && self.scanned < self.file_end() => self.file_end(),
                None => {
                    self.searched = self.file_end();
                    return;
                }
            };
            self.searched = end;
            if !self.judge(end) {
                self.searched = end - 1;
                return;
            }
            self.scanned = end;
            self.lines += 1;
        }
    }

    /// Looks at the line from `scanned` to `end`; false if what follows it must be known first.
    fn judge(&mut self, end: u64) -> bool {
        if std::mem::take(&mut self.line_is_headless) {
            self.after_blank = false;
            return true;
        }
        let line = self.slice(self.scanned..end);
        if is_blank(line) {
            self.end_header(end);
            self.after_blank = true;
            return true;
        }
        if from_line::begins(line) {
            match self.begins_message(line, end) {
                None => return false,
                Some(true) => self.remember_start(end),
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
        let next = self.slice(end..end + FIELD_NAME_MAX as u64 + 2);
        let enough = next.len() > FIELD_NAME_MAX + 1 || next.contains(&b'\n') || self.at_end;
        enough.then(|| begins_with_field(next))
    }

    fn remember_start(&mut self, text_at: u64) {
        if self.dateless.is_none() {
            let line = self.slice(self.scanned..text_at);
            self.dateless = Some(from_line::date(line).is_none());
        }
        let start = Start { at: self.scanned, line: self.lines + 1, text_at, header: None };
        if self.after_blank {
            self.starts.push_back(start);
        } else if !self.skipping {
            self.unlikely.push_back(start);
        }
    }

    /// An empty line ends the header of every start since the last one.
    fn end_header(&mut self, end: u64) {
        let length = self.length.take();
        let open = |start: &&mut Start| start.header.is_none();
        for start in
            self.starts.iter_mut().rev().take_while(open).chain(self.unlikely.iter_mut().rev().take_while(open))
        {
            start.header = Some((end, length.filter(|(at, _)| *at > start.at).map(|(_, length)| length)));
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

/// Taking from the front of a queue while it lasts.
trait Front<T> {
    fn retain_front(&mut self, keep: impl FnMut(&T) -> bool);
}

impl<T> Front<T> for VecDeque<T> {
    /// Drops elements from the front until one is to be kept.
    fn retain_front(&mut self, mut keep: impl FnMut(&T) -> bool) {
        while self.pop_front_if(|front| !keep(front)).is_some() {}
    }
}
