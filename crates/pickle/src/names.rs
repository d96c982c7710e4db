//! How Python resolves and spells names: the Python 2 renames, modules with two names, and odd shapes.
//!
//! The renames are the facts of CPython's `_compat_pickle` (`IMPORT_MAPPING`, `NAME_MAPPING`), which every Python 3
//! unpickler applies to streams below protocol 3.

use std::borrow::Cow;

/// Renames of whole modules.
const MODULES: &[(&str, &str)] = &[
    ("BaseHTTPServer", "http.server"),
    ("CGIHTTPServer", "http.server"),
    ("ConfigParser", "configparser"),
    ("Cookie", "http.cookies"),
    ("Dialog", "tkinter.dialog"),
    ("DocXMLRPCServer", "xmlrpc.server"),
    ("FileDialog", "tkinter.filedialog"),
    ("HTMLParser", "html.parser"),
    ("Queue", "queue"),
    ("ScrolledText", "tkinter.scrolledtext"),
    ("SimpleDialog", "tkinter.simpledialog"),
    ("SimpleHTTPServer", "http.server"),
    ("SimpleXMLRPCServer", "xmlrpc.server"),
    ("SocketServer", "socketserver"),
    ("StringIO", "io"),
    ("Tix", "tkinter.tix"),
    ("Tkconstants", "tkinter.constants"),
    ("Tkdnd", "tkinter.dnd"),
    ("Tkinter", "tkinter"),
    ("UserDict", "collections"),
    ("UserList", "collections"),
    ("UserString", "collections"),
    ("__builtin__", "builtins"),
    ("_abcoll", "collections.abc"),
    ("_elementtree", "xml.etree.ElementTree"),
    ("_winreg", "winreg"),
    ("anydbm", "dbm"),
    ("cPickle", "pickle"),
    ("cStringIO", "io"),
    ("commands", "subprocess"),
    ("cookielib", "http.cookiejar"),
    ("copy_reg", "copyreg"),
    ("dbhash", "dbm.bsd"),
    ("dbm", "dbm.ndbm"),
    ("dumbdbm", "dbm.dumb"),
    ("dummy_thread", "_dummy_thread"),
    ("gdbm", "dbm.gnu"),
    ("htmlentitydefs", "html.entities"),
    ("httplib", "http.client"),
    ("markupbase", "_markupbase"),
    ("repr", "reprlib"),
    ("robotparser", "urllib.robotparser"),
    ("test.test_support", "test.support"),
    ("thread", "_thread"),
    ("tkColorChooser", "tkinter.colorchooser"),
    ("tkCommonDialog", "tkinter.commondialog"),
    ("tkFileDialog", "tkinter.filedialog"),
    ("tkFont", "tkinter.font"),
    ("tkMessageBox", "tkinter.messagebox"),
    ("tkSimpleDialog", "tkinter.simpledialog"),
    ("ttk", "tkinter.ttk"),
    ("urllib2", "urllib.request"),
    ("urlparse", "urllib.parse"),
    ("whichdb", "dbm"),
    ("xmlrpclib", "xmlrpc.client"),
];

/// Renames of single names, which go before those of modules.
const NAMES: &[(&str, &str, &str, &str)] = &[
    ("UserDict", "IterableUserDict", "collections", "UserDict"),
    ("__builtin__", "basestring", "builtins", "str"),
    ("__builtin__", "intern", "sys", "intern"),
    ("__builtin__", "long", "builtins", "int"),
    ("__builtin__", "reduce", "functools", "reduce"),
    ("__builtin__", "unichr", "builtins", "chr"),
    ("__builtin__", "unicode", "builtins", "str"),
    ("__builtin__", "xrange", "builtins", "range"),
    (
        "_multiprocessing",
        "Connection",
        "multiprocessing.connection",
        "Connection",
    ),
    ("_socket", "fromfd", "socket", "fromfd"),
    ("exceptions", "StandardError", "builtins", "Exception"),
    ("itertools", "ifilter", "builtins", "filter"),
    ("itertools", "ifilterfalse", "itertools", "filterfalse"),
    ("itertools", "imap", "builtins", "map"),
    ("itertools", "izip", "builtins", "zip"),
    ("itertools", "izip_longest", "itertools", "zip_longest"),
    (
        "multiprocessing",
        "AuthenticationError",
        "multiprocessing.context",
        "AuthenticationError",
    ),
    (
        "multiprocessing",
        "BufferTooShort",
        "multiprocessing.context",
        "BufferTooShort",
    ),
    (
        "multiprocessing",
        "ProcessError",
        "multiprocessing.context",
        "ProcessError",
    ),
    (
        "multiprocessing",
        "TimeoutError",
        "multiprocessing.context",
        "TimeoutError",
    ),
    (
        "multiprocessing.forking",
        "Popen",
        "multiprocessing.popen_fork",
        "Popen",
    ),
    (
        "multiprocessing.process",
        "Process",
        "multiprocessing.context",
        "Process",
    ),
    ("socket", "_socketobject", "socket", "SocketType"),
    (
        "urllib",
        "ContentTooShortError",
        "urllib.error",
        "ContentTooShortError",
    ),
    ("urllib", "getproxies", "urllib.request", "getproxies"),
    ("urllib", "pathname2url", "urllib.request", "pathname2url"),
    ("urllib", "quote", "urllib.parse", "quote"),
    ("urllib", "quote_plus", "urllib.parse", "quote_plus"),
    ("urllib", "unquote", "urllib.parse", "unquote"),
    ("urllib", "unquote_plus", "urllib.parse", "unquote_plus"),
    ("urllib", "url2pathname", "urllib.request", "url2pathname"),
    ("urllib", "urlcleanup", "urllib.request", "urlcleanup"),
    ("urllib", "urlencode", "urllib.parse", "urlencode"),
    ("urllib", "urlopen", "urllib.request", "urlopen"),
    ("urllib", "urlretrieve", "urllib.request", "urlretrieve"),
    ("urllib2", "HTTPError", "urllib.error", "HTTPError"),
    ("urllib2", "URLError", "urllib.error", "URLError"),
    ("whichdb", "whichdb", "dbm", "whichdb"),
];

/// The Python 3 spelling of a Python 2 name, or the name itself.
pub(crate) fn python3(module: &str, name: &str) -> (String, String) {
    if let Some((_, _, module, name)) = NAMES
        .iter()
        .find(|(old_module, old_name, ..)| *old_module == module && *old_name == name)
    {
        return ((*module).to_owned(), (*name).to_owned());
    }
    let renamed = match MODULES.binary_search_by_key(&module, |(old, _)| old) {
        Ok(index) => MODULES.get(index).map_or(module, |(_, new)| *new),
        // The exceptions that Python 2 kept in a module of their own.
        Err(_) if module == "exceptions" => "builtins",
        Err(_) => module,
    };
    (renamed.to_owned(), name.to_owned())
}

/// Modules that are another module under a second name, for the same objects.
const ALIASES: &[(&str, &str)] = &[
    ("__builtin__", "builtins"),
    ("__builtins__", "builtins"),
    ("_asyncio", "asyncio"),
    ("_bz2", "bz2"),
    ("_codecs", "codecs"),
    ("_collections", "collections"),
    ("_collections_abc", "collections.abc"),
    ("_contextvars", "contextvars"),
    ("_csv", "csv"),
    ("_datetime", "datetime"),
    ("_decimal", "decimal"),
    ("_frozen_importlib", "importlib._bootstrap"),
    (
        "_frozen_importlib_external",
        "importlib._bootstrap_external",
    ),
    ("_functools", "functools"),
    ("_imp", "imp"),
    ("_io", "io"),
    ("_json", "json"),
    ("_lzma", "lzma"),
    ("_operator", "operator"),
    ("_pickle", "pickle"),
    ("_posixshmem", "multiprocessing.shared_memory"),
    ("_pydatetime", "datetime"),
    ("_pydecimal", "decimal"),
    ("_queue", "queue"),
    ("_random", "random"),
    ("_signal", "signal"),
    ("_struct", "struct"),
    ("_typing", "typing"),
    ("_warnings", "warnings"),
    ("_weakref", "weakref"),
    ("genericpath", "os.path"),
    ("nt", "os"),
    ("ntpath", "os.path"),
    ("pathlib._local", "pathlib"),
    ("posix", "os"),
    ("posixpath", "os.path"),
    ("re._compiler", "sre_compile"),
    (
        "torch._C._distributed_c10d",
        "torch.distributed.distributed_c10d",
    ),
    ("torch.tensor", "torch._tensor"),
];

/// The spelling under which the tables know a module.
pub(crate) fn canonical(module: &str) -> Cow<'_, str> {
    if let Ok(index) = ALIASES.binary_search_by_key(&module, |(alias, _)| alias)
        && let Some((_, name)) = ALIASES.get(index)
    {
        return Cow::Borrowed(name);
    }
    for (old, new) in [
        ("numpy.core", "numpy._core"),
        ("numpy.ma.core", "numpy.ma.core"),
        ("pip._vendor.", ""),
        ("setuptools._vendor.", ""),
        ("setuptools._distutils", "distutils"),
        ("joblib.externals.cloudpickle", "cloudpickle"),
        ("pandas.indexes", "pandas.core.indexes"),
        ("sklearn.externals.joblib", "joblib"),
    ] {
        if let Some(rest) = module.strip_prefix(old)
            && (rest.is_empty() || rest.starts_with('.') || old.ends_with('.'))
        {
            return Cow::Owned(format!("{new}{rest}"));
        }
    }
    Cow::Borrowed(module)
}

/// Where a library keeps today what an old pickle names by `module`: private modules behind former public ones.
pub(crate) fn moved(module: &str) -> Vec<String> {
    let Some((package, last)) = module.rsplit_once('.') else {
        return Vec::new();
    };
    let mut places = vec![format!("{package}._{last}")];
    if module.starts_with("sklearn.") {
        let renamed = match last {
            "classes" | "tree" => "_classes",
            "forest" => "_forest",
            "gradient_boosting" => "_gb",
            "weight_boosting" => "_weight_boosting",
            "k_means_" => "_kmeans",
            "base" => "_base",
            "logistic" => "_logistic",
            "stochastic_gradient" => "_stochastic_gradient",
            "data" => "_data",
            "label" => "_label",
            "imputation" => "_imputation",
            "pca" => "_pca",
            "truncated_svd" => "_truncated_svd",
            "multilayer_perceptron" => "_multilayer_perceptron",
            "search" => "_search",
            "split" => "_split",
            _ => return places,
        };
        places.push(format!("{package}.{renamed}"));
    }
    places
}

/// Whether text is a Python identifier, as far as names in the wild go.
pub(crate) fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters
        .next()
        .is_some_and(|first| first == '_' || first.is_alphabetic())
        && characters.all(|character| character == '_' || character.is_alphanumeric())
}

/// Whether text is identifiers joined by dots.
pub(crate) fn is_dotted(text: &str) -> bool {
    !text.is_empty() && text.len() <= 512 && text.split('.').all(is_identifier)
}

/// `__name__`.
pub(crate) fn is_dunder(name: &str) -> bool {
    name.len() > 4 && name.starts_with("__") && name.ends_with("__")
}

/// Whether a part of a path looks like a class: a capital first, underscores aside, and not all capitals.
pub(crate) fn looks_like_class(part: &str) -> bool {
    part.trim_start_matches('_')
        .chars()
        .next()
        .is_some_and(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_for_searching() {
        assert!(MODULES.is_sorted_by_key(|row| row.0));
        assert!(ALIASES.is_sorted_by_key(|row| row.0));
    }

    #[test]
    fn old_names_become_new_ones() {
        for (module, name, new) in [
            ("cPickle", "loads", "pickle.loads"),
            ("commands", "getoutput", "subprocess.getoutput"),
            ("urllib2", "urlopen", "urllib.request.urlopen"),
            ("__builtin__", "eval", "builtins.eval"),
            ("__builtin__", "xrange", "builtins.range"),
            ("exceptions", "ValueError", "builtins.ValueError"),
            ("sklearn.svm", "SVC", "sklearn.svm.SVC"),
        ] {
            let (module, name) = python3(module, name);
            assert_eq!(format!("{module}.{name}"), new);
        }
    }

    #[test]
    fn second_names_of_modules_are_known() {
        assert_eq!(canonical("posix"), "os");
        assert_eq!(canonical("numpy.core.multiarray"), "numpy._core.multiarray");
        assert_eq!(canonical("pip._vendor.requests.api"), "requests.api");
        assert_eq!(canonical("numpy.corellary"), "numpy.corellary");
    }
}
