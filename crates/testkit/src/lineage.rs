//! Small models and their honest and dishonest descendants, made from a seed.
//!
//! The matrices have the traits that lineage is read from: a steep head and a long tail in their spectra, embeddings
//! that share meaning between models (tokens of one kind are alike in every model) but not directions, and norms near
//! one. Descendants are made with the arithmetic of the real tools: adapters are products, storing rounds, quantisers
//! take blocks. Nothing here was trained; pairs of trained models come from `tests/lineage/make_pairs.py`.

/// Tokens of a model.
pub const VOCABULARY: usize = 640;
/// Width of the embedding.
pub const WIDTH: usize = 64;
/// Units in the feed-forward part.
pub const INNER: usize = 128;
/// Layers of a model.
pub const LAYERS: usize = 4;

/// One tensor in full precision.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// Its name.
    pub name: String,
    /// Its dimensions, outermost first.
    pub shape: Vec<usize>,
    /// Its elements in row-major order.
    pub values: Vec<f32>,
}

impl Weights {
    fn columns(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }

    fn is_linear(&self) -> bool {
        self.name.contains("proj")
    }
}

/// A model in full precision.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Its tensors.
    pub tensors: Vec<Weights>,
}

/// How a tensor is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// binary32.
    F32,
    /// bfloat16.
    Bf16,
    /// binary16, through bfloat16's range only.
    F16,
    /// ggml's blocks of 32 eight-bit integers with a scale.
    Q8_0,
    /// ggml's blocks of 32 four-bit integers with a scale.
    Q4_0,
    /// The eight-bit float of four exponent bits.
    F8E4M3,
}

/// A stored tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTensor {
    /// Its name.
    pub name: String,
    /// How it is stored.
    pub stored: Stored,
    /// Its dimensions, outermost first.
    pub shape: Vec<u64>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Normal numbers from a seed (SplitMix64 and Box-Muller).
#[derive(Debug, Clone)]
struct Noise(u64);

impl Noise {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f32 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        (radius * (std::f64::consts::TAU * self.uniform()).cos()) as f32
    }

    fn vector(&mut self, length: usize) -> Vec<f32> {
        (0..length).map(|_| self.normal()).collect()
    }

    fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for place in (1..count).rev() {
            order.swap(place, self.bits() as usize % (place + 1));
        }
        order
    }
}

/// Adds a sum of outer products with falling weights.
fn add_low_rank(values: &mut [f32], columns: usize, weights: &[f32], noise: &mut Noise) {
    let rows = values.len() / columns;
    let scale = ((rows * columns) as f32).sqrt();
    for weight in weights {
        let left = noise.vector(rows);
        let right = noise.vector(columns);
        for (row, x) in values.chunks_exact_mut(columns).zip(left) {
            for (cell, y) in row.iter_mut().zip(&right) {
                *cell += weight * x * y * (columns as f32).sqrt() / scale;
            }
        }
    }
}

fn norm(values: &[f32]) -> f32 {
    values.iter().map(|value| value * value).sum::<f32>().sqrt()
}

impl Model {
    /// A model that the seed determines.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut noise = Noise(seed.wrapping_mul(0x1234_5678_9abc_def1));
        let mut tensors = vec![embedding(&mut noise)];
        for layer in 0..LAYERS {
            let name = |part: &str| format!("model.layers.{layer}.{part}.weight");
            for (part, rows, columns) in [
                ("self_attn.q_proj", WIDTH, WIDTH),
                ("self_attn.k_proj", WIDTH / 2, WIDTH),
                ("self_attn.v_proj", WIDTH / 2, WIDTH),
                ("self_attn.o_proj", WIDTH, WIDTH),
                ("mlp.gate_proj", INNER, WIDTH),
                ("mlp.up_proj", INNER, WIDTH),
                ("mlp.down_proj", WIDTH, INNER),
            ] {
                let mut values: Vec<f32> =
                    (0..rows * columns).map(|_| 0.02 * noise.normal()).collect();
                let head: Vec<f32> = (1..9).map(|rank| 0.15 / rank as f32).collect();
                add_low_rank(&mut values, columns, &head, &mut noise);
                tensors.push(Weights {
                    name: name(part),
                    shape: vec![rows, columns],
                    values,
                });
            }
            for part in ["input_layernorm", "post_attention_layernorm"] {
                tensors.push(Weights {
                    name: name(part),
                    shape: vec![WIDTH],
                    values: (0..WIDTH).map(|_| 1.0 + 0.1 * noise.normal()).collect(),
                });
            }
        }
        tensors.push(Weights {
            name: "model.norm.weight".to_owned(),
            shape: vec![WIDTH],
            values: (0..WIDTH).map(|_| 1.0 + 0.1 * noise.normal()).collect(),
        });
        tensors.push(Weights {
            name: "lm_head.weight".to_owned(),
            ..embedding(&mut noise)
        });
        Self { tensors }
    }

    fn each(mut self, mut change: impl FnMut(&mut Weights)) -> Self {
        self.tensors.iter_mut().for_each(&mut change);
        self
    }

    /// The tensor whose name contains `part`.
    ///
    /// # Panics
    /// If there is none: the test names a wrong tensor.
    #[must_use]
    pub fn tensor_mut(&mut self, part: &str) -> &mut Weights {
        let found = self
            .tensors
            .iter_mut()
            .find(|tensor| tensor.name.contains(part));
        found.unwrap_or_else(|| panic!("no tensor `{part}`"))
    }

    /// Everything moves a little: some directions more, all of them somewhat, each layer by its own measure.
    #[must_use]
    pub fn fine_tuned(self, seed: u64, strength: f32) -> Self {
        let mut noise = Noise(seed ^ 0xf1e7);
        self.each(|tensor| {
            let columns = tensor.columns();
            let measure = strength * (0.7 + 0.6 * noise.uniform() as f32);
            let mut delta: Vec<f32> = noise.vector(tensor.values.len());
            if tensor.shape.len() == 2 {
                let weights: Vec<f32> = (1..40).map(|rank| 6.0 / (rank as f32).powf(0.8)).collect();
                add_low_rank(&mut delta, columns, &weights, &mut noise);
            }
            let scale = measure * norm(&tensor.values) / norm(&delta);
            tensor
                .values
                .iter_mut()
                .zip(delta)
                .for_each(|(value, delta)| *value += scale * delta);
        })
    }

    /// An adapter of some rank on all linear layers.
    #[must_use]
    pub fn lora_merged(self, seed: u64, rank: usize, strength: f32) -> Self {
        let mut noise = Noise(seed ^ 0x10a4);
        self.each(|tensor| {
            if tensor.is_linear() {
                let columns = tensor.columns();
                let mut delta = vec![0.0; tensor.values.len()];
                let weights: Vec<f32> = (0..rank)
                    .map(|index| 1.0 / (1.0 + 0.1 * index as f32))
                    .collect();
                add_low_rank(&mut delta, columns, &weights, &mut noise);
                let scale = strength * norm(&tensor.values) / norm(&delta);
                tensor
                    .values
                    .iter_mut()
                    .zip(delta)
                    .for_each(|(value, delta)| *value += scale * delta);
            }
        })
    }

    /// Every number on bfloat16's grid.
    #[must_use]
    pub fn rounded(self) -> Self {
        self.each(|tensor| {
            tensor
                .values
                .iter_mut()
                .for_each(|value| *value = bf16_value(bf16_bits(*value)))
        })
    }

    /// The smallest weights of each linear layer become zero.
    #[must_use]
    pub fn pruned(self, share: f64) -> Self {
        self.each(|tensor| {
            if tensor.is_linear() {
                let mut sizes: Vec<f32> = tensor.values.iter().map(|value| value.abs()).collect();
                sizes.sort_by(f32::total_cmp);
                let limit = sizes[(share * sizes.len() as f64) as usize];
                tensor
                    .values
                    .iter_mut()
                    .filter(|value| value.abs() < limit)
                    .for_each(|value| *value = 0.0);
            }
        })
    }

    /// Between two models, in a straight line.
    #[must_use]
    pub fn merged(mut self, other: &Self, share: f32) -> Self {
        for (tensor, other) in self.tensors.iter_mut().zip(&other.tensors) {
            for (value, other) in tensor.values.iter_mut().zip(&other.values) {
                *value += share * (other - *value);
            }
        }
        self
    }

    /// Between two models, on the arc.
    #[must_use]
    pub fn slerped(mut self, other: &Self, share: f32) -> Self {
        for (tensor, other) in self.tensors.iter_mut().zip(&other.tensors) {
            let dot: f32 = tensor
                .values
                .iter()
                .zip(&other.values)
                .map(|(x, y)| x * y)
                .sum();
            let angle = (dot / (norm(&tensor.values) * norm(&other.values)))
                .clamp(-1.0, 1.0)
                .acos();
            if angle < 1e-4 {
                continue;
            }
            let (near, far) = (((1.0 - share) * angle).sin(), (share * angle).sin());
            for (value, other) in tensor.values.iter_mut().zip(&other.values) {
                *value = (near * *value + far * other) / angle.sin();
            }
        }
        self
    }

    /// The units of the feed-forward parts, and if wanted those of the embedding too, in another order: the same function.
    #[must_use]
    pub fn permuted(mut self, seed: u64, with_embedding: bool) -> Self {
        let mut noise = Noise(seed ^ 0x9e4);
        for layer in 0..LAYERS {
            let order = noise.order(INNER);
            for part in ["gate_proj", "up_proj"] {
                rows_in(
                    self.tensor_mut(&format!("layers.{layer}.mlp.{part}")),
                    &order,
                );
            }
            columns_in(
                self.tensor_mut(&format!("layers.{layer}.mlp.down_proj")),
                &order,
            );
        }
        let order = noise.order(WIDTH);
        if with_embedding {
            self = self.each(|tensor| match tensor.name.as_str() {
                name if name.contains("o_proj") || name.contains("down_proj") => {
                    rows_in(tensor, &order)
                }
                _ => columns_in(tensor, &order),
            });
        }
        self
    }

    /// All linear layers times a number.
    #[must_use]
    pub fn scaled(self, factor: f32) -> Self {
        self.each(|tensor| tensor.values.iter_mut().for_each(|value| *value *= factor))
    }

    /// Independent noise on every linear layer.
    #[must_use]
    pub fn noisy(self, seed: u64, strength: f32) -> Self {
        let mut noise = Noise(seed ^ 0x2015e);
        self.each(|tensor| {
            if tensor.is_linear() {
                let scale = strength * norm(&tensor.values) / (tensor.values.len() as f32).sqrt();
                tensor
                    .values
                    .iter_mut()
                    .for_each(|value| *value += scale * noise.normal());
            }
        })
    }

    /// One outer product in one matrix.
    #[must_use]
    pub fn with_rank_one(mut self, part: &str, seed: u64, strength: f32) -> Self {
        let mut noise = Noise(seed ^ 0x40e);
        let tensor = self.tensor_mut(part);
        let columns = tensor.columns();
        let mut delta = vec![0.0; tensor.values.len()];
        add_low_rank(&mut delta, columns, &[1.0], &mut noise);
        let scale = strength * norm(&tensor.values) / norm(&delta);
        tensor
            .values
            .iter_mut()
            .zip(delta)
            .for_each(|(value, delta)| *value += scale * delta);
        self
    }

    /// Some rows of one matrix move by a multiple of their norm.
    #[must_use]
    pub fn with_rows(mut self, part: &str, rows: &[usize], seed: u64, strength: f32) -> Self {
        let mut noise = Noise(seed ^ 0x40e5);
        let tensor = self.tensor_mut(part);
        let columns = tensor.columns();
        for row in rows {
            let values = &mut tensor.values[row * columns..(row + 1) * columns];
            let delta = noise.vector(columns);
            let scale = strength * norm(values) / norm(&delta);
            values
                .iter_mut()
                .zip(delta)
                .for_each(|(value, delta)| *value += scale * delta);
        }
        self
    }

    /// More tokens behind the others.
    #[must_use]
    pub fn with_tokens(mut self, count: usize) -> Self {
        let mut noise = Noise(0x70e);
        for part in ["embed_tokens", "lm_head"] {
            let tensor = self.tensor_mut(part);
            tensor.shape[0] += count;
            tensor
                .values
                .extend((0..count * WIDTH).map(|_| 0.02 * noise.normal()));
        }
        self
    }

    /// Names as llama.cpp writes them, and rows of queries and keys in its order.
    #[must_use]
    pub fn in_gguf_names(self, heads: usize, key_heads: usize) -> Self {
        self.each(|tensor| {
            for (part, heads) in [("q_proj", heads), ("k_proj", key_heads)] {
                if tensor.name.contains(part) {
                    let order = rotary(tensor.shape[0], heads);
                    rows_in(tensor, &order);
                }
            }
            tensor.name = gguf_name(&tensor.name);
        })
    }

    /// Every matrix stored in a type; vectors stay in full precision, as quantisers leave them.
    #[must_use]
    pub fn stored(&self, stored: Stored) -> Vec<StoredTensor> {
        let store = |tensor: &Weights| {
            let is_plain = matches!(stored, Stored::F32 | Stored::Bf16 | Stored::F16);
            let stored = if tensor.shape.len() > 1 || is_plain {
                stored
            } else {
                Stored::F32
            };
            StoredTensor {
                name: tensor.name.clone(),
                stored,
                shape: tensor.shape.iter().map(|size| *size as u64).collect(),
                bytes: encode(&tensor.values, stored),
            }
        };
        self.tensors.iter().map(store).collect()
    }
}

/// Tokens with a meaning that all models share, in directions of this model's own.
fn embedding(noise: &mut Noise) -> Weights {
    let meanings = 12;
    let mut shared = Noise(0x3ea7);
    let meaning: Vec<f32> = shared.vector(VOCABULARY * meanings);
    let directions: Vec<f32> = noise.vector(meanings * WIDTH);
    let mut values = Vec::with_capacity(VOCABULARY * WIDTH);
    for token in meaning.chunks_exact(meanings) {
        for column in 0..WIDTH {
            let known: f32 = token
                .iter()
                .enumerate()
                .map(|(index, x)| x * directions[index * WIDTH + column])
                .sum();
            values.push(0.01 * known * (meanings as f32).sqrt().recip() + 0.02 * noise.normal());
        }
    }
    Weights {
        name: "model.embed_tokens.weight".to_owned(),
        shape: vec![VOCABULARY, WIDTH],
        values,
    }
}

fn rows_in(tensor: &mut Weights, order: &[usize]) {
    let columns = tensor.columns();
    let rows = order
        .iter()
        .flat_map(|row| tensor.values[row * columns..(row + 1) * columns].to_vec());
    tensor.values = rows.collect();
}

fn columns_in(tensor: &mut Weights, order: &[usize]) {
    for row in tensor.values.chunks_exact_mut(order.len()) {
        let moved: Vec<f32> = order.iter().map(|column| row[*column]).collect();
        row.copy_from_slice(&moved);
    }
}

/// Which row llama.cpp writes at each place: the halves of a head in turns.
fn rotary(rows: usize, heads: usize) -> Vec<usize> {
    let size = rows / heads;
    (0..rows)
        .map(|place| {
            let within = place % size;
            place - within + within % 2 * (size / 2) + within / 2
        })
        .collect()
}

fn gguf_name(name: &str) -> String {
    let mut name = name
        .trim_start_matches("model.")
        .replacen("layers.", "blk.", 1);
    for (from, to) in [
        ("embed_tokens", "token_embd"),
        ("lm_head", "output"),
        ("self_attn.q_proj", "attn_q"),
        ("self_attn.k_proj", "attn_k"),
        ("self_attn.v_proj", "attn_v"),
        ("self_attn.o_proj", "attn_output"),
        ("mlp.gate_proj", "ffn_gate"),
        ("mlp.up_proj", "ffn_up"),
        ("mlp.down_proj", "ffn_down"),
        ("input_layernorm", "attn_norm"),
        ("post_attention_layernorm", "ffn_norm"),
    ] {
        name = name.replace(from, to);
    }
    if name == "norm.weight" {
        "output_norm.weight".to_owned()
    } else {
        name
    }
}

fn bf16_bits(value: f32) -> u16 {
    let bits = value.to_bits();
    (bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16) as u16
}

fn bf16_value(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// Nearest, for the normal numbers that weights are; smaller ones become zero.
fn f16_bits(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 16 & 0x8000) as u16;
    let rounded = (bits & 0x7fff_ffff).wrapping_add(0xfff + (bits >> 13 & 1));
    let exponent = (rounded >> 23) as i32 - 127 + 15;
    match exponent {
        ..=0 => sign,
        1..=30 => sign | (exponent as u16) << 10 | (rounded >> 13 & 0x3ff) as u16,
        _ => sign | 0x7c00,
    }
}

fn encode(values: &[f32], stored: Stored) -> Vec<u8> {
    match stored {
        Stored::F32 => values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect(),
        Stored::Bf16 => values
            .iter()
            .flat_map(|value| bf16_bits(*value).to_le_bytes())
            .collect(),
        Stored::F16 => values
            .iter()
            .flat_map(|value| f16_bits(*value).to_le_bytes())
            .collect(),
        Stored::Q8_0 => values.chunks(32).flat_map(q8_0).collect(),
        Stored::Q4_0 => values.chunks(32).flat_map(q4_0).collect(),
        Stored::F8E4M3 => values.iter().map(|value| f8_bits(*value)).collect(),
    }
}

fn q8_0(block: &[f32]) -> Vec<u8> {
    let scale = block.iter().map(|value| value.abs()).fold(0.0, f32::max) / 127.0;
    let inverse = if scale > 0.0 { scale.recip() } else { 0.0 };
    let mut bytes = f16_bits(scale).to_le_bytes().to_vec();
    bytes.extend(
        block
            .iter()
            .map(|value| (value * inverse).round() as i8 as u8),
    );
    bytes
}

fn q4_0(block: &[f32]) -> Vec<u8> {
    let extreme = block.iter().copied().fold(0.0_f32, |most, value| {
        if value.abs() > most.abs() {
            value
        } else {
            most
        }
    });
    let scale = extreme / -8.0;
    let inverse = if scale == 0.0 { 0.0 } else { scale.recip() };
    let level = |value: f32| (value * inverse + 8.5).clamp(0.0, 15.0) as u8;
    let mut bytes = f16_bits(scale).to_le_bytes().to_vec();
    bytes.extend((0..16).map(|index| level(block[index]) | level(block[index + 16]) << 4));
    bytes
}

/// The nearest eight-bit float, by trying all.
fn f8_bits(value: f32) -> u8 {
    let number = |code: u8| {
        let (exponent, mantissa) = (i32::from(code >> 3), f32::from(code & 7));
        if exponent == 0 {
            mantissa / 8.0 * 2_f32.powi(-6)
        } else {
            (1.0 + mantissa / 8.0) * 2_f32.powi(exponent - 7)
        }
    };
    let nearest = (0..0x7f_u8).min_by(|one, other| {
        (number(*one) - value.abs())
            .abs()
            .total_cmp(&(number(*other) - value.abs()).abs())
    });
    nearest.unwrap_or(0) | if value < 0.0 { 0x80 } else { 0 }
}
