//! What the strategies over IMAP that are asked for by name say to the server.

use super::*;

/// What was said in all sessions, without tags.
fn said(phone: &Phone) -> Vec<String> {
    let commands = phone.commands(Service::Imap).concat();
    commands.iter().map(|text| text.split_once(' ').map_or(*text, |(_, said)| said).to_owned()).collect()
}

/// The messages of one of alice's mailboxes, as text.
fn kept(phone: &Phone, name: &str) -> Vec<String> {
    let store = &phone.lab.store;
    let mut mailboxes = store.mailboxes_of(store.user(b"alice").unwrap());
    let (_, mailbox) = mailboxes.find(|(_, mailbox)| mailbox.name == name).unwrap();
    let text = |octets: bytes::Bytes| String::from_utf8_lossy(&octets).into_owned();
    mailbox.entries.iter().map(|entry| text(entry.message.octets().unwrap())).collect()
}

#[test]
fn a_word_is_looked_for_at_the_server_and_only_what_is_found_is_listed() {
    let ready = ready(Habits {
        reads: Choice::Subject("one".into()),
        answers: Choice::Count(0),
        ..Habits::default()
    });
    let phone = run("imap-search-there", &ready);
    assert_eq!(
        said(&phone)[2..],
        [
            "UID SEARCH UID 1:9 SUBJECT \"one\"",
            "UID FETCH 1,9 (ENVELOPE)",
            "UID FETCH 1 BODY.PEEK[]",
            "LOGOUT"
        ]
    );
    let here = run("imap-fetch-all", &ready);
    assert_eq!(read(&phone), read(&here));
    assert!(10 * phone.content_octets(Service::Imap) < here.content_octets(Service::Imap));
}

#[test]
fn what_is_deflated_is_the_same_mail_in_fewer_octets() {
    let ready = ready(busy());
    for name in ["imap-fetch-all", "imap-headers-first"] {
        let (plain, deflated) = (run(name, &ready), run(&format!("{name}-deflated"), &ready));
        assert_eq!(read(&plain), read(&deflated));
        assert!(said(&deflated).iter().any(|text| text == "COMPRESS DEFLATE"));
        let (plain, deflated) = (plain.content_octets(Service::Imap), deflated.content_octets(Service::Imap));
        assert!(3 * deflated < 2 * plain, "{name}: {deflated} of {plain}");
    }
}

#[test]
fn a_copy_of_each_answer_is_kept_and_a_drop_doubles_one_message_at_most() {
    let ready = ready(busy());
    let sent = |phone: &Phone| answers(&phone.lab.store).len();
    let phone = run("imap-keep-sent", &ready);
    let copies = kept(&phone, "Sent");
    assert_eq!((sent(&phone), copies.len()), (2, 2));
    assert!(answers(&phone.lab.store).iter().zip(&copies).all(|(sent, kept)| sent.ends_with(kept)));
    // In the second call a drop before the OK leaves in doubt what was taken: a message may go twice (RFC 1047).
    for drop_at in 14..24 {
        let mut phone = Phone::new(&ready);
        phone.drop_at = Some(drop_at);
        assert_eq!(phone.run(&start("imap-keep-sent", &ready)), Ok(()), "drop at {drop_at}");
        let (sent, kept) = (sent(&phone), kept(&phone, "Sent").len());
        assert!(
            (2..=3).contains(&sent) && (2..=3).contains(&kept),
            "drop at {drop_at}: {sent} sent, {kept} kept"
        );
        assert!(sent + kept <= 5, "drop at {drop_at}: one message at most is in doubt");
    }
}

#[test]
fn passed_on_here_or_there_the_message_is_the_same_and_only_here_it_crosses_the_line() {
    let ready = ready(busy());
    let (here, there) = (run("imap-forward-here", &ready), run("imap-forward-there", &ready));
    let passed_on = kept(&here, "Outgoing");
    assert_eq!(passed_on, kept(&there, "Outgoing"));
    assert_eq!(passed_on.len(), 2);
    let original = String::from_utf8_lossy(&ready.mail[7].message.octets().unwrap()).into_owned();
    assert!(passed_on[1].contains(&original), "the picture goes along");
    let size = u64::from(ready.mail[7].message.size());
    assert!(here.content_octets(Service::Imap) > size && there.content_octets(Service::Imap) < size / 10);
}

#[test]
fn whoever_waits_says_idle_twice_an_hour_or_noop_sixty_times() {
    let habits = Habits {
        reads: Choice::Share(1.0),
        visits: 3,
        every: Duration::from_secs(3600),
        ..Habits::default()
    };
    let ready = ready(habits);
    let count = |name, word: &str| said(&run(name, &ready)).iter().filter(|text| *text == word).count();
    assert_eq!((count("imap-idle", "IDLE"), count("imap-idle", "NOOP")), (6, 0));
    assert_eq!((count("imap-noop-poll", "IDLE"), count("imap-noop-poll", "NOOP")), (0, 120));
    for name in ["imap-idle", "imap-noop-poll"] {
        assert_eq!(calls(&run(name, &ready)), 1, "{name}");
    }
}

#[test]
fn after_a_drop_a_message_goes_on_behind_its_last_piece() {
    let ready =
        ready(Habits { reads: Choice::Numbers([8].into()), answers: Choice::Count(0), ..Habits::default() });
    for drop_at in 5..=10 {
        let mut phone = Phone::new(&ready);
        phone.drop_at = Some(drop_at);
        assert_eq!(phone.run(&start("imap-partial-resume", &ready)), Ok(()), "drop at {drop_at}");
        let said = said(&phone);
        let pieces: Vec<&String> = said.iter().filter(|text| text.contains("BODY.PEEK[]<")).collect();
        let once: BTreeSet<&String> = pieces.iter().copied().collect();
        assert!(pieces.len() <= once.len() + 1, "drop at {drop_at}: one piece at most is asked for twice");
        assert_eq!(once.len() as u32, ready.mail[7].message.size().div_ceil(4096), "drop at {drop_at}");
    }
}
