//! The other end: a client that asks, waits for the reply, and asks again.

use bytes::Bytes;

use super::state::apop_digest;
use crate::desk::{Trouble, Wire};
use crate::protocol::lines::{dot_stuffed, dot_unstuffed};
use crate::protocol::sasl::{ClientExchange, Credentials, Mechanism};

/// A POP3 client in lock-step: each command waits for the reply to the one before. Only
/// [`Pop3Client::retr_many`] and [`Pop3Client::dele_many`] send ahead, and only if they are told that they may.
///
/// Each call fails with [`Trouble::Protocol`] when the server answers `-ERR` or something that is no reply, and
/// with the wire's own trouble when the line drops.
#[derive(Debug)]
pub struct Pop3Client {
    wire: Wire,
    greeting: Bytes,
    /// The server's words if it answered the last command with `-ERR`.
    refusal: Option<String>,
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
        Ok(Self { wire, greeting, refusal: None })
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

    /// What the server says that it can do (RFC 2449 §5): a line for each capability.
    ///
    /// # Errors
    /// As all commands; a server of before 1998 refuses.
    pub async fn capa(&mut self) -> Result<Vec<String>, Trouble> {
        self.command("CAPA", "CAPA").await?;
        let text = self.text().await?;
        Ok(lines(&text).map(|line| String::from_utf8_lossy(line).into_owned()).collect())
    }

    /// Logs in by a SASL mechanism, with the first response in the command's line if `in_line` says so (RFC 5034
    /// §4; servers of RFC 1734 refuse that).
    ///
    /// # Errors
    /// As all commands; a server that has not proven what the mechanism has it prove is left.
    pub async fn auth(
        &mut self,
        mechanism: Mechanism,
        credentials: Credentials,
        in_line: bool,
    ) -> Result<(), Trouble> {
        let mut exchange = ClientExchange::new(mechanism, credentials);
        let initial = if in_line { exchange.initial() } else { None };
        let name = mechanism.name();
        let line = initial
            .map_or_else(|| format!("AUTH {name}\r\n"), |initial| format!("AUTH {name} {initial}\r\n"));
        self.wire.send(line).await?;
        loop {
            let reply = self.wire.read_line().await?;
            let Some(challenge) = reply.strip_prefix(b"+ ") else {
                positive("AUTH", &reply)?;
                if !exchange.is_satisfied() {
                    return Err(Trouble::Protocol("the server has proven nothing".into()));
                }
                // All that follows is signed, if that was asked for and offered (RFC 2831 §2.3).
                return match exchange.into_layer() {
                    Some(layer) => self.wire.put_on(Box::new(layer)),
                    None => Ok(()),
                };
            };
            match exchange.answer(challenge) {
                Ok(response) => self.wire.send(format!("{response}\r\n")).await?,
                Err(distrust) => {
                    self.wire.send("*\r\n").await?;
                    self.wire.read_line().await?;
                    return Err(Trouble::Protocol(distrust.to_string()));
                }
            }
        }
    }

    /// The highest number that was ever accessed (RFC 1460 §5; until 1994).
    ///
    /// # Errors
    /// As all commands.
    pub async fn last(&mut self) -> Result<u32, Trouble> {
        let reply = self.command("LAST", "LAST").await?;
        number(words(&reply).next()).ok_or_else(|| unexpected("LAST", &reply))
    }

    /// The discussion groups, each with its MAXIMA (RFC 1082).
    ///
    /// # Errors
    /// As all commands.
    pub async fn bboards(&mut self) -> Result<Vec<(String, u32)>, Trouble> {
        self.command("XTND", "XTND BBOARDS").await?;
        let text = self.text().await?;
        lines(&text).map(|line| maxima(line).ok_or_else(|| unexpected("XTND BBOARDS", line))).collect()
    }

    /// Opens a group in place of the maildrop, and gives its MAXIMA (RFC 1082).
    ///
    /// # Errors
    /// As all commands.
    pub async fn bboard(&mut self, name: &str) -> Result<u32, Trouble> {
        self.command("XTND", &format!("XTND BBOARDS {name}")).await?;
        let text = self.text().await?;
        lines(&text)
            .next()
            .and_then(maxima)
            .map(|(_, maxima)| maxima)
            .ok_or_else(|| unexpected("XTND BBOARDS", &text))
    }

    /// Sends a message to everybody whom its header names (XTND XMIT): two turns, and no second connection.
    ///
    /// # Errors
    /// As all commands.
    pub async fn xmit(&mut self, message: &[u8]) -> Result<(), Trouble> {
        self.command("XTND", "XTND XMIT").await?;
        self.wire.send(dot_stuffed(message).0).await?;
        positive("XTND XMIT", &self.wire.read_line().await?).map(drop)
    }

    /// Several messages, in the order given. `ahead`: commands are sent without waiting for replies, as servers
    /// allow that announce PIPELINING (RFC 2449 §6.6); never more than [`Pop3Client::AHEAD_MAX`] at once, so that
    /// two full windows cannot block each other.
    ///
    /// # Errors
    /// As all commands.
    pub async fn retr_many(&mut self, numbers: &[u32], ahead: bool) -> Result<Vec<Bytes>, Trouble> {
        let mut messages = Vec::with_capacity(numbers.len());
        for batch in numbers.chunks(if ahead { Self::AHEAD_MAX } else { 1 }) {
            let commands: String = batch.iter().map(|number| format!("RETR {number}\r\n")).collect();
            self.wire.send(commands).await?;
            for number in batch {
                positive(&format!("RETR {number}"), &self.wire.read_line().await?)?;
                messages.push(self.text().await?);
            }
        }
        Ok(messages)
    }

    /// Marks several messages; `ahead` as in [`Pop3Client::retr_many`].
    ///
    /// # Errors
    /// As all commands.
    pub async fn dele_many(&mut self, numbers: &[u32], ahead: bool) -> Result<(), Trouble> {
        for batch in numbers.chunks(if ahead { Self::AHEAD_MAX } else { 1 }) {
            let commands: String = batch.iter().map(|number| format!("DELE {number}\r\n")).collect();
            self.wire.send(commands).await?;
            for number in batch {
                positive(&format!("DELE {number}"), &self.wire.read_line().await?)?;
            }
        }
        Ok(())
    }

    /// Commands sent ahead at once. A command of this kind has some 12 octets: all of them fit into one packet of
    /// 576.
    pub const AHEAD_MAX: usize = 40;

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
        let reply = self.wire.read_line().await?;
        let refused = reply.strip_prefix(b"-ERR").map(|words| words.trim_ascii());
        self.refusal = refused.map(|words| String::from_utf8_lossy(words).into_owned());
        positive(shown, &reply)
    }

    /// What the server said if it refused the last command: that was an answer, and the session goes on.
    pub fn take_refusal(&mut self) -> Option<String> {
        self.refusal.take()
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

/// `NAME MAXIMA` (RFC 1082).
fn maxima(line: &[u8]) -> Option<(String, u32)> {
    let mut words = words(line);
    let name = String::from_utf8_lossy(words.next()?).into_owned();
    Some((name, number(words.next())?))
}

/// "The message-number of the message, followed by a single space and the unique-id" (RFC 1939 §7).
fn unique_id_listing(line: &[u8]) -> Option<UniqueIdListing> {
    let mut words = words(line);
    let number = number(words.next())?;
    let id = words.next().filter(|id| (1..=70).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic))?;
    Some(UniqueIdListing { number, id: String::from_utf8_lossy(id).into_owned() })
}
