//! The history of a clone: objects of any content and kind, loose or in a pack, under names that point at each other.
//!
//! The first byte chooses the form; then come objects as kind, two bytes of length, and content. Commits whose content
//! names no tree get one, so that what is mutated lies behind references that lead somewhere.

#![no_main]

use std::fs;
use std::io::Write as _;
use std::path::Path;

use chainwright_history::{Bounds, read};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use libfuzzer_sys::fuzz_target;

const MOST: usize = 24;

fuzz_target!(|data: &[u8]| {
    let Some((form, mut rest)) = data.split_first() else {
        return;
    };
    let mut objects: Vec<(u8, Vec<u8>)> = Vec::new();
    while let [kind, low, high, tail @ ..] = rest
        && objects.len() < MOST
    {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(tail.len());
        let (content, tail) = tail.split_at(length);
        let number = objects.len() as u8 + 1;
        let mut content = content.to_vec();
        if kind % 8 == 1 && !content.starts_with(b"tree ") {
            let links = format!("tree {}\nparent {}\n", id(number + 1), id(number + 2));
            content.splice(..0, links.into_bytes());
        }
        objects.push((kind % 8, content));
        rest = tail;
    }
    let folder = std::env::temp_dir().join(format!("chainwright-fuzz-{}", std::process::id()));
    let git = folder.join(".git");
    let _ = fs::remove_dir_all(&git);
    fs::create_dir_all(git.join("objects/pack")).expect("a folder");
    fs::write(git.join("HEAD"), format!("{}\n", id(1))).expect("a file");
    let tags: String = (1..=objects.len() as u8)
        .map(|number| format!("{} refs/tags/v{number}\n", id(number)))
        .collect();
    fs::write(git.join("packed-refs"), tags).expect("a file");
    match form % 3 {
        0 => loose(&git, &objects),
        1 => packed(&git, &objects, &[]),
        _ => packed(&git, &objects, rest),
    }
    let bounds = Bounds {
        inflated: 1 << 22,
        ..Bounds::default()
    };
    let first = read(&folder, &bounds, &|| false);
    assert_eq!(first, read(&folder, &bounds, &|| false));
});

/// The name of an object: its number, twenty times.
fn id(number: u8) -> String {
    format!("{number:02x}").repeat(20)
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn loose(git: &Path, objects: &[(u8, Vec<u8>)]) {
    for (number, (kind, content)) in (1..).zip(objects) {
        let kind = ["blob", "commit", "tree", "blob", "tag"]
            .get(usize::from(*kind))
            .unwrap_or(&"blob");
        let mut whole = format!("{kind} {}\0", content.len()).into_bytes();
        whole.extend_from_slice(content);
        let name = id(number);
        let folder = git.join("objects").join(&name[..2]);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(&name[2..]), deflated(&whole)).expect("a file");
    }
}

/// A pack with its index; `tail` is written behind the objects as it is, under the next name.
fn packed(git: &Path, objects: &[(u8, Vec<u8>)], tail: &[u8]) {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend((objects.len() as u32).to_be_bytes());
    let mut offsets: Vec<u32> = Vec::new();
    for (kind, content) in objects {
        let here = pack.len();
        let size = content.len();
        pack.push((kind << 4) | (size & 15) as u8 | 0x80);
        pack.push(((size >> 4) & 0x7f) as u8 | 0x80);
        pack.push((size >> 11) as u8);
        match kind {
            6 => {
                let back = offsets.last().map_or(1, |last| here - *last as usize);
                pack.extend([
                    0x80 | (back >> 7).saturating_sub(1) as u8 & 0x7f,
                    back as u8 & 0x7f,
                ]);
            }
            7 => pack.extend([1; 20]),
            _ => {}
        }
        pack.extend(deflated(content));
        offsets.push(here as u32);
    }
    if !tail.is_empty() {
        offsets.push(pack.len() as u32);
        pack.extend_from_slice(tail);
    }
    pack.extend([0; 20]);
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..256_u32 {
        index.extend(first.min(offsets.len() as u32).to_be_bytes());
    }
    for number in 1..=offsets.len() as u8 {
        index.extend([number; 20]);
    }
    index.extend(vec![0; 4 * offsets.len()]);
    for offset in offsets {
        index.extend(offset.to_be_bytes());
    }
    index.extend([0; 40]);
    fs::write(git.join("objects/pack/pack-1.pack"), pack).expect("a file");
    fs::write(git.join("objects/pack/pack-1.idx"), index).expect("a file");
}
