//! One user, several workstations, a week of mail: the same week by each way of keeping up.
//!
//! ```text
//! Week ── plan.rs ──> what arrives, who sits down where and when, what the user does there
//!   │
//!   └─ run.rs ──> one world, a line and a tariff for each workstation ──> referee.rs ──> tables.rs
//!                                                                         what is lost, double, ghost, stale
//! ```
//!
//! What the user means to do is fixed before anything runs, by somebody who sees all mail at once: *truth* is all
//! acts in order of time on one ideal mailbox. Each way is then judged by what came of them.

mod plan;
mod referee;
pub mod resync;
mod run;
mod tables;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::lesson::Lesson;
use crate::link::preset;
use crate::link::spec::LinkSpec;
use crate::link::tariff::Tariff;
use crate::mail::date::Timestamp;
use crate::scenario::NewMail;
use crate::station::{Look, Way};
use crate::time::{Duration, Instant};

pub use plan::{ANSWERS_TO, FOLDERS};
pub use referee::{Judgement, Verdicts};
pub use run::{Lived, live};
pub use tables::{chart, table};

/// A workstation: where it stands, its line, and by what its calls are charged.
#[derive(Clone, Debug)]
pub struct Place {
    /// What the user calls it.
    pub name: String,
    /// Its line.
    pub link: Arc<LinkSpec>,
    /// By what its calls are charged; a line that needs no call costs nothing.
    pub tariff: Option<Arc<Tariff>>,
}

/// What the user does to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Reads it.
    Read,
    /// Sets the flag, or clears it.
    Flag(bool),
    /// Files it in this mailbox.
    File(String),
    /// Deletes it.
    Delete,
    /// Writes an answer.
    Answer,
}

/// Something that the user does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// To the message that looks like this.
    pub look: Look,
    /// What.
    pub deed: Deed,
}

/// The user sits down somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sitting {
    /// At which of the places.
    pub place: usize,
    /// When.
    pub at: Instant,
    /// What is done, in order: numbers of acts.
    pub acts: std::ops::Range<usize>,
}

/// A week.
#[derive(Clone, Debug)]
pub struct Week {
    /// For all that is drawn.
    pub seed: u64,
    /// What the clock on the wall shows at the start: a Monday morning.
    pub start: Timestamp,
    /// The workstations.
    pub places: Vec<Place>,
    /// The mail, and when each message arrives.
    pub mail: Vec<(Instant, NewMail)>,
    /// When the user sits down, in order of time.
    pub sittings: Vec<Sitting>,
    /// All acts, in order of time.
    pub acts: Vec<Act>,
    /// How long the user reads a message.
    pub think: Duration,
    /// Calls fail and lines drop as the links' data say.
    pub chance: bool,
}

/// How many messages arrive in a week unless told otherwise.
pub const MESSAGES: u32 = 70;

/// The most messages that a week may have.
pub const MESSAGES_MAX: u32 = 2000;

/// The ways that are compared unless told otherwise.
pub const WAYS: &[Way] =
    &[Way::Pop3Delete, Way::Pop3Leave, Way::ImapOnline, Way::ImapFlags, Way::ImapQresync, Way::Dmsp];

impl Week {
    /// The week that is compared unless told otherwise: a PC at home behind a modem of 2400 bit/s, a workstation in the
    /// office on a LAN, a portable with a GSM telephone; German tariffs of 1996 and 2000.
    ///
    /// # Errors
    /// Links and tariffs that are not built in, which none of these is.
    pub fn of_three_places(seed: u64, messages: u32) -> Result<Self, Lesson> {
        let place = |name: &str, link: &str, tariff: Option<&str>| -> Result<Place, Lesson> {
            let tariff = tariff.map(Tariff::named).transpose()?;
            Ok(Place {
                name: name.to_owned(),
                link: Arc::new(preset::resolve(link)?),
                tariff: tariff.map(|tariff| Arc::new(tariff.clone())),
            })
        };
        let places = vec![
            place("home", "v22bis-2400", Some("de-dtag-1996-city"))?,
            place("office", "lan-10m", None)?,
            place("portable", "gsm-csd-9600", Some("de-gsm-csd-2000"))?,
        ];
        plan::week(seed, messages, places)
    }

    /// When all is over, and every workstation has called twice more.
    #[must_use]
    pub fn end(&self) -> Instant {
        Instant::START + Duration::from_secs(7 * 86_400)
    }
}
