//! Payloads inside of containers inside of containers.

use super::{Case, EVIL, bad};
use crate::archive::{
    TarEntry, Zip, ZipEntry, gzip, lz4_frame, seven_zip, tar, torch_zip, xz_stored, zlib, zstd_raw,
};

const CLASS: &str = "container-nesting";

pub(super) fn cases() -> Vec<Case> {
    let torch = torch_zip("archive", EVIL).build();
    let zipped = |name: &str, content: &[u8]| Zip::of([ZipEntry::deflated(name, content)]).build();
    let taped = |name: &str, content: &[u8]| tar(&[TarEntry::file(name, content)]);
    let zip_tar_gz_zip = zipped("a.tgz", &gzip(&taped("b.zip", &zipped("c.pkl", EVIL))));
    let five_gzips = (0..5).fold(EVIL.to_vec(), |content, _| gzip(&content));
    let five_zips = (0..5).fold(EVIL.to_vec(), |content, _| zipped("x", &content));
    vec![
        bad(CLASS, "zip-in-tar-gz-in-zip", "bundle.zip", zip_tar_gz_zip),
        bad(
            CLASS,
            "torch-in-zip",
            "bundle.zip",
            zipped("model.pt", &torch),
        ),
        bad(
            CLASS,
            "torch-in-zip-as-image",
            "bundle.zip",
            zipped("image.jpg", &torch),
        ),
        bad(CLASS, "torch-stored-in-torch", "model.pt", {
            let mut zip = torch_zip("archive", super::GOOD);
            zip.entries
                .push(ZipEntry::stored("archive/data/1", torch.clone()));
            zip.build()
        }),
        bad(
            CLASS,
            "torch-in-tar",
            "bundle.tar",
            taped("model.pt", &torch),
        ),
        bad(
            CLASS,
            "torch-in-tar-gz",
            "model.nemo",
            gzip(&taped("model_weights.ckpt", &torch)),
        ),
        bad(
            CLASS,
            "torch-in-7z",
            "bundle.7z",
            seven_zip(&[("model.pt", &torch)]),
        ),
        bad(CLASS, "torch-in-gzip", "model.pt.gz", gzip(&torch)),
        bad(CLASS, "torch-in-xz", "model.pt.xz", xz_stored(&torch)),
        bad(CLASS, "torch-in-zstd", "model.pt.zst", zstd_raw(&torch)),
        bad(CLASS, "torch-in-lz4", "model.pt.lz4", lz4_frame(&torch)),
        bad(
            CLASS,
            "zlib-in-gzip-in-xz",
            "x",
            xz_stored(&gzip(&zlib(EVIL))),
        ),
        bad(CLASS, "five-gzips", "model.pkl", five_gzips),
        bad(CLASS, "five-zips", "model.zip", five_zips),
        bad(
            CLASS,
            "pickle-in-jar",
            "plugin.jar",
            zipped("META-INF/services/model.bin", EVIL),
        ),
        bad(
            CLASS,
            "zip-with-lie-in-gzip",
            "x.gz",
            gzip(
                &Zip {
                    no_directory: true,
                    ..Zip::of([ZipEntry::stored("data.pkl", EVIL)])
                }
                .build(),
            ),
        ),
    ]
}
