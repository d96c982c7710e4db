//! Every storage passes the same suite.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chainwright_ledger::suite::{self, Open};
use chainwright_ledger::{
    Bucket, Condition, Directory, Objects, PutError, Sqlite, Storage, StorageError,
};

/// A bucket in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<String, (Vec<u8>, u64)>,
    clock: u64,
    /// After so many further operations every one fails.
    left: Option<u64>,
}

impl Shelf {
    pub(crate) fn fail_after(&self, operations: Option<u64>) {
        self.0.lock().unwrap().left = operations;
    }

    fn spend(&self) -> Result<(), StorageError> {
        let mut state = self.0.lock().unwrap();
        match &mut state.left {
            Some(0) => Err(StorageError::Service {
                action: "reach",
                path: String::new(),
                source: "gone".into(),
            }),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Bucket for Shelf {
    fn get(&self, path: &str) -> Result<Option<(Vec<u8>, String)>, StorageError> {
        self.spend()?;
        let state = self.0.lock().unwrap();
        Ok(state
            .objects
            .get(path)
            .map(|(bytes, version)| (bytes.clone(), version.to_string())))
    }

    fn put(&self, path: &str, bytes: &[u8], condition: &Condition) -> Result<(), PutError> {
        self.spend()?;
        let mut state = self.0.lock().unwrap();
        let version = state
            .objects
            .get(path)
            .map(|(_, version)| version.to_string());
        let holds = match condition {
            Condition::Always => true,
            Condition::IfAbsent => version.is_none(),
            Condition::IfVersion(wanted) => version.as_ref() == Some(wanted),
        };
        if !holds {
            return Err(PutError::Changed);
        }
        state.clock += 1;
        let clock = state.clock;
        state
            .objects
            .insert(path.to_owned(), (bytes.to_vec(), clock));
        Ok(())
    }

    fn remove(&self, path: &str) -> Result<(), StorageError> {
        self.spend()?;
        self.0.lock().unwrap().objects.remove(path);
        Ok(())
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        self.spend()?;
        let state = self.0.lock().unwrap();
        Ok(state
            .objects
            .keys()
            .filter(|path| path.starts_with(prefix))
            .cloned()
            .collect())
    }
}

fn on_every_storage(test: fn(Open<'_>)) {
    let folder = tempfile::tempdir().unwrap();
    test(&|| Box::new(Directory::new(&folder.path().join("a/log"))) as Box<dyn Storage>);
    test(&|| {
        Box::new(Sqlite::open(&folder.path().join("log.sqlite")).unwrap()) as Box<dyn Storage>
    });
    let shelf = Shelf::default();
    test(&|| Box::new(Objects::new(shelf.clone())) as Box<dyn Storage>);
}

#[test]
fn logs_grow() {
    on_every_storage(suite::grows);
}

#[test]
fn checkpoints_take_signatures() {
    on_every_storage(suite::takes_signatures);
}

#[test]
fn wrong_keys_and_older_states_are_refused() {
    on_every_storage(suite::refuses);
}

#[test]
fn writers_take_turns() {
    on_every_storage(suite::is_shared);
}

#[test]
fn big_envelopes_lie_beside() {
    on_every_storage(suite::keeps_what_is_beside);
}
