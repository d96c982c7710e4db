//! The functions that PMML defines, and how Java classes look that JPMML calls by name.

/// The built-in functions of PMML 3.0 to 4.4, sorted.
const STANDARD: &[&str] = &[
    "*",
    "+",
    "-",
    "/",
    "abs",
    "acos",
    "and",
    "asin",
    "atan",
    "avg",
    "ceil",
    "concat",
    "cos",
    "cosh",
    "dateDaysSinceYear",
    "dateSecondsSinceMidnight",
    "dateSecondsSinceYear",
    "equal",
    "erf",
    "exp",
    "expm1",
    "floor",
    "formatDatetime",
    "formatNumber",
    "greaterOrEqual",
    "greaterThan",
    "hypot",
    "if",
    "isIn",
    "isMissing",
    "isNotIn",
    "isNotMissing",
    "isNotValid",
    "isValid",
    "lessOrEqual",
    "lessThan",
    "ln",
    "ln1p",
    "log10",
    "lowercase",
    "matches",
    "max",
    "median",
    "min",
    "modulo",
    "normalCDF",
    "normalIDF",
    "normalPDF",
    "not",
    "notEqual",
    "or",
    "pow",
    "product",
    "replace",
    "rint",
    "round",
    "sin",
    "sinh",
    "sqrt",
    "stdNormalCDF",
    "stdNormalIDF",
    "stdNormalPDF",
    "stringLength",
    "substring",
    "sum",
    "tan",
    "tanh",
    "textLength",
    "threshold",
    "trimBlanks",
    "uppercase",
];

/// Functions that honest converters write although the standard lacks them.
const CONVERTERS: &[&str] = &[
    "x-atan2",
    "x-concat",
    "x-cosh",
    "x-expit",
    "x-ln1p",
    "x-expm1",
    "x-hypot",
    "x-log2",
    "x-logit",
    "x-modulo",
    "x-range",
    "x-rint",
    "x-sinh",
    "x-tanh",
    "x-sin",
    "x-cos",
    "x-tan",
    "x-asin",
    "x-acos",
    "x-atan",
    "x-trunc",
    "x-sign",
    "x-normCDF",
    "x-normPDF",
    "x-erf",
    "percentile",
    "x-cbrt",
    "sigmoid",
    "expit",
];

pub(super) fn is_standard(name: &str) -> bool {
    STANDARD.contains(&name) || CONVERTERS.contains(&name)
}

/// A dotted name is a class.
pub(super) fn is_java(name: &str) -> bool {
    name.split('.').count() >= 2
        && name.split('.').all(|part| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|each| each.is_alphanumeric() || matches!(each, '_' | '$'))
        })
}

/// Classes that start processes, load code, reach files or the network.
pub(super) fn is_dangerous_java(name: &str) -> bool {
    const STARTS: [&str; 18] = [
        "java.lang.",
        "java.io.",
        "java.nio.",
        "java.net.",
        "java.rmi.",
        "java.beans.",
        "javax.script.",
        "javax.naming.",
        "javax.management.",
        "sun.",
        "com.sun.",
        "jdk.",
        "groovy.",
        "org.codehaus.groovy.",
        "org.python.",
        "org.mozilla.javascript.",
        "org.apache.commons.collections",
        "bsh.",
    ];
    STARTS.iter().any(|start| name.starts_with(start))
}
