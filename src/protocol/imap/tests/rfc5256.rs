//! The examples of RFC 5256 §3 and §4 (SORT and THREAD), with messages of our own.

use super::*;

/// A message with a number of its own, and what it answers.
fn letter(id: u32, subject: &str, answers: &[u32]) -> Vec<u8> {
    let ids: Vec<String> = answers.iter().map(|id| format!("<{id}@x>")).collect();
    let references =
        if ids.is_empty() { String::new() } else { format!("References: {}\r\n", ids.join(" ")) };
    format!(
        "Message-ID: <{id}@x>\r\nDate: {} Mar 1998 12:00:00 +0000\r\nSubject: {subject}\r\n{references}\r\nx\r\n",
        id
    )
    .into_bytes()
}

fn with(messages: &[Vec<u8>], text: &str) {
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    extended(&messages, text);
}

#[test]
fn results_are_sorted_as_in_rfc_5256_3() {
    // Numbers 1 to 5; the two called "b" come with the later one first.
    let subjects = ["c", "d", "b", "Re: b", "a"];
    let messages: Vec<Vec<u8>> = (1..).zip(subjects).map(|(id, subject)| letter(id, subject, &[])).collect();
    with(
        &messages,
        r#"
        C: A282 SORT (SUBJECT) UTF-8 SINCE 1-Feb-1994
        S: * SORT 5 3 4 1 2
        S: A282 OK SORT completed
        C: A283 SORT (SUBJECT REVERSE DATE) UTF-8 ALL
        S: * SORT 5 4 3 1 2
        S: A283 OK SORT completed
        C: A284 SORT (SUBJECT) US-ASCII TEXT "not in mailbox"
        S: * SORT
        S: A284 OK SORT completed
        "#,
    );
}

#[test]
fn conversations_are_found_as_in_rfc_5256_3() {
    // 2 and 3 answer 1; 5 answers 4, and 6 answers 5; 7 and 8 answer what is not there.
    let messages = [
        letter(1, "one", &[]),
        letter(2, "Re: one", &[1]),
        letter(3, "Re: one", &[1]),
        letter(4, "four", &[]),
        letter(5, "Re: four", &[4]),
        letter(6, "Re: four", &[4, 5]),
        letter(7, "seven", &[20]),
        letter(8, "Re: seven", &[20]),
    ];
    with(
        &messages,
        r#"
        C: A283 THREAD ORDEREDSUBJECT UTF-8 SINCE 5-MAR-1994
        S: * THREAD (1 (2)(3))(4 (5)(6))(7 8)
        S: A283 OK THREAD completed
        C: A284 THREAD ORDEREDSUBJECT US-ASCII TEXT "gewp"
        S: * THREAD
        S: A284 OK THREAD completed
        C: A285 THREAD REFERENCES UTF-8 SINCE 5-MAR-1994
        S: * THREAD (1 (2)(3))(4 5 6)((7)(8))
        S: A285 OK THREAD completed
        "#,
    );
}

#[test]
fn threads_are_written_as_in_rfc_5256_4() {
    // A message alone; and one with an answer that has two answers, of which each goes on.
    let messages = [
        letter(1, "alone", &[]),
        letter(2, "root", &[]),
        letter(3, "Re: root", &[2]),
        letter(4, "Re: root", &[2, 3]),
        letter(5, "Re: root", &[2, 3, 4]),
        letter(6, "Re: root", &[2, 3]),
        letter(7, "Re: root", &[2, 3, 6]),
        letter(8, "Re: root", &[2, 3, 6, 7]),
    ];
    with(
        &messages,
        "C: a THREAD REFERENCES UTF-8 ALL\nS: * THREAD (1)(2 3 (4 5)(6 7 8))\nS: a OK THREAD completed",
    );
}
