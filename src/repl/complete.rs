//! What could be typed here: completion, and a hint of what follows.

use super::Prompt;
use crate::desk::Service;
use crate::link::preset::{self, Preset};
use crate::link::tariff::Tariff;
use crate::protocol::Server;
use crate::protocol::features::features;
use crate::script::command::{COMMANDS, Takes, row_named};
use crate::script::{expect, legal};

/// A word that could stand here, with what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The word.
    pub word: String,
    /// The word with its arguments, as a person writes it.
    pub syntax: String,
}

/// What could be typed now. Taken down once a line; then it needs the session no more.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    lab: Vec<Choice>,
    spoken: Vec<Choice>,
    connections: Vec<String>,
    /// Commands begin with a tag (RFC 3501 §2.2.1).
    tagged: bool,
}

impl Choices {
    /// What could be typed in this session now.
    #[must_use]
    pub fn of(prompt: &Prompt) -> Self {
        let hand = prompt.hand();
        let service = hand.current().and_then(|peer| hand.peers().get(peer)).map(|peer| peer.service);
        Self {
            lab: COMMANDS
                .iter()
                .map(|row| Choice { word: format!(":{}", row.word), syntax: row.syntax.to_owned() })
                .collect(),
            spoken: legal::all(hand)
                .into_iter()
                .filter(|row| row.now)
                .map(|row| Choice { word: row.word.to_owned(), syntax: row.syntax.to_owned() })
                .collect(),
            connections: hand.peers().iter().map(|peer| peer.name.clone()).collect(),
            tagged: service == Some(Service::Imap),
        }
    }

    /// Where the word that ends the text begins, in bytes, and what it could become.
    #[must_use]
    pub fn complete(&self, text: &str) -> (usize, Vec<String>) {
        let start = self.start(text);
        if start > 0 && start == text.len() && !text.ends_with(' ') {
            return (start, Vec::new()); // a tag in the making: nobody can know it
        }
        let typed = text.get(start..).unwrap_or_default();
        if !typed.starts_with(':') || !typed.contains(' ') {
            let choices = self.matching(typed).map(|choice| choice.word.clone());
            return (start, choices.collect());
        }
        let last = text.rfind([' ', '=']).map_or(0, |at| at + 1);
        let begun = text.get(last..).unwrap_or_default();
        let mut words = self.arguments(typed);
        words.retain(|word| word.starts_with(begun));
        words.sort_unstable();
        words.dedup();
        (last, words)
    }

    /// What follows the text, if it is the beginning of something.
    #[must_use]
    pub fn hint(&self, text: &str) -> Option<String> {
        let typed = text.get(self.start(text)..).unwrap_or_default();
        if typed.is_empty() {
            return None;
        }
        let word = typed.split(' ').next().unwrap_or_default();
        if word.len() < typed.len() {
            return self.hint_arguments(word, typed);
        }
        let choice = self.matching(typed).next()?;
        choice.syntax.get(typed.len()..).map(ToOwned::to_owned)
    }

    /// Behind a whole word and one blank: its arguments.
    fn hint_arguments(&self, word: &str, typed: &str) -> Option<String> {
        if typed.len() != word.len() + 1 {
            return None;
        }
        let known = self.lab.iter().chain(&self.spoken);
        let choice = known.into_iter().find(|choice| choice.word.eq_ignore_ascii_case(word))?;
        choice.syntax.get(word.len() + 1..).map(ToOwned::to_owned)
    }

    /// Where the command's word begins.
    fn start(&self, text: &str) -> usize {
        if self.tagged && !text.starts_with(':') { text.find(' ').map_or(text.len(), |at| at + 1) } else { 0 }
    }

    fn matching<'a>(&'a self, typed: &'a str) -> impl Iterator<Item = &'a Choice> {
        self.lab.iter().chain(&self.spoken).filter(move |choice| {
            choice.word.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed))
        })
    }

    /// What could stand behind a command of the laboratory.
    fn arguments(&self, typed: &str) -> Vec<String> {
        let words: Vec<&str> = typed.split(' ').collect();
        let word = words.first().map_or("", |word| word.trim_start_matches(':'));
        let before = words.iter().rev().nth(1).copied().unwrap_or_default();
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        match (row_named(word).map(|row| row.takes), before) {
            (Some(Takes::Service), "--link") | (Some(Takes::Link), _) => links(),
            (Some(Takes::Service), "--tariff") | (Some(Takes::Tariff), _) => {
                Tariff::all().iter().map(|tariff| tariff.name.clone()).collect()
            }
            (Some(Takes::Service), "--dialect") => {
                Service::ALL.into_iter().flat_map(Server::dialects).map(str::to_owned).collect()
            }
            (Some(Takes::Service), "--with" | "--without") => {
                let mut words: Vec<String> =
                    Service::ALL.into_iter().flat_map(features).map(|feature| feature.word).collect();
                words.sort();
                words.dedup();
                words
            }
            (Some(Takes::Service), _) => Service::ALL
                .map(Service::word)
                .into_iter()
                .chain(["--dialect", "--with", "--without", "--at", "--link", "--tariff"])
                .map(str::to_owned)
                .collect(),
            (Some(Takes::Connection), _) => self.connections.clone(),
            (Some(Takes::Figure), _) => expect::FIGURES
                .iter()
                .map(|figure| figure.word.to_owned())
                .chain(["and".to_owned()])
                .collect(),
            (Some(Takes::Command), _) => {
                let lab = COMMANDS.iter().map(|row| row.word.to_owned());
                lab.chain(self.spoken.iter().map(|choice| choice.word.clone())).collect()
            }
            (Some(Takes::Words(known)), _) => owned(known),
            (Some(Takes::Anything) | None, _) => Vec::new(),
        }
    }
}

/// Every link by a name under which it can be used.
fn links() -> Vec<String> {
    Preset::all()
        .iter()
        .flat_map(|link| [link.name.clone(), format!("{}:plain", link.name)])
        .filter(|name| preset::resolve(name).is_ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repl::tests::typed;

    fn complete(lines: &[&str], text: &str) -> Vec<String> {
        Choices::of(&typed(lines)).complete(text).1
    }

    #[test]
    fn what_is_legal_now_is_offered_and_nothing_else() {
        assert_eq!(complete(&[], ":op"), [":open"]);
        assert_eq!(complete(&[], "U"), Vec::<String>::new());
        assert_eq!(complete(&[":open pop3"], "u"), ["USER", "UTF8"]);
        assert!(complete(&[":open pop3"], "RE").is_empty());
        assert!(complete(&[":open pop3", "USER alice", "PASS secret"], "re").contains(&"RETR".to_owned()));
        assert_eq!(complete(&[":open imap"], "a LOGI"), ["LOGIN"]);
        assert!(complete(&[":open imap"], "LOGI").is_empty());
    }

    #[test]
    fn arguments_are_completed_from_the_lists_that_the_parser_reads() {
        assert!(complete(&[], ":open po").contains(&"pop3".to_owned()));
        assert!(complete(&[], ":open a=im").contains(&"imap".to_owned()));
        assert!(complete(&[], ":open pop3 --link v22b").contains(&"v22bis-2400".to_owned()));
        assert!(complete(&[], ":tariff bt-local-19").contains(&"bt-local-1997".to_owned()));
        assert!(complete(&[], ":expect bil").contains(&"billed_s".to_owned()));
        assert!(complete(&[":open a=pop3"], ":use ").contains(&"a".to_owned()));
        assert_eq!(complete(&[], ":pace "), ["10x", "1x", "max"]);
        assert!(complete(&[], ":why x").is_empty());
        assert!(complete(&[], ":é ü").is_empty());
    }

    #[test]
    fn hints_show_what_follows() {
        let hint = |lines: &[&str], text| Choices::of(&typed(lines)).hint(text);
        assert_eq!(hint(&[":open pop3"], "USE").as_deref(), Some("R name"));
        assert_eq!(hint(&[":open pop3"], "USER ").as_deref(), Some("name"));
        assert_eq!(hint(&[], ":got").as_deref(), Some("o N"));
        assert_eq!(hint(&[], "RETR"), None);
        assert_eq!(hint(&[], ""), None);
        assert_eq!(hint(&[], ":go\u{fe0f}"), None);
    }
}
