//! Bundles of entries (c2sp.org/tlog-tiles): up to 256 entries, each after its length in two bytes.

/// The longest entry that a bundle can hold.
pub const MOST_ENTRY: usize = 65_535;

/// Why bytes are no bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// It ends within an entry.
    #[error("the bundle ends within entry {0}")]
    Cut(usize),
    /// It holds another number of entries than its name says.
    #[error("the bundle has {found} entries, not {expected}")]
    Count {
        /// How many it has.
        found: usize,
        /// How many it should have.
        expected: u16,
    },
    /// An entry is too long.
    #[error("an entry has {0} bytes, more than {MOST_ENTRY}")]
    TooLong(usize),
}

/// Adds an entry to a bundle.
///
/// # Errors
///
/// If it is too long.
pub fn push(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), BundleError> {
    let length = u16::try_from(entry.len()).map_err(|_| BundleError::TooLong(entry.len()))?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The entries of a bundle that must have exactly this many.
///
/// # Errors
///
/// If it has not.
pub fn entries(bundle: &[u8], width: u16) -> Result<Vec<&[u8]>, BundleError> {
    let mut found = Vec::new();
    let mut rest = bundle;
    while !rest.is_empty() {
        let cut = BundleError::Cut(found.len());
        let (length, more) = rest.split_first_chunk::<2>().ok_or(cut)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, more) = more.split_at_checked(length).ok_or(cut)?;
        found.push(entry);
        rest = more;
    }
    if found.len() == usize::from(width) {
        Ok(found)
    } else {
        Err(BundleError::Count {
            found: found.len(),
            expected: width,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_gives_back_what_was_put_in() {
        let mut bundle = Vec::new();
        let parts: [&[u8]; 4] = [b"one", b"", &[7; MOST_ENTRY], b"two"];
        for part in parts {
            push(&mut bundle, part).unwrap();
        }
        assert_eq!(entries(&bundle, 4).unwrap(), parts);
        assert_eq!(
            push(&mut bundle, &[0; 65_536]),
            Err(BundleError::TooLong(65_536))
        );
        assert_eq!(entries(&[], 0).unwrap(), Vec::<&[u8]>::new());
        for (width, found) in [(3, 4), (5, 4), (256, 4)] {
            let expected = Err(BundleError::Count {
                found,
                expected: width,
            });
            assert_eq!(entries(&bundle, width), expected);
        }
    }

    #[test]
    fn a_cut_bundle_is_never_whole() {
        let mut bundle = Vec::new();
        for part in [&b"one"[..], b"", b"three"] {
            push(&mut bundle, part).unwrap();
        }
        for length in 0..bundle.len() {
            assert!(entries(&bundle[..length], 3).is_err(), "{length}");
        }
        assert_eq!(entries(&bundle[..6], 2), Err(BundleError::Cut(1)));
    }
}
