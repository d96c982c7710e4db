//! Sandbox escapes written plainly, in every place of a template where an expression can stand.

use super::Row;

/// Malicious templates.
pub(super) const ROWS: &[Row] = &[
    (
        "cycler-globals",
        "@{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    ),
    (
        "joiner-globals",
        "@{{ joiner.__init__.__globals__['os'].popen('id').read() }}",
    ),
    (
        "namespace-globals",
        "@{{ namespace.__init__.__globals__.os.system('id') }}",
    ),
    (
        "lipsum-globals",
        "{{ lipsum.__globals__['os'].popen('id').read() }}",
    ),
    (
        "lipsum-builtins",
        "@{{ lipsum.__globals__.__builtins__.__import__('os').popen('id').read() }}",
    ),
    (
        "subclasses-loop",
        "{% for c in [].__class__.__base__.__subclasses__() %}{% if c.__name__ == 'catch_warnings' %}{{ c()._module.__builtins__['__import__']('os').popen('id').read() }}{% endif %}{% endfor %}@",
    ),
    (
        "mro-index",
        "@{{ ''.__class__.__mro__[1].__subclasses__()[132] }}",
    ),
    ("mro-without-underscores", "@{{ ''['__class__'].mro()[1] }}"),
    (
        "request-application",
        "{{ request.application.__globals__.__builtins__.__import__('os').popen('id').read() }}",
    ),
    (
        "config-from-object",
        "@{{ config.__class__.__init__.__globals__['os'].popen('id').read() }}",
    ),
    (
        "self-template-reference",
        "@{{ self._TemplateReference__context.cycler.__init__.__globals__.os.popen('id').read() }}",
    ),
    (
        "self-init-globals",
        "@{{ self.__init__.__globals__.__builtins__.__import__('os').popen('id').read() }}",
    ),
    (
        "macro-globals",
        "{% macro m() %}{% endmacro %}@{{ m.__globals__ }}",
    ),
    (
        "generator-frame",
        "@{% set g = messages|map('upper') %}{{ g.gi_frame.f_globals }}",
    ),
    (
        "generator-frame-back",
        "@{{ (messages|select).gi_frame.f_back.f_globals['os'] }}",
    ),
    (
        "attr-chain-of-calls",
        "@{{ request|attr('application')|attr('__globals__')|attr('__getitem__')('__builtins__')|attr('__getitem__')('__import__')('os')|attr('popen')('id')|attr('read')() }}",
    ),
    (
        "attr-filter",
        "@{{ ''|attr('__class__')|attr('__mro__')|last }}",
    ),
    (
        "attr-filter-in-set",
        "@{% set k = ''|attr('__class__') %}{{ k }}",
    ),
    (
        "map-attribute",
        "@{{ [messages]|map(attribute='__class__')|list }}",
    ),
    (
        "map-attribute-path",
        "@{{ ['']|map(attribute='__class__.__mro__')|first }}",
    ),
    (
        "map-attr-filter",
        "@{{ ['']|map('attr', '__class__')|first }}",
    ),
    (
        "selectattr-private",
        "@{{ [cycler]|selectattr('__init__.__globals__')|list }}",
    ),
    (
        "groupby-private",
        "@{{ [lipsum]|groupby('__globals__')|first }}",
    ),
    (
        "sort-attribute-private",
        "@{{ [cycler, joiner]|sort(attribute='__init__.__code__') }}",
    ),
    (
        "sum-attribute-private",
        "@{{ [cycler]|sum(attribute='__init__') }}",
    ),
    ("include-passwd", "@{% include '/etc/passwd' %}"),
    ("include-alone", "{% include '/proc/self/environ' %}"),
    ("include-computed", "@{% include messages[0]['content'] %}"),
    (
        "include-traversal",
        "@{% include '../../../../root/.ssh/id_rsa' ignore missing %}",
    ),
    (
        "import-macros",
        "{% import '../shared/payload.jinja' as p %}@{{ p.run() }}",
    ),
    (
        "from-import",
        "{% from '/tmp/payload.jinja' import run %}@{{ run() }}",
    ),
    ("extends-absolute", "{% extends '/var/www/base.html' %}"),
    ("include-plain-name", "@{% include 'payload.jinja' %}"),
    (
        "format-attribute",
        "@{{ '{0.__class__.__init__.__globals__}'.format(messages) }}",
    ),
    (
        "format-keyword-attribute",
        "@{{ '{m.__class__}'.format(m=messages) }}",
    ),
    ("format-item", "@{{ '{0[__class__]}'.format(self) }}"),
    (
        "format-map-attribute",
        "@{{ '{x.__class__}'.format_map({'x': messages}) }}",
    ),
    (
        "format-method-as-value",
        "@{% set f = '{0.__class__.__base__}'.format %}{{ f(messages) }}",
    ),
    (
        "format-through-attr",
        "@{{ ('{0.__class__}'|attr('format'))(messages) }}",
    ),
    (
        "format-built-from-parts",
        "@{{ ('{0.' ~ '__cla' ~ 'ss__}').format(messages) }}",
    ),
    (
        "format-of-user-words",
        "@{{ messages[0]['content'].format(self, cycler) }}",
    ),
    ("getattribute", "@{{ ''.__getattribute__('__class__') }}"),
    (
        "getitem-method",
        "@{{ lipsum.__globals__.__getitem__('os') }}",
    ),
    (
        "import-function",
        "@{{ __import__('os').popen('id').read() }}",
    ),
    (
        "eval-function",
        r#"@{{ eval('__import__("os").system("id")') }}"#,
    ),
    ("open-function", "@{{ open('/etc/passwd').read() }}"),
    ("popen-on-parameter", "@{{ tools.popen('id').read() }}"),
    (
        "check-output",
        "@{{ tools.subprocess.check_output(['id']) }}",
    ),
    (
        "module-object",
        "@{{ os.environ['AWS_SECRET_ACCESS_KEY'] }}",
    ),
    ("sys-modules", "@{{ sys.modules['os'].popen('id') }}"),
    (
        "strftime-globals",
        "@{{ strftime_now.__globals__['datetime'] }}",
    ),
    (
        "raise-exception-globals",
        "@{{ raise_exception.__globals__['jinja2'] }}",
    ),
    ("range-class", "@{{ range.__class__ }}"),
    ("dict-mro", "@{{ dict.mro() }}"),
    (
        "in-condition",
        "@{% if ''.__class__.__name__ == 'str' %}{% endif %}",
    ),
    (
        "in-loop-iterable",
        "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}@",
    ),
    (
        "in-macro-default",
        "{% macro m(x=cycler.__init__) %}{{ x.__globals__ }}{% endmacro %}@{{ m() }}",
    ),
    (
        "in-call-block",
        "{% macro m() %}{{ caller() }}{% endmacro %}@{% call m() %}{{ ''.__class__ }}{% endcall %}",
    ),
    (
        "in-filter-argument",
        "@{{ messages|join(''.__class__.__name__) }}",
    ),
    (
        "in-dict-value",
        "@{% set d = {'a': ''.__class__} %}{{ d.a }}",
    ),
    (
        "in-generation-block",
        "{% for message in messages %}{% generation %}{{ message.__class__ }}{% endgeneration %}{% endfor %}",
    ),
    (
        "in-set-block-filter",
        "@{% set x | replace('a', ''.__class__) %}a{% endset %}{{ x }}",
    ),
    (
        "in-dead-branch",
        "@{% if false %}{{ cycler.__init__.__globals__ }}{% endif %}",
    ),
    (
        "in-loop-filter",
        "{% for m in messages if m.__class__.__mro__ %}{{ m.content }}{% endfor %}",
    ),
    (
        "in-with-block",
        "@{% with k = ''.__class__ %}{{ k.__base__ }}{% endwith %}",
    ),
    ("in-splat", "@{{ range(*''.__class__.__mro__) }}"),
    (
        "behind-broken-tag",
        "{% if %}{% endfoo x y %}{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    ),
    (
        "behind-unclosed-block",
        "{% for m in messages %}{{ ''.__class__.__mro__ }}",
    ),
    (
        "url-for-globals",
        "{{ url_for.__globals__['current_app'].config }}",
    ),
    (
        "flashed-messages-globals",
        "{{ get_flashed_messages.__globals__.__builtins__.open('/etc/passwd').read() }}",
    ),
    ("undefined-init", "@{{ nothing.__init__.__globals__ }}"),
    (
        "loop-class",
        "{% for m in messages %}{{ loop.__class__.__init__.__globals__ }}{% endfor %}",
    ),
    (
        "caller-code",
        "{% macro m() %}{{ caller.__code__.co_consts }}{% endmacro %}{% call m() %}{% endcall %}@",
    ),
    ("coroutine-frame", "@{{ tools.cr_frame.f_builtins }}"),
    (
        "func-globals-python2",
        "@{{ lipsum.func_globals.linecache }}",
    ),
    (
        "warning-registry-write",
        "@{% set x = cycler.__init__.__globals__.update(a=1) %}",
    ),
];
