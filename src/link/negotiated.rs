//! What PPP's two ends say while a call comes up, on the line of that call.

use std::sync::Arc;

use super::bearer::noise::Noise;
use super::bundle::Bundle;
use super::framing::atm;
use super::framing::hdlc::{self, Accm};
use super::framing::stuffing::StuffedZeros;
use super::framing::{Carrier, Framing, Ppp, fcs::Fcs16};
use super::line::Direction;
use super::modem::{self, Modem};
use super::ppp::negotiation::{Line, Negotiation, negotiate};
use super::ppp::{Agreed, Authentication, Config, Frame, Multilink};
use super::spec::LinkSpec;
use super::tcp::Side;
use crate::time::{Duration, Instant};
use crate::units::BitRate;

/// A negotiation, in times after its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// Every frame, in the order in which they were sent.
    pub frames: Vec<ControlFrame>,
    /// From the carrier until IP packets may flow.
    pub took: Duration,
    /// How each end may send now, the client's first.
    pub agreed: [Ppp; 2],
}

/// One frame of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlFrame {
    /// Who sent it.
    pub from: Side,
    /// When it was given to the line.
    pub sent: Duration,
    /// When its last bit arrived.
    pub arrived: Duration,
    /// What stands between the flags, the check apart.
    pub content: Vec<u8>,
    /// Its octets on the serial line, both flags and escapes included, for a line idles between such frames.
    pub line_octets: u32,
    /// Its bits on the line.
    pub line_bits: u64,
    accm: Accm,
}

impl Negotiated {
    /// Octets on the line, of both ends together.
    #[must_use]
    pub fn line_octets(&self) -> u64 {
        self.frames.iter().map(|frame| u64::from(frame.line_octets)).sum()
    }

    /// Lets the two ends of a link talk on an idle line, if its framing is PPP and the line is a call: what is always
    /// up has agreed long ago. `None` also if they do not come to an end.
    #[must_use]
    pub fn on(link: &LinkSpec) -> Option<Arc<Self>> {
        let Framing::Ppp(ppp) = link.framing else { return None };
        if !link.call.is_dialled() {
            return None;
        }
        let line = |rate, delay| Direction::new(rate, delay);
        let mut on_line = OnLine {
            carrier: ppp.carrier,
            modem: Modem::new(link),
            lines: [line(link.rate_up, link.delay_up), line(link.rate_down, link.delay_down)],
            bundle: Bundle::new(link),
            counted: Vec::new(),
        };
        let [client, server] = ends(ppp, link.rate_up.min(link.rate_down));
        let Negotiation { said, agreed, ended, .. } = negotiate(client, server, Instant::START, &mut on_line);
        let agreed = agreed?.map(|agreed: Agreed| ppp.as_agreed(&agreed));
        let frames =
            said.into_iter().zip(on_line.counted).map(|(said, (line_octets, line_bits))| ControlFrame {
                from: said.from,
                sent: said.at.since(Instant::START),
                arrived: said.arrived.unwrap_or(said.at).since(Instant::START),
                content: said.frame.content,
                line_octets,
                line_bits,
                accm: said.frame.accm,
            });
        let took = ended.since(Instant::START);
        Some(Arc::new(Self { frames: frames.collect(), took, agreed }))
    }

    /// Shows the modems the same frames, so that a compressor in them knows what it has seen.
    pub(super) fn pass(
        &self,
        start: Instant,
        carrier: Carrier,
        modem: &mut Modem,
        lines: &mut [Direction; 2],
    ) {
        for frame in &self.frames {
            let octets = octets(carrier, &frame.content, frame.accm);
            let (at, octets) = (start + frame.sent, modem::Frame::Octets(&octets));
            modem.send(lines, at, frame.from, octets, Duration::ZERO, &mut Noise::default());
        }
    }
}

/// The restart timer's default is meant for telephone lines of 2400 bit/s and more (RFC 1661 §4.6).
const RESTART: Duration = Duration::from_secs(3);
const RESTART_RATE: u64 = 2400;

/// What a caller and a provider of the 1990s asked for, as far as this link has it. On a line slower than the restart
/// timer is meant for, both are more patient: a question that is asked twice while its answer is on the way begins
/// the negotiation anew, without end.
#[must_use]
pub fn ends(ppp: Ppp, rate: BitRate) -> [Config; 2] {
    let patience = RESTART.saturating_mul(RESTART_RATE.div_ceil(rate.bits_per_second()));
    let client = Config {
        mru: None,
        // There is nothing to escape where bits are stuffed.
        accm: (ppp.carrier == Carrier::Async).then_some(ppp.accm),
        magic: Some(0x9235_5678),
        pfc: ppp.pfc,
        // AAL5 has no such fields (RFC 2364 §6).
        acfc: ppp.acfc && ppp.carrier != Carrier::Atm,
        callback: false,
        multilink: ppp.multilink.map(|calls| Multilink { mrru: 1500, short_sequence: calls.short_sequence }),
        demands: None,
        knows: vec![Authentication::Chap, Authentication::Pap],
        name: b"alice".to_vec(),
        secret: b"secret".to_vec(),
        challenge: [0; 16],
        address: [0; 4],
        gives_address: None,
        dns: None,
        vj: ppp.vj,
        deflate: ppp.deflate.then_some(15),
        restart: patience,
    };
    let server = Config {
        magic: Some(0xC3A5_96B7),
        demands: Some(Authentication::Pap),
        knows: Vec::new(),
        address: [10, 9, 0, 1],
        gives_address: Some([10, 9, 0, 2]),
        ..client.clone()
    };
    [client, server]
}

/// The lines and modems of a call that nothing was sent on yet.
struct OnLine {
    carrier: Carrier,
    modem: Modem,
    lines: [Direction; 2],
    bundle: Option<Bundle>,
    counted: Vec<(u32, u64)>,
}

impl Line for OnLine {
    fn send(&mut self, now: Instant, from: Side, frame: &Frame) -> Option<Instant> {
        let octets = octets(self.carrier, &frame.content, frame.accm);
        let lines = self.bundle.as_mut().and_then(Bundle::first).unwrap_or(&mut self.lines);
        let zeros = match self.carrier {
            Carrier::Sync => StuffedZeros::default().add(octets.get(1..octets.len() - 1).unwrap_or_default()),
            Carrier::Async | Carrier::Atm => 0,
        };
        let on_line = if self.modem.looks_at_octets() {
            modem::Frame::Octets(&octets)
        } else {
            modem::Frame::Stuffed(octets.len() as u32, zeros as u32)
        };
        let carried = self.modem.send(lines, now, from, on_line, Duration::ZERO, &mut Noise::default());
        self.counted.push((carried.octets, carried.bits));
        Some(carried.transit.arrive)
    }
}

/// A frame as the serial line has it, with a flag before and behind it; synchronous, without its stuffed zeros.
fn octets(carrier: Carrier, content: &[u8], accm: Accm) -> Vec<u8> {
    let mut line = vec![hdlc::FLAG];
    match carrier {
        Carrier::Async => hdlc::encode(content, accm, &mut line),
        Carrier::Sync => {
            let mut fcs = Fcs16::default();
            fcs.add(content);
            line.extend_from_slice(content);
            line.extend_from_slice(&fcs.sent());
            line.push(hdlc::FLAG);
        }
        Carrier::Atm => {
            line.clear();
            atm::encode(content, &mut line);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::by_numbers;
    use crate::link::ppp::describe;
    use crate::link::spec::CallSetup;

    fn negotiated(numbers: &str) -> Option<Arc<Negotiated>> {
        let mut link = by_numbers::parse(numbers).unwrap();
        link.call = CallSetup { billed: Duration::from_secs(12), ..CallSetup::NONE };
        Negotiated::on(&link)
    }

    #[test]
    fn a_call_at_28800_needs_a_second_or_two_and_some_hundred_octets() {
        let negotiated = negotiated("rate=28800,bits=10,delay=55ms,framing=ppp-vj").unwrap();
        assert!((300..=500).contains(&negotiated.line_octets()), "{}", negotiated.line_octets());
        assert!((Duration::from_millis(500)..Duration::from_secs(2)).contains(&negotiated.took));
        assert_eq!(negotiated.agreed, [Ppp::WITH_VJ; 2]);
        assert_eq!(negotiated.frames[0].line_octets, 45);
        assert_eq!(negotiated.frames[0].line_bits, 450);
        assert_eq!(
            describe(&negotiated.frames[0].content),
            "LCP Configure-Request 1: ACCM 000A0000, magic 92355678, PFC, ACFC"
        );
    }

    #[test]
    fn a_slow_line_is_given_the_time_that_it_needs() {
        let slow = negotiated("rate=300,bits=10,delay=20ms,framing=ppp").unwrap();
        let fast = negotiated("rate=28800,bits=10,delay=20ms,framing=ppp").unwrap();
        assert!(slow.took > Duration::from_secs(5), "{}", slow.took);
        assert_eq!(slow.frames.len(), fast.frames.len(), "nothing is asked twice");
        assert_eq!(slow.agreed, fast.agreed);
    }

    #[test]
    fn every_framing_of_ppp_comes_to_what_it_asked_for() {
        for (name, framing) in by_numbers::FRAMINGS {
            let Framing::Ppp(asked) = framing else { continue };
            let negotiated = negotiated(&format!("rate=64000,delay=10ms,framing={name}")).unwrap();
            for agreed in negotiated.agreed {
                let same = Ppp { accm: asked.accm, acfc: agreed.acfc, ..agreed };
                assert_eq!(same, Ppp { acfc: agreed.acfc, ..asked }, "{name}");
            }
        }
    }

    #[test]
    fn slip_has_nothing_to_negotiate_and_a_leased_line_did_so_long_ago() {
        assert_eq!(negotiated("rate=28800,framing=cslip"), None);
        assert_eq!(Negotiated::on(&by_numbers::parse("rate=28800,framing=ppp").unwrap()), None);
    }
}
