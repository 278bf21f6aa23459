//! Lines and dot-stuffing: which bytes come next, shared by all line protocols.

use std::sync::LazyLock;

use bytes::Bytes;
use memchr::memmem::Finder;

/// Cuts a stream into lines. Bytes are kept until their line is whole; a line longer than the limit is
/// reported once and its rest thrown away, so that the tail of an over-long line is never run as a command.
///
/// A line ends in CR LF. Whether a bare LF ends one too is for the protocol to say: where it does not
/// ([`LineBuffer::strict`]), it is an octet of the line like any other.
#[derive(Clone, Debug, PartialEq)]
pub struct LineBuffer {
    bytes: Vec<u8>,
    /// Where the next line begins in `bytes`.
    start: usize,
    /// Up to where no line end was found.
    searched: usize,
    limit: usize,
    /// A bare LF ends a line as well.
    bare_lf: bool,
    /// An over-long line is being thrown away, and this many of its octets are already gone.
    skipping: Option<u64>,
}

/// What a [`LineBuffer`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A whole line, without its line end.
    Whole {
        /// The line's octets.
        text: Vec<u8>,
        /// How many octets of the stream it took, with its line end.
        octets: u64,
        /// True if it ended in CR LF, false for a bare LF.
        crlf: bool,
    },
    /// A line longer than the limit, now over.
    TooLong {
        /// How many octets of the stream it took, with its line end.
        octets: u64,
    },
}

impl LineBuffer {
    /// A buffer for lines of at most `limit` octets, line end not counted. A bare LF ends a line as well.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self::ended(limit, true)
    }

    /// A buffer for lines of at most `limit` octets that end in CR LF and in nothing else.
    #[must_use]
    pub const fn strict(limit: usize) -> Self {
        Self::ended(limit, false)
    }

    const fn ended(limit: usize, bare_lf: bool) -> Self {
        Self { bytes: Vec::new(), start: 0, searched: 0, limit, bare_lf, skipping: None }
    }

    /// From the next line on, lines may have this many octets, line end not counted.
    pub const fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Takes in what has arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next line, if it is whole.
    pub fn next_line(&mut self) -> Option<Line> {
        match self.line_end() {
            Some(end) => {
                let line = &self.bytes[self.start..end];
                let octets = (line.len() + 1) as u64;
                let crlf = line.last() == Some(&b'\r');
                let text = line[..line.len() - usize::from(crlf)].to_vec();
                self.start = end + 1;
                self.searched = self.start;
                if let Some(gone) = self.skipping.take() {
                    return Some(Line::TooLong { octets: gone + octets });
                }
                if text.len() > self.limit {
                    return Some(Line::TooLong { octets });
                }
                Some(Line::Whole { text, octets, crlf })
            }
            None => {
                self.searched = self.bytes.len();
                let pending = self.bytes.len() - self.start;
                // One octet more than the limit may still be the CR of a line of exactly the limit.
                if pending > self.limit + 1 || self.skipping.is_some() {
                    // The last octet stays if it may be the first half of the line's end.
                    let half = usize::from(pending > 0 && self.bytes.ends_with(b"\r"));
                    *self.skipping.get_or_insert(0) += (pending - half) as u64;
                    self.start = self.bytes.len() - half;
                }
                None
            }
        }
    }

    /// Where the LF that ends the next line stands.
    fn line_end(&self) -> Option<usize> {
        memchr::memchr_iter(b'\n', &self.bytes[self.searched..])
            .map(|found| self.searched + found)
            .find(|at| self.bare_lf || (*at > self.start && self.bytes[at - 1] == b'\r'))
    }

    /// Takes up to `wanted` octets that are not cut into lines: a literal, or text up to a dot.
    pub fn take_raw(&mut self, wanted: usize) -> Vec<u8> {
        let end = self.bytes.len().min(self.start.saturating_add(wanted));
        let taken = self.bytes[self.start..end].to_vec();
        self.start = end;
        self.searched = self.searched.max(end);
        taken
    }

    /// The octets that wait to be cut. Take some of them off with [`LineBuffer::skip`].
    #[must_use]
    pub fn waiting(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// Takes `octets` octets off, or all that wait, without a look at them.
    pub fn skip(&mut self, octets: usize) {
        self.start = self.bytes.len().min(self.start.saturating_add(octets));
        self.searched = self.searched.max(self.start);
    }

    /// Forgets what waits to be cut: octets that came in clear are worth nothing once TLS begins (RFC 3207 §6).
    pub fn forget(&mut self) {
        self.bytes.clear();
        (self.start, self.searched, self.skipping) = (0, 0, None);
    }

    /// How many octets wait to be cut.
    #[must_use]
    pub const fn pending(&self) -> usize {
        self.bytes.len() - self.start
    }
}

/// A line that begins with a dot. To prepare the search takes as long as to search some hundred octets.
static LINE_WITH_DOT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\r\n."));

/// The text with a dot put before each line that begins with one (RFC 1939 §3, RFC 821 §4.5.2), CR LF added if
/// the last line has none, and the line with the single dot at its end. Gives the octets and how many of them
/// were not in the text.
#[must_use]
pub fn dot_stuffed(text: &[u8]) -> (Vec<u8>, u32) {
    let mut out = Vec::with_capacity(text.len() + text.len() / 64 + 5);
    let mut rest = text;
    loop {
        if rest.first() == Some(&b'.') {
            out.push(b'.');
        }
        match LINE_WITH_DOT.find(rest) {
            Some(at) => {
                out.extend_from_slice(&rest[..at + 2]);
                rest = &rest[at + 2..];
            }
            None => {
                out.extend_from_slice(rest);
                break;
            }
        }
    }
    if !text.is_empty() && !text.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    let added = (out.len() - text.len()) as u32;
    (out, added)
}

/// Dot-stuffed text as it was before: each line without its first dot, if it has one. The line with the single
/// dot must have been taken off. Text without such lines is not copied.
#[must_use]
pub fn dot_unstuffed(text: Bytes) -> Bytes {
    let mut rest: &[u8] = &text;
    let first = usize::from(rest.starts_with(b"."));
    if first == 0 && LINE_WITH_DOT.find(rest).is_none() {
        return text;
    }
    let mut out = Vec::with_capacity(text.len());
    rest = &rest[first..];
    while let Some(at) = LINE_WITH_DOT.find(rest) {
        out.extend_from_slice(&rest[..at + 2]);
        rest = &rest[at + 3..];
    }
    out.extend_from_slice(rest);
    out.into()
}

/// A line of dot-stuffed text as it was before: without its first dot, if it has one. The line with the single
/// dot must have been recognised earlier.
#[must_use]
pub fn unstuffed(line: &[u8]) -> &[u8] {
    line.strip_prefix(b".").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(buffer: &mut LineBuffer) -> Vec<Line> {
        std::iter::from_fn(|| buffer.next_line()).collect()
    }

    fn whole(text: &[u8], octets: u64, crlf: bool) -> Line {
        Line::Whole { text: text.to_vec(), octets, crlf }
    }

    #[test]
    fn lines_are_cut_wherever_the_stream_was() {
        let stream = b"NOOP\r\nLIST 1\nQUIT\r\nhalf";
        for cut in 0..stream.len() {
            let mut buffer = LineBuffer::new(100);
            buffer.push(&stream[..cut]);
            let mut found = lines(&mut buffer);
            buffer.push(&stream[cut..]);
            found.extend(lines(&mut buffer));
            assert_eq!(found, [whole(b"NOOP", 6, true), whole(b"LIST 1", 7, false), whole(b"QUIT", 6, true)]);
            assert_eq!(buffer.pending(), 4);
        }
    }

    #[test]
    fn the_limit_is_exact_and_the_tail_is_no_command() {
        for (octets, fits) in [(8, true), (9, false)] {
            let stream = [vec![b'x'; octets], b"\r\nQUIT\r\n".to_vec()].concat();
            for cut in 0..=stream.len() {
                let mut buffer = LineBuffer::new(8);
                buffer.push(&stream[..cut]);
                let mut found = lines(&mut buffer);
                buffer.push(&stream[cut..]);
                found.extend(lines(&mut buffer));
                let first = if fits { whole(b"xxxxxxxx", 10, true) } else { Line::TooLong { octets: 11 } };
                assert_eq!(found, [first, whole(b"QUIT", 6, true)], "{octets} octets cut at {cut}");
            }
        }
    }

    #[test]
    fn where_lines_are_strict_a_bare_line_feed_is_an_octet_like_any_other() {
        for (stream, limit, first) in [
            (&b"a\nb\rc\r\nQUIT\r\n"[..], 8, whole(b"a\nb\rc", 7, true)),
            (b"\n\n\r\nQUIT\r\n", 8, whole(b"\n\n", 4, true)),
            (b"a\nb\rc\n12345\r\nQUIT\r\n", 8, Line::TooLong { octets: 13 }),
            (b"1234567890\r\r\nQUIT\r\n", 8, Line::TooLong { octets: 13 }),
        ] {
            for cut in 0..=stream.len() {
                let mut buffer = LineBuffer::strict(limit);
                buffer.push(&stream[..cut]);
                let mut found = lines(&mut buffer);
                buffer.push(&stream[cut..]);
                found.extend(lines(&mut buffer));
                assert_eq!(found, [first.clone(), whole(b"QUIT", 6, true)], "{stream:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn an_endless_line_takes_no_memory() {
        let mut buffer = LineBuffer::new(512);
        for _ in 0..1000 {
            buffer.push(&[b'a'; 1000]);
            assert_eq!(buffer.next_line(), None);
            assert!(buffer.pending() <= 514, "{}", buffer.pending());
        }
        buffer.push(b"\n");
        assert_eq!(buffer.next_line(), Some(Line::TooLong { octets: 1_000_001 }));
    }

    #[test]
    fn dots_are_stuffed_and_counted() {
        for (text, stuffed) in [
            (&b"a\r\n.b\r\n..\r\n"[..], &b"a\r\n..b\r\n...\r\n.\r\n"[..]),
            (b".", b"..\r\n.\r\n"),
            (b"", b".\r\n"),
            (b"no end", b"no end\r\n.\r\n"),
        ] {
            let (out, added) = dot_stuffed(text);
            assert_eq!(out, stuffed);
            assert_eq!(added as usize, stuffed.len() - text.len());
        }
    }

    proptest! {
        #[test]
        fn stuffing_is_undone(words in prop::collection::vec("[.a\r]{0,4}", 0..20)) {
            let text: Vec<u8> = words.iter().flat_map(|w| [w.as_bytes(), b"\r\n"].concat()).collect();
            let (stuffed, _) = dot_stuffed(&text);
            let mut buffer = LineBuffer::new(1000);
            buffer.push(&stuffed);
            let mut back = Vec::new();
            while let Some(Line::Whole { text, .. }) = buffer.next_line() {
                if text == b"." { break }
                back.extend_from_slice(unstuffed(&text));
                back.extend_from_slice(b"\r\n");
            }
            prop_assert_eq!(&back, &text);
            prop_assert_eq!(buffer.pending(), 0);
            let bare = Bytes::copy_from_slice(&stuffed[..stuffed.len() - 3]);
            prop_assert_eq!(dot_unstuffed(bare), text);
        }
    }
}
