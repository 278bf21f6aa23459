//! Dialogues as texts, in tests/transcripts: each is played as it stands, and again octet by octet.
//!
//! `UPDATE_GOLDEN=1 cargo test --test transcripts` rewrites what the server says, for review.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use maillab::link::preset;
use maillab::link::tariff::Tariff;
use maillab::scenario::Scenario;
use maillab::script::{self, DEFAULT_LINK, DEFAULT_TARIFF, Mode, Script, Setting};

fn setting() -> Setting {
    let scenario = Scenario::default();
    let link = preset::resolve(DEFAULT_LINK).unwrap();
    let tariff = Tariff::named(DEFAULT_TARIFF).unwrap();
    Setting::new(&scenario, scenario.mail().unwrap(), link, tariff).unwrap()
}

#[test]
fn every_dialogue_goes_as_it_is_written_in_whole_lines_and_octet_by_octet() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let whole = setting();
    let by_octet = Setting { by_octet: true, ..whole.clone() };
    let mut wrong = String::new();
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let script = Script::parse(&name, &fs::read(&path).unwrap()).unwrap();
        count += 1;
        if update {
            let played = script::play(&script, &whole, &BTreeMap::new(), Mode::Update).unwrap();
            fs::write(&path, played.updated.unwrap()).unwrap();
            continue;
        }
        for setting in [&whole, &by_octet] {
            match script::play(&script, setting, &BTreeMap::new(), Mode::Check) {
                Ok(played) => {
                    for failure in &played.failures {
                        wrong.push_str(&format!("\nby octet: {}\n{failure}\n", setting.by_octet));
                    }
                }
                Err(lesson) => wrong.push_str(&format!("{lesson}\n")),
            }
        }
    }
    assert!(count >= 7, "only {count} dialogues were found");
    assert!(wrong.is_empty(), "{wrong}");
}
