//! The model against reality: measured sessions, predicted from what was written and over which link.
//!
//! A measurement is a folder with a table of sessions, `results.csv`, and a file of turns for each, `turns/ID.csv.gz`
//! (or plain `turns/ID.csv`). From a row the prediction takes the link in numbers, the name of the stack, the
//! server's name, and from its turns **only the octets of each turn each way and the beginnings of the texts**.
//! It never looks at the row's moments of time or at its packets. What follows from that:
//!
//! - **The client's writes.** A turn is one or more commands, cut at line ends of the text and, where the text ends,
//!   into commands as long as the last. How they are handed to TCP is a property of the client program: fetchmail,
//!   mpop, getmail and Python's libraries write each command by itself; mutt writes all it has at once; mbsync
//!   fills a buffer of 1024 octets. A turn that begins within a command, or goes on with a pipelined one, was
//!   held back by TCP and belongs to the burst before it.
//! - **What they waited for.** A burst waits for every octet that answered the burst before.
//! - **The server's writes.** Each command is answered when its last octet is there. A lone command's answer is the
//!   turn; the first answer to a burst is as long as it announces (`+OK 1923 octets`, `{1923}`, its first line),
//!   the others share the rest.
//! - **Thinking.** One time for each kind of command and end: the median over sessions of the same case on another,
//!   fast link ([`Thinking`]); none without such a session.
//! - **The close.** The server closes behind its answer to QUIT or LOGOUT, the client when it has that answer;
//!   mbsync waits until the server has closed.
//!
//! A knob of a stack has one value for all rows: the profiles are [`STACKS`], the programs' habits [`habit`].

mod chart;
mod csv;
mod gunzip;
mod predict;
mod report;
mod row;
mod script;
mod think;
mod turns;

pub use chart::chart;
pub use csv::Csv;
pub use gunzip::gunzip;
pub use predict::{Prediction, predict, run};
pub use report::{Comparison, Fit, compare, rank_correlation, summary, table};
pub use row::{Both, Counts, Row, STACKS, habit};
pub use script::script;
pub use think::Thinking;
pub use turns::{Turn, keyword};
