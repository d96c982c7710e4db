//! The page for a browser.

use chainwright_core::scan::Scan;
use chainwright_report::Format;

use crate::{plainly, sample};

/// A tag as a browser would see it: its name and the names of its attributes with their values.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

/// The page without the parts that are the same in every page.
fn body(page: &str) -> &str {
    let start = page.find("</head>").expect("there is a head");
    let end = page
        .find("<svg class=\"sprite\"")
        .expect("there is a sprite");
    &page[start..end]
}

fn tags(html: &str) -> Vec<Tag> {
    html.split('<').skip(1).map(tag).collect()
}

fn tag(text: &str) -> Tag {
    let end = text.find([' ', '>']).expect("every < begins a tag");
    let mut tag = Tag {
        name: text[..end].to_owned(),
        attributes: Vec::new(),
    };
    let mut rest = text[end..].trim_start();
    while !rest.starts_with('>') && !rest.starts_with("/>") {
        let length = rest.find(['=', ' ', '>']).expect("a tag ends");
        let name = rest[..length].to_owned();
        rest = &rest[length..];
        let mut value = String::new();
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let close = quoted.find('"').expect("a quote is closed");
            value = quoted[..close].to_owned();
            rest = &quoted[close + 1..];
        }
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
            "{name}"
        );
        tag.attributes.push((name, value));
        rest = rest.trim_start();
    }
    tag
}

#[test]
fn hostile_text_makes_no_tags_and_no_attributes() {
    let page = plainly(Format::Html, &sample::hostile());
    for tag in tags(body(&page)) {
        let name = tag.name.trim_start_matches('/').trim_end_matches('/');
        let known = [
            "a",
            "article",
            "b",
            "bdi",
            "body",
            "button",
            "caption",
            "circle",
            "code",
            "dd",
            "defs",
            "details",
            "div",
            "dl",
            "dt",
            "em",
            "fieldset",
            "figcaption",
            "figure",
            "footer",
            "form",
            "g",
            "h1",
            "h2",
            "h3",
            "h4",
            "head",
            "header",
            "input",
            "label",
            "legend",
            "li",
            "main",
            "marker",
            "nav",
            "ol",
            "option",
            "output",
            "p",
            "path",
            "pre",
            "rect",
            "section",
            "select",
            "small",
            "span",
            "strong",
            "summary",
            "svg",
            "table",
            "tbody",
            "td",
            "text",
            "th",
            "thead",
            "time",
            "title",
            "tr",
            "ul",
            "use",
        ];
        assert!(known.contains(&name), "<{name}>");
        for (attribute, value) in &tag.attributes {
            assert!(!attribute.starts_with("on"), "{attribute}");
            assert_ne!(attribute, "style");
            if attribute == "href" {
                let leads = value.starts_with('#') || value.starts_with("https://");
                assert!(leads, "{value}");
            }
        }
    }
}

#[test]
fn nothing_invisible_is_left() {
    for (_, scan) in sample::all() {
        let page = plainly(Format::Html, &scan);
        let steers = |character: char| {
            character != '\n'
                && (character.is_control() || chainwright_core::text::is_invisible(character))
        };
        assert_eq!(page.chars().find(|character| steers(*character)), None);
    }
}

#[test]
fn the_page_loads_nothing() {
    for (_, scan) in sample::all() {
        let page = plainly(Format::Html, &scan);
        assert!(page.contains("default-src 'none'"));
        assert!(!page.contains("unsafe-inline"));
        for tag in tags(body(&page)) {
            assert!(!tag.attributes.iter().any(|(name, _)| name == "src"));
            assert!(!["script", "link", "iframe", "img"].contains(&tag.name.as_str()));
        }
    }
}

#[test]
fn every_link_into_the_page_leads_somewhere_and_ids_are_unique() {
    let mut scans = sample::all();
    scans.push(("huge", sample::huge(500)));
    for (name, scan) in scans {
        let page = plainly(Format::Html, &scan);
        let tags = tags(body(&page));
        let values = |wanted: &str| -> Vec<&str> {
            tags.iter()
                .flat_map(|tag| &tag.attributes)
                .filter(|(attribute, _)| attribute == wanted)
                .map(|(_, value)| value.as_str())
                .collect()
        };
        let mut ids = values("id");
        ids.sort_unstable();
        let total = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), total, "{name} has an id twice");
        for target in values("href")
            .into_iter()
            .filter_map(|href| href.strip_prefix('#'))
        {
            let is_symbol = target.starts_with("i-") || target.starts_with("k-");
            let sprite = format!("<symbol id=\"{target}\"");
            let leads = ids.binary_search(&target).is_ok() || (is_symbol && page.contains(&sprite));
            assert!(leads, "{name}: #{target}");
        }
    }
}

#[test]
fn every_finding_is_counted_and_every_element_is_closed() {
    for (name, scan) in [("rich", sample::rich()), ("huge", sample::huge(1_000))] {
        let page = plainly(Format::Html, &scan);
        let tags = tags(body(&page));
        let counted: usize = tags
            .iter()
            .flat_map(|tag| &tag.attributes)
            .filter(|(attribute, _)| attribute == "data-count")
            .map(|(_, count)| count.parse::<usize>().expect("a number"))
            .sum();
        assert_eq!(counted, scan.findings.len(), "{name}");
        for element in [
            "details", "section", "article", "table", "ul", "div", "g", "span", "bdi",
        ] {
            let count = |wanted: &str| tags.iter().filter(|tag| tag.name == wanted).count();
            let closed = count(&format!("/{element}"));
            assert_eq!(count(element), closed, "{name}: <{element}>");
        }
    }
}

#[test]
fn large_graphs_are_folded_and_say_so() {
    let page = plainly(Format::Html, &sample::huge(2_000));
    let cards = page.matches("<rect class=\"card\"").count();
    assert!(cards <= 48, "{cards} cards");
    assert!(page.contains("Many components of a kind share a card"));
}

#[test]
fn parts_look_like_this() {
    let part = |scan: &Scan, from: &str, to: &str| {
        let page = plainly(Format::Html, scan);
        let start = page.find(from).expect("the part is there");
        let end = page[start..].find(to).expect("the part ends") + start;
        page[start..end].to_owned()
    };
    let rich = sample::rich();
    insta::assert_snapshot!(
        "html_overview",
        part(&rich, "<div class=\"hero\">", "<section id=\"graph\"")
    );
    insta::assert_snapshot!(
        "html_graph",
        part(&rich, "<section id=\"graph\"", "<section id=\"findings\"")
    );
    insta::assert_snapshot!(
        "html_findings",
        part(
            &rich,
            "<section id=\"findings\"",
            "<section id=\"components\""
        )
    );
    insta::assert_snapshot!(
        "html_components",
        part(&rich, "<section id=\"components\"", "</main>")
    );
    let incomplete = sample::incomplete();
    insta::assert_snapshot!(
        "html_incomplete",
        part(&incomplete, "<div class=\"hero\">", "</main>")
    );
}
