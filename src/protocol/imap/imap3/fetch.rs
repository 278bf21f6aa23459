//! FETCH by keys (RFC 1203, FETCH).

use std::collections::VecDeque;
use std::ops::Range;

use super::super::section::{Reader, Unreadable};
use super::super::set::SequenceSet;
use super::super::state::Reply;
use super::super::{envelope, obsolete, wire};
use super::command::Wanted;
use super::feature::{Chosen, Feature};
use super::key::{Key, Value};
use super::open::Open;
use crate::mail::flags::Flags;
use crate::mail::store::{Entry, FlagChange, Store};
use crate::session::Output;

/// A FETCH that is being answered: one response, and one write, for each message.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetching {
    /// What data that answers it carries: its tag, or `*`.
    mark: Vec<u8>,
    items: Vec<Wanted>,
    /// The indices, from 0, of the messages that are still to be answered for.
    left: VecDeque<Range<usize>>,
    chosen: Chosen,
    /// The first message that could not be read: its number, and why.
    lost: Option<(usize, Unreadable)>,
}

/// The most octets of one response: eight times the message, and room for what describes it.
fn response_max(message: u32) -> usize {
    (message as usize).saturating_mul(8).saturating_add(1 << 20)
}

impl Fetching {
    /// Finds out which messages are meant.
    ///
    /// # Errors
    /// BAD, if there is no message of one of the numbers.
    pub fn begin(
        open: &Open,
        mark: &[u8],
        set: &SequenceSet,
        items: Vec<Wanted>,
        chosen: Chosen,
    ) -> Result<Self, Reply> {
        Ok(Self { mark: mark.to_vec(), items, left: open.indices(set)?.into(), chosen, lost: None })
    }

    /// Answers for as many messages as there is room for. The reply, when all are answered for.
    pub fn go_on(&mut self, open: &Open, store: &mut Store, out: &mut Output) -> Option<Reply> {
        while let Some(index) = self.next_index() {
            let Some(entry) = open.entries().get(index) else { continue };
            match self.respond(open, store, index, entry) {
                Ok((bytes, content)) => out.write_about(bytes, entry.id, content),
                Err(why) => self.lost = self.lost.take().or(Some((index + 1, why))),
            }
            if out.is_full() && !self.left.is_empty() {
                return None;
            }
        }
        Some(match &self.lost {
            None => Reply::done("FETCH"),
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

    /// One response, and how many of its octets are the message's own content.
    fn respond(
        &self,
        open: &Open,
        store: &mut Store,
        index: usize,
        entry: &Entry,
    ) -> Result<(Vec<u8>, u32), Unreadable> {
        let mut reader = Reader::new(&entry.message);
        let mut out = head(&self.mark, index, "FETCH");
        let mut content = 0;
        // Flags are written last, for AUTO.SET.SEEN may change them.
        let mut flags_at = None;
        for (nth, item) in self.items.iter().enumerate() {
            if nth > 0 {
                out.push(b' ');
            }
            match item.key {
                Key::Flags => flags_at = Some(out.len()),
                _ => content += write_key(&mut out, &mut reader, entry, item, &self.chosen)?,
            }
            if out.len() > response_max(entry.message.size()) {
                return Err(Unreadable::TooMuch);
            }
        }
        let shows = self.chosen.has(Feature::AutoSetSeen)
            && !open.read_only
            && self.items.iter().any(|item| item.key.shows_text());
        let seen = shows && set_seen(open, entry, store);
        let mut flags = Vec::new();
        open.write_flags(&mut flags, entry, store);
        match flags_at {
            Some(at) => drop(out.splice(at..at, flags)),
            None if seen => {
                out.push(b' ');
                out.extend_from_slice(&flags);
            }
            None => {}
        }
        out.extend_from_slice(b")\r\n");
        Ok((out, content))
    }
}

/// Sets `\Seen`. True if that changed something.
pub fn set_seen(open: &Open, entry: &Entry, store: &mut Store) -> bool {
    let before = open.flags_now(entry, store.mailbox(open.mailbox));
    !before.contains(Flags::SEEN)
        && store.change_flags(open.mailbox, entry.uid, FlagChange::Add, Flags::SEEN).is_some()
}

/// `tag 7 FETCH (`
pub fn head(mark: &[u8], index: usize, word: &str) -> Vec<u8> {
    let mut out = mark.to_vec();
    out.extend_from_slice(format!(" {} {word} (", index + 1).as_bytes());
    out
}

/// Writes a key and its value. Gives how many octets of it are the message's own content.
///
/// # Errors
/// [`Unreadable`] if the message's octets are not to be had.
pub fn write_key(
    out: &mut Vec<u8>,
    reader: &mut Reader<'_>,
    entry: &Entry,
    item: &Wanted,
    chosen: &Chosen,
) -> Result<u32, Unreadable> {
    out.extend_from_slice(&item.key.label());
    out.push(b' ');
    match item.key {
        Key::Envelope => {
            let mut text = Vec::new();
            envelope::write_with_comments(
                &mut text,
                entry.message.header(),
                response_max(entry.message.size()),
            )?;
            out.extend_from_slice(&obsolete::with_plain_quotes(&text));
            return Ok(0);
        }
        Key::InternalDate => {
            out.extend_from_slice(format!("\"{}\"", obsolete::date(entry.internal_date)).as_bytes());
            return Ok(0);
        }
        _ => {}
    }
    let value = item.key.value(reader, chosen)?;
    let value = match (value, item.range) {
        (Value::List(texts), Some(range)) => Value::Text(some_of(&texts.join(&b", "[..]), range)),
        (Value::Text(text), Some(range)) => Value::Text(some_of(&text, range)),
        (value, _) => value,
    };
    let mut content = 0;
    match value {
        Value::Nil => out.extend_from_slice(b"NIL"),
        Value::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Value::Written(text) => out.extend_from_slice(&text),
        Value::List(texts) => {
            for (nth, text) in texts.iter().enumerate() {
                out.push(if nth == 0 { b'(' } else { b' ' });
                write_text(out, text, chosen);
            }
            out.push(b')');
        }
        Value::Text(text) => {
            write_text(out, &text, chosen);
            content = u32::try_from(text.len()).unwrap_or(u32::MAX);
        }
    }
    Ok(content)
}

/// In quotes if it can be: a quoted string of RFC 1203 has no escapes. With EIGHT.BIT.TRANSPARENT it may hold all
/// eight bits.
fn write_text(out: &mut Vec<u8>, text: &[u8], chosen: &Chosen) {
    let eight_bits = chosen.has(Feature::EightBitTransparent);
    let fits = |octet: &u8| match octet {
        b'"' | b'{' | b'%' | b'\\' => false,
        b' '..=b'~' => true,
        octet => eight_bits && *octet >= 0x80,
    };
    if text.len() <= 1000 && text.iter().all(fits) {
        out.push(b'"');
        out.extend_from_slice(text);
        out.push(b'"');
    } else {
        wire::literal(out, text);
    }
}

/// The octets from the first to the last, counted from 0; past the end there are none.
fn some_of(text: &[u8], (first, last): (u32, u32)) -> Vec<u8> {
    let start = (first as usize).min(text.len());
    let end = (last as usize).saturating_add(1).min(text.len());
    text.get(start..end).unwrap_or_default().to_vec()
}
