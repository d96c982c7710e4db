//! JavaScript as tokens (ECMA-262, lexical grammar), with the brackets that belong together.
//!
//! What cannot be a token is skipped. Whether `/` divides or begins a pattern is decided by the token before it.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword; `#private` as well.
    Word,
    /// A number.
    Number,
    /// A string with its quotes.
    Text,
    /// Literal text of a template, without its delimiters.
    Chunk,
    /// A regular expression.
    Pattern,
    /// An operator or bracket; a template is put between backticks.
    Sign,
}

/// One token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Byte offset of its first character.
    pub(super) at: usize,
    /// Whether a line ends in front of it.
    pub(super) is_after_line: bool,
    /// Blanks in front of it on its line.
    pub(super) blanks: usize,
    /// For an opening bracket, the position of the one that closes it.
    pub(super) closing: usize,
}

/// Operators of more than one character, the longest first.
const SIGNS: [&str; 34] = [
    ">>>=", "===", "!==", "**=", "...", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=",
    "<=", ">=", "&&", "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
    "<<", ">>", "**", "${",
];

/// The most tokens that are kept.
const MOST: usize = 4_000_000;

/// Splits the source.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer {
        source,
        at: 0,
        found: Vec::new(),
        open: Vec::new(),
    };
    if source.starts_with("#!") {
        lexer.at = source.find('\n').unwrap_or(source.len());
    }
    while lexer.at < source.len() && lexer.found.len() < MOST {
        lexer.step();
    }
    let end = lexer.found.len();
    for opening in std::mem::take(&mut lexer.open) {
        if let Some(token) = lexer.found.get_mut(opening) {
            token.closing = end;
        }
    }
    lexer.found
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    found: Vec<Token<'a>>,
    /// Positions of opening brackets and templates.
    open: Vec<usize>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn step(&mut self) {
        let (is_after_line, blanks) = self.skip_blanks();
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return;
        };
        let at = self.at;
        let (kind, length) = match first {
            '"' | '\'' => (Kind::Text, text_length(rest, first)),
            '`' => {
                self.push(Kind::Sign, 1, is_after_line, blanks);
                self.open();
                self.template();
                return;
            }
            '0'..='9' => (Kind::Number, number_length(rest)),
            '.' if rest
                .get(1..2)
                .is_some_and(|next| next.as_bytes().first().is_some_and(u8::is_ascii_digit)) =>
            {
                (Kind::Number, number_length(rest))
            }
            '/' if self.expects_operand() => match pattern_length(rest) {
                Some(length) => (Kind::Pattern, length),
                None => (Kind::Sign, 1),
            },
            _ if is_word_start(first) => (Kind::Word, word_length(rest)),
            _ => (Kind::Sign, sign_length(rest)),
        };
        self.push(kind, length, is_after_line, blanks);
        if kind != Kind::Sign {
            return;
        }
        match self.source.get(at..self.at).unwrap_or_default() {
            "(" | "[" | "{" => self.open(),
            ")" | "]" | "}" => self.close(),
            _ => {}
        }
    }

    /// Skips white space and comments; says whether a line ended, and how many blanks lie before the token.
    fn skip_blanks(&mut self) -> (bool, usize) {
        let mut is_after_line = self.found.is_empty();
        let mut blanks = 0_usize;
        loop {
            let rest = self.rest();
            let Some(first) = rest.chars().next() else {
                return (is_after_line, blanks);
            };
            let length = if first.is_whitespace() || first == '\u{feff}' {
                if matches!(first, '\n' | '\r' | '\u{2028}' | '\u{2029}') {
                    is_after_line = true;
                    blanks = 0;
                } else {
                    blanks = blanks.saturating_add(1);
                }
                first.len_utf8()
            } else if rest.starts_with("//") || (rest.starts_with("<!--") && is_after_line) {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                let inner = rest.get(2..).unwrap_or_default();
                let end = inner
                    .find("*/")
                    .map_or(rest.len(), |end| end.saturating_add(4));
                is_after_line |= rest
                    .get(..end)
                    .is_some_and(|comment| comment.contains('\n'));
                end
            } else {
                return (is_after_line, blanks);
            };
            self.at = self.at.saturating_add(length.max(1));
        }
    }

    fn push(&mut self, kind: Kind, length: usize, is_after_line: bool, blanks: usize) {
        let rest = self.rest();
        let mut length = length.min(rest.len()).max(1);
        while !rest.is_char_boundary(length) {
            length = length.saturating_add(1);
        }
        let text = rest.get(..length).unwrap_or_default();
        self.found.push(Token {
            kind,
            text,
            at: self.at,
            is_after_line,
            blanks,
            closing: usize::MAX,
        });
        self.at = self.at.saturating_add(length);
    }

    fn open(&mut self) {
        self.open.push(self.found.len().saturating_sub(1));
    }

    /// Closes the innermost bracket; `}` may go on with a template.
    fn close(&mut self) {
        let position = self.found.len().saturating_sub(1);
        let Some(opening) = self.open.pop() else {
            return;
        };
        let Some(token) = self.found.get_mut(opening) else {
            return;
        };
        token.closing = position;
        if token.text == "${" {
            self.template();
        }
    }

    /// Literal text up to `${` or the end of the template.
    fn template(&mut self) {
        let rest = self.rest();
        let mut characters = rest.char_indices();
        let mut end = rest.len();
        let mut opens = false;
        while let Some((position, character)) = characters.next() {
            match character {
                '\\' => {
                    characters.next();
                }
                '`' => {
                    end = position;
                    break;
                }
                '$' if rest
                    .get(position..)
                    .is_some_and(|rest| rest.starts_with("${")) =>
                {
                    (end, opens) = (position, true);
                    break;
                }
                _ => {}
            }
        }
        if end > 0 {
            self.push(Kind::Chunk, end, false, 0);
        }
        if self.at >= self.source.len() {
            return;
        }
        if opens {
            self.push(Kind::Sign, 2, false, 0);
            self.open();
        } else {
            self.push(Kind::Sign, 1, false, 0);
            self.close();
        }
    }

    /// Whether a value may begin here, so that `/` begins a pattern.
    fn expects_operand(&self) -> bool {
        let Some(last) = self.found.last() else {
            return true;
        };
        match last.kind {
            Kind::Number | Kind::Text | Kind::Chunk | Kind::Pattern => false,
            Kind::Word => matches!(
                last.text,
                "return"
                    | "typeof"
                    | "case"
                    | "in"
                    | "of"
                    | "delete"
                    | "void"
                    | "throw"
                    | "new"
                    | "do"
                    | "else"
                    | "instanceof"
                    | "yield"
                    | "await"
            ),
            Kind::Sign => match last.text {
                "]" | "++" | "--" | "`" => false,
                ")" => self.closes_condition(),
                _ => true,
            },
        }
    }

    /// Whether the `)` just read ends the head of `if`, `while`, `for` or `with`.
    fn closes_condition(&self) -> bool {
        let last = self.found.len().saturating_sub(1);
        // Heads are short; looking back further than that would take quadratic time.
        let near = self.found.iter().enumerate().rev().take(200);
        let Some((opening, _)) = near
            .clone()
            .find(|(_, token)| token.text == "(" && token.closing == last)
        else {
            return false;
        };
        opening
            .checked_sub(1)
            .and_then(|before| self.found.get(before))
            .is_some_and(|token| matches!(token.text, "if" | "while" | "for" | "with"))
    }
}

fn is_word_start(character: char) -> bool {
    character.is_alphabetic() || matches!(character, '_' | '$' | '#' | '\\' | '@')
}

fn word_length(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    let end = characters.find(|(_, character)| {
        !(character.is_alphanumeric()
            || matches!(character, '_' | '$' | '\\' | '\u{200c}' | '\u{200d}'))
    });
    end.map_or(rest.len(), |(end, _)| end)
}

fn number_length(rest: &str) -> usize {
    let mut before = ' ';
    let end = rest.char_indices().find(|(_, character)| {
        let is_sign = matches!(character, '+' | '-')
            && matches!(before, 'e' | 'E')
            && !rest.starts_with("0x");
        before = *character;
        !(character.is_ascii_alphanumeric() || matches!(character, '.' | '_') || is_sign)
    });
    end.map_or(rest.len(), |(end, _)| end)
}

fn text_length(rest: &str, quote: char) -> usize {
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == quote {
            return at.saturating_add(1);
        } else if character == '\n' {
            return at;
        }
    }
    rest.len()
}

fn pattern_length(rest: &str) -> Option<usize> {
    let mut in_class = false;
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            '[' => in_class = true,
            ']' => in_class = false,
            '\n' => return None,
            '/' if !in_class => {
                let flags = rest.get(at.saturating_add(1)..).unwrap_or_default();
                let flags = flags.bytes().take_while(u8::is_ascii_alphabetic).count();
                return Some(at.saturating_add(1).saturating_add(flags));
            }
            _ => {}
        }
    }
    None
}

fn sign_length(rest: &str) -> usize {
    SIGNS
        .iter()
        .find(|sign| rest.starts_with(**sign) && **sign != "${")
        .map_or_else(
            || rest.chars().next().map_or(1, char::len_utf8),
            |sign| sign.len(),
        )
}

/// The value of a string literal or of literal text of a template.
pub(super) fn unescape(body: &str) -> String {
    if !body.contains('\\') {
        return body.to_owned();
    }
    let mut result = String::with_capacity(body.len());
    let mut characters = body.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '\\' {
            result.push(character);
            continue;
        }
        let Some(escaped) = characters.next() else {
            break;
        };
        match escaped {
            'n' => result.push('\n'),
            't' => result.push('\t'),
            'r' => result.push('\r'),
            'b' | 'f' | 'v' | '0' => result.push(' '),
            'x' => result.extend(letter(&mut characters, 2)),
            'u' if characters.peek() == Some(&'{') => {
                characters.next();
                let mut digits = String::new();
                while let Some(digit) = characters.next_if(char::is_ascii_hexdigit) {
                    digits.push(digit);
                }
                characters.next_if_eq(&'}');
                result.extend(
                    u32::from_str_radix(&digits, 16)
                        .ok()
                        .and_then(char::from_u32),
                );
            }
            'u' => result.extend(letter(&mut characters, 4)),
            '\n' | '\r' => {}
            other => result.push(other),
        }
    }
    result
}

/// The letter whose number follows in hexadecimal.
fn letter(characters: &mut std::iter::Peekable<std::str::Chars<'_>>, count: usize) -> Option<char> {
    let mut digits = String::new();
    for _ in 0..count {
        digits.push(characters.next_if(char::is_ascii_hexdigit)?);
    }
    u32::from_str_radix(&digits, 16)
        .ok()
        .and_then(char::from_u32)
}

/// The text between the quotes of a string token.
pub(super) fn between_quotes(text: &str) -> &str {
    let quote = text.chars().next().unwrap_or('"');
    let inner = text.get(1..).unwrap_or_default();
    inner.strip_suffix(quote).unwrap_or(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        tokens(source).iter().map(|token| token.text).collect()
    }

    #[test]
    fn patterns_and_divisions_are_told_apart() {
        assert_eq!(texts("a = b / c / d"), ["a", "=", "b", "/", "c", "/", "d"]);
        assert_eq!(texts("x(/[/]'/g)"), ["x", "(", "/[/]'/g", ")"]);
        assert_eq!(
            texts("if (a) /b'/.test(c)"),
            ["if", "(", "a", ")", "/b'/", ".", "test", "(", "c", ")"]
        );
        assert_eq!(texts("(a) / b"), ["(", "a", ")", "/", "b"]);
    }

    #[test]
    fn templates_nest() {
        let source = "`a${b(`c${d}`)}e`";
        assert_eq!(
            texts(source),
            [
                "`", "a", "${", "b", "(", "`", "c", "${", "d", "}", "`", ")", "}", "e", "`"
            ]
        );
        let found = tokens(source);
        assert_eq!(found.first().map(|token| token.closing), Some(14));
    }

    #[test]
    fn escapes_are_resolved() {
        assert_eq!(unescape(r"\x65\u0076\u{61}l\n"), "eval\n");
    }
}
