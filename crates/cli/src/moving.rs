//! `scan --quarantine`: moves what was denied out of reach once the reports are written.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use chainwright_core::finding::Finding;
use chainwright_core::scan::Scan;
use chainwright_core::text::visible;
use chainwright_engine::Request;
use chainwright_quarantine::{Entry, Reason, Store, Taking};
use chainwright_sources::walk;

/// Findings that a record keeps of one file.
const KEPT: usize = 32;

/// Where denied files go.
#[derive(Debug)]
pub(crate) struct Moving {
    folder: PathBuf,
}

impl Moving {
    /// Refuses what cannot work before anything is scanned.
    pub(crate) fn prepare(folder: &Path, targets: &[String]) -> anyhow::Result<Self> {
        if folder.exists() && !folder.is_dir() {
            bail!("`{}` is no folder", folder.display());
        }
        let real = std::fs::canonicalize(folder).ok();
        for target in targets {
            if target.contains("://") {
                let shown = visible(target, 200);
                bail!("`{shown}` is remote; only files on this machine can be quarantined");
            }
            let inside = std::fs::canonicalize(target)
                .ok()
                .zip(real.as_ref())
                .is_some_and(|(target, real)| target.starts_with(real));
            if inside {
                bail!("`{}` lies in the quarantine itself", visible(target, 200));
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// Moves every file with a finding at or above the gate. What cannot be moved is an error, after the rest was.
    pub(crate) fn move_denied(
        &self,
        scan: &Scan,
        request: &Request,
        quiet: bool,
    ) -> anyhow::Result<()> {
        let denied = denied(scan);
        if denied.is_empty() {
            return Ok(());
        }
        let store = Store::create(&self.folder)?;
        let mut failures = Vec::new();
        for target in &request.targets {
            let visit = walk(
                &target.path,
                &target.written,
                &request.exclude,
                request.limits.files,
            )?;
            for file in visit.files {
                let Some(findings) = denied.get(file.shown.as_str()) else {
                    continue;
                };
                match store.take(&taking(scan, &file.path, &file.shown, findings)) {
                    Ok(entry) if quiet => drop(entry),
                    Ok(entry) => tell(&entry),
                    Err(error) => failures.push(error),
                }
            }
        }
        match failures.into_iter().next() {
            Some(error) => Err(error).context("not every denied file could be quarantined"),
            None => Ok(()),
        }
    }
}

/// The files with findings at or above the gate, by the name that reports give them.
fn denied(scan: &Scan) -> BTreeMap<&str, Vec<&Finding>> {
    let mut files: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &scan.findings {
        if scan
            .gate
            .is_reached_by(finding.severity, finding.confidence)
        {
            let path = finding.subject.location.path();
            files.entry(path).or_default().push(finding);
        }
    }
    files
}

fn taking<'a>(scan: &Scan, file: &'a Path, shown: &'a str, findings: &[&Finding]) -> Taking<'a> {
    let seen = scan.artifacts.iter().find(|artifact| {
        artifact.location.path() == shown && artifact.location.members().is_empty()
    });
    let reason = |finding: &&Finding| Reason {
        rule: finding.rule.to_owned(),
        severity: finding.severity.to_string(),
        message: finding.message.clone(),
    };
    Taking {
        file,
        shown,
        sha256_at_scan: seen
            .and_then(|artifact| artifact.digests)
            .map(|digests| digests.sha256.to_string()),
        reasons: findings.iter().take(KEPT).map(reason).collect(),
        taken_at: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        tool_version: env!("CARGO_PKG_VERSION"),
    }
}

fn tell(entry: &Entry) {
    let record = &entry.record;
    let mut text = format!(
        "quarantined {} as {}\n",
        visible(&record.shown, 200),
        entry.id
    );
    if let Some(leads_to) = &record.link {
        let leads_to = visible(&leads_to.to_string_lossy(), 200);
        text.push_str(&format!("  only the link was moved; {leads_to} stays\n"));
    }
    if record.other_names > 0 {
        text.push_str(&format!(
            "  the same file has {} more names elsewhere\n",
            record.other_names
        ));
    }
    if record.changed_since_scan() {
        text.push_str(
            "  it changed between the scan and the move; what was moved was not judged\n",
        );
    }
    // Standard error may be closed; the record tells the same.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
