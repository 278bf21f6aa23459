//! The examples of RFC 3501 §6 and §7, in its order, each with a mailbox of our own. Those of §6.1.2, §6.3.4, §6.3.5
//! and §6.4.3 that need more than one step are in `examples.rs`, that of §8 in `sample.rs`.

use super::*;
use crate::mail::store::{FlagChange, Uid};
use crate::protocol::security::{Security, Tls};

/// Twelve short messages; number 2 was written by Smith and is flagged.
fn twelve() -> Store {
    let mut messages: Vec<Vec<u8>> = (1..=12)
        .map(|number| format!("Subject: letter {number}\r\n\r\ntext {number}\r\n").into_bytes())
        .collect();
    messages[1] =
        b"From: Smith <smith@example.org>\r\nDate: Mon, 7 Feb 1994 21:52:25 -0800\r\n\r\nhello\r\n".to_vec();
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let mut store = store_of(&messages);
    let inbox = store.inbox(store.user(b"alice").unwrap()).unwrap();
    store.claim_recent(inbox);
    store.change_flags(inbox, Uid(2), FlagChange::Add, Flags::FLAGGED).unwrap();
    store
}

#[test]
fn capability_and_starttls_go_as_in_6_1_1_and_6_2_1() {
    let security = Security { tls: Tls::Offered, ..Security::default() };
    let settings = ImapSettings {
        extensions: Extensions::NONE,
        mechanisms: Vec::new(),
        security,
        ..ImapSettings::default()
    };
    let text = "
        S: * OK <*>
        C: abcd CAPABILITY
        S: * CAPABILITY IMAP4rev1 STARTTLS<*>
        S: abcd OK CAPABILITY completed
        C: efgh STARTTLS
        S: efgh OK begin TLS now
        ";
    dialogue(&Dialogue { store: &store_of(&[]), text, burst: false }, || Imap::new(settings.clone()));
}

#[test]
fn authenticate_takes_turns_as_in_6_2_2() {
    // The example's mechanism is GSSAPI, which needs a realm; the turns are those of any other.
    dialogue(
        &Dialogue {
            store: &store_of(&[]),
            text: "
            S: * OK <*>
            C: A001 AUTHENTICATE PLAIN
            S: +<*>
            C: AGFsaWNlAHNlY3JldA==
            S: A001 OK AUTHENTICATE PLAIN completed
            ",
            burst: false,
        },
        usual,
    );
}

#[test]
fn login_and_logout_go_as_in_6_2_3_and_6_1_3() {
    said(
        &store_of(&[]),
        "
        S: * OK <*>
        C: a001 LOGIN alice secret
        S: a001 OK LOGIN completed
        C: A023 LOGOUT
        S: * BYE mail.example signing off
        S: A023 OK LOGOUT completed
        S. close
        ",
    );
}

#[test]
fn select_and_examine_go_as_in_6_3_1_and_6_3_2() {
    for (word, permanent, code) in [
        ("SELECT", r"\Answered \Flagged \Deleted \Seen \Draft \*", "READ-WRITE"),
        ("EXAMINE", "", "READ-ONLY"),
    ] {
        let text = format!(
            r"
            C: A142 {word} INBOX
            S: * 12 EXISTS
            S: * 0 RECENT
            S: * OK [UNSEEN 1] Message 1 is the first unseen
            S: * OK [UIDVALIDITY 1] UIDs valid
            S: * OK [UIDNEXT 13] Predicted next UID
            S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
            S: * OK [PERMANENTFLAGS ({permanent})] <*>
            S: A142 OK [{code}] {word} completed
            "
        );
        authenticated(&twelve(), &text);
    }
}

#[test]
fn create_takes_a_delimiter_at_the_end_as_in_6_3_3() {
    authenticated(
        &store_of(&[]),
        r#"
        C: A003 CREATE owatagusiam/
        S: A003 OK CREATE completed
        C: A004 CREATE owatagusiam/blurdybloop
        S: A004 OK CREATE completed
        C: A005 LIST "" o*
        S: * LIST () "/" owatagusiam
        S: * LIST () "/" owatagusiam/blurdybloop
        S: A005 OK LIST completed
        "#,
    );
}

#[test]
fn delete_goes_as_in_6_3_4() {
    // First example. Deviation: a name without a mailbox goes with the last of its inferiors, so that "foo" is not
    // listed at A686, and not there to be deleted at A687.
    authenticated(
        &store_of(&[]),
        r#"
        C: a CREATE blurdybloop
        S: a OK <*>
        C: a CREATE foo/bar
        S: a OK <*>
        C: A682 LIST "" *
        S: * LIST () "/" INBOX
        S: * LIST () "/" blurdybloop
        S: * LIST (\Noselect) "/" foo
        S: * LIST () "/" foo/bar
        S: A682 OK LIST completed
        C: A683 DELETE blurdybloop
        S: A683 OK DELETE completed
        C: A684 DELETE foo
        S: A684 NO this name has inferiors, <*>
        C: A685 DELETE foo/bar
        S: A685 OK DELETE completed
        C: A686 LIST "" *
        S: * LIST () "/" INBOX
        S: A686 OK LIST completed
        C: A687 DELETE foo
        S: A687 NO [NONEXISTENT] <*>
        "#,
    );
    // Second example, with our delimiter.
    authenticated(
        &store_of(&[]),
        r#"
        C: a CREATE blurdybloop
        S: a OK <*>
        C: a CREATE foo
        S: a OK <*>
        C: a CREATE foo/bar
        S: a OK <*>
        C: A83 DELETE blurdybloop
        S: A83 OK DELETE completed
        C: A84 DELETE foo
        S: A84 OK DELETE completed
        C: A85 LIST "" f*
        S: * LIST (\Noselect) "/" foo
        S: * LIST () "/" foo/bar
        S: A85 OK LIST completed
        C: A86 LIST "" f%
        S: * LIST (\Noselect) "/" foo
        S: A86 OK LIST completed
        "#,
    );
}

#[test]
fn rename_goes_as_in_6_3_5() {
    authenticated(
        &store_of(&[b"\r\n"]),
        r#"
        C: a CREATE blurdybloop
        S: a OK <*>
        C: a CREATE foo/bar
        S: a OK <*>
        C: A683 RENAME blurdybloop sarasoop
        S: A683 OK RENAME completed
        C: A684 RENAME foo zowie
        S: A684 OK RENAME completed
        C: A685 LIST "" *
        S: * LIST () "/" INBOX
        S: * LIST () "/" sarasoop
        S: * LIST (\Noselect) "/" zowie
        S: * LIST () "/" zowie/bar
        S: A685 OK LIST completed
        # INBOX stays, and so do its inferiors; its messages go.
        C: a CREATE INBOX/bar
        S: a OK <*>
        C: Z433 RENAME INBOX old-mail
        S: Z433 OK RENAME completed
        C: Z435 LIST "" INBOX*
        S: * LIST () "/" INBOX
        S: * LIST () "/" INBOX/bar
        S: Z435 OK LIST completed
        C: Z436 STATUS old-mail (MESSAGES)
        S: * STATUS old-mail (MESSAGES 1)
        S: Z436 OK STATUS completed
        C: Z437 STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 0)
        S: Z437 OK STATUS completed
        "#,
    );
}

#[test]
fn subscriptions_and_lists_go_as_in_6_3_6_to_6_3_9() {
    // News is not here: its names are mailboxes of ours. Deviation: a name that begins with # is like any other.
    authenticated(
        &store_of(&[]),
        r##"
        C: a CREATE #news/comp/mail/mime
        S: a OK <*>
        C: a CREATE #news/comp/mail/misc
        S: a OK <*>
        C: A002 SUBSCRIBE #news/comp/mail/mime
        S: A002 OK SUBSCRIBE completed
        C: A002 SUBSCRIBE #news/comp/mail/misc
        S: A002 OK SUBSCRIBE completed
        C: A101 LIST "" ""
        S: * LIST (\Noselect) "/" ""
        S: A101 OK LIST completed
        C: A102 LIST #news/comp/mail/misc ""
        S: * LIST (\Noselect) "/" <*>
        S: A102 OK LIST completed
        C: A202 LIST #news/comp/mail/ %
        S: * LIST () "/" #news/comp/mail/mime
        S: * LIST () "/" #news/comp/mail/misc
        S: A202 OK LIST completed
        C: A002 LSUB "#news/" "comp/mail/*"
        S: * LSUB () "/" #news/comp/mail/mime
        S: * LSUB () "/" #news/comp/mail/misc
        S: A002 OK LSUB completed
        C: A003 LSUB "#news/" "comp/%"
        S: * LSUB (\Noselect) "/" #news/comp/mail
        S: A003 OK LSUB completed
        C: A002 UNSUBSCRIBE #news/comp/mail/mime
        S: A002 OK UNSUBSCRIBE completed
        C: A003 LSUB "" *
        S: * LSUB () "/" #news/comp/mail/misc
        S: A003 OK LSUB completed
        "##,
    );
}

#[test]
fn status_and_append_go_as_in_6_3_10_and_6_3_11() {
    authenticated(
        &store_of(&[]),
        r"
        C: a CREATE saved-messages
        S: a OK <*>
        C: A003 APPEND saved-messages (\Seen) {39}
        S: + go ahead
        C: Subject: afternoon\r\n\r\nAt half past 3?\r\n
        S: A003 OK APPEND completed
        C: A042 STATUS saved-messages (UIDNEXT MESSAGES)
        S: * STATUS saved-messages (UIDNEXT 2 MESSAGES 1)
        S: A042 OK STATUS completed
        ",
    );
}

#[test]
fn check_and_close_go_as_in_6_4_1_and_6_4_2() {
    opened(
        "SELECT",
        &twelve(),
        "
        C: FXXZ CHECK
        S: FXXZ OK CHECK completed
        C: A341 CLOSE
        S: A341 OK CLOSE completed
        ",
    );
}

#[test]
fn search_goes_as_in_6_4_4() {
    opened(
        "SELECT",
        &twelve(),
        r#"
        C: A282 SEARCH FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"
        S: * SEARCH
        S: A282 OK SEARCH completed
        C: A282 SEARCH FLAGGED SINCE 1-Feb-1994 FROM "Smith"
        S: * SEARCH 2
        S: A282 OK SEARCH completed
        C: A283 SEARCH TEXT "string not in mailbox"
        S: * SEARCH
        S: A283 OK SEARCH completed
        C: A284 SEARCH CHARSET UTF-8 TEXT {6}
        S: + go ahead
        C: text 7
        S: * SEARCH 7
        S: A284 OK SEARCH completed
        "#,
    );
}

#[test]
fn fetch_store_copy_and_uid_go_as_in_6_4_5_to_6_4_8() {
    opened(
        "SELECT",
        &twelve(),
        r"
        C: A654 FETCH 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])
        S: * 2 FETCH (FLAGS (\Flagged \Seen) BODY[HEADER.FIELDS (DATE FROM)] {<*>}
        S: From: Smith <smith@example.org>
        S: Date: Mon, 7 Feb 1994 21:52:25 -0800
        S:
        S: )
        S: * 3 FETCH (FLAGS (\Seen) BODY[HEADER.FIELDS (DATE FROM)] {2}
        S:
        S: )
        S: * 4 FETCH (FLAGS (\Seen) BODY[HEADER.FIELDS (DATE FROM)] {2}
        S:
        S: )
        S: A654 OK FETCH completed
        C: A003 STORE 2:4 +FLAGS (\Deleted)
        S: * 2 FETCH (FLAGS (\Flagged \Deleted \Seen))
        S: * 3 FETCH (FLAGS (\Deleted \Seen))
        S: * 4 FETCH (FLAGS (\Deleted \Seen))
        S: A003 OK STORE completed
        C: a CREATE MEETING
        S: a OK <*>
        C: A003 COPY 2:4 MEETING
        S: A003 OK COPY completed
        C: A999 UID FETCH 3:5,4827313:4828442 FLAGS
        S: * 3 FETCH (FLAGS (\Deleted \Seen) UID 3)
        S: * 4 FETCH (FLAGS (\Deleted \Seen) UID 4)
        S: * 5 FETCH (FLAGS () UID 5)
        S: A999 OK UID FETCH completed
        ",
    );
}

#[test]
fn what_nobody_announced_is_not_known_as_in_6_5_1_and_7_1_3() {
    // XPIG-LATIN is announced by nobody here. An empty line is answered without a tag.
    said(
        &store_of(&[]),
        "
        S: * OK <*>
        C: A442 XPIG-LATIN
        S: A442 BAD column 6: no command is called XPIG-LATIN<*>
        C:
        S: * BAD <*>
        C: A443 NOOP
        S: A443 OK NOOP completed
        ",
    );
}

#[test]
fn continuation_requests_go_as_in_7_5() {
    said(
        &store_of(&[]),
        "
        # in turn
        S: * OK <*>
        C: A001 LOGIN {11}
        S: + go ahead
        C: FRED FOOBAR {7}
        S: + go ahead
        C: fat man
        S: A001 NO [AUTHENTICATIONFAILED] <*>
        C: A044 BLURDYBLOOP {102856}
        S: A044 BAD column 6: no command is called BLURDYBLOOP<*>
        ",
    );
}

#[test]
fn examples_of_rfc_2060_that_are_others_go_as_they_stand() {
    // RFC 2060 §6.3.1 shows SELECT without UIDNEXT, and §6.1.1 without STARTTLS: both may be there. §6.2.1 begins
    // with KERBEROS_V4, which no server of today has.
    authenticated(
        &store_of(&[b"\r\n"]),
        r"
        C: A142 SELECT INBOX
        S: * 1 EXISTS
        S: <**>
        S: A142 OK [READ-WRITE] SELECT completed
        C: A143 AUTHENTICATE KERBEROS_V4
        S: A143 BAD <*>
        ",
    );
    said(
        &store_of(&[]),
        "
        S: * OK <*>
        C: A001 AUTHENTICATE KERBEROS_V4
        S: A001 NO [CANNOT] no such mechanism here; <*>
        ",
    );
}

#[test]
fn every_command_is_refused_where_it_does_not_belong() {
    // RFC 3501 §3, §6
    let on_names = [
        "SELECT",
        "EXAMINE",
        "CREATE",
        "DELETE",
        "RENAME",
        "SUBSCRIBE",
        "UNSUBSCRIBE",
        "LIST",
        "LSUB",
        "STATUS",
        "APPEND",
    ];
    let on_messages = [
        "CHECK",
        "CLOSE",
        "EXPUNGE",
        "SEARCH ALL",
        "FETCH 1 FLAGS",
        "STORE 1 FLAGS ()",
        "COPY 1 x",
        "UID FETCH 1 FLAGS",
    ];
    let before = ["LOGIN a b", "AUTHENTICATE PLAIN", "STARTTLS"];
    let refused = |words: &[&str]| {
        words
            .iter()
            .map(|word| format!("C: c {word}\nS: c BAD column <*> is for the <*> state; <*>\n"))
            .collect::<String>()
    };
    said(&store_of(&[]), &format!("S: * OK <*>\n{}{}", refused(&on_names), refused(&on_messages)));
    authenticated(&store_of(&[]), &format!("{}{}", refused(&on_messages), refused(&before)));
    selected(&[b"\r\n"], &refused(&before));
}
