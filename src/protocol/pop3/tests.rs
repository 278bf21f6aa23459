//! Tests by state; dialogues where a dialogue says it best.

mod properties;

use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::desk::{Service, Trouble};
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::{Store, Uid};
use crate::protocol::testing::{Dialogue, Lab, dialogue};
use crate::session::{Out, Output, Session};
use crate::time::{Duration, Instant};

/// The server of RFC 1939's examples.
fn dewey() -> Pop3 {
    Pop3::new(Pop3Settings {
        host: "dbc.mtview.ca.us".into(),
        greeting_stamp: GreetingStamp { process: 1896, clock: 697_170_952 },
        ..Pop3Settings::default()
    })
}

fn store_of(messages: &[&[u8]]) -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let mrose = store.add_user("mrose", "tanstaaf").unwrap();
    store.add_user("frated", "two words").unwrap();
    let inbox = store.inbox(mrose).unwrap();
    for octets in messages {
        deliver(&mut store, inbox, octets);
    }
    store
}

fn deliver(store: &mut Store, inbox: crate::mail::store::MailboxId, octets: &[u8]) {
    let message = Arc::new(Message::new(Bytes::copy_from_slice(octets)));
    store.append(inbox, message, Flags::NONE, Timestamp::DEFAULT_START).unwrap();
}

/// A message of exactly `octets` octets.
fn sized(octets: usize) -> Vec<u8> {
    let mut text = b"Subject: size\r\n\r\n".to_vec();
    text.resize(octets - 2, b'x');
    text.extend_from_slice(b"\r\n");
    text
}

/// Three messages: plain, with dots, without a header.
const DOTTED: &[u8] = b"Subject: dots\r\n\r\n.\r\n..two\r\nlast\r\n";
fn three() -> Store {
    store_of(&[b"Subject: one\r\n\r\na\r\nb\r\nc\r\n", DOTTED, b"\r\nno header\r\n"])
}

fn left(store: &Store) -> Vec<u32> {
    let inbox = store.inbox(store.user(b"mrose").unwrap()).unwrap();
    store.mailbox(inbox).unwrap().entries.iter().map(|entry| entry.uid.0).collect()
}

fn check(store: &Store, text: &str) -> Lab {
    dialogue(&Dialogue { store, text, burst: true }, dewey)
}

/// A dialogue that begins logged in.
fn check_in_transaction(store: &Store, text: &str) -> Lab {
    check(store, &format!("S: <*>\nC: USER mrose\nS: +OK <*>\nC: PASS tanstaaf\nS: +OK <*>\n{text}"))
}

// The examples of the text.

#[test]
fn the_session_of_section_10_runs_as_printed() {
    // Two deviations: the goodbye names the host as the greeting does, where the text says `dewey`; and what the
    // messages say is ours, for the text prints only their sizes.
    let (one, two) = (sized(120), sized(200));
    let lab = check(
        &store_of(&[&one, &two]),
        &format!(
            "S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>
             C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
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
             S: Subject: size
             S:
             S: {}
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
            "x".repeat(120 - 19)
        ),
    );
    assert_eq!(left(&lab.store), [0; 0]);
    assert_eq!(lab.conns[0].contents, [(0, 120), (1, 200)]);
}

#[test]
fn the_examples_of_sections_5_and_7_hold_in_meaning() {
    // Wording differs from the text's where ours teaches more; RFC 1939 §9 gives meaning to +OK and -ERR alone.
    check_in_transaction(
        &store_of(&[&sized(120), &sized(200)]),
        "C: LIST 2
         S: +OK 2 200
         C: LIST 3
         S: -ERR there is no message 3: this maildrop holds messages 1 to 2
         C: TOP 100 3
         S: -ERR there is no message 100: this maildrop holds messages 1 to 2
         C: UIDL
         S: +OK unique-ids follow
         S: 1 0000000100000001
         S: 2 0000000100000002
         S: .
         C: UIDL 2
         S: +OK 2 0000000100000002
         C: UIDL 3
         S: -ERR there is no message 3: this maildrop holds messages 1 to 2
         C: NOOP
         S: +OK
         C: DELE 2
         S: +OK message 2 deleted
         C: DELE 2
         S: -ERR message 2 is marked as deleted; RSET unmarks it (RFC 1939 section 5)
         C: LIST
         S: +OK 1 message (120 octets)
         S: 1 120
         S: .
         C: RSET
         S: +OK maildrop has 2 messages (320 octets)
         C: QUIT
         S: +OK <*> (2 messages left)
         S. close",
    );
}

// AUTHORIZATION

#[test]
fn a_name_that_nobody_has_is_not_told_from_a_wrong_password() {
    check(
        &three(),
        "S: +OK <*>
         C: USER nobody
         S: +OK send the password with PASS
         C: PASS x
         S: -ERR no maildrop opens for this name and secret
         C: USER mrose
         S: +OK send the password with PASS
         C: PASS wrong
         S: -ERR no maildrop opens for this name and secret
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
         S: -ERR no maildrop opens for this name and secret",
    );
    let shown = lab.conns[0].commands.join("\n");
    assert_eq!(
        shown,
        "USER mrose\nPASS ***\nPASS ***\n pass ***\nPSAS ***\nAPOP mrose 0123456789abcdef0123456789abcdef"
    );
    assert!(
        !format!("{:?}", parse::arguments(parse::keyword(b"PASS secret").unwrap().0, Some(b"secret")))
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
    check(&three(), &format!("S: <*>\nC: APOP nobody {empty}\nS: -ERR no maildrop <*>"));
}

#[test]
fn the_greeting_differs_from_session_to_session_and_stays_plain() {
    let greeting = |process| {
        let stamp = GreetingStamp { process, clock: 7 };
        Pop3Settings { greeting_stamp: stamp, ..Pop3Settings::default() }.timestamp()
    };
    assert_eq!(greeting(1), "<1.7@mail.example>");
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
    for row in COMMANDS {
        for (state, before) in [(StateName::Authorization, "S: <*>\n"), (StateName::Transaction, login)] {
            let arguments = match row.kind {
                Keyword::User | Keyword::Pass => " x",
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

// The maildrop's lock.

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

// TRANSACTION

#[test]
fn sizes_count_the_stored_octets_and_never_the_stuffed_dot() {
    let lab = check_in_transaction(
        &three(),
        &format!(
            "C: LIST 2
             S: +OK 2 {size}
             C: RETR 2
             S: +OK {size} octets
             S: Subject: dots
             S:
             S: ..
             S: ...two
             S: last
             S: .",
            size = DOTTED.len()
        ),
    );
    assert_eq!(lab.conns[0].contents, [(1, DOTTED.len() as u32)]);
}

#[test]
fn the_reply_line_of_a_message_is_a_write_of_its_own() {
    let mut store = three();
    let mut session = dewey();
    let mut out = Output::default();
    session.receive(Instant::START, b"USER mrose\r\nPASS tanstaaf\r\n", &mut store, &mut out);
    let mut out = Output::default();
    session.receive(Instant::START, b"RETR 2\r\n", &mut store, &mut out);
    let [
        Out::Command { octets: 8, text },
        Out::Write { bytes: line, about: None },
        Out::Write { bytes, about: Some(about) },
    ] = &out.items[..]
    else {
        panic!("{out:?}")
    };
    assert_eq!(
        (text.as_ref(), line.as_ref()),
        (&b"RETR 2"[..], format!("+OK {} octets\r\n", DOTTED.len()).as_bytes())
    );
    // Two dots put in, and three octets of terminator.
    assert_eq!((bytes.len(), about.content as usize), (DOTTED.len() + 5, DOTTED.len()));
}

#[test]
fn top_gives_the_header_the_empty_line_and_so_many_lines() {
    let long = "y".repeat(9000);
    let mut store = three();
    let inbox = store.inbox(store.user(b"mrose").unwrap()).unwrap();
    deliver(&mut store, inbox, format!("A: b\r\n\r\n{long}\r\nsecond\r\n").as_bytes());
    deliver(&mut store, inbox, b"Only: a header\r\n");
    deliver(&mut store, inbox, b"");
    let lab = check_in_transaction(
        &store,
        &format!(
            "C: TOP 1 0
             S: +OK <*>
             S: Subject: one
             S:
             S: .
             C: TOP 1 2
             S: +OK <*>
             S: Subject: one
             S:
             S: a
             S: b
             S: .
             C: TOP 1 4294967295
             S: +OK <*>
             S: Subject: one
             S:
             S: a
             S: b
             S: c
             S: .
             C: TOP 2 1
             S: +OK <*>
             S: Subject: dots
             S:
             S: ..
             S: .
             # A 9,000-octet line is one line.
             C: TOP 4 1
             S: +OK <*>
             S: A: b
             S:
             S: {long}
             S: .
             C: TOP 5 3
             S: +OK <*>
             S: Only: a header
             S: .
             C: TOP 6 3
             S: +OK <*>
             S: ."
        ),
    );
    assert_eq!(lab.conns[0].contents[0], (0, 16));
}

#[test]
fn top_0_of_a_message_without_a_header_is_the_empty_line_alone() {
    check_in_transaction(
        &three(),
        "C: TOP 3 0\nS: +OK <*>\nS:\nS: .\nC: TOP 3 1\nS: +OK <*>\nS:\nS: no header\nS: .",
    );
}

#[test]
fn numbers_are_digits_and_nothing_else() {
    for wrong in [
        "1x",
        "+1",
        "-1",
        "0x1",
        "1.",
        "4294967296",
        "4294967297",
        "18446744073709551617",
        "0",
        " 1",
        "1 ",
        "",
        "١",
    ] {
        for command in ["RETR", "DELE", "LIST", "UIDL"] {
            check_in_transaction(
                &three(),
                &format!("C: {command} {}\nS: -ERR <*>\nC: STAT\nS: +OK 3 <*>", octal(wrong)),
            );
        }
        check_in_transaction(&three(), &format!("C: TOP {} 0\nS: -ERR <*>", octal(wrong)));
        if wrong != "0" {
            check_in_transaction(&three(), &format!("C: TOP 1 {}\nS: -ERR <*>", octal(wrong)));
        }
    }
    check_in_transaction(
        &three(),
        "C: RETR 1x
         S: -ERR `1x` is no number that RETR can take: digits alone, messages count from 1 (RFC 1939 section 5)
         C: RETR 4294967295
         S: -ERR there is no message 4294967295: this maildrop holds messages 1 to 3
         C: STAT 1
         S: -ERR write it as `STAT`: it takes no argument, and nothing follows it (RFC 1939 section 5)
         C: TOP 1
         S: -ERR write it as `TOP msg n`: one space before each argument (RFC 1939 section 7)
         C: LIST 1 2
         S: -ERR write it as `LIST [msg]`: one space, then the message's number, or neither (RFC 1939 section 5)",
    );
}

/// Octets that are not ASCII as the dialogue writes them.
fn octal(text: &str) -> String {
    text.bytes()
        .map(|octet| if octet.is_ascii() { char::from(octet).to_string() } else { format!("\\x{octet:02x}") })
        .collect()
}

#[test]
fn an_empty_maildrop_is_listed_as_such() {
    check_in_transaction(
        &store_of(&[]),
        "C: LIST
         S: +OK 0 messages (0 octets)
         S: .
         C: UIDL
         S: +OK <*>
         S: .
         C: RETR 1
         S: -ERR there is no message 1: this maildrop is empty
         C: QUIT
         S: +OK <*> (maildrop empty)
         S. close",
    );
}

#[test]
fn unique_ids_hold_from_the_very_first_session_even_if_it_is_cut_off() {
    let text =
        "C: UIDL\nS: +OK <*>\nS: 1 0000000100000001\nS: 2 0000000100000002\nS: 3 0000000100000003\nS: .\n";
    let lab = check_in_transaction(&three(), text);
    let mut store = lab.store;
    store.unlock_maildrop(store.user(b"mrose").unwrap());
    let lab =
        check_in_transaction(&store, &format!("{text}C: DELE 1\nS: +OK <*>\nC: QUIT\nS: +OK <*>\nS. close"));
    check_in_transaction(&lab.store, "C: UIDL 1\nS: +OK 1 0000000100000002");
}

// UPDATE

#[test]
fn mail_that_comes_in_or_goes_meanwhile_is_left_to_itself() {
    let mut lab = Lab::new(three());
    let inbox = lab.store.inbox(lab.store.user(b"mrose").unwrap()).unwrap();
    let conn = lab.open(dewey());
    lab.send(conn, b"USER mrose\r\nPASS tanstaaf\r\nDELE 1\r\nDELE 2\r\n");
    deliver(&mut lab.store, inbox, b"Subject: late\r\n\r\n");
    lab.store.expunge(inbox, |entry| entry.uid == Uid(2));
    lab.conns[conn].arrived.clear();
    lab.send(conn, b"STAT\r\nRSET\r\nRETR 2\r\nRETR 4\r\nDELE 1\r\nDELE 2\r\nQUIT\r\n");
    let said = String::from_utf8_lossy(&lab.conns[conn].arrived).into_owned();
    // The view is frozen: what somebody else removed can still be read, what came in has no number.
    assert!(said.starts_with("+OK 1 13\r\n"), "{said}");
    assert!(said.contains("\r\n...two\r\n") && said.contains("there is no message 4: "), "{said}");
    assert!(said.ends_with("signing off (2 messages left)\r\n"), "{said}");
    assert_eq!(left(&lab.store), [3, 4]);
}

#[test]
fn nothing_is_removed_without_a_whole_quit_in_transaction() {
    for (text, ends) in [
        ("C: DELE 1\nS: +OK <*>\nC. drop", [1, 2, 3]),
        ("C: DELE 1\nS: +OK <*>\nC- QUIT", [1, 2, 3]),
        ("C: DELE 1\nS: +OK <*>\nC- QUIT\\r", [1, 2, 3]),
        ("C: DELE 1\nS: +OK <*>\nC- QUIT\\n", [1, 2, 3]),
        ("C: DELE 1\nS: +OK <*>\nC: QUIT \nS: -ERR <*>", [1, 2, 3]),
        ("C: DELE 1\nS: +OK <*>\nT: 601\nS. close", [1, 2, 3]),
    ] {
        let text = format!("S: <*>\nC: USER mrose\nS: +OK <*>\nC: PASS tanstaaf\nS: +OK <*>\n{text}");
        let mut lab = dialogue(&Dialogue { store: &three(), text: &text, burst: false }, dewey);
        if !lab.conns[0].closed {
            lab.drop_conn(0);
        }
        assert_eq!(left(&lab.store), ends, "{text}");
        let mrose = lab.store.user(b"mrose").unwrap();
        assert_eq!(lab.store.lock_maildrop(mrose), Ok(()), "{text}");
    }
}

#[test]
fn what_follows_quit_is_not_obeyed() {
    let mut lab = Lab::new(three());
    let conn = lab.open(dewey());
    lab.send(
        conn,
        b"USER mrose\r\nPASS tanstaaf\r\nQUIT\r\nUSER mrose\r\nPASS tanstaaf\r\nDELE 1\r\nQUIT\r\n",
    );
    assert_eq!(left(&lab.store), [1, 2, 3]);
    assert!(lab.conns[conn].arrived.ends_with(b"(3 messages left)\r\n"));
    assert_eq!((lab.conns[conn].unframed(), lab.conns[conn].commands.len()), (0, 7));
}

// Lines and limits.

#[test]
fn an_over_long_line_gets_one_error_and_its_tail_is_no_command() {
    let long = "x".repeat(511);
    let fits = "x".repeat(505);
    check(
        &three(),
        &format!(
            "S: <*>
             C: {long}
             S: -ERR that line is longer than 512 octets; it was not read as a command
             C: {long}{long}QUIT
             S: -ERR that line is longer than 512 octets; <*>
             C: USER {fits}
             S: +OK <*>"
        ),
    );
}

#[test]
fn replies_stay_within_512_octets_even_where_they_echo() {
    let long = "y".repeat(500);
    for line in [
        long.clone(),
        format!("RETR {long}"),
        format!("APOP {long}"),
        "\u{1b}[2J".into(),
        format!("LIST {}", "9".repeat(400)),
    ] {
        let mut lab = Lab::new(three());
        let conn = lab.open(dewey());
        lab.send(conn, b"USER mrose\r\nPASS tanstaaf\r\n");
        lab.conns[conn].arrived.clear();
        lab.send(conn, format!("{line}\r\n").as_bytes());
        let said = &lab.conns[conn].arrived;
        assert!(said.len() <= 512 && said.starts_with(b"-ERR "), "{said:?}");
        assert!(said[..said.len() - 2].iter().all(|octet| (b' '..=b'~').contains(octet)), "{said:?}");
    }
    // A name of the greatest length that a line can carry comes back in the reply.
    let mut store = three();
    let name = "n".repeat(490);
    store.add_user(&name, "p").unwrap();
    let mut lab = Lab::new(store);
    let conn = lab.open(dewey());
    lab.send(conn, format!("USER {name}\r\nPASS p\r\n").as_bytes());
    let said = &lab.conns[conn].arrived;
    assert!(said.split(|octet| *octet == b'\n').all(|line| line.len() < 512), "{said:?}");
}

#[test]
fn a_bare_line_feed_ends_a_line_only_where_that_is_wanted() {
    let text = "S: <*>\nC- NOOP\\n\nC: QUIT\nS: -ERR a line ends in CR LF; CR, LF or NUL within it are not allowed (RFC 1939 section 3)";
    dialogue(&Dialogue { store: &three(), text, burst: true }, dewey);
    let lenient = || Pop3::new(Pop3Settings { accept_bare_lf: true, ..Pop3Settings::default() });
    let text = "S: <*>\nC- NOOP\\n\nS: -ERR NOOP is for <*>\nC: QUIT\nS: +OK <*>\nS. close";
    dialogue(&Dialogue { store: &three(), text, burst: true }, lenient);
}

#[test]
fn ten_misuses_in_a_row_end_the_session_and_ten_in_all_do_not() {
    let nine = "C: WHAT\nS: -ERR <*>\n".repeat(9);
    check_in_transaction(
        &three(),
        &format!("{nine}C: NOOP\nS: +OK\n{nine}C: DELE 9\nS: -ERR <*>\n{nine}C: WHAT\nS: -ERR <*>\nS. close"),
    );
}

#[test]
fn autologout_comes_after_ten_silent_minutes_and_without_a_word() {
    check_timed("T: 599\nC: NOOP\nS: +OK\nT: 599\nC: NOOP\nS: +OK\nT: 601\nS. close");
    // Half a line is no command.
    check_timed("T: 599\nC- NO\nT: 2\nS. close");
    // Less than ten minutes counts as ten (RFC 1939 §3); more is more.
    for (asked, given) in [(1, 600), (600, 600), (1800, 1800)] {
        let mut out = Output::default();
        let mut session =
            Pop3::new(Pop3Settings { autologout: Duration::from_secs(asked), ..Pop3Settings::default() });
        session.open(Instant::START, &mut three(), &mut out);
        assert_eq!(out.wake, Some(Instant::START + Duration::from_secs(given)));
        let mut early = Output::default();
        session.wake(Instant::from_nanos(5), &mut three(), &mut early);
        assert_eq!((early.wake, early.close), (out.wake, false));
    }
}

fn check_timed(text: &str) {
    let text = format!("S: <*>\nC: USER mrose\nS: +OK <*>\nC: PASS tanstaaf\nS: +OK <*>\n{text}");
    dialogue(&Dialogue { store: &three(), text: &text, burst: false }, dewey);
}

#[test]
fn a_mark_after_a_checkpoint_copies_little() {
    // The session itself is small and shares what is big; 50,000 marks fit into some seven chunks of words.
    let mut marks = super::marks::Marks::default();
    (0..50_000).for_each(|index| marks.add(index));
    let checkpoint = marks.clone();
    marks.add(50_000);
    assert_eq!((checkpoint.len(), marks.len()), (50_000, 50_001));
    assert!(size_of::<Pop3>() <= 256, "{}", size_of::<Pop3>());
}

// The client.

fn with_client<T>(
    store: Store,
    act: impl AsyncFnOnce(Pop3Client) -> Result<T, Trouble>,
) -> (Result<T, Trouble>, Lab) {
    let mut lab = Lab::new(store);
    let result = lab.run(
        |_| Box::new(dewey()),
        async |desk| {
            let wire = desk.connect(Service::Pop3).await?;
            act(Pop3Client::greet(wire).await?).await
        },
    );
    (result, lab)
}

#[test]
fn a_client_reads_every_message_as_it_was_stored() {
    let messages: Vec<Vec<u8>> = [
        &b"Subject: one\r\n\r\na\r\n"[..],
        DOTTED,
        b"",
        b"\r\n",
        b".\r\n",
        b"..\r\n.\r\n\r\n",
        b"a\n.\nb\r.\r\r\n",
    ]
    .iter()
    .map(|text| text.to_vec())
    .collect();
    let store = store_of(&messages.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let (result, lab) = with_client(store, async |mut client| {
        client.apop("mrose", "tanstaaf").await?;
        let (count, octets) = client.stat().await?;
        let list = client.list().await?;
        assert_eq!((list.len() as u32, list.iter().map(|one| one.octets).sum::<u64>()), (count, octets));
        let ids = client.uidl().await?;
        for (nth, stored) in messages.iter().enumerate() {
            let number = nth as u32 + 1;
            assert_eq!(client.retr(number).await?, stored, "message {number}");
            assert_eq!(client.list_one(number).await?, list[nth]);
            assert_eq!(client.uidl_one(number).await?, ids[nth]);
            assert!(stored.starts_with(&client.top(number, 1).await?));
        }
        client.noop().await?;
        client.dele(1).await?;
        client.rset().await?;
        client.dele(2).await?;
        client.quit().await
    });
    assert_eq!(result, Ok(()));
    assert_eq!(left(&lab.store), [1, 3, 4, 5, 6, 7]);
    assert!(lab.conns[0].closed);
}

#[test]
fn a_client_says_what_the_server_refused_and_never_the_password() {
    let (result, _) = with_client(three(), async |mut client| client.user_pass("mrose", "hunter2").await);
    let Err(Trouble::Protocol(why)) = result else { panic!("{result:?}") };
    assert_eq!(why, "the POP3 server answered PASS with: -ERR no maildrop opens for this name and secret");
    let (result, lab) = with_client(three(), async |mut client| {
        client.user_pass("mrose", "tanstaaf").await?;
        client.retr(9).await
    });
    let Err(Trouble::Protocol(why)) = result else { panic!("{result:?}") };
    assert!(why.starts_with("the POP3 server answered RETR 9 with: -ERR there is no message 9"), "{why}");
    // Its sentence ends there: the client is gone, the mail is not.
    assert_eq!(left(&lab.store), [1, 2, 3]);
    let (result, lab) = with_client(three(), async |mut client| client.user_pass("mrose\r\nQUIT", "x").await);
    assert!(matches!(result, Err(Trouble::Protocol(_))), "{result:?}");
    assert_eq!(lab.conns[0].commands, [""; 0]);
}
