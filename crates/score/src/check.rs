//! The checks: their names, what they weigh, and what to do when one is low.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// The edition of checks and arithmetic. It changes whenever equal repositories may get another score.
pub const METHODOLOGY_VERSION: &str = "1.1.0";

/// How bad it is what a check speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// Weighs 2.5.
    Low,
    /// Weighs 5.
    Medium,
    /// Weighs 7.5.
    High,
    /// Weighs 10.
    Critical,
}

impl Risk {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The weight as OpenSSF Scorecard has it.
    #[must_use]
    pub const fn weight(self) -> &'static str {
        match self {
            Self::Low => "2.5",
            Self::Medium => "5",
            Self::High => "7.5",
            Self::Critical => "10",
        }
    }

    /// The weight in units of 2.5.
    pub(crate) const fn quarters(self) -> u32 {
        match self {
            Self::Low => 1,
            Self::Medium => 2,
            Self::High => 3,
            Self::Critical => 4,
        }
    }
}

macro_rules! checks {
    ($($variant:ident $name:literal $risk:ident $asks:literal $remedy:literal;)*) => {
        /// A check.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Check {
            $(#[doc = $asks] $variant,)*
        }

        impl Check {
            /// Every check in the order of the methodology.
            pub const ALL: [Self; 18] = [$(Self::$variant,)*];

            /// The name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// How bad it is what it speaks to.
            #[must_use]
            pub const fn risk(self) -> Risk {
                match self { $(Self::$variant => Risk::$risk,)* }
            }

            /// The question, in one sentence.
            #[must_use]
            pub const fn asks(self) -> &'static str {
                match self { $(Self::$variant => $asks,)* }
            }

            /// What to do when it is low.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)* }
            }
        }
    };
}

checks! {
    SafeSerialization "Safe-Serialization" Critical
        "Are the weights in formats that cannot carry code?"
        "convert the weights with `chainwright convert` and remove the pickled files";
    NoRemoteCode "No-Remote-Code" Critical
        "Does loading run no code of this or another repository?"
        "use an architecture that the library knows, or keep the code here, pinned and signed";
    NoKnownMalicious "No-Known-Malicious" Critical
        "Do the scanners find nothing hostile?"
        "run `chainwright scan` and take out what it finds";
    NoSecrets "No-Secrets" Critical
        "Are there no credentials in the files or in the history?"
        "revoke the credential first, then take it out of the files and of the history";
    Signed "Signed" High
        "Does a signature cover every byte of the weights?"
        "sign the folder with OpenSSF Model Signing and keep `model.sig` beside the weights";
    Provenance "Provenance" High
        "Does an attestation say how these weights were made?"
        "publish SLSA provenance whose subjects are the weight files and whose dependencies have digests";
    ArtifactIntegrity "Artifact-Integrity" High
        "Are the weights complete, well-formed and what their digests say?"
        "fetch or upload the files again, and list their digests in SHA256SUMS";
    PinnedReferences "Pinned-References" High
        "Is everything that the repository refers to named by commit or digest?"
        "name a 40-digit commit or a digest wherever a model, dataset, package or image is named";
    VulnerableDeps "Vulnerable-Deps" High
        "Do the packages that it names have no known vulnerabilities?"
        "raise the packages to versions that no advisory touches, or publish VEX statements";
    License "License" Medium
        "Is the licence named, its text here, and do all places agree?"
        "name an SPDX licence in the card's front matter and put its text into LICENSE";
    Lineage "Lineage" Medium
        "Is it said what the model was made from, and does everything agree?"
        "give `base_model` and `base_model_relation` in the card, as in the adapter's configuration";
    ModelCard "Model-Card" Medium
        "Does the card tell its readers what they need?"
        "fill in the missing sections of the card";
    DataDisclosure "Data-Disclosure" Medium
        "Is it said which data it learned from?"
        "name the datasets in the card, with licence, sensitivity, size and digest in an AI-BOM";
    AiBom "AI-BOM" Medium
        "Is there a bill of materials that is valid and fits the bytes?"
        "write one with `chainwright bom` and keep it beside the weights";
    ReviewDiscipline "Review-Discipline" Medium
        "Does somebody else look at changes before they land?"
        "let changes come in by pull request, reviewed by a second person, with signed commits";
    StableReleases "Stable-Releases" Medium
        "Do released weights stay what they were?"
        "tag every release, never move a tag, and describe new weights in card or change log";
    EvaluationEvidence "Evaluation-Evidence" Low
        "Are there measured results, with dataset and revision, and one about safety?"
        "put results with dataset, revision and a safety evaluation into `model-index`";
    SecurityContact "Security-Contact" Low
        "Is it said where weaknesses are reported?"
        "add SECURITY.md with an address for reports";
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// No check has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no check is called `{0}`; there are {list}", list = names())]
pub struct UnknownCheckError(pub String);

fn names() -> String {
    Check::ALL.map(Check::as_str).join(", ")
}

impl FromStr for Check {
    type Err = UnknownCheckError;

    fn from_str(name: &str) -> Result<Self, UnknownCheckError> {
        Self::ALL
            .into_iter()
            .find(|check| check.as_str().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownCheckError(name.to_owned()))
    }
}

/// The table of weights as it is digested: one line for each check, `name<TAB>weight`.
fn weights() -> String {
    Check::ALL
        .iter()
        .map(|check| format!("{check}\t{}\n", check.risk().weight()))
        .collect()
}

/// The SHA-256 of the table of weights, so that two scores can be told to be of one kind.
#[must_use]
pub fn weights_sha256() -> String {
    let digest = Sha256::digest(weights().as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The table of the methodology in Markdown, for `docs/score.md`.
#[must_use]
pub fn methodology() -> String {
    let mut table = format!(
        "Methodology {METHODOLOGY_VERSION}, weights SHA-256 `{}`.\n\n| check | risk | weight | question | remedy |\n| --- | --- | --- | --- | --- |\n",
        weights_sha256()
    );
    for check in Check::ALL {
        let risk = check.risk();
        table.push_str(&format!(
            "| {check} | {} | {} | {} | {} |\n",
            risk.as_str(),
            risk.weight(),
            check.asks(),
            check.remedy()
        ));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_is_found_by_its_name() {
        for check in Check::ALL {
            assert_eq!(check.as_str().to_lowercase().parse(), Ok(check));
        }
        let told = "Maintained".parse::<Check>().expect_err("no such check");
        assert!(told.to_string().contains("Stable-Releases"), "{told}");
    }

    #[test]
    fn the_weights_are_those_of_the_methodology() {
        // Another digest means another methodology: raise its version.
        assert_eq!(METHODOLOGY_VERSION, "1.1.0");
        assert_eq!(
            weights_sha256(),
            "819ccd5ef46956672c394cb149dbd561a2cba16ff11c738e2940dde2c857daa6"
        );
    }
}
