//! Every strategy against the real servers, without delay.

mod branch;
mod imap;
mod phone;
mod world;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::desk::{Note, Trouble};
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::Store;
use crate::mail::summary::{Key, Summary};
use crate::scenario::{Choice, Deletes, Habits, NewMail, Opens, Prepared, Scenario, built_in, wanted_ranges};
use crate::time::{Duration, Instant};
use phone::{Event, Phone};

/// Nine messages with headers that are hard to agree upon: folded, encoded, empty, missing, 8-bit, quoted.
fn mail() -> Vec<NewMail> {
    [
        "From: a@x.example\r\nSubject: one\r\nDate: Mon, 2 Mar 1998 10:00:00 +0000\r\nMessage-ID: <1@x>\r\n\r\ntext 1\r\n",
        "From: b@x.example\r\nSubject: two\r\n folded\r\nMessage-ID: <2@x>\r\n\r\nSubject: not a header\r\n",
        "Subject: \"quoted\" \\ slash\r\nFrom: c@x.example\r\nMessage-ID:\r\n <3@x>\r\n\r\n.dot\r\n..dots\r\n",
        "From: d@x.example\r\nSubject: =?iso-8859-1?Q?gr=FC=DFe?=\r\nDate: nonsense\r\nMessage-Id: <4@x>\r\n\r\n",
        "From: e@x.example\r\nSubject:\r\nMessage-ID: <5@x>\r\n\r\nno subject\r\n",
        "From: f@x.example\r\nMessage-ID: <6@x>\r\n\r\nno subject at all\r\n",
        "From: g@x.example\r\nSubject: gr\u{fc}\u{df}e, raw\r\nMessage-ID: <7@x>\r\n\r\nraw 8-bit header\r\n",
        "From: h@x.example\r\nSubject: with a picture\r\nMessage-ID: <8@x>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"cut\"\r\n\r\n--cut\r\nContent-Type: text/plain\r\n\r\nlook\r\n\
         --cut\r\nContent-Type: image/gif\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        "From: i@x.example\r\nSubject: one\r\nDate: Mon, 2 Mar 1998 10:00:00 +0000\r\nMessage-ID: <1@x>\r\n\r\nthe twin\r\n",
    ]
    .into_iter()
    .map(|text| {
        let mut text = text.to_owned();
        if text.contains("image/gif") {
            text.push_str(&"R0lGODlhAQABAIAAAAUEBA==\r\n".repeat(1000));
            text.push_str("--cut--\r\n");
        }
        let message = Arc::new(Message::new(text));
        NewMail { message, flags: Flags::NONE, received: Timestamp::DEFAULT_START }
    })
    .collect()
}

fn ready(habits: Habits) -> Prepared {
    Prepared::new(&Scenario { habits, ..Scenario::default() }, mail()).unwrap()
}

fn busy() -> Habits {
    Habits {
        reads: Choice::Numbers([1, 2, 3, 4, 6, 7, 8].into()),
        opens: Opens::Text,
        think: Duration::from_secs(20),
        answers: Choice::Numbers([2, 8].into()),
        answer_octets: 600,
        write: Duration::from_secs(100),
        ..Habits::default()
    }
}

fn run(name: &str, ready: &Prepared) -> Phone {
    let mut phone = Phone::new(ready);
    phone.run(&start(name, ready)).unwrap_or_else(|trouble| panic!("{name}: {trouble}"));
    phone
}

fn start(name: &str, ready: &Prepared) -> Program {
    program(named(name).unwrap(), Arc::clone(&ready.reader), ready.account.clone())
}

fn noted(phone: &Phone) -> Vec<Note> {
    let note = |event: &Event| match event {
        Event::Noted(_, note) => Some(note.clone()),
        _ => None,
    };
    phone.events.iter().filter_map(note).collect()
}

fn read(phone: &Phone) -> BTreeSet<Key> {
    let notes = noted(phone);
    let keys: Vec<Key> =
        notes.iter().filter_map(|note| if let Note::Read(key) = note { Some(*key) } else { None }).collect();
    let once: BTreeSet<Key> = keys.iter().copied().collect();
    assert_eq!(keys.len(), once.len(), "a message was read twice");
    once
}

fn calls(phone: &Phone) -> usize {
    phone.events.iter().filter(|event| **event == Event::Dialled).count()
}

/// What is left in a user's INBOX, by the places in `mail()`, from 1.
fn left(store: &Store, ready: &Prepared) -> Vec<usize> {
    let inbox = store.inbox(store.user(b"alice").unwrap()).unwrap();
    let entries = &store.mailbox(inbox).unwrap().entries;
    let place = |message: &Message| ready.mail.iter().position(|new| *new.message == *message).unwrap() + 1;
    entries.iter().map(|entry| place(&entry.message)).collect()
}

fn answers(store: &Store) -> Vec<String> {
    let inbox = store.inbox(store.user(Prepared::CORRESPONDENTS.as_bytes()).unwrap()).unwrap();
    let entries = &store.mailbox(inbox).unwrap().entries;
    entries.iter().map(|entry| String::from_utf8(entry.message.octets().unwrap().to_vec()).unwrap()).collect()
}

#[test]
fn every_strategy_reads_and_answers_exactly_what_the_reader_wants() {
    let ready = ready(busy());
    let wanted: BTreeSet<Key> = ready.reader.keys_wanted().collect();
    assert_eq!(wanted.len(), 7);
    for row in STRATEGIES.iter().chain(ON_REQUEST) {
        let phone = run(row.name, &ready);
        assert_eq!(read(&phone), wanted, "{}", row.name);
        assert_eq!(noted(&phone)[0], Note::Visit(0), "{}", row.name);
        let answers = answers(&phone.lab.store);
        assert_eq!(answers.len(), 2, "{}", row.name);
        for (answer, to) in answers.iter().zip(["b@example.org", "h@example.org"]) {
            assert!(answer.contains(&format!("\r\nTo: {to}\r\n")), "{}: {answer}", row.name);
            assert!(answer.len() >= 600, "{}: what arrives is what was written and a trace line", row.name);
        }
        assert_eq!(
            noted(&phone).iter().filter(|note| matches!(note, Note::Answered(_))).count(),
            2,
            "{}",
            row.name
        );
        assert_eq!(
            phone.lab.now,
            Instant::START + ready.reader.busy_time(),
            "{}: only the reader takes time",
            row.name
        );
        assert_eq!(phone.events.last(), Some(&Event::HungUp), "{}", row.name);
    }
}

#[test]
fn off_line_reading_takes_two_calls_and_on_line_reading_one() {
    for (habits, off_line) in [(busy(), 2), (Habits { answers: Choice::Count(0), ..busy() }, 1)] {
        let ready = ready(habits);
        for row in STRATEGIES.iter().chain(ON_REQUEST) {
            let wanted = if row.family == Family::Online { 1 } else { off_line };
            assert_eq!(calls(&run(row.name, &ready)), wanted, "{}", row.name);
        }
    }
}

#[test]
fn the_line_is_up_while_an_online_reader_thinks_and_at_no_other_time() {
    let ready = ready(busy());
    for row in STRATEGIES.iter().chain(ON_REQUEST) {
        let phone = run(row.name, &ready);
        let (mut up, mut read_up, mut read_down) = (false, 0, 0);
        for event in &phone.events {
            match event {
                Event::Dialled => up = true,
                Event::HungUp => up = false,
                Event::Noted(_, Note::Read(_)) if up => read_up += 1,
                Event::Noted(_, Note::Read(_)) => read_down += 1,
                _ => {}
            }
        }
        let wanted = if row.family == Family::Online { (7, 0) } else { (0, 7) };
        assert_eq!((read_up, read_down), wanted, "{}", row.name);
    }
}

#[test]
fn what_the_reader_deletes_goes_from_the_server_and_nothing_else() {
    for (deletes, kept) in
        [(Deletes::None, vec![1, 2, 3, 4, 5, 6, 7, 8, 9]), (Deletes::Read, vec![5]), (Deletes::All, vec![])]
    {
        let ready = ready(Habits { deletes, ..busy() });
        for row in STRATEGIES.iter().chain(ON_REQUEST) {
            let phone = run(row.name, &ready);
            let kept = if row.family == Family::Offline { &vec![] } else { &kept };
            assert_eq!(&left(&phone.lab.store, &ready), kept, "{} with {deletes:?}", row.name);
        }
    }
}

#[test]
fn each_strategy_sends_the_commands_it_is_named_for() {
    let ready = ready(Habits { reads: Choice::Numbers([2].into()), answers: Choice::Count(0), ..busy() });
    let total: u64 = ready.mail.iter().map(|new| u64::from(new.message.size())).sum();
    let header = |number: usize| u64::try_from(ready.mail[number - 1].message.header().len()).unwrap();
    let headers: u64 = (1..=9).map(header).sum();
    let second = u64::from(ready.mail[1].message.size());
    let pop3 = |name| {
        let phone = run(name, &ready);
        let words: Vec<String> = phone.commands(Service::Pop3)[0]
            .iter()
            .map(|command| command.split(' ').next().unwrap().to_owned())
            .filter(|word| !["USER", "PASS"].contains(&word.as_str()))
            .collect();
        (words.join(" "), phone.content_octets(Service::Pop3))
    };
    assert_eq!(pop3("pop3-fetch-all-delete"), (format!("STAT{} QUIT", " RETR DELE".repeat(9)), total));
    assert_eq!(pop3("pop3-leave-uidl"), (format!("UIDL{} QUIT", " RETR".repeat(9)), total));
    assert_eq!(pop3("pop3-top-then-retr"), (format!("STAT{} RETR QUIT", " TOP".repeat(9)), headers + second));
    assert_eq!(pop3("pop3-online"), (format!("STAT{} RETR QUIT", " TOP".repeat(9)), headers + second));
}

#[test]
fn imap_strategies_ask_for_as_much_as_they_are_named_for() {
    let habits = Habits { reads: Choice::Numbers([2, 8].into()), deletes: Deletes::Read, ..busy() };
    let ready = ready(Habits { answers: Choice::Count(0), ..habits });
    let headers = "BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE MESSAGE-ID)]";
    for (name, wanted) in [
        ("imap-fetch-all", vec!["UID FETCH 1:9 BODY.PEEK[]"]),
        ("imap-headers-first", vec![&*format!("UID FETCH 1:9 {headers}"), "UID FETCH 2,8 BODY.PEEK[]"]),
        ("imap-text-parts", vec!["UID FETCH 1:9 (ENVELOPE BODYSTRUCTURE)", "UID FETCH 2,8 (BODY.PEEK[1])"]),
        ("imap-envelope-only", vec!["UID FETCH 1:9 (ENVELOPE)", "UID FETCH 2,8 BODY.PEEK[]"]),
        (
            "imap-online",
            vec!["UID FETCH 1:9 (ENVELOPE RFC822.SIZE FLAGS)", "UID FETCH 2 BODY[]", "UID FETCH 8 BODY[]"],
        ),
    ] {
        let phone = run(name, &ready);
        let commands = phone.commands(Service::Imap).concat();
        let commands: Vec<&str> = commands.iter().map(|text| text.split_once(' ').unwrap().1).collect();
        let delete = ["UID STORE 2,8 +FLAGS.SILENT (\\Deleted)", "EXPUNGE", "LOGOUT"];
        assert!(commands[0].starts_with("LOGIN "), "{commands:?}");
        assert_eq!(commands[1..], [&["SELECT INBOX"], &*wanted, &delete].concat(), "{name}");
    }
}

#[test]
fn pieces_come_one_after_the_other_and_small_messages_before_large_ones() {
    let habits = Habits { reads: Choice::Numbers([2, 8, 7].into()), answers: Choice::Count(0), ..busy() };
    let ready = ready(habits);
    let fetched = |name| -> Vec<String> {
        let phone = run(name, &ready);
        let commands = phone.commands(Service::Imap).concat();
        let bodies = commands.iter().filter(|text| text.contains("BODY.PEEK[]"));
        bodies.map(|text| text.split_once("FETCH ").unwrap().1.to_owned()).collect()
    };
    assert_eq!(fetched("imap-small-first"), ["2 BODY.PEEK[]", "7 BODY.PEEK[]", "8 BODY.PEEK[]"]);
    let pieces = fetched("imap-partial-resume");
    assert_eq!(pieces[..3], ["2 BODY.PEEK[]<0.4096>", "7 BODY.PEEK[]<0.4096>", "8 BODY.PEEK[]<0.4096>"]);
    let size = ready.mail[7].message.size();
    assert_eq!(pieces.len() as u32, 2 + size.div_ceil(4096));
}

#[test]
fn a_workstation_of_dmsp_acknowledges_what_it_has_noted_and_resets_when_it_was_away() {
    let habits = Habits { reads: Choice::Numbers([2].into()), deletes: Deletes::Read, ..busy() };
    let ready = ready(Habits { answers: Choice::Count(0), visits: 1, ..habits });
    let sent = |name| {
        let phone = run(name, &ready);
        phone.commands(Service::Dmsp)[0].iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()
    };
    let batch = sent("dmsp-batch");
    assert_eq!(
        batch[1..],
        [
            "FETCH-CHANGED-DESCRIPTORS alice 1000",
            "RESET-DESCRIPTORS alice 1 9",
            "FETCH-MESSAGE alice 2",
            "SET-MESSAGE-FLAG alice 2 0 1",
            "EXPUNGE-MAILBOX alice",
            "LOGOUT"
        ]
    );
    assert_eq!(sent("dmsp-full-reset")[1], "RESET-CLIENT home");
}

#[test]
fn whoever_opens_attachments_gets_them_and_nobody_else_by_parts() {
    let size = |opens| {
        let habits =
            Habits { reads: Choice::Numbers([8].into()), opens, answers: Choice::Count(0), ..busy() };
        run("imap-text-parts", &ready(habits)).content_octets(Service::Imap)
    };
    assert!(size(Opens::All) > 26_000, "{}", size(Opens::All));
    assert!(size(Opens::Text) < 1_000, "{}", size(Opens::Text));
}

#[test]
fn nobody_gets_by_with_less_than_what_is_wanted() {
    for name in ["default", "faq-two-calls-attachments", "huge-attachment-first", "leave-on-server"] {
        let scenario = built_in(name).unwrap();
        let ready = Prepared::new(&scenario, scenario.mail().unwrap()).unwrap();
        let wanted: BTreeSet<Key> = ready.reader.keys_wanted().collect();
        let least: u64 = (ready.mail.iter())
            .filter(|new| ready.reader.wants(&Summary::of(&new.message).key()))
            .flat_map(|new| wanted_ranges(&new.message, ready.reader.habits().opens))
            .map(|range| u64::from(range.end - range.start))
            .sum();
        for row in STRATEGIES.iter().chain(ON_REQUEST) {
            let phone = run(row.name, &ready);
            assert_eq!(read(&phone), wanted, "{name}: {}", row.name);
            let fetched = phone.content_octets(row.protocol);
            // What is deflated crosses as less; the bound of the real runs knows that.
            assert!(
                fetched >= least || row.name.ends_with("-deflated"),
                "{name}: {} fetched {fetched} of {least} octets",
                row.name
            );
            let sent = answers(&phone.lab.store).len();
            assert_eq!(sent, ready.reader.answers_count(), "{name}: {}", row.name);
        }
    }
}

#[test]
fn a_later_visit_fetches_what_is_new() {
    let habits =
        Habits { reads: Choice::Share(1.0), visits: 3, every: Duration::from_secs(86_400), ..busy() };
    let ready = ready(habits);
    let wanted: BTreeSet<Key> = ready.reader.keys_wanted().collect();
    for row in STRATEGIES.iter().chain(ON_REQUEST) {
        let phone = run(row.name, &ready);
        assert_eq!(read(&phone), wanted, "{}", row.name);
        for visit in 0..3 {
            let begun = Event::Noted(ready.reader.visit_start(visit), Note::Visit(visit));
            assert!(phone.events.contains(&begun), "{}: visit {visit}", row.name);
        }
    }
    let phone = run("pop3-leave-uidl", &ready);
    let retrieved: Vec<Vec<&str>> = phone
        .commands(Service::Pop3)
        .into_iter()
        .map(|session| session.into_iter().filter(|command| command.starts_with("RETR")).collect())
        .collect();
    assert_eq!(
        retrieved,
        [["RETR 1", "RETR 2", "RETR 3"], ["RETR 4", "RETR 5", "RETR 6"], ["RETR 7", "RETR 8", "RETR 9"]]
    );
}

#[test]
fn a_visit_that_takes_too_long_delays_the_next_one() {
    let habits =
        Habits { think: Duration::from_secs(400), visits: 3, every: Duration::from_secs(700), ..busy() };
    let ready = ready(Habits { answers: Choice::Count(0), ..habits });
    let phone = run("imap-fetch-all", &ready);
    let begun: Vec<u64> = phone
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Noted(at, Note::Visit(_)) => Some(at.as_nanos() / 1_000_000_000),
            _ => None,
        })
        .collect();
    assert_eq!(begun, [0, 1200, 2000]);
}

#[test]
fn a_call_that_fails_is_tried_again_up_to_a_limit() {
    let ready = ready(busy());
    let mut phone = Phone::new(&ready);
    phone.failing_calls = CALLS_MAX - 1;
    assert_eq!(phone.run(&start("imap-online", &ready)), Ok(()));
    let pauses = REDIAL_PAUSE.saturating_mul(u64::from(CALLS_MAX) - 1);
    assert_eq!(phone.lab.now, Instant::START + ready.reader.busy_time() + pauses);

    let mut phone = Phone::new(&ready);
    phone.failing_calls = CALLS_MAX;
    assert_eq!(phone.run(&start("imap-online", &ready)), Err(Trouble::CallFailed));
}

#[test]
fn with_unique_ids_a_dropped_call_is_taken_up_where_it_broke_off() {
    let ready = ready(Habits { answers: Choice::Count(0), ..busy() });
    let wanted: BTreeSet<Key> = ready.reader.keys_wanted().collect();
    for drop_at in 1..=12 {
        let mut phone = Phone::new(&ready);
        phone.drop_at = Some(drop_at);
        assert_eq!(phone.run(&start("pop3-leave-uidl", &ready)), Ok(()), "drop at {drop_at}");
        assert_eq!((calls(&phone), read(&phone)), (2, wanted.clone()), "drop at {drop_at}");
        let retrieved =
            phone.commands(Service::Pop3).concat().iter().filter(|text| text.starts_with("RETR")).count();
        assert!(retrieved <= 10, "drop at {drop_at}: only the message under way is fetched twice");
    }
}

#[test]
fn every_strategy_calls_again_after_a_drop_and_reads_all_that_is_wanted() {
    let ready = ready(Habits { answers: Choice::Count(2), ..busy() });
    let wanted: BTreeSet<Key> = ready.reader.keys_wanted().collect();
    for row in STRATEGIES.iter().chain(ON_REQUEST) {
        for drop_at in [1, 3, 7, 12, 20] {
            let mut phone = Phone::new(&ready);
            phone.drop_at = Some(drop_at);
            assert_eq!(phone.run(&start(row.name, &ready)), Ok(()), "{} dropped at {drop_at}", row.name);
            assert_eq!(read(&phone), wanted, "{} dropped at {drop_at}", row.name);
        }
    }
}

#[test]
fn without_redialling_a_drop_is_the_end_and_without_quit_nothing_is_deleted() {
    let ready = ready(Habits { redials: 0, ..busy() });
    let mut phone = Phone::new(&ready);
    phone.drop_at = Some(7);
    assert_eq!(phone.run(&start("pop3-fetch-all-delete", &ready)), Err(Trouble::NoCarrier));
    assert_eq!(left(&phone.lab.store, &ready).len(), 9, "without QUIT nothing is deleted");
}

#[test]
fn a_long_thought_on_line_does_not_let_the_server_hang_up() {
    let ready = ready(Habits { think: Duration::from_secs(45 * 60), ..busy() });
    for row in STRATEGIES.iter().chain(ON_REQUEST).filter(|row| row.family == Family::Online) {
        let phone = run(row.name, &ready);
        // DMSP has no NOOP; a workstation asks for no descriptors.
        let idle = |text: &&&str| text.contains("NOOP") || **text == "FETCH-CHANGED-DESCRIPTORS alice 0";
        let noops = phone.commands(row.protocol).concat().iter().filter(idle).count();
        assert!(noops >= 7 * 5, "{}: {noops}", row.name);
    }
}

#[test]
fn the_same_message_has_the_same_key_through_every_protocol() {
    let ready = ready(Habits { reads: Choice::Share(1.0), ..busy() });
    let keys: BTreeSet<Key> = ready.mail.iter().map(|new| Summary::of(&new.message).key()).collect();
    for row in STRATEGIES.iter().chain(ON_REQUEST) {
        assert_eq!(read(&run(row.name, &ready)), keys, "{}", row.name);
    }
}

#[test]
fn an_empty_mailbox_is_no_trouble() {
    let ready = Prepared::new(&Scenario::default(), vec![]).unwrap();
    for row in STRATEGIES.iter().chain(ON_REQUEST) {
        assert_eq!(noted(&run(row.name, &ready)), [Note::Visit(0)], "{}", row.name);
    }
}

#[test]
fn each_says_in_one_sentence_what_it_does_and_what_it_assumes() {
    let mut names = BTreeSet::new();
    for row in STRATEGIES.iter().chain(ON_REQUEST) {
        assert!(names.insert(row.name), "{} is there twice", row.name);
        for sentence in [row.does, row.assumes] {
            assert!(sentence.ends_with('.') && !sentence.trim_end_matches('.').contains(". "), "{sentence}");
        }
    }
    assert_eq!((STRATEGIES.len(), names.len()), (8, 29));
    assert!(named("imap-onlin").unwrap_err().to_string().contains("did you mean `imap-online`"));
}
