//! The binary as a stranger meets it: exit codes, what goes where, and what slips are answered with.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

use std::process::{Command, Output, Stdio};

fn maillab() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maillab"));
    command.env_remove("RUST_BACKTRACE").stdin(Stdio::null());
    command
}

#[track_caller]
fn run(args: &[&str]) -> Output {
    maillab().args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap().replace("\r\n", "\n")
}

/// Runs a slip, and gives what stderr says. Stdout must be empty and the exit code 2.
#[track_caller]
fn slip(args: &[&str]) -> String {
    let output = run(args);
    let talk = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{args:?}\n{talk}");
    assert!(output.stdout.is_empty(), "{args:?}");
    assert!(talk.starts_with("error: "), "{args:?}\n{talk}");
    assert!(talk.contains("\nhint: "), "{args:?}\n{talk}");
    talk
}

const LISTINGS: [&[&str]; 8] = [
    &["strategies"],
    &["strategies", "--all"],
    &["links"],
    &["links", "--all"],
    &["tariffs"],
    &["tariffs", "--all", "--sources"],
    &["protocols"],
    &["protocols", "--all"],
];

#[test]
fn without_arguments_it_says_what_it_is_and_ends_well() {
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("maillab tariffs"));
    assert!(output.stderr.is_empty());
}

#[test]
fn help_and_version_are_data() {
    for args in [&["--help"][..], &["--version"], &["tariffs", "--help"]] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert!(!output.stdout.is_empty() && output.stderr.is_empty(), "{args:?}");
    }
}

/// A lab of one's own, as a teacher has it.
fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn every_subcommand_s_help_has_examples_that_run() {
    let overview = text(&run(&["--help"]).stdout);
    let commands = overview.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap().to_owned();
    // `serve` runs until a signal says stop, and two want a server that runs: tests/serve.rs and tests/workstation.rs.
    let with_servers = ["serve", "run", "workstation"];
    let ending = commands
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| !with_servers.contains(command));
    for command in ending {
        let help = text(&run(&[command, "--help"]).stdout);
        let examples: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix("  maillab ")).collect();
        assert!(!examples.is_empty(), "{command}");
        // Examples run in an empty folder, with somebody's inbox at home.
        let place = std::env::temp_dir().join(format!("maillab-examples-{}-{command}", std::process::id()));
        std::fs::create_dir_all(place.join("Mail")).unwrap();
        let inbox = "From a@example.org Mon Mar  2 20:00:00 1998\nSubject: hello\n\nhow are you\n";
        std::fs::write(place.join("Mail/inbox"), inbox).unwrap();
        std::fs::write(place.join("hello.txt"), ":open pop3\nS: +OK *\nC: QUIT\nS: +OK*\n").unwrap();
        let page = include_str!("../book/src/tariff-language.md");
        let tariff = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
        std::fs::write(place.join("mine.toml"), tariff).unwrap();
        copy_folder(
            concat!(env!("CARGO_MANIFEST_DIR"), "/labs/a-mailbox-by-hand").as_ref(),
            &place.join("my-lab"),
        );
        let packets = ["play", "hello.txt", "--pcapng", "session.pcap"];
        assert!(maillab().args(packets).current_dir(&place).output().unwrap().status.success());
        let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/traces/");
        for (from, to) in [
            ("pop3/fetch-and-delete.trace", "traces/pop3/fetch-and-delete.trace"),
            ("imap/choose-and-file.trace", "traces/imap/choose-and-file.trace"),
            ("pop3/fetch-and-delete.trace", "my.trace"),
            ("pop3/fetch-and-delete.trace", "a.trace"),
            ("imap/choose-and-file.trace", "b.trace"),
        ] {
            std::fs::create_dir_all(place.join(to).parent().unwrap()).unwrap();
            std::fs::copy(format!("{golden}{from}"), place.join(to)).unwrap();
        }
        for example in examples {
            let line = example.split("  ").next().unwrap().split(" > ").next().unwrap();
            // A lab that was just handed out is not passed yet: tests/lab_cli.rs checks one.
            if line == "lab check" {
                continue;
            }
            let words = line.split_whitespace().map(|word| match word {
                "tests/measured" => concat!(env!("CARGO_MANIFEST_DIR"), "/tests/measured").to_owned(),
                word => word.replace('~', place.to_str().unwrap()),
            });
            let output = maillab().args(words).current_dir(&place).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{example}: {}", text(&output.stderr));
        }
        std::fs::remove_dir_all(&place).unwrap();
    }
}

#[test]
fn an_unknown_subcommand_is_pointed_at_and_the_nearest_named() {
    assert_eq!(
        slip(&["tarifs", "--all"]),
        "error: there is no subcommand `tarifs`\n  \
         --> the command line:1\n   |\n 1 | maillab tarifs --all\n   |         ^^^^^^ a subcommand stands here\n\n\
         hint: did you mean `strategies` or `tariffs`?\nhint: `maillab --help` shows what is allowed, with examples\n"
    );
}

#[test]
fn slips_in_options_are_lessons() {
    for (args, said) in [
        (&["tariffs", "--al"][..], "did you mean `--all`?"),
        (&["tariffs", "--format", "jsn"], "`jsn` is no value for `--format <FORMAT>`"),
        (&["tariffs", "--format", "jsn"], "^^^ one of: text, csv, json"),
        (&["tariffs", "--format=jsn"], "^^^ one of: text, csv, json"),
        (&["tariffs", "--format"], "`--format <FORMAT>` needs a value"),
        (&["tariffs", "free", "--all"], "exclude each other"),
        (&["tariffs", "bt-local-1979"], "did you mean `bt-local-1997`?"),
        (&["tariffs", "no-such-thing-at-all"], "`maillab tariffs --all` lists every one"),
        (&["links", "v34-28880"], "did you mean `v34-28800`?"),
        (&["protocols", "pop"], "did you mean `pop3`?"),
        (&["protocols", "gopher"], "there are pop3, pop2, pop1, poppassd, imap, smtp"),
    ] {
        let talk = slip(args);
        assert!(talk.contains(said), "{args:?}\n{talk}");
    }
}

#[test]
fn a_word_that_is_not_unicode_is_refused_and_not_a_panic() {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let word = std::ffi::OsStr::from_bytes(b"tar\xffiffs");
        for before in [&[][..], &["tariffs"], &["tariffs", "--format"]] {
            let output = maillab().args(before).arg(word).output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{before:?}");
            assert!(text(&output.stderr).starts_with("error: "), "{before:?}");
        }
    }
}

#[test]
fn json_says_its_format_and_has_a_record_a_row() {
    for args in LISTINGS {
        let output = maillab().args(args).args(["--format", "json"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(value["format"], "maillab-listing/1", "{args:?}");
        assert!(!value["records"].as_array().unwrap().is_empty(), "{args:?}");
    }
}

#[test]
fn csv_has_a_head_and_as_many_rows_as_json_has_records() {
    for args in LISTINGS {
        let csv = maillab().args(args).args(["--format", "csv"]).output().unwrap();
        let rows: Vec<csv::StringRecord> =
            csv::Reader::from_reader(csv.stdout.as_slice()).records().map(Result::unwrap).collect();
        let json = maillab().args(args).args(["--format", "json"]).output().unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
        assert_eq!(rows.len(), json["records"].as_array().unwrap().len(), "{args:?}");
    }
}

#[test]
fn a_listing_by_name_shows_where_its_numbers_come_from() {
    let output = text(&run(&["tariffs", "bt-local-1997"]).stdout);
    for column in ["bt-local-1997\n", "\n  sources ", "\n  confidence ", "\n  note "] {
        assert!(output.contains(column), "{column}\n{output}");
    }
    assert!(text(&run(&["tariffs", "--sources"]).stdout).contains("  sources\n"));
    assert!(!text(&run(&["tariffs"]).stdout).contains("  sources\n"));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let mut child = maillab()
        .args(["tariffs", "--all", "--sources"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_not_hidden() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = maillab().arg("tariffs").stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("the output could not be written"));
}

#[test]
fn no_colour_is_written_into_a_pipe() {
    for args in [&["--help"][..], &["tariffs", "--al"], &["tariffs"]] {
        let output = run(args);
        assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b), "{args:?}");
    }
}
