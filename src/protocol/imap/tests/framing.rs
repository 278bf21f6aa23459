//! Which octets belong to which command: lines, literals, refusals, silence.

use super::*;

#[test]
fn literals_are_asked_for_and_counted_with_their_command() {
    let lab = said(
        &store_of(&[]),
        r"
        S: * OK mail.example IMAP4rev1 service ready
        C: a LOGIN {5}
        S: + go ahead
        C: alice {6}
        S: + go ahead
        C: secret
        S: a OK LOGIN completed
        C: b SELECT {5}
        S: + go ahead
        C: inbox
        S: <**>
        S: b OK <*>
        ",
    );
    assert_eq!(lab.conns[0].commands, ["a LOGIN {5}", "b SELECT {5}"]);
}

#[test]
fn passwords_are_never_shown() {
    let lab = said(
        &store_of(&[]),
        r#"
        S: * OK <*>
        C: a LOGIN alice wrong
        S: a NO [AUTHENTICATIONFAILED] LOGIN failed: user name or password is wrong
        C: a LOGIN bob secret
        S: a NO [AUTHENTICATIONFAILED] LOGIN failed: user name or password is wrong
        C: a LOGIN "al ice" "se cret" more
        S: a BAD column 27: expected the end of the command, found a space (RFC 3501 section 9)
        C: LOGIN alice secret
        S: LOGIN BAD column 7: no command is called ALICE; a tag stands before the command, as in a1 LOGIN (RFC 3501 section 2.2.1)
        C: a LGOIN alice secret
        S: a BAD column 3: no command is called LGOIN; did you mean LOGIN? <*>
        C: a LOGIN (alice secret)
        S: a BAD <*>
        C: a LOGIN alice
        S: a BAD column 14: expected a space and a password, found the end of the line <*>
        C: a LOGIN alice secret
        S: a OK <*>
        C: a LOGIN alice secret
        S: a BAD column 3: LOGIN is for the not authenticated state; this session is authenticated <*>
        "#,
    );
    for command in &lab.conns[0].commands {
        assert!(
            !command.contains("secret") && !command.contains("se cret") && !command.contains("wrong"),
            "{command}"
        );
    }
    assert_eq!(lab.conns[0].commands[2], "a LOGIN \"al ice\" ***");
}

#[test]
fn a_refused_command_asks_for_no_literal() {
    // The client waits for leave, hears BAD or NO, and goes on.
    said(
        &store_of(&[]),
        "
        # in turn
        S: * OK <*>
        C: a SELECT {5}
        S: a BAD column 3: SELECT is for the authenticated or selected state; <*>
        C: a LOGIN {4294967296}
        S: a BAD column 10: the literal's length in octets must be below 4294967296 <*>
        C: a LOGIN {70000}
        S: a NO a literal of 70000 octets is too long: at most 65521 here
        C: a NOOP {3}
        S: a BAD column 7: expected the end of the command, found a space <*>
        C: a LOGIN alice secret
        S: a OK <*>
        C: a APPEND inbox {52428801}
        S: a NO [TOOBIG] a literal of 52428801 octets is too long: at most 52428800 here
        ",
    );
}

#[test]
fn a_literal_sent_without_leave_is_no_command() {
    said(
        &store_of(&[]),
        r"
        S: * OK <*>
        C: a LOGIN {10+}\r\nx LOGOUT\r\n {3+}\r\nabc
        S: a BAD column 12: LITERAL+ is not among this server's capabilities (RFC 7888 section 4)
        C: b NOSUCH {6+}\r\nLOGOUT x
        S: b BAD <*>
        C: a NOOP
        S: a OK NOOP completed
        ",
    );
}

#[test]
fn what_is_no_line_of_imap_is_told_so() {
    said(
        &store_of(&[]),
        r#"
        S: * OK <*>
        C:
        S: * BAD column 1: expected a tag, found the end of the line (RFC 3501 section 9)
        C: a
        S: a BAD column 2: expected a space and a command, found the end of the line (RFC 3501 section 9)
        C: +a NOOP
        S: * BAD column 1: expected a tag, found "+" <*>
        C: a  NOOP
        S: a BAD column 3: one space separates arguments, not two <*>
        C: a NOOP \xff
        S: a BAD column 7: expected the end of the command, found a space <*>
        C: a FETHC 1 ALL
        S: a BAD column 3: no command is called FETHC; did you mean FETCH? <*>
        C: a noop\nb noop
        S: * BAD a line ends in CR LF, not in a bare LF (RFC 3501 section 2.2)
        S: b OK NOOP completed
        C: a CAPABILITY
        S: * CAPABILITY IMAP4rev1
        S: a OK CAPABILITY completed
        "#,
    );
}

#[test]
fn a_silent_client_is_logged_out_after_half_an_hour_and_not_before() {
    let lab = said(
        &store_of(&[]),
        "
        S: * OK <*>
        T: 1799
        C: a NOOP
        S: a OK NOOP completed
        T: 1799
        C: a LOGIN alice secret
        S: a OK <*>
        T: 1800
        S: * BYE autologout: silent for too long (RFC 3501 section 5.4)
        S. close
        ",
    );
    assert_eq!(lab.conns.len(), 1);
}

#[test]
fn logout_says_bye_first() {
    said(
        &store_of(&[]),
        "
        S: * OK <*>
        C: x LOGOUT
        S: * BYE mail.example signing off
        S: x OK LOGOUT completed
        S. close
        ",
    );
}
