//! Reading a short text from its start. Knows no grammar.

/// What is left of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scan<'text> {
    rest: &'text str,
}

impl<'text> Scan<'text> {
    pub(crate) const fn new(rest: &'text str) -> Self {
        Self { rest }
    }

    pub(crate) const fn rest(self) -> &'text str {
        self.rest
    }

    pub(crate) const fn done(self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn peek(self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Takes exactly this text.
    pub(crate) fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes this ASCII text in any case.
    pub(crate) fn eat_word(&mut self, word: &str) -> bool {
        match self.rest.split_at_checked(word.len()) {
            Some((head, rest)) if head.eq_ignore_ascii_case(word) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Takes the first of these words that comes next and says which one.
    pub(crate) fn eat_any<'word>(&mut self, words: &[&'word str]) -> Option<&'word str> {
        words.iter().copied().find(|word| self.eat_word(word))
    }

    /// Takes one character out of a set.
    pub(crate) fn eat_one_of(&mut self, set: &str) -> Option<char> {
        let next = self.peek().filter(|next| set.contains(*next))?;
        let mut rest = self.rest.chars();
        rest.next();
        self.rest = rest.as_str();
        Some(next)
    }

    /// Takes characters for as long as they fit.
    pub(crate) fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'text str {
        let end = self
            .rest
            .find(|next| !fits(next))
            .unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Takes a run of ASCII digits, perhaps an empty one.
    pub(crate) fn digits(&mut self) -> &'text str {
        self.take_while(|next| next.is_ascii_digit())
    }

    /// Takes a run of at least one ASCII digit.
    pub(crate) fn number(&mut self) -> Option<&'text str> {
        Some(self.digits()).filter(|digits| !digits.is_empty())
    }
}
