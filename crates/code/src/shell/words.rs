//! Splits shell text into pipelines of simple commands, with quotes and known variables resolved.
//!
//! Follows the token rules of POSIX `sh` (XCU 2.3) and the additions of bash that matter for disguise: `$'…'`,
//! `<(…)`, `<<<`, `&>`. It doesn't follow control flow: every branch is read as if it ran.

use std::collections::BTreeMap;

/// The most bytes that one word may grow to by expanding variables.
const MAX_WORD: usize = 16 * 1024;
/// The most commands read from one text.
const MAX_COMMANDS: usize = 20_000;

/// One simple command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// The words, quotes removed; the first one that is no assignment is the program.
    pub(super) words: Vec<String>,
    /// Operator and target of each redirection.
    pub(super) redirects: Vec<(String, String)>,
    /// The text inside `$(…)`, backticks, `<(…)` and `>(…)`.
    pub(super) inner: Vec<String>,
    /// What is fed in by a here-document or here-string.
    pub(super) input: Option<String>,
    /// The line it starts on, from 0.
    pub(super) line: u32,
    /// Whether quotes or escapes split the program's name.
    pub(super) name_disguised: bool,
}

/// Commands joined by pipes.
pub(super) type Pipeline = Vec<Command>;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) pipelines: Vec<Pipeline>,
    /// Whether something was left out for a limit.
    pub(super) is_cut: bool,
}

/// Reads a whole text.
pub(super) fn read(text: &str) -> Script {
    let mut reader = Reader {
        characters: text.chars().collect(),
        position: 0,
        line: 0,
        variables: BTreeMap::new(),
        command: Command::default(),
        pipeline: Vec::new(),
        script: Script::default(),
        count: 0,
        heredocs: Vec::new(),
    };
    reader.run();
    reader.script
}

struct Reader {
    characters: Vec<char>,
    position: usize,
    line: u32,
    variables: BTreeMap<String, String>,
    command: Command,
    pipeline: Pipeline,
    script: Script,
    count: usize,
    /// Here-documents whose body begins on the next line: end mark, and whether tabs are stripped.
    heredocs: Vec<(String, bool)>,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.position).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<char> {
        self.characters
            .get(self.position.saturating_add(ahead))
            .copied()
    }

    fn advance(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.position = self.position.saturating_add(1);
        if character == '\n' {
            self.line = self.line.saturating_add(1);
        }
        Some(character)
    }

    fn run(&mut self) {
        while let Some(character) = self.peek() {
            if self.count >= MAX_COMMANDS {
                self.script.is_cut = true;
                break;
            }
            match character {
                ' ' | '\t' | '\r' => {
                    self.advance();
                }
                '\n' => {
                    self.advance();
                    self.read_heredocs();
                    self.end_pipeline();
                }
                ';' => {
                    self.advance();
                    self.end_pipeline();
                }
                '#' => self.skip_comment(),
                '|' => self.read_pipe(),
                '&' => self.read_ampersand(),
                '(' | ')' => {
                    self.advance();
                    self.end_pipeline_keeping_pipe(character);
                }
                '<' | '>' => self.read_redirect(String::new()),
                _ => self.read_word(),
            }
        }
        self.end_pipeline();
    }

    fn skip_comment(&mut self) {
        while self.peek().is_some_and(|character| character != '\n') {
            self.advance();
        }
    }

    fn read_pipe(&mut self) {
        self.advance();
        match self.peek() {
            Some('|') => {
                self.advance();
                self.end_pipeline();
            }
            Some('&') => {
                self.advance();
                self.end_command();
            }
            _ => self.end_command(),
        }
    }

    fn read_ampersand(&mut self) {
        self.advance();
        match self.peek() {
            Some('>') => self.read_redirect("&".to_owned()),
            Some('&') => {
                self.advance();
                self.end_pipeline();
            }
            _ => self.end_pipeline(),
        }
    }

    /// `(a; b) | c`: what stands in parentheses feeds the pipe behind them.
    fn end_pipeline_keeping_pipe(&mut self, character: char) {
        let feeds_pipe = character == ')' && {
            let rest = self.characters.get(self.position..).unwrap_or_default();
            let mut rest = rest.iter().filter(|next| !matches!(next, ' ' | '\t'));
            rest.next() == Some(&'|') && rest.next() != Some(&'|')
        };
        if feeds_pipe {
            self.end_command();
        } else {
            self.end_pipeline();
        }
    }

    fn end_command(&mut self) {
        let command = std::mem::take(&mut self.command);
        if !command.words.is_empty() || !command.redirects.is_empty() || !command.inner.is_empty() {
            self.count = self.count.saturating_add(1);
            self.pipeline.push(command);
        }
    }

    fn end_pipeline(&mut self) {
        self.end_command();
        if !self.pipeline.is_empty() {
            self.script
                .pipelines
                .push(std::mem::take(&mut self.pipeline));
        }
    }

    fn begin(&mut self) {
        if self.command.words.is_empty() && self.command.redirects.is_empty() {
            self.command.line = self.line;
        }
    }

    fn read_redirect(&mut self, mut operator: String) {
        self.begin();
        if matches!(self.peek(), Some('<' | '>')) && self.peek_at(1) == Some('(') {
            let sign = self.advance().unwrap_or('<');
            self.advance();
            let inner = self.read_balanced(')');
            self.command.inner.push(inner);
            self.command.words.push(format!("{sign}()"));
            return;
        }
        while let Some(character @ ('<' | '>' | '&' | '|' | '-')) = self.peek() {
            if operator.len() >= 3 {
                break;
            }
            operator.push(character);
            self.advance();
        }
        while matches!(self.peek(), Some(' ' | '\t')) {
            self.advance();
        }
        let (target, _) = self.read_plain_word();
        if operator.ends_with("<<<") {
            self.command.input = Some(target);
        } else if operator.starts_with("<<") {
            self.heredocs.push((target, operator.ends_with('-')));
        } else {
            self.command.redirects.push((operator, target));
        }
    }

    fn read_heredocs(&mut self) {
        for (mark, strips_tabs) in std::mem::take(&mut self.heredocs) {
            let mut body = String::new();
            loop {
                let mut line = String::new();
                let mut ended = true;
                while let Some(character) = self.advance() {
                    if character == '\n' {
                        ended = false;
                        break;
                    }
                    line.push(character);
                }
                let compared = if strips_tabs {
                    line.trim_start_matches('\t')
                } else {
                    &line
                };
                if compared.trim_end_matches('\r') == mark {
                    break;
                }
                body.push_str(&line);
                body.push('\n');
                if ended {
                    break;
                }
            }
            self.command.input = Some(body);
        }
    }

    fn read_word(&mut self) {
        self.begin();
        let (word, was_split) = self.read_plain_word();
        let next_is_redirect = matches!(self.peek(), Some('<' | '>'));
        if next_is_redirect && !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()) {
            self.read_redirect(word);
            return;
        }
        if self.command.words.is_empty()
            && let Some((name, value)) = assignment(&word)
        {
            if self.variables.len() < 1_000 {
                self.variables.insert(name.to_owned(), value.to_owned());
            }
            self.command.words.push(word);
            // `A=b command`: the assignment stays in front and is passed over by the judge.
            return;
        }
        let is_program = self
            .command
            .words
            .iter()
            .all(|word| assignment(word).is_some());
        if is_program && was_split && assignment(&word).is_none() {
            self.command.name_disguised = true;
        }
        // A variable that holds several words, unquoted, is split by the shell.
        if word.contains('\u{1}') {
            let parts: Vec<String> = word
                .split('\u{1}')
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect();
            self.command.words.extend(parts);
        } else {
            self.command.words.push(word);
        }
    }

    /// Reads up to the next unquoted separator. Blanks that come from unquoted variables become `\u{1}`.
    fn read_plain_word(&mut self) -> (String, bool) {
        let mut word = String::new();
        let mut has_quote_inside = false;
        let start = self.position;
        while let Some(character) = self.peek() {
            if word.len() > MAX_WORD {
                self.script.is_cut = true;
                self.advance();
                continue;
            }
            match character {
                ' ' | '\t' | '\n' | '\r' | ';' | '|' | '&' | '(' | ')' | '<' | '>' => {
                    // `name=(…)` and `f()` keep their parentheses out of the words.
                    break;
                }
                '\'' => {
                    has_quote_inside |= self.position > start;
                    self.read_single_quotes(&mut word);
                    has_quote_inside |= self.peek().is_some_and(is_word_character);
                }
                '"' => {
                    has_quote_inside |= self.position > start;
                    self.read_double_quotes(&mut word);
                    has_quote_inside |= self.peek().is_some_and(is_word_character);
                }
                '\\' => {
                    self.advance();
                    match self.advance() {
                        Some('\n') | None => {}
                        Some(escaped) => {
                            has_quote_inside |= escaped.is_ascii_alphanumeric();
                            word.push(escaped);
                        }
                    }
                }
                '`' => {
                    self.advance();
                    let inner = self.read_until_backtick();
                    self.command.inner.push(inner);
                    word.push_str("$()");
                }
                '$' => self.read_dollar(&mut word, false),
                _ => {
                    word.push(character);
                    self.advance();
                }
            }
        }
        if self.position == start {
            self.advance();
        }
        (word, has_quote_inside)
    }

    fn read_single_quotes(&mut self, word: &mut String) {
        self.advance();
        while let Some(character) = self.advance() {
            if character == '\'' {
                break;
            }
            word.push(character);
        }
    }

    fn read_double_quotes(&mut self, word: &mut String) {
        self.advance();
        while let Some(character) = self.peek() {
            match character {
                '"' => {
                    self.advance();
                    break;
                }
                '\\' => {
                    self.advance();
                    match self.advance() {
                        Some('\n') | None => {}
                        Some(escaped @ ('"' | '\\' | '$' | '`')) => word.push(escaped),
                        Some(other) => {
                            word.push('\\');
                            word.push(other);
                        }
                    }
                }
                '`' => {
                    self.advance();
                    let inner = self.read_until_backtick();
                    self.command.inner.push(inner);
                    word.push_str("$()");
                }
                '$' => self.read_dollar(word, true),
                _ => {
                    word.push(character);
                    self.advance();
                }
            }
        }
    }

    fn read_until_backtick(&mut self) -> String {
        let mut inner = String::new();
        while let Some(character) = self.advance() {
            match character {
                '`' => break,
                '\\' => inner.extend(self.advance()),
                _ => inner.push(character),
            }
        }
        inner
    }

    fn read_dollar(&mut self, word: &mut String, is_quoted: bool) {
        self.advance();
        match self.peek() {
            Some('(') => {
                self.advance();
                let inner = self.read_balanced(')');
                if inner.starts_with('(') {
                    word.push_str("$NUMBER");
                } else {
                    self.command.inner.push(inner);
                    word.push_str("$()");
                }
            }
            Some('{') => {
                self.advance();
                let expression = self.read_balanced('}');
                self.expand(&expression, word, is_quoted);
            }
            Some('\'') if !is_quoted => {
                self.advance();
                self.read_ansi_quotes(word);
            }
            Some('"') if !is_quoted => self.read_double_quotes(word),
            Some(first) if first.is_ascii_alphabetic() || first == '_' => {
                let mut name = String::new();
                while let Some(character) = self.peek() {
                    if !character.is_ascii_alphanumeric() && character != '_' {
                        break;
                    }
                    name.push(character);
                    self.advance();
                }
                self.expand(&name, word, is_quoted);
            }
            Some(special @ ('@' | '*' | '#' | '?' | '$' | '!' | '0'..='9')) => {
                self.advance();
                // `$@` and `$1` are empty inside a script without arguments, and are used as padding in names.
                if !matches!(special, '@' | '*') {
                    word.push('$');
                    word.push(special);
                } else if is_quoted || word.is_empty() {
                    word.push_str("$@");
                }
            }
            _ => word.push('$'),
        }
    }

    fn expand(&mut self, expression: &str, word: &mut String, is_quoted: bool) {
        let name: &str = expression
            .split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
            .next()
            .unwrap_or_default();
        if name == "IFS" {
            word.push(if is_quoted { ' ' } else { '\u{1}' });
            return;
        }
        let is_plain = name.len() == expression.len();
        match self.variables.get(name) {
            Some(value) if is_plain => {
                if is_quoted {
                    word.push_str(value);
                } else {
                    let separator = "\u{1}";
                    word.push_str(&value.replace([' ', '\t', '\n'], separator));
                }
            }
            Some(value) => match substring(value, expression.get(name.len()..).unwrap_or_default())
            {
                Some(part) => word.push_str(&part),
                None => {
                    word.push('$');
                    word.push_str(name);
                }
            },
            None => {
                word.push('$');
                word.push_str(name);
            }
        }
    }

    /// Reads to the closing character, which has been opened once; quotes and nesting are respected.
    fn read_balanced(&mut self, close: char) -> String {
        let open = if close == ')' { '(' } else { '{' };
        let mut depth = 1_u32;
        let mut inner = String::new();
        while let Some(character) = self.advance() {
            if character == '\\' {
                inner.push(character);
                inner.extend(self.advance());
                continue;
            }
            if character == '\'' && close == ')' {
                inner.push(character);
                while let Some(quoted) = self.advance() {
                    inner.push(quoted);
                    if quoted == '\'' {
                        break;
                    }
                }
                continue;
            }
            if character == open {
                depth = depth.saturating_add(1);
            } else if character == close {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            inner.push(character);
        }
        inner
    }

    /// `$'…'`: C escapes.
    fn read_ansi_quotes(&mut self, word: &mut String) {
        while let Some(character) = self.advance() {
            match character {
                '\'' => break,
                '\\' => {
                    let Some(escape) = self.advance() else { break };
                    match escape {
                        'n' => word.push('\n'),
                        't' => word.push('\t'),
                        'x' => word.extend(self.read_code(16, 2)),
                        'u' => word.extend(self.read_code(16, 4)),
                        'U' => word.extend(self.read_code(16, 8)),
                        '0'..='7' => {
                            self.position = self.position.saturating_sub(1);
                            word.extend(self.read_code(8, 3));
                        }
                        other => word.push(other),
                    }
                }
                _ => word.push(character),
            }
        }
    }

    fn read_code(&mut self, radix: u32, most: usize) -> Option<char> {
        let mut code = 0_u32;
        for _ in 0..most {
            let Some(digit) = self.peek().and_then(|character| character.to_digit(radix)) else {
                break;
            };
            code = code.saturating_mul(radix).saturating_add(digit);
            self.advance();
        }
        char::from_u32(code)
    }
}

fn is_word_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '\'' | '"' | '\\')
}

/// `name=value` at the front of a command.
pub(super) fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let mut characters = name.chars();
    let is_name = characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|next| next.is_ascii_alphanumeric() || next == '_' || next == '+');
    is_name.then_some((name.trim_end_matches('+'), value))
}

/// `${name:offset:length}`, which disguises write words with.
fn substring(value: &str, operation: &str) -> Option<String> {
    let numbers: Vec<usize> = operation
        .strip_prefix(':')?
        .split(':')
        .map(|number| number.trim().parse().ok())
        .collect::<Option<_>>()?;
    match numbers.as_slice() {
        [offset] => Some(value.chars().skip(*offset).collect()),
        [offset, length] => Some(value.chars().skip(*offset).take(*length).collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<String>> {
        read(text)
            .pipelines
            .into_iter()
            .flatten()
            .map(|command| command.words)
            .collect()
    }

    #[test]
    fn disguised_words_are_resolved() {
        for (text, expected) in [
            ("c''u\"r\"l x", vec!["curl", "x"]),
            ("cu\\rl x", vec!["curl", "x"]),
            ("$'\\x63url' x", vec!["curl", "x"]),
            ("a=cu; b=rl; $a$b x", vec!["curl", "x"]),
            ("cat${IFS}/etc/passwd", vec!["cat", "/etc/passwd"]),
            ("c$@url x", vec!["curl", "x"]),
            ("x=abcurl; ${x:2:4} y", vec!["curl", "y"]),
        ] {
            assert_eq!(
                words(text).last(),
                Some(&expected.iter().map(ToString::to_string).collect()),
                "{text}"
            );
        }
    }

    #[test]
    fn pipes_and_lists_are_told_apart() {
        let script = read("a | b && c; (d; e) | f\ng \\\n h # x\n");
        let shape: Vec<usize> = script.pipelines.iter().map(Vec::len).collect();
        assert_eq!(shape, [2, 1, 1, 2, 1]);
    }

    #[test]
    fn here_documents_are_input() {
        let script = read("bash <<'EOF'\nid | sh\nEOF\necho done\n");
        assert_eq!(script.pipelines.len(), 2);
        assert_eq!(script.pipelines[0][0].input.as_deref(), Some("id | sh\n"));
    }
}
