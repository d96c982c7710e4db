//! Signatures over the bytes of single files, as users make and check them.

use std::fs;

use serde_json::Value;

use crate::World;
use crate::registries::conformance;

/// Exit code, and the code of the refusal.
fn verify(world: &World, file: &str, more: &[&str]) -> (Option<i32>, String) {
    let mut arguments = vec!["verify", file, "--format", "json"];
    arguments.extend(more);
    let run = world.run(&arguments);
    // A key that cannot be read ends the run before there is a report.
    let report: Value = serde_json::from_str(&run.out()).unwrap_or_default();
    let code = report.pointer("/models/0/error/code").cloned();
    let code = code.as_ref().and_then(Value::as_str).unwrap_or_default();
    (run.code(), code.to_owned())
}

fn ok() -> (Option<i32>, String) {
    (Some(0), String::new())
}

#[test]
fn a_file_that_was_signed_verifies_and_another_does_not() {
    for kind in ["p256", "p384", "p521"] {
        let world = World::new();
        for key in ["ours", "theirs"] {
            let run = world.run(&["keygen", key, "--no-password", "--curve", kind]);
            assert_eq!(run.code(), Some(0), "{}", run.err());
        }
        let content = vec![7; 200_000];
        fs::write(world.path("app.bin"), &content).unwrap();
        let run = world.run(&["sign", "app.bin", "--blob", "--key", "ours"]);
        assert_eq!(run.code(), Some(0), "{}", run.err());
        assert!(world.path("app.bin.sigstore.json").exists());
        assert_eq!(
            verify(&world, "app.bin", &["--key", "ours.pub"]),
            ok(),
            "{kind}"
        );
        let theirs = verify(&world, "app.bin", &["--key", "theirs.pub"]);
        assert_eq!(theirs, (Some(1), "wrong-key".to_owned()), "{kind}");

        let bundle = world.path("app.bin.sigstore.json");
        let mut changed: Value = serde_json::from_slice(&fs::read(&bundle).unwrap()).unwrap();
        fs::write(world.path("app.bin"), [content.as_slice(), b"x"].concat()).unwrap();
        let other = verify(&world, "app.bin", &["--key", "ours.pub"]);
        assert_eq!(other, (Some(1), "wrong-artifact".to_owned()), "{kind}");
        // Without the digest that helps to search, the signature decides.
        let message = changed["messageSignature"].as_object_mut().unwrap();
        message.remove("messageDigest");
        fs::write(&bundle, changed.to_string()).unwrap();
        let other = verify(&world, "app.bin", &["--key", "ours.pub"]);
        assert_eq!(other, (Some(1), "bad-signature".to_owned()), "{kind}");
    }
}

#[test]
fn what_is_no_file_is_refused_with_a_reason() {
    let world = World::new();
    let run = world.run(&["keygen", "key", "--no-password"]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
    fs::create_dir(world.path("folder")).unwrap();
    fs::write(world.path("folder/a"), "a").unwrap();
    let run = world.run(&["sign", "folder", "--blob", "--key", "key"]);
    assert_eq!(run.code(), Some(2));
    assert!(run.err().contains("single files"), "{}", run.err());
    fs::write(world.path("file"), "a").unwrap();
    let run = world.run(&["sign", "file", "--blob", "--key", "key"]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
    let of_folder = ["--key", "key.pub", "--signature", "file.sigstore.json"];
    let judged = verify(&world, "folder", &of_folder);
    assert_eq!(judged, (Some(1), "not-a-model-signature".to_owned()));
    let run = world.run(&["sign", "file", "--blob", "--key", "key", "--hash", "blake3"]);
    assert_eq!(run.code(), Some(2), "a blob has its own digest");
}

const IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// Bundles over files from the public suite, with identities of Sigstore and with keys.
#[test]
fn the_public_suite_gets_the_right_verdicts() {
    let Some(folder) = conformance() else {
        return;
    };
    let mut asked = 0;
    for case in fs::read_dir(&folder).unwrap() {
        let case = case.unwrap().path();
        let Ok(bundle) = fs::read_to_string(case.join("bundle.sigstore.json")) else {
            continue;
        };
        if !bundle.contains("messageSignature") {
            continue;
        }
        let text = |name: &str, usual: &str| {
            let found = fs::read_to_string(case.join(name));
            found.map_or_else(|_| usual.to_owned(), |text| text.trim().to_owned())
        };
        let path = |name: &str| case.join(name).display().to_string();
        let artifact = match case.join("artifact").exists() {
            true => path("artifact"),
            false => folder.join("a.txt").display().to_string(),
        };
        let mut arguments = vec!["--signature".to_owned(), path("bundle.sigstore.json")];
        if case.join("key.pub").exists() {
            arguments.extend(["--key".to_owned(), path("key.pub")]);
        } else {
            let who = ["--identity".to_owned(), text("identity", IDENTITY)];
            arguments.extend(who);
            arguments.extend(["--issuer".to_owned(), text("issuer", ISSUER)]);
        }
        if case.join("trusted_root.json").exists() {
            arguments.extend(["--trusted-root".to_owned(), path("trusted_root.json")]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (code, reason) = verify(&World::new(), &artifact, &arguments);
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(code != Some(0), name.ends_with("_fail"), "{name}: {reason}");
        asked += 1;
    }
    assert!(asked >= 25, "{asked} bundles over files");
}
