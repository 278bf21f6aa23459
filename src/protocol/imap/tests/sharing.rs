//! Several sessions on one mailbox: news, held-back expunges, \Recent.

use super::*;

const BOTH: &str = "
    S: * OK <*>
    S2: * OK <*>
    C: a LOGIN alice secret
    S: a OK <*>
    C2: a LOGIN alice secret
    S2: a OK <*>
    C: a SELECT INBOX
    S: * 3 EXISTS
    S: * 3 RECENT
    S: <**>
    S: a OK <*>
    C2: a SELECT INBOX
    S2: * 3 EXISTS
    S2: * 0 RECENT
    S2: <**>
    S2: a OK <*>
";

fn both(text: &str) {
    said(
        &store_of(&[b"Subject: 1\r\n\r\n", b"Subject: 2\r\n\r\n", b"Subject: 3\r\n\r\n"]),
        &format!("{BOTH}{text}"),
    );
}

#[test]
fn each_session_hears_what_the_other_did_with_its_next_command() {
    both(
        r"
        C: b STORE 2 +FLAGS (\Deleted)
        S: * 2 FETCH (FLAGS (\Deleted \Recent))
        S: b OK <*>
        C2: b NOOP
        S2: * 2 FETCH (FLAGS (\Deleted))
        S2: b OK NOOP completed
        C2: b UID STORE 3 +FLAGS.SILENT (\Seen odd)
        S2: * FLAGS (<*> odd)
        S2: * OK [PERMANENTFLAGS <*>
        S2: b OK UID STORE completed
        C: b UID FETCH 1 UID
        S: * FLAGS (<*> odd)
        S: * OK [PERMANENTFLAGS <*>
        S: * 1 FETCH (UID 1)
        S: * 3 FETCH (FLAGS (\Seen \Recent odd) UID 3)
        S: b OK <*>
        C: b NOOP
        S: b OK NOOP completed
    ",
    );
}

#[test]
fn an_expunge_waits_until_numbers_may_change() {
    both(
        r"
        C: b STORE 1:2 +FLAGS.SILENT (\Deleted)
        S: b OK <*>
        C: b EXPUNGE
        S: * 1 EXPUNGE
        S: * 1 EXPUNGE
        S: b OK EXPUNGE completed
        # the other session still counts three; what is gone can be read and not be changed
        C2: b FETCH 1:3 UID
        S2: * 1 FETCH (UID 1)
        S2: * 2 FETCH (UID 2)
        S2: * 3 FETCH (UID 3)
        S2: b OK <*>
        C2: b STORE 2:3 +FLAGS (\Flagged)
        S2: * 3 FETCH (FLAGS (\Flagged))
        S2: b OK [EXPUNGEISSUED] done, but 1 of the messages were expunged by another session
        C2: b SEARCH FLAGGED
        S2: * SEARCH 3
        S2: b OK <*>
        C2: b COPY 1:3 INBOX
        S2: * 1 EXPUNGE
        S2: * 1 EXPUNGE
        S2: b NO [EXPUNGEISSUED] nothing was copied: <*>
        C2: b FETCH 1 UID
        S2: * 1 FETCH (UID 3)
        S2: b OK <*>
    ",
    );
}

#[test]
fn new_mail_comes_while_an_expunge_is_held_back() {
    both(
        r"
        C: b STORE 1 +FLAGS.SILENT (\Deleted)
        S: b OK <*>
        C: b EXPUNGE
        S: * 1 EXPUNGE
        S: b OK EXPUNGE completed
        C: b COPY 1 INBOX
        S: * 3 EXISTS
        S: * 3 RECENT
        S: b OK COPY completed
        # EXISTS does not shrink: the expunged message still has its number here
        C2: b FETCH 2 UID
        S2: * 2 FETCH (UID 2)
        S2: * 4 EXISTS
        S2: * 0 RECENT
        S2: b OK <*>
        C2: b STORE 4 +FLAGS (\Seen)
        S2: * 4 FETCH (FLAGS (\Seen))
        S2: b OK <*>
        C2: b NOOP
        S2: * 1 EXPUNGE
        S2: b OK NOOP completed
        C2: b FETCH 3 (UID FLAGS)
        S2: * 3 FETCH (UID 4 FLAGS (\Seen))
        S2: b OK <*>
        C: b NOOP
        S: * 3 FETCH (FLAGS (\Seen \Recent))
        S: b OK NOOP completed
    ",
    );
}

#[test]
fn close_expunges_without_a_word_and_logout_does_not() {
    both(
        r"
        C: b STORE 3 +FLAGS.SILENT (\Deleted)
        S: b OK <*>
        C: b LOGOUT
        S: * BYE <*>
        S: b OK LOGOUT completed
        S. close
        C2: b CLOSE
        S2: b OK CLOSE completed
        C2: b FETCH 1 FLAGS
        S2: b BAD column 3: FETCH is for the selected state; this session is authenticated: first SELECT a mailbox (RFC 3501 section 6.4.5)
        C2: b STATUS inbox (MESSAGES)
        S2: * STATUS INBOX (MESSAGES 2)
        S2: b OK <*>
    ",
    );
}

#[test]
fn a_message_that_came_and_went_unseen_is_not_mentioned() {
    both(
        r"
        C: b COPY 1 INBOX
        S: * 4 EXISTS
        S: * 4 RECENT
        S: b OK COPY completed
        C: b STORE 4 +FLAGS.SILENT (\Deleted)
        S: b OK <*>
        C: b EXPUNGE
        S: * 4 EXPUNGE
        S: b OK <*>
        C2: b NOOP
        S2: b OK NOOP completed
        C2: b FETCH 4 UID
        S2: b BAD column <*>: there is no message 4; <*>
    ",
    );
}
