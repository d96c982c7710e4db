//! Every malicious case is at least medium, every benign one below.

use chainwright_testkit::corpus::{Label, keras};

use super::{facts, severity};

/// The stored members of a zip without tricks.
fn members(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let number = |at: usize, width: usize| {
        (0..width).fold(0_usize, |number, index| {
            number | usize::from(archive[at + index]) << (8 * index)
        })
    };
    let mut found = Vec::new();
    let mut at = 0;
    while archive[at..].starts_with(b"PK\x03\x04") {
        let (size, name, extra) = (number(at + 18, 4), number(at + 26, 2), number(at + 28, 2));
        let start = at + 30 + name + extra;
        let title = String::from_utf8(archive[at + 30..at + 30 + name].to_vec()).unwrap();
        found.push((title, archive[start..start + size].to_vec()));
        at = start + size;
    }
    found
}

fn worst(name: &str, content: &[u8]) -> Option<u8> {
    let parts = if content.starts_with(b"PK\x03\x04") {
        members(content)
    } else {
        vec![(name.to_owned(), content.to_vec())]
    };
    parts
        .iter()
        .flat_map(|(name, content)| facts(name, content))
        .map(|facts| severity(&facts))
        .max()
}

#[test]
fn labels_hold() {
    let cases = keras::cases();
    assert!(
        cases
            .iter()
            .filter(|case| case.label == Label::Malicious)
            .count()
            >= 60
    );
    assert!(
        cases
            .iter()
            .filter(|case| case.label == Label::Benign)
            .count()
            >= 15
    );
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let worst = case
                .files
                .iter()
                .map(|(name, content)| worst(name, content))
                .max()
                .flatten();
            let is_right = match case.label {
                Label::Malicious => worst >= Some(2),
                Label::Benign => worst.is_some_and(|worst| worst < 2),
            };
            (!is_right).then(|| format!("{}/{}: {worst:?}", case.class, case.name))
        })
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn benign_cases_leave_nothing_unread() {
    for case in keras::cases()
        .iter()
        .filter(|case| case.label == Label::Benign)
    {
        for (name, content) in &case.files {
            if content.starts_with(b"PK") {
                continue;
            }
            for facts in facts(name, content) {
                assert_eq!(facts.problems, [], "{}", case.name);
            }
        }
    }
}
