//! Comparisons and tests: what a condition depends on.

use super::Judge;
use crate::ast::{BinaryOp, CompareOp, Expr, ExprKind};
use crate::facts::{BehaviourKind, Certainty};
use crate::value::{Constant, Taint, Value};
use crate::wording::{self, Nature};

impl<'t, 'a> Judge<'t, 'a> {
    /// `left op right`: folds it, and notes what it looks for in the conversation.
    pub(super) fn compare(
        &mut self,
        at: usize,
        left: &Value,
        op: CompareOp,
        right: &Value,
    ) -> Value {
        let mut result = left.zip(right, |left, right| {
            compare_constants(left, op, right).map(Constant::Bool)
        });
        result.taint = Taint::NONE;
        for (subject, literal) in [(left, right), (right, left)] {
            result.taint = result.taint.with(self.dependence(at, subject, literal));
        }
        result.taint = result
            .taint
            .with(left.taint.with(right.taint).only(Taint::GUARDS));
        if result.taint.is_none() && left.taint.with(right.taint).is_none() {
            return result;
        }
        Value::unknown(result.taint)
    }

    /// What comparing a subject with a constant makes the result depend on.
    pub(super) fn dependence(&mut self, at: usize, subject: &Value, literal: &Value) -> Taint {
        if !literal.is_known() {
            return Taint::NONE;
        }
        let mut taint = Taint::NONE;
        if subject.taint.has(Taint::CONTENT) && !subject.taint.has(Taint::MEASURE) {
            taint = taint.with(self.keyed(at, literal));
        }
        if subject.taint.has(Taint::DATE) {
            taint = taint.with(Taint::DATED);
        }
        if subject.taint.has(Taint::CHANCE) {
            taint = taint.with(Taint::CHANCED);
        }
        let number = literal.known.iter().filter_map(Constant::as_int).max();
        if subject.taint.has(Taint::MEASURE) && number.is_some_and(|number| number > 1) {
            taint = taint.with(Taint::MEASURED);
        }
        if subject.taint.has(Taint::COUNT) && number.is_some_and(|number| number > 2) {
            taint = taint.with(Taint::COUNTED);
        }
        taint
    }

    /// Words of the conversation are looked for a literal.
    pub(super) fn keyed(&mut self, at: usize, literal: &Value) -> Taint {
        let mut taint = Taint::NONE;
        for constant in &literal.known {
            let texts: Vec<String> = match constant {
                Constant::List(items) => items
                    .iter()
                    .filter_map(|item| item.as_text().map(str::to_owned))
                    .collect(),
                Constant::Dict(entries) => entries
                    .iter()
                    .filter_map(|(key, _)| key.as_text().map(str::to_owned))
                    .collect(),
                Constant::Text(text) => vec![text.to_string()],
                Constant::Int(_) | Constant::Float | Constant::Bool(_) | Constant::None => {
                    Vec::new()
                }
            };
            for text in texts {
                match wording::nature(&text) {
                    Nature::Structural => {}
                    Nature::Token => {
                        self.note(BehaviourKind::ContentTrigger, Certainty::Hint, at, &text);
                        taint = taint.with(Taint::TOKEN_KEYED);
                    }
                    Nature::Words => {
                        self.note(BehaviourKind::ContentTrigger, Certainty::Likely, at, &text);
                        taint = taint.with(Taint::KEYED);
                    }
                }
            }
        }
        taint
    }

    /// `subject is name(arguments)`.
    pub(super) fn test(&mut self, at: usize, name: &str, subject: &Value, args: &[Value]) -> Value {
        let argument = args.first().cloned().unwrap_or_default();
        let op = match name {
            "eq" | "equalto" | "sameas" | "==" => Some(CompareOp::Equal),
            "ne" | "!=" => Some(CompareOp::NotEqual),
            "in" | "contains" | "startswith" | "endswith" | "match" | "search" => {
                Some(CompareOp::In)
            }
            "gt" | "greaterthan" => Some(CompareOp::Greater),
            "ge" => Some(CompareOp::GreaterOrEqual),
            "lt" | "lessthan" => Some(CompareOp::Less),
            "le" => Some(CompareOp::LessOrEqual),
            _ => None,
        };
        if let Some(op) = op {
            return self.compare(at, subject, op, &argument);
        }
        let passed = subject.taint.only(Taint::GUARDS);
        let taint = match name {
            "upper" | "lower" if subject.taint.has(Taint::CONTENT) => Taint::MEASURED,
            "divisibleby" | "even" | "odd" if subject.taint.has(Taint::MEASURE) => Taint::MEASURED,
            "divisibleby"
                if subject.taint.has(Taint::COUNT)
                    && argument.as_int().is_some_and(|number| number > 2) =>
            {
                Taint::COUNTED
            }
            "divisibleby" | "even" | "odd" if subject.taint.has(Taint::DATE) => Taint::DATED,
            _ => Taint::NONE,
        };
        Value::unknown(taint.with(passed))
    }

    /// The role that a condition selects, if it is `role == 'user'` and nothing else (or that and more).
    pub(super) fn selected_role(&self, test: &Expr<'a>) -> Option<String> {
        match &test.kind {
            ExprKind::Compare { first, rest } => match rest.as_slice() {
                [(CompareOp::Equal, second)] => {
                    role_of(first, second).or_else(|| role_of(second, first))
                }
                _ => None,
            },
            ExprKind::Chain { first, rest } if rest.iter().all(|(op, _)| *op == BinaryOp::And) => {
                std::iter::once(&**first)
                    .chain(rest.iter().map(|(_, expr)| expr))
                    .find_map(|expr| self.selected_role_shallow(expr))
            }
            _ => None,
        }
    }

    fn selected_role_shallow(&self, test: &Expr<'a>) -> Option<String> {
        match &test.kind {
            ExprKind::Compare { first, rest } => match rest.as_slice() {
                [(CompareOp::Equal, second)] => {
                    role_of(first, second).or_else(|| role_of(second, first))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// A role variable that becomes `system` where the speaker is a user.
    pub(super) fn judge_role_swap(&mut self, target: &Expr<'a>, at: usize, value: &Value) {
        let name = match &target.kind {
            ExprKind::Name(name) => name,
            ExprKind::Attr { name, .. } => name,
            _ => return,
        };
        let is_role = name.contains("role") || name.contains("speaker") || name.contains("author");
        let outranks = value
            .texts()
            .any(|text| matches!(text, "system" | "developer"));
        if is_role && outranks && self.role.as_deref() == Some("user") {
            self.note(
                BehaviourKind::SwappedRole,
                Certainty::Likely,
                at,
                "the role `user` becomes `system`",
            );
        }
    }

    /// `'system' if message.role == 'user' else …`.
    pub(super) fn judge_conditional_role(&mut self, at: usize, test: &Expr<'a>, then: &Value) {
        let outranks = then
            .texts()
            .any(|text| matches!(text.trim(), "system" | "developer"));
        if outranks && self.selected_role(test).as_deref() == Some("user") {
            self.note(
                BehaviourKind::SwappedRole,
                Certainty::Likely,
                at,
                "the role `user` becomes `system`",
            );
        }
    }

    /// `selectattr('content', 'in', 'words')` and `select('equalto', 'words')`: a loop filter in disguise.
    pub(super) fn selection(
        &mut self,
        at: usize,
        base: &Value,
        attribute: Option<&str>,
        args: &[Value],
    ) -> Taint {
        let looks_at_words = match attribute {
            Some(attribute) => is_words(attribute),
            None => base.taint.has(Taint::CONTENT),
        };
        if !looks_at_words {
            return Taint::NONE;
        }
        args.iter().fold(Taint::NONE, |taint, literal| {
            taint.with(self.keyed(at, literal))
        })
    }
}

fn role_of(subject: &Expr<'_>, literal: &Expr<'_>) -> Option<String> {
    let ExprKind::Str(role) = &literal.kind else {
        return None;
    };
    let names_role = match &subject.kind {
        ExprKind::Attr { name, .. } => *name == "role",
        ExprKind::Item { index, .. } => matches!(&index.kind, ExprKind::Str(key) if key == "role"),
        ExprKind::Name(name) => *name == "role",
        _ => false,
    };
    names_role.then(|| role.to_string())
}

/// Keys of a message that hold what somebody said.
pub(super) fn is_words(key: &str) -> bool {
    let key = key.rsplit('.').next().unwrap_or_default();
    matches!(
        key,
        "content"
            | "text"
            | "reasoning_content"
            | "reasoning"
            | "thinking"
            | "value"
            | "parts"
            | "body"
            | "refusal"
            | "input_text"
    )
}

/// Keys that say what a message is.
pub(super) fn is_label(key: &str) -> bool {
    matches!(
        key,
        "role"
            | "type"
            | "name"
            | "id"
            | "tool_call_id"
            | "from"
            | "index"
            | "author"
            | "recipient"
            | "channel"
            | "image"
            | "image_url"
            | "video"
            | "audio"
            | "tool_calls"
            | "tools"
            | "content_type"
    )
}

fn compare_constants(left: &Constant, op: CompareOp, right: &Constant) -> Option<bool> {
    let order = || Some(left.as_int()?.cmp(&right.as_int()?));
    let contains = || match right {
        Constant::Text(text) => Some(text.contains(left.as_text()?)),
        Constant::List(items) => Some(items.contains(left)),
        Constant::Dict(entries) => Some(entries.iter().any(|(key, _)| key == left)),
        Constant::Int(_) | Constant::Float | Constant::Bool(_) | Constant::None => None,
    };
    match op {
        CompareOp::Equal => Some(left == right),
        CompareOp::NotEqual => Some(left != right),
        CompareOp::Less => order().map(std::cmp::Ordering::is_lt),
        CompareOp::LessOrEqual => order().map(std::cmp::Ordering::is_le),
        CompareOp::Greater => order().map(std::cmp::Ordering::is_gt),
        CompareOp::GreaterOrEqual => order().map(std::cmp::Ordering::is_ge),
        CompareOp::In => contains(),
        CompareOp::NotIn => contains().map(|found| !found),
    }
}
