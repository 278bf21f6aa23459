//! A small lab of which one thing after the other is wrong, and octets that are none.

use proptest::prelude::*;

use super::*;

const MANIFEST_TEXT: &str = r#"format = "maillab-lab/1"
id = "small"
title = "Small"
minutes = 5
level = 1
chapter = "labs/small.md"
question = "How many?"
teaches = "many"

[[value]]
name = "count"
draw = [2, 9]

[[predict]]
id = "guess"
ask = "How many?"
unit = "mails"
measured = "count"

[[check]]
id = "many"
kind = "answer"
ask = "How many?"
answer = "count"
given = "count + 1"

[[wrong]]
check = "many"
believes = "One more."
answer = "count + 1"
reply = "${answer} is one more than there are."

[[hint]]
text = "Count."
"#;

const SCENARIO: &str =
    "format = \"maillab-scenario/1\"\nseed = ${seed}\n[mailbox]\nperiod = \"1998\"\nmessages = ${count}\n";

fn lab(manifest: &str) -> Result<Lab, Lesson> {
    let files = [(MANIFEST, manifest), (TEXT, "${student}: ${count}\n"), ("start/scenario.toml", SCENARIO)];
    let files = files.map(|(name, text)| (name.to_owned(), Bytes::copy_from_slice(text.as_bytes())));
    Lab::read("labs/small", files.into())
}

fn check(sheet: &str) -> Result<Outcome, Lesson> {
    let lab = lab(MANIFEST_TEXT).unwrap();
    let mut handout = Handout::new(&lab, "Ada", 7).unwrap();
    let count = handout.values()["count"].text();
    let folder = BTreeMap::from([(answers::FILE.to_owned(), Bytes::from(sheet.replace("COUNT", &count)))]);
    Ok(handout.check(&folder)?.checks.remove(0).outcome)
}

#[test]
fn an_answer_is_open_right_wrong_or_a_misconception() {
    assert_eq!(check("# nothing\nmany:\n").unwrap(), Outcome::Open);
    assert!(check("many: COUNT # I counted\n").unwrap().is_passed());
    assert_eq!(
        check("many: 100\n").unwrap(),
        Outcome::Failed("100 is too much, by more than half.".to_owned())
    );
    let lab = lab(MANIFEST_TEXT).unwrap();
    let mut handout = Handout::new(&lab, "Ada", 7).unwrap();
    let wrong = handout.wrong_answer(0).unwrap().unwrap();
    let reply = format!("{wrong} is one more than there are.");
    assert_eq!(check(&format!("many: {wrong}\n")).unwrap(), Outcome::Misconception(0, reply));
}

#[test]
fn a_slip_on_the_sheet_is_shown_with_its_line_and_what_is_meant() {
    for (sheet, place, says) in [
        ("many: COUNT\nmnay: 3\n", "small/answers.txt:2", "did you mean `many`?"),
        ("guess: 3\n", "small/answers.txt:1", "predict guess, many"),
        ("many 3\n", "small/answers.txt:1", "no colon"),
        ("many: three\n", "small/answers.txt:1", "a number such as 12.5"),
        ("many: 3,5\n", "small/answers.txt:1", "a point stands before the decimals"),
        ("many: 3\nmany: 4\n", "small/answers.txt:1", "answered twice"),
    ] {
        let lesson = check(sheet).unwrap_err().to_string();
        assert!(lesson.contains(place) && lesson.contains(says), "{sheet}\n{lesson}");
    }
}

#[test]
fn a_slip_in_a_manifest_is_shown_at_its_place() {
    for (from, to, says) in [
        ("maillab-lab/1", "maillab-lab/2", "version 2"),
        ("minutes = 5", "minuets = 5", "did you mean `minutes`?"),
        ("minutes = 5", "minutes = 0", "1 to 240"),
        ("id = \"small\"", "id = \"Small lab\"", "small letters"),
        ("teaches = \"many\"", "teaches = \"more\"", "there is no check `more`"),
        ("measured = \"count\"", "measured = \"counts\"", "`counts` is no value"),
        ("answer = \"count\"", "answer = \"count +\"", "a number or a name is missing"),
        ("answer = \"count\"", "holds = \"count\"", "needs an example"),
        ("kind = \"answer\"", "kind = \"quiz\"", "script, answer"),
        ("kind = \"answer\"", "kind = \"script\"", "which script"),
        ("given = \"count + 1\"", "leaves = \"count\"", "means nothing in a check of kind answer"),
        ("name = \"count\"", "name = \"count\"\nis = \"size(\"", "a number or a name is missing"),
        ("[[predict]]\nid = \"guess\"", "[[predict]]\nid = \"many\"", "stands twice"),
    ] {
        assert!(MANIFEST_TEXT.contains(from), "{from}");
        let lesson = match lab(&MANIFEST_TEXT.replacen(from, to, 1)) {
            Err(lesson) => lesson.to_string(),
            Ok(_) => panic!("{to} is taken"),
        };
        assert!(lesson.contains("labs/small/lab.toml:") && lesson.contains('^'), "{lesson}");
        assert!(lesson.contains(says), "{to}\n{lesson}");
    }
}

#[test]
fn the_lab_inside_the_program_are_in_order_and_the_next_one_is_known() {
    let labs = built_in().unwrap();
    let mut progress = Progress::new("Ada".to_owned(), Course::default());
    assert_eq!(progress.next(labs).map(Lab::id), labs.first().map(Lab::id));
    for lab in labs {
        let next = progress.next(labs).unwrap();
        assert!(next.needs().all(|id| progress.lab(id).is_some()), "{} comes too early", next.id());
        let passed = next.manifest.check.iter().map(|check| check.id.get_ref().clone()).collect();
        progress.labs.push(Started { id: next.id().to_owned(), passed, ..Started::default() });
        assert!(lab.points() >= 2);
    }
    assert_eq!(progress.next(labs).map(Lab::id), None);
}

proptest! {
    #[test]
    fn no_octets_make_a_reader_panic(octets: Vec<u8>) {
        let _ = Pack::read("p", &octets);
        let _ = Progress::parse("p", &octets);
        let text = String::from_utf8_lossy(&octets);
        let _ = lab(&format!("{MANIFEST_TEXT}{text}"));
        let _ = check(&text);
    }

    #[test]
    fn no_sheet_makes_a_reader_panic(lines in proptest::collection::vec("(predict |many|guess|:|#| |[0-9.,é-]){0,8}", 0..6)) {
        let _ = check(&lines.join("\n"));
    }
}
