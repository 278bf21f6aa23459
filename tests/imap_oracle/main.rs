//! A state-checking oracle for IMAP: several clients do what chance tells them, and the oracle, which sees their
//! octets and nothing else, says when the server misleads one of them. That the oracle would notice is shown by
//! servers that are wrong, by name in `tests/mutants.md`.
//!
//! `MAILLAB_RUNS=1000 cargo test --test imap_oracle` watches so many sessions of the good server.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

mod answers;
mod clients;
mod command;
mod contents;
mod effects;
mod host;
mod mutants;
mod oracle;
mod rules;
mod samples;
mod search;
mod truth;
mod visit;
mod wire;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use clients::{CLIENTS, Clients};
use host::Host;
use mutants::Mutant;
use oracle::Oracle;
use rules::{Alarm, RULES, Rule};

/// How many times somebody acts in one session.
const STEPS: usize = 150;

/// How many seeds a mutant has to show itself in.
const SEEDS_FOR_A_MUTANT: u64 = 100;

/// Sixty are made, and so many must be caught.
const CAUGHT_AT_LEAST: usize = 57;

/// Watches one session of several clients. What the first alarms were, and what was said before them.
fn watch(seed: u64, mutant: Option<&'static Mutant>) -> Result<(), (Vec<Alarm>, String)> {
    let mut oracle = Oracle::new(CLIENTS);
    let mut clients = Clients::new(seed);
    let (mut host, greetings) = Host::new(CLIENTS, mutant);
    let mut log = String::new();
    for (client, greeting) in greetings.iter().enumerate() {
        oracle.heard(client, greeting);
    }
    let mut last: Vec<usize> = (0..CLIENTS).collect();
    for step in 0..STEPS + CLIENTS {
        let (client, commands) = match step < STEPS {
            true => clients.next(&oracle),
            // In the end everybody asks for news.
            false => last.pop().map(|client| (client, vec![clients.ask_for_news(client)])).unwrap(),
        };
        for command in &commands {
            let _ = writeln!(log, "C{client}: {}", String::from_utf8_lossy(command).trim_end());
            oracle.sent(client, command);
        }
        for (hearer, octets) in host.send(client, &commands) {
            for line in String::from_utf8_lossy(&octets).lines() {
                let _ = writeln!(log, "S{hearer}: {line}");
            }
            oracle.heard(hearer, &octets);
        }
        oracle.at_rest(client);
        if !oracle.alarms.is_empty() {
            return Err((oracle.alarms, log));
        }
    }
    Ok(())
}

/// The last lines of a log.
fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}

fn page(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap().replace("\r\n", "\n")
}

#[test]
fn the_good_server_raises_no_alarm() {
    let runs = std::env::var("MAILLAB_RUNS").ok().and_then(|runs| match runs.as_str() {
        "full" => Some(1000),
        runs => runs.parse().ok(),
    });
    let mut first: BTreeMap<Rule, String> = BTreeMap::new();
    for seed in 0..runs.unwrap_or(100) {
        if let Err((alarms, log)) = watch(seed, None) {
            let rule = alarms[0].rule;
            first.entry(rule).or_insert_with(|| format!("seed {seed}: {alarms:#?}\n{}\n", tail(&log)));
        }
    }
    let told: String = first.into_values().collect();
    assert!(told.is_empty(), "the first alarm of each rule:\n{told}");
}

#[test]
fn servers_that_are_wrong_are_found_out() {
    let mut table = String::new();
    let (mut made, mut caught) = (0, 0);
    for mutant in mutants::all() {
        made += 1;
        let found = (0..SEEDS_FOR_A_MUTANT).find_map(|seed| {
            let (alarms, _) = watch(seed, Some(mutant)).err()?;
            // What merely cannot be read is found by any client: that is chance, and does not count.
            alarms.into_iter().find(|alarm| alarm.rule != Rule::Grammar).map(|alarm| (seed, alarm))
        });
        match found {
            Some((seed, alarm)) => {
                caught += 1;
                let (rule, clause) = (alarm.rule.name(), alarm.rule.clause());
                let _ = writeln!(table, "{:<28} caught, seed {seed:<2} {rule} ({clause})", mutant.name);
            }
            None => {
                let _ = writeln!(table, "{:<28} NOT caught", mutant.name);
            }
        }
    }
    println!("{table}\n{caught} of {made} caught");
    assert_eq!(made, 60);
    assert!(caught >= CAUGHT_AT_LEAST, "only {caught} of {made} were caught:\n{table}");
}

#[test]
fn a_mutant_that_is_honest_raises_no_alarm() {
    // The place between server and client does nothing by itself.
    static HONEST: Mutant = Mutant { name: "honest", before: |_| {}, after: |_| {} };
    for seed in 0..10 {
        if let Err((alarms, log)) = watch(seed, Some(&HONEST)) {
            panic!("seed {seed}: {alarms:#?}\n{}", tail(&log));
        }
    }
}

#[test]
fn every_mutant_is_on_the_list_and_every_name_on_the_list_is_made() {
    let list = page("tests/mutants.md");
    let mut listed: Vec<&str> = list
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name)
        .collect();
    let mut made: Vec<&str> = mutants::all().map(|mutant| mutant.name).collect();
    listed.sort_unstable();
    made.sort_unstable();
    assert_eq!(listed, made);
}

#[test]
fn the_book_names_every_rule_with_its_clause() {
    let book = page("book/src/imap-oracle.md");
    for (_, name, clause, what) in RULES {
        let row = format!("| {name} | {clause} | {what} |");
        assert!(book.contains(&row), "book/src/imap-oracle.md lacks the row\n{row}");
    }
    let missing: Vec<&str> = mutants::all()
        .map(|mutant| mutant.name)
        .filter(|name| !book.contains(&format!("`{name}`")))
        .collect();
    assert!(missing.is_empty(), "book/src/imap-oracle.md does not name {missing:?}");
}

/// All Rust sources below a folder, joined.
fn sources(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all += &sources(&path);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            all += &fs::read_to_string(&path).unwrap();
        }
    }
    all
}

#[test]
fn the_examples_page_names_tests_that_there_are() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/protocol"));
    let book = page("book/src/imap-examples.md");
    let rows = || book.lines().filter(|line| line.starts_with('|') && !line.starts_with("|---")).skip(1);
    assert!(rows().count() > 70, "where are the examples?");
    for row in rows() {
        let names: Vec<&str> =
            row.split('|').nth(3).unwrap_or_default().split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "{row}: who shows it?");
        for name in names {
            assert!(sources.contains(&format!("fn {name}(")), "there is no test {name}");
        }
    }
}

#[test]
fn the_clauses_page_names_tests_and_rules_that_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = sources(&root.join("src/protocol")) + &sources(&root.join("tests"));
    let book = page("book/src/imap-clauses.md");
    let mut wrong = Vec::new();
    for row in book.lines().filter(|line| line.starts_with('|') && line.matches('|').count() == 5) {
        let shown_by = row.rsplit('|').nth(1).unwrap_or_default().trim();
        if ["shown by", "---"].contains(&shown_by) {
            continue;
        }
        let (tests, rules) = shown_by.split_once("oracle: ").unwrap_or((shown_by, ""));
        let names = tests.split('`').skip(1).step_by(2);
        wrong.extend(names.filter(|name| !sources.contains(&format!("fn {name}("))).map(str::to_owned));
        let known = |name: &&str| RULES.iter().any(|row| row.1 == *name);
        let rules = rules.split(';').next().unwrap_or_default();
        wrong.extend(rules.split(", ").filter(|name| !name.is_empty() && !known(name)).map(str::to_owned));
        if tests.is_empty() && rules.is_empty() {
            wrong.push(row.to_owned());
        }
    }
    assert!(wrong.is_empty(), "book/src/imap-clauses.md: {wrong:#?}");
}
