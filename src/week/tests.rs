//! Weeks against the referee.

use super::*;

fn week() -> Week {
    Week::of_three_places(1998, 24).unwrap()
}

#[test]
fn a_shared_mailbox_loses_nothing_and_shows_the_same_everywhere() {
    let week = week();
    for way in [Way::ImapOnline, Way::ImapFlags, Way::ImapQresync, Way::Dmsp] {
        let lived = live(&week, way).unwrap();
        assert!(lived.places.iter().all(|place| place.outcome.is_ok()), "{}", way.word());
        assert_eq!(lived.verdicts.places, [Judgement::default(); 3], "{}", way.word());
        assert_eq!(lived.verdicts.double_at_server, 0);
        assert!(lived.verdicts.acts > 24);
    }
}

#[test]
fn a_maildrop_is_for_one_workstation() {
    let week = week();
    let delete = live(&week, Way::Pop3Delete).unwrap().verdicts;
    let sum = |verdicts: &Verdicts, of: fn(&Judgement) -> u64| verdicts.places.iter().map(of).sum::<u64>();
    assert!(sum(&delete, |j| j.lost) > 0 && sum(&delete, |j| j.absent) > 10, "{delete:?}");
    let leave = live(&week, Way::Pop3Leave).unwrap().verdicts;
    assert!(sum(&leave, |j| j.ghost) > 0 && sum(&leave, |j| j.stale) > 5, "{leave:?}");
    assert_eq!(leave.double_at_server, 0);
}

#[test]
fn the_same_seed_gives_the_same_week_and_another_one_another() {
    let acts = |seed| Week::of_three_places(seed, 24).unwrap().acts;
    assert_eq!(acts(1), acts(1));
    assert_ne!(acts(1), acts(2));
    let week = week();
    assert!(
        week.sittings.windows(2).all(|two| two[0].at < two[1].at && two[0].acts.end == two[1].acts.start)
    );
    let lived = [live(&week, Way::Dmsp).unwrap()];
    let again = [live(&week, Way::Dmsp).unwrap()];
    assert_eq!(table(&week, &lived).to_csv(), table(&week, &again).to_csv());
    assert!(chart(&week, &lived).contains("dmsp"));
}

#[test]
fn lines_that_drop_lose_no_act() {
    let mut week = week();
    week.chance = true;
    for way in [Way::ImapQresync, Way::Dmsp] {
        let lived = live(&week, way).unwrap();
        let lost: u64 = lived.verdicts.places.iter().map(|place| place.lost).sum();
        assert_eq!(lost, 0, "{}", way.word());
    }
}

/// A referee that finds nothing is worth nothing: here are a ghost, a loss, a doubled message and stale flags.
#[test]
fn the_referee_sees_what_is_wrong() {
    let week = week();
    let mut lived = live(&week, Way::Dmsp).unwrap();
    let deleted = &week.acts.iter().find(|act| act.deed == Deed::Delete).unwrap().look;
    let kept = referee::truth(&week).into_keys().next().unwrap();
    let mail = &mut lived.places[0].mail;
    let (mailbox, number) = mail.find(&kept).unwrap();
    let mut message = mail.message(&mailbox, number).unwrap().clone();
    message.marks = crate::station::Marks(message.marks.0 ^ 2);
    let ghost = crate::station::LocalMessage { look: deleted.clone(), ..message.clone() };
    let messages = &mut mail.mailboxes.get_mut(&mailbox).unwrap().messages;
    messages.insert(9001, message);
    messages.insert(9002, ghost);
    let found = referee::judge(&week, Way::Dmsp, &lived.world, &lived.places).places[0];
    assert_eq!((found.double, found.ghost, found.stale, found.absent), (1, 1, 1, 0));
    // That it is gone at the server does not help whoever still sees it where it was deleted.
    let place = week.sittings.iter().find(|sitting| {
        sitting.acts.clone().any(|nth| week.acts[nth].deed == Deed::Delete && week.acts[nth].look == *deleted)
    });
    assert_eq!(found.lost, u64::from(place.unwrap().place == 0));
}
