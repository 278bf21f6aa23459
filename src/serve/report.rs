//! What is said about a session when it is over.

use std::fmt;

use super::cost::Cost;
use super::listen::Offer;
use super::recording::Recording;
use crate::measure::metrics::UpDown;
use crate::time::{Duration, Instant};
use crate::trace::Trace;

/// One session that is over, in the words of all tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionReport {
    /// The number of the connection, from 1.
    pub number: u64,
    /// The kind of port that it came to.
    pub offer: &'static Offer,
    /// Who was logged in at last.
    pub user: Option<String>,
    /// Client bursts: maximal runs of client data with no server data between, seen at the server.
    pub turns: u64,
    /// TCP payload; down is what the system took to send, whether or not it arrived.
    pub app_bytes: UpDown,
    /// When the connection began, by the server's clock.
    pub opened: Instant,
    /// From the connection's beginning to its end.
    pub took: Duration,
}

/// A session that is over, and what passed.
#[derive(Clone, Debug)]
pub struct Ended {
    /// What is said about it.
    pub report: SessionReport,
    /// What passed, if it was kept.
    pub passed: Passed,
}

/// What is left of what passed on a connection.
#[derive(Clone, Debug)]
pub enum Passed {
    /// Nothing was kept.
    Nothing,
    /// What both ends said, and when.
    Said(Recording),
    /// It passed over a line: what that took, and the trace.
    Carried(Cost, Trace),
}

impl fmt::Display for SessionReport {
    /// `session 3 pop3 user=alice turns=7 app_bytes_up=61 app_bytes_down=123456 seconds=0.123`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.took.as_nanos() / 1_000_000;
        write!(
            f,
            "session {} {} user={} turns={} app_bytes_up={} app_bytes_down={} seconds={}.{:03}",
            self.number,
            self.offer.option,
            self.user.as_deref().unwrap_or("-"),
            self.turns,
            self.app_bytes.up,
            self.app_bytes.down,
            millis / 1000,
            millis % 1000,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_told_in_one_line() {
        let report = SessionReport {
            number: 3,
            offer: Offer::named("smtp").unwrap(),
            user: None,
            turns: 7,
            app_bytes: UpDown { up: 61, down: 123_456 },
            opened: Instant::START,
            took: Duration::from_micros(1_045_999),
        };
        assert_eq!(
            report.to_string(),
            "session 3 smtp user=- turns=7 app_bytes_up=61 app_bytes_down=123456 seconds=1.045"
        );
    }
}
