//! Models whose configuration and weights tell of two models, content that is not what its digest says, and honest
//! folders that look odd.

use super::{Case, Label};
use crate::archive::{Zip, ZipEntry};
use crate::gguf::{self, Value};
use crate::safetensors::Builder;
use crate::weights::{bf16_bytes, trained};

/// Every case.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        models(),
        honest_models(),
        tokenizers(),
        ggufs(),
        digests(),
        pipelines(),
    ]
    .concat()
}

/// A tensor: its name and shape.
type Tensor = (String, Vec<u64>);

const WIDTH: u64 = 32;
const INNER: u64 = 64;
const WORDS: u64 = 96;
const LAYERS: u64 = 6;

const CONFIG: &str = r#"{"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 32,
 "intermediate_size": 64, "num_hidden_layers": 6, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
 "vocab_size": 96, "max_position_embeddings": 128, "tie_word_embeddings": false, "torch_dtype": "bfloat16"}"#;

fn layer(index: u64) -> Vec<Tensor> {
    [
        ("input_layernorm", vec![WIDTH]),
        ("post_attention_layernorm", vec![WIDTH]),
        ("self_attn.q_proj", vec![WIDTH, WIDTH]),
        ("self_attn.k_proj", vec![16, WIDTH]),
        ("self_attn.v_proj", vec![16, WIDTH]),
        ("self_attn.o_proj", vec![WIDTH, WIDTH]),
        ("mlp.gate_proj", vec![INNER, WIDTH]),
        ("mlp.up_proj", vec![INNER, WIDTH]),
        ("mlp.down_proj", vec![WIDTH, INNER]),
    ]
    .into_iter()
    .map(|(name, shape)| (format!("model.layers.{index}.{name}.weight"), shape))
    .collect()
}

/// A model of the Llama family with this many layers.
fn llama(layers: u64) -> Vec<Tensor> {
    let ends = [
        ("model.embed_tokens.weight", vec![WORDS, WIDTH]),
        ("model.norm.weight", vec![WIDTH]),
        ("lm_head.weight", vec![WORDS, WIDTH]),
    ];
    let ends = ends
        .into_iter()
        .map(|(name, shape)| (name.to_owned(), shape));
    ends.chain((0..layers).flat_map(layer)).collect()
}

fn with(name: &str, shape: &[u64]) -> Vec<Tensor> {
    let mut tensors = llama(LAYERS);
    tensors.push((name.to_owned(), shape.to_vec()));
    tensors
}

fn without(part: &str) -> Vec<Tensor> {
    let mut tensors = llama(LAYERS);
    tensors.retain(|(name, _)| !name.contains(part));
    tensors
}

fn weights(tensors: &[Tensor]) -> Vec<u8> {
    let mut file = Builder::new().metadata("format", "pt");
    for (seed, (name, shape)) in tensors.iter().enumerate() {
        let columns = shape.last().copied().unwrap_or(1) as usize;
        let rows = shape.iter().product::<u64>() as usize / columns.max(1);
        let values = bf16_bytes(&trained(rows, columns, seed as u64 + 1));
        file = file.tensor(name, "BF16", shape, &values);
    }
    file.build()
}

fn folder(class: &'static str, name: &str, label: Label, files: Vec<(&str, Vec<u8>)>) -> Case {
    let owned = files
        .into_iter()
        .map(|(name, bytes)| (name.to_owned(), bytes));
    let files: Vec<(String, Vec<u8>)> = owned.collect();
    Case {
        class,
        name: name.to_owned(),
        label,
        subject: files[0].0.clone(),
        files,
    }
}

fn model(class: &'static str, name: &str, label: Label, config: &str, tensors: &[Tensor]) -> Case {
    let files = vec![
        ("config.json", config.as_bytes().to_vec()),
        ("model.safetensors", weights(tensors)),
    ];
    folder(class, name, label, files)
}

fn models() -> Vec<Case> {
    let bad = |name: &str, config: &str, tensors: &[Tensor]| {
        model(
            "architecture-weights",
            name,
            Label::Malicious,
            config,
            tensors,
        )
    };
    let foreign = |name: &str, tensor: &str, shape: &[u64]| {
        model(
            "architecture-foreign-tensor",
            name,
            Label::Malicious,
            CONFIG,
            &with(tensor, shape),
        )
    };
    let says = |from: &str, to: &str| CONFIG.replace(from, to);
    let mut second = llama(LAYERS);
    second.extend(
        llama(2)
            .into_iter()
            .map(|(name, shape)| (format!("shadow.{name}"), shape)),
    );
    let mut renamed = without("layers.3.");
    renamed.extend(layer(6));
    let mut shards = vec![("model.safetensors.index.json", index(&llama(LAYERS)))];
    shards.push((
        "model-00001-of-00001.safetensors",
        weights(&with(
            "model.layers.2.self_attn.q_proj.bias",
            &[WIDTH, WIDTH],
        )),
    ));
    shards.push(("config.json", CONFIG.as_bytes().to_vec()));
    vec![
        bad("last-layer-dropped", CONFIG, &llama(5)),
        bad("inner-layer-dropped", CONFIG, &without("layers.2.")),
        bad("layer-beyond", CONFIG, &llama(7)),
        bad("layer-moved-to-the-end", CONFIG, &renamed),
        bad("half-of-the-layers", CONFIG, &llama(3)),
        bad("layer-lacks-mlp", CONFIG, &without("layers.3.mlp.up_proj")),
        bad(
            "other-width",
            &says("\"hidden_size\": 32", "\"hidden_size\": 40"),
            &llama(LAYERS),
        ),
        bad(
            "fewer-words",
            &says("\"vocab_size\": 96", "\"vocab_size\": 57"),
            &llama(LAYERS),
        ),
        bad(
            "more-words",
            &says("\"vocab_size\": 96", "\"vocab_size\": 110"),
            &llama(LAYERS),
        ),
        bad(
            "more-layers-declared",
            &says("\"num_hidden_layers\": 6", "\"num_hidden_layers\": 9"),
            &llama(LAYERS),
        ),
        foreign("at-the-top", "extra_state.payload", &[64, 64]),
        foreign("words-of-the-family", "model.mlp.weight", &[64, 64]),
        foreign("second-norm", "model.norm2.weight", &[40, 40]),
        foreign(
            "in-one-layer",
            "model.layers.3.self_attn.gate.weight",
            &[40, 40],
        ),
        foreign(
            "in-one-layer-with-known-words",
            "model.layers.3.mlp.q_proj.weight",
            &[40, 40],
        ),
        foreign(
            "vision-tower-in-a-text-model",
            "vision_tower.patch_embed.weight",
            &[64, 64],
        ),
        foreign(
            "expert-in-a-dense-model",
            "model.layers.2.mlp.experts.0.w1.weight",
            &[64, 64],
        ),
        model(
            "architecture-foreign-tensor",
            "second-model",
            Label::Malicious,
            CONFIG,
            &second,
        ),
        folder(
            "architecture-foreign-tensor",
            "beyond-the-index",
            Label::Malicious,
            shards,
        ),
    ]
}

fn index(tensors: &[Tensor]) -> Vec<u8> {
    let entries = tensors
        .iter()
        .map(|(name, _)| format!("\"{name}\": \"model-00001-of-00001.safetensors\""));
    let entries: Vec<String> = entries.collect();
    let sizes = tensors
        .iter()
        .map(|(_, shape)| shape.iter().product::<u64>() * 2);
    let total: u64 = sizes.sum();
    format!(
        "{{\"metadata\": {{\"total_size\": {total}}}, \"weight_map\": {{{}}}}}",
        entries.join(", ")
    )
    .into_bytes()
}

fn honest_models() -> Vec<Case> {
    let good = |name: &str, config: &str, tensors: &[Tensor]| {
        model("architecture-honest", name, Label::Benign, config, tensors)
    };
    let says = |from: &str, to: &str| CONFIG.replace(from, to);
    let base: Vec<Tensor> = llama(LAYERS)
        .into_iter()
        .filter(|(name, _)| name != "lm_head.weight")
        .map(|(name, shape)| (name.trim_start_matches("model.").to_owned(), shape))
        .collect();
    let wrapped: Vec<Tensor> = llama(LAYERS)
        .into_iter()
        .map(|(name, shape)| (format!("_orig_mod.{name}"), shape))
        .collect();
    let mut buffers = llama(LAYERS);
    buffers.extend((0..LAYERS).map(|layer| {
        (
            format!("model.layers.{layer}.self_attn.rotary_emb.inv_freq"),
            vec![4],
        )
    }));
    let own_code = says(
        "\"model_type\"",
        "\"auto_map\": {\"AutoModel\": \"modeling.Own\"}, \"model_type\"",
    );
    let nested = r#"{"architectures": ["LlavaForConditionalGeneration"], "model_type": "llava",
 "text_config": {"model_type": "llama", "hidden_size": 32}, "vision_config": {"model_type": "clip_vision_model"}}"#;
    let mut shards = vec![("model.safetensors.index.json", index(&llama(LAYERS)))];
    shards.push(("model-00001-of-00001.safetensors", weights(&llama(LAYERS))));
    shards.push(("config.json", CONFIG.as_bytes().to_vec()));
    let partial = vec![
        (
            "model.safetensors.index.json",
            String::from_utf8_lossy(&index(&llama(LAYERS)))
                .replacen("00001-of-00001", "00001-of-00002", 9)
                .into_bytes(),
        ),
        ("model-00001-of-00001.safetensors", weights(&llama(2))),
        ("config.json", CONFIG.as_bytes().to_vec()),
    ];
    vec![
        good("plain", CONFIG, &llama(LAYERS)),
        good(
            "tied",
            &says(
                "\"tie_word_embeddings\": false",
                "\"tie_word_embeddings\": true",
            ),
            &without("lm_head"),
        ),
        good(
            "without-head",
            &says("LlamaForCausalLM", "LlamaModel"),
            &base,
        ),
        good("compiled", CONFIG, &wrapped),
        good("buffers-of-older-versions", CONFIG, &buffers),
        good(
            "value-head",
            CONFIG,
            &with("v_head.summary.weight", &[1, WIDTH]),
        ),
        good(
            "beside-a-weight",
            CONFIG,
            &with("model.layers.0.mlp.up_proj.mask", &[INNER, WIDTH]),
        ),
        good("small-mark", CONFIG, &with("training_step", &[1])),
        good(
            "class-of-its-own",
            &says("LlamaForCausalLM", "LlamaForCausalLMEagle"),
            &with("fc.weight", &[64, 64]),
        ),
        good(
            "family-of-its-own",
            &says("\"llama\"", "\"ownfamily\""),
            &with("router.weight", &[64, 64]),
        ),
        folder("architecture-honest", "sharded", Label::Benign, shards),
        folder(
            "architecture-honest",
            "part-of-the-shards",
            Label::Benign,
            partial,
        ),
        good("parts-with-defaults", nested, &llama(4)),
        model(
            "architecture-honest",
            "own-code",
            Label::Benign,
            CONFIG,
            &llama(LAYERS),
        ),
    ]
    .into_iter()
    .chain([code_of_its_own(&own_code)])
    .collect()
}

/// What such a model holds only its code knows; the code is for other rules.
fn code_of_its_own(config: &str) -> Case {
    let config = config.replace("modeling.Own", "modeling_llama.LlamaModel");
    let files = vec![
        ("config.json", config.into_bytes()),
        (
            "model.safetensors",
            weights(&with("router.weight", &[64, 64])),
        ),
    ];
    folder(
        "architecture-honest",
        "code-of-its-own",
        Label::Benign,
        files,
    )
}

fn tokenizers() -> Vec<Case> {
    let vocabulary = |words: u64| {
        let entries: Vec<String> = (0..words).map(|id| format!("\"t{id}\": {id}")).collect();
        entries.join(", ")
    };
    let tokenizer = |words: u64, added: &str| {
        let text = format!(
            "{{\"version\": \"1.0\", \"added_tokens\": [{added}], \"pre_tokenizer\": {{\"type\": \"Whitespace\"}}, \
             \"model\": {{\"type\": \"WordLevel\", \"vocab\": {{{}}}, \"unk_token\": \"t0\"}}}}",
            vocabulary(words)
        );
        text.into_bytes()
    };
    let token = |id: u64, text: &str| {
        format!("{{\"id\": {id}, \"content\": \"{text}\", \"special\": true}}")
    };
    let beside = |name: &str, label: Label, tokenizer: Vec<u8>| {
        let files = vec![
            ("config.json", CONFIG.as_bytes().to_vec()),
            ("model.safetensors", weights(&llama(LAYERS))),
            ("tokenizer.json", tokenizer),
        ];
        folder("vocabulary-embedding", name, label, files)
    };
    let two = |name: &str, label: Label, listed: &str| {
        let config = format!(
            "{{\"tokenizer_class\": \"PreTrainedTokenizerFast\", \"added_tokens_decoder\": {{{listed}}}}}"
        );
        let added = [token(90, "<|end|>"), token(91, "<|user|>")].join(", ");
        let files = vec![
            ("tokenizer_config.json", config.into_bytes()),
            ("tokenizer.json", tokenizer(90, &added)),
        ];
        folder("tokenizer-files", name, label, files)
    };
    vec![
        beside("words-beyond", Label::Malicious, tokenizer(WORDS + 10, "")),
        beside(
            "one-word-beyond",
            Label::Malicious,
            tokenizer(WORDS + 1, ""),
        ),
        beside(
            "token-beyond",
            Label::Malicious,
            tokenizer(90, &token(200, "<|trigger|>")),
        ),
        beside("as-many", Label::Benign, tokenizer(WORDS, "")),
        beside("fewer", Label::Benign, tokenizer(80, "")),
        beside("stub", Label::Benign, tokenizer(WORDS * 3, "")),
        beside(
            "padding-beyond",
            Label::Benign,
            tokenizer(WORDS, &token(WORDS, "<pad>")),
        ),
        two(
            "ids-swapped",
            Label::Malicious,
            r#""90": {"content": "<|user|>"}, "91": {"content": "<|end|>"}"#,
        ),
        two(
            "end-is-another",
            Label::Malicious,
            r#""90": {"content": "<|continue|>"}, "91": {"content": "<|user|>"}"#,
        ),
        two(
            "same",
            Label::Benign,
            r#""90": {"content": "<|end|>"}, "91": {"content": "<|user|>"}"#,
        ),
        two(
            "one-lists-fewer",
            Label::Benign,
            r#""90": {"content": "<|end|>"}"#,
        ),
    ]
}

fn ggufs() -> Vec<Case> {
    let file = |blocks: u64, declared: u32, width: u32, extra: Option<(&str, &[u64])>| {
        let words: Vec<String> = (0..WORDS).map(|id| format!("t{id}")).collect();
        let mut file = gguf::Builder::model()
            .entry("llama.block_count", Value::U32(declared))
            .entry("llama.embedding_length", Value::U32(width))
            .entry("llama.feed_forward_length", Value::U32(64))
            .entry("llama.attention.head_count", Value::U32(4))
            .entry("llama.attention.head_count_kv", Value::U32(2))
            .entry("tokenizer.ggml.tokens", Value::Strings(words));
        let mut tensors: Vec<(String, Vec<u64>)> = vec![
            ("token_embd.weight".to_owned(), vec![WIDTH, WORDS]),
            ("output_norm.weight".to_owned(), vec![WIDTH]),
            ("output.weight".to_owned(), vec![WIDTH, WORDS]),
        ];
        for block in 0..blocks {
            for (name, shape) in [
                ("attn_norm", vec![WIDTH]),
                ("ffn_norm", vec![WIDTH]),
                ("attn_q", vec![WIDTH, WIDTH]),
                ("attn_k", vec![WIDTH, 16]),
                ("attn_v", vec![WIDTH, 16]),
                ("attn_output", vec![WIDTH, WIDTH]),
                ("ffn_up", vec![WIDTH, INNER]),
                ("ffn_gate", vec![WIDTH, INNER]),
                ("ffn_down", vec![INNER, WIDTH]),
            ] {
                tensors.push((format!("blk.{block}.{name}.weight"), shape));
            }
        }
        tensors.extend(extra.map(|(name, shape)| (name.to_owned(), shape.to_vec())));
        for (seed, (name, shape)) in tensors.iter().enumerate() {
            let items = shape.iter().product::<u64>() as usize;
            // Type 30 is BF16.
            file = file.tensor(
                name,
                30,
                shape,
                &bf16_bytes(&trained(items / 8, 8, seed as u64 + 1)),
            );
        }
        file.build()
    };
    let case = |name: &str, label, bytes| {
        Case::single("gguf-architecture", name, label, "model.gguf", bytes)
    };
    vec![
        case("honest", Label::Benign, file(6, 6, 32, None)),
        case(
            "rope-factors",
            Label::Benign,
            file(6, 6, 32, Some(("rope_freqs.weight", &[8]))),
        ),
        case("block-dropped", Label::Malicious, file(5, 6, 32, None)),
        case("block-beyond", Label::Malicious, file(7, 6, 32, None)),
        case("other-width", Label::Malicious, file(6, 6, 48, None)),
        case(
            "foreign-tensor",
            Label::Malicious,
            file(6, 6, 32, Some(("payload.weight", &[64, 64]))),
        ),
        case(
            "foreign-tensor-in-a-block",
            Label::Malicious,
            file(6, 6, 32, Some(("blk.3.payload.weight", &[64, 64]))),
        ),
        case(
            "state-in-one-block",
            Label::Malicious,
            file(6, 6, 32, Some(("blk.3.ssm_out.weight", &[64, 64]))),
        ),
    ]
}

const CONTENT: &[u8] = b"{\"model_type\": \"llama\"}\n";
const CONTENT_SHA256: &str = "4bebf7dba2e37ce6166493cdcfb8f61810db88844139be2b932de7e0275babd0";
const TABLE: &[u8] = b"Words\nhello\n";
const TABLE_SHA256: &str = "18a6c366ddd8adf5ea7d888c95d305c459fd4b8af9892ecad7839d6d56838bdd";

fn digests() -> Vec<Case> {
    let named = |name: &str, label, path: String, content: &[u8]| {
        Case::single("content-digest", name, label, path, content)
    };
    let hub = |digest: &str| format!("models--org--name/blobs/{digest}");
    let layout = |digest: &str| format!("image/blobs/sha256/{digest}");
    let ollama = |digest: &str| format!("models/blobs/sha256-{digest}");
    let object = |digest: &str| format!("lfs/objects/{}/{}/{digest}", &digest[..2], &digest[2..4]);
    let list = |name: &str, label, digest: &str, file: (&str, &[u8])| {
        let text = format!("{digest}  {}\n", file.0);
        folder(
            "content-digest",
            name,
            label,
            vec![("SHA256SUMS", text.into_bytes()), (file.0, file.1.to_vec())],
        )
    };
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{TABLE_SHA256}\nsize 12\n");
    vec![
        named("hub-swapped", Label::Malicious, hub(TABLE_SHA256), CONTENT),
        named(
            "oci-swapped",
            Label::Malicious,
            layout(TABLE_SHA256),
            CONTENT,
        ),
        named(
            "ollama-swapped",
            Label::Malicious,
            ollama(TABLE_SHA256),
            CONTENT,
        ),
        named(
            "lfs-object-swapped",
            Label::Malicious,
            object(TABLE_SHA256),
            CONTENT,
        ),
        list(
            "list-contradicts",
            Label::Malicious,
            CONTENT_SHA256,
            ("data.csv", TABLE),
        ),
        named("hub", Label::Benign, hub(CONTENT_SHA256), CONTENT),
        named("oci", Label::Benign, layout(CONTENT_SHA256), CONTENT),
        named("ollama", Label::Benign, ollama(CONTENT_SHA256), CONTENT),
        named("lfs-object", Label::Benign, object(CONTENT_SHA256), CONTENT),
        named(
            "hub-git-blob",
            Label::Benign,
            hub(&CONTENT_SHA256[..40]),
            CONTENT,
        ),
        named(
            "hub-incomplete",
            Label::Benign,
            hub(&format!("{TABLE_SHA256}.incomplete")),
            CONTENT,
        ),
        list("list", Label::Benign, TABLE_SHA256, ("data.csv", TABLE)),
        list(
            "list-of-what-was-not-fetched",
            Label::Benign,
            TABLE_SHA256,
            ("data.csv", pointer.as_bytes()),
        ),
    ]
}

fn pipelines() -> Vec<Case> {
    const INDEX: &[u8] =
        br#"{"_class_name": "FluxPipeline", "vae": ["diffusers", "AutoencoderKL"]}"#;
    let case = |name: &str, label, extra: Option<ZipEntry>, has_index: bool| {
        let mut entries = vec![
            ZipEntry::stored("vae/config.json", br#"{"_class_name": "AutoencoderKL"}"#),
            ZipEntry::stored(
                "vae/diffusion_pytorch_model.safetensors",
                weights(&layer(0)),
            ),
        ];
        if has_index {
            entries.insert(0, ZipEntry::stored("model_index.json", INDEX));
        }
        entries.extend(extra);
        Case::single(
            "dduf",
            name,
            label,
            "pipeline.dduf",
            Zip::of(entries).build(),
        )
    };
    let bad = |name: &str, extra: ZipEntry| case(name, Label::Malicious, Some(extra), true);
    vec![
        case("honest", Label::Benign, None, true),
        case("without-index", Label::Malicious, None, false),
        bad(
            "code-inside",
            ZipEntry::stored("vae/modeling.py", b"print('inert')\n".as_slice()),
        ),
        bad(
            "deeper",
            ZipEntry::stored("vae/more/config.json", b"{}".as_slice()),
        ),
        bad(
            "folder-of-no-component",
            ZipEntry::stored("extra/config.json", b"{}".as_slice()),
        ),
        bad(
            "compressed",
            ZipEntry::deflated("vae/notes.txt", b"note ".repeat(200)),
        ),
    ]
}
