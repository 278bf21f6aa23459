//! A branch office of several people: how its mail comes in over one line.
//!
//! Two ways. With **ETRN** (RFC 1985) the branch has a mail host of its own: it calls, asks for what waits for its
//! domain, and the office's host opens a connection back over the same call and sends each message once, whoever
//! of the branch is to have it. With **POP3** each person has a maildrop at the office and fetches it by themselves:
//! in a call of their own, or one after the other in a call that the branch's router keeps up.

use std::sync::Arc;

use super::user::User;
use crate::desk::{Desk, Note, Program, Running, Service, Trouble};
use crate::mail::date::Timestamp;
use crate::mail::queue::BRANCH;
use crate::mail::store::Store;
use crate::protocol::pop3::Pop3Client;
use crate::protocol::smtp::client::receive;
use crate::protocol::smtp::{Smtp, SmtpClient, SmtpSettings};
use crate::time::Duration;

/// The branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its domain.
    pub domain: String,
    /// Who works there: names of users, and local parts of addresses.
    pub people: Vec<String>,
    /// The password of each, at the office.
    pub password: String,
}

/// How the branch collects its mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collecting {
    /// Its mail host says ETRN.
    Etrn,
    /// Everybody fetches by POP3, in one call.
    Pop3InOneCall,
    /// Everybody fetches by POP3, in a call of their own.
    Pop3ACallEach,
}

/// How long the branch's host waits for the office to call back.
const PATIENCE: Duration = Duration::from_secs(120);

/// A strategy's client: the branch of the scenario.
pub(super) async fn run(user: User, how: Collecting) -> Result<(), Trouble> {
    let people = user.account.people.clone();
    if people.is_empty() {
        return Err(Trouble::Protocol("this scenario has no branch office: add a table [branch]".into()));
    }
    let branch = Branch { domain: BRANCH.to_owned(), people, password: user.account.password.clone() };
    collect(&user.desk, &branch, how).await
}

async fn collect(desk: &Desk, branch: &Branch, how: Collecting) -> Result<(), Trouble> {
    match how {
        Collecting::Etrn => etrn(desk, branch).await,
        Collecting::Pop3InOneCall => pop3_in_one_call(desk, branch).await,
        Collecting::Pop3ACallEach => pop3_a_call_each(desk, branch).await,
    }
}

/// The client at the branch's end of the line.
#[must_use]
pub fn program(branch: Branch, how: Collecting) -> Program {
    let branch = Arc::new(branch);
    Arc::new(move |desk| -> Running {
        let branch = Arc::clone(&branch);
        Box::pin(async move { collect(&desk, &branch, how).await })
    })
}

/// Calls, asks, takes what comes, and hangs up.
async fn etrn(desk: &Desk, branch: &Branch) -> Result<(), Trouble> {
    desk.dial().await?;
    let mut client = SmtpClient::greet(desk.connect(Service::Smtp).await?).await?;
    client.ehlo(&branch.domain).await?;
    let reply = client.etrn(&branch.domain).await?;
    client.quit().await?;
    let mut store = branch.mail_host();
    // 251: nothing waits (RFC 1985 §5.3).
    if reply.is_positive() && reply.code != 251 {
        let until = desk.now().await + PATIENCE;
        match desk.accept(until).await? {
            Some(wire) => receive(wire, &mut Smtp::new(branch.settings()), &mut store).await.map(drop)?,
            None => return Err(Trouble::Protocol("the office did not call back".into())),
        }
    }
    desk.hang_up().await;
    let messages = branch.messages(&store);
    desk.note(Note::Remark(format!("{messages} messages in the branch's mailboxes"))).await;
    Ok(())
}

async fn pop3_in_one_call(desk: &Desk, branch: &Branch) -> Result<(), Trouble> {
    desk.dial().await?;
    let mut messages = 0;
    for person in &branch.people {
        messages += fetch(desk, person, &branch.password).await?;
    }
    desk.hang_up().await;
    desk.note(Note::Remark(format!("{messages} messages in the branch's mailboxes"))).await;
    Ok(())
}

async fn pop3_a_call_each(desk: &Desk, branch: &Branch) -> Result<(), Trouble> {
    let mut messages = 0;
    for person in &branch.people {
        desk.dial().await?;
        messages += fetch(desk, person, &branch.password).await?;
        desk.hang_up().await;
    }
    desk.note(Note::Remark(format!("{messages} messages in the branch's mailboxes"))).await;
    Ok(())
}

/// One person's mail program: all of the maildrop, and nothing left (RFC 1939 §8).
async fn fetch(desk: &Desk, person: &str, password: &str) -> Result<u32, Trouble> {
    let mut maildrop = Pop3Client::greet(desk.connect(Service::Pop3).await?).await?;
    maildrop.user_pass(person, password).await?;
    let (messages, _) = maildrop.stat().await?;
    for number in 1..=messages {
        maildrop.retr(number).await?;
        maildrop.dele(number).await?;
    }
    maildrop.quit().await?;
    Ok(messages)
}

impl Branch {
    /// Its own mail host.
    fn settings(&self) -> SmtpSettings {
        SmtpSettings {
            host: format!("mail.{}", self.domain),
            domains: vec![self.domain.clone()],
            ..SmtpSettings::default()
        }
    }

    /// The mailboxes of its own mail host.
    fn mail_host(&self) -> Store {
        let mut store = Store::new(Timestamp::DEFAULT_START);
        for person in &self.people {
            if let Ok(user) = store.add_user(person, self.password.clone()) {
                // A name that is there already would be the same person's.
                let _ = store.add_address(user, &format!("{person}@{}", self.domain));
            }
        }
        store
    }

    fn messages(&self, store: &Store) -> usize {
        let of = |person: &String| {
            let inbox = store.inbox(store.user(person.as_bytes())?)?;
            Some(store.mailbox(inbox)?.entries.len())
        };
        self.people.iter().filter_map(of).sum()
    }
}
