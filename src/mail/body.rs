//! Where a message's octets are when nobody looks at them.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

/// The octets of one message, wherever they are.
#[derive(Clone, Debug)]
pub enum Body {
    /// In memory.
    Memory(Bytes),
    /// Made or read anew each time: generated from a seed, or read from a file by an edge.
    Source {
        /// Who can give them.
        source: Arc<dyn BodySource>,
        /// Which of the source's messages this is.
        index: u32,
    },
}

/// Gives the octets of messages on demand.
pub trait BodySource: fmt::Debug + Send + Sync {
    /// The octets of message `index`, lines ended by CR LF: the same ones every time.
    ///
    /// # Errors
    /// [`BodyLost`] when they are no longer to be had, say because the file behind them changed.
    fn octets(&self, index: u32) -> Result<Bytes, BodyLost>;
}

/// A message's octets are no longer to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyLost {
    /// What happened, for the person who owns the mail.
    pub reason: String,
}

impl Body {
    /// All octets of the message.
    ///
    /// # Errors
    /// [`BodyLost`] when the source can no longer give them.
    pub fn octets(&self) -> Result<Bytes, BodyLost> {
        match self {
            Self::Memory(bytes) => Ok(bytes.clone()),
            Self::Source { source, index } => source.octets(*index),
        }
    }
}

impl fmt::Display for BodyLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the message can no longer be read: {}", self.reason)
    }
}

impl std::error::Error for BodyLost {}
