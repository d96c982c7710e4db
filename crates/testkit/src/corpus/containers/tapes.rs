//! Tar and 7z: payloads, and members that only some readers reach.

use super::{Case, EVIL, GOOD, bad};
use crate::archive::{TarEntry, TarKind, pax_records, seven_zip, tar, tar_members};

const CLASS: &str = "container-tricks";

pub(super) fn cases() -> Vec<Case> {
    let file = |name: &str, content: &[u8]| TarEntry::file(name, content);
    let good = || file("readme.txt", b"hello\n");
    let evil = || file("data.pkl", EVIL);
    let broken = TarEntry {
        wrong_checksum: true,
        ..good()
    };
    // The header says 0 bytes, pax says 1024: some readers find a header where others see content.
    let smuggled = TarEntry {
        announced_size: Some(0),
        ..file("blob", &tar_members(&[evil()]))
    };
    let long_name = TarEntry {
        content: b"a/very/long/name/data.pkl\0".to_vec(),
        ..TarEntry::new(TarKind::Flag(b'L'), "././@LongLink")
    };
    let nullif_ai = [&EVIL[..EVIL.len() - 1], b"\x00broken".as_slice()].concat();
    vec![
        bad(CLASS, "tar-pickle", "model.tar", tar(&[good(), evil()])),
        bad(
            CLASS,
            "tar-v7-pickle",
            "model.tar",
            tar(&[TarEntry {
                is_v7: true,
                ..evil()
            }]),
        ),
        bad(
            CLASS,
            "tar-behind-end",
            "model.tar",
            [tar(&[good()]), tar(&[evil()])].concat(),
        ),
        bad(
            CLASS,
            "tar-behind-broken-header",
            "model.tar",
            tar(&[good(), broken, evil()]),
        ),
        bad(
            CLASS,
            "tar-pax-size",
            "model.tar",
            tar(&[pax_records(&[("size", "1024")]), smuggled]),
        ),
        bad(
            CLASS,
            "tar-pax-path",
            "model.tar",
            tar(&[pax_records(&[("path", "m/data.pkl")]), file("x.txt", EVIL)]),
        ),
        bad(
            CLASS,
            "tar-long-name",
            "model.tar",
            tar(&[long_name, file("x", EVIL)]),
        ),
        bad(
            CLASS,
            "tar-duplicate",
            "model.tar",
            tar(&[evil(), file("data.pkl", GOOD)]),
        ),
        bad(
            CLASS,
            "tar-without-end",
            "model.tar",
            tar_members(&[evil()]),
        ),
        bad(
            CLASS,
            "tar-unknown-type",
            "model.tar",
            tar(&[TarEntry {
                kind: TarKind::Flag(b'Z'),
                ..evil()
            }]),
        ),
        bad(
            CLASS,
            "tar-contiguous-type",
            "model.tar",
            tar(&[TarEntry {
                kind: TarKind::Flag(b'7'),
                ..evil()
            }]),
        ),
        bad(
            CLASS,
            "torch-tar",
            "model.pt",
            tar(&[
                file("pickle", EVIL),
                file("tensors", b"\x80\x02K\x00."),
                file("storages", b"\x80\x02K\x00."),
                file("sys_info", GOOD),
            ]),
        ),
        bad(
            CLASS,
            "7z-pickle",
            "model.7z",
            seven_zip(&[("data.pkl", EVIL)]),
        ),
        bad(
            CLASS,
            "7z-as-torch",
            "pytorch_model.bin",
            seven_zip(&[("archive/data.pkl", EVIL), ("archive/version", b"3\n")]),
        ),
        bad(
            CLASS,
            "7z-broken-pickle",
            "model.pt",
            seven_zip(&[("model/data.pkl", nullif_ai.as_slice())]),
        ),
        bad(
            CLASS,
            "7z-second-file",
            "model.7z",
            seven_zip(&[("readme.txt", b"hello"), ("empty", b""), ("x", EVIL)]),
        ),
    ]
}
