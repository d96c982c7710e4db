//! Builds adapters: low-rank changes with spectra that fall as trained ones do, their configuration, and any lie.
//!
//! Everything is deterministic: values come from a counter, so that the same recipe gives the same bytes.

use crate::safetensors::{Builder, quoted};

/// One tensor in the making.
#[derive(Debug, Clone)]
pub struct Part {
    /// The name.
    pub name: String,
    /// The name of the element type, as safetensors writes it.
    pub dtype: &'static str,
    /// The shape.
    pub shape: Vec<u64>,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// An adapter in the making.
#[derive(Debug, Clone, Default)]
pub struct Adapter {
    /// Entries of `adapter_config.json` as key and JSON text, in order; a later one replaces an earlier one.
    pub config: Vec<(String, String)>,
    /// The tensors.
    pub parts: Vec<Part>,
    seed: u64,
}

/// The projections of a layer and their sizes (rows, columns) for a model of this width.
#[must_use]
pub fn projections(width: u64) -> [(&'static str, u64, u64); 7] {
    [
        ("self_attn.q_proj", width, width),
        ("self_attn.k_proj", width / 2, width),
        ("self_attn.v_proj", width / 2, width),
        ("self_attn.o_proj", width, width),
        ("mlp.gate_proj", width * 2, width),
        ("mlp.up_proj", width * 2, width),
        ("mlp.down_proj", width, width * 2),
    ]
}

impl Adapter {
    /// Without tensors; the configuration that PEFT writes for a LoRA of this rank over these modules.
    #[must_use]
    pub fn lora(rank: u64, alpha: u64, targets: &[&str]) -> Self {
        let targets: Vec<String> = targets.iter().map(|target| quoted(target)).collect();
        Self::default()
            .set("peft_type", "\"LORA\"")
            .set("task_type", "\"CAUSAL_LM\"")
            .set("base_model_name_or_path", "\"example/base-7b\"")
            .set("revision", "\"0123456789abcdef0123456789abcdef01234567\"")
            .set("bias", "\"none\"")
            .set("r", &rank.to_string())
            .set("lora_alpha", &alpha.to_string())
            .set("target_modules", &format!("[{}]", targets.join(",")))
    }

    /// A sound LoRA over all projections of some layers of a model of width 32.
    #[must_use]
    pub fn honest(rank: u64, layers: u64) -> Self {
        let names = [
            "q_proj",
            "k_proj",
            "v_proj",
            "o_proj",
            "gate_proj",
            "up_proj",
            "down_proj",
        ];
        let mut adapter = Self::lora(rank, rank * 2, &names);
        for layer in 0..layers {
            for (name, rows, columns) in projections(32) {
                let module = format!("base_model.model.model.layers.{layer}.{name}");
                adapter = adapter.pair(&module, rank, rows, columns);
            }
        }
        adapter
    }

    /// Sets an entry of the configuration to a JSON text.
    #[must_use]
    pub fn set(mut self, key: &str, json: &str) -> Self {
        self.config.retain(|(name, _)| name != key);
        self.config.push((key.to_owned(), json.to_owned()));
        self
    }

    /// Adds both halves of a LoRA module.
    #[must_use]
    pub fn pair(self, module: &str, rank: u64, rows: u64, columns: u64) -> Self {
        self.floats(&format!("{module}.lora_A.weight"), &[rank, columns], 0.05)
            .floats(&format!("{module}.lora_B.weight"), &[rows, rank], 0.02)
    }

    /// Adds a tensor of small floats of both signs; each row is weaker than the one before.
    #[must_use]
    pub fn floats(mut self, name: &str, shape: &[u64], size: f32) -> Self {
        let count: u64 = shape.iter().product();
        let columns = shape.last().copied().unwrap_or(1).max(1);
        let mut values = Vec::new();
        for index in 0..count {
            self.seed = self
                .seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let [.., low, high] = self.seed.to_le_bytes();
            let centred = f32::from(i16::from_le_bytes([low, high])) / 32768.0;
            let row = u16::try_from(index / columns).unwrap_or(u16::MAX);
            values.push(centred * size / (1.0 + f32::from(row) * 0.1));
        }
        self.values(name, shape, &values)
    }

    /// Adds a tensor of these values.
    #[must_use]
    pub fn values(self, name: &str, shape: &[u64], values: &[f32]) -> Self {
        let bytes = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.raw(name, "F32", shape, bytes)
    }

    /// Adds a tensor of any type and bytes.
    #[must_use]
    pub fn raw(mut self, name: &str, dtype: &'static str, shape: &[u64], bytes: Vec<u8>) -> Self {
        self.parts.push(Part {
            name: name.to_owned(),
            dtype,
            shape: shape.to_vec(),
            bytes,
        });
        self
    }

    /// Changes the tensors whose names contain `pattern`.
    #[must_use]
    pub fn change(mut self, pattern: &str, change: impl Fn(&mut Part)) -> Self {
        self.parts
            .iter_mut()
            .filter(|part| part.name.contains(pattern))
            .for_each(change);
        self
    }

    /// Leaves out the tensors whose names contain `pattern`.
    #[must_use]
    pub fn without(mut self, pattern: &str) -> Self {
        self.parts.retain(|part| !part.name.contains(pattern));
        self
    }

    /// `adapter_config.json`.
    #[must_use]
    pub fn config_json(&self) -> String {
        let entries: Vec<String> = self
            .config
            .iter()
            .map(|(key, json)| format!("  {}: {json}", quoted(key)))
            .collect();
        format!("{{\n{}\n}}\n", entries.join(",\n"))
    }

    /// `adapter_model.safetensors`.
    #[must_use]
    pub fn safetensors(&self) -> Vec<u8> {
        let mut builder = Builder::new().metadata("format", "pt");
        for part in &self.parts {
            builder = builder.tensor(&part.name, part.dtype, &part.shape, &part.bytes);
        }
        // Readers want the data aligned.
        let length = builder.build().len();
        builder.padding((8 - length % 8) % 8).build()
    }

    /// Both files, for a case of the corpus.
    #[must_use]
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = vec![("adapter_model.safetensors".to_owned(), self.safetensors())];
        if !self.config.is_empty() {
            files.push((
                "adapter_config.json".to_owned(),
                self.config_json().into_bytes(),
            ));
        }
        files
    }
}
