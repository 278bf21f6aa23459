//! APPEND: messages from anywhere, all of them or none (RFC 3501 §6.3.11, RFC 3502, RFC 4469).

use std::sync::Arc;

use bytes::Bytes;

use super::binary;
use super::capability::Extension;
use super::change::READ_ONLY;
use super::command::{Appended, FlagName, MessageUrl, Piece};
use super::fetch::some_of;
use super::mailboxes::no_such_mailbox;
use super::older;
use super::section::Reader;
use super::set::{Numbers, SequenceSet};
use super::state::{Loan, Reply};
use super::view::View;
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::{MailboxId, Uid, UserId};

/// Puts messages into a mailbox; `view` is the mailbox that is open, in which URLs may count.
pub fn append(
    user: UserId,
    view: Option<&View>,
    name: &str,
    messages: Vec<Appended>,
    loan: &mut Loan<'_>,
) -> Reply {
    match put(user, view, name, messages, loan) {
        Ok(code) => Reply::Ok(format!("{code}APPEND completed")),
        Err(reply) => reply,
    }
}

/// REPLACE: puts a message into a mailbox and removes one of the open mailbox, both or neither (RFC 8508 §3.4).
pub fn replace(
    user: UserId,
    view: &View,
    (set, by_uid): (&SequenceSet, bool),
    name: &str,
    message: Appended,
    loan: &mut Loan<'_>,
) -> Reply {
    if view.read_only {
        return Reply::no(READ_ONLY);
    }
    let index = view.indices(set, by_uid).into_iter().flatten().next();
    let Some(old) = index.and_then(|index| view.entries().get(index)).map(|entry| entry.uid) else {
        return Reply::no("there is no message of this UID to be replaced: nothing was appended");
    };
    if loan.store.mailbox(view.mailbox).is_none_or(|mailbox| mailbox.entry(old).is_none()) {
        return Reply::no("[EXPUNGEISSUED] another session has expunged the message: nothing was appended");
    }
    let code = match put(user, Some(view), name, vec![message], loan) {
        Ok(code) => code,
        Err(reply) => return reply,
    };
    // RFC 8508 §4.3: the new UID comes before the EXPUNGE.
    if !code.is_empty() {
        loan.out.write(format!("* OK {code}the replacement is there\r\n"));
    }
    loan.store.expunge(view.mailbox, |entry| entry.uid == old);
    let word = if by_uid { "UID REPLACE" } else { "REPLACE" };
    match loan.enabled.qresync {
        // RFC 8508 §4.5, RFC 7162 §3.2.9: as after UID EXPUNGE.
        true => Reply::Ok(format!("[HIGHESTMODSEQ {}] {word} completed", view.highest_modseq(loan.store))),
        false => Reply::done(word),
    }
}

/// Puts messages into a mailbox, all of them or none. The response code with their UIDs and a space behind it; empty
/// without UIDPLUS.
fn put(
    user: UserId,
    view: Option<&View>,
    name: &str,
    messages: Vec<Appended>,
    loan: &mut Loan<'_>,
) -> Result<String, Reply> {
    let Some(id) = loan.store.mailbox_named(user, name) else {
        older::tell_trycreate(user, name, loan);
        return Err(Reply::no(format!("[TRYCREATE] {}", no_such_mailbox(loan.store, user, name))));
    };
    let mut ready = Vec::with_capacity(messages.len());
    for message in messages {
        ready.push(prepared(user, view, id, message, loan)?);
    }
    let room = loan.store.mailbox(id).is_some_and(|to| (u32::MAX - to.uid_next.0) as usize > ready.len());
    if !room {
        return Err(Reply::no("[LIMIT] the mailbox has no UIDs left"));
    }
    let uids: Numbers = ready
        .into_iter()
        .filter_map(|(octets, flags, date)| {
            loan.store.append(id, Arc::new(Message::new(octets)), flags, date)
        })
        .map(|uid| uid.0)
        .collect();
    // The UIDs, so that nobody has to look for what they put there (RFC 4315 §3).
    Ok(match loan.store.mailbox(id).filter(|_| loan.settings.has(Extension::UidPlus)) {
        Some(mailbox) => format!("[APPENDUID {} {uids}] ", mailbox.uid_validity),
        None => String::new(),
    })
}

/// A message's octets, flags and date.
fn prepared(
    user: UserId,
    view: Option<&View>,
    to: MailboxId,
    message: Appended,
    loan: &mut Loan<'_>,
) -> Result<(Bytes, Flags, Timestamp), Reply> {
    let mut octets = Vec::new();
    for piece in &message.pieces {
        match piece {
            Piece::Text(place) => octets.extend_from_slice(loan.text.get(place.clone()).unwrap_or_default()),
            Piece::Url(url) => {
                let part = part_of(user, view, url, loan).ok_or_else(|| bad_url(&url.text))?;
                octets.extend_from_slice(&part);
            }
            Piece::BadUrl(text) => return Err(bad_url(text)),
        }
        if octets.len() > loan.settings.message_max as usize {
            return Err(Reply::no("[TOOBIG] the pieces make a message that is too long (RFC 4469 §4)"));
        }
    }
    if memchr::memchr(0, &octets).is_some() && loan.settings.has(Extension::Binary) {
        octets = binary::without_nul(octets).ok_or_else(|| {
            Reply::no("[UNKNOWN-CTE] NUL stands where nothing says that it is binary (RFC 3516 §4.4)")
        })?;
    }
    // RFC 3502 §3: with an empty one a client takes it all back.
    if octets.is_empty() {
        return Err(Reply::no("a message without octets takes the whole APPEND back (RFC 3502 §3)"));
    }
    let mut flags = Flags::NONE;
    for name in message.flags {
        let flag = match name {
            FlagName::System(flag) => Some(flag),
            FlagName::Keyword(name) => loan.store.keyword(to, &name),
        };
        match flag {
            Some(flag) => flags |= flag,
            None => return Err(Reply::no("[LIMIT] this mailbox has all the keywords that it can have")),
        }
    }
    let date = message.date.unwrap_or_else(|| loan.store.clock(loan.now));
    Ok((octets.into(), flags, date))
}

/// `NO [BADURL "..."]` (RFC 4469 §4); what could end the quotes is left out.
fn bad_url(url: &str) -> Reply {
    let shown: String =
        url.chars().filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\' | ']')).take(200).collect();
    Reply::no(format!("[BADURL \"{shown}\"] this URL names nothing here"))
}

/// The octets that a URL names.
fn part_of(user: UserId, view: Option<&View>, url: &MessageUrl, loan: &Loan<'_>) -> Option<Bytes> {
    let id = match &url.mailbox {
        Some(name) => loan.store.mailbox_named(user, name)?,
        None => view?.mailbox,
    };
    let mailbox = loan.store.mailbox(id)?;
    if url.uid_validity.is_some_and(|validity| validity != mailbox.uid_validity) {
        return None;
    }
    let mut reader = Reader::new(&mailbox.entry(Uid(url.uid))?.message);
    let octets = match &url.section {
        Some(section) => reader.section(section).ok()??,
        None => reader.octets().ok()?,
    };
    Some(some_of(octets, url.partial))
}
