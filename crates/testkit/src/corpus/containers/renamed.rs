//! Names and extensions that say something else than the content.

use super::{Case, EVIL, bad};
use crate::archive::{TarEntry, Zip, ZipEntry, gzip, tar, torch_zip};

const CLASS: &str = "container-extension";

pub(super) fn cases() -> Vec<Case> {
    let torch = torch_zip("archive", EVIL).build();
    let mut cases: Vec<Case> = [
        "pytorch_model.bin",
        "model.ckpt",
        "model.pth",
        "notes.txt",
        "weights",
        "model.safetensors",
        "model.gguf",
        "config.json",
        "model.h5",
        "logo.png",
        "README.md",
    ]
    .into_iter()
    .map(|file| {
        let name = format!("torch-as-{}", file.to_lowercase().replace(['.', '_'], "-"));
        bad(CLASS, &name, file, torch.clone())
    })
    .collect();
    let nested = |name: &str| Zip::of([ZipEntry::stored(name, EVIL)]).build();
    cases.extend([
        bad(
            CLASS,
            "pickle-in-zip-as-png",
            "assets.zip",
            nested("logo.png"),
        ),
        bad(
            CLASS,
            "pickle-in-zip-without-name",
            "assets.zip",
            nested("x"),
        ),
        bad(CLASS, "gzip-as-json", "config.json", gzip(EVIL)),
        bad(
            CLASS,
            "tar-as-bin",
            "model.bin",
            tar(&[TarEntry::file("data", EVIL)]),
        ),
        bad(CLASS, "zip-as-7z", "model.7z", nested("data.pkl")),
        bad(
            CLASS,
            "other-folder-name",
            "model.pt",
            torch_zip("some/deep/folder", EVIL).build(),
        ),
    ]);
    cases
}
