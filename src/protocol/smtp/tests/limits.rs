//! Lines, sizes, extensions, and the timer.

use super::*;

#[test]
fn a_bare_line_feed_or_carriage_return_never_ends_a_command() {
    // The second command of the line must not run: a relay before this server may have seen one line only.
    let lab = check_ready(
        "C: MAIL FROM:<a@b>\\nRCPT TO:<jones@bbn-unix.arpa>
         S: 500 a line ends in CR LF; CR, LF or NUL within it are not allowed (RFC 821 section 4.1.2)
         C: NOOP\\rQUIT
         S: 500 <*>
         C: NOOP\\0
         S: 500 <*>
         C: DATA
         S: 503 DATA comes too early: no mail transaction is open <*>",
    );
    assert_eq!(lab.conns[0].commands[1], "MAIL FROM:<a@b>\nRCPT TO:<jones@bbn-unix.arpa>");
}

#[test]
fn a_bare_line_end_never_ends_the_text() {
    let lab = check_recipients(
        "C: DATA
         S: 354 <*>
         C: one\\n.\\nMAIL FROM:<x@y>
         C: two\\r.\\rRSET
         C: three
         C- .\\nQUIT\\r\\n
         C- .\\rQUIT\\r\\n
         C: .
         S: 250 OK, delivered
         C: NOOP
         S: 250 OK",
    );
    // Dots at the start of a line are taken out even where no end follows: that is the rule of §4.5.2.
    assert!(
        inbox(&lab.store, "jones")[0]
            .ends_with("\r\none\n.\nMAIL FROM:<x@y>\r\ntwo\r.\rRSET\r\nthree\r\n\nQUIT\r\n\rQUIT\r\n")
    );
}

#[test]
fn a_message_over_the_size_is_refused_and_read_to_its_end() {
    let small = || Smtp::new(SmtpSettings { size_max: 100, ..settings() });
    let long = "x".repeat(99);
    let text = format!(
        "S: 220 <*>
         C: EHLO x
         S: 250-BBN-UNIX.ARPA
         S: <**>
         S: 250-SIZE 100
         S: 250 HELP
         C: MAIL FROM:<a@b> SIZE=101
         S: 552 5.3.4 too much mail data: at most 100 octets
         C: MAIL FROM:<a@b> SIZE=99999999999999999999
         S: 552 5.3.4 <*>
         C: MAIL FROM:<a@b> SIZE=100 BODY=8BITMIME
         S: 250 2.1.0 OK
         C: RCPT TO:<jones@bbn-unix.arpa>
         S: 250 2.1.5 OK
         C: DATA
         S: 354 <*>
         C: {long}
         C: QUIT
         C: .
         S: 552 5.3.4 too much mail data: at most 100 octets
         C: DATA
         S: 503 5.5.1 DATA comes too early: no mail transaction is open (RFC 821 section 4.1.1)"
    );
    let lab = dialogue(&Dialogue { store: &store(), text: &text, burst: true }, small);
    assert_eq!(inbox(&lab.store, "jones"), [""; 0]);
}

#[test]
fn parameters_are_good_only_where_they_were_announced() {
    check_ready(
        "C: MAIL FROM:<a@b> SIZE=1
         S: 555 parameter `SIZE=1` is not known here (RFC 5321 section 4.1.1.11)
         C: MAIL FROM:<a@b>SIZE=1
         S: 501 <*>
         C: EHLO x
         S: <**>
         S: 250 HELP
         # Nobody could read a report here: DSN is not announced.
         C: MAIL FROM:<a@b> RET=FULL
         S: 555 5.5.4 <*>
         C: MAIL FROM:<a@b> SIZE=1x
         S: 501 5.5.4 <*>
         C: MAIL FROM:<a@b> SIZE=1 SIZE=2
         S: 501 5.5.4 <*>
         C: MAIL FROM:<a@b> BODY=9BIT
         S: 501 5.5.4 <*>
         C: MAIL FROM:<a@b> body=7bit
         S: 250 2.1.0 OK
         C: RCPT TO:<jones@bbn-unix.arpa> NOTIFY=NEVER
         S: 555 5.5.4 <*>
         C: RCPT TO:<jones@bbn-unix.arpa>
         S: 250 2.1.5 OK
         C: RCPT TO:<brown@bbn-unix.arpa> NOTIFY=NEVER
         S: 555 5.5.4 <*>",
    );
}

#[test]
fn the_hundred_and_first_recipient_is_one_too_many() {
    let hundred = "C: RCPT TO:<jones@bbn-unix.arpa>\nS: 250 OK\n".repeat(99);
    check_recipients(&format!(
        "{hundred}C: RCPT TO:<brown@bbn-unix.arpa>\nS: 452 too many recipients: <*>\nC: DATA\nS: 354 <*>\nC: .\nS: 250 <*>"
    ));
}

#[test]
fn an_over_long_line_gets_one_error_and_its_tail_is_no_command() {
    // The last good length and the first bad one, CR LF counted.
    let fits = format!("HELP {}", "x".repeat(4096 - 7));
    let long = format!("{}QUIT", "x".repeat(4096 - 5));
    check_ready(&format!(
        "C: {fits}\nS: 504 <*>\nC: {long}\nS: 500 that line is longer than 4096 octets; <*>\nC: NOOP\nS: 250 OK"
    ));
    let old = || Smtp::new(SmtpSettings::rfc821());
    let (fits, long) = ("x".repeat(510), "x".repeat(511));
    let text = format!(
        "S: 220 <*>\nC: {fits}\nS: 500 there is no command <*>\nC: {long}\nS: 500 that line is longer than 512 <*>"
    );
    dialogue(&Dialogue { store: &store(), text: &text, burst: true }, old);
}

#[test]
fn a_full_mailbox_takes_no_more() {
    let limits = Limits { mailbox_octets: Some(150), ..Limits::default() };
    let old = SmtpSettings { domains: settings().domains, ..SmtpSettings::rfc821() };
    for (settings, code) in [(settings(), "452"), (old, "552")] {
        let small = || Smtp::new(SmtpSettings { limits, ..settings.clone() });
        let long = "x".repeat(90);
        let text = format!(
            "S: 220 <*>
             C: HELO x
             S: 250 <*>
             C: MAIL FROM:<a@b>
             S: 250 OK
             C: RCPT TO:<jones@bbn-unix.arpa>
             S: 250 OK
             C: DATA
             S: 354 <*>
             C: {long}
             C: .
             S: 250 <*>
             C: MAIL FROM:<a@b>
             S: 250 OK
             C: RCPT TO:<jones@bbn-unix.arpa>
             S: {code} no room in the mailbox of `jones@bbn-unix.arpa`
             C: RCPT TO:<brown@bbn-unix.arpa>
             S: 250 OK"
        );
        let lab = dialogue(&Dialogue { store: &store(), text: &text, burst: true }, small);
        assert_eq!(inbox(&lab.store, "jones").len(), 1);
    }
}

#[test]
fn replies_stay_within_512_octets_even_where_they_echo() {
    let long = "y".repeat(480);
    for line in [
        long.clone(),
        format!("MAIL FROM:<{long}>"),
        format!("RCPT TO:<{long}@x>"),
        format!("HELP {long}"),
        "\u{7f}\u{e9}".into(),
    ] {
        let mut lab = Lab::new(store());
        let conn = lab.open(server());
        lab.send(conn, b"HELO x\r\nMAIL FROM:<a@b>\r\n");
        lab.conns[conn].arrived.clear();
        lab.send(conn, format!("{line}\r\n").as_bytes());
        let said = &lab.conns[conn].arrived;
        assert!(said.ends_with(b"\r\n") && said.len() <= 512, "{said:?}");
        assert!(said[..said.len() - 2].iter().all(|octet| (b' '..=b'~').contains(octet)), "{said:?}");
    }
}

#[test]
fn ten_misuses_in_a_row_end_the_session_with_421() {
    let nine = "C: WHAT\nS: 500 <*>\n".repeat(9);
    check_ready(&format!(
        "{nine}C: NOOP\nS: 250 OK\n{nine}C: WHAT\nS: 421 BBN-UNIX.ARPA too many errors <*>\nS. close"
    ));
}

#[test]
fn a_silent_client_is_sent_away_after_five_minutes() {
    let text = "S: 220 <*>
                T: 299
                C: HELO x
                S: 250 <*>
                T: 299
                C- NO
                T: 301
                S: 421 BBN-UNIX.ARPA silent for too long, closing transmission channel
                S. close";
    dialogue(&Dialogue { store: &store(), text, burst: false }, server);
}

#[test]
fn a_checkpoint_in_the_middle_of_a_text_copies_little() {
    // What has come is shared by the clones; only a piece that is not yet full is copied.
    assert!(size_of::<Smtp>() <= 512, "{}", size_of::<Smtp>());
    let mut store = store();
    let mut session = server();
    let mut out = Output::default();
    session.receive(
        Instant::START,
        b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<jones@bbn-unix.arpa>\r\nDATA\r\n",
        &mut store,
        &mut out,
    );
    session.receive(Instant::START, &[b'x'; 1 << 20], &mut store, &mut out);
    let mut copy = session.clone();
    assert_eq!(copy, session);
    let mut out = Output::default();
    copy.receive(Instant::START, b"\r\n.\r\n", &mut store, &mut out);
    assert!(out.bytes().starts_with(b"250 "));
    assert_ne!(copy, session);
}
