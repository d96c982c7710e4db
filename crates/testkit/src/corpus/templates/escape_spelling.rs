//! Sandbox escapes whose names are spelled, assembled, decoded or looked up.

use super::Row;

/// Malicious templates.
pub(super) const ROWS: &[Row] = &[
    ("concat-tilde", "@{{ ''['__cla' ~ 'ss__'] }}"),
    ("concat-plus", "@{{ ''['__cla' + 'ss__']['__mr' + 'o__'] }}"),
    ("adjacent-literals", "@{{ ''['__cla' 'ss__'] }}"),
    ("hex-escapes", r#"@{{ ''['\x5f\x5fclass\x5f\x5f'] }}"#),
    (
        "unicode-escapes",
        r#"@{{ ''['\u005f\u005fclass\u005f\u005f'] }}"#,
    ),
    ("octal-escapes", r#"@{{ ''['\137\137class\137\137'] }}"#),
    (
        "named-escapes",
        r#"@{{ ''['\N{LOW LINE}\N{LOW LINE}class\N{LOW LINE}\N{LOW LINE}'] }}"#,
    ),
    (
        "escapes-in-attr",
        r#"@{{ ()|attr('\x5f\x5fclass\x5f\x5f')|attr('\x5f\x5fbase\x5f\x5f') }}"#,
    ),
    (
        "fully-escaped-word",
        r#"@{{ ''['\x5f\x5f\x63\x6c\x61\x73\x73\x5f\x5f'] }}"#,
    ),
    ("reversed-slice", "@{{ ''['__ssalc__'[::-1]] }}"),
    ("reversed-filter", "@{{ ''['__ssalc__'|reverse] }}"),
    ("join-list", "@{{ ''[['__', 'class', '__']|join] }}"),
    (
        "join-method",
        "@{{ ''[''.join(['_', '_', 'class', '_', '_'])] }}",
    ),
    ("dict-key-first", "@{{ ''[dict(__class__=1)|list|first] }}"),
    ("dict-key-join", "@{{ ''[dict(__cla=1, ss__=2)|join] }}"),
    ("dict-literal-key", "@{{ ''[{'__class__': 1}|list|last] }}"),
    (
        "percent-format",
        "@{{ ''['%s%s%s' % ('__', 'class', '__')] }}",
    ),
    (
        "percent-characters",
        "@{{ ''['%c%cclass%c%c' % (95, 95, 95, 95)] }}",
    ),
    ("format-filter", "@{{ ''['%s%s'|format('__cla', 'ss__')] }}"),
    ("format-method", "@{{ ''['{}{}'.format('__cla', 'ss__')] }}"),
    (
        "format-characters",
        "@{{ ''['{0:c}{0:c}class{0:c}{0:c}'.format(95)] }}",
    ),
    ("lower-case", "@{{ ''['__CLASS__'|lower] }}"),
    ("swap-case", "@{{ ''['__CLASS__'.swapcase()] }}"),
    ("replace-filler", "@{{ ''['--class--'|replace('-', '_')] }}"),
    ("replace-method", "@{{ ''['__clXass__'.replace('X', '')] }}"),
    ("slice-window", "@{{ ''['xx__class__xx'[2:-2]] }}"),
    ("every-second", "@{{ ''['_x_xcxlxaxsxsx_x_x'[::2]] }}"),
    (
        "list-index",
        "@{% set parts = ['__class__', '__mro__'] %}{{ ''[parts[0]][parts[1]] }}",
    ),
    (
        "dict-lookup",
        "@{% set names = {'a': '__class__'} %}{{ ''[names.a] }}",
    ),
    (
        "dict-get",
        "@{% set names = {'a': '__class__'} %}{{ ''[names.get('a')] }}",
    ),
    ("variable", "@{% set c = '__class__' %}{{ ''[c] }}"),
    (
        "variables-chained",
        "@{% set u = '__' %}{% set n = 'globals' %}{% set g = u ~ n ~ u %}{{ cycler['__init__'][g]['os'] }}",
    ),
    (
        "decoy-assignment-in-loop",
        "@{% set c = '__class__' %}{% for i in [1] %}{% set c = 'content' %}{% endfor %}{{ ''[c] }}",
    ),
    (
        "decoy-assignment-in-branch",
        "@{% set c = '__class__' %}{% if messages|length == 0 %}{% set c = 'content' %}{% endif %}{{ ''[c] }}",
    ),
    ("set-block", "@{% set c %}__class__{% endset %}{{ ''[c] }}"),
    (
        "set-block-with-blanks",
        "@{% set c -%}   __class__   {%- endset %}{{ ''[c] }}",
    ),
    (
        "set-block-of-pieces",
        "@{% set c %}__{{ 'cla' }}{{ 'ss' }}__{% endset %}{{ ''[c] }}",
    ),
    (
        "loop-builds-name",
        "@{% set ns = namespace(s='') %}{% for p in ['__', 'cl', 'ass', '__'] %}{% set ns.s = ns.s ~ p %}{% endfor %}{{ ''[ns.s] }}",
    ),
    (
        "loop-over-characters",
        "@{% set ns = namespace(s='') %}{% for p in '_,_,c,l,a,s,s,_,_'.split(',') %}{% set ns.s = ns.s ~ p %}{% endfor %}{{ ''[ns.s] }}",
    ),
    (
        "macro-builds-name",
        "{% macro u(x) %}__{{ x }}__{% endmacro %}@{{ ''[u('class')]['mro'] }}",
    ),
    (
        "macro-without-arguments",
        "{% macro c() %}__class__{% endmacro %}@{{ ''[c()] }}",
    ),
    (
        "conditional-expression",
        "@{{ ''['__class__' if true else 'content'] }}",
    ),
    (
        "conditional-of-unknown",
        "@{{ ''['__class__' if add_generation_prompt else 'content'] }}",
    ),
    (
        "and-or",
        "@{{ ''[add_generation_prompt and '__class__' or 'content'] }}",
    ),
    (
        "default-filter",
        "@{{ ''[undefined_name|default('__class__')] }}",
    ),
    ("multiplication", "@{{ ''['_' * 2 ~ 'class' ~ '_' * 2] }}"),
    ("split-method", "@{{ ''['a:__class__'.split(':')[1]] }}"),
    ("strip-method", "@{{ ''['**__class__**'.strip('*')] }}"),
    ("trim-filter", "@{{ ''['  __class__ '|trim] }}"),
    ("first-last-of-list", "@{{ ''[['__class__', 'x']|first] }}"),
    ("map-lower", "@{{ ''[['__CLASS__']|map('lower')|first] }}"),
    ("computed-attr", "@{{ ''|attr(messages[0]['content']) }}"),
    (
        "computed-subscripts",
        "@{{ cycler[messages[0]['a']][messages[0]['b']][messages[0]['c']] }}",
    ),
    ("computed-call", "@{{ ''[tools[0]][tools[1]]() }}"),
    (
        "stringified-function",
        "@{% set s = lipsum|string %}{% set u = s[18] %}{{ lipsum|attr(u ~ u ~ 'globals' ~ u ~ u) }}",
    ),
    (
        "stringified-generator",
        "@{% set s = (()|select|string|list) %}{% set u = s[24] %}{{ cycler|attr(u ~ u ~ 'init' ~ u ~ u) }}",
    ),
    (
        "urlencode-percent",
        "@{% set pc = ' '|urlencode|first %}{% set c = pc ~ 'c' %}{{ ''|attr(c % 95 ~ c % 95 ~ 'class' ~ c % 95 ~ c % 95) }}",
    ),
    ("splat-arguments", "@{{ ''|attr(*['__class__']) }}"),
    (
        "filter-block",
        "@{% set c %}{% filter lower %}__CLASS__{% endfilter %}{% endset %}{{ ''[c] }}",
    ),
    (
        "with-block",
        "@{% with a = '__cla', b = 'ss__' %}{{ ''[a ~ b] }}{% endwith %}",
    ),
    (
        "tuple-unpacking",
        "@{% set a, b = '__cla', 'ss__' %}{{ ''[a ~ b] }}",
    ),
    ("sorted-letters", "@{{ ''[['ss__', '__cla']|sort|join] }}"),
    ("whitespace-inside", "@{{ '' [ '__class__' ] . __mro__ }}"),
    (
        "newlines-inside",
        r#"@{{ ''
  .
  __class__
  .
  __mro__ }}"#,
    ),
    (
        "comment-decoy",
        "@{# harmless #}{{ ''.__class__ }}{# harmless #}",
    ),
    (
        "far-to-the-right",
        "@{{ '' }}                                                                                                                                                                                                                                                                                                            {{ ''.__class__.__mro__ }}",
    ),
    (
        "literal-handed-over",
        "@{% set ns = namespace(k='__globals__') %}{{ lipsum[ns.k] }}",
    ),
    (
        "namespace-keyword",
        "@{% set ns = namespace(a='__class__') %}{{ ''[ns.a] }}",
    ),
    (
        "items-loop",
        "@{% for k, v in {'a': '__class__'}.items() %}{{ ''[v] }}{% endfor %}",
    ),
];
