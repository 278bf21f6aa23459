//! Messages that come from the client (RFC 1203, SEND, ADD.MESSAGE).

use std::sync::Arc;

use super::super::mailboxes;
use super::super::state::{Loan, Reply};
use super::change::made;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::UserId;
use crate::protocol::sendmail::{Sender, send as send_by_header};

/// SEND: the server sends a message to whom its header names. What cannot be delivered later comes back by mail.
pub fn send(user: UserId, text: &[u8], loan: &mut Loan<'_>) -> Reply {
    if let Err(why) = parsed(text) {
        return Reply::no(why);
    }
    let post = &*loan.settings.post;
    let sender = Sender { user, host: &loan.settings.host, with: "IMAP3 SEND", now: loan.now, post };
    match send_by_header(text, &sender, loan.store) {
        Ok(_) => Reply::done("SEND"),
        Err(why) => Reply::no(why),
    }
}

/// ADD.MESSAGE: as COPY of a message that the server does not have yet, so the mailbox is made if there is none.
pub fn add_message(user: UserId, name: &str, text: Vec<u8>, loan: &mut Loan<'_>) -> Reply {
    if let Err(why) = parsed(&text) {
        return Reply::no(why);
    }
    let Some(to) = made(user, name, loan) else {
        return Reply::no(mailboxes::no_such_mailbox(loan.store, user, name));
    };
    let date = loan.store.clock(loan.now);
    match loan.store.append(to, Arc::new(Message::new(text)), Flags::NONE, date) {
        Some(_) => Reply::done("ADD.MESSAGE"),
        None => Reply::no("the mailbox has no UIDs left"),
    }
}

/// Whether this is a message: it begins with a header field (RFC 822 §3.1).
fn parsed(text: &[u8]) -> Result<(), &'static str> {
    let line = text.split(|octet| *octet == b'\n').next().unwrap_or_default();
    let name = memchr::memchr(b':', line).map(|colon| line[..colon].trim_ascii_end());
    let is_field = name.is_some_and(|name| {
        !name.is_empty() && name.iter().all(|octet| matches!(octet, b'!'..=b'~') && *octet != b':')
    });
    if is_field { Ok(()) } else { Err("this is no message: it begins with no header field (RFC 822 §3.1)") }
}
