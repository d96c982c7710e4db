//! What people want to know of a bill of materials: what is in it, how well it is known, what is missing.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use chainwright_boms::completeness::Answer;
use chainwright_boms::inventory::{Component, Inventory, Kind, Listing, Property, Severity};
use chainwright_boms::{Completeness, Evidence};
use chainwright_core::text::visible;

use crate::composed::Made;

/// Columns if nobody says how many there are.
const USUAL_WIDTH: usize = 100;
/// Rows of a list that are shown.
const SHOWN: usize = 6;

/// The columns to fill.
pub(super) fn width(asked: Option<usize>) -> usize {
    let terminal = console::Term::stdout()
        .size_checked()
        .map(|(_, columns)| usize::from(columns));
    asked.or(terminal).unwrap_or(USUAL_WIDTH).clamp(40, 160)
}

/// What is told when a document was made.
pub(super) struct Summary<'a> {
    pub(super) made: &'a Made,
    pub(super) completeness: Completeness,
    pub(super) format: &'a str,
    pub(super) file: Option<&'a Path>,
    pub(super) bytes: usize,
    pub(super) width: usize,
}

impl Summary<'_> {
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let inventory = &self.made.inventory;
        let subject = inventory.subject();
        let name = subject.map(Component::full_name).unwrap_or_default();
        let kind = subject.map_or("target", |subject| subject.kind.as_str());
        let to = self.file.map_or_else(
            || "standard output".to_owned(),
            |file| file.display().to_string(),
        );
        line(
            out,
            self.width,
            &format!("{} ({kind})", visible(&name, 200)),
        )?;
        line(
            out,
            self.width,
            &format!(
                "{}, {} kB, to {}",
                self.format,
                self.bytes.div_ceil(1000),
                visible(&to, 300)
            ),
        )?;
        writeln!(out)?;
        row(out, self.width, "holds", &counts(inventory))?;
        self.models(out)?;
        row(out, self.width, "known", &evidence(inventory))?;
        self.weaknesses(out)?;
        self.contradictions(out)?;
        writeln!(out)?;
        completeness(out, &self.completeness, self.width)?;
        self.gaps(out)
    }

    fn models(&self, out: &mut dyn Write) -> io::Result<()> {
        let inventory = &self.made.inventory;
        let is_part = |each: &&Component| each.listing == Listing::Part;
        let models: Vec<&Component> = inventory.of_kind(Kind::Model).filter(is_part).collect();
        for (index, model) in models.iter().take(SHOWN).enumerate() {
            let label = if index == 0 { "models" } else { "" };
            row(out, self.width, label, &about(inventory, model))?;
        }
        if models.len() > SHOWN {
            row(
                out,
                self.width,
                "",
                &format!("and {} more", models.len() - SHOWN),
            )?;
        }
        Ok(())
    }

    fn weaknesses(&self, out: &mut dyn Write) -> io::Result<()> {
        let all = &self.made.inventory.vulnerabilities;
        let open: Vec<_> = all.iter().filter(|each| each.is_open()).collect();
        let text = if !self.made.has_advisories {
            "not compared with advisories (no store; `chainwright intel update` makes one)"
                .to_owned()
        } else if all.is_empty() {
            "none known".to_owned()
        } else {
            let mut by_grade: BTreeMap<Severity, usize> = BTreeMap::new();
            for each in &open {
                *by_grade.entry(each.severity()).or_default() += 1;
            }
            let grades: Vec<String> = by_grade
                .iter()
                .rev()
                .map(|(grade, count)| format!("{count} {}", grade.as_str()))
                .collect();
            let settled = all.len() - open.len();
            let settled = if settled > 0 {
                format!("; {settled} settled by VEX")
            } else {
                String::new()
            };
            format!("{} open ({}){settled}", open.len(), grades.join(", "))
        };
        row(out, self.width, "weaknesses", &text)
    }

    fn contradictions(&self, out: &mut dyn Write) -> io::Result<()> {
        let is_contradiction = |each: &&Property| each.name == "chainwright:contradiction";
        let components = self.made.inventory.components.values();
        let found: Vec<&Property> = components
            .flat_map(|component| component.properties.iter().filter(is_contradiction))
            .collect();
        for (index, each) in found.iter().take(SHOWN).enumerate() {
            let label = if index == 0 { "contradicts" } else { "" };
            row(out, self.width, label, &each.value)?;
        }
        if found.len() > SHOWN {
            row(
                out,
                self.width,
                "",
                &format!("and {} more", found.len() - SHOWN),
            )?;
        }
        Ok(())
    }

    fn gaps(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.made.gaps.is_empty() {
            return Ok(());
        }
        writeln!(out)?;
        let count = self.made.gaps.len();
        let plural = if count == 1 { "" } else { "s" };
        line(
            out,
            self.width,
            &format!("INCOMPLETE: {count} part{plural} could not be read or compared"),
        )?;
        for gap in self.made.gaps.iter().take(SHOWN) {
            row(out, self.width, "", gap)?;
        }
        Ok(())
    }
}

/// One line about a model.
fn about(inventory: &Inventory, model: &Component) -> String {
    use chainwright_boms::inventory::Aspect;
    let said = |aspect: Aspect| {
        let field = model.aspect(aspect)?;
        let text = field.value()?.lines().join(", ");
        Some((visible(&text, 80), field.evidence()))
    };
    let marked = |(text, evidence): (String, Evidence)| match evidence {
        Evidence::Verified => format!("{text} (verified)"),
        Evidence::Inferred => format!("{text} (inferred)"),
        Evidence::Declared | Evidence::Absent => text,
    };
    let mut parts = Vec::new();
    if let Some((count, evidence)) = said(Aspect::ParameterCount) {
        let number = count.parse().map_or(count, short);
        parts.push(marked((format!("{number} parameters"), evidence)));
    }
    for aspect in [Aspect::ArchitectureFamily, Aspect::Quantisation] {
        parts.extend(said(aspect).map(marked));
    }
    if said(Aspect::Quantisation).is_none() {
        parts.extend(said(Aspect::DataTypes).map(marked));
    }
    let licences: Vec<String> = model
        .licences
        .iter()
        .map(|each| visible(&each.term, 60))
        .collect();
    parts.push(if licences.is_empty() {
        "no licence".to_owned()
    } else {
        licences.join(" and ")
    });
    let bases: Vec<String> = inventory
        .from(&model.reference)
        .filter(|relation| relation.kind.is_lineage())
        .filter_map(|relation| inventory.component(&relation.to))
        .map(|base| visible(&base.full_name(), 80))
        .collect();
    if !bases.is_empty() {
        parts.push(format!("from {}", bases.join(", ")));
    }
    format!("{}: {}", visible(&model.full_name(), 80), parts.join(", "))
}

/// A number of parameters as people write it.
fn short(count: u64) -> String {
    let count = count as f64;
    match count {
        _ if count >= 1e9 => format!("{:.2} B", count / 1e9),
        _ if count >= 1e6 => format!("{:.1} M", count / 1e6),
        _ if count >= 1e4 => format!("{:.1} k", count / 1e3),
        _ => format!("{count}"),
    }
}

fn counts(inventory: &Inventory) -> String {
    let mut by_kind: BTreeMap<Kind, usize> = BTreeMap::new();
    for component in inventory.components.values() {
        if component.listing == Listing::Part {
            *by_kind.entry(component.kind).or_default() += 1;
        }
    }
    let named = inventory
        .components
        .values()
        .filter(|component| component.listing == Listing::Ancestor)
        .count();
    let mut parts: Vec<String> = by_kind
        .into_iter()
        .map(|(kind, count)| {
            let name = kind.as_str();
            let plural = if count == 1 || kind == Kind::Data {
                ""
            } else {
                "s"
            };
            format!("{count} {name}{plural}")
        })
        .collect();
    if named > 0 {
        parts.push(format!("{named} only named as base"));
    }
    let count = inventory.relations.len();
    let plural = if count == 1 { "" } else { "s" };
    parts.push(format!("{count} relation{plural}"));
    parts.join(", ")
}

/// How many statements are known how well.
fn evidence(inventory: &Inventory) -> String {
    let mut counts: BTreeMap<Evidence, usize> = BTreeMap::new();
    let mut unknown = 0_usize;
    for component in inventory.components.values() {
        let fields = component.aspects.values();
        unknown += fields
            .clone()
            .filter(|field| field.is_stated_unknown())
            .count();
        let aspects = fields
            .filter(|field| field.value().is_some())
            .map(|field| field.evidence());
        let hashes = component.hashes.values().map(|field| field.evidence());
        let licences = component.licences.iter().map(|licence| licence.evidence);
        let texts = [&component.version, &component.purl, &component.description];
        let texts = texts
            .into_iter()
            .filter(|field| field.value().is_some())
            .map(|field| field.evidence());
        for evidence in aspects.chain(hashes).chain(licences).chain(texts) {
            *counts.entry(evidence).or_default() += 1;
        }
    }
    let mut parts: Vec<String> = counts
        .iter()
        .rev()
        .map(|(evidence, count)| format!("{count} {evidence}"))
        .collect();
    if unknown > 0 {
        parts.push(format!("{unknown} stated to be unknown"));
    }
    format!("{} statements", parts.join(", "))
}

/// Completeness by cluster, and what is absent.
pub(super) fn completeness(
    out: &mut dyn Write,
    measured: &Completeness,
    width: usize,
) -> io::Result<()> {
    let title = format!(
        "{}: {} of 100",
        measured.standard.as_str(),
        measured.score()
    );
    line(out, width, &title)?;
    let mut clusters: Vec<(&str, usize, usize, Vec<String>)> = Vec::new();
    for element in &measured.elements {
        if clusters
            .last()
            .is_none_or(|(name, ..)| *name != element.cluster)
        {
            clusters.push((&element.cluster, 0, 0, Vec::new()));
        }
        let Some((_, there, asked, absent)) = clusters.last_mut() else {
            continue;
        };
        match element.answer {
            Answer::NotApplicable => {}
            Answer::Present(_) => {
                *there += 1;
                *asked += 1;
            }
            Answer::StatedUnknown => *asked += 1,
            Answer::Absent => {
                *asked += 1;
                let count = if element.asked > 1 {
                    format!(
                        " ({} of {})",
                        element.asked - element.answered,
                        element.asked
                    )
                } else {
                    String::new()
                };
                absent.push(format!("{}{count}", element.name));
            }
        }
    }
    for (name, there, asked, absent) in clusters {
        let text = match (asked, absent.is_empty()) {
            (0, _) => "not applicable".to_owned(),
            (_, true) => format!("{there}/{asked}"),
            (_, false) => format!("{there}/{asked}, absent: {}", absent.join(", ")),
        };
        let label = name.replace("key performance indicators", "performance");
        row(out, width, &label, &text)?;
    }
    Ok(())
}

fn line(out: &mut dyn Write, width: usize, text: &str) -> io::Result<()> {
    wrap(out, width, "", text)
}

/// A label and a text that is broken below itself.
fn row(out: &mut dyn Write, width: usize, label: &str, text: &str) -> io::Result<()> {
    wrap(out, width, &format!("  {label:<15}"), &visible(text, 2000))
}

fn wrap(out: &mut dyn Write, width: usize, head: &str, text: &str) -> io::Result<()> {
    let indent = head.chars().count();
    let mut column = indent;
    write!(out, "{head}")?;
    for (index, word) in text.split_whitespace().enumerate() {
        let length = console::measure_text_width(word);
        if index > 0 && column + 1 + length > width && length + indent < width {
            write!(out, "\n{:indent$}", "")?;
            column = indent;
        } else if index > 0 {
            write!(out, " ")?;
            column += 1;
        }
        write!(out, "{word}")?;
        column += length;
    }
    writeln!(out)
}
