//! The report for people at a terminal.

use chainwright_report::{Format, Style};

use crate::{plainly, rendered, sample};

#[test]
fn reports_look_like_this() {
    for (name, scan) in sample::all() {
        insta::assert_snapshot!(format!("human_{name}"), plainly(Format::Human, &scan));
    }
    insta::assert_snapshot!("human_huge", plainly(Format::Human, &sample::huge(1000)));
}

#[test]
fn narrow_plain_terminals_get_ascii() {
    let narrow = Style {
        width: 50,
        unicode: false,
        ..Style::default()
    };
    let text = rendered(Format::Human, &sample::rich(), &narrow);
    insta::assert_snapshot!("human_rich_narrow", text);
    for (_, scan) in sample::all() {
        assert!(rendered(Format::Human, &scan, &narrow).is_ascii());
    }
}

#[test]
fn verbose_shows_every_finding_with_all_its_evidence() {
    let verbose = Style {
        verbose: true,
        ..Style::default()
    };
    let text = rendered(Format::Human, &sample::rich(), &verbose);
    insta::assert_snapshot!("human_rich_verbose", text);
    let huge = sample::huge(300);
    let text = rendered(Format::Human, &huge, &verbose);
    assert_eq!(text.matches(" confidence\n").count(), huge.findings.len());
}

#[test]
fn lines_fit_the_terminal() {
    let mut scans = sample::all();
    scans.push(("huge", sample::huge(500)));
    for width in [40, 50, 60, 80, 100, 200] {
        for unicode in [true, false] {
            for verbose in [true, false] {
                let style = Style {
                    width,
                    unicode,
                    verbose,
                    colour: false,
                };
                for (name, scan) in &scans {
                    for line in rendered(Format::Human, scan, &style).lines() {
                        let wide = unicode_width::UnicodeWidthStr::width(line);
                        assert!(wide <= width, "{name} at {width}: {wide}: {line}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_thousand_findings_leave_the_summary_on_the_screen() {
    let text = plainly(Format::Human, &sample::huge(1000));
    let lines: Vec<&str> = text.lines().collect();
    let summary = lines
        .iter()
        .position(|line| line.contains(" summary "))
        .expect("there is a summary");
    assert!(
        lines.len() - summary <= 24,
        "the summary is a screen or less"
    );
    assert!(lines.len() < 120, "{} lines", lines.len());
    assert!(lines[summary].contains("1,000 findings"));
}

#[test]
fn only_our_own_escapes_reach_the_terminal() {
    let coloured = Style {
        colour: true,
        verbose: true,
        ..Style::default()
    };
    let text = rendered(Format::Human, &sample::hostile(), &coloured);
    let mut rest = text.as_str();
    while let Some(at) = rest.find('\x1b') {
        rest = &rest[at + 1..];
        let end = rest.find('m').expect("an SGR sequence ends in m");
        let known = ["[0", "[1", "[2", "[1;31", "[31", "[32", "[33", "[34", "[36"];
        assert!(known.contains(&&rest[..end]), "{:?}", &rest[..end]);
    }
    let steers = |character: char| {
        character != '\n'
            && character != '\x1b'
            && (character.is_control() || chainwright_core::text::is_invisible(character))
    };
    assert_eq!(text.chars().find(|character| steers(*character)), None);
    let plain = Style {
        verbose: true,
        ..Style::default()
    };
    let plain = rendered(Format::Human, &sample::hostile(), &plain);
    assert!(!plain.contains('\x1b'));
}
