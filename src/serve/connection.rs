//! One client's socket: what the hub wants sent is sent, what comes in goes to the hub.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration as StdDuration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::hub::{Hub, Step};
use super::server::Clock;
use crate::time::Instant;

/// How much is read at once.
const READ_OCTETS: usize = 16 << 10;

/// How long a closed connection is kept, so that its last octets arrive before the system resets it.
const LINGER: StdDuration = StdDuration::from_secs(1);

/// What a client may still send into a connection that is closed, in octets.
const LINGER_OCTETS: usize = 1 << 20;

/// Serves one client until the hub has said all.
///
/// # Errors
/// What broke the connection before.
pub async fn converse(
    stream: &mut TcpStream,
    hub: &RefCell<Hub>,
    clock: Clock,
    number: u64,
    changed: Rc<Notify>,
) -> io::Result<()> {
    // Without it Nagle's algorithm holds short replies back. Where it cannot be had, all is only slower.
    let _ = stream.set_nodelay(true);
    let mut room = vec![0; READ_OCTETS];
    loop {
        let Step { send, reads, wake, is_over } = hub.borrow().step(number);
        if is_over {
            return Ok(());
        }
        let (mut reader, mut writer) = stream.split();
        tokio::select! {
            written = writer.write(send.as_deref().unwrap_or_default()), if send.is_some() => {
                hub.borrow_mut().sent(clock.now(), number, written?);
            }
            read = reader.read(&mut room), if reads => match read? {
                0 => hub.borrow_mut().input_ended(clock.now(), number),
                octets => {
                    let octets = room.get(..octets).unwrap_or_default();
                    hub.borrow_mut().received(clock.now(), number, octets);
                }
            },
            () = until(wake, clock) => hub.borrow_mut().due(clock.now(), number),
            () = changed.notified() => {}
        }
    }
}

/// Sends a last word to somebody who is not let in.
pub async fn turn_away(mut stream: TcpStream, word: String) {
    let said = tokio::time::timeout(LINGER, stream.write_all(word.as_bytes())).await;
    if matches!(said, Ok(Ok(()))) {
        say_goodbye(stream).await;
    }
}

/// Closes so that what was sent arrives: a system that closes while octets of the client lie unread resets the
/// connection, and the client may never see the last reply.
pub async fn say_goodbye(mut stream: TcpStream) {
    let drain = async {
        stream.shutdown().await?;
        let mut room = [0; 1024];
        let mut left = LINGER_OCTETS;
        while left > 0 {
            match stream.read(&mut room).await? {
                0 => break,
                octets => left = left.saturating_sub(octets),
            }
        }
        Ok::<(), io::Error>(())
    };
    // Whether the client hears it or has gone: the connection is over.
    let _ = tokio::time::timeout(LINGER, drain).await;
}

async fn until(at: Option<Instant>, clock: Clock) {
    match at {
        Some(at) => tokio::time::sleep(StdDuration::from_nanos(at.since(clock.now()).as_nanos())).await,
        None => std::future::pending().await,
    }
}
