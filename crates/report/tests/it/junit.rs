//! The JUnit XML.

use chainwright_report::Format;

use crate::{plainly, sample};

#[test]
fn reports_look_like_this() {
    for (name, scan) in sample::all() {
        if name != "hostile" {
            insta::assert_snapshot!(format!("junit_{name}"), plainly(Format::Junit, &scan));
        }
    }
}

#[test]
fn hostile_text_stays_text_of_a_well_formed_document() {
    let xml = plainly(Format::Junit, &sample::hostile());
    let forbidden = |character: char| {
        let is_layout = matches!(character, '\n' | '\t');
        (character.is_control() && !is_layout) || matches!(character, '\u{fffe}' | '\u{ffff}')
    };
    assert_eq!(xml.chars().find(|character| forbidden(*character)), None);
    assert!(!xml.contains("<![CDATA["));
    let report = quick_junit::Report::deserialize_from_str(&xml).expect("it is well-formed");
    let cases = |name: &str| {
        let suite = report
            .test_suites
            .iter()
            .find(|suite| suite.name.as_str() == name);
        suite.expect("every stage has a suite").test_cases.len()
    };
    assert_eq!(cases("packaging"), sample::hostile().findings.len());
    assert_eq!(cases("reading"), sample::hostile().problems.len() + 1);
    assert_eq!(cases("data"), 1);
}

#[test]
fn every_case_has_a_name_of_its_own() {
    let report =
        quick_junit::Report::deserialize_from_str(&plainly(Format::Junit, &sample::huge(200)));
    for suite in report.expect("it is well-formed").test_suites {
        let mut names: Vec<(String, String)> = suite
            .test_cases
            .iter()
            .map(|case| {
                let class = case
                    .classname
                    .as_ref()
                    .map(|class| class.as_str().to_owned());
                (class.unwrap_or_default(), case.name.as_str().to_owned())
            })
            .collect();
        let total = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), total, "{}", suite.name.as_str());
    }
}
