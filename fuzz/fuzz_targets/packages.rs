//! Versions, names, requirements, markers, ranges and package URLs: the first byte chooses the ecosystem.

#![no_main]

use chainwright_core::package::Ecosystem;
use chainwright_packages::python::{
    Marker, MarkerEnvironment, Prereleases, Requirement, Specifiers,
};
use chainwright_packages::range::{Event, Range, Vers};
use chainwright_packages::version::Version;
use chainwright_packages::{cargo, name, npm, purl};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(rest);
    let (left, right) = text.split_once('\n').unwrap_or((&text, ""));
    let ecosystem = Ecosystem::ALL[usize::from(*first) % Ecosystem::ALL.len()];
    name::comparable(ecosystem, left);
    if let Some(version) = Version::parse(ecosystem, left) {
        assert_eq!(
            version.without_local(),
            version.without_local().without_local()
        );
        if let Some(other) = Version::parse(ecosystem, right) {
            assert_eq!(version.cmp(&other), other.cmp(&version).reverse());
        }
        let events = [
            Event::Introduced("0".into()),
            Event::Fixed(right.to_owned()),
        ];
        let _ = Range::new(ecosystem, &events).contains(&version);
        if let Some(range) = Vers::constraints(ecosystem, right) {
            let _ = range.contains(&version);
        }
        if let Ok(specifiers) = Specifiers::parse_lenient(right) {
            specifiers.contains(&version, Prereleases::Admit);
        }
    }
    if let Ok(purl) = purl::parse(left) {
        assert_eq!(purl::parse(&purl.to_string()), Ok(purl.clone()));
        let _ = purl.to_package().map(|package| purl::write(&package));
    }
    let _ = Requirement::parse_lenient(left);
    if let Ok(marker) = Marker::parse(left) {
        let _ = marker.evaluate(&MarkerEnvironment::linux("3.12"));
    }
    let _ = (npm::pinning(left), cargo::pinning(left));
});
