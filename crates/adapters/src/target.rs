//! Which modules a configuration names: `target_modules`, `exclude_modules`, `layers_to_transform`.
//!
//! The rules are those of PEFT's `check_target_module_exists`: a list is matched by whole ends of names, a text as a
//! regular expression over the whole name. Python's expressions know more than ours; what cannot be judged is `None`.

use std::collections::{BTreeMap, BTreeSet};

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use crate::config::words;
use crate::name::layer_of;

/// How large a compiled pattern may grow.
const PATTERN_SIZE: usize = 1 << 20;

/// What is targeted.
#[derive(Debug, Clone, Default)]
pub(crate) enum Names {
    /// The configuration does not say.
    #[default]
    Unstated,
    /// Every linear layer but the output head.
    AllLinear,
    /// Ends of names.
    List(BTreeSet<String>),
    /// A pattern over whole names; `None` if it is not one that we can judge.
    Pattern(Option<Regex>),
}

/// What is targeted and what is excluded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Targets {
    pub(crate) names: Names,
    excluded: Names,
    pub(crate) layers: Option<BTreeSet<u64>>,
    /// Last words and layers of listed full paths: paths go stale when a library renames a model's parts.
    tails: BTreeSet<(String, Option<u32>)>,
}

impl Targets {
    pub(crate) fn read(value: &Value) -> Self {
        let layers = match value.get("layers_to_transform") {
            Some(Value::Array(items)) if !items.is_empty() => {
                Some(items.iter().filter_map(Value::as_u64).take(4096).collect())
            }
            Some(Value::Number(number)) => number.as_u64().map(|layer| BTreeSet::from([layer])),
            _ => None,
        };
        let names = names(value.get("target_modules"));
        let tails = match &names {
            Names::List(list) => {
                let paths = list
                    .iter()
                    .filter_map(|name| Some((name, name.rsplit_once('.')?.1)));
                paths
                    .map(|(name, last)| (last.to_owned(), layer_of(name)))
                    .collect()
            }
            _ => BTreeSet::new(),
        };
        Self {
            names,
            tails,
            excluded: self::names(value.get("exclude_modules")),
            layers,
        }
    }

    /// Whether a listed path ends in the same word and means the same layer.
    pub(crate) fn names_elsewhere(&self, module: &str, layer: Option<u32>) -> bool {
        let last = module.rsplit('.').next().unwrap_or(module);
        let in_layers = match (&self.layers, layer) {
            (Some(layers), Some(layer)) => layers.contains(&u64::from(layer)),
            _ => true,
        };
        in_layers && self.tails.contains(&(last.to_owned(), layer))
    }

    /// Whether the configuration names the module; `None` if that cannot be told.
    pub(crate) fn name(&self, module: &str, layer: Option<u32>) -> Option<bool> {
        if contains(&self.excluded, module) == Some(true) {
            return Some(false);
        }
        let found = contains(&self.names, module)?;
        // Layers count for lists only.
        let is_list = matches!(self.names, Names::List(_));
        let in_layers = match (&self.layers, layer) {
            (Some(layers), Some(layer)) if is_list => layers.contains(&u64::from(layer)),
            _ => true,
        };
        Some(found && in_layers)
    }
}

fn names(value: Option<&Value>) -> Names {
    match value {
        Some(Value::String(word)) if word == "all-linear" => Names::AllLinear,
        Some(Value::String(word)) => Names::Pattern(whole_pattern(word)),
        Some(Value::Array(items)) if !items.is_empty() => {
            Names::List(words(value).into_iter().collect())
        }
        _ => Names::Unstated,
    }
}

fn contains(names: &Names, module: &str) -> Option<bool> {
    match names {
        Names::Unstated => None,
        Names::AllLinear => Some(true),
        Names::List(list) => Some(ends(module).any(|end| list.contains(end))),
        Names::Pattern(pattern) => pattern.as_ref().map(|pattern| pattern.is_match(module)),
    }
}

/// The name and every end of it that begins behind a dot, longest first.
pub(crate) fn ends(module: &str) -> impl Iterator<Item = &str> {
    let behind_dots = module
        .match_indices('.')
        .take(64)
        .filter_map(|(dot, _)| module.get(dot.saturating_add(1)..));
    std::iter::once(module).chain(behind_dots)
}

/// Expressions of one pattern that are compiled; the others are passed over.
const MOST_EXPRESSIONS: usize = 64;

/// `rank_pattern` or `alpha_pattern`: PEFT matches its keys at the end of names, from a dot on. Nearly all keys are
/// plain names, which are looked up; the others are expressions.
#[derive(Debug, Clone, Default)]
pub(crate) struct ByName<T> {
    plain: BTreeMap<String, T>,
    expressions: Vec<(Regex, T)>,
}

impl<T: Copy> ByName<T> {
    pub(crate) fn new(pairs: Vec<(String, T)>) -> Self {
        let mut by_name = Self {
            plain: BTreeMap::new(),
            expressions: Vec::new(),
        };
        for (key, value) in pairs {
            let name = key.trim_start_matches('^').replace("\\.", ".");
            if !name.contains(['\\', '*', '+', '?', '(', '[', '{', '|', '$', '^']) {
                by_name.plain.insert(name, value);
            } else if by_name.expressions.len() < MOST_EXPRESSIONS
                && let Some(pattern) = build(&format!("^(?:.*\\.)?(?:{key})$"))
            {
                by_name.expressions.push((pattern, value));
            }
        }
        by_name
    }

    pub(crate) fn of(&self, module: &str) -> Option<T> {
        let plain = ends(module).find_map(|end| self.plain.get(end).copied());
        plain.or_else(|| {
            let fitting = self
                .expressions
                .iter()
                .find(|(pattern, _)| pattern.is_match(module));
            fitting.map(|(_, value)| *value)
        })
    }
}

fn whole_pattern(pattern: &str) -> Option<Regex> {
    build(&format!("^(?:{pattern})$"))
}

fn build(pattern: &str) -> Option<Regex> {
    if pattern.len() > 4096 {
        return None;
    }
    RegexBuilder::new(pattern)
        .size_limit(PATTERN_SIZE)
        .dfa_size_limit(PATTERN_SIZE)
        .build()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_follow_the_rules_of_peft() {
        let list = serde_json::json!({"target_modules": ["q_proj", "mlp.down_proj"]});
        let layers =
            serde_json::json!({"target_modules": ["q_proj"], "layers_to_transform": [1, 2]});
        let pattern =
            serde_json::json!({"target_modules": r".*\.layers\.\d+\.self_attn\.[qv]_proj"});
        let odd = serde_json::json!({"target_modules": r"(?!.*vision).*q_proj"});
        let all =
            serde_json::json!({"target_modules": "all-linear", "exclude_modules": ["o_proj"]});
        let none = serde_json::json!({"target_modules": []});
        let cases = [
            (
                &list,
                "model.layers.0.self_attn.q_proj",
                Some(0),
                Some(true),
            ),
            (
                &list,
                "model.layers.0.self_attn.xq_proj",
                Some(0),
                Some(false),
            ),
            (&list, "a.mlp.down_proj", None, Some(true)),
            (&list, "a.down_proj", None, Some(false)),
            (&layers, "model.layers.1.q_proj", Some(1), Some(true)),
            (&layers, "model.layers.0.q_proj", Some(0), Some(false)),
            (
                &pattern,
                "model.layers.7.self_attn.v_proj",
                Some(7),
                Some(true),
            ),
            (
                &pattern,
                "model.layers.7.self_attn.k_proj",
                Some(7),
                Some(false),
            ),
            (&odd, "a.q_proj", None, None),
            (&all, "a.o_proj", None, Some(false)),
            (&all, "a.k_proj", None, Some(true)),
            (&none, "a.k_proj", None, None),
        ];
        for (config, module, layer, expected) in cases {
            assert_eq!(
                Targets::read(config).name(module, layer),
                expected,
                "{config} {module}"
            );
        }
    }
}
