//! CSAF 2.0 (OASIS, section 3.2): products of a tree, their status for each vulnerability, and why.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    Document, Form, Identity, MAX_PRODUCTS, MAX_STATEMENTS, Product, Statement, Status, is_sha256,
    list, sha256, text,
};
use crate::date::seconds;

/// LIMIT: nodes of the product tree that are visited.
const MAX_NODES: usize = 1_000_000;

pub(super) fn recognise(value: &Value) -> bool {
    value
        .get("document")
        .is_some_and(|document| document.get("csaf_version").is_some())
}

pub(super) fn read(value: &Value) -> Document {
    let about = value.get("document").unwrap_or(&Value::Null);
    let author = about
        .get("publisher")
        .map(|publisher| text(publisher, "name"))
        .unwrap_or_default();
    let tracking = about.get("tracking").unwrap_or(&Value::Null);
    let made = seconds(&text(tracking, "current_release_date"));
    let tree = Tree::read(value.get("product_tree").unwrap_or(&Value::Null));
    let mut document = Document::new(Form::Csaf, author.clone());
    for one in list(value, "vulnerabilities") {
        let mut names = vec![text(one, "cve")];
        names.extend(list(one, "ids").iter().map(|id| text(id, "text")));
        names.retain(|name| !name.is_empty());
        let said = |place: &str, id: &str, key: &str| tree.said(list(one, place), id, key);
        for (group, status) in [
            ("known_not_affected", Status::NotAffected),
            ("fixed", Status::Fixed),
            ("first_fixed", Status::Fixed),
            ("known_affected", Status::Affected),
            ("first_affected", Status::Affected),
            ("last_affected", Status::Affected),
            ("under_investigation", Status::UnderInvestigation),
        ] {
            let products = one
                .get("product_status")
                .map_or(&[][..], |status| list(status, group));
            for id in products.iter().filter_map(Value::as_str).take(MAX_PRODUCTS) {
                if document.statements.len() >= MAX_STATEMENTS {
                    document
                        .rejected
                        .push("there are more statements than are read".to_owned());
                    return document;
                }
                let flagged = said("flags", id, "label");
                let dated = seconds(&said("flags", id, "date"));
                document.statements.push(Statement {
                    vulnerability: names.clone(),
                    products: vec![tree.product(id)],
                    status,
                    justification: flagged,
                    impact: said("threats", id, "details"),
                    action: said("remediations", id, "details"),
                    at: dated.or(made),
                    author: author.clone(),
                });
            }
        }
    }
    document
}

/// The products of a document.
#[derive(Default)]
struct Tree {
    products: HashMap<String, Identity>,
    /// A product that is a part of another: part and whole.
    relations: HashMap<String, (String, String)>,
    groups: HashMap<String, Vec<String>>,
}

impl Tree {
    fn read(value: &Value) -> Self {
        let mut tree = Self::default();
        let mut stack: Vec<&Value> = list(value, "branches").iter().collect();
        let mut visited: usize = 0;
        while let Some(branch) = stack.pop() {
            visited = visited.saturating_add(1);
            if visited > MAX_NODES {
                break;
            }
            if let Some(product) = branch.get("product") {
                tree.add(product);
            }
            stack.extend(list(branch, "branches"));
        }
        for product in list(value, "full_product_names").iter().take(MAX_NODES) {
            tree.add(product);
        }
        for relation in list(value, "relationships").iter().take(MAX_NODES) {
            let Some(product) = relation.get("full_product_name") else {
                continue;
            };
            tree.add(product);
            let part = text(relation, "product_reference");
            let whole = text(relation, "relates_to_product_reference");
            tree.relations
                .insert(text(product, "product_id"), (part, whole));
        }
        for group in list(value, "product_groups").iter().take(MAX_NODES) {
            let ids = list(group, "product_ids")
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned);
            tree.groups.insert(text(group, "group_id"), ids.collect());
        }
        tree
    }

    fn add(&mut self, product: &Value) {
        let helper = product
            .get("product_identification_helper")
            .unwrap_or(&Value::Null);
        let purls = std::iter::once(text(helper, "purl")).chain(
            // CSAF 2.1 has a list.
            list(helper, "purls")
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned),
        );
        let hashes = list(helper, "hashes")
            .iter()
            .flat_map(|hash| list(hash, "file_hashes"));
        let identity = Identity {
            names: purls.filter(|purl| !purl.is_empty()).collect(),
            sha256: hashes
                .filter(|hash| is_sha256(&text(hash, "algorithm")))
                .filter_map(|hash| sha256(&text(hash, "value")))
                .collect(),
        };
        self.products.insert(text(product, "product_id"), identity);
    }

    /// A product by its id; a part of another product if a relationship says so.
    fn product(&self, id: &str) -> Product {
        let identity = |id: &str| {
            let mut identity = self.products.get(id).cloned().unwrap_or_default();
            identity.names.push(id.to_owned());
            identity
        };
        match self.relations.get(id) {
            Some((part, whole)) => Product {
                identity: identity(whole),
                parts: vec![identity(part)],
            },
            None => Product {
                identity: identity(id),
                parts: Vec::new(),
            },
        }
    }

    /// What a list of notes says about a product; notes without products are about all.
    fn said(&self, notes: &[Value], id: &str, key: &str) -> String {
        let about = |note: &&Value| {
            let ids = list(note, "product_ids");
            let groups = list(note, "group_ids");
            let direct = ids.iter().any(|one| one.as_str() == Some(id));
            let grouped = groups
                .iter()
                .filter_map(|group| self.groups.get(group.as_str()?))
                .any(|members| members.iter().any(|member| member == id));
            direct || grouped || (ids.is_empty() && groups.is_empty())
        };
        notes
            .iter()
            .find(about)
            .map(|note| text(note, key))
            .unwrap_or_default()
    }
}
