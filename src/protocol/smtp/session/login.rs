//! Logging in: AUTH, and the lines of its exchange (RFC 4954 §4).

use super::{Expect, Smtp};
use crate::mail::store::Store;
use crate::protocol::lines::Line;
use crate::protocol::sasl::{self, Exchange, Layer, Mechanism, Peer, Step};
use crate::protocol::smtp::error::Refusal;
use crate::protocol::smtp::reply::Reply;
use crate::protocol::smtp::state::State;
use crate::session::Output;

/// A line as it may be shown: an initial response may hold a password, whatever becomes of the command.
pub(super) fn without_secret(line: Vec<u8>) -> Vec<u8> {
    let mut words = line.split(|octet| *octet == b' ').filter(|word| !word.is_empty());
    match (words.next(), words.next(), words.next()) {
        (Some(auth), Some(mechanism), Some(_)) if auth.eq_ignore_ascii_case(b"AUTH") => {
            [b"AUTH ", mechanism, b" ***"].concat()
        }
        _ => line,
    }
}

impl Smtp {
    /// AUTH begins an exchange (RFC 4954 §4).
    pub(super) fn begin_login(
        &mut self,
        mechanism: &[u8],
        initial: Option<&[u8]>,
        store: &mut Store,
        out: &mut Output,
    ) {
        let Some(known) = Mechanism::named(mechanism).filter(|known| self.settings.auth.contains(known))
        else {
            return self.refuse(&Refusal::Login(sasl::Refusal::NoMechanism), out);
        };
        if !self.settings.mechanisms().any(|usable| usable == known) {
            return self.refuse(&Refusal::NeedsEncryption, out);
        }
        let peer = Peer {
            service: "smtp",
            host: self.settings.host.clone(),
            chance: self.settings.chance,
            external: self.settings.external.clone().map(String::into_bytes),
            layers: true,
        };
        let (exchange, step) = Exchange::begin(known, peer, initial, store);
        self.expect = Expect::Response(Box::new(exchange));
        self.go_on_with_login(step, out);
    }

    /// A line of the exchange.
    pub(super) fn response(&mut self, line: Line, store: &mut Store, out: &mut Output) {
        let Expect::Response(exchange) = &mut self.expect else { return };
        let (octets, step) = match line {
            Line::Whole { text, octets, .. } => (octets, exchange.answer(&text, store)),
            Line::TooLong { octets } => (octets, Step::Refused(sasl::Refusal::NotBase64)),
        };
        out.command(octets, "(a response)");
        self.go_on_with_login(step, out);
    }

    fn go_on_with_login(&mut self, step: Step, out: &mut Output) {
        match step {
            // "334 " with its space, even where nothing follows (RFC 4954 §4).
            Step::Challenge(text) => Reply::new(334, text).write_long(out),
            Step::Done(login) => {
                self.expect = Expect::Line;
                self.misuses = 0;
                self.state.logged_in(login.user);
                self.write(&Reply::of(235, (7, 0), "welcome"), out);
                if let Some(layer) = login.layer {
                    self.begin_layer(layer, out);
                }
            }
            Step::Refused(refusal) => {
                self.expect = Expect::Line;
                // Whoever guesses passwords is sent away after as many tries as one who talks nonsense.
                let is_guess = refusal.is_misuse() || refusal.is_about_credentials();
                let refusal = Refusal::Login(refusal);
                self.refuse_with(&Reply::from(&refusal), is_guess, out);
            }
        }
    }
    /// From here on all octets go through the layer, and the client says EHLO anew: the server forgets what was said before,
    /// but for who it is (RFC 4954 §4).
    fn begin_layer(&mut self, layer: Layer, out: &mut Output) {
        let behind = self.waiting.take_raw(usize::MAX);
        match self.sealing.begin(layer, &behind, out) {
            Ok(text) => self.waiting.push(&text),
            Err(_) => self.break_off(out),
        }
        self.state = State::Connected(self.state.login());
    }

    /// Somebody has changed what was said: "the connection is closed" (RFC 2831 §2.3).
    pub(super) fn break_off(&mut self, out: &mut Output) {
        self.state = State::Closed;
        self.over = true;
        out.close = true;
    }
}
