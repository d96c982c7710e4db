//! `inventory`: scans and bills of materials over time.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail};
use chainwright_advisories::date::{moment, seconds};
use chainwright_analysis::RuleEntry;
use chainwright_boms::cyclonedx::{self, Edition};
use chainwright_boms::read::{ReadError, read};
use chainwright_boms::{Difference, Inventory, diff};
use chainwright_core::limits::Limits;
use chainwright_core::text::visible;
use chainwright_inventory::{
    Entry, InventoryError, Removal, Shelf, Sqlite, State, View, entry_of, read_folder,
};
use chainwright_policy::Config;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::composed::{About, Made};
use crate::gather::{Asked, Reading};
use crate::remote::Fetch;
use crate::verb::affected::{self, tell::state_value};
use crate::{FAILURE, intelligence, output};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write down what targets hold: bills of materials as they are, anything else by looking.
    Add(Box<AddArguments>),
    /// List what is known.
    List(ListArguments),
    /// Say what changed between two states; of one name, between its last two.
    Diff(DiffArguments),
    /// Say what a vulnerability, package, digest, licence or base model touches.
    Affected(Box<affected::OfInventory>),
    /// Write down that something is gone.
    Remove(RemoveArguments),
}

/// Where the inventory lies.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Where {
    /// The inventory; beside the store of advisories if not given.
    #[arg(long, value_name = "FILE", env = "CHAINWRIGHT_INVENTORY")]
    inventory: Option<PathBuf>,
}

impl Where {
    pub(crate) fn location(&self) -> PathBuf {
        self.inventory
            .clone()
            .unwrap_or_else(|| intelligence::location(None).with_file_name("inventory.db"))
    }
}

#[derive(Debug, Args)]
struct AddArguments {
    /// Bills of materials, or folders, files, archives, images, repositories (hf://…) and images in registries (oci://…)
    /// to look at.
    #[arg(value_name = "TARGET", required_unless_present = "boms")]
    targets: Vec<String>,

    /// Add every bill of materials below FOLDER; may be repeated.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["name", "version"])]
    boms: Vec<PathBuf>,

    /// What it is about, if not what the document says; for one target.
    #[arg(long)]
    name: Option<String>,

    /// Its version, if not what the document says; for one target.
    #[arg(long)]
    version: Option<String>,

    /// Where it runs.
    #[arg(long, value_name = "ENVIRONMENT")]
    deployed_as: Option<String>,

    /// From when on it is true; the time of the document if not given, else now.
    #[arg(long, value_name = "DATE", value_parser = moment_of)]
    valid_from: Option<i64>,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct ListArguments {
    /// Only these names.
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// Every state, not only the latest.
    #[arg(long)]
    history: bool,

    /// What was true on this day or at this moment.
    #[arg(long, value_name = "DATE", value_parser = moment_of)]
    as_of: Option<i64>,

    /// As far as was known on this day or at this moment.
    #[arg(long, value_name = "DATE", value_parser = moment_of)]
    known: Option<i64>,

    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct DiffArguments {
    /// The state before: NAME, NAME@VERSION, NAME/ENVIRONMENT, or #NUMBER.
    before: String,

    /// The state after; the latest of the same name if not given.
    after: Option<String>,

    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct RemoveArguments {
    /// What is gone: NAME, NAME@VERSION, NAME/ENVIRONMENT, or #NUMBER.
    #[arg(value_name = "STATE", required = true)]
    states: Vec<String>,

    /// Since when; now if not given.
    #[arg(long, value_name = "DATE", value_parser = moment_of, conflicts_with = "purge")]
    since: Option<i64>,

    /// Forget it altogether, as if it had never been written down.
    #[arg(long)]
    purge: bool,

    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    store: Where,

    /// How to tell it.
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

impl Common {
    fn print(
        &self,
        value: &Value,
        human: &dyn Fn(&mut dyn Write) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        output::to_stdout(&|out| match self.format {
            Format::Human => human(out),
            Format::Json => {
                serde_json::to_writer_pretty(&mut *out, value)?;
                writeln!(out)
            }
        })
    }
}

/// A day or moment as seconds since 1970.
pub(crate) fn moment_of(text: &str) -> Result<i64, String> {
    let whole = if text.len() == 10 {
        format!("{text}T00:00:00Z")
    } else {
        text.to_owned()
    };
    seconds(&whole)
        .ok_or_else(|| "a moment is written as 2026-01-31 or 2026-01-31T12:00:00Z".to_owned())
}

pub(crate) fn run(
    arguments: &Arguments,
    entries: &[RuleEntry],
    fetch: Option<Fetch>,
) -> anyhow::Result<ExitCode> {
    match &arguments.action {
        Action::Add(asked) => run_add(asked, entries, fetch),
        Action::List(asked) => run_list(asked),
        Action::Diff(asked) => run_diff(asked),
        Action::Affected(asked) => affected::run_on_inventory(asked, entries),
        Action::Remove(asked) => run_remove(asked),
    }
}

/// How targets are taken.
pub(crate) struct Taking<'a> {
    pub(crate) reading: &'a Reading,
    pub(crate) config: &'a Config,
    pub(crate) fetch: Option<Fetch>,
    /// The time, in seconds since 1970.
    pub(crate) now: i64,
}

/// A target as an entry, and what could not be read of it.
pub(crate) struct Taken {
    pub(crate) entry: Entry,
    pub(crate) gaps: Vec<String>,
}

impl Taking<'_> {
    /// Takes a target: a bill of materials as it is, anything else by looking at it.
    pub(crate) fn take(&self, target: &str) -> anyhow::Result<Taken> {
        let entry = if target.contains("://") {
            None
        } else {
            self.document(target)?
        };
        match entry {
            Some(entry) => Ok(Taken {
                entry,
                gaps: Vec::new(),
            }),
            None => self.look_at(target),
        }
    }

    /// A target that is a bill of materials.
    fn document(&self, target: &str) -> anyhow::Result<Option<Entry>> {
        let limits = &self.config.limits;
        let cannot = || format!("cannot read `{}`", visible(target, 300));
        let metadata = std::fs::metadata(target).with_context(cannot)?;
        if !metadata.is_file() || metadata.len() > limits.header_bytes {
            return Ok(None);
        }
        let bytes = std::fs::read(target).with_context(cannot)?;
        match read(&bytes, target, limits) {
            Ok((format, inventory)) => {
                let format = format.as_str();
                Ok(Some(entry_of(&inventory, format, bytes, target, self.now)))
            }
            Err(ReadError::UnknownFormat | ReadError::NotJson { .. })
                if !names_document(target) =>
            {
                Ok(None)
            }
            Err(error) => bail!("`{}`: {error}", visible(target, 300)),
        }
    }

    /// Looks at a target as `bom` does, without advisories: what is known of weaknesses is asked when somebody wants to
    /// know, not when something is written down.
    fn look_at(&self, target: &str) -> anyhow::Result<Taken> {
        let targets = [target.to_owned()];
        let gathered = self
            .reading
            .gather(&targets, self.config, Asked::default(), self.fetch)?;
        let made = Made::of(&gathered, &About::default())?;
        let document = cyclonedx::write(&made.inventory, Edition::V1_7);
        let mut entry = entry_of(&made.inventory, "scan", document, target, self.now);
        entry.valid_from = self.now;
        Ok(Taken {
            entry,
            gaps: made.gaps,
        })
    }
}

/// Whether a file calls itself a bill of materials, so that it is never taken for something else when it is broken.
fn names_document(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        ".cdx.json",
        ".spdx.json",
        ".bom.json",
        "bom.json",
        ".spdx",
        ".sbom",
        ".aibom",
        ".jsonld",
    ]
    .iter()
    .any(|end| name.ends_with(end))
}

fn run_add(
    asked: &AddArguments,
    entries: &[RuleEntry],
    fetch: Option<Fetch>,
) -> anyhow::Result<ExitCode> {
    let is_one = asked.targets.len() <= 1 && asked.boms.is_empty();
    if !is_one && (asked.name.is_some() || asked.version.is_some()) {
        bail!("--name and --version are for one target");
    }
    let now = chrono::Utc::now().timestamp();
    let config = asked.reading.config(entries)?;
    let taking = Taking {
        reading: &asked.reading,
        config: &config,
        fetch,
        now,
    };
    let mut entries = Vec::new();
    let mut gaps = Vec::new();
    for folder in &asked.boms {
        let found = read_folder(folder, &config.limits, now)?;
        if let Some(unread) = found.unread.first() {
            bail!(
                "`{}` could not be read: {}; nothing was added",
                unread.path.display(),
                unread.reason
            );
        }
        entries.extend(found.entries);
    }
    for target in &asked.targets {
        let taken = taking.take(target)?;
        entries.push(taken.entry);
        gaps.extend(taken.gaps);
    }
    for entry in &mut entries {
        if let Some(name) = &asked.name {
            entry.name.clone_from(name);
        }
        if let Some(version) = &asked.version {
            entry.version.clone_from(version);
        }
        if let Some(environment) = &asked.deployed_as {
            entry.environment.clone_from(environment);
        }
        entry.valid_from = asked.valid_from.unwrap_or(entry.valid_from);
    }
    let location = asked.common.store.location();
    let mut shelf = Sqlite::create(&location)?;
    let ids = shelf.add(&entries, now)?;
    let states = shelf.lookup(&ids)?;
    let value = json!({
        "schema": "chainwright-inventory-add/1",
        "inventory": location.to_string_lossy(),
        "added": states.iter().map(state_value).collect::<Vec<_>>(),
        "incomplete": gaps,
    });
    asked.common.print(&value, &|out| {
        for state in &states {
            writeln!(out, "{}", line(state))?;
        }
        for gap in &gaps {
            writeln!(out, "incomplete: {}", visible(gap, 500))?;
        }
        Ok(())
    })?;
    Ok(if gaps.is_empty() || asked.reading.allow_incomplete {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILURE)
    })
}

fn line(state: &State) -> String {
    let mut line = format!("#{} {}", state.id.0, visible(&state.name, 120));
    if !state.version.is_empty() {
        line.push_str(&format!(" {}", visible(&state.version, 60)));
    }
    if !state.environment.is_empty() {
        line.push_str(&format!(
            ", deployed as {}",
            visible(&state.environment, 60)
        ));
    }
    line.push_str(&format!(
        "  {} components, {}, since {}",
        state.components,
        visible(&state.format, 40),
        moment(state.valid_from)
    ));
    if let Some((at, _)) = state.ended {
        line.push_str(&format!(", gone since {}", moment(at)));
    }
    line
}

fn run_list(asked: &ListArguments) -> anyhow::Result<ExitCode> {
    let shelf = Sqlite::open(&asked.common.store.location())?;
    let view = match (asked.as_of, asked.known) {
        (None, None) => View::Now,
        (valid, known) => View::At {
            valid: valid.unwrap_or(i64::MAX),
            known: known.unwrap_or(i64::MAX),
        },
    };
    let mut states = if asked.history && view == View::Now {
        everything(&shelf)?
    } else {
        shelf.states(view)?
    };
    states.retain(|state| {
        (asked.history || state.is_current)
            && (asked.names.is_empty() || asked.names.contains(&state.name))
    });
    let value = json!({
        "schema": "chainwright-inventory-list/1",
        "states": states.iter().map(state_value).collect::<Vec<_>>(),
    });
    asked.common.print(&value, &|out| {
        states
            .iter()
            .try_for_each(|state| writeln!(out, "{}", line(state)))
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Every state that was not purged, whether it has ended or not.
fn everything(shelf: &Sqlite) -> Result<Vec<State>, InventoryError> {
    let current: Vec<_> = shelf
        .states(View::Now)?
        .into_iter()
        .filter(|state| state.is_current)
        .map(|state| state.id)
        .collect();
    let mut states = shelf.states(View::Ever)?;
    for state in &mut states {
        state.is_current = current.contains(&state.id);
    }
    Ok(states)
}

/// The states that a text names, oldest first: `#NUMBER`, `NAME`, `NAME@VERSION`, `NAME/ENVIRONMENT` or both.
fn named<'s>(states: &'s [State], text: &str) -> Vec<&'s State> {
    let number = text
        .strip_prefix('#')
        .and_then(|digits| digits.parse::<i64>().ok());
    let is_meant = |state: &&State| {
        let mut names = vec![
            state.name.clone(),
            format!("{}@{}", state.name, state.version),
        ];
        if !state.environment.is_empty() {
            names.push(format!("{}/{}", state.name, state.environment));
            names.push(format!(
                "{}/{}@{}",
                state.name, state.environment, state.version
            ));
        }
        number.map_or_else(
            || names.iter().any(|name| name == text),
            |number| state.id.0 == number,
        )
    };
    states.iter().filter(is_meant).collect()
}

/// The states of one system that a text names; several systems are ambiguous.
fn of_one_system<'s>(states: &'s [State], text: &str) -> Result<Vec<&'s State>, InventoryError> {
    let found = named(states, text);
    let mut environments: Vec<&str> = found
        .iter()
        .map(|state| state.environment.as_str())
        .collect();
    environments.dedup();
    match environments.len() {
        0 => Err(InventoryError::Unknown(text.to_owned())),
        1 => Ok(found),
        _ => Err(InventoryError::Ambiguous {
            name: text.to_owned(),
            environments: environments.join(", "),
        }),
    }
}

fn run_diff(asked: &DiffArguments) -> anyhow::Result<ExitCode> {
    let shelf = Sqlite::open(&asked.common.store.location())?;
    let states = everything(&shelf)?;
    let before = of_one_system(&states, &asked.before)?;
    let (before, after) = match &asked.after {
        Some(after) => (
            before.last().copied(),
            of_one_system(&states, after)?.last().copied(),
        ),
        None => {
            let last = before
                .last()
                .ok_or_else(|| InventoryError::Unknown(asked.before.clone()))?;
            let of_system =
                |state: &&State| state.name == last.name && state.environment == last.environment;
            let all: Vec<&State> = states.iter().filter(of_system).collect();
            let is_plain = before.len() == all.len();
            let previous = if is_plain {
                all.iter().rev().nth(1).copied()
            } else {
                Some(*last)
            };
            (previous, all.last().copied())
        }
    };
    let (Some(before), Some(after)) = (before, after) else {
        bail!(
            "`{}` has one state only; there is nothing to compare it with",
            visible(&asked.before, 200)
        );
    };
    let difference = diff(
        &inventory_of(&shelf, before)?,
        &inventory_of(&shelf, after)?,
    );
    let value = json!({
        "schema": "chainwright-inventory-diff/1",
        "before": state_value(before),
        "after": state_value(after),
        "difference": difference,
    });
    asked.common.print(&value, &|out| {
        writeln!(out, "from {}\nto   {}", line(before), line(after))?;
        human_difference(&difference, out)
    })?;
    Ok(ExitCode::SUCCESS)
}

fn inventory_of(shelf: &Sqlite, state: &State) -> anyhow::Result<Inventory> {
    let document = shelf.document(state.id)?;
    let limits = Limits {
        header_bytes: u64::MAX,
        text_bytes: u64::MAX,
        ..Limits::default()
    };
    let (_, inventory) = read(&document, &state.origin, &limits).map_err(|error| {
        anyhow!(
            "the document of `{}` cannot be read: {error}",
            visible(&state.name, 200)
        )
    })?;
    Ok(inventory)
}

fn human_difference(difference: &Difference, out: &mut dyn Write) -> io::Result<()> {
    if difference.is_empty() {
        return writeln!(out, "nothing changed");
    }
    for (sign, items) in [("+", &difference.added), ("-", &difference.removed)] {
        for item in items {
            writeln!(
                out,
                "{sign} {} {} {}",
                item.kind,
                visible(&item.name, 200),
                visible(&item.version, 80)
            )?;
        }
    }
    for change in &difference.changed {
        writeln!(
            out,
            "~ {} {}",
            change.item.kind,
            visible(&change.item.name, 200)
        )?;
        for detail in &change.details {
            writeln!(out, "    {}", visible(&detail_words(detail), 400))?;
        }
    }
    for (word, exposures) in [
        ("exposed to", &difference.exposed),
        ("no longer exposed to", &difference.fixed),
    ] {
        for exposure in exposures {
            writeln!(
                out,
                "{word} {} in {}",
                visible(&exposure.id, 80),
                visible(&exposure.component, 200)
            )?;
        }
    }
    Ok(())
}

fn detail_words(detail: &chainwright_boms::diff::Detail) -> String {
    use chainwright_boms::diff::Detail;
    match detail {
        Detail::Version(was, is) => format!("version {was} -> {is}"),
        Detail::Content(was, is) => format!("other bytes under the same version: {was} -> {is}"),
        Detail::NewContent => "other bytes".to_owned(),
        Detail::LicenceAdded(term) => format!("came under {term}"),
        Detail::LicenceRemoved(term) => format!("no longer under {term}"),
        Detail::Supplier(was, is) => format!("supplier {was} -> {is}"),
        Detail::Statement(aspect, was, is) => {
            format!("{aspect}: {} -> {}", was.join(", "), is.join(", "))
        }
        Detail::RelationAdded(kind, to) => format!("now {kind} {to}"),
        Detail::RelationRemoved(kind, to) => format!("no longer {kind} {to}"),
    }
}

fn run_remove(asked: &RemoveArguments) -> anyhow::Result<ExitCode> {
    let mut shelf = Sqlite::open(&asked.common.store.location())?;
    let states = everything(&shelf)?;
    let mut gone: Vec<&State> = Vec::new();
    for text in &asked.states {
        let found = of_one_system(&states, text)?;
        gone.extend(
            found
                .into_iter()
                .filter(|state| asked.purge || state.ended.is_none()),
        );
    }
    let now = chrono::Utc::now().timestamp();
    let removal = if asked.purge {
        Removal::Purged
    } else {
        Removal::Ended(asked.since.unwrap_or(now))
    };
    let ids: Vec<_> = gone.iter().map(|state| state.id).collect();
    shelf.remove(&ids, removal, now)?;
    let value = json!({
        "schema": "chainwright-inventory-remove/1",
        "removed": gone.iter().map(|state| state_value(state)).collect::<Vec<_>>(),
        "purged": asked.purge,
    });
    asked.common.print(&value, &|out| {
        let word = if asked.purge { "forgotten" } else { "gone" };
        gone.iter()
            .try_for_each(|state| writeln!(out, "{word}: {}", line(state)))
    })?;
    Ok(ExitCode::SUCCESS)
}
