//! What a configuration declares, as numbers with their places.

use chainwright_repository::config::ModelDetails;

/// Keys that say how many layers a model has, by the families' own words.
const LAYERS: [&str; 9] = [
    "num_hidden_layers",
    "n_layer",
    "n_layers",
    "num_layers",
    "encoder_layers",
    "decoder_layers",
    "num_decoder_layers",
    "num_encoder_layers",
    "encoder_num_layers",
];
/// Keys that say how wide the stream between layers is.
const WIDTHS: [&str; 6] = [
    "hidden_size",
    "n_embd",
    "d_model",
    "dim",
    "n_embed",
    "hidden_dim",
];
/// Objects inside a configuration that declare no model.
const NO_MODEL: [&str; 12] = [
    "quantization_config",
    "compression_config",
    "generation_config",
    "rope_scaling",
    "rope_parameters",
    "task_specific_params",
    "label2id",
    "id2label",
    "auto_map",
    "loss_config",
    "init_config",
    "tokenizer_config",
];
/// Layers larger in number than this are none.
const MOST_LAYERS: u64 = 4096;

/// What a configuration declares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    /// The family, such as `llama`.
    pub model_type: Option<String>,
    /// The classes that implement it.
    pub architectures: Vec<String>,
    /// Whole numbers by their JSON pointer, those in lists as well.
    pub numbers: Vec<(String, u64)>,
    /// Lists and texts by their JSON pointer, with their lengths.
    pub lists: Vec<(String, u64)>,
    /// Objects inside the configuration, by their JSON pointer.
    pub objects: Vec<String>,
    /// Whether the model brings code of its own.
    pub has_code: bool,
    /// Whether the weights are declared to be quantised.
    pub is_quantized: bool,
    /// Whether more was declared than is listed here.
    pub is_cut: bool,
}

/// The last name of a pointer that is no index of a list.
fn key(pointer: &str) -> &str {
    let mut parts = pointer.rsplit('/');
    parts
        .find(|part| !part.bytes().all(|byte| byte.is_ascii_digit()))
        .unwrap_or_default()
}

fn parent(pointer: &str) -> &str {
    pointer.rsplit_once('/').map_or("", |(parent, _)| parent)
}

impl Declared {
    /// What the reader of configurations found.
    #[must_use]
    pub fn of(details: &ModelDetails) -> Self {
        let sizes = &details.sizes;
        let says =
            |object: &String| object.contains("quantization") || object.contains("compression");
        Self {
            model_type: details.model_type.clone(),
            architectures: details.architectures.clone(),
            numbers: sizes.numbers.clone(),
            lists: sizes.lists.clone(),
            objects: sizes.objects.clone(),
            has_code: sizes.has_code,
            is_quantized: sizes.objects.iter().any(says),
            is_cut: sizes.left_out > 0,
        }
    }

    /// Objects that declare a model of their own.
    fn parts(&self) -> impl Iterator<Item = &str> {
        let names = self.objects.iter().map(String::as_str);
        names.filter(|object| {
            let name = key(object);
            let is_inside = NO_MODEL
                .iter()
                .any(|other| object.split('/').any(|part| part == *other));
            !is_inside && (name.ends_with("config") || self.has(object, &["model_type"]))
        })
    }

    fn has(&self, object: &str, keys: &[&str]) -> bool {
        self.numbers
            .iter()
            .any(|(pointer, _)| parent(pointer) == object && keys.contains(&key(pointer)))
    }

    /// Whether everything of interest is declared here: one model without parts that leave sizes to a library.
    pub(crate) fn is_complete(&self) -> bool {
        !self.has_code && !self.is_cut && self.parts().all(|part| self.has(part, &LAYERS))
    }

    /// Whether there is one model only.
    pub(crate) fn is_single(&self) -> bool {
        !self.has_code && !self.is_cut && self.parts().next().is_none()
    }

    /// The numbers of layers that are declared in so many words.
    pub(crate) fn layers(&self) -> Vec<u64> {
        self.values(|name| LAYERS.contains(&name))
    }

    /// The widths that are declared in so many words.
    pub(crate) fn widths(&self) -> Vec<u64> {
        self.values(|name| WIDTHS.contains(&name))
    }

    /// The sizes of vocabularies.
    pub(crate) fn vocabularies(&self) -> Vec<u64> {
        self.values(|name| name.contains("vocab") || name == "n_tokens" || name == "num_tokens")
    }

    fn values(&self, wanted: impl Fn(&str) -> bool) -> Vec<u64> {
        let numbers = self.numbers.iter();
        let mut values: Vec<u64> = numbers
            .filter(|(pointer, _)| wanted(key(pointer)))
            .map(|(_, value)| *value)
            .collect();
        values.sort_unstable();
        values.dedup();
        values
    }

    /// Whether the one number of layers that is declared, with layers that predict ahead or without them, is this one.
    /// `None` if several are declared.
    pub(crate) fn states_layers(&self, count: u64) -> Option<bool> {
        let [stated] = self.layers()[..] else {
            return None;
        };
        // A second stack that is declared by a name of its own.
        let others = self.values(|name| {
            name.contains("coder_") && name.contains("layer")
                || name.ends_with("_num_hidden_layers")
        });
        if others.iter().any(|other| *other != stated) {
            return None;
        }
        let more = self.values(|name| name.contains("nextn") || name.contains("mtp"));
        let mut more = more.into_iter().filter(|more| *more <= MOST_LAYERS);
        Some(count == stated || more.any(|more| stated.saturating_add(more) == count))
    }

    /// Whether anything declares such a number of layers: a count, a sum of two, or the length of a list of layers.
    pub(crate) fn explains_layers(&self, count: u64) -> bool {
        let speaks = |name: &str| {
            ["layer", "depth", "block", "stage", "nextn", "mtp", "repeat"]
                .iter()
                .any(|word| name.contains(word))
        };
        let values = self.values(speaks);
        let values = || values.iter().filter(|value| **value <= MOST_LAYERS);
        let lists = self.lists.iter().map(|(_, length)| *length);
        let sums = || values().flat_map(|one| values().map(move |two| one.saturating_add(*two)));
        values().any(|value| *value == count)
            || lists.into_iter().any(|length| length == count)
            || sums().any(|sum| sum == count)
            || self.list_sums().any(|sum| sum == count)
    }

    /// The sums of lists of numbers, such as the depths of stages.
    fn list_sums(&self) -> impl Iterator<Item = u64> {
        self.lists.iter().map(|(list, _)| {
            let items = self.numbers.iter();
            items
                .filter(|(pointer, _)| parent(pointer) == list)
                .fold(0, |sum: u64, (_, value)| sum.saturating_add(*value))
        })
    }

    /// Whether the number stands anywhere in the configuration.
    pub(crate) fn names(&self, number: u64) -> bool {
        self.numbers.iter().any(|(_, value)| *value == number)
    }

    /// Whether declared sizes explain a side of a matrix: one of them times or divided by another or a small number,
    /// or the rows of queries with those of shared keys and values behind them.
    pub(crate) fn explains_width(&self, width: u64) -> bool {
        let heads = self.head_sizes();
        self.is_product(width, &heads)
            || heads.iter().any(|head| {
                let shared = self.values(|name| name.contains("kv") || name.contains("group"));
                let mut shared = shared
                    .into_iter()
                    .chain([1])
                    .map(|count| head.saturating_mul(count));
                shared.any(|size| {
                    let rest = width.checked_sub(size.saturating_mul(2));
                    rest.is_some_and(|rest| rest > 0 && self.is_product(rest, &heads))
                })
            })
    }

    /// The width of one head, where it follows from the others.
    fn head_sizes(&self) -> Vec<u64> {
        let heads = self.values(|name| name.contains("head"));
        let mut sizes: Vec<u64> = heads.clone();
        for width in self.widths() {
            let of = |heads: &u64| width.checked_div(*heads).filter(|size| *size > 1);
            sizes.extend(heads.iter().filter_map(of));
        }
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    fn is_product(&self, width: u64, derived: &[u64]) -> bool {
        let declared = self.numbers.iter().map(|(_, value)| *value);
        declared.chain(derived.iter().copied()).any(|value| {
            let times = width.checked_div(value).unwrap_or(0);
            let is_multiple = value > 0 && width.is_multiple_of(value);
            let parts = value.checked_div(width).unwrap_or(0);
            let is_part = width > 0 && value.is_multiple_of(width);
            is_multiple && (times <= 8 || self.names(times) || self.names(times >> 1))
                || is_part && (parts <= 8 || self.names(parts))
        })
    }
}
