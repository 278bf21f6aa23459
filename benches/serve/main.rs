//! POP3 and IMAP: commands a second and MB/s of RETR and FETCH, through the sessions alone and through `maillab serve`
//! on loopback with 1, 10, 100 and 1,000 connections; the memory of idle connections; IMAP over 100,000 messages.
//!
//! `MAILLAB_BENCH_POP3=HOST:PORT` and `MAILLAB_BENCH_IMAP=HOST:PORT` ask another server instead, whose users `alice` and
//! `u0` to `u999` have the password `secret` and the mail that `MAILLAB_BENCH_MAIL` names (see `serve_dovecot.sh`).
//!
//! One line of figures goes to stdout for each count of connections: protocol, connections, commands a second, MB/s.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark asks the clock, uses threads, prints, and stops at the first failure"
)]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::time::Instant;

use process::Server;
use wire::{Protocol, Wire};

mod alone;
mod large;
mod process;
mod wire;

/// How many commands, and how many octets, all connections together ask for.
const COMMANDS: usize = 40_000;
const OCTETS: usize = 400 << 20;

/// So many messages of so many octets: the mailbox of ref-v34.
const MESSAGES: usize = 60;
const MESSAGE_OCTETS: usize = 8192;

/// As many runs; the best of each figure is told, since other work on the machine only takes away.
const RUNS: usize = 3;

/// One line of figures.
struct Row {
    name: String,
    connections: usize,
    commands: f64,
    megabytes: f64,
}

impl Row {
    fn print(&self) {
        println!("{} {} {:.0} {:.0}", self.name, self.connections, self.commands, self.megabytes);
    }
}

/// The mail that everything is measured with.
fn messages() -> impl Iterator<Item = Vec<u8>> {
    (0..MESSAGES).map(|n| {
        let mut text =
            format!("From: bob@example.org\r\nTo: alice@example.org\r\nSubject: {n}\r\n\r\n").into_bytes();
        while text.len() < MESSAGE_OCTETS {
            let line = (MESSAGE_OCTETS - text.len()).min(72);
            text.extend(std::iter::repeat_n(b'x', line - 2));
            text.extend_from_slice(b"\r\n");
        }
        text
    })
}

/// The same as a Maildir, and an accounts file that gives it to everybody.
fn write_mail(folder: &Path) -> PathBuf {
    let maildir = folder.join("Maildir");
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(maildir.join(part)).unwrap();
    }
    for (n, message) in messages().enumerate() {
        let text = String::from_utf8(message).unwrap().replace("\r\n", "\n");
        fs::write(maildir.join("cur").join(format!("{}.M{n}P1.host:2,", 888_868_800 + n)), text).unwrap();
    }
    maildir
}

fn accounts(folder: &Path, maildir: &Path) -> PathBuf {
    let mut text = String::from("format = \"maillab-accounts/1\"\n");
    for name in std::iter::once("alice".to_owned()).chain((0..1000).map(|n| format!("u{n}"))) {
        let mail = maildir.display();
        writeln!(text, "[[account]]\nname = \"{name}\"\npassword = \"secret\"\nmail = \"{mail}\"").unwrap();
    }
    let path = folder.join("accounts.toml");
    fs::write(&path, text).unwrap();
    path
}

/// Lets so many connections do the same at once: seconds from the moment when all were ready, and octets.
fn together(
    protocol: Protocol,
    address: &str,
    connections: usize,
    each: impl Fn(&mut Wire) -> usize + Sync,
) -> (f64, usize) {
    let (ready, done) = (Barrier::new(connections + 1), Barrier::new(connections + 1));
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..connections)
            .map(|n| {
                let (ready, done, each) = (&ready, &done, &each);
                let work = move || {
                    // A maildrop has room for one (RFC 1939 §3), a mailbox for all.
                    let user = if protocol == Protocol::Pop3 { format!("u{n}") } else { "alice".to_owned() };
                    let mut wire = Wire::log_in(protocol, address, &user);
                    ready.wait();
                    let octets = each(&mut wire);
                    done.wait();
                    octets
                };
                std::thread::Builder::new().stack_size(256 << 10).spawn_scoped(scope, work).unwrap()
            })
            .collect();
        ready.wait();
        let start = Instant::now();
        done.wait();
        let took = start.elapsed().as_secs_f64();
        (took, all.into_iter().map(|one| one.join().unwrap()).sum())
    })
}

fn on_loopback(protocol: Protocol, address: &str, connections: usize) -> Row {
    let commands = COMMANDS / connections;
    let (took, _) =
        together(protocol, address, connections, |wire| (0..commands).map(|_| wire.ask("NOOP", false)).sum());
    let share = OCTETS / connections;
    let (fetching, octets) = together(protocol, address, connections, |wire| {
        let mut octets = 0;
        while octets < share {
            octets += match protocol {
                Protocol::Imap => wire.ask("FETCH 1:* (BODY.PEEK[])", false),
                Protocol::Pop3 => (1..=MESSAGES).map(|n| wire.ask(&format!("RETR {n}"), true)).sum(),
            };
        }
        octets
    });
    Row {
        name: protocol.name().to_owned(),
        connections,
        commands: (commands * connections) as f64 / took,
        megabytes: octets as f64 / fetching / 1e6,
    }
}

fn best(rows: Vec<Row>) -> Row {
    rows.into_iter()
        .reduce(|a, b| Row {
            commands: a.commands.max(b.commands),
            megabytes: a.megabytes.max(b.megabytes),
            ..a
        })
        .unwrap()
}

fn idle(server: &Server) {
    for protocol in [Protocol::Pop3, Protocol::Imap] {
        let before = server.memory();
        let idle: Vec<Wire> = (0..1000)
            .map(|n| {
                let user = if protocol == Protocol::Pop3 { format!("u{n}") } else { "alice".to_owned() };
                Wire::log_in(protocol, server.address(protocol), &user)
            })
            .collect();
        let after = server.memory();
        let name = protocol.name();
        println!("# 1000 idle connections, {name}: {:.1} MiB more, {after:.1} MiB in all", after - before);
        drop(idle);
    }
}

fn main() {
    let folder = std::env::temp_dir().join(format!("maillab-bench-serve-{}", std::process::id()));
    let other: Vec<(Protocol, String)> =
        [(Protocol::Pop3, "MAILLAB_BENCH_POP3"), (Protocol::Imap, "MAILLAB_BENCH_IMAP")]
            .into_iter()
            .filter_map(|(protocol, name)| Some((protocol, std::env::var(name).ok()?)))
            .collect();
    let mut measured = other;
    let mut server = None;
    if measured.is_empty() {
        alone::rows().iter().for_each(Row::print);
        fs::create_dir_all(&folder).unwrap();
        large::run(&folder);
        let maildir = std::env::var("MAILLAB_BENCH_MAIL").map_or_else(|_| write_mail(&folder), Into::into);
        let accounts = accounts(&folder, &maildir);
        let started = server.insert(Server::start(&["--accounts", &accounts.display().to_string()]));
        idle(started);
        measured = [Protocol::Pop3, Protocol::Imap].map(|one| (one, started.address(one).to_owned())).into();
    }
    println!("# protocol connections commands/s MB/s");
    for (protocol, address) in measured {
        for connections in [1, 10, 100, 1000] {
            best((0..RUNS).map(|_| on_loopback(protocol, &address, connections)).collect()).print();
        }
    }
    drop(server);
    let _ = fs::remove_dir_all(folder);
}
