//! Commands that change messages, or what they are called (RFC 1203, STORE, COPY, EXPUNGE, SET.FLAGS, RENUMBER).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::change::flag;
use super::super::command::FlagName;
use super::super::mailboxes;
use super::super::section::Reader;
use super::super::set::{Numbers, SequenceSet};
use super::super::state::{Loan, Reply};
use super::command::{Change, Order, Wanted};
use super::feature::{Chosen, Feature};
use super::fetch::{head, set_seen, write_key};
use super::key::{Key, Value};
use super::open::Open;
use super::rewrite::rewritten;
use super::run::tell_new_mailbox;
use super::telling;
use crate::mail::date::Timestamp;
use crate::mail::decode;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::{Entry, FlagChange, Uid, UserId};

/// EXPUNGE: messages marked `\Deleted` go, and EXISTS says how many are left.
pub fn expunge(open: &mut Open, mark: &[u8], loan: &mut Loan<'_>) {
    loan.store.expunge(open.mailbox, |entry| entry.flags.contains(Flags::DELETED));
    let news = open.catch_up(loan.store.modseq(), true, loan.store);
    let mut text = Vec::new();
    for number in news.gone {
        text.extend_from_slice(mark);
        text.extend_from_slice(format!(" {number} EXPUNGE\r\n").as_bytes());
    }
    text.extend_from_slice(mark);
    text.extend_from_slice(format!(" {} EXISTS\r\n", open.entries().len()).as_bytes());
    loan.out.write(text);
}

/// STORE: each message is answered for.
pub fn store(
    open: &mut Open,
    mark: &[u8],
    set: &SequenceSet,
    change: Change,
    chosen: &Chosen,
    loan: &mut Loan<'_>,
) -> Reply {
    let indices: Vec<usize> = match open.indices(set) {
        Ok(ranges) => ranges.into_iter().flatten().collect(),
        Err(reply) => return reply,
    };
    match change {
        Change::Flags(kind, names) => store_flags(open, mark, &indices, kind, &names, loan),
        Change::Key(key, value) => store_key(open, mark, &indices, &key, value.as_deref(), chosen, loan),
    }
}

fn store_flags(
    open: &mut Open,
    mark: &[u8],
    indices: &[usize],
    kind: FlagChange,
    names: &[FlagName],
    loan: &mut Loan<'_>,
) -> Reply {
    let mut flags = Flags::NONE;
    for name in names {
        match flag(loan.store, open.mailbox, name, kind) {
            Some(flag) => flags |= flag,
            None => {
                return Reply::no(format!(
                    "this mailbox has all its {} keywords already",
                    Flags::KEYWORDS_MAX
                ));
            }
        }
    }
    let news = open.catch_up(loan.store.modseq(), false, loan.store);
    if news.keywords {
        loan.out.write(telling::flags(b"*", loan.store.mailbox(open.mailbox)));
    }
    let mut gone = 0;
    for index in indices {
        let Some(entry) = open.entries().get(*index) else { continue };
        if loan.store.change_flags(open.mailbox, entry.uid, kind, flags).is_none() {
            gone += 1;
            continue;
        }
        loan.out.write_about(telling::stored_flags(mark, open, *index, loan.store), entry.id, 0);
    }
    done_but_for(gone)
}

fn done_but_for(gone: usize) -> Reply {
    match gone {
        0 => Reply::done("STORE"),
        _ => Reply::no(format!("done, but {gone} of the messages were expunged by another session")),
    }
}

/// Replaces a part of messages. Nothing is done if it cannot be done for all of them.
fn store_key(
    open: &mut Open,
    mark: &[u8],
    indices: &[usize],
    key: &Key,
    value: Option<&[u8]>,
    chosen: &Chosen,
    loan: &mut Loan<'_>,
) -> Reply {
    let mailbox = loan.store.mailbox(open.mailbox);
    let mut ready = Vec::new();
    let mut total = 0;
    for index in indices {
        let Some(known) = open.entries().get(*index) else { continue };
        let Some(now) = mailbox.and_then(|mailbox| mailbox.entry(known.uid)) else {
            return Reply::no(format!(
                "message {} was expunged by another session; nothing was done",
                index + 1
            ));
        };
        match rewritten(&now.message, key, value, chosen) {
            Ok(octets) => {
                total += octets.len();
                if total > loan.settings.message_max as usize {
                    let limit = loan.settings.message_max;
                    return Reply::no(format!(
                        "nothing was done: one STORE writes at most {limit} octets here"
                    ));
                }
                ready.push((*index, now.uid, now.flags, now.internal_date, octets));
            }
            Err(why) => return Reply::no(format!("message {}: {why}; nothing was done", index + 1)),
        }
    }
    if mailbox.is_none_or(|mailbox| (u32::MAX - mailbox.uid_next.0) as usize <= ready.len()) {
        return Reply::no("the mailbox has no UIDs left");
    }
    let mut old: BTreeSet<Uid> = BTreeSet::new();
    let mut changed = Vec::new();
    for (index, uid, flags, date, octets) in ready {
        let message = Arc::new(Message::new(octets));
        let made = loan.store.append(open.mailbox, message, flags, date);
        let entry = made.and_then(|uid| loan.store.mailbox(open.mailbox)?.entry(uid).cloned());
        if let Some(entry) = entry {
            old.insert(uid);
            open.replace(index, entry, loan.store);
            changed.push(index);
        }
    }
    loan.store.expunge(open.mailbox, |entry| old.contains(&entry.uid));
    for index in changed {
        let Some(entry) = open.entries().get(index) else { continue };
        match stored(mark, index, entry, key, chosen) {
            Ok(text) => loan.out.write_about(text, entry.id, 0),
            Err(why) => return Reply::no(why),
        }
    }
    Reply::done("STORE")
}

/// What STORE has made of a message: behind a header stand size and envelope, behind a text the size.
fn stored(mark: &[u8], index: usize, entry: &Entry, key: &Key, chosen: &Chosen) -> Result<Vec<u8>, String> {
    let also: &[Key] = match key {
        Key::Rfc822Header => &[Key::Rfc822Size, Key::Envelope],
        Key::Header => &[Key::Size, Key::Envelope],
        Key::Rfc822Text => &[Key::Rfc822Size],
        Key::Body | Key::Text => &[Key::Size],
        _ => &[],
    };
    let mut text = head(mark, index, "STORE");
    let mut reader = Reader::new(&entry.message);
    for (nth, key) in std::iter::once(key).chain(also).enumerate() {
        if nth > 0 {
            text.push(b' ');
        }
        let item = Wanted { key: key.clone(), range: None };
        write_key(&mut text, &mut reader, entry, &item, chosen).map_err(|why| why.to_string())?;
    }
    text.extend_from_slice(b")\r\n");
    Ok(text)
}

/// COPY: each message that was copied is answered for.
pub fn copy(
    user: UserId,
    open: &Open,
    mark: &[u8],
    set: &SequenceSet,
    name: &str,
    chosen: &Chosen,
    loan: &mut Loan<'_>,
) -> Reply {
    let indices: Vec<usize> = match open.indices(set) {
        Ok(ranges) => ranges.into_iter().flatten().collect(),
        Err(reply) => return reply,
    };
    let Some(to) = made(user, name, loan) else {
        return Reply::no(mailboxes::no_such_mailbox(loan.store, user, name));
    };
    let room = loan.store.mailbox(to).is_some_and(|to| (u32::MAX - to.uid_next.0) as usize > indices.len());
    let here = loan.store.mailbox(open.mailbox);
    let is_there = |index: &usize| {
        let entry = open.entries().get(*index);
        entry.is_some_and(|entry| here.is_some_and(|here| here.entry(entry.uid).is_some()))
    };
    if !room || !indices.iter().all(is_there) {
        return Reply::no("nothing was copied: some of the messages are gone, or there is no room for them");
    }
    let mut text = Vec::new();
    for index in indices {
        let Some(entry) = open.entries().get(index) else { continue };
        if loan.store.copy(open.mailbox, entry.uid, to).is_none() {
            continue;
        }
        text.extend_from_slice(mark);
        text.extend_from_slice(format!(" {} COPY\r\n", index + 1).as_bytes());
        // The copy has the flags that the message had before.
        if chosen.has(Feature::AutoSetSeen) && !open.read_only && set_seen(open, entry, loan.store) {
            text.extend_from_slice(&telling::stored_flags(b"*", open, index, loan.store));
        }
    }
    loan.out.write(text);
    Reply::done("COPY")
}

/// The mailbox of this name, made if there is none. `None` if it cannot be made.
pub fn made(user: UserId, name: &str, loan: &mut Loan<'_>) -> Option<crate::mail::store::MailboxId> {
    let was_there = loan.store.mailbox_named(user, name).is_some();
    mailboxes::create_missing(user, name, loan.store);
    let id = loan.store.mailbox_named(user, name)?;
    if !was_there {
        tell_new_mailbox(name, loan);
    }
    Some(id)
}

/// SET.FLAGS: these are the keywords from now on. Who loses one is answered for.
pub fn set_flags(open: &mut Open, mark: &[u8], flags: &[FlagName], loan: &mut Loan<'_>) -> Reply {
    let mut wanted: Vec<&str> = Vec::new();
    for name in flags {
        if let FlagName::Keyword(name) = name
            && !wanted.iter().any(|known| known.eq_ignore_ascii_case(name))
        {
            wanted.push(name);
        }
        if wanted.len() > Flags::KEYWORDS_MAX {
            let most = Flags::KEYWORDS_MAX;
            return Reply::no(format!("a mailbox has at most {most} keywords here; nothing was changed"));
        }
    }
    let known: Vec<String> = loan
        .store
        .mailbox(open.mailbox)
        .map(|mailbox| mailbox.keywords_known().map(str::to_owned).collect())
        .unwrap_or_default();
    let mut lost: BTreeSet<Uid> = BTreeSet::new();
    for name in known.iter().filter(|name| !wanted.iter().any(|kept| kept.eq_ignore_ascii_case(name))) {
        lost.extend(loan.store.remove_keyword(open.mailbox, name));
    }
    for name in wanted {
        loan.store.keyword(open.mailbox, name);
    }
    loan.out.write(telling::flags(mark, loan.store.mailbox(open.mailbox)));
    let mut text = Vec::new();
    for (index, entry) in open.entries().iter().enumerate() {
        if lost.contains(&entry.uid) {
            text.extend_from_slice(&telling::stored_flags(mark, open, index, loan.store));
        }
    }
    loan.out.write(text);
    // All of it was answered; what somebody else did meanwhile stays news.
    open.take_in_keywords(loan.store);
    Reply::done("SET.FLAGS")
}

/// What a message is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Missing,
    Number(i128),
    Text(String),
}

/// RENUMBER: the messages are numbered in the order of a key. Those without it come first, equals stay in order.
pub fn renumber(
    open: &mut Open,
    mark: &[u8],
    key: &Key,
    order: Order,
    chosen: &Chosen,
    loan: &mut Loan<'_>,
) -> Reply {
    // Numbers move anyway: what is gone goes first.
    let news = open.catch_up(loan.store.modseq(), true, loan.store);
    telling::tell(open, &news, chosen, loan.store, loan.out);
    let mut ranked = Vec::with_capacity(open.entries().len());
    for (index, entry) in open.entries().iter().enumerate() {
        match rank(entry, key, order, chosen) {
            Ok(rank) => ranked.push((rank, index)),
            Err(why) => return Reply::no(format!("message {}: {why}", index + 1)),
        }
    }
    ranked.sort();
    let order: Vec<usize> = ranked.into_iter().map(|(_, index)| index).collect();
    let changed: Numbers = open.renumber(&order).into_iter().collect();
    if changed.is_empty() {
        return Reply::Ok("RENUMBER completed; the sequence is as it was".to_owned());
    }
    loan.out.write([mark, format!(" RESET {changed}\r\n").as_bytes()].concat());
    Reply::Ok("RENUMBER completed; the sequence has changed".to_owned())
}

fn rank(entry: &Entry, key: &Key, order: Order, chosen: &Chosen) -> Result<Rank, String> {
    if *key == Key::InternalDate {
        return Ok(Rank::Number(i128::from(entry.internal_date.unix)));
    }
    let mut reader = Reader::new(&entry.message);
    let text = match key.value(&mut reader, chosen).map_err(|why| why.to_string())? {
        Value::Number(number) => return Ok(Rank::Number(i128::from(number))),
        Value::Text(text) => text,
        Value::List(texts) => texts.join(&b", "[..]),
        Value::Nil | Value::Written(_) => return Ok(Rank::Missing),
    };
    Ok(match order {
        // Of a long text the beginning decides.
        Order::Alpha => {
            let start = text.get(..1000).unwrap_or(&text);
            Rank::Text(decode::header(start).to_lowercase())
        }
        Order::Date => {
            Timestamp::parse_rfc5322(&text).map_or(Rank::Missing, |at| Rank::Number(i128::from(at.unix)))
        }
        Order::Numeric => {
            let digits: Vec<u8> =
                text.trim_ascii().iter().copied().take_while(u8::is_ascii_digit).take(30).collect();
            let number = std::str::from_utf8(&digits).ok().and_then(|digits| digits.parse().ok());
            number.map_or(Rank::Missing, Rank::Number)
        }
    })
}
