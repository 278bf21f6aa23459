//! What the octets of a session go through: deflated (RFC 4978), and signed by the layer of a login (RFC 2831 §2.3).
//!
//! ```text
//!   session ──> deflated ──> sealed ──> the line
//! ```

use super::{Imap, State};
use crate::protocol::sasl::Layer;
use crate::session::Output;

impl Imap {
    /// What this call has said is deflated, if that was agreed on before it was said.
    pub(super) fn finish(&mut self, out: &mut Output) {
        if let Some(stream) = &mut self.deflated {
            stream.deflate(out, self.in_clear);
        }
        self.in_clear = 0;
        self.sealing.seal(out);
    }

    /// What this call says from here on is to be deflated and sealed, if that was agreed on.
    pub(super) fn enter(&mut self, out: &Output) {
        self.in_clear = out.items.len();
        self.sealing.enter(out);
    }

    /// A login has brought a layer; what stands behind it is wrapped.
    pub(super) fn begin_layer(&mut self, layer: Layer, out: &mut Output) {
        let behind = self.lines.take_raw(usize::MAX);
        match self.sealing.begin(layer, &behind, out) {
            Ok(text) => self.lines.push(&text),
            Err(_) => self.break_off(out),
        }
    }

    /// Somebody has changed what was said: "the connection is closed" (RFC 2831 §2.3).
    pub(super) fn break_off(&mut self, out: &mut Output) {
        self.state = State::Logout;
        out.close = true;
    }
}
