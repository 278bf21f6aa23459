//! Going back in a script, and the same lines over another link: what was done is done again from the start, which is
//! slow but exact, and needs no history. The prompt, where somebody waits, keeps one (`repl`).

use std::sync::Arc;

use super::command::{Travel, Until};
use super::hand::{Hand, Setting};
use super::parse::Script;
use super::run::Player;
use super::transcript::Entry;
use super::view;
use crate::link::path::Fate;
use crate::link::spec::LinkSpec;
use crate::link::tcp::Side;
use crate::world::Conn;

/// Something that was done to the world.
#[derive(Clone, Debug)]
pub(super) enum Done {
    /// This step of a script.
    Step(Arc<Script>, usize),
    /// The world went on up to this event.
    Upto(u64),
}

/// What a [`Until`] waits for, seen from the moment at which somebody began to wait.
#[derive(Clone, Copy, Debug)]
pub struct Awaited {
    until: Until,
    /// From which count on it is there; none if it never is.
    from: Option<u64>,
}

/// What can be counted of a world and only grows: nanoseconds, packets that have arrived, commands, octets heard.
fn count(until: Until, hand: &Hand) -> u64 {
    let world = hand.world();
    match until {
        Until::Time(_) | Until::Passed(_) => world.now().as_nanos(),
        Until::Packet => {
            let there = world
                .journal()
                .packets
                .iter()
                .filter(|packet| packet.fate == Fate::Arrives && packet.transit.arrive <= world.now());
            there.count() as u64
        }
        Until::Command => world.journal().commands.len() as u64,
        Until::Answer => {
            let heard = |conn: &Arc<Conn>| conn.stream(Side::Server).arrivals.last().map_or(0, |a| a.upto);
            world.conns().iter().map(heard).sum()
        }
        Until::Quiet => 0,
    }
}

impl Awaited {
    /// Begins to wait.
    #[must_use]
    pub fn new(until: Until, hand: &Hand) -> Self {
        let now = count(until, hand);
        let from = match until {
            Until::Time(at) => Some(at.as_nanos()),
            Until::Passed(span) => Some(now.saturating_add(span.as_nanos())),
            Until::Packet | Until::Command | Until::Answer => Some(now + 1),
            Until::Quiet => None,
        };
        Self { until, from }
    }

    /// Is it there? Once it is, it stays so.
    #[must_use]
    pub fn is_there(&self, hand: &Hand) -> bool {
        self.from.is_some_and(|from| count(self.until, hand) >= from)
    }
}

impl Player<'_> {
    pub(super) fn travel(&mut self, travel: Travel) {
        let now = self.hand.world().events();
        match travel {
            Travel::Step(events) => while self.hand.world().events() - now < events && self.hand.step() {},
            Travel::Until(until) => {
                let awaited = Awaited::new(until, self.hand);
                while !awaited.is_there(self.hand) && self.hand.step() {}
            }
            Travel::Back(events) => self.go(now.saturating_sub(events)),
            Travel::Goto(event) => self.go(event),
        }
        self.done.push(Done::Upto(self.hand.world().events()));
        let told = view::place(self.hand);
        self.push(Entry::Told(told));
    }

    fn go(&mut self, event: u64) {
        if event < self.hand.world().events() {
            let Some(setting) = self.setting else { return };
            let (hand, begun) = again(&self.done, setting, event, self.files, false);
            *self.hand = hand;
            self.done.truncate(begun);
        }
        while self.hand.world().events() < event && self.hand.step() {}
    }

    /// All that was done, over another link.
    pub(super) fn over_link(&self, link: &Arc<LinkSpec>) -> Option<Hand> {
        let setting = Setting { link: Arc::clone(link), ..self.setting?.clone() };
        Some(again(&self.done, &setting, u64::MAX, self.files, true).0)
    }
}

/// Does all of it again, up to an event; gives also how much of it was begun.
fn again(
    done: &[Done],
    setting: &Setting,
    event: u64,
    files: &super::run::Files,
    keeps_link: bool,
) -> (Hand, usize) {
    let mut hand = Hand::new(setting);
    hand.keep_link(keeps_link);
    hand.stop_after(event);
    let mut begun = 0;
    for one in done {
        if hand.world().events() >= event {
            break;
        }
        begun += 1;
        match one {
            Done::Upto(upto) => while hand.world().events() < *upto && hand.step() {},
            Done::Step(script, nth) => {
                if let Some(step) = script.steps.get(*nth) {
                    // It was understood when it was done; if the stop cuts it short, that is no slip.
                    let _ = Player::new(Arc::clone(script), &mut hand, files).step(*nth, step);
                }
            }
        }
    }
    hand.stop_after(u64::MAX);
    hand.keep_link(false);
    (hand, begun)
}
