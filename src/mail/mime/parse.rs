//! Finds the parts of a message in one pass.
//!
//! A cursor moves from delimiter to delimiter, and a stack holds the boundaries of all multiparts that are open.
//! Any of them ends the part at the cursor: an outer boundary cuts the inner multiparts short. Each octet is
//! scanned once for `\n--`, and each line that begins so is compared with at most [`DEPTH_MAX`] boundaries of at
//! most [`BOUNDARY_MAX`] octets: linear time, whatever is sent.

use std::ops::Range;

use memchr::memmem::Finder;

use super::fields::{ContentType, Fields};
use super::{Content, Part, parameter};

/// How deep parts can lie in each other. What lies deeper is text/plain.
pub const DEPTH_MAX: usize = 100;

/// How many parts a message can have. What comes behind belongs to the last one.
pub const PARTS_MAX: usize = 10_000;

/// The longest boundary that is obeyed; RFC 2046 §5.1.1 allows 70.
const BOUNDARY_MAX: usize = 200;

/// Finds the structure of a message. Never fails: what is broken becomes text/plain (RFC 2045 §5.2).
///
/// Lines may end with a bare LF. Octets beyond 4 GiB are not seen.
#[must_use]
pub fn parse(octets: &[u8]) -> Part {
    let octets = octets.get(..u32::MAX as usize).unwrap_or(octets);
    let dashes = Finder::new(b"\n--");
    let mut parser = Parser { octets, at: 0, dashes: &dashes, open: Vec::new(), parts: 0, counted: (0, 0) };
    parser.entity(Default::Text, 0).0
}

/// What a part is if its header does not say so.
#[derive(Clone, Copy)]
enum Default {
    Text,
    /// Inside multipart/digest (RFC 2046 §5.1.5).
    Message,
}

/// What ended a part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// No more octets.
    Octets,
    /// A delimiter of the open multipart with this depth; the cursor stands behind its line.
    Delimiter { level: usize, closing: bool },
}

struct Parser<'a> {
    octets: &'a [u8],
    /// The cursor: always at the beginning of a line, or at the end.
    at: usize,
    dashes: &'a Finder<'a>,
    /// Boundaries of the open multiparts, outermost first.
    open: Vec<Vec<u8>>,
    parts: usize,
    /// A place, and the line ends before it. Places are asked for in order, so that each octet is counted once.
    counted: (usize, u32),
}

impl Parser<'_> {
    /// Reads one part from the cursor to its end, and says what ended it.
    fn entity(&mut self, default: Default, depth: usize) -> (Part, End) {
        self.parts += 1;
        let start = self.at;
        let (header_end, cut) = self.header();
        let lines_before = self.line_ends(header_end);
        let mut part = self.part(start..header_end, default);
        let (body_end, end) = match cut {
            Some(end) => {
                if part.kind.eq_ignore_ascii_case("multipart") || part.is("message", "rfc822") {
                    become_plain(&mut part);
                }
                (header_end, end)
            }
            None => self.body(&mut part, depth),
        };
        part.body = range(header_end..body_end.max(header_end));
        part.lines = self.line_ends(part.body.end as usize) - lines_before;
        (part, end)
    }

    /// A part as its header describes it, still without a body.
    fn part(&self, header: Range<usize>, default: Default) -> Part {
        let fields = Fields::of(&self.octets[header.clone()]);
        let content_type = match (fields.content_type, default) {
            (Some(content_type), _) => content_type,
            (None, Default::Text) => ContentType::plain(),
            (None, Default::Message) => ContentType::message(),
        };
        Part {
            body: range(header.end..header.end),
            header: range(header),
            lines: 0,
            kind: content_type.kind,
            subtype: content_type.subtype,
            parameters: content_type.parameters,
            encoding: fields.encoding,
            details: fields.details,
            content: Content::Leaf,
        }
    }

    /// Moves the cursor behind the header. Gives the header's end, and what cut it short of its empty line.
    fn header(&mut self) -> (usize, Option<End>) {
        let start = self.at;
        loop {
            let line = self.at;
            self.at = self.next_line(line);
            match &self.octets[line..self.at] {
                b"" => return (line, Some(End::Octets)),
                b"\n" | b"\r\n" => return (self.at, None),
                [b'-', b'-', rest @ ..] => {
                    if let Some(end) = self.delimiter_in(rest) {
                        return (self.without_line_end(line).max(start), Some(end));
                    }
                }
                _ => {}
            }
        }
    }

    /// Reads the body at the cursor into `part`. Gives its end, and what ended it.
    fn body(&mut self, part: &mut Part, depth: usize) -> (usize, End) {
        let may_nest = depth < DEPTH_MAX && self.parts < PARTS_MAX;
        if part.kind.eq_ignore_ascii_case("multipart") {
            let boundary =
                parameter(&part.parameters, "boundary").unwrap_or_default().trim_ascii_end().to_vec();
            if may_nest && (1..=BOUNDARY_MAX).contains(&boundary.len()) {
                return self.multipart(part, boundary, depth);
            }
            become_plain(part);
        } else if part.is("message", "rfc822") {
            if may_nest {
                return self.message(part, depth);
            }
            become_plain(part);
        }
        self.delimiter()
    }

    /// Reads the parts of a multipart: preamble, parts, epilogue (RFC 2046 §5.1.1).
    fn multipart(&mut self, part: &mut Part, boundary: Vec<u8>, depth: usize) -> (usize, End) {
        let digest = part.subtype.eq_ignore_ascii_case("digest");
        let level = self.open.len();
        self.open.push(boundary);
        let mut parts = Vec::new();
        let start = self.at;
        let (preamble_end, mut end) = self.delimiter();
        let mut body_end = preamble_end.max(start);
        while end == (End::Delimiter { level, closing: false }) {
            let (inner, ended_by) =
                self.entity(if digest { Default::Message } else { Default::Text }, depth + 1);
            (body_end, end) = (inner.body.end as usize, ended_by);
            parts.push(inner);
        }
        self.open.truncate(level);
        if end == (End::Delimiter { level, closing: true }) {
            (body_end, end) = self.delimiter();
        }
        if parts.is_empty() {
            // A multipart has at least one part in BODYSTRUCTURE (RFC 3501 §9, body-type-mpart): an empty one.
            parts.push(self.part(body_end..body_end, Default::Text));
        }
        parts.shrink_to_fit();
        part.content = Content::Multipart(parts);
        (body_end, end)
    }

    /// Reads the message in a message/rfc822 part.
    fn message(&mut self, part: &mut Part, depth: usize) -> (usize, End) {
        let (inner, end) = self.entity(Default::Text, depth + 1);
        let header = &self.octets[inner.header.start as usize..inner.header.end as usize];
        part.details.get_or_insert_default().message_header = Some(header.into());
        let body_end = inner.body.end as usize;
        part.content = Content::Message(Box::new(inner));
        (body_end, end)
    }

    /// Moves the cursor behind the next delimiter line of any open multipart, or to the end. Gives the end of
    /// what stands before: the line end before a delimiter belongs to it.
    fn delimiter(&mut self) -> (usize, End) {
        let mut line = self.at;
        while !self.open.is_empty() && self.parts < PARTS_MAX {
            let next = self.next_line(line);
            if let Some(end) =
                self.octets[line..next].strip_prefix(b"--").and_then(|rest| self.delimiter_in(rest))
            {
                self.at = next;
                return (self.without_line_end(line), end);
            }
            // The search begins at this line's own line end.
            let from = next.saturating_sub(1).max(line);
            match self.dashes.find(&self.octets[from..]) {
                Some(found) => line = from + found + 1,
                None => break,
            }
        }
        self.at = self.octets.len();
        (self.at, End::Octets)
    }

    /// Which delimiter it is that a line spells behind its two dashes, white space at its end left out.
    /// The innermost multipart comes first.
    fn delimiter_in(&self, rest: &[u8]) -> Option<End> {
        if self.parts >= PARTS_MAX {
            return None;
        }
        let text = rest.trim_ascii_end();
        self.open.iter().enumerate().rev().find_map(|(level, boundary)| {
            match text.strip_prefix(&boundary[..])? {
                b"" => Some(End::Delimiter { level, closing: false }),
                b"--" => Some(End::Delimiter { level, closing: true }),
                _ => None,
            }
        })
    }

    /// Where the line after the one at `line` begins.
    fn next_line(&self, line: usize) -> usize {
        memchr::memchr(b'\n', &self.octets[line..]).map_or(self.octets.len(), |end| line + end + 1)
    }

    /// The place before the line end that stands before the line at `line`.
    fn without_line_end(&self, line: usize) -> usize {
        match &self.octets[..line] {
            [.., b'\r', b'\n'] => line - 2,
            [.., b'\n'] => line - 1,
            _ => line,
        }
    }

    /// Line ends before `place`, which is not before the place asked for last.
    fn line_ends(&mut self, place: usize) -> u32 {
        let (last, count) = self.counted;
        let more =
            self.octets.get(last..place).map_or(0, |octets| memchr::memchr_iter(b'\n', octets).count());
        self.counted = (last.max(place), count + more as u32);
        self.counted.1
    }
}

/// What cannot be taken apart is text/plain, with nothing of its old type left.
fn become_plain(part: &mut Part) {
    let plain = ContentType::plain();
    (part.kind, part.subtype, part.parameters) = (plain.kind, plain.subtype, plain.parameters);
}

/// A place in a message has 32 bits: see [`parse`].
fn range(octets: Range<usize>) -> Range<u32> {
    octets.start as u32..octets.end as u32
}
