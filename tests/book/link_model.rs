//! The figures of the chapter "The link model".

use maillab::desk::{Desk, Service, Trouble};
use maillab::link::framing::{Framer, Framing, Ppp};
use maillab::link::tcp::{BSD_1990, LINUX, Profile, Side};
use maillab::protocol::pop3::Pop3Client;
use maillab::time::{Duration, Instant};
use maillab::world::Packet;

use crate::drawn::Block;
use crate::lab::{self, Ran};
use crate::worked::{self, Counted, Worked};

/// The link of most examples, chosen for round numbers and not after any modem: 28.8 bits a millisecond, 8 bits
/// a byte, 8 bytes of framing a packet.
const LINK: &str = "rate=28800,bits=8,frame=8,delay=100ms,mtu=576";
const SATELLITE: &str = "rate=2000000,bits=8,frame=8,delay=250ms,mtu=576";

fn worked(what: impl Into<String>, by_hand: impl Into<String>, counted: Counted) -> Worked {
    Worked { what: what.into(), by_hand: by_hand.into(), counted }
}

fn session(stack: &'static Profile, link: &str) -> Ran {
    lab::run(link, stack, &[8192, 8192], lab::fetch_all)
}

pub fn blocks() -> Vec<Block> {
    vec![
        ("first-packets", ladder(&session(&BSD_1990, LINK), 9)),
        ("worked-serialization", serialization()),
        ("worked-framing", framing()),
        ("worked-handshake", handshake()),
        ("worked-turn", turn()),
        ("worked-message", message()),
        ("slow-start-rounds", slow_start()),
        ("worked-heartbeat", heartbeat()),
        ("turns-over-links", turns_over_links()),
    ]
}

/// The first packets of a session as a time-sequence table.
fn ladder(ran: &Ran, packets: usize) -> String {
    let mut text =
        String::from("| leaves | arrives | packet | IP bytes | on the line |\n|---:|---:|---|---:|---:|\n");
    for packet in ran.packets().iter().take(packets) {
        text.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            worked::milliseconds(packet.transit.start - Instant::START),
            worked::milliseconds(packet.transit.arrive - Instant::START),
            described(ran, packet),
            packet.ip_octets,
            packet.line_octets,
        ));
    }
    text
}

/// `client: SYN`, `server: "+OK …" 42 bytes`.
fn described(ran: &Ran, packet: &Packet) -> String {
    let segment = packet.segment;
    let (from, stream) = match packet.from {
        Side::Client => ("client", Side::Client),
        Side::Server => ("server", Side::Server),
    };
    let what = match (segment.syn, segment.ack.is_some(), segment.len) {
        (true, false, _) => "SYN".to_owned(),
        (true, true, _) => "SYN, ACK".to_owned(),
        (false, _, 0) => "ACK".to_owned(),
        (false, _, len) => {
            let stream = ran.world.conns()[0].stream(stream);
            let octets: Vec<u8> =
                stream.slices(segment.seq - 1, segment.seq - 1 + u64::from(len)).flatten().copied().collect();
            let line = String::from_utf8_lossy(&octets);
            let line = line.lines().next().unwrap_or_default();
            let shown: String = line.chars().take(40).collect();
            let more = if shown.len() < line.len() { "…" } else { "" };
            format!("`{}{more}`, {len} bytes", shown.replace('|', "\\|"))
        }
    };
    format!("{from}: {what}")
}

fn serialization() -> String {
    let first = |link: &str| {
        let ran = session(&BSD_1990, link);
        let full = ran.packets().into_iter().find(|packet| packet.ip_octets == 576).unwrap();
        Counted::Time(full.transit.end - full.transit.start)
    };
    worked::table(&[
        worked("576 bytes at 28 800 bit/s, 8 bits a byte", "(576 + 8) × 8 ÷ 28.8", first(LINK)),
        worked(
            "the same, start and stop bits: 10 bits a byte",
            "(576 + 8) × 10 ÷ 28.8",
            first("rate=28800,bits=10,frame=8,delay=100ms,mtu=576"),
        ),
        worked("the same at 2400 bit/s", "(576 + 8) × 10 ÷ 2.4", first("rate=2400,bits=10,frame=8,mtu=576")),
        worked("at 2 Mbit/s, 8 bits a byte", "(576 + 8) × 8 ÷ 2000", first(SATELLITE)),
    ])
}

/// A packet of text without any byte that needs an escape, and one with some that do.
fn framing() -> String {
    let plain = [b'a'; 100];
    let mut tricky = plain;
    tricky[..5].copy_from_slice(b"~~}\x11\x13");
    let mut slip = plain;
    slip[..3].copy_from_slice(&[0xC0, 0xDB, 0xC0]);
    let on_line = |framing: Framing, octets: &[u8]| {
        Counted::Octets(Framer::new(framing).count(Side::Server, octets).octets.into())
    };
    let bare = Framing::Ppp(Ppp { accm: u32::MAX, acfc: false, pfc: false, ..Ppp::USUAL });
    worked::table(&[
        worked("SLIP, nothing to escape: the packet, END", "100 + 1", on_line(Framing::Slip, &plain)),
        worked("SLIP, three bytes that are END or ESC", "100 + 1 + 3", on_line(Framing::Slip, &slip)),
        worked(
            "PPP, both compressions: protocol, packet, check, flag",
            "1 + 100 + 2 + 1",
            on_line(Framing::PPP_USUAL, &plain),
        ),
        worked(
            "PPP, with `~~}`, XON and XOFF in the packet",
            "1 + 100 + 2 + 1 + 5",
            on_line(Framing::PPP_USUAL, &tricky),
        ),
        worked(
            "PPP without compressions, all control characters escaped: FF, 03, 00 21, packet, check, flag; 03 and 00 escaped",
            "1 + 1 + 2 + 100 + 2 + 1 + 2",
            on_line(bare, &plain),
        ),
    ])
}

/// How long the server's write of this number is; the greeting is number 0.
fn said(ran: &Ran, nth: usize) -> usize {
    ran.world.conns()[0].stream(Side::Server).writes.get(nth).map_or(0, |write| write.bytes.len())
}

fn arrival(ran: &Ran, nth: usize) -> Counted {
    Counted::Time(ran.packets()[nth].transit.arrive - Instant::START)
}

fn handshake() -> String {
    let (bsd, linux) = (session(&BSD_1990, LINK), session(&LINUX, LINK));
    let syn = |ran: &Ran| Counted::Octets(ran.packets()[0].ip_octets.into());
    // What the server says in words may change; what it costs is worked out from how long it is.
    let greeting = said(&bsd, 0);
    let ready = |ran: &Ran| Counted::Time(ran.exchange("USER").0 - Instant::START);
    worked::table(&[
        worked("SYN of 1990: IP, TCP, the MSS option", "20 + 20 + 4", syn(&bsd)),
        worked("it arrives", "(44 + 8) × 8 ÷ 28.8 + 100", arrival(&bsd, 0)),
        worked(
            "SYN, ACK arrives: the client is connected",
            "2 × ((44 + 8) × 8 ÷ 28.8 + 100)",
            arrival(&bsd, 1),
        ),
        worked(
            format!("the client's ACK brings the greeting of {greeting} bytes, and the client may speak"),
            format!(
                "2 × ((44 + 8) × 8 ÷ 28.8 + 100) + (40 + 8) × 8 ÷ 28.8 + 100 + (40 + {greeting} + 8) × 8 ÷ 28.8 + 100"
            ),
            ready(&bsd),
        ),
        worked("SYN of today: five options more", "20 + 20 + 20", syn(&linux)),
        worked(
            "the same moment with today's options: 12 bytes more on every segment",
            format!(
                "2 × ((60 + 8) × 8 ÷ 28.8 + 100) + (52 + 8) × 8 ÷ 28.8 + 100 + (52 + {greeting} + 8) × 8 ÷ 28.8 + 100"
            ),
            ready(&linux),
        ),
    ])
}

fn turn() -> String {
    let (bsd, linux) = (session(&BSD_1990, LINK), session(&LINUX, LINK));
    let (user, stat) = (said(&linux, 1), said(&linux, 3));
    let took = |ran: &Ran, word: &str| {
        let (asked, answered) = ran.exchange(word);
        Counted::Time(answered - asked)
    };
    worked::table(&[
        worked(
            format!("`STAT`, 6 bytes, and its answer, {stat} bytes"),
            format!("(40 + 6 + 8) × 8 ÷ 28.8 + 100 + (40 + {stat} + 8) × 8 ÷ 28.8 + 100"),
            took(&bsd, "STAT"),
        ),
        worked(
            "the same with timestamps in every segment",
            format!("(52 + 6 + 8) × 8 ÷ 28.8 + 100 + (52 + {stat} + 8) × 8 ÷ 28.8 + 100"),
            took(&linux, "STAT"),
        ),
        worked(
            "`USER alice`, 12 bytes, the first command of a young connection: at each end a quick ACK goes first",
            format!(
                "(52 + 8) × 8 ÷ 28.8 + (52 + 12 + 8) × 8 ÷ 28.8 + 100 + (52 + 8) × 8 ÷ 28.8 + (52 + {user} + 8) × 8 ÷ \
                 28.8 + 100"
            ),
            took(&linux, "USER"),
        ),
    ])
}

fn message() -> String {
    let linux = session(&LINUX, LINK);
    let conn = &linux.world.conns()[0];
    let command = linux.world.journal().commands.iter().position(|c| c.text.starts_with(b"RETR 2")).unwrap();
    let answers = |write: &&maillab::world::Write| {
        write.cause == maillab::world::WriteCause::Reply(maillab::world::CommandId(command as u32))
    };
    let octets: usize =
        conn.stream(Side::Server).writes.iter().filter(answers).map(|write| write.bytes.len()).sum();
    let (asked, answered) = linux.exchange("RETR 2");
    let segments = linux.packets().into_iter().filter(|packet| {
        packet.from == Side::Server && packet.transit.queued >= asked && packet.transit.arrive <= answered
    });
    let data: Vec<Packet> = segments.filter(|packet| packet.segment.len > 0).collect();
    assert_eq!(data.len(), 16, "15 full segments and one of the rest");
    worked::table(&[
        worked(
            "the answer to `RETR 2`: reply line, message, dot line",
            "17 + 8192 + 3",
            Counted::Octets(octets as u64),
        ),
        worked(
            "data in a full segment: MTU less IP, TCP and timestamps",
            "576 − 20 − 20 − 12",
            Counted::Octets(data[0].segment.len.into()),
        ),
        worked(
            "the last segment, after 15 full ones",
            "8212 − 15 × 524",
            Counted::Octets(data[15].segment.len.into()),
        ),
        worked(
            "from the command to the last byte: ACK, command, way, 15 packets, the last one, way",
            "(52 + 8) × 8 ÷ 28.8 + (52 + 8 + 8) × 8 ÷ 28.8 + 100 + (15 × (576 + 8) + 52 + 352 + 8) × 8 ÷ 28.8 + 100",
            Counted::Time(answered - asked),
        ),
    ])
}

/// How many full segments leave in each round of a slow start, with nothing else on a fast, distant line.
fn slow_start() -> String {
    let mut text =
        String::from("| round | leaves | BSD, 1990 | leaves | Linux today |\n|---:|---:|---:|---:|---:|\n");
    let (bsd, linux) = (bursts(&BSD_1990), bursts(&LINUX));
    for round in 0..bsd.len().max(linux.len()) {
        let cell = |bursts: &[(Instant, usize)]| match bursts.get(round) {
            Some((at, segments)) => {
                format!(
                    "{} | {segments} segment{}",
                    worked::milliseconds(*at - Instant::START),
                    if *segments == 1 { "" } else { "s" }
                )
            }
            None => " | ".to_owned(),
        };
        text.push_str(&format!("| {} | {} | {} |\n", round + 1, cell(&bsd), cell(&linux)));
    }
    text
}

/// Segments of the answer to the first RETR, drawn together where less than 10 ms lies between them.
fn bursts(stack: &'static Profile) -> Vec<(Instant, usize)> {
    let ran = session(stack, SATELLITE);
    let (asked, answered) = ran.exchange("RETR 1");
    let mut bursts: Vec<(Instant, Instant, usize)> = Vec::new();
    for packet in ran.packets() {
        let transit = packet.transit;
        if packet.from != Side::Server
            || packet.segment.len == 0
            || transit.queued < asked
            || transit.arrive > answered
        {
            continue;
        }
        match bursts.last_mut() {
            Some((_, last, count)) if transit.start.since(*last) < Duration::from_millis(10) => {
                (*last, *count) = (transit.end, *count + 1);
            }
            _ => bursts.push((transit.start, transit.end, 1)),
        }
    }
    bursts.into_iter().map(|(at, _, count)| (at, count)).collect()
}

/// What the heartbeat of 1990 costs a message whose end is a short segment.
fn heartbeat() -> String {
    let bsd = session(&BSD_1990, LINK);
    let (asked, answered) = bsd.exchange("RETR 2");
    let packets = bsd.packets();
    let short = packets.iter().filter(|packet| packet.segment.len == 8212 - 15 * 536).nth(1).unwrap();
    let last_full = packets
        .iter()
        .filter(|packet| packet.segment.len == 536 && packet.transit.arrive < short.transit.queued)
        .map(|packet| packet.transit.arrive)
        .max()
        .unwrap();
    // The ACK whose arrival lets the short segment go.
    let let_go = packets.iter().find(|packet| packet.transit.arrive == short.transit.queued).unwrap();
    let beat = let_go.transit.start;
    worked::table(&[
        worked("data in a full segment, without timestamps", "576 − 20 − 20", Counted::Octets(536)),
        worked("the last segment", "8212 − 15 × 536", Counted::Octets(short.segment.len.into())),
        worked(
            "the fifteenth full segment has arrived",
            format!(
                "{} + (40 + 8 + 8) × 8 ÷ 28.8 + 100 + 15 × (576 + 8) × 8 ÷ 28.8 + 100",
                trimmed(asked - Instant::START)
            ),
            Counted::Time(last_full - Instant::START),
        ),
        worked(
            "its ACK leaves with the next beat of 200 ms",
            "38 × 200",
            Counted::Time(beat - Instant::START),
        ),
        worked(
            "the short segment may leave (Nagle), and arrives",
            "38 × 200 + (40 + 8) × 8 ÷ 28.8 + 100 + (40 + 172 + 8) × 8 ÷ 28.8 + 100",
            Counted::Time(answered - Instant::START),
        ),
    ])
}

fn trimmed(span: Duration) -> String {
    format!("{:.6}", span.as_nanos() as f64 / 1e6)
}

/// One message of 2,000 bytes over lines that differ by one number each.
fn turns_over_links() -> String {
    async fn one(desk: Desk) -> Result<(), Trouble> {
        desk.dial().await?;
        let mut maildrop = Pop3Client::greet(desk.connect(Service::Pop3).await?).await?;
        maildrop.user_pass("alice", "secret").await?;
        maildrop.retr(1).await?;
        maildrop.quit().await?;
        desk.hang_up().await;
        Ok(())
    }
    let mut text = String::from("| link | whole session | of it for the message |\n|---|---:|---:|\n");
    for link in [
        "rate=2400,bits=10,frame=8,mtu=576",
        "rate=28800,bits=10,frame=8,mtu=576",
        "rate=28800,bits=10,frame=8,delay=100ms,mtu=576",
        "rate=28800,bits=10,frame=8,delay=600ms,mtu=576",
        "rate=1000000,frame=8,delay=600ms,mtu=576",
    ] {
        let ran = lab::run(link, &LINUX, &[2000], one);
        let (asked, answered) = ran.exchange("RETR");
        let (_, end) = ran.exchange("QUIT");
        text.push_str(&format!("| `{link}` | {} | {} |\n", end - Instant::START, answered - asked));
    }
    text
}
