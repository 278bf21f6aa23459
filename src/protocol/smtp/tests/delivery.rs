//! What becomes of a message: lists, reports, the queue.

use super::*;
use crate::mail::store::Alias;

/// A server that queues for others.
fn queueing() -> Smtp {
    Smtp::new(SmtpSettings { relay: Relay::Queued, ..settings() })
}

fn sent(store: &Store, envelope: &str) -> Lab {
    let text = format!(
        "S: 220 <*>\nC: EHLO x\nS: <**>\nS: 250 HELP\n{envelope}\nC: DATA\nS: 354 <*>\nC: Subject: x\nC:\nC: text\nC: .\nS: 250 <*>"
    );
    dialogue(&Dialogue { store, text: &text, burst: true }, queueing)
}

#[test]
fn who_asks_for_it_hears_of_success() {
    let lab = sent(
        &store(),
        "C: MAIL FROM:<brown@bbn-unix.arpa> RET=HDRS ENVID=QQ314159
         S: 250 <*>
         C: RCPT TO:<jones@bbn-unix.arpa> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Mr+2BJones@x
         S: 250 <*>
         C: RCPT TO:<brown@bbn-unix.arpa> NOTIFY=NEVER
         S: 250 <*>",
    );
    let mail = inbox(&lab.store, "brown");
    let report = mail.last().unwrap();
    assert_eq!(mail.len(), 2, "the message, and the report about the other recipient");
    for wanted in [
        "Return-Path: <>\r\n",
        "To: <brown@bbn-unix.arpa>\r\nSubject: Your message was delivered\r\n",
        "Original-Envelope-Id: QQ314159\r\n",
        "Original-Recipient: rfc822;Mr+Jones@x\r\nFinal-Recipient: rfc822;jones@bbn-unix.arpa\r\nAction: delivered\r\nStatus: 2.1.5\r\n",
        "text/rfc822-headers\r\n\r\nSubject: x\r\n--",
    ] {
        assert!(report.contains(wanted), "{wanted}\n{report}");
    }
}

#[test]
fn a_report_to_another_host_waits_in_the_queue_and_says_nothing_about_nobody() {
    for (from, reports) in [("far@elsewhere.example", 1), ("", 0)] {
        let lab = sent(
            &store(),
            &format!(
                "C: MAIL FROM:<{from}>\nS: 250 <*>\nC: RCPT TO:<jones@bbn-unix.arpa> NOTIFY=SUCCESS\nS: 250 <*>"
            ),
        );
        let items: Vec<_> = lab.store.queue().items().map(|(_, item)| item.clone()).collect();
        assert_eq!(items.len(), reports);
        assert!(items.iter().all(|item| item.from.is_empty() && item.recipients[0].address == from));
    }
}

#[test]
fn one_copy_for_each_domain_waits_whoever_the_recipients_are() {
    let lab = sent(
        &store(),
        "C: MAIL FROM:<a@b> BODY=8BITMIME
         S: 250 <*>
         C: RCPT TO:<x@branch.example>
         S: 250 <*>
         C: RCPT TO:<y@BRANCH.example>
         S: 250 <*>
         C: RCPT TO:<z@far.example>
         S: 250 <*>
         C: RCPT TO:<jones@bbn-unix.arpa>
         S: 250 <*>",
    );
    let items: Vec<_> = lab.store.queue().items().map(|(_, item)| item.clone()).collect();
    assert_eq!(items.iter().map(|item| item.recipients.len()).collect::<Vec<_>>(), [2, 1]);
    assert!(std::sync::Arc::ptr_eq(&items[0].message, &items[1].message));
    assert_eq!(inbox(&lab.store, "jones").len(), 1);
}

#[test]
fn a_list_is_delivered_with_its_owner_as_sender() {
    let mut store = store();
    let members =
        ["jones@bbn-unix.arpa", "far@elsewhere.example", "nobody@bbn-unix.arpa", "jones@bbn-unix.arpa"];
    let members = members.map(str::to_owned).to_vec();
    store.set_alias("staff@bbn-unix.arpa", Alias::List { members, owner: "brown@bbn-unix.arpa".into() });
    let lab = sent(
        &store,
        "C: MAIL FROM:<author@x.example>\nS: 250 <*>\nC: RCPT TO:<staff@bbn-unix.arpa>\nS: 250 <*>",
    );
    let [stored] = &inbox(&lab.store, "jones")[..] else { panic!("once") };
    assert!(stored.starts_with("Return-Path: <brown@bbn-unix.arpa>\r\n"), "{stored}");
    let (_, item) = lab.store.queue().items().next().unwrap();
    assert_eq!((item.from.as_str(), item.recipients.len()), ("brown@bbn-unix.arpa", 1));
}

#[test]
fn postmaster_needs_no_domain() {
    let mut store = store();
    store.set_alias("postmaster@bbn.example", Alias::Forward("jones@bbn-unix.arpa".into()));
    let lab = sent(&store, "C: MAIL FROM:<a@b>\nS: 250 <*>\nC: RCPT TO:<postmaster>\nS: 250 <*>");
    assert_eq!(inbox(&lab.store, "jones").len(), 1);
}

#[test]
fn a_message_that_has_passed_too_many_hosts_is_refused() {
    for (hops, code) in [(3, "250"), (4, "554")] {
        let few = || {
            let limits = Limits { hops: 3, ..Limits::default() };
            Smtp::new(SmtpSettings { relay: Relay::Queued, limits, ..settings() })
        };
        let trace = "C: Received: from a by b; Mon, 2 Mar 1998 20:00:00 +0000\n".repeat(hops);
        let text = format!(
            "S: 220 <*>\nC: HELO x\nS: 250 <*>\nC: MAIL FROM:<a@b>\nS: 250 OK\nC: RCPT TO:<z@far.example>\nS: 250 OK\n\
             C: DATA\nS: 354 <*>\n{trace}C:\nC: .\nS: {code} <*>"
        );
        dialogue(&Dialogue { store: &store(), text: &text, burst: true }, few);
    }
}
