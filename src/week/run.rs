//! A week, lived by one way: a world with a line for each workstation, and a program at each.

use std::sync::Arc;

use super::referee::{self, Verdicts};
use super::{ANSWERS_TO, Deed, Sitting, Week};
use crate::desk::{Desk, Note, Program, Service, Trouble};
use crate::lesson::Lesson;
use crate::link::tariff::Bill;
use crate::mail::store::{Exists, MailboxId, Store};
use crate::measure::metrics::Metrics;
use crate::measure::{Interest, bill};
use crate::protocol::Server;
use crate::protocol::dmsp::{Dmsp, DmspSettings};
use crate::protocol::imap::{Imap, ImapSettings};
use crate::protocol::pop3::{Pop3, Pop3Settings};
use crate::protocol::smtp::{Smtp, SmtpSettings};
use crate::scenario::Account;
use crate::station::{Disk, LocalMail, Mark, Policy, Station, Way};
use crate::time::{Duration, Instant};
use crate::world::lab::Lab;
use crate::world::{Delivery, Host, World};

/// The user to whom answers go.
pub(super) const FRIENDS: &str = "friends";

/// What a workstation notes when a message is not there to which its user wants to do something; the act's number
/// follows.
pub(super) const NOT_HERE: &str = "not here: act ";

/// How often a call is tried.
const CALLS_MAX: u32 = 10;

/// How long a user waits after a call that failed.
const PAUSE: Duration = Duration::from_secs(60);

/// After the week each workstation calls twice more, one after the other.
const LAST_ROUNDS: u64 = 2;

/// What came of a week.
#[derive(Clone, Debug)]
pub struct Lived {
    /// By which way.
    pub way: Way,
    /// Of each workstation: how its program ended, figures and bill.
    pub places: Vec<LivedPlace>,
    /// What came of the user's acts.
    pub verdicts: Verdicts,
    /// The world at its end: the journal.
    pub world: World,
}

/// What a week took at one workstation.
#[derive(Clone, Debug)]
pub struct LivedPlace {
    /// How its program ended.
    pub outcome: Result<(), Trouble>,
    /// Figures.
    pub metrics: Metrics,
    /// What its calls cost.
    pub bill: Option<Bill>,
    /// What its disk holds at the end.
    pub mail: LocalMail,
}

/// Lives a week by one way.
///
/// # Errors
/// A program that is no function of its answers, or a disk that cannot be read: both would be our fault.
pub fn live(week: &Week, way: Way) -> Result<Lived, Lesson> {
    let mut world = world(week)?;
    let places: Vec<usize> =
        week.places.iter().map(|place| world.add_workstation(Arc::clone(&place.link))).collect();
    let mut lab = Lab::new(world);
    let shared = Arc::new(week.clone());
    for (place, workstation) in places.iter().enumerate() {
        lab.add_client(*workstation, program(&shared, place, way));
    }
    lab.run().map_err(|diverged| Lesson::new(diverged.to_string()))?;
    let outcomes: Vec<Result<(), Trouble>> =
        lab.outcomes().map(|outcome| outcome.cloned().unwrap_or(Err(Trouble::Stalled))).collect();
    let world = lab.world().clone();
    let mut lived = Vec::new();
    for ((workstation, place), outcome) in places.iter().zip(&week.places).zip(outcomes) {
        let notes = world.journal().notes.iter().filter(|taken| taken.workstation == *workstation);
        let mail = Disk::of(notes.map(|taken| &taken.note)).mail()?;
        lived.push(LivedPlace {
            outcome,
            metrics: Metrics::of(&world, *workstation, &Interest::default()),
            bill: (place.tariff.as_ref())
                .map(|tariff| bill::totals(&world, *workstation, tariff, week.start)),
            mail: mail.unwrap_or_else(|| LocalMail::new(&place.name, way)),
        });
    }
    let verdicts = referee::judge(week, way, &world, &lived);
    Ok(Lived { way, places: lived, verdicts, world })
}

fn world(week: &Week) -> Result<World, Lesson> {
    let taken = |Exists(name)| Lesson::new(format!("the name {name} is given twice"));
    let mut store = Store::new(week.start);
    let account = Account::default();
    let alice = store.add_user(&account.user, account.password.clone()).map_err(taken)?;
    store.add_address(alice, &account.address).map_err(taken)?;
    let friends = store.add_user(FRIENDS, "").map_err(taken)?;
    store.add_address(friends, ANSWERS_TO).map_err(taken)?;
    let inbox = store.inbox(alice).ok_or_else(|| Lesson::new("a user has an INBOX"))?;
    let first = store.reserve(week.mail.len() as u32);
    let mut host = host();
    host.deliveries = deliveries(week, inbox, first.0);
    let world = World::new(week.seed, store, host);
    Ok(if week.chance { world.with_chance() } else { world })
}

/// A host that speaks all that workstations speak.
pub(super) fn host() -> Host {
    Host::new(vec![
        (Service::Pop3, Server::Pop3(Pop3::new(Pop3Settings::default()))),
        (Service::Imap, Server::Imap(Imap::new(ImapSettings::default()))),
        (Service::Smtp, Server::Smtp(Smtp::new(SmtpSettings::default()))),
        (Service::Dmsp, Server::Dmsp(Dmsp::new(DmspSettings::default()))),
    ])
}

fn deliveries(week: &Week, inbox: MailboxId, first: u32) -> Vec<Delivery> {
    let one = |(nth, (at, new)): (usize, &(Instant, crate::scenario::NewMail))| Delivery {
        at: *at,
        mailbox: inbox,
        first: crate::mail::message::MessageId(first + nth as u32),
        messages: vec![(Arc::clone(&new.message), new.received)],
    };
    week.mail.iter().enumerate().map(one).collect()
}

fn program(week: &Arc<Week>, place: usize, way: Way) -> Program {
    let week = Arc::clone(week);
    Arc::new(move |desk: Desk| {
        let week = Arc::clone(&week);
        Box::pin(async move {
            let name = week.places.get(place).map_or("", |place| place.name.as_str());
            let mail = LocalMail::new(name, way);
            let station = Station::new(desk, Account::default(), Policy::default(), mail);
            sit(station, &week, place).await
        })
    })
}

/// All sittings at one place, and the last calls.
async fn sit(mut station: Station, week: &Week, place: usize) -> Result<(), Trouble> {
    for (nth, sitting) in week.sittings.iter().enumerate().filter(|(_, sitting)| sitting.place == place) {
        wait_until(&station, sitting.at).await;
        station.desk.note(Note::Visit(nth as u32)).await;
        if station.mail.way == Way::ImapOnline {
            on_line(&mut station, week, sitting).await?;
        } else {
            off_line(&mut station, week, sitting).await?;
        }
    }
    for round in 0..LAST_ROUNDS {
        let turn = round * week.places.len() as u64 + place as u64;
        wait_until(&station, week.end() + Duration::from_secs(3600).saturating_mul(turn)).await;
        call(&mut station).await?;
    }
    Ok(())
}

async fn wait_until(station: &Station, at: Instant) {
    let now = station.desk.now().await;
    station.desk.think(at.since(now)).await;
}

/// Calls until a call gets through.
async fn call(station: &mut Station) -> Result<(), Trouble> {
    for _ in 1..CALLS_MAX {
        match station.call().await {
            Ok(()) => return Ok(()),
            Err(_) => station.desk.think(PAUSE).await,
        }
    }
    station.call().await
}

/// A call; then the user works with the line down; then another call, if there is anything to tell.
async fn off_line(station: &mut Station, week: &Week, sitting: &Sitting) -> Result<(), Trouble> {
    call(station).await?;
    for nth in sitting.acts.clone() {
        act(station, week, nth).await;
        station.save().await;
    }
    if station.mail.queue.is_empty() { Ok(()) } else { call(station).await }
}

/// The line is up while the user reads, and each act is told at once.
async fn on_line(station: &mut Station, week: &Week, sitting: &Sitting) -> Result<(), Trouble> {
    let mut from = sitting.acts.start;
    for _ in 0..CALLS_MAX {
        match read_on_line(station, week, &mut from, sitting.acts.end).await {
            Ok(()) => return Ok(()),
            Err(_) => {
                station.desk.hang_up().await;
                station.desk.think(PAUSE).await;
            }
        }
    }
    Err(Trouble::CallFailed)
}

async fn read_on_line(
    station: &mut Station,
    week: &Week,
    from: &mut usize,
    end: usize,
) -> Result<(), Trouble> {
    station.desk.dial().await?;
    let mut conn = station.open(false).await?;
    station.replay(&mut conn).await?;
    station.synchronize(&mut conn).await?;
    while *from < end {
        let wanted = week.acts.get(*from).filter(|act| act.deed == Deed::Read);
        if let Some((mailbox, number)) = wanted.and_then(|act| station.mail.find(&act.look)) {
            station.fetch_one(&mut conn, &mailbox, number).await?;
        }
        act(station, week, *from).await;
        *from += 1;
        station.replay(&mut conn).await?;
    }
    station.close(conn).await?;
    station.desk.hang_up().await;
    Ok(())
}

/// The user does something to a message, if it is here.
async fn act(station: &mut Station, week: &Week, nth: usize) {
    let Some(act) = week.acts.get(nth) else { return };
    let Some((mailbox, number)) = station.mail.find(&act.look) else {
        return station.desk.note(Note::Remark(format!("{NOT_HERE}{nth}"))).await;
    };
    match &act.deed {
        Deed::Read => {
            station.desk.think(week.think).await;
            station.mail.mark(&mailbox, number, Mark::Seen, true);
        }
        Deed::Flag(on) => drop(station.mail.mark(&mailbox, number, Mark::Flagged, *on)),
        Deed::File(into) => drop(station.mail.file(&mailbox, number, into)),
        Deed::Delete => drop(station.mail.delete(&mailbox, number)),
        Deed::Answer => {
            station.mail.mark(&mailbox, number, Mark::Answered, true);
            station.mail.send(answer(week, nth, station.desk.now().await));
        }
    }
}

/// An answer that tells which act it is.
fn answer(week: &Week, nth: usize, now: Instant) -> String {
    let from = Account::default().address;
    format!(
        "Date: {}\r\nFrom: {from}\r\nTo: {ANSWERS_TO}\r\nSubject: {}\r\nMessage-ID: <act-{nth}@mail.example>\r\n\r\nI have \
         read this, and will think about it.\r\n",
        week.start.at(now).rfc5322(),
        subject_of_answer(nth),
    )
}

pub(super) fn subject_of_answer(nth: usize) -> String {
    format!("Re: act {nth}")
}
