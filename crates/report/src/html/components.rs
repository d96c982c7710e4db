//! What the target is made of, what else was read, and what could not be.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chainwright_core::component::{Component, ComponentId, EdgeKind, Origin};
use chainwright_core::decision::Verdict;
use chainwright_core::location::Location;
use chainwright_core::problem::LocatedProblem;
use chainwright_core::scan::{ArtifactRecord, Scan};

use super::markup::{escaped, icon, kind, name, prose};
use super::overview::look;
use crate::text::{self, NAME, capitalised};

/// Relations of a kind listed with a component before the rest is counted.
const RELATIONS: usize = 6;

/// Rows of artifacts that are no components before the rest is counted.
const ARTIFACTS: usize = 500;

/// Problems listed before the rest is counted.
const PROBLEMS: usize = 1_000;

/// Writes the sections.
pub(super) fn write(html: &mut String, scan: &Scan) {
    if !scan.graph.components().is_empty() || !scan.artifacts.is_empty() {
        html.push_str(
            "<section id=\"components\" aria-labelledby=\"components-title\">\n<h2 id=\"components-title\">Components</h2>\n\
             <p class=\"lead\">What the target is made of. <em>Declared</em> means that something in the target names it and its bytes are elsewhere.</p>\n",
        );
        components(html, scan);
        other_artifacts(html, scan);
        html.push_str("</section>\n");
    }
    if !scan.problems.is_empty() {
        problems(html, scan);
    }
}

fn components(html: &mut String, scan: &Scan) {
    if scan.graph.components().is_empty() {
        html.push_str(
            "<p class=\"note\">Nothing in the target was recognised as a component.</p>\n",
        );
        return;
    }
    let artifacts: BTreeMap<&Location, &ArtifactRecord> = scan
        .artifacts
        .iter()
        .map(|artifact| (&artifact.location, artifact))
        .collect();
    let relations = relations(scan);
    html.push_str(
        "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Components\"><table><thead><tr><th scope=\"col\">Kind</th><th scope=\"col\">Name</th>\
         <th scope=\"col\">Verdict</th><th scope=\"col\">Format</th><th scope=\"col\" class=\"number\">Size</th><th scope=\"col\">SHA-256</th></tr></thead>\n<tbody>\n",
    );
    for (id, component) in scan.graph.iter() {
        let artifact = component
            .location
            .as_ref()
            .and_then(|location| artifacts.get(location))
            .copied();
        row(html, id, component, artifact, relations.get(&id));
    }
    html.push_str("</tbody></table></div>\n");
}

/// What each component is related to: links to the others, by the kind of relation.
type Relations = BTreeMap<ComponentId, BTreeMap<EdgeKind, Vec<String>>>;

fn relations(scan: &Scan) -> Relations {
    let mut relations = Relations::new();
    for edge in scan.graph.edges() {
        let Some(to) = scan.graph.component(edge.to) else {
            continue;
        };
        let link = format!(
            "<a href=\"#c-{}\">{}</a>",
            edge.to.index(),
            name(&to.name, 80)
        );
        let of_component = relations.entry(edge.from).or_default();
        of_component.entry(edge.kind).or_default().push(link);
    }
    relations
}

fn row(
    html: &mut String,
    id: ComponentId,
    component: &Component,
    artifact: Option<&ArtifactRecord>,
    relations: Option<&BTreeMap<EdgeKind, Vec<String>>>,
) {
    let _ = write!(
        html,
        "<tr id=\"c-{}\"><td>{}</td><td class=\"wide\"><span class=\"name\">{}</span>{}</td>",
        id.index(),
        kind(component.kind),
        name(&component.name, NAME),
        facts(component, relations)
    );
    let verdict = match component.origin {
        Origin::Present => artifact.map(|artifact| verdict(artifact.verdict)),
        Origin::Declared => Some("<span class=\"muted\">declared</span>".to_owned()),
    };
    let formats = artifact.map(|artifact| artifact.formats.join(", "));
    let size = component.size.map(text::size).unwrap_or_default();
    let digest = component
        .digests
        .map(|digests| format!("<code class=\"sha\">{}</code>", digests.sha256))
        .unwrap_or_default();
    let _ = writeln!(
        html,
        "<td>{}</td><td class=\"format\">{}</td><td class=\"number\">{size}</td><td>{digest}</td></tr>",
        verdict.unwrap_or_default(),
        formats.unwrap_or_default()
    );
}

fn facts(component: &Component, relations: Option<&BTreeMap<EdgeKind, Vec<String>>>) -> String {
    let mut facts: Vec<String> = component
        .attributes
        .iter()
        .map(|(key, value)| format!("{} {}", escaped(key), name(value, 80)))
        .collect();
    for (kind, links) in relations.into_iter().flatten() {
        let mut fact = format!(
            "{} {}",
            kind.as_str().replace('-', " "),
            links[..links.len().min(RELATIONS)].join(", ")
        );
        if links.len() > RELATIONS {
            let _ = write!(fact, " and {} more", text::number(links.len() - RELATIONS));
        }
        facts.push(fact);
    }
    if facts.is_empty() {
        return String::new();
    }
    format!("<div class=\"facts\">{}</div>", facts.join(" · "))
}

fn verdict(verdict: Verdict) -> String {
    let (class, _) = look(verdict);
    format!(
        "<span class=\"level {class}\">{}{}</span>",
        icon(class),
        capitalised(verdict.as_str())
    )
}

/// Artifacts without a row above: those that are not clean by name, the clean ones by format as numbers.
fn other_artifacts(html: &mut String, scan: &Scan) {
    let components: std::collections::BTreeSet<&Location> = scan
        .graph
        .components()
        .iter()
        .filter_map(|component| component.location.as_ref())
        .collect();
    let mut notable: Vec<&ArtifactRecord> = Vec::new();
    let mut clean: BTreeMap<String, usize> = BTreeMap::new();
    for artifact in &scan.artifacts {
        if components.contains(&artifact.location) {
            continue;
        }
        if artifact.verdict == Verdict::Clean {
            let formats = match artifact.formats.as_slice() {
                [] => "of no known format".to_owned(),
                formats => formats.join(" and "),
            };
            *clean.entry(formats).or_default() += 1;
        } else {
            notable.push(artifact);
        }
    }
    notable.sort_by_key(|artifact| std::cmp::Reverse(artifact.verdict));
    notable_artifacts(html, &notable);
    if !clean.is_empty() {
        let total: usize = clean.values().sum();
        let formats: Vec<String> = clean
            .iter()
            .map(|(formats, count)| format!("{} {}", text::number(*count), escaped(formats)))
            .collect();
        let _ = writeln!(
            html,
            "<p class=\"note\">{} more that {} no component: {}.</p>",
            text::counted(total, "clean artifact", "clean artifacts"),
            if total == 1 { "is" } else { "are" },
            formats.join(", ")
        );
    }
}

fn notable_artifacts(html: &mut String, notable: &[&ArtifactRecord]) {
    if notable.is_empty() {
        return;
    }
    html.push_str(
        "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Other artifacts\"><table><thead><tr><th scope=\"col\">Other artifacts</th>\
         <th scope=\"col\">Verdict</th><th scope=\"col\">Format</th><th scope=\"col\" class=\"number\">Size</th></tr></thead>\n<tbody>\n",
    );
    for artifact in notable.iter().take(ARTIFACTS) {
        let _ = writeln!(
            html,
            "<tr><td class=\"name\">{}</td><td>{}</td><td class=\"format\">{}</td><td class=\"number\">{}</td></tr>",
            name(&artifact.location.to_string(), NAME),
            verdict(artifact.verdict),
            artifact.formats.join(", "),
            text::size(artifact.size)
        );
    }
    html.push_str("</tbody></table></div>\n");
    if notable.len() > ARTIFACTS {
        let more = text::counted(notable.len() - ARTIFACTS, "more artifact", "more artifacts");
        let _ = writeln!(
            html,
            "<p class=\"note\">And {more}, all in the JSON report.</p>"
        );
    }
}

fn problems(html: &mut String, scan: &Scan) {
    let mut ordered: Vec<&LocatedProblem> = scan.problems.iter().collect();
    ordered.sort_by_key(|problem| !problem.problem.kind.leaves_incomplete());
    let unread = ordered
        .iter()
        .filter(|problem| problem.problem.kind.leaves_incomplete())
        .count();
    let lead = match unread {
        0 => "Broken input that was read all the same.".to_owned(),
        _ => format!(
            "{} left something unread; nothing can be said about those parts.",
            text::counted(unread, "problem", "problems")
        ),
    };
    let _ = writeln!(
        html,
        "<section id=\"problems\" aria-labelledby=\"problems-title\">\n<h2 id=\"problems-title\">Problems</h2>\n\
         <p class=\"lead\">{lead}</p>\n<ul class=\"problems\">"
    );
    for problem in ordered.iter().take(PROBLEMS) {
        one_problem(html, problem);
    }
    html.push_str("</ul>\n");
    if ordered.len() > PROBLEMS {
        let more = text::counted(ordered.len() - PROBLEMS, "more problem", "more problems");
        let _ = writeln!(
            html,
            "<p class=\"note\">And {more}, all in the JSON report.</p>"
        );
    }
    html.push_str("</section>\n");
}

fn one_problem(html: &mut String, located: &LocatedProblem) {
    let problem = &located.problem;
    let class = if problem.kind.leaves_incomplete() {
        "medium"
    } else {
        "info"
    };
    let place = text::place(&problem.place)
        .map(|place| format!(" <span class=\"muted\">{}</span>", escaped(&place)))
        .unwrap_or_default();
    let _ = writeln!(
        html,
        "<li><span class=\"level {class}\">{}{}</span><div><span class=\"path\">{}</span>{place}<div>{}</div></div></li>",
        icon(class),
        capitalised(problem.kind.as_str()),
        name(&located.location.to_string(), NAME),
        prose(&problem.detail)
    );
}
