//! What happens in a week: drawn once from a seed, whatever protocol is tried.

use std::collections::BTreeSet;
use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use super::{Act, Deed, Place, Sitting, Week};
use crate::lesson::Lesson;
use crate::mail::date::Timestamp;
use crate::mail::generate::{self, Generator, Period};
use crate::scenario::NewMail;
use crate::station::Look;
use crate::time::{Duration, Instant};

/// Where mail is filed.
pub const FOLDERS: [&str; 2] = ["Projects", "Family"];

/// To whom answers go: everybody's mail ends in one mailbox, where they are counted.
pub const ANSWERS_TO: &str = "friends@mail.example";

/// The random stream of a week's plan.
const PLAN_STREAM: u64 = 11;

/// When the user sits down, by weekday from Monday: place (home, office, portable), hour and minute.
const CALENDAR: [&[(usize, u64, u64)]; 7] = [
    &[(0, 7, 30), (1, 9, 0), (1, 13, 30), (1, 17, 0), (0, 21, 0)],
    &[(0, 7, 0), (2, 9, 30), (2, 14, 0), (2, 19, 30), (0, 22, 30)],
    &[(1, 9, 0), (1, 13, 0), (1, 17, 30), (0, 20, 30)],
    &[(2, 8, 30), (2, 12, 30), (1, 16, 0), (1, 18, 0), (0, 21, 30)],
    &[(1, 9, 0), (1, 12, 0), (1, 15, 30), (2, 18, 30), (0, 21, 0)],
    &[(0, 10, 0), (2, 15, 0), (0, 20, 0)],
    &[(0, 11, 0), (0, 19, 0), (0, 22, 0)],
];

/// Of a hundred messages read: so many are filed, deleted, flagged, answered; the rest stays as it is.
const FILED: u64 = 25;
const DELETED: u64 = 35;
const FLAGGED: u64 = 12;
const ANSWERED: u64 = 12;

/// How many new messages the user reads in one sitting at most.
const READ_MAX: usize = 12;

/// Of a hundred new messages that are there, so many are read in this sitting; the others wait for another one.
const READ: u64 = 60;

/// Of older messages, how many the user comes back to in one sitting.
const OLD_MAX: usize = 2;

fn at(day: usize, hour: u64, minute: u64) -> Instant {
    // The week begins on Monday at midnight.
    Instant::START + Duration::from_secs(day as u64 * 86_400 + hour * 3600 + minute * 60)
}

/// A message as truth has it.
struct True {
    look: Look,
    arrives: Instant,
    read: bool,
    flagged: bool,
    is_settled: bool,
}

/// The week of a user with these workstations.
///
/// # Errors
/// A period that is not known, which 1998 is.
pub fn week(seed: u64, messages: u32, places: Vec<Place>) -> Result<Week, Lesson> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(PLAN_STREAM);
    let mut days = 0;
    let midnight = Timestamp::DEFAULT_START.civil().date().at(0, 0, 0, 0);
    let start = Timestamp::from_civil(midnight, 0);
    let generator = Arc::new(Generator::new(Period::named("1998")?, seed, messages));
    // Two messages that look the same are one to a user who goes by looks.
    let mut looks = BTreeSet::new();
    let mut mail: Vec<(Instant, NewMail)> = generate::messages(generator)
        .map(NewMail::from)
        .filter(|new| looks.insert(Look::of_header(new.message.header())))
        .map(|mut new| {
            let at = arrival(&mut random, &mut days);
            new.received = start.at(at);
            (at, new)
        })
        .collect();
    mail.sort_by_key(|(at, _)| *at);
    let (sittings, acts) = sittings(&mail, places.len(), &mut random);
    let think = Duration::from_secs(20);
    Ok(Week { seed, start, places, mail, sittings, acts, think, chance: false })
}

/// Seven days in turn, five of them thrice: mail comes by day, and mostly on weekdays.
fn arrival(random: &mut ChaCha8Rng, days: &mut usize) -> Instant {
    const DAYS: [usize; 17] = [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6];
    let day = DAYS.get(*days % DAYS.len()).copied().unwrap_or(0);
    *days += 1;
    let seconds = random.next_u64() % (15 * 3600);
    at(day, 6, 0) + Duration::from_secs(seconds)
}

fn sittings(mail: &[(Instant, NewMail)], places: usize, random: &mut ChaCha8Rng) -> (Vec<Sitting>, Vec<Act>) {
    let mut truth: Vec<True> = (mail.iter())
        .map(|(arrives, new)| True {
            look: Look::of_header(new.message.header()),
            arrives: *arrives,
            read: false,
            flagged: false,
            is_settled: false,
        })
        .collect();
    let (mut sittings, mut acts) = (Vec::new(), Vec::new());
    for (day, calendar) in CALENDAR.iter().enumerate() {
        for (place, hour, minute) in calendar.iter().filter(|(place, ..)| *place < places) {
            let (begun, first) = (at(day, *hour, *minute), acts.len());
            // What comes while the user is on the telephone is for the next time.
            let there = |one: &&mut True| one.arrives < begun && !one.is_settled;
            let older = truth.iter_mut().filter(there).filter(|one| one.read && one.flagged);
            older.take(OLD_MAX).for_each(|one| come_back(one, random, &mut acts));
            let new = truth.iter_mut().filter(there).filter(|one| !one.read);
            for one in new.take(READ_MAX) {
                if random.next_u64() % 100 < READ {
                    read(one, random, &mut acts);
                }
            }
            sittings.push(Sitting { place: *place, at: begun, acts: first..acts.len() });
        }
    }
    (sittings, acts)
}

fn read(message: &mut True, random: &mut ChaCha8Rng, acts: &mut Vec<Act>) {
    let mut act = |deed| acts.push(Act { look: message.look.clone(), deed });
    act(Deed::Read);
    message.read = true;
    let drawn = random.next_u64() % 100;
    if drawn < ANSWERED {
        act(Deed::Answer);
    } else if drawn < ANSWERED + FLAGGED {
        act(Deed::Flag(true));
        message.flagged = true;
    } else if drawn < ANSWERED + FLAGGED + FILED {
        act(Deed::File(FOLDERS[(drawn % 2) as usize].to_owned()));
        message.is_settled = true;
    } else if drawn < ANSWERED + FLAGGED + FILED + DELETED {
        act(Deed::Delete);
        message.is_settled = true;
    }
}

/// What was flagged is done with: its flag is cleared, and it may go.
fn come_back(message: &mut True, random: &mut ChaCha8Rng, acts: &mut Vec<Act>) {
    let mut act = |deed| acts.push(Act { look: message.look.clone(), deed });
    act(Deed::Flag(false));
    message.flagged = false;
    if random.next_u64().is_multiple_of(2) {
        act(Deed::Delete);
        message.is_settled = true;
    }
}
