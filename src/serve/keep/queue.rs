//! What is kept of the queue: mail for other hosts that was taken in must not be lost with the server.
//!
//! ```text
//! queued 3 d41d8cd9… far.example alice@example.org 8bitmime utf8 qq314159 hdrs 888868800 888870600 2 late 450%20busy
//! for 3 bob@far.example SUCCESS,FAILURE rfc822%3Bbob@far.example        one line for each recipient
//! sent 3                                                                nobody waits for it any more
//! ```
//!
//! The words behind `queued`: number, digest, domain, reverse-path, kind of octets, script of addresses, ENVID, RET, when it
//! came, when it is due, attempts, whether its sender was told that it is late, the last trouble. `-` stands for nothing.
//! Moments are seconds of Unix time: no clock of this program lasts longer than it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::text::{decoded, digest_of, encoded, hex};
use crate::mail::envelope::{Body, Notify, Return};
use crate::mail::message::Message;
use crate::mail::queue::{Item, Queue, QueuedRecipient};
use crate::mail::store::Store;
use crate::time::{Duration, Instant};

/// What was kept of a queue, by numbers of items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptQueue(BTreeMap<u32, KeptItem>);

/// What was kept of an item: its lines, split into words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct KeptItem {
    digest: [u8; 16],
    domain: String,
    from: String,
    body: Body,
    utf8: bool,
    envid: Option<String>,
    ret: Option<Return>,
    came: i64,
    due: i64,
    attempts: u32,
    is_warned: bool,
    last_trouble: String,
    recipients: Vec<QueuedRecipient>,
}

impl KeptQueue {
    /// What a store's queue holds.
    #[must_use]
    pub fn of(store: &Store) -> Self {
        Self(store.queue().items().map(|(id, item)| (id.0, KeptItem::of(item, store))).collect())
    }

    /// The lines that lead from the queue of `before` to that of `now`.
    #[must_use]
    pub fn changes(now: &Store, before: &Store) -> String {
        let mut text = String::new();
        for (id, item) in now.queue().items() {
            let known = before.queue().item(id);
            if known.is_none_or(|known| !std::ptr::eq(known, item)) {
                let is_same = |known| KeptItem::of(known, before) == KeptItem::of(item, now);
                if !known.is_some_and(is_same) {
                    text += &KeptItem::of(item, now).lines(id.0);
                }
            }
        }
        let is_gone = |queue: &Queue, id| queue.item(id).is_none();
        for (id, _) in before.queue().items().filter(|(id, _)| is_gone(now.queue(), *id)) {
            text += &format!("sent {}\n", id.0);
        }
        text
    }

    /// All of it, as lines.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0.iter().map(|(id, item)| item.lines(*id)).collect()
    }

    /// Takes one line in. `None` if it is none.
    pub fn apply(&mut self, words: &[&str]) -> Option<()> {
        match *words {
            ["queued", id, ref rest @ ..] => {
                self.0.insert(id.parse().ok()?, KeptItem::read(rest)?);
            }
            ["for", id, address, notify, orcpt] => {
                let item = self.0.get_mut(&id.parse().ok()?)?;
                item.recipients.push(QueuedRecipient {
                    address: decoded(address)?,
                    notify: if notify == "-" { None } else { Some(notify_of(notify)?) },
                    orcpt: optional(orcpt)?,
                });
            }
            ["sent", id] => {
                self.0.remove(&id.parse().ok()?)?;
            }
            _ => return None,
        }
        Some(())
    }

    /// The digests of all messages that wait.
    pub fn digests(&self) -> impl Iterator<Item = &[u8; 16]> {
        self.0.values().map(|item| &item.digest)
    }

    /// Puts the mail back into a store's queue, at the store's beginning. How many messages could not be found.
    pub fn restore(&self, store: &mut Store, message: impl Fn(&[u8; 16]) -> Option<Message>) -> usize {
        let mut lost = 0;
        for kept in self.0.values() {
            match message(&kept.digest) {
                Some(message) => {
                    let item = kept.item(Arc::new(message), store);
                    store.queue_mut().push(item);
                }
                None => lost += 1,
            }
        }
        lost
    }
}

impl KeptItem {
    fn of(item: &Item, store: &Store) -> Self {
        let Item { domain, from, body, utf8, envid, ret, attempts, is_warned, last_trouble, .. } =
            item.clone();
        Self {
            digest: item.message.digest(),
            domain,
            from,
            body,
            utf8,
            envid,
            ret,
            came: item.arrived(store).unix,
            due: store.clock(item.due).unix,
            attempts,
            is_warned,
            last_trouble,
            recipients: item.recipients.clone(),
        }
    }

    fn item(&self, message: Arc<Message>, store: &Store) -> Item {
        let now = store.clock(Instant::START).unix;
        let seconds = |span: i64| Duration::from_secs(u64::try_from(span).unwrap_or(0));
        Item {
            recipients: self.recipients.clone(),
            body: self.body,
            utf8: self.utf8,
            envid: self.envid.clone(),
            ret: self.ret,
            waited: seconds(now.saturating_sub(self.came)),
            due: Instant::START + seconds(self.due.saturating_sub(now)),
            attempts: self.attempts,
            last_trouble: self.last_trouble.clone(),
            is_warned: self.is_warned,
            ..Item::new(message, &self.from, &self.domain, Instant::START)
        }
    }

    fn lines(&self, id: u32) -> String {
        let Self { came, due, attempts, .. } = self;
        let word = |text: &str| if text.is_empty() { "-".to_owned() } else { encoded(text) };
        let mut text = format!(
            "queued {id} {} {} {} {} {} {} {} {came} {due} {attempts} {} {}\n",
            hex(&self.digest),
            encoded(&self.domain),
            word(&self.from),
            self.body.word(),
            if self.utf8 { "utf8" } else { "ascii" },
            word(self.envid.as_deref().unwrap_or_default()),
            self.ret.map_or("-", Return::word),
            if self.is_warned { "late" } else { "-" },
            word(&self.last_trouble),
        );
        for QueuedRecipient { address, notify, orcpt } in &self.recipients {
            let notify = notify.map_or_else(|| "-".to_owned(), Notify::words);
            let orcpt = word(orcpt.as_deref().unwrap_or_default());
            text += &format!("for {id} {} {notify} {orcpt}\n", encoded(address));
        }
        text
    }

    fn read(words: &[&str]) -> Option<Self> {
        let [digest, domain, from, body, script, envid, ret, came, due, attempts, late, trouble] = *words
        else {
            return None;
        };
        Some(Self {
            digest: digest_of(digest)?,
            domain: decoded(domain)?,
            from: optional(from)?.unwrap_or_default(),
            body: Body::named(body)?,
            utf8: script == "utf8",
            envid: optional(envid)?,
            ret: if ret == "-" { None } else { Some(Return::named(ret)?) },
            came: came.parse().ok()?,
            due: due.parse().ok()?,
            attempts: attempts.parse().ok()?,
            is_warned: late == "late",
            last_trouble: optional(trouble)?.unwrap_or_default(),
            recipients: Vec::new(),
        })
    }
}

/// A word that may stand for nothing. The outer `None` is for what is no word.
fn optional(word: &str) -> Option<Option<String>> {
    if word == "-" { Some(None) } else { decoded(word).map(Some) }
}

fn notify_of(words: &str) -> Option<Notify> {
    let mut notify = Notify::NEVER;
    for word in words.split(',') {
        match word {
            "SUCCESS" => notify.success = true,
            "FAILURE" => notify.failure = true,
            "DELAY" => notify.delay = true,
            "NEVER" => {}
            _ => return None,
        }
    }
    Some(notify)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::date::Timestamp;
    use crate::mail::queue::Policy;

    fn at(seconds: u64) -> Instant {
        Instant::START + Duration::from_secs(seconds)
    }

    fn item(text: &str, now: Instant) -> Item {
        Item {
            recipients: vec![
                QueuedRecipient {
                    address: "bob@far.example".into(),
                    notify: Some(Notify { success: true, failure: false, delay: true }),
                    orcpt: Some("rfc822;Bob Jones@far.example".into()),
                },
                QueuedRecipient { address: "carla@far.example".into(), notify: None, orcpt: None },
            ],
            body: Body::EightBit,
            utf8: true,
            envid: Some("QQ 1".into()),
            ret: Some(Return::Headers),
            ..Item::new(Arc::new(Message::new(text.to_owned())), "alice@example.org", "far.example", now)
        }
    }

    fn read(text: &str) -> Option<KeptQueue> {
        let mut kept = KeptQueue::default();
        for line in text.lines() {
            kept.apply(&line.split(' ').collect::<Vec<_>>())?;
        }
        Some(kept)
    }

    #[test]
    fn what_waits_comes_back_as_it_was_and_as_old_as_it_was() {
        let epoch = Timestamp::DEFAULT_START;
        let mut store = Store::new(epoch);
        store.queue_mut().set_policy(Policy::default());
        let id = store.queue_mut().push(item("Subject: x\r\n\r\n", at(100)));
        store.queue_mut().claim(crate::mail::queue::QueueId(0), |_| true);
        store.queue_mut().release(id, at(200), "450 4.2.1 busy");
        let kept = KeptQueue::of(&store);
        assert_eq!(read(&kept.to_text()), Some(kept.clone()));

        // The next run begins 1,000 seconds after the first.
        let mut next = Store::new(Timestamp { unix: epoch.unix + 1000, ..epoch });
        let message = |_: &[u8; 16]| Some(Message::new("Subject: x\r\n\r\n"));
        assert_eq!(kept.restore(&mut next, message), 0);
        let (_, item) = next.queue().items().next().unwrap();
        assert_eq!((item.waited, item.due), (Duration::from_secs(900), at(200 + 1800 - 1000)));
        assert_eq!(KeptQueue::of(&next).to_text(), kept.to_text(), "nothing else has changed");
        let hours = |hours: u64| at(hours * 3600 - 900);
        assert!(!next.queue().is_late(item, Instant::from_nanos(hours(4).as_nanos() - 1)));
        assert!(next.queue().is_late(item, hours(4)) && next.queue().is_too_old(item, hours(120)));
        assert_eq!(kept.restore(&mut next, |_| None), 1, "a message is missing");
    }

    #[test]
    fn lines_are_written_for_what_changed() {
        let mut before = Store::new(Timestamp::DEFAULT_START);
        let id = before.queue_mut().push(item("one", at(0)));
        before.queue_mut().push(item("two", at(0)));
        let mut now = before.clone();
        assert_eq!(KeptQueue::changes(&now, &before), "");
        now.queue_mut().claim(crate::mail::queue::QueueId(0), |_| true);
        assert_eq!(KeptQueue::changes(&now, &before), "", "that it is being sent is nobody's concern");
        now.queue_mut().settle(id, 0);
        now.queue_mut().release(id, at(10), "450 x");
        let changes = KeptQueue::changes(&now, &before);
        assert!(changes.starts_with("queued 1 ") && changes.contains("450%20x\nfor 1 carla@"), "{changes}");
        now.queue_mut().remove(id);
        assert_eq!(KeptQueue::changes(&now, &before), "sent 1\n");
        let mut kept = KeptQueue::of(&before);
        kept.apply(&["sent", "1"]).unwrap();
        assert_eq!(kept, KeptQueue::of(&now));
    }

    #[test]
    fn a_line_that_is_none_is_refused() {
        for bad in
            ["sent 1", "for 1 a@b - -", "queued 1", "queued 1 x a b 7BIT ascii - - 0 0 0 - -", "queues"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
