//! The other end: a client that asks, counts, and acknowledges.

use bytes::Bytes;

use super::parse::quoted;
use crate::desk::{Trouble, Wire};
use crate::time::Duration;

/// A POP2 client. Each call fails with [`Trouble::Protocol`] when the server answers with anything but what the
/// client's decision table awaits there, or not within T1; the session is over then.
#[derive(Debug)]
pub struct Pop2Client {
    wire: Wire,
    /// T1: how long a reply may take (RFC 937, Timeouts).
    patience: Duration,
}

impl Pop2Client {
    /// T1 unless told otherwise. The text gives no number; a minute lets a slow server count its messages.
    pub const PATIENCE: Duration = Duration::from_secs(60);

    /// Waits for the greeting: `+ POP2 host`.
    ///
    /// # Errors
    /// As all commands.
    pub async fn greet(wire: Wire) -> Result<Self, Trouble> {
        Self::greet_within(wire, Self::PATIENCE).await
    }

    /// The same with another T1.
    ///
    /// # Errors
    /// As all commands.
    pub async fn greet_within(wire: Wire, patience: Duration) -> Result<Self, Trouble> {
        let mut client = Self { wire, patience };
        let greeting = client.line("the greeting").await?;
        if greeting.starts_with(b"+ POP2 ") { Ok(client) } else { Err(unexpected("the greeting", &greeting)) }
    }

    /// Logs in; how many messages there are in the default mailbox.
    ///
    /// # Errors
    /// As all commands.
    pub async fn helo(&mut self, user: &str, password: &str) -> Result<u32, Trouble> {
        let line =
            [b"HELO ".as_slice(), &quoted(user.as_bytes()), b" ", &quoted(password.as_bytes())].concat();
        self.count("HELO", line).await
    }

    /// Opens another mailbox; how many messages there are in it. What ACKD has named is removed from the one before.
    ///
    /// # Errors
    /// As all commands.
    pub async fn fold(&mut self, mailbox: &str) -> Result<u32, Trouble> {
        self.count("FOLD", [b"FOLD ".as_slice(), &quoted(mailbox.as_bytes())].concat()).await
    }

    /// Makes a message current, or stays at the current one; how many octets it has. 0: there is none.
    ///
    /// # Errors
    /// As all commands.
    pub async fn read(&mut self, number: Option<u32>) -> Result<u32, Trouble> {
        let line = number.map_or_else(|| "READ".to_owned(), |number| format!("READ {number}"));
        self.length("READ", line).await
    }

    /// The current message: exactly so many octets. Do not ask for none.
    ///
    /// # Errors
    /// As all commands.
    pub async fn retr(&mut self, octets: u32) -> Result<Bytes, Trouble> {
        self.send("RETR", b"RETR".to_vec()).await?;
        // "Care must be taken not to timeout ... while a long message is in fact being transferred": T1 runs
        // between two arrivals.
        while self.wire.buffered().len() < octets as usize {
            self.more("RETR").await?;
        }
        self.wire.read_exact(octets as usize).await
    }

    /// Received, keep it; octets of the next message, or 0.
    ///
    /// # Errors
    /// As all commands.
    pub async fn acks(&mut self) -> Result<u32, Trouble> {
        self.length("ACKS", "ACKS".to_owned()).await
    }

    /// Received, delete it when the mailbox is released; octets of the next message, or 0.
    ///
    /// # Errors
    /// As all commands.
    pub async fn ackd(&mut self) -> Result<u32, Trouble> {
        self.length("ACKD", "ACKD".to_owned()).await
    }

    /// Not received; octets of the same message.
    ///
    /// # Errors
    /// As all commands.
    pub async fn nack(&mut self) -> Result<u32, Trouble> {
        self.length("NACK", "NACK".to_owned()).await
    }

    /// Releases the mailbox, waits until the server says so, and closes the wire.
    ///
    /// # Errors
    /// As all commands.
    pub async fn quit(mut self) -> Result<(), Trouble> {
        self.send("QUIT", b"QUIT".to_vec()).await?;
        let reply = self.line("QUIT").await;
        self.wire.close().await;
        let reply = reply?;
        if reply.starts_with(b"+") { Ok(()) } else { Err(unexpected("QUIT", &reply)) }
    }

    async fn count(&mut self, what: &str, line: Vec<u8>) -> Result<u32, Trouble> {
        self.send(what, line).await?;
        let reply = self.line(what).await?;
        number(&reply, b'#').ok_or_else(|| unexpected(what, &reply))
    }

    async fn length(&mut self, what: &str, line: String) -> Result<u32, Trouble> {
        self.send(what, line.into_bytes()).await?;
        let reply = self.line(what).await?;
        number(&reply, b'=').ok_or_else(|| unexpected(what, &reply))
    }

    async fn send(&mut self, what: &str, mut line: Vec<u8>) -> Result<(), Trouble> {
        if line.iter().any(|octet| matches!(octet, b'\r' | b'\n')) {
            return Err(Trouble::Protocol(format!("an argument of {what} holds a line end")));
        }
        line.extend_from_slice(b"\r\n");
        self.wire.send(line).await
    }

    async fn line(&mut self, what: &str) -> Result<Bytes, Trouble> {
        while memchr::memchr(b'\n', self.wire.buffered()).is_none() {
            self.more(what).await?;
        }
        self.wire.read_line().await
    }

    /// Waits for more, but not longer than T1.
    async fn more(&mut self, what: &str) -> Result<(), Trouble> {
        let deadline = self.wire.desk().now().await + self.patience;
        if self.wire.more_until(Some(deadline)).await? {
            return Ok(());
        }
        // The client's table: "send QUIT, and go to EXIT state".
        self.wire.send("QUIT\r\n").await?;
        Err(Trouble::Protocol(format!("the POP2 server has not answered {what} within {}", self.patience)))
    }
}

/// `#13 messages for you`, `=537 characters`: the sign, digits, and any text.
fn number(reply: &[u8], sign: u8) -> Option<u32> {
    let rest = reply.strip_prefix(&[sign])?;
    let end = rest.iter().position(|octet| !octet.is_ascii_digit()).unwrap_or(rest.len());
    let ends_well = rest.get(end).is_none_or(|octet| *octet == b' ');
    std::str::from_utf8(&rest[..end]).ok().filter(|_| ends_well)?.parse().ok()
}

fn unexpected(command: &str, reply: &[u8]) -> Trouble {
    let shown: String = String::from_utf8_lossy(reply).chars().take(200).collect();
    Trouble::Protocol(format!("the POP2 server answered {command} with: {shown}"))
}
