//! Lines, limits, and the autologout timer.

use super::*;

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
fn commands_have_512_octets_before_the_login_and_4096_behind_it() {
    let noop = |octets: usize| format!("NOOP {}", "x".repeat(octets - 7));
    let (good, bad) = ("S: -ERR write it as `NOOP`: <*>", "S: -ERR that line is longer than");
    check(
        &three(),
        &format!(
            "S: <*>\nC: {}\nS: -ERR NOOP is for TRANSACTION; <*>\nC: {}\n{bad} 512 octets; <*>
             C: USER mrose\nS: +OK <*>\nC: PASS tanstaaf\nS: +OK <*>
             C: {}\n{good}\nC: {}\n{bad} 4096 octets; <*>",
            noop(512),
            noop(513),
            noop(4096),
            noop(4097)
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
    let lenient = || {
        Pop3::new(Pop3Settings {
            quirks: Quirks { accept_bare_lf: true, ..Quirks::default() },
            ..Pop3Settings::default()
        })
    };
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
    let mut marks = marks::Marks::default();
    (0..50_000).for_each(|index| marks.add(index));
    let checkpoint = marks.clone();
    marks.add(50_000);
    assert_eq!((checkpoint.len(), marks.len()), (50_000, 50_001));
    assert!(size_of::<Pop3>() <= 256, "{}", size_of::<Pop3>());
}
