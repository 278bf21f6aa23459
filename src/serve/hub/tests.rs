mod limits;
mod onward;

use super::*;
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::time::Duration;
use std::sync::Arc;

/// A hub whose user alice, password secret, has one message of about 100,000 octets.
fn hub(limits: Limits) -> Hub {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    for user in ["alice", "bob"] {
        let user = store.add_user(user, "secret").unwrap();
        let inbox = store.inbox(user).unwrap();
        let text = format!("Subject: long\r\n\r\n{}", "All work and no play.\r\n".repeat(4_500));
        store.append(inbox, Arc::new(Message::new(text)), Flags::NONE, Timestamp::DEFAULT_START).unwrap();
    }
    store.add_address(store.user(b"alice").unwrap(), "alice@example.org").unwrap();
    Hub::new(
        store,
        Models {
            features: Vec::new(),
            host: "mail.example.org".into(),
            domains: vec!["example.org".into()],
            stamp: 1,
            chance_seed: 1,
            pop3_dialect: crate::protocol::pop3::Dialect::Now,
            limits,
            records: false,
            routes: crate::serve::routes::Routes::default(),
        },
    )
}

fn at(seconds: u64) -> Instant {
    Instant::START + Duration::from_secs(seconds)
}

/// Takes all that waits for a client.
fn take(hub: &mut Hub, now: Instant, number: u64) -> String {
    let mut all = Vec::new();
    while let Some(octets) = hub.step(number).send {
        hub.sent(now, number, octets.len());
        all.extend_from_slice(&octets);
    }
    String::from_utf8(all).unwrap()
}

fn connect(hub: &mut Hub, now: Instant, service: Service) -> u64 {
    let (number, _) = hub.connect(now, service).unwrap();
    take(hub, now, number);
    number
}

fn say(hub: &mut Hub, now: Instant, number: u64, line: &str) -> String {
    hub.received(now, number, format!("{line}\r\n").as_bytes());
    take(hub, now, number)
}

#[test]
fn the_last_connection_is_let_in_and_the_next_is_told_why_not() {
    let mut hub = hub(Limits { connections: 2, ..Limits::default() });
    let first = connect(&mut hub, at(0), Service::Pop3);
    connect(&mut hub, at(0), Service::Imap);
    for (service, word) in [
        (Service::Pop3, "-ERR too many connections: at most 2 here, try again later\r\n"),
        (Service::Imap, "* BYE too many connections: at most 2 here, try again later\r\n"),
        (Service::Smtp, "421 mail.example.org too many connections: at most 2 here, try again later\r\n"),
    ] {
        assert_eq!(hub.connect(at(1), service).unwrap_err(), word);
    }
    hub.leave(at(2), first).unwrap();
    assert!(hub.connect(at(2), Service::Smtp).is_ok());
}

#[test]
fn a_user_has_so_many_connections_and_no_more() {
    let mut hub = hub(Limits { connections_per_user: 2, ..Limits::default() });
    for _ in 0..2 {
        let imap = connect(&mut hub, at(0), Service::Imap);
        assert_eq!(say(&mut hub, at(0), imap, "a LOGIN alice secret"), "a OK LOGIN completed\r\n");
    }
    let third = connect(&mut hub, at(1), Service::Imap);
    let refused = say(&mut hub, at(1), third, "a LOGIN alice secret");
    assert_eq!(refused, "* BYE this user has 2 connections already, which is all there may be\r\n");
    assert!(hub.step(third).is_over);

    // Another user is another matter, and whoever is refused keeps no maildrop locked.
    let pop3 = connect(&mut hub, at(1), Service::Pop3);
    say(&mut hub, at(1), pop3, "USER alice");
    assert!(say(&mut hub, at(1), pop3, "PASS secret").starts_with("-ERR this user has 2"));
    hub.leave(at(1), third);
    hub.leave(at(1), pop3);
    let bob = connect(&mut hub, at(1), Service::Imap);
    assert_eq!(say(&mut hub, at(1), bob, "a LOGIN bob secret"), "a OK LOGIN completed\r\n");
    hub.leave(at(1), 1);
    let pop3 = connect(&mut hub, at(2), Service::Pop3);
    say(&mut hub, at(2), pop3, "USER alice");
    assert!(say(&mut hub, at(2), pop3, "PASS secret").starts_with("+OK"));
}

#[test]
fn whoever_does_not_log_in_is_sent_away_in_time_and_not_before() {
    let limits = Limits { login_time: Duration::from_secs(60), ..Limits::default() };
    for (service, word) in [(Service::Pop3, ""), (Service::Imap, "* BYE no login for too long\r\n")] {
        let mut hub = hub(limits.clone());
        let number = connect(&mut hub, at(0), service);
        // Talking without a login does not help.
        say(&mut hub, at(50), number, "a NOOP");
        assert_eq!(hub.step(number).wake, Some(at(60)));
        hub.due(Instant::from_nanos(60_000_000_000 - 1), number);
        assert!(!hub.step(number).is_over, "{service:?}");
        hub.due(at(60), number);
        assert_eq!(take(&mut hub, at(60), number), word);
        assert!(hub.step(number).is_over, "{service:?}");
    }
    let mut hub = hub(limits);
    let number = connect(&mut hub, at(0), Service::Imap);
    say(&mut hub, at(59), number, "a LOGIN alice secret");
    hub.due(at(60), number);
    assert_eq!(hub.step(number).wake, Some(at(59 + 1800)), "the autologout of RFC 3501 §5.4");
}

#[test]
fn the_idle_timer_begins_when_the_last_octet_was_taken() {
    let mut hub = hub(Limits::default());
    let number = connect(&mut hub, at(0), Service::Pop3);
    say(&mut hub, at(0), number, "USER alice");
    say(&mut hub, at(0), number, "PASS secret");
    hub.received(at(0), number, b"RETR 1\r\n");
    // A line of 300 bit/s takes an hour for it: as long as something is taken, nothing happens.
    for second in (500..3_600).step_by(500) {
        hub.sent(at(second), number, 1_000);
        hub.due(at(second), number);
        assert!(!hub.step(number).is_over, "{second}");
    }
    take(&mut hub, at(3_600), number);
    assert_eq!(hub.step(number).wake, Some(at(3_600 + 600)), "ten minutes: RFC 1939 §3");
    hub.due(at(4_199), number);
    assert!(!hub.step(number).is_over);
    hub.due(at(4_200), number);
    assert!(hub.step(number).is_over);
}

#[test]
fn whoever_takes_nothing_is_given_up_and_its_maildrop_is_free() {
    let mut hub = hub(Limits { stall_time: Duration::from_secs(30), ..Limits::default() });
    let number = connect(&mut hub, at(0), Service::Pop3);
    say(&mut hub, at(0), number, "USER alice");
    say(&mut hub, at(0), number, "PASS secret");
    hub.received(at(0), number, b"RETR 1\r\n");
    hub.sent(at(10), number, 1);
    assert_eq!(hub.step(number).wake, Some(at(40)));
    hub.due(at(39), number);
    assert!(!hub.step(number).is_over);
    hub.due(at(40), number);
    assert!(hub.step(number).is_over);
    let next = connect(&mut hub, at(41), Service::Pop3);
    say(&mut hub, at(41), next, "USER alice");
    assert!(say(&mut hub, at(41), next, "PASS secret").starts_with("+OK"));
}

#[test]
fn who_asks_for_much_and_takes_nothing_fills_no_memory_and_keeps_nobody_waiting() {
    let mut hub = hub(Limits::default());
    let greedy = connect(&mut hub, at(0), Service::Pop3);
    say(&mut hub, at(0), greedy, "USER alice");
    say(&mut hub, at(0), greedy, "PASS secret");
    hub.received(at(0), greedy, "RETR 1\r\n".repeat(2_000).as_bytes());
    let waiting = hub.connections.get(&greedy).unwrap().unsent_octets;
    assert!(waiting < Limits::UNSENT_MAX + 200_000, "{waiting}");
    assert!(!hub.step(greedy).reads, "nothing more is read from it");

    let other = connect(&mut hub, at(1), Service::Imap);
    assert_eq!(say(&mut hub, at(1), other, "a LOGIN bob secret"), "a OK LOGIN completed\r\n");

    let all = take(&mut hub, at(2), greedy);
    assert_eq!(all.matches("Subject: long").count(), 2_000, "what it asked for comes when it is taken");
    assert!(hub.step(greedy).reads);
}

#[test]
fn mail_that_came_by_smtp_is_seen_by_an_imap_session_that_is_open() {
    let mut hub = hub(Limits::default());
    let imap = connect(&mut hub, at(0), Service::Imap);
    say(&mut hub, at(0), imap, "a LOGIN alice secret");
    say(&mut hub, at(0), imap, "a SELECT INBOX");
    let smtp = connect(&mut hub, at(1), Service::Smtp);
    for line in ["HELO there", "MAIL FROM:<bob@example.org>", "RCPT TO:<alice@example.org>", "DATA"] {
        say(&mut hub, at(1), smtp, line);
    }
    assert!(say(&mut hub, at(1), smtp, "Subject: new\r\n\r\nnews\r\n.").starts_with("250"));
    assert!(say(&mut hub, at(2), imap, "a NOOP").contains("* 2 EXISTS"));
}

#[test]
fn a_message_of_the_largest_size_is_taken_and_one_octet_more_is_not() {
    for (octets, fits) in [(2_000_u32, true), (2_001, false)] {
        let mut hub = hub(Limits { message_octets: 2_000, ..Limits::default() });
        let text = format!("Subject: x\r\n\r\n{}\r\n", "y".repeat(octets as usize - 16));
        let imap = connect(&mut hub, at(0), Service::Imap);
        say(&mut hub, at(0), imap, "a LOGIN alice secret");
        let answer = say(&mut hub, at(0), imap, &format!("a APPEND INBOX {{{octets}}}"));
        assert_eq!(answer.starts_with("+ "), fits, "{answer}");

        let smtp = connect(&mut hub, at(0), Service::Smtp);
        for line in ["HELO there", "MAIL FROM:<bob@example.org>", "RCPT TO:<alice@example.org>", "DATA"] {
            say(&mut hub, at(0), smtp, line);
        }
        let answer = say(&mut hub, at(0), smtp, &format!("{text}."));
        assert_eq!(answer.starts_with("250"), fits, "{answer}");
    }
}

#[test]
fn a_line_of_the_greatest_length_is_taken_and_one_octet_more_is_not() {
    for service in [Service::Pop3, Service::Smtp] {
        for (octets, fits) in [(600, true), (601, false)] {
            let mut hub = hub(Limits { line_octets: 600, login_line_octets: 600, ..Limits::default() });
            let number = connect(&mut hub, at(0), service);
            let command = if service == Service::Pop3 { "USER " } else { "HELO " };
            // CR LF counts.
            let line = format!("{command}{}", "a".repeat(octets - command.len() - 2));
            let answer = say(&mut hub, at(0), number, &line);
            assert_eq!(!answer.contains("600"), fits, "{service:?}: {answer}");
        }
    }
    for (octets, fits) in [(2_000, true), (2_001, false)] {
        let mut hub = hub(Limits { command_octets: 2_000, ..Limits::default() });
        let imap = connect(&mut hub, at(0), Service::Imap);
        let line = format!("a LOGIN alice {}", "a".repeat(octets - "a LOGIN alice ".len()));
        let answer = say(&mut hub, at(0), imap, &line);
        assert_eq!(answer.starts_with("a NO"), fits, "{answer}");
    }
}

#[test]
fn a_client_that_stops_sending_still_gets_its_answers() {
    let mut hub = hub(Limits::default());
    let number = connect(&mut hub, at(0), Service::Pop3);
    hub.received(
        at(0),
        number,
        b"USER alice\r\nPASS secret\r\nRETR 1\r\nRETR 1\r\nRETR 1\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n",
    );
    hub.input_ended(at(0), number);
    assert!(!hub.step(number).is_over);
    let all = take(&mut hub, at(1), number);
    assert!(all.ends_with("signing off\r\n") || all.contains("+OK"), "{}", &all[all.len() - 100..]);
    assert!(hub.step(number).is_over);
    let report = hub.leave(at(1), number).unwrap().report;
    assert_eq!((report.turns, report.user.as_deref()), (1, Some("alice")));
    assert_eq!(report.app_bytes.down, all.len() as u64 + GREETING);
    let alice = hub.store().user(b"alice").unwrap();
    let inbox = hub.store().mailbox(hub.store().inbox(alice).unwrap()).unwrap();
    assert_eq!(inbox.entries.len(), 0, "QUIT was reached");
}

/// Octets of `+OK POP3 server ready <1.1@mail.example.org>` and CR LF.
const GREETING: u64 = 46;

#[test]
fn a_stop_says_goodbye_where_the_protocol_has_a_word_and_lets_nobody_in() {
    let mut hub = hub(Limits::default());
    let numbers =
        [Service::Pop3, Service::Imap, Service::Smtp].map(|service| connect(&mut hub, at(0), service));
    hub.stop();
    let words = numbers.map(|number| take(&mut hub, at(1), number));
    assert_eq!(
        words,
        ["", "* BYE this server is stopping\r\n", "421 mail.example.org this server is stopping\r\n"]
    );
    assert!(numbers.iter().all(|number| hub.step(*number).is_over));
    assert!(hub.connect(at(1), Service::Pop3).is_err());
}

#[test]
fn a_long_fetch_waits_in_the_mailbox_and_not_in_memory() {
    let mut hub = hub(Limits::default());
    let alice = hub.store.user(b"alice").unwrap();
    let inbox = hub.store.inbox(alice).unwrap();
    let message = Arc::clone(&hub.store.mailbox(inbox).unwrap().entries.get(0).unwrap().message);
    for _ in 1..100 {
        hub.store.append(inbox, Arc::clone(&message), Flags::NONE, Timestamp::DEFAULT_START).unwrap();
    }
    let imap = connect(&mut hub, at(0), Service::Imap);
    say(&mut hub, at(0), imap, "a LOGIN alice secret");
    say(&mut hub, at(0), imap, "b SELECT INBOX");
    // Pipelined behind it: its turn comes when the answer is whole.
    hub.received(at(0), imap, b"c FETCH 1:* (BODY.PEEK[])\r\nd NOOP\r\n");
    let (mut all, mut most) = (Vec::new(), 0);
    let other = connect(&mut hub, at(0), Service::Imap);
    say(&mut hub, at(0), other, "a LOGIN alice secret");
    say(&mut hub, at(0), other, "b SELECT INBOX");
    let mut flagged = false;
    while let Some(octets) = hub.step(imap).send {
        most = most.max(hub.connections[&imap].unsent_octets);
        all.extend_from_slice(&octets);
        hub.sent(at(0), imap, octets.len());
        if all.len() > 5_000_000 && !std::mem::replace(&mut flagged, true) {
            assert!(say(&mut hub, at(0), other, "c STORE 1 +FLAGS (\\Flagged)").contains("c OK"));
            assert!(say(&mut hub, at(0), other, "d STORE 2 +FLAGS (\\Deleted)").contains("d OK"));
            assert!(say(&mut hub, at(0), other, "e EXPUNGE").contains("e OK"));
        }
    }
    let size = message.size() as usize;
    assert!(most < size + 2 * Limits::ROOM, "{most} octets waited");
    let text = String::from_utf8(all).unwrap();
    let places: Vec<usize> =
        ["* 99 FETCH (BODY[]", "* 100 FETCH (BODY[]", "c OK FETCH", "* 2 EXPUNGE", "d OK NOOP"]
            .map(|what| text.find(what).unwrap_or_else(|| panic!("{what} is missing")))
            .into();
    assert!(places.is_sorted(), "{places:?}");
    // What another client changed meanwhile is told, and what this FETCH does itself is not told twice.
    assert_eq!(
        text.matches("(FLAGS (\\Flagged \\Recent))").count() + text.matches("(FLAGS (\\Flagged))").count(),
        1
    );
    assert_eq!(text.matches(" FETCH (BODY[]").count(), 100);
}

/// The limits as they are unless somebody says otherwise: the last good and the first bad value of each.
#[test]
fn the_usual_limits_hold_at_their_very_octet() {
    let login = |hub: &mut Hub, service: Service| {
        let number = connect(hub, at(0), service);
        for line in ["USER alice", "PASS secret"] {
            say(hub, at(0), number, line);
        }
        number
    };
    let blanks = |octets: usize, word: &str| format!("{word} {}", "a".repeat(octets - word.len() - 3));
    // The word, whether somebody logs in before it, and how many octets are too many.
    for (service, word, logs_in, most) in [
        (Service::Pop3, "USER", false, 512),
        (Service::Pop3, "LIST", true, 4096),
        (Service::Pop2, "HELO", false, 512),
        (Service::Smtp, "HELO", false, 4096),
    ] {
        for (octets, fits) in [(most, true), (most + 1, false)] {
            let mut hub = hub(Limits::default());
            let number = if logs_in { login(&mut hub, service) } else { connect(&mut hub, at(0), service) };
            let answer = say(&mut hub, at(0), number, &blanks(octets, word));
            assert_eq!(!answer.contains(&most.to_string()), fits, "{service:?} {word} {octets}: {answer}");
        }
    }
    for (service, bad) in [(Service::Pop3, "XYZZY"), (Service::Smtp, "XYZZY"), (Service::Pop1, "XYZZY")] {
        let mut hub = hub(Limits::default());
        let number = connect(&mut hub, at(0), service);
        for nth in 1..=10 {
            let answer = say(&mut hub, at(0), number, bad);
            assert!(!answer.is_empty(), "every one is answered");
            assert_eq!(hub.step(number).is_over, nth == 10, "{service:?}: misuse {nth}");
        }
    }
}

#[test]
fn a_thousand_connections_are_let_in_and_one_more_is_not() {
    let mut hub = hub(Limits::default());
    for nth in 0..=1000 {
        let let_in = hub.connect(at(0), Service::Pop3);
        assert_eq!(let_in.is_ok(), nth < 1000, "connection {}", nth + 1);
        if let Err(word) = let_in {
            assert!(word.starts_with("-ERR too many connections: at most 1000"), "{word}");
        }
    }
}

/// 50 MiB, the largest message that is announced and taken, and one octet more.
#[test]
fn a_message_of_fifty_mebibytes_is_taken_and_one_octet_more_is_not() {
    for (octets, code) in [(50_usize << 20, "250"), ((50 << 20) + 1, "552")] {
        let mut hub = hub(Limits::default());
        let number = connect(&mut hub, at(0), Service::Smtp);
        assert!(say(&mut hub, at(0), number, "EHLO there").contains("SIZE 52428800"));
        for line in ["MAIL FROM:<bob@example.org>", "RCPT TO:<alice@example.org>", "DATA"] {
            say(&mut hub, at(0), number, line);
        }
        let line = format!("{}\r\n", "y".repeat(998)).into_bytes();
        hub.received(at(0), number, b"Subject: x\r\n\r\n");
        let mut left = octets - 14;
        while left > 1100 {
            hub.received(at(0), number, &line);
            left -= line.len();
        }
        hub.received(at(0), number, &[&b"z".repeat(left - 2)[..], b"\r\n.\r\n"].concat());
        let answer = take(&mut hub, at(0), number);
        assert!(answer.starts_with(code), "{octets}: {answer}");
        assert!(say(&mut hub, at(0), number, "NOOP").starts_with("250"), "and the session goes on");
    }
}
