//! Rules of this repository that no compiler knows, each with a reason and what to do instead.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

use std::fs;
use std::path::{Path, PathBuf};

/// A file that one sitting is too short for gets split; 400 lines are meant, so many are the end of patience.
const LINES_MAX: usize = 500;

/// Files that may be longer, each with its reason.
const LONG_FILES: [(&str, &str); 0] = [];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A text file of the repository: its path, with `/` on every system, and what is in it.
struct Text {
    path: String,
    text: String,
}

/// All text files that belong to the repository and were written by hand.
fn texts() -> Vec<Text> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = ["src", "tests", "benches", "data", "book/src", ".ci", ".github"]
        .map(|name| root().join(name))
        .into();
    let top = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let mut files: Vec<PathBuf> = top
        .filter(|path| path.file_name().is_some_and(|name| name != "Cargo.lock" && name != ".git"))
        .collect();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    for path in files {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let path = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        found.push(Text { path, text });
    }
    assert!(found.len() > 100, "where are the files?");
    found
}

fn sources() -> impl Iterator<Item = Text> {
    texts().into_iter().filter(|file| file.path.starts_with("src/") && file.path.ends_with(".rs"))
}

/// Fails with all complaints at once.
#[track_caller]
fn no_complaints(complaints: &[String], remedy: &str) {
    assert!(complaints.is_empty(), "\n{}\n\n{remedy}\n", complaints.join("\n"));
}

/// Lines of a source with their numbers, without comments and without the tests at its end.
fn code(file: &Text) -> impl Iterator<Item = (usize, &str)> {
    let tests = ["/tests.rs", "/tests/", "/testing.rs", "/testing/"];
    let is_test = tests.iter().any(|part| file.path.contains(part));
    let end = file.text.find("#[cfg(test)]\nmod tests {").unwrap_or(file.text.len());
    let kept = if is_test { "" } else { &file.text[..end] };
    (1..).zip(kept.lines()).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn a_file_fits_one_sitting() {
    let mut complaints = Vec::new();
    for file in sources() {
        let lines = file.text.lines().count();
        let excused = LONG_FILES.iter().any(|(path, _)| *path == file.path);
        if lines > LINES_MAX && !excused {
            complaints.push(format!("{} has {lines} lines, and {LINES_MAX} is the most", file.path));
        }
        if lines <= LINES_MAX && excused {
            complaints.push(format!("{} needs no exception any more: take it off LONG_FILES", file.path));
        }
    }
    no_complaints(&complaints, "Find the second idea in the file and give it a file of its own.");
}

#[test]
fn lines_end_with_lf_and_without_blanks() {
    let mut complaints = Vec::new();
    for file in texts() {
        if file.path.ends_with(".mbox") || file.path.ends_with(".eml") || file.path.ends_with(".trace") {
            continue;
        }
        // A checkout may have turned line ends; whoever commits CR LF has turned all of them or some.
        let text = file.text.replace("\r\n", "\n");
        for (number, line) in (1..).zip(text.lines()) {
            if line.contains('\r') {
                complaints.push(format!("{}:{number}: a lone CR", file.path));
            }
            let hand_written = [".rs", ".toml", ".yml"].iter().any(|ending| file.path.ends_with(ending));
            if hand_written && line.ends_with([' ', '\t']) {
                complaints.push(format!("{}:{number}: blanks at the end of the line", file.path));
            }
        }
        if !text.is_empty() && !text.ends_with('\n') && !file.path.ends_with(".svg") {
            complaints.push(format!("{}: the last line does not end", file.path));
        }
    }
    no_complaints(&complaints, "`cargo fmt`, and an editor that reads .gitattributes, keep this for you.");
}

#[test]
fn nothing_knows_the_machine_it_was_written_on() {
    // Put together here, so that this file does not complain about itself.
    let paths = ["work", "root", "home"].map(|folder| format!("/{folder}/"));
    let mut complaints = Vec::new();
    for file in texts() {
        for (number, line) in (1..).zip(file.text.lines()) {
            if let Some(found) = paths.iter().find(|path| line.contains(path.as_str())) {
                complaints.push(format!("{}:{number}: `{found}` is a folder of one machine", file.path));
            }
        }
    }
    no_complaints(&complaints, "Paths start at the repository: env!(\"CARGO_MANIFEST_DIR\") in tests.");
}

#[test]
fn nothing_is_left_to_be_done_or_printed() {
    let words = ["todo", "dbg", "unimplemented"].map(|word| format!("{word}!("));
    let skipped = format!("#[{}", "ignore");
    let mut complaints = Vec::new();
    for file in texts().iter().filter(|file| file.path.ends_with(".rs")) {
        for (number, line) in (1..).zip(file.text.lines()) {
            if let Some(found) = words.iter().find(|word| line.contains(word.as_str())) {
                complaints.push(format!("{}:{number}: {found}…)", file.path));
            }
            if line.contains(&skipped) {
                complaints.push(format!("{}:{number}: a test that is skipped tests nothing", file.path));
            }
        }
    }
    no_complaints(&complaints, "Do it, or say in the book and in the README that it is not there.");
}

/// What each part of `src` may use of the others; whatever is not listed may use everything but `cli`.
///
/// ARCHITECTURE.md draws the same picture. A part is a folder or a file directly under `src`.
const LAYERS: [(&str, &[&str]); 17] = [
    ("time", &[]),
    ("lesson", &[]),
    ("persist", &[]),
    ("units", &["time"]),
    ("config", &["lesson", "time", "units"]),
    ("mail", &["config", "lesson", "persist", "time", "units"]),
    ("session", &["mail", "time"]),
    ("desk", &["mail", "time"]),
    ("link", &["config", "lesson", "mail", "time", "units"]),
    ("protocol", &["desk", "lesson", "mail", "persist", "session", "time", "units"]),
    ("world", &["desk", "link", "mail", "persist", "protocol", "session", "time", "units"]),
    ("measure", &["desk", "link", "mail", "time", "units", "world"]),
    ("scenario", &["config", "lesson", "link", "mail", "measure", "strategy", "time", "units", "world"]),
    ("station", &["desk", "lesson", "mail", "protocol", "scenario", "time"]),
    ("strategy", &["desk", "lesson", "mail", "protocol", "scenario", "station", "time"]),
    ("chart", &["lesson", "time", "units"]),
    ("main", &["cli"]),
];

/// `src/link/tcp/ack.rs` belongs to `link`, `src/time.rs` to `time`.
fn part_of(path: &str) -> &str {
    path.trim_start_matches("src/").split(['/', '.']).next().unwrap_or_default()
}

/// The parts that a line of code names: `crate::link::ip`, `use crate::{mail, time}`.
fn parts_named(line: &str) -> Vec<&str> {
    let names_in = |rest: &str, line: &'_ str| -> usize { line.len() - rest.len() };
    let mut named = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find("crate::") {
        rest = &rest[at + "crate::".len()..];
        let from = names_in(rest, line);
        let list = line[from..].strip_prefix('{').unwrap_or(&line[from..]);
        let many = line[from..].starts_with('{');
        let end = list.find(if many { '}' } else { ':' }).unwrap_or(list.len());
        for name in list[..end].split(',').take(if many { usize::MAX } else { 1 }) {
            let name = name.trim();
            let word = name.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(name.len());
            named.push(&name[..word]);
        }
    }
    named
}

#[test]
fn each_layer_knows_only_those_below_it() {
    let mut complaints = Vec::new();
    for file in sources() {
        let part = part_of(&file.path);
        let may_use = LAYERS.iter().find(|(name, _)| *name == part).map(|(_, may_use)| *may_use);
        for (number, line) in code(&file) {
            for named in parts_named(line) {
                let allowed = may_use.map_or(named != "cli", |may_use| may_use.contains(&named));
                if !named.is_empty() && named != part && !allowed {
                    complaints.push(format!("{}:{number}: `{part}` knows no `{named}`", file.path));
                }
            }
        }
    }
    no_complaints(
        &complaints,
        "`link` knows no protocol, `protocol` no link, `chart` only tables: see ARCHITECTURE.md. What two parts \
         share belongs into one below both.",
    );
}

#[test]
fn only_the_edge_touches_files_screens_threads_and_clocks() {
    let outside = [
        "std::fs",
        "std::thread",
        "std::net",
        "std::process",
        "std::env",
        "std::io::stdout",
        "std::io::stderr",
        "std::io::stdin",
        "SystemTime",
        "std::time::",
        "Zoned::now",
        "Timestamp::now",
    ];
    let mut complaints = Vec::new();
    for file in sources().filter(|file| !["cli", "main", "serve"].contains(&part_of(&file.path))) {
        for (number, line) in code(&file) {
            if let Some(found) = outside.iter().find(|name| line.contains(*name)) {
                complaints.push(format!("{}:{number}: {found}", file.path));
            }
        }
    }
    no_complaints(
        &complaints,
        "Only src/cli and src/serve meet the outside world; hand over bytes, or the time, as arguments.",
    );
}

/// The table of Cargo.toml whose lines are `name = …`.
fn cargo_table(name: &str) -> Vec<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let lines = manifest.lines().skip_while(|line| *line != format!("[{name}]")).skip(1);
    lines
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('=').map(|(name, _)| name.trim().to_owned()))
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .collect()
}

#[test]
fn every_dependency_has_its_reason() {
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let section = architecture.split("\n## Dependencies").nth(1).unwrap_or_default();
    let reasons = section.split("\n## ").next().unwrap_or_default();
    let mut complaints = Vec::new();
    for table in ["dependencies", "dev-dependencies"] {
        let names = cargo_table(table);
        assert!(names.len() > 3, "Cargo.toml has no [{table}]?");
        for name in names {
            if !reasons.contains(&format!("`{name}`")) {
                complaints.push(format!("`{name}` of [{table}] is not in ARCHITECTURE.md, \"Dependencies\""));
            }
        }
    }
    let named = reasons.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    for name in named {
        if !["dependencies", "dev-dependencies"]
            .iter()
            .any(|table| cargo_table(table).iter().any(|n| n == name))
        {
            complaints
                .push(format!("ARCHITECTURE.md gives a reason for `{name}`, which Cargo.toml does not have"));
        }
    }
    no_complaints(&complaints, "One line of reason for each crate: what we would have to write without it.");
}

#[test]
fn documents_are_cited_in_one_form() {
    let mut complaints = Vec::new();
    for file in texts() {
        if !(file.path.ends_with(".rs") || file.path.ends_with(".md")) || file.path == "tests/tidy.rs" {
            continue;
        }
        for (number, line) in (1..).zip(file.text.lines()) {
            // What a server says is ASCII: there the section is spelled out.
            let spoken = file.path.starts_with("src/protocol/");
            for (at, _) in line.match_indices("RFC") {
                let before = line[..at].chars().next_back();
                let is_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-' || c == '`');
                if !is_word && let Err(what) = citation(&line[at + 3..], spoken) {
                    complaints.push(format!("{}:{number}: {what}: {}", file.path, line.trim()));
                }
            }
        }
    }
    no_complaints(&complaints, "`RFC 1939 §5`: RFC, a space, the number; a space, § and the section.");
}

/// What stands after the letters `RFC`.
fn citation(rest: &str, spoken: bool) -> Result<(), String> {
    // `RFCs`, `the RFC's words`, `an RFC`: no document in particular; RFC822 is a word of IMAP.
    if !rest.starts_with(|c: char| c == ' ' || c == '-' || c.is_ascii_digit()) || rest.starts_with("822") {
        return Ok(());
    }
    let Some(rest) = rest.strip_prefix(' ') else {
        return Err("no space behind RFC".to_owned());
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return Ok(());
    }
    let number: u32 = rest[..digits].parse().map_err(|_| "this is no number of an RFC".to_owned())?;
    if number == 0 || number > 9999 {
        return Err(format!("there is no RFC {number}"));
    }
    let rest = &rest[digits..];
    for wrong in [" section ", " Section ", " sec.", ", section ", "§"] {
        if rest.starts_with(wrong) && !(spoken && wrong == " section ") {
            return Err("the section is cited as ` §5.2`".to_owned());
        }
    }
    match rest.strip_prefix(" §") {
        Some(section) if !section.starts_with(|c: char| c.is_ascii_alphanumeric()) => {
            Err("no section behind §".to_owned())
        }
        _ => Ok(()),
    }
}

#[test]
fn the_rules_themselves_hold() {
    for right in [" 1939 §5", "822.SIZE", "s say", " 1939, which"] {
        assert!(citation(right, false).is_ok(), "{right}");
    }
    assert!(citation(" 1939 section 5", true).is_ok());
    for wrong in ["1939 §5", " 1939§5", " 1939 section 5", " 99999", " 1939 § 5"] {
        assert!(citation(wrong, false).is_err(), "{wrong}");
    }
    assert_eq!(parts_named("use crate::link::ip::{a, b};"), ["link"]);
    assert_eq!(parts_named("use crate::{mail, time};"), ["mail", "time"]);
    assert_eq!(
        parts_named("let x = crate::time::Instant::START + crate::units::Money::ZERO;"),
        ["time", "units"]
    );
    assert_eq!((part_of("src/link/tcp/ack.rs"), part_of("src/time.rs")), ("link", "time"));
}
