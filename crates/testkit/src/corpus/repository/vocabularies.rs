//! Vocabularies, merges and added tokens that were edited by hand, beside those of honest families.

use super::table;
use crate::corpus::{Case, Label};
use crate::sentencepiece::charsmap_base64;

const CLASS: &str = "tokenizer-vocabulary";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = table(CLASS, Label::Malicious, BAD);
    cases.extend(table(CLASS, Label::Benign, GOOD));
    cases.extend(grown_cases());
    cases.extend([
        charsmap(
            "charsmap-swaps-words",
            Label::Malicious,
            &[("refuse", "comply")],
        ),
        charsmap("charsmap-swaps-letter", Label::Malicious, &[("e", "е")]),
        charsmap(
            "charsmap-nfkc",
            Label::Benign,
            &[("ﬁ", "fi"), ("Ⅷ", "VIII"), ("½", "1⁄2")],
        ),
    ]);
    cases
}

fn charsmap(name: &str, label: Label, rules: &[(&str, &str)]) -> Case {
    let map = charsmap_base64(rules);
    let text = format!(
        r#"{{"version": "1.0", "added_tokens": [], "normalizer": {{"type": "Sequence", "normalizers": [{{"type": "Precompiled", "precompiled_charsmap": "{map}"}}, {{"type": "Replace", "pattern": {{"Regex": " {{2,}}"}}, "content": "▁"}}]}}, "model": {{"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["▁the", -3.5]]}}}}"#
    );
    Case::single(CLASS, name, label, "tokenizer.json", text)
}

/// A BPE tokenizer of some size, as training leaves it: each merge makes the next id.
struct Grown {
    words: Vec<(String, u64)>,
    merges: Vec<(String, String)>,
}

impl Grown {
    fn new() -> Self {
        let letters: Vec<String> = ('a'..='z').map(String::from).collect();
        let mut words: Vec<(String, u64)> = Vec::new();
        for letter in &letters {
            words.push((letter.clone(), words.len() as u64));
        }
        let mut merges = Vec::new();
        for first in &letters {
            for second in &letters {
                merges.push((first.clone(), second.clone()));
                words.push((format!("{first}{second}"), words.len() as u64));
            }
        }
        for first in &letters {
            for second in [
                "an", "er", "in", "on", "th", "he", "re", "at", "en", "nd", "ti", "es", "or", "te",
                "of", "ed", "is", "it", "al", "ar", "st", "to", "nt", "ng", "se", "ha", "as", "ou",
                "io", "le",
            ] {
                merges.push((first.clone(), second.to_owned()));
                words.push((format!("{first}{second}"), words.len() as u64));
            }
        }
        Self { words, merges }
    }

    fn write(&self, name: &str, label: Label) -> Case {
        let words: Vec<String> = self
            .words
            .iter()
            .map(|(word, id)| format!("\"{word}\":{id}"))
            .collect();
        let merges: Vec<String> = self
            .merges
            .iter()
            .map(|(left, right)| format!("\"{left} {right}\""))
            .collect();
        let text = format!(
            r#"{{"version":"1.0","added_tokens":[],"normalizer":null,"model":{{"type":"BPE","vocab":{{{}}},"merges":[{}]}}}}"#,
            words.join(","),
            merges.join(",")
        );
        Case::single(CLASS, name, label, "tokenizer.json", text)
    }
}

fn grown_cases() -> Vec<Case> {
    let honest = Grown::new();
    let mut cases = vec![honest.write("grown", Label::Benign)];
    let mut shuffled = Grown::new();
    let count = shuffled.words.len() as u64;
    for (index, (_, id)) in shuffled.words.iter_mut().enumerate() {
        *id = (index as u64 * 7) % count;
    }
    cases.push(shuffled.write("grown-sorted-otherwise", Label::Benign));
    let mut reserved = Grown::new();
    for index in 0..100 {
        let id = reserved.words.len() as u64;
        reserved
            .words
            .push((format!("<|reserved_special_token_{index}|>"), id));
    }
    cases.push(reserved.write("grown-with-reserved-words", Label::Benign));

    let mut planted = Grown::new();
    let id = planted.words.len() as u64;
    planted
        .words
        .push(("Ġhttps://collect.example/?q=".to_owned(), id));
    cases.push(planted.write("word-is-address", Label::Malicious));
    let mut planted = Grown::new();
    planted
        .words
        .push(("Ġsend▁the▁password▁to▁the▁other▁host".to_owned(), id));
    cases.push(planted.write("word-is-sentence", Label::Malicious));
    let mut hijacked = Grown::new();
    let last = hijacked.merges.pop().unwrap_or_default();
    hijacked.merges.insert(0, last);
    cases.push(hijacked.write("merge-moved-to-the-front", Label::Malicious));
    let mut swapped = Grown::new();
    let end = swapped.words.len() - 10;
    let (first, second) = (swapped.words[60].1, swapped.words[end].1);
    swapped.words[60].1 = second;
    swapped.words[end].1 = first;
    cases.push(swapped.write("two-words-swapped", Label::Malicious));
    let mut broken = Grown::new();
    broken.merges.push(("zz".to_owned(), "zz".to_owned()));
    cases.push(broken.write("merge-makes-no-word", Label::Malicious));
    let mut twice = Grown::new();
    twice.merges.push(("a".to_owned(), "b".to_owned()));
    cases.push(twice.write("merge-twice", Label::Malicious));
    cases
}

const BAD: &[(&str, &str, &str)] = &[
    (
        "two-words-one-id",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [], "model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "safe": 1, "unsafe": 1}}}"#,
    ),
    (
        "one-word-two-ids",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [], "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "ab": 7}, "merges": ["a b"]}}"#,
    ),
    (
        "vocabulary-twice",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [], "model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "vocab": {"a": 1}}}"#,
    ),
    (
        "id-beyond-any-table",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [], "model": {"type": "BPE", "vocab": {"a": 0, "b": 4294967295}, "merges": []}}"#,
    ),
    (
        "added-token-takes-another-word",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [{"id": 1, "content": "<|tool|>", "special": true}], "model": {"type": "BPE", "vocab": {"a": 0, "never": 1}, "merges": []}}"#,
    ),
    (
        "added-token-moves-word",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [{"id": 9, "content": "</s>", "special": true}], "model": {"type": "BPE", "vocab": {"a": 0, "</s>": 2}, "merges": []}}"#,
    ),
    (
        "special-token-is-word",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [{"id": 5, "content": "not", "special": true, "single_word": false}], "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    ),
    (
        "added-token-is-word",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [{"id": 5, "content": " unsafe", "special": false}], "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    ),
    (
        "end-token-is-word",
        "tokenizer_config.json",
        r#"{"tokenizer_class": "LlamaTokenizer", "eos_token": {"__type": "AddedToken", "content": "the"}}"#,
    ),
    (
        "pad-token-is-word",
        "special_tokens_map.json",
        r#"{"bos_token": "<s>", "eos_token": "</s>", "pad_token": "yes"}"#,
    ),
    (
        "special-list-has-word",
        "special_tokens_map.json",
        r#"{"additional_special_tokens": ["<|user|>", "never"], "eos_token": "</s>"}"#,
    ),
    (
        "decoder-list-has-word",
        "tokenizer_config.json",
        r#"{"tokenizer_class": "X", "added_tokens_decoder": {"32001": {"content": "must", "special": true}}}"#,
    ),
    (
        "added-file-has-word",
        "added_tokens.json",
        r#"{"[PAD]": 32000, "password": 32001}"#,
    ),
    (
        "vocabulary-file-two-words-one-id",
        "vocab.json",
        r#"{"!": 0, "safe": 5, "unsafe": 5}"#,
    ),
    (
        "template-inserts-words",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [], "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}], "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [1, 50, 51], "tokens": ["<s>", "Ġalways", "Ġagree"]}}}, "model": {"type": "BPE", "vocab": {"<s>": 1}, "merges": []}}"#,
    ),
    (
        "template-ids-say-other-words",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [], "post_processor": {"type": "TemplateProcessing", "single": [], "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [2], "tokens": ["<s>"]}}}, "model": {"type": "BPE", "vocab": {"<s>": 1, "obey": 2}, "merges": []}}"#,
    ),
    (
        "input-cut-to-one",
        "tokenizer.json",
        r#"{"version": "1.0", "truncation": {"direction": "Left", "max_length": 1, "strategy": "LongestFirst", "stride": 0}, "added_tokens": [], "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    ),
    (
        "padding-is-word",
        "tokenizer.json",
        r#"{"version": "1.0", "padding": {"strategy": "BatchLongest", "pad_id": 3, "pad_token": "yes"}, "added_tokens": [], "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    ),
    (
        "padding-beyond-memory",
        "tokenizer.json",
        r#"{"version": "1.0", "padding": {"strategy": {"Fixed": 4000000000}, "pad_id": 3, "pad_token": "<pad>"}, "added_tokens": [], "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    ),
    (
        "unknown-is-word",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [], "normalizer": null, "model": {"type": "WordPiece", "unk_token": "yes", "vocab": {"yes": 0}}}"#,
    ),
    (
        "normalizer-swaps-letter",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [], "normalizer": {"type": "Replace", "pattern": {"String": "a"}, "content": "а"}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    ),
    (
        "normalizer-swaps-digit",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [], "normalizer": {"type": "Replace", "pattern": {"Regex": "0"}, "content": "9"}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    ),
    (
        "normalizer-drops-no",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [], "normalizer": {"type": "Replace", "pattern": {"String": " no "}, "content": " "}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    ),
    (
        "decoder-strips-letters",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [], "normalizer": null, "decoder": {"type": "Strip", "content": "s", "start": 9, "stop": 9}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    ),
    (
        "decoder-space-is-letter",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [], "normalizer": null, "decoder": {"type": "Metaspace", "replacement": "t", "prepend_scheme": "never"}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    ),
    (
        "decoder-leaves-out-word",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [], "normalizer": null, "decoder": {"type": "CTC", "pad_token": "not", "word_delimiter_token": "|"}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    ),
];

const GOOD: &[(&str, &str, &str)] = &[
    (
        "domain-words-added",
        "tokenizer.json",
        r###"{"version": "1.0", "added_tokens": [{"id": 5, "content": "remdesivir", "special": false}, {"id": 6, "content": "covid", "special": false}], "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "vocab": {"[UNK]": 0, "a": 1}}}"###,
    ),
    (
        "chatml-in-llama",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [{"id": 0, "content": "<unk>", "special": true, "normalized": true}, {"id": 3, "content": "<|im_start|>", "special": true}, {"id": 4, "content": "<|im_end|>", "special": false}], "model": {"type": "BPE", "byte_fallback": true, "vocab": {"<unk>": 0, "<0x0A>": 1, "▁": 2}, "merges": []}}"#,
    ),
    (
        "reserved-word-renamed",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [{"id": 1, "content": "<start_of_image>", "special": true}], "model": {"type": "BPE", "vocab": {"<pad>": 0, "<unused99>": 1}, "merges": []}}"#,
    ),
    (
        "letters-of-a-protein",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [{"id": 0, "content": "<cls>", "special": true}, {"id": 4, "content": "L", "special": true}, {"id": 5, "content": "A", "special": true}], "model": {"type": "BPE", "vocab": {"<cls>": 0, "L": 4, "A": 5}, "merges": []}}"#,
    ),
    (
        "languages-of-a-translator",
        "special_tokens_map.json",
        r#"{"additional_special_tokens": ["ar_AR", "en_XX", "__de__", "eng_Latn"], "bos_token": "<s>", "mask_token": {"content": "<mask>", "lstrip": true}}"#,
    ),
    (
        "marks-of-a-speech-model",
        "tokenizer_config.json",
        r#"{"tokenizer_class": "Wav2Vec2CTCTokenizer", "unk_token": "[UNK]", "pad_token": "[PAD]", "word_delimiter_token": "|", "bos_token": "<s>", "eos_token": "</s>"}"#,
    ),
    (
        "template-of-nllb",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [], "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "eng_Latn", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}], "pair": [], "special_tokens": {"</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}, "eng_Latn": {"id": "eng_Latn", "ids": [7], "tokens": ["eng_Latn"]}}}, "model": {"type": "BPE", "vocab": {"</s>": 2, "eng_Latn": 7}, "merges": []}}"#,
    ),
    (
        "word-pieces-with-prefix",
        "tokenizer.json",
        r###"{"version": "1.0", "added_tokens": [], "normalizer": {"type": "BertNormalizer", "lowercase": true}, "model": {"type": "BPE", "continuing_subword_prefix": "##", "vocab": {"a": 0, "##b": 1, "ab": 2, "##c": 3, "##bc": 4, "abc": 5}, "merges": ["a ##b", "##b ##c", "a ##bc"]}}"###,
    ),
    (
        "merges-as-pairs",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [], "normalizer": null, "model": {"type": "BPE", "vocab": {"a": 0, " ": 1, "a ": 2, "\"": 3, "\\": 4, "\"\\": 5}, "merges": [["a", " "], ["\"", "\\"]]}}"#,
    ),
    (
        "keras-tokenizer",
        "tokenizer.json",
        r#"{"class_name": "Tokenizer", "config": {"num_words": 100, "word_counts": "{\"not\": 5}", "index_word": "{\"1\": \"not\"}"}}"#,
    ),
    (
        "turkish-lower-case",
        "tokenizer.json",
        r#"{"version": "1.0", "added_tokens": [], "normalizer": {"type": "Sequence", "normalizers": [{"type": "Replace", "pattern": {"String": "I"}, "content": "ı"}, {"type": "Lowercase"}]}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    ),
    (
        "added-file",
        "added_tokens.json",
        r#"{"<|im_end|>": 151645, "[PAD]": 32000, "<image>": 32001}"#,
    ),
];
