//! The line is cut after every octet of a call; the workstation calls again. What is lost, what is there twice?

use super::line::Cut;
use super::*;

/// What is in the end, at the server and on the workstation, and how often Bob has the answer.
type End = (Vec<(String, String, String)>, Vec<(String, String, u16, bool)>, usize);

fn end(line: &Line) -> End {
    let mail = line.disk.mail().unwrap().unwrap();
    assert_eq!((mail.queue.len(), mail.outbox.len()), (0, 0), "nothing is left to be told");
    (seen(&line.lab.store, "alice"), shown(&mail), seen(&line.lab.store, "bob").len())
}

/// One call of a busy workstation, cut after so many octets; and calls until one gets through.
fn called(way: Way, policy: Policy, from: &(Store, LocalMail), cut: Option<(u64, Cut)>) -> (End, u64) {
    let mut line = Line::new(from.0.clone());
    let mut mail = from.1.clone();
    work(&mut mail);
    line.cut_at = cut.map(|(at, _)| at);
    let how = cut.map_or(Cut::Line, |(_, how)| how);
    let mut crossed = 0;
    for call in 0..3 {
        let outcome = line.until(mail, policy, async |station| station.call().await, how);
        if call == 0 {
            crossed = line.crossed;
        }
        if outcome == Some(Ok(())) {
            return (end(&line), crossed);
        }
        mail = line.disk.mail().unwrap().unwrap();
    }
    panic!("{}: three calls were not enough, cut {cut:?}", way.word());
}

/// Cuts a call everywhere. Gives where the answer arrived twice.
fn cut_everywhere(
    way: Way,
    policy: Policy,
    differs: impl Fn(&End, &End) -> bool,
) -> (Vec<u64>, Vec<u64>, u64) {
    let from = settled(way, policy);
    let (whole, octets) = called(way, policy, &from, None);
    assert_eq!(whole.2, 1, "the answer arrives");
    let (mut twice, mut different) = (Vec::new(), Vec::new());
    for how in [Cut::Line, Cut::Plug] {
        for at in 0..octets {
            let (end, _) = called(way, policy, &from, Some((at, how)));
            if end.2 != 1 {
                assert_eq!(end.2, 2, "{}: cut {how:?} at {at}: a message was lost", way.word());
                twice.push(at);
            }
            if differs(&(end.0.clone(), end.1.clone(), 1), &whole) {
                different.push(at);
            }
        }
    }
    (twice, different, octets)
}

/// Nothing is lost or doubled but a sending whose answer was cut off: of that nobody can be asked.
fn survives(way: Way) {
    let (twice, different, octets) = cut_everywhere(way, Policy::default(), |end, whole| end != whole);
    assert!(different.is_empty(), "{}: of {octets} octets, cut at {different:?}", way.word());
    assert!(!twice.is_empty(), "{}: the last answer to a sending can be cut off", way.word());
    let window = twice.iter().max().unwrap() - twice.iter().min().unwrap();
    assert!(window < 80, "{}: {twice:?}", way.word());
}

#[test]
fn a_call_by_dmsp_cut_anywhere_loses_and_doubles_no_change() {
    survives(Way::Dmsp);
}

#[test]
fn a_call_by_imap_cut_anywhere_loses_and_doubles_no_change() {
    survives(Way::ImapFlags);
    survives(Way::ImapQresync);
    survives(Way::ImapCondstore);
    survives(Way::ImapEsearch);
}

#[test]
fn a_call_by_pop3_cut_anywhere_loses_and_doubles_no_change() {
    survives(Way::Pop3Leave);
    survives(Way::Pop3Delete);
}

#[test]
fn a_copy_that_is_not_looked_for_is_there_twice_where_its_answer_was_cut_off() {
    for way in [Way::Dmsp, Way::ImapFlags] {
        let policy = Policy { looks_for_copies: false, ..Policy::default() };
        let copies = |end: &End| end.0.iter().filter(|(mailbox, ..)| mailbox == "Archive").count();
        let (_, doubled, octets) = cut_everywhere(way, policy, |end, _| copies(end) != 1);
        assert!(!doubled.is_empty() && (doubled.len() as u64) < octets / 2, "{}: {doubled:?}", way.word());
    }
}
