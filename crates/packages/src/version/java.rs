//! Versions of Maven, after the "version order specification" of its POM reference.

use std::cmp::Ordering;

use crate::number::Number;
use crate::scan::Scan;

/// What a token is, in the order in which tokens of one place compare.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    /// A qualifier before or at the release: `alpha` (0) … the release itself (5), `sp` (6).
    Known(u8),
    /// Any other qualifier, after `sp`.
    Word(Box<str>),
    /// A number after a hyphen or a change between digits and letters.
    Hyphen(Number),
    /// A number after a dot.
    Dot(Number),
}

const RELEASE: u8 = 5;

/// A Maven version.
#[derive(Debug, Clone)]
pub(crate) struct Maven {
    tokens: Vec<Token>,
}

impl Maven {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.contains(char::is_whitespace) {
            return None;
        }
        let lower = text.to_ascii_lowercase();
        let mut tokens: Vec<(bool, Token)> = Vec::new();
        let mut scan = Scan::new(&lower);
        let mut hyphen = false;
        loop {
            tokens.push((hyphen, token(&mut scan, hyphen)));
            match scan.peek() {
                None => break,
                Some('.') => {
                    scan.eat(".");
                    hyphen = false;
                }
                Some(next) => {
                    hyphen = true;
                    if next == '-' || next == '_' {
                        scan.eat_one_of("-_");
                    }
                }
            }
        }
        Some(Self {
            tokens: trimmed(tokens),
        })
    }

    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let longer = self.tokens.len().max(other.tokens.len());
        for at in 0..longer {
            let order = match (self.tokens.get(at), other.tokens.get(at)) {
                (Some(left), Some(right)) => left.cmp(right),
                (Some(left), None) => left.cmp(&left.absent()),
                (None, Some(right)) => right.absent().cmp(right),
                (None, None) => Ordering::Equal,
            };
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }
}

impl Token {
    /// What stands in a shorter version where a longer one has this token.
    const fn absent(&self) -> Self {
        match self {
            Self::Known(_) | Self::Word(_) => Self::Known(RELEASE),
            Self::Hyphen(_) => Self::Hyphen(Number::ZERO),
            Self::Dot(_) => Self::Dot(Number::ZERO),
        }
    }

    fn is_null(&self) -> bool {
        *self == self.absent()
    }
}

fn token(scan: &mut Scan<'_>, hyphen: bool) -> Token {
    let number = |number| {
        if hyphen {
            Token::Hyphen(number)
        } else {
            Token::Dot(number)
        }
    };
    if scan.peek().is_none_or(|next| ".-_".contains(next)) {
        return number(Number::ZERO);
    }
    if let Some(digits) = scan.number() {
        return number(Number::read(digits));
    }
    let word = scan.take_while(|next| !(next.is_ascii_digit() || ".-_".contains(next)));
    let before_digit = scan.peek().is_some_and(|next| next.is_ascii_digit());
    match word {
        "alpha" => Token::Known(0),
        "beta" => Token::Known(1),
        "milestone" => Token::Known(2),
        "a" if before_digit => Token::Known(0),
        "b" if before_digit => Token::Known(1),
        "m" if before_digit => Token::Known(2),
        "rc" | "cr" => Token::Known(3),
        "snapshot" => Token::Known(4),
        "final" | "ga" | "release" => Token::Known(RELEASE),
        "sp" => Token::Known(6),
        other => Token::Word(other.into()),
    }
}

/// Takes away what says nothing: zeros and releases at the end and before each hyphen.
fn trimmed(tokens: Vec<(bool, Token)>) -> Vec<Token> {
    let mut kept: Vec<Token> = Vec::with_capacity(tokens.len());
    for (hyphen, token) in tokens {
        if hyphen {
            trim_end(&mut kept);
        }
        kept.push(token);
    }
    trim_end(&mut kept);
    kept
}

fn trim_end(kept: &mut Vec<Token>) {
    while kept.last().is_some_and(Token::is_null) {
        kept.pop();
    }
}
