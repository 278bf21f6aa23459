//! A mailbox as one lump.

use std::sync::Arc;

use super::*;
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::Store;
use crate::protocol::testing::{Dialogue, Lab, dialogue};

fn store() -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let fred = store.add_user("fred", "two words").unwrap();
    let inbox = store.inbox(fred).unwrap();
    for text in ["Subject: one\r\n\r\n.\r\n", "Subject: two\r\n\r\nFrom here\r\n"] {
        store.append(inbox, Arc::new(Message::new(text)), Flags::NONE, Timestamp::DEFAULT_START).unwrap();
    }
    store
}

fn left(store: &Store) -> usize {
    let inbox = store.inbox(store.user(b"fred").unwrap()).unwrap();
    store.mailbox(inbox).unwrap().entries.len()
}

fn check(text: &str) -> Lab {
    dialogue(&Dialogue { store: &store(), text, burst: false }, || Pop1::new(Pop1Settings::default()))
}

const LOGIN: &str = "S: +OK <*>\nC: USER fred\nS: +OK <*>\nC: PASS two words\nS: +OK logged in\n";
const LUMP: &str =
    "S: From - <*>\nS: Subject: one\nS:\nS: .\nS: From - <*>\nS: Subject: two\nS:\nS: From here\n";

#[test]
fn the_scenario_of_rfc_918_runs() {
    let lab = check(&format!(
        "{LOGIN}C: RETR inbox\nS: #<*>\nC: RCEV\n{LUMP}C: RCVD\nS: +OK received\nC: QUIT\nS: +OK goodbye\nS. close"
    ));
    assert_eq!(left(&lab.store), 2);
    assert_eq!(lab.conns[0].commands[1], "PASS ***");
    let lab = check(&format!(
        "{LOGIN}C: RDEL inbox\nS: #<*>\nC: RECV\n{LUMP}C: RCVD\nS: +OK received, and removed\nC: RDEL inbox\nS: #0"
    ));
    assert_eq!(left(&lab.store), 0);
}

#[test]
fn the_count_is_that_of_the_octets() {
    let mut lab = Lab::new(store());
    let conn = lab.open(Pop1::new(Pop1Settings::default()));
    lab.send(conn, b"USER fred\r\nPASS two words\r\n");
    lab.conns[conn].arrived.clear();
    lab.send(conn, b"RDEL inbox\r\n");
    let count = String::from_utf8(std::mem::take(&mut lab.conns[conn].arrived)).unwrap();
    lab.send(conn, b"RCEV\r\n");
    assert_eq!(count.trim_end(), format!("#{}", lab.conns[conn].arrived.len()));
}

#[test]
fn what_is_out_of_order_or_cut_changes_nothing() {
    for end in [
        "C: RSET\nS: +OK the mailbox is as it was",
        "C: QUIT\nS: +OK goodbye\nS. close",
        "C. drop",
        "T: 601\nS. close",
        "C: USER fred\nS: -ERR USER is out of order here <*>",
    ] {
        let lab = check(&format!("{LOGIN}C: RDEL inbox\nS: #<*>\nC: RCEV\n{LUMP}{end}"));
        assert_eq!(left(&lab.store), 2, "{end}");
    }
    check(
        "S: +OK <*>\nC: RETR inbox\nS: -ERR RETR is out of order here <*>\nC: USER\nS: -ERR write it as `USER name`\nC: USER fred\nS: +OK <*>\nC: PASS x\nS: -ERR wrong name or password\nC: PASS two words\nS: -ERR <*>\nC: NOOP\nS: +OK nothing done",
    );
    check(&format!("S: +OK <*>\n{}S. close", "C: WHAT\nS: -ERR no such command<*>\n".repeat(10)));
}

#[test]
fn one_mailbox_is_one_sessions() {
    check(&format!(
        "{LOGIN}C: RETR inbox\nS: #<*>\n{}C2: RETR INBOX\nS2: -ERR another session has this mailbox\nC: RSET\nS: +OK <*>\nC2: RETR INBOX\nS2: #<*>",
        LOGIN.replace("S:", "S2:").replace("C:", "C2:")
    ));
}
