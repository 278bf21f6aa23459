//! Each setting and each limit: the last value that is good, and the first that is not.

use super::*;
use crate::time::Duration;

fn with(change: impl Fn(&mut DmspSettings), text: &str) -> Lab {
    let mut settings = DmspSettings::default();
    change(&mut settings);
    let text = format!("{OFFICE}{text}");
    dialogue(&Dialogue { store: &with_mail(3), text: &text, burst: false }, || Dmsp::new(settings.clone()))
}

#[test]
fn clients_mailboxes_addresses_and_subscriptions_are_counted() {
    with(
        |settings| settings.limits.clients_per_user = 2,
        r"
        C: CREATE-CLIENT second
        S: 200 <*>
        C: CREATE-CLIENT third
        S: 402 <*>
        C: DELETE-CLIENT second
        S: 200 <*>
        C: CREATE-CLIENT third
        S: 200 <*>
        S2: 200 <*>
        C2: LOGIN fred fred-password fourth 1 0
        S2: 402 <*>
        C2: LOGIN fred fred-password third 1 0
        S2: 200 <*>
        ",
    );
    with(
        |settings| settings.limits.mailboxes_per_user = 2,
        r"
        C: CREATE-MAILBOX second
        S: 200 <*>
        C: CREATE-MAILBOX third
        S: 402 <*>
        C: CREATE-BBOARD-MAILBOX third
        S: 402 <*>
        ",
    );
    with(
        |settings| settings.limits.addresses_per_mailbox = 2,
        r"
        C: CREATE-ADDRESS fred second
        S: 200 <*>
        C: CREATE-ADDRESS fred third
        S: 402 <*>
        C: DELETE-ADDRESS fred second
        S: 200 <*>
        C: CREATE-ADDRESS fred third
        S: 200 <*>
        ",
    );
    with(
        |settings| settings.limits.subscriptions_per_user = 1,
        r"
        C: CREATE-BBOARD-MAILBOX a
        S: 200 <*>
        C: CREATE-BBOARD-MAILBOX b
        S: 200 <*>
        S2: 200 <*>
        C2: LOGIN markl foo pc 1 0
        S2: 200 <*>
        C2: CREATE-SUBSCRIPTION a
        S2: 200 <*>
        C2: CREATE-SUBSCRIPTION b
        S2: 402 <*>
        ",
    );
}

#[test]
fn a_message_has_so_many_octets_and_goes_to_so_many() {
    // "To: fred" and an empty line are twelve octets.
    let send = |octets: usize, code: &str| {
        let text = "x".repeat(octets - 14);
        format!("C: SEND-MESSAGE\nS: 350 <*>\nC: To: fred\nC:\nC: {text}\nC: .\nS: {code} <*>\n")
    };
    with(|settings| settings.limits.message_octets = 100, &[send(100, "200"), send(101, "403")].concat());
    let to = |recipients: &str, code: &str| {
        format!("C: SEND-MESSAGE\nS: 350 <*>\nC: To: {recipients}\nC:\nC: .\nS: {code} <*>\n")
    };
    with(
        |settings| settings.limits.recipients = 2,
        &[to("fred, markl", "200"), to("a, b, c", "403")].concat(),
    );
}

#[test]
fn lines_misuses_and_paper_have_their_ends() {
    let line = |octets: usize| format!("HELP{}", " ".repeat(octets - 6));
    with(
        |settings| settings.limits.line_octets = 60,
        &format!("C: {}\nS: 100 <*>\nS: <**>\nS: .\nC: {}\nS: 500 <*>\n", line(60), line(61)),
    );
    with(
        |settings| settings.limits.misuses_in_a_row = 2,
        "C: WHAT\nS: 500 <*>\nC: HELP\nS: 100 <*>\nS: <**>\nS: .\nC: WHAT\nS: 500 <*>\nC: WHAT\nS: 500 <*>\nS. close\n",
    );
    with(
        |settings| settings.limits.papers = 1,
        "C: PRINT-MESSAGE fred 1 pravda\nS: 200 <*>\nC: PRINT-MESSAGE fred 2 pravda\nS: 402 <*>\nC: FETCH-DESCRIPTORS \
         fred 2 2\nS: 250 <*>\nS: descriptor\nS: 2 0000000000000000 <*>\nS: <**>\nS: .\n",
    );
}

#[test]
fn silence_and_absence_are_measured_to_the_second() {
    with(|settings| settings.idle = Duration::from_secs(60), "T: 59\nC: HELP\nS: 100 <*>\nS: <**>\nS: .\n");
    with(|settings| settings.idle = Duration::from_secs(60), "T: 60\nS. close\n");
    for (seconds, code) in [(3600, "200"), (3601, "221")] {
        with(
            |settings| settings.inactive_after = Duration::from_secs(3600),
            &format!(
                "C: LOGOUT\nS: 200 <*>\nS. close\nT: {seconds}\nS2: 200 <*>\nC2: LOGIN fred fred-password office 0 0\nS2: \
                 {code} <*>\n"
            ),
        );
    }
}

#[test]
fn a_repository_may_reset_who_was_away_too_long() {
    for (reset, listed) in [(false, ""), (true, "S2: descriptor\nS2: 1 <*>\nS2: <**>\n")] {
        with(
            |settings| settings.auto_reset = reset,
            &format!(
                "C: RESET-DESCRIPTORS fred 1 3\nS: 200 <*>\nC: LOGOUT\nS: 200 <*>\nS. close\nT: 604801\nS2: 200 <*>\nC2: \
                 LOGIN fred fred-password office 0 0\nS2: 221 <*>\nC2: FETCH-CHANGED-DESCRIPTORS fred 9\nS2: 250 \
                 <*>\n{listed}S2: .\n"
            ),
        );
    }
}

#[test]
fn a_repository_may_echo_ones_own_changes() {
    for (echo, listed) in [(false, ""), (true, "S: descriptor\nS: 2 0100000000000000 <*>\nS: <**>\n")] {
        with(
            |settings| settings.echo_own_changes = echo,
            &format!(
                "C: RESET-DESCRIPTORS fred 1 3\nS: 200 <*>\nC: SET-MESSAGE-FLAG fred 2 1 1\nS: 200 <*>\nC: \
                 FETCH-CHANGED-DESCRIPTORS fred 9\nS: 250 <*>\n{listed}S: .\n"
            ),
        );
    }
}

#[test]
fn a_user_may_be_let_in_once_at_a_time_and_what_is_refused_makes_no_client() {
    with(
        |settings| settings.one_session_per_user = true,
        r"
        S2: 200 <*>
        C2: LOGIN fred fred-password home 1 0
        S2: 405 <*>
        C: LIST-CLIENTS
        S: 220 <*>
        S: office active
        S: .
        C: LOGOUT
        S: 200 <*>
        S. close
        C2: LOGIN fred fred-password home 1 0
        S2: 200 <*>
        ",
    );
}

#[test]
fn seven_bits_versions_printers_and_hosts_are_settings() {
    let eight = "C: SEND-MESSAGE\nS: 350 <*>\nC: To: fred\nC:\nC: \u{e4}\nC: .\nS: ";
    with(|settings| settings.strict7 = true, &format!("{eight}403 <*>\n"));
    with(|_| (), &format!("{eight}200 <*>\n"));
    with(
        |settings| settings.version = 231,
        "C: SEND-VERSION 231\nS: 200 <*>\nC: SEND-VERSION 230\nS: 500 <*>\n",
    );
    with(
        |settings| settings.printers = vec!["izvestia".to_owned()],
        "C: PRINT-MESSAGE fred 1 Izvestia\nS: 200 <*>\nC: PRINT-MESSAGE fred 1 pravda\nS: 401 <*>\n",
    );
    let to = "C: SEND-MESSAGE\nS: 350 <*>\nC: To: markl@here.example\nC: Subject: x\nC:\nC: .\nS: 200 <*>\nC: \
              LIST-MAILBOXES\nS: 230 <*>\n";
    with(
        |settings| settings.local_hosts = vec!["here.example".to_owned()],
        &format!("{to}S: fred 4 3 3\nS: .\n"),
    );
    with(|_| (), &format!("{to}S: fred 5 4 4\nS: .\n"));
    let lab = with(
        |settings| settings.outside = Outside::Into("MarkL".to_owned()),
        &format!("{to}S: fred 4 3 3\nS: .\n"),
    );
    let markl = lab.store.inbox(lab.store.user(b"MarkL").unwrap()).unwrap();
    assert_eq!(lab.store.mailbox(markl).unwrap().entries.len(), 1);
}
