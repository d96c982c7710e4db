//! The machine that a run works on.

use std::fs;

use serde_json::{Map, Value, json};

/// What is known of it: system, processors, memory in bytes, accelerators by their names.
pub(crate) fn describe() -> Map<String, Value> {
    let mut machine = Map::new();
    let mut put = |name: &str, value: Value| machine.insert(name.to_owned(), value);
    put("system", json!(std::env::consts::OS));
    put("architecture", json!(std::env::consts::ARCH));
    if let Ok(count) = std::thread::available_parallelism() {
        put("processors", json!(count.get()));
    }
    if let Some(bytes) = memory() {
        put("memory", json!(bytes));
    }
    let accelerators = accelerators();
    if !accelerators.is_empty() {
        put("accelerators", json!(accelerators));
    }
    if let Ok(text) = fs::read_to_string("/proc/driver/nvidia/version")
        && let Some(line) = text.lines().next()
    {
        let version = line.split_whitespace().find(|word| {
            word.contains('.') && word.starts_with(|letter: char| letter.is_ascii_digit())
        });
        if let Some(version) = version {
            put("nvidia_driver", json!(version));
        }
    }
    machine
}

fn memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// NVIDIA's driver lists its devices as files.
fn accelerators() -> Vec<String> {
    let Ok(devices) = fs::read_dir("/proc/driver/nvidia/gpus") else {
        return Vec::new();
    };
    let mut names: Vec<String> = devices
        .filter_map(|device| {
            let path = device.ok()?.path().join("information");
            let text = fs::read_to_string(path).ok()?;
            let line = text.lines().find(|line| line.starts_with("Model:"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        })
        .collect();
    names.sort();
    names
}
