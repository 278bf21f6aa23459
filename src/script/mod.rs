//! Dialogues that are written down: the language of scripts, and a hand that plays them.
//!
//! ```text
//! # POP3 in five lines: what costs the time?
//! :open pop3 --link v22bis-2400 --tariff bt-local-1997
//! S: +OK *
//! C: USER alice
//! S: +OK *
//! :expect turns <= 6 and billed_s < 90
//! ```
//!
//! [`LINES`] says what each kind of line means.
//!
//! With several connections a line begins with a name: `:open a=pop3`, then `a C: NOOP`. A line of the client
//! does not wait: two in a row leave together. A line of the server is waited for until it is there or the
//! server has no more to say.
//!
//! [`parse`] reads, [`run`] plays on a [`Hand`], and a [`Transcript`] says what came of it.

mod answer;
mod auth;
pub mod command;
mod dialogue;
pub mod expect;
pub mod hand;
mod help;
pub mod legal;
mod order;
pub mod parse;
pub mod run;
mod table;
pub mod text;
pub mod transcript;
pub mod travel;
mod update;
pub mod view;

#[cfg(test)]
mod tests;

pub use answer::Answers;
pub use command::{COMMANDS, Command};
pub use hand::{Hand, Setting, Used};
pub use help::help;
pub use parse::{Action, Script, Step};
pub use run::{Files, Mode, Played, play};
pub use transcript::{Entry, Transcript};

use std::sync::Arc;

use crate::lesson::Lesson;
use crate::link::spec::LinkSpec;
use crate::link::tariff::Tariff;
use crate::link::tcp::LINUX;
use crate::scenario::{NewMail, Prepared, Scenario};

/// The lines of a script, each with what it means.
pub const LINES: [(&str, &str); 9] = [
    ("C: TEXT", "the client sends the text and CR LF"),
    ("C- TEXT", "the client sends the text alone"),
    ("C{ FILE", "the client sends a file's octets: a literal, a message"),
    ("S: PATTERN", "the server's next line is like this: `*` any run, `?` one octet"),
    ("S~ REGEX", "the server's next line holds this"),
    (
        "S.. [N]",
        "the rest of the answer, at least N lines: up to POP3's dot, to SMTP's last line, to IMAP's tag",
    ),
    (":COMMAND", "a command of the laboratory"),
    ("::TEXT", "the client sends a line that begins with a colon"),
    ("# TEXT", "a remark"),
];

/// The link that a script begins with unless it says another.
pub const DEFAULT_LINK: &str = "v34-28800:plain";

/// The tariff that a script begins with unless it says another.
pub const DEFAULT_TARIFF: &str = "bt-local-1997";

/// Whose mailbox it is; the password is `secret`.
pub const USER: &str = "alice";

impl Setting {
    /// A scenario with its mail, over a link and by a tariff.
    ///
    /// # Errors
    /// A lesson when the scenario's habits name a message that the mailbox does not have.
    pub fn new(
        scenario: &Scenario,
        mail: Vec<NewMail>,
        link: LinkSpec,
        tariff: &Tariff,
    ) -> Result<Self, Lesson> {
        let prepared = Prepared::new(scenario, mail)?;
        Ok(Self {
            store: prepared.store,
            deliveries: prepared.deliveries,
            start: scenario.start,
            seed: scenario.seed,
            chance: false,
            calls: scenario.calls.clone(),
            link: Arc::new(link),
            tariff: Arc::new(tariff.clone()),
            stack: &LINUX,
            branch: scenario.branch,
            by_octet: false,
        })
    }
}
