//! Signatures beside images: put there, found again, and what a bad registry can do about it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chainwright_pull::{
    Attachments, Credentials, Document, PullError, Repository, Right, Settings,
};
use chainwright_referrers::attachment::SIMPLE_SIGNING;
use chainwright_referrers::{Descriptor, Digest, Place, Shape};
use chainwright_testkit::registry::{Behaviour, Odd, Registry};

const NAME: &str = "team/app";

fn open<'a>(
    registry: &Registry,
    right: Right,
    credentials: &'a dyn Fn(&str) -> Option<Credentials>,
) -> Repository<'a> {
    let reference = format!("oci://{}/{NAME}:v1", registry.host());
    let settings = Settings {
        right,
        plain_http: false,
        patience: Some(Duration::from_secs(5)),
    };
    Repository::open(&reference.parse().unwrap(), settings, credentials).unwrap()
}

/// Who knows credentials.
type Asked<'a> = &'a dyn Fn(&str) -> Option<Credentials>;

fn nobody(_: &str) -> Option<Credentials> {
    None
}

/// A registry with an image and so many bundles attached to it.
fn with_bundles(behaviour: Behaviour, count: usize) -> (Registry, Document) {
    let registry = Registry::start(behaviour);
    registry.image(NAME, "v1", b"layer");
    let mut repository = open(&registry, Right::Write, &nobody);
    let image = repository.resolve().unwrap();
    for at in 0..count {
        let bundle = format!("bundle {at}");
        repository
            .attach(&image, bundle.as_bytes(), BTreeMap::new())
            .unwrap();
    }
    (registry, image)
}

fn gather(registry: &Registry) -> Result<Attachments, PullError> {
    let mut repository = open(registry, Right::Read, &nobody);
    let image = repository.resolve()?;
    repository.attachments(&image)
}

fn without_api() -> Behaviour {
    Behaviour {
        has_referrers: false,
        ..Behaviour::default()
    }
}

#[test]
fn what_is_attached_is_found_with_and_without_the_api() {
    for (behaviour, place) in [
        (Behaviour::default(), Place::Referrers),
        (without_api(), Place::ReferrersTag),
    ] {
        let (registry, image) = with_bundles(behaviour, 3);
        let all = gather(&registry).unwrap();
        let mut texts: Vec<&[u8]> = all.found.iter().map(|one| one.bytes.as_slice()).collect();
        texts.sort_unstable();
        assert_eq!(texts, [b"bundle 0", b"bundle 1", b"bundle 2"]);
        assert!(all.found.iter().all(|one| one.place == place));
        assert!(all.found.iter().all(|one| one.shape == Shape::Bundle));
        assert!(all.skipped.is_empty() && !all.is_cut);
        let has_tag = registry.read(NAME, &image.digest.tag("")).is_some();
        assert_eq!(has_tag, place == Place::ReferrersTag);
    }
}

#[test]
fn attaching_the_same_again_changes_nothing() {
    let (registry, image) = with_bundles(without_api(), 1);
    let before = registry.read(NAME, &image.digest.tag(""));
    let mut repository = open(&registry, Right::Write, &nobody);
    repository
        .attach(&image, b"bundle 0", BTreeMap::new())
        .unwrap();
    assert_eq!(registry.read(NAME, &image.digest.tag("")), before);
    assert_eq!(gather(&registry).unwrap().found.len(), 1);
}

#[test]
fn legacy_signatures_gather_under_their_tag() {
    let (registry, image) = with_bundles(Behaviour::default(), 0);
    let mut repository = open(&registry, Right::Write, &nobody);
    for text in [b"one".as_slice(), b"two", b"one"] {
        let mut layer = Descriptor::new(SIMPLE_SIGNING, &Digest::of(text), text.len());
        layer.annotations.insert("k".to_owned(), "v".to_owned());
        repository
            .attach_legacy(&image, ".sig", &layer, text)
            .unwrap();
    }
    let all = gather(&registry).unwrap();
    let texts: Vec<&[u8]> = all.found.iter().map(|one| one.bytes.as_slice()).collect();
    assert_eq!(texts, [b"one", b"two"]);
    assert_eq!(all.found[0].place, Place::Legacy);
    assert_eq!(all.found[0].annotations["k"], "v");
}

#[test]
fn every_page_is_read_and_pages_without_an_end_are_cut() {
    let small = Behaviour {
        page: 2,
        ..Behaviour::default()
    };
    let (registry, _) = with_bundles(small, 5);
    let all = gather(&registry).unwrap();
    assert_eq!((all.found.len(), all.is_cut), (5, false));
    registry.odd("/referrers/", Odd::NextPage);
    let all = gather(&registry).unwrap();
    assert!(all.is_cut);
    assert!(registry.log().len() < 200);
}

#[test]
fn pages_at_other_places_and_lists_that_are_none_are_errors() {
    let (registry, _) = with_bundles(Behaviour::default(), 1);
    let cases = [
        (
            Odd::PageAt("http://169.254.169.254/latest".to_owned()),
            "lies somewhere else",
        ),
        (
            Odd::PageAt("/v2/other/referrers/x".to_owned()),
            "lies somewhere else",
        ),
        (Odd::Endless, "in one document"),
        (Odd::Bytes(b"{}".to_vec()), "list of referrers that is none"),
        (Odd::Status(500), "answers 500"),
        (Odd::Short, "broke"),
    ];
    for (odd, expected) in cases {
        registry.odd("/referrers/", odd);
        let said = gather(&registry).unwrap_err().to_string();
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn a_registry_that_hangs_is_given_up() {
    let (registry, _) = with_bundles(Behaviour::default(), 1);
    registry.odd("/referrers/", Odd::Hang);
    let begun = Instant::now();
    let said = gather(&registry).unwrap_err().to_string();
    assert!(said.contains("takes too long"), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn one_bad_attachment_hides_no_other() {
    let cases = [
        (Odd::Bytes(b"other".to_vec()), "other content"),
        (Odd::Status(404), "not there"),
        (Odd::Status(500), "answers 500"),
        (Odd::Endless, "in one document"),
        (
            Odd::Redirect("http://169.254.169.254/latest/meta-data".to_owned()),
            "not followed",
        ),
    ];
    for (odd, expected) in cases {
        let (registry, image) = with_bundles(Behaviour::default(), 2);
        let one = &registry.referrers(NAME, &image.digest.to_string())[0];
        registry.odd(&format!("/manifests/{one}"), odd);
        let all = gather(&registry).unwrap();
        assert_eq!(all.found.len(), 1);
        let reason = &all.skipped[0].reason;
        assert!(reason.contains(expected), "{reason}");
    }
    for (odd, expected) in [
        (Odd::Bytes(b"bundle 9".to_vec()), "other content"),
        (
            Odd::Bytes(b"bundle 0 and more".to_vec()),
            "has not the 8 bytes",
        ),
        (Odd::Endless, "has not the 8 bytes"),
        (Odd::Redirect("http://10.0.0.1/".to_owned()), "not followed"),
    ] {
        let (registry, _) = with_bundles(Behaviour::default(), 2);
        let blob = Digest::of(b"bundle 0");
        registry.odd(&format!("/blobs/{blob}"), odd);
        let all = gather(&registry).unwrap();
        assert_eq!(all.found.len(), 1);
        assert!(
            all.skipped[0].reason.contains(expected),
            "{:?}",
            all.skipped
        );
    }
}

#[test]
fn manifests_about_other_images_and_giant_layers_are_told() {
    let (registry, image) = with_bundles(without_api(), 1);
    let index = registry.read(NAME, &image.digest.tag("")).unwrap();
    let own = registry.referrers(NAME, &image.digest.to_string());
    let manifest = registry.read(NAME, &own[0]).unwrap();
    let text = String::from_utf8(manifest).unwrap();
    let index = String::from_utf8(index).unwrap();
    let list = |changed: &str| {
        let digest = registry.manifest(NAME, "x", changed.as_bytes());
        let index = index.replace(&own[0], &digest);
        registry.manifest(NAME, &image.digest.tag(""), index.as_bytes());
        gather(&registry).unwrap().skipped[0].reason.clone()
    };
    let other = text.replace(&image.digest.to_string(), &Digest::of(b"o").to_string());
    assert_eq!(list(&other), "its subject is not this image");
    let giant = text.replace("\"size\":8", "\"size\":99999999999");
    assert!(list(&giant).contains("in one layer"));
    let broken = text.replace("\"layers\"", "\"layers\":[],\"layers\"");
    assert!(list(&broken).contains("appears twice"));
}

#[test]
fn a_tag_is_asked_for_once() {
    let (registry, image) = with_bundles(Behaviour::default(), 1);
    let other = br#"{"config":{},"layers":[]}"#;
    registry.odd("/manifests/v1", Odd::Moved(other.to_vec()));
    let before = registry.log().len();
    let mut repository = open(&registry, Right::Read, &nobody);
    let resolved = repository.resolve().unwrap();
    assert_eq!(resolved.digest, image.digest);
    assert_eq!(repository.attachments(&resolved).unwrap().found.len(), 1);
    let asked = registry.log().split_off(before);
    let of_tag = asked.iter().filter(|(line, _)| line.ends_with("/v1"));
    assert_eq!(of_tag.count(), 1);
}

#[test]
fn writing_takes_a_token_for_writing_and_shows_none() {
    let (registry, _) = with_bundles(Behaviour::default(), 0);
    registry.behave(|behaviour| behaviour.token = Some("inert-token".to_owned()));
    let with_password = |_: &str| {
        Some(Credentials {
            user: "user".to_owned(),
            password: "inert-password".to_owned(),
            is_identity_token: false,
        })
    };
    let with_identity = |_: &str| {
        Some(Credentials {
            user: String::new(),
            password: "inert-refresh".to_owned(),
            is_identity_token: true,
        })
    };
    let tries: [(Asked<'_>, &str); 2] = [
        (&with_password, "GET /token"),
        (&with_identity, "POST /token"),
    ];
    for (credentials, line) in tries {
        let mut repository = open(&registry, Right::Write, credentials);
        let image = repository.resolve().unwrap();
        repository.attach(&image, b"b", BTreeMap::new()).unwrap();
        assert!(registry.log().iter().any(|(asked, _)| asked == line));
    }
    let mut repository = open(&registry, Right::Write, &nobody);
    assert!(matches!(
        repository.resolve(),
        Err(PullError::Unauthorised(_))
    ));
    registry.odd("/manifests/", Odd::Status(403));
    let mut repository = open(&registry, Right::Write, &with_password);
    let said = format!("{:?}", repository.resolve().unwrap_err());
    assert!(!said.contains("inert-"), "{said}");
}
