//! Which commands may be under way together (RFC 3501 §5.5).

/// Commands that take message numbers, unless they are given by UID.
const BY_NUMBER: [&str; 9] =
    ["FETCH", "STORE", "COPY", "MOVE", "REPLACE", "SEARCH", "SORT", "THREAD", "PARTIAL"];

/// Commands whose answers never bring EXPUNGE (RFC 3501 §7.4.1).
const KEEP_NUMBERS: [&str; 3] = ["FETCH", "STORE", "SEARCH"];

fn word(command: &str) -> String {
    command.split(' ').nth(1).unwrap_or_default().to_ascii_uppercase()
}

/// Of the commands that are under way, oldest first, the last whose answer may move the numbers that `command` takes;
/// each is given with its tag. `None` if it need not have waited.
#[must_use]
pub fn moves_numbers_of<'a>(command: &str, under_way: &'a [String]) -> Option<&'a str> {
    if !BY_NUMBER.contains(&word(command).as_str()) {
        return None;
    }
    let mover = under_way.iter().rfind(|before| !KEEP_NUMBERS.contains(&word(before).as_str()));
    mover.map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ambiguous_behind_whatever_may_bring_an_expunge() {
        let behind = |command: &str, before: &str| moves_numbers_of(command, &[before.to_owned()]).is_some();
        for before in ["a NOOP", "a UID FETCH 1 FLAGS", "a EXPUNGE", "a IDLE", "a COPY 1 x"] {
            assert!(behind("b FETCH 5 FLAGS", before) && behind("b store 5 FLAGS ()", before), "{before}");
            assert!(!behind("b UID FETCH 5 FLAGS", before) && !behind("b NOOP", before), "{before}");
        }
        for before in ["a FETCH 1:9 FLAGS", "a store 1 FLAGS ()", "a SEARCH ALL"] {
            assert!(!behind("b FETCH 5 FLAGS", before), "{before}");
        }
        assert_eq!(moves_numbers_of("b FETCH 5 FLAGS", &[]), None);
        let two = ["a NOOP".to_owned(), "b FETCH 1 FLAGS".to_owned()];
        assert_eq!(moves_numbers_of("c FETCH 5 FLAGS", &two), Some("a NOOP"));
    }
}
