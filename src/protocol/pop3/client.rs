//! The other end: a client that asks, waits for the reply, and asks again.

use bytes::Bytes;

use super::state::apop_digest;
use crate::desk::{Trouble, Wire};
use crate::protocol::lines::dot_unstuffed;

/// A POP3 client in lock-step: each command waits for the reply to the one before.
///
/// Each call fails with [`Trouble::Protocol`] when the server answers `-ERR` or something that is no reply, and
/// with the wire's own trouble when the line drops.
#[derive(Debug)]
pub struct Pop3Client {
    wire: Wire,
    greeting: Bytes,
}

/// One message of a maildrop (RFC 1939 §5, LIST).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanListing {
    /// Its message-number.
    pub number: u32,
    /// Its size in octets.
    pub octets: u64,
}

/// The lasting name of one message (RFC 1939 §7, UIDL).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UniqueIdListing {
    /// Its message-number in this session.
    pub number: u32,
    /// Its unique-id.
    pub id: String,
}

impl Pop3Client {
    /// Waits for the greeting.
    ///
    /// # Errors
    /// As all commands.
    pub async fn greet(mut wire: Wire) -> Result<Self, Trouble> {
        let greeting = positive("the greeting", &wire.read_line().await?)?;
        Ok(Self { wire, greeting })
    }

    /// The wire underneath.
    #[must_use]
    pub const fn wire(&self) -> &Wire {
        &self.wire
    }

    /// The timestamp in the greeting, with its angle brackets; `None` if the server offers no APOP.
    #[must_use]
    pub fn timestamp(&self) -> Option<&[u8]> {
        let start = memchr::memchr(b'<', &self.greeting)?;
        let end = start + memchr::memchr(b'>', &self.greeting[start..])?;
        let stamp = &self.greeting[start..=end];
        stamp.contains(&b'@').then_some(stamp)
    }

    /// Logs in with a name and a password that crosses the line in clear: two commands.
    ///
    /// # Errors
    /// As all commands.
    pub async fn user_pass(&mut self, name: &str, password: &str) -> Result<(), Trouble> {
        self.command("USER", &format!("USER {name}")).await?;
        self.command("PASS", &format!("PASS {password}")).await.map(drop)
    }

    /// Logs in with a digest: one command.
    ///
    /// # Errors
    /// As all commands; [`Trouble::Protocol`] if the greeting had no timestamp.
    pub async fn apop(&mut self, name: &str, secret: &str) -> Result<(), Trouble> {
        let stamp = self.timestamp().ok_or_else(|| Trouble::Protocol("this server offers no APOP".into()))?;
        let digest = apop_digest(stamp, secret.as_bytes());
        let digest = String::from_utf8_lossy(&digest);
        self.command("APOP", &format!("APOP {name} {digest}")).await.map(drop)
    }

    /// How many messages there are, and how many octets in all.
    ///
    /// # Errors
    /// As all commands.
    pub async fn stat(&mut self) -> Result<(u32, u64), Trouble> {
        let reply = self.command("STAT", "STAT").await?;
        let mut words = words(&reply);
        let drop_listing = number(words.next()).zip(number(words.next()));
        drop_listing.ok_or_else(|| unexpected("STAT", &reply))
    }

    /// The size of every message.
    ///
    /// # Errors
    /// As all commands.
    pub async fn list(&mut self) -> Result<Vec<ScanListing>, Trouble> {
        self.command("LIST", "LIST").await?;
        let text = self.text().await?;
        lines(&text).map(|line| scan_listing(line).ok_or_else(|| unexpected("LIST", line))).collect()
    }

    /// The size of one message.
    ///
    /// # Errors
    /// As all commands.
    pub async fn list_one(&mut self, number: u32) -> Result<ScanListing, Trouble> {
        let reply = self.command("LIST", &format!("LIST {number}")).await?;
        scan_listing(&reply).ok_or_else(|| unexpected("LIST", &reply))
    }

    /// The unique-id of every message.
    ///
    /// # Errors
    /// As all commands.
    pub async fn uidl(&mut self) -> Result<Vec<UniqueIdListing>, Trouble> {
        self.command("UIDL", "UIDL").await?;
        let text = self.text().await?;
        lines(&text).map(|line| unique_id_listing(line).ok_or_else(|| unexpected("UIDL", line))).collect()
    }

    /// The unique-id of one message.
    ///
    /// # Errors
    /// As all commands.
    pub async fn uidl_one(&mut self, number: u32) -> Result<UniqueIdListing, Trouble> {
        let reply = self.command("UIDL", &format!("UIDL {number}")).await?;
        unique_id_listing(&reply).ok_or_else(|| unexpected("UIDL", &reply))
    }

    /// The header of a message and the first `lines` lines of its body, as stored.
    ///
    /// # Errors
    /// As all commands.
    pub async fn top(&mut self, number: u32, lines: u32) -> Result<Bytes, Trouble> {
        self.command("TOP", &format!("TOP {number} {lines}")).await?;
        self.text().await
    }

    /// A message, octet by octet as stored.
    ///
    /// # Errors
    /// As all commands.
    pub async fn retr(&mut self, number: u32) -> Result<Bytes, Trouble> {
        self.command("RETR", &format!("RETR {number}")).await?;
        self.text().await
    }

    /// Marks a message as deleted.
    ///
    /// # Errors
    /// As all commands.
    pub async fn dele(&mut self, number: u32) -> Result<(), Trouble> {
        self.command("DELE", &format!("DELE {number}")).await.map(drop)
    }

    /// Does nothing, and keeps the session alive.
    ///
    /// # Errors
    /// As all commands.
    pub async fn noop(&mut self) -> Result<(), Trouble> {
        self.command("NOOP", "NOOP").await.map(drop)
    }

    /// Unmarks all messages.
    ///
    /// # Errors
    /// As all commands.
    pub async fn rset(&mut self) -> Result<(), Trouble> {
        self.command("RSET", "RSET").await.map(drop)
    }

    /// Has the marked messages removed, waits until the server says so, and closes the wire.
    ///
    /// # Errors
    /// As all commands.
    pub async fn quit(mut self) -> Result<(), Trouble> {
        let reply = self.command("QUIT", "QUIT").await;
        self.wire.close().await;
        reply.map(drop)
    }

    /// Sends a line and waits for the reply's first line; gives its text. `what` names the command in errors, so
    /// that no password is ever in one.
    async fn command(&mut self, what: &str, line: &str) -> Result<Bytes, Trouble> {
        if line.bytes().any(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
            return Err(Trouble::Protocol(format!("an argument of {what} holds a line end or a NUL")));
        }
        self.wire.send(format!("{line}\r\n")).await?;
        let shown = if matches!(what, "PASS" | "APOP") { what } else { line };
        positive(shown, &self.wire.read_line().await?)
    }

    /// The rest of a multi-line reply: all lines up to the one with a single dot, with their CR LF and without
    /// the dots put in for transparency (RFC 1939 §3).
    async fn text(&mut self) -> Result<Bytes, Trouble> {
        while self.wire.buffered().len() < b".\r\n".len() {
            self.wire.more().await?;
        }
        if self.wire.buffered().starts_with(b".\r\n") {
            self.wire.read_exact(b".\r\n".len()).await?;
            return Ok(Bytes::new());
        }
        let mut text = self.wire.read_until(b"\r\n.\r\n").await?;
        text.truncate(text.len() - b".\r\n".len());
        Ok(dot_unstuffed(text))
    }
}

/// The text of a positive reply.
fn positive(command: &str, line: &Bytes) -> Result<Bytes, Trouble> {
    match line.strip_prefix(b"+OK") {
        Some([]) => Ok(Bytes::new()),
        Some([b' ', text @ ..]) => Ok(line.slice_ref(text)),
        _ => Err(unexpected(command, line)),
    }
}

fn unexpected(command: &str, reply: &[u8]) -> Trouble {
    let shown: String = String::from_utf8_lossy(reply).chars().take(200).collect();
    Trouble::Protocol(format!("the POP3 server answered {command} with: {shown}"))
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut left = text;
    std::iter::from_fn(move || {
        let end = memchr::memmem::find(left, b"\r\n")?;
        let line = &left[..end];
        left = &left[end + 2..];
        Some(line)
    })
}

fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|octet| *octet == b' ')
}

fn number<N: std::str::FromStr>(word: Option<&[u8]>) -> Option<N> {
    let digits = word.filter(|word| word.iter().all(u8::is_ascii_digit))?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// "The message-number of the message, followed by a single space and the exact size" (RFC 1939 §5); what
/// follows may be anything.
fn scan_listing(line: &[u8]) -> Option<ScanListing> {
    let mut words = words(line);
    Some(ScanListing { number: number(words.next())?, octets: number(words.next())? })
}

/// "The message-number of the message, followed by a single space and the unique-id" (RFC 1939 §7).
fn unique_id_listing(line: &[u8]) -> Option<UniqueIdListing> {
    let mut words = words(line);
    let number = number(words.next())?;
    let id = words.next().filter(|id| (1..=70).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic))?;
    Some(UniqueIdListing { number, id: String::from_utf8_lossy(id).into_owned() })
}
