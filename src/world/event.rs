//! What can happen next.

use super::call::CallEnd;
use super::journal::{CallId, PacketId};
use crate::desk::ConnId;
use crate::link::tcp::Side;

/// An event in the world's queue. Events at the same instant run in the order in which they were queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The last bit of a packet arrives.
    Arrive(PacketId),
    /// A TCP end asked to be woken.
    Timer(ConnId, Side),
    /// A session asked to be woken.
    Deadline(ConnId),
    /// The server has thought, and now writes.
    Speak(ConnId),
    /// A call is answered and trained, or has failed.
    CallProgress(usize),
    /// A window has opened for a call that waits for it.
    DialNow(usize),
    /// A call ends in this way, if it is still there.
    CallEnds(usize, CallId, CallEnd),
    /// The provider looks whether this call has been idle for too long.
    IdleCheck(usize, CallId),
    /// New mail comes in from outside, by the number of its delivery.
    Deliver(usize),
    /// Mail in the host's queue is due.
    QueueDue,
    /// A client waits for this moment.
    Wake(usize),
}
