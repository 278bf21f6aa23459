//! Commands on mailboxes by name.

use super::*;

#[test]
fn select_says_what_a_client_must_know_and_only_what_is_there() {
    authenticated(
        &store_of(&[]),
        r"
        C: b SELECT InBox
        S: * 0 EXISTS
        S: * 0 RECENT
        S: * OK [UIDVALIDITY 1] UIDs valid
        S: * OK [UIDNEXT 1] Predicted next UID
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] Kept for good
        S: b OK [READ-WRITE] SELECT completed
        # a SELECT that is refused leaves the mailbox all the same
        C: b SELECT INBXO
        S: b NO [NONEXISTENT] there is no mailbox INBXO; did you mean INBOX?
        C: b CHECK
        S: b BAD column 3: CHECK is for the selected state; this session is authenticated: first SELECT a mailbox <*>
        ",
    );
}

#[test]
fn mailboxes_are_made_listed_renamed_and_deleted() {
    authenticated(
        &store_of(&[b"Subject: 1\r\n\r\n"]),
        r#"
        C: b CREATE work/old/
        S: b OK CREATE completed
        C: b CREATE "a b"
        S: b OK CREATE completed
        C: b CREATE Inbox
        S: b NO [ALREADYEXISTS] there is a mailbox of this name already
        C: b CREATE w*
        S: b BAD <*>
        C: b CREATE "w*"
        S: b NO <*>
        C: b CREATE a//b
        S: b NO <*>
        C: b LIST "" ""
        S: * LIST (\Noselect) "/" ""
        S: b OK LIST completed
        C: b LIST "" *
        S: * LIST () "/" INBOX
        S: * LIST () "/" "a b"
        S: * LIST (\Noselect) "/" work
        S: * LIST () "/" work/old
        S: b OK LIST completed
        C: b LIST "" inbox
        S: * LIST () "/" INBOX
        S: b OK LIST completed
        C: b LIST work/ %
        S: * LIST () "/" work/old
        S: b OK LIST completed
        # a name with inferiors loses its mail and stays as a name; then it cannot be deleted again
        C: b CREATE work
        S: b OK <*>
        C: b DELETE work
        S: b OK DELETE completed
        C: b DELETE work
        S: b NO this name has inferiors<*>
        C: b DELETE inbox
        S: b NO <*>
        C: b RENAME work play
        S: b OK RENAME completed
        C: b LIST "" %
        S: * LIST () "/" INBOX
        S: * LIST () "/" "a b"
        S: * LIST (\Noselect) "/" play
        S: b OK <*>
        C: b RENAME play play/x
        S: b NO <*>
        # INBOX gives its mail away and stays
        C: b RENAME INBOX saved
        S: b OK <*>
        C: b STATUS INBOX (MESSAGES UIDNEXT)
        S: * STATUS INBOX (MESSAGES 0 UIDNEXT 2)
        S: b OK <*>
        C: b STATUS saved (MESSAGES UIDVALIDITY)
        S: * STATUS saved (MESSAGES 1 UIDVALIDITY 5)
        S: b OK <*>
        "#,
    );
}

#[test]
fn a_subscription_outlives_its_mailbox() {
    authenticated(
        &store_of(&[]),
        r#"
        C: b CREATE news/comp/mail
        S: b OK <*>
        C: b SUBSCRIBE news/comp/mail
        S: b OK <*>
        C: b SUBSCRIBE nothing
        S: b NO [NONEXISTENT] there is no mailbox nothing
        C: b DELETE news/comp/mail
        S: b OK <*>
        C: b LSUB "" *
        S: * LSUB (\Noselect) "/" news/comp/mail
        S: b OK LSUB completed
        # a parent that is not subscribed to shows up for % only
        C: b LSUB "" %
        S: * LSUB (\Noselect) "/" news
        S: b OK LSUB completed
        C: b UNSUBSCRIBE news/comp/mail
        S: b OK <*>
        C: b LSUB "" *
        S: b OK LSUB completed
        "#,
    );
}

#[test]
fn status_counts_what_is_not_seen() {
    authenticated(
        &store_of(&[b"\r\n", b"\r\n", b"\r\n"]),
        r"
        C: b STATUS INBOX (UNSEEN RECENT)
        S: * STATUS INBOX (UNSEEN 3 RECENT 3)
        S: b OK STATUS completed
        C: b SELECT INBOX
        S: <**>
        S: b OK <*>
        C: b STORE 1 FLAGS.SILENT \Seen
        S: b OK <*>
        C: b STATUS INBOX (UNSEEN RECENT MESSAGES UIDNEXT UIDVALIDITY)
        S: * STATUS INBOX (UNSEEN 2 RECENT 0 MESSAGES 3 UIDNEXT 4 UIDVALIDITY 1)
        S: b OK <*>
        C: b STATUS INBOX (NOTHING)
        S: b BAD column 17: STATUS counts MESSAGES, RECENT, UIDNEXT, UIDVALIDITY, UNSEEN <*>
        # once all are seen there is no UNSEEN to tell
        C: b STORE 1:* FLAGS.SILENT \Seen
        S: b OK <*>
        C: b SELECT INBOX
        S: * 3 EXISTS
        S: * 0 RECENT
        S: * OK [UIDVALIDITY 1] UIDs valid
        S: <**>
        S: b OK <*>
        ",
    );
}

#[test]
fn copy_keeps_flags_and_tells_whether_creating_would_help() {
    let lab = selected(
        &[b"Subject: 1\r\n\r\n", b"Subject: 2\r\n\r\n"],
        r"
        C: c COPY 1:2 saved
        S: c NO [TRYCREATE] there is no mailbox saved
        C: c CREATE saved
        S: c OK <*>
        C: c STORE 2 FLAGS.SILENT (\Seen blue)
        S: * FLAGS <*>
        S: * OK [PERMANENTFLAGS <*>
        S: c OK <*>
        C: c COPY 1:2 saved
        S: c OK COPY completed
        C: c SELECT saved
        S: * 2 EXISTS
        S: * 2 RECENT
        S: <**>
        S: c OK <*>
        C: c FETCH 2 FLAGS
        S: * 2 FETCH (FLAGS (\Seen \Recent blue))
        S: c OK <*>
        ",
    );
    assert_eq!(lab.conns[0].contents.len(), 1);
}

#[test]
fn append_takes_the_octets_as_they_are() {
    let lab = selected(
        &[],
        r#"
        C: c APPEND nowhere {3}
        S: + go ahead
        C: abc
        S: c NO [TRYCREATE] there is no mailbox nowhere
        C: c APPEND INBOX (\Seen red) " 7-Feb-1994 21:52:25 -0800" {9}
        S: + go ahead
        C: a\nb\r\n\r\n\xff\0
        S: * FLAGS (<*> red)
        S: * OK [PERMANENTFLAGS <*>
        S: * 1 EXISTS
        S: * 1 RECENT
        S: c OK APPEND completed
        C: c FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[TEXT])
        S: * 1 FETCH (FLAGS (\Seen \Recent red) INTERNALDATE " 7-Feb-1994 21:52:25 -0800" RFC822.SIZE 9 BODY[TEXT] {2}
        S: \xff\x00)
        S: c OK <*>
        C: c APPEND INBOX "31-Feb-1994 21:52:25 -0800" {9}
        S: c BAD column 17: there is no such day; <*>
        C: d NOOP
        S: d OK <*>
        "#,
    );
    assert_eq!(lab.conns[0].commands[3], r#"c APPEND INBOX (\Seen red) " 7-Feb-1994 21:52:25 -0800" {9}"#);
}
