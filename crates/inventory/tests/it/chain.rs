//! A made-up supply chain: base, fine-tune, adapter, merge, quantisation, image, deployment, each with its own document.

use std::fs;
use std::path::Path;

use chainwright_boms::cyclonedx::{self, Edition};
use chainwright_boms::inventory::{Derivation, Kind, RelationKind};
use chainwright_boms::spdx3;
use chainwright_core::limits::Limits;
use chainwright_inventory::{
    Entry, LicenceQuestion, Memory, Options, Question, Shelf, Sqlite, affected, read_folder,
};

use crate::{Document, ask_base, ask_digest, ask_package, names, routes};

const BASE: &str = "pkg:huggingface/acme-labs/base-7b@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const TUNED: &str = "pkg:huggingface/acme/chat-7b@bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const ADAPTER: &str = "pkg:huggingface/acme/chat-lora@cccccccccccccccccccccccccccccccccccccccc";
const MERGED: &str = "pkg:huggingface/acme/chat-merged@dddddddddddddddddddddddddddddddddddddddd";
const GGUF: &str = "pkg:huggingface/acme/chat-gguf@eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
const IMAGE: &str =
    "pkg:oci/chat-serve@sha256:1212121212121212121212121212121212121212121212121212121212121212";

fn sha(digit: char) -> String {
    digit.to_string().repeat(64)
}

fn model(name: &str, purl: &str) -> Document {
    Document::about(Kind::Model, name, purl.rsplit('@').next().unwrap(), purl)
}

/// Writes the documents of the chain, in three formats.
fn write(folder: &Path) {
    let mut base = model("acme-labs/base-7b", BASE);
    let subject = base.subject();
    let weights = base.part(Kind::File, "base.safetensors", "", "", &sha('1'));
    let corpus = base.part(Kind::Dataset, "acme-labs/crawl", "", "", "");
    base.relate(&subject, RelationKind::Contains, &weights);
    base.relate(&subject, RelationKind::TrainedOn, &corpus);
    let source = chainwright_boms::Source::file("test");
    let licence = chainwright_boms::inventory::Licence::declared("CC-BY-NC-4.0", source);
    base.0
        .components
        .get_mut(&subject)
        .unwrap()
        .licences
        .push(licence);
    cdx(folder, "1-base.cdx.json", &base);

    let mut tuned = model("acme/chat-7b", TUNED);
    let from = tuned.part(Kind::Model, "acme-labs/base-7b", "", BASE, "");
    let subject = tuned.subject();
    tuned.relate(
        &subject,
        RelationKind::DerivedFrom(Derivation::FineTune),
        &from,
    );
    cdx(folder, "2-tuned.cdx.json", &tuned);

    // The adapter names its base as cards do: without a revision.
    let mut adapter = model("acme/chat-lora", ADAPTER);
    let over = adapter.part(
        Kind::Model,
        "acme/chat-7b",
        "",
        "pkg:huggingface/acme/chat-7b",
        "",
    );
    let subject = adapter.subject();
    adapter.relate(&subject, RelationKind::Adapts, &over);
    fs::write(folder.join("3-adapter.spdx.json"), spdx3::write(&adapter.0)).unwrap();

    let mut merged = model("acme/chat-merged", MERGED);
    let subject = merged.subject();
    let tuned = merged.part(Kind::Model, "acme/chat-7b", "", TUNED, "");
    let lora = merged.part(Kind::Model, "acme/chat-lora", "", ADAPTER, "");
    let file = merged.part(Kind::File, "merged.safetensors", "", "", &sha('4'));
    merged.relate(
        &subject,
        RelationKind::DerivedFrom(Derivation::Merge),
        &tuned,
    );
    merged.relate(
        &subject,
        RelationKind::DerivedFrom(Derivation::Adapter),
        &lora,
    );
    merged.relate(&subject, RelationKind::Contains, &file);
    cdx(folder, "4-merged.cdx.json", &merged);

    let mut gguf = model("acme/chat-gguf", GGUF);
    let subject = gguf.subject();
    let file = gguf.part(Kind::File, "chat.Q4.gguf", "", "", &sha('5'));
    let from = gguf.part(Kind::Model, "acme/chat-merged", "", MERGED, "");
    gguf.relate(&subject, RelationKind::Contains, &file);
    gguf.relate(
        &file,
        RelationKind::DerivedFrom(Derivation::Quantisation),
        &from,
    );
    cdx(folder, "5-gguf.cdx.json", &gguf);

    // The image knows the file by its bytes only.
    let mut image = Document::about(Kind::Container, "chat-serve", "", IMAGE);
    let subject = image.subject();
    let file = image.part(Kind::File, "models/chat.gguf", "", "", &sha('5'));
    let server = image.python("vllm", "0.4.0");
    let torch = image.python("torch", "2.0.1+cu118");
    image.relate(&subject, RelationKind::Contains, &file);
    image.relate(&subject, RelationKind::DependsOn, &server);
    image.relate(&server, RelationKind::DependsOn, &torch);
    cdx(folder, "6-image.cdx.json", &image);

    let deployment = format!(
        r#"{{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "chat-prod", "documentDescribes": ["SPDXRef-a"],
        "packages": [
          {{"SPDXID": "SPDXRef-a", "name": "chat-prod", "versionInfo": "7", "primaryPackagePurpose": "APPLICATION"}},
          {{"SPDXID": "SPDXRef-b", "name": "chat-serve", "primaryPackagePurpose": "CONTAINER", "externalRefs": [
            {{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "{IMAGE}"}}]}}],
        "relationships": [
          {{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-a"}},
          {{"spdxElementId": "SPDXRef-a", "relationshipType": "CONTAINS", "relatedSpdxElement": "SPDXRef-b"}}]}}"#
    );
    fs::write(folder.join("7-deployment.spdx.json"), deployment).unwrap();
}

fn cdx(folder: &Path, name: &str, document: &Document) {
    fs::write(
        folder.join(name),
        cyclonedx::write(&document.0, Edition::V1_7),
    )
    .unwrap();
}

fn entries() -> Vec<Entry> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let mut found = read_folder(folder.path(), &Limits::default(), 1_000).unwrap();
    assert_eq!(
        (found.unread.len(), found.passed, found.entries.len()),
        (0, 0, 7),
        "{:?}",
        found.unread
    );
    found
        .entries
        .iter_mut()
        .filter(|entry| entry.name == "chat-prod")
        .for_each(|entry| "prod".clone_into(&mut entry.environment));
    found.entries
}

/// Every kind of shelf with the chain on it.
fn each(test: impl Fn(&dyn Shelf)) {
    let entries = entries();
    let mut memory = Memory::timeless();
    memory.add(&entries, 1_000).unwrap();
    test(&memory);
    let folder = tempfile::tempdir().unwrap();
    let mut store = Sqlite::create(&folder.path().join("inventory.db")).unwrap();
    store.add(&entries, 1_000).unwrap();
    test(&store);
}

#[test]
fn bad_weights_reach_every_descendant_down_to_the_deployment() {
    each(|shelf| {
        let answer = ask_digest(shelf, &sha('1'));
        assert_eq!(answer.open, 7);
        assert_eq!(answer.deployed, 1);
        assert_eq!(
            names(&answer),
            [
                "chat-prod",
                "acme-labs/base-7b",
                "acme/chat-7b",
                "acme/chat-gguf",
                "acme/chat-lora",
                "acme/chat-merged",
                "chat-serve"
            ]
        );
        let whole = "acme-labs/base-7b -contains-> base.safetensors";
        let tuned = format!("acme/chat-7b -fine-tuned-from-> {whole}");
        let lora = format!("acme/chat-lora -adapts-> {tuned}");
        let merged = format!("acme/chat-merged -merged-from-> {tuned}");
        let also_merged = format!("acme/chat-merged -adapted-from-> {lora}");
        let gguf = format!("chat.Q4.gguf -quantised-from-> {merged}");
        assert_eq!(routes(&answer, "acme-labs/base-7b"), [whole]);
        assert_eq!(routes(&answer, "acme/chat-7b"), [tuned]);
        assert_eq!(routes(&answer, "acme/chat-lora"), [lora]);
        assert_eq!(routes(&answer, "acme/chat-merged"), [merged, also_merged]);
        assert_eq!(
            routes(&answer, "acme/chat-gguf"),
            [format!("acme/chat-gguf -contains-> {gguf}")]
        );
        assert_eq!(
            routes(&answer, "chat-serve"),
            [format!("chat-serve -contains-> {gguf}")]
        );
        assert_eq!(
            routes(&answer, "chat-prod"),
            [format!(
                "chat-prod -contains-> chat-serve -contains-> {gguf}"
            )]
        );
    });
}

#[test]
fn routes_say_which_document_they_came_into_and_how_surely() {
    each(|shelf| {
        let answer = ask_base(shelf, "acme-labs/base-7b");
        let lora = answer
            .reached
            .iter()
            .find(|reached| reached.state.name == "acme/chat-lora")
            .unwrap();
        let crossings: Vec<(String, bool)> = lora.routes[0]
            .hops
            .iter()
            .filter_map(|hop| Some((hop.document.as_ref()?.0.clone(), hop.is_loose)))
            .collect();
        assert_eq!(crossings, [("acme/chat-7b".to_owned(), true)]);
    });
}

#[test]
fn a_base_touches_what_was_made_from_it_and_a_dataset_what_learned_from_it() {
    each(|shelf| {
        assert_eq!(ask_base(shelf, "acme-labs/base-7b").open, 7);
        assert_eq!(
            ask_base(shelf, "https://huggingface.co/Acme-Labs/Base-7B").open,
            7
        );
        assert_eq!(ask_base(shelf, "acme-labs/base-7b@aaaaaaaa").open, 7);
        assert_eq!(ask_base(shelf, "acme-labs/base-7b@abababab").open, 0);
        assert_eq!(ask_base(shelf, "acme/chat-lora").open, 5);
        assert_eq!(ask_base(shelf, "acme-labs/crawl").open, 7);
        assert_eq!(ask_base(shelf, "acme/other").open, 0);
    });
}

#[test]
fn a_package_touches_the_image_and_what_runs_it_and_no_model() {
    each(|shelf| {
        let answer = ask_package(shelf, "pypi:torch@<2.1");
        assert_eq!(names(&answer), ["chat-prod", "chat-serve"]);
        assert_eq!(
            routes(&answer, "chat-prod"),
            ["chat-prod -contains-> chat-serve -depends-on-> vllm -depends-on-> torch"]
        );
        assert_eq!(ask_package(shelf, "pypi:torch@>=2.1").open, 0);
        assert_eq!(ask_package(shelf, "pypi:torch@==2.0.1+cu121").open, 0);
    });
}

#[test]
fn terms_of_use_travel_to_descendants() {
    each(|shelf| {
        for (text, open) in [
            ("CC-BY-NC-4.0", 7),
            ("CC-BY-NC-*", 7),
            ("MIT", 0),
            ("MIT OR CC-BY-NC-4.0", 7),
        ] {
            let licence = Some(LicenceQuestion::parse(text).unwrap());
            let question = Question {
                licence,
                ..Question::default()
            };
            assert_eq!(
                affected(shelf, &question, &Options::default())
                    .unwrap()
                    .open,
                open,
                "{text}"
            );
        }
    });
}

#[test]
fn digests_of_images_and_of_shared_files_are_found() {
    each(|shelf| {
        assert_eq!(
            names(&ask_digest(shelf, &"12".repeat(32))),
            ["chat-prod", "chat-serve"]
        );
        assert_eq!(
            names(&ask_digest(shelf, &sha('5'))),
            ["chat-prod", "acme/chat-gguf", "chat-serve"]
        );
        assert_eq!(names(&ask_digest(shelf, &sha('4'))).len(), 4);
    });
}

#[test]
fn the_rest_is_counted_where_not_everything_is_told() {
    each(|shelf| {
        let (selections, ranges) = chainwright_inventory::parse_base("acme-labs/base-7b").unwrap();
        let question = Question {
            selections,
            judge: Some(&ranges),
            ..Question::default()
        };
        let options = Options {
            most_documents: 2,
            ..Options::default()
        };
        let answer = affected(shelf, &question, &options).unwrap();
        assert_eq!((answer.reached.len(), answer.open), (2, 7));
        assert_eq!(answer.reached[0].state.name, "chat-prod");
    });
}
