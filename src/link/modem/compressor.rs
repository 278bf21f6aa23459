//! The compressor of a modem, whichever it is.

use std::sync::Arc;

use super::{mnp5, v42bis};

/// What a pair of modems, or a gateway, compresses data with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Nothing.
    #[default]
    None,
    /// V.42bis with what the two ends agreed on.
    V42bis(v42bis::Parameters),
    /// MNP 5.
    Mnp5,
}

/// One direction's compressor, with what it remembers. That is shared by clones until one of them goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compressor {
    /// Octets stay as they are.
    None,
    /// See [`v42bis`].
    V42bis(Arc<v42bis::Encoder>),
    /// See [`mnp5`].
    Mnp5(Arc<mnp5::Encoder>),
}

impl Compressor {
    /// A compressor that has seen nothing yet.
    #[must_use]
    pub fn new(compression: Compression) -> Self {
        match compression {
            Compression::None => Self::None,
            Compression::V42bis(parameters) => {
                Self::V42bis(Arc::new(v42bis::Encoder::new(parameters, v42bis::Switching::ByTest)))
            }
            Compression::Mnp5 => Self::Mnp5(Arc::default()),
        }
    }

    /// Compresses `octets`, and puts what is ready for the line behind `out`.
    pub fn encode(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::None => out.extend_from_slice(octets),
            Self::V42bis(encoder) => Arc::make_mut(encoder).encode(octets, out),
            Self::Mnp5(encoder) => Arc::make_mut(encoder).encode(octets, out),
        }
    }

    /// Sends what is begun, up to a whole octet.
    pub fn flush(&mut self, out: &mut Vec<u8>) {
        match self {
            Self::None => {}
            Self::V42bis(encoder) => Arc::make_mut(encoder).flush(out),
            Self::Mnp5(encoder) => Arc::make_mut(encoder).flush(out),
        }
    }

    /// What [`Compressor::flush`] would send now.
    pub fn peek_flush(&self, out: &mut Vec<u8>) {
        match self {
            Self::None => {}
            Self::V42bis(encoder) => encoder.peek_flush(out),
            Self::Mnp5(encoder) => mnp5::Encoder::clone(encoder).flush(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_at_the_flush_tells_what_it_will_be() {
        for compression in
            [Compression::None, Compression::V42bis(v42bis::Parameters::USUAL), Compression::Mnp5]
        {
            let mut compressor = Compressor::new(compression);
            let text =
                b"and so on and on and on, for ever and ever, and then once more and on aaaaa".repeat(9);
            for piece in text.chunks(7) {
                compressor.encode(piece, &mut Vec::new());
                let (mut peeked, mut flushed) = (Vec::new(), Vec::new());
                compressor.peek_flush(&mut peeked);
                compressor.clone().flush(&mut flushed);
                assert_eq!(peeked, flushed);
            }
        }
    }
}
