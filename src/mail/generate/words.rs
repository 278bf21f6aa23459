//! Sentences of mail-like English from a small grammar.
//!
//! Words are chosen after Zipf's law: the word of rank r in its class is about 1/(r + 2) as frequent as the first,
//! so that the text compresses about as well as real mail does.

use super::random::Stream;
use super::vocabulary::{
    ACCENTED, ACCENTED_SENTENCES, ADJECTIVES, ADVERBS, DETERMINERS, NOUNS, PLURAL_SUBJECTS, PREPOSITIONS,
    SENTENCES, SUBJECTS, VERBS,
};

/// How many random numbers a table of ranks tells apart.
const RANKS: usize = 1024;

/// Ranks below `words`, each as often as Zipf's law has it: a uniform number below [`RANKS`] picks one.
const fn ranks(words: usize) -> [u8; RANKS] {
    let mut total = 0;
    let mut rank = 0;
    while rank < words {
        total += 10_000_000 / (rank + 2);
        rank += 1;
    }
    let mut table = [0; RANKS];
    let (mut at, mut rank, mut below) = (0, 0, 10_000_000 / 2);
    while at < RANKS {
        while at * total >= below * RANKS && rank + 1 < words {
            rank += 1;
            below += 10_000_000 / (rank + 2);
        }
        table[at] = rank as u8;
        at += 1;
    }
    table
}

static NOUN_RANKS: [u8; RANKS] = ranks(NOUNS.len());
static VERB_RANKS: [u8; RANKS] = ranks(VERBS.len());
static ADJECTIVE_RANKS: [u8; RANKS] = ranks(ADJECTIVES.len());
static ADVERB_RANKS: [u8; RANKS] = ranks(ADVERBS.len());
static PREPOSITION_RANKS: [u8; RANKS] = ranks(PREPOSITIONS.len());
static DETERMINER_RANKS: [u8; RANKS] = ranks(DETERMINERS.len());
static PLURAL_SUBJECT_RANKS: [u8; RANKS] = ranks(PLURAL_SUBJECTS.len());
static SUBJECT_RANKS: [u8; RANKS] = ranks(SUBJECTS.len());

fn zipf(stream: &mut Stream, table: &[u8; RANKS]) -> usize {
    usize::from(table[stream.bits() as usize % RANKS])
}

/// What a text is about, and with which letters it is written.
#[derive(Clone, Copy, Debug)]
pub struct Topic {
    /// Half of the nouns are counted from this one, so that the messages of a thread share their words.
    pub first_noun: u32,
    /// Whether words with letters beyond ASCII occur; they are written in iso-8859-1.
    pub accents: bool,
}

/// Writes a sentence, its full stop included.
pub fn sentence(stream: &mut Stream, topic: Topic, out: &mut Vec<u8>) {
    let start = out.len();
    let accented = topic.accents && stream.below(3) == 0;
    let form = if accented { stream.word(&ACCENTED_SENTENCES) } else { stream.word(&SENTENCES) };
    let mut rest = form.as_bytes();
    while let Some(at) = memchr::memchr(b'%', rest) {
        extend(out, &rest[..at]);
        slot(stream, topic, rest.get(at + 1).copied().unwrap_or(b'n'), out);
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    extend(out, rest);
    if let Some(first) = out.get_mut(start) {
        first.make_ascii_uppercase();
    }
}

/// A noun, as [`sentence`] would choose it.
pub fn noun(stream: &mut Stream, topic: Topic) -> &'static str {
    let chance = stream.bits();
    let rank = usize::from(NOUN_RANKS[chance as usize % RANKS]);
    // One bit beyond those of the table decides whether it is a word of the topic.
    let offset = if chance & 1 << 20 == 0 { topic.first_noun as usize } else { 0 };
    NOUNS[(rank + offset) % NOUNS.len()]
}

/// An adjective.
pub fn adjective(stream: &mut Stream) -> &'static str {
    ADJECTIVES[zipf(stream, &ADJECTIVE_RANKS)]
}

fn slot(stream: &mut Stream, topic: Topic, kind: u8, out: &mut Vec<u8>) {
    let word = match kind {
        b'v' => VERBS[zipf(stream, &VERB_RANKS)].0,
        b'p' => VERBS[zipf(stream, &VERB_RANKS)].1,
        b'a' => adjective(stream),
        b'r' => ADVERBS[zipf(stream, &ADVERB_RANKS)],
        b'i' => PREPOSITIONS[zipf(stream, &PREPOSITION_RANKS)],
        b'd' => DETERMINERS[zipf(stream, &DETERMINER_RANKS)],
        b'm' => PLURAL_SUBJECTS[zipf(stream, &PLURAL_SUBJECT_RANKS)],
        b's' => SUBJECTS[zipf(stream, &SUBJECT_RANKS)],
        b'x' => {
            let size = [8, 30, 100, 600][stream.below(4) as usize];
            let number = 2 + stream.below(size);
            out.extend_from_slice(number.to_string().as_bytes());
            return;
        }
        b'u' => {
            out.extend_from_slice(stream.pick(&ACCENTED).copied().unwrap_or_default());
            return;
        }
        _ => noun(stream, topic),
    };
    // `a` becomes `an` before a vowel.
    let article = out.ends_with(b" a ") || out.as_slice() == b"a ";
    if article && matches!(word.as_bytes().first(), Some(b'a' | b'e' | b'i' | b'o')) {
        out.truncate(out.len() - 1);
        out.extend_from_slice(b"n ");
    }
    out.extend_from_slice(word.as_bytes());
}

/// Adds what stands between two words. A plural's `s` suits itself to the noun before it.
fn extend(out: &mut Vec<u8>, between: &[u8]) {
    if between.first() == Some(&b's') {
        match out.as_slice() {
            [.., before, b'y'] if !b"aeiou".contains(before) => {
                out.pop();
                out.extend_from_slice(b"ie");
            }
            [.., b's' | b'x'] | [.., b'c' | b's', b'h'] => out.push(b'e'),
            _ => {}
        }
    }
    out.extend_from_slice(between);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::generate::random::{Purpose, Streams};

    fn text(octets: usize, accents: bool) -> Vec<u8> {
        let mut stream = Streams::new(1).of(Purpose::Text, 1);
        let mut out = Vec::new();
        while out.len() < octets {
            sentence(&mut stream, Topic { first_noun: 30, accents }, &mut out);
            out.push(b' ');
        }
        out
    }

    #[test]
    fn ranks_fall_as_zipf_says() {
        let count = |rank| NOUN_RANKS.iter().filter(|r| **r == rank).count();
        assert!(count(0) > 2 * count(4) && count(4) > 2 * count(20) && count(181) > 0);
    }

    #[test]
    fn a_sentence_has_no_hole_and_keeps_to_its_letters() {
        let plain = text(100_000, false);
        assert!(plain.is_ascii() && !plain.contains(&b'%'));
        assert!(text(10_000, true).iter().filter(|octet| !octet.is_ascii()).count() > 50);
    }

    #[test]
    fn plurals_and_articles_suit_their_words() {
        let text = String::from_utf8(text(200_000, false)).unwrap();
        for slip in ["countrys", "batterys", "boxs", "matchs", " a answer", " a old ", ". A old", "ies's"] {
            assert!(!text.contains(slip), "{slip}");
        }
        assert!(text.contains("libraries") && text.contains(" an "));
    }

    #[test]
    fn text_compresses_about_as_well_as_mail() {
        let plain = text(8_000, false);
        let ratio = plain.len() as f64 / miniz_oxide::deflate::compress_to_vec(&plain, 6).len() as f64;
        assert!((2.2..3.4).contains(&ratio), "{ratio}");
    }
}
