//! Writes the labelled corpus to a folder: `DIR/LABEL/CLASS/NAME/FILE…` and an index `DIR/labels.tsv`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use chainwright_testkit::corpus::{self, Label};

fn main() -> Result<(), Box<dyn Error>> {
    let target = env::args_os()
        .nth(1)
        .map(PathBuf::from)
        .ok_or("usage: corpus DIR")?;
    let mut index = String::from("label\tclass\tname\tsubject\n");
    for case in corpus::all() {
        let label = match case.label {
            Label::Malicious => "malicious",
            Label::Benign => "benign",
        };
        let folder = Path::new(label).join(case.class).join(&case.name);
        for (name, bytes) in &case.files {
            let path = target.join(&folder).join(name);
            fs::create_dir_all(path.parent().unwrap_or(&target))?;
            fs::write(path, bytes)?;
        }
        let subject = folder.join(&case.subject);
        writeln!(
            index,
            "{label}\t{}\t{}\t{}",
            case.class,
            case.name,
            subject.display()
        )?;
    }
    fs::write(target.join("labels.tsv"), index)?;
    Ok(())
}
