"""Language tools: spaCy pipelines, SentencePiece, tokenizers of every model, gensim, sentence-transformers, nltk."""

from __future__ import annotations

import io
import itertools
import json
import logging
import pickle
from pathlib import Path

import gensim
import nltk
import numpy
import sentence_transformers
import sentencepiece
import spacy
import torch
import transformers
from sentence_transformers import models as modules
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from .hub import SMALL, fast, word_piece
from .shelf import Shelf

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "ru", "xx", "fi", "tr", "he")
PIPES = ("tagger", "parser", "ner", "textcat", "entity_ruler", "sentencizer", "spancat", "senter", "morphologizer", "attribute_ruler", "tok2vec",
         "span_ruler", "textcat_multilabel", "doc_cleaner", "trainable_lemmatizer")


def lines() -> list[str]:
    """English sentences out of the documentation of the standard library."""
    text = " ".join(module.__doc__ or "" for module in (itertools, json, logging, pickle, io))
    return [line.strip() for line in text.replace("\n", " ").split(".") if line.strip()] * 3


def pipelines(shelf: Shelf) -> None:
    """Blank pipelines of many languages, and one of each component."""
    for language in LANGUAGES:
        pipeline = spacy.blank(language)
        pipeline.add_pipe("sentencizer")
        pipeline.to_disk(shelf.folder("spacy", f"blank-{language}"))
        shelf.list_all("spacy", f"blank-{language}")
    pipeline = spacy.blank("en")
    for pipe in PIPES:
        pipeline.add_pipe(pipe)
    example = spacy.training.Example.from_dict(pipeline.make_doc("Cats of Example sleep"), {
        "words": ["Cats", "of", "Example", "sleep"], "tags": ["NNS", "IN", "NNP", "VB"], "pos": ["NOUN", "ADP", "PROPN", "VERB"], "heads": [3, 0, 1, 3], "deps": ["nsubj", "prep", "pobj", "ROOT"],
        "entities": ["O", "O", "U-ORG", "O"], "cats": {"GOOD": 1.0, "BAD": 0.0}, "lemmas": ["cat", "of", "Example", "sleep"], "morphs": ["Number=Plur", "", "", ""],
        "sent_starts": [1, 0, 0, 0], "spans": {"sc": [(0, 4, "ANIMAL")]}})
    pipeline.initialize(lambda: [example] * 3)
    pipeline.get_pipe("entity_ruler").add_patterns([{"label": "ORG", "pattern": "Example"}, {"label": "CMD", "pattern": [{"LOWER": "rm"}, {"TEXT": {"REGEX": "-[rf]+"}}]}])
    pipeline.to_disk(shelf.folder("spacy", "components"))
    shelf.list_all("spacy", "components")
    documents = spacy.tokens.DocBin(docs=[pipeline.make_doc(line) for line in lines()[:5]])
    documents.to_disk(shelf.file("spacy-data", "documents", "train.spacy"))
    pipeline.vocab.vectors.to_disk(shelf.folder("spacy-data", "vectors"))
    shelf.list_all("spacy-data", "vectors")


def sentence_pieces(shelf: Shelf) -> None:
    """Small models of each algorithm with other settings."""
    settings = {
        "unigram": {}, "bpe": {"model_type": "bpe"}, "char": {"model_type": "char"}, "word": {"model_type": "word"}, "bytes": {"byte_fallback": True, "model_type": "bpe"},
        "symbols": {"user_defined_symbols": ["<sep>", "<mask>"], "control_symbols": ["<sys>"]}, "plain": {"normalization_rule_name": "identity", "add_dummy_prefix": False},
        "ids": {"pad_id": 0, "unk_id": 1, "bos_id": 2, "eos_id": 3, "pad_piece": "[PAD]"}, "lower": {"normalization_rule_name": "nmt_nfkc_cf", "split_digits": True},
    }
    for name, options in settings.items():
        vocabulary = {"char": 60, "word": 120}.get(name, 400 if "bytes" in name else 160)
        written = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(lines()), model_writer=written, vocab_size=vocabulary, hard_vocab_limit=False,
                                                 minloglevel=9, num_threads=1, **options)
        shelf.file("sentencepiece", name, "tokenizer.model").write_bytes(written.getvalue())


def tokenizers(shelf: Shelf) -> None:
    """`tokenizer.json` of each model, with each normalizer, splitter, processor and decoder."""
    quiet = {"show_progress": False, "special_tokens": ["[UNK]", "[CLS]", "[SEP]", "<s>", "</s>"]}
    kinds = {
        "bpe": (models.BPE(unk_token="[UNK]"), trainers.BpeTrainer(vocab_size=200, **quiet)),
        "bytes": (models.BPE(byte_fallback=True), trainers.BpeTrainer(vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), **quiet)),
        "pieces": (models.WordPiece(unk_token="[UNK]"), trainers.WordPieceTrainer(vocab_size=200, **quiet)),
        "unigram": (models.Unigram(), trainers.UnigramTrainer(vocab_size=200, unk_token="[UNK]", **quiet)),
        "words": (models.WordLevel(unk_token="[UNK]"), trainers.WordLevelTrainer(vocab_size=200, **quiet)),
    }
    normals = [normalizers.NFC(), normalizers.BertNormalizer(), normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()]),
               normalizers.Replace(Regex(" {2,}"), " "), normalizers.Prepend("▁"), normalizers.Nmt()]
    splits = [pre_tokenizers.Whitespace(), pre_tokenizers.ByteLevel(), pre_tokenizers.Metaspace(), pre_tokenizers.Sequence([pre_tokenizers.Digits(True), pre_tokenizers.Punctuation()]),
              pre_tokenizers.Split(Regex(r"(?i:'s|'t|'re)|\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+"), "isolated"), pre_tokenizers.UnicodeScripts()]
    ends = [decoders.BPEDecoder(), decoders.ByteLevel(), decoders.Metaspace(), decoders.WordPiece(), decoders.CTC(),
            decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])]
    after = [None, processors.ByteLevel(trim_offsets=False), processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1)), processors.RobertaProcessing(("</s>", 4), ("<s>", 3)),
             processors.TemplateProcessing(single="<s> $A", pair="<s> $A </s> $B:1", special_tokens=[("<s>", 3), ("</s>", 4)])]
    for position, (name, variant) in enumerate(itertools.product(kinds, range(6))):
        model, trainer = kinds[name]
        tokenizer = Tokenizer(type(model)() if name == "unigram" else type(model)(unk_token="[UNK]"))
        tokenizer.normalizer, tokenizer.pre_tokenizer, tokenizer.decoder = normals[(position + 1) % 6], splits[variant], ends[(position + 2) % 6]
        tokenizer.train_from_iterator(lines(), trainer)
        if chosen := after[position % 5]:
            tokenizer.post_processor = chosen
        if variant == 1:
            tokenizer.add_tokens([AddedToken("<|tool|>", single_word=False, lstrip=True), AddedToken("rm -rf", normalized=False)])
            tokenizer.add_special_tokens(["<|system|>", "<|user|>", "<think>"])
        if variant == 2:
            tokenizer.enable_padding(pad_token="[UNK]")
            tokenizer.enable_truncation(128)
        tokenizer.save(str(shelf.file("tokenizer", f"{name}-{variant}", "tokenizer.json")), pretty=variant % 2 == 0)
        if variant == 0 and name != "unigram":
            folder = shelf.folder("tokenizer", f"{name}-files")
            tokenizer.model.save(str(folder))
            shelf.list_all("tokenizer", f"{name}-files")


def vectors(shelf: Shelf) -> None:
    """gensim's own pickles and the forms of word2vec, nltk's frequencies."""
    corpus = [line.lower().split() for line in lines()]
    dictionary = gensim.corpora.Dictionary(corpus)
    bags = [dictionary.doc2bow(line) for line in corpus]
    small = {"vector_size": 8, "min_count": 2, "workers": 1, "seed": 1, "epochs": 1}
    trained = {
        "word2vec": gensim.models.Word2Vec(corpus, **small), "fasttext": gensim.models.FastText(corpus, bucket=50, **small),
        "doc2vec": gensim.models.Doc2Vec([gensim.models.doc2vec.TaggedDocument(line, [number]) for number, line in enumerate(corpus)], **small),
        "lda": gensim.models.LdaModel(bags, 3, dictionary, random_state=1), "tfidf": gensim.models.TfidfModel(bags), "lsi": gensim.models.LsiModel(bags, num_topics=2),
        "dictionary": dictionary, "phrases": gensim.models.Phrases(corpus, min_count=1),
    }
    for name, model in trained.items():
        model.save(str(shelf.folder("gensim-pickle", name) / f"{name}.model"))
        shelf.list("gensim-pickle", name, shelf.root / "gensim-pickle" / name / f"{name}.model")
    words = trained["word2vec"].wv
    words.save_word2vec_format(str(shelf.file("word2vec", "text", "vectors.txt")), binary=False)
    words.save_word2vec_format(str(shelf.file("word2vec", "binary", "vectors.bin")), binary=True)
    counts = nltk.FreqDist(corpus[0])
    tagger = nltk.UnigramTagger([[(word, "NN") for word in line] for line in corpus[:5]])
    bayes = nltk.NaiveBayesClassifier.train([({"a": 1}, "x"), ({"a": 2}, "y")])
    for name, value in {"frequencies": counts, "tagger": tagger, "bayes": bayes, "stemmer": nltk.PorterStemmer(), "tree": nltk.Tree("S", ["a", "b"])}.items():
        shelf.file("nltk-pickle", name, f"{name}.pickle").write_bytes(pickle.dumps(value, 2))


def sentences(shelf: Shelf) -> None:
    """Folders of sentence-transformers with changing modules, a cross-encoder."""
    torch.manual_seed(1)
    base = Path(shelf.folder("sentence-transformers", "base"))
    transformers.BertModel(transformers.BertConfig(**SMALL)).save_pretrained(base)
    fast(word_piece(), cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]", mask_token="[MASK]").save_pretrained(base)
    shelf.list_all("sentence-transformers", "base")
    for name in ("mean", "cls-dense", "normalized"):
        parts = [modules.Transformer(str(base)), modules.Pooling(16, pooling_mode="cls" if name == "cls-dense" else "mean")]
        parts += {"mean": [], "cls-dense": [modules.Dense(16, 8), modules.LayerNorm(8)], "normalized": [modules.Normalize()]}[name]
        model = sentence_transformers.SentenceTransformer(modules=parts, device="cpu", prompts={"query": "query: "})
        model.save(str(shelf.folder("sentence-transformers", name)), safe_serialization=name != "normalized")
        shelf.list_all("sentence-transformers", name)
    encoder = sentence_transformers.CrossEncoder(str(base), num_labels=1, device="cpu")
    encoder.save_pretrained(str(shelf.folder("sentence-transformers", "cross-encoder")))
    shelf.list_all("sentence-transformers", "cross-encoder")


def make(shelf: Shelf) -> None:
    """Writes all of it."""
    logging.disable(logging.WARNING)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    numpy.random.seed(1)  # noqa: NPY002 - gensim draws from here
    spacy.util.fix_random_seed(1)
    pipelines(shelf)
    sentence_pieces(shelf)
    tokenizers(shelf)
    vectors(shelf)
    sentences(shelf)
