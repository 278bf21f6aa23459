//! Captures as files: sessions of ours written for Wireshark, captures of others read.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::atomic;
use crate::capture::LinkType;
use crate::capture::export::{View, pcapng};
use crate::capture::import::{Imported, import};
use crate::lesson::{Lesson, Place};
use crate::link::tcp::Side;
use crate::mail::date::Timestamp;
use crate::world::World;

/// The largest capture that is read, in bytes. What is made of it takes a few times as much.
const CAPTURE_MAX: u64 = 256 << 20;

/// Whether and how a session's packets are written.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct CaptureArgs {
    /// Write the packets as a pcapng file for Wireshark; `compare` takes a folder and writes one file a run
    #[arg(long, value_name = "PATH")]
    pub pcapng: Option<PathBuf>,
    /// What stands around each packet
    #[arg(long, value_enum, default_value_t, requires = "pcapng")]
    pub pcapng_link: PcapngLink,
    /// At which end packets are seen
    #[arg(long, value_enum, default_value_t, requires = "pcapng")]
    pub pcapng_at: PcapngAt,
}

/// What stands around each packet of a capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PcapngLink {
    /// Nothing: raw IP.
    #[default]
    Raw,
    /// Address, control and protocol of PPP.
    Ppp,
}

/// At which end packets are seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PcapngAt {
    /// At the user's.
    #[default]
    Client,
    /// At the server's.
    Server,
}

impl CaptureArgs {
    /// Writes the packets of the first workstation into `file`. `epoch` is what the clock shows at the start.
    pub(super) fn write(&self, world: &World, epoch: Timestamp, file: &Path) -> Result<(), Lesson> {
        let view = View {
            at: match self.pcapng_at {
                PcapngAt::Client => Side::Client,
                PcapngAt::Server => Side::Server,
            },
            link_type: match self.pcapng_link {
                PcapngLink::Raw => LinkType::Raw,
                PcapngLink::Ppp => LinkType::Ppp,
            },
            epoch,
        };
        atomic::write(file, |file| pcapng(world, 0, view).try_for_each(|block| file.write_all(&block)))
    }
}

/// Reads a capture.
pub(super) fn read(path: &Path) -> Result<Imported, Lesson> {
    let place = || Place::file(path.display().to_string());
    let mut octets = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(CAPTURE_MAX + 1).read_to_end(&mut octets));
    read.map_err(|error| Lesson::new(format!("the capture cannot be read: {error}")).at(place()))?;
    if octets.len() as u64 > CAPTURE_MAX {
        let lesson =
            Lesson::new(format!("this capture is larger than {} MiB", CAPTURE_MAX >> 20)).at(place());
        return Err(lesson.hint("cut it down: `tshark -r OLD -w NEW -Y 'tcp.port == 110'`"));
    }
    import(&octets).map_err(|lesson| lesson.at(place()))
}
