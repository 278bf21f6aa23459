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
}

/// What this version does with a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is built: the simulated line does what the stage did.
    Built,
    /// It is not built; `:plain` goes without it.
    NotBuilt,
    /// It carries messages of its own and no IP packets, so there is nothing for TCP to run over.
    NoIp,
}

/// Every stage that the presets name, bearers first.
pub const STAGES: [Stage; 30] = [
    built("async-8n1", "asynchronous line: start bit, 8 data bits, stop bit"),
    built("slip", "SLIP framing (RFC 1055)"),
    built("ppp", "PPP framing with octet stuffing (RFC 1662)"),
    built("native", "IP packets at the rate that the bearer gives them"),
    built("ethernet", "Ethernet: 14 octets of header, 4 of check, 8 of preamble, 12 of gap a packet"),
    not_built("lapm", "V.42 error control: synchronous LAPM frames"),
    not_built("mnp4-sync", "MNP 4 error control: synchronous frames"),
    not_built("mnp10", "MNP 10 error control for radio: small blocks, changing rate"),
    not_built("x25-pad", "X.25 PAD: bytes forwarded in packets by a timer"),
    not_built("x25", "X.25 packets of 128 bytes in a window of two, acknowledged end to end"),
    not_built("ppp-sync", "PPP on a synchronous line: bit stuffing"),
    not_built("ppp-sync-mp", "multilink PPP on synchronous lines (RFC 1990)"),
    not_built("ppp-async", "PPP through a satellite's own frames"),
    not_built("ppp-atm", "PPP in ATM cells"),
    not_built("hdlc-sync", "HDLC frames on a synchronous line: bit stuffing"),
    not_built("rlp-l2rcop", "GSM radio link protocol: frames repeated until they arrive"),
    not_built("gprs-llc", "GPRS radio blocks and logical link frames"),
    not_built("cdpd-mdlp", "CDPD mobile data link protocol on a shared channel"),
    not_built("ax25", "AX.25 frames on a shared radio channel"),
    not_built("half-duplex", "the two ends take turns, and each turn takes time"),
    not_built("v42bis", "V.42bis compression"),
    not_built("v42bis-gw", "V.42bis compression in the gateway"),
    not_built("v44", "V.44 compression"),
    not_built("mnp5", "MNP 5 compression"),
    not_built("huffman", "Huffman compression in the radio modem"),
    not_built("pmc", "pseudo-Markov compression in the radio modem"),
    no_ip("pactor", "PACTOR carries the exchanges of radio mailboxes in cycles of seconds"),
    no_ip("mpak-512", "Mobitex carries messages of at most 512 bytes, stored and forwarded"),
    no_ip("ardis-240", "ARDIS carries messages of at most 240 bytes"),
    no_ip("sat-c", "Inmarsat-C carries messages of at most 32 kB, delivered minutes later"),
];

const fn built(name: &'static str, meaning: &'static str) -> Stage {
    Stage { name, meaning, status: Status::Built }
}

const fn not_built(name: &'static str, meaning: &'static str) -> Stage {
    Stage { name, meaning, status: Status::NotBuilt }
}

const fn no_ip(name: &'static str, meaning: &'static str) -> Stage {
    Stage { name, meaning, status: Status::NoIp }
}
