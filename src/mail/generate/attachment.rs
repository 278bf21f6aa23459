//! Attachments: names and types of the time, with content that compresses or does not as the real thing would.

use super::encode;
use super::generator::Generator;
use super::plan::Plan;
use super::random::{Purpose, Stream};
use super::words::{self, Topic};

/// Octets made at a time: whole lines of base64 and of uuencode.
const CHUNK: usize = encode::BASE64_LINE * encode::UUENCODE_LINE * 4;

/// What an attachment is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// Compressed already: nothing makes it smaller.
    Random,
    /// A document: words, tables of small numbers, and much that is zero.
    Document,
    /// Program text or a page description: lines of words.
    Lines,
}

/// What an attachment that was asked for is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A picture, compressed already.
    Picture,
    /// A document of a word processor or a table, which compresses.
    Document,
}

impl FileKind {
    /// What a scenario calls them.
    pub const WORDS: [(&str, Option<Self>); 2] =
        [("picture", Some(Self::Picture)), ("document", Some(Self::Document))];

    fn is(self, kind: &Kind) -> bool {
        match self {
            Self::Picture => kind.content == Content::Random && kind.stems == PICTURES,
            Self::Document => kind.content != Content::Random,
        }
    }
}

/// A kind of file: the end of its name, its media type, the octets at its beginning.
struct Kind {
    extension: &'static str,
    media_type: &'static str,
    magic: &'static [u8],
    content: Content,
    stems: &'static [&'static str],
}

const PICTURES: &[&str] = &["holiday", "garden", "party", "beach", "house", "kids", "snow", "photo"];
const PAPERS: &[&str] = &["report", "minutes", "draft", "agenda", "budget", "letter", "plan", "notes"];
const PARCELS: &[&str] = &["update", "source", "driver", "patch", "archive", "backup", "fonts", "setup"];

/// What was sent around when MIME was young or unknown.
const OLD_KINDS: [Kind; 4] = [
    Kind {
        extension: "Z",
        media_type: "application/octet-stream",
        magic: b"\x1f\x9d\x90",
        content: Content::Random,
        stems: PARCELS,
    },
    Kind {
        extension: "c",
        media_type: "application/octet-stream",
        magic: b"/* ",
        content: Content::Lines,
        stems: PARCELS,
    },
    Kind {
        extension: "ps",
        media_type: "application/postscript",
        magic: b"%!PS-Adobe-2.0\n",
        content: Content::Lines,
        stems: PAPERS,
    },
    Kind {
        extension: "gif",
        media_type: "image/gif",
        magic: b"GIF87a",
        content: Content::Random,
        stems: PICTURES,
    },
];

/// What was sent around from 1996 on; the more frequent kinds stand more than once.
const KINDS: [Kind; 8] = [
    Kind {
        extension: "jpg",
        media_type: "image/jpeg",
        magic: b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01",
        content: Content::Random,
        stems: PICTURES,
    },
    Kind {
        extension: "doc",
        media_type: "application/msword",
        magic: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        content: Content::Document,
        stems: PAPERS,
    },
    Kind {
        extension: "zip",
        media_type: "application/zip",
        magic: b"PK\x03\x04\x14\0\0\0\x08\0",
        content: Content::Random,
        stems: PARCELS,
    },
    Kind {
        extension: "xls",
        media_type: "application/vnd.ms-excel",
        magic: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        content: Content::Document,
        stems: PAPERS,
    },
    Kind {
        extension: "jpg",
        media_type: "image/jpeg",
        magic: b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01",
        content: Content::Random,
        stems: PICTURES,
    },
    Kind {
        extension: "doc",
        media_type: "application/msword",
        magic: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        content: Content::Document,
        stems: PAPERS,
    },
    Kind {
        extension: "gif",
        media_type: "image/gif",
        magic: b"GIF89a",
        content: Content::Random,
        stems: PICTURES,
    },
    Kind {
        extension: "exe",
        media_type: "application/octet-stream",
        magic: b"MZ\x90\0\x03\0\0\0",
        content: Content::Random,
        stems: PARCELS,
    },
];

/// An attachment before it is written.
pub struct Attachment {
    /// Header lines of its MIME part; `None` if it is uuencoded in the text.
    pub lines: Option<Vec<String>>,
    raw: usize,
    name: String,
    kind: &'static Kind,
}

/// The attachment of a message, if it has one.
pub fn of(generator: &Generator, plan: &Plan) -> Option<Attachment> {
    if plan.sizes.attachment == 0 {
        return None;
    }
    let mut stream = generator.streams().of(Purpose::Attachment, plan.index);
    let kinds = if generator.year() < 1996 { &OLD_KINDS[..] } else { &KINDS[..] };
    let kind = match generator.file_kind(plan.index) {
        None => stream.pick(kinds)?,
        Some(asked) => kinds.iter().find(|kind| asked.is(kind))?,
    };
    let name = format!("{}{:02}.{}", stream.word(kind.stems), stream.below(100), kind.extension);
    let lines = (!plan.form.uuencoded).then(|| {
        vec![
            format!("Content-Type: {};\r\n\tname=\"{name}\"", kind.media_type),
            "Content-Transfer-Encoding: base64".to_owned(),
            format!("Content-Disposition: attachment;\r\n\tfilename=\"{name}\""),
        ]
    });
    Some(Attachment { lines, raw: plan.sizes.attachment as usize, name, kind })
}

impl Attachment {
    /// Octets of the encoded attachment, lines around uuencode included.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        match self.lines {
            Some(_) => encode::base64_len(self.raw),
            None => encode::uuencoded_len(self.raw) + self.name.len() - encode::UUENCODE_NAME,
        }
    }

    /// Writes it: lines of base64, or of uuencode between its `begin` and `end`.
    pub fn write(&self, generator: &Generator, index: u32, out: &mut Vec<u8>) {
        let mut stream = generator.streams().of(Purpose::Content, index);
        if self.lines.is_none() {
            out.extend_from_slice(format!("begin 644 {}\r\n", self.name).as_bytes());
        }
        let mut chunk = Vec::with_capacity(CHUNK.min(self.raw) + 256);
        chunk.extend_from_slice(self.kind.magic);
        let mut left = self.raw;
        while left > 0 {
            let wanted = left.min(CHUNK);
            fill(self.kind.content, &mut stream, wanted, &mut chunk);
            let raw = &chunk[..wanted];
            if self.lines.is_some() {
                encode::base64(raw, out)
            } else {
                encode::uuencode(raw, out)
            }
            chunk.clear();
            left -= wanted;
        }
        if self.lines.is_none() {
            out.extend_from_slice(b"`\r\nend\r\n");
        }
    }
}

/// Fills `chunk` up to at least `wanted` octets.
fn fill(content: Content, stream: &mut Stream, wanted: usize, chunk: &mut Vec<u8>) {
    if content == Content::Random {
        let from = chunk.len();
        chunk.resize(wanted.max(from), 0);
        stream.fill(&mut chunk[from..]);
    }
    while chunk.len() < wanted {
        match content {
            Content::Document => document_block(stream, chunk),
            Content::Lines | Content::Random => {
                words::sentence(stream, Topic { first_noun: 60, accents: false }, chunk);
                chunk.push(b'\n');
            }
        }
    }
}

/// A block of 512 octets as office programs wrote them: text, a table of numbers, a picture, or nothing at all.
fn document_block(stream: &mut Stream, chunk: &mut Vec<u8>) {
    let end = chunk.len() + 512;
    match stream.below(8) {
        0 | 1 => {}
        2 => {
            let mut number = stream.below(1000);
            while chunk.len() < end {
                number += stream.below(40);
                chunk.extend_from_slice(&number.to_le_bytes());
                chunk.extend_from_slice(&[0, 0, 0xff, 0xff]);
            }
        }
        3 => {
            let from = chunk.len();
            chunk.resize(end, 0);
            stream.fill(&mut chunk[from..]);
        }
        _ => {
            while chunk.len() < end {
                words::sentence(stream, Topic { first_noun: 60, accents: false }, chunk);
                chunk.push(b'\r');
            }
        }
    }
    chunk.resize(end, 0);
}
