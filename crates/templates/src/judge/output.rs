//! What the template writes: constant text in order, with holes, and the conditions each piece depends on.

use super::Judge;
use crate::facts::{BehaviourKind, Certainty};
use crate::value::{Constant, MAX_TEXT, Taint, Value};
use crate::wording;

/// Stands for output that is not known before rendering.
const HOLE: char = '\u{fffc}';
/// Stands for the words of a user.
const USER_HOLE: char = '\u{fffb}';
/// Stands between text of different branches, which are never written together.
const BRANCH: char = '\u{1}';
/// LIMIT: bytes of output kept before they are judged and dropped.
const MAX_OUTPUT: usize = 64 * 1024;

/// Output collected so far.
#[derive(Debug, Default)]
pub(super) struct Output {
    text: String,
    pieces: Vec<Piece>,
    has_holes: bool,
    /// What the holes carry.
    taint: Taint,
}

/// A piece of output: where it starts in the text, where it comes from, what it depends on.
#[derive(Debug, Clone, Copy)]
struct Piece {
    start: usize,
    at: usize,
    guard: Taint,
}

impl Output {
    fn push(&mut self, at: usize, guard: Taint, text: &str) {
        if text.is_empty() {
            return;
        }
        self.pieces.push(Piece {
            start: self.text.len(),
            at,
            guard,
        });
        self.text.push_str(text);
    }

    fn hole(&mut self, at: usize, guard: Taint, taint: Taint, is_user: bool) {
        self.has_holes = true;
        self.taint = self.taint.with(taint);
        let hole = if is_user { "\u{fffb}" } else { "\u{fffc}" };
        if !self.text.ends_with(hole)
            || self.pieces.last().is_some_and(|piece| piece.guard != guard)
        {
            self.push(at, guard, hole);
        }
    }

    /// The output as a value: constant if it has no holes.
    pub(super) fn into_value(self) -> Value {
        let guards = self
            .pieces
            .iter()
            .fold(Taint::NONE, |taint, piece| taint.with(piece.guard));
        let taint = self.taint.only(Taint::FLOWING).with(guards);
        if self.has_holes || self.text.len() > MAX_TEXT {
            return Value::unknown(taint);
        }
        if self.text.contains(BRANCH) {
            let text: String = self
                .text
                .chars()
                .filter(|character| *character != BRANCH)
                .collect();
            return Value::text(text).tainted(taint);
        }
        Value::text(self.text).tainted(taint)
    }

    /// The constant text right before the end, back to the last hole or a few words.
    fn tail(&self) -> String {
        let near = last_characters(&self.text);
        near.rsplit([HOLE, USER_HOLE, BRANCH])
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    fn place_of(&self, position: usize) -> usize {
        let index = self.pieces.partition_point(|piece| piece.start <= position);
        let Some(piece) = self.pieces.get(index.saturating_sub(1)) else {
            return 0;
        };
        piece
            .at
            .saturating_add(position.saturating_sub(piece.start))
    }
}

impl Judge<'_, '_> {
    pub(super) fn emit_text(&mut self, at: usize, text: &str) {
        let guard = self.guard.only(Taint::GUARDS);
        if let Some(output) = self.outputs.last_mut() {
            output.push(at, guard, text);
        }
        self.drain();
    }

    /// Writes a value.
    pub(super) fn emit(&mut self, at: usize, value: &Value) {
        let guard = self.guard.with(value.taint).only(Taint::GUARDS);
        if value.taint.has(Taint::CONTENT) {
            let tail = self.outputs.last().map(Output::tail).unwrap_or_default();
            self.judge_speaker(at, &tail);
        }
        let is_user = value.taint.has(Taint::CONTENT)
            && match self.role.as_deref() {
                Some(role) => role == "user",
                None => self.loop_taint.has(Taint::CONVERSATION),
            };
        let texts: Vec<String> = value.known.iter().filter_map(Constant::display).collect();
        if value.taint.has(Taint::ASSEMBLED)
            && let Some(text) = texts.iter().find(|text| {
                text.chars()
                    .filter(|character| character.is_alphabetic())
                    .count()
                    >= 8
            })
        {
            self.note(BehaviourKind::AssembledText, Certainty::Likely, at, text);
        }
        let Some(output) = self.outputs.last_mut() else {
            return;
        };
        match texts.split_first() {
            Some((first, others)) => {
                output.push(at, guard, first);
                if value.taint.has(Taint::CONTENT.with(Taint::MESSAGE)) {
                    // The constant is only what it may be.
                    output.hole(at, guard, value.taint, is_user);
                }
                for other in others {
                    if !self.pay(other.len() / 16) {
                        break;
                    }
                    // Alternatives are judged on their own: only one of them will be written.
                    let mut alternative = Output::default();
                    alternative.push(at, guard, other);
                    self.judge_output(&alternative);
                }
            }
            None => output.hole(at, guard, value.taint, is_user),
        }
        self.drain();
    }

    fn drain(&mut self) {
        let is_full = self.outputs.last().is_some_and(|output| {
            output.text.len() > MAX_OUTPUT || output.pieces.len() > MAX_OUTPUT / 8
        });
        if is_full && let Some(output) = self.outputs.last_mut() {
            let full = std::mem::take(output);
            output.has_holes = true;
            output.taint = full.taint;
            self.judge_output(&full);
        }
    }

    /// Judges the words that were written, and the conditions they were written under.
    pub(super) fn judge_output(&mut self, output: &Output) {
        for hit in wording::hostile(&output.text) {
            let words = output.text.get(hit.start..hit.end).unwrap_or_default();
            self.note(hit.kind, hit.certainty, output.place_of(hit.start), words);
        }
        if let Some(run) = wording::encoded(&output.text) {
            let position = output.text.find(run).unwrap_or_default();
            self.note(
                BehaviourKind::EncodedLiteral,
                Certainty::Likely,
                output.place_of(position),
                run,
            );
        }
        self.judge_guarded_text(output);
        self.judge_additions(output);
    }

    /// Prose right behind the words of a user, or in the mouth of the assistant.
    fn judge_additions(&mut self, output: &Output) {
        for (position, _) in output.text.match_indices(USER_HOLE).take(64) {
            let start = position.saturating_add(USER_HOLE.len_utf8());
            self.judge_addition(output, start, "behind the words of the user");
        }
        for header in ASSISTANT_HEADERS {
            for (position, _) in output.text.match_indices(header).take(16) {
                let start = position.saturating_add(header.len());
                self.judge_addition(output, start, "in the mouth of the assistant");
            }
        }
    }

    fn judge_addition(&mut self, output: &Output, start: usize, place: &str) {
        let rest = output.text.get(start..).unwrap_or_default();
        let end = rest
            .find(|character| matches!(character, HOLE | USER_HOLE | BRANCH | '<' | '['))
            .unwrap_or(rest.len());
        let added = rest.get(..end).unwrap_or_default();
        // Headers such as `Destination: user` are labels, not words.
        if added.split([':', '\n']).any(wording::is_prose) {
            let evidence = format!("{place}: {}", added.trim());
            let at = output.place_of(start);
            self.note(
                BehaviourKind::InjectedInstruction,
                Certainty::Likely,
                at,
                &evidence,
            );
        }
    }

    /// Marks the end of a branch that may not be taken.
    pub(super) fn separate(&mut self, at: usize) {
        if let Some(output) = self.outputs.last_mut()
            && !output.text.is_empty()
            && !output.text.ends_with(BRANCH)
        {
            output.push(at, Taint::NONE, "\u{1}");
        }
    }

    /// Text that depends on words, dates, lengths or chance.
    fn judge_guarded_text(&mut self, output: &Output) {
        let mut index = 0usize;
        while let Some(piece) = output.pieces.get(index).copied() {
            let run = output.pieces.get(index..).unwrap_or_default();
            let length = run
                .iter()
                .take_while(|next| next.guard == piece.guard)
                .count()
                .max(1);
            index = index.saturating_add(length);
            if piece.guard.is_none() {
                continue;
            }
            let end = output
                .pieces
                .get(index)
                .map_or(output.text.len(), |next| next.start);
            let text = output.text.get(piece.start..end).unwrap_or_default();
            self.judge_run(piece, text);
        }
    }

    fn judge_run(&mut self, piece: Piece, text: &str) {
        let is_prose = wording::is_prose(text);
        let is_link = text.contains("://");
        if !is_prose && !is_link {
            return;
        }
        let guard = piece.guard;
        let (kind, certainty) = if guard.has(Taint::KEYED) {
            (BehaviourKind::ContentTrigger, Certainty::Proven)
        } else if guard.has(Taint::DATED) {
            (BehaviourKind::DateTrigger, Certainty::Proven)
        } else if guard.has(Taint::CHANCED) {
            (BehaviourKind::RandomTrigger, Certainty::Likely)
        } else if guard.has(Taint::TOKEN_KEYED.with(Taint::MEASURED)) {
            (BehaviourKind::ContentTrigger, Certainty::Likely)
        } else {
            (BehaviourKind::CountTrigger, Certainty::Likely)
        };
        self.note(kind, certainty, piece.at, text.trim());
    }

    /// The words of a user or tool behind the header of a speaker with more authority.
    pub(super) fn judge_speaker(&mut self, at: usize, tail: &str) {
        let Some(role) = self.role.as_deref() else {
            return;
        };
        if role != "user" {
            return;
        }
        if let Some(speaker) = header_of(&last_characters(tail)) {
            let evidence = format!("words of the user follow the header of `{speaker}`");
            self.note(BehaviourKind::SwappedRole, Certainty::Likely, at, &evidence);
        }
    }
}

/// How common families of templates open the turn of the assistant.
const ASSISTANT_HEADERS: &[&str] = &[
    "<|im_start|>assistant\n",
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    "<|assistant|>",
    "<start_of_turn>model\n",
    "[/INST]",
    "### Response:",
    "ASSISTANT:",
    "<|Assistant|>",
    "<｜Assistant｜>",
];

/// The end of a text: as much as the header of a turn takes.
fn last_characters(text: &str) -> String {
    let start = text
        .char_indices()
        .rev()
        .nth(47)
        .map_or(0, |(start, _)| start);
    text.get(start..).unwrap_or_default().to_owned()
}

/// The speaker that a text announces last, if it outranks a user: `<|im_start|>system\n`, `<<SYS>>`, `<|developer|>`.
fn header_of(tail: &str) -> Option<&'static str> {
    let lower = tail.to_lowercase();
    let last = [
        "system",
        "developer",
        "user",
        "human",
        "assistant",
        "model",
        "inst",
        "tool",
    ]
    .into_iter()
    .filter_map(|speaker| lower.rfind(speaker).map(|position| (position, speaker)))
    .max()?;
    let (position, speaker) = last;
    let before = lower.get(..position).unwrap_or_default();
    let after = lower
        .get(position.saturating_add(speaker.len())..)
        .unwrap_or_default();
    let opens = before.ends_with(['>', '|', '<', '[', '▁', '#', '\n']) || before.ends_with("### ");
    let closes_turn = ["im_end", "eot", "end_of", "|end|", "</", "[/"]
        .iter()
        .any(|mark| after.contains(mark));
    let is_last = after.is_empty() || !after.starts_with(char::is_alphanumeric);
    let is_header = opens && is_last && !closes_turn && !before.ends_with('/');
    (is_header && matches!(speaker, "system" | "developer")).then_some(speaker)
}

#[cfg(test)]
mod tests {
    use super::header_of;

    #[test]
    fn headers_of_authority_are_recognised() {
        for (tail, expected) in [
            ("<|im_start|>system\n", Some("system")),
            (
                "<|start_header_id|>system<|end_header_id|>\n\n",
                Some("system"),
            ),
            ("<|im_start|>user\n", None),
            (
                "<|im_start|>system\nYou help.<|im_end|>\n<|im_start|>user\n",
                None,
            ),
            ("you are a good system", None),
        ] {
            assert_eq!(header_of(tail), expected, "{tail}");
        }
    }
}
