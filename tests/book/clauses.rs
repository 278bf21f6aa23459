//! The page that goes through RFC 1056 clause by clause names tests that there are, and every decision.

use std::fs;
use std::path::Path;

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("book/src").join(name)).unwrap()
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
fn each_clause_of_dmsp_has_a_test_that_there_is_and_each_decision_a_clause() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["src/protocol/dmsp", "src/station", "tests"].map(|folder| sources(&root.join(folder)));
    let sources = folders.concat();
    let clauses = page("dmsp-clauses.md");
    let mut wrong = Vec::new();
    for row in clauses.lines().filter(|line| line.starts_with('|')) {
        let shown_by = row.rsplit('|').nth(1).unwrap_or_default().trim();
        if ["shown by", "---"].contains(&shown_by) {
            continue;
        }
        let names: Vec<&str> = shown_by.split('`').skip(1).step_by(2).collect();
        if names.is_empty() || row.matches('|').count() != 5 {
            wrong.push(row.to_owned());
        }
        let unknown = names.iter().filter(|name| !sources.contains(&format!("fn {name}(")));
        wrong.extend(unknown.map(|name| (*name).to_owned()));
    }
    let decisions = page("dmsp.md");
    let numbers = decisions.lines().filter_map(|line| line.strip_prefix("| A")?.split(' ').next());
    let mut words = clauses.split(|c: char| !c.is_ascii_alphanumeric()).collect::<Vec<_>>();
    words.sort_unstable();
    let is_named = |number: &&str| words.binary_search(&format!("A{number}").as_str()).is_ok();
    wrong.extend(numbers.filter(|number| !is_named(number)).map(|number| format!("A{number} has no clause")));
    assert!(wrong.is_empty(), "book/src/dmsp-clauses.md: {wrong:#?}");
}
