//! Pulls from a registry on this machine, which behaves well or badly as each test wants.

#![expect(clippy::unwrap_used, reason = "tests fail where something is missing")]

mod attachments;
mod registry;

use std::time::{Duration, Instant};

use chainwright_pull::{Credentials, Platform, PullError, Pulled, Reference, pull};
use registry::{Answer, Registry, digest, image};

const MOST: u64 = 1024 * 1024;

fn nobody(_: &str) -> Option<Credentials> {
    None
}

fn somebody(_: &str) -> Option<Credentials> {
    Some(Credentials {
        user: "user".to_owned(),
        password: "inert".to_owned(),
        is_identity_token: false,
    })
}

fn fetch(registry: &Registry, rest: &str) -> Result<Pulled, PullError> {
    fetch_as(registry, rest, &nobody)
}

fn fetch_as(
    registry: &Registry,
    rest: &str,
    credentials: &dyn Fn(&str) -> Option<Credentials>,
) -> Result<Pulled, PullError> {
    let reference: Reference = format!("oci://{}/team/app{rest}", registry.host())
        .parse()
        .unwrap();
    pull(&reference, &Platform::default(), MOST, credentials)
}

fn said(result: Result<Pulled, PullError>) -> String {
    result.map(|pulled| pulled.digest).unwrap_err().to_string()
}

#[test]
fn an_image_becomes_a_layout_that_goes_away() {
    let registry = Registry::start(image(b"layer"));
    let pulled = fetch(&registry, ":v1").unwrap();
    let folder = pulled.path().to_owned();
    let index = std::fs::read_to_string(folder.join("index.json")).unwrap();
    assert!(index.contains(&pulled.digest) && index.contains("/team/app:v1"));
    let layer = folder
        .join("blobs/sha256")
        .join(digest(b"layer").trim_start_matches("sha256:"));
    assert_eq!(std::fs::read(layer).unwrap(), b"layer");
    assert!(folder.join("oci-layout").is_file());
    drop(pulled);
    assert!(!folder.exists());
}

#[test]
fn an_index_leads_to_the_image_of_the_platform() {
    let mut contents = image(b"layer");
    let manifest = contents.document("v1");
    contents.index(
        "many",
        &[
            ("linux", "arm64", &"0".repeat(64)),
            ("linux", "amd64", &digest(&manifest)[7..]),
        ],
    );
    contents
        .manifests
        .insert(digest(&manifest), Answer::ok(manifest.clone()));
    let registry = Registry::start(contents);
    assert_eq!(fetch(&registry, ":many").unwrap().digest, digest(&manifest));
}

#[test]
fn a_platform_that_is_not_there_is_named_with_those_that_are() {
    let mut contents = image(b"layer");
    contents.index("many", &[("linux", "arm64", &"0".repeat(64))]);
    let registry = Registry::start(contents);
    assert_eq!(
        said(fetch(&registry, ":many")),
        "there is no image for linux/amd64; there are linux/arm64"
    );
}

#[test]
fn indexes_that_name_each_other_come_to_an_end() {
    let mut contents = image(b"layer");
    contents.index("a", &[("linux", "amd64", &"0".repeat(64))]);
    let inner = contents.document("a");
    contents.index("b", &[("linux", "amd64", &digest(&inner)[7..])]);
    contents.manifests.insert(digest(&inner), Answer::ok(inner));
    let registry = Registry::start(contents);
    assert!(said(fetch(&registry, ":b")).contains("404"));
}

#[test]
fn other_content_than_the_digest_names_is_refused() {
    let mut contents = image(b"layer");
    contents
        .blobs
        .insert(digest(b"layer"), Answer::ok(b"lAyer".to_vec()));
    let registry = Registry::start(contents);
    assert!(said(fetch(&registry, ":v1")).contains("other content"));

    let mut contents = image(b"layer");
    let manifest = contents.document("v1");
    let wanted = digest(b"something else");
    contents
        .manifests
        .insert(wanted.clone(), Answer::ok(manifest.clone()));
    let mut announced = Answer::ok(manifest);
    announced
        .headers
        .push(("Docker-Content-Digest".to_owned(), digest(b"x")));
    contents.manifests.insert("lying".to_owned(), announced);
    let registry = Registry::start(contents);
    assert!(said(fetch(&registry, &format!("@{wanted}"))).contains("other content"));
    assert!(said(fetch(&registry, ":lying")).contains("other content"));
}

#[test]
fn a_blob_longer_or_shorter_than_its_descriptor_is_refused() {
    for served in [b"layer and more".as_slice(), b"lay"] {
        let mut contents = image(b"layer");
        contents
            .blobs
            .insert(digest(b"layer"), Answer::ok(served.to_vec()));
        let registry = Registry::start(contents);
        assert!(said(fetch(&registry, ":v1")).contains("has not the 5 bytes"));
    }
}

#[test]
fn bodies_without_an_end_are_cut_off() {
    let begun = Instant::now();
    let mut contents = image(b"layer");
    contents.blobs.insert(digest(b"layer"), Answer::endless());
    contents
        .manifests
        .insert("endless".to_owned(), Answer::endless());
    let registry = Registry::start(contents);
    assert!(said(fetch(&registry, ":v1")).contains("has not the 5 bytes"));
    assert!(said(fetch(&registry, ":endless")).contains("in one document"));
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn an_image_beyond_the_limit_is_refused_before_anything_is_fetched() {
    let mut contents = image(b"layer");
    contents.manifest_of("huge", &[(digest(b"layer"), 1 << 40)]);
    let registry = Registry::start(contents);
    assert!(said(fetch(&registry, ":huge")).contains("more than 1048576 bytes"));
    assert!(!registry.log().iter().any(|line| line.contains("/blobs/")));
}

#[test]
fn a_digest_that_is_a_path_is_refused() {
    let mut contents = image(b"layer");
    contents.manifest_of("path", &[("sha256:../../escape".to_owned(), 5)]);
    let registry = Registry::start(contents);
    assert!(said(fetch(&registry, ":path")).contains("digest of another kind"));
}

#[test]
fn redirects_are_followed_on_this_machine_without_the_authorisation() {
    let store = Registry::start(image(b"layer"));
    let mut contents = image(b"layer");
    let place = format!(
        "http://{}/v2/team/app/blobs/{}",
        store.host(),
        digest(b"layer")
    );
    contents
        .blobs
        .insert(digest(b"layer"), Answer::redirect(&place));
    contents.basic = true;
    let registry = Registry::start(contents);
    fetch_as(&registry, ":v1", &somebody).unwrap();
    assert!(
        registry
            .log()
            .iter()
            .any(|line| line.contains("authorization: basic"))
    );
    assert!(!store.log().is_empty());
    assert!(
        !store
            .log()
            .iter()
            .any(|line| line.contains("authorization"))
    );
}

#[test]
fn redirects_in_circles_and_to_other_schemes_are_not_followed() {
    for place in [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "http://192.0.2.1/x",
        "/v2/team/app/blobs/circle",
    ] {
        let mut contents = image(b"layer");
        contents
            .blobs
            .insert(digest(b"layer"), Answer::redirect(place));
        contents
            .blobs
            .insert("circle".to_owned(), Answer::redirect(place));
        let registry = Registry::start(contents);
        assert!(
            said(fetch(&registry, ":v1")).contains("redirects to"),
            "{place}"
        );
    }
}

#[test]
fn tokens_are_asked_for_with_the_right_to_read_one_repository() {
    let mut contents = image(b"layer");
    contents.token = Some("inert-token".to_owned());
    let registry = Registry::start(contents);
    fetch(&registry, ":v1").unwrap();
    let log = registry.log();
    let asked: Vec<&String> = log.iter().filter(|line| line.contains("/token?")).collect();
    assert_eq!(asked.len(), 1, "one token serves for everything");
    assert!(
        asked[0].contains("scope=repository%3Ateam%2Fapp%3Apull")
            && !asked[0].contains("authorization")
    );

    fetch_as(&registry, ":v1", &somebody).unwrap();
    assert!(
        registry
            .log()
            .iter()
            .any(|line| line.contains("/token?") && line.contains("authorization: basic"))
    );
}

#[test]
fn a_registry_that_never_is_content_is_given_up() {
    let mut contents = image(b"layer");
    contents.basic = true;
    let registry = Registry::start(contents);
    assert!(said(fetch(&registry, ":v1")).contains("wants credentials"));
    let mut contents = image(b"layer");
    contents.token = Some("inert-token".to_owned());
    contents.gives_wrong_tokens = true;
    let registry = Registry::start(contents);
    assert!(said(fetch(&registry, ":v1")).contains("wants credentials"));
}

#[test]
fn what_is_not_there_is_said() {
    let registry = Registry::start(image(b"layer"));
    assert_eq!(
        said(fetch(&registry, ":absent")),
        format!("{} answers 404 to manifests/absent", registry.host())
    );
    let mut contents = image(b"layer");
    contents
        .manifests
        .insert("odd".to_owned(), Answer::ok(b"[1]".to_vec()));
    contents.blobs.clear();
    let registry = Registry::start(contents);
    assert!(said(fetch(&registry, ":odd")).contains("manifest that is none"));
    assert!(said(fetch(&registry, ":v1")).contains("404"));
}

#[test]
fn layers_that_registries_do_not_hand_out_are_named() {
    let mut contents = image(b"layer");
    let text = String::from_utf8(contents.document("v1")).unwrap();
    let text = text.replace("layer.v1.tar", "layer.nondistributable.v1.tar");
    contents
        .manifests
        .insert("foreign".to_owned(), Answer::ok(text.into_bytes()));
    let registry = Registry::start(contents);
    assert_eq!(
        fetch(&registry, ":foreign").unwrap().foreign,
        [digest(b"layer")]
    );
}
