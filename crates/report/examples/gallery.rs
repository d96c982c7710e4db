//! Writes the sample scans in every format to a folder, to be looked at.
//!
//! `cargo run -p chainwright-report --example gallery -- FOLDER`

#[path = "../tests/it/sample.rs"]
mod sample;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use chainwright_report::{Format, Style, render};

fn main() -> io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "gallery".into());
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let rules = sample::rules();
    let mut scans = sample::all();
    scans.push(("huge", sample::huge(5_000)));
    for (name, scan) in &scans {
        let context = sample::context(scan, &rules);
        for format in Format::ALL {
            let path = folder.join(format!("{name}.{}", format.extension()));
            let mut file = BufWriter::new(File::create(path)?);
            match render(format, &context, &style(), &mut file) {
                Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
                other => other?,
            }
            file.flush()?;
        }
    }
    Ok(())
}

/// The terminal of the caller, as far as environment variables tell.
fn style() -> Style {
    let width = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok());
    Style {
        colour: std::env::var_os("NO_COLOR").is_none(),
        width: width.unwrap_or(100),
        ..Style::default()
    }
}
