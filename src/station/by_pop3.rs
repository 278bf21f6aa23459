//! The call by POP3: a maildrop is emptied, or looked through for what is new.
//!
//! The server keeps no flags and no mailboxes; what is done here stays here. What was fetched is known by its
//! unique-id, and nothing is deleted there before QUIT is answered (RFC 1939 §6).

use std::collections::BTreeSet;

use super::change::Change;
use super::local::{INBOX, LocalMessage};
use super::refused::Told;
use super::{Station, Way};
use crate::desk::{Service, Trouble};
use crate::mail::summary::Look;
use crate::protocol::pop3::Pop3Client;

/// A session with a POP3 server.
#[derive(Debug)]
pub struct Conn {
    client: Pop3Client,
    /// What the maildrop holds: message-numbers and unique-ids.
    listed: Vec<(u32, String)>,
    /// What QUIT will remove.
    doomed: BTreeSet<String>,
}

impl Conn {
    pub(super) async fn open(station: &mut Station) -> Result<Self, Trouble> {
        let wire = station.desk.connect(Service::Pop3).await?;
        let mut client = Pop3Client::greet(wire).await?;
        client.user_pass(&station.account.user, &station.account.password).await?;
        let listed = client.uidl().await?.into_iter().map(|listing| (listing.number, listing.id)).collect();
        Ok(Self { client, listed, doomed: BTreeSet::new() })
    }

    pub(super) async fn replay(&mut self, station: &mut Station) -> Result<(), Trouble> {
        let mut at = 0;
        while let Some(change) = station.mail.next_to_tell(&mut at) {
            // What is told here is done at QUIT, and struck off then.
            let told = match change {
                Change::Drop { id } => self.dele(&id).await?,
                _ => Told::Later,
            };
            match told {
                Told::Done => at += 1,
                told => station.mail.settle(&mut at, 1, told),
            }
        }
        station.save().await;
        station.send_by_smtp().await
    }

    /// Has a message removed at QUIT. A refusal is an answer.
    async fn dele(&mut self, id: &str) -> Result<Told, Trouble> {
        let number = self.listed.iter().find(|(_, listed)| listed == id).map(|(number, _)| *number);
        let Some(number) = number.filter(|_| !self.doomed.contains(id)) else { return Ok(Told::Done) };
        match (self.client.dele(number).await, self.client.take_refusal()) {
            (Err(Trouble::Protocol(_)), Some(words)) => Ok(refused(&words)),
            (outcome, _) => {
                outcome?;
                self.doomed.insert(id.to_owned());
                Ok(Told::Done)
            }
        }
    }

    pub(super) async fn synchronize(&mut self, station: &mut Station) -> Result<(), Trouble> {
        for (number, id) in self.listed.clone() {
            if !station.mail.mailbox_mut(INBOX).anchor.seen_ids.contains(&id) {
                let text = match (self.client.retr(number).await, self.client.take_refusal()) {
                    // This one not; the others all the same.
                    (Err(Trouble::Protocol(_)), Some(_)) => continue,
                    (text, _) => text?,
                };
                let told = LocalMessage {
                    octets: text.len() as u32,
                    look: Look::of_header(&text),
                    id: id.clone(),
                    body: Some(text),
                    ..LocalMessage::default()
                };
                let inbox = station.mail.mailbox_mut(INBOX);
                let next = inbox.anchor.uid_next.max(1);
                inbox.anchor.uid_next = next.saturating_add(1);
                inbox.messages.insert(next, told);
                inbox.anchor.seen_ids.insert(id.clone());
                station.save().await;
            }
            if station.mail.way == Way::Pop3Delete {
                self.dele(&id).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn close(self, station: &mut Station) -> Result<(), Trouble> {
        self.client.quit().await?;
        let left =
            |id: &String| self.listed.iter().any(|(_, listed)| listed == id) && !self.doomed.contains(id);
        station.mail.queue.retain(|change| !matches!(change, Change::Drop { id } if !left(id)));
        // An id that the server lists no longer will not come again.
        station.mail.mailbox_mut(INBOX).anchor.seen_ids.retain(left);
        station.save().await;
        Ok(())
    }
}

/// Words behind `-ERR`, with a response code or without (RFC 2449 §8).
fn refused(words: &str) -> Told {
    let code = words.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(code, _)| code);
    Told::refused(code, words)
}
