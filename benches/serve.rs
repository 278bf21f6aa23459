//! `maillab serve` on loopback with 1, 10, 100 and 1,000 IMAP connections: commands a second, MB/s of FETCH, and the
//! memory of idle connections. `MAILLAB_BENCH_IMAP=HOST:PORT` asks another server instead (see `serve_dovecot.sh`).
//!
//! One line of numbers for each count of connections goes to stdout: connections, commands a second, MB/s.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark asks the clock, uses threads, prints, and stops at the first failure"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::time::{Duration, Instant};

/// How many commands and how many octets all connections together ask for.
const COMMANDS: usize = 20_000;
const OCTETS: usize = 400 << 20;

struct Wire(BufReader<TcpStream>);

impl Wire {
    fn log_in(address: &str) -> Self {
        let stream = (0..50)
            .find_map(|_| {
                TcpStream::connect(address).ok().or_else(|| {
                    std::thread::sleep(Duration::from_millis(100));
                    None
                })
            })
            .unwrap();
        stream.set_nodelay(true).unwrap();
        let mut wire = Self(BufReader::with_capacity(64 << 10, stream));
        wire.line();
        wire.ask("LOGIN alice secret");
        wire
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.0.read_line(&mut line).unwrap() > 0, "the server closed");
        line
    }

    /// Asks, and counts the octets of the answer.
    fn ask(&mut self, command: &str) -> usize {
        self.0.get_mut().write_all(format!("t {command}\r\n").as_bytes()).unwrap();
        let mut octets = 0;
        loop {
            let line = self.line();
            octets += line.len();
            if let Some(literal) = line.trim_end().strip_suffix('}').and_then(|line| line.rsplit_once('{')) {
                let length: usize = literal.1.parse().unwrap();
                octets += std::io::copy(&mut self.0.by_ref().take(length as u64), &mut std::io::sink())
                    .unwrap() as usize;
            }
            if line.starts_with("t ") {
                assert!(line.starts_with("t OK"), "{command}: {line}");
                return octets;
            }
        }
    }
}

fn together(address: &str, connections: usize, each: impl Fn(&mut Wire) -> usize + Sync) -> (f64, usize) {
    let (ready, done) = (Barrier::new(connections + 1), Barrier::new(connections + 1));
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..connections)
            .map(|_| {
                let (ready, done, each) = (&ready, &done, &each);
                let work = move || {
                    let mut wire = Wire::log_in(address);
                    wire.ask("EXAMINE INBOX");
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

fn start() -> (Child, String) {
    let ports =
        ["serve", "--imap", "127.0.0.1:0", "--max-connections", "10000", "--max-user-connections", "10000"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_maillab"));
    command.args(ports).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    if let Ok(mail) = std::env::var("MAILLAB_BENCH_MAIL") {
        command.args(["--mail", &mail]);
    }
    let mut child = command.spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut address = String::new();
    loop {
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        if line == "ready\n" {
            break;
        }
        address = line.split_whitespace().nth(2).unwrap().to_owned();
    }
    // Somebody must take the lines about sessions.
    std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
    (child, address)
}

/// Resident memory of a process in KiB, where the system tells.
fn memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find(|line| line.starts_with("VmRSS:"))?.split_whitespace().nth(1)?.parse().ok()
}

fn main() {
    let other = std::env::var("MAILLAB_BENCH_IMAP").ok();
    let (mut child, address) = match other {
        Some(address) => (None, address),
        None => {
            let (child, address) = start();
            (Some(child), address)
        }
    };
    if let Some(pid) = child.as_ref().map(Child::id) {
        let before = memory(pid);
        let idle: Vec<Wire> = (0..1000).map(|_| Wire::log_in(&address)).collect();
        if let Some((before, after)) = before.zip(memory(pid)) {
            let kept = (after - before) as f64 / 1024.0;
            println!("# 1000 idle connections: {kept:.1} MiB more, {:.1} MiB in all", after as f64 / 1024.0);
        }
        drop(idle);
    }
    println!("# connections commands/s MB/s");
    for connections in [1, 10, 100, 1000] {
        let commands = COMMANDS / connections;
        let (took, _) = together(&address, connections, |wire| (0..commands).map(|_| wire.ask("NOOP")).sum());
        let a_second = (commands * connections) as f64 / took;
        let share = OCTETS / connections;
        let (took, octets) = together(&address, connections, |wire| {
            let mut octets = 0;
            while octets < share {
                octets += wire.ask("FETCH 1:* (BODY.PEEK[])");
            }
            octets
        });
        println!("{connections} {a_second:.0} {:.0}", octets as f64 / took / 1e6);
    }
    if let Some(child) = &mut child {
        let _ = child.kill();
        let _ = child.wait();
    }
}
