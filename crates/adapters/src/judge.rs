//! Collects signs, bounded and deduplicated, and holds what is judged about single modules.

use std::collections::BTreeMap;

use chainwright_core::text::visible;

use crate::config::AdapterConfig;
use crate::facts::{
    AdapterSign, AdapterSignKind, BaseInfo, BaseMatch, FullTensorKind, ModuleFacts,
};
use crate::measure::Sizes;
use crate::target::{Names, ends};

/// Signs of one kind that are kept.
const KEPT_PER_KIND: usize = 12;
/// Characters of a name that are kept.
const QUOTED: usize = 160;
/// A scale beyond this is not one that training recipes use: alpha of 256 over the square root of a rank of 4.
const LARGEST_SCALE: f64 = 128.0;
/// A change of this many times the base's own norm drowns it.
const OVERPOWERING: f64 = 2.0;
/// The share of one module that makes a change look like an edit of a single fact.
const CONCENTRATED: f64 = 0.95;
/// Modules below which concentration means nothing.
const FEW_MODULES: usize = 8;

/// The signs found so far.
#[derive(Debug, Default)]
pub(crate) struct Signs {
    kept: Vec<AdapterSign>,
    seen: BTreeMap<AdapterSignKind, usize>,
    left_out: u64,
}

impl Signs {
    pub(crate) fn add(&mut self, kind: AdapterSignKind, module: &str, detail: impl Into<String>) {
        let seen = self.seen.entry(kind).or_default();
        *seen = seen.saturating_add(1);
        if *seen > KEPT_PER_KIND {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        self.kept.push(AdapterSign {
            kind,
            module: visible(module, QUOTED),
            detail: detail.into(),
        });
    }

    /// Worst first, then by kind and module.
    pub(crate) fn finish(mut self) -> (Vec<AdapterSign>, u64) {
        self.kept.sort();
        self.kept.dedup();
        self.kept
            .sort_by_key(|sign| std::cmp::Reverse(sign.severity()));
        (self.kept, self.left_out)
    }
}

/// A name as reports show it.
pub(crate) fn shown(name: &str) -> String {
    visible(name, QUOTED)
}

/// Whether the configuration names a module that is changed.
pub(crate) fn declared(
    config: &AdapterConfig,
    module: &str,
    layer: Option<u32>,
    signs: &mut Signs,
) {
    let plain = module.trim_end_matches(".base_layer");
    let is_parameter = ends(plain).any(|end| config.parameters.contains(end));
    // Trained tokens live beside the targets.
    let is_token_row = !config.tokens.is_empty() && module.ends_with("token_adapter");
    // Adaption prompts sit in every attention of the last layers, whatever `target_modules` says.
    let is_everywhere = config.kind.as_deref() == Some("ADAPTION_PROMPT");
    if is_parameter
        || is_token_row
        || is_everywhere
        || config.targets.name(module, layer) != Some(false)
    {
        return;
    }
    if let Names::Pattern(_) = config.targets.names {
        let detail = "is changed, and the pattern of `target_modules` does not match it";
        signs.add(AdapterSignKind::ModuleOutsidePattern, module, detail);
    } else if config.targets.names_elsewhere(module, layer) {
        let detail = "is changed, and only a module of another path is named so";
        signs.add(AdapterSignKind::ModuleOutsidePattern, module, detail);
    } else {
        let detail = "is changed, and `target_modules` does not name it";
        signs.add(AdapterSignKind::UndeclaredModule, module, detail);
    }
}

/// The rank of a module against what is declared, and against its own size.
pub(crate) fn rank(config: &AdapterConfig, module: &str, sizes: Sizes, signs: &mut Signs) {
    let limit = sizes.rows.min(sizes.columns);
    if sizes.rank > limit {
        let detail = format!(
            "rank {} in a matrix of {} × {}",
            sizes.rank, sizes.rows, sizes.columns
        );
        signs.add(AdapterSignKind::OversizedRank, module, detail);
    }
    // Parameters of experts are adapted in one pair of matrices of rank × experts.
    if config.kind.is_none() || !config.parameters.is_empty() {
        return;
    }
    let Some(stated) = config.rank_of(module) else {
        return;
    };
    let is_pruned = config.kind.as_deref() == Some("ADALORA") && sizes.rank <= stated;
    if sizes.rank != stated && !is_pruned {
        let detail = format!("has rank {}, the configuration says {stated}", sizes.rank);
        signs.add(AdapterSignKind::RankMismatch, module, detail);
    }
}

/// What a LoRA product is multiplied by.
pub(crate) fn scale(
    config: Option<&AdapterConfig>,
    module: &str,
    rank: u64,
    own_alpha: Option<f64>,
    signs: &mut Signs,
) -> f64 {
    let alpha = own_alpha.or_else(|| config.and_then(|config| config.alpha_of(module)));
    let divisor = match config {
        Some(config) if config.is_rank_stabilised => (rank as f64).sqrt(),
        _ => rank as f64,
    };
    let scale = alpha.map_or(1.0, |alpha| alpha / divisor.max(1.0));
    if !(0.0..=LARGEST_SCALE).contains(&scale) {
        let detail = format!("the change is multiplied by {scale}");
        signs.add(AdapterSignKind::ExtremeScale, module, detail);
    }
    if scale.is_finite() { scale } else { 1.0 }
}

/// What a weight shipped whole means.
pub(crate) fn full_weight(
    name: &str,
    kind: FullTensorKind,
    is_declared: bool,
    has_claims: bool,
    is_explained: bool,
    signs: &mut Signs,
) {
    use AdapterSignKind as Sign;
    let sign = match (kind, is_declared) {
        (FullTensorKind::TaskHead, _) => return,
        (FullTensorKind::Norm | FullTensorKind::Bias, true) => Sign::SmallOverride,
        (_, true) => Sign::FullWeights,
        (_, false) if !has_claims => Sign::FullWeights,
        (FullTensorKind::Norm | FullTensorKind::Bias, false) => Sign::HiddenSmallOverride,
        (FullTensorKind::Embedding | FullTensorKind::OutputHead, false) if is_explained => {
            Sign::UndeclaredEmbedding
        }
        (FullTensorKind::Embedding | FullTensorKind::OutputHead, false) => Sign::HiddenEmbedding,
        (FullTensorKind::Matrix, false) => Sign::HiddenOverride,
    };
    let detail = if is_declared {
        "is shipped whole, as declared"
    } else if has_claims {
        "is shipped whole, and `modules_to_save` does not name it"
    } else {
        "is shipped whole"
    };
    signs.add(sign, name, detail);
}

/// Compares modules with the base at hand and notes their relative strength.
pub(crate) fn against_base(
    modules: &mut [ModuleFacts],
    base: &BaseInfo,
    config: Option<&AdapterConfig>,
    signs: &mut Signs,
) -> BaseMatch {
    let known = modules
        .iter()
        .filter(|module| base_key(base, &module.name).is_some())
        .count();
    if known == 0 {
        return BaseMatch::Unrelated;
    }
    let altered = config.is_some_and(alters_base);
    let mut fits = true;
    for module in modules {
        let Some(key) = base_key(base, &module.name) else {
            // A head that is tied to the embedding has no weight of its own.
            if !module.name.ends_with("lm_head") {
                fits = false;
                let detail = "is changed, and the base has no such module";
                signs.add(AdapterSignKind::BaseMismatch, &module.name, detail);
            }
            continue;
        };
        let shape = base.shapes.get(key).map(Vec::as_slice).unwrap_or_default();
        if !is_same_size(shape, module) {
            fits = false;
            let detail = format!(
                "is {} × {}, in the base {shape:?}",
                module.rows, module.columns
            );
            signs.add(AdapterSignKind::BaseMismatch, &module.name, detail);
        }
        if let (Some(norm), Some(own)) = (module.norm, base.norms.get(key))
            && *own > 0.0
        {
            let relative = norm / own;
            module.relative = Some(relative);
            if relative > OVERPOWERING && !altered {
                let detail = format!("the change is {relative:.1} times as large as the weight");
                signs.add(AdapterSignKind::Overpowering, &module.name, detail);
            }
        }
    }
    if fits {
        BaseMatch::Fits
    } else {
        BaseMatch::Differs
    }
}

/// Initialisations that take a part out of the base and put it into the adapter.
pub(crate) fn alters_base(config: &AdapterConfig) -> bool {
    config.initialisation.as_deref().is_some_and(|word| {
        word.starts_with("pissa") || matches!(word, "olora" | "corda" | "loftq" | "lora_ga")
    })
}

/// The base's name for a module: as it is, with or without the outer `model.`.
fn base_key<'a>(base: &'a BaseInfo, module: &str) -> Option<&'a str> {
    let module = module.trim_end_matches(".weight");
    let inner = module.strip_prefix("model.").unwrap_or(module);
    let candidates = [
        format!("{module}.weight"),
        format!("model.{module}.weight"),
        format!("{inner}.weight"),
        module.to_owned(),
    ];
    let found = candidates
        .iter()
        .find_map(|name| base.shapes.get_key_value(name));
    found.map(|(name, _)| name.as_str())
}

fn is_same_size(shape: &[u64], module: &ModuleFacts) -> bool {
    // Methods without a product have no size of their own; four-bit weights are packed into one column.
    let Some((first, rest)) = shape.split_first() else {
        return true;
    };
    if module.rows == 0 || shape.last() == Some(&1) {
        return true;
    }
    let columns = rest
        .iter()
        .fold(1_u64, |product, size| product.saturating_mul(*size));
    let own = (module.rows, module.columns);
    own == (*first, columns) || own == (columns, *first)
}

/// Notes each module's share, and whether one has nearly all.
pub(crate) fn shares(modules: &mut [ModuleFacts], signs: &mut Signs) {
    let square = |module: &ModuleFacts| module.norm.map(|norm| norm * norm);
    let total: f64 = modules.iter().filter_map(square).sum();
    if total <= 0.0 || !total.is_finite() {
        return;
    }
    let measured = modules
        .iter()
        .filter(|module| module.norm.is_some())
        .count();
    for module in modules {
        let Some(own) = square(module) else { continue };
        let share = own / total;
        module.share = Some(share);
        if share > CONCENTRATED && measured >= FEW_MODULES {
            let detail = format!(
                "has {:.0} % of the change of {measured} modules",
                share * 100.0
            );
            signs.add(AdapterSignKind::Concentrated, &module.name, detail);
        }
    }
}
