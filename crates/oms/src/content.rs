//! Which files matter to whoever loads a model, by their names: for what a signature leaves out.
//!
//! A name is enough here, because loaders choose by name too. What lies in the files is the business of a scan.

use serde::Serialize;

/// What a file does when a model is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loads {
    /// Weights or a whole model.
    Weights,
    /// Code.
    Code,
}

const WEIGHTS: [&str; 39] = [
    "bin",
    "caffemodel",
    "cbm",
    "ckpt",
    "dill",
    "engine",
    "ggml",
    "gguf",
    "h5",
    "hdf5",
    "joblib",
    "keras",
    "lgb",
    "llamafile",
    "mar",
    "mlmodel",
    "model",
    "msgpack",
    "nemo",
    "npy",
    "npz",
    "onnx",
    "ot",
    "params",
    "pb",
    "pdiparams",
    "pdmodel",
    "pickle",
    "pkl",
    "plan",
    "pt",
    "pt2",
    "pte",
    "pth",
    "safetensors",
    "skops",
    "t7",
    "tflite",
    "zip",
];

const CODE: [&str; 18] = [
    "bash", "bat", "class", "cmd", "dll", "dylib", "exe", "ipynb", "jar", "jinja", "jinja2", "js",
    "ps1", "py", "pyc", "pyd", "sh", "so",
];

/// What loading a model could do with a file of this name; `is_executable` is what the file system says.
#[must_use]
pub fn loads(name: &str, is_executable: bool) -> Option<Loads> {
    let file = name.rsplit('/').next().unwrap_or(name);
    // The samples that Git puts beside its hooks are never run.
    let ending = file
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase());
    let ending = ending.as_deref().unwrap_or_default();
    if ending == "sample" {
        None
    } else if CODE.contains(&ending) {
        Some(Loads::Code)
    } else if WEIGHTS.contains(&ending) {
        Some(Loads::Weights)
    } else {
        is_executable.then_some(Loads::Code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_and_code_are_known_by_name() {
        for (name, executable, expected) in [
            (".github/model.safetensors", false, Some(Loads::Weights)),
            (".git/hooks/post-checkout", true, Some(Loads::Code)),
            (".git/hooks/pre-commit.sample", true, None),
            (".github/modeling.PY", false, Some(Loads::Code)),
            (".git/objects/ab/cdef", false, None),
            (".gitattributes", false, None),
            (".github/workflows/ci.yml", false, None),
        ] {
            assert_eq!(loads(name, executable), expected, "{name}");
        }
    }
}
