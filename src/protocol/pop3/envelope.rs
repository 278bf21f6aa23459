//! What a stored message still tells of its envelope: for SDPS, which sorts mail by it, and for XTND XMIT, which
//! makes one from the header.

use crate::mail::summary::field;

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

/// Everybody whom the header names as a recipient, each once: `sendmail -t` reads them so.
#[must_use]
pub fn recipients(header: &[u8]) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    for name in [&b"To"[..], b"Cc", b"Bcc"] {
        for address in addresses(&field(header, name).unwrap_or_default()) {
            if !all.iter().any(|known| known.eq_ignore_ascii_case(&address)) {
                all.push(address);
            }
        }
    }
    all
}

/// The addresses of a field, as far as sending needs them: what stands in `<>`, else the word with an `@`. Remarks
/// and quoted names are skipped (RFC 822 §6).
fn addresses(value: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let (mut words, mut bracketed, mut depth, mut quoted) = (Vec::new(), None::<Vec<u8>>, 0_u32, false);
    for octet in value.iter().chain(b",") {
        match octet {
            b'"' if depth == 0 => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted && depth > 0 => depth -= 1,
            _ if depth > 0 || quoted => {}
            b'<' => {
                words.clear();
                bracketed = None;
            }
            b'>' => bracketed = Some(std::mem::take(&mut words)),
            b',' | b';' => {
                let address = bracketed.take().unwrap_or_else(|| std::mem::take(&mut words));
                let address = address.trim_ascii();
                if !address.is_empty() && !address.contains(&b' ') {
                    found.push(address.to_vec());
                }
                words.clear();
            }
            // A group's name ends in a colon.
            b':' => words.clear(),
            octet => words.push(*octet),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_among_names_and_remarks() {
        for (value, found) in [
            ("bob@example.net", vec!["bob@example.net"]),
            (
                "\"Smith, Bob\" <bob@example.net>, carol@x.example (Carol, at home)",
                vec!["bob@example.net", "carol@x.example"],
            ),
            ("team: a@x, b@y;", vec!["a@x", "b@y"]),
            ("<>", vec![]),
            ("nobody in particular", vec![]),
            ("", vec![]),
            ("<unclosed", vec!["unclosed"]),
        ] {
            let got: Vec<String> =
                addresses(value.as_bytes()).iter().map(|a| String::from_utf8_lossy(a).into()).collect();
            assert_eq!(got, found, "{value}");
        }
    }

    #[test]
    fn an_envelope_is_read_from_its_traces() {
        let header = b"Return-Path: <bob@example.net>\r\nReceived: from a by b for <philh@vision25.demon.co.uk>; Mon\r\nTo: list@x\r\n\r\n";
        assert_eq!(
            (sender(header), recipient(header)),
            (b"bob@example.net".to_vec(), b"philh@vision25.demon.co.uk".to_vec())
        );
        assert_eq!(recipient(b"To: Phil <phil@host>\r\n\r\n"), b"phil@host");
        assert_eq!(recipients(b"To: a@x\r\nCc: A@X, b@y\r\nBcc: c@z\r\n\r\n"), [b"a@x", b"b@y", b"c@z"]);
    }
}
