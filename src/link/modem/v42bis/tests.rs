//! Whatever goes in comes out again; ratios are checked with the other compressors in `modem/ratio.rs`.

use proptest::prelude::*;

use super::*;

/// What may happen to an encoder.
#[derive(Clone, Debug)]
enum Act {
    Encode(Vec<u8>),
    Flush,
    Enter(Mode),
    Reset,
}

fn octets() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..300),
        // Little variety, so that strings grow long and leaves are recovered.
        proptest::collection::vec(prop_oneof![Just(b'a'), Just(b'b'), Just(0), Just(51)], 0..2000),
        (any::<u8>(), 0..1500_usize).prop_map(|(octet, count)| vec![octet; count]),
        "([a-z ]{1,12}[.,]? ){0,60}".prop_map(String::into_bytes),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => octets().prop_map(Act::Encode),
        2 => Just(Act::Flush),
        1 => Just(Act::Enter(Mode::Compressed)),
        1 => Just(Act::Enter(Mode::Transparent)),
        1 => Just(Act::Reset),
    ]
}

fn parameters() -> impl Strategy<Value = Parameters> {
    (prop_oneof![Just(512), Just(1024), Just(2048), Just(4096)], 6..=250_u8)
        .prop_map(|(codewords, longest)| Parameters::new(codewords, longest).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_went_in_comes_out_whatever_the_cut_the_mode_and_the_flushes(
        parameters in parameters(),
        by_hand in any::<bool>(),
        acts in proptest::collection::vec(act(), 0..24),
        cut in 1..40_usize,
    ) {
        let switching = if by_hand { Switching::ByHand } else { Switching::ByTest };
        let (mut encoder, mut decoder) = (Encoder::new(parameters, switching), Decoder::new(parameters));
        let (mut data, mut line, mut came) = (Vec::new(), Vec::new(), Vec::new());
        for act in acts {
            line.clear();
            match &act {
                Act::Encode(octets) => {
                    data.extend_from_slice(octets);
                    encoder.encode(octets, &mut line);
                }
                Act::Flush => encoder.flush(&mut line),
                Act::Enter(mode) => encoder.enter(*mode, &mut line),
                Act::Reset => encoder.reset(&mut line),
            }
            for piece in line.chunks(cut) {
                decoder.decode(piece, &mut came).unwrap();
            }
            prop_assert!(data.starts_with(&came));
            // At most a string and less than an octet of its codeword are still inside.
            prop_assert!(data.len() - came.len() <= 2 * usize::from(parameters.longest_string()));
            if matches!(act, Act::Flush | Act::Reset) {
                prop_assert_eq!(&data, &came);
            }
        }
    }

    #[test]
    fn nothing_on_the_line_makes_the_decoder_panic_or_write_without_bound(
        parameters in parameters(),
        line in proptest::collection::vec(any::<u8>(), 0..4000),
        compressed in any::<bool>(),
    ) {
        let mut decoder = Decoder::new(parameters);
        let mut out = Vec::new();
        if compressed {
            decoder.decode(&[0, ECM], &mut out).unwrap();
        }
        let _ = decoder.decode(&line, &mut out);
        prop_assert!(out.len() <= line.len() * usize::from(parameters.longest_string()));
    }
}

#[test]
fn a_call_begins_transparent_and_escapes_the_escape_character() {
    let mut line = Vec::new();
    let mut encoder = Encoder::new(Parameters::USUAL, Switching::ByTest);
    encoder.encode(&[0, 51, 102, 7], &mut line);
    assert_eq!(line, [0, EID, 51, EID, 102, EID, 7]);
    assert_eq!(encoder.mode(), Mode::Transparent);
}

#[test]
fn codewords_have_nine_bits_and_control_codewords_come_first() {
    let mut line = Vec::new();
    let mut encoder = Encoder::new(Parameters::USUAL, Switching::ByHand);
    encoder.enter(Mode::Compressed, &mut line);
    encoder.encode(b"a", &mut line);
    encoder.flush(&mut line);
    // Escape and ECM; then 'a' is codeword 97 + 3, and FLUSH codeword 1, each of 9 bits, low bits first.
    let two = 100_u32 | 1 << 9;
    assert_eq!(line, [0, ECM, two as u8, (two >> 8) as u8, (two >> 16) as u8]);
}

#[test]
fn a_string_may_be_used_from_the_second_time_on() {
    // "ab" is taken in when "b" ends "a"; the search may not use it at once, and the codeword after next does.
    let mut line = Vec::new();
    let mut encoder = Encoder::new(Parameters::USUAL, Switching::ByHand);
    encoder.enter(Mode::Compressed, &mut line);
    line.clear();
    encoder.encode(b"ababab", &mut line);
    encoder.flush(&mut line);
    let mut unpacker = super::super::bits::Unpacker::default();
    let mut codes = Vec::new();
    for octet in line.chunks(1) {
        unpacker.feed(octet);
        codes.extend(unpacker.take(9));
    }
    let (a, b, ab) = (97 + 3, 98 + 3, 259);
    assert_eq!(codes, [a, b, ab, ab, 1]);
}

#[test]
fn longer_codewords_are_announced_and_the_longest_are_the_dictionarys() {
    let mut state = 1_u32;
    let data: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(20_000)
    .collect();
    for (codewords, width) in [(512, 9), (1024, 10), (2048, 11), (4096, 12)] {
        let mut encoder = Encoder::new(Parameters::new(codewords, 32).unwrap(), Switching::ByHand);
        let mut line = Vec::new();
        encoder.enter(Mode::Compressed, &mut line);
        encoder.encode(&data, &mut line);
        assert_eq!(encoder.width, width);
    }
}

#[test]
fn random_data_grow_by_less_than_two_percent() {
    let mut state = 7_u64;
    let data: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    })
    .take(200_000)
    .collect();
    for parameters in [Parameters::USUAL, Parameters::SMALLEST, Parameters::new(4096, 250).unwrap()] {
        // Also where text came before, so that the dictionary is full and the data compressed.
        for before in ["", "the same words again and again, "] {
            let mut encoder = Encoder::new(parameters, Switching::ByTest);
            let mut line = Vec::new();
            encoder.encode(before.repeat(200).as_bytes(), &mut line);
            line.clear();
            // Flushed as packets are.
            for packet in data.chunks(576) {
                encoder.encode(packet, &mut line);
                encoder.flush(&mut line);
            }
            let growth = line.len() * 1000 / data.len();
            assert!(growth < 1020, "{growth}");
        }
    }
}

#[test]
fn what_no_encoder_sends_is_called_by_name() {
    let decode = |line: &[u8]| {
        let mut decoder = Decoder::new(Parameters::SMALLEST);
        decoder.decode(line, &mut Vec::new())
    };
    assert_eq!(decode(&[0, 9]), Err(Broken::Command(9)));
    // Codeword 300 without a string, in 9 bits.
    assert_eq!(decode(&[0, ECM, 300_u16 as u8, 1]), Err(Broken::Codeword(300)));
    assert_eq!(decode(&[0, ECM, STEPUP as u8, 0]), Err(Broken::StepUp));
}
