//! FETCH: data of messages (RFC 3501 §6.4.5, §7.4.2).

use std::collections::VecDeque;
use std::ops::Range;

use bytes::Bytes;

use super::dialect::Dialect;
use super::item::FetchItem;
use super::section::{Reader, Unreadable};
use super::set::SequenceSet;
use super::state::Reply;
use super::view::{Shape, View, modseq_now};
use super::{binary, bodystructure, envelope, object, obsolete, preview, wire};
use crate::mail::flags::Flags;
use crate::mail::store::{Entry, FlagChange, ModSeq, Store};
use crate::session::Output;

/// A FETCH or UID FETCH that is being answered: one response, and one write, for each message.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetching {
    by_uid: bool,
    items: Vec<FetchItem>,
    /// The indices, from 0, of the entries that are still to be answered for.
    left: VecDeque<Range<usize>>,
    /// Only messages that changed later than this (RFC 7162 §3.1.4.1).
    changed_since: ModSeq,
    /// What FETCH responses show that nobody asked for.
    shape: Shape,
    dialect: Dialect,
    /// The first message that could not be read: its number, and why.
    lost: Option<(usize, Unreadable)>,
}

impl Fetching {
    /// Finds out which messages are meant.
    pub fn begin(
        view: &View,
        by_uid: bool,
        set: &SequenceSet,
        mut items: Vec<FetchItem>,
        changed_since: ModSeq,
        (shape, dialect): (Shape, Dialect),
    ) -> Self {
        let left = view.indices(set, by_uid).into();
        // A response to a UID command shows the UID, asked for or not (RFC 3501 §6.4.8).
        if by_uid && !items.contains(&FetchItem::Uid) {
            items.push(FetchItem::Uid);
        }
        Self { by_uid, items, left, changed_since, shape, dialect, lost: None }
    }

    /// True for UID FETCH.
    pub const fn is_by_uid(&self) -> bool {
        self.by_uid
    }

    /// Answers for as many messages as there is room for. The reply, when all are answered for.
    pub fn go_on(&mut self, view: &View, store: &mut Store, out: &mut Output) -> Option<Reply> {
        while let Some(index) = self.next_index() {
            let Some(entry) = view.entries().get(index) else { continue };
            if modseq_now(entry, store.mailbox(view.mailbox)) <= self.changed_since {
                continue;
            }
            match self.respond(view, store, index, entry) {
                Ok((bytes, content)) => out.write_about(bytes, entry.id, content),
                Err(why) => self.lost = self.lost.take().or(Some((index + 1, why))),
            }
            if out.is_full() && !self.left.is_empty() {
                return None;
            }
        }
        Some(match &self.lost {
            None => Reply::done(if self.by_uid { "UID FETCH" } else { "FETCH" }),
            Some((number, why @ Unreadable::UnknownEncoding)) => {
                Reply::no(format!("[UNKNOWN-CTE] message {number}: {why}"))
            }
            Some((number, why)) => Reply::no(format!("message {number}: {why}")),
        })
    }

    fn next_index(&mut self) -> Option<usize> {
        loop {
            let range = self.left.front_mut()?;
            let next = range.next();
            if range.start >= range.end {
                self.left.pop_front();
            }
            if next.is_some() {
                return next;
            }
        }
    }
}

impl Fetching {
    /// One response, and how many of its octets are the message's own content.
    fn respond(
        &self,
        view: &View,
        store: &mut Store,
        index: usize,
        entry: &Entry,
    ) -> Result<(Bytes, u32), Unreadable> {
        let mut reader = Reader::new(&entry.message);
        let mut out = format!("* {} FETCH (", index + 1).into_bytes();
        let (mut content, mut described) = (0, 0);
        // These are written last, for the other items may set \Seen.
        let (mut flags_at, mut modseq_at) = (None, None);
        for (nth, item) in self.items.iter().enumerate() {
            if nth > 0 {
                out.push(b' ');
            }
            match item {
                FetchItem::Flags => flags_at = Some(out.len()),
                FetchItem::ModSeq => modseq_at = Some(out.len()),
                FetchItem::InternalDate if self.dialect.has_old_dates() => {
                    let date = obsolete::date(entry.internal_date);
                    out.extend_from_slice(format!("INTERNALDATE \"{date}\"").as_bytes());
                }
                item @ (FetchItem::Envelope | FetchItem::Body) if self.dialect.has_plain_quotes() => {
                    let mut text = Vec::new();
                    let left = description_max(entry.message.size()).saturating_sub(described);
                    write_item(&mut text, &mut reader, entry, item, left)?;
                    described += text.len();
                    out.extend_from_slice(&obsolete::with_plain_quotes(&text));
                }
                item => {
                    let before = out.len();
                    let left = description_max(entry.message.size()).saturating_sub(described);
                    content += write_item(&mut out, &mut reader, entry, item, before + left)?;
                    if item.is_description() {
                        described += out.len() - before;
                    }
                    if out.len() - described > content_max(entry.message.size()) {
                        return Err(Unreadable::TooMuch);
                    }
                }
            }
        }
        // \Seen is set only when the octets have been read, and shown if that changed the flags.
        let before = view.flags_now(entry, store.mailbox(view.mailbox));
        // RFC 1064 does not say that reading sets \Seen, RFC 1203 calls it a bug.
        let sees = !view.read_only
            && self.dialect != Dialect::Imap3
            && self.items.iter().any(FetchItem::sets_seen)
            && !before.contains(Flags::SEEN);
        let changed = match sees {
            true => store.change_flags(view.mailbox, entry.uid, FlagChange::Add, Flags::SEEN),
            false => None,
        };
        let mailbox = store.mailbox(view.mailbox);
        let mut flags = b"FLAGS ".to_vec();
        wire::flags(
            &mut flags,
            changed.unwrap_or(before) & !view.hidden(),
            view.is_recent(entry.uid),
            mailbox,
        );
        let modseq = format!("MODSEQ ({})", modseq_now(entry, mailbox).0).into_bytes();
        let mut late: Vec<(usize, &[u8])> = Vec::new();
        late.extend(flags_at.map(|at| (at, flags.as_slice())));
        late.extend(modseq_at.map(|at| (at, modseq.as_slice())));
        late.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        for (at, text) in late {
            out.splice(at..at, text.iter().copied());
        }
        if changed.is_some() {
            for text in [
                flags_at.is_none().then_some(&flags),
                (self.shape.modseq && modseq_at.is_none()).then_some(&modseq),
            ]
            .into_iter()
            .flatten()
            {
                out.push(b' ');
                out.extend_from_slice(text);
            }
        }
        out.extend_from_slice(b")\r\n");
        Ok((out.into(), content))
    }
}

/// The most octets of one response beside what describes the message: eight times the message, and room for what
/// stands around them. A response is put together before it is sent, and a hundred items may each ask for all of a
/// message.
fn content_max(message: u32) -> usize {
    (message as usize).saturating_mul(8).saturating_add(1 << 20)
}

/// The most octets of ENVELOPE, BODY and BODYSTRUCTURE in one response. The shortest address that is one, `a@b,`,
/// becomes 17 octets, in a From field three times over; the shortest group, `a:;`, 34 in each of three; and a part of
/// a digest twenty times what it was. So whatever is written by the rules and has at most 256 KiB fits, all three of
/// them together; a longer one may be longer in proportion, as long as it is not made of such things alone.
fn description_max(message: u32) -> usize {
    content_max(message).saturating_add((message as usize).min(256 << 10) * 72)
}

/// Writes one item; what describes the message goes on up to `end` octets of the response. Gives how many octets of
/// it are the message's own content.
fn write_item(
    out: &mut Vec<u8>,
    reader: &mut Reader<'_>,
    entry: &Entry,
    item: &FetchItem,
    end: usize,
) -> Result<u32, Unreadable> {
    let message = &entry.message;
    let structure = message.structure();
    match item {
        FetchItem::Flags | FetchItem::ModSeq => {}
        FetchItem::Older { label, section, .. } => match reader.section(section)? {
            Some(octets) => return Ok(text(out, format!("{label} ").as_bytes(), &octets)),
            None => out.extend_from_slice(format!("{label} NIL").as_bytes()),
        },
        FetchItem::Partial { item, first, octets } => {
            return write_partial(out, reader, item, Some((*first, *octets)));
        }
        FetchItem::Binary { path, partial, .. } => return binary::write(out, reader, path, *partial),
        FetchItem::BinarySize(path) => binary::write_size(out, reader, path)?,
        FetchItem::Preview => {
            out.extend_from_slice(b"PREVIEW ");
            wire::nstring(out, preview::preview(reader)?.as_deref().map(str::as_bytes));
        }
        FetchItem::EmailId => {
            out.extend_from_slice(format!("EMAILID ({})", object::email_id(message)).as_bytes());
        }
        FetchItem::ThreadId => {
            out.extend_from_slice(format!("THREADID ({})", object::thread_id(message)).as_bytes());
        }
        FetchItem::Uid => out.extend_from_slice(format!("UID {}", entry.uid.0).as_bytes()),
        FetchItem::Size => out.extend_from_slice(format!("RFC822.SIZE {}", message.size()).as_bytes()),
        FetchItem::InternalDate => {
            out.extend_from_slice(format!("INTERNALDATE \"{}\"", entry.internal_date.imap()).as_bytes());
        }
        FetchItem::Envelope => {
            out.extend_from_slice(b"ENVELOPE ");
            envelope::write(out, message.header(), end)?;
        }
        FetchItem::Body => {
            out.extend_from_slice(b"BODY ");
            bodystructure::write(out, reader, structure, false, end)?;
        }
        FetchItem::BodyStructure => {
            out.extend_from_slice(b"BODYSTRUCTURE ");
            bodystructure::write(out, reader, structure, true, end)?;
        }
        FetchItem::Rfc822 => return Ok(text(out, b"RFC822 ", &reader.octets()?)),
        FetchItem::Rfc822Header => return Ok(text(out, b"RFC822.HEADER ", message.header())),
        FetchItem::Rfc822Text => return Ok(text(out, b"RFC822.TEXT ", &reader.range(&structure.body)?)),
        FetchItem::Section { section, partial, .. } => {
            let octets = reader.section(section)?;
            // PEEK is answered as BODY[...], a partial with its first octet.
            out.extend_from_slice(b"BODY[");
            section.write(out);
            out.push(b']');
            if let Some((first, _)) = partial {
                out.extend_from_slice(format!("<{first}>").as_bytes());
            }
            let Some(octets) = octets else {
                out.extend_from_slice(b" NIL");
                return Ok(0);
            };
            return Ok(text(out, b" ", &some_of(octets, *partial)));
        }
    }
    Ok(0)
}

/// What PARTIAL asks for: some octets under the item's own name (RFC 2062 §6.4.OBS.1).
fn write_partial(
    out: &mut Vec<u8>,
    reader: &mut Reader<'_>,
    item: &FetchItem,
    partial: Option<(u32, u32)>,
) -> Result<u32, Unreadable> {
    let structure = reader.message.structure();
    let (label, octets) = match item {
        FetchItem::Rfc822 => ("RFC822".to_owned(), Some(reader.octets()?)),
        FetchItem::Rfc822Header => ("RFC822.HEADER".to_owned(), Some(reader.message.header().clone())),
        FetchItem::Rfc822Text => ("RFC822.TEXT".to_owned(), Some(reader.range(&structure.body)?)),
        FetchItem::Older { label, section, .. } => (label.clone(), reader.section(section)?),
        FetchItem::Section { section, .. } => {
            let mut label = b"BODY[".to_vec();
            section.write(&mut label);
            (String::from_utf8_lossy(&label).into_owned() + "]", reader.section(section)?)
        }
        _ => return Ok(0),
    };
    match octets {
        Some(octets) => Ok(text(out, format!("{label} ").as_bytes(), &some_of(octets, partial))),
        None => {
            out.extend_from_slice(format!("{label} NIL").as_bytes());
            Ok(0)
        }
    }
}

/// The octets that a partial asks for; past the end there are none.
pub fn some_of(octets: Bytes, partial: Option<(u32, u32)>) -> Bytes {
    match partial {
        Some((first, most)) => {
            let start = (first as usize).min(octets.len());
            octets.slice(start..octets.len().min(start.saturating_add(most as usize)))
        }
        None => octets,
    }
}

fn text(out: &mut Vec<u8>, label: &[u8], octets: &[u8]) -> u32 {
    out.reserve(label.len() + octets.len() + 64);
    out.extend_from_slice(label);
    wire::literal(out, octets);
    u32::try_from(octets.len()).unwrap_or(u32::MAX)
}
