//! A mail host at the workstation, as a branch office has one. It sleeps until the other host has mail for it: over a
//! connection which that one opens (after ETRN, RFC 1985 §5.1), or on which the two ends have changed places (after
//! TURN, RFC 821 §3.8). Whoever sits at the workstation watches.

use bytes::Bytes;

use super::Hand;
use crate::desk::{Answer, Ask, ConnId, Trouble};
use crate::link::tcp::Side;
use crate::mail::queue::BRANCH;
use crate::mail::store::Store;
use crate::protocol::smtp::{Smtp, SmtpSettings};
use crate::session::{Out, Output, Session};
use crate::world::{Conn, Waiting};

/// The mail host of the workstations.
#[derive(Clone, Debug)]
pub(super) struct MailHost {
    /// What each of its sessions is made from.
    model: Smtp,
    /// Its mailboxes.
    store: Store,
    /// How many connections of the world have been looked at.
    seen: usize,
    /// Connections that the other host opens, and that are not up yet.
    coming: Vec<(ConnId, usize)>,
    talks: Vec<Talk>,
}

/// One conversation with the other host.
#[derive(Clone, Debug)]
struct Talk {
    conn: ConnId,
    chair: usize,
    session: Smtp,
    over: bool,
}

impl MailHost {
    /// The host of the branch, with a mailbox for each of `people`.
    pub(super) fn new(mut store: Store, people: &[String]) -> Self {
        for person in people {
            if let Ok(user) = store.add_user(person, String::new()) {
                // A name that is there already would be the same person's.
                let _ = store.add_address(user, &format!("{person}@{BRANCH}"));
            }
        }
        let settings = SmtpSettings {
            host: format!("mail.{BRANCH}"),
            domains: vec![BRANCH.to_owned()],
            ..SmtpSettings::default()
        };
        Self { model: Smtp::new(settings), store, seen: 0, coming: Vec::new(), talks: Vec::new() }
    }

    fn messages(&self) -> usize {
        let inboxes = self.store.users().filter_map(|user| self.store.mailbox(self.store.inbox(user)?));
        inboxes.map(|inbox| inbox.entries.len()).sum()
    }
}

impl Hand {
    /// How many messages the mail host at the workstation has in its mailboxes.
    #[must_use]
    pub fn messages_at_home(&self) -> usize {
        self.mail_host.messages()
    }

    /// What happened at the workstation that nobody typed, since somebody last asked: what the mail host there heard and
    /// said, and handshakes of TLS; in lines.
    pub fn take_told(&mut self) -> Vec<String> {
        std::mem::take(&mut self.told)
    }

    /// Lets time pass until the mail host has taken all that the other one brings.
    pub fn wait_for_mail_host(&mut self) {
        while self.mail_host_is_busy() && self.step() {}
    }

    fn mail_host_is_busy(&self) -> bool {
        let is_coming = |(id, _): &(ConnId, usize)| self.world.conn(*id).is_some_and(|conn| !conn.is_lost());
        let talks =
            |talk: &Talk| !talk.over && self.world.conn(talk.conn).is_some_and(|conn| !conn.is_quiet());
        self.mail_host.coming.iter().any(is_coming) || self.mail_host.talks.iter().any(talks)
    }

    /// The mail host has this connection from here on: it greets, as the server that it is now (RFC 821 §3.8).
    pub(super) fn hand_over(&mut self, conn: ConnId, chair: usize) {
        self.told.push("the ends have changed places: the mail host here greets".to_owned());
        self.begin_talk(conn, chair);
    }

    fn begin_talk(&mut self, conn: ConnId, chair: usize) {
        let mut talk = Talk { conn, chair, session: self.mail_host.model.clone(), over: false };
        let mut out = Output::default();
        talk.session.open(self.world.now(), &mut self.mail_host.store, &mut out);
        self.say(&mut talk, out);
        self.mail_host.talks.push(talk);
    }

    /// What the mail host does as soon as something has happened.
    pub(super) fn attend(&mut self) {
        self.look_for_callers();
        self.take_calls();
        let mut talks = std::mem::take(&mut self.mail_host.talks);
        for talk in talks.iter_mut().filter(|talk| !talk.over) {
            self.listen_to(talk);
        }
        talks.append(&mut self.mail_host.talks);
        self.mail_host.talks = talks;
    }

    fn look_for_callers(&mut self) {
        let conns = self.world.conns();
        let new = conns.iter().enumerate().skip(self.mail_host.seen);
        let callers: Vec<(ConnId, usize)> = new
            .filter(|(_, conn)| conn.opener == Side::Server)
            .filter_map(|(nth, conn)| {
                let chair = self.chairs.iter().position(|chair| chair.workstation == conn.workstation)?;
                Some((ConnId(nth as u32), chair))
            })
            .collect();
        self.mail_host.seen = conns.len();
        self.mail_host.coming.extend(callers);
    }

    fn take_calls(&mut self) {
        let now = self.world.now();
        let mut chairs: Vec<usize> = self.mail_host.coming.iter().map(|(_, chair)| *chair).collect();
        chairs.dedup();
        for chair in chairs {
            let waiting = Waiting::Accepting(Some(now));
            if let Some(Answer::Connected(id)) = self.world.poll(self.number_of(chair), &waiting) {
                self.mail_host.coming.retain(|(coming, _)| *coming != id);
                self.told.push("the other host calls back; the mail host here answers".to_owned());
                self.begin_talk(id, chair);
            }
        }
        let is_lost = |conn: Option<&Conn>| conn.is_none_or(Conn::is_lost);
        let world = &self.world;
        self.mail_host.coming.retain(|(id, _)| !is_lost(world.conn(*id)));
    }

    fn listen_to(&mut self, talk: &mut Talk) {
        let now = self.world.now();
        let waiting = Waiting::Octets(talk.conn, Some(now));
        loop {
            let mut out = Output::default();
            match self.world.poll(self.number_of(talk.chair), &waiting) {
                Some(Answer::Arrived(octets)) => {
                    talk.session.receive(now, &octets, &mut self.mail_host.store, &mut out);
                    self.say(talk, out);
                }
                Some(Answer::Failed(trouble)) => return self.end_talk(talk, &trouble),
                _ => return,
            }
        }
    }

    fn end_talk(&mut self, talk: &mut Talk, trouble: &Trouble) {
        talk.session.gone(&mut self.mail_host.store);
        talk.over = true;
        if *trouble != Trouble::Closed {
            self.told
                .push("the line is gone in the middle of it: what was not answered comes again".to_owned());
        }
        let _ = self.world.begin(self.number_of(talk.chair), &Ask::Close(talk.conn));
    }

    /// Sends what the session says, and keeps it for whoever watches.
    fn say(&mut self, talk: &mut Talk, out: Output) {
        let workstation = self.number_of(talk.chair);
        for item in out.items {
            match item {
                Out::Command { text, .. } => self.note("they", &text),
                Out::Write { bytes, .. } => {
                    self.note("we", &bytes);
                    let _ = self.world.begin(workstation, &Ask::Send(talk.conn, bytes));
                }
            }
        }
        if out.close {
            talk.over = true;
            let _ = self.world.begin(workstation, &Ask::Close(talk.conn));
            let there = self.mail_host.messages();
            let counted = if there == 1 { "1 message".to_owned() } else { format!("{there} messages") };
            self.told.push(format!("{counted} in the mailboxes here now"));
        }
    }

    /// The first line of what was said.
    fn note(&mut self, who: &str, said: &Bytes) {
        let line = said.split(|octet| *octet == b'\n').next().unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let shown = crate::script::text::escaped(line);
        self.told.push(format!("{who}: {shown}"));
    }
}
