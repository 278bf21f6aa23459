//! Sessions at the prompt.

use super::*;
use crate::link::preset;
use crate::link::tariff::Tariff;
use crate::scenario::Scenario;
use crate::script::DEFAULT_TARIFF;

fn prompt() -> Prompt {
    let scenario = Scenario::default();
    let mail = scenario.mail().unwrap();
    let link = preset::resolve("v22bis-2400").unwrap();
    Prompt::new(Setting::new(&scenario, mail, link, Tariff::named(DEFAULT_TARIFF).unwrap()).unwrap())
}

#[track_caller]
pub(super) fn typed(lines: &[&str]) -> Prompt {
    let mut prompt = prompt();
    for line in lines {
        prompt.enter(line).unwrap();
    }
    prompt
}

fn events(prompt: &Prompt) -> u64 {
    prompt.hand().world().events()
}

const LOGIN: [&str; 4] = [":open pop3", "USER alice", "PASS secret", "STAT"];

#[test]
fn a_line_is_sent_as_typed_and_answered_with_time_bytes_and_cost() {
    let mut prompt = typed(&LOGIN);
    let said = prompt.enter("RETR 99").unwrap().text();
    assert!(said.starts_with("-ERR"), "{said}");
    assert!(said.contains(" 9 bytes up, ") && said.contains(" GBP"), "{said}");
    assert!(prompt.enter("::x\\").unwrap().text().starts_with("-ERR"));
    assert!(prompt.enter(":send 4E4F4F500D0A").unwrap().text().starts_with("+OK"));
}

#[test]
fn a_flag_that_is_typed_as_it_was_shown_is_understood() {
    let mut prompt = typed(&[":open imap", "a LOGIN alice secret"]);
    let said = prompt.enter("b SELECT INBOX").unwrap().text();
    assert!(said.contains("* FLAGS (\\Answered \\Flagged"), "{said}");
    let said = prompt.enter("c STORE 1 +FLAGS (\\Flagged)").unwrap().text();
    assert!(said.starts_with("* 1 FETCH (FLAGS (\\Flagged \\Recent))\nc OK"), "{said}");
}

#[test]
fn every_event_can_be_gone_back_to_and_from_there_it_goes_on_as_before() {
    let whole = typed(&LOGIN);
    let mut worlds = vec![];
    let mut prompt = whole.clone();
    let last = events(&prompt);
    for event in (0..=last).rev() {
        prompt.enter(&format!(":goto {event}")).unwrap();
        assert_eq!(events(&prompt), event);
        worlds.push(prompt.hand().world().clone());
    }
    for event in 0..=last {
        prompt.enter(&format!(":goto {event}")).unwrap();
        assert!(*prompt.hand().world() == worlds[(last - event) as usize], "event {event}");
    }
    assert!(prompt.hand().world() == whole.hand().world());
    prompt.enter(":back 3").unwrap();
    prompt.enter(":step 3").unwrap();
    assert!(prompt.hand().world() == whole.hand().world());
}

#[test]
fn what_is_typed_after_going_back_replaces_what_came_after() {
    let mut prompt = typed(&LOGIN[..3]);
    let before = events(&prompt);
    prompt.enter("STAT").unwrap();
    prompt.enter(&format!(":goto {before}")).unwrap();
    prompt.enter("NOOP").unwrap();
    let said = prompt.enter(":save x").unwrap().files.remove(0).1;
    assert!(said.contains("C: NOOP") && said.contains("S: +OK"), "{said}");
}

#[test]
fn a_fork_types_the_same_lines_over_another_link() {
    let mut prompt = typed(&[":open pop3 --link v22bis-2400", "USER alice", "PASS secret", "STAT"]);
    let diff = prompt.enter(":diff rate=28800,delay=100ms").unwrap().text();
    assert!(diff.contains("turns") && diff.contains("connected_s"), "{diff}");
    assert!(diff.lines().any(|line| line.starts_with("app_bytes_up") && !line.ends_with('*')), "{diff}");
    assert!(diff.lines().any(|line| line.starts_with("connected_s") && line.ends_with('*')), "{diff}");
    prompt.enter(":fork rate=28800,delay=100ms").unwrap();
    assert_eq!(prompt.hand().link().unwrap().name, "rate=28800,delay=100ms");
    assert!(prompt.enter("STAT").unwrap().text().starts_with("+OK 60"));
}

#[test]
fn why_state_bill_and_ladder_speak_of_what_happened() {
    let mut prompt = typed(&LOGIN);
    for (line, says) in [
        (":why", "RFC 1939 §5"),
        (":state", "TRANSACTION"),
        (":state", "legal now: QUIT STAT"),
        (":bill", "in all "),
        (":ladder 4", "bytes"),
        (":help lab", "maillab lab"),
        (":help", ":ladder [N | FILE.svg]"),
        (":help retr", "RETR msg (RFC 1939 §5)"),
        (":help :open", "--tariff"),
    ] {
        let said = prompt.enter(line).unwrap().text();
        assert!(said.contains(says), "{line}: {said}");
    }
    let said = typed(&[]).enter(":help noop").unwrap().text();
    assert!(said.contains("in pop3: NOOP") && said.contains("in imap: NOOP"), "{said}");
    assert!(typed(&[]).enter(":why").unwrap().text().contains(":open pop3"));
}

#[test]
fn a_slip_changes_nothing_and_says_what_was_meant() {
    let mut prompt = typed(&LOGIN);
    let world = prompt.hand().world().clone();
    for (line, says) in [
        (":opne pop3", "did you mean `:open`?"),
        (":bak", "did you mean `:back`?"),
        (":goto", ":goto N"),
        (":link v22bis", "v22bis"),
        (":use x", "no connection is called `x`"),
        (":fork nosuch", "nosuch"),
        (":help nosuch", "nosuch"),
    ] {
        let lesson = prompt.enter(line).unwrap_err().to_string();
        assert!(lesson.contains(says), "{line}: {lesson}");
        assert!(*prompt.hand().world() == world, "{line}");
    }
}

#[test]
fn nothing_of_the_lab_is_wider_than_a_screen_of_forty_columns() {
    let mut prompt = prompt();
    prompt.set_width(40);
    for line in [
        ":open pop3",
        "USER alice",
        ":why",
        ":state",
        ":bill",
        ":ladder 9",
        ":help",
        ":help :open",
        ":help pass",
        ":diff v34-28800:plain",
        ":back 3",
        ":until packet",
        ":pace 10x",
    ] {
        for shown in prompt.enter(line).unwrap().text().lines().filter(|shown| shown.contains(' ')) {
            let is_said = shown.starts_with("+OK") || shown.contains("said:");
            assert!(is_said || shown.chars().count() <= 40, "{line}: {shown}");
        }
    }
}

#[test]
fn the_ladder_is_drawn_into_a_file_and_labs_are_for_the_edge() {
    let mut prompt = typed(&LOGIN);
    let files = prompt.enter(":ladder all.svg").unwrap().files;
    assert_eq!(files[0].0, "all.svg");
    assert!(files[0].1.starts_with("<svg") && files[0].1.contains("SYN"), "{}", files[0].1);
    assert_eq!(prompt.enter(":lab list").unwrap().lab, Some(vec!["list".to_owned()]));
    assert!(prompt.enter(":goto 20").is_ok());
    assert!(prompt.enter(":ladder 3").unwrap().text().contains("under way"));
}

#[test]
fn until_goes_to_the_first_event_at_which_it_is_so_on_the_tape_and_beyond() {
    let whole = typed(&LOGIN);
    let mut prompt = whole.clone();
    for until in ["packet", "command", "answer"] {
        prompt.enter(":goto 9").unwrap();
        let awaited = crate::script::travel::Awaited::new(
            match until {
                "packet" => crate::script::command::Until::Packet,
                "command" => crate::script::command::Until::Command,
                _ => crate::script::command::Until::Answer,
            },
            prompt.hand(),
        );
        prompt.enter(&format!(":until {until}")).unwrap();
        assert!(awaited.is_there(prompt.hand()), "{until}");
        prompt.enter(":back").unwrap();
        assert!(!awaited.is_there(prompt.hand()), "{until}");
    }
    prompt.enter(":until quiet").unwrap();
    assert!(events(&prompt) >= events(&whole));
    assert!(prompt.enter(":until 1h").unwrap().text().contains("no such event"));
}

#[test]
fn what_is_shown_comes_at_its_moment_and_the_telephone_is_heard() {
    let mut prompt = prompt();
    let said = prompt.enter(":open pop3").unwrap();
    assert!(said.beats.is_sorted_by_key(|beat| beat.at));
    assert!(said.beats[0].text.contains("dialling over v22bis-2400"), "{said:?}");
    assert!(said.text().contains("packets can flow"));
    assert!(said.beats.last().unwrap().at > said.beats[0].at);
    let listed = {
        prompt.enter("USER alice").unwrap();
        prompt.enter("PASS secret").unwrap();
        prompt.enter("LIST").unwrap()
    };
    let moments: std::collections::BTreeSet<_> = listed.beats.iter().map(|beat| beat.at).collect();
    assert!(moments.len() > 1, "a list of 60 lines comes in more than one packet");
}

#[test]
fn a_script_is_played_as_if_it_were_typed() {
    let mut prompt = typed(&[":open pop3", "USER alice"]);
    let inner = (String::from("inner"), bytes::Bytes::from_static(b"C: STAT\nS: +OK 60 *\n"));
    let files = Arc::new(Files::from([inner]));
    let said = prompt.play("s", b"C: PASS secret\nS: +OK*\n:play inner\n:state\n:pace 1x\n", &files).unwrap();
    assert!(said.text().contains("TRANSACTION"), "{}", said.text());
    assert_eq!(prompt.pace(), Pace::Times(1));
    let wrong = prompt.play("s", b"C: STAT\nS: -ERR*\nC: QUIT\n", &files).unwrap().text();
    assert!(wrong.contains("expected: -ERR*") && !wrong.contains("QUIT"), "{wrong}");
    assert!(prompt.play("s", b"C: STAT\n:opne\n", &files).unwrap_err().to_string().contains("s:2"));
    let circle = Arc::new(Files::from([(String::from("s"), bytes::Bytes::from_static(b":play s\n"))]));
    assert!(prompt.play("s", b":play s\n", &circle).unwrap_err().to_string().contains("too deep"));
    // All of it is on the tape.
    prompt.enter(":back 5").unwrap();
    prompt.enter(":step 5").unwrap();
    assert!(prompt.enter("STAT").unwrap().text().contains("+OK 60 "));
}
