//! The files of one package of dpkg: a path on each line, after a digest in the lists of images without dpkg
//! (dpkg-query(1), `--listfiles`; deb-md5sums(5)).

use super::sums::Sum;
use super::{Database, InstalledFacts};

/// Reads `PACKAGE.list` or `PACKAGE.md5sums`.
#[must_use]
pub fn read(bytes: &[u8]) -> InstalledFacts {
    let mut facts = InstalledFacts::new(Database::DpkgFiles);
    for line in String::from_utf8_lossy(bytes).lines() {
        let digested = line.split_once("  ").and_then(|(digest, path)| {
            let sum = Sum::of_hex(digest)?;
            matches!(sum, Sum::Md5(_)).then_some((sum, path))
        });
        let path = digested.map_or(line, |(_, path)| path);
        let path = path.trim_end_matches('\r');
        if path != "/." {
            facts.push_file(path);
        }
        if let Some((sum, _)) = digested {
            facts.push_sum(path, sum);
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
        assert_eq!((plain.sums.len(), digests.sums.len()), (0, 1));
    }
}
