//! Mail on its way out: the octets that an edge writes to files.

pub mod mbox;
