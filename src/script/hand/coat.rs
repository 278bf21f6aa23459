//! What lies around all that is said on a connection: nothing, the records of TLS, or the buffers of DIGEST-MD5's layer.

use bytes::Bytes;

use super::Hand;
use crate::desk::{Answer, Ask, Trouble};
use crate::link::tcp::Side;
use crate::protocol::sasl::Layer;
use crate::protocol::tls::{Records, Version};
use crate::world::{Conn, Waiting};

/// What lies around the text at this end.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Coat {
    /// Nothing.
    #[default]
    None,
    /// Records of TLS.
    Tls(Box<Records>),
    /// Signed buffers (RFC 2831 §2.3).
    Layer(Box<Layer>),
}

impl Coat {
    pub(super) fn sealed(&mut self, text: &[u8]) -> Bytes {
        match self {
            Self::None => Bytes::copy_from_slice(text),
            Self::Tls(records) => records.sealed(text).into(),
            Self::Layer(layer) => layer.sealed(text).into(),
        }
    }

    pub(super) fn opened(&mut self, octets: Bytes) -> Result<Bytes, Trouble> {
        match self {
            Self::None => Ok(octets),
            Self::Tls(records) => match records.take(&octets) {
                Ok(taken) => Ok(taken.text.into()),
                Err(_) => Err(Trouble::Protocol("what came is no record of TLS".to_owned())),
            },
            Self::Layer(layer) => match layer.opened(&octets) {
                Ok(text) => Ok(text.into()),
                Err(_) => Err(Trouble::Protocol("what came is not signed as it should be".to_owned())),
            },
        }
    }
}

impl Hand {
    /// All that is said from here on goes through the layer that a login has begun (RFC 2831 §2.3).
    pub(in crate::script) fn put_on_layer(&mut self, peer: usize, layer: Layer) {
        if let Some(peer) = self.peers.get_mut(peer) {
            peer.coat = Coat::Layer(Box::new(layer));
        }
    }

    /// Shakes hands, if the server waits for it: it has agreed to TLS, or offers nothing else.
    pub(super) fn shake_hands(&mut self, peer: usize) -> Result<(), Trouble> {
        let Some(place) = self.peers.get(peer).filter(|place| place.coat == Coat::None) else {
            return Ok(());
        };
        let (id, chair) = (place.id, place.chair);
        // A connection that begins with TLS is up at this end before the server's knows of it.
        let wanted = self.world.conn(id).and_then(Conn::tls_wanted).filter(|_| place.arrived.is_empty());
        let Some(version) = wanted else { return Ok(()) };
        let sent = |hand: &Self, from: Side| hand.world.conn(id).map_or(0, |conn| conn.stream(from).end());
        let before = [sent(self, Side::Client), sent(self, Side::Server)];
        let began = self.world.now();
        let (mut records, hello) = Records::client(version);
        self.ask(chair, &Ask::Send(id, hello.into()))?;
        let mut early = Vec::new();
        while !records.is_ready() {
            match self.world.poll(self.number_of(chair), &Waiting::Octets(id, None)) {
                Some(Answer::Arrived(octets)) => {
                    let no_tls = |_| Trouble::Protocol("what came is no handshake of TLS".to_owned());
                    let taken = records.take(&octets).map_err(no_tls)?;
                    early.extend(taken.text);
                    if let Some((flight, _)) = taken.flight {
                        self.ask(chair, &Ask::Send(id, flight.into()))?;
                    }
                }
                Some(Answer::Failed(trouble)) => return Err(trouble),
                Some(_) => return Err(Trouble::Stalled),
                None if self.step() => {}
                None => return Err(Trouble::Stalled),
            }
        }
        let (up, down) = (sent(self, Side::Client) - before[0], sent(self, Side::Server) - before[1]);
        let name = match version {
            Version::Tls13 => "TLS 1.3, one round trip",
            Version::Tls10 => "TLS 1.0, two round trips",
        };
        let took = self.world.now().since(began);
        self.told.push(format!(
            "{name}: {up} bytes up, {down} down in {took}; only counted, nothing is hidden here"
        ));
        if let Some(place) = self.peers.get_mut(peer) {
            place.coat = Coat::Tls(Box::new(records));
            place.arrived.extend_from_slice(&early);
        }
        Ok(())
    }
}
