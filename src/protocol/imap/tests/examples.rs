//! The examples of RFC 3501 §6 and §7, each with data of its own.

use super::*;
use crate::mail::store::{FlagChange, Uid};

#[test]
fn noop_tells_what_has_happened_meanwhile() {
    // RFC 3501 §6.1.2
    said(
        &store_of(&[b"\r\n", b"\r\n"]),
        r"
        S: * OK <*>
        S2: * OK <*>
        C: a LOGIN alice secret
        S: a OK <*>
        C2: a LOGIN alice secret
        S2: a OK <*>
        C2: a SELECT INBOX
        S2: <**>
        S2: a OK <*>
        C: a SELECT INBOX
        S: <**>
        S: a OK <*>
        C2: b STORE 1 +FLAGS.SILENT \Deleted
        S2: b OK <*>
        C2: b EXPUNGE
        S2: * 1 EXPUNGE
        S2: b OK <*>
        C2: b STORE 1 +FLAGS.SILENT \Seen
        S2: b OK <*>
        C2: b APPEND INBOX {2}
        S2: + go ahead
        C2: \r\n
        S2: * 2 EXISTS
        S2: * 2 RECENT
        S2: b OK <*>
        C: a047 NOOP
        S: * 1 EXPUNGE
        S: * 2 EXISTS
        S: * 0 RECENT
        S: * 1 FETCH (FLAGS (\Seen))
        S: a047 OK NOOP completed
        ",
    );
}

#[test]
fn expunge_counts_down_as_it_goes() {
    // RFC 3501 §6.4.3: messages 3, 4, 7 and 11 go as 3, 3, 5 and 8.
    let mut store = store_of(&[&b"\r\n"[..]; 12]);
    let inbox = store.inbox(store.user(b"alice").unwrap()).unwrap();
    for uid in [3, 4, 7, 11] {
        store.change_flags(inbox, Uid(uid), FlagChange::Add, Flags::DELETED);
    }
    opened(
        "SELECT",
        &store,
        "
        C: A202 EXPUNGE
        S: * 3 EXPUNGE
        S: * 3 EXPUNGE
        S: * 5 EXPUNGE
        S: * 8 EXPUNGE
        S: A202 OK EXPUNGE completed
        C: A203 UID FETCH 1:* UID
        S: * 1 FETCH (UID 1)
        S: * 2 FETCH (UID 2)
        S: * 3 FETCH (UID 5)
        S: * 4 FETCH (UID 6)
        S: * 5 FETCH (UID 8)
        S: * 6 FETCH (UID 9)
        S: * 7 FETCH (UID 10)
        S: * 8 FETCH (UID 12)
        S: A203 OK UID FETCH completed
        ",
    );
}

#[test]
fn delete_and_rename_work_on_levels() {
    // RFC 3501 §6.3.4, §6.3.5
    authenticated(
        &store_of(&[]),
        r#"
        C: A680 CREATE blurdybloop
        S: A680 OK CREATE completed
        C: A681 CREATE foo/bar
        S: A681 OK CREATE completed
        C: A682 LIST "" *
        S: * LIST () "/" INBOX
        S: * LIST () "/" blurdybloop
        S: * LIST (\Noselect) "/" foo
        S: * LIST () "/" foo/bar
        S: A682 OK LIST completed
        C: A683 DELETE blurdybloop
        S: A683 OK DELETE completed
        C: A684 DELETE foo
        S: A684 NO this name has inferiors, and no messages of its own <*>
        C: A685 RENAME foo zowie
        S: A685 OK RENAME completed
        C: A686 LIST "" *
        S: * LIST () "/" INBOX
        S: * LIST (\Noselect) "/" zowie
        S: * LIST () "/" zowie/bar
        S: A686 OK LIST completed
        C: A687 DELETE zowie/bar
        S: A687 OK DELETE completed
        "#,
    );
}

#[test]
fn names_beyond_seven_bits_are_listed_and_selected_in_utf_7() {
    // RFC 3501 §5.1.3
    let mut store = store_of(&[]);
    let alice = store.user(b"alice").unwrap();
    store.create(alice, "Entwürfe & mehr").unwrap();
    authenticated(
        &store,
        r#"
        C: a LIST "" E*
        S: * LIST () "/" "Entw&APw-rfe &- mehr"
        S: a OK LIST completed
        C: a EXAMINE "Entw&APw-rfe &- mehr"
        S: <**>
        S: a OK [READ-ONLY] EXAMINE completed
        C: a SELECT "Entw&-"
        S: a NO [NONEXISTENT] there is no mailbox Entw&<*>
        C: a SELECT "Entw&APw"
        S: a NO [NONEXISTENT] a mailbox name is 7-bit text, <*>
        "#,
    );
}

#[test]
fn a_selected_mailbox_that_is_deleted_loses_its_mail() {
    authenticated(
        &store_of(&[b"\r\n"]),
        r#"
        C: a CREATE gone
        S: a OK <*>
        C: a SELECT INBOX
        S: <**>
        S: a OK <*>
        C: a COPY 1 gone
        S: a OK <*>
        C: a SELECT gone
        S: * 1 EXISTS
        S: <**>
        S: a OK <*>
        C: a DELETE gone
        S: * 1 EXPUNGE
        S: a OK DELETE completed
        C: a FETCH 1 FLAGS
        S: a BAD column 9: there is no message: <*>
        C: a APPEND gone {2}
        S: + go ahead
        C: \r\n
        S: a NO [TRYCREATE] there is no mailbox gone
        "#,
    );
}
