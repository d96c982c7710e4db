//! Writing: everything of one call in one transaction.

use std::collections::{BTreeSet, HashMap};
use std::io::Write as _;
use std::path::Path;

use chainwright_core::package::Package;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use sha2::{Digest as _, Sha256};

use crate::codec;
use crate::error::InventoryError;
use crate::identity::Joining;
use crate::outline::{Node, key};
use crate::shelf::{Entry, Removal, StateId, Topology};

/// Writing failed, in SQLite or before.
pub(super) enum WriteError {
    Sqlite(rusqlite::Error),
    Own(InventoryError),
}

impl WriteError {
    pub(super) fn told(self, path: &Path) -> InventoryError {
        match self {
            Self::Sqlite(error) => super::told(&error, Some(path)),
            Self::Own(error) => error,
        }
    }
}

impl From<rusqlite::Error> for WriteError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<InventoryError> for WriteError {
    fn from(error: InventoryError) -> Self {
        Self::Own(error)
    }
}

/// An entry in the form in which it is written; made without holding the file.
struct Prepared<'a> {
    entry: &'a Entry,
    digest: [u8; 32],
    deflated: Vec<u8>,
    topology: Topology,
    topology_bytes: Vec<u8>,
    parts: Vec<u8>,
}

impl<'a> Prepared<'a> {
    fn of(entry: &'a Entry) -> Result<Self, InventoryError> {
        let failed = |error: std::io::Error| InventoryError::Damaged(error.to_string());
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&entry.document).map_err(failed)?;
        let topology = Topology::of(&entry.outline);
        Ok(Self {
            entry,
            digest: Sha256::digest(&entry.document).into(),
            deflated: encoder.finish().map_err(failed)?,
            topology_bytes: codec::write_topology(&topology)?,
            topology,
            parts: codec::write_nodes(&entry.outline.nodes)?,
        })
    }
}

/// Inserts a part by its source package.
const SOURCE: &str =
    "INSERT INTO source (name, version, state, node, joining) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT DO NOTHING";

pub(super) fn add(
    connection: &mut Connection,
    entries: &[Entry],
    recorded_at: i64,
) -> Result<Vec<StateId>, WriteError> {
    let prepared: Vec<Prepared<'_>> = entries
        .par_iter()
        .map(Prepared::of)
        .collect::<Result<_, _>>()?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut writer = Writer::new(&transaction);
    let mut ids = Vec::with_capacity(entries.len());
    let mut systems = BTreeSet::new();
    for each in &prepared {
        let system = writer.system(each.entry)?;
        if systems.contains(&system) {
            // An earlier entry of this call may be the latest of the system now.
            mark_current(&transaction, system)?;
        }
        let id = match writer.same(system, each)? {
            Some(id) => id,
            None => writer.state(system, each, recorded_at)?,
        };
        systems.insert(system);
        ids.push(id);
    }
    for system in systems {
        mark_current(&transaction, system)?;
    }
    transaction.commit()?;
    Ok(ids)
}

pub(super) fn remove(
    connection: &mut Connection,
    states: &[StateId],
    removal: Removal,
    recorded_at: i64,
) -> Result<(), WriteError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut systems: BTreeSet<i64> = BTreeSet::new();
    for id in states {
        let system = transaction
            .query_row("SELECT system FROM state WHERE id = ?1", [id.0], |row| {
                row.get(0)
            })
            .optional()?
            .ok_or_else(|| InventoryError::Damaged(format!("there is no state {}", id.0)))?;
        systems.insert(system);
        match removal {
            Removal::Ended(at) => {
                let sql = "UPDATE state SET ended_at = ?2, ended_recorded_at = ?3 WHERE id = ?1 AND ended_at IS NULL";
                transaction.execute(sql, params![id.0, at, recorded_at])?;
            }
            Removal::Purged => purge(&transaction, *id)?,
        }
    }
    for system in systems {
        mark_current(&transaction, system)?;
    }
    transaction.execute(
        "DELETE FROM system WHERE id NOT IN (SELECT system FROM state)",
        [],
    )?;
    transaction.execute(
        "DELETE FROM document WHERE digest NOT IN (SELECT document FROM state)",
        [],
    )?;
    transaction.commit()?;
    Ok(())
}

fn purge(transaction: &Transaction<'_>, id: StateId) -> Result<(), rusqlite::Error> {
    for table in [
        "topology",
        "parts",
        "package",
        "source",
        "digest",
        "licence",
        "identity",
        "statement",
    ] {
        transaction.execute(&format!("DELETE FROM {table} WHERE state = ?1"), [id.0])?;
    }
    transaction.execute("DELETE FROM state WHERE id = ?1", [id.0])?;
    Ok(())
}

/// The state that began last and has not ended is the current one of its system.
fn mark_current(transaction: &Transaction<'_>, system: i64) -> Result<(), rusqlite::Error> {
    let sql = "UPDATE state SET is_current = (id IS (SELECT id FROM state WHERE system = ?1 AND ended_at IS NULL
        ORDER BY valid_from DESC, recorded_at DESC, id DESC LIMIT 1)) WHERE system = ?1";
    transaction.prepare_cached(sql)?.execute([system])?;
    Ok(())
}

pub(super) struct Writer<'a> {
    transaction: &'a Transaction<'a>,
    names: HashMap<(String, &'static str, String), i64>,
    terms: HashMap<String, i64>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(transaction: &'a Transaction<'a>) -> Self {
        Self {
            transaction,
            names: HashMap::new(),
            terms: HashMap::new(),
        }
    }

    /// Writes down by which source packages the parts of a state are found.
    pub(super) fn sources(
        &mut self,
        id: i64,
        nodes: &[Node],
        sources: &[(u32, Package)],
    ) -> Result<(), rusqlite::Error> {
        for (node, source) in sources {
            let part = nodes.get(*node as usize);
            let joining = part.map_or(Joining::Never, Node::joining).by_source();
            let version = source.version.as_deref().unwrap_or_default();
            let name = self.number(source)?;
            self.put(SOURCE, params![name, version, id, node, joining.code()])?;
        }
        Ok(())
    }
}

impl Writer<'_> {
    fn system(&self, entry: &Entry) -> Result<i64, rusqlite::Error> {
        let insert =
            "INSERT INTO system (name, environment) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        self.transaction
            .prepare_cached(insert)?
            .execute(params![entry.name, entry.environment])?;
        let select = "SELECT id FROM system WHERE name = ?1 AND environment = ?2";
        let named = params![entry.name, entry.environment];
        self.transaction
            .prepare_cached(select)?
            .query_row(named, |row| row.get(0))
    }

    /// The current state of the system, if it is this one.
    fn same(&self, system: i64, each: &Prepared<'_>) -> Result<Option<StateId>, rusqlite::Error> {
        let sql = "SELECT id FROM state WHERE system = ?1 AND is_current AND version = ?2 AND document = ?3";
        let parameters = params![system, each.entry.version, each.digest.as_slice()];
        self.transaction
            .prepare_cached(sql)?
            .query_row(parameters, |row| Ok(StateId(row.get(0)?)))
            .optional()
    }

    fn state(
        &mut self,
        system: i64,
        each: &Prepared<'_>,
        recorded_at: i64,
    ) -> Result<StateId, rusqlite::Error> {
        let entry = each.entry;
        let size = i64::try_from(entry.document.len()).unwrap_or(i64::MAX);
        let document = "INSERT INTO document (digest, size, deflated) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        self.transaction.prepare_cached(document)?.execute(params![
            each.digest.as_slice(),
            size,
            each.deflated
        ])?;
        let state = "INSERT INTO state (system, version, origin, format, document, valid_from, recorded_at, components,
            is_current, is_deployed, is_plain) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, ?9, ?10)";
        let id = self.transaction.prepare_cached(state)?.insert(params![
            system,
            entry.version,
            entry.origin,
            entry.format,
            each.digest.as_slice(),
            entry.valid_from,
            recorded_at,
            each.topology.nodes,
            !entry.environment.is_empty(),
            each.topology.is_connected()
        ])?;
        self.put(
            "INSERT INTO topology (state, bytes) VALUES (?1, ?2)",
            params![id, each.topology_bytes],
        )?;
        self.put(
            "INSERT INTO parts (state, bytes) VALUES (?1, ?2)",
            params![id, each.parts],
        )?;
        self.parts(id, entry)?;
        self.names_elsewhere(id, each, entry)?;
        Ok(StateId(id))
    }

    fn parts(&mut self, id: i64, entry: &Entry) -> Result<(), rusqlite::Error> {
        for (node, each) in (0_u32..).zip(&entry.outline.nodes) {
            let package = &each.package;
            let joining = each.joining().code();
            let name = self.number(package)?;
            let version = package.version.as_deref().unwrap_or_default();
            let sql = "INSERT INTO package (name, version, state, node, joining) VALUES (?1, ?2, ?3, ?4, ?5)";
            self.put(sql, params![name, version, id, node, joining])?;
            for digest in &each.digests {
                let sql =
                    "INSERT INTO digest (sha256, state, node, joining) VALUES (?1, ?2, ?3, ?4)";
                self.put(sql, params![digest.as_slice(), id, node, joining])?;
            }
            for term in &each.licences {
                let term = self.term(term)?;
                self.put(
                    "INSERT INTO licence (term, state, node, joining) VALUES (?1, ?2, ?3, ?4)",
                    params![term, id, node, joining],
                )?;
            }
        }
        self.sources(id, &entry.outline.nodes, &entry.outline.sources)
    }

    /// The number of a package's name.
    fn number(&mut self, package: &Package) -> Result<i64, rusqlite::Error> {
        let key = (
            key(package.ecosystem, &package.name),
            package.ecosystem.purl_type(),
            package.distribution.clone(),
        );
        if let Some(number) = self.names.get(&key) {
            return Ok(*number);
        }
        let number = self.name(&key)?;
        self.names.insert(key, number);
        Ok(number)
    }

    fn names_elsewhere(
        &self,
        id: i64,
        each: &Prepared<'_>,
        entry: &Entry,
    ) -> Result<(), rusqlite::Error> {
        for joint in &each.topology.joints {
            for key in &joint.keys {
                let sql = "INSERT INTO identity (key, state, node, has_version, joining, is_holder)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
                let node = entry.outline.nodes.get(joint.node as usize);
                let joining = node.map_or(Joining::Never, Node::joining).code();
                let is_holder = each.topology.is_holder(joint.node);
                self.put(
                    sql,
                    params![key, id, joint.node, joint.has_version, joining, is_holder],
                )?;
                self.meet(id, key, is_holder)?;
            }
        }
        for statement in &entry.outline.statements {
            for name in &statement.names {
                let sql = "INSERT INTO statement (vulnerability, state, node, is_settled, reason)
                    VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
                self.put(
                    sql,
                    params![
                        name,
                        id,
                        statement.node,
                        statement.is_settled,
                        statement.reason
                    ],
                )?;
            }
        }
        Ok(())
    }

    /// States that know the same name are not plain any more, where something hangs below it.
    fn meet(&self, id: i64, key: &str, is_holder: bool) -> Result<(), rusqlite::Error> {
        let others = "SELECT EXISTS (SELECT 1 FROM identity WHERE key = ?1 AND state <> ?2)";
        let is_known: bool = self
            .transaction
            .prepare_cached(others)?
            .query_row(params![key, id], |row| row.get(0))?;
        if !is_known {
            return Ok(());
        }
        if is_holder {
            self.put("UPDATE state SET is_plain = 0 WHERE id = ?1", [id])?;
        }
        let holders = "UPDATE state SET is_plain = 0 WHERE is_plain AND id IN
            (SELECT state FROM identity INDEXED BY holder WHERE key = ?1 AND is_holder AND state <> ?2)";
        self.put(holders, params![key, id])
    }

    fn put(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<(), rusqlite::Error> {
        self.transaction.prepare_cached(sql)?.execute(parameters)?;
        Ok(())
    }

    fn name(
        &self,
        (key, ecosystem, distribution): &(String, &'static str, String),
    ) -> Result<i64, rusqlite::Error> {
        let insert = "INSERT INTO name (key, ecosystem, distribution) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        self.put(insert, params![key, ecosystem, distribution])?;
        let select = "SELECT id FROM name WHERE key = ?1 AND ecosystem = ?2 AND distribution = ?3";
        let named = params![key, ecosystem, distribution];
        self.transaction
            .prepare_cached(select)?
            .query_row(named, |row| row.get(0))
    }

    fn term(&mut self, text: &str) -> Result<i64, rusqlite::Error> {
        if let Some(id) = self.terms.get(text) {
            return Ok(*id);
        }
        self.put(
            "INSERT INTO term (text) VALUES (?1) ON CONFLICT DO NOTHING",
            [text],
        )?;
        let select = "SELECT id FROM term WHERE text = ?1";
        let id = self
            .transaction
            .prepare_cached(select)?
            .query_row([text], |row| row.get(0))?;
        self.terms.insert(text.to_owned(), id);
        Ok(id)
    }
}
