//! Which version is spoken, and with which features (RFC 1203, SUPPORTED.VERSIONS, SELECT.VERSION,
//! SELECT.FEATURES). A server begins with version 2.0, which is RFC 1064, and changes only if it is asked to.

use super::super::command::{Command, StateName};
use super::super::state::{Loan, Reply, State};
use super::feature::{Chosen, Eol, Feature, Features, supported_versions};

/// Answers a command of negotiation; `None` if it is another one. `mark` is what data that answers it carries.
pub fn answer(state: &State, mark: &[u8], command: &Command, loan: &mut Loan<'_>) -> Option<Reply> {
    Some(match command {
        Command::SupportedVersions => {
            loan.out.write([mark, b" ", supported_versions().as_bytes(), b"\r\n"].concat());
            Reply::done("SUPPORTED.VERSIONS")
        }
        Command::SelectVersion { .. } if state.name() == StateName::Selected => {
            Reply::no("a version is chosen before a mailbox is selected (RFC 1203, SELECT.VERSION)")
        }
        Command::SelectVersion { major: 2, minor: 0 } => {
            loan.enabled.imap3 = None;
            Reply::Ok("version 2.0 selected".to_owned())
        }
        Command::SelectVersion { major: 3, minor: 0 } => {
            loan.enabled.imap3 = Some(Chosen::default());
            Reply::Ok("version 3.0 selected".to_owned())
        }
        Command::SelectVersion { .. } => {
            Reply::no("the versions are (2 0) and (3 0): SUPPORTED.VERSIONS lists them (RFC 1203)")
        }
        Command::SelectFeatures { words } => match &mut loan.enabled.imap3 {
            Some(chosen) => select(chosen, words),
            None => Reply::no("version 2.0 has no features; SELECT.VERSION (3 0) comes first (RFC 1203)"),
        },
        _ => return None,
    })
}

fn select(chosen: &mut Chosen, words: &[String]) -> Reply {
    match Features::chosen(words.iter().map(String::as_str)) {
        Ok(features) => {
            chosen.features = features;
            if !features.has(Feature::SetEol) {
                chosen.eol = Eol::CRLF;
            }
            Reply::Ok("features selected".to_owned())
        }
        Err(word) => {
            let shown: String = word.chars().take(40).collect();
            let known = super::feature::FEATURES.iter().map(|row| row.name);
            let bare = shown.trim_start_matches('~').to_ascii_uppercase();
            let hint = crate::lesson::nearest(&bare, known)
                .map_or(String::new(), |near| format!("; did you mean {near}?"));
            Reply::no(format!("no feature is called {shown}{hint} (RFC 1203); nothing was changed"))
        }
    }
}
