//! The other end: a workstation's program that asks, waits for the reply, and asks again.

use bytes::{Buf, Bytes};

use super::descriptor::{Change, Descriptor};
use crate::desk::{Trouble, Wire};
use crate::mail::store::Uid;
use crate::protocol::lines::{dot_stuffed, dot_unstuffed, unstuffed};

/// A DMSP client in lock-step: each operation waits for the reply to the one before.
///
/// Each call fails with [`Trouble::Protocol`] when the repository answers with a code of failure or with something
/// that is no reply, and with the wire's own trouble when the line drops: then the operation counts as not carried
/// out (RFC 1056 §4.3).
#[derive(Debug)]
pub struct DmspClient {
    wire: Wire,
}

/// What LOGIN said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// Logged in.
    Active,
    /// Logged in; but for more than a week nothing was heard of this client, and it should reset itself.
    OutOfDate,
}

/// A reply of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyLine {
    /// Its code (RFC 1056 appendix III).
    pub code: u16,
    /// The whole line, code and words.
    pub line: String,
}

/// A line of LIST-CLIENTS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientStatus {
    /// The client's name.
    pub name: String,
    /// It was connected within the last week.
    pub active: bool,
}

/// A line of LIST-MAILBOXES.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxLine {
    /// The mailbox's name.
    pub name: String,
    /// The UID that its next message will get.
    pub next: Uid,
    /// How many messages it has.
    pub messages: u32,
    /// How many of them have not been seen.
    pub unseen: u32,
}

/// A line of LIST-SUBSCRIPTIONS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionLine {
    /// The board's name.
    pub name: String,
    /// The first message that the user has not seen.
    pub first_unseen: Uid,
    /// How many messages he has not seen.
    pub unseen: u32,
    /// The UID that its next message will get.
    pub next: Uid,
}

impl DmspClient {
    /// Waits for the banner.
    ///
    /// # Errors
    /// As all operations.
    pub async fn greet(mut wire: Wire) -> Result<Self, Trouble> {
        let banner = wire.read_line().await?;
        expect("the banner", code(&banner), &banner, 200)?;
        Ok(Self { wire })
    }

    /// The wire underneath.
    #[must_use]
    pub const fn wire(&self) -> &Wire {
        &self.wire
    }

    /// Says which version of the protocol this client speaks.
    ///
    /// # Errors
    /// As all operations.
    pub async fn send_version(&mut self, version: u32) -> Result<(), Trouble> {
        self.plain(&format!("SEND-VERSION {version}")).await
    }

    /// Logs in as one of the user's clients. `create` makes it if need be.
    ///
    /// # Errors
    /// As all operations.
    pub async fn login(
        &mut self,
        user: &str,
        password: &str,
        client: &str,
        create: bool,
        batch: bool,
    ) -> Result<Login, Trouble> {
        let (create, batch) = (u8::from(create), u8::from(batch));
        let reply = self.ask(&format!("LOGIN {user} {password} {client} {create} {batch}")).await?;
        match code(&reply) {
            Some(200) => Ok(Login::Active),
            Some(221) => Ok(Login::OutOfDate),
            _ => Err(unexpected("LOGIN", &reply)),
        }
    }

    /// Leaves, and closes.
    ///
    /// # Errors
    /// As all operations.
    pub async fn logout(mut self) -> Result<(), Trouble> {
        let done = self.plain("LOGOUT").await;
        self.wire.close().await;
        done
    }

    /// The user's clients.
    ///
    /// # Errors
    /// As all operations.
    pub async fn list_clients(&mut self) -> Result<Vec<ClientStatus>, Trouble> {
        let line = |words: &[&str]| match words {
            [name, status @ ("active" | "inactive")] => {
                Some(ClientStatus { name: (*name).to_owned(), active: *status == "active" })
            }
            _ => None,
        };
        self.table("LIST-CLIENTS", 220, line).await
    }

    /// The user's mailboxes.
    ///
    /// # Errors
    /// As all operations.
    pub async fn list_mailboxes(&mut self) -> Result<Vec<MailboxLine>, Trouble> {
        let line = |words: &[&str]| match words {
            [name, next, messages, unseen] => Some(MailboxLine {
                name: (*name).to_owned(),
                next: Uid(next.parse().ok()?),
                messages: messages.parse().ok()?,
                unseen: unseen.parse().ok()?,
            }),
            _ => None,
        };
        self.table("LIST-MAILBOXES", 230, line).await
    }

    /// The boards that the user reads.
    ///
    /// # Errors
    /// As all operations.
    pub async fn list_subscriptions(&mut self) -> Result<Vec<SubscriptionLine>, Trouble> {
        let line = |words: &[&str]| match words {
            [name, first, unseen, next] => Some(SubscriptionLine {
                name: (*name).to_owned(),
                first_unseen: Uid(first.parse().ok()?),
                unseen: unseen.parse().ok()?,
                next: Uid(next.parse().ok()?),
            }),
            _ => None,
        };
        self.table("LIST-SUBSCRIPTIONS", 240, line).await
    }

    /// What this client has not noted of a mailbox, at most `max` messages, lowest UIDs first.
    ///
    /// # Errors
    /// As all operations.
    pub async fn fetch_changed(&mut self, mailbox: &str, max: u32) -> Result<Vec<Change>, Trouble> {
        self.descriptors(&format!("FETCH-CHANGED-DESCRIPTORS {mailbox} {max}")).await
    }

    /// The messages there are from `low` to `high`.
    ///
    /// # Errors
    /// As all operations.
    pub async fn fetch_descriptors(
        &mut self,
        mailbox: &str,
        low: Uid,
        high: Uid,
    ) -> Result<Vec<Descriptor>, Trouble> {
        let changes = self.descriptors(&format!("FETCH-DESCRIPTORS {mailbox} {} {}", low.0, high.0)).await?;
        let only = |change| match change {
            Change::Descriptor(descriptor) => Some(descriptor),
            Change::Expunged(_) => None,
        };
        Ok(changes.into_iter().filter_map(only).collect())
    }

    /// Says that what was told of the messages from `low` to `high` is noted.
    ///
    /// # Errors
    /// As all operations.
    pub async fn reset_descriptors(&mut self, mailbox: &str, low: Uid, high: Uid) -> Result<(), Trouble> {
        self.plain(&format!("RESET-DESCRIPTORS {mailbox} {} {}", low.0, high.0)).await
    }

    /// The whole text of a message, as stored; a first line with its UID is not part of it.
    ///
    /// # Errors
    /// As all operations.
    pub async fn fetch_message(&mut self, mailbox: &str, uid: Uid) -> Result<Bytes, Trouble> {
        let reply = self.ask(&format!("FETCH-MESSAGE {mailbox} {}", uid.0)).await?;
        expect("FETCH-MESSAGE", code(&reply), &reply, 251)?;
        let mut text = self.text().await?;
        // RFC 1056 §6 shows a line with the UID before the text; appendix I does not, and it is no part of the message.
        let line = format!("UID: {}\r\n", uid.0);
        if text.starts_with(line.as_bytes()) {
            text.advance(line.len());
        }
        Ok(text)
    }

    /// Copies a message; gives the descriptor of the copy, or the reply that refuses it.
    ///
    /// # Errors
    /// As all operations, but for codes of failure.
    pub async fn try_copy(
        &mut self,
        source: &str,
        target: &str,
        uid: Uid,
    ) -> Result<Result<Descriptor, ReplyLine>, Trouble> {
        let reply = self.reply_to(&format!("COPY-MESSAGE {source} {target} {}", uid.0)).await?;
        if reply.code != 250 {
            return Ok(Err(reply));
        }
        let lines = self.lines().await?;
        match Change::parse_list(&lines).map(|changes| changes.into_iter().next()) {
            Ok(Some(Change::Descriptor(descriptor))) => Ok(Ok(descriptor)),
            _ => Err(Trouble::Protocol("COPY-MESSAGE was answered without a descriptor".to_owned())),
        }
    }

    /// Copies a message; gives the descriptor of the copy.
    ///
    /// # Errors
    /// As all operations.
    pub async fn copy(&mut self, source: &str, target: &str, uid: Uid) -> Result<Descriptor, Trouble> {
        let copied = self.try_copy(source, target, uid).await?;
        copied.map_err(|refused| unexpected("COPY-MESSAGE", refused.line.as_bytes()))
    }

    /// Sets or clears a flag, 0 to 15.
    ///
    /// # Errors
    /// As all operations.
    pub async fn set_flag(&mut self, mailbox: &str, uid: Uid, flag: u8, on: bool) -> Result<(), Trouble> {
        self.plain(&format!("SET-MESSAGE-FLAG {mailbox} {} {flag} {}", uid.0, u8::from(on))).await
    }

    /// Removes the messages flagged deleted.
    ///
    /// # Errors
    /// As all operations.
    pub async fn expunge(&mut self, mailbox: &str) -> Result<(), Trouble> {
        self.plain(&format!("EXPUNGE-MAILBOX {mailbox}")).await
    }

    /// Sends a message: two exchanges. Gives the last reply: 200 if the repository has taken it.
    ///
    /// # Errors
    /// As all operations, but for codes of failure.
    pub async fn offer_message(&mut self, text: &[u8]) -> Result<ReplyLine, Trouble> {
        let reply = self.reply_to("SEND-MESSAGE").await?;
        if reply.code != 350 {
            return Ok(reply);
        }
        self.wire.send(dot_stuffed(text).0).await?;
        let line = self.wire.read_line().await?;
        reply_line("the text", &line)
    }

    /// Sends a message: two exchanges.
    ///
    /// # Errors
    /// As all operations.
    pub async fn send_message(&mut self, text: &[u8]) -> Result<(), Trouble> {
        let reply = self.offer_message(text).await?;
        expect("SEND-MESSAGE", Some(reply.code), reply.line.as_bytes(), 200)
    }

    /// Any operation that is answered by one line, `200` if it was carried out.
    ///
    /// # Errors
    /// As all operations.
    pub async fn plain(&mut self, operation: &str) -> Result<(), Trouble> {
        let reply = self.ask(operation).await?;
        expect(word(operation), code(&reply), &reply, 200)
    }

    /// Any operation that is answered by one line, or is refused by one; gives it.
    ///
    /// # Errors
    /// As all operations, but for codes of failure.
    pub async fn reply_to(&mut self, operation: &str) -> Result<ReplyLine, Trouble> {
        let line = self.ask(operation).await?;
        reply_line(word(operation), &line)
    }

    async fn ask(&mut self, operation: &str) -> Result<Bytes, Trouble> {
        if operation.bytes().any(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
            let word = word(operation);
            return Err(Trouble::Protocol(format!("an argument of {word} holds a line end or a NUL")));
        }
        self.wire.send(format!("{operation}\r\n")).await?;
        self.wire.read_line().await
    }

    /// Text up to the line with a single period.
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

    async fn list(&mut self, operation: &str, wanted: u16) -> Result<Vec<Vec<u8>>, Trouble> {
        let reply = self.ask(operation).await?;
        expect(word(operation), code(&reply), &reply, wanted)?;
        self.lines().await
    }

    /// The lines of a list, up to the one with a single period.
    async fn lines(&mut self) -> Result<Vec<Vec<u8>>, Trouble> {
        let (mut lines, mut octets) = (Vec::new(), 0);
        loop {
            let line = self.wire.read_line().await?;
            if line.as_ref() == b"." {
                return Ok(lines);
            }
            // A list without an end is not kept for ever; an empty line takes room, too.
            octets += line.len() + size_of::<Vec<u8>>();
            if octets > Wire::TEXT_MAX {
                return Err(Trouble::LineTooLong);
            }
            lines.push(unstuffed(&line).to_vec());
        }
    }

    async fn table<T>(
        &mut self,
        operation: &str,
        wanted: u16,
        read: impl Fn(&[&str]) -> Option<T>,
    ) -> Result<Vec<T>, Trouble> {
        let lines = self.list(operation, wanted).await?;
        let read_line = |line: &Vec<u8>| {
            let text = String::from_utf8_lossy(line);
            read(&text.split_ascii_whitespace().collect::<Vec<_>>())
                .ok_or_else(|| unexpected(operation, line))
        };
        lines.iter().map(read_line).collect()
    }

    async fn descriptors(&mut self, operation: &str) -> Result<Vec<Change>, Trouble> {
        let lines = self.list(operation, 250).await?;
        Change::parse_list(&lines).map_err(|line| unexpected(word(operation), &line))
    }
}

fn word(operation: &str) -> &str {
    operation.split(' ').next().unwrap_or_default()
}

fn reply_line(asked: &str, line: &[u8]) -> Result<ReplyLine, Trouble> {
    let code = code(line).ok_or_else(|| unexpected(asked, line))?;
    Ok(ReplyLine { code, line: String::from_utf8_lossy(line).into_owned() })
}

/// The three digits of a reply.
fn code(line: &[u8]) -> Option<u16> {
    let digits = line.get(..3).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn expect(asked: &str, code: Option<u16>, reply: &[u8], wanted: u16) -> Result<(), Trouble> {
    if code == Some(wanted) { Ok(()) } else { Err(unexpected(asked, reply)) }
}

fn unexpected(asked: &str, reply: &[u8]) -> Trouble {
    Trouble::Protocol(format!("{asked} was answered by `{}`", String::from_utf8_lossy(reply)))
}
