//! COMPRESS=DEFLATE: one endless deflate stream in each direction, flushed whenever the other end has to hear
//! what was said (RFC 4978).
//!
//! The state of a stream is behind an `Arc`: a copy of a session that nobody writes to costs a pointer.

use std::fmt;
use std::sync::Arc;

use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress, create_comp_flags_from_zip_params,
};
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

/// How hard it tries: zlib's usual level.
const LEVEL: i32 = 6;
/// Deflate without the head of zlib around it (RFC 4978 §4).
const RAW: i32 = -15;

/// Stands for the state of a stream when two are compared: it is a function of what went in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct History {
    octets: u64,
    /// FNV-1a.
    digest: u64,
}

impl Default for History {
    fn default() -> Self {
        Self { octets: 0, digest: 0xcbf2_9ce4_8422_2325 }
    }
}

impl History {
    fn add(&mut self, octets: &[u8]) {
        self.octets += octets.len() as u64;
        for octet in octets {
            self.digest = (self.digest ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// The writing end.
#[derive(Clone)]
pub struct Deflater {
    state: Arc<CompressorOxide>,
    history: History,
}

impl Default for Deflater {
    fn default() -> Self {
        let flags = create_comp_flags_from_zip_params(LEVEL, RAW, 0);
        Self { state: Arc::new(CompressorOxide::new(flags)), history: History::default() }
    }
}

impl Deflater {
    /// Deflates, and flushes: the other end can read all of it.
    pub fn deflate(&mut self, mut plain: &[u8]) -> Vec<u8> {
        self.history.add(plain);
        self.history.add(&[0]);
        let state = Arc::make_mut(&mut self.state);
        let mut out = Vec::new();
        loop {
            let from = out.len();
            out.resize(from + plain.len() + 64, 0);
            let (status, read, written) = compress(state, plain, &mut out[from..], TDEFLFlush::Sync);
            out.truncate(from + written);
            let room = plain.len() + 64;
            plain = plain.get(read..).unwrap_or_default();
            // All is written when there was room to spare.
            if status != TDEFLStatus::Okay || (plain.is_empty() && written < room) {
                return out;
            }
        }
    }
}

impl PartialEq for Deflater {
    fn eq(&self, other: &Self) -> bool {
        self.history == other.history
    }
}

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflater").field("history", &self.history).finish_non_exhaustive()
    }
}

/// The reading end.
#[derive(Clone)]
pub struct Inflater {
    state: Arc<InflateState>,
    history: History,
}

impl Default for Inflater {
    fn default() -> Self {
        Self { state: Arc::new(InflateState::new(DataFormat::Raw)), history: History::default() }
    }
}

/// What came in is no deflate stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

impl Inflater {
    /// Inflates some of `deflated`, to at most `most` octets. Gives how many octets were read, and what they held.
    ///
    /// # Errors
    /// [`Broken`] if this is no deflate stream, or stands behind the end of one.
    pub fn inflate(&mut self, deflated: &[u8], most: usize) -> Result<(usize, Vec<u8>), Broken> {
        let mut plain = vec![0; most];
        let result = inflate(Arc::make_mut(&mut self.state), deflated, &mut plain, MZFlush::None);
        plain.truncate(result.bytes_written);
        self.history.add(deflated.get(..result.bytes_consumed).unwrap_or_default());
        match result.status {
            // Nothing to do for want of input or room is no error.
            Ok(MZStatus::Ok) | Err(miniz_oxide::MZError::Buf) => Ok((result.bytes_consumed, plain)),
            // A client may end its stream with its last command, and that is obeyed; what comes behind is too much.
            Ok(MZStatus::StreamEnd) if result.bytes_consumed > 0 || deflated.is_empty() => {
                Ok((result.bytes_consumed, plain))
            }
            _ => Err(Broken),
        }
    }
}

impl PartialEq for Inflater {
    fn eq(&self, other: &Self) -> bool {
        self.history == other.history
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").field("history", &self.history).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_stream_held_up_to_its_end_is_there_and_nothing_may_follow() {
        let ended = miniz_oxide::deflate::compress_to_vec(b"z LOGOUT\r\n", 6);
        let mut inflater = Inflater::default();
        let (read, plain) = inflater.inflate(&ended, 100).unwrap();
        assert_eq!((read, plain.as_slice()), (ended.len(), &b"z LOGOUT\r\n"[..]));
        assert_eq!(inflater.inflate(b"", 100), Ok((0, Vec::new())));
        assert_eq!(inflater.inflate(b"more", 100), Err(Broken));
    }

    proptest! {
        #[test]
        fn what_is_flushed_can_be_read(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..20), most in 1_usize..50) {
            let (mut deflater, mut inflater) = (Deflater::default(), Inflater::default());
            for piece in pieces {
                let deflated = deflater.deflate(&piece);
                let (mut at, mut plain) = (0, Vec::new());
                loop {
                    let (read, more) = inflater.inflate(&deflated[at..], most).unwrap();
                    at += read;
                    plain.extend_from_slice(&more);
                    if read == 0 && more.is_empty() { break }
                }
                prop_assert_eq!(at, deflated.len());
                prop_assert_eq!(plain, piece);
            }
        }

        #[test]
        fn what_is_no_stream_is_told_or_read(octets in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut inflater = Inflater::default();
            let mut rest = &octets[..];
            while let Ok((read, plain)) = inflater.inflate(rest, 100) {
                if read == 0 && plain.is_empty() { break }
                rest = &rest[read..];
            }
        }
    }
}
