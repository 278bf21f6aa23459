//! How long a message is, before it is written.

use super::encode;
use super::period::Period;
use super::random::{Purpose, Streams};

/// Standard deviation of the logarithm of a header's octets, in every period.
const HEADER_SIGMA: f64 = 0.25;

/// What boundaries and the header of an attachment add, about.
const FRAMING: u32 = 380;

/// The longest text or attachment; only a mean far beyond any period's reaches it.
const PART_MAX: f64 = 64.0 * 1_048_576.0;

/// Steps towards a mean that was asked for: two or three are enough unless parts reach [`PART_MAX`].
const SECANT_STEPS: u32 = 8;

/// The largest factor for texts and attachments.
const SCALE_MAX: f64 = 1e9;

/// The octets of one message by their use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Header of the message.
    pub header: u32,
    /// Text, HTML beside it included.
    pub text: u32,
    /// The attachment before it is encoded; 0 if there is none.
    pub attachment: u32,
}

impl Sizes {
    /// The octets of the whole message, line ends included.
    #[must_use]
    pub fn total(self, uuencoded: bool) -> u32 {
        let attachment = match self.attachment {
            0 => 0,
            raw if uuencoded => encode::uuencoded_len(raw as usize) as u32,
            raw => encode::base64_len(raw as usize) as u32 + FRAMING,
        };
        self.header.saturating_add(self.text).saturating_add(attachment)
    }
}

/// Sizes as they were drawn, before they are scaled.
#[derive(Clone, Copy, Debug)]
pub struct Drawn {
    header: f64,
    text: f64,
    attachment: f64,
}

impl Drawn {
    /// Draws the sizes of message `index`. Whether it has an attachment is decided by the same number for any
    /// share, so that a larger share only adds attachments.
    pub fn of(period: &Period, attach_share: f64, streams: &Streams, index: u32) -> Self {
        let mut stream = streams.of(Purpose::Size, index);
        let header = stream.log_normal(period.header_median, HEADER_SIGMA);
        let text = stream.log_normal(period.body_median, period.body_sigma);
        let attached = stream.chance(attach_share);
        let attachment = stream.log_normal(period.attach_median, period.attach_sigma).min(period.attach_max);
        Self { header, text, attachment: if attached { attachment } else { 0.0 } }
    }

    /// The sizes after scaling.
    pub fn scaled(self, scale: Scale) -> Sizes {
        let octets = |size: f64, low: f64| libm::round(size.clamp(low, PART_MAX)) as u32;
        let attachment = self.attachment * scale.content;
        Sizes {
            header: octets(self.header * scale.header, 1.0),
            text: octets(self.text * scale.content, 2.0),
            attachment: if self.attachment > 0.0 { octets(attachment, 1.0) } else { 0 },
        }
    }
}

/// By how much drawn sizes are made larger or smaller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    header: f64,
    content: f64,
}

impl Scale {
    /// Sizes as drawn.
    pub const ONE: Self = Self { header: 1.0, content: 1.0 };

    /// The scale that brings the mean total of messages to `mean` octets; each comes with whether its attachment
    /// is uuencoded. Headers keep their size unless they would fill more than half of the mean.
    pub fn for_mean(mean: u32, drawn: &[(Drawn, bool)]) -> Self {
        let headers: f64 = drawn.iter().map(|(drawn, _)| drawn.header).sum();
        let wanted = f64::from(mean) * drawn.len() as f64;
        if drawn.is_empty() {
            return Self::ONE;
        }
        let header = (wanted / 2.0 / headers).min(1.0);
        let total = |content: f64| -> f64 {
            let scale = Self { header, content };
            drawn.iter().map(|(drawn, uuencoded)| f64::from(drawn.scaled(scale).total(*uuencoded))).sum()
        };
        // The total rises with the scale, and nearly in proportion: a few steps of the secant find it.
        let (mut before, mut here) = ((0.0, total(0.0)), (1.0, total(1.0)));
        let mut nearest = here;
        for _ in 0..SECANT_STEPS {
            if libm::fabs(here.1 - before.1) < 1.0 || libm::fabs(here.1 - wanted) < drawn.len() as f64 {
                break;
            }
            let slope = (here.1 - before.1) / (here.0 - before.0);
            let content = (here.0 + (wanted - here.1) / slope).clamp(0.0, SCALE_MAX);
            before = here;
            here = (content, total(content));
            if libm::fabs(here.1 - wanted) < libm::fabs(nearest.1 - wanted) {
                nearest = here;
            }
        }
        Self { header, content: nearest.0 }
    }
}
