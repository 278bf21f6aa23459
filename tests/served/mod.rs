//! A running `maillab serve`, and a client that says lines.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// What no answer takes longer than, however busy the machine is.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Served {
    pub child: Child,
    pub stdout: BufReader<ChildStdout>,
    pub ports: Vec<String>,
    /// Which option each of them came of, such as `imaps`.
    pub options: Vec<String>,
}

impl Served {
    pub fn start(args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_maillab"))
            .arg("serve")
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let (mut ports, mut options) = (Vec::new(), Vec::new());
        loop {
            let mut line = String::new();
            assert!(stdout.read_line(&mut line).unwrap() > 0, "it ended before it was ready");
            if line == "ready\n" {
                break;
            }
            let listening = line.strip_prefix("listening ").unwrap();
            let mut words = listening.split_whitespace();
            options.push(words.next().unwrap().to_owned());
            ports.push(words.next().unwrap().to_owned());
        }
        Self { child, stdout, ports, options }
    }

    pub fn connect(&self, port: usize) -> Wire {
        let stream = TcpStream::connect(&self.ports[port]).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Wire(BufReader::new(stream))
    }

    /// Asks it to stop: what was left on stdout, and stderr.
    pub fn stop(mut self, signal: &str) -> (String, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        assert_eq!(code, (signal != "-KILL").then_some(0));
        let (mut out, mut talk) = (String::new(), String::new());
        self.stdout.read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut talk).unwrap();
        (out, talk)
    }
}

/// A test that fails leaves no server behind.
impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub struct Wire(pub BufReader<TcpStream>);

impl Wire {
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line
    }

    pub fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }

    pub fn ask(&mut self, text: &str) -> String {
        self.send(&format!("{text}\r\n"));
        self.line()
    }

    pub fn log_in(mut self) -> Self {
        assert!(self.line().starts_with("+OK"));
        assert!(self.ask("USER alice").starts_with("+OK"));
        let answer = self.ask("PASS secret");
        assert!(answer.starts_with("+OK"), "{answer}");
        self
    }
}

pub fn slip(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_maillab")).arg("serve").args(args).output().unwrap();
    let talk = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{talk}");
    assert!(output.stdout.is_empty());
    assert!(talk.contains("\nhint: ") || talk.contains(" | "), "{talk}");
    talk
}

pub fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Octets of a file, whole.
pub fn octets(path: &std::path::Path) -> Vec<u8> {
    fs::read(path).unwrap()
}
