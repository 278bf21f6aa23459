//! The client's part of a replay, step by step.

use std::collections::VecDeque;

use super::plan::{After, ClientDeed, HostOpens, Plan, Planned};
use crate::desk::{Answer, Ask, ConnId, Trouble};
use crate::link::tcp::Side;
use crate::time::{Duration, Instant};
use crate::world::{Waiting, World};

/// The workstation of the client.
const HERE: usize = 0;

/// Plays the plan. Gives the world at its end, and how many of the client's deeds could not be done.
pub(super) fn play(plan: &Plan, world: World) -> (World, usize) {
    let mut player = Player {
        world,
        host_opens: plan.host_opens.iter().copied().collect(),
        expected: VecDeque::new(),
        conns: Vec::new(),
        dialled: Instant::START,
        up: None,
        over: Instant::START,
        last: Instant::START,
        drops: None,
        fails: false,
    };
    let mut undone = 0;
    for (nth, planned) in plan.deeds.iter().enumerate() {
        if matches!(planned.deed, ClientDeed::Dial) {
            player.drops = plan.deeds.get(nth + 1..).and_then(drop_of_call);
        }
        player.fails = matches!(plan.deeds.get(nth + 1), Some(Planned { deed: ClientDeed::Fails, .. }));
        undone += usize::from(player.does(planned).is_none());
    }
    player.world.leave_desk(HERE);
    (player.world, undone)
}

/// How long after the call comes up its line drops.
fn drop_of_call(rest: &[Planned]) -> Option<Duration> {
    let call = rest.iter().take_while(|planned| !matches!(planned.deed, ClientDeed::Dial));
    call.filter(|planned| matches!(planned.deed, ClientDeed::Drop)).map(|planned| planned.think).next()
}

struct Player {
    world: World,
    /// The connections that the host has still to open.
    host_opens: VecDeque<HostOpens>,
    /// The places of connections that the host has opened, or will, and the client has not yet taken.
    expected: VecDeque<usize>,
    /// The connections, and when each was up.
    conns: Vec<Option<(ConnId, Instant)>>,
    dialled: Instant,
    up: Option<Instant>,
    over: Instant,
    last: Instant,
    /// How long after it came up the line of this call drops.
    drops: Option<Duration>,
    /// The call that is dialled does not come up.
    fails: bool,
}

impl Player {
    /// Waits for what a deed waits for, thinks, and does it. `None` if it cannot be done any more.
    fn does(&mut self, planned: &Planned) -> Option<()> {
        if let ClientDeed::Drop = planned.deed {
            // It may have dropped while something was waited for.
            if let Some(up) = self.up {
                self.until(up + planned.think);
                self.drop_line();
            }
            return Some(());
        }
        let place = self.conns.len();
        match planned.deed {
            ClientDeed::Open(_) => self.conns.push(None),
            ClientDeed::Expect => {
                self.conns.push(None);
                self.expected.push_back(place);
                self.look_at_host();
                return Some(());
            }
            _ => {}
        }
        let since = self.arrival(planned.after)?;
        if !self.until(since + planned.think) {
            return None;
        }
        self.last = self.world.now();
        match &planned.deed {
            ClientDeed::Dial => self.dial(),
            ClientDeed::Open(service) => {
                let waiting = self.world.begin(HERE, &Ask::Connect(*service)).ok()?;
                let Answer::Connected(id) = self.wait(&waiting)? else { return None };
                *self.conns.get_mut(place)? = Some((id, self.world.now()));
                Some(())
            }
            ClientDeed::Write(conn, octets) => {
                let ask = Ask::Send(self.conn(*conn)?.0, octets.clone());
                (self.world.begin(HERE, &ask).err()? == Answer::Done).then_some(())
            }
            ClientDeed::Close(conn) => {
                let ask = Ask::Close(self.conn(*conn)?.0);
                self.world.begin(HERE, &ask).err().map(drop)
            }
            ClientDeed::HangUp => {
                let waiting = self.world.begin(HERE, &Ask::HangUp).ok()?;
                let done = self.wait(&waiting).map(drop);
                self.is_over();
                done
            }
            ClientDeed::Leave | ClientDeed::Fails => {
                self.world.leave_desk(HERE);
                self.is_over();
                Some(())
            }
            ClientDeed::Drop | ClientDeed::Expect => Some(()),
        }
    }

    fn conn(&self, place: usize) -> Option<(ConnId, Instant)> {
        self.conns.get(place).copied().flatten()
    }

    /// A connection; time passes until it is up, if the host opens it.
    fn taken(&mut self, place: usize) -> Option<(ConnId, Instant)> {
        loop {
            if let Some(conn) = self.conn(place) {
                return Some(conn);
            }
            if !self.expected.contains(&place) || !self.step() {
                return None;
            }
        }
    }

    /// Lets the host open what it opens now, and takes what it has opened.
    fn look_at_host(&mut self) {
        while let Some(next) = self.host_opens.front().copied() {
            let now = self.world.now();
            let since = match next.after {
                None => Some(now),
                Some((place, octets)) => self.conn(place).and_then(|(id, _)| {
                    Some(self.world.conn(id)?.stream(Side::Client).arrival_of(octets)?.at)
                }),
            };
            let Some(due) = since.map(|since| since + next.think) else { break };
            if due > now {
                // That moment is not slept over.
                let _ = self.world.begin(HERE, &Ask::Arrived(ConnId(u32::MAX), Some(due)));
                break;
            }
            self.host_opens.pop_front();
            let heard = next.after.and_then(|(place, _)| self.conn(place)).map(|(id, _)| id);
            self.world.host_opens(HERE, next.service, heard);
        }
        let now = self.world.now();
        while let Some(place) = self.expected.front().copied() {
            let waiting = Waiting::Accepting(Some(now));
            let Some(Answer::Connected(id)) = self.world.poll(HERE, &waiting) else { break };
            self.expected.pop_front();
            if let Some(conn) = self.conns.get_mut(place) {
                *conn = Some((id, now));
            }
        }
    }

    fn dial(&mut self) -> Option<()> {
        self.dialled = self.world.now();
        let waiting = self.world.begin(HERE, &Ask::Dial).ok()?;
        if self.fails {
            return Some(());
        }
        let Answer::Done = self.wait(&waiting)? else { return None };
        self.up = Some(self.world.now());
        if let Some(drops) = self.drops {
            // Whatever is waited for, that moment is not slept over.
            let _ = self.world.begin(HERE, &Ask::Arrived(ConnId(u32::MAX), Some(self.world.now() + drops)));
        }
        Some(())
    }

    /// When what a deed waits for was there: time passes until it is.
    fn arrival(&mut self, after: After) -> Option<Instant> {
        match after {
            After::LastCall => Some(self.over),
            After::Dialling => Some(self.dialled),
            After::Up => self.up,
            After::Deed => Some(self.last),
            After::Handshake(conn) => self.taken(conn).map(|(_, up)| up),
            After::End(conn) => {
                let (id, _) = self.taken(conn)?;
                loop {
                    match self.world.poll(HERE, &Waiting::Octets(id, None)) {
                        Some(Answer::Failed(Trouble::Closed)) => return Some(self.world.now()),
                        Some(Answer::Failed(_)) => return None,
                        Some(_) => {}
                        None if self.step() => {}
                        None => return None,
                    }
                }
            }
            After::Octets(conn, upto) => {
                let (id, _) = self.taken(conn)?;
                loop {
                    let failed =
                        matches!(self.world.poll(HERE, &Waiting::Octets(id, None)), Some(Answer::Failed(_)));
                    let arrival = self.world.conn(id)?.stream(Side::Server).arrival_of(upto);
                    if let Some(arrival) = arrival {
                        return Some(arrival.at);
                    }
                    if failed || !self.step() {
                        return None;
                    }
                }
            }
        }
    }

    /// Lets time pass until a moment. False if the call did not last so long.
    fn until(&mut self, at: Instant) -> bool {
        let in_call = self.up.is_some();
        if at > self.world.now() {
            let span = at.since(self.world.now());
            if let Ok(waiting) = self.world.begin(HERE, &Ask::Think(span)) {
                let _ = self.wait(&waiting);
            }
        }
        self.world.now() >= at && self.up.is_some() == in_call
    }

    fn wait(&mut self, waiting: &Waiting) -> Option<Answer> {
        loop {
            if let Some(answer) = self.world.poll(HERE, waiting) {
                return Some(answer);
            }
            if !self.step() {
                return None;
            }
        }
    }

    /// Runs the next event; the line drops when its time has come. False if nothing more happens in this call.
    fn step(&mut self) -> bool {
        if !self.world.step() {
            return false;
        }
        if !self.host_opens.is_empty() || !self.expected.is_empty() {
            self.look_at_host();
        }
        if let (Some(up), Some(drops)) = (self.up, self.drops)
            && self.world.now() >= up + drops
        {
            self.drop_line();
            return false;
        }
        true
    }

    fn drop_line(&mut self) {
        self.world.drop_line(HERE);
        self.is_over();
    }

    fn is_over(&mut self) {
        (self.up, self.over) = (None, self.world.now());
        self.drops = None;
    }
}
