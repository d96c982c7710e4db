//! A document as a tree, and the JSON reader that makes it: tolerant like Python's `json`, bounded unlike it.

/// Containers inside each other that are read; Python's own reader gives up near a thousand.
pub(super) const DEPTH: usize = 900;
/// Values that are kept.
const VALUES: usize = 600_000;
/// Plain values of one list that are kept; vocabularies and tensors are long and say nothing.
const PLAIN_VALUES: usize = 512;
/// Duplicate keys that are noted.
const DUPLICATES: usize = 64;

/// A value of a document.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl Value {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) const fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The value of a key; of several, the last one, as Python takes it.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries
                .iter()
                .rev()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    const fn is_plain(&self) -> bool {
        matches!(
            self,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_)
        )
    }
}

/// A document with what was odd about it.
#[derive(Debug, Clone, Default)]
pub(super) struct Document {
    pub(super) root: Option<Value>,
    /// Keys that one map has twice.
    pub(super) duplicates: Vec<String>,
    /// Tags of YAML that make a loader build Python objects.
    pub(super) tags: Vec<String>,
    /// Deeper than is read.
    pub(super) too_deep: bool,
    /// More values than are kept.
    pub(super) limited: bool,
    /// Where the syntax broke, and how.
    pub(super) broken: Option<(usize, &'static str)>,
}

/// Puts values together from a stream of events; shared by JSON and YAML.
#[derive(Debug, Default)]
pub(super) struct Builder {
    stack: Vec<(Value, Option<String>)>,
    values: usize,
    pub(super) document: Document,
}

impl Builder {
    pub(super) const fn depth(&self) -> usize {
        self.stack.len()
    }

    /// Whether a text that comes next is a key.
    pub(super) fn wants_key(&self) -> bool {
        matches!(self.stack.last(), Some((Value::Map(_), None)))
    }

    pub(super) fn key(&mut self, key: String) {
        if let Some((Value::Map(_), slot)) = self.stack.last_mut() {
            *slot = Some(key);
        }
    }

    /// Opens a list or a map; `false` when it is too deep.
    pub(super) fn open(&mut self, value: Value) -> bool {
        if self.stack.len() >= DEPTH {
            self.document.too_deep = true;
            return false;
        }
        self.stack.push((value, None));
        true
    }

    pub(super) fn close(&mut self) {
        if let Some((value, _)) = self.stack.pop() {
            self.add(value);
        }
    }

    pub(super) fn add(&mut self, value: Value) {
        self.values = self.values.saturating_add(1);
        if self.values > VALUES {
            self.document.limited = true;
            return;
        }
        match self.stack.last_mut() {
            Some((Value::List(items), _)) => {
                if !value.is_plain() || items.len() < PLAIN_VALUES {
                    items.push(value);
                }
            }
            Some((Value::Map(entries), slot)) => {
                if let Some(key) = slot.take() {
                    entries.push((key, value));
                }
            }
            _ => self.document.root = Some(value),
        }
    }

    /// Checks a finished map for keys that stand twice.
    pub(super) fn check_keys(&mut self) {
        let Some((Value::Map(entries), _)) = self.stack.last() else {
            return;
        };
        let mut keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        for pair in keys.windows(2) {
            if let [first, second] = pair
                && first == second
                && self.document.duplicates.len() < DUPLICATES
            {
                self.document.duplicates.push((*first).to_owned());
            }
        }
    }

    /// The document; what is still open is closed, so that a cut text is judged as far as it goes.
    pub(super) fn finish(mut self) -> Document {
        while !self.stack.is_empty() {
            self.check_keys();
            self.close();
        }
        self.document
    }
}

/// Reads JSON.
pub(super) fn json(text: &str) -> Document {
    let mut builder = Builder::default();
    let mut reader = Reader {
        bytes: text.as_bytes(),
        at: 0,
    };
    if let Err(reason) = reader.document(&mut builder) {
        builder.document.broken = Some((reader.at, reason));
    }
    builder.finish()
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    const fn step(&mut self, count: usize) {
        self.at = self.at.saturating_add(count);
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.step(1);
        }
    }

    fn document(&mut self, builder: &mut Builder) -> Result<(), &'static str> {
        loop {
            self.space();
            if builder.wants_key() {
                if self.peek() == Some(b'}') {
                    self.step(1);
                    builder.check_keys();
                    builder.close();
                } else {
                    let key = self.text()?;
                    self.space();
                    self.expect(b':')?;
                    builder.key(key);
                    continue;
                }
            } else if self.value(builder)? {
                continue;
            }
            // A value ended: close what ends with it, or go on behind a comma.
            loop {
                self.space();
                if builder.depth() == 0 {
                    return match self.peek() {
                        None => Ok(()),
                        Some(_) => Err("text behind the document"),
                    };
                }
                match self.peek() {
                    Some(b',') => {
                        self.step(1);
                        break;
                    }
                    Some(b'}' | b']') => {
                        self.step(1);
                        builder.check_keys();
                        builder.close();
                    }
                    Some(_) => return Err("neither a comma nor an end"),
                    None => return Err("the text ends too early"),
                }
            }
        }
    }

    /// Reads one value; `true` if it opened a container.
    fn value(&mut self, builder: &mut Builder) -> Result<bool, &'static str> {
        let value = match self.peek() {
            Some(b'{') => return self.open(builder, Value::Map(Vec::new())),
            Some(b'[') => {
                self.open(builder, Value::List(Vec::new()))?;
                self.space();
                if self.peek() == Some(b']') {
                    self.step(1);
                    builder.close();
                    return Ok(false);
                }
                return Ok(true);
            }
            Some(b'"') => Value::Text(self.text()?),
            Some(_) => self.word()?,
            None => return Err("the text ends too early"),
        };
        builder.add(value);
        Ok(false)
    }

    fn open(&mut self, builder: &mut Builder, value: Value) -> Result<bool, &'static str> {
        self.step(1);
        if builder.open(value) {
            Ok(true)
        } else {
            Err("nested too deep")
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), &'static str> {
        if self.peek() == Some(byte) {
            self.step(1);
            Ok(())
        } else {
            Err("a colon is missing")
        }
    }

    fn word(&mut self) -> Result<Value, &'static str> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')))
            .unwrap_or(rest.len());
        let word = rest
            .get(..length)
            .and_then(|word| std::str::from_utf8(word).ok())
            .unwrap_or_default();
        let value = match word {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            // Python writes and reads these.
            "NaN" => Value::Number(f64::NAN),
            "Infinity" => Value::Number(f64::INFINITY),
            "-Infinity" => Value::Number(f64::NEG_INFINITY),
            _ => Value::Number(word.parse().map_err(|_| "no value")?),
        };
        self.step(length);
        Ok(value)
    }

    fn text(&mut self) -> Result<String, &'static str> {
        if self.peek() != Some(b'"') {
            return Err("a quote is missing");
        }
        self.step(1);
        let mut found = Vec::new();
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let length = rest
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\'))
                .ok_or("a text does not end")?;
            found.extend_from_slice(rest.get(..length).unwrap_or_default());
            self.step(length);
            if self.peek() == Some(b'"') {
                self.step(1);
                return Ok(String::from_utf8_lossy(&found).into_owned());
            }
            self.step(1);
            let escaped = self.escape()?;
            found.extend_from_slice(escaped.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    fn escape(&mut self) -> Result<char, &'static str> {
        let byte = self.peek().ok_or("a text does not end")?;
        self.step(1);
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err("an unknown escape"),
        })
    }

    fn unicode(&mut self) -> Result<char, &'static str> {
        let first = self.hex()?;
        if (0xd800..0xdc00).contains(&first)
            && self
                .bytes
                .get(self.at..)
                .is_some_and(|rest| rest.starts_with(b"\\u"))
        {
            let before = self.at;
            self.step(2);
            let second = self.hex()?;
            if (0xdc00..0xe000).contains(&second) {
                let high = first.saturating_sub(0xd800).saturating_mul(0x400);
                let low = second.saturating_sub(0xdc00);
                let point = high.saturating_add(low).saturating_add(0x1_0000);
                return Ok(char::from_u32(point).unwrap_or('\u{fffd}'));
            }
            self.at = before;
        }
        Ok(char::from_u32(first).unwrap_or('\u{fffd}'))
    }

    fn hex(&mut self) -> Result<u32, &'static str> {
        let end = self.at.saturating_add(4);
        let digits = self
            .bytes
            .get(self.at..end)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let point = digits
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .ok_or("a broken escape")?;
        self.step(4);
        Ok(point)
    }
}
