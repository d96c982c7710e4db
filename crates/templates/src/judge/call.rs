//! Calls: functions of the engine, macros, and methods of strings, lists and dictionaries.

use super::Judge;
use crate::ast::{Arg, ArgName, Expr, ExprKind};
use crate::facts::{BehaviourKind, Certainty};
use crate::fold;
use crate::names::{self, AttributeRisk, Foreign};
use crate::value::{Constant, Taint, Value};

/// Keyword arguments by name.
pub(super) type Keywords<'a> = Vec<(&'a str, Value)>;

impl<'t, 'a> Judge<'t, 'a> {
    /// Evaluates arguments; those passed by `*` or `**` count as positional and unknown.
    pub(super) fn arguments(&mut self, args: &'t [Arg<'a>]) -> (Vec<Value>, Keywords<'a>) {
        let mut positional = Vec::new();
        let mut keywords = Vec::new();
        for arg in args {
            let value = self.eval(&arg.value);
            match arg.name {
                ArgName::Positional => positional.push(value),
                ArgName::Keyword(name) => {
                    if names::attribute_risk(name) == AttributeRisk::Dunder {
                        self.note(
                            BehaviourKind::PrivateAttribute,
                            Certainty::Likely,
                            arg.value.at,
                            name,
                        );
                    }
                    keywords.push((name, value));
                }
                ArgName::Splat => match value.first() {
                    Some(Constant::List(items)) => {
                        positional.extend(items.iter().cloned().map(Value::constant))
                    }
                    _ => positional.push(value),
                },
            }
        }
        (positional, keywords)
    }

    pub(super) fn call(&mut self, callee: &'t Expr<'a>, args: &'t [Arg<'a>], at: usize) -> Value {
        match &callee.kind {
            ExprKind::Name(name) if self.lookup(name).is_none() => self.function(name, args, at),
            ExprKind::Attr { base, name } => {
                if let ExprKind::Name(variable) = &base.kind {
                    self.judge_foreign(variable, callee.at);
                    if *variable == "self" && names::attribute_risk(name) == AttributeRisk::None {
                        return Value::default();
                    }
                }
                let receiver = self.eval(base);
                self.judge_member_name(&receiver, name, callee.at);
                self.method(&receiver, name, args, at)
            }
            ExprKind::Item { base, index } => {
                let receiver = self.eval(base);
                let key = self.eval(index);
                let Some(name) = key.as_text().map(str::to_owned) else {
                    self.item(&receiver, &key, callee.at);
                    self.arguments(args);
                    if !receiver.taint.has(Taint::REPORTED) && !key.is_known() {
                        // One computed step may pick from a list of macros; two in a row climb an object.
                        let climbs = receiver
                            .taint
                            .has(Taint::COMPUTED.with(Taint::LITERAL).with(Taint::FUNCTION));
                        let certainty = if climbs {
                            Certainty::Likely
                        } else {
                            Certainty::Hint
                        };
                        self.note(
                            BehaviourKind::ComputedAttribute,
                            certainty,
                            at,
                            self.snippet(at),
                        );
                    }
                    return Value::unknown(Taint::REPORTED);
                };
                self.judge_member_name(&receiver, &name, callee.at);
                self.method(&receiver, &name, args, at)
            }
            _ => {
                let value = self.eval(callee);
                self.arguments(args);
                if value.taint.has(Taint::COMPUTED)
                    && !value.taint.has(Taint::REPORTED.with(Taint::CONTENT))
                {
                    self.note(
                        BehaviourKind::ComputedAttribute,
                        Certainty::Likely,
                        at,
                        self.snippet(at),
                    );
                }
                Value::unknown(value.taint.only(Taint::FLOWING))
            }
        }
    }

    /// Judges a method's name without treating ordinary ones as attribute access.
    fn judge_member_name(&mut self, receiver: &Value, name: &str, at: usize) {
        if names::attribute_risk(name) != AttributeRisk::None
            || (receiver.taint.has(Taint::FUNCTION) && !names::runs_code(name))
        {
            self.member(receiver, name, at);
        }
    }

    fn function(&mut self, name: &'a str, args: &'t [Arg<'a>], at: usize) -> Value {
        self.names.insert(name);
        let (positional, keywords) = self.arguments(args);
        if let Some(declared) = self.macros.get(name).copied() {
            let is_certain = self.conditions == 0;
            self.growth.calls(name, is_certain, at);
            self.judge_fan_out(name, &positional, at);
            return self.expand_macro(declared, &positional, &keywords);
        }
        match name {
            "range" => return self.range(&positional, at),
            "dict" => return dictionary(&positional, &keywords),
            "namespace" => {
                return Value::unknown(Taint::NONE);
            }
            "strftime_now" | "strftime" | "now" => return Value::unknown(Taint::DATE),
            "loop" => {
                self.judge_loop_call(&positional, at);
                return Value::default();
            }
            "lipsum" => {
                self.judge_width(at, &positional);
                for (_, value) in &keywords {
                    self.judge_width(at, std::slice::from_ref(value));
                }
                self.note(
                    BehaviourKind::ForeignObject,
                    Certainty::Hint,
                    at,
                    self.snippet(at),
                );
                return Value::default();
            }
            _ => {}
        }
        if names::is_engine_function(name) {
            self.judge_foreign(name, at);
            return Value::default();
        }
        if names::runs_code(name) || names::is_builtin_gadget(name) {
            let certainty = if name.starts_with("__") {
                Certainty::Proven
            } else {
                Certainty::Likely
            };
            self.note(
                BehaviourKind::CodeExecution,
                certainty,
                at,
                self.snippet(at),
            );
            return Value::unknown(Taint::REPORTED);
        }
        match names::foreign(name) {
            Foreign::None => self.note(BehaviourKind::UnusualName, Certainty::Hint, at, name),
            Foreign::Web | Foreign::Module => self.judge_foreign(name, at),
        }
        let taint = positional
            .iter()
            .fold(Taint::NONE, |taint, value| taint.with(value.taint));
        Value::unknown(taint.only(Taint::FLOWING))
    }

    /// `receiver.name(arguments)`.
    pub(super) fn method(
        &mut self,
        receiver: &Value,
        name: &str,
        args: &'t [Arg<'a>],
        at: usize,
    ) -> Value {
        let (positional, keywords) = self.arguments(args);
        if names::runs_code(name) {
            let is_reached = receiver.taint.has(Taint::REPORTED);
            let certainty = if is_reached {
                Certainty::Proven
            } else {
                Certainty::Likely
            };
            self.note(
                BehaviourKind::CodeExecution,
                certainty,
                at,
                self.snippet(at),
            );
            return Value::unknown(Taint::REPORTED);
        }
        if names::attribute_risk(name) != AttributeRisk::None {
            // `x.__getitem__('y')` and `x.__getattribute__('y')` look up what they are given.
            for argument in positional.iter().filter_map(Value::as_text) {
                let argument = argument.to_owned();
                self.member(&Value::default(), &argument, at);
            }
            return Value::unknown(Taint::REPORTED);
        }
        match name {
            "format" | "format_map" => {
                return self.format_method(receiver, &positional, &keywords, at);
            }
            "get" | "pop" | "setdefault"
                if positional
                    .first()
                    .is_some_and(|key| key.is_known() || key.taint.has(Taint::CONTENT)) =>
            {
                return self.lookup_method(receiver, &positional, at);
            }
            "center" | "ljust" | "rjust" | "zfill" | "expandtabs" => {
                self.judge_width(at, &positional)
            }
            "join" => {
                return positional.first().map_or_else(Value::default, |items| {
                    let separator = receiver.as_text().unwrap_or_default().to_owned();
                    let joined = items.map(|items| fold::join(items, &separator));
                    let spelled = if is_spelling(items, &separator) {
                        Taint::ASSEMBLED
                    } else {
                        Taint::NONE
                    };
                    words_of(joined, items.taint).tainted(spelled)
                });
            }
            _ => {}
        }
        if !names::is_usual_method(name) && !receiver.taint.has(Taint::REPORTED) {
            self.note(BehaviourKind::UnusualName, Certainty::Hint, at, name);
        }
        self.string_method(receiver, name, &positional, at)
    }

    fn string_method(&mut self, receiver: &Value, name: &str, args: &[Value], at: usize) -> Value {
        let first = args.first().cloned().unwrap_or_default();
        let mut guard = Taint::NONE;
        match name {
            "startswith" | "endswith" | "find" | "rfind" | "index" | "rindex" | "count"
            | "split" | "rsplit" | "partition" | "rpartition" | "removeprefix" | "removesuffix"
            | "__contains__" => {
                guard = self.dependence(at, receiver, &first);
            }
            "replace" => {
                return self.replace(receiver, args, at);
            }
            "isupper" | "islower" | "isdigit" | "isascii" | "isalpha" | "istitle" | "isnumeric"
            | "isspace"
                if receiver.taint.has(Taint::CONTENT) =>
            {
                guard = Taint::MEASURED;
            }
            _ => {}
        }
        let literal = first.as_text().map(str::to_owned);
        let mut value = receiver.map(|constant| fold_method(constant, name, literal.as_deref()));
        value.taint = receiver
            .taint
            .only(
                Taint::FLOWING
                    .with(Taint::MESSAGE)
                    .with(Taint::CONVERSATION),
            )
            .with(guard);
        if matches!(
            name,
            "find" | "rfind" | "count" | "index" | "startswith" | "endswith"
        ) {
            value.taint = value.taint.without(Taint::CONTENT);
        }
        value
    }

    /// Replacing words in what somebody said; control tokens and blanks are honest.
    pub(super) fn replace(&mut self, receiver: &Value, args: &[Value], at: usize) -> Value {
        let old = args.first().cloned().unwrap_or_default();
        let new = args.get(1).cloned().unwrap_or_default();
        if receiver.taint.has(Taint::CONTENT) {
            self.judge_replacement(&old, &new, at);
        }
        let mut value = receiver.zip(&old, |text, old| {
            fold::replace(text, old.as_text()?, new.as_text()?)
        });
        value.taint = receiver
            .taint
            .with(new.taint.only(Taint::GUARDS))
            .without(Taint::LITERAL);
        let occurrences = receiver
            .as_text()
            .zip(old.as_text())
            .map_or(0, |(text, old)| {
                if old.trim().is_empty() {
                    0
                } else {
                    text.matches(old).count()
                }
            });
        if occurrences >= 4 && !receiver.taint.has(Taint::CONTENT) {
            value.taint = value.taint.with(Taint::ASSEMBLED);
        }
        value
    }

    /// `'…'.format(x)`: fields with attributes, and what it folds to.
    fn format_method(
        &mut self,
        receiver: &Value,
        args: &[Value],
        keywords: &Keywords<'a>,
        at: usize,
    ) -> Value {
        let formats: Vec<String> = receiver.texts().map(str::to_owned).collect();
        for format in &formats {
            for name in fold::format_attributes(format) {
                let certainty = match names::attribute_risk(&name) {
                    AttributeRisk::None => Certainty::Hint,
                    AttributeRisk::Dunder
                    | AttributeRisk::Underscored
                    | AttributeRisk::Internal => Certainty::Proven,
                };
                self.note(BehaviourKind::FormatAttribute, certainty, at, format);
            }
        }
        if formats.is_empty() {
            // Whoever writes the format string reads any attribute of the arguments.
            let has_words = receiver.taint.has(Taint::CONTENT);
            let certainty = if has_words {
                Certainty::Likely
            } else {
                Certainty::Hint
            };
            self.note(
                BehaviourKind::FormatAttribute,
                certainty,
                at,
                self.snippet(at),
            );
        }
        let positional: Vec<Constant> = args
            .iter()
            .filter_map(|value| value.first().cloned())
            .collect();
        let named: Vec<(&str, Constant)> = keywords
            .iter()
            .filter_map(|(name, value)| Some((*name, value.first()?.clone())))
            .collect();
        let is_known = positional.len() == args.len() && named.len() == keywords.len();
        let taint = args
            .iter()
            .chain(keywords.iter().map(|(_, value)| value))
            .fold(receiver.taint, |taint, value| taint.with(value.taint));
        let mut value = receiver.map(|format| {
            is_known
                .then(|| fold::braces(format.as_text()?, &positional, &named))
                .flatten()
        });
        value.taint = taint.only(Taint::FLOWING);
        value
    }

    /// `table.get(key)`.
    fn lookup_method(&mut self, receiver: &Value, args: &[Value], at: usize) -> Value {
        let Some(key) = args.first() else {
            return Value::default();
        };
        let mut value = self.item(receiver, key, at);
        if let Some(default) = args.get(1) {
            value.join(default);
        }
        value
    }

    fn range(&mut self, args: &[Value], at: usize) -> Value {
        let numbers: Vec<Option<i64>> = args.iter().map(Value::as_int).collect();
        let taint = args
            .iter()
            .fold(Taint::NONE, |taint, value| taint.with(value.taint))
            .only(Taint::FLOWING);
        let (start, stop, step) = match numbers.as_slice() {
            [Some(stop)] => (0, *stop, 1),
            [Some(start), Some(stop)] => (*start, *stop, 1),
            [Some(start), Some(stop), Some(step)] if *step != 0 => (*start, *stop, *step),
            _ => return Value::unknown(taint),
        };
        let span = if step > 0 {
            stop.saturating_sub(start)
        } else {
            start.saturating_sub(stop)
        };
        let count = u64::try_from(span.max(0))
            .unwrap_or(0)
            .div_ceil(step.unsigned_abs());
        self.judge_range(at, count);
        self.growth.last_range = count;
        let items: Vec<Constant> = (0..i64::try_from(count.min(64)).unwrap_or(64))
            .map(|index| Constant::Int(start.saturating_add(index.saturating_mul(step))))
            .collect();
        Value::constant(Constant::list(items)).tainted(taint)
    }
}

/// `dict(a=1)`: the trick that turns keyword names into strings.
fn dictionary(args: &[Value], keywords: &Keywords<'_>) -> Value {
    let mut entries: Vec<(Constant, Constant)> = Vec::new();
    for (name, value) in keywords {
        let value = value.first().cloned().unwrap_or(Constant::Float);
        entries.push((Constant::text(*name), value));
    }
    let taint = args
        .iter()
        .chain(keywords.iter().map(|(_, value)| value))
        .fold(Taint::NONE, |taint, value| taint.with(value.taint))
        .only(Taint::FLOWING);
    if args.iter().any(|value| !value.is_known()) {
        return Value::unknown(taint);
    }
    for value in args {
        match value.first() {
            Some(Constant::Dict(more)) => entries.extend(more.iter().cloned()),
            Some(Constant::List(pairs)) => {
                entries.extend(pairs.iter().filter_map(|pair| match pair {
                    Constant::List(pair) => Some((pair.first()?.clone(), pair.get(1)?.clone())),
                    _ => None,
                }))
            }
            _ => {}
        }
    }
    Value::constant(Constant::Dict(entries.into())).tainted(taint)
}

/// Joining messages or their attributes yields words.
pub(super) fn words_of(mut value: Value, source: Taint) -> Value {
    if source.has(Taint::CONVERSATION.with(Taint::MESSAGE)) {
        value.taint = value.taint.with(Taint::CONTENT);
    }
    value.taint = value.taint.with(source.only(Taint::FLOWING));
    value
}

/// Items that are single letters or so, written next to each other: a way to hide a word, not to list things.
pub(super) fn is_spelling(items: &Value, separator: &str) -> bool {
    let parts = items.first().and_then(Constant::items).unwrap_or_default();
    let short = parts
        .iter()
        .filter_map(Constant::as_text)
        .filter(|part| part.chars().count() <= 2)
        .count();
    separator.is_empty() && short >= 5 && short.saturating_mul(3) >= parts.len().saturating_mul(2)
}

fn fold_method(constant: &Constant, name: &str, argument: Option<&str>) -> Option<Constant> {
    let changed =
        |change: fn(&str) -> String| constant.as_text().map(|text| Constant::text(change(text)));
    match name {
        "lower" | "casefold" => changed(str::to_lowercase),
        "upper" => changed(str::to_uppercase),
        "swapcase" => changed(swap_case),
        "capitalize" | "title" => changed(capitalise),
        "strip" | "lstrip" | "rstrip" => {
            let text = constant.as_text()?;
            let strips = |character: char| match argument {
                Some(set) => set.contains(character),
                None => character.is_whitespace(),
            };
            Some(Constant::text(match name {
                "lstrip" => text.trim_start_matches(strips),
                "rstrip" => text.trim_end_matches(strips),
                _ => text.trim_matches(strips),
            }))
        }
        "removeprefix" => constant.as_text().map(|text| {
            Constant::text(
                text.strip_prefix(argument.unwrap_or_default())
                    .unwrap_or(text),
            )
        }),
        "removesuffix" => constant.as_text().map(|text| {
            Constant::text(
                text.strip_suffix(argument.unwrap_or_default())
                    .unwrap_or(text),
            )
        }),
        "split" | "rsplit" => fold::split(constant, argument),
        "encode" | "decode" | "copy" | "expandtabs" | "center" | "ljust" | "rjust" | "zfill" => {
            Some(constant.clone())
        }
        "keys" => constant.items().map(Constant::list),
        "values" | "items" => match constant {
            Constant::Dict(entries) => Some(Constant::list(
                entries
                    .iter()
                    .map(|(key, value)| {
                        if name == "values" {
                            value.clone()
                        } else {
                            Constant::list(vec![key.clone(), value.clone()])
                        }
                    })
                    .collect(),
            )),
            _ => None,
        },
        _ => None,
    }
}

fn swap_case(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            if character.is_uppercase() {
                character.to_lowercase().collect::<Vec<_>>()
            } else {
                character.to_uppercase().collect()
            }
        })
        .collect()
}

/// The first letter large, the others small.
pub(super) fn capitalise(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|first| first.to_uppercase().collect::<String>());
    first.unwrap_or_default() + &characters.as_str().to_lowercase()
}
