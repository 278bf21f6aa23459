//! The base subject: a subject without what programs put around it (RFC 5256 §2.1).

/// The base subject, and whether the message answers or forwards another.
#[must_use]
pub fn base_subject(decoded: &str) -> (String, bool) {
    let spaced = decoded.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty());
    let text = spaced.collect::<Vec<_>>().join(" ");
    let mut rest = text.as_str();
    let mut answers = false;
    loop {
        // Step 2.
        while let Some(shorter) = without_trailer(rest) {
            answers |= !shorter.1;
            rest = shorter.0;
        }
        // Steps 3 to 5. Where no leader stands behind all the blobs, none stands behind fewer of them: it is not
        // looked for again, or a subject of nothing but blobs would take a time that grows with its square.
        while let Some((shorter, is_answer)) = without_leader(rest) {
            answers |= is_answer;
            rest = shorter;
        }
        while let Some(shorter) = without_blob(rest).filter(|shorter| !is_empty_base(shorter)) {
            rest = shorter;
        }
        // Step 6.
        let inner = strip_prefix(rest, "[fwd:").and_then(|inner| inner.strip_suffix(']'));
        match inner {
            Some(inner) => {
                answers = true;
                rest = inner;
            }
            None => return (rest.to_owned(), answers),
        }
    }
}

/// `subj-trailer = "(fwd)" / WSP`; true if it was only space.
fn without_trailer(text: &str) -> Option<(&str, bool)> {
    if let Some(shorter) = text.strip_suffix(' ') {
        return Some((shorter, true));
    }
    let at = text.len().checked_sub(5)?;
    let tail = text.get(at..)?;
    tail.eq_ignore_ascii_case("(fwd)").then_some((&text[..at], false))
}

/// `subj-leader = (*subj-blob subj-refwd) / WSP`; true if it says that another message is answered.
fn without_leader(text: &str) -> Option<(&str, bool)> {
    if let Some(shorter) = text.strip_prefix(' ') {
        return Some((shorter, false));
    }
    let mut rest = text;
    while let Some(shorter) = without_blob(rest) {
        rest = shorter;
    }
    let rest = strip_prefix(rest, "re")
        .or_else(|| strip_prefix(rest, "fwd"))
        .or_else(|| strip_prefix(rest, "fw"))?;
    let rest = rest.trim_start_matches(' ');
    let rest = without_blob(rest).unwrap_or(rest);
    rest.strip_prefix(':').map(|rest| (rest, true))
}

/// `subj-blob = "[" *BLOBCHAR "]" *WSP`, where a BLOBCHAR is no bracket.
fn without_blob(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let end = inner.find(['[', ']'])?;
    inner.get(end..)?.strip_prefix(']').map(|rest| rest.trim_start_matches(' '))
}

/// `subj-base = NONWSP *(*WSP NONWSP)`
fn is_empty_base(text: &str) -> bool {
    text.trim_matches(' ').is_empty()
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_add_is_taken_off() {
        for (subject, base, answers) in [
            ("hello", "hello", false),
            ("Re: hello", "hello", true),
            ("RE :  Fwd:\thello (fwd) ", "hello", true),
            ("[list] Re: [list] hello", "hello", true),
            ("re[2]: hello", "hello", true),
            ("[Fwd: Re: hello]", "hello", true),
            ("[list]", "[list]", false),
            ("[a] [b]", "[b]", false),
            ("fw: ", "", true),
            ("Regarding", "Regarding", false),
            ("[unclosed Re: x", "[unclosed Re: x", false),
            ("\u{fc}re: x", "\u{fc}re: x", false),
            ("[a] [b] [c] d", "d", false),
            ("", "", false),
        ] {
            assert_eq!(base_subject(subject), (base.to_owned(), answers), "{subject}");
        }
    }
    #[test]
    fn a_subject_of_nothing_but_blobs_takes_no_longer_than_it_is() {
        let (base, answers) = base_subject(&format!("{}x", "[a]".repeat(300_000)));
        assert_eq!((base.as_str(), answers), ("x", false));
    }
}
