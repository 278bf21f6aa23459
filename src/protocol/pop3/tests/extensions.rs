//! XTND: groups (RFC 1082) and mail that goes out; POP4's folders.

use super::*;
use crate::protocol::smtp::SmtpSettings;

/// Two groups and an archive; the second group has lost its first message.
fn with_groups() -> Store {
    let mut store = three();
    let owner = store.user(b"frated").unwrap();
    for (name, messages) in [("news", 3), ("news.archive", 1), ("lists", 2)] {
        let board = store.create_board(owner, name).unwrap();
        for nth in 0..messages {
            deliver(&mut store, board, &sized(100 + nth));
        }
    }
    let lists = store.board("lists").unwrap();
    store.expunge(lists, |entry| entry.uid.0 == 1);
    store
}

#[test]
fn groups_are_listed_opened_and_only_read() {
    let lab = check_in_transaction(
        &with_groups(),
        "C: XTND BBOARDS
         S: +OK XTND
         S: lists 2
         S: news 3
         S: .
         C: DELE 1
         S: +OK <*>
         # The maildrop is closed as by QUIT when a group is opened.
         C: xtnd bboards LISTS
         S: +OK XTND
         S: lists 2
         S: .
         # The message's own MAXIMA behind its size: numbers start over, these do not.
         C: LIST
         S: +OK 1 message (101 octets)
         S: 1 101 2
         S: .
         C: LIST 1
         S: +OK 1 101 2
         C: DELE 1
         S: +OK message 1 deleted
         C: STAT
         S: +OK 1 101
         C: RETR 1
         S: +OK 101 octets
         S: <**>
         S: .
         C: XTND ARCHIVE news
         S: +OK XTND
         S: news.archive 1
         S: .
         C: XTND ARCHIVE lists
         S: -ERR there is no archive `lists`
         C: XTND X-BBOARDS news
         S: +OK XTND
         S: news
         S:
         S:
         S:
         S:
         S:
         S:
         S: frated
         S:
         S:
         S:
         S:
         S: 0 3
         S: <*>
         S: .
         C: XTND NONSENSE
         S: -ERR XTND knows BBOARDS, <*>
         C: QUIT
         S: +OK <*> (1 message left)
         S. close",
    );
    assert_eq!(left(&lab.store), [2, 3]);
    let mut after = lab.store.clone();
    let mrose = after.user(b"mrose").unwrap();
    assert_eq!(after.lock_maildrop(mrose), Ok(()), "given back once, when the group was opened");
    let lists = lab.store.board("lists").unwrap();
    assert_eq!(lab.store.mailbox(lists).unwrap().entries.len(), 1);
}

#[test]
fn a_wrong_name_costs_nothing_unless_the_text_is_taken_literally() {
    let text = "C: DELE 1
         S: +OK <*>
         C: XTND BBOARDS nothing
         S: -ERR there is no bboard `nothing`
         C: STAT";
    check_in_transaction(
        &with_groups(),
        &format!(
            "{text}\nS: +OK 2 <*>\nC: RSET\nS: +OK <*>\nC: QUIT\nS: +OK <*> (3 messages left)\nS. close"
        ),
    );
    let literal = || {
        Pop3::new(Pop3Settings {
            quirks: Quirks { bboards_closes_first: true, ..Quirks::default() },
            ..Pop3Settings::default()
        })
    };
    let text = format!(
        "S: <*>\nC: USER mrose\nS: +OK <*>\nC: PASS tanstaaf\nS: +OK <*>\n{text}\nS: +OK 2 <*>\nC: RSET\nS: +OK <*>\nC: QUIT\nS: +OK <*> (2 messages left)\nS. close"
    );
    dialogue(&Dialogue { store: &with_groups(), text: &text, burst: false }, literal);
}

const LETTER: &str = "C: From: mrose@x
         C: To: Fred Rated <frated>, somebody@far.example
         C: Bcc: mrose
         C: Subject: dots
         C:
         C: ..
         C: ..two
         C: .";

#[test]
fn mail_goes_out_over_the_session_that_fetches_it() {
    let lab = check_in_transaction(
        &three(),
        &format!(
            "C: XTND XMIT
             S: +OK Start sending the message.
             {LETTER}
             S: +OK Message sent successfully
             # What arrives meanwhile is not in a maildrop that is open.
             C: STAT
             S: +OK 3 <*>
             C: XTND XMIT
             S: +OK <*>
             C: Subject: to nobody
             C:
             C: .
             S: -ERR unable to send the message: its header names no recipient
             C: NOOP
             S: +OK"
        ),
    );
    assert_eq!(left(&lab.store), [1, 2, 3, 4], "the blind copy");
    let frated = lab.store.inbox(lab.store.user(b"frated").unwrap()).unwrap();
    let entry = lab.store.mailbox(frated).unwrap().entries.get(0).unwrap();
    let text = String::from_utf8(entry.message.octets().unwrap().to_vec()).unwrap();
    assert!(text.starts_with("Received: from mrose by dbc.mtview.ca.us with XTND XMIT;"), "{text}");
    assert!(text.ends_with("Subject: dots\r\n\r\n.\r\n.two\r\n") && !text.contains("Bcc"), "{text}");
    let popper = || {
        Pop3::new(Pop3Settings {
            dialect: Dialect::Popper,
            quirks: Quirks { xmit_keeps_dots: true, ..Quirks::default() },
            ..Pop3Settings::default()
        })
    };
    let text = format!(
        "S: <*>\nC: USER mrose\nS: +OK <*>\nC: PASS tanstaaf\nS: +OK <*>\nC: XTND XMIT\nS: +OK <*>\n{LETTER}\nS: +OK <*>"
    );
    let lab = dialogue(&Dialogue { store: &three(), text: &text, burst: false }, popper);
    let entry = lab.store.mailbox(frated).unwrap().entries.get(0).unwrap();
    assert!(entry.message.octets().unwrap().ends_with(b"\r\n\r\n..\r\n..two\r\n"));
}

#[test]
fn mail_that_was_cut_is_not_sent() {
    let script = b"USER mrose\r\nPASS tanstaaf\r\nXTND XMIT\r\nTo: frated\r\n\r\nhello\r\n.\r\n";
    for cut in 0..=script.len() {
        let mut lab = Lab::new(three());
        let conn = lab.open(dewey());
        lab.send(conn, &script[..cut]);
        lab.drop_conn(conn);
        let frated = lab.store.inbox(lab.store.user(b"frated").unwrap()).unwrap();
        let arrived = lab.store.mailbox(frated).unwrap().entries.len();
        assert_eq!(arrived, usize::from(cut == script.len()), "cut at {cut}");
    }
}

#[test]
fn a_message_by_xmit_has_a_greatest_length() {
    for (limit, reply) in
        [(100, "S: +OK Message sent <*>"), (99, "S: -ERR unable to send the message: it is longer <*>")]
    {
        let small = || {
            let limits = Limits { message_octets: limit, ..Limits::default() };
            Pop3::new(Pop3Settings { limits, ..Pop3Settings::default() })
        };
        let letter = format!("C: To: frated\nC:\nC: {}\nC: .", "x".repeat(100 - 12 - 2 - 2));
        let text = format!(
            "S: <*>\nC: USER mrose\nS: +OK <*>\nC: PASS tanstaaf\nS: +OK <*>\nC: XTND XMIT\nS: +OK <*>\n{letter}\n{reply}\nC: NOOP\nS: +OK"
        );
        dialogue(&Dialogue { store: &three(), text: &text, burst: false }, small);
    }
}

#[test]
fn pop4_has_folders_as_far_as_we_can_tell() {
    let pop4 = || Pop3::new(Pop3Settings { dialect: Dialect::Pop4, ..Pop3Settings::default() });
    let text = "S: +OK POP3 POP4 rev 0 Server (reconstruction). mail.example <0.0@mail.example>
         C: USER mrose
         S: +OK <*>
         C: PASS tanstaaf
         S: +OK <*>
         C: CFLD keep
         S: +OK folder created
         C: CFLD keep
         S: -ERR there is a folder of this name
         C: COPY 1,3 keep
         S: +OK 2 messages copied
         C: MOVE 2-3 keep
         S: +OK 2 messages moved
         C: MOVE 3 keep
         S: -ERR message 3 is marked as deleted; <*>
         C: COPY 3-1 keep
         S: -ERR write it as `COPY msgs name`: <*>
         C: STOR keep
         S: +OK <*>
         C: Subject: mine
         C:
         C: .
         S: +OK message stored
         C: LFLD
         S: +OK folders follow
         S: INBOX 3
         S: keep 5
         S: .
         C: SFLD keep
         S: +OK 5 messages <*>
         C: RENF keep kept
         S: +OK folder renamed
         C: DFLD INBOX
         S: -ERR this folder cannot be deleted
         C: QUIT
         S: +OK <*> (5 messages left)
         S. close";
    let lab = dialogue(&Dialogue { store: &three(), text, burst: false }, pop4);
    // Selecting another folder has closed the first: what was moved is gone from it.
    assert_eq!(left(&lab.store), [1]);
}

#[test]
fn mail_by_xmit_for_other_hosts_waits_in_the_queue_once_for_each_domain() {
    let lab = check_in_transaction(
        &three(),
        "C: XTND XMIT
         S: +OK <*>
         C: To: a@far.example, b@FAR.example
         C: Cc: c@near.example
         C:
         C: hello
         C: .
         S: +OK <*>",
    );
    let queue = lab.store.queue();
    let waits: Vec<(&str, usize)> =
        queue.items().map(|(_, item)| (item.domain.as_str(), item.recipients.len())).collect();
    assert_eq!(waits, [("far.example", 2), ("near.example", 1)]);
}

#[test]
fn mail_by_xmit_to_a_name_that_nobody_has_goes_to_nobody() {
    let lab = check_in_transaction(
        &three(),
        "C: XTND XMIT
         S: +OK <*>
         C: To: frated, nosuchuser, a@far.example
         C:
         C: hello
         C: .
         S: -ERR unable to send the message: its header names `nosuchuser`, without a domain, <*>
         C: NOOP
         S: +OK",
    );
    let frated = lab.store.inbox(lab.store.user(b"frated").unwrap()).unwrap();
    assert_eq!(lab.store.mailbox(frated).unwrap().entries.len(), 0);
    assert_eq!(lab.store.queue().items().count(), 0);
}

#[test]
fn mail_by_xmit_goes_where_smtp_would_send_it() {
    use crate::mail::store::Alias;
    let mut store = three();
    let frated = store.user(b"frated").unwrap();
    store.add_address(frated, "frated@here.example").unwrap();
    let members = vec!["frated@here.example".to_owned(), "a@far.example".to_owned()];
    store.set_alias("all@here.example", Alias::List { members, owner: "frated@here.example".into() });
    let post = SmtpSettings {
        domains: vec!["here.example".into()],
        queued_domains: vec!["far.example".into()],
        ..SmtpSettings::default()
    };
    let server = || Pop3::new(Pop3Settings { post: Arc::new(post.clone()), ..Pop3Settings::default() });
    let text = "S: +OK <*>
         C: USER mrose
         S: +OK <*>
         C: PASS tanstaaf
         S: +OK <*>
         C: XTND XMIT
         S: +OK <*>
         C: To: all@here.example, b@other.example
         C:
         C: hello
         C: .
         S: -ERR unable to send the message: <*>
         C: XTND XMIT
         S: +OK <*>
         C: To: nobody@here.example, frated@here.example
         C:
         C: hello
         C: .
         S: -ERR unable to send the message: no such user here: <*>
         C: XTND XMIT
         S: +OK <*>
         C: To: all@here.example, frated
         C:
         C: hello
         C: .
         S: +OK <*>";
    let lab = dialogue(&Dialogue { store: &store, text, burst: false }, server);
    let inbox = lab.store.inbox(frated).unwrap();
    assert_eq!(lab.store.mailbox(inbox).unwrap().entries.len(), 1, "once, by whichever name");
    let (_, item) = lab.store.queue().items().next().unwrap();
    assert_eq!(
        (item.recipients.len(), item.from.as_str()),
        (1, "frated@here.example"),
        "the list's owner hears of it"
    );
    assert_eq!(lab.store.queue().len(), 1);
}
