//! The client against the server.

use super::*;

fn with_client<T>(
    store: Store,
    act: impl AsyncFnOnce(Pop2Client) -> Result<T, Trouble>,
) -> (Result<T, Trouble>, Lab) {
    let mut lab = Lab::new(store);
    let result = lab.run(
        |_| Box::new(isif()),
        async |desk| act(Pop2Client::greet(desk.connect(Service::Pop2).await?).await?).await,
    );
    (result, lab)
}

#[test]
fn a_client_reads_every_message_as_it_was_stored() {
    let messages: [&[u8]; 5] = [
        b"Subject: one\r\n\r\na\r\n",
        b"\r\n",
        b".\r\n",
        b"..\r\n.\r\n\r\n",
        b"no line end, \n a bare one, \r and =0\r\n#1",
    ];
    let mut store = store_of(&[]);
    let inbox = store.inbox(store.user(b"POSTEL").unwrap()).unwrap();
    messages.iter().for_each(|message| deliver(&mut store, inbox, message));
    let (result, lab) = with_client(store, async |mut client| {
        assert_eq!(client.helo("POSTEL", "SECRET").await?, 5);
        let mut size = client.read(None).await?;
        for message in messages {
            assert_eq!(client.retr(size).await?, message);
            assert_eq!(client.nack().await?, size);
            assert_eq!(client.retr(size).await?, message);
            size = client.ackd().await?;
        }
        assert_eq!((size, client.fold("nothing").await?), (0, 0));
        client.quit().await
    });
    assert_eq!((result, left(&lab.store).len()), (Ok(()), 0));
}

#[test]
fn a_client_says_what_was_refused_and_never_the_password() {
    let (result, _) = with_client(store_of(&[]), async |mut client| client.helo("POSTEL", "hunter2").await);
    let Err(Trouble::Protocol(why)) = result else { panic!("{result:?}") };
    assert_eq!(why, "the POP2 server answered HELO with: - no mailbox opens for this user and password");
    let (result, _) =
        with_client(store_of(&[]), async |mut client| client.helo("Jones", "two words\\").await);
    assert_eq!(result, Ok(0), "quoted where it must be");
}

#[test]
fn a_client_does_not_wait_for_ever() {
    /// Greets and says nothing more.
    struct Mute;
    impl Session for Mute {
        fn open(&mut self, _: Instant, _: &mut Store, out: &mut Output) {
            out.write("+ POP2 mute\r\n");
        }
        fn receive(&mut self, _: Instant, bytes: &[u8], _: &mut Store, out: &mut Output) {
            out.command(bytes.len() as u64, bytes.to_vec());
        }
        fn notice(&mut self, _: Instant, _: &Store, _: &mut Output) {}
        fn wake(&mut self, _: Instant, _: &mut Store, _: &mut Output) {}
        fn gone(&mut self, _: &mut Store) {}
    }
    let mut lab = Lab::new(store_of(&[]));
    let result = lab.run(
        |_| Box::new(Mute),
        async |desk| {
            let wire = desk.connect(Service::Pop2).await?;
            let mut client = Pop2Client::greet_within(wire, Duration::from_secs(7)).await?;
            client.helo("POSTEL", "SECRET").await
        },
    );
    let Err(Trouble::Protocol(why)) = result else { panic!("{result:?}") };
    assert!(why.starts_with("the POP2 server has not answered HELO within "), "{why}");
    assert_eq!(lab.now, Instant::START + Duration::from_secs(7));
    assert_eq!(
        lab.conns[0].commands.last().map(String::as_str),
        Some("QUIT\r\n"),
        "action 1 of the client's table"
    );
}
