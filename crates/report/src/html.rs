//! One self-contained page for a browser.
//!
//! The page loads nothing: styles, script and drawings are part of it, and its content security policy allows
//! nothing else, so that text from a scanned file could not load or run anything even if it slipped through the
//! escaping. Without JavaScript everything is still there; the script only filters and unfolds.

mod components;
mod drawing;
mod findings;
mod graph;
mod layout;
mod markup;
mod overview;

use std::fmt::Write as _;
use std::io;

use chainwright_core::scan::Scan;

use self::markup::{content_hash, escaped, icon};
use crate::context::Context;
use crate::text;

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");
const SPRITE: &str = include_str!("html/sprite.svg");

/// The mark of the product, as an icon for the tab.
const TAB_ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 26 16'%3E%3Cpath fill='none' stroke='%230f8a7e' stroke-width='2.6' stroke-linecap='round' d='M10.5 3H6.3a5 5 0 0 0 0 10h4.2M15.5 3h4.2a5 5 0 0 1 0 10h-4.2M9 8h8'/%3E%3C/svg%3E";

/// Writes the page.
pub(crate) fn render(context: &Context<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(page(context).as_bytes())
}

fn page(context: &Context<'_>) -> String {
    let mut body = String::with_capacity(64 * 1024);
    bar(&mut body, context.scan);
    body.push_str("<main id=\"top\">\n");
    overview::write(&mut body, context);
    let width = graph::write(&mut body, context.scan);
    findings::write(&mut body, context);
    components::write(&mut body, context.scan);
    body.push_str("</main>\n");
    footer(&mut body, context);
    let head = head(context.scan, &style(width));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n{head}<body>\n{body}\
         <svg class=\"sprite\" aria-hidden=\"true\">\n{SPRITE}</svg>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )
}

/// The styles, with how far the drawing of the graph may shrink before it is scrolled instead.
fn style(width: f64) -> String {
    let least = (width * 0.78).round();
    format!("{STYLE}@media not print {{ .graph svg {{ min-width: {least}px; }} }}\n")
}

fn head(scan: &Scan, style: &str) -> String {
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        content_hash(style),
        content_hash(SCRIPT)
    );
    format!(
        "<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{}: {}</title>\n<link rel=\"icon\" href=\"{TAB_ICON}\">\n\
         <style>{style}</style>\n</head>\n",
        text::capitalised(scan.verdict().as_str()),
        escaped(&text::shown_name(&targets(scan), 120)),
    )
}

/// The targets in one line.
fn targets(scan: &Scan) -> String {
    match scan.targets.as_slice() {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [first, others @ ..] => format!(
            "{first} and {}",
            text::counted(others.len(), "more target", "more targets")
        ),
    }
}

fn bar(html: &mut String, scan: &Scan) {
    let mut links = vec![
        ("chain", "Chain"),
        ("graph", "Graph"),
        ("findings", "Findings"),
    ];
    if !scan.graph.components().is_empty() || !scan.artifacts.is_empty() {
        links.push(("components", "Components"));
    }
    if !scan.problems.is_empty() {
        links.push(("problems", "Problems"));
    }
    let links: String = links
        .iter()
        .map(|(id, name)| format!("<li><a href=\"#{id}\">{name}</a></li>"))
        .collect();
    let _ = write!(
        html,
        "<a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n<header class=\"bar\">\
         <span class=\"brand\"><svg aria-hidden=\"true\"><use href=\"#i-brand\"/></svg>chainwright</span>\
         <nav aria-label=\"Parts of the report\"><ul>{links}</ul></nav>\
         <button class=\"theme\" type=\"button\" title=\"Switch between light and dark\">{}\
         <span class=\"vh\">Switch between light and dark</span></button></header>\n",
        icon("theme")
    );
}

fn footer(html: &mut String, context: &Context<'_>) {
    let targets: Vec<String> = context.scan.targets.iter().map(|t| shell_word(t)).collect();
    let finished = context
        .finished_at
        .as_deref()
        .map(|time| {
            format!(
                ", finished <time datetime=\"{0}\">{0}</time>",
                escaped(time)
            )
        })
        .unwrap_or_default();
    let _ = write!(
        html,
        "<footer><div>\n<p>Made by chainwright {}{finished}. This page is complete in itself: it loads nothing and \
         sends nothing. The record for programs is <code>--format json</code>.</p>\n\
         <div>To make it again:<pre><code>chainwright scan {} --format html -o report.html</code></pre></div>\n\
         </div></footer>\n",
        escaped(context.tool_version),
        escaped(&targets.join(" "))
    );
}

/// A word for a POSIX shell, made visible.
fn shell_word(text: &str) -> String {
    let shown = text::shown_name(text, text::NAME);
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "-_./:@%+=,".contains(character);
    if !shown.is_empty() && shown.chars().all(is_plain) {
        return shown;
    }
    format!("'{}'", shown.replace('\'', "'\\''"))
}
