//! What a call brings and tells, by each protocol.

use super::*;
use crate::mail::store::FlagChange;
use crate::protocol::imap::Extension;

/// Runs one call, and gives the mail as the disk has it then.
fn call(line: &mut Line, mail: LocalMail, policy: Policy) -> LocalMail {
    line.run(mail, policy, async |station| station.call().await).unwrap();
    line.disk.mail().unwrap().unwrap()
}

fn subjects(mail: &LocalMail, mailbox: &str) -> Vec<String> {
    let of =
        |(at, _, message): (&str, u32, &LocalMessage)| (at == mailbox).then(|| message.look.subject.clone());
    mail.shown().filter_map(of).collect()
}

#[test]
fn what_is_done_off_line_is_at_the_server_after_the_call() {
    for way in [Way::Dmsp, Way::ImapFlags] {
        let (store, mut mail) = settled(way, Policy::default());
        assert_eq!(shown(&mail).len(), 3, "{}", way.word());
        work(&mut mail);
        assert_eq!(subjects(&mail, INBOX), ["message 3"], "what is filed or deleted is out of sight at once");
        let mut line = Line::new(store);
        let mail = call(&mut line, mail, Policy::default());
        assert_eq!(
            (subjects(&mail, INBOX), subjects(&mail, "Archive")),
            (vec!["message 3".into()], vec!["message 1".into()])
        );
        let at_server = seen(&line.lab.store, "alice");
        let flagged = if way == Way::Dmsp { "\\Seen $User8" } else { "\\Flagged \\Seen " };
        let wanted = [("Archive", "message 1", flagged), ("INBOX", "message 3", "\\Seen ")];
        let wanted: Vec<_> =
            wanted.iter().map(|(a, b, c)| (a.to_string(), b.to_string(), c.to_string())).collect();
        assert_eq!(at_server, wanted, "{}", way.word());
        assert_eq!(seen(&line.lab.store, "bob").len(), 1);
    }
}

#[test]
fn what_another_workstation_did_is_here_after_the_call() {
    for way in [Way::Dmsp, Way::ImapFlags, Way::ImapEsearch, Way::ImapCondstore, Way::ImapQresync] {
        let (store, office) = settled(way, Policy::default());
        let mut line = Line::new(store);
        // The portable comes into use, and its user works.
        let mut portable = call(&mut line, LocalMail::new("portable", way), Policy::default());
        work(&mut portable);
        let portable = call(&mut line, portable, Policy::default());
        let office = call(&mut line, office, Policy::default());
        let marks = |mail: &LocalMail| -> Vec<_> {
            shown(mail).into_iter().map(|(a, b, marks, _)| (a, b, marks)).collect()
        };
        assert_eq!(marks(&office), marks(&portable), "{}", way.word());
    }
}

#[test]
fn with_pop3_what_was_done_stays_where_it_was_done() {
    let (store, office) = settled(Way::Pop3Leave, Policy::default());
    let mut line = Line::new(store);
    let mut home = call(&mut line, LocalMail::new("home", Way::Pop3Leave), Policy::default());
    work(&mut home);
    let home = call(&mut line, home, Policy::default());
    assert_eq!(seen(&line.lab.store, "alice").len(), 2, "the deletion alone is told");
    let office = call(&mut line, office, Policy::default());
    assert_eq!(subjects(&office, INBOX).len(), 3, "and here it is a ghost");
    assert_eq!(subjects(&home, "Archive"), ["message 1"]);

    let (store, _) = settled(Way::Pop3Delete, Policy::default());
    assert_eq!(seen(&store, "alice"), [], "who calls first has it all");
}

#[test]
fn a_text_that_is_too_large_or_finds_no_room_is_not_fetched() {
    for way in [Way::Dmsp, Way::ImapFlags] {
        let texts = |policy| shown(&settled(way, policy).1).iter().filter(|(.., text)| *text).count();
        assert_eq!(texts(Policy { body_octets_max: 10, ..Policy::default() }), 0);
        assert_eq!(texts(Policy { disk_octets_max: 300, ..Policy::default() }), 2);
        assert_eq!(texts(Policy::default()), 3);
    }
}

#[test]
fn after_a_week_of_silence_a_workstation_begins_anew_and_keeps_what_it_had_to_tell() {
    let (store, mut mail) = settled(Way::Dmsp, Policy::default());
    let mut line = Line::new(store);
    line.lab.pass_until(crate::time::Instant::START + crate::time::Duration::from_secs(8 * 86_400));
    work(&mut mail);
    let mail = call(&mut line, mail, Policy::default());
    assert!(line.lab.conns[0].commands.iter().any(|command| command == "RESET-CLIENT home"));
    assert_eq!((subjects(&mail, INBOX).len(), subjects(&mail, "Archive").len()), (1, 1));
    assert!(!mail.must_reset);
}

#[test]
fn what_a_disk_has_lost_is_fetched_anew() {
    let (store, mut mail) = settled(Way::Dmsp, Policy::default());
    mail.mailbox_mut(INBOX).messages.remove(&2);
    let mut line = Line::new(store);
    let mail = call(&mut line, mail, Policy::default());
    assert_eq!(subjects(&mail, INBOX).len(), 3);
    assert!(line.lab.conns[0].commands.iter().any(|command| command == "RESET-MAILBOX alice"));
    let mail = call(&mut line, mail, Policy::default());
    let resets = line.lab.conns[1].commands.iter().filter(|command| command.starts_with("RESET")).count();
    assert_eq!((resets, subjects(&mail, INBOX).len()), (0, 3), "and then there is nothing to be told");
}

#[test]
fn uids_that_are_void_take_what_was_to_be_done_to_them_along() {
    let (mut store, mut mail) = settled(Way::ImapFlags, Policy::default());
    work(&mut mail);
    let inbox = store.inbox(store.user(b"alice").unwrap()).unwrap();
    store.restore_identity(inbox, 77.try_into().unwrap(), crate::mail::store::Uid(1));
    let mut line = Line::new(store);
    let mail = call(&mut line, mail, Policy::default());
    assert_eq!(subjects(&mail, INBOX).len(), 3, "nothing was done to messages that may be others");
    assert_eq!(mail.mailboxes[INBOX].anchor.uid_validity, 77);
    assert!(mail.queue.is_empty());
}

/// Somebody else marks message 2 between the telling of the list and its reset.
fn meanwhile(store: &mut Store) {
    let inbox = store.inbox(store.user(b"alice").unwrap()).unwrap();
    let uid = crate::mail::store::Uid(2);
    store.change_flags(inbox, uid, FlagChange::Add, Flags::SEEN).unwrap();
}

#[test]
fn a_change_between_telling_and_reset_is_lost_unless_the_workstation_or_the_repository_is_careful() {
    for (careful, safe_reset, found) in [(false, false, false), (true, false, true), (false, true, true)] {
        let mut line = Line::new(store());
        line.dmsp.safe_reset = safe_reset;
        line.meanwhile = Some(("FETCH-CHANGED-DESCRIPTORS", meanwhile));
        let policy = Policy { careful, ..Policy::default() };
        let mail = call(&mut line, LocalMail::new("home", Way::Dmsp), policy);
        // The next call would bring it, if it were on the list.
        let mail = call(&mut line, mail, policy);
        let is_seen = mail.message(INBOX, 2).unwrap().marks.has(Mark::Seen);
        assert_eq!(is_seen, found, "careful {careful}, safe reset {safe_reset}");
    }
}

#[test]
fn interactively_each_change_is_told_at_once() {
    for way in [Way::Dmsp, Way::ImapFlags, Way::ImapOnline] {
        let mut line = Line::new(store());
        let program = async |station: &mut Station| {
            station.desk.dial().await?;
            let mut conn = station.open(false).await?;
            station.synchronize(&mut conn).await?;
            let (mailbox, number) = station.mail.find(&look(2)).unwrap();
            station.fetch_one(&mut conn, &mailbox, number).await?;
            assert!(station.mail.message(&mailbox, number).unwrap().body.is_some());
            station.mail.mark(&mailbox, number, Mark::Seen, true);
            station.replay(&mut conn).await?;
            station.mail.file(&mailbox, number, "Archive");
            station.replay(&mut conn).await?;
            station.synchronize(&mut conn).await?;
            assert_eq!(station.mail.find(&look(2)).unwrap().0, "Archive");
            station.close(conn).await
        };
        line.run(LocalMail::new("home", way), Policy::default(), program).unwrap();
        assert_eq!(seen(&line.lab.store, "alice").len(), 3, "{}", way.word());
    }
}

#[test]
fn of_several_changes_of_one_flag_the_last_is_told_and_flags_go_before_copies() {
    let (_, mut mail) = settled(Way::ImapFlags, Policy::default());
    for on in [true, false, true, false] {
        mail.mark(INBOX, 1, Mark::Flagged, on);
    }
    mail.file(INBOX, 2, "Archive");
    mail.mark(INBOX, 3, Mark::Seen, true);
    mail.file(INBOX, 3, "Archive");
    mail.put_queue_in_order();
    let told: Vec<&str> = mail
        .queue
        .iter()
        .map(|change| match change {
            Change::Create { .. } => "create",
            Change::Mark { mark, .. } => mark.word(),
            Change::Copy { .. } => "copy",
            Change::Expunge { .. } => "expunge",
            Change::Drop { .. } | Change::Send { .. } => "other",
        })
        .collect();
    assert_eq!(told, ["create", "seen", "flagged", "copy", "copy", "deleted", "deleted", "expunge"]);
}

/// What a way knows after the server has forgotten: flags and what is gone are found all the same.
fn is_found(way: Way, forget: impl Fn(&mut Line, &mut LocalMail)) {
    let (store, mut mail) = settled(way, Policy::default());
    let mut line = Line::new(store);
    // A long absence: message 1 was read, message 2 removed.
    let inbox = line.lab.store.inbox(line.lab.store.user(b"alice").unwrap()).unwrap();
    line.lab.store.change_flags(inbox, crate::mail::store::Uid(1), FlagChange::Add, Flags::SEEN).unwrap();
    line.lab.store.expunge(inbox, |entry| entry.uid == crate::mail::store::Uid(2));
    forget(&mut line, &mut mail);
    let mail = call(&mut line, mail, Policy::default());
    assert_eq!(subjects(&mail, INBOX), ["message 1", "message 3"], "{}", way.word());
    let read: Vec<bool> = mail.shown().map(|(_, _, message)| message.marks.has(Mark::Seen)).collect();
    assert_eq!(read, [true, false], "{}", way.word());
}

#[test]
fn a_server_that_has_forgotten_what_it_removed_costs_more_and_misleads_nobody() {
    for way in [Way::ImapFlags, Way::ImapEsearch, Way::ImapCondstore, Way::ImapQresync] {
        is_found(way, |line, _| line.imap.expunges_remembered = 0);
    }
}

#[test]
fn modification_sequences_that_have_gone_back_are_not_believed() {
    // The server was set up anew from a copy and counts from the beginning, and kept its UIDVALIDITY.
    for way in [Way::ImapCondstore, Way::ImapQresync] {
        is_found(way, |_, mail| mail.mailbox_mut(INBOX).anchor.highest_modseq = 1_000_000);
    }
}

#[test]
fn a_server_that_no_longer_counts_changes_is_asked_for_all_flags() {
    for way in [Way::ImapCondstore, Way::ImapQresync] {
        is_found(way, |line, _| {
            let extensions = line.imap.extensions;
            line.imap.extensions = extensions.without(Extension::Condstore).without(Extension::Qresync);
        });
    }
}
