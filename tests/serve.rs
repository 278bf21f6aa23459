//! `maillab serve` as its clients and whoever starts it meet it.
#![cfg(all(feature = "serve", unix))]
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// What no answer takes longer than, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

struct Served {
    child: Child,
    stdout: BufReader<ChildStdout>,
    ports: Vec<String>,
}

impl Served {
    fn start(args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_maillab"))
            .arg("serve")
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut ports = Vec::new();
        loop {
            let mut line = String::new();
            assert!(stdout.read_line(&mut line).unwrap() > 0, "it ended before it was ready");
            if line == "ready\n" {
                break;
            }
            let listening = line.strip_prefix("listening ").unwrap();
            ports.push(listening.split_whitespace().nth(1).unwrap().to_owned());
        }
        Self { child, stdout, ports }
    }

    fn connect(&self, port: usize) -> Wire {
        let stream = TcpStream::connect(&self.ports[port]).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Wire(BufReader::new(stream))
    }

    /// Asks it to stop: what was left on stdout, and stderr.
    fn stop(mut self, signal: &str) -> (String, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        let (mut out, mut talk) = (String::new(), String::new());
        self.stdout.read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut talk).unwrap();
        (out, talk)
    }
}

struct Wire(BufReader<TcpStream>);

impl Wire {
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line
    }

    fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }

    fn ask(&mut self, text: &str) -> String {
        self.send(&format!("{text}\r\n"));
        self.line()
    }

    fn log_in(mut self) -> Self {
        assert!(self.line().starts_with("+OK"));
        assert!(self.ask("USER alice").starts_with("+OK"));
        let answer = self.ask("PASS secret");
        assert!(answer.starts_with("+OK"), "{answer}");
        self
    }
}

fn slip(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_maillab")).arg("serve").args(args).output().unwrap();
    let talk = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{talk}");
    assert!(output.stdout.is_empty());
    assert!(talk.contains("\nhint: ") || talk.contains(" | "), "{talk}");
    talk
}

fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn each_session_is_told_in_a_line_and_signals_end_it_cleanly() {
    for signal in ["-INT", "-TERM"] {
        let served =
            Served::start(&["--pop3", "127.0.0.1:0", "--imap", "127.0.0.1:0", "--smtp", "localhost:0"]);
        assert_eq!(served.ports.len(), 3);
        let mut pop3 = served.connect(0).log_in();
        assert!(pop3.ask("QUIT").starts_with("+OK"));
        assert_eq!(pop3.line(), "", "it closes");
        let mut imap = served.connect(1);
        assert!(imap.line().starts_with("* OK"));
        let (out, talk) = served.stop(signal);
        assert_eq!(imap.line(), "* BYE this server is stopping\r\n");
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines.len(), 2, "{out}");
        assert!(
            lines[0].starts_with("session 1 pop3 user=alice turns=3 app_bytes_up=31 app_bytes_down="),
            "{out}"
        );
        assert!(lines[1].starts_with("session 2 imap user=- turns=0 app_bytes_up=0 "), "{out}");
        assert!(talk.starts_with("note: passwords go in clear") && talk.ends_with("stopped\n"), "{talk}");
    }
}

#[test]
fn whoever_takes_nothing_keeps_nobody_waiting() {
    let served = Served::start(&["--pop3", "127.0.0.1:0", "--imap", "127.0.0.1:0"]);
    let mut greedy = served.connect(0).log_in();
    greedy.send(&"RETR 42\r\n".repeat(200));
    let mut other = served.connect(1);
    other.line();
    assert_eq!(other.ask("a LOGIN alice secret"), "a OK LOGIN completed\r\n");
    assert_eq!(other.ask("b NOOP"), "b OK NOOP completed\r\n");
    drop(greedy);
    served.stop("-TERM");
}

#[test]
fn who_is_not_let_in_reads_why() {
    let served = Served::start(&["--pop3", "127.0.0.1:0", "--max-connections", "1"]);
    let first = served.connect(0).log_in();
    let mut second = served.connect(0);
    second.send("QUIT\r\n");
    assert_eq!(second.line(), "-ERR too many connections: at most 1 here, try again later\r\n");
    assert_eq!(second.line(), "");
    drop(first);
    served.stop("-TERM");
}

#[test]
fn a_server_whose_output_nobody_reads_goes_on() {
    let mut served = Served::start(&["--pop3", "127.0.0.1:0"]);
    drop(std::mem::replace(
        &mut served.stdout,
        BufReader::new(Command::new("true").stdout(Stdio::piped()).spawn().unwrap().stdout.take().unwrap()),
    ));
    for _ in 0..3 {
        let mut pop3 = served.connect(0).log_in();
        assert!(pop3.ask("QUIT").starts_with("+OK"));
        assert_eq!(pop3.line(), "");
    }
    served.stop("-TERM");
}

#[test]
fn a_port_in_use_is_named_with_a_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let talk = slip(&["--imap", &address]);
    assert!(talk.contains(&format!("--imap {address} cannot be opened: the port is in use")), "{talk}");
    assert!(talk.contains("--imap 127.0.0.1:0"), "{talk}");
}

#[test]
fn passwords_do_not_leave_the_machine_by_accident() {
    let talk = slip(&["--pop3", "0.0.0.0:0"]);
    assert!(talk.contains("--cleartext"), "{talk}");
    let served = Served::start(&["--pop3", "0.0.0.0:0", "--cleartext"]);
    let (_, talk) = served.stop("-TERM");
    assert!(talk.contains("everybody on the way can read them"), "{talk}");
}

#[test]
fn two_accounts_of_one_name_are_shown() {
    let file = scratch("accounts").join("accounts.toml");
    let account = "[[account]]\nname = \"alice\"\npassword = \"secret\"\n";
    fs::write(&file, format!("format = \"maillab-accounts/1\"\n{account}{account}")).unwrap();
    let talk = slip(&["--accounts", file.to_str().unwrap(), "--pop3", "127.0.0.1:0"]);
    assert!(
        talk.contains("accounts.toml:6") && talk.contains("^^^^^^^ the first stands in line 3"),
        "{talk}"
    );
}

#[test]
fn a_mailbox_that_grows_while_it_is_served_is_served_as_it_was_and_told() {
    let file = scratch("grows").join("inbox.mbox");
    let message = "From bob@example.org Mon Mar  2 20:00:00 1998\nSubject: one\n\nhello\n\n";
    fs::write(&file, message).unwrap();
    let served = Served::start(&["--mail", file.to_str().unwrap(), "--pop3", "127.0.0.1:0"]);
    fs::write(&file, message.repeat(2)).unwrap();
    for _ in 0..2 {
        let mut pop3 = served.connect(0).log_in();
        assert!(pop3.ask("STAT").starts_with("+OK 1 "));
        assert!(pop3.ask("QUIT").starts_with("+OK"));
        assert_eq!(pop3.line(), "");
    }
    let (_, talk) = served.stop("-TERM");
    assert_eq!(talk.matches("has changed since it was read").count(), 1, "{talk}");
}
