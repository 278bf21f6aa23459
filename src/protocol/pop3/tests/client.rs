//! The client against the server.

use super::*;

fn with_client<T>(
    store: Store,
    act: impl AsyncFnOnce(Pop3Client) -> Result<T, Trouble>,
) -> (Result<T, Trouble>, Lab) {
    let mut lab = Lab::new(store);
    let result = lab.run(
        |_| Box::new(dewey()),
        async |desk| {
            let wire = desk.connect(Service::Pop3).await?;
            act(Pop3Client::greet(wire).await?).await
        },
    );
    (result, lab)
}

#[test]
fn a_client_reads_every_message_as_it_was_stored() {
    let messages: Vec<Vec<u8>> = [
        &b"Subject: one\r\n\r\na\r\n"[..],
        DOTTED,
        b"",
        b"\r\n",
        b".\r\n",
        b"..\r\n.\r\n\r\n",
        b"a\n.\nb\r.\r\r\n",
    ]
    .iter()
    .map(|text| text.to_vec())
    .collect();
    let store = store_of(&messages.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let (result, lab) = with_client(store, async |mut client| {
        client.apop("mrose", "tanstaaf").await?;
        let (count, octets) = client.stat().await?;
        let list = client.list().await?;
        assert_eq!((list.len() as u32, list.iter().map(|one| one.octets).sum::<u64>()), (count, octets));
        let ids = client.uidl().await?;
        for (nth, stored) in messages.iter().enumerate() {
            let number = nth as u32 + 1;
            assert_eq!(client.retr(number).await?, stored, "message {number}");
            assert_eq!(client.list_one(number).await?, list[nth]);
            assert_eq!(client.uidl_one(number).await?, ids[nth]);
            assert!(stored.starts_with(&client.top(number, 1).await?));
        }
        client.noop().await?;
        client.dele(1).await?;
        client.rset().await?;
        client.dele(2).await?;
        client.quit().await
    });
    assert_eq!(result, Ok(()));
    assert_eq!(left(&lab.store), [1, 3, 4, 5, 6, 7]);
    assert!(lab.conns[0].closed);
}

#[test]
fn a_client_says_what_the_server_refused_and_never_the_password() {
    let (result, _) = with_client(three(), async |mut client| client.user_pass("mrose", "hunter2").await);
    let Err(Trouble::Protocol(why)) = result else { panic!("{result:?}") };
    assert_eq!(
        why,
        "the POP3 server answered PASS with: -ERR [AUTH] no maildrop opens for this name and secret"
    );
    let (result, lab) = with_client(three(), async |mut client| {
        client.user_pass("mrose", "tanstaaf").await?;
        client.retr(9).await
    });
    let Err(Trouble::Protocol(why)) = result else { panic!("{result:?}") };
    assert!(why.starts_with("the POP3 server answered RETR 9 with: -ERR there is no message 9"), "{why}");
    // Its sentence ends there: the client is gone, the mail is not.
    assert_eq!(left(&lab.store), [1, 2, 3]);
    let (result, lab) = with_client(three(), async |mut client| client.user_pass("mrose\r\nQUIT", "x").await);
    assert!(matches!(result, Err(Trouble::Protocol(_))), "{result:?}");
    assert_eq!(lab.conns[0].commands, [""; 0]);
}
