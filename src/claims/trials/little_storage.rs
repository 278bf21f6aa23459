//! c25: does it help a PC with little storage to know how long a message is before it comes?

use std::sync::Arc;

use super::say;
use crate::chart::{Cell, Column, Table, Unit};
use crate::claims::bench::collect;
use crate::claims::{Failure, Findings, Verdict, Workers};
use crate::desk::{Desk, Note, Program, Running, Service, Trouble, Wire};
use crate::lesson::Lesson;
use crate::link::preset;
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::generate::{Generator, Period};
use crate::mail::message::Message;
use crate::mail::store::Store;
use crate::measure::Interest;
use crate::measure::metrics::Metrics;
use crate::protocol::Server;
use crate::protocol::pop2::{Pop2, Pop2Client, Pop2Settings};
use crate::protocol::pop3::{Pop3, Pop3Client, Pop3Settings};
use crate::world::lab::Lab;
use crate::world::{Host, World};

const LINK: &str = "v22bis-2400";
const MESSAGES: u32 = 20;
/// The message with an attachment, and the attachment's octets before they are encoded.
const LARGE: (u32, u32) = (6, 150_000);
/// What is free on the disk: too little for the large message, enough for it and not for all behind it, enough for all.
const DISKS: [u64; 3] = [60_000, 220_000, 1_440_000];
const WAYS: [(Way, &str); 4] = [
    (Way::HangsUp, "POP3 unseen, hangs up"),
    (Way::ThrowsAway, "POP3 unseen, throws away"),
    (Way::Lists, "POP3, LIST first"),
    (Way::Reads, "POP2, READ tells"),
];

/// What the PC does with a message for which there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It finds out while the message comes, and the only way to make POP3 stop is to hang up.
    HangsUp,
    /// It lets the message come, and keeps nothing of it.
    ThrowsAway,
    /// It asks for all lengths, and fetches what has room.
    Lists,
    /// It is told a length before each message, and goes on to the next.
    Reads,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
struct Fetched {
    /// Messages that are on the disk, whole, and their octets.
    kept: u32,
    kept_octets: u64,
    /// Octets of messages that came and were not kept.
    wasted: u64,
    /// Messages that the server still has.
    left: u32,
    metrics: Metrics,
}

pub fn run(workers: &dyn Workers) -> Result<Findings, Failure> {
    let fetched = collect(workers, DISKS.len() * WAYS.len(), |nth| {
        one(DISKS[nth / WAYS.len()], WAYS[nth % WAYS.len()].0)
    })?;
    Ok(Findings {
        verdict: verdict(&fetched),
        region: region(&fetched),
        tables: vec![table(&fetched)],
        charts: vec![("ways".to_owned(), chart(&fetched))],
    })
}

fn of(fetched: &[Fetched], disk: usize) -> &[Fetched] {
    &fetched[disk * WAYS.len()..][..WAYS.len()]
}

fn one(disk: u64, way: Way) -> Result<Fetched, Lesson> {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let exists = |_| Lesson::new("alice is there already");
    let alice = store.add_user("alice", "secret").map_err(exists)?;
    let inbox = store.inbox(alice).ok_or_else(|| Lesson::new("alice has no INBOX"))?;
    let generator = Generator::new(Period::named("1998")?, 1998, MESSAGES).with_attachments(0.0);
    let generator = generator.with_attachment_at(LARGE.0, LARGE.1, None);
    for nth in 0..MESSAGES {
        let message = Arc::new(Message::new(generator.octets(nth)));
        store.append(inbox, message, Flags::NONE, Timestamp::DEFAULT_START);
    }
    let host = Host::new(vec![
        (Service::Pop3, Server::Pop3(Pop3::new(Pop3Settings::default()))),
        (Service::Pop2, Server::Pop2(Pop2::new(Pop2Settings::default()))),
    ]);
    let mut world = World::new(1998, store, host);
    let workstation = world.add_workstation(Arc::new(preset::resolve(LINK)?));
    let mut lab = Lab::new(world);
    lab.add_client(workstation, program(disk, way));
    lab.run().map_err(|diverged| Lesson::new(diverged.to_string()))?;
    match lab.outcomes().next().flatten() {
        Some(Ok(())) => {}
        other => return Err(Lesson::new(format!("{way:?} did not finish: {other:?}"))),
    }
    let world = lab.world();
    let saved = world.journal().notes.iter().filter_map(|taken| match &taken.note {
        Note::Saved(_, octets) => octets.as_ref().map(|octets| octets.len() as u64),
        _ => None,
    });
    let (kept, kept_octets) = saved.fold((0, 0), |(kept, sum), octets| (kept + 1, sum + octets));
    let metrics = Metrics::of(world, workstation, &Interest::default());
    Ok(Fetched {
        kept,
        kept_octets,
        wasted: metrics.content_bytes.down.saturating_sub(kept_octets),
        left: world.store().mailbox(inbox).map_or(0, |mailbox| mailbox.entries.len() as u32),
        metrics,
    })
}

fn program(disk: u64, way: Way) -> Program {
    Arc::new(move |desk| -> Running { Box::pin(fetch(desk, disk, way)) })
}

async fn fetch(desk: Desk, free: u64, way: Way) -> Result<(), Trouble> {
    desk.dial().await?;
    let mut disk = Disk { desk: &desk, free, kept: 0 };
    match way {
        Way::HangsUp => hangs_up(desk.connect(Service::Pop3).await?, &mut disk).await?,
        Way::ThrowsAway | Way::Lists => {
            let client = Pop3Client::greet(desk.connect(Service::Pop3).await?).await?;
            by_pop3(client, way == Way::Lists, &mut disk).await?;
        }
        Way::Reads => {
            by_pop2(Pop2Client::greet(desk.connect(Service::Pop2).await?).await?, &mut disk).await?
        }
    }
    desk.hang_up().await;
    Ok(())
}

/// A disk that can fill.
struct Disk<'a> {
    desk: &'a Desk,
    free: u64,
    kept: u32,
}

impl Disk<'_> {
    fn has_room_for(&self, octets: u64) -> bool {
        octets <= self.free
    }

    async fn keep(&mut self, message: bytes::Bytes) {
        self.free = self.free.saturating_sub(message.len() as u64);
        self.kept += 1;
        self.desk.note(Note::Saved(format!("{}.eml", self.kept), Some(message))).await;
    }
}

/// A client that asks for no length: RETR after RETR, until the disk is full in the middle of one.
async fn hangs_up(mut wire: Wire, disk: &mut Disk<'_>) -> Result<(), Trouble> {
    wire.read_line().await?;
    for line in ["USER alice\r\n", "PASS secret\r\n"] {
        wire.send(line).await?;
        wire.read_line().await?;
    }
    for number in 1..=MESSAGES {
        wire.send(format!("RETR {number}\r\n")).await?;
        wire.read_line().await?;
        while memchr::memmem::find(wire.buffered(), b"\r\n.\r\n").is_none() {
            if !disk.has_room_for(wire.buffered().len() as u64) {
                // Without QUIT: what DELE has marked stays (RFC 1939 §6).
                return Ok(());
            }
            wire.more().await?;
        }
        let text = wire.read_until(b"\r\n.\r\n").await?;
        let text = text.slice(..text.len() - 3);
        if !disk.has_room_for(text.len() as u64) {
            return Ok(());
        }
        disk.keep(text).await;
        wire.send(format!("DELE {number}\r\n")).await?;
        wire.read_line().await?;
    }
    wire.send("QUIT\r\n").await?;
    wire.read_line().await.map(drop)
}

async fn by_pop3(mut client: Pop3Client, lists: bool, disk: &mut Disk<'_>) -> Result<(), Trouble> {
    client.user_pass("alice", "secret").await?;
    let lengths = if lists { Some(client.list().await?) } else { None };
    for number in 1..=MESSAGES {
        let length = lengths.as_ref().and_then(|all| all.iter().find(|one| one.number == number));
        if length.is_some_and(|one| !disk.has_room_for(one.octets)) {
            continue;
        }
        let message = client.retr(number).await?;
        if disk.has_room_for(message.len() as u64) {
            disk.keep(message).await;
            client.dele(number).await?;
        }
    }
    client.quit().await
}

/// POP2 tells the length in its answer to READ and to each acknowledgement (RFC 937).
async fn by_pop2(mut client: Pop2Client, disk: &mut Disk<'_>) -> Result<(), Trouble> {
    let messages = client.helo("alice", "secret").await?;
    let mut octets = client.read(Some(1)).await?;
    for number in 1..=messages {
        if octets == 0 {
            break;
        }
        octets = if disk.has_room_for(octets.into()) {
            let message = client.retr(octets).await?;
            disk.keep(message).await;
            client.ackd().await?
        } else {
            client.read(Some(number + 1)).await?
        };
    }
    client.quit().await
}

/// Little storage is a disk that does not hold everything.
fn is_little(fetched: &[Fetched]) -> bool {
    fetched.iter().any(|one| one.kept < MESSAGES)
}

/// It helps if whoever knows the lengths keeps no less than whoever does not, and lets nothing come in vain.
fn helps(fetched: &[Fetched]) -> bool {
    let [hangs_up, throws_away, lists, reads] = fetched else { return false };
    let blind = [hangs_up, throws_away];
    [lists, reads].iter().all(|one| one.wasted == 0 && blind.iter().all(|other| one.kept >= other.kept))
        && blind.iter().all(|one| one.wasted > 0)
}

fn verdict(fetched: &[Fetched]) -> Verdict {
    let little: Vec<bool> =
        (0..DISKS.len()).map(|disk| of(fetched, disk)).filter(|one| is_little(one)).map(helps).collect();
    match (little.iter().all(|helps| *helps), little.iter().any(|helps| *helps)) {
        (true, true) => Verdict::Holds,
        (_, false) => Verdict::Fails,
        _ => Verdict::DependsOn("how little it is".to_owned()),
    }
}

fn region(fetched: &[Fetched]) -> Vec<String> {
    let mut region = Vec::new();
    for (disk, free) in DISKS.iter().enumerate() {
        let all = of(fetched, disk);
        let [hangs_up, throws_away, lists, reads] = all else { continue };
        let free = say::bytes(*free);
        if !is_little(all) {
            region.push(format!(
                "{free} free, and all {MESSAGES} fit: nothing is gained, and LIST costs a turn ({} against {}).",
                say::time(lists.metrics.connected),
                say::time(throws_away.metrics.connected),
            ));
            continue;
        }
        region.push(format!(
            "{free} free: with lengths {} of {MESSAGES} messages are on the disk after {} (LIST) and {} after {} (READ), and \
             nothing came in vain. Without, a client that lets everything come keeps {} after {}, {} of it for nothing; one \
             that hangs up when the disk is full has {} and {} for nothing, and the server still has all {}, for there was no QUIT.",
            lists.kept,
            say::time(lists.metrics.connected),
            reads.kept,
            say::time(reads.metrics.connected),
            throws_away.kept,
            say::time(throws_away.metrics.connected),
            say::bytes(throws_away.wasted),
            hangs_up.kept,
            say::bytes(hangs_up.wasted),
            hangs_up.left,
        ));
    }
    region
}

fn table(fetched: &[Fetched]) -> Table {
    let columns = vec![
        Column::integer("free", "bytes"),
        Column::text("way"),
        Column::integer("kept", "messages"),
        Column::integer("kept_bytes", "bytes"),
        Column::integer("wasted_bytes", "bytes"),
        Column::integer("left_at_server", "messages"),
        Column::integer("turns", ""),
        Column::decimal("connected_s", "s", 1),
    ];
    let mut table =
        Table::results(format!("c25: {MESSAGES} messages and a disk that can fill, over {LINK}"), columns);
    for (disk, free) in DISKS.iter().enumerate() {
        for ((_, way), one) in WAYS.iter().zip(of(fetched, disk)) {
            table.push(vec![
                (*free).into(),
                (*way).into(),
                one.kept.into(),
                one.kept_octets.into(),
                one.wasted.into(),
                one.left.into(),
                one.metrics.turns.into(),
                Cell::from(one.metrics.connected),
            ]);
        }
    }
    table.note(rests_on());
    table
}

fn chart(fetched: &[Fetched]) -> String {
    let panels = DISKS.iter().enumerate().map(|(disk, free)| {
        let seconds = of(fetched, disk).iter().map(|one| Some(one.metrics.connected.as_secs_f64())).collect();
        (format!("{} free", say::bytes(*free)), seconds)
    });
    say::dots(
        "c25: a disk that can fill",
        "From answer to hang-up.",
        Unit::Seconds,
        "time on line",
        WAYS.iter().map(|(_, way)| (*way).to_owned()).collect(),
        panels.collect(),
        vec![rests_on()],
    )
}

fn rests_on() -> String {
    format!(
        "maillab {}. Mail of the period 1998, seed 1998, without attachments but for message {}, which has one of {} before \
         encoding. Messages are kept in their order as long as they fit.",
        env!("CARGO_PKG_VERSION"),
        LARGE.0 + 1,
        say::bytes(LARGE.1.into()),
    )
}
