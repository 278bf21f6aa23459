//! From SEND-MESSAGE into mailboxes (RFC 1056 §3.2, §4.4).
//!
//! `200` says that the whole text is here and that its header is one, and no more: whoever cannot be reached is
//! told of in return mail.

use std::sync::Arc;

use super::error::Refusal;
use super::session::Outside;
use super::state::Context;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::{MailboxId, UserId};
use crate::protocol::smtp::posting::{Places, author};

/// Takes a text in, and delivers it.
///
/// # Errors
/// [`Refusal::BadMessage`] if it is no message or goes to nobody.
pub fn send(text: &[u8], sender: UserId, context: &mut Context<'_>) -> Result<(), Refusal> {
    if context.settings.strict7 && !text.is_ascii() {
        return Err(Refusal::BadMessage("octets above 127, which have no place here".to_owned()));
    }
    let fields = header(text)?;
    let destinations = destinations(&fields);
    if destinations.is_empty() {
        return Err(Refusal::BadMessage("it goes to nobody: no To, Cc or Bcc".to_owned()));
    }
    let most = context.settings.limits.recipients;
    if destinations.len() > most {
        return Err(Refusal::BadMessage(format!("it goes to more than {most} addresses")));
    }
    let clock = context.store.clock(context.now);
    let sender_name = context.store.user_name(sender).to_owned();
    let message = completed(text, &fields, &sender_name, &clock.rfc5322());
    let from = author(sender, context.store);
    let mut done: Vec<MailboxId> = Vec::new();
    let (mut onward, mut sent_on) = (Places::default(), Vec::new());
    let mut unreached: Vec<String> = Vec::new();
    for destination in destinations {
        match (place(&destination, context), &context.settings.outside) {
            (Some(mailbox), _) if done.contains(&mailbox) => {}
            (Some(mailbox), _) => {
                done.push(mailbox);
                if context.store.append(mailbox, Arc::clone(&message), Flags::NONE, clock).is_none() {
                    unreached.push(destination);
                }
            }
            (None, Outside::Queued(post)) if onward.add(&destination, post, context.store).is_ok() => {
                sent_on.push(destination);
            }
            (None, _) => unreached.push(destination),
        }
    }
    if onward.post(&message, &from, (context.now, clock), context.store).is_err() {
        unreached.append(&mut sent_on);
    }
    if !unreached.is_empty() {
        return_mail(&sender_name, &unreached, &message, context);
    }
    Ok(())
}

/// A field: its name in lower case, its value, and where in the text it stands.
struct Field {
    name: String,
    value: Vec<u8>,
    at: std::ops::Range<usize>,
}

/// The header's fields.
fn header(text: &[u8]) -> Result<Vec<Field>, Refusal> {
    let mut fields: Vec<Field> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive(|octet| *octet == b'\n') {
        let range = at..at + line.len();
        at = range.end;
        let bare = line.trim_ascii_end();
        if bare.is_empty() {
            break;
        }
        let colon = memchr::memchr(b':', bare);
        match (line.first(), fields.last_mut(), colon) {
            (Some(b' ' | b'\t'), Some(field), _) => {
                field.value.push(b' ');
                field.value.extend_from_slice(bare.trim_ascii());
                field.at.end = range.end;
            }
            (Some(first), _, Some(colon)) if colon > 0 && !first.is_ascii_whitespace() => {
                let name = String::from_utf8_lossy(bare[..colon].trim_ascii_end()).to_ascii_lowercase();
                fields.push(Field { name, value: bare[colon + 1..].trim_ascii().to_vec(), at: range });
            }
            _ => {
                let shown = String::from_utf8_lossy(&bare[..bare.len().min(40)]).into_owned();
                return Err(Refusal::BadMessage(format!(
                    "`{shown}` is no header line: it has no field name"
                )));
            }
        }
    }
    Ok(fields)
}

/// Whom a header names: To, Cc and Bcc, or their Resent- forms if there are any (RFC 822 §4.2).
fn destinations(fields: &[Field]) -> Vec<String> {
    let named = |names: [&str; 3]| -> Vec<String> {
        let values = fields.iter().filter(|field| names.contains(&field.name.as_str()));
        values.flat_map(|field| addresses(&field.value)).collect()
    };
    let resent = named(["resent-to", "resent-cc", "resent-bcc"]);
    if resent.is_empty() { named(["to", "cc", "bcc"]) } else { resent }
}

/// The addresses in a field's value: comments and display names left out, groups opened.
fn addresses(value: &[u8]) -> Vec<String> {
    let (mut found, mut plain, mut angle) = (Vec::new(), String::new(), None::<String>);
    let (mut comment, mut quoted, mut escaped) = (0_u32, false, false);
    let mut end = |plain: &mut String, angle: &mut Option<String>| {
        let address = angle.take().unwrap_or_else(|| std::mem::take(plain)).trim().to_owned();
        plain.clear();
        if !address.is_empty() {
            found.push(address);
        }
    };
    let mut in_angle = false;
    for octet in value {
        let c = char::from(*octet);
        if std::mem::take(&mut escaped) {
            continue;
        }
        match c {
            '\\' if quoted || comment > 0 => escaped = true,
            '"' if comment == 0 => quoted = !quoted,
            '(' if !quoted => comment += 1,
            ')' if !quoted => comment = comment.saturating_sub(1),
            _ if comment > 0 => {}
            '<' if !quoted => (in_angle, angle) = (true, Some(String::new())),
            '>' if !quoted => in_angle = false,
            ',' | ';' if !quoted => end(&mut plain, &mut angle),
            ':' if !quoted && !in_angle => plain.clear(),
            _ => match &mut angle {
                Some(angle) if in_angle => angle.push(c),
                Some(_) => {}
                None => plain.push(c),
            },
        }
    }
    end(&mut plain, &mut angle);
    found
}

/// Where mail for an address goes: into a mailbox here, or to whoever carries it on.
fn place(address: &str, context: &Context<'_>) -> Option<MailboxId> {
    let Context { settings, store, .. } = context;
    let local = match address.rsplit_once('@') {
        None => Some(address),
        Some((local, host)) => {
            let ours = settings.local_hosts.iter().any(|known| known.eq_ignore_ascii_case(host));
            ours.then_some(local)
        }
    };
    let by_name = |name: &str| store.address_mailbox(name.as_bytes());
    match (store.address_mailbox(address.as_bytes()), local, &settings.outside) {
        (Some(mailbox), ..) => Some(mailbox),
        (None, Some(local), _) => by_name(local),
        (None, None, Outside::Returned | Outside::Queued(_)) => None,
        (None, None, Outside::Into(user)) => store.user(user.as_bytes()).and_then(|user| store.inbox(user)),
    }
}

/// The message as it is delivered: without Bcc, with a Date and a From.
fn completed(text: &[u8], fields: &[Field], sender: &str, date: &str) -> Arc<Message> {
    let mut octets = Vec::with_capacity(text.len() + 80);
    let has = |name: &str| fields.iter().any(|field| field.name == name);
    if !has("date") {
        octets.extend_from_slice(format!("Date: {date}\r\n").as_bytes());
    }
    if !has("from") {
        octets.extend_from_slice(format!("From: {sender}\r\n").as_bytes());
    }
    let mut rest = 0;
    for field in fields.iter().filter(|field| matches!(field.name.as_str(), "bcc" | "resent-bcc")) {
        octets.extend_from_slice(&text[rest..field.at.start]);
        rest = field.at.end;
    }
    octets.extend_from_slice(&text[rest..]);
    Arc::new(Message::new(octets))
}

/// Tells the sender whom the message did not reach.
fn return_mail(sender: &str, unreached: &[String], message: &Message, context: &mut Context<'_>) {
    let Some(mailbox) = place(sender, context) else { return };
    let clock = context.store.clock(context.now);
    let header = String::from_utf8_lossy(message.header()).into_owned();
    let whom: String = unreached
        .iter()
        .map(|address| address.replace(|c: char| c.is_ascii_control(), " "))
        .map(|address| format!("  {address}: no such address here\r\n"))
        .collect();
    let text = format!(
        "Date: {}\r\nFrom: postmaster\r\nTo: {sender}\r\nSubject: Returned mail\r\n\r\nYour message did not \
         reach:\r\n{whom}\r\nIts header was:\r\n\r\n{header}",
        clock.rfc5322()
    );
    context.store.append(mailbox, Arc::new(Message::new(text.into_bytes())), Flags::NONE, clock);
}
