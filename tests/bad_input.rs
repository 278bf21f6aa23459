//! Bad input to `maillab compare` gets a message with place and remedy and exit code 2, and nothing on disk is
//! harmed.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder of its own for each test, gone when the test is over.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("maillab-bad-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

/// A short comparison: one strategy, one line, no files.
const SHORT: [&str; 6] = ["--strategies", "imap-fetch-all", "--links", "isdn-64k", "--tariffs", "free"];

fn compare(args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maillab"));
    let output = command.arg("compare").args(args).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Runs a comparison that must be refused; its lesson must say all of `said`.
#[track_caller]
fn refused(args: &[&str], said: &[&str]) {
    let (code, stdout, stderr) = compare(args);
    assert_eq!(code, Some(2), "{args:?}\n{stderr}");
    assert!(stdout.is_empty(), "{args:?}");
    assert!(stderr.starts_with("error: "), "{args:?}\n{stderr}");
    for words in said {
        assert!(stderr.contains(words), "{args:?} should say {words:?}\n{stderr}");
    }
}

/// Runs a comparison that must work.
#[track_caller]
fn works(args: &[&str]) -> (String, String) {
    let (code, stdout, stderr) = compare(&[args, &SHORT, &["--no-files"]].concat());
    assert_eq!(code, Some(0), "{args:?}\n{stderr}");
    (stdout, stderr)
}

#[test]
fn unknown_names_are_met_with_the_nearest_known_one() {
    refused(&["--links", "v34-28880:plain"], &["v34-28880", "did you mean `v34-28800", "hint: "]);
    refused(&["--strategies", "imap-header-first"], &["did you mean `imap-headers-first`?"]);
    refused(&["--tariffs", "bt-local-1979"], &["did you mean `bt-local-1997`?"]);
    refused(&["--stack", "linus"], &["did you mean `linux`?"]);
    refused(&["faq-two-call"], &["faq-two-calls"]);
}

#[test]
fn a_bearer_without_ip_and_a_proxy_that_is_not_modelled_are_refused_by_name() {
    refused(&["--links", "vsat-geo:pep"], &["split-connection", "`vsat-geo`"]);
    refused(&["--links", "pactor3"], &["pactor3", "no IP"]);
}

#[test]
fn links_by_numbers_are_checked_piece_by_piece() {
    refused(&["--links", "rate=0,delay=10ms"], &["^", "rate"]);
    refused(&["--links", "rate=2400,dealy=10ms"], &["^", "did you mean `delay`"]);
    refused(&["--links", "rate=2400,loss=1.1"], &["loss"]);
    refused(&["--links", "rate=2400,delay=10"], &["^", "ms"]);
}

#[test]
fn a_scenario_with_slips_is_shown_where() {
    let place = Place::new("scenario");
    let misspelt = place.file(
        "a.toml",
        "format = \"maillab-scenario/1\"\n[mailbox]\nembedded = true\n[reader]\ntihnk_s = 4\n",
    );
    refused(&[&misspelt], &["a.toml:5", "tihnk_s", "^^^^^^^", "think_s"]);
    let latin = place.file("b.toml", b"format = \"maillab-scenario/1\"\n# caf\xe9\n");
    refused(&[&latin], &["b.toml:2", "UTF-8"]);
    let broken = place.file("c.toml", "format = \"maillab-scenario/1\"\nseed = \n");
    refused(&[&broken], &["c.toml:2"]);
    let other = place.file("d.toml", "format = \"maillab-scenario/9\"\n");
    refused(&[&other], &["maillab-scenario/1"]);
}

#[test]
fn a_tariff_without_units_is_refused() {
    let place = Place::new("tariff");
    let row = "format = \"maillab-tariffs/1\"\n[[tariff]]\nname = \"x\"\ntitle = \"x\"\ncountry = \"X\"\nyear = 1990\n\
               currency = \"USD\"\nrounding = \"ceil\"\nunit_price = 0.10\nincrement_s = 0.0\n";
    let unitless = place.file("x.toml", row);
    refused(&["--tariffs", &unitless], &["x.toml", "^"]);
    refused(&["--tariffs", &place.path("none.toml")], &["none.toml"]);
    refused(&["--tariffs", "cis-1994-mail"], &["messages"]);
}

#[test]
fn what_is_no_mail_is_refused() {
    let place = Place::new("nomail");
    refused(&["--mail", &place.path("inbox")], &["inbox", "hint: "]);
    refused(&["--mail", place.0.to_str().unwrap()], &["hint: "]);
    let empty = place.file("empty.mbox", "");
    refused(&["--mail", &empty], &["empty.mbox", "hint: "]);
    let junk = place.file("junk", [0_u8, 159, 146, 150, 0, 1, 2].repeat(100));
    refused(&["--mail", &junk], &["junk", "hint: "]);
    std::fs::create_dir_all(Path::new(&place.path("folder"))).unwrap();
    refused(&[&place.path("folder")], &["folder"]);
}

#[test]
fn odd_mail_is_read_as_far_as_it_goes() {
    let place = Place::new("oddmail");
    let from = "From a@example.org Mon Mar  2 20:00:00 1998\n";
    let cut =
        place.file("cut.mbox", format!("{from}Subject: one\n\nhello\n\n{from}Subject: two\nFrom: a@exa"));
    works(&["--mail", &cut]);
    let nul = place.file("nul.mbox", format!("{from}Subject: nul\n\nbefore\0after\n"));
    works(&["--mail", &nul]);
    let long = place.file("long.mbox", format!("{from}Subject: long\n\n{}\n", "x".repeat(10 << 20)));
    works(&["--mail", &long]);
    let twins = place.file("twins.mbox", format!("{from}Subject: same\n\nhello\n\n").repeat(3));
    works(&["--mail", &twins]);
    let (stdout, _) = works(&["--mail", &place.file("one.eml", "Subject: alone\r\n\r\nhello\r\n")]);
    assert!(stdout.contains("1 messages"), "{stdout}");
}

#[test]
fn numbers_out_of_range_are_refused() {
    refused(&["--reads", "1.5"], &["0 to 1"]);
    refused(&["--samples", "1", "--map", "imap-online,pop3-online"], &["2..=65"]);
    refused(&["--threads", "0"], &["--threads"]);
    refused(&["--map", "imap-online"], &["two strategies"]);
}

#[test]
fn a_folder_that_takes_no_files_harms_nothing() {
    let place = Place::new("out");
    let precious = place.file("precious", "keep me");
    let args = [&SHORT[..], &["--out", &precious]].concat();
    let (code, _, stderr) = compare(&args);
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("--out"), "{stderr}");
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "keep me");
}

/// A message as an mbox has it.
fn stored(subject: &str) -> String {
    format!(
        "From a@example.org Mon Mar  2 20:00:00 1998\nFrom: a@example.org\nSubject: {subject}\n\nhello {subject}\n\n"
    )
}

#[test]
fn own_mail_is_compared_from_an_mbox_a_maildir_and_a_folder_of_eml_files() {
    use maillab::mail::date::Timestamp;
    use maillab::mail::export::mbox;
    use maillab::mail::import::mbox::Variant;

    let place = Place::new("ownmail");
    let message =
        |n: u32| format!("From: a@example.org\r\nSubject: {n}\r\n\r\nhello\r\nFrom here on {n}\r\n");
    let mut exported = Vec::new();
    for n in 1..=3 {
        let message = message(n);
        mbox::append(
            &mut exported,
            Variant::Mboxrd,
            "a@example.org",
            Timestamp::DEFAULT_START,
            message.as_bytes(),
        );
    }
    let file = place.file("inbox", &exported);
    for folder in ["Maildir/cur", "Maildir/new", "Maildir/tmp", "eml"] {
        std::fs::create_dir_all(place.0.join(folder)).unwrap();
    }
    for n in 1..=3 {
        place.file(&format!("Maildir/cur/88888888{n}.1.example:2,S"), message(n));
        place.file(&format!("eml/{n}.eml"), message(n));
    }
    for mail in [file.clone(), place.path("Maildir"), place.path("eml")] {
        let (stdout, stderr) = works(&["--mail", &mail]);
        assert!(stdout.contains(": 3 messages, "), "{mail}\n{stdout}");
        assert_eq!(stderr, "", "{mail}");
    }
    assert_eq!(std::fs::read(&file).unwrap(), exported, "own mail is only read");
}

#[test]
fn what_is_wrong_with_own_mail_is_said_by_file_and_line_and_the_rest_is_used() {
    let place = Place::new("problems");
    let junk = place.file("junk.mbox", format!("{}{}", "not a message at all\n\n", stored("one").repeat(2)));
    let (stdout, stderr) = works(&["--mail", &junk]);
    assert!(stdout.contains("2 messages"), "{stdout}");
    assert!(stderr.contains("junk.mbox:1: "), "{stderr}");
    let folder_data = format!(
        "From a@example.org Mon Mar  2 20:00:00 1998\nX-IMAP: 1 2\nSubject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL \
         DATA\n\nnote\n\n{}",
        stored("one")
    );
    let (stdout, stderr) = works(&["--mail", &place.file("pine.mbox", folder_data)]);
    assert!(stdout.contains("1 messages"), "{stdout}");
    assert!(stderr.contains("pine.mbox:1: "), "{stderr}");
}

#[test]
fn one_message_without_message_id_is_enough_for_every_strategy() {
    let place = Place::new("one");
    let one = place.file("one.mbox", stored("one"));
    let args = ["--mail", &one, "--links", "isdn-64k,v22bis-2400", "--no-files", "--tariffs", "free"];
    let (code, stdout, stderr) = compare(&args);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(!stdout.contains("failed"), "{stdout}");
}

#[test]
fn a_tariff_file_that_is_no_tariff_file_is_refused_where_it_breaks() {
    let place = Place::new("tariffs");
    let broken = place.file("broken.toml", "format = \"maillab-tariffs/1\"\n[[tariff]\nname = \"x\"\n");
    refused(&["--tariffs", &broken], &["broken.toml:2", "^"]);
    std::fs::create_dir_all(place.0.join("folder.toml")).unwrap();
    refused(&["--tariffs", &place.path("folder.toml")], &["folder.toml", "hint: "]);
    let latin = place.file("latin.toml", b"format = \"maillab-tariffs/1\"\n# caf\xe9\n");
    refused(&["--tariffs", &latin], &["latin.toml:2", "UTF-8"]);
}

#[test]
fn every_refusal_says_what_to_try() {
    for args in [
        &["--stack", "quantum"][..],
        &["--strategies", "carrier-pigeon"],
        &["--strategies", ""],
        &["--links", ""],
        &["--tariffs", ""],
        &["--reads", "half"],
        &["--threads", "many"],
        &["--bill", "imap-onlin"],
        &["--map", "imap-online,imap-online,imap-online"],
        &["--bill", "imap-online", "--map", "imap-online,pop3-online"],
        &["no-such-scenario.toml"],
    ] {
        refused(args, &["hint: "]);
    }
}

#[test]
fn a_place_that_takes_no_folder_is_found_before_the_work_and_not_after() {
    let place = Place::new("before");
    let file = place.file("file", "keep me");
    refused(&[&SHORT[..], &["--out", &file]].concat(), &["file", "a folder is needed", "--out"]);
    let inside = place.path("file/inside");
    refused(&[&SHORT[..], &["--out", &inside]].concat(), &["inside", "--out"]);
    #[cfg(target_os = "linux")]
    refused(&[&SHORT[..], &["--out", "/proc/maillab"]].concat(), &["/proc/maillab", "--out"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "keep me");
}

#[test]
fn a_result_that_cannot_be_replaced_leaves_the_old_one_as_it_was() {
    let place = Place::new("replace");
    std::fs::create_dir_all(place.0.join("out/bytes.svg")).unwrap();
    let out = place.path("out");
    let (code, stdout, stderr) = compare(&[&SHORT[..], &["--out", &out]].concat());
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stdout.contains("imap-fetch-all"), "what was worked out is shown all the same");
    assert!(stderr.contains("bytes.svg") && stderr.contains("nothing was changed"), "{stderr}");
    let left: Vec<_> =
        std::fs::read_dir(place.0.join("out")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["bytes.svg"], "no temporary file is left behind");
}

#[cfg(unix)]
#[test]
fn mail_that_may_not_be_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new("mode");
    let file = place.file("secret.mbox", stored("one"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser may read everything: then there is nothing to see here.
    if std::fs::read(&file).is_err() {
        refused(&["--mail", &file], &["secret.mbox", "may not be read", "hint: "]);
    }
}

#[test]
fn a_reader_that_closes_the_pipe_is_no_error() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maillab"));
    command.arg("compare").args(SHORT).arg("--no-files").stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
