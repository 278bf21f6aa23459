//! The text of an answer: made from its key, of exactly the length asked for.

use bytes::Bytes;

use crate::mail::date::Timestamp;
use crate::mail::summary::{self, Key};

/// The shortest answer, in octets: room for its header.
pub const ANSWER_OCTETS_MIN: u32 = 400;

/// The domain of everybody who takes part (RFC 2606 §3): nobody is ever written to for real.
pub const DOMAIN: &str = "example.org";

/// An answer, ready to be handed to SMTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whom it is for: the recipient in the envelope, without angle brackets.
    pub to: String,
    /// The message, lines ended by CR LF.
    pub octets: Bytes,
}

/// The address that an answer to a message with this header goes to: the author's name at [`DOMAIN`], or
/// `someone` if there is no usable name. Never `not_me`, the reader's own address.
#[must_use]
pub fn answer_address(header: &[u8], not_me: &str) -> String {
    let from =
        summary::field(header, b"reply-to").or_else(|| summary::field(header, b"from")).unwrap_or_default();
    let local = local_part(&from).unwrap_or_else(|| "someone".to_owned());
    let address = format!("{local}@{DOMAIN}");
    if address.eq_ignore_ascii_case(not_me) { format!("someone@{DOMAIN}") } else { address }
}

/// The local part of the first address in a field's value, if it is plain enough to need no quoting.
fn local_part(value: &[u8]) -> Option<String> {
    let at = memchr::memchr(b'@', value)?;
    let plain = |octet: &u8| octet.is_ascii_alphanumeric() || b"._-+".contains(octet);
    let local: Vec<u8> = value[..at].iter().rev().take_while(|octet| plain(octet)).copied().collect();
    let local: String = local.into_iter().rev().map(char::from).collect();
    let dots_fit = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    (!local.is_empty() && local.len() <= 64 && dots_fit).then_some(local)
}

/// The answer to the message with this key, `octets` long in all but never less than [`ANSWER_OCTETS_MIN`].
#[must_use]
pub fn answer(key: Key, from: &str, to: &str, octets: u32, date: Timestamp) -> Answer {
    let header = format!(
        "Date: {}\r\nFrom: {from}\r\nTo: {to}\r\nSubject: Re: your message\r\nMessage-ID: <{:016x}.answer@{DOMAIN}>\r\n\r\n",
        date.rfc5322(),
        key.0,
    );
    let length = octets.max(ANSWER_OCTETS_MIN) as usize;
    let body = text(length.saturating_sub(header.len()));
    Answer { to: to.to_owned(), octets: Bytes::from(header + &body) }
}

const WORDS: &str = "Thank you for your message. I have read it on the train and agree with most of it; the rest we \
    should talk over when we meet. Until then please go on as you propose, and let me know what it costs. ";

/// Exactly `octets` octets of text in lines of at most 72, each ended by CR LF; an odd octet that no line end
/// fits into joins the last line.
fn text(octets: usize) -> String {
    let mut words = WORDS.chars().cycle();
    let mut made = String::with_capacity(octets);
    while made.len() < octets {
        let left = octets - made.len();
        let line = if left <= 74 { left.saturating_sub(2) } else { 70 };
        made.extend(words.by_ref().take(line));
        made.push_str(if left == 1 { "." } else { "\r\n" });
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_exactly_the_length_asked_for_and_ends_its_last_line() {
        for octets in 400..800 {
            let made =
                answer(Key(9), "alice@example.org", "bob@example.org", octets, Timestamp::DEFAULT_START);
            assert_eq!(made.octets.len(), octets as usize);
            assert!(made.octets.ends_with(b"\r\n"), "{octets}");
            assert!(made.octets.split(|octet| *octet == b'\n').all(|line| line.len() <= 78), "{octets}");
        }
    }

    #[test]
    fn the_shortest_answer_still_has_room_for_the_longest_header() {
        let to = format!("{}@{DOMAIN}", "x".repeat(64));
        let made = answer(Key(u64::MAX), "alice@example.org", &to, 0, Timestamp::DEFAULT_START);
        assert_eq!(made.octets.len(), ANSWER_OCTETS_MIN as usize);
    }

    #[test]
    fn answers_go_to_the_author_at_a_domain_where_nobody_lives() {
        for (header, to) in [
            (&b"From: Bob <bob.b@isp.example>\r\n\r\n"[..], "bob.b@example.org"),
            (b"From: x@a\r\nReply-To: list-1@b\r\n", "list-1@example.org"),
            (b"From: carol@host (Carol)\r\n", "carol@example.org"),
            (b"From: \"odd one\"@host\r\n", "someone@example.org"),
            (b"From: Alice <alice@example.org>\r\n", "someone@example.org"),
            (b"From: ..@host\r\n", "someone@example.org"),
            (b"Subject: no author\r\n", "someone@example.org"),
        ] {
            assert_eq!(answer_address(header, "alice@example.org"), to);
        }
    }
}
