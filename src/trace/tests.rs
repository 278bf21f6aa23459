use proptest::prelude::*;

use super::*;

const SAMPLE: &str = "maillab-trace 1
seed 7
link v34-28800:plain
dial 0
up 10
open 10 pop3/0 - 0
0 20 pop3/0 S> - 0 \"+OK\\r\\n\"
1 30 pop3/0 C> 0+5 10 \"\\\"\\\\\\x00\\r\\xE9\\t~ \"
close 30 pop3/0 S> 1+4 0
hangup 31 0+5 11
drop 31
dial 40
down 50
";

fn slip(text: &str) -> String {
    Trace::parse(text, "a.trace").unwrap_err().to_string()
}

#[test]
fn reading_and_writing_gives_the_same_bytes() {
    let trace = Trace::parse(SAMPLE, "a.trace").unwrap();
    assert_eq!(trace.to_text(), SAMPLE);
    assert_eq!(trace.head(HeadKey::Seed), Some("7"));
    let second = trace.writes().nth(1).unwrap();
    assert_eq!(&second.octets[..], b"\"\\\0\r\xE9\t~ ");
    assert_eq!(second.cause, Some(Cause { write: 0, octets: 5 }));
}

#[test]
fn a_slip_is_answered_with_its_place_and_what_is_allowed() {
    for (from, to, says) in [
        ("maillab-trace 1", "maillab-trace 2", "`maillab-trace 1`"),
        ("seed 7", "sead 7", "did you mean `seed`?"),
        ("seed 7", "link 7", "`link` stands twice"),
        ("seed 7", "seed", "no value"),
        ("drop 31", "drpo 31", "did you mean `drop`?"),
        ("drop 31", "seed 31", "the head of a trace is over"),
        ("drop 31", "stack 31", "the head of a trace is over"),
        ("drop 31", "drop", "this is no time"),
        ("drop 31", "drop 031", "here `31`"),
        ("drop 31", "drop 29", "time runs backwards"),
        ("drop 31", "up 31", "a call stands already"),
        ("up 10\n", "", "no call is up"),
        ("dial 40\n", "", "there is no call here"),
        ("0 20", "1 20", "numbered from 0"),
        ("0 20", "0  20", "the time is missing"),
        ("0 20", "0 +20", "here `20 pop3/0"),
        ("pop3/0 S>", "pop4/0 S>", "this names no connection"),
        ("pop3/0 S>", "pop3/0 s>", "no end of a connection"),
        ("0+5", "0+6", "1 to 5 of them"),
        ("0+5", "0+0", "1 to 5 of them"),
        ("0+5", "1+1", "an earlier write"),
        ("0+5", "5", "this is no cause"),
        ("\\xE9", "\\xe9", "here `E9"),
        ("\\xE9", "\\x", "this stands for no octet"),
        ("\\xE9", "é", "this stands for no octet"),
        ("\\xE9", "\\x41", "here `A"),
        ("\\n\"", "\\n", "between double quotes"),
        ("~ \"\n", "~ \"\r\n", "between double quotes"),
        ("down 50\n", "down 50", "cut off"),
        ("open 10 pop3/0", "open 10 pop/0", "this names no connection"),
        ("open 10", "opne 10", "did you mean `open`?"),
        ("close 30 pop3/0 S> 1+4", "close 30 pop3/0 1+4", "no end of a connection"),
        ("close 30 pop3/0 S> 1+4", "close 30 pop3/0 S> 2+4", "an earlier write"),
        ("hangup 31 0+5 11", "hangup 31 end", "the time of thinking is missing"),
        ("close 30 pop3/0 S> 1+4", "close 30 pop3/0 S> end", "no server has closed"),
        ("hangup 31 0+5 11", "hangup 31 0+5", "the time of thinking is missing"),
        ("hangup 31 0+5 11", "hangup 31 0+5 11 12", "a trace is written in one way only"),
        ("seed 7", "luck dice", "this is no kind of luck"),
    ] {
        assert!(SAMPLE.contains(from), "{from}");
        let said = slip(&SAMPLE.replacen(from, to, 1));
        assert!(said.contains(says), "{from} -> {to}\n{said}");
        assert!(said.contains("a.trace") && said.contains("\nhint: "), "{said}");
    }
    assert!(slip("").contains("empty"));
}

#[test]
fn the_caret_stands_under_the_slip() {
    let said = slip(&SAMPLE.replace("0+5", "0+6"));
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[3].find("0+6"), lines[4].find("^^^"), "{said}");
    assert!(lines[1].ends_with("a.trace:8"));
}

fn line_breaker() -> impl Strategy<Value = (usize, Vec<u8>)> {
    (0..SAMPLE.len(), prop::collection::vec(any::<u8>(), 0..4))
}

fn trace() -> impl Strategy<Value = Trace> {
    let write = (any::<[u32; 3]>(), any::<[bool; 3]>(), prop::collection::vec(any::<u8>(), 0..30));
    (prop::collection::vec(write, 0..20), "[ -~]{1,20}").prop_map(|(writes, value)| {
        let mut trace = Trace::default().with(HeadKey::Strategy, value);
        trace.lines.push(Line::Call(CallEvent::Dial, Instant::START));
        trace.lines.push(Line::Call(CallEvent::Up, Instant::START));
        let mut now = Instant::START;
        let mut sizes: Vec<u32> = vec![];
        for ([later, conn, pick], [client, imap, caused], octets) in writes {
            now += Duration::from_nanos(later.into());
            let nth = pick as usize % sizes.len().max(1);
            let size = sizes.get(nth).copied().filter(|size| caused && *size > 0);
            let cause = size.map(|size| Cause { write: nth as u32, octets: 1 + pick % size });
            if conn % 3 == 0 {
                let service = if imap { Service::Imap } else { Service::Smtp };
                let deed = match pick % 3 {
                    0 => Deed::Open(service, conn, if client { Side::Client } else { Side::Server }),
                    1 => Deed::Close(service, conn, if client { Side::Client } else { Side::Server }),
                    _ => Deed::HangUp,
                };
                trace.lines.push(Line::Step(Step {
                    at: now,
                    deed,
                    cause,
                    after_end: false,
                    think: Duration::from_nanos(pick.into()),
                }));
            }
            sizes.push(octets.len() as u32);
            trace.lines.push(Line::Write(Write {
                at: now,
                service: if imap { Service::Imap } else { Service::Smtp },
                conn,
                from: if client { Side::Client } else { Side::Server },
                cause,
                think: Duration::from_nanos(pick.into()),
                octets: octets.into(),
            }));
        }
        trace
    })
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_back(trace in trace()) {
        prop_assert_eq!(Trace::parse(&trace.to_text(), "f").unwrap(), trace);
    }

    /// What the reader takes it would write in the same way; what it refuses it explains.
    #[test]
    fn damage_is_refused_or_kept_to_the_byte((at, octets) in line_breaker(), taken in 0..9_usize) {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        bytes.splice(at..(at + taken).min(SAMPLE.len()), octets);
        let text = String::from_utf8_lossy(&bytes);
        match Trace::parse(&text, "f") {
            Ok(trace) => prop_assert_eq!(trace.to_text(), text),
            Err(lesson) => prop_assert!(lesson.to_string().starts_with("error: ")),
        }
    }

    #[test]
    fn any_text_is_a_trace_or_a_lesson(text in "(maillab-trace 1\n)?[ -~\n\r\u{e9}]{0,200}") {
        if let Ok(trace) = Trace::parse(&text, "f") {
            prop_assert_eq!(trace.to_text(), text);
        }
    }
}
