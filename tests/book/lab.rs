//! Sessions for the book's figures: small worlds whose packets can be counted by hand.

use std::sync::Arc;

use maillab::desk::{ConnId, Desk, Program, Service, Trouble};
use maillab::link::preset;
use maillab::link::tcp::{Profile, Side};
use maillab::mail::date::Timestamp;
use maillab::mail::flags::Flags;
use maillab::mail::message::Message;
use maillab::mail::store::Store;
use maillab::protocol::Server;
use maillab::protocol::pop3::{Pop3, Pop3Client, Pop3Settings};
use maillab::time::Instant;
use maillab::world::lab::Lab;
use maillab::world::{Host, Packet, World};

/// A session that has run: what happened, to be counted.
pub struct Ran {
    pub world: World,
}

/// One message of exactly `octets` octets, all of it plain text.
pub fn message(octets: usize) -> Message {
    let mut text = String::from("Subject: figures\r\n\r\n");
    while text.len() + 72 <= octets {
        text.push_str("The line is clocked out bit by bit, and nothing makes it any faster...\r\n");
    }
    let left = octets - text.len();
    if left >= 2 {
        text.push_str(&"x".repeat(left - 2));
        text.push_str("\r\n");
    }
    assert_eq!(text.len(), octets);
    Message::new(text)
}

/// Runs `client` over `link` against a maildrop of alice, whose password is `secret`.
pub fn run(
    link: &str,
    stack: &'static Profile,
    mail: &[usize],
    client: impl AsyncFn(Desk) -> Result<(), Trouble> + Send + Sync + Copy + 'static,
) -> Ran {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let alice = store.add_user("alice", "secret").unwrap();
    let inbox = store.inbox(alice).unwrap();
    for octets in mail {
        store.append(inbox, Arc::new(message(*octets)), Flags::NONE, Timestamp::DEFAULT_START).unwrap();
    }
    let pop3 = Server::Pop3(Pop3::new(Pop3Settings::default()));
    let mut host = Host::new(vec![(Service::Pop3, pop3)]);
    host.stack = stack;
    let mut world = World::new(1998, store, host);
    world.add_workstation(Arc::new(preset::resolve(link).unwrap()));
    let mut lab = Lab::new(world);
    let program: Program = Arc::new(move |desk| Box::pin(async move { client(desk).await }));
    lab.add_client(0, program);
    lab.run().unwrap();
    assert!(
        lab.outcomes().all(|outcome| outcome == Some(&Ok(()))),
        "{:?}",
        lab.outcomes().collect::<Vec<_>>()
    );
    Ran { world: lab.world().clone() }
}

/// Logs in, fetches every message, leaves: the session that most figures are about.
pub async fn fetch_all(desk: Desk) -> Result<(), Trouble> {
    desk.dial().await?;
    let mut maildrop = Pop3Client::greet(desk.connect(Service::Pop3).await?).await?;
    maildrop.user_pass("alice", "secret").await?;
    maildrop.stat().await?;
    for message in maildrop.list().await? {
        maildrop.retr(message.number).await?;
    }
    maildrop.quit().await?;
    desk.hang_up().await;
    Ok(())
}

impl Ran {
    pub fn packets(&self) -> Vec<Packet> {
        self.world.journal().packets.iter().copied().collect()
    }

    /// When the command that begins with `word` was written, and when the last octet of its answer was there.
    pub fn exchange(&self, word: &str) -> (Instant, Instant) {
        let conn = self.world.conn(ConnId(0)).unwrap();
        let commands = self.world.journal().commands.iter();
        let command = commands.clone().find(|command| command.text.starts_with(word.as_bytes())).unwrap();
        let asked = conn.stream(Side::Client).write_at(command.from).unwrap().at;
        let next = commands.map(|command| command.from).filter(|from| *from > command.from).min();
        // Lock-step: what arrives before the next command is written answers this one.
        let until = next.map_or(Instant::NEVER, |from| conn.stream(Side::Client).write_at(from).unwrap().at);
        let arrivals = conn.stream(Side::Server).arrivals.iter();
        let last = arrivals.map(|arrival| arrival.at).filter(|at| *at > asked && *at <= until).max().unwrap();
        (asked, last)
    }
}
