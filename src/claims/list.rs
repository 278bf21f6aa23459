//! The list of claims: `data/claims.toml`, read strictly.

use std::sync::OnceLock;

use serde::Deserialize;

use super::trials::{TRIALS, Trial};
use crate::config::Document;
use crate::lesson::{Lesson, nearest};

/// A document that makes claims.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its letter: `A`.
    pub id: String,
    /// Its year, or its decade: `1997`, `2020s`.
    pub year: String,
    /// What it is.
    pub title: String,
}

/// One claim about mail protocols.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its name: `c21`.
    pub id: String,
    /// The documents that make it, the best known first; at least one.
    pub documents: Vec<Source>,
    /// What it is about: a protocol, MIME, or the link.
    pub topic: String,
    /// The claim, in our own words.
    pub text: String,
    /// What has to be built before it can be tried; `None` if it can be run.
    pub needs: Option<String>,
}

impl Claim {
    /// The experiment that tries it, if there is one.
    #[must_use]
    pub fn trial(&self) -> Option<&'static Trial> {
        TRIALS.iter().find(|trial| trial.id == self.id)
    }

    /// The year of the first document.
    #[must_use]
    pub fn year(&self) -> &str {
        self.documents.first().map_or("", |document| &document.year)
    }

    /// The documents' letters: `A B`.
    #[must_use]
    pub fn letters(&self) -> String {
        self.documents.iter().map(|document| document.id.as_str()).collect::<Vec<_>>().join(" ")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "format")]
    _format: String,
    document: Vec<Source>,
    claim: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    documents: Vec<String>,
    topic: String,
    claim: String,
    #[serde(default)]
    needs: Option<String>,
}

/// The file inside the program.
const FILE: &str = "data/claims.toml";
const TEXT: &str = include_str!("../../data/claims.toml");

/// All claims, c1 first.
#[must_use]
pub fn all() -> &'static [Claim] {
    static ALL: OnceLock<Vec<Claim>> = OnceLock::new();
    // A broken file would leave the list empty; a test reads it.
    ALL.get_or_init(|| read(FILE, TEXT).unwrap_or_default())
}

/// The claim of this name.
///
/// # Errors
/// An unknown name, with the nearest known one.
pub fn named(id: &str) -> Result<&'static Claim, Lesson> {
    if let Some(claim) = all().iter().find(|claim| claim.id.eq_ignore_ascii_case(id)) {
        return Ok(claim);
    }
    let lesson = Lesson::new(format!("there is no claim `{id}`"))
        .note(format!("claims are named c1 to c{}", all().len()));
    Err(match nearest(id, all().iter().map(|claim| claim.id.as_str())) {
        Some(near) => lesson.hint(format!("did you mean `{near}`? `maillab claims list` has them all")),
        None => lesson.hint("`maillab claims list` has them all"),
    })
}

fn read(file: &str, text: &str) -> Result<Vec<Claim>, Lesson> {
    let document = Document::new(file, text);
    document.check_format("maillab-claims", 1)?;
    let file: File = document.read()?;
    let source =
        |letter: &String| {
            file.document.iter().find(|known| known.id == *letter).cloned().ok_or_else(|| {
                Lesson::new(format!("there is no document `{letter}` among the claims' sources"))
            })
        };
    let claim = |row: &Row| {
        Ok(Claim {
            id: row.id.clone(),
            documents: row.documents.iter().map(source).collect::<Result<_, Lesson>>()?,
            topic: row.topic.clone(),
            text: row.claim.clone(),
            needs: row.needs.clone(),
        })
    };
    file.claim.iter().map(claim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_runs_from_c1_to_c45_and_each_claim_has_its_sources() {
        let claims = read(FILE, TEXT).unwrap();
        assert_eq!(claims.len(), 45);
        for (number, claim) in (1..).zip(&claims) {
            assert_eq!(claim.id, format!("c{number}"));
            assert!(!claim.documents.is_empty() && claim.text.ends_with('.'), "{}", claim.id);
        }
    }

    #[test]
    fn a_claim_can_be_tried_or_says_what_it_needs() {
        let runnable: Vec<&str> =
            all().iter().filter(|claim| claim.trial().is_some()).map(|claim| claim.id.as_str()).collect();
        assert_eq!(
            runnable,
            [
                "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11", "c12", "c13", "c15",
                "c18", "c19", "c20", "c21", "c22", "c23", "c24", "c25", "c28", "c29", "c31", "c32", "c33",
                "c34", "c35", "c36", "c37", "c38", "c39", "c40", "c41", "c42", "c43", "c44", "c45"
            ]
        );
        for claim in all() {
            assert_ne!(claim.trial().is_some(), claim.needs.is_some(), "{}", claim.id);
        }
    }

    #[test]
    fn an_unknown_claim_is_answered_with_the_nearest() {
        let lesson = named("c211").unwrap_err().to_string();
        assert!(lesson.contains("c1 to c45") && lesson.contains("did you mean `c"), "{lesson}");
        assert_eq!(named("C21").unwrap().id, "c21");
    }

    #[test]
    fn a_misspelt_key_or_an_unknown_document_is_refused() {
        let head =
            "format = \"maillab-claims/1\"\n[[document]]\nid = \"A\"\nyear = \"1997\"\ntitle = \"x\"\n";
        let row = |rest: &str| format!("{head}[[claim]]\nid = \"c1\"\ntopic = \"x\"\nclaim = \"y.\"\n{rest}");
        assert!(read("f", &row("documents = [\"A\"]\nneds = \"z\"\n")).is_err());
        assert!(read("f", &row("documents = [\"Z\"]\n")).unwrap_err().to_string().contains("`Z`"));
        assert!(read("f", &row("documents = [\"A\"]\n")).is_ok());
    }
}
