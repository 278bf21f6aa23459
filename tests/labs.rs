//! Every lab proves itself: as handed out it fails at the check that teaches, each misconception gets its own
//! reply, the solution passes, and the teacher's figures are made here.
//!
//! Nothing here knows any lab by name: a folder under `labs/` is tested by being there.
//! `MAILLAB_REFRESH=1 cargo test --test labs` brings the teacher's figures up to date.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics has failed, which is what it is for"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use maillab::lab::{self, Course, Edition, Handout, Lab, Pack, Progress, seed};
use maillab::lesson::Lesson;

/// Students who are nobody's, and whose numbers the teacher's notes show.
const STUDENTS: [&str; 3] = ["Ada Lovelace", "Grace Hopper", "Radia Perlman"];

type Folder = BTreeMap<String, Bytes>;

fn labs() -> &'static [Lab] {
    lab::built_in().unwrap_or_else(|lesson| panic!("{lesson}"))
}

fn handout<'a>(lab: &'a Lab, student: &str) -> Handout<'a> {
    Handout::new(lab, student, seed::seed(0, lab.id(), student))
        .unwrap_or_else(|lesson| panic!("{}: {lesson}", lab.id()))
}

fn handed_out(handout: &mut Handout<'_>) -> Folder {
    let files = handout.files().unwrap_or_else(|lesson| panic!("{lesson}"));
    files.into_iter().map(|given| (given.name, given.octets)).collect()
}

/// Every lab with the numbers of every student.
fn each(prove: impl Fn(&mut Handout<'static>) -> Result<(), Lesson>) {
    for lab in labs() {
        for student in STUDENTS {
            prove(&mut handout(lab, student)).unwrap_or_else(|lesson| panic!("{lesson}"));
        }
    }
}

#[test]
fn each_lab_fails_as_handed_out_at_the_check_that_teaches() {
    each(Handout::prove_failure);
}

#[test]
fn each_solution_passes() {
    each(Handout::prove_solution);
}

#[test]
fn each_misconception_gets_its_own_reply() {
    each(Handout::prove_replies);
}

#[test]
fn each_lab_has_what_a_student_and_a_teacher_need() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = |name: &str| fs::read_to_string(root.join("book/src").join(name)).unwrap();
    let (summary, teachers) = (page("SUMMARY.md"), page("labs/teacher.md"));
    for lab in labs() {
        let id = lab.id();
        assert!(root.join("labs").join(id).join("lab.toml").exists(), "the folder of {id} has its name");
        assert!((1..=3).contains(&lab.checks()), "{id}: at most three checks");
        assert!(
            lab.misconceptions().any(|(check, _)| check == lab.teaches()),
            "{id}: a misconception where it teaches"
        );
        assert!(lab.hints() >= 2, "{id}: two hints");
        let chapter = lab.chapter().unwrap_or_else(|| panic!("{id}: which chapter?"));
        assert!(root.join("book/src").join(chapter).exists(), "{id}: no page {chapter}");
        assert!(summary.contains(&format!("({chapter})")), "{id}: {chapter} is not in SUMMARY.md");
        assert!(lab.files().contains_key("teacher.md"), "{id}: no teacher.md");
        let include = format!("{{{{#include ../../../labs/{id}/teacher.md}}}}");
        assert!(
            teachers.contains(&include),
            "{id}: book/src/labs/teacher.md does not have the line {include}"
        );
        let row = format!("| {} | {} | {} |", lab.title(), lab.minutes(), lab.level());
        assert!(teachers.contains(&row), "{id}: book/src/labs/teacher.md does not have the row {row}");
        for need in lab.needs() {
            assert!(lab::named(labs(), need).is_ok(), "{id} needs {need}, which is not there");
        }
        let mut handout = handout(lab, STUDENTS[0]);
        for nth in 0..lab.hints() {
            assert!(handout.hint(nth).unwrap().is_some());
        }
        assert_eq!(handout.to_predict().unwrap().len(), 1, "{id}: one prediction before the run");
    }
}

#[test]
fn neighbours_have_other_numbers_and_a_student_always_the_same() {
    for lab in labs() {
        let files = |student| handed_out(&mut handout(lab, student));
        assert_eq!(files(STUDENTS[0]), files(STUDENTS[0]), "{}", lab.id());
        let mut answers: Vec<Folder> =
            STUDENTS.map(|student| handout(lab, student).solution().unwrap()).to_vec();
        answers.iter_mut().for_each(|folder| {
            // The name itself does not count.
            folder.retain(|name, _| name != "LAB.md");
        });
        assert!(answers[0] != answers[1] && answers[1] != answers[2], "{}", lab.id());
    }
}

#[test]
fn the_teachers_figures_are_those_that_are_measured() {
    let refresh = std::env::var_os("MAILLAB_REFRESH").is_some();
    let mut stale = Vec::new();
    for lab in labs() {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("labs").join(lab.id()).join("teacher.md");
        let before = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        let (begin, end) = ("<!-- drawn: figures -->\n", "<!-- end -->");
        let (head, rest) =
            before.split_once(begin).unwrap_or_else(|| panic!("{}: no place for figures", path.display()));
        let (_, tail) = rest.split_once(end).unwrap();
        let after = format!("{head}{begin}{}{end}{tail}", figures(lab));
        if after != before {
            stale.push(lab.id().to_owned());
            if refresh {
                fs::write(&path, after).unwrap();
            }
        }
    }
    assert!(
        stale.is_empty() || refresh,
        "the teacher's figures of {} are not what is measured now:\n\n    MAILLAB_REFRESH=1 cargo test --test labs\n",
        stale.join(", ")
    );
}

/// What three students measure, and what each misconception answers.
fn figures(lab: &Lab) -> String {
    let mut handouts = STUDENTS.map(|student| handout(lab, student));
    let cells = |cells: Vec<String>| format!("| {} |\n", cells.join(" | ").replace('\n', " "));
    let mut text = cells([vec![String::new()], STUDENTS.map(str::to_owned).to_vec()].concat());
    text.push_str("|---|---|---|---|\n");
    let asked = handouts[0].to_predict().unwrap();
    let predicted = handouts.each_mut().map(|handout| handout.measured().unwrap());
    for (id, _, unit) in asked {
        let row = predicted.each_ref().map(|measured| format!("{} {unit}", measured[&id])).to_vec();
        text.push_str(&cells([vec![format!("predict `{id}`, as measured")], row].concat()));
    }
    let answers = handouts.each_mut().map(|handout| handout.right_answers().unwrap());
    for (nth, (id, _)) in answers[0].iter().enumerate() {
        let row = answers.each_ref().map(|answers| answers[nth].1.clone()).to_vec();
        text.push_str(&cells([vec![format!("`{id}`")], row].concat()));
    }
    for (nth, (check, believes)) in lab.misconceptions().enumerate() {
        let row = handouts.each_mut().map(|handout| match handout.wrong_answer(nth).unwrap() {
            Some(answer) => answer,
            None => "shows in the script".to_owned(),
        });
        text.push_str(&cells([vec![format!("`{check}`: \"{believes}\"")], row.to_vec()].concat()));
    }
    text
}

#[test]
fn a_class_pack_is_read_as_it_was_written_and_holds_no_solutions() {
    let pack = |edition| Pack {
        course: Course { class: "9b 1998".to_owned(), salt: 7 },
        edition,
        students: STUDENTS.map(str::to_owned).to_vec(),
        labs: labs().to_vec(),
    };
    let students = pack(Edition::Students).to_text(&[]);
    let read = Pack::read("class.toml", students.as_bytes()).unwrap_or_else(|lesson| panic!("{lesson}"));
    assert_eq!(
        (read.labs.len(), read.students.len(), &read.course.class),
        (labs().len(), 3, &"9b 1998".to_owned())
    );
    for lab in &read.labs {
        let theirs = |name: &&String| {
            name.starts_with("solution/") || name.starts_with("wrong/") || *name == "teacher.md"
        };
        assert_eq!(lab.files().keys().find(theirs), None);
        // What is handed out is the same as from the program itself.
        let own = lab::named(labs(), lab.id()).unwrap();
        assert_eq!(handed_out(&mut handout(lab, STUDENTS[0])), handed_out(&mut handout(own, STUDENTS[0])));
    }
    let teacher = pack(Edition::Teacher);
    let text = teacher.to_text(&teacher.keys().unwrap());
    assert!(
        text.contains("[[key]]") && text.contains("solution/session.txt") && !students.contains("[[key]]")
    );
    assert_eq!(Pack::read("t.toml", text.as_bytes()).unwrap().edition, Edition::Teacher);
}

#[test]
fn progress_is_read_as_it_was_written() {
    let mut progress = Progress::new("Ada Lovelace".to_owned(), Course::default());
    progress.labs.push(lab::Started {
        id: "a-mailbox-by-hand".to_owned(),
        seed: u32::MAX,
        attempts: 3,
        hints: 1,
        predicted: BTreeMap::from([(
            "seconds".to_owned(),
            lab::Decimal::parse("-12.345678901").unwrap_or(lab::Decimal::whole(3)),
        )]),
        passed: ["read".to_owned()].into(),
    });
    assert_eq!(Progress::parse("p", progress.to_text().as_bytes()).unwrap(), progress);
}
