//! The edge: everything that touches files, the screen, threads and the clock.

pub mod atomic;
pub mod mail_source;
