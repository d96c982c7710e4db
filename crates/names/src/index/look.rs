//! The questions that the index asks of a name, each for one way of imitating.

use chainwright_core::package::Ecosystem;
use chainwright_core::severity::Confidence;

use super::text::{
    differing, differing_words, is_plural, letters, plain_letters, sorted_letters, sorted_words,
    stems, strip_glued, strip_words, without_number, without_python, without_shared, words_of,
};
use super::{Entry, Index, Kind, Lookalike, MOST_WANTED};
use crate::distance::{is_separator, weighted};
use crate::words::{self, EMPTY, HOSTS, LEADING, MAKERS, PUSHING, SERVICES, VARIANT};

/// What a slip at the first letter costs on top: people rarely miss it, and honest names often vary there.
const FIRST: u32 = 90;

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
                if is_async(name, entry) {
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
        let (my_own, their_own) = without_shared(mine, theirs);
        let own = my_own.len().min(their_own.len());
        let short = if entry.rank < 200 && !family {
            theirs.len().min(mine.len().saturating_add(1))
        } else if entry.rank <= 200 {
            mine.len().min(theirs.len())
        } else if own < mine.len().min(theirs.len()) {
            own.saturating_add(1)
        } else {
            own
        };
        let base: u32 = match short {
            2 if family && entry.rank < 400 => 100,
            0..=2 => 0,
            3..=6 if family && is_plural(name, &entry.name) => 130,
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
            0..=49 if short >= 7 || own >= 6 => 150,
            50..=99 if short >= 7 || own >= 6 => 125,
            0..=399 => 100,
            400..=999 => 100,
            1000..=1999 => 95,
            2000..=3499 => 80,
            _ => 60,
        };
        let same_version = mine != theirs && without_number(mine) == without_number(theirs);
        // In a family of names the other word is often a word of its own.
        let own_word = family && self.words.contains_key(mine);
        if same_version || (own_word && !is_plural(name, &entry.name)) {
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

    /// The same words with other endings.
    pub(super) fn inflection(&self, name: &str) -> Option<Lookalike> {
        if name.len() < 8 {
            return None;
        }
        let at = *self.by_stem.get(stems(name).as_str())?;
        self.found(at, Kind::Plural, 0, Confidence::Medium)
    }

    /// Another way to say that it is for Python: `python-mongo` for `pymongo`.
    pub(super) fn binding(&self, name: &str) -> Option<Lookalike> {
        let at = *self.by_binding.get(without_python(name)?)?;
        self.found(at, Kind::Affix, 0, Confidence::Medium)
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
        if name.len() < 5 {
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
        // High numbers follow the versions of a service (`elasticsearch8`).
        let follows = name.ends_with(['5', '6', '7', '8', '9']);
        let confidence = if rank < 500 && !follows {
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
        let known = |core: &str| {
            let at = *self.by_name.get(core)?;
            Some((at, self.entry(at)?))
        };
        let bare = without_number(&core);
        let Some((at, entry)) = known(&core).or_else(|| known(bare).filter(|(_, e)| e.rank < 400))
        else {
            let found = (core.len() >= 4).then(|| self.slip(&core)).flatten()?;
            let (_, wanted) = known(&found.target)?;
            return (wanted.rank < 400 && !stripped.variant).then_some(found);
        };
        if entry.rank >= 1500 || (core.len() < 4 && entry.rank >= 50) || core.len() < 3 {
            return None;
        }
        let pushes = words_of(name)
            .next()
            .is_some_and(|word| PUSHING.contains(&word));
        let host = HOSTS.contains(&core.as_str()) && !pushes;
        // A server for a library that serves nothing, under the library's own name.
        let serves = stripped.words == 1
            && words_of(name).any(|word| word == "mcp")
            && !SERVICES.contains(&core.as_str());
        let plain = !stripped.variant || stripped.words > 1 || serves;
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

/// An `a` or `aio` before a name says that it is asynchronous, which is honest for all but the most wanted.
fn is_async(name: &str, entry: &Entry) -> bool {
    entry.rank >= MOST_WANTED
        && ["aio", "a"]
            .iter()
            .any(|start| name.strip_prefix(start) == Some(&*entry.name))
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
