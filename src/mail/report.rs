//! Reports: what became of a message, told to whoever sent it (RFC 3464, in the form of RFC 6522).
//!
//! Three parts: a few sentences for people, fields for programs, and the message or its header. A report goes to the
//! reverse-path and has none itself, so that no report is ever answered by another (RFC 5321 §4.5.5).

use std::fmt::Write;

use super::date::Timestamp;
use super::envelope::Return;

/// What became of a recipient (RFC 3464 §2.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The message will not be delivered.
    Failed,
    /// It is late, and will be tried again.
    Delayed,
    /// It is in the mailbox.
    Delivered,
    /// It was handed to a host that sends no such reports.
    Relayed,
    /// It was given to all who stand on a list.
    Expanded,
}

impl Action {
    /// As the field has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Delayed => "delayed",
            Self::Delivered => "delivered",
            Self::Relayed => "relayed",
            Self::Expanded => "expanded",
        }
    }

    const fn subject(self) -> &'static str {
        match self {
            Self::Failed => "Your message could not be delivered",
            Self::Delayed => "Your message is late",
            Self::Delivered => "Your message was delivered",
            Self::Relayed => "Your message was passed on",
            Self::Expanded => "Your message was given to a list",
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Failed => "This host could not deliver your message, and will not try again.",
            Self::Delayed => {
                "Your message still waits at this host, which goes on trying. Send it no second time."
            }
            Self::Delivered => "Your message is in the mailbox of its recipient.",
            Self::Relayed => "Your message was handed to a host that does not report what becomes of it.",
            Self::Expanded => "Your message was given to all who stand on the list.",
        }
    }
}

/// What became of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The address as this host had it.
    pub address: String,
    /// The address that the sender meant, with its type, if that was said (RFC 3461 §4.2).
    pub orcpt: Option<String>,
    /// What became of it.
    pub action: Action,
    /// The status code: `5.1.1` (RFC 3463).
    pub status: String,
    /// The host that said so, if it was another one.
    pub remote: Option<String>,
    /// What it said.
    pub diagnostic: Option<String>,
}

/// A report before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report<'a> {
    /// The host that reports.
    pub host: &'a str,
    /// Whom it tells: an address without angle brackets.
    pub to: &'a str,
    /// The time.
    pub at: Timestamp,
    /// When the message came in here.
    pub arrived: Timestamp,
    /// Makes its Message-ID one of a kind.
    pub number: u32,
    /// The sender's own name for the sending.
    pub envid: Option<&'a str>,
    /// How much of the message it brings back.
    pub ret: Option<Return>,
    /// The recipients; all have the same action.
    pub recipients: Vec<Recipient>,
    /// Until when the host goes on trying, where a message is late.
    pub retries_until: Option<Timestamp>,
    /// The message.
    pub original: &'a [u8],
}

impl Report<'_> {
    /// The report as a message.
    #[must_use]
    pub fn text(&self) -> Vec<u8> {
        let action = self.recipients.first().map_or(Action::Failed, |recipient| recipient.action);
        let original = self.returned(action);
        let boundary = boundary(original, self.number);
        let mut text = self.header(action, &boundary);
        let eight_bit = !original.is_ascii();
        let encoding = if eight_bit { "Content-Transfer-Encoding: 8bit\r\n" } else { "" };
        let whole = original.len() == self.original.len();
        let kind = if whole { "message/rfc822" } else { "text/rfc822-headers" };
        let _ = write!(text, "--{boundary}\r\nContent-Type: {kind}\r\n{encoding}\r\n");
        let mut octets = text.into_bytes();
        octets.extend_from_slice(original);
        if !original.ends_with(b"\r\n") {
            octets.extend_from_slice(b"\r\n");
        }
        octets.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        octets
    }

    /// A failure brings back the whole message unless only its header was asked for; whatever else is told brings
    /// back the header (RFC 3461 §5.2, §6.2).
    fn returned(&self, action: Action) -> &[u8] {
        let whole = match self.ret {
            Some(Return::Full) => true,
            Some(Return::Headers) => false,
            None => action == Action::Failed,
        };
        let header =
            memchr::memmem::find(self.original, b"\r\n\r\n").map_or(self.original.len(), |at| at + 2);
        let end = if whole && action == Action::Failed { self.original.len() } else { header };
        self.original.get(..end).unwrap_or_default()
    }

    fn header(&self, action: Action, boundary: &str) -> String {
        let (host, date) = (self.host, self.at.rfc5322());
        let mut text = format!(
            "Date: {date}\r\nFrom: Mail Delivery Subsystem <postmaster@{host}>\r\nTo: <{}>\r\n\
             Subject: {}\r\nMessage-ID: <report.{}.{}@{host}>\r\nAuto-Submitted: auto-replied\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n\
             \tboundary=\"{boundary}\"\r\n\r\n--{boundary}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n",
            self.to,
            action.subject(),
            self.at.unix,
            self.number,
        );
        let _ = write!(text, "{}\r\n\r\n", action.sentence());
        for recipient in &self.recipients {
            let _ = write!(text, "    {}\r\n", one_line(&recipient.address));
            if let Some(diagnostic) = &recipient.diagnostic {
                let _ = write!(text, "        {}\r\n", one_line(diagnostic));
            }
        }
        let _ = write!(text, "\r\n--{boundary}\r\nContent-Type: message/delivery-status\r\n\r\n");
        let _ = write!(text, "Reporting-MTA: dns; {host}\r\n");
        if let Some(envid) = self.envid {
            let _ = write!(text, "Original-Envelope-Id: {}\r\n", one_line(envid));
        }
        let _ = write!(text, "Arrival-Date: {}\r\n", self.arrived.rfc5322());
        for recipient in &self.recipients {
            self.recipient(recipient, &mut text);
        }
        text.push_str("\r\n");
        text
    }

    fn recipient(&self, recipient: &Recipient, text: &mut String) {
        text.push_str("\r\n");
        if let Some(orcpt) = &recipient.orcpt {
            let _ = write!(text, "Original-Recipient: {}\r\n", one_line(orcpt));
        }
        let _ = write!(text, "Final-Recipient: rfc822;{}\r\n", one_line(&recipient.address));
        let _ = write!(text, "Action: {}\r\nStatus: {}\r\n", recipient.action.word(), recipient.status);
        if let Some(remote) = &recipient.remote {
            let _ = write!(text, "Remote-MTA: dns; {}\r\n", one_line(remote));
        }
        if let Some(diagnostic) = &recipient.diagnostic {
            let _ = write!(text, "Diagnostic-Code: smtp; {}\r\n", one_line(diagnostic));
        }
        if let Some(until) = self.retries_until {
            let _ = write!(text, "Will-Retry-Until: {}\r\n", until.rfc5322());
        }
    }
}

/// A boundary that is no part of the message.
fn boundary(original: &[u8], number: u32) -> String {
    let mut nth = 0;
    loop {
        let boundary = format!("=_report_{number}_{nth}");
        if memchr::memmem::find(original, boundary.as_bytes()).is_none() {
            return boundary;
        }
        nth += 1;
    }
}

/// What other hosts said, without anything that could begin another field.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(900).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::message::Message;

    fn report<'a>(recipients: Vec<Recipient>, ret: Option<Return>, original: &'a [u8]) -> Report<'a> {
        Report {
            host: "relay.example",
            to: "alice@example.org",
            at: Timestamp::DEFAULT_START,
            arrived: Timestamp::DEFAULT_START,
            number: 7,
            envid: Some("QQ314159"),
            ret,
            recipients,
            retries_until: None,
            original,
        }
    }

    fn failed(diagnostic: &str) -> Recipient {
        Recipient {
            address: "bob@big-bucks.example".into(),
            orcpt: Some("rfc822;Bob@Big-Bucks.example".into()),
            action: Action::Failed,
            status: "5.1.1".into(),
            remote: Some("mail.big-bucks.example".into()),
            diagnostic: Some(diagnostic.into()),
        }
    }

    #[test]
    fn a_report_is_multipart_of_three() {
        let original = b"Subject: money\r\n\r\nPlease.\r\n";
        let text = report(vec![failed("550 no such user")], None, original).text();
        let message = Message::new(text.clone());
        let parts = message.structure();
        assert!(parts.at(&[3]).is_some() && parts.at(&[4]).is_none());
        let text = String::from_utf8(text).unwrap();
        for wanted in [
            "Content-Type: multipart/report; report-type=delivery-status;",
            "Reporting-MTA: dns; relay.example\r\nOriginal-Envelope-Id: QQ314159\r\n",
            "\r\n\r\nOriginal-Recipient: rfc822;Bob@Big-Bucks.example\r\nFinal-Recipient: rfc822;bob@big-bucks.example\r\n\
             Action: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mail.big-bucks.example\r\n\
             Diagnostic-Code: smtp; 550 no such user\r\n",
            "Content-Type: message/rfc822\r\n\r\nSubject: money\r\n\r\nPlease.\r\n--",
        ] {
            assert!(text.contains(wanted), "{wanted}\n{text}");
        }
    }

    /// RFC 3464 appendix E, the simple report and the one about several recipients, in the fields that programs read.
    /// Deviations: no Last-Attempt-Date, which is optional (§2.3.7); one report holds one action, so that the recipient who
    /// is late has a report of their own; and a status has no remark in brackets.
    #[test]
    fn the_reports_of_rfc_3464_appendix_e_have_these_fields() {
        let about = |address: &str, status: &str, remote: Option<&str>, said: &str, action| Recipient {
            address: address.into(),
            orcpt: Some(format!("rfc822;{address}")),
            action,
            status: status.into(),
            remote: remote.map(str::to_owned),
            diagnostic: (!said.is_empty()).then(|| said.into()),
        };
        let fields = |recipients| {
            let report =
                Report { host: "cs.utk.edu", envid: None, ..report(recipients, None, b"To: x\r\n\r\n") };
            let text = String::from_utf8(report.text()).unwrap();
            let (_, fields) = text.split_once("message/delivery-status\r\n\r\n").unwrap();
            let (fields, _) = fields.split_once("\r\n\r\n--").unwrap();
            fields.lines().filter(|line| !line.starts_with("Arrival-Date")).collect::<Vec<_>>().join("\n")
        };
        let simple =
            about("louisl@larry.slip.umd.edu", "4.0.0", None, "426 connection timed out", Action::Failed);
        assert_eq!(
            fields(vec![simple]),
            "Reporting-MTA: dns; cs.utk.edu\n\n\
             Original-Recipient: rfc822;louisl@larry.slip.umd.edu\n\
             Final-Recipient: rfc822;louisl@larry.slip.umd.edu\n\
             Action: failed\nStatus: 4.0.0\nDiagnostic-Code: smtp; 426 connection timed out"
        );
        let ibm = "550 'arathib@vnet.IBM.COM' is not a registered gateway user";
        let several = vec![
            about("arathib@vnet.ibm.com", "5.0.0", Some("vnet.ibm.com"), ibm, Action::Failed),
            about(
                "wsnell@sdcc13.ucsd.edu",
                "5.0.0",
                Some("sdcc13.ucsd.edu"),
                "550 user unknown",
                Action::Failed,
            ),
        ];
        assert_eq!(
            fields(several),
            format!(
                "Reporting-MTA: dns; cs.utk.edu\n\n\
                 Original-Recipient: rfc822;arathib@vnet.ibm.com\n\
                 Final-Recipient: rfc822;arathib@vnet.ibm.com\n\
                 Action: failed\nStatus: 5.0.0\nRemote-MTA: dns; vnet.ibm.com\nDiagnostic-Code: smtp; {ibm}\n\n\
                 Original-Recipient: rfc822;wsnell@sdcc13.ucsd.edu\n\
                 Final-Recipient: rfc822;wsnell@sdcc13.ucsd.edu\n\
                 Action: failed\nStatus: 5.0.0\nRemote-MTA: dns; sdcc13.ucsd.edu\nDiagnostic-Code: smtp; 550 user unknown"
            )
        );
        let late = about("johnh@hpnjld.njd.hp.com", "4.0.0", None, "", Action::Delayed);
        assert!(fields(vec![late]).ends_with("Action: delayed\nStatus: 4.0.0"));
    }

    #[test]
    fn only_the_header_comes_back_where_that_was_asked_for_or_nothing_failed() {
        let original = b"Subject: money\r\n\r\nPlease.\r\n";
        let delivered = Recipient { action: Action::Delivered, ..failed("250 OK") };
        for (recipient, ret) in [
            (failed("550 no"), Some(Return::Headers)),
            (delivered.clone(), None),
            (delivered, Some(Return::Full)),
        ] {
            let text = String::from_utf8(report(vec![recipient], ret, original).text()).unwrap();
            assert!(text.contains("text/rfc822-headers\r\n\r\nSubject: money\r\n--"), "{text}");
            assert!(!text.contains("Please."));
        }
    }

    #[test]
    fn what_another_host_says_begins_no_field_and_no_boundary() {
        let original = b"Subject: x\r\n\r\n--=_report_7_0\r\n";
        let text = report(vec![failed("550 no\r\nStatus: 2.0.0")], None, original).text();
        let text = String::from_utf8(text).unwrap();
        assert!(!text.contains("\r\nStatus: 2.0.0") && text.contains("boundary=\"=_report_7_1\""), "{text}");
    }
}
