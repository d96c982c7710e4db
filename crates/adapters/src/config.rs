//! `adapter_config.json`, as far as it can be held against weights.
//!
//! What the configuration makes a loader import or fetch is the business of the configuration's own inspection.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::target::{ByName, Targets};

/// Entries of a pattern or list that are read.
const MOST: usize = 4096;

/// A configuration in our words. Values of another type than PEFT writes count as absent.
#[derive(Debug, Clone, Default)]
pub struct AdapterConfig {
    /// `peft_type`.
    pub kind: Option<String>,
    /// `base_model_name_or_path`.
    pub base: Option<String>,
    /// `revision`.
    pub revision: Option<String>,
    /// `task_type`.
    pub task: Option<String>,
    /// `r`, or `init_r` of AdaLoRA.
    pub rank: Option<u64>,
    /// `lora_alpha`, or `alpha` of LoHa and LoKr.
    pub alpha: Option<f64>,
    /// `use_rslora`.
    pub is_rank_stabilised: bool,
    /// `bias`, if it is not `none`.
    pub trains_bias: bool,
    /// `modules_to_save`.
    pub saved: BTreeSet<String>,
    /// `target_parameters`, and the modules that own them.
    pub parameters: BTreeSet<String>,
    /// `trainable_token_indices` or `token_indices`, by module (empty for the input embedding).
    pub tokens: BTreeMap<String, Vec<i64>>,
    /// `num_virtual_tokens`.
    pub virtual_tokens: Option<u64>,
    /// `alora_invocation_tokens`.
    pub invocation: Vec<i64>,
    /// `layer_replication`.
    pub has_replication: bool,
    /// `init_lora_weights`, if it is a word.
    pub initialisation: Option<String>,
    /// `fan_in_fan_out`: the base's matrices are stored the other way round.
    pub is_transposed: bool,
    pub(crate) ranks: ByName<u64>,
    pub(crate) alphas: ByName<f64>,
    pub(crate) targets: Targets,
}

impl AdapterConfig {
    /// Reads a configuration.
    #[must_use]
    pub fn read(value: &Value) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let kind = text("peft_type");
        let rank_key = if kind.as_deref() == Some("ADALORA") {
            "init_r"
        } else {
            "r"
        };
        // MLX writes its own settings under `lora_parameters`.
        let inner = value.get("lora_parameters").unwrap_or(value);
        let is_true = |key: &str| value.get(key).and_then(Value::as_bool) == Some(true);
        Self {
            base: text("base_model_name_or_path").or_else(|| text("model")),
            revision: text("revision"),
            task: text("task_type"),
            rank: whole(value.get(rank_key)).or_else(|| whole(inner.get("rank"))),
            alpha: number(value.get("lora_alpha"))
                .or_else(|| number(value.get("alpha")))
                .or_else(|| number(value.get("hira_alpha"))),
            ranks: ByName::new(pairs(value.get("rank_pattern"), |each| whole(Some(each)))),
            alphas: ByName::new(pairs(value.get("alpha_pattern"), |each| number(Some(each)))),
            is_rank_stabilised: is_true("use_rslora"),
            trains_bias: text("bias").is_some_and(|bias| bias != "none"),
            saved: words(value.get("modules_to_save")).into_iter().collect(),
            parameters: parameters(value),
            tokens: tokens(value),
            virtual_tokens: whole(value.get("num_virtual_tokens")),
            invocation: integers(value.get("alora_invocation_tokens")),
            has_replication: value.get("layer_replication").is_some_and(is_filled),
            initialisation: text("init_lora_weights"),
            is_transposed: is_true("fan_in_fan_out"),
            targets: Targets::read(value),
            kind,
        }
    }

    /// What `rank_pattern` or `r` says for a module.
    #[must_use]
    pub fn rank_of(&self, module: &str) -> Option<u64> {
        self.ranks.of(module).or(self.rank)
    }

    /// What `alpha_pattern` or `lora_alpha` says for a module.
    #[must_use]
    pub fn alpha_of(&self, module: &str) -> Option<f64> {
        self.alphas.of(module).or(self.alpha)
    }
}

fn whole(value: Option<&Value>) -> Option<u64> {
    let value = value?;
    value.as_u64().or_else(|| {
        let number = value.as_f64()?;
        (number.fract() == 0.0 && (0.0..9e15).contains(&number)).then_some(number as u64)
    })
}

fn number(value: Option<&Value>) -> Option<f64> {
    value?.as_f64()
}

pub(crate) fn words(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(word)) => vec![word.clone()],
        Some(Value::Array(items)) => {
            let words = items.iter().filter_map(Value::as_str).map(str::to_owned);
            words.take(MOST).collect()
        }
        _ => Vec::new(),
    }
}

/// A parameter is adapted in a pair of matrices that hang on the module it belongs to.
fn parameters(value: &Value) -> BTreeSet<String> {
    let named = words(value.get("target_parameters"));
    let owners = named.iter().filter_map(|name| name.rsplit_once('.'));
    let owners: Vec<String> = owners.map(|(owner, _)| owner.to_owned()).collect();
    named.into_iter().chain(owners).collect()
}

fn integers(value: Option<&Value>) -> Vec<i64> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_i64).take(1_000_000).collect()
}

fn pairs<T>(value: Option<&Value>, read: impl Fn(&Value) -> Option<T>) -> Vec<(String, T)> {
    let entries = value.and_then(Value::as_object).into_iter().flatten();
    entries
        .take(MOST)
        .filter_map(|(key, each)| Some((key.clone(), read(each)?)))
        .collect()
}

fn is_filled(value: &Value) -> bool {
    !value.is_null() && value.as_array().is_none_or(|items| !items.is_empty())
}

fn tokens(value: &Value) -> BTreeMap<String, Vec<i64>> {
    let given = value
        .get("trainable_token_indices")
        .filter(|each| is_filled(each))
        .or_else(|| value.get("token_indices"));
    match given {
        Some(Value::Object(by_module)) => by_module
            .iter()
            .take(16)
            .map(|(module, indices)| (module.clone(), integers(Some(indices))))
            .collect(),
        Some(list @ Value::Array(_)) => BTreeMap::from([(String::new(), integers(Some(list)))]),
        _ => BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_go_before_defaults() {
        let config = AdapterConfig::read(&serde_json::json!({
            "peft_type": "LORA", "r": 8, "lora_alpha": 16,
            "rank_pattern": {"q_proj": 4, "layers.0.self_attn.q_proj": 2, "^x\\.y": 7},
            "alpha_pattern": {"v_proj": 3}
        }));
        let ranks = [
            ("model.layers.0.self_attn.q_proj", Some(2)),
            ("model.layers.1.self_attn.q_proj", Some(4)),
            ("model.layers.1.self_attn.k_proj", Some(8)),
            ("model.layers.1.self_attn.xq_proj", Some(8)),
        ];
        for (module, rank) in ranks {
            assert_eq!(config.rank_of(module), rank, "{module}");
        }
        assert_eq!(config.alpha_of("a.v_proj"), Some(3.0));
        assert_eq!(config.alpha_of("a.o_proj"), Some(16.0));
    }

    #[test]
    fn values_of_the_wrong_type_count_as_absent() {
        let config = AdapterConfig::read(&serde_json::json!({
            "peft_type": 5, "r": "eight", "lora_alpha": [], "rank_pattern": [1], "modules_to_save": {"a": 1},
            "trainable_token_indices": "x", "layer_replication": []
        }));
        assert_eq!(config.rank, None);
        assert_eq!(config.alpha, None);
        assert!(config.kind.is_none() && config.saved.is_empty() && config.tokens.is_empty());
        assert!(!config.has_replication);
    }
}
