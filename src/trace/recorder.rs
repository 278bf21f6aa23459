//! A real session to the text of a trace, as it happens.

use std::collections::BTreeMap;

use super::write::Numbered;
use super::{CallEvent, Cause, Deed, FORMAT, HeadKey, Line, Step, Write};
use crate::desk::Service;
use crate::link::tcp::Side;
use crate::time::{Duration, Instant};

use bytes::Bytes;

/// Writes down what the applications of a real session do, seen at the server: no world, and nobody knows what a
/// client waited for. It is taken to have waited for all that was written to it so far; a server for all octets
/// of its client so far, or up to the last command of which [`Recorder::framed`] was told.
///
/// The text is made line by line, and [`Recorder::take`] hands over what is new: a long session takes no memory.
/// Time runs from the recorder's first event; a moment before the last one counts as the last one.
///
/// ```
/// use maillab::desk::Service;
/// use maillab::time::Instant;
/// use maillab::trace::{HeadKey, Recorder, Trace};
///
/// let at = |millis: u64| Instant::from_nanos(millis * 1_000_000);
/// let mut recorder = Recorder::new(at(0), &[(HeadKey::Strategy, "a real client")]);
/// let conn = recorder.open(at(0), Service::Pop3);
/// recorder.server(at(1), conn, b"+OK ready\r\n");
/// recorder.client(at(5), conn, b"QUIT\r\n");
/// recorder.server(at(6), conn, b"+OK\r\n");
/// recorder.closes_server(at(6), conn);
/// let text = recorder.take() + &recorder.end(at(7));
/// assert_eq!(Trace::parse(&text, "live").unwrap().to_text(), text);
/// ```
#[derive(Clone, Debug)]
pub struct Recorder {
    text: String,
    start: Instant,
    now: Instant,
    writes: u32,
    conns: BTreeMap<u32, Ends>,
    opened: u32,
}

/// What is known of a connection.
#[derive(Clone, Debug)]
struct Ends {
    service: Service,
    opened: Instant,
    /// The newest write of each end: its number, its octets, and when.
    newest: [Option<Newest>; 2],
    /// What the server answers, if it was told.
    answers: Option<Newest>,
    /// The client's writes that are not framed yet, oldest first, with how many of their octets are.
    unframed: std::collections::VecDeque<(Newest, u32)>,
    told: bool,
}

#[derive(Clone, Copy, Debug)]
struct Newest {
    number: u32,
    octets: u32,
    at: Instant,
}

impl Recorder {
    /// A recording whose time begins `now`. Line ends in the values of the head become spaces.
    #[must_use]
    pub fn new(now: Instant, head: &[(HeadKey, &str)]) -> Self {
        let mut text = format!("{FORMAT}\n");
        for (key, value) in head.iter().filter(|(_, value)| !value.is_empty()) {
            text += &format!("{} {}\n", key.word(), value.replace(['\r', '\n'], " "));
        }
        let mut recorder =
            Self { text, start: now, now: Instant::START, writes: 0, conns: BTreeMap::new(), opened: 0 };
        recorder.push(&Line::Call(CallEvent::Dial, Instant::START));
        recorder.push(&Line::Call(CallEvent::Up, Instant::START));
        recorder
    }

    /// A client has connected: the number of the connection.
    pub fn open(&mut self, at: Instant, service: Service) -> u32 {
        let at = self.moment(at);
        let conn = self.opened;
        self.opened += 1;
        let ends = Ends {
            service,
            opened: at,
            newest: [None; 2],
            answers: None,
            unframed: std::collections::VecDeque::new(),
            told: false,
        };
        self.conns.insert(conn, ends);
        self.push(&Line::Step(Step {
            at,
            deed: Deed::Open(service, conn),
            cause: None,
            after_end: false,
            think: at.since(Instant::START),
        }));
        conn
    }

    /// The client's octets have come in.
    pub fn client(&mut self, at: Instant, conn: u32, octets: &[u8]) {
        self.write(at, conn, Side::Client, octets);
    }

    /// The server has framed a command from the client's next `octets` octets: what it writes from here on
    /// answers that.
    pub fn framed(&mut self, conn: u32, octets: u64) {
        let Some(ends) = self.conns.get_mut(&conn) else { return };
        ends.told = true;
        let mut left = octets;
        while let Some((write, used)) = ends.unframed.front_mut() {
            let part = left.min(u64::from(write.octets - *used)) as u32;
            *used += part;
            left -= u64::from(part);
            if part > 0 {
                ends.answers = Some(Newest { octets: *used, ..*write });
            }
            if *used < write.octets {
                break;
            }
            ends.unframed.pop_front();
        }
    }

    /// The server writes.
    pub fn server(&mut self, at: Instant, conn: u32, octets: &[u8]) {
        self.write(at, conn, Side::Server, octets);
    }

    /// The client closes its end.
    pub fn closes_client(&mut self, at: Instant, conn: u32) {
        self.close(at, conn, Side::Client);
    }

    /// The server closes of its own accord, behind its last write.
    pub fn closes_server(&mut self, at: Instant, conn: u32) {
        self.close(at, conn, Side::Server);
    }

    /// The text that is new since this was asked last; whole lines.
    #[must_use]
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    /// Ends the recording: the rest of the text.
    #[must_use]
    pub fn end(mut self, at: Instant) -> String {
        let at = self.moment(at);
        self.push(&Line::Call(CallEvent::Down, at));
        self.text
    }

    fn moment(&mut self, at: Instant) -> Instant {
        self.now = self.now.max(Instant::START + at.since(self.start));
        self.now
    }

    fn push(&mut self, line: &Line) {
        self.text += &Numbered { line, number: self.writes }.to_string();
        self.text.push('\n');
        self.writes += u32::from(matches!(line, Line::Write(_)));
    }

    fn write(&mut self, at: Instant, conn: u32, from: Side, octets: &[u8]) {
        let at = self.moment(at);
        let Some(ends) = self.conns.get_mut(&conn) else { return };
        // An empty write is no write, and octets of one are counted in 32 bits.
        for octets in octets.chunks(u32::MAX as usize).filter(|octets| !octets.is_empty()) {
            let (cause, think) = ends.waited(from, at);
            let newest = Newest { number: self.writes, octets: octets.len() as u32, at };
            ends.newest[from.index()] = Some(newest);
            if from == Side::Client {
                // Without being told what is framed, nobody needs to know what is not.
                if !ends.told && ends.unframed.len() >= UNFRAMED_MAX {
                    ends.unframed.pop_front();
                }
                ends.unframed.push_back((newest, 0));
            }
            let octets = Bytes::copy_from_slice(octets);
            let line = Line::Write(Write { at, service: ends.service, conn, from, cause, think, octets });
            self.text += &Numbered { line: &line, number: self.writes }.to_string();
            self.text.push('\n');
            self.writes += 1;
        }
    }

    fn close(&mut self, at: Instant, conn: u32, from: Side) {
        let at = self.moment(at);
        let Some(ends) = self.conns.get(&conn) else { return };
        let (cause, think) = ends.waited(from, at);
        self.push(&Line::Step(Step {
            at,
            deed: Deed::Close(ends.service, conn, from),
            cause,
            after_end: false,
            think,
        }));
    }
}

/// So many writes of a client are kept until the server says which of them it has framed.
const UNFRAMED_MAX: usize = 1024;

impl Ends {
    fn waited(&self, from: Side, at: Instant) -> (Option<Cause>, Duration) {
        let awaited = match from {
            Side::Client => self.newest[Side::Server.index()],
            Side::Server if self.told => self.answers,
            Side::Server => self.newest[Side::Client.index()],
        };
        match awaited {
            Some(Newest { number, octets, at: there }) => {
                (Some(Cause { write: number, octets }), at.since(there))
            }
            None if from == Side::Client => (None, at.since(self.opened)),
            None => (None, Duration::ZERO),
        }
    }
}
