//! Files beside a weight file: models that keep their numbers in other files name them, and only the caller may open
//! files.
//!
//! The name comes from the model and is hostile. What is absolute, climbs out of the folder or reads differently on
//! another system is refused here; whether a name leads out of the folder through a link is for the caller to see,
//! since only it knows files.

use chainwright_core::bytes::SharedBytes;
use chainwright_core::text::visible;

/// Opens files that lie in the folder of the file that is read.
pub trait Beside {
    /// The file with this relative path, whose parts are plain names; the reason if it cannot be had.
    ///
    /// # Errors
    /// When there is no such file in the folder, or it cannot be read.
    fn open(&self, path: &str) -> Result<SharedBytes, String>;
}

/// Nothing lies beside: a file is read on its own.
#[derive(Debug, Clone, Copy)]
pub struct Alone;

impl Beside for Alone {
    fn open(&self, _path: &str) -> Result<SharedBytes, String> {
        Err("is another file, which is not looked at".to_owned())
    }
}

/// Opens a file that a model names.
pub(crate) fn open(beside: &dyn Beside, written: &str) -> Result<SharedBytes, String> {
    let shown = visible(written, 200);
    let path = plain(written).ok_or_else(|| {
        format!("its data are said to be in `{shown}`, which is no file beside it")
    })?;
    beside
        .open(&path)
        .map_err(|reason| format!("its data are in `{shown}`: {reason}"))
}

/// The path without `.`, if every part of it is a plain name on every system.
fn plain(written: &str) -> Option<String> {
    let is_odd = |character: char| character.is_control() || matches!(character, '\\' | ':');
    if written.is_empty() || written.starts_with('/') || written.contains(is_odd) {
        return None;
    }
    let parts: Vec<&str> = written.split('/').filter(|part| *part != ".").collect();
    let is_plain = |part: &&str| !part.is_empty() && *part != "..";
    (!parts.is_empty() && parts.iter().all(is_plain)).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_reach_the_caller() {
        for (written, path) in [
            ("weights.bin", Some("weights.bin")),
            ("./data/weights.bin", Some("data/weights.bin")),
            ("a..b", Some("a..b")),
            ("", None),
            (".", None),
            ("/etc/passwd", None),
            ("../weights.bin", None),
            ("data/../../x", None),
            ("data//x", None),
            ("..\\x", None),
            ("C:x", None),
            ("x\0y", None),
        ] {
            assert_eq!(plain(written).as_deref(), path, "{written:?}");
        }
    }
}
