//! Widths of tensors that no declared size explains.

use std::collections::BTreeMap;

use crate::declared::Declared;
use crate::facts::{ArchitectureFacts, DisagreementKind};
use crate::layers::has_attention;
use crate::names::{Names, Stack, parts};
use crate::vocabulary::is_embedding;

/// Matrices whose two sizes are declared, or are products of declared sizes, in every family.
const MATRICES: [&str; 24] = [
    "q_proj",
    "k_proj",
    "v_proj",
    "o_proj",
    "out_proj",
    "gate_proj",
    "up_proj",
    "down_proj",
    "gate_up_proj",
    "qkv_proj",
    "fc1",
    "fc2",
    "w1",
    "w2",
    "w3",
    "c_fc",
    "c_proj",
    "c_attn",
    "query",
    "key",
    "value",
    "query_key_value",
    "dense_h_to_4h",
    "dense_4h_to_h",
];

/// Parts of a name inside of a layer behind which norms are those of something smaller.
const DEEP: usize = 4;
/// The same in layers that do not attend: states and stages have norms of their own.
const SHALLOW: usize = 2;
/// Sides shorter than this count something else: experts, heads, groups.
const NARROW: u64 = 48;

pub(crate) fn check(declared: &Declared, names: &Names<'_>, facts: &mut ArchitectureFacts) {
    if !declared.is_single() || declared.widths().is_empty() {
        return;
    }
    let Some((name, stack)) = names.main() else {
        return;
    };
    let stated: Vec<String> = declared.widths().iter().map(u64::to_string).collect();
    let stated = stated.join(" or ");
    if let Some(width) = stream(stack).filter(|width| !declared.names(*width)) {
        facts.add(DisagreementKind::Width, name, stack.elements, || {
            format!("the layers are {width} wide, {stated} is declared")
        });
        return;
    }
    for tensor in names.all.iter().filter(|tensor| is_embedding(&tensor.name)) {
        if let [_, width] = tensor.shape[..]
            && tensor.is_float
            && !declared.is_quantized
            && !declared.explains_width(width)
        {
            let elements = tensor.elements();
            facts.add(DisagreementKind::Width, &tensor.name, elements, || {
                format!("embeds in {width}, {stated} is declared")
            });
        }
    }
    if !declared.is_quantized {
        matrices(declared, name, stack, facts);
    }
}

/// The width that most norms of the layers have.
fn stream(stack: &Stack<'_>) -> Option<u64> {
    let deep = if has_attention(stack) { DEEP } else { SHALLOW };
    let mut seen: BTreeMap<u64, u64> = BTreeMap::new();
    for (suffix, tensors) in stack.layers.values().flatten() {
        let speaks = |part: &str| {
            let part = part.to_ascii_lowercase();
            let is_of_heads = ["q_", "k_", "v_", "kv_", "query_", "key_"];
            let is_norm = part.contains("norm") || part.starts_with("ln");
            is_norm && !is_of_heads.iter().any(|start| part.starts_with(start))
        };
        if suffix.split('.').count() > deep || !suffix.split('.').any(speaks) {
            continue;
        }
        for tensor in tensors {
            if let [width] = tensor.shape[..] {
                let times = seen.entry(width).or_default();
                *times = times.saturating_add(1);
            }
        }
    }
    let most = seen.into_iter().max_by_key(|(_, times)| *times)?;
    Some(most.0).filter(|width| *width > 1)
}

fn matrices(declared: &Declared, name: &str, stack: &Stack<'_>, facts: &mut ArchitectureFacts) {
    let mut told: BTreeMap<&str, ()> = BTreeMap::new();
    for (index, layer) in &stack.layers {
        for (suffix, tensors) in layer {
            let is_known = suffix.strip_suffix(".weight").is_some_and(|module| {
                let last = parts(module).last().unwrap_or_default();
                MATRICES.contains(&last)
            });
            if !is_known || told.contains_key(suffix.as_str()) {
                continue;
            }
            let odd = tensors.iter().find_map(|tensor| {
                let [rows, columns] = tensor.shape[..] else {
                    return None;
                };
                let mut sides = [rows, columns].into_iter().filter(|side| *side >= NARROW);
                let odd = sides.find(|size| !declared.explains_width(*size));
                odd.filter(|_| tensor.is_float).map(|size| (tensor, size))
            });
            let Some((tensor, size)) = odd else { continue };
            told.insert(suffix, ());
            let full = format!("{name}.{index}.{suffix}");
            facts.add(DisagreementKind::Width, &full, tensor.elements(), || {
                format!("has a side of {size}, which no declared size explains")
            });
        }
    }
}
