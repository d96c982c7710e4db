//! Chat templates: sandbox escapes, hidden behaviour, denial of service, and honest near misses.
//!
//! Templates travel in several carriers (tokenizer configuration, stand-alone files, GGUF metadata); cases take turns,
//! so that every carrier meets every class.

mod behaviour;
mod behaviour_subtle;
mod escape;
mod escape_spelling;
mod exhaustion;
mod honest;
mod honest_families;

use super::{Case, Label};
use crate::gguf::Builder;

/// A template by itself, with what a scanner should say about it.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The class of the case.
    pub class: &'static str,
    /// Kebab-case, unique within the class.
    pub name: &'static str,
    /// What a scanner should say.
    pub label: Label,
    /// The template.
    pub template: String,
}

/// What the turns of a conversation look like in most samples.
pub(crate) const TURNS: &str = "{%- for message in messages -%}\n{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}\n{%- endfor -%}\n{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}";

/// Name and text of a sample; `@` stands for the turns of an ordinary conversation.
pub(crate) type Row = (&'static str, &'static str);

/// Every template of the area.
#[must_use]
pub fn samples() -> Vec<Sample> {
    let groups: [(&'static str, Label, &[Row]); 9] = [
        ("template-ssti", Label::Malicious, escape::ROWS),
        ("template-ssti", Label::Malicious, escape_spelling::ROWS),
        ("template-behaviour", Label::Malicious, behaviour::ROWS),
        (
            "template-behaviour",
            Label::Malicious,
            behaviour_subtle::ROWS,
        ),
        ("template-dos", Label::Malicious, exhaustion::ROWS),
        ("template-ssti", Label::Benign, honest::NEAR_ESCAPES),
        ("template-behaviour", Label::Benign, honest::NEAR_BEHAVIOURS),
        ("template-behaviour", Label::Benign, honest_families::ROWS),
        ("template-dos", Label::Benign, honest::NEAR_EXHAUSTION),
    ];
    groups
        .into_iter()
        .flat_map(|(class, label, rows)| {
            rows.iter().map(move |(name, text)| Sample {
                class,
                name,
                label,
                template: text.replace('@', TURNS).replace('¤', "@"),
            })
        })
        .collect()
}

/// Every case.
#[must_use]
pub fn cases() -> Vec<Case> {
    samples()
        .iter()
        .enumerate()
        .map(|(index, sample)| {
            let turn = match sample.name {
                // Only a chat template has no honest use for an include, and only another one shows a web page.
                "include-plain-name" => 1,
                "web-page" => 4,
                _ => index,
            };
            let (file, bytes) = carried(turn, &sample.template);
            Case::single(sample.class, sample.name, sample.label, file, bytes)
        })
        .collect()
}

/// A template in one of its carriers.
fn carried(turn: usize, template: &str) -> (&'static str, Vec<u8>) {
    let quoted = quote(template);
    match turn % 7 {
        0 => (
            "tokenizer_config.json",
            format!("{{\"bos_token\": \"<s>\", \"chat_template\": {quoted}, \"model_max_length\": 4096}}").into(),
        ),
        1 => ("chat_template.jinja", template.into()),
        2 => (
            "tokenizer_config.json",
            format!("{{\"chat_template\": [{{\"name\": \"default\", \"template\": \"{{{{ messages[0]['content'] }}}}\"}}, {{\"name\": \"tool_use\", \"template\": {quoted}}}]}}").into(),
        ),
        3 => ("chat_template.json", format!("{{\"chat_template\": {quoted}}}").into()),
        4 => ("prompts/render.jinja", template.into()),
        5 => ("model.gguf", in_gguf(template)),
        _ => ("additional_chat_templates/tools.jinja", template.into()),
    }
}

fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            control if control < ' ' => quoted.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

fn in_gguf(template: &str) -> Vec<u8> {
    Builder::model()
        .text("tokenizer.chat_template", template)
        .build()
}
