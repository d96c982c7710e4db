//! The index: popular names, and the question whether another name looks like one of them.

use std::collections::HashMap;

use chainwright_core::package::Ecosystem;
use chainwright_core::severity::Confidence;
use chainwright_packages::name::comparable;
use serde::{Deserialize, Serialize};

use crate::distance::{self, is_separator, weighted};
use crate::words::{self, BRANDS, EMPTY, HOSTS, IMPORTS, LEADING, MAKERS, VARIANT};

/// The most names that an index holds.
pub const MOST_NAMES: usize = 200_000;

/// How a name imitates another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Kind {
    /// Only separators differ.
    Separator,
    /// Characters that look alike.
    Homoglyph,
    /// One or two slips of the fingers.
    Edit,
    /// A plural for a singular, or the other way round.
    Plural,
    /// The same words in another order.
    Swap,
    /// Another number at the end, or none.
    Version,
    /// Empty words before or after a name.
    Affix,
    /// The name of an import, for which another package is installed.
    Import,
    /// The same name of another owner or scope.
    Scope,
    /// Two well-known names joined into one that nobody published.
    Combination,
    /// A product's name with an empty word.
    Brand,
}

impl Kind {
    /// A word for reports.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Separator => "separator",
            Self::Homoglyph => "homoglyph",
            Self::Edit => "edit",
            Self::Plural => "plural",
            Self::Swap => "swap",
            Self::Version => "version",
            Self::Affix => "affix",
            Self::Import => "import",
            Self::Scope => "scope",
            Self::Combination => "combination",
            Self::Brand => "brand",
        }
    }
}

/// What a name looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookalike {
    /// The name that is imitated, or the product.
    pub target: String,
    /// How.
    pub kind: Kind,
    /// Hundredths of a typing error between the two; zero for kinds that are no typing errors.
    pub distance: u32,
    /// How rarely an honest name looks like this.
    pub confidence: Confidence,
}

/// Popular names of one ecosystem.
#[derive(Debug, Clone)]
pub struct Index {
    ecosystem: Ecosystem,
    /// In the order of their popularity; what follows the popular names are imports and products.
    entries: Vec<Entry>,
    popular: usize,
    by_name: HashMap<Box<str>, u32>,
    by_letters: HashMap<Box<str>, u32>,
    by_words: HashMap<Box<str>, u32>,
    by_anagram: HashMap<Box<[u8]>, u32>,
    by_tail: HashMap<Box<str>, Vec<u32>>,
    /// Words of names with several words, with the number of names that have them.
    words: HashMap<Box<str>, u32>,
    /// Entries by length.
    lengths: Vec<Vec<u32>>,
}

#[derive(Debug, Clone)]
struct Entry {
    name: Box<str>,
    /// What to install instead, if that is another name.
    install: Option<&'static str>,
    letters: u64,
    rank: u32,
}

/// What a slip at the first letter costs on top: people rarely miss it, and honest names often vary there.
const FIRST: u32 = 30;

const MAGIC: &[u8] = b"chainwright names 1\n";

impl Index {
    /// An index of names, most popular first.
    #[must_use]
    pub fn build<'name>(
        ecosystem: Ecosystem,
        popular: impl IntoIterator<Item = &'name str>,
    ) -> Self {
        let mut index = Self {
            ecosystem,
            entries: Vec::new(),
            popular: 0,
            by_name: HashMap::new(),
            by_letters: HashMap::new(),
            by_words: HashMap::new(),
            by_anagram: HashMap::new(),
            by_tail: HashMap::new(),
            words: HashMap::new(),
            lengths: vec![Vec::new(); distance::LONGEST.saturating_add(1)],
        };
        for name in popular.into_iter().take(MOST_NAMES) {
            let name = comparable(ecosystem, name);
            if name.is_empty() || name.len() > distance::LONGEST || !name.is_ascii() {
                continue;
            }
            let rank = u32::try_from(index.entries.len()).unwrap_or(u32::MAX);
            index.add(&name, None, rank);
        }
        index.popular = index.entries.len();
        if ecosystem == Ecosystem::PyPi && index.popular > 0 {
            for (import, install) in IMPORTS {
                index.add(import, Some(install), 200);
            }
            for brand in BRANDS {
                index.add(brand, Some(brand), 200);
            }
        }
        index
    }

    fn add(&mut self, name: &str, install: Option<&'static str>, rank: u32) {
        if let Some(at) = self.by_name.get(name) {
            // A popular name that is also what people import or a product is wanted more than its downloads say.
            let at = usize::try_from(*at).unwrap_or(usize::MAX);
            if let Some(entry) = self.entries.get_mut(at) {
                entry.rank = entry.rank.min(rank);
            }
            return;
        }
        let at = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        if install.is_none() {
            let parts: Vec<&str> = words_of(name).collect();
            if parts.len() > 1 {
                for part in parts {
                    let count = self.words.entry(part.into()).or_default();
                    *count = count.saturating_add(1);
                }
                self.by_words.entry(sorted_words(name)).or_insert(at);
            }
            if let Some((_, tail)) = name.rsplit_once('/') {
                self.by_tail.entry(tail.into()).or_default().push(at);
            }
        }
        self.by_name.insert(name.into(), at);
        self.by_letters
            .entry(plain_letters(name).into())
            .or_insert(at);
        if rank < 2000 && name.len() >= 8 {
            self.by_anagram.entry(sorted_letters(name)).or_insert(at);
        }
        if let Some(list) = self.lengths.get_mut(name.len()) {
            list.push(at);
        }
        self.entries.push(Entry {
            name: name.into(),
            install,
            letters: letters(name),
            rank,
        });
    }

    /// The ecosystem whose names these are.
    #[must_use]
    pub const fn ecosystem(&self) -> Ecosystem {
        self.ecosystem
    }

    /// The number of popular names.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.popular
    }

    /// Whether there is no name.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.popular == 0
    }

    /// Whether a name is one of the popular ones.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.knows_comparable(&comparable(self.ecosystem, name))
    }

    /// Whether a name is one that lookalikes are sought for: popular, the name of an import, or a product's.
    #[must_use]
    pub fn protects(&self, name: &str) -> bool {
        self.by_name
            .contains_key(comparable(self.ecosystem, name).as_str())
    }

    fn knows_comparable(&self, name: &str) -> bool {
        self.by_name
            .get(name)
            .and_then(|at| self.entry(*at))
            .is_some_and(|entry| entry.install.is_none())
    }

    /// Products are imitated, but no package is meant by their name.
    fn is_product(&self, name: &str) -> bool {
        self.by_name
            .get(name)
            .and_then(|at| self.entry(*at))
            .is_some_and(|entry| entry.install == Some(&*entry.name))
    }

    /// The index in bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.ecosystem.purl_type().bytes());
        for entry in self.entries.iter().take(self.popular) {
            bytes.push(b'\n');
            bytes.extend(entry.name.bytes());
        }
        bytes
    }

    /// Reads [`to_bytes`](Self::to_bytes); `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes.strip_prefix(MAGIC)?).ok()?;
        let mut lines = text.split('\n');
        let ecosystem = Ecosystem::from_purl_type(lines.next()?)?;
        Some(Self::build(ecosystem, lines))
    }

    fn entry(&self, at: u32) -> Option<&Entry> {
        self.entries.get(usize::try_from(at).ok()?)
    }

    /// What a name looks like, if it is not popular itself; the surest answer.
    #[must_use]
    pub fn look(&self, name: &str) -> Option<Lookalike> {
        if self.is_empty() || name.len() > distance::LONGEST.saturating_mul(4) {
            return None;
        }
        let name = comparable(self.ecosystem, name);
        if self.knows_comparable(&name) || self.is_product(&name) {
            return None;
        }
        if !name.is_ascii() {
            return self.foreign(&name);
        }
        if name.len() > distance::LONGEST || name.len() < 3 {
            return None;
        }
        self.same_letters(&name)
            .or_else(|| self.import(&name))
            .or_else(|| self.slip(&name))
            .or_else(|| self.plurals(&name))
            .or_else(|| self.swap(&name))
            .or_else(|| self.shuffled(&name))
            .or_else(|| self.other_owner(&name))
            .or_else(|| self.version(&name))
            .or_else(|| self.affix(&name))
            .or_else(|| self.combination(&name))
            .or_else(|| self.brand(&name))
    }

    fn found(
        &self,
        at: u32,
        kind: Kind,
        distance: u32,
        confidence: Confidence,
    ) -> Option<Lookalike> {
        let entry = self.entry(at)?;
        Some(Lookalike {
            target: entry.install.unwrap_or(&entry.name).to_owned(),
            kind,
            distance,
            confidence,
        })
    }

    /// Letters of another alphabet.
    fn foreign(&self, name: &str) -> Option<Lookalike> {
        let plain = words::ascii(name);
        let at = self.by_name.get(plain.as_str())?;
        self.found(*at, Kind::Homoglyph, 0, Confidence::High)
    }

    /// The same letters, apart from separators and characters that look alike.
    fn same_letters(&self, name: &str) -> Option<Lookalike> {
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

    fn import(&self, name: &str) -> Option<Lookalike> {
        let at = *self.by_name.get(name)?;
        let entry = self.entry(at)?;
        let install = entry.install?;
        if install == name {
            return None;
        }
        self.found(at, Kind::Import, 0, Confidence::Medium)
    }

    /// Typing errors: the nearest of all names within the reach of its length and popularity.
    fn slip(&self, name: &str) -> Option<Lookalike> {
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
    fn plurals(&self, name: &str) -> Option<Lookalike> {
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
    fn swap(&self, name: &str) -> Option<Lookalike> {
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
    fn shuffled(&self, name: &str) -> Option<Lookalike> {
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
    fn other_owner(&self, name: &str) -> Option<Lookalike> {
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
    fn version(&self, name: &str) -> Option<Lookalike> {
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
    fn affix(&self, name: &str) -> Option<Lookalike> {
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
    fn combination(&self, name: &str) -> Option<Lookalike> {
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
    fn brand(&self, name: &str) -> Option<Lookalike> {
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

fn words_of(name: &str) -> impl Iterator<Item = &str> {
    name.split(['-', '_', '.', '/', '@'])
        .filter(|word| !word.is_empty())
}

fn sorted_words(name: &str) -> Box<str> {
    let mut words: Vec<&str> = words_of(name).collect();
    words.sort_unstable();
    words.join("-").into()
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

fn without_number(name: &str) -> &str {
    name.trim_end_matches(|letter: char| letter.is_ascii_digit())
}

fn sorted_letters(name: &str) -> Box<[u8]> {
    let mut letters: Vec<u8> = name
        .bytes()
        .filter(|letter| !is_separator(*letter))
        .collect();
    letters.sort_unstable();
    letters.into()
}

/// The letters without separators, lookalikes as one.
fn plain_letters(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for letter in name.bytes().filter(|letter| !is_separator(*letter)) {
        let same = match letter {
            b'0' => b'o',
            b'1' | b'i' => b'l',
            b'5' => b's',
            b'3' if plain.len().saturating_add(1) < name.len() => b'e',
            other => other,
        };
        plain.push(char::from(same));
    }
    if plain.contains("rn") || plain.contains("vv") {
        plain = plain.replace("rn", "m").replace("vv", "w");
    }
    plain
}

/// A set of the letters, two bits for each up to its second occurrence.
fn letters(name: &str) -> u64 {
    let mut set = 0_u64;
    for letter in name.bytes() {
        let place = match letter {
            b'a'..=b'z' => u32::from(letter).saturating_sub(u32::from(b'a')),
            b'0'..=b'9' => 26_u32.saturating_add(u32::from(letter & 3)),
            _ => 30,
        };
        let place = place.saturating_mul(2);
        let first = 1_u64.checked_shl(place).unwrap_or(0);
        let second = 2_u64.checked_shl(place).unwrap_or(0);
        set |= if set & first == 0 { first } else { second };
    }
    set
}

const fn differing(left: u64, right: u64) -> u32 {
    (left ^ right).count_ones()
}

/// The first words that differ, and whether the names have several words of which the others are equal.
fn differing_words<'name>(left: &'name str, right: &'name str) -> (bool, &'name str, &'name str) {
    let (mut one, mut two) = (words_of(left), words_of(right));
    let mut found = None;
    let mut count: usize = 0;
    loop {
        match (one.next(), two.next()) {
            (None, None) => break,
            (Some(mine), Some(theirs)) => {
                count = count.saturating_add(1);
                if mine != theirs {
                    if found.is_some() {
                        return (false, left, right);
                    }
                    found = Some((mine, theirs));
                }
            }
            _ => return (false, left, right),
        }
    }
    match found {
        Some((mine, theirs)) if count > 1 => (true, mine, theirs),
        _ => (false, left, right),
    }
}

fn is_plural(name: &str, target: &str) -> bool {
    let (_, mine, theirs) = differing_words(name, target);
    mine.strip_suffix('s') == Some(theirs) || theirs.strip_suffix('s') == Some(mine)
}

/// A name without its empty words and words of variants.
struct Stripped {
    /// What is left, if anything was taken.
    core: Option<String>,
    /// Whether a word of variants was among what was taken.
    variant: bool,
    /// How many words were taken.
    words: usize,
}

fn strip_words(name: &str) -> Stripped {
    let bare = |word: &str| EMPTY.iter().any(|empty| *empty == without_number(word));
    let parts: Vec<&str> = words_of(name).collect();
    let mut kept = parts.as_slice();
    let mut variant = false;
    loop {
        if let [rest @ .., last] = kept
            && (bare(last) || VARIANT.contains(last))
            && !rest.is_empty()
        {
            variant |= VARIANT.contains(last);
            kept = rest;
        } else if let [first, rest @ ..] = kept
            && bare(first)
            && !rest.is_empty()
        {
            kept = rest;
        } else {
            break;
        }
    }
    let words = parts.len().saturating_sub(kept.len());
    Stripped {
        core: (words > 0).then(|| kept.join("-")),
        variant,
        words,
    }
}

/// The name without an empty word that is glued to it.
fn strip_glued(name: &str) -> Option<String> {
    const BEFORE: [&str; 7] = ["python3", "python", "easy", "fast", "new", "lib", "raw"];
    const AFTER: [&str; 11] = [
        "js",
        ".js",
        "python",
        "py",
        "lib",
        "installer",
        "loader",
        "boost",
        "faster",
        "client",
        "ai",
    ];
    BEFORE
        .iter()
        .find_map(|word| name.strip_prefix(word))
        .or_else(|| AFTER.iter().find_map(|word| name.strip_suffix(word)))
        .filter(|core| core.len() >= 4)
        .map(|core| core.trim_matches('-').to_owned())
}
