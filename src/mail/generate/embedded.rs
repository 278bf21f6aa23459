//! The mailboxes that maillab brings along, as recipes.

use std::sync::Arc;

use super::generator::Generator;
use super::period::Period;

/// The message of the embedded mailbox that has the large attachment.
const LARGE_AT: u32 = 41;
/// Octets of that attachment before encoding: the picture that somebody sent to everybody.
const LARGE_OCTETS: u32 = 540_000;

/// The default mailbox: 60 messages of the period 1998, seed 1998, one attachment of more than 500 kB.
#[must_use]
pub fn embedded() -> Arc<Generator> {
    Arc::new(of_1998(60).with_attachment_at(LARGE_AT, LARGE_OCTETS, None))
}

/// The mailbox of the scenario `faq-two-calls`: 20 messages of the period 1998 without attachments.
#[must_use]
pub fn faq_two_calls() -> Arc<Generator> {
    Arc::new(of_1998(20).with_attachments(0.0))
}

fn of_1998(count: u32) -> Generator {
    // A test reads the embedded periods; without them there would be no mail, and no panic either.
    match Period::named("1998") {
        Ok(period) => Generator::new(period, 1998, count),
        Err(_) => Generator::new(&Period::default(), 1998, 0),
    }
}
