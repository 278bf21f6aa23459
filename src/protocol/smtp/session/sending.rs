//! The other way round: this end sends, and what comes in are replies.

use super::{Expect, Smtp};
use crate::mail::store::Store;
use crate::protocol::lines::Line;
use crate::protocol::smtp::sender::PeerReply;
use crate::session::Output;
use crate::time::Instant;

/// So much of a reply is kept; the rest of a longer one is read and forgotten.
const REPLY_TEXT_MAX: usize = 16 << 10;

impl Smtp {
    /// A line of the other end's reply.
    pub(super) fn hear(&mut self, line: Line, now: Instant, store: &mut Store, out: &mut Output) {
        let Expect::Replies(sending) = &mut self.expect else { return };
        let (octets, text) = match line {
            Line::Whole { text, octets, .. } => (octets, text),
            Line::TooLong { octets } => (octets, Vec::new()),
        };
        sending.octets = sending.octets.saturating_add(octets);
        let read = PeerReply::line(&text);
        let (code, last, said) = read.unwrap_or((0, true, "what came was no reply".to_owned()));
        sending.reply.code = code;
        if sending.reply.text.len() < REPLY_TEXT_MAX {
            if !sending.reply.text.is_empty() {
                sending.reply.text.push('\n');
            }
            sending.reply.text += &said;
        }
        if !last {
            return;
        }
        let (reply, octets) = (std::mem::take(&mut sending.reply), std::mem::take(&mut sending.octets));
        out.command(octets, reply.shown());
        if sending.sender.hear(&reply, now, &self.settings, store, out) {
            self.over = true;
            out.close = true;
        }
    }
}
