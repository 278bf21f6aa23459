//! Sessions at the prompt.

use super::*;
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
fn typed(lines: &[&str]) -> Prompt {
    let mut prompt = prompt();
    for line in lines {
        prompt.enter(line).unwrap();
    }
    prompt
}

const LOGIN: [&str; 4] = [":open pop3", "USER alice", "PASS secret", "STAT"];

#[test]
fn a_line_is_sent_as_typed_and_answered_with_time_bytes_and_cost() {
    let mut prompt = typed(&LOGIN);
    let said = prompt.enter("RETR 99").unwrap().text;
    assert!(said.starts_with("-ERR"), "{said}");
    assert!(said.contains(" 9 bytes up, ") && said.contains(" GBP"), "{said}");
    assert!(prompt.enter("::x\\").unwrap().text.starts_with("-ERR"));
    assert!(prompt.enter(":send 4E4F4F500D0A").unwrap().text.starts_with("+OK"));
}

#[test]
fn every_event_can_be_gone_back_to_and_from_there_it_goes_on_as_before() {
    let whole = typed(&LOGIN);
    let mut worlds = vec![];
    let mut prompt = whole.clone();
    let last = prompt.events();
    for event in (0..=last).rev() {
        prompt.enter(&format!(":goto {event}")).unwrap();
        assert_eq!(prompt.events(), event);
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
    let mut prompt = typed(&LOGIN);
    let before = prompt.tape[3].before.world().events();
    prompt.enter(&format!(":goto {before}")).unwrap();
    prompt.enter("NOOP").unwrap();
    let said = prompt.enter(":save x").unwrap().save.unwrap().1;
    assert!(said.contains("C: NOOP") && said.contains("S: +OK"), "{said}");
}

#[test]
fn a_fork_types_the_same_lines_over_another_link() {
    let mut prompt = typed(&[":open pop3 --link v22bis-2400", "USER alice", "PASS secret", "STAT"]);
    let diff = prompt.enter(":diff rate=28800,delay=100ms").unwrap().text;
    assert!(diff.contains("turns") && diff.contains("connected_s"), "{diff}");
    assert!(diff.lines().any(|line| line.starts_with("app_bytes_up") && !line.ends_with('*')), "{diff}");
    assert!(diff.lines().any(|line| line.starts_with("connected_s") && line.ends_with('*')), "{diff}");
    prompt.enter(":fork rate=28800,delay=100ms").unwrap();
    assert_eq!(prompt.hand().link().unwrap().name, "rate=28800,delay=100ms");
    assert!(prompt.enter("STAT").unwrap().text.starts_with("+OK 60"));
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
        (":help", ":ladder [N]"),
        (":help retr", "RETR msg (RFC 1939 §5)"),
        (":help :open", "--tariff"),
    ] {
        let said = prompt.enter(line).unwrap().text;
        assert!(said.contains(says), "{line}: {said}");
    }
    assert!(typed(&[]).enter(":why").unwrap().text.contains(":open pop3"));
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
