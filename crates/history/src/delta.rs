//! Deltas: an object as pieces of another one.
//!
//! Source: git, `Documentation/gitformat-pack.adoc`, "Deltified representation".

use crate::store::Trouble;

/// The sizes at the head of a delta: of the object that it starts from and of the one that it makes.
pub(crate) fn sizes(delta: &[u8]) -> Result<(u64, u64), Trouble> {
    let mut at = 0;
    let base = size(delta, &mut at)?;
    let made = size(delta, &mut at)?;
    Ok((base, made))
}

/// Makes the object; it has at most `most` bytes.
pub(crate) fn apply(base: &[u8], delta: &[u8], most: u64) -> Result<Vec<u8>, Trouble> {
    let mut at = 0;
    let from = size(delta, &mut at)?;
    let made = size(delta, &mut at)?;
    if made > most {
        return Err(Trouble::TooLarge);
    }
    if u64::try_from(base.len()).ok() != Some(from) {
        return Err(Trouble::Broken("a delta starts from another object"));
    }
    let made = usize::try_from(made).map_err(|_| Trouble::TooLarge)?;
    let mut object = Vec::new();
    while let Some(code) = next(delta, &mut at) {
        let piece = if code & 0x80 == 0 {
            let end = at.saturating_add(usize::from(code));
            let piece = delta.get(at..end).filter(|_| code != 0);
            at = end;
            piece
        } else {
            let offset = number(delta, &mut at, code, 4)?;
            let length = number(delta, &mut at, code >> 4, 3)?;
            let length = if length == 0 { 0x1_0000 } else { length };
            base.get(offset..offset.saturating_add(length))
        };
        let piece = piece.ok_or(Trouble::Broken("a delta reaches beyond its base"))?;
        if object.len().saturating_add(piece.len()) > made {
            return Err(Trouble::Broken("a delta makes more than it says"));
        }
        object.extend_from_slice(piece);
    }
    if object.len() == made {
        Ok(object)
    } else {
        Err(Trouble::Broken("a delta makes less than it says"))
    }
}

fn next(delta: &[u8], at: &mut usize) -> Option<u8> {
    let byte = *delta.get(*at)?;
    *at = at.saturating_add(1);
    Some(byte)
}

fn size(delta: &[u8], at: &mut usize) -> Result<u64, Trouble> {
    let mut size = 0_u64;
    for shift in (0..63).step_by(7) {
        let byte = next(delta, at).ok_or(Trouble::Broken("a delta ends early"))?;
        size |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(size);
        }
    }
    Err(Trouble::Broken("a delta gives a size of too many digits"))
}

/// A number of which only the bytes that the bits of `present` announce are written, lowest first.
fn number(delta: &[u8], at: &mut usize, present: u8, bytes: u32) -> Result<usize, Trouble> {
    let mut number = 0_u32;
    for place in 0..bytes {
        if present >> place & 1 == 1 {
            let byte = next(delta, at).ok_or(Trouble::Broken("a delta ends early"))?;
            number |= u32::from(byte) << place.saturating_mul(8);
        }
    }
    usize::try_from(number).map_err(|_| Trouble::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_copied_and_inserted() {
        let base = b"the quick brown fox";
        // Sizes 19 and 14; copy 4 bytes from 0, insert 5, copy 5 from 14 … as the format writes it.
        let delta = [
            19, 13, 0x90, 4, 5, b's', b'l', b'o', b'w', b' ', 0x91, 16, 3, 1, b'!',
        ];
        assert_eq!(apply(base, &delta, 100).expect("sound"), b"the slow fox!");
        assert_eq!(sizes(&delta).expect("sound"), (19, 13));
    }

    #[test]
    fn lies_are_refused() {
        let base = b"abc";
        for delta in [
            &[][..],
            &[3],
            &[4, 1, 1, b'x'],       // another base
            &[3, 2, 1, b'x'],       // too little
            &[3, 1, 2, b'x', b'y'], // too much
            &[3, 9, 0x91, 2, 9],    // beyond the base
            &[3, 1, 0],             // reserved code
            &[0xff; 12],            // endless size
        ] {
            assert!(apply(base, delta, 100).is_err(), "{delta:?}");
        }
        assert!(matches!(
            apply(base, &[3, 99, 1, b'x'], 50),
            Err(Trouble::TooLarge)
        ));
    }
}
