//! Where the store of advisories lies unless the user says otherwise.

use std::path::{Path, PathBuf};

/// The name of the store.
const NAME: &str = "intel.db";

/// The store: as given, else `$XDG_DATA_HOME/chainwright/intel.db` or what the system uses instead.
pub(crate) fn location(given: Option<&Path>) -> PathBuf {
    given.map_or_else(default, Path::to_owned)
}

fn default() -> PathBuf {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let base = set("XDG_DATA_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| {
            if cfg!(windows) {
                set("LOCALAPPDATA")
            } else if cfg!(target_os = "macos") {
                set("HOME").map(|home| home.join("Library/Application Support"))
            } else {
                set("HOME").map(|home| home.join(".local/share"))
            }
        });
    base.unwrap_or_default().join("chainwright").join(NAME)
}
