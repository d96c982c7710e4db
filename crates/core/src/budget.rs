//! What is left of the limits while one top-level file is being read.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::catalogue::Catalogue;
use crate::limits::Limits;

/// A limit was reached; what lies beyond was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Exhausted {
    /// Containers are nested deeper than allowed.
    #[error("containers are nested more than {0} deep")]
    Depth(u32),
    /// More members than allowed.
    #[error("more than {0} members")]
    Members(u64),
    /// More decompressed bytes than allowed.
    #[error("more than {0} bytes decompressed")]
    Unpacked(u64),
    /// The compression ratio is higher than allowed.
    #[error("more than {0} bytes from each compressed byte")]
    Ratio(u64),
    /// Time is up, or the run was interrupted.
    #[error("the time for this file is up")]
    Time,
}

/// Asks whether to stop: the deadline has passed or the user interrupted the run.
pub type StopSignal = Arc<dyn Fn() -> bool + Send + Sync>;

/// Shared by everything that reads inside one top-level file.
#[derive(Clone)]
pub struct Budget {
    limits: Arc<Limits>,
    spent: Arc<Spent>,
    stop: StopSignal,
    catalogue: Catalogue,
    in_layer: bool,
}

#[derive(Debug, Default)]
struct Spent {
    members: AtomicU64,
    image_members: AtomicU64,
    unpacked: AtomicU64,
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("limits", &self.limits)
            .field("spent", &self.spent)
            .finish_non_exhaustive()
    }
}

impl Budget {
    /// A fresh budget for one top-level file; `stop` is asked now and then.
    #[must_use]
    pub fn new(limits: Arc<Limits>, stop: StopSignal) -> Self {
        Self {
            limits,
            spent: Arc::default(),
            stop,
            catalogue: Catalogue::default(),
            in_layer: false,
        }
    }

    /// A budget that only the default limits bound, for tests and callers without a clock.
    #[must_use]
    pub fn untimed(limits: Limits) -> Self {
        Self::new(Arc::new(limits), Arc::new(|| false))
    }

    /// The same budget with another catalogue, for tests of what is left when a family of it is missing.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_catalogue(mut self, catalogue: Catalogue) -> Self {
        self.catalogue = catalogue;
        self
    }

    /// Which tables of known dangers count.
    #[must_use]
    pub const fn catalogue(&self) -> Catalogue {
        self.catalogue
    }

    /// The limits behind the budget.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The same purse for a layer of an image and everything in it: members count against the limit of images.
    #[must_use]
    pub fn for_layer(&self) -> Self {
        Self {
            in_layer: true,
            ..self.clone()
        }
    }

    /// How many members may be read where this budget counts.
    #[must_use]
    pub fn most_members(&self) -> u64 {
        if self.in_layer {
            self.limits.image_members
        } else {
            self.limits.members
        }
    }

    /// Fails when time is up. Cheap enough to ask every few thousand steps.
    ///
    /// # Errors
    /// [`Exhausted::Time`].
    pub fn check_time(&self) -> Result<(), Exhausted> {
        if (self.stop)() {
            Err(Exhausted::Time)
        } else {
            Ok(())
        }
    }

    /// Counts one more member.
    ///
    /// # Errors
    /// When there are too many, or time is up.
    pub fn enter_member(&self) -> Result<(), Exhausted> {
        self.check_time()?;
        let counted = if self.in_layer {
            &self.spent.image_members
        } else {
            &self.spent.members
        };
        let most = self.most_members();
        if counted.fetch_add(1, Ordering::Relaxed) >= most {
            return Err(Exhausted::Members(most));
        }
        Ok(())
    }

    /// Counts decompressed bytes.
    ///
    /// # Errors
    /// When there are too many, or time is up.
    pub fn unpack(&self, count: u64) -> Result<(), Exhausted> {
        self.check_time()?;
        let before = self.spent.unpacked.fetch_add(count, Ordering::Relaxed);
        if before.saturating_add(count) > self.limits.unpacked_bytes {
            return Err(Exhausted::Unpacked(self.limits.unpacked_bytes));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_spend_from_one_purse() {
        let budget = Budget::untimed(Limits {
            members: 2,
            unpacked_bytes: 10,
            ..Limits::default()
        });
        assert_eq!(budget.enter_member(), Ok(()));
        assert_eq!(budget.enter_member(), Ok(()));
        assert_eq!(budget.enter_member(), Err(Exhausted::Members(2)));
        assert_eq!(budget.unpack(10), Ok(()));
        assert_eq!(budget.unpack(1), Err(Exhausted::Unpacked(10)));
    }

    #[test]
    fn layers_of_an_image_have_a_count_of_their_own() {
        let budget = Budget::untimed(Limits {
            members: 1,
            image_members: 2,
            ..Limits::default()
        });
        let layer = budget.for_layer();
        assert_eq!(layer.enter_member(), Ok(()));
        assert_eq!(budget.for_layer().enter_member(), Ok(()));
        assert_eq!(layer.enter_member(), Err(Exhausted::Members(2)));
        assert_eq!(budget.enter_member(), Ok(()));
        assert_eq!(budget.enter_member(), Err(Exhausted::Members(1)));
    }

    #[test]
    fn an_interrupted_run_stops_everything() {
        let budget = Budget::new(Arc::default(), Arc::new(|| true));
        assert_eq!(budget.enter_member(), Err(Exhausted::Time));
        assert_eq!(budget.unpack(0), Err(Exhausted::Time));
    }
}
