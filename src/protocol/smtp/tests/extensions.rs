//! ESMTP: the sessions of RFC 5321 appendix D and of the extensions' own texts.

use super::*;
use crate::mail::envelope::Body;

/// Checks a dialogue with a server of today that keeps mail for others.
fn check_queued(text: &str) -> Lab {
    dialogue(&Dialogue { store: &store(), text, burst: true }, queueing)
}

fn queueing() -> Smtp {
    Smtp::new(SmtpSettings {
        relay: Relay::Queued,
        queued_domains: vec!["branch.example".into(), "shop.branch.example".into()],
        verify_users: true,
        ..settings()
    })
}

#[test]
fn each_extension_is_announced_where_it_works() {
    check_queued(
        "S: 220 <*>
         C: EHLO x
         S: 250-BBN-UNIX.ARPA
         S: 250-PIPELINING
         S: 250-ETRN
         S: 250-ENHANCEDSTATUSCODES
         S: 250-8BITMIME
         S: 250-DSN
         S: 250-SMTPUTF8
         S: 250-CHUNKING
         S: 250-BINARYMIME
         S: 250-SIZE 52428800
         S: 250-VRFY
         S: 250 HELP",
    );
    // Nothing waits here, nobody would read a report, and VRFY tells nothing.
    check(
        "S: 220 <*>
         C: EHLO x
         S: 250-BBN-UNIX.ARPA
         S: 250-PIPELINING
         S: 250-ENHANCEDSTATUSCODES
         S: 250-8BITMIME
         S: 250-SMTPUTF8
         S: 250-CHUNKING
         S: 250-BINARYMIME
         S: 250-SIZE 52428800
         S: 250 HELP",
    );
    let bare = || Smtp::new(SmtpSettings { extensions: Extensions::NONE, ..settings() });
    let text = "S: 220 <*>
                C: EHLO x
                S: 250 BBN-UNIX.ARPA
                C: MAIL FROM:<a@b> SIZE=1
                S: 555 <*>
                C: MAIL FROM:<a@b>
                S: 250 OK
                C: BDAT 3
                S: 502 BDAT is not offered here: <*>";
    dialogue(&Dialogue { store: &store(), text, burst: true }, bare);
}

#[test]
fn each_extension_can_be_turned_off_by_itself() {
    for row in EXTENSIONS {
        let extensions = Extensions::ALL.without(row.kind);
        let without = SmtpSettings {
            extensions,
            relay: Relay::Queued,
            queued_domains: vec!["x".into()],
            verify_users: true,
            ..settings()
        };
        let mut lab = Lab::new(store());
        let conn = lab.open(Smtp::new(without));
        lab.send(conn, b"EHLO x\r\n");
        let said = String::from_utf8_lossy(&lab.conns[conn].arrived).into_owned();
        assert!(!said.contains(row.word), "{}: {said}", row.word);
    }
}

#[test]
fn d1_a_typical_transaction() {
    let lab = check_queued(
        "S: 220 <*>
         C: EHLO bar.com
         S: <**>
         S: 250 HELP
         C: MAIL FROM:<Smith@bar.com>
         S: 250 2.1.0 OK
         C: RCPT TO:<Jones@BBN-UNIX.ARPA>
         S: 250 2.1.5 OK
         C: RCPT TO:<Green@BBN-UNIX.ARPA>
         S: 550 5.1.1 no such user here: `Green@BBN-UNIX.ARPA`
         C: RCPT TO:<Brown@BBN-UNIX.ARPA>
         S: 250 2.1.5 OK
         C: DATA
         S: 354 start mail input; end with <CRLF>.<CRLF>
         C: Blah blah blah...
         C: ..etc. etc. etc.
         C: .
         S: 250 2.0.0 OK, delivered
         C: QUIT
         S: 221 2.0.0 BBN-UNIX.ARPA service closing transmission channel
         S. close",
    );
    assert_eq!((inbox(&lab.store, "jones").len(), inbox(&lab.store, "brown").len()), (1, 1));
}

#[test]
fn d2_an_aborted_transaction() {
    check_queued(
        "S: 220 <*>
         C: EHLO bar.com
         S: <**>
         S: 250 HELP
         C: MAIL FROM:<Smith@bar.com>
         S: 250 2.1.0 OK
         C: RCPT TO:<Jones@BBN-UNIX.ARPA>
         S: 250 2.1.5 OK
         C: RCPT TO:<Green@BBN-UNIX.ARPA>
         S: 550 5.1.1 <*>
         C: RSET
         S: 250 2.0.0 OK
         C: QUIT
         S: 221 2.0.0 <*>
         S. close",
    );
}

#[test]
fn d3_a_relay_puts_the_message_into_its_queue() {
    let lab = check_queued(
        "S: 220 <*>
         C: EHLO bar.com
         S: <**>
         S: 250 HELP
         C: MAIL FROM:<JQP@bar.com>
         S: 250 2.1.0 OK
         C: RCPT TO:<Jones@XYZ.COM>
         S: 250 2.1.5 OK
         C: DATA
         S: 354 <*>
         C: Date: Thu, 21 May 1998 05:33:29 -0700
         C: Subject: The Next Meeting of the Board
         C:
         C: Bill:
         C: .
         S: 250 2.0.0 OK, delivered
         C: QUIT
         S: 221 <*>
         S. close",
    );
    let (_, item) = lab.store.queue().items().next().unwrap();
    assert_eq!((item.domain.as_str(), item.from.as_str()), ("xyz.com", "JQP@bar.com"));
    let text = item.message.octets().unwrap();
    assert!(
        text.starts_with(
            b"Received: from bar.com by BBN-UNIX.ARPA with ESMTP\r\n\tfor <Jones@XYZ.COM>;\r\n\t"
        )
    );
}

#[test]
fn d4_verifying_a_name() {
    let mut store = store();
    let crispin = store.add_user("mrc", "secret").unwrap();
    store.add_address(crispin, "Admin.MRC@BBN-UNIX.ARPA").unwrap();
    store.set_full_name(crispin, "Mark Crispin");
    let text = "S: 220 <*>
                C: EHLO bar.com
                S: <**>
                S: 250 HELP
                C: VRFY Crispin
                S: 250 2.1.5 Mark Crispin <Admin.MRC@BBN-UNIX.ARPA>
                C: MAIL FROM:<EAK@bar.com>
                S: 250 2.1.0 OK
                C: RCPT TO:<Admin.MRC@BBN-UNIX.ARPA>
                S: 250 2.1.5 OK";
    dialogue(&Dialogue { store: &store, text, burst: true }, queueing);
}

#[test]
fn a_group_of_commands_is_answered_in_order_and_nobody_left_is_said_at_data() {
    // RFC 2920 §4, the third example.
    check(
        "S: 220 <*>
         C: EHLO dbc.mtview.ca.us
         S: <**>
         S: 250 HELP
         C: MAIL FROM:<mrose@dbc.mtview.ca.us>
         S: 250 2.1.0 OK
         C: RCPT TO:<nsb@thumper.bellcore.com>
         S: 550 5.7.1 <*>
         C: RCPT TO:<galvin@tis.com>
         S: 550 5.7.1 <*>
         C: DATA
         S: 554 5.5.1 no valid recipients
         C: QUIT
         S: 221 <*>
         S. close",
    );
}

/// How often the client waits: once for the greeting, and once for each of its bursts (RFC 2920 §4).
fn waits(pipelining: bool) -> usize {
    let mut lab = Lab::new(store());
    let bursts = std::rc::Rc::new(std::cell::Cell::new(1));
    let counted = std::rc::Rc::clone(&bursts);
    let result = lab.run(
        move |_| Box::new(Counted { session: server(), bursts: std::rc::Rc::clone(&counted) }),
        async |desk| {
            let mut client = SmtpClient::greet(desk.connect(Service::Smtp).await?).await?;
            if pipelining {
                client.ehlo("dbc.mtview.ca.us").await?;
                client.do_without(|announced| announced.chunking = false);
            } else {
                client.helo("dbc.mtview.ca.us").await?;
            }
            let to = ["jones@bbn-unix.arpa", "brown@bbn-unix.arpa", "jones@bbn-unix.arpa"];
            client.last_transaction("mrose@dbc.mtview.ca.us", &to, b"Hello\r\n", Body::SevenBit).await
        },
    );
    assert_eq!(result, Ok(Vec::new()));
    assert_eq!((inbox(&lab.store, "jones").len(), inbox(&lab.store, "brown").len()), (1, 1));
    bursts.get()
}

/// Counts how often something comes in: in this laboratory each write of a client arrives by itself.
struct Counted {
    session: Smtp,
    bursts: std::rc::Rc<std::cell::Cell<usize>>,
}

impl Session for Counted {
    fn open(&mut self, now: Instant, store: &mut Store, out: &mut Output) {
        self.session.open(now, store, out);
    }
    fn receive(&mut self, now: Instant, bytes: &[u8], store: &mut Store, out: &mut Output) {
        self.bursts.set(self.bursts.get() + 1);
        self.session.receive(now, bytes, store, out);
    }
    fn notice(&mut self, _: Instant, _: &Store, _: &mut Output) {}
    fn wake(&mut self, now: Instant, store: &mut Store, out: &mut Output) {
        self.session.wake(now, store, out);
    }
    fn gone(&mut self, store: &mut Store) {
        self.session.gone(store);
    }
}

#[test]
fn nine_turnarounds_become_four() {
    assert_eq!((waits(false), waits(true)), (9, 4));
}

#[test]
fn chunks_carry_any_octets_and_no_dot_ends_them() {
    let lab = check(
        "S: 220 <*>
         C: EHLO cnri.reston.va.us
         S: <**>
         S: 250 HELP
         C: MAIL FROM:<ned@ymir.claremont.edu> BODY=BINARYMIME
         S: 250 2.1.0 OK
         C: RCPT TO:<jones@bbn-unix.arpa>
         S: 250 2.1.5 OK
         C: DATA
         S: 503 5.5.1 BODY=BINARYMIME comes by BDAT only (RFC 3030 section 3)
         C: BDAT 10
         C- abc\\r\\n.\\r\\nQU
         S: 250 2.0.0 10 octets received
         C: DATA
         S: 503 5.5.1 a message comes by DATA or by BDAT, not by both (RFC 3030 section 3)
         C: BDAT 5 LAST
         C- IT\\n\\r\\xff
         S: 250 2.0.0 OK, delivered
         C: BDAT 3
         C- abc
         S: 503 5.5.1 BDAT comes too early: no mail transaction is open (RFC 3030 section 2)
         C: MAIL FROM:<a@b>
         S: 250 2.1.0 OK
         C: BDAT 6 LAST
         C: QUIT
         S: 503 5.5.1 BDAT comes too early: no recipient is accepted yet (RFC 3030 section 2)
         C: RCPT TO:<jones@bbn-unix.arpa>
         S: 250 2.1.5 OK
         C: BDAT 0 LAST
         S: 250 2.0.0 OK, delivered",
    );
    let jones = lab.store.inbox(lab.store.user(b"jones").unwrap()).unwrap();
    let stored = lab.store.mailbox(jones).unwrap().entries.get(0).unwrap().message.octets().unwrap();
    assert!(stored.ends_with(b"\r\nabc\r\n.\r\nQUIT\n\r\xff"), "{stored:?}");
    assert_eq!(lab.conns[0].commands[4], "BDAT 10", "a chunk belongs to its command");
}

#[test]
fn a_chunk_whose_size_cannot_be_read_ends_the_session() {
    for size in ["x", "", "-1", "+1", "1x", "99999999999999999999", "1 LAST LAST", "1 FIRST"] {
        let text = format!(
            "S: 220 <*>
             C: EHLO x
             S: <**>
             S: 250 HELP
             C: BDAT {size}
             S: 421 4.5.0 a chunk whose size cannot be read <*>
             S. close"
        );
        check(&text);
    }
}

#[test]
fn chunks_beyond_the_size_are_thrown_away_and_end_the_transaction() {
    let small = || Smtp::new(SmtpSettings { size_max: 10, ..settings() });
    let text = "S: 220 <*>
                C: EHLO x
                S: <**>
                S: 250 HELP
                C: MAIL FROM:<a@b>
                S: 250 2.1.0 OK
                C: RCPT TO:<jones@bbn-unix.arpa>
                S: 250 2.1.5 OK
                C: BDAT 10
                C- 12345678\\r\\n
                S: 250 2.0.0 10 octets received
                C: BDAT 1
                C- x
                S: 552 5.3.4 <*>
                C: BDAT 1 LAST
                C- x
                S: 503 5.5.1 <*>";
    let lab = dialogue(&Dialogue { store: &store(), text, burst: true }, small);
    assert_eq!(inbox(&lab.store, "jones"), [""; 0]);
}

#[test]
fn addresses_in_any_script_need_the_extension_in_each_transaction() {
    let mut store = store();
    let user = store.add_user("j\u{f6}rg", "secret").unwrap();
    store.add_address(user, "j\u{f6}rg@bbn.example").unwrap();
    let text = "S: 220 <*>
                C: EHLO x
                S: <**>
                S: 250 HELP
                C: MAIL FROM:<\u{e9}@x>
                S: 553 5.6.7 <*>
                C: MAIL FROM:<a@b>
                S: 250 2.1.0 OK
                C: RCPT TO:<j\u{f6}rg@bbn.example>
                S: 553 5.6.7 <*>
                C: RSET
                S: 250 <*>
                C: MAIL FROM:<\u{e9}@x> SMTPUTF8
                S: 250 2.1.0 OK
                C: RCPT TO:<j\u{f6}rg@bbn.example>
                S: 250 2.1.5 OK
                C: DATA
                S: 354 <*>
                C: .
                S: 250 2.0.0 <*>";
    let lab = dialogue(&Dialogue { store: &store, text, burst: true }, server);
    let [stored] = &inbox(&lab.store, "j\u{f6}rg")[..] else { panic!("one message") };
    assert!(
        stored.starts_with("Return-Path: <\u{e9}@x>\r\nReceived: from x by BBN-UNIX.ARPA with UTF8SMTP\r\n"),
        "{stored}"
    );
}

#[test]
fn etrn_tells_what_waits() {
    // RFC 1985 §7. Deviation: ETRN without a name is 501 as in §5.3, not 500 as the example prints.
    let mut store = store();
    for domain in ["branch.example", "shop.branch.example", "branch.example"] {
        let message = std::sync::Arc::new(crate::mail::message::Message::new("\r\n"));
        store.queue_mut().push(crate::mail::queue::Item::new(message, "a@b", domain, Instant::START));
    }
    let text = "S: 220 <*>
                C: EHLO ymir.claremont.edu
                S: <**>
                S: 250 HELP
                C: ETRN
                S: 501 5.5.4 <*>
                C: ETRN @
                S: 501 5.5.4 <*>
                C: ETRN uu.net
                S: 459 4.7.1 node `uu.net` not allowed: no mail is kept for it here
                C: ETRN shop.branch.example
                S: 253 2.0.0 OK, 1 pending messages for node shop.branch.example started
                C: ETRN @branch.example
                S: 253 2.0.0 OK, 3 pending messages for node @branch.example started
                C: ETRN #branch.example
                S: 253 2.0.0 OK, 2 pending messages for node #branch.example started
                C: MAIL FROM:<a@b>
                S: 250 <*>
                C: ETRN branch.example
                S: 503 5.5.1 ETRN comes too late: <*>";
    let lab = dialogue(&Dialogue { store: &store, text, burst: true }, queueing);
    assert_eq!(lab.store.queue().started().collect::<Vec<_>>(), ["branch.example", "shop.branch.example"]);
    check_queued(
        "S: 220 <*>\nC: ETRN branch.example\nS: 251 OK, no messages waiting for node branch.example",
    );
}
