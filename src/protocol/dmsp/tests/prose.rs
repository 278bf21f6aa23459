//! What the RFC's prose says beside its lists, clause by clause where no other test has it.

use super::*;

#[test]
fn blanks_and_tabs_separate_and_names_keep_their_case_whoever_asks() {
    office(
        "
        C: create-mailbox\tMarkL
        S: 200 <*>
        C: CREATE-MAILBOX MaRkL
        S: 430 <*>
        C: Reset-Mailbox \t markl\t
        S: 200 <*>
        C: LIST-MAILBOXES
        S: 230 <*>
        S: fred 4 3 3
        S: MarkL 1 0 0
        S: .
        C: CREATE-CLIENT OFFICE
        S: 420 <*>
        ",
    );
}

#[test]
fn a_board_has_its_name_alone_among_boards_and_not_among_mailboxes() {
    office(
        "
        C: CREATE-BBOARD-MAILBOX sf-lovers
        S: 200 <*>
        S2: 200 <*>
        C2: LOGIN markl foo pc 1 0
        S2: 200 <*>
        C2: CREATE-BBOARD-MAILBOX SF-Lovers
        S2: 430 <*>
        C2: CREATE-MAILBOX sf-lovers
        S2: 200 <*>
        C2: CREATE-SUBSCRIPTION sf-lovers
        S2: 430 <*>
        ",
    );
}

#[test]
fn a_mailbox_takes_its_messages_and_addresses_along() {
    let lab = office(
        "
        C: CREATE-MAILBOX cars
        S: 200 <*>
        C: CREATE-ADDRESS cars vroom
        S: 200 <*>
        C: COPY-MESSAGE fred cars 1
        S: 250 <*>
        S: <**>
        S: .
        C: DELETE-MAILBOX cars
        S: 200 <*>
        C: FETCH-DESCRIPTORS cars 1 9
        S: 431 <*>
        C: CREATE-ADDRESS fred vroom
        S: 200 <*>
        ",
    );
    let fred = lab.store.user(b"fred").unwrap();
    assert_eq!(lab.store.mailbox_named(fred, "cars"), None);
}

#[test]
fn a_range_of_descriptors_has_what_there_is_and_never_what_is_expunged() {
    office(
        "
        C: SET-MESSAGE-FLAG fred 2 0 1
        S: 200 <*>
        C: EXPUNGE-MAILBOX fred
        S: 200 <*>
        C: FETCH-DESCRIPTORS fred 0 99
        S: 250 <*>
        S: descriptor
        S: 1 0000000000000000 <*>
        S: joe
        S: fred
        S: Thu, 17 Dec 87 18:24:09 PST
        S: m1
        S: descriptor
        S: 3 0000000000000000 <*>
        S: <**>
        S: .
        C: FETCH-DESCRIPTORS fred 2 2
        S: 250 <*>
        S: .
        ",
    );
}

#[test]
fn changes_come_lowest_first_as_many_as_asked_for_until_they_are_reset() {
    let two = "S: 250 <*>\nS: descriptor\nS: 1 <*>\nS: <**>\nS: descriptor\nS: 2 <*>\nS: <**>\nS: .\n";
    office(&format!(
        "C: FETCH-CHANGED-DESCRIPTORS fred 2\n{two}C: FETCH-CHANGED-DESCRIPTORS fred 2\n{two}C: RESET-DESCRIPTORS fred 2 \
         700\nS: 200 <*>\nC: FETCH-CHANGED-DESCRIPTORS fred 9\nS: 250 <*>\nS: descriptor\nS: 1 <*>\nS: <**>\nS: .\n"
    ));
}

#[test]
fn what_a_user_has_seen_of_a_board_counts_for_all_his_workstations() {
    office(
        "
        C: CREATE-BBOARD-MAILBOX board
        S: 200 <*>
        C: CREATE-ADDRESS board board
        S: 200 <*>
        C: SEND-MESSAGE
        S: 350 <*>
        C: To: board
        C:
        C: .
        S: 200 <*>
        S2: 200 <*>
        C2: LOGIN markl foo pc 1 0
        S2: 200 <*>
        C2: CREATE-SUBSCRIPTION board
        S2: 200 <*>
        C2: RESET-SUBSCRIPTION board 2
        S2: 200 <*>
        S3: 200 <*>
        C3: LOGIN markl foo sun 1 0
        S3: 200 <*>
        C3: LIST-SUBSCRIPTIONS
        S3: 240 <*>
        S3: board 2 0 2
        S3: .
        ",
    );
}

#[test]
fn a_descriptor_has_four_lines_whatever_the_header_has() {
    let long = "x".repeat(600);
    office(&format!(
        "
        C: SEND-MESSAGE
        S: 350 <*>
        C: To: fred,
        C:    fred
        C: From: .profile
        C: Subject: {long}
        C: Date:
        C:
        C: .
        S: 200 <*>
        C: FETCH-DESCRIPTORS fred 4 4
        S: 250 <*>
        S: descriptor
        S: 4 0000000000000000 <*>
        S: ..profile
        S: fred, fred
        S:
        S: {}
        S: .
        ",
        &long[..510]
    ));
}

#[test]
fn another_version_is_told_which_one_is_spoken() {
    let server = || Dmsp::new(DmspSettings { version: 231, ..DmspSettings::default() });
    let text = "S: 200 <*>\nC: SEND-VERSION 230\nS: 500 version skew: this repository speaks version 231\n";
    dialogue(&Dialogue { store: &store(), text, burst: false }, server);
}
