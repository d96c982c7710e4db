//! Lineage of models: `https://github.com/chainwright/chainwright/predicates/lineage/v1`, described in
//! `docs/predicates.md`.

use serde_json::{Map, Value, json};

use super::Malformed;
use crate::descriptor::Descriptor;
use crate::json::needed;

/// What a model was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Lineage {
    /// At least one parent.
    pub parents: Vec<Parent>,
}

/// One thing that a model was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Parent {
    /// How.
    pub relation: Relation,
    /// From what; it must bear a digest.
    pub resource: Descriptor,
    /// Whether the maker saw it in the weights (`verified`) or was told (`declared`).
    pub is_verified: bool,
}

/// How a model comes from another, or from data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// All its weights went on learning.
    Finetune,
    /// It is an adapter for it.
    Adapter,
    /// It is one of several that were merged.
    Merge,
    /// The same in fewer bits.
    Quantized,
    /// It was the teacher.
    Distilled,
    /// It is data that was learnt from.
    TrainedOn,
}

impl Relation {
    /// Every relation.
    pub const ALL: [Self; 6] = [
        Self::Finetune,
        Self::Adapter,
        Self::Merge,
        Self::Quantized,
        Self::Distilled,
        Self::TrainedOn,
    ];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finetune => "finetune",
            Self::Adapter => "adapter",
            Self::Merge => "merge",
            Self::Quantized => "quantized",
            Self::Distilled => "distilled",
            Self::TrainedOn => "trained_on",
        }
    }

    /// The relation of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|relation| relation.as_str() == word)
    }
}

impl Lineage {
    /// Reads a predicate.
    ///
    /// # Errors
    /// When there is no parent, one bears no digest, or a field has the wrong type.
    pub fn read(predicate: &Value) -> Result<Self, Malformed> {
        let top = predicate
            .as_object()
            .ok_or(Malformed::NotAnObject("predicate"))?;
        let items = match top.get("parents") {
            Some(Value::Array(items)) if !items.is_empty() => items,
            Some(Value::Array(_)) | None | Some(Value::Null) => {
                return Err(Malformed::Missing("parents"));
            }
            Some(_) => return Err(Malformed::NotAList("parents")),
        };
        let parents = items.iter().map(Parent::read);
        Ok(Self {
            parents: parents.collect::<Result<_, _>>()?,
        })
    }

    /// The predicate.
    #[must_use]
    pub fn write(&self) -> Value {
        let parents: Vec<Value> = self.parents.iter().map(Parent::write).collect();
        json!({"parents": parents})
    }
}

impl Parent {
    fn read(value: &Value) -> Result<Self, Malformed> {
        let item = value.as_object().ok_or(Malformed::NotAnObject("parents"))?;
        let relation = Relation::of(&needed(item, "relation", "relation")?)
            .ok_or(Malformed::Unknown("relation"))?;
        let resource = item.get("resource").ok_or(Malformed::Missing("resource"))?;
        let resource = Descriptor::read(resource, "resource")?;
        if resource.digests.is_empty() {
            return Err(Malformed::Missing("resource.digest"));
        }
        let is_verified = match needed(item, "evidence", "evidence")?.as_str() {
            "verified" => true,
            "declared" => false,
            _ => return Err(Malformed::Unknown("evidence")),
        };
        Ok(Self {
            relation,
            resource,
            is_verified,
        })
    }

    fn write(&self) -> Value {
        let evidence = if self.is_verified {
            "verified"
        } else {
            "declared"
        };
        let mut item = Map::new();
        item.insert("relation".to_owned(), json!(self.relation.as_str()));
        item.insert("resource".to_owned(), self.resource.write());
        item.insert("evidence".to_owned(), json!(evidence));
        Value::Object(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lineage_survives_a_round_trip_and_parents_bear_digests() {
        let mut value = json!({"parents": [{
            "relation": "quantized", "evidence": "verified",
            "resource": {"uri": "pkg:huggingface/acme/bot@aa", "digest": {"sha256": "bb"}},
        }]});
        assert_eq!(Lineage::read(&value).unwrap().write(), value);
        value["parents"][0]["resource"]
            .as_object_mut()
            .unwrap()
            .remove("digest");
        assert_eq!(
            Lineage::read(&value),
            Err(Malformed::Missing("resource.digest"))
        );
    }
}
