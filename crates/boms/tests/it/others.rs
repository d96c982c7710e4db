//! Documents of other formats.

use chainwright_boms::inventory::{Aspect, HashAlgorithm, Kind, RelationKind, Value};
use chainwright_boms::{Format, read};
use chainwright_core::limits::Limits;

pub(crate) const TAG_VALUE: &str = "\
SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: example
Creator: Tool: maker-1.0
Creator: Organization: Acme (sbom@acme.example)
Created: 2026-01-01T00:00:00Z
# a package
PackageName: acme-model
SPDXID: SPDXRef-a
PackageVersion: 1.2
PackageSupplier: Person: Jane Doe (jane@acme.example)
PackageDownloadLocation: NOASSERTION
PackageLicenseDeclared: LicenseRef-acme
PackageCopyrightText: <text>Copyright
Acme: all of it</text>
PackageChecksum: SHA256: abababababababababababababababababababababababababababababababab
ExternalRef: PACKAGE-MANAGER purl pkg:pypi/acme-model@1.2
FileName: ./weights.bin
SPDXID: SPDXRef-f
FileChecksum: SHA1: abababababababababababababababababababab
PackageName: torch
SPDXID: SPDXRef-b
LicenseID: LicenseRef-acme
LicenseName: Acme Model Licence
ExtractedText: <text>Do as you please.</text>
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-a
Relationship: SPDXRef-b DEPENDENCY_OF SPDXRef-a
";

pub(crate) const SPDX_2: &str = r#"{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","creationInfo":
{"created":"2026-01-01T00:00:00Z","creators":["Tool: maker-1.0"]},"packages":[{"SPDXID":"SPDXRef-a","name":"a",
"versionInfo":"1","licenseConcluded":"MIT","supplier":"NOASSERTION","checksums":[{"algorithm":"SHA256",
"checksumValue":"abababababababababababababababababababababababababababababababab"}]},
{"SPDXID":"SPDXRef-b","name":"b"}],"relationships":[{"spdxElementId":"SPDXRef-a","relationshipType":"DEPENDS_ON",
"relatedSpdxElement":"SPDXRef-b"}],"documentDescribes":["SPDXRef-a"]}"#;

pub(crate) const CROISSANT: &str = r#"{"@context":{"@vocab":"https://schema.org/","cr":"http://mlcommons.org/croissant/",
"rai":"http://mlcommons.org/croissant/RAI/"},"@type":"sc:Dataset","name":"tickets","version":"1.2.0",
"conformsTo":["http://mlcommons.org/croissant/1.1"],"description":"Support tickets.",
"license":"https://creativecommons.org/licenses/by/4.0/","creator":{"@type":"Organization","name":"Acme"},
"rai:dataCollection":"exported from the help desk","rai:dataBiases":["mostly English","mostly adults"],
"rai:personalSensitiveInformation":"names","inLanguage":"en","datePublished":"2026-01-01",
"distribution":[{"@type":"cr:FileObject","@id":"t","name":"tickets.jsonl","contentUrl":"https://acme.example/t",
"contentSize":"1.5 MB","encodingFormat":"application/jsonlines",
"sha256":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"},{"@type":"cr:FileSet","name":"more"}],
"recordSet":[{"@type":"cr:RecordSet","field":[{"@type":"cr:Field","dataType":"sc:Text"}]}]}"#;

#[test]
fn spdx_2_tags_and_values_become_components_and_relations() {
    let (format, inventory) = read(TAG_VALUE.as_bytes(), "x.spdx", &Limits::default()).unwrap();
    assert_eq!(format, Format::Spdx2TagValue);
    assert_eq!(inventory.components.len(), 3);
    let model = inventory.subject().unwrap();
    assert_eq!(model.name, "acme-model");
    assert_eq!(model.purl.text(), Some("pkg:pypi/acme-model@1.2"));
    assert_eq!(model.licences[0].term, "Acme Model Licence");
    assert_eq!(
        model.copyright.as_deref(),
        Some("Copyright\nAcme: all of it")
    );
    assert!(model.supplier.value().unwrap().is_person);
    assert_eq!(
        model.supplier.value().unwrap().email.as_deref(),
        Some("jane@acme.example")
    );
    let kinds: Vec<_> = inventory
        .from(&model.reference)
        .map(|each| each.kind)
        .collect();
    assert_eq!(kinds, [RelationKind::DependsOn, RelationKind::Contains]);
    assert_eq!(inventory.metadata.tools[0].name, "maker");
    assert_eq!(inventory.metadata.authors[0].name, "Acme");
}

#[test]
fn spdx_2_json_is_read() {
    let (format, inventory) = read(SPDX_2.as_bytes(), "x.json", &Limits::default()).unwrap();
    assert_eq!(format, Format::Spdx2Json);
    let subject = inventory.subject().unwrap();
    assert_eq!(subject.version.text(), Some("1"));
    assert!(subject.supplier.is_absent());
    assert_eq!(subject.hashes.len(), 1);
    assert_eq!(inventory.from(&subject.reference).count(), 1);
}

#[test]
fn croissant_gives_a_dataset_with_its_files() {
    let (format, inventory) = read(CROISSANT.as_bytes(), "x.json", &Limits::default()).unwrap();
    assert_eq!(format, Format::Croissant);
    assert_eq!(inventory.metadata.format, "Croissant 1.1");
    let dataset = inventory.subject().unwrap();
    assert_eq!(dataset.kind, Kind::Dataset);
    assert_eq!(dataset.licences[0].term, "CC-BY-4.0");
    assert_eq!(dataset.supplier.value().unwrap().name, "Acme");
    let said = |aspect: Aspect| {
        dataset
            .aspect(aspect)
            .and_then(|field| field.value())
            .cloned()
    };
    assert_eq!(
        said(Aspect::Bias),
        Some(Value::list(["mostly English", "mostly adults"]))
    );
    assert_eq!(said(Aspect::Size), Some(Value::Count(1_500_000)));
    assert_eq!(said(Aspect::DatasetTypes), Some(Value::list(["text"])));
    assert_eq!(said(Aspect::Sensitivity), Some(Value::list(["names"])));
    let file = inventory.of_kind(Kind::File).next().unwrap();
    assert_eq!(
        file.hashes[&HashAlgorithm::Sha256].value().unwrap(),
        &"cd".repeat(32)
    );
    assert_eq!(inventory.from(&dataset.reference).count(), 1);
}
