//! The automaton of LCP and of every network control protocol, as the table that RFC 1661 §4.1 prints.

use std::fmt;

/// Where one end of a control protocol stands (RFC 1661 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The lower layer is down, and nobody wants it up.
    Initial,
    /// The lower layer is down, and somebody wants it up.
    Starting,
    /// The lower layer is up, and nobody wants to talk.
    Closed,
    /// Talking is over, or has not begun: waits for the peer.
    Stopped,
    /// Asked the peer to end, because somebody closed.
    Closing,
    /// Asked the peer to end, because the peer did.
    Stopping,
    /// Sent a Configure-Request.
    ReqSent,
    /// … and got its Ack.
    AckRcvd,
    /// … and acknowledged the peer's.
    AckSent,
    /// Both have agreed.
    Opened,
}

/// What can happen (RFC 1661 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The lower layer is up.
    Up,
    /// The lower layer is down.
    Down,
    /// Somebody wants to talk.
    Open,
    /// Somebody wants it to end.
    Close,
    /// The restart timer ran out, and there are tries left.
    TimeoutAgain,
    /// The restart timer ran out for the last time.
    TimeoutLast,
    /// A Configure-Request came that is fine.
    RequestGood,
    /// A Configure-Request came that is not.
    RequestBad,
    /// A Configure-Ack came.
    Ack,
    /// A Configure-Nak or Configure-Reject came.
    Nak,
    /// A Terminate-Request came.
    TerminateRequest,
    /// A Terminate-Ack came.
    TerminateAck,
    /// A code came that we do not know.
    UnknownCode,
    /// The peer rejected something that we can do without.
    RejectPermitted,
    /// The peer rejected something that we cannot do without.
    RejectCatastrophic,
    /// An Echo-Request, Echo-Reply or Discard-Request came.
    Echo,
}

/// What the automaton does on its way to the next state (RFC 1661 §4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Tells the upper layer that this one is up.
    ThisLayerUp,
    /// Tells the upper layer that this one is down.
    ThisLayerDown,
    /// Tells the lower layer that it is needed.
    ThisLayerStarted,
    /// Tells the lower layer that it is not needed any more.
    ThisLayerFinished,
    /// Sets the restart counter to its start.
    InitializeRestartCount,
    /// Sets the restart counter to zero, so that the next timeout is the last.
    ZeroRestartCount,
    /// Sends a Configure-Request and starts the timer.
    SendConfigureRequest,
    /// Sends a Configure-Ack.
    SendConfigureAck,
    /// Sends a Configure-Nak or Configure-Reject.
    SendConfigureNak,
    /// Sends a Terminate-Request and starts the timer.
    SendTerminateRequest,
    /// Sends a Terminate-Ack.
    SendTerminateAck,
    /// Sends a Code-Reject.
    SendCodeReject,
    /// Sends an Echo-Reply, if it was a request.
    SendEchoReply,
}

/// The states, in the order of the table's columns.
pub const STATES: [State; 10] = [
    State::Initial,
    State::Starting,
    State::Closed,
    State::Stopped,
    State::Closing,
    State::Stopping,
    State::ReqSent,
    State::AckRcvd,
    State::AckSent,
    State::Opened,
];

/// RFC 1661 §4.1 in its own notation: actions, a slash, and the number of the next state; `-` is what cannot happen.
/// Of the notes, `r` (an Open may restart), `p` (passive) and `x` (crossed connections) change nothing here.
#[rustfmt::skip]
pub const TABLE: [(Event, [&str; 10]); 16] = [
    //                           Initial  Starting     Closed       Stopped          Closing  Stopping ReqSent      AckRcvd      AckSent      Opened
    (Event::Up,                 ["2",     "irc,scr/6", "-",         "-",             "-",     "-",     "-",         "-",         "-",         "-"]),
    (Event::Down,               ["-",     "-",         "0",         "tls/1",         "0",     "1",     "1",         "1",         "1",         "tld/1"]),
    (Event::Open,               ["tls/1", "1",         "irc,scr/6", "3",             "5",     "5",     "6",         "7",         "8",         "9"]),
    (Event::Close,              ["0",     "tlf/0",     "2",         "2",             "4",     "4",     "irc,str/4", "irc,str/4", "irc,str/4", "tld,irc,str/4"]),
    (Event::TimeoutAgain,       ["-",     "-",         "-",         "-",             "str/4", "str/5", "scr/6",     "scr/6",     "scr/8",     "-"]),
    (Event::TimeoutLast,        ["-",     "-",         "-",         "-",             "tlf/2", "tlf/3", "tlf/3",     "tlf/3",     "tlf/3",     "-"]),
    (Event::RequestGood,        ["-",     "-",         "sta/2",     "irc,scr,sca/8", "4",     "5",     "sca/8",     "sca,tlu/9", "sca/8",     "tld,scr,sca/8"]),
    (Event::RequestBad,         ["-",     "-",         "sta/2",     "irc,scr,scn/6", "4",     "5",     "scn/6",     "scn/7",     "scn/6",     "tld,scr,scn/6"]),
    (Event::Ack,                ["-",     "-",         "sta/2",     "sta/3",         "4",     "5",     "irc/7",     "scr/6",     "irc,tlu/9", "tld,scr/6"]),
    (Event::Nak,                ["-",     "-",         "sta/2",     "sta/3",         "4",     "5",     "irc,scr/6", "scr/6",     "irc,scr/8", "tld,scr/6"]),
    (Event::TerminateRequest,   ["-",     "-",         "sta/2",     "sta/3",         "sta/4", "sta/5", "sta/6",     "sta/6",     "sta/6",     "tld,zrc,sta/5"]),
    (Event::TerminateAck,       ["-",     "-",         "2",         "3",             "tlf/2", "tlf/3", "6",         "6",         "8",         "tld,scr/6"]),
    (Event::UnknownCode,        ["-",     "-",         "scj/2",     "scj/3",         "scj/4", "scj/5", "scj/6",     "scj/7",     "scj/8",     "scj/9"]),
    (Event::RejectPermitted,    ["-",     "-",         "2",         "3",             "4",     "5",     "6",         "6",         "8",         "9"]),
    (Event::RejectCatastrophic, ["-",     "-",         "tlf/2",     "tlf/3",         "tlf/2", "tlf/3", "tlf/3",     "tlf/3",     "tlf/3",     "tld,irc,str/5"]),
    (Event::Echo,               ["-",     "-",         "2",         "3",             "4",     "5",     "6",         "7",         "8",         "ser/9"]),
];

impl State {
    /// What happens in this state on this event: the actions, and the next state. `None` if it cannot happen.
    #[must_use]
    pub fn on(self, event: Event) -> Option<(Vec<Action>, Self)> {
        let (_, row) = TABLE.iter().find(|(known, _)| *known == event)?;
        let cell = row.get(self as usize)?;
        let (actions, next) = cell.rsplit_once('/').unwrap_or(("", cell));
        let next = STATES.get(next.parse::<usize>().ok()?)?;
        let actions = actions.split(',').filter_map(Action::named).collect();
        Some((actions, *next))
    }

    /// Whether the restart timer runs in this state (RFC 1661 §4.1: those with timeouts in the table).
    #[must_use]
    pub fn waits(self) -> bool {
        self.on(Event::TimeoutAgain).is_some()
    }
}

impl Action {
    /// The action that the RFC writes with these three letters.
    #[must_use]
    pub fn named(letters: &str) -> Option<Self> {
        Some(match letters {
            "tlu" => Self::ThisLayerUp,
            "tld" => Self::ThisLayerDown,
            "tls" => Self::ThisLayerStarted,
            "tlf" => Self::ThisLayerFinished,
            "irc" => Self::InitializeRestartCount,
            "zrc" => Self::ZeroRestartCount,
            "scr" => Self::SendConfigureRequest,
            "sca" => Self::SendConfigureAck,
            "scn" => Self::SendConfigureNak,
            "str" => Self::SendTerminateRequest,
            "sta" => Self::SendTerminateAck,
            "scj" => Self::SendCodeReject,
            "ser" => Self::SendEchoReply,
            _ => return None,
        })
    }
}

impl fmt::Display for State {
    /// As the RFC spells it: `Req-Sent`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Initial => "Initial",
            Self::Starting => "Starting",
            Self::Closed => "Closed",
            Self::Stopped => "Stopped",
            Self::Closing => "Closing",
            Self::Stopping => "Stopping",
            Self::ReqSent => "Req-Sent",
            Self::AckRcvd => "Ack-Rcvd",
            Self::AckSent => "Ack-Sent",
            Self::Opened => "Opened",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_of_the_table_can_be_read() {
        for (event, row) in TABLE {
            for (cell, state) in row.iter().zip(STATES) {
                let words = cell.rsplit_once('/').map_or("", |(actions, _)| actions);
                let read = state.on(event);
                assert_eq!(read.is_none(), *cell == "-", "{event:?} in {state}: {cell}");
                let actions = read.map_or(0, |(actions, _)| actions.len());
                assert_eq!(actions, words.split(',').filter(|word| !word.is_empty()).count(), "{cell}");
            }
        }
    }

    #[test]
    fn states_are_numbered_as_their_columns() {
        for (number, state) in STATES.iter().enumerate() {
            assert_eq!(*state as usize, number);
        }
    }

    #[test]
    fn the_usual_way_opens_on_both_orders_of_ack_and_request() {
        let walk = |events: &[Event]| {
            events.iter().fold(State::Initial, |state, event| state.on(*event).expect("can happen").1)
        };
        assert_eq!(walk(&[Event::Open, Event::Up, Event::Ack, Event::RequestGood]), State::Opened);
        assert_eq!(walk(&[Event::Open, Event::Up, Event::RequestGood, Event::Ack]), State::Opened);
        assert_eq!(walk(&[Event::Open, Event::Up, Event::RequestBad, Event::Nak]), State::ReqSent);
    }
}
