//! Whole mailboxes: sizes as published, lines as the standards want them, the same octets each time.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::mail::body::BodySource;
use crate::mail::summary::{Summary, field};

fn mailbox(period: &str, count: u32) -> Generator {
    Generator::new(Period::named(period).unwrap(), 7, count)
}

/// Total sizes of a mailbox, sorted, and their mean.
fn totals(generator: &Generator) -> (Vec<u32>, f64) {
    let mut totals: Vec<u32> = (0..generator.count()).map(|index| generator.total(index)).collect();
    totals.sort_unstable();
    let mean = totals.iter().map(|n| f64::from(*n)).sum::<f64>() / totals.len() as f64;
    (totals, mean)
}

#[track_caller]
fn assert_near(what: &str, measured: f64, published: f64, tolerance: f64) {
    let off = measured / published - 1.0;
    assert!(off.abs() <= tolerance, "{what}: {measured:.0}, should be {published} within {tolerance}");
}

#[test]
fn sizes_meet_the_check_values_of_each_period() {
    // Median, 90th percentile and mean in octets. Means rest on a few large messages: 40 000 draws scatter by a
    // few per cent, and the check values are rounded to two digits.
    for (name, median, p90, mean) in [
        ("1988", 1_200.0, Some(3_100.0), 1_800.0),
        ("1994", 1_600.0, Some(4_000.0), 2_600.0),
        ("1998", 2_600.0, Some(11_000.0), 10_000.0),
        ("2001-lists", 3_600.0, None, 7_000.0),
        ("2003-home", 4_000.0, None, 34_000.0),
        ("2003-office", 6_000.0, None, 76_500.0),
    ] {
        let (totals, measured_mean) = totals(&mailbox(name, 40_000));
        assert_near(&format!("median of {name}"), f64::from(totals[20_000]), median, 0.08);
        if let Some(p90) = p90 {
            assert_near(&format!("p90 of {name}"), f64::from(totals[36_000]), p90, 0.10);
        }
        assert_near(&format!("mean of {name}"), measured_mean, mean, 0.12);
    }
}

#[test]
fn a_message_is_as_long_as_planned() {
    for name in ["1988", "1994", "1998", "2001-lists", "2003-home"] {
        let generator = mailbox(name, 300);
        for index in 0..generator.count() {
            let (octets, total) = (generator.octets(index).len(), generator.total(index) as usize);
            if generator.sizes(index).text > 1_200 && generator.sizes(index).header > 300 {
                assert_eq!(octets, total, "message {index} of {name}");
            }
            assert!(
                octets >= total && octets < total + 1_200,
                "message {index} of {name}: {octets} for {total}"
            );
        }
    }
}

#[test]
fn every_line_is_ended_and_none_is_too_long() {
    for period in Period::all() {
        let generator = Generator::new(period, 3, 120);
        for index in 0..generator.count() {
            let octets = Generator::octets(&generator, index);
            assert!(octets.ends_with(b"\r\n"));
            for line in octets.split_inclusive(|octet| *octet == b'\n') {
                let whole = String::from_utf8_lossy(line);
                let line =
                    line.strip_suffix(b"\r\n").unwrap_or_else(|| panic!("{whole:?} in message {index}"));
                assert!(line.len() <= 998 && !line.contains(&b'\r') && !line.contains(&0));
            }
        }
    }
}

#[test]
fn messages_of_a_prescribed_size_have_it() {
    for octets in [128, 129, 200, 511, 1_000, 1_001, 8_192, 100_000] {
        let generator = mailbox("1998", 60).of_exact_size(octets);
        for index in 0..60 {
            assert_eq!(Generator::octets(&generator, index).len(), octets as usize, "message {index}");
        }
    }
}

#[test]
fn the_mean_size_can_be_set_and_no_message_shrinks_as_it_grows() {
    for (period, seed) in [("1988", 1), ("1998", 7), ("1998", 1998), ("2003-office", 3)] {
        let plain = Generator::new(Period::named(period).unwrap(), seed, 60);
        let mut before = vec![0; 60];
        for mean in [600, 1_000, 3_000, 10_000, 50_000, 1_000_000] {
            let generator = plain.clone().with_mean_size(mean);
            let now: Vec<u32> = (0..60).map(|index| generator.total(index)).collect();
            let sum: u64 = now.iter().map(|octets| u64::from(*octets)).sum();
            assert_near(&format!("mean of {period}"), sum as f64 / 60.0, f64::from(mean), 0.01);
            assert!(before.iter().zip(&now).all(|(a, b)| a <= b), "{period} {mean}");
            before = now;
        }
    }
}

/// The embedded mailbox must not change by accident: results that people compare rest on it. Whoever changes it
/// on purpose puts the new digest here and says so in the change log.
#[test]
fn the_embedded_mailbox_is_the_same_octets_on_every_machine() {
    use md5::{Digest, Md5};
    let mut hash = Md5::new();
    for Generated { message, received } in messages(embedded()) {
        hash.update(message.octets().unwrap());
        hash.update(received.unix.to_be_bytes());
    }
    let digest: String = hash.finalize().iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(digest, "103c2dbc3631af379a347d784d734747");
}

#[test]
fn generated_structure_is_what_the_parser_finds() {
    let mut seen = std::collections::BTreeMap::new();
    for period in Period::all() {
        let generator = Generator::new(period, 11, 150).with_attachments(0.3);
        for index in 0..150 {
            let plan = plan::Plan::of(&generator, index);
            let octets = Generator::octets(&generator, index);
            let part = crate::mail::mime::parse(&octets);
            let attached = plan.sizes.attachment > 0 && !plan.form.uuencoded;
            let kinds: Vec<String> =
                part.leaves().map(|leaf| format!("{}/{}", leaf.kind, leaf.subtype)).collect();
            assert_eq!(kinds.len(), 1 + usize::from(plan.form.html) + usize::from(attached), "{kinds:?}");
            assert_eq!(kinds[0], "text/plain");
            assert_eq!(part.is("multipart", "mixed"), attached);
            if let Some(file) = part.leaves().last().filter(|_| attached) {
                let body = &octets[file.body.start as usize..file.body.end as usize];
                assert_eq!(
                    crate::mail::decode::transfer(file.encoding(), body).len(),
                    plan.sizes.attachment as usize
                );
                assert_eq!(file.details.as_ref().unwrap().disposition.as_ref().unwrap().kind, "attachment");
            }
            *seen
                .entry((attached, plan.form.html, plan.form.uuencoded && plan.sizes.attachment > 0))
                .or_insert(0) += 1;
        }
    }
    assert_eq!(seen.len(), 5, "plain, HTML, attachment, both, uuencode: {seen:?}");
}

#[test]
fn a_share_of_attachments_is_that_share() {
    let with = |share| {
        let generator = mailbox("1998", 2_000).with_attachments(share);
        (0..2_000).filter(|index| generator.sizes(*index).attachment > 0).collect::<Vec<_>>()
    };
    assert!(with(0.0).is_empty() && with(f64::NAN).is_empty());
    assert_eq!(with(7.0).len(), 2_000);
    let (some, more) = (with(0.09), with(0.3));
    assert!((140..=220).contains(&some.len()), "{}", some.len());
    assert!(some.iter().all(|index| more.contains(index)));
}

#[test]
fn dates_rise_and_message_ids_differ() {
    let generator = Arc::new(mailbox("1998", 400));
    let mut last = i64::MIN;
    let mut ids = std::collections::BTreeSet::new();
    for Generated { message, received } in messages(generator.clone()) {
        assert!(received.unix >= last);
        last = received.unix;
        assert!(ids.insert(Summary::of(&message).message_id));
    }
    assert!(last <= generator.period().newest().unix);
}

#[test]
fn an_answer_names_and_quotes_what_it_answers() {
    let generator = mailbox("1998", 200);
    let mut answers = 0;
    for index in 0..200 {
        let octets = Generator::octets(&generator, index);
        let Some(parent) = field(&octets, b"in-reply-to") else { continue };
        answers += 1;
        let known = (0..index).map(|earlier| Generator::octets(&generator, earlier));
        let known = known.filter(|octets| field(octets, b"message-id").as_deref() == Some(&parent)).count();
        assert_eq!(known, 1, "message {index}");
        assert!(field(&octets, b"subject").unwrap().starts_with(b"Re: "));
        let references = field(&octets, b"references").unwrap();
        assert!(references.ends_with(&parent));
    }
    assert!((50..110).contains(&answers), "{answers}");
}

#[test]
fn a_quoted_line_is_a_line_of_the_quoted_message() {
    let generator = mailbox("1998", 150).of_exact_size(6_000);
    let mut checked = 0;
    for index in 0..150 {
        let plan = plan::Plan::of(&generator, index);
        let (Some(parent), plan::Letters::Ascii) = (plan.parent(), plan.form.letters) else { continue };
        let (child, parent) = (Generator::octets(&generator, index), Generator::octets(&generator, parent));
        let line = child
            .split(|octet| *octet == b'\n')
            .find(|line| line.starts_with(b"> ") && line.len() > 20)
            .unwrap();
        if line.starts_with(b"> > ") {
            continue;
        }
        assert!(memchr::memmem::find(&parent, &line[2..]).is_some(), "message {index}");
        checked += 1;
    }
    assert!(checked > 10, "{checked}");
}

#[test]
fn the_embedded_mailbox_is_what_it_is_said_to_be() {
    let generator = embedded();
    assert_eq!((generator.count(), generator.period().name.as_str()), (60, "1998"));
    let all: Vec<Message> = messages(generator.clone()).map(|generated| generated.message).collect();
    assert!((0..60).any(|index| generator.sizes(index).attachment >= 500_000));
    assert!(all.iter().any(|message| message.size() > 684_000));
    let faq = faq_two_calls();
    assert_eq!((faq.count(), (0..20).map(|index| faq.sizes(index).attachment).max()), (20, Some(0)));
}

#[test]
fn a_large_mailbox_is_made_again_on_demand() {
    let generator = Arc::new(mailbox("1998", 40).with_mean_size(1_000_000));
    let first = messages(generator.clone()).next().unwrap().message;
    let again = BodySource::octets(&*generator, 0).unwrap();
    assert_eq!(Message::new(again.clone()), first);
    assert_eq!(first.octets().unwrap(), again);
    assert!(BodySource::octets(&*generator, 40).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn any_recipe_makes_messages(seed: u64, count in 0..5_u32, mean in prop::option::of(0..200_000_u32), exact in prop::option::of(0..9_000_u32), share in -1.0..2.0, period in 0..6_usize) {
        let mut generator = Generator::new(&Period::all()[period], seed, count).with_attachments(share);
        if let Some(mean) = mean { generator = generator.with_mean_size(mean); }
        if let Some(exact) = exact { generator = generator.of_exact_size(exact); }
        for index in 0..count {
            let octets = Generator::octets(&generator, index);
            prop_assert!(octets.ends_with(b"\r\n") && octets.len() >= generator.total(index) as usize);
            if let Some(exact) = exact {
                prop_assert_eq!(octets.len() as u32, exact.max(Generator::EXACT_MIN));
            }
        }
    }
}
