//! The files of one package of dpkg: a path on each line, after a digest in the lists of images without dpkg
//! (dpkg-query(1), `--listfiles`; deb-md5sums(5)).

use super::{Database, InstalledFacts};

/// Reads `PACKAGE.list` or `PACKAGE.md5sums`.
#[must_use]
pub fn read(bytes: &[u8]) -> InstalledFacts {
    let mut facts = InstalledFacts::new(Database::DpkgFiles);
    for line in String::from_utf8_lossy(bytes).lines() {
        let is_digest =
            |word: &str| word.len() == 32 && word.bytes().all(|each| each.is_ascii_hexdigit());
        let path = match line.split_once("  ") {
            Some((digest, path)) if is_digest(digest) => path,
            _ => line,
        };
        if path != "/." {
            facts.push_file(path.trim_end_matches('\r'));
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_with_and_without_digests_name_the_same_files() {
        let plain = read(b"/.\n/usr\n/usr/bin/x y\n");
        assert_eq!(plain.files, ["usr", "usr/bin/x y"]);
        let digests = read(b"d41d8cd98f00b204e9800998ecf8427e  usr/bin/x y\n");
        assert_eq!(digests.files, ["usr/bin/x y"]);
    }
}
