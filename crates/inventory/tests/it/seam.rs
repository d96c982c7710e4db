//! What every shelf does.

use chainwright_boms::inventory::{
    Affected, AnalysisState, Exploitability, Kind, RelationKind, Vulnerability,
};
use chainwright_core::package::{Ecosystem, Package};
use chainwright_inventory::{
    Entry, Judge, Memory, Options, Question, Removal, Selection, Shelf, Sqlite, Verdict, View,
    affected,
};

use crate::{Document, ask_base, ask_package, names, routes};

/// An empty shelf of every kind.
fn each(test: impl Fn(&mut dyn Shelf)) {
    test(&mut Memory::new());
    let folder = tempfile::tempdir().unwrap();
    test(&mut Sqlite::create(&folder.path().join("inventory.db")).unwrap());
}

fn app(version: &str, torch: &str) -> Document {
    let mut document = Document::about(Kind::Application, "app", version, "");
    let subject = document.subject();
    let chain = document.python("langchain", "0.1.0");
    let torch = document.python("torch", torch);
    document.relate(&subject, RelationKind::DependsOn, &chain);
    document.relate(&chain, RelationKind::DependsOn, &torch);
    document
}

fn at(document: &Document, valid_from: i64, environment: &str) -> Entry {
    Entry {
        valid_from,
        environment: environment.to_owned(),
        ..document.entry()
    }
}

#[test]
fn a_state_replaces_the_one_before_and_the_past_stays_known() {
    each(|shelf| {
        shelf.add(&[at(&app("1", "2.0"), 100, "")], 110).unwrap();
        shelf.add(&[at(&app("2", "2.1"), 200, "")], 210).unwrap();
        assert_eq!(ask_package(shelf, "torch@2.0").open, 0);
        assert_eq!(ask_package(shelf, "torch@2.1").open, 1);
        let current = |view| -> Vec<String> {
            let states = shelf.states(view).unwrap().into_iter();
            states
                .filter(|state| state.is_current)
                .map(|state| state.version)
                .collect()
        };
        assert_eq!(current(View::Now), ["2"]);
        assert_eq!(
            current(View::At {
                valid: 150,
                known: 999
            }),
            ["1"]
        );
        assert_eq!(
            current(View::At {
                valid: 250,
                known: 150
            }),
            ["1"]
        );
        assert_eq!(
            current(View::At {
                valid: 50,
                known: 999
            }),
            [""; 0]
        );
        assert_eq!(shelf.states(View::Now).unwrap().len(), 2);
        let past = Options {
            view: View::At {
                valid: 150,
                known: 999,
            },
            ..Options::default()
        };
        let (selections, ranges) = chainwright_inventory::parse_package("torch@2.0").unwrap();
        let question = Question {
            selections,
            judge: Some(&ranges),
            ..Question::default()
        };
        assert_eq!(affected(shelf, &question, &past).unwrap().open, 1);
    });
}

#[test]
fn what_is_written_down_late_does_not_replace_what_began_later() {
    each(|shelf| {
        shelf.add(&[at(&app("2", "2.1"), 200, "")], 210).unwrap();
        shelf.add(&[at(&app("1", "2.0"), 100, "")], 300).unwrap();
        assert_eq!(ask_package(shelf, "torch").reached[0].state.version, "2");
    });
}

#[test]
fn the_same_document_is_written_down_once() {
    each(|shelf| {
        let entry = at(&app("1", "2.0"), 100, "");
        let first = shelf.add(&[entry.clone(), entry.clone()], 110).unwrap();
        let second = shelf.add(std::slice::from_ref(&entry), 120).unwrap();
        assert_eq!(first, [second[0], second[0]]);
        assert_eq!(shelf.states(View::Ever).unwrap().len(), 1);
        shelf.add(&[at(&app("2", "2.1"), 200, "")], 210).unwrap();
        shelf
            .add(
                &[Entry {
                    valid_from: 300,
                    ..entry
                }],
                310,
            )
            .unwrap();
        assert_eq!(
            shelf.states(View::Ever).unwrap().len(),
            3,
            "a rollback is news"
        );
        assert_eq!(ask_package(shelf, "torch@2.0").open, 1);
    });
}

#[test]
fn environments_have_their_own_states() {
    each(|shelf| {
        let (old, new) = (app("1", "2.0"), app("2", "2.1"));
        shelf
            .add(
                &[
                    at(&old, 100, "prod"),
                    at(&old, 100, "staging"),
                    at(&new, 200, "staging"),
                ],
                210,
            )
            .unwrap();
        let answer = ask_package(shelf, "torch@2.0");
        assert_eq!((answer.open, answer.deployed, answer.documents), (1, 1, 2));
        assert_eq!(answer.reached[0].state.environment, "prod");
    });
}

#[test]
fn what_is_gone_touches_nothing_and_what_is_purged_was_never_there() {
    each(|shelf| {
        let ids = shelf
            .add(
                &[at(&app("1", "2.0"), 100, ""), at(&app("2", "2.0"), 200, "")],
                210,
            )
            .unwrap();
        shelf.remove(&ids[1..], Removal::Ended(300), 310).unwrap();
        let versions = |view| {
            shelf
                .states(view)
                .unwrap()
                .into_iter()
                .map(|state| state.version)
                .collect::<Vec<_>>()
        };
        assert_eq!(versions(View::Now), ["1"]);
        assert_eq!(
            versions(View::At {
                valid: 250,
                known: 999
            }),
            ["1", "2"]
        );
        assert_eq!(
            versions(View::At {
                valid: 400,
                known: 305
            }),
            ["1", "2"]
        );
        assert_eq!(
            versions(View::At {
                valid: 400,
                known: 999
            }),
            ["1"]
        );
        assert_eq!(ask_package(shelf, "torch").reached[0].state.version, "1");
        shelf.remove(&ids, Removal::Purged, 400).unwrap();
        assert_eq!(shelf.states(View::Ever).unwrap(), []);
        assert_eq!(ask_package(shelf, "torch").open, 0);
        assert_eq!(shelf.named(None, "torch").unwrap(), []);
    });
}

#[test]
fn nothing_is_written_if_one_of_several_cannot_be_removed() {
    each(|shelf| {
        let ids = shelf.add(&[at(&app("1", "2.0"), 100, "")], 110).unwrap();
        let unknown = chainwright_inventory::StateId(99);
        if shelf
            .remove(&[ids[0], unknown], Removal::Ended(1), 120)
            .is_ok()
        {
            panic!("an unknown state was removed");
        }
    });
}

#[test]
fn a_replaced_version_touches_only_those_who_name_it() {
    each(|shelf| {
        let base = |revision: char, weights: char| {
            let revision = revision.to_string().repeat(40);
            let purl = format!("pkg:huggingface/acme/base@{revision}");
            let mut document = Document::about(Kind::Model, "acme/base", &revision, &purl);
            let subject = document.subject();
            let file = document.part(Kind::File, "w", "", "", &weights.to_string().repeat(64));
            document.relate(&subject, RelationKind::Contains, &file);
            document
        };
        let child = |name: &str, purl: &str| {
            let mut document = Document::about(Kind::Model, name, "1", "");
            let subject = document.subject();
            let from = document.part(Kind::Model, "acme/base", "", purl, "");
            document.relate(&subject, RelationKind::Adapts, &from);
            document
        };
        let exact = child(
            "exact",
            &format!("pkg:huggingface/acme/base@{}", "a".repeat(40)),
        );
        let loose = child("loose", "pkg:huggingface/acme/base");
        let entries = [
            at(&base('a', '1'), 100, ""),
            at(&base('b', '2'), 200, ""),
            at(&exact, 100, ""),
            at(&loose, 100, ""),
        ];
        shelf.add(&entries, 300).unwrap();
        assert_eq!(names(&crate::ask_digest(shelf, &"1".repeat(64))), ["exact"]);
        assert_eq!(
            names(&crate::ask_digest(shelf, &"2".repeat(64))),
            ["acme/base", "loose"]
        );
        assert_eq!(
            names(&ask_base(shelf, "acme/base")),
            ["acme/base", "exact", "loose"]
        );
    });
}

struct Fixed;

impl Judge for Fixed {
    fn judge(
        &self,
        package: &Package,
    ) -> Result<Verdict, Box<dyn std::error::Error + Send + Sync>> {
        Ok(match package.version.as_deref() {
            Some("2.0") => Verdict::Touched {
                evidence: "< 2.1".to_owned(),
                fixed: Some("2.1".to_owned()),
                clean: Some("2.4".to_owned()),
            },
            Some("odd") => Verdict::Unknown {
                why: "no order".to_owned(),
                fixed: None,
            },
            _ => Verdict::Untouched,
        })
    }
}

fn ask_weakness(shelf: &dyn Shelf) -> chainwright_inventory::Answer {
    let torch = Package::new(Ecosystem::PyPi, "torch", None::<String>);
    let question = Question {
        selections: vec![Selection::of(&torch)],
        judge: Some(&Fixed),
        vulnerability: vec!["CVE-1".to_owned()],
        ..Question::default()
    };
    affected(shelf, &question, &Options::default()).unwrap()
}

#[test]
fn the_smallest_upgrade_and_who_has_to_move_for_it_are_told() {
    each(|shelf| {
        shelf.add(&[at(&app("1", "2.0"), 100, "")], 110).unwrap();
        let answer = ask_weakness(shelf);
        let tally = &answer.tallies[0];
        assert_eq!(
            (
                tally.documents,
                tally.fixed.as_deref(),
                tally.clean.as_deref()
            ),
            (1, Some("2.1"), Some("2.4"))
        );
        let upgrade = &answer.reached[0].upgrades[0];
        assert_eq!(
            (upgrade.package.name.as_str(), upgrade.to.as_str()),
            ("torch", "2.1")
        );
        assert_eq!(
            upgrade
                .through
                .iter()
                .map(|each| each.name.as_str())
                .collect::<Vec<_>>(),
            ["langchain"]
        );
    });
}

#[test]
fn versions_without_an_order_are_not_sure_and_not_clean() {
    each(|shelf| {
        shelf.add(&[at(&app("1", "odd"), 100, "")], 110).unwrap();
        let answer = ask_weakness(shelf);
        assert_eq!(
            (answer.open, answer.unsure, answer.is_affected()),
            (0, 1, false)
        );
        assert!(answer.reached[0].is_unsure);
    });
}

fn with_word(document: &mut Document, about: &str, state: Option<AnalysisState>) {
    let reference = document
        .0
        .components
        .values()
        .find(|each| each.name == about)
        .unwrap()
        .reference
        .clone();
    document.0.vulnerabilities.push(Vulnerability {
        id: "CVE-1".to_owned(),
        affects: vec![Affected {
            component: reference,
            versions: Vec::new(),
        }],
        analysis: state.map(|state| Exploitability {
            state,
            justification: "code_not_reachable".to_owned(),
            responses: Default::default(),
            detail: String::new(),
        }),
        ..Vulnerability::default()
    });
}

#[test]
fn a_document_settles_its_own_matters() {
    for about in ["torch", "app"] {
        each(|shelf| {
            let mut document = app("1", "2.0");
            with_word(&mut document, about, Some(AnalysisState::NotAffected));
            shelf.add(&[at(&document, 100, "")], 110).unwrap();
            let answer = ask_weakness(shelf);
            assert_eq!((answer.open, answer.settled), (0, 1), "{about}");
            let reason = answer.reached[0].settled.as_deref();
            assert_eq!(reason, Some("not_affected: code_not_reachable"), "{about}");
        });
    }
}

#[test]
fn a_document_that_says_it_is_touched_is_believed() {
    each(|shelf| {
        let mut document = app("1", "2.9");
        with_word(&mut document, "torch", None);
        shelf.add(&[at(&document, 100, "")], 110).unwrap();
        assert_eq!(
            routes(&ask_weakness(shelf), "app"),
            ["app -depends-on-> langchain -depends-on-> torch"]
        );
    });
}

#[test]
fn a_word_in_one_document_does_not_settle_another() {
    each(|shelf| {
        let image =
            "pkg:oci/base@sha256:3434343434343434343434343434343434343434343434343434343434343434";
        let mut base = Document::about(Kind::Container, "base", "", image);
        let subject = base.subject();
        let torch = base.python("torch", "2.0");
        base.relate(&subject, RelationKind::DependsOn, &torch);
        with_word(&mut base, "torch", Some(AnalysisState::NotAffected));
        let mut child = Document::about(Kind::Container, "child", "1", "");
        let from = child.part(Kind::Container, "base", "", image, "");
        let subject = child.subject();
        child.relate(&subject, RelationKind::Contains, &from);
        shelf
            .add(&[at(&base, 100, ""), at(&child, 100, "")], 110)
            .unwrap();
        let answer = ask_weakness(shelf);
        assert_eq!((answer.open, answer.settled), (1, 1));
        assert_eq!(names(&answer), ["child", "base"]);
        assert_eq!(
            routes(&answer, "child"),
            ["child -contains-> base -depends-on-> torch"]
        );
    });
}

#[test]
fn parts_without_relations_belong_to_the_subject() {
    each(|shelf| {
        let mut document = Document::about(Kind::Application, "flat", "1", "");
        document.python("torch", "2.0");
        shelf.add(&[at(&document, 100, "")], 110).unwrap();
        assert_eq!(
            routes(&ask_package(shelf, "torch"), "flat"),
            ["flat -lists-> torch"]
        );
    });
}

#[test]
fn what_a_model_was_measured_on_does_not_touch_it() {
    each(|shelf| {
        let mut document = Document::about(Kind::Model, "acme/m", "1", "");
        let subject = document.subject();
        let bench = document.part(Kind::Dataset, "acme/bench", "", "", "");
        document.relate(&subject, RelationKind::TestedOn, &bench);
        shelf.add(&[at(&document, 100, "")], 110).unwrap();
        assert_eq!(ask_base(shelf, "acme/bench").open, 0);
    });
}

#[test]
fn services_run_models() {
    each(|shelf| {
        let mut document = Document::about(Kind::Platform, "cluster", "1", "");
        let model = document.part(Kind::Model, "acme/m", "", "", "");
        let service = document.part(Kind::Service, "chat", "1", "", "");
        document.relate(&model, RelationKind::DeployedAs, &service);
        shelf.add(&[at(&document, 100, "")], 110).unwrap();
        assert_eq!(
            routes(&ask_base(shelf, "acme/m"), "cluster"),
            ["cluster -lists-> chat -runs-> acme/m"]
        );
    });
}

#[test]
fn circles_within_and_between_documents_end() {
    each(|shelf| {
        let mut one = Document::about(Kind::Model, "acme/one", "", "");
        let subject = one.subject();
        let other = one.part(Kind::Model, "acme/two", "", "", "");
        one.relate(&subject, RelationKind::Adapts, &other);
        one.relate(&other, RelationKind::Adapts, &subject);
        let mut two = Document::about(Kind::Model, "acme/two", "", "");
        let subject = two.subject();
        let other = two.part(Kind::Model, "acme/one", "", "", "");
        two.relate(&subject, RelationKind::Adapts, &other);
        shelf
            .add(&[at(&one, 100, ""), at(&two, 100, "")], 110)
            .unwrap();
        let answer = ask_base(shelf, "acme/one");
        assert_eq!(answer.open, 2);
        for reached in &answer.reached {
            for route in &reached.routes {
                assert!(route.hops.len() <= 4, "{}", crate::line(route));
            }
        }
    });
}

/// An image as Syft and Trivy write it, without a part that has the name of the source.
fn image_bom(components: &str) -> Entry {
    let document = format!(
        r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
            "metadata": {{"component": {{"type": "container", "bom-ref": "image", "name": "image"}}}},
            "components": [{components}]}}"#
    );
    read_entry(document.into_bytes(), "image.cdx.json")
}

fn read_entry(document: Vec<u8>, name: &str) -> Entry {
    let limits = chainwright_core::limits::Limits::default();
    let (format, inventory) = chainwright_boms::read(&document, name, &limits).unwrap();
    chainwright_inventory::entry_of(&inventory, format.as_str(), document, name, 100)
}

#[test]
fn parts_are_found_by_the_source_package_that_they_were_built_from() {
    let syft_dpkg = r#"{"type": "library", "bom-ref": "a", "name": "libssl3", "version": "3.0.11-1~deb12u2",
        "purl": "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl"}"#;
    let trivy_dpkg = r#"{"type": "library", "bom-ref": "a", "name": "libssl3", "version": "3.0.11-1~deb12u2",
        "purl": "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12.5", "properties": [
            {"name": "aquasecurity:trivy:PkgType", "value": "debian"},
            {"name": "aquasecurity:trivy:SrcName", "value": "openssl"},
            {"name": "aquasecurity:trivy:SrcRelease", "value": "1~deb12u2"},
            {"name": "aquasecurity:trivy:SrcVersion", "value": "3.0.11"}]}"#;
    let trivy_spdx = r#"{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "image",
        "packages": [
            {"SPDXID": "SPDXRef-ContainerImage-1", "name": "image", "primaryPackagePurpose": "CONTAINER"},
            {"SPDXID": "SPDXRef-Package-1", "name": "libssl3", "versionInfo": "3.0.11-1~deb12u2",
                "sourceInfo": "built package from: openssl 3.0.11-1~deb12u2",
                "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                    "referenceLocator": "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?distro=debian-12.5"}]}],
        "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                "relatedSpdxElement": "SPDXRef-ContainerImage-1"},
            {"spdxElementId": "SPDXRef-ContainerImage-1", "relationshipType": "CONTAINS",
                "relatedSpdxElement": "SPDXRef-Package-1"}]}"#;
    let entries = [
        image_bom(syft_dpkg),
        image_bom(trivy_dpkg),
        read_entry(trivy_spdx.as_bytes().to_vec(), "image.spdx.json"),
    ];
    for entry in entries {
        each(|shelf| {
            shelf.add(std::slice::from_ref(&entry), 110).unwrap();
            for touched in ["deb:openssl@<3.0.12", "openssl", "deb:libssl3@<3.0.12"] {
                let answer = ask_package(shelf, touched);
                assert_eq!(answer.open, 1, "{touched} {}", entry.format);
                let last = answer.reached[0].routes[0].hops.last().unwrap();
                assert_eq!(last.package.name, "libssl3", "{touched}");
            }
            let answer = ask_package(shelf, "deb:openssl@<3.0.12");
            let hit = &answer.reached[0].routes[0].hit;
            assert_eq!(
                hit.source.as_ref().map(ToString::to_string).as_deref(),
                Some("openssl@3.0.11-1~deb12u2")
            );
            assert_eq!(answer.tallies.len(), 1);
            assert_eq!(answer.tallies[0].package.name, "openssl");
            for untouched in ["deb:openssl@<3.0.11", "pypi:openssl", "apk:openssl"] {
                assert_eq!(ask_package(shelf, untouched).open, 0, "{untouched}");
            }
        });
    }
}

#[test]
fn a_source_is_judged_by_its_own_version() {
    let parts = r#"{"type": "library", "bom-ref": "a", "name": "bsdutils", "version": "1:2.38.1-5",
            "purl": "pkg:deb/debian/bsdutils@1:2.38.1-5?upstream=util-linux%402.38.1-5"},
        {"type": "library", "bom-ref": "b", "name": "openssl-libs", "version": "1:3.0.7-24.el9",
            "purl": "pkg:rpm/redhat/openssl-libs@3.0.7-24.el9?epoch=1&upstream=openssl-3.0.7-24.el9.src.rpm"},
        {"type": "library", "bom-ref": "c", "name": "libcrypto3", "version": "3.3.2-r1",
            "purl": "pkg:apk/alpine/libcrypto3@3.3.2-r1", "properties": [
                {"name": "syft:metadata:originPackage", "value": "busybox-not"}]}"#;
    each(|shelf| {
        shelf.add(&[image_bom(parts)], 110).unwrap();
        for (question, open) in [
            ("deb:util-linux@<2.39", 1),
            ("deb:util-linux@<2.38", 0),
            ("rpm:openssl@<1:3.0.7-25.el9", 1),
            ("rpm:openssl@<1:3.0.7-24.el9", 0),
            ("apk:busybox-not@<3.4", 1),
        ] {
            assert_eq!(ask_package(shelf, question).open, open, "{question}");
        }
    });
}
