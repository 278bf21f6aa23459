//! The sending end: from one host's queue into another host's mailboxes.

use super::*;
use crate::mail::envelope::{Body, Notify};
use crate::mail::message::Message;
use crate::mail::queue::{Item, Policy, QueuedRecipient};

const NAMES: [&str; 3] = ["anna", "ben", "carla"];

fn office_settings() -> SmtpSettings {
    SmtpSettings {
        host: "office.example".into(),
        domains: vec!["office.example".into()],
        queued_domains: vec!["branch.example".into()],
        relay: Relay::Queued,
        turn: true,
        ..SmtpSettings::default()
    }
}

fn branch_settings() -> SmtpSettings {
    SmtpSettings {
        host: "branch.example".into(),
        domains: vec!["branch.example".into()],
        ..SmtpSettings::default()
    }
}

/// The office's store: boss has a mailbox, and these messages wait for the branch.
fn office(items: Vec<Item>) -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let boss = store.add_user("boss", "secret").unwrap();
    store.add_address(boss, "boss@office.example").unwrap();
    store.queue_mut().hold("branch.example");
    for item in items {
        store.queue_mut().push(item);
    }
    store
}

fn branch() -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    for name in NAMES {
        let user = store.add_user(name, "secret").unwrap();
        store.add_address(user, &format!("{name}@branch.example")).unwrap();
    }
    store
}

fn item(to: &[&str], text: &str) -> Item {
    let recipient = |name: &&str| QueuedRecipient {
        address: format!("{name}@branch.example"),
        notify: None,
        orcpt: None,
    };
    Item {
        recipients: to.iter().map(recipient).collect(),
        ..Item::new(
            std::sync::Arc::new(Message::new(text.to_owned())),
            "boss@office.example",
            "branch.example",
            Instant::START,
        )
    }
}

/// Two hosts on one connection: `caller` sends, `called` receives. The line drops after so many octets of both
/// directions; gives how many crossed it.
fn converse(caller: (&mut Smtp, &mut Store), called: (&mut Smtp, &mut Store), drop_after: usize) -> usize {
    let now = Instant::START;
    let mut crossed = 0;
    let mut out = Output::default();
    caller.0.open(now, caller.1, &mut out);
    let mut up = out.bytes();
    let mut out = Output::default();
    called.0.open(now, called.1, &mut out);
    let mut down = out.bytes();
    let mut closed = false;
    while !(up.is_empty() && down.is_empty()) && crossed < drop_after && !closed {
        for is_up in [false, true] {
            let octets = std::mem::take(if is_up { &mut up } else { &mut down });
            let there = octets.len().min(drop_after - crossed);
            crossed += there;
            if there == 0 {
                continue;
            }
            let mut out = Output::default();
            let (session, store) =
                if is_up { (&mut *called.0, &mut *called.1) } else { (&mut *caller.0, &mut *caller.1) };
            session.receive(now, &octets[..there], store, &mut out);
            closed |= out.close && !is_up;
            if is_up { down.extend(out.bytes()) } else { up.extend(out.bytes()) }
        }
    }
    caller.0.gone(caller.1);
    called.0.gone(called.1);
    crossed
}

/// The office calls the branch and sends all it has.
fn call(from: &mut Store, to: &mut Store, receiver: SmtpSettings, drop_after: usize) -> usize {
    let mut sender = Smtp::new(office_settings()).calling(vec!["branch.example".into()], Instant::START);
    let mut receiver = Smtp::new(receiver);
    converse((&mut sender, from), (&mut receiver, to), drop_after)
}

#[test]
fn all_that_waits_is_sent_whatever_the_other_end_announces() {
    let bodies = ["one\r\n", ".\r\n..\r\ntwo\r\n", "Subject: three\r\n\r\nno end"];
    let old = SmtpSettings { domains: branch_settings().domains, ..SmtpSettings::rfc821() };
    let lockstep = SmtpSettings { extensions: Extensions::NONE, ..branch_settings() };
    let no_chunks =
        SmtpSettings { extensions: Extensions::ALL.without(Extension::Chunking), ..branch_settings() };
    let mut crossed = Vec::new();
    for receiver in [old, lockstep, no_chunks, branch_settings()] {
        let mut from = office(bodies.iter().map(|body| item(&["anna", "carla"], body)).collect());
        let mut to = branch();
        crossed.push(call(&mut from, &mut to, receiver, usize::MAX));
        assert!(from.queue().is_empty());
        for name in ["anna", "carla"] {
            let mail = inbox(&to, name);
            assert_eq!(mail.len(), 3);
            assert!(
                mail[1].ends_with("\r\n.\r\n..\r\ntwo\r\n") && mail[2].contains("\r\n\r\nno end"),
                "{mail:?}"
            );
        }
        assert_eq!(inbox(&to, "ben"), [""; 0]);
        assert_eq!(inbox(&from, "boss"), [""; 0], "nothing went wrong, nobody is told");
    }
}

#[test]
fn who_is_refused_for_good_is_reported_and_the_others_have_their_mail() {
    let mut from = office(vec![item(&["anna", "nobody", "ben"], "hello\r\n")]);
    let mut to = branch();
    call(&mut from, &mut to, branch_settings(), usize::MAX);
    assert!(from.queue().is_empty());
    assert_eq!((inbox(&to, "anna").len(), inbox(&to, "ben").len()), (1, 1));
    let [report] = &inbox(&from, "boss")[..] else { panic!("one report") };
    for wanted in [
        "Final-Recipient: rfc822;nobody@branch.example\r\nAction: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; branch.example\r\n",
        "Diagnostic-Code: smtp; 550 5.1.1 no such user here: `nobody@branch.example`\r\n",
        "message/rfc822\r\n\r\nhello\r\n",
    ] {
        assert!(report.contains(wanted), "{wanted}\n{report}");
    }
    assert!(!report.contains("anna"));
}

#[test]
fn whoever_wants_no_report_gets_none() {
    let mut silent = item(&["nobody"], "hello\r\n");
    silent.recipients[0].notify = Some(Notify::NEVER);
    let mut from = office(vec![silent]);
    call(&mut from, &mut branch(), branch_settings(), usize::MAX);
    assert_eq!(inbox(&from, "boss"), [""; 0]);
}

#[test]
fn a_host_that_reports_no_success_has_it_reported_for_it() {
    let mut wanted = item(&["anna"], "hello\r\n");
    wanted.recipients[0].notify = Some(Notify { success: true, failure: true, delay: false });
    let mut from = office(vec![wanted]);
    call(&mut from, &mut branch(), branch_settings(), usize::MAX);
    assert!(inbox(&from, "boss")[0].contains("Action: relayed\r\n"));
}

#[test]
fn what_the_other_end_cannot_take_comes_back_and_the_next_message_goes() {
    let without =
        |extension| SmtpSettings { extensions: Extensions::ALL.without(extension), ..branch_settings() };
    let binary = Item { body: Body::Binary, ..item(&["anna"], "a\nb") };
    let eight = Item { body: Body::EightBit, ..item(&["anna"], "\u{e9}\r\n") };
    let utf8 = Item { utf8: true, ..item(&["anna"], "x\r\n") };
    for (item, receiver, status) in [
        (binary, without(Extension::BinaryMime), "5.6.1"),
        (eight, without(Extension::EightBitMime), "5.6.3"),
        (utf8, without(Extension::SmtpUtf8), "5.6.7"),
        (item(&["anna"], &"x".repeat(101)), SmtpSettings { size_max: 100, ..branch_settings() }, "5.3.4"),
    ] {
        let mut from = office(vec![item, self::item(&["anna"], "next\r\n")]);
        let mut to = branch();
        call(&mut from, &mut to, receiver, usize::MAX);
        let mail = inbox(&to, "anna");
        assert!(mail.len() == 1 && mail[0].ends_with("next\r\n"), "{status}: {mail:?}");
        let [report] = &inbox(&from, "boss")[..] else { panic!("{status}: one report") };
        assert!(report.contains(&format!("Status: {status}\r\n")), "{report}");
    }
}

#[test]
fn what_is_refused_for_now_waits() {
    let full = Limits { mailbox_octets: Some(1), ..Limits::default() };
    let mut from = office(vec![item(&["anna"], "hello\r\n")]);
    call(&mut from, &mut branch(), SmtpSettings { limits: full, ..branch_settings() }, usize::MAX);
    let (_, left) = from.queue().items().next().unwrap();
    assert_eq!(left.attempts, 1);
    assert!(left.last_trouble.starts_with("452 4.2.2 "), "{}", left.last_trouble);
    assert_eq!(inbox(&from, "boss"), [""; 0]);
}

#[test]
fn a_drop_at_any_octet_loses_nothing_and_doubles_only_what_nobody_can_know() {
    for extensions in [Extensions::NONE, Extensions::ALL.without(Extension::Chunking), Extensions::ALL] {
        let receiver = || SmtpSettings { extensions, ..branch_settings() };
        let fresh = || office(vec![item(&["anna", "ben"], "one\r\n"), item(&["anna"], "two\r\n")]);
        let all = call(&mut fresh(), &mut branch(), receiver(), usize::MAX);
        for drop_after in 0..all {
            let (mut from, mut to) = (fresh(), branch());
            call(&mut from, &mut to, receiver(), drop_after);
            let taken = inbox(&to, "anna").len();
            let waits = from.queue().len();
            // What the receiver has and the sender still keeps: its 250 was on the way (RFC 1047).
            let doubtful = taken + waits - 2;
            assert!(doubtful <= 1, "dropped after {drop_after}: {taken} taken, {waits} waiting");
            call(&mut from, &mut to, receiver(), usize::MAX);
            assert!(from.queue().is_empty(), "dropped after {drop_after}");
            assert_eq!(inbox(&to, "anna").len(), 2 + doubtful, "dropped after {drop_after}");
            assert!((1..=1 + doubtful).contains(&inbox(&to, "ben").len()));
        }
    }
}

#[test]
fn after_turn_the_server_sends_what_waits_for_the_name_that_was_said() {
    // RFC 821 §3.8: the ends change places on the same connection.
    let mut lab = Lab::new(office(vec![item(&["anna"], "hello\r\n")]));
    let mut to = branch();
    let result = lab.run(
        |_| Box::new(Smtp::new(office_settings())),
        async |desk| {
            let mut client = SmtpClient::greet(desk.connect(Service::Smtp).await?).await?;
            client.helo("branch.example").await?;
            let wire = client.turn().await?;
            client::receive(wire, &mut Smtp::new(branch_settings()), &mut to).await
        },
    );
    assert!(result.is_ok_and(|octets| octets > 0));
    assert!(lab.store.queue().is_empty() && lab.conns[0].unframed() == 0);
    assert_eq!(inbox(&to, "anna").len(), 1);
}

#[test]
fn mail_that_reaches_nobody_is_late_and_then_comes_back() {
    let at = |hours: u64| Instant::START + Duration::from_secs(hours * 3600);
    let host = Smtp::new(office_settings());
    let mut store = office(vec![item(&["anna"], "hello\r\n")]);
    store.queue_mut().set_policy(Policy::default());
    let try_in_vain = |store: &mut Store, hours| {
        for id in store.queue().due_at(at(hours)) {
            host.tried_in_vain(id, "no call came", at(hours), store);
        }
    };
    try_in_vain(&mut store, 3);
    assert_eq!(inbox(&store, "boss"), [""; 0]);
    try_in_vain(&mut store, 4);
    try_in_vain(&mut store, 5);
    let [late] = &inbox(&store, "boss")[..] else { panic!("one warning") };
    assert!(
        late.contains(
            "Action: delayed\r\nStatus: 4.4.1\r\nWill-Retry-Until: Sat, 7 Mar 1998 20:00:00 +0000\r\n"
        ),
        "{late}"
    );
    try_in_vain(&mut store, 5 * 24);
    let mail = inbox(&store, "boss");
    assert!(mail.len() == 2 && mail[1].contains("Action: failed\r\nStatus: 5.4.7\r\n"), "{mail:?}");
    assert!(store.queue().is_empty());
}

#[test]
fn a_host_that_talks_nonsense_is_left() {
    for said in ["hello\r\n", "220 hi\r\nwhat?\r\n", "554 no\r\n", "220 x\r\n250 x\r\n421 going\r\n", "\r\n"]
    {
        let mut store = office(vec![item(&["anna"], "hello\r\n")]);
        let mut sender = Smtp::new(office_settings()).calling(vec!["branch.example".into()], Instant::START);
        let mut out = Output::default();
        sender.open(Instant::START, &mut store, &mut out);
        sender.receive(Instant::START, said.as_bytes(), &mut store, &mut out);
        sender.receive(Instant::START, b"221 bye\r\n", &mut store, &mut out);
        assert!(out.close, "{said:?}");
        sender.gone(&mut store);
        assert_eq!(store.queue().due_at(Instant::NEVER).len(), 1, "{said:?}: it waits for the next time");
    }
}
