//! Mail, reader and calendar put together.

use std::sync::Arc;

use super::super::*;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::summary::{Key, Summary};
use crate::time::{Duration, Instant};

fn mail(count: u32) -> Vec<NewMail> {
    (1..=count).map(|number| plain(number, 100 * number as usize)).collect()
}

fn plain(number: u32, text: usize) -> NewMail {
    let header =
        format!("From: p{number}@isp.example\r\nSubject: note {number}\r\nMessage-ID: <{number}@x>\r\n\r\n");
    new_mail(header + &"x".repeat(text - 2) + "\r\n")
}

fn new_mail(octets: String) -> NewMail {
    NewMail {
        message: Arc::new(Message::new(octets)),
        flags: Flags::NONE,
        received: Timestamp::DEFAULT_START,
    }
}

fn key(new: &NewMail) -> Key {
    Summary::of(&new.message).key()
}

fn prepared(habits: Habits, mail: Vec<NewMail>) -> Prepared {
    Prepared::new(&Scenario { habits, ..Scenario::default() }, mail).unwrap()
}

#[test]
fn reading_takes_a_fixed_time_and_a_time_by_the_length_of_the_text() {
    let habits = Habits {
        think: Duration::from_secs(10),
        think_per_kb: Duration::from_secs(2),
        write: Duration::from_secs(60),
        answers: Choice::Numbers([2].into()),
        ..Habits::default()
    };
    let ready = prepared(habits, mail(2));
    let times: Vec<_> = ready.mail.iter().map(|new| ready.reader.reading_time(&key(new))).collect();
    assert_eq!(times, [Duration::from_millis(10_200), Duration::from_millis(10_400)]);
    assert_eq!(ready.reader.busy_time(), Duration::from_millis(80_600));
    assert_eq!(ready.reader.reading_time(&Key(0)), Duration::ZERO);
}

#[test]
fn only_what_is_read_is_answered_and_deleting_is_what_it_says() {
    let habits = |deletes| Habits {
        reads: Choice::Numbers([1, 3].into()),
        answers: Choice::Numbers([2, 3].into()),
        answer_octets: 700,
        deletes,
        ..Habits::default()
    };
    for (deletes, gone) in [
        (Deletes::None, [false, false, false]),
        (Deletes::Read, [true, false, true]),
        (Deletes::All, [true, true, true]),
    ] {
        let ready = prepared(habits(deletes), mail(3));
        let keys: Vec<Key> = ready.mail.iter().map(key).collect();
        assert_eq!(keys.iter().map(|key| ready.reader.deletes(key)).collect::<Vec<_>>(), gone);
        assert_eq!(
            keys.iter().map(|key| ready.reader.answers(key)).collect::<Vec<_>>(),
            [false, false, true]
        );
        let answer = ready.reader.answer(&keys[2], Instant::START).unwrap();
        assert_eq!((answer.to.as_str(), answer.octets.len()), ("p3@example.org", 700));
        assert!(
            ready.store.addressee(b"P3@EXAMPLE.ORG").is_some(),
            "the server accepts mail for whom it goes to"
        );
    }
}

#[test]
fn messages_that_look_the_same_are_read_and_answered_once() {
    let twins = [mail(2), mail(2)].concat();
    let ready = prepared(Habits { answers: Choice::Share(1.0), ..Habits::default() }, twins);
    assert_eq!((ready.reader.keys_wanted().count(), ready.reader.answers_count()), (2, 2));
}

#[test]
fn each_visit_finds_its_own_batch_and_no_message_is_left_over() {
    for (messages, visits) in [(20, 5), (7, 3), (2, 4), (0, 2)] {
        let every = Duration::from_secs(100);
        let ready = prepared(Habits { visits, every, ..Habits::default() }, mail(messages));
        let inbox = ready.store.user(b"alice").and_then(|user| ready.store.inbox(user)).unwrap();
        let mut sizes = vec![ready.store.mailbox(inbox).unwrap().entries.len()];
        sizes.extend(ready.deliveries.iter().map(|delivery| delivery.messages.len()));
        assert_eq!(sizes.len(), visits as usize);
        assert_eq!(sizes.iter().sum::<usize>(), messages as usize);
        assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{sizes:?}");
        for (visit, delivery) in (1..).zip(&ready.deliveries) {
            assert_eq!(delivery.at, Instant::START + every.saturating_mul(visit));
            assert_eq!(delivery.at, ready.reader.visit_start(visit as u32));
        }
    }
}

#[test]
fn the_largest_message_can_stand_before_all_others() {
    let scenario = Scenario { order: Order::LargestFirst, ..Scenario::default() };
    let ready = Prepared::new(&scenario, mail(4)).unwrap();
    let subjects: Vec<_> = ready.mail.iter().map(|new| Summary::of(&new.message).subject).collect();
    assert_eq!(subjects, [b"note 4", b"note 1", b"note 2", b"note 3"]);
    assert!(Prepared::new(&scenario, vec![]).unwrap().mail.is_empty());
}

#[test]
fn a_message_that_the_mailbox_lacks_is_explained() {
    let habits = Habits { reads: Choice::Numbers([9].into()), ..Habits::default() };
    let lesson = Prepared::new(&Scenario { habits, ..Scenario::default() }, mail(3)).unwrap_err();
    assert!(lesson.to_string().contains("reads message 9"), "{lesson}");
}
