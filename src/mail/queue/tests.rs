//! Tests of the queue by itself.

use super::*;
use crate::mail::message::Message;

fn at(seconds: u64) -> Instant {
    Instant::START + Duration::from_secs(seconds)
}

fn item(domain: &str, recipients: usize, now: Instant) -> Item {
    let recipient = |nth| QueuedRecipient { address: format!("u{nth}@{domain}"), notify: None, orcpt: None };
    Item {
        recipients: (0..recipients).map(recipient).collect(),
        ..Item::new(Arc::new(Message::new("Subject: x\r\n\r\n")), "a@b", domain, now)
    }
}

#[test]
fn an_item_is_sent_by_one_at_a_time_and_goes_with_its_last_recipient() {
    let mut queue = Queue::default();
    let id = queue.push(item("Branch.example", 2, at(0)));
    assert_eq!(queue.claim(QueueId(0), |domain| domain == "branch.example"), Some(id));
    assert_eq!(queue.claim(QueueId(0), |_| true), None, "somebody is sending it");
    assert_eq!(queue.next_due(), None);
    assert_eq!(queue.settle(id, 0).unwrap().address, "u0@Branch.example");
    queue.release(id, at(10), "450 busy");
    let left = queue.item(id).unwrap();
    assert_eq!((left.recipients.len(), left.attempts, left.due), (1, 1, at(1810)));
    assert_eq!(queue.claim(QueueId(0), |_| true), Some(id));
    queue.settle(id, 0);
    assert_eq!(queue.claim(id, |_| true), None, "it is not after itself");
    assert_eq!(queue.settle(id, 0), None);
    queue.release(id, at(20), "");
    assert!(queue.is_empty() && queue.pushed() == 1);
}

#[test]
fn mail_is_tried_again_by_the_policy_until_it_is_too_old() {
    let mut queue = Queue::default();
    let hours = |hours: u64| Duration::from_secs(hours * 3600);
    queue.set_policy(Policy { retry: hours(1), warn_after: hours(2), give_up: hours(3) });
    let id = queue.push(item("far.example", 1, at(0)));
    assert_eq!(queue.due_at(at(0)), [id]);
    queue.claim(QueueId(0), |_| true);
    queue.release(id, at(0), "no answer");
    assert_eq!((queue.due_at(at(3599)), queue.due_at(at(3600))), (vec![], vec![id]));
    let item = queue.item(id).unwrap();
    assert!(!queue.is_late(item, at(7199)) && queue.is_late(item, at(7200)));
    assert!(!queue.is_too_old(item, at(10_799)) && queue.is_too_old(item, at(10_800)));
    queue.set_warned(id);
    assert!(!queue.is_late(queue.item(id).unwrap(), at(9000)), "one warning is enough");
    // However late the next attempt would be, the end comes on time.
    queue.claim(QueueId(0), |_| true);
    queue.release(id, at(9000), "no answer");
    assert_eq!(queue.next_due(), Some(at(10_800)));
}

#[test]
fn mail_that_waits_to_be_asked_for_is_not_sent_by_itself() {
    let mut queue = Queue::default();
    queue.hold("branch.example");
    let id = queue.push(item("branch.example", 1, at(0)));
    assert_eq!(queue.due_at(at(0)), []);
    assert_eq!(queue.next_due(), Some(Instant::START + queue.policy().warn_after));
    queue.set_warned(id);
    assert_eq!(queue.next_due(), Some(Instant::START + queue.policy().give_up));
    queue.start("Branch.Example");
    assert_eq!(queue.started().collect::<Vec<_>>(), ["branch.example"]);
    assert_eq!(queue.waiting_for(|domain| domain == "branch.example"), 1);
    assert_eq!(queue.claim(QueueId(0), |domain| domain == "branch.example"), Some(id));
    queue.clear_start("branch.example");
    assert_eq!(queue.started().next(), None);
}
