//! Files that lie beside an adapter and change what it means.

/// Whether a file name is that of a tokenizer or chat template.
pub(crate) fn is_tokenizer(name: &str) -> bool {
    const NAMES: [&str; 12] = [
        "tokenizer.json",
        "tokenizer.model",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "vocab.json",
        "vocab.txt",
        "merges.txt",
        "spiece.model",
        "sentencepiece.bpe.model",
        "chat_template.jinja",
        "chat_template.json",
    ];
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    NAMES.contains(&last)
}
