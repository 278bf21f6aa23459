//! What a stored message still tells of its envelope: for SDPS, which sorts mail by it.

use crate::mail::summary::field;
use crate::protocol::sendmail::addresses;

/// The sender: `Return-Path`, without its brackets. Empty for reports, which nobody answers.
#[must_use]
pub fn sender(header: &[u8]) -> Vec<u8> {
    field(header, b"Return-Path").and_then(|value| addresses(&value).into_iter().next()).unwrap_or_default()
}

/// The recipient: what `Received` says behind `for`, else the first address in `To`.
#[must_use]
pub fn recipient(header: &[u8]) -> Vec<u8> {
    let received = field(header, b"Received").unwrap_or_default();
    let behind_for = memchr::memmem::find(&received, b"for ").and_then(|at| {
        let rest = &received[at + 4..];
        let end = rest.iter().position(|octet| matches!(octet, b';' | b' ' | b'\t' | b'\r' | b'\n'));
        addresses(&rest[..end.unwrap_or(rest.len())]).into_iter().next()
    });
    let first_to = || field(header, b"To").and_then(|value| addresses(&value).into_iter().next());
    behind_for.or_else(first_to).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_is_read_from_its_traces() {
        let header = b"Return-Path: <bob@example.net>\r\nReceived: from a by b for <philh@vision25.demon.co.uk>; Mon\r\nTo: list@x\r\n\r\n";
        assert_eq!(
            (sender(header), recipient(header)),
            (b"bob@example.net".to_vec(), b"philh@vision25.demon.co.uk".to_vec())
        );
        assert_eq!(recipient(b"To: Phil <phil@host>\r\n\r\n"), b"phil@host");
    }
}
