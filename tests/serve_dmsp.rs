//! A black-box tester for repositories: every operation of RFC 1056, by nothing but lines over TCP. It is kept apart
//! from the program's own parser and client, and reads replies by the RFC's rule alone: three digits, and which of them
//! announce a list (§4.2).
#![cfg(all(feature = "serve", unix))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics has failed, which is what it is for"
)]

mod served;

use std::fs;

use served::{Served, Wire, scratch};

/// The codes that a list follows (RFC 1056 §4.2, appendices I and III).
const LISTS: [u16; 8] = [100, 220, 230, 240, 241, 250, 251, 260];

/// Says a line, and reads the reply: its code, and the list that follows, without doubled periods.
fn say(wire: &mut Wire, line: &str) -> (u16, Vec<String>) {
    let reply = wire.ask(line);
    assert!(reply.ends_with("\r\n") && reply.len() <= 512, "{line}: {reply:?}");
    let code: u16 = reply.get(..3).unwrap().parse().unwrap();
    assert!(reply.as_bytes()[3] == b' ', "{line}: {reply:?}");
    let mut list = Vec::new();
    while LISTS.contains(&code) {
        let entry = wire.line();
        let entry = entry.strip_suffix("\r\n").unwrap_or_else(|| panic!("{line}: {entry:?}"));
        if entry == "." {
            break;
        }
        list.push(entry.strip_prefix('.').unwrap_or(entry).to_owned());
    }
    (code, list)
}

fn code(wire: &mut Wire, line: &str) -> u16 {
    say(wire, line).0
}

/// Mailboxes with their messages and those not seen. What the next UID is, is the server's own affair.
fn mailboxes(wire: &mut Wire) -> Vec<String> {
    let without_next = |line: &String| {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert!(words.len() == 4 && words[1].parse::<u32>().is_ok(), "{line}");
        [words[0], words[2], words[3]].join(" ")
    };
    say(wire, "LIST-MAILBOXES").1.iter().map(without_next).collect()
}

/// Each line with the code that must answer it.
fn all(wire: &mut Wire, lines: &[(&str, u16)]) {
    for (line, wanted) in lines {
        assert_eq!(code(wire, line), *wanted, "{line}");
    }
}

fn log_in(served: &Served, user: &str, password: &str, client: &str) -> Wire {
    let mut wire = served.connect(0);
    assert!(wire.line().starts_with("200 "));
    assert_eq!(code(&mut wire, "SEND-VERSION 230"), 200);
    assert_eq!(code(&mut wire, &format!("LOGIN {user} {password} {client} 1 0")), 200, "{user}");
    wire
}

fn mbox(messages: usize) -> String {
    let one = |number| {
        format!(
            "From joe@example.org Mon Mar  2 20:00:00 1998\nFrom: joe@example.org\nTo: fred@example.org\nDate: Mon, 2 Mar \
             1998 20:00:00 +0000\nSubject: number {number}\n\n.begins with a period\nText.\n\n"
        )
    };
    (1..=messages).map(one).collect()
}

/// Two users; one of fred's workstations was here a few seconds ago by its clock, one in 1998.
fn accounts(name: &str) -> (std::path::PathBuf, String) {
    let folder = scratch(name);
    fs::write(folder.join("fred.mbox"), mbox(3)).unwrap();
    let text = "format = \"maillab-accounts/1\"\ndomains = [\"example.org\"]\n[[account]]\nname = \"fred\"\npassword = \
                \"fred-password\"\nmail = \"fred.mbox\"\nclients = { old = 1998-02-20T09:00:00, fresh = 2999-01-01T00:00:00 \
                }\n[[account]]\nname = \"markl\"\npassword = \"foo\"\n";
    let file = folder.join("accounts.toml");
    fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap().to_owned();
    (folder, path)
}

fn repository(name: &str) -> Served {
    let (_, accounts) = accounts(name);
    Served::start(&["--dmsp", "127.0.0.1:0", "--accounts", &accounts])
}

#[test]
fn every_operation_answers_as_the_rfc_has_it() {
    let served = repository("dmsp-operations");
    let mut wire = served.connect(0);
    assert!(wire.line().starts_with("200 "));
    let before = [
        ("HELP", 100),
        ("SEND-VERSION 230", 200),
        ("SEND-VERSION 1", 500),
        ("LIST-CLIENTS", 406),
        ("LOGIN nobody x c 0 0", 411),
        ("LOGIN fred wrong c 0 0", 404),
        ("LOGIN fred fred-password new 0 0", 421),
        ("login FRED fred-password Tester 1 1", 200),
        ("LOGIN fred fred-password other 1 0", 410),
    ];
    all(&mut wire, &before);
    assert_eq!(code(&mut wire, "LIST-MAILBOXES"), 230);
    assert_eq!(mailboxes(&mut wire), ["fred 3 3"]);
    let (told, clients) = say(&mut wire, "LIST-CLIENTS");
    assert_eq!(told, 220);
    assert!(
        clients.contains(&"old inactive".to_owned()) && clients.contains(&"Tester active".to_owned()),
        "{clients:?}"
    );
    let objects = [
        ("CREATE-CLIENT spare", 200),
        ("CREATE-CLIENT SPARE", 420),
        ("RESET-CLIENT spare", 200),
        ("DELETE-CLIENT spare", 200),
        ("DELETE-CLIENT spare", 421),
        ("DELETE-CLIENT tester", 405),
        ("CREATE-MAILBOX Archive", 200),
        ("CREATE-MAILBOX archive", 430),
        ("CREATE-MAILBOX no/name", 403),
        ("RESET-MAILBOX archive", 200),
        ("RESET-MAILBOX none", 431),
        ("CREATE-BBOARD-MAILBOX sf-lovers", 200),
        ("DELETE-MAILBOX sf-lovers", 440),
        ("LIST-AVAILABLE-SUBSCRIPTIONS", 241),
        ("CREATE-SUBSCRIPTION sf-lovers", 430),
        ("LIST-SUBSCRIPTIONS", 240),
        ("RESET-SUBSCRIPTION none 1", 441),
        ("DELETE-SUBSCRIPTION none", 441),
        ("LIST-ADDRESSES fred", 260),
        ("CREATE-ADDRESS sf-lovers sf-lovers", 200),
        ("CREATE-ADDRESS fred SF-Lovers", 460),
        ("DELETE-ADDRESS fred sf-lovers", 461),
        ("SET-PASSWORD wrong new", 404),
    ];
    all(&mut wire, &objects);
    let (told, list) = say(&mut wire, "FETCH-CHANGED-DESCRIPTORS fred 2");
    assert_eq!((told, list.len()), (250, 12));
    assert_eq!((list[0].as_str(), list[5].as_str()), ("descriptor", "number 1"));
    assert!(list[1].starts_with("1 0000000000000000 "), "{}", list[1]);
    let (told, text) = say(&mut wire, "FETCH-MESSAGE fred 1");
    assert_eq!((told, text[text.len() - 2].as_str()), (251, ".begins with a period"));
    let messages = [
        ("FETCH-MESSAGE fred 9", 451),
        ("FETCH-DESCRIPTORS fred 1 2", 250),
        ("RESET-DESCRIPTORS fred 1 3", 200),
        ("SET-MESSAGE-FLAG fred 1 0 1", 200),
        ("SET-MESSAGE-FLAG fred 1 16 1", 500),
        ("COPY-MESSAGE fred archive 2", 250),
        ("COPY-MESSAGE fred fred 2", 400),
        ("PRINT-MESSAGE fred 2 pravda", 200),
        ("PRINT-MESSAGE fred 2 izvestia", 401),
        ("EXPUNGE-MAILBOX fred", 200),
        ("FETCH-MESAGE fred 2", 500),
        ("SEND-MESSAGE", 350),
        ("To: sf-lovers\r\nSubject: dune\r\n\r\n..sand\r\n.", 200),
        ("SEND-MESSAGE", 350),
        ("no header\r\n.", 403),
    ];
    all(&mut wire, &messages);
    assert_eq!(mailboxes(&mut wire), ["fred 2 2", "Archive 1 1", "sf-lovers 1 1"]);

    // What one did, another of his clients is told of; and somebody else reads the board.
    let mut home = log_in(&served, "fred", "fred-password", "home");
    assert_eq!(code(&mut home, "RESET-DESCRIPTORS fred 1 99"), 200);
    all(&mut wire, &[("SET-MESSAGE-FLAG fred 3 1 1", 200), ("LOGOUT", 200)]);
    assert_eq!(wire.line(), "", "it closes");
    let (_, list) = say(&mut home, "FETCH-CHANGED-DESCRIPTORS fred 99");
    assert!(list.len() == 6 && list[1].starts_with("3 0100000000000000 "), "{list:?}");
    let mut markl = log_in(&served, "markl", "foo", "pc");
    all(&mut markl, &[("CREATE-SUBSCRIPTION sf-lovers", 200), ("EXPUNGE-MAILBOX sf-lovers", 404)]);
    let (_, subscriptions) = say(&mut markl, "LIST-SUBSCRIPTIONS");
    let words: Vec<&str> = subscriptions[0].split(' ').collect();
    assert_eq!((words[0], words[2]), ("sf-lovers", "1"), "one is unseen");
    let (told, text) = say(&mut markl, &format!("FETCH-MESSAGE sf-lovers {}", words[1]));
    assert_eq!((told, text.last().unwrap().as_str()), (251, ".sand"));
    served.stop("-TERM");
}

#[test]
fn a_client_of_1998_is_told_that_it_is_out_of_date_and_one_of_tomorrow_is_not() {
    let served = repository("dmsp-out-of-date");
    for (client, wanted) in [("old", 221), ("fresh", 200)] {
        let mut wire = served.connect(0);
        wire.line();
        assert_eq!(code(&mut wire, &format!("LOGIN fred fred-password {client} 0 1")), wanted, "{client}");
        // Being late is no reason to be told less: a list that was never noted has everything on it.
        assert_eq!(say(&mut wire, "FETCH-CHANGED-DESCRIPTORS fred 99").1.len(), 18, "{client}");
        assert_eq!(code(&mut wire, &format!("RESET-CLIENT {client}")), 200);
        assert_eq!(code(&mut wire, "LOGOUT"), 200);
    }
    served.stop("-TERM");
}

#[test]
fn a_client_is_locked_while_it_is_connected_and_free_when_its_line_drops() {
    let served = repository("dmsp-lock");
    let first = log_in(&served, "fred", "fred-password", "office");
    let mut second = served.connect(0);
    second.line();
    assert_eq!(code(&mut second, "LOGIN fred fred-password office 0 0"), 405);
    assert_eq!(code(&mut second, "LOGIN fred fred-password home 1 0"), 200, "another client may");
    drop(first);
    let mut third = served.connect(0);
    third.line();
    let free = (0..200).any(|_| {
        code(&mut third, "LOGIN fred fred-password office 0 0") == 200 || {
            // The server hears of the closed socket a moment later; each refusal is no misuse, so it may be asked again.
            code(&mut third, "HELP") != 100
        }
    });
    assert!(free, "the lock was not given back");
    served.stop("-TERM");
}

#[test]
fn lists_boards_and_a_new_password_survive_a_restart() {
    let (folder, accounts) = accounts("dmsp-state");
    let state = folder.join("kept");
    let args = ["--dmsp", "127.0.0.1:0", "--accounts", &accounts, "--state", state.to_str().unwrap()];
    let served = Served::start(&args);
    let mut wire = log_in(&served, "fred", "fred-password", "office");
    let done = [
        ("RESET-DESCRIPTORS fred 1 2", 200),
        ("CREATE-BBOARD-MAILBOX sf-lovers", 200),
        ("CREATE-ADDRESS sf-lovers sf", 200),
        ("SET-MESSAGE-FLAG fred 1 9 1", 200),
        ("SET-PASSWORD fred-password better", 200),
    ];
    all(&mut wire, &done);
    let mut markl = log_in(&served, "markl", "foo", "pc");
    all(&mut markl, &[("CREATE-SUBSCRIPTION sf-lovers", 200), ("RESET-SUBSCRIPTION sf-lovers 7", 200)]);
    served.stop("-KILL");

    let served = Served::start(&args);
    let mut wire = served.connect(0);
    wire.line();
    let again = [
        ("LOGIN fred fred-password office 0 0", 404),
        ("LOGIN fred better office 0 0", 200),
        ("LIST-ADDRESSES sf-lovers", 260),
    ];
    all(&mut wire, &again);
    let (_, list) = say(&mut wire, "FETCH-CHANGED-DESCRIPTORS fred 99");
    assert!(list.len() == 6 && list[1].starts_with("3 "), "1 and 2 were noted: {list:?}");
    let (_, list) = say(&mut wire, "FETCH-DESCRIPTORS fred 1 1");
    assert!(list[1].starts_with("1 0000000001000000 "), "{list:?}");
    let mut markl = log_in(&served, "markl", "foo", "pc");
    let (_, subscriptions) = say(&mut markl, "LIST-SUBSCRIPTIONS");
    assert!(subscriptions[0].starts_with("sf-lovers 7 0 "), "{subscriptions:?}");
    served.stop("-TERM");
}

#[test]
fn octets_that_are_no_operation_are_answered_or_end_the_session() {
    let served = repository("dmsp-hostile");
    for octets in ["\0\u{1}\u{2}\r\n".repeat(9), "A".repeat(100_000) + "\r\n", "LOGIN ".repeat(80) + "\r\n"] {
        let mut wire = served.connect(0);
        wire.line();
        wire.send(&octets);
        assert!(wire.line().starts_with("500 "));
    }
    let mut wire = served.connect(0);
    wire.line();
    wire.send(&"WHAT\r\n".repeat(10));
    for _ in 0..10 {
        assert!(wire.line().starts_with("500 "));
    }
    assert_eq!(wire.line(), "", "ten misuses are enough");
    served.stop("-TERM");
}
