use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;

use super::*;
use crate::facts::{ManifestFacts, Pinning, Source};

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

/// `name[extras]@version pinning source; marker`, for each package.
fn pointed(facts: &ManifestFacts) -> Vec<String> {
    let show = |declared: &Declared| {
        let source = match &declared.source {
            Source::Vcs { url, reference, .. } => {
                format!("{url} at {}", reference.as_deref().unwrap_or("-"))
            }
            Source::Url(url) => url.clone(),
            Source::Path(path) => path.clone(),
            other => format!("{other:?}"),
        };
        let extras = declared.extras.join(",");
        let marker = declared
            .marker
            .as_deref()
            .map_or(String::new(), |marker| format!("; {marker}"));
        let version = declared.package.version.as_deref().unwrap_or("-");
        format!(
            "{}[{extras}] {version} {:?} {source}{marker}",
            declared.package.name, declared.pinning
        )
    };
    facts.packages.iter().map(show).collect()
}

#[test]
fn direct_references_keep_their_name_and_source() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    for (text, expected) in [
        (
            "pip install 'detectron2@git+https://github.com/facebookresearch/detectron2.git@v0.6'".to_owned(),
            "detectron2[] - Vcs { commit: false } https://github.com/facebookresearch/detectron2.git at v0.6",
        ),
        (
            "pip install \"unsloth[colab-new] @ git+https://github.com/unslothai/unsloth.git\"".to_owned(),
            "unsloth[colab-new] - Vcs { commit: false } https://github.com/unslothai/unsloth.git at -",
        ),
        (
            "pip install flash-attn@https://h/download/v2.5.8/flash_attn-2.5.8+cu122torch2.3cxx11abiFALSE-cp310-cp310-linux_x86_64.whl".to_owned(),
            "flash-attn[] 2.5.8+cu122torch2.3cxx11abiFALSE Url https://h/download/v2.5.8/flash_attn-2.5.8+cu122torch2.3cxx11abiFALSE-cp310-cp310-linux_x86_64.whl",
        ),
        (
            "pip install --no-deps 'torch_xla[tpu] @ https://h/tpuvm/torch_xla-2.2.0-cp310-cp310-manylinux_2_28_x86_64.whl ; sys_platform == \"linux\"'".to_owned(),
            "torch-xla[tpu] 2.2.0 Url https://h/tpuvm/torch_xla-2.2.0-cp310-cp310-manylinux_2_28_x86_64.whl; sys_platform == \"linux\"",
        ),
        (
            format!("pip install transformers@git+https://github.com/huggingface/transformers@{commit}"),
            "transformers[] - Vcs { commit: true } https://github.com/huggingface/transformers at 0123456789abcdef0123456789abcdef01234567",
        ),
        (
            "pip install peft\\ @\\ git+https://github.com/huggingface/peft@${PEFT_REF:-main}".to_owned(),
            "peft[] - Vcs { commit: false } https://github.com/huggingface/peft at main",
        ),
        (
            "REF=v1.2; pip install --editable=\"axolotl[flash-attn,deepspeed] @ git+https://github.com/o/axolotl.git@${REF}\"".to_owned(),
            "axolotl[flash-attn,deepspeed] - Vcs { commit: false } https://github.com/o/axolotl.git at v1.2",
        ),
        (
            "pip install axolotl@git+https://github.com/o/axolotl.git@$SHA#egg=axolotl".to_owned(),
            "axolotl[] - Vcs { commit: false } https://github.com/o/axolotl.git at $SHA",
        ),
        (
            "pip install torch@https://h/whl/torch-${TORCH}-cp310-cp310-linux_x86_64.whl".to_owned(),
            "torch[] - Url https://h/whl/torch-${TORCH}-cp310-cp310-linux_x86_64.whl",
        ),
        ("pip install torch@$WHEEL".to_owned(), "torch[] - Open Default"),
        (
            "pip install 'sageattention @ file:///wheels/sageattention-2.1.1-cp311-cp311-linux_x86_64.whl'".to_owned(),
            "sageattention[] 2.1.1 Path /wheels/sageattention-2.1.1-cp311-cp311-linux_x86_64.whl",
        ),
        (
            "uv pip install --system --index-strategy=unsafe-best-match \"vllm @ https://h/c0/vllm-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl#sha256=aa\"".to_owned(),
            "vllm[] 1.0.0.dev Url https://h/c0/vllm-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl",
        ),
        (
            "uvx --from 'serena @ git+https://github.com/o/serena' serena-mcp-server".to_owned(),
            "serena[] - Vcs { commit: false } https://github.com/o/serena at -",
        ),
        (
            "pipx install black@git+https://github.com/psf/black@24.1.0".to_owned(),
            "black[] - Vcs { commit: false } https://github.com/psf/black at 24.1.0",
        ),
        (
            "uv add 'x @ git+https://h/o/x' --tag v2".to_owned(),
            "x[] - Vcs { commit: false } https://h/o/x at v2",
        ),
        (
            "poetry add git+https://h/o/x.git@1.0".to_owned(),
            "[] - Vcs { commit: false } https://h/o/x.git at 1.0",
        ),
        (
            "poetry add 'git+https://h/o/x.git#develop'".to_owned(),
            "[] - Vcs { commit: false } https://h/o/x.git at develop",
        ),
        (
            "pip install git+ssh://git@github.com/o/x.git@v1#egg=x[a]".to_owned(),
            "x[a] - Vcs { commit: false } ssh://git@github.com/o/x.git at v1",
        ),
    ] {
        let shell = facts(ManifestKind::Shell, &text);
        assert_eq!(pointed(&shell), [expected], "{text}");
        let docker = facts(ManifestKind::Dockerfile, &format!("FROM scratch\nRUN {text}\n"));
        assert_eq!(pointed(&docker), [expected], "Dockerfile: {text}");
    }
}

#[test]
fn direct_references_are_read_alike_in_notebooks_workflows_and_requirements() {
    let line = "lm-eval[vllm]@git+https://github.com/EleutherAI/lm-evaluation-harness@v0.4.2";
    let expected = [
        "lm-eval[vllm] - Vcs { commit: false } https://github.com/EleutherAI/lm-evaluation-harness at v0.4.2",
    ];
    let notebook = format!(
        r#"{{"nbformat": 4, "cells": [{{"cell_type": "code", "source": ["!pip install -q \"{line}\""]}}]}}"#
    );
    let workflow =
        format!("on: push\njobs:\n  a:\n    steps:\n      - run: pip install \"{line}\"\n");
    assert_eq!(pointed(&facts(ManifestKind::Notebook, &notebook)), expected);
    assert_eq!(pointed(&facts(ManifestKind::Workflow, &workflow)), expected);
    assert_eq!(pointed(&facts(ManifestKind::Requirements, line)), expected);
    let wheel = facts(
        ManifestKind::Requirements,
        "a@https://h/a-1.0-py3-none-any.whl\n-e b@git+https://h/b\n",
    );
    assert_eq!(
        pointed(&wheel),
        [
            "a[] 1.0 Url https://h/a-1.0-py3-none-any.whl",
            "b[] - Vcs { commit: false } https://h/b at -"
        ]
    );
    let matrix = facts(
        ManifestKind::Workflow,
        "on: push\njobs:\n  a:\n    steps:\n      - run: pip install \"x @ git+https://h/o/x@${{ matrix.ref }}\"\n",
    );
    assert_eq!(matrix.packages[0].package.name, "x");
    assert_eq!(matrix.packages[0].pinning, Pinning::Vcs { commit: false });
}
