//! The examples of RFC 4959 §4, RFC 7888 §3, RFC 2971 §3, RFC 5161 §3.1, RFC 4978 §3, RFC 8970 §3 and §5, RFC 5032 §4,
//! RFC 8437 §3 and RFC 8474, with data of our own.

use super::*;
use crate::protocol::imap::capability::Extension;
use crate::protocol::sasl::Mechanism;

fn greeted(settings: &ImapSettings, text: &str) {
    let store = store_of(&[]);
    dialogue(&Dialogue { store: &store, text, burst: false }, || Imap::new(settings.clone()));
}

#[test]
fn rfc_4959_all_four_examples() {
    let settings = ImapSettings {
        extensions: Extensions::NONE.with(Extension::SaslIr),
        mechanisms: vec![Mechanism::Plain, Mechanism::External],
        external: Some("alice".to_owned()),
        ..ImapSettings::default()
    };
    for exchange in [
        "C: A01 AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA==\nS: A01 OK AUTHENTICATE PLAIN completed",
        "C: A01 AUTHENTICATE PLAIN\nS: + \nC: AGFsaWNlAHNlY3JldA==\nS: A01 OK AUTHENTICATE PLAIN completed",
        "C: A01 AUTHENTICATE EXTERNAL =\nS: A01 OK AUTHENTICATE EXTERNAL completed",
        "C: A01 AUTHENTICATE EXTERNAL\nS: + \nC:\nS: A01 OK AUTHENTICATE EXTERNAL completed",
    ] {
        let text = format!(
            "S: * OK <*>\nC: C01 CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=EXTERNAL SASL-IR\nS: C01 OK CAPABILITY completed\n{exchange}"
        );
        greeted(&settings, &text);
    }
}

#[test]
fn rfc_7888_a_login_in_one_go() {
    let usual = ImapSettings::default();
    greeted(
        &usual,
        r#"
        S: * OK <*>
        C: A001 LOGIN {11+}\r\nFRED FOOBAR {7+}\r\nfat man
        S: A001 NO [AUTHENTICATIONFAILED] <*>
        C: A001 LOGIN "FRED FOOBAR" "fat man"
        S: A001 NO [AUTHENTICATIONFAILED] <*>
        C: A001 LOGIN {5+}\r\nalice {6+}\r\nsecret
        S: A001 OK LOGIN completed
        "#,
    );
}

#[test]
fn rfc_2971_and_5161_who_it_is_and_what_it_knows() {
    let usual = ImapSettings::default();
    greeted(
        &usual,
        r#"
        S: * OK <*>
        C: a023 ID ("name" "sodr" "version" "19.34" "vendor" "Pink Floyd Music Limited")
        S: * ID ("name" "maillab" "version" <*>)
        S: a023 OK ID completed
        C: a042 ID NIL
        S: * ID ("name" "maillab" "version" <*>)
        S: a042 OK ID completed
        C: t0 LOGIN alice secret
        S: t0 OK <*>
        C: t1 CAPABILITY
        S: * CAPABILITY IMAP4rev1 LITERAL+ <*> ID ENABLE <*>
        S: t1 OK CAPABILITY completed
        C: t2 ENABLE CONDSTORE X-GOOD-IDEA
        S: * ENABLED CONDSTORE
        S: t2 OK ENABLE completed
        C: t3 CAPABILITY
        S: * CAPABILITY IMAP4rev1 LITERAL+ <*> ID ENABLE <*>
        S: t3 OK CAPABILITY completed
        C: a1 ENABLE CONDSTORE
        S: * ENABLED CONDSTORE
        S: a1 OK ENABLE completed
        "#,
    );
}

#[test]
fn rfc_4978_after_the_answer_all_is_deflated() {
    // The first example up to its answer; what comes then is deflated, as `deflated_octets_cross_in_both_directions` shows.
    // The second is about a compression below: there is none here.
    greeted(
        &ImapSettings::default(),
        "
        S: * OK <*>
        C: b login alice secret
        S: b OK LOGIN completed
        C: c compress deflate
        S: c OK DEFLATE active
        ",
    );
}

#[test]
fn rfc_8970_first_words() {
    let store = store_of(&[
        b"From: FOO\r\nDate: Wed, 23 Sep 2020 15:03:11 +0000\r\n\r\nPreview text!\r\n",
        b"Date: Thu, 24 Sep 2020 15:03:11 +0000\r\nContent-Type: image/gif\r\n\r\nGIF\r\n",
        b"From: FOO\r\n\r\nLorem ipsum dolor sit amet, consectetur adipiscing elit.\r\nCurabitur aliquam turpis et ante dictum, et pulvinar dui congue.\r\nMaecenas hendrerit, lorem non imperdiet pellentesque, nulla\r\nligula nullam and so on\r\n",
    ]);
    extended_on(
        &store,
        r#"
        C: A1 CAPABILITY
        S: * CAPABILITY IMAP4rev1 <*> PREVIEW <*>
        S: A1 OK CAPABILITY completed
        C: b SELECT INBOX
        S: <**>
        S: b OK <*>
        C: A1 FETCH 1 (PREVIEW)
        S: * 1 FETCH (PREVIEW "Preview text!")
        S: A1 OK FETCH completed
        # Deviation: white space is one space each, also where the example has line ends.
        C: A2 FETCH 3 (RFC822.SIZE PREVIEW)
        S: * 3 FETCH (RFC822.SIZE <*> PREVIEW "Lorem ipsum dolor sit amet, <*> nulla ligula nullam<*>")
        S: A2 OK FETCH completed
        # Deviation: LAZY is never taken up; nothing here takes long.
        C: B1 FETCH 1:2 (ENVELOPE PREVIEW (LAZY))
        S: * 1 FETCH (ENVELOPE ("Wed, 23 Sep 2020 15:03:11 +0000" <*>) PREVIEW "Preview text!")
        S: * 2 FETCH (ENVELOPE ("Thu, 24 Sep 2020 15:03:11 +0000" <*>) PREVIEW "")
        S: B1 OK FETCH completed
        C: B2 FETCH 1:2 (PREVIEW)
        S: * 1 FETCH (PREVIEW "Preview text!")
        S: * 2 FETCH (PREVIEW "")
        S: B2 OK FETCH completed
        C: C2 SEARCH RETURN (SAVE) FROM "FOO"\r\nC3 FETCH $ (UID PREVIEW (LAZY))
        S: C2 OK SEARCH completed
        S: * 1 FETCH (UID 1 PREVIEW "Preview text!")
        S: * 3 FETCH (UID 3 PREVIEW "Lorem<*>")
        S: C3 OK FETCH completed
        C: C4 UID FETCH 1 (PREVIEW)
        S: * 1 FETCH (PREVIEW "Preview text!" UID 1)
        S: C4 OK UID FETCH completed
        "#,
    );
}

#[test]
fn rfc_5032_and_8437_ages_and_another_user() {
    // RFC 5032 §4 prints its answer with a tag before the star: that is a slip. RFC 8437 prints no session.
    extended(
        &[b"\r\n", b"\r\n"],
        r"
        C: s STORE 1 +FLAGS.SILENT (\Seen)
        S: s OK <*>
        C: a1 SEARCH UNSEEN YOUNGER 259200
        S: * SEARCH 2
        S: a1 OK SEARCH completed
        C: a2 SEARCH OLDER 259200
        S: * SEARCH
        S: a2 OK SEARCH completed
        T: 600
        C: a3 SEARCH OLDER 600 YOUNGER 601
        S: * SEARCH 1 2
        S: a3 OK SEARCH completed
        C: u UNAUTHENTICATE
        S: u OK UNAUTHENTICATE completed
        C: v LOGIN alice secret
        S: v OK LOGIN completed
        ",
    );
}

/// A conversation with a server that has OBJECTID, after LOGIN.
fn with_objects(text: &str) {
    let extensions = Extensions::default().with(Extension::ObjectId);
    let text = format!("S: * OK <*>\nC: 1 login alice secret\nS: 1 OK <*>\n{text}");
    let session = || Imap::new(ImapSettings { extensions, ..ImapSettings::default() });
    dialogue(&Dialogue { store: &store_of(&[]), text: &text, burst: false }, session);
}

#[test]
fn rfc_8474_mailboxes_keep_their_identifier() {
    // §4.1 to §4.3. INBOX was the first mailbox of the store, foo the second, bar the third.
    with_objects(
        r#"
        C: 2 capability
        S: * CAPABILITY IMAP4rev1 <*> OBJECTID <*>
        S: 2 OK CAPABILITY completed
        C: 3 create foo
        S: 3 OK [MAILBOXID (F0000000100000002)] CREATE completed
        C: 4 create bar
        S: 4 OK [MAILBOXID (F0000000200000003)] CREATE completed
        C: 5 create foo
        S: 5 NO [ALREADYEXISTS] <*>
        C: 6 status foo (mailboxid)
        S: * STATUS foo (MAILBOXID (F0000000100000002))
        S: 6 OK STATUS completed
        C: 7 status bar (mailboxid)
        S: * STATUS bar (MAILBOXID (F0000000200000003))
        S: 7 OK STATUS completed
        C: 27 select "foo"
        S: <**>
        S: * OK [MAILBOXID (F0000000100000002)] <*>
        S: 27 OK [READ-WRITE] SELECT completed
        C: 8 rename foo renamed
        S: 8 OK RENAME completed
        C: 9 status renamed (mailboxid)
        S: * STATUS renamed (MAILBOXID (F0000000100000002))
        S: 9 OK STATUS completed
        C: 11 list "" "*" return (status (mailboxid))
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * STATUS INBOX (MAILBOXID (F0000000000000001))
        S: * LIST (\HasNoChildren) "/" bar
        S: * STATUS bar (MAILBOXID (F0000000200000003))
        S: * LIST (\HasNoChildren) "/" renamed
        S: * STATUS renamed (MAILBOXID (F0000000100000002))
        S: 11 OK LIST completed
        # A mailbox of a name that was used before is another one.
        C: 12 delete bar
        S: 12 OK DELETE completed
        C: 13 create bar
        S: 13 OK [MAILBOXID (F0000000300000004)] CREATE completed
        "#,
    );
}

#[test]
fn rfc_8474_messages_keep_theirs_and_conversations_have_one() {
    // §5.3 and §6: what was moved is known again; an answer belongs to the conversation of what it answers. The last example
    // of §5.3 is of a server without conversations.
    let (a, answer, c) = (
        r"Message-ID: <a@x>\r\nSubject: A\r\n\r\n",
        r"Message-ID: <b@x>\r\nReferences: <a@x>\r\nSubject: Re: A\r\n\r\n",
        r"Message-ID: <c@x>\r\nSubject: C\r\n\r\n",
    );
    let octets = |text: &str| text.replace(r"\r\n", "\r\n").into_bytes();
    let emails = [a, answer, c].map(|text| super::super::object::email_id(&Message::new(octets(text))));
    let threads = [a, answer, c].map(|text| super::super::object::thread_id(&Message::new(octets(text))));
    assert_eq!(threads[0], threads[1]);
    assert_ne!(threads[0], threads[2]);
    let append =
        |text: &str| format!("C: 5 append inbox {{{}+}}\\r\\n{text}\nS: 5 OK <*>\n", octets(text).len());
    let appended: String = [a, answer, c].iter().map(|text| append(text)).collect();
    let shown = |number: u32, nth: usize| {
        format!("S: * {number} FETCH (EMAILID ({}) THREADID ({}))\n", emails[nth], threads[nth])
    };
    with_objects(&format!(
        "{appended}C: c create foo\nS: c OK <*>\nC: s select inbox\nS: <**>\nS: s OK <*>\n\
        C: 22 fetch 1:* (emailid threadid)\n{}{}{}S: 22 OK FETCH completed\n\
        C: 27 search emailid {}\nS: * SEARCH 1\nS: 27 OK SEARCH completed\n\
        C: 28 search threadid {}\nS: * SEARCH 1 2\nS: 28 OK SEARCH completed\n\
        C: 23 move 2 foo\nS: * OK [COPYUID 2 2 1] moved\nS: * 2 EXPUNGE\nS: 23 OK MOVE completed\n\
        C: 24 fetch 1:* (emailid threadid)\n{}{}S: 24 OK FETCH completed\n\
        C: 25 select foo\nS: <**>\nS: 25 OK [READ-WRITE] SELECT completed\n\
        C: 26 fetch 1:* (emailid threadid)\n{}S: 26 OK FETCH completed\n\
        C: 29 search emailid !\nS: 29 BAD column 19: an object identifier is 1 to 255 letters, <*>",
        shown(1, 0),
        shown(2, 1),
        shown(3, 2),
        emails[0],
        threads[0],
        shown(1, 0),
        shown(2, 2),
        shown(1, 1),
    ));
}
