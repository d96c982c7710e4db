//! Where the aspects of a model or dataset stand in a component, in both directions.
//!
//! An aspect stands in the field that CycloneDX has for it if the field can hold it without loss; otherwise it is a
//! property, so that nothing is cut to fit.

use serde_json::Value as Json;

use super::iri;
use super::names::{ACTIVITIES, APPROACHES, ASPECT};
use crate::inventory::{
    Aspect, Component, Energy, Form, Kind, Measure, Metric, Party, Risk, Value,
};
use crate::json::{self, Builder, Object};

/// The path of the field for an aspect below the component, if its kind has one.
pub(crate) const fn path(kind: Kind, aspect: Aspect) -> Option<&'static [&'static str]> {
    match kind {
        Kind::Model => model_path(aspect),
        Kind::Dataset => dataset_path(aspect),
        _ => None,
    }
}

const fn model_path(aspect: Aspect) -> Option<&'static [&'static str]> {
    Some(match aspect {
        Aspect::Approach => &["modelCard", "modelParameters", "approach", "type"],
        Aspect::Task => &["modelCard", "modelParameters", "task"],
        Aspect::ArchitectureFamily => &["modelCard", "modelParameters", "architectureFamily"],
        Aspect::Architecture => &["modelCard", "modelParameters", "modelArchitecture"],
        Aspect::Inputs => &["modelCard", "modelParameters", "inputs"],
        Aspect::Outputs => &["modelCard", "modelParameters", "outputs"],
        Aspect::Metrics => &["modelCard", "quantitativeAnalysis", "performanceMetrics"],
        Aspect::Users => &["modelCard", "considerations", "users"],
        Aspect::IntendedUse => &["modelCard", "considerations", "useCases"],
        Aspect::Limitations => &["modelCard", "considerations", "technicalLimitations"],
        Aspect::Tradeoffs => &["modelCard", "considerations", "performanceTradeoffs"],
        Aspect::Ethics => &["modelCard", "considerations", "ethicalConsiderations"],
        Aspect::Fairness => &["modelCard", "considerations", "fairnessAssessments"],
        Aspect::Energy => &[
            "modelCard",
            "considerations",
            "environmentalConsiderations",
            "energyConsumptions",
        ],
        _ => return None,
    })
}

const fn dataset_path(aspect: Aspect) -> Option<&'static [&'static str]> {
    Some(match aspect {
        Aspect::Contents => &["data", "0", "description"],
        Aspect::Classification => &["data", "0", "classification"],
        Aspect::Sensitivity => &["data", "0", "sensitiveData"],
        Aspect::Owners => &["data", "0", "governance", "owners"],
        Aspect::Custodians => &["data", "0", "governance", "custodians"],
        Aspect::Stewards => &["data", "0", "governance", "stewards"],
        _ => return None,
    })
}

/// An answer as CycloneDX writes it in its field; none if the field could not hold it.
pub(crate) fn encode(aspect: Aspect, value: &Value) -> Option<Json> {
    let json = match value {
        Value::Text(text) => Json::from(text.as_str()),
        Value::List(texts) if is_format(aspect) => texts
            .iter()
            .map(|text| one("format", text))
            .collect::<Vec<_>>()
            .into(),
        Value::List(texts) => texts.clone().into(),
        Value::Risks(risks) => risks
            .iter()
            .map(|each| risk(aspect, each))
            .collect::<Vec<_>>()
            .into(),
        Value::Metrics(metrics) => metrics.iter().map(metric).collect::<Vec<_>>().into(),
        Value::Energy(uses) => uses.iter().map(energy).collect::<Vec<_>>().into(),
        Value::Parties(parties) => parties.iter().map(governor).collect::<Vec<_>>().into(),
        Value::Count(_) | Value::Flag(_) => return None,
    };
    let is_legal = match aspect {
        Aspect::Approach => json.as_str().is_some_and(|text| APPROACHES.contains(&text)),
        _ => true,
    };
    (is_legal && decode(aspect, &json).as_ref() == Some(value)).then_some(json)
}

/// An answer read from its field.
pub(crate) fn decode(aspect: Aspect, json: &Json) -> Option<Value> {
    match aspect.form() {
        Form::Text => json.as_str().map(Value::text),
        Form::List => {
            let items = json.as_array()?.iter();
            let texts: Vec<_> = if is_format(aspect) {
                items
                    .filter_map(|item| item.get("format")?.as_str())
                    .map(str::to_owned)
                    .collect()
            } else {
                items.filter_map(Json::as_str).map(str::to_owned).collect()
            };
            Some(Value::List(texts))
        }
        Form::Risks => Some(Value::Risks(each(json, |item| read_risk(aspect, item)))),
        Form::Metrics => Some(Value::Metrics(each(json, read_metric))),
        Form::Energy => Some(Value::Energy(each(json, read_energy))),
        Form::Parties => Some(Value::Parties(each(json, read_governor))),
        Form::Count | Form::Flag => None,
    }
}

/// An answer as the values of properties, for aspects without a field.
pub(crate) fn property_values(value: &Value) -> Vec<String> {
    match value.form() {
        Form::Text | Form::List | Form::Count | Form::Flag => value.lines(),
        Form::Risks | Form::Metrics | Form::Energy | Form::Parties => {
            vec![serde_json::to_string(value).unwrap_or_default()]
        }
    }
}

/// An answer read from the values of properties.
pub(crate) fn from_property_values(aspect: Aspect, values: Vec<String>) -> Option<Value> {
    match aspect.form() {
        form @ (Form::Text | Form::List | Form::Count | Form::Flag) => {
            Value::from_lines(form, values)
        }
        form @ (Form::Risks | Form::Metrics | Form::Energy | Form::Parties) => {
            let value: Value = serde_json::from_str(values.first()?).ok()?;
            (value.form() == form).then_some(value)
        }
    }
}

/// The name of the property for an aspect.
pub(crate) fn property_name(aspect: Aspect) -> String {
    format!("{ASPECT}{aspect}")
}

/// The questions that matter for a component and about which nothing is said.
pub(crate) fn absent(component: &Component) -> Vec<&'static str> {
    let relevant: &[Aspect] = match component.kind {
        Kind::Model => &MODEL,
        Kind::Dataset => &DATASET,
        _ => return Vec::new(),
    };
    relevant
        .iter()
        .filter(|aspect| {
            component
                .aspect(**aspect)
                .is_none_or(crate::evidence::Field::is_absent)
        })
        .map(|aspect| aspect.as_str())
        .collect()
}

const MODEL: [Aspect; 16] = [
    Aspect::Task,
    Aspect::ArchitectureFamily,
    Aspect::Architecture,
    Aspect::ParameterCount,
    Aspect::DataTypes,
    Aspect::Quantisation,
    Aspect::ContextLength,
    Aspect::Formats,
    Aspect::Inputs,
    Aspect::Outputs,
    Aspect::Metrics,
    Aspect::IntendedUse,
    Aspect::Limitations,
    Aspect::Ethics,
    Aspect::Training,
    Aspect::Energy,
];

const DATASET: [Aspect; 9] = [
    Aspect::Contents,
    Aspect::DatasetTypes,
    Aspect::Classification,
    Aspect::Sensitivity,
    Aspect::Size,
    Aspect::Records,
    Aspect::Collection,
    Aspect::Provenance,
    Aspect::Bias,
];

fn is_format(aspect: Aspect) -> bool {
    matches!(aspect, Aspect::Inputs | Aspect::Outputs)
}

fn one(key: &str, text: &str) -> Json {
    let mut builder = Builder::new();
    builder.put_text(key, text);
    builder.value()
}

fn each<T>(json: &Json, read: impl Fn(&Object) -> Option<T>) -> Vec<T> {
    json.as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .filter_map(Json::as_object)
        .filter_map(read)
        .collect()
}

fn risk(aspect: Aspect, risk: &Risk) -> Json {
    let mut builder = Builder::new();
    if aspect == Aspect::Fairness {
        builder
            .put("groupAtRisk", risk.name.as_str())
            .put("benefits", risk.benefits.as_str())
            .put("harms", risk.harms.as_str());
    } else {
        builder.put("name", risk.name.as_str());
    }
    builder.put("mitigationStrategy", risk.mitigation.as_str());
    builder.value()
}

fn read_risk(aspect: Aspect, object: &Object) -> Option<Risk> {
    let name = if aspect == Aspect::Fairness {
        "groupAtRisk"
    } else {
        "name"
    };
    Some(Risk {
        name: json::owned(object, name),
        harms: json::owned(object, "harms"),
        benefits: json::owned(object, "benefits"),
        mitigation: json::owned(object, "mitigationStrategy"),
    })
}

fn metric(metric: &Metric) -> Json {
    let mut builder = Builder::new();
    builder
        .put("type", metric.name.as_str())
        .put("value", metric.value.as_str())
        .put("slice", metric.slice.as_str());
    builder.value()
}

fn read_metric(object: &Object) -> Option<Metric> {
    Some(Metric {
        name: json::owned(object, "type"),
        value: json::owned(object, "value"),
        slice: json::owned(object, "slice"),
    })
}

fn energy(energy: &Energy) -> Json {
    let mut builder = Builder::new();
    builder
        .put("activity", energy.activity.as_str())
        .put("activityEnergyCost", amount(&energy.kilowatt_hours, "kWh"));
    if let Some(tonnes) = &energy.tonnes_co2 {
        builder.put("co2CostEquivalent", amount(tonnes, "tCO2eq"));
    }
    let mut object = builder.object();
    object.insert("energyProviders".to_owned(), Json::Array(Vec::new()));
    Json::Object(object)
}

fn amount(measure: &Measure, unit: &str) -> Json {
    let mut builder = Builder::new();
    builder.put("value", measure.amount()).put("unit", unit);
    builder.value()
}

fn read_energy(object: &Object) -> Option<Energy> {
    let measure = |key: &str| {
        json::object(object, key)?
            .get("value")?
            .as_f64()
            .and_then(Measure::new)
    };
    let activity = json::owned(object, "activity");
    Some(Energy {
        activity: ACTIVITIES
            .contains(&activity.as_str())
            .then_some(activity)?,
        kilowatt_hours: measure("activityEnergyCost")?,
        tonnes_co2: measure("co2CostEquivalent"),
    })
}

fn governor(party: &Party) -> Json {
    let mut builder = Builder::new();
    if party.is_person {
        builder.put_any("contact", contact(party));
    } else {
        builder.put_any("organization", organisation(party));
    }
    builder.value()
}

fn read_governor(object: &Object) -> Option<Party> {
    json::object(object, "organization")
        .map(read_organisation)
        .or_else(|| json::object(object, "contact").map(read_contact))
}

/// An organisation as CycloneDX writes it.
pub(crate) fn organisation(party: &Party) -> Json {
    let mut builder = Builder::new();
    builder.put("name", party.name.as_str()).put(
        "url",
        party
            .urls
            .iter()
            .map(|url| Json::from(iri::reference(url)))
            .collect::<Vec<_>>(),
    );
    if let Some(email) = party.email.as_deref().filter(|email| iri::is_email(email)) {
        builder.put("contact", vec![one("email", email)]);
    }
    builder.value()
}

/// An organisation as it was read.
pub(crate) fn read_organisation(object: &Object) -> Party {
    Party {
        name: json::owned(object, "name"),
        urls: json::texts(object, "url"),
        email: json::objects(object, "contact")
            .find_map(|contact| json::text(contact, "email"))
            .map(str::to_owned),
        is_person: false,
    }
}

/// A person as CycloneDX writes it.
pub(crate) fn contact(party: &Party) -> Json {
    let mut builder = Builder::new();
    builder.put("name", party.name.as_str());
    if let Some(email) = party.email.as_deref().filter(|email| iri::is_email(email)) {
        builder.put("email", email);
    }
    builder.value()
}

/// A person as it was read.
pub(crate) fn read_contact(object: &Object) -> Party {
    Party {
        name: json::owned(object, "name"),
        urls: Vec::new(),
        email: json::text(object, "email").map(str::to_owned),
        is_person: true,
    }
}
