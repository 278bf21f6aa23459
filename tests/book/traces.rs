//! What the pages on traces and replays show: made here, from the golden traces and from runs.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use maillab::compare::{Comparison, Options};
use maillab::link::preset;
use maillab::link::tariff::Tariff;
use maillab::scenario::built_in;
use maillab::strategy;
use maillab::trace::replay::report::{self, How, Session};
use maillab::trace::replay::{Doubt, Plan, Replayed};
use maillab::trace::{HeadKey, Trace, diff, explain, show};

use super::drawn::{Block, Drawing};

fn golden(name: &str) -> Trace {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("traces").join(name);
    Trace::parse(&fs::read_to_string(path).unwrap().replace("\r\n", "\n"), name).unwrap()
}

fn text(shown: &str) -> String {
    format!("```text\n{}\n```", shown.trim_end())
}

fn lines(shown: &str, from: usize, count: usize) -> String {
    text(&shown.lines().skip(from).take(count).collect::<Vec<_>>().join("\n"))
}

/// A trace of a strategy of the scenario `little-mail` over a link.
fn recorded(name: &str, link: &str) -> (Trace, Comparison) {
    let scenario = built_in("little-mail").unwrap();
    let mail = scenario.mail().unwrap();
    let links = vec![preset::resolve(link).unwrap()];
    let row = strategy::named(name).unwrap();
    let comparison = Comparison::new(&scenario, mail, vec![row], links, vec![], Options::default()).unwrap();
    let (_, world) = comparison.run_recorded(0).unwrap();
    let trace = Trace::of(&world, 0).with(HeadKey::Scenario, "little-mail").with(HeadKey::Strategy, name);
    (trace, comparison)
}

/// The blocks of the two pages, and their drawings.
pub fn blocks() -> (Vec<Block>, Vec<Drawing>) {
    let (pop3, imap) = (golden("pop3/fetch-and-delete.trace"), golden("imap/choose-and-file.trace"));
    let explained = explain::explain(&imap, 96);
    let fetch = explained.lines().position(|line| line.contains("a003 FETCH")).unwrap() - 1;
    let pop = recorded("pop3-top-then-retr", RECORDED).0;
    let (trace, comparison) = recorded("imap-headers-first", RECORDED);
    let table = diff::diff([&pop, &trace], ["pop3-top-then-retr", "imap-headers-first"].map(str::to_owned));

    let links: Vec<_> = OVER.iter().map(|name| Arc::new(preset::resolve(name).unwrap())).collect();
    let plan = Plan::new(&trace).unwrap();
    let replayed: Vec<Replayed> = links.iter().map(|link| plan.over(Arc::clone(link))).collect();
    let sessions: Vec<Session<'_>> = OVER
        .iter()
        .zip(&replayed)
        .map(|(link, replayed)| Session {
            link,
            how: How::Replay,
            world: &replayed.world,
            doubts: &replayed.doubts,
        })
        .collect();
    let tariff = Tariff::named("bt-local-1997").unwrap().clone();
    let title = format!("imap-headers-first, recorded over {RECORDED}, replayed");
    let shown = report::table(title.clone(), &sessions, &[tariff], comparison.start);
    let chart = report::chart(title, &sessions, &shown.notes).svg();
    let blocks = vec![
        ("trace-format", lines(&pop3.to_text(), 0, 14)),
        ("trace-show", lines(&show::plain(&pop3, 90), 4, 14)),
        ("trace-ladder", lines(&pop3.ladder().text(72), 0, 14)),
        ("trace-explain", lines(&explained, fetch, 40)),
        ("trace-diff", text(&table.to_text(Some(110)))),
        ("replay-table", text(&shown.to_text(Some(110)))),
        ("replay-doubts", doubts()),
    ];
    (blocks, vec![("ladder.svg".to_owned(), pop3.ladder().svg()), ("replay.svg".to_owned(), chart)])
}

const RECORDED: &str = "v34-28800:plain";
const OVER: [&str; 4] = ["v22bis-2400:plain", RECORDED, "isdn-64k:plain", "vsat-geo:plain"];

/// One of each kind, in its own words.
fn doubts() -> String {
    use maillab::desk::Service;
    use maillab::time::Duration;
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let known = [
        Doubt::IdleTimer(Service::Pop3, minutes(12), minutes(10)),
        Doubt::LoginTimer(Service::Imap, minutes(4)),
        Doubt::LineDrops,
        Doubt::Chance,
        Doubt::Visits,
        Doubt::Deadlines,
        Doubt::Polls("NOOP".to_owned(), 3),
        Doubt::ActsOnAPart(17),
        Doubt::ServerSpeaksFirst(9),
        Doubt::Unfinished(2),
        Doubt::Units(
            "a unit limit of bt-local-1997 is reached elsewhere: 7 min are bought here, 3 min on the recorded link; a \
             user who watches the units would have chosen otherwise"
                .to_owned(),
        ),
    ];
    let row = |doubt: &Doubt| format!("| `{}` | {doubt} |", doubt.word());
    let rows: Vec<String> = known.iter().map(row).collect();
    format!("| word | reason, for example |\n|---|---|\n{}", rows.join("\n"))
}
