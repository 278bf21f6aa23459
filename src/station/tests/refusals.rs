//! What the server refuses ends no call, is asked for once, and is lost for nobody.

use super::super::file;
use super::super::refused::Told;
use super::*;

const TO_NOBODY: &[u8] =
    b"From: alice@mail.example\r\nTo: nobody@mail.example, bob@mail.example\r\nSubject: astray\r\n\r\nHello?\r\n";
const NO_MESSAGE: &[u8] = b"this is no header\r\n\r\nHello?\r\n";

fn call(line: &mut Line, mail: LocalMail) -> LocalMail {
    line.run(mail, Policy::default(), async |station| station.call().await).unwrap();
    line.disk.mail().unwrap().unwrap()
}

fn shown_in(mail: &LocalMail, mailbox: &str) -> Vec<String> {
    let here = shown(mail).into_iter().filter(|(at, ..)| at == mailbox);
    here.map(|(_, subject, ..)| subject).collect()
}

fn words(mail: &LocalMail) -> Vec<&str> {
    mail.refused.iter().map(|refused| refused.words.as_str()).collect()
}

/// Removes a mailbox of alice's at the server.
fn remove(store: &mut Store, name: &str) {
    let alice = store.user(b"alice").unwrap();
    assert!(store.delete(alice, name));
}

#[test]
fn mail_that_is_refused_for_good_is_set_aside_and_the_rest_goes_on() {
    for (way, letter, said) in [
        (Way::Dmsp, NO_MESSAGE, "403 "),
        (Way::ImapFlags, TO_NOBODY, "RCPT TO:<nobody@mail.example>: 550 "),
        (Way::Pop3Leave, TO_NOBODY, "RCPT TO:<nobody@mail.example>: 550 "),
    ] {
        let (store, mut mail) = settled(way, Policy::default());
        mail.send(letter);
        mail.send(ANSWER);
        let mut line = Line::new(store);
        let mut mail = call(&mut line, mail);
        assert_eq!(mail.queue, [], "{}", way.word());
        assert!(words(&mail)[0].starts_with(said), "{}: {:?}", way.word(), mail.refused);
        assert_eq!(seen(&line.lab.store, "bob").len(), 1, "{}: the answer alone", way.word());
        let again = call(&mut line, mail.clone());
        assert_eq!(again.refused, mail.refused, "{}: it is asked for once", way.word());

        assert!(!mail.try_again(1, Mended::Into("x".to_owned())) && !mail.try_again(2, Mended::Not));
        assert!(mail.try_again(1, Mended::Text(ANSWER.into())));
        let mail = call(&mut line, mail);
        assert_eq!((mail.queue.len(), mail.refused.len(), mail.outbox.len()), (0, 0, 0), "{}", way.word());
        assert_eq!(seen(&line.lab.store, "bob").len(), 2, "{}: mended, it arrives", way.word());
    }
}

#[test]
fn what_is_given_up_is_gone_with_its_text() {
    let (_, mut mail) = settled(Way::ImapFlags, Policy::default());
    mail.send(ANSWER);
    mail.settle(&mut 0, 1, Told::Refused("550 no".to_owned()));
    assert_eq!((mail.queue.len(), mail.refused.len(), mail.outbox.len()), (0, 1, 1));
    assert_eq!(mail.give_up(2), None);
    assert_eq!(mail.give_up(1), Some(Change::Send { number: 1, tried: false }));
    assert_eq!((mail.refused.len(), mail.outbox.len()), (0, 0));
}

#[test]
fn mail_that_is_refused_for_now_stays_and_goes_another_time() {
    let (store, mut mail) = settled(Way::ImapFlags, Policy::default());
    mail.send(ANSWER);
    let mut line = Line::new(store);
    line.smtp.limits.mailbox_octets = Some(10);
    let mail = call(&mut line, mail);
    assert_eq!(mail.queue, [Change::Send { number: 1, tried: false }], "{:?}", mail.refused);
    assert_eq!(mail.refused, []);
    line.smtp.limits.mailbox_octets = None;
    let mail = call(&mut line, mail);
    assert_eq!((mail.queue.len(), seen(&line.lab.store, "bob").len()), (0, 1));
}

#[test]
fn a_mail_host_that_cannot_be_reached_is_told_when_all_else_is_done() {
    for way in [Way::ImapFlags, Way::Pop3Leave] {
        let (mut store, mut mail) = settled(way, Policy::default());
        mail.send(ANSWER);
        let inbox = store.inbox(store.user(b"alice").unwrap()).unwrap();
        deliver(&mut store, inbox, 4);
        let mut line = Line::new(store);
        line.has_no_mail_host = true;
        let outcome = line.run(mail, Policy::default(), async |station| station.call().await);
        assert_eq!(outcome, Err(Trouble::Refused(Service::Smtp)));
        let mail = line.disk.mail().unwrap().unwrap();
        assert_eq!((shown_in(&mail, INBOX).len(), mail.queue.len()), (4, 1), "{}", way.word());
    }
}

#[test]
fn what_cannot_be_filed_is_not_deleted() {
    for way in [Way::Dmsp, Way::ImapFlags, Way::ImapQresync] {
        let (store, mut mail) = settled(way, Policy::default());
        work(&mut mail);
        let mut line = Line::new(store);
        let mut mail = call(&mut line, mail);
        // Archive is known here, and then somebody removes it there.
        assert!(mail.file(INBOX, 3, "Archive"));
        assert_eq!(shown_in(&mail, INBOX), [""; 0]);
        remove(&mut line.lab.store, "Archive");
        let mut mail = call(&mut line, mail);
        assert_eq!(mail.refused.len(), 1, "{}: {:?}", way.word(), mail.queue);
        assert_eq!(shown_in(&mail, INBOX), ["message 3"], "{}: it is in sight again", way.word());
        assert_eq!(mail.queue, []);
        assert_eq!(seen(&line.lab.store, "alice").len(), 1, "{}: and at the server", way.word());

        assert!(mail.try_again(1, Mended::Into("Elsewhere".to_owned())));
        let mail = call(&mut line, mail);
        assert_eq!((mail.refused.len(), shown_in(&mail, "Elsewhere")), (0, vec!["message 3".to_owned()]));
        assert_eq!(seen(&line.lab.store, "alice").len(), 1, "{}", way.word());
    }
}

#[test]
fn to_flag_what_is_gone_is_no_more_to_be_done() {
    for way in [Way::Dmsp, Way::ImapFlags] {
        let (store, mut mail) = settled(way, Policy::default());
        assert!(mail.mark(INBOX, 2, Mark::Flagged, true) && mail.mark(INBOX, 3, Mark::Flagged, true));
        let mut line = Line::new(store);
        let inbox = line.lab.store.inbox(line.lab.store.user(b"alice").unwrap()).unwrap();
        line.lab.store.expunge(inbox, |entry| entry.uid.0 == 2);
        let mail = call(&mut line, mail);
        assert_eq!((mail.queue.len(), mail.refused.len()), (0, 0), "{}: {:?}", way.word(), mail.refused);
        assert_eq!(shown_in(&mail, INBOX), ["message 1", "message 3"]);
        assert!(mail.message(INBOX, 3).unwrap().marks.has(Mark::Flagged));

        // And what was to be flagged in a mailbox that is gone.
        let mut mail = mail;
        mail.file(INBOX, 3, "Archive");
        let mut mail = call(&mut line, mail);
        let number = *mail.mailboxes["Archive"].messages.keys().next().unwrap();
        mail.mark("Archive", number, Mark::Seen, true);
        mail.delete("Archive", number);
        remove(&mut line.lab.store, "Archive");
        let mail = call(&mut line, mail);
        assert_eq!((mail.queue.len(), mail.refused.len()), (0, 0), "{}: {:?}", way.word(), mail.refused);
    }
}

#[test]
fn a_copy_of_what_is_gone_is_told_of_where_the_protocol_tells() {
    let (store, mut mail) = settled(Way::Dmsp, Policy::default());
    assert!(mail.file(INBOX, 2, "Archive"));
    let mut line = Line::new(store);
    let inbox = line.lab.store.inbox(line.lab.store.user(b"alice").unwrap()).unwrap();
    line.lab.store.expunge(inbox, |entry| entry.uid.0 == 2);
    let mut mail = call(&mut line, mail);
    assert!(words(&mail)[0].starts_with("451 "), "{:?}", mail.refused);
    assert!(!mail.try_again(1, Mended::Not), "the message is not there to be filed");
    assert!(mail.give_up(1).is_some());
}

#[test]
fn a_name_that_a_repository_cannot_have_is_never_said() {
    let (store, mut mail) = settled(Way::Dmsp, Policy::default());
    assert!(mail.file(INBOX, 2, "Old mail\r\nLOGOUT"));
    let mut line = Line::new(store);
    let mail = call(&mut line, mail);
    assert_eq!(mail.refused.len(), 2, "the mailbox and the copy: {:?}", mail.refused);
    assert_eq!(shown_in(&mail, INBOX), ["message 1", "message 2", "message 3"]);
    let said = line.lab.conns.iter().flat_map(|conn| &conn.commands);
    assert_eq!(said.filter(|command| command.contains("Old")).count(), 0);
}

/// Refuses for now whatever the queue asks of this kind; then all is told again, and nothing is refused.
fn delayed(is_delayed: impl Fn(&Change) -> bool) -> Vec<Change> {
    let (_, mut mail) = settled(Way::ImapFlags, Policy::default());
    work(&mut mail);
    mail.put_queue_in_order();
    let mut told = Vec::new();
    for call in 0..2 {
        let mut at = 0;
        while let Some(change) = mail.next_to_tell(&mut at) {
            let outcome = if call == 0 && is_delayed(&change) { Told::Later } else { Told::Done };
            if outcome == Told::Done {
                told.push(change);
            }
            mail.settle(&mut at, 1, outcome);
        }
    }
    assert_eq!(mail.queue, []);
    told
}

#[test]
fn what_is_refused_for_now_makes_wait_what_counts_on_it_and_nothing_else() {
    let place = |told: &[Change], wanted: &dyn Fn(&Change) -> bool| told.iter().position(wanted).unwrap();
    let copy = |change: &Change| matches!(change, Change::Copy { .. });
    let deleted = |change: &Change| matches!(change, Change::Mark { number: 1, mark: Mark::Deleted, .. });
    let other = |change: &Change| matches!(change, Change::Mark { number: 2, mark: Mark::Deleted, .. });
    let expunge = |change: &Change| matches!(change, Change::Expunge { .. });
    let create = |change: &Change| matches!(change, Change::Create { .. });
    let send = |change: &Change| matches!(change, Change::Send { .. });
    for first in [&create as &dyn Fn(&Change) -> bool, &copy, &deleted] {
        let told = delayed(first);
        assert!(place(&told, &create) < place(&told, &copy), "{told:?}");
        assert!(place(&told, &copy) < place(&told, &deleted), "an original is deleted after it was copied");
        assert!(place(&told, &deleted) < place(&told, &expunge), "{told:?}");
        assert!(place(&told, &other) < place(&told, &copy) || !first(&told[place(&told, &copy)]));
        assert!(place(&told, &send) < place(&told, &deleted), "mail waits for nothing: {told:?}");
    }
}

#[test]
fn a_state_without_refusals_is_read_as_ever_and_one_with_them_comes_back() {
    let older = "maillab-station 1\nworkstation \"home\"\nway dmsp\nmailbox \"INBOX\" validity=0 next=1 modseq=0\nsend 1\n";
    assert_eq!(read("state", older.as_bytes()).unwrap().mail.refused, []);
    let (_, mut mail) = settled(Way::Dmsp, Policy::default());
    work(&mut mail);
    let all = mail.queue.len();
    mail.settle(&mut 0, all, Told::Refused("500 \"no\", or not like this".to_owned()));
    assert!(mail.refused.len() > 3, "{:?}", mail.refused);
    let text = file::write(&mail);
    let mut found = read("state", text.as_bytes()).unwrap();
    for (name, octets) in file::texts(&mail) {
        assert!(found.texts.contains(&name), "{name}");
        found.put_text(&name, octets.clone());
    }
    assert_eq!(found.mail, mail, "{text}");
    let slip = read("state", b"maillab-station 1\nworkstation \"home\"\nrefused \"x\" sned 1\n")
        .unwrap_err()
        .to_string();
    assert!(slip.contains("did you mean `send`?"), "{slip}");
}

#[test]
fn of_flags_that_are_refused_together_each_is_told_alone() {
    let (store, mut mail) = settled(Way::ImapFlags, Policy::default());
    for number in 1..=3 {
        assert!(mail.mark(INBOX, number, Mark::Flagged, true));
    }
    let mut line = Line::new(store);
    line.garbled = Some(("UID STORE", "UID STORM"));
    let mail = call(&mut line, mail);
    assert_eq!((mail.queue.len(), mail.refused.len()), (0, 3));
    assert!(mail.shown().all(|(_, _, message)| !message.marks.has(Mark::Flagged)), "taken back here");
}
