//! Archives and compressed streams, honest or with exactly one lie each.
//!
//! The builders write what they are told, however wrong; nothing is checked. They read nothing back.
//!
//! # Recipes
//!
//! The first line names a format: `zip`, `tar`, `7z`, or a stream (`gzip`, `zlib`, `xz`, `lz4`, `zstd`). Every
//! further line is a word and its value. White space in front is free, and a line that starts with `#` is a comment.
//! Text values know `\n`, `\r`, `\t`, `\\` and `\xNN`; numbers are decimal or `0x…`.
//!
//! | word | where | meaning |
//! | --- | --- | --- |
//! | `prefix`, `trailing`, `comment` TEXT | zip | bytes in front, behind, and the comment |
//! | `no-directory` | zip | leave out the central directory and the end record |
//! | `entries` N | zip | the count in the end record |
//! | `file` NAME | archives | begins a member; what follows describes it |
//! | `folder` NAME, `symlink` NAME, `hardlink` NAME, `device` NAME | tar, `symlink` zip | other members |
//! | `target` TEXT | after a link | where it points |
//! | `text` TEXT, `hex` DIGITS | file or stream | adds content |
//! | `repeat` COUNT TEXT | file or stream | adds content many times |
//! | `begin` BUILDER … `end` | file or stream | adds what another recipe builds; may be nested |
//! | `deflate` | zip file | compress; else stored |
//! | `flags` N, `method` N, `crc` N, `mode` N | zip file | in both headers |
//! | `local-name` TEXT, `local-flags` N, `local-method` N | zip file | in the local header only |
//! | `local-sizes` PACKED UNPACKED, `central-sizes` PACKED UNPACKED | zip file | lies about sizes |
//! | `unlisted`, `descriptor` | zip file | leave out of the directory; sizes behind the content |
//! | `mode` N | tar member | permission bits |

mod sevenz;
mod stream;
mod tar;
mod zip;

pub use sevenz::seven_zip;
pub use stream::{
    gzip, gzip_named, lz4_frame, xz_stored, zlib, zlib_stored, zstd_raw, zstd_rle, zstd_skippable,
};
pub use tar::{TarEntry, TarKind, pax_records, tar, tar_members};
pub use zip::{Sizes, Zip, ZipEntry, crc32, deflated, torch_zip};

/// Builds the bytes that a recipe describes.
///
/// # Errors
/// With the line and the reason.
pub fn from_recipe(body: &str) -> Result<Vec<u8>, String> {
    let mut lines = Lines::new(body);
    let (number, format) = lines.next_line().ok_or("an empty recipe")?;
    match format.as_str() {
        "zip" => zip_recipe(&mut lines),
        "tar" => tar_recipe(&mut lines),
        "7z" => seven_zip_recipe(&mut lines),
        "gzip" => Ok(gzip(&stream_content(&mut lines)?)),
        "zlib" => Ok(zlib(&stream_content(&mut lines)?)),
        "xz" => Ok(xz_stored(&stream_content(&mut lines)?)),
        "lz4" => Ok(lz4_frame(&stream_content(&mut lines)?)),
        "zstd" => Ok(zstd_raw(&stream_content(&mut lines)?)),
        other => Err(format!("line {number}: unknown format `{other}`")),
    }
}

/// The lines of a recipe with their numbers; comments and empty lines are passed over.
struct Lines<'a> {
    lines: std::iter::Enumerate<std::str::Lines<'a>>,
}

impl<'a> Lines<'a> {
    fn new(body: &'a str) -> Self {
        Self {
            lines: body.lines().enumerate(),
        }
    }

    fn next_line(&mut self) -> Option<(usize, String)> {
        self.lines
            .by_ref()
            .map(|(index, line)| (index + 1, line.trim().to_owned()))
            .find(|(_, line)| !line.is_empty() && !line.starts_with('#'))
    }

    /// The lines up to the `end` that belongs to the `begin` just read.
    fn block(&mut self) -> Result<String, String> {
        let mut depth = 1;
        let mut block = String::new();
        for (_, line) in self.lines.by_ref() {
            let word = line.split_whitespace().next().unwrap_or_default();
            depth += usize::from(word == "begin");
            depth -= usize::from(word == "end");
            if depth == 0 {
                return Ok(block);
            }
            block.push_str(line);
            block.push('\n');
        }
        Err("`begin` without `end`".to_owned())
    }
}

/// One line as a word and its value.
fn split(line: &str) -> (&str, &str) {
    line.split_once(char::is_whitespace)
        .map_or((line, ""), |(word, value)| (word, value.trim_start()))
}

/// Handles the words that add content; `None` for other words.
fn content(word: &str, value: &str, lines: &mut Lines<'_>) -> Option<Result<Vec<u8>, String>> {
    Some(match word {
        "text" => unescaped(value),
        "hex" => crate::recipe::build(&format!("hex\n{value}")),
        "repeat" => {
            let (count, text) = split(value);
            number(count).and_then(|count| Ok(unescaped(text)?.repeat(count as usize)))
        }
        "begin" => lines
            .block()
            .and_then(|block| crate::recipe::build(&format!("{value}\n{block}"))),
        _ => return None,
    })
}

fn stream_content(lines: &mut Lines<'_>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while let Some((at, line)) = lines.next_line() {
        let (word, value) = split(&line);
        let added = content(word, value, lines)
            .ok_or_else(|| format!("line {at}: unknown word `{word}`"))?;
        bytes.extend(added.map_err(|reason| format!("line {at}: {reason}"))?);
    }
    Ok(bytes)
}

fn zip_recipe(lines: &mut Lines<'_>) -> Result<Vec<u8>, String> {
    let mut zip = Zip::default();
    while let Some((at, line)) = lines.next_line() {
        let (word, value) = split(&line);
        zip_word(&mut zip, word, value, lines).map_err(|reason| format!("line {at}: {reason}"))?;
    }
    Ok(zip.build())
}

fn zip_word(zip: &mut Zip, word: &str, value: &str, lines: &mut Lines<'_>) -> Result<(), String> {
    match word {
        "prefix" => zip.prefix = unescaped(value)?,
        "trailing" => zip.trailing = unescaped(value)?,
        "comment" => zip.comment = unescaped(value)?,
        "no-directory" => zip.no_directory = true,
        "entries" => zip.announced_entries = Some(number(value)? as u16),
        "file" => zip
            .entries
            .push(ZipEntry::stored(unescaped(value)?, Vec::new())),
        "symlink" => zip
            .entries
            .push(ZipEntry::symlink(unescaped(value)?, Vec::new())),
        _ => {
            let entry = zip.entries.last_mut().ok_or("no `file` yet")?;
            return zip_entry_word(entry, word, value, lines);
        }
    }
    Ok(())
}

fn zip_entry_word(
    entry: &mut ZipEntry,
    word: &str,
    value: &str,
    lines: &mut Lines<'_>,
) -> Result<(), String> {
    if let Some(added) = content(word, value, lines) {
        entry.content.extend(added?);
        return Ok(());
    }
    match word {
        "target" => entry.content = unescaped(value)?,
        "deflate" => entry.method = 8,
        "flags" => entry.flags = number(value)? as u16,
        "method" => entry.announced_method = Some(number(value)? as u16),
        "crc" => entry.checksum = Some(number(value)? as u32),
        "mode" => entry.mode = number(value)? as u32,
        "local-name" => entry.local_name = Some(unescaped(value)?),
        "local-flags" => entry.local_flags = Some(number(value)? as u16),
        "local-method" => entry.local_method = Some(number(value)? as u16),
        "local-sizes" => entry.local_sizes = Some(sizes(value)?),
        "central-sizes" => entry.central_sizes = Some(sizes(value)?),
        "unlisted" => entry.unlisted = true,
        "descriptor" => entry.descriptor = true,
        _ => return Err(format!("unknown word `{word}`")),
    }
    Ok(())
}

fn tar_recipe(lines: &mut Lines<'_>) -> Result<Vec<u8>, String> {
    let mut entries: Vec<TarEntry> = Vec::new();
    while let Some((at, line)) = lines.next_line() {
        let (word, value) = split(&line);
        tar_word(&mut entries, word, value, lines)
            .map_err(|reason| format!("line {at}: {reason}"))?;
    }
    Ok(tar(&entries))
}

fn tar_word(
    entries: &mut Vec<TarEntry>,
    word: &str,
    value: &str,
    lines: &mut Lines<'_>,
) -> Result<(), String> {
    let kind = match word {
        "file" => Some(TarKind::File),
        "folder" => Some(TarKind::Folder),
        "symlink" => Some(TarKind::Symlink),
        "hardlink" => Some(TarKind::Hardlink),
        "device" => Some(TarKind::Device),
        _ => None,
    };
    if let Some(kind) = kind {
        let name = unescaped(value)?;
        entries.push(TarEntry::new(kind, name));
        return Ok(());
    }
    let entry = entries.last_mut().ok_or("no member yet")?;
    if let Some(added) = content(word, value, lines) {
        entry.content.extend(added?);
        return Ok(());
    }
    match word {
        "target" => entry.link = unescaped(value)?,
        "mode" => entry.mode = number(value)? as u32,
        _ => return Err(format!("unknown word `{word}`")),
    }
    Ok(())
}

fn seven_zip_recipe(lines: &mut Lines<'_>) -> Result<Vec<u8>, String> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    while let Some((at, line)) = lines.next_line() {
        let (word, value) = split(&line);
        if word == "file" {
            files.push((value.to_owned(), Vec::new()));
            continue;
        }
        let added = content(word, value, lines)
            .ok_or_else(|| format!("line {at}: unknown word `{word}`"))?
            .map_err(|reason| format!("line {at}: {reason}"))?;
        let file = files.last_mut().ok_or("no `file` yet")?;
        file.1.extend(added);
    }
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, content)| (name.as_str(), content.as_slice()))
        .collect();
    Ok(seven_zip(&files))
}

fn sizes(value: &str) -> Result<Sizes, String> {
    let (packed, unpacked) = split(value);
    Ok(Sizes {
        packed: number(packed)? as u32,
        unpacked: number(unpacked)? as u32,
    })
}

fn number(text: &str) -> Result<u64, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.map_err(|_| format!("`{text}` is no number"))
}

fn unescaped(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'n') => bytes.push(b'\n'),
            Some(b'r') => bytes.push(b'\r'),
            Some(b't') => bytes.push(b'\t'),
            Some(b'\\') => bytes.push(b'\\'),
            Some(b'x') => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                let byte = u8::from_str_radix(&digits, 16);
                bytes.push(byte.map_err(|_| format!("`\\x{digits}` is no byte"))?);
            }
            _ => return Err(format!("an unknown escape in `{text}`")),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_builds_what_the_builders_build() {
        let recipe = "zip\ncomment hello\nfile a\\x2fb.txt\n  text one\\n\n  flags 0x1\n";
        let entry = ZipEntry {
            flags: 1,
            ..ZipEntry::stored("a/b.txt", "one\n")
        };
        let zip = Zip {
            entries: vec![entry],
            comment: b"hello".to_vec(),
            ..Zip::default()
        };
        assert_eq!(from_recipe(recipe), Ok(zip.build()));
    }

    #[test]
    fn recipes_nest() {
        let recipe = "gzip\nbegin archive\n  tar\n  file x\n  begin hex\n  0011\n  end\nend\n";
        let inner = TarEntry {
            content: vec![0, 0x11],
            ..TarEntry::new(TarKind::File, "x")
        };
        assert_eq!(from_recipe(recipe), Ok(gzip(&tar(&[inner]))));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let cases = [
            ("", "an empty recipe"),
            ("rar", "line 1: unknown format `rar`"),
            ("zip\nflags 1", "line 2: no `file` yet"),
            ("zip\nfile a\nflags x", "line 3: `x` is no number"),
            ("zip\nfile a\nbegin hex", "line 3: `begin` without `end`"),
            ("tar\nfile a\nblink", "line 3: unknown word `blink`"),
        ];
        for (recipe, expected) in cases {
            assert_eq!(from_recipe(recipe), Err(expected.to_owned()), "{recipe}");
        }
    }
}
