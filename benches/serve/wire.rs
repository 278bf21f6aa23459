//! A client's end of a connection, quick enough to be no matter in what is measured.

use std::io::{BufRead, BufReader, Read, Write, copy, sink};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// What is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Pop3,
    Imap,
}

impl Protocol {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pop3 => "pop3",
            Self::Imap => "imap",
        }
    }
}

pub struct Wire {
    protocol: Protocol,
    stream: BufReader<TcpStream>,
}

impl Wire {
    /// Connects; a server whose queue of callers is full is asked again.
    pub fn connect(protocol: Protocol, address: &str) -> Self {
        let connected = (0..100).find_map(|_| {
            TcpStream::connect(address).ok().or_else(|| {
                std::thread::sleep(Duration::from_millis(100));
                None
            })
        });
        let stream = connected.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut wire = Self { protocol, stream: BufReader::with_capacity(64 << 10, stream) };
        wire.line();
        wire
    }

    /// ... as a user, with the mailbox open.
    pub fn log_in(protocol: Protocol, address: &str, user: &str) -> Self {
        let mut wire = Self::connect(protocol, address);
        match protocol {
            Protocol::Pop3 => {
                wire.ask(&format!("USER {user}"), false);
                wire.ask("PASS secret", false);
            }
            Protocol::Imap => {
                wire.ask(&format!("LOGIN {user} secret"), false);
                wire.ask("EXAMINE INBOX", false);
            }
        }
        wire
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.stream.read_line(&mut line).unwrap() > 0, "the server closed");
        line
    }

    /// Asks, and counts the octets of the answer. `lines` says that POP3's answer ends with a lone dot.
    pub fn ask(&mut self, command: &str, lines: bool) -> usize {
        self.send(command);
        match self.protocol {
            Protocol::Pop3 => self.pop3_answer(command, lines),
            Protocol::Imap => self.imap_answer(command),
        }
    }

    /// Asks, and tells when the first octet of the answer came, and how long the whole of it took.
    pub fn timed(&mut self, command: &str) -> (Duration, Duration) {
        let start = Instant::now();
        self.send(command);
        self.stream.fill_buf().unwrap();
        let first = start.elapsed();
        self.imap_answer(command);
        (first, start.elapsed())
    }

    fn send(&mut self, command: &str) {
        let tag = if self.protocol == Protocol::Imap { "t " } else { "" };
        self.stream.get_mut().write_all(format!("{tag}{command}\r\n").as_bytes()).unwrap();
    }

    fn pop3_answer(&mut self, command: &str, lines: bool) -> usize {
        let first = self.line();
        assert!(first.starts_with("+OK"), "{command}: {first}");
        let mut octets = first.len();
        let mut line = Vec::new();
        while lines && line != b".\r\n" {
            line.clear();
            octets += self.stream.read_until(b'\n', &mut line).unwrap();
            assert!(!line.is_empty(), "the server closed");
        }
        octets
    }

    fn imap_answer(&mut self, command: &str) -> usize {
        let mut octets = 0;
        loop {
            let line = self.line();
            octets += line.len();
            if let Some(literal) = line.trim_end().strip_suffix('}').and_then(|line| line.rsplit_once('{')) {
                let length: u64 = literal.1.parse().unwrap();
                octets += copy(&mut self.stream.by_ref().take(length), &mut sink()).unwrap() as usize;
            }
            if line.starts_with("t ") {
                assert!(line.starts_with("t OK"), "{command}: {line}");
                return octets;
            }
        }
    }
}
