//! What FETCH can be asked for, and how a client writes it (RFC 3501 §6.4.5; §9, fetch-att).

use super::capability::Extension;
use super::lexer::{Cursor, Read, is_astring_char};
use super::obsolete;

/// One data item of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchItem {
    /// `FLAGS`
    Flags,
    /// `INTERNALDATE`
    InternalDate,
    /// `RFC822.SIZE`
    Size,
    /// `ENVELOPE`
    Envelope,
    /// `BODY`: the structure without extension data.
    Body,
    /// `BODYSTRUCTURE`
    BodyStructure,
    /// `UID`
    Uid,
    /// `RFC822`: as `BODY[]`.
    Rfc822,
    /// `RFC822.HEADER`: as `BODY.PEEK[HEADER]`.
    Rfc822Header,
    /// `RFC822.TEXT`: as `BODY[TEXT]`.
    Rfc822Text,
    /// `BODY[section]<first.octets>` or `BODY.PEEK[section]<first.octets>`
    Section {
        /// Which octets of the message.
        section: Section,
        /// Which of them: the first, counted from 0, and at most how many.
        partial: Option<(u32, u32)>,
        /// True if `\Seen` stays as it is.
        peek: bool,
    },
    /// `MODSEQ` (RFC 7162 §3.1.4.2)
    ModSeq,
    /// `BINARY[section]<first.octets>` or `BINARY.PEEK[section]<first.octets>`: without its transfer encoding
    /// (RFC 3516 §4.2).
    Binary {
        /// Part numbers; empty for the whole message.
        path: Vec<u32>,
        /// Which octets of the decoded part.
        partial: Option<(u32, u32)>,
        /// True if `\Seen` stays as it is.
        peek: bool,
    },
    /// `BINARY.SIZE[section]`: octets of the decoded part (RFC 3516 §4.2).
    BinarySize(Vec<u32>),
    /// `PREVIEW`: the first words (RFC 8970 §3).
    Preview,
    /// `EMAILID`: what names the octets (RFC 8474 §5.1).
    EmailId,
    /// `THREADID`: what names the conversation (RFC 8474 §5.2).
    ThreadId,
    /// An older form: answered under `label`, with the octets of a section (RFC 2062 §6.4.5.OBS.1).
    Older {
        /// `RFC822`, `BODY[1.0]`
        label: String,
        /// Which octets.
        section: Section,
        /// True if `\Seen` stays as it is.
        peek: bool,
    },
    /// Some octets of an item, answered as the item (RFC 2062 §6.4.OBS.1).
    Partial {
        /// The item.
        item: Box<FetchItem>,
        /// The first octet, counted from 0.
        first: u32,
        /// At most how many.
        octets: u32,
    },
}

/// A section of a message: a path of part numbers, and what of the part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Part numbers from the outside in; empty for the message itself.
    pub path: Vec<u32>,
    /// What of it.
    pub text: SectionText,
}

/// What of a part a section means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SectionText {
    /// All of the message, or the body of the part.
    Whole,
    /// `HEADER`
    Header,
    /// `HEADER.FIELDS (names)` or `HEADER.FIELDS.NOT (names)`
    Fields {
        /// The names as written.
        names: Vec<Vec<u8>>,
        /// True for the fields that have none of these names.
        not: bool,
    },
    /// `TEXT`
    Text,
    /// `MIME`: the part's own header.
    Mime,
}

/// More items than anybody needs; each can name the whole message.
const ITEMS_MAX: usize = 100;
/// More part numbers than a message has levels.
const PATH_MAX: usize = 100;

impl FetchItem {
    /// True if answering it makes the message seen (RFC 3501 §6.4.5).
    #[must_use]
    pub fn sets_seen(&self) -> bool {
        if let Self::Partial { item, .. } = self {
            return item.sets_seen();
        }
        matches!(
            self,
            Self::Rfc822
                | Self::Rfc822Text
                | Self::Section { peek: false, .. }
                | Self::Binary { peek: false, .. }
                | Self::Older { peek: false, .. }
        )
    }

    /// True for the items that describe a message and can be many times as long as it is.
    #[must_use]
    pub const fn is_description(&self) -> bool {
        matches!(self, Self::Envelope | Self::Body | Self::BodyStructure)
    }

    /// True for the items that PARTIAL takes (RFC 2062 §6.4.OBS.1).
    #[must_use]
    pub const fn is_text(&self) -> bool {
        matches!(
            self,
            Self::Rfc822
                | Self::Rfc822Header
                | Self::Rfc822Text
                | Self::Section { partial: None, .. }
                | Self::Older { .. }
        )
    }
}

/// `"ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")"`
pub fn fetch_items(cursor: &mut Cursor<'_>) -> Read<Vec<FetchItem>> {
    if !cursor.skip(b'(') {
        let mut ahead = cursor.clone();
        let word = ahead.run(is_item_char);
        // FULL came with MIME (RFC 1732).
        let is_known = obsolete::is_known(&word.to_ascii_uppercase(), cursor.dialect());
        if let Some(items) = macro_items(word).filter(|_| is_known) {
            *cursor = ahead;
            return Ok(items);
        }
        return Ok(vec![fetch_item(cursor)?]);
    }
    let mut items = Vec::new();
    loop {
        let start = cursor.at();
        let item = fetch_item(cursor)?;
        if !items.contains(&item) {
            items.push(item);
        }
        if items.len() > ITEMS_MAX {
            return cursor.fault_at(start, format!("more than {ITEMS_MAX} data items in one FETCH"));
        }
        if cursor.skip(b')') {
            return Ok(items);
        }
        cursor.space("a data item, or \")\"")?;
    }
}

/// The macros stand alone and never in parentheses (RFC 3501 §6.4.5).
fn macro_items(word: &[u8]) -> Option<Vec<FetchItem>> {
    let mut items = vec![FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size];
    match word.to_ascii_uppercase().as_slice() {
        b"FAST" => {}
        b"ALL" => items.push(FetchItem::Envelope),
        b"FULL" => items.extend([FetchItem::Envelope, FetchItem::Body]),
        _ => return None,
    }
    Some(items)
}

const fn is_item_char(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'.'
}

fn fetch_item(cursor: &mut Cursor<'_>) -> Read<FetchItem> {
    let start = cursor.at();
    let word = cursor.run(is_item_char).to_ascii_uppercase();
    if let Some(item) = obsolete::item(&word, cursor)? {
        return Ok(item);
    }
    if !obsolete::is_known(&word, cursor.dialect()) {
        let dialect = cursor.dialect();
        let what = format!("{} is no data item of {dialect}", String::from_utf8_lossy(&word));
        return cursor.fault_against(start, what, dialect.clause());
    }
    Ok(match word.as_slice() {
        b"FLAGS" => FetchItem::Flags,
        b"INTERNALDATE" => FetchItem::InternalDate,
        b"RFC822.SIZE" => FetchItem::Size,
        b"ENVELOPE" => FetchItem::Envelope,
        b"BODYSTRUCTURE" => FetchItem::BodyStructure,
        b"UID" => FetchItem::Uid,
        b"RFC822" => FetchItem::Rfc822,
        b"RFC822.HEADER" => FetchItem::Rfc822Header,
        b"RFC822.TEXT" => FetchItem::Rfc822Text,
        b"BODY" if cursor.peek() != Some(b'[') => FetchItem::Body,
        b"BODY" => body_section(cursor, false)?,
        b"BODY.PEEK" => body_section(cursor, true)?,
        b"MODSEQ" if cursor.has(Extension::Condstore) => FetchItem::ModSeq,
        b"BINARY" if cursor.has(Extension::Binary) => binary(cursor, false)?,
        b"BINARY.PEEK" if cursor.has(Extension::Binary) => binary(cursor, true)?,
        b"BINARY.SIZE" if cursor.has(Extension::Binary) => FetchItem::BinarySize(binary_section(cursor)?),
        b"PREVIEW" if cursor.has(Extension::Preview) => preview(cursor)?,
        b"EMAILID" if cursor.has(Extension::ObjectId) => FetchItem::EmailId,
        b"THREADID" if cursor.has(Extension::ObjectId) => FetchItem::ThreadId,
        b"ALL" | b"FAST" | b"FULL" => {
            return cursor.fault_against(
                start,
                "a macro stands alone, without parentheses",
                "RFC 3501 §6.4.5",
            );
        }
        b"" => return cursor.fault(format!("expected a data item, found {}", cursor.found())),
        other => {
            let word = String::from_utf8_lossy(other).chars().take(40).collect::<String>();
            let known = [
                "FLAGS",
                "INTERNALDATE",
                "RFC822.SIZE",
                "ENVELOPE",
                "BODYSTRUCTURE",
                "UID",
                "RFC822",
                "RFC822.HEADER",
                "RFC822.TEXT",
                "BODY",
                "BODY.PEEK",
                "MODSEQ",
                "BINARY",
                "BINARY.PEEK",
                "BINARY.SIZE",
                "PREVIEW",
                "EMAILID",
                "THREADID",
                "ALL",
                "FAST",
                "FULL",
            ];
            let is_field = ["SUBJECT", "FROM", "TO", "CC", "DATE"].contains(&word.as_str());
            let hint = match crate::lesson::nearest(&word, known) {
                _ if is_field => {
                    format!("; a field of the header is BODY.PEEK[HEADER.FIELDS ({word})], or in ENVELOPE")
                }
                Some(near) => format!("; did you mean {near}?"),
                None => String::new(),
            };
            return cursor.fault_against(
                start,
                format!("no data item is called {word}{hint}"),
                "RFC 3501 §6.4.5",
            );
        }
    })
}

/// `section ["<" number "." nz-number ">"]`
fn body_section(cursor: &mut Cursor<'_>, peek: bool) -> Read<FetchItem> {
    cursor.expect(b'[', "\"[\" and a section")?;
    if !cursor.dialect().takes_extensions() {
        return obsolete::body_section(cursor, peek);
    }
    let section = section_text(cursor)?;
    Ok(FetchItem::Section { section, partial: partial(cursor)?, peek })
}

/// `["<" number "." nz-number ">"]`
fn partial(cursor: &mut Cursor<'_>) -> Read<Option<(u32, u32)>> {
    if !cursor.skip(b'<') {
        return Ok(None);
    }
    let first = cursor.number("the first octet of a partial")?;
    cursor.expect(b'.', "\".\" and how many octets")?;
    let octets = cursor.nz_number("how many octets")?;
    cursor.expect(b'>', "\">\" after a partial")?;
    Ok(Some((first, octets)))
}

/// `section-binary ["<" number "." nz-number ">"]`
fn binary(cursor: &mut Cursor<'_>, peek: bool) -> Read<FetchItem> {
    let path = binary_section(cursor)?;
    Ok(FetchItem::Binary { path, partial: partial(cursor)?, peek })
}

/// `"[" [section-part] "]"`: part numbers and nothing else (RFC 3516 §4.1).
fn binary_section(cursor: &mut Cursor<'_>) -> Read<Vec<u32>> {
    cursor.expect(b'[', "\"[\" and part numbers")?;
    let mut path = Vec::new();
    if cursor.skip(b']') {
        return Ok(path);
    }
    loop {
        path.push(cursor.nz_number("a part number")?);
        check_depth(&path, cursor)?;
        if cursor.skip(b']') {
            return Ok(path);
        }
        cursor.expect(b'.', "\".\" or \"]\" after a part number")?;
    }
}

/// `PREVIEW [SP "(" "LAZY" ")"]`: nothing here takes so long that it would be put off (RFC 8970 §4.1).
fn preview(cursor: &mut Cursor<'_>) -> Read<FetchItem> {
    let mut ahead = cursor.clone();
    if ahead.skip(b' ') && ahead.skip(b'(') {
        let start = ahead.at();
        let is_lazy = ahead.atom("LAZY").is_ok_and(|word| word.eq_ignore_ascii_case(b"LAZY"));
        if is_lazy {
            ahead.expect(b')', "\")\" behind LAZY")?;
            *cursor = ahead;
        } else if !cursor.has(Extension::Condstore) {
            return cursor.fault_against(start, "PREVIEW has one modifier, LAZY", "RFC 8970 §4");
        }
    }
    Ok(FetchItem::Preview)
}

/// No message nests so deep.
fn check_depth(path: &[u32], cursor: &Cursor<'_>) -> Read<()> {
    match path.len() > PATH_MAX {
        true => cursor.fault(format!("more than {PATH_MAX} part numbers")),
        false => Ok(()),
    }
}

/// `section-spec "]"`: part numbers, then HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT or MIME.
pub fn section_text(cursor: &mut Cursor<'_>) -> Read<Section> {
    let mut path = Vec::new();
    if cursor.skip(b']') {
        return Ok(Section { path, text: SectionText::Whole });
    }
    while cursor.peek().is_some_and(|octet| octet.is_ascii_digit()) {
        path.push(cursor.nz_number("a part number")?);
        check_depth(&path, cursor)?;
        if cursor.skip(b']') {
            return Ok(Section { path, text: SectionText::Whole });
        }
        cursor.expect(b'.', "\".\" or \"]\" after a part number")?;
    }
    let start = cursor.at();
    let word = cursor.run(is_item_char).to_ascii_uppercase();
    let text = match word.as_slice() {
        b"HEADER" => SectionText::Header,
        b"TEXT" => SectionText::Text,
        b"HEADER.FIELDS" => SectionText::Fields { names: header_list(cursor)?, not: false },
        b"HEADER.FIELDS.NOT" => SectionText::Fields { names: header_list(cursor)?, not: true },
        b"MIME" if path.is_empty() => {
            return cursor.fault_against(
                start,
                "MIME needs a part number before it: 1.MIME",
                "RFC 3501 §6.4.5",
            );
        }
        b"MIME" => SectionText::Mime,
        _ => {
            return cursor.fault_at(
                start,
                "expected a part number, HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT or MIME",
            );
        }
    };
    cursor.expect(b']', "\"]\" after the section")?;
    Ok(Section { path, text })
}

/// `SP "(" header-fld-name *(SP header-fld-name) ")"`
pub fn header_list(cursor: &mut Cursor<'_>) -> Read<Vec<Vec<u8>>> {
    cursor.space("field names in parentheses")?;
    cursor.expect(b'(', "\"(\" and field names")?;
    let mut names = Vec::new();
    loop {
        names.push(cursor.astring("a field name")?.into_owned());
        if cursor.skip(b')') {
            return Ok(names);
        }
        cursor.space("a field name, or \")\"")?;
    }
}

impl Section {
    /// The section as a response names it, without its brackets.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut gap = "";
        for number in &self.path {
            out.extend_from_slice(gap.as_bytes());
            out.extend_from_slice(number.to_string().as_bytes());
            gap = ".";
        }
        let word = match &self.text {
            SectionText::Whole => return,
            SectionText::Header => "HEADER",
            SectionText::Text => "TEXT",
            SectionText::Mime => "MIME",
            SectionText::Fields { not: false, .. } => "HEADER.FIELDS",
            SectionText::Fields { not: true, .. } => "HEADER.FIELDS.NOT",
        };
        out.extend_from_slice(gap.as_bytes());
        out.extend_from_slice(word.as_bytes());
        if let SectionText::Fields { names, .. } = &self.text {
            for (nth, name) in names.iter().enumerate() {
                out.extend_from_slice(if nth == 0 { b" (" } else { b" " });
                if !name.is_empty() && name.iter().all(|octet| is_astring_char(*octet)) {
                    out.extend_from_slice(name);
                } else {
                    super::wire::string(out, name);
                }
            }
            out.push(b')');
        }
    }
}
