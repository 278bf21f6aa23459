//! Logging in by a mechanism of SASL (RFC 3501 §6.2.2).

use super::ImapClient;
use crate::desk::Trouble;
use crate::protocol::imap::response::{Pieces, understand};
use crate::protocol::sasl::{ClientExchange, Credentials, Distrust, Mechanism};

impl ImapClient {
    /// Logs in without showing the password, where the mechanism is one that can. If the login brings a layer, all that
    /// follows goes through it.
    ///
    /// # Errors
    /// As [`ImapClient::finish`]; also if the server has not shown that it knows the secret, where it should.
    pub async fn authenticate(
        &mut self,
        mechanism: Mechanism,
        credentials: Credentials,
    ) -> Result<(), Trouble> {
        let mut exchange = ClientExchange::new(mechanism, credentials);
        let mut distrust = None;
        let tag = self.send_command(&format!("AUTHENTICATE {}", mechanism.name())).await?;
        while !self.completed.contains_key(&tag) {
            let line = self.octets.read_line().await?;
            let Some(challenge) = line.strip_prefix(b"+ ") else {
                let no_response = || Trouble::Protocol("this is no IMAP response to AUTHENTICATE".into());
                let response = understand(&Pieces { pieces: vec![line] }).ok_or_else(no_response)?;
                self.take(response)?;
                continue;
            };
            let response = exchange.answer(challenge).unwrap_or_else(|why| {
                distrust = Some(why);
                "*".to_owned()
            });
            self.octets.send(format!("{response}\r\n").into_bytes()).await?;
        }
        let ended = self.finish(tag).await;
        if let Some(why) = distrust {
            return Err(Trouble::Protocol(why.to_string()));
        }
        ended?;
        if !exchange.is_satisfied() {
            return Err(Trouble::Protocol(Distrust::Impostor.to_string()));
        }
        exchange.into_layer().map_or(Ok(()), |layer| self.octets.wire.put_on(Box::new(layer)))
    }
}
