//! SORT: messages that match, in an order (RFC 5256 §3).

use std::cmp::Ordering;

use super::address::{Address, addresses};
use super::command::{Question, SortBy, SortKey};
use super::context;
use super::search::{Found, matching};
use super::section::fields;
use super::state::{Loan, Reply};
use super::subject::base_subject;
use super::view::View;
use crate::mail::date::Timestamp;
use crate::mail::decode;
use crate::mail::store::Entry;
use crate::mail::summary::field;

/// What a message is sorted by, one for each criterion.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Number(i64),
    Text(String),
}

/// Answers SORT and UID SORT.
pub fn sort(view: &View, tag: &[u8], question: &Question, order: &[SortKey], loan: &mut Loan<'_>) -> Reply {
    let found = match matching(view, question, loan) {
        Ok(found) => found,
        Err(reply) => return reply,
    };
    let mut ranked: Vec<(Vec<Rank>, _)> = found
        .messages
        .into_iter()
        .filter_map(|message| {
            let entry = view.entries().get(message.0 as usize - 1)?;
            Some((order.iter().map(|key| rank(key.by, entry)).collect(), message))
        })
        .collect();
    // Stable: between equals the number decides, and REVERSE does not turn that round (RFC 5256 §3).
    ranked.sort_by(|(a, _), (b, _)| compare(a, b, order));
    let sorted = Found { messages: ranked.into_iter().map(|(_, message)| message).collect() };
    match question.returns {
        Some(returns) => {
            let mut text = sorted.extended(tag, question, returns);
            // A sorted result would have to be sorted anew with each change (RFC 5267 §4.3.1 lets a server refuse).
            if returns.update {
                context::write_refusal(tag, &mut text);
            }
            loan.out.write(text);
        }
        None => loan.out.write(sorted.plain("SORT", question)),
    }
    Reply::done(if question.by_uid { "UID SORT" } else { "SORT" })
}

fn compare(a: &[Rank], b: &[Rank], order: &[SortKey]) -> Ordering {
    a.iter()
        .zip(b)
        .zip(order)
        .map(|((a, b), key)| if key.reverse { b.cmp(a) } else { a.cmp(b) })
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn rank(by: SortBy, entry: &Entry) -> Rank {
    match by {
        SortBy::Arrival => Rank::Number(entry.internal_date.unix),
        SortBy::Date => Rank::Number(sent(entry)),
        SortBy::Size => Rank::Number(i64::from(entry.message.size())),
        SortBy::Subject => Rank::Text(folded(&subject(entry).0)),
        SortBy::From => Rank::Text(first_address(entry, b"from")),
        SortBy::To => Rank::Text(first_address(entry, b"to")),
        SortBy::Cc => Rank::Text(first_address(entry, b"cc")),
    }
}

/// The moment in the Date field; without one, when the message came in (RFC 5256 §2.2).
pub fn sent(entry: &Entry) -> i64 {
    field(entry.message.header(), b"date")
        .and_then(|value| Timestamp::parse_rfc5322(&value))
        .unwrap_or(entry.internal_date)
        .unix
}

/// The base subject, and whether it says that another message is answered.
pub fn subject(entry: &Entry) -> (String, bool) {
    let value = field(entry.message.header(), b"subject").unwrap_or_default();
    base_subject(&decode::header(&value))
}

/// Letters are compared without their case (RFC 5256 §1: i;unicode-casemap).
pub fn folded(text: &str) -> String {
    text.to_uppercase()
}

/// What stands before the `@` of the first address.
fn first_address(entry: &Entry, name: &[u8]) -> String {
    let first = fields(entry.message.header())
        .filter(|field| field.is_called(name))
        .find_map(|field| addresses(&field.value()).next());
    match first {
        Some(Address::Mailbox { local, .. } | Address::GroupStart(local)) => {
            folded(&String::from_utf8_lossy(&local))
        }
        Some(Address::GroupEnd) | None => String::new(),
    }
}
