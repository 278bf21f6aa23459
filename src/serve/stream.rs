//! A client's socket, in clear or encrypted, and what can be done with it next.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::Poll;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;

use super::tls::{Encrypted, Tls};

/// A client's socket.
#[derive(Debug)]
pub enum Stream {
    /// Everybody on the way can read it.
    Clear(TcpStream),
    /// Only its ends can.
    Encrypted(Box<Encrypted>),
}

/// What has been done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// So many octets were written.
    Wrote(usize),
    /// These octets were read.
    Came(Bytes),
    /// The client will send no more.
    Ended,
}

impl Stream {
    /// Writes some of `send`, or reads by way of `room`, whichever can be done first; waits for ever if there is
    /// neither. What is dropped before it is done has not begun. The room is taken only for as long as reading
    /// takes, so that one is enough for all.
    ///
    /// # Errors
    /// What broke the connection.
    pub async fn next(&mut self, send: Option<&[u8]>, room: Option<&RefCell<Vec<u8>>>) -> io::Result<Done> {
        poll_fn(|context| {
            let this = self.io();
            match send {
                Some(send) => {
                    if let Poll::Ready(wrote) = Pin::new(&mut *this).poll_write(context, send) {
                        return Poll::Ready(wrote.map(Done::Wrote));
                    }
                }
                // What TLS holds back goes out while there is nothing else to do.
                None => {
                    if let Poll::Ready(Err(error)) = Pin::new(&mut *this).poll_flush(context) {
                        return Poll::Ready(Err(error));
                    }
                }
            }
            let Some(room) = room else { return Poll::Pending };
            let mut room = room.borrow_mut();
            let mut room = ReadBuf::new(&mut room);
            Pin::new(&mut *this).poll_read(context, &mut room).map(|read| {
                read.map(|()| match room.filled() {
                    [] => Done::Ended,
                    octets => Done::Came(Bytes::copy_from_slice(octets)),
                })
            })
        })
        .await
    }

    /// Reads and forgets: how many octets, none at the stream's end.
    ///
    /// # Errors
    /// What broke the connection.
    pub async fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.io().read(room).await
    }

    /// Shakes hands: the same socket, encrypted.
    ///
    /// # Errors
    /// What broke the connection, or what was wrong with the client's side of it.
    pub async fn encrypt(self, tls: &Tls) -> io::Result<Self> {
        match self {
            Self::Clear(stream) => Ok(Self::Encrypted(Box::new(tls.accept(stream).await?))),
            encrypted @ Self::Encrypted(_) => Ok(encrypted),
        }
    }

    /// Ends this side of the stream.
    ///
    /// # Errors
    /// What broke the connection.
    pub async fn shutdown(&mut self) -> io::Result<()> {
        self.io().shutdown().await
    }

    fn io(&mut self) -> &mut dyn Socket {
        match self {
            Self::Clear(stream) => stream,
            Self::Encrypted(stream) => &mut **stream,
        }
    }
}

trait Socket: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket for S {}
