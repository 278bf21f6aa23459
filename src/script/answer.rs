//! Where an answer of the server ends: enough of each protocol's framing for `S..` and for a prompt.
//!
//! POP3: a first line, and after LIST, UIDL, RETR and TOP more lines up to a lone dot (RFC 1939 §3).
//! SMTP: lines with a hyphen behind the code, then one with a space (RFC 821 App. E).
//! DMSP: a first line, and after the codes that announce a list more lines up to a lone dot (RFC 1056 §4.2).
//! IMAP: untagged responses, literals among them, then the tagged one (RFC 3501 §2.2.2).

use std::collections::VecDeque;

use crate::desk::Service;
use crate::protocol::imap::literal::completes;

/// Follows both directions of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    service: Service,
    /// What has not been answered to the end, oldest first: has a good answer lines after the first?
    asked: VecDeque<bool>,
    inside: Inside,
    greeted: bool,
    sending: Sending,
    /// What the client has sent of its next line.
    begun: Vec<u8>,
    /// A good answer lets the text of a message follow (POP3's XTND XMIT).
    mail_follows: bool,
    /// Octets that the server last announced: the next RETR brings so many (POP2), or the next RCEV (POP1).
    announced: u64,
    /// The answer that is owed next is so many octets and no line.
    counted: bool,
    /// The tag of a COMPRESS whose answer is owed (RFC 4978 §3).
    compresses: Option<Vec<u8>>,
}

/// What the server's next line belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    /// It begins a response or an answer.
    Begin,
    /// It goes on with one, up to a lone dot.
    Dotted,
    /// It goes on with a reply whose code was followed by a hyphen.
    Hyphen,
    /// It goes on with a response; so many octets of it are a literal's.
    Literal(u64),
}

/// What the client's next octets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sending {
    /// A command.
    Command,
    /// So many octets of a literal, and then the rest of its command.
    Literal(u64),
    /// Lines of a message, up to a lone dot.
    Mail,
}

impl Answers {
    /// Of a connection that has just been opened: the server owes a greeting.
    #[must_use]
    pub fn new(service: Service) -> Self {
        Self {
            service,
            asked: VecDeque::from([false]),
            inside: Inside::Begin,
            greeted: false,
            sending: Sending::Command,
            begun: Vec::new(),
            mail_follows: false,
            announced: 0,
            counted: false,
            compresses: None,
        }
    }

    /// The client has sent these octets.
    pub fn sent(&mut self, octets: &[u8]) {
        for octet in octets {
            if let Sending::Literal(left @ 1..) = self.sending {
                self.sending = Sending::Literal(left - 1);
            } else if *octet == b'\n' {
                let mut line = std::mem::take(&mut self.begun);
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                self.sent_line(&line);
            } else {
                self.begun.push(*octet);
            }
        }
    }

    fn sent_line(&mut self, line: &[u8]) {
        match (self.service, self.sending) {
            (Service::Smtp | Service::Lmtp | Service::Dmsp | Service::Pop3, Sending::Mail)
                if line != b"." => {}
            (Service::Imap, _) if literal(line).is_some() => {
                self.sending = Sending::Literal(literal(line).unwrap_or(0));
            }
            _ => {
                self.sending = Sending::Command;
                let mut words = line.split(|octet| *octet == b' ').filter(|word| !word.is_empty());
                let verb = words.next().unwrap_or_default().to_ascii_uppercase();
                let second = words.next();
                if self.service == Service::Imap
                    && second.is_some_and(|word| word.eq_ignore_ascii_case(b"COMPRESS"))
                {
                    self.compresses = line.split(|octet| *octet == b' ').next().map(<[u8]>::to_vec);
                }
                let alone = second.is_none();
                let sends = (&*verb == b"XTND"
                    && second.is_some_and(|word| word.eq_ignore_ascii_case(b"XMIT")))
                    || &*verb == b"STOR";
                let many = matches!(&*verb, b"RETR" | b"TOP" | b"CAPA" | b"*ENV" | b"LFLD")
                    || (&*verb == b"XTND" && !sends)
                    || (matches!(&*verb, b"LIST" | b"UIDL" | b"LANG") && alone);
                self.counted |= match self.service {
                    Service::Pop2 => &*verb == b"RETR",
                    Service::Pop1 => matches!(&*verb, b"RCEV" | b"RECV"),
                    _ => false,
                };
                self.mail_follows |= sends && self.service == Service::Pop3;
                self.asked.push_back(many && self.service == Service::Pop3);
            }
        }
    }

    /// Nothing is owed: every answer is complete.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.inside == Inside::Begin && self.asked.is_empty()
    }

    /// The next line goes on with an answer of which lines have been read.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        self.inside != Inside::Begin
    }

    /// How many answers are owed.
    #[must_use]
    pub fn owed(&self) -> usize {
        self.asked.len()
    }

    /// Answers end with a tagged line, and any number of responses may stand before it.
    #[must_use]
    pub fn is_tagged(&self) -> bool {
        self.service == Service::Imap && !self.asked.is_empty()
    }

    /// A line that would begin now ends the answer by itself and is read by itself: IMAP's tagged response, and
    /// its request to go on.
    #[must_use]
    pub fn ends_alone(&self, line: &[u8]) -> bool {
        self.service == Service::Imap
            && self.inside == Inside::Begin
            && (line.starts_with(b"+") || completes(line))
    }

    /// A line of the server, without its line end, has been read.
    pub fn read(&mut self, line: &[u8]) {
        match (self.service, self.inside) {
            (Service::Pop3 | Service::Dmsp, Inside::Dotted) => {
                if line == b"." {
                    self.answered();
                }
            }
            (Service::Pop3, _) => {
                if std::mem::take(&mut self.mail_follows) && self.asked.len() == 1 && line.starts_with(b"+OK")
                {
                    self.sending = Sending::Mail;
                }
                if self.asked.front() == Some(&true) && line.starts_with(b"+OK") {
                    self.inside = Inside::Dotted;
                } else {
                    self.answered();
                }
            }
            (Service::Pop2 | Service::Pop1, inside) => self.counted(line, inside),
            (Service::Poppassd, _) => self.answered(),
            (Service::Smtp | Service::Lmtp, _) if line.get(3) == Some(&b'-') => self.inside = Inside::Hyphen,
            (Service::Smtp | Service::Lmtp, _) => {
                if line.starts_with(b"354") {
                    self.sending = Sending::Mail;
                }
                self.answered();
            }
            (Service::Dmsp, _) => match line.get(..3) {
                Some(b"100" | b"220" | b"230" | b"240" | b"241" | b"250" | b"251" | b"260") => {
                    self.inside = Inside::Dotted;
                }
                code => {
                    if code == Some(b"350") {
                        self.sending = Sending::Mail;
                    }
                    self.answered();
                }
            },
            (Service::Imap, Inside::Literal(left)) => self.within_literal(line, left),
            (Service::Imap, _) => {
                // The greeting is the one untagged response that answers by itself (RFC 3501 §7.1).
                let greets = !std::mem::replace(&mut self.greeted, true);
                if let Some(octets) = literal(line) {
                    self.inside = Inside::Literal(octets);
                } else if completes(line) || greets {
                    self.answered();
                }
            }
        }
    }

    /// True for the line with which a server agrees to COMPRESS: both ends deflate what follows (RFC 4978 §3).
    pub fn agrees_to_deflate(&mut self, line: &[u8]) -> bool {
        let Some(rest) = self.compresses.as_deref().and_then(|tag| line.strip_prefix(tag)) else {
            return false;
        };
        let answers = self.inside == Inside::Begin && rest.starts_with(b" ");
        if answers {
            self.compresses = None;
        }
        answers && rest.get(..4).is_some_and(|status| status.eq_ignore_ascii_case(b" OK "))
    }

    /// POP2 and POP1: a line, or as many octets as were announced before.
    fn counted(&mut self, line: &[u8], inside: Inside) {
        let left = match inside {
            Inside::Literal(left) => left,
            _ if self.counted && self.asked.len() == 1 && !line.starts_with(b"- ") => self.announced,
            _ => {
                let sign = if self.service == Service::Pop2 { b'=' } else { b'#' };
                if let Some(rest) = line.strip_prefix(&[sign]) {
                    let digits = rest.iter().take_while(|octet| octet.is_ascii_digit());
                    self.announced = digits.fold(0, |number: u64, digit| {
                        number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
                    });
                }
                return self.answered();
            }
        };
        self.counted = false;
        let octets = line.len() as u64 + 2;
        if left > octets {
            self.inside = Inside::Literal(left - octets);
        } else {
            self.answered();
        }
    }

    fn within_literal(&mut self, line: &[u8], left: u64) {
        let octets = line.len() as u64 + 2;
        if left >= octets {
            self.inside = Inside::Literal(left - octets);
            return;
        }
        let after = usize::try_from(left).ok().and_then(|left| line.get(left..)).unwrap_or_default();
        self.inside = literal(after).map_or(Inside::Begin, Inside::Literal);
    }

    fn answered(&mut self) {
        self.inside = Inside::Begin;
        self.asked.pop_front();
    }
}

/// The octets of the literal that this line announces: `... {123}` (RFC 3501 §4.3).
fn literal(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"}")?;
    let open = line.iter().rposition(|octet| *octet == b'{')?;
    std::str::from_utf8(line.get(open + 1..)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(service: Service, sent: &[&str], lines: &str, complete: &str) {
        let mut answers = Answers::new(service);
        for line in sent {
            answers.sent(line.as_bytes());
            answers.sent(b"\r\n");
        }
        let mut found = String::new();
        for line in lines.split('|') {
            answers.read(line.as_bytes());
            found.push(match (answers.is_complete(), answers.is_inside()) {
                (true, _) => 'c',
                (false, true) => 'i',
                (false, false) => '.',
            });
        }
        assert_eq!(found, complete, "{lines}");
    }

    #[test]
    fn pop3_answers_end_at_the_dot_where_there_are_many_lines() {
        check(Service::Pop3, &["STAT", "LIST", "LIST 1"], "+OK hi|+OK 1 2|+OK|1 2|.|+OK 1 2", "..ii.c");
        check(Service::Pop3, &["retr 9"], "+OK hi|-ERR no", ".c");
    }

    #[test]
    fn smtp_replies_end_at_the_space_and_mail_is_one_command() {
        check(Service::Smtp, &["EHLO x"], "220 hi|250-x|250 SIZE", ".ic");
        let mut answers = Answers::new(Service::Smtp);
        answers.read(b"220 hi");
        answers.sent(b"DATA\r\n");
        answers.read(b"354 go on");
        answers.sent(b"Subject: x\r\n\r\nQUIT\r\n");
        assert!(answers.is_complete());
        answers.sent(b".\r\n");
        assert!(!answers.is_complete());
        answers.read(b"250 taken");
        assert!(answers.is_complete());
    }

    #[test]
    fn pop2_answers_are_lines_or_as_many_octets_as_were_announced() {
        let sent = ["HELO a b", "READ"];
        check(Service::Pop2, &sent, "+ POP2 hi|#1|=9 characters", "..c");
        let mut answers = Answers::new(Service::Pop2);
        for (sent, lines, complete) in
            [("READ", "+ POP2 hi|=9 characters", ".c"), ("RETR", "a: b||c", "iic"), ("ACKD", "=0", "c")]
        {
            answers.sent(format!("{sent}\r\n").as_bytes());
            let mut found = String::new();
            for line in lines.split('|') {
                answers.read(line.as_bytes());
                found.push(if answers.is_complete() {
                    'c'
                } else if answers.is_inside() {
                    'i'
                } else {
                    '.'
                });
            }
            assert_eq!(found, complete, "{sent}");
        }
    }

    #[test]
    fn dmsp_answers_end_at_the_dot_where_the_code_announces_a_list() {
        check(Service::Dmsp, &["LOGIN", "LIST-MAILBOXES"], "200 hi|200 OK|230 list|fred 1 0 0|.", "..iic");
    }

    #[test]
    fn imap_answers_end_at_the_tag_and_literals_are_counted() {
        check(
            Service::Imap,
            &["a FETCH 1 BODY[]"],
            "* OK hi|* 1 FETCH (BODY[] {9}|b OK|x|y)|* 2 FETCH (X {3}|abc)|a OK done",
            ".iii.i.c",
        );
        check(
            Service::Imap,
            &["a LOGIN {5}", "alice {6}", "secret", "b NOOP"],
            "* OK|+ go|a OK|b OK",
            "...c",
        );
    }

    #[test]
    fn data_with_tags_does_not_end_an_answer() {
        check(
            Service::Imap,
            &["e SELECT INBOX"],
            "* OK hi|e FLAGS (x)|e 2 EXISTS|* 1 RECENT|e OK done",
            "....c",
        );
    }
}
