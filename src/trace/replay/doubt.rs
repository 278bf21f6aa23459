//! Reasons why a replay may not hold: the client, or its server, might have chosen otherwise on this link.

use std::collections::BTreeMap;
use std::fmt;

use super::super::secret::without_password;
use super::super::{CallEvent, Line, Luck, Trace, Write};
use super::plan::Plan;
use crate::desk::{ConnId, Service};
use crate::link::tariff::{Rounding, Tariff};
use crate::link::tcp::Side;
use crate::mail::date::Timestamp;
use crate::measure::bill;
use crate::protocol::imap::ImapSettings;
use crate::protocol::pop3::Pop3Settings;
use crate::time::{Duration, Instant};
use crate::world::{Conn, Deed, World};

/// A reason to doubt a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The client is silent for so long that its server would hang up.
    IdleTimer(Service, Duration, Duration),
    /// Logging in takes so long that a server would not wait for it.
    LoginTimer(Service, Duration),
    /// The line drops, or a call does not come up.
    LineDrops,
    /// The recording was made with chance, and its calls, drops and delays belong to its own link.
    Chance,
    /// The client came back at set times.
    Visits,
    /// The client waited no longer than until set times.
    Deadlines,
    /// The client asks the same again and again, with pauses: it goes by the clock.
    Polls(String, usize),
    /// A write left when only a part of what the server had written was there.
    ActsOnAPart(usize),
    /// The server spoke without being asked.
    ServerSpeaksFirst(usize),
    /// So many of the client's deeds could not be done: what they waited for never came.
    Unfinished(usize),
    /// The calls buy another number of units than on the recorded link.
    Units(String),
}

/// How long a server waits for somebody to log in: the default of `maillab serve`.
pub const LOGIN_TIME: Duration = Duration::from_secs(180);

impl Doubt {
    /// A word for the kind of reason: for those who count them.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::IdleTimer(..) => "idle-timer",
            Self::LoginTimer(..) => "login-timer",
            Self::LineDrops => "line-drops",
            Self::Chance => "chance",
            Self::Visits | Self::Deadlines | Self::Polls(..) => "by-the-clock",
            Self::ActsOnAPart(_) | Self::ServerSpeaksFirst(_) => "depends-on-speed",
            Self::Unfinished(_) => "unfinished",
            Self::Units(_) => "units",
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IdleTimer(service, silent, limit) => write!(
                f,
                "the client is silent for {silent}, and a server may hang up after {limit} ({})",
                idle_limit(*service).1
            ),
            Self::LoginTimer(_, took) => {
                write!(f, "logging in takes {took}, and a server may wait no longer than {LOGIN_TIME}")
            }
            Self::LineDrops => {
                f.write_str("the line drops or a call fails, at a moment of the recorded link")
            }
            Self::Chance => f.write_str("it was recorded with chance, which belongs to its own link"),
            Self::Visits => f.write_str("the client polls by time: it comes back at set times"),
            Self::Deadlines => {
                f.write_str("a choice depends on speed: the client waited until a set time only")
            }
            Self::Polls(word, times) => {
                write!(f, "the client polls by time: {word} {times} times with pauses between")
            }
            Self::ActsOnAPart(write) => write!(
                f,
                "a choice may depend on speed: write {write} left when only a part of the answer had come"
            ),
            Self::ServerSpeaksFirst(write) => {
                write!(f, "the server speaks by itself in write {write}: when, is not known on another link")
            }
            Self::Unfinished(deeds) => {
                write!(f, "{deeds} of the client's steps were not done: what they waited for never came")
            }
            Self::Units(what) => f.write_str(what),
        }
    }
}

/// The calls of the two worlds buy different times under a tariff: a user who watches the units of a call would have
/// gone on, or stopped, elsewhere. `start` is what the clock on the wall shows at time 0.
#[must_use]
pub fn units(tariff: &Tariff, recorded: &World, here: &World, start: Timestamp) -> Option<Doubt> {
    let bought = |world: &World| bill::totals(world, 0, tariff, start).billed;
    let (there, here) = (bought(recorded), bought(here));
    (tariff.rounding != Rounding::PerSecond && there != here).then(|| {
        Doubt::Units(format!(
            "a unit limit of {} is reached elsewhere: {here} are bought here, {there} on the recorded link; a user who \
             watches the units would have chosen otherwise",
            tariff.name
        ))
    })
}

/// How long a server lets its client be silent, and which clause says so.
const fn idle_limit(service: Service) -> (Duration, &'static str) {
    match service {
        Service::Pop3 => (Pop3Settings::AUTOLOGOUT_MIN, "RFC 1939 §3"),
        Service::Imap => (ImapSettings::AUTOLOGOUT_MIN, "RFC 3501 §5.4"),
        Service::Smtp | Service::Lmtp => (Duration::from_secs(300), "RFC 2821 §4.5.3.2"),
        // RFC 1056 names no timer: what our repository does.
        Service::Dmsp => (Duration::from_secs(1800), "a repository's own limit"),
        // RFC 937 names two timers and no number for either.
        Service::Pop2 | Service::Pop1 => (Duration::from_secs(600), "this server's T2 (RFC 937, Timeouts)"),
        Service::Poppassd => (Duration::from_secs(60), "the daemon's own limit"),
    }
}

/// What there is to doubt whatever the link.
pub(super) fn of_trace(trace: &Trace) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    let mut dialled = false;
    for line in &trace.lines {
        match line {
            Line::Call(CallEvent::Dial, _) => dialled = true,
            Line::Call(CallEvent::Up, _) => dialled = false,
            Line::Call(CallEvent::Down, _) if !dialled => {}
            Line::Call(..) => {
                doubts.push(Doubt::LineDrops);
                break;
            }
            Line::Write(_) | Line::Step(_) => {}
        }
    }
    doubts.extend(trace.rests_on(Luck::Visits).then_some(Doubt::Visits));
    doubts.extend(trace.rests_on(Luck::Deadlines).then_some(Doubt::Deadlines));
    doubts.extend(polls(trace));
    doubts.extend(by_speed(trace));
    doubts
}

/// Pauses from this long on look like a clock's.
const PAUSE: Duration = Duration::from_secs(1);

/// Commands with which clients ask whether there is anything new.
const ASKING: [&str; 6] = ["NOOP", "CHECK", "STAT", "STATUS", "SELECT", "EXAMINE"];

/// The same question again and again on one connection, after pauses in which nothing was read.
fn polls(trace: &Trace) -> Option<Doubt> {
    let mut asked: BTreeMap<(u32, &str), usize> = BTreeMap::new();
    for write in trace.writes().filter(|write| write.from == Side::Client && write.think >= PAUSE) {
        let word = word(write);
        if let Some(known) = ASKING.into_iter().find(|known| *known == word) {
            *asked.entry((write.conn, known)).or_default() += 1;
        }
    }
    let (key, times) = asked.into_iter().find(|(_, times)| *times > 1)?;
    Some(Doubt::Polls(key.1.to_owned(), times))
}

/// The command's word in capitals.
pub(in crate::trace) fn word(write: &Write) -> String {
    let shown = without_password(write);
    let line = shown.split(|octet| matches!(octet, b'\r' | b'\n')).next().unwrap_or_default();
    let mut words = line.split(|octet| *octet == b' ').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    let named = match write.service {
        Service::Imap => match words.next() {
            Some(word) if word.eq_ignore_ascii_case(b"UID") => {
                [&b"UID "[..], words.next().unwrap_or_default()].concat()
            }
            other => other.unwrap_or(first).to_vec(),
        },
        _ => first.to_vec(),
    };
    String::from_utf8_lossy(&named).to_uppercase()
}

/// The first write that left in the middle of something, and the first that nobody had asked for.
fn by_speed(trace: &Trace) -> Vec<Doubt> {
    // Of each write its connection, and where in its stream it begins.
    let mut starts: Vec<(u32, u64)> = Vec::new();
    let mut written: BTreeMap<u32, [u64; 2]> = BTreeMap::new();
    let (mut part, mut alone) = (None, None);
    for (nth, write) in trace.writes().enumerate() {
        let ends = written.entry(write.conn).or_default();
        let cause = write.cause.and_then(|cause| {
            let (by, start) = *starts.get(cause.write as usize)?;
            Some((by, start + u64::from(cause.octets)))
        });
        match (write.from, cause) {
            (Side::Client, Some((by, upto))) if by == write.conn && upto < ends[Side::Server.index()] => {
                part.get_or_insert(nth);
            }
            (Side::Server, None) if ends[Side::Server.index()] > 0 => {
                alone.get_or_insert(nth);
            }
            (Side::Server, Some((by, _))) if by != write.conn => {
                alone.get_or_insert(nth);
            }
            _ => {}
        }
        starts.push((write.conn, ends[write.from.index()]));
        ends[write.from.index()] += write.octets.len() as u64;
    }
    part.map(Doubt::ActsOnAPart).into_iter().chain(alone.map(Doubt::ServerSpeaksFirst)).collect()
}

/// What there is to doubt over this link: `own` if the trace was recorded over it.
pub(super) fn doubts(plan: &Plan, world: &World, own: bool, undone: usize) -> Vec<Doubt> {
    let mut doubts: Vec<Doubt> = Vec::new();
    if undone > 0 {
        doubts.push(Doubt::Unfinished(undone));
    }
    if !own {
        doubts.extend(plan.chance.then_some(Doubt::Chance));
        doubts.extend(plan.doubts.iter().cloned());
        for (nth, conn) in world.conns().iter().enumerate() {
            doubts.extend(silence(world, ConnId(nth as u32), conn));
            doubts.extend(login(world, ConnId(nth as u32), conn));
        }
    }
    doubts
}

/// A silence of the client that its server would not bear. A server's patience begins when all that it wrote has
/// been taken.
fn silence(world: &World, id: ConnId, conn: &Conn) -> Option<Doubt> {
    let heard = |from: Side| conn.stream(from).arrivals.iter().map(move |arrival| (arrival.at, from));
    let mut moments: Vec<(Instant, Side)> = heard(Side::Client).chain(heard(Side::Server)).collect();
    let closed = |deed: Deed| deed == Deed::ClientCloses(id);
    moments
        .extend(world.journal().acts.iter().filter(|act| closed(act.deed)).map(|act| (act.at, Side::Client)));
    moments.sort_unstable();
    let (limit, _) = idle_limit(conn.service);
    let mut before = conn.asked;
    let mut longest = Duration::ZERO;
    for (at, from) in moments {
        if from == Side::Client {
            longest = longest.max(at.since(before));
        }
        before = at;
    }
    (longest >= limit).then_some(Doubt::IdleTimer(conn.service, longest, limit))
}

/// A login that takes too long.
fn login(world: &World, id: ConnId, conn: &Conn) -> Option<Doubt> {
    let mut commands = world.journal().commands.iter().filter(|command| command.conn == id);
    let logs_in = |text: &[u8]| {
        let mut words = text.split(|octet| *octet == b' ');
        let word = if conn.service == Service::Imap { words.nth(1) } else { words.next() };
        let word = word.unwrap_or_default();
        [&b"PASS"[..], b"APOP", b"LOGIN", b"AUTHENTICATE"]
            .iter()
            .any(|known| word.eq_ignore_ascii_case(known))
    };
    let login = commands
        .find(|command| !matches!(conn.service, Service::Smtp | Service::Lmtp) && logs_in(&command.text))?;
    let took = login.at.since(conn.asked);
    (took >= LOGIN_TIME).then_some(Doubt::LoginTimer(conn.service, took))
}
