//! What an answer says.

use chainwright_boms::inventory::Kind;
use chainwright_core::package::Package;

use crate::outline::Link;
use crate::shelf::State;

/// What something touches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// Documents that are touched, the pressing ones first: open before settled, sure before unsure, deployed before
    /// the rest, then by name. As many as were asked for.
    pub reached: Vec<Reached>,
    /// All documents that are touched for sure and not settled.
    pub open: usize,
    /// Those of them that are deployed.
    pub deployed: usize,
    /// Documents that may be touched: a version is not known, or cannot be ordered.
    pub unsure: usize,
    /// Documents in which statements settle everything.
    pub settled: usize,
    /// What is meant itself, by package and version. Complete for packages; for what was found by digest, licence or a
    /// document's own word it is what the told documents show.
    pub tallies: Vec<Tally>,
    /// Documents in the view, all in all.
    pub documents: usize,
}

impl Answer {
    /// Whether something is touched for sure and not settled.
    #[must_use]
    pub const fn is_affected(&self) -> bool {
        self.open > 0
    }
}

/// A version of a package that is meant, and in how many documents it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tally {
    /// The package.
    pub package: Package,
    /// Documents that hold it themselves.
    pub documents: usize,
    /// The smallest version above it that is not meant, if one is known.
    pub fixed: Option<String>,
    /// The smallest version above it against which nothing is known.
    pub clean: Option<String>,
    /// Why it is not sure that it is meant; empty if it is.
    pub doubt: String,
    /// By what it is meant.
    pub evidence: String,
}

/// A document that is touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The document.
    pub state: State,
    /// How its subject comes to what is meant, shortest first.
    pub routes: Vec<Route>,
    /// Routes that are not told.
    pub more_routes: usize,
    /// Why nothing has to be done, if so.
    pub settled: Option<String>,
    /// Whether it only may be touched.
    pub is_unsure: bool,
    /// What to move, by package.
    pub upgrades: Vec<Upgrade>,
}

/// A way from the subject of a document to what is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The subject first, what is meant last.
    pub hops: Vec<Hop>,
    /// What is meant.
    pub hit: Hit,
}

/// A step of a route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hop {
    /// How the step before hangs on this one; none for the first.
    pub link: Option<Link>,
    /// What it is.
    pub kind: Kind,
    /// Its name and version.
    pub package: Package,
    /// Its package URL; may be empty.
    pub purl: String,
    /// The document that says so, if the route came into it here: its name, version and environment.
    pub document: Option<(String, String, String)>,
    /// Whether the document before speaks of this only by a name without a version.
    pub is_loose: bool,
}

/// What is meant, at the end of a route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// By what: a range, or the document's own word; may be empty.
    pub evidence: String,
    /// The smallest version above it that is not meant.
    pub fixed: Option<String>,
    /// The smallest version above it against which nothing is known.
    pub clean: Option<String>,
    /// Why it is not sure; empty if it is.
    pub doubt: String,
    /// Why nothing has to be done; empty if something has.
    pub settled: String,
    /// The source package that is meant, if the part was found by what it was built from.
    pub source: Option<Package>,
}

/// The smallest move that helps.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Upgrade {
    /// The package that has to change.
    pub package: Package,
    /// The version to go to.
    pub to: String,
    /// What the subject itself asks for and has to move so that the package can; empty if it asks for the package.
    pub through: Vec<Package>,
}
