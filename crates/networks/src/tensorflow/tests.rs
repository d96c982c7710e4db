use std::sync::Arc;

use chainwright_core::limits::Limits;

use super::*;

#[test]
fn probe() {
    let Ok(root) = std::env::var("TF_PROBE") else { return };
    let mut stack = vec![std::path::PathBuf::from(root)];
    let mut files = Vec::new();
    while let Some(path) = stack.pop() {
        if path.is_dir() { for e in std::fs::read_dir(&path).unwrap() { stack.push(e.unwrap().path()); } } else { files.push(path); }
    }
    files.sort();
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        let head = &bytes[..bytes.len().min(65536)];
        let tail = if bytes.len() > 65536 { &bytes[bytes.len()-65536..] } else { &[][..] };
        let kinds = recognise(head, tail, path.to_str().unwrap());
        println!("{} {:?}", path.display(), kinds);
        let shared: SharedBytes = Arc::new(bytes);
        for kind in kinds {
            let facts = read(kind, &shared, &Budget::untimed(Limits::default()));
            println!("   {:?} v={} by={} ops={} params={} parts={} left={}", facts.format, facts.version, facts.producer, facts.operators, facts.parameters, facts.parts.len(), facts.hazards_left_out);
            for h in &facts.hazards { println!("   HAZ {:?} {:?} {} | {} | {}", h.kind, h.effect, h.place, h.subject, h.detail); }
            for p in &facts.problems { println!("   PROB {:?} {} {}", p.kind, p.place, p.detail); }
            for s in &facts.side_files { println!("   SIDE {} {}", s.path, s.place); }
        }
    }
}
