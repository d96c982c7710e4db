//! The review: reads configuration and weights of an adapter and says what a reviewer should look at.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_core::budget::Budget;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_weights::Tensor;
use serde_json::Value;

use crate::beside::is_tokenizer;
use crate::config::AdapterConfig;
use crate::facts::{
    AdapterFacts, AdapterSignKind as Sign, BaseClaim, BaseInfo, BaseMatch, FullTensor, ModuleFacts,
    Share,
};
use crate::judge::{self, Signs, shown};
use crate::measure::{self, Factors, Sizes};
use crate::name::{layer_of, projection_of};
use crate::target::{Names, ends};

mod parts;

/// Modules that are judged; adapters of all experts of the largest mixtures stay below.
const MOST_MODULES: usize = 65_536;
/// Modules that are kept in the facts.
const KEPT_MODULES: usize = 4096;
/// Whole weights that are kept in the facts.
const KEPT_FULL: usize = 256;

/// What a review looks at.
#[derive(Debug, Clone, Copy, Default)]
pub struct AdapterInput<'a> {
    /// `adapter_config.json`, if there is one.
    pub config: Option<&'a Value>,
    /// Every tensor of the adapter, duplicates included.
    pub tensors: &'a [Tensor],
    /// The base, if it is at hand.
    pub base: Option<&'a BaseInfo>,
    /// Names of the files beside it.
    pub files: &'a [String],
}

/// Reviews an adapter.
#[must_use]
pub fn review(input: &AdapterInput<'_>, budget: &Budget) -> AdapterFacts {
    let config = input.config.map(AdapterConfig::read);
    let review = Review {
        input: *input,
        config: config.as_ref(),
        budget,
        signs: Signs::default(),
        problems: Vec::new(),
        modules: BTreeMap::new(),
        full: Vec::new(),
        kinds: BTreeSet::new(),
        up_is_zero: Vec::new(),
        tokens: Vec::new(),
        seen: BTreeMap::new(),
    };
    review.run()
}

struct Review<'a> {
    input: AdapterInput<'a>,
    config: Option<&'a AdapterConfig>,
    budget: &'a Budget,
    signs: Signs,
    problems: Vec<Problem>,
    modules: BTreeMap<&'a str, Factors<'a>>,
    full: Vec<FullTensor>,
    kinds: BTreeSet<&'static str>,
    up_is_zero: Vec<bool>,
    /// Modules with trained token rows, and how many rows.
    tokens: Vec<(&'a str, u64)>,
    /// How often a name occurred.
    seen: BTreeMap<&'a str, u32>,
}

impl<'a> Review<'a> {
    fn run(mut self) -> AdapterFacts {
        for tensor in self.input.tensors {
            if self.budget.check_time().is_err() {
                let detail = "the time was up before all tensors were read";
                self.problem(ProblemKind::LimitReached, Place::Whole, detail);
                break;
            }
            self.tensor(tensor);
        }
        self.spellings();
        let modules_in_all = self.modules.len() as u64;
        let mut modules = self.measure_modules();
        judge::shares(&mut modules, &mut self.signs);
        let base_match = self.compare(&mut modules);
        self.whole(&modules);
        let (layers, projections) = spread(&modules);
        modules.truncate(KEPT_MODULES);
        let (signs, signs_left_out) = std::mem::take(&mut self.signs).finish();
        let parameters = self.input.tensors.iter().map(Tensor::elements);
        AdapterFacts {
            kind: self.kind(),
            base: self.claim(),
            base_match,
            base_digest: self.input.base.and_then(|base| base.digest.clone()),
            declared_rank: self.config.and_then(|config| config.rank),
            declared_alpha: self.config.and_then(|config| config.alpha),
            tensors: self.input.tensors.len() as u64,
            parameters: parameters.fold(0, u64::saturating_add),
            modules,
            modules_in_all,
            full: self.full,
            layers,
            projections,
            signs,
            signs_left_out,
            problems: self.problems,
        }
    }

    fn problem(&mut self, kind: ProblemKind, place: Place, detail: &str) {
        let problem = Problem::new(kind, place, detail);
        if self.problems.len() < 64 && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn kind(&self) -> Option<String> {
        let declared = self.config.and_then(|config| config.kind.as_deref());
        let found = || self.kinds.first().map(|kind| (*kind).to_owned());
        declared.map(shown).or_else(found)
    }

    fn claim(&self) -> BaseClaim {
        let Some(config) = self.config else {
            return BaseClaim::default();
        };
        let is_commit = |revision: &String| {
            revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        BaseClaim {
            name: config.base.as_deref().map(shown),
            revision: config.revision.as_deref().map(shown),
            is_pinned: config.revision.as_ref().is_some_and(is_commit),
        }
    }

    /// Whether the configuration makes claims about which weights are shipped: PEFT's does.
    fn has_claims(&self) -> bool {
        self.config.is_some_and(|config| config.kind.is_some())
    }

    /// One module under two names: loaders disagree about which one counts.
    fn spellings(&mut self) {
        let mut canonical: BTreeMap<String, &str> = BTreeMap::new();
        for module in self.modules.keys() {
            let plain = module.replace('.', "_");
            let plain = plain
                .trim_start_matches("lora_unet_")
                .trim_start_matches("unet_")
                .to_owned();
            if let Some(other) = canonical.insert(plain, module)
                && other != *module
            {
                let detail = format!("is the same module as `{}`", shown(other));
                self.signs.add(Sign::Duplicate, module, detail);
            }
        }
    }

    fn measure_modules(&mut self) -> Vec<ModuleFacts> {
        let modules = std::mem::take(&mut self.modules);
        let mut facts = Vec::with_capacity(modules.len().min(KEPT_MODULES));
        for (name, factors) in &modules {
            if self.budget.check_time().is_err() {
                let detail = "the time was up before all modules were measured";
                self.problem(ProblemKind::LimitReached, Place::Whole, detail);
                break;
            }
            let layer = layer_of(name);
            if let Some(config) = self.config {
                judge::declared(config, name, layer, &mut self.signs);
            }
            facts.push(self.module(name, factors, layer));
        }
        facts
    }

    fn module(&mut self, name: &str, factors: &Factors<'_>, layer: Option<u32>) -> ModuleFacts {
        let mut facts = ModuleFacts {
            name: shown(name),
            projection: projection_of(name),
            layer,
            rank: None,
            rows: 0,
            columns: 0,
            scale: None,
            norm: None,
            relative: None,
            share: None,
            spectrum: None,
        };
        if let (Some(down), Some(up)) = (factors.down, factors.up) {
            let Some(sizes) = measure::sizes(&down.shape, &up.shape) else {
                self.misfit(name, &down.shape, &up.shape);
                return facts;
            };
            let scale = self.sized(&mut facts, name, sizes, factors.alpha);
            let strength = measure::product(factors, sizes, scale);
            facts.norm = strength.norm;
            facts.spectrum = strength.spectrum;
        } else if factors.down.is_some() != factors.up.is_some() {
            let detail = "has one half of its change only";
            self.signs.add(Sign::MissingHalf, name, detail);
        } else if let Some(sizes) = measure::hadamard_sizes(factors) {
            let scale = self.sized(&mut facts, name, sizes, factors.alpha);
            facts.norm = measure::hadamard(factors, scale, self.budget);
        } else if let Some((sizes, _)) = measure::kronecker(factors, 1.0) {
            // LoKr has a rank only where a half is factored, and then alpha counts.
            let alpha = factors
                .alpha
                .or_else(|| self.config.and_then(|config| config.alpha_of(name)));
            let rank = self
                .config
                .and_then(|config| config.rank_of(name))
                .unwrap_or(sizes.rank);
            let scale = match alpha {
                Some(alpha) if rank > 0 => alpha / rank as f64,
                _ => 1.0,
            };
            facts.rows = sizes.rows;
            facts.columns = sizes.columns;
            facts.scale = Some(scale).filter(|scale| scale.is_finite());
            facts.norm = measure::kronecker(factors, scale).and_then(|(_, norm)| norm);
        } else if factors.hadamard.iter().any(Option::is_some) && !factors.middle {
            let detail = "has some factors of its change only, or factors that do not fit together";
            self.signs.add(Sign::MissingHalf, name, detail);
        }
        facts
    }

    fn sized(
        &mut self,
        facts: &mut ModuleFacts,
        name: &str,
        sizes: Sizes,
        alpha: Option<f64>,
    ) -> f64 {
        facts.rank = Some(sizes.rank);
        facts.rows = sizes.rows;
        facts.columns = sizes.columns;
        if let Some(config) = self.config {
            judge::rank(config, name, sizes, &mut self.signs);
        }
        let scale = judge::scale(self.config, name, sizes.rank, alpha, &mut self.signs);
        facts.scale = Some(scale);
        scale
    }

    fn misfit(&mut self, name: &str, down: &[u64], up: &[u64]) {
        // Experts in one tensor: a product for each.
        let are_stacked = down.len() == 3 && up.len() == 3 && down.first() == up.first();
        let is_empty = |shape: &[u64]| shape.len() < 2 || shape.contains(&0);
        if are_stacked || is_empty(down) || is_empty(up) {
            return;
        }
        let short = |shape: &[u64]| shape.iter().take(8).copied().collect::<Vec<_>>();
        let detail = format!("A is {:?} and B is {:?}", short(down), short(up));
        self.signs.add(Sign::ShapeMismatch, name, detail);
    }

    fn compare(&mut self, modules: &mut [ModuleFacts]) -> BaseMatch {
        let Some(base) = self.input.base else {
            return BaseMatch::NotCompared;
        };
        if let (Some(stated), Some(other)) = (
            self.config.and_then(|config| config.revision.as_ref()),
            &base.revision,
        ) && stated != other
        {
            let detail = format!(
                "trained on {}, compared with {}",
                shown(stated),
                shown(other)
            );
            self.signs.add(Sign::RevisionMismatch, "", detail);
        }
        judge::against_base(modules, base, self.config, &mut self.signs)
    }

    /// What is judged about the adapter as a whole.
    fn whole(&mut self, modules: &[ModuleFacts]) {
        if self.kinds.is_empty() {
            self.signs
                .add(Sign::NoAdapter, "", "no tensor is part of an adapter");
        }
        if !self.up_is_zero.is_empty() && self.up_is_zero.iter().all(|is_zero| *is_zero) {
            self.signs
                .add(Sign::Untrained, "", "the change is zero in every module");
        }
        if self.input.files.iter().any(|file| is_tokenizer(file)) {
            let detail =
                "a tokenizer or chat template lies beside the adapter and replaces the base's";
            self.signs.add(Sign::TokenizerShipped, "", detail);
        }
        let Some(config) = self.config else { return };
        self.untouched(config, modules);
        self.token_rows(config);
        if self.is_unknown_kind() {
            let detail = "this method is not known, so its tensors were not judged";
            self.signs.add(
                Sign::UnknownKind,
                config.kind.as_deref().unwrap_or(""),
                detail,
            );
        }
        if !config.invocation.is_empty() {
            let detail = format!(
                "acts only behind {} invocation tokens",
                config.invocation.len()
            );
            self.signs.add(Sign::ActivationTokens, "", detail);
        }
        if config.has_replication {
            let detail = "`layer_replication` repeats layers of the base";
            self.signs.add(Sign::LayerReplication, "", detail);
        }
        if judge::alters_base(config) {
            let detail = "the initialisation took a part out of the base; on the unaltered base the adapter does something else";
            self.signs.add(Sign::AlteredBase, "", detail);
        }
    }

    /// Declared targets that no tensor touches.
    fn untouched(&mut self, config: &AdapterConfig, modules: &[ModuleFacts]) {
        let Names::List(list) = &config.targets.names else {
            return;
        };
        let touched: BTreeSet<&str> = modules
            .iter()
            .flat_map(|module| ends(&module.name))
            .collect();
        if touched.is_empty() || !self.problems.is_empty() {
            return;
        }
        for name in list.iter().filter(|name| !touched.contains(name.as_str())) {
            // Embeddings may be targeted and saved whole.
            let is_saved = self
                .full
                .iter()
                .any(|full| full.name.contains(name.as_str()));
            if !is_saved && config.targets.name(name, None) != Some(false) {
                let detail = "is named in `target_modules`, and nothing changes it";
                self.signs.add(Sign::DeclaredUntouched, name, detail);
            }
        }
    }

    fn token_rows(&mut self, config: &AdapterConfig) {
        for (module, rows) in std::mem::take(&mut self.tokens) {
            let owner = module.trim_end_matches(".token_adapter");
            let by_name = config
                .tokens
                .iter()
                .find(|(name, _)| ends(owner).any(|end| end == *name));
            let chosen = by_name.or_else(|| config.tokens.first_key_value());
            let count = chosen.map_or(0, |(_, indices)| indices.len() as u64);
            let is_odd = chosen.is_some_and(|(_, indices)| indices.iter().any(|index| *index < 0));
            if rows != count || is_odd {
                let detail = format!("ships {rows} rows for {count} declared tokens");
                self.signs.add(Sign::TokenRowsMismatch, module, detail);
            } else {
                let detail = format!("replaces the embeddings of {rows} tokens");
                self.signs.add(Sign::TokenRows, module, detail);
            }
        }
    }
}

/// How the change spreads over layers and projections.
fn spread(modules: &[ModuleFacts]) -> (Vec<Share>, Vec<Share>) {
    let (mut layers, mut projections) = (BTreeMap::<u32, f64>::new(), BTreeMap::new());
    for module in modules {
        let Some(share) = module.share else { continue };
        if let Some(layer) = module.layer {
            *layers.entry(layer).or_insert(0.0) += share;
        }
        *projections.entry(module.projection).or_insert(0.0) += share;
    }
    let layers = layers.into_iter().map(|(layer, share)| Share {
        of: layer.to_string(),
        share,
    });
    let projections = projections.into_iter().map(|(projection, share)| Share {
        of: projection.as_str().to_owned(),
        share,
    });
    (layers.take(1024).collect(), projections.collect())
}
