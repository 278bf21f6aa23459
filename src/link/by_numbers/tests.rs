use proptest::prelude::*;

use super::*;

#[test]
fn a_link_by_numbers_has_these_numbers() {
    let link =
        parse("rate=28800,rate_up=14400,bits=10,frame=8,delay=100ms,mtu=576,queue=20,loss=0,seed=7").unwrap();
    assert_eq!(
        (link.rate_down, link.rate_up),
        (BitRate::new(28_800).unwrap(), BitRate::new(14_400).unwrap())
    );
    assert_eq!((link.delay_down, link.delay_up), (Duration::from_millis(100), Duration::from_millis(100)));
    assert_eq!(
        (link.bits_per_octet, link.mtu, link.queue_down, link.queue_up),
        (10, 576, Queue::of_packets(20), Queue::of_packets(20))
    );
    assert_eq!(link.framing, Framing::None { octets_a_packet: 8 });
    assert_eq!((link.call, link.chance, link.plain), (CallSetup::NONE, Chance::default(), None));
}

#[test]
fn a_rate_is_enough() {
    let link = parse("rate=2400").unwrap();
    assert_eq!((link.rate_up, link.delay_up), (link.rate_down, Duration::ZERO));
    assert_eq!((link.bits_per_octet, link.mtu, link.queue_up), (8, 1500, QUEUE));
    assert_eq!(link.framing, Framing::None { octets_a_packet: 0 });
}

#[test]
fn a_delay_is_exact_in_each_unit() {
    for (text, nanos) in [
        ("40ns", 40),
        ("0.3us", 300),
        ("1.5ms", 1_500_000),
        ("0.000000001s", 1),
        ("1000s", 1_000_000_000_000),
    ] {
        let link = parse(&format!("rate=1,delay={text}")).unwrap();
        assert_eq!(link.delay_down, Duration::from_nanos(nanos), "{text}");
    }
}

#[test]
fn a_wrong_piece_is_pointed_at() {
    for (text, caret, says) in [
        ("rate=0", (5, 1), "1 to 1000000000000"),
        ("rate=fast", (5, 4), "1 to 1000000000000"),
        ("rate=+9", (5, 2), "whole number"),
        ("rate=", (5, 1), "whole number"),
        ("rate=1,rate=2", (7, 6), "twice"),
        ("rate=1,bits=17", (12, 2), "1 to 16"),
        ("rate=1,bits=0", (12, 1), "1 to 16"),
        ("rate=1,frame=65536", (13, 5), "0 to 65535"),
        ("rate=1,delay=100", (13, 3), "as in 100ms"),
        ("rate=1,delay=-1s", (13, 3), "as in 100ms"),
        ("rate=1,delay=1001s", (13, 5), "0 to 1000s"),
        ("rate=1,mtu=67", (11, 2), "68 to 65535"),
        ("rate=1,queue=0", (13, 1), "1 to 1000000"),
        ("rate=1,loss=2", (12, 1), "0 to 1"),
        ("rate=1,loss=-0.1", (12, 4), "0 to 1"),
        ("rate=1,ber=2", (11, 1), "0 to 1"),
        ("rate=1,control=lamp", (15, 4), "did you mean `lapm`?"),
        ("rate=1,control=lapm,bits=10", (25, 2), "eight bits"),
        ("rate=1,compress=v42bis", (16, 6), "add `control=lapm`"),
        ("rate=1,seed=x", (12, 1), "0 to 18446744073709551615"),
        ("rate=1,delya=5ms", (7, 5), "did you mean `delay`?"),
        ("rate=1,,bits=8", (7, 1), "no `key=value`"),
        ("ráte=1", (0, 4), "keys: rate"),
        ("delay=5ms", (0, 9), "try `rate=28800,delay=5ms`"),
    ] {
        let lesson = parse(text).unwrap_err();
        let place = lesson.place().unwrap();
        assert_eq!((place.column, place.width), caret, "{lesson}");
        assert!(lesson.to_string().contains(says), "{lesson}");
    }
}

#[test]
fn a_framing_has_a_name_and_vj_its_slots() {
    let framing = |text: &str| parse(&format!("rate=9600,{text}")).map(|link| link.framing);
    assert_eq!(framing("framing=cslip,slots=4").unwrap(), Framing::Cslip { slots: 4 });
    assert_eq!(framing("frame=8,slots=4").unwrap(), Framing::CountedVj { octets_a_packet: 8, slots: 4 });
    let Ok(Framing::Ppp(ppp)) = framing("framing=ppp-vj,slots=256") else { panic!("no PPP") };
    assert_eq!(ppp.vj, Some(Vj { highest_slot: 255, elide_slot: true }));
    for (wrong, said) in [
        ("framing=cslipp", "did you mean `cslip`?"),
        ("framing=slip,frame=8", "which counts the bytes itself"),
        ("framing=slip,slots=4", "only where headers are compressed"),
        ("framing=cslip,slots=0", "1 to 256"),
    ] {
        let shown = framing(wrong).unwrap_err().to_string();
        assert!(shown.contains(said), "{shown}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "([a-z_]{0,7}=?[0-9a-z.µ-]{0,24},?){0,5}\\PC{0,5}") {
        let _ = parse(&text);
    }
}

#[test]
fn each_way_may_have_its_own_delay_queue_and_loss() {
    let link =
        parse("rate=256000,delay=30ms,delay_up=1s,queue=6000B,queue_up=8,loss=0.01,loss_up=0").unwrap();
    assert_eq!((link.delay_down, link.delay_up), (Duration::from_millis(30), Duration::from_secs(1)));
    assert_eq!((link.queue_down, link.queue_up), (Queue::of_octets(6000), Queue::of_packets(8)));
    assert_eq!((link.loss.down_per_billion, link.loss.up_per_billion), (10_000_000, 0));
    for wrong in ["queue=0", "queue=0B", "queue=B", "queue=1000001", "queue_up=-1", "queue=5b"] {
        let shown = parse(&format!("rate=9600,{wrong}")).unwrap_err().to_string();
        assert!(shown.contains("1 to 1000000 packets"), "{shown}");
    }
}
