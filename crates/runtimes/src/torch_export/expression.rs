//! Expressions over sizes, which PyTorch evaluates as Python: held against the grammar that its exporter writes.
//!
//! Only tokens are looked at, with what stands directly before and behind them; that is enough to see a call, an
//! attribute or a text where none belongs.

/// What an expression does that none over sizes does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It reaches attributes, builtins or other code.
    Code,
    /// It calls a function that is not known, and nothing worse.
    Unknown,
}

/// Functions of `sympy` and `torch.utils._sympy.functions` that expressions over sizes call.
const FUNCTIONS: &[&str] = &[
    "Abs",
    "Add",
    "And",
    "Application",
    "BitwiseFn_bitwise_and",
    "BitwiseFn_bitwise_or",
    "BitwiseFn_bitwise_xor",
    "Boolean",
    "CeilToInt",
    "CleanDiv",
    "Eq",
    "Equality",
    "Float",
    "FloatPow",
    "FloatTrueDiv",
    "FloorDiv",
    "FloorToInt",
    "GreaterThan",
    "Half",
    "Identity",
    "Infinity",
    "IntTrueDiv",
    "Integer",
    "IsNonOverlappingAndDenseIndicator",
    "ITE",
    "LShift",
    "LessThan",
    "Max",
    "Min",
    "Mod",
    "ModularIndexing",
    "Mul",
    "NaN",
    "Ne",
    "NegativeInfinity",
    "NegativeOne",
    "Not",
    "One",
    "Or",
    "Piecewise",
    "Pow",
    "PowByNatural",
    "PythonMod",
    "RShift",
    "Rational",
    "Rel",
    "RoundDecimal",
    "RoundToInt",
    "StrictGreaterThan",
    "StrictLessThan",
    "Sum",
    "Symbol",
    "Dummy",
    "ToFloat",
    "TruncToFloat",
    "TruncToInt",
    "Unequality",
    "Where",
    "Xor",
    "Zero",
    "abs",
    "acos",
    "asin",
    "atan",
    "ceiling",
    "cos",
    "cosh",
    "exp",
    "floor",
    "log",
    "log2",
    "max",
    "min",
    "round",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "trunc",
    "OpaqueUnaryFn_sqrt",
    "OpaqueUnaryFn_cos",
    "OpaqueUnaryFn_cosh",
    "OpaqueUnaryFn_sin",
    "OpaqueUnaryFn_sinh",
    "OpaqueUnaryFn_tan",
    "OpaqueUnaryFn_tanh",
    "OpaqueUnaryFn_asin",
    "OpaqueUnaryFn_acos",
    "OpaqueUnaryFn_atan",
    "OpaqueUnaryFn_exp",
    "OpaqueUnaryFn_log",
    "OpaqueUnaryFn_asinh",
    "OpaqueUnaryFn_log2",
    "true",
    "false",
    "ceil",
    "float",
    "int",
    "bool",
    "isnan",
    "Ge",
    "Gt",
    "Le",
    "Lt",
    "cast_symbool_to_symint_guardless",
    "and",
    "or",
    "not",
    "if",
    "else",
    "in",
    "is",
];

/// Attributes that guards use: those of tensors, and of `math`.
const ATTRIBUTES: &[&str] = &[
    "size",
    "stride",
    "storage_offset",
    "shape",
    "dtype",
    "device",
    "item",
    "dim",
    "numel",
    "isnan",
    "inf",
    "nan",
    "ceil",
    "floor",
    "sqrt",
    "trunc",
    "pow",
    "layout",
    "requires_grad",
    "node",
    "expr",
];

/// Names that run or reach code wherever they stand.
const BUILTINS: &[&str] = &[
    "import",
    "lambda",
    "exec",
    "eval",
    "open",
    "compile",
    "getattr",
    "setattr",
    "delattr",
    "globals",
    "locals",
    "vars",
    "breakpoint",
    "input",
    "os",
    "sys",
    "subprocess",
    "builtins",
    "sympify",
    "parse_expr",
    "lambdify",
    "preview",
    "init_session",
    "print",
    "dir",
    "type",
    "object",
    "chr",
    "help",
    "exit",
    "quit",
    "memoryview",
    "super",
    "for",
    "yield",
    "await",
    "async",
    "with",
    "def",
    "class",
    "return",
    "assert",
    "while",
    "try",
    "raise",
    "global",
    "del",
];

/// Judges the text of a symbolic size.
pub(super) fn symbolic(text: &str) -> Option<Doubt> {
    judge(text, false)
}

/// Judges the text of a guard.
pub(super) fn guard(text: &str) -> Option<Doubt> {
    judge(text, true)
}

fn judge(text: &str, is_guard: bool) -> Option<Doubt> {
    let mut doubt = None;
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let (length, found) = match first {
            _ if first.is_ascii_alphabetic() || first == '_' => {
                let length = run(rest, |each| each.is_ascii_alphanumeric() || each == '_');
                let (word, behind) = rest.split_at_checked(length).unwrap_or((rest, ""));
                (length, name(word, before, behind, is_guard))
            }
            _ if first.is_ascii_digit() => {
                let length = run(rest, |each| {
                    each.is_ascii_alphanumeric() || each == '.' || each == '_'
                });
                (length, None)
            }
            '\'' | '"' => quoted(rest, first, before, is_guard),
            '.' | '(' | ')' | ',' | '+' | '-' | '*' | '/' | '%' | '<' | '>' | '=' | '!' | '&'
            | '|' | '~' | '^' | ' ' => (1, None),
            '[' | ']' if is_guard => (1, None),
            _ => (first.len_utf8(), Some(Doubt::Code)),
        };
        match found {
            Some(Doubt::Code) => return Some(Doubt::Code),
            Some(Doubt::Unknown) => doubt = found,
            None => {}
        }
        if first != ' ' {
            before = first;
        }
        rest = rest.get(length.max(1)..).unwrap_or_default();
    }
    if closes_early(text) {
        return Some(Doubt::Code);
    }
    doubt
}

/// A guard is pasted into a call: one that closes more than it opened leaves it.
fn closes_early(text: &str) -> bool {
    let mut depth = 0_i32;
    for each in text.chars() {
        match each {
            '(' | '[' => depth = depth.saturating_add(1),
            ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => return true,
            _ => {}
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|each| !belongs(each)).unwrap_or(text.len())
}

fn name(word: &str, before: char, behind: &str, is_guard: bool) -> Option<Doubt> {
    let is_dunder = word.starts_with("__");
    if is_dunder || BUILTINS.contains(&word) {
        return Some(Doubt::Code);
    }
    if before == '.' {
        let is_known = is_guard && ATTRIBUTES.contains(&word);
        return (!is_known).then_some(Doubt::Code);
    }
    let is_call = behind.trim_start().starts_with('(');
    (is_call && !FUNCTIONS.contains(&word)).then_some(Doubt::Unknown)
}

/// A text: the name of a symbol in `Symbol('s0')`, a key in a guard.
fn quoted(rest: &str, quote: char, before: char, is_guard: bool) -> (usize, Option<Doubt>) {
    let inner = rest.get(1..).unwrap_or_default();
    let Some(length) = inner.find(quote) else {
        return (rest.len(), Some(Doubt::Code));
    };
    let text = inner.get(..length).unwrap_or_default();
    let belongs = |each: char| match is_guard {
        true => !matches!(each, '\'' | '"' | '\\') && !each.is_control(),
        false => each.is_ascii_alphanumeric() || matches!(each, '_' | '.' | '$' | '-'),
    };
    let stands_right = match is_guard {
        true => matches!(before, '[' | '=' | '(' | ','),
        false => before == '(',
    };
    let is_fine = stands_right && text.chars().all(belongs);
    (length.saturating_add(2), (!is_fine).then_some(Doubt::Code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_exporter_writes_is_an_expression() {
        for text in [
            "s0",
            "s0*s1 + 4",
            "Max(1, u0)",
            "FloorDiv(Symbol('s77', positive=True, integer=True), Integer(2))",
            "GreaterThan(Symbol('u0', integer=True), Integer(2))",
            "((s0 - 1)//2) + 1",
            "Piecewise((s0, s0 > 1), (1, True))",
            "-9223372036854775808",
            "1.5e-3*s1",
        ] {
            assert_eq!(symbolic(text), None, "{text}");
        }
        for text in [
            "L['input_ids'].size()[1] <= 512",
            "(L['x'].size()[0] // 2) <= L['k']['a'].size()[0]",
            "math.isnan(L['scale'])",
            "L['mode'] == 'bilinear-2 x'",
            "not (L['x'].size()[0] == 1) and L['y'] != None",
            "2 <= L['args'][0].size()[0]",
        ] {
            assert_eq!(guard(text), None, "{text}");
        }
    }

    #[test]
    fn code_is_none() {
        for text in [
            "__import__('os')",
            "s0.__class__",
            "eval(s0)",
            "(lambda: 0)()",
            "Symbol('a').func",
            "[x for x in s0]",
            "s0\nimport os",
            "exec(chr(1))",
            "Symbol('os.system(1)')",
            "s0; s1",
            "f'{s0}'",
        ] {
            assert_eq!(symbolic(text), Some(Doubt::Code), "{text}");
        }
        for text in [
            "True) or f(0",
            "True, 'x'",
            "L['x'].backward()",
            "L['x'].size().__class__",
            "L[\"x\\\"\"]",
            "open('x')",
        ] {
            assert_eq!(guard(text), Some(Doubt::Code), "{text}");
        }
        assert_eq!(symbolic("Mystery(s0)"), Some(Doubt::Unknown));
    }
}
