//! What is verified is true: models whose files lie are told apart from honest ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use chainwright_analysis::architecture::review;
use chainwright_analysis::facts::{Exposure, Facts, Inspected, Known};
use chainwright_analysis::inspect::{Artifact, inspect};
use chainwright_boms::evidence::Evidence;
use chainwright_boms::inventory::{
    AnalysisState, Aspect, Component, HashAlgorithm, Inventory, Kind, Metadata, RelationKind, Value,
};
use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::digest::{Blake3, Digests, Sha256};
use chainwright_core::limits::Limits;
use chainwright_core::location::{Location, Place};
use chainwright_testkit::gguf;
use chainwright_testkit::safetensors::Builder;
use sha2::Digest as _;

use crate::{Request, Target, compose};

type Files = Vec<(&'static str, Vec<u8>)>;

fn budget() -> Budget {
    Budget::untimed(Limits::default())
}

fn inspected(files: &Files) -> Vec<Inspected> {
    let mut artifacts = Vec::new();
    for (path, bytes) in files {
        let location = Location::file(format!("here/{path}"));
        let shared: SharedBytes = Arc::new(bytes.clone());
        let mut found = inspect(
            &Artifact {
                location,
                bytes: shared,
            },
            None,
            &budget(),
        );
        if let Some(first) = found.first_mut() {
            first.digests = Some(Digests {
                sha256: Sha256(sha2::Sha256::digest(bytes).into()),
                blake3: Blake3([7; 32]),
            });
        }
        artifacts.extend(found);
    }
    compare_models(&mut artifacts, files);
    artifacts.sort_by(|left, right| left.location.cmp(&right.location));
    artifacts
}

/// What the engine adds once all files of a folder were read.
fn compare_models(artifacts: &mut [Inspected], files: &Files) {
    let reviewed = {
        let names = artifacts
            .iter()
            .map(|each| (each.location.file_name(), each));
        let by_name: BTreeMap<&str, &Inspected> = names.collect();
        let open = |name: &str| -> Option<SharedBytes> {
            let (_, bytes) = files.iter().find(|(path, _)| path.ends_with(name))?;
            Some(Arc::new(bytes.clone()))
        };
        review(&by_name, &open, &budget())
    };
    let config = artifacts
        .iter_mut()
        .find(|each| each.location.file_name() == "config.json");
    if let Some(config) = config {
        let boxed = reviewed.into_iter().map(Box::new);
        config.facts.extend(boxed.map(Facts::Architecture));
    }
}

fn composed(files: &Files) -> Inventory {
    composed_of(&inspected(files), files, &[])
}

fn composed_of(
    artifacts: &[Inspected],
    files: &Files,
    statements: &[chainwright_advisories::vex::Statement],
) -> Inventory {
    let open = |shown: &str| -> Option<SharedBytes> {
        let (_, bytes) = files
            .iter()
            .find(|(path, _)| shown == format!("here/{path}"))?;
        Some(Arc::new(bytes.clone()))
    };
    compose(&Request {
        targets: &[Target {
            written: "here".to_owned(),
            name: "here".to_owned(),
            origin: None,
        }],
        artifacts,
        open: &open,
        statements,
        metadata: Metadata::default(),
        is_partial: false,
        budget: &budget(),
    })
}

const LLAMA: &str = r#"{"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":8,
"intermediate_size":16,"num_attention_heads":2,"num_hidden_layers":2,"num_key_value_heads":2,"vocab_size":10,
"max_position_embeddings":64,"torch_dtype":"bfloat16","tie_word_embeddings":false}"#;

/// The tensors of that model; `rename` may give them other names.
fn llama(rename: &dyn Fn(String) -> String) -> Vec<u8> {
    let mut builder = Builder::new().metadata("format", "pt");
    let mut add = |name: String, shape: &[u64]| {
        let count = shape.iter().product::<u64>() as usize;
        let taken = std::mem::take(&mut builder);
        builder = taken.tensor(&rename(name), "BF16", shape, &vec![0x3f; count * 2]);
    };
    add("model.embed_tokens.weight".to_owned(), &[10, 8]);
    for layer in 0..2 {
        for (name, shape) in [
            ("input_layernorm.weight", &[8][..]),
            ("mlp.down_proj.weight", &[8, 16]),
            ("mlp.gate_proj.weight", &[16, 8]),
            ("mlp.up_proj.weight", &[16, 8]),
            ("post_attention_layernorm.weight", &[8]),
            ("self_attn.k_proj.weight", &[8, 8]),
            ("self_attn.o_proj.weight", &[8, 8]),
            ("self_attn.q_proj.weight", &[8, 8]),
            ("self_attn.v_proj.weight", &[8, 8]),
        ] {
            add(format!("model.layers.{layer}.{name}"), shape);
        }
    }
    add("model.norm.weight".to_owned(), &[8]);
    add("lm_head.weight".to_owned(), &[10, 8]);
    builder.build()
}

const PARAMETERS: u64 = 2 * 80 + 8 + 2 * (16 + 3 * 128 + 4 * 64);

fn honest() -> Files {
    vec![
        ("config.json", LLAMA.into()),
        ("model.safetensors", llama(&|name| name)),
    ]
}

fn model(inventory: &Inventory) -> &Component {
    inventory.subject().expect("a subject")
}

fn said(component: &Component, aspect: Aspect) -> (Evidence, Vec<String>) {
    let field = component.aspect(aspect);
    field.map_or((Evidence::Absent, Vec::new()), |field| {
        let lines = field.value().map(Value::lines).unwrap_or_default();
        (field.evidence(), lines)
    })
}

fn contradictions(component: &Component) -> Vec<&str> {
    let properties = component.properties.iter();
    properties
        .filter(|each| each.name == "chainwright:contradiction")
        .map(|each| each.value.as_str())
        .collect()
}

#[test]
fn an_honest_model_is_verified_where_its_bytes_bear_it_out() {
    let inventory = composed(&honest());
    let model = model(&inventory);
    assert_eq!(
        inventory.subject().map(|subject| &subject.reference),
        Some(&model.reference)
    );
    for (aspect, expected) in [
        (Aspect::ArchitectureFamily, "llama"),
        (Aspect::Architecture, "LlamaForCausalLM"),
        (Aspect::ParameterCount, PARAMETERS.to_string().as_str()),
        (Aspect::DataTypes, "BF16"),
        (Aspect::Formats, "safetensors"),
    ] {
        assert_eq!(
            said(model, aspect),
            (Evidence::Verified, vec![expected.to_owned()]),
            "{aspect}"
        );
    }
    let length = said(model, Aspect::ContextLength);
    assert_eq!(length, (Evidence::Declared, vec!["64".to_owned()]));
    assert_eq!(contradictions(model), Vec::<&str>::new());
    assert_eq!(inventory.of_kind(Kind::File).count(), 2);
    assert!(model.hashes.contains_key(&HashAlgorithm::Sha256));
}

#[test]
fn names_of_another_family_leave_the_architecture_declared() {
    let gpt = |name: String| {
        name.replace("model.layers", "transformer.h")
            .replace("self_attn", "attn.zz")
    };
    for weights in [llama(&gpt), llama(&|name| format!("zz.{name}.zz"))] {
        let files = vec![
            ("config.json", LLAMA.into()),
            ("model.safetensors", weights),
        ];
        let inventory = composed(&files);
        let (evidence, _) = said(model(&inventory), Aspect::ArchitectureFamily);
        assert_eq!(evidence, Evidence::Declared);
    }
    let unknown = LLAMA.replace("\"llama\"", "\"unheard-of\"");
    let files = vec![
        ("config.json", unknown.into()),
        ("model.safetensors", llama(&|name| name)),
    ];
    let inventory = composed(&files);
    assert_eq!(
        said(model(&inventory), Aspect::ArchitectureFamily).0,
        Evidence::Declared
    );
}

#[test]
fn a_part_that_is_missing_in_every_layer_bears_nothing_out() {
    for part in ["mlp", "embed_tokens", "lm_head"] {
        let mut builder = Builder::new();
        for (name, shape) in [
            ("model.embed_tokens.weight", &[10, 8][..]),
            ("model.layers.0.self_attn.q_proj.weight", &[8, 8]),
            ("model.layers.0.mlp.up_proj.weight", &[16, 8]),
            ("model.layers.1.self_attn.q_proj.weight", &[8, 8]),
            ("model.layers.1.mlp.up_proj.weight", &[16, 8]),
            ("lm_head.weight", &[10, 8]),
        ] {
            let count = shape.iter().product::<u64>() as usize;
            let is_table = part == "embed_tokens" && name.contains("lm_head");
            if !is_table && !name.contains(part) {
                builder = builder.tensor(name, "BF16", shape, &vec![0x3f; count * 2]);
            }
        }
        let files = vec![
            ("config.json", LLAMA.into()),
            ("model.safetensors", builder.build()),
        ];
        let inventory = composed(&files);
        let (evidence, _) = said(model(&inventory), Aspect::ArchitectureFamily);
        let expected = if part == "lm_head" {
            Evidence::Verified
        } else {
            Evidence::Declared
        };
        assert_eq!(evidence, expected, "{part}");
    }
}

#[test]
fn a_configuration_that_disagrees_with_the_tensors_is_not_believed() {
    for (from, to) in [
        ("\"num_hidden_layers\":2", "\"num_hidden_layers\":32"),
        ("\"vocab_size\":10", "\"vocab_size\":32000"),
        ("\"hidden_size\":8", "\"hidden_size\":4096"),
    ] {
        let files = vec![
            ("config.json", LLAMA.replace(from, to).into()),
            ("model.safetensors", llama(&|name| name)),
        ];
        let inventory = composed(&files);
        let model = model(&inventory);
        assert_eq!(
            said(model, Aspect::ArchitectureFamily).0,
            Evidence::Declared,
            "{to}"
        );
        assert_eq!(
            said(model, Aspect::ParameterCount).1,
            [PARAMETERS.to_string()],
            "{to}"
        );
    }
}

#[test]
fn a_declared_type_that_no_tensor_has_is_a_contradiction() {
    let files = vec![
        ("config.json", LLAMA.replace("bfloat16", "float32").into()),
        ("model.safetensors", llama(&|name| name)),
    ];
    let inventory = composed(&files);
    let model = model(&inventory);
    assert_eq!(
        said(model, Aspect::DataTypes),
        (Evidence::Verified, vec!["BF16".to_owned()])
    );
    assert_eq!(contradictions(model).len(), 1);
}

#[test]
fn a_header_that_the_bytes_do_not_bear_out_only_declares() {
    let mut files = honest();
    let weights = &mut files[1].1;
    weights.truncate(weights.len() - 100);
    let inventory = composed(&files);
    let model = model(&inventory);
    for aspect in [
        Aspect::ParameterCount,
        Aspect::DataTypes,
        Aspect::Formats,
        Aspect::Architecture,
        Aspect::ArchitectureFamily,
    ] {
        assert_ne!(said(model, aspect).0, Evidence::Verified, "{aspect}");
    }
}

#[test]
fn a_missing_part_leaves_the_count_declared() {
    let files = vec![("model-00001-of-00002.safetensors", llama(&|name| name))];
    let inventory = composed(&files);
    let count = said(model(&inventory), Aspect::ParameterCount);
    assert_eq!(count, (Evidence::Declared, vec![PARAMETERS.to_string()]));
}

#[test]
fn a_file_type_is_held_against_the_tensors() {
    let header = |file_type: u32| {
        gguf::Builder::new()
            .text("general.architecture", "llama")
            .text("general.name", "tiny")
            .entry("general.file_type", gguf::Value::U32(file_type))
    };
    let q8 = vec![0; 34 * 8];
    let honest = header(7)
        .tensor("token_embd.weight", 8, &[32, 8], &q8)
        .build();
    let lying = header(2)
        .tensor("token_embd.weight", 8, &[32, 8], &q8)
        .build();
    let inventory = composed(&vec![("m.gguf", honest)]);
    let (evidence, value) = said(model(&inventory), Aspect::Quantisation);
    assert_eq!(
        (evidence, value),
        (Evidence::Verified, vec!["Q8_0".to_owned()])
    );
    assert_eq!(contradictions(model(&inventory)), Vec::<&str>::new());
    let inventory = composed(&vec![("m.gguf", lying)]);
    assert_eq!(said(model(&inventory), Aspect::Quantisation).1, ["Q8_0"]);
    assert_eq!(contradictions(model(&inventory)).len(), 1);
}

#[test]
fn a_pointer_declares_the_digest_of_what_is_not_here() {
    let digits = "ab".repeat(32);
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{digits}\nsize 12345\n");
    let files = vec![
        ("config.json", LLAMA.into()),
        ("model.safetensors", pointer.into_bytes()),
    ];
    let inventory = composed(&files);
    let file = inventory
        .of_kind(Kind::File)
        .find(|file| file.name == "model.safetensors")
        .expect("the pointer");
    let hash = &file.hashes[&HashAlgorithm::Sha256];
    assert_eq!(
        (hash.evidence(), hash.value()),
        (Evidence::Declared, Some(&digits))
    );
    assert_eq!(
        said(file, Aspect::Size),
        (Evidence::Declared, vec!["12345".to_owned()])
    );
    assert_eq!(
        said(model(&inventory), Aspect::ParameterCount).0,
        Evidence::Absent
    );
}

const CARD: &str = "---\nlicense: apache-2.0\nbase_model: org/base\nbase_model_relation: adapter\ndatasets: [org/tickets, \
                    org/other]\nlibrary_name: peft\npipeline_tag: text-generation\nlanguage: en\n---\n# Bot\n\nIt answers \
                    questions of customers.\n\n## Limitations\nEnglish only.\n\n## Training Data\n[More Information \
                    Needed]\n";

#[test]
fn a_card_declares_and_says_what_it_does_not_know() {
    let mut files = honest();
    files.push(("README.md", CARD.into()));
    files.push((
        "LICENSE",
        b"Apache License\nVersion 2.0, January 2004\nhttp://www.apache.org/licenses/".to_vec(),
    ));
    let inventory = composed(&files);
    let model = model(&inventory);
    assert_eq!(model.name, "Bot");
    assert_eq!(
        said(model, Aspect::Limitations),
        (Evidence::Declared, vec!["English only.".to_owned()])
    );
    let training = model.aspect(Aspect::Training).expect("a word about it");
    assert!(training.is_stated_unknown());
    assert_eq!(model.licences[0].term, "Apache-2.0");
    let kinds: Vec<(RelationKind, String)> = inventory
        .from(&model.reference)
        .filter(|relation| relation.kind != RelationKind::Contains)
        .map(|relation| {
            (
                relation.kind,
                inventory.components[&relation.to].full_name(),
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [
            (RelationKind::TrainedOn, "org/other".to_owned()),
            (RelationKind::TrainedOn, "org/tickets".to_owned()),
            (RelationKind::Adapts, "org/base".to_owned()),
        ]
    );
}

#[test]
fn a_card_above_an_adapter_of_the_same_base_is_only_an_inference() {
    let config = r#"{"peft_type":"LORA","base_model_name_or_path":"org/base","r":8,"task_type":"CAUSAL_LM"}"#;
    let files = vec![
        ("README.md", CARD.into()),
        ("adapter/adapter_config.json", config.into()),
        ("adapter/adapter_model.safetensors", llama(&|name| name)),
        ("data/tickets.jsonl", b"{\"a\":1}\n{\"a\":2}\n".to_vec()),
        ("other/model.safetensors", llama(&|name| name)),
    ];
    let inventory = composed(&files);
    assert_eq!(
        inventory.subject().map(|subject| subject.kind),
        Some(Kind::Application)
    );
    let named = |name: &str| {
        let found = inventory
            .of_kind(Kind::Model)
            .find(|each| each.name == name);
        found.unwrap_or_else(|| panic!("{name} is missing"))
    };
    let (adapter, other) = (named("adapter"), named("other"));
    assert_eq!(said(adapter, Aspect::Limitations).0, Evidence::Inferred);
    assert_eq!(said(other, Aspect::Limitations).0, Evidence::Absent);
    assert_eq!(adapter.licences[0].evidence, Evidence::Inferred);
    assert_eq!(other.licences, []);
    let data = inventory
        .of_kind(Kind::Dataset)
        .find(|each| each.name == "data")
        .expect("the data");
    assert_eq!(
        said(data, Aspect::Records),
        (Evidence::Verified, vec!["2".to_owned()])
    );
}

#[test]
fn the_same_files_give_the_same_inventory() {
    let mut files = honest();
    files.push(("README.md", CARD.into()));
    let first = composed(&files);
    files.reverse();
    assert_eq!(first, composed(&files));
}

#[test]
fn a_requirement_is_one_component_with_its_lock() {
    let lock = "[[package]]\nname = \"torch\"\nversion = \"2.4.0\"\nsource = { registry = \"https://pypi.org/simple\" \
                }\nsdist = { url = \"https://x/t.tar.gz\", hash = \"sha256:abababababababababababababababababababababababab\
                abababababababab\" }\n";
    let files = vec![
        ("requirements.txt", b"torch>=2\nsomething\n".to_vec()),
        ("uv.lock", format!("version = 1\n{lock}").into_bytes()),
    ];
    let inventory = composed(&files);
    let torch: Vec<&Component> = inventory
        .of_kind(Kind::Package)
        .filter(|each| each.name == "torch")
        .collect();
    assert_eq!(torch.len(), 1, "{torch:#?}");
    assert_eq!(torch[0].version.text(), Some("2.4.0"));
    let hash = &torch[0].hashes[&HashAlgorithm::Sha256];
    assert_eq!(hash.evidence(), Evidence::Declared);
    let open = inventory
        .of_kind(Kind::Package)
        .find(|each| each.name == "something")
        .expect("named");
    assert!(open.version.is_absent());
}

#[test]
fn statements_settle_weaknesses_and_stay_visible() {
    let files = vec![("requirements.txt", b"torch==2.4.0\n".to_vec())];
    let mut artifacts = inspected(&files);
    let package = chainwright_core::package::Package::new(
        chainwright_core::package::Ecosystem::PyPi,
        "torch",
        Some("2.4.0"),
    );
    let advisory = |id: &str| chainwright_advisories::class::Advisory {
        id: id.to_owned(),
        aliases: vec!["PYSEC-1".to_owned()],
        records: Vec::new(),
        summary: "bad".to_owned(),
        kind: chainwright_advisories::record::Kind::Vulnerability,
        severity: None,
        cvss: chainwright_advisories::rating::Cvss::read(
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        ),
        cwes: vec!["CWE-502".to_owned()],
        published: None,
        exploited: None,
        epss: None,
    };
    let known = ["CVE-2024-1", "CVE-2024-2"].map(|id| Known {
        advisory: advisory(id),
        is_uncertain: false,
        evidence: "< 2.5".to_owned(),
        fixed: Some("2.5.0".to_owned()),
    });
    artifacts[0].facts.push(Facts::Exposed(vec![Exposure {
        package,
        place: Place::Whole,
        relation: chainwright_dependencies::Relation::Direct,
        scope: chainwright_dependencies::Scope::Runtime,
        known: known.into(),
        clean: Some("2.5.0".to_owned()),
    }]));
    let vex = br#"{"@context":"https://openvex.dev/ns/v0.2.0","@id":"x","author":"us","timestamp":"2026-01-01T00:00:00Z",
        "version":1,"statements":[{"vulnerability":{"name":"CVE-2024-1"},"products":[{"@id":"pkg:pypi/torch@2.4.0"}],
        "status":"not_affected","justification":"vulnerable_code_not_in_execute_path"}]}"#;
    let statements = chainwright_advisories::vex::parse(vex)
        .expect("OpenVEX")
        .statements;
    let inventory = composed_of(&artifacts, &files, &statements);
    let found: Vec<(&str, bool)> = inventory
        .vulnerabilities
        .iter()
        .map(|each| (each.id.as_str(), each.is_open()))
        .collect();
    assert_eq!(found, [("CVE-2024-1", false), ("CVE-2024-2", true)]);
    let settled = inventory.vulnerabilities[0]
        .analysis
        .as_ref()
        .expect("a conclusion");
    assert_eq!(settled.state, AnalysisState::NotAffected);
    assert_eq!(settled.justification, "code_not_reachable");
    assert_eq!(inventory.vulnerabilities[1].ratings[0].method, "CVSSv31");
}
