//! Walks targets: every regular file, in a stable order, without loops and without leaving the folder.
//!
//! Links to files are read, because model caches are made of them. Links to folders are not followed: a folder
//! inside the target is visited under its own name, one outside is none of our business and is reported.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use walkdir::{DirEntry, WalkDir};

use crate::exclude::{Exclude, VERSION_CONTROL};

/// What the system says about a file; equal stamps mean unchanged content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change of the content, nanoseconds since 1970.
    pub modified: u128,
    /// Time of the last change of content or metadata, nanoseconds since 1970; 0 where the system has none.
    pub changed: i128,
    /// Number of the file in its file system; 0 where the system has none.
    pub inode: u64,
}

impl Stamp {
    /// Reads the stamp from metadata.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        let modified = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let (changed, inode) = change_time_and_inode(metadata);
        let modified = modified.map_or(0, |age| age.as_nanos());
        Self {
            size: metadata.len(),
            modified,
            changed,
            inode,
        }
    }
}

#[cfg(unix)]
fn change_time_and_inode(metadata: &Metadata) -> (i128, u64) {
    use std::os::unix::fs::MetadataExt;
    let seconds = i128::from(metadata.ctime());
    (
        seconds * 1_000_000_000 + i128::from(metadata.ctime_nsec()),
        metadata.ino(),
    )
}

#[cfg(not(unix))]
fn change_time_and_inode(_metadata: &Metadata) -> (i128, u64) {
    (0, 0)
}

/// A file to be read.
#[derive(Debug, Clone)]
pub struct FoundFile {
    /// How reports name it: the target as written by the user and the path below it, with `/`.
    pub shown: String,
    /// How it is opened.
    pub path: PathBuf,
    /// What the system says about it.
    pub stamp: Stamp,
}

/// Something that was passed by, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// How reports name it.
    pub shown: String,
    /// Why it was not read, one line.
    pub reason: String,
    /// Whether somebody should know that it was not judged.
    pub leaves_incomplete: bool,
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Visit {
    /// Files, sorted by path.
    pub files: Vec<FoundFile>,
    /// What was passed by.
    pub passed: Vec<Passed>,
    /// Links that lead out of the target.
    pub links: Vec<Link>,
}

/// A link that leads out of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// How reports name it.
    pub shown: String,
    /// Where it leads, as it is written.
    pub target: String,
}

/// A target cannot be walked at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WalkError {
    /// The path does not exist.
    #[error("`{}` does not exist", .0.display())]
    Missing(PathBuf),
    /// The system refuses.
    #[error("cannot read `{}`", .path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Neither a file nor a folder.
    #[error("`{}` is neither a file nor a folder", .0.display())]
    NotAFile(PathBuf),
}

/// Finds every file below `target`, or the file it names; at most `limit` files.
///
/// `written` is the target as the user wrote it; the names of files begin with it.
///
/// # Errors
/// When the target itself cannot be read; trouble below it is part of the result.
pub fn walk(
    target: &Path,
    written: &str,
    exclude: &Exclude,
    limit: u64,
) -> Result<Visit, WalkError> {
    let metadata = std::fs::metadata(target).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => WalkError::Missing(target.to_owned()),
        _ => WalkError::Unreadable {
            path: target.to_owned(),
            source,
        },
    })?;
    if metadata.is_file() {
        let shown = shown_prefix(written).unwrap_or_else(|| ".".to_owned());
        let file = FoundFile {
            shown,
            path: target.to_owned(),
            stamp: Stamp::of(&metadata),
        };
        return Ok(Visit {
            files: vec![file],
            passed: Vec::new(),
            links: Vec::new(),
        });
    }
    if !metadata.is_dir() {
        return Err(WalkError::NotAFile(target.to_owned()));
    }
    std::fs::read_dir(target).map_err(|source| WalkError::Unreadable {
        path: target.to_owned(),
        source,
    })?;
    Ok(walk_folder(target, written, exclude, limit))
}

fn walk_folder(target: &Path, written: &str, exclude: &Exclude, limit: u64) -> Visit {
    let mut visit = Visit::default();
    let names = Names::new(target, written);
    let entries = WalkDir::new(target)
        .min_depth(1)
        .sort_by_file_name()
        .into_iter();
    let kept = entries.filter_entry(|entry| {
        let is_left_out = entry.file_type().is_dir() && exclude.is_left_out(entry.path());
        !is_version_control(entry)
            && !exclude.matches(&names.relative(entry.path()))
            && !is_left_out
    });
    for entry in kept {
        if visit.files.len() as u64 >= limit {
            let reason = format!("more than {limit} files; the rest was not read");
            visit.passed.push(Passed {
                shown: names.shown(target),
                reason,
                leaves_incomplete: true,
            });
            break;
        }
        match entry {
            Ok(entry) => visit_entry(&entry, &names, &mut visit),
            Err(error) => visit.passed.push(Passed {
                shown: names.shown(error.path().unwrap_or(target)),
                reason: error
                    .io_error()
                    .map_or_else(|| error.to_string(), |io| format!("cannot be read: {io}")),
                leaves_incomplete: true,
            }),
        }
    }
    visit
}

fn is_version_control(entry: &DirEntry) -> bool {
    entry.file_type().is_dir()
        && entry
            .file_name()
            .to_str()
            .is_some_and(|name| VERSION_CONTROL.contains(&name))
}

fn visit_entry(entry: &DirEntry, names: &Names, visit: &mut Visit) {
    if entry.file_type().is_dir() {
        return;
    }
    let shown = names.shown(entry.path());
    if entry.path_is_symlink() && names.is_outside(entry.path()) {
        let target = std::fs::read_link(entry.path());
        visit.links.push(Link {
            shown: shown.clone(),
            target: target.map_or_else(|_| String::new(), |target| slashed(&target)),
        });
    }
    let pass = |reason: String, leaves_incomplete| Passed {
        shown: shown.clone(),
        reason,
        leaves_incomplete,
    };
    match std::fs::metadata(entry.path()) {
        Ok(metadata) if metadata.is_file() => visit.files.push(FoundFile {
            shown,
            path: entry.path().to_owned(),
            stamp: Stamp::of(&metadata),
        }),
        Ok(metadata) if metadata.is_dir() => {
            if let Some(passed) = linked_folder(entry.path(), names, &pass) {
                visit.passed.push(passed);
            }
        }
        Ok(_) => visit.passed.push(pass(
            "not a regular file; it was not opened".to_owned(),
            false,
        )),
        Err(error) if entry.path_is_symlink() => {
            visit
                .passed
                .push(pass(format!("link leads nowhere: {error}"), false));
        }
        Err(error) => visit
            .passed
            .push(pass(format!("cannot be read: {error}"), true)),
    }
}

/// A link to a folder: quiet when the folder is visited anyway, reported when it lies outside.
fn linked_folder(
    path: &Path,
    names: &Names,
    pass: &dyn Fn(String, bool) -> Passed,
) -> Option<Passed> {
    let resolved = std::fs::canonicalize(path).ok()?;
    let inside = names
        .canonical
        .as_ref()
        .is_some_and(|root| resolved.starts_with(root));
    (!inside).then(|| {
        pass(
            "link to a folder outside the target was not followed".to_owned(),
            true,
        )
    })
}

/// How paths below a target are named.
struct Names {
    target: PathBuf,
    prefix: Option<String>,
    canonical: Option<PathBuf>,
}

impl Names {
    fn new(target: &Path, written: &str) -> Self {
        Self {
            target: target.to_owned(),
            prefix: shown_prefix(written),
            canonical: std::fs::canonicalize(target).ok(),
        }
    }

    /// Whether what a link means lies outside of the target; one that leads nowhere is judged by what it says.
    fn is_outside(&self, path: &Path) -> bool {
        match std::fs::canonicalize(path) {
            Ok(resolved) => self
                .canonical
                .as_ref()
                .is_some_and(|root| !resolved.starts_with(root)),
            Err(_) => std::fs::read_link(path).is_ok_and(|target| target.is_absolute()),
        }
    }

    fn relative(&self, path: &Path) -> String {
        slashed(path.strip_prefix(&self.target).unwrap_or(path))
    }

    fn shown(&self, path: &Path) -> String {
        let relative = self.relative(path);
        match &self.prefix {
            Some(prefix) if relative.is_empty() => prefix.clone(),
            Some(prefix) => format!("{}/{relative}", prefix.trim_end_matches('/')),
            None => relative,
        }
    }
}

/// The target as reports show it: without `./`, and nothing for the current folder.
fn shown_prefix(written: &str) -> Option<String> {
    let target = Path::new(written);
    let here = std::env::current_dir().ok();
    let inside = here.and_then(|here| target.strip_prefix(here).ok().map(Path::to_owned));
    let shown = slashed(&inside.unwrap_or_else(|| target.to_owned()));
    let shown = shown
        .strip_prefix("./")
        .unwrap_or(&shown)
        .trim_end_matches('/');
    match shown {
        "" if target.is_absolute() && target.parent().is_none() => Some("/".to_owned()),
        "" | "." => None,
        other => Some(other.to_owned()),
    }
}

fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace('\\', "/")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(visit: &Visit) -> Vec<String> {
        visit
            .files
            .iter()
            .map(|file| file.shown.rsplit('/').next().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn files_come_sorted_and_version_control_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join(".git/objects")).unwrap();
        fs::create_dir_all(folder.path().join("sub")).unwrap();
        for name in [".git/objects/x", "b.bin", "a.bin", "sub/c.bin", ".hidden"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let visit = walk(folder.path(), "", &Exclude::default(), 100).unwrap();
        assert_eq!(names(&visit), [".hidden", "a.bin", "b.bin", "c.bin"]);
        assert_eq!(visit.passed, []);
    }

    #[test]
    fn the_file_limit_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        for index in 0..5 {
            fs::write(folder.path().join(index.to_string()), "").unwrap();
        }
        let visit = walk(folder.path(), "", &Exclude::default(), 3).unwrap();
        assert_eq!(visit.files.len(), 3);
        assert!(visit.passed[0].leaves_incomplete);
    }

    #[test]
    fn a_missing_target_is_named() {
        let error = walk(Path::new("/no/such/place"), "", &Exclude::default(), 1).unwrap_err();
        assert_eq!(error.to_string(), "`/no/such/place` does not exist");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_read_but_never_lead_out_or_around() {
        use std::os::unix::fs::symlink;
        let outside = tempfile::tempdir().unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("blob"), "weights").unwrap();
        fs::create_dir(folder.path().join("sub")).unwrap();
        symlink(folder.path(), folder.path().join("sub/loop")).unwrap();
        symlink(outside.path(), folder.path().join("elsewhere")).unwrap();
        symlink(outside.path().join("blob"), folder.path().join("model.bin")).unwrap();
        symlink("nowhere", folder.path().join("dangling")).unwrap();
        let visit = walk(folder.path(), "", &Exclude::default(), 100).unwrap();
        assert_eq!(names(&visit), ["model.bin"]);
        let passed: Vec<_> = visit
            .passed
            .iter()
            .map(|passed| passed.shown.rsplit('/').next().unwrap())
            .collect();
        assert_eq!(passed, ["dangling", "elsewhere"]);
        assert!(visit.passed[1].leaves_incomplete);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_passed_by_and_never_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap();
        assert!(made.success());
        let visit = walk(folder.path(), "", &Exclude::default(), 100).unwrap();
        assert_eq!(visit.files.len(), 0);
        assert_eq!(visit.passed.len(), 1);
        assert!(crate::FileSource::open(&pipe).is_err());
    }
}
