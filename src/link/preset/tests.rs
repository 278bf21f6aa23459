//! Every preset resolves or says why not.

use super::*;
use crate::time::NANOS_PER_SECOND;

#[test]
fn every_preset_is_read_with_its_sources() {
    assert_eq!(Preset::all().len(), 47);
    for preset in Preset::all() {
        assert!(
            !preset.sources.is_empty() && preset.sources.iter().all(|s| s.contains('|')),
            "{}",
            preset.name
        );
        assert!(!preset.stages.is_empty() && preset.mtu >= 68, "{}", preset.name);
    }
}

#[test]
fn every_preset_that_carries_ip_works_as_sourced_and_plain() {
    let (mut same, mut refused) = (Vec::new(), Vec::new());
    for preset in Preset::all() {
        let name = preset.name.as_str();
        match (resolve(name), resolve(&format!("{name}:plain"))) {
            (Ok(sourced), Ok(plain)) => {
                assert_eq!((sourced.name.as_str(), &sourced.plain), (name, &None));
                match &plain.plain {
                    None => {
                        assert_eq!(sourced, plain);
                        same.push(name);
                    }
                    Some(left_out) => {
                        assert!(!left_out.is_empty() && plain.name == format!("{name}:plain"));
                        assert_eq!((plain.rate_down, plain.delay_up), (sourced.rate_down, sourced.delay_up));
                        assert_eq!(plain.bearer, Bearer::default());
                        assert_ne!(
                            (plain.bearer, plain.bits_per_octet, plain.framing),
                            (sourced.bearer, sourced.bits_per_octet, sourced.framing),
                            "{name}"
                        );
                    }
                }
            }
            (Err(lesson), Err(_)) => {
                assert!(lesson.what().contains("carries no IP"), "{lesson}");
                assert!(!preset.carries_ip());
                refused.push(name);
            }
            (sourced, plain) => panic!("{name}: {sourced:?}, {plain:?}"),
        }
    }
    assert_eq!(
        same,
        [
            "bell103-300",
            "bell212a-1200",
            "v22bis-2400",
            "inmarsat-b-9600",
            "inmarsat-minim",
            "lte-4g",
            "leo-modern",
            "lan-10m",
            "lan-gigabit"
        ]
    );
    assert_eq!(refused, ["mobitex-8000", "ardis-4800", "pactor1", "pactor2", "pactor3", "inmarsat-c"]);
}

#[test]
fn a_modem_of_1984_is_an_asynchronous_line_with_slip() {
    let link = resolve("v22bis-2400").unwrap();
    assert_eq!((link.bits_per_octet, &link.framing, link.mtu), (10, &Framing::Slip, 296));
    assert_eq!((link.rate_down, link.delay_up), (BitRate::new(2400).unwrap(), Duration::from_millis(30)));
    let secs = Duration::from_secs;
    let call = CallSetup { unbilled: secs(12), billed: secs(4), billed_from_dial: false, channels: 1 };
    assert_eq!(link.call, call);
    assert_eq!(link.chance.bit_errors_per_billion, 10_000);
    assert!(link.sources.iter().any(|source| source.starts_with("RFC 1055 SLIP")));
}

#[test]
fn plain_keeps_rate_delay_set_up_and_mtu_and_says_what_it_left_out() {
    let link = resolve("v34-28800:plain").unwrap();
    assert_eq!((link.bits_per_octet, &link.framing, link.mtu), (8, &Framing::PPP_USUAL, 1500));
    assert_eq!((link.rate_up, link.delay_down), (BitRate::new(28_800).unwrap(), Duration::from_millis(55)));
    assert_eq!((link.call.unbilled, link.call.billed), (Duration::from_secs(12), Duration::from_secs(12)));
    assert_eq!(link.plain.unwrap(), ["v42bis", "lapm"]);
    let sourced = resolve("v34-28800").unwrap();
    assert_eq!(sourced.plain, None);
    assert_eq!(sourced.bearer.carrier, Carrier::Blocks(blocks::Rules::LAPM));
    assert_eq!(sourced.bearer.compression, Compression::V42bis(Parameters::USUAL));
    assert_eq!(
        sourced.to_string(),
        "v34-28800: 28.8 kbit/s, 55.0 ms each way, V.42bis in blocks of 128 with check and repeat, PPP with VJ headers, MTU 1500, \
         12.00 s to dial and 12.00 s to connect"
    );
}

#[test]
fn an_asynchronous_line_stays_one_without_its_compression() {
    let link = resolve("iridium-2400:plain").unwrap();
    assert_eq!((link.bits_per_octet, link.framing), (10, Framing::PPP_USUAL));
    assert_eq!(link.plain.unwrap(), ["v42bis-gw"]);
}

#[test]
fn a_bundle_of_channels_and_airtime_from_dialling_reach_the_bill() {
    assert_eq!(resolve("isdn-128k:plain").unwrap().call.channels, 2);
    assert!(resolve("amps-9600:plain").unwrap().call.billed_from_dial);
    assert!(!resolve("lan-10m").unwrap().call.is_dialled());
    assert_eq!(resolve("lan-10m").unwrap().framing, Framing::None { octets_a_packet: 38 });
}

#[test]
fn the_default_links_are_plain_only_where_they_must_be() {
    for name in DEFAULT_LINKS {
        let link = resolve(name).unwrap();
        assert_eq!(link.name, name);
        assert_eq!(link.plain.is_some(), name.ends_with(":plain"), "{name}");
    }
}

#[test]
fn an_unknown_name_gets_the_nearest_and_an_unknown_variant_the_two() {
    let shown = resolve("v34-2880").unwrap_err().to_string();
    assert!(shown.contains("did you mean `v34-28800`?"), "{shown}");
    let shown = resolve("v34-28800:plian").unwrap_err().to_string();
    assert!(shown.contains("v34-28800:plain"), "{shown}");
    assert!(resolve("v34-2880:plain").unwrap_err().to_string().contains("`v34-28800`"));
    assert!(resolve("rate=2400,delay=5ms").is_ok());
    assert!(resolve("").unwrap_err().what().contains("no link"));
}

#[test]
fn measured_round_trips_hold_twice_the_delay_and_a_small_packet() {
    // A ping of 60 bytes takes twice the delay and its serialization; the measured spans say so within jitter.
    for preset in Preset::all() {
        let Some((min, max)) = preset.check.round_trip else { continue };
        let small = |rate: BitRate| rate.serialization_delay(10 * 60);
        let ping = preset.delay.saturating_mul(2) + small(preset.rate_down) + small(preset.rate_up);
        let slack = preset.chance.jitter.saturating_mul(2);
        assert!(ping + slack >= min && ping <= max + slack, "{}: {ping}", preset.name);
        assert!(max.as_nanos() < 10 * NANOS_PER_SECOND);
    }
}

#[test]
fn a_row_that_names_no_stage_is_refused() {
    let data = include_str!("../../../data/links.toml");
    for (from, to, says) in [
        ("framing = \"lapm\"", "framing = \"lapn\"", "did you mean `lapm`?"),
        ("setup_s = 15.0", "setup_s = 16.0", "do not add up"),
        ("down_bps = 300", "down_bps = 0", "no rate"),
        ("ip_framing = \"slip\"\n", "", "needs `ip_framing`"),
        ("jitter_ms =", "jittre_ms =", "did you mean `jitter_ms`?"),
    ] {
        let shown =
            read::read(&data.replacen(from, to, 1), "links.toml").map(|_| ()).unwrap_err().to_string();
        assert!(shown.contains(says) && shown.contains("links.toml:"), "{shown}");
    }
}

#[test]
fn a_list_keeps_the_numbers_of_a_link_together() {
    assert_eq!(
        split_list("v22bis-2400,rate=28800,delay=9ms,lan-10m,delay=5ms,rate=9600,rate=1200,bits=10"),
        ["v22bis-2400", "rate=28800,delay=9ms", "lan-10m", "delay=5ms,rate=9600", "rate=1200,bits=10"]
    );
    assert_eq!(split_list("lan-10m"), ["lan-10m"]);
    assert!(split_list("").iter().all(|link| resolve(link).is_err()));
}
