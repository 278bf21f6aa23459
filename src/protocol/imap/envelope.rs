//! ENVELOPE: the header's main fields, taken apart by the server (RFC 3501 §7.4.2).

use super::address::{Address, addresses};
use super::section::fields;
use super::wire;
use crate::mail::summary::field;

/// Writes the envelope of a header: date, subject, from, sender, reply-to, to, cc, bcc, in-reply-to, message-id.
pub fn write(out: &mut Vec<u8>, header: &[u8]) {
    let from = address_list(header, b"from");
    // A missing or empty Sender or Reply-To is the same as From.
    let or_from = |list: Vec<Address>| if list.is_empty() { from.clone() } else { list };
    let sender = or_from(address_list(header, b"sender"));
    let reply_to = or_from(address_list(header, b"reply-to"));

    out.push(b'(');
    // A bad date is returned as it stands; a field that is there and empty is an empty string.
    wire::nstring(out, field(header, b"date").as_deref());
    out.push(b' ');
    wire::nstring(out, field(header, b"subject").as_deref());
    for list in [&from, &sender, &reply_to] {
        write_list(out, list);
    }
    for name in [&b"to"[..], b"cc", b"bcc"] {
        write_list(out, &address_list(header, name));
    }
    for name in [&b"in-reply-to"[..], b"message-id"] {
        out.push(b' ');
        wire::nstring(out, field(header, name).as_deref());
    }
    out.push(b')');
}

/// The addresses of all fields of this name.
fn address_list(header: &[u8], name: &[u8]) -> Vec<Address> {
    fields(header).filter(|field| field.is_called(name)).flat_map(|field| addresses(&field.value())).collect()
}

fn write_list(out: &mut Vec<u8>, list: &[Address]) {
    if list.is_empty() {
        out.extend_from_slice(b" NIL");
        return;
    }
    out.extend_from_slice(b" (");
    for address in list {
        address.write(out);
    }
    out.push(b')');
}
