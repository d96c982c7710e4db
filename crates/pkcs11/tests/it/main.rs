//! A real token: SoftHSM 2, made for each run. Without `softhsm2-util` the test says that it was skipped.
//!
//! SoftHSM finds its tokens through an environment variable, which a test must not set for itself: it runs itself again
//! with the variable set.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests fail by panicking and say what they skip"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use chainwright_pkcs11::{TokenError, TokenKey, Uri};
use chainwright_signing::{
    KeySigner, Moment, Policy, PrivateKey, PublicKey, RawSigner, Secret, Signer, Time,
    verify_envelope,
};

const CONFIGURATION: &str = "SOFTHSM2_CONF";
const AGAIN: &str = "CHAINWRIGHT_SOFTHSM_TEST";
const MODULES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

fn keys() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../signing/tests/keys")
}

fn softhsm(arguments: &[&str], configuration: &Path) {
    let output = Command::new("softhsm2-util")
        .args(arguments)
        .env(CONFIGURATION, configuration)
        .output()
        .expect("softhsm2-util");
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Two tokens, and the keys of the signing tests in the first.
fn make(folder: &Path) -> PathBuf {
    let configuration = folder.join("softhsm2.conf");
    let tokens = folder.join("tokens");
    fs::create_dir(&tokens).unwrap();
    fs::write(
        &configuration,
        format!(
            "directories.tokendir = {}\nobjectstore.backend = file\n",
            tokens.display()
        ),
    )
    .unwrap();
    for label in ["first", "second"] {
        softhsm(
            &[
                "--init-token",
                "--free",
                "--label",
                label,
                "--pin",
                "1234",
                "--so-pin",
                "5678",
            ],
            &configuration,
        );
    }
    for (id, name) in [("01", "p256"), ("02", "p384"), ("03", "p521")] {
        let file = keys().join(format!("{name}.pkcs8.pem"));
        let file = file.to_str().unwrap();
        softhsm(
            &[
                "--import", file, "--token", "first", "--label", name, "--id", id, "--pin", "1234",
            ],
            &configuration,
        );
    }
    configuration
}

#[test]
fn keys_in_a_token_sign_as_keys_in_files_do() {
    let Some(module) = MODULES.iter().map(Path::new).find(|path| path.exists()) else {
        eprintln!("skipped: SoftHSM is not installed");
        return;
    };
    if env::var_os(AGAIN).is_some() {
        return inside(module);
    }
    let folder = tempfile::tempdir().unwrap();
    let configuration = make(folder.path());
    let this = env::current_exe().unwrap();
    let again = Command::new(this)
        .args([
            "--exact",
            "keys_in_a_token_sign_as_keys_in_files_do",
            "--nocapture",
        ])
        .env(CONFIGURATION, configuration)
        .env(AGAIN, "1")
        .output()
        .unwrap();
    let shown = [again.stdout, again.stderr].concat();
    assert!(
        again.status.success(),
        "{}",
        String::from_utf8_lossy(&shown)
    );
}

fn inside(module: &Path) {
    let open = |name: &str, pin: Option<&str>| {
        let pin = pin.map(Secret::new);
        let uri = Uri::parse(&format!("pkcs11:{name}?module-path={}", module.display())).unwrap();
        TokenKey::open(&uri, pin.as_ref())
    };
    assert!(matches!(
        open("token=first;object=p256", None),
        Err(TokenError::PinNeeded)
    ));
    assert!(matches!(
        open("token=first;object=p256", Some("9999")),
        Err(TokenError::WrongPin)
    ));
    assert!(matches!(
        open("token=third;object=p256", Some("1234")),
        Err(TokenError::NoToken)
    ));
    assert!(matches!(
        open("object=p256", Some("1234")),
        Err(TokenError::SeveralTokens(2))
    ));
    for (id, name) in [("01", "p256"), ("02", "p384"), ("03", "p521")] {
        let public =
            PublicKey::from_pem(&fs::read(keys().join(format!("{name}.pub.pem"))).unwrap())
                .unwrap();
        for selected in [
            format!("token=first;object={name}"),
            format!("token=first;id=%{id};type=private"),
        ] {
            let key = open(&selected, Some("1234\n")).unwrap();
            assert_eq!(RawSigner::public(&key), &public, "{selected}");
            for message in [b"".as_slice(), b"message", &[7; 5000]] {
                public.verify(message, &key.sign(message).unwrap()).unwrap();
            }
        }
    }
    assert!(matches!(
        open("token=first;object=p999", Some("1234")),
        Err(TokenError::NoKey)
    ));
    assert!(matches!(
        open("token=first", Some("1234")),
        Err(TokenError::SeveralKeys(3))
    ));
    assert!(matches!(
        open("token=second", Some("1234")),
        Err(TokenError::NoKey)
    ));
    bundles(open("token=first;object=p384", Some("1234")).unwrap());
    let missing = Uri::parse("pkcs11:object=a?module-path=/nowhere/driver.so").unwrap();
    assert!(matches!(
        TokenKey::open(&missing, None),
        Err(TokenError::Module { .. })
    ));
    let unnamed = Uri::parse("pkcs11:object=a").unwrap();
    assert!(matches!(
        TokenKey::open(&unnamed, None),
        Err(TokenError::NoModule)
    ));
}

fn bundles(key: TokenKey) {
    let text = fs::read(keys().join("p384.pkcs8.pem")).unwrap();
    let same = PrivateKey::from_pem(&text, None).unwrap();
    let bundle = KeySigner::new(key).sign_payload("t", b"payload").unwrap();
    let policy = Policy {
        keys: vec![same.public().clone()],
        ..Policy::default()
    };
    verify_envelope(
        bundle.envelope().unwrap(),
        &bundle.material,
        &policy,
        Moment::now(Time(0)),
    )
    .unwrap();
}
