//! A student's and a teacher's way through the labs, by the binary, in empty folders.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder for one test, removed at its end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("maillab-labs-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn folder(&self, name: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(&path).unwrap();
        path
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Exit code, stdout, stderr.
fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_maillab"))
        .arg("lab")
        .args(args)
        .current_dir(folder)
        .env_remove("RUST_BACKTRACE")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace("\r\n", "\n");
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[track_caller]
fn fine(folder: &Path, args: &[&str]) -> String {
    let (code, data, talk) = run(folder, args);
    assert_eq!(code, 0, "{args:?}\n{data}\n{talk}");
    data
}

#[track_caller]
fn slip(folder: &Path, args: &[&str], says: &str) -> String {
    let before = names(folder);
    let (code, data, talk) = run(folder, args);
    assert_eq!((code, data.as_str()), (2, ""), "{args:?}\n{talk}");
    assert!(talk.contains(says), "{args:?}\n{talk}");
    assert_eq!(names(folder), before, "nothing is written after a slip");
    talk
}

fn names(folder: &Path) -> Vec<String> {
    let entries =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.collect();
    names.sort();
    names
}

const HAND: &str = "a-mailbox-by-hand";

#[test]
fn a_student_goes_through_a_lab() {
    let place = Place::new("student");
    let here = &place.0;
    assert!(fine(here, &["next"]).contains("maillab lab start a-mailbox-by-hand"));
    slip(here, &["start", HAND], "whose lab is it?");
    slip(here, &["start", "a-mailbox-by-hnad", "--name", "Ada"], "did you mean `a-mailbox-by-hand`?");
    slip(here, &["check"], "no lab is begun");
    let started = fine(here, &["start", HAND, "--name", "Ada Lovelace"]);
    assert!(started.contains("maillab lab check a-mailbox-by-hand"), "{started}");
    slip(here, &["start", HAND], "is begun already");
    slip(here, &["start", HAND, "--name", "Bob"], "is Ada Lovelace's");

    // Nothing is checked before the prediction.
    let (code, data, _) = run(here, &["check"]);
    assert!(code == 1 && data.contains("Predict first") && data.contains("--predict"), "{data}");
    let (code, data, _) = run(here, &["check", "--predict", "60"]);
    assert!(code == 1 && data.contains("Locked") && data.contains("[not yet] 1."), "{data}");
    assert!(data.contains("so it is said that"), "{data}");
    let (_, data, _) = run(here, &["check", "--predict", "61"]);
    assert!(data.contains("stays as it was locked: 60"), "{data}");
    assert!(fine(here, &["hint"]).starts_with("Hint 1 of 2"));
    assert!(fine(here, &["list"]).contains("1 of 4"), "{}", fine(here, &["list"]));

    // In the lab's own folder it is known which one is meant.
    let session = here.join(HAND).join("session.txt");
    let size = fs::read_to_string(here.join(HAND).join("answers.txt")).unwrap();
    let size = size.split("the mail of ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let lines = "C: USER alice\nS: +OK*\nC: PASS secret\nS: +OK*\n";
    fs::write(&session, format!(":open pop3\nS: +OK *\n{lines}C: LSIT\nS: +OK*\n")).unwrap();
    let (code, data, _) = run(&here.join(HAND), &["check"]);
    assert!(code == 1 && data.contains("the server said something else"), "{data}");
    let retr: Vec<String> = (1..=7).map(|n| format!("C: RETR {n}\nS: +OK {size} *\nS..\n")).collect();
    let right = retr.iter().find(|retr| {
        fs::write(&session, format!(":open pop3\nS: +OK *\n{lines}{retr}C: QUIT\nS: +OK*\n")).unwrap();
        run(here, &["check"]).0 == 0
    });
    assert!(right.is_some());
    let (_, data, _) = run(here, &["check"]);
    assert!(data.contains("Predicted: 60 seconds; measured:") && data.contains("4 of 4 points"), "{data}");
    assert!(fine(here, &["next"]).contains("maillab lab start "));

    // A faster line is no solution.
    for other in
        [":open pop3 --link lan-10m", ":link lan-10m", ":open pop3\n:fork lan-10m", ":play other.txt"]
    {
        fs::write(&session, format!("{other}\n")).unwrap();
        let (code, _, talk) = run(here, &["check"]);
        assert!(code == 2 && talk.contains("this lab has a link of its own"), "{other}\n{talk}");
    }
    fs::write(&session, "C: USER\nwhat\n").unwrap();
    let (code, _, talk) = run(here, &["check"]);
    assert!(code == 2 && talk.contains("a-mailbox-by-hand/session.txt:2") && talk.contains('^'), "{talk}");
}

#[test]
fn a_teacher_packs_labs_for_a_class_and_reads_its_marks() {
    let place = Place::new("teacher");
    let desk = place.folder("desk");
    fs::write(desk.join("names.txt"), "Ada Lovelace\nGrace Hopper\n").unwrap();
    let pack = ["pack", HAND, "the-eavesdropper", "--class", "9b", "--students", "names.txt"];
    fine(&desk, &[&pack[..], &["--out", "class.toml"]].concat());
    fine(&desk, &[&pack[..], &["--teacher", "--out", "teacher.toml"]].concat());
    let class = fs::read_to_string(desk.join("class.toml")).unwrap();
    assert!(!class.contains("solution/") && !class.contains("wrong/") && !class.contains("[[key]]"));
    let keys = fs::read_to_string(desk.join("teacher.toml")).unwrap();
    assert!(keys.contains("[[key]]") && keys.contains("Grace Hopper"));

    let class = place.folder("class");
    for student in ["Ada Lovelace", "Grace Hopper"] {
        let here = place.folder(&format!("class/{student}"));
        let pack = "../../desk/class.toml";
        slip(
            &here,
            &["start", HAND, "--pack", "../../desk/teacher.toml", "--name", student],
            "teacher's edition",
        );
        slip(
            &here,
            &["start", HAND, "--pack", pack, "--name", "Ada Lovelaec"],
            "did you mean --name \"Ada Lovelace\"?",
        );
        fine(&here, &["start", HAND, "--pack", pack, "--name", student]);
        assert_eq!(run(&here, &["check", "--predict", "100"]).0, 1);
        // The pack is remembered: what is not in it is not there.
        slip(&here, &["start", "three-hundred-bits"], "there is no lab `three-hundred-bits`");
    }
    // Points that somebody writes into the file are not believed.
    let progress = class.join("Ada Lovelace/maillab-labs.toml");
    let forged = fs::read_to_string(&progress)
        .unwrap()
        .replace("passed = [\"leave\"]", "passed = [\"read\", \"leave\", \"turns\"]");
    fs::write(&progress, forged.replace("passed = []", "passed = [\"read\", \"leave\", \"turns\"]")).unwrap();
    let (code, csv, talk) = run(&place.0, &["marks", "class", "--pack", "desk/class.toml"]);
    assert_eq!(code, 0, "{talk}");
    assert!(talk.contains("note: Ada Lovelace"), "{talk}");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let head: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(head, ["student", "lab", "predicted", "measured", "points", "attempts", "seed", "version"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    for row in &rows {
        assert_eq!(
            (&row[1], &row[2], &row[4], &row[5], &row[7]),
            (HAND, "100", "1", "1", env!("CARGO_PKG_VERSION"))
        );
    }
    assert_ne!(rows[0][6], rows[1][6]);

    // One broken folder does not stop the others.
    fs::write(&progress, "format = \"maillab-progress/1\"\nstudnet = 3\n").unwrap();
    let (code, csv, talk) = run(&place.0, &["marks", "class"]);
    assert_eq!((code, csv.lines().count()), (2, 2), "{csv}\n{talk}");
    assert!(talk.contains("maillab-labs.toml:2"), "{talk}");
}

/// A lab as a teacher might write it.
const OWN: &str = r#"format = "maillab-lab/1"
id = "count-them"
title = "Count them"
minutes = 5
level = 1
question = "How many mails are there?"
teaches = "many"

[[value]]
name = "count"
draw = [4, 9]

[[predict]]
id = "guess"
ask = "How many mails?"
unit = "mails"
measured = "count"

[[check]]
id = "many"
kind = "answer"
ask = "How many mails are there?"
answer = "count"
given = "count - 1"

[[wrong]]
check = "many"
believes = "Mails are numbered from 0."
answer = "count - 1"
reply = "POP3 numbers mails from 1: with ${answer} you have lost one."

[[hint]]
text = "STAT says it."
"#;

#[test]
fn a_teacher_packs_a_lab_of_her_own() {
    let place = Place::new("own");
    let desk = place.folder("desk");
    fs::create_dir_all(desk.join("count-them/start")).unwrap();
    let write = |name: &str, text: &str| fs::write(desk.join("count-them").join(name), text).unwrap();
    let manifest = |text: &str| write("lab.toml", text);
    write("text.md", "# Count them\n\n${student}, how many?\n");
    write("teacher.md", "### Count them\n");
    write(
        "start/scenario.toml",
        "format = \"maillab-scenario/1\"\nseed = ${seed}\n[mailbox]\nperiod = \"1988\"\nmessages = ${count}\n",
    );
    manifest(OWN);
    let pack = ["pack", "count-them", HAND, "--class", "9b", "--out", "class.toml"];
    let (code, _, talk) = run(&desk, &pack);
    assert!(code == 0 && talk.contains("2 labs"), "{talk}");
    let listed = fine(&desk, &["list", "--pack", "class.toml"]);
    assert!(
        listed.contains("count-them") && listed.contains(HAND) && !listed.contains("the-eavesdropper"),
        "{listed}"
    );

    let here = place.folder("here");
    let (pack, ada) = ("../desk/class.toml", "Ada Lovelace");
    fine(&here, &["start", "count-them", "--pack", pack, "--name", ada]);
    assert!(
        fine(&here, &["list"]).contains("How many mails are there?")
            || fine(&here, &["list"]).contains("count-them")
    );
    let (code, data, _) = run(&here, &["check", "--predict", "3"]);
    assert!(code == 1 && data.contains("you have lost one"), "{data}");
    fine(&here, &["hint"]);
    assert!(fine(&here, &["hint"]).contains("That was every hint."));

    // What proves nothing is not given to a class.
    let out = ["pack", "./count-them", "--class", "9b", "--out", "bad.toml"];
    for (from, to, says) in [
        ("given = \"count - 1\"", "given = \"count\"", "it passes as it is handed out"),
        ("given = \"count - 1\"\n", "", "is only empty"),
        ("answer = \"count - 1\"\nreply", "answer = \"count\"\nreply", "does not get that reply"),
        ("kind = \"answer\"", "kind = \"anwser\"", "lab.toml:21"),
    ] {
        assert!(OWN.contains(from), "{from}");
        manifest(&OWN.replacen(from, to, 1));
        let talk = slip(&desk, &out, says);
        assert!(
            talk.contains("--> count-them/lab.toml") || talk.contains("--> ./count-them/lab.toml"),
            "{talk}"
        );
    }
    manifest(&OWN.replacen("id = \"count-them\"", &format!("id = \"{HAND}\""), 1));
    let both = ["pack", "./count-them", HAND, "--class", "9b", "--out", "bad.toml"];
    slip(&desk, &both, "two labs are called");
    fs::write(desk.join("count-them/start/picture.gif"), b"GIF89a\xff\x00").unwrap();
    slip(&desk, &out, "no UTF-8");
    slip(&desk, &["pack", "./nowhere", "--class", "9b", "--out", "bad.toml"], "cannot be read");
}

#[test]
fn a_hostile_pack_is_refused_at_its_place_and_nothing_is_written() {
    let place = Place::new("hostile");
    let desk = place.folder("desk");
    fine(&desk, &["pack", HAND, "--class", "9b", "--out", "class.toml"]);
    let good = fs::read_to_string(desk.join("class.toml")).unwrap();
    let here = place.folder("here");
    let outside = names(&place.0);
    for (from, to, says) in [
        ("name = \"start/session.txt\"", "name = \"../../evil\"", "^ no `..`"),
        ("name = \"start/session.txt\"", "name = \"/etc/evil\"", "not a path from the root"),
        ("name = \"start/session.txt\"", "name = \"start/../../evil\"", "^ no `..`"),
        ("name = \"start/session.txt\"", "name = \"C:evil\"", "not a path from the root"),
        ("name = \"start/session.txt\"", "name = \"..\\\\evil\"", "no `..`"),
        ("name = \"start/session.txt\"", "name = \"start/nul.txt\"", "no device"),
        ("name = \"start/session.txt\"", "name = \"START/scenario.toml\"", "stands twice"),
        ("maillab-pack/1", "maillab-pack/2", "version 2 of maillab-pack is not known"),
        ("edition = \"students\"", "edition = \"pirate\"", "^^^^^^^^ students, teacher"),
        ("\nsalt =", "\nslat =", "did you mean `salt`?"),
        ("id = \"a-mailbox-by-hand\"\n[[lab.file]]", "id = \"../a\"\n[[lab.file]]", "cannot name a lab"),
        ("id = \"a-mailbox-by-hand\"\n[[lab.file]]", "id = \"other\"\n[[lab.file]]", "calls itself"),
        ("draw = [2, 6]", "draw = [6, 2]", "draws nothing"),
        ("is = \"size(wanted)\"", "is = \"size(wanted\"", "bracket should close"),
        ("is = \"size(wanted)\"", "is = \"size(99)\"", "no message 99"),
        ("teaches = \"read\"", "teaches = \"raed\"", "there is no check `raed`"),
        (
            "measured = \"handed_out.connected_s\"",
            "measured = \"handed_out.conected_s\"",
            "is no value and no figure",
        ),
        ("messages = 7", "messages = 900000", "too large for a lab"),
        ("messages = 7", "path = \"secret.mbox\"", "path"),
    ] {
        assert!(good.contains(from), "{from}");
        fs::write(desk.join("bad.toml"), good.replacen(from, to, 1)).unwrap();
        let talk = slip(&here, &["start", HAND, "--pack", "../desk/bad.toml", "--name", "Ada"], says);
        assert!(talk.contains("-->"), "{talk}");
        assert_eq!(names(&place.0), outside);
    }
    fs::write(desk.join("bad.toml"), vec![b'#'; 9 << 20]).unwrap();
    slip(&here, &["start", HAND, "--pack", "../desk/bad.toml", "--name", "Ada"], "too large");
    fs::write(desk.join("bad.toml"), b"format = \"maillab-pack/1\"\nclass = \"\xff\"").unwrap();
    slip(&here, &["start", HAND, "--pack", "../desk/bad.toml", "--name", "Ada"], "not UTF-8");
    slip(&here, &["start", HAND, "--pack", "../desk/none.toml", "--name", "Ada"], "no such class pack");
    slip(&here, &["start", HAND, "--name", "=cmd()"], "begins with a letter");
}
