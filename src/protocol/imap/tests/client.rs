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
            assert_eq!((selected.exists, selected.recent, selected.uid_next, selected.first_unseen), (2, 2, 3, Some(1)));
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
