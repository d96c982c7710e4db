//! The example supply chain of `make demo`: the text files of `examples/` and the weights that belong to them.
//!
//! Everything is honest but one folder, `vendor/moderation-filter`, which stands for a model that somebody found on
//! a forum. Its payload prints a line and is never run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::archive::torch_zip;
use crate::gguf;
use crate::safetensors::Builder;
use crate::weights::{bf16_bytes, f16_bytes, trained};

/// Writes the example below `target` and returns its folder.
///
/// # Errors
/// When the folder cannot be written.
pub fn write(target: &Path) -> io::Result<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/support-bot");
    let folder = target.join("support-bot");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    copy(&source, &folder)?;
    for (name, bytes) in made() {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        fs::write(path, bytes)?;
    }
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The files that are no text, and the one that must not lie in a repository.
fn made() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("base/model.safetensors", base_weights()),
        ("adapter/adapter_model.safetensors", adapter_weights()),
        ("serving/model-q8.gguf", gguf::Builder::model().build()),
        (
            "training/.env",
            format!("HF_TOKEN={}\n", token()).into_bytes(),
        ),
        (
            "vendor/moderation-filter/pytorch_model.bin",
            hostile_weights(),
        ),
    ]
}

fn base_weights() -> Vec<u8> {
    let mut seed = 7;
    let mut matrix = |rows: u64| {
        seed += 1;
        bf16_bytes(&trained(rows as usize, 64, seed))
    };
    let mut builder = Builder::new().metadata("format", "pt");
    let embedding = matrix(512);
    builder = builder.tensor("model.embed_tokens.weight", "BF16", &[512, 64], &embedding);
    for layer in 0..2 {
        for (name, rows) in [
            ("q_proj", 64),
            ("k_proj", 32),
            ("v_proj", 32),
            ("o_proj", 64),
        ] {
            let name = format!("model.layers.{layer}.self_attn.{name}.weight");
            builder = builder.tensor(&name, "BF16", &[rows, 64], &matrix(rows));
        }
    }
    builder
        .tensor("lm_head.weight", "BF16", &[512, 64], &matrix(512))
        .build()
}

fn adapter_weights() -> Vec<u8> {
    let mut seed = 70;
    let mut matrix = |rows: u64, columns: u64| {
        seed += 1;
        f16_bytes(&trained(rows as usize, columns as usize, seed))
    };
    let mut builder = Builder::new().metadata("format", "pt");
    for layer in 0..2 {
        for (name, out) in [("q_proj", 64), ("v_proj", 32)] {
            let prefix = format!("base_model.model.model.layers.{layer}.self_attn.{name}");
            let (a, b) = (
                format!("{prefix}.lora_A.weight"),
                format!("{prefix}.lora_B.weight"),
            );
            builder = builder.tensor(&a, "F16", &[8, 64], &matrix(8, 64));
            builder = builder.tensor(&b, "F16", &[out, 8], &matrix(out, 8));
        }
    }
    builder.build()
}

/// What `torch.save` writes, with a reduced object that would call `print` through `exec`.
fn hostile_weights() -> Vec<u8> {
    let payload = "print('chainwright demo')";
    let mut pickle =
        b"\x80\x02}q\x00X\x06\x00\x00\x00weightq\x01c__builtin__\nexec\nq\x02X".to_vec();
    pickle.extend(
        u32::try_from(payload.len())
            .unwrap_or_default()
            .to_le_bytes(),
    );
    pickle.extend(payload.as_bytes());
    pickle.extend(b"q\x03\x85q\x04Rq\x05s.");
    torch_zip("archive", &pickle).build()
}

/// A token of the right form that was never issued, put together here so that none stands in the repository.
fn token() -> String {
    ["hf", "_", "QpRvTzXkLmNcBdFgHjKwSy", "AeUiOoPqWxZr"].concat()
}
