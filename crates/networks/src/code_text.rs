//! Text that is code, in places where honest models keep names and numbers. A few unmistakable marks only: the text
//! is judged by the engine for code when it is handed out; here it is only told from prose.

/// Marks of Python and shell that no label, version or description holds.
const MARKS: &[&str] = &[
    "__import__(",
    "__builtins__",
    "__subclasses__",
    "os.system(",
    "os.popen(",
    "subprocess.",
    "importlib.import_module(",
    "pty.spawn(",
    "exec(compile(",
    "base64.b64decode(",
    "eval(compile(",
    "pickle.loads(",
    "marshal.loads(",
    "ctypes.cdll",
    "/bin/sh -",
    "/bin/bash -",
    "powershell -",
    "| sh\n",
    "| bash",
    "<script",
    "javascript:",
];

/// Words that say an operator runs or loads a program.
const PROCESS_WORDS: &[&str] = &[
    "bash",
    "cmd",
    "command",
    "dlopen",
    "eval",
    "exec",
    "loadlibrary",
    "popen",
    "powershell",
    "shell",
    "spawn",
    "subprocess",
    "system",
];

/// Extensions of native libraries.
const LIBRARIES: &[&str] = &[".so", ".dll", ".dylib", ".pyd"];

/// Whether a text holds a mark of code; only its beginning is looked at.
pub(crate) fn is_code(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    MARKS.iter().any(|mark| lower.contains(mark))
}

/// Whether a text is the path of a native library.
pub(crate) fn is_library(text: &str) -> bool {
    let lower = text.trim_end().to_ascii_lowercase();
    let is_path = lower.len() < 512 && !lower.contains('\n');
    is_path && (LIBRARIES.iter().any(|end| lower.ends_with(end)) || lower.contains(".so."))
}

/// Whether a text is an address of the network.
pub(crate) fn is_address(text: &str) -> bool {
    let lower = text.trim_start().to_ascii_lowercase();
    [
        "http://", "https://", "ftp://", "tcp://", "ws://", "wss://", "s3://", "gs://", "grpc://",
    ]
    .iter()
    .any(|scheme| lower.starts_with(scheme))
}

/// Whether the name of an operator says that it calls Python.
pub(crate) fn names_python(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let has_part = ["python", "pyfunc", "py_func", "pycall"]
        .iter()
        .any(|part| lower.contains(part));
    has_part || words(name).iter().any(|word| word == "pyop")
}

/// Whether one word of an operator's name says that it runs or loads a program.
pub(crate) fn names_process(name: &str) -> bool {
    words(name)
        .iter()
        .any(|word| PROCESS_WORDS.contains(&word.as_str()))
}

/// The words of `ShellExec`, `shell_exec` and `SHELLExec` alike.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut was_lower = false;
    for character in name.chars().take(256) {
        let is_start = character.is_uppercase() && was_lower;
        if (is_start || !character.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        }
        was_lower = character.is_lowercase();
    }
    words.push(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_not_code() {
        for text in [
            "{0: 'person'}",
            "https://example.test/licence",
            "Import of the evaluation (v2)",
        ] {
            assert!(!is_code(text), "{text}");
        }
        assert!(is_code("__import__('os')"));
        assert!(is_library("../plugins/libop.so"));
        assert!(is_library("libop.so.1"));
        assert!(!is_library("also"));
        assert!(is_address(" HTTPS://example.test"));
    }

    #[test]
    fn names_are_read_word_by_word() {
        for name in ["ShellExec", "run_command", "system", "popen"] {
            assert!(names_process(name), "{name}");
        }
        for name in [
            "RetrievalAttention",
            "EcosystemMean",
            "Executor",
            "Evaluate",
            "MatMul",
        ] {
            assert!(!names_process(name), "{name}");
        }
        assert!(names_python("NumpyPyFunc") && names_python("PythonOp") && names_python("my_pyop"));
        assert!(!names_python("CopyOp"));
    }
}
