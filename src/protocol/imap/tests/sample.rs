//! The sample session of RFC 3501 §8, with a mailbox of our own.

use super::*;
use crate::mail::store::FlagChange;
use crate::mail::store::Uid;
use jiff::civil;

const TWELFTH: &str = "Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n\
    From: Terry Gray <gray@cac.washington.edu>\r\n\
    Subject: IMAP4rev1 WG mtg summary and minutes\r\n\
    To: imap@cac.washington.edu\r\n\
    cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n\
    Message-Id: <B27397-0100000@cac.washington.edu>\r\n\
    MIME-Version: 1.0\r\n\
    Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\
    \r\n";

/// 18 messages, of which 17 are the first without \Seen, and two are recent.
fn sample_store() -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let mrc = store.add_user("mrc", "secret").unwrap();
    let inbox = store.inbox(mrc).unwrap();
    let pacific = Timestamp::from_civil(civil::date(1996, 7, 17).at(2, 44, 25, 0), -420);
    for number in 1..=18 {
        // 92 lines, 3028 octets.
        let body = format!("{}{}\r\n", "0123456789012345678901234567890\r\n".repeat(91), "x".repeat(23));
        let octets = if number == 12 { format!("{TWELFTH}{body}") } else { "\r\n".to_owned() };
        store.append(inbox, Arc::new(Message::new(octets)), Flags::NONE, pacific).unwrap();
        if number == 16 {
            store.claim_recent(inbox);
        }
        if number < 17 {
            store.change_flags(inbox, Uid(number), FlagChange::Add, Flags::SEEN);
        }
    }
    store
}

#[test]
fn the_sample_session_of_the_rfc() {
    let size = TWELFTH.len() + 3028;
    let header = TWELFTH.len();
    let lines: String = TWELFTH.lines().map(|line| format!("S: {line}\n")).collect();
    let text = format!(
        r#"
S: * OK mail.example IMAP4rev1 service ready
C: a001 login mrc secret
S: a001 OK LOGIN completed
C: a002 select inbox
S: * 18 EXISTS
S: * 2 RECENT
S: * OK [UNSEEN 17] Message 17 is the first unseen
S: * OK [UIDVALIDITY 1] UIDs valid
S: * OK [UIDNEXT 19] Predicted next UID
S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] Kept for good
S: a002 OK [READ-WRITE] SELECT completed
C: a003 fetch 12 full
S: * 12 FETCH (FLAGS (\Seen) INTERNALDATE "17-Jul-1996 02:44:25 -0700" RFC822.SIZE {size} ENVELOPE ("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev1 WG mtg summary and minutes" (("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu")) ((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL "<B27397-0100000@cac.washington.edu>") BODY ("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 3028 92))
S: a003 OK FETCH completed
C: a004 fetch 12 body[header]
S: * 12 FETCH (BODY[HEADER] {{{header}}}
{lines}S: )
S: a004 OK FETCH completed
C: a005 store 12 +flags \deleted
S: * 12 FETCH (FLAGS (\Deleted \Seen))
S: a005 OK STORE completed
C: a006 logout
S: * BYE mail.example signing off
S: a006 OK LOGOUT completed
S. close
"#
    );
    let lab = said(&sample_store(), &text);
    assert_eq!(lab.conns[0].commands[0], "a001 login mrc ***");
    // FULL, the header, and STORE's answer are about the message; only the header is its own content.
    assert_eq!(lab.conns[0].contents, [(11, 0), (11, header as u32), (11, 0)]);
}
