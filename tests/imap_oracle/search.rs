//! What a search finds.

use std::collections::BTreeSet;

use super::effects::Done;
use super::oracle::{Oracle, Response};
use super::rules::Rule;
use super::samples::Sample;
use super::wire::{self, Value};

/// Checks `* SEARCH` and `* ESEARCH` against what fits. A message that another session has taken away may be
/// found or not.
pub fn check(
    oracle: &Oracle,
    at: usize,
    done: &Done,
    by_uid: bool,
    keys: &[Value],
    held: &[Response],
    faults: &mut Vec<(Rule, String)>,
) {
    let Some(visit) = &oracle.clients[at].visit else { return };
    let mut hits = BTreeSet::new();
    for (index, id) in done.view.iter().enumerate() {
        let message = &oracle.truth.messages[*id];
        let candidate = Candidate {
            oracle,
            id: *id,
            number: index as u32 + 1,
            last: done.view.len() as u32,
            recent: visit.recent.contains(id),
        };
        // What cannot be judged is not.
        let (Some(fits), None) = (candidate.fits_all(&mut keys.iter()), message.gone) else { return };
        let shown = if by_uid { message.uid } else { Some(candidate.number) };
        if fits {
            hits.extend(shown);
        }
    }
    let answers = held.iter().filter(|response| response.code.is_none());
    let mut is_answered = false;
    for response in answers {
        let word = response.words.first().map(Value::upper).unwrap_or_default();
        let words = response.words.get(1..).unwrap_or_default();
        let right = match word.as_str() {
            "SEARCH" => {
                let shown: BTreeSet<u32> = words
                    .iter()
                    .filter_map(Value::number)
                    .filter_map(|number| u32::try_from(number).ok())
                    .collect();
                shown == hits
            }
            "ESEARCH" => extended_is_right(words, &hits, by_uid),
            _ => continue,
        };
        is_answered = true;
        if !right {
            faults.push((Rule::Search, format!("{words:?} where {hits:?} fit {keys:?}")));
        }
    }
    if !is_answered {
        faults.push((Rule::Search, "there is no result".to_owned()));
    }
}

/// `* ESEARCH (TAG "a") UID MIN 1 MAX 9 COUNT 4 ALL 1,3:5`
fn extended_is_right(words: &[Value], hits: &BTreeSet<u32>, by_uid: bool) -> bool {
    let mut words = words.iter().filter(|word| word.list().is_empty()).peekable();
    if words.next_if(|word| word.upper() == "UID").is_some() != by_uid {
        return false;
    }
    while let Some(word) = words.next() {
        let Some(value) = words.next() else { return false };
        let number = value.number().and_then(|number| u32::try_from(number).ok());
        let is_right = match word.upper().as_str() {
            "MIN" => number == hits.first().copied(),
            "MAX" => number == hits.last().copied(),
            "COUNT" => number == Some(hits.len() as u32),
            "ALL" => wire::set(&value.text())
                .is_some_and(|set| wire::numbers(&set, 0).into_iter().collect::<BTreeSet<_>>() == *hits),
            _ => true,
        };
        if !is_right {
            return false;
        }
    }
    true
}

struct Candidate<'a> {
    oracle: &'a Oracle,
    id: usize,
    number: u32,
    last: u32,
    recent: bool,
}

impl Candidate<'_> {
    fn fits_all<'v>(&self, keys: &mut impl Iterator<Item = &'v Value>) -> Option<bool> {
        let mut all = true;
        let keys: Vec<&Value> = keys.collect();
        let mut rest = keys.into_iter();
        while let Some(fits) = self.fits(&mut rest) {
            all &= fits?;
        }
        Some(all)
    }

    /// The next key: `None` at the end, `Some(None)` if nobody knows.
    fn fits(&self, keys: &mut dyn Iterator<Item = &Value>) -> Option<Option<bool>> {
        let key = keys.next()?;
        if let Value::List(inner) = key {
            return Some(self.fits_all(&mut inner.iter()));
        }
        let message = &self.oracle.truth.messages[self.id];
        let has = |flag: &str| Some(message.flags.contains(flag));
        let word = key.upper();
        Some(match word.as_str() {
            "ALL" => Some(true),
            "NOT" => self.fits(keys)?.map(|fits| !fits),
            "OR" => {
                let (a, b) = (self.fits(keys)?, self.fits(keys)?);
                a.zip(b).map(|(a, b)| a | b)
            }
            "SEEN" | "DELETED" | "FLAGGED" | "ANSWERED" | "DRAFT" => {
                has(&format!("\\{}", word.to_lowercase()))
            }
            "UNSEEN" | "UNDELETED" | "UNFLAGGED" | "UNANSWERED" | "UNDRAFT" => {
                has(&format!("\\{}", word[2..].to_lowercase())).map(|has| !has)
            }
            "RECENT" => Some(self.recent),
            "KEYWORD" => has(&keys.next()?.text().to_ascii_lowercase()),
            "UNKEYWORD" => has(&keys.next()?.text().to_ascii_lowercase()).map(|has| !has),
            "LARGER" => Some(message.octets.len() as u64 > keys.next()?.number()?),
            "SMALLER" => Some((message.octets.len() as u64) < keys.next()?.number()?),
            "SUBJECT" => {
                let wanted = keys.next()?.text();
                let sample = (0..super::contents::SAMPLES)
                    .map(Sample::nth)
                    .find(|sample| sample.octets == message.octets);
                sample.map(|sample| sample.subject.contains(&wanted))
            }
            "UID" => {
                let set = wire::set(&keys.next()?.text())?;
                message.uid.map(|uid| wire::holds(&set, uid, u32::MAX))
            }
            _ => wire::set(&word).map(|set| wire::holds(&set, self.number, self.last)),
        })
    }
}
