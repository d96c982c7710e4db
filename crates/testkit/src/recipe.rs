//! Fixtures as text: a file `NAME.recipe` in a fixture folder stands for the binary file `NAME`.
//!
//! The first line of a recipe names its builder (`pickle`, `archive`, `safetensors`, `gguf`, `npy`, `hex`,
//! `corpus`); the
//! rest is in that builder's own small language, described in its module.

use std::sync::LazyLock;

use crate::corpus::{self, Case};

/// Builds the bytes that a recipe describes.
///
/// # Errors
/// With the line and the reason, for the author of the fixture.
pub fn build(text: &str) -> Result<Vec<u8>, String> {
    let (builder, body) = text.split_once('\n').unwrap_or((text, ""));
    match builder.trim() {
        "pickle" => crate::pickle::from_recipe(body),
        "archive" => crate::archive::from_recipe(body),
        "safetensors" => crate::safetensors::from_recipe(body),
        "gguf" => crate::gguf::from_recipe(body),
        "npy" => crate::npy::from_recipe(body),
        "hex" => from_hex(body),
        "corpus" => from_corpus(body),
        other => Err(format!("unknown builder `{other}`")),
    }
}

/// Takes a file of a case of the labelled corpus: `CLASS/NAME` for its subject, `CLASS/NAME FILE` for another one.
fn from_corpus(body: &str) -> Result<Vec<u8>, String> {
    let (wanted, file) = match body.trim().split_once(' ') {
        Some((wanted, file)) => (wanted, Some(file.trim())),
        None => (body.trim(), None),
    };
    static CASES: LazyLock<Vec<Case>> = LazyLock::new(corpus::all);
    let named = |case: &&Case| format!("{}/{}", case.class, case.name) == wanted;
    let case = CASES
        .iter()
        .find(named)
        .ok_or_else(|| format!("the corpus has no case `{wanted}`"))?;
    let file = file.unwrap_or(&case.subject);
    case.files
        .iter()
        .find_map(|(path, bytes)| (path == file).then(|| bytes.clone()))
        .ok_or_else(|| format!("`{wanted}` has no `{file}`"))
}

/// Reads hexadecimal digits; white space and everything behind `#` on a line are passed over.
fn from_hex(body: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<char> = body
        .lines()
        .flat_map(|line| line.split('#').next().unwrap_or_default().chars())
        .filter(|character| !character.is_whitespace())
        .collect();
    digits
        .chunks(2)
        .map(|pair| {
            let pair: String = pair.iter().collect();
            u8::from_str_radix(&pair, 16).map_err(|_| format!("`{pair}` is no byte"))
        })
        .collect()
}
