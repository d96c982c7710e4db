//! The questions that the index asks of a name, each for one way of imitating.

use chainwright_core::package::Ecosystem;
use chainwright_core::severity::Confidence;

use super::text::{
    differing, differing_words, is_plural, letters, plain_letters, sorted_letters, sorted_words,
    strip_glued, strip_words, without_number, words_of,
};
use super::{Entry, Index, Kind, Lookalike};
use crate::distance::{is_separator, weighted};
use crate::words::{self, EMPTY, HOSTS, LEADING, MAKERS, VARIANT};

/// What a slip at the first letter costs on top: people rarely miss it, and honest names often vary there.
const FIRST: u32 = 30;

impl Index {
    /// Letters of another alphabet.
    pub(super) fn foreign(&self, name: &str) -> Option<Lookalike> {
        let plain = words::ascii(name);
        let at = self.by_name.get(plain.as_str())?;
        self.found(*at, Kind::Homoglyph, 0, Confidence::High)
    }

    /// The same letters, apart from separators and characters that look alike.
    pub(super) fn same_letters(&self, name: &str) -> Option<Lookalike> {
        let at = *self.by_letters.get(plain_letters(name).as_str())?;
        let entry = self.entry(at)?;
        if entry.name.len() < 4 || &*entry.name == name {
            return None;
        }
        let bare = |text: &str| {
            text.replace(
                |letter: char| u8::try_from(letter).is_ok_and(is_separator),
                "",
            )
        };
        let (kind, confidence) = if bare(name) == bare(&entry.name) {
            (Kind::Separator, Confidence::Medium)
        } else {
            (Kind::Homoglyph, Confidence::Medium)
        };
        self.found(at, kind, 0, confidence)
    }

    pub(super) fn import(&self, name: &str) -> Option<Lookalike> {
        let at = *self.by_name.get(name)?;
        let entry = self.entry(at)?;
        let install = entry.install?;
        if install == name {
            return None;
        }
        self.found(at, Kind::Import, 0, Confidence::Medium)
    }

    /// Typing errors: the nearest of all names within the reach of its length and popularity.
    pub(super) fn slip(&self, name: &str) -> Option<Lookalike> {
        let mine = letters(name);
        let mut best: Option<(u32, u32, u32)> = None;
        for length in name.len().saturating_sub(2)..=name.len().saturating_add(2) {
            for at in self.lengths.get(length).into_iter().flatten() {
                let Some(entry) = self.entry(*at) else {
                    continue;
                };
                if differing(mine, entry.letters) > 4 {
                    continue;
                }
                let reach = self.reach(name, entry);
                if reach == 0 || &*entry.name == name {
                    continue;
                }
                let start = first_letter(name, entry);
                let Some(distance) = weighted(
                    name.as_bytes(),
                    entry.name.as_bytes(),
                    reach.saturating_sub(start),
                ) else {
                    continue;
                };
                let distance = distance.saturating_add(start);
                let closer =
                    best.is_none_or(|(nearest, rank, _)| (distance, entry.rank) < (nearest, rank));
                if closer {
                    best = Some((distance, entry.rank, *at));
                }
            }
        }
        let (distance, _, at) = best?;
        let target = self.entry(at)?;
        let kind = if is_plural(name, &target.name) {
            Kind::Plural
        } else {
            Kind::Edit
        };
        self.found(at, kind, distance, Confidence::Medium)
    }

    /// How many hundredths of an error a name may be away from an entry and still be taken for it.
    fn reach(&self, name: &str, entry: &Entry) -> u32 {
        let (family, mine, theirs) = differing_words(name, &entry.name);
        let short = if entry.rank < 200 && !family {
            theirs.len().min(mine.len().saturating_add(1))
        } else {
            mine.len().min(theirs.len())
        };
        let base: u32 = match short {
            2 if family && entry.rank < 400 => 100,
            0..=2 => 0,
            3 | 4 if family => 100,
            3 => 0,
            4 => 62,
            5 => 88,
            6 => 105,
            7 => 125,
            8 => 160,
            9 => 175,
            _ => 190,
        };
        let popularity = match entry.rank {
            0..=49 if short >= 6 => 150,
            50..=99 if short >= 6 => 125,
            0..=399 => 100,
            400..=999 => 95,
            1000..=1999 => 80,
            2000..=3499 => 66,
            _ => 50,
        };
        let same_version = mine != theirs && without_number(mine) == without_number(theirs);
        // In a family of names the other word is often a word of its own.
        let own_word = family && self.words.contains_key(mine);
        if same_version || (own_word && !(entry.rank < 1500 && is_plural(name, &entry.name))) {
            return 0;
        }
        base.saturating_mul(popularity)
            .checked_div(100)
            .unwrap_or(0)
    }

    /// More than one plural too many.
    pub(super) fn plurals(&self, name: &str) -> Option<Lookalike> {
        let singular: String = words_of(name)
            .map(|word| word.strip_suffix('s').unwrap_or(word))
            .collect();
        let at = *self.by_letters.get(plain_letters(&singular).as_str())?;
        let wanted = self.entry(at)?.rank < 1500 && singular.len() >= 6;
        wanted
            .then(|| self.found(at, Kind::Plural, 0, Confidence::Medium))
            .flatten()
    }

    /// The same words in another order.
    pub(super) fn swap(&self, name: &str) -> Option<Lookalike> {
        let at = *self.by_words.get(&sorted_words(name))?;
        let empty = words_of(name).any(|word| EMPTY.contains(&word));
        let wanted = self.entry(at)?.rank < 1500 || empty;
        let confidence = if wanted {
            Confidence::Medium
        } else {
            Confidence::Low
        };
        self.found(at, Kind::Swap, 0, confidence)
    }

    /// The same letters in another order, in a name long enough for that to be no accident.
    pub(super) fn shuffled(&self, name: &str) -> Option<Lookalike> {
        if name.len() < 8 {
            return None;
        }
        let at = *self.by_anagram.get(&sorted_letters(name))?;
        let entry = self.entry(at)?;
        let start = |text: &str| text.bytes().next();
        if entry.rank >= 2000 || start(&entry.name) != start(name) {
            return None;
        }
        self.found(at, Kind::Edit, 0, Confidence::Medium)
    }

    /// `owner/name` with the name of a popular entry and an owner like its own, or the name of a scoped package alone.
    pub(super) fn other_owner(&self, name: &str) -> Option<Lookalike> {
        let (owner, tail) = name.rsplit_once('/').unwrap_or(("", name));
        let scoped = self.by_tail.get(tail)?;
        for at in scoped.iter().take(32) {
            let Some(entry) = self.entry(*at) else {
                continue;
            };
            let theirs = entry.name.rsplit_once('/').map_or("", |(theirs, _)| theirs);
            let near = weighted(owner.as_bytes(), theirs.as_bytes(), 130).is_some();
            let grown = owner.len() > 4
                && theirs.len() > 4
                && (owner.starts_with(theirs) || theirs.starts_with(owner));
            if !owner.is_empty() && (near || grown) {
                return self.found(*at, Kind::Scope, 0, Confidence::Medium);
            }
            // Only names of several words are somebody's own.
            if owner.is_empty() && self.ecosystem == Ecosystem::Npm && words_of(tail).count() > 1 {
                return self.found(*at, Kind::Scope, 0, Confidence::Low);
            }
        }
        None
    }

    /// Another number at the end than a well-known name has.
    pub(super) fn version(&self, name: &str) -> Option<Lookalike> {
        let bare = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let bare = bare.trim_end_matches('-');
        if bare.len() < 5 {
            return None;
        }
        let plain = self.by_name.get(bare).filter(|_| bare != name).copied();
        let numbered = || {
            (2..=4).find_map(|digit: u8| {
                let other = format!("{bare}{digit}");
                self.by_name.get(other.as_str()).copied()
            })
        };
        let at = plain.or_else(numbered)?;
        let rank = self.entry(at)?.rank;
        let confidence = if rank < 500 {
            Confidence::Medium
        } else {
            Confidence::Low
        };
        self.found(at, Kind::Version, 0, confidence)
    }

    /// Empty words before or after a popular name, or before or after one that is mistyped as well.
    pub(super) fn affix(&self, name: &str) -> Option<Lookalike> {
        let stripped = strip_words(name);
        let core = stripped.core.or_else(|| strip_glued(name))?;
        if core.len() < 4 {
            return None;
        }
        let Some(at) = self.by_name.get(core.as_str()).copied() else {
            let found = self.slip(&core)?;
            let wanted = self
                .by_name
                .get(found.target.as_str())
                .and_then(|at| self.entry(*at))?;
            return (wanted.rank < 400 && !stripped.variant).then_some(found);
        };
        let entry = self.entry(at)?;
        if entry.rank >= 1500 {
            return None;
        }
        let host = HOSTS.contains(&core.as_str());
        let plain = !stripped.variant || stripped.words > 1;
        let confidence = if plain && !host && entry.rank < 500 {
            Confidence::Medium
        } else {
            Confidence::Low
        };
        self.found(at, Kind::Affix, 0, confidence)
    }

    /// Two of the best-known names in one, where neither is one that others extend.
    pub(super) fn combination(&self, name: &str) -> Option<Lookalike> {
        for (at, _) in name.match_indices('-') {
            let (left, rest) = name.split_at_checked(at)?;
            let right = rest.strip_prefix('-')?;
            let strong = |part: &str| {
                let at = *self.by_name.get(part)?;
                let entry = self.entry(at)?;
                (entry.rank < 700 && part.len() >= 4).then_some((entry.rank, at))
            };
            let (Some(one), Some(two)) = (strong(left), strong(right)) else {
                continue;
            };
            let extends = LEADING
                .iter()
                .any(|host| words_of(left).next() == Some(*host));
            let hosted = extends
                || [left, right].iter().any(|part| {
                    HOSTS
                        .iter()
                        .any(|host| words_of(part).any(|word| word == *host))
                });
            if !hosted {
                return self.found(one.min(two).1, Kind::Combination, 0, Confidence::Medium);
            }
        }
        None
    }

    /// A maker's name with an empty word.
    pub(super) fn brand(&self, name: &str) -> Option<Lookalike> {
        if self.ecosystem != Ecosystem::PyPi {
            return None;
        }
        let maker = |part: &str| MAKERS.iter().find(|maker| **maker == part);
        let extra = |part: &str| {
            EMPTY.contains(&part) || VARIANT.contains(&part) || part == "ai" || part == "mcp"
        };
        let parts: Vec<&str> = words_of(name).collect();
        let maker = match parts.as_slice() {
            [one, two] if extra(two) => maker(one)?,
            [one, two] if extra(one) => maker(two)?,
            [one, two, three] if extra(two) && extra(three) => maker(one)?,
            _ => return None,
        };
        Some(Lookalike {
            target: (*maker).to_owned(),
            kind: Kind::Brand,
            distance: 0,
            confidence: Confidence::Low,
        })
    }
}

/// What a slip at the first letter costs on top; nothing where everybody's favourites or whole families are imitated.
fn first_letter(name: &str, entry: &Entry) -> u32 {
    let same = name.bytes().next() == entry.name.bytes().next();
    if same || entry.rank < 150 || entry.name.contains('-') {
        0
    } else {
        FIRST
    }
}
