use std::sync::Arc;

use super::*;
use crate::mail::flags::Flags;
use crate::mail::message::Message;

fn store_with(messages: usize) -> (Store, MailboxId) {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let alice = store.add_user("alice", "secret").unwrap();
    let inbox = store.inbox(alice).unwrap();
    for n in 0..messages {
        let message = Arc::new(Message::new(format!("Subject: {n}\r\n\r\nhello\r\n")));
        store.append(inbox, message, Flags::NONE, Timestamp::DEFAULT_START).unwrap();
    }
    (store, inbox)
}

#[test]
fn every_change_is_one_line_of_the_log() {
    let (mut store, inbox) = store_with(3);
    let seen = store.modseq();
    assert_eq!(store.change_flags(inbox, Uid(2), FlagChange::Add, Flags::SEEN), Some(Flags::SEEN));
    store.change_flags(inbox, Uid(2), FlagChange::Add, Flags::SEEN).unwrap();
    assert_eq!(store.expunge(inbox, |entry| entry.uid != Uid(2)), [Uid(1), Uid(3)]);
    let changes: Vec<_> = store.changes_since(seen).map(|change| (change.uid.0, change.kind)).collect();
    assert_eq!(changes, [(2, ChangeKind::Flags), (1, ChangeKind::Expunged), (3, ChangeKind::Expunged)]);
    assert_eq!(store.mailbox(inbox).unwrap().highest_modseq, store.modseq());
}

#[test]
fn a_uid_is_never_given_twice() {
    let (mut store, inbox) = store_with(3);
    store.expunge(inbox, |_| true);
    let message = Arc::new(Message::new("\r\n"));
    assert_eq!(store.append(inbox, message, Flags::NONE, Timestamp::DEFAULT_START), Some(Uid(4)));
}

#[test]
fn an_identity_that_is_restored_never_gives_a_uid_again() {
    let (mut store, inbox) = store_with(3);
    let validity = std::num::NonZeroU32::new(77).unwrap();
    store.restore_identity(inbox, validity, Uid(2));
    assert_eq!(store.mailbox(inbox).unwrap().uid_next, Uid(4));
    store.restore_identity(inbox, validity, Uid(1000));
    let message = Arc::new(Message::new("\r\n"));
    assert_eq!(store.append(inbox, message, Flags::NONE, Timestamp::DEFAULT_START), Some(Uid(1000)));
    assert_eq!(store.mailbox(inbox).unwrap().uid_validity, 77);
    store.restore_uid_validities(500);
    let alice = store.user(b"alice").unwrap();
    let made = store.create(alice, "made").unwrap();
    assert_eq!(store.mailbox(made).unwrap().uid_validity, 501);
}

#[test]
fn a_copy_keeps_identity_flags_and_keywords() {
    let (mut store, inbox) = store_with(1);
    let alice = store.user(b"alice").unwrap();
    let saved = store.create(alice, "saved").unwrap();
    assert_eq!(store.keyword(saved, "other"), Flags::keyword(0));
    let urgent = store.keyword(inbox, "urgent").unwrap();
    assert_eq!(store.keyword(inbox, "Urgent"), Some(urgent));
    store.change_flags(inbox, Uid(1), FlagChange::Replace, urgent | Flags::SEEN);
    let uid = store.copy(inbox, Uid(1), saved).unwrap();
    let copy = store.mailbox(saved).unwrap().entry(uid).unwrap();
    assert_eq!(store.mailbox(saved).unwrap().keyword_names(copy.flags).collect::<Vec<_>>(), ["urgent"]);
    assert_eq!(copy.id, store.mailbox(inbox).unwrap().entry(Uid(1)).unwrap().id);
}

#[test]
fn a_mailbox_has_only_so_many_keywords() {
    let (mut store, inbox) = store_with(0);
    for n in 0..Flags::KEYWORDS_MAX {
        assert!(store.keyword(inbox, &format!("k{n}")).is_some());
    }
    assert_eq!(store.keyword(inbox, "one-more"), None);
    assert!(store.keyword(inbox, "K26").is_some());
}

#[test]
fn a_clone_is_another_world() {
    let (mut store, inbox) = store_with(300);
    let before = store.clone();
    store.expunge(inbox, |entry| entry.uid.0 % 2 == 0);
    assert_eq!(before.mailbox(inbox).unwrap().entries.len(), 300);
    assert_eq!(store.mailbox(inbox).unwrap().entries.len(), 150);
    assert_ne!(before, store);
}

#[test]
fn one_maildrop_one_session() {
    let (mut store, _) = store_with(0);
    let alice = store.user(b"alice").unwrap();
    assert_eq!(store.lock_maildrop(alice), Ok(()));
    assert_eq!(store.lock_maildrop(alice), Err(InUse));
    store.unlock_maildrop(alice);
    assert_eq!(store.lock_maildrop(alice), Ok(()));
}

#[test]
fn passwords_match_whole_or_not_at_all() {
    let (store, _) = store_with(0);
    let alice = store.user(b"alice").unwrap();
    assert!(store.password_matches(alice, b"secret"));
    for wrong in [&b""[..], b"secre", b"secrets", b"secretsecret", b"Secret"] {
        assert!(!store.password_matches(alice, wrong));
    }
}
