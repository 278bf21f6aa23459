//! Mail that goes on: two hubs, and somebody who carries octets between them.

use super::*;
use crate::mail::queue::Policy;
use crate::serve::hub::Call;
use crate::serve::listen::Offer;
use crate::serve::routes::{Route, Routes};

const FAR: &str = "far.example:25";

/// The hub of example.org, which sends everything on to one host, holds mail for a branch, and tries again after a minute.
fn office() -> Hub {
    let routes = Routes {
        relay: Some(FAR.into()),
        routes: vec![
            Route { domain: "branch.example".into(), host: Some("branch:25".into()), hold: true },
            Route { domain: "turning.example".into(), host: None, hold: true },
        ],
        policy: Policy { retry: Duration::from_secs(60), ..Policy::default() },
    };
    let mut hub = hub(Limits::default());
    routes.prepare(&mut hub.store);
    hub.models.routes = routes;
    hub.models.features = vec![(Some(Service::Smtp), "turn".into(), true)];
    hub
}

/// The hub of far.example and branch.example, where alice and bob live.
fn far() -> Hub {
    let mut hub = hub(Limits::default());
    hub.models.host = "mail.far.example".into();
    hub.models.domains = vec!["far.example".into(), "branch.example".into()];
    for name in ["alice", "bob"] {
        let user = hub.store.user(name.as_bytes()).unwrap();
        for domain in ["far.example", "branch.example"] {
            hub.store.add_address(user, &format!("{name}@{domain}")).unwrap();
        }
    }
    hub
}

/// Brings mail from alice to the office, over SMTP on its own machine.
fn send(hub: &mut Hub, now: Instant, to: &[&str], text: &str) -> Vec<String> {
    let smtp = connect(hub, now, Service::Smtp);
    say(hub, now, smtp, "EHLO there");
    say(hub, now, smtp, "MAIL FROM:<alice@example.org>");
    let said = to.iter().map(|to| say(hub, now, smtp, &format!("RCPT TO:<{to}>"))).collect();
    say(hub, now, smtp, "DATA");
    say(hub, now, smtp, &format!("{text}\r\n."));
    say(hub, now, smtp, "QUIT");
    hub.leave(now, smtp);
    said
}

/// The office's call reaches the far hub: all that both say crosses, unless the line drops after so many steps.
fn carry(office: &mut Hub, far: &mut Hub, call: Call, now: Instant, steps: usize) {
    let (here, _) = office.connected_to(now, call);
    let (there, _) = far.connect(now, Service::Smtp).unwrap();
    for _ in 0..steps {
        let up = take(office, now, here);
        if !up.is_empty() {
            far.received(now, there, up.as_bytes());
        }
        let down = take(far, now, there);
        if !down.is_empty() {
            office.received(now, here, down.as_bytes());
        }
        if office.step(here).is_over {
            break;
        }
    }
    office.leave(now, here);
    far.leave(now, there);
}

fn mail(hub: &Hub, user: &str) -> Vec<String> {
    let inbox = hub.store.inbox(hub.store.user(user.as_bytes()).unwrap()).unwrap();
    let entries = hub.store.mailbox(inbox).unwrap().entries.iter().skip(1);
    entries.map(|entry| String::from_utf8(entry.message.octets().unwrap().to_vec()).unwrap()).collect()
}

fn one(calls: Vec<Call>) -> Call {
    let [call] = <[Call; 1]>::try_from(calls).unwrap();
    call
}

#[test]
fn nothing_leaves_a_server_that_was_not_told_where_to() {
    let mut hub = hub(Limits::default());
    let said = send(&mut hub, at(0), &["bob@far.example"], "hello");
    assert!(said[0].starts_with("550 ") && said[0].contains("far.example"), "{said:?}");
    assert!(hub.calls(at(0)).is_empty() && hub.next_call().is_none() && hub.waiting() == 0);
    // Nor by the ways round SMTP.
    let pop3 = connect(&mut hub, at(0), Service::Pop3);
    for line in ["USER alice", "PASS secret", "XTND XMIT"] {
        say(&mut hub, at(0), pop3, line);
    }
    let said = say(&mut hub, at(0), pop3, "To: bob@far.example, alice@example.org\r\n\r\nhello\r\n.");
    assert!(said.starts_with("-ERR unable to send the message: "), "{said}");
    let door = Offer::named("imap3").unwrap().door(false, true).for_this_machine(true);
    let (imap3, _) = hub.connect(at(0), door).unwrap();
    for line in
        ["a LOGIN alice secret", "b SELECT.VERSION (3 0)", "c SELECT.FEATURES SEND", "d SEND RFC822 {24}"]
    {
        say(&mut hub, at(0), imap3, line);
    }
    let said = say(&mut hub, at(0), imap3, "To: bob@far.example\r\n\r\nx");
    assert!(said.starts_with("d NO "), "{said}");
    assert!(hub.waiting() == 0 && mail(&hub, "alice").is_empty(), "all or nobody");
}

#[test]
fn mail_for_another_host_goes_on_in_one_call_whoever_it_is_for() {
    let (mut office, mut far) = (office(), far());
    let said =
        send(&mut office, at(0), &["bob@far.example", "alice@far.example", "bob@branch.example"], "hello");
    assert!(said.iter().all(|said| said.starts_with("250")), "{said:?}");
    send(&mut office, at(0), &["bob@other.example"], "hello");
    assert_eq!((office.waiting(), office.next_call()), (3, Some(at(0))));
    let call = one(office.calls(at(1)));
    assert_eq!(call, Call { host: FAR.into(), domains: vec!["far.example".into(), "other.example".into()] });
    assert!(office.calls(at(1)).is_empty() && office.next_call() > Some(at(1)), "it is being called");
    carry(&mut office, &mut far, call, at(1), 100);
    assert_eq!((mail(&far, "alice").len(), mail(&far, "bob").len()), (1, 1));
    // far.example does not relay, and alice hears of it.
    let reports = mail(&office, "alice");
    assert!(
        reports.len() == 1 && reports[0].contains("Final-Recipient: rfc822;bob@other.example"),
        "{reports:?}"
    );
    assert_eq!(office.waiting(), 1, "what is held for the branch");
    assert!(office.calls(at(1)).is_empty());
}

#[test]
fn a_host_that_does_not_answer_is_tried_again_and_its_mail_comes_back_in_the_end() {
    let mut office = office();
    send(&mut office, at(0), &["bob@far.example"], "hello");
    let mut tries = 0;
    let mut now = at(0);
    while let Some(next) = office.next_call() {
        now = next.max(now);
        for call in office.calls(now) {
            tries += 1;
            office.not_reached(now, &call, "connection refused");
        }
    }
    assert_eq!(now, at(5 * 24 * 3600), "five days: RFC 5321 §4.5.4.1");
    assert_eq!(tries, 5 * 24 * 60 + 1);
    let told: Vec<bool> =
        mail(&office, "alice").iter().map(|text| text.contains("Action: delayed")).collect();
    assert_eq!(told, [true, false], "it is late, then it is over");
}

#[test]
fn a_host_that_always_says_later_is_given_up_too() {
    let mut office = office();
    send(&mut office, at(0), &["bob@far.example"], "hello");
    let (mut now, mut tries) = (at(0), 0);
    while let Some(next) = office.next_call() {
        now = next.max(now);
        for call in office.calls(now) {
            tries += 1;
            let (number, _) = office.connected_to(now, call);
            // Now at the greeting, then at RCPT.
            let replies: &[&str] = match tries % 3 {
                0 => &["450 4.3.2 not now\r\n", "221 bye\r\n"],
                1 => &[
                    "220 hi\r\n",
                    "250 hi\r\n",
                    "250 ok\r\n",
                    "451 4.7.1 come back\r\n",
                    "250 ok\r\n",
                    "221 bye\r\n",
                ],
                _ => &["220 hi\r\n", "250 hi\r\n", "421 4.3.0 going\r\n"],
            };
            for reply in replies {
                take(&mut office, now, number);
                office.received(now, number, reply.as_bytes());
            }
            assert!(office.step(number).is_over);
            office.leave(now, number);
        }
    }
    assert_eq!((now, tries), (at(5 * 24 * 3600), 5 * 24 * 60 + 1));
    let reports = mail(&office, "alice");
    assert_eq!(reports.len(), 2);
    assert!(reports[1].contains("Status: 5.4.7\r\nDiagnostic-Code: smtp; 4"), "{}", reports[1]);
}

#[test]
fn mail_for_a_branch_waits_until_it_says_etrn() {
    let (mut office, mut far) = (office(), far());
    send(&mut office, at(0), &["bob@branch.example"], "hello");
    assert!(office.calls(at(0)).is_empty());
    let smtp = connect(&mut office, at(60), Service::Smtp);
    say(&mut office, at(60), smtp, "EHLO branch.example");
    let said = say(&mut office, at(60), smtp, "ETRN branch.example");
    assert!(said.starts_with("253 2.0.0 OK, 1 pending"), "{said}");
    let call = one(office.calls(at(60)));
    assert_eq!(call.host, "branch:25");
    carry(&mut office, &mut far, call, at(60), 100);
    assert_eq!((mail(&far, "bob").len(), office.waiting()), (1, 0));
}

#[test]
fn turn_brings_mail_over_the_same_connection_and_etrn_says_that_nobody_can_be_called() {
    let mut office = office();
    send(&mut office, at(0), &["bob@turning.example"], "hello");
    let smtp = connect(&mut office, at(1), Service::Smtp);
    say(&mut office, at(1), smtp, "EHLO turning.example");
    say(&mut office, at(1), smtp, "ETRN turning.example");
    assert!(office.calls(at(1)).is_empty());
    let news = office.news();
    assert!(news.len() == 1 && news[0].contains("no route says where its host is"), "{news:?}");
    assert!(say(&mut office, at(1), smtp, "TURN").starts_with("250"));
    let mut said = String::new();
    for reply in ["220 here", "250 here", "250 ok", "250 ok", "354 go", "250 ok", "221 bye"] {
        said += &say(&mut office, at(1), smtp, reply);
    }
    assert!(said.contains("RCPT TO:<bob@turning.example>") && said.contains("hello\r\n.\r\n"), "{said}");
    assert!(office.step(smtp).is_over && office.waiting() == 0);
}

#[test]
fn who_comes_from_beyond_this_machine_may_not_send_anywhere() {
    let mut office = office();
    let door = Door::from(Service::Smtp).for_this_machine(false);
    let (number, _) = office.connect(at(0), door).unwrap();
    say(&mut office, at(0), number, "EHLO there");
    say(&mut office, at(0), number, "MAIL FROM:<x@y.example>");
    for (to, code) in [("a@far.example", "550"), ("b@branch.example", "250"), ("alice@example.org", "250")] {
        let said = say(&mut office, at(0), number, &format!("RCPT TO:<{to}>"));
        assert!(said.starts_with(code), "{to}: {said}");
    }
}

#[test]
fn a_line_that_drops_anywhere_loses_nothing_and_the_next_call_brings_the_rest() {
    for steps in 0..10 {
        let (mut office, mut far) = (office(), far());
        send(&mut office, at(0), &["alice@far.example"], "hello");
        send(&mut office, at(0), &["bob@far.example"], "hello");
        let call = one(office.calls(at(0)));
        carry(&mut office, &mut far, call, at(0), steps);
        let retries = office.calls(at(1)).len();
        assert_eq!(retries, 0, "dropped after {steps}: not at once again");
        while office.waiting() > 0 {
            let call = one(office.calls(at(61)));
            carry(&mut office, &mut far, call, at(61), 100);
        }
        let there = mail(&far, "alice").len() + mail(&far, "bob").len();
        assert!((2..=3).contains(&there), "dropped after {steps}: {there}");
        assert!(mail(&office, "alice").is_empty(), "nobody is told of what went well");
    }
}

#[test]
fn what_comes_in_for_a_host_that_is_on_the_line_has_the_next_call() {
    let (mut office, mut far) = (office(), far());
    send(&mut office, at(0), &["alice@far.example"], "hello");
    let call = one(office.calls(at(0)));
    // Another domain, by the same relay: it is due, and nobody has to ask for it again and again.
    send(&mut office, at(0), &["bob@branch.example", "bob@other.example"], "hello");
    assert!(office.calls(at(0)).is_empty());
    assert!(office.next_call().is_some_and(|next| next > at(0)), "the held one, when it is late");
    carry(&mut office, &mut far, call, at(0), 100);
    assert_eq!(office.next_call(), Some(at(0)));
    let call = one(office.calls(at(0)));
    assert_eq!(call.domains, ["other.example"]);
}
