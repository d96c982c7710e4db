//! `.pth` files: `site` executes every line that begins with `import`, followed by a blank or a tab
//! (Python library reference, module `site`). Every other line is a folder for `sys.path`.

use chainwright_core::limits::Limits;

use crate::facts::{PythonFacts, Reach};
use crate::python;

/// See [`crate::inspect_pth`].
pub(crate) fn inspect(text: &str, limits: &Limits) -> PythonFacts {
    let mut program = String::with_capacity(text.len().min(1024 * 1024));
    for line in text.trim_start_matches('\u{feff}').lines() {
        if line.starts_with("import ") || line.starts_with("import\t") {
            program.push_str(line);
        }
        program.push('\n');
    }
    python::inspect(&program, limits, Reach::Import)
}
