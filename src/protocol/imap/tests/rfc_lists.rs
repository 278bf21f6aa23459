//! The examples of the extensions of LIST and STATUS: RFC 3348 §3, RFC 5258 §5 (those that RFC 9051 has too are in
//! `rfc9051_names.rs`), RFC 5819 §3, RFC 6154 §5, RFC 7889 §3, RFC 8438 §3, RFC 2342 §5.

use super::*;

#[test]
fn rfc_3348_names_with_and_without_children() {
    extended_on(
        &store_of(&[]),
        r#"
        C: c CREATE ITEM_1
        S: c OK <*>
        C: c CREATE ITEM_1/ITEM_1A
        S: c OK <*>
        C: c CREATE ITEM_2/HIDDEN
        S: c OK <*>
        C: A001 LIST "" *
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasChildren) "/" ITEM_1
        S: * LIST (\HasNoChildren) "/" ITEM_1/ITEM_1A
        S: * LIST (\Noselect \HasChildren) "/" ITEM_2
        S: * LIST (\HasNoChildren) "/" ITEM_2/HIDDEN
        S: A001 OK LIST completed
        "#,
    );
}

#[test]
fn rfc_5258_several_patterns() {
    // §5, example 7. Deviation: names come in their order, and each once.
    extended_on(
        &store_of(&[]),
        r#"
        C: c CREATE Drafts
        S: c OK <*>
        C: c CREATE Sent/March2004
        S: c OK <*>
        C: c CREATE Sent/December2003
        S: c OK <*>
        C: c CREATE Sent/August2004
        S: c OK <*>
        C: BBB LIST "" ("INBOX" "Drafts" "Sent/%")
        S: * LIST (\HasNoChildren \Drafts) "/" Drafts
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" Sent/August2004
        S: * LIST (\HasNoChildren) "/" Sent/December2003
        S: * LIST (\HasNoChildren) "/" Sent/March2004
        S: BBB OK LIST completed
        "#,
    );
}

#[test]
fn rfc_5819_counts_of_what_can_be_opened() {
    // §3, both examples. The second has no space before its reference there: that is refused.
    extended_on(
        &store_of(&[b"\r\n"]),
        r#"
        C: c CREATE foo
        S: c OK <*>
        C: c CREATE bar/x
        S: c OK <*>
        C: c SUBSCRIBE INBOX
        S: c OK <*>
        C: A01 LIST "" % RETURN (STATUS (MESSAGES UNSEEN))
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * STATUS INBOX (MESSAGES 1 UNSEEN 1)
        S: * LIST (\NonExistent \HasChildren) "/" bar
        S: * LIST (\HasNoChildren) "/" foo
        S: * STATUS foo (MESSAGES 0 UNSEEN 0)
        S: A01 OK LIST completed
        C: c SUBSCRIBE bar/x
        S: c OK <*>
        C: A02 LIST (SUBSCRIBED RECURSIVEMATCH)"" % RETURN (STATUS (MESSAGES))
        S: A02 BAD column 37: expected a space and a reference, <*>
        C: A02 LIST (SUBSCRIBED RECURSIVEMATCH) "" % RETURN (STATUS (MESSAGES))
        S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
        S: * STATUS INBOX (MESSAGES 1)
        S: * LIST (\NonExistent \HasChildren) "/" bar ("CHILDINFO" ("SUBSCRIBED"))
        S: A02 OK LIST completed
        "#,
    );
}

#[test]
fn rfc_6154_mailboxes_with_a_use() {
    // §5.1 and §5.2. Deviation: uses go by names, and nothing else says so: §5.3 (CREATE-SPECIAL-USE) and §5.4 (METADATA) are
    // not announced, and refused.
    extended_on(
        &store_of(&[]),
        r#"
        C: c CREATE ToDo
        S: c OK <*>
        C: c CREATE Projects/x
        S: c OK <*>
        C: c CREATE Sent
        S: c OK <*>
        C: c CREATE Drafts
        S: c OK <*>
        C: c CREATE Trash
        S: c OK <*>
        C: t1 LIST "" "%"
        S: * LIST (\HasNoChildren \Drafts) "/" Drafts
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\Noselect \HasChildren) "/" Projects
        S: * LIST (\HasNoChildren \Sent) "/" Sent
        S: * LIST (\HasNoChildren) "/" ToDo
        S: * LIST (\HasNoChildren \Trash) "/" Trash
        S: t1 OK LIST completed
        C: t2 LIST "" "%" RETURN (SPECIAL-USE)
        S: * LIST (\HasNoChildren \Drafts) "/" Drafts
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\NonExistent \HasChildren) "/" Projects
        S: * LIST (\HasNoChildren \Sent) "/" Sent
        S: * LIST (\HasNoChildren) "/" ToDo
        S: * LIST (\HasNoChildren \Trash) "/" Trash
        S: t2 OK LIST completed
        C: t3 LIST (SPECIAL-USE) "" "*"
        S: * LIST (\HasNoChildren \Drafts) "/" Drafts
        S: * LIST (\HasNoChildren \Sent) "/" Sent
        S: * LIST (\HasNoChildren \Trash) "/" Trash
        S: t3 OK LIST completed
        C: t2 CREATE MySpecial (USE (\Drafts \Sent))
        S: t2 BAD column 20: expected the end of the command, <*>
        C: t2 GETMETADATA "MyDrafts" /private/specialuse
        S: t2 BAD column 4: no command is called GETMETADATA<*>
        "#,
    );
}

#[test]
fn rfc_7889_and_8438_more_that_can_be_counted() {
    extended_on(
        &store_of(&[b"12345678\r\n", b"1234\r\n"]),
        r#"
        C: t1 CAPABILITY
        S: * CAPABILITY IMAP4rev1 <*> APPENDLIMIT=52428800 <*>
        S: t1 OK CAPABILITY completed
        C: t1 STATUS INBOX (APPENDLIMIT)
        S: * STATUS INBOX (APPENDLIMIT 52428800)
        S: t1 OK STATUS completed
        C: t1 LIST "" % RETURN (STATUS (APPENDLIMIT))
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * STATUS INBOX (APPENDLIMIT 52428800)
        S: t1 OK LIST completed
        C: c CREATE frop
        S: c OK <*>
        C: A01 STATUS INBOX (MESSAGES SIZE UIDNEXT)
        S: * STATUS INBOX (MESSAGES 2 SIZE 16 UIDNEXT 3)
        S: A01 OK STATUS completed
        C: A02 SELECT INBOX
        S: * 2 EXISTS
        S: <**>
        S: A02 OK [READ-WRITE] SELECT completed
        C: A03 FETCH 1:* (RFC822.SIZE)
        S: * 1 FETCH (RFC822.SIZE 10)
        S: * 2 FETCH (RFC822.SIZE 6)
        S: A03 OK FETCH completed
        C: A04 LIST "" % RETURN (STATUS (MESSAGES SIZE))
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * STATUS INBOX (MESSAGES 2 SIZE 16)
        S: * LIST (\HasNoChildren) "/" frop
        S: * STATUS frop (MESSAGES 0 SIZE 0)
        S: A04 OK LIST completed
        "#,
    );
}

#[test]
fn rfc_2342_names_without_other_users() {
    // §5, the first example; those with other users' names and shared ones list nothing here.
    extended_on(
        &store_of(&[]),
        r##"
        C: A001 NAMESPACE
        S: * NAMESPACE (("" "/")) NIL NIL
        S: A001 OK NAMESPACE completed
        C: A002 CREATE "INBOX.Sent Mail"
        S: A002 OK CREATE completed
        C: A002 CREATE "Sent Mail"
        S: A002 OK CREATE completed
        C: A004 CREATE "#mh/Deleted Items"
        S: A004 OK CREATE completed
        C: A002 LIST "" "Other Users/%"
        S: A002 OK LIST completed
        C: A002 LIST "" "#Users/%"
        S: A002 OK LIST completed
        C: A002 LIST "" "~mark/%"
        S: A002 OK LIST completed
        "##,
    );
}
