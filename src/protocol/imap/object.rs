//! OBJECTID: names that stay with a mailbox, a message, a conversation, whatever becomes of numbers and names
//! (RFC 8474). A client knows by them what it has already, and need not fetch it again.

use md5::{Digest, Md5};

use super::lexer::{Cursor, Read};
use super::thread::message_ids;
use crate::mail::message::Message;
use crate::mail::store::Mailbox;
use crate::mail::summary::field;

/// `MAILBOXID`: stays when the mailbox is renamed (RFC 8474 §4).
#[must_use]
pub fn mailbox_id(mailbox: &Mailbox) -> String {
    format!("F{:016x}", mailbox.object)
}

/// `EMAILID`: the same for the same octets, in whatever mailbox they are (RFC 8474 §5.1).
#[must_use]
pub fn email_id(message: &Message) -> String {
    format!("M{:032x}", u128::from_be_bytes(message.digest()))
}

/// `THREADID`: the same for all that goes back to one message, by what the message says itself, so that it never
/// changes (RFC 8474 §5.2): the oldest of its References, what it answers, or itself.
#[must_use]
pub fn thread_id(message: &Message) -> String {
    let first = |name: &[u8]| {
        let value = field(message.header(), name)?;
        message_ids(&value).into_iter().next()
    };
    let root = first(b"references").or_else(|| first(b"in-reply-to")).or_else(|| first(b"message-id"));
    let digest: [u8; 16] = root.map_or_else(|| message.digest(), |root| Md5::digest(root).into());
    format!("T{:032x}", u128::from_be_bytes(digest))
}

/// `SP objectid`: 1 to 255 letters, digits, `_` and `-` (RFC 8474 §7).
///
/// # Errors
/// A fault where there is none.
pub fn object_id(cursor: &mut Cursor<'_>) -> Read<String> {
    cursor.space("an object identifier")?;
    let start = cursor.at();
    let id = cursor.run(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-'));
    match id.len() {
        1..=255 => Ok(String::from_utf8_lossy(id).into_owned()),
        _ => cursor.fault_against(
            start,
            "an object identifier is 1 to 255 letters, digits, _ and -",
            "RFC 8474 §7",
        ),
    }
}
