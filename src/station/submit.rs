//! Mail that a workstation sends by SMTP, where its own protocol cannot send.
//!
//! A message goes to all whom it names or to nobody: if the server refuses one of them for good, the message is set
//! aside before anybody has it, so that the user can mend it and nobody gets it twice.

use super::Station;
use super::change::Change;
use super::refused::Told;
use crate::desk::{Service, Trouble};
use crate::protocol::pop3::recipients;
use crate::protocol::smtp::SmtpClient;

impl Station {
    /// Sends by SMTP what waits to be sent, in the call that is up. A mail host that cannot be reached, or breaks off,
    /// is no reason to leave the rest of the call undone: it is told when the call is over.
    pub(super) async fn send_by_smtp(&mut self) -> Result<(), Trouble> {
        if !self.mail.queue.iter().any(|change| matches!(change, Change::Send { .. })) {
            return Ok(());
        }
        match self.submit_all().await {
            Err(trouble @ (Trouble::NoCarrier | Trouble::CallFailed)) => Err(trouble),
            Err(trouble @ Trouble::Refused(_)) => {
                self.unsent = Some(trouble);
                Ok(())
            }
            Err(trouble) => {
                self.unsent = Some(Trouble::Protocol(format!("mail was not sent: {trouble}")));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    async fn submit_all(&mut self) -> Result<(), Trouble> {
        let mut client = SmtpClient::greet(self.desk.connect(Service::Smtp).await?).await?;
        client.helo(crate::scenario::DOMAIN).await?;
        let mut at = 0;
        while let Some(change) = self.mail.next_to_tell(&mut at) {
            let Change::Send { number, .. } = change else {
                at += 1;
                continue;
            };
            let told = match self.mail.begin_to_send(at) {
                Some(octets) => {
                    self.save().await;
                    submit(&mut client, &self.account.address, &octets).await?
                }
                None => Told::Done,
            };
            if told == Told::Done {
                self.mail.outbox.remove(&number);
            }
            self.mail.settle(&mut at, 1, told);
            self.save().await;
        }
        client.quit().await
    }
}

/// One transaction: to everybody whom the header names, or to nobody.
async fn submit(client: &mut SmtpClient, from: &str, octets: &[u8]) -> Result<Told, Trouble> {
    let to: Vec<String> =
        recipients(octets).iter().map(|one| String::from_utf8_lossy(one).into_owned()).collect();
    if to.is_empty() {
        return Ok(Told::Refused("it goes to nobody: no address in To, Cc or Bcc".to_owned()));
    }
    let mut commands = vec![format!("MAIL FROM:<{from}>")];
    commands.extend(to.iter().map(|to| format!("RCPT TO:<{to}>")));
    let mut begun = false;
    for command in &commands {
        if command.bytes().any(|octet| octet.is_ascii_control()) {
            let told = Told::Refused(format!("{} is no address", command.escape_debug()));
            return reset(client, begun, told).await;
        }
        let reply = client.ask(command).await?;
        if !reply.is_positive() {
            let told = if reply.is_final() {
                Told::refused(None, &format!("{command}: {}", reply.shown()))
            } else {
                Told::Later
            };
            return reset(client, begun, told).await;
        }
        begun = true;
    }
    let reply = client.offer_data(&without_bcc(octets)).await?;
    Ok(match (reply.is_positive(), reply.is_final()) {
        (true, _) => Told::Done,
        (_, true) => Told::refused(None, &reply.shown()),
        _ => Told::Later,
    })
}

/// Gives up the transaction that has begun, so that the next message finds none.
async fn reset(client: &mut SmtpClient, begun: bool, told: Told) -> Result<Told, Trouble> {
    if begun {
        client.rset().await?;
    }
    Ok(told)
}

/// The message as others see it: whom Bcc names is nobody's business (RFC 822 §4.5.3).
fn without_bcc(octets: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(octets.len());
    let (mut in_header, mut in_bcc) = (true, false);
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        in_header &= !line.trim_ascii_end().is_empty();
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            in_bcc = line.get(..4).is_some_and(|name| name.eq_ignore_ascii_case(b"bcc:"));
        }
        if !(in_header && in_bcc) {
            kept.extend_from_slice(line);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_bcc_names_stands_in_no_copy() {
        let text = b"To: a@x\r\nBcc: b@x,\r\n c@x\r\nSubject: s\r\n\r\nBcc: not a field\r\n";
        assert_eq!(without_bcc(text), b"To: a@x\r\nSubject: s\r\n\r\nBcc: not a field\r\n");
    }
}
