//! Mail made to measure: seeded mailboxes with sizes, headers, threads and attachments of a period.
//!
//! ```text
//! Period ──> Generator ──> sizes ──> plan ──> header, text, html, attachment ──> octets
//! (data file)  + seed      how long   what      words, people, encode
//! ```
//!
//! The presets are illustrative: fitted to what was published about sizes, see `data/mail-periods.toml`. Words,
//! people and files are invented; addresses are those kept for examples (RFC 2606, RFC 5737).

mod attachment;
mod compose;
mod embedded;
pub(crate) mod encode;
mod era;
mod generator;
mod header;
mod html;
mod people;
mod period;
mod plan;
mod random;
mod sizes;
#[cfg(test)]
mod tests;
mod text;
#[rustfmt::skip] // word lists, filled like paragraphs
mod vocabulary;
mod words;

use std::sync::Arc;

use bytes::Bytes;

pub use attachment::FileKind;
pub use embedded::{embedded, faq_two_calls};
pub use generator::Generator;
pub use period::Period;
pub use sizes::Sizes;
pub use vocabulary::NOUNS;

use super::body::Body;
use super::date::Timestamp;
use super::message::Message;

/// Mailboxes up to this many octets are kept in memory; larger ones are made again whenever a body is needed.
const KEPT_MAX: u64 = 32 << 20;

/// A message and when it came.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The message.
    pub message: Message,
    /// When the server received it: never before the message that stands before it.
    pub received: Timestamp,
}

/// Makes all messages of a mailbox, oldest first.
///
/// Each message is made once here, for its size, header, structure and digest. Of a large mailbox the bodies are
/// then dropped and made anew when somebody reads them.
pub fn messages(generator: Arc<Generator>) -> impl Iterator<Item = Generated> {
    let total: u64 = (0..generator.count()).map(|index| u64::from(generator.total(index))).sum();
    let keep = total <= KEPT_MAX;
    (0..generator.count()).map(move |index| {
        let octets = Bytes::from(Generator::octets(&generator, index));
        let message = if keep {
            Message::new(octets)
        } else {
            let body = Body::Source { source: generator.clone(), index };
            Message::with_body(body, &octets)
        };
        Generated { message, received: plan::times(&generator, index).1 }
    })
}
