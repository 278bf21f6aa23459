//! What a server would take now, from the rows that its parser reads.

use super::Hand;
use crate::desk::Service;
use crate::protocol::{CommandRow, Server, dmsp, imap, pop1, pop2, pop3, poppassd, smtp};

/// One command of the protocol that is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Legal {
    /// The keyword.
    pub word: &'static str,
    /// The whole command as a person writes it.
    pub syntax: &'static str,
    /// The clause that defines it.
    pub clause: &'static str,
    /// What it does.
    pub help: &'static str,
    /// The states in which it is legal.
    pub states: String,
    /// It is legal now.
    pub now: bool,
}

/// The server of the current connection.
fn server(hand: &Hand) -> Option<&Server> {
    hand.current().and_then(|peer| hand.conn(peer)).map(|conn| conn.session())
}

/// The state in which a server is, by the RFC's name.
#[must_use]
pub fn state(server: &Server) -> String {
    match server {
        Server::Pop3(session) => session.state().to_string(),
        Server::Imap(session) => session.state().to_string(),
        Server::Smtp(session) => format!("{:?}", session.state()).to_lowercase(),
        Server::Dmsp(session) => session.state().to_string(),
        Server::Pop2(session) => session.state().to_string(),
        Server::Pop1(session) => session.state().to_string(),
        Server::Poppassd(session) => session.state().to_string(),
        Server::Scripted(_) => "scripted".to_owned(),
    }
}

/// All commands of the protocol that is spoken on the current connection.
#[must_use]
pub fn all(hand: &Hand) -> Vec<Legal> {
    server(hand).map(rows).unwrap_or_default()
}

/// All commands of a server's protocol.
#[must_use]
pub fn rows(server: &Server) -> Vec<Legal> {
    match server {
        Server::Pop3(session) => {
            let dialect = session.settings().dialect;
            let mut known = of(pop3::COMMANDS, session.state(), ToString::to_string);
            known.retain(|row| dialect.commands().any(|known| known.word == row.word));
            known
        }
        Server::Imap(session) => {
            let mut known = of(imap::command::COMMANDS, session.state(), ToString::to_string);
            known.retain(|row| imap::command::is_known(row.word, session.settings()));
            let (dialect, version3) = (session.settings().dialect, session.enabled().imap3.is_some());
            for row in &mut known {
                row.now &= session.takes(row.word);
                row.clause = imap::older::clause(row.clause, dialect, version3);
                let kind = imap::command::COMMANDS.iter().find(|known| known.word == row.word);
                let older = kind.and_then(|known| imap::older::syntax(known.kind, dialect, version3));
                row.syntax = older.unwrap_or(row.syntax);
            }
            known
        }
        Server::Smtp(session) => {
            let dialect = session.settings().dialect;
            let rows = smtp::COMMANDS.iter().filter(|row| dialect.knows(row.kind));
            let legal = of(smtp::COMMANDS, session.state(), |state| format!("{state:?}").to_lowercase());
            // What the server does not offer is legal nowhere, whatever its row says.
            let offers =
                |word: &str| rows.clone().any(|row| row.word == word && session.settings().offers(row.kind));
            let knows = |word: &str| rows.clone().any(|row| row.word == word);
            let takes = |word: &str| rows.clone().any(|row| row.word == word && session.takes(row));
            let legal = legal.into_iter().filter(|row| knows(row.word));
            legal
                .map(|row| {
                    let states = if offers(row.word) { row.states } else { String::new() };
                    Legal { now: takes(row.word), states, ..row }
                })
                .collect()
        }
        Server::Dmsp(session) => of(dmsp::COMMANDS, session.state(), ToString::to_string),
        Server::Pop2(session) => of(pop2::COMMANDS, session.state(), ToString::to_string),
        Server::Pop1(session) => of(pop1::COMMANDS, session.state(), ToString::to_string),
        Server::Poppassd(session) => of(poppassd::COMMANDS, session.state(), ToString::to_string),
        Server::Scripted(_) => Vec::new(),
    }
}

fn of<K, S: PartialEq>(rows: &[CommandRow<K, S>], state: S, name: impl Fn(&S) -> String) -> Vec<Legal> {
    rows.iter()
        .map(|row| Legal {
            word: row.word,
            syntax: row.syntax,
            clause: row.clause,
            help: row.help,
            states: row.states.iter().map(&name).collect::<Vec<_>>().join(", "),
            now: row.states.contains(&state),
        })
        .collect()
}

/// Does a command begin with a tag on the current connection (RFC 3501 §2.2.1)?
#[must_use]
pub fn is_tagged(hand: &Hand) -> bool {
    hand.current().and_then(|peer| hand.peers().get(peer)).is_some_and(|peer| peer.service == Service::Imap)
}
