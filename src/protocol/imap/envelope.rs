//! ENVELOPE: the header's main fields, taken apart by the server (RFC 3501 §7.4.2).

use super::address::{Address, addresses};
use super::section::{Unreadable, fields};
use super::wire;
use crate::mail::summary::field;

/// Writes the envelope of a header: date, subject, from, sender, reply-to, to, cc, bcc, in-reply-to, message-id.
///
/// # Errors
/// [`Unreadable::TooMuch`] when `out` has grown beyond `end`.
pub fn write(out: &mut Vec<u8>, header: &[u8], end: usize) -> Result<(), Unreadable> {
    write_by(out, header, end, Address::write)
}

/// The same, and behind each address its comment (RFC 1203, ENVELOPE).
///
/// # Errors
/// As [`write`].
pub fn write_with_comments(out: &mut Vec<u8>, header: &[u8], end: usize) -> Result<(), Unreadable> {
    write_by(out, header, end, Address::write_with_comment)
}

fn write_by(
    out: &mut Vec<u8>,
    header: &[u8],
    end: usize,
    write_address: fn(&Address, &mut Vec<u8>),
) -> Result<(), Unreadable> {
    out.push(b'(');
    // A bad date is returned as it stands; a field that is there and empty is an empty string.
    wire::nstring(out, field(header, b"date").as_deref());
    out.push(b' ');
    wire::nstring(out, field(header, b"subject").as_deref());
    let from_at = out.len();
    write_list(out, header, b"from", end, write_address)?;
    let from = from_at..out.len();
    for name in [&b"sender"[..], b"reply-to"] {
        // A missing or empty Sender or Reply-To is the same as From.
        if !write_list(out, header, name, end, write_address)? {
            out.truncate(out.len() - EMPTY.len());
            out.extend_from_within(from.clone());
        }
    }
    for name in [&b"to"[..], b"cc", b"bcc"] {
        write_list(out, header, name, end, write_address)?;
    }
    for name in [&b"in-reply-to"[..], b"message-id"] {
        out.push(b' ');
        wire::nstring(out, field(header, name).as_deref());
    }
    out.push(b')');
    if out.len() > end { Err(Unreadable::TooMuch) } else { Ok(()) }
}

/// A list without addresses.
const EMPTY: &[u8] = b" NIL";

/// Writes the addresses of all fields of this name. True if there are any.
fn write_list(
    out: &mut Vec<u8>,
    header: &[u8],
    name: &[u8],
    end: usize,
    write_address: fn(&Address, &mut Vec<u8>),
) -> Result<bool, Unreadable> {
    let start = out.len();
    out.extend_from_slice(b" (");
    for field in fields(header).filter(|field| field.is_called(name)) {
        for address in addresses(&field.value()) {
            write_address(&address, out);
            if out.len() > end {
                return Err(Unreadable::TooMuch);
            }
        }
    }
    if out.len() == start + 2 {
        out.truncate(start);
        out.extend_from_slice(EMPTY);
        return Ok(false);
    }
    out.push(b')');
    Ok(true)
}
