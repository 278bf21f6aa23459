//! A student's own values: how each is made from the seed and from those before it.

use std::collections::{BTreeMap, BTreeSet};

use super::decimal::Decimal;
use super::handout::{Handout, Over};
use super::manifest::ValueTable;
use super::seed::Draws;
use super::template::Value;
use crate::lesson::Lesson;
use crate::mail::generate::NOUNS;
use crate::protocol::pop3::apop_digest;
use crate::script::{self, Entry, Mode, Script};

/// The most words in a list.
const WORDS_MAX: u32 = 2_000;

impl Handout<'_> {
    /// Makes one value.
    pub(super) fn make(&mut self, table: &ValueTable) -> Result<Value, Lesson> {
        let lab = self.lab;
        let mut draws = Draws::new(self.seed, table.name.get_ref());
        let refuse = |what: &str, allowed: &str| lab.lesson(&table.name, what, allowed);
        let words = |handout: &Self, name: &str| match handout.values.get(name) {
            Some(value) => Ok(value.text()),
            None => Err(refuse("this needs a value that is made before it", "a value above this one")),
        };
        if let Some(draw) = &table.draw {
            let [low, high] = *draw.get_ref();
            let step = u64::from(table.step.as_ref().map_or(1, |step| *step.get_ref()).max(1));
            let Some(span) = high.checked_sub(low) else {
                return Err(refuse("this draws nothing", "[least, most]"));
            };
            let steps = u64::from(span) / step + 1;
            return Ok(Value::Number(Decimal::whole(u64::from(low) + step * draws.below(steps))));
        }
        if let Some(words) = &table.pick {
            let place = usize::try_from(draws.below(words.get_ref().len() as u64)).unwrap_or_default();
            return match words.get_ref().get(place) {
                Some(word) => Ok(Value::Words(word.clone())),
                None => Err(refuse("this picks from nothing", "at least one word")),
            };
        }
        if let Some(formula) = &table.formula {
            return self.value(formula, None).map(Value::Number);
        }
        if let Some(count) = &table.words {
            let count = *count.get_ref();
            return if (1..=WORDS_MAX).contains(&count) {
                Ok(Value::Words(word_list(&mut draws, count)))
            } else {
                Err(refuse("so many words are too many", "1 to 2000"))
            };
        }
        if let Some(list) = &table.line_of {
            let text = words(self, list.get_ref())?;
            let lines: Vec<&str> = text.lines().collect();
            let place = match &table.at {
                Some(at) => self.value(at, None)?.as_u64().unwrap_or_default().saturating_sub(1),
                None => draws.below(lines.len() as u64),
            };
            let place = usize::try_from(place).unwrap_or(usize::MAX);
            return Ok(Value::Words(lines.get(place).copied().unwrap_or_default().to_owned()));
        }
        if let Some(link) = &table.greeting {
            let link = self.filled(link, None)?;
            return self.greeting(&link).map(Value::Words);
        }
        if let Some(apop) = &table.apop {
            let [stamp, secret] = apop.get_ref();
            let digest = apop_digest(words(self, stamp)?.as_bytes(), words(self, secret)?.as_bytes());
            return Ok(Value::Words(digest.iter().map(|digit| char::from(*digit)).collect()));
        }
        Err(refuse("how is this value made?", "one of draw, pick, is, words, line_of, greeting, apop"))
    }

    /// The timestamp that a POP3 server greets with in the first connection over a link.
    fn greeting(&mut self, link: &str) -> Result<String, Lesson> {
        let script = Script::parse("the greeting", b":open pop3\nS: +OK*\n")?;
        let over = Over { link: link.to_owned(), ..Over::default() };
        let played = script::play(&script, &self.setting(&over)?, &BTreeMap::new(), Mode::Check)?;
        let greeting = played.transcript.entries.iter().find_map(|entry| match entry {
            Entry::Line(_, line) => Some(String::from_utf8_lossy(line).into_owned()),
            _ => None,
        });
        let line = greeting.unwrap_or_default();
        let stamp =
            line.find('<').and_then(|at| line.get(at..)).and_then(|rest| rest.split_inclusive('>').next());
        Ok(stamp.unwrap_or_default().to_owned())
    }
}

/// Different words, a line each: nouns, and nouns with a number behind, as passwords are.
fn word_list(draws: &mut Draws, count: u32) -> String {
    let mut words = BTreeSet::new();
    let mut list = Vec::new();
    while list.len() < count as usize {
        let noun = NOUNS
            .get(usize::try_from(draws.below(NOUNS.len() as u64)).unwrap_or_default())
            .copied()
            .unwrap_or_default();
        let word = match draws.below(3) {
            0 => noun.to_owned(),
            _ => format!("{noun}{}", draws.below(100)),
        };
        if words.insert(word.clone()) {
            list.push(word);
        }
    }
    list.iter().map(|word| format!("{word}\n")).collect()
}
