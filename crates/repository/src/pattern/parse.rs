//! Reads the common core of Oniguruma and Python patterns into pieces; anything else ends the attempt.

use super::set::Set;

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Empty,
    /// `^`, `$`, `\b` and the like.
    Assertion,
    /// A look-around.
    Look(Box<Self>),
    One(Set),
    Row(Vec<Self>),
    Any(Vec<Self>),
    Repeat {
        inner: Box<Self>,
        min: u32,
        max: Option<u32>,
        /// Possessive: never gives back.
        atomic: bool,
    },
}

impl Piece {
    /// Whether it matches the empty text.
    pub(super) fn is_nullable(&self) -> bool {
        match self {
            Self::Empty | Self::Assertion | Self::Look(_) => true,
            Self::One(_) => false,
            Self::Row(pieces) => pieces.iter().all(Self::is_nullable),
            Self::Any(pieces) => pieces.iter().any(Self::is_nullable),
            Self::Repeat { inner, min, .. } => *min == 0 || inner.is_nullable(),
        }
    }

    /// Whether it matches some text made only of characters of `set`.
    pub(super) fn fits(&self, set: Set) -> bool {
        match self {
            Self::Empty | Self::Assertion | Self::Look(_) => true,
            Self::One(own) => !own.intersection(set).is_empty(),
            Self::Row(pieces) => pieces.iter().all(|piece| piece.fits(set)),
            Self::Any(pieces) => pieces.iter().any(|piece| piece.fits(set)),
            Self::Repeat { inner, min, .. } => *min == 0 || inner.fits(set),
        }
    }

    /// Every character it may contain; `None` when it contains none.
    pub(super) fn set(&self) -> Option<Set> {
        match self {
            Self::Empty | Self::Assertion | Self::Look(_) => None,
            Self::One(set) => Some(*set),
            Self::Row(pieces) | Self::Any(pieces) => {
                pieces.iter().filter_map(Self::set).reduce(Set::union)
            }
            Self::Repeat { inner, .. } => inner.set(),
        }
    }
}

/// LIMIT: groups inside groups.
const MAX_DEPTH: usize = 40;

/// The pattern as pieces; `None` when it is not understood.
pub(super) fn parse(pattern: &str) -> Option<Piece> {
    let mut parser = Parser {
        characters: pattern.chars().collect(),
        at: 0,
    };
    let piece = parser.alternatives(0)?;
    (parser.at == parser.characters.len()).then_some(piece)
}

struct Parser {
    characters: Vec<char>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at = self.at.saturating_add(1);
        Some(character)
    }

    fn eat(&mut self, text: &str) -> bool {
        let rest = self.characters.get(self.at..).unwrap_or_default();
        let length = text.chars().count();
        let fits = rest.iter().take(length).copied().eq(text.chars());
        if fits {
            self.at = self.at.saturating_add(length);
        }
        fits
    }

    fn alternatives(&mut self, depth: usize) -> Option<Piece> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut all = vec![self.row(depth)?];
        while self.eat("|") {
            all.push(self.row(depth)?);
        }
        Some(if all.len() == 1 {
            all.pop()?
        } else {
            Piece::Any(all)
        })
    }

    fn row(&mut self, depth: usize) -> Option<Piece> {
        let mut pieces = Vec::new();
        while let Some(character) = self.peek() {
            if character == '|' || character == ')' {
                break;
            }
            let piece = self.atom(depth)?;
            pieces.push(self.repeated(piece)?);
        }
        Some(match pieces.len() {
            0 => Piece::Empty,
            1 => pieces.pop()?,
            _ => Piece::Row(pieces),
        })
    }

    fn atom(&mut self, depth: usize) -> Option<Piece> {
        match self.next()? {
            '(' => self.group(depth),
            '[' => self.class(0).map(Piece::One),
            '.' => Some(Piece::One(Set::of(|character| character != '\n', true))),
            '^' | '$' => Some(Piece::Assertion),
            '\\' => self.escape(),
            '*' | '+' | '?' => None,
            literal => Some(Piece::One(one(literal))),
        }
    }

    fn group(&mut self, depth: usize) -> Option<Piece> {
        let mut is_look = false;
        let mut is_atomic = false;
        if self.eat("?") {
            match self.next()? {
                ':' => {}
                '>' => is_atomic = true,
                '=' | '!' => is_look = true,
                '#' => {
                    while self.next()? != ')' {}
                    return Some(Piece::Empty);
                }
                'P' => {
                    if !self.eat("<") {
                        return None;
                    }
                    while self.next()? != '>' {}
                }
                '<' => match self.peek()? {
                    '=' | '!' => {
                        self.next();
                        is_look = true;
                    }
                    _ => while self.next()? != '>' {},
                },
                flag if flag.is_ascii_alphabetic() || flag == '-' => loop {
                    match self.next()? {
                        ':' => break,
                        ')' => return Some(Piece::Empty),
                        flag if flag.is_ascii_alphabetic() || flag == '-' => {}
                        _ => return None,
                    }
                },
                _ => return None,
            }
        }
        let inner = self.alternatives(depth.saturating_add(1))?;
        if !self.eat(")") {
            return None;
        }
        Some(if is_look {
            Piece::Look(Box::new(inner))
        } else if is_atomic {
            Piece::Repeat {
                inner: Box::new(inner),
                min: 1,
                max: Some(1),
                atomic: true,
            }
        } else {
            inner
        })
    }

    fn repeated(&mut self, mut piece: Piece) -> Option<Piece> {
        loop {
            let (min, max) = match self.peek() {
                Some('*') => (0, None),
                Some('+') => (1, None),
                Some('?') => (0, Some(1)),
                Some('{') => match self.counts() {
                    Some(counts) => counts,
                    None => return Some(piece),
                },
                _ => return Some(piece),
            };
            if self.peek() != Some('}') {
                self.next();
            } else {
                self.eat("}");
            }
            let atomic = !self.eat("?") && self.eat("+");
            piece = Piece::Repeat {
                inner: Box::new(piece),
                min,
                max,
                atomic,
            };
        }
    }

    /// Reads `{2}`, `{2,}`, `{,3}`, `{2,3}` up to the closing brace; a brace that is none of these is a literal.
    fn counts(&mut self) -> Option<(u32, Option<u32>)> {
        let start = self.at;
        self.next();
        let mut text = String::new();
        while let Some(character) = self.peek() {
            if character == '}' || text.len() > 12 {
                break;
            }
            text.push(character);
            self.next();
        }
        let is_count = self.peek() == Some('}')
            && !text.is_empty()
            && text.chars().all(|c| c.is_ascii_digit() || c == ',');
        if !is_count {
            self.at = start;
            return None;
        }
        let (low, high) = match text.split_once(',') {
            None => (text.as_str(), Some(text.as_str())),
            Some((low, "")) => (low, None),
            Some((low, high)) => (low, Some(high)),
        };
        Some((
            low.parse().unwrap_or(0),
            high.map(|high| high.parse().unwrap_or(u32::MAX)),
        ))
    }

    fn escape(&mut self) -> Option<Piece> {
        let character = self.next()?;
        match character {
            'b' | 'B' | 'A' | 'z' | 'Z' | 'G' => Some(Piece::Assertion),
            '1'..='9' | 'k' => None,
            _ => self.escaped_set(character).map(Piece::One),
        }
    }

    /// The set behind a backslash, inside and outside of brackets.
    fn escaped_set(&mut self, character: char) -> Option<Set> {
        let digit = Set::of(|c| c.is_ascii_digit(), false);
        let word = Set::of(|c| c.is_ascii_alphanumeric() || c == '_', true);
        let space = Set::of(|c| c.is_ascii_whitespace() || c == '\u{b}', true);
        Some(match character {
            'd' => digit,
            'D' => digit.complement(),
            'w' => word,
            'W' => word.complement(),
            's' => space,
            'S' => space.complement(),
            'h' => Set::of(|c| c.is_ascii_hexdigit(), false),
            'R' => Set::of(|c| c == '\n' || c == '\r', true),
            'X' => Set::ALL,
            'n' => one('\n'),
            'r' => one('\r'),
            't' => one('\t'),
            'p' | 'P' => self.property(character == 'P')?,
            'x' | 'u' => {
                let digits = if character == 'x' { 2 } else { 4 };
                if self.eat("{") {
                    while self.next()? != '}' {}
                    Set::of(|_| false, true)
                } else {
                    let mut code = 0_u32;
                    for _ in 0..digits {
                        let digit = self.next()?.to_digit(16)?;
                        code = code.saturating_mul(16).saturating_add(digit);
                    }
                    one(char::from_u32(code).unwrap_or('\u{fffd}'))
                }
            }
            other => one(other),
        })
    }

    fn property(&mut self, negated: bool) -> Option<Set> {
        let mut name = String::new();
        if self.eat("{") {
            loop {
                match self.next()? {
                    '}' => break,
                    character => name.push(character),
                }
            }
        } else {
            name.push(self.next()?);
        }
        let inner_negated = name.starts_with('^');
        let set = match name.trim_start_matches('^') {
            "L" | "Letter" | "Alpha" | "Alphabetic" | "LC" | "Latin" => {
                Set::of(|c| c.is_ascii_alphabetic(), true)
            }
            "Lu" | "Upper" | "Lt" => Set::of(|c| c.is_ascii_uppercase(), true),
            "Ll" | "Lower" => Set::of(|c| c.is_ascii_lowercase(), true),
            "N" | "Nd" | "Number" | "Digit" => Set::of(|c| c.is_ascii_digit(), true),
            "P" | "Punct" | "Punctuation" => Set::of(|c| c.is_ascii_punctuation(), true),
            "S" | "Symbol" => Set::of(|c| "$+<=>^`|~".contains(c), true),
            "Z" | "Zs" | "Space" => Set::of(|c| c.is_ascii_whitespace(), true),
            "C" | "Cc" | "Cntrl" => Set::of(|c| c.is_ascii_control(), true),
            _ => Set::of(|_| false, true),
        };
        Some(if negated != inner_negated {
            set.complement()
        } else {
            set
        })
    }

    /// Reads a bracket expression behind its opening bracket.
    fn class(&mut self, depth: usize) -> Option<Set> {
        if depth > 4 {
            return None;
        }
        let negated = self.eat("^");
        let mut set = Set::EMPTY;
        let mut is_first = true;
        loop {
            let character = self.next()?;
            match character {
                ']' if !is_first => break,
                '[' if self.peek() == Some(':') => {
                    while self.next()? != ']' {}
                    set = set.union(Set::of(|c| c.is_ascii_alphanumeric(), true));
                }
                '[' => set = set.union(self.class(depth.saturating_add(1))?),
                '&' if self.peek() == Some('&') => return None,
                _ => {
                    let start = if character == '\\' {
                        let escaped = self.next()?;
                        if escaped.is_ascii_alphabetic() {
                            set = set.union(self.escaped_set(escaped)?);
                            None
                        } else {
                            Some(escaped)
                        }
                    } else {
                        Some(character)
                    };
                    if let Some(start) = start {
                        self.range(start, &mut set)?;
                    }
                }
            }
            is_first = false;
        }
        Some(if negated { set.complement() } else { set })
    }

    fn range(&mut self, start: char, set: &mut Set) -> Option<()> {
        let next = self.characters.get(self.at.saturating_add(1)).copied();
        if self.peek() == Some('-') && next.is_some_and(|next| next != ']') {
            self.next();
            let mut end = self.next()?;
            if end == '\\' {
                end = self.next()?;
            }
            set.insert_range(start, end);
        } else {
            set.insert(start);
        }
        Some(())
    }
}

fn one(character: char) -> Set {
    let mut set = Set::EMPTY;
    set.insert(character);
    set
}
