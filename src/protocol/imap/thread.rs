//! THREAD: messages that match, by conversation (RFC 5256 §3).
//!
//! Conversations are trees; nothing here recurses, for messages say themselves how deep they are nested.

use std::collections::BTreeMap;

use super::command::{Question, ThreadAlgorithm};
use super::search::matching;
use super::sort::{folded, sent, subject};
use super::state::{Loan, Reply};
use super::view::View;
use crate::mail::store::Entry;
use crate::mail::summary::field;

/// The most ancestors that are looked at when messages are tied together: what is deeper becomes a conversation of
/// its own.
const DEPTH_MAX: usize = 500;
/// The most References of one message that are looked at, the last ones.
const REFERENCES_MAX: usize = 100;

/// Answers THREAD and UID THREAD.
pub fn thread(view: &View, question: &Question, algorithm: ThreadAlgorithm, loan: &mut Loan<'_>) -> Reply {
    let found = match matching(view, question, loan) {
        Ok(found) => found,
        Err(reply) => return reply,
    };
    let mut messages = Vec::with_capacity(found.messages.len());
    for (number, uid, _) in &found.messages {
        if let Some(entry) = view.entries().get(*number as usize - 1) {
            messages.push(Message::of(entry, if question.by_uid { uid.0 } else { *number }));
        }
    }
    let forest = match algorithm {
        ThreadAlgorithm::OrderedSubject => by_subject(&messages),
        ThreadAlgorithm::References => {
            by_references(messages.as_slice(), &found_headers(view, &found.messages))
        }
    };
    let mut text = b"* THREAD".to_vec();
    if !forest.roots.is_empty() {
        text.push(b' ');
    }
    forest.write(&messages, &mut text);
    text.extend_from_slice(b"\r\n");
    loan.out.write(text);
    Reply::done(if question.by_uid { "UID THREAD" } else { "THREAD" })
}

/// What of a message matters here.
#[derive(Clone, Debug)]
struct Message {
    /// As it is told: number or UID.
    shown: u32,
    sent: i64,
    subject: String,
    answers: bool,
}

impl Message {
    fn of(entry: &Entry, shown: u32) -> Self {
        let (subject, answers) = subject(entry);
        Self { shown, sent: sent(entry), subject: folded(&subject), answers }
    }
}

/// A message's own name, and those that it refers to, the oldest first.
struct References {
    id: Option<Vec<u8>>,
    parents: Vec<Vec<u8>>,
}

fn found_headers(
    view: &View,
    found: &[(u32, crate::mail::store::Uid, crate::mail::store::ModSeq)],
) -> Vec<References> {
    found
        .iter()
        .filter_map(|(number, _, _)| view.entries().get(*number as usize - 1))
        .map(|entry| {
            let ids = |name: &[u8]| message_ids(&field(entry.message.header(), name).unwrap_or_default());
            let mut parents = ids(b"references");
            if parents.is_empty() {
                // RFC 5256 §3: only the first of them.
                parents = ids(b"in-reply-to").into_iter().take(1).collect();
            }
            let skipped = parents.len().saturating_sub(REFERENCES_MAX);
            References { id: ids(b"message-id").into_iter().next(), parents: parents.split_off(skipped) }
        })
        .collect()
}

/// The message-ids in a field: what stands in angle brackets around an `@`, without quotes (RFC 5256 §3).
pub fn message_ids(value: &[u8]) -> Vec<Vec<u8>> {
    let mut ids = Vec::new();
    let mut rest = value;
    while let Some(open) = memchr::memchr(b'<', rest) {
        rest = &rest[open + 1..];
        let Some(close) = memchr::memchr2(b'>', b'<', rest) else { break };
        if rest.get(close) == Some(&b'>') {
            let id: Vec<u8> = rest[..close]
                .iter()
                .copied()
                .filter(|octet| !matches!(octet, b'"' | b'\\' | b' ' | b'\t' | b'\r' | b'\n'))
                .collect();
            if id.contains(&b'@') {
                ids.push(id);
            }
        }
        rest = &rest[close..];
    }
    ids
}

/// A place in a conversation: a message, or one that is not there.
#[derive(Clone, Debug, Default)]
struct Node {
    message: Option<usize>,
    parent: Option<usize>,
    children: Vec<usize>,
}

/// Conversations.
#[derive(Clone, Debug, Default)]
struct Forest {
    nodes: Vec<Node>,
    roots: Vec<usize>,
}

/// ORDEREDSUBJECT: all of one subject below the first of them.
fn by_subject(messages: &[Message]) -> Forest {
    let mut threads: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, message) in messages.iter().enumerate() {
        threads.entry(&message.subject).or_default().push(at);
    }
    let mut threads: Vec<Vec<usize>> = threads.into_values().collect();
    for thread in &mut threads {
        thread.sort_by_key(|at| messages.get(*at).map(|message| message.sent));
    }
    threads.sort_by_key(|thread| {
        let first = thread.first().copied();
        (first.and_then(|at| messages.get(at)).map(|message| message.sent), first)
    });
    let mut forest = Forest::default();
    for thread in threads {
        let mut root = None;
        for message in thread {
            let node = forest.add(Some(message));
            match root {
                None => {
                    root = Some(node);
                    forest.roots.push(node);
                }
                Some(root) => forest.link(root, node),
            }
        }
    }
    forest
}

/// REFERENCES: the six steps of RFC 5256 §3.
fn by_references(messages: &[Message], references: &[References]) -> Forest {
    let mut forest = tied_together(references);
    forest.prune();
    forest.sort_roots(messages);
    forest.join_by_subject(messages);
    forest.sort_all(messages);
    forest
}

/// Step 1: each message below the last one that it refers to, as far as that makes no circle.
fn tied_together(references: &[References]) -> Forest {
    let mut forest = Forest::default();
    let mut known: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for (at, message) in references.iter().enumerate() {
        // An id that somebody else has already counts as none.
        let own = message.id.as_ref().map(|id| forest.named(&mut known, id));
        let own = match own.filter(|own| forest.nodes[*own].message.is_none()) {
            Some(own) => own,
            None => forest.add(None),
        };
        forest.nodes[own].message = Some(at);
        let mut last = None;
        for id in &message.parents {
            let node = forest.named(&mut known, id);
            if let Some(above) = last
                && forest.nodes[node].parent.is_none()
                && !forest.would_circle(above, node)
            {
                forest.link(above, node);
            }
            last = Some(node);
        }
        forest.unlink(own);
        if let Some(parent) = last.filter(|parent| !forest.would_circle(*parent, own)) {
            forest.link(parent, own);
        }
    }
    // Step 2.
    forest.roots = (0..forest.nodes.len()).filter(|node| forest.nodes[*node].parent.is_none()).collect();
    forest
}

impl Forest {
    fn add(&mut self, message: Option<usize>) -> usize {
        self.nodes.push(Node { message, ..Node::default() });
        self.nodes.len() - 1
    }

    fn named(&mut self, known: &mut BTreeMap<Vec<u8>, usize>, id: &[u8]) -> usize {
        if let Some(node) = known.get(id) {
            return *node;
        }
        let node = self.add(None);
        known.insert(id.to_vec(), node);
        node
    }

    fn link(&mut self, parent: usize, child: usize) {
        self.nodes[child].parent = Some(parent);
        self.nodes[parent].children.push(child);
    }

    fn unlink(&mut self, child: usize) {
        if let Some(parent) = self.nodes[child].parent.take() {
            self.nodes[parent].children.retain(|other| *other != child);
        }
    }

    /// True if `child` is `parent` or above it, or if that takes too long to find out.
    fn would_circle(&self, parent: usize, child: usize) -> bool {
        let mut at = Some(parent);
        for _ in 0..DEPTH_MAX {
            match at {
                Some(node) if node == child => return true,
                Some(node) => at = self.nodes[node].parent,
                None => return false,
            }
        }
        true
    }

    /// Step 3: who is not there gives way to those below, but for the head of several conversations.
    fn prune(&mut self) {
        for node in self.bottom_up() {
            if self.nodes[node].message.is_some() {
                continue;
            }
            let children = std::mem::take(&mut self.nodes[node].children);
            match self.nodes[node].parent {
                Some(parent) => {
                    let at = self.nodes[parent].children.iter().position(|child| *child == node);
                    for child in &children {
                        self.nodes[*child].parent = Some(parent);
                    }
                    let at = at.unwrap_or(0);
                    self.nodes[parent].children.splice(at..=at, children);
                }
                None if children.len() == 1 => {
                    self.nodes[children[0]].parent = None;
                    self.roots.extend(children);
                    self.roots.retain(|root| *root != node);
                }
                None if children.is_empty() => self.roots.retain(|root| *root != node),
                None => self.nodes[node].children = children,
            }
        }
    }

    /// All nodes, each behind those below it.
    fn bottom_up(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut open = self.roots.clone();
        while let Some(node) = open.pop() {
            order.push(node);
            open.extend_from_slice(&self.nodes[node].children);
        }
        order.reverse();
        order
    }

    /// When a conversation was begun: of one whose head is not there, by its first message.
    fn date(&self, node: usize, messages: &[Message]) -> (i64, u32) {
        let at = self.nodes[node]
            .message
            .or_else(|| self.nodes[node].children.first().and_then(|child| self.nodes[*child].message));
        at.and_then(|at| messages.get(at)).map_or((i64::MIN, 0), |message| (message.sent, message.shown))
    }

    /// Step 4.
    fn sort_roots(&mut self, messages: &[Message]) {
        for root in self.roots.clone() {
            if self.nodes[root].message.is_none() {
                self.sort_children(root, messages);
            }
        }
        let mut roots = std::mem::take(&mut self.roots);
        roots.sort_by_key(|root| self.date(*root, messages));
        self.roots = roots;
    }

    fn sort_children(&mut self, node: usize, messages: &[Message]) {
        let mut children = std::mem::take(&mut self.nodes[node].children);
        children.sort_by_key(|child| self.date(*child, messages));
        self.nodes[node].children = children;
    }

    /// The message by which a conversation is known.
    fn head<'m>(&self, root: usize, messages: &'m [Message]) -> Option<&'m Message> {
        let node = &self.nodes[root];
        let at = node.message.or_else(|| self.nodes[*node.children.first()?].message);
        messages.get(at?)
    }

    /// Step 5: conversations of one subject belong together.
    fn join_by_subject(&mut self, messages: &[Message]) {
        let mut table: BTreeMap<&str, usize> = BTreeMap::new();
        for root in self.roots.clone() {
            let Some(head) = self.head(root, messages).filter(|head| !head.subject.is_empty()) else {
                continue;
            };
            let is_better = table.get(head.subject.as_str()).is_none_or(|known| {
                let (dummy, known_dummy) =
                    (self.nodes[root].message.is_none(), self.nodes[*known].message.is_none());
                let known_answers =
                    !known_dummy && self.head(*known, messages).is_some_and(|known| known.answers);
                (dummy && !known_dummy) || (known_answers && !head.answers)
            });
            if is_better {
                table.insert(&head.subject, root);
            }
        }
        for root in self.roots.clone() {
            let Some(head) = self.head(root, messages).filter(|head| !head.subject.is_empty()) else {
                continue;
            };
            let Some(known) = table.get(head.subject.as_str()).copied().filter(|known| *known != root) else {
                continue;
            };
            self.roots.retain(|other| *other != root);
            let (dummy, known_dummy) =
                (self.nodes[root].message.is_none(), self.nodes[known].message.is_none());
            let known_answers = self.head(known, messages).is_some_and(|known| known.answers);
            match (dummy, known_dummy) {
                (true, true) => {
                    for child in std::mem::take(&mut self.nodes[root].children) {
                        self.link(known, child);
                    }
                }
                (false, true) => self.link(known, root),
                (false, false) if head.answers && !known_answers => self.link(known, root),
                _ => {
                    let above = self.add(None);
                    let place = self.roots.iter().position(|other| *other == known);
                    if let Some(place) = place {
                        self.roots[place] = above;
                    }
                    self.link(above, known);
                    self.link(above, root);
                    table.insert(&head.subject, above);
                }
            }
        }
    }

    /// Step 6.
    fn sort_all(&mut self, messages: &[Message]) {
        for node in self.bottom_up() {
            self.sort_children(node, messages);
        }
        self.sort_roots(messages);
    }

    /// `(2)(3 6 (4 23)(44 7 96))`
    fn write(&self, messages: &[Message], out: &mut Vec<u8>) {
        enum Step {
            Open(usize),
            Node(usize),
            Close,
        }
        let mut steps: Vec<Step> = self.roots.iter().rev().map(|root| Step::Open(*root)).collect();
        while let Some(step) = steps.pop() {
            match step {
                Step::Close => out.push(b')'),
                Step::Open(node) => {
                    out.push(b'(');
                    steps.extend([Step::Close, Step::Node(node)]);
                }
                Step::Node(node) => {
                    let node = &self.nodes[node];
                    if let Some(message) = node.message.and_then(|at| messages.get(at)) {
                        out.extend_from_slice(message.shown.to_string().as_bytes());
                        if !node.children.is_empty() {
                            out.push(b' ');
                        }
                    }
                    match node.children.as_slice() {
                        [child] => steps.push(Step::Node(*child)),
                        children => steps.extend(children.iter().rev().map(|child| Step::Open(*child))),
                    }
                }
            }
        }
    }
}
