//! What students get wrong, and what they are told: the column, and what was expected there.

use super::*;

#[test]
fn a_slip_is_answered_with_its_place_and_what_was_expected() {
    for (said, told) in [
        (
            "LOGIN alice secret",
            "column 7: no command is called ALICE; a tag stands before the command, as in a1 LOGIN",
        ),
        ("x", "column 2: expected a space and a command, found the end of the line"),
        ("c RETR 1", "column 3: no command is called RETR; in IMAP that is FETCH"),
        (
            "c DELE 1",
            "column 3: no command is called DELE; in IMAP that is STORE with \\Deleted, and then EXPUNGE",
        ),
        ("c QUIT", "column 3: no command is called QUIT; in IMAP that is LOGOUT"),
        ("c FETHC 1 FLAGS", "column 3: no command is called FETHC; did you mean FETCH?"),
        ("c FETCH 1", "column 10: expected a space and data items, found the end of the line"),
        ("c FETCH 0 FLAGS", "column 9: expected a message number; 0 is not allowed"),
        ("c FETCH 1- FLAGS", "column 10: expected a space and data items, found \"-\""),
        ("c FETCH  1 FLAGS", "column 9: one space separates arguments, not two"),
        ("c FETCH 1 FLAG", "column 11: no data item is called FLAG; did you mean FLAGS?"),
        ("c FETCH 1 FLAGS UID", "column 16: several data items stand in parentheses, as (FLAGS UID)"),
        (
            "c FETCH 1 (FLAGS",
            "column 17: expected a space and a data item, or \")\", found the end of the line",
        ),
        (
            "c FETCH 1 BODY[",
            "column 16: expected a part number, HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT or MIME",
        ),
        (
            "c FETCH 1 BODY[1",
            "column 17: expected \".\" or \"]\" after a part number, found the end of the line",
        ),
        ("c FETCH 1 BODY[HEADER.FIELDS FROM]", "column 30: expected \"(\" and field names, found \"F\""),
        ("c STORE 1 \\Seen", "column 11: expected FLAGS, +FLAGS or -FLAGS, found \"\\\""),
        (
            "c STORE 1 +FLAGS \\Sean",
            "column 18: the system flags are \\Answered \\Flagged \\Deleted \\Seen \\Draft; keywords have no \\",
        ),
        ("c STORE 1 FLAGS \\Recent", "column 17: \\Recent is set by the server only"),
        ("c SEARCH UNREAD", "column 10: no search key is called UNREAD; what was not read is UNSEEN"),
        (
            "c SEARCH FROM a AND TO b",
            "column 17: no search key is called AND; keys stand one behind the other, and all must hold",
        ),
        (
            "c FETCH 1 SUBJECT",
            "column 11: no data item is called SUBJECT; a field of the header is BODY.PEEK[HEADER.FIELDS (SUBJECT)], or in ENVELOPE",
        ),
        ("c FETCH 1:9 FLAGS", "column 11: there is no message 9; message 1 is the only one"),
        ("c SEARCH FORM alice", "column 10: no search key is called FORM; did you mean FROM?"),
        (
            "c SEARCH SUBJECT two words",
            "column 22: no search key is called WORDS; a text of several words stands in quotes",
        ),
        ("c SEARCH SINCE 1998-03-01", "column 21: expected a date such as 1-Feb-1994, found \"0\""),
        (
            "c SELECT My Folder",
            "column 12: expected the end of the command; a name with a space stands in quotes",
        ),
        ("c SELECT \"INBOX", "column 10: this quoted string does not end in its line"),
        ("c COPY 1", "column 9: expected a space and a mailbox name, found the end of the line"),
        ("c APPEND INBOX Hello", "column 16: expected the message as a literal, as {length}"),
        ("c LIST *", "column 8: expected a reference, as \"\", and a pattern, found \"*\""),
        (
            "c UID 5 FETCH FLAGS",
            "column 7: UID goes with COPY, FETCH, STORE, EXPUNGE, MOVE, REPLACE, SORT, THREAD and SEARCH",
        ),
        ("c EXPUNGE 3", "column 10: expected the end of the command, found a space"),
        ("c STATUS INBOX MESSAGES", "column 16: expected \"(\" and what to count, found \"M\""),
    ] {
        let tag = said.split(' ').next().unwrap();
        extended(&[b"Subject: x\r\n\r\nx\r\n"], &format!("C: {said}\nS: {tag} BAD {told} <*>"));
    }
}
