//! Cutting a part of a document down to what a version of the specification knows.

use serde_json::Value as Json;

use super::wrong;
use crate::cyclonedx::SpecVersion;
use crate::cyclonedx::shape::{FieldShape, Shape, table};
use crate::json::Object;
use crate::licence;

/// The value of a field without what the version does not know; none if nothing valid is left of it.
pub(in crate::cyclonedx) fn fitted(
    key: &str,
    value: &Json,
    field: &FieldShape,
    version: SpecVersion,
) -> Option<Json> {
    if !(field.since..=field.until).contains(&version) {
        return None;
    }
    let value = shaped(value, &field.shape, version)?;
    let is_mixed = key == "licenses"
        && version < SpecVersion::V1_7
        && value.as_array().is_some_and(|items| {
            items.len() > 1 && items.iter().any(|item| item.get("expression").is_some())
        });
    (!is_mixed).then_some(value)
}

fn shaped(value: &Json, shape: &Shape, version: SpecVersion) -> Option<Json> {
    match shape {
        Shape::Type(name) => typed(value.as_object()?, name, version).map(Json::Object),
        Shape::List { item, .. } => Some(Json::Array(
            value
                .as_array()?
                .iter()
                .filter_map(|each| shaped(each, item, version))
                .collect(),
        )),
        Shape::Either(shapes) => {
            let found: Vec<_> = shapes
                .iter()
                .filter_map(|shape| shaped(value, shape, version))
                .collect();
            let whole = found.iter().find(|found| *found == value);
            whole.or(found.first()).cloned()
        }
        Shape::Words(words) => {
            let text = value.as_str()?;
            let is_known = words
                .iter()
                .any(|(word, since)| *word == text && *since <= version);
            is_known.then(|| value.clone())
        }
        Shape::Licence => licence::is_listed(value.as_str()?).then(|| value.clone()),
        plain => wrong(value, plain).is_none().then(|| value.clone()),
    }
}

fn typed(object: &Object, name: &str, version: SpecVersion) -> Option<Object> {
    let expected = table().get(name)?;
    let mut out = Object::new();
    for (key, value) in object {
        let fitting = expected
            .fields
            .get(key.as_str())
            .and_then(|field| fitted(key, value, field, version));
        match fitting {
            Some(value) => {
                out.insert(key.clone(), value);
            }
            None if expected.is_open => {
                out.insert(key.clone(), value.clone());
            }
            None => {}
        }
    }
    let is_whole = expected.fields.iter().all(|(key, field)| {
        let is_required = field
            .required
            .is_some_and(|(from, to)| (from..=to).contains(&version));
        !is_required || !(field.since..=field.until).contains(&version) || out.contains_key(*key)
    });
    let are_met = expected
        .choices
        .iter()
        .all(|choice| super::unmet(choice, &out).is_none());
    (is_whole && are_met).then_some(out)
}
