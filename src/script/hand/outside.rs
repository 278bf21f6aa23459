//! What somebody at the prompt can let happen elsewhere: the server is another one, mail comes in, the line drops.

use std::sync::Arc;

use super::Hand;
use crate::desk::Service;
use crate::link::call::{Drop, DropWhen};
use crate::mail::message::Message;
use crate::mail::queue::{BRANCH, Item, QueuedRecipient};

impl Hand {
    /// From the next connection on, a service is one of another year or make, and has features or has them not; without
    /// a name, as it was at first. False, and nothing done, if there is no such dialect.
    pub fn set_server(
        &mut self,
        service: Service,
        dialect: Option<&str>,
        features: &[(String, bool)],
    ) -> bool {
        let standard =
            self.standard.iter().find(|(known, _)| *known == service).map(|(_, server)| server.clone());
        let model = match dialect {
            Some(word) => standard.and_then(|server| server.in_dialect(word)),
            None => standard,
        };
        match model {
            Some(model) => {
                let model = features.iter().fold(model, |model, (word, on)| model.with_feature(word, *on));
                self.world.serve_as(service, model);
                true
            }
            None => dialect.is_none(),
        }
    }

    /// A message from outside arrives for an address, or for a user of the store by name: in the INBOX, or in the queue
    /// for the branch. False if nobody has the address.
    pub fn deliver(&mut self, to: &str) -> bool {
        let store = self.world.store();
        // Behind the @ may stand a dial-up host, whose users share its maildrop (SDPS).
        let host = || to.rsplit_once('@').and_then(|(_, host)| store.user(host.as_bytes()));
        let user = store.user(to.as_bytes()).or_else(|| store.addressee(to.as_bytes())).or_else(host);
        let inbox = user.and_then(|user| store.inbox(user));
        let for_branch = to.rsplit_once('@').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(BRANCH));
        let address =
            if to.contains('@') { to.to_owned() } else { format!("{to}@{}", crate::scenario::DOMAIN) };
        let now = self.world.now();
        let text = format!(
            "Date: {}\r\nFrom: bob@example.net\r\nTo: {address}\r\nSubject: While you were out\r\nMessage-ID: \
             <{}@example.net>\r\n\r\nCall me when you are back.\r\n",
            self.start.at(now).rfc5322(),
            now.as_nanos(),
        );
        let message = Arc::new(Message::new(text));
        match inbox {
            Some(inbox) => self.world.deliver_mail(inbox, message),
            None if for_branch => {
                let recipient = QueuedRecipient { address, notify: None, orcpt: None };
                let item = Item::new(message, "bob@example.net", BRANCH, now);
                self.world.queue_mail(Item { recipients: vec![recipient], ..item });
            }
            None => return false,
        }
        true
    }

    /// The line drops: now, or in the next call when it is said when.
    pub fn drop_line(&mut self, in_next_call: &[DropWhen]) {
        if in_next_call.is_empty() {
            self.world.drop_line(self.workstation());
            return;
        }
        let here = self.workstation();
        let mine = self.world.journal().calls.iter().filter(|call| call.workstation == here);
        let made = mine.filter(|call| call.up.is_some()).count();
        let call = u32::try_from(made + 1).ok();
        let mut plan = self.world.call_plan().clone();
        plan.drops.extend(in_next_call.iter().map(|when| Drop { when: *when, call }));
        self.world.change_calls(plan);
    }
}
