//! Names and links that leave the folder of an extraction.

use super::{Case, bad};
use crate::archive::{TarEntry, TarKind, Zip, ZipEntry, gzip, pax_records, seven_zip, tar};

const CLASS: &str = "archive-slip";

pub(super) fn cases() -> Vec<Case> {
    [zips(), tars(), others()].concat()
}

fn zips() -> Vec<Case> {
    let named = |case: &str, name: &str| {
        let entries = [
            ZipEntry::stored("readme.txt", "hello\n"),
            ZipEntry::stored(name, "x\n"),
        ];
        bad(CLASS, case, "bundle.zip", Zip::of(entries).build())
    };
    let linked = |case: &str, target: &str, name: &str| {
        let entries = [
            ZipEntry::symlink("link", target),
            ZipEntry::stored(name, "x\n"),
        ];
        bad(CLASS, case, "bundle.zip", Zip::of(entries).build())
    };
    vec![
        named("zip-parent", "../evil.py"),
        named("zip-parent-deep", "../../../../../../tmp/evil.py"),
        named("zip-parent-behind-folder", "models/../../evil.py"),
        named("zip-parent-backslash", "..\\..\\evil.py"),
        named("zip-parent-mixed", "models/..\\../evil.py"),
        named("zip-absolute", "/tmp/evil.py"),
        named("zip-absolute-backslash", "\\tmp\\evil.py"),
        named("zip-drive", "C:\\Users\\Public\\evil.bat"),
        named("zip-drive-slash", "c:/windows/evil.bat"),
        named("zip-unc", "\\\\server\\share\\evil.dll"),
        named("zip-only-parent", "models/../.."),
        linked("zip-link-absolute", "/etc", "readme.txt"),
        linked("zip-link-parent", "../../outside", "readme.txt"),
        linked("zip-through-link", "/tmp", "link/evil.py"),
        bad(
            CLASS,
            "zip-local-name-parent",
            "bundle.zip",
            Zip::of([ZipEntry {
                local_name: Some(b"../evil.py".to_vec()),
                ..ZipEntry::stored("hello.py", "x\n")
            }])
            .build(),
        ),
        bad(
            CLASS,
            "npz-parent",
            "data.npz",
            Zip::of([ZipEntry::stored("../x.npy", "x")]).build(),
        ),
        bad(
            CLASS,
            "mar-parent",
            "model.mar",
            Zip::of([
                ZipEntry::stored("MAR-INF/MANIFEST.json", "{}"),
                ZipEntry::stored("../../handler.py", "x = 1\n"),
            ])
            .build(),
        ),
    ]
}

fn tars() -> Vec<Case> {
    let taped = |case: &str, entries: &[TarEntry]| bad(CLASS, case, "bundle.tar", tar(entries));
    let file = |name: &str| TarEntry::file(name, b"x\n".to_vec());
    let symlink = |name: &str, target: &str| TarEntry::link(TarKind::Symlink, name, target);
    let hardlink = |name: &str, target: &str| TarEntry::link(TarKind::Hardlink, name, target);
    let long_name = TarEntry {
        content: b"../../evil.py\0".to_vec(),
        ..TarEntry::new(TarKind::Flag(b'L'), "././@LongLink")
    };
    let long_link = TarEntry {
        content: b"/etc/passwd\0".to_vec(),
        ..TarEntry::new(TarKind::Flag(b'K'), "././@LongLink")
    };
    vec![
        taped("tar-parent", &[file("../evil.py")]),
        taped("tar-parent-behind-folder", &[file("a/b/../../../evil.py")]),
        taped("tar-absolute", &[file("/etc/cron.d/evil")]),
        taped("tar-link-absolute", &[symlink("link", "/etc/passwd")]),
        taped("tar-link-parent", &[symlink("a/link", "../../outside")]),
        taped(
            "tar-through-link",
            &[symlink("link", "/tmp"), file("link/evil.py")],
        ),
        taped(
            "tar-through-parent-link",
            &[symlink("up", ".."), file("up/evil.py")],
        ),
        taped(
            "tar-link-chain",
            &[
                symlink("x/y", "."),
                symlink("up", "x/y/../.."),
                file("up/evil.py"),
            ],
        ),
        taped("tar-hardlink-parent", &[hardlink("link", "../../secret")]),
        taped("tar-hardlink-absolute", &[hardlink("link", "/etc/shadow")]),
        taped("tar-device", &[TarEntry::new(TarKind::Device, "dev/sda")]),
        taped(
            "tar-pax-parent",
            &[pax_records(&[("path", "../../evil.py")]), file("x")],
        ),
        taped(
            "tar-pax-link",
            &[
                pax_records(&[("linkpath", "/etc/passwd")]),
                symlink("x", "y"),
            ],
        ),
        taped("tar-long-name-parent", &[long_name, file("x")]),
        taped("tar-long-link", &[long_link, symlink("x", "y")]),
        taped("tar-backslash", &[file("..\\evil.py")]),
        bad(
            CLASS,
            "nemo-parent",
            "model.nemo",
            tar(&[file("../model_config.yaml")]),
        ),
        bad(
            CLASS,
            "tar-gz-parent",
            "bundle.tar.gz",
            gzip(&tar(&[file("../evil.py")])),
        ),
    ]
}

fn others() -> Vec<Case> {
    vec![
        bad(
            CLASS,
            "7z-parent",
            "bundle.7z",
            seven_zip(&[("../evil.py", b"x\n")]),
        ),
        bad(
            CLASS,
            "7z-absolute",
            "bundle.7z",
            seven_zip(&[("/tmp/evil.py", b"x\n")]),
        ),
        bad(
            CLASS,
            "7z-backslash",
            "bundle.7z",
            seven_zip(&[("..\\evil.py", b"x\n")]),
        ),
    ]
}
