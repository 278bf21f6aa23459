//! Conversations of the extensions' own RFCs, with a mailbox of our own.

use super::*;
use crate::desk::Service;
use crate::protocol::imap::ImapClient;
use crate::protocol::imap::capability::{EXTENSIONS, Extension};

const THREE: [&[u8]; 3] = [
    b"Subject: one\r\nFrom: a@x\r\n\r\nhello\r\n",
    b"Subject: two\r\nFrom: b@x\r\n\r\n> quoted\r\n\r\nGood  day\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\nAGhp\r\n--b\r\nContent-Transfer-Encoding: x-odd\r\n\r\nx\r\n--b--\r\n",
];

#[test]
fn what_is_switched_off_is_neither_announced_nor_understood() {
    let commands: Vec<&str> = vec!["ID NIL", "ENABLE CONDSTORE", "NAMESPACE", "IDLE", "COMPRESS DEFLATE"];
    for word in commands {
        let text = format!(
            "C: c {word}\nS: c BAD column 3: <*> needs <*>, which this server does not offer (RFC <*>)"
        );
        authenticated(&store_of(&[]), &text);
    }
    for word in ["UNSELECT", "MOVE 1 INBOX", "SORT (DATE) UTF-8 ALL", "THREAD REFERENCES UTF-8 ALL"] {
        selected(
            &THREE,
            &format!("C: c {word}\nS: c BAD column 3: <*> which this server does not offer <*>"),
        );
    }
    for word in [
        "SEARCH RETURN (ALL) ALL",
        "UID EXPUNGE 1",
        "FETCH 1 (BINARY[1])",
        "FETCH 1 MODSEQ",
        "FETCH 1 PREVIEW",
        "FETCH 1 FLAGS (CHANGEDSINCE 1)",
        "STORE 1 (UNCHANGEDSINCE 1) FLAGS ()",
        "SEARCH MODSEQ 1",
        "SEARCH OLDER 1",
        "FETCH $ FLAGS",
        "STATUS INBOX (SIZE)",
        "LIST (SUBSCRIBED) \"\" *",
        "SELECT INBOX (CONDSTORE)",
        "APPEND INBOX ~{3+}\\r\\nabc",
    ] {
        selected(&THREE, &format!("C: c {word}\nS: c BAD <*>"));
    }
}

#[test]
fn every_row_is_announced_alone_with_what_it_needs() {
    for row in EXTENSIONS {
        let extensions = row.needs.iter().fold(Extensions::NONE.with(row.kind), |set, more| set.with(*more));
        let text = "S: * OK <*>\nC: a CAPABILITY\nS: * CAPABILITY <*>\nS: a OK <*>";
        let store = store_of(&[]);
        let session = || Imap::new(ImapSettings { extensions, ..ImapSettings::default() });
        dialogue(&Dialogue { store: &store, text, burst: true }, session);
        let words = crate::protocol::imap::capability::words(
            &ImapSettings { extensions, ..ImapSettings::default() },
            false,
        );
        assert!(words.contains(row.name), "{words}");
    }
}

#[test]
fn a_literal_may_come_without_leave_up_to_what_was_offered() {
    extended_on(
        &store_of(&[]),
        r"
        C: c STATUS {5+}\r\nINBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 0)
        S: c OK STATUS completed
        C: d STATUS {70000+}\r\nx (MESSAGES)
        C- \r\n
        ",
    );
    let minus = Extensions::NONE.with(Extension::LiteralMinus);
    for (octets, answer) in [(4096, "NO <*>"), (4097, "BAD column 15: with LITERAL- at most 4096 octets <*>")]
    {
        let name = "x".repeat(octets);
        let text = format!(
            "S: * OK <*>\nC: a LOGIN alice secret\nS: a OK <*>\nC: c STATUS {{{octets}+}}\\r\\n{name} (MESSAGES)\nS: c {answer}\nC: d NOOP\nS: d OK <*>"
        );
        let store = store_of(&[]);
        let session = || Imap::new(ImapSettings { extensions: minus, ..ImapSettings::default() });
        dialogue(&Dialogue { store: &store, text: &text, burst: true }, session);
    }
}

#[test]
fn programs_tell_their_names_and_what_they_understand() {
    extended_on(
        &store_of(&[]),
        r#"
        C: c ID ("name" "sodr" "version" "19.34" "os" NIL)
        S: * ID ("name" "maillab" "version" "<*>")
        S: c OK ID completed
        C: c ID nil
        S: * ID <*>
        S: c OK ID completed
        C: c ID ("name")
        S: c BAD column 13: expected a space and the field's value, or NIL, found ")" <*>
        C: c ENABLE CONDSTORE X-GOOD-IDEA QRESYNC
        S: * ENABLED CONDSTORE QRESYNC
        S: c OK ENABLE completed
        C: c ENABLE IDLE
        S: * ENABLED
        S: c OK ENABLE completed
        C: c NAMESPACE
        S: * NAMESPACE (("" "/")) NIL NIL
        S: c OK NAMESPACE completed
        C: c UNAUTHENTICATE
        S: c OK UNAUTHENTICATE completed
        C: c NAMESPACE
        S: c BAD column 3: NAMESPACE is for the authenticated or selected state; this session is not authenticated: first LOGIN <*>
        "#,
    );
}

#[test]
fn uids_of_what_was_appended_copied_and_moved_are_told() {
    extended(
        &THREE,
        r"
        C: c CREATE saved
        S: c OK CREATE completed
        C: c APPEND saved {3+}\r\nabc
        S: c OK [APPENDUID 2 1] APPEND completed
        C: c APPEND saved (\Seen) {3+}\r\ndef {3+}\r\nghi
        S: c OK [APPENDUID 2 2:3] APPEND completed
        C: c APPEND saved {3+}\r\ndef {0+}\r\n
        S: c NO a message without octets takes the whole APPEND back <*>
        C: c UID COPY 1,3 saved
        S: c OK [COPYUID 2 1,3 4:5] UID COPY completed
        C: c UID COPY 9 saved
        S: c OK UID COPY completed
        C: c MOVE 2 saved
        S: * OK [COPYUID 2 2 6] moved
        S: * 2 EXPUNGE
        S: c OK MOVE completed
        C: c UID MOVE 3 gone
        S: c NO [TRYCREATE] <*>
        C: c STATUS saved (MESSAGES SIZE DELETED APPENDLIMIT)
        S: * STATUS saved (MESSAGES 6 SIZE <*> DELETED 0 APPENDLIMIT 52428800)
        S: c OK STATUS completed
        C: c STORE 1:2 +FLAGS.SILENT (\Deleted)
        S: c OK STORE completed
        C: c UID EXPUNGE 3:9
        S: * 2 EXPUNGE
        S: c OK UID EXPUNGE completed
        C: c UNSELECT
        S: c OK UNSELECT completed
        C: c STATUS INBOX (MESSAGES DELETED)
        S: * STATUS INBOX (MESSAGES 1 DELETED 1)
        S: c OK STATUS completed
        ",
    );
}

#[test]
fn results_come_as_ranges_counts_and_ends_and_can_be_kept() {
    extended(
        &THREE,
        r#"
        C: c SEARCH RETURN (MIN COUNT) ALL
        S: * ESEARCH (TAG "c") MIN 1 COUNT 3
        S: c OK SEARCH completed
        C: c UID SEARCH RETURN () ALL
        S: * ESEARCH (TAG "c") UID ALL 1:3
        S: c OK UID SEARCH completed
        C: c SEARCH RETURN (MIN MAX ALL COUNT) SUBJECT nothing
        S: * ESEARCH (TAG "c") COUNT 0
        S: c OK SEARCH completed
        C: c SEARCH RETURN (SAVE) OR SUBJECT one SUBJECT two
        S: c OK SEARCH completed
        C: c FETCH $ UID
        S: * 1 FETCH (UID 1)
        S: * 2 FETCH (UID 2)
        S: c OK FETCH completed
        C: c UID SEARCH RETURN (SAVE MAX) $
        S: * ESEARCH (TAG "c") UID MAX 2
        S: c OK UID SEARCH completed
        C: c UID STORE $ +FLAGS (\Deleted)
        S: * 2 FETCH (FLAGS (\Deleted \Recent) UID 2)
        S: c OK UID STORE completed
        C: c EXPUNGE
        S: * 2 EXPUNGE
        S: c OK EXPUNGE completed
        C: c FETCH $ UID
        S: c OK FETCH completed
        C: c SEARCH RETURN (SAVE) CHARSET x-odd ALL
        S: c NO [BADCHARSET <*>
        C: c SEARCH YOUNGER 10
        S: * SEARCH 1 2
        S: c OK SEARCH completed
        C: c SEARCH OLDER 10
        S: * SEARCH
        S: c OK SEARCH completed
        "#,
    );
}

#[test]
fn news_comes_to_a_client_that_idles_when_it_happens() {
    let store = store_of(&THREE);
    let lab = dialogue(
        &Dialogue {
            store: &store,
            text: r"
            S: * OK <*>
            S2: * OK <*>
            C: a LOGIN alice secret
            S: a OK <*>
            C: a SELECT INBOX
            S: <**>
            S: a OK <*>
            C2: a LOGIN alice secret
            S2: a OK <*>
            C2: a SELECT INBOX
            S2: <**>
            S2: a OK <*>
            C: i IDLE
            S: + idling
            C2: b STORE 2 +FLAGS (\Deleted)
            S2: * 2 FETCH (FLAGS (\Deleted))
            S2: b OK <*>
            S: * 2 FETCH (FLAGS (\Deleted \Recent))
            C2: b EXPUNGE
            S2: * 2 EXPUNGE
            S2: b OK <*>
            S: * 2 EXPUNGE
            C2: b COPY 1 INBOX
            S2: * 3 EXISTS
            S2: * 1 RECENT
            S2: b OK <*>
            S: * 3 EXISTS
            S: * 2 RECENT
            C: DONE
            S: i OK IDLE completed
            C: i IDLE
            S: + idling
            C: i NOOP
            S: i BAD column 1: expected DONE, which ends IDLE (RFC 2177 section 3)
            C: j NOOP
            S: j OK <*>
            ",
            burst: false,
        },
        usual,
    );
    assert!(lab.conns[0].commands.contains(&"DONE".to_owned()));
}

#[test]
fn parts_come_without_their_encoding_and_messages_with_their_first_words() {
    extended(
        &THREE,
        r#"
        C: c FETCH 3 (BINARY.SIZE[1] BINARY.PEEK[1]<1.9>)
        S: * 3 FETCH (BINARY.SIZE[1] 3 BINARY[1]<1> {2}
        S: hi)
        S: c OK FETCH completed
        C: c FETCH 3 BINARY[1]
        S: * 3 FETCH (BINARY[1] ~{3}
        S: \x00hi FLAGS (\Seen \Recent))
        S: c OK FETCH completed
        C: c FETCH 3 BINARY[2]
        S: c NO [UNKNOWN-CTE] message 3: <*>
        C: c FETCH 3 BINARY[3]
        S: * 3 FETCH (BINARY[3] NIL)
        S: c OK FETCH completed
        C: c FETCH 1:2 (PREVIEW)
        S: * 1 FETCH (PREVIEW "hello")
        S: * 2 FETCH (PREVIEW "Good day")
        S: c OK FETCH completed
        C: c FETCH 1 PREVIEW (LAZY)
        S: * 1 FETCH (PREVIEW "hello")
        S: c OK FETCH completed
        "#,
    );
}

#[test]
fn a_message_can_be_put_together_from_parts_that_the_server_has() {
    extended(
        &THREE,
        r#"
        C: c APPEND INBOX CATENATE (TEXT {9+}\r\nSubject:  URL "/INBOX;UIDVALIDITY=1/;UID=1/;SECTION=TEXT")
        S: * 4 EXISTS
        S: * 4 RECENT
        S: c OK [APPENDUID 1 4] APPEND completed
        C: c FETCH 4 BODY.PEEK[]
        S: * 4 FETCH (BODY[] {16}
        S: Subject: hello
        S: )
        S: c OK FETCH completed
        C: c APPEND INBOX CATENATE (URL ";UID=1/;SECTION=HEADER" TEXT {1+}\r\nx)
        S: * 5 EXISTS
        S: * 5 RECENT
        S: c OK [APPENDUID 1 5] APPEND completed
        C: c APPEND INBOX CATENATE (URL "/INBOX/;UID=77")
        S: c NO [BADURL "/INBOX/;UID=77"] this URL names nothing here
        C: c APPEND INBOX CATENATE (URL "imap://elsewhere/x")
        S: c NO [BADURL "imap://elsewhere/x"] <*>
        "#,
    );
}

#[test]
fn lists_say_what_is_below_what_it_is_for_and_what_is_in_it() {
    extended_on(
        &store_of(&THREE),
        r#"
        C: c CREATE a/b
        S: c OK <*>
        C: c CREATE Sent
        S: c OK <*>
        C: c SUBSCRIBE a/b
        S: c OK <*>
        C: c SUBSCRIBE INBOX
        S: c OK <*>
        C: c LIST "" %
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren \Sent) "/" Sent
        S: * LIST (\Noselect \HasChildren) "/" a
        S: c OK LIST completed
        C: c LIST (SUBSCRIBED) "" *
        S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
        S: * LIST (\HasNoChildren \Subscribed) "/" a/b
        S: c OK LIST completed
        C: c LIST (SUBSCRIBED RECURSIVEMATCH) "" %
        S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
        S: * LIST (\NonExistent \HasChildren) "/" a ("CHILDINFO" ("SUBSCRIBED"))
        S: c OK LIST completed
        C: c LIST "" (INBOX a/%) RETURN (SUBSCRIBED CHILDREN STATUS (MESSAGES UNSEEN))
        S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
        S: * STATUS INBOX (MESSAGES 3 UNSEEN 3)
        S: * LIST (\HasNoChildren \Subscribed) "/" a/b
        S: * STATUS a/b (MESSAGES 0 UNSEEN 0)
        S: c OK LIST completed
        C: c LIST (SPECIAL-USE) "" *
        S: * LIST (\HasNoChildren \Sent) "/" Sent
        S: c OK LIST completed
        C: c LIST (RECURSIVEMATCH) "" *
        S: c BAD <*>
        C: c DELETE a/b
        S: c OK <*>
        C: c LIST (SUBSCRIBED) "" *
        S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
        S: * LIST (\NonExistent \HasNoChildren \Subscribed) "/" a/b
        S: c OK LIST completed
        "#,
    );
}

#[test]
fn names_are_utf_8_once_that_is_agreed_on() {
    extended_on(
        &store_of(&[]),
        r#"
        C: c CREATE Entw&APw-rfe
        S: c OK <*>
        C: c ENABLE UTF8=ACCEPT
        S: * ENABLED UTF8=ACCEPT
        S: c OK <*>
        C: c LIST "" E*
        S: * LIST (\HasNoChildren) "/" "Entw\xc3\xbcrfe"
        S: c OK <*>
        C: c SELECT "Entw\xc3\xbcrfe"
        S: <**>
        S: c OK <*>
        C: c APPEND INBOX UTF8 (~{4+}\r\n\xc3\xbcx\r)
        S: c OK [APPENDUID 1 1] <*>
        "#,
    );
}

#[test]
fn deflated_octets_cross_in_both_directions() {
    let mut lab = Lab::new(store_of(&THREE));
    lab.run(
        |_| Box::new(usual()),
        async |desk| {
            let mut client = ImapClient::greet(desk.connect(Service::Imap).await?).await?;
            client.login("alice", "secret").await?;
            let capabilities = client.capability().await?;
            client.use_capabilities(&capabilities);
            client.compress().await?;
            let selected = client.select("INBOX").await?;
            assert_eq!(selected.exists, 3);
            for _ in 0..20 {
                assert_eq!(client.fetch("1:*", "BODY.PEEK[]").await?.len(), 3);
            }
            let uids = client.append("INBOX", "(\\Seen)", &THREE[2].repeat(50)).await?.unwrap();
            assert_eq!(uids.uids, [4..=4]);
            assert!(client.command("COMPRESS DEFLATE").await.is_err());
            client.logout().await
        },
    )
    .unwrap();
    assert_eq!(lab.conns[0].unframed(), 0, "every octet that crossed belongs to a command");
    assert!(lab.conns[0].commands.iter().any(|command| command.contains("APPEND INBOX")));
}

#[test]
fn who_it_is_can_be_shown_by_a_mechanism() {
    let lab = dialogue(
        &Dialogue {
            store: &store_of(&[]),
            text: r"
            S: * OK <*>
            C: a CAPABILITY
            S: * CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=CRAM-MD5 <*> SASL-IR <*>
            S: a OK <*>
            C: a AUTHENTICATE X-ODD
            S: a NO [CANNOT] no such mechanism here; <*>
            C: a AUTHENTICATE PLAIN
            S: +<*>
            C: *
            S: a BAD the client has given up (RFC 4422 section 3.5)
            C: a AUTHENTICATE PLAIN AGFsaWNlAHdyb25n
            S: a NO [AUTHENTICATIONFAILED] <*>
            C: a AUTHENTICATE PLAIN !
            S: a BAD a response is base64 <*>
            C: a AUTHENTICATE PLAIN
            S: +<*>
            C: AGFsaWNlAHNlY3JldA==
            S: a OK AUTHENTICATE PLAIN completed
            C: a CAPABILITY
            S: * CAPABILITY IMAP4rev1 LITERAL+ <*>
            S: a OK <*>
            ",
            burst: true,
        },
        usual,
    );
    assert!(lab.conns[0].commands.iter().all(|command| !command.contains("AGFs")));
}
