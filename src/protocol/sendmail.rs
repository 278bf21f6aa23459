//! Mail with its envelope read from its header, as `sendmail -t -oem` reads it: what POP3's XTND XMIT and IMAP3's SEND
//! hand in.

use std::sync::Arc;

use super::smtp::SmtpSettings;
use super::smtp::posting::{Places, author};
use crate::mail::message::Message;
use crate::mail::store::{Store, UserId};
use crate::mail::summary::field;
use crate::time::Instant;

/// Who sends, and how it came here.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// The user.
    pub user: UserId,
    /// The server's name.
    pub host: &'a str,
    /// By which command, for the trace line.
    pub with: &'a str,
    /// When.
    pub now: Instant,
    /// Where SMTP at this host would take it.
    pub post: &'a SmtpSettings,
}

/// Delivers a message to everybody whom its header names: into mailboxes here, and into the queue for other hosts, as
/// SMTP at this host would. All have it, or nobody. Gives how many recipients there are.
///
/// # Errors
/// Why it is not sent: the header names nobody, or somebody whom mail from here cannot reach.
pub fn send(text: &[u8], sender: &Sender<'_>, store: &mut Store) -> Result<usize, String> {
    let header = Message::new(text.to_vec()).header().clone();
    let recipients = recipients(&header);
    if recipients.is_empty() {
        return Err("its header names no recipient".to_owned());
    }
    let mut places = Places::default();
    for name in &recipients {
        match store.address_mailbox(name) {
            Some(mailbox) => places.add_mailbox(mailbox),
            None if !name.contains(&b'@') => {
                let name = String::from_utf8_lossy(name).escape_debug().to_string();
                return Err(format!("its header names `{name}`, without a domain, whom nobody here knows"));
            }
            None => places.add(&String::from_utf8_lossy(name), sender.post, store)?,
        }
    }
    let date = store.clock(sender.now);
    let trace = format!(
        "Received: from {} by {} with {};\r\n\t{}\r\n",
        store.user_name(sender.user),
        sender.host,
        sender.with,
        date.rfc5322()
    );
    let message = Arc::new(Message::new([trace.as_bytes(), &without_bcc(text, header.len())].concat()));
    let from = author(sender.user, store);
    places.post(&message, &from, (sender.now, date), store)?;
    Ok(recipients.len())
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
pub fn addresses(value: &[u8]) -> Vec<Vec<u8>> {
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

/// The text without its `Bcc` fields: the others need not know.
fn without_bcc(text: &[u8], header_octets: usize) -> Vec<u8> {
    let (header, body) = text.split_at(header_octets.min(text.len()));
    let mut kept = Vec::with_capacity(text.len());
    let mut hidden = false;
    for line in header.split_inclusive(|octet| *octet == b'\n') {
        let goes_on = matches!(line.first(), Some(b' ' | b'\t'));
        if !goes_on {
            hidden = line.get(..4).is_some_and(|name| name.eq_ignore_ascii_case(b"bcc:"));
        }
        if !hidden {
            kept.extend_from_slice(line);
        }
    }
    kept.extend_from_slice(body);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_named_once() {
        assert_eq!(recipients(b"To: a@x\r\nCc: A@X, b@y\r\nBcc: c@z\r\n\r\n"), [b"a@x", b"b@y", b"c@z"]);
    }

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
}
