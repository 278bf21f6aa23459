//! What came of each recipient of an item, and what the sender hears of it.

use super::peer::PeerReply;
use crate::mail::envelope::Notify;
use crate::mail::queue::{Item, QueueId};
use crate::mail::report::Action;
use crate::mail::store::Store;
use crate::protocol::smtp::notify::{About, Told, tell};
use crate::protocol::smtp::settings::SmtpSettings;
use crate::time::Instant;

/// What came of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    /// Nothing yet.
    Open,
    /// RCPT was accepted; the text is still to come.
    Accepted,
    /// The other end has the message.
    Delivered,
    /// Later, perhaps: what was said.
    Deferred(String),
    /// Never: status and what was said.
    Failed(String, String),
}

/// What came of all recipients of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    fates: Vec<Fate>,
}

impl Outcome {
    /// Nothing has come of it yet.
    pub(super) fn of(item: &Item) -> Self {
        Self { fates: vec![Fate::Open; item.recipients.len()] }
    }

    /// How many recipients may have the text.
    pub(super) fn accepted(&self) -> usize {
        self.fates.iter().filter(|fate| **fate == Fate::Accepted).count()
    }

    /// The reply to a recipient's RCPT.
    pub(super) fn recipient(&mut self, nth: usize, reply: &PeerReply) {
        if let Some(fate) = self.fates.get_mut(nth).filter(|fate| **fate == Fate::Open) {
            *fate = if reply.is_positive() { Fate::Accepted } else { refused(reply) };
        }
    }

    /// MAIL was refused, and with it everybody.
    pub(super) fn refuse_all(&mut self, reply: &PeerReply) {
        self.fates.fill(refused(reply));
    }

    /// The text was refused: so were all that could have had it.
    pub(super) fn refuse_accepted(&mut self, reply: &PeerReply) {
        for fate in self.fates.iter_mut().filter(|fate| **fate == Fate::Accepted) {
            *fate = refused(reply);
        }
    }

    /// The other end has the text.
    pub(super) fn deliver(&mut self) {
        for fate in self.fates.iter_mut().filter(|fate| **fate == Fate::Accepted) {
            *fate = Fate::Delivered;
        }
    }

    /// It cannot be sent there at all.
    pub(super) fn fail_all(&mut self, status: &str, why: &str) {
        self.fates.fill(Fate::Failed(status.to_owned(), why.to_owned()));
    }

    /// Tells the queue, and the sender: of failures always unless NOTIFY says otherwise, of success where the other
    /// end does not report by itself (RFC 3461 §5.2.1, §6.2).
    pub(super) fn settle(
        self,
        id: QueueId,
        peer_reports: bool,
        remote: &str,
        now: Instant,
        settings: &SmtpSettings,
        store: &mut Store,
    ) {
        let Some(item) = store.queue().item(id).cloned() else { return };
        let (mut failed, mut relayed, mut trouble) = (Vec::new(), Vec::new(), String::new());
        // From the last to the first, so that numbers stay what they were.
        for (nth, fate) in self.fates.into_iter().enumerate().rev() {
            let (action, status, said) = match fate {
                Fate::Delivered => (Action::Relayed, "2.0.0".to_owned(), None),
                Fate::Failed(status, said) => (Action::Failed, status, Some(said)),
                Fate::Deferred(said) => {
                    trouble = said;
                    continue;
                }
                Fate::Open | Fate::Accepted => continue,
            };
            let Some(recipient) = store.queue_mut().settle(id, nth) else { continue };
            let wants = recipient.notify.unwrap_or_default();
            let told = Told {
                address: recipient.address,
                orcpt: recipient.orcpt,
                action,
                status,
                remote: Some(remote.to_owned()).filter(|remote| !remote.is_empty()),
                diagnostic: said,
            };
            match action {
                Action::Failed if wants.failure => failed.push(told),
                Action::Relayed if wants.success && !peer_reports => relayed.push(told),
                _ => {}
            }
        }
        unreached(id, &trouble, now, settings, store);
        for mut told in [failed, relayed] {
            told.reverse();
            report(&item, told, now, settings, store);
        }
    }
}

fn refused(reply: &PeerReply) -> Fate {
    if reply.is_final() { Fate::Failed(reply.status(), reply.shown()) } else { Fate::Deferred(reply.shown()) }
}

/// Tells the sender of an item what became of these recipients.
pub(super) fn report(item: &Item, told: Vec<Told>, now: Instant, settings: &SmtpSettings, store: &mut Store) {
    if told.is_empty() {
        return;
    }
    let original = item.message.octets().unwrap_or_default();
    let about = About {
        from: &item.from,
        envid: item.envid.as_deref(),
        ret: item.ret,
        arrived: item.arrived(store),
        original: &original,
        retries_until: told
            .first()
            .filter(|told| told.action == Action::Delayed)
            .map(|_| store.queue().end(item)),
    };
    tell(&about, told, now, settings, store);
}

/// Nothing could be done for those whom an item still names: nobody was reached, or they were put off. It is late, or too
/// old, or simply tried again later.
pub(in crate::protocol::smtp) fn unreached(
    id: QueueId,
    why: &str,
    now: Instant,
    settings: &SmtpSettings,
    store: &mut Store,
) {
    let Some(item) = store.queue().item(id).cloned() else { return };
    let said = PeerReply::shown_as(why);
    let told = |action, status: String| -> Vec<Told> {
        let wants = |notify: Notify| if action == Action::Failed { notify.failure } else { notify.delay };
        let wanted = item.recipients.iter().filter(|to| wants(to.notify.unwrap_or_default()));
        wanted
            .map(|to| Told {
                address: to.address.clone(),
                orcpt: to.orcpt.clone(),
                action,
                status: status.clone(),
                remote: None,
                diagnostic: said.as_ref().map(PeerReply::shown),
            })
            .collect()
    };
    if store.queue().is_too_old(&item, now) {
        store.queue_mut().remove(id);
        // "Delivery time expired" (RFC 3463 §3.5).
        report(&item, told(Action::Failed, "5.4.7".to_owned()), now, settings, store);
        return;
    }
    if store.queue().is_late(&item, now) {
        store.queue_mut().set_warned(id);
        // "No answer from host", if it did not say more (RFC 3463 §3.5).
        let status = said.as_ref().map_or_else(|| "4.4.1".to_owned(), PeerReply::status);
        report(&item, told(Action::Delayed, status), now, settings, store);
    }
    store.queue_mut().release(id, now, why);
}
