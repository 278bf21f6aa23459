//! What was said on one real connection, and when: as a trace for people, as a script to be run over a link.
//!
//! A server does not see what its client waited for. It is taken to have waited for all that it had been sent
//! before it wrote: on loopback a client that reads at all has read that. What a client took to think, to compute
//! and to wait for its user is one span here, the time from the server's last octet to the client's next.

use bytes::Bytes;

use crate::desk::Service;
use crate::link::tcp::Side;
use crate::protocol::scripted::{Burst, Reply, Script};
use crate::time::{Duration, Instant};
use crate::trace::{CallEvent, Cause, Line, Trace, Write};

/// More octets than this are not kept of one session; what comes after makes the recording incomplete.
pub const OCTETS_MAX: usize = 64 << 20;

/// What both ends of a connection wrote, in order.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    said: Vec<Said>,
    octets: usize,
    is_incomplete: bool,
}

#[derive(Clone, Debug)]
struct Said {
    at: Instant,
    from: Side,
    octets: Bytes,
}

impl Recording {
    /// Notes that `from` wrote. What one end writes in one go, with nothing from the other between, counts as
    /// one write if it is the client's, for a client's own writes cannot be told apart on the way.
    pub fn add(&mut self, at: Instant, from: Side, octets: Bytes) {
        if self.octets + octets.len() > OCTETS_MAX {
            self.is_incomplete = true;
        }
        if self.is_incomplete || octets.is_empty() {
            return;
        }
        self.octets += octets.len();
        self.said.push(Said { at, from, octets });
    }

    /// True if the session was too long to be kept whole.
    #[must_use]
    pub const fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    /// As a trace, in time since `start`. Each write waited for the last of the other end's that was there.
    #[must_use]
    pub fn trace(&self, service: Service, start: Instant) -> Trace {
        let mut trace = Trace::default();
        // A trace tells of calls: here the call is the connection.
        let begin = [CallEvent::Dial, CallEvent::Up].map(|event| Line::Call(event, Instant::START));
        trace.lines.extend(begin);
        // The last write of each end: its number, its octets, its time.
        let mut last: [Option<(u32, u32, Instant)>; 2] = [None; 2];
        for (number, said) in (0..).zip(&self.said) {
            let heard = last[said.from.other().index()];
            trace.lines.push(Line::Write(Write {
                at: Instant::START + said.at.since(start),
                service,
                conn: 0,
                from: said.from,
                cause: heard.map(|(write, octets, _)| Cause { write, octets }),
                think: heard.map_or(Duration::ZERO, |(_, _, at)| said.at.since(at)),
                octets: said.octets.clone(),
            }));
            let octets = u32::try_from(said.octets.len()).unwrap_or(u32::MAX);
            last[said.from.index()] = Some((number, octets, said.at));
        }
        let end = trace.lines.last().map_or(Instant::START, Line::at);
        trace.lines.push(Line::Call(CallEvent::Down, end));
        trace
    }

    /// As what both ends did, to be done again over another line: sizes, order and thinking, no moment of time.
    #[must_use]
    pub fn script(&self) -> Script {
        let mut script = Script { server_closes: true, client_waits_for_close: true, ..Script::default() };
        let (mut up, mut spoke_last) = (0, None);
        let mut last = [None; 2];
        // The first burst says nothing: it waits for the greeting.
        let mut burst = Burst::default();
        for Said { at, from, octets } in &self.said {
            match from {
                Side::Client => {
                    if spoke_last != Some(Side::Client) {
                        script.bursts.push(std::mem::take(&mut burst));
                        let heard: Option<Instant> = last[Side::Server.index()];
                        burst.thinks = heard.map_or(Duration::ZERO, |heard| at.since(heard));
                    }
                    up += octets.len() as u64;
                    burst.writes.push(octets.clone());
                }
                Side::Server => {
                    burst.awaits += octets.len() as u64;
                    let (thinks, answers) = (Duration::ZERO, Bytes::new());
                    script.replies.push(Reply { after: up, thinks, bytes: octets.clone(), answers });
                }
            }
            last[from.index()] = Some(*at);
            spoke_last = Some(*from);
        }
        script.bursts.push(burst);
        script
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording() -> Recording {
        let mut recording = Recording::default();
        for (ms, from, octets) in [
            (5, Side::Server, "+OK ready\r\n"),
            (1005, Side::Client, "STAT\r\n"),
            (1006, Side::Server, "+OK 0 0\r\n"),
            (1010, Side::Client, "NOOP\r\n"),
            (1011, Side::Client, "QUIT\r\n"),
            (1012, Side::Server, "+OK\r\n"),
        ] {
            let at = Instant::START + Duration::from_millis(ms);
            recording.add(at, from, Bytes::from_static(octets.as_bytes()));
        }
        recording
    }

    #[test]
    fn a_trace_keeps_causes_and_thinking() {
        let trace = recording().trace(Service::Pop3, Instant::START + Duration::from_millis(5));
        let text = trace.to_text();
        assert!(text.contains("0 0 pop3/0 S> - 0 \"+OK ready\\r\\n\"\n"), "{text}");
        assert!(text.contains("1 1000000000 pop3/0 C> 0+11 1000000000 \"STAT\\r\\n\"\n"), "{text}");
        assert!(text.contains("4 1006000000 pop3/0 C> 2+9 5000000 \"QUIT\\r\\n\"\n"), "{text}");
        assert_eq!(Trace::parse(&text, "a.trace").unwrap(), trace);
    }

    #[test]
    fn a_script_does_the_same_again() {
        let script = recording().script();
        let bursts: Vec<(u64, usize, u64)> = script
            .bursts
            .iter()
            .map(|burst| (burst.thinks.as_nanos() / 1_000_000, burst.writes.len(), burst.awaits))
            .collect();
        assert_eq!(bursts, [(0, 0, 11), (1000, 1, 9), (4, 2, 5)]);
        assert_eq!(script.replies.iter().map(|reply| reply.after).collect::<Vec<_>>(), [0, 6, 18]);
    }

    #[test]
    fn a_session_that_is_too_long_is_not_kept_whole() {
        let mut recording = Recording::default();
        let octets = Bytes::from(vec![b'x'; OCTETS_MAX]);
        recording.add(Instant::START, Side::Server, octets);
        assert!(!recording.is_incomplete());
        recording.add(Instant::START, Side::Server, Bytes::from_static(b"x"));
        assert!(recording.is_incomplete());
        assert_eq!(recording.said.len(), 1);
    }
}
