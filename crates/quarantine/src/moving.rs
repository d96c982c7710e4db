//! Moves that never leave a half-written file under its final name and never replace what is there.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// Bytes that are copied at a time.
const CHUNK: usize = 1024 * 1024;

/// Moves a file or link to a name that does not exist yet, on this or another file system.
pub(crate) fn move_new(from: &Path, to: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(from)?;
    if metadata.is_symlink() {
        link_new(&fs::read_link(from)?, to)?;
        return fs::remove_file(from);
    }
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Another file system, or one without hard links.
        Err(_) => {
            copy_new(from, to, &metadata)?;
            fs::remove_file(from)
        }
    }
}

/// Copies to a new file; whatever goes wrong, the source stays and the copy does not.
fn copy_new(from: &Path, to: &Path, metadata: &fs::Metadata) -> io::Result<()> {
    let mut source = File::open(from)?;
    let mut target = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(to)?;
    let copied = io::copy(&mut source, &mut target)
        .and_then(|count| {
            if count == metadata.len() {
                Ok(())
            } else {
                Err(io::Error::other("the file changed while it was copied"))
            }
        })
        .and_then(|()| target.set_permissions(metadata.permissions()))
        .and_then(|()| {
            metadata
                .modified()
                .and_then(|time| target.set_modified(time))
        })
        .and_then(|()| target.sync_all());
    if copied.is_err() {
        fs::remove_file(to)?;
    }
    copied
}

#[cfg(unix)]
pub(crate) fn link_new(leads_to: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(leads_to, at)
}

#[cfg(not(unix))]
pub(crate) fn link_new(_leads_to: &Path, _at: &Path) -> io::Result<()> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "links cannot be moved on this system",
    ))
}

/// Writes a new file and makes sure that it is on the disk.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes sure that a folder's names are on the disk, where the system can.
pub(crate) fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        // Some file systems cannot; the names get there later.
        let _ = folder.sync_all();
    }
}

/// SHA-256 of a file, hexadecimal.
pub(crate) fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
    }
    let digest = hasher.finalize();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}
