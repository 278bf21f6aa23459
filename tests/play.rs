//! Scripts as their authors meet them: what is checked, what is written, and what slips are answered with.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A folder for one test.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("maillab-play-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), text).unwrap();
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap().replace("\r\n", "\n")
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn play(&self, args: &[&str]) -> (Option<i32>, String, String) {
        said(maillab().arg("play").args(args).current_dir(&self.0).output().unwrap())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn maillab() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maillab"));
    command.env_remove("RUST_BACKTRACE").stdin(Stdio::null());
    command
}

fn said(output: Output) -> (Option<i32>, String, String) {
    let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap().replace("\r\n", "\n");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn typed(lines: &str, args: &[&str]) -> (Option<i32>, String, String) {
    let mut child = maillab()
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    said(child.wait_with_output().unwrap())
}

const LOGIN: &str = ":open pop3\nS: +OK *\nC: USER alice\nS: +OK*\nC: PASS secret\nS: +OK*\n";

#[test]
fn expected_and_got_stand_below_each_other_and_the_exit_code_is_1() {
    let place = Place::new("differs");
    place.file("a.txt", format!("{LOGIN}C: STAT\nS: +OK 7 *\nC: QUIT\n"));
    let (code, stdout, stderr) = place.play(&["a.txt"]);
    assert_eq!(code, Some(1));
    assert!(stdout.contains("S: +OK 60 "), "{stdout}");
    assert!(stderr.contains("a.txt:8") && stderr.contains("expected: +OK 7 *\n"), "{stderr}");
    assert!(stderr.contains("     got: +OK 60 "), "{stderr}");
}

#[test]
fn figures_are_all_checked_and_their_words_are_those_of_tables() {
    let place = Place::new("figures");
    place.file(
        "a.txt",
        format!("{LOGIN}C: QUIT\nS: +OK*\n:expect turns <= 2 and calls = 1\n:expect cost < 0\n"),
    );
    let (code, _, stderr) = place.play(&["a.txt"]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("expected: turns <= 2") && stderr.contains("got: turns = 3"), "{stderr}");
    assert!(stderr.contains("expected: cost < 0") && !stderr.contains("got: calls"), "{stderr}");
}

#[test]
fn a_bad_script_writes_nothing_and_is_shown_with_line_caret_and_remedy() {
    let place = Place::new("bad");
    place.file("a.txt", format!("{LOGIN}:save out.txt\nC: STAT\nS: +OK \\q\n"));
    place.file("b.txt", format!("{LOGIN}:save out.txt\nx C: STAT\n"));
    place.file("c.txt", ":open pop3\n:play missing.txt\n");
    place.file("d.txt", ":open pop3\n:save ../out.txt\n");
    place.file("e.txt", ":play e.txt\n");
    place.file("f.txt", ":open pop3\nC{ missing.eml\n");
    let before = place.names();
    for (name, says) in [
        ("a.txt", &["a.txt:9", "^^", r"\xNN"][..]),
        ("b.txt", &["b.txt:8", "no connection is called `x`", "hint: "]),
        ("c.txt", &["c.txt:2", "missing.txt", "hint: "]),
        ("d.txt", &["d.txt:2", "own folder"]),
        ("e.txt", &["e.txt:1", "play itself"]),
        ("f.txt", &["f.txt:2", "missing.eml", "hint: "]),
        ("g.txt", &["g.txt", "hint: "]),
    ] {
        for args in [&[name][..], &[name, "--update"]] {
            let (code, stdout, stderr) = place.play(args);
            assert_eq!(code, Some(2), "{name}: {stderr}");
            assert!(stdout.is_empty(), "{name}: {stdout}");
            for say in says {
                assert!(stderr.contains(say), "{name}: {say}\n{stderr}");
            }
        }
    }
    assert_eq!(place.names(), before);
}

#[test]
fn update_rewrites_what_differs_and_leaves_the_rest() {
    let place = Place::new("update");
    place.file(
        "a.txt",
        format!("# kept\n{LOGIN}C: STAT\nS: +OK 7 *\nC: TOP 1 0\nS: +OK*\nS.. 1\nC: QUIT\nS: gone\n"),
    );
    assert_eq!(place.play(&["a.txt", "--update"]).0, Some(0));
    let updated = place.text("a.txt");
    assert!(updated.starts_with(&format!("# kept\n{LOGIN}C: STAT\nS: +OK 60 ")), "{updated}");
    assert!(updated.contains("C: TOP 1 0\nS: +OK*\nS.. 1\nC: QUIT\nS: +OK "), "{updated}");
    assert_eq!(place.play(&["a.txt"]).0, Some(0));
    assert!(place.play(&["a.txt", "--update"]).2.contains("nothing to rewrite"));
    assert_eq!(place.names(), ["a.txt"]);
}

#[test]
fn a_session_leaves_as_csv_and_json_with_the_columns_of_every_table() {
    let place = Place::new("table");
    place.file("a.txt", format!("{LOGIN}C: STAT\nS: +OK *\nC: QUIT\nS: +OK*\n"));
    let csv = place.play(&["a.txt", "--format", "csv"]).1;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let head = reader.headers().unwrap().clone();
    let column = |name: &str| head.iter().position(|column| column == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    // The greeting, four commands, and all of it.
    assert_eq!(rows.len(), 6);
    assert_eq!(&rows[3][column("said")], "STAT");
    let took: u64 = rows[..5].iter().map(|row| row[column("took_bytes_up")].parse::<u64>().unwrap()).sum();
    assert_eq!(rows[5][column("app_bytes_up")].parse::<u64>().unwrap(), took);
    assert_eq!(&rows[5][column("turns")], "4");
    let json: serde_json::Value =
        serde_json::from_str(&place.play(&["a.txt", "--format", "json"]).1).unwrap();
    assert_eq!(json["format"], "maillab-results/1");
    assert_eq!(json["records"].as_array().unwrap().len(), 6);
}

#[test]
fn what_a_person_can_do_at_the_prompt_a_script_can_do() {
    let place = Place::new("prompt");
    place.file("inner.txt", "C: STAT\nS: +OK 60 *\n");
    place.file("mail.eml", "Subject: x\r\n\r\nbody\r\n.\r\n");
    place.file(
        "a.txt",
        format!(
            "{LOGIN}:why\n:state\n:bill\n:ladder 3\n:play inner.txt\n:back 2\n:until answer\nC: NOOP\nS: +OK*\n\
             :diff v22bis-2400\n:save saved.txt\n:record a.trace\n:open out=smtp\nout S: 220 *\nout C: HELO x\n\
             out S: 250*\nout C: MAIL FROM:<b@example.org>\nout S: 250*\nout C: RCPT TO:<alice@example.org>\n\
             out S: 250*\nout C: DATA\nout S: 354*\nout C{{ mail.eml\nout S: 250*\n:help retr\n:pace 1x\n:quit\nC: not sent\n"
        ),
    );
    let (code, stdout, stderr) = place.play(&["a.txt"]);
    assert_eq!(code, Some(0), "{stdout}\n{stderr}");
    for says in ["RFC 1939 §7", "TRANSACTION", "in all ", "connected_s", "event "] {
        assert!(stdout.contains(says), "{says}: {stdout}");
    }
    assert!(!stdout.contains("not sent"));
    assert!(place.text("a.trace").starts_with("maillab-trace 1\n"));
    assert_eq!(place.play(&["saved.txt"]).0, Some(0));
}

#[test]
fn a_transcript_is_a_script_that_is_met() {
    let place = Place::new("transcript");
    place.file("a.txt", format!("{LOGIN}:state\nC: LIST\nS: +OK*\nS.. 3\nC: QUIT\nS: +OK*\n"));
    place.file("b.txt", place.play(&["a.txt"]).1);
    let (code, _, stderr) = place.play(&["b.txt"]);
    assert_eq!(code, Some(0), "{stderr}");
}

#[test]
fn without_a_terminal_the_prompt_is_a_script() {
    assert_eq!(typed(":quit\n", &[]).0, Some(0));
    let (code, stdout, _) = typed(":open pop3\n:state\n:quit\n", &["--link", "v22bis-2400"]);
    assert_eq!(code, Some(0));
    assert!(stdout.contains("link v22bis-2400"), "{stdout}");
    let (code, _, stderr) = typed(":opne pop3\n", &[]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("stdin:1") && stderr.contains("did you mean `:open`?"), "{stderr}");
    assert!(typed("", &["--link", "nosuch"]).1.contains("maillab compare"));
    assert_eq!(typed(":quit\n", &["--link", "nosuch"]).0, Some(2));
}

#[test]
fn completions_and_manual_pages_know_every_subcommand() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let (code, stdout, _) = said(maillab().args(["completions", shell]).output().unwrap());
        assert_eq!(code, Some(0));
        assert!(stdout.contains("compare") && stdout.contains("update"), "{shell}");
    }
    let place = Place::new("man");
    let (code, _, stderr) = said(maillab().args(["man", "pages"]).current_dir(&place.0).output().unwrap());
    assert_eq!(code, Some(0), "{stderr}");
    let page = place.text("pages/maillab-play.1");
    assert!(
        page.contains(".TH maillab") && page.contains("one\\-byte") && page.contains("Examples"),
        "{page}"
    );
    assert!(said(maillab().arg("man").output().unwrap()).1.contains("SUBCOMMANDS"));
    let (code, _, stderr) = said(maillab().args(["completions", "bsh"]).output().unwrap());
    assert_eq!(code, Some(2));
    assert!(stderr.contains("did you mean `bash`?"), "{stderr}");
}
