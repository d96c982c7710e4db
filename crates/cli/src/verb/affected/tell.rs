//! The answer in words and as JSON.

use std::io::{self, Write};

use chainwright_advisories::date::moment;
use chainwright_core::package::{Ecosystem, Package};
use chainwright_core::text::visible;
use chainwright_inventory::{Answer, Hop, Link, Reached, Route, State, Tally, Upgrade};
use serde_json::{Value, json};

use super::Sought;

/// Characters of a name.
const NAME: usize = 120;
/// Versions that the human answer lists.
const TALLIES: usize = 20;

/// Everything that is told.
pub(super) struct Told<'a> {
    pub(super) answer: &'a Answer,
    pub(super) sought: &'a Sought,
    pub(super) gaps: &'a [String],
}

impl Told<'_> {
    pub(super) fn human(&self, out: &mut dyn Write) -> io::Result<()> {
        let answer = self.answer;
        self.title(out)?;
        writeln!(out, "{}", summary(answer))?;
        for gap in self.gaps {
            writeln!(out, "incomplete: {}", visible(gap, 500))?;
        }
        if !answer.tallies.is_empty() {
            writeln!(out)?;
        }
        for tally in answer.tallies.iter().take(TALLIES) {
            writeln!(out, "  {}", tally_line(tally))?;
        }
        if answer.tallies.len() > TALLIES {
            writeln!(out, "  and {} more", answer.tallies.len() - TALLIES)?;
        }
        for reached in &answer.reached {
            writeln!(out)?;
            human_reached(reached, out)?;
        }
        let total = answer.open + answer.unsure + answer.settled;
        if total > answer.reached.len() {
            let rest = total - answer.reached.len();
            writeln!(out, "\nand {rest} more; --limit 0 tells all")?;
        }
        Ok(())
    }

    fn title(&self, out: &mut dyn Write) -> io::Result<()> {
        let Some(advisory) = &self.sought.advisory else {
            return writeln!(out, "{}", visible(&self.sought.title, 300));
        };
        let severity = advisory
            .severity
            .map_or("unrated", |severity| severity.as_str());
        let others: Vec<&str> = advisory.ids().skip(1).take(4).collect();
        let others = if others.is_empty() {
            String::new()
        } else {
            format!(" ({})", others.join(", "))
        };
        writeln!(
            out,
            "{}{} {severity}",
            visible(&advisory.id, 80),
            visible(&others, 300)
        )?;
        if !advisory.summary.is_empty() {
            writeln!(out, "{}", visible(&advisory.summary, 300))?;
        }
        Ok(())
    }

    pub(super) fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        let answer = self.answer;
        let advisory = self.sought.advisory.as_deref().map(|advisory| {
            json!({
                "id": advisory.id,
                "aliases": advisory.aliases,
                "summary": advisory.summary,
                "severity": advisory.severity.map(|severity| severity.as_str()),
                "score": advisory.cvss.as_ref().map(|cvss| cvss.score()),
                "url": advisory.url(),
            })
        });
        let value = json!({
            "schema": "chainwright-affected/1",
            "question": self.sought.title,
            "advisory": advisory,
            "affected": answer.is_affected(),
            "incomplete": self.gaps,
            "counts": {
                "documents": answer.documents,
                "open": answer.open,
                "deployed": answer.deployed,
                "unsure": answer.unsure,
                "settled": answer.settled,
                "told": answer.reached.len(),
            },
            "components": answer.tallies.iter().map(tally_value).collect::<Vec<_>>(),
            "touched": answer.reached.iter().map(reached_value).collect::<Vec<_>>(),
        });
        serde_json::to_writer_pretty(&mut *out, &value)?;
        writeln!(out)
    }
}

fn summary(answer: &Answer) -> String {
    let mut text = match answer.open {
        0 => format!("touches none of {}", counted(answer.documents)),
        open => format!("touches {open} of {}", counted(answer.documents)),
    };
    for (count, what) in [
        (answer.deployed, "deployed"),
        (answer.unsure, "not sure"),
        (answer.settled, "settled by statements"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    text
}

fn counted(documents: usize) -> String {
    if documents == 1 {
        "1 document".to_owned()
    } else {
        format!("{documents} documents")
    }
}

fn tally_line(tally: &Tally) -> String {
    let mut line = format!("{} in {}", named(&tally.package), counted(tally.documents));
    if !tally.doubt.is_empty() {
        line.push_str(&format!(", perhaps: {}", visible(&tally.doubt, 200)));
    }
    match (&tally.fixed, &tally.clean) {
        (Some(fixed), Some(clean)) if fixed != clean => {
            line.push_str(&format!(
                "; fixed in {}, nothing known against {}",
                visible(fixed, 60),
                visible(clean, 60)
            ));
        }
        (Some(fixed), _) => line.push_str(&format!("; fixed in {}", visible(fixed, 60))),
        (None, _) => {}
    }
    line
}

fn human_reached(reached: &Reached, out: &mut dyn Write) -> io::Result<()> {
    let mut line = titled(&reached.state);
    if reached.is_unsure {
        line.push_str("  perhaps");
    }
    writeln!(out, "{line}")?;
    if let Some(reason) = &reached.settled {
        writeln!(out, "  settled: {}", visible(reason, 300))?;
    }
    for route in &reached.routes {
        human_route(route, out)?;
    }
    if reached.more_routes > 0 {
        writeln!(out, "  and {} more ways", reached.more_routes)?;
    }
    for upgrade in &reached.upgrades {
        writeln!(out, "  {}", upgrade_line(upgrade))?;
    }
    Ok(())
}

fn titled(state: &State) -> String {
    let mut line = visible(&state.name, NAME);
    if !state.version.is_empty() {
        line.push_str(&format!(" {}", visible(&state.version, 60)));
    }
    if !state.environment.is_empty() {
        line.push_str(&format!(
            ", deployed as {}",
            visible(&state.environment, 60)
        ));
    }
    line
}

fn human_route(route: &Route, out: &mut dyn Write) -> io::Result<()> {
    let mut line = String::from("  ");
    for (at, hop) in route.hops.iter().enumerate() {
        if at > 0 {
            line.push_str(&format!(" - {} -> ", words(hop.link)));
        }
        line.push_str(&named(&hop.package));
        if let Some((name, version, _)) = &hop.document {
            let loose = if hop.is_loose { ", by name only" } else { "" };
            let version = if version.is_empty() {
                String::new()
            } else {
                format!(" {version}")
            };
            line.push_str(&format!(
                " [in {}{}{loose}]",
                visible(name, NAME),
                visible(&version, 60)
            ));
        }
    }
    if let Some(source) = &route.hit.source {
        line.push_str(&format!(" (built from {})", named(source)));
    }
    if !route.hit.doubt.is_empty() {
        line.push_str(&format!("  perhaps: {}", visible(&route.hit.doubt, 200)));
    }
    if !route.hit.settled.is_empty() {
        line.push_str(&format!("  settled: {}", visible(&route.hit.settled, 200)));
    }
    writeln!(out, "{line}")
}

fn words(link: Option<Link>) -> String {
    link.map_or_else(|| "is".to_owned(), |link| link.as_str().replace('-', " "))
}

fn upgrade_line(upgrade: &Upgrade) -> String {
    let mut line = format!(
        "to do: move {} to {}",
        named(&upgrade.package),
        visible(&upgrade.to, 60)
    );
    if !upgrade.through.is_empty() {
        let through: Vec<String> = upgrade.through.iter().take(5).map(named).collect();
        line.push_str(&format!(", which {} asks for", through.join(", ")));
        if upgrade.through.len() > 5 {
            line.push_str(&format!(" and {} more", upgrade.through.len() - 5));
        }
    }
    line
}

fn named(package: &Package) -> String {
    let mut text = visible(&package.name, NAME);
    if let Some(version) = &package.version {
        text.push_str(&format!(" {}", visible(version, 60)));
    }
    text
}

fn package_value(package: &Package) -> Value {
    let ecosystem =
        (package.ecosystem != Ecosystem::Generic).then(|| package.ecosystem.purl_type());
    json!({
        "ecosystem": ecosystem,
        "distribution": package.distribution,
        "name": package.name,
        "version": package.version,
    })
}

fn tally_value(tally: &Tally) -> Value {
    json!({
        "package": package_value(&tally.package),
        "documents": tally.documents,
        "fixed": tally.fixed,
        "clean": tally.clean,
        "doubt": tally.doubt,
        "evidence": tally.evidence,
    })
}

/// A state for JSON; `inventory` uses the same words.
pub(crate) fn state_value(state: &State) -> Value {
    json!({
        "id": state.id.0,
        "name": state.name,
        "version": state.version,
        "environment": state.environment,
        "origin": state.origin,
        "format": state.format,
        "sha256": chainwright_core::digest::Sha256(state.digest).to_string(),
        "components": state.components,
        "valid_from": moment(state.valid_from),
        "recorded_at": moment(state.recorded_at),
        "ended_at": state.ended.map(|(at, _)| moment(at)),
        "current": state.is_current,
    })
}

fn reached_value(reached: &Reached) -> Value {
    json!({
        "document": state_value(&reached.state),
        "unsure": reached.is_unsure,
        "settled": reached.settled,
        "paths": reached.routes.iter().map(route_value).collect::<Vec<_>>(),
        "more_paths": reached.more_routes,
        "upgrades": reached.upgrades.iter().map(|upgrade| json!({
            "package": package_value(&upgrade.package),
            "to": upgrade.to,
            "through": upgrade.through.iter().map(package_value).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn route_value(route: &Route) -> Value {
    json!({
        "steps": route.hops.iter().map(hop_value).collect::<Vec<_>>(),
        "evidence": route.hit.evidence,
        "fixed": route.hit.fixed,
        "clean": route.hit.clean,
        "doubt": route.hit.doubt,
        "settled": route.hit.settled,
        "source": route.hit.source.as_ref().map(package_value),
    })
}

fn hop_value(hop: &Hop) -> Value {
    let document = hop.document.as_ref().map(|(name, version, environment)| {
        json!({"name": name, "version": version, "environment": environment, "by_name_only": hop.is_loose})
    });
    json!({
        "link": hop.link.map(Link::as_str),
        "kind": hop.kind.as_str(),
        "package": package_value(&hop.package),
        "purl": hop.purl,
        "document": document,
    })
}
