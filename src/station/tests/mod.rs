//! Workstations against the servers, over a line that is cut wherever a test likes.

mod cuts;
mod files;
mod histories;
mod line;
mod refusals;
mod sessions;

use std::sync::Arc;

use super::*;
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::{MailboxId, Store};
use line::Line;

/// Alice with three messages, and Bob, to whom she writes.
fn store() -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let alice = store.add_user("alice", "secret").unwrap();
    store.add_address(alice, "alice@mail.example").unwrap();
    let bob = store.add_user("bob", "x").unwrap();
    store.add_address(bob, "bob@mail.example").unwrap();
    let inbox = store.inbox(alice).unwrap();
    (1..=3).for_each(|number| deliver(&mut store, inbox, number));
    store
}

fn deliver(store: &mut Store, mailbox: MailboxId, number: u32) {
    let text = format!(
        "From: joe@mail.example\r\nTo: alice@mail.example\r\nDate: Mon, 2 Mar 1998 20:0{number}:00 +0000\r\n\
         Subject: message {number}\r\nMessage-ID: <{number}@mail.example>\r\n\r\nText {number}.\r\n"
    );
    store.append(mailbox, Arc::new(Message::new(text)), Flags::NONE, Timestamp::DEFAULT_START).unwrap();
}

fn look(number: u32) -> Look {
    Look { date: format!("Mon, 2 Mar 1998 20:0{number}:00 +0000"), subject: format!("message {number}") }
}

const ANSWER: &[u8] =
    b"From: alice@mail.example\r\nTo: bob@mail.example\r\nSubject: answer\r\nMessage-ID: <a@b>\r\n\r\nYes.\r\n";

/// What the server has in the end, as anybody would see it: mailbox, subject, and flags of every message.
fn seen(store: &Store, user: &str) -> Vec<(String, String, String)> {
    let user = store.user(user.as_bytes()).unwrap();
    let mut all = Vec::new();
    for (_, mailbox) in store.mailboxes_of(user) {
        for entry in mailbox.entries.iter() {
            let subject = Look::of_header(entry.message.header()).subject;
            let keywords: Vec<&str> = mailbox.keyword_names(entry.flags).collect();
            all.push((mailbox.name.clone(), subject, format!("{} {}", entry.flags, keywords.join(" "))));
        }
    }
    all
}

/// What the workstation shows: mailbox, subject, flags, and whether the text is there.
fn shown(mail: &LocalMail) -> Vec<(String, String, u16, bool)> {
    let one = |(mailbox, _, message): (&str, u32, &LocalMessage)| {
        (mailbox.to_owned(), message.look.subject.clone(), message.marks.0, message.body.is_some())
    };
    mail.shown().map(one).collect()
}

/// A workstation that has called once and is up to date, with the server as it is then.
fn settled(way: Way, policy: Policy) -> (Store, LocalMail) {
    let mut line = Line::new(store());
    line.run(LocalMail::new("home", way), policy, async |station| station.call().await).unwrap();
    let mail = line.disk.mail().unwrap().unwrap();
    (line.lab.store, mail)
}

/// Alice works off line: reads, flags, files, deletes, answers.
fn work(mail: &mut LocalMail) {
    let at = |mail: &LocalMail, number| mail.find(&look(number)).unwrap();
    let (mailbox, number) = at(mail, 1);
    assert!(mail.mark(&mailbox, number, Mark::Seen, true));
    assert!(mail.mark(&mailbox, number, Mark::Flagged, true));
    assert!(mail.file(&mailbox, number, "Archive"));
    let (mailbox, number) = at(mail, 2);
    assert!(mail.delete(&mailbox, number));
    let (mailbox, number) = at(mail, 3);
    assert!(mail.mark(&mailbox, number, Mark::Seen, true));
    mail.send(ANSWER);
}
