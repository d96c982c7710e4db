//! A set of characters: exact for ASCII, one bit for everything else.

/// Which characters one place of a pattern accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Set {
    ascii: u128,
    beyond: bool,
}

impl Set {
    pub(super) const EMPTY: Self = Self {
        ascii: 0,
        beyond: false,
    };
    pub(super) const ALL: Self = Self {
        ascii: u128::MAX,
        beyond: true,
    };

    pub(super) fn of(accepts: impl Fn(char) -> bool, beyond: bool) -> Self {
        let mut set = Self { ascii: 0, beyond };
        for byte in 0..128_u8 {
            if accepts(char::from(byte)) {
                set.insert(char::from(byte));
            }
        }
        set
    }

    pub(super) fn insert(&mut self, character: char) {
        match 1_u128.checked_shl(u32::from(character)) {
            Some(bit) if character.is_ascii() => self.ascii |= bit,
            _ => self.beyond = true,
        }
    }

    pub(super) fn insert_range(&mut self, first: char, last: char) {
        for byte in 0..128_u8 {
            let character = char::from(byte);
            if (first..=last).contains(&character) {
                self.insert(character);
            }
        }
        self.beyond |= !last.is_ascii();
    }

    pub(super) const fn union(self, other: Self) -> Self {
        Self {
            ascii: self.ascii | other.ascii,
            beyond: self.beyond || other.beyond,
        }
    }

    /// Characters of both; those beyond ASCII are not compared, since two such sets seldom overlap in patterns.
    pub(super) const fn intersection(self, other: Self) -> Self {
        Self {
            ascii: self.ascii & other.ascii,
            beyond: false,
        }
    }

    pub(super) const fn complement(self) -> Self {
        Self {
            ascii: !self.ascii,
            beyond: true,
        }
    }

    pub(super) const fn is_empty(self) -> bool {
        self.ascii == 0 && !self.beyond
    }
}
