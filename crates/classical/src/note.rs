//! Short ways to say what was found, and the judgement of paths and addresses that all formats share.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, read_range};
use chainwright_core::fields::narrow;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazard, ModelHazardKind};
use chainwright_core::problem::ProblemKind;

/// Notes one hazard.
pub(crate) fn hazard(
    facts: &mut ModelFacts,
    kind: ModelHazardKind,
    effect: Effect,
    place: Place,
    subject: &str,
    detail: &str,
    reference: &str,
) {
    facts.hazard(ModelHazard::new(
        kind, effect, place, subject, detail, reference,
    ));
}

/// What is odd about the path of a side file, if anything.
pub(crate) fn path_hazard(path: &str) -> Option<ModelHazardKind> {
    let path = path.trim();
    if is_remote(path) {
        return Some(ModelHazardKind::NetworkUse);
    }
    if path.split(['/', '\\']).any(|part| part == "..") {
        return Some(ModelHazardKind::PathEscape);
    }
    let drive = path.as_bytes().get(1) == Some(&b':')
        && path.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && matches!(path.as_bytes().get(2), Some(b'\\' | b'/'));
    let is_absolute = path.starts_with(['/', '\\', '~']) || drive || path.starts_with("file:");
    is_absolute.then_some(ModelHazardKind::PathAbsolute)
}

/// Whether a text is an address on a network.
pub(crate) fn is_remote(text: &str) -> bool {
    const SCHEMES: [&str; 14] = [
        "http", "https", "ftp", "ftps", "sftp", "smb", "s3", "gs", "hdfs", "ldap", "ldaps", "rmi",
        "jar", "jdbc",
    ];
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let scheme = scheme.trim().to_ascii_lowercase();
    SCHEMES.contains(&scheme.as_str())
        && (rest.starts_with("//") || scheme == "jdbc" || scheme == "jar")
}

/// The whole of a text file, as far as the limits allow; a cut is a problem.
pub(crate) fn whole_text(
    source: &dyn ByteSource,
    budget: &Budget,
    facts: &mut ModelFacts,
) -> Vec<u8> {
    let limit = budget.limits().text_bytes;
    if source.size() > limit {
        facts.problem(
            ProblemKind::LimitReached,
            Place::Byte(limit),
            format!("only the first {limit} bytes of the text were read"),
        );
    }
    match read_range(source, 0, narrow(limit.min(source.size()))) {
        Ok(bytes) => bytes,
        Err(error) => {
            facts.problem(ProblemKind::Unreadable, Place::Whole, error.to_string());
            Vec::new()
        }
    }
}

/// Whether time is up; says so once.
pub(crate) fn out_of_time(budget: &Budget, place: u64, facts: &mut ModelFacts) -> bool {
    let Err(exhausted) = budget.check_time() else {
        return false;
    };
    facts.problem(
        ProblemKind::LimitReached,
        Place::Byte(place),
        exhausted.to_string(),
    );
    true
}

/// The first bytes that are text, for recognising; UTF-8 marks and white space at the start are passed over.
pub(crate) fn text_start(head: &[u8]) -> &[u8] {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let blank = head.iter().take_while(|byte| byte.is_ascii_whitespace());
    head.get(blank.count()..).unwrap_or_default()
}

/// Whether bytes contain a pattern.
pub(crate) fn contains(bytes: &[u8], pattern: &[u8]) -> bool {
    !pattern.is_empty() && bytes.windows(pattern.len()).any(|window| window == pattern)
}
