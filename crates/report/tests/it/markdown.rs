//! The Markdown comment.

use chainwright_core::component::Graph;
use chainwright_core::scan::Scan;
use chainwright_report::Format;
use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::{plainly, sample};

const LIMIT: usize = 60_000;

#[test]
fn comments_look_like_this() {
    for (name, scan) in sample::all() {
        insta::assert_snapshot!(format!("markdown_{name}"), plainly(Format::Markdown, &scan));
    }
}

#[test]
fn comments_never_grow_past_what_github_takes() {
    let mut scan = sample::huge(3_000);
    let comment = plainly(Format::Markdown, &scan);
    assert!(comment.len() <= LIMIT, "{}", comment.len());
    assert!(
        comment.contains("more findings are not shown here"),
        "the rest is counted"
    );
    // Everything as long as it can be.
    let long = "`x` @y ".repeat(2_000);
    for finding in &mut scan.findings {
        finding.message.clone_from(&long);
        finding.evidence[0].text.clone_from(&long);
    }
    let scan = Scan {
        targets: vec![long.clone(); 50],
        problems: vec![sample::hostile().problems; 200].concat(),
        graph: Graph::default(),
        ..scan
    };
    let mut scan = scan;
    scan.decision.reasons = vec![long; 50];
    let comment = plainly(Format::Markdown, &scan);
    assert!(comment.len() <= LIMIT, "{}", comment.len());
}

#[test]
fn hostile_text_is_never_markup() {
    let allowed_html = [
        "<details>",
        "</details>",
        "<sub>",
        "</sub>",
        "<!-- chainwright-report -->",
    ];
    for (_, scan) in sample::all() {
        let comment = plainly(Format::Markdown, &scan);
        for event in Parser::new_ext(&comment, Options::all()) {
            match event {
                Event::Start(Tag::Link { dest_url, .. }) => {
                    let known = [
                        "https://genai.owasp.org/",
                        "https://atlas.mitre.org/",
                        "https://cwe.mitre.org/",
                    ];
                    assert!(
                        known.iter().any(|site| dest_url.starts_with(site)),
                        "{dest_url}"
                    );
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    for line in html.lines() {
                        let is_summary = line.starts_with("<summary>")
                            && line.ends_with("</summary>")
                            && tags(line).iter().all(|tag| {
                                ["summary", "/summary", "b", "/b", "code", "/code"]
                                    .contains(&tag.as_str())
                            });
                        assert!(is_summary || allowed_html.contains(&line), "{line}");
                    }
                }
                Event::Text(text) => {
                    let live = ["@", "#", "http", "www."];
                    assert!(!live.iter().any(|sign| text.contains(sign)), "{text}");
                }
                Event::Start(tag) => {
                    let is_ours = matches!(
                        tag,
                        Tag::Paragraph
                            | Tag::Heading { .. }
                            | Tag::List(None)
                            | Tag::Item
                            | Tag::Strong
                            | Tag::HtmlBlock
                            | Tag::Table(_)
                            | Tag::TableHead
                            | Tag::TableRow
                            | Tag::TableCell
                    );
                    assert!(is_ours, "{tag:?}");
                }
                Event::End(_) | Event::Code(_) | Event::SoftBreak => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

fn tags(html: &str) -> Vec<String> {
    html.split('<')
        .skip(1)
        .map(|rest| rest.split('>').next().unwrap_or_default().to_owned())
        .collect()
}
