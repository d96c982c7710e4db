//! What looks like what.

use std::time::{Duration, Instant};

use chainwright_core::package::Ecosystem;
use chainwright_core::severity::Confidence;
use chainwright_names::builtin;
use chainwright_names::index::{Index, Kind};
use proptest::prelude::*;

#[test]
fn every_way_of_imitating_is_named() {
    let index = builtin::index(Ecosystem::PyPi);
    for (name, kind, target) in [
        ("reqeusts", Kind::Edit, "requests"),
        ("request", Kind::Plural, "requests"),
        ("sphinx-rtd-themes", Kind::Plural, "sphinx-rtd-theme"),
        ("reque5ts", Kind::Homoglyph, "requests"),
        ("requеsts", Kind::Homoglyph, "requests"),
        ("scikitlearn", Kind::Separator, "scikit-learn"),
        ("learn-scikit", Kind::Swap, "scikit-learn"),
        ("urllib", Kind::Import, "urllib3"),
        ("beautifulsoup", Kind::Import, "beautifulsoup4"),
        ("cv2", Kind::Import, "opencv-python"),
        ("pytorch", Kind::Import, "torch"),
        ("PyTirch", Kind::Edit, "torch"),
        ("python-requests", Kind::Affix, "requests"),
        ("requests-darwin-lite", Kind::Affix, "requests"),
        ("tensorflow2", Kind::Version, "tensorflow"),
        ("matplotlib-requests", Kind::Combination, "requests"),
        ("openai-official", Kind::Affix, "openai"),
        ("chatgpt-mcp", Kind::Affix, "chatgpt"),
        ("ai-copilot", Kind::Brand, "copilot"),
    ] {
        let found = index.look(name).map(|found| (found.kind, found.target));
        assert_eq!(found, Some((kind, target.to_owned())), "{name}");
    }
}

#[test]
fn scopes_and_owners_are_compared_as_such() {
    let npm = builtin::index(Ecosystem::Npm);
    for (name, target) in [
        ("@types/n0de", "@types/node"),
        ("@bable/core", "@babel/core"),
        ("loadsh", "lodash"),
        ("1odash", "lodash"),
    ] {
        assert_eq!(
            npm.look(name).map(|found| found.target).as_deref(),
            Some(target),
            "{name}"
        );
    }
    let actions = builtin::index(Ecosystem::GitHubActions);
    for (name, target) in [
        ("action/checkout", "actions/checkout"),
        ("actons/checkout", "actions/checkout"),
        ("tj-action/changed-files", "tj-actions/changed-files"),
    ] {
        assert_eq!(
            actions.look(name).map(|found| found.target).as_deref(),
            Some(target),
            "{name}"
        );
    }
    for honest in ["someone/checkout", "actions/checkout", "acme/deploy"] {
        assert_eq!(actions.look(honest), None, "{honest}");
    }
}

#[test]
fn honest_names_are_left_alone() {
    let index = builtin::index(Ecosystem::PyPi);
    for name in [
        "requests",
        "Requests",
        "torch",
        "torchvision",
        "pytest-docker-compose",
        "django-polymorphic",
        "types-simplejson",
        "google-cloud-firestore",
        "azure-mgmt-billing",
        "rich-click",
        "fastapi-users",
        "langchain-mistralai",
        "cmd2",
        "ply",
        "pyfakefs",
        "marshmallow",
        "llama-index-readers-file",
        "nvidia-nvtx-cu12",
        "flask-caching",
        "mdit-py-plugins",
        "",
        "a",
        "ab",
        "-",
        "my-company-billing-service",
    ] {
        assert_eq!(index.look(name), None, "{name}");
    }
}

#[test]
fn an_index_comes_back_from_its_bytes() {
    let index = builtin::index(Ecosystem::Npm);
    let bytes = index.to_bytes();
    let again = Index::from_bytes(&bytes).unwrap();
    assert_eq!(again.to_bytes(), bytes);
    assert_eq!(
        (again.ecosystem(), again.len()),
        (Ecosystem::Npm, index.len())
    );
    for broken in [
        &b""[..],
        b"chainwright names 2\nnpm",
        b"chainwright names 1\nnothing\na",
        &bytes[1..],
    ] {
        assert!(Index::from_bytes(broken).is_none());
    }
    for end in 0..bytes.len().min(200) {
        let _ = Index::from_bytes(&bytes[..end]);
    }
}

#[test]
fn an_empty_index_says_nothing() {
    let index = Index::build(Ecosystem::PyPi, []);
    assert!(index.is_empty());
    assert_eq!(index.look("reqeusts"), None);
}

#[test]
fn long_names_cost_nothing() {
    let index = builtin::index(Ecosystem::PyPi);
    let begin = Instant::now();
    for unit in ["a", "-", "requests-", "а", "py"] {
        for length in [10, 100, 10_000, 1_000_000] {
            assert!(
                index
                    .look(&unit.repeat(length))
                    .is_none_or(|found| !found.target.is_empty())
            );
        }
    }
    assert!(begin.elapsed() < Duration::from_secs(10));
}

proptest! {
    #[test]
    fn any_name_has_one_answer(name in prop_oneof![".{0,80}", "[a-z0-9@/._-]{0,70}", "(requests|torch|numpy|lodash)[a-z0-9-]{0,3}"]) {
        for ecosystem in Ecosystem::ALL {
            let index = if ecosystem == Ecosystem::PyPi { builtin::index(ecosystem) } else { Index::build(ecosystem, ["abc/lodash", "requests"]) };
            let found = index.look(&name);
            prop_assert_eq!(&found, &index.look(&name));
            prop_assert!(found.is_none() || !index.knows(&name));
        }
    }
}

#[test]
fn names_that_honest_projects_resolve_to_are_rarely_taken_for_others() {
    let index = builtin::index(Ecosystem::PyPi);
    let companions: Vec<&str> = builtin::companions(Ecosystem::PyPi).collect();
    let alarms: Vec<&str> = companions
        .iter()
        .filter(|name| {
            index
                .look(name)
                .is_some_and(|found| found.confidence > Confidence::Low)
        })
        .copied()
        .collect();
    assert!(companions.len() > 400, "the list is there");
    assert!(
        alarms.len() * 20 < companions.len(),
        "one in twenty: {alarms:?}"
    );
}
