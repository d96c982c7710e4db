//! Templates whose rendering takes absurd time or memory (CVE-2025-61620, CVE-2025-62426 class).

use super::Row;

/// Malicious templates.
pub(super) const ROWS: &[Row] = &[
    (
        "huge-range",
        "@{% for i in range(999999999) %}x{% endfor %}",
    ),
    (
        "huge-range-step",
        "@{% for i in range(0, 1000000000, 2) %}x{% endfor %}",
    ),
    ("range-as-list", "@{{ range(100000000)|list|length }}"),
    (
        "nested-ranges",
        "@{% for a in range(5000) %}{% for b in range(5000) %}{% for c in range(5000) %}x{% endfor %}{% endfor %}{% endfor %}",
    ),
    (
        "range-of-variable",
        "@{% set n = 10 ** 9 %}{% for i in range(n) %}x{% endfor %}",
    ),
    ("string-multiplication", "@{{ 'A' * 1000000000 }}"),
    ("list-multiplication", "@{% set l = [0] * 500000000 %}"),
    (
        "multiplication-of-words",
        "@{{ messages[0]['content'] * 10000000 }}",
    ),
    ("center-width", "@{{ 'x'|center(1000000000) }}"),
    ("ljust-width", "@{{ 'x'.ljust(1000000000) }}"),
    ("indent-width", r#"@{{ 'x\ny'|indent(100000000) }}"#),
    ("percent-width", "@{{ '%1000000000d' % 1 }}"),
    ("format-width", "@{{ '{:>1000000000}'.format('x') }}"),
    ("power-tower", "@{{ 9 ** (9 ** 9) }}"),
    ("huge-power", "@{{ 10 ** 10000000 }}"),
    (
        "doubling-in-loop",
        "@{% set ns = namespace(s='A') %}{% for i in range(40) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
    ),
    (
        "doubling-unrolled",
        "{% set s = 'AAAAAAAA' %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}{% set s = s + s %}@",
    ),
    (
        "endless-macro",
        "{% macro f() %}{{ f() }}{% endmacro %}@{{ f() }}",
    ),
    (
        "mutual-macros",
        "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}@{{ f() }}",
    ),
    (
        "exponential-macro",
        "{% macro f(n) %}{% if n > 0 %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}@{{ f(50) }}",
    ),
    (
        "endless-recursive-loop",
        "@{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    ),
    ("lipsum-flood", "@{{ lipsum(n=100000000) }}"),
];
