//! Logging in, and the lock that comes with it.

use super::*;

#[test]
fn a_name_that_nobody_has_is_not_told_from_a_wrong_password() {
    check(
        &three(),
        "S: +OK <*>
         C: USER nobody
         S: +OK send the password with PASS
         C: PASS x
         S: -ERR [AUTH] no maildrop opens for this name and secret
         C: USER mrose
         S: +OK send the password with PASS
         C: PASS wrong
         S: -ERR [AUTH] no maildrop opens for this name and secret
         # RFC 1939 §7: PASS is good only right after a USER that was accepted
         C: PASS tanstaaf
         S: -ERR PASS comes right after a USER that was accepted (RFC 1939 section 7)
         C: USER mrose
         S: +OK <*>
         C: PSAS tanstaaf
         S: -ERR there is no command `PSAS`; did you mean PASS?
         C: PASS tanstaaf
         S: -ERR PASS comes right after <*>
         C: QUIT
         S: +OK dbc.mtview.ca.us POP3 server signing off
         S. close",
    );
}

#[test]
fn a_password_may_hold_spaces_and_any_octet() {
    let mut store = three();
    store.add_user("odd", &b" \xff\t pass "[..]).unwrap();
    check(
        &store,
        "S: <*>\nC: user frated\nS: +OK <*>\nC: pAsS two words\nS: +OK frated's maildrop has 0 messages (0 octets)",
    );
    check(
        &store,
        "S: <*>\nC: USER odd\nS: +OK <*>\nC: PASS  \\xff\\x09 pass \nS: +OK <*>\nC: LIST\nS: +OK <*>\nS: .",
    );
}

#[test]
fn no_password_is_ever_shown() {
    let lab = check(
        &three(),
        "S: <*>
         C: USER mrose
         S: +OK <*>
         C: PASS wrong
         S: -ERR <*>
         C: PASS\\x09secret
         S: -ERR <*>
         C:  pass secret
         S: -ERR <*>
         C: PSAS secret
         S: -ERR <*>
         C: APOP mrose 0123456789abcdef0123456789abcdef
         S: -ERR [AUTH] no maildrop opens for this name and secret",
    );
    let shown = lab.conns[0].commands.join("\n");
    assert_eq!(
        shown,
        "USER mrose\nPASS ***\nPASS ***\n pass ***\nPSAS ***\nAPOP mrose 0123456789abcdef0123456789abcdef"
    );
    assert!(
        !format!(
            "{:?}",
            parse::arguments(parse::keyword(b"PASS secret", Dialect::Now).unwrap().0, Some(b"secret"))
        )
        .contains("secret")
    );
}

#[test]
fn apop_wants_the_right_digest_in_its_right_form() {
    for (digest, opens) in [
        ("c4c9334bac560ecc979e58001b3e22fb", true),
        ("c4c9334bac560ecc979e58001b3e22fa", false),
        ("C4C9334BAC560ECC979E58001B3E22FB", false),
        ("c4c9334bac560ecc979e58001b3e22f", false),
        ("", false),
    ] {
        let reply = if opens { "+OK mrose<*>" } else { "-ERR <*>" };
        check(&three(), &format!("S: <*>\nC: APOP mrose {digest}\nS: {reply}"));
    }
    // An unknown user has no secret, not an empty one.
    let empty = String::from_utf8(apop_digest(b"<1896.697170952@dbc.mtview.ca.us>", b"").to_vec()).unwrap();
    check(&three(), &format!("S: <*>\nC: APOP nobody {empty}\nS: -ERR [AUTH] no maildrop <*>"));
}

#[test]
fn the_greeting_differs_from_session_to_session_and_stays_plain() {
    let model = Pop3::new(Pop3Settings::default());
    let greeting = |process| {
        let mut out = Output::default();
        let mut session = model.clone().with_greeting_stamp(GreetingStamp { process, clock: 7 });
        session.open(Instant::START, &mut three(), &mut out);
        String::from_utf8(out.bytes()).unwrap()
    };
    assert_eq!(greeting(1), "+OK POP3 server ready <1.7@mail.example>\r\n");
    assert_ne!(greeting(1), greeting(2));
}

#[test]
fn a_command_of_another_state_is_refused_with_state_and_clause() {
    check(
        &three(),
        "S: <*>
         C: RETR 1
         S: -ERR RETR is for TRANSACTION; this session is in AUTHORIZATION (RFC 1939 section 5)
         C: RETR
         S: -ERR RETR is for TRANSACTION; <*>
         C: NOOP
         S: -ERR NOOP is for TRANSACTION; <*>
         C: USER mrose
         S: +OK <*>
         C: PASS tanstaaf
         S: +OK <*>
         C: USER mrose
         S: -ERR USER is for AUTHORIZATION; this session is in TRANSACTION (RFC 1939 section 7)",
    );
}

#[test]
fn every_row_is_legal_exactly_where_it_says() {
    let store = three();
    let login = "S: <*>\nC: USER mrose\nS: +OK <*>\nC: PASS tanstaaf\nS: +OK <*>\n";
    for row in Dialect::Now.commands() {
        for (state, before) in [(StateName::Authorization, "S: <*>\n"), (StateName::Transaction, login)] {
            let arguments = match row.kind {
                Keyword::User | Keyword::Pass => " x",
                Keyword::Auth => " SCRAM-SHA-1",
                Keyword::Xtnd => " BBOARDS",
                Keyword::Apop => " x 00000000000000000000000000000000",
                Keyword::Retr | Keyword::Dele => " 1",
                Keyword::Top => " 1 1",
                _ => "",
            };
            let mut lab = Lab::new(store.clone());
            let conn = lab.open(dewey());
            for line in before.lines().filter_map(|line| line.strip_prefix("C: ")) {
                lab.send(conn, format!("{line}\r\n").as_bytes());
            }
            lab.conns[conn].arrived.clear();
            lab.send(conn, format!("{}{arguments}\r\n", row.word).as_bytes());
            let said = String::from_utf8_lossy(&lab.conns[conn].arrived).into_owned();
            assert_eq!(
                said.contains("this session is in"),
                !row.states.contains(&state),
                "{} in {state}: {said}",
                row.word
            );
        }
    }
}

#[test]
fn a_second_session_is_refused_at_once_until_the_first_has_ended() {
    dialogue(
        &Dialogue {
            store: &three(),
            burst: false,
            text: "S: <*>
                   C: USER mrose
                   S: +OK <*>
                   C: PASS tanstaaf
                   S: +OK <*>
                   S2: <*>
                   C2: USER mrose
                   S2: +OK <*>
                   C2: PASS tanstaaf
                   S2: -ERR [IN-USE] another session has this maildrop; try again later (RFC 1939 section 4)
                   C: DELE 1
                   S: +OK <*>
                   # A line that drops gives the lock back, and removes nothing.
                   C. drop
                   C2: USER mrose
                   S2: +OK <*>
                   C2: PASS tanstaaf
                   S2: +OK mrose's maildrop has 3 messages <*>
                   C2: QUIT
                   S2: +OK <*> (3 messages left)
                   S2. close
                   S3: <*>
                   C3: USER mrose
                   S3: +OK <*>
                   C3: PASS tanstaaf
                   S3: +OK <*>",
        },
        dewey,
    );
}

#[test]
fn a_session_that_never_had_the_lock_does_not_give_it_back() {
    let mut store = three();
    let mrose = store.user(b"mrose").unwrap();
    store.lock_maildrop(mrose).unwrap();
    let lab = check(
        &store,
        "S: <*>\nC: USER mrose\nS: +OK <*>\nC: PASS tanstaaf\nS: -ERR [IN-USE] <*>\nC: QUIT\nS: +OK <*>\nS. close",
    );
    let mut after = lab.store;
    assert!(after.lock_maildrop(mrose).is_err());
    // Nor does a session give back twice what it had once.
    let mut store = three();
    let mut session = dewey();
    let mut out = Output::default();
    session.receive(Instant::START, b"USER mrose\r\nPASS tanstaaf\r\n", &mut store, &mut out);
    session.gone(&mut store);
    assert_eq!(store.lock_maildrop(mrose), Ok(()));
    session.gone(&mut store);
    assert!(store.lock_maildrop(mrose).is_err());
}
