//! `maillab workstation` and `maillab run` against `maillab serve` over TLS: implicit and by command, by PEM file and by pin.
#![cfg(all(feature = "tls", unix))]
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

mod served;

use std::fs;
use std::process::{Command, Output};

use served::{Served, scratch};

fn maillab(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_maillab")).args(args).output().unwrap()
}

#[track_caller]
fn fine(args: &[&str]) -> String {
    let output = maillab(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn slip(args: &[&str]) -> String {
    let output = maillab(args);
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// The SHA-256 that a message shows.
fn shown_pin(talk: &str) -> String {
    let (_, rest) = talk.split_once("SHA-256 is ").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn a_workstation_calls_by_tls_and_trusts_only_whom_it_was_told_to() {
    let folder = scratch("workstation-tls");
    let ports = [
        "--imaps",
        "127.0.0.1:0",
        "--imap",
        "127.0.0.1:0",
        "--pop3",
        "127.0.0.1:0",
        "--smtp",
        "127.0.0.1:0",
        "--tls",
    ];
    let served = Served::start(&ports);
    let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let port =
        |option: &str| served.ports[served.options.iter().position(|known| known == option).unwrap()].clone();
    let new = |name: &str, way: &str, server: &str, more: &[&str]| {
        let home = at(name);
        let args = ["workstation", "new", &home, "--way", way, "--user", "alice", "--server", server];
        fine(&[&args[..], more].concat());
        home
    };
    let call = |home: &str| fine(&["workstation", "call", home, "--password", "secret", "--format", "csv"]);

    let stranger = new("stranger", "imap-flags", &port("imaps"), &["--tls=implicit"]);
    let talk = slip(&["workstation", "call", &stranger, "--password", "secret"]);
    assert!(talk.contains("is not trusted") && talk.contains("pin = ["), "{talk}");
    let pin = shown_pin(&talk);
    let other = "0".repeat(64);
    let wrong = new("wrong", "imap-flags", &port("imaps"), &["--tls=implicit", "--pin", &other]);
    assert!(slip(&["workstation", "call", &wrong, "--password", "secret"]).contains("is not trusted"));

    for (name, way, server, how) in [
        ("implicit", "imap-qresync", port("imaps"), "--tls=implicit"),
        ("starttls", "imap-qresync", port("imap"), "--tls"),
        ("stls", "pop3-leave", port("pop3"), "--tls=starttls"),
    ] {
        let smtp = port("smtp");
        let home = new(name, way, &server, &[how, "--pin", &pin, "--smtp", &smtp, "--smtp-tls"]);
        let table = call(&home);
        assert!(!table.lines().nth(1).unwrap().starts_with("0,"), "{name}: {table}");
        let letter = at("letter.eml");
        fs::write(&letter, "From: alice\nTo: alice@example.org\nSubject: sealed\n\nYes.\n").unwrap();
        fine(&["workstation", "send", &home, &letter]);
        call(&home);
        assert_eq!(fine(&["workstation", "queue", &home]), "", "{name}: it is sent, by STARTTLS of SMTP");
    }
    let dmsp = new("dmsp", "dmsp", &port("pop3"), &["--tls=starttls", "--pin", &pin]);
    assert!(slip(&["workstation", "call", &dmsp, "--password", "secret"]).contains("no command for TLS"));

    let scenario = at("reader.toml");
    let text = "format = \"maillab-scenario/1\"\nseed = 1998\n[mailbox]\nembedded = true\n[reader]\nreads = 0.4\nanswers = 0.0\n";
    fs::write(&scenario, text).unwrap();
    let against = port("imap");
    let run = [
        "run",
        "imap-envelope-only",
        "--against",
        &against,
        "--scenario",
        &scenario,
        "--may-delete",
        "--tls",
    ];
    assert!(slip(&run).contains("--pin SHA-256"));
    fine(&[&run[..], &["--pin", &pin]].concat());
    served.stop("-TERM");
}

#[test]
fn a_file_of_certificates_is_trusted_and_one_without_any_is_not() {
    let folder = scratch("workstation-pem");
    let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (cert, key) = (at("cert.pem"), at("key.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-subj", "/CN=attic", "-keyout", &key, "-out", &cert])
        .output();
    // Without that program there is no certificate of somebody else's making to try.
    if !made.is_ok_and(|made| made.status.success()) {
        return;
    }
    let served = Served::start(&["--pop3s", "127.0.0.1:0", "--cert", &cert, "--key", &key]);
    let new = [
        "workstation",
        "new",
        &at("home"),
        "--way",
        "pop3-leave",
        "--user",
        "alice",
        "--server",
        &served.ports[0],
    ];
    fs::write(at("none.pem"), "nothing\n").unwrap();
    assert!(slip(&[&new[..], &["--tls=implicit", "--trust", &at("none.pem")]].concat()).contains("none.pem"));
    assert!(
        slip(&[&new[..], &["--tls=implicit", "--pin", "12:34"]].concat()).contains("64 hexadecimal digits")
    );
    fine(&[&new[..], &["--tls=implicit", "--trust", &cert]].concat());
    fine(&["workstation", "call", &at("home"), "--password", "secret"]);
    served.stop("-TERM");
}
