//! What is known about Keras configurations that act, as data: the condition, the effect, the record, the versions.
//!
//! Judges refer to a row; a new record is a new row. Sources: the GitHub advisories of the ids below, and the changes
//! to `keras/src/saving` that fixed them.

/// One known way in which a configuration acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Advisory {
    /// What stands in the configuration.
    pub(super) condition: &'static str,
    /// What a loader does with it; worded to follow the name of the thing.
    pub(super) effect: &'static str,
    /// The record and the versions of Keras that it names.
    pub(super) reference: &'static str,
}

macro_rules! advisories {
    ($($name:ident: $condition:literal, $effect:literal, $reference:literal;)*) => {
        $(pub(super) const $name: Advisory = Advisory {
            condition: $condition,
            effect: $effect,
            reference: $reference,
        };)*
        /// Every row.
        #[cfg(test)]
        pub(super) const ALL: &[Advisory] = &[$($name),*];
    };
}

advisories! {
    LAMBDA_LEGACY: "a Lambda layer with marshalled bytecode in a format without safe mode",
        "bytecode in the file becomes a function when the model is loaded",
        "CVE-2024-3660 (keras <2.13)";
    LAMBDA_HDF5: "a Lambda layer with marshalled bytecode in HDF5",
        "bytecode in the file becomes a function when the model is loaded, whatever safe_mode says",
        "CVE-2025-9905 (keras >=3.0.0,<3.11.3)";
    LAMBDA_V3: "a `__lambda__` object with marshalled bytecode",
        "bytecode in the file becomes a function when it is loaded without safe mode",
        "CVE-2026-12481 (keras <3.12.3, >=3.13.0,<3.15.0)";
    IMPORT: "`module` outside Keras",
        "a module of any name is imported and called while the model is loaded",
        "CVE-2025-1550 (keras >=3.0.0,<3.9.0)";
    REUSE: "a function of Keras that is no part of a model",
        "a function that reaches beyond the model is called while the model is loaded",
        "CVE-2025-8747 (keras >=3.0.0,<3.11.0)";
    DOWNLOAD: "`get_file`",
        "a file is fetched, written and unpacked",
        "CVE-2025-12060 (keras <3.12.0)";
    EXTRACT: "an archive extraction function of `file_utils`",
        "an archive is unpacked outside its folder",
        "CVE-2026-11816 (keras <3.14.0)";
    UNSAFE: "`enable_unsafe_deserialization`",
        "the protection against serialised code is switched off",
        "CVE-2025-9906 (keras >=3.0.0,<3.11.0)";
    VOCABULARY: "a vocabulary that is a path",
        "a vocabulary is read from a file that the model names",
        "CVE-2025-12058 (keras <3.12.0)";
    TORCH: "`TorchModuleWrapper`",
        "a pickled PyTorch module in the file is loaded",
        "CVE-2025-49655 (keras >=3.11.0,<3.11.3)";
    SAVED_MODEL: "`TFSMLayer`",
        "a SavedModel beside the file is loaded and its graph is run",
        "CVE-2026-1462 (keras >=3.0.0,<3.13.2)";
    YAML: "a Python tag in YAML",
        "a tag makes the loader build a Python object",
        "CVE-2021-37678 (tensorflow <2.6)";
    LAYER_NAME: "a layer name with path parts",
        "a name becomes a folder outside the one that assets are unpacked to",
        "CVE-2026-12479 (keras <3.12.3, >=3.13.0,<3.15.0)";
    SHAPE: "a dimension that no memory holds",
        "a layer asks for far more memory than a model of this size justifies",
        "";
    DUPLICATE: "a key that stands twice in one object",
        "readers disagree about which value counts",
        "";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn every_row_is_complete_and_stands_once() {
        for (index, row) in ALL.iter().enumerate() {
            assert!(!row.condition.is_empty() && !row.effect.is_empty());
            assert!(row.reference.is_empty() || row.reference.starts_with("CVE-"));
            assert!(!ALL[..index].contains(row), "{}", row.condition);
        }
    }
}
