//! The index: popular names, and the question whether another name looks like one of them.

mod look;
mod text;

use std::collections::HashMap;

use chainwright_core::package::Ecosystem;
use chainwright_core::severity::Confidence;
use chainwright_packages::name::comparable;
use serde::{Deserialize, Serialize};

use crate::distance;
use crate::words::{BRANDS, IMPORTS};
use text::{letters, plain_letters, sorted_letters, sorted_words, stems, without_python, words_of};

/// The most names that an index holds.
pub const MOST_NAMES: usize = 200_000;

/// Names before this rank are imitated in every way, and by far the most.
const MOST_WANTED: u32 = 150;

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
    /// A plural for a singular, or another ending of grammar.
    Plural,
    /// The same words in another order.
    Swap,
    /// Another number at the end, or none.
    Version,
    /// Empty words before or after a name, or another way to say that it is for Python.
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
    /// Names by the beginnings of their words, without endings of grammar.
    by_stem: HashMap<Box<str>, u32>,
    /// Names that say that they are for Python, without that.
    by_binding: HashMap<Box<str>, u32>,
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

const MAGIC: &[u8] = b"chainwright names 1\n";

fn is_alarm(found: &Lookalike) -> bool {
    found.confidence >= Confidence::Medium
}

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
            by_stem: HashMap::new(),
            by_binding: HashMap::new(),
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
        if (rank < 2000 && name.len() >= 8) || (rank < MOST_WANTED && name.len() >= 5) {
            self.by_anagram.entry(sorted_letters(name)).or_insert(at);
        }
        if rank < 1500 && name.len() >= 8 {
            self.by_stem.entry(stems(name).into()).or_insert(at);
        }
        if rank < 1500
            && self.ecosystem == Ecosystem::PyPi
            && let Some(bare) = without_python(name)
        {
            self.by_binding.entry(bare.into()).or_insert(at);
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
            .or_else(|| self.version(&name).filter(is_alarm))
            .or_else(|| self.slip(&name))
            .or_else(|| self.plurals(&name))
            .or_else(|| self.inflection(&name))
            .or_else(|| self.swap(&name))
            .or_else(|| self.shuffled(&name))
            .or_else(|| self.other_owner(&name))
            .or_else(|| self.binding(&name))
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
}
