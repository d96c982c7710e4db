//! Files of the system that differ from the digests of their package manager, and honest systems in which they may.

use sha1::{Digest as _, Sha1};

use super::{ATTACK, PLAIN, bad, file, good, layout_case, saved};
use crate::archive::{TarEntry, TarKind};
use crate::corpus::{Case, Label};
use crate::elf::library;
use crate::image::{Image, Packing, base64_padded, md5_hex, python_package};

const CLASS: &str = "image-altered-system";
const SITE: &str = "usr/local/lib/python3.11/site-packages/";
const SUMS: &str = "var/lib/dpkg/info/demo.md5sums";
const SCRIPT: &[u8] = b"#!/bin/sh\necho inert\n";
const OTHER: &[u8] = b"#!/bin/sh\necho another\n";

fn program() -> Vec<u8> {
    library(&[".dynamic", ".text"], 64)
}

fn another_program() -> Vec<u8> {
    library(&[".dynamic", ".text", ".data"], 96)
}

/// `demo.md5sums` of these files.
fn sums(files: &[(&str, &[u8])]) -> TarEntry {
    let line = |(path, content): &(&str, &[u8])| format!("{}  {path}\n", md5_hex(content));
    file(SUMS, files.iter().map(line).collect::<String>())
}

/// A layer of Debian with these files of one package.
fn debian(files: &[(&str, &[u8])]) -> Vec<TarEntry> {
    let status =
        "Package: demo\nStatus: install ok installed\nVersion: 1.0-1\nArchitecture: amd64\n";
    let list: String = files.iter().map(|(path, _)| format!("/{path}\n")).collect();
    let mut members = vec![
        file("etc/debian_version", "12.4\n"),
        file("etc/os-release", "ID=debian\nVERSION_ID=12\n"),
    ];
    members.extend(
        files
            .iter()
            .map(|(path, content)| file(path, content.to_vec())),
    );
    members.push(file("var/lib/dpkg/info/demo.list", list));
    members.push(sums(files));
    members.push(file("var/lib/dpkg/status", status));
    members
}

/// A layer of Alpine with one file; its database says `recorded`.
fn alpine(path: &str, content: &[u8], recorded: &[u8]) -> Vec<TarEntry> {
    let (folder, name) = path.rsplit_once('/').expect("a path with a folder");
    let digest = base64_padded(&Sha1::digest(recorded));
    let installed =
        format!("P:demo\nV:1.0-r0\nA:x86_64\nF:{folder}\nR:{name}\na:0:0:755\nZ:Q1{digest}\n\n");
    vec![
        file(path, content),
        file("etc/alpine-release", "3.23.0\n"),
        file("etc/os-release", "ID=alpine\nVERSION_ID=3.23.0\n"),
        file("lib/apk/db/installed", installed),
    ]
}

fn upper(path: &str, content: &[u8]) -> Vec<TarEntry> {
    vec![file(path, content)]
}

/// Systems that were altered.
pub(super) fn altered() -> Vec<Case> {
    let (real, other) = (program(), another_program());
    let base = || debian(&[("usr/bin/demo", &real), ("usr/bin/tool", SCRIPT)]);
    let changed = |path: &str, content: &[u8]| {
        let mut members = base();
        for member in &mut members {
            if member.name == path.as_bytes() {
                member.content = content.to_vec();
            }
        }
        members
    };
    let later = || [base(), upper("usr/bin/demo", &other)];
    let in_lib = "usr/lib/x86_64-linux-gnu/libdemo.so.1";
    vec![
        bad(
            CLASS,
            "program-in-its-layer",
            &[changed("usr/bin/demo", &other)],
        ),
        bad(
            CLASS,
            "script-in-its-layer",
            &[changed("usr/bin/tool", OTHER)],
        ),
        bad(
            CLASS,
            "script-with-an-attack",
            &[changed("usr/bin/tool", ATTACK)],
        ),
        bad(CLASS, "program-by-a-later-layer", &later()),
        bad(
            CLASS,
            "script-by-a-later-layer",
            &[base(), upper("usr/bin/tool", OTHER)],
        ),
        bad(
            CLASS,
            "library-by-a-later-layer",
            &[debian(&[(in_lib, &real)]), upper(in_lib, &other)],
        ),
        bad(
            CLASS,
            "module-by-a-later-layer",
            &[
                debian(&[("usr/lib/python3/dist-packages/apt.py", PLAIN)]),
                upper("usr/lib/python3/dist-packages/apt.py", b"x = 2\n"),
            ],
        ),
        bad(
            CLASS,
            "record-of-the-unmerged-path",
            &[{
                let mut members = base();
                members.push(file("usr/bin/ls", other.clone()));
                members.retain(|member| member.name != SUMS.as_bytes());
                members.push(sums(&[("bin/ls", &real)]));
                members
            }],
        ),
        bad(
            CLASS,
            "behind-the-release-file-of-another-system",
            &[
                base(),
                vec![
                    file("etc/alpine-release", "3.23.0\n"),
                    file("usr/bin/demo", other.clone()),
                ],
            ],
        ),
        bad(
            CLASS,
            "without-dpkg",
            &[vec![
                file("usr/bin/demo", other.clone()),
                file("etc/os-release", "ID=debian\nVERSION_ID=12\n"),
                file(
                    "var/lib/dpkg/status.d/demo",
                    "Package: demo\nVersion: 1.0\n",
                ),
                file(
                    "var/lib/dpkg/status.d/demo.md5sums",
                    format!("{}  usr/bin/demo\n", md5_hex(&real)),
                ),
            ]],
        ),
        bad(CLASS, "alpine", &[alpine("bin/busybox", &other, &real)]),
        bad(
            CLASS,
            "alpine-by-a-later-layer",
            &[
                alpine("usr/bin/demo", &real, &real),
                upper("usr/bin/demo", &other),
            ],
        ),
        saved(
            CLASS,
            "gzip-layer",
            Label::Malicious,
            &Image::new(later()).packed(Packing::Gzip),
        ),
        layout_case(
            CLASS,
            "zstandard-layout",
            Label::Malicious,
            &Image::new(later()).packed(Packing::Zstandard),
        ),
        bad(
            CLASS,
            "stripped-library-by-a-later-layer",
            &[
                python_package(SITE, "demo", &[("demo/core.so", &unstripped())]),
                upper(&format!("{SITE}demo/core.so"), &stripped()),
            ],
        ),
        bad(
            CLASS,
            "smaller-library-with-symbols",
            &[replaced(&library(&[".dynamic", ".text", ".symtab"], 8))],
        ),
        bad(
            CLASS,
            "smaller-library-with-more-behind",
            &[replaced(
                &[stripped().as_slice(), b"more".as_slice()].concat(),
            )],
        ),
    ]
}

fn unstripped() -> Vec<u8> {
    library(&[".dynamic", ".text", ".symtab", ".debug_info"], 64)
}

fn stripped() -> Vec<u8> {
    library(&[".dynamic", ".text"], 64)
}

/// A package whose only library is another than its record says.
fn replaced(content: &[u8]) -> Vec<TarEntry> {
    let files: [(&str, &[u8]); 2] = [("demo/core.so", &unstripped()), ("demo/__init__.py", PLAIN)];
    let mut members = python_package(SITE, "demo", &files);
    for member in &mut members {
        if member.name.ends_with(b"core.so") {
            member.content = content.to_vec();
        }
    }
    members
}

/// Systems that are as their packages made them, or differ in what may differ.
pub(super) fn honest() -> Vec<Case> {
    let (real, other) = (program(), another_program());
    let base = || debian(&[("usr/bin/demo", &real), ("usr/bin/tool", SCRIPT)]);
    let without = |path: &str| {
        let mut members = base();
        members.retain(|member| member.name != path.as_bytes());
        members
    };
    vec![
        good("system-as-installed", &[base()]),
        good(
            "system-with-a-program-of-its-own",
            &[base(), upper("usr/local/bin/demo", &other)],
        ),
        good(
            "system-whose-program-was-deleted",
            &[base(), upper("usr/bin/.wh.demo", b"")],
        ),
        good(
            "system-without-its-documentation",
            &[{
                let mut members = base();
                let text: &[u8] = b"how to use it\n";
                members.retain(|member| member.name != SUMS.as_bytes());
                members.push(sums(&[
                    ("usr/bin/demo", &real),
                    ("usr/share/doc/demo/README", text),
                    ("usr/share/man/man1/demo.1.gz", text),
                ]));
                members
            }],
        ),
        good(
            "system-with-changed-settings-and-data",
            &[{
                let mut members = base();
                members.retain(|member| member.name != SUMS.as_bytes());
                members.push(sums(&[
                    ("etc/profile", b"umask 022\n"),
                    ("usr/share/demo/list.txt", b"a\n"),
                    ("usr/bin/demo", &real),
                ]));
                members.push(file("etc/profile", "umask 077\n"));
                members.push(file("usr/share/demo/list.txt", "b\n"));
                members
            }],
        ),
        good(
            "system-upgraded-by-a-later-layer",
            &[
                base(),
                debian(&[("usr/bin/demo", &other), ("usr/bin/tool", SCRIPT)]),
            ],
        ),
        good(
            "system-whose-program-another-package-replaced",
            &[{
                let mut members = without("usr/bin/demo");
                members.push(file("usr/bin/demo", other.clone()));
                members.push(file(
                    "var/lib/dpkg/info/newer.md5sums",
                    format!("{}  usr/bin/demo\n", md5_hex(&other)),
                ));
                members
            }],
        ),
        good(
            "system-with-a-diversion",
            &[{
                let mut members = without("usr/bin/tool");
                members.push(file("usr/bin/tool", "#!/bin/sh\nexit 101\n"));
                members.push(file("usr/bin/tool.distrib", SCRIPT));
                members.push(file(
                    "var/lib/dpkg/diversions",
                    "/usr/bin/tool\n/usr/bin/tool.distrib\n:\n",
                ));
                members
            }],
        ),
        good(
            "system-whose-program-became-a-link",
            &[
                base(),
                vec![TarEntry::link(
                    TarKind::Symlink,
                    "usr/bin/demo",
                    "/usr/local/bin/demo",
                )],
            ],
        ),
        good(
            "system-of-unmerged-folders",
            &[{
                let mut members = vec![file("bin/ls", real.clone())];
                members.extend(base());
                members.push(file(
                    "var/lib/dpkg/info/coreutils.md5sums",
                    format!("{}  bin/ls\n", md5_hex(&real)),
                ));
                members
            }],
        ),
        good(
            "system-whose-npm-was-upgraded",
            &[
                debian(&[("usr/lib/node_modules/npm/node-gyp/gyp/x.py", PLAIN)]),
                upper("usr/lib/node_modules/npm/node-gyp/gyp/x.py", b"x = 2\n"),
            ],
        ),
        good(
            "alpine-with-an-upgraded-module",
            &[
                alpine(
                    "usr/lib/python3.12/site-packages/demo/__init__.py",
                    PLAIN,
                    PLAIN,
                ),
                python_package(
                    "usr/lib/python3.12/site-packages/",
                    "demo",
                    &[("demo/__init__.py", b"def add(a, b):\n    return b + a\n")],
                ),
            ],
        ),
        good(
            "alpine-as-installed",
            &[alpine("bin/busybox", &real, &real)],
        ),
        good(
            "alpine-with-a-python-layer",
            &[
                alpine("bin/busybox", &real, &real),
                python_package(SITE, "demo", &[("demo/__init__.py", PLAIN)]),
            ],
        ),
        good(
            "package-with-one-stripped-library",
            &[replaced(&stripped())],
        ),
        saved(
            "image-benign",
            "system-as-installed-gzip",
            Label::Benign,
            &Image::new([base()]).packed(Packing::Gzip),
        ),
    ]
}
