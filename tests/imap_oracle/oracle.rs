//! The oracle: it sees what clients send and hear, works out what the store must hold, and says where the two
//! part. It knows nothing of the server but its octets.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::answers::{self, Said};
use super::command::{self, Command};
use super::effects;
use super::rules::{Alarm, Rule};
use super::truth::Truth;
use super::visit::{Moment, Visit, learn_uid};
use super::wire::{self, Fault, Set, Value};

/// Watches all clients of one user.
#[derive(Default)]
pub struct Oracle {
    pub truth: Truth,
    pub clients: Vec<Client>,
    pub alarms: Vec<Alarm>,
    visits: usize,
}

/// What is known of one client.
#[derive(Default)]
pub struct Client {
    sent: Vec<u8>,
    heard: Vec<u8>,
    /// Commands that are not answered.
    pending: VecDeque<(String, Command)>,
    /// Untagged responses of the command that is being answered.
    held: Vec<Response>,
    pub logged_in: bool,
    pub visit: Option<Visit>,
    pub qresync: bool,
    pub condstore: bool,
    gone: bool,
    /// What it remembers of mailboxes that it has left: UIDVALIDITY and modification sequence, by name.
    pub remembered: BTreeMap<String, (u32, u64)>,
}

/// One response.
#[derive(Clone, Debug)]
pub struct Response {
    /// `None` for an untagged one.
    pub tag: Option<String>,
    pub words: Vec<Value>,
    /// Name and arguments of a response code.
    pub code: Option<(String, Vec<Value>)>,
}

impl Response {
    fn read(line: &[u8]) -> Result<Self, Fault> {
        let text = String::from_utf8_lossy(line);
        let mut parts = text.splitn(3, ' ');
        let (tag, word, rest) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next());
        let tag = (tag != "*").then(|| tag.to_owned());
        // What follows is text for people, but for the code in brackets.
        if ["OK", "NO", "BAD", "BYE", "PREAUTH"].contains(&word) {
            let code =
                match rest.and_then(|rest| rest.strip_prefix('[')).and_then(|rest| rest.split_once(']')) {
                    Some((code, _)) => {
                        let words = wire::values(code.as_bytes())?;
                        let name = words.first().map(Value::upper).unwrap_or_default();
                        Some((name, words.get(1..).unwrap_or_default().to_vec()))
                    }
                    None => None,
                };
            return Ok(Self { tag, words: vec![Value::Atom(word.to_owned())], code });
        }
        if tag.as_deref() == Some("+") {
            return Ok(Self { tag, words: Vec::new(), code: None });
        }
        Ok(Self { tag, words: wire::values(line)?.get(1..).unwrap_or_default().to_vec(), code: None })
    }

    /// `3 EXISTS` and the like: the number, and the word behind it.
    fn numbered(&self) -> Option<(u32, String)> {
        let number = self.words.first()?.number()?;
        Some((u32::try_from(number).ok()?, self.words.get(1)?.upper()))
    }
}

impl Oracle {
    pub fn new(clients: usize) -> Self {
        Self {
            truth: Truth::new(),
            clients: (0..clients).map(|_| Client::default()).collect(),
            ..Self::default()
        }
    }

    /// A client has sent these octets.
    pub fn sent(&mut self, client: usize, octets: &[u8]) {
        let client = &mut self.clients[client];
        client.sent.extend_from_slice(octets);
        for line in wire::complete(&mut client.sent) {
            // DONE belongs to the IDLE before it.
            if !line.eq_ignore_ascii_case(b"DONE") {
                client.pending.extend(command::read(&line));
            }
        }
    }

    /// A client has heard these octets.
    pub fn heard(&mut self, at: usize, octets: &[u8]) {
        self.clients[at].heard.extend_from_slice(octets);
        for line in wire::complete(&mut self.clients[at].heard) {
            match Response::read(&line) {
                Ok(response) => self.response(at, response),
                Err(Fault::Grammar(what)) => self.alarm(Rule::Grammar, at, what),
                Err(Fault::Literal(what)) => self.alarm(Rule::Literal, at, what),
            }
        }
    }

    /// All that was sent must have been answered by now.
    pub fn at_rest(&mut self, at: usize) {
        let client = &mut self.clients[at];
        let idles = matches!(client.pending.front(), Some((_, Command::Idle)));
        if !client.heard.is_empty() {
            client.heard.clear();
            self.alarm(Rule::Literal, at, "octets are missing at the end of an answer".to_owned());
        } else if !client.pending.is_empty() && !idles {
            let what = format!("{:?} has no answer", client.pending.pop_front());
            self.alarm(Rule::Tag, at, what);
        }
    }

    fn alarm(&mut self, rule: Rule, client: usize, what: String) {
        self.alarms.push(Alarm { rule, client, what });
    }

    fn response(&mut self, at: usize, response: Response) {
        if self.clients[at].gone {
            return self.alarm(Rule::State, at, "something is said after the end".to_owned());
        }
        match &response.tag {
            Some(tag) if tag == "+" => {}
            Some(tag) => match self.clients[at].pending.pop_front() {
                Some((sent, command)) if sent == *tag => self.finish(at, &command, &response),
                other => self.alarm(Rule::Tag, at, format!("{tag} answers {other:?}")),
            },
            None => match self.clients[at].pending.front() {
                None => self.hear(at, &[response], None),
                Some((_, Command::Idle)) => self.hear(at, &[response], Some(&Command::Idle)),
                Some(_) => self.clients[at].held.push(response),
            },
        }
    }

    /// A command is answered: what it did is worked out, then each of its responses is looked at.
    fn finish(&mut self, at: usize, command: &Command, tagged: &Response) {
        let mut held = std::mem::take(&mut self.clients[at].held);
        let outcome = tagged.words.first().map(Value::upper).unwrap_or_default();
        if matches!(command, Command::Select { .. }) {
            // Up to CLOSED it is about the mailbox that was open (RFC 7162 §3.2.11).
            let is_closed =
                |response: &Response| response.code.as_ref().is_some_and(|(name, _)| name == "CLOSED");
            let about_old = held.iter().position(is_closed).map_or(0, |at| at + 1);
            let old: Vec<Response> = held.drain(..about_old).collect();
            self.hear(at, &old, Some(&Command::Other));
        }
        if matches!(command, Command::Close | Command::Unselect) {
            // What comes before their OK is about the mailbox that is left.
            let old = std::mem::take(&mut held);
            self.hear(at, &old, Some(command));
        }
        if let Err(wanted) = effects::outcome(self, at, command, &outcome) {
            self.alarm(Rule::Outcome, at, format!("{outcome} to {command:?}, where {wanted} is right"));
        }
        if outcome != "OK" {
            if matches!(command, Command::Select { .. }) {
                self.clients[at].visit = None;
            }
            return self.hear(at, &held, Some(command));
        }
        let done = effects::apply(self, at, command, &held, tagged);
        let (answered, earlier) = self.hear_all(at, &held, Some(command));
        let mut faults = Vec::new();
        let said = Said { held: &held, tagged, answered: &answered, earlier: &earlier };
        answers::check(self, at, command, &done, &said, &mut faults);
        self.alarms.extend(faults.into_iter().map(|(rule, what)| Alarm { rule, client: at, what }));
    }

    fn hear(&mut self, at: usize, responses: &[Response], command: Option<&Command>) {
        self.hear_all(at, responses, command);
    }

    fn hear_all(
        &mut self,
        at: usize,
        responses: &[Response],
        command: Option<&Command>,
    ) -> (BTreeMap<usize, BTreeSet<String>>, Set) {
        let (mut answered, mut earlier, mut faults) = (BTreeMap::new(), Set::new(), Vec::new());
        let (qresync, condstore) = (self.clients[at].qresync, self.clients[at].condstore);
        let mut visit = self.clients[at].visit.take();
        for response in responses {
            let mut moment = Moment {
                command,
                qresync,
                condstore,
                answered: &mut answered,
                earlier: &mut earlier,
                faults: &mut faults,
            };
            match &response.code {
                Some((name, words)) => self.code(at, name, words, visit.as_mut(), &mut moment),
                None => self.data(response, visit.as_mut(), &mut moment),
            }
        }
        self.clients[at].visit = visit;
        self.alarms.extend(faults.into_iter().map(|(rule, what)| Alarm { rule, client: at, what }));
        (answered, earlier)
    }

    /// Untagged data.
    fn data(&mut self, response: &Response, visit: Option<&mut Visit>, moment: &mut Moment<'_>) {
        let word = response.words.first().map(Value::upper).unwrap_or_default();
        if let Some((number, word)) = response.numbered() {
            let Some(visit) = visit else {
                return moment.fault(Rule::State, format!("{word} while no mailbox is open"));
            };
            return match word.as_str() {
                "EXISTS" => visit.exists(number, &mut self.truth, moment),
                "RECENT" => visit.recent(number, moment),
                "EXPUNGE" => visit.expunge(number, &self.truth, moment),
                "FETCH" => visit.fetch(number, &response.words[2..], &mut self.truth, moment),
                _ => moment.fault(Rule::Grammar, format!("{word} is no response")),
            };
        }
        match (word.as_str(), visit) {
            ("VANISHED", Some(visit)) => visit.vanished(&response.words[1..], &self.truth, moment),
            ("FLAGS", Some(visit)) => {
                visit.said.insert("FLAGS");
                let names = response.words.get(1).map(Value::list).unwrap_or_default();
                visit.keywords = names.iter().map(command::flag_name).collect();
            }
            ("VANISHED" | "FLAGS", None) => {
                moment.fault(Rule::State, format!("{word} while no mailbox is open"))
            }
            ("BYE", _) if moment.command != Some(&Command::Logout) => {
                moment.fault(Rule::State, "BYE without LOGOUT");
            }
            ("STATUS", _) => effects::status(&response.words[1..], &mut self.truth, moment),
            _ => {}
        }
    }

    /// A response code of an untagged OK.
    fn code(
        &mut self,
        at: usize,
        name: &str,
        words: &[Value],
        visit: Option<&mut Visit>,
        moment: &mut Moment<'_>,
    ) {
        let number = words.first().and_then(Value::number);
        let Some(visit) = visit else { return };
        match (name, number) {
            ("UIDVALIDITY", Some(number)) => {
                visit.said.insert("UIDVALIDITY");
                effects::uid_validity(visit.mailbox, number as u32, &mut self.truth, moment);
            }
            ("UIDNEXT", Some(number)) => {
                visit.said.insert("UIDNEXT");
                effects::uid_next(visit.mailbox, number as u32, &mut self.truth, moment);
            }
            ("HIGHESTMODSEQ", Some(number)) => {
                visit.said.insert("HIGHESTMODSEQ");
                // In the middle of a visit it says how far the client has heard, and is no news of the mailbox.
                if matches!(moment.command, Some(Command::Select { .. })) {
                    effects::highest_modseq(visit.mailbox, number, &mut self.truth, moment);
                }
                let validity = self.truth.mailboxes[visit.mailbox].validity.unwrap_or(0);
                let named = self.truth.names.iter().find(|(_, at)| **at == visit.mailbox);
                if let Some((name, _)) = named {
                    self.clients[at].remembered.insert(name.clone(), (validity, number));
                }
            }
            ("PERMANENTFLAGS", _) => {
                visit.said.insert("PERMANENTFLAGS");
            }
            _ => {}
        }
    }

    /// A mailbox is opened: what the client knew of another is forgotten.
    pub fn open(&mut self, at: usize, mailbox: usize, read_only: bool) {
        self.visits += 1;
        let number = self.visits;
        self.clients[at].visit = Some(Visit { number, mailbox, read_only, ..Visit::default() });
    }

    pub fn close(&mut self, at: usize) {
        self.clients[at].visit = None;
    }

    pub fn leave(&mut self, at: usize) {
        self.clients[at].gone = true;
        self.clients[at].visit = None;
    }

    /// A UID that a response code told.
    pub fn told_uid(&mut self, at: usize, id: usize, uid: u32) {
        let (mut answered, mut earlier, mut faults) = (BTreeMap::new(), Set::new(), Vec::new());
        let mut moment = Moment {
            command: None,
            qresync: false,
            condstore: false,
            answered: &mut answered,
            earlier: &mut earlier,
            faults: &mut faults,
        };
        learn_uid(id, uid, &mut self.truth, &mut moment);
        self.alarms.extend(faults.into_iter().map(|(rule, what)| Alarm { rule, client: at, what }));
    }
}
