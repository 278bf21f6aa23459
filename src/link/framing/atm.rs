//! PPP over ATM (RFC 2364): no flags and no check of its own, for AAL5 has both, in cells of 53 octets.

use super::fcs::crc32_aal5;

/// Octets of a cell on the line: header 5, payload 48 (ITU-T I.361).
pub const CELL: usize = 53;
const PAYLOAD: usize = 48;
/// AAL5's trailer: user-to-user and part indicator 2, length 2, CRC-32 4 (ITU-T I.363.5).
const TRAILER: usize = 8;
/// The header of ours: path 8, circuit 35, which providers of DSL used; the last bit of the payload type is apart.
const HEADER: [u8; 4] = [0x00, 0x80, 0x02, 0x30];
/// Marks the last cell of a frame, in the payload type.
const LAST: u8 = 0x02;

/// How many octets a frame of `len` octets takes on the line: whole cells.
#[must_use]
pub fn octets_on_line(len: u32) -> u32 {
    let cells = (u64::from(len) + TRAILER as u64).div_ceil(PAYLOAD as u64);
    u32::try_from(cells * CELL as u64).unwrap_or(u32::MAX)
}

/// Appends the cells of a frame: padded, and with its trailer in the last octets of the last cell.
pub fn encode(frame: &[u8], line: &mut Vec<u8>) {
    let padding = (frame.len() + TRAILER).next_multiple_of(PAYLOAD) - TRAILER - frame.len();
    let mut payload = [frame, &[0; PAYLOAD][..padding], &[0, 0]].concat();
    payload.extend((frame.len() as u16).to_be_bytes());
    let crc = crc32_aal5(std::iter::once(payload.as_slice()));
    payload.extend(crc.to_be_bytes());
    let cells = payload.len() / PAYLOAD;
    for (number, part) in (1..).zip(payload.chunks(PAYLOAD)) {
        let mut header = HEADER;
        header[3] |= if number == cells { LAST } else { 0 };
        line.extend(header);
        line.push(header_check(header));
        line.extend(part);
    }
}

/// Takes frames out of cells. `None` for one whose length or check is wrong, as after the loss of a cell.
#[must_use]
pub fn decode(line: &[u8]) -> Vec<Option<Vec<u8>>> {
    let mut frames = Vec::new();
    let mut payload = Vec::new();
    for cell in line.chunks_exact(CELL) {
        let (header, part) = cell.split_at(CELL - PAYLOAD);
        // A cell with a wrong header is dropped by whoever sees it.
        let [a, b, c, d, check] = *header else { continue };
        if header_check([a, b, c, d]) != check || payload.len() > usize::from(u16::MAX) {
            continue;
        }
        payload.extend_from_slice(part);
        if d & LAST != 0 {
            frames.push(open(&payload));
            payload.clear();
        }
    }
    frames
}

fn open(payload: &[u8]) -> Option<Vec<u8>> {
    let (rest, crc) = payload.split_last_chunk::<4>()?;
    let (_, length) = rest.split_last_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let whole = (length + TRAILER).next_multiple_of(PAYLOAD) == payload.len();
    let good = crc32_aal5(std::iter::once(rest)).to_be_bytes() == *crc;
    payload.get(..length).filter(|_| whole && good).map(<[u8]>::to_vec)
}

/// The check of a cell's header: CRC-8 with polynomial 07, and 55 added (ITU-T I.432.1).
fn header_check(header: [u8; 4]) -> u8 {
    let step = |crc: u8, octet: u8| {
        (0..8).fold(crc ^ octet, |crc, _| if crc & 0x80 != 0 { crc << 1 ^ 0x07 } else { crc << 1 })
    };
    header.into_iter().fold(0, step) ^ 0x55
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_full_packet_takes_thirty_two_cells() {
        // 1492 octets, the protocol number, the trailer: 1502 in 32 cells, 9.1 line bits for a byte.
        assert_eq!(octets_on_line(1492 + 2), 32 * 53);
        assert_eq!(octets_on_line(40), 53, "40 octets and the trailer just fit one cell");
        assert_eq!(octets_on_line(41), 106);
    }

    #[test]
    fn an_idle_cell_has_the_check_of_the_standard() {
        assert_eq!(header_check([0, 0, 0, 1]), 0x52);
    }

    proptest! {
        #[test]
        fn frames_come_back_from_as_many_octets_as_were_counted(
            frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..5),
            lost in prop::option::of(any::<prop::sample::Index>()),
        ) {
            let mut line = Vec::new();
            for frame in &frames {
                let before = line.len();
                encode(frame, &mut line);
                prop_assert_eq!((line.len() - before) as u32, octets_on_line(frame.len() as u32));
            }
            prop_assert_eq!(decode(&line), frames.iter().cloned().map(Some).collect::<Vec<_>>());
            if let Some(lost) = lost.filter(|_| !line.is_empty()) {
                let at = lost.index(line.len() / CELL) * CELL;
                line.drain(at..at + CELL);
                let intact = decode(&line).into_iter().flatten().filter(|frame| frames.contains(frame)).count();
                prop_assert!(intact + 2 >= frames.len(), "a lost cell costs one frame, or two if it was a last one");
            }
        }
    }
}
