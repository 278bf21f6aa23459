//! UIDs drawn together.

/// UIDs in order as runs without gaps: first and last of each.
pub fn runs(uids: impl IntoIterator<Item = u32>) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(uid) => *last = uid,
            _ => runs.push((uid, uid)),
        }
    }
    runs
}

/// UIDs in order as a set (RFC 3501 §9, sequence-set). `None` for no UIDs.
pub fn uid_set(uids: impl IntoIterator<Item = u32>) -> Option<String> {
    let written: Vec<String> = runs(uids)
        .into_iter()
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}:{last}") })
        .collect();
    (!written.is_empty()).then(|| written.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_have_no_gaps() {
        assert_eq!(uid_set([1, 2, 3, 7, 9, 10]).as_deref(), Some("1:3,7,9:10"));
        assert_eq!(runs([4, u32::MAX]), [(4, 4), (u32::MAX, u32::MAX)]);
        assert_eq!(uid_set([]), None);
    }
}
