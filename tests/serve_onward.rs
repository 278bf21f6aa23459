//! `maillab serve` sends mail on: two of them, one after the other's mail.
#![cfg(all(feature = "serve", unix))]
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

mod served;

use std::fs;
use std::io::BufRead;

use served::{Served, Wire, scratch, slip};

fn far(folder: &std::path::Path) -> Served {
    let accounts = folder.join("far.toml");
    let text = "domains = [\"far.example\", \"branch.example\"]\n[[account]]\nname = \"bob\"\npassword = \"secret\"\n\
                addresses = [\"bob@far.example\", \"bob@branch.example\"]\n";
    fs::write(&accounts, text).unwrap();
    Served::start(&[
        "--smtp",
        "127.0.0.1:0",
        "--pop3",
        "127.0.0.1:0",
        "--accounts",
        accounts.to_str().unwrap(),
    ])
}

fn smtp(served: &Served, port: usize) -> Wire {
    let mut wire = served.connect(port);
    assert!(wire.line().starts_with("220"));
    assert!(wire.ask("HELO there").starts_with("250"));
    wire
}

fn send(served: &Served, port: usize, to: &str) {
    let mut wire = smtp(served, port);
    for (line, code) in [
        ("MAIL FROM:<alice@example.org>", "250"),
        (&*format!("RCPT TO:<{to}>"), "250"),
        ("DATA", "354"),
        ("Subject: onward\r\n\r\n.. and on\r\n.", "250"),
        ("QUIT", "221"),
    ] {
        let said = wire.ask(line);
        assert!(said.starts_with(code), "{line}: {said}");
    }
}

/// Waits until a server has told of a session that sent mail on.
fn wait_for_onward(served: &mut Served) {
    let mut line = String::new();
    while !line.contains(" onward ") {
        line.clear();
        assert!(served.stdout.read_line(&mut line).unwrap() > 0, "it has ended");
    }
}

/// How many messages bob has.
fn bobs(served: &Served) -> u32 {
    let mut wire = served.connect(0);
    wire.line();
    wire.ask("USER bob");
    wire.ask("PASS secret");
    let said = wire.ask("STAT");
    // The next one finds the maildrop free.
    wire.ask("QUIT");
    said.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn mail_goes_on_at_once_or_when_it_is_asked_for_and_survives_a_kill() {
    let folder = scratch("onward");
    let far = far(&folder);
    // Its POP3 is told first, its SMTP second.
    let (relay, hold) = (far.ports[1].clone(), format!("branch.example={}", far.ports[1]));
    let state = folder.join("kept");
    let office = || {
        Served::start(&[
            "--smtp",
            "127.0.0.1:0",
            "--relay",
            &relay,
            "--hold",
            &hold,
            "--state",
            state.to_str().unwrap(),
        ])
    };
    let mut first = office();
    send(&first, 0, "bob@far.example");
    wait_for_onward(&mut first);
    assert_eq!(bobs(&far), 1);
    send(&first, 0, "bob@branch.example");
    first.stop("-KILL");

    let mut second = office();
    let mut branch = smtp(&second, 0);
    assert!(branch.ask("EHLO branch.example").starts_with("250"));
    while branch.line().starts_with("250-") {}
    let said = branch.ask("ETRN branch.example");
    assert_eq!(said, "253 2.0.0 OK, 1 pending messages for node branch.example started\r\n");
    wait_for_onward(&mut second);
    assert_eq!(bobs(&far), 2);
    drop(branch);
    let (_, talk) = second.stop("-TERM");
    assert!(talk.contains("mail for other hosts goes on to ") && !talk.contains("lost"), "{talk}");
    far.stop("-TERM");
}

#[test]
fn what_waits_without_a_state_folder_is_not_lost_in_silence() {
    // Nobody listens there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let served = Served::start(&["--smtp", "127.0.0.1:0", "--relay", &free]);
    send(&served, 0, "bob@far.example");
    let (_, talk) = served.stop("-TERM");
    assert!(
        talk.contains("1 message for other hosts could not be sent on and is lost; `--state DIR`"),
        "{talk}"
    );
}

#[test]
fn a_route_that_is_none_is_answered_with_one() {
    for args in [
        &["--relay", "far.example"][..],
        &["--route", "far.example"],
        &["--hold", "far example"],
        &["--route", "example.org=127.0.0.1:1"],
        &["--route", "a.example=127.0.0.1:1", "--hold", "a.example"],
    ] {
        slip(args);
    }
}
