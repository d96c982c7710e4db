//! Whether code can attack when it is imported, told without parsing it.
//!
//! Of the files of an installed package only this matters, and most files cannot: they name nothing that starts a
//! program, reaches another machine, runs text as code or touches what is not theirs. The words are those that code has to
//! write somewhere to do any of this in a form that is certain enough to count; the labelled corpus is the test. A word in
//! a comment costs a parse, nothing else.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// Names that stand by themselves; what `model.eval()` and `execute` say is another thing.
const NAMES: [&str; 16] = [
    // Runs text or objects as code.
    "exec",
    "eval",
    "marshal",
    "runpy",
    "pickle",
    "dill",
    "joblib",
    // Starts programs.
    "subprocess",
    "pty",
    "posix",
    // Reaches other machines.
    "socket",
    // Runs machine code.
    "ctypes",
    "cffi",
    "mmap",
    // Stays, or destroys.
    "shutil",
    "winreg",
];

/// Stretches that mean something wherever they stand.
const PARTS: [&str; 70] = [
    // Runs text or objects as code.
    "compile(b",
    "__import__",
    "import_module",
    "builtins",
    "loads(",
    "FunctionType",
    "CodeType",
    "cpp_extension",
    "load_inline",
    "exec_module",
    "module_from_spec",
    ".interact(",
    // Finds what it does not name.
    "getattr(os",
    "getattr(sys",
    "getattr(__",
    "globals()[",
    "locals()[",
    "vars()[",
    "__dict__[",
    "__getattribute__",
    "__subclasses__",
    "sys.modules[",
    // Hides it.
    "b64decode",
    "b32decode",
    "b85decode",
    "a85decode",
    "unhexlify",
    "fromhex",
    "rot13",
    "rot_13",
    "decompress(",
    // Starts programs.
    ".system",
    "popen",
    "Popen",
    "spawn",
    "create_subprocess",
    "open_connection",
    "os.exec",
    "startfile",
    // Reaches other machines.
    "urlopen",
    "urlretrieve",
    "urllib",
    "requests.",
    "import requests",
    "from requests",
    "http.client",
    "httpx",
    "httplib",
    "ftplib",
    "smtplib",
    "telnet",
    "aiohttp",
    "pycurl",
    "paramiko",
    "resolver",
    // Stays, or destroys.
    "rmtree",
    "os.remove",
    "import remove",
    "removedirs",
    "unlink",
    "expanduser",
    "customize",
    "crontab",
    "bashrc",
    ".ssh",
    ".git/",
    "autostart",
    "systemd",
    "/etc/",
    "/dev/",
];

static SEARCH: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .build(NAMES.iter().chain(&PARTS))
        .ok()
});

/// Whether the code names anything that an attack on import needs.
pub(crate) fn may_attack(code: &[u8]) -> bool {
    let Some(search) = SEARCH.as_ref() else {
        return true;
    };
    search.find_overlapping_iter(code).any(|found| {
        let is_part = found.pattern().as_usize() >= NAMES.len();
        is_part || stands_alone(code, found.start(), found.end())
    })
}

fn stands_alone(code: &[u8], start: usize, end: usize) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let before = start.checked_sub(1).and_then(|at| code.get(at));
    let is_begun = before.is_none_or(|byte| !is_name(byte) && *byte != b'.');
    is_begun && code.get(end).is_none_or(|byte| !is_name(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chainwright_core::limits::Limits;
    use chainwright_testkit::corpus;

    #[test]
    fn every_attack_on_import_of_the_corpus_names_what_it_needs() {
        let mut attacks = 0;
        let mut missed = Vec::new();
        for case in corpus::all() {
            for (name, bytes) in &case.files {
                let Ok(text) = std::str::from_utf8(bytes) else {
                    continue;
                };
                if !name.ends_with(".py") {
                    continue;
                }
                let facts = chainwright_code::inspect_python(text, &Limits::default());
                if facts.behaviours.iter().any(super::super::attacks_on_import) {
                    attacks += 1;
                    if !may_attack(bytes) {
                        missed.push(format!("{}/{}: {text}", case.class, case.name));
                    }
                }
            }
        }
        assert!(missed.is_empty(), "{}", missed.join("\n---\n"));
        assert!(attacks > 50, "{attacks}");
    }

    #[test]
    fn plain_library_code_names_nothing() {
        let code = "import os\nimport numpy as np\n\nclass A:\n    def norm(self, x):\n        return np.sqrt(x @ x)\n";
        assert!(!may_attack(code.as_bytes()));
    }
}
