use super::*;
use crate::trace::Trace;

const POP3: &str = include_str!("../../../traces/pop3/fetch-and-delete.trace");
const IMAP: &str = include_str!("../../../traces/imap/choose-and-file.trace");
const SMTP: &str = include_str!("../../../traces/smtp/two-messages.trace");

fn explained(text: &str) -> String {
    explain(&Trace::parse(text, "a.trace").unwrap(), 160)
}

/// The first line that begins with a token, and the one under it: a long token has its meaning there.
fn means(told: &str, token: &str) -> String {
    let mut lines = told.lines().map(str::trim);
    let found = lines.find(|line| line.starts_with(token)).unwrap_or_else(|| panic!("no `{token}`\n{told}"));
    format!("{found} {}", lines.next().unwrap_or_default())
}

#[test]
fn each_command_is_explained_from_its_row() {
    let told = explained(POP3);
    for row in pop3::COMMANDS.iter().filter(|row| ["USER", "STAT", "UIDL", "TOP", "RETR"].contains(&row.word))
    {
        assert!(told.contains(&format!("{}: {} ({})", row.syntax, row.help, row.clause)), "{}", row.word);
    }
    assert!(
        explained(SMTP)
            .contains("RCPT TO:<forward-path>: name one recipient; repeat it for more (RFC 821 §4.1.1)")
    );
    assert!(
        explained(IMAP)
            .contains("FETCH set items [(CHANGEDSINCE n)]: get data of messages (RFC 3501 §6.4.5)")
    );
}

#[test]
fn each_reply_of_pop3_and_smtp_is_explained() {
    let told = explained(POP3);
    assert!(means(&told, "+OK POP3 server ready <1.888868824@mail.example>").contains("APOP"));
    assert!(means(&told, "+OK 3 550").contains("how many messages"));
    assert!(means(&told, "2 0000000100000002").contains("unique-id of message 2"));
    assert!(told.contains("the end of the answer"));
    let told = explained(SMTP);
    assert!(means(&told, "354 start mail input; end with <CRLF>.<CRLF>").contains("send the rest"));
    assert!(told.contains("the end of the message"));
}

#[test]
fn each_token_of_an_imap_response_is_labelled() {
    let told = explained(IMAP);
    assert!(means(&told, "[UIDVALIDITY 1]").contains("response code"));
    assert!(means(&told, "RFC822.SIZE").contains("size in octets"));
    assert!(means(&told, "\"Saturday\"").contains("subject"));
    assert!(means(&told, "\"bob\"").contains("mailbox name"));
    assert!(means(&told, "\"8BIT\"").contains("encoding"));
    assert!(means(&told, "{26} 26 bytes").contains("its value"));
    assert!(means(&told, "\\Seen").contains("read"));
    assert!(means(&told, "*").contains("untagged"));
    assert!(!told.contains("not known here") && !told.contains("more than is known"), "{told}");
}

#[test]
fn no_password_is_shown() {
    for text in [POP3, IMAP] {
        assert!(text.contains("secret"));
        assert!(!explained(text).contains("secret"));
    }
}

#[test]
fn no_line_is_longer_than_the_screen() {
    for text in [POP3, IMAP, SMTP] {
        let told = explain(&Trace::parse(text, "a.trace").unwrap(), 40);
        assert!(told.lines().all(|line| line.chars().count() <= 40), "{told}");
    }
}

proptest::proptest! {
    /// Whatever a server says is explained somehow, and quickly.
    #[test]
    fn anything_is_explained(said in "[ -~]{0,80}|\\* 1 FETCH \\([()\"{}A-Z 0-9\\[\\]\r\n]{0,80}") {
        let mut told = Told { text: String::new(), width: 80 };
        let octets = format!("{said}\r\n").into_bytes();
        proptest::prop_assert!(imap::responses(&octets, &mut told) <= octets.len());
    }
}

#[test]
fn deep_nesting_takes_no_stack() {
    let mut told = Told { text: String::new(), width: 80 };
    let octets = format!("* 1 FETCH {}\r\n", "(".repeat(1_000_000)).into_bytes();
    assert_eq!(imap::responses(&octets, &mut told), octets.len());
}

#[test]
fn a_literal_of_a_command_is_told_by_its_kind_and_what_follows_it_is_no_new_command() {
    let head = IMAP.split("\n0 ").next().unwrap();
    let mut writes = String::new();
    for (nth, (way, octets)) in [
        ("C>", "a LOGIN {5}\\r\\n"),
        ("S>", "+ go ahead\\r\\n"),
        ("C>", "alice {6+}\\r\\nsecret\\r\\n"),
        ("S>", "a OK LOGIN completed\\r\\n"),
        ("C>", "b APPEND x {2+}\\r\\nhi\\r\\n"),
        ("S>", "b OK done\\r\\n"),
        ("C>", "c IDLE\\r\\nDONE\\r\\n"),
        ("C>", "d FETCH 1 FLAGS\\r\\n"),
    ]
    .iter()
    .enumerate()
    {
        writes += &format!("\n{nth} {}000000000 imap/0 {way} - 0 \"{octets}\"", nth + 25);
    }
    let told = explained(&format!("{head}{writes}\n"));
    assert!(means(&told, "{5}").contains("waits for +"), "{told}");
    assert!(means(&told, "{6+}").contains("follows at once"), "{told}");
    assert!(means(&told, "{2+}").contains("follows at once"), "{told}");
    assert!(means(&told, "DONE").contains("RFC 2177"), "{told}");
    assert!(told.contains("may bring EXPUNGE") && !told.contains("need not be"), "{told}");
    assert_eq!(told.matches("no command that is known here").count(), 0, "{told}");
    assert!(!told.contains("secret"), "{told}");
}
