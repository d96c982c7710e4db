//! Keys in tokens, through SoftHSM.

use std::fs;
use std::process::Command;

use super::*;

const MODULES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

fn tool(world: &World, program: &str, arguments: &[&str]) -> std::io::Result<Run> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(world.folder.path())
        .env("SOFTHSM2_CONF", world.path("softhsm2.conf"))
        .output();
    output.map(Run)
}

/// A token with the key of the signing tests; none where SoftHSM is not installed.
pub(super) fn token(world: &World) -> Option<&'static str> {
    let Some(module) = MODULES.iter().find(|path| Path::new(path).exists()) else {
        eprintln!("skipped: SoftHSM is not installed");
        return None;
    };
    let tokens = world.path("tokens");
    fs::create_dir(&tokens).unwrap();
    let place = format!("directories.tokendir = {}\n", tokens.display());
    world.write("softhsm2.conf", place + "objectstore.backend = file\n");
    let key = fixture("keys/p256.pkcs8.pem");
    for arguments in [
        &[
            "--init-token",
            "--free",
            "--label",
            "release",
            "--pin",
            "1234",
            "--so-pin",
            "5678",
        ][..],
        &[
            "--import", &key, "--token", "release", "--label", "signing", "--id", "01", "--pin",
            "1234",
        ],
    ] {
        let run = tool(world, "softhsm2-util", arguments).unwrap();
        assert_eq!(run.code(), Some(0), "{}", run.err());
    }
    Some(module)
}

#[test]
fn a_key_in_a_token_signs_models_and_statements() {
    let (service, world) = helpful();
    let Some(module) = token(&world) else { return };
    let configuration = world.path("softhsm2.conf");
    let uri = "pkcs11:token=release;object=signing";
    let run = |arguments: &[&str], pin: Option<&str>| {
        let mut variables = vec![("SOFTHSM2_CONF", configuration.to_str().unwrap())];
        variables.extend(pin.map(|pin| ("CHAINWRIGHT_PIN", pin)));
        world.with(arguments, &variables)
    };
    let sign = |more: &[&str], pin: Option<&str>| {
        let first = ["sign", "model", "--overwrite", "--pkcs11-uri"];
        run(&[&first, more].concat(), pin)
    };
    world.write("pin", "1234\n");
    let public = fixture("keys/p256.pub.pem");
    let in_file = format!(
        "{uri}?module-path={module}&pin-source=file:{}",
        world.path("pin").display()
    );
    let with_module = format!("{uri}?module-path={module}");
    for (arguments, pin) in [
        (vec![uri, "--pkcs11-module", module], Some("1234")),
        (
            vec![uri, "--pkcs11-module", module, "--pin-file", "pin"],
            None,
        ),
        (vec![in_file.as_str()], None),
        (
            vec![in_file.as_str()],
            Some("wrong, but the URI names a file"),
        ),
        (vec![with_module.as_str()], Some("1234")),
    ] {
        fs::remove_file(world.signature()).ok();
        let run = sign(&arguments, pin);
        assert_eq!(run.code(), Some(0), "{arguments:?}: {}", run.err());
        assert_eq!(world.verdict(&["--key", &public]), verdict(0, "clock"));
    }
    // With a certificate from a file, and with a timestamp.
    let certificate = fixture("certificates/good.pem");
    let url = service.timestamps();
    let more = [
        &with_module,
        "--certificate",
        &certificate,
        "--timestamp-authority",
        &url,
    ];
    assert_eq!(sign(&more, Some("1234")).code(), Some(0));
    let root = fixture("certificates/root.pem");
    let trusted = ["--certificate-roots", &root, "--tsa-roots", "times.pem"];
    assert_eq!(world.verdict(&trusted), verdict(0, "timestamp"));
    // Statements.
    world.write("claim.json", "{}");
    let attest = [
        "attest",
        "predicate",
        "model",
        "--type",
        "https://example.com/claim",
        "--predicate",
        "claim.json",
        "--pkcs11-uri",
        &with_module,
    ];
    let told = run(&attest, Some("1234"));
    assert_eq!(told.code(), Some(0), "{}", told.err());
    assert!(told.out().contains("dsseEnvelope"));
    from_token(&world, module, &run);
    refusals(&with_module, &sign);
}

type Running<'a> = &'a dyn Fn(&[&str], Option<&str>) -> Run;

/// Certificates that lie in the token, put there by OpenSC.
fn from_token(world: &World, module: &str, run: Running<'_>) {
    let uri = format!("pkcs11:token=release;object=signing?module-path={module}");
    let sign = [
        "sign",
        "model",
        "--overwrite",
        "--token-certificate",
        "--pkcs11-uri",
        &uri,
    ];
    let told = run(&sign, Some("1234"));
    assert_eq!(told.code(), Some(2));
    assert!(
        told.err().contains("no certificate for the key"),
        "{}",
        told.err()
    );
    let text = fs::read(fixture("certificates/good.pem")).unwrap();
    let chain = chainwright_signing::certificates::certificates_from_pem(&text).unwrap();
    for (place, id) in [(0, "01"), (1, "77")] {
        world.write("one.der", &chain[place].0);
        let put = [
            "--module",
            module,
            "--login",
            "--pin",
            "1234",
            "--token-label",
            "release",
            "--write-object",
            "one.der",
            "--type",
            "cert",
            "--id",
            id,
        ];
        match tool(world, "pkcs11-tool", &put) {
            Ok(put) => assert_eq!(put.code(), Some(0), "{}", put.err()),
            Err(_) => {
                eprintln!("skipped: pkcs11-tool is not installed");
                return;
            }
        }
    }
    let told = run(&sign, Some("1234"));
    assert_eq!(told.code(), Some(0), "{}", told.err());
    let root = fixture("certificates/root.pem");
    let trusted = [
        "--certificate-roots",
        &root,
        "--identity",
        "signer@example.com",
    ];
    assert_eq!(world.verdict(&trusted), verdict(0, "clock"));
}

fn refusals(with_module: &str, sign: &dyn Fn(&[&str], Option<&str>) -> Run) {
    let other = with_module.replace("object=signing", "object=other");
    let nowhere = with_module.replace("softhsm", "nowhere");
    let open = format!("{with_module}&pin-value=1234");
    let stranger = fixture("certificates/other-key.pem");
    for (arguments, pin, told) in [
        (vec![with_module], Some("9999"), "the PIN is wrong"),
        (vec![with_module], None, "none was given"),
        (vec![other.as_str()], Some("1234"), "no private key"),
        (vec![nowhere.as_str()], Some("1234"), "cannot be loaded"),
        (vec![open.as_str()], None, "every user of the machine"),
        (
            vec!["pkcs11:token=release"],
            Some("1234"),
            "no driver was named",
        ),
        (vec!["pkcs12:token=release"], Some("1234"), "pkcs11:"),
        (
            vec![with_module, "--certificate", stranger.as_str()],
            Some("1234"),
            "is for the key",
        ),
    ] {
        let run = sign(&arguments, pin);
        assert_eq!(run.code(), Some(2), "{arguments:?}");
        assert!(run.err().contains(told), "{arguments:?}: {}", run.err());
        assert!(!run.err().contains("9999"), "{}", run.err());
    }
}
