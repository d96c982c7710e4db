//! Questions about terms of use: SPDX expressions over the identifiers that a component's terms mention.
//!
//! "Mentions" is the word: a component under `MIT OR GPL-3.0-only` is found by `GPL-3.0-only`, since somebody has to
//! look at the choice. `GPL-3.0` finds its `-only` and `-or-later` forms, a trailing `*` finds a family, and a name
//! that SPDX does not list is compared as a whole without case.

use spdx::Expression;
use spdx::expression::ExprNode;

use crate::error::InventoryError;

/// LIMIT: bytes of an expression.
const LONGEST: usize = 4096;
/// LIMIT: parentheses of an expression.
const MOST_PARENTHESES: usize = 64;

/// A question about terms of use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceQuestion {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Is(String),
    And,
    Or,
}

impl LicenceQuestion {
    /// Reads a question: an SPDX expression, an identifier with a trailing `*`, or a name.
    ///
    /// # Errors
    /// When the text is empty or too long.
    pub fn parse(text: &str) -> Result<Self, InventoryError> {
        let text = text.trim();
        if text.is_empty() || text.len() > LONGEST {
            return Err(InventoryError::Question(
                "a licence is an SPDX expression, an identifier with `*`, or a name".to_owned(),
            ));
        }
        let steps = expression(text).map_or_else(
            || vec![Step::Is(text.to_ascii_lowercase())],
            |expression| {
                expression
                    .iter()
                    .map(|node| match node {
                        ExprNode::Req(requirement) => {
                            Step::Is(requirement.req.to_string().to_ascii_lowercase())
                        }
                        ExprNode::Op(spdx::expression::Operator::And) => Step::And,
                        ExprNode::Op(spdx::expression::Operator::Or) => Step::Or,
                    })
                    .collect()
            },
        );
        Ok(Self { steps })
    }

    /// Whether these terms are meant.
    #[must_use]
    pub fn holds(&self, terms: &[String]) -> bool {
        let mentioned: Vec<String> = terms.iter().flat_map(|term| mentions(term)).collect();
        let mut stack: Vec<bool> = Vec::new();
        for step in &self.steps {
            let value = match step {
                Step::Is(wanted) => mentioned
                    .iter()
                    .any(|mentioned| is_meant(wanted, mentioned)),
                Step::And | Step::Or => {
                    let (right, left) = (
                        stack.pop().unwrap_or_default(),
                        stack.pop().unwrap_or_default(),
                    );
                    if *step == Step::And {
                        left && right
                    } else {
                        left || right
                    }
                }
            };
            stack.push(value);
        }
        stack.pop().unwrap_or_default()
    }

    /// Whether a single term can make the question hold, alone or with others.
    pub(crate) fn concerns(&self, term: &str) -> bool {
        let mentioned = mentions(term);
        self.steps.iter().any(|step| match step {
            Step::Is(wanted) => mentioned
                .iter()
                .any(|mentioned| is_meant(wanted, mentioned)),
            Step::And | Step::Or => false,
        })
    }
}

fn expression(text: &str) -> Option<Expression> {
    if text.len() > LONGEST || text.bytes().filter(|byte| *byte == b'(').count() > MOST_PARENTHESES
    {
        return None;
    }
    Expression::parse_mode(text, spdx::ParseMode::LAX).ok()
}

/// The identifiers that a term mentions, in lower case; the term itself if it is no expression.
fn mentions(term: &str) -> Vec<String> {
    let whole = term.trim().to_ascii_lowercase();
    let Some(expression) = expression(term.trim()) else {
        return vec![whole];
    };
    let mut found: Vec<String> = expression
        .requirements()
        .map(|requirement| requirement.req.to_string().to_ascii_lowercase())
        .collect();
    found.push(whole);
    found
}

fn is_meant(wanted: &str, mentioned: &str) -> bool {
    if let Some(family) = wanted.strip_suffix('*') {
        return mentioned.starts_with(family);
    }
    let base = |text: &str| {
        let text = text.split(" with ").next().unwrap_or(text);
        ["-only", "-or-later", "+"]
            .iter()
            .find_map(|end| text.strip_suffix(end))
            .unwrap_or(text)
            .to_owned()
    };
    wanted == mentioned || (base(wanted) == wanted && base(mentioned) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_asked_of_what_terms_mention() {
        for (question, terms, expected) in [
            ("AGPL-3.0-only", vec!["AGPL-3.0-only"], true),
            ("AGPL-3.0-only", vec!["MIT OR AGPL-3.0-only"], true),
            ("AGPL-3.0-only", vec!["AGPL-3.0-or-later"], false),
            ("AGPL-3.0", vec!["AGPL-3.0-or-later"], true),
            (
                "GPL-2.0",
                vec!["GPL-2.0-only WITH Classpath-exception-2.0"],
                true,
            ),
            ("GPL-*", vec!["GPL-2.0-only"], true),
            ("GPL-*", vec!["LGPL-2.0-only"], false),
            ("MIT AND Apache-2.0", vec!["MIT", "Apache-2.0"], true),
            ("MIT AND Apache-2.0", vec!["MIT"], false),
            ("MIT OR Apache-2.0", vec!["Apache-2.0"], true),
            ("llama3.1", vec!["Llama3.1"], true),
            (
                "Llama 3.1 Community License",
                vec!["llama 3.1 community license"],
                true,
            ),
            ("mit", vec!["MIT"], true),
            ("MIT", vec![], false),
        ] {
            let terms: Vec<String> = terms.into_iter().map(str::to_owned).collect();
            let asked = LicenceQuestion::parse(question).expect("a question");
            assert_eq!(asked.holds(&terms), expected, "{question} of {terms:?}");
            assert!(
                !expected || terms.iter().any(|term| asked.concerns(term)),
                "{question} of {terms:?}"
            );
        }
    }

    #[test]
    fn nested_parentheses_end() {
        let deep = "(".repeat(3000) + "MIT";
        assert!(
            !LicenceQuestion::parse(&deep)
                .expect("a name")
                .holds(&["MIT".to_owned()])
        );
    }
}
