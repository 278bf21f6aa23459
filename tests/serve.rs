//! `maillab serve` as its clients and whoever starts it meet it.
#![cfg(all(feature = "serve", unix))]
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

mod served;

use std::fs;
use std::io::BufReader;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use served::{Served, scratch, slip};

#[test]
fn each_session_is_told_in_a_line_and_signals_end_it_cleanly() {
    for signal in ["-INT", "-TERM"] {
        let served =
            Served::start(&["--pop3", "127.0.0.1:0", "--imap", "127.0.0.1:0", "--smtp", "localhost:0"]);
        assert_eq!(served.ports.len(), 3);
        let mut pop3 = served.connect(0).log_in();
        assert!(pop3.ask("QUIT").starts_with("+OK"));
        assert_eq!(pop3.line(), "", "it closes");
        let mut imap = served.connect(1);
        assert!(imap.line().starts_with("* OK"));
        let (out, talk) = served.stop(signal);
        assert_eq!(imap.line(), "* BYE this server is stopping\r\n");
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines.len(), 2, "{out}");
        assert!(
            lines[0].starts_with("session 1 pop3 user=alice turns=3 app_bytes_up=31 app_bytes_down="),
            "{out}"
        );
        assert!(lines[1].starts_with("session 2 imap user=- turns=0 app_bytes_up=0 "), "{out}");
        assert!(talk.starts_with("note: passwords go in clear") && talk.ends_with("stopped\n"), "{talk}");
    }
}

#[test]
fn whoever_takes_nothing_keeps_nobody_waiting() {
    let served = Served::start(&["--pop3", "127.0.0.1:0", "--imap", "127.0.0.1:0"]);
    let mut greedy = served.connect(0).log_in();
    greedy.send(&"RETR 42\r\n".repeat(200));
    let mut other = served.connect(1);
    other.line();
    assert_eq!(other.ask("a LOGIN alice secret"), "a OK LOGIN completed\r\n");
    assert_eq!(other.ask("b NOOP"), "b OK NOOP completed\r\n");
    drop(greedy);
    served.stop("-TERM");
}

#[test]
fn who_is_not_let_in_reads_why() {
    let served = Served::start(&["--pop3", "127.0.0.1:0", "--max-connections", "1"]);
    let first = served.connect(0).log_in();
    let mut second = served.connect(0);
    second.send("QUIT\r\n");
    assert_eq!(second.line(), "-ERR too many connections: at most 1 here, try again later\r\n");
    assert_eq!(second.line(), "");
    drop(first);
    served.stop("-TERM");
}

#[test]
fn a_server_whose_output_nobody_reads_goes_on() {
    let mut served = Served::start(&["--pop3", "127.0.0.1:0"]);
    drop(std::mem::replace(
        &mut served.stdout,
        BufReader::new(Command::new("true").stdout(Stdio::piped()).spawn().unwrap().stdout.take().unwrap()),
    ));
    for _ in 0..3 {
        let mut pop3 = served.connect(0).log_in();
        assert!(pop3.ask("QUIT").starts_with("+OK"));
        assert_eq!(pop3.line(), "");
    }
    served.stop("-TERM");
}

#[test]
fn a_port_in_use_is_named_with_a_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let talk = slip(&["--imap", &address]);
    assert!(talk.contains(&format!("--imap {address} cannot be opened: the port is in use")), "{talk}");
    assert!(talk.contains("--imap 127.0.0.1:0"), "{talk}");
}

#[test]
fn passwords_do_not_leave_the_machine_by_accident() {
    let talk = slip(&["--pop3", "0.0.0.0:0"]);
    assert!(talk.contains("--cleartext"), "{talk}");
    let served = Served::start(&["--pop3", "0.0.0.0:0", "--cleartext"]);
    let (_, talk) = served.stop("-TERM");
    assert!(talk.contains("everybody on the way can read them"), "{talk}");
}

#[test]
fn two_accounts_of_one_name_are_shown() {
    let file = scratch("accounts").join("accounts.toml");
    let account = "[[account]]\nname = \"alice\"\npassword = \"secret\"\n";
    fs::write(&file, format!("format = \"maillab-accounts/1\"\n{account}{account}")).unwrap();
    let talk = slip(&["--accounts", file.to_str().unwrap(), "--pop3", "127.0.0.1:0"]);
    assert!(
        talk.contains("accounts.toml:6") && talk.contains("^^^^^^^ the first stands in line 3"),
        "{talk}"
    );
}

#[test]
fn a_mailbox_that_grows_while_it_is_served_is_served_as_it_was_and_told() {
    let file = scratch("grows").join("inbox.mbox");
    let message = "From bob@example.org Mon Mar  2 20:00:00 1998\nSubject: one\n\nhello\n\n";
    fs::write(&file, message).unwrap();
    let served = Served::start(&["--mail", file.to_str().unwrap(), "--pop3", "127.0.0.1:0"]);
    fs::write(&file, message.repeat(2)).unwrap();
    for _ in 0..2 {
        let mut pop3 = served.connect(0).log_in();
        assert!(pop3.ask("STAT").starts_with("+OK 1 "));
        assert!(pop3.ask("QUIT").starts_with("+OK"));
        assert_eq!(pop3.line(), "");
    }
    let (_, talk) = served.stop("-TERM");
    assert_eq!(talk.matches("has changed since it was read").count(), 1, "{talk}");
}

#[test]
fn a_line_is_charged_and_a_trace_written_and_in_real_time_it_is_waited_for() {
    let folder = scratch("lines");
    let traces = folder.join("traces");
    // 8,192 octets of mail at 57,600 bit/s, ten bits each: more than 1.4 seconds.
    let link = "rate=57600,bits=10,frame=0,delay=10ms,mtu=576";
    let file = folder.join("inbox.mbox");
    let text = "x".repeat(62) + "\n";
    fs::write(
        &file,
        format!("From bob@example.org Mon Mar  2 20:00:00 1998\nSubject: one\n\n{}\n", text.repeat(128)),
    )
    .unwrap();
    for more in [&["--tariff", "bt-local-1997"][..], &["--real-time"]] {
        let fixed = ["--pop3", "127.0.0.1:0", "--mail", file.to_str().unwrap(), "--link", link, "--record"];
        let served = Served::start(&[&fixed[..], &[traces.to_str().unwrap()], more].concat());
        let mut pop3 = served.connect(0).log_in();
        pop3.send("RETR 1\r\n");
        while pop3.line() != ".\r\n" {}
        assert!(pop3.ask("QUIT").starts_with("+OK"));
        assert_eq!(pop3.line(), "");
        let (out, _) = served.stop("-TERM");
        let number = |key: &str| -> f64 {
            let word = out.split_whitespace().find_map(|word| word.strip_prefix(&format!("{key}=")));
            word.unwrap_or_else(|| panic!("{key} in {out}")).parse().unwrap()
        };
        let (real, charged) = (number("seconds"), number("link_seconds"));
        assert!((1.4..10.0).contains(&charged), "{out}");
        if more == ["--real-time"] {
            assert!(real > 1.4 && (real - charged).abs() < 1.0, "{out}");
        } else {
            assert!(number("money") > 0.0, "{out}");
        }
        let trace = fs::read_to_string(traces.join("000001-pop3.trace")).unwrap();
        assert!(trace.starts_with("maillab-trace 1\n"), "{trace}");
        assert!(trace.contains(" C> ") && trace.contains("\"QUIT\\r\\n\"\n"), "{trace}");
    }
}
