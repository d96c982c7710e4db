//! Writes the example supply chain to a folder: `DIR/support-bot`.

use std::env;
use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let target = env::args_os()
        .nth(1)
        .map(PathBuf::from)
        .ok_or("usage: example DIR")?;
    std::fs::create_dir_all(&target)?;
    chainwright_testkit::example::write(&target)?;
    Ok(())
}
