//! The arguments of a command: options with and without values, and what stands between them.

use super::shell::Word;

/// An argument.
#[derive(Debug)]
pub(super) enum Argument<'w> {
    /// An option as written, without its value.
    Option(&'w str, Option<Word>),
    /// Anything else.
    Plain(&'w Word),
}

/// The verb behind leading options, and what follows it.
pub(super) fn split_verb(words: &[Word]) -> (&str, &[Word]) {
    let is_option = |word: &Word| word.text.starts_with(['-', '+']);
    let start = words.iter().position(|word| !is_option(word));
    match start.and_then(|at| words.get(at..)?.split_first()) {
        Some((verb, rest)) => (&verb.text, rest),
        None => ("", &[]),
    }
}

/// Walks over arguments. `with_value` lists the options that take the next word when none is joined to them.
pub(super) struct Arguments<'w> {
    words: std::slice::Iter<'w, Word>,
    with_value: &'w [&'w str],
    only_plain: bool,
}

impl<'w> Arguments<'w> {
    pub(super) fn new(words: &'w [Word], with_value: &'w [&'w str]) -> Self {
        Self {
            words: words.iter(),
            with_value,
            only_plain: false,
        }
    }

    /// What was not read.
    pub(super) fn rest(&self) -> &'w [Word] {
        self.words.as_slice()
    }
}

impl<'w> Iterator for Arguments<'w> {
    type Item = Argument<'w>;

    fn next(&mut self) -> Option<Argument<'w>> {
        let word = self.words.next()?;
        let text = word.text.as_str();
        if self.only_plain || !text.starts_with('-') || text == "-" {
            return Some(Argument::Plain(word));
        }
        if text == "--" {
            self.only_plain = true;
            return self.next();
        }
        let joined = |value: &str| Word {
            text: value.to_owned(),
            is_dynamic: word.is_dynamic,
        };
        if text.starts_with("--") {
            if let Some((name, value)) = text.split_once('=') {
                return Some(Argument::Option(name, Some(joined(value))));
            }
        } else if let Some((name, value)) = text.split_at_checked(2)
            && !value.is_empty()
        {
            if self.with_value.contains(&name) {
                let value = value.strip_prefix('=').unwrap_or(value);
                return Some(Argument::Option(name, Some(joined(value))));
            }
            // `-qr file`: switches, of which the last takes the value.
            let last = text.chars().next_back().map(|last| format!("-{last}"));
            let known = self
                .with_value
                .iter()
                .find(|known| Some(**known) == last.as_deref());
            if let Some(known) = known
                && text.len() < 6
            {
                return Some(Argument::Option(known, self.words.next().cloned()));
            }
        }
        let value = match self.with_value.contains(&text) {
            true => self.words.next().cloned(),
            false => None,
        };
        Some(Argument::Option(text, value))
    }
}
