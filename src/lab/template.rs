//! Texts with a student's own numbers in them: `${size}` is the value, `${seconds:1}` with one place.

use super::decimal::Decimal;

/// A value that a text can show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number.
    Number(Decimal),
    /// Words.
    Words(String),
}

impl Value {
    /// As text.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Words(words) => words.clone(),
        }
    }
}

/// What stands between `${` and `}`, with the octet at which `${` begins and the one behind `}`.
pub struct Slot<'a> {
    /// The name.
    pub name: &'a str,
    /// Places behind the point, if the text says how many.
    pub places: Option<u32>,
    /// Where it stands.
    pub span: std::ops::Range<usize>,
}

/// The slots of a text, in order. A `${` without end is none.
pub fn slots(text: &str) -> impl Iterator<Item = Slot<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text.get(at..)?.find("${")?;
        let end = start + text.get(start..)?.find('}')?;
        at = end + 1;
        let inside = text.get(start + 2..end)?;
        let (name, places) = match inside.split_once(':') {
            Some((name, places)) => (name, places.parse().ok().filter(|places| *places <= 9)),
            None => (inside, None),
        };
        Some(Slot { name, places, span: start..end + 1 })
    })
}

/// Fills a text. No filled text is larger than this many octets.
pub const FILLED_MAX: usize = 4 << 20;

/// Fills the slots of a text.
///
/// # Errors
/// What `value` says of a name, with the slot's place; a text that grows too large.
pub fn fill<E>(
    text: &str,
    mut value: impl FnMut(&Slot<'_>) -> Result<Value, E>,
    too_large: impl FnOnce() -> E,
) -> Result<String, E> {
    let mut filled = String::with_capacity(text.len());
    let mut from = 0;
    for slot in slots(text) {
        filled.push_str(text.get(from..slot.span.start).unwrap_or_default());
        match (value(&slot)?, slot.places) {
            (Value::Number(number), Some(places)) => filled.push_str(&number.with_places(places)),
            (value, _) => filled.push_str(&value.text()),
        }
        from = slot.span.end;
        if filled.len() > FILLED_MAX {
            return Err(too_large());
        }
    }
    filled.push_str(text.get(from..).unwrap_or_default());
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_filled_and_everything_else_stays() {
        let value = |slot: &Slot<'_>| match slot.name {
            "n" => Ok(Value::Number(Decimal::parse("12.345").unwrap())),
            "who" => Ok(Value::Words("Ada".to_owned())),
            _ => Err(slot.span.start),
        };
        let filled = |text| fill(text, value, || 0);
        assert_eq!(filled("${who}: ${n} ${n:1} $ ${ é").as_deref(), Ok("Ada: 12.345 12.3 $ ${ é"));
        assert_eq!(filled("ab ${x}"), Err(3));
    }
}
