//! What the rules about archives share: what is odd about an archive as a whole and about what its members hold.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_containers::{Anomaly, AnomalyKind};

/// Every anomaly, those of the structure first.
pub(crate) fn anomalies(artifact: &Inspected) -> impl Iterator<Item = &Anomaly> {
    artifact.facts.iter().flat_map(|facts| match facts {
        Facts::Container(facts) => facts.anomalies.as_slice(),
        Facts::ContainerContent(anomalies) => anomalies.as_slice(),
        _ => &[],
    })
}

/// Whether a limit on the size of what comes out was reached, which is no disagreement of loaders.
pub(crate) const fn is_bomb(kind: AnomalyKind) -> bool {
    matches!(kind, AnomalyKind::DeclaredBomb | AnomalyKind::Bomb)
}
