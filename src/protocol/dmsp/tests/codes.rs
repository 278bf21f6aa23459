//! Each reply code of RFC 1056 appendix III, and the order in which mistakes are found.

use super::*;

pub const EVERY: &str = r"
    S: 200 <*>
    C: SEND-VERSION 230
    S: 200 <*>
    C: SEND-VERSION 228
    S: 500 <*>
    C: LIST-MAILBOXES
    S: 406 <*>
    C: LOGIN nobody x c 0 0
    S: 411 <*>
    C: LOGIN fred wrong c 1 0
    S: 404 <*>
    C: LOGIN fred fred-password c 0 0
    S: 421 <*>
    C: LOGIN fred fred-password c 2 0
    S: 500 <*>
    C: LOGIN FRED fred-password c 1 1
    S: 200 <*>
    C: LOGIN fred fred-password c 0 0
    S: 410 <*>
    C: HELP
    S: 100 <*>
    S: <**>
    S: PRINT-MESSAGE<*>
    S: .
    C: LIST-CLIENTS
    S: 220 <*>
    S: c active
    S: .
    C: CREATE-CLIENT C
    S: 420 <*>
    C: CREATE-CLIENT spare
    S: 200 <*>
    C: DELETE-CLIENT c
    S: 405 <*>
    C: DELETE-CLIENT SPARE
    S: 200 <*>
    C: DELETE-CLIENT spare
    S: 421 <*>
    C: RESET-CLIENT spare
    S: 421 <*>
    C: RESET-CLIENT c
    S: 200 <*>
    C: SET-PASSWORD wrong new
    S: 404 <*>
    C: SET-PASSWORD fred-password new!
    S: 200 <*>
    C: LIST-MAILBOXES
    S: 230 <*>
    S: fred 4 3 3
    S: .
    C: CREATE-MAILBOX Fred
    S: 430 <*>
    C: CREATE-MAILBOX a/b
    S: 403 <*>
    C: DELETE-MAILBOX none
    S: 431 <*>
    C: RESET-MAILBOX none
    S: 431 <*>
    C: EXPUNGE-MAILBOX none
    S: 431 <*>
    C: LIST-ADDRESSES fred
    S: 260 <*>
    S: fred
    S: .
    C: CREATE-ADDRESS fred markl
    S: 460 <*>
    C: CREATE-ADDRESS none x
    S: 431 <*>
    C: CREATE-ADDRESS fred Freddy
    S: 200 <*>
    C: DELETE-ADDRESS fred markl
    S: 461 <*>
    C: DELETE-ADDRESS fred FREDDY
    S: 200 <*>
    C: LIST-SUBSCRIPTIONS
    S: 240 <*>
    S: .
    C: LIST-AVAILABLE-SUBSCRIPTIONS
    S: 241 <*>
    S: .
    C: CREATE-BBOARD-MAILBOX b
    S: 200 <*>
    C: DELETE-MAILBOX b
    S: 440 <*>
    C: CREATE-SUBSCRIPTION none
    S: 431 <*>
    C: DELETE-SUBSCRIPTION b
    S: 441 <*>
    C: RESET-SUBSCRIPTION b 1
    S: 441 <*>
    C: DELETE-BBOARD-MAILBOX b
    S: 200 <*>
    C: FETCH-CHANGED-DESCRIPTORS fred 0
    S: 250 <*>
    S: .
    C: RESET-DESCRIPTORS fred 3 1
    S: 200 <*>
    C: FETCH-DESCRIPTORS fred 3 1
    S: 250 <*>
    S: .
    C: FETCH-MESSAGE fred 9
    S: 451 <*>
    C: FETCH-MESSAGE fred 1
    S: 251 <*>
    S: <**>
    S: .
    C: COPY-MESSAGE fred fred 1
    S: 400 <*>
    C: COPY-MESSAGE fred none 1
    S: 431 <*>
    C: COPY-MESSAGE none fred 1
    S: 431 <*>
    C: SET-MESSAGE-FLAG fred 1 16 1
    S: 500 <*>
    C: SET-MESSAGE-FLAG fred 9 1 1
    S: 451 <*>
    C: PRINT-MESSAGE fred 1 none
    S: 401 <*>
    C: SEND-MESSAGE
    S: 350 <*>
    C: no header line
    C: .
    S: 403 <*>
    C: SEND-MESSAGE
    S: 350 <*>
    C: Subject: nobody
    C:
    C: .
    S: 403 <*>
    C: FETCH-MESAGE fred 1
    S: 500 unknown operation FETCH-MESAGE; did you mean FETCH-MESSAGE?
    C:
    S: 500 <*>
    C: FETCH-MESSAGE fred 4294967296
    S: 500 <*>
    C: FETCH-MESSAGE fred +1
    S: 500 <*>
    C: HELP me
    S: 500 <*>
    C: LOGOUT
    S: 200 <*>
    S. close
";

#[test]
fn every_operation_gives_the_codes_that_the_rfc_lists() {
    check_with_mail(EVERY);
}

#[test]
fn a_line_has_at_most_512_characters_and_an_argument_64() {
    let name = "x".repeat(64);
    let fits = format!("HELP{}", " ".repeat(512 - 2 - 4));
    office(&format!(
        "
        C: CREATE-MAILBOX {name}
        S: 200 <*>
        C: CREATE-MAILBOX {name}x
        S: 500 <*>
        C: {fits}
        S: 100 <*>
        S: <**>
        S: .
        C: {fits}.
        S: 500 <*>
        C: LOGOUT
        S: 200 <*>
        S. close
        "
    ));
}

#[test]
fn ten_misuses_in_a_row_are_enough() {
    let nine = "C: WHAT\nS: 500 <*>\n".repeat(9);
    check(&format!(
        "S: 200 <*>\n{nine}C: HELP\nS: 100 <*>\nS: <**>\nS: .\n{nine}C: WHAT\nS: 500 <*>\nS. close\n"
    ));
}
