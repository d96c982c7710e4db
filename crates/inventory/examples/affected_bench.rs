//! Fills a store with made-up bills of materials and asks it random questions: what a question costs.
//!
//! `affected_bench [DOCUMENTS] [COMPONENTS] [QUESTIONS] [FILE]`; the same numbers always give the same documents. Names
//! are drawn as in life: few packages are everywhere, most are rare (a power law). One document in ten is a model that
//! was made from another one.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for people who measure"
)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chainwright_boms::cyclonedx::{self, Edition};
use chainwright_boms::inventory::{
    Component, Derivation, HashAlgorithm, Inventory, Kind, Licence, Reference, Relation,
    RelationKind,
};
use chainwright_boms::{Evidence, Field, Source};
use chainwright_core::limits::Limits;
use chainwright_inventory::{
    Entry, Judge, LicenceQuestion, Memory, Options, Outline, Question, Shelf, Sqlite, affected,
    parse_base, parse_package, parse_purl, read_folder,
};

const PACKAGES: u64 = 60_000;
const LICENCES: [&str; 8] = [
    "MIT",
    "Apache-2.0",
    "BSD-3-Clause",
    "ISC",
    "MPL-2.0",
    "LGPL-3.0-only",
    "GPL-3.0-only",
    "AGPL-3.0-only",
];

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// A number below `end` by a power law: half of all draws lie below its square root.
    fn skewed(&mut self, end: u64) -> u64 {
        let unit = self.next() as f64 / u64::MAX as f64;
        ((end as f64).powf(unit) as u64)
            .saturating_sub(1)
            .min(end - 1)
    }

    fn licence(&mut self) -> &'static str {
        LICENCES[self.skewed(LICENCES.len() as u64) as usize]
    }
}

fn package(random: &mut Random) -> (u64, u64) {
    (random.skewed(PACKAGES), random.skewed(12))
}

fn name(number: u64) -> String {
    format!("package-{number}")
}

fn version(number: u64) -> String {
    format!("{}.{}.0", number / 4, number % 4)
}

fn digest(package: u64, version: u64) -> String {
    let mut random = Random(package * 1000 + version);
    (0..4).map(|_| format!("{:016x}", random.next())).collect()
}

fn model(number: u64) -> (String, String) {
    let name = format!("acme/model-{number}");
    let revision: String = digest(number, 999).chars().take(40).collect();
    let purl = format!("pkg:huggingface/{name}@{revision}");
    (name, purl)
}

fn document(number: u64, components: u64) -> Inventory {
    let mut random = Random(number.wrapping_mul(0x1000_0001));
    let mut inventory = Inventory::default();
    let stated = |text: String| Field::declared(text, Source::file("bench"));
    let is_model = number.is_multiple_of(10);
    let mut subject = if is_model {
        let (name, purl) = model(number);
        Component {
            purl: stated(purl),
            ..Component::new(Kind::Model, name)
        }
    } else {
        Component::new(Kind::Application, format!("service-{number}"))
    };
    subject.version = stated(version(number % 40));
    let subject = inventory.add(subject);
    inventory.metadata.subject = Some(subject.clone());
    if number >= 10 && (is_model || number.is_multiple_of(3)) {
        let (name, purl) = model(random.skewed(number / 10) * 10);
        let base = inventory.add(Component {
            purl: stated(purl),
            ..Component::new(Kind::Model, name)
        });
        let kind = if is_model {
            RelationKind::DerivedFrom(Derivation::FineTune)
        } else {
            RelationKind::DependsOn
        };
        relate(&mut inventory, &subject, kind, &base);
    }
    let mut parts: Vec<Reference> = vec![subject];
    while (inventory.components.len() as u64) < components {
        let (package, chosen) = package(&mut random);
        let purl = format!("pkg:pypi/{}@{}", name(package), version(chosen));
        let mut component = Component {
            version: stated(version(chosen)),
            ..Component::new(Kind::Package, name(package))
        };
        if inventory
            .components
            .contains_key(&Reference::new(purl.as_str()))
        {
            continue;
        }
        component.purl = stated(purl);
        component.hash(
            HashAlgorithm::Sha256,
            digest(package, chosen),
            Source::file("bench"),
        );
        component.licences = vec![Licence::declared(
            Random(package).licence(),
            Source::file("bench"),
        )];
        let reference = inventory.add(component);
        let holder = parts[random.below(parts.len() as u64) as usize].clone();
        relate(&mut inventory, &holder, RelationKind::DependsOn, &reference);
        parts.push(reference);
    }
    inventory
}

fn relate(inventory: &mut Inventory, from: &Reference, kind: RelationKind, to: &Reference) {
    let source = Source::file("bench");
    inventory.relate(Relation::known(
        from.clone(),
        kind,
        to.clone(),
        Evidence::Declared,
        source,
    ));
}

fn entry(number: u64, components: u64) -> Entry {
    let inventory = document(number, components);
    let subject = inventory.subject().unwrap();
    Entry {
        name: subject.full_name(),
        version: subject.version.text().unwrap_or_default().to_owned(),
        environment: if number.is_multiple_of(7) {
            "prod".to_owned()
        } else {
            String::new()
        },
        origin: format!("bench/{number}"),
        format: "bench".to_owned(),
        valid_from: 1_000,
        document: number.to_le_bytes().to_vec(),
        outline: Outline::of(&inventory),
    }
}

fn fill(path: &PathBuf, documents: u64, components: u64) {
    let started = Instant::now();
    let mut shelf = Sqlite::create(path).unwrap();
    let mut made = Duration::ZERO;
    let numbers: Vec<u64> = (0..documents).collect();
    for chunk in numbers.chunks(1_000) {
        let making = Instant::now();
        let entries: Vec<Entry> = chunk
            .iter()
            .map(|number| entry(*number, components))
            .collect();
        made += making.elapsed();
        shelf.add(&entries, 2_000).unwrap();
    }
    let size = std::fs::metadata(path).unwrap().len() / (1024 * 1024);
    let took = started.elapsed().saturating_sub(made);
    println!(
        "{documents} documents with {} components: {took:.1?} to add, {size} MiB",
        documents * components
    );
}

/// Reads a folder of documents, as `affected --boms` does.
fn read_documents(documents: u64, components: u64) {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..documents {
        let bytes = cyclonedx::write(&document(number, components), Edition::V1_6);
        std::fs::write(folder.path().join(format!("{number}.cdx.json")), bytes).unwrap();
    }
    let started = Instant::now();
    let found = read_folder(folder.path(), &Limits::default(), 2_000).unwrap();
    let read = started.elapsed();
    let mut shelf = Memory::timeless();
    shelf.add(&found.entries, 2_000).unwrap();
    let took = started.elapsed();
    println!(
        "a folder of {} documents: {read:.2?} to read, {took:.2?} until it can be asked",
        found.entries.len()
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default: u64| {
        arguments
            .get(place)
            .map_or(default, |text| text.parse().unwrap())
    };
    let (documents, components, questions) = (number(0, 10_000), number(1, 100), number(2, 1_000));
    let folder = std::env::temp_dir();
    let path = arguments.get(3).map_or_else(
        || folder.join("chainwright-affected-bench.db"),
        PathBuf::from,
    );
    if !path.exists() {
        fill(&path, documents, components);
    }
    read_documents(documents.min(1_000), components);
    let mut random = Random(42);
    let mut of_kind: Vec<(&str, Vec<(Duration, usize)>)> = [
        "package range",
        "package url",
        "digest",
        "base model",
        "licence",
    ]
    .map(|kind| (kind, Vec::new()))
    .into();
    let mut all = Vec::new();
    let opening = Instant::now();
    let shelf = Sqlite::open(&path).unwrap();
    println!("opened in {:.2?}", opening.elapsed());
    for asked in 0..questions {
        let kind = (asked % 5) as usize;
        let (number, chosen) = package(&mut random);
        let started = busy();
        let open = ask(&shelf, kind, number, chosen, documents, &mut random);
        let took = busy().saturating_sub(started);
        of_kind[kind].1.push((took, open));
        all.push((took, open));
    }
    of_kind.push(("all", all));
    for (kind, mut figures) in of_kind {
        figures.sort();
        let at = |share: usize| figures[(figures.len() * share / 100).min(figures.len() - 1)].0;
        let most = figures
            .iter()
            .map(|figure| figure.1)
            .max()
            .unwrap_or_default();
        println!(
            "{kind:<14} p50 {:>9.2?}  p95 {:>9.2?}  max {:>9.2?}  up to {most} documents touched",
            at(50),
            at(95),
            figures[figures.len() - 1].0
        );
    }
}

fn ask(
    shelf: &Sqlite,
    kind: usize,
    number: u64,
    chosen: u64,
    documents: u64,
    random: &mut Random,
) -> usize {
    let mut question = Question::default();
    let by_name = match kind {
        0 => Some(parse_package(&format!("pypi:{}@<={}", name(number), version(chosen))).unwrap()),
        1 => Some(parse_purl(&format!("pkg:pypi/{}@{}", name(number), version(chosen))).unwrap()),
        3 => Some(parse_base(&model(random.skewed(documents / 10) * 10).0).unwrap()),
        _ => None,
    };
    let (selections, ranges) = by_name.unzip();
    question.selections = selections.unwrap_or_default();
    question.judge = ranges.as_ref().map(|ranges| ranges as &dyn Judge);
    match kind {
        2 => {
            let digits: chainwright_core::digest::Sha256 = digest(number, chosen).parse().unwrap();
            question.digests = vec![digits.0];
        }
        4 => question.licence = Some(LicenceQuestion::parse("GPL-3.0-only").unwrap()),
        _ => {}
    }
    affected(shelf, &question, &Options::default())
        .unwrap()
        .open
}

/// Time that this thread was busy, where the system tells (Linux); else time that passed. A machine that does other work
/// beside would otherwise be measured with it.
fn busy() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = told.split(' ').next().and_then(|text| text.parse().ok());
    nanos.map_or_else(
        || START.get_or_init(Instant::now).elapsed(),
        Duration::from_nanos,
    )
}
