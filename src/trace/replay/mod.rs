//! A trace over another link.
//!
//! A replay keeps what each write waited for and how long it was thought about, and nothing else of the recorded
//! times. Both ends follow the trace in a real world over a real link, so its figures are counted from a journal
//! like all others. Over the link on which the trace was recorded every time stamp comes again.
//!
//! What a replay cannot know is what the client would have *chosen* to do on another link. [`Doubt`] says where
//! that might matter.
//!
//! | file | holds |
//! |---|---|
//! | `plan.rs` | from a trace to what each end does |
//! | `player.rs` | the client's part, step by step |
//! | `doubt.rs` | reasons why a replay may not hold |
//! | `report.rs` | a table and a chart, by link |

mod doubt;
mod plan;
mod player;
pub mod report;

pub(super) use doubt::word as word_of;
pub use doubt::{Doubt, units};
pub use plan::Plan;

use std::sync::Arc;

use super::{HeadKey, Trace};
use crate::desk::Service;
use crate::lesson::{Lesson, nearest};
use crate::link::spec::LinkSpec;
use crate::link::tcp::{LINUX, PROFILES, Profile};
use crate::mail::date::Timestamp;
use crate::mail::store::Store;
use crate::protocol::Server;
use crate::protocol::scripted::Scripted;
use crate::world::{Host, World};

/// What came of a replay.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// The world at its end; the client sat at workstation 0.
    pub world: World,
    /// Why it may not hold; empty if it does.
    pub doubts: Vec<Doubt>,
}

impl Plan {
    /// Plays the trace over a link.
    #[must_use]
    pub fn over(&self, link: Arc<LinkSpec>) -> Replayed {
        let scripts = Server::Scripted(Scripted::of_host(self.scripts.clone()));
        let mut host = Host::new(Service::ALL.map(|service| (service, scripts.clone())).into());
        host.stack = self.stack;
        let mut world = World::new(self.seed, Store::new(Timestamp::DEFAULT_START), host);
        let own = self.recorded_link.as_deref() == Some(link.name.as_str());
        if own && self.chance {
            world = world.with_chance();
        }
        world.add_workstation(link);
        let (world, unfinished) = player::play(self, world);
        let doubts = doubt::doubts(self, &world, own, unfinished);
        Replayed { world, doubts }
    }
}

/// The TCP that the trace names; today's if it names none.
pub(super) fn stack(trace: &Trace) -> Result<&'static Profile, Lesson> {
    let Some(name) = trace.head(HeadKey::Stack) else { return Ok(&LINUX) };
    Profile::named(name).ok_or_else(|| {
        let known: Vec<&str> = PROFILES.iter().map(|profile| profile.name).collect();
        let lesson =
            Lesson::new(format!("the trace was recorded with a TCP `{name}`, which is not known here"))
                .note(format!("known are {}", known.join(", ")));
        match nearest(name, known) {
            Some(near) => lesson.hint(format!("did you mean `{near}`?")),
            None => lesson.hint("put a known one into the trace's line `stack`"),
        }
    })
}
