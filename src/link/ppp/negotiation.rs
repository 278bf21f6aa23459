//! Two ends of a line, and what they say to each other until IP packets may flow.

use std::collections::VecDeque;

use super::peer::{Frame, Peer, Phase};
use super::{Agreed, Config};
use crate::link::tcp::Side;
use crate::time::Instant;

/// What carries frames between the two ends.
pub trait Line {
    /// Puts a frame on the line and says when its last bit arrives, or `None` if it is lost.
    fn send(&mut self, now: Instant, from: Side, frame: &Frame) -> Option<Instant>;
}

/// One frame of a negotiation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who sent it.
    pub from: Side,
    /// When it was given to the line.
    pub at: Instant,
    /// When its last bit arrived; `None` if it was lost.
    pub arrived: Option<Instant>,
    /// The frame.
    pub frame: Frame,
}

/// A negotiation that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiation {
    /// All frames, in the order in which they were sent.
    pub said: Vec<Said>,
    /// How the client and the server may send; `None` if they did not agree.
    pub agreed: Option<[Agreed; 2]>,
    /// When it was over: from here on both ends may send IP packets.
    pub ended: Instant,
    /// The two ends as they are then, client first: for echoes, and for the end in good order.
    pub peers: [Peer; 2],
}

/// More frames than any negotiation in earnest: ten tries of each of a handful of requests.
const FRAMES_MAX: usize = 400;

/// Lets two ends negotiate over a line on which both see a carrier at `start`.
#[must_use]
pub fn negotiate(client: Config, server: Config, start: Instant, line: &mut impl Line) -> Negotiation {
    let mut talk = Talk {
        peers: [Peer::new(client), Peer::new(server)],
        said: Vec::new(),
        under_way: [VecDeque::new(), VecDeque::new()],
    };
    let mut now = start;
    for side in [Side::Client, Side::Server] {
        talk.let_act(now, side, line, |peer, now, out| peer.carrier(now, out));
    }
    while !talk.is_over()
        && talk.said.len() < FRAMES_MAX
        && let Some((at, side, arrives)) = talk.next()
    {
        now = at;
        if arrives {
            let number = talk.under_way[side.other().index()].pop_front();
            let content =
                number.and_then(|number| talk.said.get(number)).map(|said| said.frame.content.clone());
            talk.let_act(now, side, line, |peer, now, out| {
                peer.receive(now, &content.unwrap_or_default(), out);
            });
        } else {
            talk.let_act(now, side, line, Peer::wake);
        }
    }
    let [client, server] = [talk.peers[0].agreed(), talk.peers[1].agreed()];
    let agreed = client.zip(server).filter(|_| talk.is_up()).map(|(client, server)| [client, server]);
    Negotiation { said: talk.said, agreed, ended: now, peers: talk.peers }
}

struct Talk {
    peers: [Peer; 2],
    said: Vec<Said>,
    /// Frames that have not arrived yet, by their sender: numbers in `said`.
    under_way: [VecDeque<usize>; 2],
}

impl Talk {
    fn let_act(
        &mut self,
        now: Instant,
        side: Side,
        line: &mut impl Line,
        act: impl FnOnce(&mut Peer, Instant, &mut Vec<Frame>),
    ) {
        let mut frames = Vec::new();
        act(&mut self.peers[side.index()], now, &mut frames);
        for frame in frames {
            let arrived = line.send(now, side, &frame);
            if arrived.is_some() {
                self.under_way[side.index()].push_back(self.said.len());
            }
            self.said.push(Said { from: side, at: now, arrived, frame });
        }
    }

    /// What happens next: when, at which end, and whether it is a frame that arrives.
    fn next(&self) -> Option<(Instant, Side, bool)> {
        let sides = [Side::Client, Side::Server];
        let arrival = |side: Side| {
            let first = self.under_way[side.other().index()].front()?;
            Some((self.said.get(*first)?.arrived?, side, true))
        };
        let timer = |side: Side| Some((self.peers[side.index()].deadline()?, side, false));
        let arrivals = sides.iter().filter_map(|side| arrival(*side));
        let timers = sides.iter().filter_map(|side| timer(*side));
        // An answer that comes just when the patience for it ends still counts.
        arrivals.chain(timers).min_by_key(|(at, _, arrives)| (*at, !arrives))
    }

    fn is_up(&self) -> bool {
        self.peers.iter().all(Peer::is_up)
    }

    /// Nothing is on the way that could still change anything, or one end has given up.
    fn is_over(&self) -> bool {
        let quiet = self.under_way.iter().all(VecDeque::is_empty);
        self.peers.iter().any(|peer| peer.phase() == Phase::Dead) || (self.is_up() && quiet)
    }
}
