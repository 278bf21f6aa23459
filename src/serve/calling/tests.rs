//! A desk before sockets that a test listens to.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc;

use super::*;

/// Runs `client` against a server that does with its connection what `server` does.
fn against(
    server: impl FnOnce(TcpStream) + Send + 'static,
    patience: Duration,
    client: impl Fn(Desk) -> crate::desk::Running + Send + Sync + 'static,
) -> Called {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (done, is_done) = mpsc::channel();
    #[expect(clippy::disallowed_methods, reason = "two ends of one socket cannot block on one thread")]
    std::thread::spawn(move || {
        if let Ok((stream, _)) = listener.accept() {
            server(stream);
        }
        let _ = done.send(());
    });
    let hosts = Hosts::new(BTreeMap::from([(Service::Pop3, address)]), patience, false);
    let called = call(&(Arc::new(client) as Program), &hosts, 1, |_| Ok(())).unwrap();
    is_done.recv().unwrap();
    called
}

const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_line_goes_up_and_its_answer_comes_down() {
    let echo = |mut stream: TcpStream| {
        let mut heard = [0; 6];
        stream.read_exact(&mut heard).unwrap();
        stream.write_all(&heard).unwrap();
    };
    let called = against(echo, LONG, |desk| {
        Box::pin(async move {
            let mut wire = desk.connect(Service::Pop3).await?;
            desk.think(Duration::from_secs(3600)).await;
            wire.send("NOOP\r\n").await?;
            assert_eq!(&wire.read_line().await?[..], b"NOOP");
            assert!(desk.now().await >= Instant::START + Duration::from_secs(3600), "time to think counts");
            assert_eq!(wire.more().await, Err(Trouble::Closed));
            Ok(())
        })
    });
    assert_eq!(called.outcome, Ok(()));
    let Taken { up, down, turns, connections, elapsed } = called.taken;
    assert_eq!((up, down, turns, connections), (6, 6, 1, 1));
    assert!(elapsed < LONG, "and nobody waits for it");
}

#[test]
fn a_deadline_is_kept_and_silence_ends() {
    let (free, held) = mpsc::channel::<()>();
    let silent = move |stream: TcpStream| {
        let _ = held.recv();
        drop(stream);
    };
    let free = std::sync::Mutex::new(Some(free));
    let called = against(silent, Duration::from_millis(20), move |desk| {
        let free = free.lock().unwrap().take();
        Box::pin(async move {
            let mut wire = desk.connect(Service::Pop3).await?;
            let soon = desk.now().await + Duration::from_millis(5);
            assert_eq!(wire.more_until(Some(soon)).await, Ok(false));
            let silence = wire.more().await;
            drop(free);
            silence
        })
    });
    assert_eq!(called.outcome, Err(Trouble::Stalled));
    assert!(called.why.unwrap().contains("said nothing for"));
}

#[test]
fn nobody_there_is_said_with_the_systems_own_words() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let connect = |desk: Desk| -> crate::desk::Running {
        Box::pin(async move { desk.connect(Service::Pop3).await.map(drop) })
    };
    let program: Program = Arc::new(connect);
    for (address, said) in [
        (port.to_string(), "refused"),
        ("192.0.2.1:110".to_owned(), "--cleartext"),
        ("no port".to_owned(), "invalid"),
    ] {
        let hosts = Hosts::new(BTreeMap::from([(Service::Pop3, address)]), LONG, false);
        let called = call(&program, &hosts, 1, |_| Ok(())).unwrap();
        assert_eq!(called.outcome, Err(Trouble::Refused(Service::Pop3)));
        assert!(called.why.as_ref().is_some_and(|why| why.contains(said)), "{:?}", called.why);
    }
    let nowhere = Hosts::new(BTreeMap::new(), LONG, false);
    let called = call(&program, &nowhere, 1, |_| Ok(())).unwrap();
    assert!(called.why.unwrap().contains("no address was given for pop3"));
}

#[test]
fn what_cannot_be_written_down_ends_the_call() {
    let program: Program = Arc::new(|desk: Desk| {
        Box::pin(async move {
            desk.note(Note::Remark("x".to_owned())).await;
            Ok(())
        })
    });
    let hosts = Hosts::new(BTreeMap::new(), LONG, false);
    assert!(call(&program, &hosts, 1, |_| Err(Lesson::new("the disk is full"))).is_err());
}
