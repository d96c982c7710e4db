//! Environment markers: `python_version < "3.9" and extra == "gpu"` (PEP 508).

use std::collections::{BTreeMap, BTreeSet};

use chainwright_core::package::Ecosystem;
use thiserror::Error;

use super::specifiers::{Operator, Specifier};
use crate::name::pep503;
use crate::scan::Scan;
use crate::version::Version;

/// Parentheses deeper than this are refused.
const DEEPEST: usize = 64;

/// What a marker may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variable {
    /// `python_version`, `3.12`.
    PythonVersion,
    /// `python_full_version`, `3.12.4`.
    PythonFullVersion,
    /// `os_name`, `posix`.
    OsName,
    /// `sys_platform`, `linux`.
    SysPlatform,
    /// `platform_release`, the kernel's.
    PlatformRelease,
    /// `platform_system`, `Linux`.
    PlatformSystem,
    /// `platform_version`, the kernel's build.
    PlatformVersion,
    /// `platform_machine`, `x86_64`.
    PlatformMachine,
    /// `platform_python_implementation`, `CPython`.
    PlatformPythonImplementation,
    /// `implementation_name`, `cpython`.
    ImplementationName,
    /// `implementation_version`, `3.12.4`.
    ImplementationVersion,
    /// `extra`: the extra for which requirements are asked.
    Extra,
    /// `extras`: all of them (PEP 751).
    Extras,
    /// `dependency_groups` (PEP 751).
    DependencyGroups,
}

/// Longer names come before their beginnings.
const NAMES: [(&str, Variable); 20] = [
    ("python_version", Variable::PythonVersion),
    ("python_full_version", Variable::PythonFullVersion),
    ("os_name", Variable::OsName),
    ("os.name", Variable::OsName),
    ("sys_platform", Variable::SysPlatform),
    ("sys.platform", Variable::SysPlatform),
    ("platform_release", Variable::PlatformRelease),
    ("platform_system", Variable::PlatformSystem),
    ("platform_version", Variable::PlatformVersion),
    ("platform.version", Variable::PlatformVersion),
    ("platform_machine", Variable::PlatformMachine),
    ("platform.machine", Variable::PlatformMachine),
    (
        "platform_python_implementation",
        Variable::PlatformPythonImplementation,
    ),
    (
        "platform.python_implementation",
        Variable::PlatformPythonImplementation,
    ),
    (
        "python_implementation",
        Variable::PlatformPythonImplementation,
    ),
    ("implementation_name", Variable::ImplementationName),
    ("implementation_version", Variable::ImplementationVersion),
    ("extras", Variable::Extras),
    ("extra", Variable::Extra),
    ("dependency_groups", Variable::DependencyGroups),
];

impl Variable {
    /// The name in its usual spelling.
    #[must_use]
    pub fn name(self) -> &'static str {
        let usual = |name: &str| !name.contains('.') && name != "python_implementation";
        let found = NAMES
            .iter()
            .find(|(name, variable)| *variable == self && usual(name));
        found.map_or("", |(name, _)| name)
    }

    const fn is_version(self) -> bool {
        matches!(
            self,
            Self::PythonVersion
                | Self::PythonFullVersion
                | Self::PlatformRelease
                | Self::ImplementationVersion
        )
    }

    const fn is_set(self) -> bool {
        matches!(self, Self::Extras | Self::DependencyGroups)
    }
}

/// What is known about the place where requirements will be installed. What is not stated is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarkerEnvironment {
    values: BTreeMap<Variable, String>,
    sets: BTreeMap<Variable, BTreeSet<String>>,
}

impl MarkerEnvironment {
    /// Nothing is known.
    #[must_use]
    pub fn unknown() -> Self {
        Self::default()
    }

    /// `CPython` of a version (`3.12` or `3.12.4`) on 64-bit Linux, asked for no extra; the kernel is unknown.
    #[must_use]
    pub fn linux(python: &str) -> Self {
        let mut numbers = python.split('.');
        let minor = [numbers.next().unwrap_or("3"), numbers.next().unwrap_or("0")].join(".");
        let full = if numbers.next().is_some() {
            python.to_owned()
        } else {
            format!("{minor}.0")
        };
        Self::unknown()
            .with(Variable::PythonVersion, minor)
            .with(Variable::PythonFullVersion, full.clone())
            .with(Variable::ImplementationVersion, full)
            .with(Variable::ImplementationName, "cpython")
            .with(Variable::PlatformPythonImplementation, "CPython")
            .with(Variable::OsName, "posix")
            .with(Variable::SysPlatform, "linux")
            .with(Variable::PlatformSystem, "Linux")
            .with(Variable::PlatformMachine, "x86_64")
            .with(Variable::Extra, "")
    }

    /// States a value; of the two sets this states a single member.
    #[must_use]
    pub fn with(mut self, variable: Variable, value: impl Into<String>) -> Self {
        let value = value.into();
        if variable.is_set() {
            self.sets
                .entry(variable)
                .or_default()
                .insert(pep503(&value));
        } else if variable == Variable::Extra {
            self.values.insert(variable, pep503(&value));
        } else if variable == Variable::PythonFullVersion && value.ends_with('+') {
            // Builds between releases call themselves `3.13.0+`.
            self.values.insert(variable, format!("{value}local"));
        } else {
            self.values.insert(variable, value);
        }
        self
    }

    /// States all members of a set.
    #[must_use]
    pub fn with_set<'name>(
        mut self,
        variable: Variable,
        members: impl IntoIterator<Item = &'name str>,
    ) -> Self {
        self.sets
            .insert(variable, members.into_iter().map(pep503).collect());
        self
    }
}

/// Text that is no marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not an environment marker")]
pub struct MarkerError;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Operand {
    Variable(Variable),
    Value(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Compare(Operator),
    In,
    NotIn,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Expression {
    Any(Vec<Self>),
    All(Vec<Self>),
    Item(Operand, Relation, Operand),
}

/// A condition on the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    expression: Expression,
    text: String,
}

impl Marker {
    /// Reads a marker.
    ///
    /// # Errors
    ///
    /// If it breaks the grammar of PEP 508, or is nested beyond reason.
    pub fn parse(text: &str) -> Result<Self, MarkerError> {
        if text.len() > super::LONGEST {
            return Err(MarkerError);
        }
        let mut scan = Scan::new(text);
        let marker = Self::read(&mut scan).ok_or(MarkerError)?;
        if scan.done() {
            Ok(marker)
        } else {
            Err(MarkerError)
        }
    }

    /// Reads the longest marker at the start of a text.
    pub(crate) fn read(scan: &mut Scan<'_>) -> Option<Self> {
        let start = scan.rest();
        let expression = read_any(scan, DEEPEST)?;
        let used = start.len().saturating_sub(scan.rest().len());
        Some(Self {
            expression,
            text: start.get(..used)?.trim().to_owned(),
        })
    }

    /// The marker as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the condition holds; `None` if that depends on what is unknown or cannot be compared.
    #[must_use]
    pub fn evaluate(&self, environment: &MarkerEnvironment) -> Option<bool> {
        self.expression.evaluate(environment)
    }

    /// Whether the condition holds for one of these extras, or without any if there is none, which is how pip asks.
    #[must_use]
    pub fn evaluate_for<'name>(
        &self,
        environment: &MarkerEnvironment,
        extras: impl IntoIterator<Item = &'name str>,
    ) -> Option<bool> {
        let mut answers = extras
            .into_iter()
            .map(|extra| self.evaluate(&environment.clone().with(Variable::Extra, extra)))
            .peekable();
        if answers.peek().is_none() {
            return self.evaluate(&environment.clone().with(Variable::Extra, ""));
        }
        any(answers)
    }

    /// Whether the marker asks for a variable.
    #[must_use]
    pub fn mentions(&self, variable: Variable) -> bool {
        self.expression.mentions(variable)
    }
}

/// True if one is true; otherwise unknown if one is unknown.
fn any(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(false);
    for answer in answers {
        match answer {
            Some(true) => return Some(true),
            Some(false) => {}
            None => all = None,
        }
    }
    all
}

impl Expression {
    fn evaluate(&self, environment: &MarkerEnvironment) -> Option<bool> {
        match self {
            Self::Any(parts) => any(parts.iter().map(|part| part.evaluate(environment))),
            Self::All(parts) => {
                let negated = parts
                    .iter()
                    .map(|part| part.evaluate(environment).map(|holds| !holds));
                any(negated).map(|fails| !fails)
            }
            Self::Item(left, relation, right) => evaluate_item(left, *relation, right, environment),
        }
    }

    fn mentions(&self, variable: Variable) -> bool {
        match self {
            Self::Any(parts) | Self::All(parts) => parts.iter().any(|part| part.mentions(variable)),
            Self::Item(left, _, right) => [left, right].contains(&&Operand::Variable(variable)),
        }
    }
}

fn evaluate_item(
    left: &Operand,
    relation: Relation,
    right: &Operand,
    environment: &MarkerEnvironment,
) -> Option<bool> {
    let value = |variable: Variable| environment.values.get(&variable).map(String::as_str);
    match (left, right) {
        (Operand::Variable(variable), Operand::Value(text)) => {
            compare(*variable, value(*variable)?, relation, text)
        }
        // `packaging` reads the second variable's name as text.
        (Operand::Variable(variable), Operand::Variable(other)) => {
            compare(*variable, value(*variable)?, relation, other.name())
        }
        (Operand::Value(text), Operand::Variable(variable)) if variable.is_set() => {
            let member = environment.sets.get(variable)?.contains(&pep503(text));
            match relation {
                Relation::In => Some(member),
                Relation::NotIn => Some(!member),
                // No text equals a set.
                Relation::Compare(
                    Operator::Equal
                    | Operator::AtMost
                    | Operator::AtLeast
                    | Operator::Less
                    | Operator::Greater,
                ) => Some(false),
                Relation::Compare(Operator::Unequal) => Some(true),
                Relation::Compare(_) => None,
            }
        }
        (Operand::Value(text), Operand::Variable(variable)) => {
            compare(*variable, text, relation, value(*variable)?)
        }
        (Operand::Value(_), Operand::Value(_)) => None,
    }
}

/// Versions where both sides are versions, otherwise texts, which have no order.
fn compare(variable: Variable, left: &str, relation: Relation, right: &str) -> Option<bool> {
    let operator = match relation {
        Relation::In => return Some(right.contains(left)),
        Relation::NotIn => return Some(!right.contains(left)),
        Relation::Compare(operator) => operator,
    };
    if variable.is_version() {
        let specifier = [operator.sign(), right].concat();
        if operator == Operator::Identical && Specifier::parse(&specifier).is_some() {
            return Some(left.to_lowercase() == right.trim().to_lowercase());
        }
        if let Some(specifier) = Specifier::parse(&specifier) {
            let version = Version::parse(Ecosystem::PyPi, left);
            return Some(version.is_some_and(|version| specifier.contains(&version)));
        }
    }
    match operator {
        Operator::Equal | Operator::AtMost | Operator::AtLeast => Some(left == right),
        Operator::Unequal => Some(left != right),
        Operator::Less | Operator::Greater => Some(false),
        Operator::Compatible | Operator::Identical => None,
    }
}

const SPACE: &str = " \t";

fn skip(scan: &mut Scan<'_>) {
    scan.take_while(|next| SPACE.contains(next));
}

/// Takes a word that no letter, digit or underscore continues.
fn eat_whole(scan: &mut Scan<'_>, word: &str) -> bool {
    let mut ahead = *scan;
    let whole = ahead.eat(word)
        && !ahead
            .peek()
            .is_some_and(|next| next.is_alphanumeric() || next == '_');
    if whole {
        *scan = ahead;
    }
    whole
}

fn read_any(scan: &mut Scan<'_>, depth: usize) -> Option<Expression> {
    let mut groups = Vec::new();
    let mut group = vec![read_atom(scan, depth)?];
    loop {
        if eat_whole(scan, "and") {
            group.push(read_atom(scan, depth)?);
        } else if eat_whole(scan, "or") {
            groups.push(together(std::mem::take(&mut group), Expression::All));
            group.push(read_atom(scan, depth)?);
        } else {
            groups.push(together(group, Expression::All));
            return Some(together(groups, Expression::Any));
        }
    }
}

fn together(
    mut parts: Vec<Expression>,
    join: impl Fn(Vec<Expression>) -> Expression,
) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            join(parts)
        }
    }
}

fn read_atom(scan: &mut Scan<'_>, depth: usize) -> Option<Expression> {
    skip(scan);
    let found = if scan.eat("(") {
        let inner = read_any(scan, depth.checked_sub(1)?)?;
        skip(scan);
        scan.eat(")").then_some(inner)?
    } else {
        read_item(scan)?
    };
    skip(scan);
    Some(found)
}

fn read_item(scan: &mut Scan<'_>) -> Option<Expression> {
    let left = read_operand(scan)?;
    skip(scan);
    let relation = read_relation(scan)?;
    skip(scan);
    let right = read_operand(scan)?;
    let (left, right) = match (left, right) {
        (Operand::Variable(Variable::Extra), Operand::Value(text)) => (
            Operand::Variable(Variable::Extra),
            Operand::Value(pep503(&text)),
        ),
        (Operand::Value(text), Operand::Variable(Variable::Extra)) => (
            Operand::Value(pep503(&text)),
            Operand::Variable(Variable::Extra),
        ),
        other => other,
    };
    Some(Expression::Item(left, relation, right))
}

fn read_operand(scan: &mut Scan<'_>) -> Option<Operand> {
    for quote in ["'", "\""] {
        if scan.eat(quote) {
            let text = scan.take_while(|next| !quote.contains(next));
            return scan.eat(quote).then(|| Operand::Value(text.to_owned()));
        }
    }
    NAMES
        .iter()
        .find(|(name, _)| eat_whole(scan, name))
        .map(|(_, variable)| Operand::Variable(*variable))
}

fn read_relation(scan: &mut Scan<'_>) -> Option<Relation> {
    if eat_whole(scan, "in") {
        return Some(Relation::In);
    }
    if eat_whole(scan, "not") {
        let before = scan.rest().len();
        skip(scan);
        return (scan.rest().len() < before && eat_whole(scan, "in")).then_some(Relation::NotIn);
    }
    Operator::read(scan).map(Relation::Compare)
}
