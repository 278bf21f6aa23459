use super::*;
use crate::mail::flags::Flags;
use crate::mail::import::eml;
use crate::mail::store::Uid;

const GOOD: &str = r#"format = "maillab-accounts/1"
domains = ["example.org"]

[[account]]
name = "alice"
password = "sec ret#ü"
mail = "alice.mbox"
folders = { Lists = "lists/", "Old mail" = "old" }
addresses = ["alice@example.org", "Al@example.org"]

[[account]]
name = "bob"
password = "x"
"#;

fn read(text: &str) -> Result<Accounts, Lesson> {
    Accounts::read(&Document::new("a.toml", text), Path::new("mail"))
}

fn one_message(text: &str) -> Imported {
    eml::read("x", format!("Subject: {text}\r\n\r\n{text}\r\n").as_bytes(), None, Flags::NONE)
}

const NOW: Timestamp = Timestamp { unix: 1_700_000_000, offset_minutes: 0 };

#[test]
fn a_file_of_accounts_becomes_a_store() {
    let accounts = read(GOOD).unwrap();
    assert_eq!(accounts.domains, ["example.org"]);
    let paths: Vec<String> =
        accounts.paths().map(|path| path.display().to_string().replace('\\', "/")).collect();
    assert_eq!(paths, ["mail/alice.mbox", "mail/lists/", "mail/old"]);
    let store = accounts.store(NOW, |path| Ok(one_message(&path.display().to_string()))).unwrap();
    let alice = store.user(b"alice").unwrap();
    let names: Vec<&str> = store.mailboxes_of(alice).map(|(_, mailbox)| mailbox.name.as_str()).collect();
    assert_eq!(names, ["INBOX", "Lists", "Old mail"]);
    assert!(store.password_matches(alice, "sec ret#ü".as_bytes()));
    assert_eq!(store.addressee(b"AL@EXAMPLE.ORG"), Some(alice));
    let bob = store.user(b"bob").unwrap();
    assert_eq!(store.mailbox(store.inbox(bob).unwrap()).unwrap().entries.len(), 0);
}

#[test]
fn what_cannot_be_used_is_shown_with_its_line() {
    for (from, to, says) in [
        ("maillab-accounts/1", "maillab-accounts/2", "version 2"),
        ("name = \"bob\"", "name = \"alice\"", "the account `alice` is given twice"),
        ("name = \"bob\"", "name = \"bob smith\"", "this name cannot be used"),
        ("name = \"bob\"", "name = \"\"", "this name cannot be used"),
        ("password = \"x\"", "password = \"\"", "the password of `bob` in line 13"),
        ("password = \"x\"", "password = \"a\\nb\"", "the password of `bob` in line 13"),
        ("password = \"x\"", "pasword = \"x\"", "did you mean `password`?"),
        ("password = \"x\"", "", "the key `password` is missing"),
        ("Lists =", "inbox =", "this folder cannot be used"),
        ("Lists =", "\"a*\" =", "this folder cannot be used"),
        ("\"Al@example.org\"", "\"ALICE@example.org\"", "the address `alice@example.org` is given twice"),
        ("\"Al@example.org\"", "\"Al\"", "this address cannot be used"),
        ("domains = [\"example.org\"]", "domains = [\"a b\"]", "this domain cannot be used"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let shown = read(&GOOD.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(shown.contains(says), "{to}: {shown}");
    }
    let none = read("format = \"maillab-accounts/1\"\n").unwrap_err().to_string();
    assert!(none.contains("no account is given"), "{none}");
}

#[test]
fn a_run_that_keeps_nothing_counts_its_changes_beyond_those_of_any_run_before() {
    let at = |seconds: i64| {
        let now = Timestamp { unix: NOW.unix + seconds, ..NOW };
        read(GOOD).unwrap().store(now, |_| Ok(one_message("hello"))).unwrap()
    };
    let (first, second) = (at(0), at(1));
    let oldest = second.changes_since(first.modseq()).next().unwrap().modseq;
    assert!(oldest > first.modseq());
    assert_eq!(second.changes_since(first.modseq()).count(), 3, "all three messages are heard of anew");
}

#[test]
fn the_format_may_be_left_out() {
    let without = GOOD.replacen("format = \"maillab-accounts/1\"\n", "", 1);
    assert_eq!(read(&without).unwrap(), read(GOOD).unwrap());
}

#[test]
fn a_password_is_shown_in_no_message() {
    for bad in [format!("top-secret\\n{}", "x"), "top-secret".repeat(60)] {
        let text = GOOD.replace("password = \"x\"", &format!("password = \"{bad}\""));
        let shown = read(&text).unwrap_err().to_string();
        assert!(!shown.contains("top-secret"), "{shown}");
    }
    assert!(!format!("{:?}", read(GOOD).unwrap()).contains("sec ret"));
}

#[test]
fn the_longest_password_is_taken_and_one_octet_more_is_not() {
    for (octets, fits) in [(PASSWORD_MAX, true), (PASSWORD_MAX + 1, false)] {
        let account = Account {
            name: "alice".into(),
            password: "x".repeat(octets),
            mail: Source::Nothing,
            folders: Vec::new(),
            addresses: Vec::new(),
            clients: Vec::new(),
            acts_as: Vec::new(),
        };
        assert_eq!(Accounts::one(account).is_ok(), fits);
    }
}

#[test]
fn the_same_mail_has_the_same_uids_and_other_mail_is_another_mailbox() {
    let accounts = read(GOOD).unwrap();
    let identity = |text: &str, now: i64| {
        let store = accounts.store(Timestamp { unix: now, ..NOW }, |_| Ok(one_message(text))).unwrap();
        let alice = store.user(b"alice").unwrap();
        let inbox = store.mailbox(store.inbox(alice).unwrap()).unwrap().clone();
        let lists = store.mailbox(store.mailbox_named(alice, "Lists").unwrap()).unwrap().clone();
        (inbox.uid_validity, inbox.entries.get(0).unwrap().uid, inbox.uid_next, lists.uid_validity)
    };
    let (first, later) = (identity("a", 1_700_000_000), identity("a", 1_700_000_060));
    assert_eq!((first.0, first.1), (later.0, Uid(1)));
    assert!(first.2 < later.2, "what came in at the first run has UIDs that the second never gives");
    assert_ne!(first.0, identity("b", 1_700_000_000).0);
    assert_ne!(first.0, first.3, "the same mail under another name is another mailbox");
}

#[test]
fn workstations_of_dmsp_come_with_their_last_login() {
    let text = "[[account]]\nname = \"alice\"\npassword = \"x\"\nclients = { office = 1998-02-20T09:00:00, \
                home = 1998-03-01T10:00:00+01:00 }\n";
    let accounts = read(text).unwrap();
    let start = Timestamp::DEFAULT_START;
    let store = accounts.store(start, |_| unreachable!()).unwrap();
    let alice = store.user(b"alice").unwrap();
    let known: Vec<(&str, i64)> =
        store.clients(alice).iter().map(|client| (client.name.as_str(), client.connected.unix)).collect();
    assert_eq!(known, [("home", 888_742_800), ("office", 887_965_200)]);
    for (clients, says) in [
        ("{ \"of fice\" = 1998-02-20T09:00:00 }", "client"),
        ("{ office = 1998-02-20 }", "time of day"),
        ("{ office = \"yesterday\" }", "datetime"),
    ] {
        let text = format!("[[account]]\nname = \"alice\"\npassword = \"x\"\nclients = {clients}\n");
        let lesson = read(&text).unwrap_err().to_string();
        assert!(lesson.contains(says), "{clients}: {lesson}");
    }
}
