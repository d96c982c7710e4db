//! The arguments that a llamafile gives itself (`.args`): one on each line.
//!
//! They choose what the program does when somebody starts it: what it listens on, which files it serves and reads,
//! where it downloads from. Ordinary sampling and weight options say nothing.
//!
//! Source: `common/arg.cpp` of llama.cpp and the README of llamafile 0.9.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::location::Place;
use chainwright_core::model::{
    Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind as Kind,
};

use crate::facts::whole_text;
use crate::paths::{Reach, reach};

/// Options whose value is a file that is read.
const READS: &[&str] = &[
    "-f",
    "--file",
    "-bf",
    "--binary-file",
    "--in-file",
    "-jf",
    "--json-schema-file",
    "--grammar-file",
    "--chat-template-file",
    "--api-key-file",
    "--ssl-key-file",
    "--path",
    "--www-path",
    "--slot-save-path",
    "--media-path",
    "--models-dir",
    "--lookup-cache-static",
    "--control-vector",
    "--control-vector-scaled",
    "--lora",
    "--lora-scaled",
    "-md",
    "--model-draft",
    "--mmproj",
    "-mm",
    "-m",
    "--model",
    "--image",
    "--prompt-cache",
];
/// Options whose value is a file that is written.
const WRITES: &[&str] = &[
    "--log-file",
    "--logdir",
    "-ld",
    "--prompt-cache",
    "--lookup-cache-dynamic",
    "-lcd",
    "--slot-save-path",
    "--output-file",
    "-o",
    "--logfile",
];
/// Options that fetch weights or send requests.
const FETCHES: &[&str] = &[
    "-mu",
    "--model-url",
    "-mmu",
    "--mmproj-url",
    "-hf",
    "-hfr",
    "--hf-repo",
    "-hfd",
    "--hf-repo-draft",
    "-hff",
    "--hf-file",
    "-hfv",
    "--hf-repo-v",
    "--docker-repo",
    "-dr",
    "--rpc",
    "--proxy",
    "--url-prefix-proxy",
];
/// Options that let requests or the model run things.
const RUNS: &[&str] = &[
    "--unsecure",
    "--tools",
    "--exec",
    "--shell",
    "--run",
    "--agent",
    "--enable-shell",
    "--mcp",
    "--mcp-config",
    "--gpu-compile",
    "--recompile",
    "--trust",
];

/// Judges the arguments.
pub(crate) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Llamafile);
    let Some(text) = whole_text(bytes, budget, &mut facts) else {
        return facts;
    };
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    for (index, line) in lines.iter().enumerate() {
        if budget.check_time().is_err() {
            break;
        }
        let (option, inline) = line
            .split_once('=')
            .map_or((*line, None), |(option, value)| {
                (option, option.starts_with("--").then_some(value))
            });
        if !option.starts_with('-') {
            continue;
        }
        let value = inline.or_else(|| lines.get(index.saturating_add(1)).copied());
        let at = u32::try_from(index.saturating_add(1)).unwrap_or(u32::MAX);
        judge(option, value.unwrap_or_default(), at, &mut facts);
    }
    facts.operators = u64::try_from(lines.len()).unwrap_or(u64::MAX);
    facts
}

fn judge(option: &str, value: &str, line: u32, facts: &mut ModelFacts) {
    let shown = format!("{option} {value}");
    let mut say = |kind, detail: &str| {
        // The builds that llamafile's own README shows listen on every address.
        let effect = match option {
            "--host" => Effect::Conditional,
            _ => Effect::OnUse,
        };
        facts.hazard(ModelHazard::new(
            kind,
            effect,
            Place::Line { line, column: 1 },
            &shown,
            detail,
            "",
        ));
    };
    if option == "--host" && !is_local(value) {
        say(
            Kind::ProtectionOff,
            "the program listens on more than this machine when it is started",
        );
    }
    if RUNS.contains(&option) {
        say(
            Kind::ProtectionOff,
            "an argument switches off the sandbox or lets requests run things",
        );
    }
    if FETCHES.contains(&option) {
        say(
            Kind::NetworkUse,
            "the program fetches from or sends to another machine when it is started",
        );
    }
    let leaves =
        matches!(reach(value), Reach::Absolute | Reach::Escapes) && !value.starts_with("/zip/");
    if leaves && WRITES.contains(&option) {
        say(Kind::FileWrite, "the program writes a file outside its own");
    } else if leaves && READS.contains(&option) {
        say(
            Kind::FileRead,
            "the program reads or serves files outside its own",
        );
    }
}

fn is_local(value: &str) -> bool {
    matches!(value, "127.0.0.1" | "localhost" | "::1" | "[::1]") || value.starts_with("127.")
}
