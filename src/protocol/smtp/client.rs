//! The other end, the sender: in lock-step, as "the dialog is purposely lock-step, one-at-a-time" (RFC 821 §2), or in
//! groups and chunks where the server takes them (RFC 2920, RFC 3030).

use super::Smtp;
use super::sender::{Announced, PeerReply};
use crate::desk::{Trouble, Wire};
use crate::mail::envelope::Body;
use crate::mail::store::Store;
use crate::protocol::lines::dot_stuffed;
use crate::protocol::sasl::{ClientExchange, Credentials, Distrust, Mechanism};
use crate::session::{Output, Session};
use crate::time::Instant;

/// An SMTP client.
///
/// Each call fails with [`Trouble::Protocol`] when the server refuses or answers with something that is no
/// reply, and with the wire's own trouble when the line drops.
#[derive(Debug)]
pub struct SmtpClient {
    wire: Wire,
    announced: Announced,
}

/// A recipient whom the server has refused, and what it said.
pub type Refused = (String, PeerReply);

impl SmtpClient {
    /// Waits for the greeting.
    ///
    /// # Errors
    /// As all commands.
    pub async fn greet(wire: Wire) -> Result<Self, Trouble> {
        let mut client = Self { wire, announced: Announced::default() };
        client.expect("the greeting", 220).await?;
        Ok(client)
    }

    /// The wire underneath.
    #[must_use]
    pub const fn wire(&self) -> &Wire {
        &self.wire
    }

    /// What the server announced.
    #[must_use]
    pub const fn announced(&self) -> &Announced {
        &self.announced
    }

    /// Forgets what the server announced: from here on the client does without, as one of 1982.
    pub fn do_without(&mut self, forget: impl FnOnce(&mut Announced)) {
        forget(&mut self.announced);
    }

    /// Says who calls.
    ///
    /// # Errors
    /// As all commands.
    pub async fn helo(&mut self, domain: &str) -> Result<(), Trouble> {
        self.command(&format!("HELO {domain}"), 250).await
    }

    /// Says who calls, and hears what the server offers; HELO where it knows no EHLO (RFC 5321 §3.2).
    ///
    /// # Errors
    /// As all commands.
    pub async fn ehlo(&mut self, domain: &str) -> Result<(), Trouble> {
        let reply = self.ask(&format!("EHLO {domain}")).await?;
        if reply.code == 250 {
            self.announced = Announced::after_ehlo(&reply);
            return Ok(());
        }
        self.helo(domain).await
    }

    /// As [`SmtpClient::ehlo`], to a server that answers for each recipient (RFC 2033 §4.1).
    ///
    /// # Errors
    /// As all commands.
    pub async fn lhlo(&mut self, domain: &str) -> Result<(), Trouble> {
        let command = format!("LHLO {domain}");
        let reply = self.ask(&command).await?;
        self.announced = Announced::after_ehlo(&reply);
        wanted(&command, &reply, 250)
    }

    /// Logs in (RFC 4954 §4). The initial response goes with the command, where the mechanism has one. After a login that
    /// brings a layer EHLO comes anew.
    ///
    /// # Errors
    /// As all commands; also if the server has not shown that it knows the secret, where it should.
    pub async fn auth(&mut self, mechanism: Mechanism, credentials: Credentials) -> Result<(), Trouble> {
        let mut exchange = ClientExchange::new(mechanism, credentials);
        let command = match exchange.initial() {
            Some(initial) => format!("AUTH {} {initial}", mechanism.name()),
            None => format!("AUTH {}", mechanism.name()),
        };
        let mut reply = self.ask(&command).await?;
        while reply.code == 334 {
            reply = match exchange.answer(reply.text.as_bytes()) {
                Ok(response) => self.ask(&response).await?,
                Err(distrust) => {
                    self.ask("*").await?;
                    return Err(Trouble::Protocol(distrust.to_string()));
                }
            };
        }
        wanted(&format!("AUTH {}", mechanism.name()), &reply, 235)?;
        if !exchange.is_satisfied() {
            return Err(Trouble::Protocol(Distrust::Impostor.to_string()));
        }
        // With a layer the server has forgotten EHLO, and what it announced (RFC 4954 §4).
        exchange.into_layer().map_or(Ok(()), |layer| self.wire.put_on(Box::new(layer)))
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

    /// As [`SmtpClient::data`]; gives the server's last reply, whatever it is: 250 if it has taken the message.
    ///
    /// # Errors
    /// As all commands, but for refusals.
    pub async fn offer_data(&mut self, octets: &[u8]) -> Result<PeerReply, Trouble> {
        let reply = self.ask("DATA").await?;
        match reply.code {
            354 => {}
            400.. => return Ok(reply),
            _ => return Err(unexpected("DATA", &reply)),
        }
        self.wire.send(dot_stuffed(octets).0).await?;
        self.reply().await
    }

    /// A whole mail transaction in as few turns as the server allows: one group up to DATA and then the text (RFC
    /// 2920 §3.1), one group with the text in it where it takes chunks (RFC 3030 §2), one command at a time where
    /// it takes neither. Gives the recipients whom it refused.
    ///
    /// # Errors
    /// As all commands; also if nobody is left to have the message.
    pub async fn transaction(
        &mut self,
        from: &str,
        to: &[&str],
        octets: &[u8],
        body: Body,
    ) -> Result<Vec<Refused>, Trouble> {
        self.group(from, to, octets, body, false).await
    }

    /// As [`SmtpClient::transaction`], and then goodbye: where the server takes groups, QUIT leaves with the text
    /// (RFC 2920 §4).
    ///
    /// # Errors
    /// As [`SmtpClient::transaction`].
    pub async fn last_transaction(
        mut self,
        from: &str,
        to: &[&str],
        octets: &[u8],
        body: Body,
    ) -> Result<Vec<Refused>, Trouble> {
        let pipelined = self.announced.pipelining;
        let refused = self.group(from, to, octets, body, pipelined).await?;
        if pipelined {
            let reply = self.expect("QUIT", 221).await;
            self.wire.close().await;
            reply?;
        } else {
            self.quit().await?;
        }
        Ok(refused)
    }

    async fn group(
        &mut self,
        from: &str,
        to: &[&str],
        octets: &[u8],
        body: Body,
        quits: bool,
    ) -> Result<Vec<Refused>, Trouble> {
        let mut mail = format!("MAIL FROM:<{from}>");
        if body != Body::SevenBit {
            mail += &format!(" BODY={}", body.word());
        }
        let mut lines = vec![mail];
        lines.extend(to.iter().map(|to| format!("RCPT TO:<{to}>")));
        let chunks = self.announced.chunking;
        if !chunks {
            lines.push("DATA".to_owned());
        }
        if lines.iter().any(|line| has_line_end(line)) {
            return Err(Trouble::Protocol("an argument for SMTP holds a line end or a NUL".into()));
        }
        let mut text = if chunks {
            let mut text = format!("BDAT {} LAST\r\n", octets.len()).into_bytes();
            text.extend_from_slice(octets);
            text
        } else {
            dot_stuffed(octets).0
        };
        if quits {
            text.extend_from_slice(b"QUIT\r\n");
        }
        let mut group: Vec<u8> = lines.iter().flat_map(|line| [line.as_bytes(), b"\r\n"].concat()).collect();
        if self.announced.pipelining {
            if chunks {
                group.extend_from_slice(&text);
            }
            self.wire.send(group).await?;
        }
        let mut refused = Vec::new();
        let (mut asked_for, mut mail_refused) = (chunks, None);
        for (nth, line) in lines.iter().enumerate() {
            if !self.announced.pipelining {
                self.wire.send(format!("{line}\r\n")).await?;
            }
            let reply = self.reply().await?;
            match nth.checked_sub(1).and_then(|nth| to.get(nth)) {
                Some(to) if !reply.is_positive() => refused.push(((*to).to_owned(), reply)),
                Some(_) => {}
                None if nth == 0 => {
                    mail_refused = wanted(line, &reply, 250).err();
                    // In lock-step nothing more has been sent, and nothing more is: a BDAT would be taken for an error.
                    if let Some(trouble) = mail_refused.take_if(|_| !self.announced.pipelining) {
                        return Err(trouble);
                    }
                }
                None => asked_for = reply.code == 354,
            }
        }
        let nobody = refused.len() == to.len();
        if asked_for && nobody && !chunks {
            // The server wants a text for nobody: a dot alone (RFC 2920 §3.1).
            self.wire.send(".\r\n").await?;
        } else if asked_for && !(chunks && self.announced.pipelining) {
            self.wire.send(text).await?;
        }
        let outcome = if asked_for { Some(self.reply().await?) } else { None };
        // What was refused first is told once all replies of the group are read.
        if let Some(trouble) = mail_refused {
            return Err(trouble);
        }
        match outcome {
            Some(reply) if !nobody => wanted("the mail data", &reply, 250).map(|()| refused),
            _ => Err(match refused.first() {
                Some((to, reply)) => unexpected(&format!("RCPT TO:<{to}>"), reply),
                None => Trouble::Protocol("the SMTP server did not ask for the mail data".into()),
            }),
        }
    }

    /// Asks for the mail that waits for a domain; gives the server's answer (RFC 1985 §5.3).
    ///
    /// # Errors
    /// As all commands; 458 and 459 are no errors here.
    pub async fn etrn(&mut self, domain: &str) -> Result<PeerReply, Trouble> {
        self.ask(&format!("ETRN {domain}")).await
    }

    /// Changes places (RFC 821 §3.8): gives the wire, on which this end has to greet now.
    ///
    /// # Errors
    /// As all commands.
    pub async fn turn(mut self) -> Result<Wire, Trouble> {
        self.command("TURN", 250).await?;
        Ok(self.wire)
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

    /// Sends a line and gives its whole reply, whatever it is.
    ///
    /// # Errors
    /// [`Trouble::Protocol`] for a line that holds a line end, and for what is no reply.
    pub async fn ask(&mut self, line: &str) -> Result<PeerReply, Trouble> {
        if has_line_end(line) {
            return Err(Trouble::Protocol("an argument for SMTP holds a line end or a NUL".into()));
        }
        self.wire.send(format!("{line}\r\n")).await?;
        self.reply().await
    }

    async fn command(&mut self, line: &str, code: u16) -> Result<(), Trouble> {
        let reply = self.ask(line).await?;
        wanted(line, &reply, code)
    }

    async fn expect(&mut self, command: &str, code: u16) -> Result<(), Trouble> {
        let reply = self.reply().await?;
        wanted(command, &reply, code)
    }

    /// Reads a reply: "a three-digit code, a space, one line of text", or several lines with a hyphen behind the
    /// code in all but the last (RFC 821 §4.2, appendix E).
    async fn reply(&mut self) -> Result<PeerReply, Trouble> {
        let mut reply = PeerReply::default();
        loop {
            let line = self.wire.read_line().await?;
            let Some((code, last, text)) = PeerReply::line(&line) else {
                let shown: String = String::from_utf8_lossy(&line).chars().take(200).collect();
                return Err(Trouble::Protocol(format!("the SMTP server said what is no reply: {shown}")));
            };
            reply.code = code;
            if !reply.text.is_empty() {
                reply.text.push('\n');
            }
            reply.text += &text;
            if last {
                return Ok(reply);
            }
        }
    }
}

/// Lets a session receive on a wire until it closes or the other end leaves: the client's end of TURN (RFC 821 §3.8)
/// and of what comes after ETRN (RFC 1985 §5.1). Gives how many octets came.
///
/// # Errors
/// The wire's own trouble, but for its end.
pub async fn receive(mut wire: Wire, session: &mut Smtp, store: &mut Store) -> Result<u64, Trouble> {
    let mut out = Output::default();
    let mut octets = 0;
    session.open(wire.desk().now().await, store, &mut out);
    loop {
        let (said, close) = (out.bytes(), out.close);
        if !said.is_empty() {
            wire.send(said).await?;
        }
        if close {
            wire.close().await;
            return Ok(octets);
        }
        match wire.more().await {
            Ok(()) => {}
            Err(Trouble::Closed) => {
                session.gone(store);
                wire.close().await;
                return Ok(octets);
            }
            Err(trouble) => {
                session.gone(store);
                return Err(trouble);
            }
        }
        let there = wire.buffered().len();
        let arrived = wire.read_exact(there).await?;
        octets += arrived.len() as u64;
        let now: Instant = wire.desk().now().await;
        out = Output::default();
        session.receive(now, &arrived, store, &mut out);
    }
}

fn has_line_end(line: &str) -> bool {
    line.bytes().any(|octet| matches!(octet, b'\r' | b'\n' | 0))
}

/// A 251 is as good as a 250: the server sends it on.
fn wanted(command: &str, reply: &PeerReply, code: u16) -> Result<(), Trouble> {
    let right = reply.code == code || (reply.code, code) == (251, 250);
    if right { Ok(()) } else { Err(unexpected(command, reply)) }
}

fn unexpected(command: &str, reply: &PeerReply) -> Trouble {
    let shown: String = reply.shown().chars().take(200).collect();
    Trouble::Protocol(format!("the SMTP server answered {command} with: {shown}"))
}
