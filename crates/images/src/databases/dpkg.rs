//! The status file of dpkg: paragraphs of `Field: value` (deb-control(5), dpkg-query(1)).

use chainwright_core::package::{Ecosystem, Package};

use super::{Database, InstalledFacts, InstalledPackage};

/// Reads a status file. Packages that were removed or never finished are left out.
#[must_use]
pub fn read(bytes: &[u8]) -> InstalledFacts {
    let mut facts = InstalledFacts::new(Database::Dpkg);
    let text = String::from_utf8_lossy(bytes);
    let mut paragraph = Paragraph::default();
    for line in text.lines() {
        let line = line.trim_end_matches('\r');
        if line.trim().is_empty() {
            facts_of(std::mem::take(&mut paragraph), &mut facts);
        } else {
            paragraph.line(line);
        }
    }
    facts_of(paragraph, &mut facts);
    facts
}

#[derive(Default)]
struct Paragraph {
    name: String,
    version: String,
    status: String,
    architecture: String,
    source: String,
    maintainer: String,
}

impl Paragraph {
    fn line(&mut self, line: &str) {
        // Lines that begin with a space continue a field, and none of ours has more than one line.
        let Some((field, value)) = line.split_once(':') else {
            return;
        };
        let slot = match field.to_ascii_lowercase().as_str() {
            "package" => &mut self.name,
            "version" => &mut self.version,
            "status" => &mut self.status,
            "architecture" => &mut self.architecture,
            "source" => &mut self.source,
            "maintainer" => &mut self.maintainer,
            _ => return,
        };
        *slot = value.trim().chars().take(512).collect();
    }
}

fn facts_of(paragraph: Paragraph, facts: &mut InstalledFacts) {
    // Files of `status.d` have no status: what lies there is installed.
    let state = paragraph.status.split_whitespace().nth(2);
    let is_gone = matches!(
        state,
        Some("not-installed" | "config-files" | "half-installed")
    );
    if paragraph.name.is_empty() || paragraph.version.is_empty() || is_gone {
        return;
    }
    let (source, source_version) = match paragraph.source.split_once('(') {
        Some((name, version)) => (name.trim(), version.trim_end_matches(')').trim()),
        None if paragraph.source.is_empty() => {
            (paragraph.name.as_str(), paragraph.version.as_str())
        }
        None => (paragraph.source.as_str(), paragraph.version.as_str()),
    };
    facts.push(InstalledPackage {
        source: source.to_owned(),
        source_version: source_version.to_owned(),
        package: Package::new(
            Ecosystem::Debian,
            paragraph.name.clone(),
            Some(paragraph.version.clone()),
        ),
        architecture: paragraph.architecture,
        licence: String::new(),
        maintainer: paragraph.maintainer,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installed_packages_keep_epoch_revision_and_source() {
        let status = "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc\n\
                      Version: 2.36-9+deb12u10\nDescription: C library\n Package: not-a-package\n\n\
                      Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n\
                      Package: bsdutils\nSource: util-linux (2.38.1-5)\nVersion: 1:2.38.1-5\n";
        let facts = read(status.as_bytes());
        let shown: Vec<String> = facts
            .packages
            .iter()
            .map(|each| {
                format!(
                    "{} <- {}@{}",
                    each.package, each.source, each.source_version
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "libc6@2.36-9+deb12u10 <- glibc@2.36-9+deb12u10",
                "bsdutils@1:2.38.1-5 <- util-linux@2.38.1-5"
            ]
        );
    }

    #[test]
    fn junk_lists_nothing() {
        for junk in [
            &b""[..],
            b"\xff\xfe\0\0",
            b":::\n\n:\n",
            b"Package:\nVersion: 1\n",
        ] {
            assert!(read(junk).packages.is_empty(), "{junk:?}");
        }
    }
}
