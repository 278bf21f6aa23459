//! How a session ends.

use super::*;

#[test]
fn mail_that_comes_in_or_goes_meanwhile_is_left_to_itself() {
    let mut lab = Lab::new(three());
    let inbox = lab.store.inbox(lab.store.user(b"mrose").unwrap()).unwrap();
    let conn = lab.open(dewey());
    lab.send(conn, b"USER mrose\r\nPASS tanstaaf\r\nDELE 1\r\nDELE 2\r\n");
    deliver(&mut lab.store, inbox, b"Subject: late\r\n\r\n");
    lab.store.expunge(inbox, |entry| entry.uid == Uid(2));
    lab.conns[conn].arrived.clear();
    lab.send(conn, b"STAT\r\nRSET\r\nRETR 2\r\nRETR 4\r\nDELE 1\r\nDELE 2\r\nQUIT\r\n");
    let said = String::from_utf8_lossy(&lab.conns[conn].arrived).into_owned();
    // The view is frozen: what somebody else removed can still be read, what came in has no number.
    assert!(said.starts_with("+OK 1 13\r\n"), "{said}");
    assert!(said.contains("\r\n...two\r\n") && said.contains("there is no message 4: "), "{said}");
    assert!(said.ends_with("signing off (2 messages left)\r\n"), "{said}");
    assert_eq!(left(&lab.store), [3, 4]);
}

#[test]
fn nothing_is_removed_without_a_whole_quit_in_transaction() {
    for (text, ends) in [
        ("C: DELE 1\nS: +OK <*>\nC. drop", [1, 2, 3]),
        ("C: DELE 1\nS: +OK <*>\nC- QUIT", [1, 2, 3]),
        ("C: DELE 1\nS: +OK <*>\nC- QUIT\\r", [1, 2, 3]),
        ("C: DELE 1\nS: +OK <*>\nC- QUIT\\n", [1, 2, 3]),
        ("C: DELE 1\nS: +OK <*>\nC: QUIT \nS: -ERR <*>", [1, 2, 3]),
        ("C: DELE 1\nS: +OK <*>\nT: 601\nS. close", [1, 2, 3]),
    ] {
        let text = format!("S: <*>\nC: USER mrose\nS: +OK <*>\nC: PASS tanstaaf\nS: +OK <*>\n{text}");
        let mut lab = dialogue(&Dialogue { store: &three(), text: &text, burst: false }, dewey);
        if !lab.conns[0].closed {
            lab.drop_conn(0);
        }
        assert_eq!(left(&lab.store), ends, "{text}");
        let mrose = lab.store.user(b"mrose").unwrap();
        assert_eq!(lab.store.lock_maildrop(mrose), Ok(()), "{text}");
    }
}

#[test]
fn what_follows_quit_is_not_obeyed() {
    let mut lab = Lab::new(three());
    let conn = lab.open(dewey());
    lab.send(
        conn,
        b"USER mrose\r\nPASS tanstaaf\r\nQUIT\r\nUSER mrose\r\nPASS tanstaaf\r\nDELE 1\r\nQUIT\r\n",
    );
    assert_eq!(left(&lab.store), [1, 2, 3]);
    assert!(lab.conns[conn].arrived.ends_with(b"(3 messages left)\r\n"));
    assert_eq!((lab.conns[conn].unframed(), lab.conns[conn].commands.len()), (0, 7));
}
