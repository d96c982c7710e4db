//! What can be said of a model, a dataset or a system, one name for each question.
//!
//! The list is the union of what CycloneDX model cards, SPDX AI and Dataset profiles, Croissant RAI and the G7
//! minimum elements ask for. A new question is one line here; writers, readers, merge, diff and completeness follow.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::inventory::component::Party;

/// What kind of answer a question has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One text.
    Text,
    /// Several texts, in order.
    List,
    /// A whole number.
    Count,
    /// Yes or no.
    Flag,
    /// Risks with what is done about them.
    Risks,
    /// Measured results.
    Metrics,
    /// Energy used.
    Energy,
    /// People or organisations.
    Parties,
}

/// A risk and what is done about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Risk {
    /// What may happen, or the group at risk.
    pub name: String,
    /// What harm it does; may be empty.
    pub harms: String,
    /// What good it does; may be empty.
    pub benefits: String,
    /// What is done about it; may be empty.
    pub mitigation: String,
}

/// One measured result.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Metric {
    /// What is measured: `accuracy`, `perplexity` …
    pub name: String,
    /// The result as written.
    pub value: String,
    /// On what it was measured; may be empty.
    pub slice: String,
}

/// An amount with so many decimals as written; kept as text so that equal means equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Measure(String);

impl Measure {
    /// A finite number, not below zero.
    #[must_use]
    pub fn new(amount: f64) -> Option<Self> {
        (amount.is_finite() && amount >= 0.0).then(|| Self(format!("{amount}")))
    }

    /// The number.
    #[must_use]
    pub fn amount(&self) -> f64 {
        self.0.parse().unwrap_or_default()
    }
}

/// Energy that an activity took.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Energy {
    /// The activity in the words of CycloneDX: `training`, `fine-tuning`, `inference` …
    pub activity: String,
    /// Kilowatt hours.
    pub kilowatt_hours: Measure,
    /// Tonnes of carbon dioxide or its equivalent.
    pub tonnes_co2: Option<Measure>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Value {
    /// One text.
    Text(String),
    /// Several texts, in order.
    List(Vec<String>),
    /// A whole number.
    Count(u64),
    /// Yes or no.
    Flag(bool),
    /// Risks with what is done about them.
    Risks(Vec<Risk>),
    /// Measured results.
    Metrics(Vec<Metric>),
    /// Energy used.
    Energy(Vec<Energy>),
    /// People or organisations.
    Parties(Vec<Party>),
}

impl Value {
    /// One text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Several texts.
    #[must_use]
    pub fn list<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(Into::into).collect())
    }

    /// What kind of answer it is.
    #[must_use]
    pub const fn form(&self) -> Form {
        match self {
            Self::Text(_) => Form::Text,
            Self::List(_) => Form::List,
            Self::Count(_) => Form::Count,
            Self::Flag(_) => Form::Flag,
            Self::Risks(_) => Form::Risks,
            Self::Metrics(_) => Form::Metrics,
            Self::Energy(_) => Form::Energy,
            Self::Parties(_) => Form::Parties,
        }
    }

    /// The answer as one or several lines of text, whatever its form.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text.clone()],
            Self::List(texts) => texts.clone(),
            Self::Count(count) => vec![count.to_string()],
            Self::Flag(flag) => vec![flag.to_string()],
            Self::Risks(risks) => risks.iter().map(|risk| risk.name.clone()).collect(),
            Self::Metrics(metrics) => metrics
                .iter()
                .map(|metric| format!("{} = {}", metric.name, metric.value))
                .collect(),
            Self::Energy(uses) => uses
                .iter()
                .map(|each| format!("{}: {} kWh", each.activity, each.kilowatt_hours.0))
                .collect(),
            Self::Parties(parties) => parties.iter().map(|party| party.name.clone()).collect(),
        }
    }

    /// Reads lines back into a form that lines can hold.
    #[must_use]
    pub fn from_lines(form: Form, lines: Vec<String>) -> Option<Self> {
        match form {
            Form::Text => lines.into_iter().next().map(Self::Text),
            Form::List => Some(Self::List(lines)),
            Form::Count => lines.first()?.parse().ok().map(Self::Count),
            Form::Flag => lines.first()?.parse().ok().map(Self::Flag),
            Form::Risks | Form::Metrics | Form::Energy | Form::Parties => None,
        }
    }
}

macro_rules! aspects {
    ($($(#[$doc:meta])* $variant:ident $name:literal $form:ident;)*) => {
        /// A question about a model, dataset or system.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Aspect {
            $($(#[$doc])* $variant,)*
        }

        impl Aspect {
            /// Every question.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in properties and reports.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What kind of answer it has.
            #[must_use]
            pub const fn form(self) -> Form {
                match self {
                    $(Self::$variant => Form::$form,)*
                }
            }
        }
    };
}

aspects! {
    /// How it learned: supervised, self-supervised …
    Approach "approach" Text;
    /// What it does, such as `text-generation`.
    Task "task" Text;
    /// The family of its architecture, such as `llama`.
    ArchitectureFamily "architecture-family" Text;
    /// Its architecture, such as `LlamaForCausalLM`.
    Architecture "architecture" Text;
    /// How many parameters.
    ParameterCount "parameter-count" Count;
    /// The types of its numbers, such as `BF16`.
    DataTypes "data-types" List;
    /// How its numbers were made smaller, such as `Q4_K_M`.
    Quantisation "quantisation" Text;
    /// How many tokens it takes.
    ContextLength "context-length" Count;
    /// The formats of its files.
    Formats "formats" List;
    /// The library that loads it.
    Library "library" Text;
    /// The settings of its training, one `name = value` each.
    Hyperparameters "hyperparameters" List;
    /// What goes in.
    Inputs "inputs" List;
    /// What comes out.
    Outputs "outputs" List;
    /// Languages.
    Languages "languages" List;
    /// Measured results.
    Metrics "metrics" Metrics;
    /// How results become decisions, such as a threshold.
    DecisionThresholds "decision-thresholds" List;
    /// Who is meant to use it.
    Users "users" List;
    /// What it is meant for.
    IntendedUse "intended-use" List;
    /// What it is not meant for.
    OutOfScope "out-of-scope" List;
    /// What it cannot do.
    Limitations "limitations" List;
    /// What was given up for what.
    Tradeoffs "tradeoffs" List;
    /// Ethical risks.
    Ethics "ethics" Risks;
    /// Groups at risk.
    Fairness "fairness" Risks;
    /// Energy used.
    Energy "energy" Energy;
    /// How it was trained, in words.
    Training "training" List;
    /// How the training data was prepared.
    Preprocessing "preprocessing" List;
    /// How its answers can be explained.
    Explainability "explainability" List;
    /// The standards it follows.
    Standards "standards" List;
    /// How much harm its failure does: `low`, `medium`, `high`, `serious`.
    SafetyRisk "safety-risk" Text;
    /// Whether it acts on its own: `yes`, `no`, `noAssertion`.
    Autonomy "autonomy" Text;
    /// Whether personal data was used in training or is used in running: `yes`, `no`, `noAssertion`.
    PersonalData "personal-data" Text;
    /// Fields where it is used.
    Domains "domains" List;
    /// When it was released.
    Released "released" Text;
    /// When it was built or collected.
    Built "built" Text;
    /// Its chat or prompt template, by digest or file.
    Template "template" Text;
    /// What is in a dataset, in words.
    Contents "contents" Text;
    /// What kinds of examples: text, image …
    DatasetTypes "dataset-types" List;
    /// How it is classified, such as `public`.
    Classification "classification" Text;
    /// Kinds of sensitive data in it.
    Sensitivity "sensitivity" List;
    /// How confidential it is: `red`, `amber`, `green`, `clear`.
    Confidentiality "confidentiality" Text;
    /// Who owns the data.
    Owners "owners" Parties;
    /// Who keeps the data.
    Custodians "custodians" Parties;
    /// Who looks after the quality of the data.
    Stewards "stewards" Parties;
    /// Bytes.
    Size "size" Count;
    /// Records.
    Records "records" Count;
    /// How it was collected.
    Collection "collection" List;
    /// Where it comes from.
    Provenance "provenance" List;
    /// Known bias.
    Bias "bias" List;
    /// How people in it were made unrecognisable.
    Anonymisation "anonymisation" List;
    /// Who annotated it and how.
    Annotation "annotation" List;
    /// Noise in it.
    Noise "noise" Text;
    /// How it can be had: `clickthrough`, `directDownload`, `query`, `registration`, `scrapingScript`.
    Availability "availability" Text;
    /// How it is updated.
    Updates "updates" Text;
    /// Programs it was made with.
    Tools "tools" List;
    /// How data flows through a system.
    DataFlow "data-flow" List;
    /// Hardware it runs on or was trained on.
    Hardware "hardware" List;
    /// Security controls.
    SecurityControls "security-controls" List;
    /// Laws and norms it is measured by.
    Compliance "compliance" List;
    /// Where security matters are reported and decided.
    SecurityPolicy "security-policy" List;
    /// Measured security.
    SecurityMetrics "security-metrics" Metrics;
    /// Measured operation: latency, availability.
    OperationalMetrics "operational-metrics" Metrics;
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Aspect {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL
            .iter()
            .copied()
            .find(|each| each.as_str() == name)
            .ok_or(())
    }
}
