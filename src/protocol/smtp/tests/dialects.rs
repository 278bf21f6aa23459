//! SMTP by its years: RFC 821 with its own scenarios, LMTP with its own.

use super::*;
use crate::mail::store::Alias;

/// A host of 1982 that does everything.
fn old() -> Smtp {
    Smtp::new(SmtpSettings {
        host: "SU-SCORE.ARPA".into(),
        domains: vec!["SU-SCORE.ARPA".into()],
        ..SmtpSettings::rfc821()
    })
}

fn score(at_terminal: bool) -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let crispin = store.add_user("mrc", "secret").unwrap();
    store.add_address(crispin, "Admin.MRC@SU-SCORE.ARPA").unwrap();
    store.set_full_name(crispin, "Mark Crispin");
    store.set_at_terminal(crispin, at_terminal);
    store
}

fn check_old(store: &Store, text: &str) -> Lab {
    dialogue(&Dialogue { store, text, burst: true }, old)
}

#[test]
fn what_1982_did_not_know_it_answers_with_500() {
    check_old(
        &score(false),
        "S: 220 SU-SCORE.ARPA simple mail transfer service ready
         C: EHLO x
         S: 500 there is no command `EHLO`<*>
         C: LHLO x
         S: 500 <*>
         C: STARTTLS
         S: 500 <*>
         C: BDAT 5
         S: 500 <*>
         C: HELO x
         S: 250 SU-SCORE.ARPA
         C: ETRN x
         S: 500 <*>
         C: AUTH PLAIN
         S: 500 <*>
         C: NOOP x
         S: 501 <*>
         C: MAIL FROM:<a@b> SIZE=5
         S: 555 <*>
         C: MAIL FROM:<a@b>
         S: 250 OK",
    );
}

#[test]
fn scenario_4_verifying_and_sending_to_the_terminal() {
    let lab = check_old(
        &score(true),
        "S: 220 <*>
         C: HELO MIT-MC.ARPA
         S: 250 SU-SCORE.ARPA
         C: VRFY Crispin
         S: 250 Mark Crispin <Admin.MRC@SU-SCORE.ARPA>
         C: SEND FROM:<EAK@MIT-MC.ARPA>
         S: 250 OK
         C: RCPT TO:<Admin.MRC@SU-SCORE.ARPA>
         S: 250 OK
         C: DATA
         S: 354 <*>
         C: Blah blah blah...
         C: .
         S: 250 <*>
         C: QUIT
         S: 221 <*>
         S. close",
    );
    let shown: Vec<_> = lab.store.shown_on_terminals().collect();
    assert_eq!(shown.len(), 1);
    assert!(shown[0].message.octets().unwrap().ends_with(b" UT\r\nBlah blah blah...\r\n"));
    assert_eq!(inbox(&lab.store, "mrc"), [""; 0], "SEND is no mail");
}

#[test]
fn scenarios_5_and_6_who_does_not_sit_there_is_mailed() {
    let lab = check_old(
        &score(false),
        "S: 220 <*>
         C: HELO MIT-MC.ARPA
         S: 250 <*>
         C: SEND FROM:<EAK@MIT-MC.ARPA>
         S: 250 OK
         C: RCPT TO:<Admin.MRC@SU-SCORE.ARPA>
         S: 450 user not active now
         C: RSET
         S: 250 OK
         C: MAIL FROM:<EAK@MIT-MC.ARPA>
         S: 250 OK
         C: RCPT TO:<Admin.MRC@SU-SCORE.ARPA>
         S: 250 OK
         C: DATA
         S: 354 <*>
         C: five
         C: .
         S: 250 <*>
         C: SOML FROM:<EAK@MIT-MC.ARPA>
         S: 250 OK
         C: RCPT TO:<Admin.MRC@SU-SCORE.ARPA>
         S: 250 user not active now, so will do mail
         C: DATA
         S: 354 <*>
         C: six
         C: .
         S: 250 <*>",
    );
    let stored = inbox(&lab.store, "mrc");
    assert!(
        stored.len() == 2 && stored[0].ends_with("five\r\n") && stored[1].ends_with("six\r\n"),
        "{stored:?}"
    );
    assert!(
        stored[0]
            .contains("\r\nReceived: from MIT-MC.ARPA by SU-SCORE.ARPA with SMTP ; 2 Mar 98 20:00:00 UT\r\n")
    );
    assert_eq!(lab.store.shown_on_terminals().count(), 0);
}

#[test]
fn saml_does_both() {
    let lab = check_old(
        &score(true),
        "S: 220 <*>
         C: HELO x
         S: 250 <*>
         C: SAML FROM:<EAK@MIT-MC.ARPA>
         S: 250 OK
         C: RCPT TO:<Admin.MRC@SU-SCORE.ARPA>
         S: 250 OK
         C: DATA
         S: 354 <*>
         C: .
         S: 250 <*>",
    );
    assert_eq!((lab.store.shown_on_terminals().count(), inbox(&lab.store, "mrc").len()), (1, 1));
}

#[test]
fn scenario_7_a_mailing_list_is_expanded() {
    let mut store = score(false);
    let members = ["ABC@MIT-MC.ARPA", "Admin.MRC@SU-SCORE.ARPA", "xyz@bar-unix.ARPA"].map(str::to_owned);
    let list = Alias::List { members: members.to_vec(), owner: "owner@SU-SCORE.ARPA".into() };
    store.set_alias("Example-People@SU-SCORE.ARPA", list);
    check_old(
        &store,
        "S: 220 <*>
         C: HELO SU-SCORE.ARPA
         S: 250 <*>
         C: EXPN Example-People
         S: 250-<ABC@MIT-MC.ARPA>
         S: 250-Mark Crispin <Admin.MRC@SU-SCORE.ARPA>
         S: 250 <xyz@bar-unix.ARPA>
         C: EXPN Crispin
         S: 550 that matches nobody here
         C: QUIT
         S: 221 <*>
         S. close",
    );
}

#[test]
fn a_name_of_several_is_ambiguous() {
    let mut store = score(false);
    let other = store.add_user("other", "secret").unwrap();
    store.add_address(other, "other@SU-SCORE.ARPA").unwrap();
    store.set_full_name(other, "John Crispin");
    check_old(
        &store,
        "S: 220 <*>
         C: VRFY Crispin
         S: 553 user ambiguous; there are Mark Crispin <Admin.MRC@SU-SCORE.ARPA>, John Crispin <other@SU-SCORE.ARPA>",
    );
}

#[test]
fn forwarded_mail_goes_on_where_the_server_relays_and_is_told_the_way_where_not() {
    // RFC 821 §3.2, examples 2 and 3.
    let mut store = score(false);
    store.set_alias("Jones@SU-SCORE.ARPA", Alias::Forward("Jones@USC-ISI.ARPA".into()));
    store.set_alias("Paul@SU-SCORE.ARPA", Alias::Forward("Admin.MRC@SU-SCORE.ARPA".into()));
    let begun = "S: 220 <*>\nC: HELO x\nS: 250 <*>\nC: MAIL FROM:<a@b>\nS: 250 OK\nC: RCPT TO:<Jones@SU-SCORE.ARPA>\n";
    check_old(
        &store,
        &format!("{begun}S: 551 user not local; please try <Jones@USC-ISI.ARPA>\nC: VRFY Jones\nS: 551 <*>"),
    );
    let relays = || Smtp::new(SmtpSettings { relay: Relay::Queued, ..old().settings().clone() });
    let text = format!(
        "{begun}S: 251 user not local; will forward to <Jones@USC-ISI.ARPA>
         C: RCPT TO:<paul@su-score.arpa>
         S: 250 OK
         C: VRFY Jones
         S: 251 user not local; will forward to <Jones@USC-ISI.ARPA>
         C: DATA
         S: 354 <*>
         C: hello
         C: .
         S: 250 <*>"
    );
    let lab = dialogue(&Dialogue { store: &store, text: &text, burst: true }, relays);
    assert_eq!(inbox(&lab.store, "mrc").len(), 1);
    let (_, item) = lab.store.queue().items().next().unwrap();
    assert_eq!(
        (item.domain.as_str(), item.recipients[0].address.as_str()),
        ("usc-isi.arpa", "Jones@USC-ISI.ARPA")
    );
}

#[test]
fn forwarding_in_circles_is_refused() {
    let mut store = score(false);
    store.set_alias("a@SU-SCORE.ARPA", Alias::Forward("b@SU-SCORE.ARPA".into()));
    store.set_alias("b@SU-SCORE.ARPA", Alias::Forward("a@SU-SCORE.ARPA".into()));
    check_old(
        &store,
        "S: 220 <*>\nC: HELO x\nS: 250 <*>\nC: MAIL FROM:<x@y>\nS: 250 OK\nC: RCPT TO:<a@SU-SCORE.ARPA>\nS: 554 <*>",
    );
}

fn lmtp() -> Smtp {
    Smtp::new(SmtpSettings {
        host: "foo.edu".into(),
        domains: vec!["foo.edu".into()],
        limits: Limits { mailbox_octets: Some(250), ..Limits::default() },
        ..SmtpSettings::lmtp()
    })
}

fn foo() -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    for name in ["pat", "green"] {
        let user = store.add_user(name, "secret").unwrap();
        store.add_address(user, &format!("{name}@foo.edu")).unwrap();
    }
    // Green's mailbox has room for an envelope's promise, not for the text.
    let green = store.inbox(store.user(b"green").unwrap()).unwrap();
    let old = std::sync::Arc::new(crate::mail::message::Message::new("x".repeat(240)));
    let at = store.clock(Instant::START);
    store.append(green, old, crate::mail::flags::Flags::NONE, at);
    store
}

#[test]
fn lmtp_answers_for_each_recipient() {
    // RFC 2033 §4.2.
    let lab = dialogue(
        &Dialogue {
            store: &foo(),
            text: "S: 220 foo.edu local mail transfer service ready
                   C: HELO foo.edu
                   S: 500 <*>
                   C: EHLO foo.edu
                   S: 500 there is no command `EHLO`<*>
                   C: LHLO foo.edu
                   S: 250-foo.edu
                   S: 250-PIPELINING
                   S: 250-ENHANCEDSTATUSCODES
                   S: <**>
                   S: 250 HELP
                   C: MAIL FROM:<chris@bar.com>
                   S: 250 2.1.0 OK
                   C: DATA
                   S: 503 5.5.1 <*>
                   C: RCPT TO:<pat@foo.edu>
                   S: 250 2.1.5 OK
                   C: RCPT TO:<jones@foo.edu>
                   S: 550 5.1.1 <*>
                   C: RCPT TO:<green@foo.edu>
                   S: 250 2.1.5 OK
                   C: DATA
                   S: 354 <*>
                   C: Blah blah blah...
                   C: ..etc. etc. etc.
                   C: .
                   S: 250 2.0.0 <pat@foo.edu> OK, delivered
                   S: 452 4.2.2 <green@foo.edu> no room in the mailbox of `green@foo.edu`
                   C: QUIT
                   S: 221 <*>
                   S. close",
            burst: true,
        },
        lmtp,
    );
    assert_eq!((inbox(&lab.store, "pat").len(), inbox(&lab.store, "green").len()), (1, 1));
    assert!(inbox(&lab.store, "pat")[0].contains(" with LMTP;"));
}

#[test]
fn lmtp_chunks_are_answered_once_and_the_last_for_each() {
    // RFC 2033 §4.3: for nobody there is no reply.
    dialogue(
        &Dialogue {
            store: &foo(),
            text: "S: 220 <*>
                   C: LHLO foo.edu
                   S: <**>
                   S: 250 HELP
                   C: MAIL FROM:<chris@bar.com>
                   S: 250 <*>
                   C: BDAT 3 LAST
                   C- abc
                   C: MAIL FROM:<chris@bar.com>
                   S: 250 <*>
                   C: RCPT TO:<pat@foo.edu>
                   S: 250 <*>
                   C: RCPT TO:<pat@foo.edu>
                   S: 250 <*>
                   C: BDAT 3
                   C- abc
                   S: 250 2.0.0 3 octets received
                   C: BDAT 2 LAST
                   C- \\r\\n
                   S: 250 2.0.0 <pat@foo.edu> OK, delivered
                   S: 250 2.0.0 <pat@foo.edu> OK, delivered",
            burst: true,
        },
        lmtp,
    );
}
