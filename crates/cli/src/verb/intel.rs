//! `intel`: the local store of advisories: bring it up to date, look into it, pass it on.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail};
use chainwright_advisories::Advisory;
use chainwright_advisories::date::{Day, moment};
use chainwright_core::package::Ecosystem;
use chainwright_core::text::visible;
use chainwright_intel::{
    Changes, Download, Freshness, IntelError, Key, STALE_AFTER_DAYS, Shown, Status, Store, Touched,
    Update, export, update,
};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::{FAILURE, intelligence, output};

/// References and packages that the human answer lists.
const SHOWN: usize = 12;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Build the store or bring it up to date.
    Update(UpdateArguments),
    /// Say what the store holds and how old it is; fails when it cannot be relied on.
    Status {
        #[command(flatten)]
        common: Common,

        /// After how many days without news advisories are stale.
        #[arg(long, value_name = "DAYS", default_value_t = STALE_AFTER_DAYS)]
        max_age: u32,
    },
    /// Show everything that is known under a name: a CVE, any alias, or a technique of MITRE ATLAS.
    Show {
        /// The name.
        id: String,

        #[command(flatten)]
        common: Common,
    },
    /// Write what the store knows as a snapshot that `update --from` takes.
    Export {
        /// The snapshot.
        out: PathBuf,

        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Args)]
struct UpdateArguments {
    /// An OSV archive, folder or file, RustSec or NVD CPE data, KEV, EPSS, ATLAS, popular names, a snapshot, or the
    /// https address of one; may be repeated.
    #[arg(long, value_name = "PATH|URL", required = true)]
    from: Vec<String>,

    /// Take only what this minisign key has signed: its file or its text.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,

    /// The signature, if it does not lie beside the source as NAME.minisig.
    #[arg(long, value_name = "FILE", requires = "key")]
    signature: Option<PathBuf>,

    /// Take a snapshot that is older than the store.
    #[arg(long)]
    allow_older: bool,

    /// The ecosystem of a list of popular names, as in a package URL.
    #[arg(long, value_name = "TYPE", default_value = "pypi", value_parser = ecosystem)]
    popular: Ecosystem,

    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Common {
    /// The store.
    #[arg(long, value_name = "FILE", env = "CHAINWRIGHT_INTEL")]
    store: Option<PathBuf>,

    /// How to tell it.
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.action {
        Action::Update(asked) => run_update(asked),
        Action::Status { common, max_age } => run_status(common, *max_age),
        Action::Show { id, common } => run_show(id, common),
        Action::Export { out, common } => run_export(out, common),
    }
}

impl Common {
    fn location(&self) -> PathBuf {
        intelligence::location(self.store.as_deref())
    }

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

fn ecosystem(text: &str) -> Result<Ecosystem, String> {
    Ecosystem::from_purl_type(text)
        .ok_or_else(|| format!("`{text}` is no type of package URLs that is known"))
}

fn run_update(asked: &UpdateArguments) -> anyhow::Result<ExitCode> {
    let key = asked.key.as_deref().map(read_key).transpose()?;
    let location = asked.common.location();
    let options = Update {
        from: &asked.from,
        now: chrono::Utc::now().timestamp(),
        key: key.as_ref(),
        signature: asked.signature.as_deref(),
        popular: asked.popular,
        allow_older: asked.allow_older,
        download: download(),
    };
    let changes = update(&location, &options)?;
    let value = json!({"schema": "chainwright-intel-update/1", "store": location.to_string_lossy(), "changes": changes});
    asked
        .common
        .print(&value, &|out| human_changes(&changes, &location, out))?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(feature = "download")]
fn download() -> Option<Download<'static>> {
    Some(&chainwright_intel::download)
}

#[cfg(not(feature = "download"))]
fn download() -> Option<Download<'static>> {
    None
}

/// A key is the name of a file or the text itself.
fn read_key(given: &str) -> anyhow::Result<Key> {
    let path = Path::new(given);
    if !path.is_file() {
        return Ok(Key::read(given)?);
    }
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read `{}`", visible(given, 300)))?;
    Ok(Key::read(&text)?)
}

fn human_changes(changes: &Changes, location: &Path, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{} advisories added, {} changed ({} withdrawn), {} as they were",
        changes.added, changes.changed, changes.withdrawn, changes.unchanged
    )?;
    if changes.kept_newer > 0 {
        writeln!(
            out,
            "{} were older than what the store has",
            changes.kept_newer
        )?;
    }
    if !changes.replaced.is_empty() {
        writeln!(out, "replaced: {}", changes.replaced.join(", "))?;
    }
    if changes.refused_count > 0 {
        writeln!(
            out,
            "{} could not be read and are missing:",
            changes.refused_count
        )?;
        for (name, reason) in changes.refused.iter().take(SHOWN) {
            writeln!(out, "  {}: {}", visible(name, 200), visible(reason, 200))?;
        }
    }
    writeln!(out, "store: {}", visible(&location.to_string_lossy(), 500))
}

fn run_status(common: &Common, max_age: u32) -> anyhow::Result<ExitCode> {
    let location = common.location();
    let today = Day::read(&moment(chrono::Utc::now().timestamp()))
        .ok_or_else(|| anyhow!("the clock shows no date"))?;
    let (freshness, status) = match Store::open(&location) {
        Ok(store) => (store.freshness(today, max_age), Some(store.status())),
        Err(IntelError::Missing(_)) => (Freshness::Missing, None),
        Err(error) => return Err(error.into()),
    };
    let value = json!({
        "schema": "chainwright-intel-status/1",
        "store": location.to_string_lossy(),
        "freshness": freshness,
        "status": status.as_ref().map(status_value),
    });
    common.print(&value, &|out| {
        human_status(&location, freshness, status.as_ref(), out)
    })?;
    Ok(match freshness {
        Freshness::Fresh => ExitCode::SUCCESS,
        Freshness::Missing | Freshness::Empty | Freshness::Stale { .. } => ExitCode::from(FAILURE),
    })
}

fn status_value(status: &Status) -> Value {
    let feeds: serde_json::Map<String, Value> = status
        .feeds
        .iter()
        .map(|(name, feed)| {
            let value = json!({
                "origin": feed.origin,
                "imported_at": moment(feed.imported_at),
                "newest": feed.newest.map(|day| day.to_string()),
                "records": feed.records,
                "withdrawn": feed.withdrawn,
                "refused": feed.refused,
            });
            (name.clone(), value)
        })
        .collect();
    let coverage: serde_json::Map<String, Value> = status
        .coverage
        .iter()
        .map(|(ecosystem, coverage)| {
            let newest = coverage.newest.map(|day| day.to_string());
            let value = json!({"packages": coverage.packages, "records": coverage.records, "newest": newest});
            (ecosystem.to_string(), value)
        })
        .collect();
    json!({
        "built_at": moment(status.built_at),
        "digest": status.digest,
        "advisories": status.advisories,
        "revisions": status.revisions,
        "digests": status.digests,
        "atlas": status.atlas,
        "feeds": feeds,
        "coverage": coverage,
    })
}

fn human_status(
    location: &Path,
    freshness: Freshness,
    status: Option<&Status>,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "store: {}", visible(&location.to_string_lossy(), 500))?;
    match freshness {
        Freshness::Missing => {
            return writeln!(
                out,
                "There is none; build one with `chainwright intel update --from PATH`."
            );
        }
        Freshness::Empty => writeln!(out, "It holds no advisory.")?,
        Freshness::Stale { days: u32::MAX } => {
            writeln!(out, "stale: nobody knows how old its advisories are")?
        }
        Freshness::Stale { days } => {
            writeln!(out, "stale: the newest advisory is {days} days old")?
        }
        Freshness::Fresh => writeln!(out, "fresh")?,
    }
    let Some(status) = status else { return Ok(()) };
    writeln!(
        out,
        "built {}, {} weaknesses",
        moment(status.built_at),
        status.advisories
    )?;
    writeln!(
        out,
        "\n{:<10} {:>8} {:>10}  {:<10}  {:<20}  from",
        "feed", "entries", "withdrawn", "newest", "imported"
    )?;
    for (name, feed) in &status.feeds {
        writeln!(
            out,
            "{:<10} {:>8} {:>10}  {:<10}  {:<20}  {}",
            visible(name, 20),
            feed.records,
            feed.withdrawn,
            feed.newest
                .map_or_else(|| "-".to_owned(), |day| day.to_string()),
            moment(feed.imported_at),
            visible(&feed.origin, 200)
        )?;
        if feed.refused > 0 {
            writeln!(
                out,
                "{:<10} {} documents could not be read",
                "", feed.refused
            )?;
        }
    }
    writeln!(
        out,
        "\n{:<14} {:>8} {:>8}  newest",
        "ecosystem", "packages", "records"
    )?;
    for (ecosystem, coverage) in &status.coverage {
        let newest = coverage
            .newest
            .map_or_else(|| "-".to_owned(), |day| day.to_string());
        writeln!(
            out,
            "{ecosystem:<14} {:>8} {:>8}  {newest}",
            coverage.packages, coverage.records
        )?;
    }
    Ok(())
}

fn run_show(id: &str, common: &Common) -> anyhow::Result<ExitCode> {
    let store = Store::open(&common.location())?;
    let Some(shown) = store.show(id)? else {
        bail!("nothing is known under `{}`", visible(id, 200));
    };
    let touched = store.affected(id)?.unwrap_or_default();
    let value = shown_value(id, &shown, &touched);
    common.print(&value, &|out| human_shown(&shown, &touched, out))?;
    Ok(ExitCode::SUCCESS)
}

fn shown_value(id: &str, shown: &Shown, touched: &[Touched]) -> Value {
    json!({
        "schema": "chainwright-intel-show/1",
        "id": id,
        "advisory": shown.advisory.as_deref().map(advisory_value),
        "affected": touched.iter().map(|one| json!({
            "ecosystem": one.package.ecosystem.to_string(),
            "distribution": one.package.distribution,
            "name": one.package.name,
            "ranges": one.ranges,
            "fixed": one.fixed,
            "record": one.record,
            "functions": one.functions,
            "digests": one.digests,
        })).collect::<Vec<_>>(),
        "records": told(&shown.records),
        "history": told(&shown.history),
        "technique": shown.technique,
        "exploited": shown.exploited.as_ref().map(|row| json!({
            "added": row.added.map(|day| day.to_string()),
            "due": row.due.map(|day| day.to_string()),
            "ransomware": row.ransomware,
            "name": row.name,
            "product": row.product,
        })),
    })
}

fn advisory_value(advisory: &Advisory) -> Value {
    json!({
        "id": advisory.id,
        "aliases": advisory.aliases,
        "kind": advisory.kind.as_str(),
        "summary": advisory.summary,
        "severity": advisory.severity.map(|severity| severity.as_str()),
        "score": advisory.cvss.as_ref().map(|cvss| cvss.score()),
        "vector": advisory.cvss.as_ref().map(|cvss| &cvss.vector),
        "cwes": advisory.cwes,
        "published": advisory.published.map(|day| day.to_string()),
        "epss": advisory.epss.map(|epss| epss.probability()),
        "url": advisory.url(),
    })
}

fn told(list: &[chainwright_intel::Told]) -> Vec<Value> {
    list.iter()
        .map(|told| {
            json!({
                "first_seen": told.seen.first.to_string(),
                "last_seen": told.seen.last.to_string(),
                "superseded": told.seen.superseded.map(|day| day.to_string()),
                "record": told.record,
            })
        })
        .collect()
}

fn human_shown(shown: &Shown, touched: &[Touched], out: &mut dyn Write) -> io::Result<()> {
    if let Some(technique) = &shown.technique {
        writeln!(
            out,
            "{}  {} (MITRE ATLAS {})",
            visible(&technique.id, 40),
            visible(&technique.name, 200),
            visible(&technique.kind, 40)
        )?;
        writeln!(out, "\n{}", paragraphs(&technique.description))?;
    }
    if let Some(advisory) = shown.advisory.as_deref() {
        human_advisory(advisory, out)?;
    }
    if let Some(row) = &shown.exploited {
        let since = row
            .added
            .map_or_else(String::new, |day| format!(" since {day}"));
        let ransomware = if row.ransomware {
            ", also by ransomware"
        } else {
            ""
        };
        writeln!(
            out,
            "known to be exploited{since}{ransomware}: {}",
            visible(&row.name, 200)
        )?;
    }
    for one in touched.iter().take(SHOWN) {
        let fixed = if one.fixed.is_empty() {
            "none known".to_owned()
        } else {
            one.fixed.join(", ")
        };
        let (package, ranges) = (visible(&one.package.name, 200), visible(&one.ranges, 300));
        writeln!(
            out,
            "  {}: {package}  {ranges}  fixed: {}  ({})",
            one.package.ecosystem,
            visible(&fixed, 200),
            visible(&one.record, 60)
        )?;
    }
    if touched.len() > SHOWN {
        writeln!(out, "  and {} more", touched.len() - SHOWN)?;
    }
    for told in &shown.records {
        let record = &told.record;
        let withdrawn = if record.withdrawn.is_empty() {
            String::new()
        } else {
            format!(", withdrawn {}", visible(&record.withdrawn, 40))
        };
        writeln!(
            out,
            "\n{}: published {}, changed {}, seen {} to {}{withdrawn}",
            visible(&record.id, 60),
            visible(&record.published, 40),
            visible(&record.modified, 40),
            told.seen.first,
            told.seen.last
        )?;
        writeln!(out, "{}", paragraphs(&record.details))?;
        for reference in record.references.iter().take(SHOWN) {
            writeln!(out, "  {}", visible(&reference.url, 500))?;
        }
    }
    if !shown.history.is_empty() {
        writeln!(out, "\n{} earlier revisions", shown.history.len())?;
    }
    Ok(())
}

fn human_advisory(advisory: &Advisory, out: &mut dyn Write) -> io::Result<()> {
    let severity = advisory
        .severity
        .map_or("unrated", |severity| severity.as_str());
    let score = advisory.cvss.as_ref().map_or_else(String::new, |cvss| {
        format!(" {:.1} ({})", cvss.score(), visible(&cvss.vector, 200))
    });
    writeln!(
        out,
        "{}  {}",
        visible(&advisory.id, 60),
        visible(&advisory.summary, 400)
    )?;
    writeln!(out, "{}, {severity}{score}", advisory.kind.as_str())?;
    if !advisory.aliases.is_empty() {
        writeln!(out, "also {}", visible(&advisory.aliases.join(", "), 1000))?;
    }
    if let Some(epss) = advisory.epss {
        writeln!(out, "EPSS {:.2} %", epss.probability() * 100.0)?;
    }
    writeln!(out, "{}", advisory.url())
}

/// Long text for people: lines as they are, everything else visible.
fn paragraphs(text: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .take(60)
        .map(|line| visible(line, 400))
        .collect();
    lines.join("\n")
}

fn run_export(out: &Path, common: &Common) -> anyhow::Result<ExitCode> {
    let store = Store::open(&common.location())?;
    export(&store, out)?;
    let shown = out.to_string_lossy();
    let value = json!({"schema": "chainwright-intel-export/1", "snapshot": shown, "digest": store.status().digest});
    common.print(&value, &|writer| {
        writeln!(
            writer,
            "wrote {}; sign it with `minisign -S`",
            visible(&shown, 500)
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_by(write: impl Fn(&mut dyn Write) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// A store of one advisory with hostile text in it.
    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let feed = folder.path().join("a.json");
        let text = r#"{"id": "A-1", "modified": "2026-11-01T00:00:00Z", "summary": "reads\u001b[2J too far", "aliases": ["CVE-2026-1"],
            "affected": [{"package": {"ecosystem": "PyPI", "name": "torch"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}]}]}"#;
        std::fs::write(&feed, text).unwrap();
        let location = folder.path().join("intel.db");
        let from = [feed.to_string_lossy().into_owned()];
        let options = Update {
            from: &from,
            now: 20_779 * 86_400,
            key: None,
            signature: None,
            popular: Ecosystem::PyPi,
            allow_older: false,
            download: None,
        };
        let changes = update(&location, &options).unwrap();
        let told = told_by(|out| human_changes(&changes, Path::new("s"), out));
        assert_eq!(
            told,
            "1 advisories added, 0 changed (0 withdrawn), 0 as they were\nstore: s\n"
        );
        let store = Store::open(&location).unwrap();
        (folder, store)
    }

    #[test]
    fn what_is_known_is_shown_without_tricks() {
        let (_folder, store) = store();
        let shown = store.show("CVE-2026-1").unwrap().unwrap();
        let touched = store.affected("CVE-2026-1").unwrap().unwrap();
        let told = told_by(|out| human_shown(&shown, &touched, out));
        assert!(!told.contains('\u{1b}'), "{told}");
        for part in [
            "CVE-2026-1",
            "vulnerability, unrated",
            "also A-1",
            "pypi: torch  < 2.0  fixed: 2.0  (A-1)",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
        let value = shown_value("CVE-2026-1", &shown, &touched);
        assert_eq!(value["affected"][0]["fixed"][0], "2.0");
        assert_eq!(value["advisory"]["severity"], Value::Null);
    }

    #[test]
    fn a_status_says_what_cannot_be_relied_on() {
        let (_folder, store) = store();
        let status = store.status();
        let told =
            |freshness| told_by(|out| human_status(Path::new("s"), freshness, Some(&status), out));
        assert!(
            told(Freshness::Stale { days: 21 })
                .contains("stale: the newest advisory is 21 days old")
        );
        assert!(told(Freshness::Fresh).contains("pypi                  1        1  2026-11-01"));
        let missing = told_by(|out| human_status(Path::new("s"), Freshness::Missing, None, out));
        assert!(missing.contains("There is none"));
        assert_eq!(status_value(&status)["feeds"]["A"]["records"], 1);
    }
}
