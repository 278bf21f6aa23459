//! Results that are kept in step: a SEARCH that asks for UPDATE hears what enters its result and what leaves it
//! (RFC 5267 §4.3).

use super::key::SearchKey;
use super::search::Test;
use super::set::{Numbers, SequenceSet, SetNumber};
use super::view::View;
use super::wire;
use crate::mail::date::Timestamp;
use crate::mail::store::{ChangeKind, Mailbox, ModSeq, Store, Uid};

/// So many results are kept in step in one session.
const CONTEXTS_MAX: usize = 4;
/// A result that is in more pieces is not kept: a session stays small whatever it is asked.
const RANGES_MAX: usize = 4000;
/// A longer question neither, in octets of its command.
const QUESTION_MAX: usize = 4096;

/// A result that is kept in step.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// The tag of its SEARCH.
    pub tag: Vec<u8>,
    by_uid: bool,
    key: SearchKey,
    /// When it was asked: ages count from here.
    asked: Timestamp,
    /// The UIDs that the client has been told.
    found: Numbers,
}

/// The results that a session keeps in step; few sessions have any.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contexts(Option<Box<Kept>>);

/// At least one result, and up to which change they were told.
#[derive(Clone, Debug, PartialEq)]
struct Kept {
    list: Vec<Context>,
    seen: ModSeq,
}

impl Contexts {
    /// True if a SEARCH of this tag is kept in step.
    #[must_use]
    pub fn has(&self, tag: &[u8]) -> bool {
        self.list().iter().any(|context| context.tag == tag)
    }

    /// True if there is room for one more with so long a question and this result.
    #[must_use]
    pub fn takes(&self, question: usize, found: &Numbers) -> bool {
        self.list().len() < CONTEXTS_MAX && question <= QUESTION_MAX && found.ranges().count() <= RANGES_MAX
    }

    /// Lets go of one; false if there is none of this tag.
    pub fn cancel(&mut self, tag: &[u8]) -> bool {
        let Some(kept) = &mut self.0 else { return false };
        let before = kept.list.len();
        kept.list.retain(|context| context.tag != tag);
        let is_known = kept.list.len() < before;
        if kept.list.is_empty() {
            self.0 = None;
        }
        is_known
    }

    fn list(&self) -> &[Context] {
        self.0.as_ref().map_or(&[], |kept| &kept.list)
    }
}

impl View {
    /// Keeps the result of a SEARCH in step from now on. Numbers in its question mean the messages that have them now
    /// (RFC 5267 §4.3).
    pub fn keep_in_step(
        &mut self,
        tag: &[u8],
        by_uid: bool,
        key: &SearchKey,
        (asked, found): (Timestamp, Numbers),
        store: &Store,
    ) {
        let context = Context { tag: tag.to_vec(), by_uid, key: self.frozen(key), asked, found };
        let none = || Box::new(Kept { list: Vec::new(), seen: store.modseq() });
        self.contexts.0.get_or_insert_with(none).list.push(context);
    }

    /// A question in which message numbers and `$` have become UIDs.
    fn frozen(&self, key: &SearchKey) -> SearchKey {
        match key {
            SearchKey::And(keys) => SearchKey::And(keys.iter().map(|key| self.frozen(key)).collect()),
            SearchKey::Or(a, b) => SearchKey::Or(Box::new(self.frozen(a)), Box::new(self.frozen(b))),
            SearchKey::Not(key) => SearchKey::Not(Box::new(self.frozen(key))),
            SearchKey::Numbers(set) => {
                let numbers = self.resolve(set, false);
                let uid = |number: u32| self.entries().get(number as usize - 1).map(|entry| entry.uid.0);
                let uids = numbers.iter().take_while(|number| *number <= self.exists()).filter_map(uid);
                SearchKey::Uids(written(&uids.collect()))
            }
            SearchKey::Uids(set) if set.is_saved() => SearchKey::Uids(written(&self.saved)),
            key => key.clone(),
        }
    }

    /// `REMOVEFROM` for what is gone, before EXPUNGE takes its number away (RFC 5267 §4.3.4).
    pub fn tell_removed(&mut self, expunges_seen: ModSeq, text: &mut Vec<u8>, store: &Store) {
        let Some(mut kept) = self.contexts.0.take() else { return };
        let gone = self.changed_since(expunges_seen, store, |kind| kind == ChangeKind::Expunged);
        for context in &mut kept.list {
            let left: Numbers = gone.iter().filter(|uid| context.found.contains(*uid)).collect();
            left.iter().for_each(|uid| context.found.remove(uid));
            self.write_update(context, "REMOVEFROM", &left, text);
        }
        self.contexts.0 = Some(kept);
    }

    /// `ADDTO` and `REMOVEFROM` for what has come and for what has changed, behind EXISTS and FETCH (RFC 5267 §4.3.3).
    pub fn tell_updates(&mut self, text: &mut Vec<u8>, store: &Store) {
        let Some(mut kept) = self.contexts.0.take() else { return };
        let touched = self.changed_since(kept.seen, store, |kind| kind != ChangeKind::Expunged);
        kept.seen = store.modseq();
        let mailbox = store.mailbox(self.mailbox);
        for context in &mut kept.list {
            self.update(context, &touched, mailbox, text);
        }
        kept.list.retain(|context| {
            let is_small = context.found.ranges().count() <= RANGES_MAX;
            if !is_small {
                write_refusal(&context.tag, text);
            }
            is_small
        });
        self.contexts.0 = Some(kept).filter(|kept| !kept.list.is_empty());
    }

    fn update(
        &self,
        context: &mut Context,
        touched: &Numbers,
        mailbox: Option<&Mailbox>,
        text: &mut Vec<u8>,
    ) {
        let Ok(test) = Test::new(&context.key, self, mailbox, context.asked) else { return };
        let (mut more, mut less) = (Numbers::default(), Numbers::default());
        for uid in touched.iter() {
            let Some(index) = self.index_of(Uid(uid)) else { continue };
            let Some(entry) = self.entries().get(index) else { continue };
            // What can no longer be read belongs to no result.
            let fits = test.fits(self, index, entry, mailbox).unwrap_or(false);
            match (fits, context.found.contains(uid)) {
                (true, false) => {
                    context.found.insert(uid);
                    more.push(uid);
                }
                (false, true) => {
                    context.found.remove(uid);
                    less.push(uid);
                }
                _ => {}
            }
        }
        self.write_update(context, "REMOVEFROM", &less, text);
        self.write_update(context, "ADDTO", &more, text);
    }

    /// The UIDs in this mailbox to which something of this kind has happened, in order.
    fn changed_since(&self, seen: ModSeq, store: &Store, kind: impl Fn(ChangeKind) -> bool) -> Numbers {
        let mut uids: Vec<u32> = store
            .changes_since(seen)
            .filter(|change| change.mailbox == self.mailbox && kind(change.kind))
            .map(|change| change.uid.0)
            .collect();
        uids.sort_unstable();
        uids.into_iter().collect()
    }

    /// `* ESEARCH (TAG "B01") UID ADDTO (0 32768:32769)`: position 0 leaves the order to the client.
    fn write_update(&self, context: &Context, word: &str, uids: &Numbers, text: &mut Vec<u8>) {
        let shown: Numbers = match context.by_uid {
            true => uids.clone(),
            false => uids
                .iter()
                .filter_map(|uid| self.index_of(Uid(uid)))
                .map(|index| u32::try_from(index + 1).unwrap_or(u32::MAX))
                .collect(),
        };
        if shown.is_empty() {
            return;
        }
        text.extend_from_slice(b"* ESEARCH (TAG ");
        wire::string(text, &context.tag);
        let uid = if context.by_uid { " UID" } else { "" };
        text.extend_from_slice(format!("){uid} {word} (0 {shown})\r\n").as_bytes());
    }
}

/// `* NO [NOUPDATE "B02"]`: the result is not, or no longer, kept in step (RFC 5267 §4.3.1).
pub fn write_refusal(tag: &[u8], text: &mut Vec<u8>) {
    text.extend_from_slice(b"* NO [NOUPDATE ");
    wire::string(text, tag);
    text.extend_from_slice(
        b"] changes of this result are not told: ask for fewer, shorter or unsorted ones\r\n",
    );
}

/// A set as a client would write it; one that holds nothing names no UID that there is.
fn written(numbers: &Numbers) -> SequenceSet {
    let mut ranges: Vec<(SetNumber, SetNumber)> = numbers
        .ranges()
        .map(|range| (SetNumber::Number(*range.start()), SetNumber::Number(*range.end())))
        .collect();
    if ranges.is_empty() {
        ranges.push((SetNumber::Number(u32::MAX), SetNumber::Number(u32::MAX)));
    }
    SequenceSet { ranges, at: 0 }
}
