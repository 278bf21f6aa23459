//! Scripts that are played whole.

use std::collections::BTreeMap;

use super::*;
use crate::link::preset;

fn setting() -> Setting {
    let scenario = Scenario::default();
    let mail = scenario.mail().unwrap();
    let link = preset::resolve("rate=28800,delay=100ms").unwrap();
    Setting::new(&scenario, mail, link, Tariff::named(DEFAULT_TARIFF).unwrap()).unwrap()
}

#[track_caller]
fn played(text: &str) -> Played {
    let script = Script::parse("s.txt", text.as_bytes()).unwrap();
    play(&script, &setting(), &BTreeMap::new(), Mode::Check).unwrap()
}

#[track_caller]
fn failures(text: &str) -> String {
    played(text).failures.iter().map(|lesson| format!("{lesson}\n")).collect()
}

const LOGIN: &str = ":open pop3\nS: +OK *\nC: USER alice\nS: +OK*\nC: PASS secret\nS: +OK*\n";

#[test]
fn a_met_dialogue_has_no_failures_and_a_transcript_that_is_a_script_again() {
    let text =
        format!("{LOGIN}C: RETR 1\nS: +OK*\nS.. 5\nC: QUIT\nS: +OK*\n:expect turns = 4 and calls = 1\n");
    let first = played(&text);
    assert_eq!(first.failures, []);
    let transcript = first.transcript.to_text(&setting().tariff);
    let again = played(&transcript);
    assert_eq!(again.failures, [], "{transcript}");
    assert_eq!(again.transcript.to_text(&setting().tariff), transcript);
    assert_eq!(again.metrics, first.metrics);
}

#[test]
fn the_first_difference_is_shown_side_by_side_and_ends_the_run() {
    let shown = failures(&format!("{LOGIN}C: STAT\nS: +OK 7 *\nC: QUIT\nS: -ERR\n"));
    assert!(shown.contains("s.txt:8") && shown.contains("expected: +OK 7 *"), "{shown}");
    assert!(shown.contains("     got: +OK 60 "), "{shown}");
    assert_eq!(shown.matches("error:").count(), 1, "{shown}");
}

#[test]
fn silence_and_a_closed_connection_are_told_apart() {
    assert!(failures(&format!("{LOGIN}S: +OK\n")).contains("no more to say"));
    assert!(failures(&format!("{LOGIN}C: QUIT\nS: +OK*\nS: +OK\n")).contains("closed"));
    assert!(failures(&format!("{LOGIN}C- STA\nS: +OK\n")).contains("no more to say"));
}

#[test]
fn all_figures_that_are_not_as_expected_are_named() {
    let shown = failures(&format!("{LOGIN}:expect turns <= 1 and calls = 1 and app_bytes_up = 0\n"));
    assert!(shown.contains("got: turns = 2") && shown.contains("got: app_bytes_up = 25"), "{shown}");
    assert_eq!(shown.matches("error:").count(), 2, "{shown}");
}

#[test]
fn two_lines_in_a_row_leave_together() {
    let text = ":open pop3\nS: +OK*\nC: USER alice\nC: PASS secret\nS: +OK*\nS: +OK*\n:expect turns = 1\n";
    assert_eq!(failures(text), "");
}

#[test]
fn connections_have_names_and_see_each_other() {
    let text = ":open a=imap\na S: \\* OK*\na C: 1 LOGIN alice secret\na S: 1 OK*\na C: 2 SELECT INBOX\n\
                a S..\na S: 2 OK*\n:deliver\na C: 3 NOOP\na S: \\* 61 EXISTS\na S..\na S: 3 OK*\n\
                :open b=pop3\nb S: +OK*\n:use a\nC: 4 LOGOUT\nS: \\* BYE*\nS: 4 OK*\n:close b\n";
    assert_eq!(failures(text), "");
}

#[test]
fn a_dropped_line_is_noticed_and_the_next_call_has_another_link() {
    let text = format!("{LOGIN}:drop\n:link v22bis-2400\n{LOGIN}:expect calls = 1\n");
    let script = Script::parse("s", text.as_bytes()).unwrap();
    // The old connection still holds the maildrop's lock until the server notices.
    let played = play(&script, &setting(), &BTreeMap::new(), Mode::Check).unwrap();
    assert_eq!(played.hand.link().unwrap().name, "v22bis-2400");
    assert!(played.transcript.to_text(&setting().tariff).contains(":drop\n"));
}

#[test]
fn what_cannot_be_done_is_a_lesson_with_its_line() {
    for (text, says) in [
        ("C: STAT\n", "no connection is open"),
        ("x C: STAT\n", "no connection is called `x`"),
        (":open pop3\n:link v22bis-2400\n", "its link cannot be changed"),
        (":open pop3\n:hangup\nC: STAT\n", "cannot be done"),
    ] {
        let script = Script::parse("s.txt", text.as_bytes()).unwrap();
        let lesson = play(&script, &setting(), &BTreeMap::new(), Mode::Check).unwrap_err().to_string();
        assert!(lesson.contains(says) && lesson.contains("--> s.txt:"), "{lesson}");
    }
}

#[test]
fn a_rewritten_script_is_met_and_rewriting_it_again_changes_nothing() {
    let text = format!(
        "# kept\n{LOGIN}C: STAT\nS: +OK 7 *\nC: LIST\nS: -ERR\nC: NOOP\nS: +OK*\nS: more\nC: QUIT\nS: nothing\n"
    );
    let script = Script::parse("s", text.as_bytes()).unwrap();
    let update =
        |script: &Script| play(script, &setting(), &BTreeMap::new(), Mode::Update).unwrap().updated.unwrap();
    let updated = update(&script);
    assert!(updated.starts_with("# kept\n:open pop3\nS: +OK *\n"), "{updated}");
    assert!(updated.contains("C: STAT\nS: +OK 60 ") && !updated.contains("more"), "{updated}");
    assert!(updated.contains("S..\nC: NOOP"), "{updated}");
    assert_eq!(failures(&updated), "");
    assert_eq!(update(&Script::parse("s", updated.as_bytes()).unwrap()), updated);
}

#[test]
fn octet_by_octet_the_dialogue_is_the_same() {
    let text = format!("{LOGIN}C: TOP 1 3\nS: +OK*\nS.. 5\nC: QUIT\nS: +OK*\n");
    let script = Script::parse("s", text.as_bytes()).unwrap();
    let by_octet = Setting { by_octet: true, ..setting() };
    let cut = play(&script, &by_octet, &BTreeMap::new(), Mode::Check).unwrap();
    assert_eq!(cut.failures, []);
    assert_eq!(cut.hand.world().journal().commands.len(), 4);
}

/// Two workstations, each over a line of its own: what one does, the other hears of, and both are seen side by side.
#[test]
fn lines_name_the_workstation_and_the_ladder_shows_them_side_by_side() {
    let played = played(
        ":open imap --at home --link v22bis-2400:plain\nS: * OK *\nC: h1 LOGIN alice secret\nS: h1 OK *\n\
         C: h2 SELECT INBOX\nS.. 5\nS: h2 OK *\n\
         :open imap --at office --link isdn-64k:plain\noffice S: * OK *\noffice C: o1 LOGIN alice secret\n\
         office S: o1 OK *\noffice C: o2 SELECT INBOX\noffice S.. 5\noffice S: o2 OK *\n\
         office C: o3 STORE 2 +FLAGS (\\\\Flagged)\noffice S: * 2 FETCH *\noffice S: o3 OK *\n\
         home C: h3 NOOP\nhome S: * 2 FETCH (FLAGS (*\\\\Flagged*\nhome S: h3 OK *\n:ladder 6\n:state\n",
    );
    assert_eq!(played.failures, []);
    let hand = &played.hand;
    let names: Vec<&str> = hand.chairs().iter().map(|chair| chair.name.as_str()).collect();
    assert_eq!(names, ["home", "office"]);
    let links: Vec<&str> =
        hand.world().workstations().iter().map(|place| place.link().name.as_str()).collect();
    assert_eq!(links, ["v22bis-2400", "isdn-64k:plain"]);
    assert!(
        hand.world().journal().calls.iter().all(|call| call.ended.is_some()),
        "whoever leaves ends all calls"
    );
    let text = played.transcript.to_text(hand.tariff());
    assert!(text.contains("home, v22bis-2400") && text.contains("office, isdn-64k:plain"), "{text}");
    let again =
        play(&Script::parse("again", text.as_bytes()).unwrap(), &setting(), &Files::new(), Mode::Check);
    assert_eq!(again.unwrap().failures, [], "{text}");
}

#[test]
fn behind_compress_a_person_types_and_reads_text_and_deflate_crosses() {
    let login = ":open imap\nS: \\* OK*\nC: 1 LOGIN alice secret\nS: 1 OK*\n";
    let fetch = "C: 3 SELECT INBOX\nS..\nS: 3 OK*\nC: 4 FETCH 1:9 BODY.PEEK[]\nS..\nS: 4 OK*\nC: 5 LOGOUT\nS: \\* BYE*\nS: 5 OK*\n";
    let down = |middle: &str| {
        let played = played(&format!("{login}{middle}{fetch}"));
        assert_eq!(played.failures, [], "{middle}");
        played.metrics.app_bytes.down
    };
    let (plain, deflated) = (down(""), down("C: 2 COMPRESS DEFLATE\nS: 2 OK*\n"));
    assert!(deflated * 2 < plain, "{deflated} against {plain}");
    let refused = down("C: 2 COMPRESS LZW\nS: 2 *\nC: x NOOP\nS: x OK*\n");
    assert!(refused > plain, "a compressor that the server has not changes nothing");
}
