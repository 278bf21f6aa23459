//! What the other end said, and what it can do.

use super::is_binary;
use crate::mail::envelope::{Body, Return};
use crate::mail::queue::Item;
use crate::protocol::smtp::parameter::to_xtext;

/// A whole reply of the other end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerReply {
    /// Its code.
    pub code: u16,
    /// Its lines without their codes, joined by line ends.
    pub text: String,
}

impl PeerReply {
    /// True for 2xx and 3xx.
    #[must_use]
    pub const fn is_positive(&self) -> bool {
        matches!(self.code, 200..=399)
    }

    /// True for 5xx: trying again is of no use.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        self.code >= 500
    }

    /// The enhanced status code at its start, if it has one of its class; else one that says only as much as the
    /// reply code (RFC 3463 §3.1).
    #[must_use]
    pub fn status(&self) -> String {
        let first = self.text.split([' ', '\n']).next().unwrap_or_default();
        let class = self.code / 100;
        let mut numbers = first.split('.');
        let is_status = numbers.next() == Some(&class.to_string())
            && numbers.clone().count() == 2
            && numbers
                .all(|number| (1..=3).contains(&number.len()) && number.bytes().all(|o| o.is_ascii_digit()));
        if is_status { first.to_owned() } else { format!("{class}.0.0") }
    }

    /// As a report shows it: `550 no such user`. What was no reply has no code.
    #[must_use]
    pub fn shown(&self) -> String {
        let text = self.text.replace('\n', " ");
        if self.is_none() { text } else { format!("{} {text}", self.code) }
    }

    /// The reply that is shown so; `None` for other words.
    #[must_use]
    pub fn shown_as(text: &str) -> Option<Self> {
        let (code, true, text) = Self::line(text.as_bytes())? else { return None };
        Some(Self { code, text })
    }

    /// What came in place of a reply.
    #[must_use]
    pub fn none(what: &str) -> Self {
        Self { code: 0, text: what.to_owned() }
    }

    /// True if it is none.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.code == 0
    }

    /// One line of a reply: its code, whether it is the last, its text. `None` if it is none.
    #[must_use]
    pub fn line(line: &[u8]) -> Option<(u16, bool, String)> {
        let (digits, text) = line.split_at_checked(3)?;
        let code: u16 =
            std::str::from_utf8(digits).ok()?.parse().ok().filter(|code| (200..600).contains(code))?;
        let (last, text) = match text.split_first() {
            None => (true, text),
            Some((b' ', text)) => (true, text),
            Some((b'-', text)) => (false, text),
            Some(_) => return None,
        };
        Some((code, last, String::from_utf8_lossy(text).into_owned()))
    }
}

/// What the other end announced after EHLO.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announced {
    /// Its name.
    pub host: String,
    /// It takes groups of commands.
    pub pipelining: bool,
    /// It takes chunks.
    pub chunking: bool,
    binary: bool,
    eight_bit: bool,
    /// It reports what becomes of messages.
    pub dsn: bool,
    utf8: bool,
    size: Option<u64>,
}

impl Announced {
    /// What the answer to EHLO says.
    #[must_use]
    pub fn after_ehlo(reply: &PeerReply) -> Self {
        let mut lines = reply.text.split('\n');
        let host = lines.next().and_then(|line| line.split(' ').next()).unwrap_or_default().to_owned();
        let mut peer = Self { host, ..Self::default() };
        for line in lines {
            let mut words = line.split(' ');
            match words.next().unwrap_or_default().to_ascii_uppercase().as_str() {
                "PIPELINING" => peer.pipelining = true,
                "CHUNKING" => peer.chunking = true,
                "BINARYMIME" => peer.binary = true,
                "8BITMIME" => peer.eight_bit = true,
                "DSN" => peer.dsn = true,
                "SMTPUTF8" => peer.utf8 = true,
                // "SIZE 0" and a bare SIZE mean that there is no fixed limit (RFC 1870 §4).
                "SIZE" => {
                    let limit = words.next().and_then(|number| number.parse().ok());
                    peer.size = Some(limit.unwrap_or(0));
                }
                _ => {}
            }
        }
        peer
    }

    /// Why it cannot take an item, if it cannot: status and words.
    #[must_use]
    pub fn cannot_take(&self, item: &Item) -> Option<(&'static str, &'static str)> {
        let octets = u64::from(item.message.size());
        match self {
            _ if is_binary(item) && !(self.binary && self.chunking) => {
                Some(("5.6.1", "the next host takes no binary mail"))
            }
            Self { eight_bit: false, .. } if item.body == Body::EightBit => {
                Some(("5.6.3", "the next host takes no 8-bit mail"))
            }
            Self { utf8: false, .. } if item.utf8 => {
                Some(("5.6.7", "the next host takes no addresses like these"))
            }
            Self { size: Some(limit), .. } if *limit > 0 && octets > *limit => {
                Some(("5.3.4", "the message is larger than the next host takes"))
            }
            _ => None,
        }
    }

    /// MAIL, with the parameters that the other end knows.
    #[must_use]
    pub fn mail(&self, item: &Item) -> String {
        let mut line = format!("MAIL FROM:<{}>", item.from);
        if self.size.is_some() {
            line += &format!(" SIZE={}", item.message.size());
        }
        if self.eight_bit && item.body != Body::SevenBit {
            line += &format!(" BODY={}", item.body.word());
        }
        if self.utf8 && item.utf8 {
            line += " SMTPUTF8";
        }
        if self.dsn {
            line += match item.ret {
                Some(Return::Full) => " RET=FULL",
                Some(Return::Headers) => " RET=HDRS",
                None => "",
            };
            if let Some(envid) = &item.envid {
                line += &format!(" ENVID={}", to_xtext(envid.as_bytes()));
            }
        }
        line + "\r\n"
    }

    /// RCPT for one recipient, with what the sender wants to hear.
    #[must_use]
    pub fn rcpt(&self, item: &Item, nth: usize) -> String {
        let Some(to) = item.recipients.get(nth) else { return "NOOP\r\n".to_owned() };
        let mut line = format!("RCPT TO:<{}>", to.address);
        if self.dsn {
            if let Some(notify) = to.notify {
                line += &format!(" NOTIFY={}", notify.words());
            }
            if let Some((kind, address)) = to.orcpt.as_deref().and_then(|orcpt| orcpt.split_once(';')) {
                line += &format!(" ORCPT={kind};{}", to_xtext(address.as_bytes()));
            }
        }
        line + "\r\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_taken_from_the_text_only_if_it_is_one() {
        for (code, text, status) in [
            (550, "5.1.1 no such user", "5.1.1"),
            (550, "no such user", "5.0.0"),
            (450, "5.1.1 classes differ", "4.0.0"),
            (550, "5.1 no", "5.0.0"),
            (550, "5.1.1.1 no", "5.0.0"),
            (250, "2.1.5\nmore", "2.1.5"),
        ] {
            assert_eq!(PeerReply { code, text: text.into() }.status(), status, "{text}");
        }
    }

    #[test]
    fn a_reply_that_is_shown_can_be_read_again() {
        let reply = PeerReply { code: 452, text: "4.2.2 full".into() };
        assert_eq!(PeerReply::shown_as(&reply.shown()), Some(reply));
        assert_eq!(PeerReply::shown_as(&PeerReply::none("what came was no reply").shown()), None);
    }

    #[test]
    fn what_is_no_reply_is_none() {
        for (line, reply) in [
            (&b"250 OK"[..], Some((250, true, "OK"))),
            (b"250-OK", Some((250, false, "OK"))),
            (b"250", Some((250, true, ""))),
            (b"25", None),
            (b"250OK", None),
            (b"+50 OK", None),
            (b"999 OK", None),
        ] {
            let read = PeerReply::line(line);
            assert_eq!(
                read.as_ref().map(|(code, last, text)| (*code, *last, text.as_str())),
                reply,
                "{line:?}"
            );
        }
    }
}
