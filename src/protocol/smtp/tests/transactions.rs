//! Mail transactions: the scenarios of RFC 821 appendix F, and what can go wrong in them.

use super::*;

#[test]
fn scenario_1_a_typical_transaction() {
    // Deviation from the printed scenario: the texts behind the codes are ours.
    let lab = check(
        "S: 220 BBN-UNIX.ARPA simple mail transfer service ready
         C: HELO USC-ISIF.ARPA
         S: 250 BBN-UNIX.ARPA
         C: MAIL FROM:<Smith@USC-ISIF.ARPA>
         S: 250 OK
         C: RCPT TO:<Jones@BBN-UNIX.ARPA>
         S: 250 OK
         C: RCPT TO:<Green@BBN-UNIX.ARPA>
         S: 550 no such user here: `Green@BBN-UNIX.ARPA`
         C: RCPT TO:<Brown@BBN-UNIX.ARPA>
         S: 250 OK
         C: DATA
         S: 354 start mail input; end with <CRLF>.<CRLF>
         C: Blah blah blah...
         C: ..etc. etc. etc.
         C: .
         S: 250 OK, delivered
         C: QUIT
         S: 221 BBN-UNIX.ARPA service closing transmission channel
         S. close",
    );
    // With two recipients neither is shown to the other.
    let stored = "Return-Path: <Smith@USC-ISIF.ARPA>\r\n\
                  Received: from USC-ISIF.ARPA by BBN-UNIX.ARPA with SMTP;\r\n\tMon, 2 Mar 1998 20:00:00 +0000\r\n\
                  Blah blah blah...\r\n.etc. etc. etc.\r\n";
    assert_eq!(inbox(&lab.store, "jones"), [stored]);
    assert_eq!(inbox(&lab.store, "brown"), [stored]);
    assert_eq!(lab.conns[0].commands[6], "(40 octets of mail data)");
}

#[test]
fn scenario_2_an_aborted_transaction() {
    let lab = check(
        "S: 220 <*>
         C: HELO ISI-VAXA.ARPA
         S: 250 BBN-UNIX.ARPA
         C: MAIL FROM:<Smith@ISI-VAXA.ARPA>
         S: 250 OK
         C: RCPT TO:<Jones@BBN-UNIX.ARPA>
         S: 250 OK
         C: RCPT TO:<Green@BBN-UNIX.ARPA>
         S: 550 <*>
         C: RSET
         S: 250 OK
         C: DATA
         S: 503 DATA comes too early: no mail transaction is open (RFC 821 section 4.1.1)
         C: QUIT
         S: 221 <*>
         S. close",
    );
    assert_eq!(inbox(&lab.store, "jones"), [""; 0]);
}

#[test]
fn scenario_3_step_1_relayed_mail_waits_where_it_can_be_looked_at() {
    // Deviations: this host is BBN-UNIX, and the message goes no further.
    let text = "S: 220 <*>
                C: HELO MIT-AI.ARPA
                S: 250 <*>
                C: MAIL FROM:<JQP@MIT-AI.ARPA>
                S: 250 OK
                C: RCPT TO:<@BBN-UNIX.ARPA:Jones@BBN-VAX.ARPA>
                S: 250 OK
                C: DATA
                S: 354 <*>
                C: Date: 2 Nov 81 22:33:44
                C: Subject:  The Next Meeting of the Board
                C:
                C: Bill:
                C: .
                S: 250 <*>";
    let lab = dialogue(&Dialogue { store: &store(), text, burst: true }, relay);
    // No final delivery, hence no return path line.
    let stored = "Received: from MIT-AI.ARPA by BBN-UNIX.ARPA with SMTP\r\n\tfor <Jones@BBN-VAX.ARPA>;\r\n\t\
                  Mon, 2 Mar 1998 20:00:00 +0000\r\nDate: 2 Nov 81 22:33:44\r\n\
                  Subject:  The Next Meeting of the Board\r\n\r\nBill:\r\n";
    assert_eq!(inbox(&lab.store, "outbound"), [stored]);
    assert_eq!(inbox(&lab.store, "jones"), [""; 0]);
}

#[test]
fn scenario_3_step_2_the_destination_delivers() {
    let lab = check(
        "S: 220 <*>
         C: HELO USC-ISIE.ARPA
         S: 250 <*>
         C: MAIL FROM:<@USC-ISIE.ARPA:JQP@MIT-AI.ARPA>
         S: 250 OK
         C: RCPT TO:<Jones@BBN-UNIX.ARPA>
         S: 250 OK
         C: DATA
         S: 354 <*>
         C: Received: from MIT-AI.ARPA by USC-ISIE.ARPA ;
         C:    2 Nov 81 22:40:10 UT
         C: .
         S: 250 <*>",
    );
    let [stored] = &inbox(&lab.store, "jones")[..] else { panic!("one message") };
    assert!(
        stored.starts_with("Return-Path: <JQP@MIT-AI.ARPA>\r\nReceived: from USC-ISIE.ARPA by "),
        "{stored}"
    );
    assert!(
        stored.ends_with("\r\nReceived: from MIT-AI.ARPA by USC-ISIE.ARPA ;\r\n   2 Nov 81 22:40:10 UT\r\n")
    );
}

#[test]
fn mail_for_elsewhere_is_refused_unless_the_server_relays() {
    let outside = "S: 220 <*>\nC: HELO x\nS: 250 <*>\nC: MAIL FROM:<a@b>\nS: 250 OK\nC: RCPT TO:<Green@elsewhere.example>\n";
    let refused =
        format!("{outside}S: 550 this server does not relay; it takes no mail for `elsewhere.example`");
    check(&refused);
    // An unknown user of a domain of this server is no mail for elsewhere.
    let local = outside.replace("elsewhere.example", "BBN.example");
    let unknown = format!("{local}S: 550 no such user here: <*>");
    dialogue(&Dialogue { store: &store(), text: &unknown, burst: true }, relay);
    // A relay without its user is not set up.
    let nowhere = || Smtp::new(SmtpSettings { relay: Relay::Into("nobody".into()), ..settings() });
    let text = format!("{outside}S: 451 <*>");
    dialogue(&Dialogue { store: &store(), text: &text, burst: true }, nowhere);
}

#[test]
fn one_message_for_here_and_elsewhere_goes_to_both_and_once_to_each() {
    let text = "S: 220 <*>
                C: EHLO x
                S: <**>
                S: 250 HELP
                C: MAIL FROM:<>
                S: 250 2.1.0 OK
                C: RCPT TO:<Jones@BBN-UNIX.ARPA>
                S: 250 2.1.5 OK
                C: RCPT TO:<jones@bbn-unix.arpa>
                S: 250 2.1.5 OK
                C: RCPT TO:<a@elsewhere.example>
                S: 250 2.1.5 OK
                C: RCPT TO:<b@elsewhere.example>
                S: 250 2.1.5 OK
                C: DATA
                S: 354 <*>
                C: .
                S: 250 <*>";
    let lab = dialogue(&Dialogue { store: &store(), text, burst: true }, relay);
    let received = "Received: from x by BBN-UNIX.ARPA with ESMTP;\r\n\tMon, 2 Mar 1998 20:00:00 +0000\r\n";
    assert_eq!(inbox(&lab.store, "jones"), [format!("Return-Path: <>\r\n{received}")]);
    assert_eq!(inbox(&lab.store, "outbound"), [received]);
}

#[test]
fn the_date_is_the_stores_own_time() {
    let text = "S: 220 <*>
                C: HELO x
                S: 250 <*>
                C: MAIL FROM:<a@b>
                S: 250 OK
                C: RCPT TO:<jones@bbn-unix.arpa>
                S: 250 OK
                C: DATA
                S: 354 <*>
                T: 61
                C: .
                S: 250 <*>";
    let lab = dialogue(&Dialogue { store: &store(), text, burst: false }, server);
    let jones = lab.store.inbox(lab.store.user(b"jones").unwrap()).unwrap();
    let entry = lab.store.mailbox(jones).unwrap().entries.get(0).unwrap().clone();
    assert_eq!(entry.internal_date, Timestamp::DEFAULT_START.plus(Duration::from_secs(61)));
    assert!(
        inbox(&lab.store, "jones")[0]
            .ends_with("for <jones@bbn-unix.arpa>;\r\n\tMon, 2 Mar 1998 20:01:01 +0000\r\n")
    );
}

#[test]
fn helo_and_rset_begin_anew_and_mail_did_in_1982() {
    let old = || {
        Smtp::new(SmtpSettings { host: "h".into(), domains: settings().domains, ..SmtpSettings::rfc821() })
    };
    for (again, server) in [
        ("MAIL FROM:<c@d>\r\n", old as fn() -> Smtp),
        ("HELO y\r\n", server),
        ("EHLO y\r\n", server),
        ("RSET\r\n", server),
    ] {
        let mut lab = Lab::new(store());
        let conn = lab.open(server());
        lab.send(conn, b"HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<jones@bbn-unix.arpa>\r\n");
        lab.send(conn, again.as_bytes());
        lab.conns[conn].arrived.clear();
        lab.send(conn, b"DATA\r\n");
        assert!(lab.conns[conn].arrived.starts_with(b"503 "), "{again}");
    }
}

#[test]
fn within_a_transaction_mail_comes_too_late() {
    check_recipients(
        "C: MAIL FROM:<c@d>
         S: 503 MAIL comes too late: a mail transaction is open (RFC 821 section 4.1.1)
         C: DATA
         S: 354 <*>
         C: .
         S: 250 <*>",
    );
}

#[test]
fn after_the_text_the_next_transaction_needs_its_own_recipients() {
    let lab = check_recipients(
        "C: DATA
         S: 354 <*>
         C: one
         C: .
         S: 250 OK, delivered
         C: DATA
         S: 503 <*>
         C: MAIL FROM:<>
         S: 250 OK
         C: RCPT TO:<brown@bbn-unix.arpa>
         S: 250 OK
         C: DATA
         S: 354 <*>
         C: two
         C: .
         S: 250 OK, delivered",
    );
    assert_eq!((inbox(&lab.store, "jones").len(), inbox(&lab.store, "brown").len()), (1, 1));
}

#[test]
fn nothing_is_delivered_before_the_end_of_the_text_has_come() {
    let stream =
        b"HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<jones@bbn-unix.arpa>\r\nDATA\r\nS: x\r\n\r\n..\r\n.\r\n";
    for cut in 0..=stream.len() {
        let mut lab = Lab::new(store());
        let conn = lab.open(server());
        lab.send(conn, &stream[..cut]);
        lab.drop_conn(conn);
        let stored = inbox(&lab.store, "jones");
        assert_eq!(stored.len(), usize::from(cut == stream.len()), "cut at {cut}");
        assert!(stored.iter().all(|message| message.ends_with("\r\nS: x\r\n\r\n.\r\n")));
    }
}

// The client.

fn with_client<T>(
    server: fn() -> Smtp,
    act: impl AsyncFnOnce(SmtpClient) -> Result<T, Trouble>,
) -> (Result<T, Trouble>, Lab) {
    let mut lab = Lab::new(store());
    let result = lab.run(
        |_| Box::new(server()),
        async |desk| {
            let wire = desk.connect(Service::Smtp).await?;
            act(SmtpClient::greet(wire).await?).await
        },
    );
    (result, lab)
}

#[test]
fn a_client_hands_over_a_message_as_it_is() {
    let text = b"Subject: dots\r\n\r\n.\r\n..\r\nbare\n.\nand\r.\r\r\nend\r\n";
    let (result, lab) = with_client(relay, async |mut client| {
        client.helo("laptop").await?;
        client.send("jones@bbn-unix.arpa", &["brown@bbn-unix.arpa"], text).await?;
        client.send("jones@bbn-unix.arpa", &["x@elsewhere.example", "y@elsewhere.example"], text).await?;
        client.mail("").await?;
        client.rset().await?;
        client.quit().await
    });
    assert_eq!(result, Ok(()));
    for user in ["brown", "outbound"] {
        let stored = inbox(&lab.store, user);
        assert!(stored.len() == 1 && stored[0].ends_with(std::str::from_utf8(text).unwrap()), "{stored:?}");
    }
    assert!(lab.conns[0].closed && lab.conns[0].unframed() == 0);
}

#[test]
fn a_client_says_what_the_server_refused() {
    let (result, _) = with_client(server, async |mut client| {
        client.helo("laptop").await?;
        client.send("a@b", &["x@elsewhere.example"], b"").await
    });
    let Err(Trouble::Protocol(why)) = result else { panic!("{result:?}") };
    assert!(
        why.starts_with("the SMTP server answered RCPT TO:<x@elsewhere.example> with: 550 this server"),
        "{why}"
    );
    let (result, lab) = with_client(server, async |mut client| client.helo("x\r\nQUIT").await);
    assert!(matches!(result, Err(Trouble::Protocol(_))));
    assert_eq!(lab.conns[0].commands, [""; 0]);
}

/// A server that takes mail from nobody who has not logged in, and announces this.
fn closed(extensions: Extensions) -> Smtp {
    let auth = vec![crate::protocol::sasl::Mechanism::Plain];
    Smtp::new(SmtpSettings { auth, auth_required: true, extensions, ..settings() })
}

#[test]
fn in_lock_step_nothing_follows_a_mail_that_is_refused() {
    let lock_step: fn() -> Smtp = || closed(Extensions::ALL.without(Extension::Pipelining));
    let in_groups: fn() -> Smtp = || closed(Extensions::ALL);
    // What was sent ahead in a group is answered; what was not sent yet never is.
    for (server, commands) in [(lock_step, 2), (in_groups, 4)] {
        let (result, lab) = with_client(server, async |mut client| {
            client.ehlo("laptop").await?;
            client.transaction("a@b", &["x@y"], b"text\r\n", Default::default()).await.map(drop)
        });
        assert!(matches!(result, Err(Trouble::Protocol(why)) if why.contains("MAIL FROM:<a@b>")));
        assert_eq!(lab.conns[0].commands.len(), commands);
    }
}
