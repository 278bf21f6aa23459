//! Sessions that RFCs print and that stand nowhere else: RFC 821 appendix F (forwarding, too many recipients), RFC 3030 §4,
//! RFC 4954 §5, RFC 3461 §10.

use super::*;
use crate::mail::store::Alias;
use crate::protocol::sasl::Mechanism;

fn isif(relay: Relay) -> impl FnMut() -> Smtp {
    move || {
        Smtp::new(SmtpSettings {
            host: "USC-ISIF.ARPA".into(),
            domains: vec!["USC-ISIF.ARPA".into()],
            relay: relay.clone(),
            ..SmtpSettings::rfc821()
        })
    }
}

fn forwarding() -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    store.set_alias("fred@USC-ISIF.ARPA", Alias::Forward("Jones@USC-ISI.ARPA".into()));
    store
}

#[test]
fn scenario_8_a_message_is_forwarded() {
    let text = "S: 220 USC-ISIF.ARPA <*>
         C: HELO LBL-UNIX.ARPA
         S: 250 USC-ISIF.ARPA
         C: MAIL FROM:<mo@LBL-UNIX.ARPA>
         S: 250 OK
         C: RCPT TO:<fred@USC-ISIF.ARPA>
         S: 251 user not local; will forward to <Jones@USC-ISI.ARPA>
         C: DATA
         S: 354 start mail input; end with <CRLF>.<CRLF>
         C: Blah blah blah...
         C: ...etc. etc. etc.
         C: .
         S: 250 <*>
         C: QUIT
         S: 221 USC-ISIF.ARPA <*>
         S. close";
    let lab = dialogue(&Dialogue { store: &forwarding(), text, burst: true }, isif(Relay::Queued));
    let (_, item) = lab.store.queue().items().next().unwrap();
    assert_eq!((item.domain.as_str(), item.from.as_str()), ("usc-isi.arpa", "mo@LBL-UNIX.ARPA"));
}

#[test]
fn scenario_9_the_mailbox_is_tried_at_the_first_host_and_the_mail_delivered_at_the_second() {
    let text = "S: 220 USC-ISIF.ARPA <*>
         C: HELO LBL-UNIX.ARPA
         S: 250 USC-ISIF.ARPA
         C: MAIL FROM:<mo@LBL-UNIX.ARPA>
         S: 250 OK
         C: RCPT TO:<fred@USC-ISIF.ARPA>
         S: 251 user not local; will forward to <Jones@USC-ISI.ARPA>
         C: RSET
         S: 250 OK
         C: QUIT
         S: 221 USC-ISIF.ARPA <*>
         S. close";
    let lab = dialogue(&Dialogue { store: &forwarding(), text, burst: true }, isif(Relay::Queued));
    assert!(lab.store.queue().is_empty());
    // Step 2; the RFC prints the reply to RCPT without its 250.
    let isi = || {
        Smtp::new(SmtpSettings {
            host: "USC-ISI.ARPA".into(),
            domains: vec!["USC-ISI.ARPA".into()],
            ..SmtpSettings::rfc821()
        })
    };
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let jones = store.add_user("jones", "secret").unwrap();
    store.add_address(jones, "Jones@USC-ISI.ARPA").unwrap();
    let text = "S: 220 USC-ISI.ARPA <*>
         C: HELO LBL-UNIX.ARPA
         S: 250 USC-ISI.ARPA
         C: MAIL FROM:<mo@LBL-UNIX.ARPA>
         S: 250 OK
         C: RCPT TO:<Jones@USC-ISI.ARPA>
         S: 250 OK
         C: DATA
         S: 354 <*>
         C: Blah blah blah...
         C: ...etc. etc. etc.
         C: .
         S: 250 <*>
         C: QUIT
         S: 221 USC-ISI.ARPA <*>
         S. close";
    let lab = dialogue(&Dialogue { store: &store, text, burst: true }, isi);
    assert_eq!(inbox(&lab.store, "jones").len(), 1);
}

#[test]
fn scenario_10_who_is_one_too_many_has_a_transaction_of_their_own() {
    let berkeley = || {
        Smtp::new(SmtpSettings {
            host: "BERKELEY.ARPA".into(),
            domains: vec!["BERKELEY.ARPA".into()],
            limits: Limits { recipients: 1, ..SmtpSettings::rfc821().limits },
            ..SmtpSettings::rfc821()
        })
    };
    let mut store = Store::new(Timestamp::DEFAULT_START);
    for name in ["fabry", "eric"] {
        let user = store.add_user(name, "secret").unwrap();
        store.add_address(user, &format!("{name}@BERKELEY.ARPA")).unwrap();
    }
    let text = "S: 220 BERKELEY.ARPA <*>
         C: HELO USC-ISIF.ARPA
         S: 250 BERKELEY.ARPA
         C: MAIL FROM:<Postel@USC-ISIF.ARPA>
         S: 250 OK
         C: RCPT TO:<fabry@BERKELEY.ARPA>
         S: 250 OK
         C: RCPT TO:<eric@BERKELEY.ARPA>
         S: 552 <*>
         C: DATA
         S: 354 <*>
         C: Blah blah blah...
         C: ...etc. etc. etc.
         C: .
         S: 250 <*>
         C: MAIL FROM:<Postel@USC-ISIF.ARPA>
         S: 250 OK
         C: RCPT TO:<eric@BERKELEY.ARPA>
         S: 250 OK
         C: DATA
         S: 354 <*>
         C: Blah blah blah...
         C: ...etc. etc. etc.
         C: .
         S: 250 <*>
         C: QUIT
         S: 221 BERKELEY.ARPA <*>
         S. close";
    let lab = dialogue(&Dialogue { store: &store, text, burst: true }, berkeley);
    assert_eq!((inbox(&lab.store, "fabry").len(), inbox(&lab.store, "eric").len()), (1, 1));
}

fn cnri() -> Smtp {
    Smtp::new(SmtpSettings {
        host: "cnri.reston.va.us".into(),
        domains: vec!["Random.com".into(), "cnri.reston.va.us".into()],
        ..SmtpSettings::default()
    })
}

fn cnri_store() -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    for (name, address) in [
        ("susan", "Susan@Random.com"),
        ("gvaudre", "gvaudre@cnri.reston.va.us"),
        ("jstewart", "jstewart@cnri.reston.va.us"),
    ] {
        let user = store.add_user(name, "secret").unwrap();
        store.add_address(user, address).unwrap();
    }
    store
}

#[test]
fn rfc_3030_4_1_a_message_in_one_chunk() {
    // 86 octets, as the RFC counts them: without the empty line that a message has today.
    let text = "S: 220 cnri.reston.va.us <*>
         C: EHLO ymir.claremont.edu
         S: <**>
         S: 250-CHUNKING
         S: <**>
         S: 250 HELP
         C: MAIL FROM:<Sam@Random.com>
         S: 250 2.1.0 OK
         C: RCPT TO:<Susan@Random.com>
         S: 250 2.1.5 OK
         C: BDAT 86 LAST
         C: To: Susan@random.com
         C: From: Sam@random.com
         C: Subject: This is a bodyless test message
         S: 250 2.0.0 OK, delivered
         C: QUIT
         S: 221 <*>
         S. close";
    let lab = dialogue(&Dialogue { store: &cnri_store(), text, burst: true }, cnri);
    assert!(inbox(&lab.store, "susan")[0].ends_with("Subject: This is a bodyless test message\r\n"));
}

#[test]
fn rfc_3030_4_2_binary_mail_in_chunks_and_groups() {
    let mut lab = Lab::new(cnri_store());
    let conn = lab.open(cnri());
    let said = |lab: &mut Lab| String::from_utf8(std::mem::take(&mut lab.conns[conn].arrived)).unwrap();
    lab.send(conn, b"EHLO ymir.claremont.edu\r\n");
    let announced = said(&mut lab);
    assert!(announced.contains("PIPELINING") && announced.contains("250-BINARYMIME"), "{announced}");
    lab.send(
        conn,
        b"MAIL FROM:<ned@ymir.claremont.edu> BODY=BINARYMIME\r\nRCPT TO:<gvaudre@cnri.reston.va.us>\r\n\
          RCPT TO:<jstewart@cnri.reston.va.us>\r\n",
    );
    assert_eq!(said(&mut lab), "250 2.1.0 OK\r\n250 2.1.5 OK\r\n250 2.1.5 OK\r\n");
    let first: Vec<u8> = (0..100_000_u32).map(|nth| (nth % 251) as u8).collect();
    let rest = vec![0xff; 324];
    lab.send(conn, &[b"BDAT 100000\r\n", &first[..], b"BDAT 324\r\n", &rest, b"BDAT 0 LAST\r\n"].concat());
    assert_eq!(
        said(&mut lab),
        "250 2.0.0 100000 octets received\r\n250 2.0.0 324 octets received\r\n250 2.0.0 OK, delivered\r\n"
    );
    for name in ["gvaudre", "jstewart"] {
        let inbox = lab.store.inbox(lab.store.user(name.as_bytes()).unwrap()).unwrap();
        let octets = lab.store.mailbox(inbox).unwrap().entries.get(0).unwrap().message.octets().unwrap();
        assert!(octets.ends_with(&[&first[..], &rest].concat()), "{name}");
    }
    lab.send(conn, b"QUIT\r\n");
    assert!(said(&mut lab).starts_with("221"));
}

#[test]
fn rfc_4954_5_the_first_sender_may_be_told() {
    let server = || Smtp::new(SmtpSettings { auth: Mechanism::USUAL.to_vec(), ..settings() });
    let begun = "S: 220 <*>\nC: EHLO x\nS: <**>\nS: 250 HELP\n";
    for line in
        ["MAIL FROM:<e=mc2@example.com> AUTH=e+3Dmc2@example.com", "MAIL FROM:<john+@example.org> AUTH=<>"]
    {
        let text = format!("{begun}C: {line}\nS: 250 2.1.0 OK");
        dialogue(&Dialogue { store: &store(), text: &text, burst: true }, server);
    }
}

/// RFC 3461 §10: one message for six, by a host that reports, to hosts that do and do not.
#[test]
fn rfc_3461_10_each_next_host_is_told_what_it_can_understand() {
    let example_org = || {
        Smtp::new(SmtpSettings {
            host: "Example.ORG".into(),
            domains: vec!["Example.ORG".into()],
            relay: Relay::Queued,
            ..SmtpSettings::default()
        })
    };
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let alice = store.add_user("alice", "secret").unwrap();
    store.add_address(alice, "Alice@Example.ORG").unwrap();
    let text = "S: 220 Example.ORG <*>
         C: EHLO Example.ORG
         S: <**>
         S: 250-DSN
         S: <**>
         S: 250 HELP
         C: MAIL FROM:<Alice@Example.ORG> RET=HDRS ENVID=QQ314159
         S: 250 2.1.0 OK
         C: RCPT TO:<Bob@Example.COM> NOTIFY=SUCCESS ORCPT=rfc822;Bob@Example.COM
         S: 250 2.1.5 OK
         C: RCPT TO:<Carol@Ivory.EDU> NOTIFY=FAILURE ORCPT=rfc822;Carol@Ivory.EDU
         S: 250 2.1.5 OK
         C: RCPT TO:<Dana@Ivory.EDU> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Dana@Ivory.EDU
         S: 250 2.1.5 OK
         C: RCPT TO:<Eric@Bombs.AF.MIL> NOTIFY=FAILURE ORCPT=rfc822;Eric@Bombs.AF.MIL
         S: 250 2.1.5 OK
         C: RCPT TO:<Fred@Bombs.AF.MIL> NOTIFY=NEVER
         S: 250 2.1.5 OK
         C: RCPT TO:<George@Tax-ME.GOV> NOTIFY=FAILURE ORCPT=rfc822;George@Tax-ME.GOV
         S: 250 2.1.5 OK
         C: DATA
         S: 354 <*>
         C: Subject: six
         C:
         C: (message goes here)
         C: .
         S: 250 <*>
         C: QUIT
         S: 221 <*>
         S. close";
    let mut store = dialogue(&Dialogue { store: &store, text, burst: true }, example_org).store;
    let envelope = "MAIL FROM:<Alice@Example.ORG> RET=HDRS ENVID=QQ314159\r\n";
    let host = example_org();
    let mut call = |domain: &str, replies: &[&str]| {
        let mut sender = host.calling(vec![domain.to_owned()], Instant::START);
        let mut said = Vec::new();
        for reply in replies {
            let mut out = Output::default();
            sender.receive(Instant::START, format!("{reply}\r\n").as_bytes(), &mut store, &mut out);
            said.push(String::from_utf8(out.bytes()).unwrap());
        }
        said
    };
    // §10.2: mail.Example.COM speaks DSN, and is told all.
    let said = call(
        "example.com",
        &[
            "220 mail.Example.COM says hello",
            "250-mail.Example.COM\r\n250 DSN",
            "250 sender okay",
            "250 recipient okay",
            "354 send message",
            "250 message received",
            "221 bcnu",
        ],
    );
    let bob = "RCPT TO:<Bob@Example.COM> NOTIFY=SUCCESS ORCPT=rfc822;Bob@Example.COM\r\n";
    assert_eq!(said[..4], ["EHLO Example.ORG\r\n", envelope, bob, "DATA\r\n"]);
    assert!(said[4].ends_with("(message goes here)\r\n.\r\n") && said[5] == "QUIT\r\n", "{said:?}");
    // §10.3: Ivory.EDU does not know Carol.
    let said = call(
        "ivory.edu",
        &[
            "220 Ivory.EDU gateway to FooMail(tm) here",
            "250-Ivory.EDU\r\n250 DSN",
            "250 ok",
            "550 error - no such recipient",
            "250 recipient ok",
            "354 send message, end with '.'",
            "250 message received",
            "221 bye",
        ],
    );
    let carol = "RCPT TO:<Carol@Ivory.EDU> NOTIFY=FAILURE ORCPT=rfc822;Carol@Ivory.EDU\r\n";
    let dana = "RCPT TO:<Dana@Ivory.EDU> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Dana@Ivory.EDU\r\n";
    assert_eq!(said[..5], ["EHLO Example.ORG\r\n", envelope, carol, dana, "DATA\r\n"]);
    // §10.4: Bombs.AF.MIL knows no EHLO. Deviations: no RSET before HELO (RFC 5321 §3.2 needs none); and one transaction for
    // Eric and Fred, where the RFC sends to Fred from nobody, so that nobody could hear of it.
    let said = call(
        "bombs.af.mil",
        &[
            "220-Bombs.AF.MIL reporting for duty.\r\n220 Electronic mail is to be used for official business only.",
            "502 command not implemented",
            "250 Bombs.AF.MIL",
            "250 ok",
            "250 ok",
            "250 ok",
            "354 send message",
            "250 message accepted",
            "221 bye",
        ],
    );
    assert_eq!(
        said[..6],
        [
            "EHLO Example.ORG\r\n",
            "HELO Example.ORG\r\n",
            "MAIL FROM:<Alice@Example.ORG>\r\n",
            "RCPT TO:<Eric@Bombs.AF.MIL>\r\n",
            "RCPT TO:<Fred@Bombs.AF.MIL>\r\n",
            "DATA\r\n"
        ]
    );
    // §10.5 and §10.9 tell of a host that takes it, and reports itself.
    call("tax-me.gov", &["220 x", "250-x\r\n250 DSN", "250 ok", "250 ok", "354 go", "250 ok", "221 bye"]);
    assert!(store.queue().is_empty());
    // §10.8: "Failed" for Carol, with the header alone, as RET=HDRS said.
    let [report] = &inbox(&store, "alice")[..] else { panic!("one report, about Carol") };
    for wanted in [
        "Reporting-MTA: dns; Example.ORG\r\nOriginal-Envelope-Id: QQ314159\r\n",
        "Original-Recipient: rfc822;Carol@Ivory.EDU\r\nFinal-Recipient: rfc822;Carol@Ivory.EDU\r\nAction: failed\r\nStatus: 5.0.0\r\n\
         Remote-MTA: dns; Ivory.EDU\r\nDiagnostic-Code: smtp; 550 error - no such recipient\r\n",
        "Content-Type: text/rfc822-headers\r\n",
    ] {
        assert!(report.contains(wanted), "{wanted}\n{report}");
    }
    assert!(!report.contains("Fred") && !report.contains("Bob"), "{report}");
}
