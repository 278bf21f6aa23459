//! Mutants that do what they are asked to, and tell it wrong: modification sequences, VANISHED, literals, contents.

use super::{Mutant, Turn, answering, counted, renumbered};

#[rustfmt::skip]
pub const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "modseq-kept-after-store",
        before: |turn| if turn.word() == "STORE" {
            turn.answer = turn.ask("FETCH 1:* (MODSEQ)");
        },
        after: |turn| if turn.word() == "STORE" {
            let first = turn.answer.iter().position(|line| !line.contains("FETCH (MODSEQ (")).unwrap_or(0);
            let old: Vec<String> = turn.answer.drain(..first).collect();
            turn.edit(|line| {
                let Some((number, _)) = counted(line, "FETCH") else { return line.to_owned() };
                let before = old.iter().find(|old| counted(old, "FETCH").is_some_and(|(known, _)| known == number));
                let before = before.and_then(|old| super::numbers_in(old).get(1).copied());
                renumbered(line, "MODSEQ (", &mut |now| before.unwrap_or(now))
            });
        },
    },
    answering("modseq-falls", |turn| if turn.word() == "FETCH" {
        let count = turn.memory.counts.entry("fetched".to_owned()).or_default();
        *count += 1;
        let count = *count;
        turn.renumber("MODSEQ (", |modseq| modseq.saturating_sub(count).max(1));
    }),
    answering("highestmodseq-low", |turn| {
        if turn.is(&["SELECT", "EXAMINE"]) { turn.renumber("[HIGHESTMODSEQ ", |_| 1); }
    }),
    answering("changedsince-leaves-out", |turn| if turn.command.contains("CHANGEDSINCE")
        && let Some(last) = turn.places("FETCH").pop() {
        turn.answer.remove(last);
    }),
    answering("modified-not-named", |turn| turn.edit(|line| match line.split_once("[MODIFIED ") {
        Some((head, rest)) => format!("{head}{}", rest.split_once("] ").map_or(rest, |(_, tail)| tail)),
        None => line.to_owned(),
    })),
    answering("vanished-not-told", |turn| {
        turn.answer.retain(|line| !line.starts_with("* VANISHED ") || line.contains("(EARLIER)"));
    }),
    answering("vanished-earlier-not-told", |turn| {
        turn.answer.retain(|line| !line.starts_with("* VANISHED (EARLIER)"));
    }),
    answering("expunge-to-qresync", |turn| turn.edit(|line| match line.strip_prefix("* VANISHED ") {
        Some(uids) if !uids.starts_with('(') => "* 1 EXPUNGE".to_owned(),
        _ => line.to_owned(),
    })),
    answering("literal-short", |turn| turn.edit(|line| announce(line, |octets| octets - 1))),
    answering("literal-long", |turn| turn.edit(|line| announce(line, |octets| octets + 1))),
    answering("literal-last-octet-lost", |turn| turn.edit(|line| match literal(line) {
        Some((head, octets, tail)) => {
            let kept = &octets[..octets.len() - 1];
            format!("{head}{{{}}}\r\n{kept}{tail}", kept.len())
        }
        None => line.to_owned(),
    })),
    answering("text-of-another-message", exchange_texts),
    answering("size-off", |turn| turn.renumber("RFC822.SIZE ", |size| size + 1)),
    answering("search-leaves-out", |turn| turn.edit(|line| match line.strip_prefix("* SEARCH ") {
        Some(numbers) => format!("* SEARCH {}", numbers.rsplit_once(' ').map_or("", |(some, _)| some)).trim_end().to_owned(),
        None => line.to_owned(),
    })),
];

/// The first literal of a FETCH response: what stands before it, its octets, what stands behind.
fn literal(line: &str) -> Option<(&str, &str, &str)> {
    counted(line, "FETCH")?;
    let open = line.find('{')?;
    let close = open + line[open..].find("}\r\n")?;
    let octets: usize = line[open + 1..close].parse().ok()?;
    let start = close + 3;
    Some((&line[..open], line.get(start..start + octets)?, line.get(start + octets..)?))
}

fn announce(line: &str, change: fn(usize) -> usize) -> String {
    match literal(line) {
        Some((head, octets, tail)) => format!("{head}{{{}}}\r\n{octets}{tail}", change(octets.len())),
        None => line.to_owned(),
    }
}

/// The first two messages that are answered change their texts.
fn exchange_texts(turn: &mut Turn<'_>) {
    let with_text: Vec<usize> =
        (0..turn.answer.len()).filter(|at| literal(&turn.answer[*at]).is_some()).collect();
    let [one, other, ..] = with_text[..] else { return };
    let (a, b) = (turn.answer[one].clone(), turn.answer[other].clone());
    if let (Some(a), Some(b)) = (literal(&a), literal(&b)) {
        turn.answer[one] = format!("{}{{{}}}\r\n{}{}", a.0, b.1.len(), b.1, a.2);
        turn.answer[other] = format!("{}{{{}}}\r\n{}{}", b.0, a.1.len(), a.1, b.2);
    }
}
