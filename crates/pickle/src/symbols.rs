//! The offline symbol database: which exact names belong to known libraries, and which callables are known to be dangerous.
//!
//! The verdict on a pickle must not depend on what happens to be installed, so names and what they stand for are mined ahead of
//! time (`xtask/symbols/mine.py`) and embedded as sorted text. A look-up is a binary search in that text: nothing is
//! allocated and nothing is prepared at start. Only exact names are known, never a module prefix, because a prefix also covers
//! what a module merely imports (`random._os`).
//!
//! It deliberately says nothing about arguments and decides nothing: an allowed call, and what a dangerous one means, is the
//! policy's business.

use std::cmp::Ordering;
use std::str;

use serde::{Deserialize, Serialize};

/// `module start end`: the byte range of a module's names in [`NAMES`], sorted by module.
const MODULES: &[u8] = include_bytes!("../data/modules.txt");
/// A tag (`C`, `S`, `F`) and a name on each line, sorted by name within a module.
const NAMES: &[u8] = include_bytes!("../data/names.txt");
/// `module name call state`, sorted: a letter each for what a call and what setting the state gives away, `-` for nothing.
const GADGETS: &[u8] = include_bytes!("../data/gadgets.txt");

/// What a name of a known library stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Symbol {
    /// A class of a known library: making an instance without its constructor and setting its state does nothing else.
    Class,
    /// A class whose constructor was also shown to reach no sink and to call nothing that it is handed.
    SafeClass,
    /// A public function: harmless to refer to. Whether it may be called is another question.
    Function,
}

/// What calling a known dangerous callable gives to whoever chooses its arguments; the worst one where there are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum GadgetKind {
    /// Runs text or code objects.
    CodeExecution,
    /// Starts or ends processes.
    Process,
    /// Loads native code or touches raw memory.
    NativeCode,
    /// Reads a serialized form that can itself run code.
    Deserialization,
    /// Imports or looks up by name.
    Import,
    /// Opens a connection or fetches an address.
    Network,
    /// Reads, writes, lists or removes files, or changes the process environment.
    FileAccess,
}

/// What an exact name is known to be. `name` is the qualified name, so a nested class has a dot in it.
#[must_use]
pub(crate) fn lookup(module: &str, name: &str) -> Option<Symbol> {
    let line = find_line(MODULES, |line| first_word(line).cmp(module.as_bytes()))?;
    let names = NAMES.get(range_of(line)?)?;
    let found = find_line(names, |line| {
        line.split_first()
            .map_or(&[][..], |(_, rest)| rest)
            .cmp(name.as_bytes())
    })?;
    match found.first()? {
        b'C' => Some(Symbol::Class),
        b'S' => Some(Symbol::SafeClass),
        b'F' => Some(Symbol::Function),
        _ => None,
    }
}

/// What calling an exact name gives away. A class can be both here and in [`lookup`]: its state is harmless, its constructor
/// isn't.
#[must_use]
pub(crate) fn gadget(module: &str, name: &str) -> Option<GadgetKind> {
    let (call, _) = gadget_letters(module, name)?;
    kind_of(call)
}

/// What setting the state of an instance gives away: `__setstate__` of such a class runs or opens what the state names.
/// `scipy.stats` distributions are the best known: they run the text in `_parse_arg_template`.
#[allow(
    dead_code,
    reason = "for a policy that judges the state of such a class by its content"
)]
#[must_use]
pub(crate) fn state_gadget(module: &str, name: &str) -> Option<GadgetKind> {
    let (_, state) = gadget_letters(module, name)?;
    kind_of(state)
}

fn gadget_letters(module: &str, name: &str) -> Option<(u8, u8)> {
    let wanted = (module.as_bytes(), name.as_bytes());
    let found = find_line(GADGETS, |line| {
        let mut words = line.split(|byte| *byte == b' ');
        let here = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        here.cmp(&wanted)
    })?;
    match found {
        [.., call, b' ', state] => Some((*call, *state)),
        _ => None,
    }
}

fn kind_of(letter: u8) -> Option<GadgetKind> {
    match letter {
        b'X' => Some(GadgetKind::CodeExecution),
        b'P' => Some(GadgetKind::Process),
        b'L' => Some(GadgetKind::NativeCode),
        b'D' => Some(GadgetKind::Deserialization),
        b'I' => Some(GadgetKind::Import),
        b'N' => Some(GadgetKind::Network),
        b'F' => Some(GadgetKind::FileAccess),
        _ => None,
    }
}

/// Binary search over sorted lines of different lengths: halve the bytes, then step back to where a line starts.
fn find_line(text: &[u8], order: impl Fn(&[u8]) -> Ordering) -> Option<&[u8]> {
    let (mut low, mut high) = (0_usize, text.len());
    while low < high {
        let middle = low.midpoint(high);
        let before = text.get(low..middle)?;
        let start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(low, |newline| low.saturating_add(newline).saturating_add(1));
        let end = text
            .get(middle..high)?
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(high, |newline| middle.saturating_add(newline));
        let line = text.get(start..end)?;
        match order(line) {
            Ordering::Less => low = end.saturating_add(1),
            Ordering::Greater => high = start,
            Ordering::Equal => return Some(line),
        }
    }
    None
}

fn first_word(line: &[u8]) -> &[u8] {
    line.split(|byte| *byte == b' ').next().unwrap_or_default()
}

fn range_of(line: &[u8]) -> Option<std::ops::Range<usize>> {
    let mut words = str::from_utf8(line).ok()?.split(' ').skip(1);
    let start = words.next()?.parse().ok()?;
    let end = words.next()?.parse().ok()?;
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> impl Iterator<Item = &str> {
        str::from_utf8(text).unwrap().lines()
    }

    #[test]
    fn every_name_of_the_data_is_found_and_the_data_is_sorted() {
        let mut modules: Vec<&str> = Vec::new();
        let mut end_before = 0;
        for line in lines(MODULES) {
            let range = range_of(line.as_bytes()).unwrap();
            assert_eq!(range.start, end_before, "{line}");
            end_before = range.end;
            let module = line.split(' ').next().unwrap();
            assert!(modules.last().is_none_or(|last| *last < module), "{module}");
            modules.push(module);
            let names: Vec<&str> = lines(&NAMES[range])
                .filter_map(|line| line.get(1..))
                .collect();
            assert!(names.is_sorted(), "{module}");
            for name in names {
                assert!(lookup(module, name).is_some(), "{module} {name}");
            }
        }
        assert_eq!(end_before, NAMES.len());
    }

    #[test]
    fn every_gadget_of_the_data_is_found() {
        let mut count = 0;
        for line in lines(GADGETS) {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(words.len(), 4, "{line}");
            let call = gadget(words[0], words[1]);
            let state = state_gadget(words[0], words[1]);
            assert!(call.is_some() || state.is_some(), "{line}");
            assert_eq!(call.is_none(), words[2] == "-", "{line}");
            assert_eq!(state.is_none(), words[3] == "-", "{line}");
            count += 1;
        }
        assert!(count > 1000);
    }

    #[test]
    fn what_libraries_write_into_pickles_is_known() {
        let classes = [
            ("sklearn.ensemble._forest", "RandomForestClassifier"),
            ("sklearn.ensemble.forest", "RandomForestClassifier"),
            ("sklearn.tree._tree", "Tree"),
            ("sklearn.pipeline", "Pipeline"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
            ("pandas.core.frame", "DataFrame"),
            ("torch.nn.modules.linear", "Linear"),
            ("torch.nn.modules.container", "Sequential"),
            ("scipy.sparse._csr", "csr_matrix"),
            ("scipy.sparse.csr", "csr_matrix"),
            ("xgboost.sklearn", "XGBClassifier"),
            ("collections", "OrderedDict"),
            ("datetime", "datetime"),
            ("decimal", "Decimal"),
            ("argparse", "Namespace"),
        ];
        for (module, name) in classes {
            let found = lookup(module, name);
            assert!(
                matches!(found, Some(Symbol::Class | Symbol::SafeClass)),
                "{module}.{name}: {found:?}"
            );
        }
        let functions = [
            (
                "sklearn.feature_selection._univariate_selection",
                "f_classif",
            ),
            ("numpy", "log1p"),
            ("torch.nn.functional", "relu"),
        ];
        for (module, name) in functions {
            assert_eq!(
                lookup(module, name),
                Some(Symbol::Function),
                "{module}.{name}"
            );
        }
    }

    #[test]
    fn what_modules_merely_import_is_not_known() {
        let foreign = [
            ("random", "_os"),
            ("collections", "_sys"),
            ("collections", "_sys.modules"),
            ("numpy", "os"),
            ("numpy", "sys"),
            ("numpy", "__builtins__"),
            ("numpy", "linalg"),
            ("sklearn.utils", "warnings"),
            ("torch", "os"),
            ("torch.serialization", "pickle"),
            ("builtins", "eval"),
            ("builtins", "type"),
            ("builtins", "getattr"),
            ("os", "system"),
            ("torch.package.package_importer", "PackageImporter"),
            ("logging", "FileHandler"),
            ("subprocess", "Popen"),
            ("types", "FunctionType"),
            ("types", "CodeType"),
            ("functools", "partial"),
            ("", ""),
            ("sklearn", ""),
            ("zzz", "zzz"),
        ];
        for (module, name) in foreign {
            assert_eq!(lookup(module, name), None, "{module}.{name}");
        }
    }

    #[test]
    fn known_gadgets_have_their_capability() {
        let cases = [
            ("builtins", "eval", GadgetKind::CodeExecution),
            ("os", "system", GadgetKind::Process),
            ("posix", "system", GadgetKind::Process),
            ("timeit", "timeit", GadgetKind::CodeExecution),
            ("pickle", "loads", GadgetKind::Deserialization),
            ("joblib", "load", GadgetKind::Deserialization),
            ("importlib", "import_module", GadgetKind::Import),
            ("pkgutil", "resolve_name", GadgetKind::Import),
            ("builtins", "open", GadgetKind::FileAccess),
            ("ctypes", "CDLL", GadgetKind::NativeCode),
            ("urllib.request", "urlopen", GadgetKind::Network),
        ];
        for (module, name, kind) in cases {
            assert_eq!(gadget(module, name), Some(kind), "{module}.{name}");
        }
    }

    #[test]
    fn a_class_that_runs_its_state_is_no_known_class() {
        let (module, name) = ("scipy.stats._continuous_distns", "norm_gen");
        assert_eq!(
            state_gadget(module, name),
            Some(GadgetKind::CodeExecution),
            "its `__setstate__` runs the text of an attribute"
        );
        assert_eq!(lookup(module, name), None);
        assert_eq!(state_gadget("sklearn.svm._classes", "SVC"), None);
    }

    #[test]
    fn what_honest_pickles_call_is_no_gadget() {
        let honest = [
            ("copyreg", "_reconstructor"),
            ("collections", "OrderedDict"),
            ("numpy._core.multiarray", "_reconstruct"),
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy.random._pickle", "__randomstate_ctor"),
            ("torch._utils", "_rebuild_tensor_v2"),
            ("torch.storage", "_load_from_bytes"),
            ("pathlib", "PosixPath"),
            ("re", "_compile"),
            ("functools", "partial"),
            ("sklearn.tree._tree", "Tree"),
            ("joblib.numpy_pickle", "NumpyArrayWrapper"),
        ];
        for (module, name) in honest {
            assert_eq!(gadget(module, name), None, "{module}.{name}");
        }
    }
}
