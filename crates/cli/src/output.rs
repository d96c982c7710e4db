//! Where reports go: standard output, or a file that is replaced as a whole.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::Context as _;

/// Writes to standard output.
pub(crate) fn to_stdout(write: &dyn Fn(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    write(&mut out)
        .and_then(|()| out.flush())
        .context("cannot write to standard output")
}

/// Writes a file; whatever goes wrong, the old one stays as it was.
pub(crate) fn to_file(
    path: &Path,
    write: &dyn Fn(&mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    replace(path, write).with_context(|| format!("cannot write `{}`", path.display()))
}

fn replace(path: &Path, write: &dyn Fn(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    if is_special(path) {
        let mut out = BufWriter::new(std::fs::OpenOptions::new().write(true).open(path)?);
        return write(&mut out).and_then(|()| out.flush());
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    readable_by_others(&mut builder);
    let temporary = builder
        .prefix(".chainwright-")
        .tempfile_in(folder.unwrap_or(Path::new(".")))?;
    let mut out = BufWriter::new(temporary);
    write(&mut out)?;
    let temporary = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    temporary.as_file().sync_all()?;
    temporary.persist(path)?;
    Ok(())
}

/// A device or pipe cannot be replaced; it is written to.
fn is_special(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// A report has the usual permissions of a new file, not the closed ones of a temporary file.
#[cfg(unix)]
pub(crate) fn readable_by_others(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(std::fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
pub(crate) fn readable_by_others(_builder: &mut tempfile::Builder<'_, '_>) {}

/// Whether the reader of our output has gone away.
pub(crate) fn is_closed_pipe(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}
