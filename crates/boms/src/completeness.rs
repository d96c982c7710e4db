//! How much of what a bill of materials should say it says.
//!
//! Two lists are known: the G7 minimum elements of an SBOM for AI (May 2026, published by the BSI, CISA and others),
//! cluster by cluster, and the NTIA minimum elements of 2021. Every element is present with the class of its evidence,
//! stated to be unknown, or absent. Where several components answer, the weakest answer counts: an element is present
//! when all of them have it.

mod elements;

use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::inventory::Inventory;

/// A list of minimum elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Standard {
    /// G7 SBOM for AI, minimum elements, 2026.
    G7,
    /// NTIA minimum elements, 2021.
    Ntia,
}

impl Standard {
    /// The name with its edition.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::G7 => "G7 SBOM for AI minimum elements (2026-05)",
            Self::Ntia => "NTIA minimum elements (2021-07)",
        }
    }
}

/// The answer to one element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// There, and how it is known.
    Present(Evidence),
    /// The source says that it does not know, which is allowed and worth half.
    StatedUnknown,
    /// Not there.
    Absent,
    /// There is nothing that the element could be about.
    NotApplicable,
}

/// One element with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Element {
    /// The cluster: `metadata`, `models` …
    pub cluster: String,
    /// The element.
    pub name: String,
    /// The answer.
    pub answer: Answer,
    /// Of how many components it is asked.
    pub asked: usize,
    /// How many of them have it.
    pub answered: usize,
    /// The first few that lack it.
    pub lacking: Vec<String>,
}

/// The result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completeness {
    /// The list.
    pub standard: Standard,
    /// Every element in the order of the list.
    pub elements: Vec<Element>,
}

impl Completeness {
    /// The share of elements that are there, in hundredths: present counts one, partly present by its share, stated
    /// unknown one half; what does not apply is left out. Nothing applicable gives 0.
    #[must_use]
    pub fn score(&self) -> u32 {
        let mut points = 0_u64;
        let mut most = 0_u64;
        for element in &self.elements {
            let asked = u64::try_from(element.asked).unwrap_or(u64::MAX).max(1);
            let answered = u64::try_from(element.answered).unwrap_or(0);
            let gained = match element.answer {
                Answer::NotApplicable => continue,
                Answer::Present(_) => 1000,
                Answer::StatedUnknown => 500,
                Answer::Absent => answered
                    .saturating_mul(1000)
                    .checked_div(asked)
                    .unwrap_or(0),
            };
            most = most.saturating_add(1000);
            points = points.saturating_add(gained);
        }
        let hundredths = points.saturating_mul(100).checked_div(most).unwrap_or(0);
        u32::try_from(hundredths).unwrap_or(100)
    }

    /// The elements that are asked for and not there.
    pub fn missing(&self) -> impl Iterator<Item = &Element> {
        self.elements
            .iter()
            .filter(|element| element.answer == Answer::Absent)
    }

    /// Whether every element that applies is there or stated to be unknown.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.missing().next().is_none()
    }
}

/// Measures an inventory against a list.
#[must_use]
pub fn measure(inventory: &Inventory, standard: Standard) -> Completeness {
    let elements = match standard {
        Standard::G7 => elements::g7(inventory),
        Standard::Ntia => elements::ntia(inventory),
    };
    Completeness { standard, elements }
}
