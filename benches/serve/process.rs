//! A running `maillab serve`, and the memory that it takes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::wire::Protocol;

pub struct Server {
    child: Child,
    pop3: String,
    imap: String,
}

impl Server {
    pub fn start(mail: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_maillab"))
            .args(["serve", "--pop3", "127.0.0.1:0", "--imap", "127.0.0.1:0"])
            .args(["--max-connections", "10000", "--max-user-connections", "10000"])
            .args(mail)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let (mut pop3, mut imap) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            assert!(stdout.read_line(&mut line).unwrap() > 0, "the server did not start");
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                ["listening", "pop3", address] => address.clone_into(&mut pop3),
                ["listening", "imap", address] => address.clone_into(&mut imap),
                _ => break,
            }
        }
        // Somebody must take the lines about sessions.
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        Self { child, pop3, imap }
    }

    pub fn address(&self, protocol: Protocol) -> &str {
        match protocol {
            Protocol::Pop3 => &self.pop3,
            Protocol::Imap => &self.imap,
        }
    }

    /// Resident memory now, in MiB; nought where the system does not tell.
    pub fn memory(&self) -> f64 {
        self.status("VmRSS:")
    }

    /// The most resident memory since it was last forgotten, in MiB.
    pub fn peak(&self) -> f64 {
        self.status("VmHWM:")
    }

    /// Forgets the peak, on Linux; what is resident now, in MiB.
    pub fn forget_peak(&self) -> f64 {
        let _ = fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5");
        self.memory()
    }

    /// How long it has had a processor, in milliseconds; nought where the system does not tell. Other work on the machine
    /// makes a server wait, but not this.
    pub fn processor(&self) -> f64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).into_iter().flatten().flatten();
        let spent = tasks.filter_map(|task| fs::read_to_string(task.path().join("schedstat")).ok());
        let nanoseconds = spent.filter_map(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        nanoseconds.sum::<f64>() / 1e6
    }

    fn status(&self, key: &str) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        let kib: f64 = line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or_default();
        kib / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
