//! Ctrl-C in long work prints what is finished, marked partial, and ends with exit code 2.
#![cfg(all(feature = "cli", target_os = "linux"))]
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

use std::process::{Child, Command, Output, Stdio};

/// SIGINT's bit in the mask of caught signals that Linux shows.
const SIGINT_CAUGHT: u64 = 1 << 1;

fn start(args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maillab"));
    command.arg("compare").args(args).args(["--no-files", "--threads", "1"]).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Whether the process listens for Ctrl-C by now; before that it would just be ended.
fn listens(child: &Child) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or_default();
    u64::from_str_radix(mask.trim(), 16).is_ok_and(|mask| mask & SIGINT_CAUGHT != 0)
}

fn interrupted(args: &[&str]) -> Output {
    let mut child = start(args);
    while !listens(&child) {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it listened");
        std::thread::yield_now();
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    child.wait_with_output().unwrap()
}

#[test]
fn a_comparison_shows_the_runs_that_are_done() {
    // Thousands of runs: a minute's work if nobody interrupts.
    let links: Vec<String> = (0..400).map(|n| format!("rate={},delay=10ms", 300 + n)).collect();
    let output = interrupted(&["--links", &links.join(","), "--tariffs", "free"]);
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stdout.contains("PARTIAL: interrupted when "), "{stdout}");
    assert!(stderr.contains("PARTIAL: interrupted when "), "{stderr}");
}

#[test]
fn a_map_says_how_far_it_came() {
    let output = interrupted(&["--map", "imap-online,pop3-online", "--samples", "65"]);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(stdout.contains("PARTIAL: interrupted when "), "{stdout}");
}
