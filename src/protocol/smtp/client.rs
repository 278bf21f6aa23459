//! The other end, the sender: in lock-step, as "the dialog is purposely lock-step, one-at-a-time" (RFC 821 §2).

use bytes::Bytes;

use crate::desk::{Trouble, Wire};
use crate::protocol::lines::dot_stuffed;

/// An SMTP client that waits for the reply to each command.
///
/// Each call fails with [`Trouble::Protocol`] when the server refuses or answers with something that is no
/// reply, and with the wire's own trouble when the line drops.
#[derive(Debug)]
pub struct SmtpClient {
    wire: Wire,
}

impl SmtpClient {
    /// Waits for the greeting.
    ///
    /// # Errors
    /// As all commands.
    pub async fn greet(wire: Wire) -> Result<Self, Trouble> {
        let mut client = Self { wire };
        client.expect("the greeting", 220).await?;
        Ok(client)
    }

    /// The wire underneath.
    #[must_use]
    pub const fn wire(&self) -> &Wire {
        &self.wire
    }

    /// Says who calls.
    ///
    /// # Errors
    /// As all commands.
    pub async fn helo(&mut self, domain: &str) -> Result<(), Trouble> {
        self.command(&format!("HELO {domain}"), 250).await
    }

    /// Begins a mail transaction; `from` is an address without angle brackets, empty for a notice to which
    /// nobody shall answer (RFC 821 §3.6).
    ///
    /// # Errors
    /// As all commands.
    pub async fn mail(&mut self, from: &str) -> Result<(), Trouble> {
        self.command(&format!("MAIL FROM:<{from}>"), 250).await
    }

    /// Names one recipient; an address without angle brackets.
    ///
    /// # Errors
    /// As all commands.
    pub async fn rcpt(&mut self, to: &str) -> Result<(), Trouble> {
        self.command(&format!("RCPT TO:<{to}>"), 250).await
    }

    /// Sends the message, and waits until the server has taken it. CR LF is added if the last line has none.
    ///
    /// # Errors
    /// As all commands.
    pub async fn data(&mut self, octets: &[u8]) -> Result<(), Trouble> {
        self.command("DATA", 354).await?;
        let (stuffed, _) = dot_stuffed(octets);
        self.wire.send(stuffed).await?;
        self.expect("the mail data", 250).await
    }

    /// Gives up the mail transaction.
    ///
    /// # Errors
    /// As all commands.
    pub async fn rset(&mut self) -> Result<(), Trouble> {
        self.command("RSET", 250).await
    }

    /// A whole mail transaction: MAIL, a RCPT for each recipient, DATA, the message. Ends at the first refusal.
    ///
    /// # Errors
    /// As all commands.
    pub async fn send(&mut self, from: &str, to: &[&str], octets: &[u8]) -> Result<(), Trouble> {
        self.mail(from).await?;
        for to in to {
            self.rcpt(to).await?;
        }
        self.data(octets).await
    }

    /// Says goodbye, waits for the server's, and closes the wire.
    ///
    /// # Errors
    /// As all commands.
    pub async fn quit(mut self) -> Result<(), Trouble> {
        let reply = self.command("QUIT", 221).await;
        self.wire.close().await;
        reply
    }

    async fn command(&mut self, line: &str, code: u16) -> Result<(), Trouble> {
        if line.bytes().any(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
            return Err(Trouble::Protocol("an argument for SMTP holds a line end or a NUL".into()));
        }
        self.wire.send(format!("{line}\r\n")).await?;
        self.expect(line, code).await
    }

    /// Reads a reply: "a three-digit code, a space, one line of text", or several lines with a hyphen behind the
    /// code in all but the last (RFC 821 §4.2, appendix E). A 251 is as good as a 250: the server sends it on.
    async fn expect(&mut self, command: &str, wanted: u16) -> Result<(), Trouble> {
        loop {
            let line = self.wire.read_line().await?;
            let (code, last) = reply_line(&line).ok_or_else(|| unexpected(command, &line))?;
            if last {
                let right = code == wanted || (code, wanted) == (251, 250);
                return if right { Ok(()) } else { Err(unexpected(command, &line)) };
            }
        }
    }
}

/// The code of a line, and whether it is the reply's last.
fn reply_line(line: &Bytes) -> Option<(u16, bool)> {
    let (digits, text) = line.split_at_checked(3)?;
    let is_code = digits.iter().all(u8::is_ascii_digit);
    let code = std::str::from_utf8(digits).ok().filter(|_| is_code)?.parse().ok()?;
    match text.first() {
        None | Some(b' ') => Some((code, true)),
        Some(b'-') => Some((code, false)),
        Some(_) => None,
    }
}

fn unexpected(command: &str, reply: &[u8]) -> Trouble {
    let shown: String = String::from_utf8_lossy(reply).chars().take(200).collect();
    Trouble::Protocol(format!("the SMTP server answered {command} with: {shown}"))
}
