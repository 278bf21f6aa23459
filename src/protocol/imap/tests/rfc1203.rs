//! Every example of RFC 1203, with mail of our own. Where its samples and its grammar disagree, the grammar holds:
//! data of a FETCH has the message's number and parentheses, numbers stand before EXISTS, an OK says OK.

use super::*;
use crate::mail::store::{FlagChange, Uid};
use crate::protocol::imap::Dialect;

pub fn spoken3(store: &Store, text: &str) -> Lab {
    let burst = !["C2:", "C- ", "T:", "# in turn"].iter().any(|mark| text.contains(mark));
    let session = || {
        Imap::new(ImapSettings { dialect: Dialect::Imap3, mechanisms: Vec::new(), ..ImapSettings::default() })
    };
    dialogue(&Dialogue { store, text, burst }, session)
}

/// In version 3.0, with features, and INBOX open.
pub fn chosen3(store: &Store, features: &str, text: &str) -> Lab {
    let mut opening = "S: * OK <*>\nC: v SELECT.VERSION (3 0)\nS: v OK version 3.0 selected\n".to_owned();
    if !features.is_empty() {
        opening += &format!("C: v SELECT.FEATURES {features}\nS: v OK features selected\n");
    }
    opening += "C: v LOGIN alice secret\nS: v OK <*>\nC: v SELECT INBOX\nS: <**>\nS: v OK <*>\n";
    spoken3(store, &(opening + text))
}

/// Letters of the sample session's kind; of 19, the last two are recent, and all but them are seen.
fn sumex() -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let fred = store.add_user("Fred", "Secret").unwrap();
    let inbox = store.inbox(fred).unwrap();
    for name in ["Meeting", "Notice"] {
        store.keyword(inbox, name).unwrap();
    }
    for number in 1..=19_u32 {
        let octets = format!(
            "Date: Sat, 4 Jun 88 13:27:{number:02} PDT\r\nFrom: Larry Fagan  <FAGAN@SUMEX.example>\r\n\
             To: rindflEISCH@SUMEX.example\r\nSubject: INFO-MAC Mail Message {number}\r\n\r\nThe file is here.\r\nLarry\r\n"
        );
        let message = Arc::new(Message::new(octets));
        store.append(inbox, message, Flags::NONE, Timestamp::DEFAULT_START).unwrap();
        if number == 17 {
            store.claim_recent(inbox);
        }
        if number < 18 {
            store.change_flags(inbox, Uid(number), FlagChange::Add, Flags::SEEN);
        }
    }
    store
}

pub const VERSIONS: &str = "SUPPORTED.VERSIONS ((2 0 ) (3 0 AUTO.SET.SEEN TAGGED.SOLICITED EIGHT.BIT.TRANSPARENT \
    NEW.MAIL.NOTIFY SEND ADD.MESSAGE RENUMBER ENCODING INDEXABLE.FIELDS SET.EOL))";

#[test]
fn a_typical_scenario() {
    spoken3(
        &sumex(),
        &format!(
            r#"
            S: * OK mail.example IMAP3 service ready
            C: A001 SUPPORTED.VERSIONS
            S: * {VERSIONS}
            S: A001 OK SUPPORTED.VERSIONS completed
            C: A002 SELECT.VERSION (3 0)
            S: A002 OK version 3.0 selected
            C: A002 SELECT.FEATURES TAGGED.SOLICITED
            S: A002 OK features selected
            C: A003 LOGIN Fred Secret
            S: A003 OK LOGIN completed
            C: A004 SELECT INBOX
            S: A004 FLAGS (Meeting Notice \Answered \Flagged \Deleted \Seen)
            S: A004 19 EXISTS
            S: A004 2 RECENT
            S: A004 OK SELECT completed
            C: A005 FETCH 1:19 ALL
            S: A005 1 FETCH (FLAGS (\Seen) INTERNALDATE " 2-Mar-98 20:00:00-GMT" RFC822.SIZE 169 ENVELOPE (<*>))
            S: <**>
            S: A005 18 FETCH (<*>)
            S: A005 19 FETCH (FLAGS (\Recent) <*>)
            S: A005 OK FETCH completed
            C: A006 FETCH 8 RFC822.TEXT
            S: A006 8 FETCH (RFC822.TEXT {{26}}
            S: The file is here.
            S: Larry
            S: )
            S: A006 OK FETCH completed
            C: A007 STORE 8 +Flags \Deleted
            S: A007 8 STORE (FLAGS (\Deleted \Seen))
            S: A007 OK STORE completed
            C: A008 EXPUNGE
            S: A008 19 EXISTS
            S: A008 2 RECENT
            S: A008 8 EXPUNGE
            S: A008 18 EXISTS
            S: A008 OK EXPUNGE completed
            C: A009 LOGOUT
            S: A009 BYE mail.example signing off
            S: A009 OK LOGOUT completed
            S. close
            "#
        ),
    );
}

#[test]
fn a_scenario_of_a_client_that_pipelines() {
    // The commands may come all at once: each answer says whose it is.
    let text = r"
        S: * OK <*>
        C: A002 SELECT.VERSION (3 0)
        S: A002 OK <*>
        C: A003 LOGIN Fred Secret
        S: A003 OK <*>
        C: A004 SELECT INBOX
        S: <**>
        S: A004 19 EXISTS
        S: A004 2 RECENT
        S: A004 OK SELECT completed
        C: A005 SEARCH RECENT
        S: A005 SEARCH (18 19) (RECENT)
        S: A005 OK SEARCH completed
        C: A006 FETCH 18:19 (RFC822.SIZE RFC822.TEXT)
        S: A006 18 FETCH (<*>
        S: <**>
        S: )
        S: A006 19 FETCH (<*>
        S: <**>
        S: )
        S: A006 OK FETCH completed
        C: A007 STORE 18:19 +FLAGS (\SEEN)
        S: A007 18 STORE (FLAGS (\Seen \Recent))
        S: A007 19 STORE (FLAGS (\Seen \Recent))
        S: A007 OK STORE completed
        C: A008 FETCH 1:17 ALL
        S: A008 1 FETCH (<*>)
        S: <**>
        S: A008 17 FETCH (<*>)
        S: A008 OK FETCH completed
        C: A009 STORE 18 +FLAGS (\DELETED)
        S: A009 18 STORE (FLAGS (\Deleted \Seen \Recent))
        S: A009 OK STORE completed
        C: A010 STORE 19 +FLAGS (\DELETED)
        S: A010 19 STORE (FLAGS (\Deleted \Seen \Recent))
        S: A010 OK STORE completed
        ";
    spoken3(&sumex(), text);
}

#[test]
fn the_sample_session() {
    let text = r#"
        S: * OK mail.example IMAP3 service ready
        C: a002 SELECT.VERSION (3 0)
        S: a002 OK version 3.0 selected
        C: a003 SELECT.FEATURES TAGGED.SOLICITED
        S: a003 OK features selected
        C: a004 login fred Secret
        S: a004 NO LOGIN failed: user name or password is wrong
        C: a004 login Fred Secret
        S: a004 OK LOGIN completed
        C: a005 select inbox
        S: a005 FLAGS <*>
        S: a005 19 EXISTS
        S: a005 2 RECENT
        S: a005 OK SELECT completed
        C: a006 fetch 16 all
        S: a006 16 FETCH (FLAGS (\Seen) INTERNALDATE " 2-Mar-98 20:00:00-GMT" RFC822.SIZE 170 ENVELOPE ("Sat, 4 Jun 88 13:27:16 PDT" "INFO-MAC Mail Message 16" (("Larry Fagan" NIL "FAGAN" "SUMEX.example" NIL)) (("Larry Fagan" NIL "FAGAN" "SUMEX.example" NIL)) (("Larry Fagan" NIL "FAGAN" "SUMEX.example" NIL)) ((NIL NIL "rindflEISCH" "SUMEX.example" NIL)) NIL NIL NIL NIL))
        S: a006 OK FETCH completed
        C: a007 fetch 16 rfc822
        S: a007 16 FETCH (RFC822 {170}
        S: Date: Sat, 4 Jun 88 13:27:16 PDT
        S: From: Larry Fagan  <FAGAN@SUMEX.example>
        S: <**>
        S: )
        S: a007 OK FETCH completed
        C: a008 logout
        S: a008 BYE <*>
        S: a008 OK LOGOUT completed
        S. close
        "#;
    spoken3(&sumex(), text);
}

const LETTERS: [&[u8]; 4] = [
    b"From: Fred (of Stanford) <fred@x> (at home)\r\nTo: a@x, Ann <b@x>\r\nCc: a@x\r\nSubject: Some subject text...\r\n\r\none\r\n",
    b"From: Crispin <crispin@x>\r\nApparently-To: alice\r\nSubject: beta\r\nX-Count: 12\r\nDate: Mon, 2 Mar 1998 20:00:00 +0000\r\n\r\ntwo\r\n2\r\n",
    b"From: Crispin <crispin@x>\r\nReceived: by a\r\nReceived: by b\r\nSubject: alpha\r\nX-Count: 9\r\nDate: Sun, 1 Mar 1998 20:00:00 +0000\r\n\r\nthree\r\n",
    b"From: d@x\r\nSubject: \"quoted\"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Type: image/gif\r\nContent-Transfer-Encoding: base64\r\n\r\nR0lG\r\n--b--\r\n",
];

pub fn letters() -> Store {
    store_of(&LETTERS)
}

#[test]
fn the_examples_of_fetch() {
    chosen3(
        &letters(),
        "",
        r#"
        # A003 to A005: all, the whole message, items in a list
        C: A003 FETCH 2:4 ALL
        S: A003 2 FETCH (FLAGS (\Recent) <*>)
        S: A003 3 FETCH (FLAGS (\Recent) <*>)
        S: A003 4 FETCH (FLAGS (\Recent) <*> {8}
        S: "quoted" <*>)
        S: A003 OK FETCH completed
        C: A004 FETCH 3 RFC822
        S: A004 3 FETCH (RFC822 {<*>}
        S: <**>
        S: )
        S: A004 OK FETCH completed
        C: A005 FETCH 4 (FLAGS RFC822.HEADER)
        # Reading sets no \Seen
        S: A005 4 FETCH (FLAGS (\Recent) RFC822.HEADER {<*>}
        S: <**>
        S: )
        S: A005 OK FETCH completed
        # A006 and A007: a canonical key, a concrete key that is not there
        C: A006 FETCH 1 $SUBJECT
        S: A006 1 FETCH ($SUBJECT "Some subject text...")
        S: A006 OK FETCH completed
        C: A007 FETCH 1 APPARENTLY-TO
        S: A007 1 FETCH (APPARENTLY-TO NIL)
        S: A007 OK FETCH completed
        # $TO is the union of four fields
        C: A008 FETCH 1:2 ($TO TO CC $CC FROM $FROM)
        S: A008 1 FETCH ($TO ("a@x" "Ann <b@x>") TO ("a@x" "Ann <b@x>") CC "a@x" $CC "a@x" FROM "Fred <fred@x>" $FROM "Fred <fred@x>")
        S: A008 2 FETCH ($TO "alice" TO NIL CC NIL $CC NIL FROM "Crispin <crispin@x>" $FROM "Crispin <crispin@x>")
        S: A008 OK FETCH completed
        C: A009 FETCH 3 (received subject size BODY[1])
        S: A009 3 FETCH (RECEIVED ("by a" "by b") SUBJECT "alpha" SIZE 134 BODY[1] NIL)
        S: A009 OK FETCH completed
        C: A010 FETCH 3 (HEADER BODY TEXT)
        S: A010 3 FETCH (HEADER {127}
        S: <**>
        S:  BODY {7}
        S: three
        S:  TEXT {7}
        S: three
        S: )
        S: A010 OK FETCH completed
        C: A011 FETCH 4 SUBJECT
        S: A011 4 FETCH (SUBJECT {8}
        S: "quoted")
        S: A011 OK FETCH completed
        # The fifth member of an address is its comment
        C: A012 FETCH 1 ENVELOPE
        S: A012 1 FETCH (ENVELOPE (NIL "Some subject text..." (("Fred" NIL "fred" "x" "at home")) <*>
        S: A012 OK FETCH completed
        C: A013 FETCH 5 FLAGS
        S: A013 BAD there is no message 5; the mailbox holds 4 (RFC 1203)
        C: A014 FETCH 1 (FAST)
        S: A014 BAD column 15: ALL and FAST stand alone, without parentheses (RFC 1203)
        "#,
    );
}

#[test]
fn pipelined_fetch_and_store_set_seen_in_a_second_command() {
    chosen3(
        &letters(),
        "",
        r"
        C: A001 FETCH 1 RFC822.TEXT
        S: A001 1 FETCH (RFC822.TEXT {5}
        S: one
        S: )
        S: A001 OK FETCH completed
        C: A002 STORE 1 +FLAGS (\SEEN)
        S: A002 1 STORE (FLAGS (\Seen \Recent))
        S: A002 OK STORE completed
        ",
    );
}

#[test]
fn search_says_what_it_was_asked() {
    chosen3(
        &letters(),
        "",
        r#"
        C: A00042 SEARCH FROM Crispin ~SEEN
        S: A00042 SEARCH (2 3) (FROM Crispin ~SEEN)
        S: A00042 OK SEARCH completed
        C: A003 SEARCH DELETED FROM "SMITH" SINCE 1-OCT-87
        S: A003 SEARCH () (DELETED FROM "SMITH" SINCE 1-OCT-87)
        S: A003 OK SEARCH completed
        C: A004 SEARCH ~FROM crispin UNDELETED
        S: A004 SEARCH (1 4) (~FROM crispin UNDELETED)
        S: A004 OK SEARCH completed
        C: A005 SEARCH $TO alice
        S: A005 SEARCH (2) ($TO alice)
        S: A005 OK SEARCH completed
        C: A006 SEARCH x-count 9
        S: A006 SEARCH (3) (x-count 9)
        S: A006 OK SEARCH completed
        C: A007 SEARCH HEADER "by b" BODY {5}
        S: + go ahead
        C: three
        S: A007 SEARCH (3) (HEADER "by b" BODY {5}
        S: three)
        S: A007 OK SEARCH completed
        C: A008 SEARCH SIZE 134 NEW ~OLD ~KEYWORD odd
        S: A008 SEARCH (3) (SIZE 134 NEW ~OLD ~KEYWORD odd)
        S: A008 OK SEARCH completed
        C: A009 SEARCH SUBJET
        S: A009 BAD column 19: expected a space and a string to look for, found the end of the line (RFC 1203)
        C: A010 SEARCH NOT SEEN
        S: A010 SEARCH () (NOT SEEN)
        S: A010 OK SEARCH completed
        "#,
    );
}

#[test]
fn store_changes_flags_fields_and_text() {
    let lab = chosen3(
        &letters(),
        "",
        r#"
        C: A003 STORE 2:4 +FLAGS (\DELETED)
        S: A003 2 STORE (FLAGS (\Deleted \Recent))
        S: A003 3 STORE (FLAGS (\Deleted \Recent))
        S: A003 4 STORE (FLAGS (\Deleted \Recent))
        S: A003 OK STORE completed
        # A string is stored, a set of addresses comes back
        C: A004 STORE 3 FROM "Ann <ann@x>, bob@y"
        S: A004 3 STORE (FROM ("Ann <ann@x>" "bob@y"))
        S: A004 OK STORE completed
        C: A005 STORE 1 X-NOTE "call back"
        S: A005 1 STORE (X-NOTE "call back")
        S: A005 OK STORE completed
        C: A006 STORE 1 X-NOTE NIL
        S: A006 1 STORE (X-NOTE NIL)
        S: A006 OK STORE completed
        C: A007 STORE 2 RFC822.TEXT {7}
        S: + go ahead
        C: again
        C:
        S: A007 2 STORE (RFC822.TEXT {7}
        S: again
        S:  RFC822.SIZE 124)
        S: A007 OK STORE completed
        C: A008 STORE 2 RFC822.HEADER {12}
        S: + go ahead
        C: Subject: new
        S: A008 2 STORE (RFC822.HEADER {16}
        S: Subject: new
        S:
        S:  RFC822.SIZE 23 ENVELOPE (NIL "new" NIL NIL NIL NIL NIL NIL NIL NIL))
        S: A008 OK STORE completed
        "#,
    );
    let alice = lab.store.user(b"alice").unwrap();
    let inbox = lab.store.mailbox(lab.store.inbox(alice).unwrap()).unwrap();
    // To everybody else what was rewritten is new: UIDs never mean another text.
    let uids: Vec<u32> = inbox.entries.iter().map(|entry| entry.uid.0).collect();
    assert_eq!(uids, [4, 5, 7, 9]);
}

#[test]
fn what_cannot_be_stored_is_refused() {
    chosen3(
        &letters(),
        "",
        r#"
        C: a STORE 1 SIZE 3
        S: a BAD column 11: what the server computes cannot be stored; <*>
        C: a STORE 1 $TO ann
        S: a BAD column 11: <*>
        C: a STORE 1 "no name" x
        S: a NO message 1: this cannot be the name of a header field; nothing was done
        C: a STORE 1 SUBJECT {4}
        S: + go ahead
        C: a\r\nb
        S: a NO message 1: the value of a field is one line; nothing was done
        C: a STORE 1 HEADER {8}
        S: + go ahead
        C: A: b\r\n\r\n
        S: a 1 STORE (HEADER {8}
        S: A: b
        S:
        S:  SIZE 13 ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL))
        S: a OK STORE completed
        C: a STORE 1 HEADER {12}
        S: + go ahead
        C: A: b\r\n\r\nC: d
        S: a NO message 1: an empty line within a header would end it; nothing was done
        C: a STORE 1 +FLAGS \Draft
        S: a BAD column 18: <*>
        "#,
    );
}

#[test]
fn a_mailbox_is_made_read_only_and_says_so() {
    chosen3(
        &letters(),
        "",
        r"
        C: A008 READONLY
        S: A008 READONLY
        S: A008 OK READONLY completed
        # The first attempt is answered by READONLY, too
        C: A009 STORE 1 +FLAGS (\Seen)
        S: A009 READONLY
        S: A009 NO the mailbox is read-only; READWRITE changes that (RFC 1203)
        C: A010 EXPUNGE
        S: A010 NO the mailbox is read-only; <*>
        C: A011 SET.FLAGS (x)
        S: A011 NO <*>
        C: A012 READWRITE
        S: A012 READWRITE
        S: A012 OK READWRITE completed
        C: A013 STORE 1 +FLAGS (\Seen)
        S: A013 1 STORE (FLAGS (\Seen \Recent))
        S: A013 OK STORE completed
        ",
    );
}

#[test]
fn keywords_are_made_and_deleted() {
    chosen3(
        &letters(),
        "",
        r"
        C: A009 SET.FLAGS (Meeting Notice \Deleted)
        S: A009 FLAGS (Meeting Notice \Answered \Flagged \Deleted \Seen)
        S: A009 OK SET.FLAGS completed
        C: A010 STORE 2:3 +FLAGS (Notice)
        S: A010 2 STORE (FLAGS (\Recent Notice))
        S: A010 3 STORE (FLAGS (\Recent Notice))
        S: A010 OK STORE completed
        # Whoever loses a keyword is answered for
        C: A011 SET.FLAGS (Meeting Party)
        S: A011 FLAGS (Meeting Party \Answered \Flagged \Deleted \Seen)
        S: A011 2 STORE (FLAGS (\Recent))
        S: A011 3 STORE (FLAGS (\Recent))
        S: A011 OK SET.FLAGS completed
        C: A012 FLAGS
        S: A012 FLAGS (Meeting Party \Answered \Flagged \Deleted \Seen)
        S: A012 OK FLAGS completed
        C: A013 STORE 1 +FLAGS (New)
        S: * FLAGS (Meeting Party New <*>)
        S: A013 1 STORE (FLAGS (\Recent New))
        S: A013 OK STORE completed
        ",
    );
}
