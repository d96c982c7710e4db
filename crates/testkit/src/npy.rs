//! Builds NumPy array files, sound ones and ones with any lie in their header.
//!
//! # Recipe
//! One instruction a line; empty lines and lines that begin with `#` are passed over.
//!
//! | instruction | does |
//! | --- | --- |
//! | `version NUMBER` | sets the major version (1 unless told) |
//! | `array DESCR SHAPE` | writes the usual header, such as `array <f4 (2, 3)` |
//! | `header TEXT…` | uses this text as header instead |
//! | `length COUNT` | states this header length instead of the true one |
//! | `data CONTENT` | appends bytes to the data |
//!
//! CONTENT is as in the recipes of [`safetensors`](crate::safetensors).

use crate::safetensors::{content, instructions, number, unescape};

/// A file in the making.
#[derive(Debug, Clone)]
pub struct Builder {
    version: u8,
    header: String,
    length: Option<u32>,
    data: Vec<u8>,
}

impl Builder {
    /// With this header text, padded as NumPy pads it.
    #[must_use]
    pub fn new(header: &str) -> Self {
        Self {
            version: 1,
            header: header.to_owned(),
            length: None,
            data: Vec::new(),
        }
    }

    /// With the usual header; `descr` is a Python expression such as `'<f4'` with its quotes.
    #[must_use]
    pub fn array(descr: &str, shape: &str) -> Self {
        Self::new(&format!(
            "{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"
        ))
    }

    /// Sets the major version.
    #[must_use]
    pub const fn version(mut self, version: u8) -> Self {
        self.version = version;
        self
    }

    /// States this header length instead of the true one.
    #[must_use]
    pub const fn length(mut self, length: u32) -> Self {
        self.length = Some(length);
        self
    }

    /// Appends bytes to the data.
    #[must_use]
    pub fn data(mut self, bytes: &[u8]) -> Self {
        self.data.extend_from_slice(bytes);
        self
    }

    /// The file.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let prefix = if self.version == 1 { 10 } else { 12 };
        let mut header = self.header.clone();
        let padded = (prefix + header.len() + 1).next_multiple_of(64);
        header.extend(std::iter::repeat_n(' ', padded - prefix - header.len() - 1));
        header.push('\n');
        let length = self
            .length
            .unwrap_or_else(|| u32::try_from(header.len()).unwrap_or(u32::MAX));
        let mut bytes = b"\x93NUMPY".to_vec();
        bytes.extend([self.version, 0]);
        if self.version == 1 {
            bytes.extend(u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes());
        } else {
            bytes.extend(length.to_le_bytes());
        }
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(&self.data);
        bytes
    }
}

/// Builds the bytes that a recipe describes.
///
/// # Errors
/// With the line and the reason.
pub fn from_recipe(body: &str) -> Result<Vec<u8>, String> {
    let mut builder = Builder::new("");
    for line in instructions(body) {
        builder = instruction(builder, line).map_err(|reason| format!("`{line}`: {reason}"))?;
    }
    Ok(builder.build())
}

fn instruction(mut builder: Builder, line: &str) -> Result<Builder, String> {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    Ok(match verb {
        "version" => builder.version(u8::try_from(number(rest)?).map_err(|_| "too large")?),
        "array" => {
            let (descr, shape) = rest.split_once(' ').ok_or("needs a type and a shape")?;
            builder.header = Builder::array(&format!("'{descr}'"), shape).header;
            builder
        }
        "header" => {
            builder.header = String::from_utf8_lossy(&unescape(rest)).into_owned();
            builder
        }
        "length" => builder.length(u32::try_from(number(rest)?).map_err(|_| "too large")?),
        "data" => builder.data(&content(rest)?),
        _ => return Err("unknown instruction".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_builds_what_the_builder_builds() {
        let built = Builder::array("'<f4'", "(2,)")
            .version(2)
            .data(&[0; 8])
            .build();
        assert_eq!(
            from_recipe("version 2\narray <f4 (2,)\ndata zeros 8\n"),
            Ok(built.clone())
        );
        assert_eq!(built.len() % 64, 8, "the data are aligned");
        assert!(from_recipe("nonsense").is_err_and(|reason| reason.contains("nonsense")));
    }
}
