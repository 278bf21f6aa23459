//! Sessions on one store, with no delay and no network, and a place between server and client where a mutant may
//! stand.

use maillab::mail::date::Timestamp;
use maillab::mail::store::Store;
use maillab::protocol::imap::{Imap, ImapSettings};
use maillab::session::{Output, Session};
use maillab::time::Instant;

use super::mutants::{Memory, Mutant, Turn};
use super::wire;

/// A server with its clients' sessions.
pub struct Host {
    store: Store,
    sessions: Vec<Imap>,
    idles: Vec<bool>,
    mutant: Option<&'static Mutant>,
    memory: Memory,
}

impl Host {
    /// Opens a session for each client; gives the greetings.
    pub fn new(clients: usize, mutant: Option<&'static Mutant>) -> (Self, Vec<Vec<u8>>) {
        let mut store = Store::new(Timestamp::DEFAULT_START);
        store.add_user("alice", "secret").unwrap();
        let mut sessions: Vec<Imap> = (0..clients).map(|_| Imap::new(ImapSettings::default())).collect();
        let greetings = sessions
            .iter_mut()
            .map(|session| {
                let mut out = Output::default();
                session.open(Instant::START, &mut store, &mut out);
                out.bytes()
            })
            .collect();
        let idles = vec![false; clients];
        (Self { store, sessions, idles, mutant, memory: Memory::default() }, greetings)
    }

    /// A client sends commands in one go. What each client hears, in order.
    pub fn send(&mut self, client: usize, commands: &[Vec<u8>]) -> Vec<(usize, Vec<u8>)> {
        let mut heard = Vec::new();
        match self.mutant {
            // The good server gets the burst as it is.
            None => {
                let answer = receive(&mut self.sessions[client], &mut self.store, &commands.concat());
                heard.push((client, answer));
                self.tell_others(client, &mut heard);
            }
            Some(mutant) => {
                for command in commands {
                    let answer = self.tampered(mutant, client, command.clone());
                    heard.push((client, answer));
                    self.tell_others(client, &mut heard);
                }
            }
        }
        heard
    }

    fn tampered(&mut self, mutant: &Mutant, client: usize, command: Vec<u8>) -> Vec<u8> {
        let was_idle = self.idles[client];
        let mut turn = Turn {
            client,
            idles: was_idle,
            command: String::from_utf8_lossy(&command).into_owned(),
            answer: Vec::new(),
            session: &mut self.sessions[client],
            store: &mut self.store,
            memory: &mut self.memory,
        };
        self.idles[client] = turn.word() == "IDLE";
        (mutant.before)(&mut turn);
        let octets = receive(turn.session, turn.store, turn.command.as_bytes());
        turn.answer.extend(lines(octets));
        turn.remember();
        (mutant.after)(&mut turn);
        joined(&turn.answer)
    }

    /// Those who idle hear news at once; a mutant may speak to all.
    fn tell_others(&mut self, client: usize, heard: &mut Vec<(usize, Vec<u8>)>) {
        for other in (0..self.sessions.len()).filter(|other| *other != client) {
            let mut out = Output::default();
            self.sessions[other].notice(Instant::START, &self.store, &mut out);
            if out.wake == Some(Instant::START) {
                self.sessions[other].wake(Instant::START, &mut self.store, &mut out);
            }
            let mut answer = out.bytes();
            if let Some(mutant) = self.mutant {
                let mut turn = Turn {
                    client: other,
                    idles: self.idles[other],
                    command: String::new(),
                    answer: lines(answer),
                    session: &mut self.sessions[other],
                    store: &mut self.store,
                    memory: &mut self.memory,
                };
                (mutant.after)(&mut turn);
                answer = joined(&turn.answer);
            }
            if !answer.is_empty() {
                heard.push((other, answer));
            }
        }
    }
}

/// Hands octets to a session; gives what it says.
pub fn receive(session: &mut Imap, store: &mut Store, octets: &[u8]) -> Vec<u8> {
    let mut out = Output::default();
    session.receive(Instant::START, octets, store, &mut out);
    out.bytes()
}

/// Octets as responses, each without its last CR LF.
pub fn lines(mut octets: Vec<u8>) -> Vec<String> {
    wire::complete(&mut octets).into_iter().map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
}

fn joined(lines: &[String]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_bytes(), b"\r\n"].concat()).collect()
}
