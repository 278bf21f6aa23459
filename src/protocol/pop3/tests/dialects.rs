//! One conversation in every year.

use super::*;

fn of(dialect: Dialect) -> impl FnMut() -> Pop3 {
    move || {
        Pop3::new(Pop3Settings {
            host: "dbc.mtview.ca.us".into(),
            greeting_stamp: GreetingStamp { process: 1896, clock: 697_170_952 },
            dialect,
            trusted: vec![("mrose".into(), "mrose".into())],
            ..Pop3Settings::default()
        })
    }
}

fn check_as(dialect: Dialect, store: &Store, text: &str) -> Lab {
    dialogue(&Dialogue { store, text, burst: false }, of(dialect))
}

const LOGIN: &str = "S: +OK <*>\nC: USER mrose\nS: +OK <*>\nC: PASS tanstaaf\nS: +OK <*>\n";

#[test]
fn the_session_of_rfc_1081_runs_as_printed() {
    let lab = check_as(
        Dialect::Rfc1081,
        &store_of(&[&sized(120), &sized(200)]),
        "S: +OK dbc.mtview.ca.us POP3 server ready
         C: USER mrose
         S: +OK <*>
         C: PASS tanstaaf
         S: +OK mrose's maildrop has 2 messages (320 octets)
         C: STAT
         S: +OK 2 320
         C: LIST
         S: +OK 2 messages (320 octets)
         S: 1 120
         S: 2 200
         S: .
         C: RETR 1
         S: +OK 120 octets
         S: <**>
         S: .
         C: DELE 1
         S: +OK message 1 deleted
         C: RETR 2
         S: +OK 200 octets
         S: <**>
         S: .
         C: DELE 2
         S: +OK message 2 deleted
         C: QUIT
         S: +OK dbc.mtview.ca.us POP3 server signing off (maildrop empty)
         S. close",
    );
    assert_eq!(left(&lab.store), [0; 0]);
}

#[test]
fn last_runs_as_rfc_1081_prints_it() {
    // Four messages, of which an earlier session has retrieved the first.
    let store = store_of(&[&sized(80), &sized(80), &sized(80), &sized(80)]);
    let earlier = check_as(
        Dialect::Rfc1081,
        &store,
        &format!("{LOGIN}C: RETR 1\nS: <**>\nS: .\nC: QUIT\nS: +OK <*>\nS. close"),
    );
    let text = |after_reset: &str| {
        format!(
            "{LOGIN}C: STAT
             S: +OK 4 320
             C: LAST
             S: +OK 1
             C: RETR 3
             S: +OK 80 octets
             S: <**>
             S: .
             C: LAST
             S: +OK 3
             C: DELE 2
             S: +OK message 2 deleted
             C: LAST
             S: +OK 3
             C: RSET
             S: +OK <*>
             C: LAST
             S: +OK {after_reset}"
        )
    };
    check_as(Dialect::Rfc1225, &earlier.store, &text("1"));
    check_as(Dialect::Rfc1460, &earlier.store, &text("0"));
    // TOP and LIST access nothing; DELE does.
    check_as(
        Dialect::Rfc1081,
        &store,
        &format!(
            "{LOGIN}C: TOP 2 0\nS: <**>\nS: .\nC: LIST 3\nS: +OK 3 80\nC: LAST\nS: +OK 0\nC: DELE 4\nS: +OK <*>\nC: LAST\nS: +OK 4"
        ),
    );
    // A line that drops has read nothing.
    let dropped = check_as(Dialect::Rfc1081, &store, &format!("{LOGIN}C: RETR 4\nS: <**>\nS: .\nC. drop"));
    check_as(Dialect::Rfc1081, &dropped.store, &format!("{LOGIN}C: LAST\nS: +OK 0"));
    // Popper forgets between sessions, and puts words behind the number.
    check_as(Dialect::Popper, &earlier.store, &format!("{LOGIN}C: LAST\nS: +OK 0 is the last message seen."));
}

#[test]
fn a_server_does_not_know_what_came_later_or_went_before() {
    for (dialect, line) in [
        (Dialect::Rfc1081, "UIDL"),
        (Dialect::Rfc1225, "CAPA"),
        (Dialect::Rfc1225, "APOP mrose c4c9334bac560ecc979e58001b3e22fb"),
        (Dialect::Rfc1460, "UIDL"),
        (Dialect::Rfc1460, "RPOP mrose"),
        (Dialect::Rfc1725, "LAST"),
        (Dialect::Rfc1725, "AUTH SKEY"),
        (Dialect::Rfc1939, "CAPA"),
        (Dialect::Rfc1939, "LAST"),
        (Dialect::Now, "RPOP mrose"),
        (Dialect::Now, "LFLD"),
    ] {
        check_as(dialect, &three(), &format!("S: +OK <*>\nC: {line}\nS: -ERR there is no command <*>"));
    }
    // What a server of 1991 says names no RFC of 1996, and has no codes.
    check_as(
        Dialect::Rfc1225,
        &three(),
        "S: <*>
         C: RETR 1
         S: -ERR RETR is for TRANSACTION; this session is in AUTHORIZATION
         C: USER mrose
         S: +OK <*>
         C: PASS wrong
         S: -ERR no maildrop opens for this name and secret",
    );
}

#[test]
fn rpop_believes_a_host_that_is_trusted_and_no_other() {
    check_as(
        Dialect::Rfc1081,
        &three(),
        "S: <*>
         C: RPOP mrose
         S: -ERR PASS comes right after a USER that was accepted
         C: USER frated
         S: +OK <*>
         C: RPOP mrose
         S: -ERR permission denied
         C: USER mrose
         S: +OK <*>
         C: RPOP somebody
         S: -ERR permission denied
         C: USER mrose
         S: +OK <*>
         C: RPOP mrose
         S: +OK mrose's maildrop has 3 messages <*>",
    );
}

#[test]
fn auth_of_1994_has_no_response_in_its_line() {
    check_as(
        Dialect::Rfc1939,
        &three(),
        "S: <*>
         C: AUTH SKEY bXJvc2U=
         S: -ERR with this mechanism the server speaks first
         C: AUTH PLAIN
         S: -ERR there is no such mechanism here
         C: AUTH SKEY
         S: + <*>
         C: bXJvc2U=
         S: + <*>
         C: *
         S: -ERR the client has given up",
    );
}

#[test]
fn capa_lists_what_is_true_in_the_state() {
    check_as(
        Dialect::Now,
        &three(),
        "S: <*>
         C: CAPA
         S: +OK capabilities follow
         S: TOP
         S: UIDL
         S: PIPELINING
         S: RESP-CODES
         S: AUTH-RESP-CODE
         S: USER
         S: SASL PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256 OTP SKEY
         S: EXPIRE NEVER
         S: UTF8 USER
         S: LANG
         S: IMPLEMENTATION maillab-<*>
         S: .
         C: LANG
         S: +OK <*>
         S: en English
         S: .
         C: LANG MUL
         S: -ERR replies are in English; <*>
         C: LANG *
         S: +OK en <*>
         C: UTF8
         S: +OK <*>
         C: USER mrose
         S: +OK <*>
         C: PASS tanstaaf
         S: +OK <*>
         C: UTF8
         S: -ERR UTF8 is for AUTHORIZATION; <*>
         C: CAPA
         S: <**>
         S: USER
         S: EXPIRE NEVER
         S: <**>
         S: .",
    );
}

#[test]
fn a_login_delay_and_an_expiry_hold_what_they_announce() {
    let slow = || {
        Pop3::new(Pop3Settings {
            login_delay: Duration::from_secs(60),
            expire: Expire::Days(0),
            ..Pop3Settings::default()
        })
    };
    let login = "C2: USER mrose\nS2: +OK <*>\nC2: PASS tanstaaf\n";
    let text = format!(
        "S: <*>
         C: USER mrose
         S: +OK <*>
         C: PASS tanstaaf
         S: +OK <*>
         C: CAPA
         S: <**>
         S: LOGIN-DELAY 60
         S: EXPIRE 0
         S: <**>
         S: .
         C: RETR 2
         S: +OK <*>
         S: <**>
         S: .
         C: QUIT
         S: +OK <*> (2 messages left)
         S. close
         T: 59
         S2: <*>
         {login}S2: -ERR [LOGIN-DELAY] one login in 60 s, <*>
         T: 1
         {login}S2: +OK mrose's maildrop has 2 messages <*>"
    );
    dialogue(&Dialogue { store: &three(), text: &text, burst: false }, slow);
    // Mail of a week ago is gone before anybody counts it.
    let mut store = three();
    let inbox = store.inbox(store.user(b"mrose").unwrap()).unwrap();
    let old = Timestamp { unix: Timestamp::DEFAULT_START.unix - 7 * 86_400 - 1, offset_minutes: 0 };
    store.append(inbox, Arc::new(Message::new(sized(90))), Flags::NONE, old).unwrap();
    let weekly = || Pop3::new(Pop3Settings { expire: Expire::Days(7), ..Pop3Settings::default() });
    let text = format!("{LOGIN}C: STAT\nS: +OK 3 <*>");
    dialogue(&Dialogue { store: &store, text: &text, burst: false }, weekly);
}

#[test]
fn mail_in_utf8_is_kept_from_those_who_cannot_read_it_where_that_is_wanted() {
    let careful = || Pop3::new(Pop3Settings { hides_utf8: true, ..Pop3Settings::default() });
    let store = store_of(&["Subject: Grüße\r\n\r\nä\r\n".as_bytes(), b"Subject: plain\r\n\r\n\xe4\r\n"]);
    let text = format!(
        "{LOGIN}C: RETR 1\nS: -ERR [UTF8] message 1 is in UTF-8: <*>\nC: TOP 1 0\nS: -ERR [UTF8] <*>\nC: RETR 2\nS: <**>\nS: ."
    );
    dialogue(&Dialogue { store: &store, text: &text, burst: false }, careful);
    let text =
        format!("{}C: RETR 1\nS: <**>\nS: .", LOGIN.replacen("C: USER", "C: UTF8\nS: +OK <*>\nC: USER", 1));
    dialogue(&Dialogue { store: &store, text: &text, burst: false }, careful);
}

#[test]
fn a_toy_ticket_stands_before_the_greeting_in_kpop() {
    let ticket = Pop3Settings::toy_ticket("mrose", b"tanstaaf", "dbc.mtview.ca.us");
    let lab = check_as(
        Dialect::Kpop,
        &three(),
        &format!(
            "C: KRB {ticket} mrose
             S: +OK dbc.mtview.ca.us POP3 server ready
             C: USER frated
             S: +OK <*>
             C: PASS krb_ticket
             S: -ERR permission denied
             C: USER mrose
             S: +OK <*>
             C: PASS krb_ticket
             S: +OK mrose's maildrop has 3 messages <*>"
        ),
    );
    assert_eq!(lab.conns[0].commands[0], "(a ticket)");
    for wrong in [format!("KRB {ticket} frated"), "KRB x mrose".into(), "USER mrose".into()] {
        let text = format!("C: {wrong}\nS: -ERR Kerberos authentication failure: <*>\nS. close");
        check_as(Dialect::Kpop, &three(), &text);
    }
}

#[test]
fn sdps_shows_each_user_of_a_host_their_own_mail() {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let host = store.add_user("vision25", "pass").unwrap();
    let inbox = store.inbox(host).unwrap();
    for (to, size) in [("philh", 20), ("ann", 30), ("philh", 40)] {
        let text = format!(
            "Return-Path: <bob@example.net>\r\nReceived: from a by b for <{to}@vision25>; x\r\n\r\n{}\r\n",
            "x".repeat(size)
        );
        deliver(&mut store, inbox, text.as_bytes());
    }
    let lab = check_as(
        Dialect::Sdps,
        &store,
        "S: +OK POP3 server ready <demon.dbc.mtview.ca.us>
         C: USER philh@vision25
         S: +OK <*>
         C: PASS pass
         S: +OK vision25's maildrop has 2 messages <*>
         C: *ENV 1
         S: +OK envelope follows
         S: dbc.mtview.ca.us
         S: <*>
         S: bob@example.net
         S: philh@vision25
         S: .
         C: DELE 2
         S: +OK <*>
         C: QUIT
         S: +OK <*> (2 messages left)
         S. close",
    );
    let left: Vec<u32> = lab.store.mailbox(inbox).unwrap().entries.iter().map(|entry| entry.uid.0).collect();
    assert_eq!(left, [1, 2], "the third was philh's second");
    check_as(
        Dialect::Sdps,
        &store,
        "S: <*>\nC: USER vision25\nS: +OK <*>\nC: PASS pass\nS: +OK vision25's maildrop has 3 messages <*>",
    );
}

#[test]
fn a_quirk_is_what_its_name_says() {
    let quirky = |quirks: Quirks| move || Pop3::new(Pop3Settings { quirks, ..Pop3Settings::default() });
    let run = |quirks: Quirks, text: &str| {
        let text = format!("{LOGIN}{text}");
        dialogue(&Dialogue { store: &three(), text: &text, burst: false }, quirky(quirks));
    };
    // RFC 1957: two clients failed where popper's space was missing. Ours takes both.
    run(Quirks { space_after_ok: true, ..Quirks::default() }, "C: NOOP\nS: +OK \nC: STAT\nS: +OK 3 <*>");
    run(Quirks::default(), "C: NOOP\nS: +OK");
    run(Quirks { bare_list_reply: true, ..Quirks::default() }, "C: LIST\nS: +OK\nS: <**>\nS: .");
    run(
        Quirks { lists_deleted: true, ..Quirks::default() },
        "C: DELE 2\nS: +OK <*>\nC: LIST 2\nS: +OK 2 <*>\nC: RETR 2\nS: -ERR <*>\nC: LIST 4\nS: -ERR <*>",
    );
    run(Quirks::default(), "C: DELE 2\nS: +OK <*>\nC: LIST 2\nS: -ERR <*>");
    run(Quirks { accept_trailing_blanks: true, ..Quirks::default() }, "C: STAT  \nS: +OK 3 <*>");
    run(Quirks::default(), "C: STAT  \nS: -ERR <*>");
    let ids = |process: u64, uidl_changes: bool| {
        let settings = Pop3Settings {
            greeting_stamp: GreetingStamp { process, clock: 0 },
            quirks: Quirks { uidl_changes, ..Quirks::default() },
            ..Pop3Settings::default()
        };
        let mut lab = Lab::new(three());
        let conn = lab.open(Pop3::new(settings));
        lab.send(conn, b"USER mrose\r\nPASS tanstaaf\r\n");
        lab.conns[conn].arrived.clear();
        lab.send(conn, b"UIDL 1\r\n");
        lab.conns[conn].arrived.clone()
    };
    assert_eq!(ids(1, false), ids(2, false));
    assert_ne!(ids(1, true), ids(2, true));
}
