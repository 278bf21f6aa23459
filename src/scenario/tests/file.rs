//! Scenario files: what they can say, and what is said about them.

use super::super::*;
use crate::link::call::CallPlan;
use crate::time::Duration;

const HEAD: &str = "format = \"maillab-scenario/1\"\n";

fn read(rest: &str) -> Result<Scenario, Lesson> {
    Scenario::read("s.toml", format!("{HEAD}{rest}").as_bytes())
}

fn reader(line: &str) -> Result<Habits, Lesson> {
    read(&format!("[reader]\n{line}\n")).map(|scenario| scenario.habits)
}

#[test]
fn every_key_of_the_format_is_understood() {
    let scenario = read(
        "seed = 7\nstart = 1997-12-24T18:30:00\n[mailbox]\nperiod = \"1994\"\nmessages = 9\nattachments = 0.25\n\
         mean_bytes = 4000\norder = \"largest-first\"\n[reader]\nreads = 0.5\nopens = \"text\"\nthink_s = 1.5\n\
         think_s_per_kB = 0.25\nanswers = [2, 4]\nanswer_bytes = 900\nwrite_s = 60\ndeletes = \"all\"\nvisits = 3\n\
         every = \"1.5h\"\nworkstations = 1\n[run]\nstrategies = [\"pop3-leave-uidl\"]\nlinks = [\"v34-28800:plain\"]\n\
         tariffs = [\"bt-local-1997\"]\n",
    )
    .unwrap();
    let habits = Habits {
        reads: Choice::Share(0.5),
        opens: Opens::Text,
        think: Duration::from_millis(1500),
        think_per_kb: Duration::from_millis(250),
        answers: Choice::Numbers([2, 4].into()),
        answer_octets: 900,
        write: Duration::from_secs(60),
        deletes: Deletes::All,
        visits: 3,
        every: Duration::from_secs(5400),
        redials: REDIALS,
        redial_pause: REDIAL_PAUSE,
    };
    assert_eq!(
        scenario,
        Scenario {
            neighbours: vec![],
            branch: None,
            name: "s.toml".into(),
            seed: 7,
            start: Timestamp::from_civil(jiff::civil::date(1997, 12, 24).at(18, 30, 0, 0), 0),
            mailbox: MailSource::Generated {
                period: "1994".into(),
                messages: 9,
                attachments: Some(0.25),
                size: Size::Mean(4000),
                attached: None,
            },
            order: Order::LargestFirst,
            boards: vec![],
            habits,
            calls: CallPlan::default(),
            strategies: vec!["pop3-leave-uidl".into()],
            links: vec!["v34-28800:plain".into()],
            tariffs: vec!["bt-local-1997".into()],
        }
    );
}

#[test]
fn an_empty_file_is_the_standard_scenario() {
    assert_eq!(read("").unwrap(), Scenario { name: "s.toml".into(), ..Scenario::default() });
    let path = read("[mailbox]\npath = \"INBOX.mbox\"\n").unwrap();
    assert_eq!(path.mailbox, MailSource::Path("INBOX.mbox".into()));
    assert!(path.mail().unwrap_err().to_string().contains("INBOX.mbox"));
}

#[test]
fn messages_are_chosen_by_share_count_number_or_subject() {
    for (line, reads) in [
        ("reads = 1", Choice::Share(1.0)),
        ("reads = 0", Choice::Share(0.0)),
        ("reads = 0.3", Choice::Share(0.3)),
        ("reads = [3, 1]", Choice::Numbers([1, 3].into())),
        ("reads = { subject = \"Report\" }", Choice::Subject("Report".into())),
    ] {
        assert_eq!(reader(line).unwrap().reads, reads, "{line}");
    }
    for (line, answers) in [
        ("answers = 1", Choice::Count(1)),
        ("answers = 4", Choice::Count(4)),
        ("answers = 1.0", Choice::Share(1.0)),
        ("answers = []", Choice::Numbers([].into())),
    ] {
        assert_eq!(reader(line).unwrap().answers, answers, "{line}");
    }
}

#[test]
fn a_misspelt_key_is_shown_with_its_place_and_the_one_that_was_meant() {
    let shown = reader("tihnk_s = 3").unwrap_err().to_string();
    assert!(shown.starts_with("error: there is no key `tihnk_s` here\n  --> s.toml:3\n"), "{shown}");
    assert!(shown.contains("\n 3 | tihnk_s = 3\n   | ^^^^^^^ "), "{shown}");
    assert!(shown.ends_with("hint: did you mean `think_s`?"), "{shown}");
}

#[test]
fn each_value_out_of_its_range_is_refused_at_its_place() {
    for (line, says) in [
        ("reads = 2", "which messages"),
        ("reads = -0.1", "which messages"),
        ("reads = [0]", "which messages"),
        ("reads = { subjcet = \"x\" }", "which messages"),
        ("answers = -1", "which messages"),
        ("answers = true", "which messages"),
        ("think_s = -1", "this number"),
        ("answer_bytes = 10", "400 to"),
        ("deletes = \"reed\"", "did you mean `read`"),
        ("opens = \"nothing\"", "all, text"),
        ("visits = 0", "1 to 10000"),
        ("every = \"24\"", "24h"),
        ("every = \"h\"", "24h"),
        ("every = \"99999999999999h\"", "24h"),
        ("workstations = 2", "one workstation"),
    ] {
        let lesson = reader(line).unwrap_err();
        assert!(lesson.to_string().contains(says), "{line}: {lesson}");
        let place = lesson.place().unwrap();
        assert_eq!((place.line, place.column), (Some(3), line.find("= ").unwrap() + 2), "{line}: {lesson}");
    }
}

#[test]
fn a_mailbox_is_one_thing() {
    for (lines, says) in [
        ("period = \"1998\"", "which mailbox"),
        ("messages = 3", "which mailbox"),
        ("embedded = false", "which mailbox"),
        ("path = \"a\"\nembedded = true", "not both"),
        ("path = \"a\"\nperiod = \"1998\"", "`path` or `period`"),
        ("embedded = true\nmessages = 3", "as it is"),
        ("period = \"1998\"\nmessages = 3\nattachments = 1.5", "is a share"),
        ("period = \"1998\"\nmessages = 3\nmean_bytes = 4000\nexact_bytes = 4000", "not both"),
        ("period = \"1998\"\nmessages = 3\nexact_bytes = 1", "out of range"),
        ("period = \"1998\"\nmessages = 2000000", "out of range"),
        ("period = \"1889\"\nmessages = 3", "1889"),
    ] {
        let lesson = read(&format!("[mailbox]\n{lines}\n")).unwrap_err();
        assert!(lesson.to_string().contains(says), "{lines}: {lesson}");
        assert!(lesson.place().is_some_and(|place| place.line.is_some()), "{lines}: {lesson}");
    }
}

#[test]
fn other_mistakes_are_explained_too() {
    for (text, says) in [
        ("start = \"yesterday\"", "1998-03-02T20:00:00"),
        ("start = 1998-03-02", "1998-03-02T20:00:00"),
        ("seed = -1", "s.toml:2"),
        ("[run]\nstrategies = [\"pop3-leave-uild\"]", "did you mean `pop3-leave-uidl`"),
        ("[run]\nlinks = [\"v34-2880:plain\"]", "s.toml:3"),
        ("[run]\nlinks = [\"pactor1\"]", "carries no IP"),
        ("[run]\ntariffs = [\"bt-local-1979\"]", "did you mean `bt-local-1997`"),
        ("[runs]\nlinks = []", "did you mean `run`"),
        ("[reader", "s.toml:2"),
    ] {
        let lesson = read(text).unwrap_err().to_string();
        assert!(lesson.contains(says), "{text}: {lesson}");
    }
    assert!(Scenario::read("s.toml", b"seed = 1\n").unwrap_err().to_string().contains("maillab-scenario/1"));
    assert!(Scenario::read("s.toml", b"\xff").is_err());
}

#[test]
fn the_start_may_name_its_zone() {
    let start = |text: &str| read(&format!("start = {text}\n")).unwrap().start;
    assert_eq!(
        start("1998-03-02T21:00:00+01:00"),
        Timestamp { offset_minutes: 60, ..Timestamp::DEFAULT_START }
    );
    assert_eq!(start("\"1998-03-02T20:00:00\""), Timestamp::DEFAULT_START);
}

#[test]
fn a_branch_has_people_and_its_mail_waits_in_maildrops_and_in_the_queue() {
    let scenario =
        read("[mailbox]\nperiod = \"1998\"\nmessages = 5\n[branch]\npeople = 3\nfor_all = 2\n").unwrap();
    assert_eq!(scenario.branch, Some(Branch { people: 3, for_all: 2 }));
    let prepared = Prepared::new(&scenario, scenario.mail().unwrap()).unwrap();
    let (store, people) = (&prepared.store, &prepared.account.people);
    let count = |name: &String| {
        let inbox = store.inbox(store.user(name.as_bytes()).unwrap()).unwrap();
        store.mailbox(inbox).unwrap().entries.len()
    };
    assert_eq!(people.iter().map(count).collect::<Vec<_>>(), [3, 3, 3], "two for all, one of one's own");
    assert_eq!(store.queue().waiting_for(|domain| domain == "branch.example"), 5);
    for bad in ["people = 0", "people = 1001", "people = 3\nfor_all = -1", "for_all = 1", "peple = 2"] {
        assert!(read(&format!("[branch]\n{bad}\n")).is_err(), "{bad}");
    }
    assert!(read("[reader]\nvisits = 2\n[branch]\npeople = 3\n").is_err());
}
