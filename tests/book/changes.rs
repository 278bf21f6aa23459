//! The page on what the user sees of a change: each dialogue is played, and its packets are drawn side by side.

use std::collections::BTreeMap;

use maillab::link::preset;
use maillab::link::tariff::Tariff;
use maillab::scenario::Scenario;
use maillab::script::{DEFAULT_TARIFF, Mode, Script, Setting, play};
use maillab::trace::ladder;

use crate::drawn::Drawing;

const DIALOGUES: [(&str, &str); 4] = [
    ("pop3", include_str!("changes/pop3.txt")),
    ("imap", include_str!("changes/imap.txt")),
    ("idle", include_str!("changes/idle.txt")),
    ("dmsp", include_str!("changes/dmsp.txt")),
];

/// Three messages of 1998.
const SCENARIO: &str = "format = \"maillab-scenario/1\"\nseed = 7\n[mailbox]\nperiod = \"1998\"\nmessages = 3\nattachments = \
                        0.0\n";

/// How many packets are drawn: those after both have logged in.
const PACKETS: usize = 24;

/// A ladder for each protocol. What the page says a server says, it has said: the dialogues expect it.
pub fn drawings() -> Vec<Drawing> {
    let scenario = Scenario::read("three messages", SCENARIO.as_bytes()).unwrap();
    let link = preset::resolve("isdn-64k").unwrap();
    let tariff = Tariff::named(DEFAULT_TARIFF).unwrap();
    let setting = Setting::new(&scenario, scenario.mail().unwrap(), link, tariff).unwrap();
    let drawn = |(name, text): &(&str, &str)| {
        let script = Script::parse(name, text.as_bytes()).unwrap();
        let played = play(&script, &setting, &BTreeMap::new(), Mode::Check).unwrap();
        assert!(played.failures.is_empty(), "{name}: {:?}", played.failures);
        let world = played.hand.world();
        let mut places: Vec<(String, usize)> = Vec::new();
        for (conn, place) in world.conns().iter().zip(["home", "office"]) {
            places.push((place.to_owned(), conn.workstation));
        }
        let mut ladders = ladder::side_by_side(world, &places, PACKETS);
        ladders.heading.title = format!("What home sees of what the office does: {}", name.to_uppercase());
        (format!("changes-{name}.svg"), ladders.svg())
    };
    DIALOGUES.iter().map(drawn).collect()
}
