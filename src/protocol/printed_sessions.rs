//! Sessions that RFCs print and that cross the border of TLS, with the texts of our own server in place of theirs.
//!
//! `C:` and `S:` lines as they are printed, `<*>` for any text; `S: **` for any lines; `TLS` where the RFC says that TLS is
//! negotiated. Those that need no TLS stand with the tests of their protocols.

use std::collections::VecDeque;

use super::Server;
use super::imap::{Imap, ImapSettings};
use super::pop3::{Pop3, Pop3Settings};
use super::sasl::Mechanism;
use super::security::{Security, Tls};
use super::smtp::{Smtp, SmtpSettings};
use super::tls::Version;
use crate::mail::date::Timestamp;
use crate::mail::store::Store;
use crate::session::{Output, Session};
use crate::time::Instant;

/// TLS is offered, and passwords wait for it.
const CAREFUL: Security = Security { tls: Tls::Offered, cleartext_logins: false, version: Version::Tls13 };

fn store() -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    for (name, password) in [("test", "test"), ("joe", "password"), ("1234", "1234")] {
        store.add_user(name, password).unwrap();
    }
    store
}

fn matches(pattern: &str, line: &str) -> bool {
    match pattern.split_once("<*>") {
        Some((start, end)) => {
            line.len() >= start.len() + end.len() && line.starts_with(start) && line.ends_with(end)
        }
        None => pattern == line,
    }
}

/// Runs what is printed. After `TLS` the session is told that it is encrypted, as its host would.
fn printed(mut server: Server, mut store: Store, text: &str) {
    let mut out = Output::default();
    server.open(Instant::START, &mut store, &mut out);
    let mut said: VecDeque<String> = VecDeque::new();
    let mut starts_tls = false;
    let hear = |out: &Output, said: &mut VecDeque<String>| {
        let text = String::from_utf8(out.bytes()).unwrap();
        said.extend(text.split_terminator("\r\n").map(str::to_owned));
    };
    hear(&out, &mut said);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    while let Some(line) = lines.next() {
        if let Some(line) = line.strip_prefix("C: ") {
            assert_eq!(said, VecDeque::<String>::new(), "before `{line}`");
            let mut out = Output::default();
            server.receive(Instant::START, format!("{line}\r\n").as_bytes(), &mut store, &mut out);
            hear(&out, &mut said);
            starts_tls |= out.start_tls;
        } else if line == "S: **" {
            let next = lines.peek().and_then(|next| next.strip_prefix("S: ")).unwrap();
            while said.front().is_some_and(|line| !matches(next, line)) {
                said.pop_front();
            }
        } else if let Some(pattern) = line.strip_prefix("S: ") {
            let line = said.pop_front().unwrap_or_else(|| panic!("`{pattern}` is missing"));
            assert!(matches(pattern, &line), "expected {pattern}\n     got {line}");
        } else {
            assert_eq!((line, starts_tls), ("TLS", true), "the server has agreed to it");
            let mut out = Output::default();
            server.secured(Instant::START, &mut store, &mut out);
            assert!(out.bytes().is_empty(), "there is no second greeting");
            starts_tls = false;
        }
    }
    assert_eq!(said, VecDeque::<String>::new());
}

fn pop3(security: Security) -> Server {
    let more_mechanisms = vec![Mechanism::Anonymous];
    Server::Pop3(Pop3::new(Pop3Settings { security, more_mechanisms, ..Pop3Settings::default() }))
}

fn smtp(security: Security) -> Server {
    Server::Smtp(Smtp::new(SmtpSettings {
        security,
        auth: Mechanism::USUAL.into_iter().chain([Mechanism::External]).collect(),
        ..SmtpSettings::default()
    }))
}

/// RFC 2595 §3.1 (IMAP). The LOGINDISABLED of the example comes from the server's policy; there is no AUTH=EXTERNAL without a
/// certificate.
#[test]
fn imap_begins_tls_as_rfc_2595_prints_it() {
    let imap = Server::Imap(Imap::new(ImapSettings { security: CAREFUL, ..ImapSettings::default() }));
    printed(
        imap,
        store(),
        "S: * OK <*>
         C: a001 CAPABILITY
         S: * CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED<*>
         S: a001 OK CAPABILITY completed
         C: a002 STARTTLS
         S: a002 OK begin TLS now
         TLS
         C: a003 CAPABILITY
         S: * CAPABILITY IMAP4rev1 <*>
         S: a003 OK CAPABILITY completed
         C: a004 LOGIN joe password
         S: a004 OK LOGIN completed",
    );
}

/// RFC 2595 §4 (POP3), and RFC 5034 §6, the first two examples; their user is test, the password test. Deviation: the lists
/// of CAPA are ours, and GSSAPI is not among the mechanisms.
#[test]
fn pop3_begins_tls_and_logs_in_as_rfcs_2595_and_5034_print_it() {
    for log_in in [
        "C: AUTH PLAIN dGVzdAB0ZXN0AHRlc3Q=",
        "C: AUTH PLAIN
         S: +\u{20}<*>
         C: dGVzdAB0ZXN0AHRlc3Q=",
    ] {
        printed(
            pop3(CAREFUL),
            store(),
            &format!(
                "S: +OK <*>
                 C: CAPA
                 S: +OK <*>
                 S: **
                 S: SASL CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256 OTP SKEY ANONYMOUS
                 S: **
                 S: STLS
                 S: **
                 S: .
                 C: STLS
                 S: +OK begin TLS now
                 TLS
                 C: STLS
                 S: -ERR <*>
                 C: CAPA
                 S: +OK <*>
                 S: **
                 S: SASL PLAIN <*>ANONYMOUS
                 S: **
                 S: IMPLEMENTATION <*>
                 S: .
                 {log_in}
                 S: +OK test's maildrop <*>"
            ),
        );
    }
}

/// RFC 1734 §2: its first exchange is Kerberos', which has no ticket server here, so the answer is that of its second.
#[test]
fn pop3_refuses_a_mechanism_that_nobody_has_as_rfc_1734_prints_it() {
    for mechanism in ["KERBEROS_V4", "FOOBAR"] {
        let text = format!("S: +OK <*>\nC: AUTH {mechanism}\nS: -ERR <*>");
        printed(pop3(Security::default()), store(), &text);
    }
}

/// RFC 3207 §5.
#[test]
fn smtp_begins_tls_as_rfc_3207_prints_it() {
    let server = Server::Smtp(Smtp::new(SmtpSettings {
        security: CAREFUL,
        relay: super::smtp::Relay::Queued,
        ..SmtpSettings::default()
    }));
    printed(
        server,
        store(),
        "S: 220 <*>
         C: EHLO mail.example.com
         S: 250-mail.example
         S: **
         S: 250-8BITMIME
         S: 250-DSN
         S: **
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 <*>
         TLS
         C: EHLO mail.example.com
         S: 250-mail.example
         S: **
         S: 250-8BITMIME
         S: 250-DSN
         S: **
         S: 250 HELP",
    );
}

/// RFC 4954 §4.1, the first two examples and the last, with their user and password: base64 of NUL-test-NUL-1234 is
/// `dGVzdAB0ZXN0ADEyMzQ=` with test as the one to act as. The third, CRAM-MD5's, has its numbers in the tests of SASL.
#[test]
fn smtp_logs_in_behind_tls_as_rfc_4954_prints_it() {
    let mut users = Store::new(Timestamp::DEFAULT_START);
    users.add_user("test", "1234").unwrap();
    for log_in in [
        "C: AUTH PLAIN dGVzdAB0ZXN0ADEyMzQ=",
        "C: AUTH PLAIN
         S: 334<*>
         C: dGVzdAB0ZXN0ADEyMzQ=",
    ] {
        printed(
            smtp(CAREFUL),
            users.clone(),
            &format!(
                "S: 220 <*>
                 C: EHLO client.example.com
                 S: **
                 S: 250 STARTTLS
                 C: AUTH PLAIN dGVzdAB0ZXN0ADEyMzQ=
                 S: 538 <*>
                 C: STARTTLS
                 S: 220 <*>
                 TLS
                 C: EHLO client.example.com
                 S: **
                 S: 250-AUTH PLAIN <*>
                 S: **
                 S: 250 HELP
                 {log_in}
                 S: 235 2.7.0 <*>"
            ),
        );
    }
    // A certificate has shown who it is: an empty initial response is `=`.
    let known = Server::Smtp(Smtp::new(SmtpSettings {
        security: CAREFUL,
        auth: vec![Mechanism::Plain, Mechanism::External],
        external: Some("test".into()),
        ..SmtpSettings::default()
    }));
    printed(
        known,
        users,
        "S: 220 <*>
         C: EHLO client.example.com
         S: **
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 <*>
         TLS
         C: EHLO client.example.com
         S: **
         S: 250-AUTH PLAIN EXTERNAL
         S: **
         S: 250 HELP
         C: AUTH EXTERNAL =
         S: 235 2.7.0 <*>",
    );
}
