//! `maillab workstation` against `maillab serve`: real sockets, real files, one user at two places.
#![cfg(all(feature = "serve", unix))]
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

mod served;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use served::{Served, scratch};

const PORTS: [&str; 8] =
    ["--dmsp", "127.0.0.1:0", "--imap", "127.0.0.1:0", "--pop3", "127.0.0.1:0", "--smtp", "127.0.0.1:0"];

fn serve(folder: &Path) -> Served {
    let one = |number| {
        format!(
            "From joe@example.org Mon Mar  2 20:00:00 1998\nFrom: joe@example.org\nTo: alice@example.org\nDate: Mon, 2 Mar \
             1998 20:0{number}:00 +0000\nSubject: number {number}\nMessage-ID: <{number}@x>\n\nText {number}.\n\n"
        )
    };
    let mbox: String = (1..=4).map(one).collect();
    let mail = folder.join("inbox.mbox");
    fs::write(&mail, mbox).unwrap();
    Served::start(&[&PORTS[..], &["--mail", mail.to_str().unwrap()]].concat())
}

fn port(served: &Served, way: &str) -> String {
    let nth = match way.split('-').next().unwrap() {
        "dmsp" => 3,
        "imap" => 1,
        _ => 0,
    };
    served.ports[nth].clone()
}

fn workstation(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_maillab")).arg("workstation").args(args).output().unwrap()
}

#[track_caller]
fn fine(args: &[&str]) -> String {
    let output = workstation(args);
    let talk = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{args:?}: {talk}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn slip(args: &[&str]) -> String {
    let output = workstation(args);
    let talk = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{args:?}: {talk}");
    assert!(talk.contains("\nhint: "), "{talk}");
    talk
}

struct Place(PathBuf);

impl Place {
    fn new(folder: &Path, name: &str, way: &str, served: &Served) -> Self {
        let path = folder.join(format!("{name}-{way}"));
        let (server, smtp) = (port(served, way), served.ports[2].clone());
        let at = path.to_str().unwrap();
        let args = [
            "new", at, "--way", way, "--server", &server, "--smtp", &smtp, "--user", "alice", "--name", name,
        ];
        fine(&args);
        Self(path)
    }

    fn at(&self) -> &str {
        self.0.to_str().unwrap()
    }

    fn does(&self, what: &str, more: &[&str]) -> String {
        fine(&[&[what, self.at()], more].concat())
    }

    fn calls(&self) -> String {
        self.does("call", &["--password", "secret", "--format", "csv"])
    }

    /// Mailbox, flags and subject of what is here.
    fn list(&self) -> Vec<String> {
        let table = self.does("list", &["--format", "csv"]);
        let row = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{} [{}] {}", cells[0], cells[2], cells.last().unwrap())
        };
        table.lines().skip(1).map(row).collect()
    }
}

fn answer(folder: &Path) -> String {
    let path = folder.join("answer.eml");
    fs::write(&path, "From: alice@example.org\nTo: alice@example.org\nSubject: answer\n\nYes.\n").unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn what_is_done_off_line_at_home_is_in_the_office_after_two_calls() {
    for way in ["dmsp", "imap-flags", "imap-qresync", "imap-condstore", "imap-esearch"] {
        let folder = scratch(&format!("workstation-{way}"));
        let served = serve(&folder);
        let home = Place::new(&folder, "home", way, &served);
        let office = Place::new(&folder, "office", way, &served);
        home.calls();
        office.calls();
        assert_eq!(home.list(), (1..=4).map(|n| format!("INBOX [] number {n}")).collect::<Vec<_>>(), "{way}");

        assert!(home.does("read", &["INBOX", "1"]).ends_with("\nText 1.\n"));
        home.does("mark", &["INBOX", "2", "flagged", "on"]);
        home.does("file", &["INBOX", "3", "Archive"]);
        home.does("delete", &["INBOX", "4"]);
        home.does("send", &[&answer(&folder)]);
        let queued = home.does("queue", &[]);
        assert_eq!(queued.lines().count(), 9, "{queued}");
        assert_eq!(home.list(), ["INBOX [seen] number 1", "INBOX [flagged] number 2"], "{way}: at once");
        assert_eq!(office.list().len(), 4, "{way}: nobody has called");

        home.calls();
        assert_eq!(home.does("queue", &[]), "");
        office.calls();
        let wanted = ["Archive [] number 3", "INBOX [seen] number 1", "INBOX [flagged] number 2"];
        assert_eq!(office.list()[..3], wanted, "{way}");
        let more: Vec<String> = office.list().split_off(3);
        assert!(more.iter().all(|row| row == "INBOX [] answer"), "{way}: {more:?}");
        served.stop("-TERM");
    }
}

#[test]
fn a_maildrop_is_left_or_emptied() {
    let folder = scratch("workstation-pop3");
    let served = serve(&folder);
    let leaves = Place::new(&folder, "home", "pop3-leave", &served);
    leaves.calls();
    leaves.does("delete", &["INBOX", "2"]);
    assert!(leaves.calls().lines().last().unwrap().starts_with("0,0,0,"), "nothing comes twice");
    let empties = Place::new(&folder, "office", "pop3-delete", &served);
    empties.calls();
    assert_eq!(empties.list().len(), 3, "what home deleted is gone");
    empties.calls();
    assert_eq!((empties.list().len(), leaves.list().len()), (3, 3));
    let again = Place::new(&folder, "late", "pop3-leave", &served);
    again.calls();
    assert_eq!(again.list(), Vec::<String>::new());
    served.stop("-TERM");
}

#[test]
fn what_the_server_refuses_is_seen_mended_or_dropped() {
    let folder = scratch("workstation-refused");
    let served = serve(&folder);
    let letter = |name: &str, to: &str| {
        let path = folder.join(name);
        fs::write(&path, format!("From: alice\nTo: {to}\nSubject: {name}\n\nYes.\n")).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (astray, right) = (letter("astray", "nobody@localhost"), letter("right", "alice@example.org"));
    let home = Place::new(&folder, "home", "imap-flags", &served);
    home.calls();
    home.does("send", &[&astray]);
    home.does("send", &[&right]);
    assert!(home.calls().lines().last().unwrap().starts_with("1,0,0,1,"), "the rest of the queue goes on");
    let queue = home.does("queue", &[]);
    assert!(queue.starts_with("refused 1: send 1: RCPT TO:<nobody@localhost>: 550 "), "{queue}");
    let list = home.does("list", &[]);
    assert!(list.contains("The server refused: 1: send 1: RCPT TO:<nobody@localhost>: 550 "), "{list}");
    assert!(slip(&["retry", home.at(), "2"]).contains("the refused changes are 1 to 1"));
    assert!(slip(&["retry", home.at(), "1", "--into", "x"]).contains("`--message FILE`"));

    home.does("retry", &["1", "--message", &right]);
    home.calls();
    assert_eq!(home.does("queue", &[]), "");
    home.does("send", &[&astray]);
    home.calls();
    home.does("drop", &["1"]);
    assert_eq!(home.does("queue", &[]), "");
    assert_eq!(fs::read_dir(home.0.join("out")).unwrap().count(), 0, "and its text is gone");

    let office = Place::new(&folder, "office", "dmsp", &served);
    office.calls();
    assert!(slip(&["file", office.at(), "INBOX", "1", "Old mail"]).contains("no mailbox by DMSP"));
    served.stop("-TERM");
}

#[test]
fn a_server_that_is_gone_costs_nothing_but_a_call() {
    let folder = scratch("workstation-gone");
    let served = serve(&folder);
    let home = Place::new(&folder, "home", "dmsp", &served);
    home.calls();
    home.does("delete", &["INBOX", "1"]);
    let (before, queued) = (home.list(), home.does("queue", &[]));
    let wrong = slip(&["call", home.at(), "--password", "wrong"]);
    assert!(wrong.contains("404") || wrong.contains("password"), "{wrong}");
    served.stop("-KILL");
    let talk = slip(&["call", home.at(), "--password", "secret"]);
    assert!(
        talk.contains("ended early") && talk.contains("refused") && talk.contains("goes on from there"),
        "{talk}"
    );
    assert_eq!((home.list(), home.does("queue", &[])), (before, queued));
}

#[test]
fn slips_are_answered_with_what_to_try() {
    let folder = scratch("workstation-slips");
    let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let new = ["new", &at("home"), "--server", "127.0.0.1:1", "--user", "alice", "--way"];
    assert!(slip(&[&new[..], &["dmps"]].concat()).contains("did you mean `dmsp`?"));
    assert!(slip(&[&new[..], &["imap-online"]].concat()).contains("keeps nothing"));
    fine(&[&new[..], &["dmsp"]].concat());
    assert!(slip(&[&new[..], &["dmsp"]].concat()).contains("something of this name"));
    assert!(slip(&["list", &at("nothing")]).contains("no workstation's folder"));
    assert!(slip(&["delete", &at("home"), "INBOX", "7"]).contains("no message 7"));
    assert!(slip(&["delete", &at("home"), "Inbox", "7"]).contains("the mailboxes here are INBOX"));
    assert!(slip(&["mark", &at("home"), "INBOX", "1", "flaged", "on"]).contains("did you mean `flagged`?"));
    assert!(slip(&["call", &at("home"), "--password", "x", "--fetch", "3"]).contains("--fetch INBOX:3"));
    assert!(slip(&["call", &at("home")]).contains("MAILLAB_PASSWORD"));
    fs::write(folder.join("nobody.eml"), "Subject: x\n\nx\n").unwrap();
    assert!(slip(&["send", &at("home"), &at("nobody.eml")]).contains("goes to nobody"));
    let settings = folder.join("home/workstation.toml");
    let before = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, before.replace("server", "sever")).unwrap();
    assert!(slip(&["list", &at("home")]).contains("workstation.toml:2"));
    fs::write(&settings, before).unwrap();
    fs::write(folder.join("home/state"), "maillab-station 1\nworkstation \"home\"\nway dmsp\nmessge 1\n")
        .unwrap();
    assert!(slip(&["list", &at("home")]).contains("state:4"));
    let far = ["new", &at("far"), "--server", "192.0.2.1:110", "--user", "alice", "--way", "pop3-leave"];
    fine(&far);
    assert!(slip(&["call", &at("far"), "--password", "x"]).contains("--cleartext"));
}

#[test]
fn a_strategy_reads_at_a_real_server_what_it_reads_in_the_laboratory() {
    let run =
        |args: &[&str]| Command::new(env!("CARGO_BIN_EXE_maillab")).arg("run").args(args).output().unwrap();
    let scenario = scratch("workstation-run").join("reader.toml");
    let text = "format = \"maillab-scenario/1\"\nseed = 1998\n[mailbox]\nembedded = true\n[reader]\nreads = 0.4\nanswers = 0.0\n";
    fs::write(&scenario, text).unwrap();
    let scenario = scenario.to_str().unwrap();
    for strategy in ["imap-headers-first", "pop3-top-then-retr", "dmsp-batch"] {
        // The reader deletes what was read, so each finds a mailbox of its own.
        let served = Served::start(&PORTS);
        let against = port(&served, strategy);
        let args =
            [strategy, "--against", &against, "--scenario", scenario, "--may-delete", "--format", "csv"];
        let output = run(&args);
        let talk = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{strategy}: {talk}");
        let table = String::from_utf8(output.stdout).unwrap();
        let cells: Vec<&str> = table.lines().nth(1).unwrap().split(',').collect();
        assert_eq!((cells[0], cells[2], cells[3]), (strategy, "24", "0"), "{table}");
        served.stop("-TERM");
    }
    let refused = run(&["pop3-fetch-all-delete", "--against", "127.0.0.1:1"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("--may-delete"));
}
