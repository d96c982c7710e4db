//! What an installed distribution records of itself: core metadata, `RECORD`, `direct_url.json` (PEP 610),
//! `INSTALLER`, and the `requires.txt` of eggs. Whether the files still match is for who can read them.

use chainwright_core::package::Ecosystem;

use crate::document::parse_json;
use crate::facts::{InstalledFile, Origin, Pinning, Project, Relation, Scope, Source};
use crate::hash;
use crate::sink::{Sink, cut, line, number, package};

use super::pep508;
use super::url::is_commit;

/// Reads `METADATA` or `PKG-INFO` (core metadata 1.0 to 2.4).
pub(crate) fn read_metadata(text: &str, sink: &mut Sink<'_>) {
    let (mut name, mut version, mut place) = (None, None, 1);
    let (mut licence, mut expression) = (None, None);
    for (at, key, value) in headers(text) {
        if sink.is_full() {
            return;
        }
        match key.to_ascii_lowercase().as_str() {
            "name" if name.is_none() => (name, place) = (Some(value), at),
            "version" if version.is_none() => version = Some(value),
            "license-expression" => expression = Some(value),
            "license" => licence = licence.or(Some(value)),
            "classifier" if licence.is_none() => {
                licence = value
                    .strip_prefix("License :: OSI Approved :: ")
                    .map(str::to_owned);
            }
            "requires-python" => sink.setting("requires-python", &value, line(at)),
            "requires-dist" => requirement(&value, None, at, sink),
            "dynamic" if value.eq_ignore_ascii_case("requires-dist") => {
                sink.unresolved("Requires-Dist", "made by the build backend", line(at));
            }
            _ => {}
        }
    }
    let is_unknown = |text: &String| text.is_empty() || text == "UNKNOWN";
    let licence = expression.or(licence.filter(|text| !is_unknown(text)));
    match name {
        Some(name) => {
            sink.facts.project = Some(Project {
                package: package(Ecosystem::PyPi, &name, version.as_deref()),
                licence: licence.map(|text| cut(&text)),
                place: line(place),
            });
        }
        None => sink.malformed(line(1), "metadata without a name"),
    }
}

/// Header fields up to the first empty line; lines that begin with white space go on, even if nothing follows it, as in
/// the licence texts that older tools put there.
fn headers(text: &str) -> impl Iterator<Item = (u32, &str, String)> {
    let mut lines = text
        .lines()
        .enumerate()
        .take_while(|(_, line)| !line.is_empty())
        .peekable();
    std::iter::from_fn(move || {
        loop {
            let (at, line) = lines.next()?;
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let mut value = value.trim().to_owned();
            while let Some((_, more)) = lines.next_if(|(_, next)| next.starts_with([' ', '\t'])) {
                value.push('\n');
                value.push_str(more.trim());
            }
            return Some((number(at), key.trim(), value));
        }
    })
}

fn requirement(text: &str, extra: Option<&str>, at: u32, sink: &mut Sink<'_>) {
    let Some(mut declared) = pep508::declare(text, line(at)) else {
        sink.malformed(line(at), format!("`{text}` is no requirement"));
        return;
    };
    declared.relation = Relation::Direct;
    let extra = extra
        .map(str::to_owned)
        .or_else(|| extra_of(declared.marker.as_deref()?));
    if let Some(extra) = extra {
        declared.scope = Scope::Optional;
        declared.groups.push(extra);
    }
    sink.declare(declared);
}

/// The extra that a marker asks for (`extra == "x"`).
fn extra_of(marker: &str) -> Option<String> {
    let (_, rest) = marker.rsplit_once("extra")?;
    let rest = rest.trim_start().strip_prefix("==")?.trim_start();
    let quote = rest
        .chars()
        .next()
        .filter(|first| matches!(first, '"' | '\''))?;
    let name = rest.strip_prefix(quote)?.split(quote).next()?;
    Some(cut(name))
}

/// Reads `RECORD`: comma-separated values with quotes (PEP 376, PEP 427).
pub(crate) fn read_record(text: &str, sink: &mut Sink<'_>) {
    let mut at = 1_u32;
    let mut rest = text;
    while !rest.is_empty() {
        let place = line(at);
        let (fields, after, lines) = csv_row(rest);
        rest = after;
        at = at.saturating_add(lines);
        let [path, digest, size, ..] = fields.as_slice() else {
            let is_empty = fields.iter().all(String::is_empty);
            if !is_empty {
                sink.malformed(place, "a row of fewer than three fields");
            }
            continue;
        };
        let hash = hash::named(digest);
        if hash.is_none() && !digest.is_empty() {
            sink.malformed(place.clone(), format!("`{digest}` is no digest"));
        }
        let file = InstalledFile {
            path: cut(path),
            hash,
            size: size.parse().ok(),
            place,
        };
        if !sink.file(file) || sink.is_full() {
            return;
        }
    }
}

/// Reads `installed-files.txt`, whose paths begin in the `.egg-info`, and `SOURCES.txt`, whose paths begin beside it or in
/// the `src` of a source tree. Both come out as seen from the folder that holds the `.egg-info`.
pub(crate) fn read_egg_files(text: &str, sink: &mut Sink<'_>) {
    for (at, path) in text.lines().enumerate() {
        let path = path.trim().replace('\\', "/");
        let path = path
            .strip_prefix("../")
            .or_else(|| path.strip_prefix("src/"))
            .unwrap_or(&path);
        if path.is_empty() {
            continue;
        }
        let file = InstalledFile {
            path: cut(path),
            hash: None,
            size: None,
            place: line(number(at)),
        };
        if !sink.file(file) || sink.is_full() {
            return;
        }
    }
}

/// One row, what follows it, and how many lines it takes.
fn csv_row(text: &str) -> (Vec<String>, &str, u32) {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut in_quotes = false;
    let mut lines = 1_u32;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' if in_quotes && characters.next_if(|(_, next)| *next == '"').is_some() => {
                field.push('"');
            }
            '"' => in_quotes = !in_quotes,
            ',' if !in_quotes => {
                if fields.len() < 8 {
                    fields.push(std::mem::take(&mut field));
                }
            }
            '\n' if !in_quotes => {
                let rest = text.get(at.saturating_add(1)..).unwrap_or_default();
                fields.push(field.trim_end_matches('\r').to_owned());
                return (fields, rest, lines);
            }
            _ => {
                if character == '\n' {
                    lines = lines.saturating_add(1);
                }
                field.push(character);
            }
        }
    }
    fields.push(field);
    (fields, "", lines)
}

/// Reads `direct_url.json`.
pub(crate) fn read_direct_url(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_json(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    let Some(url) = root.text_of("url") else {
        sink.malformed(line(1), "no `url`");
        return;
    };
    let url = crate::sink::without_password(&cut(url));
    let (mut hashes, source, pinning);
    hashes = Vec::new();
    if let Some(vcs) = root.get("vcs_info") {
        let commit = vcs.text_of("commit_id");
        pinning = Pinning::Vcs {
            commit: commit.is_some_and(is_commit),
        };
        source = Source::Vcs {
            system: cut(vcs.text_of("vcs").unwrap_or("git")),
            url,
            reference: vcs.text_of("requested_revision").map(cut),
            commit: commit.map(cut),
            subdirectory: root.text_of("subdirectory").map(cut),
        };
    } else if let Some(folder) = root.get("dir_info") {
        pinning = match folder.is_true("editable") {
            true => Pinning::Editable,
            false => Pinning::Path,
        };
        source = Source::Path(url);
    } else {
        let archive = root.get("archive_info");
        hashes.extend(
            archive
                .map_or(&[][..], |node| node.map_of("hashes"))
                .iter()
                .filter_map(|(algorithm, digest)| {
                    hash::hash(algorithm, digest.text().unwrap_or_default())
                }),
        );
        let old = archive
            .and_then(|node| node.text_of("hash"))
            .and_then(hash::named);
        hashes.extend(old.filter(|hash| !hashes.contains(hash)));
        let is_local = url.starts_with("file:");
        pinning = if is_local {
            Pinning::Path
        } else {
            Pinning::Url
        };
        source = if is_local {
            Source::Path(url)
        } else {
            Source::Url(url)
        };
    }
    sink.facts.origin = Some(Origin {
        source,
        pinning,
        hashes,
    });
}

/// Reads `INSTALLER`: one word.
pub(crate) fn read_installer(text: &str, sink: &mut Sink<'_>) {
    let name = text.lines().next().unwrap_or_default().trim();
    sink.setting("installer", name, line(1));
}

/// Reads `requires.txt`: requirements, then sections `[extra]`, `[extra:marker]` and `[:marker]`.
pub(crate) fn read_egg_requires(text: &str, sink: &mut Sink<'_>) {
    let (mut extra, mut marker) = (String::new(), String::new());
    for (at, content) in text.lines().enumerate() {
        let content = content.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if sink.is_full() {
            return;
        }
        if let Some(section) = content.strip_prefix('[').and_then(|s| s.strip_suffix(']')) {
            let (name, condition) = section.split_once(':').unwrap_or((section, ""));
            (extra, marker) = (cut(name), cut(condition));
            continue;
        }
        let before = sink.facts.packages.len();
        let extra = (!extra.is_empty()).then_some(extra.as_str());
        requirement(content, extra, number(at), sink);
        if let Some(declared) = sink.facts.packages.get_mut(before)
            && !marker.is_empty()
        {
            declared.marker = Some(marker.clone());
        }
    }
}
