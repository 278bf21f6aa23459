//! What each command does in TRANSACTION (RFC 1939 §5, §7).

use bytes::Bytes;

use super::command::{Command, MessageNumber, Row, StateName};
use super::dialect::{Dialect, Year};
use super::error::Refusal;
use super::maildrop::Maildrop;
use super::reply::Reply;
use super::settings::{Expire, Pop3Settings};
use super::state::Context;
use super::{envelope, folders};
use crate::mail::store::Entry;

/// Carries out a command on an open maildrop.
///
/// # Errors
/// Any [`Refusal`]; nothing has changed then.
pub fn obey(
    maildrop: &mut Maildrop,
    row: &'static Row,
    command: Command,
    context: &mut Context<'_>,
) -> Result<Reply, Refusal> {
    let settings = context.settings;
    match command {
        // Marked messages count in neither total. RFC 1939 §5
        Command::Stat => line(&format!("{} {}", maildrop.messages(), maildrop.octets())),
        Command::List(None) => {
            let total = if settings.quirks.bare_list_reply { String::new() } else { total(maildrop) };
            Ok(Reply::Listing(total, maildrop.scan_listings()))
        }
        Command::List(Some(number)) => {
            let entry = match maildrop.entry(number) {
                Err(Refusal::Deleted(_)) if settings.quirks.lists_deleted => maildrop.any_entry(number)?,
                found => found?,
            };
            line(&format!("{number} {}", maildrop.scan(entry)))
        }
        Command::Retr(number) => {
            let entry = readable(maildrop, number, settings)?;
            let text = format!("{} octets", entry.message.size());
            let reply = Reply::Mail(text, entry.id, octets(entry, number)?);
            maildrop.note_retrieved(number, settings.expire == Expire::Days(0));
            Ok(reply)
        }
        // DELE only marks: "the server does not actually delete the message until UPDATE". RFC 1939 §5
        Command::Dele(number) => {
            maildrop.mark(number)?;
            line(&format!("message {number} deleted"))
        }
        Command::Noop => line(""),
        // RFC 1460 struck out that LAST goes back to what it was; popper and others went back to 0.
        Command::Rset => {
            maildrop.unmark_all();
            maildrop
                .reset_last(settings.dialect == Dialect::Popper || settings.dialect.year() >= Year::Rfc1460);
            line(&format!("maildrop has {}", total(maildrop)))
        }
        // "The highest message number which accessed", as the RFC has it. RFC 1081, RFC 1460 §5
        Command::Last if settings.dialect == Dialect::Popper => {
            line(&format!("{} is the last message seen.", maildrop.last()))
        }
        Command::Last => line(&maildrop.last().to_string()),
        // TOP sends the header, the empty line and n lines of the body, or all there is. RFC 1939 §7
        Command::Top(number, lines) => {
            let entry = readable(maildrop, number, settings)?;
            Ok(Reply::Mail("top of message follows".into(), entry.id, top(entry, number, lines)?))
        }
        Command::Uidl(None) => Ok(Reply::Listing("unique-ids follow".into(), maildrop.unique_id_listings())),
        Command::Uidl(Some(number)) => {
            line(&format!("{number} {}", maildrop.unique_id(maildrop.entry(number)?)))
        }
        // The third line is the sender, the fourth the recipient: fetchmail and getmail read these two. The first
        // two are ours.
        Command::Env(number) => {
            let entry = maildrop.entry(number)?;
            let header = entry.message.header();
            let text = [
                settings.host.as_bytes(),
                entry.internal_date.rfc5322().as_bytes(),
                &envelope::sender(header),
                &envelope::recipient(header),
                b"",
            ]
            .join(&b"\r\n"[..]);
            Ok(Reply::Listing("envelope follows".into(), dotless(text)))
        }
        command => folders::obey(maildrop, command, context)
            .unwrap_or(Err(Refusal::WrongState { row, state: StateName::Transaction })),
    }
}

/// Lines that may begin with anything, as lines of a listing, none of which begins with a dot.
fn dotless(text: Vec<u8>) -> Vec<u8> {
    let stuffed = crate::protocol::lines::dot_stuffed(&text).0;
    stuffed.strip_suffix(b".\r\n").map_or_else(Vec::new, <[u8]>::to_vec)
}

/// A message that this client can read: one in UTF-8 may be kept from those who have not said UTF8.
fn readable<'a>(
    maildrop: &'a Maildrop,
    number: MessageNumber,
    settings: &Pop3Settings,
) -> Result<&'a Entry, Refusal> {
    let entry = maildrop.entry(number)?;
    let header = entry.message.header();
    let is_utf8 = || !header.is_ascii() && std::str::from_utf8(header).is_ok();
    if settings.hides_utf8 && !maildrop.utf8 && is_utf8() {
        Err(Refusal::NeedsUtf8(number))
    } else {
        Ok(entry)
    }
}

/// A positive reply of one line.
pub fn line(text: &str) -> Result<Reply, Refusal> {
    Ok(Reply::Line(text.to_owned()))
}

/// `2 messages (320 octets)`
pub fn total(maildrop: &Maildrop) -> String {
    format!("{} ({} octets)", counted(maildrop.messages()), maildrop.octets())
}

/// `1 message`
pub fn counted(messages: usize) -> String {
    if messages == 1 { "1 message".into() } else { format!("{messages} messages") }
}

fn octets(entry: &Entry, number: MessageNumber) -> Result<Bytes, Refusal> {
    entry.message.octets().map_err(|lost| Refusal::Lost { number, reason: lost.reason })
}

/// The header with its empty line and `lines` lines of the body. The header alone needs no look at the body.
fn top(entry: &Entry, number: MessageNumber, lines: u32) -> Result<Bytes, Refusal> {
    let header = entry.message.header();
    if lines == 0 {
        return Ok(header.clone());
    }
    let all = octets(entry, number)?;
    let body = all.get(header.len()..).unwrap_or_default();
    let end = memchr::memmem::find_iter(body, b"\r\n").nth(lines as usize - 1);
    let end = end.map_or(all.len(), |at| header.len() + at + 2);
    Ok(all.slice(..end))
}
