//! Orders to agents: in comments and invisible elements that no reader sees, and in plain sight.
//!
//! Cards speak *about* prompts all the time, so an order counts in plain sight only when it addresses an agent and
//! asks for something an agent should not do; hidden text needs less.

use std::sync::LazyLock;

use regex::Regex;

use super::{CardFacts, LineCounter, compiled};
use crate::hazard::HazardKind;
use crate::hidden_text::{self, HiddenKind};

/// Elements that renderers do not show.
static INVISIBLE_ELEMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r#"(?i)<(?:div|span|p|font|td|section|small|details)\b[^>\n]*(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*(?:0|1px)|opacity\s*:\s*0\s*[;"']|color\s*:\s*(?:white|#fff(?:fff)?\b|transparent)|\shidden\b)[^>\n]*>"#,
    )
});

/// Orders to drop other orders, or to keep something from the user.
static OVERRIDE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,30}\b(?:previous|prior|above|earlier|preceding|your|existing|system|safety)\b[^.\n]{0,20}\b(?:instructions?|prompts?|directions?|rules?|guidelines?|context|messages?|polic(?:y|ies)|guardrails?)|\b(?:do\s+not|don't|never|without)\b[^.\n]{0,20}\b(?:tell|telling|inform|informing|mention|mentioning|alert|alerting|notify|notifying|ask|asking|reveal|show)\b[^.\n]{0,30}\b(?:the\s+)?(?:user|human|operator|developer|owner)s?\b|\bnew\s+(?:system\s+)?instructions?\s*:|<\|?(?:im_start\|?>\s*system|system\|?>)",
    )
});

/// Speaking to a machine that reads along.
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:if\s+you\s+are|as|dear|note\s+(?:to|for)|attention|hey|hello|hi|instructions?\s+(?:for|to)|messages?\s+(?:for|to)|important\s+for|any|all)\s*[,:]?\s*(?:an?\s+|the\s+|any\s+|all\s+|other\s+)?(?:ai|llm|large\s+language\s+model|language\s+model|assistant|autonomous|coding|automated|agents?|copilot|claude|chatgpt|gpt(?:-\d\w*)?|gemini|cursor|codex|devin|aider|windsurf)\b|\b(?:ai|llm|coding)\s+(?:agents?|assistants?|models?|reviewers?|scanners?)\b[^.\n]{0,40}\b(?:must|should|shall|need\s+to|have\s+to|please|are\s+(?:required|instructed))|\bwhen\s+(?:an?\s+|the\s+|any\s+)?(?:ai|llm|agent|assistant|model)\b[^.\n]{0,40}\b(?:reads?|sees?|summari[sz]es|process(?:es)?|reviews?|loads?|analy[sz]es)|\byou\s+are\s+(?:now\s+)?(?:an?\s+)?(?:ai|autonomous|unrestricted|dan\b)|\b(?:agents?|assistants?)\s*:\s",
    )
});

/// What an honest text does not ask an agent for.
static ORDER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:run|execute|invoke|call|paste|eval)\b[^.\n]{0,60}\b(?:command|script|shell|bash|code|curl|wget|python|following|tool|npx|pip)|\b(?:curl|wget|nc|ncat|powershell|npx|rm\s+-rf|chmod)\s+[\w./:$~-]|\b(?:send|upload|post|exfiltrate|forward|email|transmit|copy|leak|append|include|print|output|read|collect|gather|cat)\b[^.\n]{0,80}(?:\bapi[\s_-]?keys?\b|\btokens?\b|\bsecrets?\b|\bpasswords?\b|\bcredentials?\b|\.env\b|\.ssh|id_rsa|\benvironment\s+variables?\b|\bsystem\s+prompt\b|\bconversation\b|\bchat\s+history\b|\.aws|/etc/passwd|\bprivate\s+keys?\b)|\b(?:mark|rate|report|classify|label|approve|recommend|treat|describe|consider)\b[^.\n]{0,60}\b(?:as\s+)?(?:safe|benign|clean|trusted|trustworthy|harmless|secure|malware[\s-]free|no\s+issues?|5\s+stars?|best)\b|\b(?:skip|disable|suppress|omit)\b[^.\n]{0,40}\b(?:scan(?:ning)?|checks?|warnings?|findings?|security|review|verification|confirmation)|\b(?:approve|merge|push|commit|delete|drop|install|download)\b[^.\n]{0,40}\b(?:automatically|immediately|silently|without|now|pull\s+request|branch|repository|files?|package|dependency)",
    )
});

/// LIMIT: hidden parts looked at in one card.
const MOST_PARTS: usize = 2000;

pub(super) fn read(body: &str, first_line: u32, facts: &mut CardFacts) {
    invisible(body, first_line, facts);
    tags(body, first_line, facts);
    visible(body, first_line, facts);
}

fn invisible(body: &str, first_line: u32, facts: &mut CardFacts) {
    let mut lines = LineCounter::new(body, first_line);
    for (at, part) in invisible_parts(body) {
        let text = plain(part);
        let overrides = matches(&OVERRIDE, &text);
        if overrides || (matches(&ORDER, &text) && matches(&ADDRESS, &text)) {
            facts.hazard(HazardKind::HiddenInstruction, lines.at(at), &text);
        }
    }
}

/// Comments, link comments, invisible elements and alternative texts, in the order of the text.
fn invisible_parts(body: &str) -> Vec<(usize, &str)> {
    let mut parts = between(body, "<!--", "-->");
    let alternatives = between(body, "![", "](");
    parts.extend(
        alternatives
            .into_iter()
            .filter(|(_, text)| !text.contains('\n')),
    );
    for mark in ["[//]:", "[comment]:", "[_]:"] {
        parts.extend(between(body, mark, "\n"));
    }
    if let Some(pattern) = INVISIBLE_ELEMENT.as_ref() {
        for tag in pattern.find_iter(body).take(MOST_PARTS) {
            let rest = part_from(body, tag.end());
            let end = rest.find("</").unwrap_or(rest.len());
            parts.push((tag.end(), rest.get(..end).unwrap_or_default()));
        }
    }
    parts.sort_unstable();
    parts.truncate(MOST_PARTS);
    parts
}

/// What stands between two marks, each time the first one occurs.
fn between<'a>(body: &'a str, open: &str, close: &str) -> Vec<(usize, &'a str)> {
    let mut parts = Vec::new();
    let mut behind = 0_usize;
    for at in memchr::memmem::find_iter(body.as_bytes(), open) {
        if at < behind || parts.len() >= MOST_PARTS {
            continue;
        }
        let start = at.saturating_add(open.len());
        let rest = part_from(body, start);
        let end = rest.find(close).unwrap_or(rest.len());
        parts.push((start, rest.get(..end).unwrap_or_default()));
        behind = start.saturating_add(end);
    }
    parts
}

/// LIMIT: bytes of one hidden part.
const LONGEST_PART: usize = 8192;

fn part_from(body: &str, start: usize) -> &str {
    let most = start.saturating_add(LONGEST_PART).min(body.len());
    let end = (start..=most)
        .rev()
        .find(|end| body.is_char_boundary(*end))
        .unwrap_or(start);
    body.get(start..end).unwrap_or_default()
}

/// Tag characters are invisible everywhere; text in them is meant for machines.
fn tags(body: &str, first_line: u32, facts: &mut CardFacts) {
    for hidden in hidden_text::find(body).items() {
        if hidden.kind == HiddenKind::Tags && hidden.length >= 6 {
            let line = match hidden.place {
                chainwright_core::location::Place::Line { line, .. } => line,
                _ => 1,
            };
            let line = line.saturating_add(first_line).saturating_sub(1);
            facts.hazard(HazardKind::HiddenInstruction, line, &hidden.shown);
        }
    }
}

/// Paragraph by paragraph; what is quoted as an example needs an address as well.
fn visible(body: &str, first_line: u32, facts: &mut CardFacts) {
    let mut lines = LineCounter::new(body, first_line);
    let mut offset = 0_usize;
    for paragraph in body.split_inclusive("\n\n") {
        let start = offset;
        offset = offset.saturating_add(paragraph.len());
        // Most paragraphs name no machine at all; a cheap look spares them the patterns.
        if paragraph.len() > 20_000 || !mentions_machine(paragraph) {
            continue;
        }
        let text = plain(&without_comments(paragraph));
        if !matches(&ADDRESS, &text) {
            continue;
        }
        let overrides = matches(&OVERRIDE, &text);
        if matches(&ORDER, &text) && (overrides || is_direct(&text)) {
            facts.hazard(HazardKind::AgentInstruction, lines.at(start), &text);
        }
    }
}

fn mentions_machine(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    [
        "ai",
        "llm",
        "agent",
        "assistant",
        "model",
        "copilot",
        "claude",
        "gpt",
        "gemini",
        "cursor",
        "codex",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

/// An order to a machine that reads, about secrets or commands, rather than a description of what a model can do.
fn is_direct(text: &str) -> bool {
    static DIRECT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        compiled(
            r"(?i)\b(?:if\s+you\s+are|dear|note\s+(?:to|for)|attention|message\s+(?:to|for)|instructions?\s+(?:to|for))\s*[,:]?\s*(?:an?\s+|the\s+|any\s+|all\s+|other\s+)?(?:ai|llm|language\s+model|coding|autonomous|automated|agents?|assistants?|copilot|claude|chatgpt|gpt|gemini|cursor|codex)\b[^\n]{0,400}\b(?:curl|wget|api[\s_-]?keys?|\.env|\.ssh|id_rsa|credentials?|passwords?|secrets?|environment\s+variables?|as\s+safe|as\s+benign|as\s+trusted|rm\s+-rf|skip[^.\n]{0,20}(?:scan|security|check))",
        )
    });
    matches(&DIRECT, text)
}

fn without_comments(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, behind)) = rest.split_once("<!--") {
        kept.push_str(before);
        rest = behind.split_once("-->").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

/// Without invisible characters, with single spaces.
fn plain(text: &str) -> String {
    let visible: String = text
        .chars()
        .filter(|character| !matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}'))
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn matches(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern
        .as_ref()
        .is_some_and(|pattern| pattern.is_match(text))
}
