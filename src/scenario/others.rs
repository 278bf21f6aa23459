//! Who is there beside the reader, as a scenario file says it: other users, or a whole branch office.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;

use super::Branch;
use super::file::{MESSAGES_MAX, names, within};
use crate::config::Document;
use crate::lesson::Lesson;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BranchTable {
    people: Spanned<u32>,
    for_all: Option<Spanned<u32>>,
}

/// Names that can stand in an address, none of them twice.
pub(super) fn neighbours(
    document: &Document<'_>,
    spanned: Vec<Spanned<String>>,
) -> Result<Vec<String>, Lesson> {
    let mut taken = BTreeSet::from(["alice".to_owned()]);
    for name in &spanned {
        let word = name.get_ref();
        let is_name = !word.is_empty() && word.len() <= 32 && word.bytes().all(|b| b.is_ascii_lowercase());
        if !is_name || !taken.insert(word.clone()) {
            let what = format!("`{word}` cannot be the name of another user");
            return Err(document.lesson(name.span(), what, "small letters, each name once, and not alice"));
        }
    }
    Ok(names(spanned))
}

pub(super) fn branch(document: &Document<'_>, table: &BranchTable, visits: u32) -> Result<Branch, Lesson> {
    let people = within(document, &table.people, 1, Branch::PEOPLE_MAX)?;
    if visits > 1 {
        let what = "a branch office collects its mail in one visit";
        return Err(document.lesson(table.people.span(), what, "`visits = 1`, or no [branch]"));
    }
    let for_all = table.for_all.as_ref().map_or(Ok(0), |count| within(document, count, 0, MESSAGES_MAX))?;
    Ok(Branch { people, for_all })
}
