//! The shapes that families of honest templates have, written for this corpus.

use super::Row;

/// Benign templates.
pub(super) const ROWS: &[Row] = &[
    (
        "chatml",
        r"{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    ),
    (
        "header-style",
        "{{- bos_token }}\n{%- if custom_tools is defined %}\n    {%- set tools = custom_tools %}\n{%- endif %}\n{%- if messages[0]['role'] == 'system' %}\n    {%- set system_message = messages[0]['content']|trim %}\n    {%- set messages = messages[1:] %}\n{%- else %}\n    {%- set system_message = \"\" %}\n{%- endif %}\n{{- \"<|start_header_id|>system<|end_header_id|>\\n\\n\" }}\n{%- if tools is not none %}\n    {{- \"You have access to the following functions. To call a function, please respond with JSON for a function call.\" }}\n    {%- for t in tools %}\n        {{- t | tojson(indent=4) }}\n    {%- endfor %}\n{%- endif %}\n{{- system_message }}\n{{- \"<|eot_id|>\" }}\n{%- for message in messages %}\n    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}\n{%- endfor %}",
    ),
    (
        "inst-style",
        r"{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{% if loop.index0 == 0 and system_message is defined %}{{ '[INST] <<SYS>>\n' + system_message + '\n<</SYS>>\n\n' + message['content'].strip() + ' [/INST]' }}{% else %}{{ '[INST] ' + message['content'].strip() + ' [/INST]' }}{% endif %}{% elif message['role'] == 'assistant' %}{{ ' ' + message['content'].strip() + ' ' + eos_token }}{% endif %}{% endfor %}",
    ),
    (
        "vicuna-style",
        r#"{% if messages[0]['role'] == 'system' %}{{ messages[0]['content'] + ' ' }}{% else %}{{ "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the user's questions. " }}{% endif %}{% for m in messages %}{% if m['role'] == 'user' %}{{ 'USER: ' + m['content'] + ' ' }}{% elif m['role'] == 'assistant' %}{{ 'ASSISTANT: ' + m['content'] + eos_token }}{% endif %}{% endfor %}"#,
    ),
    (
        "alpaca-style",
        "{% for m in messages %}{% if m.role == 'user' %}### Instruction:\n{{ m.content }}\n\n{% elif m.role == 'assistant' %}### Response:\n{{ m.content }}\n\n{% endif %}{% endfor %}",
    ),
    (
        "reasoning-history",
        r"{%- set ns = namespace(last=messages|length - 1) %}{%- for message in messages[::-1] %}{%- set index = (messages|length - 1) - loop.index0 %}{%- if message.role == 'user' and message.content is string and not message.content.startswith('<tool_response>') %}{%- set ns.last = index %}{%- endif %}{%- endfor %}{%- for message in messages %}{%- if message.role == 'assistant' %}{%- set reasoning = '' %}{%- if message.reasoning_content is string %}{%- set reasoning = message.reasoning_content %}{%- elif '</think>' in message.content %}{%- set reasoning = message.content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}{%- endif %}{%- if loop.index0 > ns.last and (loop.last or reasoning) %}{{- '<|im_start|>assistant\n<think>\n' + reasoning.strip('\n') + '\n</think>\n\n' + message.content }}{%- else %}{{- message.content }}{%- endif %}{%- endif %}{%- endfor %}",
    ),
    (
        "typescript-tools",
        "{%- macro type(spec) -%}{%- if spec.type == 'array' -%}{{ type(spec['items']) }}[]{%- elif spec.type == 'object' -%}{ {%- for n, p in spec.properties.items() -%}{{ n }}: {{ type(p) }},{%- endfor -%} }{%- elif spec.enum -%}{{ spec.enum|map('tojson')|join(' | ') }}{%- else -%}{{ spec.type }}{%- endif -%}{%- endmacro -%}{% for tool in tools %}// {{ tool.description }}\ntype {{ tool.name }} = (_: {{ type(tool.parameters) }}) => any;\n{% endfor %}@",
    ),
    (
        "tool-calls",
        "{% for m in messages %}{% if m.tool_calls %}{% for call in m.tool_calls %}{% set call = call.function if call.function is defined else call %}<tool_call>\n{\"name\": \"{{ call.name }}\", \"arguments\": {{ call.arguments if call.arguments is string else call.arguments|tojson }}}\n</tool_call>{% if not loop.last %}\n{% endif %}{% endfor %}{% else %}{{ m.content }}{% endif %}{% endfor %}",
    ),
    (
        "web-page",
        r#"<!doctype html><title>{% block title %}Models{% endblock %}</title><link href="{{ url_for('static', filename='a.css') }}">{% for m in get_flashed_messages() %}<p>{{ m }}</p>{% endfor %}<a href="https://northstar.test/">home</a>"#,
    ),
    (
        "model-card",
        "---\nlicense: {{ license|default('mit', true) }}\n---\n# {{ model_name }}\n\n{{ description }}\n\nSee {{ repo_url }} for details.\n{% for metric in metrics %}* {{ metric.name }}: {{ '%.3f' % metric.value }}\n{% endfor %}",
    ),
];
