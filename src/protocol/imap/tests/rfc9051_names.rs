//! The examples of RFC 9051 §6.1 to §6.3, in its order, with a server of our own. What is done otherwise stands on the
//! book's page about deviations.

use super::rfc9051::rev2;
use super::*;
use crate::protocol::imap::Dialect;
use crate::protocol::sasl::Mechanism;
use crate::protocol::security::{Security, Tls};

/// A conversation from the greeting on, with a server that speaks nothing else and has these mechanisms.
fn secured(tls: Tls, mechanisms: &[Mechanism], text: &str) {
    let settings = ImapSettings {
        dialect: Dialect::Rev2,
        extensions: Extensions::NONE,
        security: Security { tls, cleartext_logins: false, ..Security::default() },
        mechanisms: mechanisms.to_vec(),
        external: Some("alice".to_owned()),
        ..ImapSettings::default()
    };
    dialogue(&Dialogue { store: &store_of(&[]), text, burst: false }, || Imap::new(settings.clone()));
}

#[test]
fn tls_changes_what_is_offered_as_in_rev2_6_1_1_and_6_2_1() {
    // GSSAPI needs a realm: PLAIN and EXTERNAL stand in for it, here and in §6.2.2.
    secured(
        Tls::Offered,
        &[Mechanism::Plain],
        "
        S: * OK <*>
        C: a001 CAPABILITY
        S: * CAPABILITY IMAP4rev2 STARTTLS LOGINDISABLED
        S: a001 OK CAPABILITY completed
        C: a002 STARTTLS
        S: a002 OK begin TLS now
        ",
    );
    secured(
        Tls::Active,
        &[Mechanism::Plain],
        "
        S: * OK <*>
        C: a003 CAPABILITY
        S: * CAPABILITY IMAP4rev2 AUTH=PLAIN
        S: a003 OK CAPABILITY completed
        C: a004 AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA==
        S: a004 OK AUTHENTICATE PLAIN completed
        ",
    );
}

#[test]
fn mechanisms_begin_with_and_without_a_response_as_in_rev2_6_2_2() {
    secured(
        Tls::Active,
        &[Mechanism::Plain, Mechanism::External],
        "
        S: * OK <*>
        C: C01 CAPABILITY
        S: * CAPABILITY IMAP4rev2 AUTH=PLAIN AUTH=EXTERNAL
        S: C01 OK CAPABILITY completed
        C: A01 AUTHENTICATE PLAIN
        S: +<*>
        C: AGFsaWNlAHNlY3JldA==
        S: A01 OK AUTHENTICATE PLAIN completed
        ",
    );
    secured(
        Tls::Active,
        &[Mechanism::Plain, Mechanism::External],
        "
        S: * OK <*>
        C: A01 AUTHENTICATE EXTERNAL =
        S: A01 OK AUTHENTICATE EXTERNAL completed
        ",
    );
    // The exchange of GSSAPI: refused, and the next command is one again.
    secured(
        Tls::Offered,
        &[Mechanism::Plain],
        "
        S: * OK <*>
        C: A001 AUTHENTICATE GSSAPI
        S: A001 NO [CANNOT] <*>
        C: A002 NOOP
        S: A002 OK NOOP completed
        ",
    );
}

#[test]
fn sessions_begin_and_end_as_in_rev2_6_1_2_6_1_3_6_2_3_and_6_3_1() {
    let session = || Imap::new(ImapSettings { dialect: Dialect::Rev2, ..ImapSettings::default() });
    let text = "
        S: * OK <*>
        C: a002 NOOP
        S: a002 OK NOOP completed
        C: a001 LOGIN alice secret
        S: a001 OK LOGIN completed
        C: t1 CAPABILITY
        S: * CAPABILITY IMAP4rev2 LITERAL+ ID <*>
        S: t1 OK CAPABILITY completed
        C: t2 ENABLE CONDSTORE X-GOOD-IDEA
        S: * ENABLED CONDSTORE
        S: t2 OK ENABLE completed
        C: t3 CAPABILITY
        S: * CAPABILITY IMAP4rev2 LITERAL+ ID <*>
        S: t3 OK CAPABILITY completed
        C: a1 ENABLE CONDSTORE
        S: * ENABLED CONDSTORE
        S: a1 OK ENABLE completed
        C: A023 LOGOUT
        S: * BYE mail.example signing off
        S: A023 OK LOGOUT completed
        S. close
        ";
    dialogue(&Dialogue { store: &store_of(&[]), text, burst: true }, session);
}

#[test]
fn another_mailbox_closes_the_first_as_in_rev2_6_3_2_and_6_3_3() {
    rev2(
        &[b"\r\n"],
        r#"
        C: a CREATE Drafts
        S: a OK <*>
        C: a CREATE blurdybloop
        S: a OK <*>
        C: A142 SELECT INBOX
        S: * 1 EXISTS
        S: <**>
        S: * LIST () "/" INBOX
        S: A142 OK [READ-WRITE] SELECT completed
        C: A143 SELECT Drafts
        S: * OK [CLOSED] <*>
        S: * 0 EXISTS
        S: * OK [UIDVALIDITY 2] UIDs valid
        S: * OK [UIDNEXT 1] Predicted next UID
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] <*>
        S: * OK [HIGHESTMODSEQ <*>
        S: * LIST () "/" Drafts
        S: A143 OK [READ-WRITE] SELECT completed
        C: A932 EXAMINE blurdybloop
        S: * OK [CLOSED] <*>
        S: * 0 EXISTS
        S: <**>
        S: * OK [PERMANENTFLAGS ()] <*>
        S: <**>
        S: * LIST () "/" blurdybloop
        S: A932 OK [READ-ONLY] EXAMINE completed
        "#,
    );
}

#[test]
fn names_are_made_and_removed_as_in_rev2_6_3_4_and_6_3_5() {
    rev2(
        &[],
        r#"
        C: A003 CREATE owatagusiam/
        S: A003 OK CREATE completed
        C: A004 CREATE owatagusiam/blurdybloop
        S: A004 OK CREATE completed
        C: a DELETE owatagusiam/blurdybloop
        S: a OK <*>
        C: a DELETE owatagusiam
        S: a OK <*>
        C: a CREATE blurdybloop
        S: a OK <*>
        C: a CREATE foo/bar
        S: a OK <*>
        C: A682 LIST "" *
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" blurdybloop
        S: * LIST (\NonExistent \HasChildren) "/" foo
        S: * LIST (\HasNoChildren) "/" foo/bar
        S: A682 OK LIST completed
        C: A683 DELETE blurdybloop
        S: A683 OK DELETE completed
        C: A684 DELETE foo
        S: A684 NO [HASCHILDREN] this name has inferiors, <*>
        C: A685 DELETE foo/bar
        S: A685 OK DELETE completed
        # Deviation: the name goes with the last of its inferiors.
        C: A686 LIST "" *
        S: * LIST (\HasNoChildren) "/" INBOX
        S: A686 OK LIST completed
        C: A687 DELETE foo
        S: A687 NO [NONEXISTENT] <*>
        C: a CREATE blurdybloop
        S: a OK <*>
        C: a CREATE foo
        S: a OK <*>
        C: a CREATE foo/bar
        S: a OK <*>
        C: A82 LIST "" *
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" blurdybloop
        S: * LIST (\HasChildren) "/" foo
        S: * LIST (\HasNoChildren) "/" foo/bar
        S: A82 OK LIST completed
        C: A83 DELETE blurdybloop
        S: A83 OK DELETE completed
        C: A84 DELETE foo
        S: A84 OK DELETE completed
        C: A85 LIST "" f*
        S: * LIST (\NonExistent \HasChildren) "/" foo
        S: * LIST (\HasNoChildren) "/" foo/bar
        S: A85 OK LIST completed
        C: A86 LIST "" %
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\NonExistent \HasChildren) "/" foo
        S: A86 OK LIST completed
        "#,
    );
}

#[test]
fn names_change_and_are_subscribed_to_as_in_rev2_6_3_6_to_6_3_8() {
    rev2(
        &[b"\r\n"],
        r##"
        C: a CREATE blurdybloop
        S: a OK <*>
        C: a CREATE foo/bar
        S: a OK <*>
        C: A683 RENAME blurdybloop sarasoop
        S: A683 OK RENAME completed
        C: A684 RENAME foo zowie
        S: A684 OK RENAME completed
        C: A685 LIST "" *
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" sarasoop
        S: * LIST (\NonExistent \HasChildren) "/" zowie
        S: * LIST (\HasNoChildren) "/" zowie/bar
        S: A685 OK LIST completed
        C: a CREATE INBOX/bar
        S: a OK <*>
        C: Z433 RENAME INBOX old-mail
        S: Z433 OK RENAME completed
        C: Z434 LIST "" (INBOX* old-mail)
        S: * LIST (\HasChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" INBOX/bar
        S: * LIST (\HasNoChildren) "/" old-mail
        S: Z434 OK LIST completed
        C: 1000 SUBSCRIBE old-mail
        S: 1000 OK SUBSCRIBE completed
        C: 1001 RENAME old-mail Y
        S: 1001 OK RENAME completed
        C: 1002 SUBSCRIBE Y
        S: 1002 OK SUBSCRIBE completed
        C: 1003 UNSUBSCRIBE old-mail
        S: 1003 OK UNSUBSCRIBE completed
        C: 1004 LIST (SUBSCRIBED) "" *
        S: * LIST (\HasNoChildren \Subscribed) "/" Y
        S: 1004 OK LIST completed
        C: a CREATE #news/comp/mail/mime
        S: a OK <*>
        C: A002 SUBSCRIBE #news/comp/mail/mime
        S: A002 OK SUBSCRIBE completed
        C: A002 UNSUBSCRIBE #news/comp/mail/mime
        S: A002 OK UNSUBSCRIBE completed
        "##,
    );
}

/// Makes these mailboxes and subscribes to those.
fn tree(made: &[&str], subscribed: &[&str]) -> String {
    let made = made.iter().map(|name| format!("C: c CREATE {name}\nS: c OK <*>\n"));
    let subscribed = subscribed.iter().map(|name| format!("C: s SUBSCRIBE {name}\nS: s OK <*>\n"));
    made.chain(subscribed).collect()
}

const FOOD: [&str; 8] = [
    "Fruit",
    "Fruit/Apple",
    "Fruit/Banana",
    "Fruit/Peach",
    "Tofu",
    "Vegetable",
    "Vegetable/Broccoli",
    "Vegetable/Corn",
];

#[test]
fn everything_is_listed_as_in_rev2_6_3_9_8() {
    // Also RFC 5258 §5, examples 1 to 6. There are no mailboxes on other servers: asked for, none are shown.
    let begin = tree(&FOOD, &["INBOX", "Fruit/Banana", "Fruit/Peach", "Vegetable", "Vegetable/Broccoli"]);
    let text = r#"
        C: d DELETE Fruit/Peach
        S: d OK <*>
        C: A101 LIST "" ""
        S: * LIST (\Noselect) "/" ""
        S: A101 OK LIST completed
        C: A103 LIST /usr/staff/jones ""
        S: * LIST (\Noselect) "/" <*>
        S: A103 OK LIST completed
        C: A202 LIST Fruit/ %
        S: * LIST (\HasNoChildren) "/" Fruit/Apple
        S: * LIST (\HasNoChildren) "/" Fruit/Banana
        S: A202 OK LIST completed
        C: A01 LIST "" "*"
        S: * LIST (\HasChildren) "/" Fruit
        S: * LIST (\HasNoChildren) "/" Fruit/Apple
        S: * LIST (\HasNoChildren) "/" Fruit/Banana
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" Tofu
        S: * LIST (\HasChildren) "/" Vegetable
        S: * LIST (\HasNoChildren) "/" Vegetable/Broccoli
        S: * LIST (\HasNoChildren) "/" Vegetable/Corn
        S: A01 OK LIST completed
        C: A04 LIST (REMOTE) "" "%" RETURN (CHILDREN)
        S: * LIST (\HasChildren) "/" Fruit
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" Tofu
        S: * LIST (\HasChildren) "/" Vegetable
        S: A04 OK LIST completed
        C: A05 LIST (REMOTE SUBSCRIBED) "" "*"
        S: * LIST (\HasNoChildren \Subscribed) "/" Fruit/Banana
        S: * LIST (\NonExistent \HasNoChildren \Subscribed) "/" Fruit/Peach
        S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
        S: * LIST (\HasChildren \Subscribed) "/" Vegetable
        S: * LIST (\HasNoChildren \Subscribed) "/" Vegetable/Broccoli
        S: A05 OK LIST completed
        "#;
    rev2(&[], &format!("{begin}{text}"));
}

#[test]
fn what_is_below_is_told_as_in_rev2_6_3_9_8() {
    // Also RFC 5258 §5, examples 8 and 9.
    let listed = r#"
        C: C01 LIST "" "*"
        S: * LIST (\HasChildren) "/" Foo
        S: * LIST (\HasNoChildren) "/" Foo/Bar
        S: * LIST (\HasNoChildren) "/" Foo/Baz
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" Moo
        S: C01 OK LIST completed
        C: CA3 LIST "" "%" RETURN (CHILDREN)
        S: * LIST (\HasChildren) "/" Foo
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" Moo
        S: CA3 OK LIST completed
        C: C02 LIST (SUBSCRIBED) "" "*"
        S: * LIST (\HasNoChildren \Subscribed) "/" Foo/Baz
        S: C02 OK LIST completed
        C: C04 LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"
        S: * LIST (\HasChildren) "/" Foo ("CHILDINFO" ("SUBSCRIBED"))
        S: C04 OK LIST completed
        C: s SUBSCRIBE Foo
        S: s OK <*>
        C: C04 LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"
        S: * LIST (\HasChildren \Subscribed) "/" Foo ("CHILDINFO" ("SUBSCRIBED"))
        S: C04 OK LIST completed
        C: s UNSUBSCRIBE Foo/Baz
        S: s OK <*>
        C: s SUBSCRIBE Moo
        S: s OK <*>
        C: C04 LIST (SUBSCRIBED RECURSIVEMATCH) "" "%" RETURN (CHILDREN)
        S: * LIST (\HasChildren \Subscribed) "/" Foo
        S: * LIST (\HasNoChildren \Subscribed) "/" Moo
        S: C04 OK LIST completed
        "#;
    rev2(&[], &format!("{}{listed}", tree(&["Foo", "Foo/Bar", "Foo/Baz", "Moo"], &["Foo/Baz"])));
    // The name has no mailbox; and a subscription may be all that is left of a name below.
    let gone = r#"
        C: C04 LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"
        S: * LIST (\NonExistent \HasChildren) "/" Foo ("CHILDINFO" ("SUBSCRIBED"))
        S: C04 OK LIST completed
        C: d CREATE foo
        S: d OK <*>
        C: d CREATE foo/bar
        S: d OK <*>
        C: d SUBSCRIBE foo/bar
        S: d OK <*>
        C: d DELETE foo/bar
        S: d OK <*>
        C: a1 LIST "" ("foo" "foo/*")
        S: * LIST (\HasNoChildren) "/" foo
        S: a1 OK LIST completed
        C: a2 LIST (SUBSCRIBED) "" "foo/*"
        S: * LIST (\NonExistent \HasNoChildren \Subscribed) "/" foo/bar
        S: a2 OK LIST completed
        C: a3 LIST (SUBSCRIBED RECURSIVEMATCH) "" foo RETURN (CHILDREN)
        S: * LIST (\HasNoChildren) "/" foo ("CHILDINFO" ("SUBSCRIBED"))
        S: a3 OK LIST completed
        C: d CREATE music/rock
        S: d OK <*>
        C: a1 LIST (REMOTE) "" m*
        S: * LIST (\NonExistent \HasChildren) "/" music
        S: * LIST (\HasNoChildren) "/" music/rock
        S: a1 OK LIST completed
        C: a2 LIST () "" m%
        S: * LIST (\NonExistent \HasChildren) "/" music
        S: a2 OK LIST completed
        C: a3 LIST (REMOTE) "" m%
        S: * LIST (\NonExistent \HasChildren) "/" music
        S: a3 OK LIST completed
        C: a3.1 LIST "" (m% music/rock)
        S: * LIST (\NonExistent \HasChildren) "/" music
        S: * LIST (\HasNoChildren) "/" music/rock
        S: a3.1 OK LIST completed
        "#;
    rev2(&[], &format!("{}{gone}", tree(&["Foo/Baz"], &["Foo/Baz"])));
}

#[test]
fn names_that_match_at_their_end_are_listed_as_in_rev2_6_3_9_8() {
    // Also RFC 5258 §5, example 10.
    let below =
        ["foo2/bar1", "foo2/bar2", "baz2/bar2", "baz2/bar22", "baz2/bar222", "eps2/mamba", "qux2/bar2"];
    let made = ["foo2", "baz2", "eps2"].iter().chain(&below).copied().collect::<Vec<_>>();
    let subscribed = ["eps2"].iter().chain(&below).copied().collect::<Vec<_>>();
    let text = r#"
        C: D01 LIST "" "*"
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasChildren) "/" baz2
        S: * LIST (\HasNoChildren) "/" baz2/bar2
        S: * LIST (\HasNoChildren) "/" baz2/bar22
        S: * LIST (\HasNoChildren) "/" baz2/bar222
        S: * LIST (\HasChildren) "/" eps2
        S: * LIST (\HasNoChildren) "/" eps2/mamba
        S: * LIST (\HasChildren) "/" foo2
        S: * LIST (\HasNoChildren) "/" foo2/bar1
        S: * LIST (\HasNoChildren) "/" foo2/bar2
        S: * LIST (\NonExistent \HasChildren) "/" qux2
        S: * LIST (\HasNoChildren) "/" qux2/bar2
        S: D01 OK LIST completed
        C: D02 LIST (SUBSCRIBED) "" "*"
        S: * LIST (\HasNoChildren \Subscribed) "/" baz2/bar2
        S: * LIST (\HasNoChildren \Subscribed) "/" baz2/bar22
        S: * LIST (\HasNoChildren \Subscribed) "/" baz2/bar222
        S: * LIST (\HasChildren \Subscribed) "/" eps2
        S: * LIST (\HasNoChildren \Subscribed) "/" eps2/mamba
        S: * LIST (\HasNoChildren \Subscribed) "/" foo2/bar1
        S: * LIST (\HasNoChildren \Subscribed) "/" foo2/bar2
        S: * LIST (\HasNoChildren \Subscribed) "/" qux2/bar2
        S: D02 OK LIST completed
        C: D03 LIST (RECURSIVEMATCH SUBSCRIBED) "" "*"
        S: * LIST (\HasNoChildren \Subscribed) "/" baz2/bar2
        S: * LIST (\HasNoChildren \Subscribed) "/" baz2/bar22
        S: * LIST (\HasNoChildren \Subscribed) "/" baz2/bar222
        S: * LIST (\HasChildren \Subscribed) "/" eps2 ("CHILDINFO" ("SUBSCRIBED"))
        S: * LIST (\HasNoChildren \Subscribed) "/" eps2/mamba
        S: * LIST (\HasNoChildren \Subscribed) "/" foo2/bar1
        S: * LIST (\HasNoChildren \Subscribed) "/" foo2/bar2
        S: * LIST (\HasNoChildren \Subscribed) "/" qux2/bar2
        # Deviation: foo2 and baz2 are left out, as §6.3.9.6 wants it, and not shown as at this place.
        S: D03 OK LIST completed
        "#;
    rev2(&[], &format!("{}{text}", tree(&made, &subscribed)));
}
