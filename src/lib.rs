//! A laboratory for mail protocols over simulated slow, priced links, in virtual time.
//!
//! ```text
//!   cli, serve                                edges: files, screens, threads, sockets
//!     compare, claims, strategy, trace, chart what is run, on what, and what came of it
//!       world (clock, events, journal)        joins ends over links
//!         protocol/{pop3,imap,smtp}           sessions and clients, sans-IO
//!         link/{tcp,ip,framing,call,tariff}
//!           mail (message, MIME, store)       and units, time, persist, lesson
//! ```
//!
//! Each layer knows only those below it: `link` knows no protocol, `protocol` no link, `chart` reads tables
//! only. ARCHITECTURE.md says more.

pub mod capture;
pub mod chart;
pub mod claims;
#[cfg(feature = "cli")]
pub mod cli;
pub mod compare;
pub mod config;
pub mod desk;
pub mod lab;
pub mod lesson;
pub mod link;
pub mod mail;
pub mod measure;
pub mod persist;
pub mod protocol;
pub mod repl;
pub mod scenario;
pub mod script;
#[cfg(feature = "serve")]
pub mod serve;
pub mod session;
pub mod station;
pub mod strategy;
pub mod time;
pub mod trace;
pub mod units;
pub mod validate;
pub mod week;
pub mod world;
