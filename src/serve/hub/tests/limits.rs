//! The limits as they are unless somebody says otherwise, in virtual time: the last good value, the first bad one, and what
//! is said then.

use super::*;
use crate::serve::listen::{OFFERS, Offer};

/// Connects at the kind of port with this option, in clear.
fn connect_to(hub: &mut Hub, now: Instant, option: &str) -> u64 {
    let door = Offer::named(option).unwrap().door(false, true).for_this_machine(true);
    let (number, _) = hub.connect(now, door).unwrap();
    take(hub, now, number);
    number
}

#[test]
fn sixty_seconds_without_a_login_are_too_many_wherever_there_is_one() {
    let end = Instant::START + Duration::from_secs(60);
    let just_before = Instant::from_nanos(end.as_nanos() - 1);
    let asking = OFFERS.iter().filter(|offer| offer.asks_for_password && !offer.tls);
    let mut tried = 0;
    for offer in asking {
        let mut hub = hub(Limits::default());
        let number = connect_to(&mut hub, at(0), offer.option);
        assert!(hub.step(number).wake.is_some_and(|at| at <= end), "--{}", offer.option);
        hub.due(just_before, number);
        assert!(!hub.step(number).is_over, "--{}: the last moment is good", offer.option);
        hub.due(end, number);
        let said = take(&mut hub, end, number);
        assert!(hub.step(number).is_over, "--{}: the first moment after is not", offer.option);
        let says = match offer.service {
            Service::Imap => said.starts_with("* BYE "),
            Service::Smtp => said.starts_with("421 "),
            _ => said.is_empty(),
        };
        assert!(says, "--{}: {said}", offer.option);
        tried += 1;
    }
    assert!(tried >= 10, "{tried}");
}

#[test]
fn whoever_logs_in_at_the_last_moment_stays() {
    let just_before = Instant::from_nanos(60_000_000_000 - 1);
    for (option, lines) in [
        ("pop3", &["USER alice", "PASS secret"][..]),
        ("imap", &["a LOGIN alice secret"]),
        ("pop2", &["HELO alice secret"]),
        ("submission", &["EHLO x", "AUTH PLAIN AGFsaWNlAHNlY3JldA=="]),
    ] {
        let mut hub = hub(Limits::default());
        let number = connect_to(&mut hub, at(0), option);
        for line in lines {
            say(&mut hub, just_before, number, line);
        }
        hub.due(at(60), number);
        assert!(!hub.step(number).is_over, "--{option}");
        assert!(hub.step(number).wake.is_none_or(|wake| wake > at(61)), "--{option}");
    }
}

#[test]
fn a_user_has_ten_connections_over_all_protocols_and_the_eleventh_is_told_why_not() {
    let mut hub = hub(Limits::default());
    let submission = |hub: &mut Hub, now| {
        let number = connect_to(hub, now, "submission");
        say(hub, now, number, "EHLO x");
        (number, say(hub, now, number, "AUTH PLAIN AGFsaWNlAHNlY3JldA=="))
    };
    let mut first = 0;
    for nth in 1..=10 {
        let (number, said) = if nth % 2 == 0 {
            submission(&mut hub, at(0))
        } else {
            let imap = connect_to(&mut hub, at(0), "imap");
            (imap, say(&mut hub, at(0), imap, "a LOGIN alice secret"))
        };
        first = if nth == 1 { number } else { first };
        assert!(said.contains("OK") || said.starts_with("235"), "connection {nth}: {said}");
        assert!(!hub.step(number).is_over, "connection {nth}");
    }
    for (option, lines, word) in [
        ("imap", &["a LOGIN alice secret"][..], "* BYE this user has 10 connections already, "),
        ("pop3", &["USER alice", "PASS secret"], "-ERR this user has 10 connections already, "),
        ("pop2", &["HELO alice secret"], "- this user has 10 connections already, "),
    ] {
        let number = connect_to(&mut hub, at(1), option);
        let mut said = String::new();
        for line in lines {
            said = say(&mut hub, at(1), number, line);
        }
        assert!(said.starts_with(word), "--{option}: {said}");
        assert!(hub.step(number).is_over, "--{option}: a word, then it closes");
        hub.leave(at(1), number);
    }
    let (eleventh, said) = submission(&mut hub, at(1));
    assert!(said.starts_with("421 ") && hub.step(eleventh).is_over, "{said}");
    hub.leave(at(1), eleventh);
    // One who leaves makes room for one.
    hub.leave(at(2), first);
    let imap = connect_to(&mut hub, at(2), "imap");
    assert_eq!(say(&mut hub, at(2), imap, "a LOGIN alice secret"), "a OK LOGIN completed\r\n");
}

#[test]
fn a_misuse_between_two_good_commands_begins_the_count_anew() {
    for service in [Service::Pop3, Service::Smtp] {
        let mut hub = hub(Limits::default());
        let number = connect(&mut hub, at(0), service);
        let good = if service == Service::Pop3 { "CAPA" } else { "NOOP" };
        for _ in 0..3 {
            for _ in 0..9 {
                say(&mut hub, at(0), number, "XYZZY");
            }
            assert!(!hub.step(number).is_over, "{service:?}: nine in a row are not ten");
            say(&mut hub, at(0), number, good);
        }
        assert!(!hub.step(number).is_over, "{service:?}");
    }
}
