//! SORT and THREAD (RFC 5256).

use super::*;

fn message(id: u32, subject: &str, day: u32, references: &[u32]) -> Vec<u8> {
    let references: Vec<String> = references.iter().map(|id| format!("<{id}@x>")).collect();
    let references = match references.is_empty() {
        true => String::new(),
        false => format!("References: {}\r\n", references.join("\r\n ")),
    };
    format!(
        "Message-ID: <{id}@x>\r\nSubject: {subject}\r\nDate: {day} Mar 1998 12:00:00 +0000\r\nFrom: {} <u{}@x>\r\n{references}\r\nx\r\n",
        9 - id,
        9 - id,
    )
    .into_bytes()
}

fn run(messages: &[Vec<u8>], text: &str) {
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    extended(&messages, text);
}

#[test]
fn messages_are_sorted_by_several_criteria() {
    let messages = [
        message(1, "Re: b", 3, &[]),
        message(2, "a", 1, &[]),
        message(3, "B", 2, &[]),
        message(4, "longer than the others", 1, &[]),
    ];
    run(
        &messages,
        r#"
        C: c SORT (DATE) UTF-8 ALL
        S: * SORT 2 4 3 1
        S: c OK SORT completed
        C: c SORT (SUBJECT REVERSE DATE) UTF-8 ALL
        S: * SORT 2 1 3 4
        S: c OK SORT completed
        C: c UID SORT (REVERSE FROM) US-ASCII 2:4
        S: * SORT 2 3 4
        S: c OK UID SORT completed
        C: c SORT (REVERSE SIZE ARRIVAL) UTF-8 SUBJECT b
        S: * SORT 1 3
        S: c OK SORT completed
        C: c SORT RETURN (MIN COUNT ALL) (DATE) UTF-8 ALL
        S: * ESEARCH (TAG "c") MIN 2 ALL 2,4,3,1 COUNT 4
        S: c OK SORT completed
        C: c SORT (DAY) UTF-8 ALL
        S: c BAD column 9: messages are sorted by ARRIVAL, CC, DATE, FROM, SIZE, SUBJECT, TO (RFC 5256 section 3)
        C: c SORT (DATE) X-ODD ALL
        S: c NO [BADCHARSET <*>
        "#,
    );
}

#[test]
fn conversations_are_found_by_references_and_by_subject() {
    let messages = [
        message(1, "a", 1, &[]),
        message(2, "Re: a", 2, &[1]),
        message(3, "Re: a", 3, &[1, 2]),
        message(4, "b", 4, &[]),
        message(5, "Re: a", 5, &[1]),
        // 8 is not there; two answers to it are still one conversation.
        message(6, "lost", 6, &[8]),
        message(7, "Re: lost", 7, &[8]),
    ];
    run(
        &messages,
        r"
        C: c THREAD REFERENCES UTF-8 ALL
        S: * THREAD (1 (2 3)(5))(4)((6)(7))
        S: c OK THREAD completed
        C: c THREAD ORDEREDSUBJECT UTF-8 ALL
        S: * THREAD (1 (2)(3)(5))(4)(6 7)
        S: c OK THREAD completed
        C: c UID THREAD REFERENCES UTF-8 SUBJECT nothing
        S: * THREAD
        S: c OK UID THREAD completed
        ",
    );
}

#[test]
fn a_circle_of_references_is_cut() {
    let messages = [message(1, "a", 1, &[2]), message(2, "b", 2, &[1]), message(3, "c", 3, &[3])];
    run(
        &messages,
        r"
        C: c THREAD REFERENCES UTF-8 ALL
        S: * THREAD (2 1)(3)
        S: c OK THREAD completed
        ",
    );
}

#[test]
fn long_chains_do_not_exhaust_anything() {
    let messages: Vec<Vec<u8>> = (1..1500)
        .map(|id| {
            format!("Message-ID: <{id}@x>\r\nIn-Reply-To: <{}@x>\r\nSubject: s{id}\r\n\r\n", id - 1)
                .into_bytes()
        })
        .collect();
    run(&messages, "C: c THREAD REFERENCES UTF-8 ALL\nS: * THREAD (1 2 3 <*>\nS: c OK THREAD completed");
}
