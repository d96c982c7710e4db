//! What every report says about the sample scans, and that nothing hostile gets through.

mod html;
mod human;
mod json;
mod junit;
mod markdown;
mod sample;
mod sarif;

use chainwright_core::scan::Scan;
use chainwright_report::{Format, Style, render};

/// The report on a scan as text.
fn rendered(format: Format, scan: &Scan, style: &Style) -> String {
    let rules = sample::rules();
    let mut out = Vec::new();
    render(format, &sample::context(scan, &rules), style, &mut out).expect("a vector takes all");
    String::from_utf8(out).expect("reports are UTF-8")
}

/// The report in the default style.
fn plainly(format: Format, scan: &Scan) -> String {
    rendered(format, scan, &Style::default())
}

/// Checks a document against a JSON Schema and names what does not fit.
fn assert_fits(schema: &str, document: &str) {
    let schema: serde_json::Value = serde_json::from_str(schema).expect("the schema is JSON");
    let document: serde_json::Value = serde_json::from_str(document).expect("the report is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}
