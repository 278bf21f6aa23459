//! Where mail for an address goes: into a mailbox, onto a terminal, to a list, or away.

use super::command::Manner;
use super::dialect::Dialect;
use super::error::Refusal;
use super::path::{Grammar, Mailbox, whole_mailbox};
use super::settings::{Relay, SmtpSettings};
use crate::mail::store::{Alias, MailboxId, Store, UserId};

/// How often mail may be forwarded from one address to another before somebody calls it a circle.
const FORWARDS_MAX: usize = 8;

/// How many addresses one recipient may turn into.
const PLACES_MAX: usize = 1000;

/// One place where a message goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The address, as it is after forwarding.
    pub address: Mailbox,
    /// What is there.
    pub to: Destination,
    /// Who hears of failures in place of the author: the owner of the list that led here.
    pub owner: Option<Mailbox>,
}

/// What is at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A mailbox of this host.
    Mailbox(MailboxId),
    /// A user's screen.
    Terminal(UserId),
    /// Another host, by its domain in lower case: the message waits in the queue.
    Elsewhere(String),
    /// Another host; the message waits where it can be looked at ([`Relay::Into`]).
    Sink(MailboxId),
}

/// What a recipient came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// All places; at least one.
    pub places: Vec<Place>,
    /// The recipient is a mailing list.
    pub is_list: bool,
    /// The address to which mail is forwarded, away from this host.
    pub forwarded: Option<Mailbox>,
    /// Nobody sits at the terminal: the message is mailed instead.
    pub mails_instead: bool,
}

/// Where mail for an address goes.
///
/// # Errors
/// Whatever keeps it from being accepted.
pub fn route(
    address: &Mailbox,
    manner: Manner,
    settings: &SmtpSettings,
    store: &Store,
) -> Result<Route, Refusal> {
    let address = with_domain(address, settings, store);
    let is_list = matches!(store.alias(&address.address()), Some(Alias::List { .. }));
    let mut places = Vec::new();
    resolve(&address, None, settings, store, 0, &mut places)?;
    let forwarded = match &places[..] {
        [Place { address: to, to: Destination::Elsewhere(_) | Destination::Sink(_), .. }]
            if !is_list && *to != address =>
        {
            Some(to.clone())
        }
        _ => None,
    };
    let mut route = Route { places, is_list, forwarded, mails_instead: false };
    route.onto_terminals(manner, store)?;
    Ok(route)
}

/// `<Postmaster>` means the host that reads it (RFC 5321 §4.1.1.3).
fn with_domain(address: &Mailbox, settings: &SmtpSettings, store: &Store) -> Mailbox {
    if !address.domain.is_empty() {
        return address.clone();
    }
    let local = &address.local;
    let known =
        settings.domains.iter().map(|domain| Mailbox { local: local.clone(), domain: domain.clone() });
    let has = |mailbox: &Mailbox| {
        let address = mailbox.address();
        store.alias(&address).is_some() || store.address_mailbox(&address).is_some()
    };
    known.into_iter().find(has).unwrap_or_else(|| address.clone())
}

fn resolve(
    address: &Mailbox,
    owner: Option<&Mailbox>,
    settings: &SmtpSettings,
    store: &Store,
    depth: usize,
    places: &mut Vec<Place>,
) -> Result<(), Refusal> {
    if depth > FORWARDS_MAX || places.len() >= PLACES_MAX {
        return Err(Refusal::AliasLoop(address.clone()));
    }
    match store.alias(&address.address()) {
        Some(Alias::Forward(to)) => {
            let next = read(to).ok_or_else(|| Refusal::NoSuchUser(address.clone()))?;
            match resolve(&next, owner, settings, store, depth + 1, places) {
                // What may not leave through this server is for the client to send there (RFC 821 §3.2).
                Err(Refusal::NoRelay(_)) => Err(Refusal::Moved(next.to_string())),
                other => other,
            }
        }
        Some(Alias::List { members, owner }) => {
            let owner = read(owner);
            let before = places.len();
            for member in members.iter().filter_map(|member| read(member)) {
                // Who cannot be reached is the owner's concern (RFC 5321 §3.9.2), and no reason to refuse the list.
                let found = resolve(&member, owner.as_ref(), settings, store, depth + 1, places);
                if let Err(refusal @ Refusal::AliasLoop(_)) = found {
                    return Err(refusal);
                }
            }
            if places.len() == before { Err(Refusal::NoSuchUser(address.clone())) } else { Ok(()) }
        }
        None => {
            let to = destination(address, settings, store)?;
            // Mail that comes to a place by two ways is there once.
            if !places.iter().any(|place| place.to == to && place.address == *address) {
                places.push(Place { address: address.clone(), to, owner: owner.cloned() });
            }
            Ok(())
        }
    }
}

/// An address that a store's alias names.
pub fn read(address: &str) -> Option<Mailbox> {
    whole_mailbox(address.as_bytes(), Grammar { utf8: true, ..Grammar::default() }).ok()
}

fn destination(address: &Mailbox, settings: &SmtpSettings, store: &Store) -> Result<Destination, Refusal> {
    if let Some(mailbox) = store.address_mailbox(&address.address()) {
        return Ok(Destination::Mailbox(mailbox));
    }
    if settings.is_local(&address.domain) || address.domain.is_empty() {
        return Err(Refusal::NoSuchUser(address.clone()));
    }
    let elsewhere = || {
        let (queue, limits) = (store.queue(), &settings.limits);
        let has_room = queue.len() < limits.queue_messages && queue.octets() < limits.queue_octets;
        let domain = address.domain.to_ascii_lowercase();
        has_room.then_some(Destination::Elsewhere(domain)).ok_or(Refusal::QueueFull)
    };
    if settings.queues_for(&address.domain) {
        return elsewhere();
    }
    match &settings.relay {
        Relay::Into(user) => {
            let sink = store.user(user.as_bytes()).and_then(|user| store.inbox(user));
            sink.map(Destination::Sink).ok_or(Refusal::NoSink)
        }
        // A delivery agent has no queue: that is what it is for (RFC 2033 §1).
        Relay::Queued if settings.dialect != Dialect::Lmtp => elsewhere(),
        Relay::Refused | Relay::Queued => Err(Refusal::NoRelay(address.clone())),
    }
}

impl Route {
    /// SEND, SOML and SAML look for the user at the terminal (RFC 821 §3.4).
    fn onto_terminals(&mut self, manner: Manner, store: &Store) -> Result<(), Refusal> {
        if manner == Manner::Mail {
            return Ok(());
        }
        let mut terminals = Vec::new();
        for place in &self.places {
            let Destination::Mailbox(mailbox) = place.to else { continue };
            let user = store.mailbox(mailbox).map(|mailbox| mailbox.owner);
            if let Some(user) = user.filter(|user| store.is_at_terminal(*user)) {
                terminals.push(Place { to: Destination::Terminal(user), ..place.clone() });
            }
        }
        match (manner, terminals.is_empty()) {
            (Manner::Send, true) => return Err(Refusal::NotActive),
            (Manner::Send | Manner::SendOrMail, false) => self.places = terminals,
            (_, true) => self.mails_instead = manner == Manner::SendOrMail,
            (_, false) => self.places.extend(terminals),
        }
        Ok(())
    }
}
