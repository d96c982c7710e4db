//! Filters: those that look up attributes, those that spell names, and those that rewrite what people said.

use super::Judge;
use super::call::{Keywords, capitalise, is_spelling, words_of};
use super::condition::{is_label, is_words};
use super::expression::member_taint;
use crate::ast::{Arg, Expr, ExprKind};
use crate::facts::{BehaviourKind, Certainty};
use crate::fold;
use crate::names;
use crate::value::{Constant, Taint, Value};
use crate::wording::{self, Nature};

impl<'t, 'a> Judge<'t, 'a> {
    /// Applies the filters of `{% filter %}` and `{% set x | … %}` to a value.
    pub(super) fn filtered(&mut self, filter: &'t Expr<'a>, value: Value) -> Value {
        let ExprKind::Filter { base, name, args } = &filter.kind else {
            return self.eval(filter);
        };
        let value = match base {
            Some(base) => self
                .deeper(|judge| judge.filtered(base, value))
                .unwrap_or_default(),
            None => value,
        };
        self.filter(name, value, args, filter.at)
    }

    /// `base|name(arguments)`.
    pub(super) fn filter(
        &mut self,
        name: &str,
        base: Value,
        args: &'t [Arg<'a>],
        at: usize,
    ) -> Value {
        let (positional, keywords) = self.arguments(args);
        match name {
            "attr" => return self.attr_filter(&base, &positional, at),
            "map" => return self.map_filter(&base, &positional, &keywords, at),
            "select" | "reject" | "selectattr" | "rejectattr" => {
                return self.select_filter(name, &base, &positional, at);
            }
            "groupby" | "sort" | "unique" | "sum" | "min" | "max" | "dictsort" => {
                self.judge_attribute_argument(&positional, &keywords, at, name == "groupby")
            }
            "random" => {
                self.note(
                    BehaviourKind::RandomTrigger,
                    Certainty::Hint,
                    at,
                    self.snippet(at),
                );
                let mut value = base;
                if let Some(items) = value.first().and_then(Constant::items) {
                    value.known = items.into_iter().take(4).collect();
                }
                return value.tainted(Taint::CHANCE.with(Taint::CHANCED));
            }
            "replace" => return self.replace(&base, &positional, at),
            "center" | "indent" | "wordwrap" | "batch" | "slice" | "truncate" => {
                self.judge_width(at, &positional)
            }
            _ => {}
        }
        if !names::is_usual_filter(name) && !self.macros.contains_key(name) {
            self.note(BehaviourKind::UnusualName, Certainty::Hint, at, name);
        }
        self.transform(name, base, &positional, at)
    }

    fn transform(&mut self, name: &str, base: Value, args: &[Value], at: usize) -> Value {
        let argument = args.first().and_then(Value::as_text).map(str::to_owned);
        let is_object = base.taint.has(Taint::FUNCTION.with(Taint::GENERATOR)) && !base.is_known();
        if is_object
            && matches!(
                name,
                "string"
                    | "tojson"
                    | "urlencode"
                    | "escape"
                    | "e"
                    | "pprint"
                    | "forceescape"
                    | "upper"
                    | "lower"
            )
        {
            let certainty = if base.taint.has(Taint::FUNCTION) {
                Certainty::Likely
            } else {
                Certainty::Hint
            };
            self.note(
                BehaviourKind::ForeignObject,
                certainty,
                at,
                self.snippet(at),
            );
            return Value::unknown(Taint::COMPUTED);
        }
        match name {
            "length" | "count" | "wordcount" => return length_of(&base),
            "default" | "d" => {
                let mut value = base;
                if let Some(default) = args.first() {
                    value.join(default);
                }
                return value;
            }
            "reverse" => {
                if base.taint.has(Taint::CONTENT) {
                    self.note(
                        BehaviourKind::RewrittenContent,
                        Certainty::Likely,
                        at,
                        self.snippet(at),
                    );
                }
                let mut value = base.map(fold::reverse);
                value.taint = base.taint;
                return if value.as_text().is_some() {
                    value.tainted(Taint::ASSEMBLED)
                } else {
                    value
                };
            }
            "join" => {
                let separator = argument.unwrap_or_default();
                let is_words = separator
                    .chars()
                    .filter(|character| character.is_alphabetic())
                    .count()
                    > 2;
                if is_words && base.taint.has(Taint::CONTENT) && base.taint.has(Taint::GUARDS) {
                    self.note(
                        BehaviourKind::RewrittenContent,
                        Certainty::Likely,
                        at,
                        self.snippet(at),
                    );
                }
                let joined = base.map(|items| fold::join(items, &separator));
                let spelled = if is_spelling(&base, &separator) {
                    Taint::ASSEMBLED
                } else {
                    Taint::NONE
                };
                return words_of(joined, base.taint).tainted(spelled);
            }
            "truncate" if base.taint.has(Taint::CONTENT) => {
                self.note(
                    BehaviourKind::RewrittenContent,
                    Certainty::Hint,
                    at,
                    self.snippet(at),
                );
            }
            "format" => return self.percent_filter(&base, args, at),
            _ => {}
        }
        let mut value = base.map(|constant| fold_filter(constant, name));
        value.taint = base.taint.without(Taint::LITERAL.with(Taint::GENERATOR));
        let writes_words = matches!(
            name,
            "string"
                | "tojson"
                | "trim"
                | "upper"
                | "lower"
                | "urlencode"
                | "escape"
                | "e"
                | "safe"
        );
        if writes_words
            && base.taint.has(Taint::CONVERSATION.with(Taint::MESSAGE))
            && name != "safe"
        {
            value.taint = value.taint.with(Taint::CONTENT);
        }
        if matches!(name, "int" | "float") && base.taint.has(Taint::CONTENT) {
            value.taint = value.taint.with(Taint::MEASURE);
        }
        value
    }

    fn percent_filter(&mut self, base: &Value, args: &[Value], at: usize) -> Value {
        let constants: Vec<Constant> = args
            .iter()
            .filter_map(|value| value.first().cloned())
            .collect();
        let is_known = constants.len() == args.len();
        let mut value = base.map(|format| {
            is_known
                .then(|| fold::percent(format.as_text()?, &constants))
                .flatten()
        });
        let taint = args
            .iter()
            .fold(base.taint, |taint, value| taint.with(value.taint));
        value.taint = taint.only(Taint::FLOWING);
        if base.taint.has(Taint::CONTENT) {
            self.note(
                BehaviourKind::FormatAttribute,
                Certainty::Hint,
                at,
                self.snippet(at),
            );
        }
        if value.is_known() && base.as_text().is_some_and(|format| format.contains("%c")) {
            value.taint = value.taint.with(Taint::ASSEMBLED);
        }
        value
    }

    fn attr_filter(&mut self, base: &Value, args: &[Value], at: usize) -> Value {
        let names: Vec<String> = args
            .first()
            .into_iter()
            .flat_map(Value::texts)
            .map(str::to_owned)
            .collect();
        let Some((last, others)) = names.split_last() else {
            if !base.taint.has(Taint::REPORTED) {
                self.note(
                    BehaviourKind::ComputedAttribute,
                    Certainty::Likely,
                    at,
                    self.snippet(at),
                );
            }
            return Value::unknown(Taint::REPORTED);
        };
        for name in others {
            self.member(base, name, at);
        }
        if names
            .iter()
            .any(|name| matches!(name.as_str(), "format" | "format_map"))
        {
            // CVE-2025-27516: a format method fetched through `attr` escapes the sandbox's own format.
            self.note(
                BehaviourKind::FormatAttribute,
                Certainty::Likely,
                at,
                self.snippet(at),
            );
        }
        if names.iter().any(|name| names::runs_code(name)) {
            self.note(
                BehaviourKind::CodeExecution,
                Certainty::Likely,
                at,
                self.snippet(at),
            );
        }
        self.note(BehaviourKind::UnusualName, Certainty::Hint, at, "attr");
        self.member(base, last, at)
    }

    fn map_filter(
        &mut self,
        base: &Value,
        args: &[Value],
        keywords: &Keywords<'a>,
        at: usize,
    ) -> Value {
        let attribute = keywords
            .iter()
            .find(|(name, _)| *name == "attribute")
            .map(|(_, value)| value);
        if let Some(attribute) = attribute {
            let taint = self.judge_path(base, attribute, at);
            return Value::unknown(taint.with(Taint::GENERATOR));
        }
        let Some(filter) = args.first() else {
            return Value::unknown(base.taint);
        };
        let rest = args.get(1..).unwrap_or_default();
        match filter.as_text().map(str::to_owned).as_deref() {
            Some("attr") => {
                self.attr_filter(base, rest, at);
                return Value::unknown(Taint::REPORTED);
            }
            Some("format") => {
                self.note(
                    BehaviourKind::UnusualName,
                    Certainty::Hint,
                    at,
                    "map('format')",
                );
            }
            Some(name) => {
                let known = base.first().and_then(Constant::items).map(|items| {
                    let mapped: Option<Vec<Constant>> =
                        items.iter().map(|item| fold_filter(item, name)).collect();
                    mapped.map(Constant::list)
                });
                let kept = Value {
                    known: known.flatten().into_iter().collect(),
                    taint: base.taint,
                };
                return kept.tainted(Taint::GENERATOR);
            }
            None => self.note(
                BehaviourKind::ComputedAttribute,
                Certainty::Likely,
                at,
                self.snippet(at),
            ),
        }
        Value::unknown(base.taint.only(Taint::FLOWING).with(Taint::GENERATOR))
    }

    fn select_filter(&mut self, name: &str, base: &Value, args: &[Value], at: usize) -> Value {
        let by_attribute = name.ends_with("attr");
        let attribute = by_attribute.then(|| args.first()).flatten();
        if let Some(attribute) = attribute {
            self.judge_path(base, attribute, at);
        }
        let path = attribute.and_then(Value::as_text).map(str::to_owned);
        let operands = args
            .get(if by_attribute { 2 } else { 1 }..)
            .unwrap_or_default();
        let guard = self.selection(at, base, path.as_deref(), operands);
        let kept = base
            .taint
            .without(Taint::LITERAL)
            .with(guard)
            .with(Taint::GENERATOR);
        Value::unknown(kept)
    }

    /// `attribute='a.b'` of `sort`, `groupby` and others.
    fn judge_attribute_argument(
        &mut self,
        args: &[Value],
        keywords: &Keywords<'a>,
        at: usize,
        is_positional: bool,
    ) {
        let named = keywords
            .iter()
            .find(|(name, _)| *name == "attribute")
            .map(|(_, value)| value);
        let attribute = named.or_else(|| is_positional.then(|| args.first()).flatten());
        if let Some(attribute) = attribute {
            self.judge_path(&Value::default(), attribute, at);
        }
    }

    /// A dotted path of attributes; yields what the last one carries.
    fn judge_path(&mut self, base: &Value, path: &Value, at: usize) -> Taint {
        let element = if base.taint.has(Taint::CONVERSATION) {
            base.taint.without(Taint::CONVERSATION).with(Taint::MESSAGE)
        } else {
            base.taint
        };
        let paths: Vec<String> = path.texts().map(str::to_owned).collect();
        if paths.is_empty() && path.as_int().is_none() {
            self.note(
                BehaviourKind::ComputedAttribute,
                Certainty::Likely,
                at,
                self.snippet(at),
            );
            return Taint::REPORTED;
        }
        let mut taint = element;
        for path in paths {
            let mut value = Value::unknown(element);
            for name in path.split('.') {
                let is_plain = is_words(name) || is_label(name);
                value = if is_plain {
                    Value::unknown(member_taint(value.taint, name))
                } else {
                    self.member(&value, name, at)
                };
            }
            taint = value.taint;
        }
        taint
    }

    /// Replacing or removing words that people say.
    pub(super) fn judge_replacement(&mut self, old: &Value, new: &Value, at: usize) {
        let removed = old.texts().map(nature_of_replaced).max();
        let added = new.texts().map(nature_of_replaced).max();
        if removed.max(added) != Some(Nature::Words) {
            return;
        }
        let evidence = format!(
            "`{}` becomes `{}`",
            old.as_text().unwrap_or("a computed text"),
            new.as_text().unwrap_or("a computed text")
        );
        self.note(
            BehaviourKind::RewrittenContent,
            Certainty::Likely,
            at,
            &evidence,
        );
    }
}

/// Escapes such as `&amp;` and `\n` are structural here, single letters are not.
fn nature_of_replaced(text: &str) -> Nature {
    let letters = text
        .chars()
        .filter(|character| character.is_alphanumeric())
        .count();
    let is_escape = text.starts_with(['&', '\\', '%']) && letters <= 6 && !text.contains(' ');
    if letters == 0 || is_escape {
        return Nature::Structural;
    }
    wording::nature(text)
}

fn length_of(base: &Value) -> Value {
    let mut value = base.map(|constant| {
        constant
            .len()
            .and_then(|length| i64::try_from(length).ok())
            .map(Constant::Int)
    });
    let measured = if base.taint.has(Taint::CONTENT) {
        Taint::MEASURE
    } else {
        Taint::NONE
    };
    let counted = if base.taint.has(Taint::CONVERSATION) {
        Taint::COUNT
    } else {
        Taint::NONE
    };
    value.taint = base.taint.only(Taint::GUARDS).with(measured).with(counted);
    value
}

/// Filters without arguments that change constants.
fn fold_filter(constant: &Constant, name: &str) -> Option<Constant> {
    let changed =
        |change: fn(&str) -> String| constant.as_text().map(|text| Constant::text(change(text)));
    match name {
        "lower" => changed(str::to_lowercase),
        "upper" => changed(str::to_uppercase),
        "capitalize" | "title" => changed(capitalise),
        "trim" => constant.as_text().map(|text| Constant::text(text.trim())),
        "string" => constant.display().map(Constant::text),
        "safe" | "escape" | "e" | "forceescape" | "indent" | "center" | "wordwrap" | "truncate"
        | "striptags" => Some(constant.clone()),
        "urlencode" => changed(percent_encode),
        "tojson" => constant
            .as_text()
            .map(|text| Constant::text(format!("\"{text}\""))),
        "int" => match constant {
            Constant::Text(text) => text.trim().parse().ok().map(Constant::Int),
            other => other.as_int().map(Constant::Int),
        },
        "list" | "keys" => constant.items().map(Constant::list),
        "items" | "dictsort" => match constant {
            Constant::Dict(entries) => Some(Constant::list(
                entries
                    .iter()
                    .map(|(key, value)| Constant::list(vec![key.clone(), value.clone()]))
                    .collect(),
            )),
            _ => None,
        },
        "first" => constant.items()?.first().cloned(),
        "last" => constant.items()?.last().cloned(),
        "sort" | "unique" => {
            let mut items: Vec<String> = constant
                .items()?
                .iter()
                .map(Constant::display)
                .collect::<Option<_>>()?;
            if name == "sort" {
                items.sort_by_key(|item| item.to_lowercase());
            } else {
                let mut seen = std::collections::BTreeSet::new();
                items.retain(|item| seen.insert(item.to_lowercase()));
            }
            Some(Constant::list(
                items.into_iter().map(Constant::text).collect(),
            ))
        }
        _ => None,
    }
}

fn percent_encode(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'~' | b'/') {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
