//! A student's own numbers: a seed from the name, and draws from it.

use md5::{Digest, Md5};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::lesson::{Lesson, Place};

/// The longest name, in characters.
pub const NAME_MAX: usize = 60;

/// Tidies a student's name: blanks at the ends and doubled ones go.
///
/// # Errors
/// A name that is empty, too long, or has other characters than letters, digits, blanks and `. - ' _`: it goes
/// into files and spreadsheets.
pub fn student_name(text: &str) -> Result<String, Lesson> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let wrong = name.chars().position(|c| !(c.is_alphanumeric() || " .-'_".contains(c)));
    let place = |column, width, note| Place::line("the name", 1, &name).caret(column, width, note);
    let lesson =
        |what: &str| Lesson::new(what).hint("give it as the class list has it: --name \"Ada Lovelace\"");
    if !name.starts_with(char::is_alphanumeric) {
        return Err(lesson("a name begins with a letter or a digit").at(place(0, 1, "a letter or a digit")));
    }
    if let Some(column) = wrong {
        let note = "letters, digits, blanks and . - ' _";
        return Err(lesson("this cannot stand in a name").at(place(column, 1, note)));
    }
    let length = name.chars().count();
    if length > NAME_MAX {
        return Err(lesson("this name is too long").at(place(
            NAME_MAX,
            length - NAME_MAX,
            "at most 60 characters",
        )));
    }
    Ok(name)
}

/// The seed of a student's copy of a lab. The class's salt makes next year's numbers others; letters count the
/// same in any case, so that `ada lovelace` gets Ada Lovelace's numbers.
#[must_use]
pub fn seed(salt: u32, lab: &str, name: &str) -> u32 {
    let mut hash = Md5::new();
    for part in ["maillab lab 1", &salt.to_string(), lab, &name.to_lowercase()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest = hash.finalize();
    digest.iter().take(4).fold(0, |seed, octet| seed << 8 | u32::from(*octet))
}

/// One stream of chance: what is drawn for one value depends on seed and name of the value, and on nothing else.
#[derive(Clone, Debug)]
pub struct Draws(ChaCha8Rng);

impl Draws {
    /// The stream for the value `name`.
    #[must_use]
    pub fn new(seed: u32, name: &str) -> Self {
        let mut key = [0; 32];
        let digest = Md5::digest(name.as_bytes());
        for (slot, octet) in
            key.iter_mut().zip(seed.to_le_bytes().iter().chain(b"maillab lab ").chain(&digest[..]))
        {
            *slot = *octet;
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A number below `limit`, or 0 if that is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(limit)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_seed_and_another_name_another() {
        let ada = seed(0, "x", &student_name("  Ada   Lovelace ").unwrap());
        assert_eq!(ada, seed(0, "x", "ada lovelace"));
        for other in [seed(1, "x", "Ada Lovelace"), seed(0, "y", "Ada Lovelace"), seed(0, "x", "Ada L")] {
            assert_ne!(ada, other);
        }
    }

    #[test]
    fn a_name_cannot_be_a_formula_of_a_spreadsheet_or_a_path() {
        for bad in ["", "  ", "=1+1", "-x", "a/b", "a\\b", "a,b", "a\"b", "a\u{1b}b", &"x".repeat(61)] {
            assert!(student_name(bad).is_err(), "{bad}");
        }
        for good in ["Ada", "Jürgen O'Neill-Groß", "7b 12", "Петя"] {
            assert!(student_name(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn draws_stay_below_their_limit_and_reach_every_value() {
        let mut draws = Draws::new(7, "size");
        let mut seen = [0; 5];
        (0..1000).for_each(|_| seen[draws.below(5) as usize] += 1);
        assert!(seen.iter().all(|count| *count > 150), "{seen:?}");
        assert_ne!(Draws::new(7, "a").below(u64::MAX), Draws::new(7, "b").below(u64::MAX));
    }
}
