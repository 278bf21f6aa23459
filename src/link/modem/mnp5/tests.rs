//! Whatever goes in comes out again; ratios are checked with the other compressors in `modem/ratio.rs`.

use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_went_in_comes_out_whatever_the_cut_and_the_flushes(
        pieces in proptest::collection::vec(
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..300),
                (any::<u8>(), 0..1000_usize).prop_map(|(octet, count)| vec![octet; count]),
                proptest::collection::vec(0..3_u8, 0..300),
            ],
            0..20,
        ),
        flushes in any::<u32>(),
        cut in 1..40_usize,
    ) {
        let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
        let (mut data, mut line, mut came) = (Vec::new(), Vec::new(), Vec::new());
        for (nth, piece) in pieces.iter().enumerate() {
            line.clear();
            data.extend_from_slice(piece);
            encoder.encode(piece, &mut line);
            let flushed = flushes >> nth & 1 == 1;
            if flushed {
                encoder.flush(&mut line);
            }
            for part in line.chunks(cut) {
                decoder.decode(part, &mut came);
            }
            prop_assert!(data.starts_with(&came));
            prop_assert!(!flushed || data == came);
        }
    }

    #[test]
    fn nothing_on_the_line_makes_the_decoder_panic_or_write_without_bound(
        line in proptest::collection::vec(any::<u8>(), 0..4000),
    ) {
        let mut out = Vec::new();
        Decoder::default().decode(&line, &mut out);
        // Four codewords of at least 4 bits give at most 3 octets and 255 more.
        prop_assert!(out.len() <= (line.len() * 2 + 2) * 129);
    }
}

#[test]
fn codewords_have_the_published_lengths() {
    let mut lengths = [0; 12];
    for octet in 0..=255 {
        let mut encoder = Encoder::default();
        let mut out = Vec::new();
        encoder.put(octet, &mut out);
        let mut width = 0;
        while !encoder.packer.is_aligned() || width == 0 {
            encoder.packer.put(0, 1, &mut out);
            width += 1;
        }
        encoder.packer.align(&mut out);
        lengths[8 * out.len() - width] += 1;
    }
    // 4 to 10 bits, and one of 11 that shares its beginning with the spare codeword.
    assert_eq!(lengths, [0, 0, 0, 0, 4, 4, 8, 16, 32, 64, 127, 1]);
}

#[test]
fn a_run_is_three_octets_and_a_count() {
    let coded = |octets: &[u8]| {
        let (mut encoder, mut line) = (Encoder::default(), Vec::new());
        encoder.encode(octets, &mut line);
        encoder.flush(&mut line);
        line.len()
    };
    assert!(coded(&[b'='; 76]) <= 6);
    assert!(coded(&[b'='; 200]) <= coded(&[b'='; 10]) + 1);
}

#[test]
fn random_data_grow_by_an_eighth_as_modem_manuals_warn() {
    let mut state = 7_u64;
    let data: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    })
    .take(100_000)
    .collect();
    let mut line = Vec::new();
    Encoder::default().encode(&data, &mut line);
    let permille = line.len() * 1000 / data.len();
    assert!((1100..1150).contains(&permille), "{permille}");
}
