//! Tests of the whole protocol; what a part does alone is tested beside it.

mod delivery;
mod dialects;
mod extensions;
mod limits;
mod login;
mod printed;
mod properties;
mod sending;
mod smuggling;
mod transactions;

use super::*;
use crate::desk::{Service, Trouble};
use crate::mail::date::Timestamp;
use crate::mail::store::Store;
use crate::protocol::testing::{Dialogue, Lab, dialogue};
use crate::session::{Output, Session};
use crate::time::{Duration, Instant};

fn settings() -> SmtpSettings {
    SmtpSettings {
        host: "BBN-UNIX.ARPA".into(),
        domains: vec!["BBN-UNIX.ARPA".into(), "bbn.example".into()],
        ..SmtpSettings::default()
    }
}

fn server() -> Smtp {
    Smtp::new(settings())
}

/// A server that takes mail for elsewhere.
fn relay() -> Smtp {
    Smtp::new(SmtpSettings { relay: Relay::Into("outbound".into()), ..settings() })
}

/// Jones and Brown have mailboxes, Green has none.
fn store() -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    for (name, address) in [("jones", "Jones@BBN-UNIX.ARPA"), ("brown", "Brown@BBN-UNIX.ARPA")] {
        let user = store.add_user(name, "secret").unwrap();
        store.add_address(user, address).unwrap();
    }
    store.add_user("outbound", "secret").unwrap();
    store
}

/// What is in a user's INBOX.
fn inbox(store: &Store, user: &str) -> Vec<String> {
    let inbox = store.inbox(store.user(user.as_bytes()).unwrap()).unwrap();
    let entries = store.mailbox(inbox).unwrap().entries.clone();
    entries
        .iter()
        .map(|entry| String::from_utf8_lossy(&entry.message.octets().unwrap()).into_owned())
        .collect()
}

fn check(text: &str) -> Lab {
    dialogue(&Dialogue { store: &store(), text, burst: true }, server)
}

/// A dialogue that begins after HELO.
fn check_ready(text: &str) -> Lab {
    check(&format!("S: 220 <*>\nC: HELO USC-ISIF.ARPA\nS: 250 BBN-UNIX.ARPA\n{text}"))
}

/// A dialogue that begins in an open transaction with one recipient.
fn check_recipients(text: &str) -> Lab {
    check_ready(&format!(
        "C: MAIL FROM:<a@b>\nS: 250 OK\nC: RCPT TO:<jones@bbn-unix.arpa>\nS: 250 OK\n{text}"
    ))
}

#[test]
fn every_row_may_be_given_exactly_where_it_says() {
    let stages = [
        (StateName::Connected, ""),
        (StateName::Ready, "HELO x\r\n"),
        (StateName::Mail, "HELO x\r\nMAIL FROM:<a@b>\r\n"),
        (StateName::Recipients, "HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<jones@bbn-unix.arpa>\r\n"),
    ];
    let settings = || SmtpSettings { turn: true, queued_domains: vec!["x".into()], ..settings() };
    for row in COMMANDS.iter().filter(|row| settings().dialect.knows(row.kind)) {
        for (state, before) in stages {
            let arguments = match row.kind {
                Keyword::Helo | Keyword::Ehlo | Keyword::Vrfy | Keyword::Etrn | Keyword::Expn => " x",
                Keyword::Mail | Keyword::Send | Keyword::Soml | Keyword::Saml => " FROM:<>",
                Keyword::Rcpt => " TO:<brown@bbn-unix.arpa>",
                Keyword::Bdat => " 0",
                Keyword::Auth => " PLAIN",
                _ => "",
            };
            let mut lab = Lab::new(store());
            let conn = lab.open(Smtp::new(settings()));
            lab.send(conn, before.as_bytes());
            lab.conns[conn].arrived.clear();
            lab.send(conn, format!("{}{arguments}\r\n", row.word.to_lowercase()).as_bytes());
            let said = String::from_utf8_lossy(&lab.conns[conn].arrived).into_owned();
            let expected = match row.kind {
                kind if !settings().offers(kind) => "502 ",
                // Where there is no TLS, STARTTLS is refused wherever it may be given; `security.rs` tests it.
                Keyword::Starttls if row.states.contains(&state) => "502 ",
                _ if row.states.contains(&state) => "2",
                _ => "503 ",
            };
            let right = said.starts_with(expected) || (expected == "2" && said.starts_with("354 "));
            assert!(right, "{} in {state:?}: {said}", row.word);
        }
    }
}

#[test]
fn help_is_drawn_from_the_rows() {
    let lab = check(
        "S: 220 <*>
         C: HELP RCPT
         S: 214 RCPT TO:<forward-path>: name one recipient; repeat it for more (RFC 821 section 4.1.1)
         C: HELP me
         S: 504 there is no help about that; the commands are HELO EHLO MAIL RCPT DATA BDAT RSET VRFY HELP NOOP STARTTLS QUIT
         C: HELP
         S: 214-HELO domain<*>
         S: <**>
         S: 214 HELP with a command's name says more",
    );
    assert_eq!(lab.conns[0].commands, ["HELP RCPT", "HELP me", "HELP"]);
}

#[test]
fn a_user_is_verified_only_where_the_laboratory_wants_it() {
    check("S: 220 <*>\nC: VRFY jones\nS: 252 <*>\nC: VRFY nobody\nS: 252 <*>\nC: VRFY\nS: 501 <*>");
    let open = || Smtp::new(SmtpSettings { verify_users: true, ..settings() });
    let text = "S: 220 <*>
                C: VRFY jones
                S: 250 <jones@BBN-UNIX.ARPA>
                C: VRFY <Brown@BBN-UNIX.ARPA>
                S: 250 <Brown@BBN-UNIX.ARPA>
                C: VRFY Green
                S: 550 that matches nobody here";
    dialogue(&Dialogue { store: &store(), text, burst: true }, open);
}

#[test]
fn errors_say_what_was_expected_and_where() {
    check_ready(
        "C: MIAL FROM:<a@b>
         S: 500 there is no command `MIAL`; did you mean MAIL?
         C: MAIL FROM: <a@b>
         S: 501 expected `<`, right after the colon: write it as `MAIL FROM:<reverse-path>` (RFC 821 section 4.1.1)
         C: MAIL TO:<a@b>
         S: 501 write it as `MAIL FROM:<reverse-path>` (RFC 821 section 4.1.1)
         C: mail from:<a@b>
         S: 250 OK
         C: RCPT TO:<jones>
         S: 501 expected `@` and a domain after `<jones`: write it as `RCPT TO:<forward-path>` (RFC 821 section 4.1.1)
         C: RCPT TO:<>
         S: 501 expected <*>
         C: DATA
         S: 503 DATA comes too early: no recipient is accepted yet (RFC 821 section 4.1.1)
         C: TURN
         S: 502 TURN is not offered here: change places: the server sends now, and you receive (RFC 821 section 3.8)
         C: HELO
         S: 501 <*>
         C: HELO not a domain
         S: 501 <*>",
    );
}
