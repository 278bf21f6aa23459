//! `maillab serve --state` and `--write-back`: what clients change is still there when the server comes again, and
//! no mail is ever lost.
#![cfg(all(feature = "serve", unix))]
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

mod served;

use std::fs;
use std::path::Path;

use served::{Served, Wire, scratch, slip};

const PORTS: [&str; 6] = ["--pop3", "127.0.0.1:0", "--imap", "127.0.0.1:0", "--smtp", "127.0.0.1:0"];

fn serve(more: &[&str]) -> Served {
    Served::start(&[&PORTS[..], more].concat())
}

/// The lines of an IMAP answer up to its tagged one.
fn imap(wire: &mut Wire, command: &str) -> Vec<String> {
    wire.send(&format!("t {command}\r\n"));
    let mut lines = Vec::new();
    loop {
        let line = wire.line();
        assert!(!line.is_empty(), "{command}: the server closed after {lines:?}");
        let is_last = line.starts_with("t ");
        lines.push(line.trim_end().to_owned());
        if is_last {
            return lines;
        }
    }
}

fn log_in(served: &Served) -> Wire {
    let mut wire = served.connect(1);
    wire.line();
    assert_eq!(imap(&mut wire, "LOGIN alice secret"), ["t OK LOGIN completed"]);
    wire
}

fn deliver(served: &Served, subject: &str) -> String {
    let mut wire = served.connect(2);
    wire.line();
    for line in ["HELO here", "MAIL FROM:<bob@example.org>", "RCPT TO:<alice@example.org>", "DATA"] {
        let reply = wire.ask(line);
        assert!(reply.starts_with(['2', '3']), "{line}: {reply}");
    }
    wire.ask(&format!("Subject: {subject}\r\n\r\nFrom here\r\n>From there\r\n..dot\r\n."))
}

/// What a mailbox looks like from outside: UIDVALIDITY, and UID, flags and subject of each message.
fn looks(served: &Served, mailbox: &str) -> (String, Vec<String>) {
    let mut wire = log_in(served);
    let opened = imap(&mut wire, &format!("EXAMINE \"{mailbox}\""));
    let validity = opened.iter().find(|line| line.contains("UIDVALIDITY")).cloned().unwrap_or_default();
    let mut all = Vec::new();
    for line in imap(&mut wire, "UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])") {
        if line.starts_with("* ") || line.starts_with("Subject: ") {
            all.push(line.replace(" \\Recent", "").replace("\\Recent", ""));
        }
    }
    imap(&mut wire, "LOGOUT");
    (validity, all)
}

fn mbox(messages: &[&str]) -> String {
    let message = |subject: &&str| {
        format!(
            "From bob@example.org Mon Mar  2 20:00:00 1998\nFrom: bob@example.org\nSubject: {subject}\n\nText of \
             {subject}\n>From a quoted line\n>>From one quoted twice\n\n"
        )
    };
    messages.iter().map(message).collect()
}

fn maildir(at: &Path, messages: &[&str]) {
    for folder in ["cur", "new", "tmp"] {
        fs::create_dir_all(at.join(folder)).unwrap();
    }
    for (nth, subject) in messages.iter().enumerate() {
        let text = format!("From: bob@example.org\nSubject: {subject}\n\nText of {subject}\n");
        fs::write(at.join("cur").join(format!("88886880{nth}.M1P1.host:2,")), text).unwrap();
    }
}

/// Does something of everything.
fn change(served: &Served) {
    let mut wire = log_in(served);
    imap(&mut wire, "SELECT INBOX");
    assert!(imap(&mut wire, "STORE 2 +FLAGS (\\Flagged \\Seen urgent)").last().unwrap().contains("OK"));
    assert!(imap(&mut wire, "STORE 1 +FLAGS (\\Deleted)").last().unwrap().contains("OK"));
    assert!(imap(&mut wire, "EXPUNGE").last().unwrap().contains("OK"));
    assert!(imap(&mut wire, "CREATE \"Old mail\"").last().unwrap().contains("OK"));
    assert!(imap(&mut wire, "COPY 1:2 \"Old mail\"").last().unwrap().contains("OK"));
    let draft = "Subject: draft\r\n\r\nto be done\r\n";
    wire.send(&format!("t APPEND INBOX (\\Draft) {{{}}}\r\n", draft.len()));
    assert!(wire.line().starts_with("+ "));
    wire.send(&format!("{draft}\r\n"));
    while !wire.line().starts_with("t OK") {}
    imap(&mut wire, "LOGOUT");
}

#[test]
fn a_state_folder_brings_everything_back() {
    let folder = scratch("state-brings-back");
    let (mail, state) = (folder.join("inbox.mbox"), folder.join("kept"));
    fs::write(&mail, mbox(&["one", "two", "three", "four"])).unwrap();
    let args = ["--mail", mail.to_str().unwrap(), "--state", state.to_str().unwrap()];
    let served = serve(&args);
    change(&served);
    assert!(deliver(&served, "by post").starts_with("250"));
    let before = [looks(&served, "INBOX"), looks(&served, "Old mail")];
    assert_eq!(before[0].1.iter().filter(|line| line.starts_with("Subject")).count(), 5);
    served.stop("-TERM");
    assert_eq!(fs::read_to_string(&mail).unwrap(), mbox(&["one", "two", "three", "four"]), "it is only read");

    // Mail that comes into the file meanwhile is new; what was removed is not.
    fs::write(&mail, mbox(&["one", "two", "three", "four", "five"])).unwrap();
    let served = serve(&args);
    let (validity, now) = looks(&served, "INBOX");
    assert_eq!(validity, before[0].0);
    assert_eq!(now[..before[0].1.len()], before[0].1);
    assert!(now.last().unwrap().contains("five"), "{now:?}");
    assert_eq!(looks(&served, "Old mail"), before[1]);
    served.stop("-KILL");
    let served = serve(&args);
    assert_eq!(looks(&served, "INBOX"), (validity, now));
    served.stop("-TERM");
}

#[test]
fn what_a_client_was_told_survives_a_kill() {
    let folder = scratch("state-kill");
    let state = folder.join("kept");
    for round in 0..5 {
        let served = serve(&["--state", state.to_str().unwrap()]);
        let (_, before) = looks(&served, "INBOX");
        let subjects = before.iter().filter(|line| line.contains("kill ")).count();
        assert_eq!(subjects, round * 3, "{before:?}");
        for nth in 0..3 {
            assert!(deliver(&served, &format!("kill {round}.{nth}")).starts_with("250"));
        }
        served.stop("-KILL");
    }
}

#[test]
fn one_folder_one_server() {
    let folder = scratch("state-lock");
    let state = folder.join("kept");
    let args = ["--state", state.to_str().unwrap()];
    let served = serve(&args);
    let talk = slip(&[&["--pop3", "127.0.0.1:0"], &args[..]].concat());
    assert!(talk.contains("another server keeps its state in this folder"), "{talk}");
    served.stop("-TERM");
    fs::write(state.join("state"), "maillab-state 1\nnonsense\ncommit\n").unwrap();
    let talk = slip(&[&["--pop3", "127.0.0.1:0"], &args[..]].concat());
    assert!(talk.contains("damaged") && talk.contains("state:2"), "{talk}");
    assert_eq!(fs::read_to_string(state.join("state")).unwrap(), "maillab-state 1\nnonsense\ncommit\n");
}

#[test]
fn an_mbox_and_a_maildir_are_written_back() {
    let folder = scratch("write-back");
    for kind in ["inbox.mbox", "Inbox"] {
        let mail = folder.join(kind);
        match kind {
            "Inbox" => maildir(&mail, &["one", "two", "three", "four"]),
            _ => fs::write(&mail, mbox(&["one", "two", "three", "four"])).unwrap(),
        }
        let args = ["--mail", mail.to_str().unwrap(), "--write-back"];
        let served = serve(&args);
        change(&served);
        assert!(deliver(&served, "by post").starts_with("250"));
        let before = [looks(&served, "INBOX"), looks(&served, "Old mail")];
        // The flags were written when their session ended, mail before its client heard of it.
        served.stop("-KILL");
        let served = serve(&args);
        let after = [looks(&served, "INBOX"), looks(&served, "Old mail")];
        for (before, after) in before.iter().zip(&after) {
            let text = |lines: &[String]| -> Vec<String> {
                let seen = |line: &String| {
                    let flags = ["\\Flagged", "\\Seen", "\\Draft"].map(|flag| line.contains(flag));
                    if line.starts_with('*') { format!("{flags:?}") } else { line.clone() }
                };
                let mut all: Vec<String> =
                    lines.chunks(2).map(|two| two.iter().map(seen).collect()).collect();
                all.sort();
                all
            };
            assert_eq!(text(&before.1), text(&after.1), "{kind}");
        }
        let mut pop3 = served.connect(0).log_in();
        assert!(pop3.ask("STAT").starts_with("+OK 5 "), "{kind}");
        for number in 1..=5 {
            pop3.ask(&format!("DELE {number}"));
        }
        assert!(pop3.ask("QUIT").starts_with("+OK"));
        served.stop("-TERM");
        let served = serve(&args);
        assert_eq!(looks(&served, "INBOX").1, Vec::<String>::new(), "{kind}: an empty mailbox is one");
        assert!(deliver(&served, "the first").starts_with("250"));
        served.stop("-TERM");
        let served = serve(&args);
        assert_eq!(looks(&served, "INBOX").1.len(), 2, "{kind}");
        served.stop("-TERM");
    }
}

#[test]
fn an_mbox_that_grows_while_it_is_served_loses_nothing() {
    let folder = scratch("write-back-grows");
    let mail = folder.join("inbox.mbox");
    fs::write(&mail, mbox(&["one", "two"])).unwrap();
    let args = ["--mail", mail.to_str().unwrap(), "--write-back"];
    let served = serve(&args);
    let more = [mbox(&["one", "two"]), mbox(&["from outside"])].concat();
    fs::write(&mail, more).unwrap();
    let mut pop3 = served.connect(0).log_in();
    pop3.ask("DELE 1");
    assert!(pop3.ask("QUIT").starts_with("+OK"));
    assert!(deliver(&served, "by post").starts_with("250"));
    let (_, talk) = served.stop("-TERM");
    assert!(talk.contains("has grown") && talk.contains("from the next start on"), "{talk}");
    let text = fs::read_to_string(&mail).unwrap();
    assert!(!text.contains("Subject: one") && text.contains("Subject: two"), "{text}");
    assert!(text.contains("Subject: from outside") && text.contains("Subject: by post"), "{text}");
    assert!(text.contains("\n>From here\n>>From there\n.dot\n"), "{text}");
    let served = serve(&args);
    assert_eq!(looks(&served, "INBOX").1.len(), 6);
    served.stop("-TERM");
}

#[test]
fn an_mbox_that_was_changed_or_is_locked_is_left_alone() {
    let folder = scratch("write-back-changed");
    let mail = folder.join("inbox.mbox");
    fs::write(&mail, mbox(&["one", "two"])).unwrap();
    let served = serve(&["--mail", mail.to_str().unwrap(), "--write-back"]);
    let lock = folder.join("inbox.mbox.lock");
    fs::write(&lock, "").unwrap();
    assert!(deliver(&served, "while locked").starts_with("421"), "the sender keeps it and tries again");
    fs::remove_file(&lock).unwrap();
    fs::write(&mail, mbox(&["another", "file", "altogether"])).unwrap();
    let mut pop3 = served.connect(0).log_in();
    pop3.ask("DELE 1");
    assert!(pop3.ask("QUIT").starts_with("-ERR"), "nothing was removed, and nobody says so");
    let (_, talk) = served.stop("-TERM");
    assert!(talk.contains("has locked it") && talk.contains("another program has changed it"), "{talk}");
    assert_eq!(fs::read_to_string(&mail).unwrap(), mbox(&["another", "file", "altogether"]));
}

#[test]
fn what_cannot_be_written_back_is_said_at_start() {
    let talk = slip(&["--pop3", "127.0.0.1:0", "--write-back"]);
    assert!(talk.contains("no mail file of `alice`"), "{talk}");
    let folder = scratch("write-back-not");
    let letter = folder.join("letter.eml");
    fs::write(&letter, "Subject: x\r\nFrom: a@example.org\r\n\r\ntext\r\n").unwrap();
    let talk = slip(&["--pop3", "127.0.0.1:0", "--write-back", "--mail", letter.to_str().unwrap()]);
    assert!(talk.contains("only an mbox and a Maildir"), "{talk}");
}
