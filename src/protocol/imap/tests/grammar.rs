//! The alternatives of the grammars, RFC 3501 §9 and RFC 9051 §9, one by one: each is understood, in capitals and in small
//! letters, and whatever the server says by a code of those grammars, it says somewhere.

use super::*;
use crate::protocol::imap::Dialect;
use crate::session::{Output, Session};
use crate::time::Instant;

/// `search-key` (RFC 3501 §9), in its order.
const SEARCH_KEYS: &[&str] = &[
    "ALL",
    "ANSWERED",
    "BCC x",
    "BEFORE 1-Feb-1994",
    "BODY x",
    "CC x",
    "DELETED",
    "FLAGGED",
    "FROM x",
    "KEYWORD x",
    "NEW",
    "OLD",
    "ON \"1-Feb-1994\"",
    "RECENT",
    "SEEN",
    "SINCE 01-Feb-1994",
    "SUBJECT x",
    "TEXT \"x y\"",
    "TO x",
    "UNANSWERED",
    "UNDELETED",
    "UNFLAGGED",
    "UNKEYWORD x",
    "UNSEEN",
    "DRAFT",
    "HEADER Subject x",
    "LARGER 0",
    "NOT SEEN",
    "OR SEEN DRAFT",
    "SENTBEFORE 1-Feb-1994",
    "SENTON 1-Feb-1994",
    "SENTSINCE 1-Feb-1994",
    "SMALLER 4294967295",
    "UID 1:*",
    "UNDRAFT",
    "1,2:*",
    "(SEEN (DRAFT))",
];

/// `fetch` and `fetch-att` (RFC 3501 §9), in their order, with every `section-spec`.
const FETCH_ITEMS: &[&str] = &[
    "ALL",
    "FULL",
    "FAST",
    "ENVELOPE",
    "FLAGS",
    "INTERNALDATE",
    "RFC822",
    "RFC822.HEADER",
    "RFC822.SIZE",
    "RFC822.TEXT",
    "BODY",
    "BODYSTRUCTURE",
    "UID",
    "BODY[]",
    "BODY[HEADER]",
    "BODY[HEADER.FIELDS (A \"b\")]",
    "BODY[HEADER.FIELDS.NOT (A)]",
    "BODY[TEXT]<0.5>",
    "BODY[1]",
    "BODY[1.2.HEADER]",
    "BODY[1.MIME]",
    "BODY[1.TEXT]",
    "BODY.PEEK[]<4294967295.1>",
    "(FLAGS UID)",
];

/// What RFC 9051 §9 adds to `fetch-att`.
const FETCH_ITEMS_REV2: &[&str] = &["BINARY[1]", "BINARY.PEEK[1]<0.5>", "BINARY[]", "BINARY.SIZE[1]"];

/// `status-att` of both, in their order.
const STATUS_ITEMS: &[&str] = &["MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN"];
const STATUS_ITEMS_REV2: &[&str] = &["MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "DELETED", "SIZE"];

/// `store-att-flags`, and each `flag`.
const STORE_FLAGS: &[&str] = &[
    r"FLAGS ()",
    r"FLAGS (\Answered \Flagged \Deleted \Seen \Draft)",
    r"+FLAGS \Seen",
    r"-FLAGS \Seen \Draft",
    r"+FLAGS.SILENT ($MDNSent $Forwarded $Junk $NotJunk $Phishing)",
    r"-FLAGS.SILENT (own)",
    r"FLAGS.SILENT \Seen",
];

/// `list-select-opts`, `mbox-or-pat` and `list-return-opts` of RFC 9051 §9, with what it calls allowed.
const LISTS_REV2: &[&str] = &[
    r#"LIST "" *"#,
    r#"LIST "" %"#,
    r#"LIST () "" *"#,
    r#"LIST (REMOTE) "" *"#,
    r#"LIST (SUBSCRIBED) "" *"#,
    r#"LIST (SUBSCRIBED REMOTE) "" *"#,
    r#"LIST (SUBSCRIBED RECURSIVEMATCH) "" *"#,
    r#"LIST (SUBSCRIBED REMOTE RECURSIVEMATCH) "" *"#,
    r#"LIST "" (a "b*")"#,
    r#"LIST "" * RETURN ()"#,
    r#"LIST "" * RETURN (SUBSCRIBED CHILDREN STATUS (MESSAGES SIZE))"#,
];

/// `search-return-opt` of RFC 9051 §9.
const SEARCHES_REV2: &[&str] = &[
    "SEARCH RETURN () ALL",
    "SEARCH RETURN (MIN MAX ALL COUNT SAVE) ALL",
    "SEARCH $",
    "SEARCH CHARSET UTF-8 TEXT x",
    "SEARCH CHARSET \"US-ASCII\" TEXT x",
    "SEARCH LARGER 5000000000",
    "SEARCH SMALLER 9223372036854775807",
];

/// What a session says to commands after LOGIN and SELECT, each with the tag `t`.
fn said_to(settings: ImapSettings, commands: &[String]) -> String {
    let mut store = store_of(&[b"Subject: x\r\n\r\nhello\r\n", b"\r\n"]);
    let mut session = Imap::new(settings);
    let mut out = Output::default();
    session.open(Instant::START, &mut store, &mut out);
    let lines = ["a LOGIN alice secret".to_owned(), "b SELECT INBOX".to_owned()].into_iter();
    for line in lines.chain(commands.iter().map(|command| format!("t {command}"))) {
        session.receive(Instant::START, format!("{line}\r\n").as_bytes(), &mut store, &mut out);
    }
    String::from_utf8_lossy(&out.bytes()).into_owned()
}

#[track_caller]
fn all_understood(settings: &ImapSettings, commands: impl IntoIterator<Item = String>) {
    for command in commands {
        for command in [command.clone(), command.to_ascii_lowercase()] {
            let said = said_to(settings.clone(), std::slice::from_ref(&command));
            let last = said.lines().last().unwrap_or_default();
            assert!(last.starts_with("t OK"), "{command}: {last}");
        }
    }
}

fn rev1() -> ImapSettings {
    ImapSettings { extensions: Extensions::NONE, ..ImapSettings::default() }
}

fn rev2() -> ImapSettings {
    ImapSettings { dialect: Dialect::Rev2, extensions: Extensions::NONE, ..ImapSettings::default() }
}

#[test]
fn every_alternative_of_rfc_3501_is_understood() {
    let settings = rev1();
    all_understood(&settings, SEARCH_KEYS.iter().map(|key| format!("SEARCH {key}")));
    all_understood(&settings, SEARCH_KEYS.iter().map(|key| format!("UID SEARCH CHARSET UTF-8 {key}")));
    all_understood(&settings, FETCH_ITEMS.iter().map(|item| format!("FETCH 1 {item}")));
    all_understood(&settings, FETCH_ITEMS.iter().map(|item| format!("UID FETCH 1:* {item}")));
    all_understood(&settings, STATUS_ITEMS.iter().map(|item| format!("STATUS INBOX ({item})")));
    all_understood(&settings, STORE_FLAGS.iter().map(|flags| format!("STORE 1 {flags}")));
    let others = ["COPY 1 INBOX", "UID COPY 1:2 inbox", "NOOP", "CHECK", "CAPABILITY", "EXPUNGE", "CLOSE"];
    all_understood(&settings, others.map(str::to_owned));
}

#[test]
fn every_alternative_of_rfc_9051_is_understood() {
    let settings = rev2();
    all_understood(&settings, SEARCH_KEYS.iter().map(|key| format!("SEARCH {key}")));
    all_understood(
        &settings,
        FETCH_ITEMS.iter().chain(FETCH_ITEMS_REV2).map(|item| format!("FETCH 1 {item}")),
    );
    all_understood(&settings, STATUS_ITEMS_REV2.iter().map(|item| format!("STATUS INBOX ({item})")));
    all_understood(&settings, STORE_FLAGS.iter().map(|flags| format!("UID STORE 1 {flags}")));
    all_understood(&settings, LISTS_REV2.iter().chain(SEARCHES_REV2).map(|&command| command.to_owned()));
    let others = ["MOVE 1 INBOX", "UID MOVE 1 INBOX", "UID EXPUNGE 1:*", "UNSELECT", "NAMESPACE", "ENABLE X"];
    all_understood(&settings, others.map(str::to_owned));
}

#[test]
fn what_no_grammar_has_is_refused() {
    let wrong = [
        "SEARCH",
        "SEARCH NOBODY",
        "SEARCH LARGER",
        "SEARCH ON 1994-02-01",
        "SEARCH ()",
        "FETCH 1 NOTHING",
        "FETCH 1 BODY[MIME]",
        "FETCH 1 BODY[0]",
        "FETCH 01 FLAGS",
        "FETCH 1 (ALL)",
        "FETCH 1 ()",
        "STORE 1 FLAGS",
        "STORE 1 FLAGS.LOUD ()",
        r"STORE 1 FLAGS (\Recent)",
        "STATUS INBOX ()",
        "STATUS INBOX (NOTHING)",
        r#"LIST (RECURSIVEMATCH) "" *"#,
        r#"LIST (REMOTE RECURSIVEMATCH) "" *"#,
        "APPEND INBOX \"7-Feb-1994 2:00:00 +0000\" {3}",
        "UID NOOP",
    ];
    for settings in [rev1(), rev2()] {
        for command in wrong {
            let said = said_to(settings.clone(), &[command.to_owned()]);
            assert!(
                said.lines().last().is_some_and(|last| last.starts_with("t BAD column ")),
                "{command}: {said}"
            );
        }
    }
}

#[test]
fn every_code_that_can_arise_is_said() {
    // `resp-text-code` of both grammars. Never said here: ALERT, PARSE, CAPABILITY as a code, UIDNOTSTICKY, UNAVAILABLE, EXPIRED,
    // CONTACTADMIN, NOPERM, INUSE, CORRUPTION, SERVERBUG, CLIENTBUG, OVERQUOTA, NOTSAVED. Elsewhere: PRIVACYREQUIRED,
    // EXPUNGEISSUED and AUTHORIZATIONFAILED (`rfc9051_answers.rs`).
    let commands = [
        "SEARCH CHARSET x ALL",
        "EXAMINE INBOX",
        "COPY 1 nowhere",
        "SELECT INBOX",
        "COPY 1 INBOX",
        "APPEND INBOX {3+}\r\nabc",
        "CREATE a/b",
        "CREATE a/b",
        "CREATE a//b",
        "DELETE a",
        "SELECT nowhere",
        "SELECT INBOX",
        "APPEND INBOX ~{3+}\r\na\0b",
        "APPEND INBOX {99999999}",
        "APPEND INBOX CATENATE (URL \"/x;UID=1\")",
        "STORE 1 (UNCHANGEDSINCE 0) FLAGS (a)",
    ];
    let keywords: String = (0..40).map(|number| format!(" k{number}")).collect();
    let mut lines = vec!["ENABLE CONDSTORE QRESYNC".to_owned()];
    lines.extend(commands.map(str::to_owned));
    lines.push(format!("STORE 1 FLAGS{keywords}"));
    lines.push("EXPUNGE".to_owned());
    let first = said_to(ImapSettings::default(), &lines);
    lines.push("ENABLE IMAP4rev2".to_owned());
    lines.push("DELETE a".to_owned());
    lines.push("UNAUTHENTICATE".to_owned());
    lines.push("LOGIN alice wrong".to_owned());
    let said = first + &said_to(ImapSettings::default(), &lines);
    for code in [
        "BADCHARSET (US-ASCII UTF-8)]",
        r"PERMANENTFLAGS (\Answered",
        "READ-ONLY]",
        "READ-WRITE]",
        "TRYCREATE]",
        "UIDNEXT 3]",
        "UIDVALIDITY 1]",
        "UNSEEN 1]",
        "APPENDUID 1 ",
        "COPYUID 1 1 3]",
        "AUTHENTICATIONFAILED]",
        "CANNOT]",
        "LIMIT]",
        "ALREADYEXISTS]",
        "NONEXISTENT]",
        "HASCHILDREN]",
        "CLOSED]",
        "UNKNOWN-CTE]",
        "TOOBIG]",
        "BADURL ",
        "HIGHESTMODSEQ ",
        "MODIFIED 1]",
    ] {
        assert!(said.contains(&format!("[{code}")), "[{code} is never said");
    }
}
