//! Bearers: what the octets of frames become on a line, and when.
//!
//! | carrier | bits | moments |
//! |---|---|---|
//! | [`Octets`](Carrier::Octets) | so many an octet: start, data, stop | one after the other |
//! | [`Blocks`](Carrier::Blocks) | numbered blocks with header and check: LAPM, MNP, X.25, GSM, GPRS | short blocks wait for more; a window; repeats |
//! | [`Cells`](Carrier::Cells) | ATM cells of 53 octets | one after the other |
//! | [`Shared`](Carrier::Shared) | AX.25 frames | both directions take turns on one channel |

pub mod blocks;
pub mod cells;
pub mod noise;
pub mod shared;

use std::fmt;

use crate::link::modem::compressor::Compression;
use crate::time::Duration;

/// What carries the octets of a link, and what compresses them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bearer {
    /// What carries them.
    pub carrier: Carrier,
    /// What compresses them before that.
    pub compression: Compression,
}

impl fmt::Display for Bearer {
    /// `V.42bis in blocks of 128`; nothing for octets as they are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let carrier = match self.carrier {
            Carrier::Octets => String::new(),
            Carrier::Pad { data, .. } => format!("a pad with packets of {data}"),
            Carrier::Blocks(rules) => match rules.form {
                blocks::Form::Stuffed { data, .. } => format!("blocks of {data} with check and repeat"),
                blocks::Form::Slots { every } => format!("slots of {every} with check and repeat"),
            },
            Carrier::Cells(_) => "ATM cells".to_owned(),
            Carrier::Shared(_) => "AX.25 by turns".to_owned(),
        };
        let compression = match self.compression {
            Compression::None => "",
            Compression::V42bis(_) => "V.42bis",
            Compression::Mnp5 => "MNP 5",
        };
        match (compression, carrier.as_str()) {
            ("", carrier) => f.write_str(carrier),
            (compression, "") => f.write_str(compression),
            (compression, carrier) => write!(f, "{compression} in {carrier}"),
        }
    }
}

/// What carries the octets, as a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carrier {
    /// Each octet by itself, in as many bits as the link says; nothing checks them.
    #[default]
    Octets,
    /// As [`Carrier::Octets`], up to a pad that forwards packets of an X.25 network: one that is not full waits.
    Pad {
        /// Octets of a full packet.
        data: u32,
        /// How long the pad waits for more, as a part of the link's delay.
        wait: Duration,
    },
    /// Numbered blocks that are repeated until they arrive.
    Blocks(blocks::Rules),
    /// ATM cells.
    Cells(cells::Rules),
    /// A radio channel on which both ends take turns.
    Shared(shared::Rules),
}
