//! The stages that presets name: what each is, and whether this version builds it.

/// One stage of a link: a bearer, a compressor, or a habit of the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its name in the data and in tables: `lapm`.
    pub name: &'static str,
    /// What it is, in a few words.
    pub meaning: &'static str,
    /// What can be done with it.
    pub status: Status,
    /// Whether `:plain` keeps it.
    pub plain: bool,
}

/// What this version does with a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is built: the simulated line does what the stage did.
    Built,
    /// It is not built.
    NotBuilt,
    /// It carries messages of its own and no IP packets, so there is nothing for TCP to run over.
    NoIp,
}

/// Every stage that the presets name, bearers first.
pub const STAGES: [Stage; 30] = [
    plain("async-8n1", "asynchronous line: start bit, 8 data bits, stop bit"),
    plain("slip", "SLIP framing (RFC 1055)"),
    plain("ppp", "PPP framing with octet stuffing (RFC 1662)"),
    plain("native", "IP packets at the rate that the bearer gives them"),
    plain("ethernet", "Ethernet: 14 octets of header, 4 of check, 8 of preamble, 12 of gap a packet"),
    built("lapm", "V.42 error control: synchronous LAPM frames"),
    built("mnp4-sync", "MNP 4 error control: synchronous frames"),
    built("mnp10", "MNP 10 error control for radio: small blocks (a reconstruction; the rate stays)"),
    built("x25-pad", "X.25 PAD: bytes forwarded in packets by a timer"),
    built("x25", "X.25 packets of 128 bytes in a window of two, acknowledged end to end"),
    built("ppp-sync", "PPP on a synchronous line: bit stuffing"),
    built("ppp-sync-mp", "multilink PPP on synchronous lines (RFC 1990)"),
    built("ppp-async", "PPP through a satellite's own frames (a reconstruction: 9 bits a byte)"),
    built("ppp-atm", "PPP over Ethernet in ATM cells"),
    built("hdlc-sync", "HDLC frames on a synchronous line: bit stuffing"),
    built("rlp-l2rcop", "GSM radio link protocol: frames repeated until they arrive"),
    built("gprs-llc", "GPRS radio blocks, logical link frames, and asking for a channel"),
    built("cdpd-mdlp", "CDPD mobile data link protocol (a reconstruction; alone on the channel)"),
    built("ax25", "AX.25 frames on a radio channel, alone on it"),
    built("half-duplex", "the two ends take turns, and each turn takes time"),
    built("v42bis", "V.42bis compression"),
    built("v42bis-gw", "V.42bis compression in the gateway, with its smallest dictionary (a reconstruction)"),
    built("v44", "V.44 compression (V.42bis with its largest dictionary stands in for it)"),
    built("mnp5", "MNP 5 compression"),
    not_built("huffman", "Huffman compression in the radio modem"),
    not_built("pmc", "pseudo-Markov compression in the radio modem"),
    no_ip("pactor", "PACTOR carries the exchanges of radio mailboxes in cycles of seconds"),
    no_ip("mpak-512", "Mobitex carries messages of at most 512 bytes, stored and forwarded"),
    no_ip("ardis-240", "ARDIS carries messages of at most 240 bytes"),
    no_ip("sat-c", "Inmarsat-C carries messages of at most 32 kB, delivered minutes later"),
];

const fn plain(name: &'static str, meaning: &'static str) -> Stage {
    Stage { name, meaning, status: Status::Built, plain: true }
}

const fn built(name: &'static str, meaning: &'static str) -> Stage {
    Stage { name, meaning, status: Status::Built, plain: false }
}

const fn not_built(name: &'static str, meaning: &'static str) -> Stage {
    Stage { name, meaning, status: Status::NotBuilt, plain: false }
}

const fn no_ip(name: &'static str, meaning: &'static str) -> Stage {
    Stage { name, meaning, status: Status::NoIp, plain: false }
}
