//! Single tensors: what each one is, whether it may be there, and whether its values are sound.

use chainwright_core::location::Place;
use chainwright_core::problem::ProblemKind;
use chainwright_weights::Tensor;
use chainwright_weights::dtype::Family;

use super::{KEPT_FULL, MOST_MODULES, Review};
use crate::beside::is_tokenizer;
use crate::config::AdapterConfig;
use crate::facts::{AdapterSignKind as Sign, FullTensor, FullTensorKind};
use crate::judge::{self, shown};
use crate::kind::{Role, by_name, is_compatible};
use crate::measure;
use crate::name::{Part, module_of, parse};
use crate::target::{Names, ends};

impl<'a> Review<'a> {
    pub(super) fn tensor(&mut self, tensor: &'a Tensor) {
        let count = self.seen.entry(&tensor.name).or_default();
        *count = count.saturating_add(1);
        if *count == 2 {
            let detail = "stands in the file more than once";
            self.signs.add(Sign::Duplicate, &tensor.name, detail);
        }
        let role = match parse(&tensor.name) {
            Part::Adapter {
                module,
                marker,
                kind,
                role,
                ..
            } => {
                self.kinds.insert(kind.name);
                self.adapter_part(tensor, module, marker, kind.name, role);
                Some(role)
            }
            Part::Unlisted {
                module,
                marker,
                kind,
            } => {
                self.kinds.insert(kind.name);
                self.adapter_part(tensor, module, marker, kind.name, Role::Other);
                let detail = format!(
                    "has the prefix of {}, and is none of its known parts",
                    kind.name
                );
                self.signs.add(Sign::UnknownTensor, &tensor.name, detail);
                Some(Role::Other)
            }
            Part::Full { module, kind } => {
                self.full_weight(tensor, module, kind);
                None
            }
            Part::Foreign => {
                self.foreign(tensor);
                None
            }
        };
        self.values(tensor, role);
    }

    fn foreign(&mut self, tensor: &Tensor) {
        // A saved module is shipped with all its parameters and buffers, whatever they are called.
        let module = module_of(&tensor.name);
        if self
            .config
            .is_some_and(|config| is_in_saved(config, module))
        {
            return self.full_weight(tensor, module, FullTensorKind::Matrix);
        }
        let sign = if self.has_claims() {
            Sign::ForeignTensor
        } else {
            Sign::UnknownTensor
        };
        if !self.is_unknown_kind() {
            let detail = "is neither part of an adapter nor a weight of a base model";
            self.signs.add(sign, &tensor.name, detail);
        }
    }

    pub(super) fn is_unknown_kind(&self) -> bool {
        let declared = self.config.and_then(|config| config.kind.as_deref());
        declared.is_some_and(|kind| by_name(kind).is_none())
    }

    fn adapter_part(
        &mut self,
        tensor: &'a Tensor,
        module: &'a str,
        marker: &str,
        kind: &str,
        role: Role,
    ) {
        if let Some(declared) = self.config.and_then(|config| config.kind.as_deref())
            && by_name(declared).is_some()
            && !is_compatible(declared, kind, marker)
        {
            let detail = format!("belongs to {kind}, the configuration says {declared}");
            self.signs.add(Sign::KindMismatch, &tensor.name, detail);
        }
        match role {
            Role::TokenRows => {
                let rows = tensor.shape.first().copied().unwrap_or(0);
                self.tokens.push((module, rows));
                return;
            }
            Role::Prompt => return self.prompt(tensor),
            _ => {}
        }
        if module.is_empty() {
            return;
        }
        if self.modules.len() >= MOST_MODULES && !self.modules.contains_key(module) {
            let detail = "more modules than are judged";
            return self.problem(ProblemKind::LimitReached, Place::Whole, detail);
        }
        let is_first = self.modules.entry(module).or_default().take(role, tensor);
        if !is_first && self.seen.get(tensor.name.as_str()) == Some(&1) {
            let detail = "gives a part of this module that another tensor gives as well";
            self.signs.add(Sign::Duplicate, &tensor.name, detail);
        }
    }

    fn prompt(&mut self, tensor: &Tensor) {
        let Some(config) = self.config else { return };
        let (Some(tokens), Some(rows)) = (config.virtual_tokens, tensor.shape.first()) else {
            return;
        };
        let is_measured = matches!(
            config.kind.as_deref(),
            Some("PROMPT_TUNING" | "MULTITASK_PROMPT_TUNING" | "P_TUNING" | "PREFIX_TUNING")
        );
        if is_measured && tokens > 0 && !rows.is_multiple_of(tokens) {
            let detail = format!("has {rows} rows for {tokens} virtual tokens");
            self.signs.add(Sign::ShapeMismatch, &tensor.name, detail);
        }
    }

    fn full_weight(&mut self, tensor: &Tensor, module: &str, kind: FullTensorKind) {
        let is_declared = self
            .config
            .is_some_and(|config| is_saved(config, &tensor.name, module, kind));
        let has_tokenizer = self.input.files.iter().any(|file| is_tokenizer(file));
        let is_resized = self.input.base.is_some_and(|base| {
            let other = base.shapes.get(&format!("{module}.weight"));
            other.is_some_and(|shape| shape.first() != tensor.shape.first())
        });
        let is_explained = match self.input.base {
            Some(base) if base.shapes.contains_key(&format!("{module}.weight")) => is_resized,
            _ => has_tokenizer,
        };
        let has_claims = self.has_claims();
        judge::full_weight(
            &tensor.name,
            kind,
            is_declared,
            has_claims,
            is_explained,
            &mut self.signs,
        );
        if self.full.len() < KEPT_FULL {
            let mut shape = tensor.shape.clone();
            shape.truncate(8);
            self.full.push(FullTensor {
                name: shown(&tensor.name),
                kind,
                shape,
                is_declared,
            });
        }
    }

    /// What every tensor's values must satisfy.
    fn values(&mut self, tensor: &Tensor, role: Option<Role>) {
        let is_empty = tensor.elements() == 0;
        let is_flat_factor = matches!(role, Some(Role::Down | Role::Up)) && tensor.shape.len() < 2;
        if is_empty || is_flat_factor {
            let detail = "has no elements or too few dimensions, as after a failed export of sharded training";
            return self.signs.add(Sign::EmptyTensor, &tensor.name, detail);
        }
        // Alpha says nothing by itself: LoKr over whole matrices carries one beyond all bounds.
        if matches!(role, Some(Role::Indices | Role::Alpha)) {
            return;
        }
        if matches!(tensor.dtype.family(), Family::Integer | Family::Bool) {
            let is_saved = self
                .config
                .is_some_and(|config| is_in_saved(config, module_of(&tensor.name)));
            if is_saved || (role.is_none() && !self.has_claims()) {
                return;
            }
            let detail = format!("is stored as {}", tensor.dtype.name());
            return self.signs.add(Sign::ForeignType, &tensor.name, detail);
        }
        let sound = measure::soundness(tensor, self.budget);
        if !sound.is_complete {
            let place = Place::Key(shown(&tensor.name));
            self.problem(
                ProblemKind::Unsupported,
                place,
                "the values could not all be read",
            );
        }
        if sound.not_finite > 0 {
            let detail = format!("{} values are not finite", sound.not_finite);
            self.signs.add(Sign::NotFinite, &tensor.name, detail);
        } else if sound.is_huge {
            let detail = "has values beyond half precision";
            self.signs.add(Sign::HugeValues, &tensor.name, detail);
        }
        if role == Some(Role::Up) {
            self.up_is_zero.push(sound.is_zero);
        }
    }
}

/// Whether the configuration says that a weight is shipped.
fn is_saved(config: &AdapterConfig, name: &str, module: &str, kind: FullTensorKind) -> bool {
    let is_named = is_in_saved(config, module);
    // PEFT saves embeddings that are targets, and the base's biases if it trains them.
    let is_target = matches!(kind, FullTensorKind::Embedding | FullTensorKind::OutputHead)
        && config.targets.name(module, None) == Some(true)
        && !matches!(config.targets.names, Names::AllLinear);
    is_named
        || is_target
        || (kind == FullTensorKind::Bias && config.trains_bias && name.ends_with(".bias"))
}

/// Whether a name lies in one of `modules_to_save`.
fn is_in_saved(config: &AdapterConfig, name: &str) -> bool {
    !config.saved.is_empty() && stretches(name).any(|stretch| config.saved.contains(stretch))
}

/// Every stretch of a name between dots, up to eight words long.
fn stretches(module: &str) -> impl Iterator<Item = &str> {
    ends(module).flat_map(|end| {
        let cuts = end
            .match_indices('.')
            .map(|(dot, _)| dot)
            .chain([end.len()]);
        cuts.take(8).filter_map(|cut| end.get(..cut))
    })
}
