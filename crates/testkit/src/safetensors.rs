//! Builds safetensors files, sound ones and ones with any lie in their header.
//!
//! # Recipe
//! One instruction a line; empty lines and lines that begin with `#` are passed over.
//!
//! | instruction | does |
//! | --- | --- |
//! | `metadata KEY VALUE…` | adds an entry to `__metadata__` |
//! | `tensor NAME DTYPE 2x3 [CONTENT]` | adds a tensor; its bytes are CONTENT, or zeros as many as it needs |
//! | `entry NAME DTYPE 2x3 BEGIN END` | adds a tensor with these offsets and no bytes |
//! | `header JSON…` | uses this text as header instead |
//! | `data CONTENT` | appends bytes to the data |
//! | `pad COUNT` | pads the header with spaces |
//! | `length COUNT` | states this header length instead of the true one |
//!
//! CONTENT is `zeros COUNT`, `hex DIGITS…` or `text WORDS…` with the escapes `\n`, `\r`, `\t`, `\0` and `\\`. A
//! shape without dimensions is written `-`.

use std::fmt::Write as _;

/// A file in the making.
#[derive(Debug, Clone, Default)]
pub struct Builder {
    metadata: Vec<(String, String)>,
    entries: Vec<String>,
    data: Vec<u8>,
    header: Option<String>,
    padding: usize,
    length: Option<u64>,
}

impl Builder {
    /// Without tensors.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry to `__metadata__`.
    #[must_use]
    pub fn metadata(mut self, key: &str, value: &str) -> Self {
        self.metadata.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Adds a tensor whose bytes come next in the data.
    #[must_use]
    pub fn tensor(mut self, name: &str, dtype: &str, shape: &[u64], bytes: &[u8]) -> Self {
        let begin = self.data.len() as u64;
        self.data.extend_from_slice(bytes);
        let end = self.data.len() as u64;
        self.entry(name, dtype, shape, begin, end)
    }

    /// Adds the entry of a tensor with these offsets, true or not.
    #[must_use]
    pub fn entry(mut self, name: &str, dtype: &str, shape: &[u64], begin: u64, end: u64) -> Self {
        self.entries.push(format!(
            "{}:{{\"dtype\":{},\"shape\":{shape:?},\"data_offsets\":[{begin},{end}]}}",
            quoted(name),
            quoted(dtype)
        ));
        self
    }

    /// Appends bytes to the data, behind the last tensor.
    #[must_use]
    pub fn data(mut self, bytes: &[u8]) -> Self {
        self.data.extend_from_slice(bytes);
        self
    }

    /// Uses this text as header instead.
    #[must_use]
    pub fn header(mut self, text: &str) -> Self {
        self.header = Some(text.to_owned());
        self
    }

    /// Pads the header with spaces.
    #[must_use]
    pub const fn padding(mut self, count: usize) -> Self {
        self.padding = count;
        self
    }

    /// States this header length instead of the true one.
    #[must_use]
    pub const fn length(mut self, length: u64) -> Self {
        self.length = Some(length);
        self
    }

    /// The file.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let mut header = self.header.clone().unwrap_or_else(|| self.true_header());
        header.extend(std::iter::repeat_n(' ', self.padding));
        let mut bytes = self
            .length
            .unwrap_or(header.len() as u64)
            .to_le_bytes()
            .to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(&self.data);
        bytes
    }

    fn true_header(&self) -> String {
        let metadata = self
            .metadata
            .iter()
            .map(|(key, value)| format!("{}:{}", quoted(key), quoted(value)))
            .collect::<Vec<_>>()
            .join(",");
        let mut parts = Vec::new();
        if !metadata.is_empty() {
            parts.push(format!("\"__metadata__\":{{{metadata}}}"));
        }
        parts.extend(self.entries.iter().cloned());
        format!("{{{}}}", parts.join(","))
    }
}

/// A file with this header text and data.
#[must_use]
pub fn raw(header: &str, data: &[u8]) -> Vec<u8> {
    Builder::new().header(header).data(data).build()
}

/// Text as a JSON string.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            _ if character.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// Bits of one element, for the types that recipes use.
fn bits(dtype: &str) -> Option<u64> {
    Some(match dtype {
        "F4" => 4,
        "BOOL" | "U8" | "I8" | "F8_E5M2" | "F8_E4M3" | "F8_E8M0" => 8,
        "I16" | "U16" | "F16" | "BF16" => 16,
        "I32" | "U32" | "F32" => 32,
        "I64" | "U64" | "F64" | "C64" => 64,
        _ => return None,
    })
}

/// Builds the bytes that a recipe describes.
///
/// # Errors
/// With the line and the reason.
pub fn from_recipe(body: &str) -> Result<Vec<u8>, String> {
    let mut builder = Builder::new();
    for line in instructions(body) {
        builder = instruction(builder, line).map_err(|reason| format!("`{line}`: {reason}"))?;
    }
    Ok(builder.build())
}

fn instruction(builder: Builder, line: &str) -> Result<Builder, String> {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    Ok(match verb {
        "metadata" => {
            let (key, value) = rest.split_once(' ').unwrap_or((rest, ""));
            builder.metadata(key, &String::from_utf8_lossy(&unescape(value)))
        }
        "tensor" => {
            let [name, dtype, shape, given] = words(rest)?;
            let shape = dimensions(shape)?;
            let bytes = if given.is_empty() {
                let items: u64 = shape.iter().product();
                let bits = bits(dtype).ok_or("its size is not known: give its content")?;
                vec![0; usize::try_from(items * bits / 8).map_err(|_| "too large")?]
            } else {
                content(given)?
            };
            builder.tensor(name, dtype, &shape, &bytes)
        }
        "entry" => {
            let [name, dtype, shape, range] = words(rest)?;
            let (begin, end) = range.split_once(' ').ok_or("needs two offsets")?;
            builder.entry(
                name,
                dtype,
                &dimensions(shape)?,
                number(begin)?,
                number(end)?,
            )
        }
        "header" => builder.header(rest),
        "data" => builder.data(&content(rest)?),
        "pad" => builder.padding(usize::try_from(number(rest)?).map_err(|_| "too large")?),
        "length" => builder.length(number(rest)?),
        _ => return Err("unknown instruction".to_owned()),
    })
}

/// The lines of a recipe that say something.
pub(crate) fn instructions(body: &str) -> impl Iterator<Item = &str> {
    body.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The first words of a line, and the rest of it as the last one.
pub(crate) fn words<const N: usize>(line: &str) -> Result<[&str; N], String> {
    let mut parts = line.splitn(N, ' ').collect::<Vec<_>>();
    if parts.len() + 1 < N {
        return Err(format!("needs {} words", N - 1));
    }
    parts.resize(N, "");
    parts.try_into().map_err(|_| "needs more words".to_owned())
}

/// `2x3`, or `-` for none.
pub(crate) fn dimensions(text: &str) -> Result<Vec<u64>, String> {
    if text == "-" {
        return Ok(Vec::new());
    }
    text.split('x').map(number).collect()
}

pub(crate) fn number(text: &str) -> Result<u64, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("`{text}` is no number"))
}

/// `zeros COUNT`, `hex DIGITS` or `text WORDS`.
pub(crate) fn content(text: &str) -> Result<Vec<u8>, String> {
    let (form, rest) = text.split_once(' ').unwrap_or((text, ""));
    match form {
        "zeros" => Ok(vec![
            0;
            usize::try_from(number(rest)?)
                .map_err(|_| "too large")?
        ]),
        "hex" => crate::recipe::build(&format!("hex\n{rest}")),
        "text" => Ok(unescape(rest)),
        _ => Err(format!("`{form}` is no content")),
    }
}

/// Resolves `\n`, `\r`, `\t`, `\0` and `\\`.
pub(crate) fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let resolved = match (character, character == '\\') {
            (_, true) => match characters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('0') => '\0',
                Some(other) => other,
                None => '\\',
            },
            (plain, false) => plain,
        };
        bytes.extend(resolved.to_string().bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_builds_what_the_builder_builds() {
        let recipe = "# a comment\nmetadata format pt\ntensor a F32 2\npad 3\ndata text x\\n\n";
        let built = Builder::new()
            .metadata("format", "pt")
            .tensor("a", "F32", &[2], &[0; 8])
            .padding(3)
            .data(b"x\n")
            .build();
        assert_eq!(from_recipe(recipe), Ok(built));
        assert!(from_recipe("tensor a").is_err_and(|reason| reason.contains("tensor a")));
    }
}
