//! The scenarios inside the program.

use super::super::*;
use crate::mail::message::MessageId;
use crate::time::Duration;

fn ready(name: &str) -> Prepared {
    let scenario = built_in(name).unwrap();
    Prepared::new(&scenario, scenario.mail().unwrap()).unwrap()
}

#[test]
fn each_can_be_read_and_run_and_says_what_it_is() {
    for one in BUILT_IN {
        let scenario = one.scenario().unwrap_or_else(|lesson| panic!("{lesson}"));
        let ready = Prepared::new(&scenario, scenario.mail().unwrap()).unwrap();
        assert!(ready.reader.keys_wanted().count() > 0, "{}: nobody reads anything", one.name);
        assert!(one.about().len() > 20 && one.about().ends_with('.'), "{}: {:?}", one.name, one.about());
    }
    assert!(built_in("defualt").unwrap_err().to_string().contains("did you mean `default`"));
}

#[test]
fn the_default_reader_reads_24_of_60_messages_and_answers_6() {
    let ready = ready("default");
    assert_eq!(ready.mail.len(), 60);
    assert_eq!((ready.reader.keys_wanted().count(), ready.reader.answers_count()), (24, 6));
}

#[test]
fn in_the_faq_reading_and_writing_take_28_minutes_with_and_without_attachments() {
    for name in ["faq-two-calls", "faq-two-calls-attachments"] {
        let ready = ready(name);
        assert_eq!(ready.reader.busy_time(), Duration::from_secs(28 * 60), "{name}");
        assert_eq!((ready.mail.len(), ready.reader.answers_count()), (20, 4), "{name}");
    }
    let octets = |name| ready(name).mail.iter().map(|new| u64::from(new.message.size())).sum::<u64>();
    assert!(octets("faq-two-calls-attachments") > 4 * octets("faq-two-calls"));
}

#[test]
fn the_reference_mailbox_is_sixty_times_8192_octets() {
    let sizes: Vec<u32> = ready("ref-v34").mail.iter().map(|new| new.message.size()).collect();
    assert_eq!(sizes, [8192; 60]);
}

#[test]
fn the_huge_attachment_stands_first() {
    let ready = ready("huge-attachment-first");
    assert!(ready.mail[0].message.size() > 500_000);
    assert!(ready.mail[1..].iter().all(|new| new.message.size() < ready.mail[0].message.size()));
}

#[test]
fn what_is_wanted_is_known_by_the_identity_that_the_message_gets() {
    let ready = ready("leave-on-server");
    let interest = ready.interest();
    assert_eq!(interest.messages.len(), 50);
    let inbox = ready.store.inbox(ready.store.user(b"alice").unwrap()).unwrap();
    let entries = &ready.store.mailbox(inbox).unwrap().entries;
    let arrived = entries.iter().map(|entry| (entry.id, Arc::clone(&entry.message)));
    let later = ready.deliveries.iter().flat_map(|delivery| {
        (delivery.first.0..)
            .map(MessageId)
            .zip(delivery.messages.iter().map(|(message, _)| Arc::clone(message)))
    });
    for (id, message) in arrived.chain(later) {
        assert_eq!(interest.messages[&id].looked_at, u64::from(message.size()));
    }
    assert_eq!(ready.need().unwrap().down.len(), 5);
}

#[test]
fn the_need_is_the_text_that_is_read_and_the_answers() {
    let ready = ready("default");
    let need = ready.need().unwrap();
    let looked_at: u64 =
        ready.interest().messages.values().filter(|worth| worth.wanted).map(|worth| worth.looked_at).sum();
    assert!(need.down[0] > 0 && need.down[0] <= looked_at);
    assert!(need.up[0] > 0 && need.up[0] <= 6 * 1200);
    assert!(need.thinking < ready.reader.busy_time());
}
