use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;

use super::*;
use crate::facts::ManifestFacts;

fn facts(kind: ManifestKind, text: &str) -> ManifestFacts {
    let budget = Budget::untimed(Limits::default());
    crate::read(kind, text.as_bytes(), &budget)
}

/// `ecosystem:name@version pinning`, for each package.
fn shown(facts: &ManifestFacts) -> Vec<String> {
    let show = |declared: &Declared| {
        let ecosystem = declared.package.ecosystem;
        format!("{ecosystem}:{} {:?}", declared.package, declared.pinning)
    };
    facts.packages.iter().map(show).collect()
}

#[test]
fn install_commands_are_found_wherever_they_hide() {
    for (text, expected) in [
        (
            "pip install torch==2.1.0 'numpy>=1,<2'",
            vec!["pypi:torch@2.1.0 Exact", "pypi:numpy Bounded"],
        ),
        (
            "sudo -H python3.11 -m pip --no-cache-dir install -q -U flask",
            vec!["pypi:flask Open"],
        ),
        (
            "set -e; cd x && PIP_NO_CACHE=1 /opt/venv/bin/pip3 install a b || true",
            vec!["pypi:a Open", "pypi:b Open"],
        ),
        (
            "if true; then pip install a; else pip install b; fi",
            vec!["pypi:a Open", "pypi:b Open"],
        ),
        ("bash -lc \"pip install 'a==1'\"", vec!["pypi:a@1 Exact"]),
        ("bash <<EOF\npip install a\nEOF\n", vec!["pypi:a Open"]),
        (
            "V=1.2\npip install a==$V b==${W:-3.0} c==$U",
            vec!["pypi:a@1.2 Exact", "pypi:b@3.0 Exact", "pypi:c Exact"],
        ),
        (
            "P='a b'; pip install $P",
            vec!["pypi:a Open", "pypi:b Open"],
        ),
        (
            "for p in a b; do pip install $p; done",
            vec!["pypi:a Open", "pypi:b Open"],
        ),
        (
            "pip install git+https://h/o/r@main#egg=r ./local x.whl",
            vec!["pypi:r Vcs { commit: false }", "pypi: Path", "pypi: Path"],
        ),
        (
            "pip install -e . -e git+https://h/o/r@0123456789abcdef0123456789abcdef01234567#egg=q",
            vec!["pypi: Editable", "pypi:q Vcs { commit: true }"],
        ),
        (
            "uv pip install --system a==1; uv add 'b>=2' --dev; uvx c@1.0 x; uv run --with d,e python x.py",
            vec![
                "pypi:a@1 Exact",
                "pypi:b Open",
                "pypi:c@1.0 Exact",
                "pypi:d Open",
                "pypi:e Open",
            ],
        ),
        (
            "uv tool install a==1 && pipx install b && pipx run c d",
            vec!["pypi:a@1 Exact", "pypi:b Open", "pypi:c Open"],
        ),
        (
            "poetry add a@^1.2 b==2 c",
            vec!["pypi:a Bounded", "pypi:b@2 Exact", "pypi:c Open"],
        ),
        (
            "conda install -y -c conda-forge numpy=1.26.4 'python>=3.10' && conda run -n e pip install a",
            vec![
                "conda:numpy@1.26.4 Exact",
                "conda:python Open",
                "pypi:a Open",
            ],
        ),
        (
            "npm i -g typescript@5.4.2 @scope/x && npx -y cowsay hi && yarn add a@^1 && bunx b",
            vec![
                "npm:typescript@5.4.2 Exact",
                "npm:@scope/x Open",
                "npm:cowsay Open",
                "npm:a Bounded",
                "npm:b Open",
            ],
        ),
        (
            "cargo install ripgrep --version 14.1.0 --locked; go install example.com/x/y@v1.2.3 ./z",
            vec![
                "cargo:ripgrep@14.1.0 Exact",
                "golang:example.com/x/y@v1.2.3 Exact",
            ],
        ),
        (
            "apt-get update && apt-get install -y --no-install-recommends curl=7.88.1-10 git vim:amd64",
            vec!["deb:curl@7.88.1-10 Exact", "deb:git Open", "deb:vim Open"],
        ),
        (
            "apk add --no-cache --virtual .deps gcc=1.2-r0 'musl~1' bash",
            vec!["apk:gcc@1.2-r0 Exact", "apk:musl Bounded", "apk:bash Open"],
        ),
        (
            "yum -y install a; microdnf install b",
            vec!["rpm:a Open", "rpm:b Open"],
        ),
        (
            "echo pip install no; # pip install no\ncat > f <<X\npip install no\nX\npip uninstall no; pip list",
            vec![],
        ),
        (
            "eval \"pip install a\"; xargs -n1 pip install < r.txt; x=$(pip install b)",
            vec!["pypi:a Open", "pypi:b Open"],
        ),
    ] {
        assert_eq!(shown(&facts(ManifestKind::Shell, text)), expected, "{text}");
        assert_eq!(install_commands(text).len(), expected.len());
    }
}

#[test]
fn options_and_variables_lead_to_indexes_and_includes() {
    let facts = facts(
        ManifestKind::Shell,
        "export PIP_EXTRA_INDEX_URL=https://a/simple\npip config set global.index-url https://b\n\
         pip install -r r.txt -qr s.txt --extra-index-url https://c --trusted-host c --no-binary :all: x\n\
         uv pip install --extra-index-url https://d y\n\
         uv pip install --index-strategy unsafe-best-match --extra-index-url https://e z\n\
         pip install $(cat list.txt) `make deps`\nnpm config set @s:registry https://f\n\
         conda config --add channels g\nnpm ci\n",
    );
    let indexes: Vec<_> = facts
        .indexes
        .iter()
        .map(|index| (index.role, index.url.as_str()))
        .collect();
    assert_eq!(
        indexes,
        [
            (IndexRole::Extra, "https://a/simple"),
            (IndexRole::Primary, "https://b"),
            (IndexRole::Extra, "https://c"),
            (IndexRole::TrustedHost, "c"),
            (IndexRole::Fallback, "https://d"),
            (IndexRole::Extra, "https://e"),
            (IndexRole::Scoped, "https://f"),
            (IndexRole::Channel, "g"),
        ]
    );
    let includes: Vec<_> = facts
        .includes
        .iter()
        .map(|include| include.target.as_str())
        .collect();
    assert_eq!(includes, ["r.txt", "s.txt", "list.txt", "package.json"]);
    assert_eq!(facts.unresolved.len(), 1, "{:?}", facts.unresolved);
    assert_eq!(facts.setting("no-binary"), Some(":all:"));
}

#[test]
fn dockerfiles_give_images_and_installs_with_their_lines() {
    let digest = "a".repeat(64);
    let text = format!(
        "# syntax=docker/dockerfile:1\nARG CUDA=12.4.1\nARG BASE\nFROM --platform=linux/amd64 nvidia/cuda:${{CUDA}}-base AS build\n\
         ARG TORCH=2.4.0\nENV PIP_INDEX_URL=https://m/simple X=y\nRUN --mount=type=cache,target=/c \\\n\
         # a comment\n\n    pip install torch==$TORCH && \\\n    pip install a\nRUN [\"pip\", \"install\", \"b>=1\"]\n\
         FROM build AS next\nRUN pip install c==${{TORCH}}\nRUN <<EOF\nset -e\npip install d\nEOF\n\
         COPY --from=build /a /b\nCOPY --from=ghcr.io/o/i@sha256:{digest} /x /y\nFROM $BASE\nFROM scratch\nFROM 1\n\
         CMD pip install e\n",
    );
    let facts = facts(ManifestKind::Dockerfile, &text);
    assert_eq!(
        shown(&facts),
        [
            "oci:nvidia/cuda@12.4.1-base Bounded".to_owned(),
            "pypi:torch@2.4.0 Exact".to_owned(),
            "pypi:a Open".to_owned(),
            "pypi:b Open".to_owned(),
            "pypi:c@2.4.0 Exact".to_owned(),
            "pypi:d Open".to_owned(),
            format!("oci:ghcr.io/o/i@sha256:{digest} Hash"),
            "pypi:e Open".to_owned(),
        ]
    );
    let lines: Vec<_> = facts
        .packages
        .iter()
        .map(|declared| declared.place.to_string())
        .collect();
    assert_eq!(
        lines,
        [
            "4:1", "10:1", "11:1", "12:1", "14:1", "17:1", "20:1", "24:1"
        ]
    );
    assert_eq!(facts.indexes[0].url, "https://m/simple");
    assert_eq!(facts.unresolved[0].text, "$BASE");
}

#[test]
fn a_foreign_escape_joins_lines() {
    let text = "# escape=`\nFROM a:1\nRUN pip install `\n  b\n";
    let facts = facts(ManifestKind::Dockerfile, text);
    assert_eq!(shown(&facts), ["oci:a@1 Bounded", "pypi:b Open"]);
}

#[test]
fn cells_of_notebooks_are_searched() {
    let text = r#"{"nbformat": 4, "cells": [
        {"cell_type": "markdown", "source": ["!pip install no"]},
        {"cell_type": "code", "source": ["import x\n", "%pip install -q a==1 \\\n", "   b\n", "!{sys.executable} -m pip install c=={version}\n"]},
        {"cell_type": "code", "source": "%%bash\npip install d\nconda install e=1.2.3"},
        {"cell_type": "code", "source": ["%%capture\n", "out = !pip install f\n", "print('!pip install no')"]}
    ]}"#;
    let facts = facts(ManifestKind::Notebook, text);
    assert_eq!(
        shown(&facts),
        [
            "pypi:a@1 Exact",
            "pypi:b Open",
            "pypi:c Exact",
            "pypi:d Open",
            "conda:e@1.2.3 Exact",
            "pypi:f Open"
        ]
    );
    assert_eq!(
        facts.packages[0].place,
        Place::Pointer("/cells/1/source/1".to_owned())
    );
}

#[test]
fn workflows_give_actions_images_and_installs() {
    let text = "on: push\nenv:\n  PIP_EXTRA_INDEX_URL: https://x\njobs:\n  a:\n    container: python:3.12\n    services:\n\
                \u{20}     db: {image: 'redis:7'}\n    env: {V: '1.5'}\n    steps:\n      - uses: actions/checkout@v4\n\
                \u{20}     - uses: o/r/sub@0123456789abcdef0123456789abcdef01234567\n      - uses: ./local\n\
                \u{20}     - run: |\n          echo hi\n          pip install a==$V b==${{ matrix.b }}\n\
                \u{20}     - run: pip install c\n";
    let facts = facts(ManifestKind::Workflow, text);
    assert_eq!(
        shown(&facts),
        [
            "oci:python@3.12 Bounded",
            "oci:redis@7 Bounded",
            "githubactions:actions/checkout@v4 Vcs { commit: false }",
            "githubactions:o/r@0123456789abcdef0123456789abcdef01234567 Vcs { commit: true }",
            "pypi:a@1.5 Exact",
            "pypi:b Exact",
            "pypi:c Open",
        ]
    );
    assert_eq!(facts.packages[4].place, line(16));
    assert_eq!(facts.indexes.len(), 1);
}
