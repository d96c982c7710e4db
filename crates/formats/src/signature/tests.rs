use super::*;

#[test]
fn content_is_known_by_its_bytes() {
    let cases: [(&[u8], &[Signature]); 24] = [
        (b"\x02\0\0\0\0\0\0\0{}", &[Signature::Safetensors]),
        (b"\x08\0\0\0\0\0\0\0{\"a\":1  ", &[Signature::Safetensors]),
        (b"GGUF\x03\0\0\0", &[Signature::Gguf]),
        (b"tjgg\x03\0\0\0", &[Signature::Ggml]),
        (b"\x93NUMPY\x01\0", &[Signature::Npy]),
        (
            b"\x80\x04\x95\x0b\0\0\0\0\0\0\0}\x94\x8c\x01a\x94K\x01s.",
            &[Signature::Pickle],
        ),
        (
            b"\x80\x02}q\0X\x01\0\0\0aq\x01K\x01s.",
            &[Signature::Pickle],
        ),
        (
            b"cposix\nsystem\n(S'id'\ntR.",
            &[Signature::Pickle, Signature::Text],
        ),
        (b"\xca\xfe\xba\xbe\0\0\0\x41\0\x10", &[Signature::JavaClass]),
        (b"\0asm\x01\0\0\0", &[Signature::Wasm]),
        (
            b"#!/bin/sh\necho hello\n",
            &[Signature::Script, Signature::Text],
        ),
        (
            b"@echo off\r\ndir\r\n",
            &[Signature::Batch, Signature::Text],
        ),
        (
            b"import os\nfrom a import b\n",
            &[Signature::Python, Signature::Text],
        ),
        (b"{\"a\": [1, 2]}\n", &[Signature::Json, Signature::Text]),
        (
            b"<!DOCTYPE html>\n<html>",
            &[Signature::Html, Signature::Text],
        ),
        (
            b"<?xml version='1.0'?><a/>",
            &[Signature::Xml, Signature::Text],
        ),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
            &[Signature::GitLfsPointer],
        ),
        (b"plain words\n", &[Signature::Text]),
        (
            b"\xcb\x0d\x0d\x0a\0\0\0\0\0\0\0\0\0\0\0\0\xe3\0\0\0\0",
            &[Signature::PythonBytecode],
        ),
        (
            b"\x0a\x0e\x0a\x05<unk>\x15\0\0\0\0\x18\x02\x0a\x0c\x0a\x03<s>\x15\0\0\0\0\x18\x03",
            &[Signature::SentencePiece],
        ),
        (
            b"\x08\x08\x12\x07pytorch\x1a\x032.1:\x90\x10",
            &[Signature::Onnx],
        ),
        (b"\x1c\0\0\0TFL3", &[Signature::TfLite]),
        (b"MZ and the rest is chance \x00\x01\x02", &[]),
        (b"\x80\x04\x03\x02\x01\x00", &[]),
    ];
    for (bytes, expected) in cases {
        assert_eq!(
            recognise(bytes, &[]),
            expected,
            "{:?}",
            String::from_utf8_lossy(bytes)
        );
    }
}

#[test]
fn an_archive_at_the_end_is_seen() {
    let mut tail = b"picture PK\x05\x06".to_vec();
    tail.extend([0; 18]);
    let png = b"\x89PNG\r\n\x1a\n";
    assert_eq!(recognise(png, &tail), [Signature::Zip, Signature::Png]);
    tail.push(0);
    assert_eq!(
        recognise(png, &tail),
        [Signature::Png],
        "the comment must fill the rest"
    );
}

#[test]
fn names_that_lie_are_mismatches_and_odd_ones_are_not() {
    let nature =
        |extension: &str, found: &[Signature]| mismatch(extension, found).map(|found| found.nature);
    assert_eq!(
        nature("json", &[Signature::Pickle]),
        Some(Some(Nature::Pickle))
    );
    assert_eq!(
        nature("json", &[Signature::Elf]),
        Some(Some(Nature::Program))
    );
    assert_eq!(
        nature("png", &[Signature::Zip]),
        Some(Some(Nature::Archive))
    );
    assert_eq!(
        nature("png", &[Signature::Png, Signature::Zip]),
        Some(Some(Nature::Archive))
    );
    assert_eq!(
        nature("safetensors", &[Signature::Pickle]),
        Some(Some(Nature::Pickle))
    );
    assert_eq!(nature("safetensors", &[]), Some(None));
    assert_eq!(nature("bin", &[Signature::Pe]), Some(Some(Nature::Program)));
    assert_eq!(
        nature("json", &[Signature::Text, Signature::Script]),
        Some(Some(Nature::Program))
    );
    for (extension, found) in [
        ("png", vec![Signature::Jpeg]),
        ("bin", vec![]),
        ("bin", vec![Signature::Zip]),
        ("pt", vec![Signature::Safetensors]),
        ("txt", vec![Signature::Python, Signature::Text]),
        (
            "py",
            vec![Signature::Script, Signature::Python, Signature::Text],
        ),
        ("safetensors", vec![Signature::GitLfsPointer]),
        ("exe", vec![Signature::Pe]),
        ("", vec![Signature::Elf]),
        ("json", vec![]),
    ] {
        assert_eq!(mismatch(extension, &found), None, "{extension}");
    }
}
