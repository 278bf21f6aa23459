//! Mail data: which octets come next until the line with a single dot (RFC 821 §4.5.2).

use bytes::Bytes;

use crate::persist::Log;

/// Octets of a piece of collected text: a clone of the collector copies at most one that is not yet full.
const PIECE: usize = 4096;

/// Takes in mail data, takes out the dots put in for transparency, and finds the end.
///
/// The end is CR LF `.` CR LF and nothing else. A bare CR or LF is an octet of the text like any other: who takes
/// it for a line end can be made to see commands where the sender wrote text.
#[derive(Clone, Debug, PartialEq)]
pub struct MailData {
    at: At,
    text: Collected,
    /// Octets of the stream so far.
    octets: u64,
}

/// Text that comes in pieces. What has come is shared by clones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Collected {
    pieces: Log<Bytes>,
    piece: Vec<u8>,
    /// Octets of text so far.
    content: u64,
    limit: u64,
}

/// Where in a line the next octet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    LineStart,
    /// Behind a dot at the line's start, which is not part of the text.
    Dot,
    /// Behind such a dot and a CR.
    DotCr,
    Text,
    /// Behind a CR.
    Cr,
}

/// Mail data that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The text, without the dots put in and without the last line; `None` if it went beyond the limit.
    pub text: Option<Vec<u8>>,
    /// How many octets of the stream it took, all included.
    pub octets: u64,
}

impl MailData {
    /// Begins; text beyond `limit` octets is read and thrown away.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        Self { at: At::LineStart, text: Collected::new(limit), octets: 0 }
    }

    /// Takes in octets up to the end of the mail data. Gives how many it took, and what came together if the end
    /// was among them; begin a new one then.
    pub fn take(&mut self, octets: &[u8]) -> (usize, Option<Finished>) {
        let mut rest = octets;
        while let Some((first, after)) = rest.split_first() {
            (self.at, rest) = match (self.at, first) {
                (At::LineStart, b'.') => (At::Dot, after),
                (At::Dot, b'\r') => (At::DotCr, after),
                (At::DotCr, b'\n') => {
                    let taken = octets.len() - after.len();
                    self.octets += taken as u64;
                    return (taken, Some(self.finish()));
                }
                // The CR behind the dot was no line end after all.
                (At::DotCr, _) => {
                    self.text.push(b"\r");
                    (At::Cr, rest)
                }
                (At::Cr, b'\n') => {
                    self.text.push(b"\n");
                    (At::LineStart, after)
                }
                (At::LineStart | At::Dot | At::Text | At::Cr, _) => {
                    let text = memchr::memchr(b'\r', rest).map_or(rest.len(), |cr| cr + 1);
                    self.text.push(&rest[..text]);
                    (if rest[..text].ends_with(b"\r") { At::Cr } else { At::Text }, &rest[text..])
                }
            };
        }
        self.octets += octets.len() as u64;
        (octets.len(), None)
    }

    fn finish(&mut self) -> Finished {
        Finished { text: self.text.take(), octets: self.octets }
    }
}

impl Collected {
    /// Begins; text beyond `limit` octets is thrown away.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Takes in more.
    pub fn push(&mut self, text: &[u8]) {
        self.content = self.content.saturating_add(text.len() as u64);
        if self.content > self.limit {
            self.pieces = Log::default();
            self.piece = Vec::new();
            return;
        }
        self.piece.extend_from_slice(text);
        if self.piece.len() >= PIECE {
            self.pieces.push(std::mem::take(&mut self.piece).into());
        }
    }

    /// True if more has come than the limit.
    #[must_use]
    pub const fn is_too_long(&self) -> bool {
        self.content > self.limit
    }

    /// All that has come; `None` if it went beyond the limit.
    pub fn take(&mut self) -> Option<Vec<u8>> {
        (!self.is_too_long()).then(|| {
            let mut text = Vec::with_capacity(usize::try_from(self.content).unwrap_or(0));
            self.pieces.iter().for_each(|piece| text.extend_from_slice(piece));
            text.append(&mut self.piece);
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::lines::dot_stuffed;
    use proptest::prelude::*;

    /// Takes the stream in pieces; gives the text and what is left of the stream.
    fn collected(stream: &[u8], cut: usize, limit: u64) -> Option<(Option<Vec<u8>>, usize)> {
        let mut data = MailData::new(limit);
        let mut before = 0;
        for piece in stream.chunks(cut) {
            let (taken, finished) = data.take(piece);
            if let Some(finished) = finished {
                assert_eq!(finished.octets as usize, before + taken);
                return Some((finished.text, stream.len() - before - taken));
            }
            assert_eq!(taken, piece.len());
            before += taken;
        }
        None
    }

    #[test]
    fn only_a_dot_between_two_line_ends_ends_the_text() {
        for (stream, text, left) in [
            (&b".\r\nQUIT"[..], &b""[..], 4),
            (b"a\r\n.\r\n", b"a\r\n", 0),
            (b"..\r\n.a\r\n...\r\n.\r\n", b".\r\na\r\n..\r\n", 0),
            // No smuggling: none of these lines ends where a lenient reader would see an end.
            (b"a\n.\n\r\n.\r\n", b"a\n.\n\r\n", 0),
            (b"a\r.\r\r\n.\r\n", b"a\r.\r\r\n", 0),
            (b"a\n.\r\nMAIL\r\n.\r\n", b"a\n.\r\nMAIL\r\n", 0),
            (b"a\r\n.\nMAIL\r\n.\r\n", b"a\r\n\nMAIL\r\n", 0),
            (b"a\r\n.\rMAIL\r\n.\r\n", b"a\r\n\rMAIL\r\n", 0),
            (b"a\r\n.\r\r\n.\r\n", b"a\r\n\r\r\n", 0),
            (b"a\r\r\n.\r\n", b"a\r\r\n", 0),
        ] {
            for cut in 1..=stream.len() {
                let shown = String::from_utf8_lossy(stream);
                assert_eq!(
                    collected(stream, cut, 1000),
                    Some((Some(text.to_vec()), left)),
                    "{shown:?} cut to {cut}"
                );
            }
        }
    }

    #[test]
    fn text_beyond_the_limit_is_not_kept_but_read_to_its_end() {
        for (octets, fits) in [(5000, true), (5001, false)] {
            let text = [vec![b'x'; octets - 2], b"\r\n".to_vec()].concat();
            let (stream, _) = dot_stuffed(&text);
            let (kept, left) = collected(&stream, 700, 5000).unwrap();
            assert_eq!((kept.is_some(), left), (fits, 0));
        }
    }

    proptest! {
        #[test]
        fn stuffing_is_undone_wherever_the_stream_is_cut(words in prop::collection::vec("[.a\r\n]{0,5}", 0..200), cut in 1..5000_usize) {
            // Long enough for several pieces.
            let mut text = words.concat().repeat(20).into_bytes();
            text.extend_from_slice(b"\r\n");
            let (stream, _) = dot_stuffed(&text);
            prop_assert_eq!(collected(&stream, cut, u64::MAX), Some((Some(text), 0)));
        }
    }
}
