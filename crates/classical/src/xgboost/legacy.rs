//! The binary form (`binf`) that XGBoost wrote before version 2.1, and the raw buffers of its pickles.
//!
//! A C structure for each part, copied to disk: learner parameters, objective, booster, trees, attributes, metrics.
//! Old releases have no mark at all; those are known by the texts at their fixed places.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::ByteSource;
use chainwright_core::fields::{Order, narrow, u32_le, u64_le};
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazardKind};
use chainwright_core::problem::ProblemKind;

use super::{BOOSTERS, shape_flaw, walk};
use crate::names;
use crate::note::{hazard, out_of_time};
use crate::reader::Reader;
use crate::{json, ubjson, xgboost};

/// Bytes of the learner's parameters.
const LEARNER: u64 = 136;
/// Bytes of the parameters of a tree booster.
const BOOSTER: u64 = 160;
/// Bytes of the parameters of a linear booster.
const LINEAR: u64 = 136;
/// Bytes of the parameters of one tree.
const TREE: u64 = 148;
/// Bytes of one node and of its statistics.
const NODE: u64 = 20;
const STATISTICS: u64 = 16;
/// The mark of a buffer with configuration.
const CONFIG: &[u8] = b"CONFIG-offset:";
/// The families of objectives of all versions.
const OBJECTIVES: [&str; 8] = [
    "reg:",
    "binary:",
    "multi:",
    "rank:",
    "count:",
    "survival:",
    "gpu:",
    "custom",
];

/// Whether a file starts like one of these.
pub(crate) fn is_legacy(head: &[u8]) -> bool {
    head.starts_with(CONFIG)
        || head
            .strip_prefix(b"binf")
            .is_some_and(|rest| rest.len() >= 64 && learner_follows(rest, false))
        || learner_follows(head, true)
}

/// Whether the learner's structure and the name of its objective lie here.
fn learner_follows(bytes: &[u8], strictly: bool) -> bool {
    let Some(length) = u64_le(bytes, narrow(LEARNER)) else {
        return !strictly;
    };
    if !strictly {
        return length < 1 << 32;
    }
    let start = narrow(LEARNER).saturating_add(8);
    let name = bytes
        .get(start..start.saturating_add(narrow(length.min(64))))
        .unwrap_or_default();
    let objective = std::str::from_utf8(name).unwrap_or_default();
    let is_objective = OBJECTIVES
        .iter()
        .any(|family| objective.starts_with(family));
    let features = u32_le(bytes, 4).unwrap_or(u32::MAX);
    let rest = bytes
        .get(start.saturating_add(name.len())..)
        .unwrap_or_default();
    let booster = rest.get(8..).unwrap_or_default();
    is_objective
        && features < 1 << 28
        && BOOSTERS
            .iter()
            .any(|name| booster.starts_with(name.as_bytes()))
}

/// Reads the binary form.
pub(crate) fn read(source: &dyn ByteSource, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Xgboost);
    let mut start = 0;
    let mut reader = Reader::at(source, 0, Order::Little);
    if reader.bytes(14, 14).as_deref() == Some(CONFIG) {
        let offset = reader.u64().unwrap_or(0);
        start = reader.position();
        config(source, offset, start, budget, &mut facts);
        if reader.peek() == Some(b'{') {
            let (value, _) = ubjson::parse(source, start, budget, &mut facts);
            xgboost::judge(&value, budget, &mut facts);
            return facts;
        }
    }
    let mut reader = Reader::at(source, start, Order::Little);
    if reader.bytes(4, 4).as_deref() != Some(b"binf") {
        reader.seek(start);
    }
    if Model::new(&mut reader, budget, &mut facts).read().is_none() {
        reader.note_end(&mut facts, "the model");
    }
    facts
}

/// The configuration behind the model, JSON as text.
fn config(
    source: &dyn ByteSource,
    offset: u64,
    start: u64,
    budget: &Budget,
    facts: &mut ModelFacts,
) {
    let from = start.saturating_add(offset);
    if from > source.size() {
        let subject = format!("offset {offset}");
        let detail = "the configuration lies outside the file";
        let place = Place::Byte(14);
        hazard(
            facts,
            ModelHazardKind::OutOfBounds,
            Effect::OnLoad,
            place,
            &subject,
            detail,
            "",
        );
        return;
    }
    let mut reader = Reader::at(source, from, Order::Little);
    let left = reader.remaining();
    let text = reader.bytes(left, 1 << 20).unwrap_or_default();
    if text.first() == Some(&b'{') {
        let value = json::parse(&text, budget, facts);
        super::settings(&value, facts);
    }
}

struct Model<'r, 'a, 'f> {
    reader: &'r mut Reader<'a>,
    budget: &'r Budget,
    facts: &'f mut ModelFacts,
    features: u32,
    groups: i32,
}

impl<'r, 'a, 'f> Model<'r, 'a, 'f> {
    const fn new(
        reader: &'r mut Reader<'a>,
        budget: &'r Budget,
        facts: &'f mut ModelFacts,
    ) -> Self {
        Self {
            reader,
            budget,
            facts,
            features: 0,
            groups: 1,
        }
    }

    fn lie(&mut self, subject: &str) -> Option<()> {
        let place = Place::Byte(self.reader.position());
        let detail = "the stated number does not fit into the file";
        let kind = ModelHazardKind::SizeLie;
        hazard(self.facts, kind, Effect::OnLoad, place, subject, detail, "");
        Some(())
    }

    /// A text with its length; `Err` if the length lies.
    fn text(&mut self) -> Option<Result<String, ()>> {
        let length = self.reader.u64()?;
        if length > self.reader.remaining() {
            self.lie(&format!("text of {length}"));
            return Some(Err(()));
        }
        let bytes = self.reader.bytes(length, 1 << 20)?;
        Some(Ok(String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn read(&mut self) -> Option<()> {
        let start = self.reader.position();
        self.reader.skip(4)?;
        self.features = self.reader.u32()?;
        let classes = self.reader.i32()?;
        let has_attributes = self.reader.u32()? != 0;
        let has_metrics = self.reader.u32()? != 0;
        let (major, minor) = (self.reader.u32()?, self.reader.u32()?);
        self.groups = classes.max(1);
        if (1..100).contains(&major) {
            self.facts.version = format!("{major}.{minor}");
        }
        self.facts.producer = "xgboost".to_owned();
        if classes < 0 {
            self.lie(&format!("num_class {classes}"))?;
        }
        self.reader.seek(start.saturating_add(LEARNER));
        let Ok(_objective) = self.text()? else {
            return Some(());
        };
        let Ok(booster) = self.text()? else {
            return Some(());
        };
        match booster.as_str() {
            "gbtree" => self.trees(false)?,
            "dart" => self.trees(true)?,
            "gblinear" => self.linear()?,
            other => {
                let what = format!(
                    "the booster `{}` is not read",
                    chainwright_core::text::visible(other, 40)
                );
                let place = Place::Byte(self.reader.position());
                self.facts.problem(ProblemKind::Malformed, place, what);
                return Some(());
            }
        }
        if self.facts.hazards.is_empty() {
            self.tail(has_attributes, has_metrics)?;
        }
        Some(())
    }

    fn linear(&mut self) -> Option<()> {
        self.reader.skip(LINEAR)?;
        let count = self.reader.u64()?;
        if count.saturating_mul(4) > self.reader.remaining() {
            return self.lie(&format!("{count} weights"));
        }
        let wanted = u64::from(self.features)
            .saturating_add(1)
            .saturating_mul(u64::try_from(self.groups).unwrap_or(1));
        if count < wanted {
            let place = Place::Byte(self.reader.position());
            let detail = "fewer weights than features";
            let kind = ModelHazardKind::OutOfBounds;
            hazard(
                self.facts,
                kind,
                Effect::OnUse,
                place,
                "weights",
                detail,
                "",
            );
        }
        self.reader.skip(count.saturating_mul(4))
    }

    fn trees(&mut self, is_dart: bool) -> Option<()> {
        let start = self.reader.position();
        let count = self.reader.i32()?;
        self.reader.seek(start.saturating_add(28));
        let leaf_vector = self.reader.i32()?;
        self.reader.seek(start.saturating_add(BOOSTER));
        let least = TREE.saturating_add(NODE);
        let Some(trees) = u64::try_from(count)
            .ok()
            .filter(|trees| trees.saturating_mul(least) <= self.reader.remaining())
        else {
            return self.lie(&format!("{count} trees"));
        };
        self.facts.operators = trees;
        for index in 0..trees {
            if out_of_time(self.budget, self.reader.position(), self.facts) {
                return Some(());
            }
            if !self.tree(index, leaf_vector)? {
                return Some(());
            }
        }
        for _ in 0..trees {
            let group = self.reader.i32()?;
            if !(0..self.groups).contains(&group) {
                let place = Place::Byte(self.reader.position());
                let detail = "a tree adds to an output that does not exist";
                let kind = ModelHazardKind::OutOfBounds;
                hazard(
                    self.facts,
                    kind,
                    Effect::OnUse,
                    place,
                    "tree_info",
                    detail,
                    "",
                );
            }
        }
        if is_dart && trees > 0 {
            let weights = self.reader.u64()?;
            if weights.saturating_mul(4) > self.reader.remaining() || weights < trees {
                return self.lie(&format!("{weights} weights"));
            }
            self.reader.skip(weights.saturating_mul(4))?;
        }
        Some(())
    }

    /// Reads one tree; false if the rest cannot be found.
    fn tree(&mut self, index: u64, leaf_vector: i32) -> Option<bool> {
        let start = self.reader.position();
        self.reader.skip(4)?;
        let count = self.reader.i32()?;
        self.reader.seek(start.saturating_add(TREE));
        let each = NODE.saturating_add(STATISTICS);
        let Some(nodes) = u64::try_from(count)
            .ok()
            .filter(|nodes| *nodes > 0 && nodes.saturating_mul(each) <= self.reader.remaining())
        else {
            self.lie(&format!("{count} nodes"))?;
            return Some(false);
        };
        let (mut left, mut right, mut split) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..nodes {
            self.reader.skip(4)?;
            left.push(self.reader.i32()?);
            right.push(self.reader.i32()?);
            split.push(self.reader.u32()? & 0x7fff_ffff);
            self.reader.skip(4)?;
        }
        self.reader.skip(nodes.saturating_mul(STATISTICS))?;
        if leaf_vector > 0 {
            let count = self.reader.u64()?;
            if count.saturating_mul(4) > self.reader.remaining() {
                self.lie(&format!("{count} leaf values"))?;
                return Some(false);
            }
            self.reader.skip(count.saturating_mul(4))?;
        }
        self.facts.parameters = self.facts.parameters.saturating_add(nodes);
        let base = format!("/trees/{index}");
        let features = self.features;
        let mut bad_feature = false;
        let flaw = walk(&left, &right, &mut |node| {
            bad_feature |=
                features > 0 && split.get(node).is_some_and(|feature| *feature >= features);
        });
        if let Some(flaw) = flaw {
            shape_flaw(flaw, &base, self.facts);
        }
        if bad_feature {
            let detail = "a split looks at a feature that does not exist";
            let place = Place::Byte(start);
            let kind = ModelHazardKind::OutOfBounds;
            hazard(self.facts, kind, Effect::OnUse, place, &base, detail, "");
        }
        Some(true)
    }

    /// Attributes and metrics behind the booster.
    fn tail(&mut self, has_attributes: bool, has_metrics: bool) -> Option<()> {
        if has_attributes {
            let count = self.reader.u64()?;
            if count.saturating_mul(16) > self.reader.remaining() {
                return self.lie(&format!("{count} attributes"));
            }
            for _ in 0..count {
                let Ok(_key) = self.text()? else {
                    return Some(());
                };
                let Ok(value) = self.text()? else {
                    return Some(());
                };
                let place = Place::Byte(self.reader.position());
                names::check_text(&value, place, self.facts);
            }
        }
        if has_metrics {
            let count = self.reader.u64()?;
            if count.saturating_mul(8) > self.reader.remaining() {
                return self.lie(&format!("{count} metrics"));
            }
            for _ in 0..count {
                let Ok(_metric) = self.text()? else {
                    return Some(());
                };
            }
        }
        Some(())
    }
}
