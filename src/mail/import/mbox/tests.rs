use proptest::prelude::*;

use super::*;
use crate::mail::export::mbox::append;
use crate::mail::flags::Flags;
use crate::mail::import::MESSAGE_MAX;

const FROM: &str = "From alice@example.org Mon Mar  2 20:00:00 1998\n";

fn octets(imported: &Imported) -> Vec<Vec<u8>> {
    imported.messages.iter().map(|entry| entry.message.octets().unwrap().to_vec()).collect()
}

fn texts(imported: &Imported) -> Vec<String> {
    octets(imported).iter().map(|message| String::from_utf8_lossy(message).into_owned()).collect()
}

fn problems(imported: &Imported) -> Vec<String> {
    imported.problems.iter().map(ToString::to_string).collect()
}

fn variant(imported: &Imported) -> (Variant, Grounds) {
    let verdict = imported.verdict.as_ref().unwrap();
    (verdict.variant, verdict.grounds)
}

fn check(file: &str) -> Imported {
    let imported = read("in", file.as_bytes(), None);
    assert_eq!(problems(&imported), [""; 0], "{file}");
    imported
}

fn written(variant: Variant, messages: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Vec::new();
    for message in messages {
        append(&mut file, variant, "alice@example.org", Timestamp::DEFAULT_START, message);
    }
    file
}

/// Bodies with everything that the variants trip over.
fn tricky() -> Vec<Vec<u8>> {
    let forwarded =
        format!("Subject: c\r\n\r\nlook:\r\n\r\n{}Subject: x\r\n\r\nhi\r\n", FROM.replace('\n', "\r\n"));
    [
        "Subject: a\r\n\r\nFrom here\r\n>From there\r\n>>From nowhere\r\n\r\n\r\n",
        "Subject: b\r\n\r\n\0\r \r\r\n caf\u{e9} \r\n",
        &forwarded,
        "Subject: no body\r\n\r\n",
        "Subject: no empty line\r\n",
        "\r\nno header\r\n",
        "Content-Length: 3\r\nSubject: a length of its own\r\n\r\nmore than three\r\n",
    ]
    .iter()
    .map(|message| message.as_bytes().to_vec())
    .collect()
}

#[test]
fn exactly_one_empty_line_ends_a_message() {
    let imported = check(&format!("{FROM}A: 1\n\none\n\n\n{FROM}A: 2\n\ntwo\n\n"));
    assert_eq!(texts(&imported), ["A: 1\r\n\r\none\r\n\r\n", "A: 2\r\n\r\ntwo\r\n"]);
    assert_eq!(imported.messages[1].origin, Origin { file: "in".into(), line: 7 });
}

#[test]
fn a_stored_cr_lf_stays_one() {
    let file = format!("{FROM}A: 1\n\none\n\n{FROM}A: 2\n\ntwo\n\n").replace('\n', "\r\n");
    assert_eq!(texts(&check(&file)), ["A: 1\r\n\r\none\r\n", "A: 2\r\n\r\ntwo\r\n"]);
}

#[test]
fn text_that_begins_with_from_is_no_message() {
    let body = "A: 1\n\nFrom here on\n\nFrom the start, Mon Mar  2 20:00:00 1998 was a good day\n\nFrom: x\n";
    let imported = check(&format!("{FROM}{body}\n"));
    assert_eq!(texts(&imported), [body.replace('\n', "\r\n")]);
}

#[test]
fn a_from_line_without_an_empty_line_before_it_is_text_and_reported() {
    let imported = read("in", format!("{FROM}A: 1\n\none\n{FROM}A: 2\n\ntwo\n\n").as_bytes(), None);
    assert_eq!(imported.messages.len(), 1);
    assert!(problems(&imported)[0].starts_with("in:5: this looks like the start of a message"));
}

#[test]
fn each_variant_is_told_from_what_it_does() {
    for variant_written in Variant::ALL {
        let imported = read("in", &written(variant_written, &tricky()), None);
        assert_eq!(problems(&imported), [""; 0], "{variant_written}");
        if variant_written == Variant::Mboxo {
            // mboxo does not quote ">>From ", and so looks like mboxrd here; its loss is the test below.
            assert_eq!(variant(&imported).0, Variant::Mboxrd);
            continue;
        }
        assert_eq!(variant(&imported), (variant_written, Grounds::Shown));
        assert_eq!(
            texts(&imported),
            texts(&read("in", &written(Variant::Mboxcl2, &tricky()), Some(Variant::Mboxcl2)))
        );
        assert_eq!(octets(&imported), tricky(), "{variant_written}");
    }
}

#[test]
fn what_the_file_does_not_show_is_assumed_and_said() {
    let plain = vec![b"A: 1\r\n\r\nhello\r\n".to_vec()];
    let quoted = vec![b"A: 1\r\n\r\nFrom here\r\n".to_vec()];
    for (written_as, messages, read_as) in [
        (Variant::Mboxo, &plain, Variant::Mboxrd),
        (Variant::Mboxrd, &plain, Variant::Mboxrd),
        (Variant::Mboxo, &quoted, Variant::Mboxo),
        (Variant::Mboxrd, &quoted, Variant::Mboxo),
        (Variant::Mboxcl, &plain, Variant::Mboxcl2),
    ] {
        let imported = read("in", &written(written_as, messages), None);
        assert_eq!(variant(&imported), (read_as, Grounds::Assumed));
        assert_eq!(&octets(&imported), messages);
    }
}

#[test]
fn mboxo_loses_a_mark_and_nothing_else() {
    let message = b"A: 1\r\n\r\nFrom a\r\n>From b\r\n>>From c\r\n".to_vec();
    let imported = read("in", &written(Variant::Mboxo, &[message]), Some(Variant::Mboxo));
    assert_eq!(texts(&imported), ["A: 1\r\n\r\nFrom a\r\nFrom b\r\n>>From c\r\n"]);
    assert_eq!(variant(&imported), (Variant::Mboxo, Grounds::Told));
}

#[test]
fn a_late_discovery_reads_the_first_messages_again() {
    let quoted = b"A: 1\r\n\r\n>From a mangled letter\r\n".to_vec();
    let bare = b"A: 2\r\n\r\nFrom here\r\n".to_vec();
    let messages = [quoted, bare];
    let imported = read("in", &written(Variant::Mboxcl2, &messages), None);
    assert_eq!(octets(&imported), messages);
}

#[test]
fn a_wrong_length_does_not_lose_the_next_message() {
    for wrong in [0, 3, 1_000, 999_999_999_999_999_999_u64] {
        let file = format!("{FROM}Content-Length: {wrong}\n\nhello\n\n{FROM}A: 2\n\ntwo\n\n");
        let imported = check(&file);
        assert_eq!(texts(&imported)[1], "A: 2\r\n\r\ntwo\r\n", "{wrong}");
        assert!(texts(&imported)[0].starts_with("Content-Length"), "the field framed nothing, so it stays");
        let told = read("in", file.as_bytes(), Some(Variant::Mboxcl));
        assert_eq!(problems(&told).len(), 2, "one length is wrong, one is missing");
    }
}

#[test]
fn a_length_may_lead_past_the_last_octet_without_a_line_end() {
    let message = b"A: 1\r\n\r\nno line end".to_vec();
    for variant in [Variant::Mboxcl, Variant::Mboxcl2] {
        let twice = [message.clone(), message.clone()];
        assert_eq!(octets(&read("in", &written(variant, &twice), None)), twice);
    }
    let imported = read("in", &written(Variant::Mboxrd, &[message]), None);
    assert_eq!(texts(&imported), ["A: 1\r\n\r\nno line end\r\n"]);
}

#[test]
fn the_from_line_dates_a_message_and_else_its_date_field() {
    let date = |file: &str| read("in", file.as_bytes(), None).messages[0].received.to_string();
    assert_eq!(date(&format!("{FROM}Date: 1 Jan 1997 00:00 +0000\n\n\n")), "1998-03-02 20:00:00 +0000");
    assert_eq!(date("From \nDate: 1 Jan 1997 00:00 +0100\n\n\n"), "1997-01-01 00:00:00 +0100");
    assert_eq!(date("From \nDate: Wed Jan  1 00:00:00 1997\n\n\n"), "1997-01-01 00:00:00 +0000");
    assert_eq!(date("From \nDate: soon\n\n\n"), Timestamp::DEFAULT_START.to_string());
}

#[test]
fn a_file_that_begins_without_a_date_needs_none() {
    let imported = check("From \nA: 1\n\nFrom here\n\nFrom there to here\n\nFrom -\nA: 2\n\ntwo\n\n");
    assert_eq!(texts(&imported).len(), 2);
    assert_eq!(texts(&imported)[1], "A: 2\r\n\r\ntwo\r\n");
}

#[test]
fn mail_programs_notes_are_left_out_and_their_flags_kept() {
    let note = "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1 2\n\nText\n\n";
    let imported = read(
        "in",
        format!("{FROM}{note}{FROM}Status: RO\n\n>From a\n\n{FROM}A: 3\n\n>>From b\n\n").as_bytes(),
        None,
    );
    assert_eq!(imported.messages.len(), 2);
    assert_eq!(imported.messages[0].flags, Flags::SEEN);
    assert_eq!(texts(&imported)[1], "A: 3\r\n\r\n>From b\r\n");
    assert_eq!(imported.problems.len(), 1);
}

#[test]
fn text_before_the_first_message_is_reported() {
    let imported = read("in", format!("\n\nlate half of a letter\n\n{FROM}A: 1\n\none\n\n").as_bytes(), None);
    assert_eq!(texts(&imported), ["A: 1\r\n\r\none\r\n"]);
    assert!(problems(&imported)[0].contains("before the first"));
}

#[test]
fn a_line_of_ten_megabytes_is_fine_and_a_message_of_sixty_is_not() {
    let long = "x".repeat(10_000_000);
    let imported = check(&format!("{FROM}A: 1\n\n{long}\n\n{FROM}A: 2\n\ntwo\n\n"));
    assert_eq!(imported.messages[0].message.size() as usize, 8 + long.len() + 2);

    let lines =
        "a line of sixty-four octets, repeated until nobody wants it, ok\n".repeat(MESSAGE_MAX / 64 + 1);
    let line = "y".repeat(MESSAGE_MAX + 600_000);
    for (content, lines_inside) in [(lines.as_str(), MESSAGE_MAX / 64 + 1), (&format!("{line}\n"), 1)] {
        let imported = read("in", format!("{FROM}A: 1\n\n{content}\n{FROM}A: 2\n\ntwo\n\n").as_bytes(), None);
        assert_eq!(texts(&imported), ["A: 2\r\n\r\ntwo\r\n"]);
        assert_eq!(imported.messages[0].origin.line, lines_inside + 5);
        assert_eq!(problems(&imported), ["in:1: this message is larger than 50 MB and was left out"]);
    }
}

#[test]
fn a_file_cut_off_anywhere_keeps_what_there_is_and_says_so() {
    for variant_written in Variant::ALL {
        let whole = written(variant_written, &tricky());
        let reference = read("in", &whole, Some(variant_written));
        for cut in 1..whole.len() {
            let part = read("in", &whole[..cut], Some(variant_written));
            assert!(part.messages.len() <= reference.messages.len() + 1, "{variant_written} cut at {cut}");
            if whole[cut - 1] != b'\n' {
                assert!(!part.problems.is_empty(), "{variant_written} cut at {cut}");
            }
            for (whole, part) in octets(&reference).iter().zip(octets(&part)).rev().skip(1) {
                assert_eq!(whole, &part, "{variant_written} cut at {cut}");
            }
        }
    }
}

#[test]
fn thirty_thousand_wrong_lengths_take_no_longer_than_right_ones() {
    // Each length leads to the middle of a "From " line far ahead; to go back and look again for each would take
    // as many steps as the square of the messages.
    let count = 30_000;
    let head = format!("{FROM}Content-Length: 1000000\n\n");
    let size = head.len() + "hi\n\n".len();
    let length = 1_000_000_usize.next_multiple_of(size) - head.len() + 5;
    let file = format!("{}hi\n\n", head.replace("1000000", &length.to_string())).repeat(count);
    assert_eq!(file.len(), size * count);
    assert_eq!(check(&file).messages.len(), count);
}

#[test]
fn no_file_makes_the_importer_hold_more_than_a_message() {
    let (lines, line) = (FROM.repeat(20_000), "x".repeat(1_000_000));
    for (beginning, more) in [
        ("no mail\n".to_owned(), &line),
        ("no mail\n".to_owned(), &lines),
        (format!("{FROM}A: "), &line),
        (format!("{FROM}A: 1\n\n"), &lines),
        (format!("{FROM}Content-Length: 49999900\n\n"), &line),
    ] {
        let mut importer = Importer::new("in", None, InMemory(b""));
        importer.push(beginning.as_bytes());
        for _ in 0..55 {
            importer.push(more.as_bytes());
            assert!(importer.scanner.held() < MESSAGE_MAX + 3_000_000, "{beginning}");
        }
        assert!(importer.finish().messages.len() < 2, "{beginning}");
    }
}

/// Importing in pieces gives what importing at once gives.
fn in_pieces(file: &[u8], piece: usize) -> Imported {
    let mut importer = Importer::new("in", None, InMemory(file));
    file.chunks(piece).for_each(|piece| importer.push(piece));
    importer.finish()
}

fn lines_that_trip() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"".to_vec()),
        Just(FROM.trim_end().as_bytes().to_vec()),
        Just(b"From me".to_vec()),
        Just(b">From me".to_vec()),
        Just(b">>From me".to_vec()),
        Just(b"Content-Length: 12".to_vec()),
        Just(b"Subject: x".to_vec()),
        Just(b"\r".to_vec()),
        proptest::collection::vec(any::<u8>().prop_filter("no line end", |octet| *octet != b'\n'), 0..12),
    ]
}

fn message() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(lines_that_trip(), 0..8).prop_map(|body| {
        let mut message = b"Subject: any\r\n\r\n".to_vec();
        for line in body {
            message.extend_from_slice(&line);
            message.extend_from_slice(b"\r\n");
        }
        message
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(messages in proptest::collection::vec(message(), 1..5)) {
        for variant in [Variant::Mboxrd, Variant::Mboxcl, Variant::Mboxcl2] {
            let file = written(variant, &messages);
            let told = read("in", &file, Some(variant));
            prop_assert_eq!(octets(&told), messages.clone(), "{}", variant);
            if variant != Variant::Mboxcl2 {
                prop_assert_eq!(octets(&read("in", &file, None)), messages.clone(), "{} found out", variant);
            }
        }
    }

    #[test]
    fn mboxo_gives_back_all_but_marks_before_from(messages in proptest::collection::vec(message(), 1..5)) {
        let file = written(Variant::Mboxo, &messages);
        let expected: Vec<Vec<u8>> = messages.iter().map(|message| {
            let mut lossy = Vec::new();
            for line in message.split_inclusive(|octet| *octet == b'\n') {
                lossy.extend_from_slice(if line.starts_with(b">From ") { &line[1..] } else { line });
            }
            lossy
        }).collect();
        prop_assert_eq!(octets(&read("in", &file, Some(Variant::Mboxo))), expected);
    }

    #[test]
    fn pieces_of_any_size_give_the_same(lines in proptest::collection::vec(lines_that_trip(), 0..40), piece in 1_usize..50) {
        let file = lines.join(&b'\n');
        let (whole, pieces) = (read("in", &file, None), in_pieces(&file, piece));
        prop_assert_eq!(octets(&whole), octets(&pieces));
        prop_assert_eq!(problems(&whole), problems(&pieces));
        prop_assert_eq!(whole.verdict, pieces.verdict);
    }

    #[test]
    fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..300), piece in 1_usize..50) {
        in_pieces(&octets, piece);
        for variant in Variant::ALL {
            let _ = read("in", &octets, Some(variant));
        }
    }
}
