//! The state as a text.

use proptest::prelude::*;

use super::super::file;
use super::*;

#[test]
fn a_state_is_read_as_it_was_written() {
    for way in Way::ALL.into_iter().filter(|way| *way != Way::ImapOnline) {
        let (_, mut mail) = settled(way, Policy::default());
        work(&mut mail);
        let text = file::write(&mail);
        let mut found = read("state", text.as_bytes()).unwrap();
        for (name, octets) in file::texts(&mail) {
            assert!(found.texts.contains(&name));
            found.put_text(&name, octets.clone());
        }
        assert_eq!(found.mail, mail, "{text}");
    }
}

#[test]
fn the_page_shows_what_is_written() {
    let (_, mut mail) = settled(Way::Dmsp, Policy::default());
    mail.mark(INBOX, 1, Mark::Flagged, true);
    let text = file::write(&mail);
    assert!(text.starts_with(
        "maillab-station 1\nworkstation \"home\"\nway dmsp\nmailbox \"INBOX\" validity=0 next=4"
    ));
    assert!(
        text.contains(
            "message 1 0000000010000000 147 text \"\" \"Mon, 2 Mar 1998 20:01:00 +0000\" \"message 1\"\n"
        ),
        "{text}"
    );
    assert!(text.ends_with("mark \"INBOX\" 1 flagged on\n"), "{text}");
}

#[test]
fn slips_are_named_with_their_line() {
    for (line, says) in [
        ("mesage 1", "did you mean `message`?"),
        ("message 1 2 3", "other words"),
        ("mark \"INBOX\" 1 sene on", "no flag `sene`"),
        ("mailbox \"x\" validity=-1 next=2 modseq=3", "no whole number"),
        ("workstation \"a", "not closed"),
        ("way walk", "no way `walk`"),
        ("send 99999999999", "no whole number"),
    ] {
        let text =
            format!("{FORMAT}\nworkstation \"home\"\nmailbox \"INBOX\" validity=1 next=1 modseq=0\n{line}\n");
        let lesson = read("state", text.as_bytes()).unwrap_err().to_string();
        assert!(lesson.contains(says) && lesson.contains("state:4"), "{line}: {lesson}");
    }
    assert!(read("state", b"maillab-station 2\n").unwrap_err().to_string().contains("maillab-station 1"));
    assert!(read("state", b"maillab-station 1\n").unwrap_err().to_string().contains("which workstation"));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(maillab-station 1\n)?([a-z]{1,8}( \"[^\n]{0,5}\"| [0-9]{1,11}| [a-z]+=[0-9]+){0,7}\n){0,6}") {
        drop(read("state", text.as_bytes()));
    }

    #[test]
    fn any_words_survive_the_quotes(name in ".{0,12}", subject in ".{0,20}", mailbox in ".{1,8}") {
        let mut mail = LocalMail::new(&name, Way::Dmsp);
        let look = Look { date: String::new(), subject };
        let message = LocalMessage { look, body: Some(bytes::Bytes::from_static(b"x")), ..LocalMessage::default() };
        mail.mailbox_mut(&mailbox).messages.insert(7, message);
        let mut found = read("state", file::write(&mail).as_bytes()).unwrap();
        for (name, octets) in file::texts(&mail) {
            prop_assert!(!name.contains("..") && name.is_ascii());
            found.put_text(&name, octets.clone());
        }
        prop_assert_eq!(found.mail, mail);
    }
}
