//! What lock files say about graphs, sources and digests, on the seeds.

use chainwright_dependencies::{Declared, Edge, Pinning, Relation, Scope, Source};
use chainwright_testkit::dependencies::seeds;

use super::{ManifestFacts, facts, recognise};

fn of(path: &str) -> ManifestFacts {
    let seed = seeds().into_iter().find(|seed| seed.path == path).unwrap();
    facts(recognise(path, seed.text.as_bytes()).unwrap(), &seed.text)
}

fn shown(declared: &Declared) -> String {
    format!(
        "{} {:?} {:?} {:?}",
        declared.package, declared.pinning, declared.scope, declared.relation
    )
}

#[test]
fn resolved_graphs_tell_direct_from_transitive() {
    for (path, packages, edges) in [
        (
            "uv.lock",
            vec![
                "demo@0.1 Path Runtime Root",
                "a@1.0 Hash Runtime Direct",
                "b@2.0 Vcs { commit: true } Runtime Direct",
            ],
            vec![(0, 1), (0, 2), (1, 2)],
        ),
        (
            "poetry.lock",
            vec![
                "a@1.0 Hash Runtime Direct",
                "b@2.0 Vcs { commit: true } Development Unknown",
            ],
            vec![(0, 1)],
        ),
        (
            "pdm.lock",
            vec!["a@1.0 Hash Runtime Direct", "b@2.0 Exact Runtime Unknown"],
            vec![(0, 1)],
        ),
        (
            "package-lock.json",
            vec![
                "demo Path Runtime Root",
                "a@1.2.0 Hash Runtime Direct",
                "b@1.0.0 Exact Development Transitive",
            ],
            vec![(0, 1), (1, 2)],
        ),
        (
            "npm-shrinkwrap.json",
            vec![
                "a@1.0.0 Hash Runtime Direct",
                "b@1.0.0 Exact Runtime Unknown",
            ],
            vec![(0, 1)],
        ),
        (
            "pnpm-lock.yaml",
            vec![
                "a@1.2.0 Hash Runtime Direct",
                "b@2.0.0 Hash Runtime Transitive",
            ],
            vec![(0, 1)],
        ),
        (
            "yarn.lock",
            vec![
                "a@1.2.0 Hash Runtime Direct",
                "@s/b@2.0.0 Exact Runtime Unknown",
            ],
            vec![(0, 1)],
        ),
        (
            "berry/yarn.lock",
            vec!["a@1.2.0 Hash Runtime Direct", "demo Path Runtime Root"],
            vec![(1, 0)],
        ),
        (
            "bun.lock",
            vec![
                "a@1.2.0 Hash Runtime Direct",
                "b@2.0.0 Hash Runtime Transitive",
            ],
            vec![(0, 1)],
        ),
        (
            "Cargo.lock",
            vec![
                "demo@0.1.0 Path Runtime Root",
                "a@1.2.0 Hash Runtime Direct",
            ],
            vec![(0, 1)],
        ),
        (
            "conda-lock.yml",
            vec![
                "numpy@1.26.4 Hash Runtime Direct",
                "python@3.11.9 Hash Runtime Unknown",
            ],
            vec![(0, 1)],
        ),
    ] {
        let facts = of(path);
        let all: Vec<String> = facts.packages.iter().map(shown).collect();
        assert_eq!(all, packages, "{path}");
        let edges: Vec<Edge> = edges
            .into_iter()
            .map(|(from, to)| Edge { from, to })
            .collect();
        assert_eq!(facts.edges, edges, "{path}");
    }
}

#[test]
fn a_pyproject_speaks_for_every_tool_in_it() {
    let facts = of("pyproject.toml");
    let all: Vec<String> = facts.packages.iter().map(shown).collect();
    assert_eq!(
        all,
        [
            "torch Open Runtime Direct",
            "inner Open Runtime Direct",
            "pytest Open Optional Direct",
            "setuptools Open Build Direct",
            "ruff@0.5.0 Exact Development Direct",
            "numpy Bounded Optional Direct",
        ]
    );
    assert_eq!(facts.packages[1].source, Source::Registry("i".to_owned()));
    assert_eq!(facts.setting("index-strategy"), Some("unsafe-best-match"));
    assert_eq!(facts.scripts[0].command, "backend in _build");
    assert_eq!(facts.indexes.len(), 2);
}

#[test]
fn installed_packages_tell_their_files_and_origin() {
    let record = of("demo-1.0.dist-info/RECORD");
    assert_eq!(record.files.len(), 3);
    assert!(
        record.files[0]
            .hash
            .as_ref()
            .unwrap()
            .digest
            .starts_with("e3b0c442")
    );
    assert_eq!(record.files[0].size, Some(0));
    assert_eq!(record.files[1].path, "demo/a,b.py");
    let origin = of("demo-1.0.dist-info/direct_url.json").origin.unwrap();
    assert_eq!(origin.pinning, Pinning::Vcs { commit: true });
    let metadata = of("demo-1.0.dist-info/METADATA");
    assert_eq!(metadata.project.unwrap().package.to_string(), "demo@1.0");
    assert_eq!(metadata.packages[1].scope, Scope::Optional);
    assert_eq!(metadata.packages[1].groups, ["dev"]);
    assert_eq!(metadata.packages[0].relation, Relation::Direct);
}

#[test]
fn a_tarball_from_elsewhere_is_a_url_and_not_a_version_of_the_registry() {
    let seed = seeds()
        .into_iter()
        .find(|seed| seed.path == "package-lock.json")
        .unwrap();
    let text = seed.text.replace(
        "https://registry.npmjs.org/a/-/a-1.2.0.tgz",
        "https://elsewhere.example/payload.tgz",
    );
    let kind = recognise(seed.path, &[]).unwrap();
    let declared = &facts(kind, &text).packages[1];
    assert_eq!(declared.pinning, Pinning::Url);
    assert!(declared.is_hashed());
}

#[test]
fn a_replaced_module_is_the_one_behind_the_arrow() {
    let facts = of("go.mod");
    assert_eq!(facts.packages[1].source, Source::Path("../b".to_owned()));
    assert_eq!(facts.packages[1].relation, Relation::Transitive);
}
