use std::task::{Context, Poll, Waker};

use super::*;
use crate::desk::Service;

/// Runs a client that reads from one connection, on which these octets arrive piece by piece.
fn read<T>(arrivals: &[&[u8]], client: impl AsyncFnOnce(Wire) -> Result<T, Trouble>) -> Result<T, Trouble> {
    let desk = Desk::default();
    let mut running = std::pin::pin!(async { client(desk.clone().connect(Service::Pop3).await?).await });
    let mut arrivals = arrivals.iter();
    loop {
        if let Poll::Ready(read) = running.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return read;
        }
        let answer = match desk.take_ask() {
            Some(Ask::Connect(_)) => Answer::Connected(ConnId(0)),
            Some(Ask::Arrived(..)) => arrivals.next().map_or(Answer::Failed(Trouble::Closed), |octets| {
                Answer::Arrived(Bytes::copy_from_slice(octets))
            }),
            other => panic!("{other:?}"),
        };
        desk.put_answer(answer);
    }
}

#[test]
fn a_text_is_read_to_its_end_wherever_it_was_cut() {
    let stream = b"+OK\r\na\r\n.\rb\r\n.\r\nrest";
    for cut in 1..stream.len() {
        for size in 1..=cut {
            let pieces: Vec<&[u8]> = stream[..cut].chunks(size).chain([&stream[cut..]]).collect();
            let read = read(&pieces, async |mut wire| {
                let line = wire.read_line().await?;
                let text = wire.read_until(b"\r\n.\r\n").await?;
                Ok((line, text, wire.read_exact(4).await?))
            });
            let (line, text, rest) = read.unwrap();
            assert_eq!(
                (&line[..], &text[..], &rest[..]),
                (&b"+OK"[..], &b"a\r\n.\rb\r\n.\r\n"[..], &b"rest"[..])
            );
        }
    }
}

#[test]
fn a_text_whose_end_never_comes_is_trouble() {
    let outcome = read(&[b"a\r\n.", b"\r"], async |mut wire| wire.read_until(b"\r\n.\r\n").await);
    assert_eq!(outcome, Err(Trouble::Closed));
}
