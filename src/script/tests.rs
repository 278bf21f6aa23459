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

#[test]
fn a_line_that_nobody_dials_costs_nothing_by_a_tariff_for_calls() {
    for (link, is_free) in [("lan-10m", true), ("v22bis-2400:plain", false)] {
        let played = played(&format!(":open imap --at office --link {link}\nS: * OK *\n:bill\n"));
        assert_eq!(played.failures, []);
        assert_eq!(played.hand.bill().total() == crate::units::Money::ZERO, is_free, "{link}");
        let text = played.transcript.to_text(played.hand.tariff());
        assert_eq!(text.contains("this line is always there"), is_free, "{text}");
    }
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

#[test]
fn etrn_brings_the_branch_s_mail_over_the_same_call_and_turn_over_the_same_connection() {
    let etrn = ":open smtp --with etrn\n:deliver user1@branch.example\n:deliver user2@branch.example\nS: 220*\nC: EHLO \
                branch.example\nS: 250*\nS..\nC: ETRN branch.example\nS: 253 * 2 pending *\n:accept\nC: QUIT\nS: 221*\n";
    let turn = ":open smtp --with turn\n:deliver user1@branch.example\nS: 220*\nC: HELO branch.example\nS: 250*\nC: \
                TURN\nS: 250*\n:accept\n";
    for (text, messages, conns) in [(etrn, 2, 2), (turn, 1, 1)] {
        let played = played(text);
        assert_eq!(played.failures, []);
        assert_eq!(played.hand.messages_at_home(), messages, "{text}");
        assert_eq!(played.hand.world().store().queue().len(), 0);
        assert_eq!((played.hand.world().conns().len(), played.metrics.calls), (conns, 1));
        let told = played.transcript.to_text(&setting().tariff);
        assert!(
            told.contains("#  we: 220 mail.branch.example") && told.contains("#  they: EHLO mail.example"),
            "{told}"
        );
    }
}

#[test]
fn who_hangs_up_before_the_other_host_is_done_leaves_the_mail_there() {
    let text = ":open smtp --with etrn\n:deliver user1@branch.example\nS: 220*\nC: EHLO branch.example\nS: 250*\nS..\nC: \
                ETRN branch.example\nS: 253*\n:drop\n";
    let played = played(text);
    assert_eq!((played.hand.messages_at_home(), played.hand.world().store().queue().len()), (0, 1));
}

#[test]
fn a_server_is_told_what_it_has_and_has_not() {
    let without =
        played(":open smtp --without pipelining,chunking\nS: 220*\nC: EHLO here\nS: 250-*\nS: 250-ENH*\n");
    assert_eq!(without.failures, []);
    let again = played(
        ":open smtp --without size\nS: 220*\nC: QUIT\nS: 221*\n:open smtp\nS: 220*\nC: EHLO x\nS: 250-*\nS: 250-PIPELINING\nS~ .\nS~ .\nS~ .\nS~ .\nS~ .\nS~ SIZE\n",
    );
    assert_eq!(again.failures, [], "the next one is as usual");
    let quirk = played(":open pop3 --with accept-bare-lf\nS: +OK*\nC- USER alice\\n\nS: +OK*\n");
    assert_eq!(quirk.failures, []);
    let anonymous =
        played(":open pop3 --with anonymous,external\nS: +OK*\nC: AUTH EXTERNAL =\nS: +OK alice's*\n");
    assert_eq!(anonymous.failures, []);
}

#[test]
fn tls_is_counted_from_the_word_on_which_it_begins_and_the_session_goes_on_within() {
    let clear = played(&format!("{LOGIN}C: QUIT\nS: +OK*\n")).metrics;
    let login = "C: USER alice\nS: +OK*\nC: PASS secret\nS: +OK*\nC: QUIT\nS: +OK*\n";
    let stls = format!(":open pop3 --with stls\nS: +OK*\nC: STLS\nS: +OK begin*\n{login}");
    let at_once = format!(":open pop3 --with tls\nS: +OK*\n{login}");
    let in_1999 = format!(":open pop3 --with stls,tls-1.0\nS: +OK*\nC: STLS\nS: +OK begin*\n{login}");
    let [stls, at_once, in_1999] = [stls, at_once, in_1999].map(|text| {
        let played = played(&text);
        assert_eq!(played.failures, [], "{text}");
        played.metrics
    });
    // Three lines and the handshake go up: 308 octets and 22 a record; STLS itself is in clear.
    assert_eq!(stls.app_bytes.up, clear.app_bytes.up + 6 + 308 + 3 * 22);
    assert_eq!(at_once.app_bytes.up, clear.app_bytes.up + 308 + 3 * 22);
    // More for the handshake, one more to ask for it; and in 1999 the client waits twice for the server's flights.
    let trips = [clear, at_once, stls].map(|metrics| metrics.round_trips);
    assert!(trips.is_sorted_by(|one, next| one < next), "{trips:?}");
    assert!(in_1999.turns == stls.turns + 1 && stls.turns == clear.turns + 2);
}

#[test]
fn starttls_works_for_imap_and_smtp_too() {
    for (text, says) in [
        (
            ":open imap --with starttls\nS: *\nC: a STARTTLS\nS: a OK*\nC: b LOGIN alice secret\nS: b OK*\n",
            "TLS 1.3",
        ),
        (
            ":open smtp --with starttls\nS: 220*\nC: EHLO x\nS: 250*\nS..\nC: STARTTLS\nS: 220*\nC: EHLO x\nS: 250*\nS..\n",
            "TLS 1.3",
        ),
        (":open imap --with tls\nS: * OK*\nC: b LOGIN alice secret\nS: b OK*\n", "TLS 1.3"),
    ] {
        let played = played(text);
        assert_eq!(played.failures, [], "{text}");
        assert!(played.transcript.to_text(&setting().tariff).contains(says), "{text}");
    }
}

#[test]
fn every_mechanism_can_be_used_by_hand() {
    for how in ["apop", "plain", "cram-md5", "digest-md5", "scram-sha-1", "scram-sha-256"] {
        let text = format!(":open pop3\nS: +OK*\n:auth {how} alice secret\nC: STAT\nS: +OK 60 *\n");
        assert_eq!(played(&text).failures, [], "{how}");
        let wrong = format!(":open pop3\nS: +OK*\n:auth {how} alice wrong\nC: STAT\nS: -ERR*\n");
        assert_eq!(played(&wrong).failures, [], "{how}");
    }
    let signed = played(
        ":open pop3\nS: +OK*\n:auth digest-md5 alice secret --sign\nC: STAT\nS: +OK 60 *\nC: RETR 1\nS: +OK*\nS.. 5\n",
    );
    assert_eq!(signed.failures, []);
    let plain = played(
        ":open pop3\nS: +OK*\n:auth digest-md5 alice secret\nC: STAT\nS: +OK 60 *\nC: RETR 1\nS: +OK*\nS.. 5\n",
    );
    let more = signed.metrics.app_bytes.up - plain.metrics.app_bytes.up;
    // Two buffers of twenty octets more, and `qop=auth-int` in place of `qop=auth` in the response, in base64.
    assert!((40..=48).contains(&more), "{more}");
    for (open, stat) in [
        (":open imap\nS: *\n", "C: a SELECT INBOX\nS..\nS: a OK*\n"),
        (":open smtp --with auth\nS: 220*\nC: EHLO x\nS: 250*\nS..\n", "C: AUTH PLAIN\nS: 503*\n"),
    ] {
        let text = format!("{open}:auth scram-sha-256 alice secret\n{stat}");
        let played = played(&text);
        assert_eq!(played.failures, [], "{text}");
    }
}

#[test]
fn a_trace_says_who_opened_a_connection_and_is_played_again() {
    let text = ":open smtp --with etrn\n:deliver user1@branch.example\nS: 220*\nC: EHLO branch.example\nS: 250*\nS..\nC: \
                ETRN branch.example\nS: 253*\n:accept\nC: QUIT\nS: 221*\n";
    let trace = played(text).hand.trace();
    let written = trace.to_text();
    assert_eq!(written.matches("smtp/1 S> ").count() > 0, written.contains("\nopen "), "{written}");
    let opened = written.lines().find(|line| line.starts_with("open ") && line.contains(" smtp/1 "));
    assert!(opened.is_some_and(|line| line.contains(" S> ")), "{written}");
    assert_eq!(crate::trace::Trace::parse(&written, "t").unwrap(), trace);
    let plan = crate::trace::replay::Plan::new(&trace).unwrap();
    let again = plan.over(setting().link);
    assert_eq!(crate::trace::Trace::of(&again.world, 0).lines, trace.lines);
    let slow = plan.over(Arc::new(preset::resolve("v22bis-2400").unwrap()));
    assert_eq!(slow.world.conns().len(), 2);
    assert!(
        slow.doubts.iter().all(|doubt| !format!("{doubt:?}").contains("Unfinished")),
        "{:?}",
        slow.doubts
    );
}
