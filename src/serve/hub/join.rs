//! An answer in few pieces: each piece costs a call of the system, and a packet.

use bytes::{Bytes, BytesMut};

use crate::serve::limits::Limits;
use crate::session::Out;

/// What is to be written, with short pieces joined to their neighbours. Long ones are handed on as they are, for copying
/// them would cost more than it saves.
pub(super) fn joined(items: Vec<Out>) -> Vec<Bytes> {
    let (mut pieces, mut short) = (Vec::new(), BytesMut::new());
    for item in items {
        let Out::Write { bytes, .. } = item else { continue };
        if bytes.len() > Limits::JOINED_MAX {
            pieces.push(std::mem::take(&mut short).freeze());
            pieces.push(bytes);
        } else {
            if short.len() + bytes.len() > Limits::ROOM {
                pieces.push(std::mem::take(&mut short).freeze());
            }
            short.extend_from_slice(&bytes);
        }
    }
    pieces.push(short.freeze());
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(octets: impl Into<Bytes>) -> Out {
        Out::Write { bytes: octets.into(), about: None }
    }

    #[test]
    fn short_pieces_are_one_and_commands_are_none() {
        let command = Out::Command { octets: 3, text: Bytes::from_static(b"a") };
        let items = vec![write("* 1 FETCH {3}\r\n"), command, write("abc"), write(")\r\n"), write("")];
        assert_eq!(joined(items), ["* 1 FETCH {3}\r\nabc)\r\n"]);
        assert!(joined(vec![write("")]).is_empty());
    }

    #[test]
    fn long_pieces_stay_as_they_are_between_short_ones() {
        let long = Bytes::from(vec![b'x'; Limits::JOINED_MAX + 1]);
        let pieces = joined(vec![write("before"), write(long.clone()), write("behind"), write("it")]);
        assert_eq!(pieces, [Bytes::from("before"), long.clone(), Bytes::from("behindit")]);
        assert_eq!(pieces.get(1).map(|piece| piece.as_ptr()), Some(long.as_ptr()), "it was copied");
    }

    #[test]
    fn joined_pieces_have_an_end() {
        let piece = || write(vec![b'x'; Limits::JOINED_MAX]);
        let pieces = joined((0..100).map(|_| piece()).collect());
        assert!(pieces.iter().all(|piece| piece.len() <= Limits::ROOM));
        assert_eq!(pieces.iter().map(Bytes::len).sum::<usize>(), 100 * Limits::JOINED_MAX);
    }
}
