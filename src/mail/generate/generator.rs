//! A mailbox as a recipe: period, seed and number of messages.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::attachment::FileKind;
use super::compose;
use super::era::Era;
use super::period::Period;
use super::plan;
use super::random::Streams;
use super::sizes::{Drawn, Scale, Sizes};
use crate::mail::body::{BodyLost, BodySource};

/// A generated mailbox is spread over at most so many days, however many messages it has.
const DAYS_MAX: f64 = 730.0;

/// Makes the messages of one mailbox. Message `i` is a pure function of the generator and `i`: it can be made
/// again at any time, alone, and is the same octets on every machine.
#[derive(Clone, Debug)]
pub struct Generator {
    period: Period,
    streams: Streams,
    count: u32,
    attach_share: f64,
    attached: BTreeMap<u32, (u32, Option<FileKind>)>,
    mean: Option<u32>,
    exact: Option<u32>,
    scale: Scale,
}

impl Generator {
    /// The least that [`Generator::of_exact_size`] can make: a few header lines.
    pub const EXACT_MIN: u32 = 128;
    /// The most that [`Generator::of_exact_size`] can make.
    pub const EXACT_MAX: u32 = 64 << 20;

    /// A mailbox of `count` messages as the period had them.
    #[must_use]
    pub fn new(period: &Period, seed: u64, count: u32) -> Self {
        Self {
            period: period.clone(),
            streams: Streams::new(seed),
            count,
            attach_share: period.attach_share,
            attached: BTreeMap::new(),
            mean: None,
            exact: None,
            scale: Scale::ONE,
        }
    }

    /// The same mailbox with another share of messages with an attachment, 0 to 1; what is outside is taken for
    /// the nearer end. A larger share only adds attachments.
    #[must_use]
    pub fn with_attachments(mut self, share: f64) -> Self {
        self.attach_share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        self.rescaled()
    }

    /// The same mailbox, in which message `index` has an attachment of exactly `octets` before encoding: a MIME part
    /// of its own, unless the period knows no MIME. Chance says what kind of file it is, unless `kind` does.
    #[must_use]
    pub fn with_attachment_at(mut self, index: u32, octets: u32, kind: Option<FileKind>) -> Self {
        self.attached.insert(index, (octets.clamp(1, Self::EXACT_MAX), kind));
        self
    }

    /// The same mailbox, texts and attachments scaled so that the mean size of its messages is `octets`, to about
    /// 1 % between 600 octets and 1 MB. No message shrinks when the mean grows. Attachments of
    /// [`Generator::with_attachment_at`] are not counted and not scaled.
    #[must_use]
    pub fn with_mean_size(mut self, octets: u32) -> Self {
        self.mean = Some(octets.min(Self::EXACT_MAX));
        self.exact = None;
        self.rescaled()
    }

    /// The same mailbox, in which every message has exactly so many octets and none has an attachment.
    /// `octets` is brought between [`Generator::EXACT_MIN`] and [`Generator::EXACT_MAX`].
    #[must_use]
    pub fn of_exact_size(mut self, octets: u32) -> Self {
        self.exact = Some(octets.clamp(Self::EXACT_MIN, Self::EXACT_MAX));
        self
    }

    fn rescaled(mut self) -> Self {
        self.scale = Scale::ONE;
        if let Some(mean) = self.mean {
            let drawn: Vec<(Drawn, bool)> =
                (0..self.count).map(|index| (self.drawn(index), plan::uuencoded(&self, index))).collect();
            self.scale = Scale::for_mean(mean, &drawn);
        }
        self
    }

    /// The period whose mail it makes.
    #[must_use]
    pub const fn period(&self) -> &Period {
        &self.period
    }

    /// How many messages there are.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// How long message `index` is to be, by use.
    #[must_use]
    pub fn sizes(&self, index: u32) -> Sizes {
        let mut sizes = self.drawn(index).scaled(self.scale);
        if let Some(octets) = self.exact {
            // A header takes at most half of a message whose size is prescribed.
            let header = sizes.header.min(octets / 2);
            return Sizes { header, text: octets - header, attachment: 0 };
        }
        if let Some((octets, _)) = self.attached.get(&index) {
            sizes.attachment = *octets;
        }
        sizes
    }

    /// How long message `index` is to be, in octets. It is just as long, unless it is so short that its
    /// attachment's framing needs more.
    #[must_use]
    pub fn total(&self, index: u32) -> u32 {
        self.sizes(index).total(plan::uuencoded(self, index))
    }

    /// The octets of message `index`: lines ended by CR LF, none longer than 998 octets (RFC 5322 §2.1.1).
    #[must_use]
    pub fn octets(&self, index: u32) -> Vec<u8> {
        compose::message(self, index)
    }

    pub(super) const fn streams(&self) -> &Streams {
        &self.streams
    }

    /// Whether message `index` has an attachment by [`Generator::with_attachment_at`].
    pub(super) fn is_attached_to(&self, index: u32) -> bool {
        self.attached.contains_key(&index)
    }

    /// Which kind of file message `index` has, if that was asked for.
    pub(super) fn file_kind(&self, index: u32) -> Option<FileKind> {
        self.attached.get(&index).and_then(|(_, kind)| *kind)
    }

    /// True if a message must not be longer than [`Generator::total`] says.
    pub(super) const fn is_exact(&self) -> bool {
        self.exact.is_some()
    }

    /// The year of the newest message.
    pub(super) fn year(&self) -> i16 {
        self.period.newest().civil().year()
    }

    /// Which programs write and carry the mail.
    pub(super) fn era(&self) -> &'static Era {
        Era::of(self.year())
    }

    /// Seconds from one message to the next, on average.
    pub(super) fn gap_seconds(&self) -> f64 {
        (86_400.0 / self.period.per_day_received).min(DAYS_MAX * 86_400.0 / f64::from(self.count.max(1)))
    }

    fn drawn(&self, index: u32) -> Drawn {
        Drawn::of(&self.period, self.attach_share, &self.streams, index)
    }
}

impl BodySource for Generator {
    fn octets(&self, index: u32) -> Result<Bytes, BodyLost> {
        if index >= self.count {
            return Err(BodyLost {
                reason: format!("the generated mailbox has only {} messages", self.count),
            });
        }
        Ok(Bytes::from(Self::octets(self, index)))
    }
}
