//! Servers with one fault each, made by tampering between server and client. `tests/mutants.md` says what each does.

use std::collections::BTreeMap;

use maillab::mail::store::Store;
use maillab::protocol::imap::Imap;

use super::host;

mod answers;
mod commands;
mod numbers;

/// A server that is wrong.
pub struct Mutant {
    pub name: &'static str,
    /// Tampers with a command before the server sees it.
    pub before: fn(&mut Turn<'_>),
    /// Tampers with an answer, or with the store, before the client hears of it. An empty command stands for what
    /// the server says of itself.
    pub after: fn(&mut Turn<'_>),
}

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Mutant> {
    [numbers::MUTANTS, commands::MUTANTS, answers::MUTANTS].into_iter().flatten()
}

const fn honest(_: &mut Turn<'_>) {}

/// A mutant that tampers with answers.
const fn answering(name: &'static str, after: fn(&mut Turn<'_>)) -> Mutant {
    Mutant { name, before: honest, after }
}

/// A mutant that tampers with commands.
const fn asking(name: &'static str, before: fn(&mut Turn<'_>)) -> Mutant {
    Mutant { name, before, after: honest }
}

/// What mutants remember, all clients together.
#[derive(Default)]
pub struct Memory {
    /// Which mailbox each client has open, and whether to read only.
    pub open: BTreeMap<usize, (String, bool)>,
    /// Numbers by name, for whatever a mutant counts.
    pub counts: BTreeMap<String, u64>,
}

/// One command and its answer, on their way.
pub struct Turn<'a> {
    pub client: usize,
    pub idles: bool,
    pub command: String,
    /// Responses without their last CR LF.
    pub answer: Vec<String>,
    pub session: &'a mut Imap,
    pub store: &'a mut Store,
    pub memory: &'a mut Memory,
}

impl Turn<'_> {
    /// The command's word, `UID` left out.
    pub fn word(&self) -> String {
        let mut words = self.command.split_ascii_whitespace().skip(1);
        let word = words.next().unwrap_or_default();
        if word == "UID" { words.next().unwrap_or_default().to_owned() } else { word.to_owned() }
    }

    pub fn is(&self, words: &[&str]) -> bool {
        words.contains(&self.word().as_str())
    }

    /// True if the last response says that the command was granted.
    pub fn is_granted(&self) -> bool {
        self.answer.last().is_some_and(|line| line.split(' ').nth(1) == Some("OK"))
    }

    /// Notes which mailbox is open.
    pub fn remember(&mut self) {
        match self.word().as_str() {
            word @ ("SELECT" | "EXAMINE") => {
                self.memory.open.remove(&self.client);
                let name = self.command.split_ascii_whitespace().nth(2).unwrap_or_default().to_owned();
                if self.is_granted() {
                    self.memory.open.insert(self.client, (name, word == "EXAMINE"));
                }
            }
            "CLOSE" | "UNSELECT" => {
                self.memory.open.remove(&self.client);
            }
            _ => {}
        }
    }

    /// Asks the server something on the client's behalf: the untagged responses.
    pub fn ask(&mut self, command: &str) -> Vec<String> {
        if self.idles {
            return Vec::new();
        }
        let octets = host::receive(self.session, self.store, format!("mutant {command}\r\n").as_bytes());
        let mut lines = host::lines(octets);
        lines.retain(|line| line.starts_with("* "));
        lines
    }

    /// Puts responses before the tagged one, or at the end if there is none.
    pub fn insert(&mut self, lines: Vec<String>) {
        let at =
            self.answer.len() - usize::from(self.answer.last().is_some_and(|line| !line.starts_with('*')));
        self.answer.splice(at..at, lines);
    }

    /// Changes each response.
    pub fn edit(&mut self, mut change: impl FnMut(&str) -> String) {
        for line in &mut self.answer {
            *line = change(line);
        }
    }

    /// Changes the number behind each of these words: `UID 7`, `[UIDNEXT 8`.
    pub fn renumber(&mut self, before: &str, mut change: impl FnMut(u64) -> u64) {
        self.edit(|line| renumbered(line, before, &mut change));
    }

    /// Changes the number of `* n WORD`.
    pub fn recount(&mut self, word: &str, mut change: impl FnMut(u64) -> u64) {
        self.edit(|line| match counted(line, word) {
            Some((number, rest)) => format!("* {} {rest}", change(number)),
            None => line.to_owned(),
        });
    }

    /// The places of `* n WORD` responses.
    pub fn places(&self, word: &str) -> Vec<usize> {
        (0..self.answer.len()).filter(|at| counted(&self.answer[*at], word).is_some()).collect()
    }

    /// UIDs and numbers of the messages in the mailbox that is open.
    pub fn uids(&mut self) -> Vec<u64> {
        self.ask("UID SEARCH ALL")
            .iter()
            .filter(|line| line.starts_with("* SEARCH"))
            .flat_map(|line| numbers_in(line))
            .collect()
    }
}

/// `* 3 EXISTS` for EXISTS: 3, and what stands behind the number.
pub fn counted<'a>(line: &'a str, word: &str) -> Option<(u64, &'a str)> {
    let (number, rest) = line.strip_prefix("* ")?.split_once(' ')?;
    let is_it = rest.split([' ', '\r']).next() == Some(word);
    Some((number.parse().ok()?, rest)).filter(|_| is_it)
}

/// Changes each number that stands right behind `before`.
pub fn renumbered(line: &str, before: &str, change: &mut impl FnMut(u64) -> u64) -> String {
    let mut parts = line.split(before);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        out += before;
        match part[..digits].parse() {
            Ok(number) => out += &change(number).to_string(),
            Err(_) => out += &part[..digits],
        }
        out += &part[digits..];
    }
    out
}

/// All numbers of a line that stand between blanks.
pub fn numbers_in(line: &str) -> Vec<u64> {
    line.split([' ', ')', '(']).filter_map(|word| word.parse().ok()).collect()
}
