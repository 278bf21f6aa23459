//! IMAP3 (RFC 1203, February 1991): what its authors would have had instead of RFC 1176.
//!
//! ```text
//!   version 2.0, as RFC 1064 ──SELECT.VERSION (3 0)──> version 3.0 ──SELECT.FEATURES──> with other features
//!        (state.rs)         <──SELECT.VERSION (2 0)──  (this folder)
//!                                   before a mailbox is selected
//! ```
//!
//! Version 3.0 shares lexer, store and search with the other dialects. What differs is in this folder: data that
//! answers a command carries its tag, keys name whatever a message has, SEARCH says what it was asked, numbers can
//! be put into another order. RFC 1203 numbers no sections; a name behind it is that of a command or feature.
//!
//! | file | holds |
//! |---|---|
//! | `feature.rs`, `negotiate.rs` | what can be chosen, and choosing it |
//! | `command.rs`, `parse.rs`, `criteria.rs`, `pattern.rs` | commands, and how octets become one |
//! | `key.rs`, `encoding.rs` | generic, canonical and concrete keys, and what they stand for |
//! | `open.rs`, `telling.rs` | the open mailbox in its client's order; data that is sent |
//! | `run.rs` | the one transition match |
//! | `fetch.rs`, `change.rs`, `rewrite.rs`, `send.rs` | what the commands do |
//!
//! Known deviations:
//! - STORE of ENCODING, which would make new parts, is refused; a part can be stored under its tag.
//! - Commands are obeyed in order, which RFC 1203 leaves to the server.

mod change;
mod command;
mod criteria;
mod encoding;
mod feature;
mod fetch;
mod key;
mod negotiate;
mod open;
mod parse;
mod pattern;
mod rewrite;
mod run;
mod send;
mod telling;

pub use command::Command;
pub use feature::{Chosen, Eol, FEATURES, Feature, FeatureRow, Features, supported_versions};
pub use fetch::Fetching;
pub use negotiate::answer as negotiate;
pub use open::Open;
pub use parse::arguments;
pub use run::run;

use super::capability::Enabled;
use super::command::Verb;
use super::dialect::Dialect;
use super::state::{Loan, Reply};
use crate::mail::store::Store;
use crate::session::Output;

/// Goes on with a FETCH whose answer did not fit. The reply, when it has ended.
pub fn go_on(open: &mut Open, fetching: &mut Fetching, loan: &mut Loan<'_>) -> Option<Reply> {
    let chosen = loan.enabled.imap3.unwrap_or_default();
    run::go_on(open, fetching, &chosen, loan)
}

/// Tells all news there is, while no command is being answered.
pub fn tell(open: &mut Open, enabled: Enabled, store: &mut Store, out: &mut Output) {
    let chosen = enabled.imap3.unwrap_or_default();
    // Numbers stay: the client's next command may be on its way.
    let news = open.catch_up(store.modseq(), false, store);
    telling::tell(open, &news, &chosen, store, out);
}

/// The feature that brings a command; `None` for those that every server of version 3.0 has.
const fn feature_of(verb: Verb) -> Option<Feature> {
    Some(match verb {
        Verb::Send => Feature::Send,
        Verb::AddMessage => Feature::AddMessage,
        Verb::Renumber => Feature::Renumber,
        Verb::SetEol => Feature::SetEol,
        _ => return None,
    })
}

/// True if a client that has chosen this has the command.
#[must_use]
pub fn has_command(verb: Verb, chosen: &Chosen) -> bool {
    feature_of(verb).is_none_or(|feature| chosen.has(feature))
}

/// Why a command of IMAP3 is not known now; `None` if it is no command of IMAP3.
#[must_use]
pub fn missing(verb: Verb, dialect: Dialect, chosen: Option<Chosen>) -> Option<String> {
    if dialect != Dialect::Imap3 || !dialect.knows(verb) {
        return None;
    }
    let word = super::command::COMMANDS.iter().find(|row| row.kind == verb)?.word;
    Some(match (chosen, feature_of(verb)) {
        (Some(_), Some(feature)) => {
            let name = FEATURES.iter().find(|row| row.feature == feature)?.name;
            format!("{word} needs SELECT.FEATURES {name}")
        }
        _ => format!("{word} is not a command of version 2.0; SELECT.VERSION (3 0) comes first"),
    })
}
