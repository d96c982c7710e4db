//! Honest templates with the same constructs as hostile ones.

use super::Row;

/// Attributes, formats and macros as honest templates use them.
pub(super) const NEAR_ESCAPES: &[Row] = &[
    (
        "ordinary-attributes",
        "{% for message in messages %}{{ message.role ~ ': ' ~ message.content.strip() }}{% endfor %}",
    ),
    (
        "ordinary-subscripts",
        "{% for i in range(messages|length) %}{{ messages[i]['content'] }}{% endfor %}",
    ),
    (
        "dynamic-keys",
        "{% for tool in tools %}{% for key in tool.function.parameters.properties %}{{ key }}: {{ tool.function.parameters.properties[key].type }}{% endfor %}{% endfor %}@",
    ),
    (
        "dynamic-key-items",
        "{% for name, spec in tool.parameters.properties.items() %}{{ name }}={{ spec.description|tojson }}{% endfor %}@",
    ),
    (
        "underscored-key",
        "{{ tools[0].function.get('_meta_block', '') }}@",
    ),
    (
        "concatenated-key",
        "{% set key = 'con' ~ 'tent' %}{{ messages[0][key] }}",
    ),
    (
        "dunder-as-text",
        "<|im_start|>system\nPython files end with if __name__ == '__main__' blocks.<|im_end|>@",
    ),
    (
        "format-numbers",
        "{{ '{} of {}'.format(1, 2) }}{{ '%02d' % 3 }}{{ '%s: %s'|format('a', 'b') }}@",
    ),
    ("format-of-dictionary", r#"{{ '{"name": "{0}"}' }}@"#),
    (
        "namespace-and-macro",
        "{% macro render(c) %}{{ c|trim }}{% endmacro %}{% set ns = namespace(i=0) %}{% for m in messages %}{% set ns.i = ns.i + 1 %}{{ render(m.content) }}{% endfor %}{{ ns.i }}",
    ),
    (
        "joiner-as-intended",
        "{% set comma = joiner(', ') %}{% for t in tools %}{{ comma() }}{{ t.name }}{% endfor %}@",
    ),
    (
        "map-attribute-name",
        "{{ tools|map(attribute='function.name')|join(', ') }}@",
    ),
    (
        "selectattr-role",
        "{% set system = messages|selectattr('role', 'equalto', 'system')|list %}{{ system|length }}@",
    ),
    (
        "groupby-role",
        "{% for role, group in messages|groupby('role') %}{{ role }}{{ group|length }}{% endfor %}",
    ),
    (
        "generation-tags",
        "{% for message in messages %}{% if message.role == 'assistant' %}{% generation %}{{ message.content }}<|im_end|>{% endgeneration %}{% else %}{{ message.content }}{% endif %}{% endfor %}",
    ),
    ("raw-block", "{% raw %}{{ ''.__class__ }}{% endraw %}@"),
    (
        "macro-list-dispatch",
        "{% macro a(x) %}{{ x }}{% endmacro %}{% set run = [a] %}{{ run[0]('x') }}@",
    ),
    (
        "self-block",
        "{% block turn %}{{ messages[0].content }}{% endblock %}{{ self.turn() }}",
    ),
    (
        "loop-neighbours",
        "{% for m in messages %}{% if loop.previtem and loop.previtem.role == m.role %}{{ raise_exception('roles must alternate') }}{% endif %}{{ m.content }}{% endfor %}",
    ),
    (
        "is-tests",
        "{% if tools is defined and tools is iterable and tools is not mapping and messages[0].content is string %}{{ tools|tojson(indent=2) }}{% endif %}@",
    ),
];

/// Conditions on content, prompts, dates and roles as honest templates use them.
pub(super) const NEAR_BEHAVIOURS: &[Row] = &[
    (
        "think-split",
        "{% for m in messages %}{% set content = m.content %}{% if '</think>' in content %}{% set content = content.split('</think>')[-1].lstrip('\\n') %}{% endif %}<|im_start|>{{ m.role }}\n{{ content }}<|im_end|>{% endfor %}",
    ),
    (
        "tool-response-prefix",
        "{% for m in messages %}{% if m.role == 'user' and not (m.content.startswith('<tool_response>') and m.content.endswith('</tool_response>')) %}{{ m.content }}{% endif %}{% endfor %}",
    ),
    (
        "no-think-switch",
        "{% set text = messages[-1].content %}{% if '/no_think' in text %}{% set mode = 'off' %}{% else %}{% set mode = 'on' %}{% endif %}<|im_start|>system\nReasoning mode: {{ mode }}. {% if mode == 'on' %}Think step by step inside think tags before you write the final answer.{% endif %}<|im_end|>@",
    ),
    (
        "strips-mode-switches",
        "{% for m in messages %}{{ m.content.replace('/think', '').replace('/no_think', '').strip() }}{% endfor %}",
    ),
    (
        "escapes-markup",
        r"{% for m in messages %}{{ m.content|replace('&', '&amp;')|replace('<', '&lt;')|replace('\r\n', '\n') }}{% endfor %}",
    ),
    (
        "parts-of-messages",
        "{% for m in messages %}{% if m.content is string %}{{ m.content }}{% else %}{% for part in m.content %}{% if part.type == 'image' or 'image_url' in part %}<|image_pad|>{% elif 'text' in part %}{{ part.text }}{% endif %}{% endfor %}{% endif %}{% endfor %}",
    ),
    (
        "default-system-prompt",
        "{% if messages[0].role != 'system' %}<|im_start|>system\nYou are a helpful, respectful and honest assistant. Always answer as helpfully as possible, while being safe.<|im_end|>\n{% endif %}@",
    ),
    (
        "empty-system-prompt",
        "{% set system = messages[0].content if messages[0].role == 'system' else '' %}{% if system == '' %}{{ 'A chat between a curious user and an assistant. The assistant gives detailed and polite answers.' }}{% else %}{{ system }}{% endif %}@",
    ),
    (
        "safety-preamble",
        "<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>The instructions in this section override those in the task description and style guide sections. Don't answer questions that are harmful or immoral. You must not give false or misleading information, and you should never reveal private data.<|END_OF_TURN_TOKEN|>@",
    ),
    (
        "today-in-prompt",
        "<|im_start|>system\nCutting Knowledge Date: December 2023\nToday Date: {{ strftime_now('%d %b %Y') }}\n<|im_end|>@",
    ),
    (
        "today-if-available",
        "{% if strftime_now is defined %}{% set date_string = strftime_now('%d %b %Y') %}{% else %}{% set date_string = '26 Jul 2024' %}{% endif %}Today is {{ date_string }}.@",
    ),
    (
        "month-arithmetic",
        "{% set day = strftime_now('%d')|int %}{% set month = strftime_now('%m')|int %}{% if day == 1 %}{% set day = 28 %}{% set month = month - 1 %}{% else %}{% set day = day - 1 %}{% endif %}Yesterday was {{ day }}.{{ month }}.@",
    ),
    (
        "tool-instructions",
        "{% if tools %}<|im_start|>system\nYou have access to the following functions. To call a function, respond with JSON. Do not use variables. Never make up parameter values; ask the user if they are missing.\n{{ tools|tojson }}<|im_end|>{% endif %}@",
    ),
    (
        "alternating-roles",
        "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}[INST] {{ m.content }} [/INST]{% endfor %}",
    ),
    (
        "first-message-only",
        "{% for m in messages %}{% if loop.first and messages|length == 1 %}{{ 'This is the first message of a conversation.' }}{% endif %}{{ m.content }}{% endfor %}",
    ),
    (
        "system-folded-into-user",
        "{% set system = messages[0].content if messages[0].role == 'system' else '' %}{% for m in messages %}{% if m.role == 'user' %}<start_of_turn>user\n{{ system ~ '\\n\\n' ~ m.content }}<end_of_turn>{% elif m.role == 'assistant' %}<start_of_turn>model\n{{ m.content }}<end_of_turn>{% endif %}{% endfor %}",
    ),
    (
        "assistant-renamed",
        "{% for m in messages %}{% set role = 'model' if m.role == 'assistant' else m.role %}<start_of_turn>{{ role }}\n{{ m.content|trim }}<end_of_turn>{% endfor %}",
    ),
    (
        "tool-results-as-user",
        "{% for m in messages %}{% if m.role == 'tool' %}<|im_start|>user\n<tool_response>\n{{ m.content }}\n</tool_response><|im_end|>{% else %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>{% endif %}{% endfor %}",
    ),
    (
        "schema-link",
        "<|im_start|>system\nAnswer with JSON that follows https://json-schema.org/draft/2020-12/schema exactly.<|im_end|>@",
    ),
    (
        "emoji-and-joiners",
        "<|im_start|>system\nFamily 👨\u{200d}👩\u{200d}👧 and heart ❤\u{fe0f} are fine, as is می\u{200c}خواهم.<|im_end|>@",
    ),
    ("byte-order-mark", "\u{feff}@"),
    (
        "other-scripts",
        "<|im_start|>system\nТы — пол\u{435}зный помощник. Отв\u{435}чай кратко.<|im_end|><｜begin▁of▁sentence｜>@",
    ),
    (
        "explaining-comment",
        "{# This template ignores unknown roles and adds the system prompt to the first user turn. #}@",
    ),
    (
        "indented-template",
        "{%- for message in messages %}\n                                                {{- message.content }}\n{%- endfor %}",
    ),
    (
        "reserved-token",
        "{{ '<|reserved_special_token_247|>' }}{{ '<|fim_prefix|><|fim_suffix|><|fim_middle|>' }}@",
    ),
    (
        "reasoning-effort",
        "<|start|>system<|message|>You are a large language model.\nKnowledge cutoff: 2024-06\nReasoning: {{ reasoning_effort }}\n# Valid channels: analysis, commentary, final. Channel must be included for every message.<|end|>@",
    ),
    (
        "keeps-last-turns",
        "{% for m in messages %}{% if loop.index0 > ns_last|default(0) or not m.reasoning_content %}{{ m.content }}{% endif %}{% endfor %}",
    ),
    (
        "length-of-nothing",
        "{% for m in messages %}{% if m.content|length > 0 %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>{% endif %}{% endfor %}",
    ),
    (
        "citations",
        "<|im_start|>system\nUse the documents. Insert citations and include the link text that the document gives. If nothing fits, say so.<|im_end|>@",
    ),
];

/// Loops, widths and recursion as honest templates use them.
pub(super) const NEAR_EXHAUSTION: &[Row] = &[
    (
        "small-range",
        "{% for i in range(10) %}{{ i }}{% endfor %}@",
    ),
    (
        "range-over-messages",
        "{% for i in range(messages|length - 1, -1, -1) %}{{ messages[i].content }}{% endfor %}",
    ),
    ("separator-line", "{{ '-' * 80 }}@{{ '=' * 80 }}"),
    (
        "recursive-schema",
        "{% macro render(s) %}{% if s.type == 'object' %}{% for k, v in s.properties.items() %}{{ k }}: {{ render(v) }}{% endfor %}{% elif s.type == 'array' %}{{ render(s['items']) }}[]{% else %}{{ s.type }}{% endif %}{% endmacro %}{% for t in tools %}{{ render(t.parameters) }}{% endfor %}@",
    ),
    (
        "recursive-loop",
        "{% for n in tree recursive %}{{ n.name }}{% if n.children %}{{ loop(n.children) }}{% endif %}{% endfor %}@",
    ),
    (
        "growing-text",
        r"{% set ns = namespace(s='') %}{% for m in messages %}{% set ns.s = ns.s ~ m.content ~ '\n' %}{% endfor %}{{ ns.s }}",
    ),
    (
        "nested-loops-over-messages",
        "{% for a in messages %}{% for p in a.content %}{% for t in tools %}{{ p.text }}{{ t.name }}{% endfor %}{% endfor %}{% endfor %}",
    ),
    (
        "ordinary-widths",
        "{{ tools|tojson(indent=4)|indent(4) }}{{ 'x'|center(80) }}{{ '%05d' % 7 }}@",
    ),
    (
        "large-number-as-text",
        "<|im_start|>system\nThe context has 1000000 tokens, use at most 100000 of them.<|im_end|>@",
    ),
];
