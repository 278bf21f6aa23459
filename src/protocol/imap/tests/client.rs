//! The client against the server.

use super::*;
use crate::desk::Service;
use crate::mail::summary::Summary;
use crate::protocol::imap::ImapClient;

#[test]
fn a_client_logs_in_selects_fetches_and_logs_out() {
    let first = b"Subject: one\r\nMessage-ID: <1@x>\r\nDate: today\r\n\r\nhello\r\n";
    let second = b"Subject: \xfctwo\r\n\r\n\r\n{5}\r\n)\r\n";
    let mut lab = Lab::new(store_of(&[first, second]));
    lab.run(
        |_| Box::new(session()),
        async |desk| {
            let mut client = ImapClient::greet(desk.connect(Service::Imap).await?).await?;
            assert_eq!(client.capability().await?, ["IMAP4rev1"]);
            client.login("alice", "secret").await?;
            let selected = client.select("INBOX").await?;
            assert_eq!(
                (selected.exists, selected.recent, selected.uid_next, selected.first_unseen),
                (2, 2, 3, Some(1))
            );
            assert!(!selected.read_only);
            let fetched = client.fetch("1:*", "(UID RFC822.SIZE ENVELOPE BODY.PEEK[])").await?;
            for (response, octets) in fetched.iter().zip([&first[..], second]) {
                assert_eq!(response.uid, Some(response.number));
                assert_eq!(response.size, Some(octets.len() as u32));
                assert_eq!(response.section("BODY[]").unwrap(), octets);
                let envelope = response.envelope.as_ref().unwrap();
                assert_eq!(envelope.summary().key(), Summary::of(&Message::new(octets.to_vec())).key());
            }
            client.logout().await
        },
    )
    .unwrap();
    assert!(lab.conns[0].closed);
}

#[test]
fn commands_can_overtake_their_answers() {
    let mut lab = Lab::new(store_of(&[b"Subject: 1\r\n\r\none\r\n", b"Subject: 2\r\n\r\ntwo\r\n"]));
    lab.run(
        |_| Box::new(session()),
        async |desk| {
            let mut client = ImapClient::greet(desk.connect(Service::Imap).await?).await?;
            client.login("alice", "secret").await?;
            client.examine("INBOX").await?;
            let first = client.send_command("FETCH 1 BODY.PEEK[TEXT]").await?;
            let bad = client.send_command("FETCH 9 FLAGS").await?;
            let second = client.send_command("FETCH 1:2 BODY.PEEK[TEXT]").await?;
            // Asked for in another order than sent: each answer still belongs to its own command.
            let mut texts = Vec::new();
            while let Some(answer) = client.next_response(second).await? {
                texts.push(answer.fetch().unwrap().first_section().unwrap().clone());
            }
            assert_eq!(texts, [&b"one\r\n"[..], b"two\r\n"]);
            let refused = client.finish(bad).await.unwrap_err();
            assert!(
                refused.to_string().starts_with("the server answers BAD column 12: there is no message 9"),
                "{refused}"
            );
            let answers = client.finish(first).await?;
            assert_eq!(answers.len(), 1);
            client.logout().await
        },
    )
    .unwrap();
}

#[test]
fn a_client_stores_searches_copies_appends_and_expunges() {
    let mut lab = Lab::new(store_of(&[b"Subject: 1\r\n\r\none\r\n", b"Subject: 2\r\n\r\ntwo\r\n"]));
    lab.run(
        |_| Box::new(session()),
        async |desk| {
            let mut client = ImapClient::greet(desk.connect(Service::Imap).await?).await?;
            client.login("alice", "secret").await?;
            client.select("inbox").await?;
            client.append("INBOX", "(\\Seen)", b"Subject: 3\r\n\r\n{4}\r\n").await?;
            assert_eq!(client.exists(), 3);
            assert_eq!(client.search("UNSEEN").await?, [1, 2]);
            assert_eq!(client.uid_search("SUBJECT 3").await?, [3]);
            let stored = client.store("1", "+FLAGS", "(\\Deleted)").await?;
            assert!(stored[0].has_flag("\\deleted"));
            client.copy("3", "INBOX").await?;
            assert_eq!(client.expunge().await?, [1]);
            assert_eq!(client.exists(), 3);
            let uids: Vec<_> = client.uid_fetch("1:*", "FLAGS").await?.iter().map(|r| r.uid).collect();
            assert_eq!(uids, [Some(2), Some(3), Some(4)]);
            client.noop().await?;
            client.close().await?;
            client.logout().await
        },
    )
    .unwrap();
    assert_eq!(lab.conns[0].commands.iter().filter(|c| c.contains("APPEND")).count(), 1);
}

#[test]
fn a_password_that_fits_no_quotes_goes_as_a_literal() {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    store.add_user("bj\u{f6}rn", "\u{fc}\r\n\"x").unwrap();
    store.add_user("al \"ice\\", "se cret").unwrap();
    for (user, password) in [("bj\u{f6}rn", "\u{fc}\r\n\"x"), ("al \"ice\\", "se cret")] {
        let mut lab = Lab::new(store.clone());
        lab.run(
            |_| Box::new(session()),
            async |desk| {
                let mut client = ImapClient::greet(desk.connect(Service::Imap).await?).await?;
                let refused = client.login(user, "wrong\n").await.unwrap_err();
                assert!(refused.to_string().contains("LOGIN failed"), "{refused}");
                client.login(user, password).await?;
                client.logout().await
            },
        )
        .unwrap();
    }
}

#[test]
fn a_structure_is_numbered_as_fetch_wants_it() {
    let message = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n\
        --c\r\n\r\nplain\r\n--c\r\nContent-Type: text/html; charset=utf-8\r\n\r\nhtml\r\n--c--\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
        Subject: in\r\n\r\ninner\r\n--b\r\nContent-Type: text/x-log\r\nContent-Disposition: attachment\r\n\r\nlog\r\n--b--\r\n";
    let mut lab = Lab::new(store_of(&[message]));
    lab.run(
        |_| Box::new(session()),
        async |desk| {
            let mut client = ImapClient::greet(desk.connect(Service::Imap).await?).await?;
            client.login("alice", "secret").await?;
            client.select("INBOX").await?;
            let fetched = client.fetch("1", "BODYSTRUCTURE").await?;
            let structure = fetched[0].structure.clone().unwrap();
            let leaves: Vec<_> = structure.leaves().into_iter().cloned().collect();
            let seen: Vec<_> =
                leaves.iter().map(|leaf| (leaf.section.as_str(), leaf.subtype.as_str())).collect();
            assert_eq!(seen, [("1.1", "PLAIN"), ("1.2", "HTML"), ("2.1", "PLAIN"), ("3", "X-LOG")]);
            assert_eq!(
                leaves.iter().map(|leaf| leaf.is_readable_text()).collect::<Vec<_>>(),
                [true, true, true, false]
            );
            assert_eq!(leaves[1].parameters[0].0, "CHARSET");
            for leaf in &leaves {
                let fetched = client.fetch("1", &format!("BODY.PEEK[{}]", leaf.section)).await?;
                let octets = fetched[0].first_section().unwrap();
                assert_eq!(octets.len() as u64, leaf.size, "{}", leaf.section);
            }
            client.logout().await
        },
    )
    .unwrap();
}

#[test]
fn what_older_servers_say_is_understood() {
    use crate::protocol::imap::response::{Pieces, Response, Status, Untagged, understand};
    let said = |line: &'static str| understand(&Pieces { pieces: vec![bytes::Bytes::from(line)] });
    // STORE is FETCH, COPY is nothing, dates are kept as they stand (RFC 1732, RFC 2062 §7.3.OBS).
    let Some(Response::Untagged(Untagged::Fetch(stored))) =
        said("* 69 STORE (FLAGS (\\Deleted) INTERNALDATE \" 9-Jun-88 12:55:44-PDT\")")
    else {
        panic!("STORE is not understood");
    };
    assert!(stored.number == 69 && stored.has_flag("\\deleted"));
    assert_eq!(stored.internal_date.as_deref(), Some(&b" 9-Jun-88 12:55:44-PDT"[..]));
    assert!(matches!(said("* 44 COPY"), Some(Response::Untagged(Untagged::Other(_)))));
    assert_eq!(said("* MAILBOX a b"), Some(Response::Untagged(Untagged::Mailbox("a b".to_owned()))));
    assert_eq!(said("* SEARCH (2 3) (FROM x)"), Some(Response::Untagged(Untagged::Search(vec![2, 3]))));
    // Data with a tag is told from how a command ended.
    assert_eq!(said("a004 19 EXISTS"), Some(Response::Solicited("a004".to_owned(), Untagged::Exists(19))));
    let Some(Response::Solicited(_, Untagged::Fetch(keyed))) =
        said("a006 42 FETCH (TO (\"a@x\" \"b@y\") $SUBJECT NIL)")
    else {
        panic!("FETCH with a tag is not understood");
    };
    assert_eq!(keyed.lists[0].1.len(), 2);
    assert_eq!(keyed.section("$SUBJECT"), None);
    let Some(Response::Tagged(_, ended)) = said("a006 OK FETCH completed") else {
        panic!("OK is not understood")
    };
    assert_eq!(ended.status, Status::Ok);
    assert_eq!(said("a006 nonsense"), None);
}

mod properties {
    use super::*;
    use crate::protocol::imap::response::{Pieces, Response, Untagged, understand};
    use bytes::Bytes;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn envelope_and_header_give_one_summary(
            header in r#"((Subject|Message-ID|Date|From|X): [a-z"\\{}()é\t =?]{0,20}(\r\n [a-z ]{0,5})?\r\n){0,6}"#,
        ) {
            let message = format!("{header}\r\nbody\r\n");
            let expected = Summary::of(&Message::new(message.clone())).key();
            let mut lab = Lab::new(store_of(&[message.as_bytes()]));
            let key = lab.run(|_| Box::new(session()), async |desk| {
                let mut client = ImapClient::greet(desk.connect(Service::Imap).await?).await?;
                client.login("alice", "secret").await?;
                client.select("INBOX").await?;
                let fetched = client.fetch("1", "ENVELOPE").await?;
                Ok(fetched[0].envelope.as_ref().unwrap().summary().key())
            }).unwrap();
            prop_assert_eq!(key, expected);
        }

        #[test]
        fn no_response_is_too_odd(line in r#"(\* )?[0-9]{0,3} ?(FETCH|SEARCH|LIST|OK|FLAGS|STATUS)? ?[a-zA-Z0-9()\[\]{}"\\<> .]{0,40}"#) {
            let _ = understand(&Pieces { pieces: vec![Bytes::from(line)] });
        }
    }

    #[test]
    fn deep_responses_do_not_exhaust_the_stack() {
        let line = format!("* 1 FETCH (BODY {}", "(".repeat(1_000_000));
        let response = understand(&Pieces { pieces: vec![Bytes::from(line)] });
        assert!(matches!(response, Some(Response::Untagged(Untagged::Other(_)))));
    }
}

#[test]
fn a_client_that_asks_for_integrity_speaks_through_the_layer_and_deflates_inside_it() {
    use crate::protocol::sasl::{Credentials, Mechanism};
    let credentials = |password: &str| Credentials {
        name: "alice".into(),
        password: password.as_bytes().to_vec(),
        authorize: String::new(),
        service: "imap",
        host: "mail.example".into(),
        nonce: "oneNonce".into(),
        wants_layer: true,
    };
    for (password, right) in [("secret", true), ("wrong", false)] {
        for compresses in [false, true] {
            let mut lab = Lab::new(store_of(&[b"Subject: 1\r\n\r\none\r\n"]));
            let result = lab.run(
                |_| Box::new(usual()),
                async |desk| {
                    let mut client = ImapClient::greet(desk.connect(Service::Imap).await?).await?;
                    client.authenticate(Mechanism::DigestMd5, credentials(password)).await?;
                    if compresses {
                        client.compress().await?;
                    }
                    client.select("INBOX").await?;
                    let answers = client.command("FETCH 1 BODY[]").await?;
                    assert_eq!(answers.len(), 1);
                    client.logout().await
                },
            );
            assert_eq!(result.is_ok(), right, "{compresses}: {result:?}");
            assert_eq!(lab.conns[0].unframed(), 0, "the layer's own octets belong to commands");
        }
    }
}
