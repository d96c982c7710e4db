//! Goes through a history once: its main line, its tags, and every file that any commit ever held.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_formats::lfs;
use chainwright_repository::secrets;

use crate::facts::{Bounds, Commit, History, Moved, PastSecret, Pointer, Tag, is_weights};
use crate::id::ObjectId;
use crate::objects::{CommitText, EntryKind, Kind, commit, tag};
use crate::place::{Found, find};
use crate::refs::Refs;
use crate::store::{Store, Trouble};
use crate::trees::{Steps, changed, files, join, list};

/// LIMIT: weight files that are named of one commit.
const MOST_WEIGHTS: usize = 32;
/// LIMIT: credentials that are kept.
const MOST_SECRETS: usize = 200;
/// LIMIT: bytes of a file whose ending tells nothing.
const ANY_TEXT: u64 = 1 << 20;
/// Bytes in which a zero makes a file no text, as git decides it.
const LOOKED_AT: usize = 8000;
/// Steps from a tag to its commit.
const MAX_PEEL: usize = 8;
/// Bytes of a pointer.
const POINTER: u64 = 1024;

/// Reads the history of the repository at `target`; `None` if there is none. `stop` is asked now and then.
#[must_use]
pub fn read(target: &Path, bounds: &Bounds, stop: &dyn Fn() -> bool) -> Option<History> {
    let folder = match find(target) {
        Found::Nothing => return None,
        Found::Elsewhere => return Some(elsewhere(".git leads elsewhere, which is not followed")),
        Found::Folder(folder) => folder,
    };
    let refs = Refs::open(&folder);
    let Some(head) = refs.head() else {
        let config = folder.text("config", 1 << 20).unwrap_or_default();
        let config = config.to_lowercase();
        if config.contains("reftable") || config.contains("sha256") {
            return Some(elsewhere("the repository is of a form that is not read"));
        }
        return folder.has("HEAD").then(History::default);
    };
    let mut survey = Survey {
        store: Store::open(&folder, bounds),
        steps: Steps(bounds.entries),
        refs,
        bounds,
        stop,
        shallow: BTreeSet::new(),
        history: History::default(),
        troubles: BTreeMap::new(),
    };
    if folder.has("objects/info/alternates") {
        survey.trouble(Trouble::Broken(
            "objects lie in another repository, which is not followed",
        ));
    }
    survey.run(head);
    Some(survey.finish())
}

fn elsewhere(reason: &str) -> History {
    History {
        problems: vec![Problem::new(ProblemKind::Unsupported, Place::Whole, reason)],
        ..History::default()
    }
}

struct Survey<'a> {
    store: Store<'a>,
    steps: Steps,
    refs: Refs<'a>,
    bounds: &'a Bounds,
    stop: &'a dyn Fn() -> bool,
    shallow: BTreeSet<ObjectId>,
    history: History,
    troubles: BTreeMap<String, (ProblemKind, u64)>,
}

impl Survey<'_> {
    fn run(&mut self, head: ObjectId) {
        if let Some(shallow) = self.refs.shallow() {
            self.history.is_shallow = true;
            self.shallow.extend(shallow);
        }
        for trouble in std::mem::take(&mut self.store.troubles) {
            self.trouble(trouble);
        }
        let Some(newest) = self.commit(&head) else {
            return;
        };
        self.history.head = Some(head.to_string());
        self.walk_line(head);
        let weights = self.weights(newest.tree);
        self.pointers(newest.tree);
        self.history.forced = self.refs.forced(self.bounds.tags);
        let tags = self.refs.tags(self.bounds.tags);
        let mut roots = vec![head];
        for (name, id) in tags {
            if let Some((tag, commit)) = self.tag(&name, id, weights.as_ref()) {
                self.history.tags.push(tag);
                roots.push(commit);
            }
        }
        self.search(roots);
    }

    fn trouble(&mut self, trouble: Trouble) {
        let kind = match trouble {
            Trouble::Missing => ProblemKind::Unreadable,
            Trouble::Broken(_) => ProblemKind::Malformed,
            Trouble::TooLarge | Trouble::Spent => ProblemKind::LimitReached,
        };
        let entry = self.troubles.entry(trouble.to_string());
        let (_, count) = entry.or_insert((kind, 0));
        *count = count.saturating_add(1);
    }

    /// What is there, or nothing and a note.
    fn noted<T>(&mut self, result: Result<T, Trouble>) -> Option<T> {
        match result {
            Ok(found) => Some(found),
            Err(trouble) => {
                self.trouble(trouble);
                None
            }
        }
    }

    fn is_stopped(&mut self) -> bool {
        let is_stopped = (self.stop)();
        if is_stopped {
            self.trouble(Trouble::Spent);
        }
        is_stopped
    }

    fn commit(&mut self, id: &ObjectId) -> Option<CommitText> {
        let read = self.store.get(id, 1 << 20).and_then(|object| {
            let read = (object.kind == Kind::Commit).then(|| commit(&object.bytes));
            read.flatten()
                .ok_or(Trouble::Broken("what should be a commit is none"))
        });
        self.noted(read)
    }

    /// The first parents, newest first.
    fn walk_line(&mut self, head: ObjectId) {
        let mut next = Some(head);
        while let Some(id) = next {
            if self.history.line.len() >= self.bounds.line || self.is_stopped() {
                return;
            }
            let Some(text) = self.commit(&id) else { return };
            let is_cut = self.shallow.contains(&id);
            next = text.parents.first().copied().filter(|_| !is_cut);
            let before = next.and_then(|parent| self.commit(&parent));
            let is_seen = !is_cut && (before.is_some() || next.is_none());
            let mut told = Commit {
                id: id.to_string(),
                parents: text.parents.len(),
                author: text.author,
                committer: text.committer,
                subject: text.subject,
                is_signed: text.is_signed,
                weights: Vec::new(),
                changes_documents: false,
            };
            if is_seen {
                let before = before.map(|before| before.tree);
                let paths = changed(&mut self.store, before, text.tree, &mut self.steps);
                let paths = self.noted(paths).unwrap_or_default();
                told.changes_documents = paths.iter().any(|path| is_document(path));
                told.weights = paths.into_iter().filter(|path| is_weights(path)).collect();
                told.weights.truncate(MOST_WEIGHTS);
            }
            self.history.line.push(told);
            if next.is_none() {
                self.history.is_whole_line = !is_cut;
            }
        }
    }

    fn weights(&mut self, tree: ObjectId) -> Option<BTreeMap<String, ObjectId>> {
        let found = files(&mut self.store, tree, &mut self.steps, &is_weights);
        self.noted(found)
    }

    fn pointers(&mut self, tree: ObjectId) {
        let all = files(&mut self.store, tree, &mut self.steps, &|_| true);
        for (path, id) in self.noted(all).unwrap_or_default() {
            let Ok(object) = self.store.get(&id, POINTER) else {
                continue;
            };
            let Some(pointer) = lfs::read(&object.bytes) else {
                continue;
            };
            if let Some(sha256) = pointer.sha256 {
                let size = pointer.size;
                self.history.pointers.push(Pointer { path, sha256, size });
            }
        }
    }

    fn tag(
        &mut self,
        name: &str,
        id: ObjectId,
        of_head: Option<&BTreeMap<String, ObjectId>>,
    ) -> Option<(Tag, ObjectId)> {
        let (commit_id, is_signed, own_name) = self.peel(id)?;
        let text = self.commit(&commit_id)?;
        let weights = self.weights(text.tree);
        let moved = self.refs.moved_from(name).and_then(|from| {
            let (from, ..) = self.peel(from)?;
            let old = self.commit(&from)?;
            let old = self.weights(old.tree)?;
            let now = weights.as_ref()?;
            let replaced = old.iter().filter(|(path, id)| now.get(*path) != Some(*id));
            (from != commit_id).then(|| Moved {
                from: from.to_string(),
                weights: old.len(),
                replaced: replaced.count(),
            })
        });
        let tag = Tag {
            name: name.to_owned(),
            commit: commit_id.to_string(),
            is_signed,
            other_name: own_name.filter(|own| own != name),
            has_weights_of_head: weights.is_some() && weights.as_ref() == of_head,
            moved,
        };
        Some((tag, commit_id))
    }

    /// The commit behind a tag, whether the tag is signed, and the name that it gives itself.
    fn peel(&mut self, mut id: ObjectId) -> Option<(ObjectId, bool, Option<String>)> {
        let (mut is_signed, mut own_name) = (false, None);
        for _ in 0..MAX_PEEL {
            let object = self.store.get(&id, 1 << 20);
            let object = self.noted(object)?;
            match object.kind {
                Kind::Commit => return Some((id, is_signed, own_name)),
                Kind::Tag => {
                    let text = tag(&object.bytes)?;
                    is_signed |= text.is_signed;
                    own_name.get_or_insert(text.name);
                    id = text.object;
                }
                // A tag may name a file or a folder; such a one is no release.
                Kind::Tree | Kind::Blob => return None,
            }
        }
        None
    }

    /// Searches every file of every commit that the roots lead to, each content once.
    fn search(&mut self, mut waiting: Vec<ObjectId>) {
        waiting.reverse();
        let mut commits = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut found = BTreeMap::new();
        while let Some(id) = waiting.pop() {
            if !commits.insert(id) {
                continue;
            }
            if commits.len() > self.bounds.commits || self.is_stopped() {
                self.trouble(Trouble::Spent);
                break;
            }
            let Some(text) = self.commit(&id) else {
                continue;
            };
            self.history.searched = self.history.searched.saturating_add(1);
            if !self.shallow.contains(&id) {
                waiting.extend(text.parents.iter().rev());
            }
            if !self.search_tree(id, text.tree, &mut seen, &mut found) {
                break;
            }
        }
        self.history.secrets = found.into_values().collect();
    }

    /// Searches the files of a commit that no other one held before; whether there is anything left to spend.
    fn search_tree(
        &mut self,
        commit: ObjectId,
        tree: ObjectId,
        seen: &mut BTreeSet<ObjectId>,
        found: &mut BTreeMap<(String, String, String), PastSecret>,
    ) -> bool {
        let mut waiting = vec![(String::new(), tree)];
        while let Some((folder, id)) = waiting.pop() {
            if !seen.insert(id) {
                continue;
            }
            let listed = list(&mut self.store, &id);
            for entry in self.noted(listed).unwrap_or_default() {
                if let Err(trouble) = self.steps.take() {
                    self.trouble(trouble);
                    return false;
                }
                let path = join(&folder, &entry.name);
                match entry.kind {
                    EntryKind::Tree => waiting.push((path, entry.id)),
                    EntryKind::File if seen.insert(entry.id) => {
                        if !self.search_file(commit, &path, entry.id, found) {
                            return false;
                        }
                    }
                    EntryKind::File | EntryKind::Other => {}
                }
            }
        }
        true
    }

    fn search_file(
        &mut self,
        commit: ObjectId,
        path: &str,
        id: ObjectId,
        found: &mut BTreeMap<(String, String, String), PastSecret>,
    ) -> bool {
        let is_text = is_text(path);
        let most = if is_text { u64::MAX } else { ANY_TEXT };
        let object = match self.store.get(&id, most) {
            Ok(object) => object,
            Err(Trouble::TooLarge) if !is_text => return true,
            Err(trouble) => {
                self.trouble(trouble);
                return trouble != Trouble::Spent;
            }
        };
        let front = object.bytes.get(..LOOKED_AT).unwrap_or(&object.bytes);
        if object.kind != Kind::Blob || front.contains(&0) {
            return true;
        }
        let text = String::from_utf8_lossy(&object.bytes);
        for hit in secrets::find(&text) {
            if found.len() >= MOST_SECRETS {
                return true;
            }
            let key = (path.to_owned(), hit.pattern.clone(), hit.shown.clone());
            found.entry(key).or_insert_with(|| PastSecret {
                path: path.to_owned(),
                commit: commit.to_string(),
                hit,
            });
        }
        true
    }

    fn finish(mut self) -> History {
        let problems = self.troubles.into_iter().map(|(detail, (kind, count))| {
            let detail = if count > 1 {
                format!("{detail} ({count} times)")
            } else {
                detail
            };
            Problem::new(kind, Place::Whole, detail)
        });
        self.history.problems = problems.collect();
        self.history
    }
}

/// Whether a file tells people about the repository.
fn is_document(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let stem = name.split('.').next().unwrap_or_default();
    matches!(
        stem,
        "readme" | "changelog" | "changes" | "history" | "news" | "release_notes"
    ) || name.ends_with(".md")
        || name.ends_with(".rst")
}

/// Whether a file of this name is text, however large.
fn is_text(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    matches!(
        ending,
        "" | "json"
            | "jsonl"
            | "md"
            | "txt"
            | "py"
            | "yaml"
            | "yml"
            | "toml"
            | "ini"
            | "cfg"
            | "conf"
            | "env"
            | "ipynb"
            | "sh"
            | "log"
            | "csv"
            | "xml"
            | "html"
            | "pem"
            | "key"
    )
}
