use super::*;
use crate::chart::{Cell, Table};
use crate::claims::{Alone, Stopped, Verdict, named};

fn tried(id: &str) -> Findings {
    let findings = named(id).unwrap().trial().unwrap().run(&Alone).unwrap();
    assert!(!findings.region.is_empty() && !findings.charts.is_empty(), "{id}");
    for (name, svg) in &findings.charts {
        assert!(svg.contains("maillab") && svg.trim_end().ends_with("</svg>"), "{id} {name}");
    }
    findings
}

/// The rows of a table as what was asked for by column name: words first, then numbers.
fn rows(table: &Table, words: &[&str], numbers: &[&str]) -> Vec<(Vec<String>, Vec<f64>)> {
    let place = |name: &&str| table.columns.iter().position(|column| column.name == **name).unwrap();
    table
        .rows
        .iter()
        .map(|row| {
            let word = |name: &&str| match &row[place(name)] {
                Cell::Text(text) => text.clone(),
                other => panic!("{name} is {other:?}"),
            };
            let number = |name: &&str| match &row[place(name)] {
                Cell::Integer(number) => *number as f64,
                Cell::Nanos(nanos) => *nanos as f64 / 1e9,
                other => panic!("{name} is {other:?}"),
            };
            (words.iter().map(word).collect(), numbers.iter().map(number).collect())
        })
        .collect()
}

#[test]
fn c18_little_text_comes_within_a_minute_at_2400_bits_per_second_and_an_attachment_does_not() {
    let findings = tried("c18");
    assert!(
        matches!(&findings.verdict, Verdict::DependsOn(what) if what.contains("rate")),
        "{}",
        findings.verdict
    );
    let limits: Vec<f64> =
        rows(&findings.tables[1], &[], &["messages_within_1min"]).into_iter().map(|(_, n)| n[0]).collect();
    let (text, attached) = limits.split_at(5);
    assert!(text.is_sorted(), "the links stand in order of their rates: {limits:?}");
    assert!(text[1] >= 3.0 && text[3] >= 20.0, "{limits:?}");
    assert!(attached[..2] == [0.0, 0.0] && attached[4] < 10.0, "{limits:?}");
}

#[test]
fn c19_imap_leads_wherever_some_of_much_mail_is_read_and_choosing_is_most_of_it() {
    let findings = tried("c19");
    assert_eq!(findings.verdict, Verdict::Holds);
    let columns = ["messages", "read", "pop3_v34-28800", "imap_v34-28800", "pop3_top_v34-28800"];
    for (mail, figures) in rows(&findings.tables[0], &["mail"], &columns) {
        let [messages, read, pop3, imap, top] = figures[..] else { panic!() };
        if messages >= 50.0 && read <= messages / 2.0 {
            assert!(imap < 0.65 * pop3, "{mail:?} {figures:?}");
        }
        if (messages, read) == (200.0, 20.0) {
            assert!(imap < top && top < pop3 && pop3 - top > top - imap, "{mail:?} {figures:?}");
        }
    }
    assert!(rows(&findings.tables[1], &[], &["share"]).iter().all(|(_, share)| share[0] >= 75.0));
}

#[test]
fn c20_at_dear_rates_imap_beats_pop3_off_line_and_loses_with_the_line_up() {
    let findings = tried("c20");
    assert!(matches!(&findings.verdict, Verdict::DependsOn(what) if what.contains("hangs up")));
    let strategies = ["pop3-fetch-all-delete", "imap-headers-first", "imap-text-parts", "imap-online"];
    let quarter = rows(&findings.tables[0], &["tariff"], &["read"]);
    let costs = rows(&findings.tables[0], &["currency"], &strategies);
    for ((way, read), (currency, costs)) in quarter.iter().zip(&costs) {
        assert_eq!(currency[0], "USD", "one chart shows one currency");
        let [pop3, headers, text, online] = costs[..] else { panic!() };
        assert!(text <= headers && text < pop3, "{way:?} {read:?} {costs:?}");
        if (read[0] - 25.0).abs() < 0.5 {
            assert!(headers < pop3 && online > pop3, "{way:?} {costs:?}");
        }
    }
}

#[test]
fn c21_the_ratio_is_about_15_by_the_minute_small_by_long_pulses_and_below_1_by_the_call() {
    let findings = tried("c21");
    assert_eq!(findings.verdict, Verdict::DependsOn("how the tariff counts".to_owned()));
    let ratios = ["imap_online_x_pop3", "imap_fetch_all_x_pop3"];
    for (names, ratios) in rows(&findings.tables[0], &["tariff", "link"], &ratios) {
        let expected = match (names[0].as_str(), names[1].as_str()) {
            ("us-att-1989-0926", "v34-28800:plain") => 13.0..=17.0,
            // Fetching alone takes more than six minutes at 2400 bit/s.
            ("us-att-1989-0926", _) => 3.0..=8.0,
            // The least charge for each of POP3's calls is 43 seconds' worth by day and more in the evening.
            ("bt-local-1997", _) => 3.0..=8.0,
            ("de-dtag-1995-local", _) => 1.5..=3.0,
            _ => 0.4..=0.6,
        };
        assert!(expected.contains(&ratios[0]), "{names:?}: {ratios:?}");
        assert!(
            (0.9..=1.1).contains(&ratios[1]),
            "used alike, the protocols cost alike: {names:?}: {ratios:?}"
        );
    }
}

#[test]
fn c22_attachments_overturn_the_example_over_a_slow_line_and_not_over_a_faster_one() {
    let findings = tried("c22");
    assert!(matches!(&findings.verdict, Verdict::DependsOn(_)));
    let numbers = ["attachments", "imap_online_text_x_pop3", "imap_text_parts_x_pop3"];
    for (names, figures) in rows(&findings.tables[0], &["tariff", "link"], &numbers) {
        let [attachments, online, off_line] = figures[..] else { panic!() };
        assert!(off_line <= 1.0, "{names:?} {figures:?}");
        if names[0] != "au-local-1999" {
            let overturned = names[1] == "v22bis-2400" && attachments >= 10.0;
            assert_eq!(online < 1.0, overturned, "{names:?} {figures:?}");
        }
    }
}

#[test]
fn c29_a_pop3_client_that_goes_by_size_has_the_small_messages_before_the_huge_one() {
    let findings = tried("c29");
    assert!(matches!(&findings.verdict, Verdict::DependsOn(what) if what.contains("client")));
    let there = rows(&findings.tables[0], &["strategy"], &["first_behind_s", "all_59_behind_s", "hung_up_s"]);
    for link in there.chunks(5) {
        let [in_order, by_size, fetch_all, _, text_parts] = link else { panic!() };
        assert!(by_size.1[1] < in_order.1[0], "{link:?}");
        assert!(text_parts.1[1] < by_size.1[1], "{link:?}");
        assert!(fetch_all.1[0] > 0.95 * in_order.1[0], "IMAP in order waits as long: {link:?}");
        let asking = by_size.1[2] - in_order.1[2];
        assert!(asking.abs() < 10.0, "LIST is all that choosing costs: {link:?}");
    }
}

#[test]
fn c33_headers_first_beat_fetching_all_until_nearly_all_is_read_and_lose_to_text_parts() {
    let findings = tried("c33");
    assert!(matches!(&findings.verdict, Verdict::DependsOn(_)));
    let strategies = ["read", "imap-headers-first", "imap-text-parts", "imap-fetch-all", "imap-online"];
    for (mail, figures) in rows(&findings.tables[0], &["mail"], &strategies) {
        let [read, headers, text, all, online] = figures[..] else { panic!() };
        assert_eq!(headers < all, read < 95.0, "{mail:?} {figures:?}");
        assert!(online > headers, "{mail:?} {figures:?}");
        if mail[0] != "text only" && read >= 5.0 {
            assert!(text < headers, "{mail:?} {figures:?}");
        }
    }
}

#[test]
fn c36_only_new_messages_come_but_the_list_of_unique_ids_grows_with_what_is_kept() {
    let findings = tried("c36");
    assert_eq!(findings.verdict, Verdict::Holds);
    let visits =
        rows(&findings.tables[0], &[], &["kept", "new_mail", "uidl_content", "uidl_around", "imap_around"]);
    let first = &visits[0].1;
    for (_, visit) in &visits {
        let [kept, new, content, around, imap] = visit[..] else { panic!() };
        assert!((new - content).abs() < 0.5, "{visit:?}");
        assert!(imap < 1000.0, "{visit:?}");
        if kept > 0.0 {
            // A message-number, a space, a unique-id, CR LF.
            assert!((10.0..=80.0).contains(&((around - first[3]) / kept)), "{visit:?}");
        }
    }
}

#[test]
fn a_trial_gives_the_same_findings_in_whatever_order_its_jobs_are_done() {
    struct Backwards;
    impl Workers for Backwards {
        fn each(&self, jobs: usize, job: &(dyn Fn(usize) + Sync)) -> Result<(), Stopped> {
            (0..jobs).rev().for_each(job);
            Ok(())
        }
    }
    let trial = named("c21").unwrap().trial().unwrap();
    assert_eq!(trial.run(&Backwards), trial.run(&Alone));
}

#[test]
fn a_trial_that_is_stopped_has_no_findings() {
    struct Lazy;
    impl Workers for Lazy {
        fn each(&self, _: usize, _: &(dyn Fn(usize) + Sync)) -> Result<(), Stopped> {
            Err(Stopped)
        }
    }
    for trial in TRIALS {
        assert_eq!(trial.run(&Lazy), Err(Failure::Stopped), "{}", trial.id);
    }
}

#[test]
fn c12_etrn_takes_fewer_turns_than_pop3_for_everybody_and_sends_a_message_for_all_once() {
    let findings = named("c12").unwrap().trial().unwrap().run(&Alone).unwrap();
    let rows = rows(
        &findings.tables[0],
        &["link", "way"],
        &["for_all", "turns", "line_bytes", "connected_s", "calls"],
    );
    let of = |link: &str, way: &str, for_all: u32| {
        let found = rows
            .iter()
            .find(|(words, numbers)| words[0] == link && words[1] == way && numbers[0] as u32 == for_all);
        found.unwrap().1.clone()
    };
    for link in ["v22bis-2400", "v34-28800:plain", "isdn-64k"] {
        for for_all in [0, 4] {
            let [etrn, one, each] =
                ["etrn", "pop3-one-call", "pop3-a-call-each"].map(|way| of(link, way, for_all));
            assert!(etrn[1] < one[1] && etrn[1] < each[1], "turns over {link}");
            assert!(etrn[3] < one[3] && one[3] < each[3], "time over {link}");
            assert_eq!([etrn[4] as u32, one[4] as u32, each[4] as u32], [1, 1, 20]);
        }
        // Four messages for all: twenty times each by POP3, once by ETRN.
        let more = |way: &str| of(link, way, 4)[2] / of(link, way, 0)[2];
        let (pop3, etrn) = (more("pop3-one-call"), more("etrn"));
        assert!(pop3 > 1.5 && etrn < 1.3 && etrn < pop3, "bytes over {link}: {pop3} and {etrn}");
    }
}

#[test]
fn what_dialogues_show_holds() {
    for id in ["c6", "c7", "c8", "c9", "c10", "c11", "c13", "c28", "c31", "c37", "c38", "c40", "c41"] {
        let findings = tried(id);
        assert_eq!(findings.verdict, Verdict::Holds, "{id}: {:#?}", findings.region);
    }
    // Looking and filing at the server take a small part of what fetching takes.
    for id in ["c7", "c8"] {
        let bytes = rows(&tried(id).tables[0], &["dialogue"], &["app_bytes_down"]);
        let [(_, there), (_, here)] = &bytes[..] else { panic!() };
        assert!(there[0] * 10.0 < here[0], "{id}: {bytes:?}");
    }
}

#[test]
fn c11_a_library_hears_much_more_than_a_workstation_that_comes_back() {
    let bytes = rows(&tried("c11").tables[0], &["dialogue"], &["app_bytes_down"]);
    let [(_, own), (_, public), (_, imap)] = &bytes[..] else { panic!() };
    assert!(public[0] > 1.5 * own[0] && public[0] > 1.5 * imap[0], "{bytes:?}");
}

#[test]
fn c15_a_frame_costs_something_and_compressed_headers_pay_it_back() {
    let findings = tried("c15");
    assert!(
        matches!(&findings.verdict, Verdict::DependsOn(what) if what.contains("compressed")),
        "{}",
        findings.verdict
    );
    for (words, figures) in
        rows(&findings.tables[0], &["framing", "stack"], &["mtu", "more_than_ip", "not_mail"])
    {
        let [mtu, more, not_mail] = figures[..] else { panic!() };
        match words[0].as_str() {
            "IP alone" => assert!(more == 0.0 && not_mail > 0.0, "{words:?}"),
            // Where long packets need few frames, one acknowledgement more or less outweighs them all.
            "SLIP" | "PPP" => assert!(more > -1.0 && more < 10.0, "{words:?} {figures:?}"),
            // Where nothing but headers of 1990 is sent VJ is worth most.
            _ if words[1].contains("1990") && mtu < 300.0 => assert!(more < -5.0, "{words:?} {figures:?}"),
            _ => assert!(more < 3.0, "{words:?} {figures:?}"),
        }
    }
}

#[test]
fn c23_a_strategy_helps_only_whoever_does_not_want_all() {
    let findings = tried("c23");
    assert!(
        matches!(&findings.verdict, Verdict::DependsOn(_)),
        "{}: {:?}",
        findings.verdict,
        findings.region
    );
    let ways = ["us-intl-japan-1990", "us-hotel-local"];
    for (words, costs) in rows(&findings.tables[0], &["wants", "currency"], &ways) {
        assert_eq!(words[1], "USD");
        assert!(costs[1] < costs[0], "{words:?} {costs:?}");
    }
}

#[test]
fn c32_is_judged_by_what_loss_adds_to_each_way_of_fetching() {
    let findings = tried("c32");
    let figures = rows(&findings.tables[0], &["strategy"], &["connected_s", "repeated_packets"]);
    let adds: Vec<f64> = figures
        .chunks(4)
        .map(|row| {
            let [(_, clean), lossy @ ..] = row else { panic!() };
            let most = &lossy.last().unwrap().1;
            assert!(clean[0] < most[0] && clean[1] < most[1], "{row:?}");
            lossy.iter().map(|(_, figures)| figures[0] / clean[0] - 1.0).sum::<f64>() / lossy.len() as f64
        })
        .collect();
    let [pop3, all, headers, turns] = adds[..] else { panic!("{adds:?}") };
    let less = |imap: f64| imap < 0.5 * pop3;
    let verdict = match (less(all) && less(headers), less(turns)) {
        (true, true) => Verdict::Holds,
        (true, false) => Verdict::DependsOn("how many turns the client takes".to_owned()),
        (false, _) => Verdict::Fails,
    };
    assert_eq!(findings.verdict, verdict, "{adds:?}");
}

#[test]
fn c35_whoever_remembers_what_is_there_survives_cuts() {
    let cut = tried("c35");
    assert!(
        matches!(&cut.verdict, Verdict::DependsOn(what) if what.contains("remembers")),
        "{}: {:#?}",
        cut.verdict,
        cut.region
    );
}

#[test]
fn what_the_pops_and_smtp_can_say_is_as_their_dialogues_show() {
    for id in ["c2", "c34", "c43", "c44"] {
        assert_eq!(tried(id).verdict, Verdict::Holds, "{id}: {:?}", tried(id).region);
    }
    for (id, on) in [("c1", "ETRN"), ("c3", "year"), ("c4", "year"), ("c39", "server"), ("c42", "user@host")]
    {
        let findings = tried(id);
        assert!(
            matches!(&findings.verdict, Verdict::DependsOn(what) if what.contains(on)),
            "{id}: {:?}",
            findings.region
        );
    }
}

#[test]
fn c5_a_session_spared_is_worth_few_answers_against_smtp_in_groups() {
    let findings = tried("c5");
    assert!(
        matches!(&findings.verdict, Verdict::DependsOn(what) if what.contains("how many")),
        "{}",
        findings.verdict
    );
    let figures = rows(&findings.tables[0], &["link", "way"], &["answers", "connected_s"]);
    let seconds = |link: &str, way: &str, answers: f64| {
        figures
            .iter()
            .find(|(words, n)| words[0] == link && words[1] == way && (n[0] - answers).abs() < 0.5)
            .unwrap()
            .1[1]
    };
    for link in ["v22bis-2400", "vsat-geo:plain"] {
        let groups = "SMTP, groups and chunks";
        assert!(seconds(link, "XTND XMIT", 1.0) < seconds(link, groups, 1.0), "{link}");
        assert!(seconds(link, "XTND XMIT", 10.0) < seconds(link, "SMTP, lock-step", 10.0), "{link}");
    }
    assert!(
        seconds("vsat-geo:plain", "XTND XMIT", 10.0)
            > seconds("vsat-geo:plain", "SMTP, groups and chunks", 10.0)
    );
}

#[test]
fn c45_tls_comes_both_ways_and_port_995_is_the_quicker_one_today() {
    let findings = tried("c45");
    assert!(matches!(&findings.verdict, Verdict::DependsOn(what) if what.contains("both work")));
    let figures = rows(&findings.tables[0], &["link", "way"], &["connected_s", "app_bytes_down"]);
    let of = |link: &str, way: &str| {
        figures.iter().find(|(words, _)| words[0] == link && words[1] == way).unwrap().1.clone()
    };
    for link in ["bell212a-1200", "v22bis-2400", "v34-28800:plain", "vsat-geo:plain"] {
        let [clear, stls, own] = ["in clear", "STLS at 110", "TLS at 995"].map(|way| of(link, way));
        assert!(clear[0] < own[0] && own[0] < stls[0], "{link}");
        assert!(own[1] > clear[1] + 1853.0, "{link}");
    }
}

#[test]
fn c24_a_server_saves_every_retry_but_mail_crosses_twice() {
    let findings = tried("c24");
    assert!(
        matches!(&findings.verdict, Verdict::DependsOn(what) if what.contains("bandwidth")),
        "{}",
        findings.verdict
    );
    let figures = rows(
        &findings.tables[0],
        &["tcp"],
        &["message", "off", "calls_in_vain", "ip_bytes_directly", "ip_bytes_by_server"],
    );
    for (_, numbers) in &figures {
        let [_, hours, tries, ..] = numbers[..] else { panic!("five columns") };
        assert!(
            (tries - hours * 2.0).abs() < 0.5,
            "one at once, then one every half hour: {tries} in {hours}"
        );
    }
    let of = |size: f64, hours: f64| {
        figures
            .iter()
            .find(|(_, n)| (n[0] - size).abs() < 0.5 && (n[1] - hours).abs() < 0.5)
            .unwrap()
            .1
            .clone()
    };
    let (short, long) = (of(2000.0, 110.0), of(50_000.0, 1.0));
    assert!(short[3] > short[4] && long[3] < long[4], "{figures:?}");
}

#[test]
fn c25_whoever_knows_lengths_fills_the_disk_and_nothing_comes_in_vain() {
    let findings = tried("c25");
    assert_eq!(findings.verdict, Verdict::Holds, "{:?}", findings.region);
    let figures = rows(&findings.tables[0], &["way"], &["free", "kept", "wasted_bytes", "left_at_server"]);
    for (words, numbers) in &figures {
        let [free, kept, wasted, left] = numbers[..] else { panic!("four columns") };
        let knows = words[0].contains("LIST") || words[0].contains("READ");
        assert!(!knows || wasted < 0.5, "{words:?} {numbers:?}");
        match (words[0].contains("hangs up"), free > 1e6) {
            (true, false) => {
                assert!((left - 20.0).abs() < 0.5, "without QUIT nothing is removed: {numbers:?}")
            }
            _ => assert!((kept + left - 20.0).abs() < 0.5, "{words:?} {numbers:?}"),
        }
    }
}
