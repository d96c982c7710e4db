//! Builds SentencePiece models piece by piece, with any type, any score and any rules.
//!
//! The compiled map of the normaliser is built here as well: a double array in the layout of Darts-clone, good for a
//! handful of rules.

use crate::protobuf::Message;

/// The type of a piece, as the schema numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceType {
    /// An ordinary piece.
    Normal,
    /// The piece for everything unknown.
    Unknown,
    /// A control symbol.
    Control,
    /// A symbol that is always kept whole.
    UserDefined,
    /// A piece that is not used.
    Unused,
    /// A byte.
    Byte,
}

/// A model under construction.
#[derive(Debug, Clone, Default)]
pub struct Model {
    pieces: Vec<Message>,
    trainer: Option<Message>,
    normalizer: Option<Message>,
    denormalizer: Option<Message>,
}

impl Model {
    /// A model without pieces.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An honest small model: marks, bytes and words.
    #[must_use]
    pub fn small() -> Self {
        let mut model = Self::new()
            .piece("<unk>", 0.0, PieceType::Unknown)
            .piece("<s>", 0.0, PieceType::Control)
            .piece("</s>", 0.0, PieceType::Control);
        for byte in 0..=255_u8 {
            model = model.piece(&format!("<0x{byte:02X}>"), 0.0, PieceType::Byte);
        }
        for (index, word) in ["▁the", "▁a", "ing", "▁not", "er", "▁yes", "t", "e"]
            .iter()
            .enumerate()
        {
            model = model.piece(word, -(index as f32), PieceType::Normal);
        }
        model.trainer("/data/corpus.txt", 2)
    }

    /// Adds a piece.
    #[must_use]
    pub fn piece(mut self, text: &str, score: f32, kind: PieceType) -> Self {
        let number = match kind {
            PieceType::Normal => 1,
            PieceType::Unknown => 2,
            PieceType::Control => 3,
            PieceType::UserDefined => 4,
            PieceType::Unused => 5,
            PieceType::Byte => 6,
        };
        let piece = Message::new().text(1, text).float(2, score);
        let is_default = kind == PieceType::Normal;
        self.pieces.push(if is_default {
            piece
        } else {
            piece.varint(3, number)
        });
        self
    }

    /// Sets what the model was trained from, and how (1 unigram, 2 BPE).
    #[must_use]
    pub fn trainer(mut self, input: &str, algorithm: u64) -> Self {
        self.trainer = Some(
            Message::new()
                .text(1, input)
                .varint(3, algorithm)
                .varint(4, self.pieces.len() as u64)
                .varint(35, 1),
        );
        self
    }

    /// Sets what is put into answers for an unknown piece.
    #[must_use]
    pub fn unknown_surface(mut self, text: &str) -> Self {
        self.trainer = Some(self.trainer.unwrap_or_default().text(44, text));
        self
    }

    /// Sets the rules of the normaliser.
    #[must_use]
    pub fn normalizer(mut self, name: &str, rules: &[(&str, &str)]) -> Self {
        self.normalizer = Some(spec(name, rules));
        self
    }

    /// Sets the rules of the denormaliser.
    #[must_use]
    pub fn denormalizer(mut self, rules: &[(&str, &str)]) -> Self {
        self.denormalizer = Some(spec("user_defined", rules));
        self
    }

    /// The model in bytes.
    #[must_use]
    pub fn build(self) -> Vec<u8> {
        let mut whole = Message::new().messages(1, self.pieces);
        for (number, part) in [
            (2, self.trainer),
            (3, self.normalizer),
            (5, self.denormalizer),
        ] {
            if let Some(part) = part {
                whole = whole.message(number, part);
            }
        }
        whole.build()
    }

    /// The model with its rules in front of its pieces, as no writer orders them and every reader accepts.
    #[must_use]
    pub fn build_rules_first(self) -> Vec<u8> {
        let rules = self.normalizer.unwrap_or_default();
        Message::new()
            .message(3, rules)
            .message(2, self.trainer.unwrap_or_default())
            .messages(1, self.pieces)
            .build()
    }
}

fn spec(name: &str, rules: &[(&str, &str)]) -> Message {
    let spec = Message::new().text(1, name);
    if rules.is_empty() {
        return spec;
    }
    spec.bytes(2, &charsmap(rules))
}

/// A compiled map: the size of the trie, the trie, the replacements.
#[must_use]
pub fn charsmap(rules: &[(&str, &str)]) -> Vec<u8> {
    let mut texts = Vec::new();
    let mut keyed: Vec<(&[u8], u32)> = Vec::new();
    for (from, to) in rules {
        keyed.push((from.as_bytes(), texts.len() as u32));
        texts.extend(to.as_bytes());
        texts.push(0);
    }
    let mut trie = DoubleArray::default();
    trie.claim(0);
    trie.place(0, 0, &keyed);
    let units = trie.units;
    let mut bytes = ((units.len() * 4) as u32).to_le_bytes().to_vec();
    for unit in units {
        bytes.extend(unit.to_le_bytes());
    }
    bytes.extend(texts);
    bytes
}

/// The same in base64, as `tokenizer.json` holds it.
#[must_use]
pub fn charsmap_base64(rules: &[(&str, &str)]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in charsmap(rules).chunks(3) {
        let mut bits = 0_u32;
        for index in 0..3 {
            bits = bits << 8 | u32::from(chunk.get(index).copied().unwrap_or(0));
        }
        for digit in 0..4 {
            if digit <= chunk.len() {
                let index = (bits >> (18 - 6 * digit)) & 63;
                text.push(char::from(DIGITS[index as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[derive(Default)]
struct DoubleArray {
    units: Vec<u32>,
    used: Vec<bool>,
    /// Each node has a base of its own, as otherwise the children of one are those of another.
    bases: Vec<usize>,
}

impl DoubleArray {
    fn claim(&mut self, index: usize) {
        if self.units.len() <= index {
            let length = (index + 256) / 256 * 256;
            self.units.resize(length, 0);
            self.used.resize(length, false);
        }
        self.used[index] = true;
    }

    fn is_free(&self, index: usize) -> bool {
        !self.used.get(index).copied().unwrap_or(false)
    }

    /// Gives the node at `position`, which `label` leads to, the children of its keys.
    fn place(&mut self, position: usize, label: u8, keys: &[(&[u8], u32)]) {
        let value = keys
            .iter()
            .find(|(key, _)| key.is_empty())
            .map(|(_, value)| *value);
        let mut labels: Vec<u8> = keys
            .iter()
            .filter_map(|(key, _)| key.first().copied())
            .collect();
        labels.sort_unstable();
        labels.dedup();
        let base = (1..1 << 20)
            .find(|base: &usize| {
                !self.bases.contains(base)
                    && (value.is_none() || self.is_free(*base))
                    && labels
                        .iter()
                        .all(|label| self.is_free(base ^ usize::from(*label)))
            })
            .unwrap_or(1);
        self.bases.push(base);
        let offset = (position ^ base) as u32;
        if value.is_some() {
            self.claim(base);
        }
        for label in &labels {
            self.claim(base ^ usize::from(*label));
        }
        self.units[position] = offset << 10 | u32::from(value.is_some()) << 8 | u32::from(label);
        if let Some(value) = value {
            self.units[base] = value | 1 << 31;
        }
        for label in labels {
            let below: Vec<(&[u8], u32)> = keys
                .iter()
                .filter(|(key, _)| key.first() == Some(&label))
                .map(|(key, value)| (&key[1..], *value))
                .collect();
            self.place(base ^ usize::from(label), label, &below);
        }
    }
}
