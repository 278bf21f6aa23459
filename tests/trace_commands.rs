//! Traces as their user meets them: recorded by `compare` and `play`, shown, explained, compared, replayed; and
//! hostile files, which are answered with line, caret and remedy, and write nothing.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A folder of its own for each test, gone when the test is over.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("maillab-trace-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.0.join(name), content).unwrap();
        self.path(name)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maillab"));
    let output = command.env_remove("RUST_BACKTRACE").stdin(Stdio::null()).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace("\r\n", "\n");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[track_caller]
fn fine(args: &[&str]) -> String {
    let (code, data, talk) = run(args);
    assert_eq!(code, Some(0), "{args:?}\n{talk}");
    data
}

fn golden(name: &str) -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("traces").join(name).to_str().unwrap().to_owned()
}

const LINK: &str = "rate=28800,bits=8,frame=8,delay=100ms,mtu=576";

#[test]
fn compare_records_each_run_and_replay_runs_its_strategy_again() {
    let place = Place::new("record");
    let links = format!("{LINK},isdn-64k:plain");
    let folder = place.path("traces");
    let compared = ["compare", "little-mail", "--no-files", "--tariffs", "bt-local-1997", "--strategies"];
    let recording = ["imap-online,pop3-online", "--links", &links, "--record", &folder];
    fine(&[&compared[..], &recording].concat());
    let traces: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(traces.len(), 4);
    let trace = PathBuf::from(&folder).join(format!("imap-online@{LINK}.trace"));
    let trace = trace.to_str().unwrap();
    let table = fine(&["replay", trace, "--link", &links, "--rerun", "--format", "csv"]);
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 4, "{table}");
    // The link by numbers has commas of its own and stands in quotes: compare what follows `replay` or `rerun`.
    for pair in table.lines().skip(1).collect::<Vec<_>>().chunks(2) {
        let (replay, rerun) =
            (pair[0].split_once(",replay,valid,").unwrap(), pair[1].split_once(",rerun,run,").unwrap());
        assert_eq!(replay, rerun, "in lock-step a replay is what the strategy does");
    }
    let chart = place.path("replay.svg");
    fine(&["replay", trace, "--link", "v22bis-2400:plain", "--chart", &chart]);
    assert!(std::fs::read_to_string(chart).unwrap().contains("propagation"));
}

#[test]
fn play_records_a_session_that_can_be_replayed() {
    let place = Place::new("play");
    let script = place
        .file("a.txt", ":open pop3\nS: +OK *\nC: NOOP\nS: -ERR *\n:think 3s\nC: QUIT\nS: +OK *\n:hangup\n");
    let trace = place.path("a.trace");
    fine(&["play", &script, "--record", &trace]);
    let text = std::fs::read_to_string(&trace).unwrap();
    assert!(text.contains("\nstrategy by hand: ") && text.contains("\nhangup "), "{text}");
    assert!(fine(&["replay", &trace]).contains("valid"));
    assert!(fine(&["replay", &trace, "--link", "bell212a-1200"]).contains("bell212a-1200"));
}

#[test]
fn a_trace_is_shown_explained_and_compared() {
    let place = Place::new("show");
    let (pop3, imap) = (golden("pop3/fetch-and-delete.trace"), golden("imap/choose-and-file.trace"));
    let shown = fine(&["trace", "show", &pop3]);
    assert!(shown.contains("PASS ***") && !shown.contains("secret"), "{shown}");
    let ladder = fine(&["trace", "show", &pop3, "--ladder", "--width", "40"]);
    assert!(
        ladder.lines().all(|line| line.chars().count() <= 40) && ladder.contains("+OK 3 550"),
        "{ladder}"
    );
    let svg = place.path("ladder.svg");
    assert!(fine(&["trace", "show", &pop3, "--svg", &svg]).is_empty());
    assert!(std::fs::read_to_string(svg).unwrap().starts_with("<svg "));
    assert!(fine(&["trace", "explain", &imap]).contains("RFC 3501 §7.4.2"));
    let diff = fine(&["trace", "diff", &pop3, &imap, "--format", "csv"]);
    assert!(diff.contains("\npop3 RETR,3,0,3,0,"), "{diff}");
    assert!(diff.contains("\n(thinking),0,1,0,0,0,0,0,0,0,20"), "{diff}");
}

#[test]
fn a_hostile_trace_is_answered_with_its_place_and_nothing_is_written() {
    let place = Place::new("hostile");
    let good = std::fs::read(golden("pop3/fetch-and-delete.trace")).unwrap();
    let with = |from: &str, to: &[u8]| {
        let at = good.windows(from.len()).position(|part| part == from.as_bytes()).unwrap();
        [&good[..at], to, &good[at + from.len()..]].concat()
    };
    let cases: [(Vec<u8>, &str); 7] = [
        (with("maillab-trace 1", b"maillab-trace 9"), "`maillab-trace 1`"),
        (with("0+50 0 \"USER", b"7+50 0 \"USER"), "an earlier write"),
        (with("USER alice", b"USER \xffalice"), "not stands in line"),
        (with("USER alice", b"USER \0alice"), "stands for no octet"),
        (with("stack linux", b"stack linus"), "did you mean `linux`?"),
        (with("link v34-28800:plain", b"link v34-28801"), "did you mean"),
        (Vec::new(), "empty"),
    ];
    let out = place.path("out.svg");
    for (octets, says) in &cases {
        let trace = place.file("bad.trace", octets);
        let (code, data, talk) = run(&["replay", &trace, "--chart", &out]);
        assert_eq!((code, data.as_str()), (Some(2), ""), "{talk}");
        assert!(
            talk.starts_with("error: ") && talk.contains("\nhint: ") && talk.contains(says),
            "{says}\n{talk}"
        );
    }
    let trace = place.file("bad.trace", &cases[1].0);
    for args in [
        vec!["trace", "show", &trace, "--svg", &out],
        vec!["trace", "explain", &trace],
        vec!["trace", "diff", &trace, &trace],
    ] {
        let (code, data, talk) = run(&args);
        assert_eq!((code, data.as_str()), (Some(2), ""), "{talk}");
        assert!(talk.contains("bad.trace:") && talk.contains("^^"), "{talk}");
    }
    assert_eq!(place.names(), ["bad.trace"], "nothing else was written");
    let (code, _, talk) = run(&["replay", &place.path("none.trace")]);
    assert!(code == Some(2) && talk.contains("cannot be read"), "{talk}");
}
